//! How a verb fails: a coded fault, what exactly went wrong, and the exit code.

use serde_json::{Value, json};
use yika_protocol::fault::Fault;

use crate::lang::{Lang, Words};
use crate::output::{Page, Tone};

/// Exit codes of the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// Usage, or input that cannot be used.
    Usage = 2,
    /// Service, reader or card.
    Device = 3,
    /// The centre, the card or a rule said no.
    Refused = 4,
    /// Nobody knows yet whether it counts.
    Unknown = 5,
    /// It never left.
    NotSent = 6,
}

/// A verb that did not do what it was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The coded fault.
    pub(crate) fault: &'static Fault,
    /// Exit code.
    pub(crate) exit: Exit,
    /// What exactly, e.g. file, line and value. Never personal data.
    pub(crate) detail: Option<Words>,
    /// The lines of the file in question, for people.
    pub(crate) excerpt: Option<String>,
}

/// The result of a verb.
pub(crate) type Outcome<T = Exit> = Result<T, Failure>;

impl Failure {
    /// A failure with the exit code of its fault's range.
    pub(crate) fn new(fault: &'static Fault) -> Failure {
        Failure { fault, exit: exit_of(fault), detail: None, excerpt: None }
    }

    /// Adds what exactly went wrong.
    pub(crate) fn detail(mut self, detail: Words) -> Failure {
        self.detail = Some(detail);
        self
    }

    /// Overrides the exit code.
    pub(crate) fn exit(mut self, exit: Exit) -> Failure {
        self.exit = exit;
        self
    }

    /// As JSON. `detail` is in the language of the run.
    pub(crate) fn json(&self, lang: Lang) -> Value {
        json!({
            "code": self.fault.code().to_string(),
            "cause_zh": self.fault.cause_zh,
            "cause_en": self.fault.cause_en,
            "action_zh": self.fault.action_zh,
            "action_en": self.fault.action_en,
            "detail": self.detail.as_ref().map(|words| lang.of(words)),
        })
    }

    /// As text.
    pub(crate) fn page(&self, page: &mut Page) {
        let head = page.paint(Tone::Bad, &format!("{} {}", page.word("错误", "error"), self.fault.code()));
        page.line(&format!("{head}  {}", page.word(self.fault.cause_zh, self.fault.cause_en)));
        if let Some(detail) = &self.detail {
            for line in page.lang.of(detail).lines() {
                page.line(&format!("  {line}"));
            }
        }
        if let Some(excerpt) = &self.excerpt {
            for line in excerpt.lines() {
                page.toned(Tone::Dim, &format!("  {line}"));
            }
        }
        let label = page.paint(Tone::Head, page.word("怎么办：", "What to do: "));
        page.line(&format!("  {label}{}", page.word(self.fault.action_zh, self.fault.action_en)));
    }
}

/// The exit code of a fault that ends a verb. Where a verb knows better, it says so with [`Failure::exit`].
fn exit_of(fault: &Fault) -> Exit {
    use yika_protocol::fault::{card, credential, settle};
    let is_one_of = |faults: &[&Fault]| faults.iter().any(|one| one.number == fault.number);
    if is_one_of(&[
        &card::PIN_WRONG,
        &card::PIN_BLOCKED,
        &card::PIN_LAST_TRY,
        &settle::CARD_EXPIRED,
        &settle::ORDER_CONFLICT,
        &settle::NO_INSURANCE,
        &settle::KEY_SERVICE_REFUSED,
    ]) {
        return Exit::Refused;
    }
    if is_one_of(&[
        &card::PIN_MALFORMED,
        &card::VIRTUAL_CARD_SPEC,
        &credential::VIRTUAL_ID_SPEC,
        &credential::PICTURE_UNREADABLE,
        &credential::CODE_NOT_DRAWABLE,
    ]) {
        return Exit::Usage;
    }
    if is_one_of(&[&settle::CARD_INCOMPLETE, &settle::RANDOM_FAILED]) {
        return Exit::Device;
    }
    match fault.number {
        1000..=2999 | 6000..=7999 => Exit::Device,
        3000..=3999 => Exit::Usage,
        // Something left this machine, and what became of it is not known.
        4010..=4018 => Exit::Unknown,
        _ if is_one_of(&[&settle::REVERSING, &settle::VOID_UNANSWERED]) => Exit::Unknown,
        4020..=4029 | 5000..=5999 => Exit::Refused,
        _ => Exit::NotSent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_the_exit_code_of_what_people_do_about_it() {
        let code = |number| exit_of(yika_protocol::fault::find(number).unwrap());
        assert_eq!(code(2001), Exit::Device, "not a social security card");
        assert_eq!(code(2040), Exit::Refused, "the card refused the PIN");
        assert_eq!(code(3101), Exit::Usage, "bad basket");
        assert_eq!(code(4002), Exit::NotSent, "centre down");
        assert_eq!(code(4010), Exit::Unknown, "no answer in time");
        assert_eq!(code(4020), Exit::Refused, "the centre refused");
        assert_eq!(code(4023), Exit::Unknown, "void not answered");
        assert_eq!(code(4031), Exit::NotSent, "a damaged journal stops new settlements");
    }
}
