//! The slip byte by byte: rows written here by hand, orders as the printers' manuals give them, GB18030 from another encoder.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use heapless::{String as Short, Vec as List};
use yika_firmware::slip::{Day, Issuer, Paper, Sale, Shown, Slip, Style, Sums, Void, rows};
use yika_firmware::text::Lang;
use yika_protocol::money::Fen;
use yika_protocol::swipe::TerminalId;

const RESET: &str = "\x1B@\x1C&";
const BOLD: &str = "\x1BE\x01";
const THIN: &str = "\x1BE\x00";
const TALL: &str = "\x1D!\x01";
const NORMAL: &str = "\x1D!\x00";
const CUT: &str = "\x1Bd\x03\x1DVB\x00";

fn issuer() -> Issuer {
    Issuer {
        institution: *b"P99010100001",
        terminal: TerminalId([0xD8, 0xC8, 0x9D, 0xE0, 0xC2, 0x3D, 0x63, 0xF4]),
    }
}

fn sale() -> Sale {
    Sale {
        reprint: false,
        voided: false,
        order_no: Short::try_from("T-20261122-0007").unwrap(),
        setl_id: Short::try_from("S990100202611220000000001").unwrap(),
        day: *b"20261122",
        counter: 42,
        shown: Some(Shown::Card),
        // 䶮 is of four bytes.
        name: List::from_slice(&encode("䶮**")).unwrap(),
        amount: Fen(12_345),
        account: Fen(6_467),
        fund: Fen(4_115),
        cash: Fen(1_763),
        balance: Fen(93_533),
        evidence: Some([0xD5, 0x58, 0xD4, 0x93, 0xAE, 0x76, 0x7D, 0xBC]),
    }
}

fn style(lang: Lang, paper: Paper) -> Style {
    Style { lang, paper, bench: false }
}

fn encode(text: &str) -> Vec<u8> {
    let (bytes, _, failed) = encoding_rs::GB18030.encode(text);
    assert!(!failed);
    bytes.into_owned()
}

fn printed(slip: &Slip, style: Style) -> Vec<u8> {
    let mut bytes = Vec::new();
    rows(slip, &issuer(), style, |row| bytes.extend_from_slice(row));
    bytes
}

fn qr(data: &str) -> String {
    let length = char::from(u8::try_from(data.len() + 3).unwrap());
    format!(
        "\x1Ba\x01\x1D(k\x04\x001A2\x00\x1D(k\x03\x001C\x05\x1D(k\x03\x001E1\x1D(k{length}\x001P0{data}\x1D(k\x03\x001Q0\x1Ba\x00\n"
    )
}

#[track_caller]
fn check(slip: &Slip, style: Style, expected: &str) {
    let (bytes, expected) = (printed(slip, style), encode(expected));
    if bytes != expected {
        let text = |bytes: &[u8]| encoding_rs::GB18030.decode_without_bom_handling(bytes).0.into_owned();
        panic!("printed\n{}\nexpected\n{}", text(&bytes), text(&expected));
    }
}

#[test]
fn a_sale_on_58_mm() {
    let rule = "-".repeat(32);
    let expected = format!(
        "{RESET}{BOLD}{TALL}          医保结算凭条\n{NORMAL}{THIN}{rule}
机构编号            P99010100001
终端号          D8C89DE0C23D63F4
收银单号         T-20261122-0007
结算编号
       S990100202611220000000001
业务日期              2026-11-22
终端流水                  000042
姓名                        䶮**
凭证                  社会保障卡
{rule}
{BOLD}总金额                    123.45
{THIN}个人账户支付               64.67
统筹基金支付               41.15
{BOLD}现金支付                   17.63
{THIN}账户余额                  935.33
{rule}
中心签名摘要    D558D493AE767DBC
{}持卡人签名                      
           请妥善保管
{CUT}",
        qr("S990100202611220000000001")
    );
    check(&Slip::Sale(sale()), style(Lang::Zh, Paper::Narrow), &expected);
}

