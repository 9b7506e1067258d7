//! The basket: what is sold, with its trace codes.
//!
//! Lines are either listed by whoever builds a request, or still encoded as they came; both read the same.

use core::{fmt, str};

use crate::{
    cbor::{DecodeError, Full, Reader, Writer},
    money::{Fen, Price, Quantity},
};

/// Most characters of a national catalogue code.
pub const MAX_LIST_CODE: usize = 50;
/// Most bytes of an institution's own code.
pub const MAX_OWN_CODE: usize = 150;
/// Most characters of a trace code.
pub const MAX_TRACE_CODE: usize = 50;

/// One line of the basket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// National catalogue code (医保目录编码), 1 to 50 printable ASCII characters.
    pub med_list_codg: &'a str,
    /// The institution's own code (定点医药机构目录编号), at most 150 bytes of UTF-8; may be empty.
    pub medins_list_codg: &'a str,
    /// How many, above zero.
    pub cnt: Quantity,
    /// Price of one, not below zero.
    pub pric: Price,
    /// Sum of the line, not below zero.
    pub sum: Fen,
    /// Drug trace codes (药品追溯码).
    pub trace_codes: TraceCodes<'a>,
}

/// One drug trace code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceCode<'a> {
    /// The code, 1 to 50 printable ASCII characters; 20 digits today.
    pub drug_trac_codg: TraceText<'a>,
    /// Whether the package was opened to sell a part of it (拆零标志).
    pub trdn_flag: bool,
}

/// The lines of a basket.
#[derive(Clone, Copy)]
pub struct Lines<'a>(Source<'a, Line<'a>>);

/// The trace codes of a line.
#[derive(Clone, Copy)]
pub struct TraceCodes<'a>(Source<'a, TraceCode<'a>>);

/// The characters of a trace code, plain or two digits to a byte.
#[derive(Clone, Copy)]
pub struct TraceText<'a>(Text<'a>);

#[derive(Clone, Copy)]
enum Source<'a, T> {
    Listed(&'a [T]),
    // Invariant: checked item by item.
    Encoded { items: &'a [u8], count: usize },
}

#[derive(Clone, Copy)]
enum Text<'a> {
    Plain(&'a str),
    // Invariant: decimal digits in both halves of every byte.
    Packed(&'a [u8]),
}

impl<T> Source<'_, T> {
    fn len(&self) -> usize {
        match self {
            Self::Listed(items) => items.len(),
            Self::Encoded { count, .. } => *count,
        }
    }
}

impl<'a> Lines<'a> {
    /// No lines.
    pub const NONE: Lines<'static> = Lines(Source::Listed(&[]));

    /// Lines of a list.
    pub const fn new(lines: &'a [Line<'a>]) -> Self {
        Self(Source::Listed(lines))
    }

    /// Lines as [`Lines::encode`] wrote them; there may be none.
    ///
    /// # Errors
    /// When a byte is not as it must be; every line is checked here, so reading them later cannot fail.
    pub fn from_encoded(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let lines = Self::read_array(&mut reader)?;
        reader.end()?;
        Ok(lines)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Each line.
    pub fn iter(&self) -> impl Iterator<Item = Line<'a>> + use<'a> {
        let (listed, mut encoded) = match self.0 {
            Source::Listed(lines) => (lines, Reader::new(&[])),
            Source::Encoded { items, .. } => (&[][..], Reader::new(items)),
        };
        listed.iter().copied().chain(core::iter::from_fn(move || Line::read(&mut encoded).ok()))
    }

    /// Writes the array of lines, as it stands in a request.
    ///
    /// # Errors
    /// [`Full`] when `writer` has no room. What is out of range is refused by [`Lines::check`], not here.
    pub fn encode(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        writer.array(self.len())?;
        self.iter().try_for_each(|line| line.write(writer))
    }

    /// Index of the first line with a value out of its range, if any.
    pub fn check(&self) -> Result<(), usize> {
        self.iter().position(|line| !line.is_valid()).map_or(Ok(()), Err)
    }

    /// As they stand in a request. An empty array is refused: a request without lines leaves the array out, and nothing has
    /// two encodings.
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let lines = Self::read_array(reader)?;
        if lines.is_empty() { Err(DecodeError::NotDeterministic) } else { Ok(lines) }
    }

    fn read_array(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let count = reader.array()?;
        let start = reader.position();
        for _ in 0..count {
            Line::read(reader)?;
        }
        let count = usize::try_from(count).map_err(|_| DecodeError::Range)?;
        Ok(Self(Source::Encoded { items: reader.since(start), count }))
    }
}

