//! An institution as it stands in a shop: a signing key, a reader with a card, a site file for each till, and the sandbox
//! centre. Everything through the built command, as a person would do it.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::command::{Finished, Service, finish, sample, watched, yika};
use crate::http;
use crate::pcscd::Pcscd;

/// The institution of the sample seed.
pub const INSTITUTION: &str = "P99010100001";
/// The built-in person of the virtual card and of the sample seed.
pub const PERSON: &str = "99010000000000000001";

/// A shop with its centre, on one machine and in one folder.
#[derive(Debug)]
pub struct Shop {
    card: Option<Service>,
    centre: Option<Service>,
    port: u16,
    faults: Vec<String>,
    folder: TempDir,
    /// Last: the reader goes when everything that uses it is gone.
    pcscd: Pcscd,
}

impl Shop {
    /// A shop whose reader holds the built-in person's card, with the centre serving and one till, `till-a`.
    #[must_use]
    pub fn open() -> Shop {
        let mut shop = Shop::closed();
        shop.insert_card(None);
        shop.start_centre();
        shop.add_till("till-a", "0-4999");
        shop
    }

    /// The same with no card in the reader, no centre and no till; the key and the seed are there.
    ///
    /// # Panics
    /// When something of this machine is missing.
    #[must_use]
    pub fn closed() -> Shop {
        let pcscd = Pcscd::start();
        let folder = tempfile::tempdir().expect("a private folder");
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|free| free.local_addr())
            .expect("a free port")
            .port();
        let shop = Shop { card: None, centre: None, port, faults: Vec::new(), folder, pcscd };
        shop.new_key("institution");
        shop.seed(&sample("seed.toml"));
        shop.seed_institution("institution");
        shop
    }

    /// A new key `NAME.pem` with its public half in `NAME.pub.pem`.
    pub fn new_key(&self, name: &str) {
        let key = self.path(&format!("{name}.pem"));
        let _ = self.run(&["keys", "new", "--no-passphrase", "--out", &text(&key)]).exits(0);
        let public = self.run(&["keys", "show", "--pem", "--key", &text(&key)]).exits(0);
        self.write(&format!("{name}.pub.pem"), &public.out);
    }

    /// Tells the centre's database that our institution signs with this key.
    pub fn seed_institution(&self, key: &str) {
        let seed = format!(
            "version = 1\n[[institutions]]\nfixmedins_code = \"{INSTITUTION}\"\nfixmedins_name = \"一卡示例大药房\"\n\
             region = \"990100\"\nauth = \"sandbox\"\noperators = [\"0001\", \"0002\"]\ncard_auth = true\npublic_key = \"{key}.pub.pem\"\n"
        );
        self.seed(&self.write("institution.toml", &seed));
    }

    /// Loads a seed file into the centre's database.
    pub fn seed(&self, file: &Path) {
        let _ = self.run(&["centre", "seed", &text(file), "--db", &text(&self.centre_database())]).exits(0);
    }

    /// Puts a card into the first slot, also one that will not answer.
    pub fn insert_card_of_any_kind(&mut self, spec: &Path) {
        self.insert(Some(spec), &["card", "mute"]);
    }

    /// Puts a good card into the first slot; with no spec, the built-in person's.
    pub fn insert_card(&mut self, spec: Option<&Path>) {
        self.insert(spec, &["card"]);
    }

    fn insert(&mut self, spec: Option<&Path>, states: &[&str]) {
        self.remove_card();
        let port = self.pcscd.port(0, 0).to_string();
        let mut command = watched(yika());
        command.args(["sim", "card", "--port", &port]);
        if let Some(spec) = spec {
            command.arg("--spec").arg(spec);
        }
        let mut card = Service::start(&mut command, &self.path("card.log"));
        let reader = self.reader();
        card.wait_until(|_| states.contains(&self.state_of(&reader).as_str()).then_some(()));
        self.card = Some(card);
    }

    /// Takes the card out and waits until the service has noticed.
    pub fn remove_card(&mut self) {
        if let Some(mut card) = self.card.take() {
            card.stop();
            let reader = self.reader();
            while self.state_of(&reader) != "empty" {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
        }
    }

    /// `empty`, `card`, `mute` or `failed`, as `yika readers` says it.
    fn state_of(&self, reader: &str) -> String {
        let listed = self.run(&["readers", "--json"]).exits(0).json();
        let list = listed["readers"].as_array().cloned().unwrap_or_default();
        let found = list.iter().find(|one| one["name"] == reader);
        found.and_then(|one| one["state"].as_str()).unwrap_or_default().to_owned()
    }

    /// Name of the reader.
    #[must_use]
    pub fn reader(&self) -> String {
        self.pcscd.reader(0, 0)
    }

    /// Starts the centre, always on the same port.
    ///
    /// # Panics
    /// When it is already running.
    pub fn start_centre(&mut self) {
        assert!(self.centre.is_none(), "the centre is already running");
        let listen = format!("127.0.0.1:{}", self.port);
        let mut command = watched(yika());
        command.args(["centre", "serve", "--json", "--allow-faults", "--listen", &listen, "--db"]);
        command.arg(self.centre_database());
        command.env("YIKA_LOG", "trace");
        for fault in &self.faults {
            command.args(["--fault", fault]);
        }
        let mut centre = Service::start(&mut command, &self.path("centre.log"));
        centre.wait_until(|_| http::get(&self.url(), "/health").ok().filter(|(status, _)| *status == 200));
        self.centre = Some(centre);
        let (_, certificate) = http::get(&self.url(), "/certificate").expect("the centre's public key");
        self.write("centre.pub.pem", &certificate);
    }

    /// Ends the centre as a power cut would.
    pub fn kill_centre(&mut self) {
        if let Some(mut centre) = self.centre.take() {
            centre.kill();
        }
    }

    /// Adds a rule of misbehaviour, as in `lose-answer:2102:1`, to the running centre.
    ///
    /// # Panics
    /// When the centre does not take it.
    pub fn fault(&self, rule: &str) {
        let body = json!({ "rules": [rule] }).to_string();
        let (status, answer) = http::post(&self.url(), "/sandbox/faults", &body).expect("the centre answers");
        assert_eq!(status, 200, "{answer}");
    }

    /// Ends all misbehaviour.
    ///
    /// # Panics
    /// When the centre does not answer.
    pub fn clear_faults(&self) {
        let (status, answer) =
            http::request("DELETE", &self.url(), "/sandbox/faults", "").expect("the centre answers");
        assert_eq!(status, 200, "{answer}");
    }

    /// Writes the site file of a till with this range of message numbers.
    pub fn add_till(&self, name: &str, seq_range: &str) {
        self.add_till_of(name, seq_range, &self.url(), "sandbox", "institution");
    }

    /// The same with another centre address, profile or key.
    pub fn add_till_of(&self, name: &str, seq_range: &str, centre: &str, profile: &str, key: &str) {
        let _ = self
            .run(&[
                "init",
                &text(&self.site(name)),
                "--institution",
                INSTITUTION,
                "--name",
                "一卡示例大药房",
                "--region",
                "990100",
                "--operator",
                "0001",
                "--operator-name",
                "示例收银员",
                "--seq-range",
                seq_range,
                "--centre",
                centre,
                "--profile",
                profile,
                "--centre-key",
                &text(&self.path("centre.pub.pem")),
                "--key",
                &text(&self.path(&format!("{key}.pem"))),
                "--no-passphrase",
                "--journal",
                &text(&self.journal(name)),
                "--key-service",
                &format!("{}/keys/card-auth", self.url()),
            ])
            .exits(0);
    }

    /// The sample basket under this order number.
    #[must_use]
    pub fn basket(&self, order_no: &str) -> PathBuf {
        self.basket_but(order_no, |_| {})
    }

    /// The same after a change.
    ///
    /// # Panics
    /// When the sample is not JSON.
    #[must_use]
    pub fn basket_but(&self, order_no: &str, change: impl FnOnce(&mut Value)) -> PathBuf {
        let bytes = std::fs::read(sample("basket.json")).expect("the sample basket");
        let mut basket: Value = serde_json::from_slice(&bytes).expect("JSON");
        basket["order_no"] = order_no.into();
        change(&mut basket);
        self.write(&format!("basket-{order_no}.json"), &basket.to_string())
    }

    /// Buys the sample basket at a till.
    #[must_use]
    pub fn buy(&self, till: &str, order_no: &str) -> Finished {
        let basket = self.basket(order_no);
        self.settle(till, &basket, &[])
    }

    /// Settles a basket at a till, with more options.
    #[must_use]
    pub fn settle(&self, till: &str, basket: &Path, more: &[&str]) -> Finished {
        finish(&mut self.settle_command(till, basket, more))
    }

    /// The command of [`Shop::settle`], not yet started.
    #[must_use]
    pub fn settle_command(&self, till: &str, basket: &Path, more: &[&str]) -> Command {
        let mut command = self.command(till);
        command
            .args(["settle", "pharmacy", "--credential", "card", "--reader", &self.reader(), "--basket"])
            .arg(basket);
        command.args(more);
        command
    }

    /// Any verb at a till, with `--json`.
    #[must_use]
    pub fn at(&self, till: &str, arguments: &[&str]) -> Finished {
        finish(self.command(till).args(arguments))
    }

    /// `yika --json --site …`, watched by the kernel and logging all it can to standard error.
    #[must_use]
    pub fn command(&self, till: &str) -> Command {
        let mut command = watched(yika());
        self.private(&mut command).arg("--site").arg(self.site(till)).arg("--json");
        command
    }

    /// One line of the journal, by order number.
    #[must_use]
    pub fn entry(&self, till: &str, order_no: &str) -> Option<Value> {
        let listed = self.at(till, &["journal", "list", "--limit", "100000"]).exits(0).json();
        listed["entries"].as_array()?.iter().find(|entry| entry["order_no"] == order_no).cloned()
    }

    /// Insists that the books of these tills and the centre's are equal, by the command's own word and by the money itself.
    ///
    /// # Panics
    /// When they are not.
    pub fn books_are_equal(&self, till: &str) -> Value {
        let reconciled = self.at(till, &["reconcile"]).exits(0).json();
        assert_eq!(reconciled["equal"], true, "{reconciled:#}");
        reconciled
    }

    fn run(&self, arguments: &[&str]) -> Finished {
        let mut command = watched(yika());
        finish(self.private(&mut command).args(arguments))
    }

    /// Nothing of the user's own settings is read or written.
    fn private<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .current_dir(self.folder.path())
            .env_remove("YIKA_SITE")
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_STATE_HOME", self.path("state"))
            .env("YIKA_LOG", "trace")
    }

    /// Address of the centre, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The journal of a till.
    #[must_use]
    pub fn journal(&self, till: &str) -> PathBuf {
        self.path(&format!("{till}.journal"))
    }

    /// The site file of a till.
    #[must_use]
    pub fn site(&self, till: &str) -> PathBuf {
        self.path(&format!("{till}.toml"))
    }

    /// The centre's database.
    #[must_use]
    pub fn centre_database(&self) -> PathBuf {
        self.path("centre.db")
    }

    /// A file of the shop.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file of the shop.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        path
    }

    /// Everything the centre has logged, at its most talkative.
    #[must_use]
    pub fn centre_log(&self) -> String {
        self.centre.as_ref().map(Service::log).unwrap_or_default()
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
