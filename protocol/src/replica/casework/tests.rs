//! A county with one node on which all of its officers work, in memory; and what its files say about who had seen what.

use super::*;
use crate::{
    record::{
        body::{Body, Content},
        entry::{CertificateId, DocId, Reach, Scope, Shelf},
    },
    records::{LogIndex, Memory},
    replica::{Draft, Effect, Input, Me, Now, Ticket, WriteError},
    trust::{
        charter::{Certificate, Custody, MayIssue, Role},
        genesis::Genesis,
        key::KeyPair,
    },
    work::{
        calendar::{Day, day_of},
        case::{
            Level,
            act::{InnerAct, OuterAct, Paper, Proposal, Subject, Warning},
            files_of, outer_file,
            series::{Register, SeriesAct},
        },
        unit::UnitPath,
    },
};

pub(in crate::replica) const COUNTY: &str = "370126";
pub(in crate::replica) const TOWN: &str = "370126.105";

/// Who works here. All but the town's head and its reporter at the county.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::replica) enum Who {
    Analyst = 1,
    Lead,
    Secretary,
    Administrator,
    Node,
    Head,
    Reporter,
}

pub(in crate::replica) fn unit(path: &str) -> UnitPath {
    path.parse().unwrap()
}

fn key(who: Who) -> KeyPair {
    KeyPair::from_seed(&[who as u8; 32])
}

fn certificate(who: Who, at: &str, role: Role, rank: u16) -> Certificate {
    Certificate {
        key: key(who).public(),
        holder: [who as u8; 16].into(),
        unit: unit(at),
        roles: vec![role],
        not_before_s: 0,
        not_after_s: 2_000_000_000,
        custody: Custody::NODE_HELD,
        rank,
        may_issue: None,
    }
}

/// The county, its node's store, and what the clock says.
pub(in crate::replica) struct County {
    pub(in crate::replica) replica: Replica,
    pub(in crate::replica) memory: Memory,
    pub(in crate::replica) now_s: i64,
    certificates: Vec<(Who, CertificateId)>,
    written: u8,
}

impl County {
    pub(in crate::replica) fn founded() -> County {
        let roles = vec![Role::REPORTER, Role::POST_HOLDER];
        let administrator = certificate(Who::Administrator, COUNTY, Role::ADMINISTRATOR, 100);
        let founders = vec![
            certificate(Who::Analyst, COUNTY, Role::ANALYST, 100),
            certificate(Who::Lead, COUNTY, Role::DISCIPLINE_LEAD, 100),
            certificate(Who::Secretary, COUNTY, Role::SECRETARY, 100),
            Certificate { may_issue: Some(MayIssue { roles, levels_below: 1 }), ..administrator },
            certificate(Who::Node, COUNTY, Role::NODE, 100),
        ];
        let genesis = Genesis {
            name: "示例县".into(),
            root: unit(COUNTY),
            root_keys: vec![KeyPair::from_seed(&[200; 32]).public()],
            threshold: 1,
            founders,
            made_s: 0,
            salt: [0; 16].into(),
        };
        let ids = genesis.founders().map(|(id, _)| id);
        let whose = [Who::Analyst, Who::Lead, Who::Secretary, Who::Administrator, Who::Node];
        let certificates: Vec<_> = whose.into_iter().zip(ids).collect();
        let me = Me { certificate: certificates[4].1, unit: unit(COUNTY) };
        let memory = Memory::default();
        let replica = Replica::open(genesis, me, [9; 32], LogIndex(0), &memory).unwrap();
        let mut county = County { replica, memory, now_s: 1_790_000_000, certificates, written: 0 };
        for (who, role) in [(Who::Head, Role::POST_HOLDER), (Who::Reporter, Role::REPORTER)] {
            let said = Act::Certify(Box::new(certificate(who, TOWN, role, 300)));
            let scope = Scope { home: unit(TOWN), reach: Reach::DOWN, shelf: Shelf::CHARTER };
            let document = DocKey { scope, kind: Kind::CERTIFICATE, doc: DocId([who as u8; 16]) };
            let id = county.says(Who::Administrator, &document, said).unwrap();
            county.certificates.push((who, id));
        }
        county
    }

