//! Misbehaviour on demand: what a rule says, how it is written, which rules meet a message.
//!
//! Written form: `fault[=value]:infno[:times[:after[:institution]]]`, for example `lose-answer:2102:1`,
//! `delay=3000:*:5`, `clock-skew=7200:2102:1:0:P99010100001`. `infno` `*` is every transaction, and `swipe`,
//! `reversal`, `void`, `status` or `day` a terminal's message; `times` `*` is without end;
//! `after` lets that many matching messages pass first.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use yika_platform::profile::Profile;
use yika_platform::tables::tables;
use yika_protocol::swipe::Kind;

/// One way to misbehave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The request is read and dropped unprocessed; the connection closes without an answer.
    LoseRequest,
    /// The request is processed and committed; the connection closes without an answer.
    LoseAnswer,
    /// The request is processed and committed; the answer leaves that many milliseconds later.
    Delay(u64),
    /// The same bytes are processed twice; the second answer leaves.
    Duplicate,
    /// The bytes are kept and processed once more after the id was reversed by a 2601. Add `lose-answer` or `lose-request`
    /// for the same message to make the till reverse.
    LateDuplicate,
    /// The request is processed and committed; one bit of the answer is another one.
    Corrupt,
    /// The request is processed and committed; the answer says −1 without a final code.
    MinusOneAfterCommit,
    /// The centre's clock is that many seconds ahead (negative: behind) for this message.
    ClockSkew(i64),
    /// The sign-in used by the message has ended before it is checked, for good.
    SignInExpired,
}

/// When a fault strikes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultRule {
    /// What happens.
    pub fault: Fault,
    /// Transaction number; `None` is every transaction.
    pub infno: Option<String>,
    /// How often; `None` is without end.
    pub times: Option<u32>,
    /// How many matching messages pass first.
    pub after: u32,
    /// Institution code; `None` is every institution.
    pub institution: Option<String>,
}

/// A fault rule that cannot be read. Carries what was wrong in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseFaultError(String);

impl fmt::Display for ParseFaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}; write fault[=value]:infno[:times[:after[:institution]]] with lose-request, lose-answer, delay=MS, duplicate, \
             late-duplicate, corrupt, minus-one-after-commit, clock-skew=SECONDS or sign-in-expired",
            self.0
        )
    }
}

impl std::error::Error for ParseFaultError {}

impl Fault {
    /// Whether a terminal's message can meet it. The others are about what only transactions have: a sign-in, a result of −1, a
    /// time of the sender's beside the centre's.
    pub(crate) fn strikes_datagrams(self) -> bool {
        !matches!(self, Self::MinusOneAfterCommit | Self::ClockSkew(_) | Self::SignInExpired)
    }
}

impl FromStr for Fault {
    type Err = ParseFaultError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        let plain = |fault| match value {
            None => Ok(fault),
            Some(_) => Err(ParseFaultError(format!("{name} takes no value"))),
        };
        let wanted = || ParseFaultError(format!("{name} needs a whole number, as in {name}=3000"));
        match name {
            "lose-request" => plain(Self::LoseRequest),
            "lose-answer" => plain(Self::LoseAnswer),
            "duplicate" => plain(Self::Duplicate),
            "late-duplicate" => plain(Self::LateDuplicate),
            "corrupt" => plain(Self::Corrupt),
            "minus-one-after-commit" => plain(Self::MinusOneAfterCommit),
            "sign-in-expired" => plain(Self::SignInExpired),
            "delay" => value.and_then(|v| v.parse().ok()).map(Self::Delay).ok_or_else(wanted),
            "clock-skew" => value
                .and_then(|v| v.parse().ok())
                .filter(|s: &i64| s.abs() <= 366 * 86_400)
                .map(Self::ClockSkew)
                .ok_or_else(wanted),
            _ => Err(ParseFaultError(format!("unknown fault {name:?}"))),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LoseRequest => f.write_str("lose-request"),
            Self::LoseAnswer => f.write_str("lose-answer"),
            Self::Delay(ms) => write!(f, "delay={ms}"),
            Self::Duplicate => f.write_str("duplicate"),
            Self::LateDuplicate => f.write_str("late-duplicate"),
            Self::Corrupt => f.write_str("corrupt"),
            Self::MinusOneAfterCommit => f.write_str("minus-one-after-commit"),
            Self::ClockSkew(seconds) => write!(f, "clock-skew={seconds}"),
            Self::SignInExpired => f.write_str("sign-in-expired"),
        }
    }
}

impl FromStr for FaultRule {
    type Err = ParseFaultError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split(':').map(str::trim);
        let fault: Fault = parts.next().unwrap_or_default().parse()?;
        let any = |part: Option<&str>| part.filter(|p| !p.is_empty() && *p != "*").map(str::to_owned);
        let number = |part: Option<String>, what: &str| match part {
            None => Ok(None),
            Some(digits) => digits
                .parse::<u32>()
                .map(Some)
                .map_err(|_| ParseFaultError(format!("{what} {digits:?} is not a number"))),
        };
        let infno = any(parts.next());
        if let Some(infno) = &infno
            && !is_message(infno)
        {
            return Err(ParseFaultError(format!(
                "{infno:?} is neither a transaction nor swipe, reversal, void, status or day"
            )));
        }
        if let Some(infno) = &infno
            && is_datagram(infno)
            && !fault.strikes_datagrams()
        {
            return Err(ParseFaultError(format!(
                "{fault} never strikes a terminal's message: {infno} keeps the centre's clock, has no sign-in and no -1"
            )));
        }
        let times = number(any(parts.next()), "times")?;
        let after = number(any(parts.next()), "after")?.unwrap_or(0);
        let institution = any(parts.next());
        if parts.next().is_some() {
            return Err(ParseFaultError("more than five parts".into()));
        }
        Ok(Self { fault, infno, times, after, institution })
    }
}

