//! `cargo xtask …`: set-up, demo, tests and benches of the workspace.
//!
//! This crate links no system library, so that it builds on a machine with nothing but Rust, and installs from there what the rest needs.

mod bench;
mod demo;
mod embedded;
mod firmware;
mod firmware_image;
mod packages;
mod pcscd;
mod pos;
mod pos_count;
mod pos_device;
mod pos_keys;
mod pos_page;
mod pos_screen;
mod pos_window;
mod processes;
mod terminal;
mod test;
mod workspace;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask demo  [--no-install] [--keep]    一卡演示：读卡、结算、应答丢失后自愈、对账
                                             a card read, settled, repaired after a lost answer, reconciled
cargo xtask test  [--long] [--no-install]    全部检查与测试 every check and test; --long: the published seed counts
cargo xtask pos  [--once | --count] [--no-install] [--keep]  桌上的 POS：仿真设备、虚拟卡、沙箱中心 the POS on the desk, in QEMU
                                             --once 自动完成一次刷卡 one swipe without a person
                                             --count 数一次刷卡的指令 the instructions of a swipe, against the budgets
cargo xtask firmware [--no-install]          固件：编译、预算、无 panic 证明 builds the boards, checks budgets and the proof
cargo xtask bench [--no-install]             测速 the figures of tests/bench/README.md, measured on this machine

  --no-install   缺少软件包时只列出，不安装 list missing packages and stop, install nothing
  --keep         保留演示的临时目录 keep the demo's folder
";

/// What may follow `cargo xtask VERB`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Options {
    long: bool,
    no_install: bool,
    keep: bool,
    once: bool,
    count: bool,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (verb, options) = match parse(&words) {
        Ok(parsed) => parsed,
        Err(reason) => {
            terminal::error(&reason);
            terminal::plain_error(USAGE);
            return ExitCode::from(2);
        }
    };
    if let Err(reason) = processes::stop_everything_on_interrupt() {
        terminal::error(&reason);
        return ExitCode::FAILURE;
    }
    let result = match verb {
        Verb::Help => {
            terminal::plain(USAGE);
            Ok(())
        }
        Verb::Demo => demo::run(options.no_install, options.keep),
        Verb::Test => test::run(options.no_install, options.long),
        Verb::Pos if options.count => pos_count::run(options.no_install, options.keep),
        Verb::Pos => pos::run(options.no_install, options.keep, options.once),
        Verb::Firmware => firmware::run(options.no_install),
        Verb::Bench => bench::run(options.no_install),
    };
    processes::stop_everything();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            terminal::error(&reason);
            ExitCode::FAILURE
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Help,
    Demo,
    Test,
    Pos,
    Firmware,
    Bench,
}

fn parse(words: &[&str]) -> Result<(Verb, Options), String> {
    let Some((verb, rest)) = words.split_first() else { return Ok((Verb::Help, Options::default())) };
    let (verb, known): (_, &[&str]) = match *verb {
        "demo" => (Verb::Demo, &["--no-install", "--keep"]),
        "test" => (Verb::Test, &["--no-install", "--long"]),
        "pos" => (Verb::Pos, &["--no-install", "--keep", "--once", "--count"]),
        "firmware" => (Verb::Firmware, &["--no-install"]),
        "bench" => (Verb::Bench, &["--no-install"]),
        "help" | "--help" | "-h" => return Ok((Verb::Help, Options::default())),
        other => return Err(format!("没有这个命令 no such command: {other}")),
    };
    let mut options = Options::default();
    for word in rest {
        match *word {
            "--help" | "-h" => return Ok((Verb::Help, options)),
            flag if !known.contains(&flag) => {
                return Err(format!("没有这个选项 no such option here: {flag}"));
            }
            "--long" => options.long = true,
            "--keep" => options.keep = true,
            "--once" => options.once = true,
            "--count" => options.count = true,
            _ => options.no_install = true,
        }
    }
    Ok((verb, options))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_belong_to_their_verb() {
        assert_eq!(
            parse(&["test", "--long"]),
            Ok((Verb::Test, Options { long: true, ..Options::default() }))
        );
        assert_eq!(
            parse(&["demo", "--keep", "--no-install"]),
            Ok((Verb::Demo, Options { keep: true, no_install: true, ..Options::default() }))
        );
        assert!(parse(&["demo", "--long"]).is_err());
        assert!(parse(&["deploy"]).is_err());
        assert_eq!(parse(&[]).map(|(verb, _)| verb), Ok(Verb::Help));
    }
}
