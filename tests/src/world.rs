//! A small world in one process: a sandbox centre on a real port, tills of two institutions, a clock that we move, and a line
//! that misbehaves by seed. Nothing in it depends on the time of day or on chance, so a seed that fails fails again.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use time::macros::datetime;
use tokio::net::TcpListener;
use yika_centre::{Centre, CentreConfig, Running, Seed, SequenceRandom};
use yika_platform::basket::Basket;
use yika_platform::profile::Profile;
use yika_settle::transport::{FaultPlan, Faulty, HttpTransport, TlsConfig, Transport};
use yika_settle::{
    Credential, Deps, JournalConfig, RecoveryPolicy, SeededRandom, SeqRange, SigningKey, Till, TillConfig,
};

use crate::command::sample;

/// Institutions of the world; each has one till.
pub const INSTITUTIONS: [&str; 2] = ["P99010100001", "P99010100011"];

/// One clock for everybody.
#[derive(Debug)]
pub struct WorldClock(yika_centre::ManualClock);

impl WorldClock {
    /// Moves on.
    pub fn advance(&self, by: time::Duration) {
        self.0.advance(by);
    }
}

impl yika_centre::Clock for WorldClock {
    fn now(&self) -> OffsetDateTime {
        yika_centre::Clock::now(&self.0)
    }
}

impl yika_settle::Clock for WorldClock {
    fn now(&self) -> OffsetDateTime {
        yika_centre::Clock::now(&self.0)
    }
}

/// The centre, the tills and what lies between them.
pub struct World {
    /// Everybody's clock.
    pub clock: Arc<WorldClock>,
    /// The centre's own handle, for faults on demand.
    pub centre: Centre,
    /// The tills' lines to it.
    pub lines: Vec<Arc<Faulty>>,
    folder: tempfile::TempDir,
    keys: Vec<SigningKey>,
    running: Running,
    seed: u64,
}

impl World {
    /// A world in which nothing has happened yet.
    ///
    /// # Panics
    /// When this machine lacks room or ports.
    pub async fn new(seed: u64) -> World {
        let folder = tempfile::tempdir().expect("a private folder");
        let clock = Arc::new(WorldClock(yika_centre::ManualClock::new(datetime!(2026-03-04 01:00:00 UTC))));
        let config = CentreConfig::new(
            folder.path().join("centre.db"),
            clock.clone(),
            Arc::new(SequenceRandom::new(seed)),
        );
        let centre = Centre::open(config).expect("a centre");
        let sample_seed = Seed::load(&sample("seed.toml")).expect("the sample seed");
        centre.seed(&sample_seed).expect("seeded");
        let random = SeededRandom::new(seed);
        let keys: Vec<SigningKey> =
            INSTITUTIONS.iter().map(|_| SigningKey::generate(&random).expect("a key")).collect();
        for (code, key) in INSTITUTIONS.iter().zip(&keys) {
            let institution = format!(
                "version = 1\n[[institutions]]\nfixmedins_code = \"{code}\"\nfixmedins_name = \"一卡示例大药房\"\nregion = \"990100\"\n\
                 operators = [\"0001\"]\npublic_key = \"\"\"\n{}\"\"\"\n",
                key.public_pem().expect("a public key")
            );
            centre.seed(&Seed::parse(&institution).expect("a seed")).expect("seeded");
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let running = centre.start(listener).expect("a running centre");
        let wire: Arc<dyn Transport> =
            Arc::new(HttpTransport::new(&TlsConfig::default()).expect("a transport"));
        let line =
            |n: usize| Arc::new(Faulty::new(Arc::clone(&wire), FaultPlan::CALM, seed.wrapping_add(n as u64)));
        let lines = (0..INSTITUTIONS.len()).map(line).collect();
        World { clock, centre, lines, folder, keys, running, seed }
    }

    /// Opens the till of an institution, as after a start of its program.
    ///
    /// # Panics
    /// When it cannot be opened, for instance because it is open.
    pub async fn till(&self, which: usize) -> Till {
        self.till_with(which, Arc::clone(&self.lines[which]) as Arc<dyn Transport>).await
    }

    /// The same over a line of the caller's own.
    ///
    /// # Panics
    /// As [`World::till`].
    pub async fn till_with(&self, which: usize, line: Arc<dyn Transport>) -> Till {
        let config = TillConfig {
            institution: yika_settle::Institution {
                code: INSTITUTIONS[which].to_owned(),
                name: "一卡示例大药房".to_owned(),
                region: "990100".to_owned(),
                setl_optins: None,
            },
            operator: yika_settle::Operator {
                opter: "0001".to_owned(),
                opter_name: "示例收银员".to_owned(),
                opter_type: "1".to_owned(),
            },
            workstation: yika_settle::Workstation {
                seq_range: SeqRange::new(0, 9999).expect("a range"),
                mac: "00-00-00-00-00-00".to_owned(),
                ip: "127.0.0.1".to_owned(),
            },
            centre: yika_settle::Centre {
                url: format!("http://{}", self.running.address()),
                key_pem: Some(self.centre.public_key_pem()),
                gateway_keys: None,
                tls: TlsConfig::default(),
                // Longer than any answer on loopback; a lost one is told by the line, not by the time.
                timeout: Some(Duration::from_secs(20)),
            },
            profile: Profile::sandbox(),
            journal: JournalConfig::at(self.folder.path().join(format!("till-{which}.db"))),
            key: self.keys[which].clone(),
            recovery: RecoveryPolicy::default(),
        };
        let random = SeededRandom::new(self.seed ^ 0xA5A5);
        let deps = Deps::new(Arc::clone(&self.clock) as Arc<dyn yika_settle::Clock>, Arc::new(random), line);
        Till::open(config, deps).await.expect("a till")
    }

    /// The centre's database.
    #[must_use]
    pub fn database(&self) -> std::path::PathBuf {
        self.folder.path().join("centre.db")
    }

    /// A folder that goes with the world.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// The built-in person's card.
#[must_use]
pub fn card() -> Credential {
    Credential::social_card(
        "A12345678",
        "990100D1560000050100000012345678",
        Some("990101198506150020"),
        Some("沈一禾"),
    )
}

/// The sample basket under this order number.
///
/// # Panics
/// When the sample is no basket.
#[must_use]
pub fn basket(order_no: &str) -> Basket {
    let bytes = std::fs::read(sample("basket.json")).expect("the sample basket");
    let mut basket = Basket::parse(&bytes, &Profile::sandbox()).expect("a basket");
    basket.order_no = order_no.to_owned();
    basket
}
