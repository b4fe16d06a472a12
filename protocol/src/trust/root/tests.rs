//! Claims about the root: how many must agree, and what becomes of keys that were handed over.

use std::collections::BTreeSet;

use super::*;
use crate::{
    record::{
        body::{Act, RevokeReason, Witness},
        entry::EntryId,
    },
    trust::{
        authority::{Verdict, VoidReason},
        charter::{Charter, tests::ROOT},
        key::KeyPair,
        revocation::{
            Strike,
            tests::{Told, officer},
        },
    },
};

fn key(n: u8) -> KeyPair {
    KeyPair::from_seed(&[n; 32])
}

fn pending(have: u8, need: u8) -> Verdict {
    Verdict::Void(VoidReason::Pending(Agreement { have, need }))
}

fn tree(root_keys: u8, threshold: u8) -> (Told, CertificateId, Vec<CertificateId>) {
    let (told, ids) = Told::new(vec![(1, Role::ADMINISTRATOR), (2, Role::SECRETARY)], root_keys, threshold);
    let roots = told.roots();
    (told, ids[0], roots)
}

/// Hands over to keys of these seeds, and gives the ids under which they sign.
fn hand_over(told: &mut Told, by: CertificateId, seeds: &[u8], threshold: u8) -> (EntryId, DocKey, Vec<CertificateId>) {
    let document = told.document(root_scope(&ROOT.parse().unwrap()), Kind::ROOT);
    let keys: Vec<PublicKey> = seeds.iter().map(|n| key(*n).public()).collect();
    let id = told.say(by, &document, Act::ReplaceRoot { keys: keys.clone(), threshold });
    let set = RootSet { origin: id.0, keys, threshold };
    let ids: Vec<CertificateId> = set.ids().collect();
    told.keys.extend(ids.iter().zip(seeds).map(|(id, n)| (*id, key(*n))));
    (id, document, ids)
}

#[test]
fn one_key_of_three_may_be_enough() {
    let (mut told, _, roots) = tree(3, 1);
    let (node, _) = told.certify(roots[2], officer(10, ROOT, Role::NODE, 100));
    assert_eq!(told.verdicts()[&node], Verdict::Valid);
    assert!(told.charter().complete(&node).is_some());
}

#[test]
fn two_of_three_must_be_two_and_not_one_twice() {
    let (mut told, _, roots) = tree(3, 2);
    // The root issues casework roles too, and no secretary is asked.
    let (analyst, document) = told.certify(roots[0], officer(10, ROOT, Role::ANALYST, 100));
    assert_eq!(told.verdicts()[&analyst], pending(1, 2));
    assert!(told.charter().complete(&analyst).is_none());
    told.endorse(roots[0], &document, analyst);
    assert_eq!(told.verdicts()[&analyst], pending(1, 2), "the same key again");
    let elsewhere = told.document(document.scope.clone(), Kind::CERTIFICATE);
    told.endorse(roots[1], &elsewhere, analyst);
    assert_eq!(told.verdicts()[&analyst], pending(1, 2), "in another document");
    told.endorse(roots[1], &document, analyst);
    assert_eq!(told.verdicts()[&analyst], Verdict::Valid);
    assert!(told.charter().complete(&analyst).is_some());
}

#[test]
fn one_root_key_alone_neither_revokes_nor_endorses_officers() {
    let (mut told, administrator, roots) = tree(3, 2);
    let (analyst, document) = told.certify(administrator, officer(10, ROOT, Role::ANALYST, 200));
    told.endorse(roots[0], &document, analyst);
    assert!(told.charter().complete(&analyst).is_none(), "a stolen root key invents nobody");
    told.endorse(roots[1], &document, analyst);
    assert!(told.charter().complete(&analyst).is_some());
    let revoke = told.revoke(roots[0], &document, analyst);
    assert_eq!((told.verdicts()[&revoke].clone(), told.charter().dead(&analyst)), (pending(1, 2), None));
    told.endorse(roots[2], &document, revoke);
    assert_eq!(told.verdicts()[&revoke], Verdict::Valid);
    let strike = Strike::Revoked { revoke, reason: RevokeReason::STOLEN };
    assert_eq!(told.charter().dead(&analyst), Some(strike));
}

