//! What became of a purchase.

use yika_protocol::fault::Fault;
use yika_protocol::money::Fen;

/// What is known about a purchase. Nothing is said that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// No byte of the settlement left this machine. Nothing happened; it may be tried again.
    NotSent,
    /// The centre refused finally. Nothing was taken.
    Refused,
    /// The centre may or may not have settled. The machine finds out; do not charge again.
    Unknown,
    /// The centre settled; the split is known.
    Settled,
    /// An unknown ended as a reversal: it does not count.
    Reversed,
    /// It was settled and then voided.
    Voided,
}

impl Outcome {
    /// Lower-case name for machines: `not_sent`, `refused`, `unknown`, `settled`, `reversed`, `voided`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::Settled => "settled",
            Self::Reversed => "reversed",
            Self::Voided => "voided",
        }
    }

    /// True when nothing is left to do at the centre.
    pub fn is_closed(self) -> bool {
        !matches!(self, Self::Unknown)
    }
}

/// Why an outcome is what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Stable code, cause and what to do, in both languages.
    pub fault: &'static Fault,
    /// The centre's own words or the detail of a broken connection; no personal data. Empty when there is none.
    pub detail: String,
}

/// One purchase as the journal knows it.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// The till's own number.
    pub order_no: String,
    /// What is known.
    pub outcome: Outcome,
    /// Id of the settling message; `None` when none was built (the person lookup failed).
    pub msgid: Option<String>,
    /// `setl_id` of the centre.
    pub setl_id: Option<String>,
    /// `mdtrt_id` of the centre.
    pub mdtrt_id: Option<String>,
    /// `setl_time` of the centre, `yyyy-MM-dd HH:mm:ss`.
    pub setl_time: Option<String>,
    /// Who paid what; present when it was settled (also when voided later).
    pub split: Option<Split>,
    /// Its void, when there is or may be one.
    pub void: Option<VoidRecord>,
    /// Why it was not settled, or why it is not known.
    pub reason: Option<Reason>,
    /// A reversal is on its way; the purchase will not count.
    pub reversing: bool,
    /// A screen has shown the outcome ([`Till::mark_shown`](crate::Till::mark_shown)).
    pub shown: bool,
    /// True when this call found the answer in the journal and sent nothing.
    pub from_journal: bool,
}

/// A void (2103) of a settled purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoidRecord {
    /// Id of the voiding message.
    pub msgid: String,
    /// The void's own `setl_id`; `None` while unanswered or when only a query confirmed it.
    pub setl_id: Option<String>,
    /// The centre's time of the void.
    pub setl_time: Option<String>,
    /// False while the answer is outstanding.
    pub done: bool,
}

/// Who paid what, by the platform's names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// `insutype`.
    pub insutype: String,
    /// `clr_type`.
    pub clr_type: String,
    /// `clr_optins`, where given.
    pub clr_optins: Option<String>,
    /// Total.
    pub medfee_sumamt: Fen,
    /// Wholly self-paid items.
    pub fulamt_ownpay_amt: Fen,
    /// Above the price limit.
    pub overlmt_selfpay: Fen,
    /// Paid first by the person, by proportion.
    pub preselfpay_amt: Fen,
    /// Inside the policy.
    pub inscp_scp_amt: Fen,
    /// Paid by all funds.
    pub fund_pay_sumamt: Fen,
    /// Paid by the pooled basic fund.
    pub hifp_pay: Fen,
    /// Borne by the person.
    pub psn_part_amt: Fen,
    /// From the personal account, mutual aid included.
    pub acct_pay: Fen,
    /// The mutual-aid part of `acct_pay`.
    pub acct_mulaid_pay: Fen,
    /// In cash.
    pub psn_cash_pay: Fen,
    /// Borne by the institution.
    pub hosp_part_amt: Fen,
    /// Account balance after the settlement.
    pub balc: Fen,
}

/// Answer of a trial settlement (2101); nothing is recorded anywhere.
#[derive(Debug, Clone)]
pub struct Preview {
    /// Who would pay what.
    pub split: Split,
}

/// What one round of recovery did.
#[derive(Debug, Clone, Default)]
pub struct Recovery {
    /// Purchases looked at, each as it now stands.
    pub touched: Vec<Settlement>,
    /// Purchases still unknown after this round.
    pub still_open: usize,
}
