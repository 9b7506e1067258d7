//! The security module of a terminal (PSAM, 终端安全控制模块): a card in a slot of its own that holds the keys of other
//! cards and lends their use.
//!
//! [`PsamSession`] is sans-IO, like the sessions of the card: it turns one [`KeyRequest`](crate::card_keys::KeyRequest)
//! into commands for the module and the module's answers into a [`KeyAnswer`](crate::card_keys::KeyAnswer). What is
//! assumed about the module stands in [`PsamScheme`](crate::card_keys::PsamScheme).
//!
//! ```
//! use yika_protocol::apdu::Protocol;
//! use yika_protocol::card_keys::{Algorithm, KeyRequest, PsamKey, PsamScheme};
//! use yika_protocol::psam::{PsamInput, PsamSession, PsamStep};
//!
//! # let request = KeyRequest {
//! #     region: "990100".parse().unwrap(), reset_info: Default::default(), card_factor: [0; 8],
//! #     algorithm: Algorithm::Sm4, identification_code: [0; 16], internal_process: [0; 8], internal_original: [0; 8],
//! #     internal_result: [0; 8], external_process: [0; 8], external_original: [0; 8],
//! # };
//! let mut session = PsamSession::new(PsamScheme::default(), Protocol::T0, PsamKey::Read, request);
//! let Ok(PsamStep::Send(select)) = session.next(PsamInput::Start) else { panic!("a session begins by sending") };
//! assert_eq!(select.as_bytes(), [0x00, 0xA4, 0x04, 0x00, 0x06, 0xD1, 0x56, 0x00, 0x00, 0x05, 0x90]);
//! // … transmit to the module, then session.next(PsamInput::Response(&answer)) until PsamStep::Done.
//! ```

mod error;
mod session;

pub use error::{PsamError, PsamStage};
pub use session::{PsamInput, PsamSession, PsamStep};
