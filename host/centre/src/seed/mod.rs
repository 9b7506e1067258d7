//! The seed file: people, accounts, catalogue, institutions, policies and card keys, as TOML.
//!
//! The schema stands in `hw-docs/centre.md`, a sample in `hw-docs/samples/seed.toml`. Reading a file is two steps: TOML
//! into the tables of `raw`, then (`read`) every value into the type that the centre works with. Errors of both steps point
//! at the line.

mod raw;
mod read;
mod write;

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use yika_platform::ec::App;
use yika_platform::personal::Personal;
use yika_protocol::identity::{CertNo, Date, Institution, Region};
use yika_protocol::money::{Fen, Price};
use zeroize::Zeroizing;

use crate::store::TerminalRule;
use read::Reader;

/// A checked seed file, ready for [`crate::Centre::seed`].
#[derive(Debug, Clone)]
pub struct Seed {
    pub(crate) reset: bool,
    pub(crate) centre: Option<SeedCentre>,
    pub(crate) institutions: Vec<SeedInstitution>,
    pub(crate) people: Vec<SeedPerson>,
    pub(crate) catalogue: Vec<SeedItem>,
    pub(crate) mappings: Vec<SeedMapping>,
    pub(crate) policies: Vec<SeedPolicy>,
    pub(crate) card_keys: Vec<SeedCardKeys>,
}

#[derive(Debug, Clone)]
pub(crate) struct SeedCentre {
    pub(crate) region: Region,
    pub(crate) setl_optins: Region,
    pub(crate) trace_codes_required: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct SeedInstitution {
    pub(crate) code: Institution,
    pub(crate) name: String,
    pub(crate) region: Region,
    pub(crate) kind: String,
    pub(crate) active: bool,
    pub(crate) profile: String,
    pub(crate) public_key: Option<[u8; 65]>,
    pub(crate) secrets: Option<Secrets>,
    pub(crate) operators: BTreeSet<String>,
    pub(crate) mapping_required: bool,
    pub(crate) card_auth: bool,
    pub(crate) ec_app: Option<App>,
    pub(crate) terminals: Option<TerminalRule>,
}

/// What a gateway shares with the institution: access key and secret (CSB), or passid and token (TIF).
#[derive(Clone)]
pub(crate) struct Secrets {
    pub(crate) id: String,
    pub(crate) secret: Zeroizing<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct SeedPerson {
    pub(crate) psn_no: String,
    pub(crate) certno: CertNo,
    pub(crate) psn_cert_type: String,
    pub(crate) psn_name: Personal,
    pub(crate) gend: String,
    pub(crate) naty: String,
    pub(crate) brdy: Date,
    pub(crate) card_no: Option<Personal>,
    pub(crate) card_sn: Option<Personal>,
    pub(crate) ec_token: Option<Personal>,
    /// Milliseconds.
    pub(crate) ec_token_expires: Option<i64>,
    pub(crate) insurances: Vec<SeedInsurance>,
}

#[derive(Debug, Clone)]
pub(crate) struct SeedInsurance {
    pub(crate) insutype: String,
    pub(crate) psn_type: String,
    pub(crate) psn_insu_stas: String,
    pub(crate) cvlserv_flag: String,
    pub(crate) insuplc_admdvs: Region,
    pub(crate) balance: Option<Fen>,
}

#[derive(Debug, Clone)]
pub(crate) struct SeedItem {
    pub(crate) med_list_codg: String,
    pub(crate) name: String,
    pub(crate) pric_uplmt: Option<Price>,
    pub(crate) chrgitm_lv: String,
    /// In ten-thousandths.
    pub(crate) selfpay_prop: i64,
    pub(crate) med_chrgitm_type: String,
}

#[derive(Debug, Clone)]
pub(crate) struct SeedMapping {
    pub(crate) institution: Institution,
    pub(crate) medins_list_codg: String,
    pub(crate) med_list_codg: String,
}

#[derive(Debug, Clone)]
pub(crate) struct SeedPolicy {
    pub(crate) insutype: String,
    pub(crate) med_type: String,
    pub(crate) deductible: Fen,
    /// In ten-thousandths.
    pub(crate) ratio: i64,
    pub(crate) annual_cap: Option<Fen>,
    pub(crate) fund_pay_type: String,
    pub(crate) clr_type: String,
    pub(crate) account: bool,
    pub(crate) account_ownpay: bool,
}

#[derive(Clone)]
pub(crate) struct SeedCardKeys {
    pub(crate) region: Region,
    pub(crate) scheme: String,
    pub(crate) irk: Zeroizing<[u8; 16]>,
    pub(crate) rk_ssse: Zeroizing<[u8; 16]>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(***)")
    }
}

impl fmt::Debug for SeedCardKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SeedCardKeys({}, ***)", self.region)
    }
}

/// A seed file that cannot be used: where and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedError {
    /// Line, counted from 1; 0 when the file could not be read at all.
    pub line: usize,
    /// What is wrong and what to do. Never a personal value or a secret.
    pub why: String,
}

impl fmt::Display for SeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.why),
            line => write!(f, "line {line}: {}", self.why),
        }
    }
}

impl std::error::Error for SeedError {}

impl Seed {
    /// Reads and checks a file. Public keys named by a relative path are looked for beside it.
    ///
    /// # Errors
    /// The file cannot be read, a key is unknown, a value is not of its kind; always with the line.
    pub fn load(path: &Path) -> Result<Self, SeedError> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| SeedError { line: 0, why: format!("{}: {e}", path.display()) })?;
        Reader::read(&text, path.parent())
    }

    /// Reads and checks a text. Public keys must stand in it.
    ///
    /// # Errors
    /// As [`Seed::load`].
    pub fn parse(text: &str) -> Result<Self, SeedError> {
        Reader::read(text, None)
    }
}
