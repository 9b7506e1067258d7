//! The sandbox settlement centre: what a till meets at the other end of the wire.
//!
//! It answers the platform's transactions 9001, 9002, 1101, 2101, 2102, 2103, 2601, 3201, 5203 and 6101 over HTTP(S) POST,
//! keeps accounts and settlements in SQLite, signs its answers, opens generation-3 cards as a key service, and
//! misbehaves on demand so that an integrator can try what a real network only does on a bad day.
//!
//! ```no_run
//! # use std::sync::Arc;
//! # async fn run(clock: Arc<dyn yika_centre::Clock>, random: Arc<dyn yika_centre::Random>) -> Result<(), Box<dyn std::error::Error>> {
//! use yika_centre::{Centre, CentreConfig, Seed};
//!
//! let centre = Centre::open(CentreConfig::new("centre.db", clock, random))?;
//! centre.seed(&Seed::load("seed.toml".as_ref())?)?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let running = centre.start(listener)?;
//! println!("http://{}/", running.address());
//! running.stop().await;
//! # Ok(()) }
//! ```
//!
//! Order of checks for every message: authenticate → id → sign-in, clock, code expiry → business rules.
//! The row that takes the id, the movement on the account and the stored answer commit together, before the answer leaves.

mod answer;
mod business;
mod centre;
mod config;
mod engine;
mod fault_book;
mod faults;
mod files;
mod http;
mod keyfile;
mod keyservice;
pub mod kit;
mod refusal;
mod running;
mod seed;
mod serve;
mod store;
mod swipe;
mod tls;
mod vault;
mod vouchers;

pub use centre::{Centre, OpenError, SeedReport, StoreError};
pub use config::{CentreConfig, Clock, ManualClock, Random, SequenceRandom, Tls, TlsError};
pub use faults::{Fault, FaultRule, ParseFaultError};
pub use running::Running;
pub use seed::{Seed, SeedError};
pub use serve::serve;
pub use swipe::{CardProof, KeyModule, KeyModuleError, Rate, SwipeLimits};
