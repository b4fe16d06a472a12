//! Saying: data on standard output, talk on standard error, JSON where it was asked for.
//!
//! A reader that goes away (`fangwei report list | head -1`) is no failure: what is left is simply not written.

pub mod document;
pub mod reports;
pub mod sharing;
pub mod table;

use std::{
    borrow::Cow,
    io::{self, IsTerminal, Write},
};

use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use crate::{
    complaint::{Complaint, Said},
    words::{Lang, Value, Words},
};

/// Where a verb speaks to.
pub struct Voice {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    words: Words,
    json: bool,
    /// Whether a line that is written over again can be seen as such.
    is_live: bool,
    /// Whether such a line stands there now.
    is_line_open: bool,
}

impl Voice {
    /// Speaks to the terminal or wherever the shell sends it.
    #[must_use]
    pub fn standard(lang: Lang, json: bool) -> Voice {
        let is_live = io::stderr().is_terminal();
        Voice { is_live, ..Voice::new(Box::new(io::stdout()), Box::new(io::stderr()), lang, json) }
    }

    /// Speaks to two writers.
    #[must_use]
    pub fn new(out: Box<dyn Write + Send>, err: Box<dyn Write + Send>, lang: Lang, json: bool) -> Voice {
        Voice { out, err, words: Words::new(lang), json, is_live: false, is_line_open: false }
    }

    /// The words of the reader's language.
    #[must_use]
    pub fn words(&self) -> &Words {
        &self.words
    }

    /// Whether data is asked for as JSON.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Whether a person sits at standard error.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.is_live
    }

    /// Data: JSON, or what `human` makes of it.
    ///
    /// # Errors
    ///
    /// Standard output cannot be written.
    pub fn data<T: Serialize>(&mut self, data: &T, human: impl FnOnce(&T, &Words) -> String) -> Result<(), Complaint> {
        if self.json {
            let text = serde_json::to_string_pretty(data);
            let text = text.map_err(|cause| Complaint::failed("output").with("cause", cause))?;
            // Only a text between quotes can have such letters, and there this is the same text.
            return self.print(&visible(&text, |letter| format!("\\u{:04x}", u32::from(letter))));
        }
        self.print(&human(data, &self.words))
    }

    /// A text on standard output, with a line end where it has none.
    ///
    /// # Errors
    ///
    /// Standard output cannot be written.
    pub fn print(&mut self, text: &str) -> Result<(), Complaint> {
        self.end_line();
        let text = &visible(text, in_braces);
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        let written = write!(self.out, "{text}{end}").and_then(|()| self.out.flush());
        match written {
            Err(cause) if cause.kind() != io::ErrorKind::BrokenPipe => {
                Err(Complaint::failed("output").with("cause", cause))
            }
            _ => Ok(()),
        }
    }

    /// Talk: one line on standard error.
    pub fn note(&mut self, key: &str, values: &[Value<'_>]) {
        let text = self.words.say(key, values);
        self.talk(&text);
    }

    /// Advice: one line on standard error.
    pub fn hint(&mut self, key: &str, values: &[Value<'_>]) {
        let what = self.words.say(key, values);
        let text = self.words.say("hint", &[("what", what.into())]);
        self.talk(&text);
    }

    /// How far something is: one line that is written over again. Silent where nobody looks.
    pub fn progress(&mut self, key: &str, done: u64, total: u64) {
        if !self.is_live {
            return;
        }
        let percent = done.saturating_mul(100).checked_div(total).unwrap_or(100);
        let values = [("done", done.into()), ("total", total.into()), ("percent", percent.into())];
        let text = self.words.say(key, &values);
        self.is_line_open = true;
        // Nothing is lost with a progress line.
        let _ = write!(self.err, "\r{text}\x1b[K").and_then(|()| self.err.flush());
    }

    /// What went wrong, with advice on lines of its own.
    pub fn complain(&mut self, complaint: &Complaint) {
        let what = self.said(&complaint.what);
        let rows: Vec<(u64, String)> = complaint.rows.iter().map(|(line, what)| (*line, self.said(what))).collect();
        let hints: Vec<String> = complaint.hints.iter().map(|hint| self.said(hint)).collect();
        if self.json {
            let rows: Vec<_> =
                rows.iter().map(|(line, message)| serde_json::json!({"line": line, "message": message})).collect();
            let error = serde_json::json!({"code": complaint.code, "message": what, "hints": hints, "rows": rows});
            self.talk(&serde_json::json!({ "error": error }).to_string());
            return;
        }
        let text = self.words.say("error", &[("what", what.into())]);
        self.talk(&text);
        for (line, message) in rows {
            let text = self.words.say("row", &[("line", line.into()), ("what", message.into())]);
            self.talk(&text);
        }
        for hint in hints {
            let text = self.words.say("hint", &[("what", hint.into())]);
            self.talk(&text);
        }
    }

    fn said(&self, said: &Said) -> String {
        match said {
            Said::Text(text) => text.clone(),
            Said::Key(key, values) => self.words.say(key, values),
        }
    }

    /// One line on standard error. That nobody reads it changes nothing.
    pub fn talk(&mut self, text: &str) {
        self.end_line();
        let text = visible(text, in_braces);
        let _ = writeln!(self.err, "{text}").and_then(|()| self.err.flush());
    }

    fn end_line(&mut self) {
        if std::mem::take(&mut self.is_line_open) {
            let _ = write!(self.err, "\r\x1b[K");
        }
    }
}

/// A text with each letter that would act on the terminal, or turn the direction of what follows, written out: what
/// strangers wrote is read here, and must neither lie nor do anything.
#[must_use]
fn visible(text: &str, written: fn(char) -> String) -> Cow<'_, str> {
    let acts = |letter: char| {
        (letter.is_control() && letter != '\n' && letter != '\t')
            || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    text.chars().map(|letter| if acts(letter) { written(letter) } else { letter.into() }).collect::<String>().into()
}

fn in_braces(letter: char) -> String {
    letter.escape_unicode().to_string()
}

/// A time for people, with its zone, in this machine's: `2026-11-21 09:30 +08:00`.
#[must_use]
pub fn time_of(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), show)
}

