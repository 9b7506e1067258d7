//! A province as data: gateway, signature, numbers, widths, dictionaries and rules of recovery.
//!
//! Profiles are TOML. Five are built in (`sandbox`, `csb`, `tif`, `hubei`, `jilin`); any other is a file of the same
//! shape. The schema is described in `hw-docs/profiles.md`. Unknown keys are refused, so that a typing error in a
//! file never silently leaves a rule at its default.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use yika_protocol::fault::{Fault, settle};

use crate::ec::FieldOrder;
use crate::envelope::InfCode;
use crate::msgid::MsgIdForm;

/// Everything that differs from one province's platform to the next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Short name, as written in the site file.
    pub name: String,
    /// One line for people: whose rules these are, and how far they were exercised.
    pub title: String,
    /// False for a profile that is written down from public sources but was never run against a centre.
    pub exercised: bool,
    /// `infver` of the envelope.
    pub infver: String,
    /// `recer_sys_code` of the envelope.
    pub recer_sys_code: String,
    /// Appended to the centre address. `{infno}` stands for the transaction number. Empty: the address as it is.
    #[serde(default)]
    pub path: String,
    /// How the gateway in front of the centre knows the caller.
    pub gateway: Gateway,
    /// What `cainfo` carries.
    pub signature: SignatureRules,
    /// Outcomes and recovery.
    pub outcome: OutcomeRules,
    /// Ids, clocks and sign-in.
    pub session: SessionRules,
    /// Checks of fields.
    #[serde(default)]
    pub fields: FieldRules,
    /// Rules of the pharmacy transactions.
    pub pharmacy: PharmacyRules,
    /// Rules of the e-voucher.
    #[serde(default)]
    pub voucher: VoucherRules,
    /// Deadlines of the transport in milliseconds.
    pub timeouts: Timeouts,
}

/// How the gateway knows the caller. The secrets stand in the site file and in the centre's seed, never here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "scheme", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Gateway {
    /// No gateway: the envelope speaks for itself.
    None,
    /// Headers `_api_*` with HMAC-SHA1 (variant a). `api_name` may hold `{infno}`.
    CsbHmac {
        /// `_api_name`.
        api_name: String,
        /// `_api_version`.
        api_version: String,
        /// How far the time stamp may be off, in minutes.
        window_minutes: u32,
    },
    /// Headers `x-tif-*` with SHA-256 (variant b).
    Tif {
        /// How far the time stamp may be off, in minutes.
        window_minutes: u32,
    },
    /// OAuth2 password token, then `Authorization: Bearer` (variant d). Described, not implemented.
    OauthPassword {
        /// Where the token is fetched.
        token_path: String,
    },
}

/// What `cainfo` carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureRules {
    /// The rule by which the signed text is made.
    pub scheme: SignatureScheme,
    /// Does the signature cover the business data, and so the amounts? Must agree with the scheme.
    pub covers_input: bool,
    /// Does the centre sign its answers by the same rule?
    pub signs_responses: bool,
}

/// The rule by which the signed text is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureScheme {
    /// No `cainfo`.
    None,
    /// Envelope fields and the SM3 digest of the canonical business data; SM2 with SM3. Covers everything.
    Sandbox,
    /// Envelope fields without the business data; SM2 with SM3 (variant c). Does not cover the amounts.
    EnvelopeOnly,
    /// SM2 with SM3 over the input text, identity = client id, Base64; input encrypted with SM4-ECB (variant d).
    /// Described, not implemented.
    InputSm4,
}

impl SignatureScheme {
    /// Whether texts made by this rule contain the business data.
    pub fn covers_input(self) -> bool {
        matches!(self, Self::Sandbox | Self::InputSm4)
    }
}

