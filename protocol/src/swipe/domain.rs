//! Domain strings: what a hash, a key or a signature is for. Each ends with a zero byte, so none begins another.

/// Signature of a terminal over a request.
pub(super) const REQUEST: &[u8] = b"yika swipe v1 request\0";
/// Associated data of the seal.
pub(super) const SEAL: &[u8] = b"yika swipe v1 seal\0";
/// Keys of one epoch and direction.
pub(super) const KEYS: &[u8] = b"yika swipe v1 keys\0";
/// Challenge of the card.
pub(super) const CARD: &[u8] = b"yika swipe v1 card\0";
/// Leaf of the evidence.
pub(super) const LEAF: &[u8] = b"yika swipe v1 leaf\0";
/// Signature of a centre over the root of the evidence.
pub(super) const ROOT: &[u8] = b"yika swipe v1 root\0";
/// Key of the generator of prepared nonces.
pub(super) const NONCE: &[u8] = b"yika swipe v1 nonce\0";
/// Private key of a new terminal.
pub(super) const PRIVATE_KEY: &[u8] = b"yika enrol v1 private key\0";
/// Opening of the commitment in an enrolment request.
pub(super) const OPENING: &[u8] = b"yika enrol v1 opening\0";
/// Commitment in an enrolment request.
pub(super) const COMMITMENT: &[u8] = b"yika enrol v1 commitment\0";
/// Proof of possession of a terminal's private key.
pub(super) const PROOF: &[u8] = b"yika enrol v1 request\0";
/// Signature of a centre over a certificate.
pub(super) const CERTIFICATE: &[u8] = b"yika enrol v1 certificate\0";
/// Enrolment secret.
pub(super) const SECRET: &[u8] = b"yika enrol v1 secret\0";
/// Compared code.
pub(super) const CODE: &[u8] = b"yika enrol v1 code\0";
