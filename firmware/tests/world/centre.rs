//! A centre in a few lines, straight from the rules: one row per id, taken by purchase, reversal and void alike; same id
//! and same bytes, same answer; other bytes, conflict; an id once reversed answers *reversed* for ever, also when the
//! reversal came first.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashSet},
    convert::Infallible,
};

use yika_protocol::{
    identity::{Date, Institution, Secret},
    money::Fen,
    sign::{SignError, Sm2Verifier, Verifier},
    swipe::{
        Answer, BootCounter, CentreId, CentreIdentity, Counter, DayAnswer, HealthyEntropy, Identity, Limits,
        Outcome, PendingEnrolment, Request, ReversalAnswer, ReversalOutcome, Seed, Settled, StatusAnswer,
        SwipeAnswer, TerminalId, TerminalKeys, Terms, VoidAnswer, VoidOutcome, Voided, device_verifier, peek,
    },
};

/// Entropy that everybody knows.
pub struct Known(pub [u8; 32]);

impl HealthyEntropy for Known {
    type Error = Infallible;

    fn fill(&mut self, bytes: &mut [u8; 32]) -> Result<(), Self::Error> {
        *bytes = self.0;
        Ok(())
    }
}

/// A counter in memory.
pub struct Starts(pub u32);

impl BootCounter for Starts {
    type Error = Infallible;

