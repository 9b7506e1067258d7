//! The POS on the desk.
#![no_std]
#![no_main]

mod clock;
mod crash;
mod ethernet;
mod keys;
mod network;
mod oled;
mod register;
mod sd;
mod setup;
mod ssi;
mod stack;
mod uart;
mod watchdog;

use cortex_m_rt::entry;
use register::Block;
use crate::uart::Uart;

#[entry]
fn main() -> ! {
    stack::paint();
    let mut core = cortex_m::Peripherals::take().unwrap();
    let clock = clock::SystemTimer::start(core.SYST);
    let mut dog = watchdog::Dog::start();
    let bus = ssi::Bus::new();
    let mut till = Uart::new(Block::at(0x4000_E000));
    if let Some(reason) = crash::take() { till.write_some(reason.text().as_bytes()); }
    let mut sd = sd::Sd::new(&bus).unwrap();
    let setup = setup::Setup::read(&mut sd);
    let mut b = [7u8; 512];
    sd.read(9, &mut b).unwrap(); b[0] += 1; sd.write(9, &b).unwrap();
    till.write_some(b"boot "); till.write_some(&[b'0' + b[0] % 10]);
    let mut oled = oled::Oled::new(&bus);
    oled.draw(|x, y| (x / 8 + y / 8) % 2 == 0);
    let mut keys = keys::Buttons::new();
    let memory = cortex_m::singleton!(: network::Memory = network::Memory::new()).unwrap();
    let mut network = network::Network::start(memory, &setup);
    network.send(b"hello");
    let mut buffer = [0; 100];
    loop {
        dog.feed();
        network.poll(clock.millis());
        if let Some(n) = network.receive(&mut buffer) { till.write_some(&buffer[..n]); }
        if let Some(key) = keys.next() { till.write_some(match key { keys::BoardKey::Up => b"U", keys::BoardKey::Select => b"S", _ => b"?" }); 
           if key == keys::BoardKey::Left { panic!(); } if key == keys::BoardKey::Right { loop {} }
           let (u, t) = stack::high_water(); till.write_some(&[b' ', b'0' + (u / 1000) as u8, b' ', b'0' + (t/1000) as u8]); }
        cortex_m::asm::wfi();
    }
}
