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
//! | [`tables`] | 118 transactions, 2 878 fields; checks in both directions |
//! | [`profile`] | a province as data |
//! | [`transactions`] | 9001, 9002, 1101, 2101, 2102, 2103, 2601, 3201, 5203 as types |
//! | [`amounts`] | identities I1–I8 that every settlement must keep |
//! | [`basket`] | what a till hands over |
//! | [`keyservice`] | the card-key service's message |
//! | [`msgid`], [`business_time`], [`personal`] | message ids, Shanghai time, masked text |

pub mod amounts;
pub mod basket;
pub mod business_time;
pub mod cainfo;
pub mod canonical;
pub mod envelope;
pub mod gateway;
pub mod hex;
pub mod json;
pub mod keyservice;
pub mod msgid;
pub mod personal;
pub mod profile;
pub mod tables;
pub mod transactions;
mod wire;
