//! A swipe and what takes it back, by the rules and in the ledger of the till's transactions.
//!
//! A till says which insurance and which kind of purchase it means; a swipe does not, so the centre chooses: a purchase
//! in a pharmacy (`med_type` 41, of a hospital's terminal 11), and the person's first insurance in force whose policy
//! knows that purchase, with an account when the swipe draws on nothing else.
//!
//! A swipe may come without lines, when they do not fit the datagram or the cashier keyed the sum. Nobody can say then
//! what the catalogue covers, so it draws on the personal account only, whatever the terminal allowed; and the account
//! pays for all of it. `Draw::AccountOnly` never touches a fund, with or without lines, and leaves the deductible.

use yika_platform::transactions::DrugLine;
use yika_protocol::fault::centre as faults;
use yika_protocol::money::Fen;
use yika_protocol::swipe;

use super::Context;
use super::credential::{eighteen, same_card};
use super::lines::{self, Basket};
use super::purchase::{Sale, book};
use super::split::Draws;
use super::void::undo;
use crate::StoreError;
use crate::refusal::Stop;
use crate::store::{Insurance, Kind, Person, Policy, Settlement, Voucher, Work};
use crate::vouchers;

/// A swipe whose terminal, seal and card have been checked.
pub(crate) struct Bought<'a> {
    /// The swipe id in the form of a message id.
    pub(crate) msgid: &'a str,
    pub(crate) credential: &'a swipe::Credential,
    pub(crate) amount: Fen,
    /// Empty for a sum whose lines nobody named.
    pub(crate) goods: &'a [DrugLine],
    pub(crate) draw: swipe::Draw,
}

/// Books a swipe.
pub(crate) fn settle(
    context: &Context<'_>,
    work: &Work<'_>,
    bought: &Bought<'_>,
) -> Result<(Settlement, Person), Stop> {
    let Bought { msgid, amount, goods, draw, .. } = *bought;
    let (mdtrt_cert_type, person, voucher) = payer(context, work, bought)?;
    let funds = draw == swipe::Draw::Everything && !goods.is_empty();
    let med_type = if context.institution.code.starts_with('P') { "41" } else { "11" };
    let (insurance, mut policy) = insurance(work, &person, med_type, funds)?;
    let basket = if goods.is_empty() {
        policy.account_ownpay = true;
        Basket::amount_only(amount)
    } else {
        lines::check(context, work, goods, amount, true)?
    };
    let sale = Sale {
        msgid,
        person,
        voucher,
        insurance,
        policy,
        mdtrt_cert_type,
        med_type,
        draws: Draws { account: true, funds },
        basket,
        final_step: true,
    };
    let worked = sale.work_out(context, work)?;
    book(work, &worked)?;
    Ok((worked.settlement, worked.person))
}

/// Books the void of a terminal's settlement.
pub(crate) fn void(
    context: &Context<'_>,
    work: &Work<'_>,
    original: &Settlement,
    msgid: &str,
) -> Result<Settlement, Stop> {
    match work.undone_by(&original.setl_id)? {
        None => undo(context, work, original, Kind::Void, msgid),
        // A reversed swipe never was; there is nothing to void.
        Some(undone) if undone.kind == Kind::Reversal => Err(Stop::refused(&faults::SETTLEMENT_UNKNOWN)),
        Some(_) => Err(Stop::refused(&faults::ALREADY_VOIDED)),
    }
}

/// Takes a settlement back whose terminal does not know what became of it. One that was voided since stays so: its money
/// is back already.
pub(crate) fn reverse(
    context: &Context<'_>,
    work: &Work<'_>,
    setl_id: &str,
    msgid: &str,
) -> Result<(), Stop> {
    let settlement =
        work.settlement(setl_id)?.ok_or_else(|| StoreError("the settlement of a swipe is gone".into()))?;
    if work.undone_by(setl_id)?.is_none() {
        undo(context, work, &settlement, Kind::Reversal, msgid)?;
    }
    Ok(())
}

/// The person that the credential names, and the platform's number for its kind.
fn payer(
    context: &Context<'_>,
    work: &Work<'_>,
    bought: &Bought<'_>,
) -> Result<(&'static str, Person, Option<Voucher>), Stop> {
    let unknown = || Stop::refused(&faults::PERSON_UNKNOWN);
    match bought.credential {
        swipe::Credential::Card(card) => {
            let card_no = std::str::from_utf8(&card.card_no).map_err(|_| unknown())?;
            let shown = yika_platform::hex::upper(&card.identification);
            let people = work.people_by_card(card_no)?;
            if people.is_empty() {
                return Err(unknown());
            }
            // Card numbers are unique within a region only; the identification code decides.
            let holder = people.into_iter().find(|person| {
                person
                    .identity
                    .card_sn
                    .as_ref()
                    .is_some_and(|registered| same_card(registered.expose(), &shown))
            });
            Ok(("03", holder.ok_or_else(|| Stop::refused(&faults::CREDENTIAL_MISMATCH))?, None))
        }
        swipe::Credential::Voucher(code) => {
            let now = context.now.unix_millis();
            let (person, voucher) = vouchers::redeem(
                work,
                context.institution,
                code.expose(),
                bought.msgid,
                now,
                context.random,
            )?;
            Ok(("01", person, Some(voucher)))
        }
        swipe::Credential::IdCard(card) => {
            let people = work.people_by_certno(&eighteen(card.certno.expose()))?;
            Ok(("02", people.into_iter().next().ok_or_else(unknown)?, None))
        }
    }
}

/// The insurance that pays: the first in force whose policy knows such purchases.
fn insurance(
    work: &Work<'_>,
    person: &Person,
    med_type: &str,
    funds: bool,
) -> Result<(Insurance, Policy), Stop> {
    let mut why = Stop::refused(&faults::NOT_INSURED);
    for insurance in work.insurances(&person.psn_no)? {
        if insurance.psn_insu_stas != "1" {
            let stas = &insurance.psn_insu_stas;
            why = Stop::refused_with(&faults::INSURANCE_SUSPENDED, format!("psn_insu_stas {stas}"));
            continue;
        }
        match work.policy(&insurance.insutype, med_type)? {
            None => why = Stop::refused_with(&faults::NO_POLICY, &insurance.insutype),
            Some(policy) if !funds && !policy.account => why = Stop::refused(&faults::ACCOUNT_MISSING),
            Some(policy) => return Ok((insurance, policy)),
        }
    }
    Err(why)
}

impl Settlement {
    /// Account, funds and cash, with the sign of the row.
    pub(crate) fn paid(&self) -> [Fen; 3] {
        [self.acct_pay, self.hifp_pay, self.psn_cash_pay]
    }
}
