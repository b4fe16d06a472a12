//! Whether a pack makes sense: what is asked before one is published, so that no case gets stuck in a rule that leads
//! nowhere.
//!
//! Each finding names its place, as [`crate::work::pack::tree`] writes it, and the rule it breaks. A pack with findings
//! can still be read: what is published by hand is shown with them, never guessed right.

use std::collections::BTreeSet;

use thiserror::Error;

use crate::{
    trust::charter::Role,
    work::{
        case::Level,
        pack::{
            Pack,
            tree::{self, Leaf},
        },
    },
};

mod forms;
mod levels;
mod scoring;

/// Characters of an id.
const ID_CHARS_MAX: usize = 64;

/// One thing that makes no sense.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Where.
    pub place: String,
    /// Which rule it breaks.
    pub rule: Rule,
}

/// What a pack must keep to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Error)]
pub enum Rule {
    /// An id is small letters, digits, `_` and `.`, at most 64.
    #[error("{0:?} is not an id")]
    BadId(String),
    /// Two items of one list have the same id.
    #[error("{0:?} stands there twice")]
    Twice(String),
    /// There is no such day.
    #[error("{0:?} is not a civil day")]
    NoSuchDay(String),
    /// A version is counted from 1.
    #[error("versions are counted from 1")]
    NoVersion,
    /// A text is missing in Chinese.
    #[error("chinese words are missing")]
    NoChinese,
    /// A text is missing in English, or is Chinese there.
    #[error("english words are missing")]
    NoEnglish,
    /// `ours` names what is not there.
    #[error("there is nothing at {0:?}")]
    NoSuchPath(String),
    /// Nobody has such a role: no certificate gives it.
    #[error("no certificate gives role {0}")]
    UnknownRole(u8),
    /// A role that may not decide, approve or lift: it needs no secretary's endorsement.
    #[error("role {0} is none of casework")]
    NotCasework(String),
    /// A body the pack does not list.
    #[error("there is no body {0:?}")]
    NoSuchBody(String),
    /// A form the pack does not have.
    #[error("there is no form {0:?}")]
    NoSuchForm(String),
    /// A family the pack does not list.
    #[error("there is no family {0:?}")]
    NoSuchFamily(String),
    /// A series the pack does not have.
    #[error("there is no series {0:?}")]
    NoSuchSeries(String),
    /// A ground its level does not have.
    #[error("there is no ground {0:?}")]
    NoSuchGround(String),
    /// A level the pack does not have.
    #[error("there is no level {0}")]
    NoSuchLevel(u8),
    /// A threshold the pack does not set.
    #[error("there is no threshold {0:?}")]
    NoSuchThreshold(String),
    /// A kind of risk the pack does not know.
    #[error("there is no kind of risk {0:?}")]
    NoSuchKind(String),
    /// Levels, grounds and categories are numbered from 1 without a gap, in order.
    #[error("{wanted} should stand there, not {found}")]
    Gap {
        /// What should stand there.
        wanted: String,
        /// What does.
        found: String,
    },
    /// A list that must have something in it.
    #[error("there is nothing")]
    Empty,
    /// No way of its level is for a ground.
    #[error("no way is for this ground")]
    GroundWithoutWay,
    /// Neither by paper nor in an interview.
    #[error("a way by which nothing is given")]
    GivenByNothing,
    /// A term counts from a receipt that cannot be.
    #[error("counts from the receipt of a paper that may not be")]
    CountsFromNothing,
    /// An interview to which one is called in writing, without the form.
    #[error("an interview without its notice")]
    InterviewWithoutNotice,
    /// The form that calls to an interview there is not.
    #[error("a notice of an interview that is not held")]
    NoticeWithoutInterview,
    /// Lifted on an answer nobody owes.
    #[error("lifted on an answer that nobody owes")]
    LiftedOnNothing,
    /// Lifted on a visit nobody makes, or a visit nobody looks at.
    #[error("visit and lifting do not fit each other")]
    VisitUnused,
    /// A visit that is not written down.
    #[error("a visit without its form")]
    VisitWithoutForm,
    /// No lower level leads here.
    #[error("no level escalates to this one")]
    NotEscalatedTo,
    /// An escalation that does not lead upwards.
    #[error("escalates to a level that is not higher")]
    NotUpwards,
    /// An objection to nobody.
    #[error("an objection without a body")]
    ObjectionWithoutBody,
    /// An objection nobody may answer.
    #[error("an objection that nobody answers")]
    NobodyAnswers,
    /// Fewer than two on the side that warns.
    #[error("fewer than two interviewers")]
    TooFewInterviewers,
    /// So many days before, on or after the last one there are not.
    #[error("a reminder at no time")]
    ReminderAtNoTime,
    /// A number that cannot be zero is.
    #[error("counts nothing")]
    Zero,
    /// A text names a field its form does not have.
    #[error("there is no field {0:?}")]
    UnknownPlaceholder(String),
    /// A brace without the other.
    #[error("a brace stands alone")]
    BrokenBraces,
    /// The languages of a text name different fields.
    #[error("chinese and english do not name the same fields")]
    PlaceholdersDiffer,
    /// A field nothing shows.
    #[error("a field that is not shown")]
    FieldNotShown,
    /// A field named like one that every form has.
    #[error("a field every form has")]
    StandardField,
    /// A series whose numbers would not differ.
    #[error("numbers lack {{{0}}}")]
    PatternLacks(&'static str),
    /// Points do not sum to what they should.
    #[error("points sum to {found}, not to {wanted}")]
    Points {
        /// What they should.
        wanted: u32,
        /// What they do.
        found: u32,
    },
    /// Bounds that should fall do not, or do not reach the lowest.
    #[error("bounds do not fall to the lowest")]
    NotFalling,
    /// Not as many as there must be.
    #[error("{found} where {wanted} are wanted")]
    Count {
        /// How many there should be.
        wanted: usize,
        /// How many there are.
        found: usize,
    },
    /// A number outside of its range.
    #[error("{found} is not from {least} to {most}")]
    Range {
        /// The least there may be.
        least: u32,
        /// The most.
        most: u32,
        /// What is there.
        found: u32,
    },
}

impl Rule {
    /// Its name in the API and in text keys.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Rule::BadId(_) => "bad_id",
            Rule::Twice(_) => "twice",
            Rule::NoSuchDay(_) => "no_such_day",
            Rule::NoVersion => "no_version",
            Rule::NoChinese => "no_chinese",
            Rule::NoEnglish => "no_english",
            Rule::NoSuchPath(_) => "no_such_path",
            Rule::UnknownRole(_) => "unknown_role",
            Rule::NotCasework(_) => "not_casework",
            Rule::NoSuchBody(_) => "no_such_body",
            Rule::NoSuchForm(_) => "no_such_form",
            Rule::NoSuchFamily(_) => "no_such_family",
            Rule::NoSuchSeries(_) => "no_such_series",
            Rule::NoSuchGround(_) => "no_such_ground",
            Rule::NoSuchLevel(_) => "no_such_level",
            Rule::NoSuchThreshold(_) => "no_such_threshold",
            Rule::NoSuchKind(_) => "no_such_kind",
            Rule::Gap { .. } => "gap",
            Rule::Empty => "empty",
            Rule::GroundWithoutWay => "ground_without_way",
            Rule::GivenByNothing => "given_by_nothing",
            Rule::CountsFromNothing => "counts_from_nothing",
            Rule::InterviewWithoutNotice => "interview_without_notice",
            Rule::NoticeWithoutInterview => "notice_without_interview",
            Rule::LiftedOnNothing => "lifted_on_nothing",
            Rule::VisitUnused => "visit_unused",
            Rule::VisitWithoutForm => "visit_without_form",
            Rule::NotEscalatedTo => "not_escalated_to",
            Rule::NotUpwards => "not_upwards",
            Rule::ObjectionWithoutBody => "objection_without_body",
            Rule::NobodyAnswers => "nobody_answers",
            Rule::TooFewInterviewers => "too_few_interviewers",
            Rule::ReminderAtNoTime => "reminder_at_no_time",
            Rule::Zero => "zero",
            Rule::UnknownPlaceholder(_) => "unknown_placeholder",
            Rule::BrokenBraces => "broken_braces",
            Rule::PlaceholdersDiffer => "placeholders_differ",
            Rule::FieldNotShown => "field_not_shown",
            Rule::StandardField => "standard_field",
            Rule::PatternLacks(_) => "pattern_lacks",
            Rule::Points { .. } => "points",
            Rule::NotFalling => "not_falling",
            Rule::Count { .. } => "count",
            Rule::Range { .. } => "range",
        }
    }

    /// What it is about, by the names its words use.
    #[must_use]
    pub fn values(&self) -> Vec<(&'static str, String)> {
        match self {
            Rule::BadId(value)
            | Rule::Twice(value)
            | Rule::NoSuchDay(value)
            | Rule::NoSuchPath(value)
            | Rule::NotCasework(value)
            | Rule::NoSuchBody(value)
            | Rule::NoSuchForm(value)
            | Rule::NoSuchFamily(value)
            | Rule::NoSuchSeries(value)
            | Rule::NoSuchGround(value)
            | Rule::NoSuchThreshold(value)
            | Rule::NoSuchKind(value)
            | Rule::UnknownPlaceholder(value) => vec![("value", value.clone())],
            Rule::PatternLacks(value) => vec![("value", (*value).to_owned())],
            Rule::UnknownRole(value) | Rule::NoSuchLevel(value) => vec![("value", value.to_string())],
            Rule::Gap { wanted, found } => vec![("wanted", wanted.clone()), ("found", found.clone())],
            Rule::Points { wanted, found } => vec![("wanted", wanted.to_string()), ("found", found.to_string())],
            Rule::Count { wanted, found } => vec![("wanted", wanted.to_string()), ("found", found.to_string())],
            Rule::Range { least, most, found } => {
                vec![("least", least.to_string()), ("most", most.to_string()), ("found", found.to_string())]
            }
            _ => Vec::new(),
        }
    }
}

