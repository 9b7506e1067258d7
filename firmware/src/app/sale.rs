//! The purchase being made.

use heapless::Vec;
use yika_protocol::cbor::Writer;
use yika_protocol::money::Fen;
use yika_protocol::swipe::{CardCredential, Challenge, Counter, Credential, Draw, Lines, SwipeRequest};

use crate::slip::Shown;
use crate::slot::CardIdentity;
use crate::swipes::{Draft, OrderNo};

/// Bytes of encoded lines that can fit one datagram beside the rest.
const LINES: usize = 1100;

/// A purchase from the amount to the answer.
#[derive(Debug, Default)]
pub(super) struct Sale {
    pub(super) order_no: OrderNo,
    pub(super) amount: Fen,
    pub(super) everything: bool,
    pub(super) pin_wanted: bool,
    pub(super) pin_verified: bool,
    pub(super) from_till: bool,
    pub(super) credential: Option<Credential>,
    pub(super) challenge: Option<Challenge>,
    pub(super) draft: Option<Draft>,
    /// The counter, once the swipe is durable.
    pub(super) counter: Option<Counter>,
    pub(super) lines: Vec<u8, LINES>,
}

impl Sale {
    /// Takes the lines of the till; false when no datagram could hold them.
    pub(super) fn set_lines(&mut self, lines: &Lines<'_>) -> bool {
        self.lines.clear();
        if lines.is_empty() {
            return true;
        }
        if self.lines.resize(LINES, 0).is_err() {
            return false;
        }
        let mut writer = Writer::new(&mut self.lines);
        let written = lines.encode(&mut writer).map(|()| writer.len());
        match written {
            Ok(length) => {
                self.lines.truncate(length);
                true
            }
            Err(_) => {
                self.lines.clear();
                false
            }
        }
    }

    /// Whether the till asks for this very sale again.
    pub(super) fn is(&self, other: &Sale) -> bool {
        self.order_no == other.order_no
            && self.amount == other.amount
            && self.everything == other.everything
            && self.lines == other.lines
    }

    /// Back to before a credential was shown.
    pub(super) fn forget_credential(&mut self) {
        self.credential = None;
        self.challenge = None;
        self.draft = None;
        self.counter = None;
        self.pin_verified = false;
    }

    /// What was shown.
    pub(super) fn shown(&self) -> Option<Shown> {
        self.credential.as_ref().map(|credential| match credential {
            Credential::Card(_) => Shown::Card,
            Credential::Voucher(_) => Shown::Code,
            Credential::IdCard(_) => Shown::IdCard,
        })
    }

    /// The request, once something was shown.
    pub(super) fn request(&self) -> Option<SwipeRequest<'_>> {
        let lines =
            if self.lines.is_empty() { Lines::NONE } else { Lines::from_encoded(&self.lines).ok()? };
        Some(SwipeRequest {
            order_no: &self.order_no,
            amount: self.amount,
            lines,
            draw: if self.everything { Draw::Everything } else { Draw::AccountOnly },
            pin_verified: self.pin_verified,
            centre_challenge: self.challenge,
            valid_until: None,
            credential: self.credential.clone()?,
        })
    }
}

/// A card that has not answered yet.
pub(super) fn unanswered(card: &CardIdentity) -> CardCredential {
    let mut card_no = Vec::new();
    for byte in card.card_no.iter().take_while(|byte| byte.is_ascii_alphanumeric()) {
        let _ = card_no.push(*byte);
    }
    CardCredential {
        identification: card.identification,
        card_no,
        version: card.version,
        reset_info: card.reset_info.clone(),
        algorithm: card.algorithm,
        cryptogram: [0; 8],
        expires: card.expires,
    }
}
