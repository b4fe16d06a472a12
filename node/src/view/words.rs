//! Words for the full-text search: pairs of neighbouring characters where a script has no spaces.
//!
//! SQLite's own ways of cutting a text find no Chinese word of two characters: one takes a whole sentence for a word, the
//! other looks for three characters at least. So the text is cut here, into pairs, and a word that is looked for is cut
//! the same way and must stand there in one piece. The last character of a run stands alone behind its pairs, so that no
//! piece goes on from one run into the next, and behind it all every other character does, so that one is found by itself
//! without looking for all pairs it begins.

use std::collections::BTreeSet;

/// Whether a character belongs to a script that is written without spaces between words.
fn is_han(c: char) -> bool {
    // Ideographs with their extensions, and kana: the blocks of the Unicode character database.
    matches!(u32::from(c), 0x3005..=0x3007 | 0x3040..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x323AF)
}

/// What a line is found by beside its words: its list, the units it is under, its stage, level and category. Nobody can
/// type a mark, because no word begins with such a sign, so that words and marks stand in one index and what matches all
/// that is asked for is one walk through it, however rare or common each of it is.
#[derive(Debug)]
pub(super) struct Marks {
    list: String,
    marks: Vec<String>,
}

impl Marks {
    pub(super) fn of(list: &str) -> Marks {
        Marks { list: list.into(), marks: Vec::new() }
    }

    /// Under this unit; '' is all of them.
    pub(super) fn under(&mut self, unit: &str) {
        let dot = if unit.is_empty() { "" } else { "." };
        self.marks.push(format!("@{}{dot}{}", self.list, plain(unit)));
    }

    /// At this stage, of this level, of this category.
    pub(super) fn narrow(&mut self, stage: Option<&str>, level: Option<i64>, category: Option<i64>) {
        let list = &self.list;
        self.marks.extend(stage.map(|stage| format!("@{list}#stage={}", plain(stage))));
        self.marks.extend(level.map(|level| format!("@{list}#level={}", plain(&level.to_string()))));
        self.marks.extend(category.map(|category| format!("@{list}#category={}", plain(&category.to_string()))));
    }

    /// As they are put into the index, behind the words.
    pub(super) fn as_text(&self) -> String {
        self.marks.join(" ")
    }

    /// All of them, as the index asks for them.
    pub(super) fn as_query(&self) -> String {
        self.marks.iter().map(|mark| format!("\"{mark}\"")).collect::<Vec<_>>().join(" AND ")
    }
}

/// A mark stays one word, whatever was asked for; `=` stands for what no name has.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' || c == '_' { c } else { '=' }).collect()
}

/// A stretch of one sort of characters.
#[derive(PartialEq, Eq, Debug)]
enum Run {
    Han(Vec<char>),
    Other(String),
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut is_joined = false;
    for c in text.chars().flat_map(char::to_lowercase) {
        let is_word = c.is_alphanumeric();
        match runs.last_mut() {
            Some(Run::Han(run)) if is_joined && is_han(c) => run.push(c),
            Some(Run::Other(run)) if is_joined && is_word && !is_han(c) => run.push(c),
            _ if is_han(c) => runs.push(Run::Han(vec![c])),
            _ if is_word => runs.push(Run::Other(c.into())),
            _ => {}
        }
        is_joined = is_word || is_han(c);
    }
    runs
}

fn pairs(run: &[char]) -> Vec<String> {
    run.windows(2).map(|pair| pair.iter().collect()).collect()
}

/// A text as it is put into the index: words with a space between them.
#[must_use]
pub(super) fn of_text(text: &str) -> String {
    let mut words = Vec::new();
    let (mut last, mut others) = (BTreeSet::new(), BTreeSet::new());
    for run in runs(text) {
        match run {
            Run::Han(run) => {
                words.extend(pairs(&run));
                words.extend(run.last().map(char::to_string));
                last.extend(run.last().copied());
                others.extend(run);
            }
            Run::Other(word) => words.push(word),
        }
    }
    words.extend(others.difference(&last).map(char::to_string));
    words.join(" ")
}

/// What is looked for as the index asks for it: everything that was typed stands there, each stretch in one piece, the last
/// letters of a word may be missing, but no digits of a number. Nothing if there is no word in it.
#[must_use]
pub(super) fn of_query(text: &str) -> Option<String> {
    let wanted: Vec<String> = runs(text)
        .into_iter()
        .map(|run| match run {
            Run::Han(run) if run.len() == 1 => format!("\"{}\"", run.iter().collect::<String>()),
            Run::Han(run) => format!("\"{}\"", pairs(&run).join(" ")),
            // No longer number is looked for with a number.
            Run::Other(word) if word.bytes().all(|b| b.is_ascii_digit()) => format!("\"{word}\""),
            Run::Other(word) => format!("\"{word}\"*"),
        })
        .collect();
    (!wanted.is_empty()).then(|| wanted.join(" AND "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_cut_into_pairs_and_other_words_stay_whole() {
        assert_eq!(of_text("廉政风险3项（2026年Q1）"), "廉政 政风 风险 险 3 项 2026 年 q1 廉 政 风");
    }

    #[test]
    fn what_is_looked_for_stands_in_one_piece() {
        assert_eq!(of_query("风险点 Road"), Some("\"风险 险点\" AND \"road\"*".into()));
        assert_eq!(of_query("预信3号"), Some("\"预信\" AND \"3\" AND \"号\"".into()));
        assert_eq!(of_query("村"), Some("\"村\"".into()));
    }

    #[test]
    fn signs_of_the_query_language_mean_nothing() {
        assert_eq!(of_query("\"* ) OR (-^"), Some("\"or\"*".into()));
        assert_eq!(of_query("\" ' ; --"), None);
    }
}
