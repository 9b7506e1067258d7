//! One writer per journal.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::JournalError;

/// Held while a till lives; the system lets go when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

const STEP: Duration = Duration::from_millis(25);

impl Lock {
    /// Takes the lock of `journal`, waiting up to `patience` for another process.
    pub(crate) async fn acquire(journal: &Path, patience: Duration) -> Result<Self, JournalError> {
        let path = PathBuf::from(format!("{}.lock", journal.display()));
        let access = |e: std::io::Error| JournalError::Access(format!("{}: {e}", path.display()));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(access)?;
        let mut waited = Duration::ZERO;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if waited < patience => {
                    tokio::time::sleep(STEP).await;
                    waited += STEP;
                }
                Err(TryLockError::WouldBlock) => return Err(JournalError::Busy(busy_text(&path, &mut file))),
                Err(TryLockError::Error(e)) => return Err(access(e)),
            }
        }
        // Only a help for people; a full disk must not keep the till from opening.
        let _ = file.set_len(0);
        let _ = write!(file, "{}", std::process::id());
        Ok(Self { _file: file })
    }
}

fn busy_text(path: &Path, file: &mut File) -> String {
    let mut holder = String::new();
    let known = file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_string(&mut holder)).is_ok();
    if known && !holder.is_empty() {
        format!("{} (pid {holder})", path.display())
    } else {
        path.display().to_string()
    }
}
