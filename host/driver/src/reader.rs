//! Readers: their names, an identity that survives re-plugging, and the rule that picks one.

use crate::{
    error::LinkError,
    link::{Slot, SlotState},
};
use std::{
    ffi::{CStr, CString},
    fmt,
};

/// The name the service gives a reader: bytes, in whatever encoding the driver used.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReaderName(CString);

impl ReaderName {
    /// From the bytes of the service.
    pub fn new(name: impl Into<CString>) -> Self {
        ReaderName(name.into())
    }

    /// The name for the service.
    pub fn as_c_str(&self) -> &CStr {
        &self.0
    }

    /// The name for people; bytes that are not UTF-8 are replaced.
    pub fn display(&self) -> String {
        self.0.to_string_lossy().into_owned()
    }

    /// Name without the index and slot that the service appends (`… 00 01`), and those two.
    ///
    /// The service counts readers in the order in which they were plugged, so the index says nothing about the device.
    fn split(&self) -> (&[u8], Option<(u8, u8)>) {
        let bytes = self.0.as_bytes();
        if let [base @ .., b' ', a, b, b' ', c, d] = bytes
            && let (Some(index), Some(slot)) = (hex_pair(*a, *b), hex_pair(*c, *d))
        {
            return (base, Some((index, slot)));
        }
        // Windows appends one decimal: `ACS ACR122 0`.
        if let [base @ .., b' ', digit] = bytes
            && digit.is_ascii_digit()
        {
            return (base, Some((digit - b'0', 0)));
        }
        (bytes, None)
    }
}

fn hex_pair(high: u8, low: u8) -> Option<u8> {
    let digit = |c: u8| (c as char).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

impl fmt::Debug for ReaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.display())
    }
}

impl fmt::Display for ReaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.display())
    }
}

/// What was learnt about the device behind a reader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReaderTraits {
    /// Its place and identity on USB.
    pub usb: Option<Usb>,
    /// The serial number the driver reports (`SCARD_ATTR_VENDOR_IFD_SERIAL_NO`).
    pub serial: Option<String>,
}

/// A USB device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usb {
    /// idVendor.
    pub vendor: u16,
    /// idProduct.
    pub product: u16,
    /// Port path such as `1-1.4`: the same socket gives the same path.
    pub port: String,
    /// Serial number, when the device has one.
    pub serial: Option<String>,
}

/// An identity that stays when readers are plugged in another order.
///
/// From strongest to weakest: `usb:VVVV:PPPP:SERIAL/S`, `usb:VVVV:PPPP@PORT/S` (two readers of one model without serial
/// numbers differ only by their sockets), `serial:…/S`, `name:…/S`. `S` is the slot of the device. Readers that cannot
/// be told apart get `~2`, `~3`; that tail is not stable.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReaderId(String);

impl ReaderId {
    fn derive(name: &ReaderName, traits: &ReaderTraits) -> String {
        let (base, numbers) = name.split();
        let slot = numbers.map_or(0, |(_, slot)| slot);
        let serial = |s: &Option<String>| s.as_deref().map(slug).filter(|s| !s.is_empty());
        match &traits.usb {
            Some(usb) => {
                let Usb { vendor, product, port, .. } = usb;
                match serial(&usb.serial).or_else(|| serial(&traits.serial)) {
                    Some(serial) => format!("usb:{vendor:04x}:{product:04x}:{serial}/{slot}"),
                    None => format!("usb:{vendor:04x}:{product:04x}@{port}/{slot}"),
                }
            }
            None => {
                let base = slug(&String::from_utf8_lossy(base));
                match serial(&traits.serial) {
                    Some(serial) => format!("serial:{base}:{serial}/{slot}"),
                    None => format!("name:{base}/{slot}"),
                }
            }
        }
    }

    /// The text, for people and for the site file.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReaderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Lower case, letters and digits of any script, everything else one hyphen.
fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.trim_end_matches('-').to_owned()
}

/// What a slot is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// People put their card here.
    User,
    /// A security module sits here for good.
    Sam,
}

impl Role {
    /// By name: makers write `SAM`, `PSAM`, or number the module slots `ICC 01` and up.
    fn of(name: &ReaderName) -> Role {
        let (base, _) = name.split();
        let text = String::from_utf8_lossy(base).to_uppercase();
        let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
        let numbered = |word: &str, stem: &str| {
            word.strip_prefix(stem).is_some_and(|tail| tail.chars().all(|c| c.is_ascii_digit()))
        };
        let is_module = words.iter().any(|w| numbered(w, "SAM") || numbered(w, "PSAM"))
            || words
                .windows(2)
                .any(|pair| matches!(pair, ["ICC", n] if n.parse::<u8>().is_ok_and(|n| n > 0)));
        if is_module { Role::Sam } else { Role::User }
    }
}

