//! Everything that is **assumed** about the keys of the social security card, in one place.
//!
//! Public sources agree on the frame: a master key per purpose, derived in two steps (region, card), and an
//! authentication in which a *process factor* (the card's challenge) makes a session key and the *original data* is
//! encrypted under it. They leave open some inner steps, above all for SM4 (algorithm 03). Those steps are switches of
//! [`CardKeyScheme`]; a province that does it otherwise needs another switch, not other code.
//!
//! | step | status |
//! |---|---|
//! | region factor: six ASCII digits of the region and `73 78` | known |
//! | card factor: last eight historical bytes of the answer to reset | known for contact, assumed for contactless |
//! | derivation 3DES: `E(K, f) ‖ E(K, ¬f)` | assumed (the bank cards' way, PBOC 2.0 / JR/T 0025) |
//! | derivation SM4: `E(K, f ‖ ¬f)` | assumed (JR/T 0025 with SM4) |
//! | session key 3DES: eight bytes `E(K, p)`, then single DES of the original data | field note; switch [`DesSession`] |
//! | session key SM4 and the fold of 16 bytes to 8 | assumed; switches [`Sm4Block`], [`Sm4Result`] |
//! | algorithm 02 (SSF33) | not public: refused |
//! | key numbers, derivation levels and SM4 form of a PSAM | assumed; switches [`PsamScheme`] |
//!
//! Used by the models of card and PSAM, by the key service of the centre, by the PSAM session and, later, by the firmware.

use core::fmt;

use cipher::{Block, BlockCipherEncrypt, KeyInit};
use des::{Des, TdesEde2};
use sm4::Sm4;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use crate::{
    fault::{self, Fault},
    identity::{Region, Secret},
};

mod exchange;
mod psam;

pub use exchange::{KeyAnswer, KeyAnswerError, KeyRequest, MasterKeys};
pub use psam::{PSAM_APPLICATION, PsamKey, PsamLevels, PsamRefusal, PsamScheme, PsamSm4};

/// A 16-byte key: 3DES with two parts, or SM4.
pub type CardKey = Secret<16>;

/// The algorithm identifier of the card (算法标识), from tag `9F0C` of the FCI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// `01`: DES/3DES.
    TripleDes,
    /// `02`: SSF33, which is not public.
    Ssf33,
    /// `03`: SM4 (GB/T 32907).
    Sm4,
}

impl Algorithm {
    /// From the identifier byte.
    pub fn from_id(id: u8) -> Option<Self> {
        match id {
            1 => Some(Self::TripleDes),
            2 => Some(Self::Ssf33),
            3 => Some(Self::Sm4),
            _ => None,
        }
    }

    /// The identifier byte.
    pub fn id(self) -> u8 {
        match self {
            Self::TripleDes => 1,
            Self::Ssf33 => 2,
            Self::Sm4 => 3,
        }
    }
}

impl fmt::Display for Algorithm {
    /// Two digits, as drivers and platforms write it: `01`, `02`, `03`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.id())
    }
}

/// SSF33 is not public, so nobody outside a hardware module can compute with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlgorithmRefused;

impl AlgorithmRefused {
    /// The coded fault.
    pub fn fault(self) -> &'static Fault {
        &fault::card::ALGORITHM_REFUSED
    }
}

impl fmt::Display for AlgorithmRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("algorithm 02 (SSF33) is not supported")
    }
}

impl core::error::Error for AlgorithmRefused {}

/// How the 3DES session key is made and used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DesSession {
    /// Eight bytes `3DES(K, p)`; the result is `DES(S, o)`.
    #[default]
    Single,
    /// Sixteen bytes `3DES(K, p) ‖ 3DES(K, ¬p)`; the result is `3DES(S, o)`.
    Double,
}

/// How eight bytes fill a block of SM4.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sm4Block {
    /// `x ‖ ¬x`.
    #[default]
    Complement,
    /// `x ‖ 00 00 00 00 00 00 00 00`.
    ZeroPadded,
}

/// How sixteen bytes of SM4 output become an eight-byte result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sm4Result {
    /// Left half XOR right half.
    #[default]
    FoldXor,
    /// Left half.
    LeftHalf,
}

/// The switches over what is assumed. `Default` is `assumed-1`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CardKeyScheme {
    /// 3DES session key.
    pub des_session: DesSession,
    /// SM4 block of the authentication (session key and result).
    pub sm4_block: Sm4Block,
    /// SM4 result.
    pub sm4_result: Sm4Result,
}

