//! Y-3xxx site file, basket, keys, input; Y-4xxx settlement, journal, transport.

use super::Fault;

/// There is no site file where it was looked for.
pub const SITE_FILE_MISSING: Fault = fault! {
    number: 3001,
    cause_zh: "找不到站点文件",
    cause_en: "The site file was not found",
    action_zh: "用 yika init 生成，或用 --site 指定文件",
    action_en: "Make one with yika init, or name it with --site",
};

/// The site file has an error; the detail names the line.
pub const SITE_FILE_INVALID: Fault = fault! {
    number: 3002,
    cause_zh: "站点文件有误",
    cause_en: "The site file has an error",
    action_zh: "改正所指的那一行；各项含义见 hw-docs/schemas.md",
    action_en: "Correct the line named above; hw-docs/schemas.md explains every setting",
};

/// `init` would overwrite a file.
pub const SITE_FILE_EXISTS: Fault = fault! {
    number: 3003,
    cause_zh: "站点文件已存在，不会覆盖",
    cause_en: "The site file exists and is never overwritten",
    action_zh: "换一个文件名，或先移走旧文件",
    action_en: "Choose another name, or move the old file away first",
};

/// A file given by the user cannot be read.
pub const INPUT_UNREADABLE: Fault = fault! {
    number: 3004,
    cause_zh: "无法读取文件",
    cause_en: "A file cannot be read",
    action_zh: "检查文件名和读取权限",
    action_en: "Check the file name and the permission to read it",
};

/// A file cannot be written.
pub const OUTPUT_UNWRITABLE: Fault = fault! {
    number: 3005,
    cause_zh: "无法写入文件",
    cause_en: "A file cannot be written",
    action_zh: "检查目录是否存在、是否有写权限、磁盘是否已满",
    action_en: "Check that the folder exists, may be written, and has space",
};

/// A value on the command line cannot be used.
pub const ARGUMENT_INVALID: Fault = fault! {
    number: 3006,
    cause_zh: "命令行参数的值无效",
    cause_en: "A value on the command line cannot be used",
    action_zh: "按提示改正；用 --help 查看用法",
    action_en: "Correct it as described; --help shows the usage",
};

/// A file given by the user has an error; the detail names the line.
pub const INPUT_INVALID: Fault = fault! {
    number: 3007,
    cause_zh: "输入文件有误",
    cause_en: "An input file has an error",
    action_zh: "改正所指的位置；格式见 hw-docs/schemas.md",
    action_en: "Correct the place named above; hw-docs/schemas.md describes the format",
};

/// Something is to be typed and there is no terminal.
pub const PROMPT_IMPOSSIBLE: Fault = fault! {
    number: 3008,
    cause_zh: "需要键入内容，但当前没有终端",
    cause_en: "Something must be typed and there is no terminal",
    action_zh: "在终端中运行，或改用环境变量（口令）、--pin-stdin（密码）、--code（比对码）、--script（模拟 POS 机）",
    action_en: "Run it in a terminal, or use the environment variable (passphrase), --pin-stdin (PIN), --code (compare digits) or --script (simulated POS device)",
};

/// The card has expired; a settlement is not begun.
pub const CARD_EXPIRED: Fault = fault! {
    number: 3009,
    cause_zh: "社会保障卡已过有效期",
    cause_en: "The social security card has expired",
    action_zh: "请持卡人换卡；本次可改用医保电子凭证或身份证",
    action_en: "The holder needs a new card; use the e-voucher or the ID card for now",
};

/// The card gave too little for a settlement.
pub const CARD_INCOMPLETE: Fault = fault! {
    number: 3010,
    cause_zh: "卡内信息未能完整读出，不能结算",
    cause_en: "The card could not be read far enough to settle",
    action_zh: "三代卡需要密钥服务：检查站点文件中的 key_service",
    action_en: "A third-generation card needs the key service: check key_service in the site file",
};

/// The centre cannot listen on its address.
pub const LISTEN_FAILED: Fault = fault! {
    number: 3011,
    cause_zh: "无法监听该地址",
    cause_en: "The address cannot be listened on",
    action_zh: "换一个端口，或停止占用它的程序",
    action_en: "Choose another port, or stop the program that holds it",
};

