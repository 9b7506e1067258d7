//! Protocol and parameters selection: agreeing on a protocol and a rate. Source: ISO/IEC 7816-3:2006 §9.

use super::timing::{LineParameters, Rate};

/// What a device can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// 0 or 1.
    pub protocol: u8,
    /// The fastest rate of the device's slot, as its byte; the default rate is `11`.
    pub rate: u8,
}

/// A request that was sent, and what to make of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    bytes: [u8; 4],
}

/// How the card answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreed {
    /// Go on with this rate.
    Rate(Rate),
    /// The answer does not fit the request: reset the card and stay at the default rate.
    Refused,
}

impl Request {
    /// A request, or nothing where none is needed or allowed: the card is in specific mode, or nothing better than the
    /// default would come of it.
    #[must_use]
    pub fn new(card: &LineParameters, wish: Wish) -> Option<Self> {
        let within_reach = Rate::from_byte(wish.rate)
            .is_some_and(|fastest| card.offered.clocks_per_etu() >= fastest.clocks_per_etu());
        let rate = if within_reach { card.offered_byte } else { 0x11 };
        if card.specific.is_some() || (wish.protocol == card.first_protocol && rate == 0x11) {
            return None;
        }
        let pps0 = 0x10 | (wish.protocol & 0x0F);
        Some(Self { bytes: [0xFF, pps0, rate, 0xFF ^ pps0 ^ rate] })
    }

    /// The bytes on the wire.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 4] {
        &self.bytes
    }

    /// How many bytes the answer has in all, once its first two are known.
    #[must_use]
    pub fn answer_length(first_two: [u8; 2]) -> usize {
        let [_, pps0] = first_two;
        3 + usize::from((pps0 >> 4 & 7).count_ones() as u8)
    }

    /// Reads a whole answer. The card may agree, or leave PPS1 out and stay at the default rate.
    #[must_use]
    pub fn read(&self, answer: &[u8]) -> Agreed {
        let [_, pps0, rate, _] = self.bytes;
        let sound = answer.iter().fold(0, |sum, byte| sum ^ byte) == 0;
        match answer {
            [0xFF, p, r, _] if sound && *p == pps0 && *r == rate => {
                Rate::from_byte(rate).map_or(Agreed::Refused, Agreed::Rate)
            }
            [0xFF, p, _] if sound && *p == pps0 & 0x0F => Agreed::Rate(Rate::DEFAULT),
            _ => Agreed::Refused,
        }
    }
}

/// What a card answers to a whole request: the same bytes for what it can do, without PPS1 for a rate it cannot, nothing
/// for a protocol it does not speak or a broken request.
#[must_use]
pub fn answer(card: &LineParameters, speaks: &[u8], request: &[u8]) -> Option<heapless::Vec<u8, 6>> {
    let sound = request.iter().fold(0, |sum, byte| sum ^ byte) == 0;
    let (protocol, rate) = match request {
        [0xFF, pps0, rate, _] if sound && pps0 & 0xF0 == 0x10 => (pps0 & 0x0F, *rate),
        [0xFF, pps0, _] if sound && pps0 & 0xF0 == 0 => (*pps0, 0x11),
        _ => return None,
    };
    if !speaks.contains(&protocol) {
        return None;
    }
    let known = rate == card.offered_byte || rate == 0x11;
    if known {
        heapless::Vec::from_slice(request).ok()
    } else {
        heapless::Vec::from_slice(&[0xFF, protocol, 0xFF ^ protocol]).ok()
    }
}
