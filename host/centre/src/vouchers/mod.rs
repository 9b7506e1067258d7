//! E-vouchers at the centre: codes are issued, decoded once, and pay for one purchase.
//!
//! ```text
//! issued ──(60 s)── decoded for one institution and purchase ──(10 min)── spent by one message
//! ```
//!
//! A code lives as long as those on phones do, about a minute. How long a token lives is not published: ten minutes is
//! assumed, long enough for a purchase whose first attempt never left the till. Decoding a code again for the same
//! purchase gives the same token; anything else is a reuse. All of it is checked after the id of the message, so that a
//! message that comes twice never fails for its code.

mod issue;
mod query;

use yika_platform::ec::{DecodeRow, DecodedRow};
use yika_platform::personal::Personal;
use yika_protocol::fault::centre as faults;
use zeroize::Zeroizing;

use crate::refusal::Stop;
use crate::store::{Institution, Person, Voucher, Work};
use crate::{Random, StoreError};

/// How long a code may be decoded, in seconds.
const CODE_SECONDS: u32 = 60;
/// How long a token may be used, in milliseconds. Assumed.
const TOKEN_MILLIS: i64 = 10 * 60_000;
/// How long an expired code that nobody used is remembered, so that the refusal can say why. In milliseconds.
const MEMORY_MILLIS: i64 = 24 * 3_600_000;

/// Characters of codes and tokens: digits and capitals without those that are taken for one another. 32 of them, so that
/// five random bits are one character.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKLMNPQRSTUVWX";
const CODE_LENGTH: usize = 28;
const TOKEN_LENGTH: usize = 32;

/// Turns a scanned code into token and person.
pub(crate) fn decode(
    work: &Work<'_>,
    institution: &Institution,
    row: &DecodeRow,
    now: i64,
    random: &dyn Random,
) -> Result<DecodedRow, Stop> {
    if row.org_id != institution.code {
        return Err(Stop::refused_with(&faults::FIELDS, "orgId"));
    }
    let purchase = (!row.business_info.is_empty()).then_some(row.business_info.as_str());
    let (voucher, token) = token_of(work, institution, row.ec_qr_code.expose(), purchase, now, random)?;
    let person = work.person(&voucher.psn_no)?.ok_or_else(|| Stop::refused(&faults::PERSON_UNKNOWN))?;
    let insu_org = work
        .insurances(&person.psn_no)?
        .into_iter()
        .next()
        .map(|insurance| insurance.insuplc_admdvs)
        .ok_or_else(|| Stop::refused(&faults::NOT_INSURED))?;
    let identity = &person.identity;
    Ok(DecodedRow {
        user_name: identity.psn_name.clone(),
        id_no: identity.certno.clone(),
        id_type: identity.psn_cert_type.clone(),
        ec_token: Personal::new(token.as_str()),
        insu_org,
        auth_no: None,
        ec_index_no: None,
        gender: Some(identity.gend.clone()),
        birthday: Some(Personal::new(identity.brdy.as_str())),
        nationality: None,
        email: None,
    })
}

/// Decodes a code and gives its token to this very purchase, in one step: what a swipe does. The purchase is the message
/// itself, so a code that was swiped once pays for nothing else.
pub(crate) fn redeem(
    work: &Work<'_>,
    institution: &Institution,
    code: &str,
    msgid: &str,
    now: i64,
    random: &dyn Random,
) -> Result<(Person, Voucher), Stop> {
    let (_, token) = token_of(work, institution, code, Some(msgid), now, random)?;
    let holder = holder(work, institution, &token, msgid, now)?;
    holder.ok_or_else(|| StoreError("a token that was just given out is gone".into()).into())
}

/// The token of a code, which is decoded by this when it was not yet.
fn token_of(
    work: &Work<'_>,
    institution: &Institution,
    code: &str,
    purchase: Option<&str>,
    now: i64,
    random: &dyn Random,
) -> Result<(Voucher, Zeroizing<String>), Stop> {
    let voucher = work.voucher_by_code(code)?.ok_or_else(|| Stop::refused(&faults::CODE_UNKNOWN))?;
    let purchase = purchase.map(|purchase| work.purchase_key(&institution.code, purchase));
    let token = match &voucher.decoded {
        Some(decoded) => {
            let same = decoded.fixmedins_code == institution.code
                && purchase.is_some()
                && decoded.purchase == purchase;
            if !same {
                return Err(Stop::refused(&faults::CODE_USED));
            }
            if now >= decoded.expires {
                return Err(Stop::refused(&faults::CODE_EXPIRED));
            }
            work.voucher_token(&voucher)?.unwrap_or_default()
        }
        None if now >= voucher.expires => return Err(Stop::refused(&faults::CODE_EXPIRED)),
        None => {
            let token = draw(random, TOKEN_LENGTH)?;
            let until = now.saturating_add(TOKEN_MILLIS);
            work.decode_voucher(&voucher, &institution.code, purchase.as_deref(), &token, until)?;
            token
        }
    };
    Ok((voucher, token))
}

/// The person behind a token that was given out here, when it may still be used by this institution and message. `None`
/// when no such token was given out.
pub(crate) fn holder(
    work: &Work<'_>,
    institution: &Institution,
    token: &str,
    msgid: &str,
    now: i64,
) -> Result<Option<(Person, Voucher)>, Stop> {
    let Some(voucher) = work.voucher_by_token(token)? else { return Ok(None) };
    let Some(decoded) = &voucher.decoded else { return Ok(None) };
    if decoded.fixmedins_code != institution.code {
        return Err(Stop::refused(&faults::CODE_FOREIGN));
    }
    if decoded.spent.as_deref().is_some_and(|spent| spent != msgid) {
        return Err(Stop::refused(&faults::CODE_USED));
    }
    if now >= decoded.expires {
        return Err(Stop::refused(&faults::CODE_EXPIRED));
    }
    let person = work.person(&voucher.psn_no)?.ok_or_else(|| Stop::refused(&faults::PERSON_UNKNOWN))?;
    Ok(Some((person, voucher)))
}

/// Unguessable text.
fn draw(random: &dyn Random, length: usize) -> Result<Zeroizing<String>, StoreError> {
    let mut bytes = Zeroizing::new(vec![0; length]);
    random.fill(&mut bytes).map_err(|e| StoreError(format!("random bytes: {e}")))?;
    let character = |byte: &u8| ALPHABET.get(usize::from(byte & 31)).copied().map_or('0', char::from);
    Ok(Zeroizing::new(bytes.iter().map(character).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SequenceRandom;

    #[test]
    fn codes_have_28_characters_and_do_not_repeat() {
        let random = SequenceRandom::new(1);
        let codes: std::collections::BTreeSet<String> =
            (0..1000).map(|_| draw(&random, CODE_LENGTH).unwrap().to_string()).collect();
        assert_eq!(codes.len(), 1000);
        assert!(codes.iter().all(|code| code.len() == 28 && code.bytes().all(|b| ALPHABET.contains(&b))));
    }
}
