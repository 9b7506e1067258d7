//! The amounts of a settlement: who pays what.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use yika_protocol::money::{Fen, Quantity};

use crate::wire;

/// Declares one struct per way the platform names the person's two amounts.
macro_rules! amounts {
    ($(#[$doc:meta])* $visibility:vis struct $name:ident, $burden:literal, $cash:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        $visibility struct $name {
            /// Total of the bill.
            #[serde(with = "wire::decimal")]
            pub medfee_sumamt: Fen,
            /// Wholly outside the catalogue's rules.
            #[serde(with = "wire::decimal")]
            pub fulamt_ownpay_amt: Fen,
            /// Above the price limit.
            #[serde(with = "wire::decimal")]
            pub overlmt_selfpay: Fen,
            /// The person's own first share of class-B items.
            #[serde(with = "wire::decimal")]
            pub preselfpay_amt: Fen,
            /// Inside the rules: what the benefit is computed on.
            #[serde(with = "wire::decimal")]
            pub inscp_scp_amt: Fen,
            /// Deductible that was taken.
            #[serde(default, with = "wire::decimal_opt", skip_serializing_if = "Option::is_none")]
            pub act_pay_dedc: Option<Fen>,
            /// Basic pooled fund.
            #[serde(with = "wire::decimal")]
            pub hifp_pay: Fen,
            /// Share of the pooled fund, 0 to 1 with four decimals.
            #[serde(with = "wire::decimal")]
            pub pool_prop_selfpay: Quantity,
            /// Civil servants' supplement.
            #[serde(with = "wire::decimal")]
            pub cvlserv_pay: Fen,
            /// Enterprise supplement.
            #[serde(with = "wire::decimal")]
            pub hifes_pay: Fen,
            /// Residents' major-illness insurance.
            #[serde(with = "wire::decimal")]
            pub hifmi_pay: Fen,
            /// Employees' large-sum supplement.
            #[serde(with = "wire::decimal")]
            pub hifob_pay: Fen,
            /// Medical assistance.
            #[serde(with = "wire::decimal")]
            pub maf_pay: Fen,
            /// Other funds.
            #[serde(with = "wire::decimal")]
            pub oth_pay: Fen,
            /// Disabled servicemen's fund. Whether it is also part of `oth_pay` is not published.
            #[serde(default, with = "wire::decimal_opt", skip_serializing_if = "Option::is_none")]
            pub hifdm_pay: Option<Fen>,
            /// All funds together.
            #[serde(with = "wire::decimal")]
            pub fund_pay_sumamt: Fen,
            /// The person's burden: account and cash together.
            #[serde(rename = $burden, with = "wire::decimal")]
            pub psn_part_amt: Fen,
            /// Personal account, mutual aid included.
            #[serde(with = "wire::decimal")]
            pub acct_pay: Fen,
            /// Cash.
            #[serde(rename = $cash, with = "wire::decimal")]
            pub psn_cash_pay: Fen,
            /// Balance of the account afterwards.
            #[serde(with = "wire::decimal")]
            pub balc: Fen,
            /// Family members' account inside `acct_pay`.
            #[serde(with = "wire::decimal")]
            pub acct_mulaid_pay: Fen,
            /// The institution's own burden.
            #[serde(default, with = "wire::decimal_opt", skip_serializing_if = "Option::is_none")]
            pub hosp_part_amt: Option<Fen>,
        }
    };
}

amounts! {
    /// Who pays what. In fen; the wire carries yuan with two decimals.
    ///
    /// The identities between the amounts are checked by [`crate::amounts`]. In 5203 the person's amounts have other
    /// names (`psn_pay`, `cash_payamt`); they are the same two fields here.
    pub struct SettlementAmounts, "psn_part_amt", "psn_cash_pay"
}

amounts! {
    struct QueryAmounts, "psn_pay", "cash_payamt"
}

