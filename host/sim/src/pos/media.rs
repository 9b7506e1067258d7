//! The blocks of a POS device in memory or in a file.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use yika_firmware::hal::{BLOCK, Block, Media, MediaError};

/// Blocks of a device: 64 KiB and more.
#[derive(Debug)]
pub enum Blocks {
    /// Gone when the program ends.
    Memory(Vec<Block>),
    /// A raw image, as QEMU's SD card takes it too.
    File {
        /// The image.
        file: File,
        /// Blocks in it.
        blocks: u32,
    },
}

impl Blocks {
    /// So many blank blocks in memory.
    #[must_use]
    pub fn memory(blocks: usize) -> Self {
        Self::Memory(vec![[0xFF; BLOCK]; blocks])
    }

    /// An image; one that is not there is made with so many blocks, and only that is new (true). An empty file is a store that
    /// lost everything: it gets its blocks back without a word in them.
    ///
    /// # Errors
    /// The file cannot be opened or made.
    pub fn open(path: &Path, blocks: u32) -> io::Result<(Self, bool)> {
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        let (mut file, new) = match options.clone().create_new(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => (options.open(path)?, false),
            made => (made?, true),
        };
        let length = file.seek(SeekFrom::End(0))?;
        let blocks = if length == 0 {
            file.set_len(u64::from(blocks) * BLOCK as u64)?;
            blocks
        } else {
            u32::try_from(length / BLOCK as u64).unwrap_or(u32::MAX)
        };
        Ok((Self::File { file, blocks }, new))
    }
}

impl Media for Blocks {
    fn blocks(&self) -> u32 {
        match self {
            Self::Memory(blocks) => u32::try_from(blocks.len()).unwrap_or(u32::MAX),
            Self::File { blocks, .. } => *blocks,
        }
    }

    fn read(&mut self, index: u32, block: &mut Block) -> Result<(), MediaError> {
        match self {
            Self::Memory(blocks) => {
                *block = *blocks.get(index as usize).ok_or(MediaError)?;
                Ok(())
            }
            Self::File { file, blocks } if index < *blocks => file
                .seek(SeekFrom::Start(u64::from(index) * BLOCK as u64))
                .and_then(|_| file.read_exact(block))
                .map_err(|_| MediaError),
            Self::File { .. } => Err(MediaError),
        }
    }

    fn write(&mut self, index: u32, block: &Block) -> Result<(), MediaError> {
        match self {
            Self::Memory(blocks) => {
                *blocks.get_mut(index as usize).ok_or(MediaError)? = *block;
                Ok(())
            }
            Self::File { file, blocks } if index < *blocks => file
                .seek(SeekFrom::Start(u64::from(index) * BLOCK as u64))
                .and_then(|_| file.write_all(block))
                .map_err(|_| MediaError),
            Self::File { .. } => Err(MediaError),
        }
    }

    fn flush(&mut self) -> Result<(), MediaError> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::File { file, .. } => file.sync_data().map_err(|_| MediaError),
        }
    }
}
