//! Who stands at the counter: from a credential to a person of the register.

use yika_platform::personal::Personal;
use yika_protocol::fault::centre as faults;
use yika_protocol::identity::CertNo;

use super::Context;
use crate::refusal::Stop;
use crate::store::{Insurance, Person, Voucher, Work};
use crate::vouchers;

/// A credential as 1101, 2101 and 2102 carry it.
pub(super) struct Credential<'a> {
    pub(super) mdtrt_cert_type: &'a str,
    pub(super) mdtrt_cert_no: &'a Personal,
    pub(super) card_sn: Option<&'a Personal>,
    pub(super) certno: &'a Personal,
    pub(super) psn_name: &'a Personal,
}

/// A person, and the e-voucher that named it: to be spent when money moves.
pub(super) struct Identified {
    pub(super) person: Person,
    pub(super) voucher: Option<Voucher>,
}

/// The person that a credential names, when everything it says belongs to one person.
pub(super) fn identify(
    context: &Context<'_>,
    work: &Work<'_>,
    credential: &Credential<'_>,
    msgid: &str,
) -> Result<Identified, Stop> {
    let number = credential.mdtrt_cert_no.expose();
    if credential.mdtrt_cert_type == "01"
        && let Some((person, voucher)) =
            vouchers::holder(work, context.institution, number, msgid, context.now.unix_millis())?
    {
        if !belongs(&person, credential) {
            return Err(Stop::refused(&faults::CREDENTIAL_MISMATCH));
        }
        return Ok(Identified { person, voucher: Some(voucher) });
    }
    let people = match credential.mdtrt_cert_type {
        "01" => work.people_by_token(number)?,
        "02" => work.people_by_certno(&eighteen(number))?,
        "03" => work.people_by_card(number)?,
        _ => return Err(Stop::refused(&faults::CREDENTIAL_TYPE)),
    };
    if people.is_empty() {
        return Err(Stop::refused(&faults::PERSON_UNKNOWN));
    }
    // Card numbers are unique within a region only, so several may be found; the rest of the credential decides.
    let person = people
        .into_iter()
        .find(|person| belongs(person, credential))
        .ok_or_else(|| Stop::refused(&faults::CREDENTIAL_MISMATCH))?;
    let expired = |until: i64| context.now.unix_millis() >= until;
    if credential.mdtrt_cert_type == "01" && person.identity.ec_token_expires.is_some_and(expired) {
        return Err(Stop::refused(&faults::CODE_EXPIRED));
    }
    Ok(Identified { person, voucher: None })
}

/// The insurance of a person that is to be drawn on.
pub(super) fn insurance(
    work: &Work<'_>,
    person: &Person,
    insutype: &str,
    insuplc_admdvs: &str,
) -> Result<Insurance, Stop> {
    let insurance = work
        .insurances(&person.psn_no)?
        .into_iter()
        .find(|insurance| insurance.insutype == insutype)
        .ok_or_else(|| Stop::refused_with(&faults::NOT_INSURED, insutype))?;
    if insurance.psn_insu_stas != "1" {
        let stas = &insurance.psn_insu_stas;
        return Err(Stop::refused_with(&faults::INSURANCE_SUSPENDED, format!("psn_insu_stas {stas}")));
    }
    // Absent is "local" (rule of the platform); a wrong place would be cleared with the wrong office.
    if !insuplc_admdvs.is_empty() && insurance.insuplc_admdvs != insuplc_admdvs {
        return Err(Stop::refused(&faults::INSURED_PLACE));
    }
    Ok(insurance)
}

fn belongs(person: &Person, credential: &Credential<'_>) -> bool {
    let identity = &person.identity;
    let card = || match (&identity.card_sn, credential.card_sn) {
        (Some(registered), Some(shown)) => same_card(registered.expose(), shown.expose()),
        _ => false,
    };
    eighteen(identity.certno.expose()) == eighteen(credential.certno.expose())
        && identity.psn_name.expose() == credential.psn_name.expose().trim()
        && (credential.mdtrt_cert_type != "03" || card())
}

/// Old cards and papers carry 15 digits; both forms of one number are one number.
pub(crate) fn eighteen(certno: &str) -> String {
    match CertNo::parse(certno.trim().as_bytes()) {
        Ok(number) => number.to_18().expose().to_owned(),
        Err(_) => certno.trim().to_ascii_uppercase(),
    }
}

/// Identification codes of some issuers are padded with F behind 24 digits.
pub(super) fn same_card(registered: &str, shown: &str) -> bool {
    let significant = |code: &str| {
        let code = code.to_ascii_uppercase();
        match code.strip_suffix("FFFFFFFF") {
            Some(short) => short.to_owned(),
            None => code,
        }
    };
    significant(registered) == significant(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lengths_of_a_certificate_number_are_one_number() {
        // 15 digits: region, yymmdd, serial; 18: century added, check digit by GB 11643 (weights 7 9 10 5 8 4 2 1 6 3 7 9
        // 10 5 8 4 2, computed by hand: sum 254, 254 mod 11 = 1, check digit 0).
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        let body = "99010119850615001";
        let sum: u32 = body.bytes().zip(weights).map(|(d, w)| u32::from(d - b'0') * w).sum();
        let check = b"10X98765432"[(sum % 11) as usize] as char;
        assert_eq!(eighteen("990101850615001"), format!("{body}{check}"));
        assert_eq!(eighteen(&format!("{body}{check}")), format!("{body}{check}"));
        assert_eq!(eighteen(" abc"), "ABC");
    }

    #[test]
    fn padding_of_the_identification_code_does_not_count() {
        assert!(same_card("990100D15600000501ABCDEFFFFFFFFF", "990100d15600000501abcdefffffffff"));
        assert!(!same_card("990100D1560000050112345600000000", "990100D1560000050112345600000001"));
    }
}
