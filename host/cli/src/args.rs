//! What the command line may say. Each verb's own file does the work.

mod pos;
mod psam;
mod shown;
mod slot;
mod terminal;
mod voucher;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::lang::Lang;

pub(crate) use pos::SimPosArgs;
pub(crate) use psam::{AuthenticateArgs, AuthenticateKey, SimPsamArgs};
pub(crate) use shown::{CredentialKind, ShownArgs};
pub(crate) use slot::{SeatArgs, SlotArg, SlotLineArgs};
pub(crate) use terminal::{
    EnrolArgs, InfoArgs, LinkArgs, ListArgs, PortArgs, RevokeArgs, SaleArgs, TerminalVerb, WatchArgs,
};
pub(crate) use voucher::{
    CodeSourceArgs, ScannerArgs, SimPhoneArgs, SimScannerArgs, SuffixArg, VoucherScanArgs, VoucherVerb,
};

const EXIT_CODES: &str = "\
Exit codes / 退出码:
  0 done 完成          2 usage or bad input 用法或输入有误   3 device 设备
  4 refused 被拒绝     5 outcome unknown 结果未知            6 not sent 未发出

First steps / 第一步:  yika init   ·   yika doctor   ·   yika card read";

/// One card, one round trip: read a credential, settle, and keep both books equal.
/// 一卡：读凭证、结算，两边账目相等。
#[derive(Debug, Parser)]
#[command(name = "yika", version, after_help = EXIT_CODES, disable_help_subcommand = true, max_term_width = 100)]
pub(crate) struct Cli {
    /// What every verb understands.
    #[command(flatten)]
    pub(crate) global: Global,
    /// The verb.
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// Flags of every verb.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Site file [default: ./yika.toml, then $YIKA_SITE, then the user's configuration folder] / 站点文件
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere / 通用")]
    pub(crate) site: Option<PathBuf>,
    /// One JSON document on stdout, logs on stderr / 输出 JSON
    #[arg(long, global = true, help_heading = "Everywhere / 通用")]
    pub(crate) json: bool,
    /// Language of messages [default: the site's, then $LANG] / 语言
    #[arg(long, global = true, value_enum, value_name = "zh|en", help_heading = "Everywhere / 通用")]
    pub(crate) lang: Option<Lang>,
    /// Show personal data unmasked to people (JSON of `card read` is never masked) / 不遮蔽个人信息
    #[arg(long, global = true, help_heading = "Everywhere / 通用")]
    pub(crate) show: bool,
    /// More log lines on stderr (twice: still more) / 更多日志
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Everywhere / 通用")]
    pub(crate) verbose: u8,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Write a commented site file / 生成站点文件
    Init(Box<InitArgs>),
    /// List card readers / 列出读卡器
    Readers,
    /// Social security card: read it, check its PIN / 社会保障卡
    #[command(subcommand)]
    Card(CardVerb),
    /// Resident ID card and its relatives, from a reader on a serial port / 居民身份证
    #[command(subcommand)]
    Id(IdVerb),
    /// E-voucher: scan a code / 医保电子凭证
    #[command(subcommand)]
    Voucher(VoucherVerb),
    /// Settle a purchase / 结算
    #[command(subcommand)]
    Settle(SettleVerb),
    /// Void a settled purchase (2103) / 撤销已完成的结算
    Void(VoidArgs),
    /// Give up a purchase whose outcome is unknown: reverse it (2601) / 冲正结果未知的交易
    Cancel(CancelArgs),
    /// What this till sent, and how it ended / 本机交易日志
    #[command(subcommand)]
    Journal(JournalVerb),
    /// Compare this till's books with the centre's (3201) / 对账
    Reconcile(ReconcileArgs),
    /// All devices of the counter as one / 柜台的全部设备
    #[command(subcommand)]
    Terminal(TerminalVerb),
    /// The sandbox settlement centre / 沙箱结算中心
    #[command(subcommand)]
    Centre(CentreVerb),
    /// Devices that do not exist / 虚拟设备
    #[command(subcommand)]
    Sim(SimVerb),
    /// Find what is wrong, from reader to centre / 体检
    Doctor(DoctorArgs),
    /// The institution's signing key / 机构签名密钥
    #[command(subcommand)]
    Keys(KeysVerb),
    /// The table of error codes / 错误码表
    Errors(ErrorsArgs),
}