/// `errors` was asked for a code that does not exist.
pub const CODE_UNKNOWN: Fault = fault! {
    number: 3012,
    cause_zh: "没有这个错误码",
    cause_en: "There is no such error code",
    action_zh: "用 yika errors 查看全部错误码",
    action_en: "List all codes with yika errors",
};

/// Reconciliation found a difference.
pub const BOOKS_DIFFER: Fault = fault! {
    number: 3013,
    cause_zh: "两边账目不相等",
    cause_en: "The books differ",
    action_zh: "先运行 yika journal recover 处理未决交易；中心按机构合计：同机构的 POS 机和其他收银机的笔数不在本机流水中，差额应恰为它们的当日合计；其余逐笔核对，仍有差异请联系医保经办机构",
    action_en: "Run yika journal recover for what is open. The centre counts the whole institution: its POS devices and other tills are not in this journal, and the difference should be exactly their day totals. Compare the rest row by row; if a difference stays, call the agency",
};

/// The basket or the credential cannot be sent.
pub const BASKET_INVALID: Fault = fault! {
    number: 3101,
    cause_zh: "购物清单或凭证有误，不能发送",
    cause_en: "The basket or the credential cannot be sent",
    action_zh: "改正所指的行或字段后重试；尚未发送任何数据",
    action_en: "Correct the line or field named; nothing was sent",
};

/// The order number was used for another purchase.
pub const ORDER_CONFLICT: Fault = fault! {
    number: 3102,
    cause_zh: "该订单号已用于另一笔购药",
    cause_en: "This order number belongs to another purchase",
    action_zh: "内容或人员有变时使用新的订单号",
    action_en: "Use a new order number when the content or the person changes",
};

/// The person is not insured for this kind of insurance.
pub const NO_INSURANCE: Fault = fault! {
    number: 3103,
    cause_zh: "参保人没有该险种",
    cause_en: "The person has no insurance of this kind",
    action_zh: "核对 insutype，或改为自费",
    action_en: "Check insutype, or let the person pay in cash",
};

/// The centre's public key is missing or unreadable.
pub const CENTRE_KEY_INVALID: Fault = fault! {
    number: 3104,
    cause_zh: "中心公钥缺失或无法读取",
    cause_en: "The public key of the centre is missing or unreadable",
    action_zh: "在站点文件中配置中心公钥（SubjectPublicKeyInfo PEM）",
    action_en: "Name the centre's public key (SubjectPublicKeyInfo PEM) in the site file",
};

/// A certificate or key file of the transport is unusable.
pub const TLS_FILE_INVALID: Fault = fault! {
    number: 3105,
    cause_zh: "证书或私钥文件不可用",
    cause_en: "A certificate or key file of the connection is unusable",
    action_zh: "检查站点文件中的 CA、客户端证书和私钥（PEM）",
    action_en: "Check CA, client certificate and key (PEM) in the site file",
};

/// A key file is never overwritten.
pub const KEY_EXISTS: Fault = fault! {
    number: 3110,
    cause_zh: "密钥文件已存在，不会覆盖",
    cause_en: "The key file exists and is never overwritten",
    action_zh: "换一个文件名；旧密钥停用前不要删除",
    action_en: "Choose another name; keep the old key until it is out of use",
};

/// A key file cannot be read or written.
pub const KEY_ACCESS: Fault = fault! {
    number: 3111,
    cause_zh: "无法读写密钥文件",
    cause_en: "The key file cannot be read or written",
    action_zh: "检查路径和权限",
    action_en: "Check the path and the permissions",
};

/// An unencrypted key is readable by others.
pub const KEY_TOO_OPEN: Fault = fault! {
    number: 3112,
    cause_zh: "未加密的密钥文件可被其他用户读取",
    cause_en: "The unencrypted key file can be read by other users",
    action_zh: "执行 chmod 600，或重新生成并设置口令",
    action_en: "Run chmod 600 on it, or make a new one with a passphrase",
};

/// A file holds no SM2 private key.
pub const KEY_FORMAT: Fault = fault! {
    number: 3113,
    cause_zh: "文件中没有 SM2 私钥（PKCS#8 PEM）",
    cause_en: "The file holds no SM2 private key (PKCS#8 PEM)",
    action_zh: "检查文件；用 yika keys new 生成",
    action_en: "Check the file; yika keys new makes one",
};

