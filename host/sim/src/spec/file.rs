//! The TOML form of a card, and where in it an error stands.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;
use yika_protocol::card_keys::CardKeyScheme;

use super::check::{self, EXTENSION_LEN, NAME_LEN};
use super::{CardSpec, Generation, Interface, Key, KeySource, Quirk, SpecError};

type Text = Option<Spanned<String>>;
type Number = Option<Spanned<i64>>;

/// The keys of a spec file, all optional.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct File {
    generation: Number,
    interface: Text,
    region: Text,
    card_sn: Text,
    card_class: Text,
    spec_version: Text,
    organisation: Text,
    issued: Text,
    expires: Text,
    card_no: Text,
    certno: Text,
    psn_name: Text,
    name_hex: Text,
    name_extension: Text,
    name_extension_hex: Text,
    gend: Text,
    naty: Text,
    birthplace: Text,
    brdy: Text,
    reset_info: Text,
    algorithm: Text,
    pin: Text,
    pin_tries: Number,
    key_tries: Number,
    seed: Number,
    #[serde(default)]
    quirks: Vec<Spanned<String>>,
    #[serde(default)]
    keys: Keys,
    #[serde(default)]
    records: BTreeMap<String, Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Keys {
    scheme: Text,
    master_irk: Text,
    master_rksssse: Text,
    master_uksssse: Text,
    irk: Text,
    rksssse: Text,
    uksssse: Text,
}

pub(super) fn parse(text: &str) -> Result<CardSpec, SpecError> {
    let file: File = toml::from_str(text).map_err(|error| SpecError::Syntax {
        line: error.span().map(|span| line_of(text, &span)),
        problem: problem(error.message()),
    })?;
    Lines { text }.card(&file)
}

/// The parser's sentence, without the value it found: that may be a PIN or a certificate number.
pub(crate) fn problem(message: &str) -> String {
    match message.split_once(", expected ") {
        Some((found, expected)) if found.starts_with("invalid ") => match expected {
            "a string" => "expected a text in quotes".to_owned(),
            "i64" => "expected a whole number, without quotes".to_owned(),
            "a sequence" => "expected a list, as in [\"t0\"]".to_owned(),
            other => format!("expected {other}"),
        },
        _ => message.to_owned(),
    }
}

pub(crate) fn line_of(text: &str, span: &Range<usize>) -> usize {
    1 + text.bytes().take(span.start).filter(|byte| *byte == b'\n').count()
}

/// Knows the text, so that a refused value can say its line.
struct Lines<'a> {
    text: &'a str,
}

