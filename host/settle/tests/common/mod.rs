//! A bench for the till: a clock, a seeded random source, and a small model of a centre with the id rules of a centre
//! that is idempotent and keeps tombstones. It is written against the rules, not against any centre's code.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use time::macros::datetime;
use yika_platform::basket::Basket;
use yika_platform::business_time::BusinessTime;
use yika_platform::cainfo;
use yika_platform::envelope::{Request, Response};
use yika_platform::profile::Profile;
use yika_protocol::money::Fen;
use yika_protocol::sign::Sm2Verifier;
use yika_settle::transport::{Call, FaultPlan, Faulty, Reply, SendError, Sending, TlsConfig, Transport};
use yika_settle::{
    Centre, Clock, Credential, Deps, Institution, JournalConfig, ManualClock, Operator, RecoveryPolicy,
    SeededRandom, SeqRange, SigningKey, Till, TillConfig, Workstation,
};

pub const INSTITUTION: &str = "P99010100001";
/// Invented; region prefix 99, check digit by GB 11643.
pub const CERTNO: &str = "990101198506150017";
pub const NAME: &str = "沈一禾";
pub const CARD_NO: &str = "A12345678";
pub const CARD_SN: &str = "990100D156000005010102030405060708";

pub fn till_key() -> SigningKey {
    SigningKey::from_bytes(&[0x11; 32]).unwrap()
}

pub fn centre_key() -> SigningKey {
    SigningKey::from_bytes(&[0x22; 32]).unwrap()
}

pub fn credential() -> Credential {
    Credential::social_card(CARD_NO, &CARD_SN[..32], Some(CERTNO), Some(NAME))
}

pub fn basket(order_no: &str, fen: i64) -> Basket {
    let amount = Fen(fen).to_string();
    let json = json!({
        "order_no": order_no,
        "insutype": "310",
        "lines": [{
            "med_list_codg": "XA01-YIKA-0001", "medins_list_codg": "S-1", "cnt": "1", "pric": amount,
            "det_item_fee_sumamt": amount,
            "durg_trac_info": [{"drug_trac_codg": "99000010000000000011", "trdn_flag": "0"}]
        }]
    });
    Basket::parse(json.to_string().as_bytes(), &Profile::sandbox()).unwrap()
}

pub fn config(journal: &Path, profile: Profile) -> TillConfig {
    TillConfig {
        institution: Institution {
            code: INSTITUTION.into(),
            name: "一卡示例大药房".into(),
            region: "990100".into(),
            setl_optins: None,
        },
        operator: Operator { opter: "0001".into(), opter_name: "示例".into(), opter_type: "1".into() },
        workstation: Workstation {
            seq_range: SeqRange::new(0, 4999).unwrap(),
            mac: "00-00-00-00-00-01".into(),
            ip: "127.0.0.1".into(),
        },
        centre: Centre {
            url: "http://centre.invalid/".into(),
            key_pem: Some(centre_key().public_pem().unwrap()),
            gateway_keys: None,
            tls: TlsConfig::default(),
            timeout: None,
        },
        profile,
        journal: JournalConfig { lock_wait: Duration::from_millis(50), ..JournalConfig::at(journal) },
        key: till_key(),
        recovery: RecoveryPolicy::default(),
    }
}

/// Everything but the till, which comes and goes.
pub struct Bench {
    pub dir: tempfile::TempDir,
    pub clock: Arc<ManualClock>,
    pub random: Arc<SeededRandom>,
    pub centre: Arc<Model>,
    pub profile: Profile,
}

impl Bench {
    pub fn new(seed: u64) -> Self {
        Self::with_profile(seed, Profile::sandbox())
    }

    pub fn with_profile(seed: u64, profile: Profile) -> Self {
        let clock = Arc::new(ManualClock::new(datetime!(2026-11-22 02:00:00 UTC)));
        Self {
            dir: tempfile::tempdir().unwrap(),
            centre: Arc::new(Model::new(Arc::clone(&clock), profile.clone())),
            clock,
            random: Arc::new(SeededRandom::new(seed)),
            profile,
        }
    }

    pub fn config(&self) -> TillConfig {
        config(&self.dir.path().join("till.db"), self.profile.clone())
    }

    pub fn deps(&self, transport: Arc<dyn Transport>) -> Deps {
        Deps::new(Arc::clone(&self.clock) as _, Arc::clone(&self.random) as _, transport)
    }

    /// A till straight on the centre.
    pub async fn till(&self) -> Till {
        self.till_on(Arc::clone(&self.centre) as _).await
    }

