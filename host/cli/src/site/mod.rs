//! The site: whose till this is, and where its centre, keys, devices and journal are.

mod attached;
mod check;
mod raw;
mod source;
mod template;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use yika_platform::profile::Profile;
use yika_protocol::card_keys::PsamScheme;
use yika_protocol::fault::settle::{SITE_FILE_INVALID, SITE_FILE_MISSING};

use yika_settle::{SeqRange, SigningKey};

pub(crate) use attached::{Attached, AttachedFunction};
pub(crate) use check::{institution_code, region_code, seq_range, web_address};
pub(crate) use source::Source;
pub(crate) use template::{Answers, render};

use crate::failure::Failure;
use crate::files;
use crate::lang::{Lang, Words};

/// Name of the site file in the working folder and in the user's configuration.
const FILE_NAME: &str = "yika.toml";

/// A checked site file. Paths are absolute or relative to the working folder, ready to be opened.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// The file itself.
    pub(crate) file: PathBuf,
    pub(crate) institution: Institution,
    pub(crate) operator: Operator,
    pub(crate) workstation: Workstation,
    pub(crate) centre: Centre,
    /// Present when the profile has a gateway that asks for it.
    pub(crate) gateway: Option<Gateway>,
    pub(crate) keys: Keys,
    /// How e-voucher codes are decoded, where it is not by transaction alone.
    pub(crate) voucher: Option<Voucher>,
    pub(crate) devices: Devices,
    pub(crate) journal: Journal,
    /// Language of messages, unless the command line says otherwise.
    pub(crate) language: Option<Lang>,
}

/// `[institution]`
#[derive(Debug, Clone)]
pub(crate) struct Institution {
    /// `fixmedins_code`
    pub(crate) code: String,
    /// `fixmedins_name`
    pub(crate) name: String,
    /// `mdtrtarea_admvs`
    pub(crate) region: String,
    /// `setl_optins` of reconciliation, where it is not the region
    pub(crate) setl_optins: Option<String>,
}

/// `[operator]`
#[derive(Debug, Clone)]
pub(crate) struct Operator {
    pub(crate) opter: String,
    pub(crate) opter_name: String,
    pub(crate) opter_type: String,
}

/// `[workstation]`
#[derive(Debug, Clone)]
pub(crate) struct Workstation {
    /// Message numbers of this till.
    pub(crate) seq_range: SeqRange,
    /// `mac` and `ip` of the sign-in (9001).
    pub(crate) mac: String,
    pub(crate) ip: String,
}

/// `[centre]`
#[derive(Debug, Clone)]
pub(crate) struct Centre {
    pub(crate) url: String,
    /// The province's ways.
    pub(crate) profile: Profile,
    /// PEM of the centre's SM2 public key.
    pub(crate) centre_key: Option<PathBuf>,
    /// PEM of the authorities that may vouch for the centre's HTTPS.
    pub(crate) ca: Option<PathBuf>,
    /// Client certificate and its key, PEM.
    pub(crate) client: Option<(PathBuf, PathBuf)>,
    pub(crate) timeout: Option<Duration>,
}

/// `[gateway]`
#[derive(Debug, Clone)]
pub(crate) struct Gateway {
    /// Access key or paasid.
    pub(crate) id: String,
    /// Where the secret key or token is.
    pub(crate) secret: SecretSource,
}

/// Where a secret of the gateway comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SecretSource {
    /// In this environment variable.
    Env(String),
    /// The first line of this file.
    File(PathBuf),
}

/// `[keys]`
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    pub(crate) file: PathBuf,
    pub(crate) passphrase: PassphraseSource,
    /// The key once it was opened: a passphrase is asked for once in a run.
    pub(crate) opened: OnceLock<SigningKey>,
}

/// Where a passphrase comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PassphraseSource {
    /// Asked on the terminal.
    Prompt,
    /// In this environment variable.
    Env(String),
    /// There is none.
    None,
}

