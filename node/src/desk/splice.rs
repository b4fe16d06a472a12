//! From what a form showed to what its editor typed: the least splices, so that a signature covers what was meant and
//! nothing else, and colleagues' words at the same time stay. Positions count Unicode scalar values.

use std::time::{Duration, Instant};

use fangwei_protocol::record::body::Step;
use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

/// How long the least change is looked for: two long texts that have nothing in common would take minutes. What is found
/// by then is a change all the same, only not the least.
const LOOKING: Duration = Duration::from_millis(200);

/// One stretch replaced.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Splice {
    /// Where it begins in the old text.
    pub at: usize,
    /// How many characters go.
    pub delete: usize,
    /// What comes.
    pub insert: String,
}

/// What leads from `old` to `new`, ascending and apart, in at most `splices_max` splices.
pub(super) fn splices(old: &str, new: &str, splices_max: usize) -> Vec<Splice> {
    let (old, new): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
    let text = |at: usize, len: usize| new.iter().skip(at).take(len).collect::<String>();
    let all: Vec<Splice> = differences(&old, &new)
        .into_iter()
        .filter_map(|op| match op {
            DiffOp::Equal { .. } => None,
            DiffOp::Delete { old_index, old_len, .. } => {
                Some(Splice { at: old_index, delete: old_len, insert: String::new() })
            }
            DiffOp::Insert { old_index, new_index, new_len } => {
                Some(Splice { at: old_index, delete: 0, insert: text(new_index, new_len) })
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                Some(Splice { at: old_index, delete: old_len, insert: text(new_index, new_len) })
            }
        })
        .collect();
    if all.len() <= splices_max {
        return all;
    }
    // A text written anew: everything between what stays in front and what stays behind.
    let front = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
    let behind = old.iter().skip(front).rev().zip(new.iter().skip(front).rev());
    let behind = behind.take_while(|(one, other)| one == other).count();
    let insert = text(front, new.len() - front - behind);
    vec![Splice { at: front, delete: old.len() - front - behind, insert }]
}

fn differences(old: &[char], new: &[char]) -> Vec<DiffOp> {
    capture_diff_slices_deadline(Algorithm::Myers, old, new, Some(Instant::now() + LOOKING))
}

/// The same changes on a text that changed meanwhile from `base` to `current`: what goes is what is still there of
/// what was to go.
pub(super) fn rebase(changes: &[Splice], base: &str, current: &str) -> Vec<Splice> {
    let (old, new): (Vec<char>, Vec<char>) = (base.chars().collect(), current.chars().collect());
    let mut survives: Vec<Option<usize>> = vec![None; old.len()];
    for op in differences(&old, &new) {
        if let DiffOp::Equal { old_index, new_index, len } = op {
            let places = survives.iter_mut().skip(old_index).take(len);
            places.enumerate().for_each(|(step, place)| *place = Some(new_index + step));
        }
    }
    let mut rebased: Vec<Splice> = Vec::new();
    for Splice { at, delete, insert } in changes {
        // Behind what stands in front of it now: what others put there comes first.
        let before = survives.iter().take(*at).rev().find_map(|place| *place);
        let place = survives.get(*at).copied().flatten();
        let place = place.unwrap_or_else(|| before.map_or(0, |before| before + 1));
        let mut pieces = vec![Splice { at: place, delete: 0, insert: insert.clone() }];
        for gone in survives.iter().skip(*at).take(*delete).filter_map(|place| *place) {
            match pieces.last_mut() {
                Some(last) if last.at + last.delete == gone => last.delete += 1,
                _ => pieces.push(Splice { at: gone, delete: 1, insert: String::new() }),
            }
        }
        rebased.extend(pieces.into_iter().filter(|piece| piece.delete > 0 || !piece.insert.is_empty()));
    }
    rebased
}

