//! Acts about other entries: revoking, standing, redacting, endorsing, handing the root over, naming witnesses, and
//! publishing; by those who may and by those who may not.

use std::sync::Arc;

use fangwei_protocol::{
    limits::PACK_PART_BYTES_MAX,
    record::{
        body::{Act, Content, Publication, RevokeReason, Step, Value, Witness},
        entry::{DocId, DocKey, EntryId, Hash, Kind, Reach, Scope, Shelf},
    },
    trust::{
        charter::{HolderName, Role},
        key::KeyPair,
        redaction::shape,
        root::RootSet,
    },
    work::calendar::{Day, Holiday, Year},
};
use rand::RngExt;

use crate::{Author, Tree, drafts::pick};

/// What is said, by whom, and where.
pub(crate) struct Said {
    pub(crate) author: Author,
    pub(crate) kind: Kind,
    pub(crate) act: Act,
    pub(crate) document: DocKey,
    /// The keys of a root that would be handed over to.
    pub(crate) successors: Vec<KeyPair>,
}

/// Such an act, or `None` if there is nothing yet that it could be about.
pub(crate) fn about_another(tree: &mut Tree) -> Option<Said> {
    // In some trees the root is fought over.
    let what =
        tree.rng.random_range(0..100) + if tree.seed.is_multiple_of(4) && tree.rng.random_bool(0.3) { 26 } else { 0 };
    let roots: Vec<Author> = of(tree, |one| one.said.has(Role(11)));
    let judges = of(tree, |one| [6, 9, 11].iter().any(|role| one.said.has(Role(*role))));
    let deciders = of(tree, |one| [5, 6, 7].iter().any(|role| one.said.has(Role(*role))));
    let publishers = of(tree, |one| [6, 9].iter().any(|role| one.said.has(Role(*role))));
    let secretaries: Vec<Author> = of(tree, |one| one.said.has(Role::SECRETARY));
    let everybody = tree.authors.clone();
    // Now and then by somebody who may not.
    let strays = tree.rng.random_bool(0.1);
    let by = |tree: &mut Tree, some: &[Author]| match some {
        some if strays || some.is_empty() => pick(tree, &everybody),
        some => pick(tree, some),
    };
    match what {
        0..=9 => {
            let author = by(tree, &judges);
            revoke(tree, author)
        }
        10..=44 => {
            let author = by(tree, &judges);
            stand(tree, author)
        }
        45..=49 => {
            let author = by(tree, &publishers);
            let act = Act::PublishCalendar(Box::new(year(tree)));
            let mut document = at_the_root(tree, Kind::CALENDAR);
            // Now and then where its author stands, which is often not the root.
            if tree.rng.random_bool(0.3) {
                document.scope.home = author.said.unit.clone();
            }
            Some(Said { author, kind: Kind::CALENDAR, act, document, successors: Vec::new() })
        }
        50..=53 => {
            let author = by(tree, &secretaries);
            let act = pack(tree);
            let mut document = at_the_root(tree, Kind::PACK);
            // Mostly where its author stands, now and then above.
            if tree.rng.random_bool(0.7) {
                document.scope.home = author.said.unit.clone();
            }
            Some(Said { author, kind: Kind::PACK, act, document, successors: Vec::new() })
        }
        54..=69 => {
            let author = by(tree, &deciders);
            redact(tree, author)
        }
        70..=94 => {
            let wanted =
                pick(tree, &[Kind::ROOT, Kind::ROOT, Kind::REDACTION, Kind::REDACTION, Kind::REDACTION, Kind::STAND]);
            let said: Vec<_> = tree.spoken.iter().filter(|(_, document)| document.kind == wanted).cloned().collect();
            let (subject, document) = if said.is_empty() { return None } else { pick(tree, &said) };
            let some = if document.kind == Kind::REDACTION { &deciders } else { &roots };
            let author = by(tree, some);
            Some(Said { author, kind: document.kind, act: Act::Endorse { subject }, document, successors: Vec::new() })
        }
        95..=96 | 98..=119 => {
            let author = by(tree, &roots);
            let successors: Vec<KeyPair> = (0..2).map(|_| KeyPair::from_seed(&tree.rng.random())).collect();
            let keys = successors.iter().map(KeyPair::public).collect();
            let threshold = tree.rng.random_range(0..=3);
            let document = at_the_root(tree, Kind::ROOT);
            let act = Act::ReplaceRoot { keys, threshold };
            Some(Said { author, kind: Kind::ROOT, act, document, successors })
        }
        _ => {
            let author = by(tree, &roots);
            let act = witnesses(tree);
            let document = at_the_root(tree, Kind::WITNESSES);
            Some(Said { author, kind: Kind::WITNESSES, act, document, successors: Vec::new() })
        }
    }
}

