//! `yika card authenticate`, `yika sim psam`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::slot::SeatArgs;

/// `yika card authenticate`
#[derive(Debug, Args)]
pub(crate) struct AuthenticateArgs {
    /// Reader by name (or a part of it) or id / 指定读卡器
    #[arg(long, value_name = "NAME|ID")]
    pub(crate) reader: Option<String>,
    /// Slot of the PSAM by name (or a part of it) or id / PSAM 卡槽
    #[arg(long, value_name = "NAME|ID")]
    pub(crate) sam_reader: Option<String>,
    /// Which key the PSAM proves / 外部认证所用的密钥
    #[arg(long, value_enum, default_value = "update")]
    pub(crate) key: AuthenticateKey,
    /// Wait so long for a card / 等待插卡的秒数
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub(crate) wait: u64,
}

/// A key of EXTERNAL AUTHENTICATE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuthenticateKey {
    /// UKSSSE, key 04: every generation
    Update,
    /// RKSSSE, key 0A: generation 3
    Read,
}

/// `yika sim psam`
#[derive(Debug, Args)]
pub(crate) struct SimPsamArgs {
    /// The module, TOML [default: the keys of the built-in cards] / PSAM 描述
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: Option<PathBuf>,
    /// Which virtual slot of the reader / 虚拟卡槽
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(0..=1))]
    pub(crate) slot: u8,
    /// Pull the module out: N:before, N:executed, N:cut=BYTES, N:after (Nth command) / 拔出
    #[arg(long, value_name = "WHEN")]
    pub(crate) tear: Vec<String>,
    #[command(flatten)]
    pub(crate) seat: SeatArgs,
}
