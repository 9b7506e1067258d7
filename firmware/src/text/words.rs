//! The texts by screen: name, Chinese, English.
//!
//! A row of the screen holds 8 Chinese or 16 Latin characters; a title stands on one row, a body on two or three.
//!
//! The build packs them, the crate names them, the test of the font checks them: each brings a macro `words!` of its own.

words! {
    // Home.
    BRAND: "一卡 医保结算", "Yika settlement";
    BRAND_SHORT: "一卡", "Yika";
    BENCH: "试验机", "BENCH";
    HOME_PRESS: "按确认键收款", "OK: new payment";
    HOME_MENU: "←菜单", "←menu";
    HOME_PAY: "收款→", "pay→";
    HOME_OPEN: "待冲正", "open:";
    OFFLINE: "无网络", "offline";
    UNSEEN: "上笔成功 可重打", "last one settled";

    // Amount.
    AMOUNT: "应收金额", "Amount";
    YUAN: "元", "yuan";
    BACK: "返回", "back";
    OK: "确认", "OK";
    AMOUNT_ZERO: "金额须大于零", "above zero!";

    // What is shown.
    PRESENT: "请出示凭证", "Show one of";
    PRESENT_CARD: "插入社保卡", "social card";
    PRESENT_CODE: "或扫医保码", "or QR code";
    PRESENT_ALL: "扫码或放身份证", "QR or ID card";
    CANCEL: "←取消", "←cancel";

    // Card.
    READING: "正在读卡", "Reading card";
    READING_BODY: "请勿拔卡", "Leave the card in";
    READING_ID: "读身份证", "Reading ID";
    READING_ID_BODY: "请勿移动证件", "Do not move it";
    TAKE_CARD: "请取卡", "take card";

    // PIN.
    PIN: "输入密码", "Enter PIN";
    PIN_PAD: "密码键盘输入", "on the PIN pad";
    PIN_SKIP: "无密码→", "no PIN→";
    PIN_CHECKING: "校验密码", "Checking PIN";
    PIN_WRONG: "密码错误", "Wrong PIN";
    PIN_LEFT: "剩余次数", "tries left";
    PIN_AGAIN: "按键丢失 请重输", "Type it again";
    PIN_SHORT: "至少四位", "4 at least";

    // Under way.
    SENDING: "正在结算", "Settling";
    WAIT: "请稍候", "Please wait,";
    WAIT_BODY: "请稍候", "Please wait";
    DO_NOT_CHARGE: "请勿再次收款", "no new charge";
    NO_ANSWER: "尚无应答", "No answer";
    GIVE_UP: "取消本笔→", "cancel it→";
    ASK_GIVE_UP: "取消本笔？", "Cancel this?";
    ASK_GIVE_UP_BODY: "取消后不计费，须重新刷卡", "Then it does not count";
    NO: "←否", "←no";
    YES: "确认", "OK: yes";

    ADVICE_UNKNOWN: "中心不识本机", "centre: unknown";
    ADVICE_REVOKED: "本机已注销", "centre: revoked";
    ADVICE_BUSY: "中心繁忙", "centre is busy";
    ADVICE_OTHER: "请联系管理员", "call support";

    // Ends.
    SETTLED: "结算成功", "Paid";
    REPEATED: "此单已结算", "Paid before";
    NOT_SETTLED: "未结算", "Declined";
    NOT_DONE: "未完成", "Not done";
    CANCELLED: "已取消 不计费", "Will not count";
    CANCELLED_BODY: "重新刷卡或收现金", "Cancelled. Swipe again or cash";
    CANCELLED_SENDING: "正在通知中心", "telling centre";
    CANCELLED_DONE: "中心已确认", "centre confirmed";
    NUMBER_ONLY: "请在手册中查此编号", "See this number in the manual";

    // Amounts of the answer.
    TOTAL: "总额", "Total";
    ACCOUNT: "账户", "Acct";
    FUND: "统筹", "Fund";
    CASH: "现金", "Cash";
    BALANCE: "余额", "Left";
    COLLECT_CASH: "收现金", "COLLECT";
    NO_CASH: "不收现金", "No cash";
    CODE_PAGE: "二维码→", "QR→";
    REPRINT: "重打→", "reprint→";
    MORE: "↓更多", "↓more";
    HOLDER: "姓名", "Name";

    // Stops.
    PAUSED: "暂停刷卡", "Paused";
    STORE_LOST: "存储丢失", "No store";
    STORE_FAILED: "存储故障", "Stopped";
    NEW_DEVICE: "新设备→", "new device→";
    ASK_SETUP: "确是新设备？", "A new device?";
    ASK_SETUP_BODY: "旧机初始化会丢失未结交易", "Else open swipes are lost";
    LOST_RECORD: "记录缺失", "Lost one";
    LOST_ASK: "确认查询中心", "OK: ask centre";
    LOST_HELD: "中心已结算", "Centre: settled";
    LOST_NOT_HELD: "中心未结算", "Not settled";
    LOST_KEEP: "保留", "keep";
    LOST_REVERSE: "撤销", "cancel";
    LOST_VOID: "这是一笔撤销", "It was a void";
    LOST_VOID_BODY: "以中心账为准", "centre has it";
    LOST_WRITE_OFF: "核销→", "close→";
    ASK_WRITE_OFF: "核销这一笔？", "Close this one?";
    ASK_WRITE_OFF_BODY: "本机不计此笔，请与中心对账", "Not in our sums, compare the day";
    LOST_ASKING: "正在查询中心", "Asking";
    NOTICE: "请核查", "Look into it";
    CLONED: "另有设备使用本机身份", "Another device uses this identity";

    // Menu.
    MENU: "菜单", "Menu";
    MENU_VOID: "撤销上一笔", "Void last";
    MENU_REPRINT: "重打上一笔", "Reprint last";
    MENU_DAY: "当日合计", "Day totals";
    MENU_COMPARE: "与中心对账", "Day compare";
    MENU_LOST: "缺失记录", "Lost records";
    MENU_SETTINGS: "设置", "Settings";
    ASK_VOID: "撤销这一笔？", "Void this one?";
    VOIDING: "正在撤销", "Voiding";
    VOIDING_BODY: "请稍候，勿关机", "Wait, leave it on";
    VOID_BEHIND: "尚无应答，本机继续重发，有结果即打印", "No answer yet. It goes on and prints then";
    VOIDED: "已撤销", "Voided";
    VOID_REFUSED: "撤销未成", "No void";
    RETURN_CASH: "退现金", "RETURN";
    NO_RETURN: "不退现金", "No cash back";
    PRINTING: "正在打印", "Printing";

    // Day.
    DAY_COUNT: "笔数", "Count";
    DAY_VOIDS: "撤销", "Voids";
    NO_DAY: "尚无结算", "No swipes yet";
    NO_DAY_BODY: "本机还没有结算过", "Nothing was settled here";
    COMPARING: "正在对账", "Comparing";
    DAY_EQUAL: "账目一致", "Equal";
    DAY_DIFFERENT: "账目不一致", "DIFFERENT";
    HERE: "本机", "Here";
    CENTRE: "中心", "Centre";
    PRINT: "打印→", "print→";
    NO_REPLY: "中心无应答", "No answer";
    NO_REPLY_BODY: "请检查网络后重试", "Check the network, try again";

    // Settings.
    SET_LANGUAGE: "语言", "Language";
    LANGUAGE_NAME: "中文", "English";
    SET_PAPER: "纸宽", "Paper";
    PAPER_58: "58毫米", "58 mm";
    PAPER_80: "80毫米", "80 mm";
    SET_PIN: "密码", "PIN";
    PIN_ALWAYS: "必须", "always";
    PIN_CHOICE: "可选", "optional";
    PIN_TILL: "收银机定", "as till";
    SET_ADDRESS: "网络地址", "Network";
    SET_INFO: "终端信息", "Terminal";
    SET_ENROL: "入网", "Enrolment";
    SAVED: "已保存", "Saved";
    SAVED_RESTART: "重启后生效", "Used after a restart";
    ADDRESS_OWN: "本机地址", "Own address";
    ADDRESS_OWN_HINT: "全零为自动获取", "zeros: automatic";
    ADDRESS_PREFIX: "子网位数", "Subnet bits";
    ADDRESS_GATEWAY: "网关", "Gateway";
    ADDRESS_CENTRE: "中心地址", "Centre";
    ADDRESS_PORT: "中心端口", "Centre port";
    ADDRESS_WRONG: "数值过大", "too large";

    // Terminal.
    INFO_TERMINAL: "终端号", "Terminal";
    INFO_INSTITUTION: "机构编号", "Institution";
    INFO_SERIAL: "序列号", "Serial";
    INFO_BOARD: "主板", "Board";
    INFO_VERSION: "版本", "Version";
    INFO_STARTS: "启动次数", "Starts";
    INFO_OPEN: "待冲正", "Open";
    INFO_WEAR: "存储磨损", "Store wear";
    NONE: "无", "none";

    // Enrolment.
    ENROL: "终端入网", "Enrolment";
    ENROL_NONE: "尚未入网", "Not enrolled";
    ENROL_WAIT: "请由电脑开始入网", "Start it at the PC";
    ENROL_CODE: "核对数字", "Compare";
    ENROL_CODE_HINT: "一致按确认", "Same? OK";
    ENROL_PC: "请在电脑上确认", "Confirm on PC";
    ENROL_DONE: "入网完成", "Enrolled";
    ENROL_DONE_BODY: "可以收款", "Ready for payments";
    ENROL_FAILED: "入网未成", "Failed";

    // Slip.
    SLIP_TITLE: "医保结算凭条", "SETTLEMENT SLIP";
    SLIP_VOID: "撤销凭条", "VOID SLIP";
    SLIP_REPRINT: "＊重打＊", "* REPRINT *";
    SLIP_VOIDED: "＊已撤销＊", "* VOIDED *";
    SLIP_BENCH: "＊试验机 不作凭证＊", "* BENCH - NOT A RECEIPT *";
    SLIP_INSTITUTION: "机构编号", "Institution";
    SLIP_TERMINAL: "终端号", "Terminal";
    SLIP_ORDER: "收银单号", "Order";
    SLIP_SETTLEMENT: "结算编号", "setl_id";
    SLIP_DAY: "业务日期", "Business day";
    SLIP_COUNTER: "终端流水", "Counter";
    SLIP_NAME: "姓名", "Name";
    SLIP_CREDENTIAL: "凭证", "Shown";
    CREDENTIAL_CARD: "社会保障卡", "social card";
    CREDENTIAL_CODE: "医保码", "e-voucher";
    CREDENTIAL_ID: "身份证", "ID card";
    SLIP_TOTAL: "总金额", "Total";
    SLIP_ACCOUNT: "个人账户支付", "Account paid";
    SLIP_FUND: "统筹基金支付", "Fund paid";
    SLIP_CASH: "现金支付", "Cash";
    SLIP_BALANCE: "账户余额", "Balance";
    SLIP_ACCOUNT_BACK: "退回个人账户", "Back to account";
    SLIP_FUND_BACK: "退回统筹基金", "Back to fund";
    SLIP_CASH_BACK: "退现金", "Cash returned";
    SLIP_EVIDENCE: "中心签名摘要", "Evidence";
    SLIP_DAY_TITLE: "当日合计", "DAY TOTALS";
    SLIP_SIGN: "持卡人签名", "Signature";
    SLIP_KEEP: "请妥善保管", "Please keep this slip";
}
