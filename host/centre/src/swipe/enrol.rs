//! Enrolment of terminals: what operators of an institution ask over HTTP. Messages: [`yika_platform::terminals`].
//!
//! The envelope proves the institution, the request proves the device's key, and the operator before the device proves, by
//! the code that it shows, that nobody changed either on the way.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use yika_platform::business_time::BusinessTime;
use yika_platform::envelope::Request;
use yika_platform::hex;
use yika_platform::terminals::{
    CONFIRM, ConfirmRow, Data, ENROL, EnrolRow, EnrolledRow, LIST, ListRow, REVOKE, RevokeRow, TerminalList,
    TerminalRow,
};
use yika_protocol::fault::centre as faults;
use yika_protocol::identity::Institution as InstitutionCode;
use yika_protocol::money::Fen;
use yika_protocol::swipe::{
    CompareCode, EnrolRequest, Limits, Opening, TerminalCertificate, TerminalId, Terms,
};

use crate::StoreError;
use crate::engine::{Arrival, Departure, Engine};
use crate::refusal::Stop;
use crate::store::{Institution, Terminal, TerminalRule, TerminalState, Work};

/// Wrong codes or openings before an enrolment is dropped.
const MOST_ATTEMPTS: i64 = 3;

/// How long an enrolment waits for its operator, in milliseconds.
const PATIENCE: i64 = 24 * 3_600_000;

/// What an operator may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Enrol,
    Confirm,
    List,
    Revoke,
}

impl Operation {
    fn infno(self) -> &'static str {
        match self {
            Self::Enrol => ENROL,
            Self::Confirm => CONFIRM,
            Self::List => LIST,
            Self::Revoke => REVOKE,
        }
    }
}

impl Engine {
    /// Answers a request about terminals.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) fn terminals(
        &self,
        arrival: &Arrival<'_>,
        operation: Operation,
    ) -> Result<Departure, StoreError> {
        self.question(arrival, |work, request, caller| {
            if !caller.institution.active {
                return Err(Stop::refused(&faults::INSTITUTION_INACTIVE));
            }
            caller.asks(request, operation.infno(), arrival.now)?;
            let office = Office { engine: self, institution: &caller.institution, now: arrival.now };
            office.run(work, operation, request)
        })
    }
}

/// One institution's terminals, at one moment.
struct Office<'a> {
    engine: &'a Engine,
    institution: &'a Institution,
    /// Milliseconds.
    now: i64,
}

