//! The card itself: it takes APDUs apart by ISO 7816-4 and answers from its files, keys and security state.
//!
//! Nothing here knows how a reader goes about reading; a reader that asks in another order gets other answers, as from
//! a real card.

mod command;
mod files;
mod make;
mod security;
mod status;

use std::time::Duration;

use command::Command;
use files::{Access, Ef, EfAt, FileSystem, MF};
use security::{CardKeys, Pin};
use status::Sw;

use crate::card::{Card, CardAnswer};
use crate::random::Random;
use crate::spec::{CardSpec, Interface, Quirk};

/// A social security card of generation 1, 2 or 3, made from a [`CardSpec`].
///
/// Files, PIN counter and key counters live as long as the value does: take it out of one reader, put it into another,
/// and they are as they were. Selection, rights and challenges live from reset to reset.
#[derive(Clone)]
pub struct VirtualCard {
    spec: CardSpec,
    files: FileSystem,
    ssse: Option<usize>,
    pin: Pin,
    keys: CardKeys,
    /// Goes on over resets, so that no challenge comes twice.
    random: Random,
    session: Option<Session>,
}

/// Everything that a reset wipes.
#[derive(Clone)]
struct Session {
    df: usize,
    ef: Option<EfAt>,
    /// The MF was selected by command; that it is current after reset does not count for `mf-first`.
    mf_selected: bool,
    challenge: Option<[u8; 8]>,
    /// Ids of the keys the other side proved to hold, in the current DF.
    rights: Vec<u8>,
    /// The PIN was right, in the current DF.
    pin_right: bool,
    /// T=0: an answer that waits for GET RESPONSE.
    waiting: Option<Vec<u8>>,
}

impl Session {
    fn fresh() -> Self {
        Self {
            df: MF,
            ef: None,
            mf_selected: false,
            challenge: None,
            rights: Vec::new(),
            pin_right: false,
            waiting: None,
        }
    }

    /// Rights belong to the DF they were won in.
    fn enter(&mut self, df: usize) {
        self.df = df;
        self.ef = None;
        self.challenge = None;
        self.rights.clear();
        self.pin_right = false;
        self.mf_selected |= df == MF;
    }
}

/// What a command that went well gives back: nothing, data whose length Le must match, or data behind a body.
enum Reply {
    Nothing,
    /// Case 2: the command had no body.
    Read(Vec<u8>),
    /// Case 4: the command had a body.
    Computed(Vec<u8>),
}

impl VirtualCard {
    /// Personalises a card.
    #[must_use]
    pub fn new(spec: CardSpec) -> Self {
        let (files, ssse) = make::files(&spec);
        Self {
            files,
            ssse,
            pin: Pin::new(&spec.pin, spec.pin_tries),
            keys: make::keys(&spec),
            random: Random::new(spec.seed),
            session: None,
            spec,
        }
    }

    /// What the card was made from. Changes made over the card's commands do not show here.
    #[must_use]
    pub fn spec(&self) -> &CardSpec {
        &self.spec
    }

    /// How many wrong PINs the card still takes; 0 when it is blocked.
    #[must_use]
    pub fn pin_tries_left(&self) -> u8 {
        self.pin.left()
    }

