//! `cargo xtask demo`: what Yika does, on loopback, with real parts, in a few seconds.
//!
//! A virtual card in the real PC/SC service, a virtual scanner and ID-card reader, the sandbox centre, and the command `yika` as a pharmacy would use it. Everything
//! lives in one private folder and ends with this program.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::firmware;
use crate::packages;
use crate::pcscd::{self, Service};
use crate::pos::Pos;
use crate::processes::{self, Finished, PrivateFolder, Running};
use crate::terminal::{self, Step};
use crate::workspace;

const INSTITUTION: &str = "P99010100001";
const INSTITUTION_NAME: &str = "一卡示例大药房";
const REGION: &str = "990100";
/// The holder of the virtual card, by certificate number.
const PERSON: &str = "990101198506150020";
const OPERATOR: &str = "0001";
const OPERATOR_NAME: &str = "示例收银员";

const START_LIMIT: Duration = Duration::from_secs(20);

/// Runs the demo.
///
/// # Errors
/// What went wrong, in words; everything is stopped all the same.
pub(crate) fn run(no_install: bool, keep: bool) -> Result<(), String> {
    terminal::heading("一卡 Yika · 演示 demo");
    packages::provide(packages::DEMO, no_install)?;
    packages::provide(packages::POS, no_install)?;
    let build = Step::announce("编译 building yika (the first time takes minutes)");
    let yika = workspace::build_yika("dev")?;
    build.done();
    let build = Step::announce("编译 POS 固件 building the firmware of the POS");
    let firmware = firmware::build_board(no_install)?;
    build.done();

    let started = Instant::now();
    let folder = PrivateFolder::create(keep)?;
    let demo = Demo::new(yika, folder.path());
    let result = demo.play(&firmware);
    if keep {
        terminal::note(&format!("保留 kept: {}", folder.path().display()));
    }
    drop(folder);
    let took = result?;
    terminal::plain("");
    terminal::plain(&format!(
        "演示完成，用时 {} done in {}; 已停止本程序启动的一切 everything this program started has stopped",
        terminal::seconds(took),
        terminal::seconds(started.elapsed())
    ));
    Ok(())
}

/// A pharmacy with its own centre, all in one folder.
pub(crate) struct Demo {
    yika: PathBuf,
    folder: PathBuf,
}

/// Where the sandbox centre is reached.
pub(crate) struct Addresses {
    /// Its HTTP address.
    pub(crate) url: String,
    /// The UDP port that takes swipes.
    pub(crate) swipes: u16,
}

impl Demo {
    /// Everything goes into `folder`.
    pub(crate) fn new(yika: PathBuf, folder: &Path) -> Demo {
        Demo { yika, folder: folder.to_path_buf() }
    }

    fn play(&self, firmware: &Path) -> Result<Duration, String> {
        let started = Instant::now();
        let service = self.service()?;
        let (_card, reader) = self.card()?;
        let (centre, at) = self.centre()?;
        let address = at.url.clone();
        self.site(&address)?;

        terminal::heading("读卡 · 结算 a card read, a purchase settled");
        self.show("读社保卡 the card, through PC/SC", &["card", "read", "--reader", &reader])?;
        let first = self.basket("basket-1.json", "DEMO-0001")?;
        self.show("三行购药，签名结算 three lines, one signed request", &self.settle(&first, &reader))?;

        terminal::heading("电子凭证 · 身份证 the e-voucher, the ID card: the same basket, the same journal");
        self.voucher(&address)?;
        self.id_card()?;

        terminal::heading("应答丢失 · 机器自愈 the answer is lost, the machine repairs");
        let second = self.basket("basket-2.json", "DEMO-0002")?;
        terminal::note(
            "中心将记账后断开，不作应答 the centre will book the purchase and hang up without an answer",
        );
        self.show("再次购药 one more purchase", &self.settle(&second, &reader))?;
        self.show("日志如何了结 how the journal resolved it", &["journal", "show", "DEMO-0002"])?;
        self.all_settled()?;

        terminal::heading("对账 both books");
        self.show("与中心对账 (3201)", &["reconcile"])?;

        terminal::heading("POS 刷卡 · 一来一回 a swipe on the POS: one datagram there, one back");
        self.swipe(firmware, at.swipes)?;

        terminal::heading("收尾 the end");
        let step = Step::start(if service.is_ours() {
            "停止中心、虚拟卡与 pcscd everything stops"
        } else {
            "停止中心与虚拟卡（pcscd 不是我们的）centre and card stop; the pcscd was not ours"
        });
        drop((centre, _card, service));
        step.done();
        Ok(started.elapsed())
    }