impl Office<'_> {
    fn run(&self, work: &Work<'_>, operation: Operation, request: &Request) -> Result<Value, Stop> {
        Ok(match operation {
            Operation::Enrol => output(self.enrol(work, &input(request)?)?),
            Operation::Confirm => output(self.confirm(work, &input(request)?)?),
            Operation::List => output(self.list(work, &input(request)?)?),
            Operation::Revoke => output(self.revoke(work, &input(request)?)?),
        })
    }

    fn enrol(&self, work: &Work<'_>, row: &EnrolRow) -> Result<EnrolledRow, Stop> {
        let rule = work
            .terminal_rule(&self.institution.code)?
            .ok_or_else(|| Stop::refused(&faults::ENROL_NOT_ALLOWED))?;
        let bytes =
            hex::vec(&row.request).ok_or_else(|| Stop::refused_with(&faults::ENROL_REQUEST, "hex"))?;
        let request =
            EnrolRequest::decode(&bytes).map_err(|e| Stop::refused_with(&faults::ENROL_REQUEST, e))?;
        if let Some(standing) = self.same_key(work, &request, &bytes)? {
            return Ok(enrolled(&standing));
        }
        self.make_room(work, &request, &rule)?;
        let terminal = self.issue(work, &request, bytes, &rule)?;
        tracing::info!(
            terminal = terminal.terminal,
            institution = self.institution.code,
            "enrolment waits for its code"
        );
        Ok(enrolled(&terminal))
    }

    /// What stands under this device key: the same request has its certificate already, and a key that was ever given up
    /// does not come back. Nor does one that has swiped: whoever asks again has lost the device's counter, and counting from
    /// one again would meet the stored answers of earlier purchases.
    fn same_key(
        &self,
        work: &Work<'_>,
        request: &EnrolRequest,
        bytes: &[u8],
    ) -> Result<Option<Terminal>, Stop> {
        for terminal in work.terminals_by_key(&hex::upper(&request.device_key))? {
            let live = matches!(terminal.state, TerminalState::Pending | TerminalState::Active);
            if terminal.fixmedins_code != self.institution.code || !live {
                return Err(Stop::refused(&faults::DEVICE_KEY_USED));
            }
            if terminal.request == bytes && !work.has_swiped(&terminal.terminal)? {
                return Ok(Some(terminal));
            }
            if terminal.state != TerminalState::Pending || terminal.serial != request.serial.as_str() {
                return Err(Stop::refused(&faults::DEVICE_KEY_USED));
            }
        }
        Ok(None)
    }

    /// Drops what is pending for this device or for too long; refuses when there is no room for one more.
    fn make_room(&self, work: &Work<'_>, request: &EnrolRequest, rule: &TerminalRule) -> Result<(), Stop> {
        let mut taken = 0;
        for terminal in work.terminals(&self.institution.code)? {
            let same = terminal.serial == request.serial.as_str();
            match terminal.state {
                TerminalState::Pending if same || self.now.saturating_sub(terminal.enrolled) > PATIENCE => {
                    work.drop_terminal(&terminal.terminal)?;
                }
                TerminalState::Pending | TerminalState::Active if !same => taken += 1,
                _ => {}
            }
        }
        if taken >= rule.most { Err(Stop::refused(&faults::ENROL_NOT_ALLOWED)) } else { Ok(()) }
    }

    fn issue(
        &self,
        work: &Work<'_>,
        request: &EnrolRequest,
        bytes: Vec<u8>,
        rule: &TerminalRule,
    ) -> Result<Terminal, Stop> {
        let broken =
            |what: &dyn std::fmt::Display| StoreError(format!("a certificate cannot be made: {what}"));
        let mut name = [0; 8];
        self.engine.random.fill(&mut name).map_err(|e| broken(&e))?;
        let seconds = |millis: i64| u64::try_from(millis / 1000).unwrap_or(0);
        let not_before = seconds(self.now);
        let not_after = not_before + rule.valid_days.unsigned_abs() * 86_400 - 1;
        let limits =
            Limits { per_swipe: rule.per_swipe, no_challenge: rule.no_challenge, per_day: rule.per_day };
        let institution = InstitutionCode::parse(self.institution.code.as_bytes()).map_err(|e| broken(&e))?;
        let terms = Terms { terminal: TerminalId(name), institution, limits, not_before, not_after };
        let identity = &self.engine.key.identity;
        let certificate = identity.issue(request, terms).map_err(|e| broken(&e))?;
        let keys = identity.terminal_keys(&certificate).map_err(|e| broken(&e))?;
        let millis = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX / 1000).saturating_mul(1000);
        let terminal = Terminal {
            terminal: certificate.terminal.to_string(),
            fixmedins_code: self.institution.code.clone(),
            serial: request.serial.as_str().to_owned(),
            model: request.model.as_str().to_owned(),
            state: TerminalState::Pending,
            device_key: hex::upper(&request.device_key),
            request: bytes,
            certificate: certificate.encoded().to_vec(),
            attempts: 0,
            per_swipe: limits.per_swipe,
            no_challenge: limits.no_challenge,
            per_day: limits.per_day,
            not_before: millis(not_before),
            // The certificate names its last second, the row the first moment behind it.
            not_after: millis(not_after + 1),
            enrolled: self.now,
            confirmed: None,
            ended: None,
            reason: String::new(),
            counter: 0,
            challenges: String::new(),
            business_day: 0,
            day_amount: Fen::ZERO,
        };
        work.add_terminal(&terminal, keys.secret())?;
        Ok(terminal)
    }

    fn confirm(&self, work: &Work<'_>, row: &ConfirmRow) -> Result<TerminalRow, Stop> {
        let mut terminal = self.own(work, &row.terminal)?;
        if !matches!(terminal.state, TerminalState::Pending | TerminalState::Active) {
            return Err(Stop::refused(&faults::TERMINAL_UNKNOWN));
        }
        let matches =
            code(&terminal, &row.opening)?.is_some_and(|code| CompareCode::parse(&row.code) == Some(code));
        if !matches {
            if terminal.state == TerminalState::Pending {
                terminal.attempts += 1;
                tracing::warn!(
                    terminal = terminal.terminal,
                    attempts = terminal.attempts,
                    "wrong compare code or opening"
                );
                if terminal.attempts >= MOST_ATTEMPTS {
                    work.drop_terminal(&terminal.terminal)?;
                } else {
                    work.put_terminal(&terminal)?;
                }
            }
            return Err(Stop::refused(&faults::COMPARE_CODE));
        }
        if terminal.state == TerminalState::Pending {
            for mut earlier in work.terminals(&self.institution.code)? {
                if earlier.serial == terminal.serial && earlier.state == TerminalState::Active {
                    earlier.state = TerminalState::Replaced;
                    earlier.ended = Some(self.now);
                    work.put_terminal(&earlier)?;
                }
            }
            terminal.state = TerminalState::Active;
            terminal.confirmed = Some(self.now);
            work.put_terminal(&terminal)?;
            tracing::info!(
                terminal = terminal.terminal,
                institution = self.institution.code,
                "terminal active"
            );
        }
        Ok(shown(&terminal))
    }

    fn list(&self, work: &Work<'_>, row: &ListRow) -> Result<TerminalList, Stop> {
        let all = match row.all.as_str() {
            "" | "0" => false,
            "1" => true,
            _ => return Err(Stop::refused_with(&faults::FIELDS, "all: 0 or 1")),
        };
        let terminals = work
            .terminals(&self.institution.code)?
            .iter()
            .filter(|t| all || matches!(t.state, TerminalState::Pending | TerminalState::Active))
            .map(shown)
            .collect();
        Ok(TerminalList { terminals })
    }

    fn revoke(&self, work: &Work<'_>, row: &RevokeRow) -> Result<TerminalRow, Stop> {
        let mut terminal = self.own(work, &row.terminal)?;
        if row.reason.chars().count() > 100 || row.reason.chars().any(char::is_control) {
            return Err(Stop::refused_with(&faults::FIELDS, "reason: at most 100 characters"));
        }
        if terminal.state != TerminalState::Revoked {
            let was_pending = terminal.state == TerminalState::Pending;
            terminal.state = TerminalState::Revoked;
            terminal.ended = terminal.ended.or(Some(self.now));
            terminal.reason.clone_from(&row.reason);
            if was_pending {
                work.drop_terminal(&terminal.terminal)?
            } else {
                work.put_terminal(&terminal)?
            }
            tracing::info!(
                terminal = terminal.terminal,
                institution = self.institution.code,
                "terminal revoked"
            );
        }
        Ok(shown(&terminal))
    }

    /// A terminal of this institution.
    fn own(&self, work: &Work<'_>, name: &str) -> Result<Terminal, Stop> {
        work.terminal(&name.to_ascii_uppercase())?
            .filter(|terminal| terminal.fixmedins_code == self.institution.code)
            .ok_or_else(|| Stop::refused(&faults::TERMINAL_UNKNOWN))
    }
}

