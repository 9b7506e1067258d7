//! How a transaction ends other than well.

use std::fmt;

use yika_protocol::fault::Fault;

use crate::StoreError;

/// A coded refusal. Final for the sandbox profile.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) fault: &'static Fault,
    detail: String,
}

/// Why a job over the store ended early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The message is refused; the answer says why.
    Refused(Refusal),
    /// The database failed; nothing was committed and nothing can be said about the message.
    Failed(StoreError),
}

impl Refusal {
    pub(crate) fn new(fault: &'static Fault) -> Self {
        Self { fault, detail: String::new() }
    }

    /// With a detail in neutral words and figures; never a personal value.
    pub(crate) fn with(fault: &'static Fault, detail: impl fmt::Display) -> Self {
        Self { fault, detail: detail.to_string() }
    }

    /// `[Y-5062] 中文 / English (detail)`, at most 200 characters, without `&` and control characters.
    pub(crate) fn err_msg(&self) -> String {
        let Fault { cause_zh, cause_en, .. } = self.fault;
        let mut text = format!("[{}] {cause_zh} / {cause_en}", self.fault.code());
        if !self.detail.is_empty() {
            text.push_str(" (");
            text.push_str(&self.detail);
            text.push(')');
        }
        text.chars().map(|c| if c == '&' || c.is_control() { ' ' } else { c }).take(200).collect()
    }
}

impl Stop {
    /// A refusal without detail.
    pub(crate) fn refused(fault: &'static Fault) -> Self {
        Self::Refused(Refusal::new(fault))
    }

    /// A refusal with a detail.
    pub(crate) fn refused_with(fault: &'static Fault, detail: impl fmt::Display) -> Self {
        Self::Refused(Refusal::with(fault, detail))
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use yika_protocol::fault::centre;

    #[test]
    fn the_text_starts_with_the_code_and_fits() {
        let text = Refusal::with(&centre::FIELDS, "字段&\n".repeat(100)).err_msg();
        assert!(text.starts_with("[Y-5041] "));
        assert_eq!(text.chars().count(), 200);
        assert!(!text.contains(['&', '\n']));
        for fault in centre::ALL {
            let text = Refusal::new(fault).err_msg();
            assert!(text.chars().count() < 160, "{text} leaves no room for a detail");
        }
    }
}
