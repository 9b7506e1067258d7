//! `[[devices.attached]]`: the devices of a counter by name.

use toml::Spanned;
use yika_driver::terminal::DeviceKind;
use yika_protocol::voucher::{CodeRule, Framing, Suffix};

use super::check::{Place, Verdict, plain_text};
use super::raw::RawAttached;
use crate::failure::Failure;
use crate::lang::Words;

/// Line speeds of scanners.
const SPEEDS: std::ops::RangeInclusive<i64> = 300..=4_000_000;

/// A device that the site names.
#[derive(Debug, Clone)]
pub(crate) struct Attached {
    /// What it is called.
    pub(crate) label: String,
    /// Identity, path, or part of a reader's name.
    pub(crate) at: String,
    pub(crate) function: AttachedFunction,
}

/// What it does.
#[derive(Debug, Clone)]
pub(crate) enum AttachedFunction {
    CardReader,
    IdReader,
    Scanner {
        /// Line speed in baud.
        speed: u32,
        framing: Framing,
    },
}

impl Attached {
    /// A scanner that types like a keyboard.
    pub(crate) fn is_keyboard(&self) -> bool {
        self.at.starts_with("/dev/input/")
    }
}

impl Place<'_> {
    pub(super) fn attached(&self, raw: Vec<Spanned<RawAttached>>) -> Result<Vec<Attached>, Failure> {
        let mut devices: Vec<Attached> = Vec::new();
        for device in raw {
            let device = self.one(device)?;
            let taken = |other: &&Attached| other.label == device.0.label;
            if devices.iter().any(|other| taken(&other)) {
                let words = Words::new("每台设备的 label 不得重复", "every device has a label of its own");
                return Err(self.fault(device.1, words));
            }
            devices.push(device.0);
        }
        Ok(devices)
    }

    fn one(&self, raw: Spanned<RawAttached>) -> Result<(Attached, std::ops::Range<usize>), Failure> {
        let raw = raw.into_inner();
        let label_span = raw.label.span();
        let label = self.text(raw.label, |label| plain_text(label, 40))?;
        let at = self.text(raw.at, |at| plain_text(at, 200))?;
        let kind_span = raw.kind.span();
        let kind = match raw.kind.get_ref().as_str() {
            "card_reader" => DeviceKind::CardReader,
            "id_reader" => DeviceKind::IdReader,
            "scanner" => DeviceKind::Scanner,
            _ => {
                let words = Words::new(
                    "应为 \"card_reader\"（读卡器）、\"id_reader\"（身份证阅读器）或 \"scanner\"（扫码枪）",
                    "must be \"card_reader\", \"id_reader\" or \"scanner\"",
                );
                return Err(self.fault(kind_span, words));
            }
        };
        if kind != DeviceKind::Scanner {
            let of_scanner = [
                raw.speed.as_ref().map(Spanned::span),
                raw.suffix.as_ref().map(Spanned::span),
                raw.prefix.as_ref().map(Spanned::span),
                raw.length.as_ref().map(Spanned::span),
            ];
            if let Some(span) = of_scanner.into_iter().flatten().next() {
                let words = Words::new("只有扫码枪（scanner）有这一项", "only a scanner has this setting");
                return Err(self.fault(span, words));
            }
        }
        let function = match kind {
            DeviceKind::CardReader => AttachedFunction::CardReader,
            DeviceKind::IdReader => AttachedFunction::IdReader,
            _ => {
                let mut framing = Framing::new(self.suffix(raw.suffix)?);
                if let Some(prefix) = raw.prefix {
                    let span = prefix.span();
                    framing.prefix =
                        heapless_prefix(prefix.get_ref()).map_err(|words| self.fault(span, words))?;
                }
                if let Some(length) = raw.length {
                    let span = length.span();
                    framing.rule = code_rule(length.get_ref()).map_err(|words| self.fault(span, words))?;
                }
                AttachedFunction::Scanner { speed: self.speed(raw.speed)?, framing }
            }
        };
        Ok((Attached { label, at, function }, label_span))
    }

    fn suffix(&self, raw: Option<Spanned<String>>) -> Result<Suffix, Failure> {
        let Some(raw) = raw else { return Ok(Suffix::LineEnd) };
        match raw.get_ref().as_str() {
            "line" | "cr" | "lf" | "crlf" => Ok(Suffix::LineEnd),
            "tab" => Ok(Suffix::Tab),
            "etx" => Ok(Suffix::StxEtx),
            "none" => Ok(Suffix::Silence),
            _ => {
                let words = Words::new(
                    "应为 \"cr\"、\"lf\"、\"crlf\"、\"tab\"、\"etx\" 或 \"none\"",
                    "must be \"cr\", \"lf\", \"crlf\", \"tab\", \"etx\" or \"none\"",
                );
                Err(self.fault(raw.span(), words))
            }
        }
    }

    fn speed(&self, raw: Option<Spanned<i64>>) -> Result<u32, Failure> {
        let Some(raw) = raw else { return Ok(9600) };
        match u32::try_from(*raw.get_ref()) {
            Ok(speed) if SPEEDS.contains(&i64::from(speed)) => Ok(speed),
            _ => {
                let words = Words::new("波特率应为 300 到 4000000", "a line speed is 300 to 4000000 baud");
                Err(self.fault(raw.span(), words))
            }
        }
    }
}

/// Characters that the scanner puts in front of each code.
fn heapless_prefix(text: &str) -> Verdict<heapless::Vec<u8, 8>> {
    let bad = || Words::new("应为 1 到 8 个可打印 ASCII 字符", "must be 1 to 8 printable ASCII characters");
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(bad());
    }
    heapless::Vec::from_slice(text.as_bytes()).map_err(|_| bad())
}

/// `[shortest, longest]`
fn code_rule(length: &[i64]) -> Verdict<CodeRule> {
    if let [shortest @ 1..=64, longest @ 1..=64] = length
        && shortest <= longest
        && let (Ok(shortest), Ok(longest)) = (usize::try_from(*shortest), usize::try_from(*longest))
    {
        return Ok(CodeRule { shortest, longest });
    }
    Err(Words::new(
        "应为两个 1 到 64 的数：[最短, 最长]",
        "must be two numbers from 1 to 64: [shortest, longest]",
    ))
}