/// A reader, its identity and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// Name as the service gives it.
    pub name: ReaderName,
    /// Identity that survives re-plugging.
    pub id: ReaderId,
    /// For people or for a security module.
    pub role: Role,
    /// USB place, when known.
    pub usb: Option<Usb>,
    /// What is in it now.
    pub state: SlotState,
    /// How often a card went in or out, as the service counts it.
    pub events: Option<u16>,
}

impl Reader {
    /// Readers from slots, with ids that differ.
    pub(crate) fn from_slots(slots: Vec<(Slot, ReaderTraits)>) -> Vec<Reader> {
        let mut readers: Vec<Reader> = Vec::with_capacity(slots.len());
        for (slot, traits) in slots {
            let base = ReaderId::derive(&slot.name, &traits);
            let mut id = base.clone();
            let mut copy = 2;
            while readers.iter().any(|other| other.id.0 == id) {
                id = format!("{base}~{copy}");
                copy += 1;
            }
            readers.push(Reader {
                role: Role::of(&slot.name),
                name: slot.name,
                id: ReaderId(id),
                usb: traits.usb,
                state: slot.state,
                events: slot.events,
            });
        }
        readers
    }
}

/// Which reader to use.
///
/// In this order: the explicit name or id; the site's preferences; the only reader with a card; the first reader that
/// is not a security module. Security modules are used only when named in full.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Full name, full id or an unambiguous part of either, any case. From the command line.
    pub wanted: Option<String>,
    /// Parts of names or ids in order of preference. From the site file.
    pub prefer: Vec<String>,
    /// Parts of names or ids that are never chosen by rule. From the site file.
    pub skip: Vec<String>,
    /// Names or ids, or parts of either, of slots that hold a security module though their name does not say so. From
    /// the site file.
    pub modules: Vec<String>,
    exact: Option<ReaderName>,
}

impl Selection {
    /// The reader with this name or id.
    pub fn named(wanted: impl Into<String>) -> Self {
        Selection { wanted: Some(wanted.into()), ..Selection::default() }
    }

    /// This reader and no other, also when its name cannot be written as text.
    pub(crate) fn exactly(reader: &Reader) -> Self {
        Selection { exact: Some(reader.name.clone()), ..Selection::default() }
    }

    /// Whether ids are needed to decide; they cost a look at every device.
    pub(crate) fn needs_ids(&self) -> bool {
        let by_id = |text: &String| text.contains(':') || text.contains('/') || text.contains('~');
        self.wanted.iter().chain(&self.prefer).chain(&self.skip).chain(&self.modules).any(by_id)
    }

    /// What this reader is for: by its name, or because the site says that a module sits there.
    pub fn role(&self, reader: &Reader) -> Role {
        if self.modules.iter().any(|part| matches_part(reader, part)) { Role::Sam } else { reader.role }
    }

    /// Picks a reader, or says why none fits.
    pub fn pick<'a>(&self, readers: &'a [Reader]) -> Result<&'a Reader, LinkError> {
        if readers.is_empty() {
            return Err(LinkError::NoReader);
        }
        if let Some(exact) = &self.exact {
            return readers.iter().find(|r| r.name == *exact).ok_or(LinkError::ReaderGone);
        }
        match &self.wanted {
            Some(wanted) => self.pick_named(wanted, readers),
            None => self.pick_by_rule(readers),
        }
    }

    fn pick_by_rule<'a>(&self, readers: &'a [Reader]) -> Result<&'a Reader, LinkError> {
        let allowed =
            |r: &&Reader| self.role(r) == Role::User && !self.skip.iter().any(|part| matches_part(r, part));
        let users: Vec<&Reader> = readers.iter().filter(allowed).collect();
        let preferred = self.prefer.iter().find_map(|part| {
            let mut fits = users.iter().filter(|r| matches_part(r, part));
            let first = fits.clone().next();
            fits.find(|r| r.state.has_card()).or(first)
        });
        preferred
            .or_else(|| users.iter().find(|r| looks_social(&r.state)))
            .or_else(|| users.iter().find(|r| r.state.has_card()))
            .or_else(|| users.iter().find(|r| r.state == SlotState::Empty))
            .or_else(|| users.first())
            .copied()
            .ok_or(LinkError::NoReader)
    }

    fn pick_named<'a>(&self, wanted: &str, readers: &'a [Reader]) -> Result<&'a Reader, LinkError> {
        let exact = |r: &&Reader| r.id.0 == wanted || r.name.display() == wanted;
        if let Some(reader) = readers.iter().find(exact) {
            return Ok(reader);
        }
        let users = readers.iter().filter(|r| self.role(r) == Role::User && matches_part(r, wanted));
        let found: Vec<&Reader> = users.collect();
        match found.as_slice() {
            [] => Err(LinkError::NotFound {
                wanted: wanted.to_owned(),
                present: readers.iter().map(|r| r.name.display()).collect(),
            }),
            [one] => Ok(one),
            many => {
                let mut with_card = many.iter().filter(|r| r.state.has_card());
                match (with_card.next(), with_card.next()) {
                    (Some(one), None) => Ok(one),
                    _ => Err(LinkError::Ambiguous {
                        wanted: wanted.to_owned(),
                        matches: many.iter().map(|r| r.id.0.clone()).collect(),
                    }),
                }
            }
        }
    }
}

