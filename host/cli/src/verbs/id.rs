//! `yika id`: read an identity card, list serial ports.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use yika_driver::Cancel;
use yika_driver::resident_card::{CardType, IdReader, ReadError, ReadOptions, ResidentDocument};
use yika_driver::serial::{PortInfo, Ports, SerialError, SystemPorts};
use yika_driver::social_card::PersonalText;
use yika_protocol::fault::credential::ID_EXPIRED;
use yika_protocol::fault::settle::ARGUMENT_INVALID;
use yika_protocol::identity::{mask_certno, mask_name};
use yika_protocol::resident_card::LineSpeed;

use super::card::{ethnicity, gender, mask_tail};
use crate::args::{Global, IdReadArgs, IdVerb};
use crate::credential;
use crate::devices;
use crate::failure::{Exit, Failure, Outcome};
use crate::lang::{Lang, Words};
use crate::output::{Console, Page, Side, Tone, View};
use crate::site::{Attached, AttachedFunction, Site};

/// Runs the verb.
pub(crate) fn run(verb: &IdVerb, global: &Global, console: &Console) -> Outcome {
    match verb {
        IdVerb::Read(args) => read(args, global, console),
        IdVerb::Ports => ports(console),
    }
}

fn read(args: &IdReadArgs, global: &Global, console: &Console) -> Outcome {
    let port = match &args.port {
        Some(port) => port.clone(),
        None => port_of_site(global)?,
    };
    let mut options = ReadOptions { fingerprint: args.fingerprint, ..ReadOptions::default() };
    if let Some(baud) = &args.speed {
        options.speeds =
            LineSpeed::ALL.into_iter().filter(|speed| speed.baud().to_string() == *baud).collect();
    }
    if args.wait > 0 {
        let wait = args.wait;
        console.say(
            Tone::Plain,
            &format!("请放置身份证，已放着的请拿起后重放（最长等待 {wait} 秒）……"),
            &format!("Lay the ID card on the reader; one that lies there, lift and lay again (waiting up to {wait} s) …"),
        );
    }
    let reader = IdReader::new(Arc::new(SystemPorts), &port, options);
    let wait = (args.wait > 0).then(|| Duration::from_secs(args.wait));
    let document = reader.read(wait, &Cancel::default())?;
    if let Some(why) = credential::outside_validity(&document) {
        let code = ID_EXPIRED.code();
        console.say(
            Tone::Warn,
            &format!("{code} {}（{}）；{}", ID_EXPIRED.cause_zh, Lang::Zh.of(&why), ID_EXPIRED.action_zh),
            &format!("{code} {} ({}). {}", ID_EXPIRED.cause_en, Lang::En.of(&why), ID_EXPIRED.action_en),
        );
    }
    let _ = console.print(&Shown { document });
    Ok(Exit::Done)
}