/// The key is encrypted and no passphrase was given.
pub const PASSPHRASE_NEEDED: Fault = fault! {
    number: 3114,
    cause_zh: "密钥已加密，需要口令",
    cause_en: "The key is encrypted and needs its passphrase",
    action_zh: "输入口令，或在站点文件中指定口令的环境变量",
    action_en: "Type the passphrase, or name its environment variable in the site file",
};

/// The passphrase does not open the key.
pub const PASSPHRASE_WRONG: Fault = fault! {
    number: 3115,
    cause_zh: "口令不正确",
    cause_en: "The passphrase does not open the key",
    action_zh: "重新输入口令",
    action_en: "Type the passphrase again",
};

/// The operating system gave no random bytes.
pub const RANDOM_FAILED: Fault = fault! {
    number: 3116,
    cause_zh: "系统随机数不可用",
    cause_en: "The system's random source failed",
    action_zh: "重启机器；仍有问题请联系维护人员",
    action_en: "Restart the machine; call support when it stays",
};

/// A date range is empty or not made of dates.
pub const DATE_RANGE: Fault = fault! {
    number: 3117,
    cause_zh: "日期范围无效",
    cause_en: "The date range is not valid",
    action_zh: "用 yyyy-MM-dd，起始日期不晚于结束日期",
    action_en: "Use yyyy-MM-dd, the first day not after the last",
};

/// The centre's address is not usable.
pub const NOT_SENT_ADDRESS: Fault = fault! {
    number: 4001,
    cause_zh: "中心地址不可用",
    cause_en: "The address of the centre cannot be used",
    action_zh: "检查站点文件中的中心地址和域名解析；未发送任何数据",
    action_en: "Check the centre's address and name resolution; nothing was sent",
};

/// No connection to the centre.
pub const NOT_SENT_CONNECT: Fault = fault! {
    number: 4002,
    cause_zh: "连不上医保中心",
    cause_en: "The centre cannot be reached",
    action_zh: "检查网络后重试；未发送任何数据，没有扣款",
    action_en: "Check the network and try again; nothing was sent, nothing was taken",
};

/// TLS with the centre failed.
pub const NOT_SENT_TLS: Fault = fault! {
    number: 4003,
    cause_zh: "与中心的加密连接失败",
    cause_en: "The secure connection to the centre failed",
    action_zh: "检查证书、有效期和本机时间；未发送任何数据",
    action_en: "Check certificates, their dates and this machine's clock; nothing was sent",
};

/// The connection broke before the body left.
pub const NOT_SENT_BROKE: Fault = fault! {
    number: 4004,
    cause_zh: "请求发出前连接中断",
    cause_en: "The connection broke before the request left",
    action_zh: "重试；没有扣款",
    action_en: "Try again; nothing was taken",
};

/// A question (sign-in, lookup, preview, statement) got no usable answer; nothing hangs on it.
pub const QUESTION_UNANSWERED: Fault = fault! {
    number: 4005,
    cause_zh: "中心未应答查询，尚未结算",
    cause_en: "The centre did not answer a question; nothing was settled",
    action_zh: "重试；没有扣款",
    action_en: "Try again; nothing was taken",
};

/// No answer in time.
pub const ANSWER_TIMEOUT: Fault = fault! {
    number: 4010,
    cause_zh: "等待中心应答超时",
    cause_en: "The centre did not answer in time",
    action_zh: "请稍候，不要重复收费；程序会自动查清",
    action_en: "Wait and do not charge again; the machine finds out by itself",
};

/// The connection broke before the answer was complete.
pub const ANSWER_BROKEN: Fault = fault! {
    number: 4011,
    cause_zh: "应答未收全，连接中断",
    cause_en: "The connection broke before the answer was complete",
    action_zh: "请稍候，不要重复收费；程序会自动查清",
    action_en: "Wait and do not charge again; the machine finds out by itself",
};

/// The gateway answered with an HTTP error.
pub const ANSWER_STATUS: Fault = fault! {
    number: 4012,
    cause_zh: "中心网关返回 HTTP 错误",
    cause_en: "The gateway of the centre answered with an HTTP error",
    action_zh: "请稍候，不要重复收费；持续出现请联系中心",
    action_en: "Wait and do not charge again; call the centre when it persists",
};

