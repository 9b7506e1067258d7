//! `yika sim card`: a card that does not exist, in the virtual reader of a real PC/SC service.

use std::fmt::Display;
use std::net::SocketAddr;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use serde_json::{Value, json};
use yika_protocol::fault::card::VIRTUAL_CARD_SPEC;
use yika_protocol::fault::settle::{ARGUMENT_INVALID, PROGRAM_ERROR};
use yika_sim::vpcd::{self, Options, VpcdError};
use yika_sim::{Card, CardSpec, Plan, Torn, VirtualCard};

use crate::args::{Global, SeatArgs, SimCardArgs, SimVerb, SlotArg};
use crate::failure::{Exit, Failure, Outcome};
use crate::files;
use crate::lang::Words;
use crate::output::{Console, Page, Tone, View};
use crate::signals;
use crate::till;

/// How many commands a random tear chooses from: about a whole read.
const TEAR_WITHIN: u64 = 20;

/// Runs a device until Ctrl-C.
pub(crate) fn run(verb: &SimVerb, global: &Global, console: &Console) -> Outcome {
    match verb {
        SimVerb::Card(args) => card(args, console),
        SimVerb::Psam(args) => super::sim_psam::run(args, console),
        SimVerb::IdReader(args) => super::sim_id_reader::run(args, console),
        SimVerb::Scanner(args) => super::sim_scanner::run(args, console),
        SimVerb::Phone(args) => super::sim_phone::run(args, console),
        SimVerb::Pos(args) => super::sim_pos::run(args, global, console),
    }
}

/// Runs until Ctrl-C, or until the card is out of the reader for good.
fn card(args: &SimCardArgs, console: &Console) -> Outcome {
    let slot = match &args.slot {
        SlotArg::Line(place) => return super::sim_slot::run(args, place, console),
        SlotArg::Reader(slot) => *slot,
    };
    let card = Torn::new(VirtualCard::new(spec(args)?), plan(args)?);
    let words = Words::new("虚拟卡已插入", "virtual card is in");
    sit(card, slot, &args.seat, &words, console)
}

/// Puts a card into a slot of the virtual reader, says so with these words, and serves it to its end.
pub(super) fn sit<C: Card + 'static>(
    card: C,
    slot: u8,
    seat: &SeatArgs,
    words: &Words,
    console: &Console,
) -> Outcome {
    let port = seat.port.or(vpcd::PORTS.get(usize::from(slot)).copied()).unwrap_or(vpcd::PORTS[0]);
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let options = Options {
        connect_timeout: seat.wait(),
        reconnect: Some(Duration::from_millis(500)),
        reinsert: seat.reinsert(),
        ..Options::default()
    };
    till::block_on(async {
        let stop = signals::stop()?;
        let running = vpcd::connect_with(address, card, options).map_err(failure)?;
        running.wait_taken(seat.wait()).map_err(failure)?;
        let _ = console.print(&Ready { address, words: words.clone() });
        tokio::pin!(stop);
        let mut running = running;
        loop {
            let watch = tokio::task::spawn_blocking(move || {
                // Short waits, so that Ctrl-C finds the handle again.
                let ended = running.wait_ended(Duration::from_millis(200));
                (running, ended)
            });
            let ended;
            (running, ended) = tokio::select! {
                () = &mut stop => return Ok(Exit::Done),
                watched = watch => watched.map_err(|error| Failure::new(&PROGRAM_ERROR).detail(Words::same(error)))?,
            };
            if ended {
                console.say(Tone::Plain, "卡片已离开读卡器。", "The card is out of the reader.");
                return Ok(Exit::Done);
            }
        }
    })
}

pub(super) fn spec(args: &SimCardArgs) -> Result<CardSpec, Failure> {
    let spec = match &args.spec {
        None => CardSpec::default(),
        Some(file) => read_spec(file)?,
    };
    Ok(match args.seed {
        Some(seed) => spec.with_seed(seed),
        None => spec,
    })
}

/// A card from its file.
pub(super) fn read_spec(file: &Path) -> Result<CardSpec, Failure> {
    let text = files::read_text(file)?;
    CardSpec::parse(&text)
        .map_err(|error| Failure::new(&VIRTUAL_CARD_SPEC).detail(files::error_at(file, error.line(), &error)))
}

/// `random[:WITHIN]`, or any number of tears at named commands.
pub(super) fn plan(args: &SimCardArgs) -> Result<Plan, Failure> {
    let bad = bad_tear;
    if let [only] = args.tear.as_slice()
        && let Some(rest) = only.strip_prefix("random")
    {
        let within = match rest.strip_prefix(':') {
            Some(number) => number.parse().ok().filter(|within| *within > 0),
            None if rest.is_empty() => Some(TEAR_WITHIN),
            None => None,
        };
        let within = within.ok_or_else(|| bad(only, "random[:WITHIN], WITHIN 1 or more"))?;
        return Ok(Plan::Seeded { seed: args.seed.unwrap_or_default(), within });
    }
    tears(&args.tear)
}

/// Tears at named commands.
pub(super) fn tears(words: &[String]) -> Result<Plan, Failure> {
    let tears = words.iter().map(|text| text.parse().map_err(|error| bad_tear(text, &format!("{error}"))));
    tears.collect::<Result<_, _>>().map(Plan::At)
}

/// The words of `--faults`: names, or `all`.
#[cfg_attr(not(unix), allow(dead_code, reason = "its devices are virtual serial ports"))]
pub(super) fn faults<F>(words: &[String], all: &[F]) -> Result<Vec<F>, Failure>
where
    F: FromStr<Err: Display> + Clone,
{
    if words.iter().any(|word| word == "all") {
        return Ok(all.to_vec());
    }
    let words = words.iter().map(|word| word.trim()).filter(|word| !word.is_empty());
    words
        .map(str::parse)
        .collect::<Result<_, _>>()
        .map_err(|error| Failure::new(&ARGUMENT_INVALID).detail(Words::same(format!("--faults: {error}"))))
}

fn bad_tear(text: &str, why: &str) -> Failure {
    Failure::new(&ARGUMENT_INVALID).detail(Words::same(format!("--tear {text}: {why}")))
}

fn failure(error: VpcdError) -> Failure {
    let failure = Failure::new(error.fault());
    match &error {
        VpcdError::NoReader { address, source } => {
            failure.detail(files::io_words(Path::new(&address.to_string()), source))
        }
        VpcdError::SlotTaken { address } | VpcdError::Lost { address } => {
            failure.detail(Words::same(address))
        }
    }
}

struct Ready {
    address: SocketAddr,
    words: Words,
}

impl View for Ready {
    fn json(&self) -> Value {
        json!({ "ready": true, "address": self.address.to_string() })
    }

    fn page(&self, page: &mut Page) {
        let stop = page.word("Ctrl-C 拔卡并结束", "Ctrl-C pulls it out and ends");
        let ready = page.lang.pick(&self.words.zh, &self.words.en);
        page.toned(Tone::Good, &format!("{ready} {}  ({stop})", self.address));
    }
}