/// The port of the site's only identity-card reader.
fn port_of_site(global: &Global) -> Result<String, Failure> {
    let site = Site::find_optional(global.site.as_deref())?;
    let attached = site.map(|site| site.devices.attached).unwrap_or_default();
    let readers: Vec<&Attached> =
        attached.iter().filter(|device| matches!(device.function, AttachedFunction::IdReader)).collect();
    match readers.as_slice() {
        [one] => Ok(one.at.clone()),
        [] => Err(Failure::new(&ARGUMENT_INVALID).detail(Words::new(
            "缺少 --port：站点文件没有身份证阅读器（[[devices.attached]]，kind = \"id_reader\"）",
            "--port is missing: the site file names no ID-card reader ([[devices.attached]], kind = \"id_reader\")",
        ))),
        several => {
            let labels: Vec<&str> = several.iter().map(|device| device.label.as_str()).collect();
            let labels = labels.join(", ");
            Err(Failure::new(&ARGUMENT_INVALID).detail(Words::new(
                format!("站点文件有多台身份证阅读器，请用 --port 指定：{labels}"),
                format!("the site file names several ID-card readers, give --port: {labels}"),
            )))
        }
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Failure {
        devices::failure(error.fault(), error.detail())
    }
}

impl From<SerialError> for Failure {
    fn from(error: SerialError) -> Failure {
        devices::failure(error.fault(), error.detail())
    }
}

struct Shown {
    document: ResidentDocument,
}

impl View for Shown {
    fn json(&self) -> Value {
        serde_json::to_value(&self.document).unwrap_or(Value::Null)
    }

    fn json_text(&self) -> String {
        serde_json::to_string(&self.document).unwrap_or_default()
    }

    fn page(&self, page: &mut Page) {
        let document = &self.document;
        page.toned(
            Tone::Head,
            match document.card_type {
                CardType::Resident => page.word("居民身份证", "Resident ID card"),
                CardType::Permit => {
                    page.word("港澳台居民居住证", "Residence permit (Hong Kong, Macau, Taiwan)")
                }
                CardType::Foreigner2017 => page
                    .word("外国人永久居留身份证（2017 版）", "Foreigner's permanent residence card (2017)"),
                CardType::Foreigner2023 => page
                    .word("外国人永久居留身份证（2023 版）", "Foreigner's permanent residence card (2023)"),
            },
        );
        let mut rows: Vec<(&str, String)> = Vec::new();
        let show = page.show;
        let personal = |value: &Option<PersonalText>, mask: &dyn Fn(&str) -> String| {
            value.as_ref().map(|text| if show { text.expose().to_owned() } else { mask(text.expose()) })
        };
        let name = |text: &str| mask_name(text).to_string();
        let tail = |text: &str| mask_tail(text, 6);
        let mut row = |zh, en, value: Option<String>| {
            if let Some(value) = value {
                rows.push((page.word(zh, en), value));
            }
        };
        row("姓名", "name", personal(&document.psn_name, &name));
        row(
            "英文姓名",
            "name in Latin letters",
            personal(&document.english_name, &|text| mask_tail(text, 1)),
        );
        let certno = Some(document.certno.clone());
        row("证件号码", "number", personal(&certno, &|text| mask_certno(text).to_string()));
        row("性别", "gender", document.gend.as_ref().map(|code| gender(code.expose(), page)));
        row("民族", "ethnicity", document.naty.as_ref().map(|code| ethnicity(code.expose())));
        let born = document.brdy.map(|date| PersonalText::new(date.expose().to_string()));
        row("出生日期", "born", personal(&born, &|text| mask_tail(text, 4)));
        row("国家或地区", "country", personal(&document.country, &str::to_owned));
        row("住址", "address", personal(&document.address, &tail));
        row("追加住址", "added address", personal(&document.added_address, &tail));
        row("签发机关", "issuer", document.issuer.clone());
        row("有效期起", "valid from", document.valid_from.map(|date| date.to_string()));
        row("有效期止", "valid until", self.until(page));
        row("通行证号码", "travel permit", personal(&document.travel_permit, &tail));
        row("签发次数", "issued", document.issue_count.clone());
        row("证件版本", "version", document.version.clone());
        row("安全模块", "security module", document.sam_id.clone());
        row("阅读器", "reader", Some(document.reader.clone()));
        page.pairs(&rows);
        if !document.doubtful.is_empty() {
            let fields = document.doubtful.join(", ");
            let words = page.word(
                "这些项与标准不符，请核对：",
                "Look at these, they are not as the standards have them: ",
            );
            page.toned(Tone::Warn, &format!("{words}{fields}"));
        }
    }
}

impl Shown {
    fn until(&self, page: &Page) -> Option<String> {
        if self.document.valid_long_term {
            return Some(page.word("长期", "without end").to_owned());
        }
        self.document.valid_until.map(|date| match devices::today() {
            Some(today) if date < today => {
                format!("{date} {}", page.paint(Tone::Bad, page.word("已过期", "expired")))
            }
            _ => date.to_string(),
        })
    }
}

fn ports(console: &Console) -> Outcome {
    let ports = SystemPorts.list()?;
    let _ = console.print(&PortList { ports });
    Ok(Exit::Done)
}

struct PortList {
    ports: Vec<PortInfo>,
}

impl View for PortList {
    fn json(&self) -> Value {
        let rows = self.ports.iter().map(|port| {
            let usb = port.usb.as_ref();
            json!({
                "id": port.id.as_str(),
                "path": port.path,
                "usb_vid": usb.map(|usb| format!("{:04x}", usb.vid)),
                "usb_pid": usb.map(|usb| format!("{:04x}", usb.pid)),
                "usb_serial": usb.and_then(|usb| usb.serial.as_ref()),
                "usb_port": usb.and_then(|usb| usb.socket.as_ref()),
                "manufacturer": usb.and_then(|usb| usb.manufacturer.as_ref()),
                "product": usb.and_then(|usb| usb.product.as_ref()),
            })
        });
        json!({ "ports": rows.collect::<Vec<_>>() })
    }

    fn page(&self, page: &mut Page) {
        if self.ports.is_empty() {
            return page.toned(Tone::Warn, page.word("没有串口。", "No serial ports."));
        }
        let heads = [
            (page.word("标识", "id"), Side::Left),
            (page.word("路径", "path"), Side::Left),
            (page.word("设备", "device"), Side::Left),
        ];
        let rows: Vec<_> = self.ports.iter().map(row).collect();
        page.table(&heads, &rows);
    }
}

fn row(port: &PortInfo) -> Vec<(Tone, String)> {
    let device = port.usb.iter().flat_map(|usb| [&usb.manufacturer, &usb.product]).flatten();
    let device: Vec<&str> = device.map(String::as_str).collect();
    vec![(Tone::Plain, port.id.to_string()), (Tone::Dim, port.path.clone()), (Tone::Dim, device.join(" "))]
}
