//! `Y-7xxx` the POS device: its store, its swipes, its parts.
//!
//! | codes | about |
//! |---|---|
//! | `Y-700x` | the record store, the noise source |
//! | `Y-702x` | swipes, reversals, voids of the device |
//! | `Y-705x` | the application: till, keypad, printer |
//! | `Y-708x` | the line between a device and its till |
//! | `Y-710x` | building and opening datagrams |
//! | `Y-720x` | the card slot |

use super::Fault;

/// The store has no readable superblock. Absent is never taken for empty.
pub const STORE_LOST: Fault = fault! {
    number: 7001,
    cause_zh: "存储中没有可读的主记录：新设备尚未初始化，或存储已丢失",
    cause_en: "The store has no readable main record: a new device was never set up, or the store is lost",
    action_zh: "停止刷卡；确为新设备时由服务人员初始化，否则更换存储并与中心核对未结交易",
    action_en: "Stop swiping; set the store up only if the device is new, otherwise have it replaced and compare open swipes with the centre",
};

/// The media could not be read or written.
pub const STORE_FAILED: Fault = fault! {
    number: 7002,
    cause_zh: "存储读写失败",
    cause_en: "The store could not be read or written",
    action_zh: "不要再次收费；重新启动设备，若仍失败请更换存储",
    action_en: "Do not charge again; restart the device, and have the store replaced if it fails again",
};

/// The media has too few blocks for the store.
pub const STORE_TOO_SMALL: Fault = fault! {
    number: 7003,
    cause_zh: "存储容量不足",
    cause_en: "The store is too small",
    action_zh: "更换容量更大的存储",
    action_en: "Use media with more blocks",
};

/// The store was written by a newer firmware.
pub const STORE_VERSION: Fault = fault! {
    number: 7004,
    cause_zh: "存储由更新版本的固件写入",
    cause_en: "The store was written by a newer firmware",
    action_zh: "安装不低于原版本的固件",
    action_en: "Install firmware at least as new as the one that wrote it",
};

/// A record that must be there is not: investigate.
pub const RECORD_LOST: Fault = fault! {
    number: 7005,
    cause_zh: "一笔交易记录丢失，需要核查",
    cause_en: "The record of a swipe is lost and must be investigated",
    action_zh: "在设置中打开“丢失记录”，查询中心的结果，再决定保留或撤销",
    action_en: "Open lost records in the settings, ask the centre what it holds, then keep or cancel it",
};

/// The noise source failed its health test.
pub const ENTROPY_FAILED: Fault = fault! {
    number: 7006,
    cause_zh: "随机源自检失败",
    cause_en: "The noise source failed its health test",
    action_zh: "设备仍可刷卡但较慢；新的密钥不能生成，请报修",
    action_en: "Swipes still work, more slowly; no new key can be made, have the device serviced",
};

/// The device has no certificate.
pub const NOT_ENROLLED: Fault = fault! {
    number: 7020,
    cause_zh: "设备尚未入网",
    cause_en: "The device is not enrolled",
    action_zh: "在设置中进行入网登记",
    action_en: "Enrol the device in the settings",
};

/// Eight reversals wait for the centre.
pub const TOO_MANY_OPEN: Fault = fault! {
    number: 7021,
    cause_zh: "有八笔撤销尚未得到中心确认，暂不能刷卡",
    cause_en: "Eight cancelled swipes wait for the centre, so no more are taken",
    action_zh: "检查网络，等撤销完成后再刷卡，或改收现金",
    action_en: "Check the network and wait until they are done, or take cash",
};

/// Another swipe, void or day question is under way.
pub const SWIPE_RUNNING: Fault = fault! {
    number: 7022,
    cause_zh: "上一笔操作尚未完成",
    cause_en: "The operation before is not finished",
    action_zh: "请等待或取消上一笔操作",
    action_en: "Wait for it or cancel it",
};

