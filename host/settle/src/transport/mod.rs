//! The wire: one request, one answer, and exact knowledge of whether anything left.

mod faulty;
mod http;
mod meter;
mod tls;

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

pub use faulty::{FaultPlan, Faulty};
pub use http::{HttpTransport, TransportSetupError};

/// One HTTP request.
#[derive(Clone)]
pub struct Call {
    /// GET without a body, or POST.
    pub method: Method,
    /// Absolute `http://` or `https://` address.
    pub url: String,
    /// Headers beside `host` and `content-length`. Without a `content-type` the body is JSON.
    pub headers: Vec<(String, String)>,
    /// The body, sent as it is.
    pub body: Vec<u8>,
    /// Longest time from the first byte out to the last byte in.
    pub timeout: Duration,
}

impl fmt::Debug for Call {
    /// Bodies hold personal data and headers hold keys: only sizes are shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("method", &self.method)
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// HTTP method of a [`Call`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Fetch.
    Get,
    /// Send.
    Post,
}

/// A complete HTTP answer.
#[derive(Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The `date` header, as it came.
    pub date: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// No complete answer came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendError {
    /// No byte of the body left: nothing can have happened.
    NotSent(NotSent),
    /// Something left. What became of it is not known.
    Lost(Lost),
}

/// Why nothing left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSent {
    /// The address is not one.
    BadUrl,
    /// The host name was not resolved.
    Resolve,
    /// Nobody listens, or no route.
    Connect,
    /// The connection was not made in time.
    ConnectTimeout,
    /// TLS failed: certificate, name, version or client certificate.
    Tls,
    /// The connection broke before the body.
    BrokeEarly,
}

/// How the answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// No complete answer in time.
    Timeout,
    /// The connection broke.
    Broke,
    /// The answer was longer than any answer is.
    TooLong,
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent(NotSent::BadUrl) => "not sent: bad address",
            Self::NotSent(NotSent::Resolve) => "not sent: host name not found",
            Self::NotSent(NotSent::Connect) => "not sent: no connection",
            Self::NotSent(NotSent::ConnectTimeout) => "not sent: no connection in time",
            Self::NotSent(NotSent::Tls) => "not sent: TLS failed",
            Self::NotSent(NotSent::BrokeEarly) => "not sent: connection broke before the body",
            Self::Lost(Lost::Timeout) => "no answer in time",
            Self::Lost(Lost::Broke) => "connection broke before the answer",
            Self::Lost(Lost::TooLong) => "answer too long",
        })
    }
}

impl std::error::Error for SendError {}

/// The future a [`Transport`] gives back.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<Reply, SendError>> + Send + 'a>>;

/// Sends one request and waits for its answer. Never sends twice by itself.
pub trait Transport: Send + Sync {
    /// Sends `call`.
    fn send(&self, call: Call) -> Sending<'_>;
}

/// TLS settings of the connection to the centre.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsConfig {
    /// CA certificates (PEM) that sign the centre's certificate. Without it no `https://` address is reachable: the
    /// platform's networks are private and no public CA is trusted by default.
    pub ca: Option<PathBuf>,
    /// Client certificate chain (PEM).
    pub client_cert: Option<PathBuf>,
    /// Private key of the client certificate (PEM, PKCS#8).
    pub client_key: Option<PathBuf>,
}
