//! The UDP listener.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::UdpSocket;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Answered;
use crate::Centre;

/// Larger than every message, so that too large a one is seen as such and not cut to size.
const BUFFER: usize = 2048;

/// A centre answering datagrams in the background. Dropping it stops it.
#[derive(Debug)]
pub struct RunningSwipes {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl RunningSwipes {
    pub(crate) fn start(centre: Centre, socket: UdpSocket) -> std::io::Result<Self> {
        let address = socket.local_addr()?;
        let (stop, mut stopped) = watch::channel(false);
        let task = tokio::spawn(async move {
            tokio::select! {
                () = listen(centre, Arc::new(socket)) => {}
                // An error means that the handle is gone: stop as well.
                _ = stopped.wait_for(|stop| *stop) => {}
            }
        });
        Ok(Self { address, stop, task })
    }

    /// The address that is listened on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops listening. Answers under way still leave.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

async fn listen(centre: Centre, socket: Arc<UdpSocket>) {
    let mut buffer = vec![0; BUFFER];
    loop {
        let (length, source) = match socket.recv_from(&mut buffer).await {
            Ok(received) => received,
            // Of one peer that went away, or of the network for a moment.
            Err(error) => {
                tracing::debug!(%error, "receiving a datagram failed");
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                continue;
            }
        };
        let datagram = buffer.get(..length).unwrap_or_default().to_vec();
        let back = Arc::clone(&socket);
        if centre.has_faults() {
            let centre = centre.clone();
            tokio::spawn(async move {
                if let Some(answer) = centre.receive_swipe(datagram, Some(source.ip()), "udp").await {
                    let _ = back.send_to(&answer, source).await;
                }
            });
        } else {
            // A full send buffer is as good as a network that loses: the terminal asks again.
            let reply = move |answered: Answered| drop(back.try_send_to(&answered.bytes, source));
            centre.swipes().take(datagram, Some(source.ip()), "udp", Box::new(reply));
        }
    }
}
