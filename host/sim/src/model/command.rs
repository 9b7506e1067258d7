//! A short command APDU, taken apart as ISO 7816-4 writes it (cases 1 to 4).
//!
//! Written for the card's side and apart from the driver's own builder on purpose: two readings of the same
//! standard check each other.

use super::status::Sw;

/// A command as the card received it. Not `Debug`: VERIFY carries the PIN.
pub(crate) struct Command<'a> {
    pub(crate) cla: u8,
    pub(crate) ins: u8,
    pub(crate) p1: u8,
    pub(crate) p2: u8,
    /// The body; empty in cases 1 and 2.
    pub(crate) data: &'a [u8],
    /// The Le byte as sent, where 0 asks for everything; `None` in cases 1 and 3.
    pub(crate) le: Option<u8>,
}

impl<'a> Command<'a> {
    /// Fails with 6700 when the lengths do not add up or the extended form is used.
    pub(crate) fn parse(apdu: &'a [u8]) -> Result<Self, Sw> {
        let [cla, ins, p1, p2, rest @ ..] = apdu else {
            return Err(Sw::WRONG_LENGTH);
        };
        let (data, le): (&[u8], Option<u8>) = match rest {
            [] => (&[], None),
            [le] => (&[], Some(*le)),
            [lc, body @ ..] => {
                let lc = usize::from(*lc);
                match body.split_at_checked(lc) {
                    Some((_, _)) if lc == 0 => return Err(Sw::WRONG_LENGTH),
                    Some((data, [])) => (data, None),
                    Some((data, [le])) => (data, Some(*le)),
                    _ => return Err(Sw::WRONG_LENGTH),
                }
            }
        };
        Ok(Self { cla: *cla, ins: *ins, p1: *p1, p2: *p2, data, le })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_cases() {
        let case1 = Command::parse(&[0x00, 0x84, 0x00, 0x00]).ok().unwrap();
        assert!(case1.data.is_empty() && case1.le.is_none());
        let case2 = Command::parse(&[0x00, 0x84, 0x00, 0x00, 0x08]).ok().unwrap();
        assert!(case2.data.is_empty() && case2.le == Some(8));
        let case3 = Command::parse(&[0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00]).ok().unwrap();
        assert!(case3.data == [0x3F, 0x00] && case3.le.is_none());
        let case4 = Command::parse(&[0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00, 0x00]).ok().unwrap();
        assert!(case4.data == [0x3F, 0x00] && case4.le == Some(0));
    }

    #[test]
    fn lengths_that_do_not_add_up_are_6700() {
        for bad in [
            &[][..],
            &[0x00, 0xA4, 0x00],
            &[0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F],
            &[0x00, 0xA4, 0x00, 0x00, 0x01, 0x3F, 0x00, 0x00],
            &[0x00, 0xA4, 0x00, 0x00, 0x00, 0x00, 0x02, 0x3F, 0x00],
        ] {
            assert!(matches!(Command::parse(bad), Err(Sw::WRONG_LENGTH)), "{bad:02X?}");
        }
    }
}
