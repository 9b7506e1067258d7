//! UTF-16 of the chip as text of the host, without loss.

use zeroize::Zeroizing;

/// Decodes code units, joined from one field or from two that continue each other; padding is trimmed at both ends.
///
/// Characters outside the first plane are pairs of surrogates and come out as one character. A text that was cut to the
/// width of its field may end in half a pair; that half is dropped. Half a pair anywhere else, or a control character, which
/// would go on to screens and the platform as it is, is no text: `None`.
pub(super) fn decode(units: impl Iterator<Item = u16>) -> Option<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    let mut cut = false;
    for unit in char::decode_utf16(units) {
        if cut {
            return None;
        }
        match unit {
            Ok(character) if character.is_control() => return None,
            Ok(character) => text.push(character),
            Err(half) => cut = is_first_half(half.unpaired_surrogate()).then_some(true)?,
        }
    }
    Some(Zeroizing::new(text.trim_matches([' ', '\u{3000}']).to_owned()))
}

fn is_first_half(unit: u16) -> bool {
    (0xD800..0xDC00).contains(&unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(units: &[u16]) -> Option<String> {
        decode(units.iter().copied()).map(|text| text.to_string())
    }

    #[test]
    fn characters_of_every_plane_are_kept() {
        // U+20BB7 is D842 DFB7 in UTF-16; U+E815 is in the private use area that old cards use for rare characters.
        assert_eq!(text(&[0x5F20, 0xD842, 0xDFB7]).unwrap(), "张\u{20BB7}");
        assert_eq!(text(&[0x738B, 0xE815]).unwrap(), "王\u{E815}");
        assert_eq!(text(&[0x20, 0x41, 0x20, 0x42, 0x3000]).unwrap(), "A B");
        assert_eq!(text(&[]).unwrap(), "");
    }

    #[test]
    fn half_a_pair_at_the_end_was_cut_and_elsewhere_is_damage_as_are_control_characters() {
        assert_eq!(text(&[0x5F20, 0xD842]).unwrap(), "张");
        assert_eq!(text(&[0x5F20, 0xDFB7]), None);
        assert_eq!(text(&[0xD842, 0x5F20]), None);
        for control in [0x00, 0x0A, 0x1B, 0x7F, 0x9B] {
            assert_eq!(text(&[0x5F20, control, 0x5F20]), None, "{control:02X}");
        }
    }
}
