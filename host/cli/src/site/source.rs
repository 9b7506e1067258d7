//! A text file in which a fault points at its place.

use std::ops::Range;
use std::path::{Path, PathBuf};

use yika_protocol::fault::Fault;

use crate::failure::Failure;
use crate::files;
use crate::lang::Words;
use crate::output::width::width;

/// A text and where it came from.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// The file.
    pub(crate) path: PathBuf,
    /// All of it.
    pub(crate) text: String,
}

impl Source {
    /// Reads the file; it must be UTF-8. A byte-order mark, as Windows editors write one, is dropped.
    pub(crate) fn load(path: &Path) -> Result<Source, Failure> {
        let text = files::read_text(path)?;
        Ok(Source { path: path.to_owned(), text })
    }

    /// A failure that points at these bytes of the text.
    pub(crate) fn fault(&self, fault: &'static Fault, span: Range<usize>, what: Words) -> Failure {
        let (line, column) = self.place(span.start);
        let place = format!("{}:{line}:{column}", self.path.display());
        let mut failure = Failure::new(fault)
            .detail(Words::new(format!("{place}  {}", what.zh), format!("{place}  {}", what.en)));
        failure.excerpt = self.excerpt(span);
        failure
    }

    /// The failure of the TOML reader.
    pub(crate) fn toml_fault(&self, fault: &'static Fault, error: &toml::de::Error) -> Failure {
        let span = error.span().unwrap_or(0..0);
        self.fault(fault, span, Words::same(error.message().trim().replace('\n', "; ")))
    }

    /// Line and column (in characters), both from 1.
    fn place(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }

    /// The line with the place underlined.
    fn excerpt(&self, span: Range<usize>) -> Option<String> {
        let (number, _) = self.place(span.start);
        let line = self.text.lines().nth(number.checked_sub(1)?)?;
        let start = self.text.get(..span.start)?.rsplit('\n').next()?;
        let marked = self.text.get(span)?.lines().next().unwrap_or_default();
        let gutter = number.to_string();
        let blank = " ".repeat(gutter.len());
        let marks = "^".repeat(width(marked).max(1));
        Some(format!("{gutter} | {line}\n{blank} | {}{marks}", " ".repeat(width(start))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use yika_protocol::fault::settle::SITE_FILE_INVALID;

    #[test]
    fn the_place_is_counted_in_characters_and_marked_in_columns() {
        let text = "a = 1\n名 = \"错\" # x\n".to_owned();
        let source = Source { path: "yika.toml".into(), text };
        let start = source.text.find("\"错\"").unwrap();
        let failure = source.fault(&SITE_FILE_INVALID, start..start + "\"错\"".len(), Words::same("bad"));
        assert_eq!(failure.detail.unwrap().en, "yika.toml:2:5  bad");
        assert_eq!(failure.excerpt.unwrap(), "2 | 名 = \"错\" # x\n  |      ^^^^");
    }
}
