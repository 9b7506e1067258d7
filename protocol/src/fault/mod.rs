//! Coded faults: one table for command line, HTTP, C interface and manual.
//!
//! Each error of an operation points at one [`Fault`] here. A code never changes its meaning and is never used again.
//!
//! | codes | about | file |
//! |---|---|---|
//! | `Y-1xxx` | readers, reader service, driver | `card.rs` |
//! | `Y-2xxx` | the card itself, PIN, card keys | `card.rs` |
//! | `Y-3xxx` | site file, basket, keys, input | `settle.rs` |
//! | `Y-4xxx` | settlement, journal, transport | `settle.rs` |
//! | `Y-5xxx` | answers of the centre | `centre.rs` |
//! | `Y-6xxx` | scanners, readers of identity cards, e-voucher codes, PSAM and PIN pad, the terminal | `credential.rs` |
//! | `Y-7xxx` | the POS device: its store, its swipes, its parts | `device.rs` |
//!
//! Built for a device without an operating system, a fault is its number alone: the words of all faults in reach would
//! take more than 20 KiB of flash. The device's firmware packs those that it shows.

use core::fmt;

/// A [`Fault`]; without its words on a target that has no operating system.
macro_rules! fault {
    (
        number: $number:literal,
        cause_zh: $cause_zh:literal,
        cause_en: $cause_en:literal,
        action_zh: $action_zh:literal,
        action_en: $action_en:literal,
    ) => {
        Fault {
            number: $number,
            #[cfg(not(target_os = "none"))]
            cause_zh: $cause_zh,
            #[cfg(not(target_os = "none"))]
            cause_en: $cause_en,
            #[cfg(not(target_os = "none"))]
            action_zh: $action_zh,
            #[cfg(not(target_os = "none"))]
            action_en: $action_en,
        }
    };
}

pub mod card;
pub mod centre;
pub mod credential;
pub mod device;
pub mod settle;

/// One coded fault: what happened and what to do, in Chinese and English.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// The number behind `Y-`; unique over the whole table.
    pub number: u16,
    /// What happened, Chinese.
    #[cfg(not(target_os = "none"))]
    pub cause_zh: &'static str,
    /// What happened, English.
    #[cfg(not(target_os = "none"))]
    pub cause_en: &'static str,
    /// What to do about it, Chinese.
    #[cfg(not(target_os = "none"))]
    pub action_zh: &'static str,
    /// What to do about it, English.
    #[cfg(not(target_os = "none"))]
    pub action_en: &'static str,
}

impl Fault {
    /// The code as people see it, e.g. `Y-2001`.
    pub fn code(&self) -> Code {
        Code(self.number)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]", self.code())?;
        #[cfg(not(target_os = "none"))]
        write!(f, " {}", self.cause_en)?;
        Ok(())
    }
}

/// A fault number that displays as `Y-nnnn`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub u16);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Y-{:04}", self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Every fault of the program.
pub fn all() -> impl Iterator<Item = &'static Fault> {
    card::ALL.iter().chain(settle::ALL).chain(centre::ALL).chain(credential::ALL).chain(device::ALL).copied()
}

/// The fault with this number.
pub fn find(number: u16) -> Option<&'static Fault> {
    all().find(|fault| fault.number == number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, string::ToString};

    #[test]
    fn numbers_are_unique_and_in_the_range_of_their_file() {
        let mut seen = BTreeSet::new();
        for (list, range) in [
            (card::ALL, 1000..3000),
            (settle::ALL, 3000..5000),
            (centre::ALL, 5000..6000),
            (credential::ALL, 6000..7000),
            (device::ALL, 7000..8000),
        ] {
            for fault in list {
                assert!(range.contains(&fault.number), "{} is in the wrong file", fault.code());
                assert!(seen.insert(fault.number), "{} is used twice", fault.code());
            }
        }
    }

    #[test]
    fn every_fault_says_what_and_what_to_do_in_both_languages() {
        for fault in all() {
            for text in [fault.cause_zh, fault.cause_en, fault.action_zh, fault.action_en] {
                assert!(!text.trim().is_empty(), "{} has an empty text", fault.code());
            }
            let has_cjk = |s: &str| s.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert!(has_cjk(fault.cause_zh) && has_cjk(fault.action_zh), "{} zh", fault.code());
            assert!(!has_cjk(fault.cause_en) && !has_cjk(fault.action_en), "{} en", fault.code());
        }
    }

    #[test]
    fn a_code_has_four_digits() {
        assert_eq!(Code(2001).to_string(), "Y-2001");
        assert_eq!(card::NOT_A_SOCIAL_CARD.code().to_string(), "Y-2001");
    }
}
