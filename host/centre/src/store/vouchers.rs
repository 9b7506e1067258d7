//! E-voucher codes, the tokens they became, and the applications that may ask.

use rusqlite::{OptionalExtension, Row, params};
use yika_platform::ec::App;
use zeroize::Zeroizing;

use super::Work;
use crate::StoreError;

/// A code that was issued, and what became of it.
#[derive(Debug, Clone)]
pub(crate) struct Voucher {
    code_key: String,
    pub(crate) psn_no: String,
    /// Milliseconds; the code can be decoded before.
    pub(crate) expires: i64,
    pub(crate) decoded: Option<Decoded>,
}

/// The token of a decoded code.
#[derive(Debug, Clone)]
pub(crate) struct Decoded {
    /// Who decoded it.
    pub(crate) fixmedins_code: String,
    /// For which purchase, as a keyed digest; none where the institution did not say.
    pub(crate) purchase: Option<String>,
    /// Milliseconds; the token counts before.
    pub(crate) expires: i64,
    /// The message that it paid for.
    pub(crate) spent: Option<String>,
    sealed: Vec<u8>,
}

const COLUMNS: &str =
    "code_key, psn_no, expires, fixmedins_code, purchase, token_expires, spent, token_sealed FROM voucher";

fn read(row: &Row<'_>) -> rusqlite::Result<Voucher> {
    let decoded = match (row.get(3)?, row.get(5)?, row.get(7)?) {
        (Some(fixmedins_code), Some(expires), Some(sealed)) => {
            Some(Decoded { fixmedins_code, purchase: row.get(4)?, expires, spent: row.get(6)?, sealed })
        }
        _ => None,
    };
    Ok(Voucher { code_key: row.get(0)?, psn_no: row.get(1)?, expires: row.get(2)?, decoded })
}

fn token_row(code_key: &str) -> String {
    format!("voucher:{code_key}")
}

fn app_row(app_id: &str) -> String {
    format!("ec_app:{app_id}")
}

impl Work<'_> {
    /// Puts a fresh code on record, and forgets codes that nobody decoded before `forget`. False when there is such a
    /// code already.
    pub(crate) fn add_voucher(
        &self,
        code: &str,
        psn_no: &str,
        expires: i64,
        forget: i64,
    ) -> Result<bool, StoreError> {
        self.tables
            .execute("DELETE FROM voucher WHERE fixmedins_code IS NULL AND expires < ?1", params![forget])?;
        let rows = self.tables.execute(
            "INSERT INTO voucher (code_key, psn_no, expires) VALUES (?1, ?2, ?3) ON CONFLICT (code_key) DO NOTHING",
            params![self.vault.digest("ec_code", code), psn_no, expires],
        )?;
        Ok(rows == 1)
    }

    pub(crate) fn voucher_by_code(&self, code: &str) -> Result<Option<Voucher>, StoreError> {
        let sql = format!("SELECT {COLUMNS} WHERE code_key = ?1");
        Ok(self.tables.query_row(&sql, [self.vault.digest("ec_code", code)], read).optional()?)
    }

    pub(crate) fn voucher_by_token(&self, token: &str) -> Result<Option<Voucher>, StoreError> {
        let sql = format!("SELECT {COLUMNS} WHERE token_key = ?1");
        Ok(self.tables.query_row(&sql, [self.vault.digest("ec_issued_token", token)], read).optional()?)
    }

    /// The form in which a voucher remembers its purchase.
    pub(crate) fn purchase_key(&self, fixmedins_code: &str, purchase: &str) -> String {
        self.vault.digest("ec_purchase", &format!("{fixmedins_code} {purchase}"))
    }

    /// Ties a code to institution and purchase, and gives it its token.
    pub(crate) fn decode_voucher(
        &self,
        voucher: &Voucher,
        fixmedins_code: &str,
        purchase: Option<&str>,
        token: &str,
        expires: i64,
    ) -> Result<(), StoreError> {
        let sealed = self.seal(&token_row(&voucher.code_key), token.as_bytes())?;
        let rows = self.tables.execute(
            "UPDATE voucher SET fixmedins_code = ?2, purchase = ?3, token_key = ?4, token_sealed = ?5, token_expires = ?6 \
             WHERE code_key = ?1 AND fixmedins_code IS NULL",
            params![
                voucher.code_key,
                fixmedins_code,
                purchase,
                self.vault.digest("ec_issued_token", token),
                sealed,
                expires
            ],
        )?;
        if rows == 1 { Ok(()) } else { Err(StoreError("a voucher was decoded twice at once".into())) }
    }

    /// The token of a decoded voucher.
    pub(crate) fn voucher_token(&self, voucher: &Voucher) -> Result<Option<Zeroizing<String>>, StoreError> {
        let Some(decoded) = &voucher.decoded else { return Ok(None) };
        let plain = self.open(&token_row(&voucher.code_key), &decoded.sealed)?;
        let text = String::from_utf8(plain).map_err(|_| StoreError("a voucher row is damaged".into()))?;
        Ok(Some(Zeroizing::new(text)))
    }

    /// Notes the message that a token paid for. False when it has paid for another one.
    pub(crate) fn spend_voucher(&self, voucher: &Voucher, msgid: &str) -> Result<bool, StoreError> {
        let rows = self.tables.execute(
            "UPDATE voucher SET spent = ?2 WHERE code_key = ?1 AND (spent IS NULL OR spent = ?2)",
            params![voucher.code_key, msgid],
        )?;
        Ok(rows == 1)
    }

    pub(crate) fn put_ec_app(&self, fixmedins_code: &str, app: Option<&App>) -> Result<(), StoreError> {
        self.tables.execute("DELETE FROM ec_app WHERE fixmedins_code = ?1", [fixmedins_code])?;
        let Some(app) = app else { return Ok(()) };
        self.tables.execute(
            "INSERT INTO ec_app (app_id, fixmedins_code, secret) VALUES (?1, ?2, ?3) \
             ON CONFLICT (app_id) DO UPDATE SET fixmedins_code = excluded.fixmedins_code, secret = excluded.secret",
            params![app.id(), fixmedins_code, self.seal(&app_row(app.id()), app.secret().as_bytes())?],
        )?;
        Ok(())
    }

    /// The application of this id, and its institution.
    pub(crate) fn ec_app(&self, app_id: &str) -> Result<Option<(App, String)>, StoreError> {
        let found: Option<(String, Vec<u8>)> = self
            .tables
            .query_row("SELECT fixmedins_code, secret FROM ec_app WHERE app_id = ?1", [app_id], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let Some((fixmedins_code, sealed)) = found else { return Ok(None) };
        let plain = Zeroizing::new(self.open(&app_row(app_id), &sealed)?);
        let damaged = || StoreError("an application row is damaged".into());
        let secret = std::str::from_utf8(&plain).map_err(|_| damaged())?;
        Ok(Some((App::new(app_id, secret).map_err(|_| damaged())?, fixmedins_code)))
    }
}
