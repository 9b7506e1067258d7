//! The window into a device that runs: its display, keys from the keyboard.

use std::io::Read;
use std::process::{Command, Stdio};

use crate::demo::Demo;
use crate::pos::Pos;
use crate::terminal;

/// The terminal's own settings, as they were; set back when this goes.
struct Keyboard(String);

impl Keyboard {
    /// Every key at once, without echo; a read waits at most a fifth of a second.
    fn raw() -> Option<Keyboard> {
        let stty = |words: &[&str]| Command::new("stty").args(words).stdin(Stdio::inherit()).output().ok();
        let before = stty(&["-g"]).filter(|output| output.status.success())?;
        stty(&["-icanon", "-echo", "min", "0", "time", "2"])?;
        Some(Keyboard(String::from_utf8_lossy(&before.stdout).trim().to_owned()))
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        let _ = Command::new("stty").arg(&self.0).stdin(Stdio::inherit()).status();
    }
}

/// Shows the device until `q`.
///
/// # Errors
/// The device is gone, or there is no terminal.
pub(crate) fn show(pos: &mut Pos, shop: &Demo) -> Result<(), String> {
    let _keyboard = Keyboard::raw()
        .filter(|_| terminal::is_interactive())
        .ok_or("这里没有终端，请用 --once there is no terminal here: use --once")?;
    let mut inside = false;
    let mut input = std::io::stdin();
    loop {
        let picture = pos.device.picture()?;
        terminal::plain(&format!("\u{1b}[H\u{1b}[2J{}", picture.blocks()));
        terminal::plain(&format!(
            "方向键 ←↑→↓，回车 = 确认；c {}；q 结束   arrows, Enter = select; c card {}; q ends",
            if inside { "拔卡" } else { "插卡" },
            if inside { "out" } else { "in" },
        ));
        terminal::plain(&format!(
            "收银台 till:  yika terminal sale --site {} --port unix:{} --basket …",
            shop.path("yika.toml"),
            shop.file("pos").join("till").display()
        ));
        terminal::quote(pos.device.slip().trim_end());
        let mut keys = [0; 8];
        let count = input.read(&mut keys).map_err(|error| error.to_string())?;
        match &keys[..count] {
            b"\x1b[A" => pos.device.key("up")?,
            b"\x1b[B" => pos.device.key("down")?,
            b"\x1b[C" => pos.device.key("right")?,
            b"\x1b[D" => pos.device.key("left")?,
            b"\n" | b"\r" | b" " => pos.device.key("ctrl")?,
            b"c" => {
                inside = !inside;
                pos.card(inside)?;
            }
            b"q" => return Ok(()),
            _ => {}
        }
    }
}
