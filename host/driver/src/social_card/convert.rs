//! From the bytes of the protocol to the text of the host.

use super::{
    card::{CardInterface, PartialReason, SocialSecurityCard},
    text::{PersonalText, decode_name, hex},
};
use yika_protocol::{
    apdu::Interface,
    social_card::{CardData, Field, FieldError, Partial},
};

/// The host's card. `no_keys` says why in more detail than the session knows.
pub(super) fn card(
    data: &CardData,
    reader: &str,
    no_keys: Option<PartialReason>,
) -> Result<SocialSecurityCard, FieldError> {
    let psn_name = match &data.name {
        Some(bytes) => Some(decode_name(bytes.expose()).ok_or(FieldError::Holder(Field::Name))?),
        None => None,
    };
    let text = |text: &dyn ToString| PersonalText::new(text.to_string());
    let partial = data.partial.map(|partial| match (partial, no_keys) {
        (Partial::NoCardFactor, _) => PartialReason::NoCardFactor,
        (_, Some(reason)) => reason,
        (_, None) => PartialReason::NoKeyService,
    });
    Ok(SocialSecurityCard {
        certno: data.certno.as_ref().map(|certno| PersonalText::new(certno.expose())),
        psn_name: psn_name.filter(|name| !name.is_empty()).map(PersonalText::new),
        gend: data.gender.map(|gender| PersonalText::new(gender.code())),
        naty: data.ethnicity.map(|ethnicity| PersonalText::new(format!("{:02}", ethnicity.number()))),
        brdy: data.birth_date.map(|date| text(&date)),
        birthplace: data.birthplace.map(|region| PersonalText::new(region.as_str())),
        card_no: Some(PersonalText::new(data.card_no.expose())),
        card_sn: PersonalText::new(data.identification_code.hex().to_string()),
        card_class: data.card_class.map(|class| char::from(class).to_string()),
        spec_version: data.spec_version.as_str().map(str::to_owned),
        organisation: data.organisation.map(|bytes| hex(&bytes)),
        issued: data.issued,
        expires: data.expires,
        reset_info: data.reset_info.as_ref().map(|info| PersonalText::new(info.hex().to_string())),
        algorithm: data.algorithm.to_string(),
        region: data.identification_code.region().as_str().to_owned(),
        interface: match data.interface {
            Interface::Contact => CardInterface::Contact,
            Interface::Contactless => CardInterface::Contactless,
        },
        reader: reader.to_owned(),
        generation: data.generation.number(),
        partial,
    })
}
