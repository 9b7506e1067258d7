//! Helpers of the card scenarios: hex, transcripts, and a small card that answers by its files.
#![allow(dead_code, reason = "each test file uses its part")]

use yika_protocol::{
    apdu::{Atr, Protocol},
    card_keys::{KeyAnswer, KeyRequest},
    social_card::{CardData, Input, Partial, ReadError, ReadPlan, ReadSession, Step},
};

pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// The usual contact ATR: 13 historical bytes, T=0, no TCK.
pub(crate) fn contact_atr() -> Atr {
    Atr::parse(&hex("3B6D0000 00815431008660210101000007")).unwrap()
}

/// The same historical bytes in the form of PC/SC part 3; TCK worked out by hand (XOR of all but the first byte).
pub(crate) fn contactless_atr() -> Atr {
    let mut atr = hex("3B8D8001 00815431008660210101000007");
    atr.push(atr[1..].iter().fold(0, |sum, byte| sum ^ byte));
    Atr::parse(&atr).unwrap()
}

/// What stands for the key service in a read.
pub(crate) enum Keys<'a> {
    None(Partial),
    Answer(&'a dyn Fn(&KeyRequest) -> KeyAnswer),
}

/// Runs a session against `card`; gives the outcome and the commands.
pub(crate) fn run(
    mut session: ReadSession,
    card: &mut dyn FnMut(&[u8]) -> Vec<u8>,
    keys: &Keys<'_>,
) -> (Result<CardData, ReadError>, Vec<Vec<u8>>) {
    let mut sent = Vec::new();
    let mut step = session.next(Input::Start);
    loop {
        step = match step {
            Ok(Step::Send(command)) => {
                sent.push(command.as_bytes().to_vec());
                assert!(sent.len() < 200, "the session does not end");
                session.next(Input::Response(&card(command.as_bytes())))
            }
            Ok(Step::NeedKeys(request)) => match keys {
                Keys::None(reason) => session.next(Input::NoKeys(*reason)),
                Keys::Answer(answer) => session.next(Input::Keys(&answer(&request))),
            },
            Ok(Step::Done(data)) => return (Ok(data), sent),
            Err(error) => return (Err(error), sent),
        };
    }
}

/// Plays a transcript: each command must be the next expected one, to the byte.
pub(crate) fn play(
    session: ReadSession,
    transcript: &[(&str, &str)],
    keys: &Keys<'_>,
) -> Result<CardData, ReadError> {
    let mut lines = transcript.iter();
    let mut card = |command: &[u8]| {
        let (expected, answer) = lines.next().unwrap_or_else(|| panic!("unexpected command {command:02X?}"));
        assert_eq!(command, hex(expected), "expected {expected}");
        hex(answer)
    };
    let (outcome, _) = run(session, &mut card, keys);
    assert!(lines.next().is_none(), "the session ended before the transcript did");
    outcome
}

/// Quirks of makers.
#[derive(Clone, Default)]
pub(crate) struct Quirks {
    /// SELECT SSSE fails with 6A82 until 3F00 was selected.
    pub(crate) mf_first: bool,
    /// Status for a read with a short file identifier.
    pub(crate) no_sfi: Option<u16>,
    /// Status for a read by tag.
    pub(crate) no_tags: Option<u16>,
    /// Status for a read by number.
    pub(crate) no_numbers: Option<u16>,
    /// T=0: answers to commands with data wait for GET RESPONSE; a wrong Le is `6Cxx`.
    pub(crate) t0: bool,
    /// SELECT EF only with P1 00.
    pub(crate) select_p1_00: bool,
    /// No FCI.
    pub(crate) no_fci: bool,
    /// A wrong Le is `6700` instead of `6Cxx`.
    pub(crate) le_strict: bool,
    /// A short Le cuts the record without a word.
    pub(crate) cuts: bool,
}

/// A card that answers by its files; no keys, for generations 1 and 2.
pub(crate) struct FileCard {
    pub(crate) quirks: Quirks,
    pub(crate) algorithm: Option<u8>,
    pub(crate) ef05: Vec<Vec<u8>>,
    pub(crate) ef06: Vec<Vec<u8>>,
    mf: bool,
    ssse: bool,
    current: u8,
    waiting: Vec<u8>,
}

pub(crate) fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    [&[tag, value.len() as u8], value].concat()
}

fn padded(value: &[u8], len: usize) -> Vec<u8> {
    let mut value = value.to_vec();
    value.resize(len, 0);
    value
}

