//! `yika voucher …`, `yika sim scanner`, `yika sim phone`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// `yika voucher …`
#[derive(Debug, Subcommand)]
pub(crate) enum VoucherVerb {
    /// Scan an e-voucher code and have it decoded / 扫医保码
    Scan(VoucherScanArgs),
}

/// `yika voucher scan`
#[derive(Debug, Args)]
pub(crate) struct VoucherScanArgs {
    #[command(flatten)]
    pub(crate) source: CodeSourceArgs,
    #[command(flatten)]
    pub(crate) scanner: ScannerArgs,
    /// Wait so long for a scan / 等待扫码的秒数
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) timeout: u64,
    /// Only tell the form of the code, ask nobody who it is / 只显示码的形式，不解码
    #[arg(long)]
    pub(crate) no_decode: bool,
    /// The purchase it is for: decoding again for the same order is no reuse / 收银单号
    #[arg(long, value_name = "NO", conflicts_with = "no_decode")]
    pub(crate) order_no: Option<String>,
    /// Address of the centre instead of the site's / 中心地址
    #[arg(long, value_name = "URL", conflicts_with = "no_decode")]
    pub(crate) centre: Option<String>,
}

/// Where a code comes from.
#[derive(Debug, Clone, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct CodeSourceArgs {
    /// Serial or USB-CDC scanner: a path, or a lasting name, see `yika id ports` / 串口扫码枪
    #[arg(long, value_name = "PATH|ID")]
    pub(crate) port: Option<String>,
    /// Keyboard-mode scanner, grabbed while it is waited for (Linux), e.g. /dev/input/by-id/…-event-kbd / 键盘模式扫码枪
    #[arg(long, value_name = "PATH")]
    pub(crate) wedge: Option<PathBuf>,
    /// A picture of the code, PNG or JPEG (`-`: stdin) / 医保码图片
    #[arg(long, value_name = "FILE")]
    pub(crate) image: Option<PathBuf>,
}

/// How a scanner is set.
#[derive(Debug, Clone, Args)]
pub(crate) struct ScannerArgs {
    /// Line speed of a serial scanner; of no meaning on USB-CDC / 波特率
    #[arg(long, value_name = "BAUD", default_value_t = 9600, value_parser = clap::value_parser!(u32).range(300..=921_600))]
    pub(crate) baud: u32,
    /// What the scanner sends behind a code; `line` is CR, LF or both / 后缀
    #[arg(long, value_enum, default_value = "line")]
    pub(crate) suffix: SuffixArg,
    /// What the scanner sends in front of a code, up to 8 characters / 前缀
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) prefix: String,
    /// Length of a code, or a range of lengths / 码的长度
    #[arg(long, value_name = "N|N-M", default_value = "16-48")]
    pub(crate) length: String,
}

/// What stands behind a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SuffixArg {
    // No doc comments: the names say it, and clap would print them as a list.
    Line,
    Cr,
    Lf,
    Crlf,
    Tab,
    Etx,
    None,
}

/// Whose code a virtual device has.
#[derive(Debug, Clone, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct CodeArgs {
    /// This code / 指定的码
    #[arg(long, value_name = "CODE")]
    pub(crate) code: Option<String>,
    /// Fresh codes of this person (psn_no or certificate number) from the sandbox centre / 由沙箱中心签发此人的码
    #[arg(long, value_name = "PSN_NO|CERTNO", requires = "centre")]
    pub(crate) person: Option<String>,
}

/// `yika sim scanner`
#[derive(Debug, Args)]
pub(crate) struct SimScannerArgs {
    #[command(flatten)]
    pub(crate) code: CodeArgs,
    /// The centre that issues codes (`centre serve --issue-vouchers`) / 签发医保码的中心
    #[arg(long, value_name = "URL")]
    pub(crate) centre: Option<String>,
    /// Seconds from scan to scan; 0 scans only when told on stdin / 扫码间隔秒数
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0)]
    pub(crate) every: f64,
    /// What it sends behind a code (`line` is CR) / 后缀
    #[arg(long, value_enum, default_value = "cr")]
    pub(crate) suffix: SuffixArg,
    /// What it sends in front of a code / 前缀
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) prefix: String,
    /// AIM identifier in front of the code, e.g. ]Q1 / AIM 标识
    #[arg(long, value_name = "ID", default_value = "")]
    pub(crate) aim: String,
    /// Faults: split, merge, noise, double, no-suffix, stall, unplug, or all / 故障
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(crate) faults: Vec<String>,
    /// Seed of the faults / 随机种子
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// A path for the port that stays the same when it vanishes and comes back / 固定的端口路径
    #[arg(long, value_name = "PATH")]
    pub(crate) link: Option<PathBuf>,
}

/// `yika sim phone`
#[derive(Debug, Args)]
pub(crate) struct SimPhoneArgs {
    #[command(flatten)]
    pub(crate) code: CodeArgs,
    /// The centre that issues codes (`centre serve --issue-vouchers`) / 签发医保码的中心
    #[arg(long, value_name = "URL")]
    pub(crate) centre: Option<String>,
    /// Write the QR code as PNG, anew with each code / 写出 PNG
    #[arg(long, value_name = "FILE")]
    pub(crate) png: Option<PathBuf>,
    /// Write the QR code as SVG, anew with each code / 写出 SVG
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    /// Show one code and end; else a fresh one each minute until Ctrl-C / 只显示一次
    #[arg(long)]
    pub(crate) once: bool,
}
