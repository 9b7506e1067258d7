//! A centre that listens in the background.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;

use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Ready when the listener is to stop.
type Until = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A centre serving in the background, over TCP or UDP. Dropping it stops listening and lets open answers leave;
/// [`Running::stop`] also waits for that.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    /// Starts listening; `listen` is told when to stop.
    pub(crate) fn start<L>(address: SocketAddr, listen: impl FnOnce(Until) -> L) -> Self
    where
        L: Future<Output = ()> + Send + 'static,
    {
        let (stop, mut stopped) = watch::channel(false);
        let until = Box::pin(async move {
            // An error means that the handle is gone: stop as well.
            let _ = stopped.wait_for(|stop| *stop).await;
        });
        Self { address, stop, task: tokio::spawn(listen(until)) }
    }

    /// The address that is listened on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops listening and returns when running answers have left (over TCP at most five seconds).
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}
