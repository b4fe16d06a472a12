//! What somebody writes, and in what ways it is wrong.

use std::sync::Arc;

use fangwei_protocol::{
    record::{
        body::{Act, Body, Content, Step, Value},
        cbor,
        entry::{DocId, DocKey, EntryId, Epoch, Hash, Header, Kind, Reach, Scope, Shelf},
    },
    trust::{
        charter::{Certificate, Custody, HolderName, MayIssue, Role, UnitRow},
        genesis::Genesis,
        key::KeyPair,
    },
    work::cadre::register_of,
};
use rand::RngExt;

use crate::{Author, Tree, acts, procedures::Draw};

const ROOT: &str = "370126";
const UNITS: [&str; 7] =
    [ROOT, "370126.105", "370126.105.201", "370126.105.202", "370126.106", "370126.106.201", "370126.d7"];

/// Within every certificate's validity but those that are meant to be over.
const NOW: i64 = 1_790_000_000;
const VALID: std::ops::RangeInclusive<i64> = 1_700_000_000..=1_900_000_000;

/// Authors beyond which no more are made, so that feeds grow.
const AUTHORS_MAX: usize = 60;

fn certificate(key: &KeyPair, unit: &str, roles: &[Role], rank: u16, may_issue: Option<MayIssue>) -> Certificate {
    Certificate {
        key: key.public(),
        holder: Hash::of(&key.public().bytes()).0.first_chunk::<16>().copied().unwrap().into(),
        unit: unit.parse().unwrap(),
        roles: roles.to_vec(),
        not_before_s: *VALID.start(),
        not_after_s: *VALID.end(),
        custody: Custody::NODE_HELD,
        rank,
        may_issue,
    }
}

/// The tree's beginning, and those who can sign from then on.
pub(crate) fn founding(seed: u64) -> (Genesis, Vec<KeyPair>, Vec<Author>) {
    let key = |n: u64| KeyPair::from_seed(&Hash::of(format!("{seed} {n}").as_bytes()).0);
    let roles: Vec<Role> = (1..=10).chain([12]).map(Role).collect();
    let founders = [
        (key(1), vec![Role::ADMINISTRATOR], Some(MayIssue { roles, levels_below: 2 })),
        (key(2), vec![Role::SECRETARY], None),
    ];
    let said: Vec<Certificate> =
        founders.iter().map(|(key, roles, issue)| certificate(key, ROOT, roles, 100, issue.clone())).collect();
    let root_keys = vec![key(0), key(3)];
    let genesis = Genesis {
        name: "示例县".into(),
        root: ROOT.parse().unwrap(),
        root_keys: root_keys.iter().map(KeyPair::public).collect(),
        threshold: if seed.is_multiple_of(2) { 1 } else { 2 },
        founders: said,
        made_s: NOW,
        salt: [7; 16].into(),
    };
    genesis.check().unwrap();
    let authors = genesis.founders().zip(founders).map(|((certificate, said), (key, ..))| Author {
        certificate,
        key: Arc::new(key),
        said: said.clone(),
    });
    let authors = authors.collect();
    (genesis, root_keys, authors)
}

/// A way of being wrong; each is drawn as often as the others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wrong {
    Home,
    Reach,
    Shelf,
    Kind,
    Author,
    Sequence,
    PrevUnknown,
    PrevOfAnother,
    PrevOlder,
    AfterUnknown,
    AfterOfAnother,
    AfterAsAbsent,
    AfterUnsorted,
    AfterMany,
    Time,
    Field,
    ValueOfAnotherSort,
    StepsMany,
    ActElsewhere,
    EditElsewhere,
    Name,
    CertificateIllFormed,
    CertificateRoles,
    CertificateUnit,
    CertificateRank,
    CertificateCharter,
    BodyLonger,
    BodyMarred,
    BodyOfAnotherSort,
    BodyMissing,
    BodyFlipped,
    PayloadLonger,
    PayloadIndefinite,
    Protected,
    Unprotected,
    TooLarge,
    KeyOfAnother,
    TreeOfAnother,
    PlusOrder,
    Flipped,
    Again,
}

