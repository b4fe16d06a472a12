//! Showing what would be signed before it is, and signing only what was shown.
//!
//! A deed is rehearsed: it goes its whole way, every rule is asked, and where it would be signed what it says is kept
//! instead. When the officer agrees it goes its way again, and whatever it would sign then must be, byte for byte, what
//! was kept; only the sixteen random bytes a body begins with are drawn when it is signed. What is drawn at random on
//! the way, the id of a new document or a receipt code, is drawn from one seed both times.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use fangwei_protocol::{
    record::{
        body::{Act, Body, Content},
        entry::{DocId, DocKey, EntryId, Hash, Kind, Scope},
    },
    records::LogIndex,
    replica::{Draft, WriteError, WriteRefusal},
    work::case::series::SeriesAct,
};

use super::{
    Code, Deed, Desk, DeskError, Done, Officer,
    facts::{self, Fact},
    shown::Showing,
    texts::deed,
};
use crate::{
    run::{Sight, Written, random},
    words::{self, Language},
};

/// What becomes of what is written.
#[derive(Clone, Default)]
pub(super) enum Signing {
    /// It is signed.
    #[default]
    AtOnce,
    /// It is kept to be shown.
    Rehearsed(Arc<Rehearsal>),
    /// It is signed if it is what was shown.
    AsShown(Arc<Agreed>),
}

/// A rehearsal going on.
pub(super) struct Rehearsal {
    draws: Draws,
    kept: Mutex<Vec<Statement>>,
}

/// What an officer agreed to, as it is signed one after another.
pub(super) struct Agreed {
    draws: Draws,
    statements: Vec<Statement>,
    next: Mutex<usize>,
}

/// Random bytes that come again.
struct Draws {
    seed: [u8; 32],
    drawn: AtomicU64,
}

/// One thing that would be said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Statement {
    /// In which document.
    pub document: DocKey,
    /// The body with sixteen zero bytes in the place of the random ones.
    pub body: Vec<u8>,
}

/// A deed that was rehearsed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rehearsed {
    seed: [u8; 32],
    /// What would be said, in order.
    pub statements: Vec<Statement>,
}

impl Draws {
    fn of(seed: [u8; 32]) -> Draws {
        Draws { seed, drawn: AtomicU64::new(0) }
    }

    fn draw(&self) -> Hash {
        let count = self.drawn.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        Hash::of_parts("fangwei rehearsal 1", [self.seed.as_slice(), count.as_slice()])
    }
}

impl Statement {
    fn of(draft: &Draft) -> Statement {
        let body = Body::new([0; 16], draft.content.clone()).bytes();
        Statement { document: draft.document.clone(), body }
    }

    /// What it says, read from its bytes.
    #[must_use]
    pub fn content(&self) -> Option<Content> {
        Body::parse(&self.body).ok().map(|body| body.content)
    }

    /// SHA-256 of the bytes.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&self.body)
    }
}

/// One thing that would be said, for people.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StatementShown {
    /// What it does.
    pub deed: String,
    /// Where it would stand.
    pub unit: String,
    /// What it says beside its texts, each with what that is called.
    pub facts: Vec<Fact>,
    /// Its texts, one line each.
    pub lines: Vec<String>,
    /// All of it, field by field, as a program reads the bytes.
    pub whole: String,
    /// SHA-256 of the bytes.
    pub hash: String,
    /// How many bytes.
    pub bytes: usize,
}

impl Desk {
    /// What a rehearsal would say, read from its bytes.
    ///
    /// # Errors
    ///
    /// [`Code::NodeStopped`], [`Code::StoreFailed`], [`Code::ListsFailed`].
    pub async fn shown(&self, rehearsed: &Rehearsed, language: Language) -> Result<Vec<StatementShown>, DeskError> {
        let names = self.fresh_view().await?.names();
        let statements = rehearsed.statements.clone();
        let read = self.node().core().read(move |sight| {
            let rules = sight.replica.rulebook(sight.store)?;
            let showing = Showing { sight, names: &names, language };
            let shown = statements.iter().filter_map(|statement| {
                let content = statement.content()?;
                let home = &statement.document.scope.home;
                Some(StatementShown {
                    deed: words::deed(language, deed(&content)),
                    unit: match names.unit(home) {
                        "" => home.to_string(),
                        name => format!("{name} {home}"),
                    },
                    facts: facts::of_content(&showing, &rules, &content),
                    lines: showing.lines(&content),
                    whole: format!("{content:#?}"),
                    hash: statement.hash().to_string(),
                    bytes: statement.body.len(),
                })
            });
            Ok::<_, DeskError>(shown.collect())
        });
        read.await?
    }

