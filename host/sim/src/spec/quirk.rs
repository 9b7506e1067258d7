//! Ways in which makers' cards differ, and ways in which a card can be bad.

use std::fmt;
use std::str::FromStr;

/// One peculiarity of a card. In a spec file it is a word, some with a value: `"t0"`, `"slow=300"`.
///
/// A value after a quirk that refuses something is the status word it refuses with (four hex digits); after a
/// quirk that spoils a record it is the record's tag (two hex digits).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Quirk {
    /// `t0` — the reader passes T=0 through: an answer to a command with a body waits for GET RESPONSE (61xx).
    T0,
    /// `must-fetch` — with `t0`, nothing but GET RESPONSE is accepted (6901) while an answer waits.
    MustFetch,
    /// `le-strict` — Le = 00 is refused with 6Cxx too, not only a wrong Le.
    LeStrict,
    /// `mf-first` — SELECT SSSE fails (6A82) until the MF was selected since the last reset.
    MfFirst,
    /// `ssse-is-mf` — the SSSE is the MF itself, selected from the start.
    SsseIsMf,
    /// `no-sfi[=SW]` — READ RECORD with a short file identifier is refused, by default with 6A86.
    NoSfi(u16),
    /// `sfi-ignored` — the short file identifier is ignored and the current EF read (6986 when there is none).
    SfiIgnored,
    /// `rec-only[=SW]` — records are found by number only; a tag is refused, by default with 6A81.
    RecOnly(u16),
    /// `no-fci` — SELECT answers with the status word alone.
    NoFci,
    /// `no-alg` — the FCI does not name the algorithm (no tag 9F0C), so a reader must take 01.
    NoAlg,
    /// `fci-needs-le` — on the antenna, the FCI comes only when SELECT carries Le, as ISO 7816-4 has it.
    FciNeedsLe,
    /// `ef-fci` — SELECT of an EF answers with an FCI as well.
    EfFci,
    /// `ef-p1=00` or `ef-p1=02` — EFs can be selected with this P1 only; the other is refused with 6A86.
    EfP1(u8),
    /// `select-sw=SW` — SELECT SSSE answers this status word (6283 for an invalidated application, …) and selects
    /// nothing.
    SelectSw(u16),
    /// `strict-challenge` — a challenge lives only until the next command.
    StrictChallenge,
    /// `long-card-no` — the card number record is 12 characters long; only the first 9 count.
    LongCardNo,
    /// `no-4e[=SW]` — there is no name extension; asking for it is refused, by default with 6A83.
    No4e(u16),
    /// `no-4e-packed` — there is no name extension and the records after it move up by one.
    No4ePacked,
    /// `ff-padded-name` — the name and its extension are padded with FF instead of 00.
    FfPaddedName,
    /// `space-padded-name` — they are padded with spaces.
    SpacePaddedName,
    /// `version-00` — the specification version is four bytes 00, as on some cards of generation 2.
    Version00,
    /// `wrong-tag[=TAG]` — this record (by default 08) carries another tag than the one it was asked for.
    WrongTag(u8),
    /// `wrong-length[=TAG]` — the length byte of this record (by default 08) does not fit its data.
    WrongLength(u8),
    /// `truncated[=TAG]` — this record (by default 09) ends in the middle of its value.
    Truncated(u8),
    /// `slow=MS` — every command takes this many milliseconds.
    Slow(u32),
    /// `mute` — no answer to reset: lying the wrong way round, or broken.
    Mute,
    /// `no-ssse` — a bank card: it has no social security environment.
    NoSsse,
    /// `endless-61` — always more data (6110), never any. A reader without a loop guard hangs.
    Endless61,
    /// `endless-6c` — the right Le is always another one.
    Endless6c,
}

/// Why a word is not a quirk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum QuirkError {
    /// No quirk has this name.
    Unknown(String),
    /// The quirk needs a value, or another kind of value; the text says which.
    Value(&'static str),
}

impl fmt::Display for QuirkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(word) => {
                write!(f, "no quirk is called \"{word}\"; known are {}", Quirk::NAMES.join(", "))
            }
            Self::Value(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for QuirkError {}

impl Quirk {
    /// Every name, in the order of the manual.
    pub const NAMES: [&'static str; 29] = [
        "t0",
        "must-fetch",
        "le-strict",
        "mf-first",
        "ssse-is-mf",
        "no-sfi",
        "sfi-ignored",
        "rec-only",
        "no-fci",
        "no-alg",
        "fci-needs-le",
        "ef-fci",
        "ef-p1",
        "select-sw",
        "strict-challenge",
        "long-card-no",
        "no-4e",
        "no-4e-packed",
        "ff-padded-name",
        "space-padded-name",
        "version-00",
        "wrong-tag",
        "wrong-length",
        "truncated",
        "slow",
        "mute",
        "no-ssse",
        "endless-61",
        "endless-6c",
    ];
}

impl FromStr for Quirk {
    type Err = QuirkError;

    fn from_str(word: &str) -> Result<Self, QuirkError> {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim())),
            None => (word.trim(), None),
        };
        let quirk = match name {
            "no-sfi" => Self::NoSfi(refusal(value, 0x6A86)?),
            "rec-only" => Self::RecOnly(refusal(value, 0x6A81)?),
            "no-4e" => Self::No4e(refusal(value, 0x6A83)?),
            "select-sw" => match value {
                Some(_) => Self::SelectSw(refusal(value, 0)?),
                None => {
                    return Err(QuirkError::Value(
                        "\"select-sw\" needs a status word, as in \"select-sw=6283\"",
                    ));
                }
            },
            "wrong-tag" => Self::WrongTag(tag(value, 0x08)?),
            "wrong-length" => Self::WrongLength(tag(value, 0x08)?),
            "truncated" => Self::Truncated(tag(value, 0x09)?),
            "ef-p1" => match value {
                Some("00") => Self::EfP1(0x00),
                Some("02") => Self::EfP1(0x02),
                _ => return Err(QuirkError::Value("\"ef-p1\" is \"ef-p1=00\" or \"ef-p1=02\"")),
            },
            "slow" => match value.and_then(|ms| ms.parse().ok()) {
                Some(ms) if ms <= 600_000 => Self::Slow(ms),
                _ => {
                    return Err(QuirkError::Value(
                        "\"slow\" needs milliseconds up to 600000, as in \"slow=300\"",
                    ));
                }
            },
            _ => {
                let quirk = plain(name).ok_or_else(|| QuirkError::Unknown(name.to_owned()))?;
                if value.is_some() {
                    return Err(QuirkError::Value("this quirk takes no value"));
                }
                quirk
            }
        };
        Ok(quirk)
    }
}