#[test]
fn a_voided_sale_printed_again_on_80_mm_by_a_bench_device_in_english() {
    let rule = "-".repeat(48);
    let mut sale = sale();
    (sale.reprint, sale.voided, sale.shown, sale.evidence) = (true, true, None, None);
    sale.name.clear();
    let expected = format!(
        "{RESET}           * BENCH - NOT A RECEIPT *
{BOLD}{TALL}                SETTLEMENT SLIP\n{NORMAL}{THIN}                  * REPRINT *
{BOLD}                   * VOIDED *\n{THIN}{rule}
Institution                         P99010100001
Terminal                        D8C89DE0C23D63F4
Order                            T-20261122-0007
setl_id                S990100202611220000000001
Business day                          2026-11-22
Counter                                   000042
{rule}
{BOLD}Total                                     123.45
{THIN}Account paid                               64.67
Fund paid                                  41.15
{BOLD}Cash                                       17.63
{THIN}Balance                                   935.33
{rule}
{}Signature                                       
             Please keep this slip
{CUT}",
        qr("S990100202611220000000001")
    );
    let style = Style { bench: true, ..style(Lang::En, Paper::Wide) };
    check(&Slip::Sale(sale), style, &expected);
}

#[test]
fn a_void_and_a_day() {
    let rule = "-".repeat(32);
    let void = Void {
        reprint: false,
        order_no: Short::try_from("T-1").unwrap(),
        setl_id: Short::try_from("S1").unwrap(),
        day: *b"20261123",
        counter: 43,
        amount: Fen(12_345),
        account: Fen(6_467),
        fund: Fen(4_115),
        cash: Fen(1_763),
        balance: Fen(100_000),
    };
    let expected = format!(
        "{RESET}{BOLD}{TALL}            撤销凭条\n{NORMAL}{THIN}{rule}
机构编号            P99010100001
终端号          D8C89DE0C23D63F4
收银单号                     T-1
结算编号                      S1
业务日期              2026-11-23
终端流水                  000043
{rule}
{BOLD}总金额                    123.45
{THIN}退回个人账户               64.67
退回统筹基金               41.15
{BOLD}退现金                     17.63
{THIN}账户余额                 1000.00
{rule}
持卡人签名                      
           请妥善保管
{CUT}"
    );
    check(&Slip::Void(void), style(Lang::Zh, Paper::Narrow), &expected);

    let here = Sums { count: 12, voids: 1, account: Fen(100_000), fund: Fen(50_000), cash: Fen(-5) };
    let day = Day { day: *b"20261123", here, centre: Some(Sums { count: 13, ..here }) };
    let expected = format!(
        "{RESET}{BOLD}{TALL}            当日合计\n{NORMAL}{THIN}{rule}
机构编号            P99010100001
终端号          D8C89DE0C23D63F4
业务日期              2026-11-23
{rule}
                  本机      中心
笔数                12        13
撤销                 1         1
账户           1000.00   1000.00
统筹            500.00    500.00
现金             -0.05     -0.05
{rule}
{BOLD}           账目不一致
{THIN}{CUT}"
    );
    check(&Slip::Day(day), style(Lang::Zh, Paper::Narrow), &expected);
}

#[test]
fn the_longest_values_stand_whole_in_their_columns() {
    let mut sale = sale();
    sale.order_no = Short::try_from("0123456789ABCDEF0123456789ABCDEF").unwrap();
    sale.setl_id = Short::try_from("012345678901234567890123456789").unwrap();
    sale.name = List::from_slice(&encode("欧阳一二三四五六七八九十百千万")).unwrap();
    sale.amount = Fen(9_999_999_999);
    for (lang, paper) in [
        (Lang::Zh, Paper::Narrow),
        (Lang::En, Paper::Narrow),
        (Lang::Zh, Paper::Wide),
        (Lang::En, Paper::Wide),
    ] {
        let bytes = printed(&Slip::Sale(sale.clone()), style(lang, paper));
        let mut paper_roll = yika_sim::pos::Paper::new();
        paper_roll.print(&bytes);
        let text = paper_roll.text();
        for value in
            [sale.order_no.as_str(), sale.setl_id.as_str(), "欧阳一二三四五六七八九十百千万", "99999999.99"]
        {
            assert!(text.contains(value), "{value} in\n{text}");
        }
        for row in paper_roll.rows() {
            let columns: usize = row.text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
            assert!(columns <= paper.columns(), "{columns} columns: {}", row.text);
        }
        assert_eq!((paper_roll.unknown(), paper_roll.cuts()), (0, 1));
    }
}
