//! A second opinion on the life of a case, in plain values. It shares no code with the state machine: whoever reads both
//! beside domain §7 has two chances to find a mistake.

use crate::tried::{Deed, Flaw};

/// Where an officer stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    County,
    Town,
    Village,
}

/// An officer: a person may be several of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Actor {
    pub(crate) person: u8,
    pub(crate) place: Place,
    /// Letters: a analyst, d discipline lead, s secretary, c party committee, g leading group, p post holder, r reporter,
    /// x administrator.
    pub(crate) roles: &'static str,
}

const fn actor(person: u8, place: Place, roles: &'static str) -> Actor {
    Actor { person, place, roles }
}

/// Persons 6 and 7 are of the village; both also work in the town hall.
pub(crate) const ACTORS: &[Actor] = &[
    actor(0, Place::Town, "a"),
    actor(1, Place::Town, "d"),
    actor(2, Place::Town, "d"),
    actor(3, Place::Town, "s"),
    actor(4, Place::Town, "c"),
    actor(5, Place::Town, "g"),
    actor(6, Place::Village, "p"),
    actor(7, Place::Village, "r"),
    actor(6, Place::Town, "adscg"),
    actor(7, Place::Town, "adscg"),
    actor(10, Place::County, "adscgpr"),
    actor(11, Place::Town, "x"),
    actor(12, Place::Town, "ad"),
    actor(13, Place::Town, "pr"),
];

/// The rules of a level, as far as they make a difference.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) name: &'static str,
    /// Person 6 is warned; else the village, whose head person 6 is.
    pub(crate) is_person: bool,
    /// n never, i if needed, a always.
    pub(crate) paper: char,
    pub(crate) interview: bool,
    /// Whether one is called to it in writing.
    pub(crate) notice: bool,
    pub(crate) open_term: bool,
    pub(crate) extension: bool,
    pub(crate) visit: bool,
    pub(crate) told: bool,
    pub(crate) carried_up: bool,
    pub(crate) meeting: bool,
    pub(crate) by_others: bool,
}

pub(crate) const LEVELS: &[Rules] = &[
    Rules {
        name: "a person, by paper, lifted on a visit",
        is_person: true,
        paper: 'a',
        interview: true,
        notice: true,
        open_term: true,
        extension: true,
        visit: true,
        told: true,
        carried_up: true,
        meeting: true,
        by_others: true,
    },
    Rules {
        name: "a unit, by paper if needed, lifted on the answer",
        is_person: false,
        paper: 'i',
        interview: true,
        notice: true,
        open_term: true,
        extension: true,
        visit: false,
        told: true,
        carried_up: true,
        meeting: false,
        by_others: false,
    },
    Rules {
        name: "a unit, by word of mouth, nothing more",
        is_person: false,
        paper: 'n',
        interview: true,
        notice: false,
        open_term: false,
        extension: false,
        visit: false,
        told: false,
        carried_up: false,
        meeting: false,
        by_others: true,
    },
];

pub(crate) type Reason = &'static str;

fn ensure(holds: bool, why: Reason) -> Result<(), Reason> {
    if holds { Ok(()) } else { Err(why) }
}

fn no(flaw: Flaw, is: Flaw, why: Reason) -> Result<(), Reason> {
    ensure(flaw != is, why)
}

fn has(who: Actor, letters: &str) -> bool {
    letters.chars().any(|letter| who.roles.contains(letter))
}

fn in_town(who: Actor) -> Result<(), Reason> {
    ensure(who.place == Place::Town, "not_the_deciding_unit")
}

fn handles(who: Actor) -> Result<(), Reason> {
    in_town(who)?;
    ensure(has(who, "adscg"), "not_handling")
}

/// The inner file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Inner {
    /// `.` blank, p proposed, r returned, o dropped, a approved, d dismissed, z rescinded, l referred.
    pub(crate) stage: char,
    pub(crate) proposer: u8,
    pub(crate) decider: u8,
    /// Persons who were recused, one bit each.
    pub(crate) out: u16,
    /// Who recused the lead without having seen the decision.
    pub(crate) crosser: u8,
}

impl Inner {
    pub(crate) const BLANK: Inner = Inner { stage: '.', proposer: 99, decider: 99, out: 0, crosser: 99 };

    fn is_out(&self, who: Actor) -> bool {
        self.out & (1 << who.person) != 0 || (self.stage != '.' && who.person == 6)
    }

