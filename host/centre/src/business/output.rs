//! From a row of the books to the platform's fields.

use yika_platform::transactions::{FundRow, SettlementAmounts};
use yika_protocol::money::{Fen, Quantity};

use crate::StoreError;
use crate::store::{Kind, Settlement};

/// `fund_pay_type` of the employees' personal account.
const ACCOUNT_FUND: &str = "310200";

impl Settlement {
    /// Who pays what.
    ///
    /// # Errors
    /// A sum does not fit, which the field widths exclude.
    pub(super) fn amounts(&self) -> Result<SettlementAmounts, StoreError> {
        let too_large = || StoreError("an amount does not fit".into());
        Ok(SettlementAmounts {
            medfee_sumamt: self.medfee_sumamt,
            fulamt_ownpay_amt: self.fulamt_ownpay_amt,
            overlmt_selfpay: self.overlmt_selfpay,
            preselfpay_amt: self.preselfpay_amt,
            inscp_scp_amt: self.inscp_scp_amt,
            act_pay_dedc: Some(self.act_pay_dedc),
            hifp_pay: self.hifp_pay,
            pool_prop_selfpay: Quantity(self.pool_prop_selfpay),
            cvlserv_pay: Fen::ZERO,
            hifes_pay: Fen::ZERO,
            hifmi_pay: Fen::ZERO,
            hifob_pay: Fen::ZERO,
            maf_pay: Fen::ZERO,
            oth_pay: Fen::ZERO,
            hifdm_pay: Some(Fen::ZERO),
            fund_pay_sumamt: self.hifp_pay,
            psn_part_amt: self.acct_pay.checked_add(self.psn_cash_pay).ok_or_else(too_large)?,
            acct_pay: self.acct_pay,
            psn_cash_pay: self.psn_cash_pay,
            balc: self.balc,
            acct_mulaid_pay: Fen::ZERO,
            hosp_part_amt: Some(Fen::ZERO),
        })
    }

    /// One row for the fund, and one for the account where it paid.
    pub(super) fn fund_rows(&self) -> Vec<FundRow> {
        let row = |kind: &str, inscp_scp_amt, crt_payb_lmt_amt, fund_payamt| FundRow {
            fund_pay_type: kind.to_owned(),
            inscp_scp_amt,
            crt_payb_lmt_amt,
            fund_payamt,
            fund_pay_type_name: fund_name(kind).map(str::to_owned),
            setl_proc_info: None,
        };
        let mut rows = vec![row(&self.fund_pay_type, self.inscp_scp_amt, self.hifp_limit, self.hifp_pay)];
        if self.acct_pay != Fen::ZERO {
            rows.push(row(ACCOUNT_FUND, Fen::ZERO, self.acct_limit, self.acct_pay));
        }
        rows
    }

    /// The row that takes this settlement back: every amount with the other sign.
    pub(super) fn undone(
        &self,
        kind: Kind,
        setl_id: String,
        msgid: String,
        setl_time: i64,
        balc: Fen,
    ) -> Self {
        let opposite = |amount: Fen| Fen(-amount.0);
        Self {
            setl_id,
            kind,
            undoes: Some(self.setl_id.clone()),
            msgid,
            setl_time,
            medfee_sumamt: opposite(self.medfee_sumamt),
            fulamt_ownpay_amt: opposite(self.fulamt_ownpay_amt),
            overlmt_selfpay: opposite(self.overlmt_selfpay),
            preselfpay_amt: opposite(self.preselfpay_amt),
            inscp_scp_amt: opposite(self.inscp_scp_amt),
            act_pay_dedc: opposite(self.act_pay_dedc),
            hifp_pay: opposite(self.hifp_pay),
            acct_pay: opposite(self.acct_pay),
            psn_cash_pay: opposite(self.psn_cash_pay),
            balc,
            ..self.clone()
        }
    }
}

/// Names of the dictionary `fund_pay_type` that a sandbox pharmacy meets.
fn fund_name(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "310100" => "城镇职工基本医疗保险统筹基金",
        "310102" => "职工门诊统筹基金",
        "310200" => "城镇职工基本医疗保险个人账户基金",
        "390100" => "城乡居民基本医疗保险基金",
        "390102" => "居民门诊统筹基金",
        _ => return None,
    })
}
