//! What a terminal may do now: its state, its counter, its limits, the card's proof and the PIN.

use yika_protocol::fault::{Fault, centre as faults, credential as credential_faults, settle};
use yika_protocol::identity::Date;
use yika_protocol::money::Fen;
use yika_protocol::swipe::{COUNTERS_PER_EPOCH, Counter, Credential, Freshness};

use super::{Case, date, today};
use crate::StoreError;
use crate::refusal::Stop;
use crate::store::{self, Settlement, TerminalRule, TerminalState, Work};
use crate::swipe::intake::{CardCheck, Purchase};

/// How far a new counter may be ahead of the highest one answered: a device that lost its store jumps, but not further.
const AHEAD: i64 = COUNTERS_PER_EPOCH as i64;

/// How far an unseen swipe may be behind it. A device has at most eight open, so what comes later was long reversed.
const BEHIND: i64 = 64;

impl Case<'_> {
    /// Whether this terminal may make this purchase, money and person aside.
    pub(super) fn may_swipe(
        &mut self,
        work: &Work<'_>,
        purchase: &Purchase,
        freshness: Freshness,
    ) -> Result<(), Stop> {
        self.may_start().map_err(Stop::refused)?;
        if purchase.valid_until.is_some_and(|until| self.seconds() > until) {
            return Err(Stop::refused(&faults::SWIPE_EXPIRED));
        }
        if self.is_settled(work, &purchase.order_no)? {
            return Err(Stop::refused(&faults::ORDER_SETTLED));
        }
        if purchase.amount > self.terminal.per_swipe {
            return Err(Stop::refused(&faults::LIMIT_PER_SWIPE));
        }
        self.within_the_day(work, purchase.amount)?;
        in_validity(&purchase.credential, date(today(self.bench.now)?)?)?;
        match &purchase.credential {
            // A code lives a minute and is spent once: nothing can be gathered ahead.
            Credential::Voucher(_) => {}
            // The number alone proves nothing, so its limit is the low one in any case.
            Credential::IdCard(_) if purchase.amount > self.terminal.no_challenge => {
                return Err(Stop::refused(&faults::LIMIT_PER_SWIPE));
            }
            Credential::IdCard(_) => {}
            Credential::Card(_) => {
                if freshness != Freshness::Fresh && purchase.amount > self.terminal.no_challenge {
                    return Err(Stop::refused(&faults::LIMIT_NO_CHALLENGE));
                }
                card_answered(purchase.card)?;
                let above = |rule: TerminalRule| rule.pin_above.is_some_and(|above| purchase.amount > above);
                if !purchase.pin_verified && work.terminal_rule(&self.institution.code)?.is_some_and(above) {
                    return Err(Stop::refused(&faults::PIN_REQUIRED));
                }
            }
        }
        Ok(())
    }

    /// Whether the institution's order has a settlement that stands. Not counted is a recent one of this very terminal: it
    /// would not sell the order again unless its reversal of that one were on the way.
    fn is_settled(&self, work: &Work<'_>, order_no: &str) -> Result<bool, StoreError> {
        let standing = work.swipes_of_order(&self.institution.code, order_no)?;
        Ok(standing.iter().any(|(terminal, counter)| {
            *terminal != self.terminal.terminal || self.counter.saturating_sub(*counter) > BEHIND
        }))
    }

    /// The sum of the day is at hand and never too low; only when it is too high, or of another day, is it counted anew, less
    /// what was voided and reversed since.
    fn within_the_day(&mut self, work: &Work<'_>, amount: Fen) -> Result<(), Stop> {
        let (day, limit) = (today(self.bench.now)?, self.terminal.per_day);
        let fits = |spent: Fen| spent.checked_add(amount).is_some_and(|sum| sum <= limit);
        if self.terminal.business_day != day || !fits(self.terminal.day_amount) {
            self.terminal.day_amount = self.totals(work, day)?.amount;
            self.terminal.business_day = day;
        }
        if fits(self.terminal.day_amount) { Ok(()) } else { Err(Stop::refused(&faults::LIMIT_PER_DAY)) }
    }

    /// Whether this terminal may start anything new with this counter.
    pub(super) fn may_start(&self) -> Result<(), &'static Fault> {
        let now = self.bench.now.unix_millis();
        match self.terminal.state {
            TerminalState::Active => {}
            TerminalState::Replaced => return Err(&faults::TERMINAL_REPLACED),
            TerminalState::Revoked | TerminalState::Pending => return Err(&faults::TERMINAL_REVOKED),
        }
        if now < self.terminal.not_before || now >= self.terminal.not_after {
            return Err(&faults::CERTIFICATE_EXPIRED);
        }
        if !self.institution.active {
            return Err(&faults::INSTITUTION_INACTIVE);
        }
        if self.too_far_ahead() || self.counter < self.terminal.counter.saturating_sub(BEHIND) {
            return Err(&faults::SWIPE_COUNTER);
        }
        Ok(())
    }

    pub(super) fn too_far_ahead(&self) -> bool {
        self.counter > self.terminal.counter.saturating_add(AHEAD)
    }

    /// The settlement to be voided: one of this device, under this enrolment or an earlier one.
    pub(super) fn original(
        &self,
        work: &Work<'_>,
        counter: Counter,
        setl_id: &str,
    ) -> Result<Settlement, Stop> {
        let unknown = || Stop::refused(&faults::SETTLEMENT_UNKNOWN);
        let settlement = work.settlement(setl_id)?.ok_or_else(unknown)?;
        let ours = settlement.kind == store::Kind::Settle
            && settlement.fixmedins_code == self.institution.code
            && settlement.msgid.len() == self.msgid.len();
        let (terminal, number) = settlement.msgid.split_at_checked(16).ok_or_else(unknown)?;
        if !ours || number != format!("{:012X}", counter.get()) {
            return Err(unknown());
        }
        if terminal != self.terminal.terminal {
            let other = work.terminal(terminal)?.ok_or_else(unknown)?;
            if other.serial != self.terminal.serial || other.fixmedins_code != self.institution.code {
                return Err(unknown());
            }
        }
        Ok(settlement)
    }
}

/// A card out of its validity pays nothing. The device has no calendar of its own, so the centre judges.
fn in_validity(credential: &Credential, today: Date) -> Result<(), Stop> {
    let (fault, from, until) = match credential {
        Credential::Card(card) => (&settle::CARD_EXPIRED, None, card.expires),
        Credential::IdCard(card) => (&credential_faults::ID_EXPIRED, card.valid_from, card.expires),
        Credential::Voucher(_) => return Ok(()),
    };
    let valid = from.is_none_or(|from| from <= today) && until.is_none_or(|until| today <= until);
    if valid { Ok(()) } else { Err(Stop::refused(fault)) }
}

fn card_answered(card: Option<CardCheck>) -> Result<(), Stop> {
    match card {
        Some(CardCheck::Genuine) => Ok(()),
        Some(CardCheck::NoKeys) => Err(Stop::refused(&faults::CARD_KEY_UNKNOWN)),
        Some(CardCheck::Malformed) => Err(Stop::refused(&faults::CARD_AUTH_INPUT)),
        Some(CardCheck::NotGenuine) | None => Err(Stop::refused(&faults::CARD_NOT_GENUINE)),
    }
}
