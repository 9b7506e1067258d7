//! A desk without a clock: the virtual reader, the line to it, and what people do, on a time that jumps from one event to
//! the next.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use yika_driver::Cancel;
use yika_driver::resident_card::{IdReader, ReadError, ReadOptions, ResidentDocument};
use yika_driver::serial::{Line, PortInfo, Ports, SerialError};
use yika_sim::id_reader::{Emit, IdCardSpec, IdFault, IdFaults, IdReaderModel, Reply};

/// The port's path on this desk.
pub(crate) const PORT: &str = "/dev/desk";

#[derive(Clone)]
pub(crate) struct Desk(Arc<Mutex<World>>);

struct World {
    now: Duration,
    model: IdReaderModel,
    replies: VecDeque<Reply>,
    inbox: VecDeque<u8>,
    plugged: bool,
    back_at: Option<Duration>,
    /// Which opening of the port a line belongs to.
    opening: u64,
    baud: u32,
    deeds: BTreeMap<Duration, Deed>,
    /// What lay on the reader: since when, and whose card (`None`: nothing).
    history: Vec<(Duration, Option<String>)>,
    sent: Vec<(Duration, Vec<u8>)>,
}

/// Something people do.
#[derive(Clone)]
pub(crate) enum Deed {
    Lay(Box<IdCardSpec>),
    Lift,
    Unplug,
    Plug,
    Cancel(Cancel),
}

impl Desk {
    pub(crate) fn new(spec: IdCardSpec, faults: IdFaults) -> Desk {
        let history = vec![(Duration::ZERO, Some(spec.certno.clone()))];
        let baud = spec.speed;
        Desk(Arc::new(Mutex::new(World {
            now: Duration::ZERO,
            model: IdReaderModel::new(spec, faults),
            replies: VecDeque::new(),
            inbox: VecDeque::new(),
            plugged: true,
            back_at: None,
            opening: 0,
            baud,
            deeds: BTreeMap::new(),
            history,
            sent: Vec::new(),
        })))
    }

    pub(crate) fn reader(&self) -> IdReader {
        self.reader_with(ReadOptions::default())
    }

    pub(crate) fn reader_with(&self, options: ReadOptions) -> IdReader {
        IdReader::new(Arc::new(self.clone()), PORT, options)
    }

    /// The one reading that most tests are about.
    pub(crate) fn read(spec: IdCardSpec) -> Result<ResidentDocument, ReadError> {
        Desk::new(spec, IdFaults::none()).reader().read(None, &Cancel::default())
    }

    pub(crate) fn now(&self) -> Duration {
        self.world().now
    }

    /// Does something now.
    pub(crate) fn does(&self, deed: Deed) {
        self.world().does(deed);
    }

    /// Has something done later.
    pub(crate) fn later(&self, at: Duration, deed: Deed) {
        self.world().deeds.insert(at, deed);
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, time: Duration) {
        let mut world = self.world();
        let end = world.now + time;
        world.advance(end, false);
    }

    /// A good line from now on.
    pub(crate) fn mend(&self) {
        let mut world = self.world();
        world.model.set_faults(IdFaults::none());
        world.does(Deed::Plug);
    }

    /// No answer from now on.
    pub(crate) fn silence(&self) {
        self.world().model.set_faults(IdFaults::new(vec![IdFault::Silent], 1, 1));
    }

    /// Whose cards lay on the reader at some time in this span.
    pub(crate) fn laid_between(&self, from: Duration, to: Duration) -> Vec<String> {
        let world = self.world();
        let ends = world.history.iter().skip(1).map(|(at, _)| *at).chain([Duration::MAX]);
        let spans = world.history.iter().zip(ends);
        spans
            .filter(|((since, _), until)| *since <= to && *until >= from)
            .filter_map(|((_, who), _)| who.clone())
            .collect()
    }

