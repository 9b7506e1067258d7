//! The signed request, judged by openssl and by a second implementation of the written rule.

use serde_json::Value;
use yika_tests::command::sample;
use yika_tests::second_opinion::{openssl_accepts, signed_text};
use yika_tests::shop::Shop;

#[test]
fn openssl_verifies_the_dumped_request_and_no_other_text_or_key() {
    let shop = Shop::open();
    let dump = shop.path("request.json");
    let dump_word = dump.to_string_lossy().into_owned();
    let bought =
        shop.settle("till-a", &shop.basket("ORDER-1"), &["--dump-request", &dump_word]).exits(0).json();

    let bytes = std::fs::read(&dump).expect("the dumped request");
    let request: Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(request["infno"], "2102");
    assert_eq!(request["msgid"], bought["msgid"]);
    assert_eq!(request["signtype"], "SM2");
    assert_all_text(&request["input"]);

    let derived = signed_text(&bytes, "input");
    assert_eq!(derived.cainfo.len(), 128);
    assert_eq!(derived.cainfo, derived.cainfo.to_uppercase());
    let key = shop.path("institution.pub.pem");
    assert!(openssl_accepts(&key, &derived.text, &derived.cainfo), "openssl refuses {}", derived.text);

    // The signature covers the amounts, the envelope and the key.
    let other_input = derived.text.replace(&derived.digest, &"0".repeat(64));
    assert!(!openssl_accepts(&key, &other_input, &derived.cainfo));
    assert!(!openssl_accepts(&key, &derived.text.replace("infno=2102", "infno=2101"), &derived.cainfo));
    shop.new_key("other");
    assert!(!openssl_accepts(&shop.path("other.pub.pem"), &derived.text, &derived.cainfo));
}

#[test]
fn the_published_vectors_are_what_python_and_openssl_make_of_them() {
    let bytes = std::fs::read(sample("signature-vector.json")).expect("the vectors");
    let vectors: Value = serde_json::from_slice(&bytes).expect("JSON");
    let folder = tempfile::tempdir().expect("a folder");
    let key = folder.path().join("key.pem");
    std::fs::write(&key, vectors["public_key_pem"].as_str().expect("a public key")).expect("a file");
    let messages = vectors["messages"].as_array().expect("messages");
    assert!(messages.iter().any(|one| one["message"]["infno"] == "2102"), "the settlement is among them");
    for vector in messages {
        let message = vector["message"].to_string();
        let derived = signed_text(message.as_bytes(), vector["body"].as_str().expect("the body's name"));
        assert_eq!(derived.text, vector["text"].as_str().expect("a text"), "{}", vector["name"]);
        assert_eq!(derived.canonical, vector["canonical"].as_str().unwrap_or_default(), "{}", vector["name"]);
        assert_eq!(derived.digest, vector["digest"].as_str().unwrap_or_default(), "{}", vector["name"]);
        assert!(openssl_accepts(&key, &derived.text, &derived.cainfo), "{}", vector["name"]);
    }
}

/// Every leaf of the input is a JSON string.
fn assert_all_text(value: &Value) {
    match value {
        Value::Object(fields) => fields.values().for_each(assert_all_text),
        Value::Array(rows) => rows.iter().for_each(assert_all_text),
        leaf => assert!(leaf.is_string(), "{leaf} is not a string"),
    }
}
