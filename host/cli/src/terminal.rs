//! The devices of a site as one terminal.

use std::sync::Arc;

use yika_driver::CardService;
use yika_driver::resident_card::{IdReader, ReadOptions as IdOptions};
use yika_driver::scanner::CodeScanner;
use yika_driver::serial::{Ports, SystemPorts};
use yika_driver::social_card::ReadOptions;
use yika_driver::terminal::{Configured, Function, Setup, Terminal};
use yika_protocol::fault::credential::TERMINAL_STOPPED;

use crate::devices;
use crate::failure::Failure;
use crate::lang::Words;
use crate::site::{Attached, AttachedFunction, Site};

/// Opens every device of the site, and the card readers that are there without a site.
pub(crate) fn open(site: Option<&Site>, read: ReadOptions) -> Result<Terminal, Failure> {
    let ports: Arc<dyn Ports> = Arc::new(SystemPorts);
    let attached = site.map(|site| site.devices.attached.as_slice()).unwrap_or_default();
    let setup = Setup {
        cards: Some(CardService::pcsc()),
        devices: attached.iter().map(|device| configured(device, &ports)).collect(),
        ports,
        selection: devices::selection(None, site),
        read,
        ..Setup::default()
    };
    Terminal::start(setup).map_err(|error| Failure::new(&TERMINAL_STOPPED).detail(Words::same(error)))
}

fn configured(device: &Attached, ports: &Arc<dyn Ports>) -> Configured {
    let function = match &device.function {
        AttachedFunction::CardReader => Function::CardReader,
        AttachedFunction::IdReader => {
            Function::IdReader(Box::new(IdReader::new(Arc::clone(ports), &device.at, IdOptions::default())))
        }
        AttachedFunction::Scanner { framing, .. } if device.is_keyboard() => {
            Function::Scanner(Box::new(CodeScanner::wedge(&device.at, framing.clone())))
        }
        AttachedFunction::Scanner { speed, framing } => Function::Scanner(Box::new(CodeScanner::on(
            Arc::clone(ports),
            &device.at,
            *speed,
            framing.clone(),
        ))),
    };
    Configured { label: device.label.as_str().into(), at: device.at.clone(), function }
}
