//! Any bytes, read as log epoch: no panic, and what is taken is written again as it was.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    tests::hostile::decoders::of_name("log_epoch").judge(bytes);
});
