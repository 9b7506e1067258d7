//! TLV of two kinds: the short records of the social security card (one tag byte, one length byte), and the BER-TLV
//! of an FCI (ISO/IEC 7816-4 §5.2.2, tags up to two bytes, lengths up to `82 xx xx`).

/// One record of a card file: tag, value and what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Tag byte.
    pub tag: u8,
    /// The value, as long as the length byte says.
    pub value: &'a [u8],
    /// Bytes behind the value; some cards pad records.
    pub rest: &'a [u8],
}

/// Why bytes are no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordError {
    /// Not even tag and length.
    Empty,
    /// The length byte says more than there is; the whole record would have this many bytes.
    Cut {
        /// The tag byte.
        tag: u8,
        /// Tag, length and value together.
        whole: usize,
    },
}

impl<'a> Record<'a> {
    /// Splits tag, length, value.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, RecordError> {
        let (tag, len, body) = match bytes {
            [tag, len, body @ ..] => (*tag, usize::from(*len), body),
            _ => return Err(RecordError::Empty),
        };
        match body.split_at_checked(len) {
            Some((value, rest)) => Ok(Self { tag, value, rest }),
            None => Err(RecordError::Cut { tag, whole: len + 2 }),
        }
    }
}

/// Elements of a BER-TLV sequence; ends at the first thing that is not well formed.
#[derive(Clone, Copy, Debug)]
pub struct Ber<'a>(&'a [u8]);

impl<'a> Ber<'a> {
    /// Over the content of a constructed element, or a whole FCI.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The value of the first element with this tag, looked for here and inside constructed elements.
    pub fn find(self, tag: u16) -> Option<&'a [u8]> {
        self.find_down(tag, 4)
    }

    // Depth is bounded so that nested garbage cannot grow the stack of a small device.
    fn find_down(self, tag: u16, depth: u8) -> Option<&'a [u8]> {
        for (found, constructed, value) in self {
            if found == tag {
                return Some(value);
            }
            if constructed
                && depth > 0
                && let Some(value) = Ber(value).find_down(tag, depth - 1)
            {
                return Some(value);
            }
        }
        None
    }
}

impl<'a> Iterator for Ber<'a> {
    /// Tag, whether it is constructed, value.
    type Item = (u16, bool, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (first, rest) = self.0.split_first()?;
        let (tag, rest) = if first & 0x1F == 0x1F {
            let (second, rest) = rest.split_first()?;
            if second & 0x80 != 0 {
                return None;
            }
            (u16::from_be_bytes([*first, *second]), rest)
        } else {
            (u16::from(*first), rest)
        };
        let (len, rest) = match rest {
            [len @ 0..=0x7F, rest @ ..] => (usize::from(*len), rest),
            [0x81, len, rest @ ..] => (usize::from(*len), rest),
            [0x82, high, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), rest),
            _ => return None,
        };
        let (value, rest) = rest.split_at_checked(len)?;
        self.0 = rest;
        Some((tag, first & 0x20 != 0, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_record_is_tag_length_value() {
        let record = Record::parse(&[0x03, 0x04, 0x33, 0x2E, 0x30, 0x30, 0xFF]).unwrap();
        assert_eq!((record.tag, record.value, record.rest), (3, &b"3.00"[..], &[0xFF][..]));
        assert_eq!(Record::parse(&[0x03]), Err(RecordError::Empty));
        assert_eq!(Record::parse(&[0x03, 0x04, 0x33]), Err(RecordError::Cut { tag: 3, whole: 6 }));
    }

    #[test]
    fn an_fci_is_searched_inside() {
        let fci =
            [0x6F, 0x0E, 0x84, 0x02, 0xAA, 0xBB, 0xA5, 0x08, 0x88, 0x00, 0x9F, 0x0C, 0x03, 0x86, 0x01, 0x03];
        assert_eq!(Ber::new(&fci).find(0x9F0C), Some(&[0x86, 0x01, 0x03][..]));
        assert_eq!(Ber::new(&fci).find(0x84), Some(&[0xAA, 0xBB][..]));
        assert_eq!(Ber::new(&fci).find(0x50), None);
        assert_eq!(Ber::new(&fci[..10]).find(0x9F0C), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_walked_to_an_end(bytes: std::vec::Vec<u8>, tag: u16) {
            let _ = Record::parse(&bytes);
            let _ = Ber::new(&bytes).find(tag);
            let walked: usize = Ber::new(&bytes).map(|(_, _, value)| value.len()).sum();
            prop_assert!(walked <= bytes.len());
        }
    }
}
