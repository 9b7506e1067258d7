//! A planted person: nothing of hers may stand in any log, journal or database, in no spelling.

use std::path::Path;

use yika_tests::shop::Shop;

const NAME: &str = "欧阳测试标记";
const CERTNO: &str = "990101199912310063";
const CARD_NO: &str = "Q77665544";
const CARD_SN: &str = "990100D15600000501AABBCCDD998877";
const RESET_INFO: &str = "0081EEDDCC8660B1B2B3B4B5B6";
const PIN: &str = "907351";

/// How a secret may be spelled by a careless program.
fn spellings(secret: &str) -> Vec<(String, Vec<u8>)> {
    let utf8 = secret.as_bytes().to_vec();
    let mut all = vec![
        ("UTF-8".to_owned(), utf8.clone()),
        ("base64".to_owned(), base64_core(&utf8)),
        ("escaped JSON".to_owned(), escaped(secret).into_bytes()),
    ];
    let mut encodings = vec![("UTF-8", utf8)];
    let (gbk, _, lossy) = encoding_rs::GBK.encode(secret);
    assert!(!lossy);
    if !secret.is_ascii() {
        all.push(("GBK".to_owned(), gbk.to_vec()));
        encodings.push(("GBK", gbk.to_vec()));
    }
    let utf16: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    all.push(("UTF-16".to_owned(), utf16));
    // Hex of the bytes, and for what is hex already, its bytes.
    for (name, bytes) in &encodings {
        all.push((format!("hex of {name}"), hex(bytes, false).into_bytes()));
        all.push((format!("upper hex of {name}"), hex(bytes, true).into_bytes()));
        all.push((format!("a list of the bytes of {name}"), list(bytes).into_bytes()));
    }
    if secret.len() > 12
        && secret.bytes().all(|byte| byte.is_ascii_hexdigit())
        && secret.len().is_multiple_of(2)
    {
        all.push(("packed".to_owned(), yika_tests::second_opinion::hex(secret)));
        all.push(("lower case".to_owned(), secret.to_lowercase().into_bytes()));
    }
    all
}

fn hex(bytes: &[u8], upper: bool) -> String {
    bytes.iter().map(|byte| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") }).collect()
}

/// `[57, 57, …`: how `{:?}` of a byte slice looks.
fn list(bytes: &[u8]) -> String {
    bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", ")
}

fn escaped(text: &str) -> String {
    text.encode_utf16()
        .map(|unit| if unit < 128 { char::from(unit as u8).to_string() } else { format!("\\u{unit:04x}") })
        .collect()
}