/// The order was settled before.
pub const ORDER_SETTLED: Fault = fault! {
    number: 7023,
    cause_zh: "该单号已结算",
    cause_en: "This order is settled already",
    action_zh: "不要再次收费；可补打凭条或撤销原交易",
    action_en: "Do not charge again; reprint the slip or void the settled swipe",
};

/// The amount is not within what the certificate allows.
pub const OVER_LIMIT: Fault = fault! {
    number: 7024,
    cause_zh: "金额超出本设备的单笔限额",
    cause_en: "The amount is not within the limit of this device",
    action_zh: "核对金额，或改在电脑窗口结算",
    action_en: "Check the amount, or settle at the counter PC",
};

/// The request does not fit one datagram.
pub const BASKET_TOO_BIG: Fault = fault! {
    number: 7025,
    cause_zh: "药品明细过多，一个报文放不下",
    cause_en: "The basket does not fit one datagram",
    action_zh: "通过电脑窗口结算，或分次结算",
    action_en: "Settle through the counter PC, or split the basket",
};

/// What is to be sent is not what the card answered for.
pub const REQUEST_CHANGED: Fault = fault! {
    number: 7026,
    cause_zh: "待发送的内容与卡片应答时不一致",
    cause_en: "What is to be sent is not what the card answered for",
    action_zh: "重新开始本次刷卡",
    action_en: "Start the swipe again",
};

/// There is no settled swipe that can be voided.
pub const NOTHING_TO_VOID: Fault = fault! {
    number: 7027,
    cause_zh: "没有可以撤销的结算",
    cause_en: "There is no settled swipe to void",
    action_zh: "核对单据；较早的结算请在电脑窗口撤销",
    action_en: "Check the slip; void older settlements at the counter PC",
};

/// The oldest journal entry is still open and its place is needed.
pub const OLD_ENTRY_OPEN: Fault = fault! {
    number: 7028,
    cause_zh: "最早的一笔交易仍未了结，记录已满",
    cause_en: "The oldest swipe is still open and the journal is full",
    action_zh: "检查网络，等待其了结后再刷卡",
    action_en: "Check the network and wait until it is closed",
};

/// The 48-bit counter is at its end.
pub const COUNTER_USED_UP: Fault = fault! {
    number: 7029,
    cause_zh: "交易序号已用完",
    cause_en: "The swipe counter is used up",
    action_zh: "重新入网登记",
    action_en: "Enrol the device again",
};

/// Amount, order number or lines are not valid.
pub const BAD_SALE: Fault = fault! {
    number: 7030,
    cause_zh: "金额、单号或明细无效",
    cause_en: "Amount, order number or lines are not valid",
    action_zh: "更正后重新开始",
    action_en: "Correct them and start again",
};

/// Something is open that the present key must finish.
pub const STILL_OPEN: Fault = fault! {
    number: 7031,
    cause_zh: "仍有未了结的交易",
    cause_en: "Swipes are still open",
    action_zh: "等待其了结后再重新入网",
    action_en: "Wait until they are closed, then enrol again",
};

/// The centre answered other bytes under a counter that this device drew for the first time: its identity is used elsewhere, or its
/// store is an old copy.
pub const IDENTITY_DOUBLED: Fault = fault! {
    number: 7032,
    cause_zh: "另有设备使用本机身份，或存储被换回旧的",
    cause_en: "Another device has this identity, or an old store was put back",
    action_zh: "停止刷卡，改收现金；与中心对账，再重新入网",
    action_en: "Take no cards here, take cash; compare the day with the centre, then enrol anew",
};

/// Nobody answers on the line.
pub const LINK_SILENT: Fault = fault! {
    number: 7080,
    cause_zh: "线路上没有设备应答",
    cause_en: "No device answers on the line",
    action_zh: "检查设备是否开机、串口和线缆是否正确",
    action_en: "Check that the device is on, and the port and the cable",
};