/// Every rule's name: see [`Rule::code`].
pub const CODES: &[&str] = &[
    "bad_id",
    "twice",
    "no_such_day",
    "no_version",
    "no_chinese",
    "no_english",
    "no_such_path",
    "unknown_role",
    "not_casework",
    "no_such_body",
    "no_such_form",
    "no_such_family",
    "no_such_series",
    "no_such_ground",
    "no_such_level",
    "no_such_threshold",
    "no_such_kind",
    "gap",
    "empty",
    "ground_without_way",
    "given_by_nothing",
    "counts_from_nothing",
    "interview_without_notice",
    "notice_without_interview",
    "lifted_on_nothing",
    "visit_unused",
    "visit_without_form",
    "not_escalated_to",
    "not_upwards",
    "objection_without_body",
    "nobody_answers",
    "too_few_interviewers",
    "reminder_at_no_time",
    "zero",
    "unknown_placeholder",
    "broken_braces",
    "placeholders_differ",
    "field_not_shown",
    "standard_field",
    "pattern_lacks",
    "points",
    "not_falling",
    "count",
    "range",
];

/// Everything that makes no sense, in the order of the pack; nothing for a pack that can be published.
#[must_use]
pub fn check(pack: &Pack) -> Vec<Finding> {
    let mut sheet = Sheet { pack, found: Vec::new() };
    head(&mut sheet);
    ids(&mut sheet);
    words(&mut sheet);
    levels::check(&mut sheet);
    forms::check(&mut sheet);
    scoring::check(&mut sheet);
    sheet.found
}

