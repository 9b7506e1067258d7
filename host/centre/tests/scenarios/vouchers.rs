//! E-vouchers: issued, decoded once, spent once, and the refusals that say why.

use serde_json::{Map, Value, json};
use time::Duration;
use yika_platform::ec::{self, Answer, App, FieldOrder, Question, seal};
use yika_platform::gateway::{self, GatewayKeys};
use yika_platform::profile::Profile;
use yika_protocol::sign::Sm2Verifier;

use crate::support::{
    CARD_HOLDER, PHARMACY, Reply, World, http, pharmacy_key, purchase, reversal, sample_seed,
};

const SECOND_SHOP: &str = "P99010100005";

async fn world() -> World {
    let second = sample_seed()
        .split("[[institutions]]")
        .nth(1)
        .unwrap()
        .replace(PHARMACY, SECOND_SHOP)
        .replace("YIKASAMPLEAPPID01", "YIKASAMPLEAPPID05");
    let second = second.split("# The same behind").next().unwrap();
    let seed = format!("{}\n[[institutions]]{second}", sample_seed());
    World::with(&seed, |config| config.issue_vouchers = true).await
}

async fn issue(world: &World) -> String {
    let body = json!({ "person": CARD_HOLDER }).to_string();
    let reply = http(world.address, "POST", ec::ISSUE_PATH, &[], body.as_bytes()).await.unwrap();
    assert_eq!(reply.status, 200);
    let issued: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(issued["valid_seconds"], 60);
    let code = issued["code"].as_str().unwrap().to_owned();
    assert_eq!(code.len(), 28);
    code
}

fn scanned(code: &str, order_no: &str) -> Value {
    json!({"InData": {
        "orgId": PHARMACY, "businessType": "02121", "businessInfo": order_no, "operatorId": "0001",
        "operatorName": "示例药师", "officeId": "01", "officeName": "药房", "ecQrCode": code,
    }})
}

async fn decode(world: &World, code: &str, order_no: &str) -> Reply {
    world.transact("6101", scanned(code, order_no)).await
}

async fn token(world: &World, order_no: &str) -> String {
    let reply = decode(world, &issue(world).await, order_no).await;
    assert!(reply.is_ok(), "{}", reply.response().err_msg);
    let out = &reply.output()["OutData"];
    assert_eq!(
        (out["userName"].as_str(), out["idNo"].as_str()),
        (Some("沈一禾"), Some("990101198506150020"))
    );
    assert_eq!((out["idType"].as_str(), out["insuOrg"].as_str()), (Some("01"), Some("990100")));
    out["ecToken"].as_str().unwrap().to_owned()
}

fn bought_with(world: &World, token: &str) -> Value {
    let mut input = purchase(world.now());
    input["druginfo"]["mdtrt_cert_type"] = "01".into();
    input["druginfo"]["mdtrt_cert_no"] = token.into();
    input["druginfo"].as_object_mut().unwrap().remove("card_sn");
    input
}

fn asked_with(token: &str) -> Value {
    json!({"data": {
        "mdtrt_cert_type": "01", "mdtrt_cert_no": token, "psn_cert_type": "01", "certno": "990101198506150020",
        "psn_name": "沈一禾",
    }})
}

#[tokio::test]
async fn a_code_pays_for_one_purchase_and_its_message_may_come_again_at_any_time() {
    let world = world().await;
    let token = token(&world, "A-1").await;
    assert!(world.transact("1101", asked_with(&token)).await.is_ok());
    let request = world.request("2102", bought_with(&world, &token));
    let settled = world.send(&request).await;
    assert!(settled.is_ok(), "{}", settled.response().err_msg);
    assert_eq!(settled.setl("medfee_sumamt"), "66.10");

    assert_eq!(world.transact("2102", bought_with(&world, &token)).await.code(), "Y-5032");
    assert_eq!(world.transact("1101", asked_with(&token)).await.code(), "Y-5032");
    // Long after code and token ended, the same bytes get the same answer.
    world.clock.advance(Duration::minutes(25));
    assert_eq!(world.send(&request).await.body, settled.body);
    assert_eq!(world.count("SELECT COUNT(*) FROM settlement"), 1);
    // A reversal does not give the token back: the person shows a new code.
    assert!(world.transact("2601", reversal(&request.msgid, CARD_HOLDER)).await.is_ok());
    assert_eq!(world.transact("2102", bought_with(&world, &token)).await.code(), "Y-5032");
}

