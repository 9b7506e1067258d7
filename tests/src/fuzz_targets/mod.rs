//! Bodies of the fuzz targets.
//!
//! Each takes any bytes, must not panic, and states what must hold whenever something was understood. `tests/fuzz` runs them
//! under coverage guidance; the ordinary tests run the same functions from fixed seeds, so that a stable compiler is enough.

mod card;
mod files;
mod link;
mod message;
mod psam;
mod resident;
mod swipe;
mod voucher;

use crate::random::Random;

/// One thing to be fuzzed.
pub struct Target {
    /// The name, also of the cargo-fuzz binary.
    pub name: &'static str,
    /// Takes any bytes.
    pub run: fn(&[u8]),
    /// Well-formed inputs, from which near misses are made.
    pub examples: fn() -> Vec<Vec<u8>>,
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "atr", run: card::atr, examples: card::atr_examples },
    Target { name: "record", run: card::record, examples: card::record_examples },
    Target { name: "identity", run: card::identity, examples: card::identity_examples },
    Target { name: "read_session", run: card::read_session, examples: card::session_examples },
    Target { name: "pin_session", run: card::pin_session, examples: card::session_examples },
    Target { name: "virtual_card", run: card::virtual_card, examples: card::apdu_examples },
    Target { name: "psam_session", run: psam::psam_session, examples: psam::psam_session_examples },
    Target { name: "virtual_psam", run: psam::virtual_psam, examples: psam::virtual_psam_examples },
    Target { name: "id_frames", run: resident::id_frames, examples: resident::id_session_examples },
    Target { name: "id_session", run: resident::id_session, examples: resident::id_session_examples },
    Target { name: "id_text", run: resident::id_text, examples: resident::id_text_examples },
    Target { name: "scanner", run: voucher::scanner, examples: voucher::scanner_examples },
    Target { name: "keyboard", run: voucher::keyboard, examples: voucher::keyboard_examples },
    Target { name: "money", run: message::money, examples: message::money_examples },
    Target { name: "request", run: message::request, examples: message::request_examples },
    Target { name: "response", run: message::response, examples: message::response_examples },
    Target { name: "canonical", run: message::canonical, examples: message::request_examples },
    Target { name: "basket", run: files::basket, examples: files::basket_examples },
    Target { name: "card_spec", run: files::card_spec, examples: files::card_spec_examples },
    Target { name: "swipe_message", run: swipe::message, examples: swipe::message_examples },
    Target { name: "swipe_body", run: swipe::body, examples: swipe::body_examples },
    Target { name: "link_line", run: link::line, examples: link::line_examples },
    Target { name: "link_message", run: link::message, examples: link::message_examples },
    Target { name: "slot_line", run: link::slot, examples: link::slot_examples },
    Target { name: "profile", run: files::profile, examples: files::profile_examples },
];

/// Runs the target of this name.
///
/// # Panics
/// When there is none, or when the target finds a fault: that is its purpose.
pub fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target of this name");
    (target.run)(data);
}

/// An input for a target: an example that was damaged, or plain noise.
pub fn generate(random: &mut Random, examples: &[Vec<u8>]) -> Vec<u8> {
    if examples.is_empty() || random.once_in(8) {
        let count = random.below(64);
        return random.bytes(count);
    }
    let mut data = random.pick(examples).clone();
    for _ in 0..=random.below(4) {
        damage(random, &mut data, examples);
    }
    data
}

fn damage(random: &mut Random, data: &mut Vec<u8>, examples: &[Vec<u8>]) {
    let at = random.below(data.len() + 1);
    match random.below(7) {
        0 => data.truncate(at),
        1 => data.insert(at, random.number() as u8),
        2 if at < data.len() => data[at] ^= 1 << random.below(8),
        3 if at < data.len() => {
            data[at] = *random.pick(&[0x00, 0x7F, 0x80, 0xFF, b'0', b'9', b'"', b'-', b'.'])
        }
        4 if at < data.len() => {
            let end = (at + 1 + random.below(16)).min(data.len());
            data.drain(at..end);
        }
        5 => {
            // A piece from elsewhere: duplicates, reordering, one message's part in another.
            let other = random.pick(examples);
            let from = random.below(other.len() + 1);
            let to = (from + random.below(32)).min(other.len());
            data.splice(at..at, other[from..to].iter().copied());
        }
        _ => {}
    }
}
