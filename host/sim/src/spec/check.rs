//! From what people write to what a chip stores, value by value.
//!
//! Each function takes the text of one field and gives its bytes or a sentence that says what would be right; the
//! caller adds key and line. Formats: `cn` is packed BCD, `an` is text, as in 社会保障卡文件结构和数据项.

use encoding_rs::GB18030;
use std::collections::BTreeMap;
use yika_protocol::card_keys::CardKeyScheme;
use yika_protocol::identity::{Date, Region};

use super::{CardSpec, Generation, Interface, Key, KeySource, KeySpec, Quirks, person};

/// Bytes of the name record.
pub(super) const NAME_LEN: usize = 30;
/// Bytes of the name extension.
pub(super) const EXTENSION_LEN: usize = 20;
/// Longest card number a spec may write; nine characters by the standard.
const CARD_NO_MAX: usize = 20;
/// A date that was never filled in.
const EMPTY_DATE: [u8; 4] = [0xFF; 4];

/// The built-in person's card.
#[expect(clippy::expect_used, reason = "made of constants; a test below makes it in every generation")]
pub(super) fn default_card(generation: Generation) -> CardSpec {
    built_in(generation).expect("the built-in card is whole")
}

fn built_in(generation: Generation) -> Result<CardSpec, String> {
    let (psn_name, name_extension) = split_name(person::NAME, generation)?;
    let region = region(person::REGION)?;
    Ok(CardSpec {
        generation,
        interface: Interface::Contact,
        region,
        card_sn: default_card_sn(&region)?,
        card_class: card_class(person::CARD_CLASS)?,
        spec_version: version(generation.version())?,
        organisation: organisation(person::ORGANISATION)?,
        issued: date(person::ISSUED)?,
        expires: date(person::EXPIRES)?,
        card_no: card_no(person::CARD_NO)?,
        certno: certno(person::CERTNO)?,
        psn_name,
        name_extension,
        gend: gender_of(person::CERTNO),
        naty: naty(person::NATY)?,
        birthplace: birthplace_of(person::CERTNO),
        brdy: birthday_of(person::CERTNO),
        reset_info: hex(person::RESET_INFO)?,
        algorithm: generation.algorithm(),
        pin: pin(person::PIN)?,
        pin_tries: person::PIN_TRIES,
        key_tries: person::KEY_TRIES,
        keys: KeySpec {
            irk: KeySource::Master(key(person::MASTER_IRK)?),
            rksssse: KeySource::Master(key(person::MASTER_RKSSSE)?),
            uksssse: KeySource::Master(key(person::MASTER_UKSSSE)?),
            scheme: CardKeyScheme::default(),
        },
        records: BTreeMap::new(),
        quirks: Quirks::default(),
        seed: 1,
    })
}

pub(crate) fn region(text: &str) -> Result<Region, String> {
    text.parse().map_err(|_| "a region is 6 digits, as in \"990100\"".to_owned())
}

/// The identification code a card of this region gets when none is given.
pub(super) fn default_card_sn(region: &Region) -> Result<[u8; 16], String> {
    hex(&format!("{}{}", region.as_str(), person::CARD_SN_TAIL))
}

pub(super) fn card_sn(text: &str) -> Result<[u8; 16], String> {
    let code: [u8; 16] = hex(text)?;
    if text.bytes().take(6).all(|c| c.is_ascii_digit()) {
        Ok(code)
    } else {
        Err("an identification code begins with the 6 digits of the region".to_owned())
    }
}

pub(super) fn card_class(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [class] if class.is_ascii_alphanumeric() => Ok(*class),
        _ => Err("a card class is one letter or digit".to_owned()),
    }
}

pub(super) fn version(text: &str) -> Result<[u8; 4], String> {
    match text.as_bytes() {
        &[major @ b'0'..=b'9', b'.', a @ b'0'..=b'9', b @ b'0'..=b'9'] => Ok([major, b'.', a, b]),
        _ => Err("a specification version reads like \"2.00\"".to_owned()),
    }
}

/// `YYYY-MM-DD` or `YYYYMMDD`; empty for a date that was never filled in.
pub(super) fn date(text: &str) -> Result<[u8; 4], String> {
    if text.is_empty() {
        return Ok(EMPTY_DATE);
    }
    let day: Date = text
        .parse()
        .map_err(|_| "a date reads 2021-09-01 or 20210901, and must be in the calendar".to_owned())?;
    Ok(day.to_bcd())
}

