//! `yika sim id-reader`: an identity-card reader that does not exist, on a virtual serial port.

use crate::args::SimIdReaderArgs;
use crate::failure::Outcome;
use crate::output::Console;

#[cfg(unix)]
pub(crate) use here::run;

/// Runs until Ctrl-C.
#[cfg(not(unix))]
pub(crate) fn run(_: &SimIdReaderArgs, _: &Console) -> Outcome {
    Err(crate::failure::Failure::new(&yika_protocol::fault::credential::VIRTUAL_PORT))
}

#[cfg(unix)]
mod here {
    use std::path::{Path, PathBuf};

    use serde_json::{Value, json};
    use tokio::sync::mpsc;
    use yika_protocol::fault::credential::VIRTUAL_PORT;
    use yika_sim::id_reader::{IdCardSpec, IdFault, IdFaults, IdReader, IdReaderEvent};

    use super::{Console, Outcome, SimIdReaderArgs};
    use crate::failure::{Exit, Failure};
    use crate::files;
    use crate::lang::Words;
    use crate::output::{Page, Tone, View};
    use crate::signals;
    use crate::stdin;
    use crate::till;
    use crate::verbs::sim;

    /// Runs until Ctrl-C.
    pub(crate) fn run(args: &SimIdReaderArgs, console: &Console) -> Outcome {
        let spec = args.spec.as_deref().map_or_else(|| Ok(IdCardSpec::default()), spec)?;
        let faults = IdFaults::new(sim::faults(&args.faults, &IdFault::ALL)?, args.seed, args.one_in);
        till::block_on(async {
            let stop = signals::stop()?;
            let (told, mut happened) = mpsc::unbounded_channel();
            let reader = IdReader::start(spec, faults, args.link.as_deref(), move |event| {
                let _ = told.send(event);
            });
            let reader = reader.map_err(|error| Failure::new(error.fault()).detail(Words::same(error)))?;
            if args.lifted {
                reader.lift();
            }
            let _ = console.print(&Line::Ready(reader.port().to_owned()));
            console.say(
                Tone::Dim,
                "Ctrl-C 结束；标准输入可输入：lift 拿起，lay 放上，card 文件 换一张，unplug 拔出，plug 插回",
                "Ctrl-C ends; stdin takes: lift, lay, card FILE (lay another), unplug, plug",
            );
            let mut orders = stdin::lines();
            tokio::pin!(stop);
            loop {
                tokio::select! {
                    () = &mut stop => return Ok(Exit::Done),
                    Some(order) = orders.recv() => obey(&reader, &order, console),
                    Some(event) = happened.recv() => match event {
                        IdReaderEvent::Plugged(port) => {
                            let _ = console.print(&Line::Plugged(port));
                        }
                        IdReaderEvent::Unplugged => {
                            let _ = console.print(&Line::Unplugged);
                        }
                        IdReaderEvent::Ended(why) => {
                            return Err(Failure::new(&VIRTUAL_PORT).detail(Words::same(why)));
                        }
                    },
                }
            }
        })
    }

    fn spec(file: &Path) -> Result<IdCardSpec, Failure> {
        IdCardSpec::parse(&files::read_text(file)?)
            .map_err(|error| Failure::new(error.fault()).detail(files::error_at(file, error.line(), &error)))
    }

    fn obey(reader: &IdReader, order: &str, console: &Console) {
        match order.trim().split_once(' ').unwrap_or((order.trim(), "")) {
            ("lay", _) => reader.lay(),
            ("lift", _) => reader.lift(),
            ("unplug", _) => reader.unplug(),
            ("plug", _) => reader.plug(),
            ("card", file) => match spec(Path::new(file.trim())) {
                Ok(spec) => reader.lay_other(spec),
                Err(failure) => console.print_failure(&failure),
            },
            ("", _) => {}
            (other, _) => console.say(
                Tone::Warn,
                &format!("不认识：{other}（lift、lay、card 文件、unplug、plug）"),
                &format!("not understood: {other} (lift, lay, card FILE, unplug, plug)"),
            ),
        }
    }

    /// A line of stdout. The first is the port alone, for scripts.
    enum Line {
        Ready(PathBuf),
        Plugged(PathBuf),
        Unplugged,
    }

    impl View for Line {
        fn json(&self) -> Value {
            match self {
                Self::Ready(port) => json!({ "ready": true, "port": port.display().to_string() }),
                Self::Plugged(port) => json!({ "event": "plugged", "port": port.display().to_string() }),
                Self::Unplugged => json!({ "event": "unplugged" }),
            }
        }

        fn page(&self, page: &mut Page) {
            match self {
                Self::Ready(port) => page.line(&port.display().to_string()),
                Self::Plugged(port) => {
                    page.line(&format!("{} {}", page.word("已插回", "plugged"), port.display()));
                }
                Self::Unplugged => page.line(page.word("已拔出", "unplugged")),
            }
        }
    }
}
