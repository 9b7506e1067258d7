//! The rules of ids: what an id answers, whatever came before and whatever comes after.

use serde_json::json;
use time::Duration;
use yika_platform::envelope::Request;

use crate::support::{CARD_HOLDER, World, person_query, purchase, reversal, void};

const SOMEBODY_ELSE: &str = "99010000000000000002";

fn settle(world: &World) -> Request {
    world.request("2102", purchase(world.now()))
}

async fn reverse(world: &World, original: &Request) -> crate::support::Reply {
    world.transact("2601", reversal(&original.msgid, CARD_HOLDER)).await
}

#[tokio::test]
async fn the_same_bytes_get_the_same_bytes_and_are_booked_once() {
    let mut world = World::new().await;
    let request = settle(&world);
    let first = world.send(&request).await;
    assert!(first.is_ok());
    world.clock.advance(Duration::minutes(20));
    let again = world.send(&request).await;
    assert_eq!(again.body, first.body);
    // Also when the clock has run far beyond the window, the sign-in is over, and the centre was restarted.
    world.clock.advance(Duration::days(3));
    world.restart().await;
    assert_eq!(world.send(&request).await.body, first.body);
    assert_eq!(world.count("SELECT COUNT(*) FROM settlement"), 1);
    world.sign_in().await;
    assert_eq!(world.balance().await, "464.44");
}

#[tokio::test]
async fn every_transaction_keeps_its_answer() {
    let world = World::new().await;
    let settled = world.send(&settle(&world)).await;
    let requests = [
        world.request("1101", person_query()),
        world.request("2103", void(&settled)),
        world.request("5203", void(&settled)),
        world.request("3201", crate::support::statement(["0", "0.00", "0.00", "0.00"])),
        world.request("2601", reversal(&world.msgid(), CARD_HOLDER)),
        world.request("9001", json!({"signIn": {"opter_no": "0001", "mac": "-", "ip": "-"}})),
    ];
    for request in requests {
        let first = world.send(&request).await;
        assert!(first.is_ok(), "{} {}", request.infno, first.response().err_msg);
        world.clock.advance(Duration::seconds(1));
        assert_eq!(world.send(&request).await.body, first.body, "{}", request.infno);
    }
}

#[tokio::test]
async fn other_bytes_under_a_used_id_are_a_conflict() {
    let world = World::new().await;
    let first = settle(&world);
    let settled = world.send(&first).await;
    let mut other = first.clone();
    other.input["druginfo"]["acct_used_flag"] = json!("0");
    world.sign(&mut other);
    assert_eq!(world.send(&other).await.code(), "Y-5010");
    // Another transaction under the id is a conflict too, and so are the same data with other spaces.
    let mut query = world.request("1101", person_query());
    query.msgid.clone_from(&first.msgid);
    world.sign(&mut query);
    assert_eq!(world.send(&query).await.code(), "Y-5010");
    let mut spaced = first.to_bytes().unwrap();
    spaced.push(b' ');
    assert_eq!(world.post(&spaced).await.unwrap().code(), "Y-5010");
    // The first answer stays.
    assert_eq!(world.send(&first).await.body, settled.body);
    assert_eq!(world.count("SELECT COUNT(*) FROM settlement"), 1);
}

#[tokio::test]
async fn a_refusal_stays_a_refusal_even_when_its_reason_is_gone() {
    let world = World::new().await;
    let mut request = settle(&world);
    request.inf_time = "2026-11-22 12:31:00".into(); // 31 minutes ahead
    world.sign(&mut request);
    let refused = world.send(&request).await;
    assert_eq!(refused.code(), "Y-5030");
    world.clock.advance(Duration::minutes(31));
    assert_eq!(world.send(&request).await.body, refused.body);
    assert_eq!(world.balance().await, "500.00");
}

#[tokio::test]
async fn the_clock_may_be_half_an_hour_off_and_no_more() {
    let world = World::new().await;
    for (time, code) in [
        ("2026-11-22 11:30:00", ""),
        ("2026-11-22 11:29:59", "Y-5030"),
        ("2026-11-22 12:30:00", ""),
        ("2026-11-22 12:30:01", "Y-5030"),
    ] {
        let mut request = world.request("1101", person_query());
        request.inf_time = time.into();
        world.sign(&mut request);
        assert_eq!(world.send(&request).await.code(), code, "{time}");
    }
}