/// The quirks without a value.
fn plain(name: &str) -> Option<Quirk> {
    Some(match name {
        "t0" => Quirk::T0,
        "must-fetch" => Quirk::MustFetch,
        "le-strict" => Quirk::LeStrict,
        "mf-first" => Quirk::MfFirst,
        "ssse-is-mf" => Quirk::SsseIsMf,
        "sfi-ignored" => Quirk::SfiIgnored,
        "no-fci" => Quirk::NoFci,
        "no-alg" => Quirk::NoAlg,
        "fci-needs-le" => Quirk::FciNeedsLe,
        "ef-fci" => Quirk::EfFci,
        "strict-challenge" => Quirk::StrictChallenge,
        "long-card-no" => Quirk::LongCardNo,
        "no-4e-packed" => Quirk::No4ePacked,
        "ff-padded-name" => Quirk::FfPaddedName,
        "space-padded-name" => Quirk::SpacePaddedName,
        "version-00" => Quirk::Version00,
        "mute" => Quirk::Mute,
        "no-ssse" => Quirk::NoSsse,
        "endless-61" => Quirk::Endless61,
        "endless-6c" => Quirk::Endless6c,
        _ => return None,
    })
}

fn refusal(value: Option<&str>, default: u16) -> Result<u16, QuirkError> {
    let Some(value) = value else { return Ok(default) };
    match u16::from_str_radix(value, 16) {
        Ok(sw) if value.len() == 4 && sw != 0x9000 && matches!(sw >> 12, 0x6 | 0x9) => Ok(sw),
        _ => Err(QuirkError::Value(
            "the value is a refusing status word of four hex digits, as in \"no-sfi=6986\"",
        )),
    }
}

fn tag(value: Option<&str>, default: u8) -> Result<u8, QuirkError> {
    let Some(value) = value else { return Ok(default) };
    match u8::from_str_radix(value, 16) {
        Ok(tag) if value.len() == 2 => Ok(tag),
        _ => Err(QuirkError::Value("the value is a record's tag of two hex digits, as in \"wrong-tag=0A\"")),
    }
}

/// The quirks of one card; asked for one by one by the model.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Quirks(Vec<Quirk>);

impl Quirks {
    /// Adds one; a later quirk of the same kind stands behind the earlier and has no effect.
    pub fn push(&mut self, quirk: Quirk) {
        self.0.push(quirk);
    }

    /// Whether the card has exactly this quirk.
    #[must_use]
    pub fn has(&self, quirk: Quirk) -> bool {
        self.0.contains(&quirk)
    }

    /// In the order they were given.
    pub fn iter(&self) -> impl Iterator<Item = Quirk> + '_ {
        self.0.iter().copied()
    }

    /// The first value some quirk gives.
    pub(crate) fn value<T>(&self, pick: impl Fn(Quirk) -> Option<T>) -> Option<T> {
        self.0.iter().copied().find_map(pick)
    }
}

impl FromIterator<Quirk> for Quirks {
    fn from_iter<I: IntoIterator<Item = Quirk>>(quirks: I) -> Self {
        Self(quirks.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_with_a_fitting_value() {
        for name in Quirk::NAMES {
            let word = match name {
                "select-sw" => "select-sw=6283".to_owned(),
                "ef-p1" => "ef-p1=02".to_owned(),
                "slow" => "slow=20".to_owned(),
                plain => plain.to_owned(),
            };
            assert!(word.parse::<Quirk>().is_ok(), "{word}");
        }
    }

    #[test]
    fn values_are_read_and_checked() {
        assert_eq!("no-sfi".parse(), Ok(Quirk::NoSfi(0x6A86)));
        assert_eq!("no-sfi=6986".parse(), Ok(Quirk::NoSfi(0x6986)));
        assert_eq!("wrong-tag=0A".parse(), Ok(Quirk::WrongTag(0x0A)));
        assert_eq!("slow=300".parse(), Ok(Quirk::Slow(300)));
        for bad in [
            "no-sfi=9000",
            "no-sfi=69",
            "no-sfi=zzzz",
            "t0=1",
            "slow",
            "slow=-1",
            "ef-p1=01",
            "wrong-tag=1",
            "x",
        ] {
            assert!(bad.parse::<Quirk>().is_err(), "{bad}");
        }
    }
}
