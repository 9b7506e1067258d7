//! Totals of a period, compared with the centre's (3201).

use std::collections::BTreeMap;

use yika_platform::business_time::BusinessTime;
use yika_platform::transactions::{Statement, StatementInfo, StatementRow};
use yika_protocol::fault::settle as faults;
use yika_protocol::money::Fen;

use super::Till;
use super::exchange::reason;
use super::session::Unanswered;
use crate::error::{JournalError, ReconcileError};
use crate::journal::{Facts, State};
use crate::reconcile::{Figures, Group, GroupResult, Reconciliation};

/// `insutype` of the employees' insurance: the one that has accounts.
const EMPLOYEES: &str = "310";

impl Till {
    /// Compares the totals of the days `begin ..= end` (`yyyy-MM-dd`) with the centre (3201), by the centre's
    /// settlement time. A void counts as a negative row of its own day; a reversed purchase counts nowhere.
    pub async fn reconcile(&self, begin: &str, end: &str) -> Result<Reconciliation, ReconcileError> {
        let day = |text| BusinessTime::parse_date(text).map_err(|_| ReconcileError::Range);
        if day(begin)? > day(end)? {
            return Err(ReconcileError::Range);
        }
        let mut figures = self.figures(begin, end)?;
        // What was asked for and not settled is compared as well, and so is a day without sales: the centre may have more.
        for insutype in self.journal.insutypes(&self.config.institution.code, day(begin)?, day(end)?)? {
            figures.entry(self.usual_group(&insutype)).or_insert(Figures::ZERO);
        }
        if figures.is_empty() {
            figures.insert(self.usual_group(EMPLOYEES), Figures::ZERO);
        }
        let mut groups = Vec::with_capacity(figures.len());
        for (group, ours) in figures {
            let answer = self.compare(&group, ours, begin, end).await.map_err(reconcile_error)?;
            groups.push(GroupResult {
                insutype: group.insutype,
                clr_type: group.clr_type,
                setl_optins: group.setl_optins,
                ours,
                equal: answer.equal(),
                description: answer.stmt_rslt_dscr.unwrap_or_default(),
            });
        }
        let open = self.journal.open_purchases()?.len();
        Ok(Reconciliation { begin: begin.to_owned(), end: end.to_owned(), groups, open })
    }

    /// Whether the usual group of an insurance has the same totals on both sides.
    pub(super) async fn group_is_equal(
        &self,
        insutype: &str,
        begin: &str,
        end: &str,
    ) -> Result<bool, Unanswered> {
        let group = self.usual_group(insutype);
        let ours = self.figures(begin, end)?.remove(&group).unwrap_or(Figures::ZERO);
        self.compare(&group, ours, begin, end).await.map(|answer| answer.equal())
    }

    async fn compare(
        &self,
        group: &Group,
        ours: Figures,
        begin: &str,
        end: &str,
    ) -> Result<StatementInfo, Unanswered> {
        let row = StatementRow {
            insutype: group.insutype.clone(),
            clr_type: group.clr_type.clone(),
            setl_optins: group.setl_optins.clone(),
            stmt_begndate: begin.to_owned(),
            stmt_enddate: end.to_owned(),
            medfee_sumamt: ours.medfee_sumamt,
            fund_pay_sumamt: ours.fund_pay_sumamt,
            acct_pay: ours.acct_pay,
            fixmedins_setl_cnt: ours.fixmedins_setl_cnt.to_string(),
            // Settlements and voids together.
            refd_setl_flag: None,
            fixmedins_refd_setl_flag: "0".to_owned(),
        };
        self.ask(&Statement { data: row }, "3201", None).await.map(|answer| answer.stmtinfo)
    }

    fn figures(&self, begin: &str, end: &str) -> Result<BTreeMap<Group, Figures>, JournalError> {
        let inside = |time: &str| time.get(..10).is_some_and(|day| begin <= day && day <= end);
        let mut groups: BTreeMap<Group, Figures> = BTreeMap::new();
        for purchase in self.journal.settled_purchases(&self.config.institution.code)? {
            let Some(facts) = &purchase.facts else { continue };
            if !matches!(purchase.state, State::Settled | State::Voiding | State::Voided) {
                continue;
            }
            let mut add = |negative: bool| {
                let sum = groups.entry(self.group_of(facts)).or_insert(Figures::ZERO);
                *sum =
                    sum.plus(facts, negative).ok_or_else(|| JournalError::Corrupt("amounts".to_owned()))?;
                Ok::<_, JournalError>(())
            };
            if inside(&facts.setl_time) {
                add(false)?;
            }
            let voided =
                purchase.void.as_ref().filter(|void| void.done).and_then(|void| void.setl_time.as_deref());
            if voided.is_some_and(inside) {
                add(true)?;
            }
        }
        Ok(groups)
    }

    fn group_of(&self, facts: &Facts) -> Group {
        let usual = self.usual_group(&facts.split.insutype);
        Group {
            insutype: facts.split.insutype.clone(),
            clr_type: facts.split.clr_type.clone(),
            setl_optins: facts.split.clr_optins.clone().unwrap_or(usual.setl_optins),
        }
    }

    fn usual_group(&self, insutype: &str) -> Group {
        let institution = &self.config.institution;
        Group {
            insutype: insutype.to_owned(),
            clr_type: self.config.profile.pharmacy.clr_type.clone(),
            setl_optins: institution.setl_optins.clone().unwrap_or_else(|| institution.region.clone()),
        }
    }
}

impl Figures {
    const ZERO: Self = Self {
        medfee_sumamt: Fen::ZERO,
        fund_pay_sumamt: Fen::ZERO,
        acct_pay: Fen::ZERO,
        fixmedins_setl_cnt: 0,
    };

    fn plus(self, facts: &Facts, negative: bool) -> Option<Self> {
        let signed = |amount: Fen| if negative { amount.checked_neg() } else { Some(amount) };
        let split = &facts.split;
        Some(Self {
            medfee_sumamt: self.medfee_sumamt.checked_add(signed(split.medfee_sumamt)?)?,
            fund_pay_sumamt: self.fund_pay_sumamt.checked_add(signed(split.fund_pay_sumamt)?)?,
            acct_pay: self.acct_pay.checked_add(signed(split.acct_pay)?)?,
            fixmedins_setl_cnt: self.fixmedins_setl_cnt.checked_add(1)?,
        })
    }
}

fn reconcile_error(unanswered: Unanswered) -> ReconcileError {
    match unanswered {
        Unanswered::NotSent(reason) => ReconcileError::NotSent(reason),
        Unanswered::Refused(refusal) => ReconcileError::Refused(refusal.reason),
        Unanswered::NoAnswer(reason) => ReconcileError::NoAnswer(reason),
        Unanswered::Journal(error) => ReconcileError::Journal(error),
        Unanswered::Input(text) => ReconcileError::NotSent(reason(&faults::SITE_FILE_INVALID, &text)),
    }
}