    /// The PC/SC service with its virtual reader.
    fn service(&self) -> Result<Service, String> {
        let step = Step::start("虚拟读卡器 pcscd with a virtual reader");
        let service = Service::provide(&self.file("pcscd.log"))?;
        step.done();
        if !service.is_ours() {
            terminal::note(
                "使用已在运行的 pcscd，结束时不会停止它 using the pcscd that already runs; it will not be stopped",
            );
        }
        let open = pcscd::open_to_all_interfaces();
        if !open.is_empty() {
            let ports: Vec<String> = open.iter().map(u16::to_string).collect();
            terminal::warning(&format!(
                "虚拟读卡器的端口 {} 在所有网络接口上监听，仅限测试台使用 these ports of the virtual reader listen on all interfaces: \
                 for a test bench only",
                ports.join(", ")
            ));
        }
        Ok(service)
    }

    /// A virtual card in a free slot.
    fn card(&self) -> Result<(Running, String), String> {
        let step = Step::start("虚拟社保卡 a virtual social security card");
        let (reader, slot) = pcscd::free_virtual_reader(&self.json(&["readers", "--json"])?)?;
        let slot = slot.to_string();
        let mut card = Running::start(
            "sim card",
            &self.words(&["sim", "card", "--slot", &slot]),
            &self.file("card.log"),
        )?;
        // The service takes note of a new card within its own polling time (0.4 s).
        card.wait_until(START_LIMIT, |_| {
            self.json(&["readers", "--json"]).ok().filter(|r| has_card(r, &reader))
        })?;
        step.done();
        Ok((card, reader))
    }

    /// The sandbox centre, seeded with the sample world and a fresh key for our institution.
    pub(crate) fn centre(&self) -> Result<(Running, Addresses), String> {
        let step = Step::start("机构密钥 a fresh signing key for the institution");
        let key = self.path("institution.pem");
        self.run(&["keys", "new", "--no-passphrase", "--out", &key])?;
        let public = self.run(&["keys", "show", "--pem", "--key", &key])?.out;
        self.write("institution.pub.pem", &public)?;
        self.write("institution.toml", &institution_seed())?;
        step.done();

        let step = Step::start("沙箱结算中心 the sandbox centre on SQLite, seeded");
        let database = self.path("centre.db");
        let samples = workspace::root().join("hw-docs/samples/seed.toml");
        self.run(&["centre", "seed", &samples.to_string_lossy(), "--db", &database])?;
        self.run(&["centre", "seed", &self.path("institution.toml"), "--db", &database])?;
        // The fourth settlement, after one with each credential, will be booked and its answer lost.
        let words = [
            "centre",
            "serve",
            "--json",
            "--db",
            &database,
            "--listen",
            "127.0.0.1:0",
            "--udp",
            "127.0.0.1:0",
            "--fault",
            "lose-answer:2102:1:3",
            "--issue-vouchers",
        ];
        let mut centre = Running::start("centre", &self.words(&words), &self.file("centre.log"))?;
        let at = centre.wait_until(START_LIMIT, addresses)?;
        step.done();
        Ok((centre, at))
    }

    /// A POS in the emulator is set up, enrolled, and takes a card.
    fn swipe(&self, firmware: &Path, centre_port: u16) -> Result<(), String> {
        let mut pos = Pos::start(self, firmware, centre_port)?;
        pos.enrol(self)?;
        pos.swipe(self, "DEMO-POS")?;
        Ok(())
    }

    pub(crate) fn site(&self, address: &str) -> Result<(), String> {
        let step = Step::start("站点文件 the site file, by yika init");
        let certificate = http_get(address, "/certificate")?;
        self.write("centre.pub.pem", &certificate)?;
        self.run(&[
            "init",
            &self.path("yika.toml"),
            "--institution",
            INSTITUTION,
            "--name",
            INSTITUTION_NAME,
            "--region",
            REGION,
            "--operator",
            OPERATOR,
            "--operator-name",
            OPERATOR_NAME,
            "--seq-range",
            "0-4999",
            "--centre",
            address,
            "--profile",
            "sandbox",
            "--centre-key",
            &self.path("centre.pub.pem"),
            "--key",
            &self.path("institution.pem"),
            "--no-passphrase",
            "--journal",
            &self.path("journal.db"),
            "--key-service",
            &format!("{}/keys/card-auth", address.trim_end_matches('/')),
        ])?;
        step.done();
        Ok(())
    }

