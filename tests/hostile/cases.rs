//! The bad inputs, each made from a good one by one change that its name says.

mod cbor;
mod chained;
mod lines;
mod procedures;
mod texts;

use tests::hostile::{
    decoders::{Decoder, Form},
    samples,
};

/// What must become of an input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Must {
    /// Taken: it is good, or strange and lawful.
    Take,
    /// Refused.
    Refuse,
}

/// One input.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) must: Must,
}

pub(crate) fn refused(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Case {
    Case { name: name.into(), bytes: bytes.into(), must: Must::Refuse }
}

pub(crate) fn taken(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Case {
    Case { name: name.into(), bytes: bytes.into(), must: Must::Take }
}

/// All inputs of a reader that stand in the corpus, the good ones first.
pub(crate) fn of(decoder: &Decoder) -> Vec<Case> {
    let good = samples::of(decoder.name);
    let first = good.first().unwrap().1.clone();
    let mut cases: Vec<Case> = good.into_iter().map(|(name, bytes)| taken(format!("good {name}"), bytes)).collect();
    cases.extend(cut(decoder, &first));
    if decoder.form == Form::Cbor {
        cases.extend(cbor::malformed(&first));
    }
    cases.extend(match decoder.name {
        "entry" => cbor::entries(),
        "body" => cbor::bodies().into_iter().chain(procedures::bodies()).collect(),
        "frame" => cbor::frames(),
        "genesis" => cbor::geneses(),
        "signed_genesis" => cbor::signed_geneses(),
        "proof" => cbor::proofs(),
        "receipt" => cbor::receipts(),
        "bundle_items" | "bundle" => chained::bundles(decoder.name == "bundle"),
        "journal" => chained::journals(),
        "checkpoint" => lines::checkpoints(&first),
        "cosignature" => lines::cosignatures(&first),
        "unit_path" => lines::unit_paths(),
        "language" => lines::languages(),
        "token" => lines::tokens(&first),
        "units" => texts::units(),
        "config" => texts::configs(&first),
        "forms" => texts::forms(&first),
        "request" | "grant" | "root_key" | "sheet" => texts::ceremonies(decoder.name, &first),
        "sealed_key" => texts::sealed_keys(&first),
        _ => Vec::new(),
    });
    cases
}

/// What any format is tried with: nothing, half of it, one byte less, one byte more, one bit.
fn cut(decoder: &Decoder, good: &[u8]) -> Vec<Case> {
    let middle = good.len() / 2;
    let mut flipped = good.to_vec();
    flipped[middle] ^= 0x80;
    let mut cases = vec![
        refused("empty", []),
        refused("half of it", &good[..middle]),
        refused("first bit of the middle flipped", flipped),
        refused("all ones", vec![0xff; 64]),
        refused("invalid UTF-8 in front", [b"\xc3\x28", good].concat()),
    ];
    // Half of a header is a header in another language, half of a path is a path.
    if ["units", "language", "config", "unit_path", "journal"].contains(&decoder.name) {
        cases.retain(|case| case.name != "half of it");
    }
    // Nothing guards these against another value in their place; a journal's torn tail is cut.
    if ["frame", "bundle_items", "log_epoch", "journal"].contains(&decoder.name) {
        cases.retain(|case| !case.name.contains("flipped"));
    }
    if decoder.name == "config" {
        // Invalid UTF-8 is told by the system's own words.
        cases.retain(|case| !case.name.contains("UTF-8") && !case.name.contains("bit") && case.name != "all ones");
    }
    if !matches!(decoder.form, Form::Text) && decoder.name != "unit_path" && decoder.name != "journal" {
        cases.push(refused("one byte less", &good[..good.len() - 1]));
    }
    if matches!(decoder.form, Form::Cbor | Form::Line) || decoder.name.starts_with("bundle") {
        cases.push(refused("one byte more", [good, b"\0"].concat()));
    }
    cases
}