    fn commit_next(&mut self) -> Result<u32, Self::Error> {
        self.0 += 1;
        Ok(self.0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    // Answered; money moved when the outcome is settled.
    Purchase,
    Reversed,
    Void,
}

#[derive(Clone, Debug)]
struct Row {
    digest: [u8; 32],
    state: State,
    answer: Answer,
    // What the reversal was answered, always the same.
    reversal: Option<ReversalOutcome>,
}

/// The centre.
#[derive(Clone)]
pub struct Centre {
    keys: std::rc::Rc<Keys>,
    rows: BTreeMap<u64, Row>,
    voided: BTreeMap<u64, u64>,
    pub balance: i64,
    pub day: Date,
    /// Amounts it refuses.
    pub refuses: Vec<i64>,
    pub conflicts: u32,
}

struct Keys {
    keys: TerminalKeys,
    device: Sm2Verifier,
    // Datagrams whose signature was checked: the same bytes come in thousands of runs.
    checked: RefCell<HashSet<[u8; 32]>>,
}

// Bytes that were checked before need no second look; they are read as signed by whoever made them.
struct Before;

impl Verifier for Before {
    fn verify(&self, _: &[u8], _: &[u8; 64]) -> Result<(), SignError> {
        Ok(())
    }
}

/// A terminal of the centre, as bytes of the device's identity record.
pub struct Enrolled {
    pub identity: Vec<u8>,
    pub centre: Centre,
}

pub const OPENING_BALANCE: i64 = 100_000_000;

pub fn day(day: u8) -> Date {
    Date::new(2026, 11, day).unwrap()
}

/// A centre with one terminal enrolled; the byte makes another terminal with other keys.
pub fn enrolled(which: u8) -> Enrolled {
    let centre = CentreIdentity::new(CentreId(*b"CENTRE-1"), &Secret::new([0x11; 32])).unwrap();
    let seed = Seed::draw(&mut Known([which; 32])).unwrap();
    let pending = PendingEnrolment::begin(&seed, "SN-0001", "bench").unwrap();
    let terms = Terms {
        terminal: TerminalId([which; 8]),
        institution: Institution::parse(b"P99010000001").unwrap(),
        limits: Limits { per_swipe: Fen(200_000), no_challenge: Fen(200_000), per_day: Fen(2_000_000) },
        not_before: 1_790_000_000,
        not_after: 1_950_000_000,
    };
    let certificate = centre.issue(pending.request(), terms).unwrap();
    let keys = centre.terminal_keys(&certificate).unwrap();
    let device = device_verifier(&certificate).unwrap();
    let identity: Identity = pending.accept(certificate).unwrap();
    Enrolled {
        identity: identity.encoded().to_vec(),
        centre: Centre {
            keys: std::rc::Rc::new(Keys { keys, device, checked: RefCell::default() }),
            rows: BTreeMap::new(),
            voided: BTreeMap::new(),
            balance: OPENING_BALANCE,
            day: day(22),
            refuses: vec![],
            conflicts: 0,
        },
    }
}

impl Centre {
    /// What it answers to a datagram; `None` to junk.
    pub fn answer(&mut self, datagram: &[u8]) -> Option<Vec<u8>> {
        let keys = self.keys.clone();
        let opened = keys.keys.open_request(datagram).ok()?;
        let header = *opened.header();
        let digest = *opened.digest();
        let request = if keys.checked.borrow().contains(&digest) {
            opened.verify(&Before).ok()?
        } else {
            let request = opened.verify(&keys.device).ok()?;
            keys.checked.borrow_mut().insert(digest);
            request
        };
        let counter = header.counter.get();
        // There is no answer that could say so: the real centre keeps silent too.
        let void = self.rows.get(&counter).is_some_and(|row| row.state == State::Void);
        if void && matches!(request, Request::Status) {
            return None;
        }
        let answer = self.decide(counter, digest, &request);
        Some(keys.keys.seal_answer(&header, &answer, None).unwrap().to_vec())
    }

    fn decide(&mut self, counter: u64, digest: [u8; 32], request: &Request<'_>) -> Answer {
        let next_challenge = counter.to_be_bytes();
        let (day, balance) = (self.day, self.balance);
        match request {
            Request::Swipe(swipe) => {
                match self.rows.get(&counter) {
                    Some(Row { state: State::Reversed, .. }) => {
                        return self.swipe_answer(counter, Outcome::Reversed);
                    }
                    Some(row) if row.digest == digest => return row.answer.clone(),
                    Some(_) => {
                        self.conflicts += 1;
                        return self.swipe_answer(counter, Outcome::Refused(5010));
                    }
                    None => {}
                }
                // An amount of 50.01 to 59.99 is refused with that number; a verified PIN makes it good.
                let outcome = if self.refuses.contains(&swipe.amount.0) && !swipe.pin_verified {
                    let number =
                        u16::try_from(swipe.amount.0).ok().filter(|number| (5000..6000).contains(number));
                    Outcome::Refused(number.unwrap_or(5301))
                } else {
                    let (acct, fund, cash) = split(swipe.amount.0);
                    self.balance -= acct;
                    Outcome::Settled(Settled {
                        setl_id: heapless::String::try_from(setl_id(counter).as_str()).unwrap(),
                        amount: swipe.amount,
                        acct_pay: Fen(acct),
                        fund_pay: Fen(fund),
                        cash: Fen(cash),
                        balance: Fen(self.balance),
                        slip_name: heapless::Vec::from_slice(b"\xD5\xC5**").unwrap(),
                    })
                };
                let answer = self.swipe_answer(counter, outcome);
                self.rows.insert(
                    counter,
                    Row { digest, state: State::Purchase, answer: answer.clone(), reversal: None },
                );
                answer
            }
            Request::Reversal => {
                let tombstone = Row {
                    digest: [0; 32],
                    state: State::Reversed,
                    answer: self.swipe_answer(counter, Outcome::Reversed),
                    reversal: Some(ReversalOutcome::NeverHappened),
                };
                let row = self.rows.entry(counter).or_insert(tombstone);
                if row.state == State::Purchase {
                    let settled = matches!(
                        &row.answer,
                        Answer::Swipe(SwipeAnswer { outcome: Outcome::Settled(_), .. })
                    );
                    if let Answer::Swipe(SwipeAnswer { outcome: Outcome::Settled(settled), .. }) = &row.answer
                    {
                        self.balance += settled.acct_pay.0;
                    }
                    row.state = State::Reversed;
                    row.reversal =
                        Some(if settled { ReversalOutcome::Undone } else { ReversalOutcome::NeverHappened });
                }
                let outcome = row.reversal.unwrap_or(ReversalOutcome::NeverHappened);
                Answer::Reversal(ReversalAnswer { outcome, next_challenge })
            }
            Request::Status => Answer::Status(match self.rows.get(&counter) {
                Some(Row { state: State::Purchase, answer: Answer::Swipe(answer), .. }) => {
                    StatusAnswer::Answered(answer.clone())
                }
                Some(Row { state: State::Reversed, .. }) => StatusAnswer::Answered(SwipeAnswer {
                    outcome: Outcome::Reversed,
                    business_day: day,
                    next_challenge,
                }),
                _ => StatusAnswer::Unseen,
            }),
            Request::Void(void) => {
                match self.rows.get(&counter) {
                    Some(row) if row.state == State::Void && row.digest == digest => {
                        return row.answer.clone();
                    }
                    Some(row) => {
                        self.conflicts += 1;
                        let fault = if row.state == State::Reversed { 5011 } else { 5010 };
                        let outcome = VoidOutcome::Refused(fault);
                        return Answer::Void(VoidAnswer { outcome, business_day: day, next_challenge });
                    }
                    None => {}
                }
                let original = void.original.get();
                let settled =
                    self.settled(original).filter(|settled| settled.setl_id == void.setl_id).cloned();
                let outcome = match settled {
                    Some(settled) => {
                        self.balance += settled.acct_pay.0;
                        self.voided.insert(original, counter);
                        VoidOutcome::Voided(Voided {
                            acct_back: settled.acct_pay,
                            fund_back: settled.fund_pay,
                            cash_back: settled.cash,
                            balance: Fen(balance + settled.acct_pay.0),
                        })
                    }
                    None => VoidOutcome::Refused(5401),
                };
                let answer = Answer::Void(VoidAnswer { outcome, business_day: day, next_challenge });
                self.rows.insert(
                    counter,
                    Row { digest, state: State::Void, answer: answer.clone(), reversal: None },
                );
                answer
            }
            Request::Day(asked) => Answer::Day(self.day_sums(asked.day)),
        }
    }

    fn swipe_answer(&self, counter: u64, outcome: Outcome) -> Answer {
        Answer::Swipe(SwipeAnswer { outcome, business_day: self.day, next_challenge: counter.to_be_bytes() })
    }

    // The settlement, while it counts.
    fn settled(&self, counter: u64) -> Option<&Settled> {
        match self.rows.get(&counter)? {
            Row {
                state: State::Purchase,
                answer: Answer::Swipe(SwipeAnswer { outcome: Outcome::Settled(settled), .. }),
                ..
            } if !self.voided.contains_key(&counter) => Some(settled),
            _ => None,
        }
    }

    /// Whether money of this purchase is away from the holder now.
    pub fn counts(&self, counter: u64) -> bool {
        self.settled(counter).is_some()
    }

    /// What it holds of a counter, in words of the crash table.
    pub fn holds(&self, counter: u64) -> &'static str {
        match self.rows.get(&counter) {
            None => "nothing",
            Some(Row { state: State::Reversed, reversal: Some(ReversalOutcome::Undone), .. }) => "undone",
            Some(Row { state: State::Reversed, .. }) => "never happened",
            Some(Row {
                state: State::Void,
                answer: Answer::Void(VoidAnswer { outcome: VoidOutcome::Voided(_), .. }),
                ..
            }) => "voided",
            Some(Row { state: State::Void, .. }) => "void refused",
            Some(_) if self.counts(counter) => "settled",
            Some(_) if self.voided.contains_key(&counter) => "taken back",
            Some(_) => "refused",
        }
    }

    /// Its ledger of a day, from the rows alone.
    pub fn day_sums(&self, day: Date) -> DayAnswer {
        let mut sums = DayAnswer {
            day,
            count: 0,
            voids: 0,
            acct: Fen(0),
            fund: Fen(0),
            cash: Fen(0),
            next_challenge: [7; 8],
        };
        for row in self.rows.values() {
            match (&row.state, &row.answer) {
                (
                    State::Purchase,
                    Answer::Swipe(SwipeAnswer { outcome: Outcome::Settled(settled), business_day, .. }),
                ) if *business_day == day => {
                    sums.count += 1;
                    sums.acct.0 += settled.acct_pay.0;
                    sums.fund.0 += settled.fund_pay.0;
                    sums.cash.0 += settled.cash.0;
                }
                (
                    State::Void,
                    Answer::Void(VoidAnswer { outcome: VoidOutcome::Voided(voided), business_day, .. }),
                ) if *business_day == day => {
                    sums.voids += 1;
                    sums.acct.0 -= voided.acct_back.0;
                    sums.fund.0 -= voided.fund_back.0;
                    sums.cash.0 -= voided.cash_back.0;
                }
                _ => {}
            }
        }
        sums
    }

    /// What all counting purchases together took from the account: must be what the balance lost.
    pub fn taken(&self) -> i64 {
        self.rows.keys().filter_map(|counter| self.settled(*counter)).map(|settled| settled.acct_pay.0).sum()
    }

    /// Every counter it has a row for.
    pub fn counters(&self) -> impl Iterator<Item = u64> + '_ {
        self.rows.keys().copied()
    }

    /// Seals whatever it is told to, as a centre with a fault would.
    pub fn seal(&self, request: &[u8], answer: &Answer) -> Vec<u8> {
        let header = peek(request).unwrap();
        self.keys.keys.seal_answer(&header, answer, None).unwrap().to_vec()
    }

    /// The next business day begins.
    pub fn next_day(&mut self) {
        self.day = day(self.day.day() + 1);
    }

    /// Somebody reverses this counter with the same identity, elsewhere.
    pub fn counter_of(number: u64) -> Counter {
        Counter::new(number).unwrap()
    }
}

pub fn setl_id(counter: u64) -> String {
    format!("S{counter:029}")
}

/// A split with all three parts.
pub fn split(amount: i64) -> (i64, i64, i64) {
    let fund = amount / 3;
    let cash = amount / 7;
    (amount - fund - cash, fund, cash)
}
