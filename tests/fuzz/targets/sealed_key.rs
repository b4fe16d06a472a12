//! Any bytes, read as sealed key: no panic, and what is taken is written again as it was.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    tests::hostile::decoders::of_name("sealed_key").judge(bytes);
});
