//! The card-key service.

use serde_json::{Value, json};
use time::Duration;
use yika_platform::cainfo;
use yika_protocol::card_keys::{Algorithm, CardKeyScheme, KeyRequest, MasterKeys};
use yika_protocol::identity::Secret;

use crate::support::{World, sample_seed};

fn card() -> Value {
    json!({"data": {
        "region": "990100", "reset_info": "00815431008660210901000001", "algorithm": "03",
        "card_sn": "990100D1560000050100000012345678", "int_factor": "1122334455667788", "int_data": "A1B2C3D4E5F60718",
        "ext_factor": "8877665544332211", "ext_data": "0102030405060708",
    }})
}

#[tokio::test]
async fn a_card_of_the_region_is_opened() {
    let mut world = World::closed(&sample_seed(), |_| {}).await;
    world.sign_no.clear(); // no sign-in is needed
    for (algorithm, id) in [(Algorithm::TripleDes, "01"), (Algorithm::Sm4, "03")] {
        let mut input = card();
        input["data"]["algorithm"] = json!(id);
        let reply = world.key_service(&world.request("9013", input)).await;
        assert_eq!(reply.code(), "", "{}", reply.response().err_msg);
        cainfo::verify_response(&reply.response(), &world.centre_key(), &world.profile).unwrap();
        // The master keys of the sample, in words: the service must use these and the card's own factors.
        let masters = MasterKeys {
            internal: Secret::new(*b"YIKA-IRK-TEST-01"),
            read_ssse: Secret::new(*b"YIKA-RK--TEST-01"),
        };
        let request = KeyRequest {
            region: "990100".parse().unwrap(),
            reset_info: Default::default(),
            card_factor: [0x86, 0x60, 0x21, 0x09, 0x01, 0x00, 0x00, 0x01],
            algorithm,
            identification_code: [0; 16],
            internal_process: 0x1122_3344_5566_7788_u64.to_be_bytes(),
            internal_original: 0xA1B2_C3D4_E5F6_0718_u64.to_be_bytes(),
            internal_result: [0; 8],
            external_process: 0x8877_6655_4433_2211_u64.to_be_bytes(),
            external_original: [1, 2, 3, 4, 5, 6, 7, 8],
        };
        let wanted = masters.answer(CardKeyScheme::ASSUMED_1, &request).unwrap();
        let hex = |bytes: [u8; 8]| format!("{:016X}", u64::from_be_bytes(bytes));
        assert_eq!(reply.output()["data"]["int_result"], hex(wanted.internal_result));
        assert_eq!(reply.output()["data"]["ext_result"], hex(wanted.external_cryptogram));
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM card_auth WHERE outcome = 'ok'"), 2);
}

#[tokio::test]
async fn what_the_service_refuses() {
    let world = World::new().await;
    for (field, value, code) in [
        ("region", "990200", "Y-5083"), // not the region of the card
        ("algorithm", "02", "Y-5083"),
        ("algorithm", "04", "Y-5083"),
        ("reset_info", "0081", "Y-5083"),
        ("int_factor", "11", "Y-5083"),
        ("ext_data", "XX02030405060708", "Y-5083"),
        ("card_sn", "990100D15600000501", "Y-5083"),
    ] {
        let mut input = card();
        input["data"][field] = json!(value);
        assert_eq!(world.key_service(&world.request("9013", input)).await.code(), code, "{field} {value}");
    }
    let mut elsewhere = card();
    elsewhere["data"]["region"] = json!("990200");
    elsewhere["data"]["card_sn"] = json!("990200D1560000050100000012345678");
    assert_eq!(world.key_service(&world.request("9013", elsewhere)).await.code(), "Y-5082");
    let mut tampered = world.request("9013", card());
    tampered.input["data"]["card_sn"] = json!("990100D1560000050100000000000000");
    assert_eq!(world.key_service(&tampered).await.code(), "Y-5003");
    let mut old = world.request("9013", card());
    old.inf_time = "2026-11-22 11:00:00".into();
    world.sign(&mut old);
    assert_eq!(world.key_service(&old).await.code(), "Y-5030");
    // Every request of a known sender is on record, by outcome; the card only as a keyed digest.
    assert_eq!(world.count("SELECT COUNT(*) FROM card_auth"), 9);
    assert_eq!(world.count("SELECT COUNT(*) FROM card_auth WHERE card_key LIKE '%D156%'"), 0);
}

#[tokio::test]
async fn the_service_is_limited_and_can_be_closed() {
    let world = World::with(&sample_seed(), |config| config.card_auth_per_minute = 2).await;
    for code in ["", "", "Y-5081", "Y-5081"] {
        assert_eq!(world.key_service(&world.request("9013", card())).await.code(), code);
    }
    world.clock.advance(Duration::seconds(61));
    assert_eq!(world.key_service(&world.request("9013", card())).await.code(), "");

    let closed = World::new().await;
    let seed = sample_seed().replace("card_auth = true", "card_auth = false");
    closed.centre.seed(&yika_centre::Seed::parse(&seed).unwrap()).unwrap();
    assert_eq!(closed.key_service(&closed.request("9013", card())).await.code(), "Y-5080");
}
