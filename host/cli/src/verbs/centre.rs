//! `yika centre`: the sandbox settlement centre.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use ring::rand::SystemRandom;
use serde_json::{Value, json};
use tokio::net::{TcpListener, UdpSocket};
use yika_centre::{Centre, CentreConfig, FaultRule, Seed, SeedReport, Tls};
use yika_protocol::fault::settle::{ARGUMENT_INVALID, CENTRE_OPEN, INPUT_INVALID, LISTEN_FAILED};

use crate::args::{CentreServeArgs, CentreVerb};
use crate::failure::{Exit, Failure, Outcome};
use crate::files;
use crate::lang::Words;
use crate::output::{Console, Page, Tone, View};
use crate::signals;
use crate::till::{self, Machine};

/// Runs the verb.
pub(crate) fn run(verb: &CentreVerb, console: &Console) -> Outcome {
    match verb {
        CentreVerb::Serve(args) => serve(args, console),
        CentreVerb::Seed { file, db } => seed(file, db, console),
    }
}

fn seed(file: &Path, db: &Path, console: &Console) -> Outcome {
    let seed = load_seed(file)?;
    let centre = open(config(db))?;
    let report = sow(&centre, &seed)?;
    let _ = console.print(&Seeded { report });
    Ok(Exit::Done)
}

fn serve(args: &CentreServeArgs, console: &Console) -> Outcome {
    let seed = args.seed.as_deref().map(load_seed).transpose()?;
    let mut config = config(&args.db);
    config.faults = args.fault.iter().map(|text| fault_rule(text)).collect::<Result<_, _>>()?;
    config.allow_faults = args.allow_faults;
    config.issue_vouchers = args.issue_vouchers;
    config.tls = match (&args.tls_cert, &args.tls_key) {
        (Some(certificate), Some(key)) => Some(Tls {
            certificate: certificate.clone(),
            key: key.clone(),
            client_ca: args.client_ca.clone(),
        }),
        _ => None,
    };
    let secure = config.tls.is_some();
    till::block_on(async {
        let stop = signals::stop()?;
        let listener = bind(&args.listen).await?;
        let socket = match &args.udp {
            Some(udp) => Some(bind_udp(udp).await?),
            None => None,
        };
        let centre = open(config)?;
        let seeded = seed.as_ref().map(|seed| sow(&centre, seed)).transpose()?;
        let running = centre.start(listener).map_err(|error| listen_failed(&args.listen, &error))?;
        let swipes = socket
            .map(|socket| centre.start_swipes(socket))
            .transpose()
            .map_err(|error| listen_failed(args.udp.as_deref().unwrap_or_default(), &error))?;
        let address = running.address();
        warn(args, address, secure, console);
        let udp = swipes.as_ref().map(|swipes| swipes.address());
        let ready = Ready { address, udp, secure, seeded, faults: centre.faults() };
        let _ = console.print(&ready);
        stop.await;
        if let Some(swipes) = swipes {
            swipes.stop().await;
        }
        running.stop().await;
        Ok(Exit::Done)
    })
}

async fn bind(listen: &str) -> Result<TcpListener, Failure> {
    let address = address("--listen", listen)?;
    TcpListener::bind(address).await.map_err(|error| listen_failed(listen, &error))
}

async fn bind_udp(listen: &str) -> Result<UdpSocket, Failure> {
    let address = address("--udp", listen)?;
    UdpSocket::bind(address).await.map_err(|error| listen_failed(listen, &error))
}

fn address(option: &str, text: &str) -> Result<SocketAddr, Failure> {
    text.parse().map_err(|_| {
        Failure::new(&ARGUMENT_INVALID).detail(Words::new(
            format!("{option} {text}: 应为 地址:端口，例如 127.0.0.1:8470"),
            format!("{option} {text}: must be address:port, e.g. 127.0.0.1:8470"),
        ))
    })
}

fn warn(args: &CentreServeArgs, address: SocketAddr, secure: bool, console: &Console) {
    if address.ip().is_unspecified() {
        console.say(
            Tone::Warn,
            "警告：正在所有网络接口上监听，任何能连到本机的人都能访问。",
            "Warning: listening on all interfaces; whoever reaches this machine reaches the centre.",
        );
    }
    if !address.ip().is_loopback() && !secure {
        console.say(
            Tone::Warn,
            "警告：没有 TLS，个人信息会以明文在网络上传输。",
            "Warning: without TLS personal data crosses the network in clear.",
        );
    }
    if !address.ip().is_loopback() && args.issue_vouchers {
        console.say(
            Tone::Warn,
            "警告：--issue-vouchers 让任何能访问中心的人为任何人领取可支付的电子凭证码。",
            "Warning: --issue-vouchers lets whoever reaches the centre have a code that pays for anybody.",
        );
    }
    if !address.ip().is_loopback() && args.allow_faults {
        console.say(
            Tone::Warn,
            "警告：--allow-faults 让任何能访问中心的人设置故障。",
            "Warning: --allow-faults lets whoever reaches the centre make it misbehave.",
        );
    }
}

