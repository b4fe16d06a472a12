//! Claims about revocation: what is struck, who may strike and stand, and that the order of arrival has no part in it.

use super::*;
use crate::{
    record::{
        body::{Act, Body, Content},
        entry::{DocId, Entry, Epoch, Hash, Kind},
    },
    replica::take_in_for_tests,
    trust::{
        authority::{Verdict, VoidReason, judge, judge_said},
        charter::{
            Certificate, MayIssue, Role,
            tests::{ROOT, certificate},
        },
        genesis::Genesis,
        key::KeyPair,
    },
};

const TOWN: &str = "370126.105";

/// Some people with keys, and what they say: entries are made once and told to charters in any order.
pub(crate) struct Told {
    pub(crate) genesis: Genesis,
    pub(crate) keys: BTreeMap<CertificateId, KeyPair>,
    pub(crate) said: Vec<(Entry, Body)>,
    tips: BTreeMap<(Scope, CertificateId), (EntryId, u64)>,
}

/// A founder's or an officer's certificate of key `n`.
pub(crate) fn officer(n: u8, unit: &str, role: Role, rank: u16) -> Certificate {
    let roles: Vec<Role> = Role::ALL.iter().map(|(role, _)| *role).collect();
    let may_issue =
        (role == Role::ADMINISTRATOR).then_some(MayIssue { roles, levels_below: if unit == ROOT { 3 } else { 0 } });
    Certificate { may_issue, ..certificate(n, unit, &[role], rank) }
}

impl Told {
    /// A tree founded by these, under so many root keys (of the seeds from 200).
    pub(crate) fn new(founders: Vec<(u8, Role)>, root_keys: u8, threshold: u8) -> (Told, Vec<CertificateId>) {
        let genesis = Genesis {
            name: "示例县".into(),
            root: ROOT.parse().unwrap(),
            root_keys: (0..root_keys).map(|n| KeyPair::from_seed(&[200 + n; 32]).public()).collect(),
            threshold,
            founders: founders.iter().map(|(n, role)| officer(*n, ROOT, *role, 100)).collect(),
            made_s: 0,
            salt: [0; 16].into(),
        };
        let ids: Vec<CertificateId> = genesis.founders().map(|(id, _)| id).collect();
        let mut keys: BTreeMap<_, _> =
            ids.iter().zip(&founders).map(|(id, (n, _))| (*id, KeyPair::from_seed(&[*n; 32]))).collect();
        let first = Charter::new(genesis.clone());
        keys.extend(first.root().ids().zip(0..).map(|(id, n)| (id, KeyPair::from_seed(&[200 + n; 32]))));
        (Told { genesis, keys, said: vec![], tips: BTreeMap::new() }, ids)
    }

    /// The certificate ids of the first root's keys.
    pub(crate) fn roots(&self) -> Vec<CertificateId> {
        Charter::new(self.genesis.clone()).root().ids().collect()
    }

    pub(crate) fn key(&self, by: &CertificateId) -> KeyPair {
        KeyPair::from_seed(self.keys[by].seed())
    }

    /// Says something after what the author last said there.
    pub(crate) fn say(&mut self, by: CertificateId, document: &DocKey, act: Act) -> EntryId {
        let prev = self.tips.get(&(document.scope.clone(), by)).copied();
        self.say_after(by, document, act, prev, 1)
    }

    /// Says something at a place of the author's feed, in an epoch.
    pub(crate) fn say_after(
        &mut self,
        by: CertificateId,
        document: &DocKey,
        act: Act,
        prev: Option<(EntryId, u64)>,
        epoch: u8,
    ) -> EntryId {
        let salt = Hash::of(&(self.said.len() as u64).to_be_bytes()).0.first_chunk().copied().unwrap();
        let body = Body::new(salt, Content::Act(act));
        let header = Header {
            scope: document.scope.clone(),
            kind: document.kind,
            doc: document.doc,
            author: by,
            epoch: Epoch([epoch; 8]),
            seq: prev.map_or(0, |(_, seq)| seq + 1),
            prev: prev.map(|(id, _)| id),
            after: prev.map(|_| vec![]),
            claimed_time_s: 500,
            anchor: None,
            body: Hash::of(&body.bytes()),
        };
        let seq = header.seq;
        let entry = header.sign(&self.genesis.hash(), &self.key(&by)).unwrap();
        let id = entry.id();
        self.tips.insert((document.scope.clone(), by), (id, seq));
        self.said.push((entry, body));
        id
    }

