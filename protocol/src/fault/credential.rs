//! `Y-6xxx` what brings the other credentials: serial ports, identity-card readers, scanners, codes.
//!
//! | codes | about |
//! |---|---|
//! | `Y-60xx` | serial ports; from 6020 scanners |
//! | `Y-61xx` | identity cards and their readers |
//! | `Y-62xx` | e-voucher codes |
//! | `Y-63xx` | the PSAM; from 6320 PIN pads |

use super::Fault;

/// No serial port has this name or identity.
pub const PORT_NOT_FOUND: Fault = fault! {
    number: 6001,
    cause_zh: "没有找到指定的串口",
    cause_en: "There is no such serial port",
    action_zh: "检查设备的连线和电源；运行 yika id ports 查看现有串口，再更正 --port 或站点文件",
    action_en: "Check cable and power of the device; run yika id ports to see the ports, then correct --port or the site file",
};

/// Several ports fit.
pub const PORT_AMBIGUOUS: Fault = fault! {
    number: 6002,
    cause_zh: "指定的串口标识与多个设备相符",
    cause_en: "More than one serial port fits what was asked for",
    action_zh: "请用 yika id ports 列出的完整标识指定设备",
    action_en: "Give the full id that yika id ports prints",
};

/// The system does not let this user open the port.
pub const PORT_ACCESS_DENIED: Fault = fault! {
    number: 6003,
    cause_zh: "当前用户无权打开串口",
    cause_en: "This user may not open the serial port",
    action_zh: "安装随附的 udev 规则后重新插拔设备，或把用户加入 dialout 组并重新登录",
    action_en: "Install the udev rules that come with the program and plug the device in again, or add the user to the group dialout and log in again",
};

/// Another program has the port open.
pub const PORT_BUSY: Fault = fault! {
    number: 6004,
    cause_zh: "串口被其他程序占用",
    cause_en: "Another program holds the serial port",
    action_zh: "关闭占用该设备的程序（旧读卡插件、厂商工具、调制解调器服务）后再试",
    action_en: "Close the program that uses the device (older plug-in, maker's tool, modem service) and try again",
};

/// The port vanished while it was open.
pub const PORT_GONE: Fault = fault! {
    number: 6005,
    cause_zh: "串口设备已被拔出或断电",
    cause_en: "The serial device was unplugged or lost power",
    action_zh: "重新插好设备后再试，不需要重启程序",
    action_en: "Plug the device in again and try once more; the program need not be restarted",
};

/// A call into the driver of the port does not come back.
pub const PORT_HANGS: Fault = fault! {
    number: 6006,
    cause_zh: "串口驱动在规定时间内没有返回",
    cause_en: "The driver of the serial port did not come back in time",
    action_zh: "拔插设备后再试；若反复出现，请更新 USB 转串口驱动",
    action_en: "Unplug the device, plug it in and try again; if it comes back update the driver of the serial adapter",
};

/// What was opened is no serial port, or refuses 8 data bits without parity at this speed.
pub const PORT_SETTINGS: Fault = fault! {
    number: 6007,
    cause_zh: "该设备不是串口，或不接受所需的通信参数",
    cause_en: "This is no serial port, or it refuses the settings that are needed",
    action_zh: "检查 --port 是否指向串口设备；换一个 USB 转串口适配器再试",
    action_en: "Check that --port names a serial device; try another serial adapter",
};

/// Anything else the system says about a port.
pub const PORT_OTHER: Fault = fault! {
    number: 6008,
    cause_zh: "串口返回了意外的错误",
    cause_en: "The serial port gave an unexpected error",
    action_zh: "拔插设备后再试；请把详细信息告诉维护人员",
    action_en: "Unplug the device, plug it in and try again; tell support what the details say",
};

/// A wait was cancelled.
pub const WAIT_CANCELLED: Fault = fault! {
    number: 6009,
    cause_zh: "等待已取消",
    cause_en: "The wait was cancelled",
    action_zh: "需要时重新开始",
    action_en: "Start again when it is wanted",
};

