//! What a settlement costs beside the signature it needs, and how long it takes on loopback.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use yika_protocol::sign::Signer;
use yika_settle::transport::{Call, HttpTransport, Sending, TlsConfig, Transport};
use yika_settle::{Outcome, SeededRandom, SigningKey};
use yika_tests::figures::{Figures, fsync, milliseconds};
use yika_tests::world::{World, basket, card};

const PURCHASES: usize = 500;

/// Notes when messages come back and when the settlement leaves.
struct Timed {
    inner: HttpTransport,
    last_answer: Mutex<Option<Instant>>,
    /// From the last answer before the settlement to its first byte: building, checking, signing, and the journal on disk.
    own_work: Arc<Mutex<Figures>>,
    settlement: Arc<Mutex<Figures>>,
}

impl Transport for Timed {
    fn send(&self, call: Call) -> Sending<'_> {
        Box::pin(async move {
            let settles = call.body.windows(14).any(|window| window == b"\"infno\":\"2102\"");
            let start = Instant::now();
            if settles && let Some(before) = *self.last_answer.lock().expect("no panic") {
                self.own_work.lock().expect("no panic").add(start - before);
            }
            let reply = self.inner.send(call).await;
            if settles {
                self.settlement.lock().expect("no panic").add(start.elapsed());
            }
            *self.last_answer.lock().expect("no panic") = Some(Instant::now());
            reply
        })
    }
}

fn main() {
    let mut bare = Figures::default();
    let key = SigningKey::generate(&SeededRandom::new(1)).expect("a key");
    let message = vec![0x5A; 700];
    for _ in 0..2_000 {
        let start = Instant::now();
        let signature = key.sign(&message).expect("a signature");
        bare.add(start.elapsed());
        assert_ne!(signature, [0; 64]);
    }

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let world = World::new(1).await;
        let (own_work, settlement) = (Arc::new(Mutex::new(Figures::default())), Arc::new(Mutex::new(Figures::default())));
        let line = Timed {
            inner: HttpTransport::new(&TlsConfig::default()).expect("a transport"),
            last_answer: Mutex::new(None),
            own_work: Arc::clone(&own_work),
            settlement: Arc::clone(&settlement),
        };
        let till = world.till_with(0, Arc::new(line)).await;
        let mut whole = Figures::default();
        for n in 0..PURCHASES {
            world.clock.advance(time::Duration::seconds(1));
            let basket = basket(&format!("BENCH-{n}"));
            let start = Instant::now();
            let bought = till.settle_pharmacy(&basket, &card()).await.expect("a settlement");
            whole.add(start.elapsed());
            assert_eq!(bought.outcome, Outcome::Settled, "{:?}", bought.reason);
        }
        let own_work = own_work.lock().expect("no panic").clone();
        println!("settlement of three lines on loopback, sandbox centre on SQLite (both sides durable before they answer)");
        println!("  bare SM2 signature            {}", bare.line());
        println!("  build + check + sign + journal {}", own_work.line());
        println!("  2102, request to answer       {}", settlement.lock().expect("no panic").line());
        println!("  whole purchase (1101 + 2102)  {}", whole.line());
        let beside = own_work.percentile(50).saturating_sub(bare.percentile(50));
        println!("  beside the signature, p50     {}", milliseconds(beside));
        println!("  one fsync of 4 KiB here       {}", fsync(world.folder()).line());
    });
}
