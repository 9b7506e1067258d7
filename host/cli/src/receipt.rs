//! The receipt: 48 columns, as an 80 mm printer has them.

use yika_platform::basket::{Basket, Line};
use yika_protocol::identity::{mask_card_no, mask_name};
use yika_protocol::money::Fen;
use yika_settle::{CredentialKind, Settlement};

use crate::output::width::{centre, left, right, width, wrap};
use crate::output::{Page, Tone};
use crate::purchase;

/// Columns of an 80 mm roll in the printer's standard font.
const COLUMNS: usize = 48;

/// What a receipt needs beside the settlement.
#[derive(Debug)]
pub(crate) struct Receipt<'a> {
    pub(crate) institution: &'a str,
    pub(crate) fixmedins_code: &'a str,
    pub(crate) operator: &'a str,
    pub(crate) basket: &'a Basket,
    /// What was shown; not known for an outcome of the journal.
    pub(crate) shown: Option<CredentialKind>,
    pub(crate) holder: Option<&'a str>,
    pub(crate) card_no: Option<&'a str>,
}

/// Prints a settled purchase.
pub(crate) fn print(page: &mut Page, receipt: &Receipt<'_>, settled: &Settlement) {
    let mut paper = Paper { page };
    paper.head(receipt);
    paper.facts(receipt, settled);
    paper.rule('-');
    for line in &receipt.basket.lines {
        paper.goods(line);
    }
    paper.rule('-');
    paper.money(settled);
    paper.rule('=');
}

struct Paper<'a> {
    page: &'a mut Page,
}

impl Paper<'_> {
    fn head(&mut self, receipt: &Receipt<'_>) {
        self.rule('=');
        for line in wrap(receipt.institution, COLUMNS) {
            self.page.toned(Tone::Head, &centre(&line, COLUMNS));
        }
        let title = self.page.word("医保购药结算单", "Medical insurance receipt");
        let title = centre(title, COLUMNS);
        self.page.line(&title);
        self.rule('-');
    }

    fn facts(&mut self, receipt: &Receipt<'_>, settled: &Settlement) {
        let show = self.page.show;
        let personal = |text: &str, masked: String| if show { text.to_owned() } else { masked };
        self.pair("机构编号", "Institution", receipt.fixmedins_code);
        self.pair("收银单号", "Order", &settled.order_no);
        for (zh, en, value) in [
            ("报文 ID", "msgid", &settled.msgid),
            ("结算 ID", "setl_id", &settled.setl_id),
            ("结算时间", "Settled at", &settled.setl_time),
        ] {
            if let Some(value) = value {
                self.pair(zh, en, value);
            }
        }
        if let Some(kind) = receipt.shown {
            let (zh, en) = match kind {
                CredentialKind::EVoucher => ("医保电子凭证", "e-voucher"),
                CredentialKind::ResidentId => ("身份证件", "ID card"),
                CredentialKind::SocialCard => ("社会保障卡", "social security card"),
            };
            self.pair("凭证", "Credential", self.page.word(zh, en));
        }
        if let Some(name) = receipt.holder {
            self.pair("持卡人", "Holder", &personal(name, mask_name(name).to_string()));
        }
        if let Some(number) = receipt.card_no {
            self.pair("卡号", "Card", &personal(number, mask_card_no(number).to_string()));
        }
        self.pair("经办人", "Operator", receipt.operator);
    }

    /// Name, and below it quantity × price and amount.
    fn goods(&mut self, line: &Line) {
        let name = line.name.as_deref().unwrap_or(&line.med_list_codg);
        for part in wrap(name, COLUMNS) {
            self.page.line(&part);
        }
        let sum = format!("  {} x {}", tidy(&line.cnt.to_string(), 0), tidy(&line.pric.to_string(), 2));
        self.spread(&sum, &line.det_item_fee_sumamt.to_string());
    }

    fn money(&mut self, settled: &Settlement) {
        let Some(split) = &settled.split else { return };
        for (field, zh, en, amount) in purchase::amounts(Some(split)) {
            let Some(amount) = amount else { continue };
            let always =
                matches!(field, "medfee_sumamt" | "fund_pay_sumamt" | "acct_pay" | "psn_cash_pay" | "balc");
            // A receipt is read by a patient: what is zero and optional only hides what is not.
            if !always && amount == Fen(0) {
                continue;
            }
            if field == "psn_cash_pay" {
                let name = self.page.word(zh, en).to_owned();
                let gap = COLUMNS - width(&name);
                let text = format!("{name}{}", right(&amount.to_string(), gap));
                self.page.toned(Tone::Head, &text);
            } else {
                self.pair(zh, en, &amount.to_string());
            }
        }
    }

    fn rule(&mut self, ch: char) {
        self.page.toned(Tone::Dim, &ch.to_string().repeat(COLUMNS));
    }

    fn pair(&mut self, zh: &str, en: &str, value: &str) {
        let name = self.page.word(zh, en).to_owned();
        self.spread(&name, value);
    }

    /// One text at the left edge, one at the right; on two lines when they do not fit together.
    fn spread(&mut self, name: &str, value: &str) {
        if width(name) + 1 + width(value) > COLUMNS {
            self.page.line(name);
            for part in wrap(value, COLUMNS) {
                self.page.line(&right(&part, COLUMNS));
            }
            return;
        }
        let gap = COLUMNS - width(value);
        self.page.line(&format!("{}{value}", left(name, gap)));
    }
}

