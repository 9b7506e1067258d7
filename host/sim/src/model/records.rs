//! READ RECORD and UPDATE RECORD: by tag or number, in the current file or the one its short identifier names.

use super::command::Command;
use super::files::{Access, Ef, EfAt};
use super::status::Sw;
use super::{Reply, Session, VirtualCard, make};
use crate::spec::Quirk;

impl VirtualCard {
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

    pub(super) fn read_record(&self, session: &mut Session, command: &Command<'_>) -> Result<Reply, Sw> {
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
    pub(super) fn update_record(
        &mut self,
        session: &mut Session,
        command: &Command<'_>,
    ) -> Result<Reply, Sw> {
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
}
