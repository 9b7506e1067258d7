//! What the person shows: a card, an e-voucher code, an identity card. All three settle alike.

use std::io::BufRead;
use std::sync::Arc;
use std::time::Duration;

use ring::rand::SystemRandom;
use yika_driver::CardService;
use yika_driver::resident_card::{CardType, ResidentDocument};
use yika_driver::social_card::{PartialReason, PersonalText, ReadOptions, ReadPlan, SocialSecurityCard};
use yika_driver::terminal::{Credential as Shown, Event, Kind, Kinds, What};
use yika_platform::ec::App;
use yika_protocol::fault::Fault;
use yika_protocol::fault::centre::{CODE_EXPIRED, CODE_USED};
use yika_protocol::fault::credential::{ID_EXPIRED, VOUCHER_REFUSED, VOUCHER_SETTINGS};
use yika_protocol::fault::settle::{
    ARGUMENT_INVALID, CARD_EXPIRED, CARD_INCOMPLETE, INPUT_UNREADABLE, REFUSED,
};
use yika_protocol::voucher::{Code, CodeRule, Framing};
use yika_settle::voucher::{EcQueryClient, Scan, Voucher, VoucherError, VoucherService};
use yika_settle::{Credential, Deps, Till};
use zeroize::Zeroizing;

use crate::args::{CredentialKind, SettleArgs};
use crate::failure::{Exit, Failure};
use crate::lang::Words;
use crate::output::{Console, Tone};
use crate::site::{Attached, AttachedFunction, Site};
use crate::till::{self, Machine};
use crate::{codes, devices, terminal};

/// How long a code or an identity card is waited for when the command line does not say, in seconds.
const WAIT: u64 = 60;

/// What was shown at the counter, before anybody was asked about it.
pub(crate) enum Presented {
    /// A card that was read.
    Card(Box<SocialSecurityCard>),
    /// An identity card that was read.
    Id(Box<ResidentDocument>),
    /// A code that must be decoded.
    Code(Code),
}

/// The person who pays, and what the receipt says about them.
pub(crate) struct Payer {
    pub(crate) credential: Credential,
    pub(crate) holder: Option<PersonalText>,
    pub(crate) card_no: Option<PersonalText>,
}

/// Waits for the credential that the command line asks for: at the device it names, else at those of the site.
pub(crate) fn present(args: &SettleArgs, site: &Site, console: &Console) -> Result<Presented, Failure> {
    let shown = &args.shown;
    let rule = CodeRule::default();
    let takes_codes = matches!(shown.credential, CredentialKind::Voucher | CredentialKind::Any);
    let takes_ids = matches!(shown.credential, CredentialKind::Id | CredentialKind::Any);
    let of_code = shown.voucher_code_stdin || shown.voucher_image.is_some() || shown.voucher_port.is_some();
    if of_code && !takes_codes || shown.id_port.is_some() && !takes_ids {
        return Err(Failure::new(&ARGUMENT_INVALID).detail(Words::new(
            "--voucher-… 用于 --credential voucher 或 any，--id-port 用于 id 或 any",
            "--voucher-… goes with --credential voucher or any, --id-port with id or any",
        )));
    }
    match shown.credential {
        _ if takes_codes && shown.voucher_code_stdin => code_from_stdin(rule).map(Presented::Code),
        _ if takes_codes && let Some(file) = &shown.voucher_image => {
            codes::from_picture(file, rule).map(|scan| Presented::Code(scan.code))
        }
        CredentialKind::Card => {
            devices::read_card(&args.reader, ReadPlan::Settlement, shown.card_wait, Some(site), console)
                .map(|card| Presented::Card(Box::new(card)))
        }
        CredentialKind::Voucher => next(args, Kinds::only(Kind::Voucher), site, console),
        CredentialKind::Id => next(args, Kinds::only(Kind::IdCard), site, console),
        CredentialKind::Any => next(args, Kinds::ALL, site, console),
    }
}

