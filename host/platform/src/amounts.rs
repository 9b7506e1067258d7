//! The identities that the amounts of a settlement must keep.
//!
//! An answer that breaks one of them is no settlement to print: its outcome is unknown, and the answer is evidence.

use std::fmt;

use yika_protocol::money::Fen;

use crate::profile::PharmacyRules;
use crate::transactions::{
    CutRow, FundRow, PharmacyInput, PreviewOutput, SettleOutput, SettlementAmounts, VoidOutput,
};

/// Which identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identity {
    /// Total = funds + person's burden + institution's burden.
    I1,
    /// Person's burden = account + cash.
    I2,
    /// Funds = pooled + supplements + assistance + other (servicemen's fund inside or beside "other").
    I3,
    /// 0 ≤ mutual aid ≤ account.
    I4,
    /// Amount = outside the rules + above the limit + first share + inside the rules, per line and in total.
    I5,
    /// Sum of the lines = total, as asked and as answered.
    I6,
    /// Original + void = 0.
    I7,
    /// Rows by fund add up to the funds; a row of the account is the account's amount.
    I8,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// One identity that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub identity: Identity,
    /// Number of the line or row, where it is about one.
    pub row: Option<String>,
    /// What is compared, by field names.
    pub what: &'static str,
    /// Left side; `None` when it does not fit.
    pub left: Option<Fen>,
    /// Right side; `None` when it does not fit.
    pub right: Option<Fen>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side =
            |amount: Option<Fen>| amount.map_or_else(|| "overflow".to_owned(), |amount| amount.to_string());
        write!(f, "{}", self.identity)?;
        if let Some(row) = &self.row {
            write!(f, " row {row}")?;
        }
        write!(f, ": {} ({} / {})", self.what, side(self.left), side(self.right))
    }
}

impl std::error::Error for Violation {}

/// Checks the answer to a settlement against itself (I1–I5, I8) and against what was asked (I6).
pub fn check_settlement(
    asked: &PharmacyInput,
    answered: &SettleOutput,
    rules: &PharmacyRules,
) -> Vec<Violation> {
    let mut found = Found::default();
    found.whole(&answered.setlinfo.info.amounts);
    found.lines(asked, &answered.setlinfo.info.amounts, &answered.detlcutinfo);
    found.funds(&answered.setlinfo.info.amounts, &answered.setldetail, rules);
    found.violations
}

/// Checks the answer to a pre-settlement in the same way.
pub fn check_preview(
    asked: &PharmacyInput,
    answered: &PreviewOutput,
    rules: &PharmacyRules,
) -> Vec<Violation> {
    let mut found = Found::default();
    found.whole(&answered.setlinfo.amounts);
    found.lines(asked, &answered.setlinfo.amounts, &answered.detlcutinfo);
    found.funds(&answered.setlinfo.amounts, &answered.setldetail, rules);
    found.violations
}

/// Checks amounts alone (I1–I5): what 5203 answers.
pub fn check_amounts(amounts: &SettlementAmounts) -> Vec<Violation> {
    let mut found = Found::default();
    found.whole(amounts);
    found.violations
}

/// Checks a void against its original (I7), and against itself (I1–I5, I8).
pub fn check_void(original: &SettlementAmounts, void: &VoidOutput, rules: &PharmacyRules) -> Vec<Violation> {
    let mut found = Found::default();
    let taken_back = &void.setlinfo.amounts;
    found.whole(taken_back);
    found.funds(taken_back, &void.setldetail, rules);
    for (what, of) in PARTS {
        let (left, right) = (of(original).checked_neg(), Some(of(taken_back)));
        found.equal(Identity::I7, None, what, left, right);
    }
    // The deductible and the institution's burden are optional: compared where both sides give them.
    for (what, before, after) in [
        ("act_pay_dedc", original.act_pay_dedc, taken_back.act_pay_dedc),
        ("hosp_part_amt", original.hosp_part_amt, taken_back.hosp_part_amt),
        ("hifdm_pay", original.hifdm_pay, taken_back.hifdm_pay),
    ] {
        if let (Some(before), Some(after)) = (before, after) {
            found.equal(Identity::I7, None, what, before.checked_neg(), Some(after));
        }
    }
    found.violations
}

