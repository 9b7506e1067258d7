//! A centre on an ephemeral port, the sample seed, and a till that signs by hand.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use tempfile::TempDir;
use time::macros::datetime;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use yika_centre::{Centre, CentreConfig, ManualClock, Running, Seed, SequenceRandom};
use yika_platform::business_time::BusinessTime;
use yika_platform::cainfo;
use yika_platform::envelope::{Request, Response};
use yika_platform::keyservice;
use yika_platform::profile::Profile;
use yika_protocol::sign::{Sm2Signer, Sm2Verifier};

pub(crate) const PHARMACY: &str = "P99010100001";
pub(crate) const CARD_HOLDER: &str = "99010000000000000001";

/// The published private key of `hw-docs/samples/signature-vector.json`.
pub(crate) fn pharmacy_key() -> Sm2Signer {
    let hex = "D780800845B5FF5868EBB78287986EC711932551CFA91A311644125C58F9C98D";
    Sm2Signer::from_bytes(&yika_platform::hex::bytes(hex).unwrap()).unwrap()
}

pub(crate) fn sample_seed() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../hw-docs/samples/seed.toml")).unwrap()
}

pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) centre: Centre,
    running: Option<Running>,
    pub(crate) address: SocketAddr,
    pub(crate) profile: Profile,
    pub(crate) key: Sm2Signer,
    pub(crate) sign_no: String,
    next: AtomicU32,
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn response(&self) -> Response {
        Response::parse(&self.body).unwrap()
    }

    pub(crate) fn is_ok(&self) -> bool {
        self.status == 200 && self.response().infcode == "0"
    }

    /// `Y-nnnn` of a coded refusal; empty for anything else.
    pub(crate) fn code(&self) -> String {
        let text = self.response().err_msg;
        text.strip_prefix('[')
            .and_then(|t| t.split_once(']'))
            .map(|(code, _)| code.to_owned())
            .unwrap_or_default()
    }

    pub(crate) fn output(&self) -> Value {
        self.response().output.unwrap_or_else(|| panic!("no output: {}", String::from_utf8_lossy(&self.body)))
    }

    /// A field of `output.setlinfo`.
    pub(crate) fn setl(&self, field: &str) -> String {
        self.output()["setlinfo"][field].as_str().unwrap().to_owned()
    }
}

impl World {
    /// The sample world, signed in, at noon of 2026-11-22 in Shanghai.
    pub(crate) async fn new() -> Self {
        Self::with(&sample_seed(), |_| {}).await
    }

    pub(crate) async fn with(seed: &str, change: impl FnOnce(&mut CentreConfig)) -> Self {
        let mut world = Self::closed(seed, change).await;
        world.sign_in().await;
        world
    }

    /// Not signed in.
    pub(crate) async fn closed(seed: &str, change: impl FnOnce(&mut CentreConfig)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(datetime!(2026-11-22 04:00:00 UTC)));
        let random = Arc::new(SequenceRandom::new(7));
        let mut config = CentreConfig::new(folder.path().join("centre.db"), clock.clone(), random);
        change(&mut config);
        let centre = Centre::open(config).unwrap();
        centre.seed(&Seed::parse(seed).unwrap()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let running = centre.start(listener).unwrap();
        Self {
            folder,
            clock,
            centre,
            address: running.address(),
            running: Some(running),
            profile: Profile::sandbox(),
            key: pharmacy_key(),
            sign_no: String::new(),
            next: AtomicU32::new(1),
        }
    }