/// `yika init`
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Where to write it / 写到哪里
    #[arg(default_value = "yika.toml", value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Institution code: H or P and 11 digits / 定点医药机构编号
    #[arg(long, value_name = "CODE")]
    pub(crate) institution: Option<String>,
    /// Institution name / 机构名称
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Administrative division of the institution, 6 digits / 就医地医保区划
    #[arg(long, value_name = "CODE")]
    pub(crate) region: Option<String>,
    /// Operator number / 经办人
    #[arg(long, value_name = "NO")]
    pub(crate) operator: Option<String>,
    /// Operator name / 经办人姓名
    #[arg(long, value_name = "NAME")]
    pub(crate) operator_name: Option<String>,
    /// Message numbers of this till, `first-last` / 本机报文序号段
    #[arg(long, value_name = "FIRST-LAST")]
    pub(crate) seq_range: Option<String>,
    /// Address of the centre / 中心地址
    #[arg(long, value_name = "URL")]
    pub(crate) centre: Option<String>,
    /// Province profile: a built-in name or a file / 省份方案
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) profile: Option<String>,
    /// The centre's public key (PEM) / 中心公钥
    #[arg(long, value_name = "FILE")]
    pub(crate) centre_key: Option<PathBuf>,
    /// Certificate authorities of the centre's HTTPS (PEM) / 中心证书的签发机构
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// The institution's private key (PEM) / 机构私钥
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// The environment variable that holds the key's passphrase / 私钥口令所在的环境变量
    #[arg(long, value_name = "VAR", conflicts_with = "no_passphrase")]
    pub(crate) passphrase_env: Option<String>,
    /// The key has no passphrase, only file permissions / 私钥无口令
    #[arg(long)]
    pub(crate) no_passphrase: bool,
    /// The journal / 交易日志
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,
    /// Reader by name, a part of it, or id / 指定读卡器
    #[arg(long, value_name = "NAME|ID", default_value = "auto")]
    pub(crate) reader: String,
    /// Key service for third-generation cards / 三代卡密钥服务地址
    #[arg(long, value_name = "URL")]
    pub(crate) key_service: Option<String>,
}

/// `yika card …`
#[derive(Debug, Subcommand)]
pub(crate) enum CardVerb {
    /// Read the card / 读卡
    Read(CardReadArgs),
    /// Check the PIN on the card; digits from the prompt or stdin / 校验密码
    VerifyPin(VerifyPinArgs),
    /// Have card and PSAM prove themselves to each other; reads no data / 卡与 PSAM 相互认证
    Authenticate(AuthenticateArgs),
}

/// Which reader, and how long to wait for a card.
#[derive(Debug, Clone, Args)]
pub(crate) struct ReaderArgs {
    /// Reader by name (or a part of it) or id, see `yika readers` / 指定读卡器
    #[arg(long, value_name = "NAME|ID")]
    pub(crate) reader: Option<String>,
    /// Key service for third-generation cards / 三代卡密钥服务地址
    #[arg(long, value_name = "URL")]
    pub(crate) key_service: Option<String>,
    /// Slot of the PSAM by name (or a part of it) or id; asked before the key service / PSAM 卡槽
    #[arg(long, value_name = "NAME|ID")]
    pub(crate) sam_reader: Option<String>,
}

/// `yika card read`
#[derive(Debug, Args)]
pub(crate) struct CardReadArgs {
    #[command(flatten)]
    pub(crate) reader: ReaderArgs,
    /// Wait so long for a card / 等待插卡的秒数
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub(crate) wait: u64,
    /// Only what a settlement needs: fewer commands to the card / 只读结算所需
    #[arg(long)]
    pub(crate) brief: bool,
}