/// Base64 without the last group, which depends on what follows.
fn base64_core(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |chunk: &[u8]| {
        let word = u32::from(chunk[0]) << 16 | u32::from(chunk[1]) << 8 | u32::from(chunk[2]);
        [18, 12, 6, 0].map(|shift| DIGITS[(word >> shift & 63) as usize])
    };
    bytes.chunks_exact(3).flat_map(group).collect()
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[track_caller]
fn nothing_in(place: &str, content: &[u8], secrets: &[(&str, &str)]) {
    for (what, secret) in secrets {
        for (spelling, needle) in spellings(secret) {
            assert!(!holds(content, &needle), "{place} holds the {what} as {spelling}");
        }
    }
}

#[test]
fn logs_at_full_length_the_journal_and_the_centres_database_hold_nothing_of_the_person() {
    let mut shop = Shop::open();
    let person = format!(
        "version = 1\n[[people]]\npsn_no = \"99010000000000000077\"\ncertno = \"{CERTNO}\"\npsn_name = \"{NAME}\"\ncard_no = \"{CARD_NO}\"\n\
         card_sn = \"{CARD_SN}\"\n[[people.insurances]]\ninsutype = \"310\"\npsn_type = \"11\"\ninsuplc_admdvs = \"990100\"\nbalance = \"500.00\"\n"
    );
    shop.seed(&shop.write("person.toml", &person));
    let card = format!(
        "certno = \"{CERTNO}\"\npsn_name = \"{NAME}\"\ncard_no = \"{CARD_NO}\"\ncard_sn = \"{CARD_SN}\"\nreset_info = \"{RESET_INFO}\"\npin = \"{PIN}\"\n"
    );
    let spec = shop.write("person-card.toml", &card);
    shop.insert_card(Some(&spec));

    // Everything that touches the person, including what goes wrong.
    let mut logs: Vec<(String, String)> = Vec::new();
    let mut keep = |title: &str, finished: &yika_tests::command::Finished| {
        logs.push((title.to_owned(), finished.err.clone()))
    };
    let read = shop.at("till-a", &["card", "read", "--reader", &shop.reader()]).exits(0);
    assert_eq!(read.json()["certno"], CERTNO, "the planted person is read");
    assert_eq!(read.json()["psn_name"], NAME);
    keep("card read", &read);
    let pin = yika_tests::command::finish_with_input(
        shop.command("till-a").args(["card", "verify-pin", "--pin-stdin", "--reader", &shop.reader()]),
        PIN.as_bytes(),
    );
    keep("card verify-pin", &pin.exits(0));
    keep("settle", &shop.buy("till-a", "ORDER-1").exits(0));
    shop.fault("lose-answer:2102:1");
    keep("settle with a lost answer", &shop.buy("till-a", "ORDER-2").exits(0));
    shop.fault("minus-one-after-commit:2102:1");
    keep("settle with an error after the commit", &shop.buy("till-a", "ORDER-3").exits(0));
    let unknown =
        shop.basket_but("ORDER-4", |basket| basket["lines"][0]["med_list_codg"] = "XA99-YIKA-9999".into());
    keep("a refusal", &shop.settle("till-a", &unknown, &[]).exits(4));
    keep("void", &shop.at("till-a", &["void", "--order-no", "ORDER-1"]).exits(0));
    keep("journal list", &shop.at("till-a", &["journal", "list"]));
    keep("reconcile", &shop.at("till-a", &["reconcile"]));
    keep("doctor", &shop.at("till-a", &["doctor"]));

    let secrets = [
        ("name", NAME),
        ("certificate number", CERTNO),
        ("card number", CARD_NO),
        ("identification code", CARD_SN),
    ];
    let with_pin = [&secrets[..], &[("reset information", RESET_INFO), ("PIN", PIN)]].concat();
    for (title, log) in &logs {
        assert!(
            log.contains("TRACE") || log.contains("DEBUG") || title.starts_with("journal"),
            "{title} logged nothing: no test of logs"
        );
        nothing_in(&format!("the log of {title}"), log.as_bytes(), &with_pin);
    }
    let centre_log = shop.centre_log();
    assert!(
        centre_log.contains("answered"),
        "the centre logged nothing, so this would test no log: {centre_log}"
    );
    nothing_in("the centre's log", centre_log.as_bytes(), &with_pin);

    let listed = shop.at("till-a", &["journal", "list"]).exits(0);
    nothing_in("the journal's listing", listed.out.as_bytes(), &secrets);

    let mut files = 0;
    for file in std::fs::read_dir(shop.path("")).expect("the shop's folder").flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        let ours = name.starts_with("till-a.journal") || name.starts_with("centre.db");
        if ours && file.path().is_file() {
            files += 1;
            nothing_in(&name, &std::fs::read(file.path()).expect("a file"), &with_pin);
            owner_only(&file.path());
        }
    }
    assert!(files >= 2, "journal and database were looked at");
}

fn owner_only(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(file).expect("a file").permissions().mode() & 0o777;
    assert_eq!(mode & 0o077, 0, "{} is open to others: {mode:o}", file.display());
}

#[test]
fn the_spellings_are_found_where_they_are() {
    for careless in [
        format!("name={NAME}"),
        format!("{:?}", CERTNO.as_bytes()),
        hex(NAME.as_bytes(), true),
        format!("\"psn_name\":\"{}\"", escaped(NAME)),
    ] {
        let found = [NAME, CERTNO]
            .iter()
            .any(|secret| spellings(secret).iter().any(|(_, needle)| holds(careless.as_bytes(), needle)));
        assert!(found, "{careless} is not noticed");
    }
}
