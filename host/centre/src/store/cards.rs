//! Card master keys (sealed) and the record of who had which card opened.

use rusqlite::{OptionalExtension, params};
use zeroize::Zeroizing;

use super::Work;
use crate::StoreError;
use crate::seed::SeedCardKeys;

/// Master keys of a region.
pub(crate) struct CardMasters {
    pub(crate) scheme: String,
    pub(crate) irk: Zeroizing<[u8; 16]>,
    pub(crate) rk_ssse: Zeroizing<[u8; 16]>,
}

fn keys_row(region: &str) -> String {
    format!("card_key:{region}")
}

impl Work<'_> {
    pub(crate) fn put_card_keys(&self, row: &SeedCardKeys) -> Result<(), StoreError> {
        let mut plain = Zeroizing::new(Vec::with_capacity(32 + row.scheme.len()));
        plain.extend_from_slice(&*row.irk);
        plain.extend_from_slice(&*row.rk_ssse);
        plain.extend_from_slice(row.scheme.as_bytes());
        self.tables.execute(
            "INSERT INTO card_key (region, sealed) VALUES (?1, ?2) \
             ON CONFLICT (region) DO UPDATE SET sealed = excluded.sealed",
            params![row.region.as_str(), self.seal(&keys_row(row.region.as_str()), &plain)?],
        )?;
        Ok(())
    }

    pub(crate) fn card_masters(&self, region: &str) -> Result<Option<CardMasters>, StoreError> {
        let sealed: Option<Vec<u8>> = self
            .tables
            .query_row("SELECT sealed FROM card_key WHERE region = ?1", [region], |row| row.get(0))
            .optional()?;
        let Some(sealed) = sealed else { return Ok(None) };
        let plain = Zeroizing::new(self.open(&keys_row(region), &sealed)?);
        let damaged = || StoreError("a card key row is damaged".into());
        let (irk, rest) = plain.split_first_chunk::<16>().ok_or_else(damaged)?;
        let (rk_ssse, scheme) = rest.split_first_chunk::<16>().ok_or_else(damaged)?;
        Ok(Some(CardMasters {
            scheme: String::from_utf8(scheme.to_vec()).map_err(|_| damaged())?,
            irk: Zeroizing::new(*irk),
            rk_ssse: Zeroizing::new(*rk_ssse),
        }))
    }

    /// How many authentications an institution asked for since a moment, refused ones included.
    pub(crate) fn card_auths_since(&self, fixmedins_code: &str, since: i64) -> Result<u32, StoreError> {
        Ok(self.tables.query_row(
            "SELECT COUNT(*) FROM card_auth WHERE fixmedins_code = ?1 AND received > ?2",
            params![fixmedins_code, since],
            |row| row.get(0),
        )?)
    }

    /// Records a request to the key service; the card appears as a keyed digest.
    pub(crate) fn add_card_auth(
        &self,
        fixmedins_code: &str,
        msgid: &str,
        card: (&str, &str, &str),
        outcome: &str,
        received: i64,
    ) -> Result<(), StoreError> {
        let (card_sn, region, algorithm) = card;
        let entry_no = self.next("card_auth")?;
        self.tables.execute(
            "INSERT INTO card_auth (entry_no, fixmedins_code, msgid, card_key, region, algorithm, outcome, received) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                entry_no,
                fixmedins_code,
                msgid,
                self.vault.digest("card_sn", card_sn),
                region,
                algorithm,
                outcome,
                received
            ],
        )?;
        Ok(())
    }
}
