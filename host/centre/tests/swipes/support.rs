//! A shop: a centre on free ports, one terminal, and a socket to talk to it.

use std::time::Duration;

use tempfile::TempDir;
use tokio::net::UdpSocket;
use yika_centre::CentreConfig;
use yika_centre::kit::{Kit, Listening, SAMPLE_SEED, Sale};
use yika_protocol::money::Fen;
use yika_protocol::swipe::{
    Answer, Counter, DayAnswer, Draw, Identity, Line, Opened, Outcome, ReversalOutcome, Settled,
    StatusAnswer, SwipeAnswer, TraceCode, TraceCodes, VoidAnswer, VoidOutcome,
};

/// Long enough for a busy machine; nothing here waits for it unless it fails.
const ANSWER: Duration = Duration::from_secs(20);
/// Long enough to believe that nothing comes.
const SILENCE: Duration = Duration::from_millis(300);

pub(crate) struct Shop {
    pub(crate) kit: Kit,
    pub(crate) terminal: Identity,
    pub(crate) listening: Listening,
    pub(crate) folder: TempDir,
    socket: UdpSocket,
}

pub(crate) fn n(counter: u64) -> Counter {
    Counter::new(counter).unwrap()
}

pub(crate) fn fen(text: &str) -> Fen {
    text.parse().unwrap()
}

pub(crate) fn sum<'a>(order_no: &'a str, amount: &str) -> Sale<'a> {
    Sale::amount(order_no, fen(amount))
}

/// The sample basket, 66.10, on everything.
pub(crate) fn basket<'a>(order_no: &'a str, lines: &'a [Line<'a>]) -> Sale<'a> {
    Sale { lines, draw: Draw::Everything, ..sum(order_no, "66.10") }
}

