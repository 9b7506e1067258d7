//! The 256-byte text block: four layouts, told apart by one character.
//!
//! Every field is UTF-16LE at a fixed place, padded with spaces. Source: GA 467 (resident), and the published layouts of
//! the residence permit for Hong Kong, Macau and Taiwan residents and of the permanent residence permits of 2017 and 2023.

use core::ops::Range;

/// Bytes of a text block.
pub const TEXT_LENGTH: usize = 256;

/// Which document the text block describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// Resident identity card.
    Resident,
    /// Residence permit for residents of Hong Kong, Macau and Taiwan (type character `J`).
    Permit,
    /// Foreigner's permanent residence card of 2017 (type character `I`).
    Foreigner2017,
    /// Foreigner's permanent residence card of 2023 (type character `Y`).
    Foreigner2023,
}

/// A field of a text block, by what it means; no layout has all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// Name; for foreigners the Chinese name, which may be empty.
    Name,
    /// Name in Latin letters.
    EnglishName,
    /// The rest of a Latin name that is longer than its field.
    EnglishNameRest,
    /// Sex, one digit of GB/T 2261.1.
    Gender,
    /// Ethnicity, two digits of GB/T 3304.
    Ethnicity,
    /// Birth date, `YYYYMMDD`.
    BirthDate,
    /// Address.
    Address,
    /// Number of the document's holder.
    Number,
    /// Who issued the document, or the code of the authority that accepted the application.
    Issuer,
    /// First day of validity, `YYYYMMDD`.
    ValidFrom,
    /// Last day of validity, `YYYYMMDD`, or 长期.
    ValidUntil,
    /// Number of the travel permit.
    TravelPermit,
    /// How often the travel permit was issued, or the card replaced.
    IssueCount,
    /// Country or region, three letters of GB/T 2659.
    Country,
    /// Version of the document.
    Version,
}

/// A text block of a known size, seen through its layout. No accessor can fail once this exists.
#[derive(Clone, Copy)]
pub struct TextBlock<'a> {
    bytes: &'a [u8; TEXT_LENGTH],
}

impl<'a> TextBlock<'a> {
    /// Looks at a text block.
    #[must_use]
    pub const fn new(bytes: &'a [u8; TEXT_LENGTH]) -> Self {
        Self { bytes }
    }

    /// Which document it is. A resident card has no type character; another letter or digit than `J`, `I` and `Y` is a
    /// document whose layout is not known: nothing.
    #[must_use]
    pub fn kind(&self) -> Option<DocumentKind> {
        match self.bytes.get(248..250) {
            Some([b'J', 0]) => Some(DocumentKind::Permit),
            Some([b'I', 0]) => Some(DocumentKind::Foreigner2017),
            Some([b'Y', 0]) => Some(DocumentKind::Foreigner2023),
            Some([other, 0]) if other.is_ascii_alphanumeric() => None,
            _ => Some(DocumentKind::Resident),
        }
    }

    /// The code units of a text that stands alone, as an added address does, without padding at its end.
    pub fn units_of(bytes: &[u8]) -> impl Iterator<Item = u16> + Clone {
        Utf16 { bytes }.units()
    }

    /// A field, or nothing where this layout does not have it.
    #[must_use]
    pub fn field(&self, field: Field) -> Option<Utf16<'a>> {
        let place = place(self.kind()?, field)?;
        self.bytes.get(place).map(|bytes| Utf16 { bytes })
    }
}

impl core::fmt::Debug for TextBlock<'_> {
    /// Shows the layout only: the rest is a person's.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("TextBlock").field("kind", &self.kind()).finish_non_exhaustive()
    }
}

/// Where a field stands in a layout, in bytes.
const fn place(kind: DocumentKind, field: Field) -> Option<Range<usize>> {
    use DocumentKind::{Foreigner2017, Foreigner2023, Permit, Resident};
    Some(match (kind, field) {
        (Resident | Permit | Foreigner2023, Field::Name) => 0..30,
        (Resident | Permit | Foreigner2023, Field::Gender) => 30..32,
        (Resident, Field::Ethnicity) => 32..36,
        (Resident | Permit | Foreigner2023, Field::BirthDate) => 36..52,
        (Resident | Permit, Field::Address) => 52..122,
        (Resident | Permit | Foreigner2023, Field::Number) => 122..158,
        (Resident | Permit, Field::Issuer) => 158..188,
        (_, Field::ValidFrom) => 188..204,
        (_, Field::ValidUntil) => 204..220,
        (Permit, Field::TravelPermit) => 220..238,
        (Permit, Field::IssueCount) => 238..242,

        (Foreigner2017, Field::EnglishName) => 0..120,
        (Foreigner2017, Field::Gender) => 120..122,
        (Foreigner2017, Field::Number) => 122..152,
        (Foreigner2017, Field::Country) => 152..158,
        (Foreigner2017, Field::Name) => 158..188,
        (Foreigner2017, Field::BirthDate) => 220..236,
        (Foreigner2017, Field::Version) => 236..240,
        (Foreigner2017, Field::Issuer) => 240..248,

        (Foreigner2023, Field::IssueCount) => 32..36,
        (Foreigner2023, Field::EnglishName) => 52..122,
        (Foreigner2023, Field::EnglishNameRest) => 220..242,
        (Foreigner2023, Field::Country) => 242..248,
        (Foreigner2023, Field::Version) => 250..256,
        _ => return None,
    })
}

/// Text in UTF-16LE, as it came. Padding is not shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Utf16<'a> {
    bytes: &'a [u8],
}

