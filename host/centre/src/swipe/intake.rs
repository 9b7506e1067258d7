//! From datagram to job: everything that can be done beside the one writer, cheapest first.
//!
//! length, form, version → a terminal that is known → how much is asked in its name → seal → an answer that stands already →
//! how much the terminal itself asks → signature → the card's cryptogram. What is not authentic costs no signature check, and
//! gets at most a hint. What was recorded and comes again spends nothing of the terminal's own.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use yika_platform::business_time::BusinessTime;
use yika_platform::hex;
use yika_platform::transactions::{DrugLine, TraceRow};
use yika_protocol::card_keys::Algorithm;
use yika_protocol::cbor::Reader;
use yika_protocol::fault::{Fault, centre as faults};
use yika_protocol::identity::{Date, Region};
use yika_protocol::money::Fen;
use yika_protocol::sign::Sm2Verifier;
use yika_protocol::swipe::{
    self, CardCredential, Challenge, Counter, Credential, Draw, Header, Hint, HintKind, Kind, OpenError,
    Request, RequestError, TerminalId, TerminalKeys, card_challenge,
};

use super::keymodule::{CardProof, KeyModule, KeyModuleError};
use super::limits::{Buckets, SwipeLimits};
use super::metrics::Metrics;
use crate::engine::Engine;
use crate::store::{IdState, TerminalState};
use crate::{Clock, StoreError};

/// Terminals whose keys are kept in memory.
const MOST_KNOWN: usize = 100_000;

/// An answer on its way to the terminal.
pub(crate) struct Answered {
    pub(crate) bytes: Vec<u8>,
    /// A word for logs.
    pub(crate) outcome: &'static str,
}

/// Takes the answer. Dropped when there is none.
pub(crate) type Reply = Box<dyn FnOnce(Answered) + Send>;

/// A datagram as it came.
pub(super) struct Arrival {
    pub(super) datagram: Vec<u8>,
    /// None behind HTTP.
    pub(super) source: Option<IpAddr>,
    /// For the figures only.
    pub(super) arrived: Instant,
    pub(super) reply: Reply,
}

/// An authentic message.
pub(super) struct Job {
    pub(super) header: Header,
    /// SM3 of the datagram in hex.
    pub(super) digest: String,
    pub(super) content: Content,
    pub(super) known: Arc<Known>,
    pub(super) source: Option<IpAddr>,
    pub(super) arrived: Instant,
    pub(super) reply: Reply,
}

impl Job {
    /// Institution and order of a purchase.
    pub(super) fn order(&self) -> Option<(String, String)> {
        match &self.content {
            Content::Swipe(purchase) => Some((self.known.institution.clone(), purchase.order_no.clone())),
            _ => None,
        }
    }
}

/// What an authentic message says.
pub(super) enum Content {
    Swipe(Box<Purchase>),
    Void {
        original: Counter,
        setl_id: String,
    },
    Reversal,
    Status,
    Day(Date),
    /// A good seal around something that cannot be believed or read.
    Unread(&'static Fault),
}

/// A purchase, lines in the till's form.
pub(super) struct Purchase {
    pub(super) order_no: String,
    pub(super) amount: Fen,
    pub(super) goods: Vec<DrugLine>,
    pub(super) draw: Draw,
    pub(super) pin_verified: bool,
    pub(super) centre_challenge: Option<Challenge>,
    pub(super) valid_until: Option<u64>,
    pub(super) credential: Credential,
    /// Of a card credential.
    pub(super) card: Option<CardCheck>,
}

/// What the key module said about a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CardCheck {
    Genuine,
    NotGenuine,
    /// No keys for its region.
    NoKeys,
    /// Reset information or algorithm with which nobody can compute.
    Malformed,
}

/// What never changes about a terminal.
pub(super) struct Known {
    pub(super) keys: TerminalKeys,
    device: Sm2Verifier,
    pub(super) institution: String,
}