    /// The sample basket under an order number of its own.
    pub(crate) fn basket(&self, name: &str, order_no: &str) -> Result<String, String> {
        let sample = workspace::root().join("hw-docs/samples/basket.json");
        let text =
            std::fs::read_to_string(&sample).map_err(|error| format!("{}: {error}", sample.display()))?;
        let mut basket: Value =
            serde_json::from_str(&text).map_err(|error| format!("{}: {error}", sample.display()))?;
        basket["order_no"] = order_no.into();
        self.write(name, &basket.to_string())?;
        Ok(self.path(name))
    }

    fn settle<'a>(&self, basket: &'a str, reader: &'a str) -> Vec<&'a str> {
        vec!["settle", "pharmacy", "--credential", "card", "--reader", reader, "--basket", basket]
    }

    /// A code from the person's telephone, through a scanner on a virtual serial port.
    fn voucher(&self, address: &str) -> Result<(), String> {
        let step = Step::start("虚拟扫码枪与手机 a virtual scanner before a telephone");
        let words =
            self.words(&["sim", "scanner", "--person", PERSON, "--centre", address, "--every", "0.5"]);
        let mut scanner = Running::start("sim scanner", &words, &self.file("scanner.log"))?;
        let port = scanner.wait_until(START_LIMIT, port_of)?;
        step.done();
        let basket = self.basket("basket-voucher.json", "DEMO-V")?;
        self.show(
            "扫医保码结算 a code is scanned, decoded and pays",
            &["settle", "pharmacy", "--credential", "voucher", "--voucher-port", &port, "--basket", &basket],
        )
    }

    /// An identity card on a reader on a virtual serial port.
    fn id_card(&self) -> Result<(), String> {
        let step = Step::start("虚拟身份证阅读器 a virtual ID-card reader");
        let mut reader =
            Running::start("sim id-reader", &self.words(&["sim", "id-reader"]), &self.file("id-reader.log"))?;
        let port = reader.wait_until(START_LIMIT, port_of)?;
        step.done();
        let basket = self.basket("basket-id.json", "DEMO-I")?;
        self.show(
            "身份证结算 an ID card pays",
            &["settle", "pharmacy", "--credential", "id", "--id-port", &port, "--basket", &basket],
        )
    }

    /// The purchases must be settled, each once: the demo does not merely look good.
    fn all_settled(&self) -> Result<(), String> {
        let journal = self.json(&["journal", "list", "--json"])?;
        let rows = journal.as_array().or_else(|| journal["entries"].as_array()).cloned().unwrap_or_default();
        for order in ["DEMO-0001", "DEMO-V", "DEMO-I", "DEMO-0002"] {
            let outcomes: Vec<&Value> = rows.iter().filter(|row| row["order_no"] == order).collect();
            if outcomes.len() != 1 || outcomes[0]["outcome"] != "settled" {
                return Err(format!("{order} 应恰好结算一次 should be settled exactly once: {journal}"));
            }
        }
        Ok(())
    }

    /// Runs a command of yika as a person would, with its time and its output.
    fn show(&self, title: &str, arguments: &[&str]) -> Result<(), String> {
        let step = Step::start(title);
        let finished = self.run(arguments);
        match finished {
            Ok(finished) => {
                step.done();
                terminal::command(&self.shortened(arguments));
                // What it said while at work, then its result: so it came.
                terminal::quote(finished.err.trim_end());
                terminal::quote(finished.out.trim_end());
                terminal::plain("");
                Ok(())
            }
            Err(reason) => {
                step.failed();
                Err(reason)
            }
        }
    }

    fn shortened(&self, arguments: &[&str]) -> String {
        let folder = format!("{}/", self.folder.display());
        let words: Vec<String> = arguments
            .iter()
            .map(|word| word.replace(&folder, ""))
            .map(|word| if word.contains(' ') { format!("\"{word}\"") } else { word })
            .collect();
        format!("yika {}", words.join(" "))
    }