    /// Stops the centre and opens it anew over the same files.
    pub(crate) async fn restart(&mut self) {
        self.running.take().unwrap().stop().await;
        let config = CentreConfig::new(
            self.folder.path().join("centre.db"),
            self.clock.clone(),
            Arc::new(SequenceRandom::new(8)),
        );
        self.centre = Centre::open(config).unwrap();
        let running = self.centre.start(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap();
        self.address = running.address();
        self.running = Some(running);
    }

    pub(crate) fn now(&self) -> BusinessTime {
        use yika_centre::Clock;
        BusinessTime::from_unix_millis((self.clock.now().unix_timestamp_nanos() / 1_000_000) as i64)
    }

    pub(crate) async fn sign_in(&mut self) {
        let input = json!({"signIn": {"opter_no": "0001", "mac": "02-00-00-00-00-01", "ip": "127.0.0.1"}});
        let reply = self.send(&self.request("9001", input)).await;
        assert!(reply.is_ok(), "{}", reply.response().err_msg);
        self.sign_no = reply.output()["signinoutb"]["sign_no"].as_str().unwrap().to_owned();
    }

    pub(crate) fn msgid(&self) -> String {
        format!("{PHARMACY}{}{:04}", self.now().compact(), self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// A signed request with an id of its own.
    pub(crate) fn request(&self, infno: &str, input: Value) -> Request {
        let mut request = Request {
            infno: infno.into(),
            msgid: self.msgid(),
            mdtrtarea_admvs: "990100".into(),
            insuplc_admdvs: "990100".into(),
            recer_sys_code: "YBXT".into(),
            infver: "V1.0".into(),
            opter_type: "1".into(),
            opter: "0001".into(),
            opter_name: "示例药师".into(),
            inf_time: self.now().to_string(),
            fixmedins_code: PHARMACY.into(),
            fixmedins_name: "一卡示例大药房".into(),
            sign_no: self.sign_no.clone(),
            input,
            ..Request::default()
        };
        self.sign(&mut request);
        request
    }

    pub(crate) fn sign(&self, request: &mut Request) {
        request.cainfo.clear();
        cainfo::sign_request(request, &self.key, &self.profile).unwrap();
    }

    /// Sends, and checks that the answer is signed by the centre and names the question.
    pub(crate) async fn send(&self, request: &Request) -> Reply {
        let reply = self.post(&request.to_bytes().unwrap()).await.unwrap();
        if reply.status == 200 {
            let response = reply.response();
            cainfo::verify_response(&response, &self.centre_key(), &self.profile).unwrap();
            assert_eq!(response.answered_msgid(), Some(request.msgid.as_str()));
            assert!(response.err_msg.chars().count() <= 200);
        }
        reply
    }

    pub(crate) async fn transact(&self, infno: &str, input: Value) -> Reply {
        self.send(&self.request(infno, input)).await
    }

    pub(crate) fn centre_key(&self) -> Sm2Verifier {
        use sm2::pkcs8::DecodePublicKey;
        let key = sm2::PublicKey::from_public_key_pem(&self.centre.public_key_pem()).unwrap();
        Sm2Verifier::from_sec1(&key.to_sec1_bytes()).unwrap()
    }

    /// The bytes as they are. `None` when the connection closed without an answer.
    pub(crate) async fn post(&self, body: &[u8]) -> Option<Reply> {
        http(self.address, "POST", "/", &[], body).await
    }

    pub(crate) async fn key_service(&self, request: &Request) -> Reply {
        http(self.address, "POST", keyservice::PATH, &[], &request.to_bytes().unwrap()).await.unwrap()
    }

    pub(crate) async fn balance(&self) -> String {
        let reply = self.transact("1101", person_query()).await;
        assert!(reply.is_ok(), "{}", reply.response().err_msg);
        reply.output()["insuinfo"][0]["balc"].as_str().unwrap().to_owned()
    }

    /// How many rows a table has, read beside the centre.
    pub(crate) fn count(&self, sql: &str) -> i64 {
        let database = rusqlite::Connection::open(self.folder.path().join("centre.db")).unwrap();
        database.query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

/// The least HTTP/1.1 client.
pub(crate) async fn http(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, String)],
    body: &[u8],
) -> Option<Reply> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    talk(&mut stream, method, path, headers, body).await
}

pub(crate) async fn talk<S: AsyncReadExt + AsyncWriteExt + Unpin>(
    stream: &mut S,
    method: &str,
    path: &str,
    headers: &[(&str, String)],
    body: &[u8],
) -> Option<Reply> {
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nHost: centre\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let _ = stream.write_all(body).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n")?;
    let status = std::str::from_utf8(&answer[..end]).unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    Some(Reply { status, body: answer[end + 4..].to_vec() })
}

pub(crate) fn person_query() -> Value {
    json!({"data": {
        "mdtrt_cert_type": "03", "mdtrt_cert_no": "A12345678", "card_sn": "990100D1560000050100000012345678",
        "psn_cert_type": "01", "certno": "990101198506150020", "psn_name": "沈一禾",
    }})
}

/// The sample purchase: 25.00 of level 01, 38.00 of level 02, 3.10 of level 03.
pub(crate) fn purchase(now: BusinessTime) -> Value {
    let now = now.to_string();
    json!({
        "druginfo": {
            "psn_no": CARD_HOLDER, "mdtrt_cert_type": "03", "mdtrt_cert_no": "A12345678",
            "card_sn": "990100D1560000050100000012345678", "psn_cert_type": "01", "certno": "990101198506150020",
            "psn_type": "11", "psn_name": "沈一禾", "begntime": now, "medfee_sumamt": "66.10", "insutype": "310",
            "acct_used_flag": "1", "med_type": "41",
        },
        "drugdetail": [
            line("1", "XA01-YIKA-0001", "S-10001", "2.0000", "12.500000", "25.00", &now),
            line("2", "XA01-YIKA-0002", "S-10002", "1.0000", "38.000000", "38.00", &now),
            line("3", "ZA02-YIKA-0003", "S-20003", "0.5000", "6.200000", "3.10", &now),
        ],
    })
}

pub(crate) fn line(sn: &str, code: &str, own: &str, cnt: &str, pric: &str, amount: &str, now: &str) -> Value {
    json!({
        "feedetl_sn": sn, "rx_circ_flag": "0", "fee_ocur_time": now, "med_list_codg": code, "medins_list_codg": own,
        "det_item_fee_sumamt": amount, "cnt": cnt, "pric": pric,
        "durg_trac_info": [{"feedetl_sn": sn, "drug_trac_codg": format!("9900000000000000000{sn}"), "trdn_flag": "0"}],
    })
}

pub(crate) fn reversal(omsgid: &str, psn_no: &str) -> Value {
    json!({"data": {"psn_no": psn_no, "omsgid": omsgid, "oinfno": "2102"}})
}

pub(crate) fn void(settled: &Reply) -> Value {
    json!({"data": {"setl_id": settled.setl("setl_id"), "mdtrt_id": settled.setl("mdtrt_id"), "psn_no": CARD_HOLDER}})
}

/// Count, total, fund, account of 2026-11-22.
pub(crate) fn statement([count, total, fund, account]: [&str; 4]) -> Value {
    json!({"data": {
        "insutype": "310", "clr_type": "41", "setl_optins": "990100", "stmt_begndate": "2026-11-22",
        "stmt_enddate": "2026-11-22", "medfee_sumamt": total, "fund_pay_sumamt": fund, "acct_pay": account,
        "fixmedins_setl_cnt": count, "fixmedins_refd_setl_flag": "0",
    }})
}
