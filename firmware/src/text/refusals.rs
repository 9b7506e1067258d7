//! Refusals that a cashier meets, told in the words of the one fault table.
//!
//! Only faults named here are linked into the device; of any other number it shows the number, which the manual explains.

use yika_protocol::fault::{Fault, card, centre, credential};

/// Faults whose words the device carries.
pub static KNOWN: &[&Fault] = &[
    &centre::ID_CONFLICT,
    &centre::CODE_EXPIRED,
    &centre::CODE_USED,
    &centre::CODE_UNKNOWN,
    &centre::INSTITUTION_INACTIVE,
    &centre::PERSON_UNKNOWN,
    &centre::CREDENTIAL_MISMATCH,
    &centre::CREDENTIAL_TYPE,
    &centre::NOT_INSURED,
    &centre::INSURANCE_SUSPENDED,
    &centre::ITEM_UNKNOWN,
    &centre::LINE_AMOUNT,
    &centre::TOTAL_AMOUNT,
    &centre::TRACE_CODE_MISSING,
    &centre::ACCOUNT_FLAG,
    &centre::NO_POLICY,
    &centre::SETTLEMENT_UNKNOWN,
    &centre::ALREADY_VOIDED,
    &centre::VOID_OF_VOID,
    &centre::CARD_KEY_UNKNOWN,
    &centre::CONTRADICTION,
];

/// The words for a number, when the device carries them.
#[must_use]
pub fn refusal(number: u16) -> Option<&'static Fault> {
    KNOWN.iter().copied().find(|fault| fault.number == number)
}
