//! What somebody at the counter does, as words.

use std::fmt;
use std::str::FromStr;

use yika_firmware::hal::Key;
use yika_firmware::pinpad::PadKey;

/// One thing that somebody does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// A key of the housing.
    Key(Key),
    /// Keys of the keypad, one after the other.
    Pad(Vec<PadKey>),
    /// The card goes in, or out.
    Card(bool),
    /// The identity card is laid, or lifted.
    IdCard(bool),
    /// A code is scanned; the desk's own when none is given.
    Scan(Option<String>),
    /// Nothing for so many milliseconds.
    Wait(u64),
    /// Until the screen shows this text.
    Until(String),
    /// A picture of the screen is kept under this name.
    Shot(String),
    /// The screen is printed.
    Screen,
    /// Power goes and comes back.
    Power,
    /// The device resets itself.
    Reset,
    /// The network is there, or not.
    Network(bool),
}

/// A word that means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError(String);

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl std::error::Error for ScriptError {}

impl FromStr for Act {
    type Err = ScriptError;

    fn from_str(word: &str) -> Result<Self, ScriptError> {
        let bad = || ScriptError(word.to_owned());
        let digits = |text: &str| -> Option<Vec<PadKey>> {
            let keys = text.bytes().map(|byte| byte.is_ascii_digit().then(|| PadKey::Digit(byte - b'0')));
            keys.collect::<Option<Vec<_>>>().filter(|keys| !keys.is_empty())
        };
        Ok(match word.split_once(':') {
            Some(("scan", code)) => Self::Scan(Some(code.to_owned())),
            Some(("wait", millis)) => Self::Wait(millis.parse().map_err(|_| bad())?),
            // A blank ends a word, so one in the text is written as an underline.
            Some(("until", text)) if !text.is_empty() => Self::Until(text.replace('_', " ")),
            Some(("shot", name)) if !name.is_empty() => Self::Shot(name.to_owned()),
            Some(("pin", text)) => {
                let mut keys = digits(text).ok_or_else(bad)?;
                keys.push(PadKey::Enter);
                Self::Pad(keys)
            }
            Some(_) => return Err(bad()),
            None => match word {
                "up" => Self::Key(Key::Up),
                "down" => Self::Key(Key::Down),
                "left" => Self::Key(Key::Left),
                "right" => Self::Key(Key::Right),
                "ok" => Self::Key(Key::Select),
                "enter" => Self::Pad(vec![PadKey::Enter]),
                "cancel" => Self::Pad(vec![PadKey::Cancel]),
                "back" => Self::Pad(vec![PadKey::Back]),
                "card" => Self::Card(true),
                "nocard" => Self::Card(false),
                "id" => Self::IdCard(true),
                "noid" => Self::IdCard(false),
                "scan" => Self::Scan(None),
                "screen" => Self::Screen,
                "power" => Self::Power,
                "reset" => Self::Reset,
                "online" => Self::Network(true),
                "offline" => Self::Network(false),
                number => Self::Pad(digits(number).ok_or_else(bad)?),
            },
        })
    }
}

/// A whole script, word by word.
///
/// # Errors
/// The first word that means nothing.
pub fn script(text: &str) -> Result<Vec<Act>, ScriptError> {
    text.split_whitespace().map(str::parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_acts() {
        let acts = script("ok 12 ok card until:结算成功 shot:paid pin:1234 wait:50 scan:ABC").unwrap();
        assert_eq!(acts[1], Act::Pad(vec![PadKey::Digit(1), PadKey::Digit(2)]));
        assert_eq!(acts[4], Act::Until("结算成功".to_owned()));
        assert_eq!(acts.len(), 9);
        assert!(matches!(&acts[6], Act::Pad(keys) if keys.len() == 5));
    }

    #[test]
    fn a_word_that_means_nothing_is_told() {
        for word in ["okay", "wait:soon", "pin:12a", "until:", "shot:", "x:y"] {
            assert_eq!(script(&format!("ok {word}")).unwrap_err().to_string(), word);
        }
    }
}
