//! `Y-1xxx` readers and reader service, `Y-2xxx` the card, its PIN and its keys.

use super::Fault;

/// The card has no social security application.
pub const NOT_A_SOCIAL_CARD: Fault = fault! {
    number: 2001,
    cause_zh: "卡内没有社会保障应用",
    cause_en: "The card holds no social security application",
    action_zh: "请确认放入的是社会保障卡，芯片朝读卡器方向",
    action_en: "Check that this is a social security card and that the chip points into the reader",
};

/// SSSE is locked or invalidated.
pub const CARD_LOCKED: Fault = fault! {
    number: 2002,
    cause_zh: "卡片应用已锁定或失效",
    cause_en: "The application on the card is locked or invalidated",
    action_zh: "请持卡人到社保卡服务网点或发卡银行处理",
    action_en: "Send the holder to the issuer's counter or the issuing bank",
};

/// SSF33, or an algorithm nobody knows, is asked for.
pub const ALGORITHM_REFUSED: Fault = fault! {
    number: 2003,
    cause_zh: "卡片要求的密码算法不受支持（SSF33 或未知算法）",
    cause_en: "The card asks for a cryptographic algorithm that is not supported (SSF33 or unknown)",
    action_zh: "请改用医保电子凭证或身份证；并请持卡人换领新卡",
    action_en: "Use the e-voucher or the ID card instead; the holder should have the card replaced",
};

/// A record has a wrong tag, a wrong length or is cut.
pub const RECORD_MALFORMED: Fault = fault! {
    number: 2004,
    cause_zh: "卡内数据记录格式错误（标签或长度不符）",
    cause_en: "A record on the card has a wrong tag or length",
    action_zh: "请重新插卡再试；仍失败请到发卡机构检测卡片",
    action_en: "Insert the card again; if it stays, have the issuer check the card",
};

/// A record or file that must be there is not.
pub const RECORD_MISSING: Fault = fault! {
    number: 2005,
    cause_zh: "卡内缺少必需的数据文件或记录",
    cause_en: "A file or record that must be on the card is missing",
    action_zh: "请到发卡机构检测或重新制卡",
    action_en: "Have the issuer check or replace the card",
};

/// A status word that the step does not know.
pub const UNEXPECTED_STATUS: Fault = fault! {
    number: 2006,
    cause_zh: "卡片返回了未预期的状态字",
    cause_en: "The card answered with an unexpected status word",
    action_zh: "请重新插卡再试，并记录状态字报告技术支持",
    action_en: "Insert the card again and report the status word to support",
};

/// 61xx or 6Cxx without end, or too much data.
pub const ANSWER_LOOP: Fault = fault! {
    number: 2007,
    cause_zh: "卡片反复要求重发命令，通信无法完成",
    cause_en: "The card keeps asking to repeat the command",
    action_zh: "请清洁芯片后重新插卡；仍失败请更换读卡器再试",
    action_en: "Clean the chip and insert the card again; else try another reader",
};

/// An answer too short for a status word, or too long.
pub const ANSWER_MALFORMED: Fault = fault! {
    number: 2008,
    cause_zh: "读卡器返回的应答不完整",
    cause_en: "The reader passed an incomplete answer",
    action_zh: "请重新插卡；检查读卡器连接线",
    action_en: "Insert the card again; check the cable of the reader",
};

/// 6982 where no authentication is known.
pub const READ_DENIED: Fault = fault! {
    number: 2009,
    cause_zh: "卡片拒绝读取该数据（安全条件不满足）",
    cause_en: "The card refuses to let this data be read",
    action_zh: "请到发卡机构检测卡片",
    action_en: "Have the issuer check the card",
};

/// Identification code without a region.
pub const IDENTIFICATION_CODE_INVALID: Fault = fault! {
    number: 2010,
    cause_zh: "卡识别码格式错误",
    cause_en: "The card identification code is malformed",
    action_zh: "请到发卡机构检测或重新制卡",
    action_en: "Have the issuer check or replace the card",
};