    pub(in crate::replica) fn certificate(&self, of: Who) -> CertificateId {
        self.certificates.iter().find(|(who, _)| *who == of).unwrap().1
    }

    pub(in crate::replica) fn today(&self) -> Day {
        day_of(u64::try_from(self.now_s).unwrap())
    }

    /// Drafts, signs and stores an act, if it may be written.
    pub(in crate::replica) fn says(&mut self, who: Who, document: &DocKey, act: Act) -> Result<EntryId, WriteError> {
        self.says_after(who, document, act, None)
    }

    /// The same, as if no more than these had been seen.
    pub(in crate::replica) fn says_after(
        &mut self,
        who: Who,
        document: &DocKey,
        act: Act,
        after: Option<Vec<EntryId>>,
    ) -> Result<EntryId, WriteError> {
        self.written += 1;
        let (author, document, now) = (self.certificate(who), document.clone(), Now(self.now_s));
        let draft = Draft { author, document, after, content: Content::Act(act) };
        let unsigned = self.replica.draft(now, [self.written; 16], draft, &self.memory)?;
        let (entry, body) = unsigned.sign(&self.replica, &key(who)).unwrap();
        let id = entry.id();
        let effects = self.replica.step(now, Input::Submit { ticket: Ticket(1), entry, body }, &self.memory).unwrap();
        for effect in effects {
            match effect {
                Effect::Store(batch) => self.memory.store(&batch),
                Effect::Reply { result, .. } => drop(result.unwrap()),
                _ => {}
            }
        }
        self.replica.step(now, Input::Stored, &self.memory).unwrap();
        Ok(id)
    }

    pub(in crate::replica) fn file(&self, document: &DocKey) -> Casefile {
        let rules = self.replica.rulebook(&self.memory).unwrap();
        self.replica.casefile(document, &rules, &self.memory).unwrap()
    }

    pub(in crate::replica) fn pack(&self, of: &UnitPath) -> PackName {
        self.replica.rulebook(&self.memory).unwrap().in_force(of, self.today()).unwrap().0
    }

    pub(in crate::replica) fn inner(&mut self, who: Who, act: InnerAct) -> Result<EntryId, WriteError> {
        self.says(who, &case(), Act::Inner(Box::new(act)))
    }

    pub(in crate::replica) fn outer(&mut self, who: Who, act: OuterAct) -> Result<EntryId, WriteError> {
        self.says(who, &outer_file(&case(), &unit(TOWN)), Act::Outer(Box::new(act)))
    }

    pub(in crate::replica) fn register(&self) -> Register {
        Register { node: self.certificate(Who::Node), word: "县纪预告".into(), year: 2026 }
    }

    /// The next number of the county's register, allotted to the outer file.
    pub(in crate::replica) fn allot(&mut self, number: u32) -> SerialNumber {
        let (register, paper) = (self.register(), outer_file(&case(), &unit(TOWN)));
        let act = SeriesAct::Allot { register: register.clone(), number, paper };
        self.says(Who::Analyst, &register.document(&unit(COUNTY)), Act::Series(Box::new(act))).unwrap();
        register.number(&unit(COUNTY), number)
    }

    pub(in crate::replica) fn proposal(&self) -> Proposal {
        Proposal {
            subject: Subject::Unit { unit: unit(TOWN), heads: vec![[Who::Head as u8; 16].into()] },
            level: Level::THREE,
            ground: "3.3".into(),
            reason: String::new(),
            way: "notice".into(),
            facts: "账目混乱".into(),
            reports: vec![],
            rules: self.pack(&unit(COUNTY)),
            follows: None,
        }
    }

    /// The warning that was decided, on a paper of this number.
    pub(in crate::replica) fn warning(&self, number: SerialNumber) -> Warning {
        let file = self.file(&case());
        let inner = self.replica.inner(&file);
        let proposal = inner.proposed().unwrap();
        Warning {
            case: case(),
            decision: inner.decision.unwrap().id,
            decided_on: self.today(),
            subject: proposal.subject.clone(),
            level: proposal.level,
            ground: proposal.ground.clone(),
            way: proposal.way.clone(),
            rules: proposal.rules.clone(),
            paper: Some(Paper { form: "notice".into(), number, text: "请于规定期限内书面说明".into() }),
            terms: vec![],
            follows: None,
        }
    }
}