/// Nobody listens at a socket that stands for a line.
pub const PORT_NOBODY: Fault = fault! {
    number: 6010,
    cause_zh: "该地址没有程序在监听",
    cause_en: "Nobody listens at this address",
    action_zh: "先启动设备（yika sim pos --till …）或转发程序，再核对 --port 的地址",
    action_en: "Start the device first (yika sim pos --till …) or what passes its line on, then check the address in --port",
};

/// The module answers at no line speed.
pub const ID_READER_SILENT: Fault = fault! {
    number: 6101,
    cause_zh: "身份证阅读器没有应答",
    cause_en: "The ID-card reader does not answer",
    action_zh: "检查阅读器的电源和连线，确认串口是否正确；拔插阅读器后再读",
    action_en: "Check power and cable of the reader and whether this is its port; unplug it, plug it in and read again",
};

/// The security module failed its own test.
pub const ID_MODULE_BROKEN: Fault = fault! {
    number: 6102,
    cause_zh: "身份证阅读器的安全模块自检失败",
    cause_en: "The security module of the ID-card reader failed its own test",
    action_zh: "断电重启阅读器；仍失败请联系厂商更换安全模块",
    action_en: "Switch the reader off and on; if it stays, have the maker replace the security module",
};

/// The security module is missing or not licensed.
pub const ID_MODULE_NOT_AUTHORISED: Fault = fault! {
    number: 6103,
    cause_zh: "身份证阅读器的安全模块未经授权",
    cause_en: "The security module of the ID-card reader is not authorised",
    action_zh: "请联系阅读器厂商办理授权或更换安全模块；此间可改用社保卡或医保电子凭证",
    action_en: "Have the maker authorise or replace the module; use the social security card or the e-voucher meanwhile",
};

/// No card lies on the reader, or the one there was read already.
pub const ID_NO_CARD: Fault = fault! {
    number: 6104,
    cause_zh: "阅读器上没有可读的身份证件",
    cause_en: "No ID card that can be read lies on the reader",
    action_zh: "把身份证放到感应区；已经放着的，请拿起后重新放置",
    action_en: "Lay the card on the reader; one that lies there already must be lifted and laid again",
};

/// The module lost the card on the way.
pub const ID_LIFT_CARD: Fault = fault! {
    number: 6105,
    cause_zh: "身份证没有读完整",
    cause_en: "The ID card could not be read to its end",
    action_zh: "拿起身份证，重新放好并保持不动直到读完；没有保留任何未读完的数据",
    action_en: "Lift the card, lay it again and leave it until the reading is done; nothing half read was kept",
};

/// Card and module did not prove themselves to each other, or the content is not signed.
pub const ID_NOT_GENUINE: Fault = fault! {
    number: 6106,
    cause_zh: "身份证件未通过安全模块的真伪验证",
    cause_en: "The card did not pass the check of the security module",
    action_zh: "重新放置再读一次；仍失败请勿受理，改用其他凭证",
    action_en: "Lay it again and read once more; if it stays do not accept it and ask for another credential",
};

/// Something else than an identity card lies on the reader.
pub const ID_OTHER_CARD: Fault = fault! {
    number: 6107,
    cause_zh: "放置的不是身份证件（或是不认识的证件类型）",
    cause_en: "What lies on the reader is no ID card, or one of an unknown kind",
    action_zh: "请放置居民身份证、港澳台居民居住证或外国人永久居留身份证；社保卡请插入读卡器",
    action_en: "Lay a resident ID card, a residence permit or a foreigner's permanent residence card; a social security card belongs into its own reader",
};

/// The answer to reading has an impossible shape.
pub const ID_CONTENT: Fault = fault! {
    number: 6108,
    cause_zh: "阅读器返回的证件数据结构有误",
    cause_en: "The data of the ID card came in a wrong shape",
    action_zh: "重新放置再读一次；若反复出现，请检查阅读器型号和固件",
    action_en: "Lay the card again and read once more; if it comes back check model and firmware of the reader",
};

/// A text holds what is no character, or a field holds what it cannot.
pub const ID_FIELD_INVALID: Fault = fault! {
    number: 6109,
    cause_zh: "证件中的一项内容无法识别",
    cause_en: "A field of the ID card cannot be understood",
    action_zh: "重新放置再读一次；仍失败请核对证件，改用其他凭证",
    action_en: "Lay the card again and read once more; if it stays look at the card and ask for another credential",
};

