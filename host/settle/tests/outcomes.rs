//! What a till says in each case, and that it says no more than it knows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{Bench, OnlyFor, Spoil, basket, credential};
use yika_platform::profile::Profile;
use yika_settle::transport::{FaultPlan, Faulty, Transport};
use yika_settle::{CancelError, Credential, Outcome, SettleError, VoidError};

const LOSE_ANSWER: FaultPlan = FaultPlan { lose_answer: 100, ..FaultPlan::CALM };
const LOSE_REQUEST: FaultPlan = FaultPlan { lose_request: 100, ..FaultPlan::CALM };
const NO_LINE: FaultPlan = FaultPlan { not_sent: 100, ..FaultPlan::CALM };

fn faulty(bench: &Bench) -> Arc<Faulty> {
    Arc::new(Faulty::new(Arc::clone(&bench.centre) as Arc<dyn Transport>, FaultPlan::CALM, 1))
}

#[tokio::test]
async fn a_purchase_is_settled_and_shown_once() {
    let bench = Bench::new(1);
    let till = bench.till().await;
    let settled = till.settle_pharmacy(&basket("A-1", 1250), &credential()).await.unwrap();
    assert_eq!(settled.outcome, Outcome::Settled);
    let split = settled.split.clone().unwrap();
    assert_eq!((split.medfee_sumamt.0, split.acct_pay.0, split.psn_cash_pay.0), (1250, 625, 625));
    assert_eq!(bench.centre.live(settled.msgid.as_deref().unwrap()), 1250);
    assert_eq!(till.unshown().unwrap().len(), 1);
    assert!(till.mark_shown("A-1").unwrap());
    assert!(till.unshown().unwrap().is_empty());
    assert!(!till.mark_shown("A-2").unwrap());

    // The bytes of the request are those that arrived.
    let sent = bench.centre.requests("2102");
    assert_eq!(till.request_body("A-1").unwrap().unwrap(), sent[0].1);
    assert!(till.answer_body("A-1").unwrap().unwrap().starts_with(b"{"));
}

#[tokio::test]
async fn the_same_order_again_gives_the_journals_outcome_and_sends_nothing() {
    let bench = Bench::new(2);
    let till = bench.till().await;
    let first = till.settle_pharmacy(&basket("A-1", 1250), &credential()).await.unwrap();
    let sent = bench.centre.requests("2102").len();
    let again = till.settle_pharmacy(&basket("A-1", 1250), &credential()).await.unwrap();
    assert!(again.from_journal && !first.from_journal);
    assert_eq!((again.msgid, again.setl_id), (first.msgid, first.setl_id));
    assert_eq!(bench.centre.requests("2102").len(), sent);

    let other_content = till.settle_pharmacy(&basket("A-1", 1251), &credential()).await;
    assert_eq!(other_content.unwrap_err(), SettleError::Conflict { order_no: "A-1".into() });
    let other_person = Credential::resident_id("990101199001010013", "某某");
    let conflict = till.settle_pharmacy(&basket("A-1", 1250), &other_person).await;
    assert!(matches!(conflict, Err(SettleError::Conflict { .. })));
    // The same person with another credential is the same person.
    let id_card = Credential::resident_id(common::CERTNO, common::NAME);
    assert!(till.settle_pharmacy(&basket("A-1", 1250), &id_card).await.unwrap().from_journal);
}