const WRONGS: [Wrong; 41] = {
    use Wrong::*;
    [
        Home,
        Reach,
        Shelf,
        Kind,
        Author,
        Sequence,
        PrevUnknown,
        PrevOfAnother,
        PrevOlder,
        AfterUnknown,
        AfterOfAnother,
        AfterAsAbsent,
        AfterUnsorted,
        AfterMany,
        Time,
        Field,
        ValueOfAnotherSort,
        StepsMany,
        ActElsewhere,
        EditElsewhere,
        Name,
        CertificateIllFormed,
        CertificateRoles,
        CertificateUnit,
        CertificateRank,
        CertificateCharter,
        BodyLonger,
        BodyMarred,
        BodyOfAnotherSort,
        BodyMissing,
        BodyFlipped,
        PayloadLonger,
        PayloadIndefinite,
        Protected,
        Unprotected,
        TooLarge,
        KeyOfAnother,
        TreeOfAnother,
        PlusOrder,
        Flipped,
        Again,
    ]
};

impl Wrong {
    fn is_of_a_certificate(self) -> bool {
        use Wrong::*;
        matches!(self, CertificateIllFormed | CertificateRoles | CertificateUnit | CertificateRank | CertificateCharter)
    }
}

/// L, the group's order, little-endian.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// Offers one entry, more often wrong than right.
pub(crate) fn next(tree: &mut Tree) {
    // First there must be people who can say anything.
    let is_young = tree.authors.len() < AUTHORS_MAX / 3;
    let wrong = (!is_young && tree.rng.random_bool(0.6)).then(|| pick(tree, &WRONGS));
    if wrong == Some(Wrong::Again) && !tree.said.is_empty() {
        let (entry, body, _) = tree.said[tree.rng.random_range(0..tree.said.len())].clone();
        tree.offer(entry, body);
        return;
    }
    let certifies = is_young && tree.unendorsed.is_empty()
        || wrong.is_some_and(Wrong::is_of_a_certificate)
        || tree.rng.random_bool(0.08);
    // Now and then somebody signs whose certificate does not stand.
    let stands = |one: &&Author| tree.replica.charter().complete(&one.certificate).is_some();
    let who: Vec<Author> = tree.authors.iter().filter(stands).cloned().collect();
    let who = if tree.rng.random_bool(0.02) { tree.authors.clone() } else { who };
    let issuers: Vec<Author> = who.iter().filter(|one| one.said.may_issue.is_some()).cloned().collect();
    let author = match tree.unendorsed.is_empty() || certifies {
        _ if certifies => pick(tree, &issuers),
        false if tree.rng.random_bool(0.5) => tree.authors[1].clone(),
        _ => pick(tree, &who),
    };
    let mut newcomer = None;
    let other = if certifies || !tree.rng.random_bool(0.2) { None } else { acts::about_another(tree) };
    let (author, other) = match other {
        Some(other) => (other.author, Some((other.kind, other.act, other.document, other.successors))),
        None => (author, None),
    };
    let mut successors = Vec::new();
    let (kind, mut content, document) = if let Some((kind, act, document, keys)) = other {
        successors = keys;
        (kind, Content::Act(act), Some(document))
    } else if certifies {
        let (key, said) = certified(tree, &author, wrong);
        newcomer = Some((key, said.clone()));
        (Kind::CERTIFICATE, Content::Act(Act::Certify(Box::new(said))), None)
    } else {
        say(tree, &author)
    };
    let mut header = place(tree, &author, kind, &content, document);
    if let Some(wrong) = wrong {
        mar(tree, &mut header, &mut content, wrong);
    }
    let salt = Hash::of(&tree.said.len().to_be_bytes()).0.first_chunk::<16>().copied().unwrap();
    let said = content.clone();
    let mut body = Body::new(salt, content).bytes();
    match wrong {
        Some(Wrong::BodyLonger) => body.push(0),
        // Signed as it is: whether it is a body at all is to be found out.
        Some(Wrong::BodyMarred) => flip(tree, &mut body),
        // The sort of content: neither edit nor act.
        Some(Wrong::BodyOfAnotherSort) => body[19] = tree.rng.random_range(2..20),
        _ => {}
    }
    header.body = Hash::of(&body);
    let key = match wrong {
        Some(Wrong::KeyOfAnother) => tree.authors[tree.rng.random_range(0..tree.authors.len())].key.clone(),
        _ => author.key.clone(),
    };
    let mut entry = sign(tree, &key, &header, wrong);
    let mut shown = Some(body);
    match wrong {
        Some(Wrong::Flipped) => flip(tree, &mut entry),
        Some(Wrong::BodyMissing) => shown = None,
        Some(Wrong::BodyFlipped) => shown.iter_mut().for_each(|body| flip(tree, body)),
        _ => {}
    }
    let document = header.document();
    let threshold = match &said {
        Content::Act(Act::ReplaceRoot { threshold, .. }) => *threshold,
        _ => 0,
    };
    let Some(id) = tree.offer(entry, shown) else { return };
    if matches!(
        said,
        Content::Act(Act::Redact { .. } | Act::ReplaceRoot { .. } | Act::Witnesses { .. } | Act::Stand { .. })
    ) {
        tree.spoken.push((id, document.clone()));
        let newcomers = acts::of_root(tree, id.0, successors, threshold);
        tree.authors.extend(newcomers);
    }
    if let Some((key, said)) = newcomer.filter(|_| tree.authors.len() < AUTHORS_MAX) {
        if said.needs_endorsement() {
            tree.unendorsed.push((id, document));
        }
        tree.authors.push(Author { certificate: id, key, said });
    }
}

