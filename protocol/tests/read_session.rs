//! The read session: golden transcripts, makers' quirks, bad records, authentication.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod card;

use card::{FileCard, Keys, Quirks, contact_atr, contactless_atr, hex, play, read, run, tlv};
use yika_protocol::{
    apdu::{Interface, Protocol, Status},
    card_keys::{Algorithm, CardKeyScheme, KeyAnswer, KeyRequest, MasterKeys},
    identity::{CertNoError, Date, Gender, Secret},
    social_card::{
        CardData, Field, FieldError, File, Generation, Input, Partial, ReadError, ReadPlan, ReadSession,
        RecordProblem, Stage, Step,
    },
};

const SELECT: &str = "00A404000F 7378312E73682EC9E7BBE1B1A3D5CF";
const NAME: &str = "091E D5C5C8FD 0000000000000000000000000000000000000000000000000000 9000";
const CERTNO: &str = "0812 393930313031313939303031303131323330 9000";
const NO_KEYS: Keys<'static> = Keys::None(Partial::NoKeyService);

fn settlement(protocol: Protocol) -> ReadSession {
    ReadSession::new(ReadPlan::Settlement, protocol, Some(&contact_atr()))
}

fn assert_settlement_fields(data: &CardData) {
    assert_eq!(data.identification_code.hex().to_string(), "990100D15600000501AABBCCDDEEFF00");
    assert_eq!(data.identification_code.region().as_str(), "990100");
    assert_eq!(data.card_no.expose(), "X00000019");
    assert_eq!(data.expires, Date::new(2029, 5, 1).ok());
    assert_eq!(data.certno.as_ref().unwrap().expose(), "990101199001011230");
    assert_eq!(data.name.as_ref().unwrap().expose(), [0xD5, 0xC5, 0xC8, 0xFD]);
    assert_eq!(data.reset_info.as_ref().unwrap().hex().to_string(), "00815431008660210101000007");
    assert_eq!(data.partial, None);
}

// ---- golden transcripts ----

#[test]
fn generation_2_t0_settlement_takes_nine_commands() {
    let transcript = [
        (SELECT, "611B"),
        ("00C000001B", "6F19 840F7378312E73682EC9E7BBE1B1A3D5CF A5069F0C03860101 9000"),
        ("00B2012C12", "0110 990100D15600000501AABBCCDDEEFF00 9000"),
        ("00B2032C06", "0304 322E3030 9000"),
        ("00B2062C06", "0604 20290501 9000"),
        ("00B2072C0B", "0709 583030303030303139 9000"),
        ("00B2083014", CERTNO),
        ("00B2093020", NAME),
        ("00B24E3016", "6A83"),
    ];
    assert_eq!(transcript.len(), 9);
    let data = play(settlement(Protocol::T0), &transcript, &NO_KEYS).unwrap();
    assert_settlement_fields(&data);
    assert_eq!((data.generation, data.algorithm), (Generation::Two, Algorithm::TripleDes));
    assert_eq!((data.interface, data.spec_version.as_str()), (Interface::Contact, Some("2.00")));
    assert_eq!((data.issued, data.gender), (None, None), "a settlement does not read them");
}

/// Results by a second implementation (Python `cryptography`), scheme assumed-1, SM4.
fn sm4_answer(request: &KeyRequest) -> KeyAnswer {
    assert_eq!(request.region.as_str(), "990100");
    assert_eq!(request.reset_info.as_slice(), hex("00815431008660210101000007"));
    assert_eq!(request.card_factor.as_slice(), hex("8660210101000007"));
    assert_eq!(request.algorithm, Algorithm::Sm4);
    assert_eq!(request.identification_code.as_slice(), hex("990100D15600000501AABBCCDDEEFF00"));
    assert_eq!(request.internal_original.as_slice(), hex("A1B2C3D4E5F60718"));
    assert_eq!(request.internal_process.as_slice(), hex("1122334455667788"));
    assert_eq!(request.external_original.as_slice(), hex("0102030405060708"));
    assert_eq!(request.external_process.as_slice(), hex("99AABBCCDDEEFF00"));
    KeyAnswer::from_field_text(concat!(
        "7D9CF15FCC786F3DA1B2C3D4E5F60718|",
        "A4971F10251F56610102030405060708|"
    ))
    .unwrap()
}

