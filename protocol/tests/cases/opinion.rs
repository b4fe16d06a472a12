//! A second opinion on reports and their triage, in plain values. It shares no code with the rules: whoever reads both
//! beside domain §6 has two chances to find a mistake.

use fangwei_protocol::{trust::charter::Role, work::report::table::ReportStage};

use crate::model::Place;

/// Who may try: person, place, and roles by a letter (i is an invited reporter).
pub(crate) const ACTORS: &[(u8, Place, &[Role])] = &[
    (1, Place::Village, &[Role::REPORTER]),
    (2, Place::Village, &[Role::INVITED_REPORTER]),
    (3, Place::Village, &[Role::ANALYST]),
    (4, Place::Town, &[Role::ANALYST]),
    (5, Place::Town, &[Role::SECRETARY]),
    (6, Place::Town, &[Role::ANALYST, Role::SECRETARY]),
    (7, Place::County, &[Role::ANALYST]),
    (8, Place::Town, &[Role::REPORTER]),
    (9, Place::Town, &[Role::ADMINISTRATOR]),
    (10, Place::Town, &[Role::PARTY_COMMITTEE]),
];

pub(crate) type Try = (&'static str, &'static str);

/// What is tried of a report, with what is wrong with it.
pub(crate) const REPORT_TRIES: &[Try] = &[
    ("file", ""),
    ("file", "rules"),
    ("file", "category"),
    ("file", "source"),
    ("file", "number"),
    ("file", "blank"),
    ("file", "amount"),
    ("file", "attachment"),
    ("file", "sideways"),
    ("file", "about"),
    ("file invited", ""),
    ("file passed on", ""),
    ("ask", ""),
    ("ask", "other"),
    ("ask", "blank"),
    ("answer", ""),
    ("answer", "other"),
    ("answer", "question"),
    ("answer", "blank"),
    ("answer", "attachment"),
    ("add", ""),
    ("accept", ""),
    ("accept", "other"),
    ("up", ""),
    ("up", "other"),
    ("up", "same"),
    ("up", "about"),
    ("up", "copyless"),
    ("over", ""),
    ("over", "other"),
    ("over", "elsewhere"),
    ("over", "about"),
    ("withdraw", ""),
    ("withdraw", "other"),
    ("withdraw", "blank"),
    ("reply", ""),
    ("reply", "other"),
    ("reply", "blank"),
];

pub(crate) const TRIAGE_TRIES: &[Try] = &[
    ("open", ""),
    ("open", "about"),
    ("nothing", ""),
    ("nothing", "other"),
    ("nothing", "blank"),
    ("duplicate", ""),
    ("duplicate", "link"),
    ("warning", ""),
    ("warning", "link"),
    ("lead", ""),
    ("lead", "other"),
    ("lead", "words"),
    ("reopen", ""),
    ("reopen", "other"),
    ("reopen", "blank"),
    ("pass", ""),
    ("pass", "other"),
    ("pass", "same"),
    ("pass", "blank"),
    ("recuse", ""),
    ("recuse", "blank"),
    ("recuse other", ""),
];

/// The second opinion on a report. The unit in which it happens is the village; it is about the village and its head,
/// person 6.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Model {
    /// . blank, f filed, q asked, a accepted, r replied, w withdrawn, o over to another unit.
    pub(crate) stage: char,
    pub(crate) author: u8,
    pub(crate) at_county: bool,
    pub(crate) question: bool,
}

fn ensure(holds: bool, why: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(why) }
}

