//! The keyboard of a terminal, key by key, without waiting.

use std::io::{self, Write};
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};

/// A key that was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// An arrow.
    Up,
    /// An arrow.
    Down,
    /// An arrow.
    Left,
    /// An arrow.
    Right,
    /// Enter.
    Enter,
    /// Escape.
    Escape,
    /// Backspace.
    Backspace,
    /// Any other character. Ctrl-C is `\u{3}`.
    Character(char),
}

/// A terminal in raw mode on its second screen, until this is dropped.
pub struct Keyboard {
    before: Termios,
    pending: Vec<u8>,
}

impl Keyboard {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// Standard input is no terminal.
    pub fn grab() -> io::Result<Self> {
        let stdin = io::stdin();
        let before = tcgetattr(&stdin)?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(&stdin, OptionalActions::Now, &raw)?;
        let _ = io::stdout().write_all(b"\x1B[?1049h\x1B[?25l\x1B[2J");
        let _ = io::stdout().flush();
        Ok(Self { before, pending: Vec::new() })
    }

    /// Columns and rows of the terminal.
    #[must_use]
    pub fn size(&self) -> (u16, u16) {
        tcgetwinsize(io::stdout()).map_or((80, 24), |size| (size.ws_col, size.ws_row))
    }

    /// The next key, waiting for it no longer than so many milliseconds.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn next(&mut self, millis: u32) -> io::Result<Option<Stroke>> {
        if let Some(stroke) = self.take() {
            return Ok(Some(stroke));
        }
        let stdin = io::stdin();
        let wait = Timespec { tv_sec: 0, tv_nsec: i64::from(millis.min(999)) * 1_000_000 };
        let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
        if poll(&mut fds, Some(&wait))? == 0 {
            // An escape that nothing followed is the key itself.
            if self.pending == [0x1B] {
                self.pending.clear();
                return Ok(Some(Stroke::Escape));
            }
            return Ok(None);
        }
        let mut bytes = [0; 64];
        let came = rustix::io::read(stdin.as_fd(), &mut bytes)?;
        if came == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.pending.extend(bytes.iter().take(came));
        Ok(self.take())
    }

    fn take(&mut self) -> Option<Stroke> {
        let (stroke, length) = match self.pending.as_slice() {
            [] | [0x1B] | [0x1B, b'[' | b'O'] => return None,
            [0x1B, b'[' | b'O', arrow, ..] => {
                let stroke = match arrow {
                    b'A' => Stroke::Up,
                    b'B' => Stroke::Down,
                    b'C' => Stroke::Right,
                    b'D' => Stroke::Left,
                    _ => Stroke::Character('\u{0}'),
                };
                (stroke, 3)
            }
            [0x1B, ..] => (Stroke::Escape, 1),
            [b'\r' | b'\n', ..] => (Stroke::Enter, 1),
            [0x7F | 0x08, ..] => (Stroke::Backspace, 1),
            [byte, ..] => (Stroke::Character(char::from(*byte)), 1),
        };
        self.pending.drain(..length);
        Some(stroke)
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        let _ = io::stdout().write_all(b"\x1B[?25h\x1B[?1049l");
        let _ = io::stdout().flush();
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
    }
}
