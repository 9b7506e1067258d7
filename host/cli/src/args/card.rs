//! `yika card …`, `yika id …`.

use clap::{Args, Subcommand};

use super::AuthenticateArgs;

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
