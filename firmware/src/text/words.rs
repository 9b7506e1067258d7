//! The texts, by screen.
//!
//! A row of the screen holds 8 Chinese or 16 Latin characters; a title stands on one row, a body on two or three.

use super::Text;

macro_rules! words {
    ($($name:ident: $zh:literal, $en:literal;)*) => {
        $(#[doc = $en] pub const $name: Text = Text { zh: $zh, en: $en };)*
        /// All of them by name, for tests and for making the font.
        pub const ALL: &[(&str, Text)] = &[$((stringify!($name), $name)),*];
    };
}

words! {
    // Idle.
    BRAND: "一卡 医保结算", "Yika settlement";
    IDLE_PRESS: "按确认键收款", "OK: take payment";
    IDLE_MENU: "←菜单", "←menu";
    IDLE_PAY: "收款→", "pay→";
    BENCH: "试验机", "BENCH";
    OPEN_REVERSALS: "待冲正", "to cancel:";
    NO_NETWORK: "无网络", "no network";
    WAITS_ANSWER: "冲正处理中", "cancelling";

    // Amount.
    AMOUNT: "应收金额", "Amount";
    YUAN: "元", "yuan";
    BACK: "返回", "back";
    OK: "确认", "OK";
    AMOUNT_ZERO: "金额须大于零", "Amount is zero";
    TILL_SALE: "收银机单", "Till sale";

    // What it may draw on, and with what.
    PAY_FROM: "支付方式", "Pay from";
    EVERYTHING: "统筹加个人账户", "Fund + account";
    ACCOUNT_ONLY: "仅个人账户", "Account only";
    PRESENT: "请出示凭证", "Your credential";
    PRESENT_CARD: "插入社保卡", "insert card";
    PRESENT_CODE: "或出示医保码", "or show QR code";
    PRESENT_ID: "或放置身份证", "or lay ID card";
    CANCEL: "←取消", "←cancel";

    // Card.
    READING: "正在读卡", "Reading card";
    READING_BODY: "请勿拔卡", "Leave the card in";
    READING_ID: "正在读身份证", "Reading ID card";
    READING_ID_BODY: "请勿移动证件", "Do not move it";
    TAKE_CARD: "请取走卡片", "Take your card";
    CARD_FAULT: "读卡未成功", "Card not read";
    CARD_FAULT_BODY: "未扣款。请重新插卡，芯片朝上", "Nothing taken. Insert again, chip up";
    CARD_PULLED: "卡片被取出", "Card was pulled";
    CARD_PULLED_BODY: "未扣款。请重新插卡并等待", "Nothing taken. Insert it again";
    CARD_FOREIGN: "不是社保卡", "Not this kind";
    CARD_FOREIGN_BODY: "未扣款。请换社保卡或医保码", "Use a social security card or code";
    CARD_LOCKED: "卡片已锁定", "Card is locked";
    CARD_LOCKED_BODY: "未扣款。请持卡人到发卡网点办理", "Nothing taken. Go to the issuer";
    CARD_ALGORITHM: "卡片算法不支持", "Card too old";
    CARD_ALGORITHM_BODY: "未扣款。请改用医保码并换领新卡", "Nothing taken. Use the QR code";
    CODE_FAULT: "扫码未成功", "Not scanned";
    CODE_FAULT_BODY: "未扣款。请确认是医保码后重扫", "Nothing taken. Show the code again";
    ID_FAULT: "身份证未读出", "ID not read";
    ID_FAULT_BODY: "未扣款。请拿起证件重新放置", "Nothing taken. Lift it, lay again";

    // PIN.
    PIN: "请输入密码", "Enter PIN";
    PIN_KEYS: "在密码键盘输入", "on the PIN pad";
    PIN_SKIP: "→无密码", "no PIN→";
    PIN_CHECKING: "正在校验密码", "Checking PIN";
    PIN_WRONG: "密码错误", "Wrong PIN";
    PIN_LEFT: "剩余次数", "tries left:";
    PIN_WRONG_BODY: "请持卡人重新输入", "Please enter it again";
    PIN_BLOCKED: "密码已锁定", "PIN blocked";
    PIN_BLOCKED_BODY: "未扣款。请到发卡网点解锁", "Nothing taken. Go to the issuer";
    PIN_LAST: "只剩一次机会", "Last PIN try";
    PIN_LAST_BODY: "再错将锁卡。确认键继续", "Wrong again locks it. OK: go on";
    PIN_NONE: "密码不可用", "PIN unavailable";
    PIN_NONE_BODY: "未扣款。请用其他凭证", "Nothing taken. Use another way";

    // Under way.
    SENDING: "正在结算", "Settling";
    WAIT: "请稍候", "Please wait";
    DO_NOT_CHARGE: "请勿再次收款", "Do not charge again";
    NO_ANSWER: "尚无应答", "No answer yet";
    RESENDING: "正在重发同一笔，请勿再次收款", "Sending the same again. Do not charge";
    GIVE_UP: "取消本笔→", "cancel it→";
    ASK_GIVE_UP: "取消本笔？", "Cancel this one?";
    ASK_GIVE_UP_BODY: "取消后本笔不计费", "It will not count";

    // Ends.
    SETTLED: "结算成功", "Settled";
    REPEATED: "重复单已结算", "Already settled";
    REFUSED: "未结算", "Not settled";
    REFUSED_BODY: "未扣款。请查手册错误码", "Nothing taken. See the manual";
    CANCELLED: "已取消 不计费", "Cancelled";
    CANCELLED_BODY: "请重新刷卡或收现金", "Will not count. Swipe again or cash";
    REVERSING_BODY: "本机会自动冲正", "It is being undone by itself";
    UNDONE: "已取消", "Cancelled";
    UNDONE_BODY: "中心确认未扣款", "Centre confirms: not charged";

    // Amounts of the answer.
    TOTAL: "总额", "Total";
    ACCOUNT: "账户", "Account";
    FUND: "统筹", "Fund";
    CASH: "现金", "Cash";
    BALANCE: "余额", "Balance";
    COLLECT_CASH: "请收现金", "Collect cash";
    CODE_PAGE: "二维码→", "QR→";
    SHOWN: "确认完成", "OK: done";
    NEXT: "↓更多", "↓more";

    // Why no swipe is possible.
    FULL: "暂停刷卡", "Paused";
    FULL_BODY: "已有8笔待冲正。请检查网络后等待", "8 open. Check the network, wait";
    NOT_ENROLLED: "尚未入网", "Not enrolled";
    NOT_ENROLLED_BODY: "请用电脑执行入网，确认键看公钥", "Enrol it from the PC. OK: start";
    STORE_LOST: "存储丢失", "Store is lost";
    STORE_LOST_BODY: "不能刷卡。请勿清空，联系管理员", "No swipes. Do not erase; call support";
    RECORD_LOST: "记录缺失", "Lost record";
    RECORD_LOST_BODY: "请与中心核对账目。确认键继续", "Compare with the centre. OK: seen";
    STORE_WRITE: "存储写入失败", "Store failed";
    STORE_WRITE_BODY: "未发送，未扣款。请联系管理员", "Not sent, nothing taken. Call support";
    EXPIRED: "终端证书过期", "Certificate old";
    EXPIRED_BODY: "请重新入网", "Enrol the device again";
    COUNTER_END: "编号用尽", "Out of numbers";
    COUNTER_END_BODY: "请重新入网", "Enrol the device again";
    TOO_BIG: "明细过多", "Too many lines";
    TOO_BIG_BODY: "本笔请在收银机上直接结算", "Settle this one on the PC";
    LIMIT: "超过单笔限额", "Over the limit";
    LIMIT_BODY: "未发送。请分笔或用收银机结算", "Not sent. Use the PC for this one";
    INTERNAL: "设备故障", "Device fault";
    INTERNAL_BODY: "未扣款。请重试，仍失败请重启", "Nothing taken. Try again, restart";

    // Menu.
    MENU: "菜单", "Menu";
    MENU_VOID: "撤销上一笔", "Void the last";
    MENU_REPRINT: "重打上一笔", "Reprint the last";
    MENU_DAY: "当日合计", "Day totals";
    MENU_COMPARE: "与中心对账", "Day compare";
    MENU_SETTINGS: "设置", "Settings";
    NOTHING_LAST: "没有上一笔", "No last one";
    NOTHING_LAST_BODY: "本机还没有结算记录", "Nothing was settled here yet";
    ASK_VOID: "撤销这一笔？", "Void this one?";
    VOIDING: "正在撤销", "Voiding";
    VOIDING_BODY: "请稍候，勿关机", "Wait, leave it on";
    VOIDED: "已撤销", "Voided";
    VOID_OTHER: "该笔不能撤销", "Cannot be voided";
    ALREADY_VOIDED_BODY: "该笔已经撤销", "It was voided before";
    RETURN_CASH: "请退现金", "Return cash";

    // Day.
    DAY: "当日合计", "Day totals";
    DAY_COUNT: "笔数", "Count";
    DAY_VOIDS: "撤销", "Voids";
    NO_DAY: "今天尚无结算", "No swipes yet";
    COMPARING: "正在对账", "Comparing";
    DAY_EQUAL: "账目一致", "Books are equal";
    DAY_DIFFERENT: "账目不一致", "Books differ";
    HERE: "本机", "Here";
    CENTRE: "中心", "Centre";
    DAY_OPEN: "有未完成的交易", "Something is open";
    DAY_OPEN_BODY: "请等冲正完成后再对账", "Compare when all is closed";
    DAY_FAILED: "对账无应答", "No answer";
    DAY_FAILED_BODY: "请检查网络后重试", "Check the network, then try again";

    // Settings.
    SETTINGS: "设置", "Settings";
    SET_LANGUAGE: "语言", "Language";
    LANGUAGE_NAME: "中文", "English";
    SET_PAPER: "纸宽", "Paper";
    PAPER_58: "58毫米", "58 mm";
    PAPER_80: "80毫米", "80 mm";
    SET_PIN: "密码", "PIN";
    PIN_ALWAYS: "必须", "always";
    PIN_CHOICE: "可选", "optional";
    PIN_NEVER: "不用", "never";
    SET_ADDRESS: "网络地址", "Network";
    SET_CENTRE: "中心地址", "Centre";
    SET_INFO: "终端信息", "Terminal";
    SET_ENROL: "入网", "Enrol";
    ADDRESS_AUTO: "自动获取", "automatic";
    SAVED: "已保存", "Saved";
    SAVED_RESTART: "重启后生效", "After a restart";
    ADDRESS_OWN: "本机地址", "Own address";
    ADDRESS_GATEWAY: "网关", "Gateway";
    ADDRESS_CENTRE: "中心地址", "Centre address";
    ADDRESS_PORT: "端口", "Port";
    ADDRESS_WRONG: "地址不正确", "Wrong address";

    // Terminal.
    INFO_TERMINAL: "终端号", "Terminal";
    INFO_INSTITUTION: "机构", "Institution";
    INFO_COUNTER: "编号", "Counter";
    INFO_OPEN: "待冲正", "To cancel";
    INFO_VERSION: "版本", "Version";
    INFO_WEAR: "存储写入", "Writes";
    INFO_BOOTS: "启动次数", "Starts";
    INFO_SERIAL: "序列号", "Serial";

    // Enrolment.
    ENROL: "终端入网", "Enrolment";
    ENROL_WAIT: "等待电脑。请运行入网程序", "Waiting for the PC to enrol it";
    ENROL_CODE: "核对六位数字", "Compare digits";
    ENROL_CODE_HINT: "与电脑一致按确认", "Same on PC: OK";
    ENROL_DONE: "入网完成", "Enrolled";
    ENROL_FAILED: "入网未完成", "Not enrolled";
    ENROL_FAILED_BODY: "证书不符，请重新入网", "Certificate wrong. Start again";
    ENROL_AGAIN: "重新入网？", "Enrol again?";
    ENROL_AGAIN_BODY: "有待冲正时不可入网", "Not while some are open";
    ENROL_BUSY_BODY: "请等冲正完成后再入网", "Wait until none are open";

    // Slip.
    SLIP_TITLE: "医保结算凭条", "Settlement slip";
    SLIP_VOID: "撤销凭条", "Void slip";
    SLIP_REPRINT: "＊重打＊", "* REPRINT *";
    SLIP_BENCH: "＊试验机 不作凭证＊", "* BENCH - NOT A RECEIPT *";
    SLIP_INSTITUTION: "机构编号", "Institution";
    SLIP_TERMINAL: "终端号", "Terminal";
    SLIP_ORDER: "收银单号", "Order";
    SLIP_SETTLEMENT: "结算编号", "setl_id";
    SLIP_DAY: "业务日期", "Business day";
    SLIP_COUNTER: "终端流水", "Counter";
    SLIP_NAME: "持卡人", "Holder";
    SLIP_CREDENTIAL: "凭证", "Credential";
    CREDENTIAL_CARD: "社会保障卡", "card";
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
    SLIP_DAY_TITLE: "当日合计", "Day totals";
    SLIP_SIGN: "持卡人签名", "Signature";
    SLIP_KEEP: "请妥善保管", "Keep this slip";
}