/// A specification version that is not 1, 2 or 3.
pub const VERSION_UNKNOWN: Fault = fault! {
    number: 2011,
    cause_zh: "卡规范版本无法识别",
    cause_en: "The specification version of the card is unknown",
    action_zh: "请升级本程序；或改用医保电子凭证",
    action_en: "Update this program, or use the e-voucher",
};

/// A date that no calendar has.
pub const DATE_INVALID: Fault = fault! {
    number: 2012,
    cause_zh: "卡内日期数据无效",
    cause_en: "A date on the card is not a date",
    action_zh: "请到发卡机构更正卡内信息",
    action_en: "Have the issuer correct the card",
};

/// Card number with characters that cannot be.
pub const CARD_NUMBER_INVALID: Fault = fault! {
    number: 2013,
    cause_zh: "社会保障卡卡号格式错误",
    cause_en: "The card number is malformed",
    action_zh: "请到发卡机构检测或重新制卡",
    action_en: "Have the issuer check or replace the card",
};

/// Certificate number with wrong characters or date.
pub const CERTNO_INVALID: Fault = fault! {
    number: 2014,
    cause_zh: "社会保障号码格式错误",
    cause_en: "The certificate number on the card is malformed",
    action_zh: "请核对身份证，并到发卡机构更正卡内信息",
    action_en: "Compare with the ID card; have the issuer correct the card",
};

/// Certificate number whose check digit is wrong.
pub const CERTNO_CHECK_DIGIT: Fault = fault! {
    number: 2015,
    cause_zh: "社会保障号码校验位错误",
    cause_en: "The check digit of the certificate number on the card is wrong",
    action_zh: "请重新插卡再读；仍失败请核对身份证并到发卡机构更正",
    action_en: "Read again; if it stays, compare with the ID card and have the issuer correct the card",
};

/// Name, gender, ethnicity or birthplace that cannot be.
pub const HOLDER_DATA_INVALID: Fault = fault! {
    number: 2016,
    cause_zh: "卡内持卡人信息无效",
    cause_en: "Holder data on the card is not valid",
    action_zh: "请核对身份证，并到发卡机构更正卡内信息",
    action_en: "Compare with the ID card; have the issuer correct the card",
};

/// An answer to reset that ISO/IEC 7816-3 does not allow.
pub const RESET_ANSWER_INVALID: Fault = fault! {
    number: 2017,
    cause_zh: "卡片复位应答无效",
    cause_en: "The answer to reset of the card is malformed",
    action_zh: "请清洁芯片后重新插卡；检查芯片朝向",
    action_en: "Clean the chip, insert the card again, check its direction",
};

/// Internal authentication differs from the key service's.
pub const CARD_NOT_GENUINE: Fault = fault! {
    number: 2020,
    cause_zh: "内部认证失败，卡片不合法",
    cause_en: "The card failed its authentication: it is not genuine",
    action_zh: "请勿受理此卡；请持卡人出示身份证或医保电子凭证",
    action_en: "Do not accept this card; ask for the ID card or the e-voucher",
};

/// External authentication refused by the card.
pub const CARD_REFUSED_KEYS: Fault = fault! {
    number: 2021,
    cause_zh: "外部认证失败，卡片不接受密钥服务的结果",
    cause_en: "The card does not accept the answer of the key service",
    action_zh: "请重新插卡再试；仍失败请联系密钥服务方核对密钥",
    action_en: "Insert the card again; if it stays, have the key service check its keys for this region",
};

/// Authentication blocked on the card (6983, 63C0).
pub const CARD_AUTH_BLOCKED: Fault = fault! {
    number: 2022,
    cause_zh: "卡片认证功能已锁定",
    cause_en: "Authentication is blocked on this card",
    action_zh: "请持卡人到发卡机构解锁或换卡",
    action_en: "The issuer must unblock or replace the card",
};

/// Key service answered for other challenges.
pub const KEY_ANSWER_INVALID: Fault = fault! {
    number: 2023,
    cause_zh: "密钥服务的应答与本次请求不符",
    cause_en: "The key service answered for another request",
    action_zh: "请重试；仍失败请联系密钥服务方",
    action_en: "Try again; if it stays, call the key service",
};

