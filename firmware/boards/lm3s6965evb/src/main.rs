//! The POS on the desk: QEMU's `lm3s6965evb`, a Cortex-M3 with 256 KiB of flash and 64 KiB of RAM.
//!
//! A bench, not a product: its noise is injected, and its keys lie on an SD card.
#![no_std]
#![no_main]

mod board;
mod clock;
mod count;
mod crash;
mod entropy;
mod ethernet;
mod keys;
mod layout;
mod network;
mod oled;
mod register;
mod sd;
mod setup;
mod slot;
mod ssi;
mod stack;
mod store;
mod uart;
mod watchdog;

use board::{Bench, SystemClock};
use cortex_m_rt::entry;
use register::Block;
use setup::Setup;
use static_cell::{ConstStaticCell, StaticCell};
use yika_firmware::app::App;
use yika_firmware::hal::{NoLine, Start};

use crate::uart::Uart;

static BUFFERS: ConstStaticCell<network::Buffers> = ConstStaticCell::new(network::Buffers::new());
static RECORDS: ConstStaticCell<network::Records> = ConstStaticCell::new(network::Records::new());
static BUS: StaticCell<ssi::Bus> = StaticCell::new();
static APP: StaticCell<Pos> = StaticCell::new();

type Pos = App<Bench, store::SdStore>;

#[entry]
fn main() -> ! {
    stack::paint();
    let (app, sd, setup) = place();
    if let Some(reason) = crash::take() {
        // Paper is what a cashier can hand to whoever looks for the reason.
        for text in ["RESET ", reason.text(), "\n"] {
            app.board_mut().printer.write_some(text.as_bytes());
        }
    }
    open(app, sd);
    let setup = setup.typed(app.settings().network);
    app.board_mut().network.address(&setup);
    loop {
        app.board_mut().network.poll();
        app.poll();
        count::sleep();
    }
}

/// Opens the store. On its own, as [`place`], so that the stack it takes is free again when the loop runs.
#[inline(never)]
fn open(app: &mut Pos, sd: sd::Sd) {
    app.open(store::SdStore::new(sd));
}

/// Puts board and application into their place.
#[inline(never)]
fn place() -> (&'static mut Pos, sd::Sd, Setup) {
    let start = if crash::was_reset() { Start::Reset } else { Start::PowerOn };
    if let Some(core) = cortex_m::Peripherals::take() {
        clock::start(core.SYST);
    }
    let dog = watchdog::Dog::start();
    let bus = BUS.init(ssi::Bus::new());
    let mut sd = sd::Sd::new(bus);
    let setup = Setup::read(&mut sd);
    let network = network::Network::start(BUFFERS.take(), RECORDS.take(), setup.local_port);
    let app = APP.init_with(|| {
        let board = Bench {
            clock: SystemClock,
            slot: slot::BenchSlot::new(Uart::new(Block::at(0x4000_C000))),
            keys: keys::Buttons::new(),
            screen: oled::Oled::new(bus),
            entropy: entropy::BenchEntropy::new(sd),
            network,
            scanner: Uart::new(Block::at(0x4000_D000)),
            printer: Uart::new(Block::at(0x4000_D000)),
            till: Uart::new(Block::at(0x4000_E000)),
            id_reader: NoLine,
            dog,
            start,
        };
        App::off(board, "BENCH-0001")
    });
    (app, sd, setup)
}
