//! What a port is called, for good: by what is plugged in, not by the number the system gave it today.

use super::SerialError;
use std::fmt;

/// A serial port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortInfo {
    /// The path to open now, e.g. `/dev/ttyUSB0` or `COM3`.
    pub path: String,
    /// What stays the same after replugging.
    pub id: PortId,
    /// What is known of the USB device behind it.
    pub usb: Option<UsbPort>,
}

/// The USB device behind a port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsbPort {
    /// Vendor.
    pub vid: u16,
    /// Product.
    pub pid: u16,
    /// Serial number, where the device has one. Many serial adapters have none.
    pub serial: Option<String>,
    /// Maker's name.
    pub manufacturer: Option<String>,
    /// Product's name.
    pub product: Option<String>,
    /// Bus and chain of hub ports, e.g. `1-2.3`: the socket it is plugged into.
    pub socket: Option<String>,
    /// Which function of a device with several.
    pub interface: Option<u8>,
}

/// The lasting name of a port.
///
/// | port | name |
/// |---|---|
/// | USB with a serial number | `usb:VVVV:PPPP:SERIAL` |
/// | USB without one, or with one that another device here has, too | `usb:VVVV:PPPP@SOCKET` |
/// | a further function of the same device | the same and `/N` |
/// | any other | its path |
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PortId(String);

impl PortId {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `wanted` is this name or a beginning of it that ends where a part ends, e.g. `usb:0403:6001`.
    fn fits(&self, wanted: &str) -> bool {
        let Some((head, tail)) = self.0.split_at_checked(wanted.len()) else { return false };
        head.eq_ignore_ascii_case(wanted) && (tail.is_empty() || tail.starts_with([':', '@', '/']))
    }
}

impl fmt::Display for PortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PortInfo {
    /// Names the ports of one machine. All at once, because a serial number counts only when it is the only one.
    pub fn identify(found: Vec<(String, Option<UsbPort>)>) -> Vec<PortInfo> {
        let device = |usb: &UsbPort| (usb.vid, usb.pid, usb.serial.clone());
        let twins = |one: &UsbPort| {
            let same = found.iter().filter_map(|(_, other)| other.as_ref());
            same.filter(|other| device(other) == device(one) && other.socket != one.socket).count() > 0
        };
        let id = |path: &str, usb: &Option<UsbPort>| match usb {
            None => path.to_owned(),
            Some(usb) => {
                let mut id = format!("usb:{:04x}:{:04x}", usb.vid, usb.pid);
                match (&usb.serial, &usb.socket) {
                    (Some(serial), _) if !serial.is_empty() && !twins(usb) => {
                        id.push_str(&format!(":{serial}"));
                    }
                    (_, Some(socket)) => id.push_str(&format!("@{socket}")),
                    _ => id.push_str(&format!("@{path}")),
                }
                if let Some(function @ 1..) = usb.interface {
                    id.push_str(&format!("/{function}"));
                }
                id
            }
        };
        let ids: Vec<String> = found.iter().map(|(path, usb)| id(path, usb)).collect();
        let mut ports: Vec<PortInfo> = found
            .into_iter()
            .zip(ids)
            .map(|((path, usb), id)| PortInfo { path, id: PortId(id), usb })
            .collect();
        ports.sort_by(|a, b| a.id.cmp(&b.id));
        ports
    }
}

/// The port that `wanted` names: a path, a name, or the beginning of exactly one name.
pub fn choose<'a>(ports: &'a [PortInfo], wanted: &str) -> Result<&'a PortInfo, SerialError> {
    let exact = |port: &&PortInfo| port.path == wanted || port.id.0.eq_ignore_ascii_case(wanted);
    if let Some(port) = ports.iter().find(exact) {
        return Ok(port);
    }
    let matches: Vec<&PortInfo> = ports.iter().filter(|port| port.id.fits(wanted)).collect();
    let names = |ports: &mut dyn Iterator<Item = &PortInfo>| ports.map(|port| port.id.to_string()).collect();
    match matches.as_slice() {
        [one] => Ok(one),
        [] => Err(SerialError::NotFound { wanted: wanted.to_owned(), present: names(&mut ports.iter()) }),
        _ => Err(SerialError::Ambiguous {
            wanted: wanted.to_owned(),
            matches: names(&mut matches.iter().copied()),
        }),
    }
}

