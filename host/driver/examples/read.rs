//! Reads the card in a reader and prints it as JSON; the quickest way to try a reader.
//!
//! `cargo run -p yika-driver --example read -- [--reader NAME] [--wait SECONDS] [--pause SECONDS] [--test-keys] [--virtual SPEC.toml]`
//!
//! `--virtual` first puts a virtual card into the first virtual reader (needs pcscd with vsmartcard-vpcd).

use std::{
    error::Error,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use yika_driver::{
    CardService, Selection, doctor,
    keys::LocalKeys,
    social_card::{self, ReadOptions},
};
use yika_protocol::{
    card_keys::{CardKeyScheme, MasterKeys},
    identity::Secret,
};
use yika_sim::{CardSpec, VirtualCard, vpcd};

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to people")]
fn main() -> Result<(), Box<dyn Error>> {
    let mut options = ReadOptions::default();
    let mut card = None;
    let mut pause = Duration::ZERO;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} needs a value"));
        match arg.as_str() {
            "--reader" => options.reader = Selection::named(value()?),
            "--wait" => options.wait = Some(Duration::from_secs(value()?.parse()?)),
            "--pause" => pause = Duration::from_secs_f32(value()?.parse()?),
            "--test-keys" => options.keys = Some(Arc::new(test_keys())),
            "--virtual" => {
                let spec = CardSpec::load(Path::new(&value()?))?;
                let address = SocketAddr::from((Ipv4Addr::LOCALHOST, vpcd::PORTS[0]));
                card = Some(vpcd::connect(address, VirtualCard::new(spec))?);
                options.wait.get_or_insert(Duration::from_secs(3));
            }
            _ => return Err(format!("unknown argument {arg}").into()),
        }
    }
    std::thread::sleep(pause);
    let service = CardService::pcsc();
    for reader in service.readers().unwrap_or_default() {
        eprintln!("{}  {}", reader.id, reader.name);
    }
    let start = Instant::now();
    let outcome = social_card::read(&service, &options);
    let took = start.elapsed();
    match outcome {
        Ok(card) => println!("{}", serde_json::to_string_pretty(&card)?),
        Err(error) => {
            eprintln!("{error}\n{}", error.fault().action_en);
            for finding in doctor::examine(&service, &options.reader) {
                eprintln!("{:10} {:?} {}", finding.part.name(), finding.level, finding.detail.en);
            }
        }
    }
    if let Some(card) = card {
        eprintln!("{} APDUs", card.watch().apdus());
        card.stop();
    }
    eprintln!("{took:.1?}");
    Ok(())
}

/// The master keys that virtual cards carry unless told otherwise.
fn test_keys() -> LocalKeys {
    let masters = MasterKeys {
        internal: Secret::new(*b"YIKA-IRK-TEST-01"),
        read_ssse: Secret::new(*b"YIKA-RK--TEST-01"),
    };
    LocalKeys { masters, scheme: CardKeyScheme::default() }
}
