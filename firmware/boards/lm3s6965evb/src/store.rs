//! The record store's blocks on the SD card. Anybody can take the card out and read it: for a bench, not for the keys of a product.

use yika_firmware::hal::{Block, Media, MediaError};

use crate::layout;
use crate::sd::Sd;

pub(crate) struct SdStore {
    sd: Sd,
    blocks: u32,
}

impl SdStore {
    pub(crate) fn new(sd: Sd) -> Self {
        Self { sd, blocks: layout::STORE_BLOCKS }
    }

    fn place(&self, index: u32) -> Result<u32, MediaError> {
        if index < self.blocks { Ok(layout::STORE_FIRST + index) } else { Err(MediaError) }
    }
}

impl Media for SdStore {
    fn blocks(&self) -> u32 {
        self.blocks
    }

    fn read(&mut self, index: u32, block: &mut Block) -> Result<(), MediaError> {
        let place = self.place(index)?;
        self.sd.read(place, block).map_err(|_| MediaError)
    }

    fn write(&mut self, index: u32, block: &Block) -> Result<(), MediaError> {
        let place = self.place(index)?;
        self.sd.write(place, block).map_err(|_| MediaError)
    }

    /// A card that answered a write has it.
    fn flush(&mut self) -> Result<(), MediaError> {
        Ok(())
    }
}
