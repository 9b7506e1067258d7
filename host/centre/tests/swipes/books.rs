//! Voids, the terminal's day, and the same settlements as the till's interface sees them.

use serde_json::{Value, json};
use time::Duration;
use yika_protocol::money::Fen;
use yika_protocol::swipe::{Answer, VoidOutcome};

use crate::support::{Shop, basket, codes, fen, lines, n, sum};

#[tokio::test]
async fn a_void_gives_everything_back_once() {
    let shop = Shop::new().await;
    let codes = codes();
    let lines = lines(&codes);
    let settled = shop.settled(1, &basket("A-1", &lines)).await;
    let void = shop.terminal.seal_void(n(2), n(1), &settled.setl_id).unwrap();
    let first = shop.bytes(&void).await;
    let Answer::Void(answer) = shop.terminal.open(&first).unwrap().answer else { panic!("another answer") };
    let VoidOutcome::Voided(voided) = answer.outcome else { panic!("{answer:?}") };
    assert_eq!(
        (voided.acct_back, voided.fund_back, voided.cash_back),
        (fen("35.56"), fen("27.44"), fen("3.10"))
    );
    assert_eq!(voided.balance, fen("500.00"));
    // Repeated until it is answered: the same bytes.
    assert_eq!(shop.bytes(&void).await, first);
    assert_eq!(shop.void_refused(3, 1, &settled.setl_id).await, 5071);
    // The deductible is given back as well.
    assert_eq!(shop.settled(4, &basket("A-2", &lines)).await.fund_pay, fen("27.44"));
    assert_eq!(shop.count("SELECT SUM(amount) FROM ledger"), 0);
}

#[tokio::test]
async fn what_cannot_be_voided() {
    let shop = Shop::new().await;
    let settled = shop.settled(1, &sum("A-1", "10.00")).await;
    // A settlement that is none, another counter, a void, a reversed swipe, another device's swipe.
    assert_eq!(shop.void_refused(2, 1, "S99010020261122000000009").await, 5070);
    assert_eq!(shop.void_refused(3, 2, &settled.setl_id).await, 5070);
    shop.void(4, 1, &settled.setl_id).await;
    let void = shop
        .database()
        .query_row("SELECT setl_id FROM settlement WHERE kind = 'void'", [], |r| r.get::<_, String>(0));
    assert_eq!(shop.void_refused(5, 4, &void.unwrap()).await, 5070);
    let reversed = shop.settled(6, &sum("A-6", "10.00")).await;
    shop.reverse(6).await;
    assert_eq!(shop.void_refused(7, 6, &reversed.setl_id).await, 5070);
    let other = shop.kit.enrol("POS-0002").unwrap();
    let swipe = shop.kit.card_swipe(&other, n(1), &sum("B-1", "10.00")).unwrap();
    let answer = other.open(&shop.bytes(&swipe).await).unwrap().answer;
    let Answer::Swipe(answer) = answer else { panic!("another answer") };
    let yika_protocol::swipe::Outcome::Settled(theirs) = answer.outcome else { panic!("{answer:?}") };
    assert_eq!(shop.void_refused(8, 1, &theirs.setl_id).await, 5070);
    assert_eq!(shop.balance(), fen("490.00"));
    // A void is repeated, never reversed: a reversal under its counter gets nothing.
    shop.silent(&shop.terminal.seal_reversal(n(4)).unwrap()).await;
}

#[tokio::test]
async fn a_reversal_behind_a_void_moves_nothing_twice() {
    let shop = Shop::new().await;
    let settled = shop.settled(1, &sum("A-1", "10.00")).await;
    shop.void(2, 1, &settled.setl_id).await;
    assert_eq!(shop.reverse(1).await, yika_protocol::swipe::ReversalOutcome::Undone);
    assert_eq!(shop.balance(), fen("500.00"));
    let day = shop.day(b"20261122").await;
    assert_eq!((day.count, day.voids, day.acct), (1, 1, Fen::ZERO));
}

