//! `yika sim …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::slot::{self, SeatArgs, SlotArg, SlotLineArgs};
use super::{SimPhoneArgs, SimPosArgs, SimPsamArgs, SimScannerArgs};

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
