//! Claims about certificates: who may give what to whom, and when one is complete.

use super::*;
use crate::{
    record::entry::{DocId, Epoch, Hash, Kind, Scope, Shelf},
    trust::key::KeyPair,
};

pub(crate) const ROOT: &str = "370126";
const TOWN: &str = "370126.105";
const VILLAGE: &str = "370126.105.201";

pub(crate) fn certificate(n: u8, unit: &str, roles: &[Role], rank: u16) -> Certificate {
    Certificate {
        key: KeyPair::from_seed(&[n; 32]).public(),
        holder: [n; 16].into(),
        unit: unit.parse().unwrap(),
        roles: roles.to_vec(),
        not_before_s: 0,
        not_after_s: 1_000,
        custody: Custody::NODE_HELD,
        rank,
        may_issue: None,
    }
}

fn issuing(certificate: Certificate, roles: &[Role], levels_below: u8) -> Certificate {
    Certificate { may_issue: Some(MayIssue { roles: roles.to_vec(), levels_below }), ..certificate }
}

/// A tree with these founders, whose ids come in the same order.
pub(crate) fn tree(founders: Vec<Certificate>) -> (Charter, Vec<CertificateId>) {
    let genesis = Genesis {
        name: "示例县".into(),
        root: ROOT.parse().unwrap(),
        root_keys: vec![KeyPair::from_seed(&[200; 32]).public()],
        threshold: 1,
        founders,
        made_s: 0,
        salt: [0; 16].into(),
    };
    let ids = genesis.founders().map(|(id, _)| id).collect();
    (Charter::new(genesis), ids)
}

pub(crate) fn header(home: &str, reach: Reach, shelf: Shelf, kind: Kind, author: CertificateId) -> Header {
    Header {
        scope: Scope { home: home.parse().unwrap(), reach, shelf },
        kind,
        doc: DocId([1; 16]),
        author,
        epoch: Epoch([1; 8]),
        seq: 0,
        prev: None,
        after: None,
        claimed_time_s: 500,
        anchor: None,
        body: Hash([0; 32]),
    }
}

fn at(home: &str, reach: Reach, author: CertificateId) -> Header {
    header(home, reach, Shelf::CHARTER, Kind::CERTIFICATE, author)
}

fn endorse_by(charter: &mut Charter, header: &Header, subject: EntryId) -> Vec<CertificateId> {
    charter.endorse(agrees(header), header, subject)
}

/// The id of an `endorse` act by this author in this document.
fn agrees(header: &Header) -> EntryId {
    EntryId(Hash::of(&[header.author.0.as_slice(), &header.doc.0].concat()))
}

fn id(n: u8) -> EntryId {
    EntryId(Hash([n; 32]))
}

const MOST: &[Role] = &[Role::REPORTER, Role::ANALYST, Role::SECRETARY, Role::ADMINISTRATOR, Role::NODE];

/// An administrator (rank 100, may issue most roles two levels below) and a secretary of the county (rank 100).
fn county() -> (Charter, CertificateId, CertificateId) {
    let administrator = issuing(certificate(1, ROOT, &[Role::ADMINISTRATOR], 100), MOST, 2);
    let (charter, ids) = tree(vec![administrator, certificate(2, ROOT, &[Role::SECRETARY], 100)]);
    (charter, ids[0], ids[1])
}

