//! Every screen and every slip as pictures, compared with those in `hw-docs/screens`.
//!
//! `YIKA_SCREENS=write cargo test -p yika-firmware --test app pictures` draws them anew; look at them before they are kept.

use std::path::PathBuf;

use yika_firmware::hal::Start;
use yika_firmware::pinpad::PadKey;
use yika_firmware::text::{self, Lang};
use yika_protocol::link::FromTill;
use yika_sim::pos::{Paper, picture};

use crate::desk::{Desk, Weather, set_up};
use crate::world::centre::enrolled;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../hw-docs/screens")
}

fn keep(name: &str, png: &[u8]) {
    let file = folder().join(format!("{name}.png"));
    if std::env::var_os("YIKA_SCREENS").is_some_and(|word| word == "write") {
        std::fs::create_dir_all(folder()).unwrap();
        std::fs::write(file, png).unwrap();
        return;
    }
    let kept = std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    assert!(kept == png, "{name} looks different now; see tests/app/pictures.rs");
}

struct Album {
    desk: Desk,
    lang: &'static str,
}

impl Album {
    fn new(lang: Lang) -> Self {
        Self { desk: Desk::new(lang), lang: if lang == Lang::Zh { "zh" } else { "en" } }
    }

    /// Takes a picture of the screen, once its next drawing is done.
    fn shot(&mut self, name: &str) {
        self.desk.turn(1);
        assert!(!self.desk.pos().overflowed(), "{name}: a text does not fit");
        let png = picture::png(self.desk.board().shown(), 3);
        keep(&format!("{}-{name}", self.lang), &png);
    }

    fn paper(&mut self, name: &str, columns: u32) {
        self.desk.turn(30);
        let paper: Paper = self.desk.board().paper().tear_off();
        keep(&format!("{}-{name}", self.lang), &paper.png(columns));
    }
}

fn sales(lang: Lang) {
    let mut album = Album::new(lang);
    album.shot("home");
    album.desk.keys("ok 12345 left");
    album.shot("amount");
    album.desk.keys("ok");
    album.shot("present");
    // A moment into the reading.
    album.desk.board().set_card(true);
    album.desk.turn(2);
    album.shot("reading");
    album.desk.until(text::SETTLED);
    album.shot("settled");
    album.desk.keys("down");
    album.shot("split");
    album.desk.keys("down");
    album.shot("code");
    album.paper("slip-58", 32);
    album.desk.card(false);
    album.desk.keys("ok ok left ok");
    album.shot("ask-void");
    album.desk.keys("ok");
    album.desk.until(text::VOIDED);
    album.shot("voided");
    album.paper("slip-void", 32);
    album.desk.keys("ok left down down ok");
    album.shot("day");
    album.desk.keys("ok ok left left down down down ok");
    album.desk.keys("left left down down down ok");
    album.desk.until(text::DAY_EQUAL);
    album.shot("compared");
}

fn troubles(lang: Lang) {
    let mut album = Album::new(lang);
    album.desk.net.borrow_mut().centre.refuses = vec![5032, 5120];
    album.desk.sell(5032);
    album.desk.until(text::NOT_SETTLED);
    album.shot("refused");
    album.desk.keys("down down");
    album.shot("refused-more");
    album.desk.keys("ok ok 800 ok");
    album.desk.board().set_card(true);
    album.desk.turn(3);
    album.desk.board().set_card(false);
    album.desk.turn(3);
    album.shot("card-pulled");
    album.desk.keys("left");
    album.desk.weather(Weather::Deaf);
    album.desk.sell(800);
    album.desk.wait(3_000);
    album.shot("sending");
    album.desk.wait(9_000);
    album.shot("no-answer");
    album.desk.keys("right");
    album.shot("ask-give-up");
    album.desk.keys("ok");
    album.shot("cancelled");
    album.desk.keys("ok");
    album.desk.weather(Weather::Down);
    album.desk.wait(500);
    album.shot("home-open");
    album.desk.weather(Weather::Deaf);
    for _ in 0..7 {
        album.desk.sell(800);
        album.desk.wait(31_000);
        album.desk.keys("ok");
    }
    album.desk.wait(500);
    album.shot("home-full");
    album.desk.keys("ok");
    album.shot("full");
}