/// The steps of an edit, one after the other, each at its position after those before it.
pub(super) fn steps(field: &str, splices: &[Splice]) -> Vec<Step> {
    let mut steps = Vec::new();
    let (mut grown, mut shrunk) = (0, 0);
    for Splice { at, delete, insert } in splices {
        let position = u32::try_from(at + grown - shrunk).unwrap_or(u32::MAX);
        let gone = u32::try_from(*delete).unwrap_or(u32::MAX);
        steps.push(Step::Splice { field: field.into(), at: position, delete: gone, insert: insert.clone() });
        grown += insert.chars().count();
        shrunk += delete;
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(text: &str, steps: &[Step]) -> String {
        let mut text: Vec<char> = text.chars().collect();
        for step in steps {
            let Step::Splice { at, delete, insert, .. } = step else { panic!("{step:?}") };
            let at = *at as usize;
            text.splice(at..at + *delete as usize, insert.chars());
        }
        text.into_iter().collect()
    }

    #[test]
    fn splices_are_minimal_and_count_characters_outside_the_basic_plane_once() {
        for (old, new, expected) in [
            ("补偿款未公示", "补偿款未按时公示", vec![(4, 0, "按时")]),
            ("𠮷家村的👨‍👩‍👧账目", "𠮷家村的👨‍👩‍👧账目，已公示", vec![(11, 0, "，已公示")]),
            ("a😀b𠮷c", "a😀B𠮷c", vec![(2, 1, "B")]),
            ("一二三四五六", "二三五六七", vec![(0, 1, ""), (3, 1, ""), (6, 0, "七")]),
            ("same", "same", vec![]),
            ("", "新", vec![(0, 0, "新")]),
            ("旧", "", vec![(0, 1, "")]),
        ] {
            let found = splices(old, new, 64);
            let shape: Vec<_> = found.iter().map(|s| (s.at, s.delete, s.insert.as_str())).collect();
            assert_eq!(shape, expected, "{old} → {new}");
            assert_eq!(applied(old, &steps("description", &found)), new);
        }
    }

    #[test]
    fn a_text_written_anew_becomes_one_splice() {
        let old: String = (0..200).map(|i| if i % 2 == 0 { 'x' } else { 'y' }).collect();
        let new: String = (0..200).map(|i| if i % 2 == 0 { 'x' } else { 'z' }).collect();
        let found = splices(&old, &new, 8);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].at, found[0].delete), (1, 199));
        assert_eq!(applied(&old, &steps("description", &found)), new);
    }

    #[test]
    fn texts_with_nothing_in_common_are_not_compared_for_ever() {
        let text =
            |from: u32| (0..100_000).filter_map(|n| char::from_u32(from + n * 7_919 % 20_000)).collect::<String>();
        let (old, new) = (text(0x4e00), text(0x2_0000));
        let start = Instant::now();
        let found = splices(&old, &new, 16);
        assert_eq!(applied(&old, &steps("description", &found)), new);
        assert_eq!(applied(&old, &steps("description", &rebase(&found, &old, &old))), new);
        assert!(start.elapsed() < Duration::from_secs(60), "it took {:?}", start.elapsed());
    }

    #[test]
    fn changes_meant_for_an_older_text_keep_their_place_and_take_out_only_what_they_saw() {
        for (base, typed, current, expected) in [
            ("甲乙丙", "甲乙丙丁", "零甲乙丙", "零甲乙丙丁"),
            ("甲乙丙丁", "甲丁", "甲乙新丙丁", "甲新丁"),
            ("甲乙丙丁", "甲丁", "甲丁", "甲丁"),
            ("甲乙丙", "甲改丙", "甲乙", "甲改"),
            ("甲乙丙", "甲👍丙", "𠮷甲乙丙", "𠮷甲👍丙"),
            ("甲", "乙", "", "乙"),
        ] {
            let rebased = rebase(&splices(base, typed, 64), base, current);
            assert_eq!(applied(current, &steps("description", &rebased)), expected, "{base} {typed} {current}");
        }
    }
}