    /// What an officer would sign by a deed; nothing is signed. Nothing if the deed writes nothing.
    ///
    /// # Errors
    ///
    /// Those of the deed itself, as far as they can be known before.
    pub async fn rehearse(&self, officer: &Officer, deed: Deed, language: Language) -> Result<Rehearsed, DeskError> {
        let seed = random();
        let rehearsal = Arc::new(Rehearsal { draws: Draws::of(seed), kept: Mutex::default() });
        let desk = Desk { signing: Signing::Rehearsed(rehearsal.clone()), ..self.clone() };
        desk.perform(officer, deed, language).await?;
        let statements = std::mem::take(&mut *rehearsal.kept.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(Rehearsed { seed, statements })
    }

    /// Does a deed if it still says what was shown.
    ///
    /// # Errors
    ///
    /// [`Code::ChangedMeanwhile`] if it would say something else by now; nothing is signed then, but for a number that
    /// was allotted. Those of the deed.
    pub async fn perform_as_shown(
        &self,
        officer: &Officer,
        deed: Deed,
        shown: &Rehearsed,
        language: Language,
    ) -> Result<Done, DeskError> {
        let agreed =
            Agreed { draws: Draws::of(shown.seed), statements: shown.statements.clone(), next: Mutex::default() };
        let desk = Desk { signing: Signing::AsShown(Arc::new(agreed)), ..self.clone() };
        desk.perform(officer, deed, language).await
    }

    /// Signs and stores what `compose` drafts; in a rehearsal keeps what it is.
    pub(super) async fn write(
        &self,
        officer: &Officer,
        compose: impl FnOnce(&Sight<'_>) -> Result<Draft, WriteError> + Send + 'static,
    ) -> Result<Written, DeskError> {
        match &self.signing {
            Signing::AtOnce => Ok(self.node().core().write(officer.key.clone(), compose).await?),
            Signing::Rehearsed(rehearsal) => {
                let tried = self.node().core().read(move |sight| {
                    let draft = compose(sight)?;
                    let statement = Statement::of(&draft);
                    let checked = sight.replica.draft(sight.now, [0; 16], draft, sight.store);
                    match checked.map_err(DeskError::from) {
                        // Numbers are allotted once somebody agreed.
                        Err(error) if error.code != Code::NumberNotAllotted => Err(error),
                        _ => Ok(statement),
                    }
                });
                let statement = tried.await??;
                rehearsal.kept.lock().unwrap_or_else(PoisonError::into_inner).push(statement);
                Ok(Written { id: EntryId(Hash([0; 32])), at: LogIndex(0) })
            }
            Signing::AsShown(agreed) => {
                let (agreed, differs) = (agreed.clone(), Arc::new(AtomicBool::new(false)));
                let told = differs.clone();
                let written = self.node().core().write(officer.key.clone(), move |sight| {
                    let draft = compose(sight)?;
                    if is_allotment(&draft.content) || agreed.is_next(&Statement::of(&draft)) {
                        return Ok(draft);
                    }
                    told.store(true, Ordering::Relaxed);
                    // Nobody is told this one.
                    Err(WriteRefusal::NotInDocument { after: EntryId(Hash([0; 32])) }.into())
                });
                let written = written.await;
                if differs.load(Ordering::Relaxed) {
                    return Err(Code::ChangedMeanwhile.into());
                }
                Ok(written?)
            }
        }
    }

    /// Whether what is written is only shown.
    pub(super) fn is_rehearsing(&self) -> bool {
        matches!(self.signing, Signing::Rehearsed(_))
    }

    /// Random bytes: the same when a deed is done as when it was rehearsed.
    pub(super) fn draw<const N: usize>(&self) -> [u8; N] {
        let draws = match &self.signing {
            Signing::AtOnce => return random(),
            Signing::Rehearsed(rehearsal) => &rehearsal.draws,
            Signing::AsShown(agreed) => &agreed.draws,
        };
        let mut bytes = [0; N];
        for some in bytes.chunks_mut(32) {
            some.iter_mut().zip(draws.draw().as_slice()).for_each(|(to, from)| *to = *from);
        }
        bytes
    }

    /// A document nobody has yet.
    pub(super) fn new_document(&self, scope: Scope, kind: Kind) -> DocKey {
        DocKey { scope, kind, doc: DocId(self.draw()) }
    }
}

impl Agreed {
    /// Whether this is what comes next of what was agreed to.
    fn is_next(&self, statement: &Statement) -> bool {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let is_next = self.statements.get(*next) == Some(statement);
        *next += usize::from(is_next);
        is_next
    }
}

/// A number is allotted on the way to what was shown with it.
fn is_allotment(content: &Content) -> bool {
    matches!(content, Content::Act(Act::Series(act)) if matches!(**act, SeriesAct::Allot { .. }))
}
