//! Y-5xxx answers of the centre.
//!
//! | codes | checked | stored under the id |
//! |---|---|---|
//! | 5001–5009 | before the id: form, institution, signature | no; such a refusal says nothing about an earlier sending of the same id |
//! | 5010–5019 | the id itself | the first answer stays |
//! | 5020, 5021 | sign-in | no: the same id may come again with a new sign-in |
//! | 5022, 5030–5090 | operator, clock, code, input, business | yes: the same bytes get the same refusal |
//! | 5100–5104 | enrolment of terminals | – |
//! | 5110–5112, 5114–5122 | a swipe, behind its seal and signature | yes: the same datagram gets the same answer |
//! | 5113 | signature inside a good seal | no |

use super::Fault;

/// The body is no envelope of the platform. Nothing was looked up.
pub const MALFORMED: Fault = fault! {
    number: 5001,
    cause_zh: "报文不符合平台格式",
    cause_en: "the message is not in the platform's format",
    action_zh: "按报文规范检查字段、字符和编码后重发",
    action_en: "check fields, characters and encoding against the interface, then send again",
};

/// `fixmedins_code` is not known to the centre.
pub const UNKNOWN_INSTITUTION: Fault = fault! {
    number: 5002,
    cause_zh: "中心没有这个定点机构",
    cause_en: "the centre does not know this institution",
    action_zh: "核对机构编号；新机构请先在中心登记",
    action_en: "check the institution code; a new institution must be registered first",
};

/// `cainfo` is missing or is not this institution's signature over this message.
pub const SIGNATURE: Fault = fault! {
    number: 5003,
    cause_zh: "签名不符",
    cause_en: "the signature does not match",
    action_zh: "核对签名私钥与中心登记的公钥是否成对",
    action_en: "check that the private key belongs to the public key registered at the centre",
};

/// The gateway headers of the institution's scheme are missing, wrong or too old.
pub const GATEWAY_HEADERS: Fault = fault! {
    number: 5004,
    cause_zh: "网关认证失败",
    cause_en: "gateway authentication failed",
    action_zh: "核对网关请求头、密钥和本机时间",
    action_en: "check the gateway headers, the secret and this machine's clock",
};

/// `msgid` is not of the form institution (12), time (14), sequence (4), or names another institution.
pub const MSGID: Fault = fault! {
    number: 5005,
    cause_zh: "报文编号不合规或不属于本机构",
    cause_en: "the message id is malformed or belongs to another institution",
    action_zh: "报文编号应为机构编号12位、时间14位、序号4位",
    action_en: "form the id from institution code (12), time (14) and sequence (4)",
};

/// The body is larger than the centre reads.
pub const TOO_LARGE: Fault = fault! {
    number: 5006,
    cause_zh: "报文过大",
    cause_en: "the message is too large",
    action_zh: "拆分为较小的报文",
    action_en: "split it into smaller messages",
};

/// This `msgid` was used before with other bytes.
pub const ID_CONFLICT: Fault = fault! {
    number: 5010,
    cause_zh: "该报文编号已用于另一内容",
    cause_en: "this message id was already used for other content",
    action_zh: "换用新的报文编号；如为同一笔请重发原报文",
    action_en: "use a new id, or send the original bytes again if it is the same purchase",
};

/// This `msgid` was reversed and will never count, whenever it arrives.
pub const REVERSED: Fault = fault! {
    number: 5011,
    cause_zh: "该笔已冲正，不会生效",
    cause_en: "this message was reversed and will never count",
    action_zh: "不要再次发送；需要时重新发起新的一笔",
    action_en: "do not send it again; start a new purchase if one is wanted",
};

/// `sign_no` is missing, unknown, or of another operator or institution.
pub const NOT_SIGNED_IN: Fault = fault! {
    number: 5020,
    cause_zh: "未签到",
    cause_en: "not signed in",
    action_zh: "先签到，再用新的签到编号重发",
    action_en: "sign in, then send again with the new sign-in number",
};

