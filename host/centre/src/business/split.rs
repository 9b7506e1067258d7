//! The split of a pharmacy purchase: what the rules cover of each line, and who pays what of the bill.
//!
//! Per line (the treating place's catalogue): a level-03 item is wholly the person's (`fulamt_ownpay_amt`); of the others
//! the part above the price limit is the person's (`overlmt_amt`), then of a level-02 item a share of the rest
//! (`preselfpay_amt`); what remains is inside the rules (`inscp_scp_amt`).
//!
//! For the bill (the insured place's policy): the year's deductible first, then the fund's share up to the year's cap;
//! the rest is the person's, from the account as far as flag, policy and balance allow, else cash.
//!
//! Every product is rounded half-up to the fen once; everything else is addition, so the identities hold by construction.

use yika_protocol::money::{Fen, Price, Quantity};

use crate::store::{Item, Policy, YearUse};

/// A line, taken apart. The four parts add up to the amount of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) fulamt_ownpay_amt: Fen,
    pub(super) overlmt_amt: Fen,
    pub(super) preselfpay_amt: Fen,
    pub(super) inscp_scp_amt: Fen,
}

/// A bill, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Split {
    pub(super) act_pay_dedc: Fen,
    pub(super) hifp_pay: Fen,
    /// What the fund could still have paid this year.
    pub(super) hifp_limit: Fen,
    pub(super) acct_pay: Fen,
    pub(super) psn_cash_pay: Fen,
    /// Balance of the account afterwards.
    pub(super) balc: Fen,
}

/// Totals of the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bill {
    pub(super) medfee_sumamt: Fen,
    pub(super) fulamt_ownpay_amt: Fen,
    pub(super) overlmt_selfpay: Fen,
    pub(super) preselfpay_amt: Fen,
    pub(super) inscp_scp_amt: Fen,
}

/// What `crt_payb_lmt_amt` says where a policy has no cap: 99 999 999.99 yuan.
const NO_CAP: Fen = Fen(9_999_999_999);

/// Takes a line apart. `None` when a figure does not fit.
pub(super) fn cut(item: &Item, pric: Price, cnt: Quantity, amount: Fen) -> Option<Cut> {
    let mut cut = Cut {
        fulamt_ownpay_amt: Fen::ZERO,
        overlmt_amt: Fen::ZERO,
        preselfpay_amt: Fen::ZERO,
        inscp_scp_amt: Fen::ZERO,
    };
    if item.chrgitm_lv == "03" {
        cut.fulamt_ownpay_amt = amount;
        return Some(cut);
    }
    if let Some(limit) = item.pric_uplmt.filter(|limit| *limit < pric) {
        cut.overlmt_amt = amount.checked_sub(limit.times(cnt)?)?.max(Fen::ZERO);
    }
    let covered = amount.checked_sub(cut.overlmt_amt)?;
    if item.chrgitm_lv == "02" {
        cut.preselfpay_amt = share(covered, item.selfpay_prop)?;
    }
    cut.inscp_scp_amt = covered.checked_sub(cut.preselfpay_amt)?;
    Some(cut)
}

/// Adds lines up. `None` when a sum does not fit.
pub(super) fn add_up<'a>(lines: impl Iterator<Item = (Fen, &'a Cut)> + Clone) -> Option<Bill> {
    let sum = |of: fn(&Cut) -> Fen| Fen::checked_sum(lines.clone().map(|(_, cut)| of(cut)));
    Some(Bill {
        medfee_sumamt: Fen::checked_sum(lines.clone().map(|(amount, _)| amount))?,
        fulamt_ownpay_amt: sum(|cut| cut.fulamt_ownpay_amt)?,
        overlmt_selfpay: sum(|cut| cut.overlmt_amt)?,
        preselfpay_amt: sum(|cut| cut.preselfpay_amt)?,
        inscp_scp_amt: sum(|cut| cut.inscp_scp_amt)?,
    })
}

/// What a purchase may draw on: the buyer's wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Draws {
    pub(super) account: bool,
    pub(super) funds: bool,
}

