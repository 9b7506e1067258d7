//! SELECT: by identifier, name, or place in the tree.

use super::command::Command;
use super::files::{Df, EfAt, MF};
use super::status::Sw;
use super::{Reply, Session, VirtualCard, make};
use crate::spec::{Interface, Quirk};

impl VirtualCard {
    pub(super) fn select(&mut self, session: &mut Session, command: &Command<'_>) -> Result<Reply, Sw> {
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
            let fits = move |df: &Df| if exact { df.name == name } else { df.name.starts_with(name) };
            let reachable = self.files.reachable(from);
            reachable.into_iter().filter(move |at| self.files.df(*at).is_some_and(fits))
        };
        if next {
            return matching(false).filter(|at| *at > from).min();
        }
        matching(true).next().or_else(|| matching(false).min())
    }
}
