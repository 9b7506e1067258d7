//! What the person shows, in the arguments of `yika settle`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Which credential pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CredentialKind {
    /// The social security card in a reader (mdtrt_cert_type 03)
    Card,
    /// An e-voucher code from a scanner, a picture or stdin (01)
    Voucher,
    /// An identity card on a serial reader (02)
    Id,
    /// The first of them that any device brings
    Any,
}

/// The credential, and the devices that bring it. Without a port those of the site serve.
#[derive(Debug, Clone, Args)]
pub(crate) struct ShownArgs {
    /// What identifies the person / 凭证
    #[arg(long, value_enum, default_value = "card")]
    pub(crate) credential: CredentialKind,
    /// Serial port of the scanner: a path, or a lasting name, see `yika id ports` / 扫码器所在串口
    #[arg(long, value_name = "PATH|ID", group = "code_source")]
    pub(crate) voucher_port: Option<String>,
    /// Line speed of the scanner / 扫码器波特率
    #[arg(long, value_name = "BAUD", default_value_t = 9600, requires = "voucher_port")]
    pub(crate) voucher_baud: u32,
    /// A picture that shows the e-voucher code, PNG or JPEG / 含医保码的图片
    #[arg(long, value_name = "FILE", group = "code_source")]
    pub(crate) voucher_image: Option<PathBuf>,
    /// Read the e-voucher code from stdin, one line / 从标准输入读取医保码
    #[arg(long, group = "code_source")]
    pub(crate) voucher_code_stdin: bool,
    /// Serial port of the ID-card reader: a path, or a lasting name / 身份证阅读器所在串口
    #[arg(long, value_name = "PATH|ID")]
    pub(crate) id_port: Option<String>,
    /// Wait so long for a card or a code [default: 0, scanner 60] / 等待出示凭证的秒数
    #[arg(long, value_name = "SECONDS", default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub(crate) card_wait: u64,
}
