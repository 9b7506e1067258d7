//! `yika terminal sale|link|info`: a POS device and the till it stands beside.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use yika_platform::basket::Basket;
use yika_platform::profile::Profile;
use yika_protocol::fault::device::{SALE_CANCELLED, SALE_OPEN, SALE_UNDONE};
use yika_protocol::fault::settle::{ARGUMENT_INVALID, BASKET_AMOUNTS, BASKET_INVALID};
use yika_protocol::link::{FromTill, PinWish, Sale, SaleState};
use yika_protocol::money::Fen;
use yika_protocol::swipe::{Draw, Line, Lines, MAX_ORDER_NO, TraceCode, TraceCodes};
use yika_settle::transport::{HttpTransport, TlsConfig};

use super::terminal_enrol::{coded, who};
use crate::args::{Global, InfoArgs, LinkArgs, SaleArgs};
use crate::basket;
use crate::device::{Carrier, End, Ended, Info, Said, Talk, name};
use crate::failure::{Exit, Failure, Outcome};
use crate::lang::Words;
use crate::output::{Console, Page, Tone, View};
use crate::signals;
use crate::site::Site;
use crate::till;

/// A device that has a sale answers every second.
const SALE_AGAIN: Duration = Duration::from_secs(1);

/// `yika terminal sale`
pub(super) fn sale(args: &SaleArgs, global: &Global, console: &Console) -> Outcome {
    let site = Site::find_optional(global.site.as_deref())?;
    let profile = site.as_ref().map_or_else(Profile::sandbox, |site| site.centre.profile.clone());
    let basket = basket::load(&args.basket, &profile)?;
    let amount = asked_for(&basket)?;
    let carrier = if args.carry { Some(carrier(site.as_ref(), args.centre.as_deref())?) } else { None };
    let codes = codes(&basket);
    let lines = lines(&basket, &codes);
    let sale = Sale {
        order_no: &basket.order_no,
        amount,
        draw: if args.amount_only { Draw::AccountOnly } else { Draw::Everything },
        pin: if args.pin { PinWish::Wanted } else { PinWish::AsSet },
        lines: if args.amount_only { Lines::NONE } else { Lines::new(&lines) },
    };
    if sale.lines.check().is_err() {
        return Err(Failure::new(&BASKET_INVALID));
    }
    till::block_on(async {
        let mut talk = Talk::at(&args.line, carrier, console)?;
        let ended = wait_for_end(&mut talk, &sale, args, console).await?;
        finish(ended, console)
    })
}

/// Until the device knows how it ended. Asking again and again is safe: the order number is the sale.
async fn wait_for_end(
    talk: &mut Talk,
    sale: &Sale<'_>,
    args: &SaleArgs,
    console: &Console,
) -> Result<Ended, Failure> {
    let stop = signals::stop()?;
    tokio::pin!(stop);
    let patience = Duration::from_secs(args.line.wait);
    let began = Instant::now();
    let (mut asked_at, mut heard_at) = (None::<Instant>, Instant::now());
    let (question, cancel) = (talk.question(), talk.question());
    let mut shown = None;
    let mut cancelling = None::<Instant>;
    loop {
        if asked_at.is_none_or(|at| at.elapsed() >= SALE_AGAIN) {
            asked_at = Some(Instant::now());
            match cancelling {
                Some(_) => talk.tell(cancel, &FromTill::Cancel { order_no: sale.order_no })?,
                None => talk.tell(question, &FromTill::Sale(*sale))?,
            }
        }
        let said = tokio::select! {
            biased;
            () = &mut stop, if cancelling.is_none() => {
                cancelling = Some(Instant::now());
                asked_at = None;
                continue;
            }
            said = talk.listen() => said,
        };
        match said {
            Some((_, Said::State { order_no, state })) if order_no == sale.order_no => {
                heard_at = Instant::now();
                if shown != Some(state) {
                    show(state, console);
                    shown = Some(state);
                }
                let idle = matches!(state, SaleState::WaitingForCredential | SaleState::WaitingForPin);
                if idle && cancelling.is_none() && began.elapsed() >= Duration::from_secs(args.give_up) {
                    cancelling = Some(Instant::now());
                    asked_at = None;
                }
            }
            Some((_, Said::Ended(ended))) if ended.order_no == sale.order_no => return Ok(ended),
            Some((to, Said::Refused(fault))) if to == question || to == cancel => return Err(coded(fault)),
            _ => {}
        }
        // Reversals are repeated for as long as it takes; a till need not stand by.
        let stopped =
            cancelling.is_some_and(|since| since.elapsed() >= patience.max(Duration::from_secs(30)));
        if heard_at.elapsed() >= patience || stopped {
            let silent = talk.silence();
            // The sale may have reached the device before the line fell silent.
            let words = silent.detail.unwrap_or_else(|| Words::same(sale.order_no));
            return Err(Failure::new(&SALE_OPEN)
                .detail(Words::new(
                    format!("{}  {}", silent.fault.cause_zh, words.zh),
                    format!("{}  {}", silent.fault.cause_en, words.en),
                ))
                .exit(Exit::Unknown));
        }
    }
}