/// Whether messages of this name exist: a transaction of the platform's tables, under the number that they or a profile give
/// it, or a terminal's datagram. A rule about anything else would wait for ever, and whoever wrote it would not know.
fn is_message(name: &str) -> bool {
    is_datagram(name)
        || tables().get(name).is_some()
        || Profile::BUILT_IN
            .iter()
            .filter_map(|(profile, _)| Profile::describe(profile).ok())
            .any(|profile| tables().get(profile.table_number(name)).is_some())
}

/// Whether a terminal's datagrams have this name.
pub(crate) fn is_datagram(name: &str) -> bool {
    let datagrams = [Kind::Swipe, Kind::Reversal, Kind::Void, Kind::Status, Kind::Day];
    datagrams.map(crate::swipe::word).contains(&name)
}

impl fmt::Display for FaultRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let star = |part: &Option<String>| part.clone().unwrap_or_else(|| "*".into());
        let times = self.times.map_or_else(|| "*".into(), |t| t.to_string());
        write!(f, "{}:{}:{times}:{}:{}", self.fault, star(&self.infno), self.after, star(&self.institution))
    }
}

/// In JSON a rule is its written form: `{"rule":"lose-answer:2102:1"}`.
impl Serialize for FaultRule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FaultRule {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_written_form_is_read_as_meant() {
        let rule: FaultRule = "lose-answer:2102:1".parse().unwrap();
        let wanted = FaultRule {
            fault: Fault::LoseAnswer,
            infno: Some("2102".into()),
            times: Some(1),
            after: 0,
            institution: None,
        };
        assert_eq!(rule, wanted);
        let rule: FaultRule = "clock-skew=-7200:*:*:3:P99010100001".parse().unwrap();
        assert_eq!(rule.fault, Fault::ClockSkew(-7200));
        assert_eq!((rule.infno, rule.times, rule.after), (None, None, 3));
        assert_eq!("duplicate".parse::<FaultRule>().unwrap().infno, None);
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_the_way_to_write_it() {
        for bad in [
            "",
            "lose",
            "delay:2102",
            "delay=x:2102",
            "lose-answer=1:2102",
            "lose-answer:21-02",
            "lose-answer:swpie:1",
            "lose-answer:Swipe:1",
            "lose-answer:2012:1",
            "lose-answer:swipe-answer:1",
            "lose-answer:2102:x",
            "lose-answer:2102:1:0:P:more",
            "clock-skew=99999999999:2102",
            "clock-skew=3600:swipe",
            "sign-in-expired:void:1",
            "minus-one-after-commit:day",
            "delay=-1",
        ] {
            let error = bad.parse::<FaultRule>().unwrap_err().to_string();
            assert!(error.contains("fault[=value]:infno"), "{bad}: {error}");
        }
    }

    #[test]
    fn every_message_has_a_name_for_rules() {
        for name in ["9001", "2102", "2601", "6101", "swipe", "reversal", "void", "status", "day"] {
            assert!(format!("lose-answer:{name}:1").parse::<FaultRule>().is_ok(), "{name}");
        }
        for (name, _) in Profile::BUILT_IN {
            let Ok(profile) = Profile::describe(name) else { panic!("{name}") };
            for number in ["2101", "2102", "2103", "6101"].map(|number| profile.wire_number(number)) {
                assert!(format!("lose-answer:{number}:1").parse::<FaultRule>().is_ok(), "{name}: {number}");
            }
        }
    }

    fn rules() -> impl Strategy<Value = FaultRule> {
        let fault = prop_oneof![
            Just(Fault::LoseRequest),
            Just(Fault::LoseAnswer),
            any::<u64>().prop_map(Fault::Delay),
            Just(Fault::Duplicate),
            Just(Fault::LateDuplicate),
            Just(Fault::Corrupt),
            Just(Fault::MinusOneAfterCommit),
            (-31_622_400i64..=31_622_400).prop_map(Fault::ClockSkew),
            Just(Fault::SignInExpired),
        ];
        let infno = prop::option::of(prop::sample::select(vec!["2102", "1306A", "swipe", "day"]));
        let infno = infno.prop_map(|name| name.map(str::to_owned));
        let rules = (fault, infno, any::<Option<u32>>(), any::<u32>(), prop::option::of("[PH][0-9]{11}"));
        let rules = rules.prop_map(|(fault, infno, times, after, institution)| FaultRule {
            fault,
            infno,
            times,
            after,
            institution,
        });
        rules.prop_filter("never strikes", |rule| {
            rule.fault.strikes_datagrams() || !rule.infno.as_deref().is_some_and(is_datagram)
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(rule in rules()) {
            prop_assert_eq!(rule.to_string().parse::<FaultRule>(), Ok(rule));
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = text.parse::<FaultRule>();
        }
    }
}
