//! Whatever is pressed, scanned, put in, pulled out and cut: nothing panics, every text fits, both books end equal.

use yika_firmware::hal::{Key, Start};
use yika_firmware::pinpad::PadKey;
use yika_firmware::swipes::DayTotals;
use yika_firmware::text::Lang;
use yika_protocol::link::{FromTill, Outbox, PinWish, Sale};
use yika_protocol::money::Fen;
use yika_protocol::swipe::{Draw, Lines};
use yika_sim::pos::picture::braille;

use crate::desk::{Desk, Weather};
use crate::world::random::{Random, seeds};

const KEYS: [Key; 5] = [Key::Up, Key::Down, Key::Left, Key::Right, Key::Select];

fn play(seed: u64) {
    let mut random = Random::new(seed);
    let mut desk = Desk::new(if seed.is_multiple_of(2) { Lang::Zh } else { Lang::En });
    desk.net.borrow_mut().centre.refuses = vec![5032, 5120, 1_000];
    for _ in 0..120 {
        match random.below(22) {
            0..=6 => {
                let key = KEYS[random.below(5) as usize];
                desk.board().press(key);
            }
            7..=8 => desk.board().press(Key::Digit(random.below(10) as u8)),
            9 => desk.board().press(if random.percent(50) { Key::Point } else { Key::Clear }),
            10 => desk.scan(),
            11 => {
                let present = !desk.board().card_in();
                desk.card(present);
            }
            12 => {
                let lies = random.percent(50);
                desk.board().lay_id(lies);
            }
            13 => {
                let pin = if random.percent(70) { desk.card.pin.clone() } else { "0000".into() };
                desk.pin(&pin);
            }
            14 => desk
                .board()
                .press_pad([PadKey::Cancel, PadKey::Back, PadKey::Digit(3)][random.below(3) as usize]),
            15 => {
                let weather = [Weather::Fine, Weather::Fine, Weather::Deaf, Weather::Dumb, Weather::Down];
                desk.weather(weather[random.below(5) as usize]);
            }
            16 => desk.wait_long(random.below(40_000)),
            17 if random.percent(30) => {
                desk.start(if random.percent(70) { Start::PowerOn } else { Start::Reset });
            }
            18 => desk.keys("ok 1200 ok"),
            19 => {
                let order_no = format!("T-{}", random.below(4));
                let amount = Fen(1 + random.below(9_000) as i64);
                let pin = if random.percent(20) { PinWish::Wanted } else { PinWish::AsSet };
                let sale =
                    Sale { order_no: &order_no, amount, draw: Draw::Everything, pin, lines: Lines::NONE };
                let message = if random.percent(80) {
                    FromTill::Sale(sale)
                } else {
                    FromTill::Cancel { order_no: &order_no }
                };
                let mut outbox = Outbox::new();
                outbox.ask(random.below(60_000) as u16, &message).unwrap();
                desk.till.to_device.borrow_mut().extend(outbox.pending());
            }
            20 => {
                let noise = random.next().to_be_bytes();
                desk.board().send_scanner(&noise);
            }
            _ => {
                let noise = random.next().to_be_bytes();
                desk.till.to_device.borrow_mut().extend(noise);
            }
        }
        let turns = 1 + random.below(30) as u32;
        desk.turn(turns);
        if desk.pos().overflowed() {
            panic!("seed {seed}: a text does not fit\n{}", braille(desk.board().shown()));
        }
    }
    // The sun shines and everything comes to its end.
    desk.weather(Weather::Fine);
    desk.wait_long(400_000);
    let net = desk.net.clone();
    let day = net.borrow().centre.day;
    let swipes = desk.pos().swipes_mut().unwrap();
    assert_eq!((swipes.open_reversals(), swipes.open_void()), (0, None), "seed {seed}");
    let ours = swipes.totals(day).unwrap();
    assert_eq!(ours, DayTotals::from(&net.borrow().centre.day_sums(day)), "seed {seed}: books differ");
    assert_eq!(desk.board().paper().unknown(), 0, "seed {seed}");
}

#[test]
fn no_sequence_of_anything_loses_its_way() {
    for seed in seeds(24) {
        play(seed);
    }
}