/// Whether this is a path to open as it is, rather than a name to look up.
pub(super) fn is_path(wanted: &str) -> bool {
    let com = |text: &str| {
        let (head, number) = text.split_at_checked(3).unwrap_or(("", ""));
        head.eq_ignore_ascii_case("com") && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
    };
    wanted.contains(['/', '\\']) && !wanted.starts_with("usb:") || com(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usb(serial: &str, socket: &str, interface: u8) -> Option<UsbPort> {
        Some(UsbPort {
            vid: 0x0403,
            pid: 0x6001,
            serial: (!serial.is_empty()).then(|| serial.to_owned()),
            socket: Some(socket.to_owned()),
            interface: Some(interface),
            ..UsbPort::default()
        })
    }

    fn ids(found: &[(&str, Option<UsbPort>)]) -> Vec<String> {
        let found = found.iter().map(|(path, usb)| ((*path).to_owned(), usb.clone())).collect();
        PortInfo::identify(found).into_iter().map(|port| format!("{} {}", port.id, port.path)).collect()
    }

    #[test]
    fn a_name_follows_the_device_and_not_the_number() {
        let before = ids(&[("/dev/ttyUSB0", usb("A1", "1-1", 0)), ("/dev/ttyUSB1", usb("B2", "1-2", 0))]);
        let after = ids(&[("/dev/ttyUSB0", usb("B2", "1-3", 0)), ("/dev/ttyUSB7", usb("A1", "1-4", 0))]);
        assert_eq!(before, ["usb:0403:6001:A1 /dev/ttyUSB0", "usb:0403:6001:B2 /dev/ttyUSB1"]);
        assert_eq!(after, ["usb:0403:6001:A1 /dev/ttyUSB7", "usb:0403:6001:B2 /dev/ttyUSB0"]);
    }

    #[test]
    fn without_a_serial_number_of_its_own_the_socket_tells_devices_apart() {
        let none = ids(&[("/dev/ttyUSB0", usb("", "1-1.4", 0)), ("/dev/ttyS0", None)]);
        assert_eq!(none, ["/dev/ttyS0 /dev/ttyS0", "usb:0403:6001@1-1.4 /dev/ttyUSB0"]);
        let same = ids(&[("/dev/ttyUSB0", usb("0001", "1-1", 0)), ("/dev/ttyUSB1", usb("0001", "1-2", 0))]);
        assert_eq!(same, ["usb:0403:6001@1-1 /dev/ttyUSB0", "usb:0403:6001@1-2 /dev/ttyUSB1"]);
    }

    #[test]
    fn functions_of_one_device_have_names_of_their_own() {
        let four = ids(&[("/dev/ttyACM0", usb("A1", "1-1", 0)), ("/dev/ttyACM1", usb("A1", "1-1", 2))]);
        assert_eq!(four, ["usb:0403:6001:A1 /dev/ttyACM0", "usb:0403:6001:A1/2 /dev/ttyACM1"]);
    }

    #[test]
    fn a_port_is_chosen_by_path_name_or_the_beginning_of_one_name() {
        let ports = PortInfo::identify(vec![
            ("/dev/ttyUSB0".to_owned(), usb("A1", "1-1", 0)),
            ("/dev/ttyUSB1".to_owned(), usb("A12", "1-2", 0)),
            ("/dev/ttyS0".to_owned(), None),
        ]);
        let path = |wanted| choose(&ports, wanted).map(|port| port.path.as_str());
        assert_eq!(path("/dev/ttyS0"), Ok("/dev/ttyS0"));
        assert_eq!(path("usb:0403:6001:A1"), Ok("/dev/ttyUSB0"));
        assert_eq!(path("USB:0403:6001:a12"), Ok("/dev/ttyUSB1"));
        assert!(
            matches!(path("usb:0403:6001"), Err(SerialError::Ambiguous { matches, .. }) if matches.len() == 2)
        );
        assert!(
            matches!(path("usb:0403:60"), Err(SerialError::NotFound { present, .. }) if present.len() == 3)
        );
        assert_eq!(choose(&ports[1..], "usb:0403").unwrap_err().fault().number, 6002);
    }

    #[test]
    fn paths_are_opened_as_they_are() {
        for path in ["/dev/ttyUSB0", "./port", "COM3", "com12", r"\\.\COM12"] {
            assert!(is_path(path), "{path}");
        }
        for name in ["usb:0403:6001:A/1", "usb:0403:6001@1-2", "comport", "COM", "reader"] {
            assert!(!is_path(name), "{name}");
        }
    }
}