/// The caller fed a session what it did not ask for.
pub const SESSION_OUT_OF_TURN: Fault = fault! {
    number: 2029,
    cause_zh: "程序内部错误：读卡会话次序不符",
    cause_en: "Program error: the card session was fed out of turn",
    action_zh: "请重试并将此编号报告技术支持",
    action_en: "Try again and report this code to support",
};

/// PIN wrong, tries left.
pub const PIN_WRONG: Fault = fault! {
    number: 2040,
    cause_zh: "卡密码错误",
    cause_en: "The PIN is wrong",
    action_zh: "请持卡人确认密码后重新输入，注意剩余次数",
    action_en: "Let the holder think and enter it again; mind the tries left",
};

/// PIN blocked.
pub const PIN_BLOCKED: Fault = fault! {
    number: 2041,
    cause_zh: "卡密码已锁定",
    cause_en: "The PIN is blocked",
    action_zh: "请持卡人到社保卡服务网点或发卡银行解锁",
    action_en: "Only the issuer's counter or the issuing bank can unblock it",
};

/// The next wrong PIN would block the card.
pub const PIN_LAST_TRY: Fault = fault! {
    number: 2042,
    cause_zh: "只剩最后一次密码尝试，已停止以防锁卡",
    cause_en: "Only one try is left; stopped so that the card is not blocked",
    action_zh: "确认密码无误后，由持卡人明确同意再试；否则到网点重置密码",
    action_en: "Try only when the holder is sure and agrees; else have the PIN reset at a counter",
};

/// PIN not 4 to 12 digits.
pub const PIN_MALFORMED: Fault = fault! {
    number: 2043,
    cause_zh: "密码格式错误（应为 4 至 12 位数字）",
    cause_en: "A PIN has 4 to 12 digits",
    action_zh: "请重新输入密码",
    action_en: "Enter the PIN again",
};

/// The card has no PIN or cannot verify it now.
pub const PIN_NOT_AVAILABLE: Fault = fault! {
    number: 2044,
    cause_zh: "卡片当前无法校验密码",
    cause_en: "The card cannot verify a PIN now",
    action_zh: "请改用其他身份核验方式；必要时到发卡机构检测",
    action_en: "Identify the holder otherwise; have the issuer check the card",
};

/// No reader service on this machine.
pub const NO_SERVICE: Fault = fault! {
    number: 1001,
    cause_zh: "读卡服务（PC/SC）没有运行",
    cause_en: "The reader service (PC/SC) is not running",
    action_zh: "安装并启动读卡服务：Linux 用 apt install pcscd 后执行 systemctl start pcscd.socket；Windows 启动“Smart Card”服务",
    action_en: "Install and start the service: on Linux install pcscd and run systemctl start pcscd.socket; on Windows start the service named Smart Card",
};

/// The reader service refuses this user.
pub const SERVICE_ACCESS_DENIED: Fault = fault! {
    number: 1002,
    cause_zh: "读卡服务拒绝当前用户访问",
    cause_en: "The reader service refuses this user",
    action_zh: "安装随附的 polkit 规则，或由管理员授权本用户使用 pcscd；运行 yika doctor 查看原因",
    action_en: "Install the polkit rule that comes with the program, or have the administrator allow this user; yika doctor shows which layer refuses",
};

/// The reader service stopped during the work.
pub const SERVICE_STOPPED: Fault = fault! {
    number: 1003,
    cause_zh: "读卡过程中读卡服务停止或重启",
    cause_en: "The reader service stopped or restarted during the work",
    action_zh: "保持卡片在读卡器中，稍候再读一次；若反复出现，请检查读卡服务",
    action_en: "Leave the card in the reader and read again in a moment; if it comes back, check the reader service",
};

/// The service knows no reader.
pub const NO_READER: Fault = fault! {
    number: 1004,
    cause_zh: "没有找到读卡器",
    cause_en: "No reader was found",
    action_zh: "检查读卡器的 USB 线和电源，换一个接口再插；仍没有时运行 yika doctor",
    action_en: "Check cable and power of the reader, try another USB port; if it stays away run yika doctor",
};

/// The reader left during the work.
pub const READER_GONE: Fault = fault! {
    number: 1005,
    cause_zh: "读卡器已被拔出或断电",
    cause_en: "The reader was unplugged or lost power",
    action_zh: "重新插好读卡器后再读一次，不需要重启程序",
    action_en: "Plug the reader in again and read once more; the program need not be restarted",
};

