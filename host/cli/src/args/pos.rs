//! `yika sim pos`.

use std::path::PathBuf;

use clap::Args;

const KEYS: &str = "\
Keys / 按键:
  arrows 方向键   Enter OK 确认   Esc cancel 取消   0-9 Backspace keypad 密码键盘
  c card in/out 插拔卡   s scan 扫码   i ID card 身份证   n network 网络
  p power cut 断电重启   r reset 复位   q quit 退出

Script words / 脚本:
  up down left right ok   1234 enter cancel back   pin:1234   card nocard id noid   scan scan:CODE
  wait:MS   until:TEXT (_ for a blank)   shot:NAME   screen   power reset online offline

A new store gets the language of --lang, Chinese without it; later the device's own Settings count. / 新存储按 --lang 设语言，此后以设备的设置为准。";

/// `yika sim pos`
#[derive(Debug, Args)]
#[command(after_help = KEYS)]
pub(crate) struct SimPosArgs {
    /// The centre's UDP address, e.g. 127.0.0.1:7700 [default: no network] / 中心 UDP 地址
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) centre: Option<String>,
    /// The device's store, as raw blocks; made when it is not there [default: a file that goes when the program ends] / 存储文件
    #[arg(long, value_name = "FILE")]
    pub(crate) store: Option<PathBuf>,
    /// Where the till's PC comes in: unix:PATH or tcp:HOST:PORT; for `yika terminal … --port` / 收银机接口
    #[arg(long, value_name = "PLACE")]
    pub(crate) till: Option<String>,
    /// The card, TOML [default: a built-in person] / 卡片描述
    #[arg(long, value_name = "FILE")]
    pub(crate) card: Option<PathBuf>,
    /// What is scanned / 扫到的码
    #[arg(long, value_name = "CODE")]
    pub(crate) code: Option<String>,
    /// The maker's serial number of the device / 序列号
    #[arg(long, value_name = "SERIAL", default_value = "YK-DESK-0001")]
    pub(crate) serial: String,
    /// Pin the device's random numbers, for scripts: the same seed makes the same device key again [default: from the system]
    /// / 随机种子
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    /// What to do, word by word, instead of asking the keyboard; `-` takes lines from stdin as they come / 脚本
    #[arg(long, value_name = "WORDS")]
    pub(crate) script: Option<String>,
    /// How long `until:TEXT` waits, seconds / 等待文字的秒数
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "script")]
    pub(crate) patience: u64,
    /// Pictures of `shot:NAME` and of the slips go into this folder, as PNG / 截图目录
    #[arg(long, value_name = "DIR", requires = "script")]
    pub(crate) shots: Option<PathBuf>,
}
