//! What the journal knows about a purchase.

use serde::{Deserialize, Serialize};
use yika_protocol::fault::{self, settle as faults};
use yika_protocol::money::Fen;

use crate::outcome::{Outcome, Reason, Settlement, Split, VoidRecord};

/// Where a purchase stands. The diagram is in `hw-docs/recovery.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum State {
    /// Durable; it is being sent, or the till stopped while it was.
    Sending,
    /// Known not to have left.
    NotSent,
    /// May be settled.
    Unknown,
    /// Settled.
    Settled,
    /// Finally refused.
    Refused,
    /// Given up; its reversal is on the way. Never leads back to settled.
    Reversing,
    /// Reversed.
    Reversed,
    /// Settled, and its void is on the way.
    Voiding,
    /// Voided.
    Voided,
}

impl State {
    const ALL: [(State, &'static str); 9] = [
        (Self::Sending, "sending"),
        (Self::NotSent, "not_sent"),
        (Self::Unknown, "unknown"),
        (Self::Settled, "settled"),
        (Self::Refused, "refused"),
        (Self::Reversing, "reversing"),
        (Self::Reversed, "reversed"),
        (Self::Voiding, "voiding"),
        (Self::Voided, "voided"),
    ];

    pub(crate) fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("", |(_, name)| name)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name)| *name == text).map(|(state, _)| *state)
    }

    pub(crate) fn outcome(self) -> Outcome {
        match self {
            Self::NotSent => Outcome::NotSent,
            Self::Refused => Outcome::Refused,
            // A reversal that is not acknowledged is still an open question at the centre.
            Self::Sending | Self::Unknown | Self::Reversing => Outcome::Unknown,
            Self::Settled | Self::Voiding => Outcome::Settled,
            Self::Reversed => Outcome::Reversed,
            Self::Voided => Outcome::Voided,
        }
    }

    /// True when the machine has something left to do.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Self::Sending | Self::Unknown | Self::Reversing | Self::Voiding)
    }
}

/// Which conversation a message belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Settle,
    Reverse,
    Void,
}

impl Kind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Settle => "settle",
            Self::Reverse => "reverse",
            Self::Void => "void",
        }
    }
}

/// One purchase, as stored. The personal parts are in its messages.
#[derive(Debug, Clone)]
pub(crate) struct Purchase {
    pub(crate) id: i64,
    pub(crate) order_no: String,
    pub(crate) msgid: String,
    pub(crate) content_mac: Vec<u8>,
    pub(crate) person_mac: Vec<u8>,
    pub(crate) state: State,
    pub(crate) created_ms: i64,
    pub(crate) updated_ms: i64,
    pub(crate) next_ms: i64,
    pub(crate) failures: u32,
    pub(crate) shown: bool,
    pub(crate) reason: Option<Reason>,
    pub(crate) insutype: String,
    pub(crate) facts: Option<Facts>,
    pub(crate) void: Option<VoidRecord>,
}

/// What a settling answer told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) setl_id: String,
    pub(crate) mdtrt_id: String,
    pub(crate) setl_time: String,
    pub(crate) split: Split,
}

impl Purchase {
    /// As the caller sees it.
    pub(crate) fn settlement(&self, from_journal: bool) -> Settlement {
        let facts = self.facts.as_ref();
        Settlement {
            order_no: self.order_no.clone(),
            outcome: self.state.outcome(),
            msgid: Some(self.msgid.clone()),
            setl_id: facts.map(|f| f.setl_id.clone()),
            mdtrt_id: facts.map(|f| f.mdtrt_id.clone()),
            setl_time: facts.map(|f| f.setl_time.clone()),
            split: facts.map(|f| f.split.clone()),
            void: self.void.clone(),
            reason: self.shown_reason(),
            reversing: self.state == State::Reversing,
            shown: self.shown,
            from_journal,
        }
    }

    fn shown_reason(&self) -> Option<Reason> {
        let fallback = match self.state {
            State::Settled | State::Voided => return None,
            State::Reversed => &faults::REVERSED,
            State::Reversing => &faults::REVERSING,
            State::Voiding => &faults::VOID_UNANSWERED,
            State::Sending | State::NotSent | State::Unknown => &faults::INTERRUPTED,
            State::Refused => &faults::REFUSED,
        };
        Some(self.reason.clone().unwrap_or(Reason { fault: fallback, detail: String::new() }))
    }
}

/// A stored request.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) msgid: String,
    pub(crate) created_ms: i64,
    pub(crate) sent_ms: i64,
    pub(crate) attempts: u32,
    pub(crate) body: zeroize::Zeroizing<Vec<u8>>,
}

/// The fault of a stored number. A number that this version does not know is still a fault.
pub(crate) fn stored_fault(number: u16) -> &'static fault::Fault {
    fault::find(number).unwrap_or(&faults::REFUSED)
}

/// [`Split`] in the journal: amounts in fen under the platform's names.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredSplit {
    insutype: String,
    clr_type: String,
    clr_optins: Option<String>,
    medfee_sumamt: i64,
    fulamt_ownpay_amt: i64,
    overlmt_selfpay: i64,
    preselfpay_amt: i64,
    inscp_scp_amt: i64,
    fund_pay_sumamt: i64,
    hifp_pay: i64,
    psn_part_amt: i64,
    acct_pay: i64,
    acct_mulaid_pay: i64,
    psn_cash_pay: i64,
    hosp_part_amt: i64,
    balc: i64,
}

impl From<&Split> for StoredSplit {
    fn from(s: &Split) -> Self {
        Self {
            insutype: s.insutype.clone(),
            clr_type: s.clr_type.clone(),
            clr_optins: s.clr_optins.clone(),
            medfee_sumamt: s.medfee_sumamt.0,
            fulamt_ownpay_amt: s.fulamt_ownpay_amt.0,
            overlmt_selfpay: s.overlmt_selfpay.0,
            preselfpay_amt: s.preselfpay_amt.0,
            inscp_scp_amt: s.inscp_scp_amt.0,
            fund_pay_sumamt: s.fund_pay_sumamt.0,
            hifp_pay: s.hifp_pay.0,
            psn_part_amt: s.psn_part_amt.0,
            acct_pay: s.acct_pay.0,
            acct_mulaid_pay: s.acct_mulaid_pay.0,
            psn_cash_pay: s.psn_cash_pay.0,
            hosp_part_amt: s.hosp_part_amt.0,
            balc: s.balc.0,
        }
    }
}

impl From<StoredSplit> for Split {
    fn from(s: StoredSplit) -> Self {
        Self {
            insutype: s.insutype,
            clr_type: s.clr_type,
            clr_optins: s.clr_optins,
            medfee_sumamt: Fen(s.medfee_sumamt),
            fulamt_ownpay_amt: Fen(s.fulamt_ownpay_amt),
            overlmt_selfpay: Fen(s.overlmt_selfpay),
            preselfpay_amt: Fen(s.preselfpay_amt),
            inscp_scp_amt: Fen(s.inscp_scp_amt),
            fund_pay_sumamt: Fen(s.fund_pay_sumamt),
            hifp_pay: Fen(s.hifp_pay),
            psn_part_amt: Fen(s.psn_part_amt),
            acct_pay: Fen(s.acct_pay),
            acct_mulaid_pay: Fen(s.acct_mulaid_pay),
            psn_cash_pay: Fen(s.psn_cash_pay),
            hosp_part_amt: Fen(s.hosp_part_amt),
            balc: Fen(s.balc),
        }
    }
}