impl FileCard {
    /// A whole card of this generation, of an invented person: 张三 in GB 18030.
    pub(crate) fn new(generation: u8, quirks: Quirks) -> Self {
        let version = format!("{generation}.00");
        let ef05 = vec![
            tlv(1, &hex("990100D15600000501AABBCCDDEEFF00")),
            tlv(2, b"1"),
            tlv(3, version.as_bytes()),
            tlv(4, &hex("990100000000000000000001")),
            tlv(5, &hex("20190501")),
            tlv(6, &hex("20290501")),
            tlv(7, b"X00000019"),
        ];
        let mut ef06 = vec![
            tlv(0x08, b"990101199001011230"),
            tlv(0x09, &padded(&[0xD5, 0xC5, 0xC8, 0xFD], 30)),
            tlv(0x4E, &padded(&[], 20)),
            tlv(0x0A, b"1"),
            tlv(0x0B, &[0x01]),
            tlv(0x0C, &hex("990101")),
            tlv(0x0D, &hex("19900101")),
        ];
        if generation == 1 {
            ef06.remove(2);
        }
        Self { quirks, algorithm: None, ef05, ef06, mf: false, ssse: false, current: 0, waiting: Vec::new() }
    }

    pub(crate) fn answer(&mut self, command: &[u8]) -> Vec<u8> {
        let status = |word: u16| word.to_be_bytes().to_vec();
        let (data, word) = match command {
            [0x00, 0xA4, 0x04, 0x00, 0x0F, rest @ ..] => {
                assert_eq!(rest[..15], hex("7378312E73682EC9E7BBE1B1A3D5CF"));
                if self.quirks.mf_first && !self.mf {
                    return status(0x6A82);
                }
                (self.ssse, self.current) = (true, 0);
                (self.fci(), 0x9000)
            }
            [0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00, ..] => {
                (self.mf, self.ssse) = (true, false);
                (Vec::new(), 0x9000)
            }
            [0x00, 0xA4, p1 @ (0x00 | 0x02), 0x00, 0x02, 0xEF, file @ (5 | 6), ..] if self.ssse => {
                if self.quirks.select_p1_00 && *p1 == 2 {
                    return status(0x6A86);
                }
                self.current = *file;
                (Vec::new(), 0x9000)
            }
            [0x00, 0xC0, 0x00, 0x00, le] => {
                if usize::from(*le) != self.waiting.len() {
                    return vec![0x6C, self.waiting.len() as u8];
                }
                let mut answer = std::mem::take(&mut self.waiting);
                answer.extend([0x90, 0x00]);
                return answer;
            }
            [0x00, 0xB2, p1, p2, le] if self.ssse => match self.read(*p1, *p2) {
                Ok(record) => return self.deliver(record, *le),
                Err(word) => (Vec::new(), word),
            },
            _ => (Vec::new(), 0x6D00),
        };
        if self.quirks.t0 && !data.is_empty() {
            let len = data.len() as u8;
            self.waiting = data;
            return vec![0x61, len];
        }
        [data, status(word)].concat()
    }

    fn deliver(&self, mut record: Vec<u8>, le: u8) -> Vec<u8> {
        let len = record.len();
        if le != 0 && usize::from(le) < len && self.quirks.cuts {
            record.truncate(usize::from(le));
        } else if usize::from(le) != len && (self.quirks.le_strict || self.quirks.t0 || le != 0) {
            if self.quirks.le_strict && le != 0 {
                return vec![0x67, 0x00];
            }
            if !self.quirks.le_strict {
                return vec![0x6C, len as u8];
            }
        }
        record.extend([0x90, 0x00]);
        record
    }

    fn fci(&self) -> Vec<u8> {
        if self.quirks.no_fci {
            return Vec::new();
        }
        let mut inner = tlv(0x84, &hex("7378312E73682EC9E7BBE1B1A3D5CF"));
        if let Some(algorithm) = self.algorithm {
            inner.extend(tlv(0xA5, &[0x9F, 0x0C, 0x03, 0x86, 0x01, algorithm]));
        }
        tlv(0x6F, &inner)
    }

    fn read(&mut self, p1: u8, p2: u8) -> Result<Vec<u8>, u16> {
        let (sfi, by_number) = (p2 >> 3, p2 & 7 == 4);
        if let (1.., Some(word)) = (sfi, self.quirks.no_sfi) {
            return Err(word);
        }
        if let (true, Some(word)) = (by_number, self.quirks.no_numbers) {
            return Err(word);
        }
        if let (false, Some(word)) = (by_number, self.quirks.no_tags) {
            return Err(word);
        }
        let file = match if sfi == 0 { self.current } else { sfi } {
            5 => &self.ef05,
            6 => &self.ef06,
            _ => return Err(0x6986),
        };
        let record = if by_number {
            file.get(usize::from(p1).wrapping_sub(1))
        } else {
            file.iter().find(|record| record[0] == p1)
        };
        record.cloned().ok_or(0x6A83)
    }
}

/// Reads a whole card over T=0.
pub(crate) fn read(card: &mut FileCard, plan: ReadPlan) -> (Result<CardData, ReadError>, Vec<Vec<u8>>) {
    let session = ReadSession::new(plan, Protocol::T0, Some(&contact_atr()));
    run(session, &mut |command| card.answer(command), &Keys::None(Partial::NoKeyService))
}
