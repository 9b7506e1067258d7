//! Challenges, both authentications, and the PIN.

use super::command::Command;
use super::status::Sw;
use super::{Reply, Session, VirtualCard};

impl VirtualCard {
    /// 4, 8 or 16 bytes; only 8 make a process factor.
    pub(super) fn get_challenge(
        &mut self,
        session: &mut Session,
        command: &Command<'_>,
    ) -> Result<Reply, Sw> {
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
    pub(super) fn internal_authenticate(
        &self,
        session: &mut Session,
        command: &Command<'_>,
    ) -> Result<Reply, Sw> {
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
    pub(super) fn external_authenticate(
        &mut self,
        session: &mut Session,
        command: &Command<'_>,
    ) -> Result<Reply, Sw> {
        self.in_ssse(session)?;
        if command.p1 != 0 {
            return Err(Sw::WRONG_P1_P2);
        }
        let (cryptogram, original) = two_halves(command.data)?;
        self.keys.external(command.p2, session.challenge.take(), &cryptogram, &original)?;
        session.rights.push(command.p2);
        Ok(Reply::Nothing)
    }

    pub(super) fn verify(&mut self, session: &mut Session, command: &Command<'_>) -> Result<Reply, Sw> {
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

    pub(super) fn change_pin(&mut self, session: &mut Session, command: &Command<'_>) -> Result<Reply, Sw> {
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
}

fn two_halves(data: &[u8]) -> Result<([u8; 8], [u8; 8]), Sw> {
    let (first, second) = data.split_first_chunk().ok_or(Sw::WRONG_LENGTH)?;
    Ok((*first, second.try_into().map_err(|_| Sw::WRONG_LENGTH)?))
}