/// Offers an entry with nothing wrong in its header; whether it may be said is for the tree.
pub(crate) fn right(
    tree: &mut Tree,
    author: &Author,
    kind: Kind,
    content: Content,
    document: Option<DocKey>,
) -> Option<EntryId> {
    let mut header = place(tree, author, kind, &content, document);
    let body = Body::new(tree.rng.random(), content).bytes();
    header.body = Hash::of(&body);
    let entry = sign(tree, &author.key, &header, None);
    tree.offer(entry, Some(body))
}

pub(crate) fn pick<T: Clone>(tree: &mut Tree, from: &[T]) -> T {
    from[tree.rng.random_range(0..from.len())].clone()
}

fn any_id(tree: &mut Tree) -> EntryId {
    let held = tree.held.len().max(1);
    let at = tree.rng.random_range(0..held);
    tree.held.get(at).map_or(EntryId(Hash([1; 32])), |(id, _)| *id)
}

/// A certificate the author may give, but for what is to be wrong with it.
pub(crate) fn certified(tree: &mut Tree, author: &Author, wrong: Option<Wrong>) -> (Arc<KeyPair>, Certificate) {
    let key = KeyPair::from_seed(&tree.rng.random());
    let leave = author.said.may_issue.clone().unwrap();
    let below: Vec<&str> = UNITS.into_iter().filter(|unit| author.said.unit.contains(&unit.parse().unwrap())).collect();
    let unit = if below.is_empty() { ROOT } else { pick(tree, &below) };
    let roles = vec![pick(tree, &leave.roles)];
    let further = MayIssue { roles: vec![Role::REPORTER, Role::ANALYST, Role::AUDITOR], levels_below: 0 };
    let may_issue = (roles == [Role::ADMINISTRATOR] && tree.rng.random_bool(0.7)).then_some(further);
    let mut said = certificate(&key, unit, &roles, author.said.rank + 100, may_issue);
    if tree.rng.random_bool(0.1) {
        said.not_after_s = NOW - 1;
    }
    // One person's second certificate: it must not be endorsed or issued by that person alone.
    if tree.rng.random_bool(0.2) {
        let authors = tree.authors.clone();
        said.holder = pick(tree, &authors).said.holder;
    }
    match wrong {
        Some(Wrong::CertificateIllFormed) => match tree.rng.random_range(0..4) {
            0 => said.roles = vec![Role::NODE, Role(11)],
            1 => said.roles = vec![Role::SECRETARY, Role::ADMINISTRATOR],
            2 => said.roles = vec![Role::AUDITOR, Role::REPORTER],
            _ => said.not_before_s = said.not_after_s + 1,
        },
        Some(Wrong::CertificateRoles) => said.roles = vec![Role(tree.rng.random_range(12..=255))],
        Some(Wrong::CertificateUnit) => match tree.rng.random_bool(0.5) {
            true => said.may_issue = Some(MayIssue { roles: vec![Role::REPORTER], levels_below: 9 }),
            false => said.unit = "370126.107.201.d1.d2.d3".parse().unwrap(),
        },
        Some(Wrong::CertificateRank) => said.rank = tree.rng.random_range(0..=author.said.rank),
        _ => {}
    }
    (Arc::new(key), said)
}