/// The keys a replacement would hand over to, as authors.
pub(crate) fn of_root(tree: &Tree, origin: Hash, keys: Vec<KeyPair>, threshold: u8) -> Vec<Author> {
    let set = RootSet { origin, keys: keys.iter().map(KeyPair::public).collect(), threshold };
    let authors = keys.into_iter().zip(0..).filter_map(|(key, number)| {
        let certificate = set.certificate_id(number);
        let said = tree.replica.charter().certificate(&certificate)?.certificate.clone();
        Some(Author { certificate, key: Arc::new(key), said })
    });
    authors.collect()
}

fn of(tree: &Tree, may: impl Fn(&Author) -> bool) -> Vec<Author> {
    tree.authors.iter().filter(|one| may(one)).cloned().collect()
}

pub(crate) fn at_the_root(tree: &mut Tree, kind: Kind) -> DocKey {
    let scope = Scope { home: tree.genesis.root.clone(), reach: Reach::DOWN, shelf: Shelf::CHARTER };
    DocKey { scope, kind, doc: DocId(tree.rng.random()) }
}

/// Names one or two.
pub(crate) fn witnesses(tree: &mut Tree) -> Act {
    let mut members = Vec::new();
    for name in ["市审计局", "县 档案馆"].into_iter().take(tree.rng.random_range(1..=2)) {
        let key = KeyPair::from_seed(&tree.rng.random());
        let witness = Witness { name: name.into(), key: key.public(), outside: name == "市审计局" };
        members.push(witness.clone());
        tree.witnesses.push((witness, key));
    }
    Act::Witnesses { threshold: tree.rng.random_range(0..=2), members }
}

/// A year that can be used, or one with something wrong in it.
fn year(tree: &mut Tree) -> Year {
    let (year, at) =
        (tree.rng.random_range(2027..=2029), |year: u16, rest: &str| format!("{year}-{rest}").parse().unwrap());
    let off = |rest: &str| Holiday { day: at(year, rest), name: "元旦".into() };
    let saturday = ["01-02", "01-08", "01-06"][usize::from(year - 2027)];
    let mut good = Year {
        year,
        version: tree.rng.random_range(1..=3),
        applies: at(year, "01-01"),
        holidays: vec![off("01-01"), off("01-03")],
        make_up: vec![at(year, saturday)],
    };
    match tree.rng.random_range(0..20) {
        0 => good.version = 0,
        1 => good.applies = at(year + 1, "01-01"),
        2 => good.holidays.push(off("01-03")),
        3 => good.holidays.push(off(saturday)),
        4 => good.holidays.clear(),
        5 => good.make_up = vec![at(year, "06-09"), at(year, "06-10"), at(year, "06-11")],
        6 => good.holidays[0].name = " ".into(),
        7 => good.make_up.push(at(year, "12-31")),
        8 => good.year = 1969,
        9 => good.holidays.push(Holiday { day: at(year - 1, "12-31"), name: "元旦".into() }),
        10 => good.make_up = vec![at(year, saturday); 129],
        _ => {}
    }
    good
}