    pub async fn till_on(&self, transport: Arc<dyn Transport>) -> Till {
        Till::open(self.config(), self.deps(transport)).await.unwrap()
    }
}

/// What the centre holds for one settlement or void.
#[derive(Clone, Debug)]
pub struct Row {
    pub msgid: String,
    pub setl_id: String,
    pub psn_no: String,
    pub fen: i64,
    pub void_of: Option<String>,
    pub reversed: bool,
    pub day: String,
}

#[derive(Default)]
struct Books {
    /// By id: the bytes and the answer.
    ids: HashMap<String, (Vec<u8>, Vec<u8>)>,
    reversed: HashMap<String, String>,
    rows: Vec<Row>,
    sign_nos: BTreeSet<String>,
    serial: u64,
    /// Answers to the next settling requests are spoiled by this.
    spoil: Vec<Spoil>,
    requests: Vec<(String, String, Vec<u8>)>,
}

/// Ways in which the model spoils an answer that settles or voids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoil {
    /// -1 with a text that is no final refusal, after the work was done.
    MinusOne,
    /// Amounts that do not add up.
    Amounts,
    /// The id of another message.
    OtherMessage,
    /// Another person's number.
    OtherPerson,
    /// Signed by somebody else.
    OtherKey,
    /// Not JSON.
    Garbage,
    /// The sign-in has ended.
    SignInExpired,
    /// Refused for good: `[Y-5099]`.
    Refuse,
}

/// A centre in memory.
pub struct Model {
    clock: Arc<ManualClock>,
    profile: Profile,
    key: SigningKey,
    till_key: Mutex<Sm2Verifier>,
    books: Mutex<Books>,
}

impl Model {
    pub fn new(clock: Arc<ManualClock>, profile: Profile) -> Self {
        Self {
            clock,
            profile,
            key: centre_key(),
            till_key: Mutex::new(till_key().verifier()),
            books: Mutex::default(),
        }
    }

    /// The next settling or voiding answers are spoiled, in this order.
    pub fn spoil(&self, how: &[Spoil]) {
        self.books.lock().unwrap().spoil.extend(how);
    }

    /// From here on the institution's key is this one.
    pub fn trust(&self, key: &SigningKey) {
        *self.till_key.lock().unwrap() = key.verifier();
    }

    /// As if every sign-in of the past were still good.
    pub fn accept_any_sign_in(&self) {
        let mut books = self.books.lock().unwrap();
        books.sign_nos.extend((0..100).map(|n| format!("S{n:08}")));
    }

    pub fn expire_sign_ins(&self) {
        self.books.lock().unwrap().sign_nos.clear();
    }

    pub fn rows(&self) -> Vec<Row> {
        self.books.lock().unwrap().rows.clone()
    }

    /// Money that stands for a message: settled, not voided, not reversed.
    pub fn live(&self, msgid: &str) -> i64 {
        let books = self.books.lock().unwrap();
        books
            .rows
            .iter()
            .filter(|r| r.msgid == msgid && r.void_of.is_none() && !r.reversed)
            .filter(|r| !books.rows.iter().any(|v| v.void_of.as_deref() == Some(&r.setl_id)))
            .map(|r| r.fen)
            .sum()
    }

    pub fn live_total(&self) -> i64 {
        self.books.lock().unwrap().rows.iter().filter(|r| !r.reversed).map(|r| r.fen).sum()
    }

    /// Number, id and bytes of every request that arrived.
    pub fn requests(&self, infno: &str) -> Vec<(String, Vec<u8>)> {
        let books = self.books.lock().unwrap();
        books.requests.iter().filter(|r| r.0 == infno).map(|r| (r.1.clone(), r.2.clone())).collect()
    }

