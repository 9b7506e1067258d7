//! Business time: Asia/Shanghai, which has been UTC+8 without daylight saving since 1992.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::{Date, OffsetDateTime, PrimitiveDateTime, UtcOffset};

/// Offset of business time from UTC in seconds.
pub const SHANGHAI_OFFSET_SECONDS: i32 = 8 * 3600;

/// A moment in business time with a resolution of one millisecond; on the wire `yyyy-MM-dd HH:mm:ss` (19 characters).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BusinessTime(PrimitiveDateTime);

/// A text is not a date or time of the platform's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotATime;

impl fmt::Display for NotATime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a date of the form yyyy-MM-dd or a time of the form yyyy-MM-dd HH:mm:ss")
    }
}

impl core::error::Error for NotATime {}

impl BusinessTime {
    /// From milliseconds since 1970-01-01 00:00:00 UTC. Moments outside the years 1 to 9999 are moved to the nearest end.
    pub fn from_unix_millis(millis: i64) -> Self {
        let nanos = i128::from(millis) * 1_000_000;
        let utc = OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(if millis < 0 {
            OffsetDateTime::UNIX_EPOCH
        } else {
            LATEST
        });
        let utc = utc.min(LATEST).max(OffsetDateTime::UNIX_EPOCH);
        let local = utc.to_offset(shanghai());
        Self(PrimitiveDateTime::new(local.date(), local.time()))
    }

    /// Milliseconds since 1970-01-01 00:00:00 UTC.
    pub fn unix_millis(self) -> i64 {
        let nanos = self.0.assume_offset(shanghai()).unix_timestamp_nanos();
        i64::try_from(nanos / 1_000_000).unwrap_or(i64::MAX)
    }

    /// The business day as `yyyy-MM-dd`.
    pub fn date(self) -> String {
        let date = self.0.date();
        format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
    }

    /// `yyyyMMddHHmmss`, as in message ids.
    pub fn compact(self) -> String {
        let (date, clock) = (self.0.date(), self.0.time());
        format!(
            "{:04}{:02}{:02}{:02}{:02}{:02}",
            date.year(),
            u8::from(date.month()),
            date.day(),
            clock.hour(),
            clock.minute(),
            clock.second()
        )
    }

    /// `yyyyMMddHHmmssSSS`, as in `refmsg_time` and `respond_time`.
    pub fn compact_millis(self) -> String {
        format!("{}{:03}", self.compact(), self.0.time().millisecond())
    }

    /// Reads `yyyyMMddHHmmss`.
    pub fn parse_compact(text: &str) -> Result<Self, NotATime> {
        if text.len() != 14 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotATime);
        }
        let part =
            |from: usize, to: usize| text.get(from..to).and_then(|s| s.parse::<u16>().ok()).ok_or(NotATime);
        build(part(0, 4)?, part(4, 6)?, part(6, 8)?, part(8, 10)?, part(10, 12)?, part(12, 14)?)
    }

    /// Midnight at the start of a business day given as `yyyy-MM-dd`.
    pub fn parse_date(text: &str) -> Result<Self, NotATime> {
        let (year, month, day) = split_date(text)?;
        build(year, month, day, 0, 0, 0)
    }

    /// The next midnight: the first moment of the following business day.
    pub fn next_midnight(self) -> Self {
        let day = self.0.date().next_day().unwrap_or(Date::MAX);
        Self(PrimitiveDateTime::new(day, time::Time::MIDNIGHT))
    }
}

impl fmt::Display for BusinessTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clock = self.0.time();
        write!(f, "{} {:02}:{:02}:{:02}", self.date(), clock.hour(), clock.minute(), clock.second())
    }
}

impl fmt::Debug for BusinessTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for BusinessTime {
    type Err = NotATime;

