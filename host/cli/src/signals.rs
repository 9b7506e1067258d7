//! Being asked to stop.

use crate::failure::{Exit, Failure};
use crate::lang::Words;

/// A future that ends on Ctrl-C or a polite kill. Registered when this returns, so that no signal is lost.
#[cfg(unix)]
pub(crate) fn stop() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).map_err(broken)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(broken)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// A future that ends on Ctrl-C.
#[cfg(not(unix))]
pub(crate) fn stop() -> Result<impl Future<Output = ()>, Failure> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

#[cfg(unix)]
fn broken(error: std::io::Error) -> Failure {
    Failure::new(&yika_protocol::fault::settle::LISTEN_FAILED).detail(Words::same(error)).exit(Exit::Device)
}
