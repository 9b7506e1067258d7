//! The till of a site, opened for one command.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ring::rand::SystemRandom;
use time::OffsetDateTime;
use yika_platform::gateway::GatewayKeys;
use yika_protocol::fault::Fault;
use yika_protocol::fault::settle::{
    CENTRE_KEY_INVALID, CLOCK_OFF, KEY_ACCESS, PROMPT_IMPOSSIBLE, TLS_FILE_INVALID,
};
use yika_settle::transport::{HttpTransport, TlsConfig};
use yika_settle::{Deps, SigningKey, Till, TillConfig};
use zeroize::Zeroizing;

use crate::failure::{Exit, Failure};
use crate::files;
use crate::lang::Words;
use crate::output::{Console, Tone};
use crate::site::{self, PassphraseSource, SecretSource, Site};

/// The machine's clock, for every part that asks for one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Machine;

impl yika_settle::Clock for Machine {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }
}

impl yika_centre::Clock for Machine {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }
}

/// Over this many seconds the clock is warned about; centres refuse at some multiple of it.
pub(crate) const CLOCK_TOLERANCE: i64 = 300;

/// By how many seconds the centre's clock is ahead of ours, in words.
pub(crate) fn offset_words(ahead: i64) -> Words {
    match ahead {
        0 => Words::new("与中心一致", "agrees with the centre"),
        1.. => Words::new(format!("中心快 {ahead} 秒"), format!("the centre is {ahead} s ahead")),
        _ => Words::new(format!("中心慢 {} 秒", -ahead), format!("the centre is {} s behind", -ahead)),
    }
}

/// Says on stderr that the clock is off, when the last answer of the centre showed it.
pub(crate) fn warn_of_clock(till: &Till, console: &Console) {
    let Some(ahead) = till.clock_offset().map(time::Duration::whole_seconds) else { return };
    if ahead.abs() > CLOCK_TOLERANCE {
        let (code, words) = (CLOCK_OFF.code(), offset_words(ahead));
        console.say(
            Tone::Warn,
            &format!("{code}  {}：{}。{}", CLOCK_OFF.cause_zh, words.zh, CLOCK_OFF.action_zh),
            &format!("{code}  {}: {}. {}", CLOCK_OFF.cause_en, words.en, CLOCK_OFF.action_en),
        );
    }
}

/// Today in Asia/Shanghai, `yyyy-MM-dd`: the business day of every centre.
pub(crate) fn business_day() -> time::Date {
    OffsetDateTime::now_utc().to_offset(time::macros::offset!(+8)).date()
}

/// Opens the till; `centre` overrides the address of the site.
pub(crate) async fn open(site: &Site, centre: Option<&str>, console: &Console) -> Result<Arc<Till>, Failure> {
    let key = signing_key(site, console)?;
    let config = config(site, centre, key)?;
    let deps = Deps::new(Arc::new(Machine), Arc::new(SystemRandom::new()), Arc::new(transport(site)?));
    Ok(Arc::new(Till::open(config, deps).await?))
}

/// What the till needs to know of the site.
pub(crate) fn config(site: &Site, centre: Option<&str>, key: SigningKey) -> Result<TillConfig, Failure> {
    Ok(TillConfig {
        institution: yika_settle::Institution {
            code: site.institution.code.clone(),
            name: site.institution.name.clone(),
            region: site.institution.region.clone(),
            setl_optins: site.institution.setl_optins.clone(),
        },
        operator: yika_settle::Operator {
            opter: site.operator.opter.clone(),
            opter_name: site.operator.opter_name.clone(),
            opter_type: site.operator.opter_type.clone(),
        },
        workstation: yika_settle::Workstation {
            seq_range: site.workstation.seq_range,
            mac: site.workstation.mac.clone(),
            ip: site.workstation.ip.clone(),
        },
        centre: yika_settle::Centre {
            url: centre_url(site, centre)?,
            key_pem: centre_key(site)?,
            gateway_keys: gateway_keys(site)?,
            tls: tls(site),
            timeout: site.centre.timeout,
        },
        profile: site.centre.profile.clone(),
        journal: yika_settle::JournalConfig {
            retention_days: site.journal.retention_days,
            ..yika_settle::JournalConfig::at(&site.journal.path)
        },
        key,
        recovery: yika_settle::RecoveryPolicy::default(),
    })
}

/// The address given on the command line, checked, or the site's.
pub(crate) fn centre_url(site: &Site, given: Option<&str>) -> Result<String, Failure> {
    let Some(url) = given else { return Ok(site.centre.url.clone()) };
    site::web_address(url).map_err(|words| {
        let detail = Words::new(format!("--centre: {}", words.zh), format!("--centre: {}", words.en));
        Failure::new(&yika_protocol::fault::settle::ARGUMENT_INVALID).detail(detail)
    })?;
    Ok(url.to_owned())
}

/// The wire to the site's centre.
pub(crate) fn transport(site: &Site) -> Result<HttpTransport, Failure> {
    let connect = Duration::from_millis(site.centre.profile.timeouts.connect_ms);
    HttpTransport::new(&tls(site))
        .map(|transport| transport.with_connect_timeout(connect))
        .map_err(|error| Failure::new(&TLS_FILE_INVALID).detail(Words::same(error)))
}

