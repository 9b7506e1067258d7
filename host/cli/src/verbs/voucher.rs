//! `yika voucher scan`: a code from a scanner or a picture, and whose it is.

use serde_json::{Value, json};
use yika_driver::scanner::Scan;
use yika_protocol::identity::{mask_certno, mask_name};
use yika_settle::voucher::Voucher;

use crate::args::{Global, VoucherScanArgs, VoucherVerb};
use crate::codes;
use crate::credential;
use crate::failure::{Exit, Outcome};
use crate::output::{Console, Page, Tone, View};
use crate::site::Site;
use crate::till;

/// Runs the verb.
pub(crate) fn run(verb: &VoucherVerb, global: &Global, console: &Console) -> Outcome {
    let VoucherVerb::Scan(args) = verb;
    if args.no_decode {
        let scan = codes::scan(&args.source, &args.scanner, args.timeout, console)?;
        let _ = console.print(&Form { scan });
        return Ok(Exit::Done);
    }
    // What needs no code is checked first: a code lives for a minute only.
    let site = Site::find(global.site.as_deref())?;
    till::centre_url(&site, args.centre.as_deref())?;
    till::signing_key(&site, console)?;
    till::transport(&site)?;
    let scan = codes::scan(&args.source, &args.scanner, args.timeout, console)?;
    till::block_on(decode(scan, args, &site, console))
}

async fn decode(scan: Scan, args: &VoucherScanArgs, site: &Site, console: &Console) -> Outcome {
    let centre = args.centre.as_deref();
    let till = till::open(site, centre, console).await?;
    let order_no = args.order_no.as_deref().unwrap_or_default();
    let voucher = credential::decode(&scan.code, &till, order_no, site, centre, console).await?;
    let _ = console.print(&Decoded { scan, voucher });
    Ok(Exit::Done)
}

/// The form of a code, never the code: whoever reads it could pay with it.
struct Form {
    scan: Scan,
}

impl Form {
    /// Which characters it has.
    fn alphabet(&self) -> &'static str {
        let code = self.scan.code.expose().as_bytes();
        if code.iter().all(u8::is_ascii_digit) {
            "digits"
        } else if code.iter().all(u8::is_ascii_alphanumeric) {
            "letters_digits"
        } else {
            "ascii"
        }
    }
}

impl View for Form {
    fn json(&self) -> Value {
        json!({
            "credential": "e_voucher",
            "decoded": false,
            "length": self.scan.code.length(),
            "symbology": self.scan.symbology.map(|symbology| symbology.name()),
            "alphabet": self.alphabet(),
            "code": self.scan.code.to_string(),
        })
    }

    fn page(&self, page: &mut Page) {
        page.toned(Tone::Good, page.word("扫到医保码（未解码）", "E-voucher code scanned (not decoded)"));
        let alphabet = match self.alphabet() {
            "digits" => page.word("数字", "digits"),
            "letters_digits" => page.word("字母与数字", "letters and digits"),
            _ => page.word("可打印 ASCII 字符", "printable ASCII"),
        };
        let symbology = self.scan.symbology.map_or(page.word("未说明", "not told"), |one| one.name());
        let rows = [
            (page.word("码", "code"), self.scan.code.to_string()),
            (page.word("长度", "length"), self.scan.code.length().to_string()),
            (page.word("字符", "characters"), alphabet.to_owned()),
            (page.word("码制", "symbology"), symbology.to_owned()),
        ];
        page.pairs(&rows);
    }
}

/// Whose code it is.
struct Decoded {
    scan: Scan,
    voucher: Voucher,
}

impl View for Decoded {
    /// Like that of a card never masked: it is the till's data. The token is what the till pays with, in place of the code.
    fn json(&self) -> Value {
        json!({
            "credential": "e_voucher",
            "decoded": true,
            "length": self.scan.code.length(),
            "symbology": self.scan.symbology.map(|symbology| symbology.name()),
            "certno": self.voucher.certno().expose(),
            "psn_name": self.voucher.psn_name().expose(),
            "insuplc_admdvs": self.voucher.insuplc_admdvs(),
            "mdtrt_cert_type": "01",
            "mdtrt_cert_no": self.voucher.ec_token().expose(),
        })
    }

    fn page(&self, page: &mut Page) {
        page.toned(Tone::Good, page.word("医保电子凭证", "E-voucher"));
        let personal = |text: &str, mask: &dyn Fn(&str) -> String| {
            if page.show { text.to_owned() } else { mask(text) }
        };
        let rows = [
            (
                page.word("姓名", "name"),
                personal(self.voucher.psn_name().expose(), &|text| mask_name(text).to_string()),
            ),
            (
                page.word("证件号码", "certificate number"),
                personal(self.voucher.certno().expose(), &|text| mask_certno(text).to_string()),
            ),
            (page.word("参保地", "insured at"), self.voucher.insuplc_admdvs().to_owned()),
        ];
        page.pairs(&rows);
    }
}
