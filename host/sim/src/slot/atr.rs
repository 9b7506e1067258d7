//! The answer to reset of a card on its contacts.

use super::{LineSpec, Protocols};

/// The card's own answer where it fits, else one with the interface bytes of this line. The historical bytes stay: they are
/// the reset information that goes into the proof of a purchase.
pub(super) fn on_contacts(own: &[u8], line: &LineSpec) -> Vec<u8> {
    if line.protocols == Protocols::T0 && line.rate == 0x11 && own.get(1).is_some_and(|t0| t0 & 0x90 == 0) {
        return own.to_vec();
    }
    let count = own.get(1).map_or(0, |t0| usize::from(t0 & 0x0F));
    let tck = usize::from(has_check(own));
    let end = own.len().saturating_sub(tck);
    let historical = own.get(end.saturating_sub(count)..end).unwrap_or_default();
    let fast = line.rate != 0x11;
    let (td1, then): (Option<u8>, &[u8]) = match line.protocols {
        Protocols::T0 => (None, &[]),
        // TD2 31: TA3 and TB3 for T=1. Fields of 254 bytes, BWI 4, CWI 5.
        Protocols::T1 => (Some(0x81), &[0x31, 0xFE, 0x45]),
        Protocols::Both => (Some(0x80), &[0x31, 0xFE, 0x45]),
    };
    let mut announced = 0x60;
    announced |= if fast { 0x10 } else { 0 };
    announced |= if td1.is_some() { 0x80 } else { 0 };
    let mut atr = vec![0x3B, announced | (historical.len() as u8 & 0x0F)];
    atr.extend(fast.then_some(line.rate));
    atr.extend([0x00, 0x00]);
    atr.extend(td1);
    atr.extend(then);
    atr.extend(historical);
    if td1.is_some() {
        atr.push(atr.iter().skip(1).fold(0, |check, byte| check ^ byte));
    }
    atr
}

/// Whether a TCK stands at the end: when any protocol but T=0 is named.
fn has_check(atr: &[u8]) -> bool {
    let mut at = 1;
    let mut announced = atr.get(1).copied().unwrap_or(0);
    while announced & 0x80 != 0 {
        at += (announced >> 4).count_ones() as usize;
        let Some(td) = atr.get(at) else { return false };
        if td & 0x0F != 0 {
            return true;
        }
        announced = *td;
    }
    false
}
