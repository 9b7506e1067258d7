//! A purchase as the command shows it: JSON for tills, text for cashiers.

use serde_json::{Map, Value, json};
use yika_protocol::money::Fen;
use yika_settle::{Outcome, Reason, Settlement, Split};

use crate::failure::{Exit, Failure};
use crate::lang::{Lang, Words};
use crate::output::{Page, Tone};

/// Exit code of an outcome.
pub(crate) fn exit_of(outcome: Outcome) -> Exit {
    match outcome {
        Outcome::Settled | Outcome::Voided => Exit::Done,
        // Nothing was taken: the purchase did not happen, and the till must say so.
        Outcome::Refused | Outcome::Reversed => Exit::Refused,
        Outcome::Unknown => Exit::Unknown,
        Outcome::NotSent => Exit::NotSent,
    }
}

/// The JSON object of a purchase. Amounts are text with two decimals, as on the platform; null where not known.
pub(crate) fn json(purchase: &Settlement, lang: Lang) -> Value {
    let mut map = Map::new();
    map.insert("outcome".into(), json!(purchase.outcome.as_str()));
    map.insert("order_no".into(), json!(purchase.order_no));
    map.insert("msgid".into(), json!(purchase.msgid));
    map.insert("setl_id".into(), json!(purchase.setl_id));
    map.insert("mdtrt_id".into(), json!(purchase.mdtrt_id));
    map.insert("setl_time".into(), json!(purchase.setl_time));
    split_json(&mut map, purchase.split.as_ref());
    map.insert("reversing".into(), json!(purchase.reversing));
    map.insert("shown".into(), json!(purchase.shown));
    map.insert("from_journal".into(), json!(purchase.from_journal));
    let void = purchase.void.as_ref().map(|void| {
        json!({ "msgid": void.msgid, "setl_id": void.setl_id, "setl_time": void.setl_time, "done": void.done })
    });
    map.insert("void".into(), json!(void));
    map.insert("error".into(), json!(purchase.reason.as_ref().map(|reason| failure(reason).json(lang))));
    Value::Object(map)
}

/// The amounts of a split under the platform's names.
pub(crate) fn split_json(map: &mut Map<String, Value>, split: Option<&Split>) {
    map.insert("insutype".into(), json!(split.map(|split| &split.insutype)));
    for (name, _, _, amount) in amounts(split) {
        map.insert(name.into(), json!(amount.map(|fen| fen.to_string())));
    }
}

/// Field, Chinese, English, amount; in the order of a receipt.
type Amount = (&'static str, &'static str, &'static str, Option<Fen>);

/// All amounts of a split.
pub(crate) fn amounts(split: Option<&Split>) -> [Amount; 13] {
    let of = |amount: fn(&Split) -> Fen| split.map(amount);
    [
        ("medfee_sumamt", "费用总额", "Total", of(|s| s.medfee_sumamt)),
        ("fulamt_ownpay_amt", "全自费", "Self-paid items", of(|s| s.fulamt_ownpay_amt)),
        ("overlmt_selfpay", "超限价自费", "Above price limit", of(|s| s.overlmt_selfpay)),
        ("preselfpay_amt", "先行自付", "Paid first", of(|s| s.preselfpay_amt)),
        ("inscp_scp_amt", "符合政策范围", "Within policy", of(|s| s.inscp_scp_amt)),
        ("fund_pay_sumamt", "基金支付", "Paid by funds", of(|s| s.fund_pay_sumamt)),
        ("hifp_pay", "其中统筹基金", "of which pooled fund", of(|s| s.hifp_pay)),
        ("psn_part_amt", "个人负担", "Borne by person", of(|s| s.psn_part_amt)),
        ("acct_pay", "个人账户支付", "Personal account", of(|s| s.acct_pay)),
        ("acct_mulaid_pay", "其中共济支付", "of which family account", of(|s| s.acct_mulaid_pay)),
        ("psn_cash_pay", "个人现金支付", "Cash", of(|s| s.psn_cash_pay)),
        ("hosp_part_amt", "机构负担", "Borne by institution", of(|s| s.hosp_part_amt)),
        ("balc", "账户余额", "Account balance", of(|s| s.balc)),
    ]
}

/// The reason of an outcome as a failure that can be printed.
pub(crate) fn failure(reason: &Reason) -> Failure {
    let failure = Failure::new(reason.fault);
    if reason.detail.is_empty() { failure } else { failure.detail(Words::same(&reason.detail)) }
}

/// The word for an outcome.
pub(crate) fn outcome_word(purchase: &Settlement, lang: Lang) -> (Tone, String) {
    let reversing = purchase.reversing && purchase.outcome == Outcome::Unknown;
    let voiding = purchase.void.as_ref().is_some_and(|void| !void.done);
    let (tone, zh, en) = match purchase.outcome {
        _ if voiding => (Tone::Warn, "撤销中", "voiding"),
        _ if reversing => (Tone::Warn, "冲正中", "reversing"),
        Outcome::Settled => (Tone::Good, "已结算", "settled"),
        Outcome::Voided => (Tone::Dim, "已撤销", "voided"),
        Outcome::Reversed => (Tone::Dim, "已冲正", "reversed"),
        Outcome::Refused => (Tone::Bad, "被拒绝", "refused"),
        Outcome::NotSent => (Tone::Bad, "未发出", "not sent"),
        Outcome::Unknown => (Tone::Warn, "结果未知", "unknown"),
    };
    (tone, lang.pick(zh, en).to_owned())
}

/// Why it was not settled. Nothing when it was.
pub(crate) fn reason(page: &mut Page, purchase: &Settlement) {
    if let Some(reason) = &purchase.reason
        && !matches!(purchase.outcome, Outcome::Settled | Outcome::Voided)
    {
        failure(reason).page(page);
    }
}

/// What the cashier does now. Nothing when the receipt says it all.
pub(crate) fn advice(page: &mut Page, purchase: &Settlement) {
    let (tone, zh, en) = match purchase.outcome {
        Outcome::Unknown if purchase.reversing => (
            Tone::Warn,
            "正在冲正，本单不会计费。请勿就本单收费；顾客可用新单号重刷，或付现金。",
            "Being reversed: this purchase will not count. Charge nothing for it; swipe again under a new order number, or take cash.",
        ),
        Outcome::Unknown => (
            Tone::Warn,
            "请稍候，不要再次收费：机器会用同一报文号查清结果（yika journal recover 可立即再查）。",
            "Wait, do not charge again: the machine finds out under the same message id (yika journal recover asks now).",
        ),
        Outcome::Reversed => (
            Tone::Plain,
            "本单不计费：可用新单号重新结算，或收取现金。",
            "This purchase does not count: settle again under a new order number, or take cash.",
        ),
        Outcome::NotSent => (
            Tone::Plain,
            "没有任何数据发出，未扣费。恢复后可用同一单号重试。",
            "Nothing left this machine and nothing was taken. Try again with the same order number.",
        ),
        _ => return,
    };
    page.toned(tone, page.word(zh, en));
}