fn show(state: SaleState, console: &Console) {
    let (tone, zh, en) = match state {
        SaleState::WaitingForCredential => {
            (Tone::Plain, "请在设备上刷卡或扫码……", "Present a card or a code at the device …")
        }
        SaleState::WaitingForPin => (Tone::Plain, "请持卡人输入密码……", "The holder types the PIN …"),
        SaleState::Sent => (Tone::Plain, "已发送，等待中心应答……", "Sent; waiting for the centre …"),
        SaleState::Unknown => {
            (Tone::Warn, "暂无应答：请等待，不要再次收费", "No answer yet: wait, do not charge again")
        }
        SaleState::Reversing => (Tone::Warn, "正在撤销，不会计入", "Being cancelled; it will not count"),
    };
    console.say(tone, zh, en);
}

fn finish(ended: Ended, console: &Console) -> Outcome {
    let swipe = ended.swipe.map(|swipe| format!("{}-{}", name(swipe.terminal), swipe.counter.get()));
    let about = Words::same(match &swipe {
        Some(swipe) => format!("{}  {swipe}", ended.order_no),
        None => ended.order_no.clone(),
    });
    match &ended.end {
        End::Settled(_) => {
            let _ = console.print(&Receipt { ended, swipe });
            Ok(Exit::Done)
        }
        End::Voided(_) => {
            let _ = console.print(&Receipt { ended, swipe });
            Ok(Exit::Refused)
        }
        End::Refused(fault) => Err(coded(*fault).detail(about).exit(Exit::Refused)),
        End::Cancelled => Err(Failure::new(&SALE_CANCELLED).detail(about).exit(Exit::Refused)),
        End::Undone => Err(Failure::new(&SALE_UNDONE).detail(about).exit(Exit::Refused)),
    }
}

/// What the device is to ask for: the sum of the lines.
fn asked_for(basket: &Basket) -> Result<Fen, Failure> {
    let printable = basket.order_no.bytes().all(|byte| byte.is_ascii_graphic());
    if !printable || basket.order_no.len() > MAX_ORDER_NO {
        return Err(Failure::new(&BASKET_INVALID).detail(Words::new(
            format!("order_no：设备只接受 1 到 {MAX_ORDER_NO} 个不含空格的 ASCII 字符"),
            format!("order_no: a device takes 1 to {MAX_ORDER_NO} printable ASCII characters without spaces"),
        )));
    }
    basket.total().filter(|total| total.0 > 0).ok_or_else(|| Failure::new(&BASKET_AMOUNTS))
}

fn codes(basket: &Basket) -> Vec<Vec<TraceCode<'_>>> {
    basket
        .lines
        .iter()
        .map(|line| {
            line.durg_trac_info
                .iter()
                .map(|trace| TraceCode::new(&trace.drug_trac_codg, trace.trdn_flag == "1"))
                .collect()
        })
        .collect()
}

fn lines<'a>(basket: &'a Basket, codes: &'a [Vec<TraceCode<'a>>]) -> Vec<Line<'a>> {
    let lines = basket.lines.iter().zip(codes);
    lines
        .map(|(line, codes)| Line {
            med_list_codg: &line.med_list_codg,
            medins_list_codg: &line.medins_list_codg,
            cnt: line.cnt,
            pric: line.pric,
            sum: line.det_item_fee_sumamt,
            trace_codes: TraceCodes::new(codes),
        })
        .collect()
}

/// `yika terminal link`
pub(super) fn link(args: &LinkArgs, global: &Global, console: &Console) -> Outcome {
    let site = Site::find_optional(global.site.as_deref())?;
    let carrier = carrier(site.as_ref(), args.centre.as_deref())?;
    till::block_on(async {
        let stop = signals::stop()?;
        tokio::pin!(stop);
        let centre = carrier.centre.clone();
        let mut talk = Talk::at(&args.line, Some(carrier), console)?;
        let info = who(&mut talk, Duration::from_secs(args.line.wait)).await?;
        let _ = console.print(&Ready { info, centre });
        loop {
            tokio::select! {
                biased;
                () = &mut stop => break,
                _ = talk.listen() => {}
            }
        }
        let _ = console.print(&Carried { counts: talk.counts });
        Ok(Exit::Done)
    })
}

