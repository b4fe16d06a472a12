//! What is said in the outer file of a warning case: the warning as it is given, and what comes after it.

use minicbor::{Decode, Encode};

use super::{Day, Interviewer, Ruling, Subject};
use crate::{
    record::entry::{DocKey, EntryId, Hash},
    work::{
        attachment::Attachment,
        calendar::Term,
        case::Level,
        pack::{
            level::{BodyId, Condition, Debt, FormId, GroundId, To},
            published::PackName,
        },
    },
};

/// A paper 文书 with a number of its series.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Paper {
    /// Its form.
    #[n(0)]
    pub form: FormId,
    /// Its number, as `〔2026〕镇纪预告 3`.
    #[n(1)]
    pub number: SerialNumber,
    /// What it says and demands.
    #[n(2)]
    pub text: String,
}

/// The number of a paper: series word 字号, year and number, and the register it was allotted in.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
pub struct SerialNumber {
    /// The series word, as 镇纪预告.
    #[n(0)]
    pub word: String,
    /// The year.
    #[n(1)]
    pub year: u16,
    /// From 1, without gaps.
    #[n(2)]
    pub number: u32,
    /// The register: [`crate::work::schema`]'s `PAPER_SERIES`.
    #[n(3)]
    pub series: DocKey,
}

/// How long the subject has for something.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct TermSet {
    /// For what.
    #[n(0)]
    pub what: Debt,
    /// How long.
    #[n(1)]
    pub term: Term,
}

/// What the outer file begins with: the warning as it is given.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Warning {
    /// The inner file; its home is the deciding unit.
    #[n(0)]
    pub case: DocKey,
    /// The decision there.
    #[n(1)]
    pub decision: EntryId,
    /// When it was decided.
    #[n(2)]
    pub decided_on: Day,
    /// Who is warned.
    #[n(3)]
    pub subject: Subject,
    /// How severely.
    #[n(4)]
    pub level: Level,
    /// In which situation.
    #[n(5)]
    pub ground: GroundId,
    /// In which way.
    #[n(6)]
    pub way: String,
    /// By which rules.
    #[n(7)]
    pub rules: PackName,
    /// The paper; none where the warning is given in an interview alone.
    #[n(8)]
    pub paper: Option<Paper>,
    /// The terms the rules leave to whoever issues.
    #[n(9)]
    pub terms: Vec<TermSet>,
    /// The outer file of the case this one carries up, if it does.
    #[n(10)]
    pub follows: Option<DocKey>,
}

/// One measure of rectification 整改措施.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Measure {
    /// What is done.
    #[n(0)]
    pub what: String,
    /// By whom.
    #[n(1)]
    pub who: String,
    /// Until when.
    #[n(2)]
    pub by: Day,
}

/// What whoever looked thinks should become of the warning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum Opinion {
    /// It can be lifted.
    #[n(0)]
    Lift,
    /// There is still something to do.
    #[n(1)]
    Continue,
    /// It should be carried up.
    #[n(2)]
    Escalate,
}

/// What people look at and settle. Source: domain §7, architecture §3, §6.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
pub enum Clash {
    /// Two acts of this file crossed.
    #[n(0)]
    Acts {
        /// The one that stands.
        #[n(0)]
        stands: EntryId,
        /// The other.
        #[n(1)]
        other: EntryId,
    },
    /// An act of this file contradicts the inner one, or what else is known at the deciding unit.
    #[n(1)]
    Files {
        /// The act.
        #[n(0)]
        entry: EntryId,
        /// Why it should not stand, or not any more.
        #[n(1)]
        why: Contradiction,
    },
}

/// Why an act of the outer file should not stand, or not any more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum Contradiction {
    /// Who acted had been recused.
    #[n(0)]
    Concerned,
    /// No register allotted the paper's number, or it was struck.
    #[n(1)]
    NumberNotAllotted,
    /// Nobody decided this warning.
    #[n(2)]
    NotDecided,
    /// The decision was taken back, or the matter handed over.
    #[n(3)]
    DecisionGone,
    /// A register says that another unit manages the subject.
    #[n(4)]
    NotManagedHere,
    /// An interviewer is not certified for the role named.
    #[n(5)]
    StandingNotCertified,
    /// Who answered the objection had decided.
    #[n(6)]
    DecidedIt,
    /// The inner file does not say this.
    #[n(7)]
    NotDeliberated,
}