impl<'a> Utf16<'a> {
    /// The code units, without padding at the end (spaces and zeros).
    pub fn units(self) -> impl Iterator<Item = u16> + Clone + 'a {
        let units = self.all_units();
        let kept = units.clone().rposition(|unit| !matches!(unit, 0 | 0x20)).map(|at| at + 1);
        units.take(kept.unwrap_or(0))
    }

    /// The code units in the full width of the field.
    pub fn all_units(self) -> impl ExactSizeIterator<Item = u16> + DoubleEndedIterator + Clone + 'a {
        self.bytes.chunks_exact(2).map(|pair| match pair {
            [low, high] => u16::from_le_bytes([*low, *high]),
            _ => 0,
        })
    }

    /// The characters; a surrogate that stands alone is an error that carries its code unit, so nothing is lost.
    pub fn chars(&self) -> impl Iterator<Item = Result<char, u16>> + 'a {
        char::decode_utf16(self.units()).map(|unit| unit.map_err(|alone| alone.unpaired_surrogate()))
    }

    /// Whether there is nothing but padding.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.units().next().is_none()
    }

    /// The text as ASCII in a buffer, if it is ASCII and fits exactly or shorter.
    #[must_use]
    pub fn ascii<const N: usize>(&self) -> Option<heapless::Vec<u8, N>> {
        let mut text = heapless::Vec::new();
        for unit in self.units() {
            let byte = u8::try_from(unit).ok().filter(u8::is_ascii_graphic)?;
            text.push(byte).ok()?;
        }
        Some(text)
    }

    /// Whether the text is exactly this.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.units().eq(text.encode_utf16())
    }
}

impl core::fmt::Debug for Utf16<'_> {
    /// Shows the length only: the text is a person's.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Utf16({} units)", self.units().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::{string::String, vec::Vec};

    fn block(parts: &[(usize, &str)]) -> [u8; TEXT_LENGTH] {
        let mut bytes = [0; TEXT_LENGTH];
        for pair in bytes.chunks_exact_mut(2) {
            pair[0] = 0x20;
        }
        for (at, text) in parts {
            let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            bytes[*at..at + units.len()].copy_from_slice(&units);
        }
        bytes
    }

    fn read(bytes: &[u8; TEXT_LENGTH], field: Field) -> Option<String> {
        TextBlock::new(bytes).field(field).map(|text| text.chars().map(|c| c.unwrap_or('\u{FFFD}')).collect())
    }

    #[test]
    fn a_resident_card_has_its_fields_in_their_places() {
        let bytes = block(&[
            (0, "沈一禾"),
            (30, "2"),
            (32, "01"),
            (36, "19850615"),
            (52, "某省某市某路 1 号"),
            (122, "990101198506150026"),
            (158, "某市公安局"),
            (188, "20200101"),
            (204, "长期"),
        ]);
        assert_eq!(TextBlock::new(&bytes).kind(), Some(DocumentKind::Resident));
        for (field, text) in [
            (Field::Name, "沈一禾"),
            (Field::Gender, "2"),
            (Field::Ethnicity, "01"),
            (Field::BirthDate, "19850615"),
            (Field::Address, "某省某市某路 1 号"),
            (Field::Number, "990101198506150026"),
            (Field::Issuer, "某市公安局"),
            (Field::ValidFrom, "20200101"),
            (Field::ValidUntil, "长期"),
        ] {
            assert_eq!(read(&bytes, field).as_deref(), Some(text), "{field:?}");
        }
        assert_eq!(read(&bytes, Field::TravelPermit), None);
    }

    #[test]
    fn the_other_layouts_are_told_by_their_character() {
        let permit = block(&[(0, "陈一"), (220, "H12345678"), (238, "02"), (248, "J")]);
        assert_eq!(TextBlock::new(&permit).kind(), Some(DocumentKind::Permit));
        assert_eq!(read(&permit, Field::TravelPermit).as_deref(), Some("H12345678"));
        assert_eq!(read(&permit, Field::Ethnicity), None);

        let old = block(&[
            (0, "DOE, JANE"),
            (122, "ZZZ990185061501"),
            (152, "ZZZ"),
            (158, "简"),
            (220, "19850615"),
            (248, "I"),
        ]);
        assert_eq!(TextBlock::new(&old).kind(), Some(DocumentKind::Foreigner2017));
        assert_eq!(read(&old, Field::EnglishName).as_deref(), Some("DOE, JANE"));
        assert_eq!(read(&old, Field::Name).as_deref(), Some("简"));
        assert_eq!(read(&old, Field::BirthDate).as_deref(), Some("19850615"));

        let new =
            block(&[(52, "A NAME OF THIRTY-FIVE LETTERS THAT "), (220, "GOES ON"), (242, "ZZZ"), (248, "Y")]);
        assert_eq!(TextBlock::new(&new).kind(), Some(DocumentKind::Foreigner2023));
        assert_eq!(read(&new, Field::EnglishNameRest).as_deref(), Some("GOES ON"));
        assert_eq!(read(&new, Field::Country).as_deref(), Some("ZZZ"));
    }

    #[test]
    fn rare_characters_outside_the_first_plane_survive() {
        let bytes = block(&[(0, "张\u{20BB7}")]);
        assert_eq!(read(&bytes, Field::Name).as_deref(), Some("张\u{20BB7}"));
    }

    proptest! {
        #[test]
        fn any_block_never_panics(bytes in proptest::array::uniform32(any::<[u8; 8]>())) {
            let flat: Vec<u8> = bytes.concat();
            let block: [u8; TEXT_LENGTH] = flat.try_into().unwrap();
            let view = TextBlock::new(&block);
            for field in [Field::Name, Field::EnglishName, Field::Number, Field::Version, Field::Issuer] {
                if let Some(text) = view.field(field) {
                    let _ = (text.chars().count(), text.ascii::<18>(), text.is_empty());
                }
            }
        }
    }
}
