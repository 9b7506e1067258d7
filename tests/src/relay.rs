//! A relay between a till and its centre that stops a message at a chosen point, so that one side can be killed exactly there.

use std::io::{BufRead, BufReader, Read, Result, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::spawn;
use std::time::Duration;

/// Far longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where a message is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// The till has sent it, the centre has not seen it.
    Sent,
    /// The centre has answered, the till has not seen it.
    Answered,
}

/// What becomes of a stopped message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It goes on.
    Pass,
    /// It is gone, and the line breaks.
    Drop,
}

#[derive(Debug, Clone)]
struct Trap {
    infno: String,
    point: Point,
}

/// The relay; runs until the process ends.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    trap: Arc<Mutex<Option<Trap>>>,
    caught: Receiver<()>,
    fate: Sender<Fate>,
}

impl Relay {
    /// A relay to the centre at `base` (`http://127.0.0.1:PORT`).
    ///
    /// # Panics
    /// When there is no free port.
    #[must_use]
    pub fn to(base: &str) -> Relay {
        let centre = base.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("its address");
        let trap = Arc::new(Mutex::new(None));
        let (tell_caught, caught) = channel();
        let (fate, fates) = channel();
        let hooks = Arc::new(Hooks {
            trap: Arc::clone(&trap),
            tell_caught: Mutex::new(tell_caught),
            fates: Mutex::new(fates),
        });
        spawn(move || {
            for stream in listener.incoming().flatten() {
                let (hooks, centre) = (Arc::clone(&hooks), centre.clone());
                // A broken line is what this is for.
                spawn(move || hooks.pass_on(stream, &centre));
            }
        });
        Relay { address, trap, caught, fate }
    }

    /// Its address, for a site file.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops the next message with this number at this point.
    pub fn catch(&self, infno: &str, point: Point) {
        *self.trap.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Trap { infno: infno.to_owned(), point });
    }

    /// Waits until the message is there and stands still.
    ///
    /// # Panics
    /// When it never comes.
    pub fn wait_caught(&self) {
        self.caught.recv_timeout(PATIENCE).expect("the message comes by");
    }

    /// Lets the stopped message go on, or makes it disappear.
    ///
    /// # Panics
    /// When the relay is gone.
    pub fn release(&self, fate: Fate) {
        self.fate.send(fate).expect("the relay runs");
    }
}

struct Hooks {
    trap: Arc<Mutex<Option<Trap>>>,
    tell_caught: Mutex<Sender<()>>,
    fates: Mutex<Receiver<Fate>>,
}

impl Hooks {
    /// One request and its answer; the till makes a connection for each.
    fn pass_on(&self, mut till: TcpStream, centre: &str) -> Result<()> {
        let request = whole_message(&mut BufReader::new(till.try_clone()?))?;
        let text = String::from_utf8_lossy(&request);
        let infno =
            text.split("\"infno\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
        if self.stop(infno, Point::Sent) == Fate::Drop {
            return Ok(());
        }
        let mut onward = TcpStream::connect(centre)?;
        onward.write_all(&request)?;
        let answer = whole_message(&mut BufReader::new(onward))?;
        if self.stop(infno, Point::Answered) == Fate::Drop {
            return Ok(());
        }
        till.write_all(&answer)
    }

    fn stop(&self, infno: &str, point: Point) -> Fate {
        let mut trap = self.trap.lock().unwrap_or_else(PoisonError::into_inner);
        if !trap.as_ref().is_some_and(|trap| trap.infno == infno && trap.point == point) {
            return Fate::Pass;
        }
        *trap = None;
        drop(trap);
        let told = self.tell_caught.lock().unwrap_or_else(PoisonError::into_inner).send(());
        let fate = self.fates.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(PATIENCE);
        // A test that is gone wants nothing any more.
        if told.is_err() { Fate::Drop } else { fate.unwrap_or(Fate::Drop) }
    }
}

/// Head and body of one HTTP/1.1 message with a `Content-Length`.
fn whole_message(stream: &mut BufReader<TcpStream>) -> Result<Vec<u8>> {
    let mut message = Vec::new();
    let mut length = 0;
    loop {
        let start = message.len();
        if stream.read_until(b'\n', &mut message)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let line = String::from_utf8_lossy(&message[start..]).trim().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(std::io::Error::other)?;
        }
        if line.is_empty() {
            break;
        }
    }
    let head = message.len();
    message.resize(head + length, 0);
    stream.read_exact(&mut message[head..])?;
    Ok(message)
}