/// An act of the outer file. `issue` names the `Issue` entry it is about, everywhere.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum OuterAct {
    /// 发出: the warning is given, signed by who decided.
    #[n(0)]
    Issue(#[n(0)] Box<Warning>),
    /// 作废: the paper is cancelled; its number stays, and another one can be given.
    #[n(1)]
    Cancel {
        /// The warning.
        #[n(0)]
        issue: EntryId,
        /// Why.
        #[n(1)]
        reason: String,
    },
    /// 送达: the handling body records that the paper was delivered.
    #[n(2)]
    Deliver {
        /// The warning.
        #[n(0)]
        issue: EntryId,
        /// When.
        #[n(1)]
        on: Day,
        /// How, and into whose hands.
        #[n(2)]
        how: String,
    },
    /// 签收: the subject confirms that it has the paper.
    #[n(3)]
    Receive {
        /// The warning.
        #[n(0)]
        issue: EntryId,
        /// When.
        #[n(1)]
        on: Day,
    },
    /// 约谈通知: calls to an interview.
    #[n(4)]
    Notice {
        /// The warning.
        #[n(0)]
        issue: EntryId,
        /// In the way's own form.
        #[n(1)]
        paper: Paper,
        /// When: seconds since 1970 UTC.
        #[n(2)]
        at_s: i64,
        /// Where.
        #[n(3)]
        place: String,
        /// Who interviews; the first is the main one 主谈人.
        #[n(4)]
        interviewers: Vec<Interviewer>,
    },
    /// 谈话记录: the interview took place.
    #[n(5)]
    Interview {
        /// The warning.
        #[n(0)]
        issue: EntryId,
        /// The notice; none where the rules call nobody in writing.
        #[n(1)]
        notice: Option<EntryId>,
        /// When.
        #[n(2)]
        on: Day,
        /// Who interviewed; the first is the main one.
        #[n(3)]
        interviewers: Vec<Interviewer>,
        /// What was said, with the names of who signed it.
        #[n(4)]
        record: String,
        /// The terms set in it.
        #[n(5)]
        terms: Vec<TermSet>,
    },
    /// 答复: the subject answers: an account, answers, measures, a report.
    #[n(6)]
    Answer {
        /// The warning.
        #[n(0)]
        issue: EntryId,
        /// What of what is owed this is.
        #[n(1)]
        what: Debt,
        /// What the subject says.
        #[n(2)]
        text: String,
        /// The measures, if it is about any.
        #[n(3)]
        measures: Vec<Measure>,
        /// What comes with it.
        #[n(4)]
        attachments: Vec<Attachment>,
    },
    /// Something that shows a measure was carried out.
    #[n(7)]
    Evidence {
        /// The warning.
        #[n(0)]
        issue: EntryId,
        /// What it shows.
        #[n(1)]
        text: String,
        /// What comes with it.
        #[n(2)]
        attachments: Vec<Attachment>,
    },
    /// The subject asks for more time.
    #[n(8)]
    AskExtension {
        /// The warning.
        #[n(0)]
        issue: EntryId,
        /// Why.
        #[n(1)]
        reason: String,
        /// How much.
        #[n(2)]
        by: Term,
    },
    /// 延期: more time is given, once.
    #[n(9)]
    Extend {
        /// The warning.
        #[n(0)]
        issue: EntryId,
        /// What was asked.
        #[n(1)]
        request: EntryId,
        /// How much is given.
        #[n(2)]
        by: Term,
        /// By this paper.
        #[n(3)]
        paper: Paper,
    },
    /// More time is not given.
    #[n(10)]
    RefuseExtension {
        /// The warning.
        #[n(0)]
        issue: EntryId,
        /// What was asked.
        #[n(1)]
        request: EntryId,
        /// Why.
        #[n(2)]
        reason: String,
    },
    /// The handling body accepts an answer.
    #[n(11)]
    Accept {
        /// The warning.
        #[n(0)]
        issue: EntryId,
        /// The answer.
        #[n(1)]
        answer: EntryId,
        /// Of what was shown: over the warning and the answer.
        #[n(2)]
        shown: Hash,
    },
    /// The handling body sends an answer back.
    #[n(12)]
    SendBack {
        /// The warning.
        #[n(0)]
        issue: EntryId,
        /// The answer.
        #[n(1)]
        answer: EntryId,
        /// What is missing.
        #[n(2)]
        reason: String,
    },
    /// 回访: the handling body looked, or checked.
    #[n(13)]
    Visit {
        /// The warning.
        #[n(0)]
        issue: EntryId,
        /// When.
        #[n(1)]
        on: Day,
        /// How: a report heard, papers read, a symposium; words of the pack.
        #[n(2)]
        means: Vec<String>,
        /// What was found.
        #[n(3)]
        findings: String,
        /// What should become of the warning.
        #[n(4)]
        opinion: Opinion,
    },
    /// 解除: the warning ends.
    #[n(14)]
    Lift {
        /// The warning.
        #[n(0)]
        issue: EntryId,
        /// The answer it ends on.
        #[n(1)]
        answer: EntryId,
        /// The visit or check it ends on, where the level asks for one.
        #[n(2)]
        visit: Option<EntryId>,
        /// Of what was shown: over the warning, the answer and, if there is one, the visit.
        #[n(3)]
        shown: Hash,
        /// Why it ends.
        #[n(4)]
        reason: String,
    },
    /// 撤销: who decided takes the warning back.
    #[n(15)]
    Withdraw {
        /// The warning.
        #[n(0)]
        issue: EntryId,
        /// Why.
        #[n(1)]
        reason: String,
    },
    /// 申诉: the subject objects.
    #[n(16)]
    Object {
        /// The warning.
        #[n(0)]
        issue: EntryId,
        /// To what, and why.
        #[n(1)]
        text: String,
    },
    /// The objection is answered.
    #[n(17)]
    Rule {
        /// The warning.
        #[n(0)]
        issue: EntryId,
        /// The objection.
        #[n(1)]
        objection: EntryId,
        /// What it comes to.
        #[n(2)]
        ruling: Ruling,
        /// Why.
        #[n(3)]
        reason: String,
    },
    /// 升级: the warning goes on as another one, or in organisational handling.
    #[n(18)]
    Escalate {
        /// The warning.
        #[n(0)]
        issue: EntryId,
        /// To what.
        #[n(1)]
        to: To,
        /// The condition that is met.
        #[n(2)]
        when: Condition,
        /// The inner file of the case it goes on in; none for organisational handling.
        #[n(3)]
        case: Option<DocKey>,
    },
    /// 移送: it was a lead. Only this fact stays.
    #[n(19)]
    Refer {
        /// The warning.
        #[n(0)]
        issue: EntryId,
    },
    /// 通报: somebody was told of the warning.
    #[n(20)]
    Tell {
        /// The warning.
        #[n(0)]
        issue: EntryId,
        /// Who.
        #[n(1)]
        who: BodyId,
        /// By this paper, if by one.
        #[n(2)]
        paper: Option<Paper>,
        /// When.
        #[n(3)]
        on: Day,
    },
    /// Another document that belongs here.
    #[n(21)]
    Link {
        /// The warning.
        #[n(0)]
        issue: EntryId,
        /// Which.
        #[n(1)]
        document: DocKey,
        /// What it has to do with the case.
        #[n(2)]
        note: String,
    },
    /// 处理并行: what crossed or contradicts was looked at, and this is what was made of it. It names no warning, since
    /// it can be done after its paper was cancelled.
    #[n(22)]
    Settle {
        /// What is settled.
        #[n(0)]
        clash: Clash,
        /// What was found and done about it.
        #[n(1)]
        findings: String,
    },
}

impl OuterAct {
    /// The paper that goes out with it.
    #[must_use]
    pub fn paper(&self) -> Option<&Paper> {
        match self {
            OuterAct::Issue(warning) => warning.paper.as_ref(),
            OuterAct::Notice { paper, .. } | OuterAct::Extend { paper, .. } => Some(paper),
            OuterAct::Tell { paper, .. } => paper.as_ref(),
            _ => None,
        }
    }

    /// What comes with it.
    #[must_use]
    pub fn attachments(&self) -> &[Attachment] {
        match self {
            OuterAct::Answer { attachments, .. } | OuterAct::Evidence { attachments, .. } => attachments,
            _ => &[],
        }
    }
}