#[test]
fn each_rule_of_issuing_refuses_alone() {
    let (charter, administrator, secretary) = county();
    let reporter = || certificate(3, VILLAGE, &[Role::REPORTER], 101);
    let up = |author| at(VILLAGE, Reach::UP, author);
    assert_eq!(charter.may_certify(&up(administrator), &reporter()), Ok(()));
    let ill = |what| Err(CertificateFault::IllFormed(what));
    let changed = |change: &dyn Fn(&mut Certificate)| {
        let mut changed = reporter();
        change(&mut changed);
        charter.may_certify(&up(administrator), &changed)
    };
    use CertificateFault::{Charter as Elsewhere, Expired, Rank, Roles, Unit};
    // What it says.
    let unsorted = ill("roles are not ascending");
    assert_eq!(changed(&|c| c.roles = vec![Role::ANALYST, Role::REPORTER]), unsorted);
    assert_eq!(changed(&|c| c.roles = vec![Role::REPORTER, Role::REPORTER]), unsorted);
    assert_eq!(
        changed(&|c| c.roles = vec![Role::ANALYST, Role::ADMINISTRATOR]),
        ill("the administrator role excludes every casework role")
    );
    assert_eq!(
        changed(&|c| c.roles = vec![Role::ADMINISTRATOR, Role(77)]),
        ill("the administrator role excludes every casework role")
    );
    assert_eq!(changed(&|c| c.roles = vec![Role::REPORTER, Role::NODE]), ill("a node has no other role"));
    assert_eq!(changed(&|c| c.roles = vec![Role::ROOT]), ill("the root's role is never given"));
    assert_eq!(changed(&|c| *c = issuing(c.clone(), &[Role::ROOT], 0)), ill("the root's role is never given"));
    assert_eq!(changed(&|c| c.not_after_s = -1), ill("validity ends before it begins"));
    // Which roles.
    assert_eq!(changed(&|c| c.roles = vec![Role::POST_HOLDER]), Err(Roles));
    assert_eq!(changed(&|c| c.roles = vec![Role::REPORTER, Role(77)]), Err(Roles));
    assert_eq!(charter.may_certify(&up(secretary), &reporter()), Err(Roles));
    assert_eq!(charter.may_certify(&up(id(9)), &reporter()), Err(Roles));
    // What rank.
    assert_eq!(changed(&|c| c.rank = 100), Err(Rank));
    assert_eq!(changed(&|c| c.rank = 0), Err(Rank));
    assert_eq!(changed(&|c| c.rank = u16::MAX), Ok(()));
    // In which charter.
    assert_eq!(charter.may_certify(&at(TOWN, Reach::UP, administrator), &reporter()), Err(Elsewhere));
    assert_eq!(charter.may_certify(&at(VILLAGE, Reach::DOWN, administrator), &reporter()), Ok(()));
    assert_eq!(charter.may_certify(&at(VILLAGE, Reach::LOCAL, administrator), &reporter()), Err(Elsewhere));
    assert_eq!(charter.may_certify(&at(VILLAGE, Reach(9), administrator), &reporter()), Err(Elsewhere));
    assert_eq!(changed(&|c| c.roles = vec![Role::NODE]), Err(Elsewhere));
    assert_eq!(changed(&|c| *c = issuing(c.clone(), &[], 0)), Err(Elsewhere));
    // When.
    let when = |claimed_time_s| charter.may_certify(&Header { claimed_time_s, ..up(administrator) }, &reporter());
    assert_eq!([when(-1), when(0), when(1_000), when(1_001)], [Err(Expired), Ok(()), Ok(()), Err(Expired)]);
    // Where: within the issuer's unit, and not too far below.
    let deep = format!("{VILLAGE}.d1");
    let there = |unit: &str| {
        let header = at(unit, Reach::UP, administrator);
        charter.may_certify(&header, &certificate(3, unit, &[Role::REPORTER], 101))
    };
    assert_eq!([there(ROOT), there(TOWN), there(VILLAGE), there(&deep)], [Ok(()), Ok(()), Ok(()), Err(Unit)]);
    assert_eq!(there("370127"), Err(Unit));
    assert_eq!(there("37"), Err(Unit));
    // A path that only begins with the same letters is another unit.
    let department = issuing(certificate(1, "370126.d7", &[Role::ADMINISTRATOR], 100), MOST, 2);
    let (of_department, ids) = tree(vec![department]);
    let there = |unit: &str| {
        of_department.may_certify(&at(unit, Reach::UP, ids[0]), &certificate(3, unit, &[Role::REPORTER], 101))
    };
    let units = ["370126.d7", "370126.d7.d1", "370126.d70", "370126.d07", "370126.d7.d1.d1.d1"];
    assert_eq!(units.map(there), [Ok(()), Ok(()), Err(Unit), Err(Unit), Err(Unit)]);
}