/// The number has a wrong form.
pub const ID_NUMBER_INVALID: Fault = fault! {
    number: 6110,
    cause_zh: "证件号码的格式不对",
    cause_en: "The number of the ID card has a wrong form",
    action_zh: "核对证件上的号码；不符时请勿受理，改用其他凭证",
    action_en: "Compare with the number printed on the card; if it differs do not accept the card",
};

/// The number has a wrong check digit.
pub const ID_CHECK_DIGIT: Fault = fault! {
    number: 6111,
    cause_zh: "证件号码的校验码不对",
    cause_en: "The check digit of the ID card's number is wrong",
    action_zh: "核对证件上的号码；不符时请勿受理，改用其他凭证",
    action_en: "Compare with the number printed on the card; if it differs do not accept the card",
};

/// The document's validity is over, or has not begun.
pub const ID_EXPIRED: Fault = fault! {
    number: 6112,
    cause_zh: "证件不在有效期内",
    cause_en: "The ID card is not valid today",
    action_zh: "请持证人换领新证；此间可改用社保卡或医保电子凭证",
    action_en: "The holder should have it replaced; use the social security card or the e-voucher meanwhile",
};

/// The file that describes a virtual identity card is wrong.
pub const VIRTUAL_ID_SPEC: Fault = fault! {
    number: 6150,
    cause_zh: "虚拟身份证说明文件有误",
    cause_en: "The file that describes the virtual ID card is wrong",
    action_zh: "按提示的行号更正文件；各项含义见 hw-docs/id-readers.md",
    action_en: "Correct the file at the line given; hw-docs/id-readers.md explains each key",
};

/// A virtual serial port could not be made.
pub const VIRTUAL_PORT: Fault = fault! {
    number: 6151,
    cause_zh: "无法建立虚拟串口",
    cause_en: "A virtual serial port could not be made",
    action_zh: "虚拟串口需要 Linux 等类 Unix 系统的伪终端；检查 /dev/pts 以及 --link 的路径",
    action_en: "Virtual ports need the pseudo-terminals of a Unix-like system; check /dev/pts and the path of --link",
};

/// Nothing was scanned in the time given.
pub const NOTHING_SCANNED: Fault = fault! {
    number: 6020,
    cause_zh: "规定时间内没有扫到码",
    cause_en: "Nothing was scanned in the time given",
    action_zh: "请让持码人刷新医保码后对准扫码窗口再扫；扫码枪始终无反应时，检查其是否设为串口模式、波特率是否一致",
    action_en: "Have the code refreshed and held before the scanner; if nothing ever comes, check its serial mode and line speed",
};

/// The keyboard-mode scanner is not there.
pub const WEDGE_NOT_FOUND: Fault = fault! {
    number: 6021,
    cause_zh: "找不到键盘模式的扫码枪",
    cause_en: "There is no such keyboard-mode scanner",
    action_zh: "检查扫码枪是否插好；设备路径建议使用 /dev/input/by-id/ 下以 -event-kbd 结尾的名字",
    action_en: "Check that it is plugged in; name it by its path under /dev/input/by-id/ that ends in -event-kbd",
};

/// This user may not read the input device.
pub const WEDGE_ACCESS_DENIED: Fault = fault! {
    number: 6022,
    cause_zh: "当前用户无权读取键盘模式的扫码枪",
    cause_en: "This user may not read the keyboard-mode scanner",
    action_zh: "安装随附的 udev 规则后重新插拔扫码枪；不要把用户加入 input 组，那会允许读取所有键盘",
    action_en: "Install the udev rules that come with the program and plug the scanner in again; the group input would open every keyboard",
};

/// Another program has grabbed the input device.
pub const WEDGE_BUSY: Fault = fault! {
    number: 6023,
    cause_zh: "键盘模式的扫码枪已被其他程序独占",
    cause_en: "Another program has grabbed the keyboard-mode scanner",
    action_zh: "关闭该程序后再试",
    action_en: "Close that program and try again",
};

