//! `yika settle`: a purchase, from the credential to the receipt.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use yika_driver::social_card::PersonalText;
use yika_platform::basket::Basket;
use yika_protocol::fault::settle::ARGUMENT_INVALID;
use yika_settle::{Outcome as Known, Preview, Settlement, Till};

use crate::args::{Global, SettleArgs, SettleVerb};
use crate::basket;
use crate::credential::{self, Payer};
use crate::failure::{Exit, Failure, Outcome};
use crate::files;
use crate::lang::{Lang, Words};
use crate::output::{Console, Delivery, Page, Tone, View};
use crate::purchase;
use crate::receipt::{self, Receipt};
use crate::site::Site;
use crate::till;

/// Runs the verb.
pub(crate) fn run(verb: &SettleVerb, global: &Global, console: &Console) -> Outcome {
    let SettleVerb::Pharmacy(args) = verb;
    let site = Site::find(global.site.as_deref())?;
    // What needs no card is checked first: nobody should insert a card for a basket that cannot be settled.
    let basket = basket::load(&args.basket, &site.centre.profile)?;
    till::centre_url(&site, args.centre.as_deref())?;
    till::signing_key(&site, console)?;
    till::transport(&site)?;
    if args.shown.voucher_code_stdin && args.basket.as_os_str() == "-" {
        return Err(Failure::new(&ARGUMENT_INVALID).detail(Words::new(
            "--basket - 与 --voucher-code-stdin 不能都读标准输入",
            "--basket - and --voucher-code-stdin cannot both read stdin",
        )));
    }
    let presented = credential::present(args, &site, console)?;
    till::block_on(async {
        let till = till::open(&site, args.centre.as_deref(), console).await?;
        let payer = presented.payer(&till, &basket.order_no, &site, args.centre.as_deref(), console).await;
        if args.preview {
            let preview = till.preview(&basket, &payer?.credential).await;
            till::warn_of_clock(&till, console);
            let preview = preview?;
            let _ = console.print(&Previewed { preview });
            return Ok(Exit::Done);
        }
        // What an earlier run left open is resolved beside this purchase, so that it never waits for the next one.
        let recovery = tokio::spawn(Arc::clone(&till).run_recovery());
        let (purchase, payer) = match payer {
            Ok(payer) => (till.settle_pharmacy(&basket, &payer.credential).await?, Some(payer)),
            Err(failure) if presented.may_have_paid(&failure) => {
                (till.known_order(&basket)?.ok_or(failure)?, None)
            }
            Err(failure) => return Err(failure),
        };
        let purchase = resolved(&till, purchase, args, console).await;
        recovery.abort();
        till::warn_of_clock(&till, console);
        let purchase = purchase?;
        if let Some(path) = &args.dump_request {
            dump(&till, &basket.order_no, path, console)?;
        }
        let exit = purchase::exit_of(purchase.outcome);
        let closed = purchase.outcome.is_closed();
        let shown = Settled { purchase, basket: &basket, payer, site: &site, lang: console.lang };
        // An unknown that was shown is not a settlement that was shown: when it resolves, somebody must still be told.
        if console.print(&shown) == Delivery::Printed
            && closed
            && let Err(error) = till.mark_shown(&basket.order_no)
        {
            // The cashier has seen it; that the journal forgot so only means that it is offered once more.
            tracing::warn!(%error, "the journal did not take note that the outcome was shown");
        }
        Ok(exit)
    })
}

/// When the outcome is unknown, lets the machine ask for as long as the cashier can wait.
async fn resolved(
    till: &Till,
    purchase: Settlement,
    args: &SettleArgs,
    console: &Console,
) -> Result<Settlement, Failure> {
    if purchase.outcome != Known::Unknown || args.wait == 0 {
        return Ok(purchase);
    }
    let wait = args.wait;
    console.say(
        Tone::Warn,
        &format!("没有收到可信的应答，正在向中心查清（最长 {wait} 秒）。请稍候，不要再次收费。"),
        &format!(
            "No trustworthy answer; asking the centre again (up to {wait} s). Wait, do not charge again."
        ),
    );
    let resolved = till.wait_resolved(&purchase.order_no, Duration::from_secs(wait)).await?;
    Ok(Settlement { from_journal: false, ..resolved })
}

/// The exact bytes of the 2102, in a file that only the owner may read.
fn dump(till: &Till, order_no: &str, path: &Path, console: &Console) -> Result<(), Failure> {
    match till.request_body(order_no)? {
        Some(body) => files::write_private(path, &body),
        None => {
            console.say(
                Tone::Warn,
                "没有生成 2102 报文，因此没有可保存的内容。",
                "No 2102 was built, so there is nothing to save.",
            );
            Ok(())
        }
    }
}

struct Settled<'a> {
    purchase: Settlement,
    basket: &'a Basket,
    /// Not known when the outcome came from the journal alone.
    payer: Option<Payer>,
    site: &'a Site,
    lang: Lang,
}

impl View for Settled<'_> {
    fn json(&self) -> Value {
        purchase::json(&self.purchase, self.lang)
    }

    fn page(&self, page: &mut Page) {
        let expose = |value: &'_ Option<PersonalText>| value.as_ref().map(|text| text.expose().to_owned());
        let holder = self.payer.as_ref().and_then(|payer| expose(&payer.holder));
        let card_no = self.payer.as_ref().and_then(|payer| expose(&payer.card_no));
        if self.purchase.outcome == Known::Settled {
            let receipt = Receipt {
                institution: &self.site.institution.name,
                fixmedins_code: &self.site.institution.code,
                operator: &self.site.operator.opter_name,
                basket: self.basket,
                shown: self.payer.as_ref().map(|payer| payer.credential.kind()),
                holder: holder.as_deref(),
                card_no: card_no.as_deref(),
            };
            receipt::print(page, &receipt, &self.purchase);
        }
        let (tone, word) = purchase::outcome_word(&self.purchase, page.lang);
        let again = match self.purchase.from_journal {
            true => page
                .word("（此单号先前的结果，本次没有再发送）", " (known from before; nothing was sent now)"),
            false => "",
        };
        page.toned(tone, &format!("{} {word}{again}", self.purchase.order_no));
        if let (true, Some(msgid)) = (self.purchase.outcome != Known::Settled, &self.purchase.msgid) {
            page.pairs(&[(page.word("报文 ID", "msgid"), msgid.clone())]);
        }
        purchase::reason(page, &self.purchase);
        purchase::advice(page, &self.purchase);
    }
}

struct Previewed {
    preview: Preview,
}

impl View for Previewed {
    fn json(&self) -> Value {
        let mut map = Map::new();
        map.insert("outcome".into(), json!("preview"));
        purchase::split_json(&mut map, Some(&self.preview.split));
        Value::Object(map)
    }

    fn page(&self, page: &mut Page) {
        page.toned(Tone::Head, page.word("预结算（未结算，不收费）", "Preview (nothing is settled)"));
        let rows: Vec<(&str, String)> = purchase::amounts(Some(&self.preview.split))
            .into_iter()
            .filter_map(|(_, zh, en, amount)| Some((page.word(zh, en), amount?.to_string())))
            .collect();
        page.pairs(&rows);
    }
}