#[test]
fn nobody_passes_on_more_than_they_have() {
    let (charter, administrator, _) = county();
    let down = at(TOWN, Reach::DOWN, administrator);
    let give = |roles: &[Role], levels| {
        charter.may_certify(&down, &issuing(certificate(3, TOWN, &[Role::ADMINISTRATOR], 200), roles, levels))
    };
    // From the county two levels below; from the township one of them is left.
    assert_eq!([give(&[Role::REPORTER], 0), give(&[Role::REPORTER], 1)], [Ok(()), Ok(())]);
    assert_eq!(give(&[Role::REPORTER], 2), Err(CertificateFault::Unit));
    assert_eq!(give(&[Role::REPORTER], u8::MAX), Err(CertificateFault::Unit));
    assert_eq!(give(&[Role::POST_HOLDER], 1), Err(CertificateFault::Roles));
    assert_eq!(give(&[Role::REPORTER, Role::REPORTER], 1), Err(CertificateFault::IllFormed("roles are not ascending")));
}

#[test]
fn a_chain_ends_where_ranks_or_levels_do() {
    let (mut charter, administrator, _) = county();
    let mut issuer = administrator;
    let mut depth = 0;
    // Each administrator certifies another at the same unit: ranks must grow, so it ends.
    for n in 0..250_u8 {
        let next = issuing(certificate(3, ROOT, &[Role::ADMINISTRATOR], 100 + u16::from(n)), MOST, 2);
        if charter.certify(id(n), &at(ROOT, Reach::DOWN, issuer), &next).is_empty() {
            assert_eq!(n, 0, "only the first has its issuer's rank");
            continue;
        }
        issuer = id(n);
        depth += 1;
    }
    assert_eq!(depth, 249);
    // What is proved to a stranger is bounded.
    assert_eq!(charter.chain(&issuer).len(), crate::limits::CHAIN_MAX);
    assert_eq!(charter.chain(&id(3)), [id(1), id(2), id(3)]);
    assert_eq!(charter.chain(&administrator), []);
}

#[test]
fn only_casework_roles_wait_for_a_secretary() {
    for n in 0..=255 {
        let role = Role(n);
        let given = Role::ALL.iter().any(|(known, _)| *known == role);
        let waits = ![1, 2, 3, 8, 9, 10, 11].contains(&n);
        assert_eq!(role.is_casework(), waits, "{role:?}");
        assert_eq!(role.name().is_some(), given || role == Role::ROOT);
        assert_eq!(role.name().and_then(Role::from_name), given.then_some(role));
        assert_eq!(certificate(3, ROOT, &[role], 1).needs_endorsement(), waits);
    }
    // A join token has no role, and leave to issue casework roles waits when it is used.
    assert!(!certificate(3, ROOT, &[], 1).needs_endorsement());
    assert!(!issuing(certificate(3, ROOT, &[], 1), &[Role::SECRETARY], 0).needs_endorsement());
}

/// An analyst at the township, certified, and a charter that knows some who might endorse.
fn waiting() -> (Charter, Header, CertificateId) {
    let (mut charter, administrator, secretary) = county();
    let header = at(TOWN, Reach::DOWN, administrator);
    assert_eq!(charter.certify(id(50), &header, &certificate(50, TOWN, &[Role::ANALYST], 300)), []);
    assert!(charter.complete(&id(50)).is_none());
    (charter, header, secretary)
}

#[test]
fn a_secretary_of_the_unit_or_above_completes_it() {
    let (mut charter, header, secretary) = waiting();
    let endorse = |author: CertificateId| Header { author, ..header.clone() };
    assert_eq!(endorse_by(&mut charter, &endorse(secretary), id(50)), [id(50)]);
    assert!(charter.complete(&id(50)).is_some());
    assert!(charter.is_endorsed_by(&id(50), &secretary));
    assert_eq!(endorse_by(&mut charter, &endorse(secretary), id(50)), [], "once");
}

