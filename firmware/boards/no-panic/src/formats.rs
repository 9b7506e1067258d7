//! Every decoder and every encoder of the protocol.

use yika_protocol::apdu::{Atr, Command, Le, Response, tlv};
use yika_protocol::card_keys::{Algorithm, CardKeyScheme, card_factor};
use yika_protocol::identity::{CertNo, Date, Secret};
use yika_protocol::iso7816::pps;
use yika_protocol::iso7816::timing::{LineParameters, Rate};
use yika_protocol::link::{FromDevice, FromTill, Receiver};
use yika_protocol::money::{Fen, Price, Quantity};
use yika_protocol::sign::sm3;
use yika_protocol::social_card::Pin;
use yika_protocol::swipe::{Hint, Lines, peek};
use yika_protocol::voucher::{Code, CodeRule};

use crate::unknown::{bytes, number, text, used};

pub(crate) fn all(input: &[u8]) {
    cards(input);
    people(input);
    swipes(input);
    link(input);
}

fn cards(input: &[u8]) {
    used(Response::parse(input).map(|response| response.status().kind()));
    if let Ok(command) = Command::new([0; 4], input, Le::Bytes(number() as u8)) {
        used(command.with_le(Le::None).data().len());
    }
    used(tlv::Ber::new(input).find(number() as u16));
    used(tlv::Record::parse(input).is_ok());
    used(Pin::from_digits(input).is_ok());
    if let Ok(atr) = Atr::parse(input) {
        let parameters = LineParameters::from_atr(atr.as_bytes());
        used(atr.historical());
        used(parameters.waiting_time(parameters.offered));
        used(parameters.block_waiting_time(parameters.offered));
        used(parameters.character_waiting_time());
        used(parameters.offered.baud(number()));
        if let Some(request) = pps::Request::new(&parameters, pps::Wish { protocol: 0, rate: number() as u8 })
        {
            used(request.read(bytes()));
        }
    }
    used(Rate::from_byte(number() as u8));
    let algorithm = Algorithm::from_id(number() as u8).unwrap_or(Algorithm::Sm4);
    if let (Some(factor), Some(key)) = (card_factor(input), input.first_chunk::<16>()) {
        let key = Secret::new(*key);
        for scheme in [CardKeyScheme::ASSUMED_1, CardKeyScheme::ASSUMED_2] {
            used(scheme.derive(algorithm, &key, &factor).is_ok());
            used(scheme.cryptogram(algorithm, &key, &factor, &factor).is_ok());
        }
    }
}

fn people(input: &[u8]) {
    used(CertNo::parse(input).is_ok());
    if let Some(bcd) = input.first_chunk::<4>() {
        used(Date::from_bcd(*bcd).is_ok());
    }
    used(text().parse::<Fen>().is_ok());
    used(text().parse::<Price>().is_ok());
    used(text().parse::<Quantity>().is_ok());
    let fen = Fen(i64::from(number()) << 32 | i64::from(number()));
    used((fen.checked_add(fen), fen.checked_sub(fen)));
    if let (Ok(price), Ok(quantity)) = (text().parse::<Price>(), text().parse::<Quantity>()) {
        used(price.times(quantity));
    }
    used(sm3(input));
    used(Code::new(input, CodeRule::default()).is_ok());
}

fn swipes(input: &[u8]) {
    used(peek(input).is_ok());
    used(Hint::decode(input).map(|hint| hint.encoded().len()));
    if let Ok(lines) = Lines::from_encoded(input) {
        used(lines.check().is_ok());
        for line in lines.iter() {
            used(line.med_list_codg);
        }
    }
}

fn link(input: &[u8]) {
    let mut receiver = Receiver::default();
    for byte in input {
        if let Some(Ok(frame)) = receiver.push(*byte) {
            used(FromTill::decode(frame).is_ok());
        }
        if let Some(Ok(frame)) = receiver.push(*byte) {
            used(FromDevice::decode(frame).is_ok());
        }
    }
}
