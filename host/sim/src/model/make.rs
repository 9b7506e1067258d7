//! Personalisation: from a spec to the files and keys of a card.

use super::files::{Access, Df, Ef, FileSystem, MF, Record};
use super::security::{CardKeys, ExternalKey};
use crate::spec::{CardSpec, Generation, Interface, KeySource, Quirk};
use yika_protocol::card_keys::{Algorithm, CardKey, card_factor};

/// `sx1.sh.社会保障` in GBK: the name of the social security environment.
pub(super) const SSSE_NAME: &[u8] = b"sx1.sh.\xC9\xE7\xBB\xE1\xB1\xA3\xD5\xCF";
/// File identifier of the SSSE where it is a DDF under the MF.
const SSSE_FID: u16 = 0xDDF1;
/// File identifier of the MF.
const MF_FID: u16 = 0x3F00;
/// The RID of the social security card; one more byte names an application.
const RID: [u8; 5] = [0xD1, 0x56, 0x00, 0x00, 0x05];
/// The PBOC debit application that a bank puts on the same chip, and the directory that lists it.
const BANK: [(u16, &[u8]); 2] = [(0xADF1, b"\xA0\x00\x00\x03\x33\x01\x01\x01"), (0xDDF2, b"1PAY.SYS.DDF01")];

/// Key ids of EXTERNAL AUTHENTICATION.
pub(super) const UKSSSE: u8 = 0x04;
pub(super) const RKSSSE: u8 = 0x0A;

const EF05: u16 = 0xEF05;
const EF06: u16 = 0xEF06;
/// 姓名扩展.
pub(super) const NAME_EXTENSION: u8 = 0x4E;

/// The file tree of this card and where its SSSE stands in it.
pub(super) fn files(spec: &CardSpec) -> (FileSystem, Option<usize>) {
    let bank_card = spec.quirks.has(Quirk::NoSsse);
    let mut files = FileSystem { dfs: vec![df(MF_FID, b"", MF)] };
    let mut ssse = None;
    if !bank_card {
        let at = if spec.quirks.has(Quirk::SsseIsMf) { MF } else { files.dfs.len() };
        let fid = if at == MF { MF_FID } else { SSSE_FID };
        let environment = Df { efs: vec![issuer_file(spec), holder_file(spec)], ..df(fid, SSSE_NAME, MF) };
        if at == MF {
            files.dfs = vec![environment];
        } else {
            files.dfs.push(environment);
        }
        for number in 0..=6_u8 {
            let name = [RID.as_slice(), &[number]].concat();
            files.dfs.push(df(0xDF01 + u16::from(number), &name, at));
        }
        ssse = Some(at);
    }
    if bank_card || spec.generation != Generation::One {
        files.dfs.extend(BANK.map(|(fid, name)| df(fid, name, MF)));
    }
    (files, ssse)
}

fn df(fid: u16, name: &[u8], parent: usize) -> Df {
    Df { fid, name: name.to_vec(), parent, efs: Vec::new() }
}

/// EF05: who issued the card, and which card it is.
fn issuer_file(spec: &CardSpec) -> Ef {
    let version = if spec.quirks.has(Quirk::Version00) { [0; 4] } else { spec.spec_version };
    let mut card_no = spec.card_no.to_vec();
    if spec.quirks.has(Quirk::LongCardNo) {
        card_no.extend_from_slice(b"990");
    }
    let records = vec![
        Record::new(1, 0x01, &spec.card_sn),
        Record::new(2, 0x02, &[spec.card_class]),
        Record::new(3, 0x03, &version),
        Record::new(4, 0x04, &spec.organisation),
        Record::new(5, 0x05, &spec.issued),
        Record::new(6, 0x06, &spec.expires),
        Record::new(7, 0x07, &card_no),
    ];
    finish(spec, Ef { fid: EF05, read: Access::Always, update: Access::Key(UKSSSE), records })
}

/// EF06: whose card it is. Generation 3 wants external authentication before it shows any of it.
fn holder_file(spec: &CardSpec) -> Ef {
    let quirks = &spec.quirks;
    let pad = if quirks.has(Quirk::FfPaddedName) {
        0xFF
    } else if quirks.has(Quirk::SpacePaddedName) {
        b' '
    } else {
        0x00
    };
    // (tag, value) in the order of the file; the number is the place, and a missing record may leave a gap.
    let mut values = vec![
        (0x08, padded(spec.certno.as_bytes(), 18, 0x00)),
        (0x09, padded(&spec.psn_name, 30, pad)),
        (NAME_EXTENSION, padded(&spec.name_extension, 20, pad)),
        (0x0A, vec![spec.gend]),
        (0x0B, vec![spec.naty]),
        (0x0C, spec.birthplace.to_vec()),
        (0x0D, spec.brdy.to_vec()),
    ];
    if spec.generation == Generation::One || quirks.has(Quirk::No4ePacked) {
        values.retain(|(tag, _)| *tag != NAME_EXTENSION);
    }
    let mut records: Vec<Record> =
        (1..).zip(values).map(|(number, (tag, value))| Record::new(number, tag, &value)).collect();
    if no_extension(spec).is_some() {
        records.retain(|record| record.tag != NAME_EXTENSION);
    }
    let read = match spec.generation {
        Generation::One | Generation::Two => Access::Always,
        Generation::Three => Access::Key(RKSSSE),
    };
    finish(spec, Ef { fid: EF06, read, update: Access::Key(UKSSSE), records })
}

