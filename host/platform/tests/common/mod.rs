//! Sample messages, written by hand from the published tables.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use yika_platform::basket::Basket;
use yika_platform::business_time::BusinessTime;
use yika_platform::profile::Profile;
use yika_platform::transactions::{self, PersonInfo, PersonQuery, PersonQueryRow, PharmacyInput, Purchaser};

pub(crate) fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../hw-docs/samples").join(name)
}

pub(crate) fn basket() -> Basket {
    Basket::parse(&std::fs::read(sample("basket.json")).unwrap(), &Profile::sandbox()).unwrap()
}

pub(crate) fn time() -> BusinessTime {
    "2026-11-22 09:08:07".parse().unwrap()
}

pub(crate) fn credential() -> PersonQueryRow {
    PersonQueryRow {
        mdtrt_cert_type: "03".into(),
        mdtrt_cert_no: "A12345678".into(),
        card_sn: Some("990100D1560000050100000012345678".into()),
        begntime: None,
        psn_cert_type: "01".into(),
        certno: "990101198506150020".into(),
        psn_name: "沈一禾".into(),
    }
}

pub(crate) fn person_output() -> Value {
    json!({
        "baseinfo": {
            "psn_no": "99010000000000000001", "psn_cert_type": "01", "certno": "990101198506150020",
            "psn_name": "沈一禾", "gend": "2", "naty": "01", "brdy": "1985-06-15", "age": "41.4"
        },
        "insuinfo": [{
            "balc": "1000.00", "insutype": "310", "psn_type": "11", "psn_insu_stas": "1",
            "psn_insu_date": "2010-07-01", "cvlserv_flag": "0", "insuplc_admdvs": "990100"
        }],
        "idetinfo": []
    })
}

pub(crate) fn purchase() -> PharmacyInput {
    let info: PersonInfo =
        transactions::read::<PersonQuery>(Some(&person_output()), &Profile::sandbox()).unwrap();
    let buyer = Purchaser::new(&credential(), &info, Some("310")).unwrap();
    PharmacyInput::new(&basket(), &buyer, time()).unwrap()
}

/// A settlement of the sample basket worked out by hand. Lines: 25.00 class A; 38.00 class B, 10 % first share, price
/// limit 36.00; 3.10 class C. Inside the rules: 25.00 + (36.00 − 3.60) = 57.40. Deductible 10.00, then 50 % pooled:
/// (57.40 − 10.00) × 0.5 = 23.70. Person: 66.10 − 23.70 = 42.40, of which 40.00 account and 2.40 cash.
pub(crate) fn settled() -> Value {
    serde_json::from_str(include_str!("../data/settled.json")).unwrap()
}

/// The void of [`settled`].
pub(crate) fn voided() -> Value {
    serde_json::from_str(include_str!("../data/voided.json")).unwrap()
}

/// 5203 for [`settled`]: the person's amounts have other names here.
pub(crate) fn queried() -> Value {
    serde_json::from_str(include_str!("../data/queried.json")).unwrap()
}
