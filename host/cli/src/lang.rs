//! Chinese or English.

use clap::ValueEnum;
use serde::Deserialize;

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

    /// One of two texts.
    pub(crate) fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

/// A text made at run time, in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) zh: String,
    pub(crate) en: String,
}

impl Words {
    /// Two texts.
    pub(crate) fn new(zh: impl Into<String>, en: impl Into<String>) -> Words {
        Words { zh: zh.into(), en: en.into() }
    }

    /// A technical text that reads the same in both: a path, a number, a message of a library.
    pub(crate) fn same(text: impl ToString) -> Words {
        let text = text.to_string();
        Words { zh: text.clone(), en: text }
    }

    /// The text in one language.
    pub(crate) fn pick(&self, lang: Lang) -> &str {
        lang.pick(&self.zh, &self.en)
    }
}
