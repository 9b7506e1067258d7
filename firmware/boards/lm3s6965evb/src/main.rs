//! The POS on the desk: QEMU's `lm3s6965evb`, a Cortex-M3 with 256 KiB of flash and 64 KiB of RAM.
#![no_std]
#![no_main]

mod board;
mod clock;
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

use crate::uart::Uart;
use board::{Bench, SystemClock};
use cortex_m_rt::entry;
use register::Block;
use yika_firmware::hal::{NoLine, Start};
use yika_firmware::slot::{CardEvent, CardSlot};

#[entry]
fn main() -> ! {
    stack::paint();
    let core = cortex_m::Peripherals::take().unwrap();
    clock::start(core.SYST);
    let dog = watchdog::Dog::start();
    let bus: &'static ssi::Bus = cortex_m::singleton!(: ssi::Bus = ssi::Bus::new()).unwrap();
    let mut sd = sd::Sd::new(bus).unwrap();
    let setup = setup::Setup::read(&mut sd);
    let network = network::Network::start(
        cortex_m::singleton!(: network::Memory = network::Memory::new()).unwrap(),
        &setup,
    );
    let mut board = Bench {
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
        start: if crash::was_reset() { Start::Reset } else { Start::PowerOn },
    };
    let mut card = CardSlot::new();
    loop {
        board.dog.feed();
        board.network.poll();
        match card.poll(&mut board.slot) {
            Some(CardEvent::Inserted) => {
                board.till.write_some(b"in ");
                card.read()
            }
            Some(CardEvent::Read(i)) => {
                board.till.write_some(&i.card_no);
                card.prove(&[3; 16])
            }
            Some(CardEvent::Proved(_)) => {
                board.till.write_some(b" proved ");
                card.release()
            }
            Some(CardEvent::Failed(e)) => {
                board.till.write_some(b" failed ");
                board.till.write_some(e.fault().cause_en.as_bytes());
                card.release()
            }
            Some(CardEvent::Removed) => {
                board.till.write_some(b" out ");
            }
            _ => {}
        }
        if !card.busy() {
            cortex_m::asm::wfi();
        }
    }
}
