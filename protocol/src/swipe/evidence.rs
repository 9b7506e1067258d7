//! Evidence: the centre's SM2 signature over a batch of answers, and the way from one answer to it.
//!
//! The answers of one commit are leaves of a hash tree; the centre signs its root once. On a level with an odd number of
//! nodes the last one goes up as it is.

use heapless::Vec;
use sm3::{Digest, Sm3};

use super::{CentreId, Header, domain};
use crate::{
    cbor::{DecodeError, Full, Reader, Writer},
    sign::{SignError, Signer, Verifier},
};

/// A hash of the tree.
pub type Hash = [u8; 32];

/// Most answers under one signature.
pub const MAX_BATCH: usize = 1024;
/// Most hashes between a leaf and its root.
pub const MAX_PATH: usize = 10;

/// What proves one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The centre's signature over the root.
    pub signature: [u8; 64],
    /// How many answers the batch has.
    pub count: u16,
    /// Which of them this is, from 0.
    pub index: u16,
    /// The hashes beside the way up, from the leaf.
    pub path: Vec<Hash, MAX_PATH>,
}

impl Evidence {
    /// Reads evidence that lies open.
    ///
    /// # Errors
    /// When it is none.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let evidence = Self::read(&mut reader)?;
        reader.end()?;
        Ok(evidence)
    }

    /// Whether the centre signed the answer with this leaf.
    ///
    /// # Errors
    /// [`SignError::Mismatch`] when it did not, or when index, count and path do not fit each other.
    pub fn verify(&self, centre: CentreId, key: &impl Verifier, leaf: &Hash) -> Result<(), SignError> {
        let root = self.root(leaf).ok_or(SignError::Mismatch)?;
        key.verify(&root_message(centre, self.count, &root), &self.signature)
    }

    fn root(&self, leaf: &Hash) -> Option<Hash> {
        let (mut index, mut width) = (usize::from(self.index), usize::from(self.count));
        if index >= width || width > MAX_BATCH {
            return None;
        }
        let (mut hash, mut path) = (*leaf, self.path.iter());
        while width > 1 {
            if index % 2 == 1 {
                hash = node(path.next()?, &hash);
            } else if index.saturating_add(1) < width {
                hash = node(&hash, path.next()?);
            }
            index /= 2;
            width = width.div_ceil(2);
        }
        path.next().is_none().then_some(hash)
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        writer.map(4)?;
        writer.uint(0)?;
        writer.bytes(&self.signature)?;
        writer.uint(1)?;
        writer.uint(u64::from(self.count))?;
        writer.uint(2)?;
        writer.uint(u64::from(self.index))?;
        writer.uint(3)?;
        writer.array(self.path.len())?;
        self.path.iter().try_for_each(|hash| writer.bytes(hash))
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut map = reader.map()?;
        let signature = map.required(0)?.array_of()?;
        let count = map.required(1)?.number()?;
        let index = map.required(2)?.number()?;
        let reader = map.required(3)?;
        let mut path = Vec::new();
        for _ in 0..reader.array()? {
            path.push(reader.array_of()?).map_err(|_| DecodeError::Range)?;
        }
        map.end()?;
        if usize::from(count) > MAX_BATCH || index >= count {
            return Err(DecodeError::Range);
        }
        Ok(Self { signature, count, index, path })
    }
}

/// The leaf of an answer: SM3 over `00`, domain, centre, header of the answer and its body without the evidence.
pub(super) fn leaf(centre: CentreId, header: &Header, body: &[u8]) -> Hash {
    let mut hash = Sm3::new_with_prefix([0]);
    hash.update(domain::LEAF);
    hash.update(centre.0);
    hash.update(header.encoded());
    hash.update(body);
    hash.finalize().into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut hash = Sm3::new_with_prefix([1]);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}

/// What the centre signs: domain, centre, how many answers (two bytes, big-endian), root.
fn root_message(centre: CentreId, count: u16, root: &Hash) -> Vec<u8, 64> {
    let mut message = Vec::new();
    for part in [domain::ROOT, &centre.0, &count.to_be_bytes(), root] {
        // 19 + 8 + 2 + 32 bytes always fit.
        let _ = message.extend_from_slice(part);
    }
    message
}

/// The hash tree of one batch, in memory of the caller.
#[derive(Debug)]
pub struct Tree<'a> {
    nodes: &'a [Hash],
    leaves: usize,
}

impl<'a> Tree<'a> {
    /// Hashes that a tree over so many leaves needs, leaves included.
    pub const fn nodes_for(leaves: usize) -> usize {
        let (mut total, mut width) = (leaves, leaves);
        while width > 1 {
            width = width.div_ceil(2);
            total = total.saturating_add(width);
        }
        total
    }

    /// Grows the tree over the first `leaves` hashes of `nodes`; the rest of `nodes` is room for it. `None` when there are
    /// no leaves, more than [`MAX_BATCH`], or fewer than [`Tree::nodes_for`] nodes.
    pub fn grow(nodes: &'a mut [Hash], leaves: usize) -> Option<Self> {
        if leaves == 0 || leaves > MAX_BATCH {
            return None;
        }
        let nodes = nodes.get_mut(..Self::nodes_for(leaves))?;
        let (mut start, mut width) = (0usize, leaves);
        while width > 1 {
            let (level, above) = nodes.get_mut(start..)?.split_at_mut_checked(width)?;
            for (to, pair) in above.iter_mut().zip(level.chunks(2)) {
                *to = match pair {
                    [left, right] => node(left, right),
                    [last] => *last,
                    _ => return None,
                };
            }
            start = start.saturating_add(width);
            width = width.div_ceil(2);
        }
        Some(Self { nodes, leaves })
    }

    /// The root.
    pub fn root(&self) -> Hash {
        self.nodes.last().copied().unwrap_or_default()
    }

    /// The centre's signature over the root.
    ///
    /// # Errors
    /// As the signer's.
    pub fn sign(&self, centre: CentreId, signer: &impl Signer) -> Result<[u8; 64], SignError> {
        let count = u16::try_from(self.leaves).map_err(|_| SignError::Unavailable)?;
        signer.sign(&root_message(centre, count, &self.root()))
    }

    /// The evidence for the leaf with this index under that signature; `None` beyond the last leaf.
    pub fn evidence(&self, index: usize, signature: [u8; 64]) -> Option<Evidence> {
        if index >= self.leaves {
            return None;
        }
        let mut path = Vec::new();
        let (mut at, mut start, mut width) = (index, 0usize, self.leaves);
        while width > 1 {
            let beside = at ^ 1;
            if beside < width {
                path.push(*self.nodes.get(start.checked_add(beside)?)?).ok()?;
            }
            start = start.checked_add(width)?;
            at /= 2;
            width = width.div_ceil(2);
        }
        Some(Evidence {
            signature,
            count: u16::try_from(self.leaves).ok()?,
            index: u16::try_from(index).ok()?,
            path,
        })
    }
}
