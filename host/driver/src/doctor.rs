//! Which of session, service, permission, driver, reader and card is wrong, and what to do about it.

use crate::{
    Words,
    error::LinkError,
    link::SlotState,
    reader::{Reader, Role, Selection},
    service::CardService,
    social_card::{self, ReadOptions},
};
use yika_protocol::fault::{Fault, card as fault};

/// The part that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The desktop session: local or remote.
    Session,
    /// The reader service.
    Service,
    /// The right to use it.
    Permission,
    /// The driver of a reader that the machine sees.
    Driver,
    /// The readers that the service sees.
    Reader,
    /// The card in the chosen reader.
    Card,
}

impl Part {
    /// Name for people and for JSON.
    pub fn name(self) -> &'static str {
        match self {
            Part::Session => "session",
            Part::Service => "service",
            Part::Permission => "permission",
            Part::Driver => "driver",
            Part::Reader => "reader",
            Part::Card => "card",
        }
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Ok,
    /// Works, or will work when somebody inserts a card.
    Warn,
    /// A card cannot be read until this is repaired.
    Bad,
}

/// One result of the examination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub part: Part,
    /// How bad it is.
    pub level: Level,
    /// Cause and what to do, unless all is well.
    pub fault: Option<&'static Fault>,
    /// Names and numbers for people, no personal data.
    pub detail: Words,
}

impl Finding {
    fn ok(part: Part, detail: Words) -> Self {
        Finding { part, level: Level::Ok, fault: None, detail }
    }

    fn new(part: Part, level: Level, fault: &'static Fault, detail: Words) -> Self {
        Finding { part, level, fault: Some(fault), detail }
    }

    fn error(part: Part, level: Level, error: &LinkError) -> Self {
        Finding::new(part, level, error.fault(), error.detail())
    }
}

/// Looks at everything between the program and the card. Takes at most a few seconds and changes nothing.
pub fn examine(service: &CardService, selection: &Selection) -> Vec<Finding> {
    let mut findings = Vec::new();
    session(&mut findings);
    let readers = match service.readers() {
        Ok(readers) => {
            findings.push(Finding::ok(Part::Service, Words::new("应答正常", "answers")));
            findings.push(Finding::ok(Part::Permission, Words::new("已授权", "granted")));
            readers
        }
        Err(error) => {
            service_failed(&error, &mut findings);
            return findings;
        }
    };
    drivers(&readers, &mut findings);
    reader_list(&readers, selection, &mut findings);
    card(service, selection, &readers, &mut findings);
    findings
}

/// In a remote desktop the service of the far machine answers, or none at all though it runs.
fn session(findings: &mut Vec<Finding>) {
    let remote = std::env::var("SESSIONNAME").is_ok_and(|name| name.to_uppercase().starts_with("RDP-"))
        || std::env::var_os("XRDP_SESSION").is_some();
    findings.push(if remote {
        Finding::new(Part::Session, Level::Warn, &fault::REMOTE_SESSION, Words::default())
    } else {
        Finding::ok(Part::Session, Words::new("本地会话", "local"))
    });
}

fn service_failed(error: &LinkError, findings: &mut Vec<Finding>) {
    if *error == LinkError::AccessDenied {
        findings.push(Finding::ok(Part::Service, Words::new("正在运行", "runs")));
        findings.push(Finding::error(Part::Permission, Level::Bad, error));
        return;
    }
    let mut finding = Finding::error(Part::Service, Level::Bad, error);
    if matches!(error, LinkError::NoService | LinkError::ServiceStopped | LinkError::Hangs) {
        finding.detail = service_state();
    }
    findings.push(finding);
}

#[cfg(target_os = "linux")]
fn service_state() -> Words {
    use crate::pcsc::socket::{Socket, path, probe};
    let path = path();
    let path = path.display();
    match probe() {
        Socket::Missing => Words::new(
            format!("{path} 不存在：pcscd 没有安装，或从未启动"),
            format!("{path} does not exist: pcscd is not installed or was never started"),
        ),
        Socket::Silent => Words::new(
            format!("{path} 存在，但没有程序在监听：pcscd 已退出，或正在启动"),
            format!("{path} exists, nobody listens: pcscd died or is just starting"),
        ),
        Socket::Denied => {
            Words::new(format!("当前用户无权打开 {path}"), format!("{path} may not be opened by this user"))
        }
        Socket::Open => Words::new(
            format!("{path} 有程序在监听，但 pcscd 的应答不正常"),
            format!("{path} listens, but pcscd does not answer properly"),
        ),
    }
}

#[cfg(not(target_os = "linux"))]
fn service_state() -> Words {
    Words::default()
}

#[cfg(target_os = "linux")]
fn drivers(readers: &[Reader], findings: &mut Vec<Finding>) {
    let on_usb = crate::pcsc::usb::readers(std::path::Path::new(crate::pcsc::usb::SYSFS));
    findings.extend(without_driver(&on_usb, readers));
}

