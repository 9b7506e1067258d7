//! Catalogue items, code mappings and benefit policies.

use rusqlite::{OptionalExtension, params};
use yika_protocol::money::{Fen, Price};

use super::Work;
use crate::StoreError;
use crate::seed::{SeedItem, SeedMapping, SeedPolicy};

/// An item of the catalogue.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) pric_uplmt: Option<Price>,
    /// `01`, `02` or `03`.
    pub(crate) chrgitm_lv: String,
    /// What the person pays first of level 02, in ten-thousandths.
    pub(crate) selfpay_prop: i64,
    pub(crate) med_chrgitm_type: String,
}

/// What one insurance pays for one medical category in a year.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(crate) deductible: Fen,
    /// Share of the fund behind the deductible, in ten-thousandths.
    pub(crate) ratio: i64,
    pub(crate) annual_cap: Option<Fen>,
    pub(crate) fund_pay_type: String,
    pub(crate) clr_type: String,
    /// Is there a personal account?
    pub(crate) account: bool,
    /// May the account pay for what the catalogue does not cover at all?
    pub(crate) account_ownpay: bool,
}

impl Work<'_> {
    pub(crate) fn put_item(&self, row: &SeedItem) -> Result<(), StoreError> {
        self.tables.execute(
            "INSERT INTO catalogue (med_list_codg, name, pric_uplmt, chrgitm_lv, selfpay_prop, med_chrgitm_type) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (med_list_codg) DO UPDATE SET name = excluded.name, \
             pric_uplmt = excluded.pric_uplmt, chrgitm_lv = excluded.chrgitm_lv, selfpay_prop = excluded.selfpay_prop, \
             med_chrgitm_type = excluded.med_chrgitm_type",
            params![
                row.med_list_codg,
                row.name,
                row.pric_uplmt.map(|p| p.0),
                row.chrgitm_lv,
                row.selfpay_prop,
                row.med_chrgitm_type
            ],
        )?;
        Ok(())
    }

    pub(crate) fn item(&self, med_list_codg: &str) -> Result<Option<Item>, StoreError> {
        let mut statement = self.tables.prepare_cached(
            "SELECT pric_uplmt, chrgitm_lv, selfpay_prop, med_chrgitm_type FROM catalogue WHERE med_list_codg = ?1",
        )?;
        Ok(statement
            .query_row([med_list_codg], |row| {
                Ok(Item {
                    pric_uplmt: row.get::<_, Option<i64>>(0)?.map(Price),
                    chrgitm_lv: row.get(1)?,
                    selfpay_prop: row.get(2)?,
                    med_chrgitm_type: row.get(3)?,
                })
            })
            .optional()?)
    }

    pub(crate) fn put_mapping(&self, row: &SeedMapping) -> Result<(), StoreError> {
        self.tables.execute(
            "INSERT INTO mapping (fixmedins_code, medins_list_codg, med_list_codg) VALUES (?1, ?2, ?3) \
             ON CONFLICT (fixmedins_code, medins_list_codg) DO UPDATE SET med_list_codg = excluded.med_list_codg",
            params![row.institution.as_str(), row.medins_list_codg, row.med_list_codg],
        )?;
        Ok(())
    }

    /// The catalogue code that an institution's own code is mapped to.
    pub(crate) fn mapping(&self, code: &str, medins_list_codg: &str) -> Result<Option<String>, StoreError> {
        let mut statement = self.tables.prepare_cached(
            "SELECT med_list_codg FROM mapping WHERE fixmedins_code = ?1 AND medins_list_codg = ?2",
        )?;
        Ok(statement.query_row([code, medins_list_codg], |row| row.get(0)).optional()?)
    }

    pub(crate) fn put_policy(&self, row: &SeedPolicy) -> Result<(), StoreError> {
        self.tables.execute(
            "INSERT INTO policy (insutype, med_type, deductible, ratio, annual_cap, fund_pay_type, clr_type, account, \
             account_ownpay) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
             ON CONFLICT (insutype, med_type) DO UPDATE SET deductible = excluded.deductible, ratio = excluded.ratio, \
             annual_cap = excluded.annual_cap, fund_pay_type = excluded.fund_pay_type, clr_type = excluded.clr_type, \
             account = excluded.account, account_ownpay = excluded.account_ownpay",
            params![
                row.insutype,
                row.med_type,
                row.deductible.0,
                row.ratio,
                row.annual_cap.map(|c| c.0),
                row.fund_pay_type,
                row.clr_type,
                i64::from(row.account),
                i64::from(row.account_ownpay)
            ],
        )?;
        Ok(())
    }

    pub(crate) fn policy(&self, insutype: &str, med_type: &str) -> Result<Option<Policy>, StoreError> {
        let mut statement = self.tables.prepare_cached(
            "SELECT deductible, ratio, annual_cap, fund_pay_type, clr_type, account, account_ownpay FROM policy \
                 WHERE insutype = ?1 AND med_type = ?2",
        )?;
        Ok(statement
            .query_row([insutype, med_type], |row| {
                Ok(Policy {
                    deductible: Fen(row.get(0)?),
                    ratio: row.get(1)?,
                    annual_cap: row.get::<_, Option<i64>>(2)?.map(Fen),
                    fund_pay_type: row.get(3)?,
                    clr_type: row.get(4)?,
                    account: row.get::<_, i64>(5)? != 0,
                    account_ownpay: row.get::<_, i64>(6)? != 0,
                })
            })
            .optional()?)
    }
}