    /// A certificate in a document of its own, which this returns too.
    pub(crate) fn certify(&mut self, by: CertificateId, certificate: Certificate) -> (CertificateId, DocKey) {
        let scope = Scope { home: certificate.unit.clone(), reach: Reach::DOWN, shelf: Shelf::CHARTER };
        let document = self.document(scope, Kind::CERTIFICATE);
        let key = (0..=255).map(|n| KeyPair::from_seed(&[n; 32])).find(|key| key.public() == certificate.key).unwrap();
        let id = self.say(by, &document, Act::Certify(Box::new(certificate)));
        self.keys.insert(id, key);
        (id, document)
    }

    pub(crate) fn document(&self, scope: Scope, kind: Kind) -> DocKey {
        let doc = Hash::of(&[b'd', self.said.len() as u8]).0.first_chunk().copied().unwrap();
        DocKey { scope, kind, doc: DocId(doc) }
    }

    pub(crate) fn endorse(&mut self, by: CertificateId, document: &DocKey, subject: EntryId) -> EntryId {
        self.say(by, document, Act::Endorse { subject })
    }

    pub(crate) fn revoke(&mut self, by: CertificateId, document: &DocKey, subject: CertificateId) -> EntryId {
        self.say(by, document, Act::Revoke { subject, reason: RevokeReason::STOLEN })
    }

    /// Stands for a stretch of a feed in the charter that reaches down from a unit.
    pub(crate) fn stand(
        &mut self,
        by: CertificateId,
        home: &str,
        author: CertificateId,
        first: EntryId,
        last: EntryId,
    ) -> EntryId {
        let scope = Scope { home: home.parse().unwrap(), reach: Reach::DOWN, shelf: Shelf::CHARTER };
        let document = self.document(scope, Kind::STAND);
        self.say(by, &document, Act::Stand { author, first, last })
    }

    /// The charter that was told all of it, in its order.
    pub(crate) fn charter(&self) -> Charter {
        let order: Vec<usize> = (0..self.said.len()).collect();
        self.charter_in(&order)
    }

    /// The charter that was told all of it in this order, each as soon as what it needs is there.
    fn charter_in(&self, order: &[usize]) -> Charter {
        let mut charter = Charter::new(self.genesis.clone());
        let mut held = BTreeSet::new();
        let mut waiting = order.to_vec();
        while !waiting.is_empty() {
            let before = waiting.len();
            waiting.retain(|at| {
                let (entry, body) = &self.said[*at];
                let header = entry.header();
                let ready =
                    header.prev.is_none_or(|prev| held.contains(&prev)) && charter.complete(&header.author).is_some();
                if ready {
                    held.insert(entry.id());
                    take_in_for_tests(&mut charter, entry, &body.bytes());
                }
                !ready
            });
            if waiting.len() == before {
                break;
            }
        }
        charter
    }

    pub(crate) fn verdict(&self, charter: &Charter, id: &EntryId) -> Verdict {
        let (entry, body) = self.said.iter().find(|(entry, _)| entry.id() == *id).unwrap();
        match judge_said(charter, entry, Some(&body.bytes())) {
            Err(reason) => Verdict::Void(reason),
            Ok(_) => charter.strike(id, entry.header()).map_or(Verdict::Valid, Verdict::Struck),
        }
    }

    /// Whether it may be said at all, as its writer is told.
    pub(crate) fn refusal(&self, charter: &Charter, id: &EntryId) -> Option<VoidReason> {
        let (entry, body) = self.said.iter().find(|(entry, _)| entry.id() == *id).unwrap();
        judge(charter, entry.header(), Some(&body.bytes())).err()
    }

    /// All verdicts, the same in many orders.
    pub(crate) fn verdicts(&self) -> BTreeMap<EntryId, Verdict> {
        let expected = self.all(&self.charter());
        let mut order: Vec<usize> = (0..self.said.len()).collect();
        let mut seed = 7_u64;
        for _ in 0..40 {
            for at in (1..order.len()).rev() {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                order.swap(at, (seed >> 33) as usize % (at + 1));
            }
            assert_eq!(self.all(&self.charter_in(&order)), expected, "in the order {order:?}");
        }
        order.reverse();
        assert_eq!(self.all(&self.charter_in(&order)), expected);
        expected
    }

    fn all(&self, charter: &Charter) -> BTreeMap<EntryId, Verdict> {
        self.said.iter().map(|(entry, _)| (entry.id(), self.verdict(charter, &entry.id()))).collect()
    }
}