    fn json(&self, arguments: &[&str]) -> Result<Value, String> {
        let finished = self.run(arguments)?;
        serde_json::from_str(&finished.out).map_err(|error| format!("yika {}: {error}", arguments.join(" ")))
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Result<Finished, String> {
        let finished = processes::finish(self.private(Command::new(&self.yika).args(arguments)))?;
        if finished.status.success() {
            return Ok(finished);
        }
        let words = format!("{}\n{}", finished.out.trim_end(), finished.err.trim_end());
        Err(format!(
            "{} ({})\n{}\n{}",
            self.shortened(arguments),
            finished.status,
            words.trim(),
            processes::tail(&std::fs::read_to_string(self.file("centre.log")).unwrap_or_default(), 5)
        ))
    }

    /// Nothing of the user's own settings is read or written.
    pub(crate) fn private<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .current_dir(&self.folder)
            .env_remove("YIKA_SITE")
            .env("XDG_CONFIG_HOME", self.file("config"))
            .env("XDG_STATE_HOME", self.file("state"))
    }

    pub(crate) fn words<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        let yika = self.yika.to_str().unwrap_or("yika");
        std::iter::once(yika).chain(arguments.iter().copied()).collect()
    }

    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        std::fs::write(self.file(name), text).map_err(|error| format!("{name}: {error}"))
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.file(name).to_string_lossy().into_owned()
    }
}

fn institution_seed() -> String {
    format!(
        "version = 1\n\n[[institutions]]\nfixmedins_code = \"{INSTITUTION}\"\nfixmedins_name = \"{INSTITUTION_NAME}\"\n\
         region = \"{REGION}\"\noperators = [\"{OPERATOR}\"]\npublic_key = \"institution.pub.pem\"\n\n\
         [institutions.terminals]\nper_swipe = \"1000.00\"\nno_challenge = \"200.00\"\nper_day = \"20000.00\"\n"
    )
}

/// The address in the centre's ready line, once it is there.
fn address_of(log: &str) -> Option<String> {
    log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).find_map(|line| {
        let address = line["url"].as_str().or_else(|| line["address"].as_str())?;
        Some(if address.contains("://") { address.to_owned() } else { format!("http://{address}") })
    })
}

/// Both addresses in the ready line.
fn addresses(log: &str) -> Option<Addresses> {
    let url = address_of(log)?;
    let port = |line: Value| line["udp"].as_str()?.rsplit(':').next()?.parse().ok();
    let swipes = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).find_map(port)?;
    Some(Addresses { url, swipes })
}

/// The port that a virtual device made: a line of its own.
fn port_of(log: &str) -> Option<String> {
    let (complete, _) = log.rsplit_once('\n')?;
    complete.lines().find(|line| line.starts_with("/dev/")).map(|line| line.trim_end().to_owned())
}

fn has_card(readers: &Value, name: &str) -> bool {
    let list = readers.as_array().or_else(|| readers["readers"].as_array());
    list.into_iter().flatten().any(|reader| reader["name"] == name && reader["card_present"] == true)
}

/// A plain GET on loopback: the body of a 200.
fn http_get(address: &str, path: &str) -> Result<String, String> {
    use std::io::{Read, Write};
    let host = address.trim_start_matches("http://").trim_end_matches('/');
    let failed = |error: std::io::Error| format!("{address}{path}: {error}");
    let mut stream = std::net::TcpStream::connect(host).map_err(failed)?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).map_err(failed)?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").map_err(failed)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(failed)?;
    match answer.split_once("\r\n\r\n") {
        Some((head, body)) if head.starts_with("HTTP/1.1 200") => Ok(body.to_owned()),
        _ => Err(format!("{address}{path}: {}", answer.lines().next().unwrap_or("没有应答 no answer"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_virtual_device_names_its_port() {
        assert_eq!(port_of("/dev/pts/1"), None, "a line that is not complete");
        assert_eq!(port_of("Ctrl-C ends\n/dev/pts/12\nlay\n").as_deref(), Some("/dev/pts/12"));
    }

    #[test]
    fn the_ready_line_gives_the_address() {
        assert_eq!(address_of("starting\n"), None);
        assert_eq!(
            address_of("log\n{\"ready\":true,\"url\":\"http://127.0.0.1:4711\"}\n").as_deref(),
            Some("http://127.0.0.1:4711")
        );
    }
}
