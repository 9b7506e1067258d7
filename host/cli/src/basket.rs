//! Reading a basket, and saying in both languages what is wrong with it.

use std::path::Path;

use yika_platform::basket::{Basket, BasketError, MAX_LINES};
use yika_platform::profile::Profile;

use crate::failure::Failure;
use crate::files;
use crate::lang::Words;

/// Reads and checks a basket file.
pub(crate) fn load(path: &Path, profile: &Profile) -> Result<Basket, Failure> {
    let text = files::read_text(path)?;
    Basket::parse(text.as_bytes(), profile).map_err(|error| {
        let words = words(&error);
        let at = |text: &str| format!("{}  {text}", path.display());
        Failure::new(error.fault()).detail(Words::new(at(&words.zh), at(&words.en)))
    })
}

/// The place in the basket and what is wrong there.
fn words(error: &BasketError) -> Words {
    let zh = match error {
        BasketError::Malformed { reason } => format!("格式不对：{reason}"),
        BasketError::OrderNo => "order_no 应为 1 到 64 个字符，不含控制字符".to_owned(),
        BasketError::LineCount { found } => format!("有 {found} 行明细；应为 1 到 {MAX_LINES} 行"),
        BasketError::Field { line: 0, field } => format!("{field} 为空、过长或不是已知代码"),
        BasketError::Field { line, field } => format!("第 {line} 行：{field} 为空、过长或不是已知代码"),
        BasketError::NotPositive { line, field } => format!("第 {line} 行：{field} 应大于零"),
        BasketError::LineAmount { line, given, computed: Some(computed) } => {
            format!("第 {line} 行：det_item_fee_sumamt 为 {given}，单价×数量应为 {computed}")
        }
        BasketError::LineAmount { line, .. } => format!("第 {line} 行：单价×数量超出范围"),
        BasketError::Total { given, computed } => format!("medfee_sumamt 为 {given}，明细合计为 {computed}"),
        BasketError::TotalTooLarge => "明细合计超出范围".to_owned(),
        BasketError::NoTraceCode { line } => format!("第 {line} 行：缺少药品追溯码（durg_trac_info）"),
    };
    Words::new(zh, error.to_string())
}
