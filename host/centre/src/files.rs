//! The three files of a centre stand together: all are there, or none is and the centre is new.
//!
//! A new database beside an old key would be an empty ledger, a new signing key beside an old database a centre that no till and no
//! terminal knows; both would start without a word, so what is missing is never made beside the others.

use std::fs;
use std::io;
use std::path::Path;

use crate::{CentreConfig, OpenError};

/// Refuses when some of the files are there and another is missing or empty. Makes nothing.
pub(crate) fn whole(config: &CentreConfig) -> Result<(), OpenError> {
    let files = [&config.database, &config.vault_key, &config.signing_key];
    let mut kept = None;
    let mut lost = None;
    for path in files {
        match length(path)? {
            Some(1..) => kept = kept.or(Some(path)),
            Some(0) => lost = lost.or(Some((path, true))),
            None => lost = lost.or(Some((path, false))),
        }
    }
    match (kept, lost) {
        (Some(kept), Some((path, empty))) => {
            Err(OpenError::Lost { path: path.clone(), empty, beside: kept.clone() })
        }
        _ => Ok(()),
    }
}

fn length(path: &Path) -> Result<Option<u64>, OpenError> {
    match fs::metadata(path) {
        Ok(found) => Ok(Some(found.len())),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(OpenError::File(path.to_owned(), e)),
    }
}