/// A card that announces itself as a social security card wins where several cards are in: thirteen historical
/// bytes that begin with the registration number of a chip maker, 00 8x or 00 9x.
fn looks_social(state: &SlotState) -> bool {
    let SlotState::Card { atr, .. } = state else { return false };
    matches!(atr.as_slice(), [0x3B, 0x6D, _, _, 0x00, 0x80..=0x9F, ..] if atr.len() == 17)
}

pub(crate) fn matches_part(reader: &Reader, part: &str) -> bool {
    let part = part.to_lowercase();
    !part.is_empty()
        && (reader.name.display().to_lowercase().contains(&part)
            || reader.id.0.to_lowercase().contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(name: &[u8], state: SlotState) -> (Slot, ReaderTraits) {
        (
            Slot { name: ReaderName::new(CString::new(name).unwrap()), state, events: None },
            ReaderTraits::default(),
        )
    }

    fn card() -> SlotState {
        SlotState::Card { atr: vec![0x3B, 0x00], exclusive: false, in_use: false }
    }

    fn pick(selection: &Selection, slots: Vec<(Slot, ReaderTraits)>) -> Result<String, LinkError> {
        selection.pick(&Reader::from_slots(slots)).map(|r| r.name.display())
    }

    #[test]
    fn plug_order_does_not_change_an_id_and_slots_stay_distinct() {
        let ids = |slots| Reader::from_slots(slots).into_iter().map(|r| r.id.0).collect::<Vec<_>>();
        let two =
            vec![slot(b"Virtual PCD 00 00", SlotState::Empty), slot(b"Virtual PCD 00 01", SlotState::Empty)];
        assert_eq!(ids(two), ["name:virtual-pcd/0", "name:virtual-pcd/1"]);
        assert_eq!(ids(vec![slot(b"ACS ACR39U 03 00", card())]), ["name:acs-acr39u/0"]);
        let twins = vec![slot(b"ACS ACR39U 00 00", card()), slot(b"ACS ACR39U 01 00", card())];
        assert_eq!(ids(twins), ["name:acs-acr39u/0", "name:acs-acr39u/0~2"]);
    }

    #[test]
    fn usb_serial_beats_port_beats_name() {
        let name = ReaderName::new(c"Maker CCID 00 00");
        let usb = Usb { vendor: 0x072f, product: 0xb100, port: "1-1.4".into(), serial: Some("AB 12".into()) };
        let mut traits = ReaderTraits { usb: Some(usb), serial: None };
        assert_eq!(ReaderId::derive(&name, &traits), "usb:072f:b100:ab-12/0");
        traits.usb.as_mut().unwrap().serial = None;
        assert_eq!(ReaderId::derive(&name, &traits), "usb:072f:b100@1-1.4/0");
    }

    #[test]
    fn module_slots_are_known_by_name() {
        let role = |name: &str| Role::of(&ReaderName::new(CString::new(name).unwrap()));
        for module in [
            "ACS ACR38U-SAM 00 00",
            "Decard PSAM1 00 01",
            "X Dual Reader [SAM Interface] 00 02",
            "D8 ICC 01 00 00",
        ] {
            assert_eq!(role(module), Role::Sam, "{module}");
        }
        for user in
            ["Samsung Reader 00 00", "ACS ACR39U ICC Reader 00 00", "D8 ICC 00 00 00", "Virtual PCD 00 01"]
        {
            assert_eq!(role(user), Role::User, "{user}");
        }
    }

    #[test]
    fn the_rule_takes_the_reader_with_the_card_and_never_a_module() {
        let slots = || {
            vec![
                slot(b"Maker SAM 00 00", card()),
                slot(b"Bad 00 00", SlotState::Failed(LinkError::ReaderGone)),
                slot(b"A 00 00", SlotState::Empty),
                slot(b"B 01 00", card()),
            ]
        };
        assert_eq!(pick(&Selection::default(), slots()).unwrap(), "B 01 00");
        let empty = slots()[..3].to_vec();
        assert_eq!(pick(&Selection::default(), empty).unwrap(), "A 00 00");
        let only_module = slots()[..1].to_vec();
        assert_eq!(pick(&Selection::default(), only_module.clone()), Err(LinkError::NoReader));
        assert_eq!(pick(&Selection::named("Maker SAM 00 00"), only_module).unwrap(), "Maker SAM 00 00");
        assert_eq!(pick(&Selection::default(), vec![]), Err(LinkError::NoReader));
    }

    #[test]
    fn the_site_prefers_and_skips_and_the_command_line_wins() {
        let slots =
            || vec![slot(b"A 00 00", card()), slot(b"B 01 00", SlotState::Empty), slot(b"C 02 00", card())];
        let site = Selection { prefer: vec!["zz".into(), "name:b".into()], ..Selection::default() };
        assert_eq!(pick(&site, slots()).unwrap(), "B 01 00");
        let skip = Selection { skip: vec!["name:a/".into()], ..Selection::default() };
        assert_eq!(pick(&skip, slots()).unwrap(), "C 02 00");
        let named = Selection { wanted: Some("name:c/0".into()), ..site };
        assert_eq!(pick(&named, slots()).unwrap(), "C 02 00");
    }

    #[test]
    fn a_slot_that_the_site_calls_a_module_slot_is_never_offered() {
        let slots = || vec![slot(b"Virtual PCD 00 00", SlotState::Empty), slot(b"Virtual PCD 00 01", card())];
        for name in ["Virtual PCD 00 01", "name:virtual-pcd/1"] {
            let site = Selection { modules: vec![name.into()], ..Selection::default() };
            assert_eq!(pick(&site, slots()).unwrap(), "Virtual PCD 00 00", "{name}");
            let part = Selection { wanted: Some("virtual".into()), ..site.clone() };
            assert_eq!(pick(&part, slots()).unwrap(), "Virtual PCD 00 00");
            let full = Selection { wanted: Some("Virtual PCD 00 01".into()), ..site };
            assert_eq!(pick(&full, slots()).unwrap(), "Virtual PCD 00 01", "named in full it is meant");
        }
    }

    #[test]
    fn a_social_security_card_wins_over_another_card() {
        let mut atr = vec![0x3B, 0x6D, 0x00, 0x00, 0x00, 0x81];
        atr.resize(17, 0x11);
        let social = SlotState::Card { atr, exclusive: false, in_use: false };
        let slots = vec![slot(b"A 00 00", card()), slot(b"B 01 00", social)];
        assert_eq!(pick(&Selection::default(), slots).unwrap(), "B 01 00");
    }

    #[test]
    fn a_part_of_a_name_must_fit_one_reader_or_one_with_a_card() {
        let both = || vec![slot(b"PCD 00 00", SlotState::Empty), slot(b"PCD 00 01", card())];
        assert_eq!(pick(&Selection::named("pcd"), both()).unwrap(), "PCD 00 01");
        let empty = vec![slot(b"PCD 00 00", SlotState::Empty), slot(b"PCD 00 01", SlotState::Empty)];
        let Err(LinkError::Ambiguous { matches, .. }) = pick(&Selection::named("pcd"), empty) else {
            panic!("two readers match")
        };
        assert_eq!(matches, ["name:pcd/0", "name:pcd/1"]);
        assert!(matches!(pick(&Selection::named("omnikey"), both()), Err(LinkError::NotFound { .. })));
    }

    #[test]
    fn names_that_are_not_utf8_are_shown_and_can_be_chosen() {
        let gbk = b"\xB6\xC1\xBF\xA8\xC6\xF7 00 00"; // a Chinese name in GBK
        let slots = vec![slot(gbk, card())];
        let readers = Reader::from_slots(slots);
        let id = readers[0].id.0.clone();
        assert_eq!(Selection::named(id).pick(&readers).unwrap().name.as_c_str().to_bytes(), gbk);
    }
}
