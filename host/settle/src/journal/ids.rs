//! Message ids that never repeat: second of business time and a number of the workstation's own range.

use rusqlite::{OptionalExtension, Transaction};
use yika_platform::business_time::BusinessTime;
use yika_platform::msgid::MsgId;

use super::sql_error;
use crate::config::SeqRange;
use crate::error::JournalError;

/// The next id. The mark moves in the caller's transaction, so an id exists only together with what it was taken for.
///
/// The second is the clock's, or the mark's when the clock stepped back; when the range is used up within a second
/// the next second is begun early.
pub(super) fn allocate(
    transaction: &Transaction<'_>,
    institution: &str,
    range: SeqRange,
    now_ms: i64,
) -> Result<MsgId, JournalError> {
    let mark: Option<(i64, i64)> = transaction
        .query_row(
            "SELECT second_ms, sequence FROM msgid_mark WHERE institution = ?1",
            [institution],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()
        .map_err(sql_error)?;
    let (second_ms, sequence) = next(mark, range, now_ms);
    transaction
        .execute(
            "INSERT INTO msgid_mark (institution, second_ms, sequence) VALUES (?1, ?2, ?3)
             ON CONFLICT (institution) DO UPDATE SET second_ms = excluded.second_ms, sequence = excluded.sequence",
            (institution, second_ms, sequence),
        )
        .map_err(sql_error)?;
    let sequence = u16::try_from(sequence).map_err(|_| JournalError::Ids)?;
    MsgId::new(institution, BusinessTime::from_unix_millis(second_ms), sequence)
        .map_err(|_| JournalError::Ids)
}

fn next(mark: Option<(i64, i64)>, range: SeqRange, now_ms: i64) -> (i64, i64) {
    let (first, last) = (i64::from(range.first()), i64::from(range.last()));
    let now_second = now_ms - now_ms.rem_euclid(1000);
    match mark {
        Some((second, sequence)) if second >= now_second => {
            if sequence >= first && sequence < last {
                (second, sequence + 1)
            } else if sequence < first {
                (second, first)
            } else {
                (second + 1000, first)
            }
        }
        _ => (now_second, first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn range(first: u16, last: u16) -> SeqRange {
        SeqRange::new(first, last).unwrap()
    }

    #[test]
    fn the_clock_gives_the_second_and_the_range_the_number() {
        assert_eq!(next(None, range(100, 199), 5_250), (5_000, 100));
        assert_eq!(next(Some((5_000, 100)), range(100, 199), 5_999), (5_000, 101));
        assert_eq!(next(Some((5_000, 101)), range(100, 199), 6_000), (6_000, 100));
    }

    #[test]
    fn a_clock_that_steps_back_goes_on_from_the_mark() {
        assert_eq!(next(Some((9_000, 100)), range(100, 199), 5_000), (9_000, 101));
    }

    #[test]
    fn a_used_up_range_begins_the_next_second_early() {
        assert_eq!(next(Some((5_000, 199)), range(100, 199), 5_500), (6_000, 100));
        assert_eq!(next(Some((6_000, 100)), range(100, 199), 5_600), (6_000, 101));
    }

    #[test]
    fn a_changed_range_never_repeats_either() {
        let mut seen = HashSet::new();
        let mut mark = None;
        let ranges = [range(0, 2), range(5, 5), range(1, 9), range(0, 0)];
        for step in 0..10_000_i64 {
            // The clock wanders back and forth.
            let now = 50_000 + (step * 7919) % 9_000;
            let taken = next(mark, ranges[(step % 4) as usize], now);
            assert!(seen.insert(taken), "{taken:?} twice");
            mark = Some(taken);
        }
    }
}
