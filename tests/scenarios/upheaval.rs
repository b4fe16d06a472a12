//! Histories in which officers are also appointed, endorsed by two at once, revoked and stood for, and words are taken out:
//! in every order all nodes agree in digests, verdicts and documents, and nobody holds what was taken out.
//!
//! Seeds as in `order`.

use std::collections::BTreeMap;

use fangwei_protocol::{
    record::{
        body::{Act, Content, RevokeReason},
        entry::{DocKey, EntryId, Kind, Reach},
    },
    records::{LogIndex, Records as _},
    replica::{Said, WriteError},
    trust::{
        authority::Verdict,
        charter::{Certificate, Custody, Role},
        key::KeyPair,
        redaction::shape,
    },
};
use rand::RngExt;
use tests::{
    claims::{all_agree, all_is_held_by_each_above, replay_gives_the_same},
    world::Officer,
};

use crate::order::History;

const COUNTY: &str = "370126";

/// How often each came up in all histories.
#[derive(Default, Debug)]
struct Upheavals {
    appointed: u64,
    endorsed: u64,
    revoked: u64,
    stood: u64,
    redacted: u64,
    agreed: u64,
    struck: u64,
    taken_out: u64,
}

struct Upheaval {
    history: History,
    /// Who may decide about others.
    deciders: Vec<Officer>,
    /// Certificates and redactions somebody may yet agree to, and where.
    open: Vec<(EntryId, DocKey)>,
    /// What was said where words were asked to be taken out.
    bodies: BTreeMap<EntryId, Vec<u8>>,
    count: Upheavals,
}

impl Upheaval {
    /// Ranks on every level: who stands above may decide over those below.
    fn draw(seed: u64) -> Upheaval {
        let mut history = History::draw(seed);
        let (administrator, secretary) = (history.world.administrator(), history.world.secretary());
        let leads = history.officers.clone().into_iter().filter(|(officer, _)| {
            let charter = history.world.node(COUNTY).replica.charter();
            charter.complete(&officer.certificate).unwrap().certificate.has(Role::SECRETARY)
        });
        let mut deciders: Vec<Officer> = leads.map(|(officer, _)| officer).collect();
        deciders.push(secretary.clone());
        history.officers.extend([(administrator, COUNTY.to_string()), (secretary, COUNTY.to_string())]);
        for unit in history.world.units() {
            let roles: &[Role] = if unit.len() <= 10 { &[Role::SECRETARY] } else { &[Role::REPORTER] };
            let rank = if unit.len() <= 10 { 300 } else { 500 };
            let officer = history.world.add_officer_of_rank(&unit, roles, rank);
            if roles == [Role::SECRETARY] {
                deciders.push(officer.clone());
            }
            history.officers.push((officer, unit));
        }
        Upheaval { history, deciders, open: vec![], bodies: BTreeMap::new(), count: Upheavals::default() }
    }

    /// Something a node holds, of what it may be asked to judge.
    fn any_said(&mut self, node: &str, is_it: impl Fn(&Said) -> bool) -> Option<Said> {
        let at = self.history.world.node(node);
        let all = (0..at.entries()).map(|place| at.replica.said(LogIndex(place), &at.records).unwrap());
        let some: Vec<Said> = all.filter(is_it).collect();
        (!some.is_empty()).then(|| self.history.pick(&some))
    }

    fn say(&mut self, node: &str, by: &Officer, document: DocKey, act: Act) -> Option<EntryId> {
        match self.history.world.write(node, by, document, Content::Act(act)) {
            Ok(id) => Some(id),
            Err(WriteError::Refusal(_)) => None,
            Err(WriteError::Failure(failure)) => panic!("{failure}"),
        }
    }

    /// Most of what is drawn is refused at the first door, so it is tried a few times.
    fn step(&mut self) {
        let what = self.history.rng.random_range(0..100);
        for _ in 0..8 {
            let node = self.history.unit();
            let deciders = self.deciders.clone();
            let by = self.history.pick(&deciders);
            let is_done = match what {
                0..3 => self.appoint(&node),
                3..10 => self.agree(&node, &by),
                10..13 => self.revoke(&node, &by),
                13..20 => self.stand(&node, &by),
                20..26 => self.redact(&node, &by),
                _ => return self.history.step(),
            };
            if is_done {
                return;
            }
        }
    }

    fn appoint(&mut self, node: &str) -> bool {
        let unit = self.history.unit();
        let key = KeyPair::from_seed(&self.history.world.seed());
        let role = if unit.len() <= 10 { Role::ANALYST } else { Role::REPORTER };
        let reach = if role == Role::ANALYST { Reach::DOWN } else { Reach::UP };
        let certificate = Certificate {
            key: key.public(),
            holder: self.history.world.seed().first_chunk::<16>().copied().unwrap().into(),
            unit: unit.parse().unwrap(),
            roles: vec![role],
            not_before_s: 0,
            not_after_s: i64::MAX,
            custody: Custody::NODE_HELD,
            rank: 450,
            may_issue: None,
        };
        let scope = fangwei_protocol::record::entry::Scope {
            home: certificate.unit.clone(),
            reach,
            shelf: fangwei_protocol::record::entry::Shelf::CHARTER,
        };
        let document = self.history.world.new_document(scope, Kind::CERTIFICATE);
        let administrator = self.history.world.administrator();
        let Some(id) = self.say(node, &administrator, document.clone(), Act::Certify(Box::new(certificate))) else {
            return false;
        };
        self.count.appointed += 1;
        self.open.push((id, document));
        self.history.officers.push((Officer::new(id, key), unit));
        true
    }