/// The first nine characters; the rest is [`long_card_no`].
pub(super) fn card_no(text: &str) -> Result<[u8; 9], String> {
    let number = text.as_bytes();
    match number.first_chunk() {
        Some(first) if number.len() <= CARD_NO_MAX && number.iter().all(u8::is_ascii_alphanumeric) => {
            Ok(*first)
        }
        _ => Err(format!(
            "a card number is 9 letters or digits; some cards hold more, up to {CARD_NO_MAX} here"
        )),
    }
}

/// The record of a card number that is longer than its field, as some makers write it.
pub(super) fn long_card_no(text: &str) -> Option<Vec<u8>> {
    let length = u8::try_from(text.len()).ok().filter(|length| *length > 9)?;
    Some([&[0x07, length], text.as_bytes()].concat())
}

/// The form alone. Check digit and birth date may be wrong: there are such cards, and a reader has to notice.
pub(super) fn certno(text: &str) -> Result<String, String> {
    let digits = match text.as_bytes() {
        [digits @ .., b'0'..=b'9' | b'X' | b'x'] if digits.len() == 17 => digits,
        all if all.len() == 15 => all,
        _ => &[],
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(
            "a certificate number is 18 characters or 15 digits; for another form write the record itself \
                    under [records]"
                .to_owned(),
        );
    }
    Ok(text.to_owned())
}

/// 18 characters: the last but one tells; 15: the last.
pub(super) fn gender_of(certno: &str) -> u8 {
    let at = if certno.len() == 18 { 16 } else { 14 };
    match certno.as_bytes().get(at) {
        Some(digit) if digit % 2 == 1 => b'1',
        Some(_) => b'2',
        None => b'0',
    }
}

pub(super) fn birthplace_of(certno: &str) -> [u8; 3] {
    certno.get(..6).and_then(|digits| hex(digits).ok()).unwrap_or_default()
}

pub(super) fn birthday_of(certno: &str) -> [u8; 4] {
    let digits = match certno.len() {
        18 => certno.get(6..14).map(str::to_owned),
        _ => certno.get(6..12).map(|digits| format!("19{digits}")),
    };
    digits.and_then(|digits| hex(&digits).ok()).unwrap_or(EMPTY_DATE)
}

/// Splits as an issuer's machine does: by bytes, which may fall inside a character.
pub(super) fn split_name(name: &str, generation: Generation) -> Result<(Vec<u8>, Vec<u8>), String> {
    let bytes = encode(name)?;
    let room = if generation == Generation::One { NAME_LEN } else { NAME_LEN + EXTENSION_LEN };
    if bytes.is_empty() || bytes.len() > room {
        return Err(format!("a name has 1 to {room} bytes in GB18030; this one has {}", bytes.len()));
    }
    let (first, rest) = bytes.split_at_checked(NAME_LEN).unwrap_or((&bytes, &[]));
    Ok((first.to_vec(), rest.to_vec()))
}

/// A part of the name that must fit as it is.
pub(super) fn name_part(name: &str, room: usize) -> Result<Vec<u8>, String> {
    fits(encode(name)?, room)
}

/// A part of the name as raw bytes.
pub(super) fn name_hex(text: &str, room: usize) -> Result<Vec<u8>, String> {
    fits(hex_bytes(text)?, room)
}

fn fits(bytes: Vec<u8>, room: usize) -> Result<Vec<u8>, String> {
    if bytes.len() > room {
        return Err(format!("there is room for {room} bytes; this is {} bytes in GB18030", bytes.len()));
    }
    Ok(bytes)
}

fn encode(name: &str) -> Result<Vec<u8>, String> {
    if name.chars().any(char::is_control) {
        return Err("a name has no control characters".to_owned());
    }
    let (bytes, _, unmappable) = GB18030.encode(name);
    if unmappable {
        return Err("the name has a character that GB18030 does not know".to_owned());
    }
    Ok(bytes.into_owned())
}

pub(super) fn gend(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [code @ (b'0' | b'1' | b'2' | b'9')] => Ok(*code),
        _ => Err("gender is \"1\" male, \"2\" female, \"0\" or \"9\" not stated".to_owned()),
    }
}

