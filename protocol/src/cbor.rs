//! Deterministic CBOR (RFC 8949 §4.2.1), strict in reading.
//!
//! `minicbor` reads and writes the items; this module adds what the wire demands: one value has one encoding. Refused
//! are numbers and lengths in a longer form than needed, indefinite lengths, keys out of order, keys that come twice,
//! floats and tags.
//!
//! Maps have integer keys. A key below [`FIRST_IGNORABLE`] that the reader does not know is refused: it may change the
//! meaning of the rest. A key from there on is skipped, so that a later version can add what an older one may ignore.

use core::fmt;

use minicbor::{
    data::Type,
    decode::Decoder,
    encode::{Encoder, Write},
};

/// Keys from here on may be skipped by a reader that does not know them.
pub const FIRST_IGNORABLE: u64 = 32;

/// Why bytes are not what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The bytes end inside an item, or an item of another type stands there.
    Malformed,
    /// The value has a shorter encoding, a key is out of order or comes twice, or a length is indefinite.
    NotDeterministic,
    /// A key below [`FIRST_IGNORABLE`] that this version does not know.
    UnknownKey,
    /// A field that must be there is missing.
    Missing,
    /// A value outside its range.
    Range,
    /// Bytes behind the end.
    Trailing,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not the CBOR item that belongs here",
            Self::NotDeterministic => "not in deterministic encoding",
            Self::UnknownKey => "a field that this version does not know",
            Self::Missing => "a field is missing",
            Self::Range => "a value outside its range",
            Self::Trailing => "bytes behind the end",
        })
    }
}

impl core::error::Error for DecodeError {}

/// The buffer is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the buffer is full")
    }
}

impl core::error::Error for Full {}

/// Writes items one behind the other into a buffer. The order of keys is the caller's duty.
pub struct Writer<'b> {
    buffer: &'b mut [u8],
    at: usize,
}

impl<'b> Writer<'b> {
    /// Begins at the start of `buffer`.
    pub fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, at: 0 }
    }

    /// How many bytes were written.
    pub fn len(&self) -> usize {
        self.at
    }

    /// Whether nothing was written yet.
    pub fn is_empty(&self) -> bool {
        self.at == 0
    }

    /// The bytes written so far.
    pub fn written(&self) -> &[u8] {
        self.buffer.get(..self.at).unwrap_or(&[])
    }

    /// An unsigned number.
    pub fn uint(&mut self, value: u64) -> Result<(), Full> {
        Encoder::new(&mut *self).u64(value).map(drop).map_err(|_| Full)
    }

    /// A signed number.
    pub fn int(&mut self, value: i64) -> Result<(), Full> {
        Encoder::new(&mut *self).i64(value).map(drop).map_err(|_| Full)
    }

    /// A byte string.
    pub fn bytes(&mut self, value: &[u8]) -> Result<(), Full> {
        Encoder::new(&mut *self).bytes(value).map(drop).map_err(|_| Full)
    }

    /// A byte string whose bytes lie in several places.
    pub fn bytes_of(&mut self, parts: &[&[u8]]) -> Result<(), Full> {
        let len = parts.iter().fold(0u64, |len, part| len.saturating_add(part.len() as u64));
        Encoder::new(&mut *self).bytes_len(len).map(drop).map_err(|_| Full)?;
        parts.iter().try_for_each(|part| self.raw(part))
    }

    /// A text string.
    pub fn text(&mut self, value: &str) -> Result<(), Full> {
        Encoder::new(&mut *self).str(value).map(drop).map_err(|_| Full)
    }

    /// `true` or `false`.
    pub fn bool(&mut self, value: bool) -> Result<(), Full> {
        Encoder::new(&mut *self).bool(value).map(drop).map_err(|_| Full)
    }

    /// The head of an array of `items`.
    pub fn array(&mut self, items: usize) -> Result<(), Full> {
        Encoder::new(&mut *self).array(items as u64).map(drop).map_err(|_| Full)
    }

    /// The head of a map of `pairs`.
    pub fn map(&mut self, pairs: usize) -> Result<(), Full> {
        Encoder::new(&mut *self).map(pairs as u64).map(drop).map_err(|_| Full)
    }

    /// Bytes as they are: an item encoded elsewhere.
    pub fn raw(&mut self, bytes: &[u8]) -> Result<(), Full> {
        let end = self.at.checked_add(bytes.len()).ok_or(Full)?;
        let room = self.buffer.get_mut(self.at..end).ok_or(Full)?;
        for (to, from) in room.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.at = end;
        Ok(())
    }
}

