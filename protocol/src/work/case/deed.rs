//! What acts do in a case: the names the table, authority and people use for them.

use super::act::{InnerAct, OuterAct, Ruling};

/// What an act does in a case. Of one sort of act two deeds are made where its outcome leads elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum CaseDeed {
    /// Proposes a warning.
    Propose,
    /// Sends the proposal back.
    Return,
    /// Takes the proposal back.
    Drop,
    /// Somebody is concerned.
    Recuse,
    /// Decides for the proposal.
    Approve,
    /// Decides against it.
    Dismiss,
    /// Plans the interview.
    Plan,
    /// Takes the decision back.
    Rescind,
    /// Hands the matter over as a lead.
    ReferProposal,
    /// Looks into the objection.
    Deliberate,
    /// Carries the case up.
    Raise,
    /// Names another document in the inner file.
    Note,
    /// Settles what crossed in the inner file.
    SettleInner,
    /// Gives the warning.
    Issue,
    /// Cancels the paper.
    Cancel,
    /// Records the delivery.
    Deliver,
    /// Confirms the receipt.
    Receive,
    /// Calls to an interview.
    Notice,
    /// Records the interview.
    Interview,
    /// Answers.
    Answer,
    /// Shows that a measure was carried out.
    Evidence,
    /// Asks for more time.
    AskExtension,
    /// Gives more time.
    Extend,
    /// Gives no more time.
    RefuseExtension,
    /// Accepts an answer.
    Accept,
    /// Sends an answer back.
    SendBack,
    /// Visits or checks.
    Visit,
    /// Ends the warning.
    Lift,
    /// Takes the warning back.
    Withdraw,
    /// Objects.
    Object,
    /// Upholds the objection.
    Uphold,
    /// Rejects the objection.
    Reject,
    /// Says that the warning goes on elsewhere.
    Escalate,
    /// Says that it was a lead.
    Refer,
    /// Records who was told.
    Tell,
    /// Names another document in the outer file.
    Link,
    /// Settles what crossed in the outer file, or contradicts the inner one.
    Settle,
}

use CaseDeed as Do;

impl CaseDeed {
    /// Every deed, those of the inner file first.
    pub const ALL: &[CaseDeed] = &[
        Do::Propose,
        Do::Return,
        Do::Drop,
        Do::Recuse,
        Do::Approve,
        Do::Dismiss,
        Do::Plan,
        Do::Rescind,
        Do::ReferProposal,
        Do::Deliberate,
        Do::Raise,
        Do::Note,
        Do::SettleInner,
        Do::Issue,
        Do::Cancel,
        Do::Deliver,
        Do::Receive,
        Do::Notice,
        Do::Interview,
        Do::Answer,
        Do::Evidence,
        Do::AskExtension,
        Do::Extend,
        Do::RefuseExtension,
        Do::Accept,
        Do::SendBack,
        Do::Visit,
        Do::Lift,
        Do::Withdraw,
        Do::Object,
        Do::Uphold,
        Do::Reject,
        Do::Escalate,
        Do::Refer,
        Do::Tell,
        Do::Link,
        Do::Settle,
    ];

    /// Whether it is done in the inner file.
    #[must_use]
    pub fn is_inner(self) -> bool {
        self < Do::Issue
    }

    /// Whether the subject does it: all else in the outer file is done for the unit that warns.
    #[must_use]
    pub fn is_of_subject(self) -> bool {
        matches!(self, Do::Receive | Do::Answer | Do::Evidence | Do::AskExtension | Do::Object)
    }

    /// What an act of the inner file does.
    #[must_use]
    pub fn of_inner(act: &InnerAct) -> CaseDeed {
        match act {
            InnerAct::Propose(_) => Do::Propose,
            InnerAct::Return { .. } => Do::Return,
            InnerAct::Drop { .. } => Do::Drop,
            InnerAct::Recuse { .. } => Do::Recuse,
            InnerAct::Decide { is_approved: true, .. } => Do::Approve,
            InnerAct::Decide { is_approved: false, .. } => Do::Dismiss,
            InnerAct::Plan { .. } => Do::Plan,
            InnerAct::Rescind { .. } => Do::Rescind,
            InnerAct::Refer { .. } => Do::ReferProposal,
            InnerAct::Deliberate { .. } => Do::Deliberate,
            InnerAct::Escalate { .. } => Do::Raise,
            InnerAct::Link { .. } => Do::Note,
            InnerAct::Settle { .. } => Do::SettleInner,
        }
    }

    /// What an act of the outer file does.
    #[must_use]
    pub fn of_outer(act: &OuterAct) -> CaseDeed {
        match act {
            OuterAct::Issue(_) => Do::Issue,
            OuterAct::Cancel { .. } => Do::Cancel,
            OuterAct::Deliver { .. } => Do::Deliver,
            OuterAct::Receive { .. } => Do::Receive,
            OuterAct::Notice { .. } => Do::Notice,
            OuterAct::Interview { .. } => Do::Interview,
            OuterAct::Answer { .. } => Do::Answer,
            OuterAct::Evidence { .. } => Do::Evidence,
            OuterAct::AskExtension { .. } => Do::AskExtension,
            OuterAct::Extend { .. } => Do::Extend,
            OuterAct::RefuseExtension { .. } => Do::RefuseExtension,
            OuterAct::Accept { .. } => Do::Accept,
            OuterAct::SendBack { .. } => Do::SendBack,
            OuterAct::Visit { .. } => Do::Visit,
            OuterAct::Lift { .. } => Do::Lift,
            OuterAct::Withdraw { .. } => Do::Withdraw,
            OuterAct::Object { .. } => Do::Object,
            OuterAct::Rule { ruling: Ruling::Upheld, .. } => Do::Uphold,
            OuterAct::Rule { ruling: Ruling::Rejected, .. } => Do::Reject,
            OuterAct::Escalate { .. } => Do::Escalate,
            OuterAct::Refer { .. } => Do::Refer,
            OuterAct::Tell { .. } => Do::Tell,
            OuterAct::Link { .. } => Do::Link,
            OuterAct::Settle { .. } => Do::Settle,
        }
    }

    /// Its name in the API and in text keys.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Do::Propose => "propose",
            Do::Return => "return",
            Do::Drop => "drop",
            Do::Recuse => "recuse",
            Do::Approve => "approve",
            Do::Dismiss => "dismiss",
            Do::Plan => "plan",
            Do::Rescind => "rescind",
            Do::ReferProposal => "refer_proposal",
            Do::Deliberate => "deliberate",
            Do::Raise => "raise",
            Do::Note => "note",
            Do::SettleInner => "settle_inner",
            Do::Issue => "issue",
            Do::Cancel => "cancel",
            Do::Deliver => "deliver",
            Do::Receive => "receive",
            Do::Notice => "notice",
            Do::Interview => "interview",
            Do::Answer => "answer",
            Do::Evidence => "evidence",
            Do::AskExtension => "ask_extension",
            Do::Extend => "extend",
            Do::RefuseExtension => "refuse_extension",
            Do::Accept => "accept",
            Do::SendBack => "send_back",
            Do::Visit => "visit",
            Do::Lift => "lift",
            Do::Withdraw => "withdraw",
            Do::Object => "object",
            Do::Uphold => "uphold",
            Do::Reject => "reject",
            Do::Escalate => "escalate",
            Do::Refer => "refer",
            Do::Tell => "tell",
            Do::Link => "link",
            Do::Settle => "settle",
        }
    }
}
