//! The window into a device that runs: its display, its slip, keys from the keyboard.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::demo::Demo;
use crate::pos::Pos;
use crate::pos_keys::{Order, orders};
use crate::pos_page::{Size, page};
use crate::processes::{self, Running};
use crate::terminal;

/// How often the size of the terminal is asked for.
const SIZE: Duration = Duration::from_secs(1);

/// The terminal as a window: keys at once and without echo, a page of its own. Set back when this goes.
struct Window(String);

impl Window {
    /// None without a terminal. A read waits at most a fifth of a second. Ctrl-C is a key like others, so that it cannot end us
    /// before the terminal is set back.
    fn open() -> Option<Window> {
        let before = stty(&["-g"])?;
        processes::remember_terminal(&before);
        let window = Window(before);
        stty(&["-icanon", "-echo", "-isig", "min", "0", "time", "2"])?;
        put("\u{1b}[?1049h\u{1b}[?25l");
        Some(window)
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        processes::reset_terminal(&self.0);
        processes::forget_terminal(&self.0);
    }
}

/// Shows the device until `q`.
///
/// # Errors
/// The device is gone, or there is no terminal.
pub(crate) fn show(pos: &mut Pos, shop: &Demo) -> Result<(), String> {
    let _window = Some(())
        .filter(|()| terminal::is_interactive())
        .and_then(|()| Window::open())
        .ok_or("这里没有终端，请用 --once there is no terminal here: use --once")?;
    let mut till = Till::default();
    let (mut inside, mut shown, mut typed) = (false, String::new(), Vec::new());
    let (mut size, mut asked) = (terminal_size(), Instant::now());
    let mut input = std::io::stdin();
    loop {
        if asked.elapsed() > SIZE {
            (size, asked) = (terminal_size(), Instant::now());
        }
        let picture = pos.device.picture()?;
        let page = page(size, &picture, &help(inside, &till.says()), pos.device.slip().trim_end());
        if page != shown {
            put(&page);
            shown = page;
        }
        let mut bytes = [0; 32];
        let count = input.read(&mut bytes).map_err(|error| error.to_string())?;
        typed.extend_from_slice(&bytes[..count]);
        for order in orders(&mut typed) {
            match order {
                Order::Key(name) => pos.device.key(name)?,
                Order::Pad(key) => pos.device.pad(key)?,
                Order::Card => {
                    inside = !inside;
                    pos.card(inside)?;
                }
                Order::Sale => till.sell(pos, shop)?,
                Order::Quit => return Ok(()),
            }
        }
    }
}

fn help(inside: bool, till: &str) -> Vec<String> {
    let card = if inside { "拔卡 card out" } else { "插卡 card in" };
    vec![
        format!("c {card} · t 收银台发来一笔 a sale from the till · q 结束 quit"),
        "↑↓←→ 机身键 its keys · 0–9 回车 退格 Esc 密码键盘 keypad: digits, Enter, back, cancel".to_owned(),
        till.to_owned(),
    ]
}

/// The till beside the device.
#[derive(Default)]
struct Till {
    sales: u32,
    last: Option<(Running, std::path::PathBuf)>,
}

impl Till {
    fn sell(&mut self, pos: &Pos, shop: &Demo) -> Result<(), String> {
        // The old one first: the line takes one till at a time.
        self.last = None;
        self.sales += 1;
        let log = shop.file("sale.log");
        let sale = pos.sale(shop, &format!("DESK-{:04}", self.sales), &log)?;
        self.last = Some((sale, log));
        Ok(())
    }

    /// How its last sale stands.
    fn says(&self) -> String {
        let Some((_, log)) = &self.last else { return String::new() };
        let log = std::fs::read_to_string(log).unwrap_or_default();
        let result = log.lines().find_map(|line| serde_json::from_str::<Value>(line).ok());
        let word = |value: &Value| value.as_str().map(str::to_owned);
        let state = match result {
            None => "等待 under way".to_owned(),
            Some(result) => {
                word(&result["outcome"]).or(word(&result["code"])).unwrap_or_else(|| result.to_string())
            }
        };
        format!("收银台 till: DESK-{:04} {state}", self.sales)
    }
}

fn put(text: &str) {
    let mut out = std::io::stdout();
    // A terminal that is gone is seen at the next key.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn terminal_size() -> Size {
    let said = stty(&["size"]).unwrap_or_default();
    let mut numbers = said.split(' ').filter_map(|number| number.parse().ok());
    match (numbers.next(), numbers.next()) {
        (Some(rows), Some(columns)) if rows > 0 && columns > 0 => Size { columns, rows },
        _ => Size { columns: 80, rows: 24 },
    }
}

fn stty(words: &[&str]) -> Option<String> {
    let output = Command::new("stty").args(words).stdin(Stdio::inherit()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