/// `yika card verify-pin`
#[derive(Debug, Args)]
pub(crate) struct VerifyPinArgs {
    /// Reader by name (or a part of it) or id / 指定读卡器
    #[arg(long, value_name = "NAME|ID")]
    pub(crate) reader: Option<String>,
    /// Wait so long for a card / 等待插卡的秒数
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub(crate) wait: u64,
    /// Read the digits from stdin instead of asking / 从标准输入读取密码
    #[arg(long)]
    pub(crate) pin_stdin: bool,
    /// Ask at the program although the reader has keys of its own / 不使用读卡器的密码键盘
    #[arg(long)]
    pub(crate) no_pinpad: bool,
    /// Allow the last try: a wrong PIN then blocks the card / 允许最后一次尝试
    #[arg(long)]
    pub(crate) last_try: bool,
}

/// `yika id …`
#[derive(Debug, Subcommand)]
pub(crate) enum IdVerb {
    /// Read the card that lies on the reader / 读身份证
    Read(IdReadArgs),
    /// List serial ports with their lasting names / 列出串口
    Ports,
}

/// `yika id read`
#[derive(Debug, Args)]
pub(crate) struct IdReadArgs {
    /// Port of the reader: a path, or a lasting name, see `yika id ports` [default: the site's only id_reader] / 阅读器所在串口
    #[arg(long, value_name = "PATH|ID")]
    pub(crate) port: Option<String>,
    /// Wait so long for a card to be laid / 等待放卡的秒数
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub(crate) wait: u64,
    /// Only this line speed instead of trying all, 115200 first / 只用此波特率
    #[arg(long, value_name = "BAUD", value_parser = ["115200", "57600", "38400", "19200", "9600"])]
    pub(crate) speed: Option<String>,
    /// Also read the fingerprint item; only its size is shown / 同时读取指纹项
    #[arg(long)]
    pub(crate) fingerprint: bool,
}

/// `yika settle …`
#[derive(Debug, Subcommand)]
pub(crate) enum SettleVerb {
    /// A pharmacy purchase (2102) / 药店购药结算
    Pharmacy(SettleArgs),
}

/// `yika settle pharmacy`
#[derive(Debug, Args)]
pub(crate) struct SettleArgs {
    /// The basket, JSON (`-`: stdin) / 购物篮
    #[arg(long, value_name = "FILE")]
    pub(crate) basket: PathBuf,
    #[command(flatten)]
    pub(crate) shown: ShownArgs,
    /// Address of the centre instead of the site's / 中心地址
    #[arg(long, value_name = "URL")]
    pub(crate) centre: Option<String>,
    #[command(flatten)]
    pub(crate) reader: ReaderArgs,
    /// Wait so long for an unknown outcome to resolve / 结果未知时等待的秒数
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub(crate) wait: u64,
    /// Only compute the split (2101), settle nothing / 只预结算
    #[arg(long, conflicts_with = "dump_request")]
    pub(crate) preview: bool,
    /// Write the exact body of the 2102 to this file / 保存 2102 报文原文
    #[arg(long, value_name = "FILE")]
    pub(crate) dump_request: Option<PathBuf>,
}

/// `yika void`
#[derive(Debug, Args)]
pub(crate) struct VoidArgs {
    /// The till's order number / 收银单号
    #[arg(long, value_name = "NO", required_unless_present = "setl_id", conflicts_with = "setl_id")]
    pub(crate) order_no: Option<String>,
    /// The centre's settlement id / 结算 ID
    #[arg(long, value_name = "ID")]
    pub(crate) setl_id: Option<String>,
    /// Address of the centre instead of the site's / 中心地址
    #[arg(long, value_name = "URL")]
    pub(crate) centre: Option<String>,
    /// Wait so long for an unknown outcome to resolve / 结果未知时等待的秒数
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub(crate) wait: u64,
}

