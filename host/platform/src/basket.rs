//! The till's basket: JSON that a pharmacy program hands over.
//!
//! The schema with an example is `hw-docs/samples/basket.json`. Amounts may be JSON strings or numbers; a string is
//! better, since a number has passed through somebody's floating point.

use std::fmt;

use serde::{Deserialize, Serialize};
use yika_protocol::fault::{Fault, settle};
use yika_protocol::money::{Fen, Price, Quantity};

use crate::personal::Personal;
use crate::profile::Profile;
use crate::wire;

/// What is bought in one go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basket {
    /// The till's own number of the purchase, 1 to 64 characters, unique in the institution for ever. Calling again with
    /// the same number gives the same settlement.
    pub order_no: String,
    /// Insurance to draw on; absent: the person's only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insutype: Option<String>,
    /// Kind of treatment, `41` for a pharmacy.
    #[serde(default = "pharmacy")]
    pub med_type: String,
    /// `0` no account, `1` own account, `2` family account.
    #[serde(default = "own_account")]
    pub acct_used_flag: String,
    /// Total of the lines; checked when given.
    #[serde(default, with = "wire::decimal_opt", skip_serializing_if = "Option::is_none")]
    pub medfee_sumamt: Option<Fen>,
    /// Invoice number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invono: Option<String>,
    /// Disease code of a chronic-disease purchase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dise_codg: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dise_name: Option<String>,
    /// JSON text of a province's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exp_content: Option<String>,
    /// At least one.
    pub lines: Vec<Line>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// National catalogue code.
    pub med_list_codg: String,
    /// The institution's own code.
    pub medins_list_codg: String,
    /// Name for screen and receipt; not sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Quantity, up to four decimals.
    #[serde(with = "wire::decimal")]
    pub cnt: Quantity,
    /// Unit price, up to six decimals.
    #[serde(with = "wire::decimal")]
    pub pric: Price,
    /// Amount: price × quantity, rounded half-up to the fen.
    #[serde(with = "wire::decimal")]
    pub det_item_fee_sumamt: Fen,
    /// Trace codes of the packs. The platform spells it so; the correct spelling is read too.
    #[serde(default, alias = "drug_trac_info", skip_serializing_if = "Vec::is_empty")]
    pub durg_trac_info: Vec<Trace>,
    /// Prescription number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rxno: Option<Personal>,
    /// `1` for a prescription from elsewhere, else `0`.
    #[serde(default = "no")]
    pub rx_circ_flag: String,
    /// Dose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sin_dos_dscr: Option<String>,
    /// Frequency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_frqu_dscr: Option<String>,
    /// Days the quantity lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prd_days: Option<String>,
    /// Way of taking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medc_way_dscr: Option<String>,
    /// Code of the prescriber.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bilg_dr_codg: Option<String>,
    /// Name of the prescriber.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bilg_dr_name: Option<Personal>,
    /// Herbal pieces: `1` compound, `2` single.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tcmdrug_used_way: Option<String>,
    /// JSON text of a province's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exp_content: Option<String>,
}

/// Trace code of one pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// The code.
    pub drug_trac_codg: String,
    /// `1` when the pack was split, else `0`.
    #[serde(default = "no")]
    pub trdn_flag: String,
}

fn pharmacy() -> String {
    "41".to_owned()
}

fn own_account() -> String {
    "1".to_owned()
}

fn no() -> String {
    "0".to_owned()
}

