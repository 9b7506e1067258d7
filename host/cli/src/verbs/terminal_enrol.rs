//! `yika terminal enrol|list|revoke`: which POS devices may swipe for the institution.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ring::rand::SystemRandom;
use serde_json::{Value, json};
use yika_platform::hex;
use yika_platform::terminals::{ConfirmRow, EnrolRow, EnrolledRow, ListRow, RevokeRow, TerminalRow};
use yika_protocol::fault;
use yika_protocol::fault::centre::DEVICE_KEY_USED;
use yika_protocol::fault::device::CODES_DIFFER;
use yika_protocol::fault::settle::{ARGUMENT_INVALID, INPUT_INVALID, PROMPT_IMPOSSIBLE};
use yika_protocol::link::FromTill;
use yika_protocol::swipe::{CompareCode, EnrolRequest, Opening, TerminalCertificate};
use yika_settle::Deps;
use yika_settle::terminals::{TerminalsClient, TerminalsError};

use crate::args::{EnrolArgs, Global, ListArgs, RevokeArgs};
use crate::device::{Info, Said, Talk};
use crate::failure::{Exit, Failure, Outcome};
use crate::files;
use crate::lang::Words;
use crate::output::{Console, Page, Side, Tone, View};
use crate::site::Site;
use crate::till::{self, Machine};

/// How long a device may take to make a key or to read a certificate.
const DEVICE: Duration = Duration::from_secs(20);

/// `yika terminal enrol`
pub(super) fn enrol(args: &EnrolArgs, global: &Global, console: &Console) -> Outcome {
    let site = Site::find(global.site.as_deref())?;
    if args.code.as_deref().is_some_and(|code| CompareCode::parse(code).is_none()) {
        return Err(
            Failure::new(&ARGUMENT_INVALID).detail(Words::new("--code: 六位数字", "--code: six digits"))
        );
    }
    // The digits exist only when the device has read the certificate, and then there is an opening too.
    if args.request.is_some() && args.code.is_some() && args.opening.is_none() {
        return Err(Failure::new(&ARGUMENT_INVALID).detail(Words::new(
            "--code 须与设备给出的 --opening 一起使用",
            "--code goes with --opening, which the device gives when it has the certificate",
        )));
    }
    let centre = client(&site, args.centre.as_deref(), console)?;
    till::block_on(async {
        match (&args.port, &args.request, &args.out) {
            (Some(port), _, _) => over_the_line(args, port, &centre, console).await,
            (None, Some(request), Some(out)) => by_files(args, request, out, &centre, console).await,
            _ => Err(Failure::new(&ARGUMENT_INVALID).detail(Words::same("--port, or --request and --out"))),
        }
    })
}

async fn over_the_line(args: &EnrolArgs, port: &str, centre: &TerminalsClient, console: &Console) -> Outcome {
    let mut talk = Talk::open(port, args.baud, None, console)?;
    let info = who(&mut talk, DEVICE).await?;
    console.say(
        Tone::Plain,
        &format!("设备 {} {}，正在生成密钥……", info.model, info.serial),
        &format!("Device {} {}; it is making its key …", info.model, info.serial),
    );
    let request = talk
        .ask(&FromTill::EnrolBegin, DEVICE, |said| match said {
            Said::EnrolRequest(bytes) => Some(Ok(bytes)),
            other => refused(&other),
        })
        .await?;
    let (request, certificate, enrolled) = granted(&request, centre).await?;
    let bytes = certificate.encoded();
    let opening = talk
        .ask(&FromTill::EnrolGrant { certificate: &bytes }, DEVICE, |said| match said {
            Said::EnrolWaiting(opening) => Some(Ok(opening)),
            other => refused(&other),
        })
        .await?;
    let row = compared(args, &request, &certificate, &opening, &enrolled, centre, console).await?;
    console.say(
        Tone::Plain,
        "中心已确认。请在设备上按确认键。",
        "The centre has confirmed. Now agree on the device.",
    );
    talk.ask(&FromTill::EnrolConfirm, Duration::from_secs(args.wait), |said| match said {
        Said::Enrolled(terminal) if terminal == certificate.terminal => Some(Ok(())),
        other => refused(&other),
    })
    .await?;
    let _ = console.print(&Enrolled { row });
    Ok(Exit::Done)
}

/// The first call fetches the certificate; with the opening the second one confirms it.
async fn by_files(
    args: &EnrolArgs,
    request: &Path,
    out: &Path,
    centre: &TerminalsClient,
    console: &Console,
) -> Outcome {
    let bytes = binary(request)?;
    let (request, certificate, enrolled) = granted(&bytes, centre).await?;
    let encoded = certificate.encoded();
    if !std::fs::read(out).is_ok_and(|there| there == encoded.as_slice()) {
        files::write_new(out, &encoded, false)?;
    }
    let Some(opening) = &args.opening else {
        console.say(
            Tone::Plain,
            "证书已写出。交给设备后，用 --opening 加上设备给出的开启值再运行一次以确认。",
            "The certificate is written. Give it to the device, then run this again with --opening and what the device gives.",
        );
        let _ = console.print(&Pending { enrolled: &enrolled, certificate: &certificate });
        return Ok(Exit::Done);
    };
    let opening = hex::bytes::<16>(opening).map(Opening).ok_or_else(|| {
        Failure::new(&ARGUMENT_INVALID)
            .detail(Words::new("--opening: 32 位十六进制数字", "--opening: 32 hex digits"))
    })?;
    let row = compared(args, &request, &certificate, &opening, &enrolled, centre, console).await?;
    let _ = console.print(&Enrolled { row });
    Ok(Exit::Done)
}