/// `sign_no` was valid once and never will be again: the day is over or it was signed out.
pub const SIGN_IN_EXPIRED: Fault = fault! {
    number: 5021,
    cause_zh: "签到已失效",
    cause_en: "the sign-in has expired",
    action_zh: "重新签到，再用新的签到编号重发",
    action_en: "sign in again, then send with the new sign-in number",
};

/// The operator is not registered for this institution.
pub const UNKNOWN_OPERATOR: Fault = fault! {
    number: 5022,
    cause_zh: "操作员未登记",
    cause_en: "the operator is not registered for this institution",
    action_zh: "核对操作员编号，或在中心登记",
    action_en: "check the operator number or have it registered at the centre",
};

/// `inf_time` is further from the centre's clock than the window (30 minutes).
pub const CLOCK: Fault = fault! {
    number: 5030,
    cause_zh: "交易时间与中心相差过大",
    cause_en: "the message time is too far from the centre's clock",
    action_zh: "校准本机时间后重新发起",
    action_en: "set this machine's clock right and start again",
};

/// The e-voucher token has run out or was used.
pub const CODE_EXPIRED: Fault = fault! {
    number: 5031,
    cause_zh: "电子凭证已过期",
    cause_en: "the e-voucher code has expired",
    action_zh: "请参保人刷新二维码后重扫",
    action_en: "ask the person to refresh the code and scan again",
};

/// The code was already decoded for another purchase, or its token has already paid for one.
pub const CODE_USED: Fault = fault! {
    number: 5032,
    cause_zh: "电子凭证码已使用过，一码只能用于一笔",
    cause_en: "the e-voucher code was used before; one code serves one purchase",
    action_zh: "请参保人刷新二维码后重扫；如为同一笔请用原单号重试",
    action_en: "ask the person to refresh the code and scan again; for the same purchase try again under its own order number",
};

/// No such code was issued.
pub const CODE_UNKNOWN: Fault = fault! {
    number: 5033,
    cause_zh: "不是有效的电子凭证码",
    cause_en: "this is no e-voucher code of the centre",
    action_zh: "确认扫的是医保码而不是付款码或药品条码，然后重扫",
    action_en: "make sure that the insurance code was scanned, not a payment or drug code, and scan again",
};

/// The token was given to another institution.
pub const CODE_FOREIGN: Fault = fault! {
    number: 5034,
    cause_zh: "电子凭证令牌属于另一机构",
    cause_en: "the e-voucher token was given to another institution",
    action_zh: "请在本机构重新扫码",
    action_en: "scan the code at this institution",
};

/// The message to the e-voucher interface is not signed and encrypted as it must be.
pub const VOUCHER_SEAL: Fault = fault! {
    number: 5035,
    cause_zh: "电子凭证接口报文的加密或签名不符",
    cause_en: "encryption or signature of the e-voucher message does not fit",
    action_zh: "核对应用编号、应用密钥、机构私钥和字段排序方式",
    action_en: "check application id, application secret, the institution's key and the order of fields",
};

/// The centre does not offer this `infno`.
pub const UNKNOWN_TRANSACTION: Fault = fault! {
    number: 5040,
    cause_zh: "中心不支持该交易",
    cause_en: "the centre does not offer this transaction",
    action_zh: "核对交易编号",
    action_en: "check the transaction number",
};

/// A field is missing, too long, of the wrong type or not in its dictionary.
pub const FIELDS: Fault = fault! {
    number: 5041,
    cause_zh: "交易输入不符合字段规范",
    cause_en: "the input violates the field table",
    action_zh: "按提示的字段修正",
    action_en: "correct the field that is named",
};

/// The institution is registered but suspended.
pub const INSTITUTION_INACTIVE: Fault = fault! {
    number: 5042,
    cause_zh: "该机构医保服务已暂停",
    cause_en: "the institution is suspended",
    action_zh: "联系当地医保经办机构",
    action_en: "contact the local insurance office",
};

