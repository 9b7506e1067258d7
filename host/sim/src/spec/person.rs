//! The built-in card: an invented person, in a region code (990100) that no place has.
//!
//! The sample data of the sandbox centre knows the same person under the same numbers.

/// 姓名.
pub(super) const NAME: &str = "沈一禾";
/// 社会保障号码, with its check digit (GB 11643).
pub(super) const CERTNO: &str = "990101198506150020";
/// 发卡地区行政区划代码.
pub(crate) const REGION: &str = "990100";
/// What follows the region in the identification code: the RID of the social security card and a serial.
pub(super) const CARD_SN_TAIL: &str = "D1560000050100000012345678";
/// 卡号, 9 characters.
pub(super) const CARD_NO: &str = "A12345678";
/// 卡的类别.
pub(super) const CARD_CLASS: &str = "1";
/// 初始化机构编号, 24 digits.
pub(super) const ORGANISATION: &str = "990100000000000000000001";
/// 民族: Han.
pub(super) const NATY: &str = "01";
/// 发卡日期.
pub(super) const ISSUED: &str = "2021-09-01";
/// 卡有效期.
pub(super) const EXPIRES: &str = "2041-08-31";
/// 卡复位信息: chip maker 0081, its own bytes, card maker 8660, six bytes of serial number.
pub(super) const RESET_INFO: &str = "00815431008660210901000001";
/// The PIN that cards are handed out with.
pub(super) const PIN: &str = "123456";
/// Wrong PINs until the card blocks. No public source fixes it; six is common.
pub(super) const PIN_TRIES: u8 = 6;
/// Wrong external authentications until the key blocks. Assumed.
pub(super) const KEY_TRIES: u8 = 15;
/// Master IRK of the test set: "YIKA-IRK-TEST-01".
pub(crate) const MASTER_IRK: &str = "59494B412D49524B2D544553542D3031";
/// Master RKSSSE of the test set: "YIKA-RK--TEST-01".
pub(crate) const MASTER_RKSSSE: &str = "59494B412D524B2D2D544553542D3031";
/// Master UKSSSE of the test set: "YIKA-UK--TEST-01".
pub(crate) const MASTER_UKSSSE: &str = "59494B412D554B2D2D544553542D3031";