/// The device at this path types no text.
pub const WEDGE_NOT_A_KEYBOARD: Fault = fault! {
    number: 6024,
    cause_zh: "该输入设备不是键盘模式的扫码枪",
    cause_en: "This input device is no keyboard-mode scanner",
    action_zh: "请指定扫码枪的键盘设备（/dev/input/by-id/ 下以 -event-kbd 结尾的名字）",
    action_en: "Name the scanner's keyboard device (under /dev/input/by-id/, ending in -event-kbd)",
};

/// The keyboard-mode scanner was unplugged.
pub const WEDGE_GONE: Fault = fault! {
    number: 6025,
    cause_zh: "键盘模式的扫码枪已被拔出",
    cause_en: "The keyboard-mode scanner was unplugged",
    action_zh: "重新插好后再试，不需要重启程序",
    action_en: "Plug it in again and try once more; the program need not be restarted",
};

/// Input devices cannot be grabbed here, or one failed in a way of its own.
pub const WEDGE_UNUSABLE: Fault = fault! {
    number: 6026,
    cause_zh: "无法独占键盘模式的扫码枪（本系统不支持，或设备出错）",
    cause_en: "The keyboard-mode scanner cannot be grabbed (not on this system, or the device failed)",
    action_zh: "请把扫码枪设为串口（USB-CDC）模式",
    action_en: "Set the scanner to serial (USB-CDC) mode",
};

/// What was scanned is too short or too long for an e-voucher code.
pub const CODE_LENGTH: Fault = fault! {
    number: 6201,
    cause_zh: "扫到的不是医保码（长度不符）",
    cause_en: "What was scanned is no e-voucher code (its length does not fit)",
    action_zh: "请确认出示的是医保码而不是付款码或其他条码，然后重扫",
    action_en: "Check that the e-voucher is shown, not a payment code or another bar code, and scan again",
};

/// A character that no code has.
pub const CODE_NOT_PRINTABLE: Fault = fault! {
    number: 6202,
    cause_zh: "扫到的码含有不应出现的字符",
    cause_en: "The scanned code holds characters that no e-voucher code has",
    action_zh: "请重扫；每次都如此时检查扫码枪的波特率。键盘模式受输入法和键盘布局影响，建议改用串口模式",
    action_en: "Scan again; if it stays check the scanner's line speed. Input methods and layouts spoil keyboard mode, serial mode is better",
};

/// Bytes came and their end did not.
pub const CODE_UNFINISHED: Fault = fault! {
    number: 6203,
    cause_zh: "扫码数据没有结束符",
    cause_en: "A scan came without its end",
    action_zh: "请重扫；每次都如此时，把扫码枪后缀设为回车（CR），或使用 --suffix none",
    action_en: "Scan again; if it stays, set the scanner's suffix to CR, or use --suffix none",
};

/// The picture holds no code that can be read.
pub const PICTURE_WITHOUT_CODE: Fault = fault! {
    number: 6204,
    cause_zh: "图片中没有可识别的二维码或条码",
    cause_en: "The picture holds no QR or bar code that can be read",
    action_zh: "请让码完整、清晰、无反光地出现在图片中后再试",
    action_en: "Take the picture again with the whole code in it, sharp and without glare",
};

/// Several different codes in one picture.
pub const PICTURE_WITH_SEVERAL_CODES: Fault = fault! {
    number: 6205,
    cause_zh: "图片中有多个不同的码，无法确定用哪一个",
    cause_en: "The picture holds several different codes, and which one is meant is not clear",
    action_zh: "请只让一个医保码出现在图片中",
    action_en: "Take the picture with one e-voucher code only",
};

/// The file is no picture that can be opened.
pub const PICTURE_UNREADABLE: Fault = fault! {
    number: 6206,
    cause_zh: "图片无法打开（需要完好且不过大的 PNG 或 JPEG）",
    cause_en: "The picture cannot be opened (an intact PNG or JPEG of sensible size is needed)",
    action_zh: "请另存为 PNG 或 JPEG 后再试",
    action_en: "Save it as PNG or JPEG and try again",
};

