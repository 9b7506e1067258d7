//! One block: head, payload, CRC-32.

use crc::{CRC_32_ISO_HDLC, Crc, Table};

use crate::hal::Block;

/// Version of the block format.
pub const FORMAT: u8 = 1;
/// Bytes of a record that fit one block.
pub const PAYLOAD: usize = 488;
/// The checksum: CRC-32 of ISO-HDLC, the one of Ethernet and zip.
pub const CRC: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);

const MAGIC: [u8; 2] = *b"YK";
const HEAD: usize = 20;
const BODY: usize = 508;

/// What a block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// The superblock.
    Super = 1,
    /// Keys and certificate.
    Identity = 2,
    /// Settings.
    Settings = 3,
    /// Day totals.
    Totals = 4,
    /// A journal entry.
    Entry = 5,
    /// A swipe's datagram.
    Request = 6,
    /// The centre's answer to it.
    Answer = 7,
}

impl Kind {
    fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::Super,
            2 => Self::Identity,
            3 => Self::Settings,
            4 => Self::Totals,
            5 => Self::Entry,
            6 => Self::Request,
            7 => Self::Answer,
            _ => return None,
        })
    }
}

/// Everything in front of the payload. `place` is the block's own number: a block that was written elsewhere by mistake is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) kind: Kind,
    pub(super) part: u8,
    pub(super) last: bool,
    pub(super) incarnation: u32,
    pub(super) sequence: u32,
    pub(super) place: u32,
}

/// Makes the block: `YK`, version, kind, incarnation, sequence, place, part (high bit: last), 0, length, payload, CRC.
pub(super) fn seal(block: &mut Block, head: &Head, payload: &[u8]) {
    block.fill(0);
    let payload = payload.get(..PAYLOAD).unwrap_or(payload);
    let [m0, m1] = MAGIC;
    let [i0, i1, i2, i3] = head.incarnation.to_be_bytes();
    let [s0, s1, s2, s3] = head.sequence.to_be_bytes();
    let [p0, p1, p2, p3] = head.place.to_be_bytes();
    let part = (head.part & 0x7F) | if head.last { 0x80 } else { 0 };
    // At most 488, so two bytes hold it.
    let [l0, l1] = (payload.len() as u16).to_be_bytes();
    let bytes: [u8; HEAD] =
        [m0, m1, FORMAT, head.kind as u8, i0, i1, i2, i3, s0, s1, s2, s3, p0, p1, p2, p3, part, 0, l0, l1];
    for (to, from) in block.iter_mut().zip(bytes.iter().chain(payload)) {
        *to = *from;
    }
    close(block);
}

/// The head and payload of a block that is whole.
pub(super) fn check(block: &Block) -> Option<(Head, &[u8])> {
    let (body, crc) = block.split_first_chunk::<BODY>()?;
    if crc != CRC.checksum(body).to_be_bytes() {
        return None;
    }
    open(block)
}

/// The head and payload of a block that was checked before.
pub(super) fn open(block: &Block) -> Option<(Head, &[u8])> {
    let (body, _) = block.split_first_chunk::<BODY>()?;
    let (head, rest) = body.split_first_chunk::<HEAD>()?;
    let &[m0, m1, FORMAT, kind, i0, i1, i2, i3, s0, s1, s2, s3, p0, p1, p2, p3, part, 0, l0, l1] = head
    else {
        return None;
    };
    if [m0, m1] != MAGIC {
        return None;
    }
    let payload = rest.get(..usize::from(u16::from_be_bytes([l0, l1])))?;
    let head = Head {
        kind: Kind::from_number(kind)?,
        part: part & 0x7F,
        last: part & 0x80 != 0,
        incarnation: u32::from_be_bytes([i0, i1, i2, i3]),
        sequence: u32::from_be_bytes([s0, s1, s2, s3]),
        place: u32::from_be_bytes([p0, p1, p2, p3]),
    };
    Some((head, payload))
}

/// The same block for another place.
pub(super) fn move_to(block: &mut Block, place: u32) {
    for (to, from) in block.iter_mut().skip(12).zip(place.to_be_bytes()) {
        *to = from;
    }
    close(block);
}

fn close(block: &mut Block) {
    if let Some((body, crc)) = block.split_first_chunk_mut::<BODY>() {
        for (to, from) in crc.iter_mut().zip(CRC.checksum(body).to_be_bytes()) {
            *to = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hal::BLOCK;

    const HEAD: Head =
        Head { kind: Kind::Entry, part: 0, last: true, incarnation: 1, sequence: 7, place: 0x0102 };

    // Written once, by hand and python's zlib.crc32; never edited.
    #[test]
    fn golden_bytes_of_version_1() {
        let mut block = [0xEE; BLOCK];
        seal(&mut block, &HEAD, b"abc");
        let mut expected = [0u8; BLOCK];
        let front = [0x59, 0x4B, 1, 5, 0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 1, 2, 0x80, 0, 0, 3, b'a', b'b', b'c'];
        expected[..23].copy_from_slice(&front);
        expected[508..].copy_from_slice(&GOLDEN_CRC);
        assert_eq!(block, expected);
    }

    const GOLDEN_CRC: [u8; 4] = [0xE1, 0x19, 0xFA, 0x34];

    #[test]
    fn every_flipped_bit_is_noticed() {
        let mut block = [0; BLOCK];
        seal(&mut block, &HEAD, &[0x5A; PAYLOAD]);
        assert_eq!(check(&block), Some((HEAD, &[0x5A; PAYLOAD][..])));
        for bit in 0..BLOCK * 8 {
            let mut bad = block;
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(check(&bad), None, "bit {bit}");
        }
    }

    #[test]
    fn blank_media_is_not_a_block() {
        assert_eq!(check(&[0; BLOCK]), None);
        assert_eq!(check(&[0xFF; BLOCK]), None);
    }
}
