//! What the other side of the wire may send us.

use serde_json::{Value, json};
use yika_platform::cainfo;
use yika_platform::canonical as rfc8785;
use yika_platform::envelope::{Request, Response};
use yika_platform::json;
use yika_platform::profile::{Profile, SignatureScheme};
use yika_platform::tables::{check_input, check_output};
use yika_protocol::money::{Fen, Price, Quantity};

pub(super) fn money(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(fen) = text.parse::<Fen>() {
        assert_eq!(fen.to_string().parse(), Ok(fen), "what is written is read back");
    }
    let price = text.parse::<Price>();
    if let Ok(price) = price {
        assert_eq!(price.to_string().parse(), Ok(price));
    }
    if let Ok(quantity) = text.parse::<Quantity>() {
        assert_eq!(quantity.to_string().parse(), Ok(quantity));
        if let Ok(price) = price
            && let Some(Fen(product)) = price.times(quantity)
        {
            // Half-up means: never further from the exact value than half a fen. 10^-6 yuan × 10^-4 = 10^-8 fen.
            let exact = i128::from(price.0) * i128::from(quantity.0);
            assert!(
                (exact - i128::from(product) * 100_000_000).abs() <= 50_000_000,
                "{exact} became {product}"
            );
        }
    }
}

pub(super) fn money_examples() -> Vec<Vec<u8>> {
    ["12.34", "0", "-0.01", "92233720368547758.07", "3.141592", "0.5000", ""]
        .iter()
        .map(|text| text.as_bytes().to_vec())
        .collect()
}

pub(super) fn request(data: &[u8]) {
    let profile = Profile::sandbox();
    let Ok(request) = Request::parse(data) else { return };
    let bytes = request.to_bytes().expect("what was accepted can be written");
    assert_eq!(Request::parse(&bytes).as_ref(), Ok(&request), "and is read back as the same");
    let _ = request.faults(&profile);
    let _ = check_input(&request.infno, &request.input, &profile);
    if let Ok(text) = cainfo::request_text(&request, SignatureScheme::Sandbox) {
        assert!(!text.contains("cainfo="), "the signature is not part of its own text");
        assert!(
            text.bytes().all(|byte| byte >= 0x20 && byte != 0x7F),
            "control characters cannot stand in it"
        );
    }
}

pub(super) fn response(data: &[u8]) {
    let profile = Profile::sandbox();
    let Ok(response) = Response::parse(data) else { return };
    let _ = (response.code(), response.answered_msgid());
    let _ = cainfo::response_text(&response, SignatureScheme::Sandbox);
    if let Some(output) = &response.output {
        for infno in ["9001", "1101", "2101", "2102", "2103", "2601", "3201", "5203"] {
            let _ = check_output(infno, output, &profile);
        }
    }
}

pub(super) fn canonical(data: &[u8]) {
    let Ok(value) = json::parse(data) else { return };
    let text = rfc8785::text(&value).expect("JSON has a canonical form");
    let again = json::parse(text.as_bytes()).expect("the canonical form is JSON");
    assert_eq!(
        rfc8785::text(&again).as_deref(),
        Ok(text.as_str()),
        "the canonical form of the canonical form is itself"
    );
}

pub(super) fn request_examples() -> Vec<Vec<u8>> {
    let input = json!({
        "druginfo": {"psn_no": "99010000000000000001", "med_type": "41", "begntime": "2026-01-02 03:04:05", "medfee_sumamt": "12.50"},
        "drugdetail": [{"feedetl_sn": "1", "med_list_codg": "XA01-YIKA-0001", "cnt": "1.0000", "pric": "12.500000",
            "durg_trac_info": [{"drug_trac_codg": "83000010000000000017", "trdn_flag": "0"}]}]
    });
    let envelope = |infno: &str, input: &Value| {
        json!({
            "infno": infno, "msgid": "P99010100001202601020304050001", "mdtrtarea_admvs": "990100", "insuplc_admdvs": "990100",
            "recer_sys_code": "YIKA", "signtype": "SM2", "infver": "V1.0", "opter_type": "1", "opter": "0001", "opter_name": "张三",
            "inf_time": "2026-01-02 03:04:05", "fixmedins_code": "P99010100001", "fixmedins_name": "一卡示例大药房",
            "sign_no": "1", "cainfo": "0".repeat(128), "input": input
        })
        .to_string()
        .into_bytes()
    };
    vec![
        envelope("2102", &input),
        envelope("9001", &json!({"signIn": {"opter_no": "0001", "mac": "00-00", "ip": "127.0.0.1"}})),
        "{\"infno\":\"1101\",\"input\":{\"data\":{\"psn_name\":\"\\ud83d\\ude00\\u4e00\",\"b\":[\"\",{}]}}}"
            .into(),
        b"{\"1\":1e21,\"\\ufb33\":-0.0,\"\\ud83d\\ude00\":[true,null,0.1]}".to_vec(),
    ]
}

pub(super) fn response_examples() -> Vec<Vec<u8>> {
    vec![
        json!({
            "infcode": "0", "inf_refmsgid": "990100202601020304050000000001", "refmsg_time": "20260102030405000",
            "respond_time": "20260102030405010", "err_msg": "", "signtype": "SM2", "cainfo": "F".repeat(128),
            "output": {"setlinfo": {"setl_id": "1", "medfee_sumamt": "12.50", "acct_pay": "2.50", "fund_pay_sumamt": "10.00",
                "psn_cash_pay": "0.00", "medins_setl_id": "P99010100001202601020304050001"}}
        })
        .to_string()
        .into_bytes(),
        b"{\"infcode\":-1,\"err_msg\":\"[Y-5001] no\",\"output\":null}".to_vec(),
        b"{\"infcode\":0,\"output\":\"{\\\"setlinfo\\\":{}}\"}".to_vec(),
        b"<html>502</html>".to_vec(),
    ]
}
