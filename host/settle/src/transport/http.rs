//! HTTP/1.1 over TCP or TLS, one connection per request: what left and what did not is then never in doubt.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, DATE, HOST};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::meter::Metered;
use super::{Call, Lost, Method, NotSent, Reply, SendError, Sending, TlsConfig, Transport, tls};

/// The real wire: no proxy, no redirect, no pooling, no second try.
#[derive(Clone)]
pub struct HttpTransport {
    connect_timeout: Duration,
    tls: Option<Arc<ClientConfig>>,
}

/// More than any answer of the interface: `output` holds 40 000 characters.
const LONGEST_ANSWER: usize = 4 << 20;

impl HttpTransport {
    /// Reads the certificates of `tls`.
    pub fn new(tls: &TlsConfig) -> Result<Self, TransportSetupError> {
        Ok(Self { connect_timeout: Duration::from_secs(5), tls: tls::client_config(tls)? })
    }

    /// Another limit for the connection and the TLS handshake together (5 s by default).
    #[must_use]
    pub fn with_connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    async fn exchange(&self, call: Call) -> Result<Reply, SendError> {
        let address = Address::parse(&call.url)?;
        let connected = tokio::time::timeout(self.connect_timeout, self.connect(&address)).await;
        let stream = connected.map_err(|_| SendError::NotSent(NotSent::ConnectTimeout))??;
        let (stream, left) = Metered::new(stream, !call.body.is_empty());
        let timeout = call.timeout;
        // Until the first byte of the body is taken, every failure is a failure to send.
        let judge = |lost: Lost| match left.is_set() {
            true => SendError::Lost(lost),
            false => SendError::NotSent(NotSent::BrokeEarly),
        };
        match tokio::time::timeout(timeout, talk(stream, &address, call)).await {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(TalkError::TooLong)) => Err(judge(Lost::TooLong)),
            Ok(Err(TalkError::Http(e))) if tls::handshake_refused(&e) => {
                Err(SendError::NotSent(NotSent::Tls))
            }
            Ok(Err(TalkError::Http(_))) => Err(judge(Lost::Broke)),
            Ok(Err(TalkError::BadHeader)) => Err(SendError::NotSent(NotSent::BadUrl)),
            Err(_) => Err(judge(Lost::Timeout)),
        }
    }

    async fn connect(&self, address: &Address) -> Result<Stream, SendError> {
        let refuse = |why| move |_| SendError::NotSent(why);
        let mut last = NotSent::Resolve;
        let found = tokio::net::lookup_host((address.host.as_str(), address.port));
        for socket in found.await.map_err(refuse(NotSent::Resolve))? {
            match TcpStream::connect(socket).await {
                Ok(stream) => return self.secure(stream, address).await,
                Err(_) => last = NotSent::Connect,
            }
        }
        Err(SendError::NotSent(last))
    }

    async fn secure(&self, stream: TcpStream, address: &Address) -> Result<Stream, SendError> {
        // One small request in one segment: waiting for more to send only costs time.
        let _ = stream.set_nodelay(true);
        if !address.tls {
            return Ok(Box::new(stream));
        }
        let failed = SendError::NotSent(NotSent::Tls);
        let config = self.tls.clone().ok_or_else(|| failed.clone())?;
        let name = ServerName::try_from(address.host.clone()).map_err(|_| failed.clone())?;
        let secured = TlsConnector::from(config).connect(name, stream).await.map_err(|_| failed)?;
        Ok(Box::new(secured))
    }
}

impl Transport for HttpTransport {
    fn send(&self, call: Call) -> Sending<'_> {
        Box::pin(self.exchange(call))
    }
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport").field("tls", &self.tls.is_some()).finish_non_exhaustive()
    }
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}
type Stream = Box<dyn Duplex>;

enum TalkError {
    Http(hyper::Error),
    TooLong,
    BadHeader,
}

async fn talk(stream: Metered<Stream>, address: &Address, call: Call) -> Result<Reply, TalkError> {
    let request = address.request(call).ok_or(TalkError::BadHeader)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(TalkError::Http)?;
    let answer = async {
        let response = sender.send_request(request).await.map_err(TalkError::Http)?;
        let status = response.status().as_u16();
        let date = response.headers().get(DATE).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body =
            Limited::new(response.into_body(), LONGEST_ANSWER).collect().await.map_err(|e| match e
                .downcast::<hyper::Error>(
            ) {
                Ok(e) => TalkError::Http(*e),
                Err(_) => TalkError::TooLong,
            })?;
        Ok(Reply { status, date, body: body.to_bytes().to_vec() })
    };
    tokio::pin!(answer, connection);
    tokio::select! {
        biased;
        result = &mut answer => result,
        // The connection ends first when the other side closes; what was read until then is with `answer`. An error of
        // the connection reaches `answer` too, but without its cause when the head was never seen.
        ended = &mut connection => match (ended, answer.await) {
            (Err(e), Err(TalkError::Http(_))) => Err(TalkError::Http(e)),
            (_, result) => result,
        },
    }
}

struct Address {
    uri: Uri,
    tls: bool,
    host: String,
    port: u16,
}

impl Address {
    fn parse(url: &str) -> Result<Self, SendError> {
        let bad = || SendError::NotSent(NotSent::BadUrl);
        let uri: Uri = url.parse().map_err(|_| bad())?;
        let tls = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(bad()),
        };
        let host = uri.host().ok_or_else(bad)?;
        let host = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host).to_owned();
        let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
        Ok(Self { tls, host, port, uri })
    }

    fn request(&self, call: Call) -> Option<Request<Full<Bytes>>> {
        let path = self.uri.path_and_query().map_or("/", |p| p.as_str());
        let method = match call.method {
            Method::Get => hyper::Method::GET,
            Method::Post => hyper::Method::POST,
        };
        let authority = self.uri.authority()?;
        // User names in addresses are not sent as part of the host.
        let host = authority.as_str().rsplit('@').next()?;
        let mut builder = Request::builder().method(method).uri(path).header(HOST, host);
        let named = call.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if !call.body.is_empty() && !named {
            builder = builder.header(CONTENT_TYPE, "application/json");
        }
        for (name, value) in &call.headers {
            builder = builder.header(name, value);
        }
        builder.body(Full::new(Bytes::from(call.body))).ok()
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

impl TransportSetupError {
    /// The coded fault.
    pub fn fault(&self) -> &'static yika_protocol::fault::Fault {
        &yika_protocol::fault::settle::TLS_FILE_INVALID
    }
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
