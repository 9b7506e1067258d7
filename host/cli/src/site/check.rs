//! What a site file must satisfy beyond its syntax.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use toml::Spanned;
use yika_platform::ec::App;
use yika_platform::profile::{self, Profile, ProfileError};
use yika_protocol::card_keys::PsamScheme;
use yika_protocol::fault::settle::SITE_FILE_INVALID;
use yika_settle::SeqRange;

use super::raw::{
    Raw, RawCentre, RawDevices, RawGateway, RawInstitution, RawJournal, RawKeys, RawOperator, RawVoucher,
    RawWorkstation,
};
use super::{
    Centre, Devices, Gateway, Institution, Journal, Keys, Operator, PassphraseSource, SecretSource, Site,
    Source, Voucher, VoucherService, Workstation,
};
use crate::failure::Failure;
use crate::lang::Words;

/// Whether a value is good, and if not, what it should be.
pub(super) type Verdict<T = ()> = Result<T, Words>;

/// Checks every section in the order of the file; the first fault is told.
pub(super) fn checked(source: &Source, raw: Raw) -> Result<Site, Failure> {
    let place = Place { source };
    let profile_span = raw.centre.profile.span();
    let site = Site {
        file: source.path.clone(),
        institution: place.institution(raw.institution)?,
        operator: place.operator(raw.operator)?,
        workstation: place.workstation(raw.workstation)?,
        centre: place.centre(raw.centre)?,
        gateway: raw.gateway.map(|gateway| place.gateway(gateway)).transpose()?,
        keys: place.keys(raw.keys)?,
        voucher: raw.voucher.map(|voucher| place.voucher(voucher)).transpose()?,
        devices: place.devices(raw.devices)?,
        journal: place.journal(raw.journal)?,
        language: raw.language,
    };
    let wants_gateway = matches!(
        site.centre.profile.gateway,
        profile::Gateway::CsbHmac { .. } | profile::Gateway::Tif { .. }
    );
    if wants_gateway && site.gateway.is_none() {
        let words = Words::new(
            "该方案的网关需要 [gateway] 段：id 和 secret",
            "the gateway of this profile needs a [gateway] section with id and secret",
        );
        return Err(place.fault(profile_span, words));
    }
    Ok(site)
}

/// Knows the text that faults point into.
pub(super) struct Place<'a> {
    source: &'a Source,
}

