//! Keys into text: what a scanner in keyboard mode means by the keys it presses.
//!
//! Key codes are those of Linux (`input-event-codes.h`), which follow the USB HID usage of a US keyboard; scanners leave
//! the factory with that layout. The keys are read before any layout, input method or caps lock of the PC gets at them,
//! which are what spoils scans elsewhere.

/// Stands for a key that has no place in a code: it makes the scan unreadable instead of shorter.
pub const UNREADABLE: u8 = 0xFF;

/// What is held down and switched on.
#[derive(Clone, Debug, Default)]
pub struct Keyboard {
    shift: [bool; 2],
    control: [bool; 2],
    alt: [bool; 2],
    /// Switched by the scanner itself: some press Caps Lock in front of capital letters.
    caps: bool,
    /// Digits typed on the keypad while Alt is held: a character by its number, right under any layout.
    number: Option<u32>,
}

/// What happened to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// It went down.
    Press,
    /// It came up.
    Release,
    /// The system repeats it because it is held. A scanner presses each key anew.
    Repeat,
}

impl Keyboard {
    /// A keyboard with nothing held.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one key and gives the character it means, if it means one: ASCII, CR for Enter, tab, the control characters
    /// typed with Ctrl, [`UNREADABLE`] for what a code cannot hold.
    pub fn key(&mut self, key: u16, motion: Motion) -> Option<u8> {
        let down = motion == Motion::Press;
        if motion == Motion::Repeat {
            return None;
        }
        match key {
            KEY_LEFTSHIFT => self.shift[0] = down,
            KEY_RIGHTSHIFT => self.shift[1] = down,
            KEY_LEFTCTRL => self.control[0] = down,
            KEY_RIGHTCTRL => self.control[1] = down,
            KEY_LEFTALT | KEY_RIGHTALT => {
                self.alt[usize::from(key == KEY_RIGHTALT)] = down;
                if !self.alt.contains(&true) {
                    return self.number.take().map(character);
                }
            }
            KEY_CAPSLOCK if down => self.caps = !self.caps,
            _ if down => return self.text(key),
            _ => {}
        }
        None
    }

    fn text(&mut self, key: u16) -> Option<u8> {
        let shift = self.shift.contains(&true);
        if let Some(digit) = keypad_digit(key) {
            if self.alt.contains(&true) {
                let number = self.number.unwrap_or(0);
                self.number = Some(number.saturating_mul(10).saturating_add(u32::from(digit)));
                return None;
            }
            return Some(b'0' + digit);
        }
        let (plain, shifted) = match key {
            KEY_ENTER | KEY_KPENTER => return Some(b'\r'),
            KEY_TAB => return Some(b'\t'),
            KEY_NUMLOCK | KEY_SCROLLLOCK | KEY_LEFTMETA | KEY_RIGHTMETA => return None,
            _ => characters(key).unwrap_or((UNREADABLE, UNREADABLE)),
        };
        if self.control.contains(&true) {
            // Ctrl-M is CR, Ctrl-J LF, Ctrl-B STX, Ctrl-C ETX.
            let upper = plain.to_ascii_uppercase();
            return Some(if (b'@'..=b'_').contains(&upper) { upper & 0x1F } else { UNREADABLE });
        }
        if self.alt.contains(&true) {
            return Some(UNREADABLE);
        }
        // Caps lock turns letters only, and Shift turns them back.
        let turned = shift != (self.caps && plain.is_ascii_lowercase());
        Some(if turned { shifted } else { plain })
    }
}

fn character(number: u32) -> u8 {
    u8::try_from(number).ok().filter(u8::is_ascii).unwrap_or(UNREADABLE)
}

const KEY_TAB: u16 = 15;
const KEY_ENTER: u16 = 28;
const KEY_LEFTCTRL: u16 = 29;
const KEY_LEFTSHIFT: u16 = 42;
const KEY_RIGHTSHIFT: u16 = 54;
const KEY_LEFTALT: u16 = 56;
const KEY_CAPSLOCK: u16 = 58;
const KEY_NUMLOCK: u16 = 69;
const KEY_SCROLLLOCK: u16 = 70;
const KEY_KPENTER: u16 = 96;
const KEY_RIGHTCTRL: u16 = 97;
const KEY_RIGHTALT: u16 = 100;
const KEY_LEFTMETA: u16 = 125;
const KEY_RIGHTMETA: u16 = 126;

/// The keypad's digits; with num lock or without, a scanner means the digit.
fn keypad_digit(key: u16) -> Option<u8> {
    Some(match key {
        71..=73 => 7 + (key - 71) as u8,
        75..=77 => 4 + (key - 75) as u8,
        79..=81 => 1 + (key - 79) as u8,
        82 => 0,
        _ => return None,
    })
}