/// Nobody is registered under this credential or person number.
pub const PERSON_UNKNOWN: Fault = fault! {
    number: 5050,
    cause_zh: "未找到参保人",
    cause_en: "the person is not registered",
    action_zh: "核对凭证；异地人员请确认参保地",
    action_en: "check the credential; for people from elsewhere check the insured place",
};

/// Credential, certificate number, name and person number do not belong to one person, or the card is not the current one.
pub const CREDENTIAL_MISMATCH: Fault = fault! {
    number: 5051,
    cause_zh: "凭证与人员信息不一致",
    cause_en: "credential and person do not match",
    action_zh: "重新读卡；如已补换卡请使用新卡",
    action_en: "read the card again; after a replacement use the new card",
};

/// The credential type is not accepted.
pub const CREDENTIAL_TYPE: Fault = fault! {
    number: 5052,
    cause_zh: "不支持该就诊凭证类型",
    cause_en: "this credential type is not accepted",
    action_zh: "改用社会保障卡、身份证或电子凭证",
    action_en: "use the social security card, the ID card or the e-voucher",
};

/// The person has no such insurance.
pub const NOT_INSURED: Fault = fault! {
    number: 5053,
    cause_zh: "该人员没有此险种",
    cause_en: "the person has no such insurance",
    action_zh: "按人员查询返回的险种结算",
    action_en: "settle with an insurance type that the person query returned",
};

/// The insurance exists but is not in force.
pub const INSURANCE_SUSPENDED: Fault = fault! {
    number: 5054,
    cause_zh: "参保状态不正常",
    cause_en: "the insurance is not in force",
    action_zh: "请参保人联系参保地经办机构，可先自费",
    action_en: "the person should contact the insured place; cash is possible meanwhile",
};

/// `insuplc_admdvs` is not the insured place of this insurance.
pub const INSURED_PLACE: Fault = fault! {
    number: 5055,
    cause_zh: "参保地区划与人员不符",
    cause_en: "the insured place does not match the person",
    action_zh: "使用人员查询返回的参保地区划",
    action_en: "use the insured place that the person query returned",
};

/// `med_list_codg` is not in the catalogue.
pub const ITEM_UNKNOWN: Fault = fault! {
    number: 5060,
    cause_zh: "医保目录中没有该项目",
    cause_en: "the item is not in the catalogue",
    action_zh: "核对医疗目录编码，或改为自费销售",
    action_en: "check the catalogue code, or sell it for cash",
};

/// The institution's own code is not mapped to this catalogue item.
pub const ITEM_UNMAPPED: Fault = fault! {
    number: 5061,
    cause_zh: "院内编码未与医保目录对码",
    cause_en: "the institution's code is not mapped to this catalogue item",
    action_zh: "先完成目录对照再结算",
    action_en: "map the code first, then settle",
};

/// Line amount and price × quantity differ by more than one fen.
pub const LINE_AMOUNT: Fault = fault! {
    number: 5062,
    cause_zh: "明细金额与单价乘数量不符",
    cause_en: "a line amount is not price times quantity",
    action_zh: "按四舍五入到分重新计算该行",
    action_en: "compute the line again, rounded half-up to the fen",
};

/// `medfee_sumamt` is not the sum of the lines.
pub const TOTAL_AMOUNT: Fault = fault! {
    number: 5063,
    cause_zh: "明细合计与医疗费总额不一致",
    cause_en: "the total is not the sum of the lines",
    action_zh: "核对总额与明细",
    action_en: "check total and lines",
};

/// A line has no drug trace code, or one that does not belong to a line.
pub const TRACE_CODE_MISSING: Fault = fault! {
    number: 5064,
    cause_zh: "缺少药品追溯码",
    cause_en: "a drug trace code is missing",
    action_zh: "扫描每一盒的追溯码后重新结算",
    action_en: "scan the trace code of every box, then settle again",
};