/// `#[serde(flatten, with = "split::query")]`: [`SettlementAmounts`] under the names of 5203.
pub(super) mod query {
    use super::{Deserialize, Deserializer, QueryAmounts, Serialize, Serializer, SettlementAmounts};

    pub(crate) fn serialize<S: Serializer>(
        amounts: &SettlementAmounts,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        QueryAmounts::from(amounts.clone()).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<SettlementAmounts, D::Error> {
        QueryAmounts::deserialize(deserializer).map(SettlementAmounts::from)
    }
}

macro_rules! convert {
    ($from:ident, $to:ident) => {
        impl From<$from> for $to {
            fn from(a: $from) -> Self {
                Self {
                    medfee_sumamt: a.medfee_sumamt,
                    fulamt_ownpay_amt: a.fulamt_ownpay_amt,
                    overlmt_selfpay: a.overlmt_selfpay,
                    preselfpay_amt: a.preselfpay_amt,
                    inscp_scp_amt: a.inscp_scp_amt,
                    act_pay_dedc: a.act_pay_dedc,
                    hifp_pay: a.hifp_pay,
                    pool_prop_selfpay: a.pool_prop_selfpay,
                    cvlserv_pay: a.cvlserv_pay,
                    hifes_pay: a.hifes_pay,
                    hifmi_pay: a.hifmi_pay,
                    hifob_pay: a.hifob_pay,
                    maf_pay: a.maf_pay,
                    oth_pay: a.oth_pay,
                    hifdm_pay: a.hifdm_pay,
                    fund_pay_sumamt: a.fund_pay_sumamt,
                    psn_part_amt: a.psn_part_amt,
                    acct_pay: a.acct_pay,
                    psn_cash_pay: a.psn_cash_pay,
                    balc: a.balc,
                    acct_mulaid_pay: a.acct_mulaid_pay,
                    hosp_part_amt: a.hosp_part_amt,
                }
            }
        }
    };
}

convert!(SettlementAmounts, QueryAmounts);
convert!(QueryAmounts, SettlementAmounts);

impl SettlementAmounts {
    /// The same settlement taken back: every amount with the other sign. Balance and share stay as they are, the
    /// balance for the caller to set. `None` when an amount cannot be negated.
    pub fn negated(&self) -> Option<Self> {
        let opposite = |amount: Option<Fen>| match amount {
            Some(amount) => amount.checked_neg().map(Some),
            None => Some(None),
        };
        Some(Self {
            medfee_sumamt: self.medfee_sumamt.checked_neg()?,
            fulamt_ownpay_amt: self.fulamt_ownpay_amt.checked_neg()?,
            overlmt_selfpay: self.overlmt_selfpay.checked_neg()?,
            preselfpay_amt: self.preselfpay_amt.checked_neg()?,
            inscp_scp_amt: self.inscp_scp_amt.checked_neg()?,
            act_pay_dedc: opposite(self.act_pay_dedc)?,
            hifp_pay: self.hifp_pay.checked_neg()?,
            pool_prop_selfpay: self.pool_prop_selfpay,
            cvlserv_pay: self.cvlserv_pay.checked_neg()?,
            hifes_pay: self.hifes_pay.checked_neg()?,
            hifmi_pay: self.hifmi_pay.checked_neg()?,
            hifob_pay: self.hifob_pay.checked_neg()?,
            maf_pay: self.maf_pay.checked_neg()?,
            oth_pay: self.oth_pay.checked_neg()?,
            hifdm_pay: opposite(self.hifdm_pay)?,
            fund_pay_sumamt: self.fund_pay_sumamt.checked_neg()?,
            psn_part_amt: self.psn_part_amt.checked_neg()?,
            acct_pay: self.acct_pay.checked_neg()?,
            psn_cash_pay: self.psn_cash_pay.checked_neg()?,
            balc: self.balc,
            acct_mulaid_pay: self.acct_mulaid_pay.checked_neg()?,
            hosp_part_amt: opposite(self.hosp_part_amt)?,
        })
    }
}