/// The answer is not what the interface describes.
pub const ANSWER_UNREADABLE: Fault = fault! {
    number: 4013,
    cause_zh: "中心应答不符合接口规范",
    cause_en: "The answer does not follow the interface",
    action_zh: "请稍候，不要重复收费；证据已保存在日志中",
    action_en: "Wait and do not charge again; the evidence is kept in the journal",
};

/// The answer's signature is not the centre's.
pub const ANSWER_SIGNATURE: Fault = fault! {
    number: 4014,
    cause_zh: "中心应答签名不符",
    cause_en: "The signature of the answer is not the centre's",
    action_zh: "请稍候，不要重复收费；核对中心公钥",
    action_en: "Wait and do not charge again; check the centre's public key",
};

/// The answer belongs to another message.
pub const ANSWER_OTHER_MESSAGE: Fault = fault! {
    number: 4015,
    cause_zh: "应答与请求不对应",
    cause_en: "The answer belongs to another message",
    action_zh: "请稍候，不要重复收费；程序会自动查清",
    action_en: "Wait and do not charge again; the machine finds out by itself",
};

/// The amounts of the answer do not add up.
pub const ANSWER_AMOUNTS: Fault = fault! {
    number: 4016,
    cause_zh: "应答中的金额不平",
    cause_en: "The amounts of the answer do not add up",
    action_zh: "请稍候，不要重复收费；证据已保存在日志中",
    action_en: "Wait and do not charge again; the evidence is kept in the journal",
};

/// The centre reports an error that does not say whether it settled.
pub const CENTRE_UNSURE: Fault = fault! {
    number: 4017,
    cause_zh: "中心报错，未说明是否已结算",
    cause_en: "The centre reports an error and does not say whether it settled",
    action_zh: "请稍候，不要重复收费；程序会自动查清",
    action_en: "Wait and do not charge again; the machine finds out by itself",
};

/// The till stopped while the purchase was on its way.
pub const INTERRUPTED: Fault = fault! {
    number: 4018,
    cause_zh: "结算途中本机停止",
    cause_en: "This machine stopped while the purchase was on its way",
    action_zh: "请稍候，不要重复收费；程序会自动查清",
    action_en: "Wait and do not charge again; the machine finds out by itself",
};

/// The centre refused.
pub const REFUSED: Fault = fault! {
    number: 4020,
    cause_zh: "医保中心拒绝",
    cause_en: "The centre refused",
    action_zh: "按中心的说明处理；没有扣款",
    action_en: "Do as the centre says; nothing was taken",
};

/// The purchase was reversed and does not count.
pub const REVERSED: Fault = fault! {
    number: 4021,
    cause_zh: "该笔已冲正，不计入",
    cause_en: "The purchase was reversed and does not count",
    action_zh: "可用新的订单号重新刷卡，或收取现金",
    action_en: "Swipe again under a new order number, or take cash",
};

/// The purchase is being reversed.
pub const REVERSING: Fault = fault! {
    number: 4022,
    cause_zh: "正在冲正，该笔不会计入",
    cause_en: "The purchase is being reversed and will not count",
    action_zh: "可用新的订单号重新刷卡，或收取现金",
    action_en: "Swipe again under a new order number, or take cash",
};

/// A void is not answered yet.
pub const VOID_UNANSWERED: Fault = fault! {
    number: 4023,
    cause_zh: "撤销尚未得到应答",
    cause_en: "The void is not answered yet",
    action_zh: "请稍候，不要先退款；程序会一直询问直到有结果",
    action_en: "Wait and do not refund yet; the machine asks until there is an answer",
};

/// Only a settled purchase can be voided.
pub const NOT_SETTLED: Fault = fault! {
    number: 4024,
    cause_zh: "只有已结算的购药才能撤销",
    cause_en: "Only a settled purchase can be voided",
    action_zh: "用 yika journal show 查看该笔的状态",
    action_en: "See its state with yika journal show",
};

/// A settled purchase cannot be cancelled.
pub const SETTLED_ALREADY: Fault = fault! {
    number: 4025,
    cause_zh: "该笔已结算，不能取消",
    cause_en: "The purchase is settled and cannot be cancelled",
    action_zh: "如需退款请使用撤销（void）",
    action_en: "Use void when it is to be paid back",
};

