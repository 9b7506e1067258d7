//! The read session.

use super::{
    CardData, File, Generation, Partial, RK_SSSE, ReadError, RecordProblem, ResetInfo, Stage,
    access::Access,
    authentication::{self, Authenticated, Authentication},
    exchange::{Exchange, ExchangeError, Fed},
    fields::{Draft, length},
    script::{Reading, Script, file_of, may_be_missing},
    select::{Select, Selected},
    tag,
};
use crate::{
    apdu::{
        Atr, Command, Interface, Protocol, Response, StatusKind,
        tlv::{Record, RecordError},
    },
    card_keys::{Algorithm, KeyAnswer, KeyRequest, card_factor},
};

/// What to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReadPlan {
    /// What a settlement needs: identification code, version, expiry, card number, certificate number, name. Nine
    /// commands on a generation 2 card with T=0, GET RESPONSE counted.
    Settlement,
    /// Everything in EF05 and EF06.
    Full,
    /// What a swipe names the card by: identification code, version, card number; and its expiry. Nothing of the holder, and no
    /// authentication: the card answers for the purchase itself, see [`super::ProofSession`].
    Swipe,
}

/// What goes into a session.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// Begin. Given at any later time, the session begins anew.
    Start,
    /// The card's answer to the last [`Step::Send`], status word included.
    Response(&'a [u8]),
    /// The key service's answer to [`Step::NeedKeys`].
    Keys(&'a KeyAnswer),
    /// There will be no answer to [`Step::NeedKeys`]: read what EF05 gives, and mark it partial.
    NoKeys(Partial),
}

/// What comes out of a session.
#[derive(Debug)]
pub enum Step {
    /// Send this to the card and give back its answer.
    Send(Command),
    /// Ask the key service. The challenges in it stay good while the card keeps power and nobody else talks to it:
    /// when that cannot be held, begin anew with [`Input::Start`].
    NeedKeys(KeyRequest),
    /// The card is read.
    Done(CardData),
}

/// Reads one card. After an error, or to read again, begin with [`Input::Start`].
///
/// A generation 3 card is authenticated as the field does it: original data and process factor by GET CHALLENGE for
/// internal authentication, INTERNAL AUTHENTICATE, the same two for external authentication, then the key service,
/// then EXTERNAL AUTHENTICATE with key `0A`. Generations 1 and 2 need no keys to be read.
pub struct ReadSession {
    plan: ReadPlan,
    interface: Interface,
    reset_info: Option<ResetInfo>,
    without_keys: Option<Partial>,
    /// Key of EXTERNAL AUTHENTICATE, where the authentication is all that is wanted.
    only_authenticate: Option<u8>,
    exchange: Exchange,
    select: Select,
    access: Access,
    draft: Draft,
    algorithm: u8,
    authentication: Authentication,
    partial: Option<Partial>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    SelectSsse,
    /// SELECT EF, so that `reading` can go on.
    SelectFile(Reading),
    Read(Reading),
    /// SSSE selected again, for the authentication.
    SelectAgain,
    Authenticate,
    WaitForKeys,
    Open,
}

impl ReadSession {
    /// A session over this protocol. Without an answer to reset there is no reset information, and a generation 3
    /// card stays partial.
    pub fn new(plan: ReadPlan, protocol: Protocol, atr: Option<&Atr>) -> Self {
        Self {
            plan,
            interface: atr.map_or(Interface::Contact, Atr::interface),
            reset_info: atr.and_then(ResetInfo::from_atr),
            without_keys: None,
            only_authenticate: None,
            exchange: Exchange::default(),
            select: Select::new(protocol),
            access: Access::new(),
            draft: Draft::default(),
            algorithm: Algorithm::TripleDes.id(),
            authentication: Authentication::new(protocol),
            partial: None,
            state: State::Idle,
        }
    }

    /// There is no key service: do not even ask the card for challenges.
    pub fn without_keys(mut self, reason: Partial) -> Self {
        self.without_keys = Some(reason);
        self
    }

    /// Authenticates a card of any generation instead of reading its holder: it proves itself, and takes the proof of
    /// this key ([`super::RK_SSSE`], [`super::UK_SSSE`]). Of its data only EF05 is read.
    pub fn only_authenticate(mut self, key: u8) -> Self {
        self.only_authenticate = Some(key);
        self
    }

    /// Takes what came, says what to do.
    ///
    /// # Errors
    /// [`ReadError`]; the session is then over, and nothing of what was read is handed out.
    pub fn next(&mut self, input: Input<'_>) -> Result<Step, ReadError> {
        let step = match input {
            Input::Start => Ok(self.start()),
            Input::Response(bytes) => self.answer(bytes),
            Input::Keys(answer) => self.keys(answer),
            Input::NoKeys(reason) if self.state == State::WaitForKeys => self.go_partial(reason),
            Input::NoKeys(_) => Err(ReadError::OutOfTurn),
        };
        if !matches!(step, Ok(Step::Send(_) | Step::NeedKeys(_))) {
            self.reset();
        }
        step
    }

    fn start(&mut self) -> Step {
        self.reset();
        self.state = State::SelectSsse;
        let command = self.select.begin();
        self.send(command)
    }

    fn reset(&mut self) {
        self.exchange = Exchange::default();
        self.access = Access::new();
        self.draft = Draft::default();
        self.partial = None;
        self.state = State::Idle;
        self.algorithm = Algorithm::TripleDes.id();
    }

    fn send(&mut self, command: Command) -> Step {
        Step::Send(self.exchange.begin(command))
    }

    fn answer(&mut self, bytes: &[u8]) -> Result<Step, ReadError> {
        let response = match self.exchange.feed(bytes) {
            Ok(Fed::Again(command)) => return Ok(Step::Send(command)),
            Ok(Fed::Complete(response)) => response,
            Err(ExchangeError::OutOfTurn) => return Err(ReadError::OutOfTurn),
            Err(ExchangeError::Loop) => return Err(ReadError::Loop),
            Err(ExchangeError::Answer(error)) => return Err(ReadError::Answer(error)),
        };
        match self.state {
            State::SelectSsse => match self.select.feed(&response)? {
                Selected::Next(command) => Ok(self.send(command)),
                Selected::Done(algorithm) => {
                    Algorithm::from_id(algorithm).ok_or(ReadError::Algorithm(algorithm))?;
                    self.algorithm = algorithm;
                    self.access.forget_selection();
                    self.run(Script::Begin)
                }
            },
            State::SelectFile(reading) => self.file_selected(reading, &response),
            State::Read(reading) => self.record(reading, &response),
            State::SelectAgain => match self.select.feed(&response)? {
                Selected::Next(command) => Ok(self.send(command)),
                Selected::Done(_) => {
                    self.access.forget_selection();
                    self.state = State::Authenticate;
                    let command = self.authentication.begin();
                    Ok(self.send(command))
                }
            },
            State::Authenticate => match self.authentication.feed(&response)? {
                Authenticated::Next(command) => Ok(self.send(command)),
                Authenticated::Ready => {
                    self.state = State::WaitForKeys;
                    self.key_request().map(Step::NeedKeys)
                }
            },
            State::Open => {
                authentication::opened(&response)?;
                self.run(if self.only_authenticate.is_some() { Script::Partial } else { Script::Keyed })
            }
            State::Idle | State::WaitForKeys => Err(ReadError::OutOfTurn),
        }
    }

    // ---- records ----

    fn run(&mut self, script: Script) -> Result<Step, ReadError> {
        self.read(Reading::first(script, self.plan))
    }

    fn read(&mut self, mut reading: Reading) -> Result<Step, ReadError> {
        while let Some(tag) = reading.tag() {
            let file = file_of(tag);
            if let Some(command) = self.access.select(file) {
                self.state = State::SelectFile(reading);
                return Ok(self.send(command));
            }
            if let Some(command) = self.access.read(file, tag, length(tag).le()) {
                self.state = State::Read(reading);
                return Ok(self.send(command));
            }
            // This card's numbering knows no such record (4E on generation 1).
            reading = reading.following();
        }
        self.script_over(reading.script)
    }

    fn read_on(&mut self, reading: Reading) -> Result<Step, ReadError> {
        self.read(reading.following())
    }

    fn file_selected(&mut self, reading: Reading, response: &Response) -> Result<Step, ReadError> {
        let tag = reading.tag().ok_or(ReadError::OutOfTurn)?;
        let (file, status) = (file_of(tag), response.status());
        match status.kind() {
            StatusKind::Ok => {
                self.access.selected(file);
                self.read(reading)
            }
            StatusKind::Invalidated | StatusKind::Blocked => Err(ReadError::Locked(status)),
            _ if self.access.next_select() => self.read(reading),
            StatusKind::FileNotFound => {
                Err(ReadError::Record { file, tag, problem: RecordProblem::Missing(status) })
            }
            _ => Err(ReadError::Unexpected { stage: Stage::SelectFile(file), status }),
        }
    }

    fn record(&mut self, reading: Reading, response: &Response) -> Result<Step, ReadError> {
        let tag = reading.tag().ok_or(ReadError::OutOfTurn)?;
        let (file, status) = (file_of(tag), response.status());
        let malformed = |problem| ReadError::Record { file, tag, problem };
        match status.kind() {
            StatusKind::Ok => (),
            StatusKind::RecordNotFound
            | StatusKind::FileNotFound
            | StatusKind::NotSupportedHere
            | StatusKind::WrongLength => {
                if self.access.is_probing(file) {
                    if self.access.next_mode(file) {
                        return self.read(reading.anew());
                    }
                } else if may_be_missing(tag, status.kind()) {
                    return self.read_on(reading);
                }
                return Err(match status.kind() {
                    StatusKind::RecordNotFound | StatusKind::FileNotFound => {
                        malformed(RecordProblem::Missing(status))
                    }
                    _ => ReadError::Unexpected { stage: Stage::Read(tag), status },
                });
            }
            // EF05 of a card that gave its keys' file no free read: what there is, is all there is.
            StatusKind::SecurityStatus if self.partial.is_some() => return self.read_on(reading),
            StatusKind::SecurityStatus => return Err(ReadError::Denied { file, tag }),
            StatusKind::Invalidated | StatusKind::Blocked => return Err(ReadError::Locked(status)),
            // 6282: the end came before Le bytes.
            StatusKind::Warning if status.0 == 0x6282 => return Err(malformed(RecordProblem::Cut)),
            _ => return Err(ReadError::Unexpected { stage: Stage::Read(tag), status }),
        }
        let record = match Record::parse(response.data()) {
            Ok(record) => record,
            Err(RecordError::Cut { tag: found, .. }) if found != tag => {
                return self.other_tag(reading, file, tag, found);
            }
            Err(RecordError::Cut { whole, .. }) if self.may_lengthen(reading, tag, whole) => {
                // The record is longer than we asked for, and the card cut it without a word: ask for all of it.
                let command = self.access.read(file, tag, whole as u8);
                self.state = State::Read(reading.lengthened());
                return command.map(|command| self.send(command)).ok_or(malformed(RecordProblem::Cut));
            }
            Err(_) => return Err(malformed(RecordProblem::Cut)),
        };
        if record.tag != tag {
            return self.other_tag(reading, file, tag, record.tag);
        }
        if !length_allowed(tag, record.value.len())
            || record.rest.iter().any(|byte| !matches!(byte, 0x00 | 0xFF))
        {
            return Err(malformed(RecordProblem::WrongLength(record.value.len() as u8)));
        }
        self.access.proven(file);
        self.draft.take(tag, record.value)?;
        if let (tag::SPEC_VERSION, Some((_, generation))) = (tag, self.draft.version) {
            self.access.set_generation(generation);
        }
        self.read_on(reading)
    }

    fn may_lengthen(&self, reading: Reading, tag: u8, whole: usize) -> bool {
        let longer = (usize::from(length(tag).le()) + 1..=255).contains(&whole);
        longer && !reading.is_lengthened() && length_allowed(tag, whole - 2)
    }

    fn other_tag(&mut self, reading: Reading, file: File, tag: u8, found: u8) -> Result<Step, ReadError> {
        if self.access.is_probing(file) {
            if self.access.next_mode(file) {
                return self.read(reading.anew());
            }
        } else if self.access.renumber(file, tag, found) {
            return self.read(reading.anew());
        }
        Err(ReadError::Record { file, tag, problem: RecordProblem::WrongTag(found) })
    }

    fn script_over(&mut self, script: Script) -> Result<Step, ReadError> {
        let generation = self.draft.version.map(|(_, generation)| generation).ok_or(ReadError::OutOfTurn)?;
        match (script, generation) {
            (Script::Begin, _) if self.plan == ReadPlan::Swipe => self.begin_swipe(),
            (Script::Begin, Generation::Three) => self.run(Script::BeforeKeys),
            (Script::Begin, _) if self.only_authenticate.is_some() => self.run(Script::BeforeKeys),
            (Script::Begin, _) => self.run(Script::Open),
            (Script::BeforeKeys, _) if self.plan == ReadPlan::Swipe => {
                self.finish().map(Step::Done).ok_or(ReadError::OutOfTurn)
            }
            (Script::BeforeKeys, _) => self.begin_authentication(),
            (Script::Open | Script::Keyed | Script::Partial, _) => {
                self.finish().map(Step::Done).ok_or(ReadError::OutOfTurn)
            }
        }
    }

    /// A card that cannot answer for a purchase is refused before anything else is asked of it.
    fn begin_swipe(&mut self) -> Result<Step, ReadError> {
        if self.algorithm == Algorithm::Ssf33.id() {
            return Err(ReadError::Algorithm(self.algorithm));
        }
        self.run(Script::BeforeKeys)
    }

    // ---- generation 3 ----

    fn begin_authentication(&mut self) -> Result<Step, ReadError> {
        if let Some(reason) = self.without_keys {
            return self.go_partial(reason);
        }
        // Generations 1 and 2 with SSF33 were read above: they need no key. Here one is needed.
        if self.algorithm == Algorithm::Ssf33.id() {
            return Err(ReadError::Algorithm(self.algorithm));
        }
        if self.reset_info.as_ref().is_none_or(|info| card_factor(info.expose()).is_none()) {
            return self.go_partial(Partial::NoCardFactor);
        }
        self.state = State::SelectAgain;
        let command = self.select.begin();
        Ok(self.send(command))
    }

    fn key_request(&self) -> Result<KeyRequest, ReadError> {
        let gather = || {
            let (code, reset_info) = (self.draft.identification_code.as_ref()?, self.reset_info.as_ref()?);
            Some(KeyRequest {
                region: code.region(),
                reset_info: heapless::Vec::from_slice(reset_info.expose()).ok()?,
                card_factor: card_factor(reset_info.expose())?,
                algorithm: Algorithm::from_id(self.algorithm)?,
                identification_code: *code.expose(),
                internal_process: self.authentication.internal_process,
                internal_original: self.authentication.internal_original,
                internal_result: self.authentication.internal_result,
                external_process: self.authentication.external_process,
                external_original: self.authentication.external_original,
            })
        };
        gather().ok_or(ReadError::OutOfTurn)
    }

    fn keys(&mut self, answer: &KeyAnswer) -> Result<Step, ReadError> {
        if self.state != State::WaitForKeys {
            return Err(ReadError::OutOfTurn);
        }
        let command =
            authentication::open(self.only_authenticate.unwrap_or(RK_SSSE), answer, &self.key_request()?)?;
        self.state = State::Open;
        Ok(self.send(command))
    }

    fn go_partial(&mut self, reason: Partial) -> Result<Step, ReadError> {
        self.partial = Some(reason);
        self.run(Script::Partial)
    }

    // ---- the end ----

    fn finish(&mut self) -> Option<CardData> {
        let draft = core::mem::take(&mut self.draft);
        let (spec_version, generation) = draft.version?;
        Some(CardData {
            generation,
            algorithm: Algorithm::from_id(self.algorithm)?,
            interface: self.interface,
            reset_info: self.reset_info.clone(),
            identification_code: draft.identification_code?,
            card_class: draft.card_class,
            spec_version,
            organisation: draft.organisation,
            issued: draft.issued,
            expires: draft.expires,
            card_no: draft.card_no?,
            certno: draft.certno,
            name: draft.name,
            gender: draft.gender,
            ethnicity: draft.ethnicity,
            birthplace: draft.birthplace,
            birth_date: draft.birth_date,
            partial: self.partial,
        })
    }
}

impl core::fmt::Debug for ReadSession {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ReadSession")
            .field("plan", &self.plan)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// An optional field may also be there and empty.
fn length_allowed(tag: u8, len: usize) -> bool {
    length(tag).allows(len) || len == 0 && may_be_missing(tag, StatusKind::RecordNotFound)
}
