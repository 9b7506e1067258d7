//! From a telephone that asks the sandbox for its code to the person at the till.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;

use tempfile::TempDir;
use yika_tests::command::{Finished, Service, finish, sample, watched, yika};
use yika_tests::http;

use crate::scanned::Device;
use crate::support::zbarimg;

const INSTITUTION: &str = "P99010100001";
/// `psn_no` of the sample seed's first person.
const PERSON: &str = "99010000000000000001";

/// A site and a centre that issues codes; no reader is needed.
struct Counter {
    _centre: Service,
    url: String,
    folder: TempDir,
}

impl Counter {
    fn open() -> Counter {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
        let yika_run = |arguments: &[&str]| {
            let mut command = watched(yika());
            finish(command.args(arguments).env_remove("YIKA_SITE")).exits(0)
        };
        let (key, db) = (at("key.pem"), at("centre.db"));
        let _ = yika_run(&["keys", "new", "--no-passphrase", "--out", &key]);
        std::fs::write(at("key.pub.pem"), yika_run(&["keys", "show", "--pem", "--key", &key]).out)
            .expect("written");
        let seed = format!(
            "version = 1\n[[institutions]]\nfixmedins_code = \"{INSTITUTION}\"\nfixmedins_name = \"一卡示例大药房\"\n\
             region = \"990100\"\nauth = \"sandbox\"\noperators = [\"0001\"]\npublic_key = \"key.pub.pem\"\n"
        );
        std::fs::write(at("institution.toml"), seed).expect("written");
        let _ = yika_run(&["centre", "seed", sample("seed.toml").to_str().expect("UTF-8"), "--db", &db]);
        let _ = yika_run(&["centre", "seed", &at("institution.toml"), "--db", &db]);
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr());
        let listen = free.expect("a free port").to_string();
        let mut command = watched(yika());
        command.args(["centre", "serve", "--json", "--issue-vouchers", "--listen", &listen, "--db", &db]);
        let mut centre = Service::start(command.env("YIKA_LOG", "trace"), &PathBuf::from(at("centre.log")));
        let url = format!("http://{listen}");
        centre.wait_until(|_| http::get(&url, "/health").ok().filter(|(status, _)| *status == 200));
        let (_, certificate) = http::get(&url, "/certificate").expect("the centre's key");
        std::fs::write(at("centre.pub.pem"), certificate).expect("written");
        let settings = [
            ("--institution", INSTITUTION),
            ("--name", "一卡示例大药房"),
            ("--region", "990100"),
            ("--operator", "0001"),
            ("--operator-name", "示例收银员"),
            ("--seq-range", "0-4999"),
            ("--centre", &url),
            ("--profile", "sandbox"),
            ("--centre-key", &at("centre.pub.pem")),
            ("--key", &key),
            ("--journal", &at("journal.db")),
        ];
        let site = at("yika.toml");
        let mut arguments = vec!["init", &site, "--no-passphrase"];
        arguments.extend(settings.iter().flat_map(|(name, value)| [*name, *value]));
        let _ = yika_run(&arguments);
        Counter { _centre: centre, url, folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().expect("UTF-8").to_owned()
    }

    fn run(&self, arguments: &[&str]) -> Finished {
        let mut command = watched(yika());
        command.args(arguments).args(["--site", &self.path("yika.toml"), "--lang", "en", "-vvv"]);
        finish(&mut command)
    }

    /// A fresh code on the screen of a telephone.
    fn phone(&self, png: &str) -> Finished {
        self.run(&[
            "sim", "phone", "--person", PERSON, "--centre", &self.url, "--once", "--json", "--png", png,
        ])
    }

    fn centre_log(&self) -> String {
        std::fs::read_to_string(self.path("centre.log")).unwrap_or_default()
    }
}

#[test]
fn the_picture_of_a_telephone_is_decoded_once_and_its_code_is_seen_nowhere() {
    let counter = Counter::open();
    let png = counter.path("phone.png");
    let shown = counter.phone(&png).exits(0);
    let document = shown.json();
    assert_eq!((&document["length"], &document["valid_seconds"]), (&28.into(), &60.into()));
    assert!(document["expires"].is_string());
    let code = zbarimg(std::path::Path::new(&png));
    assert_eq!(code.len(), 28);

    let scan =
        |order: &str| counter.run(&["voucher", "scan", "--image", &png, "--json", "--order-no", order]);
    let first = scan("V1").exits(0);
    let decoded = first.json();
    assert_eq!(decoded["decoded"], true);
    assert_eq!(decoded["mdtrt_cert_type"], "01");
    assert_eq!(decoded["symbology"], "qr");
    for field in ["certno", "psn_name", "insuplc_admdvs", "mdtrt_cert_no"] {
        assert!(decoded[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {decoded}");
    }
    // The same purchase again is no reuse; another one is.
    assert_eq!(scan("V1").exits(0).json()["mdtrt_cert_no"], decoded["mdtrt_cert_no"]);
    let reused = scan("V2").exits(4);
    assert_eq!(reused.fault(), "Y-5032");

    let people = counter.run(&["voucher", "scan", "--image", &png, "--order-no", "V1"]).exits(0);
    let name = decoded["psn_name"].as_str().expect("a name");
    assert!(!people.out.contains(name), "people see a masked name: {}", people.out);
    let secrets = [code.as_str(), &code[..10], &code[18..]];
    for said in [&shown, &first, &reused, &people].map(|ran| format!("{}{}", ran.out, ran.err)) {
        assert!(secrets.iter().all(|secret| !said.contains(secret)), "{said}");
    }
    assert!(secrets.iter().all(|secret| !counter.centre_log().contains(secret)), "in the centre's log");
    for file in ["journal.db", "journal.db-wal", "centre.db", "centre.db-wal"] {
        let bytes = std::fs::read(counter.path(file)).unwrap_or_default();
        let found = bytes.windows(code.len()).any(|window| window == code.as_bytes());
        assert!(!found, "the code lies open in {file}");
    }
}

#[test]
fn a_scanner_that_gets_a_fresh_code_each_time_serves_one_customer_after_another() {
    let counter = Counter::open();
    let arguments = ["--person", PERSON, "--centre", &counter.url, "--every", "0.4"];
    let device = Device::start(counter.folder.path(), &arguments);
    let mut tokens = Vec::new();
    for order in ["V1", "V2"] {
        let decoded = counter
            .run(&["voucher", "scan", "--port", &device.port, "--order-no", order, "--json"])
            .exits(0)
            .json();
        tokens.push(decoded["mdtrt_cert_no"].as_str().expect("a token").to_owned());
    }
    assert_ne!(tokens[0], tokens[1]);
}

#[test]
fn a_person_nobody_knows_has_no_telephone() {
    let counter = Counter::open();
    let arguments = ["sim", "phone", "--person", "404", "--centre", &counter.url, "--once", "--json"];
    let refused = counter.run(&arguments).exits(4);
    assert!(refused.fault().starts_with("Y-50"), "{refused:?}");
}
