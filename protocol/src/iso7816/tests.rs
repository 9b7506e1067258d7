use std::vec::Vec;

use proptest::prelude::*;

use super::timing::{BlockCheck, LineParameters, Rate};
use super::*;
use crate::apdu::{Command, Le};

const WT: u32 = 9600;

/// What happens to the bytes of one transmission.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Damage {
    #[default]
    None,
    Flip {
        at: usize,
        bits: u8,
    },
    Lose,
    Cut {
        at: usize,
    },
}

fn damaged(bytes: &[u8], damage: Damage) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    match damage {
        Damage::None => {}
        Damage::Flip { at, bits } => {
            let at = at % bytes.len();
            bytes[at] ^= bits;
        }
        Damage::Lose => bytes.clear(),
        Damage::Cut { at } => bytes.truncate(at % bytes.len()),
    }
    bytes
}

mod t0_tests {
    use super::super::t0::{Card, CardLine, Exchange};
    use super::*;

    /// Plays a command against bytes that a card would send, step by step: `(device sends, card answers)`.
    fn play(command: Command, script: &[(&[u8], &[u8])]) -> Result<crate::apdu::Response, LineError> {
        let mut exchange = Exchange::new(command, WT);
        for (expected, answer) in script {
            if let Line::Send(bytes) = exchange.line() {
                assert_eq!(&bytes, expected);
                exchange.sent();
            } else {
                assert!(expected.is_empty());
            }
            for byte in *answer {
                assert_eq!(exchange.line(), Line::Receive { within_etu: WT });
                exchange.byte(*byte)?;
            }
        }
        assert_eq!(exchange.line(), Line::Done);
        exchange.take()
    }

    #[test]
    fn data_goes_out_after_the_instruction_comes_back() {
        let select = Command::select_fid(0x00, 0x3F00, Le::None);
        let answer = play(select, &[(&[0, 0xA4, 0, 0, 2], &[0xA4]), (&[0x3F, 0x00], &[0x61, 0x1E])]).unwrap();
        assert_eq!(answer.status().0, 0x611E);
    }

    #[test]
    fn data_comes_in_behind_the_instruction() {
        let read = Command::read_record(1, 0x2C, 4);
        let answer = play(read, &[(&[0, 0xB2, 1, 0x2C, 4], &[0xB2, 1, 2, 3, 4, 0x90, 0x00])]).unwrap();
        assert_eq!((answer.data(), answer.status().0), (&[1, 2, 3, 4][..], 0x9000));
    }

    #[test]
    fn a_card_may_take_and_give_byte_by_byte_and_ask_to_wait() {
        let select = Command::select_fid(0x00, 0x3F00, Le::None);
        let answer = play(
            select,
            &[(&[0, 0xA4, 0, 0, 2], &[0x60, 0x60, 0x5B]), (&[0x3F], &[0x5B]), (&[0x00], &[0x60, 0x90, 0x00])],
        );
        assert_eq!(answer.unwrap().status().0, 0x9000);
        let read = Command::read_record(1, 0x2C, 2);
        let answer = play(read, &[(&[0, 0xB2, 1, 0x2C, 2], &[0x4D, 7, 0x60, 0x4D, 8, 0x90, 0x00])]).unwrap();
        assert_eq!(answer.data(), [7, 8]);
    }

    #[test]
    fn a_command_without_length_ends_in_a_zero() {
        let bare = Command::new([0x00, 0x70, 0, 0], &[], Le::None).unwrap();
        assert_eq!(play(bare, &[(&[0, 0x70, 0, 0, 0], &[0x6D, 0x00])]).unwrap().status().0, 0x6D00);
    }

    #[test]
    fn endless_waiting_ends() {
        let mut exchange = Exchange::new(Command::get_challenge(), WT);
        exchange.sent();
        let stalled = (0..1000).find_map(|_| exchange.byte(0x60).err());
        assert_eq!(stalled, Some(LineError::Stalled));
    }

    #[test]
    fn a_byte_that_is_no_procedure_byte_ends_the_exchange() {
        let mut exchange = Exchange::new(Command::get_challenge(), WT);
        exchange.sent();
        assert_eq!(exchange.byte(0x12), Err(LineError::Protocol));
    }

