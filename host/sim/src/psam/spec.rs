//! What a virtual PSAM is: its keys, its schemes, what it lacks.

use std::fmt;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;
use yika_protocol::card_keys::{
    Algorithm, CardKey, CardKeyScheme, PsamKey, PsamLevels, PsamScheme, region_factor,
};
use yika_protocol::fault::Fault;
use yika_protocol::fault::credential::VIRTUAL_PSAM_SPEC;
use yika_protocol::identity::Region;

use crate::spec::{Key, SpecError, check, line_of, person, problem};

/// A module before it is made. `Default` holds the masters of the built-in cards.
///
/// `Debug` shows no keys.
#[derive(Clone, PartialEq)]
pub struct PsamSpec {
    /// How the terminal must speak to the module.
    pub scheme: PsamScheme,
    /// How it computes with the keys of cards.
    pub card_keys: CardKeyScheme,
    /// What it can compute with.
    pub algorithms: Vec<Algorithm>,
    /// IRK; `None` when the module lacks it. A master, or a key of one region where the scheme has one level.
    pub irk: Option<Key>,
    /// RKSSSE, likewise.
    pub rksssse: Option<Key>,
    /// UKSSSE, likewise.
    pub uksssse: Option<Key>,
    /// Peculiarities.
    pub faults: Vec<PsamFault>,
    /// It works this long on each command.
    pub slow_ms: u16,
}

/// What is wrong with a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PsamFault {
    /// `not-psam`: it has no application of a PSAM.
    NotPsam,
    /// `locked`: its application is locked.
    Locked,
}

impl PsamSpec {
    /// Reads a spec file.
    ///
    /// # Errors
    /// [`SpecError::Read`] when the file cannot be read, else as [`PsamSpec::parse`].
    pub fn load(path: &Path) -> Result<Self, SpecError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| SpecError::Read { path: path.to_owned(), reason: source.to_string() })?;
        Self::parse(&text)
    }

    /// Reads the TOML form, where everything is optional.
    ///
    /// # Errors
    /// [`SpecError::Syntax`], [`SpecError::Value`]; both name the line and no key.
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        let file: File = toml::from_str(text).map_err(|error| SpecError::Syntax {
            line: error.span().map(|span| line_of(text, &span)),
            problem: problem(error.message()),
        })?;
        file.spec(text)
    }

    /// The fault of a spec file.
    #[must_use]
    pub fn fault() -> &'static Fault {
        &VIRTUAL_PSAM_SPEC
    }

    /// The same module with keys of this region alone, in the scheme of one level.
    ///
    /// Every key becomes the SM4 derivation of its master; 3DES goes, as a module of one region has keys of one
    /// algorithm.
    #[must_use]
    pub fn of_region(mut self, region: Region) -> Self {
        let derive = |master: Key| {
            let key = self.card_keys.derive(Algorithm::Sm4, &CardKey::new(master), &region_factor(&region));
            key.ok().map(|key| *key.expose())
        };
        self.irk = self.irk.and_then(derive);
        self.rksssse = self.rksssse.and_then(derive);
        self.uksssse = self.uksssse.and_then(derive);
        self.scheme = PsamScheme { levels: PsamLevels::One, ..self.scheme };
        self.algorithms = vec![Algorithm::Sm4];
        self
    }

    pub(super) fn key(&self, key: PsamKey) -> Option<Key> {
        match key {
            PsamKey::Internal => self.irk,
            PsamKey::Read => self.rksssse,
            PsamKey::Update => self.uksssse,
        }
    }

    pub(super) fn is(&self, fault: PsamFault) -> bool {
        self.faults.contains(&fault)
    }
}

impl Default for PsamSpec {
    fn default() -> Self {
        let key = |text| check::key(text).ok();
        Self {
            scheme: PsamScheme::default(),
            card_keys: CardKeyScheme::default(),
            algorithms: vec![Algorithm::TripleDes, Algorithm::Sm4],
            irk: key(person::MASTER_IRK),
            rksssse: key(person::MASTER_RKSSSE),
            uksssse: key(person::MASTER_UKSSSE),
            faults: Vec::new(),
            slow_ms: 0,
        }
    }
}

impl fmt::Debug for PsamSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PsamSpec")
            .field("scheme", &self.scheme)
            .field("card_keys", &self.card_keys)
            .field("algorithms", &self.algorithms)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