    fn at(&self, stages: &str) -> Result<(), Reason> {
        ensure(stages.contains(self.stage), "wrong_stage")
    }

    /// What comes of it, or why not.
    pub(crate) fn next(mut self, rules: &Rules, who: Actor, deed: Deed, flaw: Flaw) -> Result<Inner, Reason> {
        let decides = |who| {
            in_town(who)?;
            ensure(has(who, "d"), "wrong_decider")
        };
        match deed {
            Deed::Propose => {
                self.at(".r")?;
                in_town(who)?;
                ensure(has(who, "a"), "not_handling")?;
                no(flaw, Flaw::Pack, "no_such_rules")?;
                no(flaw, Flaw::Level, "no_such_level")?;
                no(flaw, Flaw::Ground, "no_such_ground")?;
                no(flaw, Flaw::GroundReason, "no_reason_for_ground")?;
                no(flaw, Flaw::Way, "no_such_way")?;
                no(flaw, Flaw::Sort, "subject_not_foreseen")?;
                no(flaw, Flaw::Managed, "not_managed_here")?;
                ensure(!self.is_out(who) && who.person != 6, "concerned")?;
                no(flaw, Flaw::Blank, "nothing_written")?;
                (self.stage, self.proposer) = ('p', who.person);
            }
            Deed::Return | Deed::Approve | Deed::Dismiss => {
                self.at("p")?;
                decides(who)?;
                no(flaw, Flaw::OtherProposal, "no_such_proposal")?;
                ensure(self.proposer != who.person, "self_approval")?;
                ensure(!self.is_out(who), "concerned")?;
                if deed == Deed::Return {
                    no(flaw, Flaw::Blank, "nothing_written")?;
                    self.stage = 'r';
                    return Ok(self);
                }
                no(flaw, Flaw::NotShown, "not_as_shown")?;
                if rules.meeting {
                    no(flaw, Flaw::NoMeeting, "no_meeting")?;
                }
                no(flaw, Flaw::ShortMeeting, "no_meeting")?;
                no(flaw, Flaw::ConcernedPresent, "concerned_present")?;
                // Who is at every meeting of these tries: persons 3 and 4.
                let at_meeting = flaw != Flaw::NoMeeting && (rules.meeting || flaw != Flaw::None);
                ensure(!at_meeting || self.out & (1 << 3 | 1 << 4) == 0, "concerned_present")?;
                // Person 7 proposes as a secretary too.
                if rules.meeting && self.proposer != 7 {
                    no(flaw, Flaw::NotTogether, "not_together")?;
                }
                (self.stage, self.decider) = (if deed == Deed::Approve { 'a' } else { 'd' }, who.person);
            }
            Deed::Drop => {
                self.at("pr")?;
                in_town(who)?;
                ensure(who.person == self.proposer, "not_the_proposer")?;
                no(flaw, Flaw::OtherProposal, "no_such_proposal")?;
                self.stage = 'o';
            }
            Deed::RecuseSelf | Deed::RecuseLead | Deed::RecuseLeadUnseen => {
                self.at("pra")?;
                in_town(who)?;
                let own = deed == Deed::RecuseSelf || who.person == 1;
                ensure(own || has(who, "sc"), "not_for_others")?;
                no(flaw, Flaw::Blank, "nothing_written")?;
                self.out |= if deed == Deed::RecuseSelf { 1 << who.person } else { 1 << 1 };
                if deed == Deed::RecuseLeadUnseen && self.stage == 'a' {
                    self.crosser = who.person;
                }
            }
            Deed::Plan => {
                self.at("pa")?;
                handles(who)?;
                no(flaw, Flaw::OtherProposal, "no_such_proposal")?;
                ensure(!self.is_out(who), "concerned")?;
                no(flaw, Flaw::Blank, "nothing_written")?;
                no(flaw, Flaw::OneInterviewer, "interviewers")?;
                no(flaw, Flaw::ConcernedInterviewer, "interviewers")?;
                // Persons 2 and 0 interview; in the try with another main one, 0 and 2.
                ensure(self.out & (1 << 2 | 1) == 0, "interviewers")?;
                no(flaw, Flaw::MainInterviewer, "main_interviewer")?;
            }
            Deed::Rescind => {
                self.at("a")?;
                decides(who)?;
                no(flaw, Flaw::OtherDecision, "no_such_decision")?;
                ensure(!self.is_out(who), "concerned")?;
                no(flaw, Flaw::Blank, "nothing_written")?;
                if rules.meeting {
                    no(flaw, Flaw::NoMeeting, "no_meeting")?;
                    ensure(self.out & (1 << 3 | 1 << 4) == 0, "concerned_present")?;
                }
                self.stage = 'z';
            }
            Deed::ReferProposal => {
                self.at("pra")?;
                handles(who)?;
                ensure(!self.is_out(who), "concerned")?;
                no(flaw, Flaw::Blank, "nothing_written")?;
                self.stage = 'l';
            }
            Deed::Deliberate => {
                self.at("a")?;
                ensure(who.place != Place::Village && has(who, "gd"), "not_the_objection_body")?;
                let was_there = who.person == self.decider || (rules.meeting && [3, 4].contains(&who.person));
                ensure(!rules.by_others || !was_there, "decided_it")?;
                ensure(!self.is_out(who), "concerned")?;
                no(flaw, Flaw::Blank, "nothing_written")?;
            }
            Deed::Raise => {
                self.at("a")?;
                handles(who)?;
                ensure(!self.is_out(who), "concerned")?;
                ensure(rules.carried_up && flaw != Flaw::Condition, "no_such_escalation")?;
                no(flaw, Flaw::Unlinked, "not_linked")?;
                no(flaw, Flaw::Blank, "nothing_written")?;
            }
            Deed::Note => {
                self.at("proadzl")?;
                handles(who)?;
            }
            Deed::SettleInner => {
                self.at("proadzl")?;
                handles(who)?;
                ensure(!self.is_out(who), "concerned")?;
                ensure(self.crosser != 99 && flaw != Flaw::OtherCrossing, "nothing_crossed")?;
                ensure(self.crosser != who.person, "own_act")?;
                no(flaw, Flaw::Blank, "nothing_written")?;
            }
            _ => return Err("of the other file"),
        }
        Ok(self)
    }
}