    proptest! {
        #[test]
        fn both_ends_understand_each_other(data in prop::collection::vec(any::<u8>(), 0..=255), answer in prop::collection::vec(any::<u8>(), 1..=256)) {
            let (command, reply) = if data.is_empty() {
                let le = u8::try_from(answer.len() % 256).unwrap();
                (Command::read_record(1, 4, le), [&answer[..], &[0x90, 0]].concat())
            } else {
                (Command::new([0, 0xDC, 1, 4], &data, Le::None).unwrap(), std::vec![0x90, 0])
            };
            let mut card = Card::new(|[_, ins, ..]| ins == 0xDC);
            let mut exchange = Exchange::new(command.clone(), WT);
            let mut to_device: std::collections::VecDeque<u8> = [].into();
            loop {
                match exchange.line() {
                    Line::Done => break,
                    Line::Send(bytes) => {
                        let bytes = bytes.to_vec();
                        exchange.sent();
                        for byte in bytes {
                            match card.byte(byte) {
                                CardLine::Listen => {}
                                CardLine::Send(bytes) => to_device.extend(bytes),
                                CardLine::Command(whole) => {
                                    prop_assert_eq!(&whole[5..], &data[..]);
                                    if let CardLine::Send(bytes) = card.answer(&reply) {
                                        to_device.extend(bytes);
                                    }
                                }
                            }
                        }
                    }
                    Line::Receive { .. } => exchange.byte(to_device.pop_front().unwrap()).unwrap(),
                }
            }
            let response = exchange.take().unwrap();
            prop_assert_eq!([response.data(), &[0x90, 0]].concat(), reply);
        }

        #[test]
        fn any_bytes_end_or_wait_and_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let mut exchange = Exchange::new(Command::select_fid(0, 0x3F00, Le::None), WT);
            let mut bytes = bytes.into_iter();
            loop {
                match exchange.line() {
                    Line::Done => break,
                    Line::Send(_) => exchange.sent(),
                    Line::Receive { .. } => match bytes.next() {
                        Some(byte) if exchange.byte(byte).is_ok() => {}
                        _ => break,
                    },
                }
            }
        }
    }
}

mod t1_tests {
    use super::super::t1::{Card, CardBlock, Exchange, Link};
    use super::*;

    struct Play {
        result: Result<Vec<u8>, LineError>,
        executed: usize,
    }

    /// One command against the card's end, with damage to transmissions in the order they happen.
    fn play(
        link: &mut Link,
        card: &mut Card,
        command: &Command,
        reply: &[u8],
        mut damage: impl FnMut() -> Damage,
        extensions: usize,
    ) -> Play {
        let mut exchange = Exchange::new(link.clone(), command.clone());
        let mut to_device: std::collections::VecDeque<u8> = [].into();
        let (mut executed, mut asked) = (0, 0);
        for _ in 0..10_000 {
            match exchange.line() {
                Line::Done => {
                    *link = exchange.link();
                    let response = exchange.take();
                    let result = response.map(|r| [r.data(), &r.status().0.to_be_bytes()].concat());
                    return Play { result, executed };
                }
                Line::Send(bytes) => {
                    let bytes = damaged(bytes, damage());
                    exchange.sent();
                    let mut out = CardBlock::Listen;
                    for byte in bytes {
                        out = card.byte(byte);
                        if out != CardBlock::Listen {
                            break;
                        }
                    }
                    if out == CardBlock::Listen
                        && asked > 0
                        && executed > 0
                        && to_device.is_empty()
                        && asked <= extensions
                    {
                        asked += 1;
                        out = if asked > extensions { card.answer(reply) } else { card.more_time(3) };
                    }
                    if let CardBlock::Command(whole) = &out {
                        assert_eq!(&whole[..], command.as_bytes());
                        executed += 1;
                        out = if extensions > 0 {
                            asked = 1;
                            card.more_time(3)
                        } else {
                            card.answer(reply)
                        };
                    }
                    if let CardBlock::Send(bytes) = out {
                        to_device.extend(damaged(&bytes, damage()));
                    }
                }
                Line::Receive { .. } => {
                    let step = match to_device.pop_front() {
                        Some(byte) => exchange.byte(byte),
                        None => {
                            card.silence();
                            exchange.silence()
                        }
                    };
                    if let Err(error) = step {
                        return Play { result: Err(error), executed };
                    }
                }
            }
        }
        panic!("the exchange does not end");
    }

    fn link(check: BlockCheck, ifsc: u8) -> Link {
        Link::new(&LineParameters { check, ifsc, ..LineParameters::default() }, Rate::DEFAULT)
    }

    #[test]
    fn the_first_block_has_the_bytes_of_the_standard() {
        let exchange = Exchange::new(link(BlockCheck::Lrc, 32), Command::get_challenge());
        // NAD 00, PCB 00, LEN 05, 00 84 00 00 08, LRC = 05 ^ 84 ^ 08.
        assert_eq!(exchange.line(), Line::Send(&[0x00, 0x00, 0x05, 0x00, 0x84, 0x00, 0x00, 0x08, 0x89]));
    }