/// A key's character without and with Shift on a US keyboard.
fn characters(key: u16) -> Option<(u8, u8)> {
    /// Three rows of keys, each from its first key code on.
    const ROWS: [(u16, &[u8], &[u8]); 4] = [
        (2, b"1234567890-=", b"!@#$%^&*()_+"),
        (16, b"qwertyuiop[]", b"QWERTYUIOP{}"),
        (30, b"asdfghjkl;'`", b"ASDFGHJKL:\"~"),
        (43, b"\\zxcvbnm,./", b"|ZXCVBNM<>?"),
    ];
    for (first, plain, shifted) in ROWS {
        let at = usize::from(key.wrapping_sub(first));
        if let (Some(plain), Some(shifted)) = (plain.get(at), shifted.get(at)) {
            return Some((*plain, *shifted));
        }
    }
    match key {
        57 => Some((b' ', b' ')),
        // The keypad's signs.
        55 => Some((b'*', b'*')),
        74 => Some((b'-', b'-')),
        78 => Some((b'+', b'+')),
        83 => Some((b'.', b'.')),
        98 => Some((b'/', b'/')),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Motion::{Press, Release, Repeat};

    /// A US keyboard written down by hand from the kernel's key names, as a second opinion on the rows above.
    const US: &[(u16, &str)] = &[
        (2, "1!"),
        (3, "2@"),
        (4, "3#"),
        (5, "4$"),
        (6, "5%"),
        (7, "6^"),
        (8, "7&"),
        (9, "8*"),
        (10, "9("),
        (11, "0)"),
        (12, "-_"),
        (13, "=+"),
        (16, "qQ"),
        (17, "wW"),
        (18, "eE"),
        (19, "rR"),
        (20, "tT"),
        (21, "yY"),
        (22, "uU"),
        (23, "iI"),
        (24, "oO"),
        (25, "pP"),
        (26, "[{"),
        (27, "]}"),
        (30, "aA"),
        (31, "sS"),
        (32, "dD"),
        (33, "fF"),
        (34, "gG"),
        (35, "hH"),
        (36, "jJ"),
        (37, "kK"),
        (38, "lL"),
        (39, ";:"),
        (40, "'\""),
        (41, "`~"),
        (43, "\\|"),
        (44, "zZ"),
        (45, "xX"),
        (46, "cC"),
        (47, "vV"),
        (48, "bB"),
        (49, "nN"),
        (50, "mM"),
        (51, ",<"),
        (52, ".>"),
        (53, "/?"),
        (57, "  "),
    ];

    fn tap(keyboard: &mut Keyboard, key: u16) -> Option<u8> {
        let text = keyboard.key(key, Press);
        assert_eq!(keyboard.key(key, Repeat), None);
        assert_eq!(keyboard.key(key, Release), None);
        text
    }

    #[test]
    fn every_key_of_a_us_keyboard_without_and_with_either_shift() {
        for (key, both) in US {
            let both = both.as_bytes();
            let mut keyboard = Keyboard::new();
            assert_eq!(tap(&mut keyboard, *key), Some(both[0]), "{key}");
            for shift in [42, 54] {
                keyboard.key(shift, Press);
                assert_eq!(tap(&mut keyboard, *key), Some(both[1]), "{key}");
                keyboard.key(shift, Release);
            }
            assert_eq!(tap(&mut keyboard, *key), Some(both[0]), "{key}");
        }
        let mut typed: Vec<u8> = US.iter().flat_map(|(_, both)| both.bytes()).collect();
        typed.sort_unstable();
        typed.dedup();
        assert_eq!(typed, (b' '..=b'~').collect::<Vec<u8>>(), "all of printable ASCII");
    }

    #[test]
    fn enter_tab_and_the_keypad() {
        let mut keyboard = Keyboard::new();
        assert_eq!((tap(&mut keyboard, 28), tap(&mut keyboard, 96)), (Some(b'\r'), Some(b'\r')));
        assert_eq!(tap(&mut keyboard, 15), Some(b'\t'));
        let pad: Vec<u8> =
            [82, 79, 80, 81, 75, 76, 77, 71, 72, 73].map(|key| tap(&mut keyboard, key).unwrap()).to_vec();
        assert_eq!(pad, b"0123456789");
    }

    #[test]
    fn caps_lock_turns_letters_only() {
        let mut keyboard = Keyboard::new();
        tap(&mut keyboard, 58);
        assert_eq!((tap(&mut keyboard, 30), tap(&mut keyboard, 2)), (Some(b'A'), Some(b'1')));
        keyboard.key(42, Press);
        assert_eq!((tap(&mut keyboard, 30), tap(&mut keyboard, 2)), (Some(b'a'), Some(b'!')));
        keyboard.key(42, Release);
        tap(&mut keyboard, 58);
        assert_eq!(tap(&mut keyboard, 30), Some(b'a'));
    }

    #[test]
    fn control_and_alt_codes() {
        let mut keyboard = Keyboard::new();
        keyboard.key(29, Press);
        // Ctrl-M, Ctrl-J, Ctrl-B, Ctrl-], Ctrl-1.
        let typed = [50, 36, 48, 27, 2].map(|key| tap(&mut keyboard, key));
        assert_eq!(typed, [Some(b'\r'), Some(b'\n'), Some(2), Some(0x1D), Some(UNREADABLE)]);
        keyboard.key(29, Release);
        // Alt + keypad 0 6 5 is A; 300 is nothing.
        for (digits, meant) in [([82, 77, 76], b'A'), ([81, 82, 82], UNREADABLE)] {
            keyboard.key(56, Press);
            for digit in digits {
                assert_eq!(tap(&mut keyboard, digit), None);
            }
            assert_eq!(keyboard.key(56, Release), Some(meant));
        }
        // Alt alone is nothing; Alt with a letter is no character.
        assert_eq!((keyboard.key(56, Press), keyboard.key(56, Release)), (None, None));
        keyboard.key(100, Press);
        assert_eq!(tap(&mut keyboard, 30), Some(UNREADABLE));
    }

    #[test]
    fn a_key_that_no_code_holds_spoils_the_scan_and_locks_do_not() {
        let mut keyboard = Keyboard::new();
        for key in [1, 14, 59, 86, 103, 111, 0, 600, u16::MAX] {
            assert_eq!(tap(&mut keyboard, key), Some(UNREADABLE), "{key}");
        }
        for key in [69, 70, 125, 126, 42, 54, 29, 97] {
            assert_eq!(tap(&mut keyboard, key), None, "{key}");
        }
    }
}