const SELECT_SM4: [(&str, &str); 2] =
    [(SELECT, "611B"), ("00C000001B", "6F19 840F7378312E73682EC9E7BBE1B1A3D5CF A5069F0C03860103 9000")];
const BEFORE_KEYS: [(&str, &str); 3] = [
    ("00B2012C12", "0110 990100D15600000501AABBCCDDEEFF00 9000"),
    ("00B2032C06", "0304 332E3030 9000"),
    ("00B2072C0B", "0709 583030303030303139 9000"),
];
const CHALLENGES: [(&str, &str); 6] = [
    ("0084000008", "A1B2C3D4E5F60718 9000"),
    ("0084000008", "1122334455667788 9000"),
    ("0088000010 1122334455667788 A1B2C3D4E5F60718", "6108"),
    ("00C0000008", "7D9CF15FCC786F3D 9000"),
    ("0084000008", "0102030405060708 9000"),
    ("0084000008", "99AABBCCDDEEFF00 9000"),
];
const EXTERNAL: &str = "0082000A10 A4971F10251F5661 0102030405060708";

#[test]
fn generation_3_authenticates_as_the_field_does() {
    let after = [
        (EXTERNAL, "9000"),
        ("00B2062C06", "0604 20290501 9000"),
        ("00B2083014", CERTNO),
        ("00B2093020", NAME),
        ("00B24E3016", "4E14 0000000000000000000000000000000000000000 9000"),
    ];
    let transcript = [&SELECT_SM4[..], &BEFORE_KEYS, &SELECT_SM4, &CHALLENGES, &after].concat();
    let data = play(settlement(Protocol::T0), &transcript, &Keys::Answer(&sm4_answer)).unwrap();
    assert_settlement_fields(&data);
    assert_eq!((data.generation, data.algorithm), (Generation::Three, Algorithm::Sm4));
}

#[test]
fn generation_3_contactless_asks_with_le() {
    let select = format!("{SELECT}00");
    let fci = "6F19 840F7378312E73682EC9E7BBE1B1A3D5CF A5069F0C03860103 9000";
    let transcript = [
        (select.as_str(), fci),
        BEFORE_KEYS[0],
        BEFORE_KEYS[1],
        BEFORE_KEYS[2],
        (&select, fci),
        CHALLENGES[0],
        CHALLENGES[1],
        ("0088000010 1122334455667788 A1B2C3D4E5F60718 08", "7D9CF15FCC786F3D 9000"),
        CHALLENGES[4],
        CHALLENGES[5],
        (EXTERNAL, "9000"),
        ("00B2062C06", "0604 20290501 9000"),
        ("00B2083014", CERTNO),
        ("00B2093020", NAME),
        ("00B24E3016", "6A88"),
    ];
    let session = ReadSession::new(ReadPlan::Settlement, Protocol::T1, Some(&contactless_atr()));
    let data = play(session, &transcript, &Keys::Answer(&sm4_answer)).unwrap();
    assert_settlement_fields(&data);
    assert_eq!(data.interface, Interface::Contactless);
}

#[test]
fn generation_3_without_an_answer_is_partial_not_an_error() {
    let after = [("00B2062C06", "0604 20290501 9000")];
    let transcript = [&SELECT_SM4[..], &BEFORE_KEYS, &SELECT_SM4, &CHALLENGES, &after].concat();
    let keys = Keys::None(Partial::KeyServiceUnreachable);
    let data = play(settlement(Protocol::T0), &transcript, &keys).unwrap();
    assert_eq!(data.partial, Some(Partial::KeyServiceUnreachable));
    assert_eq!((data.card_no.expose(), data.expires), ("X00000019", Date::new(2029, 5, 1).ok()));
    assert_eq!((data.certno, data.name), (None, None));
}

