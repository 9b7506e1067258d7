//! The social security card over PC/SC: reading it, verifying its PIN.
//!
//! The conversation itself is [`yika_protocol::social_card`]; here are the transaction around it, the repetitions, the
//! key service and the text.

mod authenticate;
mod card;
mod convert;
mod error;
mod keys;
mod pad;
mod patience;
mod pin;
mod read;
pub(crate) mod talk;
mod text;
pub(crate) mod turn;

pub use authenticate::{AuthenticateError, Authenticated, ExternalKey, authenticate};
pub use card::{CardInterface, PartialReason, SocialSecurityCard};
pub use error::ReadError;
pub use pad::{has_pin_pad, verify_pin_on_pad};
pub use pin::{PinCard, PinError, PinMemory, PinMemoryInRam, PinOptions, verify_pin};
pub use read::{ReadOptions, read};
pub use text::PersonalText;
pub use yika_protocol::social_card::{Pin, PinOutcome, ReadPlan};

/// Room for the longest answer, 256 bytes and the status word, and for readers that append something.
const ANSWER: usize = 264;
