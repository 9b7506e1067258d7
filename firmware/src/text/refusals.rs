//! Faults that a cashier meets, told in the words of the one fault table.
//!
//! Only faults named here have their words and glyphs in the device; of any other number it shows the number, which the
//! manual explains.

use yika_protocol::fault::{Fault, card, centre, credential, device};

/// Faults whose words the device carries, beside those of [`device::ALL`].
static OTHERS: &[&Fault] = &[
    &card::READER_GONE,
    &card::NO_CARD,
    &card::CARD_REMOVED,
    &card::CARD_MUTE,
    &card::CARD_UNSUPPORTED,
    &card::TRANSMISSION_FAILED,
    &card::NOT_A_SOCIAL_CARD,
    &card::CARD_LOCKED,
    &card::ALGORITHM_REFUSED,
    &card::RECORD_MALFORMED,
    &card::RECORD_MISSING,
    &card::UNEXPECTED_STATUS,
    &card::ANSWER_LOOP,
    &card::ANSWER_MALFORMED,
    &card::READ_DENIED,
    &card::IDENTIFICATION_CODE_INVALID,
    &card::VERSION_UNKNOWN,
    &card::CARD_NUMBER_INVALID,
    &card::RESET_ANSWER_INVALID,
    &card::CARD_NOT_GENUINE,
    &card::CARD_AUTH_BLOCKED,
    &card::PIN_WRONG,
    &card::PIN_BLOCKED,
    &card::PIN_LAST_TRY,
    &card::PIN_NOT_AVAILABLE,
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
    &centre::TERMINAL_REVOKED,
    &centre::TERMINAL_REPLACED,
    &centre::CERTIFICATE_EXPIRED,
    &centre::SWIPE_SIGNATURE,
    &centre::SWIPE_COUNTER,
    &centre::SWIPE_EXPIRED,
    &centre::LIMIT_PER_SWIPE,
    &centre::LIMIT_PER_DAY,
    &centre::LIMIT_NO_CHALLENGE,
    &centre::CARD_NOT_GENUINE,
    &centre::PIN_REQUIRED,
    &centre::ACCOUNT_MISSING,
    &credential::ID_READER_SILENT,
    &credential::ID_MODULE_BROKEN,
    &credential::ID_MODULE_NOT_AUTHORISED,
    &credential::ID_LIFT_CARD,
    &credential::ID_NOT_GENUINE,
    &credential::ID_OTHER_CARD,
    &credential::ID_CONTENT,
    &credential::ID_NUMBER_INVALID,
    &credential::ID_CHECK_DIGIT,
    &credential::CODE_LENGTH,
    &credential::CODE_NOT_PRINTABLE,
    &credential::CODE_UNFINISHED,
];

/// Every fault whose words the device carries.
pub fn known() -> impl Iterator<Item = &'static Fault> {
    device::ALL.iter().chain(OTHERS).copied()
}

/// The words for a number, when the device carries them.
#[must_use]
pub fn refusal(number: u16) -> Option<&'static Fault> {
    known().find(|fault| fault.number == number)
}