/// Something to say, in which kind, and where if that is not free.
fn say(tree: &mut Tree, author: &Author) -> (Kind, Content, Option<DocKey>) {
    let (one, other) = (any_id(tree), any_id(tree));
    let name = pick(tree, &["张三", "李四", "王五"]);
    if let [(subject, document), ..] = tree.unendorsed.as_slice()
        && author.said.has(Role::SECRETARY)
    {
        let (subject, document) = (*subject, document.clone());
        tree.unendorsed.remove(0);
        return (Kind::CERTIFICATE, Content::Act(Act::Endorse { subject }), Some(document));
    }
    let text = || "说明".to_owned();
    // Mostly what the author may say.
    let may: &[u32] = match author.said.roles.first() {
        Some(&Role::REPORTER) => &[0, 0, 7, 17, 18, 20, 22],
        Some(&Role::INVITED_REPORTER) => &[0, 18, 20],
        Some(&Role::POST_HOLDER) => &[7, 17],
        Some(&Role::ANALYST) => &[0, 7, 16, 17, 18, 19, 20, 22],
        Some(&Role::SECRETARY) => &[7, 16, 17, 18, 19, 20, 21, 22],
        Some(&(Role::DISCIPLINE_LEAD | Role::PARTY_COMMITTEE | Role::LEADING_GROUP)) => &[7, 16, 17, 18, 19, 20],
        Some(&Role::ADMINISTRATOR) => &[14, 15],
        _ => &[0],
    };
    let what = if tree.rng.random_bool(0.8) { pick(tree, may) } else { tree.rng.random_range(0..25) };
    match what {
        0..=6 => {
            let set = |field: &str, value| Step::Set { field: field.into(), value };
            let mut steps = vec![set("title", Some(Value::Text(name.into())))];
            steps.push(set("amount_fen", Some(Value::Int(tree.rng.random()))));
            steps.push(Step::Splice { field: "account".into(), at: 0, delete: 0, insert: text() });
            steps.truncate(tree.rng.random_range(0..=3));
            (Kind::REPORT, Content::Edit(steps), None)
        }
        7..=13 => {
            let mut steps = vec![Step::Set { field: "post".into(), value: None }];
            steps.push(Step::Add { field: "measures".into(), at: 0, item: Value::Text(text()) });
            steps.push(Step::Remove { field: "measures".into(), at: 0 });
            steps.truncate(tree.rng.random_range(0..=3));
            (Kind::RISK, Content::Edit(steps), None)
        }
        14 => {
            let holder = author.said.holder;
            (Kind::HOLDER, Content::Act(Act::NameHolder(HolderName { holder, name: name.into() })), None)
        }
        15 => {
            let rows = vec![UnitRow { unit: author.said.unit.clone(), name: name.into() }];
            (Kind::UNITS, Content::Act(Act::NameUnits(rows)), None)
        }
        16..=22 => procedure(tree, author, what, (one, other)),
        _ => (Kind::CERTIFICATE, Content::Act(Act::Endorse { subject: one }), None),
    }
}

/// An act of a procedure, at the author's unit or now and then below it.
fn procedure(
    tree: &mut Tree,
    author: &Author,
    what: u32,
    (one, other): (EntryId, EntryId),
) -> (Kind, Content, Option<DocKey>) {
    let own = author.said.unit.clone();
    let below = pick(tree, &UNITS).parse().unwrap();
    let unit = if own.contains(&below) && tree.rng.random_bool(0.4) { below } else { own };
    let mut draw = Draw { tree, unit: unit.clone(), one, other };
    let (kind, act) = match what {
        16 => (Kind::CASE_INNER, Act::Inner(Box::new(draw.inner()))),
        17 => (Kind::CASE_OUTER, Act::Outer(Box::new(draw.outer()))),
        18 => (Kind::REPORT, Act::Report(Box::new(draw.report()))),
        19 => (Kind::TRIAGE, Act::Triage(Box::new(draw.triage()))),
        20 => (Kind::PAPER_SERIES, Act::Series(Box::new(draw.series()))),
        21 => (Kind::CADRES, Act::Cadre(Box::new(draw.cadre()))),
        _ => (Kind::SHARING, Act::Share(Box::new(draw.share()))),
    };
    let scope = Scope { home: unit.clone(), reach: Reach::UP, shelf: Shelf::CASE };
    let document = if kind == Kind::CADRES {
        register_of(&unit)
    } else {
        DocKey { scope, kind, doc: DocId([tree.rng.random_range(0..8); 16]) }
    };
    (kind, Content::Act(act), Some(document))
}

