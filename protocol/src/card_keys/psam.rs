//! What is assumed about the security module of a terminal, the PSAM.
//!
//! Known from the field is the write key of 3DES cards: the application `D1 56 00 00 05 90`, `BF DE 48 12 18` with card
//! factor, region factor and challenge, then `80 FA`. Known, too, how the usage byte is made: number of derivation
//! levels in the upper three bits, kind of key in the lower five (8: MAC and encryption). Everything else here is
//! assumed and switchable.
//!
//! | what | `assumed-1` | `assumed-2` |
//! |---|---|---|
//! | keys in the module | masters: two derivation levels, usage `48` | keys of one region: one level, usage `28` |
//! | key numbers, 3DES | internal `11`, update `12` (known), read `13` | the same |
//! | key numbers, SM4 | internal `31`, update `32`, read `33` | the same |
//! | `80 FA` under SM4 | eight bytes in, eight out, as for 3DES | whole blocks; the terminal fills and folds |
//! | refusals of `BF DE` | `6A81` algorithm, `6A88` `9403` key, `6A86` `6985` level | the same |

use heapless::Vec;

use super::{Algorithm, Sm4Block, Sm4Result, block, region_factor, shorten};
use crate::{apdu::Status, identity::Region};

/// The name of the PSAM's application.
pub const PSAM_APPLICATION: [u8; 6] = [0xD1, 0x56, 0x00, 0x00, 0x05, 0x90];

/// Kind of key in the usage byte: MAC and encryption.
const MAC_AND_ENCRYPTION: u8 = 8;

/// A key of the module by what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PsamKey {
    /// IRK: what a genuine card answers to INTERNAL AUTHENTICATE.
    Internal,
    /// UKSSSE: opens EF05 and EF06 for writing, key `04` of EXTERNAL AUTHENTICATE.
    Update,
    /// RKSSSE: opens EF06 of generation 3 for reading, key `0A`.
    Read,
}

/// How far the keys in the module are from the card's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PsamLevels {
    /// Masters: derived for the region, then for the card.
    #[default]
    Two,
    /// Keys of one region: derived for the card. They say nothing about cards of other regions.
    One,
}

/// What goes in and out of the module's encryption under SM4.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PsamSm4 {
    /// Eight bytes each way: the module fills and folds by itself.
    #[default]
    Eight,
    /// Whole blocks: filled and folded by the terminal.
    Whole {
        /// How eight bytes fill a block.
        block: Sm4Block,
        /// How the block becomes an eight-byte result.
        result: Sm4Result,
    },
}

/// The switches over what is assumed about a PSAM. `Default` is `assumed-1`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PsamScheme {
    /// Derivation levels.
    pub levels: PsamLevels,
    /// The form of SM4.
    pub sm4: PsamSm4,
}

/// A refusal of the module that another key service may make good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PsamRefusal {
    /// It does not know the algorithm of the card.
    Algorithm,
    /// It does not hold the key.
    Key,
    /// Its key is of another derivation level.
    Level,
}

impl PsamScheme {
    /// Masters, eight bytes.
    pub const ASSUMED_1: Self = Self { levels: PsamLevels::Two, sm4: PsamSm4::Eight };

    /// Keys of one region, whole blocks.
    pub const ASSUMED_2: Self = Self {
        levels: PsamLevels::One,
        sm4: PsamSm4::Whole { block: Sm4Block::Complement, result: Sm4Result::FoldXor },
    };

