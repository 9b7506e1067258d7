//! What a terminal is told of a settlement, and of an id that was answered before.

use encoding_rs::GB18030;
use yika_protocol::identity::mask_name;
use yika_protocol::swipe::{Outcome, Settled};

use crate::StoreError;
use crate::store::{IdState, Person, Settlement, SwipeRow, Work};

/// The part of a settlement that goes onto the slip.
pub(super) fn settled(settlement: &Settlement, person: &Person) -> Result<Settled, StoreError> {
    let [acct_pay, fund_pay, cash] = settlement.paid();
    Ok(Settled {
        setl_id: settlement
            .setl_id
            .as_str()
            .try_into()
            .map_err(|_| StoreError("a settlement id is too long".into()))?,
        amount: settlement.medfee_sumamt,
        acct_pay,
        fund_pay,
        cash,
        balance: settlement.balc,
        slip_name: slip_name(person.identity.psn_name.expose()),
    })
}

/// The outcome that stands in a row.
pub(super) fn of_row(work: &Work<'_>, row: &SwipeRow) -> Result<Outcome, StoreError> {
    if row.state != IdState::Answered {
        return Ok(Outcome::Reversed);
    }
    match (&row.setl_id, row.refused) {
        (Some(setl_id), _) => {
            let gone = || StoreError("the settlement of a swipe is gone".into());
            let settlement = work.settlement(setl_id)?.ok_or_else(gone)?;
            let person = work.person(&settlement.psn_no)?.ok_or_else(gone)?;
            Ok(Outcome::Settled(settled(&settlement, &person)?))
        }
        (None, Some(number)) => Ok(Outcome::Refused(number)),
        (None, None) => Err(StoreError("an answered swipe has no outcome".into())),
    }
}

/// The masked name in GB 18030, at most thirty bytes, never half a character.
fn slip_name(name: &str) -> heapless::Vec<u8, 30> {
    let mut bytes = heapless::Vec::new();
    for character in mask_name(name).to_string().chars() {
        let mut buffer = [0; 4];
        let (encoded, _, _) = GB18030.encode(character.encode_utf8(&mut buffer));
        if bytes.extend_from_slice(&encoded).is_err() {
            break;
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_on_the_slip_is_masked_and_cut_between_characters() {
        // 沈 is C9 F2 in GB 18030.
        assert_eq!(slip_name("沈一禾").as_slice(), [0xC9, 0xF2, b'*', b'*']);
        assert_eq!(slip_name("沈").as_slice(), b"*");
        let long = slip_name(&"沈".repeat(60));
        assert_eq!((long.len(), &long[..3]), (30, &[0xC9, 0xF2, b'*'][..]));
    }
}