/// Why a basket cannot be settled. Lines are counted from 1, as people count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BasketError {
    /// Not JSON, or not of the schema; the text names line and column of the file, or the field.
    Malformed {
        /// What is wrong where.
        reason: String,
    },
    /// `order_no` is empty, longer than 64 characters or holds a control character.
    OrderNo,
    /// There are no lines, or more than 999.
    LineCount {
        /// How many there are.
        found: usize,
    },
    /// A code or flag is empty, too long or unknown.
    Field {
        /// Line number, 0 for the head.
        line: usize,
        /// Which field.
        field: &'static str,
    },
    /// Quantity, price or amount is not above zero.
    NotPositive {
        /// Line number.
        line: usize,
        /// Which field.
        field: &'static str,
    },
    /// The amount is not price × quantity, within a fen.
    LineAmount {
        /// Line number.
        line: usize,
        /// As given.
        given: Fen,
        /// Price × quantity, rounded.
        computed: Option<Fen>,
    },
    /// The total is not the sum of the lines.
    Total {
        /// As given.
        given: Fen,
        /// Sum of the lines.
        computed: Fen,
    },
    /// The sum of the lines does not fit.
    TotalTooLarge,
    /// A line has no trace code although the profile asks for one.
    NoTraceCode {
        /// Line number.
        line: usize,
    },
}

impl fmt::Display for BasketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { reason } => f.write_str(reason),
            Self::OrderNo => f.write_str("order_no must have 1 to 64 characters, no control characters"),
            Self::LineCount { found } => write!(f, "{found} lines; a basket has 1 to {MAX_LINES}"),
            Self::Field { line: 0, field } => write!(f, "{field} is empty, too long or unknown"),
            Self::Field { line, field } => write!(f, "line {line}: {field} is empty, too long or unknown"),
            Self::NotPositive { line, field } => write!(f, "line {line}: {field} must be above zero"),
            Self::LineAmount { line, given, computed: Some(computed) } => {
                write!(f, "line {line}: det_item_fee_sumamt is {given}, pric × cnt is {computed}")
            }
            Self::LineAmount { line, .. } => write!(f, "line {line}: pric × cnt does not fit"),
            Self::Total { given, computed } => {
                write!(f, "medfee_sumamt is {given}, the lines add up to {computed}")
            }
            Self::TotalTooLarge => f.write_str("the sum of the lines does not fit"),
            Self::NoTraceCode { line } => write!(f, "line {line}: no drug trace code (durg_trac_info)"),
        }
    }
}

impl std::error::Error for BasketError {}

impl BasketError {
    /// The coded fault: what to do about it.
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::Malformed { .. }
            | Self::OrderNo
            | Self::LineCount { .. }
            | Self::Field { .. }
            | Self::NotPositive { .. } => &settle::BASKET_INVALID,
            Self::LineAmount { .. } | Self::Total { .. } | Self::TotalTooLarge => &settle::BASKET_AMOUNTS,
            Self::NoTraceCode { .. } => &settle::BASKET_TRACE_CODE,
        }
    }
}

/// Most lines in a basket.
pub const MAX_LINES: usize = 999;

/// Most characters of `order_no`.
pub const MAX_ORDER_NO: usize = 64;

/// Largest amount that `N16,2` holds.
const MAX_AMOUNT: Fen = Fen(9_999_999_999_999_999);

impl Basket {
    /// Reads and checks a basket: UTF-8, with or without a byte order mark.
    ///
    /// # Errors
    /// [`BasketError`].
    pub fn parse(json: &[u8], profile: &Profile) -> Result<Self, BasketError> {
        let malformed = |reason| BasketError::Malformed { reason };
        let json = json.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(json);
        let text = std::str::from_utf8(json).map_err(|error| {
            malformed(format!("not UTF-8 from byte {} on; saved as GBK?", error.valid_up_to() + 1))
        })?;
        let basket: Self = serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
        basket.check(profile)?;
        Ok(basket)
    }