/// Takes a bill apart. A bill that draws on no fund leaves the year's deductible as it is. `None` when a figure does not
/// fit.
pub(super) fn split(
    bill: &Bill,
    policy: &Policy,
    used: &YearUse,
    balance: Fen,
    draws: Draws,
) -> Option<Split> {
    let deductible_left = policy.deductible.checked_sub(used.deductible)?.max(Fen::ZERO);
    let act_pay_dedc = if draws.funds { bill.inscp_scp_amt.min(deductible_left) } else { Fen::ZERO };
    let hifp_limit = match policy.annual_cap {
        Some(cap) => cap.checked_sub(used.fund)?.max(Fen::ZERO),
        None => NO_CAP,
    };
    let hifp_pay = if draws.funds {
        share(bill.inscp_scp_amt.checked_sub(act_pay_dedc)?, policy.ratio)?.min(hifp_limit)
    } else {
        Fen::ZERO
    };
    let burden = bill.medfee_sumamt.checked_sub(hifp_pay)?;
    let payable = if policy.account_ownpay { burden } else { burden.checked_sub(bill.fulamt_ownpay_amt)? };
    let acct_pay =
        if draws.account && policy.account { payable.min(balance).max(Fen::ZERO) } else { Fen::ZERO };
    Some(Split {
        act_pay_dedc,
        hifp_pay,
        hifp_limit,
        acct_pay,
        psn_cash_pay: burden.checked_sub(acct_pay)?,
        balc: balance.checked_sub(acct_pay)?,
    })
}

