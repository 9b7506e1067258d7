//! A conversation with a device: ask, repeat, carry its datagrams meanwhile, find the line again when it was lost.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use yika_driver::serial::{Line, SerialError};
use yika_protocol::fault::device::{LINK_SILENT, LINK_VERSION, SALE_TOO_BIG};
use yika_protocol::link::{CURRENT_VERSION, FrameError, FromDevice, FromTill, MIN_VERSION, Outbox, Receiver};
use yika_settle::terminals;
use yika_settle::transport::Transport;

use super::line;
use super::said::Said;
use crate::args::PortArgs;
use crate::failure::Failure;
use crate::lang::Words;
use crate::output::{Console, Tone};

/// A question without its answer is asked again this often.
const AGAIN: Duration = Duration::from_secs(1);

/// How long one look at the line takes at most.
const LOOK: Duration = Duration::from_millis(50);

/// How long a carried datagram may take. The device repeats by itself.
const CARRY: Duration = Duration::from_secs(8);

/// Carries datagrams to the centre.
#[derive(Clone)]
pub(crate) struct Carrier {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) centre: String,
}

/// One device, its line open or to be opened again.
pub(crate) struct Talk {
    port: String,
    baud: u32,
    line: Option<Box<dyn Line>>,
    lost: Option<SerialError>,
    receiver: Receiver,
    /// Bytes of the line that were not looked at yet.
    heard: VecDeque<u8>,
    number: u16,
    carrier: Option<Carrier>,
    /// Answers of the centre, with the numbers they belong to.
    carried: (mpsc::UnboundedSender<Carried>, mpsc::UnboundedReceiver<Carried>),
    /// Numbers on their way to the centre.
    under_way: Vec<u16>,
    version: Option<u8>,
    console: Console,
    /// Datagrams carried there, and answers brought back.
    pub(crate) counts: (u64, u64),
}

/// The number of a datagram, and what the centre said to it.
type Carried = (u16, Result<Option<Vec<u8>>, Words>);

impl Talk {
    /// Opens the line.
    pub(crate) fn open(
        port: &str,
        baud: u32,
        carrier: Option<Carrier>,
        console: &Console,
    ) -> Result<Self, Failure> {
        let line = line::open(port, baud)?;
        Ok(Self {
            port: port.to_owned(),
            baud,
            line: Some(line),
            lost: None,
            receiver: Receiver::new(),
            heard: VecDeque::new(),
            // Any number does; another than the last program's keeps its late answers apart.
            number: std::process::id() as u16,
            carrier,
            carried: mpsc::unbounded_channel(),
            under_way: Vec::new(),
            version: None,
            console: *console,
            counts: (0, 0),
        })
    }

    /// Opens the line of these arguments.
    pub(crate) fn at(args: &PortArgs, carrier: Option<Carrier>, console: &Console) -> Result<Self, Failure> {
        Self::open(&args.port, args.baud, carrier, console)
    }

    /// Asks, and asks again every second, until `wanted` makes something of what the device says.
    ///
    /// # Errors
    /// After `patience` without anything wanted: the line is silent, or speaks another version, or is gone.
    pub(crate) async fn ask<T>(
        &mut self,
        message: &FromTill<'_>,
        patience: Duration,
        mut wanted: impl FnMut(Said) -> Option<Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let number = self.next_number();
        let mut frame = Outbox::new();
        frame.ask(number, message).map_err(|_| Failure::new(&SALE_TOO_BIG))?;
        let frame = frame.pending().to_vec();
        let deadline = Instant::now() + patience;
        let mut asked: Option<Instant> = None;
        loop {
            if asked.is_none_or(|at| at.elapsed() >= AGAIN) {
                asked = Some(Instant::now());
                self.send(&frame);
            }
            match self.listen().await {
                // A refusal of something else, asked before.
                Some((to, Said::Refused(_))) if to != number => {}
                Some((_, said)) => {
                    if let Some(result) = wanted(said) {
                        return result;
                    }
                }
                None => {}
            }
            if Instant::now() >= deadline {
                return Err(self.silence());
            }
        }
    }

    /// The number of a new question. A repetition keeps it.
    pub(crate) fn question(&mut self) -> u16 {
        self.next_number()
    }

    /// Sends something once under this number; what comes of it is heard with everything else.
    pub(crate) fn tell(&mut self, number: u16, message: &FromTill<'_>) -> Result<(), Failure> {
        let mut frame = Outbox::new();
        frame.ask(number, message).map_err(|_| Failure::new(&SALE_TOO_BIG))?;
        let frame = frame.pending().to_vec();
        self.send(&frame);
        Ok(())
    }