/// Outcomes and recovery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomeRules {
    /// The same bytes under the same id get the same answer, so a lost answer may be asked for by sending again.
    pub idempotent: bool,
    /// A reversal of an id that never arrived is remembered, so that the late original is refused.
    pub tombstone: bool,
    /// Is every `infcode` -1 a final refusal?
    pub minus_one_final: bool,
    /// Values of `infcode` besides 0 and -1 that are final refusals, whatever the text.
    #[serde(default)]
    pub final_codes: BTreeSet<i64>,
    /// Parts of `err_msg` that make a -1 a final refusal. A pattern starting with `^` must stand at the start.
    #[serde(default)]
    pub final_patterns: Vec<String>,
    /// Parts of `err_msg` that say "no such transaction" in answer to a query or a reversal.
    #[serde(default)]
    pub not_found_patterns: Vec<String>,
    /// Parts of `err_msg` that say "sign in (again) first".
    #[serde(default)]
    pub sign_in_patterns: Vec<String>,
    /// Parts of `err_msg` that say "this id was reversed".
    #[serde(default)]
    pub reversed_patterns: Vec<String>,
    /// Parts of `err_msg` of refusals that speak about this sending only, and say nothing about an earlier sending of
    /// the same id: bad signature, bad form, other bytes under the id.
    #[serde(default)]
    pub sending_only_patterns: Vec<String>,
    /// How long a request may still arrive after it was sent, in seconds.
    pub longest_flight_seconds: u64,
    /// Transaction numbers that 2601 can reverse.
    pub reversible: BTreeSet<String>,
}

/// Ids, clocks and sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionRules {
    /// How strictly message ids are read.
    pub msgid: MsgIdForm,
    /// How far `inf_time` may be off the centre's clock, in minutes.
    pub clock_window_minutes: u32,
    /// Must business transactions carry a `sign_no`?
    pub sign_in_required: bool,
    /// When a sign-in ends.
    pub sign_in_renew: SignInRenew,
    /// A refusal for want of sign-in is not stored under the id: the same id may come again with a new `sign_no`.
    pub sign_in_refusal_keeps_id: bool,
}

/// When a sign-in ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignInRenew {
    /// At the next midnight in Shanghai.
    Midnight,
    /// After an hour.
    Hourly,
}

/// Checks of fields, on top of the published tables.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldRules {
    /// Must every leaf of `input` and `output` be a JSON string?
    #[serde(default)]
    pub leaves_are_text: bool,
    /// Are codes compared with the dictionaries?
    #[serde(default)]
    pub check_dictionaries: bool,
    /// Longest length in characters by field name, in place of the printed one and of the built-in overrides.
    #[serde(default)]
    pub lengths: BTreeMap<String, usize>,
    /// Fields that a province requires beyond the tables, or lets go, by path such as `2102.input.druginfo.invono`.
    #[serde(default)]
    pub required: BTreeMap<String, bool>,
    /// Codes that a province adds to a dictionary.
    #[serde(default)]
    pub dictionaries: BTreeMap<String, BTreeSet<String>>,
    /// Fields that a province adds, by path, with a type such as `C30`.
    #[serde(default)]
    pub added: BTreeMap<String, String>,
}

/// Rules of the pharmacy transactions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PharmacyRules {
    /// Numbers in use for pre-settlement, settlement and void: some provinces add a letter.
    pub preview: String,
    /// See `preview`.
    pub settle: String,
    /// See `preview`.
    pub void: String,
    /// May a line be settled without a drug trace code?
    pub trace_codes_required: bool,
    /// `fund_pay_type` codes of `setldetail` rows that are no fund money: accounts and the institution's own burden.
    pub account_rows: BTreeSet<String>,
    /// See `account_rows`.
    pub hospital_rows: BTreeSet<String>,
    /// `clr_type` of a pharmacy purchase, as used in 3201.
    pub clr_type: String,
}

/// Rules of the e-voucher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoucherRules {
    /// Number of the transaction that decodes a scanned code; some platforms number it 1162.
    pub decode: String,
    /// How the fields of the e-voucher's own envelope are sorted before they are signed.
    pub field_order: FieldOrder,
}

impl Default for VoucherRules {
    fn default() -> Self {
        Self { decode: "6101".to_owned(), field_order: FieldOrder::Bytes }
    }
}

/// Deadlines of the transport in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timeouts {
    /// Until the connection (and TLS) stands.
    pub connect_ms: u64,
    /// Until the whole answer is there.
    pub answer_ms: u64,
}