    #[test]
    fn several_commands_in_a_row_keep_the_numbers_right() {
        let (mut link, mut card) = (link(BlockCheck::Lrc, 16), Card::new(BlockCheck::Lrc, 32));
        for n in 0..5u8 {
            let command = Command::new([0, 0xDC, n, 4], &[n; 100], Le::Bytes(0)).unwrap();
            let reply = [&[n; 77][..], &[0x90, 0x00]].concat();
            let play = play(&mut link, &mut card, &command, &reply, Damage::default, 0);
            assert_eq!((play.result, play.executed), (Ok(reply), 1));
        }
    }

    #[test]
    fn a_card_may_ask_for_time_but_not_for_ever() {
        let (mut one, mut card) = (link(BlockCheck::Lrc, 32), Card::new(BlockCheck::Lrc, 32));
        let reply = [0x90, 0x00];
        let some = play(&mut one, &mut card, &Command::get_challenge(), &reply, Damage::default, 5);
        assert_eq!(some.result, Ok(reply.to_vec()));
        let (mut two, mut card) = (link(BlockCheck::Lrc, 32), Card::new(BlockCheck::Lrc, 32));
        let endless = play(&mut two, &mut card, &Command::get_challenge(), &reply, Damage::default, 1_000);
        assert_eq!(endless.result, Err(LineError::Stalled));
    }

    #[test]
    fn a_dead_line_is_silence() {
        let (mut link, mut card) = (link(BlockCheck::Lrc, 32), Card::new(BlockCheck::Lrc, 32));
        let play = play(&mut link, &mut card, &Command::get_challenge(), &[0x90, 0], || Damage::Lose, 0);
        assert_eq!(play.result, Err(LineError::Silence));
    }

    #[test]
    fn wrong_parity_spoils_a_block_whose_check_happens_to_fit() {
        let mut exchange = Exchange::new(link(BlockCheck::Lrc, 32), Command::get_challenge());
        exchange.sent();
        // Two zero bytes in the place of two equal ones leave the sum as it was.
        for byte in [0x00, 0x00, 0x04, 0x77, 0x77] {
            if byte == 0x77 { exchange.spoiled_byte().unwrap() } else { exchange.byte(byte).unwrap() }
        }
        for byte in [0x90, 0x00, 0x94] {
            exchange.byte(byte).unwrap();
        }
        // R(0) with "check wrong": 00 81 00 81.
        assert_eq!(exchange.line(), Line::Send(&[0x00, 0x81, 0x00, 0x81]));
        exchange.sent();
        for byte in [0x00, 0x00, 0x02, 0x90, 0x00, 0x92] {
            exchange.byte(byte).unwrap();
        }
        assert_eq!(exchange.take().unwrap().status().0, 0x9000);
    }

    fn damage() -> impl Strategy<Value = Damage> {
        prop_oneof![
            6 => Just(Damage::None),
            2 => (any::<usize>(), 1..=255u8).prop_map(|(at, bits)| Damage::Flip { at, bits }),
            1 => Just(Damage::Lose),
            1 => any::<usize>().prop_map(|at| Damage::Cut { at }),
        ]
    }

    proptest! {
        #[test]
        fn damage_never_changes_an_answer_nor_repeats_a_command(
            data in prop::collection::vec(any::<u8>(), 0..=255),
            reply in prop::collection::vec(any::<u8>(), 2..=258),
            ifsc in 5..=254u8,
            ifsd in 5..=254u8,
            crc: bool,
            damage in prop::collection::vec(damage(), 0..60),
        ) {
            let check = if crc { BlockCheck::Crc } else { BlockCheck::Lrc };
            let (mut link, mut card) = (link(check, ifsc), Card::new(check, ifsd));
            let command = Command::new([0, 0xDC, 1, 4], &data, Le::Bytes(0)).unwrap();
            let mut damage = damage.into_iter();
            let play = play(&mut link, &mut card, &command, &reply, || damage.next().unwrap_or_default(), 0);
            prop_assert!(play.executed <= 1, "executed {} times", play.executed);
            if let Ok(answer) = play.result {
                prop_assert_eq!(answer, reply);
                prop_assert_eq!(play.executed, 1);
            }
        }

        #[test]
        fn any_bytes_end_or_wait_and_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
            let mut exchange = Exchange::new(link(BlockCheck::Lrc, 32), Command::get_challenge());
            for byte in bytes {
                if let Line::Send(_) = exchange.line() {
                    exchange.sent();
                }
                if exchange.byte(byte).is_err() {
                    break;
                }
            }
        }
    }
}

