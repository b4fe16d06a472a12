//! What chance seldom brings about: a thief's entries amid honest ones, an endorser who is revoked, two heirs of one root.

use fangwei_protocol::{
    record::{
        body::{Act, Content, RevokeReason},
        entry::{DocId, DocKey, EntryId, Hash, Kind, Reach, Scope, Shelf},
    },
    trust::{charter::Role, key::KeyPair},
};
use rand::RngExt;

use crate::{
    Author, Tree,
    acts::{self, at_the_root},
    drafts::{certified, pick, right},
};

/// Tells all of them, as far as there is anybody to tell them of.
pub(crate) fn tell(tree: &mut Tree) {
    for _ in 0..12 {
        stolen_key(tree);
    }
    for _ in 0..4 {
        revoked_endorser(tree);
        one_person_twice(tree);
    }
    if tree.rng.random_bool(0.5) {
        two_heirs(tree);
    }
    witnesses(tree);
    node(tree);
}

/// Somebody who may decide over others and is not struck.
fn judge(tree: &mut Tree) -> Option<Author> {
    let stands = |one: &&Author| {
        let charter = tree.replica.charter();
        let in_force = charter.is_in_force(&one.certificate) && charter.dead(&one.certificate).is_none();
        let alone = charter.root_set_of(&one.certificate).is_none_or(|set| set.threshold == 1);
        (one.said.has(Role::SECRETARY) || one.said.has(Role(11))) && one.said.unit.depth() == 1 && in_force && alone
    };
    let judges: Vec<Author> = tree.authors.iter().filter(stands).cloned().collect();
    (!judges.is_empty()).then(|| pick(tree, &judges))
}

fn revoke(tree: &mut Tree, by: &Author, subject: EntryId) -> Option<EntryId> {
    let document = tree.replica.charter().certificate(&subject)?.document.clone();
    let act = Act::Revoke { subject, reason: RevokeReason::STOLEN };
    right(tree, by, Kind::CERTIFICATE, Content::Act(act), Some(document))
}

/// A key is stolen; somebody stands for some of what it signed, skipping, overlapping, backwards.
fn stolen_key(tree: &mut Tree) -> Option<()> {
    let lives = |author: &EntryId| {
        let charter = tree.replica.charter();
        charter.dead(author).is_none() && charter.certificate(author).is_some_and(|c| c.issuer.is_some())
    };
    let feeds = tree.feeds.iter().filter(|((_, author), feed)| feed.len() >= 4 && lives(author));
    let feeds: Vec<_> = feeds.map(|(place, feed)| (place.clone(), feed.clone())).collect();
    let ((scope, author), feed) = (!feeds.is_empty()).then(|| pick(tree, &feeds))?;
    let by = judge(tree)?;
    revoke(tree, &by, author)?;
    for _ in 0..3 {
        let [first, last] = [(); 2].map(|()| tree.held[feed[tree.rng.random_range(0..feed.len())]].0);
        let by = judge(tree)?;
        let document = DocKey { scope: scope.clone(), kind: Kind::STAND, doc: DocId(tree.rng.random()) };
        let act = Act::Stand { author, first, last };
        let id = right(tree, &by, Kind::STAND, Content::Act(act), Some(document.clone()));
        tree.spoken.extend(id.map(|id| (id, document)));
    }
    Some(())
}

/// A secretary endorses, and is revoked.
fn revoked_endorser(tree: &mut Tree) -> Option<()> {
    let is_secretary = |one: &&Author| {
        let charter = tree.replica.charter();
        let certified = charter.complete(&one.certificate);
        certified.is_some_and(|c| c.issuer.is_some() && c.certificate.has(Role::SECRETARY))
            && charter.dead(&one.certificate).is_none()
    };
    let secretaries: Vec<Author> = tree.authors.iter().filter(is_secretary).cloned().collect();
    let secretary = (!secretaries.is_empty()).then(|| pick(tree, &secretaries))?;
    let administrator = tree.authors[0].clone();
    let (key, mut said) = certified(tree, &administrator, None);
    (said.roles, said.may_issue, said.rank) = (vec![Role::ANALYST], None, secretary.said.rank.saturating_add(50));
    said.unit = secretary.said.unit.clone();
    said.holder = [tree.rng.random(); 16].into();
    let (certificate, document) = issue(tree, &administrator, said.clone())?;
    let act = Act::Endorse { subject: certificate };
    right(tree, &secretary, Kind::CERTIFICATE, Content::Act(act), Some(document))?;
    let analyst = Author { certificate, key, said };
    right(tree, &analyst, Kind::REPORT, Content::Edit(Vec::new()), None)?;
    let by = judge(tree)?;
    revoke(tree, &by, secretary.certificate)?;
    tree.authors.push(analyst);
    Some(())
}