fn is_struck(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Struck(_))
}

const ADMINISTRATOR: u8 = 1;
const SECRETARY: u8 = 2;
const SECOND: u8 = 3;

/// An administrator and two secretaries of the county, under one root key.
fn county() -> (Told, CertificateId, CertificateId, CertificateId) {
    let founders = vec![(ADMINISTRATOR, Role::ADMINISTRATOR), (SECRETARY, Role::SECRETARY), (SECOND, Role::SECRETARY)];
    let (told, ids) = Told::new(founders, 1, 1);
    (told, ids[0], ids[1], ids[2])
}

#[test]
fn nothing_is_struck_where_nothing_was_revoked() {
    let (mut told, administrator, ..) = county();
    told.certify(administrator, officer(10, TOWN, Role::NODE, 300));
    let charter = told.charter();
    assert!(charter.is_unstruck());
    assert!(told.verdicts().values().all(|verdict| *verdict == Verdict::Valid));
}

#[test]
fn who_may_revoke_whom() {
    let (mut told, administrator, secretary, _) = county();
    let (node, of_node) = told.certify(administrator, officer(10, TOWN, Role::NODE, 300));
    let (analyst, of_analyst) = told.certify(administrator, officer(11, TOWN, Role::ANALYST, 300));
    told.endorse(secretary, &of_analyst, analyst);
    let (town, of_town) = told.certify(administrator, officer(12, TOWN, Role::SECRETARY, 200));
    told.endorse(secretary, &of_town, town);
    let (elsewhere, of_elsewhere) = told.certify(administrator, officer(13, "370126.106", Role::NODE, 300));
    let (equal, of_equal) = told.certify(administrator, officer(14, TOWN, Role::NODE, 200));
    let mut tried = |by, document: &DocKey, subject| {
        let revoke = told.revoke(by, document, subject);
        let charter = told.charter();
        let dead = charter.dead(&subject);
        let refusal = told.refusal(&charter, &revoke);
        told.said.pop();
        told.tips.remove(&(document.scope.clone(), by));
        assert_eq!(dead.is_some(), refusal.is_none());
        refusal
    };
    let no = Some(VoidReason::NotEntitled);
    assert_eq!(tried(administrator, &of_node, node), None);
    assert_eq!(tried(administrator, &of_analyst, analyst), no, "an administrator has no say over casework");
    assert_eq!(tried(secretary, &of_analyst, analyst), None);
    assert_eq!(tried(town, &of_node, node), None);
    assert_eq!(tried(town, &of_equal, equal), no, "of the same rank");
    assert_eq!(tried(town, &of_town, town), no, "oneself");
    assert_eq!(tried(secretary, &of_analyst, node), no, "in another certificate's document");
    let stranger = EntryId(Hash([9; 32]));
    assert_eq!(tried(secretary, &of_analyst, stranger), no, "a certificate nobody knows");
    assert_eq!(tried(secretary, &of_elsewhere, elsewhere), None);
    // A sibling unit's secretary is not even let in by the second door; here only who may decide is asked.
    assert!(!told.charter().is_entitled_to_revoke(&town, &of_elsewhere, &elsewhere));
}

#[test]
fn two_at_once_strike_once_and_the_smaller_id_is_named() {
    let (mut told, administrator, secretary, second) = county();
    let (node, document) = told.certify(administrator, officer(10, TOWN, Role::NODE, 300));
    let revokes = [told.revoke(secretary, &document, node), told.revoke(second, &document, node)];
    let verdicts = told.verdicts();
    assert!(revokes.iter().all(|id| verdicts[id] == Verdict::Valid));
    let revoke = *revokes.iter().min().unwrap();
    assert_eq!(told.charter().dead(&node), Some(Strike::Revoked { revoke, reason: RevokeReason::STOLEN }));
}

#[test]
fn revoking_each_other_at_one_rank_does_nothing() {
    let (mut told, _, secretary, second) = county();
    let of = |told: &Told, id: &CertificateId| told.charter().certificate(id).unwrap().document.clone();
    let (one, two) = (of(&told, &secretary), of(&told, &second));
    let revokes = [told.revoke(secretary, &two, second), told.revoke(second, &one, secretary)];
    let verdicts = told.verdicts();
    assert!(revokes.iter().all(|id| verdicts[id] == Verdict::Void(VoidReason::NotEntitled)));
    assert!(told.charter().is_unstruck());
    // A founder has a document all the same, and the root may.
    let root = told.roots()[0];
    let revoke = told.revoke(root, &one, secretary);
    let verdicts = told.verdicts();
    assert_eq!(verdicts[&revoke], Verdict::Valid);
    assert!(verdicts[&revokes[1]] == Verdict::Void(VoidReason::NotEntitled));
    assert_eq!(told.charter().dead(&secretary).unwrap().code(), "struck_revoked");
    assert_eq!(told.charter().dead(&second), None);
}

