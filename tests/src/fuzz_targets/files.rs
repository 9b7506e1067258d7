//! Files that people write.

use std::path::Path;

use yika_platform::basket::Basket;
use yika_platform::profile::Profile;
use yika_sim::CardSpec;

use crate::command::sample;

pub(super) fn basket(data: &[u8]) {
    let _ = Basket::parse(data, &Profile::sandbox());
}

pub(super) fn basket_examples() -> Vec<Vec<u8>> {
    vec![std::fs::read(sample("basket.json")).expect("the sample basket")]
}

pub(super) fn card_spec(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Err(error) = CardSpec::parse(text) {
        // The place of a fault is a line of the file.
        assert!(
            error.line().is_none_or(|line| (1..=text.lines().count().max(1) + 1).contains(&line)),
            "{error}"
        );
    }
}

pub(super) fn card_spec_examples() -> Vec<Vec<u8>> {
    let text = "generation = 2\nregion = \"990100\"\ncard_no = \"A12345678\"\npsn_name = \"沈一禾\"\ngend = \"1\"\nnaty = \"01\"\n\
                brdy = \"1985-06-15\"\npin = \"246810\"\npin_tries = 3\ninterface = \"contactless\"\nquirks = [\"t0\", \"slow=1\"]\n";
    vec![text.as_bytes().to_vec()]
}

pub(super) fn profile(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = Profile::parse(text, Path::new("profile.toml"));
}

pub(super) fn profile_examples() -> Vec<Vec<u8>> {
    let folder = crate::command::root().join("host/platform/profiles");
    let files = std::fs::read_dir(folder).expect("the profiles").flatten();
    files.map(|file| std::fs::read(file.path()).expect("a profile")).collect()
}