/// The code that belongs to a terminal's request and certificate with this opening; none when the opening is another.
fn code(terminal: &Terminal, opening: &str) -> Result<Option<CompareCode>, Stop> {
    let damaged = || StoreError("a terminal row is damaged".into());
    let request = EnrolRequest::decode(&terminal.request).map_err(|_| damaged())?;
    let certificate = TerminalCertificate::decode(&terminal.certificate).map_err(|_| damaged())?;
    let opening = hex::bytes::<16>(opening).ok_or_else(|| Stop::refused_with(&faults::FIELDS, "opening"))?;
    Ok(CompareCode::of(&request, &certificate, &Opening(opening)).ok())
}

fn input<T: DeserializeOwned>(request: &Request) -> Result<T, Stop> {
    serde_json::from_value::<Data<T>>(request.input.clone())
        .map(|input| input.data)
        .map_err(|_| Stop::refused_with(&faults::FIELDS, "fields of data"))
}

fn output<T: Serialize>(data: T) -> Value {
    json!(Data { data })
}

fn enrolled(terminal: &Terminal) -> EnrolledRow {
    EnrolledRow {
        terminal: terminal.terminal.clone(),
        certificate: hex::upper(&terminal.certificate),
        state: terminal.state.text().to_owned(),
    }
}

fn shown(terminal: &Terminal) -> TerminalRow {
    let moment = |millis: i64| BusinessTime::from_unix_millis(millis).to_string();
    TerminalRow {
        terminal: terminal.terminal.clone(),
        serial: terminal.serial.clone(),
        model: terminal.model.clone(),
        state: terminal.state.text().to_owned(),
        per_swipe: terminal.per_swipe.to_string(),
        no_challenge: terminal.no_challenge.to_string(),
        per_day: terminal.per_day.to_string(),
        not_before: moment(terminal.not_before),
        not_after: moment(terminal.not_after),
        enrolled: moment(terminal.enrolled),
        confirmed: terminal.confirmed.map(moment).unwrap_or_default(),
        ended: terminal.ended.map(moment).unwrap_or_default(),
        counter: terminal.counter.to_string(),
    }
}
