//! How many swipes a second the centre settles durably, beside the bare signature check on the same cores.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

use yika_centre::SwipeLimits;
use yika_centre::kit::{Kit, SAMPLE_SEED, card_cryptogram, sample_card};
use yika_protocol::sign::{Signer, Sm2Signer, Verifier};
use yika_protocol::swipe::{
    Answer, Counter, Credential, Datagram, Draw, Identity, Line, Lines, Outcome, SwipeId, SwipeRequest,
    TraceCode, TraceCodes, card_challenge, peek,
};
use yika_tests::figures::{Figures, fsync, processor_ticks};

const TERMINALS: usize = 100;
const SWIPES_EACH: usize = 60;
const PEOPLE: usize = 500;
/// Swipes under way at once: what a thousand terminals have at a busy hour, and what the socket buffer holds.
const UNDER_WAY: usize = 128;
const ALONE: usize = 300;
const CORES: usize = 2;

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let kit = Kit::open_with(folder.path(), &seed(), |config| config.swipe_limits = SwipeLimits::NONE)
        .expect("a centre");
    let terminals: Vec<Identity> =
        (0..TERMINALS).map(|n| kit.enrol(&format!("POS-{n:04}")).expect("a terminal")).collect();
    let mut signed = Vec::new();
    for swipe in 0..SWIPES_EACH {
        for (n, terminal) in terminals.iter().enumerate() {
            let person = (swipe * TERMINALS + n) % PEOPLE;
            signed.push(sign(terminal, Counter::new(swipe as u64 + 1).expect("a counter"), person));
        }
    }
    let lone: Vec<Datagram> = (0..ALONE)
        .map(|n| {
            sign(
                &terminals[n % TERMINALS],
                Counter::new((SWIPES_EACH + 1 + n / TERMINALS) as u64).expect("a counter"),
                n,
            )
        })
        .collect();

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let listening = runtime.block_on(kit.listen()).expect("ports");
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.connect(listening.udp).expect("the centre");

    let (before, check_cost) = bare();
    let start = processor_time();
    let (load, took) = run(&socket, &signed, UNDER_WAY);
    let swipe_cost = (processor_time() - start).div_f64(signed.len() as f64);
    let (after, _) = bare();
    let (alone, _) = run(&socket, &lone, 1);
    check(&kit, &terminals, &signed);

    let settled = signed.len() as f64 / took.as_secs_f64();
    let checks = f64::midpoint(before, after);
    println!(
        "swipes of three lines by card over UDP on loopback, SQLite, every commit on the disk before the answer"
    );
    println!("  bare SM2 signature checks     {checks:.0} a second on {CORES} cores");
    println!(
        "  swipes settled                {settled:.0} a second, {UNDER_WAY} under way, {} in all",
        signed.len()
    );
    println!("  ratio                         {:.2}", settled / checks);
    println!(
        "  processor time                {:.0} us a check, {:.0} us a swipe with its sender: ratio {:.2}",
        check_cost.as_secs_f64() * 1e6,
        swipe_cost.as_secs_f64() * 1e6,
        check_cost.as_secs_f64() / swipe_cost.as_secs_f64()
    );
    println!("  under that load               {}", load.line());
    println!("  one at a time                 {}", alone.line());
    println!("  one fsync of 4 KiB here       {}", fsync(folder.path()).line());
    for line in kit.centre.metrics().lines().filter(|line| line.starts_with("yika_swipe_batch_answers_")) {
        if !line.contains("bucket") {
            println!("  {line}");
        }
    }
    runtime.block_on(listening.stop());
}

/// The sample with many people, each with a card and an account.
fn seed() -> String {
    let mut seed = SAMPLE_SEED.replacen("per_day = \"20000.00\"", "per_day = \"9000000.00\"\nmost = 1000", 1);
    for n in 0..PEOPLE {
        let person = format!(
            "[[people]]\npsn_no = \"9909{n:016}\"\ncertno = \"{}\"\npsn_name = \"沈一禾\"\ncard_no = \"B{n:08}\"\n\
             card_sn = \"{}\"\n\n[[people.insurances]]\ninsutype = \"310\"\npsn_type = \"11\"\ninsuplc_admdvs = \"990100\"\n\
             balance = \"9000.00\"\n\n",
            certno(n),
            card_sn(n)
        );
        write!(seed, "\n{person}").expect("room");
    }
    seed
}

/// A number with its check digit (GB 11643).
fn certno(n: usize) -> String {
    let body = format!("990101{:04}0101{:03}", 1900 + n / 100 % 100, n % 100 + 100);
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{body}{}", char::from(b"10X98765432"[(sum % 11) as usize]))
}

fn card_sn(n: usize) -> String {
    format!("990100D15600000501{n:014}")
}

