//! One row of paper as bytes for the printer.

use heapless::Vec;

use super::{Paper, Style};
use crate::screen;
use crate::text::{Packed, Text};

/// Bytes of a row: 48 columns of text, its orders and the line feed; or a QR code with its orders.
const ROOM: usize = 128;

/// A row being made. Columns are counted; what does not fit is cut.
#[derive(Debug, Default)]
pub struct Row {
    bytes: Vec<u8, ROOM>,
    columns: usize,
}

impl Row {
    /// An empty row.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), columns: 0 }
    }

    /// The bytes for the printer.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.columns = 0;
    }

    /// Orders for the printer take no column.
    pub(super) fn order(&mut self, bytes: &[u8]) {
        let _ = self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn feed(&mut self) {
        self.order(b"\n");
        self.columns = 0;
    }

    /// Text of ours.
    pub(super) fn text(&mut self, text: Packed, most: usize) {
        for character in text {
            match u8::try_from(character) {
                Ok(byte) if byte.is_ascii() => self.put(&[byte], 1, most),
                // A character without a code stands as a question mark; the tests let no text of ours have one.
                _ => match screen::gb(character) {
                    Some(code) => self.put(&code, 2, most),
                    None => self.put(b"?", 1, most),
                },
            }
        }
    }

    /// GB18030 that came from elsewhere. Control characters, which could be orders, are left out.
    pub(super) fn gb(&mut self, bytes: &[u8], most: usize) {
        let mut rest = bytes;
        while let Some((taken, columns, after)) = next(rest) {
            rest = after;
            if columns > 0 {
                self.put(taken, columns, most);
            }
        }
    }

    fn put(&mut self, bytes: &[u8], columns: usize, most: usize) {
        let after = self.columns.saturating_add(columns);
        if after <= most && self.bytes.extend_from_slice(bytes).is_ok() {
            self.columns = after;
        }
    }

    fn spaces(&mut self, up_to: usize) {
        while self.columns < up_to && self.bytes.push(b' ').is_ok() {
            self.columns = self.columns.saturating_add(1);
        }
    }

    /// A name at the left, a value at the right end; on a row of its own when there is no room for both.
    pub(super) fn pair(&mut self, style: Style, name: Text, value: &[u8]) {
        let columns = style.paper.columns();
        self.text(name.get(style.lang), columns);
        if self.columns.saturating_add(1).saturating_add(width(value)) > columns {
            self.feed();
        }
        self.spaces(columns.saturating_sub(width(value)));
        self.gb(value, columns);
        self.feed();
    }

    /// Name, and two values in columns, for a comparison.
    pub(super) fn triple(&mut self, style: Style, name: Option<Text>, left: &[u8], right: &[u8]) {
        let columns = style.paper.columns();
        let middle = columns.saturating_sub(columns / 3);
        if let Some(name) = name {
            self.text(name.get(style.lang), columns);
        }
        self.spaces(middle.saturating_sub(width(left)));
        self.gb(left, columns);
        self.spaces(columns.saturating_sub(width(right)));
        self.gb(right, columns);
        self.feed();
    }

    /// A text in the middle.
    pub(super) fn centre(&mut self, style: Style, text: Text) {
        let columns = style.paper.columns();
        let text = text.get(style.lang);
        let wide = text.into_iter().map(|character| if character.is_ascii() { 1 } else { 2 }).sum::<usize>();
        self.spaces(columns.saturating_sub(wide) / 2);
        self.text(text, columns);
        self.feed();
    }

    pub(super) fn rule(&mut self, paper: Paper) {
        while self.columns < paper.columns() && self.bytes.push(b'-').is_ok() {
            self.columns = self.columns.saturating_add(1);
        }
        self.feed();
    }
}

/// Columns that GB18030 takes on paper.
pub(super) fn width(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    let mut sum = 0usize;
    while let Some((_, columns, after)) = next(rest) {
        rest = after;
        sum = sum.saturating_add(columns);
    }
    sum
}

/// The next character, its columns (0: leave it out), and the rest.
fn next(bytes: &[u8]) -> Option<(&[u8], usize, &[u8])> {
    let (length, columns) = match bytes {
        [] => return None,
        [0x20..=0x7E, ..] => (1, 1),
        [0x81..=0xFE, 0x30..=0x39, 0x81..=0xFE, 0x30..=0x39, ..] => (4, 2),
        [0x81..=0xFE, 0x40..=0x7E | 0x80..=0xFE, ..] => (2, 2),
        _ => (1, 0),
    };
    let (taken, rest) = bytes.split_at_checked(length)?;
    Some((taken, columns, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text;

    #[test]
    fn values_stand_at_the_right_edge() {
        let mut row = Row::new();
        row.pair(Style::default(), text::SLIP_TOTAL, b"12.34");
        // 总金额 in GB 2312.
        assert_eq!(&row.bytes[..6], b"\xD7\xDC\xBD\xF0\xB6\xEE");
        assert_eq!(row.bytes.len(), 33);
        assert!(row.bytes.ends_with(b" 12.34\n"));
    }

    #[test]
    fn a_long_value_has_a_row_of_its_own() {
        let mut row = Row::new();
        row.pair(Style::default(), text::SLIP_SETTLEMENT, &[b'7'; 30]);
        let rows: std::vec::Vec<&[u8]> = row.bytes().split(|byte| *byte == b'\n').collect();
        assert_eq!((rows[0].len(), rows[1].len()), (8, 32));
        assert!(rows[1].starts_with(b"  7") && rows[1].ends_with(b"777"));
    }

    #[test]
    fn what_came_from_elsewhere_cannot_give_orders() {
        let mut row = Row::new();
        row.gb(b"\xD5\xC5\x1D\x56\x00*\x81\x30\x81\x30\xFF", 32);
        assert_eq!(row.bytes, b"\xD5\xC5V*\x81\x30\x81\x30");
        assert_eq!(row.columns, 6);
    }

    #[test]
    fn too_long_is_cut_between_characters() {
        let mut row = Row::new();
        row.gb(b"\xD5\xC5\xD5\xC5\xD5\xC5", 5);
        assert_eq!(row.bytes, b"\xD5\xC5\xD5\xC5");
    }
}
