//! What a seal lets through, and what not.

use super::{examples::*, *};

#[test]
fn one_wrong_bit_anywhere_is_refused() {
    let shop = Shop::new();
    for example in
        examples(&shop).iter().filter(|example| ["swipe-bare", "status-answered"].contains(&example.name))
    {
        let mut datagram = example.datagram.clone();
        for bit in 0..datagram.len() * 8 {
            datagram[bit / 8] ^= 1 << (bit % 8);
            assert!(shop.keys.open_request(&datagram).is_err(), "{} bit {bit}", example.name);
            assert!(shop.identity.open(&datagram).is_err(), "{} bit {bit}", example.name);
            datagram[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn every_cut_and_every_addition_is_refused() {
    let shop = Shop::new();
    let datagram = shop.identity.seal_reversal(counter()).unwrap();
    for len in 0..datagram.len() {
        assert!(shop.keys.open_request(&datagram[..len]).is_err(), "{len} bytes");
    }
    let mut longer = datagram.to_vec();
    for byte in [0, 0xFF] {
        longer.push(byte);
        assert_eq!(shop.keys.open_request(&longer).err(), Some(OpenError::Junk));
    }
    assert_eq!(peek(&[0; MAX_DATAGRAM + 1]).err(), Some(OpenError::Junk));
}

#[test]
fn a_message_does_not_turn_around() {
    let shop = Shop::new();
    for example in examples(&shop) {
        assert_eq!(peek(&example.datagram), Ok(example.header), "{}", example.name);
        if example.header.kind.is_request() {
            assert_eq!(shop.identity.open(&example.datagram).err(), Some(OpenError::Kind));
            shop.keys.open_request(&example.datagram).unwrap();
        } else {
            assert_eq!(shop.keys.open_request(&example.datagram).err(), Some(OpenError::Kind));
            shop.identity.open(&example.datagram).unwrap();
        }
    }
}

#[test]
fn another_terminal_and_another_enrolment_cannot_read_it() {
    let (shop, other) = (Shop::new(), Shop::with(0x33, TerminalId([9; 8])));
    let datagram = shop.identity.seal_status(counter()).unwrap();
    assert_eq!(other.keys.open_request(&datagram).err(), Some(OpenError::Terminal));
    let answer = shop
        .keys
        .seal_answer(&peek(&datagram).unwrap(), &Answer::Status(StatusAnswer::Unseen), None)
        .unwrap();
    assert_eq!(other.identity.open(&answer).err(), Some(OpenError::Terminal));
    // The same name with another key: a cloned name is not enough.
    let thief = Shop::with(0x33, shop.identity.terminal());
    assert_eq!(thief.keys.open_request(&datagram).err(), Some(OpenError::Seal));
    assert_eq!(
        shop.keys.open_request(&thief.identity.seal_status(counter()).unwrap()).err(),
        Some(OpenError::Seal)
    );
}

#[test]
fn a_good_seal_with_a_foreign_signature_is_refused() {
    // Whoever reads the centre's store has the enrolment secret, but no device key.
    let (shop, other) = (Shop::new(), Shop::with(0x33, TerminalId([9; 8])));
    let datagram = shop.identity.seal_status(counter()).unwrap();
    let opened = shop.keys.open_request(&datagram).unwrap();
    assert!(opened.verify(&shop.device).is_ok());
    assert_eq!(opened.verify(&other.device).err(), Some(RequestError::Signature));
}

#[test]
fn the_same_message_is_the_same_bytes_and_another_has_another_nonce() {
    let shop = Shop::new();
    let nonce = |datagram: &[u8]| datagram::parts(datagram).map(|parts| parts.nonce).unwrap();
    let (first, again) = (shop.identity.seal_reversal(counter()), shop.identity.seal_reversal(counter()));
    assert_eq!(first, again);
    let swipe =
        |order_no| shop.identity.seal_swipe(counter(), &shop.card_swipe(order_no, Fen(1)), None).unwrap();
    // Two devices with one identity use one counter for two purchases.
    assert_ne!(nonce(&swipe("A")), nonce(&swipe("B")));
    assert_eq!(swipe("A"), swipe("A"));
    // A restart keeps the bytes of a reversal: they come from the stored record alone.
    let restarted = Identity::decode(&shop.identity.encoded()).unwrap();
    assert_eq!(restarted.seal_reversal(counter()), first);
}

#[test]
fn epochs_have_keys_of_their_own() {
    let shop = Shop::new();
    let last = Counter::new(COUNTERS_PER_EPOCH - 1).unwrap();
    let first = last.next().unwrap();
    assert_eq!((last.epoch(), first.epoch()), (0, 1));
    let keys = |counter| {
        let header = Header::new(Kind::Status, shop.identity.terminal(), counter);
        seal::SealKeys::derive(shop.keys.secret(), shop.centre.id(), &header).unwrap().bytes()
    };
    assert_eq!(keys(Counter::FIRST), keys(last));
    assert_ne!(keys(last), keys(first));
    let header = Header::new(Kind::StatusAnswer, shop.identity.terminal(), first);
    let back = seal::SealKeys::derive(shop.keys.secret(), shop.centre.id(), &header).unwrap().bytes();
    assert_ne!(keys(first), back);
}

#[test]
fn versions_that_are_not_spoken_are_named() {
    let shop = Shop::new();
    let mut datagram = shop.identity.seal_status(counter()).unwrap();
    assert_eq!(datagram[2], CURRENT_VERSION, "the version is the third byte");
    for version in [0, CURRENT_VERSION + 1, 23] {
        datagram[2] = version;
        assert_eq!(shop.keys.open_request(&datagram).err(), Some(OpenError::Version(version)));
    }
}

#[test]
fn an_answer_of_the_wrong_kind_is_not_sealed() {
    let shop = Shop::new();
    let header = Header::new(Kind::Reversal, shop.identity.terminal(), counter());
    assert_eq!(shop.keys.seal_answer(&header, &shop.settled(), None), Err(BuildError::Header));
    let answer = header.answer().unwrap();
    assert_eq!(shop.keys.seal_answer(&answer, &shop.settled(), None), Err(BuildError::Header));
    let elsewhere = Header { terminal: TerminalId([0; 8]), kind: Kind::Swipe, ..header };
    assert_eq!(shop.keys.seal_answer(&elsewhere, &shop.settled(), None), Err(BuildError::Header));
}

#[test]
fn a_hint_is_advice_and_shorter_than_every_request() {
    let shop = Shop::new();
    let shortest = examples(&shop)
        .iter()
        .filter(|example| example.header.kind.is_request())
        .map(|e| e.datagram.len())
        .min();
    for kind in HintKind::ALL {
        let hint = Hint::new(shop.identity.terminal(), kind);
        let bytes = hint.encoded();
        assert!(bytes.len() * 4 < shortest.unwrap(), "{} bytes", bytes.len());
        assert_eq!(shop.identity.open(&bytes), Err(OpenError::Hint(hint)));
        assert_eq!(shop.keys.open_request(&bytes).err(), Some(OpenError::Junk));
        let foreign = Hint::new(TerminalId([0; 8]), kind).encoded();
        assert_eq!(shop.identity.open(&foreign), Err(OpenError::Terminal));
    }
}