#[test]
fn the_root_is_handed_over_by_old_and_new_keys() {
    let (mut told, _, roots) = tree(2, 2);
    let (id, document, new) = hand_over(&mut told, roots[0], &[210, 211], 2);
    assert_eq!(told.verdicts()[&id], pending(1, 4));
    // The new keys may agree from when they are named; whatever else they say is nothing yet.
    told.endorse(new[0], &document, id);
    let (early, _) = told.certify(new[0], officer(10, ROOT, Role::NODE, 100));
    let verdicts = told.verdicts();
    assert_eq!((&verdicts[&id], &verdicts[&early]), (&pending(2, 4), &Verdict::Void(VoidReason::RootNotInForce)));
    told.endorse(new[1], &document, id);
    assert_eq!(told.verdicts()[&id], pending(3, 4));
    assert_eq!(told.charter().root().origin, told.genesis.hash().0);
    told.endorse(roots[1], &document, id);
    // What the old keys said is struck with them, the handing over too: it stays done.
    assert_eq!(told.verdicts()[&id], Verdict::Struck(Strike::Root { successor: id }));
    let charter = told.charter();
    assert_eq!(charter.root().origin, id.0);
    assert_eq!(charter.root().ids().collect::<Vec<_>>(), new);
    // What the new keys said early stands now, with as many of them as must.
    assert_eq!(told.verdicts()[&early], pending(1, 2));
    assert_eq!(charter.chain(&new[0]), [id]);
}

#[test]
fn an_old_root_says_nothing_any_more_unless_the_new_one_stands_for_it() {
    let (mut told, _, roots) = tree(1, 1);
    let (node, of_node) = told.certify(roots[0], officer(10, ROOT, Role::NODE, 100));
    let (id, document, new) = hand_over(&mut told, roots[0], &[210], 1);
    told.endorse(new[0], &document, id);
    let (late, _) = told.certify(roots[0], officer(11, ROOT, Role::NODE, 100));
    let verdicts = told.verdicts();
    let struck = Verdict::Struck(Strike::Root { successor: id });
    assert_eq!([&verdicts[&node], &verdicts[&late]], [&struck; 2]);
    assert_eq!(told.charter().dead(&node), Some(Strike::Issue));
    told.stand(new[0], ROOT, roots[0], node, node);
    let verdicts = told.verdicts();
    assert_eq!([&verdicts[&node], &verdicts[&late]], [&Verdict::Valid, &struck]);
    assert_eq!(told.charter().dead(&node), None);
    // Not the other way round.
    let backward = told.stand(roots[0], ROOT, new[0], id, id);
    assert_eq!(told.verdicts()[&backward], Verdict::Void(VoidReason::NotEntitled));
    // And once more: what the second root stood for goes with it, unless the third stands for that.
    let (next, document, third) = hand_over(&mut told, new[0], &[220], 1);
    told.endorse(third[0], &document, next);
    assert_eq!(told.charter().dead(&node), Some(Strike::Issue));
    let stand = told.said.iter().map(|(entry, _)| entry.id()).nth(4).unwrap();
    told.stand(third[0], ROOT, new[0], stand, stand);
    assert_eq!(told.charter().dead(&node), None);
    told.revoke(third[0], &of_node, node);
    assert_eq!(told.charter().dead(&node).unwrap().code(), "struck_revoked");
    told.verdicts();
}