impl Write for Writer<'_> {
    type Error = Full;

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Full> {
        self.raw(bytes)
    }
}

/// Reads items one behind the other.
#[derive(Clone, Debug)]
pub struct Reader<'b> {
    decoder: Decoder<'b>,
}

impl<'b> Reader<'b> {
    /// Begins at the start of `bytes`.
    pub fn new(bytes: &'b [u8]) -> Self {
        Self { decoder: Decoder::new(bytes) }
    }

    /// Bytes read so far.
    pub fn position(&self) -> usize {
        self.decoder.position()
    }

    /// The bytes from `start` to here.
    pub fn since(&self, start: usize) -> &'b [u8] {
        self.decoder.input().get(start..self.decoder.position()).unwrap_or(&[])
    }

    /// What is left.
    pub fn rest(&self) -> &'b [u8] {
        self.decoder.input().get(self.decoder.position()..).unwrap_or(&[])
    }

    /// Everything must have been read.
    pub fn end(&self) -> Result<(), DecodeError> {
        if self.rest().is_empty() { Ok(()) } else { Err(DecodeError::Trailing) }
    }

    /// An unsigned number.
    pub fn uint(&mut self) -> Result<u64, DecodeError> {
        let start = self.position();
        let value = self.decoder.u64().map_err(|_| DecodeError::Malformed)?;
        self.exact(start, head(value))?;
        Ok(value)
    }

    /// An unsigned number that fits its type.
    pub fn number<T: TryFrom<u64>>(&mut self) -> Result<T, DecodeError> {
        T::try_from(self.uint()?).map_err(|_| DecodeError::Range)
    }

    /// A signed number.
    pub fn int(&mut self) -> Result<i64, DecodeError> {
        let start = self.position();
        let value = self.decoder.i64().map_err(|_| DecodeError::Malformed)?;
        self.exact(start, head(if value < 0 { !value as u64 } else { value as u64 }))?;
        Ok(value)
    }

    /// A byte string.
    pub fn bytes(&mut self) -> Result<&'b [u8], DecodeError> {
        let start = self.position();
        let value = self.decoder.bytes().map_err(|_| DecodeError::Malformed)?;
        self.exact(start, head(value.len() as u64).saturating_add(value.len()))?;
        Ok(value)
    }

    /// A byte string of exactly `N` bytes.
    pub fn array_of<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        self.bytes()?.try_into().map_err(|_| DecodeError::Range)
    }

    /// A text string.
    pub fn text(&mut self) -> Result<&'b str, DecodeError> {
        let start = self.position();
        let value = self.decoder.str().map_err(|_| DecodeError::Malformed)?;
        self.exact(start, head(value.len() as u64).saturating_add(value.len()))?;
        Ok(value)
    }

    /// `true` or `false`.
    pub fn bool(&mut self) -> Result<bool, DecodeError> {
        self.decoder.bool().map_err(|_| DecodeError::Malformed)
    }

    /// The head of an array: how many items follow.
    pub fn array(&mut self) -> Result<u64, DecodeError> {
        let start = self.position();
        let count = self.decoder.array().map_err(|_| DecodeError::Malformed)?;
        self.counted(start, count)
    }

    /// The map that begins here.
    pub fn map(&mut self) -> Result<Map<'_, 'b>, DecodeError> {
        let start = self.position();
        let count = self.decoder.map().map_err(|_| DecodeError::Malformed)?;
        let left = self.counted(start, count)?;
        Ok(Map { reader: self, left, last: None, next: None })
    }

    /// Whether a byte string comes next.
    pub fn at_bytes(&self) -> bool {
        self.decoder.datatype().is_ok_and(|kind| kind == Type::Bytes)
    }

    /// Skips one item with all that is in it. The order of keys inside is not looked at.
    pub fn skip(&mut self) -> Result<(), DecodeError> {
        let mut pending: u64 = 1;
        while pending > 0 {
            pending = pending.saturating_sub(1);
            let inner = match self.decoder.datatype().map_err(|_| DecodeError::Malformed)? {
                Type::U8 | Type::U16 | Type::U32 | Type::U64 => self.uint().map(|_| 0),
                Type::I8 | Type::I16 | Type::I32 | Type::I64 => self.int().map(|_| 0),
                Type::Bytes => self.bytes().map(|_| 0),
                Type::String => self.text().map(|_| 0),
                Type::Bool => self.bool().map(|_| 0),
                Type::Array => self.array(),
                Type::Map => {
                    let map = self.map()?;
                    map.left.checked_mul(2).ok_or(DecodeError::Malformed)
                }
                _ => Err(DecodeError::Malformed),
            }?;
            // Each pending item takes at least a byte, so a count beyond the input can never be met.
            pending = pending.checked_add(inner).ok_or(DecodeError::Malformed)?;
            if pending > self.rest().len() as u64 {
                return Err(DecodeError::Malformed);
            }
        }
        Ok(())
    }

    fn counted(&self, start: usize, count: Option<u64>) -> Result<u64, DecodeError> {
        let count = count.ok_or(DecodeError::NotDeterministic)?;
        self.exact(start, head(count))?;
        Ok(count)
    }

    /// The item that began at `start` must have taken `size` bytes.
    fn exact(&self, start: usize, size: usize) -> Result<(), DecodeError> {
        let taken = self.position().saturating_sub(start);
        if taken == size { Ok(()) } else { Err(DecodeError::NotDeterministic) }
    }
}

