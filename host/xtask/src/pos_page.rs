//! One page of the window: the display, the slip beside or below it, what the keys do.

use unicode_width::UnicodeWidthChar;

use crate::pos_screen::{HEIGHT, Picture, WIDTH};

/// The terminal in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) columns: usize,
    pub(crate) rows: usize,
}

/// Columns of a slip on paper of 58 mm.
const SLIP: usize = 32;
const GAP: &str = "  ┊ ";
const GAP_COLUMNS: usize = 4;

/// Everything the terminal shows, from its first row on. Drawn over what stood there, nothing flickers.
///
/// Where it fits, two dots to a character; else eight. Of the slip the newest lines.
pub(crate) fn page(size: Size, picture: &Picture, help: &[String], slip: &str) -> String {
    let large = size.columns >= WIDTH && size.rows > HEIGHT / 2 + help.len();
    let display = if large { picture.blocks() } else { picture.braille() };
    let across = if large { WIDTH } else { WIDTH / 2 };
    let paper: Vec<&str> = slip.lines().collect();
    let newest = |rows: usize| &paper[paper.len().saturating_sub(rows)..];

    let mut lines: Vec<String> = display.lines().map(str::to_owned).collect();
    let beside = size.columns >= across + GAP_COLUMNS + SLIP;
    if beside {
        let newest = newest(size.rows.saturating_sub(help.len()));
        lines.resize(lines.len().max(newest.len()), " ".repeat(across));
        for (line, paper) in lines.iter_mut().zip(newest) {
            line.push_str(GAP);
            line.push_str(paper);
        }
    }
    lines.extend(help.iter().cloned());
    if !beside {
        lines.extend(newest(size.rows.saturating_sub(lines.len())).iter().map(|line| (*line).to_owned()));
    }
    let shown: Vec<String> = lines.iter().take(size.rows).map(|line| cut(line, size.columns)).collect();
    format!("\u{1b}[H{}\u{1b}[K\u{1b}[J", shown.join("\u{1b}[K\r\n"))
}

fn cut(line: &str, columns: usize) -> String {
    let mut used = 0;
    line.chars()
        .take_while(|character| {
            used += character.width().unwrap_or(0);
            used <= columns
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr;

    fn lines(columns: usize, rows: usize) -> Vec<String> {
        let help = vec!["键 keys".to_owned(), "x".repeat(200)];
        let slip: Vec<String> = (0..40).map(|line| format!("行 {line}")).collect();
        let page = page(Size { columns, rows }, &Picture::dark(), &help, &slip.join("\n"));
        let page = page.strip_prefix("\u{1b}[H").and_then(|page| page.strip_suffix("\u{1b}[K\u{1b}[J"));
        page.expect("a page").split("\u{1b}[K\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn a_page_never_leaves_its_terminal() {
        for (columns, rows) in [(80, 24), (100, 30), (128, 35), (164, 34), (200, 60), (20, 5), (1, 1)] {
            let lines = lines(columns, rows);
            assert!(lines.len() <= rows, "{columns} × {rows}: {}", lines.len());
            assert!(lines.iter().all(|line| line.width() <= columns), "{columns} × {rows}");
        }
    }

    #[test]
    fn the_newest_lines_of_the_slip_are_seen() {
        assert_eq!(lines(80, 24).last().map(String::as_str), Some("行 39"));
        assert!(lines(200, 60).iter().any(|line| line.ends_with("┊ 行 39")));
    }
}
