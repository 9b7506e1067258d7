//! A PIN on the keys of a reader: a reader in memory that takes the request apart as PC/SC part 10 has it.

use crate::bench::{name, person};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use yika_driver::{
    CardService, LinkError, Progress, ReaderName, Selection, Stage,
    link::{Backend, CardLink, End, Slot, SlotState},
    pinpad::{Features, PadError, PinVerify},
    social_card::{
        PinError, PinMemory, PinMemoryInRam, PinOptions, PinOutcome, has_pin_pad, verify_pin_on_pad,
    },
};
use yika_protocol::apdu::Protocol;
use yika_sim::{Card, VirtualCard};

const CODE: u32 = 0x4233_0006;

/// What the holder does at the keys.
#[derive(Clone, Copy)]
enum Holder {
    Types(&'static str),
    Cancels,
    IsAway,
    TearsTheCard,
}

struct Pad {
    card: VirtualCard,
    holder: Holder,
    has_keys: bool,
}

#[derive(Clone)]
struct Reader(Arc<Mutex<Pad>>);

impl Reader {
    fn new(has_keys: bool) -> Self {
        let card = VirtualCard::new(person(3, &["t0"], "contact"));
        Reader(Arc::new(Mutex::new(Pad { card, holder: Holder::IsAway, has_keys })))
    }

    fn service(&self) -> CardService {
        let reader = self.clone();
        CardService::new(move || Box::new(reader.clone()))
    }

    fn when(&self, holder: Holder, options: &PinOptions) -> Result<PinOutcome, PinError> {
        self.0.lock().unwrap().holder = holder;
        let request = PinVerify::new(6, Duration::from_secs(30)).unwrap();
        verify_pin_on_pad(&self.service(), options, request)
    }

    fn tries_left(&self) -> u8 {
        self.0.lock().unwrap().card.pin_tries_left()
    }
}

impl Backend for Reader {
    fn slots(&mut self) -> Result<Vec<Slot>, LinkError> {
        let atr = self.0.lock().unwrap().card.atr().unwrap();
        let state = SlotState::Card { atr, exclusive: false, in_use: false };
        Ok(vec![Slot { name: name("Reader With Keys 00 00"), state, events: None }])
    }

    fn wait(&mut self, _: Duration) -> Result<bool, LinkError> {
        Ok(false)
    }

    fn with_card(
        &mut self,
        _: &ReaderName,
        progress: &Progress,
        work: &mut dyn FnMut(&mut dyn CardLink) -> End,
    ) -> Result<(), LinkError> {
        progress.enter(Stage::Locking);
        let mut pad = self.0.lock().unwrap();
        pad.card.power_on();
        progress.enter(Stage::FirstAnswer);
        let atr = pad.card.atr().unwrap();
        if work(&mut Link { pad: &mut pad, atr }) == End::Reset {
            pad.card.reset();
        }
        Ok(())
    }
}

struct Link<'p> {
    pad: &'p mut Pad,
    atr: Vec<u8>,
}

impl CardLink for Link<'_> {
    fn atr(&self) -> &[u8] {
        &self.atr
    }

    fn protocol(&self) -> Protocol {
        Protocol::T0
    }

    fn transmit<'a>(&mut self, command: &[u8], answer: &'a mut [u8]) -> Result<&'a [u8], LinkError> {
        assert_ne!(command[1], 0x20, "no PIN comes from the machine");
        let bytes = self.pad.card.transmit(command).into_response().unwrap();
        answer[..bytes.len()].copy_from_slice(&bytes);
        Ok(&answer[..bytes.len()])
    }

    fn features(&mut self) -> Features {
        Features { verify_pin_direct: self.pad.has_keys.then_some(CODE) }
    }

    fn control<'a>(
        &mut self,
        code: u32,
        request: &[u8],
        answer: &'a mut [u8],
    ) -> Result<&'a [u8], LinkError> {
        assert_eq!(code, CODE);
        let digits = match self.pad.holder {
            Holder::Types(digits) => digits,
            Holder::Cancels => return Ok(said(answer, &[0x64, 0x01])),
            Holder::IsAway => return Ok(said(answer, &[0x64, 0x00])),
            Holder::TearsTheCard => return Err(LinkError::CardRemoved),
        };
        let [_, _, format, block, _, most, least, _, _, _, _, _, _, _, _, n0, n1, n2, n3, apdu @ ..] =
            request
        else {
            panic!("a structure of 19 bytes and a command")
        };
        assert_eq!(u32::from_le_bytes([*n0, *n1, *n2, *n3]) as usize, apdu.len());
        assert_eq!((format >> 7, format & 3), (1, 1), "bytes, BCD");
        if !(usize::from(*least)..=usize::from(*most)).contains(&digits.len()) {
            return Ok(said(answer, &[0x64, 0x03]));
        }
        let mut apdu = apdu.to_vec();
        for (at, digit) in digits.bytes().enumerate() {
            assert!(at / 2 < usize::from(*block));
            let byte = &mut apdu[5 + at / 2];
            let digit = digit - b'0';
            *byte = if at % 2 == 0 { digit << 4 | 0x0F } else { *byte & 0xF0 | digit };
        }
        let bytes = self.pad.card.transmit(&apdu).into_response().unwrap();
        Ok(said(answer, &bytes))
    }
}

