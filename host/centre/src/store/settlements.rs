//! Settlements, their lines and trace codes, and the sums over them.

use rusqlite::{OptionalExtension, Row, params};
use yika_protocol::money::{Fen, Price, Quantity};

use super::Work;
use crate::StoreError;

/// What a settlement row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// 2102.
    Settle,
    /// 2103: negative amounts.
    Void,
    /// 2601: negative amounts.
    Reversal,
}

impl Kind {
    fn text(self) -> &'static str {
        match self {
            Self::Settle => "settle",
            Self::Void => "void",
            Self::Reversal => "reversal",
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        [Self::Settle, Self::Void, Self::Reversal].into_iter().find(|kind| kind.text() == text)
    }
}

/// A row of the books. Amounts of voids and reversals are negative.
#[derive(Debug, Clone)]
pub(crate) struct Settlement {
    pub(crate) setl_id: String,
    pub(crate) mdtrt_id: String,
    pub(crate) kind: Kind,
    /// The settlement that this row undoes.
    pub(crate) undoes: Option<String>,
    pub(crate) fixmedins_code: String,
    pub(crate) msgid: String,
    pub(crate) psn_no: String,
    pub(crate) insutype: String,
    pub(crate) psn_type: String,
    pub(crate) cvlserv_flag: String,
    pub(crate) insuplc_admdvs: String,
    pub(crate) mdtrt_cert_type: String,
    pub(crate) med_type: String,
    pub(crate) clr_type: String,
    pub(crate) setl_optins: String,
    pub(crate) fund_pay_type: String,
    /// Milliseconds.
    pub(crate) setl_time: i64,
    pub(crate) benefit_year: i64,
    pub(crate) medfee_sumamt: Fen,
    pub(crate) fulamt_ownpay_amt: Fen,
    pub(crate) overlmt_selfpay: Fen,
    pub(crate) preselfpay_amt: Fen,
    pub(crate) inscp_scp_amt: Fen,
    pub(crate) act_pay_dedc: Fen,
    /// Ten-thousandths.
    pub(crate) pool_prop_selfpay: i64,
    pub(crate) hifp_pay: Fen,
    /// What the fund could still have paid this year before this row.
    pub(crate) hifp_limit: Fen,
    pub(crate) acct_pay: Fen,
    /// What stood on the account before this row; zero where the account was not used.
    pub(crate) acct_limit: Fen,
    pub(crate) psn_cash_pay: Fen,
    /// Balance after this row.
    pub(crate) balc: Fen,
}

/// A line of a settlement with its cut.
#[derive(Debug, Clone)]
pub(crate) struct FeeLine {
    pub(crate) feedetl_sn: String,
    pub(crate) med_list_codg: String,
    pub(crate) medins_list_codg: String,
    pub(crate) cnt: Quantity,
    pub(crate) pric: Price,
    pub(crate) det_item_fee_sumamt: Fen,
    pub(crate) fulamt_ownpay_amt: Fen,
    pub(crate) overlmt_amt: Fen,
    pub(crate) preselfpay_amt: Fen,
    pub(crate) inscp_scp_amt: Fen,
}

/// A trace code of a line.
#[derive(Debug, Clone)]
pub(crate) struct TraceCode {
    pub(crate) feedetl_sn: String,
    pub(crate) drug_trac_codg: String,
    pub(crate) trdn_flag: String,
}

/// What a person used of a year's benefits so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct YearUse {
    pub(crate) deductible: Fen,
    pub(crate) fund: Fen,
}

/// Totals of one group of the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) count: i64,
    pub(crate) medfee_sumamt: Fen,
    pub(crate) fund_pay_sumamt: Fen,
    pub(crate) acct_pay: Fen,
}

/// Which rows a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Settlements and voids.
    Both,
    /// Settlements only.
    Settlements,
    /// Voids only.
    Voids,
}

const COLUMNS: &str = "setl_id, mdtrt_id, kind, undoes, fixmedins_code, msgid, psn_no, insutype, psn_type, cvlserv_flag, \
    insuplc_admdvs, mdtrt_cert_type, med_type, clr_type, setl_optins, fund_pay_type, setl_time, benefit_year, \
    medfee_sumamt, fulamt_ownpay_amt, overlmt_selfpay, preselfpay_amt, inscp_scp_amt, act_pay_dedc, pool_prop_selfpay, \
    hifp_pay, hifp_limit, acct_pay, acct_limit, psn_cash_pay, balc";

