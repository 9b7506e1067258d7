//! What the card knows about who is talking to it: PIN, keys, challenges.

use yika_protocol::card_keys::{Algorithm, CardKey, CardKeyScheme, same};

use super::status::Sw;

/// The PIN and its counter, which outlives every reset.
#[derive(Clone)]
pub(super) struct Pin {
    packed: Vec<u8>,
    left: u8,
    tries: u8,
}

impl Pin {
    pub(super) fn new(digits: &str, tries: u8) -> Self {
        Self { packed: pack(digits), left: tries, tries }
    }

    /// The counter goes down before the comparison and up after it, as on a real card: power lost in between
    /// never gains a try.
    pub(super) fn verify(&mut self, packed: &[u8]) -> Result<(), Sw> {
        if self.left == 0 {
            return Err(Sw::BLOCKED);
        }
        self.left -= 1;
        if packed != self.packed {
            return Err(Sw::tries_left(self.left));
        }
        self.left = self.tries;
        Ok(())
    }

    /// Body of CHANGE PIN: old PIN, FF, new PIN, both packed.
    pub(super) fn change(&mut self, body: &[u8]) -> Result<(), Sw> {
        let separator = body.iter().position(|byte| *byte == 0xFF).ok_or(Sw::WRONG_DATA)?;
        let (old, rest) = body.split_at(separator);
        let new = rest.get(1..).unwrap_or_default();
        if !is_packed_pin(new) {
            return Err(Sw::WRONG_DATA);
        }
        self.verify(old)?;
        self.packed = new.to_vec();
        Ok(())
    }

    pub(super) fn left(&self) -> u8 {
        self.left
    }
}

/// Two digits a byte, an odd last digit followed by F.
fn pack(digits: &str) -> Vec<u8> {
    digits
        .as_bytes()
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => (high & 0x0F) << 4 | (low & 0x0F),
            [high] => (high & 0x0F) << 4 | 0x0F,
            _ => 0xFF,
        })
        .collect()
}

/// 4 to 16 digits; only the last half-byte may be F.
fn is_packed_pin(bytes: &[u8]) -> bool {
    let Some((last, init)) = bytes.split_last() else { return false };
    let digits = |byte: &u8| byte >> 4 <= 9 && byte & 0x0F <= 9;
    (2..=8).contains(&bytes.len())
        && init.iter().all(digits)
        && (digits(last) || (bytes.len() > 2 && last >> 4 <= 9 && last & 0x0F == 0x0F))
}

/// A key for EXTERNAL AUTHENTICATION and its own counter.
#[derive(Clone)]
pub(super) struct ExternalKey {
    id: u8,
    key: Option<CardKey>,
    left: u8,
    tries: u8,
}

impl ExternalKey {
    pub(super) fn new(id: u8, key: Option<CardKey>, tries: u8) -> Self {
        Self { id, key, left: tries, tries }
    }
}

/// Every key of the card. `None` stands for a key of an algorithm that cannot be computed here.
#[derive(Clone)]
pub(super) struct CardKeys {
    pub(super) algorithm: Algorithm,
    pub(super) scheme: CardKeyScheme,
    pub(super) irk: Option<CardKey>,
    pub(super) external: Vec<ExternalKey>,
}

impl CardKeys {
    /// The card proves that it holds the IRK.
    pub(super) fn internal(&self, process_factor: &[u8; 8], original: &[u8; 8]) -> Result<[u8; 8], Sw> {
        let key = self.irk.as_ref().ok_or(Sw::NOT_SUPPORTED)?;
        self.scheme.cryptogram(self.algorithm, key, process_factor, original).map_err(|_| Sw::NOT_SUPPORTED)
    }

    /// The other side proves that it holds the key `id`.
    pub(super) fn external(
        &mut self,
        id: u8,
        challenge: Option<[u8; 8]>,
        cryptogram: &[u8; 8],
        original: &[u8; 8],
    ) -> Result<(), Sw> {
        let found = self.external.iter_mut().find(|key| key.id == id).ok_or(Sw::KEY_NOT_FOUND)?;
        if found.left == 0 {
            return Err(Sw::BLOCKED);
        }
        let challenge = challenge.ok_or(Sw::NO_CHALLENGE)?;
        let key = found.key.as_ref().ok_or(Sw::NOT_SUPPORTED)?;
        let expected = self
            .scheme
            .cryptogram(self.algorithm, key, &challenge, original)
            .map_err(|_| Sw::NOT_SUPPORTED)?;
        if !same(&expected, cryptogram) {
            found.left -= 1;
            return Err(Sw::tries_left(found.left));
        }
        found.left = found.tries;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_packed_two_digits_a_byte() {
        assert_eq!(pack("123456"), [0x12, 0x34, 0x56]);
        assert_eq!(pack("12345"), [0x12, 0x34, 0x5F]);
    }

    #[test]
    fn what_may_be_a_new_pin() {
        for good in [&[0x12, 0x34][..], &[0x12, 0x34, 0x5F], &[0x11; 8]] {
            assert!(is_packed_pin(good), "{good:02X?}");
        }
        for bad in [&[][..], &[0x12], &[0x12, 0x3F], &[0x1A, 0x34], &[0x12, 0xFF, 0x34], &[0x11; 9]] {
            assert!(!is_packed_pin(bad), "{bad:02X?}");
        }
    }

    #[test]
    fn the_counter_of_the_pin() {
        let mut pin = Pin::new("123456", 3);
        assert_eq!(pin.verify(&[0x11, 0x11, 0x11]), Err(Sw(0x63C2)));
        assert_eq!(pin.verify(&[0x12, 0x34, 0x56]), Ok(()));
        assert_eq!(pin.left(), 3);
        assert_eq!(pin.verify(&[0x11]), Err(Sw(0x63C2)));
        assert_eq!(pin.verify(&[0x11]), Err(Sw(0x63C1)));
        assert_eq!(pin.verify(&[0x11]), Err(Sw(0x63C0)));
        assert_eq!(pin.verify(&[0x12, 0x34, 0x56]), Err(Sw(0x6983)));
    }
}
