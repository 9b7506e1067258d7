//! One session over one line: what to send, how long to listen, when to give up.

use super::error::ReadError;
use crate::{Cancel, serial::Line};
use std::time::Duration;
use yika_protocol::resident_card::{Session, Step};
use zeroize::Zeroize;

/// Bytes do not pause so long inside a frame: what has begun then will not be finished.
const GAP: Duration = Duration::from_millis(500);
/// A cancel is seen within this time.
const SLICE: Duration = Duration::from_millis(100);
/// Without a wait a card is looked for so often: the field of a module that sleeps needs a moment.
const LOOKS: u32 = 3;
/// Start bit, eight data bits, stop bit.
const BITS: u64 = 10;

/// Runs `session` to its end. `wait` is how long to wait for a card.
pub(super) fn run(
    line: &mut dyn Line,
    baud: u32,
    session: &mut Session,
    wait: Option<Duration>,
    cancel: &Cancel,
) -> Result<(), ReadError> {
    let began = line.now();
    let mut looks = 0;
    let mut step = session.begin();
    loop {
        let deadline = match step {
            Step::Done => return Ok(()),
            Step::Receive => line.now(),
            Step::Send { frame, within_ms, answer } => {
                line.clear_input()?;
                line.send(&frame)?;
                let bytes = frame.len() as u64 + u64::from(answer);
                let on_the_line = Duration::from_millis(bytes * BITS * 1000 / u64::from(baud.max(1)));
                line.now() + Duration::from_millis(within_ms.into()) + on_the_line
            }
            Step::NoCard { again_in_ms } => {
                looks += 1;
                let pause = Duration::from_millis(again_in_ms.into());
                let over = match wait {
                    None => looks >= LOOKS,
                    Some(wait) => line.now() + pause >= began + wait,
                };
                if over {
                    return Err(ReadError::NoCard);
                }
                line.now() + pause
            }
        };
        step = listen(line, session, deadline, cancel)?;
    }
}

/// Feeds what arrives until the session knows its next step, or the time is over.
fn listen(
    line: &mut dyn Line,
    session: &mut Session,
    deadline: Duration,
    cancel: &Cancel,
) -> Result<Step, ReadError> {
    let mut buffer = Chunk([0; 512]);
    let mut heard = line.now();
    loop {
        // A card that was found is read to its end: it could not be found again without lifting it.
        if cancel.is_cancelled() && !session.has_card() {
            return Err(ReadError::Cancelled);
        }
        let now = line.now();
        let end = if session.mid_frame() { deadline.min(heard + GAP) } else { deadline };
        let left = end.saturating_sub(now);
        if left.is_zero() {
            return Ok(session.elapsed()?);
        }
        let count = line.receive(&mut buffer.0, left.min(SLICE))?;
        if count == 0 {
            continue;
        }
        heard = line.now();
        // What lies behind the answer came before the next command, so it is of the past: it is dropped.
        let (step, _) = session.feed(buffer.0.get(..count).unwrap_or_default())?;
        if step != Step::Receive {
            return Ok(step);
        }
    }
}

/// Bytes on their way, wiped afterwards: they are a person's.
struct Chunk([u8; 512]);

impl Drop for Chunk {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}