/// The outer file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Outer {
    /// `.` blank, i issued, d delivered, a answered, r rectifying, v visited, l lifted, w withdrawn, e escalated, f
    /// referred.
    pub(crate) stage: char,
    pub(crate) has_paper: bool,
    pub(crate) was_cancelled: bool,
    /// Whether a warning was ever given.
    pub(crate) was_given: bool,
    pub(crate) delivered: bool,
    pub(crate) received: bool,
    pub(crate) noticed: bool,
    pub(crate) term_set: bool,
    pub(crate) answerer: u8,
    pub(crate) asked: bool,
    pub(crate) extended: bool,
    /// What the last visit thinks: `.` none, l lift, w wait.
    pub(crate) opinion: char,
    /// `.` none, o waits, a answered.
    pub(crate) objection: char,
    pub(crate) issuer: u8,
}

const LIVE: &str = "idarv";
const COUNTS: &str = "idarvle";

impl Outer {
    pub(crate) const BLANK: Outer = Outer {
        stage: '.',
        has_paper: false,
        was_cancelled: false,
        was_given: false,
        delivered: false,
        received: false,
        noticed: false,
        term_set: false,
        answerer: 99,
        asked: false,
        extended: false,
        opinion: '.',
        objection: '.',
        issuer: 99,
    };

