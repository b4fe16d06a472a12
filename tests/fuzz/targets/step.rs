//! Any bytes as a story of peers, told to one node: nothing panics, and what it stored makes the same node again.
#![no_main]

libfuzzer_sys::fuzz_target!(|story: &[u8]| {
    tests::hostile::victim::tell(story);
});
