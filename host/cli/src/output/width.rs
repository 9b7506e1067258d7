//! Columns of a terminal: a Chinese character takes two.

use unicode_width::UnicodeWidthStr;

/// Columns that a text takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// Pads on the right to `columns`; a longer text is left alone.
pub(crate) fn left(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Pads on the left to `columns`.
pub(crate) fn right(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Pads on both sides.
pub(crate) fn centre(text: &str, columns: usize) -> String {
    let gap = columns.saturating_sub(width(text));
    format!("{}{text}", " ".repeat(gap / 2))
}

/// Breaks a text into lines of at most `columns`, between any two characters if need be: Chinese has no spaces.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in pieces(text) {
        if !line.is_empty() && width(&line) + width(word.trim_end()) > columns {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
        }
        for ch in word.chars() {
            let mut buffer = [0; 4];
            if width(&line) + width(ch.encode_utf8(&mut buffer)) > columns && !ch.is_whitespace() {
                lines.push(std::mem::take(&mut line).trim_end().to_owned());
            }
            line.push(ch);
        }
    }
    if !line.trim_end().is_empty() || lines.is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Cuts a text where a line may end: after a space, and around every wide character, but never before a closing
/// punctuation mark.
fn pieces(text: &str) -> Vec<&str> {
    let mut cuts = vec![0];
    let mut previous: Option<char> = None;
    for (at, ch) in text.char_indices() {
        if let Some(before) = previous {
            let closing = "，。；：、！？）」』》,.;:!?)".contains(ch);
            let wide = |c: char| !c.is_ascii() && width(c.encode_utf8(&mut [0; 4])) == 2;
            if !closing && (before == ' ' || wide(before) || wide(ch)) && ch != ' ' {
                cuts.push(at);
            }
        }
        previous = Some(ch);
    }
    cuts.push(text.len());
    cuts.windows(2).filter_map(|pair| text.get(pair[0]..pair[1])).filter(|piece| !piece.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_takes_two_columns() {
        assert_eq!(width("医保a"), 5);
        assert_eq!(left("医", 4), "医  ");
        assert_eq!(right("医", 4), "  医");
        assert_eq!(centre("医保", 10), "   医保");
    }

    #[test]
    fn lines_never_exceed_the_columns_and_lose_nothing() {
        let text = "请稍候，不要再次收费。 The machine asks the centre again; wait.";
        for columns in 4..60 {
            let lines = wrap(text, columns);
            assert!(lines.iter().all(|line| width(line) <= columns), "{columns}: {lines:?}");
            let squeezed: String = lines.concat().split_whitespace().collect();
            assert_eq!(squeezed, text.split_whitespace().collect::<String>());
        }
    }
}
