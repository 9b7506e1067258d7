//! What a swipe settles: by card, voucher and ID card, with lines and without.

use yika_centre::kit::sample_card;
use yika_protocol::identity::{CertNo, Date};
use yika_protocol::swipe::{Answer, Credential, Draw, IdCardCredential, Outcome, StatusAnswer, SwipeAnswer};

use crate::support::{Shop, basket, codes, fen, http, lines, n, refused, sum};

#[tokio::test]
async fn the_sample_basket_by_hand() {
    let shop = Shop::new().await;
    let codes = codes();
    let lines = lines(&codes);
    let answer = shop.card(1, &basket("A-1", &lines)).await;
    // hw-docs/centre.md, "Split": deductible 20.00, fund (59.20 − 20.00) × 70 % = 27.44, level 03 (3.10) in cash,
    // 66.10 − 27.44 − 3.10 = 35.56 from the account of 500.00.
    let Outcome::Settled(settled) = &answer.outcome else { panic!("{answer:?}") };
    assert_eq!(settled.amount, fen("66.10"));
    assert_eq!((settled.acct_pay, settled.fund_pay, settled.cash), (fen("35.56"), fen("27.44"), fen("3.10")));
    assert_eq!(settled.balance, fen("464.44"));
    assert_eq!(shop.balance(), fen("464.44"));
    // 沈 is C9 F2 in GB 18030; the rest of the name is masked.
    assert_eq!(settled.slip_name.as_slice(), [0xC9, 0xF2, b'*', b'*']);
    assert_eq!(
        (answer.business_day.year(), answer.business_day.month(), answer.business_day.day()),
        (2026, 11, 22)
    );
    assert_eq!(shop.count("SELECT COUNT(*) FROM fee_line"), 3);
    assert_eq!(shop.count("SELECT COUNT(*) FROM trace_code"), 3);
    assert_eq!(shop.count("SELECT SUM(amount) FROM ledger"), 0);
}

#[tokio::test]
async fn a_sum_without_lines_is_the_accounts_alone() {
    let shop = Shop::new().await;
    let first = shop.settled(1, &sum("A-1", "12.50")).await;
    assert_eq!((first.acct_pay, first.fund_pay, first.cash), (fen("12.50"), fen("0.00"), fen("0.00")));
    assert_eq!(first.balance, fen("487.50"));
    // Also when the terminal would allow more: nobody can say what the catalogue covers.
    let everything = yika_centre::kit::Sale { draw: Draw::Everything, ..sum("A-2", "12.50") };
    let second = shop.settled(2, &everything).await;
    assert_eq!((second.acct_pay, second.fund_pay), (fen("12.50"), fen("0.00")));
    // The deductible is untouched: a basket afterwards still bears its 20.00.
    let codes = codes();
    let lines = lines(&codes);
    assert_eq!(shop.settled(3, &basket("A-3", &lines)).await.fund_pay, fen("27.44"));
}

#[tokio::test]
async fn lines_on_the_account_only_touch_no_fund() {
    let shop = Shop::new().await;
    let codes = codes();
    let lines = lines(&codes);
    let sale = yika_centre::kit::Sale { draw: Draw::AccountOnly, ..basket("A-1", &lines) };
    let settled = shop.settled(1, &sale).await;
    // The account does not pay for level 03 (the sample's account_ownpay = false): 66.10 − 3.10.
    assert_eq!((settled.acct_pay, settled.fund_pay, settled.cash), (fen("63.00"), fen("0.00"), fen("3.10")));
}

#[tokio::test]
async fn more_than_the_account_has_is_cash() {
    let seed = yika_centre::kit::SAMPLE_SEED.replacen("balance = \"500.00\"", "balance = \"5.00\"", 1);
    let shop = Shop::with(&seed, |_| {}).await;
    let settled = shop.settled(1, &sum("A-1", "12.50")).await;
    assert_eq!((settled.acct_pay, settled.cash, settled.balance), (fen("5.00"), fen("7.50"), fen("0.00")));
}