impl Place<'_> {
    fn institution(&self, raw: RawInstitution) -> Result<Institution, Failure> {
        Ok(Institution {
            code: self.text(raw.code, institution_code)?,
            name: self.text(raw.name, |name| plain_text(name, 200))?,
            region: self.text(raw.region, region_code)?,
            setl_optins: self.optional(raw.setl_optins, region_code)?,
        })
    }

    fn operator(&self, raw: RawOperator) -> Result<Operator, Failure> {
        let kind = |value: &str| match value {
            "1" | "2" | "3" => Ok(()),
            _ => Err(Words::new(
                "应为 \"1\"（经办人）、\"2\"（自助终端）或 \"3\"（移动终端）",
                "must be \"1\" (a person), \"2\" (a self-service terminal) or \"3\" (a mobile terminal)",
            )),
        };
        Ok(Operator {
            opter: self.text(raw.opter, |value| plain_text(value, 20))?,
            opter_name: self.text(raw.opter_name, |value| plain_text(value, 50))?,
            opter_type: self.optional(raw.opter_type, kind)?.unwrap_or_else(|| "1".to_owned()),
        })
    }

    fn workstation(&self, raw: RawWorkstation) -> Result<Workstation, Failure> {
        let span = raw.seq_range.span();
        let bounds = match raw.seq_range.get_ref().as_slice() {
            [first, last] => seq_range(*first, *last),
            _ => Err(Words::new("应为两个数：[首号, 末号]", "must be two numbers: [first, last]")),
        };
        Ok(Workstation {
            seq_range: bounds.map_err(|words| self.fault(span, words))?,
            mac: self
                .optional(raw.mac, |value| plain_text(value, 20))?
                .unwrap_or_else(|| "00-00-00-00-00-00".into()),
            ip: self.optional(raw.ip, |value| plain_text(value, 20))?.unwrap_or_else(|| "127.0.0.1".into()),
        })
    }

    fn centre(&self, raw: RawCentre) -> Result<Centre, Failure> {
        let profile = self.profile(&raw.profile)?;
        let client = match (raw.client_cert, raw.client_key) {
            (None, None) => None,
            (Some(cert), Some(key)) => Some((self.path(cert)?, self.path(key)?)),
            (Some(only), None) | (None, Some(only)) => {
                return Err(self.fault(
                    only.span(),
                    Words::new(
                        "client_cert 和 client_key 必须同时给出",
                        "client_cert and client_key must be given together",
                    ),
                ));
            }
        };
        let url_span = raw.url.span();
        let url = self.text(raw.url, web_address)?;
        let ca = raw.ca.map(|path| self.path(path)).transpose()?;
        if url.starts_with("http://") && (ca.is_some() || client.is_some()) {
            let words = Words::new(
                "给了 ca 或 client_cert，地址却是 http://；应为 https://",
                "ca or client_cert is given but the address is http://; it should be https://",
            );
            return Err(self.fault(url_span, words));
        }
        Ok(Centre {
            url,
            profile,
            centre_key: raw.centre_key.map(|path| self.path(path)).transpose()?,
            ca,
            client,
            timeout: self.number(raw.timeout_seconds, 1..301)?.map(|s| Duration::from_secs(u64::from(s))),
        })
    }

    fn gateway(&self, raw: RawGateway) -> Result<Gateway, Failure> {
        let secret = self.secret(&raw.secret)?;
        Ok(Gateway { id: self.text(raw.id, |id| plain_text(id, 200))?, secret })
    }

    /// Where a secret is; never the secret itself.
    fn secret(&self, raw: &Spanned<String>) -> Result<SecretSource, Failure> {
        match raw.get_ref().split_once(':') {
            Some(("env", name)) if !name.is_empty() && !name.contains('=') => {
                Ok(SecretSource::Env(name.to_owned()))
            }
            Some(("file", path)) if !path.is_empty() => Ok(SecretSource::File(self.beside(path))),
            // The value is not repeated: someone may have written the secret itself.
            _ => {
                let words = Words::new(
                    "应为 \"env:变量名\" 或 \"file:文件\"；密钥本身不写在这里",
                    "must be \"env:NAME\" or \"file:PATH\"; the secret itself does not belong here",
                );
                Err(self.fault(raw.span(), words))
            }
        }
    }

    fn voucher(&self, raw: RawVoucher) -> Result<Voucher, Failure> {
        let service = match (raw.url, raw.app_id, raw.app_secret) {
            (None, None, None) => None,
            (Some(url), Some(app_id), Some(app_secret)) => Some(VoucherService {
                url: self.text(url, web_address)?,
                app_secret: self.secret(&app_secret)?,
                app_id: self.text(app_id, |id| match App::new(id, "-") {
                    Ok(_) => Ok(()),
                    Err(_) => {
                        Err(Words::new("应为至少 16 位字母和数字", "must be at least 16 letters and digits"))
                    }
                })?,
            }),
            (url, app_id, app_secret) => {
                let span = [url, app_id, app_secret].into_iter().flatten().next().map(|one| one.span());
                let words = Words::new(
                    "url、app_id 和 app_secret 必须同时给出",
                    "url, app_id and app_secret must be given together",
                );
                return Err(self.fault(span.unwrap_or_default(), words));
            }
        };
        Ok(Voucher {
            service,
            office_id: self
                .optional(raw.office_id, |id| plain_text(id, 20))?
                .unwrap_or_else(|| "01".to_owned()),
            office_name: self
                .optional(raw.office_name, |name| plain_text(name, 30))?
                .unwrap_or_else(|| "药房".to_owned()),
        })
    }

    fn keys(&self, raw: RawKeys) -> Result<Keys, Failure> {
        let passphrase = match raw.passphrase {
            None => PassphraseSource::Prompt,
            Some(value) => {
                let span = value.span();
                passphrase_source(value.get_ref()).map_err(|words| self.fault(span, words))?
            }
        };
        Ok(Keys { file: self.path(raw.file)?, passphrase, opened: OnceLock::new() })
    }

    fn devices(&self, raw: RawDevices) -> Result<Devices, Failure> {
        let reader = self.optional(raw.reader, |value| plain_text(value, 200))?;
        Ok(Devices {
            reader: reader.filter(|reader| reader != "auto"),
            key_service: self.optional(raw.key_service, web_address)?,
            sam_reader: self.optional(raw.sam_reader, |value| plain_text(value, 200))?,
            psam_scheme: self.psam_scheme(raw.psam_scheme)?,
            pinpad: self.pinpad(raw.pinpad)?,
            pin_digits: self.number(raw.pin_digits, 4..13)?,
            attached: self.attached(raw.attached)?,
        })
    }

    fn psam_scheme(&self, value: Option<Spanned<String>>) -> Result<PsamScheme, Failure> {
        let Some(value) = value else { return Ok(PsamScheme::default()) };
        PsamScheme::by_name(value.get_ref()).ok_or_else(|| {
            let words =
                Words::new("应为 \"assumed-1\" 或 \"assumed-2\"", "must be \"assumed-1\" or \"assumed-2\"");
            self.fault(value.span(), words)
        })
    }

    fn pinpad(&self, value: Option<Spanned<String>>) -> Result<bool, Failure> {
        match value.as_ref().map(|value| (value, value.get_ref().as_str())) {
            None | Some((_, "auto")) => Ok(true),
            Some((_, "off")) => Ok(false),
            Some((value, _)) => {
                let words = Words::new("应为 \"auto\" 或 \"off\"", "must be \"auto\" or \"off\"");
                Err(self.fault(value.span(), words))
            }
        }
    }

    fn journal(&self, raw: RawJournal) -> Result<Journal, Failure> {
        let path = match raw.path {
            Some(path) => self.path(path)?,
            None => self.beside("journal.db"),
        };
        Ok(Journal { path, retention_days: self.number(raw.retention_days, 1..36_501)? })
    }

    pub(super) fn text(
        &self,
        value: Spanned<String>,
        good: impl Fn(&str) -> Verdict,
    ) -> Result<String, Failure> {
        let span = value.span();
        let text = value.into_inner();
        match good(&text) {
            Ok(()) => Ok(text),
            Err(words) => Err(self.fault(span, words)),
        }
    }

    fn optional(
        &self,
        value: Option<Spanned<String>>,
        good: impl Fn(&str) -> Verdict,
    ) -> Result<Option<String>, Failure> {
        value.map(|value| self.text(value, good)).transpose()
    }

    fn number(&self, value: Option<Spanned<i64>>, range: Range<u32>) -> Result<Option<u32>, Failure> {
        let Some(value) = value else { return Ok(None) };
        match u32::try_from(*value.get_ref()) {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            _ => {
                let (least, most) = (range.start, range.end - 1);
                let words = Words::new(
                    format!("应在 {least} 到 {most} 之间"),
                    format!("must be from {least} to {most}"),
                );
                Err(self.fault(value.span(), words))
            }
        }
    }

    fn path(&self, value: Spanned<String>) -> Result<PathBuf, Failure> {
        let span = value.span();
        if value.get_ref().is_empty() {
            return Err(self.fault(span, Words::new("文件名不能为空", "the file name must not be empty")));
        }
        Ok(self.beside(value.get_ref()))
    }

    /// A path of the site file is relative to the site file, not to where the command runs.
    fn beside(&self, path: impl AsRef<Path>) -> PathBuf {
        match self.source.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.join(path),
            _ => path.as_ref().to_owned(),
        }
    }

    /// A built-in name, or a file beside the site file. A fault inside that file points into that file.
    fn profile(&self, value: &Spanned<String>) -> Result<Profile, Failure> {
        let name = value.get_ref();
        if Profile::BUILT_IN.iter().any(|(known, _)| known == name) {
            return Profile::load(name).map_err(|error| self.fault(value.span(), Words::same(error)));
        }
        let path = self.beside(name);
        if !path.is_file() {
            let known = Profile::BUILT_IN.map(|(name, _)| name).join(", ");
            let words = Words::new(
                format!("没有这个方案：内置的有 {known}；也没有名为 {} 的文件", path.display()),
                format!("no such profile: built in are {known}; and there is no file {}", path.display()),
            );
            return Err(self.fault(value.span(), words));
        }
        let source = Source::load(&path)?;
        Profile::parse(&source.text, &path).map_err(|error| match error {
            ProfileError::Malformed { reason, .. } => source.toml_fault(&SITE_FILE_INVALID, &reason),
            other => self.fault(value.span(), Words::same(other)),
        })
    }

    pub(super) fn fault(&self, span: Range<usize>, words: Words) -> Failure {
        self.source.fault(&SITE_FILE_INVALID, span, words)
    }
}