fn said<'a>(answer: &'a mut [u8], bytes: &[u8]) -> &'a [u8] {
    answer[..bytes.len()].copy_from_slice(bytes);
    &answer[..bytes.len()]
}

fn options() -> PinOptions {
    PinOptions::new(Arc::new(PinMemoryInRam::default()))
}

#[test]
fn the_card_judges_what_was_typed_on_the_reader() {
    let (reader, options) = (Reader::new(true), options());
    assert_eq!(has_pin_pad(&reader.service(), &Selection::default()), Ok(true));
    assert_eq!(reader.when(Holder::Types("123456"), &options), Ok(PinOutcome::Verified));
    let wrong = PinOutcome::Wrong { tries_left: Some(2) };
    assert_eq!(reader.when(Holder::Types("654321"), &options), Ok(wrong));
    assert_eq!(reader.when(Holder::Types("123456"), &options), Ok(PinOutcome::Verified));
    assert_eq!(reader.tries_left(), 3);
}

#[test]
fn who_types_nothing_or_too_little_loses_no_try() {
    let (reader, options) = (Reader::new(true), options());
    for (holder, error, number) in [
        (Holder::IsAway, PadError::Timeout, 6320),
        (Holder::Cancels, PadError::Cancelled, 6321),
        (Holder::Types("1234"), PadError::Length, 6323),
    ] {
        let refused = reader.when(holder, &options).unwrap_err();
        assert_eq!((refused.fault().number, refused), (number, PinError::Pad(error)));
    }
    assert_eq!(reader.tries_left(), 3);
}

#[test]
fn the_last_try_is_kept_back_and_a_try_that_may_be_gone_is_counted() {
    let reader = Reader::new(true);
    let memory = Arc::new(PinMemoryInRam::default());
    let mut options = PinOptions::new(memory);
    assert!(matches!(reader.when(Holder::Types("000000"), &options), Ok(PinOutcome::Wrong { .. })));
    let torn = reader.when(Holder::TearsTheCard, &options).unwrap_err();
    assert_eq!(torn, PinError::Link { error: LinkError::CardRemoved, pin_was_sent: true });
    // Two were left, one may be gone: the next would be the last.
    let kept_back = reader.when(Holder::Types("123456"), &options).unwrap_err();
    assert_eq!(kept_back.fault().number, 2042);
    options.use_last_try = true;
    assert_eq!(reader.when(Holder::Cancels, &options), Err(PinError::Pad(PadError::Cancelled)));
    assert_eq!(reader.when(Holder::Types("123456"), &options), Ok(PinOutcome::Verified));
}

#[test]
fn a_memory_that_cannot_keep_the_count_lets_nobody_type() {
    struct Full;
    impl PinMemory for Full {
        fn tries_left(&self, _: &yika_driver::social_card::PinCard) -> Option<u8> {
            Some(2)
        }
        fn remember(&self, _: &yika_driver::social_card::PinCard, _: Option<u8>) -> Result<(), String> {
            Err("disk full".to_owned())
        }
    }
    let reader = Reader::new(true);
    let refused = reader.when(Holder::Types("123456"), &PinOptions::new(Arc::new(Full))).unwrap_err();
    assert_eq!(refused, PinError::Memory("disk full".to_owned()));
    assert_eq!(reader.tries_left(), 3);
}

#[test]
fn a_reader_without_keys_says_so_before_anybody_types() {
    let reader = Reader::new(false);
    assert_eq!(has_pin_pad(&reader.service(), &Selection::default()), Ok(false));
    let refused = reader.when(Holder::Types("123456"), &options()).unwrap_err();
    assert_eq!(refused, PinError::Pad(PadError::NoPad));
}