/// What a message can come to, as far as its id tells. Each has its own rate, so that questions which somebody recorded and
/// sends again never keep a terminal from selling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Purpose {
    /// It may settle something.
    Work,
    /// It settles nothing: status, day, another purchase under an id that has its answer.
    Question,
}

/// What stands under an id.
enum Standing {
    Answer(Vec<u8>),
    Nothing(Purpose),
}

/// What workers and writer share.
pub(super) struct Core {
    pub(super) engine: Arc<Engine>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) metrics: Metrics,
    pub(super) key_module: Arc<dyn KeyModule>,
    known: RwLock<HashMap<TerminalId, Arc<Known>>>,
    seals: Buckets<(TerminalId, Option<IpAddr>)>,
    terminals: Buckets<(TerminalId, Purpose)>,
    hints: Buckets<()>,
    hints_per_source: Buckets<Option<IpAddr>>,
}

impl Core {
    pub(super) fn new(
        engine: Arc<Engine>,
        clock: Arc<dyn Clock>,
        key_module: Arc<dyn KeyModule>,
        limits: SwipeLimits,
    ) -> Self {
        Self {
            engine,
            clock,
            metrics: Metrics::default(),
            key_module,
            known: RwLock::default(),
            seals: Buckets::new(limits.seals),
            terminals: Buckets::new(limits.terminal),
            hints: Buckets::new(limits.hints),
            hints_per_source: Buckets::new(limits.hints_per_source),
        }
    }

    /// Milliseconds.
    pub(super) fn now(&self) -> i64 {
        crate::centre::millis(self.clock.now())
    }

    /// Checks a datagram. What is authentic and new is a job; everything else is answered or dropped here.
    pub(super) fn admit(&self, arrival: Arrival) -> Option<Job> {
        let now = self.now();
        let header = match swipe::peek(&arrival.datagram) {
            Ok(header) if header.kind.is_request() => header,
            Ok(_) => return self.drop("not-a-request", arrival),
            Err(OpenError::Version(_)) => {
                return match name_in(&arrival.datagram) {
                    Some(terminal) => self.turn_away("version", HintKind::Version, terminal, arrival),
                    None => self.drop("junk", arrival),
                };
            }
            Err(_) => return self.drop("junk", arrival),
        };
        let terminal = header.terminal;
        let known = match self.known(terminal) {
            Ok(Some(known)) => known,
            Ok(None) => {
                return self.turn_away("unknown-terminal", HintKind::UnknownTerminal, terminal, arrival);
            }
            Err(error) => return self.failed(&error, arrival),
        };
        if !self.seals.take((terminal, arrival.source), now) {
            return self.drop("rate-seal", arrival);
        }
        let Ok(opened) = known.keys.open_request(&arrival.datagram) else {
            return self.turn_away("seal", HintKind::BadSeal, terminal, arrival);
        };
        let digest = hex::upper(opened.digest());
        let purpose = match self.standing(&header, &digest) {
            Ok(Standing::Nothing(purpose)) => purpose,
            Ok(Standing::Answer(bytes)) => {
                self.metrics.answered("stored", None, arrival.arrived.elapsed());
                (arrival.reply)(Answered { bytes, outcome: "stored" });
                return None;
            }
            Err(error) => return self.failed(&error, arrival),
        };
        if !self.terminals.take((terminal, purpose), now) {
            return self.turn_away("rate", HintKind::TooMany, terminal, arrival);
        }
        let content = match opened.verify(&known.device) {
            Ok(request) => match self.content(&header, request, now) {
                Ok(content) => content,
                Err(why) => {
                    tracing::error!(%why, "the key module does not answer");
                    return self.drop("key-module", arrival);
                }
            },
            Err(RequestError::Signature) => Content::Unread(&faults::SWIPE_SIGNATURE),
            Err(RequestError::Malformed(_)) => Content::Unread(&faults::FIELDS),
        };
        let Arrival { source, arrived, reply, .. } = arrival;
        Some(Job { header, digest, content, known, source, arrived, reply })
    }

