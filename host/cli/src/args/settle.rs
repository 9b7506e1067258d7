//! `yika settle`, `void`, `cancel`, `journal`, `reconcile`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ReaderArgs, ShownArgs};

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
