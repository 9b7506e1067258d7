//! `yika centre …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

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