/// A text that is to be drawn as an e-voucher code is none.
pub const CODE_NOT_DRAWABLE: Fault = fault! {
    number: 6207,
    cause_zh: "这段文字不能作为医保码（应为长度合适的可打印 ASCII 字符）",
    cause_en: "This text cannot be an e-voucher code (printable ASCII characters of a fitting length are needed)",
    action_zh: "请检查 --code 的内容",
    action_en: "Check what --code says",
};

/// Cashier or person cancelled.
pub const VOUCHER_CANCELLED: Fault = fault! {
    number: 6220,
    cause_zh: "已取消扫码",
    cause_en: "The scan was cancelled",
    action_zh: "需要时重新扫码；没有任何扣费",
    action_en: "Scan again when wanted; nothing was taken",
};

/// The service decoded nothing and names no code of its own.
pub const VOUCHER_REFUSED: Fault = fault! {
    number: 6221,
    cause_zh: "电子凭证未能解码",
    cause_en: "The e-voucher code was not accepted",
    action_zh: "请参保人刷新二维码后重扫；仍不行请改用社保卡或身份证",
    action_en: "Ask the person to refresh the code and scan again; else use the card or the ID card",
};

/// Nothing usable came back, and nothing hangs on it.
pub const VOUCHER_UNANSWERED: Fault = fault! {
    number: 6222,
    cause_zh: "电子凭证解码没有得到可信的应答",
    cause_en: "No trustworthy answer to the decoding of the e-voucher",
    action_zh: "检查网络后用同一单号重试；没有任何扣费",
    action_en: "Check the network and try again under the same order number; nothing was taken",
};

/// The answer lacks what a settlement needs.
pub const VOUCHER_INCOMPLETE: Fault = fault! {
    number: 6223,
    cause_zh: "电子凭证的解码结果不完整，不能用于结算",
    cause_en: "What the e-voucher decoded to is incomplete and cannot settle",
    action_zh: "请改用社保卡或身份证，并把缺少的字段告知中心",
    action_en: "Use the card or the ID card, and tell the centre which field is missing",
};

/// Application id or secret of the e-voucher interface do not have the form of such.
pub const VOUCHER_SETTINGS: Fault = fault! {
    number: 6224,
    cause_zh: "电子凭证接口的设置不正确",
    cause_en: "The settings of the e-voucher interface are wrong",
    action_zh: "按说明更正站点文件的 [voucher] 部分",
    action_en: "Correct the part [voucher] of the site file as described there",
};

/// There is no security module in the terminal, or what is in its slot is none. Driver code -2201.
pub const PSAM_MISSING: Fault = fault! {
    number: 6301,
    cause_zh: "没有 PSAM 卡",
    cause_en: "There is no PSAM",
    action_zh: "插好 PSAM 卡，或检查站点文件的 sam_reader；没有 PSAM 时请配置密钥服务 key_service",
    action_en: "Insert the PSAM or correct sam_reader in the site file; where there is none, configure a key service (key_service)",
};

/// The module does not know the algorithm of the card. Driver code -2202.
pub const PSAM_ALGORITHM: Fault = fault! {
    number: 6302,
    cause_zh: "PSAM 卡不支持此卡的算法",
    cause_en: "The PSAM does not know the algorithm of this card",
    action_zh: "请配置密钥服务 key_service，或向发卡机构更换支持国密的 PSAM 卡",
    action_en: "Configure a key service (key_service), or have the issuer replace the PSAM by one with SM4",
};

/// The module lacks the read key of generation 3. Driver code -2203.
pub const PSAM_NO_READ_KEY: Fault = fault! {
    number: 6303,
    cause_zh: "PSAM 卡内没有读取三代卡个人信息的密钥",
    cause_en: "The PSAM lacks the key that reads third-generation cards",
    action_zh: "请配置密钥服务 key_service，或向发卡机构更换 PSAM 卡",
    action_en: "Configure a key service (key_service), or have the issuer replace the PSAM",
};