/// The institution's key, opened with its passphrase.
pub(crate) fn signing_key(site: &Site, console: &Console) -> Result<SigningKey, Failure> {
    if let Some(key) = site.keys.opened.get() {
        return Ok(key.clone());
    }
    let key = load_key(&site.keys.file, &site.keys.passphrase, console)?;
    Ok(site.keys.opened.get_or_init(|| key).clone())
}

/// The key in a file, opened with its passphrase.
pub(crate) fn load_key(
    file: &Path,
    source: &PassphraseSource,
    console: &Console,
) -> Result<SigningKey, Failure> {
    if !file.exists() {
        let path = file.display();
        return Err(Failure::new(&KEY_ACCESS).detail(Words::new(
            format!("{path}  没有这个文件；用 yika keys new --out {path} 生成"),
            format!("{path}  no such file; make it with yika keys new --out {path}"),
        )));
    }
    let passphrase = passphrase(source, file, console)?;
    Ok(SigningKey::load(file, passphrase.as_ref().map(|text| text.as_str()))?)
}

/// The passphrase of a key file, from where it is said to be. A prompt is shown only for a key that needs one.
fn passphrase(
    source: &PassphraseSource,
    key: &Path,
    console: &Console,
) -> Result<Option<Zeroizing<String>>, Failure> {
    match source {
        PassphraseSource::None => Ok(None),
        PassphraseSource::Env(name) => from_environment(name).map(Some),
        PassphraseSource::Prompt if !SigningKey::is_encrypted(key)? => Ok(None),
        PassphraseSource::Prompt => ask_secret(
            console,
            &format!("口令 {}: ", key.display()),
            &format!("Passphrase of {}: ", key.display()),
            "[keys] passphrase = \"env:NAME\" (yika.toml), keys show --passphrase-env VAR",
        )
        .map(Some),
    }
}

/// The passphrase in an environment variable.
pub(crate) fn from_environment(name: &str) -> Result<Zeroizing<String>, Failure> {
    match std::env::var(name) {
        Ok(value) if !value.is_empty() => Ok(Zeroizing::new(value)),
        _ => Err(Failure::new(&yika_protocol::fault::settle::PASSPHRASE_NEEDED).detail(Words::new(
            format!("环境变量 {name} 未设置或为空"),
            format!("the environment variable {name} is not set or empty"),
        ))),
    }
}

/// Asks on the terminal without echo. Where there is none, `instead` is what the caller may use.
pub(crate) fn ask_secret(
    console: &Console,
    zh: &str,
    en: &str,
    instead: &str,
) -> Result<Zeroizing<String>, Failure> {
    rpassword::prompt_password(console.lang.pick(zh, en)).map(Zeroizing::new).map_err(|_| {
        Failure::new(&PROMPT_IMPOSSIBLE)
            .detail(Words::new(format!("可改用：{instead}"), format!("instead: {instead}")))
    })
}

fn tls(site: &Site) -> TlsConfig {
    let (client_cert, client_key) = site.centre.client.clone().unzip();
    TlsConfig { ca: site.centre.ca.clone(), client_cert, client_key }
}

fn gateway_keys(site: &Site) -> Result<Option<GatewayKeys>, Failure> {
    let Some(gateway) = &site.gateway else { return Ok(None) };
    let secret = secret(&gateway.secret)?.as_str().to_owned();
    Ok(Some(GatewayKeys { id: gateway.id.clone(), secret }))
}

/// A secret from where the site file says it is: its first line.
pub(crate) fn secret(source: &SecretSource) -> Result<Zeroizing<String>, Failure> {
    let text = match source {
        SecretSource::Env(name) => from_environment(name)?,
        SecretSource::File(path) => Zeroizing::new(files::read_text(path)?),
    };
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().trim().to_owned()))
}

fn centre_key(site: &Site) -> Result<Option<String>, Failure> {
    let Some(path) = &site.centre.centre_key else { return Ok(None) };
    std::fs::read_to_string(path)
        .map(Some)
        .map_err(|error| Failure::new(&CENTRE_KEY_INVALID).detail(files::io_words(path, &error)))
}

/// A failure of the settlement crate, with its detail where there is one.
fn coded(fault: &'static Fault, detail: String) -> Failure {
    let failure = Failure::new(fault);
    if detail.is_empty() { failure } else { failure.detail(Words::same(detail)) }
}

macro_rules! coded_errors {
    ($($error:ty),+ $(,)?) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Failure {
                coded(error.fault(), error.detail())
            }
        }
    )+};
}

coded_errors!(
    yika_settle::OpenError,
    yika_settle::JournalError,
    yika_settle::SettleError,
    yika_settle::PreviewError,
    yika_settle::VoidError,
    yika_settle::CancelError,
    yika_settle::RecoverError,
    yika_settle::SessionError,
    yika_settle::ReconcileError,
    yika_settle::KeyError,
);

/// Runs the asynchronous part of a verb.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    match runtime {
        Ok(runtime) => {
            let result = runtime.block_on(work);
            // A background task in the middle of a send is cut, as a power cut would; the journal knows.
            runtime.shutdown_background();
            result
        }
        Err(error) => Err(Failure::new(&yika_protocol::fault::settle::OUTPUT_UNWRITABLE)
            .detail(Words::same(error))
            .exit(Exit::Device)),
    }
}
