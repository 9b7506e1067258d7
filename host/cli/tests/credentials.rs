//! `settle pharmacy` with an e-voucher and with an identity card, against the real centre: the same basket, the same
//! journal, each credential's own refusals.

#![allow(clippy::expect_used, clippy::panic, reason = "a scenario that cannot go on must stop")]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use serde_json::{Value, json};
use support::{Desk, Ran, repository};

const PERSON: &str = "990101198506150020";

/// The words of a command line; none here holds a blank.
fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

/// A child that ends with the test.
struct Background {
    child: Child,
    first_line: String,
}

impl Background {
    fn start(desk: &Desk, args: &[&str]) -> Background {
        let mut child = desk
            .command()
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary runs");
        let mut first_line = String::new();
        BufReader::new(child.stdout.take().expect("stdout")).read_line(&mut first_line).expect("a line");
        Background { child, first_line: first_line.trim_end().to_owned() }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A pharmacy with its site, and a centre that knows it and issues codes.
struct Shop {
    desk: Desk,
    address: String,
    _centre: Background,
}

impl Shop {
    fn open() -> Shop {
        let desk = Desk::new();
        desk.run(&["keys", "new", "--no-passphrase", "--out", "shop.pem"]);
        desk.write("shop.pub.pem", &desk.run(&["keys", "show", "--pem", "--key", "shop.pem"]).out);
        let seed = repository("hw-docs/samples/seed.toml");
        desk.run(&["centre", "seed", seed.to_str().expect("UTF-8"), "--db", "centre.db"]);
        desk.write(
            "shop.toml",
            "version = 1\n[[institutions]]\nfixmedins_code = \"P99010100001\"\nfixmedins_name = \"一卡示例大药房\"\n\
             region = \"990100\"\noperators = [\"0001\"]\npublic_key = \"shop.pub.pem\"\n\
             ec_app_id = \"YIKASAMPLEAPPID01\"\nec_app_secret = \"yika-sample-app-secret\"\n",
        );
        assert_eq!(desk.run(&["centre", "seed", "shop.toml", "--db", "centre.db"]).code, 0);
        let serve =
            words("centre serve --db centre.db --listen 127.0.0.1:0 --issue-vouchers --allow-faults --json");
        let centre = Background::start(&desk, &serve);
        let ready: Value = serde_json::from_str(&centre.first_line).expect("the ready line");
        let address = ready["address"].as_str().expect("an address").to_owned();
        let shop = Shop { desk, address, _centre: centre };
        let (_, key) = shop.http("GET", "/certificate", "");
        shop.desk.write("centre.pem", &key);
        let init = format!(
            "init --institution P99010100001 --name 一卡示例大药房 --region 990100 --operator 0001 \
             --operator-name 示例收银员 --seq-range 0-4999 --centre http://{}/ --profile sandbox \
             --centre-key centre.pem --key shop.pem --no-passphrase --journal journal.db --lang en",
            shop.address
        );
        let ran = shop.desk.run(&words(&init));
        assert_eq!(ran.code, 0, "{}", ran.err);
        shop
    }

    fn http(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).expect("connects");
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: centre\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, body.to_owned())
    }

    fn code(&self) -> String {
        let (status, body) = self.http("POST", "/vouchers/issue", &json!({ "person": PERSON }).to_string());
        assert_eq!(status, 200, "{body}");
        let issued: Value = serde_json::from_str(&body).expect("JSON");
        issued["code"].as_str().expect("a code").to_owned()
    }

    fn fault(&self, rule: &str) {
        let (status, _) = self.http("POST", "/sandbox/faults", &json!({ "rules": [rule] }).to_string());
        assert_eq!(status, 200);
    }

    fn basket(&self, order_no: &str) -> String {
        let sample = std::fs::read_to_string(repository("hw-docs/samples/basket.json")).expect("the sample");
        let mut basket: Value = serde_json::from_str(&sample).expect("JSON");
        basket["order_no"] = order_no.into();
        let name = format!("{order_no}.json");
        self.desk.write(&name, &basket.to_string());
        name
    }

    /// Settles with a code on stdin.
    fn with_code(&self, order_no: &str, code: &str) -> Ran {
        self.settle(&self.basket(order_no), "voucher --voucher-code-stdin", code)
    }

    /// Settles a basket with a credential and what belongs to it, and a line on stdin.
    fn settle(&self, basket: &str, credential: &str, line: &str) -> Ran {
        let command = format!("settle pharmacy --json --basket {basket} --credential {credential}");
        self.desk.run_with_stdin(&words(&command), &format!("{line}\n"))
    }