/// A map under way: ask for the keys in ascending order, then [`Map::end`].
#[derive(Debug)]
pub struct Map<'r, 'b> {
    reader: &'r mut Reader<'b>,
    left: u64,
    last: Option<u64>,
    next: Option<u64>,
}

impl<'b> Map<'_, 'b> {
    /// The reader in front of the value of `key`, or `None` when the map has no such key.
    pub fn optional(&mut self, key: u64) -> Result<Option<&mut Reader<'b>>, DecodeError> {
        match self.peek()? {
            Some(next) if next == key => {
                self.next = None;
                Ok(Some(self.reader))
            }
            Some(next) if next < key => Err(DecodeError::UnknownKey),
            _ => Ok(None),
        }
    }

    /// The reader in front of the value of `key`, which must be there.
    pub fn required(&mut self, key: u64) -> Result<&mut Reader<'b>, DecodeError> {
        self.optional(key)?.ok_or(DecodeError::Missing)
    }

    /// The map must be over, but for keys that may be skipped.
    pub fn end(mut self) -> Result<(), DecodeError> {
        while let Some(key) = self.peek()? {
            if key < FIRST_IGNORABLE {
                return Err(DecodeError::UnknownKey);
            }
            self.next = None;
            self.reader.skip()?;
        }
        Ok(())
    }

    /// The map must be over, without exception.
    pub fn closed(mut self) -> Result<(), DecodeError> {
        if self.peek()?.is_none() { Ok(()) } else { Err(DecodeError::UnknownKey) }
    }

    fn peek(&mut self) -> Result<Option<u64>, DecodeError> {
        if self.next.is_none() && self.left > 0 {
            let key = self.reader.uint()?;
            if self.last.is_some_and(|last| last >= key) {
                return Err(DecodeError::NotDeterministic);
            }
            self.left = self.left.saturating_sub(1);
            self.last = Some(key);
            self.next = Some(key);
        }
        Ok(self.next)
    }
}

