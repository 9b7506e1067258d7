//! What a reader can do beyond the usual, and under which control codes (PC/SC part 10, 2.2).

/// The function number of `CM_IOCTL_GET_FEATURE_REQUEST`; each system makes a control code of it.
pub const GET_FEATURES: u32 = 3400;

const VERIFY_PIN_DIRECT: u8 = 0x06;

/// Control codes of the features that are of use here. `None`: the reader has not got it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// `FEATURE_VERIFY_PIN_DIRECT`: the reader takes a PIN and verifies it in one go.
    pub verify_pin_direct: Option<u32>,
}

impl Features {
    /// From the reader's list: tag, length 4, control code big-endian. What is not of that form is skipped; a list that is
    /// cut ends there.
    pub fn parse(list: &[u8]) -> Self {
        let mut features = Features::default();
        let mut rest = list;
        while let [tag, length, value @ ..] = rest {
            let Some((value, next)) = value.split_at_checked(usize::from(*length)) else { break };
            if let (VERIFY_PIN_DIRECT, Ok(code)) = (*tag, value.try_into()) {
                features.verify_pin_direct = Some(u32::from_be_bytes(code));
            }
            rest = next;
        }
        features
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_a_pin_pad_reader() {
        // As readers under pcsc-lite write it: verify, modify, properties (0x42000000 and a number of their own).
        let list = [0x06, 4, 0x42, 0x33, 0, 6, 0x07, 4, 0x42, 0x33, 0, 7, 0x0A, 4, 0x42, 0x33, 0, 10];
        assert_eq!(Features::parse(&list).verify_pin_direct, Some(0x4233_0006));
    }

    #[test]
    fn readers_without_keys_and_odd_lists() {
        assert_eq!(Features::parse(&[]), Features::default());
        assert_eq!(Features::parse(&[0x12, 4, 0x42, 0, 0, 0x12]), Features::default());
        assert_eq!(Features::parse(&[0x06, 3, 1, 2, 3]), Features::default());
        assert_eq!(Features::parse(&[0x06, 4, 0x42, 0x33, 0]), Features::default());
        let after_odd = [0x20, 1, 0xFF, 0x06, 4, 0, 0x31, 0x36, 0xB0];
        assert_eq!(Features::parse(&after_odd).verify_pin_direct, Some(0x0031_36B0));
    }
}