#[test]
fn without_a_key_service_no_challenge_is_asked_for() {
    let after = [("00B2062C06", "6982")];
    let transcript = [&SELECT_SM4[..], &BEFORE_KEYS, &after].concat();
    let session = settlement(Protocol::T0).without_keys(Partial::NoKeyService);
    let data = play(session, &transcript, &NO_KEYS).unwrap();
    assert_eq!((data.partial, data.expires), (Some(Partial::NoKeyService), None));
}

#[test]
fn without_historical_bytes_there_is_no_card_factor() {
    let after = [("00B2062C06", "0604 20290501 9000")];
    let transcript = [&SELECT_SM4[..], &BEFORE_KEYS, &after].concat();
    let session = ReadSession::new(ReadPlan::Settlement, Protocol::T0, None);
    let data = play(session, &transcript, &NO_KEYS).unwrap();
    assert_eq!((data.partial, data.reset_info), (Some(Partial::NoCardFactor), None));
}

// ---- authentication that fails ----

fn authenticate(keys: &dyn Fn(&KeyRequest) -> KeyAnswer, after: &[(&str, &str)]) -> ReadError {
    let transcript = [&SELECT_SM4[..], &BEFORE_KEYS, &SELECT_SM4, &CHALLENGES, after].concat();
    play(settlement(Protocol::T0), &transcript, &Keys::Answer(keys)).unwrap_err()
}

#[test]
fn a_card_that_is_not_genuine_is_told_before_anything_is_opened() {
    let other = |request: &KeyRequest| {
        let mut answer = sm4_answer(request);
        answer.internal_result[7] ^= 1;
        answer
    };
    let error = authenticate(&other, &[]);
    assert_eq!((error, error.fault().number), (ReadError::NotGenuine, 2020));
}

#[test]
fn an_answer_for_other_challenges_is_refused() {
    let other = |request: &KeyRequest| KeyAnswer { external_original: [0; 8], ..sm4_answer(request) };
    assert_eq!(authenticate(&other, &[]), ReadError::KeyAnswer);
    let other = |request: &KeyRequest| KeyAnswer { internal_original: [0; 8], ..sm4_answer(request) };
    assert_eq!(authenticate(&other, &[]), ReadError::KeyAnswer);
}

#[test]
fn a_card_that_refuses_the_keys_is_told_from_one_that_is_blocked() {
    for (status, error) in [
        ("63C2", ReadError::KeysRefused(Status(0x63C2))),
        ("6300", ReadError::KeysRefused(Status(0x6300))),
        ("6982", ReadError::KeysRefused(Status(0x6982))),
        ("63C0", ReadError::AuthenticationBlocked(Status(0x63C0))),
        ("6983", ReadError::AuthenticationBlocked(Status(0x6983))),
        ("6A88", ReadError::Unexpected { stage: Stage::ExternalAuthentication, status: Status(0x6A88) }),
    ] {
        assert_eq!(authenticate(&sm4_answer, &[(EXTERNAL, status)]), error);
    }
}

#[test]
fn ssf33_is_refused_where_keys_are_needed_and_read_where_not() {
    let ssf33 =
        [SELECT_SM4[0], ("00C000001B", "6F19 840F7378312E73682EC9E7BBE1B1A3D5CF A5069F0C03860102 9000")];
    let transcript = [&ssf33[..], &BEFORE_KEYS].concat();
    let error = play(settlement(Protocol::T0), &transcript, &NO_KEYS).unwrap_err();
    assert_eq!((error, error.fault().number), (ReadError::Algorithm(2), 2003));

    let mut card = FileCard::new(2, Quirks { t0: true, ..Quirks::default() });
    card.algorithm = Some(2);
    assert_eq!(read(&mut card, ReadPlan::Settlement).0.unwrap().algorithm, Algorithm::Ssf33);
    card.algorithm = Some(9);
    assert_eq!(read(&mut card, ReadPlan::Settlement).0.unwrap_err(), ReadError::Algorithm(9));
}