    /// Two may do so on two nodes at once.
    fn agree(&mut self, node: &str, by: &Officer) -> bool {
        if self.open.is_empty() {
            return false;
        }
        let open = self.open.clone();
        let (subject, document) = self.history.pick(&open);
        let is_said = self.say(node, by, document.clone(), Act::Endorse { subject }).is_some();
        let count = if document.kind == Kind::REDACTION { &mut self.count.agreed } else { &mut self.count.endorsed };
        *count += u64::from(is_said);
        is_said
    }

    /// Somebody who has said something here; of the county's own two nobody is to be left without.
    fn revoke(&mut self, node: &str, by: &Officer) -> bool {
        let Some(said) = self.any_said(node, |said| said.content().is_some()) else { return false };
        let subject = said.entry.header().author;
        if self.history.world.genesis.founders().any(|(id, _)| id == subject) {
            return false;
        }
        let known = self.history.world.node(node).replica.charter().certificate(&subject).cloned().unwrap();
        let act = Act::Revoke { subject, reason: RevokeReason::STOLEN };
        let is_said = self.say(node, by, known.document, act).is_some();
        self.count.revoked += u64::from(is_said);
        is_said
    }

    /// For a stretch of a feed that ends somewhere, and goes back some way.
    fn stand(&mut self, node: &str, by: &Officer) -> bool {
        let Some(last) = self.any_said(node, |said| matches!(said.verdict(), Verdict::Struck(_))) else {
            return false;
        };
        let at = self.history.world.node(node);
        let mut first = last.clone();
        for _ in 0..self.history.rng.random_range(0..4) {
            let Some(prev) = first.entry.header().prev else { break };
            first = at.replica.find(&prev, &at.records).unwrap().unwrap();
        }
        let header = last.entry.header();
        let (author, scope) = (header.author, header.scope.clone());
        let document = self.history.world.new_document(scope, Kind::STAND);
        let act = Act::Stand { author, first: first.entry.id(), last: last.entry.id() };
        let is_said = self.say(node, by, document, act).is_some();
        self.count.stood += u64::from(is_said);
        is_said
    }

    fn redact(&mut self, node: &str, by: &Officer) -> bool {
        let has_words = |said: &Said| matches!(said.content(), Some(Content::Edit(steps)) if !steps.is_empty());
        let Some(said) = self.any_said(node, |said| said.bytes.is_some() && has_words(said)) else {
            return false;
        };
        let remains = Box::new(shape(&said.content().unwrap()));
        let document = self.history.world.new_document(said.entry.header().scope.clone(), Kind::REDACTION);
        let act =
            Act::Redact { subject: said.entry.id(), basis: "个人信息保护法第四十七条".into(), remains };
        let Some(id) = self.say(node, by, document.clone(), act) else { return false };
        self.count.redacted += 1;
        self.open.push((id, document));
        self.bodies.insert(said.entry.id(), said.bytes.unwrap().to_vec());
        true
    }

    /// Whatever words were taken out of is nowhere any more, whoever was restored from whatever image.
    fn nobody_holds_what_was_taken_out(&mut self) {
        let world = &self.history.world;
        let county = world.node(COUNTY);
        for at in county.replica.redacted(&county.records).unwrap() {
            let id = county.replica.entry(at, &county.records).unwrap().id();
            self.count.taken_out += 1;
            for name in world.units() {
                let node = world.node(&name);
                let Some(said) = node.replica.find(&id, &node.records).unwrap() else { continue };
                assert!(said.remains.is_some() && said.bytes.is_none(), "{name} shows {id}");
                assert!(node.records.read(said.at).unwrap().body.is_none(), "{name} holds {id}");
                let body = &self.bodies[&id];
                assert!(!node.records.index().values().any(|value| value == body), "{name} has {id} in its index");
            }
        }
        let all = (0..county.entries()).map(|at| county.replica.said(LogIndex(at), &county.records).unwrap());
        self.count.struck += all.filter(|said| matches!(said.verdict(), Verdict::Struck(_))).count() as u64;
    }
}

#[test]
fn whoever_is_revoked_and_whatever_is_taken_out_all_agree() {
    let seeds = std::env::var("FANGWEI_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(60);
    let mut all = Upheavals::default();
    for seed in 0..seeds {
        let tried = std::panic::catch_unwind(|| {
            let mut upheaval = Upheaval::draw(10_000 + seed);
            (0..200).for_each(|_| upheaval.step());
            upheaval.history.finish();
            all_agree(&upheaval.history.world);
            all_is_held_by_each_above(&upheaval.history.world);
            upheaval.nobody_holds_what_was_taken_out();
            let unit = upheaval.history.unit();
            for group in [1, 7, 500] {
                replay_gives_the_same(&upheaval.history.world, &unit, group);
            }
            upheaval.count
        });
        let Ok(count) = tried else { panic!("seed {seed} failed") };
        all.appointed += count.appointed;
        all.endorsed += count.endorsed;
        all.revoked += count.revoked;
        all.stood += count.stood;
        all.redacted += count.redacted;
        all.agreed += count.agreed;
        all.struck += count.struck;
        all.taken_out += count.taken_out;
    }
    println!("{seeds} histories: {all:?}");
    let Upheavals { appointed, endorsed, revoked, stood, redacted, agreed, struck, taken_out } = all;
    for often in [appointed, endorsed, revoked, stood, redacted, agreed, struck, taken_out] {
        assert!(often >= seeds / 4, "{all:?}");
    }
}
