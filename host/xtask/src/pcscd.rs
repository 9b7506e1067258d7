//! The PC/SC service with a virtual reader: our own, or one that already runs and has a free virtual reader.
//!
//! A service we did not start is never stopped and never reconfigured.

use std::io::ErrorKind;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use crate::processes::{self, Running};

const SOCKET: &str = "/run/pcscd/pcscd.comm";

/// Ports on which the virtual reader's driver waits for cards, one a slot, as the package configures it.
const CARD_PORTS: [u16; 2] = [35963, 35964];

/// The service, and which slot of the virtual reader is free.
#[derive(Debug)]
pub(crate) struct Service {
    /// Present when it is ours; stops when dropped.
    own: Option<Running>,
}

/// Is there a service already?
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    /// Answers, or the init system would start it for us.
    Running,
    Forbidden,
}

impl Service {
    /// Uses the service that runs, or starts one.
    pub(crate) fn provide(log: &Path) -> Result<Service, String> {
        match look() {
            Found::Running => Ok(Service { own: None }),
            Found::Forbidden => Err(
                "已有 pcscd 在运行，但当前用户无权使用 a pcscd runs, but this user may not talk to it. 请以 root 身份运行，或添加 polkit 规则 run as root, or allow this user by a polkit rule"
                    .to_owned(),
            ),
            Found::Nothing => Self::start(log).map(|own| Service { own: Some(own) }),
        }
    }

    fn start(log: &Path) -> Result<Running, String> {
        let mut words = vec!["pcscd", "--foreground"];
        let help = processes::finish(std::process::Command::new("/usr/sbin/pcscd").arg("--help"));
        if help
            .is_ok_and(|help| help.out.contains("--disable-polkit") || help.err.contains("--disable-polkit"))
        {
            // A bench of our own: without this a user over ssh may not use it.
            words.push("--disable-polkit");
        }
        let mut running = Running::start_as_root("pcscd", &words, log)?;
        running.wait_until(Duration::from_secs(10), |_| {
            let ports = listening();
            (look() == Found::Running
                && CARD_PORTS.iter().all(|port| ports.iter().any(|p| p.number == *port)))
            .then_some(())
        })?;
        Ok(running)
    }

    pub(crate) fn is_ours(&self) -> bool {
        self.own.is_some()
    }
}

/// Picks a virtual reader without a card from what `yika readers --json` printed: (reader name, slot).
pub(crate) fn free_virtual_reader(readers: &serde_json::Value) -> Result<(String, usize), String> {
    let list = readers.as_array().or_else(|| readers["readers"].as_array()).cloned().unwrap_or_default();
    let virtual_readers: Vec<_> = list
        .iter()
        .filter_map(|reader| Some((reader["name"].as_str()?, reader)))
        .filter(|(name, _)| name.contains("Virtual PCD"))
        .collect();
    if virtual_readers.is_empty() {
        return Err("运行中的 pcscd 没有虚拟读卡器；若驱动是刚装的，请重启它 the pcscd that runs offers no virtual reader; \
                    if the driver was just installed, restart it: sudo systemctl restart pcscd"
            .to_owned());
    }
    let ports = listening();
    virtual_readers
        .into_iter()
        .filter_map(|(name, reader)| {
            let slot = usize::from_str_radix(name.split_whitespace().last()?, 16).ok()?;
            let port = CARD_PORTS.get(slot)?;
            let free =
                reader["card_present"] != true && ports.iter().any(|listener| listener.number == *port);
            free.then(|| (name.to_owned(), slot))
        })
        .next()
        .ok_or_else(|| {
            "运行中的 pcscd 没有空闲的虚拟读卡器 no free virtual reader on the pcscd that runs. \
             请先取出其中的虚拟卡 take the virtual card out first"
                .to_owned()
        })
}

/// Which of the virtual reader's ports other machines could reach.
pub(crate) fn open_to_all_interfaces() -> Vec<u16> {
    let mut ports: Vec<u16> = listening()
        .into_iter()
        .filter(|listener| listener.all_interfaces && CARD_PORTS.contains(&listener.number))
        .map(|listener| listener.number)
        .collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

/// A service of this machine runs, or its init system would start it for whoever asks.
pub(crate) fn is_running() -> bool {
    look() != Found::Nothing
}

fn look() -> Found {
    match UnixStream::connect(SOCKET) {
        Ok(_) => Found::Running,
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Found::Forbidden,
        Err(_) => Found::Nothing,
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Listener {
    number: u16,
    all_interfaces: bool,
}

fn listening() -> Vec<Listener> {
    ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| std::fs::read_to_string(table).ok())
        .flat_map(|table| listeners(&table))
        .collect()
}

/// The kernel's table: `sl local_address rem_address st …`, addresses in hex, state 0A = listening.
fn listeners(table: &str) -> Vec<Listener> {
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut fields = line.split_whitespace().skip(1);
            let (address, port) = fields.next()?.split_once(':')?;
            let state = fields.nth(1)?;
            let number = u16::from_str_radix(port, 16).ok()?;
            (state == "0A")
                .then(|| Listener { number, all_interfaces: address.chars().all(|digit| digit == '0') })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_are_told_from_connections_and_loopback_from_the_world() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue\n   \
             0: 00000000:8C7B 00000000:0000 0A 00000000:00000000 00:00000000\n   \
             1: 0100007F:8C7C 00000000:0000 0A 00000000:00000000 00:00000000\n   \
             2: 0100007F:8C7B 0100007F:D431 01 00000000:00000000 00:00000000\n";
        assert_eq!(
            listeners(table),
            [
                Listener { number: 35963, all_interfaces: true },
                Listener { number: 35964, all_interfaces: false }
            ]
        );
    }

    #[test]
    fn without_a_virtual_reader_the_running_service_is_refused_with_a_reason() {
        let readers = serde_json::json!([{ "name": "Some Reader 00 00", "card_present": false }]);
        let refusal = free_virtual_reader(&readers).expect_err("no virtual reader");
        assert!(refusal.contains("restart"), "{refusal}");
    }
}