/// The journal has no such purchase.
pub const ORDER_NOT_FOUND: Fault = fault! {
    number: 4026,
    cause_zh: "日志中没有这笔购药",
    cause_en: "The journal has no such purchase",
    action_zh: "核对订单号；用 yika journal list 查看",
    action_en: "Check the order number; yika journal list shows them",
};

/// The centre does not accept the reversal.
pub const REVERSAL_REFUSED: Fault = fault! {
    number: 4027,
    cause_zh: "中心未接受冲正",
    cause_en: "The centre does not accept the reversal",
    action_zh: "联系医保中心核对该笔；程序会继续尝试",
    action_en: "Ask the centre about this purchase; the machine goes on trying",
};

/// Another process holds the journal.
pub const JOURNAL_BUSY: Fault = fault! {
    number: 4030,
    cause_zh: "日志正被另一个程序使用",
    cause_en: "Another program is using the journal",
    action_zh: "等它结束，或关闭它；一台收银机只能有一个程序写日志",
    action_en: "Let it finish or close it; one till has one writer",
};

/// The journal is damaged.
pub const JOURNAL_CORRUPT: Fault = fault! {
    number: 4031,
    cause_zh: "日志文件已损坏",
    cause_en: "The journal file is damaged",
    action_zh: "停止新结算；保留该文件及 .key，联系维护人员恢复",
    action_en: "No new settlements; keep this file and its .key and call support",
};

/// The disk of the journal is full.
pub const JOURNAL_FULL: Fault = fault! {
    number: 4032,
    cause_zh: "日志所在磁盘已满",
    cause_en: "The disk of the journal is full",
    action_zh: "腾出空间后重试；未决交易仍会继续处理",
    action_en: "Free some space and try again; what is open is still being resolved",
};

/// The journal cannot be read or written.
pub const JOURNAL_ACCESS: Fault = fault! {
    number: 4033,
    cause_zh: "无法读写日志文件",
    cause_en: "The journal cannot be read or written",
    action_zh: "检查路径和权限",
    action_en: "Check the path and the permissions",
};

/// The journal's key file is missing or unusable.
pub const JOURNAL_KEY: Fault = fault! {
    number: 4034,
    cause_zh: "日志的密钥文件缺失或不可用",
    cause_en: "The key file of the journal is missing or unusable",
    action_zh: "从备份恢复 .key 文件，权限应为 600",
    action_en: "Restore the .key file from a backup; its mode must be 600",
};

/// The journal was written by a newer version.
pub const JOURNAL_TOO_NEW: Fault = fault! {
    number: 4035,
    cause_zh: "日志由更新版本的程序写入",
    cause_en: "The journal was written by a newer version",
    action_zh: "升级本程序",
    action_en: "Upgrade this program",
};

/// No message id can be made.
pub const MSGID_EXHAUSTED: Fault = fault! {
    number: 4036,
    cause_zh: "无法生成报文编号",
    cause_en: "No message id can be made",
    action_zh: "检查机构编码、seq_range 和本机时间",
    action_en: "Check the institution code, seq_range and this machine's clock",
};

/// This machine's clock differs from the centre's.
pub const CLOCK_OFF: Fault = fault! {
    number: 4041,
    cause_zh: "本机时间与中心相差较大",
    cause_en: "This machine's clock differs from the centre's",
    action_zh: "校准本机时间（超过 30 分钟中心将拒绝）",
    action_en: "Set the clock; beyond 30 minutes the centre refuses",
};

/// The card-key service refused.
pub const KEY_SERVICE_REFUSED: Fault = fault! {
    number: 4050,
    cause_zh: "卡密钥服务拒绝",
    cause_en: "The card-key service refused",
    action_zh: "检查机构签名和该服务的授权",
    action_en: "Check the institution's signature and its permission for this service",
};

/// The card-key service gave no answer.
pub const KEY_SERVICE_UNREACHABLE: Fault = fault! {
    number: 4051,
    cause_zh: "卡密钥服务无应答",
    cause_en: "The card-key service gave no usable answer",
    action_zh: "检查 key_service 地址和网络",
    action_en: "Check the address of key_service and the network",
};

/// The sandbox centre cannot open its database, keys or certificates.
pub const CENTRE_OPEN: Fault = fault! {
    number: 3014,
    cause_zh: "结算中心无法打开它的数据库、密钥或证书",
    cause_en: "The centre cannot open its database, keys or certificates",
    action_zh: "检查所指文件的位置、权限和内容；数据库文件与旁边的密钥文件须一起搬动",
    action_en: "Check the place, permissions and content of the file named above; the database and the key files beside it move together",
};

