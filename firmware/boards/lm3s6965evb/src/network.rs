//! UDP to the centre, over smoltcp. One socket, one peer.

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet, SocketStorage};
use smoltcp::socket::udp;
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr, IpEndpoint, Ipv4Address};

use crate::clock;
use crate::ethernet::Ethernet;
use crate::setup::Setup;

/// Datagrams that may wait each way. An answer that finds no room is lost as on any network: the swipe asks again.
const QUEUE: usize = 2;
/// The longest datagram of the protocol, and room for a short second one.
const ROOM: usize = 1500;

/// Where frames and datagrams wait. All zero at the start, so it costs no flash.
pub(crate) struct Buffers {
    received: [u8; ROOM],
    to_send: [u8; ROOM],
    ethernet: Ethernet,
}

impl Buffers {
    pub(crate) const fn new() -> Self {
        Self { received: [0; ROOM], to_send: [0; ROOM], ethernet: Ethernet::new() }
    }
}

/// What is known about them.
pub(crate) struct Records {
    sockets: [SocketStorage<'static>; 1],
    received: [udp::PacketMetadata; QUEUE],
    to_send: [udp::PacketMetadata; QUEUE],
}

impl Records {
    pub(crate) const fn new() -> Self {
        Self {
            sockets: [SocketStorage::EMPTY],
            received: [udp::PacketMetadata::EMPTY; QUEUE],
            to_send: [udp::PacketMetadata::EMPTY; QUEUE],
        }
    }
}

pub(crate) struct Network {
    ethernet: &'static mut Ethernet,
    interface: Interface,
    sockets: SocketSet<'static>,
    socket: SocketHandle,
    centre: IpEndpoint,
}

impl Network {
    pub(crate) fn start(
        buffers: &'static mut Buffers,
        records: &'static mut Records,
        local_port: u16,
    ) -> Self {
        let Buffers { received: received_bytes, to_send: to_send_bytes, ethernet } = buffers;
        let Records { sockets, received, to_send } = records;
        ethernet.start();
        let mut config = Config::new(EthernetAddress(ethernet.address()).into());
        config.random_seed = u64::from(local_port);
        let interface = Interface::new(config, ethernet, Instant::ZERO);
        let mut socket = udp::Socket::new(
            udp::PacketBuffer::new(&mut received[..], &mut received_bytes[..]),
            udp::PacketBuffer::new(&mut to_send[..], &mut to_send_bytes[..]),
        );
        let _ = socket.bind(local_port);
        let mut sockets = SocketSet::new(&mut sockets[..]);
        let socket = sockets.add(socket);
        let centre = IpEndpoint::new(Ipv4Address::UNSPECIFIED.into(), 0);
        Self { ethernet, interface, sockets, socket, centre }
    }

    /// Uses these addresses from now on. Without them nothing goes out.
    pub(crate) fn address(&mut self, setup: &Setup) {
        let [a, b, c, d] = setup.address;
        self.interface.update_ip_addrs(|addresses| {
            // One fits always.
            let _ = addresses.push(IpCidr::new(IpAddress::v4(a, b, c, d), setup.prefix));
        });
        let gateway = Ipv4Address::from_octets(setup.gateway);
        let _ = self.interface.routes_mut().add_default_ipv4_route(gateway);
        let [a, b, c, d] = setup.centre;
        self.centre = IpEndpoint::new(IpAddress::v4(a, b, c, d), setup.centre_port);
    }

    /// Moves frames between the controller and the socket. Called in every turn of the loop.
    pub(crate) fn poll(&mut self) {
        let now = Instant::from_millis(i64::try_from(clock::millis()).unwrap_or(i64::MAX));
        self.interface.poll(now, self.ethernet, &mut self.sockets);
    }

    /// Sends a datagram, or queues it until the next turn when the way is not known yet; `false` when the queue is full.
    pub(crate) fn queue(&mut self, datagram: &[u8]) -> bool {
        let centre = self.centre;
        let queued =
            self.sockets.get_mut::<udp::Socket<'_>>(self.socket).send_slice(datagram, centre).is_ok();
        self.poll();
        queued
    }

    /// The next datagram of the centre.
    pub(crate) fn take(&mut self, into: &mut [u8]) -> Option<usize> {
        let (length, from) = self.sockets.get_mut::<udp::Socket<'_>>(self.socket).recv_slice(into).ok()?;
        // Anybody can send us bytes; only the centre's address is worth a look.
        (from.endpoint == self.centre).then_some(length)
    }
}