#[test]
fn a_cryptogram_is_sent_once_whatever_length_the_card_would_like() {
    for word in [0x6C10, 0x6700] {
        let status = Status(word);
        let error = ReadError::Unexpected { stage: Stage::ExternalAuthentication, status };
        assert_eq!(authenticate(&sm4_answer, &[(EXTERNAL, &format!("{word:04X}"))]), error);
    }
}

#[test]
fn generation_3_with_every_detour_goes_each_of_them_again_after_selecting_again() {
    const MF: (&str, &str) = ("00A40000023F00", "9000");
    let begin = [
        (SELECT, "6A82"),
        MF,
        SELECT_SM4[0],
        SELECT_SM4[1],
        ("00B2012C12", "6A86"),
        ("00A4020002EF05", "6A86"),
        ("00A4000002EF05", "9000"),
        ("00B2010412", BEFORE_KEYS[0].1),
        ("00B2030406", BEFORE_KEYS[1].1),
        ("00B207040B", BEFORE_KEYS[2].1),
        MF,
    ];
    let after = [
        (EXTERNAL, "9000"),
        ("00A4000002EF05", "9000"),
        ("00B2060406", "0604 20290501 9000"),
        ("00A4000002EF06", "9000"),
        ("00B2080014", "6A86"),
        ("00B2010414", CERTNO),
        ("00B2020420", NAME),
        ("00B2030416", "6A83"),
    ];
    let transcript = [&begin[..], &SELECT_SM4, &CHALLENGES, &after].concat();
    let data = play(settlement(Protocol::T0), &transcript, &Keys::Answer(&sm4_answer)).unwrap();
    assert_settlement_fields(&data);
}

#[test]
fn master_keys_open_the_card_that_was_made_from_them() {
    let masters = MasterKeys {
        internal: Secret::new(*b"YIKA-IRK-TEST-01"),
        read_ssse: Secret::new(*b"YIKA-RK--TEST-01"),
    };
    let after = [
        (EXTERNAL, "9000"),
        ("00B2062C06", "6A83"),
        ("00B2083014", CERTNO),
        ("00B2093020", NAME),
        ("00B24E3016", "6A83"),
    ];
    let transcript = [&SELECT_SM4[..], &BEFORE_KEYS, &SELECT_SM4, &CHALLENGES, &after].concat();
    let answer = |request: &KeyRequest| masters.answer(CardKeyScheme::default(), request).unwrap();
    let data = play(settlement(Protocol::T0), &transcript, &Keys::Answer(&answer)).unwrap();
    assert_eq!((data.certno.unwrap().expose(), data.expires), ("990101199001011230", None));
}

// ---- makers' quirks ----

#[test]
fn every_generation_is_read_in_full_whatever_the_maker_did() {
    let words = [0x6A81, 0x6A82, 0x6A83, 0x6A86, 0x6B00, 0x6981, 0x6985, 0x6986, 0x6D00, 0x6700].map(Some);
    let mut quirks = vec![Quirks::default()];
    for word in words {
        quirks.push(Quirks { no_sfi: word, ..Quirks::default() });
        quirks.push(Quirks { no_tags: word, ..Quirks::default() });
        quirks.push(Quirks { no_numbers: word, ..Quirks::default() });
        quirks.push(Quirks { no_sfi: word, no_tags: word, ..Quirks::default() });
        quirks.push(Quirks { no_sfi: word, no_numbers: word, select_p1_00: true, ..Quirks::default() });
    }
    for base in quirks {
        for bits in 0..32 {
            let quirks = Quirks {
                mf_first: bits & 1 != 0,
                t0: bits & 2 != 0,
                no_fci: bits & 4 != 0,
                le_strict: bits & 8 != 0,
                select_p1_00: bits & 16 != 0 || base.select_p1_00,
                ..base.clone()
            };
            for generation in [1, 2] {
                let mut card = FileCard::new(generation, quirks.clone());
                let data = read(&mut card, ReadPlan::Full).0.unwrap();
                assert_settlement_fields(&data);
                assert_eq!(data.generation.number(), generation);
                assert_eq!((data.card_class, data.gender), (Some(b'1'), Some(Gender::Male)));
                assert_eq!(data.issued, Date::new(2019, 5, 1).ok());
                assert_eq!(data.organisation.unwrap().as_slice(), hex("990100000000000000000001"));
                assert_eq!(data.birth_date, Date::new(1990, 1, 1).ok());
                assert_eq!(data.birthplace.unwrap().as_str(), "990101");
                assert_eq!(data.ethnicity.unwrap().to_string(), "01");
                assert_settlement_fields(&read(&mut card, ReadPlan::Settlement).0.unwrap());
            }
        }
    }
}

