//! Counts what of an HTTP/1.1 request body went into the connection.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Becomes true with the first byte behind the head, or with the end of the head when there is no body.
#[derive(Debug, Clone, Default)]
pub(super) struct Left(Arc<AtomicBool>);

impl Left {
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// A stream that watches its writes for the end of the head. A byte counts as soon as the stream below took it: it may
/// still be in a buffer of this machine, so the count errs on the side of "left".
pub(super) struct Metered<S> {
    stream: S,
    left: Left,
    has_body: bool,
    /// How much of `\r\n\r\n` the last bytes match; 4 once the head is over.
    matched: u8,
}

impl<S> Metered<S> {
    pub(super) fn new(stream: S, has_body: bool) -> (Self, Left) {
        let left = Left::default();
        (Self { stream, left: left.clone(), has_body, matched: 0 }, left)
    }

    fn written(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if self.matched == 4 {
                self.left.0.store(true, Ordering::SeqCst);
                return;
            }
            self.matched = match (self.matched, byte) {
                (0 | 2, b'\r') => self.matched + 1,
                (1 | 3, b'\n') => self.matched + 1,
                (_, b'\r') => 1,
                _ => 0,
            };
        }
        if self.matched == 4 && !self.has_body {
            self.left.0.store(true, Ordering::SeqCst);
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if let Poll::Ready(Ok(count)) = &result {
            self.written(bytes.get(..*count).unwrap_or(bytes));
        }
        result
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The flag after each of the pieces.
    fn flags(pieces: &[&[u8]], has_body: bool) -> Vec<bool> {
        let (mut metered, left) = Metered::new((), has_body);
        pieces
            .iter()
            .map(|piece| {
                metered.written(piece);
                left.is_set()
            })
            .collect()
    }

    #[test]
    fn the_head_alone_is_nothing() {
        assert_eq!(flags(&[b"POST / HTTP/1.1\r\nhost: a\r\n\r\n"], true), [false]);
        assert_eq!(flags(&[b"POST / HTTP/1.1\r\nhost: a\r\n\r\n{"], true), [true]);
        assert_eq!(flags(&[b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"], false), [true]);
    }

    #[test]
    fn the_end_of_the_head_is_found_across_any_cut() {
        let whole = b"POST / HTTP/1.1\r\nx: \r\r\n\r\n{}";
        let head = whole.len() - 2;
        for cut in 0..whole.len() {
            let (first, second) = whole.split_at(cut);
            assert_eq!(flags(&[first, second], true), [cut > head, true], "cut at {cut}");
        }
    }
}