/// `yika cancel`
#[derive(Debug, Args)]
pub(crate) struct CancelArgs {
    /// The till's order number / 收银单号
    #[arg(long, value_name = "NO")]
    pub(crate) order_no: String,
    /// Address of the centre instead of the site's / 中心地址
    #[arg(long, value_name = "URL")]
    pub(crate) centre: Option<String>,
    /// Wait so long for the reversal to be acknowledged / 等待冲正完成的秒数
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub(crate) wait: u64,
}

/// `yika journal …`
#[derive(Debug, Subcommand)]
pub(crate) enum JournalVerb {
    /// List the last purchases, masked / 列出最近的交易
    List {
        /// Only those still open / 只列未完结的
        #[arg(long)]
        open: bool,
        /// Only settlements that no screen has shown / 只列未展示的结算
        #[arg(long)]
        unshown: bool,
        /// At most so many / 最多条数
        #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
        limit: u32,
    },
    /// One purchase in full / 一笔交易的详情
    Show {
        /// Order number, msgid or setl_id / 收银单号、报文 ID 或结算 ID
        id: String,
    },
    /// Resolve what is open, now / 立即处理未决交易
    Recover {
        /// Address of the centre instead of the site's / 中心地址
        #[arg(long, value_name = "URL")]
        centre: Option<String>,
        /// Keep trying so long / 持续的秒数
        #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=3600))]
        wait: u64,
    },
    /// Say that the cashier has seen this settlement / 标记为已展示
    Shown {
        /// The till's order number / 收银单号
        order_no: String,
    },
}

/// `yika reconcile`
#[derive(Debug, Args)]
pub(crate) struct ReconcileArgs {
    /// First day, YYYY-MM-DD [default: today] / 起始日
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<String>,
    /// Last day, YYYY-MM-DD [default: the first day] / 截止日
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<String>,
    /// Address of the centre instead of the site's / 中心地址
    #[arg(long, value_name = "URL")]
    pub(crate) centre: Option<String>,
}

/// `yika centre …`
#[derive(Debug, Subcommand)]
pub(crate) enum CentreVerb {
    /// Run the sandbox centre until Ctrl-C / 运行沙箱中心
    Serve(CentreServeArgs),
    /// Load people, accounts, catalogue, institutions and card keys / 装载种子数据
    Seed {
        /// Seed data, TOML / 种子文件
        file: PathBuf,
        /// The centre's database / 数据库
        #[arg(long, value_name = "FILE")]
        db: PathBuf,
    },
}

/// `yika centre serve`
#[derive(Debug, Args)]
pub(crate) struct CentreServeArgs {
    /// The centre's database / 数据库
    #[arg(long, value_name = "FILE")]
    pub(crate) db: PathBuf,
    /// Address to listen on; port 0 takes a free one / 监听地址
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8470")]
    pub(crate) listen: String,
    /// Also take swipes of terminals on this UDP address; port 0 takes a free one / 刷卡终端的 UDP 监听地址
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) udp: Option<String>,
    /// Load this seed first / 先装载种子文件
    #[arg(long, value_name = "FILE")]
    pub(crate) seed: Option<PathBuf>,
    /// Serve HTTPS with this certificate chain (PEM) / 服务证书
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Its private key (PEM) / 服务私钥
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Ask for client certificates of these authorities (PEM) / 客户端证书签发机构
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) client_ca: Option<PathBuf>,
    /// Let anyone who reaches the centre set faults over HTTP / 允许通过 HTTP 设置故障
    #[arg(long)]
    pub(crate) allow_faults: bool,
    /// Give e-voucher codes to whoever asks, for anybody: for `yika sim phone` / 发放电子凭证码（仅限沙箱）
    #[arg(long)]
    pub(crate) issue_vouchers: bool,
    /// A fault from the start, `fault:infno:times`, e.g. lose-answer:2102:1 / 预设故障
    #[arg(long, value_name = "SPEC")]
    pub(crate) fault: Vec<String>,
}

