//! Nothing of a person stands in clear in the database, in the logs, or on the figures' page.

use std::io::Write;
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;

use crate::support::{Shop, basket, codes, lines, n, sum};

#[derive(Clone, Default)]
struct Ink(Arc<Mutex<Vec<u8>>>);

impl Write for Ink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Ink {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn neither_files_nor_logs_name_anybody() {
    let ink = Ink::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(ink.clone()).finish();
    // The answering threads are the centre's own, so the log is the process's; other tests only add to it.
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let shop = Shop::new().await;
    let codes = codes();
    let lines = lines(&codes);
    shop.settled(1, &basket("A-1", &lines)).await;
    let id =
        shop.kit.id_card_swipe(&shop.terminal, n(2), &sum("A-2", "10.00"), "990101198506150020").unwrap();
    shop.swipe(&id).await;
    let voucher = shop.kit.voucher("99010000000000000001").unwrap();
    let request = sum("A-3", "10.00").request(yika_protocol::swipe::Credential::Voucher(voucher.clone()));
    shop.swipe(&shop.terminal.seal_swipe(n(3), &request, None).unwrap()).await;
    shop.refused(4, &sum("A-4", "5000.00")).await;
    shop.reverse(1).await;

    let mut files = Vec::new();
    for entry in std::fs::read_dir(shop.folder.path()).unwrap() {
        files.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    let page = shop.kit.centre.metrics();
    let log = ink.0.lock().unwrap().clone();
    assert!(String::from_utf8_lossy(&log).contains("swipe answered"), "the log is not empty");
    let secret = shop.terminal.encoded();
    let name_gb = [0xC9, 0xF2, 0xD2, 0xBB]; // 沈一
    for (what, place) in [("files", files.as_slice()), ("log", &log), ("figures", page.as_bytes())] {
        let holds = |needle: &[u8]| place.windows(needle.len()).any(|window| window == needle);
        for needle in [
            "沈一禾".as_bytes(),
            &name_gb,
            b"990101198506150020",
            b"A12345678",
            b"990100D1560000050100000012345678",
            &[0x99, 0x01, 0x00, 0xD1, 0x56, 0x00, 0x00, 0x05, 0x01, 0x00, 0x00, 0x00, 0x12, 0x34, 0x56, 0x78],
            voucher.expose().as_bytes(),
            // Private key and enrolment secret stand behind two bytes of head each in the device's record.
            &secret[4..36],
            &secret[39..71],
        ] {
            assert!(!holds(needle), "{what}: {} bytes that should not be there", needle.len());
        }
    }
}