/// The next credential of these kinds, from whichever device brings it.
fn next(args: &SettleArgs, kinds: Kinds, site: &Site, console: &Console) -> Result<Presented, Failure> {
    let shown = &args.shown;
    let attached = |label: &str, at: &Option<String>, function| {
        at.as_ref().map(|at| Attached { label: label.to_owned(), at: at.clone(), function })
    };
    let scanner = AttachedFunction::Scanner { speed: shown.voucher_baud, framing: Framing::default() };
    let named = [
        attached("--voucher-port", &shown.voucher_port, scanner),
        attached("--id-port", &shown.id_port, AttachedFunction::IdReader),
    ];
    let mut site = site.clone();
    for device in named.into_iter().flatten() {
        // What the command line names takes the place of the site's devices of its kind.
        site.devices.attached.retain(|other| {
            std::mem::discriminant(&other.function) != std::mem::discriminant(&device.function)
        });
        site.devices.attached.push(device);
    }
    if let Some(reader) = &args.reader.reader {
        site.devices.reader = Some(reader.clone());
    }
    let wait = if shown.card_wait > 0 { shown.card_wait } else { WAIT };
    let mut read = ReadOptions { plan: ReadPlan::Settlement, ..ReadOptions::default() };
    if kinds.card {
        read.keys = devices::keys(&args.reader, Some(&site), &CardService::pcsc(), console)?;
    }
    let (zh, en) = match (kinds.card, kinds.voucher) {
        (true, _) => ("请出示社保卡、医保码或身份证", "Card, e-voucher or ID card, please"),
        (false, true) => ("请扫医保码", "Scan the e-voucher"),
        (false, false) => (
            "请放置身份证，已放着的请拿起后重放",
            "Lay the ID card on the reader; one that lies there, lift and lay again",
        ),
    };
    console.say(
        Tone::Plain,
        &format!("{zh}（最长等待 {wait} 秒）……"),
        &format!("{en} (waiting up to {wait} s) …"),
    );
    let terminal = terminal::open(Some(&site), read)?;
    let (_, mut events) = terminal.events();
    till::block_on(async {
        let mut presented = terminal.next_credential(kinds, Duration::from_secs(wait));
        loop {
            tokio::select! {
                presented = &mut presented => {
                    let presented = presented
                        .map_err(|error| devices::failure(error.fault(), error.detail()))?;
                    return Ok(match presented.credential {
                        Shown::Card(card) => Presented::Card(card),
                        Shown::IdCard(document) => Presented::Id(document),
                        Shown::Voucher(scan) => Presented::Code(scan.code),
                    });
                }
                Some(event) = events.next() => tell(&event, console),
            }
        }
    })
}

/// What was presented and cannot be used is told at once; the wait goes on.
fn tell(event: &Event, console: &Console) {
    if let What::Unusable { error } = &event.what {
        let fault = error.fault;
        console.say(
            Tone::Warn,
            &format!("{} {}。{}", fault.code(), fault.cause_zh, fault.action_zh),
            &format!("{} {}. {}", fault.code(), fault.cause_en, fault.action_en),
        );
    }
}

/// One line. A code on the command line would stand in the list of processes, so there is no such argument.
fn code_from_stdin(rule: CodeRule) -> Result<Code, Failure> {
    let mut line = Zeroizing::new(String::new());
    let limit = 1024;
    std::io::Read::take(std::io::stdin().lock(), limit)
        .read_line(&mut line)
        .map_err(|error| Failure::new(&INPUT_UNREADABLE).detail(Words::same(format!("stdin: {error}"))))?;
    Code::new(line.trim().as_bytes(), rule)
        .map_err(|error| devices::failure(error.fault(), error.to_string()).exit(Exit::Usage))
}

impl Presented {
    /// Who pays. A code is decoded now; a card speaks for itself.
    pub(crate) async fn payer(
        &self,
        till: &Till,
        order_no: &str,
        site: &Site,
        centre: Option<&str>,
        console: &Console,
    ) -> Result<Payer, Failure> {
        match self {
            Self::Card(card) => of_card(card),
            Self::Id(document) => of_document(document),
            Self::Code(code) => Ok(of_voucher(&decode(code, till, order_no, site, centre, console).await?)),
        }
    }

    /// Whether what was shown may have paid for this very purchase before, now that it does not say who pays: a code that has
    /// run out or was used, or one that nobody judged. A province's own words may mean either; a code that the centre does not
    /// know has paid for nothing.
    pub(crate) fn may_have_paid(&self, failure: &Failure) -> bool {
        let of = |fault: &Fault| failure.fault.number == fault.number;
        matches!(self, Self::Code(_))
            && ([CODE_EXPIRED, CODE_USED, REFUSED, VOUCHER_REFUSED].iter().any(of)
                || failure.exit == Exit::NotSent)
    }
}

/// Whose code it is, by the site's e-voucher interface or by transaction.
pub(crate) async fn decode(
    code: &Code,
    till: &Till,
    order_no: &str,
    site: &Site,
    centre: Option<&str>,
    console: &Console,
) -> Result<Voucher, Failure> {
    let scan = scan(code, order_no, site);
    Ok(match ec_query(site, centre, console)? {
        Some(service) => service.decode(&scan).await?,
        None => till.decode(&scan).await?,
    })
}

fn scan(code: &Code, order_no: &str, site: &Site) -> Scan {
    let mut scan = Scan::for_pharmacy(code.clone(), order_no);
    if let Some(voucher) = &site.voucher {
        scan.office_id.clone_from(&voucher.office_id);
        scan.office_name.clone_from(&voucher.office_name);
    }
    scan
}

