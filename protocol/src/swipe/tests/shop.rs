//! One centre, one terminal, one card: fixed keys, so that every test sees the same bytes.

use super::*;
use crate::{
    identity::{Date, Institution, Secret},
    sign::Sm2Verifier,
};

/// Entropy that everybody knows.
pub(super) struct Known(pub(super) [u8; 32]);

impl HealthyEntropy for Known {
    type Error = core::convert::Infallible;

    fn fill(&mut self, bytes: &mut [u8; 32]) -> Result<(), Self::Error> {
        *bytes = self.0;
        Ok(())
    }
}

pub(super) struct Shop {
    pub(super) centre: CentreIdentity,
    pub(super) identity: Identity,
    pub(super) keys: TerminalKeys,
    pub(super) device: Sm2Verifier,
    pub(super) request: EnrolRequest,
}

pub(super) fn seed(byte: u8) -> Seed {
    Seed::draw(&mut Known([byte; 32])).unwrap()
}

impl Shop {
    pub(super) fn new() -> Self {
        Self::with(0x22, terms().terminal)
    }

    pub(super) fn with(device: u8, terminal: TerminalId) -> Self {
        let centre = CentreIdentity::new(CentreId(*b"CENTRE-1"), &Secret::new([0x11; 32])).unwrap();
        let pending = PendingEnrolment::begin(&seed(device), "SN-0001", "bench").unwrap();
        let certificate = centre.issue(pending.request(), Terms { terminal, ..terms() }).unwrap();
        let keys = centre.terminal_keys(&certificate).unwrap();
        let device = device_verifier(&certificate).unwrap();
        let request = pending.request().clone();
        let identity = pending.accept(certificate).unwrap();
        Self { centre, identity, keys, device, request }
    }

    pub(super) fn card_swipe<'a>(&self, order_no: &'a str, amount: Fen) -> SwipeRequest<'a> {
        SwipeRequest {
            order_no,
            amount,
            lines: Lines::NONE,
            draw: Draw::AccountOnly,
            pin_verified: false,
            centre_challenge: None,
            valid_until: None,
            credential: Credential::Card(card()),
        }
    }

    pub(super) fn settled(&self) -> Answer {
        Answer::Swipe(SwipeAnswer {
            outcome: Outcome::Settled(Settled {
                setl_id: heapless::String::try_from("S00000000000000000000000000001").unwrap(),
                amount: Fen(1250),
                acct_pay: Fen(1250),
                fund_pay: Fen(0),
                cash: Fen(0),
                balance: Fen(98_750),
                slip_name: heapless::Vec::from_slice(&[0xD5, 0xC5, b'*', b'*']).unwrap(),
            }),
            business_day: Date::new(2026, 11, 22).unwrap(),
            next_challenge: *b"freshone",
        })
    }
}

pub(super) fn terms() -> Terms {
    Terms {
        terminal: TerminalId([0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6, 0x07, 0x18]),
        institution: Institution::parse(b"P99010000001").unwrap(),
        limits: Limits { per_swipe: Fen(200_000), no_challenge: Fen(20_000), per_day: Fen(2_000_000) },
        not_before: 1_790_000_000,
        not_after: 1_950_000_000,
    }
}

pub(super) fn card_but(change: impl FnOnce(&mut CardCredential)) -> CardCredential {
    let mut card = card();
    change(&mut card);
    card
}

pub(super) fn card() -> CardCredential {
    CardCredential {
        identification: [
            0x99, 0x01, 0x00, 0xD1, 0x56, 0x00, 0x00, 0x05, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99,
        ],
        card_no: heapless::Vec::from_slice(b"X00000019").unwrap(),
        version: *b"2.00",
        reset_info: heapless::Vec::from_slice(b"\x86\x60JHK\x01\x02\x03\x04\x05\x06\x07\x08").unwrap(),
        algorithm: 3,
        cryptogram: [0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7],
        expires: None,
    }
}
