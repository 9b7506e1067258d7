//! The site, as the till sees it.

use std::path::PathBuf;
use std::time::Duration;

use yika_platform::business_time::BusinessTime;
use yika_platform::envelope::Request;
use yika_platform::gateway::GatewayKeys;
use yika_platform::profile::Profile;

use crate::keys::SigningKey;
use crate::transport::TlsConfig;

/// Everything that is fixed for one workstation.
#[derive(Debug, Clone)]
pub struct TillConfig {
    /// Whose purchases these are.
    pub institution: Institution,
    /// Who stands at the till.
    pub operator: Operator,
    /// Which till of the institution this is.
    pub workstation: Workstation,
    /// Where the requests go.
    pub centre: Centre,
    /// The province's ways.
    pub profile: Profile,
    /// Where the journal is and how long it keeps.
    pub journal: JournalConfig,
    /// The institution's signing key.
    pub key: SigningKey,
    /// How an unknown outcome is chased.
    pub recovery: RecoveryPolicy,
}

impl TillConfig {
    /// The envelope of a message of this site, unsigned and without business data.
    pub(crate) fn envelope(&self, infno: &str, msgid: &str, now: BusinessTime) -> Request {
        Request {
            infno: infno.to_owned(),
            msgid: msgid.to_owned(),
            mdtrtarea_admvs: self.institution.region.clone(),
            recer_sys_code: self.profile.recer_sys_code.clone(),
            infver: self.profile.infver.clone(),
            opter_type: self.operator.opter_type.clone(),
            opter: self.operator.opter.clone(),
            opter_name: self.operator.opter_name.clone(),
            inf_time: now.to_string(),
            fixmedins_code: self.institution.code.clone(),
            fixmedins_name: self.institution.name.clone(),
            input: serde_json::Value::Object(serde_json::Map::new()),
            ..Request::default()
        }
    }
}

/// The contracted institution (定点医药机构).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Institution {
    /// `fixmedins_code`: 12 characters, `P` or `H` and 11 digits.
    pub code: String,
    /// `fixmedins_name`.
    pub name: String,
    /// `mdtrtarea_admvs`: the region of the institution, 6 digits.
    pub region: String,
    /// `setl_optins` where an answer carried no `clr_optins`; the region itself when `None`.
    pub setl_optins: Option<String>,
}

/// The operator named in every envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// `opter`: number of the operator or terminal.
    pub opter: String,
    /// `opter_name`.
    pub opter_name: String,
    /// `opter_type`: 1 a person, 2 a self-service terminal, 3 a mobile terminal.
    pub opter_type: String,
}

/// One till of the institution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workstation {
    /// The last four digits of a `msgid` come from here; ranges of two tills must not overlap.
    pub seq_range: SeqRange,
    /// `mac` of the sign-in.
    pub mac: String,
    /// `ip` of the sign-in.
    pub ip: String,
}

/// An inclusive range inside 0–9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeqRange {
    first: u16,
    last: u16,
}

impl SeqRange {
    /// `first ..= last`; `None` when empty or above 9999.
    pub fn new(first: u16, last: u16) -> Option<Self> {
        (first <= last && last <= 9999).then_some(Self { first, last })
    }

    /// Lowest number of the range.
    pub fn first(&self) -> u16 {
        self.first
    }

    /// Highest number of the range.
    pub fn last(&self) -> u16 {
        self.last
    }
}

/// The settlement centre.
#[derive(Debug, Clone)]
pub struct Centre {
    /// `http://` or `https://` address; the profile may add to its path.
    pub url: String,
    /// The centre's SM2 public key as SubjectPublicKeyInfo PEM. Needed where the profile says that answers are signed.
    pub key_pem: Option<String>,
    /// Access key and secret of the gateway, where the profile has one.
    pub gateway_keys: Option<GatewayKeys>,
    /// How the transport to it is secured. Only used by the program that builds the transport.
    pub tls: TlsConfig,
    /// Longest wait for an answer; the profile's own when `None`.
    pub timeout: Option<Duration>,
}

/// The journal file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalConfig {
    /// The SQLite file. Its key lies beside it as `<path>.key`, its lock as `<path>.lock`.
    pub path: PathBuf,
    /// Closed purchases older than this may be purged; `None` keeps everything.
    pub retention_days: Option<u32>,
    /// How long a second process waits for the first to let go.
    pub lock_wait: Duration,
    /// Upper bound of the file in SQLite pages of 4096 bytes, `None` for no bound of ours.
    pub max_pages: Option<u32>,
}

impl JournalConfig {
    /// A journal at `path`: nothing purged, 5 s of patience, no bound.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), retention_days: None, lock_wait: Duration::from_secs(5), max_pages: None }
    }
}

/// How an unknown outcome is chased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryPolicy {
    /// Wait before the second attempt; doubled each time.
    pub first_wait: Duration,
    /// Longest wait between two attempts.
    pub longest_wait: Duration,
    /// Where the centre is idempotent: after this long the till stops asking and reverses. `None`: it asks on; the
    /// centre's clock window then ends the matter.
    pub reverse_after: Option<Duration>,
}

impl Default for RecoveryPolicy {
    fn default() -> Self {
        Self {
            first_wait: Duration::from_secs(2),
            longest_wait: Duration::from_secs(300),
            reverse_after: None,
        }
    }
}
