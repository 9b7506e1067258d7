//! Conversations with cards and readers.

use yika_firmware::slot::CardSlot;
use yika_protocol::resident_card::{Field, Session, Wanted};
use yika_protocol::social_card::Pin;

use crate::unknown::{Anything, bytes, number, used};

pub(crate) fn all(input: &[u8]) {
    let mut slot = CardSlot::new();
    loop {
        match number() {
            0 => slot.read(),
            1 => {
                if let Ok(pin) = Pin::from_digits(input) {
                    slot.verify_pin(pin);
                }
            }
            2 => {
                if let Some(challenge) = input.first_chunk() {
                    slot.prove(challenge);
                }
            }
            3 => slot.release(),
            4 => break,
            _ => used(slot.poll(&mut Anything)),
        }
    }
    let mut session = Session::new(Wanted::default());
    used(session.begin());
    loop {
        match number() {
            0 => used(session.feed(bytes()).is_ok()),
            1 => used(session.elapsed().is_ok()),
            2 => break,
            _ => {
                if let Some(text) = session.text() {
                    used((text.kind(), text.field(Field::Name).and_then(|name| name.ascii::<30>())));
                }
            }
        }
    }
}
