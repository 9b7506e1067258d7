//! The card-key service: opens generation-3 cards for institutions that may ask.
//!
//! Same envelope and signature as a transaction. No sign-in and no stored answer: a repeated question gets the same
//! answer anyway, and the challenges inside it are the card's. Each request of a known sender is limited and recorded.

use serde_json::{Value, json};
use yika_platform::envelope::Request;
use yika_platform::hex;
use yika_platform::keyservice::{CardAuthInput, CardAuthOutput, CardAuthResult, CardAuthRow, INFNO};
use yika_protocol::card_keys::{Algorithm, CardKeyScheme, KeyAnswer, KeyRequest, MasterKeys};
use yika_protocol::fault::centre as faults;
use yika_protocol::identity::{Region, Secret};

use crate::StoreError;
use crate::engine::{Arrival, Caller, Departure, Engine};
use crate::refusal::{Refusal, Stop};
use crate::store::Work;

impl Engine {
    /// Answers a request to the key service. `per_minute` is the limit of one institution.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) fn card_auth(&self, arrival: &Arrival<'_>, per_minute: u32) -> Result<Departure, StoreError> {
        self.question(arrival, |work, request, caller| {
            let answered = open_card(work, request, caller, arrival.now, per_minute);
            let outcome = match &answered {
                Ok(_) => "ok".to_owned(),
                Err(Stop::Refused(refusal)) => refusal.fault.code().to_string(),
                Err(Stop::Failed(_)) => return answered,
            };
            record(work, request, &outcome, arrival.now)?;
            answered
        })
    }
}

fn open_card(
    work: &Work<'_>,
    request: &Request,
    caller: &Caller<'_>,
    now: i64,
    per_minute: u32,
) -> Result<Value, Stop> {
    let institution = &caller.institution;
    if !institution.active {
        return Err(Stop::refused(&faults::INSTITUTION_INACTIVE));
    }
    if !institution.card_auth {
        return Err(Stop::refused(&faults::CARD_AUTH_NOT_ALLOWED));
    }
    if work.card_auths_since(&institution.code, now.saturating_sub(60_000))? >= per_minute {
        return Err(Stop::refused(&faults::CARD_AUTH_LIMIT));
    }
    caller.asks(request, INFNO, now)?;
    let row = read(request)?;
    let key_request = key_request(&row)?;
    let masters = work
        .card_masters(key_request.region.as_str())?
        .ok_or_else(|| Stop::refused_with(&faults::CARD_KEY_UNKNOWN, key_request.region.as_str()))?;
    let scheme = CardKeyScheme::by_name(&masters.scheme)
        .ok_or_else(|| StoreError("a card key row names an unknown scheme".into()))?;
    let keys = MasterKeys { internal: Secret::new(*masters.irk), read_ssse: Secret::new(*masters.rk_ssse) };
    let KeyAnswer { internal_result, external_cryptogram, .. } = keys
        .answer(scheme, &key_request)
        .map_err(|e| Stop::Refused(Refusal::with(&faults::CARD_AUTH_INPUT, e)))?;
    let data = CardAuthResult {
        int_result: hex::upper(&internal_result),
        ext_result: hex::upper(&external_cryptogram),
    };
    Ok(json!(CardAuthOutput { data }))
}

fn read(request: &Request) -> Result<CardAuthRow, Stop> {
    let input: CardAuthInput = serde_json::from_value(request.input.clone())
        .map_err(|_| Stop::refused_with(&faults::CARD_AUTH_INPUT, "fields of data"))?;
    Ok(input.data)
}

fn key_request(row: &CardAuthRow) -> Result<KeyRequest, Stop> {
    let wrong = |field: &str| Stop::refused_with(&faults::CARD_AUTH_INPUT, field);
    let eight = |text: &str, field: &str| hex::bytes::<8>(text).ok_or_else(|| wrong(field));
    let region: Region = row.region.parse().map_err(|_| wrong("region"))?;
    let identification_code = hex::bytes::<16>(&row.card_sn).ok_or_else(|| wrong("card_sn"))?;
    // The identification code starts with the issuing region.
    if row.card_sn.get(..6) != Some(region.as_str()) {
        return Err(wrong("region, card_sn"));
    }
    let algorithm = match row.algorithm.as_str() {
        "01" => Algorithm::TripleDes,
        "02" => Algorithm::Ssf33,
        "03" => Algorithm::Sm4,
        _ => return Err(wrong("algorithm")),
    };
    // 8 to 15 historical bytes; the last eight are the card's factor.
    let reset_info = yika_platform::hex::vec(&row.reset_info).ok_or_else(|| wrong("reset_info"))?;
    let card_factor = match reset_info.last_chunk::<8>() {
        Some(factor) if reset_info.len() <= 15 => *factor,
        _ => return Err(wrong("reset_info")),
    };
    Ok(KeyRequest {
        region,
        reset_info: reset_info.into_iter().collect(),
        card_factor,
        algorithm,
        identification_code,
        internal_process: eight(&row.int_factor, "int_factor")?,
        internal_original: eight(&row.int_data, "int_data")?,
        // The terminal compares; the centre is not told what the card answered.
        internal_result: [0; 8],
        external_process: eight(&row.ext_factor, "ext_factor")?,
        external_original: eight(&row.ext_data, "ext_data")?,
    })
}

fn record(work: &Work<'_>, request: &Request, outcome: &str, now: i64) -> Result<(), StoreError> {
    let text = |field: &str, longest: usize| -> String {
        let value =
            request.input.get("data").and_then(|data| data.get(field)).and_then(|value| value.as_str());
        value.unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).take(longest).collect()
    };
    let (card_sn, region, algorithm) = (text("card_sn", 32), text("region", 6), text("algorithm", 2));
    work.add_card_auth(&request.fixmedins_code, &request.msgid, (&card_sn, &region, &algorithm), outcome, now)
}