/// `fixmedins_code`: H (hospital) or P (pharmacy) and 11 digits.
pub(crate) fn institution_code(value: &str) -> Verdict {
    match value.as_bytes().split_first() {
        Some((b'H' | b'P', digits)) if digits.len() == 11 && digits.iter().all(u8::is_ascii_digit) => Ok(()),
        _ => Err(Words::new(
            "机构编号应为 H 或 P 加 11 位数字，例如 P99010100001",
            "an institution code is H or P and 11 digits, e.g. P99010100001",
        )),
    }
}

/// An administrative division: 6 digits.
pub(crate) fn region_code(value: &str) -> Verdict {
    if value.len() == 6 && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(Words::new("行政区划应为 6 位数字，例如 \"990100\"", "a region is 6 digits, e.g. \"990100\""))
}

/// The message numbers of a till: inside 0–9999, first not above last.
pub(crate) fn seq_range(first: i64, last: i64) -> Verdict<SeqRange> {
    let range = match (u16::try_from(first), u16::try_from(last)) {
        (Ok(first), Ok(last)) => SeqRange::new(first, last),
        _ => None,
    };
    range.ok_or_else(|| {
        Words::new(
            "序号段应在 0 到 9999 之间，首号不大于末号；同一机构各收银台的序号段不得重叠",
            "must lie in 0 to 9999 with first ≤ last; the ranges of two tills of one institution must not overlap",
        )
    })
}