pub(super) fn naty(text: &str) -> Result<u8, String> {
    match text.parse::<u8>() {
        Ok(1..=56 | 97..=99) if text.len() == 2 => hex::<1>(text).map(|[code]| code),
        _ => Err("an ethnicity is two digits, \"01\" to \"56\"".to_owned()),
    }
}

pub(super) fn birthplace(text: &str) -> Result<[u8; 3], String> {
    hex(region(text)?.as_str())
}

pub(super) fn organisation(text: &str) -> Result<[u8; 12], String> {
    hex(text).map_err(|_| "an initialising organisation is 24 digits".to_owned())
}

pub(super) fn algorithm(text: &str) -> Result<u8, String> {
    match text {
        "01" => Ok(1),
        "02" => Ok(2),
        "03" => Ok(3),
        _ => Err("an algorithm is \"01\" (3DES), \"02\" (SSF33) or \"03\" (SM4)".to_owned()),
    }
}

pub(super) fn pin(text: &str) -> Result<String, String> {
    if (4..=16).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err("a PIN is 4 to 16 digits in quotes".to_owned())
    }
}

pub(super) fn tries(number: i64) -> Result<u8, String> {
    match u8::try_from(number) {
        Ok(tries @ 1..=15) => Ok(tries),
        _ => Err("tries are 1 to 15".to_owned()),
    }
}

pub(crate) fn key(text: &str) -> Result<Key, String> {
    hex(text).map_err(|_| "a key is 32 hex digits".to_owned())
}

pub(super) fn hex<const N: usize>(text: &str) -> Result<[u8; N], String> {
    hex_bytes(text)
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| format!("this must be {} hex digits", 2 * N))
}

pub(super) fn hex_bytes(text: &str) -> Result<Vec<u8>, String> {
    let digit = |c: u8| char::from(c).to_digit(16).map(|value| value as u8);
    let pairs = text.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    });
    pairs.collect::<Option<_>>().ok_or_else(|| "this must be hex digits, two for each byte".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_card_is_whole() {
        for generation in [Generation::One, Generation::Two, Generation::Three] {
            let card = default_card(generation);
            assert_eq!(card.card_sn[..8], [0x99, 0x01, 0x00, 0xD1, 0x56, 0x00, 0x00, 0x05]);
            assert_eq!(card.card_no, *b"A12345678");
            assert!(certno(&card.certno).is_ok());
            // 沈一禾 in GB2312, from the code chart: C9F2 D2BB BACC.
            assert_eq!(card.psn_name, [0xC9, 0xF2, 0xD2, 0xBB, 0xBA, 0xCC]);
            assert!(card.name_extension.is_empty());
            assert_eq!((card.gend, card.naty, card.birthplace), (b'2', 0x01, [0x99, 0x01, 0x01]));
            assert_eq!(card.brdy, [0x19, 0x85, 0x06, 0x15]);
            assert_eq!((card.issued, card.expires), ([0x20, 0x21, 0x09, 0x01], [0x20, 0x41, 0x08, 0x31]));
            assert_eq!(card.reset_info[..2], [0x00, 0x81]);
            assert_eq!(card.organisation[..2], [0x99, 0x01]);
            assert!(card.keys.irk == KeySource::Master(*b"YIKA-IRK-TEST-01"));
            assert!(card.keys.rksssse == KeySource::Master(*b"YIKA-RK--TEST-01"));
        }
    }

    #[test]
    fn a_long_name_overflows_by_bytes() {
        // 29 one-byte characters, then U+3402, which GB18030 writes in four bytes.
        let name = format!("{}\u{3402}", "a".repeat(29));
        let (first, rest) = split_name(&name, Generation::Two).unwrap();
        assert_eq!(first.len(), 30);
        assert_eq!(first.len() + rest.len(), 33);
        assert!(split_name(&name, Generation::One).is_err());
        assert!(split_name(&"一".repeat(26), Generation::Three).is_err());
    }

    #[test]
    fn dates_must_be_in_the_calendar() {
        assert_eq!(date("2024-02-29"), Ok([0x20, 0x24, 0x02, 0x29]));
        assert_eq!(date("20240229"), Ok([0x20, 0x24, 0x02, 0x29]));
        assert_eq!(date(""), Ok([0xFF; 4]));
        for bad in ["2023-02-29", "2024-13-01", "2024/01/01", "20240", "abcdefgh"] {
            assert!(date(bad).is_err(), "{bad}");
        }
    }
}
