//! What the operator can set, and how it is stored.
//!
//! | byte | is |
//! |---|---|
//! | 0 | version, 1 |
//! | 1 | language: 0 Chinese, 1 English |
//! | 2 | paper: 0 58 mm, 1 80 mm |
//! | 3 | PIN: 0 as the till says, 1 optional, 2 always |
//! | 4–7 | own address, zeros for automatic |
//! | 8 | bits of the subnet |
//! | 9–12 | gateway |
//! | 13–16 | centre's address |
//! | 17–18 | centre's port |

use crate::slip::Paper;
use crate::text::Lang;

const VERSION: u8 = 1;

/// Bytes of stored settings.
pub const LENGTH: usize = 19;

/// When a PIN is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PinRule {
    /// When the till wants one.
    #[default]
    Till,
    /// The holder is asked and may go on without.
    Optional,
    /// For every card.
    Always,
}

/// Addresses. Used by the board when it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// Own address; zeros for automatic.
    pub own: [u8; 4],
    /// Bits of the subnet.
    pub prefix: u8,
    /// Gateway.
    pub gateway: [u8; 4],
    /// The centre.
    pub centre: [u8; 4],
    /// The centre's UDP port.
    pub port: u16,
}

/// Everything that can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Language of screen and slip.
    pub lang: Lang,
    /// Width of the paper.
    pub paper: Paper,
    /// When a PIN is asked for.
    pub pin: PinRule,
    /// Addresses.
    pub network: Network,
}

impl Default for Settings {
    /// Chinese, 58 mm, address by itself, the centre one hop away on port 7700.
    fn default() -> Self {
        Self {
            lang: Lang::Zh,
            paper: Paper::Narrow,
            pin: PinRule::Till,
            network: Network { own: [0; 4], prefix: 24, gateway: [0; 4], centre: [10, 0, 2, 2], port: 7700 },
        }
    }
}

impl Settings {
    /// As stored.
    #[must_use]
    pub fn encode(&self) -> [u8; LENGTH] {
        let lang = match self.lang {
            Lang::Zh => 0,
            Lang::En => 1,
        };
        let paper = match self.paper {
            Paper::Narrow => 0,
            Paper::Wide => 1,
        };
        let pin = match self.pin {
            PinRule::Till => 0,
            PinRule::Optional => 1,
            PinRule::Always => 2,
        };
        let Network { own: [a, b, c, d], prefix, gateway: [e, f, g, h], centre: [i, j, k, l], port } =
            self.network;
        let [high, low] = port.to_be_bytes();
        [VERSION, lang, paper, pin, a, b, c, d, prefix, e, f, g, h, i, j, k, l, high, low]
    }

    /// From the store. `None` for a version not known; a value not known is the default's. Bytes behind are of a later
    /// version that only added, and are passed over.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let [VERSION, lang, paper, pin, a, b, c, d, prefix, e, f, g, h, i, j, k, l, high, low] =
            *bytes.first_chunk::<LENGTH>()?
        else {
            return None;
        };
        Some(Self {
            lang: if lang == 1 { Lang::En } else { Lang::Zh },
            paper: if paper == 1 { Paper::Wide } else { Paper::Narrow },
            pin: match pin {
                1 => PinRule::Optional,
                2 => PinRule::Always,
                _ => PinRule::Till,
            },
            network: Network {
                own: [a, b, c, d],
                prefix: prefix.min(32),
                gateway: [e, f, g, h],
                centre: [i, j, k, l],
                port: u16::from_be_bytes([high, low]),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Never edited: devices in the field hold these bytes.
    const VERSION_1: [u8; LENGTH] = [1, 1, 1, 2, 192, 0, 2, 9, 24, 192, 0, 2, 1, 198, 51, 100, 7, 0x1E, 0x14];

    #[test]
    fn stored_bytes_stay_as_they_are() {
        let settings = Settings {
            lang: Lang::En,
            paper: Paper::Wide,
            pin: PinRule::Always,
            network: Network {
                own: [192, 0, 2, 9],
                prefix: 24,
                gateway: [192, 0, 2, 1],
                centre: [198, 51, 100, 7],
                port: 7700,
            },
        };
        assert_eq!(settings.encode(), VERSION_1);
        assert_eq!(Settings::decode(&VERSION_1), Some(settings));
        assert_eq!(Settings::decode(&Settings::default().encode()), Some(Settings::default()));
    }

    #[test]
    fn what_is_not_known_is_the_default() {
        assert_eq!(Settings::decode(&[]), None);
        assert_eq!(Settings::decode(&[2; LENGTH]), None);
        assert_eq!(Settings::decode(&[1; 5]), None);
        let mut longer = std::vec::Vec::from(VERSION_1);
        longer.push(9);
        assert!(Settings::decode(&longer).is_some());
    }
}
