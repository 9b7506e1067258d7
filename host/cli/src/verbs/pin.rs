//! `yika card verify-pin`: digits from the terminal or stdin, tries left in the answer.

use std::fs;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use yika_driver::pinpad::PinVerify;
use yika_driver::social_card::{
    PinCard, PinError, PinMemory, PinOptions, has_pin_pad, verify_pin, verify_pin_on_pad,
};
use yika_driver::{Cancel, CardService, Selection};
use yika_protocol::fault::card::{PIN_LAST_TRY, PIN_MALFORMED};
use yika_protocol::social_card::{Pin, PinOutcome};
use zeroize::Zeroizing;

use crate::args::{Global, VerifyPinArgs};
use crate::devices;
use crate::failure::{Exit, Failure, Outcome};
use crate::files;
use crate::lang::{Lang, Words};
use crate::output::{Console, Page, Tone, View};
use crate::site::Site;
use crate::till;

/// How long the holder may take at the keys of the reader.
const ENTRY: Duration = Duration::from_secs(30);

/// Verifies once. Wrong and blocked are answers of the card: exit code 4.
pub(crate) fn run(args: &VerifyPinArgs, global: &Global, console: &Console) -> Outcome {
    let site = Site::find_optional(global.site.as_deref())?;
    let service = CardService::pcsc();
    let selection = devices::selection(args.reader.as_deref(), site.as_ref());
    // The holder types a PIN only when there is a card to check it.
    let reader = service.wait_for_card(&selection, Duration::from_secs(args.wait), &Cancel::default())?;
    let memory =
        Arc::new(FileMemory { folder: files::state_folder().map(|folder| folder.join("pin-tries")) });
    let options = PinOptions {
        reader: Selection::named(reader.name.display()),
        use_last_try: args.last_try,
        ..PinOptions::new(memory)
    };
    let outcome = match pad(args, site.as_ref(), &service, &options)? {
        Some(request) => {
            console.say(
                Tone::Plain,
                "请持卡人在读卡器的键盘上输入社保卡密码并确认……",
                "Holder, please type the PIN of the card on the keys of the reader and confirm …",
            );
            verify_pin_on_pad(&service, &options, request)
        }
        None => verify_pin(&service, &options, &read_pin(args.pin_stdin, console)?),
    };
    let outcome = outcome.map_err(|error| refused(&error))?;
    let exit = if outcome == PinOutcome::Verified { Exit::Done } else { Exit::Refused };
    let _ = console.print(&Verified { outcome, lang: console.lang });
    Ok(exit)
}

/// The request for the reader's own keys, where it has some and nobody wants the digits to come another way.
fn pad(
    args: &VerifyPinArgs,
    site: Option<&Site>,
    service: &CardService,
    options: &PinOptions,
) -> Result<Option<PinVerify>, Failure> {
    let wanted = !args.pin_stdin && !args.no_pinpad && site.is_none_or(|site| site.devices.pinpad);
    if !wanted || !has_pin_pad(service, &options.reader)? {
        return Ok(None);
    }
    let digits = site.and_then(|site| u8::try_from(site.devices.pin_digits?).ok());
    Ok(PinVerify::new(digits.unwrap_or(PinVerify::USUAL_DIGITS), ENTRY))
}

/// The last try needs the holder's word; how it is given to the command is said where it is refused.
fn refused(error: &PinError) -> Failure {
    let failure = devices::failure(error.fault(), error.detail());
    if failure.fault.number != PIN_LAST_TRY.number {
        return failure;
    }
    failure.detail(Words::new(
        "没有发送密码。持卡人确认密码无误并同意后，加 --last-try 再试。",
        "The PIN was not sent. When the holder is sure and agrees, try again with --last-try.",
    ))
}

/// Every copy of the digits is erased when it is dropped.
fn read_pin(from_stdin: bool, console: &Console) -> Result<Pin, Failure> {
    let digits = if from_stdin {
        let mut line = Zeroizing::new(String::with_capacity(64));
        io::stdin().lock().read_line(&mut line).map_err(|error| files::unreadable(Path::new("-"), &error))?;
        line
    } else {
        till::ask_secret(
            console,
            "请持卡人输入社保卡密码: ",
            "Holder, please enter the PIN of the card: ",
            "--pin-stdin",
        )?
    };
    Pin::from_digits(digits.trim_end_matches(['\r', '\n']).as_bytes())
        .map_err(|_| Failure::new(&PIN_MALFORMED))
}

/// Tries left by card, one small file for each; the name of the file is a digest and says nothing of the holder.
struct FileMemory {
    folder: Option<PathBuf>,
}

impl FileMemory {
    fn path(&self, card: &PinCard) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(card.as_str()))
    }
}

impl PinMemory for FileMemory {
    fn tries_left(&self, card: &PinCard) -> Option<u8> {
        fs::read_to_string(self.path(card)?).ok()?.trim().parse().ok()
    }

    fn remember(&self, card: &PinCard, tries_left: Option<u8>) -> Result<(), String> {
        let path = self.path(card).ok_or("no home folder to keep it in")?;
        let kept = match tries_left {
            Some(tries) => replace(&path, &tries.to_string()),
            None => match fs::remove_file(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                other => other,
            },
        };
        kept.map_err(|error| files::io_words(&path, &error).en)
    }
}

/// Whole or not at all, also when the power goes.
fn replace(path: &Path, content: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = fs::File::create(&draft)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    #[cfg(unix)]
    fs::File::open(folder)?.sync_all()?;
    Ok(())
}

struct Verified {
    outcome: PinOutcome,
    lang: Lang,
}

impl View for Verified {
    fn json(&self) -> Value {
        let (word, tries_left) = match self.outcome {
            PinOutcome::Verified => ("verified", None),
            PinOutcome::Wrong { tries_left } => ("wrong", tries_left),
            PinOutcome::Blocked => ("blocked", Some(0)),
        };
        let error = self.outcome.fault().map(|fault| Failure::new(fault).json(self.lang));
        json!({ "outcome": word, "tries_left": tries_left, "error": error })
    }

    fn page(&self, page: &mut Page) {
        if let Some(fault) = self.outcome.fault() {
            Failure::new(fault).page(page);
        }
        match self.outcome {
            PinOutcome::Verified => page.toned(Tone::Good, page.word("密码正确。", "The PIN is right.")),
            PinOutcome::Wrong { tries_left: Some(left) } => page.toned(
                Tone::Warn,
                &match page.lang {
                    Lang::Zh => format!("  还可以再试 {left} 次。"),
                    Lang::En => format!("  Tries left: {left}"),
                },
            ),
            PinOutcome::Wrong { tries_left: None } | PinOutcome::Blocked => {}
        }
    }
}