#[tokio::test]
async fn a_voucher_pays_once() {
    let shop = Shop::new().await;
    let code = shop.kit.voucher("99010000000000000001").unwrap();
    let by = |counter, order: &'static str| {
        let request = sum(order, "30.00").request(yika_protocol::swipe::Credential::Voucher(code.clone()));
        shop.terminal.seal_swipe(n(counter), &request, None).unwrap()
    };
    let first = by(1, "A-1");
    let answer = shop.swipe(&first).await;
    assert!(matches!(&answer.outcome, Outcome::Settled(s) if s.acct_pay == fen("30.00")), "{answer:?}");
    // The same swipe again is the stored answer; another swipe with the same code is refused.
    assert_eq!(shop.swipe(&first).await, answer);
    assert_eq!(refused(&shop.swipe(&by(2, "A-2")).await), 5032);
    assert_eq!(shop.count("SELECT COUNT(*) FROM settlement"), 1);
    // A code that nobody gave out, and one that is over.
    let unknown =
        yika_protocol::voucher::Code::new(b"0123456789012345678901234567", Default::default()).unwrap();
    let request = sum("A-3", "30.00").request(yika_protocol::swipe::Credential::Voucher(unknown));
    let unknown = shop.terminal.seal_swipe(n(3), &request, None).unwrap();
    assert_eq!(refused(&shop.swipe(&unknown).await), 5033);
    let late =
        shop.kit.voucher_swipe(&shop.terminal, n(4), &sum("A-4", "30.00"), "99010000000000000001").unwrap();
    shop.kit.clock.advance(time::Duration::seconds(61));
    assert_eq!(refused(&shop.swipe(&late).await), 5031);
}

#[tokio::test]
async fn an_id_card_is_the_terminals_word_up_to_the_low_limit() {
    let shop = Shop::new().await;
    let by = |counter, amount: &str| {
        let sale = sum("A-1", amount);
        shop.kit.id_card_swipe(&shop.terminal, n(counter), &sale, "990101198506150020").unwrap()
    };
    let answer = shop.swipe(&by(1, "200.00")).await;
    assert!(matches!(&answer.outcome, Outcome::Settled(s) if s.balance == fen("300.00")), "{answer:?}");
    assert_eq!(refused(&shop.swipe(&by(2, "200.01")).await), 5116);
    assert_eq!(shop.count("SELECT COUNT(*) FROM swipe WHERE reader IS NOT NULL"), 2);
}

/// The fault, where a swipe was refused.
fn is_refused(answer: &SwipeAnswer) -> Option<u16> {
    match answer.outcome {
        Outcome::Refused(fault) => Some(fault),
        _ => None,
    }
}

#[tokio::test]
async fn a_card_out_of_its_validity_pays_nothing() {
    let shop = Shop::new().await;
    // The clock of the kit shows 22 November.
    let [past, today, future] = [21, 22, 23].map(|day| Some(Date::new(2026, 11, day).unwrap()));
    let sale = sum("A-1", "1.00");
    for (counter, expires, refusal) in
        [(1, None, None), (2, future, None), (3, today, None), (4, past, Some(3009))]
    {
        let mut card = sample_card().unwrap();
        card.expires = expires;
        let answer = shop.swipe(&shop.kit.swipe_of(&shop.terminal, n(counter), &sale, card).unwrap()).await;
        assert_eq!(refusal, is_refused(&answer), "{answer:?}");
    }
    for (counter, valid_from, expires, refusal) in [
        (5, past, future, None),
        (6, past, None, None),
        (7, today, today, None),
        (8, past, past, Some(6112)),
        (9, future, None, Some(6112)),
    ] {
        let certno = CertNo::parse(b"990101198506150020").unwrap();
        let card = IdCardCredential { certno, sam_id: [0; 16], valid_from, expires };
        let request = sale.request(Credential::IdCard(card));
        let answer = shop.swipe(&shop.terminal.seal_swipe(n(counter), &request, None).unwrap()).await;
        assert_eq!(refusal, is_refused(&answer), "{answer:?}");
    }
    let totals = shop.count("SELECT COUNT(*) FROM swipe WHERE setl_id IS NOT NULL");
    assert_eq!(totals, 6, "only the valid ones moved money");
}

