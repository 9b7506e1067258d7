//! What an identity-card reader may send us.

use yika_protocol::resident_card::frame::Deframer;
use yika_protocol::resident_card::text::TEXT_LENGTH;
use yika_protocol::resident_card::{Field, Session, Step, TextBlock, Wanted};
use yika_sim::id_reader::{Emit, IdCardSpec, IdCardType, IdFaults, IdReaderModel};

const FIELDS: [Field; 15] = [
    Field::Name,
    Field::EnglishName,
    Field::EnglishNameRest,
    Field::Gender,
    Field::Ethnicity,
    Field::BirthDate,
    Field::Address,
    Field::Number,
    Field::Issuer,
    Field::ValidFrom,
    Field::ValidUntil,
    Field::TravelPermit,
    Field::IssueCount,
    Field::Country,
    Field::Version,
];

/// A stream in pieces: the first byte says how long a piece is.
pub(super) fn id_frames(data: &[u8]) {
    let Some((size, stream)) = data.split_first() else { return };
    let mut deframer = Deframer::new();
    let mut answers = 0;
    for piece in stream.chunks(usize::from(*size).max(1)) {
        let mut rest = piece;
        while !rest.is_empty() {
            let taken = deframer.push(rest);
            assert!(taken > 0, "without a complete frame every byte is taken");
            rest = &rest[taken..];
            if let Some(answer) = deframer.answer() {
                assert!(answer.data.len() <= 6 + 256 + 1024 + 1024);
                answers += 1;
                deframer.release();
                // A frame inside a broken one may have been found behind it.
                while deframer.answer().is_some() {
                    answers += 1;
                    deframer.release();
                }
            }
        }
    }
    // Preamble, length, status, check.
    assert!(answers * 11 <= stream.len(), "an answer was made of nothing");
}

/// A malicious reader: the first byte says what is asked for, every further piece answers one step.
pub(super) fn id_session(data: &[u8]) {
    let Some((wish, stream)) = data.split_first() else { return };
    let wanted = Wanted { fingerprint: wish & 1 != 0, added_address: wish & 2 != 0 };
    let mut session = Session::new(wanted);
    let mut step = session.begin();
    let mut rest = stream;
    let mut steps = 0_u32;
    while step != Step::Done {
        steps += 1;
        assert!(steps < 20_000, "a reading must end");
        let fed = if rest.is_empty() {
            if matches!(step, Step::NoCard { .. }) {
                return;
            }
            session.elapsed()
        } else {
            let piece = &rest[..rest.len().min(64 + usize::from(*wish))];
            session.feed(piece).map(|(step, taken)| {
                assert!(taken > 0 && taken <= piece.len());
                rest = &rest[taken..];
                if matches!(step, Step::NoCard { .. }) { session.elapsed().unwrap_or(step) } else { step }
            })
        };
        let done = fed == Ok(Step::Done);
        assert!(done || session.text().is_none(), "nothing is given out before the end");
        match fed {
            Ok(next) => step = next,
            Err(_) => return,
        }
    }
    let text = session.text().expect("a finished reading has its text");
    assert!(text.kind().is_some());
    assert!(session.photo().len() <= 1024 && session.fingerprint().len() <= 1024);
}

/// A text block of any content.
pub(super) fn id_text(data: &[u8]) {
    let mut block = [0x20; TEXT_LENGTH];
    for (to, from) in block.iter_mut().zip(data) {
        *to = *from;
    }
    let view = TextBlock::new(&block);
    for field in FIELDS {
        if let Some(text) = view.field(field) {
            assert!(view.kind().is_some());
            assert!(text.units().count() <= text.all_units().len());
            let whole: Result<String, u16> = text.chars().collect();
            if let Ok(whole) = whole {
                assert!(whole.encode_utf16().eq(text.units()), "nothing is lost");
            }
        }
    }
}

/// What the virtual reader answers to a whole reading.
pub(super) fn id_session_examples() -> Vec<Vec<u8>> {
    [IdCardType::Resident, IdCardType::Permit, IdCardType::Foreigner2017, IdCardType::Foreigner2023]
        .into_iter()
        .enumerate()
        .map(|(wish, card_type)| {
            let spec = IdCardSpec { fingerprint_bytes: 1024, ..IdCardSpec::of_type(card_type) };
            let mut reader = IdReaderModel::new(spec, IdFaults::none());
            let requests =
                [(0x12, 0xFF), (0x20, 0x01), (0x20, 0x02), (0x30, [0x01, 0x10][wish & 1]), (0x30, 0x03)];
            let mut stream = vec![wish as u8];
            for (command, parameter) in requests {
                let request = [
                    0xAA,
                    0xAA,
                    0xAA,
                    0x96,
                    0x69,
                    0x00,
                    0x03,
                    command,
                    parameter,
                    0x03 ^ command ^ parameter,
                ];
                for reply in reader.receive(&request, std::time::Duration::ZERO) {
                    if let Emit::Bytes(bytes) = reply.what {
                        stream.extend(bytes);
                    }
                }
            }
            stream
        })
        .collect()
}

/// Blocks of the four documents, cut out of those streams.
pub(super) fn id_text_examples() -> Vec<Vec<u8>> {
    id_session_examples()
        .into_iter()
        .map(|stream| {
            // Behind the wish, the three short answers, and the head of the long one.
            let head = if stream[0] & 1 == 1 { 16 } else { 14 };
            let from = 1 + 27 + 15 + 19 + head;
            stream[from..from + TEXT_LENGTH].to_vec()
        })
        .collect()
}
