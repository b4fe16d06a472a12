//! What was written in an act, each text under the name of its field: what can be redacted of it, and what people read.

use fangwei_protocol::{
    record::body::{Act, Content},
    work::{
        attachment::Attachment,
        case::{
            act::{InnerAct, Meeting, OuterAct, Paper, Subject},
            deed::CaseDeed,
            series::SeriesAct,
        },
        report::{
            act::{Origin, ReportAct, TriageAct},
            table::ReportDeed,
        },
        sharing::{COPIED, ShareAct},
    },
};

/// A text and the name of its field.
pub(crate) type Named<'a> = (&'static str, &'a str);

/// What something said is called.
pub(super) fn deed(content: &Content) -> &'static str {
    let act = match content {
        Content::Edit(_) => return "edit",
        Content::Act(act) => act,
    };
    match act {
        Act::Certify(_) => "certify",
        Act::Endorse { .. } => "endorse",
        Act::NameHolder(_) => "name_holder",
        Act::NameUnits(_) => "name_units",
        Act::Revoke { .. } => "revoke",
        Act::Stand { .. } => "stand",
        Act::Redact { .. } => "redact",
        Act::ReplaceRoot { .. } => "replace_root",
        Act::Witnesses { .. } => "witnesses",
        Act::PublishCalendar(_) => "publish_calendar",
        Act::PackPart { .. } => "pack_part",
        Act::PublishPack(_) => "publish_pack",
        Act::Inner(act) => CaseDeed::of_inner(act).name(),
        Act::Outer(act) => CaseDeed::of_outer(act).name(),
        Act::Report(act) => ReportDeed::of_report(act).name(),
        Act::Triage(act) => ReportDeed::of_triage(act).name(),
        Act::Series(act) => match **act {
            SeriesAct::Allot { .. } => "allot",
            SeriesAct::Void { .. } => "strike",
        },
        Act::Share(act) => act.name(),
        Act::Cadre(act) => match **act {
            fangwei_protocol::work::cadre::CadreAct::Manage(_) => "manage_post",
            fangwei_protocol::work::cadre::CadreAct::Release(_) => "release_post",
        },
    }
}

/// The texts of an act of a procedure, in the order of its fields.
pub(crate) fn of_act(act: &Act) -> Vec<Named<'_>> {
    match act {
        Act::NameHolder(holder) => vec![("name", &holder.name)],
        Act::Inner(act) => of_inner(act),
        Act::Outer(act) => of_outer(act),
        Act::Report(act) => of_report(act),
        Act::Triage(act) => of_triage(act),
        Act::Series(act) => match &**act {
            SeriesAct::Allot { .. } => Vec::new(),
            SeriesAct::Void { reason, .. } => vec![("reason", reason)],
        },
        Act::Share(act) => of_share(act),
        _ => Vec::new(),
    }
}

fn of_inner(act: &InnerAct) -> Vec<Named<'_>> {
    match act {
        InnerAct::Propose(proposal) => {
            let post = of_subject(&proposal.subject);
            post.into_iter().chain([("reason", proposal.reason.as_str()), ("facts", &proposal.facts)]).collect()
        }
        InnerAct::Return { reason, .. }
        | InnerAct::Drop { reason, .. }
        | InnerAct::Recuse { reason, .. }
        | InnerAct::Refer { reason } => vec![("reason", reason)],
        InnerAct::Decide { meeting, .. } => of_meeting(meeting.as_ref()),
        InnerAct::Plan { outline, .. } => vec![("outline", outline)],
        InnerAct::Rescind { reason, meeting, .. } => {
            [("reason", reason.as_str())].into_iter().chain(of_meeting(meeting.as_ref())).collect()
        }
        InnerAct::Deliberate { findings, meeting, .. } => {
            [("findings", findings.as_str())].into_iter().chain(of_meeting(meeting.as_ref())).collect()
        }
        InnerAct::Escalate { findings, .. } | InnerAct::Settle { findings, .. } => vec![("findings", findings)],
        InnerAct::Link { note, .. } => vec![("note", note)],
    }
}