/// `[voucher]`
#[derive(Debug, Clone)]
pub(crate) struct Voucher {
    /// The e-voucher interface; by transaction 6101 when absent.
    pub(crate) service: Option<VoucherService>,
    /// `officeId` and `officeName` of the counter.
    pub(crate) office_id: String,
    pub(crate) office_name: String,
}

/// A front end of the e-voucher interface, and the application by which it knows the institution.
#[derive(Debug, Clone)]
pub(crate) struct VoucherService {
    pub(crate) url: String,
    pub(crate) app_id: String,
    pub(crate) app_secret: SecretSource,
}

/// `[devices]`
#[derive(Debug, Clone, Default)]
pub(crate) struct Devices {
    /// Name, part of a name, or id of the reader; by rule when absent.
    pub(crate) reader: Option<String>,
    pub(crate) key_service: Option<String>,
    /// Name, part of a name, or id of the slot where the PSAM sits; slots that are called SAM when absent.
    pub(crate) sam_reader: Option<String>,
    /// What is assumed about the PSAM.
    pub(crate) psam_scheme: PsamScheme,
    /// Whether PINs are typed on the reader's own keys where it has some.
    pub(crate) pinpad: bool,
    /// Digits of the PIN on such keys; six where nothing is said.
    pub(crate) pin_digits: Option<u32>,
    /// The devices with names.
    pub(crate) attached: Vec<Attached>,
}

/// `[journal]`
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    pub(crate) path: PathBuf,
    pub(crate) retention_days: Option<u32>,
}

impl Site {
    /// The site of this run; it must exist.
    pub(crate) fn find(named: Option<&Path>) -> Result<Site, Failure> {
        match Site::find_optional(named)? {
            Some(site) => Ok(site),
            None => Err(missing()),
        }
    }

    /// The site of this run, if there is one. A file that is named (by `--site` or `$YIKA_SITE`) must exist, and one
    /// that exists must be right.
    pub(crate) fn find_optional(named: Option<&Path>) -> Result<Option<Site>, Failure> {
        match locate(named)? {
            Some(path) => Site::load(&path).map(Some),
            None => Ok(None),
        }
    }

    /// Reads and checks a site file.
    pub(crate) fn load(path: &Path) -> Result<Site, Failure> {
        let source = Source::load(path)?;
        let raw =
            toml::from_str(&source.text).map_err(|error| source.toml_fault(&SITE_FILE_INVALID, &error))?;
        check::checked(&source, raw)
    }
}

/// There is no site and one is needed.
pub(crate) fn missing() -> Failure {
    Failure::new(&SITE_FILE_MISSING).detail(looked_for())
}

fn locate(named: Option<&Path>) -> Result<Option<PathBuf>, Failure> {
    let must_exist = |path: PathBuf| {
        if path.exists() {
            Ok(Some(path))
        } else {
            let what = files::io_words(&path, &std::io::ErrorKind::NotFound.into());
            Err(Failure::new(&SITE_FILE_MISSING).detail(what))
        }
    };
    if let Some(path) = named {
        return must_exist(path.to_owned());
    }
    let here = PathBuf::from(FILE_NAME);
    if here.exists() {
        return Ok(Some(here));
    }
    if let Some(path) = std::env::var_os("YIKA_SITE").filter(|path| !path.is_empty()) {
        return must_exist(path.into());
    }
    Ok(files::config_folder().map(|folder| folder.join(FILE_NAME)).filter(|path| path.exists()))
}

fn looked_for() -> Words {
    let user = files::config_folder().map(|folder| folder.join(FILE_NAME).display().to_string());
    let user = user.unwrap_or_else(|| "~/.config/yika/yika.toml".to_owned());
    Words::new(
        format!("依次找过：./{FILE_NAME}，环境变量 YIKA_SITE，{user}"),
        format!("looked for: ./{FILE_NAME}, the environment variable YIKA_SITE, {user}"),
    )
}
