//! The seed file as TOML spells it. Unknown keys are refused.

use serde::Deserialize;
use toml::Spanned;

/// A text that remembers where it stood.
pub(super) type Text = Spanned<String>;

/// A row of a list, for errors about the whole row.
pub(super) trait Row {
    /// The value that names the row.
    fn place(&self) -> &Text;
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seed {
    pub(super) version: Spanned<i64>,
    #[serde(default)]
    pub(super) reset: bool,
    pub(super) centre: Option<Centre>,
    #[serde(default)]
    pub(super) institutions: Vec<Institution>,
    #[serde(default)]
    pub(super) people: Vec<Person>,
    #[serde(default)]
    pub(super) catalogue: Vec<Item>,
    #[serde(default)]
    pub(super) mappings: Vec<Mapping>,
    #[serde(default)]
    pub(super) policies: Vec<Policy>,
    #[serde(default)]
    pub(super) card_keys: Vec<CardKeys>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Centre {
    pub(super) region: Text,
    pub(super) setl_optins: Option<Text>,
    pub(super) trace_codes_required: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Institution {
    pub(super) fixmedins_code: Text,
    pub(super) fixmedins_name: Text,
    pub(super) region: Text,
    pub(super) fixmedins_type: Option<Text>,
    pub(super) active: Option<bool>,
    pub(super) auth: Option<Text>,
    pub(super) public_key: Option<Text>,
    pub(super) access_id: Option<Text>,
    pub(super) access_secret: Option<Text>,
    #[serde(default)]
    pub(super) operators: Vec<Text>,
    pub(super) mapping_required: Option<bool>,
    pub(super) card_auth: Option<bool>,
    pub(super) ec_app_id: Option<Text>,
    pub(super) ec_app_secret: Option<Text>,
    pub(super) terminals: Option<Terminals>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Terminals {
    pub(super) most: Option<Spanned<i64>>,
    pub(super) valid_days: Option<Spanned<i64>>,
    pub(super) per_swipe: Text,
    pub(super) no_challenge: Text,
    pub(super) per_day: Text,
    pub(super) pin_above: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Person {
    pub(super) psn_no: Text,
    pub(super) certno: Text,
    pub(super) psn_cert_type: Option<Text>,
    pub(super) psn_name: Text,
    pub(super) gend: Option<Text>,
    pub(super) naty: Option<Text>,
    pub(super) brdy: Option<Text>,
    pub(super) card_no: Option<Text>,
    pub(super) card_sn: Option<Text>,
    pub(super) ec_token: Option<Text>,
    pub(super) ec_token_expires: Option<Text>,
    #[serde(default)]
    pub(super) insurances: Vec<Insurance>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Insurance {
    pub(super) insutype: Text,
    pub(super) psn_type: Text,
    pub(super) psn_insu_stas: Option<Text>,
    pub(super) cvlserv_flag: Option<Text>,
    pub(super) insuplc_admdvs: Text,
    pub(super) balance: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Item {
    pub(super) med_list_codg: Text,
    pub(super) name: Text,
    pub(super) pric_uplmt: Option<Text>,
    pub(super) chrgitm_lv: Text,
    pub(super) selfpay_prop: Option<Text>,
    pub(super) med_chrgitm_type: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mapping {
    pub(super) fixmedins_code: Text,
    pub(super) medins_list_codg: Text,
    pub(super) med_list_codg: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Policy {
    pub(super) insutype: Text,
    pub(super) med_type: Text,
    pub(super) deductible: Text,
    pub(super) ratio: Text,
    pub(super) annual_cap: Option<Text>,
    pub(super) fund_pay_type: Text,
    pub(super) clr_type: Option<Text>,
    pub(super) account: bool,
    pub(super) account_ownpay: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CardKeys {
    pub(super) region: Text,
    pub(super) scheme: Option<Text>,
    pub(super) irk: Text,
    pub(super) rk_ssse: Text,
}

macro_rules! rows {
    ($($row:ident by $key:ident),*) => {
        $(impl Row for $row {
            fn place(&self) -> &Text {
                &self.$key
            }
        })*
    };
}

rows!(Institution by fixmedins_code, Person by psn_no, Item by med_list_codg, Policy by insutype, CardKeys by region);
