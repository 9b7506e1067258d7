//! The site file as it is written. Every value keeps its place, so that a fault can point at it.

use serde::Deserialize;
use toml::Spanned;

use crate::lang::Lang;

/// `yika.toml`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    pub(super) institution: RawInstitution,
    pub(super) operator: RawOperator,
    pub(super) workstation: RawWorkstation,
    pub(super) centre: RawCentre,
    pub(super) gateway: Option<RawGateway>,
    pub(super) keys: RawKeys,
    pub(super) voucher: Option<RawVoucher>,
    #[serde(default)]
    pub(super) devices: RawDevices,
    #[serde(default)]
    pub(super) journal: RawJournal,
    pub(super) language: Option<Lang>,
}

/// `[institution]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawInstitution {
    pub(super) code: Spanned<String>,
    pub(super) name: Spanned<String>,
    pub(super) region: Spanned<String>,
    pub(super) setl_optins: Option<Spanned<String>>,
}

/// `[operator]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOperator {
    pub(super) opter: Spanned<String>,
    pub(super) opter_name: Spanned<String>,
    pub(super) opter_type: Option<Spanned<String>>,
}

/// `[workstation]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWorkstation {
    pub(super) seq_range: Spanned<Vec<i64>>,
    pub(super) mac: Option<Spanned<String>>,
    pub(super) ip: Option<Spanned<String>>,
}

/// `[centre]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCentre {
    pub(super) url: Spanned<String>,
    pub(super) profile: Spanned<String>,
    pub(super) centre_key: Option<Spanned<String>>,
    pub(super) ca: Option<Spanned<String>>,
    pub(super) client_cert: Option<Spanned<String>>,
    pub(super) client_key: Option<Spanned<String>>,
    pub(super) timeout_seconds: Option<Spanned<i64>>,
}

/// `[gateway]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawGateway {
    pub(super) id: Spanned<String>,
    pub(super) secret: Spanned<String>,
}

/// `[keys]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawKeys {
    pub(super) file: Spanned<String>,
    pub(super) passphrase: Option<Spanned<String>>,
}

/// `[devices]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDevices {
    pub(super) reader: Option<Spanned<String>>,
    pub(super) key_service: Option<Spanned<String>>,
    pub(super) sam_reader: Option<Spanned<String>>,
    pub(super) psam_scheme: Option<Spanned<String>>,
    pub(super) pinpad: Option<Spanned<String>>,
    pub(super) pin_digits: Option<Spanned<i64>>,
    #[serde(default)]
    pub(super) attached: Vec<Spanned<RawAttached>>,
}

/// `[[devices.attached]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAttached {
    pub(super) label: Spanned<String>,
    pub(super) kind: Spanned<String>,
    pub(super) at: Spanned<String>,
    pub(super) speed: Option<Spanned<i64>>,
    pub(super) suffix: Option<Spanned<String>>,
    pub(super) prefix: Option<Spanned<String>>,
    pub(super) length: Option<Spanned<Vec<i64>>>,
}

/// `[voucher]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawVoucher {
    pub(super) url: Option<Spanned<String>>,
    pub(super) app_id: Option<Spanned<String>>,
    pub(super) app_secret: Option<Spanned<String>>,
    pub(super) office_id: Option<Spanned<String>>,
    pub(super) office_name: Option<Spanned<String>>,
}

/// `[journal]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawJournal {
    pub(super) path: Option<Spanned<String>>,
    pub(super) retention_days: Option<Spanned<i64>>,
}