/// Why a profile cannot be used.
#[derive(Debug)]
pub enum ProfileError {
    /// Neither a built-in name nor a readable file.
    NotFound {
        /// What was asked for.
        wanted: String,
        /// What the file system said.
        reason: std::io::Error,
    },
    /// Not TOML, an unknown key, a missing key or a wrong type; the text points at the line.
    Malformed {
        /// Where it was read.
        origin: PathBuf,
        /// What the TOML reader said, with line and column.
        reason: Box<toml::de::Error>,
    },
    /// It is written down from public sources, and no code runs its gateway or signature.
    OnlyDescribed {
        /// Which profile.
        name: String,
    },
    /// The parts do not fit together.
    Inconsistent {
        /// Which profile.
        name: String,
        /// What does not fit.
        reason: &'static str,
    },
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { wanted, reason } => {
                let names = Profile::BUILT_IN.map(|(name, _)| name).join(", ");
                write!(f, "profile {wanted}: not one of {names}, and as a file: {reason}")
            }
            Self::Malformed { origin, reason } => write!(f, "profile {}: {reason}", origin.display()),
            Self::OnlyDescribed { name } => {
                write!(
                    f,
                    "profile {name} is only described; this program cannot speak to such a platform yet"
                )
            }
            Self::Inconsistent { name, reason } => write!(f, "profile {name}: {reason}"),
        }
    }
}

impl std::error::Error for ProfileError {}

impl ProfileError {
    /// The coded fault: what to do about it.
    pub fn fault(&self) -> &'static Fault {
        &settle::PROFILE_INVALID
    }
}

impl Profile {
    /// Name and TOML of the built-in profiles.
    pub const BUILT_IN: [(&'static str, &'static str); 5] = [
        ("sandbox", include_str!("../profiles/sandbox.toml")),
        ("csb", include_str!("../profiles/csb.toml")),
        ("tif", include_str!("../profiles/tif.toml")),
        ("hubei", include_str!("../profiles/hubei.toml")),
        ("jilin", include_str!("../profiles/jilin.toml")),
    ];

    /// A built-in profile by name, or else the file of that path, to work with.
    ///
    /// # Errors
    /// [`ProfileError`] when there is no such profile, it is not sound, or it is only described.
    pub fn load(name_or_path: &str) -> Result<Self, ProfileError> {
        Self::describe(name_or_path)?.usable()
    }

    /// The same to look at: also a profile that is only described and cannot be worked with.
    ///
    /// # Errors
    /// [`ProfileError`] when there is no such profile or it is not sound.
    pub fn describe(name_or_path: &str) -> Result<Self, ProfileError> {
        if let Some((name, text)) = Self::BUILT_IN.iter().find(|(name, _)| *name == name_or_path) {
            return Self::read(text, Path::new(name));
        }
        let path = Path::new(name_or_path);
        let text = std::fs::read_to_string(path)
            .map_err(|reason| ProfileError::NotFound { wanted: name_or_path.to_owned(), reason })?;
        Self::read(&text, path)
    }

    /// The profile of the sandbox centre.
    pub fn sandbox() -> Self {
        #[expect(clippy::expect_used, reason = "built into the program; a test loads every built-in profile")]
        Self::load("sandbox").expect("the built-in sandbox profile is sound")
    }

    /// Reads the TOML of a profile to work with. `origin` is named in errors.
    ///
    /// # Errors
    /// [`ProfileError`], but [`ProfileError::NotFound`].
    pub fn parse(text: &str, origin: &Path) -> Result<Self, ProfileError> {
        Self::read(text, origin)?.usable()
    }

    fn read(text: &str, origin: &Path) -> Result<Self, ProfileError> {
        let profile: Self = toml::from_str(text).map_err(|reason| ProfileError::Malformed {
            origin: origin.to_owned(),
            reason: Box::new(reason),
        })?;
        profile.check()?;
        Ok(profile)
    }

    fn usable(self) -> Result<Self, ProfileError> {
        if self.exercised { Ok(self) } else { Err(ProfileError::OnlyDescribed { name: self.name }) }
    }

