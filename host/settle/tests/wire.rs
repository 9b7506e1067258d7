//! The real transport on real sockets: what left and what did not is known exactly.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};
use yika_settle::transport::{
    Call, HttpTransport, Lost, Method, NotSent, Reply, SendError, TlsConfig, Transport,
};

const BODY: &[u8] = br#"{"infno":"2102"}"#;
const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ndate: Sun, 22 Nov 2026 02:00:00 GMT\r\n\r\n{}";

fn call(url: String) -> Call {
    Call {
        method: Method::Post,
        url,
        headers: vec![("x-tif-paasid".into(), "me".into())],
        body: BODY.to_vec(),
        timeout: Duration::from_millis(400),
    }
}

async fn send(url: String, tls: &TlsConfig) -> Result<Reply, SendError> {
    let wire = HttpTransport::new(tls).unwrap().with_connect_timeout(Duration::from_millis(1500));
    wire.send(call(url)).await
}

/// A server that treats its one connection in some way; the address and what it had read.
async fn serve<F, Fut>(treat: F) -> (String, tokio::task::JoinHandle<Vec<u8>>)
where
    F: FnOnce(TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = Vec<u8>> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/api?x=1", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        treat(stream).await
    });
    (url, task)
}

/// Reads until the body is complete.
async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut read = Vec::new();
    while !read.ends_with(BODY) {
        let mut piece = [0; 512];
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => break,
            Ok(count) => read.extend_from_slice(&piece[..count]),
        }
    }
    read
}

async fn answer_all(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> Vec<u8> {
    let read = read_request(&mut stream).await;
    let _ = stream.write_all(ANSWER).await;
    let _ = stream.shutdown().await;
    read
}

#[tokio::test]
async fn a_request_and_its_answer() {
    let (url, server) = serve(answer_all).await;
    let reply = send(url.clone(), &TlsConfig::default()).await.unwrap();
    assert_eq!((reply.status, reply.body.as_slice()), (200, b"{}".as_slice()));
    assert_eq!(reply.date.as_deref(), Some("Sun, 22 Nov 2026 02:00:00 GMT"));
    let request = String::from_utf8(server.await.unwrap()).unwrap();
    assert!(request.starts_with("POST /api?x=1 HTTP/1.1\r\n"), "{request}");
    let host = url.trim_start_matches("http://").split('/').next().unwrap();
    for header in
        [&format!("host: {host}"), "content-type: application/json", "content-length: 16", "x-tif-paasid: me"]
    {
        assert!(request.contains(&format!("\r\n{header}\r\n")), "{header} in {request}");
    }
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(send(url, &TlsConfig::default()).await.unwrap_err(), SendError::NotSent(NotSent::Connect));
}

#[tokio::test]
async fn an_address_that_is_none() {
    for url in ["", "ftp://a/", "http://", "centre:80", "http://exa mple/"] {
        let error = send(url.into(), &TlsConfig::default()).await.unwrap_err();
        assert_eq!(error, SendError::NotSent(NotSent::BadUrl), "{url:?}");
    }
    let unknown = send("http://no-such-host.invalid/".into(), &TlsConfig::default()).await.unwrap_err();
    // A resolver that does not answer at all is given up with the connection.
    assert!(matches!(unknown, SendError::NotSent(NotSent::Resolve | NotSent::ConnectTimeout)), "{unknown:?}");
}

#[tokio::test]
async fn whoever_reads_and_says_nothing_may_have_settled() {
    let (url, _server) = serve(|mut stream| async move {
        let read = read_request(&mut stream).await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        read
    })
    .await;
    assert_eq!(send(url, &TlsConfig::default()).await.unwrap_err(), SendError::Lost(Lost::Timeout));
}

#[tokio::test]
async fn a_connection_that_breaks_behind_the_request_is_lost() {
    let (url, _server) = serve(|mut stream| async move { read_request(&mut stream).await }).await;
    assert_eq!(send(url, &TlsConfig::default()).await.unwrap_err(), SendError::Lost(Lost::Broke));

    let (url, _server) = serve(|mut stream| async move {
        let read = read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"infcode\"").await.unwrap();
        read
    })
    .await;
    assert_eq!(send(url, &TlsConfig::default()).await.unwrap_err(), SendError::Lost(Lost::Broke));
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let (url, _server) = serve(|mut stream| async move {
        let read = read_request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while stream.write_all(&[b' '; 65536]).await.is_ok() {}
        read
    })
    .await;
    let mut call = call(url);
    call.timeout = Duration::from_secs(20);
    let error = HttpTransport::new(&TlsConfig::default()).unwrap().send(call).await.unwrap_err();
    assert_eq!(error, SendError::Lost(Lost::TooLong));
}

/// A CA, a server certificate and a client certificate, made by openssl.
struct Pki {
    dir: tempfile::TempDir,
}