/// No reader matches the name or the rule.
pub const READER_NOT_FOUND: Fault = fault! {
    number: 1006,
    cause_zh: "没有与指定名称相符的读卡器",
    cause_en: "No reader matches the given name",
    action_zh: "运行 yika readers 查看名称和编号，更正 --reader 或站点文件",
    action_en: "Run yika readers to see names and ids, then correct --reader or the site file",
};

/// More than one reader matches the name.
pub const READER_AMBIGUOUS: Fault = fault! {
    number: 1007,
    cause_zh: "指定的名称与多个读卡器相符",
    cause_en: "More than one reader matches the given name",
    action_zh: "请用 yika readers 列出的完整编号指定读卡器",
    action_en: "Give the full id that yika readers prints",
};

/// No card in the reader.
pub const NO_CARD: Fault = fault! {
    number: 1008,
    cause_zh: "读卡器中没有卡",
    cause_en: "There is no card in the reader",
    action_zh: "请插入卡片（芯片朝读卡器方向）或把卡贴在感应区",
    action_en: "Insert the card, chip towards the reader, or lay it on the antenna",
};

/// The card was taken out while it was read.
pub const CARD_REMOVED: Fault = fault! {
    number: 1009,
    cause_zh: "读卡过程中卡片被取出",
    cause_en: "The card was taken out while it was being read",
    action_zh: "重新插入卡片并等到提示完成再取出；没有保留任何未读完的数据",
    action_en: "Insert the card again and leave it until the reading is done; nothing half read was kept",
};

/// Other software keeps resetting the card.
pub const CARD_RESET: Fault = fault! {
    number: 1010,
    cause_zh: "卡片反复被其他程序复位",
    cause_en: "Other software keeps resetting the card",
    action_zh: "关闭同时使用读卡器的程序（银行控件、证书工具、旧医保插件）后再读",
    action_en: "Close the other programs that use the reader (bank control, certificate tool, older plug-ins) and read again",
};

/// The card does not answer.
pub const CARD_MUTE: Fault = fault! {
    number: 1011,
    cause_zh: "卡片没有应答，可能插反了",
    cause_en: "The card does not answer; is it the wrong way round?",
    action_zh: "取出卡片，芯片朝上并朝读卡器方向重新插入；仍无应答时擦净芯片或换卡试验",
    action_en: "Take it out and insert it chip up and chip first; if it stays silent clean the chip or try another card",
};

/// Reader and card share no protocol.
pub const CARD_UNSUPPORTED: Fault = fault! {
    number: 1012,
    cause_zh: "读卡器与该卡没有共同的通信协议",
    cause_en: "Reader and card share no transmission protocol",
    action_zh: "请确认是社会保障卡；可换一个读卡器再试",
    action_en: "Check that this is a social security card; try another reader",
};

/// Other software holds the reader.
pub const READER_BUSY: Fault = fault! {
    number: 1013,
    cause_zh: "读卡器被其他程序占用",
    cause_en: "Another program holds the reader",
    action_zh: "关闭占用读卡器的程序后再读；可能的程序见详细信息",
    action_en: "Close the program that holds the reader and read again; the details name the likely ones",
};

/// The driver did not come back in time.
pub const READER_HANGS: Fault = fault! {
    number: 1014,
    cause_zh: "读卡器在规定时间内没有返回",
    cause_en: "The reader did not come back in time",
    action_zh: "拔插读卡器后再读；若反复出现，请更新读卡器驱动",
    action_en: "Unplug the reader, plug it in and read again; if it comes back update the driver of the reader",
};

/// The exchange with the card failed though the card is there.
pub const TRANSMISSION_FAILED: Fault = fault! {
    number: 1015,
    cause_zh: "与卡片的通信出错",
    cause_en: "The exchange with the card failed",
    action_zh: "擦净芯片，重新插入卡片再读；换卡仍失败时检查读卡器",
    action_en: "Clean the chip, insert the card again and read; if other cards fail too check the reader",
};

