//! What is read, in which order, and what may be missing.

use super::{File, ReadPlan, tag};
use crate::apdu::StatusKind;

/// Runs of records, by tag. EF06 stands behind EF05, so that at most two SELECT EF are needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    /// Identification code and version: they decide about the rest.
    Begin,
    /// Generations 1 and 2: everything is open.
    Open,
    /// Generation 3, before the authentication.
    BeforeKeys,
    /// Generation 3, after it.
    Keyed,
    /// Generation 3, without it.
    Partial,
}

impl Script {
    fn tags(self, plan: ReadPlan) -> &'static [u8] {
        match (self, plan) {
            (Self::Begin, _) => &[0x01, 0x03],
            (Self::Open, ReadPlan::Settlement) => &[0x06, 0x07, 0x08, 0x09, 0x4E],
            (Self::Open, ReadPlan::Full) => {
                &[0x02, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x4E, 0x0A, 0x0B, 0x0C, 0x0D]
            }
            (Self::Open, ReadPlan::Swipe) => &[],
            (Self::BeforeKeys, ReadPlan::Swipe) => &[0x06, 0x07],
            (Self::BeforeKeys, _) => &[0x07],
            (Self::Keyed | Self::Partial, ReadPlan::Swipe) => &[],
            (Self::Keyed, ReadPlan::Settlement) => &[0x06, 0x08, 0x09, 0x4E],
            (Self::Keyed, ReadPlan::Full) => {
                &[0x05, 0x06, 0x02, 0x04, 0x08, 0x09, 0x4E, 0x0A, 0x0B, 0x0C, 0x0D]
            }
            (Self::Partial, ReadPlan::Settlement) => &[0x06],
            (Self::Partial, ReadPlan::Full) => &[0x05, 0x06, 0x02, 0x04],
        }
    }
}

/// One record on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) script: Script,
    plan: ReadPlan,
    at: usize,
    /// Le is already longer than usual, because the record is.
    lengthened: bool,
}

impl Reading {
    /// The first record of a script.
    pub(super) fn first(script: Script, plan: ReadPlan) -> Self {
        Self { script, plan, at: 0, lengthened: false }
    }

    /// The tag of the record; `None` behind the last.
    pub(super) fn tag(self) -> Option<u8> {
        self.script.tags(self.plan).get(self.at).copied()
    }

    /// The record behind this one.
    pub(super) fn following(self) -> Self {
        Self { at: self.at + 1, lengthened: false, ..self }
    }

    /// The same record, asked for in its whole length.
    pub(super) fn lengthened(self) -> Self {
        Self { lengthened: true, ..self }
    }

    /// Whether it was.
    pub(super) fn is_lengthened(self) -> bool {
        self.lengthened
    }

    /// The same record, asked for anew.
    pub(super) fn anew(self) -> Self {
        Self { lengthened: false, ..self }
    }
}

/// The file of a tag.
pub(super) fn file_of(tag: u8) -> File {
    if tag <= tag::CARD_NUMBER { File::Issuer } else { File::Holder }
}

/// A settlement stands on five records; the rest of a card may be incomplete.
pub(super) fn may_be_missing(tag: u8, kind: StatusKind) -> bool {
    match tag {
        tag::IDENTIFICATION_CODE | tag::SPEC_VERSION | tag::CARD_NUMBER | tag::CERTNO | tag::NAME => false,
        tag::NAME_EXTENSION => true,
        _ => matches!(kind, StatusKind::RecordNotFound | StatusKind::FileNotFound),
    }
}