    /// Whether the signature of a request covers the business data, and so the amounts.
    pub fn covers_amounts(&self) -> bool {
        self.signature.scheme.covers_input()
    }

    /// Whether a -1 with this text is a final refusal, also for a settling transaction.
    pub fn is_final_refusal(&self, err_msg: &str) -> bool {
        self.outcome.minus_one_final || matches_any(&self.outcome.final_patterns, err_msg)
    }

    /// Whether this `infcode` is a final refusal, whatever the text.
    pub fn is_final_code(&self, code: InfCode) -> bool {
        match code {
            InfCode::Success | InfCode::Unreadable => false,
            InfCode::Failure => self.outcome.minus_one_final,
            InfCode::Other(code) => self.outcome.final_codes.contains(&code),
        }
    }

    /// Whether this text says that the centre knows no such transaction.
    pub fn says_not_found(&self, err_msg: &str) -> bool {
        matches_any(&self.outcome.not_found_patterns, err_msg)
    }

    /// Whether this text asks for a new sign-in.
    pub fn says_sign_in(&self, err_msg: &str) -> bool {
        matches_any(&self.outcome.sign_in_patterns, err_msg)
    }

    /// Whether this text says that the id was reversed.
    pub fn says_reversed(&self, err_msg: &str) -> bool {
        matches_any(&self.outcome.reversed_patterns, err_msg)
    }

    /// Whether a refusal with this text says nothing about an earlier sending of the same id.
    pub fn speaks_of_sending_only(&self, err_msg: &str) -> bool {
        matches_any(&self.outcome.sending_only_patterns, err_msg)
    }

    /// Whether 2601 can reverse this transaction.
    pub fn is_reversible(&self, infno: &str) -> bool {
        self.outcome.reversible.contains(infno)
    }

    /// The number that the field tables know a transaction by: some provinces write `2102A` for 2102.
    pub fn table_number<'a>(&'a self, infno: &'a str) -> &'a str {
        match infno {
            _ if infno == self.pharmacy.preview => "2101",
            _ if infno == self.pharmacy.settle => "2102",
            _ if infno == self.pharmacy.void => "2103",
            _ if infno == self.voucher.decode => "6101",
            other => other,
        }
    }

    /// The number that goes into the envelope for a transaction of the field tables.
    pub fn wire_number<'a>(&'a self, table_number: &'a str) -> &'a str {
        match table_number {
            "2101" => &self.pharmacy.preview,
            "2102" => &self.pharmacy.settle,
            "2103" => &self.pharmacy.void,
            "6101" => &self.voucher.decode,
            other => other,
        }
    }

    fn check(&self) -> Result<(), ProfileError> {
        let fail = |reason| Err(ProfileError::Inconsistent { name: self.name.clone(), reason });
        if self.signature.covers_input != self.signature.scheme.covers_input() {
            return fail("signature.covers_input does not agree with signature.scheme");
        }
        if self.signature.scheme == SignatureScheme::None && self.signature.signs_responses {
            return fail("signature.signs_responses needs a signature.scheme");
        }
        let implemented = !matches!(self.gateway, Gateway::OauthPassword { .. })
            && self.signature.scheme != SignatureScheme::InputSm4;
        if self.exercised && !implemented {
            return fail("exercised = true, but its gateway or signature scheme is only described");
        }
        if self.timeouts.connect_ms == 0 || self.timeouts.answer_ms == 0 {
            return fail("timeouts must not be 0");
        }
        for kind in self.fields.added.values() {
            if crate::tables::FieldType::parse(kind).is_none() {
                return fail("fields.added has a type that is not understood");
            }
        }
        Ok(())
    }
}