    /// Whether the PIN was verified since the social security environment was selected.
    #[must_use]
    pub fn pin_verified(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.pin_right)
    }

    fn has(&self, quirk: Quirk) -> bool {
        self.spec.quirks.has(quirk)
    }

    /// One command from parse to answer, before the card's protocol shapes it.
    fn answer(&mut self, session: &mut Session, apdu: &[u8]) -> Vec<u8> {
        let command = match Command::parse(apdu) {
            Ok(command) => command,
            Err(sw) => return sw.bytes().to_vec(),
        };
        if command.ins != 0xC0 {
            if session.waiting.is_some() && self.has(Quirk::MustFetch) {
                return Sw::NOT_ACCEPTED.bytes().to_vec();
            }
            session.waiting = None;
        }
        if self.has(Quirk::StrictChallenge) && command.ins != 0x82 {
            session.challenge = None;
        }
        match self.execute(session, &command) {
            Ok(reply) => self.shape(session, &command, reply),
            Err(sw) => sw.bytes().to_vec(),
        }
    }

    fn execute(&mut self, session: &mut Session, command: &Command<'_>) -> Result<Reply, Sw> {
        match (command.cla, command.ins) {
            (0x00, 0xA4) => self.select(session, command),
            (0x00, 0xB2) => self.read_record(session, command),
            (0x00, 0xDC) => self.update_record(session, command),
            (0x00, 0xC0) => self.get_response(session, command),
            (0x00, 0x84) => self.get_challenge(session, command),
            (0x00, 0x88) => self.internal_authenticate(session, command),
            (0x00, 0x82) => self.external_authenticate(session, command),
            (0x00, 0x20) => self.verify(session, command),
            (0x80, 0x5E) => self.change_pin(session, command),
            // The files hold records, so the commands for bytes do not fit them.
            (0x00, 0xB0 | 0xD6) if session.ef.is_some() => Err(Sw::WRONG_STRUCTURE),
            (0x00, 0xB0 | 0xD6) => Err(Sw::NO_CURRENT_EF),
            (0x00 | 0x80, _) => Err(Sw::WRONG_INS),
            _ => Err(Sw::WRONG_CLA),
        }
    }

    fn select(&mut self, session: &mut Session, command: &Command<'_>) -> Result<Reply, Sw> {
        let (next, silent) = match command.p2 {
            0x00 => (false, false),
            0x02 => (true, false),
            0x0C => (false, true),
            _ => return Err(Sw::WRONG_P1_P2),
        };
        let fid = match command.data {
            [high, low] => Some(u16::from_be_bytes([*high, *low])),
            _ => None,
        };
        let (df, ef) = match (command.p1, fid) {
            (0x00, None) if command.data.is_empty() => (Some(MF), None),
            (0x00, Some(0x3F00)) => (Some(MF), None),
            (0x00, Some(fid)) => (self.df_by_fid(session.df, fid), self.files.ef_by_fid(session.df, fid)),
            (0x01, Some(fid)) => (self.files.child_by_fid(session.df, fid), None),
            (0x02, Some(fid)) => (None, self.files.ef_by_fid(session.df, fid)),
            (0x03, None) if command.data.is_empty() => (self.files.df(session.df).map(|df| df.parent), None),
            (0x04, _) => (self.df_by_name(session.df, command.data, next), None),
            (0x00..=0x03, _) => return Err(Sw::WRONG_LENGTH),
            _ => return Err(Sw::WRONG_P1_P2),
        };
        let found = if let Some(at) = ef {
            self.select_ef(session, command.p1, at)?
        } else {
            self.select_df(session, df.ok_or(Sw::FILE_NOT_FOUND)?)?
        };
        // A contact card speaks T=0 (its ATR says so), where no Le can stand behind a body.
        let wants_le = self.has(Quirk::FciNeedsLe)
            && self.spec.interface == Interface::Contactless
            && command.le.is_none();
        if silent || wants_le || self.has(Quirk::NoFci) {
            return Ok(Reply::Nothing);
        }
        Ok(found.map_or(Reply::Nothing, Reply::Computed))
    }

    /// The FCI of the DF, now the current one.
    fn select_df(&self, session: &mut Session, at: usize) -> Result<Option<Vec<u8>>, Sw> {
        if Some(at) == self.ssse {
            if self.has(Quirk::MfFirst) && at != MF && !session.mf_selected {
                return Err(Sw::FILE_NOT_FOUND);
            }
            let refusal = self.spec.quirks.value(|quirk| match quirk {
                Quirk::SelectSw(sw) => Some(sw),
                _ => None,
            });
            if let Some(sw) = refusal {
                return Err(Sw(sw));
            }
        }
        let df = self.files.df(at).ok_or(Sw::FILE_NOT_FOUND)?;
        session.enter(at);
        Ok(Some(make::fci(&self.spec, df)))
    }

    /// The EF becomes the current one. Most cards answer with the status word alone.
    fn select_ef(&self, session: &mut Session, p1: u8, at: EfAt) -> Result<Option<Vec<u8>>, Sw> {
        let only = self.spec.quirks.value(|quirk| match quirk {
            Quirk::EfP1(p1) => Some(p1),
            _ => None,
        });
        if only.is_some_and(|only| only != p1) {
            return Err(Sw::WRONG_P1_P2);
        }
        let ef = self.files.ef(at).ok_or(Sw::FILE_NOT_FOUND)?;
        session.ef = Some(at);
        Ok(self.has(Quirk::EfFci).then(|| make::ef_fci(ef)))
    }

    /// A DF by identifier: under the current one, itself, above it, or beside it.
    fn df_by_fid(&self, from: usize, fid: u16) -> Option<usize> {
        let parent = self.files.df(from)?.parent;
        let is = |at: usize| self.files.df(at).is_some_and(|df| df.fid == fid).then_some(at);
        self.files
            .child_by_fid(from, fid)
            .or_else(|| is(from))
            .or_else(|| is(parent))
            .or_else(|| self.files.child_by_fid(parent, fid))
    }

    /// A DF by name, or by at least the first five bytes of it (the RID); `next` asks for the one after the current.
    fn df_by_name(&self, from: usize, name: &[u8], next: bool) -> Option<usize> {
        if name.len() < 5 {
            return None;
        }
        let matching = |exact: bool| {
            let fits = move |df: &files::Df| if exact { df.name == name } else { df.name.starts_with(name) };
            let reachable = self.files.reachable(from);
            reachable.into_iter().filter(move |at| self.files.df(*at).is_some_and(fits))
        };
        if next {
            return matching(false).filter(|at| *at > from).min();
        }
        matching(true).next().or_else(|| matching(false).min())
    }

    /// Which record a command means: checks P2, makes the EF current when it is named by SFI, and checks the right.
    fn locate(
        &self,
        session: &mut Session,
        command: &Command<'_>,
        right: fn(&Ef) -> Access,
    ) -> Result<(EfAt, usize), Sw> {
        let by_tag = match command.p2 & 0x07 {
            0x00 => true,
            0x04 => false,
            _ => return Err(Sw::NOT_SUPPORTED),
        };
        let at = match command.p2 >> 3 {
            0x1F => return Err(Sw::WRONG_P1_P2),
            0 => session.ef.ok_or(Sw::NO_CURRENT_EF)?,
            _ if self.has(Quirk::SfiIgnored) => session.ef.ok_or(Sw::NO_CURRENT_EF)?,
            sfi => {
                if let Some(sw) = self.no_sfi() {
                    return Err(Sw(sw));
                }
                self.files.ef_by_sfi(session.df, sfi).ok_or(Sw::FILE_NOT_FOUND)?
            }
        };
        if let (true, Some(sw)) = (by_tag, self.rec_only()) {
            return Err(Sw(sw));
        }
        session.ef = Some(at);
        let ef = self.files.ef(at).ok_or(Sw::FILE_NOT_FOUND)?;
        if let Access::Key(id) = right(ef)
            && !session.rights.contains(&id)
        {
            return Err(Sw::SECURITY_STATUS);
        }
        let found = if by_tag { ef.by_tag(command.p1) } else { ef.by_number(command.p1) };
        match (found, make::no_extension(&self.spec)) {
            (Some(record), _) => Ok((at, record)),
            (None, Some(sw)) if command.p1 == if by_tag { make::NAME_EXTENSION } else { 3 } => Err(Sw(sw)),
            (None, _) => Err(Sw::RECORD_NOT_FOUND),
        }
    }

    fn no_sfi(&self) -> Option<u16> {
        self.spec.quirks.value(|quirk| match quirk {
            Quirk::NoSfi(sw) => Some(sw),
            _ => None,
        })
    }

    fn rec_only(&self) -> Option<u16> {
        self.spec.quirks.value(|quirk| match quirk {
            Quirk::RecOnly(sw) => Some(sw),
            _ => None,
        })
    }

    fn read_record(&self, session: &mut Session, command: &Command<'_>) -> Result<Reply, Sw> {
        if !command.data.is_empty() {
            return Err(Sw::WRONG_LENGTH);
        }
        let (at, index) = self.locate(session, command, |ef| ef.read)?;
        if self.has(Quirk::Endless6c) {
            let other = if command.le == Some(0x10) { 0x11 } else { 0x10 };
            return Err(Sw::right_le(other));
        }
        let record = self.files.ef(at).and_then(|ef| ef.records.get(index)).ok_or(Sw::RECORD_NOT_FOUND)?;
        Ok(Reply::Read(record.bytes.clone()))
    }

    /// The new object must have the tag and the length of the old one.
    fn update_record(&mut self, session: &mut Session, command: &Command<'_>) -> Result<Reply, Sw> {
        let (at, index) = self.locate(session, command, |ef| ef.update)?;
        let record =
            self.files.ef_mut(at).and_then(|ef| ef.records.get_mut(index)).ok_or(Sw::RECORD_NOT_FOUND)?;
        match command.data {
            [tag, length, value @ ..] => {
                if *tag != record.tag {
                    return Err(Sw::WRONG_DATA);
                }
                if usize::from(*length) != value.len() || command.data.len() != record.bytes.len() {
                    return Err(Sw::LC_AGAINST_TLV);
                }
                record.bytes = command.data.to_vec();
                Ok(Reply::Nothing)
            }
            _ => Err(Sw::WRONG_LENGTH),
        }
    }

    fn get_response(&self, session: &mut Session, command: &Command<'_>) -> Result<Reply, Sw> {
        if self.has(Quirk::Endless61) {
            return Err(Sw::more(0x10));
        }
        if command.p1 != 0 || command.p2 != 0 {
            return Err(Sw::WRONG_P1_P2);
        }
        let waiting = session.waiting.take().ok_or(Sw::CONDITIONS)?;
        let wanted = match command.le.unwrap_or(0) {
            0 => waiting.len(),
            le => usize::from(le),
        };
        if wanted > waiting.len() {
            let sw = Sw::right_le(waiting.len());
            session.waiting = Some(waiting);
            return Err(sw);
        }
        Ok(Reply::Read(waiting))
    }

    /// 4, 8 or 16 bytes; only 8 make a process factor.
    fn get_challenge(&mut self, session: &mut Session, command: &Command<'_>) -> Result<Reply, Sw> {
        if command.p1 != 0 || command.p2 != 0 {
            return Err(Sw::WRONG_P1_P2);
        }
        if !command.data.is_empty() {
            return Err(Sw::WRONG_LENGTH);
        }
        let length = match command.le {
            Some(le @ (4 | 8 | 16)) => usize::from(le),
            Some(0) => return Err(Sw::right_le(8)),
            _ => return Err(Sw::WRONG_LENGTH),
        };
        let bytes = self.random.bytes(length);
        session.challenge = bytes.as_slice().try_into().ok();
        Ok(Reply::Read(bytes))
    }

    /// Process factor and original data, eight bytes each; a ninth pair member may name the key version.
    fn internal_authenticate(&self, session: &mut Session, command: &Command<'_>) -> Result<Reply, Sw> {
        self.in_ssse(session)?;
        if command.p1 != 0 {
            return Err(Sw::WRONG_P1_P2);
        }
        if command.p2 != 0 {
            return Err(Sw::KEY_NOT_FOUND);
        }
        let (process_factor, original) = two_halves(command.data.get(..16).unwrap_or_default())?;
        if command.data.len() > 17 {
            return Err(Sw::WRONG_LENGTH);
        }
        let result = self.keys.internal(&process_factor, &original)?;
        Ok(Reply::Computed(result.to_vec()))
    }

    /// Cryptogram and original data; the newest challenge is the process factor and is used up, right or wrong.
    fn external_authenticate(&mut self, session: &mut Session, command: &Command<'_>) -> Result<Reply, Sw> {
        self.in_ssse(session)?;
        if command.p1 != 0 {
            return Err(Sw::WRONG_P1_P2);
        }
        let (cryptogram, original) = two_halves(command.data)?;
        self.keys.external(command.p2, session.challenge.take(), &cryptogram, &original)?;
        session.rights.push(command.p2);
        Ok(Reply::Nothing)
    }

    fn verify(&mut self, session: &mut Session, command: &Command<'_>) -> Result<Reply, Sw> {
        self.in_ssse(session)?;
        if command.p1 != 0 {
            return Err(Sw::WRONG_P1_P2);
        }
        if command.p2 != 0 {
            return Err(Sw::KEY_NOT_FOUND);
        }
        if !(2..=8).contains(&command.data.len()) {
            return Err(Sw::WRONG_LENGTH);
        }
        session.pin_right = false;
        self.pin.verify(command.data)?;
        session.pin_right = true;
        Ok(Reply::Nothing)
    }

    fn change_pin(&mut self, session: &mut Session, command: &Command<'_>) -> Result<Reply, Sw> {
        self.in_ssse(session)?;
        if command.p1 != 0x01 || command.p2 != 0 {
            return Err(Sw::WRONG_P1_P2);
        }
        if !(5..=17).contains(&command.data.len()) {
            return Err(Sw::WRONG_LENGTH);
        }
        self.pin.change(command.data)?;
        Ok(Reply::Nothing)
    }

    /// PIN and keys belong to the social security environment; elsewhere they are not found.
    fn in_ssse(&self, session: &Session) -> Result<(), Sw> {
        if Some(session.df) == self.ssse { Ok(()) } else { Err(Sw::KEY_NOT_FOUND) }
    }

    /// Gives an answer the form of the card's protocol.
    fn shape(&self, session: &mut Session, command: &Command<'_>, reply: Reply) -> Vec<u8> {
        let (data, le) = match reply {
            Reply::Nothing => return Sw::OK.bytes().to_vec(),
            Reply::Read(data) => (data, command.le),
            Reply::Computed(data) if self.has(Quirk::T0) => {
                let sw = Sw::more(if self.has(Quirk::Endless61) { 0x10 } else { data.len() });
                session.waiting = Some(data);
                return sw.bytes().to_vec();
            }
            // Behind a body most cards answer in full with or without Le.
            Reply::Computed(data) => (data, command.le.or(Some(0))),
        };
        // T=0 has a third parameter always; four bytes mean that it is zero.
        let le = if self.has(Quirk::T0) { le.or(Some(0)) } else { le };
        let fetched = command.ins == 0xC0;
        match le.map(usize::from) {
            None => Sw::WRONG_LENGTH.bytes().to_vec(),
            Some(0) if !self.has(Quirk::LeStrict) || fetched || !command.data.is_empty() => {
                whole(data, Sw::OK)
            }
            Some(le) if le == data.len() => whole(data, Sw::OK),
            Some(le) if fetched && le > 0 && le < data.len() => {
                let (now, rest) = data.split_at(le);
                session.waiting = Some(rest.to_vec());
                whole(now.to_vec(), Sw::more(rest.len()))
            }
            Some(_) => Sw::right_le(data.len()).bytes().to_vec(),
        }
    }
}

