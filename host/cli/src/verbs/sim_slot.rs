//! `yika sim card --slot unix:PATH`: a card that does not exist, on the bare contacts of a device under test.

use std::path::Path;

use serde_json::{Value, json};
use tokio::sync::mpsc;
use yika_sim::slot::{Passed, Place, Running, SlotEvent, SlotOptions};
use yika_sim::{Torn, VirtualCard};

use super::sim::{self, read_spec};
use crate::args::SimCardArgs;
use crate::failure::{Exit, Failure, Outcome};
use crate::lang::Words;
use crate::output::{Console, Page, Tone, View};
use crate::signals;
use crate::stdin;
use crate::till;

/// Runs until Ctrl-C, or until the line is over.
pub(super) fn run(args: &SimCardArgs, place: &Place, console: &Console) -> Outcome {
    let card = Torn::new(VirtualCard::new(sim::spec(args)?), sim::plan(args)?);
    let options = SlotOptions {
        line: args.contacts.line(args.seed.unwrap_or_default()),
        role: args.contacts.role(),
        absent: args.contacts.absent,
        reinsert: args.seat.reinsert(),
    };
    till::block_on(async {
        let stop = signals::stop()?;
        let (told, mut happened) = mpsc::unbounded_channel();
        let running = Running::start(card, place, options, move |event| drop(told.send(event)))
            .map_err(|error| Failure::new(error.fault()).detail(Words::same(error)))?;
        let _ = console.print(&Line::Ready(running.name().to_owned()));
        console.say(
            Tone::Dim,
            "Ctrl-C 结束；标准输入可输入：in 插卡，out 拔卡，card 文件 换一张",
            "Ctrl-C ends; stdin takes: in, out, card FILE (put another in)",
        );
        let mut orders = stdin::lines();
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => {
                    let _ = console.print(&Line::Passed(running.passed()));
                    return Ok(Exit::Done);
                }
                Some(order) = orders.recv() => obey(&running, args, &order, console),
                Some(event) = happened.recv() => match event {
                    SlotEvent::Ended(why) => {
                        return Err(Failure::new(&yika_protocol::fault::credential::VIRTUAL_PORT).detail(Words::same(why)));
                    }
                    event => { let _ = console.print(&Line::Event(event)); }
                },
            }
        }
    })
}

fn obey(running: &Running<Torn<VirtualCard>>, args: &SimCardArgs, order: &str, console: &Console) {
    match order.trim().split_once(' ').unwrap_or((order.trim(), "")) {
        ("in", _) => running.set_present(true),
        ("out", _) => running.set_present(false),
        ("card", file) => {
            match read_spec(Path::new(file.trim())).and_then(|spec| Ok((spec, sim::plan(args)?))) {
                Ok((spec, plan)) => running.replace(Torn::new(VirtualCard::new(spec), plan)),
                Err(failure) => console.print_failure(&failure),
            }
        }
        ("", _) => {}
        (other, _) => console.say(
            Tone::Warn,
            &format!("不认识：{other}（in、out、card 文件）"),
            &format!("not understood: {other} (in, out, card FILE)"),
        ),
    }
}

/// A line of stdout. The first is the place alone, for scripts.
enum Line {
    Ready(String),
    Event(SlotEvent),
    Passed(Passed),
}

impl View for Line {
    fn json(&self) -> Value {
        match self {
            Self::Ready(slot) => json!({ "ready": true, "slot": slot }),
            Self::Event(event) => json!({ "event": match event {
                SlotEvent::Connected => "connected",
                SlotEvent::Disconnected => "disconnected",
                SlotEvent::Present(true) => "in",
                SlotEvent::Present(false) => "out",
                SlotEvent::Ended(_) => "ended",
            }}),
            Self::Passed(passed) => json!({
                "to_card": passed.to_card, "to_device": passed.to_device, "resets": passed.resets,
            }),
        }
    }

    fn page(&self, page: &mut Page) {
        match self {
            Self::Ready(slot) => page.line(slot),
            Self::Event(event) => {
                let words = match event {
                    SlotEvent::Connected => page.word("设备已连接", "the device is on the line"),
                    SlotEvent::Disconnected => page.word("设备已断开", "the device left the line"),
                    SlotEvent::Present(true) => page.word("卡片已插入", "the card is in"),
                    SlotEvent::Present(false) => page.word("卡片已拔出", "the card is out"),
                    SlotEvent::Ended(why) => why,
                };
                let words = words.to_owned();
                page.toned(Tone::Plain, &words);
            }
            Self::Passed(passed) => {
                let words = format!(
                    "{} {} / {} {}",
                    passed.to_card,
                    page.word("字节到卡", "bytes to the card"),
                    passed.to_device,
                    page.word("字节到设备", "bytes to the device"),
                );
                page.toned(Tone::Dim, &words);
            }
        }
    }
}