    fn handle(&self, body: &[u8]) -> Reply {
        let request = Request::parse(body).expect("the till sends well-formed envelopes");
        let faults = request.faults(&self.profile);
        assert!(faults.is_empty(), "{}: {faults:?}", request.infno);
        let mut books = self.books.lock().unwrap();
        books.requests.push((request.infno.clone(), request.msgid.clone(), body.to_vec()));
        if cainfo::verify_request(&request, &*self.till_key.lock().unwrap(), &self.profile).is_err() {
            return self.refuse("[Y-5001] bad signature");
        }
        let settles = matches!(request.infno.as_str(), "2102" | "2103");
        if let Some(psn_no) = books.reversed.get(&request.msgid) {
            assert!(!psn_no.is_empty());
            return self.refuse("[Y-5011] reversed");
        }
        if let Some((bytes, answer)) = books.ids.get(&request.msgid) {
            return if bytes == body { reply(answer.clone()) } else { self.refuse("[Y-5010] other bytes") };
        }
        let spoil = if settles && !books.spoil.is_empty() { Some(books.spoil.remove(0)) } else { None };
        let signed_in = books.sign_nos.contains(&request.sign_no) && spoil != Some(Spoil::SignInExpired);
        if !signed_in && self.profile.session.sign_in_required && request.infno != "9001" {
            books.sign_nos.remove(&request.sign_no);
            return self.refuse("[Y-5020] sign in first");
        }
        let sent: BusinessTime = request.inf_time.parse().unwrap();
        if sent.unix_millis().abs_diff(self.now().unix_millis()) > 30 * 60_000 {
            let answer = self.refuse("[Y-5030] clock");
            books.ids.insert(request.msgid, (body.to_vec(), answer.body.clone()));
            return answer;
        }
        let answer = match (spoil, request.infno.as_str()) {
            (Some(Spoil::Refuse), _) => self.refuse("[Y-5099] 不允许 / not allowed"),
            (_, "9001") => self.sign_in(&mut books),
            (_, "9002") => {
                books.sign_nos.remove(&request.sign_no);
                self.accept(Some(json!({"sign_time": {"sign_time": self.now().to_string()}})))
            }
            (_, "1101") => self.person(),
            (_, "2101") => self.settle(&mut books, &request, None, false),
            (spoil, "2102") => self.settle(&mut books, &request, spoil, true),
            (spoil, "2103") => self.void(&mut books, &request, spoil),
            (_, "2601") => self.reverse(&mut books, &request),
            (_, "3201") => self.statement(&books, &request),
            (_, "5203") => self.query(&books, &request),
            (_, other) => panic!("unexpected {other}"),
        };
        books.ids.insert(request.msgid.clone(), (body.to_vec(), answer.body.clone()));
        match spoil {
            Some(Spoil::MinusOne) => self.refuse("系统繁忙"),
            Some(Spoil::Garbage) => reply(b"<html>".to_vec()),
            _ => answer,
        }
    }

    fn sign_in(&self, books: &mut Books) -> Reply {
        books.serial += 1;
        let sign_no = format!("S{:08}", books.serial);
        books.sign_nos.insert(sign_no.clone());
        self.accept(Some(json!({"signinoutb": {"sign_time": self.now().to_string(), "sign_no": sign_no}})))
    }

    fn person(&self) -> Reply {
        self.accept(Some(json!({
            "baseinfo": {"psn_no": "99000000000001", "psn_cert_type": "01", "certno": CERTNO, "psn_name": NAME,
                         "gend": "1", "age": "41.0"},
            "insuinfo": [{"balc": "1000.00", "insutype": "310", "psn_type": "11", "psn_insu_stas": "1",
                          "cvlserv_flag": "0", "insuplc_admdvs": "990100"}],
            "idetinfo": []
        })))
    }

    /// Half from the account, the rest in cash: enough to see every identity hold or break.
    fn settle(&self, books: &mut Books, request: &Request, spoil: Option<Spoil>, book: bool) -> Reply {
        let info = &request.input["druginfo"];
        let fen: Fen = info["medfee_sumamt"].as_str().unwrap().parse().unwrap();
        books.serial += 1;
        let setl_id = format!("9901{:010}", books.serial);
        if book {
            books.rows.push(Row {
                msgid: request.msgid.clone(),
                setl_id: setl_id.clone(),
                psn_no: info["psn_no"].as_str().unwrap().into(),
                fen: fen.0,
                void_of: None,
                reversed: false,
                day: self.now().date(),
            });
        }
        let msgid = if spoil == Some(Spoil::OtherMessage) {
            format!("{INSTITUTION}202611220000009999")
        } else {
            request.msgid.clone()
        };
        let psn_no =
            if spoil == Some(Spoil::OtherPerson) { json!("99000000000002") } else { info["psn_no"].clone() };
        let mut setlinfo = amounts(fen.0);
        if spoil == Some(Spoil::Amounts) {
            setlinfo["acct_pay"] = json!("0.00");
        }
        for (name, value) in [
            ("psn_no", psn_no),
            ("psn_name", info["psn_name"].clone()),
            ("psn_cert_type", json!("01")),
            ("certno", info["certno"].clone()),
            ("age", json!("41.0")),
            ("insutype", json!("310")),
            ("psn_type", json!("11")),
            ("cvlserv_flag", json!("0")),
            ("med_type", json!("41")),
        ] {
            setlinfo[name] = value;
        }
        setlinfo["mdtrt_id"] = json!(format!("M{setl_id}"));
        setlinfo["setl_time"] = json!(self.now().to_string());
        setlinfo["medins_setl_id"] = json!(msgid);
        setlinfo["clr_type"] = json!("41");
        if book {
            setlinfo["setl_id"] = json!(setl_id);
        }
        let mut answer = self.accept(Some(json!({"setlinfo": setlinfo})));
        if spoil == Some(Spoil::OtherKey) {
            answer = self.accept_by(&SigningKey::from_bytes(&[0x33; 32]).unwrap(), &answer);
        }
        answer
    }