fn whole(mut data: Vec<u8>, sw: Sw) -> Vec<u8> {
    data.extend_from_slice(&sw.bytes());
    data
}

fn two_halves(data: &[u8]) -> Result<([u8; 8], [u8; 8]), Sw> {
    let (first, second) = data.split_first_chunk().ok_or(Sw::WRONG_LENGTH)?;
    Ok((*first, second.try_into().map_err(|_| Sw::WRONG_LENGTH)?))
}

impl Card for VirtualCard {
    fn atr(&self) -> Option<Vec<u8>> {
        (!self.has(Quirk::Mute)).then(|| make::atr(&self.spec))
    }

    fn power_on(&mut self) {
        self.session = (!self.has(Quirk::Mute)).then(Session::fresh);
    }

    fn power_off(&mut self) {
        self.session = None;
    }

    fn transmit(&mut self, apdu: &[u8]) -> CardAnswer {
        let Some(mut session) = self.session.take() else { return CardAnswer::Mute };
        let answer = self.answer(&mut session, apdu);
        self.session = Some(session);
        CardAnswer::Response(answer)
    }

    fn work_time(&self) -> Duration {
        let slow = self.spec.quirks.value(|quirk| match quirk {
            Quirk::Slow(ms) => Some(Duration::from_millis(ms.into())),
            _ => None,
        });
        slow.unwrap_or_default()
    }
}
