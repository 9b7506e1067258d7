//! A scanner that types like a keyboard ("wedge"), for shops that have nothing else.
//!
//! While a scan waits, the device is grabbed: its keys reach nobody else, so no code lands in whatever window has the
//! focus, and no keyboard layout, input method or caps lock touches it. Linux only (`evdev`).
//!
//! [`Keyboard`], keys into text, is tested in full. The grab itself is **untested**: the machines of the tests have no input
//! devices and may make none (`/dev/uinput`).

mod keyboard;
#[cfg(target_os = "linux")]
mod linux;

pub use keyboard::{Keyboard, Motion, UNREADABLE};

use crate::serial::Line;
use std::{
    fmt,
    path::{Path, PathBuf},
};
use yika_protocol::fault::{Fault, credential as fault};

/// A failure of a keyboard-mode scanner.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WedgeError {
    /// There is no such device.
    NotFound {
        /// The device.
        path: PathBuf,
    },
    /// The system refuses this user.
    AccessDenied {
        /// The device.
        path: PathBuf,
    },
    /// Another program has grabbed it.
    Busy {
        /// The device.
        path: PathBuf,
    },
    /// It is no input device, or one without digits and Enter.
    NotAKeyboard {
        /// The device.
        path: PathBuf,
    },
    /// It was unplugged during the scan.
    Gone {
        /// The device.
        path: PathBuf,
    },
    /// Not on this system, or the device failed in a way of its own.
    Failed {
        /// The device.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
}

impl WedgeError {
    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::NotFound { .. } => &fault::WEDGE_NOT_FOUND,
            Self::AccessDenied { .. } => &fault::WEDGE_ACCESS_DENIED,
            Self::Busy { .. } => &fault::WEDGE_BUSY,
            Self::NotAKeyboard { .. } => &fault::WEDGE_NOT_A_KEYBOARD,
            Self::Gone { .. } => &fault::WEDGE_GONE,
            Self::Failed { .. } => &fault::WEDGE_UNUSABLE,
        }
    }

    /// The device, and what the system said.
    pub fn detail(&self) -> String {
        match self {
            Self::NotFound { path }
            | Self::AccessDenied { path }
            | Self::Busy { path }
            | Self::NotAKeyboard { path }
            | Self::Gone { path } => path.display().to_string(),
            Self::Failed { path, reason } => format!("{}: {reason}", path.display()),
        }
    }
}

impl fmt::Display for WedgeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.fault(), self.detail())
    }
}

impl std::error::Error for WedgeError {}

/// Opens and grabs the device at `path`; its text comes as from a serial line.
#[cfg(target_os = "linux")]
pub(super) fn open(path: &Path) -> Result<Box<dyn Line>, WedgeError> {
    Ok(Box::new(linux::Grabbed::open(path)?))
}

/// There is no exclusive grab on this system.
#[cfg(not(target_os = "linux"))]
pub(super) fn open(path: &Path) -> Result<Box<dyn Line>, WedgeError> {
    Err(WedgeError::Failed { path: path.to_owned(), reason: "not supported on this system".to_owned() })
}
