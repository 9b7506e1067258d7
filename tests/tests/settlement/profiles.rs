//! The field's ways of authentication (a CSB, b TIF, c Hubei), and HTTPS, through the built command.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use yika_tests::books;
use yika_tests::command::Service;
use yika_tests::command::{watched, yika};
use yika_tests::shop::Shop;

/// Makes the site file of `till-a` one of another institution behind another gateway.
fn become_another(shop: &Shop, code: &str, profile: &str, gateway: Option<(&str, &str)>) {
    let path = shop.site("till-a");
    let mut site = std::fs::read_to_string(&path).expect("the site file");
    site = site
        .replace("P99010100001", code)
        .replace("profile = \"sandbox\"", &format!("profile = \"{profile}\""));
    // Only the sandbox's own institution may use its key service.
    site = site.lines().filter(|line| !line.starts_with("key_service")).collect::<Vec<_>>().join("\n");
    if let Some((id, secret)) = gateway {
        let file = shop.write("gateway.secret", secret);
        site = site.replacen(
            "[keys]",
            &format!("[gateway]\nid = \"{id}\"\nsecret = \"file:{}\"\n\n[keys]", file.display()),
            1,
        );
    }
    std::fs::write(&path, site).expect("the site file");
}

fn settles_and_reconciles(shop: &mut Shop) -> Value {
    let spec = shop.write("gen2.toml", "generation = 2\n");
    shop.insert_card(Some(&spec));
    let bought = shop.buy("till-a", "ORDER-1").exits(0).json();
    assert_eq!(bought["fund_pay_sumamt"], "27.44");
    shop.fault("lose-answer:2102:1");
    let after_loss = shop.settle("till-a", &shop.basket("ORDER-2"), &["--wait", "1"]);
    let _ = shop.at("till-a", &["journal", "recover", "--wait", "1"]);
    let entry = shop.entry("till-a", "ORDER-2").expect("known");
    let taken = books::booked(&shop.centre_database(), entry["msgid"].as_str().expect("an id")).taken();
    // These profiles do not promise idempotence: the machine may have reversed instead of asking again.
    assert_eq!(entry["outcome"] == "settled", taken == 1, "{after_loss:?} {entry:#}");
    assert!(matches!(entry["outcome"].as_str(), Some("settled" | "reversed" | "unknown")), "{entry:#}");
    if entry["outcome"] != "unknown" {
        shop.books_are_equal("till-a");
    }
    bought
}

#[test]
fn a_the_csb_gateway() {
    let mut shop = Shop::open();
    become_another(&shop, "P99010100002", "csb", Some(("yika-sample-access-key", "yika-sample-secret-key")));
    settles_and_reconciles(&mut shop);
    become_another(&shop, "P99010100002", "csb", None);
    let site = std::fs::read_to_string(shop.site("till-a")).expect("the site file");
    std::fs::write(shop.site("till-a"), site.replace("yika-sample-access-key", "somebody-else"))
        .expect("a file");
    let stranger = shop.buy("till-a", "ORDER-3");
    assert_ne!(stranger.code, Some(0), "a stranger at the gateway: {stranger:?}");
}

#[test]
fn b_the_tif_gateway() {
    let mut shop = Shop::open();
    become_another(&shop, "P99010100003", "tif", Some(("yika-sample-paasid", "yika-sample-token")));
    settles_and_reconciles(&mut shop);
}

#[test]
fn c_the_signature_over_the_envelope() {
    let mut shop = Shop::open();
    let seed = "version = 1\n[[institutions]]\nfixmedins_code = \"P99010100004\"\nfixmedins_name = \"一卡示例大药房\"\nregion = \"990100\"\n\
                auth = \"hubei\"\noperators = [\"0001\"]\npublic_key = \"institution.pub.pem\"\n";
    shop.seed(&shop.write("hubei.toml", seed));
    become_another(&shop, "P99010100004", "hubei", None);
    settles_and_reconciles(&mut shop);
}

#[test]
fn over_https_with_a_certificate_authority_of_our_own_and_a_client_certificate() {
    let shop = Shop::open();
    let folder = shop.path("");
    certificates(&folder);
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|free| free.local_addr())
        .expect("a free port")
        .port();
    let mut command = watched(yika());
    command.current_dir(&folder).args([
        "centre",
        "serve",
        "--json",
        "--listen",
        &format!("127.0.0.1:{port}"),
        "--db",
    ]);
    command.arg(shop.centre_database()).args([
        "--tls-cert",
        "server.pem",
        "--tls-key",
        "server.key",
        "--client-ca",
        "ca.pem",
    ]);
    let mut centre = Service::start(&mut command, &shop.path("https.log"));
    centre.wait_until(|log| log.contains("\"ready\":true").then_some(()));

    let site = std::fs::read_to_string(shop.site("till-a")).expect("the site file");
    let url = format!("https://127.0.0.1:{port}/");
    let plain = site.replacen(
        &format!("url = \"{}", shop.url()),
        &format!("url = \"{}", url.trim_end_matches('/')),
        1,
    );
    assert_ne!(plain, site);
    let with = |lines: &str| plain.replacen("[centre]", &format!("[centre]\n{lines}"), 1);

    // Nothing trusted, another authority, no client certificate: refused before anything leaves.
    for (title, lines) in [
        ("no authority", String::new()),
        ("another authority", "ca = \"other.pem\"\n".to_owned()),
        ("no client certificate", "ca = \"ca.pem\"\n".to_owned()),
    ] {
        std::fs::write(shop.site("till-a"), with(&lines)).expect("a file");
        let refused = shop.buy("till-a", "ORDER-1");
        assert!(matches!(refused.code, Some(2 | 3 | 6)), "{title}: {refused:?}");
    }
    assert_eq!(books::live_settlements(&shop.centre_database()), 0);
    std::fs::write(
        shop.site("till-a"),
        with("ca = \"ca.pem\"\nclient_cert = \"client.pem\"\nclient_key = \"client.key\"\n"),
    )
    .expect("a file");
    let bought = shop.buy("till-a", "ORDER-1").exits(0).json();
    assert_eq!(bought["outcome"], "settled");
    shop.books_are_equal("till-a");
}

/// Two authorities, a server's and a client's certificate, by openssl.
fn certificates(folder: &Path) {
    let openssl = |words: &[&str]| {
        let output =
            Command::new("openssl").args(words).current_dir(folder).output().expect("openssl starts");
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    for name in ["ca", "other"] {
        let (pem, private, subject) =
            (format!("{name}.pem"), format!("{name}.key"), format!("/CN=Yika test {name}"));
        let words =
            [&["req", "-x509", "-days", "2", "-subj", &subject, "-keyout", &private, "-out", &pem], &key[..]]
                .concat();
        openssl(&words);
    }
    std::fs::write(folder.join("server.ext"), "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
        .expect("a file");
    std::fs::write(folder.join("client.ext"), "extendedKeyUsage=clientAuth\nbasicConstraints=CA:FALSE\n")
        .expect("a file");
    for name in ["server", "client"] {
        let (private, request, pem) = (format!("{name}.key"), format!("{name}.csr"), format!("{name}.pem"));
        let (subject, extensions) = (format!("/CN=yika {name}"), format!("{name}.ext"));
        openssl(
            &[&["req", "-new", "-subj", &subject, "-keyout", &private, "-out", &request], &key[..]].concat(),
        );
        openssl(&[
            "x509",
            "-req",
            "-days",
            "2",
            "-in",
            &request,
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-extfile",
            &extensions,
            "-out",
            &pem,
        ]);
    }
}
