//! What an officer may do in a case now: each deed is tried by the very rules that would refuse it when it is written.
//!
//! Nobody has filled in the form yet. So it is tried filled in as favourably as the case allows, and what is then
//! refused only for what a form says (the meeting, who interviews, the number that is allotted on the way) does not
//! count. What stands behind such a refusal in the order of the rules cannot be known beforehand; whom the officer is,
//! whether the matter concerns them and what the case has come to stand before it.

use fangwei_protocol::{
    record::{body::Content, entry::DocKey},
    replica::{Draft, WriteError, WriteRefusal},
    trust::charter::HolderId,
    work::{
        calendar::{Day, day_of},
        case::{
            act::{InnerAct, Interviewer, Opinion, OuterAct, Paper, Proposal, Ruling, SerialNumber, TermSet},
            deed::CaseDeed,
            refusal::CaseRefusal,
            table::{Row, Stage, TABLE},
        },
        pack::level::{Debt, Escalation, TermRule, To, Way},
    },
};

use super::{
    Files, Standing, Unsettled,
    meant::{Meant, OPEN_ENTRY},
};
use crate::{
    desk::{Desk, DeskError, Officer},
    run::Sight,
    view::{List, unknown},
};

/// Stands for what somebody would write.
const SAID: &str = "—";

impl Desk {
    /// What an officer may do in a case as it stands, by the names of deeds, in the order of a case's life.
    ///
    /// # Errors
    ///
    /// There is no such case, [`crate::desk::Code::NodeStopped`], [`crate::desk::Code::StoreFailed`].
    pub async fn possible_in_case(&self, officer: &Officer, id: &str) -> Result<Vec<&'static str>, DeskError> {
        let line = self.line(List::Cases, id).await?;
        let files = Files::of(&line).ok_or_else(|| unknown(id))?;
        let officer = officer.clone();
        let tried = self.node().core().read(move |sight| {
            let deeds = files.standing(sight, |standing| files.possible(sight, standing, &officer, |_| true));
            Ok::<_, DeskError>(deeds?.into_iter().map(CaseDeed::name).collect())
        });
        tried.await?
    }
}

impl Files {
    /// Those of some deeds an officer may do now.
    pub(in crate::desk) fn possible(
        &self,
        sight: &Sight<'_>,
        standing: &Standing<'_>,
        officer: &Officer,
        is_asked: impl Fn(CaseDeed) -> bool,
    ) -> Result<Vec<CaseDeed>, DeskError> {
        let mut found = Vec::new();
        let known = sight.replica.charter().complete(&officer.certificate);
        let Some(by) = known.map(|known| known.certificate.holder) else { return Ok(found) };
        for deed in standing.next().into_iter().filter(|deed| is_asked(*deed)) {
            let mut may = false;
            for meant in standing.favourable(sight, &by, deed)? {
                may = may || self.would_be_taken(sight, standing, officer, meant)?;
            }
            found.extend(Some(deed).filter(|_| may));
        }
        Ok(found)
    }

    /// Whether an officer may say what was made of something that waits for people.
    pub(in crate::desk) fn may_settle(
        &self,
        sight: &Sight<'_>,
        standing: &Standing<'_>,
        officer: &Officer,
        what: &Unsettled,
    ) -> Result<bool, DeskError> {
        self.would_be_taken(sight, standing, officer, settled(what))
    }

    fn would_be_taken(
        &self,
        sight: &Sight<'_>,
        standing: &Standing<'_>,
        officer: &Officer,
        meant: Meant,
    ) -> Result<bool, DeskError> {
        let author = officer.certificate;
        // A number no register allots: whether one would be is another document's matter.
        let series = standing.case.clone();
        let number = SerialNumber { word: SAID.into(), year: 1, number: 1, series };
        let tried = self.fill_in(sight, standing, meant, Some(&number)).and_then(|(document, act)| {
            let draft = Draft { author, document, after: None, content: Content::Act(act) };
            sight.replica.draft(sight.now, [0; 16], draft, sight.store).map(drop)
        });
        match tried {
            Ok(()) => Ok(true),
            Err(WriteError::Refusal(WriteRefusal::Case(refused))) => Ok(is_of_the_form(refused.why)),
            Err(WriteError::Refusal(_)) => Ok(false),
            Err(WriteError::Failure(failure)) => Err(failure.into()),
        }
    }
}

