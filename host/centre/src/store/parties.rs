//! Institutions, their operators and sign-ins.

use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};
use yika_platform::hex;
use zeroize::Zeroizing;

use super::Work;
use crate::StoreError;
use crate::seed::{Secrets, SeedInstitution};

/// An institution as registered.
#[derive(Debug, Clone)]
pub(crate) struct Institution {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) active: bool,
    /// Name of the built-in profile by which it authenticates.
    pub(crate) profile: String,
    pub(crate) public_key: Option<Vec<u8>>,
    pub(crate) secrets: Option<Secrets>,
    pub(crate) mapping_required: bool,
    pub(crate) card_auth: bool,
}

/// A sign-in of one operator.
#[derive(Debug, Clone)]
pub(crate) struct SignIn {
    pub(crate) sign_no: String,
    pub(crate) fixmedins_code: String,
    pub(crate) opter_no: String,
    /// Milliseconds; valid before.
    pub(crate) expires: i64,
    /// Milliseconds; set once and never taken back.
    pub(crate) ended: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct SealedSecrets {
    id: String,
    secret: String,
}

fn secrets_row(code: &str) -> String {
    format!("institution:{code}")
}

impl Work<'_> {
    pub(crate) fn put_institution(&self, row: &SeedInstitution) -> Result<(), StoreError> {
        let code = row.code.as_str();
        let secrets = match &row.secrets {
            None => None,
            Some(secrets) => {
                let plain =
                    SealedSecrets { id: secrets.id.clone(), secret: secrets.secret.as_str().to_owned() };
                let plain =
                    Zeroizing::new(serde_json::to_vec(&plain).map_err(|e| StoreError(e.to_string()))?);
                Some(self.seal(&secrets_row(code), &plain)?)
            }
        };
        self.tables.execute(
            "INSERT INTO institution (fixmedins_code, fixmedins_name, region, fixmedins_type, active, profile, public_key, \
             secrets, mapping_required, card_auth) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
             ON CONFLICT (fixmedins_code) DO UPDATE SET fixmedins_name = excluded.fixmedins_name, \
             region = excluded.region, fixmedins_type = excluded.fixmedins_type, active = excluded.active, \
             profile = excluded.profile, public_key = excluded.public_key, secrets = excluded.secrets, \
             mapping_required = excluded.mapping_required, card_auth = excluded.card_auth",
            params![
                code,
                row.name,
                row.region.as_str(),
                row.kind,
                i64::from(row.active),
                row.profile,
                row.public_key.map(|key| hex::upper(&key)),
                secrets,
                i64::from(row.mapping_required),
                i64::from(row.card_auth)
            ],
        )?;
        self.put_ec_app(code, row.ec_app.as_ref())?;
        self.put_terminal_rule(code, row.terminals.as_ref())?;
        self.tables.execute("DELETE FROM operator WHERE fixmedins_code = ?1", [code])?;
        for operator in &row.operators {
            self.tables.execute(
                "INSERT INTO operator (fixmedins_code, opter_no) VALUES (?1, ?2)",
                params![code, operator],
            )?;
        }
        Ok(())
    }

    pub(crate) fn institution(&self, code: &str) -> Result<Option<Institution>, StoreError> {
        let mut statement = self.tables.prepare_cached(
            "SELECT fixmedins_name, active, profile, public_key, secrets, mapping_required, card_auth \
                 FROM institution WHERE fixmedins_code = ?1",
        )?;
        let found = statement
            .query_row([code], |row| {
                let institution = Institution {
                    code: code.to_owned(),
                    name: row.get(0)?,
                    active: row.get::<_, i64>(1)? != 0,
                    profile: row.get(2)?,
                    public_key: row.get::<_, Option<String>>(3)?.as_deref().and_then(yika_platform::hex::vec),
                    secrets: None,
                    mapping_required: row.get::<_, i64>(5)? != 0,
                    card_auth: row.get::<_, i64>(6)? != 0,
                };
                Ok((institution, row.get::<_, Option<Vec<u8>>>(4)?))
            })
            .optional()?;
        let Some((mut institution, sealed)) = found else { return Ok(None) };
        if let Some(sealed) = sealed {
            let plain = Zeroizing::new(self.open(&secrets_row(code), &sealed)?);
            let plain: SealedSecrets =
                serde_json::from_slice(&plain).map_err(|e| StoreError(e.to_string()))?;
            institution.secrets = Some(Secrets { id: plain.id, secret: Zeroizing::new(plain.secret) });
        }
        Ok(Some(institution))
    }

    /// Whether the operator may sign in: listed, or the institution lists nobody.
    pub(crate) fn may_sign_in(&self, code: &str, opter_no: &str) -> Result<bool, StoreError> {
        Ok(self.tables.query_row(
            "SELECT COUNT(*) = 0 OR SUM(CASE WHEN opter_no = ?2 THEN 1 ELSE 0 END) > 0 \
             FROM operator WHERE fixmedins_code = ?1",
            [code, opter_no],
            |row| row.get(0),
        )?)
    }

    pub(crate) fn add_sign_in(&self, sign_in: &SignIn, started: i64) -> Result<(), StoreError> {
        self.tables.execute(
            "INSERT INTO sign_in (sign_no, fixmedins_code, opter_no, started, expires, ended) \
             VALUES (?1, ?2, ?3, ?4, ?5, NULL)",
            params![sign_in.sign_no, sign_in.fixmedins_code, sign_in.opter_no, started, sign_in.expires],
        )?;
        Ok(())
    }

    pub(crate) fn sign_in(&self, sign_no: &str) -> Result<Option<SignIn>, StoreError> {
        Ok(self
            .tables
            .query_row(
                "SELECT fixmedins_code, opter_no, expires, ended FROM sign_in WHERE sign_no = ?1",
                [sign_no],
                |row| {
                    Ok(SignIn {
                        sign_no: sign_no.to_owned(),
                        fixmedins_code: row.get(0)?,
                        opter_no: row.get(1)?,
                        expires: row.get(2)?,
                        ended: row.get(3)?,
                    })
                },
            )
            .optional()?)
    }

    /// Ends a sign-in for good; the first end stays.
    pub(crate) fn end_sign_in(&self, sign_no: &str, at: i64) -> Result<(), StoreError> {
        self.tables.execute(
            "UPDATE sign_in SET ended = ?2 WHERE sign_no = ?1 AND ended IS NULL",
            params![sign_no, at],
        )?;
        Ok(())
    }
}