/// The same from RFC 3339; what is no time stays as it is.
#[must_use]
pub fn time(text: &str) -> String {
    text.parse::<Timestamp>().map_or_else(|_| text.to_owned(), show)
}

/// The same without its zone, and without the year where it is that of a time it stands beside: `11-21 09:30`.
#[must_use]
pub fn time_beside(text: &str, beside: &str) -> String {
    let at = |text: &str| text.parse::<Timestamp>().map(|time| time.to_zoned(TimeZone::system()));
    match (at(text), at(beside)) {
        (Ok(time), Ok(other)) if time.year() == other.year() => time.strftime("%m-%d %H:%M").to_string(),
        (Ok(time), _) => time.strftime("%Y-%m-%d %H:%M").to_string(),
        (Err(_), _) => text.to_owned(),
    }
}

fn show(time: Timestamp) -> String {
    time.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M %:z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn said(json: bool, text: &str) -> String {
        let paper = Paper::default();
        let mut voice = Voice::new(Box::new(paper.clone()), Box::new(paper.clone()), Lang::English, json);
        voice.data(&text, |text, _| (*text).to_owned()).unwrap();
        if !json {
            voice.talk(text);
        }
        String::from_utf8(paper.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn what_strangers_wrote_neither_acts_on_the_terminal_nor_turns_around() {
        let title = "报告\u{1b}[2J\r\u{9b}31m\u{7f}\u{202e}exe.txt\u{2066}\0";
        let shown = "报告\\u{1b}[2J\\u{d}\\u{9b}31m\\u{7f}\\u{202e}exe.txt\\u{2066}\\u{0}\n";
        assert_eq!(said(false, title), shown.repeat(2));
        assert_eq!(said(false, "两行\n\t和空白 👩‍👧"), "两行\n\t和空白 👩‍👧\n".repeat(2));
        let json = said(true, title);
        assert!(!json.chars().any(|c| c.is_control() && c != '\n' || c == '\u{202e}'), "{json:?}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), title);
    }
}