/// `yika terminal info`
pub(super) fn info(args: &InfoArgs, console: &Console) -> Outcome {
    till::block_on(async {
        let mut talk = Talk::at(&args.line, None, console)?;
        let info = who(&mut talk, Duration::from_secs(args.line.wait)).await?;
        let _ = console.print(&Who { info });
        Ok(Exit::Done)
    })
}

/// The wire to the centre; the site's when there is one.
fn carrier(site: Option<&Site>, centre: Option<&str>) -> Result<Carrier, Failure> {
    let (transport, centre) = match (site, centre) {
        (Some(site), centre) => (till::transport(site)?, till::centre_url(site, centre)?),
        (None, Some(centre)) => {
            crate::site::web_address(centre)
                .map_err(|words| Failure::new(&ARGUMENT_INVALID).detail(words))?;
            let transport = HttpTransport::new(&TlsConfig::default())
                .map_err(|error| Failure::new(error.fault()).detail(Words::same(error)))?;
            (transport, centre.to_owned())
        }
        (None, None) => {
            return Err(Failure::new(&ARGUMENT_INVALID)
                .detail(Words::new("需要 --centre 或站点文件", "--centre, or a site file")));
        }
    };
    Ok(Carrier { transport: Arc::new(transport), centre })
}

struct Receipt {
    ended: Ended,
    swipe: Option<String>,
}

impl View for Receipt {
    fn json(&self) -> Value {
        let (outcome, paid) = match &self.ended.end {
            End::Settled(paid) => ("settled", paid),
            End::Voided(paid) => ("voided", paid),
            _ => return Value::Null,
        };
        json!({
            "outcome": outcome,
            "order_no": self.ended.order_no,
            "swipe": self.swipe,
            "setl_id": paid.setl_id,
            "business_day": paid.business_day.to_string(),
            "medfee_sumamt": paid.amount.to_string(),
            "acct_pay": paid.acct_pay.to_string(),
            "fund_pay_sumamt": paid.fund_pay.to_string(),
            "psn_cash_pay": paid.cash.to_string(),
            "balc": paid.balance.to_string(),
        })
    }

    fn page(&self, page: &mut Page) {
        let (tone, head, paid) = match &self.ended.end {
            End::Settled(paid) => (Tone::Good, page.word("已结算", "settled"), paid),
            End::Voided(paid) => (Tone::Warn, page.word("已撤销结算", "voided"), paid),
            _ => return,
        };
        let head = head.to_owned();
        page.toned(tone, &format!("{head}  {}  {}", self.ended.order_no, paid.setl_id));
        for (zh, en, amount) in [
            ("合计", "amount", paid.amount),
            ("个人账户", "account", paid.acct_pay),
            ("基金", "funds", paid.fund_pay),
            ("现金", "cash", paid.cash),
            ("账户余额", "balance", paid.balance),
        ] {
            let label = page.word(zh, en).to_owned();
            page.line(&format!("  {label}  {amount}"));
        }
    }
}

struct Who {
    info: Info,
}

impl View for Who {
    fn json(&self) -> Value {
        self.info.json()
    }

    fn page(&self, page: &mut Page) {
        let info = &self.info;
        page.line(&format!("{}  {}  {}", info.model, info.serial, info.firmware));
        match info.terminal {
            Some(terminal) => {
                let words = format!("  {} {}", page.word("终端编号", "terminal"), name(terminal));
                page.line(&words);
            }
            None => page.toned(Tone::Warn, page.word("  未入网", "  not enrolled")),
        }
        if info.open_reversals > 0 {
            let words = format!("  {} {}", page.word("未完成的撤销", "open reversals"), info.open_reversals);
            page.toned(Tone::Warn, &words);
        }
        if info.needs_carrier {
            page.line(
                page.word(
                    "  无网络，需要转发（yika terminal link）",
                    "  no network: needs yika terminal link",
                ),
            );
        }
        if info.bench {
            page.toned(Tone::Warn, page.word("  试验设备", "  a bench device: never for money"));
        }
    }
}

struct Ready {
    info: Info,
    centre: String,
}

impl View for Ready {
    fn json(&self) -> Value {
        json!({ "ready": true, "device": self.info.json(), "centre": self.centre })
    }

    fn page(&self, page: &mut Page) {
        let words = format!(
            "{} {} {} → {}",
            page.word("正在转发", "carrying for"),
            self.info.model,
            self.info.serial,
            self.centre,
        );
        page.toned(Tone::Good, &words);
    }
}

struct Carried {
    counts: (u64, u64),
}

impl View for Carried {
    fn json(&self) -> Value {
        json!({ "carried": self.counts.0, "answered": self.counts.1 })
    }

    fn page(&self, page: &mut Page) {
        let words = format!(
            "{} {}  {} {}",
            page.word("已转发", "carried"),
            self.counts.0,
            page.word("已应答", "answered"),
            self.counts.1,
        );
        page.toned(Tone::Dim, &words);
    }
}
