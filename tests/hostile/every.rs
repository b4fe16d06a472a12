//! Each bit flipped and each place cut, of each good input: too many to keep as files.

use tests::hostile::{
    decoders::{DECODERS, Decoder, Form, Verdict},
    samples,
};

use crate::{
    alone,
    cost::{self, Cost},
};

/// What costs a file or a whole audit is tried at fewer places.
fn step(decoder: &Decoder) -> usize {
    if ["bundle", "journal"].contains(&decoder.name) { 7 } else { 1 }
}

#[test]
fn no_cut_input_is_taken_where_the_format_knows_its_end() {
    let _alone = alone();
    for decoder in DECODERS {
        let knows_its_end = decoder.form == Form::Cbor || decoder.name.starts_with("bundle");
        let mut worst = Cost::default();
        for (name, good) in samples::of(decoder.name) {
            assert!(matches!(decoder.judge(&good), Verdict::Taken(_)), "{}: good {name}", decoder.name);
            for end in (0..good.len()).step_by(step(decoder)) {
                let (verdict, cost) = cost::of(|| decoder.judge(&good[..end]));
                let is_refused = matches!(verdict, Verdict::Refused(_));
                assert!(is_refused || !knows_its_end, "{} {name} cut at {end} is taken", decoder.name);
                worst = worst.worst(cost);
            }
        }
        worst.check(decoder.name);
    }
}

#[test]
fn no_flipped_bit_of_what_is_signed_or_summed_is_taken_and_none_panics() {
    let _alone = alone();
    for decoder in DECODERS {
        let is_guarded = ["entry", "checkpoint", "signed_genesis", "bundle"].contains(&decoder.name);
        let mut worst = Cost::default();
        for (name, good) in samples::of(decoder.name) {
            for bit in (0..good.len() * 8).step_by(step(decoder)) {
                let mut bad = good.clone();
                bad[bit / 8] ^= 1 << (bit % 8);
                let (verdict, cost) = cost::of(|| decoder.judge(&bad));
                let taken = matches!(verdict, Verdict::Taken(_));
                // A cosignature is judged by who knows the witness; a body of a bundle is judged by its hash.
                let is_free = decoder.name == "checkpoint" && is_of_cosignature(&good, bit / 8);
                assert!(!taken || !is_guarded || is_free, "{} {name}, bit {bit}", decoder.name);
                worst = worst.worst(cost);
            }
        }
        worst.check(decoder.name);
    }
}

/// Whether a byte of a note is behind the log's own signature line.
fn is_of_cosignature(note: &[u8], at: usize) -> bool {
    let text = std::str::from_utf8(note).unwrap();
    let lines = text.rfind("\n\n").unwrap() + 2;
    let own = lines + text[lines..].find('\n').unwrap();
    at > own
}
