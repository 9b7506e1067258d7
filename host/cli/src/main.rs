//! The one command: `yika`.

mod args;
mod basket;
mod codes;
mod credential;
mod device;
mod devices;
mod failure;
mod files;
mod key_service;
mod lang;
mod output;
mod purchase;
mod receipt;
mod signals;
mod site;
mod stdin;
mod terminal;
mod till;
mod verbs;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Mutex;

use clap::Parser;
use clap::error::ErrorKind;
use yika_protocol::fault::settle::{ARGUMENT_INVALID, PROGRAM_ERROR};

use crate::args::{Cli, Global, Verb};
use crate::failure::{Exit, Failure, Outcome};
use crate::lang::{Lang, Words};
use crate::output::{Console, Tone};

fn main() -> ExitCode {
    let cli = match Cli::try_parse_from(asked(std::env::args_os().collect())) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    start_log(cli.global.verbose);
    note_panics();
    let console = Console { json: cli.global.json, lang: language(&cli.global), show: cli.global.show };
    let result = std::panic::catch_unwind(|| run(&cli, &console)).unwrap_or_else(|_| Err(program_error()));
    let exit = result.unwrap_or_else(|failure| {
        console.print_failure(&failure);
        failure.exit
    });
    ExitCode::from(exit as u8)
}

/// A mistake in this program is told as a coded fault like any other; the place goes to the log, for support.
fn program_error() -> Failure {
    let place = PANIC_PLACE.lock().ok().and_then(|place| place.clone()).unwrap_or_default();
    Failure::new(&PROGRAM_ERROR).detail(Words::same(place)).exit(Exit::Unknown)
}

/// Where the program's own mistake happened: file and line, never the message, which might hold personal data.
static PANIC_PLACE: Mutex<Option<String>> = Mutex::new(None);

fn note_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "program error");
        if let Ok(mut kept) = PANIC_PLACE.lock() {
            *kept = Some(place);
        }
    }));
}

fn run(cli: &Cli, console: &Console) -> Outcome {
    let global = &cli.global;
    match &cli.verb {
        Verb::Init(args) => verbs::init::run(args, global, console),
        Verb::Readers => verbs::readers::run(global, console),
        Verb::Card(verb) => verbs::card::run(verb, global, console),
        Verb::Id(verb) => verbs::id::run(verb, global, console),
        Verb::Voucher(verb) => verbs::voucher::run(verb, global, console),
        Verb::Settle(verb) => verbs::settle::run(verb, global, console),
        Verb::Void(args) => verbs::void::run(args, global, console),
        Verb::Cancel(args) => verbs::void::cancel(args, global, console),
        Verb::Journal(verb) => verbs::journal::run(verb, global, console),
        Verb::Reconcile(args) => verbs::reconcile::run(args, global, console),
        Verb::Terminal(verb) => verbs::terminal::run(verb, global, console),
        Verb::Centre(verb) => verbs::centre::run(verb, console),
        Verb::Sim(verb) => verbs::sim::run(verb, global, console),
        Verb::Doctor(args) => verbs::doctor::run(args, global, console),
        Verb::Keys(verb) => verbs::keys::run(verb, global, console),
        Verb::Errors(args) => verbs::errors::run(args, console),
    }
}

/// The command line's language, else the site's (if it can be read), else the environment's.
fn language(global: &Global) -> Lang {
    let of_site =
        || site::Site::find_optional(global.site.as_deref()).ok().flatten().and_then(|site| site.language);
    global.lang.or_else(of_site).unwrap_or_else(Lang::of_environment)
}

/// `yika help VERB …` is `yika VERB … --help`.
fn asked(mut arguments: Vec<OsString>) -> Vec<OsString> {
    if arguments.get(1).is_some_and(|word| word == "help") {
        arguments.remove(1);
        arguments.push("--help".into());
    }
    arguments
}

/// Help and version are no errors; a usage error is told in clap's words under its code, as JSON when `--json` was given.
fn usage(error: &clap::Error) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let _ = error.print();
        return ExitCode::from(Exit::Done as u8);
    }
    let text = without_numbers(
        &error.render().to_string(),
        std::env::args_os().filter_map(|argument| argument.into_string().ok()),
    );
    if std::env::args_os().any(|arg| arg == "--json") {
        let failure = Failure::new(&ARGUMENT_INVALID).detail(Words::same(text.trim()));
        Console { json: true, lang: Lang::of_environment(), show: false }.print_failure(&failure);
    } else if text == error.render().to_string() {
        let _ = error.print();
        say_code(error.kind());
    } else {
        let _ = write!(std::io::stderr(), "{text}");
        say_code(error.kind());
    }
    ExitCode::from(Exit::Usage as u8)
}

/// The code of a usage error, behind clap's words. A group of verbs by itself shows its help, and that is no error to look up.
fn say_code(kind: ErrorKind) {
    if kind == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return;
    }
    let (code, fault) = (ARGUMENT_INVALID.code(), &ARGUMENT_INVALID);
    Console { json: false, lang: Lang::of_environment(), show: false }.say(
        Tone::Dim,
        &format!("{code}  {}。{}", fault.cause_zh, fault.action_zh),
        &format!("{code}  {}. {}", fault.cause_en, fault.action_en),
    );
}

/// A number where none belongs may be a PIN or a code that somebody typed as an argument: it is not repeated on the screen.
fn without_numbers(text: &str, arguments: impl Iterator<Item = String>) -> String {
    arguments
        .filter(|argument| argument.len() >= 4 && argument.bytes().all(|byte| byte.is_ascii_digit()))
        .fold(text.to_owned(), |text, number| text.replace(&number, "***"))
}

/// Logs go to stderr. `-v` info, `-vv` debug, `-vvv` trace; `YIKA_LOG` (a filter such as `yika_settle=debug`) wins.
fn start_log(verbose: u8) {
    let level = match verbose {
        // What a cashier must know is said by the verb itself, in words.
        0 => "error",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("YIKA_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
}