    /// One look at the line: what the device says, if anything that is not a datagram to carry.
    pub(crate) async fn listen(&mut self) -> Option<(u16, Said)> {
        self.bring_back();
        self.open_again();
        let said = tokio::task::block_in_place(|| self.look());
        // Others have their turn also when a device never stops talking.
        tokio::task::yield_now().await;
        match said {
            Some((number, Said::Datagram(bytes))) => {
                self.carry(number, bytes);
                None
            }
            said => said,
        }
    }

    /// Why nothing came.
    pub(crate) fn silence(&self) -> Failure {
        match (&self.lost, self.version) {
            (Some(error), _) => Failure::from(error.clone()),
            (None, Some(version)) => Failure::new(&LINK_VERSION).detail(Words::new(
                format!("设备 {version}，本机 {MIN_VERSION}–{CURRENT_VERSION}"),
                format!("the device {version}, here {MIN_VERSION} to {CURRENT_VERSION}"),
            )),
            (None, None) => Failure::new(&LINK_SILENT).detail(Words::same(&self.port)),
        }
    }

    fn next_number(&mut self) -> u16 {
        self.number = self.number.wrapping_add(1);
        self.number
    }

    fn look(&mut self) -> Option<(u16, Said)> {
        let deadline = Instant::now() + LOOK;
        loop {
            while let Some(byte) = self.heard.pop_front() {
                match self.receiver.push(byte) {
                    Some(Ok(frame)) => match FromDevice::decode(frame) {
                        Ok(message) => return Some((frame.number, Said::from(message))),
                        Err(error) => tracing::debug!(?error, "a message that is not understood"),
                    },
                    Some(Err(FrameError::Version(version))) => self.version = Some(version),
                    Some(Err(error)) => tracing::debug!(?error, "no frame"),
                    None => {}
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            let Some(line) = &mut self.line else {
                std::thread::sleep(left);
                return None;
            };
            let mut buffer = [0; 512];
            match line.receive(&mut buffer, left) {
                Ok(count) => self.heard.extend(buffer.iter().take(count)),
                Err(error) => {
                    self.drop_line(error);
                    return None;
                }
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) {
        if let Some(line) = &mut self.line
            && let Err(error) = line.send(bytes)
        {
            self.drop_line(error);
        }
    }

    fn drop_line(&mut self, error: SerialError) {
        self.console.say(
            Tone::Warn,
            "设备线路中断，正在重新连接……",
            "The line to the device broke; opening it again …",
        );
        self.line = None;
        self.heard.clear();
        self.lost = Some(error);
    }

    /// A device that was unplugged or restarted is found again.
    fn open_again(&mut self) {
        if self.line.is_none()
            && let Ok(line) = line::open(&self.port, self.baud)
        {
            self.line = Some(line);
            self.lost = None;
            self.receiver = Receiver::new();
        }
    }

    /// Takes a sealed datagram to the centre. The device repeats it; one that is under way is not taken twice.
    fn carry(&mut self, number: u16, datagram: Vec<u8>) {
        let Some(carrier) = self.carrier.clone() else { return };
        if self.under_way.contains(&number) {
            return;
        }
        self.under_way.push(number);
        self.counts.0 += 1;
        let back = self.carried.0.clone();
        tokio::spawn(async move {
            let answer =
                terminals::carry(carrier.transport.as_ref(), &carrier.centre, &datagram, CARRY).await;
            let answer = answer.map_err(|(fault, detail)| Words::same(format!("{} {detail}", fault.code())));
            let _ = back.send((number, answer));
        });
    }

    fn bring_back(&mut self) {
        while let Ok((number, answer)) = self.carried.1.try_recv() {
            self.under_way.retain(|under_way| *under_way != number);
            match answer {
                Ok(Some(datagram)) => {
                    let mut frame = Outbox::new();
                    if frame.ask(number, &FromTill::Datagram(&datagram)).is_ok() {
                        self.counts.1 += 1;
                        let frame = frame.pending().to_vec();
                        self.send(&frame);
                    }
                }
                Ok(None) => {}
                Err(words) => self.console.say(
                    Tone::Warn,
                    &format!("未送达中心：{}", words.zh),
                    &format!("not carried to the centre: {}", words.en),
                ),
            }
        }
    }
}