/// What answers speaks another version.
pub const LINK_VERSION: Fault = fault! {
    number: 7081,
    cause_zh: "设备的线路协议版本不受支持",
    cause_en: "The device speaks a version of the line that is not understood",
    action_zh: "升级设备固件或收银软件",
    action_en: "Update the firmware or the till's program",
};

/// The digits differ.
pub const CODES_DIFFER: Fault = fault! {
    number: 7082,
    cause_zh: "设备显示的比对码与中心的不一致，未入网",
    cause_en: "The code on the device is not the centre's; nothing was enrolled",
    action_zh: "看清设备上的六位数字后重新开始；若再次不一致，说明有人介入线路，请停止",
    action_en: "Read the six digits on the device and begin again; if they differ again somebody is on the line: stop",
};

/// The sale was given up before anything was sent.
pub const SALE_CANCELLED: Fault = fault! {
    number: 7083,
    cause_zh: "交易已取消，没有扣款",
    cause_en: "The sale was cancelled; no money moved",
    action_zh: "需要时用新单号重新开始，或收现金",
    action_en: "Begin again under a new order number if wanted, or take cash",
};

/// No answer came, and the device reversed.
pub const SALE_UNDONE: Fault = fault! {
    number: 7084,
    cause_zh: "中心没有及时应答，交易已撤销，不会计入",
    cause_en: "The centre did not answer in time; the sale was reversed and does not count",
    action_zh: "用新单号重新刷卡，或收现金",
    action_en: "Swipe again under a new order number, or take cash",
};

/// The till stopped waiting while the outcome was open.
pub const SALE_OPEN: Fault = fault! {
    number: 7085,
    cause_zh: "交易结果未知，设备仍在处理",
    cause_en: "The outcome of the sale is not known yet; the device is still finding out",
    action_zh: "不要再次收费；用同一单号再次查询",
    action_en: "Do not charge again; ask again with the same order number",
};

/// The basket is longer than a frame or a swipe.
pub const SALE_TOO_BIG: Fault = fault! {
    number: 7086,
    cause_zh: "购物篮明细超过设备一次能发送的长度",
    cause_en: "The basket has more lines than the device can send at once",
    action_zh: "在收银电脑上用 yika settle 结算",
    action_en: "Settle it at the counter PC with yika settle",
};

/// A value of a purchase is out of its range.
pub const SWIPE_INPUT: Fault = fault! {
    number: 7100,
    cause_zh: "交易内容中有不合规定的值",
    cause_en: "A value of the purchase is out of its range",
    action_zh: "检查订单号、金额、明细和凭证后重新录入",
    action_en: "Check order number, amount, lines and credential, then enter the purchase again",
};

/// The message does not fit a datagram.
pub const SWIPE_TOO_LARGE: Fault = fault! {
    number: 7101,
    cause_zh: "交易内容超过一个数据报的长度",
    cause_en: "The purchase does not fit one datagram",
    action_zh: "减少明细行后分次结算，或在收银电脑上用 yika settle 结算",
    action_en: "Settle fewer lines at a time, or settle at the counter PC with yika settle",
};

/// The device could not sign.
pub const SWIPE_UNSIGNED: Fault = fault! {
    number: 7102,
    cause_zh: "设备无法签名",
    cause_en: "The device could not sign",
    action_zh: "重新启动设备；若仍失败请送修并重新登记",
    action_en: "Restart the device; if it fails again have it repaired and enrol it anew",
};

/// Bytes that are no answer, or whose seal does not fit.
pub const ANSWER_NOT_BELIEVED: Fault = fault! {
    number: 7103,
    cause_zh: "收到的数据不是中心的有效应答",
    cause_en: "What came is no valid answer of the centre",
    action_zh: "不要再次收费，等待设备继续查询；若持续出现请检查网络",
    action_en: "Do not charge again, let the device go on asking; check the network if it stays",
};