    fn void(&self, books: &mut Books, request: &Request, spoil: Option<Spoil>) -> Reply {
        let setl_id = request.input["data"]["setl_id"].as_str().unwrap().to_owned();
        let Some(original) = books.rows.iter().find(|r| r.setl_id == setl_id && !r.reversed).cloned() else {
            return self.refuse("[Y-5070] no such settlement");
        };
        if books.rows.iter().any(|r| r.void_of.as_deref() == Some(&setl_id)) {
            return self.refuse("[Y-5071] voided already");
        }
        books.serial += 1;
        let own = format!("9902{:010}", books.serial);
        let fen = -original.fen;
        books.rows.push(Row {
            msgid: request.msgid.clone(),
            setl_id: own.clone(),
            void_of: Some(setl_id),
            fen,
            day: self.now().date(),
            ..original
        });
        let mut setlinfo = amounts(if spoil == Some(Spoil::Amounts) { fen - 2 } else { fen });
        setlinfo["mdtrt_id"] = request.input["data"]["mdtrt_id"].clone();
        setlinfo["setl_id"] = json!(own);
        setlinfo["setl_time"] = json!(self.now().to_string());
        setlinfo["medins_setl_id"] = json!(request.msgid);
        self.accept(Some(json!({"setlinfo": setlinfo})))
    }

    fn reverse(&self, books: &mut Books, request: &Request) -> Reply {
        let data = &request.input["data"];
        let (original, psn_no) = (data["omsgid"].as_str().unwrap(), data["psn_no"].as_str().unwrap());
        assert_eq!(data["oinfno"], "2102");
        let row = books.rows.iter().position(|r| r.msgid == original && r.void_of.is_none());
        if let Some(row) = row {
            assert_eq!(books.rows[row].psn_no, psn_no);
            let setl_id = books.rows[row].setl_id.clone();
            assert!(
                !books.rows.iter().any(|r| r.void_of.as_deref() == Some(&setl_id)),
                "reversed after void"
            );
            books.rows[row].reversed = true;
        } else if !self.profile.outcome.tombstone {
            return self.refuse("[Y-5070] 未查询到 / not found");
        }
        if self.profile.outcome.tombstone {
            books.reversed.insert(original.into(), psn_no.into());
        }
        self.accept(None)
    }

    fn statement(&self, books: &Books, request: &Request) -> Reply {
        let data = &request.input["data"];
        let (begin, end) = (data["stmt_begndate"].as_str().unwrap(), data["stmt_enddate"].as_str().unwrap());
        let rows: Vec<&Row> = books
            .rows
            .iter()
            .filter(|r| !r.reversed && begin <= r.day.as_str() && r.day.as_str() <= end)
            .collect();
        let total = Fen(rows.iter().map(|r| r.fen).sum());
        let account = Fen(rows.iter().map(|r| r.fen / 2).sum());
        let equal = data["medfee_sumamt"] == total.to_string()
            && data["acct_pay"] == account.to_string()
            && data["fixmedins_setl_cnt"].as_str().unwrap().parse() == Ok(rows.len());
        let text = format!("cnt={} medfee_sumamt={total} acct_pay={account}", rows.len());
        let stmt_rslt = if equal { "0" } else { "1" };
        self.accept(Some(json!({"stmtinfo": {"stmt_rslt": stmt_rslt, "stmt_rslt_dscr": text}})))
    }

