//! What the device says, kept beyond its frame.

use serde_json::{Value, json};
use yika_protocol::identity::Date;
use yika_protocol::link::{FromDevice, SaleOutcome, SaleState, Settled};
use yika_protocol::money::Fen;
use yika_protocol::swipe::{Opening, SwipeId, TerminalId};

/// A message of the device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    Info(Info),
    State {
        order_no: String,
        state: SaleState,
    },
    Ended(Ended),
    Datagram(Vec<u8>),
    EnrolRequest(Vec<u8>),
    EnrolWaiting(Opening),
    Enrolled(TerminalId),
    /// The number of a fault.
    Refused(u16),
}

/// Who the device is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Info {
    pub(crate) serial: String,
    pub(crate) model: String,
    pub(crate) firmware: String,
    pub(crate) terminal: Option<TerminalId>,
    pub(crate) needs_carrier: bool,
    pub(crate) open_reversals: u8,
    pub(crate) bench: bool,
}

/// How a sale ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    Settled(Paid),
    Voided(Paid),
    Refused(u16),
    Cancelled,
    Undone,
}

/// The result of a sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) order_no: String,
    pub(crate) swipe: Option<SwipeId>,
    pub(crate) end: End,
}

/// What a sale was paid from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Paid {
    pub(crate) setl_id: String,
    pub(crate) business_day: Date,
    pub(crate) amount: Fen,
    pub(crate) acct_pay: Fen,
    pub(crate) fund_pay: Fen,
    pub(crate) cash: Fen,
    pub(crate) balance: Fen,
}

impl From<FromDevice<'_>> for Said {
    fn from(message: FromDevice<'_>) -> Self {
        match message {
            FromDevice::Info(info) => Self::Info(Info {
                serial: info.serial.to_owned(),
                model: info.model.to_owned(),
                firmware: info.firmware.to_owned(),
                terminal: info.terminal,
                needs_carrier: info.needs_carrier,
                open_reversals: info.open_reversals,
                bench: info.bench,
            }),
            FromDevice::State { order_no, state } => Self::State { order_no: order_no.to_owned(), state },
            FromDevice::Result(result) => Self::Ended(Ended {
                order_no: result.order_no.to_owned(),
                swipe: result.swipe,
                end: match result.outcome {
                    SaleOutcome::Settled(settled) => End::Settled(settled.into()),
                    SaleOutcome::Voided(settled) => End::Voided(settled.into()),
                    SaleOutcome::Refused(fault) => End::Refused(fault),
                    SaleOutcome::Cancelled => End::Cancelled,
                    SaleOutcome::Undone => End::Undone,
                },
            }),
            FromDevice::Datagram(bytes) => Self::Datagram(bytes.to_vec()),
            FromDevice::EnrolRequest(bytes) => Self::EnrolRequest(bytes.to_vec()),
            FromDevice::EnrolWaiting { opening } => Self::EnrolWaiting(opening),
            FromDevice::Enrolled { terminal } => Self::Enrolled(terminal),
            FromDevice::Refused(fault) => Self::Refused(fault),
        }
    }
}

impl From<Settled<'_>> for Paid {
    fn from(settled: Settled<'_>) -> Self {
        Self {
            setl_id: settled.setl_id.to_owned(),
            business_day: settled.business_day,
            amount: settled.amount,
            acct_pay: settled.acct_pay,
            fund_pay: settled.fund_pay,
            cash: settled.cash,
            balance: settled.balance,
        }
    }
}

impl Info {
    pub(crate) fn json(&self) -> Value {
        json!({
            "serial": self.serial,
            "model": self.model,
            "firmware": self.firmware,
            "terminal": self.terminal.map(name),
            "needs_carrier": self.needs_carrier,
            "open_reversals": self.open_reversals,
            "bench": self.bench,
        })
    }
}

/// A terminal's id as people see it.
pub(crate) fn name(terminal: TerminalId) -> String {
    yika_platform::hex::upper(&terminal.0)
}