/// `feedetl_sn` is zero, too long, not numeric or used twice.
pub const LINE_NUMBER: Fault = fault! {
    number: 5065,
    cause_zh: "费用明细流水号不合规或重复",
    cause_en: "a line number is malformed or used twice",
    action_zh: "流水号须为不超过15位的非零数字且单次内唯一",
    action_en: "use digits only, not zero, at most 15, unique within the purchase",
};

/// Quantity, price or amount of a line is not positive.
pub const LINE_QUANTITY: Fault = fault! {
    number: 5066,
    cause_zh: "明细数量、单价或金额须大于零",
    cause_en: "quantity, price and amount of a line must be positive",
    action_zh: "退货请使用结算撤销",
    action_en: "use a void for returns",
};

/// The medical category is not settled by this transaction.
pub const MED_TYPE: Fault = fault! {
    number: 5067,
    cause_zh: "该医疗类别不能用此交易结算",
    cause_en: "this medical category is not settled by this transaction",
    action_zh: "药店购药使用41",
    action_en: "use 41 for a pharmacy purchase",
};

/// `acct_used_flag` asks for something this centre does not offer.
pub const ACCOUNT_FLAG: Fault = fault! {
    number: 5068,
    cause_zh: "个人账户使用标志不支持",
    cause_en: "this use of the account is not offered",
    action_zh: "使用0（不用）或1（本人账户）",
    action_en: "use 0 (no account) or 1 (own account)",
};

/// No policy is loaded for this insurance and medical category.
pub const NO_POLICY: Fault = fault! {
    number: 5069,
    cause_zh: "没有适用的待遇政策",
    cause_en: "no policy covers this insurance and category",
    action_zh: "核对险种和医疗类别",
    action_en: "check insurance type and medical category",
};

/// No settlement with these ids for this person at this institution.
pub const SETTLEMENT_UNKNOWN: Fault = fault! {
    number: 5070,
    cause_zh: "未找到该结算",
    cause_en: "no such settlement for this person here",
    action_zh: "核对结算ID、就诊ID和人员编号",
    action_en: "check settlement id, visit id and person number",
};

/// The settlement was voided or reversed before.
pub const ALREADY_VOIDED: Fault = fault! {
    number: 5071,
    cause_zh: "该结算已撤销",
    cause_en: "the settlement was already voided",
    action_zh: "无需再次撤销，可查询结算信息核对",
    action_en: "nothing more to do; query the settlement to check",
};

/// The id names a void, and a void cannot be voided.
pub const VOID_OF_VOID: Fault = fault! {
    number: 5072,
    cause_zh: "撤销记录不能再撤销",
    cause_en: "a void cannot be voided",
    action_zh: "如需恢复请重新结算",
    action_en: "settle anew if the purchase is wanted after all",
};

/// `oinfno` is not in the reversible set.
pub const NOT_REVERSIBLE: Fault = fault! {
    number: 5073,
    cause_zh: "该交易不可冲正",
    cause_en: "this transaction cannot be reversed",
    action_zh: "药店结算（2102）可冲正；撤销请重发原报文",
    action_en: "2102 can be reversed; repeat a void with its original bytes instead",
};

/// The original was settled and voided since; there is nothing left to reverse.
pub const REVERSAL_OF_VOIDED: Fault = fault! {
    number: 5074,
    cause_zh: "原交易已撤销，不能冲正",
    cause_en: "the original was voided and cannot be reversed",
    action_zh: "以撤销结果为准",
    action_en: "the void stands",
};

/// `psn_no` is not the person of the original.
pub const REVERSAL_PERSON: Fault = fault! {
    number: 5075,
    cause_zh: "冲正的人员与原交易不符",
    cause_en: "the reversal names another person than the original",
    action_zh: "按原交易的人员编号重新冲正",
    action_en: "reverse again with the original's person number",
};

/// `omsgid` does not belong to the institution that reverses.
pub const REVERSAL_FOREIGN: Fault = fault! {
    number: 5076,
    cause_zh: "不能冲正其他机构的交易",
    cause_en: "the original belongs to another institution",
    action_zh: "核对原报文编号",
    action_en: "check the original message id",
};

