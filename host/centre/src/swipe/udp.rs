//! The UDP listener.

use std::sync::Arc;

use tokio::net::UdpSocket;

use super::Answered;
use crate::Centre;

/// Larger than every message, so that too large a one is seen as such and not cut to size.
const BUFFER: usize = 2048;

/// Answers datagrams until the task is dropped.
pub(crate) async fn listen(centre: Centre, socket: UdpSocket) {
    let socket = Arc::new(socket);
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