impl Work<'_> {
    pub(crate) fn add_settlement(&self, s: &Settlement) -> Result<(), StoreError> {
        let mut insert = self.tables.prepare_cached(
            &format!(
                "INSERT INTO settlement ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, \
                 ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31)"
            )
        )?;
        insert.execute(params![
            s.setl_id,
            s.mdtrt_id,
            s.kind.text(),
            s.undoes,
            s.fixmedins_code,
            s.msgid,
            s.psn_no,
            s.insutype,
            s.psn_type,
            s.cvlserv_flag,
            s.insuplc_admdvs,
            s.mdtrt_cert_type,
            s.med_type,
            s.clr_type,
            s.setl_optins,
            s.fund_pay_type,
            s.setl_time,
            s.benefit_year,
            s.medfee_sumamt.0,
            s.fulamt_ownpay_amt.0,
            s.overlmt_selfpay.0,
            s.preselfpay_amt.0,
            s.inscp_scp_amt.0,
            s.act_pay_dedc.0,
            s.pool_prop_selfpay,
            s.hifp_pay.0,
            s.hifp_limit.0,
            s.acct_pay.0,
            s.acct_limit.0,
            s.psn_cash_pay.0,
            s.balc.0
        ])?;
        Ok(())
    }

    pub(crate) fn settlement(&self, setl_id: &str) -> Result<Option<Settlement>, StoreError> {
        let mut statement =
            self.tables.prepare_cached(&format!("SELECT {COLUMNS} FROM settlement WHERE setl_id = ?1"))?;
        Ok(statement.query_row([setl_id], read).optional()?)
    }

    /// The row that undoes a settlement, if any.
    pub(crate) fn undone_by(&self, setl_id: &str) -> Result<Option<Settlement>, StoreError> {
        let mut statement =
            self.tables.prepare_cached(&format!("SELECT {COLUMNS} FROM settlement WHERE undoes = ?1"))?;
        Ok(statement.query_row([setl_id], read).optional()?)
    }

    pub(crate) fn add_lines(&self, setl_id: &str, lines: &[FeeLine]) -> Result<(), StoreError> {
        let mut statement = self.tables.prepare_cached(
            "INSERT INTO fee_line (setl_id, feedetl_sn, med_list_codg, medins_list_codg, cnt, pric, det_item_fee_sumamt, \
             fulamt_ownpay_amt, overlmt_amt, preselfpay_amt, inscp_scp_amt) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?;
        for line in lines {
            statement.execute(params![
                setl_id,
                line.feedetl_sn,
                line.med_list_codg,
                line.medins_list_codg,
                line.cnt.0,
                line.pric.0,
                line.det_item_fee_sumamt.0,
                line.fulamt_ownpay_amt.0,
                line.overlmt_amt.0,
                line.preselfpay_amt.0,
                line.inscp_scp_amt.0
            ])?;
        }
        Ok(())
    }

    /// Records trace codes. A whole box that was sold before is marked as repeated; a split one may come again.
    pub(crate) fn add_trace_codes(&self, setl_id: &str, codes: &[TraceCode]) -> Result<(), StoreError> {
        let mut seen = self.tables.prepare_cached(
            "SELECT COUNT(*) FROM trace_code t WHERE t.drug_trac_codg = ?1 \
             AND NOT EXISTS (SELECT 1 FROM settlement u WHERE u.undoes = t.setl_id)",
        )?;
        let mut add = self.tables.prepare_cached(
            "INSERT INTO trace_code (setl_id, feedetl_sn, drug_trac_codg, trdn_flag, repeated) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        for code in codes {
            let before: i64 = seen.query_row([&code.drug_trac_codg], |row| row.get(0))?;
            let repeated = before > 0 && code.trdn_flag != "1";
            add.execute(params![
                setl_id,
                code.feedetl_sn,
                code.drug_trac_codg,
                code.trdn_flag,
                i64::from(repeated)
            ])?;
        }
        Ok(())
    }

    /// What a person used of a year's benefits, voids and reversals deducted.
    pub(crate) fn year_use(&self, psn_no: &str, insutype: &str, year: i64) -> Result<YearUse, StoreError> {
        let mut statement = self.tables.prepare_cached(
            "SELECT COALESCE(SUM(act_pay_dedc), 0), COALESCE(SUM(hifp_pay), 0) FROM settlement \
             WHERE psn_no = ?1 AND insutype = ?2 AND benefit_year = ?3",
        )?;
        Ok(statement.query_row(params![psn_no, insutype, year], |row| {
            Ok(YearUse { deductible: Fen(row.get(0)?), fund: Fen(row.get(1)?) })
        })?)
    }

    /// Totals of an institution's group between two moments (milliseconds, the second one excluded): settlements and
    /// voids. A settlement that was reversed and the row that reversed it count as if they had never been: the till
    /// cannot know whether its lost message had been booked.
    pub(crate) fn totals(
        &self,
        fixmedins_code: &str,
        group: (&str, &str, &str),
        part: Part,
        period: (i64, i64),
    ) -> Result<Totals, StoreError> {
        let (insutype, clr_type, setl_optins) = group;
        let kinds = match part {
            Part::Both => ("settle", "void"),
            Part::Settlements => ("settle", "settle"),
            Part::Voids => ("void", "void"),
        };
        Ok(self.tables.query_row(
            "SELECT COUNT(*), COALESCE(SUM(medfee_sumamt), 0), COALESCE(SUM(hifp_pay), 0), COALESCE(SUM(acct_pay), 0) \
             FROM settlement s WHERE fixmedins_code = ?1 AND insutype = ?2 AND clr_type = ?3 AND setl_optins = ?4 \
             AND setl_time >= ?5 AND setl_time < ?6 AND kind IN (?7, ?8) \
             AND NOT EXISTS (SELECT 1 FROM settlement r WHERE r.undoes = s.setl_id AND r.kind = 'reversal')",
            params![fixmedins_code, insutype, clr_type, setl_optins, period.0, period.1, kinds.0, kinds.1],
            |row| {
                Ok(Totals {
                    count: row.get(0)?,
                    medfee_sumamt: Fen(row.get(1)?),
                    fund_pay_sumamt: Fen(row.get(2)?),
                    acct_pay: Fen(row.get(3)?),
                })
            },
        )?)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Settlement> {
    let kind: String = row.get("kind")?;
    let fen = |column: &str| row.get::<_, i64>(column).map(Fen);
    Ok(Settlement {
        setl_id: row.get("setl_id")?,
        mdtrt_id: row.get("mdtrt_id")?,
        kind: Kind::from_text(&kind).ok_or(rusqlite::Error::InvalidQuery)?,
        undoes: row.get("undoes")?,
        fixmedins_code: row.get("fixmedins_code")?,
        msgid: row.get("msgid")?,
        psn_no: row.get("psn_no")?,
        insutype: row.get("insutype")?,
        psn_type: row.get("psn_type")?,
        cvlserv_flag: row.get("cvlserv_flag")?,
        insuplc_admdvs: row.get("insuplc_admdvs")?,
        mdtrt_cert_type: row.get("mdtrt_cert_type")?,
        med_type: row.get("med_type")?,
        clr_type: row.get("clr_type")?,
        setl_optins: row.get("setl_optins")?,
        fund_pay_type: row.get("fund_pay_type")?,
        setl_time: row.get("setl_time")?,
        benefit_year: row.get("benefit_year")?,
        medfee_sumamt: fen("medfee_sumamt")?,
        fulamt_ownpay_amt: fen("fulamt_ownpay_amt")?,
        overlmt_selfpay: fen("overlmt_selfpay")?,
        preselfpay_amt: fen("preselfpay_amt")?,
        inscp_scp_amt: fen("inscp_scp_amt")?,
        act_pay_dedc: fen("act_pay_dedc")?,
        pool_prop_selfpay: row.get("pool_prop_selfpay")?,
        hifp_pay: fen("hifp_pay")?,
        hifp_limit: fen("hifp_limit")?,
        acct_pay: fen("acct_pay")?,
        acct_limit: fen("acct_limit")?,
        psn_cash_pay: fen("psn_cash_pay")?,
        balc: fen("balc")?,
    })
}
