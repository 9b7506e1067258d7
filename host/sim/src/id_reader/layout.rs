//! The 256 bytes of a card, written field by field.
//!
//! This table stands on its own, apart from the one that reads: a place that is wrong in one of them shows.

use super::spec::{IdCardSpec, IdCardType};

/// Bytes of the text block.
pub(super) const TEXT: usize = 256;
/// Bytes of an added address.
pub(super) const ADDED_ADDRESS: usize = 70;

/// Offset, length, value.
type Place<'a> = (usize, usize, &'a str);

/// The text block of this card. What is longer than its field is cut, as a personalisation machine does.
pub(super) fn text_block(card: &IdCardSpec) -> [u8; TEXT] {
    let mut block = [0; TEXT];
    fill(&mut block, "");
    // The English name of 2023 stands in two places: 35 characters, then 11.
    let english: Vec<char> = card.english_name.chars().collect();
    let (head, tail) = english.split_at(english.len().min(35));
    let (head, tail): (String, String) = (head.iter().collect(), tail.iter().collect());
    let places: Vec<Place<'_>> = match card.card_type {
        IdCardType::Resident => vec![
            (0, 30, &card.psn_name),
            (30, 2, &card.gend),
            (32, 4, &card.naty),
            (36, 16, &card.brdy),
            (52, 70, &card.address),
            (122, 36, &card.certno),
            (158, 30, &card.issuer),
            (188, 16, &card.valid_from),
            (204, 16, &card.valid_until),
        ],
        IdCardType::Permit => vec![
            (0, 30, &card.psn_name),
            (30, 2, &card.gend),
            (36, 16, &card.brdy),
            (52, 70, &card.address),
            (122, 36, &card.certno),
            (158, 30, &card.issuer),
            (188, 16, &card.valid_from),
            (204, 16, &card.valid_until),
            (220, 18, &card.travel_permit),
            (238, 4, &card.issue_count),
            (248, 2, "J"),
        ],
        IdCardType::Foreigner2017 => vec![
            (0, 120, &card.english_name),
            (120, 2, &card.gend),
            (122, 30, &card.certno),
            (152, 6, &card.country),
            (158, 30, &card.psn_name),
            (188, 16, &card.valid_from),
            (204, 16, &card.valid_until),
            (220, 16, &card.brdy),
            (236, 4, &card.version),
            (240, 8, &card.issuer),
            (248, 2, "I"),
        ],
        IdCardType::Foreigner2023 => vec![
            (0, 30, &card.psn_name),
            (30, 2, &card.gend),
            (32, 4, &card.issue_count),
            (36, 16, &card.brdy),
            (52, 70, &head),
            (122, 36, &card.certno),
            (188, 16, &card.valid_from),
            (204, 16, &card.valid_until),
            (220, 22, &tail),
            (242, 6, &card.country),
            (248, 2, "Y"),
            (250, 6, &card.version),
        ],
    };
    for (offset, length, value) in places {
        if let Some(field) = block.get_mut(offset..offset + length) {
            fill(field, value);
        }
    }
    block
}

/// The added address as its own item.
pub(super) fn added_address(text: &str) -> [u8; ADDED_ADDRESS] {
    let mut item = [0; ADDED_ADDRESS];
    fill(&mut item, text);
    item
}

/// UTF-16LE, left aligned, spaces behind.
fn fill(field: &mut [u8], text: &str) {
    let units = text.encode_utf16().chain(std::iter::repeat(0x20));
    for (pair, unit) in field.chunks_exact_mut(2).zip(units) {
        pair.copy_from_slice(&unit.to_le_bytes());
    }
}
