//! What a stranger, a broken client or an operator's browser gets.

use serde_json::json;

use crate::support::{World, http, person_query, sample_seed};

#[tokio::test]
async fn health_and_certificate() {
    let world = World::new().await;
    let health = http(world.address, "GET", "/health", &[], b"").await.unwrap();
    assert_eq!(health.status, 200);
    let certificate = http(world.address, "GET", "/certificate", &[], b"").await.unwrap();
    assert_eq!(String::from_utf8(certificate.body).unwrap(), world.centre.public_key_pem());
    assert_eq!(http(world.address, "GET", "/", &[], b"").await.unwrap().status, 405);
}

#[tokio::test]
async fn any_path_takes_a_transaction() {
    let world = World::new().await;
    let body = world.request("1101", person_query()).to_bytes().unwrap();
    let reply = http(world.address, "POST", "/fsi/api/1101", &[], &body).await.unwrap();
    assert!(reply.is_ok());
}

#[tokio::test]
async fn what_is_no_envelope() {
    let world = World::new().await;
    for body in
        [&b""[..], b"{", b"[]", b"null", b"\xff\xfe", b"{\"infno\":\"1101\"}", b"{\"infno\":1,\"input\":{}}"]
    {
        let reply = world.post(body).await.unwrap();
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (400, "Y-5001"),
            "{}",
            String::from_utf8_lossy(body)
        );
    }
    let large = vec![b' '; 600 * 1024];
    assert_eq!(world.post(&large).await.unwrap().status, 413);
    assert_eq!(world.count("SELECT COUNT(*) FROM message WHERE infno <> '9001'"), 0);
}

#[tokio::test]
async fn strangers_and_forgers_learn_one_code_and_leave_no_trace() {
    let world = World::new().await;
    let mut stranger = world.request("1101", person_query());
    stranger.fixmedins_code = "P99010199999".into();
    assert_eq!(world.send(&stranger).await.code(), "Y-5002");
    let mut tampered = world.request("1101", person_query());
    tampered.input["data"]["psn_name"] = json!("沈一木");
    assert_eq!(world.send(&tampered).await.code(), "Y-5003");
    let mut forged = world.request("1101", person_query());
    forged.cainfo = "00".repeat(64);
    assert_eq!(world.send(&forged).await.code(), "Y-5003");
    // A number in the input: its text could be read in two ways.
    let mut number = String::from_utf8(world.request("1101", person_query()).to_bytes().unwrap()).unwrap();
    number = number.replace("\"psn_cert_type\":\"01\"", "\"psn_cert_type\":1");
    assert_eq!(world.post(number.as_bytes()).await.unwrap().code(), "Y-5001");
    let mut nameless = world.request("1101", person_query());
    nameless.opter_name.clear();
    world.sign(&mut nameless);
    assert_eq!(world.send(&nameless).await.code(), "Y-5001");
    assert_eq!(world.count("SELECT COUNT(*) FROM message WHERE infno <> '9001'"), 0);
}

#[tokio::test]
async fn a_suspended_institution_is_refused() {
    let seed = sample_seed().replacen("operators = [\"0001\", \"0002\"]", "active = false", 1);
    let world = World::closed(&seed, |_| {}).await;
    let input = json!({"signIn": {"opter_no": "0001", "mac": "-", "ip": "-"}});
    assert_eq!(world.transact("9001", input).await.code(), "Y-5042");
}

#[tokio::test]
async fn a_damaged_or_foreign_database_is_not_opened() {
    use std::sync::Arc;
    use yika_centre::{Centre, CentreConfig, OpenError, SequenceRandom};
    let open = |path: &std::path::Path| {
        let clock = Arc::new(yika_centre::ManualClock::new(time::OffsetDateTime::UNIX_EPOCH));
        Centre::open(CentreConfig::new(path, clock, Arc::new(SequenceRandom::new(1))))
    };
    let folder = tempfile::tempdir().unwrap();
    let ours = folder.path().join("ours.db");
    drop(open(&ours).unwrap());
    // The keys of a centre beside a file that is none of its database.
    for name in ["text.db", "foreign.db"] {
        for key in ["vault", "sm2"] {
            let beside = |name: &str| folder.path().join(format!("{name}.{key}"));
            std::fs::copy(beside("ours.db"), beside(name)).unwrap();
        }
    }
    let text = folder.path().join("text.db");
    std::fs::write(&text, "no database at all, but long enough to look like a file ".repeat(100)).unwrap();
    assert!(matches!(open(&text), Err(OpenError::Store(_))));
    let foreign = folder.path().join("foreign.db");
    rusqlite::Connection::open(&foreign).unwrap().execute("CREATE TABLE other (a)", []).unwrap();
    assert!(matches!(open(&foreign), Err(OpenError::Key(..))));
    let vault = folder.path().join("ours.db.vault");
    let kept = std::fs::read(&vault).unwrap();
    std::fs::write(&vault, [7; 32]).unwrap();
    assert!(matches!(open(&ours), Err(OpenError::Key(..))), "another vault key");
    std::fs::write(&vault, kept).unwrap();
    drop(open(&ours).unwrap());
    let connection = rusqlite::Connection::open(&ours).unwrap();
    connection.execute("UPDATE setting SET value = '99' WHERE name = 'schema'", []).unwrap();
    assert!(matches!(open(&ours), Err(OpenError::Key(..))));
}

#[tokio::test]
async fn no_changed_byte_settles() {
    let world = World::new().await;
    let request = world.request("2102", crate::support::purchase(world.now()));
    let body = request.to_bytes().unwrap();
    // Every fifth byte, and each time another change: the whole body is covered by form, id and signature.
    for at in (0..body.len()).step_by(5) {
        let mut changed = body.clone();
        changed[at] = if at % 2 == 0 { changed[at] ^ 1 } else { b'0' };
        if changed != body {
            let reply = world.post(&changed).await.unwrap();
            assert_ne!(reply.status, 500, "byte {at}");
            assert!(!reply.is_ok(), "byte {at}");
        }
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM settlement"), 0);
    assert!(world.send(&request).await.is_ok());
}