/// Bytes of the shortest head for this argument.
fn head(argument: u64) -> usize {
    match argument {
        0..=23 => 1,
        24..=0xFF => 2,
        0x100..=0xFFFF => 3,
        0x1_0000..=0xFFFF_FFFF => 5,
        _ => 9,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DecodeError::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn uint(bytes: &[u8]) -> Result<u64, DecodeError> {
        Reader::new(bytes).uint()
    }

    #[test]
    fn a_number_has_one_form() {
        // Examples of RFC 8949, appendix A.
        for (bytes, number) in [
            (&[0x00][..], 0),
            (&[0x17], 23),
            (&[0x18, 0x18], 24),
            (&[0x19, 0x03, 0xE8], 1000),
            (&[0x1A, 0x00, 0x0F, 0x42, 0x40], 1_000_000),
            (&[0x1B, 0x00, 0x00, 0x00, 0xE8, 0xD4, 0xA5, 0x10, 0x00], 1_000_000_000_000),
            (&[0x1B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], u64::MAX),
        ] {
            assert_eq!(uint(bytes), Ok(number));
        }
        for long in [
            &[0x18, 0x17][..],
            &[0x19, 0x00, 0xFF],
            &[0x1A, 0x00, 0x00, 0xFF, 0xFF],
            &[0x1B, 0, 0, 0, 0, 0, 0, 0, 1],
        ] {
            assert_eq!(uint(long), Err(NotDeterministic), "{long:02X?}");
        }
        for other in [&[][..], &[0x18], &[0x20], &[0x40], &[0x1C], &[0x1F], &[0xF4], &[0xC0, 0x00]] {
            assert_eq!(uint(other), Err(Malformed), "{other:02X?}");
        }
    }

    #[test]
    fn strings_have_one_form() {
        assert_eq!(Reader::new(&[0x43, 1, 2, 3]).bytes(), Ok(&[1, 2, 3][..]));
        assert_eq!(Reader::new(&[0x63, b'a', b'b', b'c']).text(), Ok("abc"));
        // A length in a longer form, an indefinite length, bytes that are missing, text that is no UTF-8.
        assert_eq!(Reader::new(&[0x58, 1, 1]).bytes(), Err(NotDeterministic));
        assert_eq!(Reader::new(&[0x78, 1, b'a']).text(), Err(NotDeterministic));
        assert_eq!(Reader::new(&[0x5F, 0x41, 1, 0xFF]).bytes(), Err(Malformed));
        assert_eq!(Reader::new(&[0x7F, 0x61, b'a', 0xFF]).text(), Err(Malformed));
        assert_eq!(Reader::new(&[0x43, 1, 2]).bytes(), Err(Malformed));
        assert_eq!(
            Reader::new(&[0x5B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]).bytes(),
            Err(Malformed)
        );
        assert_eq!(Reader::new(&[0x61, 0xFF]).text(), Err(Malformed));
        assert_eq!(Reader::new(&[0x42, 1, 2]).array_of::<3>(), Err(Range));
    }

    /// Reads `{0: number, ? 1: number}`.
    fn pair(bytes: &[u8]) -> Result<(u64, Option<u64>), DecodeError> {
        let mut reader = Reader::new(bytes);
        let mut map = reader.map()?;
        let first = map.required(0)?.uint()?;
        let second = map.optional(1)?.map(Reader::uint).transpose()?;
        map.end()?;
        reader.end()?;
        Ok((first, second))
    }

    #[test]
    fn keys_are_in_order_and_known() {
        assert_eq!(pair(&[0xA1, 0, 7]), Ok((7, None)));
        assert_eq!(pair(&[0xA2, 0, 7, 1, 8]), Ok((7, Some(8))));
        assert_eq!(pair(&[0xA2, 1, 8, 0, 7]), Err(Missing), "out of order");
        assert_eq!(pair(&[0xA2, 0, 7, 0, 8]), Err(NotDeterministic), "twice");
        assert_eq!(pair(&[0xA3, 0, 7, 1, 8, 1, 8]), Err(NotDeterministic), "twice");
        assert_eq!(pair(&[0xA0]), Err(Missing));
        assert_eq!(pair(&[0xA2, 0, 7, 2, 9]), Err(UnknownKey));
        assert_eq!(pair(&[0xA2, 0, 7, 0x18, 31, 9]), Err(UnknownKey));
        assert_eq!(pair(&[0xA2, 0, 7, 0x20, 9]), Err(Malformed), "a negative key");
        assert_eq!(pair(&[0xB8, 1, 0, 7]), Err(NotDeterministic), "a count in a longer form");
        assert_eq!(pair(&[0xBF, 0, 7, 0xFF]), Err(NotDeterministic), "no count");
        assert_eq!(pair(&[0xA1, 0, 7, 0]), Err(Trailing));
        assert_eq!(pair(&[0xBB, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 7]), Err(Malformed));
    }

    #[test]
    fn what_a_later_version_adds_may_be_skipped() {
        let with = |value: &[u8]| pair(&[&[0xA2, 0, 7, 0x18, 32][..], value].concat());
        for value in [
            &[0x01][..],
            &[0x38, 0x63],
            &[0x42, 1, 2],
            &[0x61, b'a'],
            &[0xF5],
            &[0x82, 0x81, 0x80, 0xA1, 0x00, 0xA0],
        ] {
            assert_eq!(with(value), Ok((7, None)), "{value:02X?}");
        }
        // Floats, tags, null, undefined, indefinite arrays; and counts beyond the input.
        for value in [
            &[0xF9, 0, 0][..],
            &[0xC0, 0],
            &[0xF6],
            &[0xF7],
            &[0x9F, 0xFF],
            &[0x9B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
            &[0x18, 1],
        ] {
            assert!(with(value).is_err(), "{value:02X?}");
        }
        // A deep nest costs no stack.
        let deep: Vec<u8> = core::iter::repeat_n(0x81, 100_000).chain([0]).collect();
        assert_eq!(with(&deep), Ok((7, None)));
    }

    #[test]
    fn a_writer_stops_at_the_end_of_its_buffer() {
        let mut buffer = [0; 4];
        let mut writer = Writer::new(&mut buffer);
        assert_eq!(writer.bytes(&[1, 2, 3]), Ok(()));
        assert_eq!(writer.uint(1), Err(Full));
        assert_eq!(writer.written(), [0x43, 1, 2, 3]);
        assert_eq!(Writer::new(&mut []).map(0), Err(Full));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(number: u64, signed: i64, bytes: Vec<u8>, text: std::string::String, flag: bool) {
            let mut buffer = std::vec![0; 64 + 2 * bytes.len() + text.len()];
            let mut writer = Writer::new(&mut buffer);
            writer.uint(number).unwrap();
            writer.int(signed).unwrap();
            writer.bytes(&bytes).unwrap();
            writer.bytes_of(&[&bytes, &[1]]).unwrap();
            writer.text(&text).unwrap();
            writer.bool(flag).unwrap();
            let mut reader = Reader::new(writer.written());
            let mut skipping = reader.clone();
            prop_assert_eq!(reader.uint(), Ok(number));
            prop_assert_eq!(reader.int(), Ok(signed));
            prop_assert_eq!(reader.bytes(), Ok(&bytes[..]));
            prop_assert_eq!(reader.bytes(), Ok(&[&bytes[..], &[1]].concat()[..]));
            prop_assert_eq!(reader.text(), Ok(text.as_str()));
            prop_assert_eq!(reader.bool(), Ok(flag));
            prop_assert_eq!(reader.end(), Ok(()));
            for _ in 0..6 {
                skipping.skip().unwrap();
            }
            prop_assert_eq!(skipping.end(), Ok(()));
        }

        #[test]
        fn any_bytes_are_skipped_or_refused(bytes: Vec<u8>) {
            let _ = Reader::new(&bytes).skip();
            let _ = pair(&bytes);
        }
    }
}