/// Drops trailing zeros of a decimal, keeping at least `keep` digits after the point.
fn tidy(number: &str, keep: usize) -> String {
    let Some((whole, digits)) = number.split_once('.') else { return number.to_owned() };
    let used = digits.trim_end_matches('0').len().max(keep).min(digits.len());
    match digits.get(..used) {
        Some(used) if !used.is_empty() => format!("{whole}.{used}"),
        _ => whole.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;
    use yika_platform::profile::Profile;
    use yika_settle::{Outcome, Split};

    const BASKET: &str = r#"{"order_no":"T1","lines":[
        {"med_list_codg":"XA01-YIKA-0001","medins_list_codg":"1","name":"复方氨酚烷胺胶囊","cnt":"2","pric":"12.5",
         "det_item_fee_sumamt":"25.00","durg_trac_info":[{"drug_trac_codg":"81000000000000000001"}]},
        {"med_list_codg":"ZA02-YIKA-0003","medins_list_codg":"3","cnt":"0.5","pric":"6.2",
         "det_item_fee_sumamt":"3.10","durg_trac_info":[{"drug_trac_codg":"81000000000000000002","trdn_flag":"1"}]}]}"#;

    fn settled() -> Settlement {
        let split = Split {
            insutype: "310".into(),
            clr_type: "41".into(),
            clr_optins: None,
            medfee_sumamt: Fen(2810),
            fulamt_ownpay_amt: Fen(0),
            overlmt_selfpay: Fen(0),
            preselfpay_amt: Fen(0),
            inscp_scp_amt: Fen(2810),
            fund_pay_sumamt: Fen(1000),
            hifp_pay: Fen(1000),
            psn_part_amt: Fen(1810),
            acct_pay: Fen(1810),
            acct_mulaid_pay: Fen(0),
            psn_cash_pay: Fen(0),
            hosp_part_amt: Fen(0),
            balc: Fen(123_456),
        };
        Settlement {
            order_no: "T1".into(),
            outcome: Outcome::Settled,
            msgid: Some("P99010100001202611220801000000".into()),
            setl_id: Some("990100S000000001".into()),
            mdtrt_id: None,
            setl_time: Some("2026-11-22 08:01:00".into()),
            split: Some(split),
            void: None,
            reason: None,
            reversing: false,
            shown: false,
            from_journal: false,
        }
    }

    #[test]
    fn no_line_is_wider_than_the_paper_and_the_holder_is_masked() {
        let basket = Basket::parse(BASKET.as_bytes(), &Profile::sandbox()).unwrap();
        for lang in [Lang::Zh, Lang::En] {
            let mut page = Page::new(lang, false, false);
            let receipt = Receipt {
                institution: "一卡示例大药房连锁有限公司第一千零一十二分公司（总店）",
                fixmedins_code: "P99010100001",
                operator: "收银员",
                basket: &basket,
                shown: Some(CredentialKind::SocialCard),
                holder: Some("沈一禾"),
                card_no: Some("A12345678"),
            };
            print(&mut page, &receipt, &settled());
            let text = page.into_text();
            assert!(text.lines().all(|line| width(line) <= COLUMNS), "{text}");
            assert!(!text.contains("沈一禾") && !text.contains("A12345678"));
            assert!(text.contains("  2 x 12.50") && text.contains("  0.5 x 6.20"), "{text}");
            assert!(text.contains("1234.56") && text.contains("18.10"));
        }
    }
}