/// The e-voucher interface of the site, where it has one; else the till decodes by transaction.
fn ec_query(site: &Site, centre: Option<&str>, console: &Console) -> Result<Option<EcQueryClient>, Failure> {
    let Some(service) = site.voucher.as_ref().and_then(|voucher| voucher.service.as_ref()) else {
        return Ok(None);
    };
    let secret = till::secret(&service.app_secret)?;
    let app = App::new(&service.app_id, &secret)
        .map_err(|error| Failure::new(&VOUCHER_SETTINGS).detail(Words::same(error)))?;
    let config = till::config(site, centre, till::signing_key(site, console)?)?;
    let deps = Deps::new(Arc::new(Machine), Arc::new(SystemRandom::new()), Arc::new(till::transport(site)?));
    Ok(Some(EcQueryClient::new(&service.url, app, config, deps)?))
}

/// What the card says about the person. An expired card and a card that was read in part do not settle.
fn of_card(card: &SocialSecurityCard) -> Result<Payer, Failure> {
    if let Some(expires) = card.expires
        && devices::today().is_some_and(|today| card.is_expired(today))
    {
        let detail = Words::new(format!("有效期至 {expires}"), format!("valid until {expires}"));
        return Err(Failure::new(&CARD_EXPIRED).detail(detail).exit(Exit::Refused));
    }
    match &card.partial {
        None => {}
        Some(PartialReason::KeyService(error)) => {
            return Err(devices::failure(error.fault(), error.detail()));
        }
        Some(other) => return Err(Failure::new(&CARD_INCOMPLETE).detail(Words::same(other.as_str()))),
    }
    let plain = |value: &Option<PersonalText>| value.as_ref().map(|text| text.expose().to_owned());
    let missing = |field: &str| Failure::new(&CARD_INCOMPLETE).detail(Words::same(field)).exit(Exit::Device);
    let card_no = plain(&card.card_no).ok_or_else(|| missing("card_no"))?;
    let certno = plain(&card.certno).ok_or_else(|| missing("certno"))?;
    let name = plain(&card.psn_name).ok_or_else(|| missing("psn_name"))?;
    Ok(Payer {
        credential: Credential::social_card(&card_no, card.card_sn.expose(), Some(&certno), Some(&name)),
        holder: card.psn_name.clone(),
        card_no: card.card_no.clone(),
    })
}

/// What an identity card says. `psn_cert_type` follows the document.
fn of_document(document: &ResidentDocument) -> Result<Payer, Failure> {
    if let Some(detail) = outside_validity(document) {
        return Err(Failure::new(&ID_EXPIRED).detail(detail).exit(Exit::Refused));
    }
    let name = document
        .name()
        .ok_or_else(|| Failure::new(&CARD_INCOMPLETE).detail(Words::same("psn_name")).exit(Exit::Device))?;
    let kind = match document.card_type {
        CardType::Resident => "01",
        CardType::Permit => "17",
        CardType::Foreigner2017 | CardType::Foreigner2023 => "07",
    };
    Ok(Payer {
        credential: Credential::resident_id(document.certno.expose(), name.expose()).with_psn_cert_type(kind),
        holder: Some(name.clone()),
        card_no: None,
    })
}

/// The date for which a document is not valid today: it is over, or it has not begun.
pub(crate) fn outside_validity(document: &ResidentDocument) -> Option<Words> {
    let today = devices::today().filter(|today| !document.is_valid(*today))?;
    Some(match (document.valid_from, document.valid_until) {
        (Some(from), _) if today < from => {
            Words::new(format!("有效期自 {from}"), format!("valid from {from}"))
        }
        (_, until) => {
            let until = until.map(|date| date.to_string()).unwrap_or_default();
            Words::new(format!("有效期至 {until}"), format!("valid until {until}"))
        }
    })
}

fn of_voucher(voucher: &Voucher) -> Payer {
    Payer {
        credential: voucher.credential(),
        holder: Some(PersonalText::new(voucher.psn_name().expose())),
        card_no: None,
    }
}

impl From<VoucherError> for Failure {
    fn from(error: VoucherError) -> Failure {
        let failure = devices::failure(error.fault(), error.detail());
        match error {
            // Nothing was taken and nothing is open: try again.
            VoucherError::Cancelled | VoucherError::NotSent(_) | VoucherError::NoAnswer(_) => {
                failure.exit(Exit::NotSent)
            }
            VoucherError::Refused(_) | VoucherError::Incomplete(_) => failure.exit(Exit::Refused),
            VoucherError::Input(_) | VoucherError::Journal(_) => failure,
        }
    }
}
