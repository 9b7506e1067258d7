//! The serial ports of this machine, through the `serialport` crate.

use super::{Line, PortInfo, Ports, SerialError, UsbPort};
use serialport::{
    ClearBuffer, DataBits, ErrorKind, FlowControl, Parity, SerialPort, SerialPortType, StopBits,
};
use std::{
    io::{self, Read, Write},
    time::{Duration, Instant},
};

/// Requests are short; one that does not leave in this time never will.
const SEND: Duration = Duration::from_millis(700);

/// The ports of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemPorts;

impl Ports for SystemPorts {
    fn list(&self) -> Result<Vec<PortInfo>, SerialError> {
        // The crate expects this folder to be there; a container may have none.
        if cfg!(target_os = "linux") && !std::path::Path::new("/sys/class/tty").is_dir() {
            return Ok(Vec::new());
        }
        let found = serialport::available_ports()
            .map_err(|error| SerialError::Other { reason: error.description })?;
        let found = found.into_iter().map(|port| (port.port_name, usb(port.port_type))).collect();
        Ok(PortInfo::identify(found))
    }

    fn is_there(&self, wanted: &str) -> bool {
        // A path need not be in the list: a link, a pseudo-terminal, an input device.
        if cfg!(unix) && super::port::is_path(wanted) {
            return std::path::Path::new(wanted).exists();
        }
        self.list().is_ok_and(|ports| super::choose(&ports, wanted).is_ok())
    }

    fn open(&self, path: &str, baud: u32) -> Result<Box<dyn Line>, SerialError> {
        #[cfg(unix)]
        refuse_what_is_no_device(path)?;
        let port = serialport::new(path, baud)
            .data_bits(DataBits::Eight)
            .parity(Parity::None)
            .stop_bits(StopBits::One)
            .flow_control(FlowControl::None)
            .timeout(SEND)
            .open()
            .map_err(|error| self.not_opened(path, error))?;
        Ok(Box::new(SystemLine { port, opened: Instant::now() }))
    }
}

/// A plain file or a folder must not be opened for exclusive use and written to.
#[cfg(unix)]
fn refuse_what_is_no_device(path: &str) -> Result<(), SerialError> {
    use std::os::unix::fs::FileTypeExt;
    match std::fs::metadata(path) {
        Ok(file) if !file.file_type().is_char_device() => {
            Err(SerialError::Settings { path: path.to_owned(), reason: "not a device".to_owned() })
        }
        // What else is wrong is told by opening it.
        _ => Ok(()),
    }
}

impl SystemPorts {
    fn not_opened(&self, path: &str, error: serialport::Error) -> SerialError {
        let path = path.to_owned();
        let missing = |path: String| {
            let present = self.list().unwrap_or_default().iter().map(|port| port.id.to_string()).collect();
            SerialError::NotFound { wanted: path, present }
        };
        match error.kind {
            ErrorKind::Io(io::ErrorKind::NotFound) => missing(path),
            ErrorKind::Io(io::ErrorKind::PermissionDenied) => SerialError::AccessDenied { path },
            // Windows says the same for a port that is not there and for one that is in use.
            ErrorKind::NoDevice if cfg!(windows) => {
                let listed = self.list().unwrap_or_default().iter().any(|port| port.path == path);
                if listed { SerialError::Busy { path } } else { missing(path) }
            }
            ErrorKind::NoDevice => SerialError::Busy { path },
            _ => SerialError::Settings { path, reason: error.description },
        }
    }
}

fn usb(port: SerialPortType) -> Option<UsbPort> {
    let SerialPortType::UsbPort(info) = port else { return None };
    let socket = info.location.map(|location| {
        let chain: Vec<String> = location.port_chain().iter().map(ToString::to_string).collect();
        format!("{}-{}", location.bus_id(), chain.join("."))
    });
    Some(UsbPort {
        vid: info.vid,
        pid: info.pid,
        serial: info.serial_number.filter(|serial| !serial.is_empty()),
        manufacturer: info.manufacturer,
        product: info.product,
        socket,
        interface: info.interface,
    })
}

struct SystemLine {
    port: Box<dyn SerialPort>,
    opened: Instant,
}

impl Line for SystemLine {
    fn receive(&mut self, buffer: &mut [u8], limit: Duration) -> Result<usize, SerialError> {
        let end = Instant::now() + limit;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            self.port.set_timeout(left).map_err(|_| SerialError::Gone)?;
            match self.port.read(buffer) {
                // The far end hung up.
                Ok(0) => return Err(SerialError::Gone),
                Ok(count) => return Ok(count),
                Err(error) if error.kind() == io::ErrorKind::TimedOut => return Ok(0),
                Err(error) if again(&error) && !left.is_zero() => {}
                Err(error) if again(&error) => return Ok(0),
                Err(error) => return Err(broken(&error)),
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), SerialError> {
        self.port.set_timeout(SEND).map_err(|_| SerialError::Gone)?;
        self.port.write_all(bytes).map_err(|error| match error.kind() {
            io::ErrorKind::TimedOut => SerialError::Hangs,
            _ => broken(&error),
        })
    }

    fn set_speed(&mut self, baud: u32) -> Result<(), SerialError> {
        let path = self.port.name().unwrap_or_default();
        self.port.set_baud_rate(baud).map_err(|error| match error.kind {
            ErrorKind::InvalidInput => SerialError::Settings { path, reason: error.description },
            _ => SerialError::Gone,
        })
    }

    fn clear_input(&mut self) -> Result<(), SerialError> {
        self.port.clear(ClearBuffer::Input).map_err(|_| SerialError::Gone)
    }

    fn now(&self) -> Duration {
        self.opened.elapsed()
    }
}

fn again(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock)
}

/// A line that was open and fails is a device that left: a broken pipe, an input/output error, a device not configured.
fn broken(error: &io::Error) -> SerialError {
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput => {
            SerialError::Other { reason: error.to_string() }
        }
        _ => SerialError::Gone,
    }
}