/// Too many calls hang in the driver.
pub const TOO_MANY_HANGING: Fault = fault! {
    number: 1016,
    cause_zh: "读卡器驱动多次失去响应，已停止再试",
    cause_en: "The driver of the reader hung several times; no more calls are made",
    action_zh: "拔下读卡器，重启读卡服务后再读",
    action_en: "Unplug the reader, restart the reader service and read again",
};

/// The caller cancelled the wait.
pub const WAIT_CANCELLED: Fault = fault! {
    number: 1017,
    cause_zh: "等待已取消",
    cause_en: "The wait was cancelled",
    action_zh: "需要时重新开始读卡",
    action_en: "Start the reading again when it is wanted",
};

/// An answer of the service that has no name here.
pub const SERVICE_ANSWER: Fault = fault! {
    number: 1018,
    cause_zh: "读卡服务返回了意外的错误",
    cause_en: "The reader service gave an unexpected error",
    action_zh: "重启读卡服务后再试；请把详细信息中的代码告诉维护人员",
    action_en: "Restart the reader service and try again; tell support the code in the details",
};

/// A card reader on USB that the service does not show.
pub const READER_WITHOUT_DRIVER: Fault = fault! {
    number: 1020,
    cause_zh: "USB 上有读卡器，但读卡服务没有识别它",
    cause_en: "A card reader is on USB, but the reader service does not show it",
    action_zh: "安装 CCID 驱动（Linux：apt install libccid），再重启读卡服务；检查是否被其他程序独占",
    action_en: "Install the CCID driver (on Linux the package libccid) and restart the reader service; check that no other program holds the device",
};

/// A remote desktop session hides the local readers.
pub const REMOTE_SESSION: Fault = fault! {
    number: 1021,
    cause_zh: "当前是远程桌面会话，本机读卡器可能不可见",
    cause_en: "This is a remote desktop session; readers of this machine may be hidden",
    action_zh: "读卡器应接在操作者面前的电脑，并在远程桌面中打开“智能卡”重定向",
    action_en: "Plug the reader into the computer in front of the user and switch on smart card redirection in the remote desktop client",
};

/// The key service cannot be reached.
pub const KEY_SERVICE_UNREACHABLE: Fault = fault! {
    number: 1030,
    cause_zh: "无法连接卡密钥服务",
    cause_en: "The card key service cannot be reached",
    action_zh: "检查网络和 --key-service 地址；没有密钥服务时只能读出部分数据",
    action_en: "Check the network and the --key-service address; without it only part of the card can be read",
};

/// The key service did not answer in time.
pub const KEY_SERVICE_SLOW: Fault = fault! {
    number: 1031,
    cause_zh: "卡密钥服务没有在规定时间内应答",
    cause_en: "The card key service did not answer in time",
    action_zh: "稍候再读一次；若反复出现，请检查到密钥服务的网络",
    action_en: "Read again in a moment; if it comes back check the line to the key service",
};

/// The key service refuses this institution or card.
pub const KEY_SERVICE_REFUSED: Fault = fault! {
    number: 1032,
    cause_zh: "卡密钥服务拒绝了请求",
    cause_en: "The card key service refused the request",
    action_zh: "检查机构签名密钥和授权；原因见详细信息",
    action_en: "Check the signing key and the rights of the institution; the details give the reason",
};

/// The last PIN state cannot be kept, so no PIN is sent.
pub const PIN_MEMORY_FAILED: Fault = fault! {
    number: 1040,
    cause_zh: "无法保存卡的密码状态，因此没有发送密码",
    cause_en: "The PIN state of the card cannot be stored, so no PIN was sent",
    action_zh: "检查状态目录是否可写、磁盘是否已满",
    action_en: "Check that the state directory can be written and the disk is not full",
};

/// The file that describes a virtual card is wrong.
pub const VIRTUAL_CARD_SPEC: Fault = fault! {
    number: 1050,
    cause_zh: "虚拟卡说明文件有误",
    cause_en: "The file that describes the virtual card is wrong",
    action_zh: "按提示的行号更正文件；各项含义见 hw-docs/virtual-bench.md",
    action_en: "Correct the file at the line given; hw-docs/virtual-bench.md explains each key",
};