impl Model {
    pub(crate) fn next(mut self, who: usize, (deed, flaw): Try) -> Result<Model, &'static str> {
        let (person, place, roles) = ACTORS[who];
        let stages = match deed {
            "file" | "file invited" | "file passed on" => ".",
            "ask" | "up" | "over" => "fqa",
            "answer" | "add" => "fqar",
            "accept" | "withdraw" => "fq",
            _ => "ar",
        };
        ensure(stages.contains(self.stage), "wrong_stage")?;
        let has = |role| roles.contains(&role);
        match deed {
            "file" => {
                ensure(place == Place::Village && (has(Role::REPORTER) || has(Role::ANALYST)), "not_the_reporter")?;
            }
            "file invited" => ensure(has(Role::INVITED_REPORTER), "not_the_reporter")?,
            "file passed on" => ensure(place != Place::Village && has(Role::ANALYST), "not_the_reporter")?,
            "answer" | "add" | "withdraw" => ensure(person == self.author, "not_the_author")?,
            _ => {
                let lies = if self.at_county { Place::County } else { Place::Town };
                let handles = [Role::ANALYST, Role::SECRETARY, Role::PARTY_COMMITTEE].into_iter().any(has);
                ensure(place == lies && handles, "not_the_receiver")?;
            }
        }
        let whys: &[(&str, &'static str)] = match deed {
            "file" => &[
                ("rules", "no_such_rules"),
                ("category", "no_such_category"),
                ("source", "no_such_source"),
                ("number", "wrong_number"),
                ("blank", "nothing_written"),
                ("amount", "bad_amount"),
                ("attachment", "attachment_too_large"),
                ("sideways", "not_above"),
                ("about", "about_receiver"),
            ],
            _ => &[("other", "no_such_report")],
        };
        if let Some((_, why)) = whys.iter().find(|(name, _)| *name == flaw) {
            return Err(why);
        }
        let receives = !deed.starts_with("file") && !["answer", "add", "withdraw"].contains(&deed);
        ensure(!receives || person != 6, "concerned")?;
        match (deed, flaw) {
            ("answer", "question") => return Err("no_such_question"),
            ("answer", _) if !self.question => return Err("no_such_question"),
            ("answer", "attachment") => return Err("attachment_too_large"),
            ("up", "same" | "copyless") | ("over", "elsewhere") => return Err("not_elsewhere"),
            ("up" | "over", "about") => return Err("about_receiver"),
            // It lies with the county already.
            ("up", _) if self.at_county => return Err("not_elsewhere"),
            (_, "blank") => return Err("nothing_written"),
            _ => {}
        }
        match deed {
            "file" | "file invited" | "file passed on" => (self.stage, self.author) = ('f', person),
            "ask" => {
                self.question = true;
                self.stage = if self.stage == 'a' { 'a' } else { 'q' };
            }
            "answer" | "add" => {
                self.question = self.question && deed == "add";
                self.stage = match self.stage {
                    'q' => 'f',
                    'r' => 'a',
                    stage => stage,
                };
            }
            "accept" => self.stage = 'a',
            "up" => (self.stage, self.at_county) = ('f', true),
            "over" => self.stage = 'o',
            "withdraw" => self.stage = 'w',
            _ => self.stage = 'r',
        }
        Ok(self)
    }

    pub(crate) fn stage(self) -> ReportStage {
        match self.stage {
            '.' => ReportStage::Blank,
            'f' => ReportStage::Filed,
            'q' => ReportStage::Asked,
            'a' => ReportStage::Accepted,
            'r' => ReportStage::Replied,
            'w' => ReportStage::Withdrawn,
            _ => ReportStage::PassedOn,
        }
    }
}

/// The second opinion on a triage at the town, about person 6.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct TriageModel {
    /// . blank, o open, d decided, l a lead, p passed on.
    pub(crate) stage: char,
    /// Who was recused, a bit each.
    pub(crate) out: u16,
}

impl TriageModel {
    pub(crate) fn next(mut self, who: usize, (deed, flaw): Try) -> Result<TriageModel, &'static str> {
        let (person, place, roles) = ACTORS[who];
        let stages = match deed {
            "open" => ".",
            "reopen" => "d",
            "recuse" | "recuse other" => "od",
            _ => "o",
        };
        ensure(stages.contains(self.stage), "wrong_stage")?;
        let has = |role| roles.contains(&role);
        if deed.starts_with("recuse") {
            let for_others = has(Role::SECRETARY) || has(Role::PARTY_COMMITTEE);
            let is_own = deed == "recuse" || person == 4;
            ensure(place == Place::Town && (is_own || for_others), "not_for_others")?;
            ensure(flaw != "blank", "nothing_written")?;
            self.out |= 1 << if deed == "recuse" { person } else { 4 };
            return Ok(self);
        }
        ensure(place == Place::Town && has(Role::ANALYST), "not_the_triager")?;
        let other = if deed == "reopen" { "no_such_decision" } else { "no_such_opening" };
        ensure(flaw != "other", other)?;
        ensure(person != 6 && self.out & 1 << person == 0, "concerned")?;
        match (deed, flaw) {
            (_, "blank") => return Err("nothing_written"),
            (_, "link") => return Err("not_linked"),
            (_, "words") => return Err("lead_says_nothing"),
            (_, "same") => return Err("not_elsewhere"),
            (_, "about") => return Err("about_receiver"),
            _ => {}
        }
        self.stage = match deed {
            "open" | "reopen" => 'o',
            "lead" => 'l',
            "pass" => 'p',
            _ => 'd',
        };
        Ok(self)
    }

    pub(crate) fn stage(self) -> ReportStage {
        match self.stage {
            '.' => ReportStage::Blank,
            'o' => ReportStage::Open,
            'd' => ReportStage::Decided,
            'l' => ReportStage::Left,
            _ => ReportStage::PassedOn,
        }
    }
}
