//! How the records of one card are addressed: found out once per session and file, then remembered.

use super::{File, Generation, tag};
use crate::apdu::{Command, Le};

/// A way to address a record in READ RECORD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// P1 record number, P2 short file identifier and `100`.
    SfiNumber,
    /// P1 tag, P2 short file identifier and `000`.
    SfiTag,
    /// SELECT EF, then P1 record number, P2 `04`.
    CurrentNumber,
    /// SELECT EF, then P1 tag, P2 `00`.
    CurrentTag,
}

/// In EF05 the number of a record is its tag, and numbers are what most readers send, so they come first. In EF06 the
/// numbers differ between generations, so tags come first.
const ISSUER_MODES: [Mode; 3] = [Mode::SfiNumber, Mode::CurrentNumber, Mode::CurrentTag];
const HOLDER_MODES: [Mode; 4] = [Mode::SfiTag, Mode::SfiNumber, Mode::CurrentTag, Mode::CurrentNumber];

/// Addressing of both files.
#[derive(Clone, Copy, Debug)]
pub(super) struct Access {
    issuer: FileAccess,
    holder: FileAccess,
    /// The EF that a SELECT made current.
    selected: Option<File>,
    /// P1 of SELECT EF: 02, or 00 for cards that know only that.
    select_p1: u8,
    select_tried: bool,
    /// Whether EF06 counts 4E as its third record.
    counts_extension: bool,
    renumbered: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct FileAccess {
    mode: usize,
    /// A record came back in this mode: later refusals are meant.
    proven: bool,
}

impl Access {
    pub(super) fn new() -> Self {
        Self {
            issuer: FileAccess::default(),
            holder: FileAccess::default(),
            selected: None,
            select_p1: 0x02,
            select_tried: false,
            counts_extension: true,
            renumbered: false,
        }
    }

    /// Generation 1 has no 4E, so its record numbers in EF06 are one less from there on.
    pub(super) fn set_generation(&mut self, generation: Generation) {
        self.counts_extension = generation != Generation::One;
    }

    /// SSSE was selected anew: no EF is current.
    pub(super) fn forget_selection(&mut self) {
        self.selected = None;
    }

    /// The command that comes before a read in this file, if its mode needs the EF to be current.
    pub(super) fn select(&self, file: File) -> Option<Command> {
        let needs = matches!(self.mode(file), Mode::CurrentNumber | Mode::CurrentTag);
        (needs && self.selected != Some(file))
            .then(|| Command::select_fid(self.select_p1, file.fid(), Le::None))
    }

    /// The EF is current now.
    pub(super) fn selected(&mut self, file: File) {
        self.selected = Some(file);
        self.select_tried = true;
    }

    /// SELECT EF was refused: try its other form. `false` when there is none.
    pub(super) fn next_select(&mut self) -> bool {
        if self.select_tried {
            return false;
        }
        self.select_tried = true;
        self.select_p1 = 0x00;
        true
    }

    /// READ RECORD for this tag. `None` when records are numbered and this card's numbering has no such record.
    pub(super) fn read(&self, file: File, tag: u8, le: u8) -> Option<Command> {
        let sfi = file.sfi() << 3;
        let number = || record_number(file, tag, self.counts_extension);
        let (p1, p2) = match self.mode(file) {
            Mode::SfiNumber => (number()?, sfi | 4),
            Mode::SfiTag => (tag, sfi),
            Mode::CurrentNumber => (number()?, 4),
            Mode::CurrentTag => (tag, 0),
        };
        Some(Command::read_record(p1, p2, le))
    }

    /// The mode worked.
    pub(super) fn proven(&mut self, file: File) {
        self.file(file).proven = true;
    }

    /// Whether a refusal may still be about the mode.
    pub(super) fn is_probing(&self, file: File) -> bool {
        match file {
            File::Issuer => !self.issuer.proven,
            File::Holder => !self.holder.proven,
        }
    }