/// The inner file of the one case here.
pub(in crate::replica) fn case() -> DocKey {
    DocKey { scope: files_of(&unit(COUNTY)), kind: Kind::CASE_INNER, doc: DocId([1; 16]) }
}

fn id(n: u8) -> EntryId {
    EntryId(Hash([n; 32]))
}

#[test]
fn who_saw_something_saw_it_themselves_or_through_others() {
    // 1 <- 2 <- 3, a branch 1 <- 4, and 5 that joins them; 9 stands in another document.
    let causes = [(1, vec![9]), (2, vec![1]), (3, vec![2]), (4, vec![1]), (5, vec![3, 4])];
    let seen = Seen::of(causes.into_iter().map(|(one, of)| (id(one), of.into_iter().map(id).collect())).collect());
    let saw = |one: u8| (1..=9).filter(|other| seen.saw(&id(one), &id(*other))).collect::<Vec<_>>();
    assert_eq!(saw(1), [0; 0]);
    assert_eq!(saw(2), [1]);
    assert_eq!(saw(3), [1, 2]);
    assert_eq!(saw(4), [1], "nothing of the other branch");
    assert_eq!(saw(5), [1, 2, 3, 4]);
    assert_eq!((saw(9), saw(7)), (vec![], vec![]), "neither is of this document");
}

#[test]
fn what_was_seen_in_a_long_file_reaches_back_to_its_beginning() {
    let chain = (0..130_u8).map(|n| (id(n), n.checked_sub(1).map(id).into_iter().collect())).collect();
    let seen = Seen::of(chain);
    for one in [0, 63, 64, 65, 127, 128, 129] {
        let saw = (0..130).filter(|other| seen.saw(&id(one), &id(*other))).count();
        assert_eq!(saw, usize::from(one));
    }
}

#[test]
fn an_act_written_without_having_seen_another_one_did_not_see_it() {
    let mut county = County::founded();
    let proposal = county.proposal();
    let proposed = county.inner(Who::Analyst, InnerAct::Propose(Box::new(proposal))).unwrap();
    let refer = |reason: &str| Act::Inner(Box::new(InnerAct::Refer { reason: reason.into() }));
    let back = county.inner(Who::Lead, InnerAct::Return { proposal: proposed, reason: "补充".into() }).unwrap();
    let crossing = county.says_after(Who::Secretary, &case(), refer("移送"), Some(vec![proposed])).unwrap();
    let file = county.file(&case());
    assert!(file.saw(&crossing, &proposed) && file.saw(&back, &proposed));
    assert!(!file.saw(&crossing, &back) && !file.saw(&back, &crossing));
}

#[test]
fn shown_is_the_hash_of_the_bodies_in_their_order_and_of_nothing_that_is_not_there() {
    let mut county = County::founded();
    let proposal = county.proposal();
    let proposed = county.inner(Who::Analyst, InnerAct::Propose(Box::new(proposal))).unwrap();
    let recuse = InnerAct::Recuse { holder: [Who::Secretary as u8; 16].into(), reason: "亲属".into() };
    let other = county.inner(Who::Secretary, recuse).unwrap();
    let file = county.file(&case());
    let bytes = |id| file.history.iter().find(|said| said.entry.id() == id).unwrap().bytes.clone().unwrap();
    let both = [(&proposed, bytes(proposed)), (&other, bytes(other))];
    let expected = Body::shown(both.iter().map(|(id, bytes)| (*id, &**bytes)));
    assert_eq!(file.shown(&[proposed, other]), Some(expected));
    assert_ne!(file.shown(&[other, proposed]), Some(expected));
    assert_eq!(file.shown(&[proposed, id(7)]), None);
    assert!(file.was_shown(&[proposed, other], &expected) && !file.was_shown(&[proposed], &expected));
}
