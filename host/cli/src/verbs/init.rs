//! `yika init`: a site file with comments.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use yika_protocol::fault::settle::{ARGUMENT_INVALID, SITE_FILE_EXISTS};
use yika_settle::SeqRange;

use crate::args::{Global, InitArgs};
use crate::failure::{Exit, Failure, Outcome};
use crate::files;
use crate::lang::Words;
use crate::output::{Console, Page, Tone, View};
use crate::site::{self, Answers, Site};

/// Writes the file and reads it back, so that what `init` writes is always a site.
pub(crate) fn run(args: &InitArgs, global: &Global, console: &Console) -> Outcome {
    let file = global.site.clone().unwrap_or_else(|| args.file.clone());
    if file.exists() {
        return Err(Failure::new(&SITE_FILE_EXISTS).detail(Words::same(file.display())));
    }
    let answers = Asking::new(console).answers(args, &file)?;
    files::write_new(&file, site::render(&answers, console.lang).as_bytes(), false)?;
    let site = Site::load(&file).inspect_err(|_| {
        // A file that `init` itself cannot read must not stay; nothing else was in it.
        let _ = std::fs::remove_file(&file);
    })?;
    let _ = console.print(&Written { site });
    Ok(Exit::Done)
}

/// Fills what the flags left open: from the person when there is one, else with the sandbox's example.
struct Asking<'a> {
    console: &'a Console,
    interactive: bool,
}

impl<'a> Asking<'a> {
    fn new(console: &'a Console) -> Self {
        let interactive = !console.json && io::stdin().is_terminal() && io::stderr().is_terminal();
        Asking { console, interactive }
    }

    fn answers(&self, args: &InitArgs, file: &Path) -> Result<Answers, Failure> {
        let code = self.value(
            "--institution",
            &args.institution,
            "机构编号",
            "institution code",
            "P99010100001",
            site::institution_code,
        )?;
        let name = self.value("--name", &args.name, "机构名称", "institution name", "一卡示例大药房", any)?;
        // Most people are insured with a prefecture: its code is the first four digits of the county's in the code.
        let prefecture = format!("{}00", code.get(1..5).unwrap_or("9901"));
        let region =
            self.value("--region", &args.region, "就医地区划", "region", &prefecture, site::region_code)?;
        let opter = self.value("--operator", &args.operator, "经办人编号", "operator number", "0001", any)?;
        let opter_name =
            self.value("--operator-name", &args.operator_name, "经办人姓名", "operator name", "收银员", any)?;
        let range = self.value(
            "--seq-range",
            &args.seq_range,
            "报文序号段",
            "message numbers of this till",
            "0-4999",
            |v| parse_range(v).map(|_| ()),
        )?;
        let url = self.value(
            "--centre",
            &args.centre,
            "中心地址",
            "address of the centre",
            "http://127.0.0.1:8470/",
            site::web_address,
        )?;
        let key_service = args.key_service.clone();
        if let Some(address) = &key_service {
            site::web_address(address).map_err(|words| bad_flag("--key-service", &words))?;
        }
        let passphrase = match &args.passphrase_env {
            Some(name) => format!("env:{name}"),
            None if args.no_passphrase => "none".to_owned(),
            None => "prompt".to_owned(),
        };
        let path = |given: &Option<PathBuf>, default: &str| match given {
            Some(given) => as_seen_from(file, given),
            None => default.to_owned(),
        };
        Ok(Answers {
            seq_range: parse_range(&range).map_err(|words| bad_flag("--seq-range", &words))?,
            profile: args.profile.clone().unwrap_or_else(|| "sandbox".to_owned()),
            centre_key: path(&args.centre_key, "centre.pem"),
            ca: args.ca.as_ref().map(|ca| as_seen_from(file, ca)),
            key_file: path(&args.key, "yika.key"),
            journal: path(&args.journal, "journal.db"),
            reader: args.reader.clone(),
            code,
            name,
            region,
            opter,
            opter_name,
            url,
            passphrase,
            key_service,
        })
    }

