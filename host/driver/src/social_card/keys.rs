//! Asking the key service while the card waits, and no longer than the card may wait.

use crate::keys::{KeyService, KeyServiceError};
use std::{
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};
use yika_protocol::card_keys::{KeyAnswer, KeyRequest};

/// One call to the key service, on a thread of its own: the service may hang, the card must not.
pub(super) struct KeyCall(mpsc::Receiver<Result<KeyAnswer, KeyServiceError>>);

impl KeyCall {
    pub(super) fn start(service: &Arc<dyn KeyService>, request: KeyRequest) -> Self {
        let service = Arc::clone(service);
        let (done, result) = mpsc::sync_channel(1);
        let call = move || {
            let _ = done.send(service.authenticate(&request));
        };
        // Without a thread the sender is gone at once, which reads as "unreachable".
        let _ = thread::Builder::new().name("yika-keys".to_owned()).spawn(call);
        KeyCall(result)
    }

    /// The answer, or [`KeyServiceError::Slow`] when it is not there within `limit`.
    pub(super) fn wait(&self, limit: Duration) -> Result<KeyAnswer, KeyServiceError> {
        match self.0.recv_timeout(limit) {
            Ok(answer) => answer,
            Err(mpsc::RecvTimeoutError::Timeout) => Err(KeyServiceError::Slow),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                Err(KeyServiceError::Unreachable { detail: "the call ended without an answer".to_owned() })
            }
        }
    }
}
