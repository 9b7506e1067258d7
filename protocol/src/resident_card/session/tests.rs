use super::super::frame::PREAMBLE;
use super::*;
use proptest::prelude::*;
use std::vec::Vec;

fn frame(content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 1).unwrap().to_be_bytes();
    let check = length.iter().chain(content).fold(0, |a, b| a ^ b);
    [&PREAMBLE[..], &length, content, &[check]].concat()
}

fn text_answer(mark: u8, photo: &[u8]) -> Vec<u8> {
    let photo_length = u16::try_from(photo.len()).unwrap().to_be_bytes();
    frame(&[&[0, 0, 0x90, 1, 0][..], &photo_length, &[mark; TEXT_LENGTH], photo].concat())
}

fn number() -> Vec<u8> {
    frame(
        &[
            &[0, 0, 0x90][..],
            &[5, 0, 1, 0],
            &20_230_415u32.to_le_bytes(),
            &12_345u32.to_le_bytes(),
            &987_654_321u32.to_le_bytes(),
        ]
        .concat(),
    )
}

const FOUND: [u8; 7] = [0, 0, 0x9F, 0, 0, 0, 0];
const SELECTED: [u8; 11] = [0, 0, 0x90, 0, 0, 0, 0, 0, 0, 0, 0];

/// Feeds one answer and expects a command to come out.
fn expect_send(session: &mut Session, answer: &[u8], command: Command) {
    let (step, taken) = session.feed(answer).unwrap();
    assert_eq!(taken, answer.len());
    assert!(matches!(step, Step::Send { frame, .. } if frame == command.frame()), "{step:?}");
}

fn until_read(session: &mut Session) {
    assert!(matches!(session.begin(), Step::Send { frame, .. } if frame == Command::ModuleNumber.frame()));
    expect_send(session, &number(), Command::FindCard);
    expect_send(session, &frame(&FOUND), Command::SelectCard);
    expect_send(session, &frame(&SELECTED), Command::ReadText);
}

#[test]
fn a_card_is_read() {
    let mut session = Session::new(Wanted { added_address: true, ..Wanted::default() });
    until_read(&mut session);
    expect_send(&mut session, &text_answer(0x41, &[7; 1024]), Command::ReadAddedAddress);
    assert!(session.text().is_none(), "nothing is given out before the reading is done");
    let none = frame(&[0, 0, 0x91]);
    assert_eq!(session.feed(&none), Ok((Step::Done, none.len())));
    assert!(session.text().is_some());
    assert_eq!(session.photo(), [7; 1024]);
    assert_eq!(session.added_address(), None);
    assert_eq!(std::format!("{}", session.module().unwrap()), "05.01-20230415-0000012345-0987654321");
}

#[test]
fn bytes_behind_the_last_answer_are_left_alone() {
    let mut session = Session::new(Wanted::default());
    until_read(&mut session);
    let answer = text_answer(0x41, &[]);
    let stream = [&answer[..], &[1, 2, 3]].concat();
    assert_eq!(session.feed(&stream), Ok((Step::Done, answer.len())));
}

#[test]
fn a_late_answer_of_an_earlier_reading_is_dropped() {
    let mut session = Session::new(Wanted::default());
    let _ = session.begin();
    assert_eq!(session.feed(&text_answer(0x42, &[9; 1024])).unwrap().0, Step::Receive);
    expect_send(&mut session, &number(), Command::FindCard);
    expect_send(&mut session, &[&frame(&SELECTED)[..], &frame(&FOUND)].concat(), Command::SelectCard);
    expect_send(&mut session, &frame(&SELECTED), Command::ReadText);
    session.feed(&text_answer(0x41, &[])).unwrap();
    assert_eq!(
        session.text().unwrap().field(super::super::Field::Name).unwrap().units().next(),
        Some(0x4141)
    );
    assert_eq!(session.dropped(), 2);
}

#[test]
fn no_card_is_a_pause_and_then_another_look() {
    let mut session = Session::new(Wanted::default());
    let _ = session.begin();
    expect_send(&mut session, &number(), Command::FindCard);
    let none = frame(&[0, 0, 0x80]);
    assert!(matches!(session.feed(&none).unwrap().0, Step::NoCard { again_in_ms } if again_in_ms > 300));
    assert!(matches!(session.elapsed(), Ok(Step::Send { frame, .. }) if frame == Command::FindCard.frame()));
}

#[test]
fn silence_is_told_after_one_more_try() {
    let mut session = Session::new(Wanted::default());
    let _ = session.begin();
    assert!(matches!(session.elapsed(), Ok(Step::Send { .. })));
    assert_eq!(session.elapsed(), Err(ReadError::ReaderSilent));
}

#[test]
fn refusals_say_what_to_do() {
    for (status, error) in [
        (0x31, ReadError::NotGenuine(Status::CardRefusedModule)),
        (0x33, ReadError::NotGenuine(Status::ContentNotGenuine)),
        (0x40, ReadError::OtherCardKind),
        (0x41, ReadError::LiftCard(Status::ReadFailed)),
        (0x66, ReadError::Module(Status::ModuleNotAuthorised)),
    ] {
        let mut session = Session::new(Wanted::default());
        until_read(&mut session);
        assert_eq!(session.feed(&frame(&[0, 0, status])).unwrap_err(), error);
    }
}