/// A header that is right for what is said.
fn place(tree: &mut Tree, author: &Author, kind: Kind, content: &Content, document: Option<DocKey>) -> Header {
    let document = document.unwrap_or_else(|| {
        let shelf = match kind {
            Kind::CERTIFICATE | Kind::UNITS | Kind::HOLDER => Shelf::CHARTER,
            Kind::RISK => Shelf::LIBRARY,
            _ => Shelf::CASE,
        };
        let (home, reach) = match content {
            Content::Act(Act::Certify(said)) => {
                let acts_below = said.may_issue.is_some() || said.has(Role::NODE);
                (said.unit.clone(), if acts_below || !said.has(Role::REPORTER) { Reach::DOWN } else { Reach::UP })
            }
            _ => (author.said.unit.clone(), Reach::UP),
        };
        let scope = Scope { home, reach, shelf };
        let known: Vec<DocKey> =
            tree.documents.keys().filter(|known| known.scope == scope && known.kind == kind).cloned().collect();
        if !known.is_empty() && kind != Kind::CERTIFICATE && tree.rng.random_bool(0.6) {
            return pick(tree, &known);
        }
        DocKey { scope, kind, doc: DocId(tree.rng.random()) }
    });
    let feed = tree.feeds.get(&(document.scope.clone(), author.certificate));
    let before = feed.and_then(|feed| feed.last()).map(|at| &tree.held[*at]);
    let prev = before.map(|(id, _)| *id);
    let head = tree.documents.get(&document).and_then(|held| held.last()).map(|at| tree.held[*at].0);
    let after: Vec<EntryId> = head.into_iter().collect();
    let says_nothing = after.as_slice() == prev.as_slice();
    Header {
        kind,
        doc: document.doc,
        scope: document.scope,
        author: author.certificate,
        epoch: Epoch([1; 8]),
        seq: before.map_or(0, |(_, header)| header.seq + 1),
        prev,
        after: (!says_nothing).then_some(after),
        claimed_time_s: NOW,
        anchor: None,
        body: Hash([0; 32]),
    }
}