/// `oinfno` is not the transaction that was sent under `omsgid`.
pub const REVERSAL_MISMATCH: Fault = fault! {
    number: 5077,
    cause_zh: "原交易编号与原报文不符",
    cause_en: "the original id belongs to another transaction",
    action_zh: "核对原交易编号与原报文编号",
    action_en: "check original transaction number and message id",
};

/// The period is empty, backwards or longer than a year.
pub const PERIOD: Fault = fault! {
    number: 5078,
    cause_zh: "对账日期范围不正确",
    cause_en: "the period is not usable",
    action_zh: "开始日期不得晚于结束日期，且不超过一年",
    action_en: "begin before end, at most one year",
};

/// The institution may not use the card-key service.
pub const CARD_AUTH_NOT_ALLOWED: Fault = fault! {
    number: 5080,
    cause_zh: "该机构未开通卡密钥服务",
    cause_en: "the institution may not use the card-key service",
    action_zh: "联系中心开通",
    action_en: "ask the centre to enable it",
};

/// More card authentications than the limit per minute.
pub const CARD_AUTH_LIMIT: Fault = fault! {
    number: 5081,
    cause_zh: "卡认证次数超过限制",
    cause_en: "too many card authentications",
    action_zh: "稍后再试",
    action_en: "wait a minute and try again",
};

/// No card keys are loaded for this region and algorithm.
pub const CARD_KEY_UNKNOWN: Fault = fault! {
    number: 5082,
    cause_zh: "没有该地区的卡密钥",
    cause_en: "no card keys for this region",
    action_zh: "该卡只能读取公开信息；请联系中心",
    action_en: "only the open part of this card can be read; ask the centre",
};

/// The values for the card authentication are malformed, or the algorithm is not supported.
pub const CARD_AUTH_INPUT: Fault = fault! {
    number: 5083,
    cause_zh: "卡认证数据不合规",
    cause_en: "the card authentication data are malformed",
    action_zh: "重新读卡",
    action_en: "read the card again",
};

/// The centre's own figures broke an identity; nothing was booked.
pub const CONTRADICTION: Fault = fault! {
    number: 5090,
    cause_zh: "中心计算结果自相矛盾，未入账",
    cause_en: "the centre's figures contradict themselves; nothing was booked",
    action_zh: "请联系中心并提供报文编号",
    action_en: "tell the centre the message id",
};

/// The institution has no terminal of this id, or it is not in a state that allows what was asked.
pub const TERMINAL_UNKNOWN: Fault = fault! {
    number: 5100,
    cause_zh: "本机构没有这台终端，或其状态不允许此操作",
    cause_en: "the institution has no such terminal, or its state does not allow this",
    action_zh: "用 yika terminal list 查看终端编号和状态",
    action_en: "see number and state with yika terminal list",
};

/// The enrolment request cannot be read, or does not prove that the device holds the key.
pub const ENROL_REQUEST: Fault = fault! {
    number: 5101,
    cause_zh: "终端登记申请无法读取，或未证明设备持有该密钥",
    cause_en: "the enrolment request cannot be read or does not prove possession of the key",
    action_zh: "在设备上重新生成登记申请",
    action_en: "let the device make a new request",
};

/// The institution may not enrol terminals, or has as many as it may have.
pub const ENROL_NOT_ALLOWED: Fault = fault! {
    number: 5102,
    cause_zh: "该机构未开通刷卡终端，或终端数量已满",
    cause_en: "the institution may not enrol terminals, or has as many as it may",
    action_zh: "联系中心开通，或先注销不用的终端",
    action_en: "ask the centre, or revoke terminals out of use",
};

/// The code that the operator typed is not the one that belongs to request and certificate.
pub const COMPARE_CODE: Fault = fault! {
    number: 5103,
    cause_zh: "比对码不符",
    cause_en: "the compare code does not match",
    action_zh: "核对设备屏幕上的六位数字；三次不符须重新登记",
    action_en: "check the six digits on the device; after three mistakes enrol anew",
};