    fn query(&self, books: &Books, request: &Request) -> Reply {
        let data = &request.input["data"];
        let setl_id = data["setl_id"].as_str().unwrap();
        let Some(row) = books.rows.iter().find(|r| r.setl_id == setl_id) else {
            return self.refuse("[Y-5070] no such settlement");
        };
        let voided = books.rows.iter().any(|r| r.void_of.as_deref() == Some(setl_id));
        let mut setlinfo = amounts(row.fen);
        let object = setlinfo.as_object_mut().unwrap();
        let burden = object.remove("psn_part_amt").unwrap();
        let cash = object.remove("psn_cash_pay").unwrap();
        for (name, value) in [
            ("psn_pay", burden),
            ("cash_payamt", cash),
            ("act_pay_dedc", json!("0.00")),
            ("setl_id", json!(setl_id)),
            ("mdtrt_id", data["mdtrt_id"].clone()),
            ("psn_no", data["psn_no"].clone()),
            ("psn_name", json!(NAME)),
            ("psn_cert_type", json!("01")),
            ("certno", json!(CERTNO)),
            ("gend", json!("1")),
            ("insutype", json!("310")),
            ("psn_type", json!("11")),
            ("cvlserv_flag", json!("0")),
            ("pay_loc", json!("2")),
            ("fixmedins_code", json!(INSTITUTION)),
            ("fixmedins_name", json!("一卡示例大药房")),
            ("begndate", json!(row.day)),
            ("enddate", json!(row.day)),
            ("setl_time", json!(format!("{} 10:00:00", row.day))),
            ("med_type", json!("41")),
            ("clr_type", json!("41")),
            ("medins_setl_id", json!(row.msgid)),
            ("refd_setl_flag", json!(if voided { "1" } else { "0" })),
            ("year", json!("2026")),
        ] {
            object.insert(name.into(), value);
        }
        self.accept(Some(json!({"setlinfo": setlinfo})))
    }

    fn accept(&self, output: Option<Value>) -> Reply {
        self.answer("0", "", output, &self.key)
    }

    fn accept_by(&self, key: &SigningKey, answer: &Reply) -> Reply {
        let response = Response::parse(&answer.body).unwrap();
        self.answer("0", "", response.output, key)
    }

    fn refuse(&self, text: &str) -> Reply {
        self.answer("-1", text, None, &self.key)
    }

    fn answer(&self, infcode: &str, err_msg: &str, output: Option<Value>, key: &SigningKey) -> Reply {
        let now = self.now().compact_millis();
        let mut response = Response {
            infcode: infcode.into(),
            inf_refmsgid: "990100202611221000000000000001".into(),
            refmsg_time: now.clone(),
            respond_time: now,
            err_msg: err_msg.into(),
            output,
            ..Response::default()
        };
        cainfo::sign_response(&mut response, key, &self.profile).unwrap();
        reply(response.to_bytes().unwrap())
    }

    fn now(&self) -> BusinessTime {
        let nanos = self.clock.now().unix_timestamp_nanos();
        BusinessTime::from_unix_millis((nanos / 1_000_000) as i64)
    }
}

impl Transport for Model {
    fn send(&self, call: Call) -> Sending<'_> {
        let reply = self.handle(&call.body);
        Box::pin(async move { Ok::<_, SendError>(reply) })
    }
}

/// Faults for one transaction number only.
pub struct OnlyFor {
    pub infno: &'static str,
    pub inner: Arc<dyn Transport>,
    pub faulty: Faulty,
}

impl OnlyFor {
    pub fn new(infno: &'static str, inner: Arc<dyn Transport>, plan: FaultPlan) -> Self {
        Self { infno, faulty: Faulty::new(Arc::clone(&inner), plan, 7), inner }
    }

    pub fn heal(&self) {
        self.faulty.set_plan(FaultPlan::CALM);
    }
}

impl Transport for OnlyFor {
    fn send(&self, call: Call) -> Sending<'_> {
        let request = Request::parse(&call.body).unwrap();
        if request.infno == self.infno { self.faulty.send(call) } else { self.inner.send(call) }
    }
}

fn reply(body: Vec<u8>) -> Reply {
    Reply { status: 200, date: None, body }
}

fn amounts(fen: i64) -> Value {
    let text = |fen: i64| json!(Fen(fen).to_string());
    let account = fen / 2;
    json!({
        "medfee_sumamt": text(fen), "fulamt_ownpay_amt": text(0), "overlmt_selfpay": text(0),
        "preselfpay_amt": text(0), "inscp_scp_amt": text(fen), "hifp_pay": text(0), "pool_prop_selfpay": "0.0000",
        "cvlserv_pay": text(0), "hifes_pay": text(0), "hifmi_pay": text(0), "hifob_pay": text(0),
        "maf_pay": text(0), "oth_pay": text(0), "hifdm_pay": text(0), "fund_pay_sumamt": text(0),
        "psn_part_amt": text(fen), "acct_pay": text(account), "psn_cash_pay": text(fen - account),
        "balc": text(100_000 - account), "acct_mulaid_pay": text(0), "hosp_part_amt": text(0)
    })
}

/// How many seeds a property test runs: `few`, or `YIKA_SEEDS`.
pub fn seeds(few: u64) -> u64 {
    std::env::var("YIKA_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(few)
}