    /// What comes of it, or why not.
    pub(crate) fn next(mut self, rules: &Rules, who: Actor, deed: Deed, flaw: Flaw) -> Result<Outer, Reason> {
        let stages = match deed {
            Deed::Issue | Deed::IssueWithoutPaper => ".",
            Deed::Cancel => "id",
            Deed::Accept | Deed::SendBack => "a",
            Deed::VisitAndLift | Deed::VisitAndWait => "rv",
            Deed::Lift | Deed::LiftOnVisit => "arv",
            Deed::Object | Deed::Uphold | Deed::Reject | Deed::Tell => COUNTS,
            Deed::Escalate | Deed::EscalateOutside => "idarvl",
            Deed::Link => "idarvlwef",
            Deed::Settle => ".idarvlwef",
            _ => LIVE,
        };
        ensure(stages.contains(self.stage), "wrong_stage")?;
        self.entitled(rules, who, deed, flaw)?;
        no(flaw, Flaw::OtherWarning, "no_such_warning")?;
        let concerned = || ensure(who.person != 6, "concerned");
        match deed {
            Deed::Issue | Deed::IssueWithoutPaper => {
                no(flaw, Flaw::Ground, "no_such_ground")?;
                no(flaw, Flaw::Way, "no_such_way")?;
                no(flaw, Flaw::Sort, "subject_not_foreseen")?;
                no(flaw, Flaw::Elsewhere, "not_the_subjects_file")?;
                no(flaw, Flaw::Managed, "not_managed_here")?;
                concerned()?;
                let with = deed == Deed::Issue;
                let fits = if with { rules.paper != 'n' } else { rules.paper != 'a' };
                ensure(fits && flaw != Flaw::OtherForm && flaw != Flaw::OtherRegister, "wrong_paper")?;
                no(flaw, Flaw::NumberCancelled, "number_cancelled")?;
                no(flaw, Flaw::TermNotFree, "term_not_free")?;
                no(flaw, Flaw::TermTooLong, "term_too_long")?;
                no(flaw, Flaw::NoTerm, "no_term")?;
                self = Outer { was_cancelled: self.was_cancelled, was_given: true, issuer: who.person, ..Outer::BLANK };
                (self.stage, self.has_paper) = ('i', with);
                self.term_set = with && rules.open_term;
            }
            Deed::Cancel => {
                ensure(self.answerer == 99, "already_answered")?;
                concerned()?;
                no(flaw, Flaw::Blank, "nothing_written")?;
                let was_cancelled = self.was_cancelled || self.has_paper;
                self = Outer { was_cancelled, was_given: true, ..Outer::BLANK };
            }
            Deed::Deliver => {
                ensure(!self.delivered, "already_delivered")?;
                self.delivered = true;
                self.reached();
            }
            Deed::Receive => {
                ensure(!self.received, "already_received")?;
                self.received = true;
                self.reached();
            }
            Deed::Notice => {
                concerned()?;
                ensure(rules.notice && flaw != Flaw::OtherForm && flaw != Flaw::OtherRegister, "no_interview")?;
                no(flaw, Flaw::OneInterviewer, "interviewers")?;
                no(flaw, Flaw::ConcernedInterviewer, "interviewers")?;
                no(flaw, Flaw::MainInterviewer, "main_interviewer")?;
                self.noticed = true;
            }
            Deed::Interview => {
                concerned()?;
                ensure((self.noticed || !rules.notice) && flaw != Flaw::OtherNotice, "no_such_notice")?;
                no(flaw, Flaw::OneInterviewer, "interviewers")?;
                no(flaw, Flaw::ConcernedInterviewer, "interviewers")?;
                no(flaw, Flaw::MainInterviewer, "main_interviewer")?;
                no(flaw, Flaw::Blank, "nothing_written")?;
                no(flaw, Flaw::TermNotFree, "term_not_free")?;
                ensure(self.term_set || !rules.open_term || flaw != Flaw::NoTerm, "no_term")?;
                self.term_set = rules.open_term;
                self.reached();
            }
            Deed::Answer => {
                no(flaw, Flaw::Blank, "nothing_written")?;
                no(flaw, Flaw::NoMeasures, "no_measures")?;
                (self.stage, self.answerer) = ('a', who.person);
            }
            Deed::Evidence => no(flaw, Flaw::Blank, "nothing_written")?,
            Deed::AskExtension => {
                ensure(!self.extended, "already_extended")?;
                ensure(!self.asked, "already_asked")?;
                ensure(rules.extension, "not_extendable")?;
                no(flaw, Flaw::TermTooLong, "extension_too_long")?;
                no(flaw, Flaw::Blank, "nothing_written")?;
                self.asked = true;
            }
            Deed::Extend => {
                concerned()?;
                ensure(!self.extended, "already_extended")?;
                ensure(self.asked && flaw != Flaw::OtherRequest, "no_such_request")?;
                no(flaw, Flaw::TermTooLong, "extension_too_long")?;
                ensure(flaw != Flaw::OtherForm && flaw != Flaw::OtherRegister, "wrong_paper")?;
                (self.asked, self.extended) = (false, true);
            }
            Deed::RefuseExtension => {
                concerned()?;
                ensure(self.asked && flaw != Flaw::OtherRequest, "no_such_request")?;
                no(flaw, Flaw::Blank, "nothing_written")?;
                self.asked = false;
            }
            Deed::Accept | Deed::SendBack => {
                no(flaw, Flaw::OtherAnswer, "no_such_answer")?;
                ensure(who.person != self.answerer, "self_approval")?;
                concerned()?;
                if deed == Deed::Accept {
                    no(flaw, Flaw::NotShown, "not_as_shown")?;
                    self.stage = 'r';
                } else {
                    no(flaw, Flaw::Blank, "nothing_written")?;
                    self.stage = 'd';
                }
            }
            Deed::VisitAndLift | Deed::VisitAndWait => {
                concerned()?;
                no(flaw, Flaw::NoMeans, "no_means")?;
                no(flaw, Flaw::Blank, "nothing_written")?;
                self.stage = 'v';
                self.opinion = if deed == Deed::VisitAndLift { 'l' } else { 'w' };
            }
            Deed::Lift | Deed::LiftOnVisit => {
                no(flaw, Flaw::OtherAnswer, "no_such_answer")?;
                ensure(who.person != self.answerer, "self_approval")?;
                concerned()?;
                match (deed, self.stage) {
                    (Deed::Lift, _) => ensure(!rules.visit, "not_visited")?,
                    (_, 'v') if flaw != Flaw::OtherVisit => ensure(self.opinion == 'l', "opinion_against")?,
                    _ => return Err("not_visited"),
                }
                no(flaw, Flaw::NotShown, "not_as_shown")?;
                self.stage = 'l';
            }
            Deed::Withdraw => {
                concerned()?;
                no(flaw, Flaw::Blank, "nothing_written")?;
                self.stage = 'w';
            }
            Deed::Object => {
                ensure(self.objection == '.', "already_objected")?;
                no(flaw, Flaw::Blank, "nothing_written")?;
                self.objection = 'o';
            }
            Deed::Uphold | Deed::Reject => {
                ensure(self.objection == 'o' && flaw != Flaw::OtherObjection, "no_such_objection")?;
                ensure(!rules.by_others || who.person != self.issuer, "decided_it")?;
                concerned()?;
                no(flaw, Flaw::Blank, "nothing_written")?;
                self.objection = 'a';
                if deed == Deed::Uphold {
                    self.stage = 'w';
                }
            }
            Deed::Escalate | Deed::EscalateOutside => {
                concerned()?;
                ensure(rules.carried_up && flaw != Flaw::Condition, "no_such_escalation")?;
                no(flaw, Flaw::Unlinked, "not_linked")?;
                if self.stage != 'l' {
                    self.stage = 'e';
                }
            }
            Deed::Refer => {
                concerned()?;
                self.stage = 'f';
            }
            Deed::Tell => ensure(
                rules.told && flaw != Flaw::OtherBody && flaw != Flaw::OtherForm && flaw != Flaw::OtherRegister,
                "not_told",
            )?,
            Deed::Link => no(flaw, Flaw::Hidden, "link_reveals")?,
            Deed::Settle => {
                concerned()?;
                no(flaw, Flaw::OtherCrossing, "nothing_crossed")?;
                // The first warning, which person 1 gave wherever the walks go.
                ensure(who.person != 1, "own_act")?;
                no(flaw, Flaw::Blank, "nothing_written")?;
            }
            _ => return Err("of the other file"),
        }
        Ok(self)
    }