impl Pki {
    fn new() -> Self {
        let pki = Self { dir: tempfile::tempdir().unwrap() };
        pki.openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.pem");
        for (name, extension) in [
            ("server", "subjectAltName=IP:127.0.0.1,DNS:localhost"),
            ("client", "extendedKeyUsage=clientAuth"),
        ] {
            std::fs::write(pki.path(&format!("{name}.ext")), extension).unwrap();
            pki.openssl(&format!("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN={name} -keyout {name}.key -out {name}.csr"));
            pki.openssl(&format!("x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile {name}.ext -out {name}.pem"));
        }
        pki
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    fn openssl(&self, arguments: &str) {
        let output =
            Command::new("openssl").args(arguments.split(' ')).current_dir(self.dir.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn acceptor(&self, ask_for_client: bool) -> TlsAcceptor {
        let certificates = |name: &str| -> Vec<CertificateDer<'static>> {
            let pem = std::fs::read(self.path(name)).unwrap();
            CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().unwrap()
        };
        let key = PrivateKeyDer::from_pem_slice(&std::fs::read(self.path("server.key")).unwrap()).unwrap();
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = if ask_for_client {
            let mut roots = RootCertStore::empty();
            roots.add(certificates("ca.pem").remove(0)).unwrap();
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        } else {
            builder.with_no_client_auth()
        };
        TlsAcceptor::from(Arc::new(builder.with_single_cert(certificates("server.pem"), key).unwrap()))
    }

    /// What the client got, and what the server read of it.
    async fn round_trip(&self, ask_for_client: bool, tls: &TlsConfig) -> (Result<Reply, SendError>, Vec<u8>) {
        let acceptor = self.acceptor(ask_for_client);
        let (url, server) = serve(move |stream| async move {
            match acceptor.accept(stream).await {
                Ok(stream) => answer_all(stream).await,
                Err(_) => Vec::new(),
            }
        })
        .await;
        let reply = send(url.replace("http://", "https://"), tls).await;
        (reply, server.await.unwrap())
    }
}

fn tls(pki: &Pki, client: bool) -> TlsConfig {
    TlsConfig {
        ca: Some(pki.path("ca.pem")),
        client_cert: client.then(|| pki.path("client.pem")),
        client_key: client.then(|| pki.path("client.key")),
    }
}

#[tokio::test]
async fn tls_under_the_sites_own_ca() {
    let pki = Pki::new();
    let (reply, read) = pki.round_trip(false, &tls(&pki, false)).await;
    assert_eq!(reply.unwrap().status, 200);
    assert!(read.ends_with(BODY));
}

#[tokio::test]
async fn a_certificate_of_another_ca_or_none_to_trust_sends_nothing() {
    let (pki, other) = (Pki::new(), Pki::new());
    for trust in [tls(&other, false), TlsConfig::default()] {
        let acceptor = pki.acceptor(false);
        let (url, server) = serve(move |stream| async move {
            match acceptor.accept(stream).await {
                Ok(stream) => answer_all(stream).await,
                Err(_) => Vec::new(),
            }
        })
        .await;
        let error = send(url.replace("http://", "https://"), &trust).await.unwrap_err();
        assert_eq!(error, SendError::NotSent(NotSent::Tls));
        assert!(server.await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_client_certificate_where_the_centre_asks_for_one() {
    let pki = Pki::new();
    let (reply, _) = pki.round_trip(true, &tls(&pki, true)).await;
    assert_eq!(reply.unwrap().status, 200);
    // In TLS 1.3 the refusal comes after the client believes the handshake done: still nothing was handed to anybody.
    let (reply, read) = pki.round_trip(true, &tls(&pki, false)).await;
    assert_eq!(reply.unwrap_err(), SendError::NotSent(NotSent::Tls));
    assert!(read.is_empty());
}

#[tokio::test]
async fn a_server_that_speaks_no_tls() {
    let pki = Pki::new();
    let (url, server) = serve(answer_all).await;
    let error = send(url.replace("http://", "https://"), &tls(&pki, false)).await.unwrap_err();
    assert!(matches!(error, SendError::NotSent(NotSent::Tls | NotSent::ConnectTimeout)), "{error:?}");
    server.abort();
}

#[test]
fn unusable_certificate_files_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let junk = dir.path().join("junk.pem");
    std::fs::write(&junk, "no certificate").unwrap();
    let with = |ca: &Path| TlsConfig { ca: Some(ca.to_owned()), ..TlsConfig::default() };
    assert!(HttpTransport::new(&with(&junk)).unwrap_err().to_string().contains("junk.pem"));
    assert!(
        HttpTransport::new(&with(&dir.path().join("none.pem"))).unwrap_err().to_string().contains("none.pem")
    );
    let pki = Pki::new();
    let half = TlsConfig { client_cert: Some(pki.path("client.pem")), ..tls(&pki, false) };
    assert!(HttpTransport::new(&half).is_err());
}