#[test]
fn an_answer_whose_leading_status_is_not_zero_is_not_for_us() {
    let mut session = Session::new(Wanted::default());
    until_read(&mut session);
    assert_eq!(session.feed(&frame(&[1, 0, 0x41])).unwrap().0, Step::Receive);
}

#[test]
fn a_command_that_arrived_damaged_is_sent_again_once() {
    let mut session = Session::new(Wanted::default());
    let _ = session.begin();
    expect_send(&mut session, &number(), Command::FindCard);
    expect_send(&mut session, &frame(&[0, 0, 0x10]), Command::FindCard);
    assert_eq!(session.feed(&frame(&[0, 0, 0x10])), Err(ReadError::Refused(Status::ReceivedCheck)));
}

#[test]
fn a_module_without_fingerprints_is_asked_for_the_rest() {
    let mut session = Session::new(Wanted { fingerprint: true, ..Wanted::default() });
    let _ = session.begin();
    expect_send(&mut session, &number(), Command::FindCard);
    expect_send(&mut session, &frame(&FOUND), Command::SelectCard);
    expect_send(&mut session, &frame(&SELECTED), Command::ReadTextAndFingerprint);
    expect_send(&mut session, &frame(&[0, 0, 0x21]), Command::ReadText);
    assert_eq!(session.feed(&text_answer(0x41, &[7; 1024])).unwrap().0, Step::Done);
}

#[test]
fn text_photo_and_fingerprint_come_in_one_answer() {
    let mut session = Session::new(Wanted { fingerprint: true, ..Wanted::default() });
    let _ = session.begin();
    expect_send(&mut session, &number(), Command::FindCard);
    expect_send(&mut session, &frame(&FOUND), Command::SelectCard);
    expect_send(&mut session, &frame(&SELECTED), Command::ReadTextAndFingerprint);
    let head = [0, 0, 0x90, 1, 0, 4, 0, 4, 0];
    let answer = frame(&[&head[..], &[0x41; 256], &[7; 1024], &[9; 1024]].concat());
    assert_eq!(answer.len(), 2321, "as the specification counts it");
    assert_eq!(session.feed(&answer), Ok((Step::Done, answer.len())));
    assert_eq!((session.photo(), session.fingerprint()), (&[7; 1024][..], &[9; 1024][..]));
}

#[test]
fn a_photo_of_impossible_length_does_not_fail_the_reading() {
    for photo_length in [[0xFF, 0xFF], [0, 0], [4, 1]] {
        let mut session = Session::new(Wanted::default());
        until_read(&mut session);
        let answer =
            frame(&[&[0, 0, 0x90, 1, 0][..], &photo_length, &[0x41; TEXT_LENGTH], &[7; 1024]].concat());
        assert_eq!(session.feed(&answer).unwrap().0, Step::Done);
        assert!(session.photo().is_empty());
    }
}

#[test]
fn half_an_answer_is_asked_for_once_more_and_silence_is_not() {
    let mut session = Session::new(Wanted::default());
    until_read(&mut session);
    let answer = text_answer(0x41, &[7; 1024]);
    session.feed(&answer[..700]).unwrap();
    assert!(session.mid_frame());
    assert!(matches!(session.elapsed(), Ok(Step::Send { frame, .. }) if frame == Command::ReadText.frame()));
    assert_eq!(session.feed(&frame(&[0, 0, 0x41])).unwrap_err(), ReadError::LiftCard(Status::ReadFailed));

    let mut silent = Session::new(Wanted::default());
    until_read(&mut silent);
    assert_eq!(silent.elapsed(), Err(ReadError::ReaderSilent));
}

#[test]
fn a_document_of_unknown_type_is_another_kind_of_card() {
    let mut session = Session::new(Wanted::default());
    until_read(&mut session);
    let mut text = [0x20; TEXT_LENGTH];
    text[248..250].copy_from_slice(b"Q\0");
    let answer = frame(&[&[0, 0, 0x90, 1, 0, 0, 0][..], &text].concat());
    assert_eq!(session.feed(&answer), Err(ReadError::OtherCardKind));
}

#[test]
fn impossible_lengths_are_refused() {
    let mut session = Session::new(Wanted::default());
    until_read(&mut session);
    let answer = frame(&[&[0, 0, 0x90, 1, 1, 4, 0][..], &[0; 1280]].concat());
    assert_eq!(session.feed(&answer).unwrap_err(), ReadError::Content);
}

proptest! {
    #[test]
    fn any_bytes_never_panic(pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 0..40)) {
        let mut session = Session::new(Wanted { fingerprint: true, added_address: true });
        let _ = session.begin();
        for piece in pieces {
            if session.feed(&piece).is_err() || session.elapsed().is_err() {
                break;
            }
        }
    }
}
