//! The two copies of a record: which one counts, writing both, making both equal again.

use super::block::{self, Head, PAYLOAD, check, seal};
use super::layout::Twin;
use super::{Cell, Store, StoreError};
use crate::hal::Media;

/// The twin that counts.
#[derive(Clone, Copy)]
pub(super) struct Choice {
    pub(super) twin: Twin,
    pub(super) sequence: u32,
    // The other twin holds the same record.
    whole: bool,
}

impl<M: Media> Store<M> {
    pub(super) fn put_twins(
        &mut self,
        cell: Cell,
        bytes: &[u8],
        sequence: u32,
        first: Twin,
    ) -> Result<(), StoreError> {
        let written = self.put_twin(cell, first, bytes, sequence);
        let twin_written = self.put_twin(cell, first.other(), bytes, sequence);
        self.wear.most_writes = self.wear.most_writes.max(sequence);
        match (written, twin_written) {
            (Ok(()), Ok(())) => Ok(()),
            // One durable copy of the new record is enough to go on; the newest counts.
            (Ok(()), Err(_)) | (Err(_), Ok(())) => {
                self.wear.degraded = self.wear.degraded.saturating_add(1);
                Ok(())
            }
            (Err(error), Err(_)) => Err(error),
        }
    }

    fn put_twin(&mut self, cell: Cell, twin: Twin, bytes: &[u8], sequence: u32) -> Result<(), StoreError> {
        // A second try, for media that fails now and then.
        self.try_twin(cell, twin, bytes, sequence).or_else(|_| self.try_twin(cell, twin, bytes, sequence))
    }

    fn try_twin(&mut self, cell: Cell, twin: Twin, bytes: &[u8], sequence: u32) -> Result<(), StoreError> {
        let parts = self.layout.parts(cell);
        let mut rest = bytes;
        for part in 0..parts {
            let (now, later) = rest.split_at_checked(PAYLOAD).unwrap_or((rest, &[]));
            let index = self.layout.cell(cell, twin, part).ok_or(StoreError::TooLong)?;
            let head = self.head(cell, part, sequence, index);
            seal(&mut self.block, &head, now);
            self.write(index)?;
            rest = later;
        }
        self.media.flush()?;
        if self.sequence(cell, twin)? != Some(sequence) {
            return Err(StoreError::Failed);
        }
        Ok(())
    }

    fn head(&self, cell: Cell, part: u8, sequence: u32, place: u32) -> Head {
        let last = part.saturating_add(1) >= self.layout.parts(cell);
        Head { kind: cell.kind(), part, last, incarnation: self.lives(cell), sequence, place }
    }

    // Only the journal is bound to one life: what belongs to the device outlives a change of its name.
    fn lives(&self, cell: Cell) -> u32 {
        match cell {
            Cell::Totals | Cell::Entry(_) => self.incarnation,
            Cell::Super | Cell::Identity | Cell::Settings => 0,
        }
    }

    pub(super) fn write(&mut self, index: u32) -> Result<(), StoreError> {
        self.wear.writes = self.wear.writes.saturating_add(1);
        Ok(self.media.write(index, &self.block)?)
    }

    // The sequence of a part, if its block is valid and is what should lie there.
    fn valid(&mut self, cell: Cell, twin: Twin, part: u8) -> Result<Option<u32>, StoreError> {
        let index = self.layout.cell(cell, twin, part).ok_or(StoreError::TooLong)?;
        if self.media.read(index, &mut self.block).is_err() {
            // A block that does not read is as good as rotten: its twin may do.
            return Ok(None);
        }
        Ok(check(&self.block)
            .map(|(head, _)| head)
            .and_then(|head| (head == self.head(cell, part, head.sequence, index)).then_some(head.sequence)))
    }

    fn sequence(&mut self, cell: Cell, twin: Twin) -> Result<Option<u32>, StoreError> {
        let first = self.valid(cell, twin, 0)?;
        for part in 1..self.layout.parts(cell) {
            if self.valid(cell, twin, part)? != first {
                return Ok(None);
            }
        }
        Ok(first)
    }

    pub(super) fn choose(&mut self, cell: Cell) -> Result<Option<Choice>, StoreError> {
        // A last: it is the one chosen as a rule, and then the buffer holds it already.
        let b = self.sequence(cell, Twin::B)?;
        let a = self.sequence(cell, Twin::A)?;
        Ok(match (a, b) {
            (None, None) => None,
            (Some(sequence), None) => Some(Choice { twin: Twin::A, sequence, whole: false }),
            (None, Some(sequence)) => Some(Choice { twin: Twin::B, sequence, whole: false }),
            (Some(a), Some(b)) if a >= b => Some(Choice { twin: Twin::A, sequence: a, whole: a == b }),
            (Some(_), Some(b)) => Some(Choice { twin: Twin::B, sequence: b, whole: false }),
        })
    }

    // Directly behind `choose`.
    pub(super) fn read_part(&mut self, cell: Cell, choice: Choice, part: u8) -> Result<&[u8], StoreError> {
        if choice.twin == Twin::A && self.layout.parts(cell) == 1 {
            return block::open(&self.block).map(|(_, bytes)| bytes).ok_or(StoreError::Record(cell));
        }
        let index = self.layout.cell(cell, choice.twin, part).ok_or(StoreError::TooLong)?;
        self.media.read(index, &mut self.block)?;
        match check(&self.block) {
            Some((head, bytes)) if head.sequence == choice.sequence => Ok(bytes),
            _ => Err(StoreError::Record(cell)),
        }
    }

    // Both twins equal again, before anything is done that others can see.
    pub(super) fn repair(&mut self) -> Result<(), StoreError> {
        for cell in [Cell::Identity, Cell::Settings, Cell::Totals] {
            self.repair_cell(cell)?;
        }
        for place in 0..self.layout.ring() {
            self.repair_cell(Cell::Entry(place))?;
        }
        Ok(())
    }

    fn repair_cell(&mut self, cell: Cell) -> Result<(), StoreError> {
        let Some(choice) = self.choose(cell)? else { return Ok(()) };
        self.wear.most_writes = self.wear.most_writes.max(choice.sequence);
        if choice.whole {
            return Ok(());
        }
        for part in 0..self.layout.parts(cell) {
            self.read_part(cell, choice, part)?;
            let index = self.layout.cell(cell, choice.twin.other(), part).ok_or(StoreError::TooLong)?;
            block::move_to(&mut self.block, index);
            let _ = self.write(index);
        }
        self.media.flush()?;
        if self.sequence(cell, choice.twin.other())? == Some(choice.sequence) {
            self.wear.repaired = self.wear.repaired.saturating_add(1);
        } else {
            self.wear.degraded = self.wear.degraded.saturating_add(1);
        }
        Ok(())
    }
}
