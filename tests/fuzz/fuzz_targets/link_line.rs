#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| yika_tests::fuzz_targets::run("link_line", data));
