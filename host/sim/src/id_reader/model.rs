//! The security module of a reader, as a model: commands in, answers with their times out.

use std::time::Duration;

use super::faults::IdFaults;
use super::layout;
use super::spec::IdCardSpec;

const PREAMBLE: [u8; 5] = [0xAA, 0xAA, 0xAA, 0x96, 0x69];
/// Looks for a card that come faster than this find nothing.
const POLL: Duration = Duration::from_millis(300);
/// Longer requests do not exist.
const LONGEST_REQUEST: usize = 64;

/// Something the reader does at a moment.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// When, on the caller's clock.
    pub at: Duration,
    /// At which line speed; a program that listens at another gets bits that mean nothing.
    pub baud: u32,
    /// What.
    pub what: Emit,
}

/// What a reader does to its line.
#[derive(Clone, PartialEq, Eq)]
pub enum Emit {
    /// Bytes go out.
    Bytes(Vec<u8>),
    /// The plug is pulled, and put back after this long.
    Unplug(Duration),
}

/// Where the card is in its reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Card {
    Lifted,
    Laid,
    Found,
    Chosen,
    /// Not found again until it is lifted.
    Done,
}

/// A reader with its card. The clock is the caller's: any time that never goes back.
pub struct IdReaderModel {
    spec: IdCardSpec,
    faults: IdFaults,
    card: Card,
    speed: u32,
    request: Vec<u8>,
    last_look: Option<Duration>,
    /// A module does one thing after the other.
    busy_until: Duration,
    reads: u64,
}

impl IdReaderModel {
    /// A reader on which this card lies.
    #[must_use]
    pub fn new(spec: IdCardSpec, faults: IdFaults) -> Self {
        let speed = spec.speed;
        Self {
            spec,
            faults,
            card: Card::Laid,
            speed,
            request: Vec::new(),
            last_look: None,
            busy_until: Duration::ZERO,
            reads: 0,
        }
    }

    /// The line speed it listens at, in baud. Bytes sent at another speed do not reach it as bytes.
    #[must_use]
    pub fn speed(&self) -> u32 {
        self.speed
    }

    /// How often a card's content was given out.
    #[must_use]
    pub fn reads(&self) -> u64 {
        self.reads
    }

    /// Takes the card away.
    pub fn lift(&mut self) {
        self.card = Card::Lifted;
    }

    /// Lays the card, if none lies there.
    pub fn lay(&mut self) {
        if self.card == Card::Lifted {
            self.card = Card::Laid;
        }
    }

    /// Lays another card, lifting the one that lies there.
    pub fn lay_other(&mut self, spec: IdCardSpec) {
        self.spec = IdCardSpec { speed: self.spec.speed, sam_id: self.spec.sam_id.clone(), ..spec };
        self.card = Card::Laid;
    }

    /// Spoils answers in another way from now on.
    pub fn set_faults(&mut self, faults: IdFaults) {
        self.faults = faults;
    }

    /// Power was off and is on again.
    pub fn restart(&mut self, now: Duration) {
        if self.card != Card::Lifted {
            self.card = Card::Laid;
        }
        self.request.clear();
        self.last_look = None;
        self.busy_until = now;
    }

    /// Bytes from the program at `now`. The replies are in the order of their times.
    pub fn receive(&mut self, bytes: &[u8], now: Duration) -> Vec<Reply> {
        let mut replies = Vec::new();
        for byte in bytes {
            self.request.push(*byte);
            while let Some(content) = self.next_request() {
                // A new line speed counts after its own answer.
                let baud = self.speed;
                let answer = frame(&self.answer(content, now));
                let think = if content == Ok([0x30, 0x01]) || content == Ok([0x30, 0x10]) {
                    self.spec.read_ms
                } else {
                    self.spec.answer_ms
                };
                let at = self.busy_until.max(now) + Duration::from_millis(think.into());
                let spoiled = self.faults.spoil(answer, at, baud);
                self.busy_until = spoiled.last().map_or(at, |reply| reply.at.max(at));
                replies.extend(spoiled);
            }
        }
        replies
    }

