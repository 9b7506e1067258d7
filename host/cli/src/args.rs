//! What the command line may say. Each verb's own file does the work.

mod card;
mod centre;
mod pos;
mod psam;
mod settle;
mod shown;
mod sim;
mod slot;
mod terminal;
mod voucher;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::lang::Lang;

pub(crate) use card::{CardReadArgs, CardVerb, IdReadArgs, IdVerb, ReaderArgs, VerifyPinArgs};
pub(crate) use centre::{CentreServeArgs, CentreVerb};
pub(crate) use pos::SimPosArgs;
pub(crate) use psam::{AuthenticateArgs, AuthenticateKey, SimPsamArgs};
pub(crate) use settle::{CancelArgs, JournalVerb, ReconcileArgs, SettleArgs, SettleVerb, VoidArgs};
pub(crate) use shown::{CredentialKind, ShownArgs};
pub(crate) use sim::{SimCardArgs, SimIdReaderArgs, SimVerb};
pub(crate) use slot::{SeatArgs, SlotArg};
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
    /// The counter's devices as one, live; and POS devices: enrol, sale, list / 柜台设备与 POS 机
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