fn config(db: &Path) -> CentreConfig {
    CentreConfig::new(db, Arc::new(Machine), Arc::new(SystemRandom::new()))
}

fn open(config: CentreConfig) -> Result<Centre, Failure> {
    Centre::open(config).map_err(|error| match &error {
        yika_centre::OpenError::File(path, why) => {
            Failure::new(&CENTRE_OPEN).detail(files::io_words(path, why))
        }
        yika_centre::OpenError::Lost { path, empty, beside } => {
            Failure::new(&CENTRE_OPEN).detail(lost_words(path, *empty, beside))
        }
        other => Failure::new(&CENTRE_OPEN).detail(Words::same(other)),
    })
}

fn lost_words(path: &Path, empty: bool, beside: &Path) -> Words {
    let (path, beside) = (path.display(), beside.display());
    let (zh, en) = if empty { ("是空的", "is empty") } else { ("不见了", "is missing") };
    Words::new(
        format!(
            "{path} {zh}，而 {beside} 还在；不会另建。请从备份恢复；若首次启动曾被打断，请删去余下的文件再启动"
        ),
        format!(
            "{path} {en}, while {beside} is there; none is made anew. Bring it back from a backup; after a first start that was \
             cut short, remove the files that are left"
        ),
    )
}

fn load_seed(file: &Path) -> Result<Seed, Failure> {
    // Read twice: here for our own words about a file that cannot be read, there because a seed may name key files
    // beside it.
    let text = files::read_text(file)?;
    let seed = if file == Path::new("-") { Seed::parse(&text) } else { Seed::load(file) };
    seed.map_err(|error| {
        let place = match error.line {
            0 => file.display().to_string(),
            line => format!("{}:{line}", file.display()),
        };
        Failure::new(&INPUT_INVALID).detail(Words::same(format!("{place}  {}", error.why)))
    })
}

fn sow(centre: &Centre, seed: &Seed) -> Result<SeedReport, Failure> {
    centre.seed(seed).map_err(|error| Failure::new(&CENTRE_OPEN).detail(Words::same(error)))
}

fn fault_rule(text: &str) -> Result<FaultRule, Failure> {
    text.parse().map_err(|error| {
        Failure::new(&ARGUMENT_INVALID).detail(Words::same(format!("--fault {text}: {error}")))
    })
}

fn listen_failed(listen: &str, error: &std::io::Error) -> Failure {
    Failure::new(&LISTEN_FAILED).detail(files::io_words(Path::new(listen), error))
}

struct Ready {
    address: SocketAddr,
    udp: Option<SocketAddr>,
    secure: bool,
    seeded: Option<SeedReport>,
    faults: Vec<FaultRule>,
}

impl Ready {
    fn url(&self) -> String {
        format!("{}://{}/", if self.secure { "https" } else { "http" }, self.address)
    }
}

impl View for Ready {
    fn json(&self) -> Value {
        json!({
            "ready": true,
            "url": self.url(),
            "address": self.address.to_string(),
            "udp": self.udp.map(|udp| udp.to_string()),
            "seeded": self.seeded.as_ref().map(report_json),
            "faults": self.faults.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    }

    fn page(&self, page: &mut Page) {
        let stop = page.word("Ctrl-C 停止", "Ctrl-C stops it");
        page.toned(
            Tone::Good,
            &format!("{} {}  ({stop})", page.word("结算中心已就绪", "centre ready"), self.url()),
        );
        if let Some(udp) = self.udp {
            page.toned(Tone::Good, &format!("  {} udp://{udp}", page.word("刷卡终端", "swipes")));
        }
        for rule in &self.faults {
            page.toned(Tone::Warn, &format!("  {} {rule}", page.word("预设故障", "fault")));
        }
    }
}

struct Seeded {
    report: SeedReport,
}

impl View for Seeded {
    fn json(&self) -> Value {
        report_json(&self.report)
    }

    fn page(&self, page: &mut Page) {
        page.toned(Tone::Good, page.word("种子数据已装载", "seeded"));
        let report = &self.report;
        page.pairs(&[
            (page.word("机构", "institutions"), report.institutions.to_string()),
            (page.word("人员", "people"), report.people.to_string()),
            (page.word("账户开户或重置", "balances set"), report.balances.to_string()),
            (page.word("目录", "catalogue items"), report.catalogue.to_string()),
            (page.word("政策", "policies"), report.policies.to_string()),
            (page.word("卡密钥", "card key sets"), report.card_keys.to_string()),
        ]);
    }
}

fn report_json(report: &SeedReport) -> Value {
    json!({
        "institutions": report.institutions,
        "people": report.people,
        "balances": report.balances,
        "catalogue": report.catalogue,
        "policies": report.policies,
        "card_keys": report.card_keys,
    })
}
