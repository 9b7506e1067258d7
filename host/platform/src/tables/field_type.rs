//! Types of the tables: `C30`, `N16,2`, `D`, `DT` and their variants.

use crate::business_time::BusinessTime;

use super::FaultKind;

/// Type of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// `C n`: at most `n` characters; `None` for any number.
    Text(Option<usize>),
    /// `N p,s`: at most `p` digits, `s` of them decimals. `N p` is a whole number; a bare `N` any decimal.
    Number(Option<(u32, u32)>),
    /// `D`: `yyyy-MM-dd`.
    Date,
    /// `DT`: `yyyy-MM-dd HH:mm:ss`.
    DateTime,
    /// `true` or `false`.
    Flag,
    /// Something the tables name but do not describe (maps, byte arrays, nested sets).
    Open,
}

impl FieldType {
    /// Reads the type column of a table; `None` when it is not understood.
    pub fn parse(text: &str) -> Option<Self> {
        // One table writes lengths in full-width brackets, one with a thousands comma.
        let text: String = text.chars().map(|c| if c == '，' { ',' } else { c }).collect();
        let text = text.replace(['（', '）', '(', ')', ' '], "");
        match text.as_str() {
            "D" | "D20" | "日期" => return Some(Self::Date),
            "DT" => return Some(Self::DateTime),
            "布尔" | "布尔型" => return Some(Self::Flag),
            "" | "集合" | "字节数组" | "对象型" | "字符串数组" | "MapString,String"
            | "Map<String,String>" => {
                return Some(Self::Open);
            }
            _ if text.ends_with("集合") => return Some(Self::Open),
            "大文本" | "文本型" => return Some(Self::Text(None)),
            _ => {}
        }
        let digits_from = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
        let (kind, size) = text.split_at(digits_from);
        match kind {
            "C" | "字符" | "VARCHAR" | "JSON" => {
                let size = size.replace(',', "");
                if size.is_empty() {
                    Some(Self::Text(None))
                } else {
                    size.parse().ok().map(|n| Self::Text(Some(n)))
                }
            }
            "N" | "数字" | "数值" | "整型" | "BigDecimal" => match size.split_once(',') {
                _ if size.is_empty() => Some(Self::Number(None)),
                Some((digits, decimals)) => {
                    let (digits, decimals) = (digits.parse().ok()?, decimals.parse().ok()?);
                    (decimals <= digits).then_some(Self::Number(Some((digits, decimals))))
                }
                None => size.parse().ok().map(|digits| Self::Number(Some((digits, 0)))),
            },
            _ => None,
        }
    }

    /// Checks a non-empty value. `max` replaces the length of a text field.
    pub(super) fn check(self, value: &str, max: Option<usize>) -> Result<(), FaultKind> {
        match self {
            Self::Text(printed) => match max.or(printed) {
                Some(max) => {
                    let found = value.chars().count();
                    if found > max { Err(FaultKind::TooLong { max, found }) } else { Ok(()) }
                }
                None => Ok(()),
            },
            Self::Number(size) => check_number(value, size),
            Self::Date => BusinessTime::parse_date(value).map(drop).map_err(|_| FaultKind::NotADate),
            Self::DateTime => value.parse::<BusinessTime>().map(drop).map_err(|_| FaultKind::NotATime),
            Self::Flag | Self::Open => Ok(()),
        }
    }
}

fn check_number(value: &str, size: Option<(u32, u32)>) -> Result<(), FaultKind> {
    let unsigned = value.strip_prefix('-').unwrap_or(value);
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return Err(FaultKind::NotANumber),
        None => (unsigned, ""),
    };
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return Err(FaultKind::NotANumber);
    }
    let Some((digits, decimals)) = size else { return Ok(()) };
    let before = digits - decimals;
    // A leading zero before the point is no digit of the number: 0.5 fits N1,1.
    let whole = whole.trim_start_matches('0');
    if whole.len() > before as usize {
        return Err(FaultKind::TooLarge { digits: before });
    }
    if fraction.len() > decimals as usize {
        return Err(FaultKind::TooPrecise { decimals });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notation_of_the_tables_is_read() {
        use FieldType::*;
        for (text, kind) in [
            ("C30", Text(Some(30))),
            ("C", Text(None)),
            ("C2,000", Text(Some(2000))),
            ("字符6", Text(Some(6))),
            ("VARCHAR6", Text(Some(6))),
            ("N16,2", Number(Some((16, 2)))),
            ("N（16，3）", Number(Some((16, 3)))),
            ("数值16,6", Number(Some((16, 6)))),
            ("N", Number(None)),
            ("N3,0", Number(Some((3, 0)))),
            ("N30", Number(Some((30, 0)))),
            ("D", Date),
            ("DT", DateTime),
            ("Map<String,String>", Open),
            ("就诊信息集合", Open),
        ] {
            assert_eq!(FieldType::parse(text), Some(kind), "{text}");
        }
        for bad in ["X3", "N2,5", "C-1", "N1,2,3"] {
            assert_eq!(FieldType::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn lengths_count_characters() {
        assert_eq!(FieldType::Text(Some(3)).check("沈一禾", None), Ok(()));
        assert_eq!(
            FieldType::Text(Some(2)).check("沈一禾", None),
            Err(FaultKind::TooLong { max: 2, found: 3 })
        );
        assert_eq!(FieldType::Text(Some(2)).check("沈一禾", Some(3)), Ok(()));
    }

    #[test]
    fn numbers_keep_to_their_scale() {
        let check = |value, digits, decimals| FieldType::Number(Some((digits, decimals))).check(value, None);
        assert_eq!(check("12345678901234.56", 16, 2), Ok(()));
        assert_eq!(check("-0.01", 16, 2), Ok(()));
        assert_eq!(check("0.5000", 5, 4), Ok(()));
        assert_eq!(check("123456789012345.00", 16, 2), Err(FaultKind::TooLarge { digits: 14 }));
        assert_eq!(check("1.005", 16, 2), Err(FaultKind::TooPrecise { decimals: 2 }));
        assert_eq!(check("1.0", 4, 0), Err(FaultKind::TooPrecise { decimals: 0 }));
        for bad in ["", "-", ".5", "5.", "1e3", "+1", "1,5", " 1", "０", "--1", "1.2.3", "NaN"] {
            assert_eq!(check(bad, 16, 2), Err(FaultKind::NotANumber), "{bad:?}");
        }
    }
}
