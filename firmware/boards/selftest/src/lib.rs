//! What every new board runs first: the core of the terminal, against a centre in the same image.
//!
//! A device is set up in RAM and enrolled; it swipes, the centre opens the datagram, checks the signature and answers, the
//! device believes the answer; one swipe is cancelled and the reversal acknowledged. Each step is reported with its time in
//! ticks of the board, so that the same run also gives the figures of a processor.
#![no_std]
#![forbid(unsafe_code)]

mod centre;
mod media;
mod noise;

use core::fmt::Write;

use yika_firmware::hal::{Millis, Start};
use yika_firmware::swipes::{Event, Output, Swipes};
use yika_protocol::money::Fen;
use yika_protocol::swipe::{CardCredential, Credential, Draw, Lines, MAX_DATAGRAM, SwipeRequest};

use centre::Centre;
use media::{BLOCKS, Ram};
use noise::Counted;

/// Memory the self-test needs beside its stack: the blocks of a small store.
pub struct Memory([[u8; 512]; BLOCKS]);

impl Memory {
    /// All blocks empty.
    #[must_use]
    pub const fn new() -> Self {
        Self([[0; 512]; BLOCKS])
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

/// The step that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed(pub &'static str);

/// Runs everything. `ticks` is any counter that goes up with time; each step's ticks are written to `report`, one line each:
/// `name ticks`.
///
/// # Errors
/// The first step that went wrong.
pub fn run(memory: &mut Memory, report: &mut impl Write, ticks: impl Fn() -> u64) -> Result<(), Failed> {
    let mut steps = Steps { report, ticks: &ticks };
    let centre = steps.step("centre", || Centre::new().ok_or(Failed("centre")))?;
    let media = Ram(&mut memory.0);
    let mut device = steps.step("provision", || Swipes::provision(media).map_err(|_| Failed("provision")))?;
    let (identity, keys) = steps.step("enrol", || centre.enrol().ok_or(Failed("enrol")))?;
    device.enrol(identity, Millis(0)).map_err(|_| Failed("keep the identity"))?;

    let mut now = Millis(1_000);
    for (name, prepared) in [("without a prepared nonce", false), ("with a prepared nonce", true)] {
        if prepared {
            let mut noise = Counted::default();
            let ready = steps.step("prepare a nonce", || {
                (0..4_000).any(|_| device.idle(&mut noise)).then_some(()).ok_or(Failed("no nonce"))
            });
            ready?;
        }
        now = now.plus(1_000);
        let order = if prepared { "SELF-2" } else { "SELF-1" };
        steps.say(name);
        let mut request = purchase(order);
        let draft =
            steps.step("  challenge", || device.prepare(&mut request, now).map_err(|_| Failed("prepare")))?;
        let Credential::Card(card) = &mut request.credential else { return Err(Failed("card")) };
        card.cryptogram = [7; 8];
        steps
            .step("  seal and sign", || device.commit(draft, &request, now).map_err(|_| Failed("commit")))?;
        let mut datagram = [0; MAX_DATAGRAM];
        let length = to_send(&mut device, now, &mut datagram).ok_or(Failed("nothing to send"))?;
        let sent = datagram.get(..length).ok_or(Failed("length"))?;
        let answer = steps
            .step("  centre", || centre.answer(&keys, sent, Fen(1250)).ok_or(Failed("the centre refused")))?;
        let event = steps.step("  open the answer", || Ok(device.receive(&answer, now)))?;
        if !matches!(event, Some(Event::Settled(_))) {
            return Err(Failed("not settled"));
        }
        if device.receive(&answer, now).is_some() {
            return Err(Failed("the same answer counted twice"));
        }
    }

    let mut request = purchase("SELF-3");
    let draft = device.prepare(&mut request, now).map_err(|_| Failed("prepare a third"))?;
    device.commit(draft, &request, now).map_err(|_| Failed("commit a third"))?;
    let given_up = steps.step("give up", || Ok(device.give_up(now)))?;
    if !matches!(given_up, Some(Event::Reversing { .. })) {
        return Err(Failed("not reversing"));
    }
    let mut datagram = [0; MAX_DATAGRAM];
    let length = to_send(&mut device, now, &mut datagram).ok_or(Failed("no reversal"))?;
    let answer =
        centre.undone(&keys, datagram.get(..length).unwrap_or_default()).ok_or(Failed("reversal refused"))?;
    if !matches!(device.receive(&answer, now), Some(Event::Reversed { .. })) || device.open_reversals() != 0 {
        return Err(Failed("not reversed"));
    }

    let media = device.into_media();
    let mut again = steps
        .step("start again", || Swipes::open(media, Start::PowerOn, Millis(0)).map_err(|_| Failed("open")))?;
    let day = again.last_day().ok_or(Failed("no day"))?;
    let totals = again.totals(day).map_err(|_| Failed("totals"))?;
    if totals.count != 2 || totals.acct != Fen(2500) || again.open_reversals() != 0 {
        return Err(Failed("books after the restart"));
    }
    steps.say("all good");
    Ok(())
}

fn purchase(order_no: &str) -> SwipeRequest<'_> {
    let card = CardCredential {
        identification: [
            0x99, 0x01, 0x00, 0xD1, 0x56, 0x00, 0x00, 0x05, 0x99, 0x99, 0x99, 0x99, 0xFF, 0xFF, 0xFF, 0xFF,
        ],
        card_no: heapless::Vec::from_array(*b"X00000019"),
        version: *b"3.00",
        reset_info: heapless::Vec::from_array([0, 0x81, 0x54, 0x31, 0, 0x86, 0x60, 0x21, 1, 1, 0, 0, 7]),
        algorithm: 3,
        cryptogram: [0; 8],
        expires: None,
    };
    SwipeRequest {
        order_no,
        amount: Fen(1250),
        lines: Lines::NONE,
        draw: Draw::AccountOnly,
        pin_verified: false,
        centre_challenge: None,
        valid_until: None,
        credential: Credential::Card(card),
    }
}

fn to_send(device: &mut Swipes<Ram<'_>>, now: Millis, into: &mut [u8; MAX_DATAGRAM]) -> Option<usize> {
    while let Some(output) = device.poll(now) {
        if let Output::Send(bytes) = output {
            into.get_mut(..bytes.len())?.copy_from_slice(bytes);
            return Some(bytes.len());
        }
    }
    None
}

struct Steps<'a, W, T> {
    report: &'a mut W,
    ticks: &'a T,
}

impl<W: Write, T: Fn() -> u64> Steps<'_, W, T> {
    fn step<R>(&mut self, name: &str, work: impl FnOnce() -> Result<R, Failed>) -> Result<R, Failed> {
        let began = (self.ticks)();
        let result = work();
        let ended = (self.ticks)();
        // A report that nobody reads is no fault of the core.
        let _ = writeln!(self.report, "{name} {}", ended.saturating_sub(began));
        result
    }

    fn say(&mut self, text: &str) {
        let _ = writeln!(self.report, "{text}");
    }
}
