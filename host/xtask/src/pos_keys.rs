//! What a person types in the window of the POS, and what it means.

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// A key of the device's housing, by the emulator's name.
    Key(&'static str),
    /// A key of the keypad, by the letter in its frame.
    Pad(u8),
    /// The card goes in, or out.
    Card,
    /// The till sends a sale.
    Sale,
    /// The end.
    Quit,
}

/// Takes what was typed apart. Keys that mean nothing are passed over; the beginning of an arrow key stays until its end comes.
pub(crate) fn orders(typed: &mut Vec<u8>) -> Vec<Order> {
    let mut orders = Vec::new();
    let mut rest = typed.as_slice();
    while let Some((order, after)) = next(rest) {
        orders.extend(order);
        rest = after;
    }
    *typed = rest.to_vec();
    orders
}

fn next(bytes: &[u8]) -> Option<(Option<Order>, &[u8])> {
    Some(match bytes {
        [] | [0x1B, b'[' | b'O'] => return None,
        [0x1B, b'[' | b'O', last, rest @ ..] => (arrow(*last), rest),
        // Alone; what follows an escape in one piece comes from one key.
        [0x1B, rest @ ..] => (Some(Order::Pad(b'C')), rest),
        [digit @ b'0'..=b'9', rest @ ..] => (Some(Order::Pad(*digit)), rest),
        [b'\n' | b'\r', rest @ ..] => (Some(Order::Pad(b'E')), rest),
        [0x7F | 0x08, rest @ ..] => (Some(Order::Pad(b'B')), rest),
        [b'c', rest @ ..] => (Some(Order::Card), rest),
        [b't', rest @ ..] => (Some(Order::Sale), rest),
        // Ctrl-C, Ctrl-D.
        [b'q' | 0x03 | 0x04, rest @ ..] => (Some(Order::Quit), rest),
        [_, rest @ ..] => (None, rest),
    })
}

fn arrow(last: u8) -> Option<Order> {
    Some(Order::Key(match last {
        b'A' => "up",
        b'B' => "down",
        b'C' => "right",
        b'D' => "left",
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_come_together_are_told_apart() {
        let mut typed = b"\x1b[A\x1bOD12\rx\x7fct".to_vec();
        let expected = [
            Order::Key("up"),
            Order::Key("left"),
            Order::Pad(b'1'),
            Order::Pad(b'2'),
            Order::Pad(b'E'),
            Order::Pad(b'B'),
            Order::Card,
            Order::Sale,
        ];
        assert_eq!(orders(&mut typed), expected);
        assert!(typed.is_empty());
    }

    #[test]
    fn half_an_arrow_waits_and_escape_alone_cancels() {
        let mut typed = b"\x1b[".to_vec();
        assert_eq!(orders(&mut typed), []);
        typed.push(b'B');
        assert_eq!(orders(&mut typed), [Order::Key("down")]);
        typed.push(0x1B);
        assert_eq!(orders(&mut typed), [Order::Pad(b'C')]);
        typed.push(0x03);
        assert_eq!(orders(&mut typed), [Order::Quit]);
    }
}
