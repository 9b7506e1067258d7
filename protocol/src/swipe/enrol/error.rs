//! Why an enrolment record is not believed.

use core::fmt;

use crate::{
    cbor::DecodeError,
    fault::{Fault, device as fault},
};

/// Why an enrolment record is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnrolError {
    /// Not such a record.
    Malformed(DecodeError),
    /// A version that is not understood.
    Version(u8),
    /// A key that is no point of the curve, or no private key.
    Key,
    /// A signature does not fit.
    Signature,
    /// The certificate is for another device key or serial.
    OtherDevice,
    /// The opening is not the one that was committed to.
    Opening,
    /// Serial or model is not 1 to 32 printable ASCII characters.
    Label,
    /// A limit below zero, or an end before the beginning.
    Terms,
}

impl fmt::Display for EnrolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => write!(f, "not an enrolment record: {error}"),
            Self::Version(version) => write!(f, "record of version {version}, which is not understood"),
            Self::Key => f.write_str("a key that cannot be one"),
            Self::Signature => f.write_str("a signature does not fit"),
            Self::OtherDevice => f.write_str("the certificate is for another device"),
            Self::Opening => f.write_str("the opening is not the one that was committed to"),
            Self::Label => f.write_str("serial and model have 1 to 32 printable characters"),
            Self::Terms => f.write_str("a limit below zero, or an end before the beginning"),
        }
    }
}

impl core::error::Error for EnrolError {}

impl EnrolError {
    /// The coded fault.
    pub fn fault(self) -> &'static Fault {
        match self {
            Self::Malformed(_) | Self::Version(_) => &fault::ENROL_RECORD,
            Self::Key | Self::Signature => &fault::ENROL_SIGNATURE,
            Self::OtherDevice => &fault::ENROL_OTHER_DEVICE,
            Self::Opening => &fault::ENROL_OPENING,
            Self::Label | Self::Terms => &fault::ENROL_TERMS,
        }
    }
}

impl From<DecodeError> for EnrolError {
    fn from(error: DecodeError) -> Self {
        Self::Malformed(error)
    }
}