    /// The next whole request at the start of what was received: command and parameter, or the status of its damage.
    fn next_request(&mut self) -> Option<Result<[u8; 2], u8>> {
        loop {
            let fits = PREAMBLE.iter().zip(&self.request).all(|(a, b)| a == b);
            if self.request.is_empty() {
                return None;
            }
            if !fits || self.request.len() > LONGEST_REQUEST {
                self.request.remove(0);
                continue;
            }
            let [high, low] = *self.request.get(5..7)?.first_chunk::<2>()?;
            let length = usize::from(u16::from_be_bytes([high, low]));
            if length != 3 {
                self.request.clear();
                return Some(Err(0x11));
            }
            let body = self.request.get(5..10)?;
            let good = body.iter().fold(0, |sum, byte| sum ^ byte) == 0;
            let content =
                if let [_, _, command, parameter, _] = *body { [command, parameter] } else { [0, 0] };
            self.request.drain(..10);
            return Some(if good { Ok(content) } else { Err(0x10) });
        }
    }

    /// Status and data.
    fn answer(&mut self, request: Result<[u8; 2], u8>, now: Duration) -> Vec<u8> {
        let content = match request {
            Ok(content) => content,
            Err(status) => return vec![0, 0, status],
        };
        let forced = |name: &str| self.spec.forced(name);
        let status = |status: u8| vec![0, 0, status];
        match content {
            [0x10, 0xFF] => {
                self.restart(now);
                status(0x90)
            }
            [0x11, 0xFF] => status(forced("module").unwrap_or(0x90)),
            [0x12, 0xFF] => match forced("module") {
                Some(code) => status(code),
                None => [&[0, 0, 0x90][..], &self.spec.sam_number().unwrap_or_default()].concat(),
            },
            [0x20, 0x01] => {
                let too_soon = self.last_look.is_some_and(|last| now < last + POLL);
                self.last_look = Some(now);
                if let Some(code) = forced("find") {
                    return status(code);
                }
                match self.card {
                    Card::Laid | Card::Found | Card::Chosen if !too_soon => {
                        self.card = Card::Found;
                        self.last_look = None;
                        vec![0, 0, 0x9F, 0, 0, 0, 0]
                    }
                    _ => status(0x80),
                }
            }
            [0x20, 0x02] => match (forced("select"), self.card) {
                (Some(code), _) => status(code),
                (None, Card::Found | Card::Chosen) => {
                    self.card = Card::Chosen;
                    [&[0, 0, 0x90][..], &[0; 8]].concat()
                }
                (None, _) => status(0x81),
            },
            [0x30, form @ (0x01 | 0x10)] => {
                if let Some(code) = forced("read") {
                    return status(code);
                }
                match self.card {
                    Card::Chosen => {}
                    Card::Done if self.spec.reread => {}
                    _ => return status(0x41),
                }
                self.card = Card::Done;
                self.reads += 1;
                self.content(form == 0x10)
            }
            [0x30, 0x03] => match (forced("added_address"), self.card) {
                (Some(code), _) => status(code),
                (None, Card::Chosen | Card::Done) if self.spec.added_address.is_empty() => status(0x91),
                (None, Card::Chosen | Card::Done) => {
                    [&[0, 0, 0x90][..], &layout::added_address(&self.spec.added_address)].concat()
                }
                (None, _) => status(0x41),
            },
            [0x60, number] => {
                let speeds = [115_200, 57_600, 38_400, 19_200, 9_600];
                match speeds.get(usize::from(number)) {
                    Some(speed) => {
                        self.speed = *speed;
                        status(0x90)
                    }
                    None => status(0x21),
                }
            }
            _ => status(0x21),
        }
    }

    fn content(&self, with_fingerprint: bool) -> Vec<u8> {
        let text = self.spec.text_block();
        let photo = picture(self.spec.photo_bytes, &text);
        let finger = picture(self.spec.fingerprint_bytes, &text);
        let mut content = vec![0, 0, 0x90, 1, 0];
        content.extend_from_slice(&self.spec.photo_bytes.to_be_bytes());
        if with_fingerprint {
            content.extend_from_slice(&self.spec.fingerprint_bytes.to_be_bytes());
        }
        content.extend_from_slice(&text);
        content.extend_from_slice(&photo);
        if with_fingerprint {
            content.extend_from_slice(&finger);
        }
        content
    }
}