/// Hands the request in. What the centre gives back is checked before any device sees it.
async fn granted(
    bytes: &[u8],
    centre: &TerminalsClient,
) -> Result<(EnrolRequest, TerminalCertificate, EnrolledRow), Failure> {
    let bad = |detail: String| Failure::new(&fault::centre::ENROL_REQUEST).detail(Words::same(detail));
    let request = EnrolRequest::decode(bytes).map_err(|error| bad(error.to_string()))?;
    let enrolled = centre.enrol(EnrolRow { request: hex::upper(bytes) }).await.map_err(failure)?;
    let unreadable = |detail: String| {
        Failure::new(&fault::settle::ANSWER_UNREADABLE).detail(Words::same(detail)).exit(Exit::Refused)
    };
    let certificate = hex::vec(&enrolled.certificate).ok_or_else(|| unreadable("certificate".to_owned()))?;
    let certificate =
        TerminalCertificate::decode(&certificate).map_err(|error| unreadable(error.to_string()))?;
    if certificate.device_key != request.device_key {
        return Err(unreadable("the certificate is for another device".to_owned()));
    }
    Ok((request, certificate, enrolled))
}

/// The operator's digits, compared here first and then at the centre.
async fn compared(
    args: &EnrolArgs,
    request: &EnrolRequest,
    certificate: &TerminalCertificate,
    opening: &Opening,
    enrolled: &EnrolledRow,
    centre: &TerminalsClient,
    console: &Console,
) -> Result<TerminalRow, Failure> {
    let ours = CompareCode::of(request, certificate, opening).map_err(|error| {
        Failure::new(&CODES_DIFFER).detail(Words::same(error.to_string())).exit(Exit::Refused)
    })?;
    let typed = match &args.code {
        Some(code) => code.clone(),
        None => ask_code(console)?,
    };
    if CompareCode::parse(typed.trim()) != Some(ours) {
        return Err(Failure::new(&CODES_DIFFER).exit(Exit::Refused));
    }
    let row = ConfirmRow {
        terminal: enrolled.terminal.clone(),
        opening: hex::upper(&opening.0),
        code: typed.trim().to_owned(),
    };
    centre.confirm(row).await.map_err(failure)
}

/// Never shown here first: somebody who sees digits says yes to them.
fn ask_code(console: &Console) -> Result<String, Failure> {
    console.say(Tone::Head, "请输入设备显示的六位数字：", "Type the six digits that the device shows:");
    let mut line = String::new();
    match std::io::stdin().read_line(&mut line) {
        Ok(count) if count > 0 => Ok(line),
        _ => Err(Failure::new(&PROMPT_IMPOSSIBLE).detail(Words::new(
            "设备显示的六位数字：--code",
            "the six digits that the device shows: --code",
        ))),
    }
}

/// `yika terminal list`
pub(super) fn list(args: &ListArgs, global: &Global, console: &Console) -> Outcome {
    let site = Site::find(global.site.as_deref())?;
    let centre = client(&site, args.centre.as_deref(), console)?;
    till::block_on(async {
        let all = if args.all { "1" } else { "" };
        let list = centre.list(ListRow { all: all.to_owned() }).await.map_err(failure)?;
        let _ = console.print(&List { terminals: list.terminals });
        Ok(Exit::Done)
    })
}

/// `yika terminal revoke`
pub(super) fn revoke(args: &RevokeArgs, global: &Global, console: &Console) -> Outcome {
    let site = Site::find(global.site.as_deref())?;
    if hex::bytes::<8>(&args.terminal).is_none() {
        let words = Words::new("终端编号为 16 位十六进制数字", "a terminal is 16 hex digits");
        return Err(Failure::new(&ARGUMENT_INVALID).detail(words));
    }
    let centre = client(&site, args.centre.as_deref(), console)?;
    till::block_on(async {
        let row = RevokeRow { terminal: args.terminal.to_uppercase(), reason: args.reason.clone() };
        let row = centre.revoke(row).await.map_err(failure)?;
        let _ = console.print(&Enrolled { row });
        Ok(Exit::Done)
    })
}

/// Who is on the line.
pub(super) async fn who(talk: &mut Talk, patience: Duration) -> Result<Info, Failure> {
    talk.ask(&FromTill::Hello, patience, |said| match said {
        Said::Info(info) => Some(Ok(info)),
        other => refused(&other),
    })
    .await
}

