//! The key service of third-generation cards, over the site's wire and signed with the site's key.

use std::sync::Arc;

use ring::rand::SystemRandom;
use yika_driver::keys::{KeyService, KeyServiceError};
use yika_platform::hex;
use yika_platform::keyservice::CardAuthRow;
use yika_protocol::card_keys::{KeyAnswer, KeyRequest};
use yika_settle::Deps;
use yika_settle::keyservice::{KeyServiceClient, KeyServiceError as ClientError};

use crate::failure::Failure;
use crate::output::Console;
use crate::site::Site;
use crate::till::{self, Machine};

/// A service at this address. Nothing is sent until a card asks.
pub(crate) fn connect(url: &str, site: &Site, console: &Console) -> Result<Arc<dyn KeyService>, Failure> {
    let config = till::config(site, None, till::signing_key(site, console)?)?;
    let deps = Deps::new(Arc::new(Machine), Arc::new(SystemRandom::new()), Arc::new(till::transport(site)?));
    Ok(Arc::new(OverTheWire { client: KeyServiceClient::new(url, config, deps)? }))
}

struct OverTheWire {
    client: KeyServiceClient,
}

impl KeyService for OverTheWire {
    /// Called on a thread of the driver, which stops waiting when this is slow.
    fn authenticate(&self, request: &KeyRequest) -> Result<KeyAnswer, KeyServiceError> {
        let unreachable = |detail: String| KeyServiceError::Unreachable { detail };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| unreachable(error.to_string()))?;
        let result = runtime.block_on(self.client.card_auth(row(request))).map_err(|error| match error {
            ClientError::Refused(_, words) => KeyServiceError::Refused { detail: words },
            ClientError::NoAnswer(words) => unreachable(words),
        })?;
        let cryptogram =
            |text: &str| hex::bytes::<8>(text).ok_or_else(|| unreachable("not 16 hex digits".to_owned()));
        Ok(KeyAnswer {
            internal_result: cryptogram(&result.int_result)?,
            internal_original: request.internal_original,
            external_cryptogram: cryptogram(&result.ext_result)?,
            external_original: request.external_original,
        })
    }
}

/// What the card said, as the service wants it. The card's own answer stays here: the driver compares.
fn row(request: &KeyRequest) -> CardAuthRow {
    CardAuthRow {
        region: request.region.as_str().to_owned(),
        reset_info: hex::upper(&request.reset_info),
        algorithm: request.algorithm.to_string(),
        card_sn: hex::upper(&request.identification_code),
        int_factor: hex::upper(&request.internal_process),
        int_data: hex::upper(&request.internal_original),
        ext_factor: hex::upper(&request.external_process),
        ext_data: hex::upper(&request.external_original),
    }
}