#[tokio::test]
async fn a_refusal_for_want_of_sign_in_does_not_take_the_id() {
    let mut world = World::new().await;
    world.clock.advance(Duration::hours(12)); // midnight: the sign-in of the day is over
    let stale = settle(&world);
    assert_eq!(world.send(&stale).await.code(), "Y-5021");
    assert_eq!(world.send(&stale).await.code(), "Y-5021");
    world.sign_in().await;
    // New bytes under the same id.
    let mut fresh = stale.clone();
    fresh.sign_no.clone_from(&world.sign_no);
    world.sign(&mut fresh);
    let settled = world.send(&fresh).await;
    assert!(settled.is_ok(), "{}", settled.response().err_msg);
    // The stale bytes can never count any more.
    assert_eq!(world.send(&stale).await.code(), "Y-5010");
    assert_eq!(world.count("SELECT COUNT(*) FROM settlement"), 1);
}

#[tokio::test]
async fn an_ended_sign_in_never_comes_back() {
    let mut world = World::new().await;
    let sign_no = world.sign_no.clone();
    // Signed out.
    let out = json!({"signOut": {"sign_no": sign_no, "opter_no": "0001"}});
    assert!(world.transact("9002", out).await.is_ok());
    assert_eq!(world.transact("1101", person_query()).await.code(), "Y-5021");
    // Found expired once, then the clock steps back.
    world.sign_in().await;
    world.clock.advance(Duration::days(1));
    assert_eq!(world.transact("1101", person_query()).await.code(), "Y-5021");
    world.clock.advance(Duration::days(-1));
    assert_eq!(world.transact("1101", person_query()).await.code(), "Y-5021");
}

#[tokio::test]
async fn a_sign_in_belongs_to_one_operator_of_one_institution() {
    let mut world = World::new().await;
    let mut request = world.request("1101", person_query());
    request.opter = "0002".into();
    world.sign(&mut request);
    assert_eq!(world.send(&request).await.code(), "Y-5020");
    for sign_no in ["", "0000000001AAAAAAAAAAAAAAAA"] {
        world.sign_no = sign_no.into();
        assert_eq!(world.transact("1101", person_query()).await.code(), "Y-5020");
    }
    let mut stranger = world.request("9001", json!({"signIn": {"opter_no": "0009", "mac": "-", "ip": "-"}}));
    stranger.opter = "0009".into();
    world.sign(&mut stranger);
    assert_eq!(world.send(&stranger).await.code(), "Y-5022");
}

#[tokio::test]
async fn a_reversed_settlement_is_gone_for_ever() {
    let mut world = World::new().await;
    let request = settle(&world);
    assert!(world.send(&request).await.is_ok());
    assert!(reverse(&world, &request).await.is_ok());
    assert_eq!(world.balance().await, "500.00");
    let reversed = world.send(&request).await;
    assert_eq!(reversed.code(), "Y-5011");
    // Other bytes under the id hear the same, for ever.
    let mut other = request.clone();
    other.input["druginfo"]["acct_used_flag"] = json!("0");
    world.sign(&mut other);
    assert_eq!(world.send(&other).await.body, reversed.body);
    world.restart().await;
    world.clock.advance(Duration::days(30));
    assert_eq!(world.send(&request).await.body, reversed.body);
    world.sign_in().await;
    assert_eq!(world.balance().await, "500.00");
    // Settled, and taken back by a row of its own with negative amounts.
    assert_eq!(world.count("SELECT COUNT(*) FROM settlement"), 2);
    assert_eq!(world.count("SELECT SUM(medfee_sumamt) FROM settlement"), 0);
    assert_eq!(world.count("SELECT SUM(amount) FROM ledger WHERE account LIKE 'institution:%'"), 0);
}

#[tokio::test]
async fn reversing_twice_is_the_same_as_once() {
    let world = World::new().await;
    let request = settle(&world);
    world.send(&request).await;
    for _ in 0..3 {
        assert!(reverse(&world, &request).await.is_ok());
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM settlement WHERE kind = 'reversal'"), 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM reversal"), 3);
    assert_eq!(world.balance().await, "500.00");
}