impl Standing<'_> {
    /// What the table lets be done now, by those who may.
    pub(in crate::desk) fn next(&self) -> Vec<CaseDeed> {
        let stage = self.inner.map(|(_, inner)| inner.stage);
        let further = self.outer.map_or(Stage::Blank, |(_, outer)| outer.stage);
        let is_next = |row: &&Row| {
            let at = if row.deed.is_inner() { stage } else { Some(further) };
            at.is_some_and(|at| row.at.contains(&at))
                // A warning is given once it is decided.
                && (further != Stage::Blank || row.deed.is_inner() || stage == Some(Stage::Approved))
        };
        let mut deeds: Vec<CaseDeed> = TABLE.iter().filter(is_next).map(|row| row.deed).collect();
        deeds.dedup();
        deeds
    }

    /// A deed with everything a form says filled in as well as the case allows; several where one form says one of
    /// several things, none where the rules of the case have no such thing.
    fn favourable(&self, sight: &Sight<'_>, by: &HolderId, deed: CaseDeed) -> Result<Vec<Meant>, DeskError> {
        let (proposal, decision, objection, request, issue, answer) =
            (OPEN_ENTRY, OPEN_ENTRY, OPEN_ENTRY, OPEN_ENTRY, OPEN_ENTRY, OPEN_ENTRY);
        let (said, meeting, shown) = (|| SAID.to_owned(), None, OPEN_ENTRY.0);
        let today = day_of(u64::try_from(sight.now.0).unwrap_or(0));
        let act = match deed {
            CaseDeed::Propose => return Ok(self.proposed_again(sight, today)?.into_iter().collect()),
            CaseDeed::Raise => return Ok(self.carried_up().map(Meant::Inner).collect()),
            CaseDeed::Escalate => return Ok(self.carried_on().map(Meant::Outer).collect()),
            CaseDeed::Tell => return Ok(self.told(today).map(Meant::Outer).collect()),
            CaseDeed::Issue => return Ok(vec![Meant::Issue { text: said(), terms: self.terms_of_issue() }]),
            CaseDeed::Extend => return Ok(vec![Meant::Extend { by: None, text: said() }]),
            // The node writes these beside what is done.
            CaseDeed::Note | CaseDeed::Link => return Ok(Vec::new()),
            CaseDeed::SettleInner => return self.settled(sight, true),
            CaseDeed::Settle => return self.settled(sight, false),
            CaseDeed::Return => Meant::Inner(InnerAct::Return { proposal, reason: said() }),
            CaseDeed::Drop => Meant::Inner(InnerAct::Drop { proposal, reason: said() }),
            CaseDeed::Recuse => Meant::Inner(InnerAct::Recuse { holder: *by, reason: said() }),
            CaseDeed::Approve | CaseDeed::Dismiss => {
                let is_approved = deed == CaseDeed::Approve;
                Meant::Inner(InnerAct::Decide { proposal, shown, is_approved, meeting })
            }
            CaseDeed::Plan => {
                let interviewers = self.interviewers();
                Meant::Inner(InnerAct::Plan { proposal, outline: said(), interviewers })
            }
            CaseDeed::Rescind => Meant::Inner(InnerAct::Rescind { decision, reason: said(), meeting }),
            CaseDeed::ReferProposal => Meant::Inner(InnerAct::Refer { reason: said() }),
            CaseDeed::Deliberate => {
                Meant::Inner(InnerAct::Deliberate { objection, findings: said(), ruling: Ruling::Rejected, meeting })
            }
            CaseDeed::Cancel => Meant::Outer(OuterAct::Cancel { issue, reason: said() }),
            CaseDeed::Deliver => Meant::Outer(OuterAct::Deliver { issue, on: today, how: said() }),
            CaseDeed::Receive => Meant::Outer(OuterAct::Receive { issue, on: today }),
            CaseDeed::Notice => {
                let (paper, interviewers) = (self.unnumbered(), self.interviewers());
                let (at_s, place) = (sight.now.0, said());
                Meant::Outer(OuterAct::Notice { issue, paper, at_s, place, interviewers })
            }
            CaseDeed::Interview => {
                let outer = self.outer.map(|(_, outer)| outer);
                let terms = outer.and_then(|outer| Some(open_terms(outer.way()?, &outer.terms()))).unwrap_or_default();
                let (notice, record, interviewers) = (None, said(), self.interviewers());
                Meant::Outer(OuterAct::Interview { issue, notice, on: today, interviewers, record, terms })
            }
            CaseDeed::Answer => {
                let (what, measures, attachments) = (Debt::Account, Vec::new(), Vec::new());
                Meant::Outer(OuterAct::Answer { issue, what, text: said(), measures, attachments })
            }
            CaseDeed::Evidence => Meant::Outer(OuterAct::Evidence { issue, text: said(), attachments: Vec::new() }),
            CaseDeed::AskExtension => {
                let rule = self.outer.and_then(|(_, outer)| outer.rule?.extension.as_ref());
                let Some(rule) = rule else { return Ok(Vec::new()) };
                Meant::Outer(OuterAct::AskExtension { issue, reason: said(), by: rule.max })
            }
            CaseDeed::RefuseExtension => Meant::Outer(OuterAct::RefuseExtension { issue, request, reason: said() }),
            CaseDeed::Accept => Meant::Outer(OuterAct::Accept { issue, answer, shown }),
            CaseDeed::SendBack => Meant::Outer(OuterAct::SendBack { issue, answer, reason: said() }),
            CaseDeed::Visit => {
                let (means, findings) = (vec![said()], said());
                Meant::Outer(OuterAct::Visit { issue, on: today, means, findings, opinion: Opinion::Lift })
            }
            CaseDeed::Lift => Meant::Outer(OuterAct::Lift { issue, answer, visit: None, shown, reason: said() }),
            CaseDeed::Withdraw => Meant::Outer(OuterAct::Withdraw { issue, reason: said() }),
            CaseDeed::Object => Meant::Outer(OuterAct::Object { issue, text: said() }),
            CaseDeed::Uphold | CaseDeed::Reject => {
                let ruling = if deed == CaseDeed::Uphold { Ruling::Upheld } else { Ruling::Rejected };
                Meant::Outer(OuterAct::Rule { issue, objection, ruling, reason: said() })
            }
            CaseDeed::Refer => Meant::Outer(OuterAct::Refer { issue }),
        };
        Ok(vec![act])
    }

    /// Everything that waits for people in one of the files, settled.
    fn settled(&self, sight: &Sight<'_>, is_inner: bool) -> Result<Vec<Meant>, DeskError> {
        let waits = self.unsettled(sight)?.into_iter().filter(|one| one.is_inner == is_inner);
        Ok(waits.map(|one| settled(&one)).collect())
    }

    /// What was proposed before, by the rules of today.
    fn proposed_again(&self, sight: &Sight<'_>, today: Day) -> Result<Option<Meant>, DeskError> {
        let Some(old) = self.inner.and_then(|(_, inner)| inner.proposed()) else { return Ok(None) };
        let rules = sight.replica.rulebook(sight.store)?;
        let (name, _) = rules.in_force(&self.case.scope.home, today)?;
        let proposal = Proposal { rules: name, ..old.clone() };
        Ok(Some(Meant::Inner(InnerAct::Propose(Box::new(proposal)))))
    }

    /// Every way in which the level can be carried up.
    fn carried_up(&self) -> impl Iterator<Item = InnerAct> {
        let rule = self.inner.and_then(|(_, inner)| inner.rule);
        rule.into_iter().flat_map(|rule| &rule.escalations).map(|up| InnerAct::Escalate {
            to: up.to,
            when: up.when,
            findings: SAID.into(),
            case: self.linked(up),
        })
    }

    fn carried_on(&self) -> impl Iterator<Item = OuterAct> {
        let rule = self.outer.and_then(|(_, outer)| outer.rule);
        rule.into_iter().flat_map(|rule| &rule.escalations).map(|up| OuterAct::Escalate {
            issue: OPEN_ENTRY,
            to: up.to,
            when: up.when,
            case: self.linked(up),
        })
    }

    /// A case it would go on in, where it goes on in one.
    fn linked(&self, up: &Escalation) -> Option<DocKey> {
        matches!(up.to, To::Level(_)).then(|| self.case.clone())
    }

    /// Everybody the level has told.
    fn told(&self, today: Day) -> impl Iterator<Item = OuterAct> {
        let rule = self.outer.and_then(|(_, outer)| outer.rule);
        rule.into_iter().flat_map(|rule| &rule.told).map(move |told| OuterAct::Tell {
            issue: OPEN_ENTRY,
            who: told.who.clone(),
            paper: told.form.is_some().then(|| self.unnumbered()),
            on: today,
        })
    }

    fn terms_of_issue(&self) -> Vec<TermSet> {
        let inner = self.inner.map(|(_, inner)| inner);
        let way = inner.and_then(|inner| inner.rule?.way(&inner.proposed()?.way));
        way.map(|way| open_terms(way, &[])).unwrap_or_default()
    }

    /// Those of the last plan or notice; whom else somebody would name is not known.
    fn interviewers(&self) -> Vec<Interviewer> {
        let planned = self.inner.and_then(|(_, inner)| {
            inner.steps.iter().rev().find_map(|step| match step.act {
                InnerAct::Plan { interviewers, .. } => Some(interviewers.clone()),
                _ => None,
            })
        });
        let called = self.outer.and_then(|(_, outer)| match outer.notices.last()?.act {
            OuterAct::Notice { interviewers, .. } => Some(interviewers.clone()),
            _ => None,
        });
        called.or(planned).unwrap_or_default()
    }

    fn unnumbered(&self) -> Paper {
        let series = self.case.clone();
        let number = SerialNumber { word: String::new(), year: 0, number: 0, series };
        Paper { form: String::new(), number, text: SAID.into() }
    }
}