#[test]
fn what_a_struck_issuer_issued_is_dead_unless_somebody_stands_for_it() {
    let (mut told, administrator, secretary, _) = county();
    let (town, of_town) = told.certify(administrator, officer(20, TOWN, Role::ADMINISTRATOR, 200));
    let (first, _) = told.certify(town, officer(10, TOWN, Role::NODE, 300));
    let (second, _) = told.certify(town, officer(11, TOWN, Role::NODE, 300));
    told.revoke(secretary, &of_town, town);
    assert_eq!([first, second].map(|id| told.charter().dead(&id)), [Some(Strike::Issue); 2]);
    let verdicts = told.verdicts();
    assert!(is_struck(&verdicts[&first]) && is_struck(&verdicts[&second]));
    // A stand written later ratifies: the first one counts again, the second does not.
    told.stand(secretary, TOWN, town, first, first);
    let verdicts = told.verdicts();
    assert_eq!(verdicts[&first], Verdict::Valid);
    assert!(is_struck(&verdicts[&second]));
    assert_eq!([first, second].map(|id| told.charter().dead(&id)), [None, Some(Strike::Issue)]);
}

#[test]
fn an_endorser_is_revoked_by_whom_he_endorsed() {
    let (mut told, administrator, secretary, _) = county();
    let (town, of_town) = told.certify(administrator, officer(20, TOWN, Role::SECRETARY, 200));
    told.endorse(secretary, &of_town, town);
    let (lead, of_lead) = told.certify(administrator, officer(21, TOWN, Role::SECRETARY, 300));
    told.endorse(town, &of_lead, lead);
    // By rank he may not, so the two of them stay as they are.
    let upward = told.revoke(lead, &of_town, town);
    assert_eq!(told.verdicts()[&upward], Verdict::Void(VoidReason::NotEntitled));
    // Revoked by the county, the endorser takes with him whom only he endorsed.
    told.revoke(secretary, &of_town, town);
    assert_eq!(told.charter().dead(&lead), Some(Strike::Endorsement));
    told.verdicts();
    // A second endorsement holds.
    told.endorse(secretary, &of_lead, lead);
    assert_eq!(told.charter().dead(&lead), None);
    told.verdicts();
}

#[test]
fn two_invented_secretaries_who_endorse_each_other_are_none() {
    let (mut told, administrator, ..) = county();
    let (one, of_one) = told.certify(administrator, officer(20, TOWN, Role::SECRETARY, 200));
    let (two, of_two) = told.certify(administrator, officer(21, TOWN, Role::SECRETARY, 201));
    told.endorse(one, &of_two, two);
    told.endorse(two, &of_one, one);
    let charter = told.charter();
    assert!(charter.complete(&one).is_none() && charter.complete(&two).is_none());
    told.verdicts();
}

#[test]
fn two_stands_skip_what_a_thief_wrote_in_between() {
    let (mut told, administrator, secretary, _) = county();
    let (town, of_town) = told.certify(administrator, officer(20, TOWN, Role::ADMINISTRATOR, 200));
    let nodes: Vec<CertificateId> = (10..15).map(|n| told.certify(town, officer(n, TOWN, Role::NODE, 300)).0).collect();
    told.revoke(secretary, &of_town, town);
    told.stand(secretary, TOWN, town, nodes[0], nodes[1]);
    let late = told.stand(secretary, TOWN, town, nodes[3], nodes[4]);
    let verdicts = told.verdicts();
    let struck: Vec<bool> = nodes.iter().map(|id| is_struck(&verdicts[id])).collect();
    assert_eq!(struck, [false, false, true, false, false]);
    assert_eq!(verdicts[&late], Verdict::Valid);
    // From last to first the wrong way round is no stretch.
    told.stand(secretary, TOWN, town, nodes[4], nodes[2]);
    assert!(is_struck(&told.verdicts()[&nodes[2]]));
}

