//! Chinese or English.

use clap::ValueEnum;
use serde::Deserialize;

pub(crate) use yika_driver::Words;

/// Language of everything a person reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Lang {
    // No doc comments: clap would print them below the flag of every verb.
    Zh,
    En,
}

impl Lang {
    /// The language of the environment: Chinese when `LC_ALL`, `LC_MESSAGES` or `LANG` (first one set) begins with
    /// `zh`, or when none says anything: the field is Chinese.
    pub(crate) fn of_environment() -> Lang {
        let value = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty());
        match value.as_deref() {
            Some(tag) if !tag.starts_with("zh") && !matches!(tag, "C" | "C.UTF-8" | "C.utf8" | "POSIX") => {
                Lang::En
            }
            _ => Lang::Zh,
        }
    }

    /// The text in this language.
    pub(crate) fn of(self, words: &Words) -> &str {
        self.pick(&words.zh, &words.en)
    }

    /// One of two texts.
    pub(crate) fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}