/// The module lacks another key. Driver code -27272.
pub const PSAM_KEY_NOT_FOUND: Fault = fault! {
    number: 6304,
    cause_zh: "PSAM 卡内没有需要的密钥",
    cause_en: "The PSAM lacks the key that is needed",
    action_zh: "请核对站点文件的 psam_scheme；或配置密钥服务 key_service",
    action_en: "Check psam_scheme in the site file; or configure a key service (key_service)",
};

/// The keys of the module are of another level or region. Driver code -24.
pub const PSAM_KEY_LEVEL: Fault = fault! {
    number: 6305,
    cause_zh: "PSAM 卡的密钥级别不够，或不属于此卡的发卡地区",
    cause_en: "The keys of the PSAM are of another level, or not of this card's region",
    action_zh: "外地卡请配置密钥服务 key_service；本地卡请核对 psam_scheme",
    action_en: "For cards from elsewhere configure a key service (key_service); for local cards check psam_scheme",
};

/// The module stopped half way or answered what nobody expected.
pub const PSAM_FAILED: Fault = fault! {
    number: 6306,
    cause_zh: "PSAM 卡运算失败",
    cause_en: "The PSAM failed",
    action_zh: "重新插好 PSAM 卡后再读；多次出现请更换 PSAM 卡或其卡座",
    action_en: "Insert the PSAM again and read once more; if it comes back replace the PSAM or its slot",
};

/// The module is locked.
pub const PSAM_LOCKED: Fault = fault! {
    number: 6307,
    cause_zh: "PSAM 卡已锁定",
    cause_en: "The PSAM is locked",
    action_zh: "联系发卡机构处理 PSAM 卡；期间可用电子凭证或身份证",
    action_en: "Have the issuer look at the PSAM; meanwhile use the e-voucher or the ID card",
};

/// Nothing was typed in time (`6400`). Driver code -32.
pub const PINPAD_TIMEOUT: Fault = fault! {
    number: 6320,
    cause_zh: "密码输入超时",
    cause_en: "No PIN was entered in time",
    action_zh: "请持卡人准备好后再试；没有消耗尝试次数",
    action_en: "Try again when the holder is ready; no try was used",
};

/// The holder pressed cancel (`6401`). Driver code -31.
pub const PINPAD_CANCELLED: Fault = fault! {
    number: 6321,
    cause_zh: "持卡人取消了密码输入",
    cause_en: "The holder cancelled the PIN entry",
    action_zh: "需要时请持卡人重新输入；没有消耗尝试次数",
    action_en: "Ask the holder to enter it again when wanted; no try was used",
};

/// Two new PINs differ (`6402`). Driver code -34.
pub const PINPAD_MISMATCH: Fault = fault! {
    number: 6322,
    cause_zh: "两次输入的密码不一致",
    cause_en: "The two PINs that were entered differ",
    action_zh: "请持卡人重新输入",
    action_en: "Ask the holder to enter them again",
};

/// Too few or too many digits (`6403`). Driver code -33.
pub const PINPAD_LENGTH: Fault = fault! {
    number: 6323,
    cause_zh: "输入的密码位数不正确",
    cause_en: "The PIN that was entered has a wrong length",
    action_zh: "请持卡人按卡片的密码位数重新输入；没有消耗尝试次数",
    action_en: "Ask the holder to enter all digits of the PIN; no try was used",
};

/// The reader refused the request for a PIN, or has no keys.
pub const PINPAD_FAILED: Fault = fault! {
    number: 6324,
    cause_zh: "读卡器的密码键盘不能使用",
    cause_en: "The PIN pad of the reader cannot be used",
    action_zh: "加 --no-pinpad 改用程序输入密码；检查读卡器驱动",
    action_en: "Use --no-pinpad to type the PIN at the program instead; check the driver of the reader",
};

/// The file that describes a virtual PSAM is wrong.
pub const VIRTUAL_PSAM_SPEC: Fault = fault! {
    number: 6350,
    cause_zh: "虚拟 PSAM 卡的描述文件有误",
    cause_en: "The file that describes the virtual PSAM is wrong",
    action_zh: "按提示的行号更正文件，各项含义见 hw-docs/psam.md",
    action_en: "Correct the file at the line given; hw-docs/psam.md explains each key",
};

