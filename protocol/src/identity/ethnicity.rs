//! Ethnic groups, GB/T 3304.

use core::fmt;

/// A numeric code of GB/T 3304: `01` to `56`, `97` other, `98` naturalised foreigner.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ethnicity(u8);

impl Ethnicity {
    /// From the number.
    pub fn new(number: u8) -> Option<Self> {
        matches!(number, 1..=56 | 97 | 98).then_some(Self(number))
    }

    /// From one byte of packed BCD.
    pub fn from_bcd(byte: u8) -> Option<Self> {
        let (tens, ones) = (byte >> 4, byte & 0x0F);
        if tens > 9 || ones > 9 { None } else { Self::new(tens * 10 + ones) }
    }

    /// From two ASCII digits.
    pub fn parse(text: &[u8]) -> Option<Self> {
        match text {
            [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Self::new((tens - b'0') * 10 + (ones - b'0')),
            _ => None,
        }
    }

    /// The number.
    pub fn number(self) -> u8 {
        self.0
    }

    /// One byte of packed BCD.
    pub fn to_bcd(self) -> u8 {
        ((self.0 / 10) << 4) | (self.0 % 10)
    }

    /// The Chinese name, e.g. `汉族`.
    pub fn name_zh(self) -> &'static str {
        match self.0 {
            97 => "其他",
            98 => "外国血统中国籍人士",
            number => NAMES.get(usize::from(number).wrapping_sub(1)).copied().unwrap_or("其他"),
        }
    }
}

impl fmt::Display for Ethnicity {
    /// The two-digit code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.0)
    }
}

impl fmt::Debug for Ethnicity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ethnicity(**)")
    }
}

const NAMES: [&str; 56] = [
    "汉族",
    "蒙古族",
    "回族",
    "藏族",
    "维吾尔族",
    "苗族",
    "彝族",
    "壮族",
    "布依族",
    "朝鲜族",
    "满族",
    "侗族",
    "瑶族",
    "白族",
    "土家族",
    "哈尼族",
    "哈萨克族",
    "傣族",
    "黎族",
    "傈僳族",
    "佤族",
    "畲族",
    "高山族",
    "拉祜族",
    "水族",
    "东乡族",
    "纳西族",
    "景颇族",
    "柯尔克孜族",
    "土族",
    "达斡尔族",
    "仫佬族",
    "羌族",
    "布朗族",
    "撒拉族",
    "毛南族",
    "仡佬族",
    "锡伯族",
    "阿昌族",
    "普米族",
    "塔吉克族",
    "怒族",
    "乌孜别克族",
    "俄罗斯族",
    "鄂温克族",
    "德昂族",
    "保安族",
    "裕固族",
    "京族",
    "塔塔尔族",
    "独龙族",
    "鄂伦春族",
    "赫哲族",
    "门巴族",
    "珞巴族",
    "基诺族",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, string::ToString};

    #[test]
    fn the_table_is_in_the_order_of_the_standard() {
        for (number, name) in [
            (1, "汉族"),
            (5, "维吾尔族"),
            (11, "满族"),
            (29, "柯尔克孜族"),
            (43, "乌孜别克族"),
            (56, "基诺族"),
        ] {
            assert_eq!(Ethnicity::new(number).unwrap().name_zh(), name);
        }
        assert_eq!(NAMES.iter().collect::<BTreeSet<_>>().len(), 56);
    }

    #[test]
    fn codes() {
        assert_eq!(Ethnicity::from_bcd(0x56).unwrap().to_string(), "56");
        assert_eq!(Ethnicity::parse(b"01").unwrap().to_bcd(), 0x01);
        for byte in [0x00, 0x57, 0x0A, 0xA0, 0xFF, 0x99] {
            assert!(Ethnicity::from_bcd(byte).is_none(), "{byte:02X}");
        }
        assert!(Ethnicity::parse(b"1").is_none());
    }
}
