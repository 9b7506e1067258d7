//! The challenges that a terminal may still use, as its row keeps them: `16 hex digits@unix seconds`, separated by commas.

use yika_platform::hex;
use yika_protocol::swipe::ChallengeWindow;

pub(super) fn read(text: &str) -> ChallengeWindow {
    let entries = text.split(',').filter_map(|entry| {
        let (challenge, since) = entry.split_once('@')?;
        Some((hex::bytes::<8>(challenge)?, since.parse().ok()?))
    });
    ChallengeWindow::from_entries(entries)
}

pub(super) fn write(window: &ChallengeWindow) -> String {
    let entry = |(challenge, since): &([u8; 8], u64)| format!("{}@{since}", hex::upper(challenge));
    window.entries().iter().map(entry).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use yika_protocol::swipe::Freshness;

    #[test]
    fn a_window_is_written_and_read_back() {
        let mut window = ChallengeWindow::default();
        assert_eq!(read(&write(&window)), window);
        for n in 1..=3 {
            window.give([n; 8], 1_000 + u64::from(n));
        }
        assert_eq!(write(&window), "0101010101010101@1001,0202020202020202@1002,0303030303030303@1003");
        let read = read(&write(&window));
        assert_eq!(read, window);
        assert_eq!(read.look(Some([2; 8]), 1_100, 3600), Freshness::Fresh);
    }
}