#[test]
fn a_way_of_reading_is_found_once_and_kept() {
    let quirks = Quirks { t0: true, no_sfi: Some(0x6A86), no_tags: Some(0x6A86), ..Quirks::default() };
    let (data, sent) = read(&mut FileCard::new(2, quirks), ReadPlan::Full);
    data.unwrap();
    // SELECT, its answer; one refused read; SELECT EF05 and seven records; SELECT EF06, one refused tag, seven records.
    assert_eq!(sent.len(), 2 + 1 + 8 + 1 + 1 + 7);
}

#[test]
fn generation_1_counts_its_records_without_4e_from_the_start() {
    let quirks = Quirks { t0: true, no_tags: Some(0x6A86), ..Quirks::default() };
    let (data, sent) = read(&mut FileCard::new(1, quirks), ReadPlan::Full);
    data.unwrap();
    // SELECT, its answer; seven records; one refused tag; six records.
    assert_eq!(sent.len(), 2 + 7 + 1 + 6);
}

#[test]
fn numbering_is_changed_once_and_a_gap_is_an_error() {
    // Numbered reading of a card whose gender is missing: both numberings bring another tag.
    let mut card = FileCard::new(2, Quirks { no_tags: Some(0x6A86), ..Quirks::default() });
    card.ef06.remove(3);
    let error = read(&mut card, ReadPlan::Full).0.unwrap_err();
    assert!(
        matches!(error, ReadError::Record { tag: 0x0A, problem: RecordProblem::WrongTag(_), .. }),
        "{error}"
    );
}

#[test]
fn numbered_records_without_the_extension_are_understood() {
    // A generation 2 card made like generation 1: no 4E, and no reading by tag.
    for no_sfi in [None, Some(0x6A86)] {
        let mut card = FileCard::new(2, Quirks { no_tags: Some(0x6A86), no_sfi, ..Quirks::default() });
        card.ef06.remove(2);
        let data = read(&mut card, ReadPlan::Full).0.unwrap();
        assert_settlement_fields(&data);
        assert_eq!((data.gender, data.birth_date), (Some(Gender::Male), Date::new(1990, 1, 1).ok()));
        // And the reverse: generation 1 by its version, with a third record 4E.
        let mut card = FileCard::new(2, Quirks { no_tags: Some(0x6A86), no_sfi, ..Quirks::default() });
        card.ef05[2] = tlv(3, b"1.00");
        let data = read(&mut card, ReadPlan::Full).0.unwrap();
        assert_settlement_fields(&data);
        assert_eq!((data.gender, data.birth_date), (Some(Gender::Male), Date::new(1990, 1, 1).ok()));
    }
}

#[test]
fn a_longer_card_number_is_cut_to_nine_and_kept_raw() {
    for (t0, le_strict, cuts) in [
        (false, false, false),
        (true, false, false),
        (true, true, false),
        (false, true, false),
        (false, false, true),
    ] {
        let mut card = FileCard::new(2, Quirks { t0, le_strict, cuts, ..Quirks::default() });
        card.ef05[6] = tlv(7, b"X00000019001");
        let data = read(&mut card, ReadPlan::Settlement).0.unwrap();
        assert_eq!((data.card_no.expose(), data.card_no.raw()), ("X00000019", &b"X00000019001"[..]));
    }
}