mod timing_tests {
    use super::super::pps;
    use super::*;

    #[test]
    fn rates_of_the_table() {
        // Published: 11 is 9 600 baud at 3.5712 MHz, 13 is 38 400, 95 is 111 600, 96 is 223 200.
        for (byte, baud) in [(0x11, 9_600), (0x13, 38_400), (0x95, 111_600), (0x96, 223_200)] {
            assert_eq!(Rate::from_byte(byte).unwrap().baud(3_571_200), baud, "{byte:02X}");
        }
        for reserved in [0x70, 0x10, 0x1A, 0xE1, 0x1F] {
            assert_eq!(Rate::from_byte(reserved), None);
        }
    }

    #[test]
    fn the_usual_card_has_the_defaults() {
        let atr = [0x3B, 0x6D, 0x00, 0x00, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
        let parameters = LineParameters::from_atr(&atr);
        assert_eq!(parameters, LineParameters::default());
        // ISO/IEC 7816-3: WT = WI × 960 × D etu, one second at the default rate.
        assert_eq!(parameters.waiting_time(Rate::DEFAULT), 9_600);
    }

    #[test]
    fn a_block_card_says_what_it_takes() {
        // TS, T0 = B4 (TA1 TB1 TD1, 4 historical), TA1 95, TB1 00, TD1 81 (TD2, T=1), TD2 31 (TA3 TB3, T=1), TA3 FE, TB3 45.
        let atr = [0x3B, 0xB4, 0x95, 0x00, 0x81, 0x31, 0xFE, 0x45, b'Y', b'I', b'K', b'A', 0];
        let parameters = LineParameters::from_atr(&atr);
        assert_eq!((parameters.offered_byte, parameters.first_protocol), (0x95, 1));
        assert_eq!((parameters.ifsc, parameters.bwi, parameters.cwi), (254, 4, 5));
        // CWT = 11 + 2^5; BWT = 11 + 2^4 × 960 × 372 × D / F.
        assert_eq!(parameters.character_waiting_time(), 43);
        assert_eq!(parameters.block_waiting_time(Rate::DEFAULT), 11 + 16 * 960);
    }

    #[test]
    fn a_faster_rate_is_agreed_or_not() {
        let card = LineParameters {
            offered: Rate::from_byte(0x95).unwrap(),
            offered_byte: 0x95,
            ..LineParameters::default()
        };
        let request = pps::Request::new(&card, pps::Wish { protocol: 0, rate: 0x96 }).unwrap();
        assert_eq!(request.as_bytes(), &[0xFF, 0x10, 0x95, 0x7A]);
        assert_eq!(request.read(&[0xFF, 0x10, 0x95, 0x7A]), pps::Agreed::Rate(card.offered));
        assert_eq!(request.read(&[0xFF, 0x00, 0xFF]), pps::Agreed::Rate(Rate::DEFAULT));
        assert_eq!(request.read(&[0xFF, 0x10, 0x96, 0x79]), pps::Agreed::Refused);
        assert_eq!(pps::answer(&card, &[0], request.as_bytes()).as_deref(), Some(&request.as_bytes()[..]));
        // A slot that is slower than the card's offer stays where it is.
        assert_eq!(pps::Request::new(&card, pps::Wish { protocol: 0, rate: 0x11 }), None);
        let fixed = LineParameters { specific: Some(0), ..card };
        assert_eq!(pps::Request::new(&fixed, pps::Wish { protocol: 0, rate: 0x96 }), None);
    }

    proptest! {
        #[test]
        fn any_atr_gives_parameters(atr in prop::collection::vec(any::<u8>(), 0..40)) {
            let parameters = LineParameters::from_atr(&atr);
            prop_assert!(parameters.waiting_time(parameters.offered) > 0);
            prop_assert!(parameters.block_waiting_time(parameters.offered) > 0);
        }

        #[test]
        fn any_pps_answer_is_read(card in prop::collection::vec(any::<u8>(), 0..10)) {
            let offered = LineParameters { offered: Rate::from_byte(0x95).unwrap(), offered_byte: 0x95, ..LineParameters::default() };
            let request = pps::Request::new(&offered, pps::Wish { protocol: 1, rate: 0x95 }).unwrap();
            let _ = request.read(&card);
            let _ = pps::answer(&offered, &[0, 1], &card);
        }
    }
}