#[tokio::test]
async fn the_terminals_day() {
    let shop = Shop::new().await;
    let empty = shop.day(b"20261122").await;
    assert_eq!(
        (empty.count, empty.voids, empty.acct, empty.fund, empty.cash),
        (0, 0, fen("0"), fen("0"), fen("0"))
    );
    let codes = codes();
    let lines = lines(&codes);
    shop.settled(1, &basket("A-1", &lines)).await;
    let second = shop.settled(2, &sum("A-2", "10.00")).await;
    shop.settled(3, &sum("A-3", "20.00")).await;
    shop.refused(4, &sum("A-4", "5000.00")).await;
    shop.reverse(3).await;
    let other = shop.kit.enrol("POS-0002").unwrap();
    shop.bytes(&shop.kit.card_swipe(&other, n(1), &sum("B-1", "7.00")).unwrap()).await;
    // 35.56 + 10.00; the reversed one counts as if it had never been, the other terminal's is not ours.
    let day = shop.day(b"20261122").await;
    assert_eq!(
        (day.count, day.voids, day.acct, day.fund, day.cash),
        (2, 0, fen("45.56"), fen("27.44"), fen("3.10"))
    );
    // A void on the next day is that day's.
    shop.kit.clock.advance(Duration::hours(13));
    shop.void(5, 2, &second.setl_id).await;
    assert_eq!(shop.day(b"20261122").await.acct, fen("45.56"));
    let next = shop.day(b"20261123").await;
    assert_eq!((next.count, next.voids, next.acct), (0, 1, Fen(-1000)));
}

#[tokio::test]
async fn a_new_enrolment_voids_what_the_old_one_settled() {
    let shop = Shop::new().await;
    let settled = shop.settled(1, &sum("A-1", "10.00")).await;
    let again = shop.kit.enrol("POS-0001").unwrap();
    let void = again.seal_void(n(1), n(1), &settled.setl_id).unwrap();
    let Answer::Void(answer) = again.open(&shop.bytes(&void).await).unwrap().answer else { panic!("answer") };
    assert!(matches!(answer.outcome, VoidOutcome::Voided(_)), "{answer:?}");
    assert_eq!(shop.balance(), fen("500.00"));
}

#[tokio::test]
async fn the_till_finds_and_voids_a_swipe() {
    let shop = Shop::new().await;
    let settled = shop.settled(1, &sum("A-1", "10.00")).await;
    let setl_id = settled.setl_id.as_str();
    let (mdtrt_id, msgid): (String, String) = shop
        .database()
        .query_row("SELECT mdtrt_id, msgid FROM settlement", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!(msgid, format!("{}000000000001", shop.terminal.terminal()));
    let sign_no = shop
        .kit
        .till("9001", json!({"signIn": {"opter_no": "0001", "mac": "-", "ip": "-"}}), "")
        .unwrap()["signinoutb"]["sign_no"]
        .as_str()
        .unwrap()
        .to_owned();
    let till = |infno: &str, input: Value| shop.kit.till(infno, input, &sign_no);
    let named = json!({"data": {"setl_id": setl_id, "mdtrt_id": mdtrt_id, "psn_no": "99010000000000000001"}});
    let found = till("5203", named.clone()).unwrap();
    assert_eq!(found["setlinfo"]["acct_pay"], "10.00");
    assert_eq!(found["setlinfo"]["medins_setl_id"], msgid.as_str());
    let totals = |acct: &str, count: &str, total: &str| {
        json!({"data": {
            "insutype": "310", "clr_type": "41", "setl_optins": "990100", "stmt_begndate": "2026-11-22",
            "stmt_enddate": "2026-11-22", "medfee_sumamt": total, "fund_pay_sumamt": "0.00", "acct_pay": acct,
            "fixmedins_setl_cnt": count, "fixmedins_refd_setl_flag": "0",
        }})
    };
    assert_eq!(till("3201", totals("10.00", "1", "10.00")).unwrap()["stmtinfo"]["stmt_rslt"], "0");
    till("2103", named).unwrap();
    assert_eq!(shop.balance(), fen("500.00"));
    // The terminal's day knows of it, and its own void comes too late.
    let day = shop.day(b"20261122").await;
    assert_eq!((day.count, day.voids, day.acct), (1, 1, Fen::ZERO));
    assert_eq!(shop.void_refused(2, 1, setl_id).await, 5071);
}