/// `yika sim …`
#[derive(Debug, Subcommand)]
pub(crate) enum SimVerb {
    /// A virtual card in a virtual PC/SC reader, until Ctrl-C / 虚拟社保卡
    Card(SimCardArgs),
    /// A virtual PSAM in the second slot of a virtual PC/SC reader, until Ctrl-C / 虚拟 PSAM 卡
    Psam(SimPsamArgs),
    /// A virtual ID-card reader on a virtual serial port, until Ctrl-C; stdin takes orders / 虚拟身份证阅读器
    IdReader(SimIdReaderArgs),
    /// A virtual scanner on a virtual serial port, until Ctrl-C; stdin takes orders / 虚拟扫码枪
    Scanner(SimScannerArgs),
    /// The screen of a telephone that shows an e-voucher / 虚拟手机屏幕
    Phone(SimPhoneArgs),
    /// A whole POS device: screen, keys, card, slip / 虚拟 POS 机
    Pos(SimPosArgs),
}

/// `yika sim card`
#[derive(Debug, Args)]
pub(crate) struct SimCardArgs {
    /// The card, TOML [default: a built-in person] / 卡片描述
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: Option<PathBuf>,
    /// Virtual slot of the reader, 0 or 1; or the slot line of a device: unix:PATH, tcp:HOST:PORT, pty, pty:LINK / 卡槽
    #[arg(long, value_name = "SLOT", default_value = "0", value_parser = slot::slot)]
    pub(crate) slot: SlotArg,
    /// Seed of the card's random numbers, and of `--tear random` / 随机种子
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Tear the card out: N:before, N:executed, N:cut=BYTES, N:after (Nth command), random or random:WITHIN / 拔卡
    #[arg(long, value_name = "WHEN")]
    pub(crate) tear: Vec<String>,
    #[command(flatten)]
    pub(crate) seat: SeatArgs,
    #[command(flatten)]
    pub(crate) contacts: SlotLineArgs,
}

/// `yika sim id-reader`
#[derive(Debug, Args)]
pub(crate) struct SimIdReaderArgs {
    /// The card and the reader, TOML [default: a built-in person] / 证件描述
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: Option<PathBuf>,
    /// A path for the port that stays the same when it vanishes and comes back / 固定的端口路径
    #[arg(long, value_name = "PATH")]
    pub(crate) link: Option<PathBuf>,
    /// Start without a card on the reader / 启动时不放卡
    #[arg(long)]
    pub(crate) lifted: bool,
    /// Faults of line and reader: split, merge, delay, noise, checksum, half, silent, unplug, or all / 故障
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(crate) faults: Vec<String>,
    /// Seed of the faults / 随机种子
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// One answer in so many is spoiled, 1: all of them / 出错的比例
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) one_in: u64,
}

/// `yika doctor`
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Address of the centre instead of the site's / 中心地址
    #[arg(long, value_name = "URL")]
    pub(crate) centre: Option<String>,
}

/// `yika keys …`
#[derive(Debug, Subcommand)]
pub(crate) enum KeysVerb {
    /// Make a new SM2 key / 生成密钥
    New {
        /// Where the private key goes (never overwritten) / 私钥文件
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Passphrase from this environment variable instead of asking / 口令所在的环境变量
        #[arg(long, value_name = "VAR", conflicts_with = "no_passphrase")]
        passphrase_env: Option<String>,
        /// No passphrase: only file permissions protect the key / 不设口令
        #[arg(long)]
        no_passphrase: bool,
    },
    /// Show the public key / 显示公钥
    Show {
        /// The private key [default: the site's] / 私钥文件
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// Passphrase from this environment variable instead of asking / 口令所在的环境变量
        #[arg(long, value_name = "VAR")]
        passphrase_env: Option<String>,
        /// Print only SubjectPublicKeyInfo in PEM / 只输出 PEM
        #[arg(long)]
        pem: bool,
    },
}

/// `yika errors`
#[derive(Debug, Args)]
pub(crate) struct ErrorsArgs {
    /// Only this code, e.g. Y-1001 / 只看这个代码
    pub(crate) code: Option<String>,
    /// The whole table in Markdown / 输出 Markdown
    #[arg(long)]
    pub(crate) markdown: bool,
}
