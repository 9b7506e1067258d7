//! `yika sim scanner`: a scanner that does not exist, on a virtual serial port.

use crate::args::SimScannerArgs;
use crate::failure::Outcome;
use crate::output::Console;

#[cfg(unix)]
pub(crate) use here::run;

/// Runs until Ctrl-C.
#[cfg(not(unix))]
pub(crate) fn run(_: &SimScannerArgs, _: &Console) -> Outcome {
    Err(crate::failure::Failure::new(&yika_protocol::fault::credential::VIRTUAL_PORT))
}

#[cfg(unix)]
mod here {
    use std::path::PathBuf;
    use std::time::Duration;

    use serde_json::{Value, json};
    use tokio::time::{Interval, MissedTickBehavior, interval};
    use yika_protocol::fault::settle::ARGUMENT_INVALID;
    use yika_protocol::voucher::code::MAX_CODE;
    use yika_sim::scanner::{ScanFault, ScannerSpec, VirtualScanner};

    use super::{Console, Outcome, SimScannerArgs};
    use crate::args::SuffixArg;
    use crate::codes;
    use crate::failure::{Exit, Failure};
    use crate::lang::Words;
    use crate::output::{Page, Tone, View};
    use crate::signals;
    use crate::stdin;
    use crate::till;
    use crate::verbs::sim;

    /// Runs until Ctrl-C.
    pub(crate) fn run(args: &SimScannerArgs, console: &Console) -> Outcome {
        let spec = spec(args)?;
        let mut ticks = every(args)?;
        if args.code.code.as_deref().is_some_and(|code| code.is_empty() || code.len() > 4 * MAX_CODE) {
            let why = format!("--code: 1 to {} characters", 4 * MAX_CODE);
            return Err(Failure::new(&ARGUMENT_INVALID).detail(Words::same(why)));
        }
        till::block_on(async {
            let stop = signals::stop()?;
            let code = args.code.code.clone().unwrap_or_default();
            let scanner = VirtualScanner::start(spec, code.as_bytes(), args.link.as_deref());
            let scanner = scanner.map_err(|error| Failure::new(error.fault()).detail(Words::same(error)))?;
            let mut ticks = ticks.as_mut().map(|time| regular(*time));
            let mut orders = stdin::lines();
            let _ = console.print(&Ready { port: scanner.path().to_owned() });
            console.say(
                Tone::Dim,
                "Ctrl-C 结束；标准输入可输入：scan 扫一次，code 内容 换一个码，unplug 拔出，plug 插回",
                "Ctrl-C ends; stdin takes: scan, code TEXT (hold another code), unplug, plug",
            );
            tokio::pin!(stop);
            loop {
                let order = tokio::select! {
                    () = &mut stop => return Ok(Exit::Done),
                    () = tick(&mut ticks) => "scan".to_owned(),
                    Some(order) = orders.recv() => order,
                };
                match order.trim().split_once(' ').unwrap_or((order.trim(), "")) {
                    ("scan" | "", _) => {
                        if let (Some(person), Some(centre)) = (&args.code.person, &args.centre) {
                            let issued = codes::issue(centre, person).await?;
                            scanner.show(issued.code.as_bytes());
                        }
                        scanner.scan();
                    }
                    ("code", text) => scanner.show(text.trim().as_bytes()),
                    ("unplug", _) => scanner.unplug(),
                    ("plug", _) => scanner.plug(),
                    _ => console.say(
                        Tone::Warn,
                        "不认识的命令；可用：scan、code 内容、unplug、plug",
                        "Unknown order; there are: scan, code TEXT, unplug, plug",
                    ),
                }
            }
        })
    }

    fn spec(args: &SimScannerArgs) -> Result<ScannerSpec, Failure> {
        let (stx, after): (&[u8], &[u8]) = match args.suffix {
            SuffixArg::Line | SuffixArg::Cr => (b"", b"\r"),
            SuffixArg::Lf => (b"", b"\n"),
            SuffixArg::Crlf => (b"", b"\r\n"),
            SuffixArg::Tab => (b"", b"\t"),
            SuffixArg::Etx => (b"\x02", b"\x03"),
            SuffixArg::None => (b"", b""),
        };
        Ok(ScannerSpec {
            before: [stx, args.prefix.as_bytes()].concat(),
            aim: args.aim.as_bytes().to_vec(),
            after: after.to_vec(),
            // Each scan is ordered here, so that it can have a fresh code.
            every: None,
            faults: sim::faults(&args.faults, &ScanFault::ALL)?,
            seed: args.seed,
        })
    }

    fn every(args: &SimScannerArgs) -> Result<Option<Duration>, Failure> {
        match Duration::try_from_secs_f64(args.every) {
            Ok(Duration::ZERO) => Ok(None),
            Ok(every) if (Duration::from_millis(10)..=Duration::from_secs(3_600)).contains(&every) => {
                Ok(Some(every))
            }
            _ => {
                Err(Failure::new(&ARGUMENT_INVALID)
                    .detail(Words::same("--every: 0, or 0.01 to 3600 seconds")))
            }
        }
    }

    fn regular(every: Duration) -> Interval {
        let mut ticks = interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.reset();
        ticks
    }

    async fn tick(ticks: &mut Option<Interval>) {
        match ticks {
            Some(ticks) => {
                ticks.tick().await;
            }
            None => std::future::pending().await,
        }
    }

    struct Ready {
        port: PathBuf,
    }

    impl View for Ready {
        fn json(&self) -> Value {
            json!({ "ready": true, "port": self.port.display().to_string() })
        }

        /// The port stands alone on the first line, for scripts.
        fn page(&self, page: &mut Page) {
            page.line(&self.port.display().to_string());
        }
    }
}