#[tokio::test]
async fn a_code_is_decoded_again_for_its_own_purchase_only() {
    let world = world().await;
    let code = issue(&world).await;
    let first = decode(&world, &code, "A-1").await;
    let again = decode(&world, &code, "A-1").await;
    assert_eq!(first.output()["OutData"]["ecToken"], again.output()["OutData"]["ecToken"]);
    assert_eq!(decode(&world, &code, "A-2").await.code(), "Y-5032");
    assert_eq!(decode(&world, &code, "").await.code(), "Y-5032");

    // Who does not say for which purchase has one try, but the same message may come twice.
    let unnamed = issue(&world).await;
    let request = world.request("6101", scanned(&unnamed, ""));
    let first = world.send(&request).await;
    assert!(first.is_ok());
    assert_eq!(world.send(&request).await.body, first.body);
    assert_eq!(decode(&world, &unnamed, "").await.code(), "Y-5032");
}

#[tokio::test]
async fn a_code_ends_after_sixty_seconds_and_a_token_after_ten_minutes() {
    let world = world().await;
    let (in_time, late) = (issue(&world).await, issue(&world).await);
    world.clock.advance(Duration::milliseconds(59_999));
    let request = world.request("6101", scanned(&in_time, "A-1"));
    let decoded = world.send(&request).await;
    assert!(decoded.is_ok());
    world.clock.advance(Duration::milliseconds(1));
    assert_eq!(decode(&world, &late, "A-2").await.code(), "Y-5031");
    // The id comes before the age of the code.
    assert_eq!(world.send(&request).await.body, decoded.body);
    assert!(decode(&world, &in_time, "A-1").await.is_ok(), "for its own purchase the token lives on");

    let token = decoded.output()["OutData"]["ecToken"].as_str().unwrap().to_owned();
    world.clock.advance(Duration::seconds(599));
    assert!(world.transact("1101", asked_with(&token)).await.is_ok());
    world.clock.advance(Duration::seconds(1));
    assert_eq!(world.transact("1101", asked_with(&token)).await.code(), "Y-5031");
    assert_eq!(world.transact("2102", bought_with(&world, &token)).await.code(), "Y-5031");
    assert_eq!(decode(&world, &in_time, "A-1").await.code(), "Y-5031");
}

#[tokio::test]
async fn nobodys_codes_and_wrong_people_are_refused() {
    let world = world().await;
    assert_eq!(decode(&world, "0000000000000000000000000000", "A-1").await.code(), "Y-5033");
    assert_eq!(decode(&world, "6901234567892", "A-1").await.code(), "Y-5033");
    let mut wrong = scanned(&issue(&world).await, "A-1");
    wrong["InData"]["orgId"] = SECOND_SHOP.into();
    assert_eq!(world.transact("6101", wrong).await.code(), "Y-5041");
    let mut wrong = scanned(&issue(&world).await, "A-1");
    wrong["InData"]["businessType"] = "99999".into();
    assert_eq!(world.transact("6101", wrong).await.code(), "Y-5041");

    let token = token(&world, "A-2").await;
    let mut stranger = bought_with(&world, &token);
    stranger["druginfo"]["psn_name"] = "陆一川".into();
    assert_eq!(world.transact("2102", stranger).await.code(), "Y-5051");
    let mut stranger = bought_with(&world, &token);
    stranger["druginfo"]["certno"] = "990101194903120011".into();
    assert_eq!(world.transact("2102", stranger).await.code(), "Y-5051");
    // Another kind of credential does not turn a token into a card number.
    let mut card = bought_with(&world, &token);
    card["druginfo"]["mdtrt_cert_type"] = "03".into();
    card["druginfo"]["card_sn"] = "990100D1560000050100000012345678".into();
    assert_eq!(world.transact("2102", card).await.code(), "Y-5050");
}

#[tokio::test]
async fn a_refused_purchase_leaves_its_token_unspent() {
    let world = world().await;
    let token = token(&world, "A-1").await;
    let mut wrong = bought_with(&world, &token);
    wrong["druginfo"]["medfee_sumamt"] = "66.11".into();
    assert_eq!(world.transact("2102", wrong).await.code(), "Y-5063");
    let mut preview = bought_with(&world, &token);
    for line in preview["drugdetail"].as_array_mut().unwrap() {
        line.as_object_mut().unwrap().remove("durg_trac_info");
    }
    assert!(world.transact("2101", preview).await.is_ok());
    assert!(world.transact("2102", bought_with(&world, &token)).await.is_ok());
}

