//! The subset of the font: complete for our texts, true to its source, right in GB18030.
//!
//! `YIKA_UNIFONT=…/unifont.hex cargo test -p yika-firmware --test font` writes the subset anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use yika_firmware::screen;
use yika_firmware::text::{Lang, Text, known, refusal};
use yika_protocol::fault::{device, find};

/// Family names of most people, for the masked name on the screen. Others show a box there and print in full on the slip.
const FAMILY_NAMES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文欧阳司徒上官肖";

/// The texts as they were written.
macro_rules! words {
    ($($name:ident: $zh:literal, $en:literal;)*) => {
        pub(crate) const WORDS: &[[&str; 2]] = &[$([$zh, $en]),*];
    };
}

#[path = "../src/text/words.rs"]
mod words;

use words::WORDS;

/// Signs beside the texts.
const SIGNS: &str = "←→↑↓○●◆";

fn needed() -> BTreeSet<char> {
    let words = WORDS.iter().flatten().copied();
    let faults = known().map(|refusal| find(refusal.number).unwrap());
    let faults = faults.flat_map(|fault| [fault.cause_zh, fault.cause_en, fault.action_zh, fault.action_en]);
    let texts = words.chain(faults).chain([FAMILY_NAMES, SIGNS]);
    texts.flat_map(str::chars).chain(' '..='~').collect()
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("font/glyphs.txt")
}

fn gb(character: char) -> u16 {
    let text = character.to_string();
    let (bytes, _, failed) = encoding_rs::GB18030.encode(&text);
    match (&bytes[..], failed) {
        ([first, second], false) => u16::from_be_bytes([*first, *second]),
        _ => 0,
    }
}

/// Character to (GB18030, bitmap).
fn subset() -> BTreeMap<char, (u16, String)> {
    let text = std::fs::read_to_string(file()).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let glyphs = lines.map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let code = u32::from_str_radix(fields[0], 16).unwrap();
        (char::from_u32(code).unwrap(), (u16::from_str_radix(fields[1], 16).unwrap(), fields[2].to_owned()))
    });
    glyphs.collect()
}

#[test]
fn the_subset_is_written_anew_when_asked() {
    let Some(source) = std::env::var_os("YIKA_UNIFONT") else { return };
    let source = std::fs::read_to_string(source).unwrap();
    let glyphs: BTreeMap<&str, &str> = source.lines().filter_map(|line| line.split_once(':')).collect();
    let mut text = String::from(
        "# Glyphs of GNU Unifont 15.0.01 that the device uses; licence in README.md beside this file.\n\
         # Unicode : GB18030 (0000: not in two bytes) : 16 rows of 8 or 16 columns, as in unifont.hex.\n\
         # Made by tests/font.rs; do not edit.\n",
    );
    for character in needed() {
        let code = format!("{:04X}", u32::from(character));
        let bitmap = glyphs.get(code.as_str()).unwrap_or_else(|| panic!("Unifont lacks {character}"));
        let _ = writeln!(text, "{code}:{:04X}:{bitmap}", gb(character));
    }
    std::fs::write(file(), text).unwrap();
}

#[test]
fn every_character_of_our_texts_is_in_the_subset() {
    let missing: String = needed().into_iter().filter(|character| !screen::has(*character)).collect();
    assert!(missing.is_empty(), "not in the subset: {missing}; see tests/font.rs");
}

#[test]
fn nothing_is_in_the_subset_that_is_not_used() {
    let needed = needed();
    let surplus: String = subset().into_keys().filter(|character| !needed.contains(character)).collect();
    assert!(surplus.is_empty(), "not used: {surplus}; see tests/font.rs");
}

#[test]
fn codes_for_the_slip_are_those_of_gb18030() {
    for (character, (code, _)) in subset() {
        assert_eq!(code, gb(character), "{character}");
    }
    let printed = WORDS.iter().flat_map(|[zh, _]| zh.chars()).filter(|character| !character.is_ascii());
    for character in printed {
        assert_ne!(gb(character), 0, "{character} has no two-byte code");
    }
}

#[test]
fn the_glyphs_are_those_of_unifont_where_it_is_installed() {
    let Ok(source) = std::fs::read_to_string("/usr/share/unifont/unifont.hex") else { return };
    let glyphs: BTreeMap<&str, &str> = source.lines().filter_map(|line| line.split_once(':')).collect();
    for (character, (_, bitmap)) in subset() {
        let code = format!("{:04X}", u32::from(character));
        assert_eq!(glyphs.get(code.as_str()), Some(&bitmap.as_str()), "{character}");
    }
}

#[test]
fn glyphs_unpack_to_the_dots_of_the_file() {
    for (character, (_, bitmap)) in subset() {
        let (columns, rows) = screen::bitmap(character);
        let digits = usize::from(columns) / 4;
        let dots: String = rows.iter().map(|row| format!("{row:04X}")[..digits].to_owned()).collect();
        assert_eq!(dots, bitmap, "{character}");
        assert!(rows.iter().all(|row| columns == 16 || row & 0xFF == 0), "{character} is wider than it says");
    }
}

#[test]
fn texts_unpack_to_what_was_written() {
    assert_eq!(Text::all().count(), WORDS.len());
    for (text, [zh, en]) in Text::all().zip(WORDS) {
        assert_eq!(text.get(Lang::Zh).to_string(), *zh);
        assert_eq!(text.get(Lang::En).to_string(), *en);
    }
}

#[test]
fn faults_unpack_to_the_words_of_the_fault_table() {
    assert!(known().count() > device::ALL.len());
    for fault in known().map(|refusal| find(refusal.number).unwrap()).chain(device::ALL.iter().copied()) {
        let words = refusal(fault.number).unwrap();
        let texts = [
            (words.cause(Lang::Zh), fault.cause_zh),
            (words.cause(Lang::En), fault.cause_en),
            (words.action(Lang::Zh), fault.action_zh),
            (words.action(Lang::En), fault.action_en),
        ];
        for (packed, text) in texts {
            assert_eq!(packed.to_string(), text, "{}", fault.code());
        }
    }
    assert!(refusal(0).is_none());
}

/// Whatever stands left of an amount gives way to it: its digits are what the holder pays.
#[test]
fn a_long_amount_is_whole_and_nothing_is_drawn_over_it() {
    use yika_firmware::hal::Frame;
    use yika_firmware::screen::Canvas;
    use yika_firmware::text;
    use yika_protocol::money::Fen;

    let mut shortened = 0;
    for digits in 3..=14 {
        let amount = Fen(10_i64.pow(digits) - 1);
        for lang in [Lang::Zh, Lang::En] {
            for name in [text::CANCEL, text::PIN, text::NO_CASH] {
                let (mut alone, mut both) = (Frame::new(), Frame::new());
                Canvas::new(&mut alone).speaking(lang).right(1, amount);
                let mut canvas = Canvas::new(&mut both).speaking(lang);
                canvas.pair(1, name, amount);
                shortened += u32::from(canvas.overflowed());
                let first = 128 - usize::from(canvas.width(amount));
                for (x, y) in (first..128).flat_map(|x| (16..32).map(move |y| (x, y))) {
                    assert_eq!(both.get(x, y), alone.get(x, y), "{lang:?} {amount:?} {x} {y}");
                }
            }
        }
    }
    assert!(shortened > 0, "some did not fit");
}