fn of_outer(act: &OuterAct) -> Vec<Named<'_>> {
    match act {
        OuterAct::Issue(warning) => {
            of_subject(&warning.subject).into_iter().chain(warning.paper.iter().map(of_paper)).collect()
        }
        OuterAct::Cancel { reason, .. }
        | OuterAct::AskExtension { reason, .. }
        | OuterAct::RefuseExtension { reason, .. }
        | OuterAct::SendBack { reason, .. }
        | OuterAct::Lift { reason, .. }
        | OuterAct::Withdraw { reason, .. }
        | OuterAct::Rule { reason, .. } => vec![("reason", reason)],
        OuterAct::Deliver { how, .. } => vec![("how", how)],
        OuterAct::Notice { paper, place, .. } => vec![of_paper(paper), ("place", place)],
        OuterAct::Interview { record, .. } => vec![("record", record)],
        OuterAct::Answer { text, measures, attachments, .. } => {
            let measures = measures.iter().flat_map(|one| [("measure", one.what.as_str()), ("who", one.who.as_str())]);
            [("text", text.as_str())].into_iter().chain(measures).chain(attachments.iter().map(of_attachment)).collect()
        }
        OuterAct::Evidence { text, attachments, .. } => {
            [("text", text.as_str())].into_iter().chain(attachments.iter().map(of_attachment)).collect()
        }
        OuterAct::Extend { paper, .. } => vec![of_paper(paper)],
        OuterAct::Visit { findings, means, .. } => {
            means.iter().map(|means| ("means", means.as_str())).chain([("findings", findings.as_str())]).collect()
        }
        OuterAct::Object { text, .. } => vec![("text", text)],
        OuterAct::Settle { findings, .. } => vec![("findings", findings)],
        OuterAct::Tell { paper, .. } => paper.iter().map(of_paper).collect(),
        OuterAct::Link { note, .. } => vec![("note", note)],
        OuterAct::Receive { .. } | OuterAct::Accept { .. } | OuterAct::Escalate { .. } | OuterAct::Refer { .. } => {
            Vec::new()
        }
    }
}

fn of_report(act: &ReportAct) -> Vec<Named<'_>> {
    match act {
        ReportAct::File(filed) => {
            let who = match &filed.origin {
                Origin::Named { who } => Some(("who", who.as_str())),
                _ => None,
            };
            let post = filed.concerned.iter().map(|concerned| ("post", concerned.post.as_str()));
            let texts = [("title", filed.title.as_str()), ("account", &filed.account), ("place", &filed.place)];
            who.into_iter().chain(post).chain(texts).chain(filed.attachments.iter().map(of_attachment)).collect()
        }
        ReportAct::AskBack { question, .. } => vec![("question", question)],
        ReportAct::Supplement { text, attachments, .. } => {
            [("text", text.as_str())].into_iter().chain(attachments.iter().map(of_attachment)).collect()
        }
        ReportAct::Withdraw { reason, .. } => vec![("reason", reason)],
        ReportAct::Reply { text, .. } => vec![("text", text)],
        ReportAct::Accept { .. } | ReportAct::PassOn { .. } => Vec::new(),
    }
}

fn of_triage(act: &TriageAct) -> Vec<Named<'_>> {
    match act {
        TriageAct::Open { concerned, .. } => {
            concerned.iter().map(|concerned| ("post", concerned.post.as_str())).collect()
        }
        TriageAct::Decide { reason, .. }
        | TriageAct::Reopen { reason, .. }
        | TriageAct::PassOn { reason, .. }
        | TriageAct::Recuse { reason, .. } => vec![("reason", reason)],
    }
}

fn of_share(act: &ShareAct) -> Vec<Named<'_>> {
    match act {
        ShareAct::Share(shared) => {
            let question = shared.question.iter().map(|question| ("question", question.as_str()));
            // A field of a newer version is read by people as what it is to us: a text.
            let known = |field: &str| COPIED.iter().find(|known| **known == field).copied().unwrap_or("text");
            let copied = shared.copied.iter().map(|copied| (known(&copied.field), copied.text.as_str()));
            let reason = [("reason", shared.reason.as_str())];
            [("digest", shared.digest.as_str())].into_iter().chain(copied).chain(reason).chain(question).collect()
        }
        ShareAct::Respond { text, .. } => vec![("text", text)],
        ShareAct::Close { reason, .. } => vec![("reason", reason)],
    }
}

fn of_subject(subject: &Subject) -> Option<Named<'_>> {
    subject.post().map(|post| ("post", post))
}

fn of_paper(paper: &Paper) -> Named<'_> {
    ("paper", &paper.text)
}

fn of_attachment(attachment: &Attachment) -> Named<'_> {
    ("attachment", &attachment.name)
}

fn of_meeting(meeting: Option<&Meeting>) -> Vec<Named<'_>> {
    let Some(meeting) = meeting else { return Vec::new() };
    let present = meeting.present.iter().map(|one| ("who", one.name.as_str()));
    present.chain([("meeting", meeting.outcome.as_str())]).collect()
}
