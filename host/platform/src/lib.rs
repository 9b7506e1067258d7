//! The settlement platform's interface, as both sides of the wire need it: envelope, field tables, signature text,
//! gateway headers, profiles, typed transactions, amounts, and the till's basket.
//!
//! Source of names, types and rules: the interface specification for designated medical institutions of the national
//! medical-insurance platform (医疗保障信息平台定点医药机构接口规范), with what provinces do differently as data
//! ([`profile`]). No clock, no socket and no storage in here.
//!
//! | module | holds |
//! |---|---|
//! | [`envelope`] | request and answer as JSON; strict and tolerant reading |
//! | [`cainfo`], [`canonical`] | the signed text, RFC 8785, SM3, SM2 |
//! | [`gateway`] | HMAC and SHA-256 headers of gateways |
//! | [`tables`] | 118 transactions, 2 897 fields; checks in both directions |
//! | [`profile`] | a province as data |
//! | [`transactions`] | 9001, 9002, 1101, 2101, 2102, 2103, 2601, 3201, 5203 as types |
//! | [`amounts`] | identities I1–I8 that every settlement must keep |
//! | [`basket`] | what a till hands over |
//! | [`ec`] | the e-voucher: 6101, `ec.query`, its envelope |
//! | [`keyservice`] | the card-key service's message |
//! | [`terminals`] | enrolment of swipe terminals |
//! | [`msgid`], [`business_time`], [`personal`] | message ids, Shanghai time, masked text |
//!
//! A message from end to end:
//!
//! ```
//! use yika_platform::transactions::{self, Query, QueryRow};
//! use yika_platform::{business_time::BusinessTime, cainfo, envelope::Request, msgid::MsgId, profile::Profile};
//! use yika_protocol::sign::Sm2Signer;
//!
//! let profile = Profile::sandbox();
//! let now = BusinessTime::from_unix_millis(1_795_309_687_000);
//! let row = QueryRow { psn_no: "9901".into(), setl_id: "7".into(), mdtrt_id: "8".into() };
//! let mut request = Request {
//!     infno: "5203".into(),
//!     msgid: MsgId::new("P99010100001", now, 7)?.to_string(),
//!     mdtrtarea_admvs: "990100".into(),
//!     insuplc_admdvs: "990100".into(),
//!     recer_sys_code: profile.recer_sys_code.clone(),
//!     infver: profile.infver.clone(),
//!     opter_type: "1".into(),
//!     opter: "0001".into(),
//!     opter_name: "示例药师".into(),
//!     inf_time: now.to_string(),
//!     fixmedins_code: "P99010100001".into(),
//!     fixmedins_name: "一卡示例大药房".into(),
//!     input: transactions::write(&Query { data: row }, &profile)?,
//!     ..Request::default()
//! };
//! assert_eq!(request.faults(&profile), []);
//! let key = Sm2Signer::from_bytes(&[7; 32])?;
//! cainfo::sign_request(&mut request, &key, &profile)?;
//!
//! // The other side of the wire.
//! let received = Request::parse(&request.to_bytes()?)?;
//! cainfo::verify_request(&received, &key.verifier(), &profile)?;
//! let query: Query = transactions::read_input(&received.input, &profile)?;
//! assert_eq!(query.data.setl_id, "7");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod amounts;
pub mod basket;
pub mod business_time;
pub mod cainfo;
pub mod canonical;
pub mod ec;
pub mod envelope;
pub mod gateway;
pub mod hex;
pub mod json;
pub mod keyservice;
pub mod msgid;
pub mod personal;
pub mod profile;
pub mod tables;
pub mod terminals;
pub mod transactions;
mod wire;
