//! `yika terminal …`

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

/// `yika terminal …`
#[derive(Debug, Subcommand)]
pub(crate) enum TerminalVerb {
    /// Show what happens at the devices, until Ctrl-C; with --json one event a line / 实时查看设备事件
    Watch(WatchArgs),
    /// Enrol a POS device at the centre, over its line or by files / 设备入网登记
    Enrol(EnrolArgs),
    /// The enrolled devices of the institution / 已入网的设备
    List(ListArgs),
    /// End a device's enrolment for good / 吊销设备
    Revoke(RevokeArgs),
    /// Carry the sealed datagrams of a device without a network, until Ctrl-C / 为无网络的设备转发
    Link(LinkArgs),
    /// Have a device take a sale, and wait for its result / 由设备收款
    Sale(SaleArgs),
    /// Who is on the line / 线路上的设备信息
    Info(InfoArgs),
}

/// `yika terminal watch`
#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    /// End after so long / 查看的秒数
    #[arg(long = "for", value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=864_000))]
    pub(crate) seconds: Option<u64>,
    /// Arm nothing: only what comes and goes is seen, no scan and no ID card / 不启用扫码枪和身份证阅读器
    #[arg(long)]
    pub(crate) passive: bool,
}

/// Where a device is.
#[derive(Debug, Clone, Args)]
pub(crate) struct PortArgs {
    /// The device's line: a serial port, or unix:PATH, tcp:HOST:PORT on the bench / 设备线路
    #[arg(long, value_name = "PORT")]
    pub(crate) port: String,
    /// Line speed of a serial port / 波特率
    #[arg(long, value_name = "BAUD", default_value_t = 115_200)]
    pub(crate) baud: u32,
    /// Wait so long for a device to answer / 等待设备应答的秒数
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) wait: u64,
}

/// `yika terminal enrol`
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("way").required(true).args(["port", "request"]),
    override_usage = "yika terminal enrol --port <PORT> [OPTIONS]\n       \
        yika terminal enrol --request <FILE> --out <FILE> [--opening <HEX> --code <DIGITS>] [OPTIONS]"
)]
pub(crate) struct EnrolArgs {
    /// The device's line: a serial port, or unix:PATH, tcp:HOST:PORT on the bench / 设备线路
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<String>,
    /// Line speed of a serial port / 波特率
    #[arg(long, value_name = "BAUD", default_value_t = 115_200)]
    pub(crate) baud: u32,
    /// The device's request in a file, binary or hex, instead of a line / 入网请求文件
    #[arg(long, value_name = "FILE", requires = "out")]
    pub(crate) request: Option<PathBuf>,
    /// Where the certificate goes / 证书写到哪里
    #[arg(long, value_name = "FILE", requires = "request")]
    pub(crate) out: Option<PathBuf>,
    /// The opening that the device gives when it has the certificate, 32 hex digits: with it the enrolment is confirmed
    /// / 设备收到证书后给出的开启值
    #[arg(long, value_name = "HEX", requires = "request")]
    pub(crate) opening: Option<String>,
    /// The six digits on the device's display; asked for when left out / 设备显示的六位比对码
    #[arg(long, value_name = "DIGITS")]
    pub(crate) code: Option<String>,
    /// Address of the centre instead of the site's / 中心地址
    #[arg(long, value_name = "URL")]
    pub(crate) centre: Option<String>,
    /// Wait so long for the operator at the device / 等待操作员的秒数
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) wait: u64,
}

/// `yika terminal list`
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Also those that were replaced or revoked / 包括已替换和已吊销的
    #[arg(long)]
    pub(crate) all: bool,
    /// Address of the centre instead of the site's / 中心地址
    #[arg(long, value_name = "URL")]
    pub(crate) centre: Option<String>,
}

/// `yika terminal revoke`
#[derive(Debug, Args)]
pub(crate) struct RevokeArgs {
    /// The terminal, 16 hex digits / 终端编号
    pub(crate) terminal: String,
    /// Why, kept at the centre / 原因
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) reason: String,
    /// Address of the centre instead of the site's / 中心地址
    #[arg(long, value_name = "URL")]
    pub(crate) centre: Option<String>,
}

/// `yika terminal link`
#[derive(Debug, Args)]
pub(crate) struct LinkArgs {
    #[command(flatten)]
    pub(crate) line: PortArgs,
    /// Address of the centre instead of the site's / 中心地址
    #[arg(long, value_name = "URL")]
    pub(crate) centre: Option<String>,
}

/// `yika terminal sale`
#[derive(Debug, Args)]
pub(crate) struct SaleArgs {
    #[command(flatten)]
    pub(crate) line: PortArgs,
    /// The basket, JSON (`-`: stdin) / 购物篮
    #[arg(long, value_name = "FILE")]
    pub(crate) basket: PathBuf,
    /// Without the lines: the amount alone, from the personal account / 只发金额，仅用个人账户
    #[arg(long)]
    pub(crate) amount_only: bool,
    /// Have the PIN asked for / 要求输入密码
    #[arg(long)]
    pub(crate) pin: bool,
    /// Give the sale up after so long without a card / 无人刷卡时放弃的秒数
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) give_up: u64,
    /// Carry the device's sealed datagrams meanwhile / 同时为设备转发
    #[arg(long)]
    pub(crate) carry: bool,
    /// Address of the centre instead of the site's, for --carry / 中心地址
    #[arg(long, value_name = "URL")]
    pub(crate) centre: Option<String>,
}

/// `yika terminal info`
#[derive(Debug, Args)]
pub(crate) struct InfoArgs {
    #[command(flatten)]
    pub(crate) line: PortArgs,
}