#[tokio::test]
async fn whom_the_rules_refuse() {
    let shop = Shop::new().await;
    let by = |counter, certno: &str| {
        shop.kit.id_card_swipe(&shop.terminal, n(counter), &sum("A-1", "10.00"), certno).unwrap()
    };
    // The child insured with the residents has no account; somebody's insurance is suspended; a stranger.
    assert_eq!(refused(&shop.swipe(&by(1, "990101201008150030")).await), 5121);
    assert_eq!(refused(&shop.swipe(&by(2, "990101199602290044")).await), 5054);
    assert_eq!(refused(&shop.swipe(&by(3, "990101199001011230")).await), 5050);
    let codes = codes();
    let mut lines = lines(&codes);
    lines[0].sum = fen("25.02");
    let wrong = yika_centre::kit::Sale { amount: fen("66.12"), ..basket("A-4", &lines) };
    assert_eq!(shop.refused(4, &wrong).await, 5062);
    lines[0].sum = fen("25.00");
    let wrong = yika_centre::kit::Sale { amount: fen("66.12"), ..basket("A-5", &lines) };
    assert_eq!(shop.refused(5, &wrong).await, 5063);
    lines[0].med_list_codg = "XA01-YIKA-9999";
    assert_eq!(shop.refused(6, &basket("A-6", &lines)).await, 5060);
    assert_eq!(shop.count("SELECT COUNT(*) FROM settlement"), 0);
}

#[tokio::test]
async fn a_card_that_did_not_answer_for_this_purchase() {
    let shop = Shop::new().await;
    let good = shop.kit.card_swipe(&shop.terminal, n(1), &sum("A-1", "10.00")).unwrap();
    assert!(matches!(shop.swipe(&good).await.outcome, Outcome::Settled(_)));
    // A cryptogram gathered over 10.00 under counter 1, presented for another sum or counter.
    let cryptogram = |counter, amount: &str| {
        let sale = sum("A-1", amount);
        let card = yika_centre::kit::sample_card().unwrap();
        let asked = sale.request(yika_protocol::swipe::Credential::Card(card.clone()));
        let challenge =
            yika_protocol::swipe::card_challenge(&shop.terminal.swipe_header(n(counter)), &asked).unwrap();
        (card, yika_centre::kit::card_cryptogram(&challenge).unwrap())
    };
    for (gathered, presented) in [((2, "10.00"), (2, "90.00")), ((2, "10.00"), (3, "10.00"))] {
        let (card, answer) = cryptogram(gathered.0, gathered.1);
        let request =
            sum("A-1", presented.1).request(yika_protocol::swipe::Credential::Card(card.answered(answer)));
        let datagram = shop.terminal.seal_swipe(n(presented.0), &request, None).unwrap();
        assert_eq!(refused(&shop.swipe(&datagram).await), 5119);
    }
    // A region whose keys the centre does not have: 990200.
    let mut card = yika_centre::kit::sample_card().unwrap();
    card.identification[1] = 0x02;
    let request = sum("A-1", "10.00").request(yika_protocol::swipe::Credential::Card(card));
    let datagram = shop.terminal.seal_swipe(n(4), &request, None).unwrap();
    assert_eq!(refused(&shop.swipe(&datagram).await), 5082);
}

#[tokio::test]
async fn the_same_over_http() {
    let shop = Shop::new().await;
    let datagram = shop.kit.card_swipe(&shop.terminal, n(1), &sum("A-1", "10.00")).unwrap();
    let (status, body) = http(shop.listening.http, "POST", "/swipe", &datagram).await;
    assert_eq!(status, 200);
    // The same id, whichever way it comes: the counter's PC carries what the shop's line lost.
    assert_eq!(shop.bytes(&datagram).await, body);
    let (status, body) =
        http(shop.listening.http, "POST", "/swipe", &shop.terminal.seal_status(n(1)).unwrap()).await;
    assert_eq!(status, 200);
    let opened = shop.terminal.open(&body).unwrap();
    assert!(matches!(opened.answer, Answer::Status(StatusAnswer::Answered(_))), "{opened:?}");
    assert_eq!(http(shop.listening.http, "POST", "/swipe", b"junk").await, (204, Vec::new()));
    assert_eq!(http(shop.listening.http, "POST", "/swipe", &[0; 5000]).await.0, 413);
    assert_eq!(shop.balance(), fen("490.00"));
}
