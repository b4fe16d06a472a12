//! Doing: one file a noun. Each verb asks the node and hands what it learned to [`crate::report`].

pub mod access;
pub mod attachment;
pub mod audit;
pub mod calendar;
pub mod case;
pub mod ceremony;
pub mod certificate;
pub mod demo;
pub mod duty;
pub mod evidence;
pub mod explain;
pub mod init;
pub mod join;
pub mod node;
pub mod officer;
pub mod pack;
pub mod pages;
pub mod paper;
pub mod post;
pub mod redacting;
pub mod report;
pub mod revoking;
pub mod risk;
pub mod root;
pub mod run;
pub mod sharing;
pub mod sync;
pub mod token;
pub mod triage;
pub mod unit;

use fangwei_node::api::shape::Written;

use crate::{
    args::{self, Verb},
    complaint::{Complaint, Exit},
    errand::Errand,
};

/// What a verb comes to.
pub type Done = Result<Exit, Complaint>;

/// Does the verb.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand, verb: Verb) -> Done {
    match verb {
        Verb::Init(asked) => init::run(errand, asked).await,
        Verb::Unit(asked) => unit::run(errand, asked).await,
        Verb::Pack(asked) => pack::run(errand, asked).await,
        Verb::Calendar(asked) => calendar::run(errand, asked).await,
        Verb::Token(args::TokenVerb::Create(asked)) => token::create(errand, asked).await,
        Verb::Join(asked) => join::run(errand, asked).await,
        Verb::Access(asked) => access::run(errand, asked).await,
        Verb::Pages(asked) => pages::run(errand, asked),
        Verb::Run(asked) => run::run(errand, asked).await,
        Verb::Officer(asked) => officer::run(errand, asked).await,
        Verb::Node(asked) => node::run(errand, asked).await,
        Verb::Endorse { id, yes } => officer::endorse(errand, &id, yes).await,
        Verb::Redact(asked) => redacting::run(errand, asked).await,
        Verb::Stand(asked) => revoking::stand(errand, &asked).await,
        Verb::Root(asked) => root::run(errand, asked).await,
        Verb::Explain(asked) => explain::run(errand, asked),
        Verb::Report(asked) => report::run(errand, asked).await,
        Verb::Triage(asked) => triage::run(errand, asked).await,
        Verb::Sharing(asked) => sharing::run(errand, asked).await,
        Verb::Paper(asked) => paper::run(errand, asked).await,
        Verb::Post(asked) => post::run(errand, asked).await,
        Verb::Risk(asked) => risk::run(errand, asked).await,
        Verb::Case(asked) => case::run(errand, asked).await,
        Verb::Duty(asked) => duty::run(errand, asked).await,
        Verb::Sync(asked) => sync::run(errand, asked).await,
        Verb::Verify(asked) => audit::verify(errand, asked).await,
        Verb::Attachment(args::AttachmentVerb::Save(asked)) => attachment::save(errand, asked).await,
        Verb::Evidence(asked) => evidence::run(errand, asked).await,
        Verb::Audit(asked) => audit::run(errand, asked).await,
        Verb::Rebuild => node::rebuild(errand).await,
        Verb::Scrub => node::scrub(errand).await,
        Verb::Status => node::status(errand).await,
        Verb::Demo(asked) => demo::run(errand, asked).await,
        Verb::Completions { shell } => {
            errand.voice.print(&String::from_utf8_lossy(&args::completions(shell)))?;
            Ok(Exit::Yes)
        }
    }
}

/// Something was written: its id on standard output, so that the next verb can take it from there.
fn written(errand: &mut Errand, what: &'static str, written: &Written) -> Done {
    let key = errand.voice.words().say(what, &[]);
    errand.voice.note("saved", &[("what", key.into()), ("id", written.short.clone().into())]);
    errand.voice.data(written, |written, _| written.short.clone())?;
    Ok(Exit::Yes)
}