/// `^` binds a pattern to the start; everything else is found anywhere. An empty pattern matches nothing.
fn matches_any(patterns: &[String], text: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_prefix('^') {
        Some("") => false,
        Some(start) => text.starts_with(start),
        None => !pattern.is_empty() && text.contains(pattern.as_str()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_profile_loads_under_its_name() {
        for (name, _) in Profile::BUILT_IN {
            let profile = Profile::describe(name).unwrap();
            assert_eq!(profile.name, name);
        }
    }

    #[test]
    fn who_covers_the_amounts_and_who_does_not() {
        let covers = |name| Profile::load(name).unwrap().covers_amounts();
        assert!(covers("sandbox"));
        assert!(!covers("csb") && !covers("tif") && !covers("hubei"));
        assert!(matches!(Profile::load("jilin"), Err(ProfileError::OnlyDescribed { .. })));
        assert!(!Profile::describe("jilin").unwrap().exercised);
        // A file of one's own cannot slip in either.
        let (_, text) = Profile::BUILT_IN[4];
        assert!(matches!(Profile::parse(text, Path::new("x")), Err(ProfileError::OnlyDescribed { .. })));
    }

    #[test]
    fn only_a_coded_refusal_of_the_sandbox_is_final() {
        let sandbox = Profile::sandbox();
        assert!(sandbox.is_final_refusal("[Y-5001] 签名不符 / bad signature"));
        assert!(!sandbox.is_final_refusal("系统繁忙 [Y-5001]"));
        assert!(!sandbox.is_final_refusal("数据库连接超时"));
        assert!(!sandbox.is_final_refusal(""));
    }

    #[test]
    fn the_patterns_meet_the_codes_of_the_sandbox_centre() {
        use yika_protocol::fault::centre;
        for name in ["sandbox", "csb", "tif", "hubei"] {
            let profile = Profile::load(name).unwrap();
            for fault in centre::ALL {
                let text = format!("[{}] {} / {}", fault.code(), fault.cause_zh, fault.cause_en);
                assert!(profile.is_final_refusal(&text), "{name} {text}");
                let sign_in = [centre::NOT_SIGNED_IN.number, centre::SIGN_IN_EXPIRED.number];
                assert_eq!(profile.says_sign_in(&text), sign_in.contains(&fault.number), "{name} {text}");
                let not_found = fault.number == centre::SETTLEMENT_UNKNOWN.number;
                assert_eq!(profile.says_not_found(&text), not_found, "{name} {text}");
                let reversed = fault.number == centre::REVERSED.number;
                assert_eq!(profile.says_reversed(&text), reversed, "{name} {text}");
                let before_the_id = fault.number < 5010 || fault.number == centre::ID_CONFLICT.number;
                assert_eq!(profile.speaks_of_sending_only(&text), before_the_id, "{name} {text}");
            }
        }
    }

    #[test]
    fn some_gateways_say_final_by_number() {
        let tif = Profile::load("tif").unwrap();
        assert!(tif.is_final_code(InfCode::Other(-2)) && !tif.is_final_code(InfCode::Other(-3)));
        assert!(!tif.is_final_code(InfCode::Failure) && !tif.is_final_code(InfCode::Success));
        assert!(!Profile::sandbox().is_final_code(InfCode::Other(-2)));
    }

    #[test]
    fn a_province_may_number_its_transactions_otherwise() {
        let text = Profile::BUILT_IN[0].1.replace("settle = \"2102\"", "settle = \"2102A\"");
        let profile = Profile::parse(&text, Path::new("x")).unwrap();
        assert_eq!((profile.table_number("2102A"), profile.wire_number("2102")), ("2102", "2102A"));
        assert_eq!((profile.table_number("1101"), profile.wire_number("1101")), ("1101", "1101"));
    }

    #[test]
    fn a_typing_error_is_refused_with_its_line() {
        let text = Profile::BUILT_IN[0].1.replace("idempotent", "idempotnet");
        let error = Profile::parse(&text, Path::new("mine.toml")).unwrap_err().to_string();
        assert!(
            error.contains("mine.toml") && error.contains("idempotnet") && error.contains("line"),
            "{error}"
        );
        assert!(matches!(Profile::load("no-such-profile"), Err(ProfileError::NotFound { .. })));
    }

    #[test]
    fn a_profile_cannot_claim_more_than_its_scheme_covers() {
        let text = Profile::BUILT_IN[3].1.replace("covers_input = false", "covers_input = true");
        assert!(matches!(Profile::parse(&text, Path::new("x")), Err(ProfileError::Inconsistent { .. })));
    }
}
