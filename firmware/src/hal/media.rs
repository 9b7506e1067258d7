//! Durable blocks.

/// Bytes in a block.
pub const BLOCK: usize = 512;

/// The content of one block.
pub type Block = [u8; BLOCK];

/// The media failed to read or write a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaError;

/// Blocks of 512 bytes that can be written one at a time, in any order: an SD card, or a page of flash behind a thin layer.
///
/// Nothing is promised for a write that was not followed by a returned [`Media::flush`]: after a power cut the block
/// may hold the old bytes, the new ones, some of each, or noise. A block may also rot later. The layer above lives with all of that.
pub trait Media {
    /// How many blocks there are. Does not change while the device runs.
    fn blocks(&self) -> u32;

    /// Reads block `index`.
    fn read(&mut self, index: u32, block: &mut Block) -> Result<(), MediaError>;

    /// Writes block `index`.
    fn write(&mut self, index: u32, block: &Block) -> Result<(), MediaError>;

    /// Returns once everything written is durable.
    fn flush(&mut self) -> Result<(), MediaError>;
}

impl<M: Media + ?Sized> Media for &mut M {
    fn blocks(&self) -> u32 {
        (**self).blocks()
    }

    fn read(&mut self, index: u32, block: &mut Block) -> Result<(), MediaError> {
        (**self).read(index, block)
    }

    fn write(&mut self, index: u32, block: &Block) -> Result<(), MediaError> {
        (**self).write(index, block)
    }

    fn flush(&mut self) -> Result<(), MediaError> {
        (**self).flush()
    }
}