#[test]
fn a_name_of_two_parts_is_joined() {
    let mut card = FileCard::new(2, Quirks::default());
    card.ef06[1] = tlv(9, &[[0xB0, 0xA1].repeat(14), vec![0x81, 0x39]].concat());
    card.ef06[2] = tlv(0x4E, &[&[0xEF, 0x34][..], &[0xFF; 18]].concat());
    let data = read(&mut card, ReadPlan::Settlement).0.unwrap();
    let name = data.name.unwrap();
    assert_eq!((name.len(), &name.expose()[26..]), (32, &[0xB0, 0xA1, 0x81, 0x39, 0xEF, 0x34][..]));
}

#[test]
fn an_empty_version_is_generation_2_and_fifteen_digits_are_allowed() {
    let mut card = FileCard::new(2, Quirks::default());
    card.ef05[2] = tlv(3, &[0; 4]);
    card.ef06[0] = tlv(8, b"990101900101123\0\0\0");
    let data = read(&mut card, ReadPlan::Settlement).0.unwrap();
    assert_eq!((data.generation, data.spec_version.as_str()), (Generation::Two, None));
    assert_eq!(data.certno.unwrap().expose(), "990101900101123");
}

// ---- bad cards ----

#[test]
fn other_cards_and_locked_cards_are_told_apart() {
    let answers = |word: u16| {
        run(settlement(Protocol::T0), &mut |_| word.to_be_bytes().to_vec(), &NO_KEYS).0.unwrap_err()
    };
    for word in [0x6A82, 0x6D00, 0x6E00, 0x6A86] {
        assert_eq!(answers(word), ReadError::NotSocialCard(Status(word)));
    }
    for word in [0x6283, 0x6A81, 0x6985, 0x9303] {
        assert_eq!(answers(word), ReadError::Locked(Status(word)));
        assert_eq!(answers(word).fault().number, 2002);
    }
    assert_eq!(answers(0x6F00), ReadError::Unexpected { stage: Stage::Select, status: Status(0x6F00) });
    for word in [0x6100, 0x6110, 0x61FF] {
        assert_eq!(answers(word), ReadError::Loop);
    }
}