/// This device key belongs to a terminal that was revoked or replaced, or to another institution's.
pub const DEVICE_KEY_USED: Fault = fault! {
    number: 5104,
    cause_zh: "该设备密钥已刷过卡、已作废或已属于其他终端",
    cause_en: "this device key has swiped already, was revoked or replaced, or belongs to another terminal",
    action_zh: "在设备上生成新密钥后重新登记",
    action_en: "let the device make a new key and enrol again",
};

/// A message of a terminal that was revoked.
pub const TERMINAL_REVOKED: Fault = fault! {
    number: 5110,
    cause_zh: "终端已注销",
    cause_en: "the terminal is revoked",
    action_zh: "停止使用本终端；如需继续使用请重新登记",
    action_en: "stop using this terminal, or enrol it anew",
};

/// A message under an enrolment that a newer one of the same device replaced.
pub const TERMINAL_REPLACED: Fault = fault! {
    number: 5111,
    cause_zh: "本终端的登记已被新登记取代",
    cause_en: "this enrolment was replaced by a newer one",
    action_zh: "使用新登记的密钥；旧登记只能撤销未完成的交易",
    action_en: "use the new enrolment; the old one may only reverse open swipes",
};

/// The terminal certificate does not hold yet, or not any more.
pub const CERTIFICATE_EXPIRED: Fault = fault! {
    number: 5112,
    cause_zh: "终端证书尚未生效或已过期",
    cause_en: "the terminal certificate does not hold yet or has expired",
    action_zh: "重新登记终端",
    action_en: "enrol the terminal anew",
};

/// The seal is good and the signature is not.
pub const SWIPE_SIGNATURE: Fault = fault! {
    number: 5113,
    cause_zh: "终端签名不符",
    cause_en: "the terminal's signature does not match",
    action_zh: "重新登记终端；反复出现请停用并联系厂商",
    action_en: "enrol the terminal anew; if it happens again, stop using it and tell the vendor",
};

/// The counter is far ahead of or behind what the centre has seen of this terminal.
pub const SWIPE_COUNTER: Fault = fault! {
    number: 5114,
    cause_zh: "刷卡序号超出范围",
    cause_en: "the swipe counter is out of the window",
    action_zh: "重新刷卡；反复出现请检查设备存储并重新登记",
    action_en: "swipe again; if it happens again, check the device's store and enrol anew",
};

/// The swipe came after its own valid-until.
pub const SWIPE_EXPIRED: Fault = fault! {
    number: 5115,
    cause_zh: "交易已过有效时间",
    cause_en: "the swipe came after its valid-until",
    action_zh: "重新刷卡",
    action_en: "swipe again",
};

/// More than the certificate allows for one swipe.
pub const LIMIT_PER_SWIPE: Fault = fault! {
    number: 5116,
    cause_zh: "超过单笔限额",
    cause_en: "over the limit of one swipe",
    action_zh: "改走收银台结算，或分开付款",
    action_en: "settle at the till, or pay in another way",
};

/// More than the certificate allows for a business day.
pub const LIMIT_PER_DAY: Fault = fault! {
    number: 5117,
    cause_zh: "超过本终端当日限额",
    cause_en: "over the terminal's limit of the day",
    action_zh: "改走收银台结算；需提高限额请联系中心",
    action_en: "settle at the till; ask the centre for a higher limit",
};

/// Over the limit for swipes that no fresh challenge of the centre protects.
pub const LIMIT_NO_CHALLENGE: Fault = fault! {
    number: 5118,
    cause_zh: "缺少中心随机数，超过离线准备限额",
    cause_en: "over the limit without a fresh challenge of the centre",
    action_zh: "再刷一次；终端会先取得新的随机数",
    action_en: "swipe again; the terminal fetches a fresh challenge first",
};

