//! The engine of swipes: what is durable, what is sent, what an answer does.
//!
//! The application calls, in this order:
//!
//! | call | does |
//! |---|---|
//! | `Swipes::open(media, start, now)` | recovers; a store that cannot be read is handed back with the reason |
//! | `Swipes::provision(media)` | sets up a *new* device, on the operator's word only |
//! | `prepare(&mut request, now) -> Draft` | takes the next counter durably, mixes in the centre's challenge; the card answers `draft.challenge()` |
//! | `commit(draft, &request, now) -> Counter` | the sealed bytes become durable; from here on `poll` gives them to send |
//! | `poll(now) -> Option<Output>` | what is to be sent now, or an event by time; call until `None` |
//! | `receive(bytes, now) -> Option<Event>` | a datagram of the centre |
//! | `give_up(now)` | the cashier cancels: the reversal is durable, then sent until acknowledged |
//! | `phase(now) -> Phase`, `open_reversals() -> usize` | what to show |
//! | `void(counter, now)`, `last_settled() -> Option<Receipt>`, `receipt(counter)`, `find_order(order_no)` | void and reprint |
//! | `totals(day) -> DayTotals`, `last_day()`, `ask_day(day, now)` | day end |
//! | `lost()`, `ask_lost(counter, now)`, `resolve_lost(counter, Resolution)` | a record that is gone |
//! | `identity()`, `enrol(identity)`, `settings()`, `set_settings(bytes)` | what else is kept |
//! | `idle(&mut entropy)` | while nothing else is to do: prepares one nonce |

mod entry;
mod event;
mod totals;

pub use event::{
    DayComparison, DayTotals, Decline, Draft, Event, OrderNo, Output, Phase, Receipt, Recovery, Resolution,
    VoidReceipt,
};
