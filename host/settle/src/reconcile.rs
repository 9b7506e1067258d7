//! The daily comparison of totals with the centre (3201).

use yika_protocol::money::Fen;

/// Totals of one group, voids counted as negative rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Σ `medfee_sumamt`.
    pub medfee_sumamt: Fen,
    /// Σ `fund_pay_sumamt`.
    pub fund_pay_sumamt: Fen,
    /// Σ `acct_pay`.
    pub acct_pay: Fen,
    /// Number of rows, voids included.
    pub fixmedins_setl_cnt: u32,
}

/// One group of the books: `insutype` + `clr_type` + `setl_optins`.
#[derive(Debug, Clone)]
pub struct GroupResult {
    /// Kind of insurance.
    pub insutype: String,
    /// Kind of clearing.
    pub clr_type: String,
    /// Settling agency.
    pub setl_optins: String,
    /// Our figures, as sent.
    pub ours: Figures,
    /// `stmt_rslt` 0: the centre has the same figures.
    pub equal: bool,
    /// `stmt_rslt_dscr`: the centre's words.
    pub description: String,
}

/// Result of [`Till::reconcile`](crate::Till::reconcile).
#[derive(Debug, Clone)]
pub struct Reconciliation {
    /// First day, `yyyy-MM-dd`, by the centre's settlement time.
    pub begin: String,
    /// Last day, inclusive.
    pub end: String,
    /// One row per group.
    pub groups: Vec<GroupResult>,
    /// Purchases still unknown: while there are any, a difference may be theirs.
    pub open: usize,
}

impl Reconciliation {
    /// True when every group is equal and nothing is open.
    pub fn is_equal(&self) -> bool {
        self.open == 0 && self.groups.iter().all(|g| g.equal)
    }
}

/// What the centre compares by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Group {
    pub(crate) insutype: String,
    pub(crate) clr_type: String,
    pub(crate) setl_optins: String,
}