fn settled(what: &Unsettled) -> Meant {
    Meant::Settle { is_inner: what.is_inner, act: Some(what.entry().to_string()), findings: SAID.into() }
}

/// The longest terms a way leaves open and nobody has set.
fn open_terms(way: &Way, before: &[TermSet]) -> Vec<TermSet> {
    let open = way.owes.iter().filter(|owed| !before.iter().any(|set| set.what == owed.what));
    let open = open.filter_map(|owed| match owed.term {
        TermRule::UpTo(term) => Some(TermSet { what: owed.what, term }),
        TermRule::Fixed(_) | TermRule::Usually(_) => None,
    });
    open.collect()
}

/// Whether a refusal is of what somebody would have filled in, and would fill in otherwise.
fn is_of_the_form(why: CaseRefusal) -> bool {
    matches!(
        why,
        CaseRefusal::NumberNotAllotted
            | CaseRefusal::NoMeeting
            | CaseRefusal::ConcernedPresent
            | CaseRefusal::NotTogether(_)
            | CaseRefusal::StandingNotCertified
            | CaseRefusal::Interviewers
            | CaseRefusal::MainInterviewer
            | CaseRefusal::NoTerm(_)
            | CaseRefusal::TermNotFree(_)
            | CaseRefusal::NoSuchGround
            | CaseRefusal::NoReasonForGround
            | CaseRefusal::NoSuchWay
            | CaseRefusal::NotFollowing
    )
}
