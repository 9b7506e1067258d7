//! E-voucher codes of this machine: from a scanner, from a picture, and, for virtual devices, from the sandbox.

use std::path::Path;
use std::time::Duration;

use yika_driver::Cancel;
use yika_driver::scanner::picture::{self, PictureError};
use yika_driver::scanner::{CodeScanner, Scan, ScanError};
use yika_platform::ec::{ISSUE_PATH, IssueRequest, Issued};
use yika_platform::personal::Personal;
use yika_protocol::fault::settle::{ARGUMENT_INVALID, NOT_SENT_CONNECT, QUESTION_UNANSWERED};
use yika_protocol::voucher::{CodeRule, Framing, Suffix, code::MAX_CODE};
use yika_settle::transport::{Call, HttpTransport, Method, SendError, TlsConfig, Transport};

use crate::args::{CodeSourceArgs, ScannerArgs, SuffixArg};
use crate::devices;
use crate::failure::{Exit, Failure};
use crate::files;
use crate::lang::Words;
use crate::output::{Console, Tone};
use crate::site;

/// How long the sandbox may take to issue a code.
const ISSUE: Duration = Duration::from_secs(5);

/// Brings one code, from wherever the arguments say.
pub(crate) fn scan(
    source: &CodeSourceArgs,
    scanner: &ScannerArgs,
    timeout: u64,
    console: &Console,
) -> Result<Scan, Failure> {
    let framing = framing(scanner)?;
    let device = match (&source.port, &source.wedge, &source.image) {
        (Some(port), ..) => CodeScanner::serial(port, scanner.baud, framing),
        (None, Some(path), _) => CodeScanner::wedge(path, framing),
        (None, None, Some(file)) => return from_picture(file, framing.rule),
        // The parser asks for one of them.
        (None, None, None) => {
            return Err(bad("--port", "one of --port, --wedge, --image is needed"));
        }
    };
    console.say(
        Tone::Plain,
        &format!("请扫医保码（最长等待 {timeout} 秒）……"),
        &format!("Scan the e-voucher (waiting up to {timeout} s) …"),
    );
    let told = *console;
    let refused = move |error: yika_protocol::voucher::CodeError| {
        let fault = error.fault();
        told.say(
            Tone::Warn,
            &format!("{} {}（{error}）。{}", fault.code(), fault.cause_zh, fault.action_zh),
            &format!("{} {} ({error}). {}", fault.code(), fault.cause_en, fault.action_en),
        );
    };
    Ok(device.scan(Duration::from_secs(timeout), &Cancel::default(), refused)?)
}

/// The one code of a picture.
pub(crate) fn from_picture(file: &Path, rule: CodeRule) -> Result<Scan, Failure> {
    let bytes = zeroize::Zeroizing::new(files::read_bytes(file)?);
    picture::read(&bytes, rule).map_err(|error| {
        let detail = match error.detail() {
            detail if detail.is_empty() => file.display().to_string(),
            detail => format!("{}  {detail}", file.display()),
        };
        devices::failure(error.fault(), detail)
    })
}

/// How the scanner is set, by the arguments.
pub(crate) fn framing(args: &ScannerArgs) -> Result<Framing, Failure> {
    let suffix = match args.suffix {
        SuffixArg::Line | SuffixArg::Cr | SuffixArg::Lf | SuffixArg::Crlf => Suffix::LineEnd,
        SuffixArg::Tab => Suffix::Tab,
        SuffixArg::Etx => Suffix::StxEtx,
        SuffixArg::None => Suffix::Silence,
    };
    let prefix = args.prefix.as_bytes();
    if !prefix.iter().all(u8::is_ascii_graphic) {
        return Err(bad("--prefix", "printable ASCII"));
    }
    let prefix = prefix.try_into().map_err(|_| bad("--prefix", "at most 8 characters"))?;
    Ok(Framing { prefix, rule: rule(&args.length)?, ..Framing::new(suffix) })
}

fn rule(text: &str) -> Result<CodeRule, Failure> {
    let (shortest, longest) = text.split_once('-').unwrap_or((text, text));
    let number = |text: &str| text.trim().parse::<usize>().ok();
    match (number(shortest), number(longest)) {
        (Some(shortest), Some(longest)) if 1 <= shortest && shortest <= longest && longest <= MAX_CODE => {
            Ok(CodeRule { shortest, longest })
        }
        _ => Err(bad("--length", &format!("N or N-M, 1 to {MAX_CODE}"))),
    }
}

fn bad(what: &str, why: &str) -> Failure {
    Failure::new(&ARGUMENT_INVALID).detail(Words::same(format!("{what}: {why}")))
}

impl From<ScanError> for Failure {
    fn from(error: ScanError) -> Failure {
        devices::failure(error.fault(), error.detail())
    }
}

impl From<PictureError> for Failure {
    fn from(error: PictureError) -> Failure {
        devices::failure(error.fault(), error.detail())
    }
}

/// Has the sandbox centre issue a fresh code, as a person's telephone would.
pub(crate) async fn issue(centre: &str, person: &str) -> Result<Issued, Failure> {
    site::web_address(centre).map_err(|words| {
        let detail = Words::new(format!("--centre: {}", words.zh), format!("--centre: {}", words.en));
        Failure::new(&ARGUMENT_INVALID).detail(detail)
    })?;
    let request = IssueRequest { person: Personal::new(person) };
    let unanswered =
        |detail: String| Failure::new(&QUESTION_UNANSWERED).detail(Words::same(detail)).exit(Exit::NotSent);
    let call = Call {
        method: Method::Post,
        url: format!("{}{ISSUE_PATH}", centre.trim_end_matches('/')),
        headers: Vec::new(),
        body: serde_json::to_vec(&request).map_err(|error| unanswered(error.to_string()))?,
        timeout: ISSUE,
    };
    let wire = HttpTransport::new(&TlsConfig::default()).map_err(|error| unanswered(error.to_string()))?;
    let reply = wire.send(call).await.map_err(|error| match error {
        SendError::NotSent(_) => Failure::new(&NOT_SENT_CONNECT).detail(Words::same(error)),
        SendError::Lost(_) => unanswered(error.to_string()),
    })?;
    if reply.status == 200 {
        return serde_json::from_slice(&reply.body)
            .map_err(|_| unanswered("the answer is no code".to_owned()));
    }
    let said = serde_json::from_slice::<serde_json::Value>(&reply.body).ok();
    let said = said.and_then(|body| Some(body.get("error")?.as_str()?.to_owned())).unwrap_or_default();
    let named = said.strip_prefix("[Y-").and_then(|rest| rest.get(..4)?.parse().ok());
    match named.and_then(yika_protocol::fault::find) {
        Some(fault) => Err(Failure::new(fault)),
        None => Err(unanswered(format!("HTTP {} {said}", reply.status).trim_end().to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        let pair = |text| rule(text).ok().map(|rule| (rule.shortest, rule.longest));
        assert_eq!(pair("28"), Some((28, 28)));
        assert_eq!(pair("16-48"), Some((16, 48)));
        for wrong in ["", "0", "0-5", "9-8", "28-65", "-", "x", "1-2-3"] {
            assert_eq!(pair(wrong), None, "{wrong}");
        }
    }
}