impl CardKeyScheme {
    /// The scheme that profiles call `assumed-1`.
    pub const ASSUMED_1: Self = Self {
        des_session: DesSession::Single,
        sm4_block: Sm4Block::Complement,
        sm4_result: Sm4Result::FoldXor,
    };

    /// The scheme that profiles call `assumed-2`.
    pub const ASSUMED_2: Self = Self {
        des_session: DesSession::Double,
        sm4_block: Sm4Block::ZeroPadded,
        sm4_result: Sm4Result::LeftHalf,
    };

    /// By the name in a profile, a seed or a card specification.
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "assumed-1" => Some(Self::ASSUMED_1),
            "assumed-2" => Some(Self::ASSUMED_2),
            _ => None,
        }
    }

    /// The key one level below `key` for an eight-byte factor.
    pub fn derive(
        self,
        algorithm: Algorithm,
        key: &CardKey,
        factor: &[u8; 8],
    ) -> Result<CardKey, AlgorithmRefused> {
        match algorithm {
            Algorithm::TripleDes => Ok(derive_3des(key, factor)),
            Algorithm::Sm4 => Ok(Secret::new(sm4(key.expose(), &block(factor, Sm4Block::Complement)))),
            Algorithm::Ssf33 => Err(AlgorithmRefused),
        }
    }

    /// The key of one card: master → region → card.
    pub fn card_key(
        self,
        algorithm: Algorithm,
        master: &CardKey,
        region: &Region,
        card_factor: &[u8; 8],
    ) -> Result<CardKey, AlgorithmRefused> {
        let regional = self.derive(algorithm, master, &region_factor(region))?;
        self.derive(algorithm, &regional, card_factor)
    }

    /// The eight-byte cryptogram of internal and external authentication under a card key.
    pub fn cryptogram(
        self,
        algorithm: Algorithm,
        card_key: &CardKey,
        process_factor: &[u8; 8],
        original: &[u8; 8],
    ) -> Result<[u8; 8], AlgorithmRefused> {
        match algorithm {
            Algorithm::TripleDes => Ok(match self.des_session {
                DesSession::Single => {
                    let session = Zeroizing::new(tdes(card_key.expose(), process_factor));
                    des_single(&session, original)
                }
                DesSession::Double => tdes(derive_3des(card_key, process_factor).expose(), original),
            }),
            Algorithm::Sm4 => {
                let mut result =
                    self.sm4_cryptogram(card_key, process_factor, &block(original, self.sm4_block));
                let short = shorten(&result, self.sm4_result);
                result.zeroize();
                Ok(short)
            }
            Algorithm::Ssf33 => Err(AlgorithmRefused),
        }
    }

    /// The SM4 step alone, for a security module that gives out whole blocks: a block under the session key.
    pub fn sm4_cryptogram(self, card_key: &CardKey, process_factor: &[u8; 8], plain: &[u8; 16]) -> [u8; 16] {
        let session = Zeroizing::new(sm4(card_key.expose(), &block(process_factor, self.sm4_block)));
        sm4(&session, plain)
    }
}

/// First derivation factor: the six ASCII digits of the region and `73 78` ("sx").
pub fn region_factor(region: &Region) -> [u8; 8] {
    let [a, b, c, d, e, f] = *region.as_bytes();
    [a, b, c, d, e, f, 0x73, 0x78]
}

/// Second derivation factor: the last eight historical bytes of the answer to reset; `None` when there are fewer.
pub fn card_factor(historical: &[u8]) -> Option<[u8; 8]> {
    historical.last_chunk().copied()
}

/// Whether two results are the same, in constant time.
pub fn same(one: &[u8; 8], other: &[u8; 8]) -> bool {
    one.as_slice().ct_eq(other.as_slice()).into()
}

fn derive_3des(key: &CardKey, factor: &[u8; 8]) -> CardKey {
    let [l0, l1, l2, l3, l4, l5, l6, l7] = tdes(key.expose(), factor);
    let [r0, r1, r2, r3, r4, r5, r6, r7] = tdes(key.expose(), &factor.map(|byte| !byte));
    Secret::new([l0, l1, l2, l3, l4, l5, l6, l7, r0, r1, r2, r3, r4, r5, r6, r7])
}

fn block(eight: &[u8; 8], fill: Sm4Block) -> [u8; 16] {
    let mut block = [0; 16];
    let (left, right) = block.split_at_mut(8);
    left.copy_from_slice(eight);
    if fill == Sm4Block::Complement {
        right.copy_from_slice(&eight.map(|byte| !byte));
    }
    block
}