#[test]
fn each_bad_record_has_its_error() {
    let record = |tag, problem| ReadError::Record {
        file: if tag < 8 { File::Issuer } else { File::Holder },
        tag,
        problem,
    };
    let field = ReadError::Field;
    let behind = |tag, value: &[u8], more: &[u8]| [&tlv(tag, value), more].concat();
    let cases: [(u8, Vec<u8>, ReadError, u16); 18] = [
        (6, behind(6, &hex("20290501"), &[0x01]), record(6, RecordProblem::WrongLength(4)), 2004),
        (1, tlv(1, &[0x99; 15]), record(1, RecordProblem::WrongLength(15)), 2004),
        (1, tlv(0x11, &[0x99; 16]), record(1, RecordProblem::WrongTag(0x11)), 2004),
        (1, tlv(1, &[0xFF; 16]), field(FieldError::IdentificationCode), 2010),
        (3, tlv(3, b"4.00"), field(FieldError::Version), 2011),
        (6, tlv(6, &hex("20290230")), field(FieldError::Date(Field::Expires)), 2012),
        (6, tlv(6, &hex("202902")), record(6, RecordProblem::WrongLength(3)), 2004),
        (6, vec![6, 4, 0x20, 0x29], record(6, RecordProblem::Cut), 2004),
        (7, tlv(7, &[0xFF; 9]), field(FieldError::CardNumber), 2013),
        (7, tlv(7, b"X0000001"), record(7, RecordProblem::WrongLength(8)), 2004),
        (8, tlv(8, b"990101199001011231"), field(FieldError::CertNo(CertNoError::CheckDigit)), 2015),
        (8, tlv(8, b"990101199013011231"), field(FieldError::CertNo(CertNoError::BirthDate)), 2014),
        (8, vec![8, 18, b'9'], record(8, RecordProblem::Cut), 2004),
        (9, tlv(9, &[0; 30]), field(FieldError::Holder(Field::Name)), 2016),
        (9, tlv(9, &[0xB0; 29]), record(9, RecordProblem::WrongLength(29)), 2004),
        (9, vec![], record(9, RecordProblem::Cut), 2004),
        (9, tlv(0x4E, &[0xB0; 20]), record(9, RecordProblem::WrongTag(0x4E)), 2004),
        (0x4E, tlv(0x4E, &[0xB0; 19]), record(0x4E, RecordProblem::WrongLength(19)), 2004),
    ];
    for (tag, bad, error, code) in cases {
        let mut card = FileCard::new(2, Quirks::default());
        let at = match tag {
            0x4E => 2,
            8 | 9 => usize::from(tag) - 8,
            _ => usize::from(tag) - 1,
        };
        // By number, whatever its tag byte says.
        let mut answer = |command: &[u8]| match command {
            [_, 0xB2, p1, ..] if *p1 == tag => [&bad[..], &[0x90, 0x00]].concat(),
            [_, 0xB2, p1, p2, _] if p2 & 4 != 0 && p2 >> 3 == 6 && usize::from(*p1) == at + 1 => {
                [&bad[..], &[0x90, 0x00]].concat()
            }
            _ => card.answer(command),
        };
        let (outcome, _) = run(settlement(Protocol::T1), &mut answer, &NO_KEYS);
        assert_eq!(outcome.as_ref().err(), Some(&error), "tag {tag:02X} {bad:02X?}");
        assert_eq!(error.fault().number, code, "tag {tag:02X} {bad:02X?}");
    }
}

#[test]
fn missing_records_and_denied_files() {
    for at in [0, 2, 6] {
        let mut card = FileCard::new(2, Quirks::default());
        card.ef05[at] = tlv(0x77, b"");
        assert!(read(&mut card, ReadPlan::Settlement).0.is_err(), "EF05 record {}", at + 1);
    }
    let mut card = FileCard::new(2, Quirks::default());
    card.ef06.clear();
    let error = read(&mut card, ReadPlan::Settlement).0.unwrap_err();
    assert_eq!(error.fault().number, 2005);
    let mut card = FileCard::new(2, Quirks { no_tags: Some(0x6982), ..Quirks::default() });
    let error = read(&mut card, ReadPlan::Settlement).0.unwrap_err();
    assert_eq!(error, ReadError::Denied { file: File::Holder, tag: 8 });
    // What a settlement does not stand on may be missing.
    let mut card = FileCard::new(2, Quirks::default());
    card.ef06.truncate(3);
    let data = read(&mut card, ReadPlan::Full).0.unwrap();
    assert_eq!((data.gender, data.ethnicity, data.birthplace, data.birth_date), (None, None, None, None));
}

#[test]
fn an_optional_field_may_be_there_and_empty() {
    let mut card = FileCard::new(2, Quirks { t0: true, ..Quirks::default() });
    for (file, at) in [(5, 1), (5, 3), (5, 4), (5, 5), (6, 2), (6, 3), (6, 4), (6, 5), (6, 6)] {
        let records = if file == 5 { &mut card.ef05 } else { &mut card.ef06 };
        let tag = records[at][0];
        records[at] = tlv(tag, &[]);
    }
    let data = read(&mut card, ReadPlan::Full).0.unwrap();
    assert_eq!((data.card_class, data.organisation, data.issued, data.expires), (None, None, None, None));
    assert_eq!((data.gender, data.ethnicity, data.birthplace, data.birth_date), (None, None, None, None));
    assert_eq!(data.name.unwrap().expose(), [0xD5, 0xC5, 0xC8, 0xFD]);
    for (file, at) in [(5, 0), (5, 2), (5, 6), (6, 0), (6, 1)] {
        let mut card = FileCard::new(2, Quirks::default());
        let records = if file == 5 { &mut card.ef05 } else { &mut card.ef06 };
        let tag = records[at][0];
        records[at] = tlv(tag, &[]);
        assert_eq!(read(&mut card, ReadPlan::Full).0.unwrap_err().fault().number, 2004);
    }
}