#[tokio::test]
async fn a_token_counts_only_where_it_was_given_out() {
    let world = world().await;
    let token = token(&world, "A-1").await;
    let mut request = world.request("9001", json!({"signIn": {"opter_no": "0001", "mac": "-", "ip": "-"}}));
    let mut at_second_shop = |infno: &str, sign_no: &str, input: Value| {
        request.infno = infno.into();
        request.msgid = world.msgid().replace(PHARMACY, SECOND_SHOP);
        request.fixmedins_code = SECOND_SHOP.into();
        request.sign_no = sign_no.into();
        request.input = input;
        world.sign(&mut request);
        request.clone()
    };
    let sign_in = json!({"signIn": {"opter_no": "0001", "mac": "-", "ip": "-"}});
    let signed_in = world.send(&at_second_shop("9001", "", sign_in)).await;
    let sign_no = signed_in.output()["signinoutb"]["sign_no"].as_str().unwrap().to_owned();
    let bought = world.send(&at_second_shop("2102", &sign_no, bought_with(&world, &token))).await;
    assert_eq!(bought.code(), "Y-5034");
    // Nor can another shop have the code decoded again.
    let code = issue(&world).await;
    assert!(decode(&world, &code, "A-2").await.is_ok());
    let mut row = scanned(&code, "A-2");
    row["InData"]["orgId"] = SECOND_SHOP.into();
    assert_eq!(world.send(&at_second_shop("6101", &sign_no, row)).await.code(), "Y-5032");
}

#[tokio::test]
async fn codes_are_issued_only_where_the_centre_was_told_to() {
    let closed = World::new().await;
    let body = json!({ "person": CARD_HOLDER }).to_string();
    let reply = http(closed.address, "POST", ec::ISSUE_PATH, &[], body.as_bytes()).await.unwrap();
    assert_eq!(reply.status, 404);
    assert!(String::from_utf8_lossy(&reply.body).contains("--issue-vouchers"));

    let world = world().await;
    for (body, status, word) in [
        (json!({"person": "990101198506150020"}), 200, "code"),
        (json!({"person": "nobody"}), 404, "[Y-5050]"),
        (json!({"psn_no": CARD_HOLDER}), 400, "person"),
    ] {
        let body = body.to_string();
        let reply = http(world.address, "POST", ec::ISSUE_PATH, &[], body.as_bytes()).await.unwrap();
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        assert!(reply.status == status && text.contains(word), "{body}: {} {text}", reply.status);
    }
}

#[tokio::test]
async fn neither_code_nor_token_can_be_read_from_the_database() {
    let world = world().await;
    let code = issue(&world).await;
    let token =
        decode(&world, &code, "A-1").await.output()["OutData"]["ecToken"].as_str().unwrap().to_owned();
    assert!(world.transact("2102", bought_with(&world, &token)).await.is_ok());
    for file in std::fs::read_dir(world.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for secret in [&code, &token] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
        }
    }
}

#[tokio::test]
async fn a_database_of_the_first_version_is_brought_up() {
    let mut world = world().await;
    let bought = world.transact("2102", purchase(world.now())).await;
    assert!(bought.is_ok());
    {
        let database = rusqlite::Connection::open(world.folder.path().join("centre.db")).unwrap();
        let later = ["voucher", "ec_app", "terminal_rule", "terminal", "swipe"];
        let back = later.map(|table| format!("DROP TABLE {table};")).concat();
        database.execute_batch(&back).unwrap();
        database.execute("UPDATE setting SET value = '1' WHERE name = 'schema'", []).unwrap();
    }
    world.restart().await;
    assert_eq!(world.count("SELECT COUNT(*) FROM voucher"), 0);
    assert_eq!(world.count("SELECT value = '4' FROM setting WHERE name = 'schema'"), 1);
    // 500.00 less the 35.56 that the account bears of the sample purchase.
    assert_eq!(world.balance().await, "464.44", "what was settled before is still there");
}

// The e-voucher interface.

fn app() -> App {
    App::new("YIKASAMPLEAPPID01", "yika-sample-app-secret").unwrap()
}

fn question(code: &str, order_no: &str) -> Map<String, Value> {
    let row = serde_json::from_value(scanned(code, order_no)["InData"].clone()).unwrap();
    Question { row }.to_fields()
}

fn sealed(world: &World, fields: Map<String, Value>, order: FieldOrder) -> Vec<u8> {
    let signer = pharmacy_key().identified_as(app().secret()).unwrap();
    seal::seal(fields, &app(), world.now().unix_millis(), &signer, order).unwrap()
}

/// Sends, checks the centre's signature, and reads.
async fn query(world: &World, body: &[u8]) -> Answer {
    let reply = http(world.address, "POST", ec::PATH, &[], body).await.unwrap();
    assert_eq!(reply.status, 200);
    let fields = seal::fields(&reply.body).unwrap();
    assert!(!fields.contains_key("data"), "personal data in clear");
    let key = Sm2Verifier::with_id(&world.centre_key().public_key(), app().secret()).unwrap();
    let (fields, _) = seal::open(fields, &app(), &key, FieldOrder::Bytes).unwrap();
    Answer::from_fields(&fields).unwrap()
}

