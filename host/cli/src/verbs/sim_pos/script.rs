//! What a script does with the device.

use std::time::{Duration, Instant};

use tokio::sync::mpsc::error::TryRecvError;
use yika_firmware::hal::Start;
use yika_protocol::fault::card::VIRTUAL_POS_SCREEN;
use yika_protocol::fault::settle::ARGUMENT_INVALID;
use yika_sim::pos::{Act, picture, script};

use super::{Counter, TURN, report::keep};
use crate::failure::{Exit, Failure, Outcome};
use crate::lang::Words;
use crate::output::Tone;
use crate::stdin;

pub(super) fn read(text: &str) -> Result<Vec<Act>, Failure> {
    script(text)
        .map_err(|error| Failure::new(&ARGUMENT_INVALID).detail(Words::same(format!("--script: {error}"))))
}

impl Counter<'_> {
    pub(super) fn act(&mut self, act: &Act) -> Result<(), Failure> {
        match act {
            Act::Key(key) => {
                self.with_board(|board| board.press(*key));
            }
            Act::Pad(keys) => {
                self.with_board(|board| keys.iter().for_each(|key| board.press_pad(*key)));
            }
            Act::Card(present) => {
                self.with_board(|board| board.set_card(*present));
            }
            Act::IdCard(lies) => {
                self.with_board(|board| board.lay_id(*lies));
            }
            Act::Scan(code) => {
                let code = code.clone().or_else(|| self.args.code.clone()).unwrap_or_else(|| {
                    self.codes += 1;
                    format!("28{:026}", self.codes)
                });
                self.with_board(|board| board.send_scanner(format!("{code}\r").as_bytes()));
            }
            Act::Power | Act::Reset => {
                let start = if *act == Act::Power { Start::PowerOn } else { Start::Reset };
                let card = self.with_board(|board| board.card_in()).unwrap_or(false);
                self.start(start, card)?;
            }
            Act::Network(online) => {
                self.online = *online;
                self.connect()?;
            }
            Act::Wait(millis) => self.run_for(Duration::from_millis(*millis)),
            Act::Until(text) => self.until(text)?,
            Act::Shot(name) => self.shot(name)?,
            Act::Screen => {
                let name = format!("{}", self.shots.len() + 1);
                self.shot(&name)?;
            }
        }
        // A moment for the device, so that the next act meets the next screen.
        self.run_for(Duration::from_millis(40));
        Ok(())
    }

    fn until(&mut self, text: &str) -> Result<(), Failure> {
        let end = Instant::now() + Duration::from_secs(self.args.patience.min(86_400));
        loop {
            self.turn();
            if self.with_board(|board| picture::shows(board.shown(), text)).unwrap_or(false) {
                return Ok(());
            }
            if Instant::now() >= end {
                self.shot("last")?;
                let last = self.shots.pop().map(|(_, rows)| rows).unwrap_or_default();
                // With --json the failure is the one document.
                if !self.console.json {
                    self.report();
                }
                return Err(Failure::new(&VIRTUAL_POS_SCREEN)
                    .detail(Words::same(format!("until:{text}\n{}", last.trim_end()))));
            }
            std::thread::sleep(TURN);
        }
    }

    fn shot(&mut self, name: &str) -> Result<(), Failure> {
        let folder = self.args.shots.clone();
        let Some((blocks, png)) =
            self.with_board(|board| (picture::half_blocks(board.shown()), picture::png(board.shown(), 3)))
        else {
            return Ok(());
        };
        self.shots.push((name.to_owned(), blocks));
        match folder {
            Some(folder) => keep(&folder, name, &png),
            None => Ok(()),
        }
    }

    /// Orders line by line as they come; `screen` is answered at once. Ends with the input.
    pub(super) fn obey(&mut self) -> Outcome {
        let mut orders = stdin::lines();
        let mut heard = false;
        loop {
            match orders.try_recv() {
                Ok(line) => {
                    heard = true;
                    for act in read(&line)? {
                        self.act(&act)?;
                        if act == Act::Screen {
                            self.report();
                        }
                    }
                }
                Err(TryRecvError::Empty) => {
                    self.turn();
                    std::thread::sleep(TURN);
                }
                Err(TryRecvError::Disconnected) => {
                    if !heard {
                        self.console.say(
                            Tone::Warn,
                            "标准输入是空的：设备启动后什么也没做。例：echo '1250 ok screen' | yika sim pos --script -",
                            "stdin was empty: the device started and did nothing. Try: echo '1250 ok screen' | yika sim pos --script -",
                        );
                    }
                    return self.finish();
                }
            }
        }
    }

    pub(super) fn play(&mut self, acts: &[Act]) -> Outcome {
        self.run_for(Duration::from_millis(100));
        for act in acts {
            self.act(act)?;
        }
        self.finish()
    }

    fn finish(&mut self) -> Outcome {
        self.run_for(Duration::from_millis(200));
        let slips = self.slips();
        if let Some(folder) = self.args.shots.clone() {
            for (number, slip) in (1..).zip(slips.iter().filter(|slip| !slip.rows().is_empty())) {
                keep(&folder, &format!("slip-{number}"), &slip.png(self.columns()))?;
            }
        }
        self.report();
        Ok(Exit::Done)
    }
}
