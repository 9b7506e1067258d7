//! Institutions that authenticate as provinces do, and TLS.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::net::TcpStream;
use yika_centre::Tls;
use yika_platform::cainfo;
use yika_platform::envelope::Request;
use yika_platform::gateway::{self, Call, GatewayKeys};
use yika_platform::profile::Profile;

use crate::support::{Reply, World, http, person_query, pharmacy_key, sample_seed, talk};

/// A till of another institution, under another profile.
struct Till<'a> {
    world: &'a World,
    code: &'static str,
    profile: Profile,
    keys: Option<GatewayKeys>,
    sign_no: String,
    next: u32,
}

impl<'a> Till<'a> {
    fn new(world: &'a World, code: &'static str, profile: &str, keys: Option<(&str, &str)>) -> Self {
        let keys = keys.map(|(id, secret)| GatewayKeys { id: id.into(), secret: secret.into() });
        Self { world, code, profile: Profile::load(profile).unwrap(), keys, sign_no: String::new(), next: 0 }
    }

    fn request(&mut self, infno: &str, input: serde_json::Value) -> Request {
        self.next += 1;
        let mut request = self.world.request(infno, input);
        request.fixmedins_code = self.code.into();
        request.msgid = format!("{}{}{:04}", self.code, self.world.now().compact(), self.next);
        request.sign_no.clone_from(&self.sign_no);
        request.cainfo.clear();
        request.signtype.clear();
        cainfo::sign_request(&mut request, &pharmacy_key(), &self.profile).unwrap();
        request
    }

    async fn send(&self, request: &Request) -> Reply {
        let call =
            Call { infno: &request.infno, unix_millis: self.world.now().unix_millis(), nonce: "n0nce" };
        let headers = gateway::headers(&self.profile, self.keys.as_ref(), &call).unwrap();
        http(self.world.address, "POST", "/", &headers, &request.to_bytes().unwrap()).await.unwrap()
    }

    async fn sign_in(&mut self) {
        let input = serde_json::json!({"signIn": {"opter_no": "0001", "mac": "-", "ip": "-"}});
        let request = self.request("9001", input);
        let reply = self.send(&request).await;
        assert!(reply.is_ok(), "{}", String::from_utf8_lossy(&reply.body));
        self.sign_no = reply.output()["signinoutb"]["sign_no"].as_str().unwrap().to_owned();
    }
}

#[tokio::test]
async fn hmac_headers_of_a_service_bus() {
    let world = World::new().await;
    let secrets = ("yika-sample-access-key", "yika-sample-secret-key");
    let mut till = Till::new(&world, "P99010100002", "csb", Some(secrets));
    till.sign_in().await;
    let request = till.request("1101", person_query());
    assert!(till.send(&request).await.is_ok());

    // The field's four answers of the gateway, with status 401.
    let body = request.to_bytes().unwrap();
    let bare = http(world.address, "POST", "/", &[], &body).await.unwrap();
    assert_eq!((bare.status, String::from_utf8(bare.body).unwrap().as_str()), (401, "缺少服务网关的请求头!"));
    let wrong = Till::new(&world, "P99010100002", "csb", Some((secrets.0, "other"))).send(&request).await;
    assert_eq!((wrong.status, String::from_utf8(wrong.body).unwrap().as_str()), (401, "签名不一致!"));
    let stranger = Till::new(&world, "P99010100002", "csb", Some(("nobody", secrets.1))).send(&request).await;
    assert_eq!((stranger.status, String::from_utf8(stranger.body).unwrap().as_str()), (401, "非法用户!"));
    let call = Call { infno: "1101", unix_millis: world.now().unix_millis() - 31 * 60_000, nonce: "n" };
    let old = gateway::headers(&till.profile, till.keys.as_ref(), &call).unwrap();
    let old = http(world.address, "POST", "/", &old, &body).await.unwrap();
    assert_eq!((old.status, String::from_utf8(old.body).unwrap().as_str()), (401, "签名时间戳超时!"));
}