/// `amount × share`, the share in ten-thousandths, rounded half-up to the fen.
fn share(amount: Fen, share: i64) -> Option<Fen> {
    let product = i128::from(amount.0).checked_mul(i128::from(share))?;
    i64::try_from((product + 5_000).div_euclid(10_000)).ok().map(Fen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn item(level: &str, selfpay_prop: i64, limit: Option<&str>) -> Item {
        Item {
            pric_uplmt: limit.map(|l| l.parse().unwrap()),
            chrgitm_lv: level.to_owned(),
            selfpay_prop,
            med_chrgitm_type: "09".to_owned(),
        }
    }

    fn policy() -> Policy {
        Policy {
            deductible: fen("20.00"),
            ratio: 7_000,
            annual_cap: Some(fen("100.00")),
            fund_pay_type: "310100".to_owned(),
            clr_type: "41".to_owned(),
            account: true,
            account_ownpay: true,
        }
    }

    fn fen(text: &str) -> Fen {
        text.parse().unwrap()
    }

    fn parts(cut: Cut) -> [String; 4] {
        [cut.fulamt_ownpay_amt, cut.overlmt_amt, cut.preselfpay_amt, cut.inscp_scp_amt].map(|f| f.to_string())
    }

    const ALL: Draws = Draws { account: true, funds: true };

    const NOTHING_USED: YearUse = YearUse { deductible: Fen::ZERO, fund: Fen::ZERO };

    #[test]
    fn lines_by_hand() {
        let line = |item: &Item, pric: &str, cnt: &str, amount: &str| {
            parts(cut(item, pric.parse().unwrap(), cnt.parse().unwrap(), fen(amount)).unwrap())
        };
        // Level 01 under its limit: all inside the rules.
        assert_eq!(line(&item("01", 0, Some("13")), "12.5", "2", "25.00"), ["0.00", "0.00", "0.00", "25.00"]);
        // Limit 12.00 against 12.50, two boxes: 1.00 above it.
        assert_eq!(line(&item("01", 0, Some("12")), "12.5", "2", "25.00"), ["0.00", "1.00", "0.00", "24.00"]);
        // Level 02, 10 %: 38.00 → 3.80 first, 34.20 inside.
        assert_eq!(line(&item("02", 1000, None), "38", "1", "38.00"), ["0.00", "0.00", "3.80", "34.20"]);
        // Limit 36.00 first, then 10 % of 36.00.
        assert_eq!(
            line(&item("02", 1000, Some("36")), "38", "1", "38.00"),
            ["0.00", "2.00", "3.60", "32.40"]
        );
        // Level 03: the person's.
        assert_eq!(line(&item("03", 10_000, None), "6.2", "0.5", "3.10"), ["3.10", "0.00", "0.00", "0.00"]);
        // Half a fen goes up: 0.05 × 10 % = 0.005 → 0.01.
        assert_eq!(line(&item("02", 1000, None), "0.05", "1", "0.05"), ["0.00", "0.00", "0.01", "0.04"]);
    }

    #[test]
    fn the_sample_purchase_by_hand() {
        // 25.00 (01) + 38.00 (02, 10 %) + 3.10 (03) = 66.10; inside the rules 25.00 + 34.20 = 59.20.
        let bill = Bill {
            medfee_sumamt: fen("66.10"),
            fulamt_ownpay_amt: fen("3.10"),
            overlmt_selfpay: Fen::ZERO,
            preselfpay_amt: fen("3.80"),
            inscp_scp_amt: fen("59.20"),
        };
        // Deductible 20.00; (59.20 − 20.00) × 70 % = 27.44; burden 66.10 − 27.44 = 38.66, all from the account.
        let first = split(&bill, &policy(), &NOTHING_USED, fen("500.00"), ALL).unwrap();
        assert_eq!((first.act_pay_dedc, first.hifp_pay), (fen("20.00"), fen("27.44")));
        assert_eq!(
            (first.acct_pay, first.psn_cash_pay, first.balc),
            (fen("38.66"), fen("0.00"), fen("461.34"))
        );
        // Deductible used up: 59.20 × 70 % = 41.44; burden 24.66.
        let used = YearUse { deductible: fen("20.00"), fund: fen("27.44") };
        let second = split(&bill, &policy(), &used, fen("461.34"), ALL).unwrap();
        assert_eq!(
            (second.hifp_pay, second.acct_pay, second.balc),
            (fen("41.44"), fen("24.66"), fen("436.68"))
        );
        // 100.00 − 68.88 = 31.12 left under the cap.
        let used = YearUse { deductible: fen("20.00"), fund: fen("68.88") };
        let third = split(&bill, &policy(), &used, fen("10.00"), ALL).unwrap();
        assert_eq!((third.hifp_limit, third.hifp_pay), (fen("31.12"), fen("31.12")));
        // Burden 34.98, the account has 10.00.
        assert_eq!(
            (third.acct_pay, third.psn_cash_pay, third.balc),
            (fen("10.00"), fen("24.98"), fen("0.00"))
        );
        // The buyer keeps the account.
        let kept =
            split(&bill, &policy(), &NOTHING_USED, fen("500.00"), Draws { account: false, funds: true })
                .unwrap();
        assert_eq!((kept.acct_pay, kept.psn_cash_pay, kept.balc), (fen("0.00"), fen("38.66"), fen("500.00")));
        // A draw on the account alone: no fund, no deductible.
        let alone = Draws { account: true, funds: false };
        let alone = split(&bill, &policy(), &NOTHING_USED, fen("50.00"), alone).unwrap();
        assert_eq!((alone.hifp_pay, alone.act_pay_dedc), (fen("0.00"), fen("0.00")));
        assert_eq!(
            (alone.acct_pay, alone.psn_cash_pay, alone.balc),
            (fen("50.00"), fen("16.10"), fen("0.00"))
        );
        // A policy whose accounts do not pay for level 03: 3.10 in cash.
        let strict = Policy { account_ownpay: false, ..policy() };
        let strict = split(&bill, &strict, &NOTHING_USED, fen("500.00"), ALL).unwrap();
        assert_eq!((strict.acct_pay, strict.psn_cash_pay), (fen("35.56"), fen("3.10")));
    }

    proptest! {
        #[test]
        fn nothing_appears_or_vanishes(
            amounts in prop::collection::vec((1i64..10_000_000, 0usize..3, 0i64..10_000, 0i64..2_000_000), 1..20),
            deductible in 0i64..100_000, ratio in 0i64..=10_000, cap in prop::option::of(0i64..1_000_000),
            used in (0i64..200_000, 0i64..2_000_000), balance in 0i64..10_000_000,
            flags in (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()),
        ) {
            let cuts: Vec<(Fen, Cut)> = amounts.iter().map(|(amount, level, prop, limit)| {
                let item = item(["01", "02", "03"][*level], *prop, None);
                let item = Item { pric_uplmt: (*limit > 0).then_some(Price(*limit * 100)), ..item };
                // Price in fen with quantity 1.
                (Fen(*amount), cut(&item, Price(*amount * 10_000), Quantity(10_000), Fen(*amount)).unwrap())
            }).collect();
            for (amount, c) in &cuts {
                let parts = [c.fulamt_ownpay_amt, c.overlmt_amt, c.preselfpay_amt, c.inscp_scp_amt];
                prop_assert!(parts.iter().all(|p| p.0 >= 0));
                prop_assert_eq!(Fen::checked_sum(parts), Some(*amount));
            }
            let bill = add_up(cuts.iter().map(|(amount, cut)| (*amount, cut))).unwrap();
            let policy = Policy {
                deductible: Fen(deductible), ratio, annual_cap: cap.map(Fen),
                account: flags.0, account_ownpay: flags.1, ..policy()
            };
            let used = YearUse { deductible: Fen(used.0), fund: Fen(used.1) };
            let draws = Draws { account: flags.2, funds: flags.3 };
            let s = split(&bill, &policy, &used, Fen(balance), draws).unwrap();
            prop_assert_eq!(s.hifp_pay.0 + s.acct_pay.0 + s.psn_cash_pay.0, bill.medfee_sumamt.0);
            prop_assert!(s.hifp_pay.0 >= 0 && s.acct_pay.0 >= 0 && s.psn_cash_pay.0 >= 0 && s.balc.0 >= 0);
            prop_assert!(s.act_pay_dedc.0 + s.hifp_pay.0 <= bill.inscp_scp_amt.0);
            prop_assert!(s.hifp_pay <= s.hifp_limit);
            prop_assert_eq!(s.balc.0 + s.acct_pay.0, balance);
            prop_assert!(flags.3 || (s.hifp_pay, s.act_pay_dedc) == (Fen::ZERO, Fen::ZERO));
        }
    }
}
