//! The device under the keyboard of a terminal.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use yika_firmware::hal::Key;
use yika_firmware::pinpad::PadKey;
use yika_protocol::fault::settle::PROMPT_IMPOSSIBLE;
use yika_sim::pos::{Act, Keyboard, Paper, Stroke, picture};

use super::Counter;
use crate::failure::{Exit, Failure, Outcome};
use crate::lang::Words;

impl Counter<'_> {
    /// Until `q`.
    pub(super) fn by_hand(&mut self) -> Outcome {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() || self.console.json {
            return Err(Failure::new(&PROMPT_IMPOSSIBLE).detail(Words::same("--script")));
        }
        let lost = |error: io::Error| Failure::new(&PROMPT_IMPOSSIBLE).detail(Words::same(error));
        let mut keyboard = Keyboard::grab().map_err(lost)?;
        let mut drawn = Instant::now() - Duration::from_secs(1);
        loop {
            self.turn();
            let changed = self.with_board(|board| board.screen_changed()).unwrap_or(false);
            if changed || drawn.elapsed() > Duration::from_millis(500) {
                self.draw(keyboard.size());
                drawn = Instant::now();
            }
            match keyboard.next(2).map_err(lost)? {
                Some(Stroke::Character('q' | '\u{3}')) => return Ok(Exit::Done),
                Some(stroke) => {
                    if let Some(act) = self.meant(stroke) {
                        self.act(&act)?;
                    }
                }
                None => {}
            }
        }
    }

    fn meant(&mut self, stroke: Stroke) -> Option<Act> {
        let card_in = self.with_board(|board| board.card_in()).unwrap_or(false);
        Some(match stroke {
            Stroke::Up => Act::Key(Key::Up),
            Stroke::Down => Act::Key(Key::Down),
            Stroke::Left => Act::Key(Key::Left),
            Stroke::Right => Act::Key(Key::Right),
            Stroke::Enter => Act::Pad(vec![PadKey::Enter]),
            Stroke::Escape => Act::Pad(vec![PadKey::Cancel]),
            Stroke::Backspace => Act::Pad(vec![PadKey::Back]),
            Stroke::Character(digit @ '0'..='9') => Act::Pad(vec![PadKey::Digit(digit as u8 - b'0')]),
            Stroke::Character('c') => Act::Card(!card_in),
            Stroke::Character('s') => Act::Scan(None),
            Stroke::Character('i') => Act::IdCard(true),
            Stroke::Character('o') => Act::IdCard(false),
            Stroke::Character('n') => Act::Network(!self.online),
            Stroke::Character('p') => Act::Power,
            Stroke::Character('r') => Act::Reset,
            Stroke::Character(_) => return None,
        })
    }

    fn draw(&mut self, (columns, rows): (u16, u16)) {
        let wide = columns >= 128 && rows >= 36;
        let Some((blocks, card_in)) = self.with_board(|board| {
            let frame = board.shown();
            (if wide { picture::half_blocks(frame) } else { picture::braille(frame) }, board.card_in())
        }) else {
            return;
        };
        let screen_columns = if wide { 128 } else { 64 };
        let beside = usize::from(columns) >= screen_columns + 52;
        let room = usize::from(rows).saturating_sub(3);
        let slip = self.slips().iter().map(Paper::text).collect::<String>();
        let slip: Vec<&str> = slip.lines().collect();
        let shown = if beside { room } else { room.saturating_sub(blocks.lines().count() + 1) };
        let tail = slip.get(slip.len().saturating_sub(shown)..).unwrap_or_default();
        let mut text = String::from("\x1B[H");
        let mut line = |content: &str| {
            text.push_str(content);
            text.push_str("\x1B[K\r\n");
        };
        let mut paper = tail.iter();
        for row in blocks.lines() {
            match paper.next().filter(|_| beside) {
                Some(slip) => line(&format!("\x1B[36;40m{row}\x1B[0m  {slip}")),
                None => line(&format!("\x1B[36;40m{row}\x1B[0m")),
            }
        }
        let rest: Vec<&&str> = if beside { paper.collect() } else { tail.iter().collect() };
        for slip in rest {
            let indent = if beside { screen_columns + 2 } else { 0 };
            line(&format!("{:indent$}{slip}", ""));
        }
        let state = self.console.lang.pick(
            if card_in { "卡：已插入" } else { "卡：未插入" },
            if card_in { "card: in" } else { "card: out" },
        );
        let network = match (self.centre, self.online) {
            (Some(centre), true) => centre.to_string(),
            _ => "-".to_owned(),
        };
        let keys = self.console.lang.pick(
            "方向键 回车 Esc 数字 · c 插拔卡 s 扫码 i/o 身份证 n 网络 p 断电 r 复位 q 退出",
            "arrows Enter Esc digits · c card s scan i/o ID n network p power r reset q quit",
        );
        line(&format!("\x1B[2m{state}  UDP {network}  {keys}\x1B[0m"));
        text.push_str("\x1B[J");
        let mut out = io::stdout().lock();
        let _ = out.write_all(text.as_bytes());
        let _ = out.flush();
    }
}
