//! What people wrote in an act: what can be redacted of it, in its order. Ids of the pack, names of entries, numbers and
//! days stay, so that a redacted act does the same in the fold as before.

use super::{InnerAct, Measure, Meeting, OuterAct, Paper, Subject};
use crate::work::attachment::Attachment;

impl InnerAct {
    /// The texts of it, in order.
    pub fn texts(&mut self) -> Vec<&mut String> {
        match self {
            InnerAct::Propose(proposal) => {
                let post = post(&mut proposal.subject);
                post.into_iter().chain([&mut proposal.reason, &mut proposal.facts]).collect()
            }
            InnerAct::Return { reason, .. }
            | InnerAct::Drop { reason, .. }
            | InnerAct::Recuse { reason, .. }
            | InnerAct::Refer { reason } => vec![reason],
            InnerAct::Decide { meeting, .. } => meeting.iter_mut().flat_map(minutes).collect(),
            InnerAct::Plan { outline, .. } => vec![outline],
            InnerAct::Rescind { reason, meeting, .. } => {
                [reason].into_iter().chain(meeting.iter_mut().flat_map(minutes)).collect()
            }
            InnerAct::Deliberate { findings, meeting, .. } => {
                [findings].into_iter().chain(meeting.iter_mut().flat_map(minutes)).collect()
            }
            InnerAct::Escalate { findings, .. } | InnerAct::Settle { findings, .. } => vec![findings],
            InnerAct::Link { note, .. } => vec![note],
        }
    }
}

impl OuterAct {
    /// The texts of it, in order.
    pub fn texts(&mut self) -> Vec<&mut String> {
        match self {
            OuterAct::Issue(warning) => {
                let post = post(&mut warning.subject);
                post.into_iter().chain(warning.paper.iter_mut().map(said)).collect()
            }
            OuterAct::Cancel { reason, .. }
            | OuterAct::AskExtension { reason, .. }
            | OuterAct::RefuseExtension { reason, .. }
            | OuterAct::SendBack { reason, .. }
            | OuterAct::Lift { reason, .. }
            | OuterAct::Withdraw { reason, .. }
            | OuterAct::Rule { reason, .. } => vec![reason],
            OuterAct::Deliver { how, .. } => vec![how],
            OuterAct::Notice { paper, place, .. } => vec![said(paper), place],
            OuterAct::Interview { record, .. } => vec![record],
            OuterAct::Answer { text, measures, attachments, .. } => {
                let measures = measures.iter_mut().flat_map(|Measure { what, who, .. }| [what, who]);
                [text].into_iter().chain(measures).chain(attachments.iter_mut().map(name)).collect()
            }
            OuterAct::Evidence { text, attachments, .. } => {
                [text].into_iter().chain(attachments.iter_mut().map(name)).collect()
            }
            OuterAct::Extend { paper, .. } => vec![said(paper)],
            OuterAct::Visit { findings, .. } | OuterAct::Settle { findings, .. } => vec![findings],
            OuterAct::Object { text, .. } => vec![text],
            OuterAct::Tell { paper, .. } => paper.iter_mut().map(said).collect(),
            OuterAct::Link { note, .. } => vec![note],
            OuterAct::Receive { .. } | OuterAct::Accept { .. } | OuterAct::Escalate { .. } | OuterAct::Refer { .. } => {
                Vec::new()
            }
        }
    }
}

fn post(subject: &mut Subject) -> Option<&mut String> {
    match subject {
        Subject::Person { post, .. } => Some(post),
        Subject::LeadingGroup { .. } | Subject::Unit { .. } => None,
    }
}

fn minutes(meeting: &mut Meeting) -> impl Iterator<Item = &mut String> {
    meeting.present.iter_mut().map(|present| &mut present.name).chain([&mut meeting.outcome])
}

fn said(paper: &mut Paper) -> &mut String {
    &mut paper.text
}

fn name(attachment: &mut Attachment) -> &mut String {
    &mut attachment.name
}