/// A terminal serves one person at a time.
pub const TERMINAL_IN_USE: Fault = fault! {
    number: 6401,
    cause_zh: "本终端正在等待另一位的凭证",
    cause_en: "This terminal already waits for somebody's credential",
    action_zh: "先完成或取消正在进行的那一笔，再开始下一笔",
    action_en: "Finish or cancel the one under way, then begin the next",
};

/// Nobody presented anything.
pub const NOTHING_PRESENTED: Fault = fault! {
    number: 6402,
    cause_zh: "规定时间内没有人出示凭证",
    cause_en: "No credential was presented in the time given",
    action_zh: "请插入社保卡、出示医保码或放置身份证后再试；设备无反应时用 yika terminal watch 查看",
    action_en: "Insert the card, show the e-voucher or lay the ID card, and try again; yika terminal watch shows the devices",
};

/// No device of the site can bring what is wanted.
pub const NO_SUITABLE_DEVICE: Fault = fault! {
    number: 6403,
    cause_zh: "本站点没有可以接收这种凭证的设备",
    cause_en: "This site has no device for this kind of credential",
    action_zh: "在站点文件的 [[devices.attached]] 中登记扫码枪或身份证阅读器，见 hw-docs/terminal.md",
    action_en: "Name the scanner or the ID-card reader under [[devices.attached]] in the site file; see hw-docs/terminal.md",
};

/// The terminal was ended while somebody waited.
pub const TERMINAL_STOPPED: Fault = fault! {
    number: 6404,
    cause_zh: "终端已停止",
    cause_en: "The terminal has ended",
    action_zh: "重新启动程序后再试",
    action_en: "Start the program again",
};

/// All faults of this file.
pub const ALL: &[&Fault] = &[
    &PORT_NOT_FOUND,
    &PORT_AMBIGUOUS,
    &PORT_ACCESS_DENIED,
    &PORT_BUSY,
    &PORT_GONE,
    &PORT_HANGS,
    &PORT_SETTINGS,
    &PORT_OTHER,
    &WAIT_CANCELLED,
    &PORT_NOBODY,
    &ID_READER_SILENT,
    &ID_MODULE_BROKEN,
    &ID_MODULE_NOT_AUTHORISED,
    &ID_NO_CARD,
    &ID_LIFT_CARD,
    &ID_NOT_GENUINE,
    &ID_OTHER_CARD,
    &ID_CONTENT,
    &ID_FIELD_INVALID,
    &ID_NUMBER_INVALID,
    &ID_CHECK_DIGIT,
    &ID_EXPIRED,
    &VIRTUAL_ID_SPEC,
    &VIRTUAL_PORT,
    &NOTHING_SCANNED,
    &WEDGE_NOT_FOUND,
    &WEDGE_ACCESS_DENIED,
    &WEDGE_BUSY,
    &WEDGE_NOT_A_KEYBOARD,
    &WEDGE_GONE,
    &WEDGE_UNUSABLE,
    &CODE_LENGTH,
    &CODE_NOT_PRINTABLE,
    &CODE_UNFINISHED,
    &PICTURE_WITHOUT_CODE,
    &PICTURE_WITH_SEVERAL_CODES,
    &PICTURE_UNREADABLE,
    &CODE_NOT_DRAWABLE,
    &VOUCHER_CANCELLED,
    &VOUCHER_REFUSED,
    &VOUCHER_UNANSWERED,
    &VOUCHER_INCOMPLETE,
    &VOUCHER_SETTINGS,
    &PSAM_MISSING,
    &PSAM_ALGORITHM,
    &PSAM_NO_READ_KEY,
    &PSAM_KEY_NOT_FOUND,
    &PSAM_KEY_LEVEL,
    &PSAM_FAILED,
    &PSAM_LOCKED,
    &PINPAD_TIMEOUT,
    &PINPAD_CANCELLED,
    &PINPAD_MISMATCH,
    &PINPAD_LENGTH,
    &PINPAD_FAILED,
    &VIRTUAL_PSAM_SPEC,
    &TERMINAL_IN_USE,
    &NOTHING_PRESENTED,
    &NO_SUITABLE_DEVICE,
    &TERMINAL_STOPPED,
];