#[tokio::test]
async fn a_reversal_that_comes_first_keeps_the_late_original_out() {
    let mut world = World::new().await;
    let request = settle(&world);
    assert!(reverse(&world, &request).await.is_ok());
    assert!(reverse(&world, &request).await.is_ok());
    let late = world.send(&request).await;
    assert_eq!(late.code(), "Y-5011");
    assert_eq!(world.send(&request).await.body, late.body);
    assert!(reverse(&world, &request).await.is_ok());
    world.restart().await;
    assert_eq!(world.send(&request).await.body, late.body);
    assert_eq!(world.count("SELECT COUNT(*) FROM settlement"), 0);
    assert_eq!(world.balance().await, "500.00");
}

#[tokio::test]
async fn a_tombstone_outlives_the_sign_in_of_the_late_original() {
    let mut world = World::new().await;
    let request = settle(&world);
    assert!(reverse(&world, &request).await.is_ok());
    world.clock.advance(Duration::days(2));
    // The id speaks before sign-in and clock do.
    assert_eq!(world.send(&request).await.code(), "Y-5011");
    world.sign_in().await;
}

#[tokio::test]
async fn a_refused_original_can_be_reversed_too() {
    let world = World::new().await;
    let mut request = settle(&world);
    request.input["druginfo"]["medfee_sumamt"] = json!("66.11");
    world.sign(&mut request);
    assert_eq!(world.send(&request).await.code(), "Y-5063");
    assert!(reverse(&world, &request).await.is_ok());
    assert_eq!(world.send(&request).await.code(), "Y-5011");
    assert_eq!(world.count("SELECT COUNT(*) FROM settlement"), 0);
}

#[tokio::test]
async fn a_reversal_must_name_the_person_of_its_original() {
    let world = World::new().await;
    let request = settle(&world);
    let settled = world.send(&request).await;
    let wrong = world.transact("2601", reversal(&request.msgid, SOMEBODY_ELSE)).await;
    assert_eq!(wrong.code(), "Y-5075");
    assert_eq!(world.send(&request).await.body, settled.body);
    assert_eq!(world.balance().await, "464.44");
    assert!(reverse(&world, &request).await.is_ok());
    assert_eq!(world.transact("2601", reversal(&request.msgid, SOMEBODY_ELSE)).await.code(), "Y-5075");
}

#[tokio::test]
async fn a_tombstone_for_somebody_else_binds_nobody_else() {
    let world = World::new().await;
    let request = settle(&world);
    // A guess: right id, wrong person. Nothing is there to compare with.
    assert!(world.transact("2601", reversal(&request.msgid, SOMEBODY_ELSE)).await.is_ok());
    let settled = world.send(&request).await;
    assert!(settled.is_ok(), "{}", settled.response().err_msg);
    assert_eq!(world.send(&request).await.body, settled.body);
    assert_eq!(world.transact("2601", reversal(&request.msgid, SOMEBODY_ELSE)).await.code(), "Y-5075");
    assert!(reverse(&world, &request).await.is_ok());
    assert_eq!(world.send(&request).await.code(), "Y-5011");
}

#[tokio::test]
async fn after_a_guess_the_right_reversal_still_counts() {
    let world = World::new().await;
    let request = settle(&world);
    assert!(world.transact("2601", reversal(&request.msgid, SOMEBODY_ELSE)).await.is_ok());
    assert!(reverse(&world, &request).await.is_ok());
    assert_eq!(world.send(&request).await.code(), "Y-5011");
    assert_eq!(world.count("SELECT COUNT(*) FROM settlement"), 0);
}