/// No virtual reader listens for a card.
pub const VIRTUAL_READER_MISSING: Fault = fault! {
    number: 1051,
    cause_zh: "没有虚拟读卡器在等待虚拟卡",
    cause_en: "No virtual reader waits for a virtual card",
    action_zh: "安装 vsmartcard-vpcd 并启动 pcscd；两个槽的端口为 35963 和 35964",
    action_en: "Install vsmartcard-vpcd and start pcscd; its two slots listen on ports 35963 and 35964",
};

/// The virtual reader let the card go.
pub const VIRTUAL_READER_LOST: Fault = fault! {
    number: 1052,
    cause_zh: "虚拟读卡器断开了虚拟卡",
    cause_en: "The virtual reader dropped the virtual card",
    action_zh: "确认 pcscd 仍在运行，然后重新插入",
    action_en: "Check that pcscd still runs, then insert the card again",
};

/// Another virtual card sits in the slot.
pub const VIRTUAL_SLOT_TAKEN: Fault = fault! {
    number: 1053,
    cause_zh: "虚拟读卡器的这个槽里已有另一张虚拟卡",
    cause_en: "Another virtual card sits in this slot of the virtual reader",
    action_zh: "换另一个槽（--slot 1），或先拔出那张卡",
    action_en: "Use the other slot (--slot 1), or pull the other card out first",
};

/// A script of the POS device on the desk waited for a picture that never came.
pub const VIRTUAL_POS_SCREEN: Fault = fault! {
    number: 1054,
    cause_zh: "模拟 POS 机的屏幕没有出现脚本等待的文字",
    cause_en: "The simulated POS device never showed the text that the script waits for",
    action_zh: "查看输出的最后一屏，更正脚本，或检查中心和网络",
    action_en: "Look at the last screen that was printed; correct the script, or check centre and network",
};

/// Every fault of this file.
pub const ALL: &[&Fault] = &[
    &NO_SERVICE,
    &SERVICE_ACCESS_DENIED,
    &SERVICE_STOPPED,
    &NO_READER,
    &READER_GONE,
    &READER_NOT_FOUND,
    &READER_AMBIGUOUS,
    &NO_CARD,
    &CARD_REMOVED,
    &CARD_RESET,
    &CARD_MUTE,
    &CARD_UNSUPPORTED,
    &READER_BUSY,
    &READER_HANGS,
    &TRANSMISSION_FAILED,
    &TOO_MANY_HANGING,
    &WAIT_CANCELLED,
    &SERVICE_ANSWER,
    &READER_WITHOUT_DRIVER,
    &REMOTE_SESSION,
    &KEY_SERVICE_UNREACHABLE,
    &KEY_SERVICE_SLOW,
    &KEY_SERVICE_REFUSED,
    &PIN_MEMORY_FAILED,
    &VIRTUAL_CARD_SPEC,
    &VIRTUAL_READER_MISSING,
    &VIRTUAL_READER_LOST,
    &VIRTUAL_SLOT_TAKEN,
    &VIRTUAL_POS_SCREEN,
    &NOT_A_SOCIAL_CARD,
    &CARD_LOCKED,
    &ALGORITHM_REFUSED,
    &RECORD_MALFORMED,
    &RECORD_MISSING,
    &UNEXPECTED_STATUS,
    &ANSWER_LOOP,
    &ANSWER_MALFORMED,
    &READ_DENIED,
    &IDENTIFICATION_CODE_INVALID,
    &VERSION_UNKNOWN,
    &DATE_INVALID,
    &CARD_NUMBER_INVALID,
    &CERTNO_INVALID,
    &CERTNO_CHECK_DIGIT,
    &HOLDER_DATA_INVALID,
    &RESET_ANSWER_INVALID,
    &CARD_NOT_GENUINE,
    &CARD_REFUSED_KEYS,
    &CARD_AUTH_BLOCKED,
    &KEY_ANSWER_INVALID,
    &SESSION_OUT_OF_TURN,
    &PIN_WRONG,
    &PIN_BLOCKED,
    &PIN_LAST_TRY,
    &PIN_MALFORMED,
    &PIN_NOT_AVAILABLE,
];