    /// Reads `yyyy-MM-dd HH:mm:ss`, and nothing else.
    fn from_str(text: &str) -> Result<Self, NotATime> {
        let (date, clock) = text.split_once(' ').ok_or(NotATime)?;
        let (year, month, day) = split_date(date)?;
        if clock.len() != 8 {
            return Err(NotATime);
        }
        let mut parts = clock.split(':').map(|p| number(p, 2));
        let mut part = || parts.next().ok_or(NotATime)?;
        let (hour, minute, second) = (part()?, part()?, part()?);
        build(year, month, day, hour, minute, second)
    }
}

impl Serialize for BusinessTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BusinessTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The last moment that the wire can carry: 9999-12-31 23:59:59 in business time.
const LATEST: OffsetDateTime = time::macros::datetime!(9999-12-31 15:59:59 UTC);

fn shanghai() -> UtcOffset {
    UtcOffset::from_whole_seconds(SHANGHAI_OFFSET_SECONDS).unwrap_or(UtcOffset::UTC)
}

fn split_date(text: &str) -> Result<(u16, u16, u16), NotATime> {
    if text.len() != 10 {
        return Err(NotATime);
    }
    let mut parts = text.split('-');
    let mut part = |width| number(parts.next().ok_or(NotATime)?, width);
    Ok((part(4)?, part(2)?, part(2)?))
}

fn number(text: &str, width: usize) -> Result<u16, NotATime> {
    if text.len() != width || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NotATime);
    }
    text.parse().map_err(|_| NotATime)
}

fn build(
    year: u16,
    month: u16,
    day: u16,
    hour: u16,
    minute: u16,
    second: u16,
) -> Result<BusinessTime, NotATime> {
    let byte = |n: u16| u8::try_from(n).map_err(|_| NotATime);
    let month = time::Month::try_from(byte(month)?).map_err(|_| NotATime)?;
    if year == 0 {
        return Err(NotATime);
    }
    let date = Date::from_calendar_date(i32::from(year), month, byte(day)?).map_err(|_| NotATime)?;
    let clock = time::Time::from_hms(byte(hour)?, byte(minute)?, byte(second)?).map_err(|_| NotATime)?;
    Ok(BusinessTime(PrimitiveDateTime::new(date, clock)))
}

#[cfg(test)]
mod tests {
    use super::*;

    // `TZ=Asia/Shanghai date -d @1785571199 '+%F %T'` prints 2026-08-01 15:59:59.
    const MOMENT: i64 = 1_785_571_199_123;

    #[test]
    fn shanghai_is_eight_hours_ahead() {
        let moment = BusinessTime::from_unix_millis(MOMENT);
        assert_eq!(moment.to_string(), "2026-08-01 15:59:59");
        assert_eq!(moment.compact(), "20260801155959");
        assert_eq!(moment.compact_millis(), "20260801155959123");
        assert_eq!(moment.unix_millis(), MOMENT);
        assert_eq!(moment.next_midnight().to_string(), "2026-08-02 00:00:00");
    }

    #[test]
    fn only_the_exact_form_is_read() {
        assert_eq!("2024-02-29 23:59:59".parse::<BusinessTime>().unwrap().compact(), "20240229235959");
        assert_eq!(BusinessTime::parse_compact("20240229235959").unwrap().to_string(), "2024-02-29 23:59:59");
        for bad in [
            "2023-02-29 00:00:00",
            "2024-13-01 00:00:00",
            "2024-01-01T00:00:00",
            "2024-01-01 24:00:00",
            "2024-1-01 00:00:00",
            "2024-01-01 00:00",
            "2024-01-01 00:00:00 ",
            "2024-01-01 +1:00:00",
            "",
        ] {
            assert_eq!(bad.parse::<BusinessTime>(), Err(NotATime), "{bad}");
        }
        assert!(BusinessTime::parse_date("2024-02-30").is_err());
        assert!(BusinessTime::parse_date("２024-02-3").is_err());
    }

    #[test]
    fn extreme_clocks_do_not_panic() {
        for millis in [i64::MIN, -1, 0, i64::MAX] {
            assert_eq!(BusinessTime::from_unix_millis(millis).to_string().len(), 19);
        }
    }
}