/// Makes what is said, or where, wrong in one way.
fn mar(tree: &mut Tree, header: &mut Header, content: &mut Content, wrong: Wrong) {
    let unknown = EntryId(Hash(tree.rng.random()));
    let other = any_id(tree);
    match wrong {
        Wrong::Home | Wrong::CertificateCharter => header.scope.home = pick(tree, &UNITS).parse().unwrap(),
        Wrong::Reach => header.scope.reach = Reach(tree.rng.random_range(0..6)),
        Wrong::Shelf => header.scope.shelf = Shelf(tree.rng.random_range(0..6)),
        Wrong::Kind => header.kind = Kind(tree.rng.random_range(0..40)),
        Wrong::Author => header.author = if tree.rng.random_bool(0.5) { unknown } else { other },
        Wrong::Sequence => header.seq = header.seq.wrapping_add(tree.rng.random_range(1..9)),
        Wrong::PrevUnknown => (header.prev, header.seq) = (Some(unknown), header.seq.max(1)),
        Wrong::PrevOfAnother => (header.prev, header.seq) = (Some(other), header.seq.max(1)),
        Wrong::PrevOlder => {
            let feed = tree.feeds.get(&(header.scope.clone(), header.author)).cloned().unwrap_or_default();
            if !feed.is_empty() {
                let older = pick(tree, &feed);
                header.prev = Some(tree.held[older].0);
            }
        }
        Wrong::AfterUnknown => header.after = Some(vec![unknown]),
        Wrong::AfterOfAnother => header.after = Some(vec![other]),
        Wrong::AfterAsAbsent => header.after = Some(header.prev.into_iter().collect()),
        Wrong::AfterUnsorted => header.after = Some(vec![other, other]),
        Wrong::AfterMany => {
            let mut many: Vec<EntryId> = (0..33).map(|_| EntryId(Hash(tree.rng.random()))).collect();
            many.sort_unstable();
            header.after = Some(many);
        }
        Wrong::Time => {
            let edges = [VALID.start() - 1, *VALID.start(), *VALID.end(), VALID.end() + 1, i64::MIN, i64::MAX];
            header.claimed_time_s = pick(tree, &edges);
        }
        Wrong::Field => *content = Content::Edit(vec![Step::Set { field: "salary".into(), value: None }]),
        Wrong::ValueOfAnotherSort => {
            let field = if header.kind == Kind::RISK { "level" } else { "title" };
            *content = Content::Edit(vec![Step::Set { field: field.into(), value: Some(Value::Bool(true)) }]);
        }
        Wrong::StepsMany => {
            let step = Step::Remove { field: "measures".into(), at: 0 };
            *content = Content::Edit(vec![step; tree.rng.random_range(64..=66)]);
        }
        Wrong::ActElsewhere => *content = Content::Act(Act::Endorse { subject: other }),
        Wrong::EditElsewhere => *content = Content::Edit(Vec::new()),
        Wrong::Name => {
            let name = pick(tree, &["", " ", "张\u{200b}三", "张\n三", "\u{3000}", "好", "\u{202e}abc"]);
            let name = if tree.rng.random_bool(0.2) { "长".repeat(101) } else { name.to_owned() };
            (header.kind, header.scope.shelf) = (Kind::HOLDER, Shelf::CHARTER);
            *content = Content::Act(Act::NameHolder(HolderName { holder: [5; 16].into(), name }));
        }
        _ => {}
    }
}

fn flip(tree: &mut Tree, bytes: &mut [u8]) {
    let bit = tree.rng.random_range(0..bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
}

/// A byte string of CBOR.
fn bytes_of(bytes: &[u8]) -> Vec<u8> {
    let len = bytes.len().to_be_bytes();
    let head = match bytes.len() {
        0..=23 => vec![0x40 | len[7]],
        24..=255 => vec![0x58, len[7]],
        _ => vec![0x59, len[6], len[7]],
    };
    [head.as_slice(), bytes].concat()
}

/// Signs, as somebody does who does not mind our rules.
fn sign(tree: &mut Tree, key: &KeyPair, header: &Header, wrong: Option<Wrong>) -> Vec<u8> {
    let mut payload = cbor::encode(header);
    let (mut protected, mut unprotected) = (vec![0xa1, 0x01, 0x27], vec![0xa0]);
    let mut genesis = tree.genesis.hash().0.0;
    match wrong {
        Some(Wrong::PayloadLonger) => payload.push(0),
        Some(Wrong::PayloadIndefinite) => {
            payload[0] = 0xbf;
            payload.push(0xff);
        }
        Some(Wrong::TooLarge) => payload.extend([0; 2_048]),
        Some(Wrong::Protected) => protected[2] = pick(tree, &[0x26, 0x32, 0x07]),
        Some(Wrong::Unprotected) => unprotected = vec![0xa1, 0x01, 0x27],
        Some(Wrong::TreeOfAnother) => genesis[0] ^= 1,
        _ => {}
    }
    let aad = [b"fangwei entry 1".as_slice(), &genesis].concat();
    let parts = [bytes_of(&protected), bytes_of(&aad), bytes_of(&payload)].concat();
    let message = [&[0x84, 0x6a], b"Signature1".as_slice(), &parts].concat();
    let mut signature = key.sign(&message);
    if wrong == Some(Wrong::PlusOrder) {
        let mut carry = 0;
        for (byte, order) in signature[32..].iter_mut().zip(ORDER) {
            let sum = u16::from(*byte) + u16::from(order) + carry;
            (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
        }
    }
    [vec![0x84], bytes_of(&protected), unprotected, bytes_of(&payload), bytes_of(&signature)].concat()
}