#[tokio::test]
async fn a_sealed_question_is_answered_sealed_and_its_token_settles() {
    let world = world().await;
    let code = issue(&world).await;
    let body = sealed(&world, question(&code, "A-1"), FieldOrder::Bytes);
    let answer = query(&world, &body).await;
    assert_eq!((answer.code, answer.org_id.as_str()), (0, PHARMACY));
    let token = answer.row.unwrap().ec_token;
    // The same bytes once more: the answer was lost, nothing was reused.
    assert_eq!(query(&world, &body).await.row.unwrap().ec_token, token);
    let reused = query(&world, &sealed(&world, question(&code, "A-2"), FieldOrder::Bytes)).await;
    assert!(reused.code == -1 && reused.message.starts_with("[Y-5032]"), "{}", reused.message);
    assert!(world.transact("2102", bought_with(&world, token.expose())).await.is_ok());
}

#[tokio::test]
async fn a_question_sealed_otherwise_is_refused() {
    let world = world().await;
    let code = issue(&world).await;
    let mut fields = question(&code, "A-1");
    // The two orders part ways here: `Zone` comes first in bytes, last without regard to case.
    fields.insert("Zone".into(), "1".into());
    let other_order = sealed(&world, fields.clone(), FieldOrder::IgnoreCase);
    assert!(query(&world, &other_order).await.message.starts_with("[Y-5035]"));

    let good = sealed(&world, question(&code, "A-1"), FieldOrder::Bytes);
    let changed = |name: &str, value: &str| {
        let mut fields = seal::fields(&good).unwrap();
        fields.insert(name.to_owned(), value.into());
        Value::Object(fields).to_string().into_bytes()
    };
    let encrypted = app().encrypt(br#"{"orgId":"P99010100005"}"#);
    for (name, value) in [
        ("encData", encrypted.as_str()),
        ("encData", "00"),
        ("signData", "AAAA"),
        ("timestamp", "1795320000001"),
        ("timestamp", "soon"),
        ("orgId", SECOND_SHOP),
        ("signType", "SM3"),
    ] {
        let message = query(&world, &changed(name, value)).await.message;
        assert!(message.starts_with("[Y-5035]"), "{name}: {message}");
    }
    let stranger = changed("appId", "YIKASAMPLEAPPID09");
    let reply = http(world.address, "POST", ec::PATH, &[], &stranger).await.unwrap();
    assert!(String::from_utf8_lossy(&reply.body).contains("[Y-5035]"));
    // In clear, and without a gateway that could speak for the sender.
    let clear = Value::Object(question(&code, "A-1")).to_string();
    let reply = http(world.address, "POST", ec::PATH, &[], clear.as_bytes()).await.unwrap();
    assert!(String::from_utf8_lossy(&reply.body).contains("[Y-5035]"));
    // An old message, well sealed.
    world.clock.advance(Duration::minutes(31));
    assert!(query(&world, &good).await.message.starts_with("[Y-5030]"));
    // None of it took the code: it was too late only now.
    assert!(
        query(&world, &sealed(&world, question(&code, "A-1"), FieldOrder::Bytes))
            .await
            .message
            .starts_with("[Y-5031]")
    );
}

#[tokio::test]
async fn behind_a_gateway_the_question_may_come_in_clear() {
    let world = world().await;
    let profile = Profile::load("csb").unwrap();
    let keys = GatewayKeys { id: "yika-sample-access-key".into(), secret: "yika-sample-secret-key".into() };
    let call = gateway::Call { infno: "6101", unix_millis: world.now().unix_millis(), nonce: "n" };
    let headers = gateway::headers(&profile, Some(&keys), &call).unwrap();
    let mut fields = question(&issue(&world).await, "A-1");
    fields.insert("orgId".into(), "P99010100002".into());
    fields["data"]["orgId"] = "P99010100002".into();
    let body = Value::Object(fields).to_string();
    let unknown = http(world.address, "POST", ec::PATH, &[], body.as_bytes()).await.unwrap();
    assert!(String::from_utf8_lossy(&unknown.body).contains("[Y-5004]"));
    let reply = http(world.address, "POST", ec::PATH, &headers, body.as_bytes()).await.unwrap();
    let answer = Answer::from_fields(&seal::fields(&reply.body).unwrap()).unwrap();
    assert_eq!((answer.code, answer.row.unwrap().missing()), (0, None));
}
