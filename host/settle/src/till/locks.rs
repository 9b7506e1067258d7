//! Who works on what inside this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

/// One lock per name, kept only while somebody uses it.
#[derive(Default)]
pub(super) struct Locks(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl Locks {
    /// Waits until nobody else works on `name`.
    pub(super) async fn acquire(&self, name: &str) -> OwnedMutexGuard<()> {
        self.slot(name).lock_owned().await
    }

    /// `None` when somebody works on `name`.
    pub(super) fn try_acquire(&self, name: &str) -> Option<OwnedMutexGuard<()>> {
        self.slot(name).try_lock_owned().ok()
    }

    fn slot(&self, name: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, lock| Arc::strong_count(lock) > 1);
        Arc::clone(all.entry(name.to_owned()).or_default())
    }
}