    fn value(
        &self,
        flag: &str,
        given: &Option<String>,
        zh: &str,
        en: &str,
        default: &str,
        good: impl Fn(&str) -> Result<(), Words>,
    ) -> Result<String, Failure> {
        if let Some(given) = given {
            good(given).map_err(|words| bad_flag(flag, &words))?;
            return Ok(given.clone());
        }
        if !self.interactive {
            return Ok(default.to_owned());
        }
        loop {
            let answer = self.ask(self.console.lang.pick(zh, en), default)?;
            match good(&answer) {
                Ok(()) => return Ok(answer),
                Err(words) => self.console.say(Tone::Warn, &words.zh, &words.en),
            }
        }
    }

    fn ask(&self, what: &str, default: &str) -> Result<String, Failure> {
        let prompt = format!("{what} [{default}]: ");
        let mut answer = String::new();
        let read = io::stderr()
            .write_all(prompt.as_bytes())
            .and_then(|()| io::stderr().flush())
            .and_then(|()| io::stdin().lock().read_line(&mut answer));
        match read {
            // End of input while asking: nothing was decided, nothing is written.
            Ok(0) => Err(Failure::new(&ARGUMENT_INVALID).detail(Words::same(what))),
            Ok(_) if answer.trim().is_empty() => Ok(default.to_owned()),
            Ok(_) => Ok(answer.trim().to_owned()),
            Err(error) => Err(files::unreadable(Path::new("-"), &error)),
        }
    }
}

fn any(value: &str) -> Result<(), Words> {
    match value.is_empty() {
        true => Err(Words::new("不能为空", "must not be empty")),
        false => Ok(()),
    }
}

fn parse_range(text: &str) -> Result<SeqRange, Words> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.trim().parse(), last.trim().parse()) {
        (Ok(first), Ok(last)) => site::seq_range(first, last),
        _ => Err(Words::new("应写成 首号-末号，例如 0-4999", "write it as first-last, e.g. 0-4999")),
    }
}

fn bad_flag(flag: &str, words: &Words) -> Failure {
    let detail = Words::new(format!("{flag}: {}", words.zh), format!("{flag}: {}", words.en));
    Failure::new(&ARGUMENT_INVALID).detail(detail)
}

/// A path of the command line is relative to the working folder; in the site file it is relative to the site file.
fn as_seen_from(site_file: &Path, given: &Path) -> String {
    let folder = site_file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let path = match folder {
        None => given.to_owned(),
        Some(folder) => match given.strip_prefix(folder) {
            Ok(inside) => inside.to_owned(),
            Err(_) => std::path::absolute(given).unwrap_or_else(|_| given.to_owned()),
        },
    };
    path.display().to_string()
}

struct Written {
    site: Site,
}

impl View for Written {
    fn json(&self) -> Value {
        json!({
            "site": self.site.file.display().to_string(),
            "fixmedins_code": self.site.institution.code,
            "centre": self.site.centre.url,
            "profile": self.site.centre.profile.name,
        })
    }

    fn page(&self, page: &mut Page) {
        let file = self.site.file.display();
        page.toned(Tone::Good, &format!("{} {file}", page.word("已写入", "written:")));
        let mut steps = Vec::new();
        let keys = &self.site.keys.file;
        if !keys.exists() {
            steps.push((
                format!("yika keys new --out {}", keys.display()),
                "生成机构密钥",
                "make the institution's key",
            ));
        }
        if let Some(key) = self.site.centre.centre_key.as_ref().filter(|key| !key.exists()) {
            let url = self.site.centre.url.trim_end_matches('/');
            steps.push((
                format!("curl -f -o {} {url}/certificate", key.display()),
                "取得中心公钥（沙箱）并核对",
                "fetch the sandbox centre's public key, and check it",
            ));
        }
        steps.push(("yika doctor".to_owned(), "检查设备、密钥和中心", "check devices, keys and centre"));
        page.line(page.word("接下来：", "Next:"));
        let rows: Vec<_> =
            steps.iter().map(|(command, zh, en)| (command.as_str(), page.word(zh, en).to_owned())).collect();
        page.pairs(&rows);
    }
}