/// A swipe of the sample basket by this person's card.
fn sign(terminal: &Identity, counter: Counter, person: usize) -> Datagram {
    let codes: Vec<String> =
        (0..3).map(|line| format!("99{:010}{person:06}{line:02}", counter.get())).collect();
    let codes: Vec<[TraceCode<'_>; 1]> = codes.iter().map(|code| [TraceCode::new(code, false)]).collect();
    let line = |list, own, cnt: &str, pric: &str, sum: &str, code: usize| Line {
        med_list_codg: list,
        medins_list_codg: own,
        cnt: cnt.parse().expect("a quantity"),
        pric: pric.parse().expect("a price"),
        sum: sum.parse().expect("an amount"),
        trace_codes: TraceCodes::new(&codes[code]),
    };
    let lines = [
        line("XA01-YIKA-0001", "S-10001", "2", "12.5", "25.00", 0),
        line("XA01-YIKA-0002", "S-10002", "1", "38", "38.00", 1),
        line("ZA02-YIKA-0003", "S-20003", "0.5", "6.2", "3.10", 2),
    ];
    let mut card = sample_card().expect("a card");
    card.card_no = heapless_card_no(person);
    card.identification = yika_platform::hex::bytes(&card_sn(person)).expect("an identification code");
    let order_no = format!("{}-{}", terminal.terminal(), counter.get());
    let request = |card| SwipeRequest {
        order_no: &order_no,
        amount: "66.10".parse().expect("an amount"),
        lines: Lines::new(&lines),
        draw: Draw::Everything,
        pin_verified: true,
        centre_challenge: None,
        valid_until: None,
        credential: Credential::Card(card),
    };
    let challenge =
        card_challenge(&terminal.swipe_header(counter), &request(card.clone())).expect("a challenge");
    let card = card.answered(card_cryptogram(&challenge).expect("a cryptogram"));
    terminal.seal_swipe(counter, &request(card), None).expect("a datagram")
}

fn heapless_card_no<const N: usize>(person: usize) -> heapless::Vec<u8, N> {
    heapless::Vec::from_slice(format!("B{person:08}").as_bytes()).expect("a card number")
}

/// Sends them with so many under way, and notes how long each took. What the network loses is sent again.
fn run(socket: &UdpSocket, datagrams: &[Datagram], under_way: usize) -> (Figures, Duration) {
    socket.set_read_timeout(Some(Duration::from_secs(1))).expect("a timeout");
    let mut sent: HashMap<SwipeId, (Instant, &Datagram)> = HashMap::new();
    let (mut next, mut figures, mut buffer) = (datagrams.iter(), Figures::default(), [0; 2048]);
    let start = Instant::now();
    loop {
        while sent.len() < under_way
            && let Some(datagram) = next.next()
        {
            sent.insert(peek(datagram).expect("a header").swipe_id(), (Instant::now(), datagram));
            socket.send(datagram).expect("sent");
        }
        if sent.is_empty() {
            return (figures, start.elapsed());
        }
        match socket.recv(&mut buffer) {
            Ok(length) => {
                let id = peek(&buffer[..length]).expect("an answer").swipe_id();
                if let Some((since, _)) = sent.remove(&id) {
                    figures.add(since.elapsed());
                }
            }
            Err(_) => sent.values().for_each(|(_, datagram)| drop(socket.send(datagram))),
        }
    }
}

/// User and system time of this process so far, to a hundredth of a second.
fn processor_time() -> Duration {
    Duration::from_millis(processor_ticks(std::process::id()) * 10)
}

/// What the cores do when they check signatures and nothing else: checks a second, and what one costs.
fn bare() -> (f64, Duration) {
    const CHECKS: usize = 4_000;
    let key = Sm2Signer::from_bytes(&[7; 32]).expect("a key");
    let message = vec![0x5A; 420];
    let signature = key.sign(&message).expect("a signature");
    let (start, worked) = (Instant::now(), processor_time());
    std::thread::scope(|scope| {
        for _ in 0..CORES {
            scope.spawn(|| {
                let verifier = key.verifier();
                (0..CHECKS).for_each(|_| verifier.verify(&message, &signature).expect("a good signature"));
            });
        }
    });
    let checks = (CORES * CHECKS) as f64;
    (checks / start.elapsed().as_secs_f64(), (processor_time() - worked).div_f64(checks))
}

/// A figure counts only for swipes that settled: each answer again, from the store.
fn check(kit: &Kit, terminals: &[Identity], signed: &[Datagram]) {
    for (n, datagram) in signed.iter().enumerate() {
        let terminal = &terminals[n % TERMINALS];
        let answer = kit.centre.answer_swipe(datagram, None).expect("a stored answer");
        let opened = terminal.open(&answer).expect("a good seal");
        let settled = matches!(&opened.answer, Answer::Swipe(a) if matches!(a.outcome, Outcome::Settled(_)));
        assert!(settled, "{:?}", opened.answer);
        if n % 100 == 0 {
            terminal.verify_evidence(&opened).expect("good evidence");
        }
    }
}
