//! Misbehaviour on demand, as a till meets it.

use serde_json::{Value, json};

use crate::support::{CARD_HOLDER, World, http, person_query, purchase, reversal, sample_seed, void};

async fn add(world: &World, rules: &[&str]) {
    let body = json!({ "rules": rules }).to_string();
    let reply = http(world.address, "POST", "/sandbox/faults", &[], body.as_bytes()).await.unwrap();
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
}

async fn list(world: &World) -> Value {
    let reply = http(world.address, "GET", "/sandbox/faults", &[], b"").await.unwrap();
    serde_json::from_slice(&reply.body).unwrap()
}

async fn faulty() -> World {
    World::with(&sample_seed(), |config| config.allow_faults = true).await
}

#[tokio::test]
async fn a_lost_request_never_happened() {
    let world = faulty().await;
    add(&world, &["lose-request:2102:1"]).await;
    let request = world.request("2102", purchase(world.now()));
    assert!(world.post(&request.to_bytes().unwrap()).await.is_none());
    assert_eq!(world.count("SELECT COUNT(*) FROM settlement"), 0);
    assert!(world.send(&request).await.is_ok());
}

#[tokio::test]
async fn a_lost_answer_is_given_again() {
    let world = faulty().await;
    add(&world, &["lose-answer:2102:1"]).await;
    let request = world.request("2102", purchase(world.now()));
    assert!(world.post(&request.to_bytes().unwrap()).await.is_none());
    assert_eq!(world.count("SELECT COUNT(*) FROM settlement"), 1);
    assert!(world.send(&request).await.is_ok());
    assert_eq!(world.count("SELECT COUNT(*) FROM settlement"), 1);
    assert_eq!(world.balance().await, "464.44");
}

#[tokio::test]
async fn a_delayed_answer_comes_after_its_time() {
    let world = faulty().await;
    add(&world, &["delay=300:2102:1"]).await;
    let request = world.request("2102", purchase(world.now()));
    let body = request.to_bytes().unwrap();
    let before = std::time::Instant::now();
    let impatient = tokio::time::timeout(std::time::Duration::from_millis(50), world.post(&body)).await;
    assert!(impatient.is_err(), "the answer came at once");
    // Committed all the same, and there for the second question.
    assert!(world.send(&request).await.is_ok());
    assert_eq!(world.count("SELECT COUNT(*) FROM settlement"), 1);
    add(&world, &["delay=300:2102:1"]).await;
    assert!(world.send(&request).await.is_ok());
    assert!(before.elapsed() >= std::time::Duration::from_millis(300));
}

#[tokio::test]
async fn a_duplicate_is_booked_once() {
    let world = faulty().await;
    add(&world, &["duplicate:2102:1"]).await;
    let request = world.request("2102", purchase(world.now()));
    let answer = world.send(&request).await;
    assert!(answer.is_ok());
    assert_eq!(world.count("SELECT COUNT(*) FROM settlement"), 1);
    assert_eq!(world.send(&request).await.body, answer.body);
}

#[tokio::test]
async fn a_late_duplicate_finds_its_id_reversed() {
    for first in ["lose-answer:2102:1", "lose-request:2102:1"] {
        let world = faulty().await;
        add(&world, &[first, "late-duplicate:2102:1"]).await;
        let request = world.request("2102", purchase(world.now()));
        assert!(world.post(&request.to_bytes().unwrap()).await.is_none());
        assert!(world.transact("2601", reversal(&request.msgid, CARD_HOLDER)).await.is_ok());
        let late = list(&world).await["late"].clone();
        assert_eq!(
            late,
            json!([{"infno": "2102", "msgid": request.msgid, "outcome": "reversed"}]),
            "{first}"
        );
        assert_eq!(world.balance().await, "500.00");
    }
}

#[tokio::test]
async fn minus_one_after_commit_is_no_refusal() {
    let world = faulty().await;
    add(&world, &["minus-one-after-commit:2102:1"]).await;
    let request = world.request("2102", purchase(world.now()));
    let stumbled = world.send(&request).await;
    assert_eq!(stumbled.response().infcode, "-1");
    assert_eq!(stumbled.code(), "");
    assert!(!world.profile.is_final_refusal(&stumbled.response().err_msg));
    assert_eq!(world.count("SELECT COUNT(*) FROM settlement"), 1);
    assert!(world.send(&request).await.is_ok());
}

#[tokio::test]
async fn a_skewed_clock_refuses_and_shows_itself() {
    let world = faulty().await;
    add(&world, &["clock-skew=3600:1101:1", "clock-skew=600:1101:1:1"]).await;
    let skewed = world.transact("1101", person_query()).await;
    assert_eq!(skewed.code(), "Y-5030");
    assert!(skewed.response().respond_time.starts_with("20261122130000"));
    let borne = world.transact("1101", person_query()).await;
    assert!(borne.is_ok());
    assert!(borne.response().respond_time.starts_with("20261122121000"));
}

#[tokio::test]
async fn a_sign_in_can_be_made_to_expire() {
    let mut world = faulty().await;
    add(&world, &["sign-in-expired:2102:1"]).await;
    let mut request = world.request("2102", purchase(world.now()));
    assert_eq!(world.send(&request).await.code(), "Y-5021");
    assert_eq!(world.send(&request).await.code(), "Y-5021", "it is over for good");
    world.sign_in().await;
    request.sign_no.clone_from(&world.sign_no);
    world.sign(&mut request);
    assert!(world.send(&request).await.is_ok());
}

#[tokio::test]
async fn a_lost_void_is_repeated_not_doubled() {
    let world = faulty().await;
    let settled = world.transact("2102", purchase(world.now())).await;
    add(&world, &["lose-answer:2103:1"]).await;
    let request = world.request("2103", void(&settled));
    assert!(world.post(&request.to_bytes().unwrap()).await.is_none());
    assert_eq!(world.send(&request).await.setl("balc"), "500.00");
    assert_eq!(world.count("SELECT COUNT(*) FROM settlement"), 2);
}

#[tokio::test]
async fn rules_are_listed_counted_and_forgotten() {
    let world = faulty().await;
    add(&world, &["lose-answer:2102:2:1:P99010100001", "delay=1:*"]).await;
    assert_eq!(list(&world).await["rules"], json!(["lose-answer:2102:2:1:P99010100001", "delay=1:*:*:0:*"]));
    let bad = http(world.address, "POST", "/sandbox/faults", &[], br#"{"rules":["lose-hope:2102"]}"#)
        .await
        .unwrap();
    assert_eq!(bad.status, 400);
    assert!(String::from_utf8(bad.body).unwrap().contains("unknown fault"));
    http(world.address, "DELETE", "/sandbox/faults", &[], b"").await.unwrap();
    assert_eq!(list(&world).await["rules"], json!([]));
}

#[tokio::test]
async fn without_leave_there_is_no_such_path() {
    let world = World::new().await;
    for method in ["GET", "POST", "DELETE"] {
        let reply = http(world.address, method, "/sandbox/faults", &[], br#"{"rules":[]}"#).await.unwrap();
        assert_eq!(reply.status, 404, "{method}");
    }
}