#[cfg(not(target_os = "linux"))]
fn drivers(_readers: &[Reader], _findings: &mut Vec<Finding>) {}

/// Readers that the kernel sees and the service does not.
#[cfg(target_os = "linux")]
fn without_driver(on_usb: &[crate::pcsc::usb::UsbReader], readers: &[Reader]) -> Vec<Finding> {
    // A reader whose place is unknown (busy, odd driver) may be any of them: let it vouch for one.
    let placed = |port: &str| readers.iter().any(|r| r.usb.as_ref().is_some_and(|usb| usb.port == port));
    let unplaced = readers.iter().filter(|r| r.usb.is_none()).count();
    let missing: Vec<_> = on_usb.iter().filter(|device| !placed(&device.usb.port)).collect();
    if missing.is_empty() {
        let count = on_usb.len();
        let words = match count {
            0 => Words::new("没有 USB 读卡器", "no reader on USB"),
            1 => Words::new("唯一的 USB 读卡器有驱动", "the one reader on USB has its driver"),
            _ => Words::new(
                format!("{count} 台 USB 读卡器都有驱动"),
                format!("all {count} readers on USB have their driver"),
            ),
        };
        return vec![Finding::ok(Part::Driver, words)];
    }
    let level = if missing.len() > unplaced { Level::Bad } else { Level::Warn };
    let finding = |device: &&crate::pcsc::usb::UsbReader| {
        let usb = &device.usb;
        let detail = format!("{} {:04x}:{:04x} at {}", device.product, usb.vendor, usb.product, usb.port);
        Finding::new(Part::Driver, level, &fault::READER_WITHOUT_DRIVER, Words::same(detail))
    };
    missing.iter().map(finding).collect()
}

fn reader_list(readers: &[Reader], selection: &Selection, findings: &mut Vec<Finding>) {
    for reader in readers {
        let name = format!("{} ({})", reader.name, reader.id);
        findings.push(match &reader.state {
            SlotState::Failed(error) => {
                let Words { zh, en } = error.detail();
                let words = Words::new(format!("{name}：{zh}"), format!("{name}: {en}"));
                Finding::new(Part::Reader, Level::Warn, error.fault(), words)
            }
            _ if selection.role(reader) == Role::Sam => {
                let words =
                    Words::new(format!("{name}：安全模块卡槽"), format!("{name}: security module slot"));
                Finding::ok(Part::Reader, words)
            }
            _ => Finding::ok(Part::Reader, Words::same(name)),
        });
    }
    if let Err(error) = selection.pick(readers) {
        findings.push(Finding::error(Part::Reader, Level::Bad, &error));
    }
}

fn card(service: &CardService, selection: &Selection, readers: &[Reader], findings: &mut Vec<Finding>) {
    let Ok(reader) = selection.pick(readers) else { return };
    let level = match &reader.state {
        SlotState::Empty => {
            let name = reader.name.display();
            findings.push(Finding::new(Part::Card, Level::Warn, &fault::NO_CARD, Words::same(name)));
            return;
        }
        SlotState::Failed(_) => return,
        SlotState::Mute | SlotState::Card { .. } => Level::Bad,
    };
    let options = ReadOptions { reader: Selection::exactly(reader), ..ReadOptions::default() };
    findings.push(match social_card::read(service, &options) {
        Ok(card) => Finding::ok(Part::Card, card.summary()),
        Err(error) => Finding::new(Part::Card, level, error.fault(), error.detail()),
    });
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::{
        link::Slot,
        pcsc::usb::UsbReader,
        reader::{ReaderName, ReaderTraits, Usb},
    };

    #[test]
    fn a_reader_without_a_driver_is_found_on_usb() {
        let usb = |port: &str| Usb { vendor: 0x072f, product: 0xb100, port: port.into(), serial: None };
        let device = |port: &str| UsbReader { usb: usb(port), product: "ACS ACR39U".into(), node: None };
        let reader = |port: Option<&str>| {
            let slot = Slot { name: ReaderName::new(c"A 00 00"), state: SlotState::Empty, events: None };
            Reader::from_slots(vec![(slot, ReaderTraits { usb: port.map(usb), serial: None })]).remove(0)
        };
        let levels = |devices: &[UsbReader], readers: &[Reader]| {
            without_driver(devices, readers).iter().map(|finding| finding.level).collect::<Vec<_>>()
        };
        let two = [device("1-1"), device("1-2")];
        assert_eq!(levels(&two, &[reader(Some("1-1")), reader(Some("1-2"))]), [Level::Ok]);
        assert_eq!(levels(&two, &[reader(Some("1-1"))]), [Level::Bad]);
        assert_eq!(
            levels(&two, &[reader(Some("1-1")), reader(None)]),
            [Level::Warn],
            "it may be the other one"
        );
        let detail = &without_driver(&two, &[reader(Some("1-1"))])[0].detail;
        assert_eq!(detail.en, "ACS ACR39U 072f:b100 at 1-2");
    }
}