    /// Times at which a request of these bytes was sent.
    pub(crate) fn sent(&self, request: &[u8]) -> Vec<Duration> {
        self.world().sent.iter().filter(|(_, bytes)| bytes == request).map(|(at, _)| *at).collect()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl World {
    fn does(&mut self, deed: Deed) {
        match deed {
            Deed::Lay(spec) => {
                self.history.push((self.now, Some(spec.certno.clone())));
                self.model.lay_other(*spec);
            }
            Deed::Lift => {
                self.history.push((self.now, None));
                self.model.lift();
            }
            Deed::Unplug => {
                self.plugged = false;
                self.replies.clear();
                self.inbox.clear();
            }
            Deed::Cancel(cancel) => cancel.cancel(),
            Deed::Plug => {
                self.back_at = None;
                if !self.plugged {
                    self.plugged = true;
                    self.model.restart(self.now);
                }
            }
        }
    }

    /// Moves the time to `end`, or to the first bytes when `until_bytes`.
    fn advance(&mut self, end: Duration, until_bytes: bool) {
        loop {
            if until_bytes && (!self.inbox.is_empty() || !self.plugged) {
                return;
            }
            let reply = self.replies.front().map(|reply| reply.at);
            let deed = self.deeds.first_key_value().map(|(at, _)| *at);
            let next = [reply, deed, self.back_at].into_iter().flatten().min();
            let Some(at) = next.filter(|at| *at <= end) else {
                self.now = self.now.max(end);
                return;
            };
            self.now = self.now.max(at);
            if self.back_at == Some(at) {
                self.does(Deed::Plug);
            } else if deed == Some(at) {
                if let Some((_, deed)) = self.deeds.pop_first() {
                    self.does(deed);
                }
            } else {
                let Some(reply) = self.replies.pop_front() else { return };
                match reply.what {
                    // At another line speed the bits arrive, and mean nothing.
                    Emit::Bytes(bytes) if self.baud != reply.baud => {
                        self.inbox.extend(bytes.iter().map(|byte| !byte.rotate_left(3)));
                    }
                    Emit::Bytes(bytes) => self.inbox.extend(bytes),
                    Emit::Unplug(away) => {
                        self.does(Deed::Unplug);
                        self.back_at = Some(self.now + away);
                    }
                }
            }
        }
    }
}

impl Ports for Desk {
    fn list(&self) -> Result<Vec<PortInfo>, SerialError> {
        let found = if self.world().plugged { vec![(PORT.to_owned(), None)] } else { Vec::new() };
        Ok(PortInfo::identify(found))
    }

    fn open(&self, path: &str, baud: u32) -> Result<Box<dyn Line>, SerialError> {
        let mut world = self.world();
        if !world.plugged || path != PORT {
            return Err(SerialError::NotFound { wanted: path.to_owned(), present: Vec::new() });
        }
        world.opening += 1;
        world.baud = baud;
        Ok(Box::new(DeskLine { desk: self.clone(), opening: world.opening }))
    }
}

struct DeskLine {
    desk: Desk,
    opening: u64,
}

impl DeskLine {
    fn world(&self) -> Result<MutexGuard<'_, World>, SerialError> {
        let world = self.desk.world();
        if world.plugged && world.opening == self.opening { Ok(world) } else { Err(SerialError::Gone) }
    }
}

impl Line for DeskLine {
    fn receive(&mut self, buffer: &mut [u8], limit: Duration) -> Result<usize, SerialError> {
        let mut world = self.world()?;
        let end = world.now + limit;
        world.advance(end, true);
        if !world.plugged {
            // The system still gives a moment to notice.
            return Err(SerialError::Gone);
        }
        let count = world.inbox.len().min(buffer.len());
        for (to, byte) in buffer.iter_mut().zip(world.inbox.drain(..count)) {
            *to = byte;
        }
        Ok(count)
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), SerialError> {
        let mut world = self.world()?;
        let now = world.now;
        world.sent.push((now, bytes.to_vec()));
        if world.baud == world.model.speed() {
            let replies = world.model.receive(bytes, now);
            world.replies.extend(replies);
        }
        Ok(())
    }

    fn set_speed(&mut self, baud: u32) -> Result<(), SerialError> {
        self.world()?.baud = baud;
        Ok(())
    }

    fn clear_input(&mut self) -> Result<(), SerialError> {
        self.world()?.inbox.clear();
        Ok(())
    }

    fn now(&self) -> Duration {
        self.desk.world().now
    }
}

/// Four people who do not exist. Check digits by an independent script.
pub(crate) fn person(number: usize) -> IdCardSpec {
    let people = [
        ("990101197001010116", "甲一", "甲省某路1号"),
        ("990102198202281239", "乙二", "乙省某路2号"),
        ("990103199912313339", "丙三", "丙省某路3号"),
        ("990104201107040442", "丁四", "丁省某路4号"),
    ];
    let (certno, psn_name, address) = people[number % people.len()];
    IdCardSpec {
        certno: certno.to_owned(),
        psn_name: psn_name.to_owned(),
        address: address.to_owned(),
        brdy: certno[6..14].to_owned(),
        ..IdCardSpec::default()
    }
}