    /// How many settlements the centre's journal side knows of, by this till's own list.
    fn settled_orders(&self) -> usize {
        let (_, list) = self.desk.json(&["journal", "list"]);
        let rows = list.as_array().or_else(|| list["entries"].as_array()).expect("a list").clone();
        rows.iter().filter(|row| row["outcome"] == "settled").count()
    }
}

fn document(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {} {}", ran.out, ran.err))
}

fn assert_settled(ran: &Ran) -> Value {
    let purchase = document(ran);
    assert!(ran.code == 0 && purchase["outcome"] == "settled", "{} {}", ran.out, ran.err);
    assert_eq!(purchase["medfee_sumamt"], "66.10");
    purchase
}

#[test]
fn a_code_settles_once_and_the_same_order_is_no_reuse() {
    let shop = Shop::open();
    let code = shop.code();
    let first = assert_settled(&shop.with_code("V-1", &code));
    let again = assert_settled(&shop.with_code("V-1", &code));
    assert_eq!(
        (again["setl_id"].clone(), again["from_journal"].clone()),
        (first["setl_id"].clone(), json!(true))
    );

    let reused = shop.with_code("V-2", &code);
    assert_eq!((reused.code, document(&reused)["error"]["code"].clone()), (4, json!("Y-5032")));
    let unknown = shop.with_code("V-2", "0000000000000000000000000000");
    assert_eq!((unknown.code, document(&unknown)["error"]["code"].clone()), (4, json!("Y-5033")));
    let invented = shop.with_code("V-1", "1111111111111111111111111111");
    assert_eq!((invented.code, document(&invented)["error"]["code"].clone()), (4, json!("Y-5033")));
    let too_short = shop.with_code("V-2", "6901234567892");
    assert_eq!((too_short.code, document(&too_short)["error"]["code"].clone()), (2, json!("Y-6201")));
    // Another basket under the same number is a conflict, whatever is shown.
    let basket = shop.basket("V-1");
    shop.desk.write(&basket, &shop.desk.read(&basket).replace("\"310\"", "\"390\""));
    let conflict = shop.settle(&basket, "voucher --voucher-code-stdin", &shop.code());
    assert_eq!(document(&conflict)["error"]["code"], "Y-3102", "{}", conflict.out);
    assert_eq!(shop.settled_orders(), 1);
    for file in ["journal.db", "centre.db"] {
        let bytes = std::fs::read(shop.desk.path(file)).expect("read");
        assert!(
            !bytes.windows(code.len()).any(|window| window == code.as_bytes()),
            "{file} keeps a code in clear"
        );
    }
}

#[test]
fn a_code_that_is_too_old_is_refused_but_its_own_purchase_is_remembered() {
    let shop = Shop::open();
    shop.fault("clock-skew=61:6101:1");
    let late = shop.with_code("E-1", &shop.code());
    assert_eq!((late.code, document(&late)["error"]["code"].clone()), (4, json!("Y-5031")));

    let code = shop.code();
    assert_settled(&shop.with_code("E-2", &code));
    shop.fault("clock-skew=900:6101:1");
    let remembered = assert_settled(&shop.with_code("E-2", &code));
    assert_eq!(remembered["from_journal"], true);

    // Nobody judged the code: the order was settled all the same.
    shop.fault("lose-request:6101:3");
    let unanswered = assert_settled(&shop.with_code("E-2", &code));
    assert_eq!(unanswered["from_journal"], true);
}

#[test]
fn lost_answers_resolve_without_a_reuse() {
    let shop = Shop::open();
    for (order_no, rule) in [
        ("L-1", "lose-answer:6101:2"),
        ("L-2", "lose-request:6101:1"),
        ("L-3", "lose-answer:2102:1"),
        ("L-4", "lose-request:2102:1"),
        ("L-5", "sign-in-expired:6101:1"),
        ("L-6", "sign-in-expired:2102:1"),
    ] {
        shop.fault(rule);
        let settled = assert_settled(&shop.with_code(order_no, &shop.code()));
        assert_eq!(settled["order_no"], order_no, "{rule}");
    }
    // The question before the purchase is lost: nothing was sent, and the same code serves the same order.
    shop.fault("lose-answer:1101:1");
    let code = shop.code();
    let not_sent = shop.with_code("L-7", &code);
    assert_eq!((not_sent.code, document(&not_sent)["outcome"].clone()), (6, json!("not_sent")));
    assert_settled(&shop.with_code("L-7", &code));
    assert_eq!(shop.settled_orders(), 7);
    let (code, books) = shop.desk.json(&["reconcile"]);
    assert_eq!(code, 0, "{books}");
}