/// The cryptogram is not that of a genuine card over this purchase.
pub const CARD_NOT_GENUINE: Fault = fault! {
    number: 5119,
    cause_zh: "卡认证失败",
    cause_en: "the card did not prove itself for this purchase",
    action_zh: "重新刷卡；反复出现请核对持卡人证件",
    action_en: "swipe again; if it happens again, check the holder's papers",
};

/// The institution's rules want the PIN for this amount.
pub const PIN_REQUIRED: Fault = fault! {
    number: 5120,
    cause_zh: "此金额须验证卡密码",
    cause_en: "this amount needs the card's PIN",
    action_zh: "输入密码后重新刷卡",
    action_en: "swipe again with the PIN",
};

/// A draw on the personal account of somebody who has none.
pub const ACCOUNT_MISSING: Fault = fault! {
    number: 5121,
    cause_zh: "该参保人没有个人账户",
    cause_en: "the person has no personal account",
    action_zh: "改走收银台统筹结算，或付现金",
    action_en: "settle at the till, or take cash",
};

/// Money is taken once for an order: the institution's order has a settlement that stands.
pub const ORDER_SETTLED: Fault = fault! {
    number: 5122,
    cause_zh: "该订单已结算，本次未扣款",
    cause_en: "the order is settled already; nothing was taken now",
    action_zh: "勿再收款；查原结算单，确需重收先撤销",
    action_en: "do not charge again; see its settlement, or void that first",
};

/// Every fault of this file.
pub const ALL: &[&Fault] = &[
    &MALFORMED,
    &UNKNOWN_INSTITUTION,
    &SIGNATURE,
    &GATEWAY_HEADERS,
    &MSGID,
    &TOO_LARGE,
    &ID_CONFLICT,
    &REVERSED,
    &NOT_SIGNED_IN,
    &SIGN_IN_EXPIRED,
    &UNKNOWN_OPERATOR,
    &CLOCK,
    &CODE_EXPIRED,
    &CODE_USED,
    &CODE_UNKNOWN,
    &CODE_FOREIGN,
    &VOUCHER_SEAL,
    &UNKNOWN_TRANSACTION,
    &FIELDS,
    &INSTITUTION_INACTIVE,
    &PERSON_UNKNOWN,
    &CREDENTIAL_MISMATCH,
    &CREDENTIAL_TYPE,
    &NOT_INSURED,
    &INSURANCE_SUSPENDED,
    &INSURED_PLACE,
    &ITEM_UNKNOWN,
    &ITEM_UNMAPPED,
    &LINE_AMOUNT,
    &TOTAL_AMOUNT,
    &TRACE_CODE_MISSING,
    &LINE_NUMBER,
    &LINE_QUANTITY,
    &MED_TYPE,
    &ACCOUNT_FLAG,
    &NO_POLICY,
    &SETTLEMENT_UNKNOWN,
    &ALREADY_VOIDED,
    &VOID_OF_VOID,
    &NOT_REVERSIBLE,
    &REVERSAL_OF_VOIDED,
    &REVERSAL_PERSON,
    &REVERSAL_FOREIGN,
    &REVERSAL_MISMATCH,
    &PERIOD,
    &CARD_AUTH_NOT_ALLOWED,
    &CARD_AUTH_LIMIT,
    &CARD_KEY_UNKNOWN,
    &CARD_AUTH_INPUT,
    &CONTRADICTION,
    &TERMINAL_UNKNOWN,
    &ENROL_REQUEST,
    &ENROL_NOT_ALLOWED,
    &COMPARE_CODE,
    &DEVICE_KEY_USED,
    &TERMINAL_REVOKED,
    &TERMINAL_REPLACED,
    &CERTIFICATE_EXPIRED,
    &SWIPE_SIGNATURE,
    &SWIPE_COUNTER,
    &SWIPE_EXPIRED,
    &LIMIT_PER_SWIPE,
    &LIMIT_PER_DAY,
    &LIMIT_NO_CHALLENGE,
    &CARD_NOT_GENUINE,
    &PIN_REQUIRED,
    &ACCOUNT_MISSING,
    &ORDER_SETTLED,
];
