//! A store in RAM.

use yika_firmware::hal::{Block, Media, MediaError};

/// Room for the smallest ring.
pub(crate) const BLOCKS: usize = 72;

pub(crate) struct Ram<'m>(pub(crate) &'m mut [Block; BLOCKS]);

impl Media for Ram<'_> {
    fn blocks(&self) -> u32 {
        BLOCKS as u32
    }

    fn read(&mut self, index: u32, block: &mut Block) -> Result<(), MediaError> {
        *block = *self.0.get(index as usize).ok_or(MediaError)?;
        Ok(())
    }

    fn write(&mut self, index: u32, block: &Block) -> Result<(), MediaError> {
        *self.0.get_mut(index as usize).ok_or(MediaError)? = *block;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), MediaError> {
        Ok(())
    }
}