/// The status word of `no-4e`.
pub(super) fn no_extension(spec: &CardSpec) -> Option<u16> {
    spec.quirks.value(|quirk| match quirk {
        Quirk::No4e(sw) => Some(sw),
        _ => None,
    })
}

fn padded(value: &[u8], length: usize, pad: u8) -> Vec<u8> {
    let mut bytes = value.to_vec();
    bytes.resize(length.max(value.len()), pad);
    bytes
}

/// Puts in the records written by hand, then spoils those that quirks name.
fn finish(spec: &CardSpec, mut ef: Ef) -> Ef {
    for (tag, bytes) in &spec.records {
        match ef.by_tag(*tag) {
            Some(at) if bytes.is_empty() => {
                ef.records.remove(at);
            }
            Some(at) => {
                if let Some(record) = ef.records.get_mut(at) {
                    record.bytes.clone_from(bytes);
                }
            }
            // A tag no field has goes to the end of the file it belongs to.
            None if !bytes.is_empty() && (*tag <= 0x07) == (ef.fid == EF05) => {
                let number = ef.records.iter().map(|record| record.number).max().unwrap_or(0) + 1;
                ef.records.push(Record { number, tag: *tag, bytes: bytes.clone() });
            }
            None => {}
        }
    }
    for quirk in spec.quirks.iter() {
        let (Quirk::WrongTag(tag) | Quirk::WrongLength(tag) | Quirk::Truncated(tag)) = quirk else {
            continue;
        };
        let Some(record) = ef.by_tag(tag).and_then(|at| ef.records.get_mut(at)) else { continue };
        match (quirk, record.bytes.as_mut_slice()) {
            (Quirk::WrongTag(_), [first, ..]) => *first ^= 0x40,
            (Quirk::WrongLength(_), [_, length, ..]) => *length = length.wrapping_add(1),
            (Quirk::Truncated(_), [_, _, value @ ..]) => {
                let keep = 2 + value.len() / 2;
                record.bytes.truncate(keep);
            }
            _ => {}
        }
    }
    ef
}

/// The card's keys, diversified where the spec gives masters. Algorithm 02 has none: SSF33 is not public.
pub(super) fn keys(spec: &CardSpec) -> CardKeys {
    let algorithm = Algorithm::from_id(spec.algorithm).unwrap_or(Algorithm::Ssf33);
    let key = |source: KeySource| -> Option<CardKey> {
        match source {
            KeySource::Card(key) => Some(CardKey::new(key)),
            KeySource::Master(master) => {
                let factor = card_factor(&spec.reset_info)?;
                spec.keys.scheme.card_key(algorithm, &CardKey::new(master), &spec.region, &factor).ok()
            }
        }
    };
    let external = |id, source| ExternalKey::new(id, key(source), spec.key_tries);
    CardKeys {
        algorithm,
        scheme: spec.keys.scheme,
        irk: key(spec.keys.irk),
        external: vec![external(UKSSSE, spec.keys.uksssse), external(RKSSSE, spec.keys.rksssse)],
    }
}

/// The answer to reset: contact `3B 6D 00 00` and the historical bytes (T=0, no TCK); contactless the form that
/// PC/SC part 3 makes up, `3B 8D 80 01`, the historical bytes and their check byte.
pub(super) fn atr(spec: &CardSpec) -> Vec<u8> {
    let historical = &spec.reset_info;
    match spec.interface {
        Interface::Contact => [&[0x3B, 0x6D, 0x00, 0x00], historical.as_slice()].concat(),
        Interface::Contactless => {
            let mut atr = [&[0x3B, 0x8D, 0x80, 0x01], historical.as_slice()].concat();
            atr.push(atr.iter().skip(1).fold(0, |tck, byte| tck ^ byte));
            atr
        }
    }
}

/// The FCI of a DF. The social security environment names its algorithm under tag 9F0C; generation 1 does not, and
/// means 3DES.
pub(super) fn fci(spec: &CardSpec, df: &Df) -> Vec<u8> {
    let mut proprietary = vec![0x88, 0x01, 0x01];
    let names_algorithm = spec.generation != Generation::One || spec.algorithm != 1;
    if df.name == SSSE_NAME && names_algorithm && !spec.quirks.has(Quirk::NoAlg) {
        proprietary.extend_from_slice(&[0x9F, 0x0C, 0x03, 0x86, 0x01, spec.algorithm]);
    }
    let mut body = if df.name.is_empty() { tlv(0x83, &df.fid.to_be_bytes()) } else { tlv(0x84, &df.name) };
    body.extend(tlv(0xA5, &proprietary));
    tlv(0x6F, &body)
}

/// The FCI of an EF: its identifier and that it holds records of variable length.
pub(super) fn ef_fci(ef: &Ef) -> Vec<u8> {
    let body = [tlv(0x82, &[0x04]), tlv(0x83, &ef.fid.to_be_bytes())].concat();
    tlv(0x6F, &body)
}

/// A TLV object; everything here is far shorter than 128 bytes.
fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut object = vec![tag, value.len() as u8];
    object.extend_from_slice(value);
    object
}
