//! Devices on ports: there or not, well or not, and what they bring.

use super::{Core, News};
use crate::terminal::{Credential, DeviceKind, Trouble, Waited, event::What};
use std::time::Instant;

impl Core {
    /// A look at the ports. A device that told by itself since the look began knows better.
    pub(super) fn ports(&mut self, looked: Instant, there: &[(usize, bool)]) {
        for &(device, there) in there {
            let Some(entry) = self.devices.get(device) else { continue };
            if entry.told.is_some_and(|told| told >= looked) {
                continue;
            }
            match (entry.present, there) {
                (false, true) => {
                    let at = entry.at.clone();
                    self.came(device, at);
                }
                (true, false) => self.went(device),
                _ => {}
            }
        }
    }

    pub(super) fn armed(&mut self, call: u64, device: usize, news: News, now: Instant) {
        let Some(entry) = self.devices.get_mut(device) else { return };
        entry.told = Some(now);
        match news {
            News::Waited(Waited::Gone(trouble)) => {
                self.note(call, device, &trouble);
                if self.devices.get(device).is_some_and(|entry| entry.present) {
                    self.went(device);
                }
            }
            News::Waited(Waited::Failed(trouble)) => {
                self.there(device);
                self.note(call, device, &trouble);
                self.failed(device, trouble);
            }
            News::Waited(Waited::Nothing) => {
                self.there(device);
                self.well(device);
            }
            News::Waited(Waited::Unusable(trouble)) => {
                self.there(device);
                self.well(device);
                if self.devices.get(device).is_some_and(|entry| entry.unusable != Some(trouble.fault.number))
                {
                    self.laid(device);
                }
                self.unusable(call, device, trouble);
            }
            News::Unusable(trouble) => {
                self.there(device);
                self.well(device);
                // Every scan is an act of its own.
                if let Some(entry) = self.devices.get_mut(device) {
                    entry.unusable = None;
                }
                self.unusable(call, device, trouble);
            }
            News::Waited(Waited::Credential(credential)) => {
                self.there(device);
                self.well(device);
                match &credential {
                    Credential::Voucher(scan) => {
                        let (length, symbology) = (scan.code.length(), scan.symbology.map(|s| s.name()));
                        self.publish(device, What::CodeScanned { length, symbology });
                    }
                    Credential::IdCard(_) => self.laid(device),
                    Credential::Card(_) => {}
                }
                self.presented(call, device, credential);
            }
        }
    }

    /// It answered, so it is there.
    fn there(&mut self, device: usize) {
        if let Some(at) =
            self.devices.get(device).filter(|entry| !entry.present).map(|entry| entry.at.clone())
        {
            self.came(device, at);
        }
    }

    /// The module finds a card once, so this is another than before.
    fn laid(&mut self, device: usize) {
        let Some(entry) = self.devices.get_mut(device).filter(|entry| entry.kind == DeviceKind::IdReader)
        else {
            return;
        };
        let lifted = entry.laid.lies.then_some(entry.laid.count);
        entry.laid.lies = true;
        entry.laid.count += 1;
        let insertion = entry.laid.count;
        if let Some(insertion) = lifted {
            self.publish(device, What::IdCardLifted { insertion });
        }
        self.publish(device, What::IdCardLaid { insertion });
    }

    /// Keeps what went wrong for the answer of the call.
    fn note(&mut self, call: u64, device: usize, trouble: &Trouble) {
        let Some(entry) = self.devices.get(device) else { return };
        // What a person did wrong says more than a device that is not there.
        if let Some(open) = self.call.as_mut().filter(|open| open.id == call && open.last.is_none()) {
            open.last = Some((entry.label.clone(), trouble.clone()));
        }
    }
}
