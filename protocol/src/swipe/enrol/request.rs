//! A device asks to be enrolled.

use heapless::Vec;

use super::{EnrolError, Label, read_label, version};
use crate::{
    cbor::{Full, Reader, Writer},
    sign::Verifier as _,
    swipe::{curve::PublicPoint, domain},
};

/// A device asks to be enrolled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolRequest {
    /// Version of this record.
    pub version: u8,
    /// The device's public key, `04 ‖ x ‖ y`.
    pub device_key: [u8; 65],
    /// The maker's serial number of the device.
    pub serial: Label,
    /// The model.
    pub model: Label,
    /// SM3 over domain and opening.
    pub commitment: [u8; 32],
    /// The device's signature over domain and the fields above.
    pub proof: [u8; 64],
}
impl EnrolRequest {
    /// Most bytes of [`EnrolRequest::encoded`].
    pub const MAX_LEN: usize = 320;

    /// `{0: version, 1: device key, 2: serial, 3: model, 4: commitment, 5: proof}`.
    pub fn encoded(&self) -> Vec<u8, { EnrolRequest::MAX_LEN }> {
        let mut buffer = [0; EnrolRequest::MAX_LEN];
        let mut writer = Writer::new(&mut buffer);
        // 1 + 2 + 68 + 35 + 35 + 35 + 67 bytes at most.
        let _ = self.write(&mut writer, true);
        Vec::from_slice(writer.written()).unwrap_or_default()
    }

    /// Reads a request and checks its proof.
    ///
    /// # Errors
    /// As [`EnrolError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, EnrolError> {
        let mut reader = Reader::new(bytes);
        let mut map = reader.map()?;
        let request = Self {
            version: version(map.required(0)?)?,
            device_key: map.required(1)?.array_of()?,
            serial: read_label(map.required(2)?)?,
            model: read_label(map.required(3)?)?,
            commitment: map.required(4)?.array_of()?,
            proof: map.required(5)?.array_of()?,
        };
        map.closed()?;
        reader.end()?;
        request.verify()?;
        Ok(request)
    }

    /// Whether the sender has the private key.
    ///
    /// # Errors
    /// [`EnrolError::Key`] or [`EnrolError::Signature`].
    pub fn verify(&self) -> Result<(), EnrolError> {
        let key = PublicPoint::new(&self.device_key).map_err(|_| EnrolError::Key)?;
        key.verify(&self.signed(), &self.proof).map_err(|_| EnrolError::Signature)
    }

    pub(super) fn signed(&self) -> Vec<u8, 320> {
        let mut buffer = [0; 320];
        let mut writer = Writer::new(&mut buffer);
        let _ = writer.raw(domain::PROOF).and_then(|()| self.write(&mut writer, false));
        Vec::from_slice(writer.written()).unwrap_or_default()
    }

    fn write(&self, writer: &mut Writer<'_>, with_proof: bool) -> Result<(), Full> {
        writer.map(5usize.saturating_add(usize::from(with_proof)))?;
        writer.uint(0)?;
        writer.uint(u64::from(self.version))?;
        writer.uint(1)?;
        writer.bytes(&self.device_key)?;
        writer.uint(2)?;
        writer.text(&self.serial)?;
        writer.uint(3)?;
        writer.text(&self.model)?;
        writer.uint(4)?;
        writer.bytes(&self.commitment)?;
        if with_proof {
            writer.uint(5)?;
            writer.bytes(&self.proof)?;
        }
        Ok(())
    }
}
