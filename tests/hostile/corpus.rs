//! The corpus as it is kept: one file for each input, one table of verdicts for each reader, and nothing else.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use tests::hostile::decoders::{DECODERS, Decoder, Form, Verdict};

use crate::{
    alone, cases,
    cases::Must,
    cost::{self, Cost},
};

/// The table beside the inputs.
const TABLE: &str = "verdicts.txt";

fn folder(decoder: &Decoder) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("hostile/corpus").join(decoder.name)
}

/// The file of an input: its name, in letters every file system has.
fn file(decoder: &Decoder, name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let ext = if matches!(decoder.form, Form::Text | Form::Line) { "txt" } else { "bin" };
    let words: String = name.chars().map(letter).collect();
    let words = words.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
    format!("{words}.{ext}")
}

/// One line of a table, whatever the words have in them.
fn said(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Taken(_) => "taken".into(),
        Verdict::Refused(why) => {
            let one_line: String = why.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            format!("refused: {}", one_line.split_whitespace().collect::<Vec<_>>().join(" "))
        }
    }
}

/// The files a reader's folder should have.
fn wanted(decoder: &Decoder, wrong: &mut Vec<String>) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut table = String::from("# What becomes of each input beside this table.\n");
    let mut worst = Cost::default();
    for case in cases::of(decoder) {
        let (verdict, cost) = cost::of(|| decoder.judge(&case.bytes));
        let what = format!("{}: {}", decoder.name, case.name);
        let is_taken = matches!(verdict, Verdict::Taken(_));
        if is_taken != (case.must == Must::Take) {
            wrong.push(format!("{what}: {}", said(&verdict)));
        }
        cost.check(&what);
        worst = worst.worst(cost);
        let name = file(decoder, &case.name);
        table.push_str(&format!("{name}\t{}\n", said(&verdict)));
        // The longest ones are made in memory only.
        if case.bytes.len() <= 8 * 1024 {
            assert!(files.insert(name, case.bytes).is_none(), "{what}: one name for two inputs");
        }
    }
    println!(
        "{:16} {:4} inputs, at worst {:6} µs and {:8} bytes",
        decoder.name,
        files.len(),
        worst.micros,
        worst.bytes
    );
    files.insert(TABLE.into(), table.into_bytes());
    files
}

#[test]
fn each_bad_input_is_refused_with_its_reason_and_within_bounds_and_the_files_are_what_is_made() {
    let _alone = alone();
    let write = std::env::var_os("FANGWEI_WRITE_CORPUS").is_some();
    let (mut differ, mut wrong) = (Vec::new(), Vec::new());
    for decoder in DECODERS {
        // What is made once for all inputs is not the first one's cost.
        decoder.judge(&[]);
        let (folder, files) = (folder(decoder), wanted(decoder, &mut wrong));
        if write {
            fs::remove_dir_all(&folder).ok();
            fs::create_dir_all(&folder).unwrap();
            files.iter().for_each(|(name, bytes)| fs::write(folder.join(name), bytes).unwrap());
        }
        let kept = fs::read_dir(&folder).into_iter().flatten().map(|file| file.unwrap().file_name());
        let kept: BTreeSet<String> = kept.map(|name| name.into_string().unwrap()).collect();
        differ.extend(kept.iter().filter(|name| !files.contains_key(*name)).map(|name| folder.join(name)));
        let is_kept =
            |(name, bytes): &(&String, &Vec<u8>)| fs::read(folder.join(name)).is_ok_and(|kept| kept == **bytes);
        differ.extend(files.iter().filter(|file| !is_kept(file)).map(|(name, _)| folder.join(name)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(differ.is_empty(), "FANGWEI_WRITE_CORPUS=1 writes these anew: {differ:#?}");
}

#[test]
fn every_reader_has_good_inputs_and_at_least_eight_bad_ones() {
    let _alone = alone();
    for decoder in DECODERS {
        let cases = cases::of(decoder);
        let bad = cases.iter().filter(|case| case.must == Must::Refuse).count();
        assert!(bad >= 8 && bad < cases.len(), "{}: {bad} of {}", decoder.name, cases.len());
    }
}
