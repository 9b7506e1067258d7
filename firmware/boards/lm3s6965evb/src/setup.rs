//! Addresses: those that the bench gives the board in block 0 of the SD image, until a person types others.

use yika_firmware::app::settings::{Network, Settings};
use yika_firmware::hal::BLOCK;

use crate::layout;
use crate::sd::Sd;

/// Addresses on the network.
pub(crate) struct Setup {
    pub(crate) address: [u8; 4],
    pub(crate) prefix: u8,
    pub(crate) gateway: [u8; 4],
    pub(crate) local_port: u16,
    pub(crate) centre: [u8; 4],
    pub(crate) centre_port: u16,
}

impl Default for Setup {
    /// The network that QEMU makes: the host is 10.0.2.2.
    fn default() -> Self {
        Self {
            address: [10, 0, 2, 15],
            prefix: 24,
            gateway: [10, 0, 2, 2],
            local_port: 5000,
            centre: [10, 0, 2, 2],
            centre_port: 7171,
        }
    }
}

impl Setup {
    /// `YIKABNCH`, version 1, then address, prefix, gateway, local port, centre and its port, big-endian.
    const MARK: &[u8; 8] = b"YIKABNCH";

    /// Reads block 0. An image without the mark leaves the defaults.
    pub(crate) fn read(sd: &mut Sd) -> Self {
        let mut block = [0; BLOCK];
        match sd.read(layout::SETUP, &mut block) {
            Ok(()) => Self::parse(&block).unwrap_or_default(),
            Err(_) => Self::default(),
        }
    }

    /// The same with what was typed in the settings. There is no DHCP here: *automatic* leaves the own address as it is,
    /// and so does one that no single device can have.
    pub(crate) fn typed(mut self, network: Network) -> Self {
        if network == Settings::default().network {
            return self;
        }
        if (1..224).contains(&network.own[0]) {
            (self.address, self.prefix, self.gateway) =
                (network.own, network.prefix.min(32), network.gateway);
        }
        (self.centre, self.centre_port) = (network.centre, network.port);
        self
    }

    fn parse(block: &[u8]) -> Option<Self> {
        let fields = block.strip_prefix(Self::MARK)?.strip_prefix(&[1])?;
        let &[a, b, c, d, prefix, e, f, g, h, i, j, k, l, m, n, o, p, ..] = fields else { return None };
        Some(Self {
            address: [a, b, c, d],
            prefix: prefix.min(32),
            gateway: [e, f, g, h],
            local_port: u16::from_be_bytes([i, j]),
            centre: [k, l, m, n],
            centre_port: u16::from_be_bytes([o, p]),
        })
    }
}