    /// Checks a basket that was built in the program.
    ///
    /// # Errors
    /// [`BasketError`], the first one found.
    pub fn check(&self, profile: &Profile) -> Result<(), BasketError> {
        let length = self.order_no.chars().count();
        if length == 0 || length > MAX_ORDER_NO || self.order_no.chars().any(char::is_control) {
            return Err(BasketError::OrderNo);
        }
        if self.lines.is_empty() || self.lines.len() > MAX_LINES {
            return Err(BasketError::LineCount { found: self.lines.len() });
        }
        self.check_head()?;
        for (line, number) in self.lines.iter().zip(1usize..) {
            line.check(number, profile)?;
        }
        let computed = self.total().filter(|total| *total <= MAX_AMOUNT).ok_or(BasketError::TotalTooLarge)?;
        match self.medfee_sumamt {
            Some(given) if given != computed => Err(BasketError::Total { given, computed }),
            _ => Ok(()),
        }
    }

    /// Sum of the lines; `None` when it does not fit.
    pub fn total(&self) -> Option<Fen> {
        Fen::checked_sum(self.lines.iter().map(|line| line.det_item_fee_sumamt))
    }

    fn check_head(&self) -> Result<(), BasketError> {
        let head = |field| BasketError::Field { line: 0, field };
        if self.insutype.as_deref().is_some_and(|text| !fits(text, 6)) {
            return Err(head("insutype"));
        }
        if !fits(&self.med_type, 6) {
            return Err(head("med_type"));
        }
        if !matches!(self.acct_used_flag.as_str(), "0" | "1" | "2") {
            return Err(head("acct_used_flag"));
        }
        for (field, value, max) in [
            ("invono", &self.invono, 20),
            ("dise_codg", &self.dise_codg, 30),
            ("dise_name", &self.dise_name, 500),
        ] {
            if value.as_deref().is_some_and(|text| !fits(text, max)) {
                return Err(head(field));
            }
        }
        Ok(())
    }
}

impl Line {
    fn check(&self, number: usize, profile: &Profile) -> Result<(), BasketError> {
        for (field, value, max) in
            [("med_list_codg", &self.med_list_codg, 50), ("medins_list_codg", &self.medins_list_codg, 150)]
        {
            if !fits(value, max) {
                return Err(BasketError::Field { line: number, field });
            }
        }
        if !is_flag(&self.rx_circ_flag) {
            return Err(BasketError::Field { line: number, field: "rx_circ_flag" });
        }
        for (field, positive) in [
            ("cnt", self.cnt.0 > 0),
            ("pric", self.pric.0 > 0),
            ("det_item_fee_sumamt", self.det_item_fee_sumamt.0 > 0),
        ] {
            if !positive {
                return Err(BasketError::NotPositive { line: number, field });
            }
        }
        if !amount_fits(self.pric, self.cnt, self.det_item_fee_sumamt) {
            return Err(BasketError::LineAmount {
                line: number,
                given: self.det_item_fee_sumamt,
                computed: self.pric.times(self.cnt),
            });
        }
        for trace in &self.durg_trac_info {
            if !fits(&trace.drug_trac_codg, 100) {
                return Err(BasketError::Field { line: number, field: "drug_trac_codg" });
            }
            if !is_flag(&trace.trdn_flag) {
                return Err(BasketError::Field { line: number, field: "trdn_flag" });
            }
        }
        if self.durg_trac_info.is_empty() && profile.pharmacy.trace_codes_required {
            return Err(BasketError::NoTraceCode { line: number });
        }
        Ok(())
    }
}

/// The platform's rule for a line: |price × quantity − amount| ≤ 0.01 yuan, on the exact product.
pub fn amount_fits(price: Price, quantity: Quantity, amount: Fen) -> bool {
    // 10^-6 yuan × 10^-4 = 10^-10 yuan; a fen is 10^8 of those. The product of two i64 fits an i128 with room.
    const FEN: i128 = 100_000_000;
    let product = i128::from(price.0) * i128::from(quantity.0);
    (product - i128::from(amount.0) * FEN).abs() <= FEN
}

fn fits(text: &str, max: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= max && !text.chars().any(char::is_control)
}

fn is_flag(text: &str) -> bool {
    matches!(text, "0" | "1")
}
