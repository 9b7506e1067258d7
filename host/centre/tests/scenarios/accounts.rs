//! Whatever is settled, voided, reversed, lost and sent twice: balance = start − what live settlements took.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;
use yika_protocol::money::Fen;

use crate::support::{CARD_HOLDER, Reply, World, purchase, reversal, void};

#[derive(Debug, Clone)]
enum Act {
    /// Settle with that many boxes of the second drug, with the account or without.
    Settle {
        boxes: u8,
        account: bool,
    },
    /// Send a former purchase again.
    Again(prop::sample::Index),
    Void(prop::sample::Index),
    Reverse(prop::sample::Index),
    /// Reverse an id that never came, then let it come.
    ReverseFirst {
        boxes: u8,
    },
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (1u8..6, any::<bool>()).prop_map(|(boxes, account)| Act::Settle { boxes, account }),
        1 => any::<prop::sample::Index>().prop_map(Act::Again),
        2 => any::<prop::sample::Index>().prop_map(Act::Void),
        2 => any::<prop::sample::Index>().prop_map(Act::Reverse),
        1 => (1u8..6).prop_map(|boxes| Act::ReverseFirst { boxes }),
    ]
}

struct Bought {
    body: Vec<u8>,
    msgid: String,
    reply: Reply,
    live: bool,
    acct_pay: i64,
}

fn basket(world: &World, boxes: u8, account: bool) -> serde_json::Value {
    let mut input = purchase(world.now());
    let amount = Fen(3800 * i64::from(boxes));
    input["drugdetail"][1]["cnt"] = json!(format!("{boxes}.0000"));
    input["drugdetail"][1]["det_item_fee_sumamt"] = json!(amount.to_string());
    input["druginfo"]["medfee_sumamt"] = json!(Fen(amount.0 + 2500 + 310).to_string());
    input["druginfo"]["acct_used_flag"] = json!(if account { "1" } else { "0" });
    input
}

async fn play(acts: Vec<Act>) {
    let world = World::new().await;
    let mut bought: Vec<Bought> = Vec::new();
    for act in acts {
        let chosen = |index: &prop::sample::Index| (!bought.is_empty()).then(|| index.index(bought.len()));
        match act {
            Act::Settle { boxes, account } => {
                let request = world.request("2102", basket(&world, boxes, account));
                let reply = world.send(&request).await;
                assert!(reply.is_ok(), "{}", reply.response().err_msg);
                let acct_pay = reply.setl("acct_pay").parse::<Fen>().unwrap().0;
                bought.push(Bought {
                    body: request.to_bytes().unwrap(),
                    msgid: request.msgid.clone(),
                    reply,
                    live: true,
                    acct_pay,
                });
            }
            Act::Again(index) => {
                if let Some(index) = chosen(&index) {
                    world.post(&bought[index].body).await.unwrap();
                }
            }
            Act::Void(index) => {
                if let Some(index) = chosen(&index) {
                    let reply = world.transact("2103", void(&bought[index].reply)).await;
                    assert_eq!(reply.is_ok(), bought[index].live, "{}", reply.response().err_msg);
                    bought[index].live = false;
                }
            }
            Act::Reverse(index) => {
                if let Some(index) = chosen(&index) {
                    let msgid = bought[index].msgid.clone();
                    world.transact("2601", reversal(&msgid, CARD_HOLDER)).await;
                    bought[index].live = false;
                }
            }
            Act::ReverseFirst { boxes } => {
                let request = world.request("2102", basket(&world, boxes, true));
                assert!(world.transact("2601", reversal(&request.msgid, CARD_HOLDER)).await.is_ok());
                assert_eq!(world.send(&request).await.code(), "Y-5011");
            }
        }
        let taken: i64 = bought.iter().filter(|b| b.live).map(|b| b.acct_pay).sum();
        assert_eq!(world.balance().await, Fen(50_000 - taken).to_string());
    }
    assert_eq!(world.count("SELECT COALESCE(SUM(amount), 0) FROM ledger"), 0);
    // The account in the ledger agrees with the settlements of the books.
    let account = "person:99010000000000000001:310";
    let sums = BTreeMap::from([
        ("books", world.count("SELECT 50000 - COALESCE(SUM(acct_pay), 0) FROM settlement")),
        ("ledger", world.count(&format!("SELECT SUM(amount) FROM ledger WHERE account = '{account}'"))),
    ]);
    assert_eq!(sums["books"], sums["ledger"]);
}

/// `YIKA_SEEDS` runs more of them.
#[test]
fn balance_is_start_less_what_live_settlements_took() {
    let cases = std::env::var("YIKA_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(12);
    let mut runner = TestRunner::new_with_rng(
        Config { cases, failure_persistence: None, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runner
        .run(&prop::collection::vec(act(), 1..14), |acts| {
            runtime.block_on(play(acts));
            Ok(())
        })
        .unwrap();
}