    /// Keys and institution of a terminal; none while it is pending.
    pub(super) fn known(&self, terminal: TerminalId) -> Result<Option<Arc<Known>>, StoreError> {
        if let Some(known) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&terminal) {
            return Ok(Some(Arc::clone(known)));
        }
        let name = terminal.to_string();
        let found = self.engine.store.read(|work| {
            let Some(row) = work.terminal(&name)?.filter(|row| row.state != TerminalState::Pending) else {
                return Ok(None);
            };
            Ok::<_, StoreError>(work.terminal_secret(&name)?.map(|secret| (row, secret)))
        })?;
        let Some((row, secret)) = found else { return Ok(None) };
        let device = hex::vec(&row.device_key).and_then(|key| Sm2Verifier::from_sec1(&key).ok());
        let device = device.ok_or_else(|| StoreError("a terminal row is damaged".into()))?;
        let centre = self.engine.key.identity.id();
        let keys = TerminalKeys::from_secret(terminal, centre, secret);
        let known = Arc::new(Known { keys, device, institution: row.fixmedins_code });
        let mut cache = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= MOST_KNOWN {
            cache.clear();
        }
        cache.insert(terminal, Arc::clone(&known));
        Ok(Some(known))
    }

    /// The answer that stands already, found without waiting for the writer.
    fn standing(&self, header: &Header, digest: &str) -> Result<Standing, StoreError> {
        if matches!(header.kind, Kind::Status | Kind::Day) {
            return Ok(Standing::Nothing(Purpose::Question));
        }
        let counter = i64::try_from(header.counter.get()).unwrap_or(i64::MAX);
        let row = self.engine.store.read(|work| work.swipe(&header.terminal.to_string(), counter))?;
        let Some(row) = row else { return Ok(Standing::Nothing(Purpose::Work)) };
        let (answer, purpose) = match (header.kind, row.state) {
            (Kind::Reversal, _) => (row.reversal, Purpose::Work),
            (Kind::Swipe, IdState::Reversed) => (row.answer, Purpose::Work),
            (_, IdState::Answered) if row.digest.as_deref() == Some(digest) => (row.answer, Purpose::Work),
            (_, IdState::Answered) => (None, Purpose::Question),
            _ => (None, Purpose::Work),
        };
        Ok(answer.map_or(Standing::Nothing(purpose), Standing::Answer))
    }

    fn content(&self, header: &Header, request: Request<'_>, now: i64) -> Result<Content, String> {
        Ok(match request {
            Request::Reversal => Content::Reversal,
            Request::Status => Content::Status,
            Request::Day(day) => Content::Day(day.day),
            Request::Void(void) => {
                Content::Void { original: void.original, setl_id: void.setl_id.to_owned() }
            }
            Request::Swipe(request) => {
                let card = match &request.credential {
                    Credential::Card(card) => match card_challenge(header, &request) {
                        Ok(challenge) => Some(self.card(card, challenge)?),
                        Err(_) => Some(CardCheck::Malformed),
                    },
                    Credential::Voucher(_) | Credential::IdCard(_) => None,
                };
                Content::Swipe(Box::new(Purchase {
                    order_no: request.order_no.to_owned(),
                    amount: request.amount,
                    goods: goods(&request.lines, BusinessTime::from_unix_millis(now)),
                    draw: request.draw,
                    pin_verified: request.pin_verified,
                    centre_challenge: request.centre_challenge,
                    valid_until: request.valid_until,
                    card,
                    credential: request.credential,
                }))
            }
        })
    }

    fn card(&self, card: &CardCredential, challenge: [u8; 16]) -> Result<CardCheck, String> {
        let region = hex::upper(&card.identification);
        let region = region.get(..6).and_then(|digits| digits.parse::<Region>().ok());
        let (Some(region), Some(card_factor), Some(algorithm)) =
            (region, card.card_factor(), Algorithm::from_id(card.algorithm))
        else {
            return Ok(CardCheck::Malformed);
        };
        let proof = CardProof { region, card_factor, algorithm, challenge, cryptogram: card.cryptogram };
        match self.key_module.is_genuine(&proof) {
            Ok(true) => Ok(CardCheck::Genuine),
            Ok(false) => Ok(CardCheck::NotGenuine),
            Err(KeyModuleError::Region) => Ok(CardCheck::NoKeys),
            Err(KeyModuleError::Algorithm) => Ok(CardCheck::Malformed),
            Err(KeyModuleError::Unavailable(why)) => Err(why),
        }
    }

    /// Leaves a message without an answer.
    fn drop(&self, why: &'static str, arrival: Arrival) -> Option<Job> {
        self.metrics.dropped(why);
        tracing::debug!(why, "datagram dropped");
        drop(arrival.reply);
        None
    }

    fn failed(&self, error: &StoreError, arrival: Arrival) -> Option<Job> {
        tracing::error!(%error, "swipe not answered");
        self.drop("store", arrival)
    }

    fn turn_away(
        &self,
        why: &'static str,
        kind: HintKind,
        terminal: TerminalId,
        arrival: Arrival,
    ) -> Option<Job> {
        self.metrics.dropped(why);
        tracing::debug!(why, "datagram turned away");
        self.hint(kind, terminal, arrival.source, arrival.reply);
        None
    }

    /// Advice to somebody who may be anybody, while there is some to give.
    pub(super) fn hint(&self, kind: HintKind, terminal: TerminalId, source: Option<IpAddr>, reply: Reply) {
        let now = self.now();
        if self.hints_per_source.take(source, now) && self.hints.take((), now) {
            let word = match kind {
                HintKind::UnknownTerminal => "unknown-terminal",
                HintKind::BadSeal => "seal",
                HintKind::Revoked => "revoked",
                HintKind::Epoch => "epoch",
                HintKind::Version => "version",
                HintKind::TooMany => "rate",
            };
            self.metrics.hinted(word);
            reply(Answered { bytes: Hint::new(terminal, kind).encoded().to_vec(), outcome: "hint" });
        }
    }
}

