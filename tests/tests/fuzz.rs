//! The fuzz targets from fixed seeds: any compiler, the same inputs every time.

use std::panic::{AssertUnwindSafe, catch_unwind};

use yika_tests::fuzz_targets::{TARGETS, generate};
use yika_tests::random::Random;

/// Inputs for each target, unless `YIKA_FUZZ_INPUTS` says otherwise.
const FEW: u64 = 3_000;

#[test]
fn no_input_upsets_a_target() {
    let inputs: u64 = std::env::var("YIKA_FUZZ_INPUTS").map_or(FEW, |count| count.parse().expect("a number"));
    for target in TARGETS {
        let examples = (target.examples)();
        for example in &examples {
            (target.run)(example);
        }
        for seed in 0..inputs {
            let data = generate(&mut Random::new(seed), &examples);
            let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(&data)));
            assert!(outcome.is_ok(), "target {} fails with seed {seed}, input {data:02X?}", target.name);
        }
    }
}

#[test]
fn every_target_has_its_binary_for_coverage_guidance() {
    let manifest = std::fs::read_to_string(yika_tests::command::root().join("tests/fuzz/Cargo.toml"))
        .expect("its manifest");
    for target in TARGETS {
        assert!(manifest.contains(&format!("name = \"{}\"", target.name)), "{} is missing", target.name);
    }
}