#[tokio::test]
async fn without_a_line_nothing_is_sent_and_the_same_order_may_be_tried_again() {
    let bench = Bench::new(3);
    let wire = faulty(&bench);
    let till = bench.till_on(Arc::clone(&wire) as _).await;
    wire.set_plan(NO_LINE);
    let early = till.settle_pharmacy(&basket("A-1", 1000), &credential()).await.unwrap();
    assert_eq!((early.outcome, early.msgid.is_none()), (Outcome::NotSent, true));

    // The line breaks between the lookup and the settlement.
    wire.set_plan(FaultPlan::CALM);
    till.preview(&basket("A-0", 1000), &credential()).await.unwrap();
    let late = CutBefore::settlement(&bench);
    drop(till);
    let till = bench.till_on(Arc::new(late)).await;
    let not_sent = till.settle_pharmacy(&basket("A-1", 1000), &credential()).await.unwrap();
    assert_eq!(not_sent.outcome, Outcome::NotSent);
    let msgid = not_sent.msgid.unwrap();
    assert_eq!(bench.centre.live_total(), 0);
    drop(till);

    let till = bench.till().await;
    assert_eq!(till.recover().await.unwrap().touched.len(), 0, "not sent is closed");
    let settled = till.settle_pharmacy(&basket("A-1", 1000), &credential()).await.unwrap();
    assert_eq!((settled.outcome, settled.msgid.as_deref()), (Outcome::Settled, Some(msgid.as_str())));
    assert_eq!(bench.centre.live_total(), 1000);
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_the_same_bytes_resolve_it() {
    let bench = Bench::new(4);
    let wire = faulty(&bench);
    let till = bench.till_on(Arc::clone(&wire) as _).await;
    till.sign_in().await.unwrap();
    let cut = Arc::new(OnlyFor::new("2102", Arc::clone(&bench.centre) as _, LOSE_ANSWER));
    drop(till);
    let till = bench.till_on(Arc::clone(&cut) as _).await;
    let unknown = till.settle_pharmacy(&basket("A-1", 1000), &credential()).await.unwrap();
    assert_eq!(unknown.outcome, Outcome::Unknown);
    assert_eq!(unknown.reason.unwrap().fault.number, 4011);
    assert_eq!(bench.centre.live_total(), 1000, "the centre settled");

    cut.heal();
    let resolved = till.wait_resolved("A-1", Duration::from_secs(5)).await.unwrap();
    assert_eq!(resolved.outcome, Outcome::Settled);
    assert_eq!(resolved.msgid, unknown.msgid);
    assert_eq!(bench.centre.live_total(), 1000, "once");
    let sent = bench.centre.requests("2102");
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1], "identical bytes");
    assert_eq!(till.unshown().unwrap().len(), 1, "offered for reprint");
}

#[tokio::test]
async fn a_repetition_that_does_not_leave_says_nothing_about_the_first_sending() {
    let bench = Bench::new(18);
    let wire = Arc::new(OnlyFor::new("2102", Arc::clone(&bench.centre) as _, LOSE_ANSWER));
    let till = bench.till_on(Arc::clone(&wire) as _).await;
    till.settle_pharmacy(&basket("A-1", 1000), &credential()).await.unwrap();
    wire.faulty.set_plan(NO_LINE);
    till.recover().await.unwrap();
    let again = till.settle_pharmacy(&basket("A-1", 1000), &credential()).await.unwrap();
    assert_eq!((again.outcome, again.from_journal), (Outcome::Unknown, true));
    wire.heal();
    till.recover().await.unwrap();
    assert_eq!(till.find("A-1").unwrap().unwrap().settlement.outcome, Outcome::Settled);
    drop(till);

    let wire = Arc::new(OnlyFor::new("2103", Arc::clone(&bench.centre) as _, LOSE_ANSWER));
    let till = bench.till_on(Arc::clone(&wire) as _).await;
    assert!(matches!(till.void("A-1").await, Err(VoidError::Unknown(_))));
    wire.faulty.set_plan(NO_LINE);
    assert!(matches!(till.void("A-1").await, Err(VoidError::Unknown(_))));
    assert_eq!(till.find("A-1").unwrap().unwrap().state, "voiding");
    wire.heal();
    assert_eq!(till.void("A-1").await.unwrap().outcome, Outcome::Voided);
    assert_eq!(bench.centre.live_total(), 0);
}

#[tokio::test]
async fn a_refusal_of_the_bytes_as_they_came_now_says_nothing_about_the_first_sending() {
    let bench = Bench::new(19);
    let wire = Arc::new(OnlyFor::new("2102", Arc::clone(&bench.centre) as _, LOSE_ANSWER));
    let till = bench.till_on(Arc::clone(&wire) as _).await;
    till.settle_pharmacy(&basket("A-1", 1000), &credential()).await.unwrap();
    wire.heal();
    // The centre forgets our key for a while.
    bench.centre.trust(&yika_settle::SigningKey::from_bytes(&[0x44; 32]).unwrap());
    till.recover().await.unwrap();
    assert_eq!(till.find("A-1").unwrap().unwrap().settlement.outcome, Outcome::Unknown);
    bench.centre.trust(&common::till_key());
    till.recover().await.unwrap();
    assert_eq!(till.find("A-1").unwrap().unwrap().settlement.outcome, Outcome::Settled);
    assert_eq!(bench.centre.live_total(), 1000);
}