/// A line's amount is not price times quantity, or the total is not the sum of the lines.
pub const BASKET_AMOUNTS: Fault = fault! {
    number: 3120,
    cause_zh: "购物篮金额不符",
    cause_en: "The amounts of the basket do not add up",
    action_zh: "按提示的行重新计算：金额＝单价×数量，四舍五入到分；总额＝各行之和",
    action_en: "Compute the named line again: amount = price × quantity, rounded to the fen; the total is the sum of the lines",
};

/// A line has no drug trace code and the profile asks for one.
pub const BASKET_TRACE_CODE: Fault = fault! {
    number: 3121,
    cause_zh: "缺少药品追溯码",
    cause_en: "A drug trace code is missing",
    action_zh: "扫描提示行每一盒药的追溯码后再结算",
    action_en: "Scan the trace code of every pack of the named line, then settle",
};

/// The province profile cannot be used.
pub const PROFILE_INVALID: Fault = fault! {
    number: 3122,
    cause_zh: "省份配置不可用",
    cause_en: "The province profile cannot be used",
    action_zh: "核对配置名称；自定义配置文件请按提示的行修正",
    action_en: "Check the name of the profile; correct a file of your own at the line that is named",
};

/// A mistake in this program itself.
pub const PROGRAM_ERROR: Fault = fault! {
    number: 3015,
    cause_zh: "程序内部错误",
    cause_en: "Program error",
    action_zh: "结果以 yika journal list 为准；请将此编号和所指位置报告技术支持",
    action_en: "What counts is what yika journal list says; report this code and the place to support",
};

/// Every fault of this file.
pub const ALL: &[&Fault] = &[
    &SITE_FILE_MISSING,
    &SITE_FILE_INVALID,
    &SITE_FILE_EXISTS,
    &INPUT_UNREADABLE,
    &OUTPUT_UNWRITABLE,
    &ARGUMENT_INVALID,
    &INPUT_INVALID,
    &PROMPT_IMPOSSIBLE,
    &CARD_EXPIRED,
    &CARD_INCOMPLETE,
    &LISTEN_FAILED,
    &CODE_UNKNOWN,
    &BOOKS_DIFFER,
    &BASKET_INVALID,
    &BASKET_AMOUNTS,
    &BASKET_TRACE_CODE,
    &PROFILE_INVALID,
    &ORDER_CONFLICT,
    &NO_INSURANCE,
    &CENTRE_KEY_INVALID,
    &TLS_FILE_INVALID,
    &KEY_EXISTS,
    &KEY_ACCESS,
    &KEY_TOO_OPEN,
    &KEY_FORMAT,
    &PASSPHRASE_NEEDED,
    &PASSPHRASE_WRONG,
    &RANDOM_FAILED,
    &DATE_RANGE,
    &NOT_SENT_ADDRESS,
    &NOT_SENT_CONNECT,
    &NOT_SENT_TLS,
    &NOT_SENT_BROKE,
    &QUESTION_UNANSWERED,
    &ANSWER_TIMEOUT,
    &ANSWER_BROKEN,
    &ANSWER_STATUS,
    &ANSWER_UNREADABLE,
    &ANSWER_SIGNATURE,
    &ANSWER_OTHER_MESSAGE,
    &ANSWER_AMOUNTS,
    &CENTRE_UNSURE,
    &INTERRUPTED,
    &REFUSED,
    &REVERSED,
    &REVERSING,
    &VOID_UNANSWERED,
    &NOT_SETTLED,
    &SETTLED_ALREADY,
    &ORDER_NOT_FOUND,
    &REVERSAL_REFUSED,
    &JOURNAL_BUSY,
    &JOURNAL_CORRUPT,
    &JOURNAL_FULL,
    &JOURNAL_ACCESS,
    &JOURNAL_KEY,
    &JOURNAL_TOO_NEW,
    &MSGID_EXHAUSTED,
    &CLOCK_OFF,
    &KEY_SERVICE_REFUSED,
    &KEY_SERVICE_UNREACHABLE,
    &CENTRE_OPEN,
    &PROGRAM_ERROR,
];
