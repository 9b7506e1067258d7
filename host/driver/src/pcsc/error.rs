//! Numbers of PC/SC to names that people can act on.

use crate::error::LinkError;
use pcsc::Error;

/// The meaning of a PC/SC error, as far as the number alone tells.
pub(super) fn classify(code: Error) -> LinkError {
    match code {
        Error::NoService | Error::Shutdown => LinkError::NoService,
        // The service went away: pcsc-lite reports a broken handle, Windows a stopped service.
        Error::ServiceStopped | Error::InvalidHandle | Error::SystemCancelled => LinkError::ServiceStopped,
        // polkit's "no" arrives as a security violation.
        Error::SecurityViolation | Error::NoAccess => LinkError::AccessDenied,
        Error::NoReadersAvailable => LinkError::NoReader,
        Error::UnknownReader | Error::ReaderUnavailable => LinkError::ReaderGone,
        Error::NoSmartcard => LinkError::NoCard,
        Error::RemovedCard => LinkError::CardRemoved,
        Error::ResetCard => LinkError::CardReset,
        Error::UnresponsiveCard | Error::UnpoweredCard | Error::InvalidAtr => LinkError::CardMute,
        Error::UnsupportedCard | Error::ProtoMismatch | Error::CardUnsupported | Error::UnknownCard => {
            LinkError::CardUnsupported
        }
        Error::SharingViolation => LinkError::Busy { holders: Vec::new() },
        Error::Cancelled | Error::CancelledByUser => LinkError::Cancelled,
        Error::CommError
        | Error::NotTransacted
        | Error::CommDataLost
        | Error::Timeout
        | Error::NotReady
        | Error::InsufficientBuffer => LinkError::Transmission,
        other => LinkError::Other { code: other as u32 },
    }
}

/// Whether a context that answers this is worth nothing any more.
pub(super) fn is_stale(code: Error) -> bool {
    matches!(classify(code), LinkError::NoService | LinkError::ServiceStopped | LinkError::Transmission)
}

/// Whether the service is there and its socket is closed to us: pcsc-lite then says "no service", which misleads.
pub(super) fn refused_by_socket() -> bool {
    #[cfg(target_os = "linux")]
    return super::socket::probe() == super::socket::Socket::Denied;
    #[cfg(not(target_os = "linux"))]
    return false;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_can_act_on_has_a_name_of_its_own() {
        // Numbers from pcsclite.h; the same on Windows.
        for (code, expected) in [
            (Error::NoService, "Y-1001"),          // 0x8010001D
            (Error::SecurityViolation, "Y-1002"),  // 0x8010006A
            (Error::ServiceStopped, "Y-1003"),     // 0x8010001E
            (Error::InvalidHandle, "Y-1003"),      // 0x80100003
            (Error::NoReadersAvailable, "Y-1004"), // 0x8010002E
            (Error::ReaderUnavailable, "Y-1005"),  // 0x80100017
            (Error::NoSmartcard, "Y-1008"),        // 0x8010000C
            (Error::RemovedCard, "Y-1009"),        // 0x80100069
            (Error::ResetCard, "Y-1010"),          // 0x80100068
            (Error::UnresponsiveCard, "Y-1011"),   // 0x80100066
            (Error::UnpoweredCard, "Y-1011"),      // 0x80100067
            (Error::UnsupportedCard, "Y-1012"),    // 0x80100065
            (Error::SharingViolation, "Y-1013"),   // 0x8010000B
            (Error::NotTransacted, "Y-1015"),      // 0x80100016
            (Error::CommError, "Y-1015"),          // 0x80100013
            (Error::NoMemory, "Y-1018"),           // 0x80100006
        ] {
            assert_eq!(classify(code).fault().code().to_string(), expected, "{code:?}");
        }
        assert_eq!(classify(Error::NoMemory).detail().en, "PC/SC 0x80100006");
    }
}