/// The terminal that a message of another version names; every version begins alike.
fn name_in(datagram: &[u8]) -> Option<TerminalId> {
    let mut reader = Reader::new(datagram);
    let mut map = reader.map().ok()?;
    map.required(0).ok()?.uint().ok()?;
    map.required(1).ok()?.uint().ok()?;
    Some(TerminalId(map.required(2).ok()?.array_of().ok()?))
}

/// The lines in the till's form, numbered as they come.
fn goods(lines: &swipe::Lines<'_>, now: BusinessTime) -> Vec<DrugLine> {
    let line = |(index, line): (usize, swipe::Line<'_>)| {
        let feedetl_sn = (index + 1).to_string();
        let trace = |code: swipe::TraceCode<'_>| TraceRow {
            feedetl_sn: feedetl_sn.clone(),
            drug_trac_codg: code.drug_trac_codg.to_string(),
            trdn_flag: if code.trdn_flag { "1" } else { "0" }.to_owned(),
        };
        DrugLine {
            durg_trac_info: line.trace_codes.iter().map(trace).collect(),
            feedetl_sn: feedetl_sn.clone(),
            rxno: None,
            rx_circ_flag: "0".to_owned(),
            fee_ocur_time: now,
            med_list_codg: line.med_list_codg.to_owned(),
            medins_list_codg: line.medins_list_codg.to_owned(),
            det_item_fee_sumamt: line.sum,
            cnt: line.cnt,
            pric: line.pric,
            sin_dos_dscr: None,
            used_frqu_dscr: None,
            prd_days: None,
            medc_way_dscr: None,
            bilg_dr_codg: None,
            bilg_dr_name: None,
            tcmdrug_used_way: None,
            exp_content: None,
        }
    };
    lines.iter().enumerate().map(line).collect()
}
