//! The documents say what the files say.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail by panicking")]

mod common;

use serde_json::Value;
use yika_platform::profile::Profile;

#[test]
fn every_key_of_a_profile_is_described() {
    let document = document("profiles.md");
    for (name, text) in Profile::BUILT_IN {
        assert!(document.contains(&format!("| `{name}`")), "{name}");
        let table: toml::Table = text.parse().unwrap();
        for (key, value) in &table {
            let described = |key: &str| document.contains(&format!("`{key}`"));
            match value {
                toml::Value::Table(section) => {
                    assert!(document.contains(&format!("`[{key}]`")), "{name}: [{key}]");
                    for key in section.keys() {
                        assert!(described(key), "{name}: {key}");
                    }
                }
                _ => assert!(described(key), "{name}: {key}"),
            }
        }
    }
}

#[test]
fn the_printed_vector_is_the_machine_readable_one() {
    let document = document("signature.md");
    let vector: Value =
        serde_json::from_slice(&std::fs::read(common::sample("signature-vector.json")).unwrap()).unwrap();
    let request = &vector["messages"][0];
    for value in [
        &vector["private_key"],
        &vector["public_key"],
        &request["canonical"],
        &request["digest"],
        &request["text"],
        &request["message"]["cainfo"],
    ] {
        assert!(document.contains(value.as_str().unwrap()), "{value}");
    }
    let body = document.split("```json\n").nth(1).unwrap().split("\n```").next().unwrap();
    assert_eq!(serde_json::from_str::<Value>(body).unwrap(), request["message"]);
}

fn document(name: &str) -> String {
    std::fs::read_to_string(common::sample("..").join(name)).unwrap()
}
