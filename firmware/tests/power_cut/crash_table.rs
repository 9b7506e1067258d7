//! The page `hw-docs/crash-table.md`: its rows are what happened here, cut by cut.
//!
//! `YIKA_WRITE_PAGE=1 cargo test -p yika-firmware --test power_cut crash_table` writes it anew.

use std::fmt::Write as _;

use yika_firmware::{hal::Start, swipes::Standing};

use crate::{
    finish,
    scenarios::{SCENARIOS, Scenario, World},
    world::{
        centre::Centre,
        device::{Device, RING, assert_books_equal},
        media::Tear,
    },
};

const FRONT: &str = include_str!("crash_table_front.md");

const HALF: u32 = 5 + RING as u32;

/// The scenarios of the page and what their steps that write are called.
const PAGES: &[(&str, &str)] = &[
    ("purchase", "A purchase that settles"),
    ("refusal", "A purchase that is refused"),
    ("answer lost, cancelled", "The answer is lost, the cashier cancels"),
    ("answer after the reversal began", "The answer comes after the cashier cancelled"),
    ("void", "A settled purchase is taken back; the first answer is lost"),
];

#[test]
fn crash_table_page_is_what_happens() {
    let page = page();
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../hw-docs/crash-table.md");
    if std::env::var_os("YIKA_WRITE_PAGE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let different = written.lines().zip(page.lines()).find(|(written, made)| written != made);
    assert!(written == page, "hw-docs/crash-table.md is not what happens; first difference: {different:?}");
}

#[derive(Clone, PartialEq, Eq)]
struct Row {
    when: String,
    power: String,
    reset: String,
    centre: &'static str,
    books: &'static str,
}

fn page() -> String {
    let mut page = String::from(FRONT);
    for (name, title) in PAGES {
        let scenario = SCENARIOS.iter().find(|scenario| scenario.name == *name).unwrap();
        write!(page, "\n## {title}\n\n").unwrap();
        page.push_str("| power goes while | device says after power | after resetting itself | centre held | books after |\n");
        page.push_str("|---|---|---|---|---|\n");
        for row in rows(scenario) {
            writeln!(
                page,
                "| {} | {} | {} | {} | {} |",
                row.when, row.power, row.reset, row.centre, row.books
            )
            .unwrap();
        }
    }
    page
}

fn rows(scenario: &'static Scenario) -> Vec<Row> {
    let world = World::new(scenario);
    let mut rows: Vec<Row> = vec![];
    let mut label = Labels::default();
    for at in 0..world.operations() {
        let outcomes = [
            ("old bytes", Tear::Nothing),
            ("torn", Tear::Prefix(40)),
            ("torn", Tear::Suffix(496)),
            ("torn", Tear::Garbled),
            ("new bytes", Tear::Whole),
        ]
        .map(|(tear, kind)| (tear, outcome(&world, at, kind)));
        // The media says which block it was; flushes belong to the block before.
        let when = label.of(&world, at);
        let same = outcomes.iter().all(|(_, row)| *row == outcomes[0].1);
        for (tear, row) in outcomes {
            let when = if same { when.clone() } else { format!("{when}: {tear}") };
            let row = Row { when, ..row };
            if !rows.iter().rev().take(6).any(|known| *known == row) {
                rows.push(row);
            }
        }
    }
    merge(rows)
}

// Neighbours that differ only in which operation it was become one row.
fn merge(rows: Vec<Row>) -> Vec<Row> {
    let mut merged: Vec<Row> = vec![];
    for row in rows {
        match merged.last_mut() {
            Some(last) if Row { when: row.when.clone(), ..last.clone() } == row => {
                if !last.when.contains(&row.when) {
                    let same_block = row
                        .when
                        .strip_suffix(": torn")
                        .is_some_and(|block| last.when.ends_with(&format!("{block}: old bytes")));
                    let more = if same_block { " or torn".into() } else { format!("; {}", row.when) };
                    last.when.push_str(&more);
                }
            }
            _ => merged.push(row),
        }
    }
    merged
}

fn outcome(world: &World, at: u64, tear: Tear) -> Row {
    let (device, centre) = world.cut(at, tear);
    let blocks = device.media.snapshot();
    let counter = world.next_counter();
    let mut says = vec![];
    let mut books = vec![];
    for start in [Start::PowerOn, Start::Reset] {
        let mut device = device.again(&blocks);
        let mut centre = centre.clone();
        device.boot(start);
        says.push(words(&mut device, counter));
        let what = format!("crash table, cut at {at}, {tear:?}, {start:?}");
        device.settle_down(&mut centre);
        assert_books_equal(&mut device, &centre, &what);
        books.push(match (device.standing(counter), centre.counts(counter)) {
            (Some(Standing::Settled), true) => "equal: counts once",
            (Some(Standing::Voided), false) => "equal: taken back",
            (Some(Standing::Voided | Standing::Settled), _) => unreachable!("books are equal"),
            (_, false) => "equal: does not count",
            (_, true) => unreachable!("books are equal"),
        });
        finish(&mut device, &mut centre, &what);
    }
    let books = match books[..] {
        [one, other] if one == other => one,
        _ => "equal: does not count / counts once",
    };
    let reset = says.pop().unwrap();
    let power = says.pop().unwrap();
    Row { when: String::new(), power, reset, centre: centre.holds(counter), books }
}

// What the screen says first.
fn words(device: &mut Device, counter: u64) -> String {
    let recovery = device.recovery();
    if recovery.resumed.is_some() {
        return "wait, do not charge again (goes on)".into();
    }
    match device.standing(counter) {
        None => "ready; nothing had begun",
        Some(Standing::Dropped) => "ready; nothing was sent",
        Some(Standing::Settled) => "settled; offers the slip again",
        Some(Standing::Refused(_)) => "refused, by its code",
        Some(Standing::Reversing) => "cancelled, will not count",
        Some(Standing::Reversed) => "ready; was cancelled",
        Some(Standing::Voiding) => "taking back, goes on",
        Some(Standing::Voided) => "taken back",
        Some(other) => unreachable!("{other:?}"),
    }
    .into()
}

// Names of the operations of one scenario, in order.
#[derive(Default)]
struct Labels {
    written: Vec<u32>,
}

impl Labels {
    fn of(&mut self, world: &World, at: u64) -> String {
        let (device, _) = world.cut(at, Tear::Nothing);
        let block = device.media.last().unwrap();
        if self.written.last() != Some(&block) {
            self.written.push(block);
        }
        let entry = |block: u32| (5..HALF).contains(&block) || (HALF + 5..2 * HALF).contains(&block);
        if !entry(block) {
            let answered = self.written.iter().filter(|block| entry(**block)).count() >= 6;
            return if answered { "keeping the sealed answer" } else { "keeping the sealed bytes" }.into();
        }
        // Each change of an entry writes two twins.
        let change = (self.written.iter().filter(|block| entry(**block)).count() - 1) / 2;
        let twin = ["first", "second"][(self.written.iter().filter(|block| entry(**block)).count() - 1) % 2];
        let change = world.scenario().changes.get(change).copied().unwrap_or("the entry");
        format!("writing *{change}*, {twin} twin")
    }
}

impl World {
    // The counter that the scenario's steps take.
    fn next_counter(&self) -> u64 {
        let (mut device, _): (Device, Centre) = self.stop_after(0);
        device.with(|swipes, _| swipes.last_counter().map_or(0, |counter| counter.get())).unwrap() + 1
    }
}