#[test]
fn an_epoch_opened_after_the_fact_with_old_times_is_struck_with_the_rest() {
    let (mut told, administrator, secretary, _) = county();
    let (town, of_town) = told.certify(administrator, officer(20, TOWN, Role::ADMINISTRATOR, 200));
    let (honest, _) = told.certify(town, officer(10, TOWN, Role::NODE, 300));
    let (last, _) = told.certify(town, officer(11, TOWN, Role::NODE, 300));
    told.revoke(secretary, &of_town, town);
    told.stand(secretary, TOWN, town, honest, last);
    // The thief branches off before the cut, with a place in the feed and a time that are as old.
    let scope = Scope { home: TOWN.parse().unwrap(), reach: Reach::DOWN, shelf: Shelf::CHARTER };
    let document = told.document(scope, Kind::CERTIFICATE);
    let invented = Act::Certify(Box::new(officer(12, TOWN, Role::NODE, 300)));
    let forged = told.say_after(town, &document, invented, Some((honest, 0)), 2);
    let verdicts = told.verdicts();
    assert!(is_struck(&verdicts[&forged]));
    assert_eq!([&verdicts[&honest], &verdicts[&last]], [&Verdict::Valid; 2]);
    assert_eq!(told.charter().dead(&forged), Some(Strike::Issue));
}

#[test]
fn a_stand_counts_only_as_long_as_its_author_does() {
    let (mut told, administrator, secretary, _) = county();
    let (town, of_town) = told.certify(administrator, officer(20, TOWN, Role::ADMINISTRATOR, 300));
    let (node, _) = told.certify(town, officer(10, TOWN, Role::NODE, 400));
    let (lead, of_lead) = told.certify(administrator, officer(21, TOWN, Role::SECRETARY, 200));
    told.endorse(secretary, &of_lead, lead);
    told.revoke(secretary, &of_town, town);
    let stand = told.stand(lead, TOWN, town, node, node);
    assert_eq!(told.verdicts()[&node], Verdict::Valid);
    told.revoke(secretary, &of_lead, lead);
    let verdicts = told.verdicts();
    assert!(is_struck(&verdicts[&stand]) && is_struck(&verdicts[&node]));
    // Somebody stands for the stand itself.
    told.stand(secretary, TOWN, lead, stand, stand);
    let verdicts = told.verdicts();
    assert_eq!([&verdicts[&stand], &verdicts[&node]], [&Verdict::Valid; 2]);
}

#[test]
fn who_is_not_above_a_feed_s_author_cannot_stand_for_it() {
    let (mut told, administrator, secretary, _) = county();
    let (town, of_town) = told.certify(administrator, officer(20, TOWN, Role::ADMINISTRATOR, 200));
    let (node, _) = told.certify(town, officer(10, TOWN, Role::NODE, 300));
    let (equal, _) = told.certify(administrator, officer(21, TOWN, Role::ADMINISTRATOR, 200));
    told.revoke(secretary, &of_town, town);
    let own = told.stand(town, TOWN, town, node, node);
    let of_equal = told.stand(equal, TOWN, town, node, node);
    // In the county's scope the township's certificate writes nothing.
    let elsewhere = told.stand(secretary, ROOT, town, node, node);
    let verdicts = told.verdicts();
    for stand in [own, of_equal, elsewhere] {
        assert_eq!(verdicts[&stand], Verdict::Void(VoidReason::NotEntitled));
    }
    assert!(is_struck(&verdicts[&node]));
}

#[test]
fn stretches_of_a_long_chain_of_stands_end() {
    // Each stands for the one before, who is dead: as many ranks as there are, and no deeper than that.
    let (mut told, administrator, secretary, _) = county();
    let mut stood_for: Option<(CertificateId, EntryId)> = None;
    let mut last = None;
    for n in (0..40_u8).rev() {
        let (town, of_town) = told.certify(administrator, officer(100 + n, TOWN, Role::SECRETARY, 200 + u16::from(n)));
        told.endorse(secretary, &of_town, town);
        told.revoke(secretary, &of_town, town);
        let stand = match stood_for {
            Some((author, stand)) => told.stand(town, TOWN, author, stand, stand),
            None => told.endorse(town, &of_town, town),
        };
        stood_for = Some((town, stand));
        last = last.or(Some(stand));
    }
    let charter = told.charter();
    assert!(is_struck(&told.verdict(&charter, &last.unwrap())));
    let (author, stand) = stood_for.unwrap();
    told.stand(secretary, TOWN, author, stand, stand);
    let charter = told.charter();
    assert_eq!(told.verdict(&charter, &last.unwrap()), Verdict::Valid);
}
