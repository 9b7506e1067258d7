//! The module that holds the card master keys and says whether a card answered for a purchase.
//!
//! Here it is software over the keys of the seed. A hardware module is another implementation of [`KeyModule`]; nothing
//! but a yes or no comes out of either.

use std::fmt;
use std::sync::Arc;

use yika_protocol::card_keys::{Algorithm, CardKeyScheme, same};
use yika_protocol::identity::{Region, Secret};

use crate::StoreError;
use crate::engine::Engine;

/// What a card was asked, and what it answered.
#[derive(Clone, Copy)]
pub struct CardProof {
    /// Issuing region: the first six digits of the identification code.
    pub region: Region,
    /// Last eight historical bytes of the answer to reset.
    pub card_factor: [u8; 8],
    /// Algorithm of the card.
    pub algorithm: Algorithm,
    /// Process factor and original data of INTERNAL AUTHENTICATE.
    pub challenge: [u8; 16],
    /// The card's answer.
    pub cryptogram: [u8; 8],
}

impl fmt::Debug for CardProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardProof")
            .field("region", &self.region)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// Why a key module says neither yes nor no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyModuleError {
    /// It has no keys for this region.
    Region,
    /// It does not compute with this algorithm.
    Algorithm,
    /// It does not work at the moment: no answer leaves, and the terminal asks again.
    Unavailable(String),
}

impl fmt::Display for KeyModuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Region => f.write_str("no keys for this region"),
            Self::Algorithm => f.write_str("the algorithm is not supported"),
            Self::Unavailable(why) => write!(f, "the key module does not work: {why}"),
        }
    }
}

impl std::error::Error for KeyModuleError {}

/// Holds card master keys.
pub trait KeyModule: Send + Sync {
    /// Whether a genuine card gives this answer. Called from several threads at once.
    ///
    /// # Errors
    /// [`KeyModuleError`].
    fn is_genuine(&self, proof: &CardProof) -> Result<bool, KeyModuleError>;
}

/// The master keys of the database, in memory while they compute.
pub(super) struct SoftwareModule(pub(super) Arc<Engine>);

impl KeyModule for SoftwareModule {
    fn is_genuine(&self, proof: &CardProof) -> Result<bool, KeyModuleError> {
        let unavailable = |e: StoreError| KeyModuleError::Unavailable(e.to_string());
        let masters =
            self.0.store.read(|work| work.card_masters(proof.region.as_str())).map_err(unavailable)?;
        let masters = masters.ok_or(KeyModuleError::Region)?;
        let scheme = CardKeyScheme::by_name(&masters.scheme)
            .ok_or_else(|| KeyModuleError::Unavailable("a card key row names an unknown scheme".into()))?;
        let master = Secret::new(*masters.irk);
        let (mut process, mut original) = ([0; 8], [0; 8]);
        process.copy_from_slice(&proof.challenge[..8]);
        original.copy_from_slice(&proof.challenge[8..]);
        let answer = scheme
            .card_key(proof.algorithm, &master, &proof.region, &proof.card_factor)
            .and_then(|key| scheme.cryptogram(proof.algorithm, &key, &process, &original))
            .map_err(|_| KeyModuleError::Algorithm)?;
        Ok(same(&answer, &proof.cryptogram))
    }
}