#[test]
fn padding_behind_a_value_is_tolerated() {
    for padding in [0x00, 0xFF] {
        let mut card = FileCard::new(2, Quirks::default());
        card.ef05[5].extend([padding; 3]);
        card.ef06[2].push(padding);
        assert_settlement_fields(&read(&mut card, ReadPlan::Settlement).0.unwrap());
    }
}

// ---- the session itself ----

#[test]
fn inputs_out_of_turn_are_refused_and_a_new_start_works() {
    let mut session = settlement(Protocol::T0);
    assert_eq!(session.next(Input::Response(&[0x90, 0x00])).unwrap_err(), ReadError::OutOfTurn);
    assert_eq!(session.next(Input::NoKeys(Partial::NoKeyService)).unwrap_err(), ReadError::OutOfTurn);
    let answer = KeyAnswer::from_field_text(&format!("{0}|{0}|", "00".repeat(16))).unwrap();
    assert_eq!(session.next(Input::Keys(&answer)).unwrap_err(), ReadError::OutOfTurn);
    assert!(matches!(session.next(Input::Start), Ok(Step::Send(_))));
    assert_eq!(session.next(Input::Keys(&answer)).unwrap_err(), ReadError::OutOfTurn);
    assert_eq!(session.next(Input::Response(&[0x90, 0x00])).unwrap_err(), ReadError::OutOfTurn, "over");
    let mut card = FileCard::new(2, Quirks::default());
    let (outcome, _) = run(session, &mut |command| card.answer(command), &NO_KEYS);
    assert_settlement_fields(&outcome.unwrap());
}

#[test]
fn nothing_of_the_person_is_shown() {
    let mut card = FileCard::new(2, Quirks::default());
    let data = read(&mut card, ReadPlan::Full).0.unwrap();
    let shown = format!("{data:?} {:?} {:?} {:?}", data.certno, data.name, data.card_no);
    for secret in ["990101199001011230", "X00000019", "1990-01-01", "AABBCC", "Male"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

mod never_panics {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn on_any_answers(answers in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..270), 0..60), full: bool, t1: bool) {
            let plan = if full { ReadPlan::Full } else { ReadPlan::Settlement };
            let protocol = if t1 { Protocol::T1 } else { Protocol::T0 };
            let mut answers = answers.into_iter();
            let mut card = |_: &[u8]| answers.next().unwrap_or_default();
            let _ = run(ReadSession::new(plan, protocol, Some(&contact_atr())), &mut card, &NO_KEYS);
        }

        /// A whole card with a few bytes of its answers changed: a read is right, or an error, never wrong in length.
        #[test]
        fn on_a_disturbed_card(generation in 1u8..=3, at in 0usize..40, byte in 0usize..40, xor in 1u8.., t0: bool) {
            let mut card = FileCard::new(generation, Quirks { t0, ..Quirks::default() });
            let mut count = 0;
            let mut disturbed = |command: &[u8]| {
                let mut answer = card.answer(command);
                count += 1;
                let len = answer.len();
                if count == at {
                    answer[byte % len] ^= xor;
                }
                answer
            };
            let session = ReadSession::new(ReadPlan::Full, Protocol::T0, Some(&contact_atr()));
            if let (Ok(data), _) = run(session.without_keys(Partial::NoKeyService), &mut disturbed, &NO_KEYS) {
                prop_assert!(data.card_no.expose().len() <= 9);
                prop_assert_eq!(data.partial.is_some(), data.generation == Generation::Three);
            }
        }
    }
}