/// The three trace codes of the sample basket.
pub(crate) fn codes() -> [[TraceCode<'static>; 1]; 3] {
    ["99000000000000000001", "99000000000000000002", "99000000000000000003"]
        .map(|code| [TraceCode::new(code, false)])
}

/// 25.00 of level 01, 38.00 of level 02, 3.10 of level 03.
pub(crate) fn lines<'a>(codes: &'a [[TraceCode<'a>; 1]; 3]) -> [Line<'a>; 3] {
    let line = |list, own, cnt: &str, pric: &str, amount: &str, codes: &'a [TraceCode<'a>]| Line {
        med_list_codg: list,
        medins_list_codg: own,
        cnt: cnt.parse().unwrap(),
        pric: pric.parse().unwrap(),
        sum: fen(amount),
        trace_codes: TraceCodes::new(codes),
    };
    [
        line("XA01-YIKA-0001", "S-10001", "2", "12.5", "25.00", &codes[0]),
        line("XA01-YIKA-0002", "S-10002", "1", "38", "38.00", &codes[1]),
        line("ZA02-YIKA-0003", "S-20003", "0.5", "6.2", "3.10", &codes[2]),
    ]
}

impl Shop {
    pub(crate) async fn new() -> Self {
        Self::with(SAMPLE_SEED, |_| {}).await
    }

    pub(crate) async fn with(seed: &str, change: impl FnOnce(&mut CentreConfig)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let kit = Kit::open_with(folder.path(), seed, change).unwrap();
        let terminal = kit.enrol("POS-0001").unwrap();
        let listening = kit.listen().await.unwrap();
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        Self { kit, terminal, listening, folder, socket }
    }

    pub(crate) async fn send(&self, datagram: &[u8]) {
        self.socket.send_to(datagram, self.listening.udp).await.unwrap();
    }

    pub(crate) async fn receive(&self) -> Vec<u8> {
        let mut buffer = [0; 2048];
        let (length, from) = tokio::time::timeout(ANSWER, self.socket.recv_from(&mut buffer))
            .await
            .unwrap_or_else(|_| panic!("no answer"))
            .unwrap();
        assert_eq!(from, self.listening.udp);
        buffer[..length].to_vec()
    }

    /// The bytes that come back.
    pub(crate) async fn bytes(&self, datagram: &[u8]) -> Vec<u8> {
        self.send(datagram).await;
        self.receive().await
    }

    pub(crate) async fn opened(&self, datagram: &[u8]) -> Opened {
        let bytes = self.bytes(datagram).await;
        let opened = self.terminal.open(&bytes).unwrap();
        self.terminal.verify_evidence(&opened).unwrap();
        opened
    }

    pub(crate) async fn silent(&self, datagram: &[u8]) {
        self.send(datagram).await;
        let mut buffer = [0; 2048];
        let came = tokio::time::timeout(SILENCE, self.socket.recv_from(&mut buffer)).await;
        assert!(came.is_err(), "something came back");
    }

    pub(crate) async fn swipe(&self, datagram: &[u8]) -> SwipeAnswer {
        match self.opened(datagram).await.answer {
            Answer::Swipe(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    /// A card swipe, by the shop's terminal.
    pub(crate) async fn card(&self, counter: u64, sale: &Sale<'_>) -> SwipeAnswer {
        let datagram = self.kit.card_swipe(&self.terminal, n(counter), sale).unwrap();
        self.swipe(&datagram).await
    }

    /// The same, which must settle.
    pub(crate) async fn settled(&self, counter: u64, sale: &Sale<'_>) -> Settled {
        match self.card(counter, sale).await.outcome {
            Outcome::Settled(settled) => settled,
            other => panic!("{other:?}"),
        }
    }

    /// The same, which must be refused: its number.
    pub(crate) async fn refused(&self, counter: u64, sale: &Sale<'_>) -> u16 {
        refused(&self.card(counter, sale).await)
    }

    pub(crate) async fn reverse(&self, counter: u64) -> ReversalOutcome {
        match self.opened(&self.terminal.seal_reversal(n(counter)).unwrap()).await.answer {
            Answer::Reversal(answer) => answer.outcome,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn status(&self, counter: u64) -> StatusAnswer {
        match self.opened(&self.terminal.seal_status(n(counter)).unwrap()).await.answer {
            Answer::Status(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn void(&self, counter: u64, original: u64, setl_id: &str) -> VoidAnswer {
        match self.opened(&self.terminal.seal_void(n(counter), n(original), setl_id).unwrap()).await.answer {
            Answer::Void(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn void_refused(&self, counter: u64, original: u64, setl_id: &str) -> u16 {
        match self.void(counter, original, setl_id).await.outcome {
            VoidOutcome::Refused(number) => number,
            other @ VoidOutcome::Voided(_) => panic!("{other:?}"),
        }
    }

    /// Totals of 2026-11-22, or of another day in `yyyymmdd`.
    pub(crate) async fn day(&self, day: &[u8]) -> DayAnswer {
        let day = yika_protocol::identity::Date::from_ascii(day).unwrap();
        match self.opened(&self.terminal.seal_day(n(1), day).unwrap()).await.answer {
            Answer::Day(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder.path().join("centre.db")).unwrap()
    }

    pub(crate) fn count(&self, sql: &str) -> i64 {
        self.database().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// What stands on the account of the sample's card holder.
    pub(crate) fn balance(&self) -> Fen {
        Fen(self.count(
            "SELECT COALESCE(SUM(amount), 0) FROM ledger WHERE account = 'person:99010000000000000001:310'",
        ))
    }
}

pub(crate) fn refused(answer: &SwipeAnswer) -> u16 {
    match &answer.outcome {
        Outcome::Refused(number) => *number,
        other => panic!("{other:?}"),
    }
}

/// The least HTTP/1.1 client: status and body.
pub(crate) async fn http(
    address: std::net::SocketAddr,
    method: &str,
    path: &str,
    body: &[u8],
) -> (u16, Vec<u8>) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: centre\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    let status = std::str::from_utf8(&answer[..end]).unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer[end + 4..].to_vec())
}
