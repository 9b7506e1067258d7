//! Puts a card into the virtual reader for some seconds: `cargo run -p yika-sim --example insert [SPEC [PORT [SECONDS
//! [TEAR…]]]]`, where a tear reads like `3:cut=5`.
#![allow(clippy::print_stdout, reason = "an example talks")]

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use yika_sim::{CardSpec, Plan, Torn, VirtualCard, vpcd};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let spec = match arguments.next() {
        Some(file) => CardSpec::load(file.as_ref())?,
        None => CardSpec::default(),
    };
    let port = arguments.next().map_or(Ok(vpcd::PORTS[0]), |port| port.parse())?;
    let seconds = arguments.next().map_or(Ok(60), |seconds| seconds.parse())?;
    let tears = arguments.map(|tear| tear.parse()).collect::<Result<_, _>>()?;

    let card = Torn::new(VirtualCard::new(spec), Plan::At(tears));
    let options = vpcd::Options { reinsert: Some(Duration::from_millis(1_500)), ..Default::default() };
    let running = vpcd::connect_with(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), card, options)?;
    running.wait_taken(Duration::from_secs(5))?;
    println!("in the reader");
    running.wait_ended(Duration::from_secs(seconds));
    for exchange in running.watch().log() {
        println!("{exchange:?}");
    }
    running.stop();
    Ok(())
}