#[test]
fn no_other_endorsement_counts() {
    let (charter, header, secretary) = waiting();
    let officer = |n, unit: &str, roles: &[Role], rank| {
        let mut charter = charter.clone();
        let administrator = header.author;
        let scope = at(unit, Reach::DOWN, administrator);
        let by = id(255 - n);
        charter.certify(by, &scope, &certificate(n, unit, roles, rank));
        endorse_by(&mut charter, &Header { author: secretary, ..scope }, by);
        assert!(charter.complete(&by).is_some(), "{n}");
        endorse_by(&mut charter, &Header { author: by, ..header.clone() }, id(50));
        charter.complete(&id(50)).is_some()
    };
    assert!(officer(60, TOWN, &[Role::SECRETARY], 299));
    assert!(!officer(61, TOWN, &[Role::SECRETARY], 300), "of the same rank");
    assert!(!officer(62, TOWN, &[Role::SECRETARY], 301), "of a higher number");
    assert!(!officer(63, "370126.106", &[Role::SECRETARY], 200), "of a sibling");
    assert!(!officer(64, VILLAGE, &[Role::SECRETARY], 200), "of a unit below");
    assert!(!officer(65, TOWN, &[Role::ADMINISTRATOR], 200), "not a secretary");
    assert!(!officer(50, TOWN, &[Role::SECRETARY], 200), "of the same holder");
    let refused = |change: &dyn Fn(&mut Header)| {
        let mut charter = charter.clone();
        let mut header = Header { author: secretary, ..header.clone() };
        change(&mut header);
        assert_eq!(endorse_by(&mut charter, &header, id(50)), []);
        assert!(charter.complete(&id(50)).is_none());
    };
    refused(&|header| header.author = id(99));
    refused(&|header| header.claimed_time_s = 1_001);
    refused(&|header| header.doc = DocId([2; 16]));
    refused(&|header| header.scope.reach = Reach::UP);
    refused(&|header| header.scope.home = VILLAGE.parse().unwrap());
    refused(&|header| header.scope.home = ROOT.parse().unwrap());
}

/// Else one person with leave to issue could make officers alone.
#[test]
fn nobody_endorses_what_they_issued() {
    let issuer = issuing(certificate(1, ROOT, &[Role::SECRETARY], 100), &[Role::ANALYST], 2);
    let other_key = Certificate { holder: issuer.holder, ..certificate(2, ROOT, &[Role::SECRETARY], 100) };
    let (charter, ids) = tree(vec![issuer, other_key, certificate(3, ROOT, &[Role::SECRETARY], 100)]);
    let header = at(TOWN, Reach::DOWN, ids[0]);
    for (author, counts) in [(ids[0], false), (ids[1], false), (ids[2], true)] {
        let mut charter = charter.clone();
        charter.certify(id(50), &header, &certificate(50, TOWN, &[Role::ANALYST], 300));
        endorse_by(&mut charter, &Header { author, ..header.clone() }, id(50));
        assert_eq!(charter.complete(&id(50)).is_some(), counts);
    }
}

#[test]
fn a_name_hides_no_letters() {
    assert!(["张三", "𠮷田 B", "O'Neil"].iter().all(|name| is_name(name)));
    let hidden = ["", "  ", "张\u{200b}三", "张\u{202e}三", "\u{feff}张三", "张\u{2066}三", "张\n三"];
    assert!(hidden.iter().all(|name| !is_name(name)));
    assert!(!is_name(&"长".repeat(101)));
}

#[test]
fn an_endorsement_may_come_before_what_it_endorses() {
    let (mut charter, administrator, secretary) = county();
    let header = at(TOWN, Reach::DOWN, administrator);
    assert_eq!(endorse_by(&mut charter, &Header { author: secretary, ..header.clone() }, id(50)), []);
    assert_eq!(charter.certify(id(50), &header, &certificate(50, TOWN, &[Role::ANALYST], 300)), [id(50)]);
    assert!(!charter.complete(&id(50)).unwrap().home_only);
    // Told again, nothing changes.
    assert_eq!(charter.certify(id(50), &header, &certificate(51, TOWN, &[Role::REPORTER], 300)), []);
    assert_eq!(charter.complete(&id(50)).unwrap().certificate.holder, [50; 16].into());
}

#[test]
fn completeness_never_ends_though_validity_does() {
    let (mut charter, administrator, _) = county();
    let header = at(VILLAGE, Reach::UP, administrator);
    let brief = Certificate { not_after_s: 1, ..certificate(3, VILLAGE, &[Role::REPORTER], 300) };
    assert_eq!(charter.certify(id(3), &header, &brief), [id(3)]);
    let held = charter.complete(&id(3)).unwrap();
    assert!(held.home_only);
    assert_eq!([-1, 0, 1, 2].map(|time| held.certificate.is_valid_at(time)), [false, true, true, false]);
    assert_eq!(charter.of_key(&KeyPair::from_seed(&[3; 32]).public()).count(), 1);
    assert_eq!(charter.of_key(&KeyPair::from_seed(&[4; 32]).public()).count(), 0);
}
