//! The security module of a terminal, as a card in a second slot.
//!
//! [`VirtualPsam`] holds masters (or keys of one region), derives them for the card that the terminal names, and encrypts
//! under the session key that stays inside. It reads its commands by itself, apart from the terminal's own builder, and
//! takes any bytes. What a real module does is known only in part; what is assumed stands in
//! [`yika_protocol::card_keys::PsamScheme`], and the model refuses what does not fit it.

mod spec;

use std::time::Duration;

use yika_protocol::card_keys::{
    Algorithm, CardKey, CardKeyScheme, PSAM_APPLICATION, PsamKey, PsamLevels, PsamSm4,
};

use crate::card::{Card, CardAnswer};
use crate::model::command::Command;
use crate::model::status::Sw;

pub use spec::{PsamFault, PsamSpec};

/// MF, and the application under it.
const MF_FID: [u8; 2] = [0x3F, 0x00];
const APPLICATION_FID: [u8; 2] = [0xDF, 0x01];
/// Answer to reset of a module seen in the field, T=0, with an invented serial number.
const ATR: [u8; 16] =
    [0x3B, 0x6C, 0x00, 0x02, 0x53, 0x62, 0x86, 0x38, 0x37, 0x00, 0x99, 0x01, 0x00, 0x00, 0x00, 0x01];

/// A PSAM made from a [`PsamSpec`].
///
/// ```
/// use yika_sim::{Card, PsamSpec, VirtualPsam};
///
/// let mut module = VirtualPsam::new(PsamSpec::default());
/// module.power_on();
/// assert_eq!(module.transmit(b"\x00\xA4\x04\x00\x06\xD1\x56\x00\x00\x05\x90").status(), Some(0x6110));
/// ```
#[derive(Clone)]
pub struct VirtualPsam {
    spec: PsamSpec,
    session: Option<Session>,
}

/// Everything that a reset wipes.
#[derive(Clone, Default)]
struct Session {
    in_application: bool,
    delivered: Option<Delivered>,
    /// An answer that waits for GET RESPONSE.
    waiting: Option<Vec<u8>>,
}

/// A key that was derived for one card, and its process factor.
#[derive(Clone)]
struct Delivered {
    algorithm: Algorithm,
    key: CardKey,
    process_factor: [u8; 8],
}

impl VirtualPsam {
    /// Personalises a module.
    #[must_use]
    pub fn new(spec: PsamSpec) -> Self {
        Self { spec, session: None }
    }

    /// What the module was made from.
    #[must_use]
    pub fn spec(&self) -> &PsamSpec {
        &self.spec
    }

    fn answer(&self, session: &mut Session, apdu: &[u8]) -> Result<Vec<u8>, Sw> {
        let command = Command::parse(apdu)?;
        if command.ins == 0xC0 {
            return get_response(session, &command);
        }
        session.waiting = None;
        match (command.cla, command.ins) {
            (0x00, 0xA4) => self.select(session, &command),
            (0xBF, 0xDE) => self.deliver(session, &command),
            (0x80, 0xFA) => self.encrypt(session, &command),
            (0x00 | 0x80 | 0xBF, _) => Err(Sw::WRONG_INS),
            _ => Err(Sw::WRONG_CLA),
        }
    }

    fn select(&self, session: &mut Session, command: &Command<'_>) -> Result<Vec<u8>, Sw> {
        let by_name = match (command.p1, command.p2) {
            (0x00, 0x00) => false,
            (0x04, 0x00) => true,
            _ => return Err(Sw::WRONG_P1_P2),
        };
        let application = match command.data {
            data if by_name => data == PSAM_APPLICATION && !self.spec.is(PsamFault::NotPsam),
            data if data == MF_FID => false,
            data if data == APPLICATION_FID => !self.spec.is(PsamFault::NotPsam),
            _ => return Err(Sw::FILE_NOT_FOUND),
        };
        if by_name && !application {
            return Err(Sw::FILE_NOT_FOUND);
        }
        if application && self.spec.is(PsamFault::Locked) {
            return Err(Sw(0x9303));
        }
        *session = Session { in_application: application, ..Session::default() };
        let name: &[u8] = if application { &PSAM_APPLICATION } else { &MF_FID };
        let fci =
            [&[0x6F, name.len() as u8 + 8, 0x84, name.len() as u8], name, &[0xA5, 4, 0x88, 1, 1, 0]].concat();
        Ok(wait(session, fci))
    }

