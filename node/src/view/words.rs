//! Words for the full-text search: pairs of neighbouring characters where a script has no spaces.
//!
//! SQLite's own ways of cutting a text find no Chinese word of two characters: one takes a whole sentence for a word, the
//! other looks for three characters at least. So the text is cut here, into pairs, and a word that is looked for is cut
//! the same way and must stand there in one piece. The last character of a run stands alone as well, so that a single
//! character is found as the beginning of a pair.

/// Whether a character belongs to a script that is written without spaces between words.
fn is_han(c: char) -> bool {
    // Ideographs with their extensions, and kana: the blocks of the Unicode character database.
    matches!(u32::from(c), 0x3005..=0x3007 | 0x3040..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x323AF)
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
    for run in runs(text) {
        match run {
            Run::Han(run) => {
                words.extend(pairs(&run));
                words.extend(run.last().map(char::to_string));
            }
            Run::Other(word) => words.push(word),
        }
    }
    words.join(" ")
}

/// What is looked for as the index asks for it: everything that was typed stands there, each stretch in one piece, the last
/// letters of a word may be missing. Nothing if there is no word in it.
#[must_use]
pub(super) fn of_query(text: &str) -> Option<String> {
    let wanted: Vec<String> = runs(text)
        .into_iter()
        .map(|run| match run {
            Run::Han(run) if run.len() == 1 => format!("\"{}\"*", run.iter().collect::<String>()),
            Run::Han(run) => format!("\"{}\"", pairs(&run).join(" ")),
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
        assert_eq!(of_text("廉政风险3项（2026年Q1）"), "廉政 政风 风险 险 3 项 2026 年 q1");
    }

    #[test]
    fn what_is_looked_for_stands_in_one_piece() {
        assert_eq!(of_query("风险点 Road"), Some("\"风险 险点\" AND \"road\"*".into()));
        assert_eq!(of_query("村"), Some("\"村\"*".into()));
    }

    #[test]
    fn signs_of_the_query_language_mean_nothing() {
        assert_eq!(of_query("\"* ) OR (-^"), Some("\"or\"*".into()));
        assert_eq!(of_query("\" ' ; --"), None);
    }
}
