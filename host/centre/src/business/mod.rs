//! The transactions: what each does once the message is authentic, in time and new.

mod credential;
mod lines;
mod output;
mod person;
mod purchase;
mod query;
mod reverse;
mod session;
mod split;
mod statement;
pub(crate) mod swipe;
mod void;
mod voucher;

pub(crate) use credential::eighteen;

use serde_json::Value;
use yika_platform::business_time::BusinessTime;
use yika_platform::envelope::Request;
use yika_platform::profile::Profile;
use yika_platform::transactions::{self, Transaction};
use yika_protocol::fault::centre as faults;

use crate::refusal::Stop;
use crate::store::{Institution, Message, Work};
use crate::{Random, StoreError};

/// What the seed says about the centre itself.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) region: String,
    pub(crate) setl_optins: String,
    pub(crate) trace_codes_required: bool,
}

impl Settings {
    /// As seeded; a centre that was never seeded is region 990000.
    pub(crate) fn read(work: &Work<'_>) -> Result<Self, StoreError> {
        let region = work.setting("region")?.unwrap_or_else(|| "990000".to_owned());
        Ok(Self {
            setl_optins: work.setting("setl_optins")?.unwrap_or_else(|| region.clone()),
            region,
            trace_codes_required: work.setting("trace_codes_required")?.is_none_or(|flag| flag != "0"),
        })
    }
}

/// The circumstances of a transaction.
pub(crate) struct Context<'a> {
    pub(crate) now: BusinessTime,
    pub(crate) institution: &'a Institution,
    pub(crate) profile: &'a Profile,
    pub(crate) settings: &'a Settings,
    pub(crate) random: &'a dyn Random,
}

/// A transaction that went through.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) output: Option<Value>,
    /// The settlement it made.
    pub(crate) setl_id: Option<String>,
    /// The row of an id that is reversed from now on, to be written with its lasting answer.
    pub(crate) reversed: Option<Message>,
}

impl Done {
    fn output(output: Value) -> Self {
        Self { output: Some(output), ..Self::default() }
    }
}

/// Runs the transaction that `infno` names.
pub(crate) fn run(context: &Context<'_>, work: &mut Work<'_>, request: &Request) -> Result<Done, Stop> {
    let numbers = &context.profile.pharmacy;
    match request.infno.as_str() {
        "9001" => session::sign_in(context, work, request),
        "9002" => session::sign_out(context, work, request),
        "1101" => person::query(context, work, request),
        infno if infno == numbers.preview => purchase::preview(context, work, request),
        infno if infno == numbers.settle => purchase::settle(context, work, request),
        infno if infno == numbers.void => void::void(context, work, request),
        infno if infno == context.profile.voucher.decode => voucher::decode(context, work, request),
        "2601" => reverse::reverse(context, work, request),
        "3201" => statement::statement(context, work, request),
        "5203" => query::query(context, work, request),
        _ => Err(Stop::refused(&faults::UNKNOWN_TRANSACTION)),
    }
}

impl Context<'_> {
    /// The input, checked against its field table.
    fn input<T: Transaction>(&self, request: &Request) -> Result<T, Stop> {
        transactions::read_input::<T>(&request.input, self.profile)
            .map_err(|e| Stop::refused_with(&faults::FIELDS, e))
    }

    /// The output, checked against its field table: our own mistakes must not leave either.
    fn output<T: Transaction>(&self, output: &T::Output) -> Result<Value, Stop> {
        transactions::write_output::<T>(output, self.profile)
            .map_err(|e| Stop::refused_with(&faults::CONTRADICTION, e))
    }

    /// A number of this centre: letter, region, day, serial.
    fn number(&self, work: &Work<'_>, letter: char, counter: &str) -> Result<String, StoreError> {
        let serial = work.next(counter)?;
        let day = self.now.compact();
        Ok(format!("{letter}{}{}{serial:010}", self.settings.region, day.get(..8).unwrap_or_default()))
    }
}