/// A part of a pack or a publication, or one with something wrong in it.
fn pack(tree: &mut Tree) -> Act {
    if tree.rng.random_bool(0.4) {
        let sizes = [0, 1, 40, 200, PACK_PART_BYTES_MAX, PACK_PART_BYTES_MAX + 1];
        let size = sizes[tree.rng.random_range(0..sizes.len())];
        return Act::PackPart { bytes: vec![7; size].into() };
    }
    let days = [Day::MIN, Day::MAX];
    let ids = ["township", "bureau_2", "", "Bureau", "a.b", "镇"];
    let parts = (0..tree.rng.random_range(0..=17)).map(|n: u8| EntryId(Hash([n; 32]))).collect();
    let mut publication = Publication {
        id: "county".into(),
        version: 1,
        applies_from: "2026-09-01".parse().unwrap(),
        parts,
        hash: Hash(tree.rng.random()),
    };
    match tree.rng.random_range(0..6) {
        0 => publication.version = 0,
        1 => publication.applies_from = days[tree.rng.random_range(0..days.len())],
        2 => publication.id = ids[tree.rng.random_range(0..ids.len())].into(),
        3 => publication.id = "a".repeat(tree.rng.random_range(63..=66)),
        4 => publication.parts = vec![EntryId(Hash([1; 32])); 2],
        _ => {}
    }
    Act::PublishPack(Box::new(publication))
}

fn revoke(tree: &mut Tree, author: Author) -> Option<Said> {
    // Founders and root keys are spared for most of the time: without them nothing would be left.
    let is_later =
        |one: &&Author| tree.replica.charter().certificate(&one.certificate).is_some_and(|c| c.issuer.is_some());
    let later: Vec<Author> = tree.authors.iter().filter(is_later).cloned().collect();
    let subjects = if later.is_empty() || tree.rng.random_bool(0.03) { tree.authors.clone() } else { later };
    let subject = pick(tree, &subjects).certificate;
    let mut document = tree.replica.charter().certificate(&subject)?.document.clone();
    if tree.rng.random_bool(0.1) {
        document.doc = DocId(tree.rng.random());
    }
    let act = Act::Revoke { subject, reason: RevokeReason::STOLEN };
    Some(Said { author, kind: Kind::CERTIFICATE, act, document, successors: Vec::new() })
}

fn stand(tree: &mut Tree, author: Author) -> Option<Said> {
    let wants_dead = tree.rng.random_bool(0.8);
    let is_wanted = |author| !wants_dead || tree.replica.charter().dead(author).is_some();
    let feeds = tree.feeds.iter().filter(|((_, author), _)| is_wanted(author));
    let feeds: Vec<_> = feeds.map(|(place, feed)| (place.clone(), feed.clone())).collect();
    let ((scope, of), feed) = if feeds.is_empty() { return None } else { pick(tree, &feeds) };
    let at = |tree: &mut Tree| tree.held[feed[tree.rng.random_range(0..feed.len())]].0;
    let (first, last) = (if tree.rng.random_bool(0.5) { tree.held[feed[0]].0 } else { at(tree) }, at(tree));
    let document = DocKey { scope, kind: Kind::STAND, doc: DocId(tree.rng.random()) };
    let act = Act::Stand { author: of, first, last };
    Some(Said { author, kind: Kind::STAND, act, document, successors: Vec::new() })
}

fn redact(tree: &mut Tree, author: Author) -> Option<Said> {
    let subjects: Vec<(EntryId, DocKey)> =
        tree.held.iter().rev().take(200).map(|(id, header)| (*id, header.document())).collect();
    let (subject, of) = if subjects.is_empty() { return None } else { pick(tree, &subjects) };
    let name = pick(tree, &["█三", "张█", "██", "王█"]).to_owned();
    let said = tree.replica.find(&subject, &tree.records).unwrap().and_then(|said| said.content());
    let remains = match (tree.rng.random_range(0..6), said) {
        (4, Some(said)) => shape(&said),
        (5, Some(said)) => said,
        (n, _) => other_remains(n, name),
    };
    let document = DocKey { kind: Kind::REDACTION, doc: DocId(tree.rng.random()), ..of };
    let act = Act::Redact { subject, basis: "依法".into(), remains: Box::new(remains) };
    Some(Said { author, kind: Kind::REDACTION, act, document, successors: Vec::new() })
}

/// What remains of something else.
fn other_remains(n: u32, name: String) -> Content {
    match n {
        0 => Content::Act(Act::NameHolder(HolderName { holder: [5; 16].into(), name })),
        1 => Content::Edit(vec![Step::Set { field: "title".into(), value: Some(Value::Text("██".into())) }]),
        2 => Content::Edit(vec![Step::Set { field: "post".into(), value: None }]),
        _ => Content::Edit(Vec::new()),
    }
}
