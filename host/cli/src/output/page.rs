//! Text for people: headings, pairs, tables; aligned for Chinese, coloured on a terminal.

use anstyle::{AnsiColor, Style};

use super::width::{left, right, width};
use crate::lang::Lang;

/// What a line means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Nothing special.
    Plain,
    /// Done.
    Good,
    /// Look at this.
    Warn,
    /// It failed.
    Bad,
    /// Less important.
    Dim,
    /// A heading.
    Head,
}

impl Tone {
    fn style(self) -> Style {
        match self {
            Tone::Plain => Style::new(),
            Tone::Good => AnsiColor::Green.on_default().bold(),
            Tone::Warn => AnsiColor::Yellow.on_default().bold(),
            Tone::Bad => AnsiColor::Red.on_default().bold(),
            Tone::Dim => Style::new().dimmed(),
            Tone::Head => Style::new().bold(),
        }
    }
}

/// Which side of its column a text stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

/// A text under construction.
#[derive(Debug)]
pub(crate) struct Page {
    /// Language.
    pub(crate) lang: Lang,
    /// Personal data unmasked.
    pub(crate) show: bool,
    colour: bool,
    text: String,
}

impl Page {
    /// An empty page.
    pub(crate) fn new(lang: Lang, show: bool, colour: bool) -> Page {
        Page { lang, show, colour, text: String::new() }
    }

    /// Whether ANSI colours may be used.
    pub(crate) fn has_colour(&self) -> bool {
        self.colour
    }

    /// One of two texts, by language.
    pub(crate) fn word<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        self.lang.pick(zh, en)
    }

    /// A line.
    pub(crate) fn line(&mut self, text: &str) {
        self.toned(Tone::Plain, text);
    }

    /// A line with a meaning.
    pub(crate) fn toned(&mut self, tone: Tone, text: &str) {
        let painted = self.paint(tone, text);
        self.text.push_str(painted.trim_end_matches(' '));
        self.text.push('\n');
    }

    /// An empty line.
    pub(crate) fn gap(&mut self) {
        self.text.push('\n');
    }

    /// A text in the colour of its meaning.
    pub(crate) fn paint(&self, tone: Tone, text: &str) -> String {
        if !self.colour || tone == Tone::Plain || text.is_empty() {
            return text.to_owned();
        }
        let style = tone.style();
        format!("{style}{text}{style:#}")
    }

    /// Names and values in two columns.
    pub(crate) fn pairs(&mut self, rows: &[(&str, String)]) {
        let columns = rows.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
        for (name, value) in rows {
            let name = self.paint(Tone::Dim, &left(name, columns));
            self.line(&format!("  {name}  {value}"));
        }
    }

    /// A table. Cells may carry a tone; a short row is filled with empty cells.
    pub(crate) fn table(&mut self, heads: &[(&str, Side)], rows: &[Vec<(Tone, String)>]) {
        let widths: Vec<usize> = heads
            .iter()
            .enumerate()
            .map(|(at, (head, _))| {
                let cells = rows.iter().filter_map(|row| row.get(at)).map(|(_, cell)| width(cell));
                cells.max().unwrap_or(0).max(width(head))
            })
            .collect();
        let head: Vec<(Tone, String)> =
            heads.iter().map(|(head, _)| (Tone::Head, (*head).to_owned())).collect();
        for row in std::iter::once(&head).chain(rows) {
            let cells = heads.iter().zip(&widths).zip(row).map(|(((_, side), columns), (tone, cell))| {
                let padded = match side {
                    Side::Left => left(cell, *columns),
                    Side::Right => right(cell, *columns),
                };
                self.paint(*tone, &padded)
            });
            let line = cells.collect::<Vec<_>>().join("  ");
            self.line(&format!("  {line}"));
        }
    }

    /// The finished text.
    pub(crate) fn into_text(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_in_chinese() {
        let mut page = Page::new(Lang::Zh, false, false);
        let cell = |text: &str| (Tone::Plain, text.to_owned());
        page.table(
            &[("名称", Side::Left), ("金额", Side::Right)],
            &[vec![cell("药"), cell("1.00")], vec![cell("阿莫西林"), cell("1234.50")]],
        );
        assert_eq!(page.into_text(), "  名称         金额\n  药           1.00\n  阿莫西林  1234.50\n");
    }

    #[test]
    fn no_colour_means_no_escape() {
        let mut page = Page::new(Lang::En, false, false);
        page.toned(Tone::Bad, "no");
        assert_eq!(page.into_text(), "no\n");
    }
}
