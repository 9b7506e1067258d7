//! From the tables of the file to the types of the centre.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use toml::Spanned;
use yika_platform::business_time::BusinessTime;
use yika_platform::ec::App;
use yika_platform::personal::Personal;
use yika_platform::profile::{Gateway, Profile, SignatureScheme};
use yika_protocol::card_keys::CardKeyScheme;
use yika_protocol::identity::{CertNo, Date, Ethnicity, Institution, Region};
use yika_protocol::money::{Fen, Price, Quantity};
use zeroize::Zeroizing;

use super::raw::{self, Text};
use super::{
    Secrets, Seed, SeedCardKeys, SeedCentre, SeedError, SeedInstitution, SeedInsurance, SeedItem,
    SeedMapping, SeedPerson, SeedPolicy,
};
use crate::keyfile;
use crate::store::TerminalRule;

/// Reads the values of one text, whose lines it names in errors.
pub(super) struct Reader<'a> {
    text: &'a str,
    folder: Option<&'a Path>,
}

impl Reader<'_> {
    /// Reads and checks a text; files that it names stand in `folder`.
    pub(super) fn read(text: &str, folder: Option<&Path>) -> Result<Seed, SeedError> {
        let raw: raw::Seed = toml::from_str(text).map_err(|e| SeedError {
            line: e.span().map_or(1, |span| line_of(text, span.start)),
            why: without_values(e.message()),
        })?;
        Reader { text, folder }.seed(raw)
    }

    fn seed(&self, raw: raw::Seed) -> Result<Seed, SeedError> {
        if *raw.version.get_ref() != 1 {
            return Err(self.at(&raw.version, "this program reads version = 1"));
        }
        let seed = Seed {
            reset: raw.reset,
            centre: raw.centre.map(|c| self.centre(&c)).transpose()?,
            institutions: self.all(&raw.institutions, Self::institution)?,
            people: self.all(&raw.people, Self::person)?,
            catalogue: self.all(&raw.catalogue, Self::item)?,
            mappings: self.all(&raw.mappings, Self::mapping)?,
            policies: self.all(&raw.policies, Self::policy)?,
            card_keys: self.all(&raw.card_keys, Self::card_keys)?,
        };
        self.unique(&raw.institutions, |i| i.fixmedins_code.get_ref().clone(), "fixmedins_code")?;
        self.unique(&raw.people, |p| p.psn_no.get_ref().clone(), "psn_no")?;
        self.unique(&raw.catalogue, |c| c.med_list_codg.get_ref().clone(), "med_list_codg")?;
        self.unique(
            &raw.policies,
            |p| format!("{} {}", p.insutype.get_ref(), p.med_type.get_ref()),
            "policy",
        )?;
        self.unique(&raw.card_keys, |k| k.region.get_ref().clone(), "card key region")?;
        Ok(seed)
    }

    fn centre(&self, raw: &raw::Centre) -> Result<SeedCentre, SeedError> {
        let region = self.parse::<Region>(&raw.region)?;
        Ok(SeedCentre {
            region,
            setl_optins: raw.setl_optins.as_ref().map(|o| self.parse(o)).transpose()?.unwrap_or(region),
            trace_codes_required: raw.trace_codes_required.unwrap_or(true),
        })
    }

    fn institution(&self, raw: &raw::Institution) -> Result<SeedInstitution, SeedError> {
        let profile_name = raw.auth.as_ref().map_or("sandbox", |auth| auth.get_ref());
        let at_auth = |why: String| self.at(raw.auth.as_ref().unwrap_or(&raw.fixmedins_code), why);
        let profile = match Profile::BUILT_IN.iter().find(|(name, _)| *name == profile_name) {
            // The reason also says so when a profile is only described and cannot be checked.
            Some((name, _)) => Profile::load(name).map_err(|e| at_auth(e.to_string()))?,
            None => {
                let names = Profile::BUILT_IN.map(|(name, _)| name).join(", ");
                return Err(at_auth(format!("auth is the name of a built-in profile: {names}")));
            }
        };
        let public_key = raw.public_key.as_ref().map(|key| self.public_key(key)).transpose()?;
        let ec_app = match (&raw.ec_app_id, &raw.ec_app_secret) {
            (Some(id), Some(secret)) => {
                Some(App::new(id.get_ref(), secret.get_ref()).map_err(|e| self.at(id, e))?)
            }
            (None, None) => None,
            (Some(one), None) | (None, Some(one)) => {
                return Err(self.at(one, "ec_app_id and ec_app_secret go together"));
            }
        };
        let secrets = match (&raw.access_id, &raw.access_secret) {
            (Some(id), Some(secret)) => {
                Some(Secrets { id: self.words(id, 100)?, secret: Zeroizing::new(self.words(secret, 200)?) })
            }
            (None, None) => None,
            (Some(one), None) | (None, Some(one)) => {
                return Err(self.at(one, "access_id and access_secret go together"));
            }
        };
        if profile.signature.scheme != SignatureScheme::None && public_key.is_none() {
            return Err(
                self.at(&raw.fixmedins_code, format!("profile {profile_name} signs: public_key is missing"))
            );
        }
        if profile.gateway != Gateway::None && secrets.is_none() {
            return Err(self.at(
                &raw.fixmedins_code,
                format!("the gateway of profile {profile_name} needs access_id and access_secret"),
            ));
        }
        let code = self.parse::<Institution>(&raw.fixmedins_code)?;
        let kind = if code.is_pharmacy() { "2" } else { "1" };
        Ok(SeedInstitution {
            code,
            name: self.words(&raw.fixmedins_name, 200)?,
            region: self.parse(&raw.region)?,
            kind: raw.fixmedins_type.as_ref().map_or(Ok(kind.to_owned()), |k| self.code(k, 3))?,
            active: raw.active.unwrap_or(true),
            profile: profile_name.to_owned(),
            public_key,
            secrets,
            operators: raw.operators.iter().map(|o| self.words(o, 30)).collect::<Result<_, _>>()?,
            mapping_required: raw.mapping_required.unwrap_or(false),
            card_auth: raw.card_auth.unwrap_or(true),
            ec_app,
            terminals: raw.terminals.as_ref().map(|rule| self.terminals(rule)).transpose()?,
        })
    }

    fn terminals(&self, raw: &raw::Terminals) -> Result<TerminalRule, SeedError> {
        let count = |given: &Option<Spanned<i64>>, default: i64, most: i64| match given {
            None => Ok(default),
            Some(number) if (1..=most).contains(number.get_ref()) => Ok(*number.get_ref()),
            Some(number) => Err(self.at(number, format!("a whole number from 1 to {most}"))),
        };
        let limit = |text: &Text| match self.parse::<Fen>(text)? {
            Fen(..0) => Err(self.at(text, "a limit is not negative")),
            amount => Ok(amount),
        };
        let per_swipe = limit(&raw.per_swipe)?;
        let no_challenge = limit(&raw.no_challenge)?;
        if no_challenge > per_swipe {
            return Err(self.at(&raw.no_challenge, "no_challenge is at most per_swipe"));
        }
        Ok(TerminalRule {
            most: count(&raw.most, 20, 100_000)?,
            valid_days: count(&raw.valid_days, 365, 3_660)?,
            per_swipe,
            no_challenge,
            per_day: limit(&raw.per_day)?,
            pin_above: raw.pin_above.as_ref().map(limit).transpose()?,
        })
    }

    /// PEM, a path to PEM, or the hex of the point `04 ‖ x ‖ y`.
    fn public_key(&self, key: &Text) -> Result<[u8; 65], SeedError> {
        let text = key.get_ref().trim();
        let pem = if text.starts_with("-----BEGIN") {
            text.to_owned()
        } else if text.len() == 130 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return keyfile::public_point(&yika_platform::hex::bytes::<65>(text).unwrap_or([0; 65]))
                .map_err(|e| self.at(key, e));
        } else {
            let folder = self.folder.ok_or_else(|| {
                self.at(
                    key,
                    "public_key is PEM (-----BEGIN PUBLIC KEY-----) or 130 hex digits starting with 04",
                )
            })?;
            let path = folder.join(text);
            std::fs::read_to_string(&path).map_err(|e| self.at(key, format!("{}: {e}", path.display())))?
        };
        keyfile::public_from_pem(&pem).map_err(|e| self.at(key, e))
    }

    fn person(&self, raw: &raw::Person) -> Result<SeedPerson, SeedError> {
        let certno = CertNo::parse(raw.certno.get_ref().as_bytes()).map_err(|e| self.at(&raw.certno, e))?;
        let brdy = match &raw.brdy {
            Some(day) => self.parse::<Date>(day)?,
            None => certno
                .birth_date()
                .ok_or_else(|| self.at(&raw.certno, "no date of birth in this number: give brdy"))?,
        };
        let gend = match &raw.gend {
            Some(code) if matches!(code.get_ref().as_str(), "0" | "1" | "2" | "9") => code.get_ref().clone(),
            Some(code) => return Err(self.at(code, "gend is 0, 1, 2 or 9")),
            None => certno.gender().map_or("0", |g| g.code()).to_owned(),
        };
        let naty = match &raw.naty {
            Some(code) => {
                Ethnicity::parse(code.get_ref().as_bytes())
                    .ok_or_else(|| self.at(code, "naty is 01 to 56"))?;
                code.get_ref().clone()
            }
            None => "01".to_owned(),
        };
        let card_sn = match &raw.card_sn {
            Some(sn) if sn.get_ref().len() == 32 && sn.get_ref().bytes().all(|b| b.is_ascii_hexdigit()) => {
                Some(Personal::new(sn.get_ref().to_ascii_uppercase()))
            }
            Some(sn) => return Err(self.at(sn, "card_sn has 32 hex digits")),
            None => None,
        };
        let mut insurances = Vec::new();
        for insurance in &raw.insurances {
            if insurances.iter().any(|other: &SeedInsurance| other.insutype == *insurance.insutype.get_ref())
            {
                return Err(self.at(&insurance.insutype, "this insurance is listed twice"));
            }
            insurances.push(self.insurance(insurance)?);
        }
        Ok(SeedPerson {
            psn_no: self.words(&raw.psn_no, 30)?,
            certno,
            psn_cert_type: raw.psn_cert_type.as_ref().map_or(Ok("01".to_owned()), |t| self.code(t, 6))?,
            psn_name: Personal::new(self.words(&raw.psn_name, 50)?),
            gend,
            naty,
            brdy,
            card_no: raw.card_no.as_ref().map(|c| self.words(c, 50).map(Personal::new)).transpose()?,
            card_sn,
            ec_token: raw.ec_token.as_ref().map(|t| self.words(t, 50).map(Personal::new)).transpose()?,
            ec_token_expires: raw
                .ec_token_expires
                .as_ref()
                .map(|until| self.parse::<BusinessTime>(until))
                .transpose()?
                .map(BusinessTime::unix_millis),
            insurances,
        })
    }

    fn insurance(&self, raw: &raw::Insurance) -> Result<SeedInsurance, SeedError> {
        let flag = |text: &Option<Text>, default: &str| {
            text.as_ref().map_or(Ok(default.to_owned()), |t| self.code(t, 3))
        };
        let balance = raw.balance.as_ref().map(|b| self.parse::<Fen>(b)).transpose()?;
        if let (Some(at), Some(Fen(..0))) = (&raw.balance, balance) {
            return Err(self.at(at, "a balance is not negative"));
        }
        Ok(SeedInsurance {
            insutype: self.code(&raw.insutype, 6)?,
            psn_type: self.code(&raw.psn_type, 6)?,
            psn_insu_stas: flag(&raw.psn_insu_stas, "1")?,
            cvlserv_flag: flag(&raw.cvlserv_flag, "0")?,
            insuplc_admdvs: self.parse(&raw.insuplc_admdvs)?,
            balance,
        })
    }

    fn item(&self, raw: &raw::Item) -> Result<SeedItem, SeedError> {
        let chrgitm_lv = self.code(&raw.chrgitm_lv, 3)?;
        let given = raw.selfpay_prop.as_ref().map(|p| self.proportion(p)).transpose()?;
        let selfpay_prop = match (chrgitm_lv.as_str(), given) {
            ("01", None | Some(0)) => 0,
            ("02", Some(share)) => share,
            ("03", None | Some(10_000)) => 10_000,
            ("02", None) => return Err(self.at(&raw.chrgitm_lv, "level 02 needs selfpay_prop")),
            ("01" | "03", Some(_)) => {
                return Err(self.at(&raw.chrgitm_lv, "selfpay_prop belongs to level 02; 01 is 0 and 03 is 1"));
            }
            _ => return Err(self.at(&raw.chrgitm_lv, "chrgitm_lv is 01, 02 or 03")),
        };
        let pric_uplmt = raw.pric_uplmt.as_ref().map(|p| self.parse::<Price>(p)).transpose()?;
        if let (Some(at), Some(Price(..=0))) = (&raw.pric_uplmt, pric_uplmt) {
            return Err(self.at(at, "a price limit is positive; leave it out when there is none"));
        }
        Ok(SeedItem {
            med_list_codg: self.words(&raw.med_list_codg, 50)?,
            name: self.words(&raw.name, 200)?,
            pric_uplmt,
            chrgitm_lv,
            selfpay_prop,
            med_chrgitm_type: raw
                .med_chrgitm_type
                .as_ref()
                .map_or(Ok("09".to_owned()), |t| self.code(t, 6))?,
        })
    }

    fn mapping(&self, raw: &raw::Mapping) -> Result<SeedMapping, SeedError> {
        Ok(SeedMapping {
            institution: self.parse(&raw.fixmedins_code)?,
            medins_list_codg: self.words(&raw.medins_list_codg, 150)?,
            med_list_codg: self.words(&raw.med_list_codg, 50)?,
        })
    }

    fn policy(&self, raw: &raw::Policy) -> Result<SeedPolicy, SeedError> {
        let amount = |text: &Text| match self.parse::<Fen>(text)? {
            Fen(..0) => Err(self.at(text, "an amount here is not negative")),
            amount => Ok(amount),
        };
        Ok(SeedPolicy {
            insutype: self.code(&raw.insutype, 6)?,
            med_type: self.code(&raw.med_type, 6)?,
            deductible: amount(&raw.deductible)?,
            ratio: self.proportion(&raw.ratio)?,
            annual_cap: raw.annual_cap.as_ref().map(amount).transpose()?,
            fund_pay_type: self.code(&raw.fund_pay_type, 6)?,
            clr_type: raw.clr_type.as_ref().map_or(Ok("41".to_owned()), |t| self.code(t, 6))?,
            account: raw.account,
            account_ownpay: raw.account_ownpay.unwrap_or(true),
        })
    }

    fn card_keys(&self, raw: &raw::CardKeys) -> Result<SeedCardKeys, SeedError> {
        let key = |text: &Text| {
            yika_platform::hex::bytes::<16>(text.get_ref())
                .map(Zeroizing::new)
                .ok_or_else(|| self.at(text, "a card master key has 32 hex digits"))
        };
        Ok(SeedCardKeys {
            region: self.parse(&raw.region)?,
            scheme: raw.scheme.as_ref().map_or(Ok("assumed-1".to_owned()), |s| self.scheme(s))?,
            irk: key(&raw.irk)?,
            rk_ssse: key(&raw.rk_ssse)?,
        })
    }

    fn scheme(&self, name: &Text) -> Result<String, SeedError> {
        match CardKeyScheme::by_name(name.get_ref()) {
            Some(_) => Ok(name.get_ref().clone()),
            None => Err(self.at(name, "scheme is assumed-1 or assumed-2")),
        }
    }

    fn all<R, T>(
        &self,
        rows: &[R],
        read: impl Fn(&Self, &R) -> Result<T, SeedError>,
    ) -> Result<Vec<T>, SeedError> {
        rows.iter().map(|row| read(self, row)).collect()
    }

    fn unique<R: raw::Row>(
        &self,
        rows: &[R],
        key: impl Fn(&R) -> String,
        what: &str,
    ) -> Result<(), SeedError> {
        let mut seen = BTreeMap::new();
        for row in rows {
            if seen.insert(key(row), ()).is_some() {
                return Err(self.at(row.place(), format!("this {what} is listed twice")));
            }
        }
        Ok(())
    }

    fn parse<T: FromStr<Err: fmt::Display>>(&self, text: &Text) -> Result<T, SeedError> {
        text.get_ref().parse().map_err(|e: T::Err| self.at(text, e))
    }

    /// A share between 0 and 1 with at most four decimals, in ten-thousandths.
    fn proportion(&self, text: &Text) -> Result<i64, SeedError> {
        match self.parse::<Quantity>(text)? {
            Quantity(share @ 0..=10_000) => Ok(share),
            _ => Err(self.at(text, "a proportion is between 0 and 1, for example \"0.70\"")),
        }
    }

    fn code(&self, text: &Text, longest: usize) -> Result<String, SeedError> {
        let code = text.get_ref();
        if code.is_empty() || code.len() > longest || !code.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(self.at(text, format!("a code of 1 to {longest} letters and digits")));
        }
        Ok(code.clone())
    }

    fn words(&self, text: &Text, longest: usize) -> Result<String, SeedError> {
        let words = text.get_ref();
        if words.trim().is_empty() || words.chars().count() > longest || words.chars().any(char::is_control) {
            return Err(
                self.at(text, format!("a text of 1 to {longest} characters without control characters"))
            );
        }
        Ok(words.clone())
    }

    fn at<T>(&self, place: &Spanned<T>, why: impl fmt::Display) -> SeedError {
        SeedError { line: line_of(self.text, place.span().start), why: why.to_string() }
    }
}

/// The TOML reader quotes unexpected values, and a value may be somebody's number.
fn without_values(message: &str) -> String {
    match (message.starts_with("invalid "), message.split_once(", expected ")) {
        (true, Some((found, expected))) => {
            let kind = found.split(['`', '"']).next().unwrap_or(found).trim_end();
            format!("{kind}, expected {expected}")
        }
        _ => message.to_owned(),
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|b| *b == b'\n').count()
}