    /// The mode was refused: take the next. `false` when all are used up.
    pub(super) fn next_mode(&mut self, file: File) -> bool {
        let count = match file {
            File::Issuer => ISSUER_MODES.len(),
            File::Holder => HOLDER_MODES.len(),
        };
        let access = self.file(file);
        access.mode += 1;
        let left = access.mode < count;
        // A card that refused short identifiers for EF05 will refuse them for EF06.
        if file == File::Issuer && left && self.holder.mode < 2 {
            self.holder.mode = 2;
        }
        left
    }

    /// A numbered read brought another tag. When the other numbering explains it, switch to that, once.
    pub(super) fn renumber(&mut self, file: File, asked: u8, found: u8) -> bool {
        let numbered = matches!(self.mode(file), Mode::SfiNumber | Mode::CurrentNumber);
        let at = record_number(file, asked, self.counts_extension);
        let explains = at.is_some() && at == record_number(file, found, !self.counts_extension);
        if self.renumbered || !numbered || !explains {
            return false;
        }
        self.renumbered = true;
        self.counts_extension = !self.counts_extension;
        true
    }

    fn mode(&self, file: File) -> Mode {
        let mode = match file {
            File::Issuer => ISSUER_MODES.get(self.issuer.mode),
            File::Holder => HOLDER_MODES.get(self.holder.mode),
        };
        mode.copied().unwrap_or(Mode::CurrentNumber)
    }

    fn file(&mut self, file: File) -> &mut FileAccess {
        match file {
            File::Issuer => &mut self.issuer,
            File::Holder => &mut self.holder,
        }
    }
}

/// The number of a record. EF05 counts its tags; EF06 counts 08, 09, (4E,) 0A, 0B, 0C, 0D.
fn record_number(file: File, tag: u8, counts_extension: bool) -> Option<u8> {
    match (file, tag) {
        (File::Issuer, 1..=7) => Some(tag),
        (File::Holder, tag::CERTNO | tag::NAME) => Some(tag - 7),
        (File::Holder, tag::NAME_EXTENSION) => counts_extension.then_some(3),
        (File::Holder, tag::GENDER..=tag::BIRTH_DATE) => Some(tag - 7 + u8::from(counts_extension)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_both_numberings() {
        let numbers = |with| {
            [0x08, 0x09, 0x4E, 0x0A, 0x0B, 0x0C, 0x0D].map(|tag| record_number(File::Holder, tag, with))
        };
        assert_eq!(numbers(true), [1, 2, 3, 4, 5, 6, 7].map(Some));
        assert_eq!(numbers(false), [Some(1), Some(2), None, Some(3), Some(4), Some(5), Some(6)]);
        assert_eq!(record_number(File::Issuer, 7, true), Some(7));
        assert_eq!(record_number(File::Issuer, 8, true), None);
    }

    #[test]
    fn bytes_of_each_mode() {
        let mut access = Access::new();
        let bytes = |access: &Access, file, tag| access.read(file, tag, 0x20).map(|c| c.as_bytes().to_vec());
        assert_eq!(bytes(&access, File::Issuer, 7), Some(std::vec![0x00, 0xB2, 0x07, 0x2C, 0x20]));
        assert_eq!(bytes(&access, File::Holder, 9), Some(std::vec![0x00, 0xB2, 0x09, 0x30, 0x20]));
        assert!(access.next_mode(File::Holder));
        assert_eq!(bytes(&access, File::Holder, 9), Some(std::vec![0x00, 0xB2, 0x02, 0x34, 0x20]));
        assert!(access.select(File::Holder).is_none());
        assert!(access.next_mode(File::Holder));
        assert!(access.select(File::Holder).is_some());
        assert_eq!(bytes(&access, File::Holder, 9), Some(std::vec![0x00, 0xB2, 0x09, 0x00, 0x20]));
        assert!(access.next_mode(File::Holder));
        assert_eq!(bytes(&access, File::Holder, 9), Some(std::vec![0x00, 0xB2, 0x02, 0x04, 0x20]));
        assert!(!access.next_mode(File::Holder));
    }
}