impl<'a> From<&'a [Line<'a>]> for Lines<'a> {
    fn from(lines: &'a [Line<'a>]) -> Self {
        Self::new(lines)
    }
}

impl<'a> TraceCodes<'a> {
    /// No codes.
    pub const NONE: TraceCodes<'static> = TraceCodes(Source::Listed(&[]));

    /// Codes of a list.
    pub const fn new(codes: &'a [TraceCode<'a>]) -> Self {
        Self(Source::Listed(codes))
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Each code.
    pub fn iter(&self) -> impl Iterator<Item = TraceCode<'a>> + use<'a> {
        let (listed, mut encoded) = match self.0 {
            Source::Listed(codes) => (codes, Reader::new(&[])),
            Source::Encoded { items, .. } => (&[][..], Reader::new(items)),
        };
        listed.iter().copied().chain(core::iter::from_fn(move || TraceCode::read(&mut encoded).ok()))
    }

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let count = reader.array()?;
        let start = reader.position();
        if count == 0 || count % 2 == 1 {
            return Err(DecodeError::Range);
        }
        for _ in 0..count / 2 {
            TraceCode::read(reader)?;
        }
        let count = usize::try_from(count / 2).map_err(|_| DecodeError::Range)?;
        Ok(Self(Source::Encoded { items: reader.since(start), count }))
    }
}

impl<'a> From<&'a [TraceCode<'a>]> for TraceCodes<'a> {
    fn from(codes: &'a [TraceCode<'a>]) -> Self {
        Self::new(codes)
    }
}

impl<'a> TraceCode<'a> {
    /// A code.
    pub const fn new(drug_trac_codg: &'a str, trdn_flag: bool) -> Self {
        Self { drug_trac_codg: TraceText(Text::Plain(drug_trac_codg)), trdn_flag }
    }

    /// On the wire two items of the array: the code, and whether it was opened.
    fn write(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        self.drug_trac_codg.write(writer)?;
        writer.bool(self.trdn_flag)
    }

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let drug_trac_codg = TraceText::read(reader)?;
        Ok(Self { drug_trac_codg, trdn_flag: reader.bool()? })
    }
}

impl<'a> TraceText<'a> {
    /// The characters, one ASCII byte each.
    pub fn chars(&self) -> impl Iterator<Item = u8> + use<'a> {
        let (plain, packed) = match self.0 {
            Text::Plain(text) => (text.as_bytes(), &[][..]),
            Text::Packed(bytes) => (&[][..], bytes),
        };
        let digits =
            packed.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]).map(|digit| b'0'.wrapping_add(digit));
        plain.iter().copied().chain(digits)
    }

    /// How many characters.
    pub fn len(&self) -> usize {
        match self.0 {
            Text::Plain(text) => text.len(),
            Text::Packed(bytes) => bytes.len().saturating_mul(2),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn is_valid(&self) -> bool {
        (1..=MAX_TRACE_CODE).contains(&self.len()) && self.chars().all(|byte| byte.is_ascii_graphic())
    }

    /// An even number of digits goes two to a byte, everything else as text; there is no choice.
    fn write(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        match self.0 {
            Text::Plain(text) if packs(text) => {
                let mut packed = [0; MAX_TRACE_CODE / 2];
                let mut len = 0usize;
                for (to, pair) in packed.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
                    *to = pair.iter().fold(0, |byte, digit| (byte << 4) | (digit & 0x0F));
                    len = len.saturating_add(1);
                }
                writer.bytes(packed.get(..len).unwrap_or(&[]))
            }
            Text::Plain(text) => writer.text(text),
            Text::Packed(bytes) => writer.bytes(bytes),
        }
    }

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let text = if reader.at_bytes() {
            let bytes = reader.bytes()?;
            if !bytes.iter().all(|byte| byte >> 4 <= 9 && byte & 0x0F <= 9) {
                return Err(DecodeError::Range);
            }
            Self(Text::Packed(bytes))
        } else {
            let text = reader.text()?;
            if packs(text) {
                return Err(DecodeError::NotDeterministic);
            }
            Self(Text::Plain(text))
        };
        if text.is_valid() { Ok(text) } else { Err(DecodeError::Range) }
    }
}