/// A refusal of the device as a failure; nothing for anything else.
pub(super) fn refused<T>(said: &Said) -> Option<Result<T, Failure>> {
    let Said::Refused(number) = said else { return None };
    Some(Err(coded(*number)))
}

/// The fault of a number that a device or a centre named.
pub(super) fn coded(number: u16) -> Failure {
    match fault::find(number) {
        Some(fault) => Failure::new(fault),
        None => Failure::new(&fault::settle::REFUSED).detail(Words::same(format!("Y-{number}"))),
    }
}

fn client(site: &Site, centre: Option<&str>, console: &Console) -> Result<TerminalsClient, Failure> {
    let config = till::config(site, centre, till::signing_key(site, console)?)?;
    let deps = Deps::new(Arc::new(Machine), Arc::new(SystemRandom::new()), Arc::new(till::transport(site)?));
    Ok(TerminalsClient::new(config, deps)?)
}

fn failure(error: TerminalsError) -> Failure {
    let mut detail = Words::same(error.detail());
    if error.fault().number == DEVICE_KEY_USED.number {
        detail.zh += "\n模拟设备：yika sim pos 换一个 --seed，或不指定";
        detail.en += "\nA simulated device: yika sim pos with another --seed, or without one";
    }
    let failure = Failure::new(error.fault()).detail(detail);
    // Nothing here moves money, so nothing is ever unknown in that sense.
    if failure.exit == Exit::Unknown { failure.exit(Exit::NotSent) } else { failure }
}

/// A file with bytes, or with their hex digits.
fn binary(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = files::read_bytes(path)?;
    let text = std::str::from_utf8(&bytes).ok().map(|text| text.split_whitespace().collect::<String>());
    let bytes = match text.as_deref().and_then(hex::vec) {
        Some(decoded) if !decoded.is_empty() => decoded,
        _ => bytes,
    };
    if bytes.is_empty() {
        return Err(Failure::new(&INPUT_INVALID).detail(Words::same(path.display())));
    }
    Ok(bytes)
}

struct Pending<'a> {
    enrolled: &'a EnrolledRow,
    certificate: &'a TerminalCertificate,
}

impl View for Pending<'_> {
    fn json(&self) -> Value {
        json!({
            "terminal": self.enrolled.terminal,
            "serial": self.certificate.serial.as_str(),
            "state": self.enrolled.state,
        })
    }

    fn page(&self, page: &mut Page) {
        page.line(&format!(
            "{}  {}  {}",
            self.enrolled.terminal, self.certificate.serial, self.enrolled.state
        ));
    }
}

struct Enrolled {
    row: TerminalRow,
}

impl View for Enrolled {
    fn json(&self) -> Value {
        json!(self.row)
    }

    fn page(&self, page: &mut Page) {
        page.toned(Tone::Good, &format!("{}  {}", self.row.terminal, state(&self.row.state, page)));
        page.line(&format!("  {} {}", self.row.model, self.row.serial));
        let limits = format!(
            "  {} {}  {} {}  {} {}",
            page.word("单笔", "one swipe"),
            self.row.per_swipe,
            page.word("无挑战", "without a challenge"),
            self.row.no_challenge,
            page.word("每日", "a day"),
            self.row.per_day,
        );
        page.line(&limits);
        page.line(&format!("  {} {}", page.word("有效期至", "until"), self.row.not_after));
    }
}

struct List {
    terminals: Vec<TerminalRow>,
}

impl View for List {
    fn json(&self) -> Value {
        json!({ "terminals": self.terminals })
    }

    fn page(&self, page: &mut Page) {
        if self.terminals.is_empty() {
            page.toned(Tone::Dim, page.word("没有已入网的设备", "No device is enrolled"));
            return;
        }
        let rows: Vec<_> = self
            .terminals
            .iter()
            .map(|row| {
                let tone = if row.state == "active" { Tone::Good } else { Tone::Dim };
                vec![
                    (Tone::Plain, row.terminal.clone()),
                    (Tone::Plain, row.serial.clone()),
                    (Tone::Dim, row.model.clone()),
                    (tone, state(&row.state, page).to_owned()),
                    (Tone::Plain, row.per_swipe.clone()),
                    (Tone::Plain, row.counter.clone()),
                    (Tone::Dim, row.not_after.clone()),
                ]
            })
            .collect();
        let heads = [
            (page.word("终端编号", "terminal"), Side::Left),
            (page.word("序列号", "serial"), Side::Left),
            (page.word("型号", "model"), Side::Left),
            (page.word("状态", "state"), Side::Left),
            (page.word("单笔限额", "one swipe"), Side::Right),
            (page.word("最后序号", "last counter"), Side::Right),
            (page.word("有效期至", "until"), Side::Left),
        ];
        page.table(&heads, &rows);
    }
}

fn state<'a>(state: &'a str, page: &Page) -> &'a str {
    match state {
        "pending" => page.word("待确认", "pending"),
        "active" => page.word("有效", "active"),
        "replaced" => page.word("已替换", "replaced"),
        "revoked" => page.word("已吊销", "revoked"),
        other => other,
    }
}
