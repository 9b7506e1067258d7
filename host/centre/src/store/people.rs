//! People and their insurances. Names and numbers are sealed; look-ups go through keyed digests.

use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};
use yika_platform::personal::Personal;
use zeroize::Zeroizing;

use super::Work;
use crate::StoreError;
use crate::seed::{SeedInsurance, SeedPerson};

/// Who a person is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) certno: Personal,
    pub(crate) psn_cert_type: String,
    pub(crate) psn_name: Personal,
    pub(crate) gend: String,
    pub(crate) naty: String,
    /// `yyyy-MM-dd`.
    pub(crate) brdy: String,
    pub(crate) card_no: Option<Personal>,
    pub(crate) card_sn: Option<Personal>,
    /// Milliseconds; an e-voucher token without an end never runs out.
    pub(crate) ec_token_expires: Option<i64>,
}

/// A person of the register.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) psn_no: String,
    pub(crate) identity: Identity,
}

/// One insurance of a person.
#[derive(Debug, Clone)]
pub(crate) struct Insurance {
    pub(crate) insutype: String,
    pub(crate) psn_type: String,
    pub(crate) psn_insu_stas: String,
    pub(crate) cvlserv_flag: String,
    pub(crate) insuplc_admdvs: String,
}

fn person_row(psn_no: &str) -> String {
    format!("person:{psn_no}")
}

impl Work<'_> {
    pub(crate) fn put_person(&self, row: &SeedPerson) -> Result<(), StoreError> {
        let identity = Identity {
            certno: Personal::new(row.certno.expose()),
            psn_cert_type: row.psn_cert_type.clone(),
            psn_name: row.psn_name.clone(),
            gend: row.gend.clone(),
            naty: row.naty.clone(),
            brdy: row.brdy.to_string(),
            card_no: row.card_no.clone(),
            card_sn: row.card_sn.clone(),
            ec_token_expires: row.ec_token_expires,
        };
        let plain = Zeroizing::new(serde_json::to_vec(&identity).map_err(|e| StoreError(e.to_string()))?);
        let key = |kind: &str, value: &Option<Personal>| {
            value.as_ref().map(|v| self.vault.digest(kind, v.expose()))
        };
        self.tables.execute(
            "INSERT INTO person (psn_no, certno_key, card_key, token_key, sealed) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT (psn_no) DO UPDATE SET certno_key = excluded.certno_key, card_key = excluded.card_key, \
             token_key = excluded.token_key, sealed = excluded.sealed",
            params![
                row.psn_no,
                self.vault.digest("certno", row.certno.to_18().expose()),
                key("card_no", &row.card_no),
                key("ec_token", &row.ec_token),
                self.seal(&person_row(&row.psn_no), &plain)?
            ],
        )?;
        self.tables.execute("DELETE FROM insurance WHERE psn_no = ?1", [&row.psn_no])?;
        for insurance in &row.insurances {
            self.put_insurance(&row.psn_no, insurance)?;
        }
        Ok(())
    }

    fn put_insurance(&self, psn_no: &str, row: &SeedInsurance) -> Result<(), StoreError> {
        self.tables.execute(
            "INSERT INTO insurance (psn_no, insutype, psn_type, psn_insu_stas, cvlserv_flag, insuplc_admdvs) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                psn_no,
                row.insutype,
                row.psn_type,
                row.psn_insu_stas,
                row.cvlserv_flag,
                row.insuplc_admdvs.as_str()
            ],
        )?;
        Ok(())
    }

    pub(crate) fn person(&self, psn_no: &str) -> Result<Option<Person>, StoreError> {
        let mut statement = self.tables.prepare_cached("SELECT sealed FROM person WHERE psn_no = ?1")?;
        let sealed: Option<Vec<u8>> = statement.query_row([psn_no], |row| row.get(0)).optional()?;
        let Some(sealed) = sealed else { return Ok(None) };
        let plain = Zeroizing::new(self.open(&person_row(psn_no), &sealed)?);
        let identity =
            serde_json::from_slice(&plain).map_err(|_| StoreError("a person row is damaged".into()))?;
        Ok(Some(Person { psn_no: psn_no.to_owned(), identity }))
    }

    /// People with this certificate number. More than one only when the seed says so.
    pub(crate) fn people_by_certno(&self, certno: &str) -> Result<Vec<Person>, StoreError> {
        self.people_by("SELECT psn_no FROM person WHERE certno_key = ?1 ORDER BY psn_no", "certno", certno)
    }

    /// People with this card number: card numbers are unique within a region only.
    pub(crate) fn people_by_card(&self, card_no: &str) -> Result<Vec<Person>, StoreError> {
        self.people_by("SELECT psn_no FROM person WHERE card_key = ?1 ORDER BY psn_no", "card_no", card_no)
    }

    /// People with this e-voucher token.
    pub(crate) fn people_by_token(&self, token: &str) -> Result<Vec<Person>, StoreError> {
        self.people_by("SELECT psn_no FROM person WHERE token_key = ?1 ORDER BY psn_no", "ec_token", token)
    }

    fn people_by(&self, sql: &str, kind: &str, value: &str) -> Result<Vec<Person>, StoreError> {
        let key = self.vault.digest(kind, value);
        let mut statement = self.tables.prepare_cached(sql)?;
        let numbers: Vec<String> =
            statement.query_map([key], |row| row.get(0))?.collect::<Result<_, rusqlite::Error>>()?;
        numbers.iter().filter_map(|psn_no| self.person(psn_no).transpose()).collect()
    }

    pub(crate) fn insurances(&self, psn_no: &str) -> Result<Vec<Insurance>, StoreError> {
        let mut statement = self.tables.prepare_cached(
            "SELECT insutype, psn_type, psn_insu_stas, cvlserv_flag, insuplc_admdvs FROM insurance \
             WHERE psn_no = ?1 ORDER BY insutype",
        )?;
        let rows = statement.query_map([psn_no], |row| {
            Ok(Insurance {
                insutype: row.get(0)?,
                psn_type: row.get(1)?,
                psn_insu_stas: row.get(2)?,
                cvlserv_flag: row.get(3)?,
                insuplc_admdvs: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