/// An answer in a version that is not understood.
pub const ANSWER_VERSION: Fault = fault! {
    number: 7104,
    cause_zh: "中心的应答版本不受支持",
    cause_en: "The centre answers in a version that this device does not understand",
    action_zh: "升级设备固件",
    action_en: "Update the firmware of the device",
};

/// A good seal around something that is not understood.
pub const ANSWER_MALFORMED: Fault = fault! {
    number: 7105,
    cause_zh: "中心的应答内容无法理解",
    cause_en: "The centre's answer is sealed well but not understood",
    action_zh: "升级设备固件；若已是最新版本请联系中心",
    action_en: "Update the firmware; if it is the newest, call the centre",
};

/// Not an enrolment record.
pub const ENROL_RECORD: Fault = fault! {
    number: 7110,
    cause_zh: "登记数据无法识别",
    cause_en: "The enrolment record is not understood",
    action_zh: "重新执行 yika terminal enrol；确认设备与中心的版本相配",
    action_en: "Run yika terminal enrol again; see that device and centre fit each other's version",
};

/// A signature or key of an enrolment record does not fit.
pub const ENROL_SIGNATURE: Fault = fault! {
    number: 7111,
    cause_zh: "登记数据的签名或密钥不符",
    cause_en: "A signature or key of the enrolment record does not fit",
    action_zh: "停止登记，检查数据的来源后从头开始",
    action_en: "Stop, check where the record came from, then begin anew",
};

/// The certificate is for another device.
pub const ENROL_OTHER_DEVICE: Fault = fault! {
    number: 7112,
    cause_zh: "证书属于另一台设备",
    cause_en: "The certificate is for another device",
    action_zh: "确认所连接的设备，再从头登记",
    action_en: "Check which device is connected, then enrol from the start",
};

/// The opening is not the one that was committed to.
pub const ENROL_OPENING: Fault = fault! {
    number: 7113,
    cause_zh: "登记核对值与申请不符，可能有人在中间篡改",
    cause_en: "The opening does not fit the request: somebody may be in the middle",
    action_zh: "停止登记并检查线路和电脑，再从头开始",
    action_en: "Stop, check line and PC, then begin anew",
};

/// Serial, model, limits or dates are not possible.
pub const ENROL_TERMS: Fault = fault! {
    number: 7114,
    cause_zh: "登记的序列号、型号、限额或日期不合规定",
    cause_en: "Serial, model, limits or dates of the enrolment are not possible",
    action_zh: "更正后重新登记",
    action_en: "Correct them, then enrol again",
};

/// Every fault of this file.
pub const ALL: &[&Fault] = &[
    &STORE_LOST,
    &STORE_FAILED,
    &STORE_TOO_SMALL,
    &STORE_VERSION,
    &RECORD_LOST,
    &ENTROPY_FAILED,
    &NOT_ENROLLED,
    &TOO_MANY_OPEN,
    &SWIPE_RUNNING,
    &ORDER_SETTLED,
    &OVER_LIMIT,
    &BASKET_TOO_BIG,
    &REQUEST_CHANGED,
    &NOTHING_TO_VOID,
    &OLD_ENTRY_OPEN,
    &COUNTER_USED_UP,
    &BAD_SALE,
    &STILL_OPEN,
    &IDENTITY_DOUBLED,
    &LINK_SILENT,
    &LINK_VERSION,
    &CODES_DIFFER,
    &SALE_CANCELLED,
    &SALE_UNDONE,
    &SALE_OPEN,
    &SALE_TOO_BIG,
    &SWIPE_INPUT,
    &SWIPE_TOO_LARGE,
    &SWIPE_UNSIGNED,
    &ANSWER_NOT_BELIEVED,
    &ANSWER_VERSION,
    &ANSWER_MALFORMED,
    &ENROL_RECORD,
    &ENROL_SIGNATURE,
    &ENROL_OTHER_DEVICE,
    &ENROL_OPENING,
    &ENROL_TERMS,
];
