//! Readers and cards of this machine, and how the driver's errors are told.

use std::sync::Arc;
use std::time::Duration;

use yika_driver::keys::{KeyService, PsamFirst, PsamKeys, PsamOptions};
use yika_driver::social_card::{self, ReadOptions, ReadPlan, SocialSecurityCard};
use yika_driver::{CardService, LinkError, Selection};
use yika_protocol::fault::Fault;
use yika_protocol::fault::settle::ARGUMENT_INVALID;

use crate::args::ReaderArgs;
use crate::failure::Failure;
use crate::key_service;
use crate::lang::Words;
use crate::output::{Console, Tone};
use crate::site::{self, Site};

/// Which reader: the command line's word, else the site's, else the driver's rule.
pub(crate) fn selection(given: Option<&str>, site: Option<&Site>) -> Selection {
    let mut selection = Selection::default();
    selection.wanted = given.map(str::to_owned);
    selection.prefer = site.and_then(|site| site.devices.reader.clone()).into_iter().collect();
    selection.modules = site.and_then(|site| site.devices.sam_reader.clone()).into_iter().collect();
    selection
}

/// Reads the card. The key service is the PSAM, then the command line's, else the site's; that one is asked with the
/// site's signature.
pub(crate) fn read_card(
    args: &ReaderArgs,
    plan: ReadPlan,
    wait: u64,
    site: Option<&Site>,
    console: &Console,
) -> Result<SocialSecurityCard, Failure> {
    let service = CardService::pcsc();
    let mut reader = selection(args.reader.as_deref(), site);
    reader.modules.extend(args.sam_reader.clone());
    let options = ReadOptions {
        plan,
        reader,
        keys: keys(args, site, &service, console)?,
        wait: (wait > 0).then(|| Duration::from_secs(wait)),
        ..ReadOptions::default()
    };
    if wait > 0 && !card_is_in(&service, &options.reader) {
        console.say(
            Tone::Plain,
            &format!("请插入社会保障卡（最长等待 {wait} 秒）……"),
            &format!("Insert the social security card (waiting up to {wait} s) …"),
        );
    }
    social_card::read(&service, &options).map_err(|error| failure(error.fault(), error.detail()))
}

fn card_is_in(service: &CardService, selection: &Selection) -> bool {
    let readers = service.readers().unwrap_or_default();
    selection.pick(&readers).is_ok_and(|reader| reader.state.has_card())
}

/// Who opens a card of generation 3: the terminal's PSAM where there is a slot for one, then the centre.
pub(crate) fn keys(
    args: &ReaderArgs,
    site: Option<&Site>,
    service: &CardService,
    console: &Console,
) -> Result<Option<Arc<dyn KeyService>>, Failure> {
    let centre = key_service(args.key_service.as_deref(), site, console)?;
    let of_site = site.map(|site| &site.devices);
    let options = PsamOptions {
        slot: args.sam_reader.clone().or_else(|| of_site?.sam_reader.clone()),
        scheme: of_site.map(|devices| devices.psam_scheme).unwrap_or_default(),
    };
    let psam = PsamKeys::new(service.clone(), options);
    if psam.has_slot() { Ok(Some(Arc::new(PsamFirst::new(psam, centre)))) } else { Ok(centre) }
}

fn key_service(
    given: Option<&str>,
    site: Option<&Site>,
    console: &Console,
) -> Result<Option<Arc<dyn KeyService>>, Failure> {
    if let Some(url) = given {
        site::web_address(url).map_err(|words| {
            let detail =
                Words::new(format!("--key-service: {}", words.zh), format!("--key-service: {}", words.en));
            Failure::new(&ARGUMENT_INVALID).detail(detail)
        })?;
    }
    let of_site = site.and_then(|site| Some((site, site.devices.key_service.as_deref()?)));
    match (given, site, of_site) {
        (Some(url), Some(site), _) => key_service::connect(url, site, console).map(Some),
        // Who asks for card keys must sign, and only a site has a signature.
        (Some(_), None, _) => Err(site::missing()),
        (None, _, Some((site, url))) => match key_service::connect(url, site, console) {
            Ok(service) => Ok(Some(service)),
            // Most cards need no keys, so a site that cannot sign now still reads them.
            Err(failure) => {
                let code = failure.fault.code();
                console.say(
                    Tone::Warn,
                    &format!("密钥服务不可用（{code} {}），三代卡只能读出部分信息。", failure.fault.cause_zh),
                    &format!(
                        "No key service ({code} {}): third-generation cards are read in part.",
                        failure.fault.cause_en
                    ),
                );
                Ok(None)
            }
        },
        (None, _, None) => Ok(None),
    }
}

/// A failure of the driver.
pub(crate) fn failure(fault: &'static Fault, detail: impl Into<Words>) -> Failure {
    let (failure, detail) = (Failure::new(fault), detail.into());
    if detail.is_empty() { failure } else { failure.detail(detail) }
}

impl From<LinkError> for Failure {
    fn from(error: LinkError) -> Failure {
        failure(error.fault(), error.detail())
    }
}

/// Today by the business calendar, as a card writes dates.
pub(crate) fn today() -> Option<yika_protocol::identity::Date> {
    let day = crate::till::business_day();
    yika_protocol::identity::Date::new(u16::try_from(day.year()).ok()?, day.month().into(), day.day()).ok()
}
