//! Where `yika sim card` sits, and how it behaves on bare contacts.

use std::time::Duration;

use clap::{Args, ValueEnum};
use yika_sim::slot::{LineSpec, Place, Protocols, Role};

/// A slot of the virtual PC/SC reader, or the slot line of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SlotArg {
    /// `0` or `1`.
    Reader(u8),
    /// `unix:PATH`, `tcp:HOST:PORT`, `pty`, `pty:LINK`.
    Line(Place),
}

/// Reads a [`SlotArg`].
pub(crate) fn slot(text: &str) -> Result<SlotArg, String> {
    match text {
        "0" => Ok(SlotArg::Reader(0)),
        "1" => Ok(SlotArg::Reader(1)),
        _ => text.parse().map(SlotArg::Line).map_err(|error| format!("0, 1, or: {error}")),
    }
}

/// How a virtual card or PSAM sits in its slot.
#[derive(Debug, Args)]
pub(crate) struct SeatArgs {
    /// TCP port of the virtual reader instead of the slot's / 虚拟读卡器端口
    #[arg(long, conflicts_with = "slot")]
    pub(crate) port: Option<u16>,
    /// Put what was torn out in again after so long; 0 leaves it out / 拔出后重新插入的秒数
    #[arg(long, value_name = "SECONDS", default_value_t = 2)]
    reinsert: u64,
    /// Wait so long for the virtual reader / 等待虚拟读卡器的秒数
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3600))]
    wait: u64,
}

impl SeatArgs {
    /// Time until it goes in again; `None` leaves it out.
    pub(crate) fn reinsert(&self) -> Option<Duration> {
        (self.reinsert > 0).then(|| Duration::from_secs(self.reinsert))
    }

    pub(crate) fn wait(&self) -> Duration {
        Duration::from_secs(self.wait)
    }
}

/// What a card offers on bare contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProtocolsArg {
    /// T=0
    T0,
    /// T=1
    T1,
    /// T=0, and T=1 by PPS
    Both,
}

/// How a card behaves on the slot line of a device.
#[derive(Debug, Args)]
#[command(next_help_heading = "On the slot line of a device (--slot unix:PATH …) / 设备卡槽线")]
pub(crate) struct SlotLineArgs {
    /// Listen there instead of going there / 监听而不是连接
    #[arg(long)]
    pub(crate) listen: bool,
    /// Go there: the device's side listens (this is what happens anyway) / 连接（默认）
    #[arg(long, conflicts_with = "listen")]
    pub(crate) connect: bool,
    /// Protocols the card offers / 卡片支持的协议
    #[arg(long, value_enum, default_value = "t0")]
    pub(crate) protocols: ProtocolsArg,
    /// Fastest rate the card offers, as TA1 (hex): 11 is 9 600, 18 is 115 200 baud / 速率
    #[arg(long, value_name = "TA1", default_value = "11", value_parser = rate)]
    pub(crate) rate: u8,
    /// NULL bytes before every answer (T=0) / 应答前的 NULL 字节数
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) nulls: u8,
    /// Ask for so many block waiting times before every answer (T=1) / 请求延长等待
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) wtx: u8,
    /// Bytes leave as slowly as on real contacts / 按真实速率发送
    #[arg(long)]
    pub(crate) paced: bool,
    /// Spoil one byte of so many, drawn by --seed / 平均每 N 字节出错一次
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(2..))]
    pub(crate) noise: Option<u64>,
    /// Start without a card in the slot / 启动时不插卡
    #[arg(long)]
    pub(crate) absent: bool,
}

impl SlotLineArgs {
    pub(crate) fn line(&self, seed: u64) -> LineSpec {
        LineSpec {
            protocols: match self.protocols {
                ProtocolsArg::T0 => Protocols::T0,
                ProtocolsArg::T1 => Protocols::T1,
                ProtocolsArg::Both => Protocols::Both,
            },
            rate: self.rate,
            nulls: self.nulls,
            wtx: self.wtx,
            paced: self.paced,
            noise: self.noise.map(|one_in| (seed, one_in)),
        }
    }

    pub(crate) fn role(&self) -> Role {
        if self.listen { Role::Listen } else { Role::Connect }
    }
}

fn rate(text: &str) -> Result<u8, String> {
    let byte = u8::from_str_radix(text, 16).map_err(|error| error.to_string())?;
    match yika_protocol::iso7816::timing::Rate::from_byte(byte) {
        Some(_) => Ok(byte),
        None => Err("a rate of ISO 7816-3, two hex digits, as 11, 18, 95 or 96".to_owned()),
    }
}
