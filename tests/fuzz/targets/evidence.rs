//! Any bytes, read as evidence: no panic, and what is taken is written again as it was.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    tests::hostile::decoders::of_name("evidence").judge(bytes);
});
