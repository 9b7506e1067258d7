//! The seed file: what it may say, what happens when it is loaded twice, what is left readable in the database.

use yika_centre::Seed;

use crate::support::{World, person_query, purchase, sample_seed};

fn error(seed: &str) -> String {
    Seed::parse(seed).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn errors_point_at_their_line() {
    let sample = sample_seed();
    let line = |needle: &str| 1 + sample.lines().position(|line| line.contains(needle)).unwrap();
    for (from, to, why) in [
        ("version = 1", "version = 2", "version = 1"),
        ("psn_name = \"沈一禾\"", "psn_nmae = \"沈一禾\"", "psn_nmae"),
        ("certno = \"990101198506150020\"", "certno = \"990101198506150021\"", ""),
        ("balance = \"500.00\"", "balance = \"500.001\"", "decimals"),
        ("balance = \"500.00\"", "balance = 500.0", "floating point, expected a string"),
        ("certno = \"990101198506150020\"", "certno = 990101198506150020", "integer, expected a string"),
        ("balance = \"8.50\"", "balance = \"-8.50\"", "negative"),
        ("selfpay_prop = \"0.10\"", "selfpay_prop = \"1.10\"", "between 0 and 1"),
        ("ratio = \"0.70\"", "ratio = \"70\"", "between 0 and 1"),
        ("auth = \"csb\"", "auth = \"jilin\"", "only described"),
        ("auth = \"csb\"", "auth = \"nowhere\"", "sandbox, csb, tif, hubei, jilin"),
        ("access_id = \"yika-sample-paasid\"", "", "go together"),
        ("fixmedins_code = \"P99010100002\"", "fixmedins_code = \"P9901010000\"", "12"),
        ("fixmedins_code = \"P99010100002\"", "fixmedins_code = \"P99010100001\"", "twice"),
        ("scheme = \"assumed-1\"", "scheme = \"assumed-9\"", "assumed-2"),
        ("irk = \"59494B412D49524B2D544553542D3031\"", "irk = \"59\"", "32 hex"),
        ("chrgitm_lv = \"03\"", "chrgitm_lv = \"04\"", "01, 02 or 03"),
        ("card_sn = \"990100D1560000050100000012345678\"", "card_sn = \"99\"", "32 hex"),
    ] {
        assert!(sample.contains(from), "{from}");
        let text = error(&sample.replacen(from, to, 1));
        assert!(text.contains(why), "{to}: {text}");
        let at: usize = text.strip_prefix("line ").unwrap().split(':').next().unwrap().parse().unwrap();
        let expected = line(from);
        // A missing or doubled value is reported at the row it belongs to.
        assert!(at.abs_diff(expected) <= 2, "{to}: reported at {at}, stands at {expected}");
        assert!(!text.contains("99010119850615002") && !text.contains("沈"), "a personal value in: {text}");
    }
    assert!(error("version = 1\n[[institutions]]\nfixmedins_code = \"P99010100001\"\nfixmedins_name = \"x\"\nregion = \"990100\"\n")
        .contains("public_key is missing"));
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(text: String, at in 0usize..4000, with: char) {
        let _ = Seed::parse(&text);
        let mut sample: Vec<char> = sample_seed().chars().collect();
        let at = at.min(sample.len() - 1);
        sample[at] = with;
        let _ = Seed::parse(&sample.into_iter().collect::<String>());
    }
}

#[tokio::test]
async fn seeding_again_leaves_balances_alone_unless_told() {
    let world = World::new().await;
    world.transact("2102", purchase(world.now())).await;
    let seed = Seed::parse(&sample_seed()).unwrap();
    let report = world.centre.seed(&seed).unwrap();
    assert_eq!((report.people, report.balances), (4, 0));
    assert_eq!(world.balance().await, "464.44");
    let reset = Seed::parse(&sample_seed().replacen("version = 1", "version = 1\nreset = true", 1)).unwrap();
    assert_eq!(world.centre.seed(&reset).unwrap().balances, 3);
    assert_eq!(world.balance().await, "500.00");
    assert_eq!(world.count("SELECT SUM(amount) FROM ledger"), 0);
}

#[tokio::test]
async fn a_small_seed_adds_to_a_large_one() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("own.pem"), world.centre.public_key_pem()).unwrap();
    std::fs::write(
        folder.path().join("own.toml"),
        "version = 1\n[[institutions]]\nfixmedins_code = \"P99010100005\"\nfixmedins_name = \"五店\"\n\
         region = \"990100\"\npublic_key = \"own.pem\"\n",
    )
    .unwrap();
    let report = world.centre.seed(&Seed::load(&folder.path().join("own.toml")).unwrap()).unwrap();
    assert_eq!((report.institutions, report.people), (1, 0));
    assert_eq!(world.balance().await, "500.00");
}

#[tokio::test]
async fn nothing_personal_stands_readable_in_the_files() {
    let world = World::new().await;
    world.transact("1101", person_query()).await;
    world.transact("2102", purchase(world.now())).await;
    for name in ["centre.db", "centre.db-wal"] {
        let bytes = std::fs::read(world.folder.path().join(name)).unwrap();
        for secret in [
            "沈一禾",
            "990101198506150020",
            "A12345678",
            "990100D1560000050100000012345678",
            "yika-sample-secret-key",
            "YIKA-IRK-TEST-01",
        ] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} in {name}");
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_their_owners() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new().await;
    for entry in std::fs::read_dir(world.folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
    }
}
