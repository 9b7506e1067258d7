//! Forms that other programs give and take.

pub(crate) fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// r ‖ s as the DER sequence of two integers.
pub(crate) fn to_der(signature: &[u8]) -> Vec<u8> {
    let integer = |bytes: &[u8]| {
        let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(31);
        let mut value = bytes[start..].to_vec();
        if value[0] & 0x80 != 0 {
            value.insert(0, 0);
        }
        [vec![0x02, value.len() as u8], value].concat()
    };
    let body = [integer(&signature[..32]), integer(&signature[32..])].concat();
    [vec![0x30, body.len() as u8], body].concat()
}

/// In lines of 64 characters, as PEM has it.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bytes
        .chunks(3)
        .map(|chunk| {
            let n = chunk.iter().fold(0u32, |n, byte| n << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
            (0..4)
                .map(|at| match at <= chunk.len() {
                    true => char::from(LETTERS[(n >> (18 - 6 * at) & 63) as usize]),
                    false => '=',
                })
                .collect::<String>()
        })
        .collect::<Vec<_>>()
        .chunks(16)
        .map(|line| line.concat())
        .collect::<Vec<_>>()
        .join("\n")
}