    fn entitled(&self, rules: &Rules, who: Actor, deed: Deed, flaw: Flaw) -> Result<(), Reason> {
        match deed {
            Deed::Receive | Deed::Answer | Deed::Evidence | Deed::AskExtension | Deed::Object => {
                let is_named = !rules.is_person || who.person == 6;
                ensure(is_named && who.place == Place::Village && has(who, "pr"), "not_the_subject")
            }
            Deed::Uphold | Deed::Reject => {
                ensure(who.place != Place::Village && has(who, "gd"), "not_the_objection_body")
            }
            Deed::Issue | Deed::IssueWithoutPaper => {
                no(flaw, Flaw::Pack, "no_such_rules")?;
                no(flaw, Flaw::Level, "no_such_level")?;
                in_town(who)?;
                ensure(has(who, "d"), "wrong_decider")
            }
            Deed::Cancel | Deed::Withdraw => {
                in_town(who)?;
                ensure(has(who, "d"), "wrong_decider")
            }
            Deed::Lift | Deed::LiftOnVisit => {
                in_town(who)?;
                ensure(has(who, "s"), "wrong_lifter")
            }
            Deed::Extend | Deed::RefuseExtension => {
                in_town(who)?;
                ensure(rules.extension, "not_extendable")?;
                ensure(has(who, "c"), "wrong_approver")
            }
            Deed::Settle => {
                ensure(self.was_given, "no_such_warning")?;
                handles(who)
            }
            _ => handles(who),
        }
    }

    /// The subject has it now.
    fn reached(&mut self) {
        if self.stage == 'i' {
            self.stage = 'd';
        }
    }
}
