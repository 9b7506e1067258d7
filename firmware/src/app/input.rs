//! What a person does: keys, the keypad, the scanner.

use heapless::Vec;
use yika_protocol::voucher::scanner::Scanned;

use crate::hal::{Board, Key, Keys, Media, Millis, SerialLine};
use crate::pinpad::{Input, PadKey};
use crate::text;

use super::scene::{Scene, Then};
use super::{App, IdCards, Press};

impl<B: Board, M: Media, I: IdCards> App<B, M, I> {
    #[inline(never)]
    pub(super) fn poll_keys(&mut self, now: Millis) {
        while let Some(key) = self.board.keys().next() {
            let press = match key {
                Key::Up => Press::Up,
                Key::Down => Press::Down,
                Key::Left => Press::Left,
                Key::Right => Press::Right,
                Key::Select => Press::Ok,
                Key::Digit(digit) => Press::Digit(digit),
                Key::Point => Press::Point,
                Key::Clear => Press::Clear,
            };
            self.on_press(press, now);
        }
    }

    /// Scanner and keypad share a line.
    #[inline(never)]
    pub(super) fn poll_scanner(&mut self, now: Millis) {
        // No more than one code of the longest kind a turn.
        for _ in 0..96 {
            let Some(byte) = self.board.scanner().read() else { break };
            let mut inputs: Vec<Input, 2> = Vec::new();
            self.pad.feed(byte, |input| {
                let _ = inputs.push(input);
            });
            for input in &inputs {
                match *input {
                    Input::Scanner(byte) => {
                        let mut found = None;
                        self.scanner.feed(&[byte], now.0, |scanned| found = Some(scanned));
                        self.on_scan(found, now);
                    }
                    Input::Key(key) => self.on_pad(key, now),
                    Input::Broken(key) => self.on_broken_pad(key, now),
                }
            }
        }
        let scanned = self.scanner.poll(now.0);
        self.on_scan(scanned, now);
    }

    fn on_scan(&mut self, scanned: Option<Scanned>, now: Millis) {
        match scanned {
            Some(Scanned::Code(code, _)) => self.on_code(code, now),
            Some(Scanned::Refused(error)) if matches!(self.scene, Scene::Present) => {
                self.trouble(text::NOT_SETTLED, error.fault(), Then::Present);
            }
            _ => {}
        }
    }

    fn on_pad(&mut self, key: PadKey, now: Millis) {
        if matches!(self.scene, Scene::Pin { .. }) {
            self.on_pin_key(key, now);
            return;
        }
        let press = match key {
            PadKey::Digit(digit) => Press::Digit(digit),
            PadKey::Enter => Press::Ok,
            PadKey::Cancel => Press::Cancel,
            PadKey::Back => Press::Clear,
        };
        self.on_press(press, now);
    }

    /// A key was lost. In a PIN everything is typed anew; elsewhere a person sees what is missing.
    fn on_broken_pad(&mut self, key: Option<PadKey>, now: Millis) {
        if let Scene::Pin { again, .. } = &mut self.scene {
            *again = true;
            self.pin.clear();
            self.dirty = true;
        } else if let Some(key) = key {
            self.on_pad(key, now);
        }
    }
}