/// A secretary gets a second certificate and endorses it, which nobody can do for themselves.
fn one_person_twice(tree: &mut Tree) -> Option<()> {
    let (administrator, secretary) = (tree.authors[0].clone(), tree.authors[1].clone());
    let (key, mut said) = certified(tree, &administrator, None);
    (said.roles, said.may_issue, said.holder) = (vec![Role::ANALYST], None, secretary.said.holder);
    let (certificate, document) = issue(tree, &administrator, said.clone())?;
    let act = Act::Endorse { subject: certificate };
    right(tree, &secretary, Kind::CERTIFICATE, Content::Act(act), Some(document))?;
    let twice = Author { certificate, key, said };
    right(tree, &twice, Kind::REPORT, Content::Edit(Vec::new()), None).is_none().then_some(())
}

fn issue(
    tree: &mut Tree,
    by: &Author,
    said: fangwei_protocol::trust::charter::Certificate,
) -> Option<(EntryId, DocKey)> {
    let scope = Scope { home: said.unit.clone(), reach: Reach::DOWN, shelf: Shelf::CHARTER };
    let document = DocKey { scope, kind: Kind::CERTIFICATE, doc: DocId(tree.rng.random()) };
    let content = Content::Act(Act::Certify(Box::new(said)));
    Some((right(tree, by, Kind::CERTIFICATE, content, Some(document.clone()))?, document))
}

/// The root names witnesses.
fn witnesses(tree: &mut Tree) -> Option<()> {
    let keys = root_keys(tree);
    let document = at_the_root(tree, Kind::WITNESSES);
    let act = acts::witnesses(tree);
    let subject = right(tree, keys.first()?, Kind::WITNESSES, Content::Act(act), Some(document.clone()))?;
    for by in keys.iter().skip(1) {
        right(tree, by, Kind::WITNESSES, Content::Act(Act::Endorse { subject }), Some(document.clone()));
    }
    Some(())
}

/// A node is certified, so that somebody gives receipts.
fn node(tree: &mut Tree) -> Option<()> {
    let administrator = tree.authors[0].clone();
    let (key, mut said) = certified(tree, &administrator, None);
    (said.roles, said.may_issue) = (vec![Role::NODE], None);
    let (certificate, _) = issue(tree, &administrator, said.clone())?;
    tree.authors.push(Author { certificate, key, said });
    Some(())
}

fn root_keys(tree: &Tree) -> Vec<Author> {
    let root = tree.replica.charter().root();
    let is_of_it = |one: &&Author| root.certificate_of(&one.key.public()) == Some(one.certificate);
    tree.authors.iter().filter(is_of_it).cloned().collect()
}

/// The root is handed over twice by the same keys: the one with the smaller id is the heir.
fn two_heirs(tree: &mut Tree) -> Option<()> {
    let keys = root_keys(tree);
    for _ in 0..2 {
        let successors: Vec<KeyPair> = (0..2).map(|_| KeyPair::from_seed(&tree.rng.random())).collect();
        let document = at_the_root(tree, Kind::ROOT);
        let act = Act::ReplaceRoot { keys: successors.iter().map(KeyPair::public).collect(), threshold: 1 };
        let subject = right(tree, keys.first()?, Kind::ROOT, Content::Act(act), Some(document.clone()))?;
        let heirs = acts::of_root(tree, Hash(subject.0.0), successors, 1);
        for by in keys.iter().skip(1).chain(&heirs) {
            right(tree, by, Kind::ROOT, Content::Act(Act::Endorse { subject }), Some(document.clone()));
        }
        tree.authors.extend(heirs);
    }
    Some(())
}
