//! Enrolment of swipe terminals at the centre: what an institution's operator asks and the centre answers.
//!
//! Same envelope, signature and encoding as every transaction; no sign-in is needed (`sign_no` is left out). Each
//! operation has a path and an `infno` of its own, so that the signature over the envelope also says which one is meant.
//! `input` is `{"data": {…}}`, `output` too; every value is a string. Binary values are upper-case hex.
//!
//! ```text
//! device ── enrolment request ──► operator's PC ── POST /terminals/enrol ──► centre: certificate, pending
//! device ◄── certificate ──────── operator's PC
//! device ── opening ────────────► operator's PC     (the request committed to it; see `yika_protocol::swipe`)
//!        shows six digits ──────► operator types ── POST /terminals/confirm ► centre: active when they are its own
//! ```
//!
//! | path | `infno` | asks | answers |
//! |---|---|---|---|
//! | [`ENROL_PATH`] | [`ENROL`] | [`EnrolRow`] | [`EnrolledRow`] |
//! | [`CONFIRM_PATH`] | [`CONFIRM`] | [`ConfirmRow`] | [`TerminalRow`] |
//! | [`LIST_PATH`] | [`LIST`] | [`ListRow`] | [`TerminalList`] |
//! | [`REVOKE_PATH`] | [`REVOKE`] | [`RevokeRow`] | [`TerminalRow`] |
//!
//! * **Enrol** may be repeated: the same request gives the same certificate. A new request of a device (another key)
//!   that is pending replaces what was pending for its serial number.
//! * **Confirm** takes the code *as the device shows it*. After three wrong codes the pending enrolment is dropped.
//!   Confirming replaces an earlier enrolment of the same device: from then on the old identity may only close its open
//!   swipes (reversals, status), for thirty days.
//! * **Revoke** is for good; a revoked device enrols anew with a new key.
//!
//! Refusals are the envelope's `err_msg`, `[Y-5100]` to `[Y-5104]` beside those of every message.

use serde::{Deserialize, Serialize};

/// Path of an enrolment.
pub const ENROL_PATH: &str = "/terminals/enrol";
/// Path of the operator's confirmation.
pub const CONFIRM_PATH: &str = "/terminals/confirm";
/// Path of the list.
pub const LIST_PATH: &str = "/terminals/list";
/// Path of a revocation.
pub const REVOKE_PATH: &str = "/terminals/revoke";

/// `infno` of an enrolment.
pub const ENROL: &str = "T001";
/// `infno` of a confirmation.
pub const CONFIRM: &str = "T002";
/// `infno` of a list.
pub const LIST: &str = "T003";
/// `infno` of a revocation.
pub const REVOKE: &str = "T004";

/// `input` and `output` around one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data<T> {
    /// The one row.
    pub data: T,
}

/// What a device asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolRow {
    /// The enrolment request as the device made it (`yika_protocol::swipe::EnrolRequest`), hex.
    pub request: String,
}

/// A certificate that waits for the operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolledRow {
    /// The terminal's id, 16 hex digits.
    pub terminal: String,
    /// The certificate (`yika_protocol::swipe::TerminalCertificate`), hex: to be handed to the device.
    pub certificate: String,
    /// `pending`, or `active` when this very request was confirmed before.
    pub state: String,
}

/// What the operator read on the device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfirmRow {
    /// The terminal's id, 16 hex digits.
    pub terminal: String,
    /// The opening that the device sent when it had the certificate, 32 hex digits.
    pub opening: String,
    /// The six digits that the device shows. The centre computes its own from request, certificate and opening.
    pub code: String,
}

/// Which terminals to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListRow {
    /// `1` also lists terminals that were revoked or replaced; `0` or left out lists those that are pending or active.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub all: String,
}

/// The terminals of the institution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalList {
    /// In the order of their enrolment.
    pub terminals: Vec<TerminalRow>,
}

/// Which terminal ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokeRow {
    /// The terminal's id, 16 hex digits.
    pub terminal: String,
    /// Why, in the operator's words; up to 100 characters, kept at the centre.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// A terminal as the centre has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalRow {
    /// Its id, 16 hex digits.
    pub terminal: String,
    /// Serial number of the device, as it named itself.
    pub serial: String,
    /// Model of the device.
    pub model: String,
    /// `pending`, `active`, `replaced` or `revoked`.
    pub state: String,
    /// Largest swipe, yuan with two decimals.
    pub per_swipe: String,
    /// Largest swipe without a fresh challenge of the centre, yuan.
    pub no_challenge: String,
    /// Largest sum of a business day, yuan.
    pub per_day: String,
    /// First moment of the certificate, `yyyy-MM-dd HH:mm:ss` in Shanghai.
    pub not_before: String,
    /// The certificate holds before this moment.
    pub not_after: String,
    /// When the request came.
    pub enrolled: String,
    /// When the operator confirmed it; empty before.
    #[serde(default)]
    pub confirmed: String,
    /// When it was replaced or revoked; empty before.
    #[serde(default)]
    pub ended: String,
    /// Highest swipe counter that the centre has answered; `0` when none.
    pub counter: String,
}