    /// `BF DE usage key`: card factor, region factor when the module holds masters, process factor.
    fn deliver(&self, session: &mut Session, command: &Command<'_>) -> Result<Vec<u8>, Sw> {
        session.delivered = None;
        if !session.in_application {
            return Err(Sw::CONDITIONS);
        }
        let scheme = self.spec.scheme;
        let named = |algorithm| {
            [PsamKey::Internal, PsamKey::Update, PsamKey::Read]
                .into_iter()
                .find(|key| scheme.key_id(algorithm, *key) == Some(command.p2))
                .map(|key| (algorithm, key))
        };
        let (algorithm, key) =
            named(Algorithm::TripleDes).or_else(|| named(Algorithm::Sm4)).ok_or(Sw::KEY_NOT_FOUND)?;
        if !self.spec.algorithms.contains(&algorithm) {
            return Err(Sw::NOT_SUPPORTED);
        }
        if command.p1 != scheme.usage() {
            return Err(Sw::WRONG_P1_P2);
        }
        let master = self.spec.key(key).ok_or(Sw::KEY_NOT_FOUND)?;
        let (card_factor, rest) = command.data.split_first_chunk::<8>().ok_or(Sw::WRONG_LENGTH)?;
        let (region_factor, rest) = match scheme.levels {
            PsamLevels::Two => {
                let (factor, rest) = rest.split_first_chunk::<8>().ok_or(Sw::WRONG_LENGTH)?;
                (Some(factor), rest)
            }
            PsamLevels::One => (None, rest),
        };
        let process_factor: [u8; 8] = rest.try_into().map_err(|_| Sw::WRONG_LENGTH)?;
        let derive = |key: &CardKey, factor: &[u8; 8]| {
            self.spec.card_keys.derive(algorithm, key, factor).map_err(|_| Sw::NOT_SUPPORTED)
        };
        let regional =
            region_factor.map_or(Ok(CardKey::new(master)), |f| derive(&CardKey::new(master), f))?;
        let key = derive(&regional, card_factor)?;
        session.delivered = Some(Delivered { algorithm, key, process_factor });
        Ok(Sw::OK.bytes().to_vec())
    }

    /// `80 FA 00 00`: the original data under the session key.
    fn encrypt(&self, session: &mut Session, command: &Command<'_>) -> Result<Vec<u8>, Sw> {
        if (command.p1, command.p2) != (0, 0) {
            return Err(Sw::WRONG_P1_P2);
        }
        let Delivered { algorithm, key, process_factor } = session.delivered.clone().ok_or(Sw::CONDITIONS)?;
        let keys: CardKeyScheme = self.spec.card_keys;
        let whole = algorithm == Algorithm::Sm4 && matches!(self.spec.scheme.sm4, PsamSm4::Whole { .. });
        let result = if whole {
            let plain = command.data.try_into().map_err(|_| Sw::WRONG_LENGTH)?;
            keys.sm4_cryptogram(&key, &process_factor, plain).to_vec()
        } else {
            let original = command.data.try_into().map_err(|_| Sw::WRONG_LENGTH)?;
            let result = keys.cryptogram(algorithm, &key, &process_factor, original);
            result.map_err(|_| Sw::NOT_SUPPORTED)?.to_vec()
        };
        Ok(wait(session, result))
    }
}

/// The module speaks T=0: what stands behind a body is fetched.
fn wait(session: &mut Session, data: Vec<u8>) -> Vec<u8> {
    let sw = Sw::more(data.len());
    session.waiting = Some(data);
    sw.bytes().to_vec()
}

fn get_response(session: &mut Session, command: &Command<'_>) -> Result<Vec<u8>, Sw> {
    if (command.cla, command.p1, command.p2) != (0, 0, 0) {
        return Err(Sw::WRONG_P1_P2);
    }
    let mut data = session.waiting.take().ok_or(Sw::CONDITIONS)?;
    match usize::from(command.le.unwrap_or(0)) {
        0 => {}
        le if le == data.len() => {}
        _ => {
            let sw = Sw::right_le(data.len());
            session.waiting = Some(data);
            return Err(sw);
        }
    }
    data.extend_from_slice(&Sw::OK.bytes());
    Ok(data)
}

impl Card for VirtualPsam {
    fn atr(&self) -> Option<Vec<u8>> {
        Some(ATR.to_vec())
    }

    fn power_on(&mut self) {
        self.session = Some(Session::default());
    }

    fn power_off(&mut self) {
        self.session = None;
    }

    fn transmit(&mut self, apdu: &[u8]) -> CardAnswer {
        let Some(mut session) = self.session.take() else { return CardAnswer::Mute };
        let answer = self.answer(&mut session, apdu).unwrap_or_else(|sw| sw.bytes().to_vec());
        self.session = Some(session);
        CardAnswer::Response(answer)
    }

    fn work_time(&self) -> Duration {
        Duration::from_millis(self.spec.slow_ms.into())
    }
}

#[cfg(test)]
mod tests;
