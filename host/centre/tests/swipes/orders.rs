//! Money is taken once for an order of an institution, whichever device sells it.

use yika_protocol::swipe::{Answer, Identity, Outcome, SwipeAnswer};

use crate::support::{Shop, fen, n, refused, sum};

const ORDER_SETTLED: u16 = 5122;

fn answer(terminal: &Identity, bytes: &[u8]) -> SwipeAnswer {
    match terminal.open(bytes).unwrap().answer {
        Answer::Swipe(answer) => answer,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn another_device_of_the_institution_does_not_sell_it_again() {
    let shop = Shop::new().await;
    let other = shop.kit.enrol("POS-0002").unwrap();
    let sold = shop.settled(1, &sum("SALE-1", "10.00")).await;
    let again = shop.kit.card_swipe(&other, n(1), &sum("SALE-1", "10.00")).unwrap();
    assert_eq!(refused(&answer(&other, &shop.bytes(&again).await)), ORDER_SETTLED);
    assert_eq!(shop.balance(), fen("490.00"));
    // What was taken back may be sold again, there too.
    shop.void(2, 1, &sold.setl_id).await;
    let again = shop.kit.card_swipe(&other, n(2), &sum("SALE-1", "10.00")).unwrap();
    assert!(matches!(answer(&other, &shop.bytes(&again).await).outcome, Outcome::Settled(_)));
    assert_eq!(shop.refused(3, &sum("SALE-1", "10.00")).await, ORDER_SETTLED);
    assert_eq!(shop.balance(), fen("490.00"));
}

#[tokio::test]
async fn nor_does_the_same_device_long_after() {
    let shop = Shop::new().await;
    shop.settled(1, &sum("SALE-1", "10.00")).await;
    // A recent one may have been given up by the device, with the reversal still on its way.
    shop.settled(65, &sum("SALE-1", "10.00")).await;
    shop.reverse(1).await;
    assert_eq!(shop.balance(), fen("490.00"));
    assert_eq!(shop.refused(130, &sum("SALE-1", "10.00")).await, ORDER_SETTLED);
    assert_eq!(shop.refused(131, &sum("SALE-1", "12.00")).await, ORDER_SETTLED);
    assert_eq!(shop.balance(), fen("490.00"));
    shop.reverse(65).await;
    shop.settled(132, &sum("SALE-1", "10.00")).await;
}

#[tokio::test]
async fn nor_do_two_devices_at_the_same_moment() {
    let shop = Shop::new().await;
    let other = shop.kit.enrol("POS-0002").unwrap();
    for counter in 1..=20 {
        let order = format!("SALE-{counter}");
        let ours = shop.kit.card_swipe(&shop.terminal, n(counter), &sum(&order, "1.00")).unwrap();
        let theirs = shop.kit.card_swipe(&other, n(counter), &sum(&order, "1.00")).unwrap();
        shop.send(&ours).await;
        shop.send(&theirs).await;
        let mut settled = 0;
        for _ in 0..2 {
            let bytes = shop.receive().await;
            let answer = match shop.terminal.open(&bytes) {
                Ok(_) => answer(&shop.terminal, &bytes),
                Err(_) => answer(&other, &bytes),
            };
            match answer.outcome {
                Outcome::Settled(_) => settled += 1,
                _ => assert_eq!(refused(&answer), ORDER_SETTLED),
            }
        }
        assert_eq!(settled, 1, "{order}");
    }
    assert_eq!(shop.balance(), fen("480.00"));
}