#[tokio::test]
async fn sha256_headers() {
    let world = World::new().await;
    let mut till =
        Till::new(&world, "P99010100003", "tif", Some(("yika-sample-paasid", "yika-sample-token")));
    till.sign_in().await;
    let request = till.request("1101", person_query());
    assert!(till.send(&request).await.is_ok());
    let wrong =
        Till::new(&world, "P99010100003", "tif", Some(("yika-sample-paasid", "other"))).send(&request).await;
    assert_eq!(wrong.status, 401);
}

#[tokio::test]
async fn a_signature_over_the_envelope_only() {
    let world = World::new().await;
    let mut till = Till::new(&world, "P99010100004", "hubei", None);
    till.sign_in().await;
    let mut request = till.request("1101", person_query());
    assert!(till.send(&request).await.is_ok());
    // This scheme does not cover the input: the change goes unnoticed by the signature.
    request.msgid = till.request("1101", person_query()).msgid;
    assert_eq!(till.send(&request).await.code(), "Y-5003", "the envelope is covered");
    let mut request = till.request("1101", person_query());
    request.input["data"]["psn_name"] = serde_json::json!("沈一木");
    assert_eq!(till.send(&request).await.code(), "Y-5051", "the input is not");
}

#[tokio::test]
async fn an_institution_cannot_choose_a_weaker_scheme() {
    let world = World::new().await;
    let mut request = world.request("1101", person_query());
    request.cainfo.clear();
    request.signtype.clear();
    assert_eq!(world.send(&request).await.code(), "Y-5003");
    let hubei = Profile::load("hubei").unwrap();
    cainfo::sign_request(&mut request, &pharmacy_key(), &hubei).unwrap();
    assert_eq!(world.send(&request).await.code(), "Y-5003");
}

fn openssl(folder: &Path, arguments: &str) {
    let out = Command::new("openssl").current_dir(folder).args(arguments.split(' ')).output().unwrap();
    assert!(out.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&out.stderr));
}

/// A CA, a certificate for localhost and one for a till.
fn certificates(folder: &Path) {
    std::fs::write(folder.join("ext"), "subjectAltName=DNS:localhost\n").unwrap();
    openssl(
        folder,
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=ca -keyout ca.key -out ca.pem",
    );
    for name in ["server", "till"] {
        openssl(
            folder,
            &format!(
                "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN={name} -keyout {name}.key -out {name}.csr"
            ),
        );
        openssl(
            folder,
            &format!(
                "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile ext -out {name}.pem"
            ),
        );
    }
}

async fn health_over_tls(world: &World, folder: &Path, with_certificate: bool) -> Option<Reply> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(folder.join("ca.pem")).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = if with_certificate {
        let chain = vec![CertificateDer::from_pem_file(folder.join("till.pem")).unwrap()];
        let key = PrivateKeyDer::from_pem_file(folder.join("till.key")).unwrap();
        builder.with_client_auth_cert(chain, key).unwrap()
    } else {
        builder.with_no_client_auth()
    };
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let stream = TcpStream::connect(world.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = connector.connect(name, stream).await.ok()?;
    talk(&mut stream, "GET", "/health", &[], b"").await
}

#[tokio::test]
async fn tls_with_and_without_client_certificates() {
    let folder = tempfile::tempdir().unwrap();
    certificates(folder.path());
    let tls = Tls {
        certificate: folder.path().join("server.pem"),
        key: folder.path().join("server.key"),
        client_ca: None,
    };
    let open = World::closed(&sample_seed(), |config| config.tls = Some(tls.clone())).await;
    assert_eq!(health_over_tls(&open, folder.path(), false).await.unwrap().status, 200);

    let mutual = Tls { client_ca: Some(folder.path().join("ca.pem")), ..tls };
    let mutual = World::closed(&sample_seed(), |config| config.tls = Some(mutual)).await;
    assert_eq!(health_over_tls(&mutual, folder.path(), true).await.unwrap().status, 200);
    assert!(health_over_tls(&mutual, folder.path(), false).await.is_none(), "a client without certificate");
}
