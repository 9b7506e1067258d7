//! The screen of a telephone that shows an e-voucher: a QR code on a terminal, as PNG, as SVG.

mod draw;

use qrcode::{Color, EcLevel, QrCode};
use std::fmt;
use yika_protocol::fault::{Fault, credential as fault};
use yika_protocol::voucher::{Code, CodeError, CodeRule};

/// Light modules around a QR code; ISO/IEC 18004 asks for four.
const QUIET: usize = 4;

/// A telephone that shows a code. What it draws is the secret itself, so it says nothing else about it.
pub struct Phone {
    width: usize,
    dark: Vec<bool>,
    length: usize,
}

/// The text cannot be shown as an e-voucher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhoneError(CodeError);

impl PhoneError {
    /// The coded fault.
    #[must_use]
    pub fn fault(&self) -> &'static Fault {
        &fault::CODE_NOT_DRAWABLE
    }
}

impl fmt::Display for PhoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for PhoneError {}

impl Phone {
    /// A telephone that shows `code`.
    ///
    /// # Errors
    /// It is no e-voucher code by [`CodeRule`].
    pub fn show(code: &str) -> Result<Self, PhoneError> {
        let code = Code::new(code.as_bytes(), CodeRule::default()).map_err(PhoneError)?;
        let length = code.length();
        let qr = QrCode::with_error_correction_level(code.expose(), EcLevel::M)
            .map_err(|_| PhoneError(CodeError::TooLong { length }))?;
        let dark = qr.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        Ok(Self { width: qr.width(), dark, length })
    }

    /// Number of characters of the code.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// Side of the drawing in modules, the quiet zone included.
    fn side(&self) -> usize {
        self.width + 2 * QUIET
    }

    /// Whether a module of the drawing is dark; light outside of the code.
    fn is_dark(&self, x: usize, y: usize) -> bool {
        let (Some(x), Some(y)) = (x.checked_sub(QUIET), y.checked_sub(QUIET)) else { return false };
        x < self.width && self.dark.get(y * self.width + x).copied().unwrap_or(false)
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({} characters)", self.length)
    }
}