#[test]
fn the_e_voucher_interface_of_the_site_is_used_where_it_has_one() {
    let shop = Shop::open();
    let site = shop.desk.read("yika.toml");
    let section = |secret: &str| {
        shop.desk.write("secret", secret);
        let url = &shop.address;
        format!(
            "{site}\n[voucher]\nurl = \"http://{url}\"\napp_id = \"YIKASAMPLEAPPID01\"\napp_secret = \"file:secret\"\n"
        )
    };
    shop.desk.write("yika.toml", &section("yika-sample-app-secret\n"));
    shop.fault("lose-answer:6101:1");
    assert_settled(&shop.with_code("Q-1", &shop.code()));
    shop.fault("clock-skew=90:6101:1");
    let late = shop.with_code("Q-2", &shop.code());
    assert_eq!((late.code, document(&late)["error"]["code"].clone()), (4, json!("Y-5031")));
    // Only the interface knows a secret, so it was the interface that decoded.
    shop.desk.write("yika.toml", &section("another-secret\n"));
    let refused = shop.with_code("Q-2", &shop.code());
    assert_eq!(refused.code, 6, "an answer sealed with another secret is none: {}", refused.out);
    assert_eq!(document(&refused)["error"]["code"], "Y-6222");
}

#[test]
fn a_picture_of_a_code_settles() {
    let shop = Shop::open();
    let ran = shop.desk.run(&["sim", "phone", "--code", &shop.code(), "--png", "phone.png", "--once"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_settled(&shop.settle(&shop.basket("P-1"), "voucher --voucher-image phone.png", ""));
}

#[test]
fn an_identity_card_settles_and_a_scanner_brings_the_code() {
    let shop = Shop::open();
    let id_reader = Background::start(&shop.desk, &["sim", "id-reader"]);
    let basket = shop.basket("I-1");
    let port = &id_reader.first_line;
    assert_settled(&shop.settle(&basket, &format!("id --id-port {port} --card-wait 20"), ""));
    assert_eq!(shop.settle(&basket, "card --id-port x", "").code, 2, "a flag of another credential");

    shop.desk.write("future.toml", "valid_from = \"2090-01-01\"\nvalid_until = \"2099-12-31\"");
    let early = Background::start(&shop.desk, &["sim", "id-reader", "--spec", "future.toml"]);
    let basket = shop.basket("I-2");
    let refused = shop.settle(&basket, &format!("id --id-port {} --card-wait 20", early.first_line), "");
    let error = document(&refused)["error"].clone();
    assert_eq!((refused.code, &error["code"]), (4, &json!("Y-6112")));
    assert!(error["detail"].as_str().is_some_and(|detail| detail.contains("2090-01-01")), "{error}");

    let scanner =
        Background::start(&shop.desk, &["sim", "scanner", "--code", &shop.code(), "--every", "0.5"]);
    let basket = shop.basket("S-1");
    let port = &scanner.first_line;
    assert_settled(&shop.settle(&basket, &format!("voucher --voucher-port {port} --card-wait 20"), ""));
    // Whatever comes first: here only a fresh identity card can.
    let other = Background::start(&shop.desk, &["sim", "id-reader"]);
    let basket = shop.basket("A-1");
    let port = &other.first_line;
    assert_settled(&shop.settle(&basket, &format!("any --id-port {port} --card-wait 20"), ""));
    assert_eq!(shop.settled_orders(), 3);
}

#[test]
fn each_credential_goes_out_with_its_own_fields_and_no_others() {
    let shop = Shop::open();
    let code = shop.code();
    let basket = shop.basket("D-1");
    assert_settled(&shop.settle(&basket, "voucher --voucher-code-stdin --dump-request voucher.json", &code));
    let id_reader = Background::start(&shop.desk, &["sim", "id-reader"]);
    let basket = shop.basket("D-2");
    let port = &id_reader.first_line;
    assert_settled(&shop.settle(&basket, &format!("id --id-port {port} --dump-request id.json"), ""));
    for (file, kind) in [("voucher.json", "01"), ("id.json", "02")] {
        let request: Value = serde_json::from_str(&shop.desk.read(file)).expect("JSON");
        let head = &request["input"]["druginfo"];
        assert_eq!(head["mdtrt_cert_type"], kind);
        assert!(head.get("card_sn").is_none(), "{file} has a card_sn");
        assert_eq!((head["certno"].as_str(), head["psn_name"].as_str()), (Some(PERSON), Some("沈一禾")));
        assert_eq!(head["psn_cert_type"], "01");
        let number = head["mdtrt_cert_no"].as_str().expect("text");
        assert_eq!(number == PERSON, kind == "02");
        assert!(number != code, "the code itself never settles");
    }
}