#[tokio::test]
async fn an_unknown_that_lasts_too_long_is_reversed_where_the_site_says_so() {
    let bench = Bench::new(20);
    let wire = Arc::new(OnlyFor::new("2102", Arc::clone(&bench.centre) as _, LOSE_ANSWER));
    let mut config = bench.config();
    config.recovery.reverse_after = Some(Duration::from_secs(60));
    let till = yika_settle::Till::open(config, bench.deps(Arc::clone(&wire) as _)).await.unwrap();
    till.settle_pharmacy(&basket("A-1", 1000), &credential()).await.unwrap();
    bench.clock.advance(time::Duration::seconds(59));
    till.recover().await.unwrap();
    assert_eq!(till.find("A-1").unwrap().unwrap().state, "unknown");
    bench.clock.advance(time::Duration::seconds(1));
    till.recover().await.unwrap();
    assert_eq!(till.find("A-1").unwrap().unwrap().state, "reversed");
    assert_eq!(bench.centre.live_total(), 0);
}

#[tokio::test]
async fn recovery_runs_by_itself_beside_the_till() {
    let bench = Bench::new(21);
    let wire = Arc::new(OnlyFor::new("2102", Arc::clone(&bench.centre) as _, LOSE_ANSWER));
    let till = Arc::new(bench.till_on(Arc::clone(&wire) as _).await);
    till.settle_pharmacy(&basket("A-1", 1000), &credential()).await.unwrap();
    wire.heal();
    let machine = tokio::spawn(Arc::clone(&till).run_recovery());
    let resolved = tokio::time::timeout(Duration::from_secs(20), async {
        while till.find("A-1").unwrap().unwrap().state != "settled" {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    resolved.await.expect("the machine resolves it");
    machine.abort();
}

#[tokio::test]
async fn every_answer_that_cannot_be_believed_is_unknown_and_kept() {
    for (spoil, code) in [
        (Spoil::MinusOne, 4017),
        (Spoil::Garbage, 4013),
        (Spoil::OtherKey, 4014),
        (Spoil::OtherMessage, 4015),
        (Spoil::OtherPerson, 4015),
        (Spoil::Amounts, 4016),
    ] {
        let bench = Bench::new(5);
        let till = bench.till().await;
        bench.centre.spoil(&[spoil]);
        let unknown = till.settle_pharmacy(&basket("A-1", 1000), &credential()).await.unwrap();
        assert_eq!(unknown.outcome, Outcome::Unknown, "{spoil:?}");
        assert_eq!(unknown.reason.unwrap().fault.number, code, "{spoil:?}");
        let events = till.find("A-1").unwrap().unwrap().events;
        assert!(events.last().unwrap().ends_with(&format!("unknown Y-{code}")), "{events:?}");
        // Whatever was wrong with it, a cancellation ends it for both sides.
        let reversed = till.cancel("A-1").await.unwrap();
        assert_eq!((reversed.outcome, bench.centre.live_total()), (Outcome::Reversed, 0), "{spoil:?}");
    }
}

#[tokio::test]
async fn a_final_refusal_is_refused_and_stays_so() {
    let bench = Bench::new(6);
    let till = bench.till().await;
    bench.centre.spoil(&[Spoil::Refuse]);
    let refused = till.settle_pharmacy(&basket("A-1", 1000), &credential()).await.unwrap();
    assert_eq!(refused.outcome, Outcome::Refused);
    assert!(refused.reason.unwrap().detail.contains("不允许"));
    assert!(till.settle_pharmacy(&basket("A-1", 1000), &credential()).await.unwrap().from_journal);
    assert_eq!(bench.centre.live_total(), 0);
}

#[tokio::test]
async fn an_ended_sign_in_is_renewed_under_the_same_id() {
    let bench = Bench::new(7);
    let till = bench.till().await;
    till.sign_in().await.unwrap();
    bench.centre.spoil(&[Spoil::SignInExpired]);
    let settled = till.settle_pharmacy(&basket("A-1", 1000), &credential()).await.unwrap();
    assert_eq!(settled.outcome, Outcome::Settled);
    let sent = bench.centre.requests("2102");
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].0, sent[1].0, "one id");
    assert_ne!(sent[0].1, sent[1].1, "another sign-in");
    assert_eq!(till.request_body("A-1").unwrap().unwrap(), sent[1].1);
}

#[tokio::test]
async fn where_a_sign_in_refusal_takes_the_id_it_is_final() {
    let mut profile = Profile::sandbox();
    profile.session.sign_in_refusal_keeps_id = false;
    let bench = Bench::with_profile(8, profile);
    let till = bench.till().await;
    bench.centre.spoil(&[Spoil::SignInExpired]);
    let refused = till.settle_pharmacy(&basket("A-1", 1000), &credential()).await.unwrap();
    assert_eq!(refused.outcome, Outcome::Refused);
    assert_eq!(bench.centre.requests("2102").len(), 1);
}

#[tokio::test]
async fn once_reversing_always_reversing() {
    let bench = Bench::new(9);
    let wire = Arc::new(OnlyFor::new("2102", Arc::clone(&bench.centre) as _, LOSE_REQUEST));
    let till = bench.till_on(Arc::clone(&wire) as _).await;
    let unknown = till.settle_pharmacy(&basket("A-1", 1000), &credential()).await.unwrap();
    assert_eq!(unknown.outcome, Outcome::Unknown);
    let reversed = till.cancel("A-1").await.unwrap();
    assert_eq!(reversed.outcome, Outcome::Reversed);
    // The original arrives after its reversal: the tombstone turns it away.
    wire.heal();
    let body = till.request_body("A-1").unwrap().unwrap();
    bench.centre.send(call(body)).await.unwrap();
    assert_eq!(bench.centre.live_total(), 0);
    assert_eq!(till.cancel("A-1").await.unwrap().outcome, Outcome::Reversed);
    let again = till.settle_pharmacy(&basket("A-1", 1000), &credential()).await.unwrap();
    assert_eq!((again.outcome, again.from_journal), (Outcome::Reversed, true));
}

#[tokio::test]
async fn a_cancellation_during_the_wait_wins_over_the_late_answer() {
    let bench = Bench::new(10);
    let gate = Arc::new(Gate::new(Arc::clone(&bench.centre) as _));
    let till = Arc::new(bench.till_on(Arc::clone(&gate) as _).await);
    let selling = {
        let till = Arc::clone(&till);
        tokio::spawn(async move { till.settle_pharmacy(&basket("A-1", 1000), &credential()).await })
    };
    gate.waiting().await;
    assert_eq!(bench.centre.live_total(), 1000, "settled at the centre, the answer is on its way");
    assert_eq!(till.cancel("A-1").await.unwrap().outcome, Outcome::Reversed);
    gate.open();
    let late = selling.await.unwrap().unwrap();
    assert_eq!(late.outcome, Outcome::Reversed, "the late answer is evidence only");
    assert_eq!(bench.centre.live_total(), 0);
    let events = till.find("A-1").unwrap().unwrap().events;
    assert!(events.iter().any(|e| e.ends_with("late")), "{events:?}");
}

#[tokio::test]
async fn without_idempotence_an_unknown_is_reversed() {
    let mut profile = Profile::sandbox();
    profile.outcome.idempotent = false;
    let bench = Bench::with_profile(11, profile);
    let wire = Arc::new(OnlyFor::new("2102", Arc::clone(&bench.centre) as _, LOSE_ANSWER));
    let till = bench.till_on(Arc::clone(&wire) as _).await;
    till.settle_pharmacy(&basket("A-1", 1000), &credential()).await.unwrap();
    assert_eq!(bench.centre.live_total(), 1000);
    till.recover().await.unwrap();
    assert_eq!(till.find("A-1").unwrap().unwrap().settlement.outcome, Outcome::Reversed);
    assert_eq!(bench.centre.live_total(), 0);
    assert_eq!(bench.centre.requests("2102").len(), 1, "never resent");
}

#[tokio::test]
async fn without_tombstones_a_reversal_waits_for_the_longest_flight_and_clean_totals() {
    let mut profile = Profile::sandbox();
    profile.outcome.idempotent = false;
    profile.outcome.tombstone = false;
    let bench = Bench::with_profile(12, profile);
    let wire = Arc::new(OnlyFor::new("2102", Arc::clone(&bench.centre) as _, LOSE_REQUEST));
    let till = bench.till_on(Arc::clone(&wire) as _).await;
    till.settle_pharmacy(&basket("A-1", 1000), &credential()).await.unwrap();
    let state = || till.find("A-1").unwrap().unwrap().state;
    till.recover().await.unwrap();
    assert_eq!(state(), "reversing", "answered, but the original may still be under way");
    bench.clock.advance(time::Duration::seconds(60));
    // It was: it arrives late and settles.
    bench.centre.send(call(till.request_body("A-1").unwrap().unwrap())).await.unwrap();
    assert_eq!(bench.centre.live_total(), 1000);
    till.recover().await.unwrap();
    assert_eq!(state(), "reversing");
    bench.clock.advance(time::Duration::seconds(61));
    till.recover().await.unwrap();
    assert_eq!(state(), "reversed");
    assert_eq!(bench.centre.live_total(), 0);
    assert!(!bench.centre.requests("3201").is_empty());
}

#[tokio::test]
async fn a_void_is_repeated_until_answered_and_counts_once() {
    let bench = Bench::new(13);
    let till = bench.till().await;
    let settled = till.settle_pharmacy(&basket("A-1", 1000), &credential()).await.unwrap();
    drop(till);
    let wire = Arc::new(OnlyFor::new("2103", Arc::clone(&bench.centre) as _, LOSE_ANSWER));
    let till = bench.till_on(Arc::clone(&wire) as _).await;
    assert!(matches!(till.void("A-1").await, Err(VoidError::Unknown(_))));
    assert_eq!(till.find("A-1").unwrap().unwrap().settlement.outcome, Outcome::Settled);
    assert_eq!(till.cancel("A-1").await.unwrap_err(), CancelError::Settled);
    wire.heal();
    let voided = till.void(settled.setl_id.as_deref().unwrap()).await.unwrap();
    assert_eq!(voided.outcome, Outcome::Voided);
    assert!(voided.void.unwrap().done);
    let sent = bench.centre.requests("2103");
    assert_eq!((sent.len(), &sent[0]), (2, &sent[1]), "identical bytes");
    assert!(bench.centre.requests("2601").is_empty(), "never reversed");
    assert_eq!(bench.centre.live_total(), 0);
    assert_eq!(till.void("A-1").await.unwrap().outcome, Outcome::Voided);
    assert_eq!(till.void("A-2").await.unwrap_err(), VoidError::NotFound);
}

#[tokio::test]
async fn a_void_without_idempotence_is_resolved_by_the_ids() {
    let mut profile = Profile::sandbox();
    profile.outcome.idempotent = false;
    let bench = Bench::with_profile(14, profile);
    let till = bench.till().await;
    till.settle_pharmacy(&basket("A-1", 1000), &credential()).await.unwrap();
    drop(till);
    let wire = Arc::new(OnlyFor::new("2103", Arc::clone(&bench.centre) as _, LOSE_ANSWER));
    let till = bench.till_on(Arc::clone(&wire) as _).await;
    assert!(till.void("A-1").await.is_err());
    till.recover().await.unwrap();
    let found = till.find("A-1").unwrap().unwrap().settlement;
    assert_eq!(found.outcome, Outcome::Voided, "{:?}", found.reason);
    assert_eq!(bench.centre.requests("2103").len(), 1);
    assert_eq!(bench.centre.requests("5203").len(), 1);
}

#[tokio::test]
async fn a_void_that_did_not_leave_or_is_refused_leaves_the_purchase_settled() {
    let bench = Bench::new(15);
    let till = bench.till().await;
    till.settle_pharmacy(&basket("A-1", 1000), &credential()).await.unwrap();
    drop(till);
    let wire = Arc::new(OnlyFor::new("2103", Arc::clone(&bench.centre) as _, NO_LINE));
    let till = bench.till_on(Arc::clone(&wire) as _).await;
    assert!(matches!(till.void("A-1").await, Err(VoidError::NotSent(_))));
    assert_eq!(till.find("A-1").unwrap().unwrap().state, "settled");
    wire.heal();
    bench.centre.spoil(&[Spoil::Refuse]);
    assert!(matches!(till.void("A-1").await, Err(VoidError::Refused(_))));
    assert_eq!(till.find("A-1").unwrap().unwrap().state, "settled");
    // Amounts that do not take back what was settled are no void to believe.
    bench.centre.spoil(&[Spoil::Amounts]);
    assert!(matches!(till.void("A-1").await, Err(VoidError::Unknown(_))));
    assert_eq!(till.find("A-1").unwrap().unwrap().state, "voiding");
}

#[tokio::test]
async fn both_books_are_equal_with_voids_as_negative_rows_and_reversals_nowhere() {
    let bench = Bench::new(16);
    let till = bench.till().await;
    for (order, fen) in [("A-1", 1000), ("A-2", 2051), ("A-3", 399)] {
        till.settle_pharmacy(&basket(order, fen), &credential()).await.unwrap();
    }
    till.void("A-2").await.unwrap();
    bench.centre.spoil(&[Spoil::MinusOne]);
    till.settle_pharmacy(&basket("A-4", 700), &credential()).await.unwrap();
    let open = till.reconcile("2026-11-22", "2026-11-22").await.unwrap();
    assert!(!open.is_equal(), "an unknown purchase is open");
    till.cancel("A-4").await.unwrap();
    let books = till.reconcile("2026-11-22", "2026-11-22").await.unwrap();
    assert!(books.is_equal(), "{books:?}");
    assert_eq!(books.groups.len(), 1);
    // By hand: 1000 + 2051 − 2051 + 399 in 4 rows.
    assert_eq!((books.groups[0].ours.medfee_sumamt.0, books.groups[0].ours.fixmedins_setl_cnt), (1399, 4));
    assert!(till.reconcile("2026-11-23", "2026-11-23").await.unwrap().is_equal(), "an empty day");
    assert!(till.reconcile("2026-11-23", "2026-11-22").await.is_err());
    assert!(till.reconcile("2026-11-31", "2026-12-01").await.is_err());
}

#[tokio::test]
async fn the_clock_offset_is_the_centres_lead() {
    let bench = Bench::new(17);
    let theirs = Arc::new(yika_settle::ManualClock::new(time::macros::datetime!(2026-11-22 02:07:00 UTC)));
    let centre = Arc::new(common::Model::new(theirs, Profile::sandbox()));
    let till = bench.till_on(centre).await;
    assert_eq!(till.clock_offset(), None);
    assert_eq!(till.measure_clock_offset().await.unwrap(), time::Duration::minutes(7));
}

fn call(body: Vec<u8>) -> yika_settle::transport::Call {
    yika_settle::transport::Call {
        method: yika_settle::transport::Method::Post,
        url: String::new(),
        headers: Vec::new(),
        body,
        timeout: Duration::from_secs(1),
    }
}

struct CutBefore;

impl CutBefore {
    /// No connection for the settlement itself.
    fn settlement(bench: &Bench) -> OnlyFor {
        OnlyFor::new("2102", Arc::clone(&bench.centre) as _, NO_LINE)
    }
}

/// Holds the answer to a settlement back until opened.
struct Gate {
    inner: Arc<dyn Transport>,
    arrived: tokio::sync::Notify,
    go: tokio::sync::Notify,
}

impl Gate {
    fn new(inner: Arc<dyn Transport>) -> Self {
        Self { inner, arrived: tokio::sync::Notify::new(), go: tokio::sync::Notify::new() }
    }

    async fn waiting(&self) {
        self.arrived.notified().await;
    }

    fn open(&self) {
        self.go.notify_one();
    }
}

impl Transport for Gate {
    fn send(&self, call: yika_settle::transport::Call) -> yika_settle::transport::Sending<'_> {
        Box::pin(async move {
            let request = yika_platform::envelope::Request::parse(&call.body).unwrap();
            let answer = self.inner.send(call).await;
            if request.infno == "2102" {
                self.arrived.notify_one();
                self.go.notified().await;
            }
            answer
        })
    }
}