fn pin(lang: Lang) {
    let mut album = Album::new(lang);
    album.desk.keys("left up ok down down ok left left ok 800 ok");
    album.desk.card(true);
    album.desk.until(text::PIN);
    for _ in 0..4 {
        album.desk.board().press_pad(PadKey::Digit(1));
    }
    album.desk.turn(30);
    album.shot("pin");
    album.desk.pin("11");
    album.desk.until(text::PIN_WRONG);
    album.shot("pin-wrong");
}

fn settings(lang: Lang) {
    let mut album = Album::new(lang);
    album.desk.keys("left");
    album.shot("menu");
    album.desk.keys("up");
    album.shot("menu-end");
    album.desk.keys("ok");
    album.shot("settings");
    album.desk.keys("down down down ok");
    album.shot("address");
    album.desk.keys("left down ok");
    for page in 1..=4 {
        album.shot(&format!("terminal-{page}"));
        album.desk.keys("down");
    }
}

fn before_enrolment(lang: Lang) {
    let mut album = Album {
        desk: Desk::with(lang, set_up(None), enrolled(1).centre),
        lang: if lang == Lang::Zh { "zh" } else { "en" },
    };
    album.shot("home-new");
    album.desk.keys("ok");
    album.shot("enrol");
    crate::till::ask(&mut album.desk, 1, &FromTill::EnrolBegin);
    let said = crate::till::heard(&mut album.desk);
    let [(1, crate::till::Said::Request(request))] = said.as_slice() else { panic!("{said:?}") };
    let (_, certificate) = crate::enrolment::issue(request);
    crate::till::ask(&mut album.desk, 2, &FromTill::EnrolGrant { certificate: &certificate.encoded() });
    album.shot("enrol-code");
    album.desk.keys("ok");
    album.shot("enrol-agreed");
}

fn lost(lang: Lang) {
    let mut album = Album::new(lang);
    album.desk.weather(Weather::Dumb);
    album.desk.sell(800);
    album.desk.wait(500);
    album.desk.start(Start::PowerOn);
    album.desk.weather(Weather::Fine);
    album.desk.until(text::CANCELLED_DONE);
    album.shot("cancelled-done");
    album.desk.sell(800);
    album.desk.until(text::SETTLED);
    album.desk.keys("ok left ok ok");
    album.desk.until(text::VOIDED);
    album.desk.lose(3);
    album.shot("lost");
    album.desk.keys("ok");
    album.desk.wait(16_000);
    album.shot("lost-void");
    if lang == Lang::Zh {
        album.desk = Desk::with(lang, vec![[0xFF; 512]; 512], enrolled(1).centre);
        album.shot("store-lost");
        album.desk.keys("right down");
        album.shot("ask-setup");
    }
}

fn doubled(lang: Lang) {
    let mut album = Album::new(lang);
    let old = album.desk.media.snapshot();
    album.desk.sell(800);
    album.desk.until(text::SETTLED);
    let centre = album.desk.net.borrow().centre.clone();
    // The store knows its language already.
    album.desk = Desk::with(Lang::Zh, old, centre);
    album.desk.lang = lang;
    album.desk.sell(800);
    album.desk.until(text::NOT_SETTLED);
    album.shot("doubled");
    album.desk.keys("down down down");
    album.shot("doubled-end");
}

#[test]
fn screens_look_as_they_are_shown_in_the_manual() {
    for lang in [Lang::Zh, Lang::En] {
        sales(lang);
        troubles(lang);
        pin(lang);
        settings(lang);
        before_enrolment(lang);
        lost(lang);
        doubled(lang);
    }
}

#[test]
fn a_wide_slip() {
    let mut album = Album::new(Lang::Zh);
    album.desk.keys("left up ok down ok left left ok 12345 ok");
    album.desk.card(true);
    album.desk.until(text::SETTLED);
    album.paper("slip-80", 48);
    album.desk.keys("ok left down down down ok");
    album.desk.until(text::DAY_EQUAL);
    album.desk.keys("right");
    album.paper("slip-day", 48);
}