/// An `http` or `https` address with a host and no secret in it.
pub(crate) fn web_address(value: &str) -> Verdict {
    let rest = value.strip_prefix("http://").or_else(|| value.strip_prefix("https://"));
    let authority = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let port_fits = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port != 0));
    let printable = value.bytes().all(|byte| byte.is_ascii_graphic());
    if !host.is_empty() && port_fits && printable && !authority.contains('@') {
        return Ok(());
    }
    Err(Words::new(
        "应为 http:// 或 https:// 地址，例如 https://centre.example:8470/",
        "must be an http:// or https:// address, e.g. https://centre.example:8470/",
    ))
}

pub(super) fn plain_text(value: &str, most: usize) -> Verdict {
    let length = value.chars().count();
    // The signature text joins the envelope with `&`; neither it nor control characters may stand in a value.
    if length == 0 || length > most || value.contains('&') || value.chars().any(char::is_control) {
        return Err(Words::new(
            format!("应为 1 到 {most} 个字符，不含 & 和控制字符"),
            format!("must have 1 to {most} characters, without & and control characters"),
        ));
    }
    Ok(())
}

fn passphrase_source(value: &str) -> Verdict<PassphraseSource> {
    match value.split_once(':') {
        None if value == "prompt" => Ok(PassphraseSource::Prompt),
        None if value == "none" => Ok(PassphraseSource::None),
        Some(("env", name)) if !name.is_empty() && !name.contains('=') => {
            Ok(PassphraseSource::Env(name.to_owned()))
        }
        // The value is not repeated: someone may have written the passphrase itself.
        _ => Err(Words::new(
            "应为 \"prompt\"、\"env:变量名\" 或 \"none\"；口令本身不写在这里",
            "must be \"prompt\", \"env:NAME\" or \"none\"; the passphrase itself does not belong here",
        )),
    }
}
