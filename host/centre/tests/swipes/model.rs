//! Random conversations of one terminal against a model of a few lines: whatever comes in whatever order, one id moves money
//! at most once, equal bytes get equal bytes, and both books are equal.

use std::collections::HashMap;

use proptest::prelude::*;
use yika_centre::kit::Kit;
use yika_protocol::swipe::{Answer, Datagram, Identity, Outcome, ReversalOutcome, StatusAnswer, VoidOutcome};

use crate::support::{n, sum};

#[derive(Debug, Clone, Copy)]
enum Step {
    /// Counter, and which of two purchases.
    Swipe(u64, usize),
    Reverse(u64),
    Status(u64),
    /// Void the purchase of that counter, under a counter of its own.
    Void(u64),
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let counter = 1_u64..6;
    let step = prop_oneof![
        5 => (counter.clone(), 0..2_usize).prop_map(|(counter, sale)| Step::Swipe(counter, sale)),
        3 => counter.clone().prop_map(Step::Reverse),
        2 => counter.clone().prop_map(Step::Status),
        1 => counter.prop_map(Step::Void),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..30)
}

/// What the books must say of one id.
#[derive(Debug, Clone, Default)]
struct Id {
    /// Which purchase took it.
    settled: Option<(usize, String)>,
    reversed: bool,
    voided: bool,
}

const SALES: [&str; 2] = ["10.00", "25.00"];
const FEN: [i64; 2] = [1_000, 2_500];

struct Talk {
    kit: Kit,
    terminal: Identity,
    folder: tempfile::TempDir,
    said: HashMap<Vec<u8>, Vec<u8>>,
    made: HashMap<(u64, usize), Datagram>,
}

impl Talk {
    fn ask(&mut self, datagram: &Datagram, lasting: bool) -> Answer {
        let bytes = self.kit.centre.answer_swipe(datagram, None).unwrap();
        let answer = self.terminal.open(&bytes).unwrap().answer;
        if lasting {
            self.said.insert(datagram.to_vec(), bytes);
        }
        answer
    }

    fn swipe(&mut self, counter: u64, sale: usize) -> Datagram {
        let (kit, terminal) = (&self.kit, &self.terminal);
        let make = || kit.card_swipe(terminal, n(counter), &sum("A-1", SALES[sale])).unwrap();
        self.made.entry((counter, sale)).or_insert_with(make).clone()
    }
}

fn talk(steps: &[Step]) {
    let folder = tempfile::tempdir().unwrap();
    let kit = Kit::open(folder.path()).unwrap();
    let terminal = kit.enrol("POS-0001").unwrap();
    let mut talk = Talk { kit, terminal, folder, said: HashMap::new(), made: HashMap::new() };
    let (mut ids, mut voids) = (HashMap::<u64, Id>::new(), 10);
    for step in steps {
        match *step {
            Step::Swipe(counter, sale) => {
                let datagram = talk.swipe(counter, sale);
                let id = ids.entry(counter).or_default();
                let Answer::Swipe(answer) = talk.ask(&datagram, false) else { panic!("another answer") };
                match (&id.settled, id.reversed) {
                    (_, true) => assert_eq!(answer.outcome, Outcome::Reversed),
                    (Some((taken, _)), _) if *taken != sale => {
                        assert_eq!(answer.outcome, Outcome::Refused(5010))
                    }
                    (settled, _) => {
                        let Outcome::Settled(now) = answer.outcome else { panic!("{answer:?}") };
                        let setl_id = now.setl_id.as_str().to_owned();
                        assert!(settled.as_ref().is_none_or(|(_, before)| *before == setl_id));
                        id.settled = Some((sale, setl_id));
                    }
                }
            }
            Step::Reverse(counter) => {
                let id = ids.entry(counter).or_default();
                let datagram = talk.terminal.seal_reversal(n(counter)).unwrap();
                let Answer::Reversal(answer) = talk.ask(&datagram, true) else { panic!("another answer") };
                let undone = id.settled.is_some();
                assert_eq!(answer.outcome == ReversalOutcome::Undone, undone, "{answer:?}");
                id.reversed = true;
            }
            Step::Status(counter) => {
                let datagram = talk.terminal.seal_status(n(counter)).unwrap();
                let Answer::Status(answer) = talk.ask(&datagram, false) else { panic!("another answer") };
                let id = ids.get(&counter).cloned().unwrap_or_default();
                match answer {
                    StatusAnswer::Unseen => assert!(id.settled.is_none() && !id.reversed),
                    StatusAnswer::Answered(answer) if id.reversed => {
                        assert_eq!(answer.outcome, Outcome::Reversed)
                    }
                    StatusAnswer::Answered(answer) => assert!(matches!(answer.outcome, Outcome::Settled(_))),
                }
            }
            Step::Void(counter) => {
                let id = ids.entry(counter).or_default();
                let setl_id = id.settled.as_ref().map_or("S0", |(_, setl_id)| setl_id).to_owned();
                voids += 1;
                let datagram = talk.terminal.seal_void(n(voids), n(counter), &setl_id).unwrap();
                let Answer::Void(answer) = talk.ask(&datagram, true) else { panic!("another answer") };
                let possible = id.settled.is_some() && !id.reversed && !id.voided;
                assert_eq!(matches!(answer.outcome, VoidOutcome::Voided(_)), possible, "{answer:?}");
                id.voided |= possible;
            }
            Step::Restart => {
                talk.kit = Kit::open(talk.folder.path()).unwrap();
            }
        }
    }
    for (datagram, bytes) in &talk.said {
        assert_eq!(
            talk.kit.centre.answer_swipe(datagram, None).as_ref(),
            Some(bytes),
            "equal bytes, equal bytes"
        );
    }
    let counts =
        |id: &Id| id.settled.as_ref().filter(|_| !id.reversed && !id.voided).map(|(sale, _)| FEN[*sale]);
    let moved: i64 = ids.values().filter_map(counts).sum();
    let database = rusqlite::Connection::open(talk.folder.path().join("centre.db")).unwrap();
    let fen = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let account = "SELECT SUM(amount) FROM ledger WHERE account = 'person:99010000000000000001:310'";
    assert_eq!(fen(account), 50_000 - moved);
    assert_eq!(fen("SELECT SUM(amount) FROM ledger"), 0);
    let day = talk
        .terminal
        .seal_day(n(1), yika_protocol::identity::Date::from_ascii(b"20261122").unwrap())
        .unwrap();
    let Answer::Day(day) = talk.ask(&day, false) else { panic!("another answer") };
    assert_eq!(day.acct.0, moved, "the terminal's day is the account's");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_conversation_keeps_the_books(steps in steps()) {
        talk(&steps);
    }
}