fn packs(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_TRACE_CODE
        && text.len().is_multiple_of(2)
        && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl Line<'_> {
    fn is_valid(&self) -> bool {
        (1..=MAX_LIST_CODE).contains(&self.med_list_codg.len())
            && self.med_list_codg.bytes().all(|byte| byte.is_ascii_graphic())
            && self.medins_list_codg.len() <= MAX_OWN_CODE
            && !self.medins_list_codg.chars().any(char::is_control)
            && self.cnt.0 > 0
            && self.pric.0 >= 0
            && self.sum.0 >= 0
            && self.trace_codes.iter().all(|code| code.drug_trac_codg.is_valid())
    }

    fn write(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        let (own, traced) = (!self.medins_list_codg.is_empty(), !self.trace_codes.is_empty());
        writer.map(4usize.saturating_add(usize::from(own)).saturating_add(usize::from(traced)))?;
        writer.uint(0)?;
        writer.text(self.med_list_codg)?;
        if own {
            writer.uint(1)?;
            writer.text(self.medins_list_codg)?;
        }
        writer.uint(2)?;
        writer.uint(self.cnt.0.unsigned_abs())?;
        writer.uint(3)?;
        writer.uint(self.pric.0.unsigned_abs())?;
        writer.uint(4)?;
        writer.uint(self.sum.0.unsigned_abs())?;
        if traced {
            writer.uint(5)?;
            writer.array(self.trace_codes.len().saturating_mul(2))?;
            self.trace_codes.iter().try_for_each(|code| code.write(writer))?;
        }
        Ok(())
    }
}

impl<'a> Line<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut map = reader.map()?;
        let med_list_codg = map.required(0)?.text()?;
        let medins_list_codg = match map.optional(1)? {
            // An empty code is left out; written all the same it would be a second encoding of the same line.
            Some(reader) => reader
                .text()
                .and_then(|text| if text.is_empty() { Err(DecodeError::Range) } else { Ok(text) })?,
            None => "",
        };
        let cnt = Quantity(map.required(2)?.number()?);
        let pric = Price(map.required(3)?.number()?);
        let sum = Fen(map.required(4)?.number()?);
        let trace_codes = match map.optional(5)? {
            Some(reader) => TraceCodes::read(reader)?,
            None => TraceCodes::NONE,
        };
        map.end()?;
        let line = Self { med_list_codg, medins_list_codg, cnt, pric, sum, trace_codes };
        if line.is_valid() { Ok(line) } else { Err(DecodeError::Range) }
    }
}

impl PartialEq for Lines<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Lines<'_> {}

impl PartialEq for TraceCodes<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for TraceCodes<'_> {}

impl PartialEq for TraceText<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.chars().eq(other.chars())
    }
}

impl Eq for TraceText<'_> {}

impl PartialEq<str> for TraceText<'_> {
    fn eq(&self, other: &str) -> bool {
        self.chars().eq(other.bytes())
    }
}

impl fmt::Debug for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Debug for TraceCodes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Display for TraceText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        self.chars().try_for_each(|byte| f.write_char(char::from(byte)))
    }
}

impl fmt::Debug for TraceText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}