#[test]
fn of_two_competing_the_smaller_id_follows_everywhere() {
    let (mut told, _, roots) = tree(2, 1);
    let (one, of_one, ones) = hand_over(&mut told, roots[0], &[210], 1);
    let (two, of_two, twos) = hand_over(&mut told, roots[1], &[220], 1);
    told.endorse(ones[0], &of_one, one);
    told.endorse(twos[0], &of_two, two);
    let (node_one, _) = told.certify(ones[0], officer(10, ROOT, Role::NODE, 100));
    let (node_two, _) = told.certify(twos[0], officer(11, ROOT, Role::NODE, 100));
    let verdicts = told.verdicts();
    let charter = told.charter();
    let (wins, loses) = if one < two { (node_one, node_two) } else { (node_two, node_one) };
    assert_eq!(charter.root().origin, one.min(two).0);
    assert_eq!(verdicts[&wins], Verdict::Valid);
    assert_eq!(verdicts[&loses], Verdict::Void(VoidReason::RootNotInForce));
    // Complete it stays, as completeness never ends; what it says is struck.
    assert!(charter.complete(&loses).is_some());
    assert_eq!((charter.dead(&wins), charter.dead(&loses)), (None, Some(Strike::Issue)));
}

#[test]
fn a_thief_of_one_key_hands_nothing_over() {
    let (mut told, _, roots) = tree(3, 2);
    let (id, document, thieves) = hand_over(&mut told, roots[0], &[66], 1);
    told.endorse(thieves[0], &document, id);
    assert_eq!(told.verdicts()[&id], pending(2, 3));
    // Nor on from there: a root nobody handed over to lets nobody in.
    let (_, _, further) = hand_over(&mut told, thieves[0], &[67], 1);
    let charter = told.charter();
    assert!(charter.complete(&thieves[0]).is_some());
    assert!(charter.complete(&further[0]).is_none());
    assert!(!charter.is_in_force(&thieves[0]));
    told.verdicts();
}

#[test]
fn root_keys_are_certificates_of_their_own() {
    let (told, _, roots) = tree(3, 2);
    let charter = Charter::new(told.genesis.clone());
    let different: BTreeSet<_> = roots.iter().collect();
    assert_eq!(different.len(), 3);
    let known = charter.complete(&roots[0]).unwrap();
    assert_eq!((known.certificate.rank, known.certificate.roles.as_slice()), (0, &[Role::ROOT][..]));
    assert!(known.certificate.is_valid_at(i64::MIN) && known.certificate.is_valid_at(i64::MAX));
    assert_eq!(known.document, document_of(&ROOT.parse().unwrap(), Kind::ROOT, &roots[0]));
    assert_eq!(charter.root().certificate_of(&key(201).public()), Some(roots[1]));
    assert_eq!(charter.root().certificate_of(&key(99).public()), None);
}

#[test]
fn the_newest_policy_of_the_root_names_the_witnesses() {
    let (mut told, administrator, roots) = tree(2, 2);
    let place = told.document(root_scope(&ROOT.parse().unwrap()), Kind::WITNESSES);
    let named = |told: &mut Told, by, n: u8| {
        let members = vec![Witness { name: "审计局".into(), key: key(n).public(), outside: true }];
        told.say(by, &place, Act::Witnesses { threshold: 1, members })
    };
    let first = named(&mut told, roots[0], 50);
    assert_eq!((told.verdicts()[&first].clone(), told.charter().witness_policy()), (pending(1, 2), None));
    told.endorse(roots[1], &place, first);
    let charter = told.charter();
    let policy = charter.witness_policy().unwrap();
    assert_eq!((policy.id, policy.threshold, policy.members[0].key), (first, 1, key(50).public()));
    let not_root = named(&mut told, administrator, 51);
    assert_eq!(told.verdicts()[&not_root], Verdict::Void(VoidReason::NoAuthority));
    assert_eq!(told.charter().witness_policy().unwrap().id, first);
    // Struck with the root that said it.
    let (id, document, new) = hand_over(&mut told, roots[0], &[210], 1);
    told.endorse(roots[1], &document, id);
    told.endorse(new[0], &document, id);
    assert_eq!(told.charter().witness_policy(), None);
}
