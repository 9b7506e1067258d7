//! `yika card`: read a social security card, verify its PIN.

use serde_json::Value;
use yika_driver::social_card::{PartialReason, PersonalText, ReadPlan, SocialSecurityCard};
use yika_protocol::identity::{Ethnicity, mask_card_no, mask_certno, mask_hex, mask_name};

use crate::args::{CardReadArgs, CardVerb, Global};
use crate::devices;
use crate::failure::{Exit, Outcome};
use crate::output::{Console, Page, Tone, View};
use crate::site::Site;

/// Runs the verb.
pub(crate) fn run(verb: &CardVerb, global: &Global, console: &Console) -> Outcome {
    match verb {
        CardVerb::Read(args) => read(args, global, console),
        CardVerb::VerifyPin(args) => super::pin::run(args, global, console),
        CardVerb::Authenticate(args) => super::authenticate::run(args, global, console),
    }
}

fn read(args: &CardReadArgs, global: &Global, console: &Console) -> Outcome {
    let site = Site::find_optional(global.site.as_deref())?;
    let plan = if args.brief { ReadPlan::Settlement } else { ReadPlan::Full };
    let card = devices::read_card(&args.reader, plan, args.wait, site.as_ref(), console)?;
    let _ = console.print(&Shown { card });
    Ok(Exit::Done)
}

struct Shown {
    card: SocialSecurityCard,
}

impl View for Shown {
    fn json(&self) -> Value {
        serde_json::to_value(&self.card).unwrap_or(Value::Null)
    }

    fn json_text(&self) -> String {
        serde_json::to_string(&self.card).unwrap_or_default()
    }

    fn page(&self, page: &mut Page) {
        let card = &self.card;
        page.toned(Tone::Head, page.word("社会保障卡", "Social security card"));
        let mut rows: Vec<(&str, String)> = Vec::new();
        let show = page.show;
        let personal = |value: &Option<PersonalText>, mask: &dyn Fn(&str) -> String| {
            value.as_ref().map(|text| if show { text.expose().to_owned() } else { mask(text.expose()) })
        };
        let mut row = |zh, en, value: Option<String>| {
            // What was not read is not shown: an empty line would look like an empty value on the card.
            if let Some(value) = value {
                rows.push((page.word(zh, en), value));
            }
        };
        row("姓名", "name", personal(&card.psn_name, &|text| mask_name(text).to_string()));
        row("社会保障号码", "certno", personal(&card.certno, &|text| mask_certno(text).to_string()));
        row("性别", "gender", card.gend.as_ref().map(|code| gender(code.expose(), page)));
        row("民族", "ethnicity", card.naty.as_ref().map(|code| ethnicity(code.expose())));
        row("出生日期", "born", personal(&card.brdy, &|text| mask_tail(text, 4)));
        row("出生地", "birthplace", personal(&card.birthplace, &|text| mask_tail(text, 2)));
        row("卡号", "card number", personal(&card.card_no, &|text| mask_card_no(text).to_string()));
        row(
            "卡识别码",
            "identification code",
            personal(&Some(card.card_sn.clone()), &|text| mask_hex(text).to_string()),
        );
        row("复位信息", "reset information", personal(&card.reset_info, &|text| mask_hex(text).to_string()));
        row("规范版本", "specification", card.spec_version.clone());
        row("卡类别", "card class", card.card_class.clone());
        row("发卡地区", "region", Some(card.region.clone()));
        row("初始化机构", "organisation", card.organisation.clone());
        row("发卡日期", "issued", card.issued.map(|date| date.to_string()));
        row("有效期至", "valid until", card.expires.map(|date| self.expiry(date, page)));
        row("算法标识", "algorithm", Some(card.algorithm.clone()));
        row("接口", "interface", Some(card.interface.as_str().to_owned()));
        row("读卡器", "reader", Some(card.reader.clone()));
        page.pairs(&rows);
        if let Some(reason) = &card.partial {
            page.toned(Tone::Warn, &partial_text(reason, page));
        }
    }
}

impl Shown {
    fn expiry(&self, date: yika_protocol::identity::Date, page: &Page) -> String {
        match crate::devices::today().is_some_and(|today| self.card.is_expired(today)) {
            true => format!("{date} {}", page.paint(Tone::Bad, page.word("已过期", "expired"))),
            false => date.to_string(),
        }
    }
}

/// Why only a part could be read, for people.
fn partial_text(reason: &PartialReason, page: &Page) -> String {
    match reason {
        PartialReason::NoKeyService => page
            .word(
                "只读出部分信息：第三代卡的个人信息需要密钥服务（--key-service 或站点文件的 key_service）。",
                "Read in part: a third-generation card opens its personal data to a key service only (--key-service, or key_service in the site file).",
            )
            .to_owned(),
        PartialReason::KeyService(error) => {
            let fault = error.fault();
            let cause = page.word(fault.cause_zh, fault.cause_en);
            let action = page.word(fault.action_zh, fault.action_en);
            let label = page.word("只读出部分信息：", "Read in part: ");
            format!("{label}{} {cause}  {}  {action}", fault.code(), error.detail())
        }
        _ => page
            .word(
                "只读出部分信息：此卡的复位信息无法用来计算密钥。",
                "Read in part: the reset information of this card does not allow its keys to be computed.",
            )
            .to_owned(),
    }
}

pub(super) fn gender(code: &str, page: &Page) -> String {
    let word = match code {
        "1" => page.word("男", "male"),
        "2" => page.word("女", "female"),
        _ => page.word("未说明", "not stated"),
    };
    format!("{word} ({code})")
}

pub(super) fn ethnicity(code: &str) -> String {
    match Ethnicity::parse(code.as_bytes()) {
        Some(known) => format!("{} ({code})", known.name_zh()),
        None => code.to_owned(),
    }
}

/// Keeps the first characters; hides the letters and digits after them.
pub(super) fn mask_tail(text: &str, keep: usize) -> String {
    let hide = |(at, ch): (usize, char)| if at >= keep && ch.is_alphanumeric() { '*' } else { ch };
    text.chars().enumerate().map(hide).collect()
}
