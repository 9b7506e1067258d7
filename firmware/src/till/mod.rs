//! The device's end of the line to the till.
//!
//! The till asks, the device answers under the number of the question. A state is told again when it changes; a result
//! stays at hand for the till that lost it. Digits of a PIN cannot go this way: no message has room for them.

use yika_protocol::link::{FromDevice, Outbox, Receiver, SaleOutcome, SaleResult, SaleState, Settled};
use yika_protocol::swipe::{Counter, SwipeId, TerminalId};

use crate::hal::{Millis, SerialLine};
use crate::swipes::{OrderNo, Receipt};

/// A till that has said nothing for this long carries no datagrams.
const CARRIER: u64 = 120_000;

/// How a sale of the till ended.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)] // No heap; and settled is the usual case.
pub enum Ended {
    /// Paid, or paid and voided since.
    Settled(Receipt),
    /// Refused: no money moved.
    Refused(u16),
    /// Given up before anything was sent.
    Cancelled,
    /// Reversed: it does not count.
    Undone,
}

/// A sale that ended.
#[derive(Clone, Debug)]
pub struct Last {
    /// The till's number.
    pub order_no: OrderNo,
    /// The swipe, when one was made.
    pub counter: Option<Counter>,
    /// How it ended.
    pub ended: Ended,
}

/// What is sent and what is still owed.
#[derive(Debug)]
pub struct Till {
    /// Bytes coming in.
    pub receiver: Receiver,
    outbox: Outbox,
    /// Number of the question about the sale.
    question: u16,
    /// The till wants to hear of a sale.
    listening: bool,
    told: Option<SaleState>,
    last: Option<Last>,
    owed: bool,
    /// Number of the datagram given to the till to carry.
    carried: u16,
    heard: Option<Millis>,
}

impl Default for Till {
    fn default() -> Self {
        Self::new()
    }
}

impl Till {
    /// A line on which nothing was said.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            receiver: Receiver::new(),
            outbox: Outbox::new(),
            question: 0,
            listening: false,
            told: None,
            last: None,
            owed: false,
            carried: 0,
            heard: None,
        }
    }

    /// The till said something whole.
    pub fn heard(&mut self, now: Millis) {
        self.heard = Some(now);
    }

    /// Whether a PC is there that could carry datagrams.
    #[must_use]
    pub fn carrier(&self, now: Millis) -> bool {
        self.heard.is_some_and(|heard| now.since(heard) < CARRIER)
    }

    /// The till asked about a sale: it is told state and result from now on, under this number.
    pub fn asked(&mut self, number: u16) {
        self.question = number;
        self.listening = true;
        self.told = None;
    }

    /// The sale that ended, when it has this number.
    #[must_use]
    pub fn ended(&self, order_no: &str) -> Option<&Last> {
        self.last.as_ref().filter(|last| last.order_no == order_no)
    }

    /// A sale ended: the till is told, and told again when it asks.
    pub fn end(&mut self, last: Last) {
        self.last = Some(last);
        self.owed = self.listening;
    }

    /// Whether a result was not told yet.
    #[must_use]
    pub fn owes(&self) -> bool {
        self.owed
    }

    /// The till asked about the sale that ended.
    pub fn repeat(&mut self, number: u16) {
        self.question = number;
        self.owed = true;
    }

    /// Whether this question is the last one again: a till that repeats keeps the number, one that begins anew takes another.
    #[must_use]
    pub fn is_repetition(&self, number: u16) -> bool {
        self.question == number
    }

    /// Forgets how a sale ended: it is being made again.
    pub fn forget(&mut self, order_no: &str) {
        if self.ended(order_no).is_some() {
            self.last = None;
            self.owed = false;
        }
    }

    /// Says something at once; false when the line is still busy with the message before. The till asks again.
    pub fn say(&mut self, number: u16, message: &FromDevice<'_>) -> bool {
        self.outbox.say(number, message).is_ok()
    }

    /// Gives a sealed datagram to the till to carry.
    pub fn carry(&mut self, datagram: &[u8]) {
        let number = self.carried.wrapping_add(1);
        if self.outbox.say(number, &FromDevice::Datagram(datagram)).is_ok() {
            self.carried = number;
        }
    }

    /// Says what is owed, and gives the line what it takes.
    pub fn poll(
        &mut self,
        line: &mut impl SerialLine,
        running: Option<(&str, SaleState)>,
        terminal: Option<TerminalId>,
    ) {
        if self.outbox.pending().is_empty() {
            if self.owed {
                self.owed = !self.tell_result(terminal);
                if !self.owed {
                    self.listening = false;
                }
            } else if let Some((order_no, state)) = running
                && self.listening
                && self.told != Some(state)
                && self.outbox.say(self.question, &FromDevice::State { order_no, state }).is_ok()
            {
                self.told = Some(state);
            }
        }
        loop {
            let pending = self.outbox.pending();
            if pending.is_empty() {
                return;
            }
            let taken = line.write(pending);
            self.outbox.sent(taken);
            if taken == 0 {
                return;
            }
        }
    }

    fn tell_result(&mut self, terminal: Option<TerminalId>) -> bool {
        let Some(last) = &self.last else { return true };
        let swipe = match (terminal, last.counter) {
            (Some(terminal), Some(counter)) => Some(SwipeId { terminal, counter }),
            _ => None,
        };
        let outcome = match &last.ended {
            Ended::Settled(receipt) if receipt.voided => SaleOutcome::Voided(settled(receipt)),
            Ended::Settled(receipt) => SaleOutcome::Settled(settled(receipt)),
            Ended::Refused(number) => SaleOutcome::Refused(*number),
            Ended::Cancelled => SaleOutcome::Cancelled,
            Ended::Undone => SaleOutcome::Undone,
        };
        let result = SaleResult { order_no: &last.order_no, swipe, outcome };
        self.outbox.say(self.question, &FromDevice::Result(result)).is_ok()
    }
}

fn settled(receipt: &Receipt) -> Settled<'_> {
    let money = &receipt.settled;
    Settled {
        setl_id: &money.setl_id,
        business_day: receipt.business_day,
        amount: money.amount,
        acct_pay: money.acct_pay,
        fund_pay: money.fund_pay,
        cash: money.cash,
        balance: money.balance,
    }
}