type Part = (&'static str, fn(&SettlementAmounts) -> Fen);

const PARTS: [Part; 17] = [
    ("medfee_sumamt", |a| a.medfee_sumamt),
    ("fulamt_ownpay_amt", |a| a.fulamt_ownpay_amt),
    ("overlmt_selfpay", |a| a.overlmt_selfpay),
    ("preselfpay_amt", |a| a.preselfpay_amt),
    ("inscp_scp_amt", |a| a.inscp_scp_amt),
    ("hifp_pay", |a| a.hifp_pay),
    ("cvlserv_pay", |a| a.cvlserv_pay),
    ("hifes_pay", |a| a.hifes_pay),
    ("hifmi_pay", |a| a.hifmi_pay),
    ("hifob_pay", |a| a.hifob_pay),
    ("maf_pay", |a| a.maf_pay),
    ("oth_pay", |a| a.oth_pay),
    ("fund_pay_sumamt", |a| a.fund_pay_sumamt),
    ("psn_part_amt", |a| a.psn_part_amt),
    ("acct_pay", |a| a.acct_pay),
    ("psn_cash_pay", |a| a.psn_cash_pay),
    ("acct_mulaid_pay", |a| a.acct_mulaid_pay),
];

#[derive(Default)]
struct Found {
    violations: Vec<Violation>,
}

impl Found {
    fn whole(&mut self, a: &SettlementAmounts) {
        let hospital = a.hosp_part_amt.unwrap_or(Fen::ZERO);
        self.equal(
            Identity::I1,
            None,
            "medfee_sumamt = fund_pay_sumamt + psn_part_amt + hosp_part_amt",
            Some(a.medfee_sumamt),
            Fen::checked_sum([a.fund_pay_sumamt, a.psn_part_amt, hospital]),
        );
        self.equal(
            Identity::I2,
            None,
            "psn_part_amt = acct_pay + psn_cash_pay",
            Some(a.psn_part_amt),
            a.acct_pay.checked_add(a.psn_cash_pay),
        );
        let funds = [a.hifp_pay, a.hifmi_pay, a.hifob_pay, a.hifes_pay, a.cvlserv_pay, a.maf_pay, a.oth_pay];
        let beside = Fen::checked_sum(funds);
        let with_servicemen = beside.and_then(|sum| sum.checked_add(a.hifdm_pay.unwrap_or(Fen::ZERO)));
        if with_servicemen != Some(a.fund_pay_sumamt) || with_servicemen.is_none() {
            self.equal(
                Identity::I3,
                None,
                "fund_pay_sumamt = hifp_pay + hifmi_pay + hifob_pay + hifes_pay + cvlserv_pay + maf_pay + oth_pay",
                Some(a.fund_pay_sumamt),
                beside,
            );
        }
        // A void carries both with a minus.
        let inside = if a.acct_pay.0 >= 0 {
            Fen::ZERO <= a.acct_mulaid_pay && a.acct_mulaid_pay <= a.acct_pay
        } else {
            a.acct_pay <= a.acct_mulaid_pay && a.acct_mulaid_pay <= Fen::ZERO
        };
        if !inside {
            self.add(
                Identity::I4,
                None,
                "0 ≤ acct_mulaid_pay ≤ acct_pay",
                Some(a.acct_mulaid_pay),
                Some(a.acct_pay),
            );
        }
        self.equal(
            Identity::I5,
            None,
            "medfee_sumamt = fulamt_ownpay_amt + overlmt_selfpay + preselfpay_amt + inscp_scp_amt",
            Some(a.medfee_sumamt),
            Fen::checked_sum([a.fulamt_ownpay_amt, a.overlmt_selfpay, a.preselfpay_amt, a.inscp_scp_amt]),
        );
    }

    fn lines(&mut self, asked: &PharmacyInput, answered: &SettlementAmounts, cuts: &[CutRow]) {
        self.equal(
            Identity::I6,
            None,
            "medfee_sumamt answered = medfee_sumamt asked",
            Some(answered.medfee_sumamt),
            Some(asked.druginfo.medfee_sumamt),
        );
        self.equal(
            Identity::I6,
            None,
            "medfee_sumamt asked = sum of det_item_fee_sumamt asked",
            Some(asked.druginfo.medfee_sumamt),
            Fen::checked_sum(asked.drugdetail.iter().map(|line| line.det_item_fee_sumamt)),
        );
        if cuts.is_empty() {
            return;
        }
        self.equal(
            Identity::I6,
            None,
            "medfee_sumamt answered = sum of det_item_fee_sumamt answered",
            Some(answered.medfee_sumamt),
            Fen::checked_sum(cuts.iter().map(|cut| cut.det_item_fee_sumamt)),
        );
        for cut in cuts {
            let row = || Some(cut.feedetl_sn.clone());
            let parts = [cut.fulamt_ownpay_amt, cut.overlmt_amt, cut.preselfpay_amt, cut.inscp_scp_amt];
            // The four parts are optional; a line that gives none of them says nothing.
            if parts.iter().any(Option::is_some) {
                let sum = Fen::checked_sum(parts.into_iter().flatten());
                self.equal(
                    Identity::I5,
                    row(),
                    "det_item_fee_sumamt = fulamt_ownpay_amt + overlmt_amt + preselfpay_amt + inscp_scp_amt",
                    Some(cut.det_item_fee_sumamt),
                    sum,
                );
            }
            let mut lines = asked.drugdetail.iter().filter(|line| line.feedetl_sn == cut.feedetl_sn);
            let line = lines.next();
            self.equal(
                Identity::I6,
                row(),
                "det_item_fee_sumamt answered = det_item_fee_sumamt asked",
                Some(cut.det_item_fee_sumamt),
                line.map(|line| line.det_item_fee_sumamt),
            );
        }
    }

    fn funds(&mut self, a: &SettlementAmounts, rows: &[FundRow], rules: &PharmacyRules) {
        if rows.is_empty() {
            return;
        }
        let is_account = |row: &&FundRow| rules.account_rows.contains(&row.fund_pay_type);
        let is_hospital = |row: &&FundRow| rules.hospital_rows.contains(&row.fund_pay_type);
        let sum =
            |rows: &mut dyn Iterator<Item = &FundRow>| Fen::checked_sum(rows.map(|row| row.fund_payamt));
        self.equal(
            Identity::I8,
            None,
            "sum of fund_payamt over funds = fund_pay_sumamt",
            sum(&mut rows.iter().filter(|row| !is_account(row) && !is_hospital(row))),
            Some(a.fund_pay_sumamt),
        );
        if rows.iter().any(|row| is_account(&row)) {
            self.equal(
                Identity::I8,
                None,
                "sum of fund_payamt over accounts = acct_pay",
                sum(&mut rows.iter().filter(is_account)),
                Some(a.acct_pay),
            );
        }
    }

    /// Two sides that must be equal; a side that does not fit equals nothing.
    fn equal(
        &mut self,
        identity: Identity,
        row: Option<String>,
        what: &'static str,
        left: Option<Fen>,
        right: Option<Fen>,
    ) {
        if left.is_none() || left != right {
            self.add(identity, row, what, left, right);
        }
    }

    fn add(
        &mut self,
        identity: Identity,
        row: Option<String>,
        what: &'static str,
        left: Option<Fen>,
        right: Option<Fen>,
    ) {
        self.violations.push(Violation { identity, row, what, left, right });
    }
}