/// No picture of anyone: bytes that differ from card to card, so that one person's photo beside another's text is seen.
fn picture(length: u16, text: &[u8]) -> Vec<u8> {
    let mark = text.iter().fold(0_u32, |sum, byte| sum.rotate_left(5) ^ u32::from(*byte));
    mark.to_be_bytes().into_iter().cycle().take(length.into()).collect()
}

fn frame(content: &[u8]) -> Vec<u8> {
    let length = (content.len() + 1) as u16;
    let mut frame = PREAMBLE.to_vec();
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(content);
    let check = frame.iter().skip(PREAMBLE.len()).fold(0, |sum, byte| sum ^ byte);
    frame.push(check);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: [u8; 10] = [0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x03, 0x12, 0xFF, 0xEE];
    const FIND: [u8; 10] = [0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x03, 0x20, 0x01, 0x22];
    const SELECT: [u8; 10] = [0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x03, 0x20, 0x02, 0x21];
    const READ: [u8; 10] = [0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x03, 0x30, 0x01, 0x32];
    const NO_CARD: [u8; 11] = [0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x04, 0x00, 0x00, 0x80, 0x84];
    const FOUND: [u8; 15] = [0xAA, 0xAA, 0xAA, 0x96, 0x69, 0, 8, 0, 0, 0x9F, 0, 0, 0, 0, 0x97];

    struct Desk(IdReaderModel, Duration);

    impl Desk {
        fn new(spec: IdCardSpec) -> Self {
            Desk(IdReaderModel::new(spec, IdFaults::none()), Duration::ZERO)
        }

        fn after(&mut self, ms: u64, request: &[u8]) -> Vec<u8> {
            self.1 += Duration::from_millis(ms);
            let replies = self.0.receive(request, self.1);
            replies
                .into_iter()
                .flat_map(|reply| match reply.what {
                    Emit::Bytes(bytes) => bytes,
                    Emit::Unplug(_) => panic!("no faults here"),
                })
                .collect()
        }
    }

    #[test]
    fn a_card_is_read_once_and_then_lifted() {
        let mut desk = Desk::new(IdCardSpec::default());
        assert_eq!(desk.after(0, &NUMBER).len(), 27);
        assert_eq!(desk.after(10, &FIND), FOUND);
        assert_eq!(desk.after(10, &SELECT).len(), 19);
        assert_eq!(desk.after(10, &READ).len(), 1295, "as the specification counts it");
        assert_eq!(desk.after(400, &FIND), NO_CARD, "it was read");
        desk.0.lift();
        assert_eq!(desk.after(400, &FIND), NO_CARD);
        desk.0.lay();
        assert_eq!(desk.after(100, &FIND), NO_CARD, "too soon after the last look");
        assert_eq!(desk.after(400, &FIND), FOUND);
    }

    #[test]
    fn nothing_is_read_out_of_order() {
        let mut desk = Desk::new(IdCardSpec::default());
        assert_eq!(desk.after(0, &SELECT)[9], 0x81);
        assert_eq!(desk.after(0, &READ)[9], 0x41);
        desk.after(0, &FIND);
        assert_eq!(desk.after(0, &READ)[9], 0x41);
    }

    #[test]
    fn damaged_requests_are_answered_with_their_status_and_noise_is_skipped() {
        let mut desk = Desk::new(IdCardSpec::default());
        let mut bad = FIND;
        bad[9] ^= 1;
        assert_eq!(desk.after(0, &bad)[9], 0x10);
        assert_eq!(desk.after(0, &[0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x09])[9], 0x11);
        assert_eq!(desk.after(0, &[&[0xAA, 0x00, 0xFF][..], &FIND].concat()), FOUND);
    }

    #[test]
    fn the_line_speed_changes_after_the_answer() {
        let mut desk = Desk::new(IdCardSpec::default());
        let to_9600 = [0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x03, 0x60, 0x04, 0x67];
        assert_eq!(desk.after(0, &to_9600)[9], 0x90);
        assert_eq!(desk.0.speed(), 9_600);
    }
}
