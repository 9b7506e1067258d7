//! Sealed bytes beside an entry: a swipe's datagram, later its answer. Once, not twice: they can be done without.

use super::block::{Head, Kind, PAYLOAD, check, seal};
use super::{SEALED_PARTS, Store, StoreError};
use crate::hal::Media;

impl<M: Media> Store<M> {
    /// Keeps sealed bytes beside the entry at `place`, for the message with this counter.
    pub fn put_sealed(
        &mut self,
        place: u16,
        kind: Kind,
        counter: u64,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let mut rest = bytes;
        for part in 0..SEALED_PARTS {
            let (now, later) = rest.split_at_checked(PAYLOAD).unwrap_or((rest, &[]));
            let index = self.layout.sealed(place, part).ok_or(StoreError::TooLong)?;
            let head = Head {
                kind,
                part,
                last: later.is_empty(),
                incarnation: self.incarnation,
                // Unique among all that ever lie at this place, but for the 32-bit turn.
                sequence: low(counter),
                place: index,
            };
            seal(&mut self.block, &head, now);
            self.write(index)?;
            rest = later;
            if rest.is_empty() {
                return Ok(self.media.flush()?);
            }
        }
        Err(StoreError::TooLong)
    }

    /// The sealed bytes kept for this counter, or `None` when they are not all there.
    pub fn load_sealed<const N: usize>(
        &mut self,
        place: u16,
        kind: Kind,
        counter: u64,
        to: &mut heapless::Vec<u8, N>,
    ) -> Result<Option<()>, StoreError> {
        to.clear();
        for part in 0..SEALED_PARTS {
            let index = self.layout.sealed(place, part).ok_or(StoreError::TooLong)?;
            self.media.read(index, &mut self.block)?;
            let Some((head, bytes)) = check(&self.block) else { return Ok(None) };
            let expected = Head {
                kind,
                part,
                last: head.last,
                incarnation: self.incarnation,
                sequence: low(counter),
                place: index,
            };
            if head != expected || to.extend_from_slice(bytes).is_err() {
                return Ok(None);
            }
            if head.last {
                return Ok(Some(()));
            }
        }
        Ok(None)
    }
}

const fn low(counter: u64) -> u32 {
    (counter & 0xFFFF_FFFF) as u32
}