#[tokio::test]
async fn what_cannot_be_reversed() {
    let world = World::new().await;
    let request = settle(&world);
    let settled = world.send(&request).await;
    let with = |field: &str, value: &str| {
        let mut input = reversal(&request.msgid, CARD_HOLDER);
        input["data"][field] = json!(value);
        input
    };
    // A void is repeated, not reversed.
    assert_eq!(world.transact("2601", with("oinfno", "2103")).await.code(), "Y-5073");
    assert_eq!(world.transact("2601", with("omsgid", "nonsense")).await.code(), "Y-5041");
    let foreign = request.msgid.replace("P99010100001", "P99010100002");
    assert_eq!(world.transact("2601", with("omsgid", &foreign)).await.code(), "Y-5076");
    // The id of something else.
    let query = world.request("2101", {
        let mut input = purchase(world.now());
        for line in input["drugdetail"].as_array_mut().unwrap() {
            line.as_object_mut().unwrap().remove("durg_trac_info");
        }
        input
    });
    assert!(world.send(&query).await.is_ok());
    assert_eq!(world.transact("2601", with("omsgid", &query.msgid)).await.code(), "Y-5077");
    // Its own id.
    let mut itself = world.request("2601", json!({}));
    itself.input = reversal(&itself.msgid, CARD_HOLDER);
    world.sign(&mut itself);
    assert_eq!(world.send(&itself).await.code(), "Y-5077");
    // Voided since.
    assert!(world.transact("2103", void(&settled)).await.is_ok());
    assert_eq!(reverse(&world, &request).await.code(), "Y-5074");
    assert_eq!(world.send(&request).await.body, settled.body);
    assert_eq!(world.balance().await, "500.00");
    // A reversed one cannot be voided.
    let second = settle(&world);
    let settled = world.send(&second).await;
    assert!(reverse(&world, &second).await.is_ok());
    assert_eq!(world.transact("2103", void(&settled)).await.code(), "Y-5071");
    assert_eq!(world.transact("5203", void(&settled)).await.code(), "Y-5070");
}

#[tokio::test]
async fn ids_must_be_the_senders_own_and_well_formed() {
    let world = World::new().await;
    for msgid in [
        "P99010100002202611221200000001",
        "P9901010000120261122120000000",
        "P99010100001202613221200000001",
        "P9901010000120261122120000000X",
    ] {
        let mut request = settle(&world);
        request.msgid = msgid.into();
        world.sign(&mut request);
        let reply = world.send(&request).await;
        assert_eq!(reply.code(), "Y-5005", "{msgid}");
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM message WHERE infno = '2102'"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_at_once_under_one_id_are_booked_once() {
    let world = World::new().await;
    let body = settle(&world).to_bytes().unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (address, body) = (world.address, body.clone());
        tasks
            .spawn(async move { crate::support::http(address, "POST", "/", &[], &body).await.unwrap().body });
    }
    let answers = tasks.join_all().await;
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(world.count("SELECT COUNT(*) FROM settlement"), 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM message WHERE infno = '2102'"), 1);
    assert_eq!(world.balance().await, "464.44");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn original_and_reversal_at_once_end_in_nothing() {
    let world = World::new().await;
    for _ in 0..8 {
        let original = settle(&world);
        let bodies = [
            original.to_bytes().unwrap(),
            world.request("2601", reversal(&original.msgid, CARD_HOLDER)).to_bytes().unwrap(),
        ];
        let mut tasks = tokio::task::JoinSet::new();
        for body in bodies {
            let address = world.address;
            tasks.spawn(async move { crate::support::http(address, "POST", "/", &[], &body).await.unwrap() });
        }
        tasks.join_all().await;
        assert_eq!(world.send(&original).await.code(), "Y-5011");
        assert_eq!(world.balance().await, "500.00");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_centres_over_one_database_keep_the_same_rules() {
    use std::sync::Arc;
    use yika_centre::{Centre, CentreConfig, SequenceRandom};
    let world = World::new().await;
    let database = world.folder.path().join("centre.db");
    let config = CentreConfig::new(database, world.clock.clone(), Arc::new(SequenceRandom::new(9)));
    let second = Centre::open(config).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let second = second.start(listener).unwrap();
    let body = settle(&world).to_bytes().unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..20 {
        let address = if n % 2 == 0 { world.address } else { second.address() };
        let body = body.clone();
        tasks
            .spawn(async move { crate::support::http(address, "POST", "/", &[], &body).await.unwrap().body });
    }
    let answers = tasks.join_all().await;
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(world.count("SELECT COUNT(*) FROM settlement"), 1);
    second.stop().await;
}
