//! How an answer leaves the card: whole, by GET RESPONSE (T=0), or as the right Le.

use super::command::Command;
use super::status::Sw;
use super::{Reply, Session, VirtualCard};
use crate::spec::Quirk;

impl VirtualCard {
    pub(super) fn get_response(&self, session: &mut Session, command: &Command<'_>) -> Result<Reply, Sw> {
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

    /// Gives an answer the form of the card's protocol.
    pub(super) fn shape(&self, session: &mut Session, command: &Command<'_>, reply: Reply) -> Vec<u8> {
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
