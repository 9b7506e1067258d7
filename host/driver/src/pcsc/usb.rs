//! Card readers on USB, from the kernel's own table under `/sys/bus/usb/devices`.

use crate::reader::Usb;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The kernel's table of USB devices.
pub(crate) const SYSFS: &str = "/sys/bus/usb/devices";
/// USB device class "smart card" (USB-IF class codes; CCID revision 1.1).
const CLASS_SMART_CARD: &str = "0b";

/// The device at a bus and address.
pub(crate) fn at(sysfs: &Path, bus: u8, address: u8) -> Option<Usb> {
    devices(sysfs)
        .find(|device| number(device, "busnum") == Some(bus) && number(device, "devnum") == Some(address))
        .and_then(|device| describe(&device))
}

/// Whether anything but the controllers themselves is plugged in.
pub(crate) fn any_device(sysfs: &Path) -> bool {
    devices(sysfs).any(|device| !name(&device).starts_with("usb"))
}

/// A smart card reader that the kernel sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UsbReader {
    /// Place and identity.
    pub(crate) usb: Usb,
    /// Maker and model as the device says.
    pub(crate) product: String,
    /// `BUS/ADDRESS` as under `/dev/bus/usb`.
    pub(crate) node: Option<PathBuf>,
}

/// All devices with a smart card interface.
pub(crate) fn readers(sysfs: &Path) -> Vec<UsbReader> {
    let mut found: Vec<UsbReader> = devices(sysfs)
        .filter(|device| is_reader(device))
        .filter_map(|device| {
            let usb = describe(&device)?;
            let product = ["manufacturer", "product"]
                .iter()
                .filter_map(|f| text(&device, f))
                .collect::<Vec<_>>()
                .join(" ");
            let node = number(&device, "busnum")
                .zip(number(&device, "devnum"))
                .map(|(bus, address)| PathBuf::from(format!("/dev/bus/usb/{bus:03}/{address:03}")));
            Some(UsbReader { usb, product, node })
        })
        .collect();
    found.sort_by(|a, b| a.usb.port.cmp(&b.usb.port));
    found
}

fn devices(sysfs: &Path) -> impl Iterator<Item = PathBuf> {
    // Devices are `1-1.4` or `usb1`; interfaces carry a colon.
    fs::read_dir(sysfs)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| !name(path).contains(':'))
}

fn is_reader(device: &Path) -> bool {
    fs::read_dir(device).into_iter().flatten().flatten().any(|entry| {
        text(&entry.path(), "bInterfaceClass")
            .is_some_and(|class| class.eq_ignore_ascii_case(CLASS_SMART_CARD))
    })
}

fn describe(device: &Path) -> Option<Usb> {
    let id = |field| u16::from_str_radix(&text(device, field)?, 16).ok();
    Some(Usb {
        vendor: id("idVendor")?,
        product: id("idProduct")?,
        port: name(device),
        serial: text(device, "serial"),
    })
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn text(device: &Path, field: &str) -> Option<String> {
    let text = fs::read_to_string(device.join(field)).ok()?.trim().to_owned();
    if text.is_empty() { None } else { Some(text) }
}

fn number(device: &Path, field: &str) -> Option<u8> {
    text(device, field)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table as the kernel writes it: a hub, a keyboard, two readers (one without a serial number).
    fn table() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let file = |path: &str, text: &str| {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("{text}\n")).unwrap();
        };
        file("usb1/idVendor", "1d6b");
        for (port, vendor, product, address, class) in [
            ("1-1", "046d", "c31c", "4", "03"),
            ("1-2", "072f", "b100", "7", "0b"),
            ("1-10.4", "076b", "3031", "12", "0B"),
        ] {
            file(&format!("{port}/idVendor"), vendor);
            file(&format!("{port}/idProduct"), product);
            file(&format!("{port}/busnum"), "1");
            file(&format!("{port}/devnum"), address);
            file(&format!("{port}/{port}:1.0/bInterfaceClass"), class);
            fs::create_dir_all(dir.path().join(format!("{port}:1.0"))).unwrap();
        }
        file("1-2/serial", "RR123");
        file("1-2/manufacturer", "ACS");
        file("1-2/product", "ACR39U");
        dir
    }

    #[test]
    fn readers_are_known_by_their_interface_class() {
        let dir = table();
        let found = readers(dir.path());
        let short: Vec<_> = found.iter().map(|r| (r.usb.port.as_str(), r.product.as_str())).collect();
        assert_eq!(short, [("1-10.4", ""), ("1-2", "ACS ACR39U")]);
        assert_eq!(found[1].node, Some(PathBuf::from("/dev/bus/usb/001/007")));
        assert!(any_device(dir.path()));
        assert!(!any_device(Path::new("/nonexistent")));
    }

    #[test]
    fn a_device_is_found_by_bus_and_address() {
        let dir = table();
        let usb = at(dir.path(), 1, 12).unwrap();
        assert_eq!(
            (usb.vendor, usb.product, usb.port.as_str(), usb.serial),
            (0x076b, 0x3031, "1-10.4", None)
        );
        assert_eq!(at(dir.path(), 1, 7).unwrap().serial.as_deref(), Some("RR123"));
        assert_eq!(at(dir.path(), 2, 7), None);
    }
}