fn shorten(result: &[u8; 16], how: Sm4Result) -> [u8; 8] {
    let mut short = [0; 8];
    let (left, right) = result.split_at(8);
    for ((to, left), right) in short.iter_mut().zip(left).zip(right) {
        *to = match how {
            Sm4Result::FoldXor => left ^ right,
            Sm4Result::LeftHalf => *left,
        };
    }
    short
}

fn tdes(key: &[u8; 16], data: &[u8; 8]) -> [u8; 8] {
    let mut block = Block::<TdesEde2>::from(*data);
    TdesEde2::new(key.into()).encrypt_block(&mut block);
    block.into()
}

fn des_single(key: &[u8; 8], data: &[u8; 8]) -> [u8; 8] {
    let mut block = Block::<Des>::from(*data);
    Des::new(key.into()).encrypt_block(&mut block);
    block.into()
}

fn sm4(key: &[u8; 16], data: &[u8; 16]) -> [u8; 16] {
    let mut block = Block::<Sm4>::from(*data);
    Sm4::new(key.into()).encrypt_block(&mut block);
    block.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Vectors computed with a second implementation (Python `cryptography` over OpenSSL), from the formulas above.
    const FACTOR: [u8; 8] = [0x86, 0x60, 0x21, 0x01, 0x01, 0x00, 0x00, 0x07];
    const PROCESS: [u8; 8] = [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88];
    const ORIGINAL: [u8; 8] = [0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6, 0x07, 0x18];

    fn irk() -> CardKey {
        Secret::new(*b"YIKA-IRK-TEST-01")
    }

    fn region() -> Region {
        "990100".parse().unwrap()
    }

    fn card_key(algorithm: Algorithm) -> u128 {
        let key = CardKeyScheme::default().card_key(algorithm, &irk(), &region(), &FACTOR).unwrap();
        u128::from_be_bytes(*key.expose())
    }

    fn result(scheme: CardKeyScheme, algorithm: Algorithm) -> u64 {
        let key = scheme.card_key(algorithm, &irk(), &region(), &FACTOR).unwrap();
        u64::from_be_bytes(scheme.cryptogram(algorithm, &key, &PROCESS, &ORIGINAL).unwrap())
    }

    #[test]
    fn factors() {
        assert_eq!(region_factor(&region()), [0x39, 0x39, 0x30, 0x31, 0x30, 0x30, 0x73, 0x78]);
        let historical = [0x00, 0x81, 0x54, 0x31, 0x00, 0x86, 0x60, 0x21, 0x01, 0x01, 0x00, 0x00, 0x07];
        assert_eq!(card_factor(&historical), Some(FACTOR));
        assert_eq!(card_factor(&historical[..7]), None);
    }

    #[test]
    fn derived_keys() {
        let regional =
            CardKeyScheme::default().derive(Algorithm::TripleDes, &irk(), &region_factor(&region())).unwrap();
        assert_eq!(u128::from_be_bytes(*regional.expose()), 0x68DFC24C0F77264F96C43BC91B577460);
        assert_eq!(card_key(Algorithm::TripleDes), 0x4DAB86134D4F1FA4EF3B38C4AC4BA94A);
        assert_eq!(card_key(Algorithm::Sm4), 0x2EE163FD17CEDC02C1BCF84E002B8530);
    }

    #[test]
    fn cryptograms_of_both_schemes() {
        assert_eq!(result(CardKeyScheme::ASSUMED_1, Algorithm::TripleDes), 0x37344DC34C95CA8A);
        assert_eq!(result(CardKeyScheme::ASSUMED_2, Algorithm::TripleDes), 0xCF95FA4A8413753D);
        assert_eq!(result(CardKeyScheme::ASSUMED_1, Algorithm::Sm4), 0x7D9CF15FCC786F3D);
        assert_eq!(result(CardKeyScheme::ASSUMED_2, Algorithm::Sm4), 0x25610307AA77721E);
    }

    #[test]
    fn ssf33_is_refused_everywhere() {
        let scheme = CardKeyScheme::default();
        assert_eq!(scheme.derive(Algorithm::Ssf33, &irk(), &FACTOR), Err(AlgorithmRefused));
        assert_eq!(scheme.cryptogram(Algorithm::Ssf33, &irk(), &PROCESS, &ORIGINAL), Err(AlgorithmRefused));
        assert_eq!(AlgorithmRefused.fault().number, 2003);
    }

    #[test]
    fn schemes_have_names() {
        assert_eq!(CardKeyScheme::by_name("assumed-1"), Some(CardKeyScheme::default()));
        assert_eq!(CardKeyScheme::by_name("assumed-2"), Some(CardKeyScheme::ASSUMED_2));
        assert_eq!(CardKeyScheme::by_name("assumed-3"), None);
    }
}
