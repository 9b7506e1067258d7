//! Which key service a card is opened by: the terminal's own module first, the centre where the field goes there.

use std::sync::Arc;

use yika_protocol::card_keys::{KeyAnswer, KeyRequest};

use super::{KeyService, KeyServiceError, PsamKeys};

/// The PSAM, and the centre when the PSAM is missing (-2201), lacks the algorithm (-2202), the read key (-2203) or
/// another key (-27272), or has keys of another level (-24). Any other failure of the PSAM is the answer.
pub struct PsamFirst {
    psam: PsamKeys,
    centre: Option<Arc<dyn KeyService>>,
}

impl PsamFirst {
    /// `centre` is asked second, if there is one.
    pub fn new(psam: PsamKeys, centre: Option<Arc<dyn KeyService>>) -> Self {
        PsamFirst { psam, centre }
    }
}

impl KeyService for PsamFirst {
    fn authenticate(&self, request: &KeyRequest) -> Result<KeyAnswer, KeyServiceError> {
        match (self.psam.authenticate(request), &self.centre) {
            (Err(KeyServiceError::Psam(failure)), Some(centre)) if failure.other_may_help() => {
                tracing::info!(%failure, "the card goes to the centre's key service");
                centre.authenticate(request)
            }
            (answer, _) => answer,
        }
    }
}
