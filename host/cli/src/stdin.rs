//! What is typed while a device of the desk runs.

use std::io::BufRead;

use tokio::sync::mpsc;

/// The lines of stdin as they come. Its end is no order: the device goes on.
pub(crate) fn lines() -> mpsc::UnboundedReceiver<String> {
    let (typed, lines) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if typed.send(line).is_err() {
                return;
            }
        }
    });
    lines
}
