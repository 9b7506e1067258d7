//! The grab of an input device by `evdev`.

use super::{Keyboard, Motion, UNREADABLE, WedgeError};
use crate::serial::{Line, SerialError};
use evdev::{EventSummary, KeyCode, SynchronizationCode, raw_stream::RawDevice};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::OFlags,
    io::Errno,
};
use std::{
    collections::VecDeque,
    fs::OpenOptions,
    io,
    os::unix::fs::{FileTypeExt, OpenOptionsExt},
    path::Path,
    time::{Duration, Instant},
};

/// A grabbed keyboard. Dropping it lets it go.
pub(super) struct Grabbed {
    device: RawDevice,
    keyboard: Keyboard,
    text: VecDeque<u8>,
    /// The kernel lost events: what comes up to the next report is a torso.
    lost: bool,
    opened: Instant,
}

impl Grabbed {
    pub(super) fn open(path: &Path) -> Result<Self, WedgeError> {
        let told = |error: io::Error| {
            let path = path.to_owned();
            match error.kind() {
                io::ErrorKind::NotFound => WedgeError::NotFound { path },
                io::ErrorKind::PermissionDenied => WedgeError::AccessDenied { path },
                io::ErrorKind::ResourceBusy => WedgeError::Busy { path },
                _ => match Errno::from_io_error(&error) {
                    Some(Errno::NODEV | Errno::NXIO) => WedgeError::NotFound { path },
                    Some(Errno::NOTTY | Errno::INVAL) => WedgeError::NotAKeyboard { path },
                    _ => WedgeError::Failed { path, reason: error.to_string() },
                },
            }
        };
        if !std::fs::metadata(path).map_err(told)?.file_type().is_char_device() {
            return Err(WedgeError::NotAKeyboard { path: path.to_owned() });
        }
        // Reading does without the right to write (lights, sounds), and never waits: poll does.
        let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
        let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(told)?;
        let mut device = RawDevice::from_fd(file.into()).map_err(told)?;
        let types_text = device.supported_keys().is_some_and(|keys| {
            [KeyCode::KEY_0, KeyCode::KEY_9, KeyCode::KEY_ENTER].iter().all(|key| keys.contains(*key))
        });
        if !types_text {
            return Err(WedgeError::NotAKeyboard { path: path.to_owned() });
        }
        device.grab().map_err(told)?;
        Ok(Self {
            device,
            keyboard: Keyboard::new(),
            text: VecDeque::new(),
            lost: false,
            opened: Instant::now(),
        })
    }

    /// Fetches what the kernel has, without waiting.
    fn fetch(&mut self) -> Result<(), SerialError> {
        let events = match self.device.fetch_events() {
            Ok(events) => events,
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
                return Ok(());
            }
            Err(_) => return Err(SerialError::Gone),
        };
        for event in events {
            match event.destructure() {
                EventSummary::Synchronization(_, SynchronizationCode::SYN_DROPPED, _) => {
                    self.lost = true;
                    self.keyboard = Keyboard::new();
                    self.text.push_back(UNREADABLE);
                }
                EventSummary::Synchronization(_, SynchronizationCode::SYN_REPORT, _) => self.lost = false,
                EventSummary::Key(_, key, value) if !self.lost => {
                    let motion = match value {
                        0 => Motion::Release,
                        1 => Motion::Press,
                        _ => Motion::Repeat,
                    };
                    self.text.extend(self.keyboard.key(key.0, motion));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Line for Grabbed {
    fn receive(&mut self, buffer: &mut [u8], limit: Duration) -> Result<usize, SerialError> {
        if self.text.is_empty() {
            let limit = Timespec::try_from(limit).unwrap_or(Timespec { tv_sec: 1, tv_nsec: 0 });
            match poll(&mut [PollFd::new(&self.device, PollFlags::IN)], Some(&limit)) {
                Ok(0) | Err(Errno::INTR) => return Ok(0),
                Ok(_) => self.fetch()?,
                Err(_) => return Err(SerialError::Gone),
            }
        }
        let count = buffer.len().min(self.text.len());
        for (to, from) in buffer.iter_mut().zip(self.text.drain(..count)) {
            *to = from;
        }
        Ok(count)
    }

    fn send(&mut self, _: &[u8]) -> Result<(), SerialError> {
        Err(SerialError::Other { reason: "a keyboard takes no data".to_owned() })
    }

    fn set_speed(&mut self, _: u32) -> Result<(), SerialError> {
        Ok(())
    }

    fn clear_input(&mut self) -> Result<(), SerialError> {
        self.fetch()?;
        self.text.clear();
        self.keyboard = Keyboard::new();
        Ok(())
    }

    fn now(&self) -> Duration {
        self.opened.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_keyboard_is_told_before_anything_is_grabbed() {
        let error = |path: &str| Grabbed::open(Path::new(path)).err().unwrap();
        assert!(matches!(error("/dev/input/by-id/none-event-kbd"), WedgeError::NotFound { .. }));
        assert!(matches!(error("/dev/null"), WedgeError::NotAKeyboard { .. }));
        assert!(matches!(error("/proc/self/maps"), WedgeError::NotAKeyboard { .. }));
        assert!(matches!(error("/tmp"), WedgeError::NotAKeyboard { .. }));
    }
}