/// The keys of a spec file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    scheme: Option<Spanned<String>>,
    card_keys: Option<Spanned<String>>,
    algorithms: Option<Vec<Spanned<String>>>,
    region: Option<Spanned<String>>,
    irk: Option<Spanned<String>>,
    rksssse: Option<Spanned<String>>,
    uksssse: Option<Spanned<String>>,
    #[serde(default)]
    faults: Vec<Spanned<String>>,
    slow_ms: Option<u16>,
}

impl File {
    fn spec(self, text: &str) -> Result<PsamSpec, SpecError> {
        let wrong = |at: &Spanned<String>, key, problem: &str| SpecError::Value {
            line: line_of(text, &at.span()),
            key,
            problem: problem.to_owned(),
        };
        let mut spec = PsamSpec::default();
        let names = "a scheme is \"assumed-1\" or \"assumed-2\"";
        if let Some(name) = &self.card_keys {
            spec.card_keys =
                CardKeyScheme::by_name(name.get_ref()).ok_or_else(|| wrong(name, "card_keys", names))?;
        }
        for (to, key, given) in [
            (&mut spec.irk, "irk", &self.irk),
            (&mut spec.rksssse, "rksssse", &self.rksssse),
            (&mut spec.uksssse, "uksssse", &self.uksssse),
        ] {
            let Some(given) = given else { continue };
            *to = match given.get_ref().as_str() {
                "none" => None,
                digits => Some(
                    check::key(digits)
                        .map_err(|_| wrong(given, key, "a key is 32 hex digits, or \"none\""))?,
                ),
            };
        }
        if let Some(algorithms) = &self.algorithms {
            spec.algorithms.clear();
            for name in algorithms {
                spec.algorithms.push(match name.get_ref().as_str() {
                    "01" => Algorithm::TripleDes,
                    "03" => Algorithm::Sm4,
                    _ => {
                        return Err(wrong(
                            name,
                            "algorithms",
                            "an algorithm is \"01\" (3DES) or \"03\" (SM4)",
                        ));
                    }
                });
            }
        }
        for word in &self.faults {
            spec.faults.push(match word.get_ref().as_str() {
                "not-psam" => PsamFault::NotPsam,
                "locked" => PsamFault::Locked,
                _ => return Err(wrong(word, "faults", "the faults are \"not-psam\" and \"locked\"")),
            });
        }
        spec.slow_ms = self.slow_ms.unwrap_or(0);
        if let Some(name) = &self.scheme {
            spec.scheme = PsamScheme::by_name(name.get_ref()).ok_or_else(|| wrong(name, "scheme", names))?;
        }
        match (&self.region, spec.scheme.levels) {
            (Some(text), _) => {
                let region = check::region(text.get_ref()).map_err(|why| wrong(text, "region", &why))?;
                spec = spec.of_region(region);
            }
            (None, PsamLevels::One) => {
                let region = check::region(person::REGION)
                    .map_err(|problem| SpecError::Syntax { line: None, problem })?;
                spec = spec.of_region(region);
            }
            (None, PsamLevels::Two) => {}
        }
        Ok(spec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_holds_the_masters_of_the_built_in_cards() {
        let spec = PsamSpec::parse("").unwrap();
        assert_eq!(spec, PsamSpec::default());
        assert_eq!(spec.irk, Some(*b"YIKA-IRK-TEST-01"));
        assert_eq!(spec.rksssse, Some(*b"YIKA-RK--TEST-01"));
        assert!(!format!("{spec:?}").contains("irk"));
    }

    #[test]
    fn what_a_file_can_say() {
        let text = "algorithms = [\"01\"]\nrksssse = \"none\"\nfaults = [\"locked\"]\nslow_ms = 5";
        let spec = PsamSpec::parse(text).unwrap();
        assert_eq!(spec.algorithms, [Algorithm::TripleDes]);
        assert_eq!((spec.rksssse, spec.slow_ms), (None, 5));
        let region = PsamSpec::parse("region = \"990200\"").unwrap();
        assert_eq!(region.scheme.levels, PsamLevels::One);
        assert_ne!(region.irk, PsamSpec::parse("scheme = \"assumed-2\"").unwrap().irk);
    }

    #[test]
    fn a_wrong_value_names_its_line_and_shows_no_key() {
        for (text, line) in [
            ("scheme = \"mine\"", 1),
            ("\nirk = \"594B\"", 2),
            ("\n\nalgorithms = [\"02\"]", 3),
            ("faults = [\"sleepy\"]", 1),
            ("region = \"99\"", 1),
            ("pin = \"123456\"", 1),
        ] {
            let error = PsamSpec::parse(text).unwrap_err();
            assert_eq!(error.line(), Some(line), "{text}");
            assert!(!error.to_string().contains("594B"));
        }
    }
}
