//! `cargo xtask pos --count`: how many instructions a swipe takes on the whole image, with and without a prepared nonce.
//!
//! From the last byte of the card to the datagram on the wire, and from the answer in the network controller to the finished
//! screen: application, network stack, drivers, interrupts. The board counts itself (`firmware/boards/lm3s6965evb/src/count.rs`).

use std::time::Duration;

use crate::demo::Demo;
use crate::firmware;
use crate::packages;
use crate::pos::Pos;
use crate::pos_device::Device;
use crate::processes::PrivateFolder;
use crate::terminal::{self, Step};
use crate::test::Ended;
use crate::workspace;

/// The published budgets (`hw-docs/budgets.md`).
const PREPARED: u64 = 2_000_000;
const UNPREPARED: u64 = 12_000_000;

/// The system timer ticks at 12.5 MHz, and an instruction takes a virtual nanosecond.
const IN_A_TICK: u64 = 80;

/// Between switching on and the sale a device has this long for what it does while idle.
const IDLE: Duration = Duration::from_secs(3);

/// Counts, and says how the budgets stand.
///
/// # Errors
/// A swipe was not settled, or took more than its budget.
pub(crate) fn run(no_install: bool, keep: bool) -> Result<(), String> {
    terminal::heading("一卡 Yika · 一次刷卡的指令数 the instructions of a swipe");
    count(no_install, keep)
}

/// The same as a step of `cargo xtask test`.
///
/// # Errors
/// As [`run`].
pub(crate) fn check(no_install: bool) -> Result<Ended, String> {
    count(no_install, false).map(|()| Ended::Good)
}

fn count(no_install: bool, keep: bool) -> Result<(), String> {
    packages::provide(packages::POS, no_install)?;
    let build = Step::announce("编译 building yika and the image that counts");
    let yika = workspace::build_yika("dev")?;
    let image = firmware::build_counting(no_install)?;
    build.done();

    let folder = PrivateFolder::create(keep)?;
    let shop = Demo::new(yika, folder.path());
    let (_centre, at) = shop.centre()?;
    shop.site(&at.url)?;
    let store = Pos::folder(&shop, at.swipes)?;

    let mut pos = Pos::with_card(&shop, Device::start_counting(&image, &store)?)?;
    pos.set_up()?;
    pos.enrol(&shop)?;
    let prepared = one(&mut pos, &shop, "COUNT-0001")?;
    drop(pos);

    Device::take_noise(&store.join("sd.img"))?;
    let mut pos = Pos::with_card(&shop, Device::start_counting(&image, &store)?)?;
    let unprepared = one(&mut pos, &shop, "COUNT-0002")?;

    let budgets = [
        budget("备有随机数 prepared nonce", prepared, PREPARED),
        budget("未备随机数 none prepared", unprepared, UNPREPARED),
    ];
    budgets.into_iter().collect::<Result<(), String>>()?;
    // Otherwise the first was not what it says.
    if prepared.to_wire * 4 > unprepared.to_wire {
        return Err("第一次刷卡没有用上预备的随机数 the first swipe did not use a prepared nonce".to_owned());
    }
    Ok(())
}

/// Instructions of one swipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counted {
    /// From the card's last byte to the datagram on the wire.
    to_wire: u64,
    /// From the answer's arrival to the finished screen.
    to_screen: u64,
}

fn one(pos: &mut Pos, shop: &Demo, order: &str) -> Result<Counted, String> {
    std::thread::sleep(IDLE);
    let before = pos.device.said().len();
    let picture = pos.swipe(shop, order)?;
    pos.measure_stack()?;
    let said = pos.device.said();
    let said = said.get(before..).unwrap_or_default();
    counted(said, &format!("{:08x}", picture.sum()))
        .ok_or_else(|| format!("板子没有计数 the board did not count: {said}"))
}

/// The board says `count sent TICKS 0` for every datagram and `count shown TICKS SUM` for every picture. The datagram is the
/// first; the finished screen is the first picture with the sum of the one that was seen with the result on it.
fn counted(said: &str, seen: &str) -> Option<Counted> {
    let mut lines = said.lines().filter_map(|line| {
        let mut words = line.strip_prefix("count ")?.split(' ');
        let (what, ticks, sum) = (words.next()?, words.next()?.parse::<u64>().ok()?, words.next()?);
        Some((what, ticks * IN_A_TICK, sum))
    });
    let (_, to_wire, _) = lines.find(|(what, _, _)| *what == "sent")?;
    let (_, to_screen, _) = lines.find(|(what, _, sum)| *what == "shown" && *sum == seen)?;
    Some(Counted { to_wire, to_screen })
}

fn budget(name: &str, is: Counted, may: u64) -> Result<(), String> {
    let sum = is.to_wire + is.to_screen;
    terminal::note(&format!(
        "{} {:>10} + {:>9} = {sum:>10} / {may} instructions",
        terminal::padded(name, 26),
        is.to_wire,
        is.to_screen,
    ));
    if sum <= may { Ok(()) } else { Err(format!("{name}: 超出预算 over budget by {}", sum - may)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_finished_screen_is_the_first_that_was_seen_after_the_datagram() {
        let said = "count shown 9 0000000c\ncount sent 100 00000000\ncount shown 7 0000000b\nqemu: a word\n\
                    count shown 20 0000000c\ncount shown 90 0000000c\ncount shown 95 0000000d\n";
        assert_eq!(counted(said, "0000000c"), Some(Counted { to_wire: 8_000, to_screen: 1_600 }));
    }

    #[test]
    fn a_swipe_without_a_datagram_or_its_picture_counts_nothing() {
        assert_eq!(counted("count shown 7 0000000b\n", "0000000b"), None);
        assert_eq!(counted("count sent 7 00000000\ncount shown 7 0000000b\n", "0000000c"), None);
    }

    #[test]
    fn above_the_budget_is_an_error() {
        let is = Counted { to_wire: 1_500_000, to_screen: 500_000 };
        assert_eq!(budget("", is, PREPARED), Ok(()));
        assert!(budget("", Counted { to_screen: 500_080, ..is }, PREPARED).is_err());
    }
}