    /// By the name in a site file or a module's specification.
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "assumed-1" => Some(Self::ASSUMED_1),
            "assumed-2" => Some(Self::ASSUMED_2),
            _ => None,
        }
    }

    /// The usage byte of the key delivery: levels and kind.
    pub fn usage(self) -> u8 {
        let levels: u8 = match self.levels {
            PsamLevels::One => 1,
            PsamLevels::Two => 2,
        };
        levels << 5 | MAC_AND_ENCRYPTION
    }

    /// The number of a key in the module; `None` for an algorithm that no number is known for.
    pub fn key_id(self, algorithm: Algorithm, key: PsamKey) -> Option<u8> {
        let base = match algorithm {
            Algorithm::TripleDes => 0x10,
            Algorithm::Sm4 => 0x30,
            Algorithm::Ssf33 => return None,
        };
        let number = match key {
            PsamKey::Internal => 1,
            PsamKey::Update => 2,
            PsamKey::Read => 3,
        };
        Some(base | number)
    }

    /// Data of the key delivery: card factor, region factor where the module holds masters, process factor.
    pub fn delivery(self, region: &Region, card_factor: &[u8; 8], process_factor: &[u8; 8]) -> Vec<u8, 24> {
        let region = region_factor(region);
        let region: &[u8] = match self.levels {
            PsamLevels::Two => &region,
            PsamLevels::One => &[],
        };
        card_factor.iter().chain(region).chain(process_factor).copied().collect()
    }

    /// What the module encrypts: the original data, or a block made of it.
    pub fn plain(self, algorithm: Algorithm, original: &[u8; 8]) -> Vec<u8, 16> {
        match (algorithm, self.sm4) {
            (Algorithm::Sm4, PsamSm4::Whole { block: fill, .. }) => {
                block(original, fill).into_iter().collect()
            }
            _ => original.iter().copied().collect(),
        }
    }

    /// The eight-byte result from what the module gave back; `None` when that has another length.
    pub fn result(self, algorithm: Algorithm, encrypted: &[u8]) -> Option<[u8; 8]> {
        match (algorithm, self.sm4) {
            (Algorithm::Sm4, PsamSm4::Whole { result, .. }) => {
                Some(shorten(encrypted.try_into().ok()?, result))
            }
            _ => encrypted.try_into().ok(),
        }
    }

    /// What a status word of the key delivery means; `None` for one that no other key service makes good.
    pub fn refusal(self, status: Status) -> Option<PsamRefusal> {
        match status.0 {
            0x6A81 => Some(PsamRefusal::Algorithm),
            0x6A88 | 0x9403 => Some(PsamRefusal::Key),
            0x6A86 | 0x6985 => Some(PsamRefusal::Level),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_delivery_of_the_write_key() {
        // Field note: BF DE 48 12 18, region 371700 as 33 37 31 37 30 30 73 78; one level: 28 and no region.
        let region: Region = "371700".parse().unwrap();
        let two = PsamScheme::ASSUMED_1;
        assert_eq!(two.usage(), 0x48);
        assert_eq!(two.key_id(Algorithm::TripleDes, PsamKey::Update), Some(0x12));
        let data = two.delivery(&region, &[1; 8], &[2; 8]);
        assert_eq!(data[..8], [1; 8]);
        assert_eq!(data[8..16], [0x33, 0x37, 0x31, 0x37, 0x30, 0x30, 0x73, 0x78]);
        assert_eq!(data[16..], [2; 8]);
        let one = PsamScheme::ASSUMED_2;
        assert_eq!(one.usage(), 0x28);
        assert_eq!(one.delivery(&region, &[1; 8], &[2; 8]).len(), 16);
    }

    #[test]
    fn whole_blocks_are_filled_and_folded_by_the_terminal() {
        let scheme = PsamScheme::ASSUMED_2;
        let plain = scheme.plain(Algorithm::Sm4, &[0xA0, 1, 2, 3, 4, 5, 6, 0xFF]);
        assert_eq!(plain, [0xA0, 1, 2, 3, 4, 5, 6, 0xFF, 0x5F, 0xFE, 0xFD, 0xFC, 0xFB, 0xFA, 0xF9, 0]);
        let folded = scheme.result(Algorithm::Sm4, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9, 9, 9, 9, 9]);
        assert_eq!(folded, Some([8, 11, 10, 13, 12, 15, 14, 1]));
        assert_eq!(scheme.result(Algorithm::Sm4, &[0; 8]), None);
        assert_eq!(scheme.result(Algorithm::TripleDes, &[7; 8]), Some([7; 8]));
    }

    #[test]
    fn no_key_has_a_number_under_ssf33() {
        assert_eq!(PsamScheme::default().key_id(Algorithm::Ssf33, PsamKey::Read), None);
    }
}