/// What is checked, and what was found.
struct Sheet<'p> {
    pack: &'p Pack,
    found: Vec<Finding>,
}

impl Sheet<'_> {
    fn find(&mut self, place: impl Into<String>, rule: Rule) {
        self.found.push(Finding { place: place.into(), rule });
    }

    fn unless(&mut self, holds: bool, place: impl Into<String>, rule: Rule) {
        if !holds {
            self.find(place, rule);
        }
    }

    fn body(&mut self, place: impl Into<String>, id: &str) {
        self.unless(self.pack.body(id).is_some(), place, Rule::NoSuchBody(id.into()));
    }

    fn form(&mut self, place: impl Into<String>, id: &str) {
        self.unless(self.pack.form(id).is_some(), place, Rule::NoSuchForm(id.into()));
    }

    fn level(&mut self, place: impl Into<String>, level: Level) {
        self.unless(self.pack.level(level).is_some(), place, Rule::NoSuchLevel(level.0));
    }

    /// A role somebody can have.
    fn role(&mut self, place: impl Into<String>, role: Role) {
        let given = Role::ALL.iter().any(|(known, _)| *known == role);
        self.unless(given, place, Rule::UnknownRole(role.0));
    }

    /// A role that decides over others.
    fn casework(&mut self, place: &str, role: Role) {
        self.role(place, role);
        if let Some(name) = role.name() {
            self.unless(role.is_casework(), place, Rule::NotCasework(name.into()));
        }
    }

    fn range(&mut self, place: impl Into<String>, found: u32, least: u32, most: u32) {
        self.unless((least..=most).contains(&found), place, Rule::Range { least, most, found });
    }
}

fn head(sheet: &mut Sheet<'_>) {
    let pack = sheet.pack;
    let is_id = is_id(&pack.id) && !pack.id.contains('.');
    sheet.unless(is_id, "id", Rule::BadId(pack.id.clone()));
    sheet.unless(pack.version > 0, "version", Rule::NoVersion);
    sheet.unless(!pack.used_by.is_empty(), "used_by", Rule::Empty);
    let paths = tree::paths(pack);
    for path in pack.ours.iter().filter(|path| !paths.contains(*path)) {
        sheet.find("ours", Rule::NoSuchPath(path.clone()));
    }
    for name in &pack.roles {
        sheet.role(format!("roles[{}]", name.role.name().unwrap_or("?")), name.role);
    }
}

/// Whether ids are ids, and no item of a list is named like another.
fn ids(sheet: &mut Sheet<'_>) {
    let mut taken = BTreeSet::new();
    for (list, key, name) in tree::names(sheet.pack) {
        if key == "id" && !is_id(&name) {
            sheet.find(&*list, Rule::BadId(name.clone()));
        }
        if !taken.insert((list.clone(), name.clone())) {
            sheet.find(list, Rule::Twice(name));
        }
    }
}

fn is_id(id: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'.';
    !id.is_empty() && id.len() <= ID_CHARS_MAX && id.bytes().all(fits)
}

/// Whether everything is said in every language.
fn words(sheet: &mut Sheet<'_>) {
    let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    for (path, leaf) in tree::leaves(sheet.pack) {
        let Leaf::Text(text) = leaf else { continue };
        if path.ends_with(".zh") {
            sheet.unless(!text.trim().is_empty(), path, Rule::NoChinese);
        } else if path.ends_with(".en") {
            sheet.unless(!text.trim().is_empty() && !text.contains(is_han), path, Rule::NoEnglish);
        }
    }
}

#[cfg(test)]
mod tests;