impl Lines<'_> {
    fn card(&self, file: &File) -> Result<CardSpec, SpecError> {
        let generation = match &file.generation {
            None => Generation::Three,
            Some(number) => Generation::from_number(*number.get_ref())
                .ok_or_else(|| self.wrong(number, "generation", "the generations are 1, 2 and 3"))?,
        };
        let mut card = CardSpec::generation(generation);

        self.set(&mut card.interface, &file.interface, "interface", |text| match text {
            "contact" => Ok(Interface::Contact),
            "contactless" => Ok(Interface::Contactless),
            _ => Err("an interface is \"contact\" or \"contactless\"".to_owned()),
        })?;
        self.issuer(&mut card, file)?;
        self.holder(&mut card, file)?;
        self.name(&mut card, file)?;
        self.security(&mut card, file)?;
        for (tag, record) in &file.records {
            let [tag] = check::hex(tag)
                .map_err(|_| self.wrong(record, "records", "a tag is two hex digits, as in \"4E\""))?;
            let bytes = check::hex_bytes(record.get_ref())
                .map_err(|problem| self.wrong(record, "records", &problem))?;
            if bytes.len() > 250 {
                return Err(self.wrong(record, "records", "a record has at most 250 bytes"));
            }
            if card.records.insert(tag, bytes).is_some() {
                return Err(self.wrong(record, "records", "this tag stands here twice"));
            }
        }
        if let Some(record) = file.card_no.as_ref().and_then(|text| check::long_card_no(text.get_ref())) {
            card.records.entry(0x07).or_insert(record);
        }
        for word in &file.quirks {
            let quirk: Quirk =
                word.get_ref().parse().map_err(|error| self.wrong(word, "quirks", &format!("{error}")))?;
            card.quirks.push(quirk);
        }
        Ok(card)
    }

    fn issuer(&self, card: &mut CardSpec, file: &File) -> Result<(), SpecError> {
        self.set(&mut card.region, &file.region, "region", check::region)?;
        match &file.card_sn {
            None => card.card_sn = check::default_card_sn(&card.region).unwrap_or(card.card_sn),
            Some(text) => {
                self.set(&mut card.card_sn, &file.card_sn, "card_sn", check::card_sn)?;
                let region = check::region(text.get_ref().get(..6).unwrap_or_default())
                    .map_err(|problem| self.wrong(text, "card_sn", &problem))?;
                if file.region.is_some() && region != card.region {
                    let (code, issuer) = (region.as_str(), card.region.as_str());
                    let problem = format!("the code begins with {code}, but region is {issuer}");
                    return Err(self.wrong(text, "card_sn", &problem));
                }
                card.region = region;
            }
        }
        self.set(&mut card.card_class, &file.card_class, "card_class", check::card_class)?;
        self.set(&mut card.spec_version, &file.spec_version, "spec_version", check::version)?;
        self.set(&mut card.organisation, &file.organisation, "organisation", check::organisation)?;
        self.set(&mut card.issued, &file.issued, "issued", check::date)?;
        self.set(&mut card.expires, &file.expires, "expires", check::date)?;
        self.set(&mut card.card_no, &file.card_no, "card_no", check::card_no)?;
        self.set(&mut card.reset_info, &file.reset_info, "reset_info", check::hex)
    }

    /// Gender, birthplace and birth date follow the certificate number unless they are given.
    fn holder(&self, card: &mut CardSpec, file: &File) -> Result<(), SpecError> {
        self.set(&mut card.certno, &file.certno, "certno", check::certno)?;
        card.gend = check::gender_of(&card.certno);
        card.birthplace = check::birthplace_of(&card.certno);
        card.brdy = check::birthday_of(&card.certno);
        self.set(&mut card.gend, &file.gend, "gend", check::gend)?;
        self.set(&mut card.naty, &file.naty, "naty", check::naty)?;
        self.set(&mut card.birthplace, &file.birthplace, "birthplace", check::birthplace)?;
        self.set(&mut card.brdy, &file.brdy, "brdy", check::date)
    }

    fn name(&self, card: &mut CardSpec, file: &File) -> Result<(), SpecError> {
        if let (Some(_), Some(raw)) = (&file.psn_name, &file.name_hex) {
            return Err(self.wrong(raw, "name_hex", "give psn_name or name_hex, not both"));
        }
        if let (Some(_), Some(raw)) = (&file.name_extension, &file.name_extension_hex) {
            return Err(self.wrong(
                raw,
                "name_extension_hex",
                "give name_extension or name_extension_hex, not both",
            ));
        }
        let extension = file.name_extension.as_ref().or(file.name_extension_hex.as_ref());
        if let (Generation::One, Some(text)) = (card.generation, extension)
            && !text.get_ref().is_empty()
        {
            return Err(self.wrong(text, "name_extension", "generation 1 has no name extension"));
        }
        if let (Some(name), None) = (&file.psn_name, extension) {
            let parts = check::split_name(name.get_ref(), card.generation);
            (card.psn_name, card.name_extension) =
                parts.map_err(|problem| self.wrong(name, "psn_name", &problem))?;
        } else {
            self.set(&mut card.psn_name, &file.psn_name, "psn_name", |text| {
                check::name_part(text, NAME_LEN)
            })?;
        }
        self.set(&mut card.psn_name, &file.name_hex, "name_hex", |text| check::name_hex(text, NAME_LEN))?;
        self.set(&mut card.name_extension, &file.name_extension, "name_extension", |text| {
            check::name_part(text, EXTENSION_LEN)
        })?;
        self.set(&mut card.name_extension, &file.name_extension_hex, "name_extension_hex", |text| {
            check::name_hex(text, EXTENSION_LEN)
        })
    }

    fn security(&self, card: &mut CardSpec, file: &File) -> Result<(), SpecError> {
        self.set(&mut card.algorithm, &file.algorithm, "algorithm", check::algorithm)?;
        self.set(&mut card.pin, &file.pin, "pin", check::pin)?;
        self.set_number(&mut card.pin_tries, &file.pin_tries, "pin_tries", check::tries)?;
        self.set_number(&mut card.key_tries, &file.key_tries, "key_tries", check::tries)?;
        self.set_number(&mut card.seed, &file.seed, "seed", |seed| {
            u64::try_from(seed).map_err(|_| "a seed is a number from 0".to_owned())
        })?;

        let keys = &file.keys;
        self.set(&mut card.keys.scheme, &keys.scheme, "scheme", |name| {
            CardKeyScheme::by_name(name)
                .ok_or_else(|| "a scheme is \"assumed-1\" or \"assumed-2\"".to_owned())
        })?;
        let sources = [
            (&mut card.keys.irk, "irk", &keys.irk, "master_irk", &keys.master_irk),
            (&mut card.keys.rksssse, "rksssse", &keys.rksssse, "master_rksssse", &keys.master_rksssse),
            (&mut card.keys.uksssse, "uksssse", &keys.uksssse, "master_uksssse", &keys.master_uksssse),
        ];
        for (to, key, card_key, master_key, master) in sources {
            if let (Some(text), Some(_)) = (card_key, master) {
                return Err(self.wrong(text, key, "give the card key or its master, not both"));
            }
            self.set(to, card_key, key, |text| check::key(text).map(KeySource::Card))?;
            self.set(to, master, master_key, |text| check::key(text).map(|key: Key| KeySource::Master(key)))?;
        }
        Ok(())
    }

    fn set<T>(
        &self,
        to: &mut T,
        from: &Text,
        key: &'static str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<(), SpecError> {
        if let Some(text) = from {
            *to = read(text.get_ref()).map_err(|problem| self.wrong(text, key, &problem))?;
        }
        Ok(())
    }

    fn set_number<T>(
        &self,
        to: &mut T,
        from: &Number,
        key: &'static str,
        read: impl Fn(i64) -> Result<T, String>,
    ) -> Result<(), SpecError> {
        if let Some(number) = from {
            *to = read(*number.get_ref()).map_err(|problem| self.wrong(number, key, &problem))?;
        }
        Ok(())
    }

    fn wrong<T>(&self, at: &Spanned<T>, key: &'static str, problem: &str) -> SpecError {
        SpecError::Value { line: line_of(self.text, &at.span()), key, problem: problem.to_owned() }
    }
}
