//! Two doors: what may not be said is refused when written, with the reason; when it comes from elsewhere it is kept,
//! relayed and void or flagged, and what the same officer says later still flows.

use fangwei_protocol::{
    limits::PARKED_BYTES_MAX,
    record::{
        body::{Act, BodyFault, Content, Step, Value},
        cbor::CborFault,
        document::{Inapplicable, Mark},
        entry::{DocKey, Entry, EntryId, Epoch, Hash, Kind, Reach, Shelf},
        feed::HeaderFault,
    },
    replica::{Event, PeerFault, WriteError, WriteRefusal},
    trust::{
        authority::VoidReason,
        charter::{Certificate, CertificateFault, Custody, MayIssue, Role},
        key::KeyPair,
    },
    work::{
        calendar::Day,
        case::{Level, deed::CaseDeed, refusal::CaseRefusal, table::Stage},
        schema::SchemaFault,
    },
};
use tests::{
    cases,
    claims::all_agree,
    stranger::Draft,
    world::{Officer, World},
};

use crate::scene::{COUNTY, TOWN, VILLAGE, scope};

/// A county, a township with an analyst and a lead, a village with a reporter; all connected and quiet.
struct Tree {
    world: World,
    reporter: Officer,
    analyst: Officer,
    lead: Officer,
}

fn tree() -> Tree {
    let mut world = World::new(COUNTY);
    world.add_node(TOWN);
    world.add_node(VILLAGE);
    let reporter = world.add_officer(VILLAGE, &[Role::REPORTER]);
    let analyst = world.add_officer(TOWN, &[Role::ANALYST, Role::DISCIPLINE_LEAD]);
    let lead = world.add_officer(TOWN, &[Role::DISCIPLINE_LEAD]);
    world.connect(TOWN, COUNTY);
    world.settle();
    world.connect(VILLAGE, TOWN);
    world.settle();
    Tree { world, reporter, analyst, lead }
}

fn edit(field: &str, text: &str) -> Content {
    Content::Edit(vec![Step::Set { field: field.into(), value: Some(Value::Text(text.into())) }])
}

fn propose() -> Content {
    cases::inner(cases::propose(&VILLAGE.parse().unwrap(), Level::THREE))
}

impl Tree {
    fn document(&mut self, home: &str, shelf: Shelf, kind: Kind) -> DocKey {
        self.world.new_document(scope(home, Reach::UP, shelf), kind)
    }

    fn refusal(&mut self, node: &str, by: &Officer, document: &DocKey, content: Content) -> WriteRefusal {
        match self.world.write(node, by, document.clone(), content) {
            Err(WriteError::Refusal(refusal)) => refusal,
            other => panic!("{other:?}"),
        }
    }

    /// A bad entry turns up at the village's node: it reaches every level, is void there for the same reason, and the
    /// officer's next report comes through.
    fn received(&mut self, draft: Draft, by: &Officer) -> VoidReason {
        let (entry, body) = draft.sign(&self.world, by);
        self.world.submit(VILLAGE, entry.clone(), body);
        self.world.settle();
        let reason = self.verdict(COUNTY, &entry).unwrap_err();
        for node in [TOWN, VILLAGE] {
            assert_eq!(self.verdict(node, &entry), Err(reason.clone()), "{node}");
        }
        let reporter = self.reporter.clone();
        let later = self.world.report(VILLAGE, &reporter, "以后的");
        self.world.settle();
        assert!(self.world.node(VILLAGE).is_held_above(&entry.id()));
        let county = self.world.node(COUNTY);
        let later = county.replica.find(&later, &county.records).unwrap().unwrap();
        assert!(later.body.is_ok());
        all_agree(&self.world);
        reason
    }

    fn verdict(&self, node: &str, entry: &Entry) -> Result<(), VoidReason> {
        let node = self.world.node(node);
        node.replica.find(&entry.id(), &node.records).unwrap().unwrap().body.map(|_| ())
    }
}

#[test]
fn without_authority_it_is_refused_when_written_and_void_when_received() {
    let mut tree = tree();
    let reporter = tree.reporter.clone();
    let inner = tree.document(VILLAGE, Shelf::CASE, Kind::CASE_INNER);
    let no_authority = WriteRefusal::Void(VoidReason::NoAuthority);
    assert_eq!(tree.refusal(VILLAGE, &reporter, &inner, propose()), no_authority);
    let approve = cases::inner(cases::approve(EntryId(Hash([1; 32])), Hash([2; 32]), Day::MIN));
    assert_eq!(tree.refusal(VILLAGE, &reporter, &inner, approve.clone()), no_authority);
    let draft = tree.world.by_hand(VILLAGE, &reporter, &inner, approve);
    assert_eq!(tree.received(draft, &reporter), VoidReason::NoAuthority);
}

#[test]
fn what_is_ill_formed_or_misplaced_is_void_and_says_why() {
    let mut tree = tree();
    let reporter = tree.reporter.clone();
    let report = tree.document(VILLAGE, Shelf::CASE, Kind::REPORT);
    let no_field = |field: &str| VoidReason::UnfittingEdit(SchemaFault::NoField { field: field.into() });
    let wrong = VoidReason::UnfittingEdit(SchemaFault::WrongStep { field: "account".into() });
    let shelved = tree.document(VILLAGE, Shelf::LIBRARY, Kind::REPORT);
    let newer = tree.document(VILLAGE, Shelf::CASE, Kind(999));
    let strange = tree.world.new_document(scope(VILLAGE, Reach::UP, Shelf(77)), Kind::REPORT);
    for (document, content, reason) in [
        (&report, edit("colour", "红"), no_field("colour")),
        (&report, edit("account", "整段替换"), wrong),
        (&report, propose(), VoidReason::MisplacedAct),
        (&shelved, edit("title", "放错"), VoidReason::WrongShelf),
        (&strange, edit("title", "放错"), VoidReason::WrongShelf),
        (&newer, edit("title", "新的"), VoidReason::UnknownKind(Kind(999))),
    ] {
        assert_eq!(tree.refusal(VILLAGE, &reporter, document, content.clone()), WriteRefusal::Void(reason.clone()));
        let draft = tree.world.by_hand(VILLAGE, &reporter, document, content);
        assert_eq!(tree.received(draft, &reporter), reason);
    }
    // An act of a newer version, and bytes that say nothing: only ever received.
    let salt = [vec![0x50], vec![1; 16]].concat();
    let unknown_act = [vec![0x82], salt, vec![0x82, 1, 0x81, 0x82, 0x18, 99, 0x80]].concat();
    for body in [unknown_act, vec![], vec![0xff; 1000]] {
        let mut draft = tree.world.by_hand(VILLAGE, &reporter, &report, edit("title", ""));
        draft.body = body;
        let reason = tree.received(draft, &reporter);
        let malformed =
            matches!(reason, VoidReason::IllFormedBody(BodyFault::NotCanonical(CborFault::Malformed { .. })));
        assert!(malformed, "{reason:?}");
    }
    // Saying again what is there, in another encoding.
    let mut draft = tree.world.by_hand(VILLAGE, &reporter, &report, edit("title", "好"));
    draft.body.push(0);
    let reason = VoidReason::IllFormedBody(BodyFault::NotCanonical(CborFault::NotCanonical));
    assert_eq!(tree.received(draft, &reporter), reason);
}

#[test]
fn outside_its_validity_a_certificate_says_nothing() {
    let mut tree = tree();
    let key = KeyPair::from_seed(&[55; 32]);
    let certificate = Certificate {
        key: key.public(),
        holder: [1; 16].into(),
        unit: VILLAGE.parse().unwrap(),
        roles: vec![Role::REPORTER],
        not_before_s: tree.world.now,
        not_after_s: tree.world.now + 100,
        custody: Custody::NODE_HELD,
        rank: 400,
        may_issue: None,
    };
    let administrator = tree.world.administrator();
    let id = tree.world.certify(COUNTY, &administrator, certificate, Reach::UP);
    let brief = Officer::new(id, key);
    tree.world.settle();
    let report = tree.document(VILLAGE, Shelf::CASE, Kind::REPORT);
    assert!(tree.world.write(VILLAGE, &brief, report.clone(), edit("title", "在期内")).is_ok());
    let too_late = tree.world.now + 101;
    let mut draft = tree.world.by_hand(VILLAGE, &brief, &report, edit("title", "过期"));
    draft.header.claimed_time_s = too_late;
    assert_eq!(tree.received(draft, &brief), VoidReason::OutsideValidity);
    // Whatever the node's clock says: of 1970, of 2106, of the end of time.
    for now in [0, 4_294_967_296, i64::MAX] {
        let before = tree.world.now;
        tree.world.now = now;
        let refusal = tree.refusal(VILLAGE, &brief, &report, edit("title", "时钟不准"));
        assert_eq!(refusal, WriteRefusal::Void(VoidReason::OutsideValidity));
        tree.world.now = before;
    }
    // And what comes from elsewhere is worth as little on a node whose clock has been set back, or far ahead.
    for now in [0, 4_294_967_296] {
        let mut draft = tree.world.by_hand(VILLAGE, &brief, &report, edit("title", "过期"));
        draft.header.claimed_time_s = too_late;
        let before = std::mem::replace(&mut tree.world.now, now);
        assert_eq!(tree.received(draft, &brief), VoidReason::OutsideValidity);
        tree.world.now = before;
    }
    tree.world.now = too_late;
    let refusal = tree.refusal(VILLAGE, &brief, &report, edit("title", "过期"));
    assert_eq!(refusal, WriteRefusal::Void(VoidReason::OutsideValidity));
}

#[test]
fn nobody_decides_what_they_proposed() {
    let mut tree = tree();
    let analyst = tree.analyst.clone();
    let inner = tree.document(TOWN, Shelf::CASE, Kind::CASE_INNER);
    let proposal = tree.world.write(TOWN, &analyst, inner.clone(), propose()).unwrap();
    let town = tree.world.node(TOWN);
    let rules = town.replica.rulebook(&town.records).unwrap();
    let shown = town.replica.casefile(&inner, &rules, &town.records).unwrap().shown(&[proposal]).unwrap();
    let approve = cases::inner(cases::approve(proposal, shown, Day::MIN));
    let refusal = tree.refusal(TOWN, &analyst, &inner, approve.clone());
    assert!(matches!(refusal, WriteRefusal::Case(refused) if refused.why == CaseRefusal::SelfApproval), "{refusal:?}");
    // Written by hand it has authority as an act, and no effect in the case.
    let (entry, body) = tree.world.by_hand(TOWN, &analyst, &inner, approve.clone()).sign(&tree.world, &analyst);
    tree.world.submit(TOWN, entry.clone(), body);
    tree.world.settle();
    for node in [TOWN, COUNTY] {
        let node = tree.world.node(node);
        let file = node.replica.casefile(&inner, &rules, &node.records).unwrap();
        let file = node.replica.inner(&file);
        assert!(file.decision.is_none());
        assert_eq!(file.refused.get(&entry.id()).map(|refused| refused.why), Some(CaseRefusal::SelfApproval));
    }
    // Another officer decides, and that stands everywhere.
    let lead = tree.lead.clone();
    let approval = tree.world.write(TOWN, &lead, inner.clone(), approve).unwrap();
    tree.world.settle();
    let county = tree.world.node(COUNTY);
    let file = county.replica.casefile(&inner, &rules, &county.records).unwrap();
    assert_eq!(county.replica.inner(&file).decision.map(|step| step.id), Some(approval));
    all_agree(&tree.world);
}

#[test]
fn a_splice_out_of_range_is_refused_when_written_and_marked_when_received() {
    let mut tree = tree();
    let reporter = tree.reporter.clone();
    let risk = tree.document(VILLAGE, Shelf::LIBRARY, Kind::RISK);
    let splice = |at| {
        let field = "description".to_string();
        Content::Edit(vec![Step::Splice { field, at, delete: 0, insert: "村".into() }])
    };
    tree.world.write(VILLAGE, &reporter, risk.clone(), splice(0)).unwrap();
    let why = Inapplicable::OutOfRange { field: "description".into(), at: 9, len: 1 };
    let refusal = tree.refusal(VILLAGE, &reporter, &risk, splice(9));
    assert_eq!(refusal, WriteRefusal::Inapplicable(why.clone()));
    let (entry, body) = tree.world.by_hand(VILLAGE, &reporter, &risk, splice(9)).sign(&tree.world, &reporter);
    tree.world.submit(VILLAGE, entry.clone(), body);
    tree.world.write(VILLAGE, &reporter, risk.clone(), splice(1)).unwrap();
    tree.world.settle();
    for node in [VILLAGE, TOWN, COUNTY] {
        assert_eq!(tree.verdict(node, &entry), Ok(()), "no verdict needs the merge engine");
        let node = tree.world.node(node);
        let history = node.replica.history(&risk, &node.records).unwrap();
        let reading = node.replica.document(&history, &node.records, None).unwrap().unwrap().read();
        assert_eq!(reading.marks.get(&entry.id()), Some(&Mark::Inapplicable(why.clone())));
        assert!(format!("{:?}", reading.fields["description"]).contains("村村"));
    }
    all_agree(&tree.world);
}

#[test]
fn a_fork_is_kept_as_evidence_and_told() {
    let mut tree = tree();
    let reporter = tree.reporter.clone();
    let first = tree.world.report(VILLAGE, &reporter, "第一");
    tree.world.settle();
    tree.world.cut_all(VILLAGE);
    // The officer's key is on a cloned machine: two continuations of one epoch, one given to the county directly.
    let report = tree.document(VILLAGE, Shelf::CASE, Kind::REPORT);
    let one = tree.world.by_hand(VILLAGE, &reporter, &report, edit("title", "一份"));
    let two = Draft {
        header: one.header.clone(),
        ..tree.world.by_hand(VILLAGE, &reporter, &report, edit("title", "两份"))
    };
    let (one, one_body) = one.sign(&tree.world, &reporter);
    let (two, two_body) = two.sign(&tree.world, &reporter);
    assert_eq!(one.header().prev, Some(first));
    tree.world.submit(VILLAGE, one.clone(), one_body);
    tree.world.submit(COUNTY, two.clone(), two_body);
    tree.world.settle();
    tree.world.connect(VILLAGE, TOWN);
    tree.world.settle();
    for node in [VILLAGE, TOWN, COUNTY] {
        let told = tree.world.node(node).events.iter().filter_map(|event| match event {
            Event::Forked { author, id, other, .. } => Some((*author, [*id, *other])),
            _ => None,
        });
        let told = told.collect::<Vec<_>>();
        let [(author, pair)] = told[..] else { panic!("{node}: {told:?}") };
        assert_eq!(author, reporter.certificate);
        assert!(pair.contains(&one.id()) && pair.contains(&two.id()));
        assert_eq!(tree.verdict(node, &one), Ok(()));
        assert_eq!(tree.verdict(node, &two), Ok(()));
    }
    // The officer goes on, on both sides of it even.
    let later = tree.world.report(VILLAGE, &reporter, "以后");
    tree.world.settle();
    for id in [one.id(), two.id(), later] {
        assert!(tree.world.node(VILLAGE).is_held_above(&id) || id == two.id(), "{id}");
    }
    tree.world.cut(VILLAGE, TOWN);
    tree.world.connect(VILLAGE, TOWN);
    tree.world.settle();
    assert!(tree.world.node(VILLAGE).is_held_above(&two.id()));
    all_agree(&tree.world);
}

fn officer_certificate(seed: u8, roles: &[Role], rank: u16) -> (KeyPair, Certificate) {
    let key = KeyPair::from_seed(&[seed; 32]);
    let certificate = Certificate {
        key: key.public(),
        holder: [seed; 16].into(),
        unit: TOWN.parse().unwrap(),
        roles: roles.to_vec(),
        not_before_s: 0,
        not_after_s: i64::MAX,
        custody: Custody::NODE_HELD,
        rank,
        may_issue: None,
    };
    (key, certificate)
}

#[test]
fn a_certificate_that_may_not_stand_is_void_and_signs_nothing() {
    let ill = |what| CertificateFault::IllFormed(what);
    let cases: [(&[Role], u16, CertificateFault); 4] = [
        (&[Role::SECRETARY, Role::ADMINISTRATOR], 300, ill("the administrator role excludes every casework role")),
        (&[Role::ANALYST, Role::REPORTER], 300, ill("roles are not ascending")),
        (&[Role::REPORTER], 100, CertificateFault::Rank),
        (&[Role::REPORTER], 7, CertificateFault::Rank),
    ];
    for (roles, rank, fault) in cases {
        let mut tree = tree();
        let (key, certificate) = officer_certificate(91, roles, rank);
        let document = tree.world.new_document(scope(TOWN, Reach::DOWN, Shelf::CHARTER), Kind::CERTIFICATE);
        let administrator = tree.world.administrator();
        let content = Content::Act(Act::Certify(Box::new(certificate)));
        let refusal = tree.refusal(COUNTY, &administrator, &document, content.clone());
        assert_eq!(refusal, WriteRefusal::Void(VoidReason::Certificate(fault)));
        let (entry, body) =
            tree.world.by_hand(COUNTY, &administrator, &document, content).sign(&tree.world, &administrator);
        tree.world.submit(COUNTY, entry.clone(), body);
        tree.world.settle();
        for node in [COUNTY, TOWN, VILLAGE] {
            assert_eq!(tree.verdict(node, &entry), Err(VoidReason::Certificate(fault)));
        }
        let nobody = Officer::new(entry.id(), key);
        let report = tree.document(TOWN, Shelf::CASE, Kind::REPORT);
        let refusal = tree.refusal(TOWN, &nobody, &report, edit("title", "无"));
        assert_eq!(refusal, WriteRefusal::Header(HeaderFault::Certificate { author: entry.id() }));
        all_agree(&tree.world);
    }
}

/// An analyst whom the administrator certified and no secretary has endorsed, and what they wrote.
fn unendorsed(tree: &mut Tree) -> (Officer, DocKey, Vec<(Entry, std::sync::Arc<[u8]>)>) {
    let (key, certificate) = officer_certificate(92, &[Role::ANALYST], 300);
    let administrator = tree.world.administrator();
    let id = tree.world.certify(COUNTY, &administrator, certificate, Reach::DOWN);
    tree.world.settle();
    let officer = Officer::new(id, key);
    let risk = tree.document(TOWN, Shelf::LIBRARY, Kind::RISK);
    let one = tree.world.by_hand(TOWN, &officer, &risk, Content::Edit(vec![]));
    let mut two = one.clone();
    let one = one.sign(&tree.world, &officer);
    (two.header.prev, two.header.seq, two.header.after) = (Some(one.0.id()), 1, None);
    let two = two.sign(&tree.world, &officer);
    let county = tree.world.node(COUNTY);
    let certify = county.replica.find(&id, &county.records).unwrap().unwrap();
    (officer, certify.entry.header().document(), vec![one, two])
}

#[test]
fn an_unendorsed_officer_waits_for_the_secretary() {
    let mut tree = tree();
    let (officer, document, entries) = unendorsed(&mut tree);
    let author = officer.certificate;
    let risk = entries[0].0.header().document();
    let refusal = tree.refusal(TOWN, &officer, &risk, Content::Edit(vec![]));
    assert_eq!(refusal, WriteRefusal::Header(HeaderFault::Certificate { author }));
    tree.world.cut(TOWN, COUNTY);
    let peer = tree.world.bad_node(COUNTY, TOWN);
    let before = tree.world.memory(COUNTY);
    tree.world.give(peer, &entries);
    assert!(tree.world.memory(COUNTY) == before);
    assert_eq!(tree.world.fault(peer), None);
    let parked: Vec<usize> = tree.world.node(COUNTY).replica.peers().map(|peer| peer.parked).collect();
    assert_eq!(parked, [2]);
    // An endorsement elsewhere than in the certificate's document is not kept by everybody, and so counts for nobody.
    let secretary = tree.world.secretary();
    let other = tree.world.new_document(scope(VILLAGE, Reach::UP, Shelf::CHARTER), Kind::CERTIFICATE);
    let endorse = Content::Act(Act::Endorse { subject: author });
    tree.world.write(COUNTY, &secretary, other, endorse.clone()).unwrap();
    assert!(tree.world.node(COUNTY).replica.charter().complete(&author).is_none());
    // Nor does one by a secretary who was not one yet when signing.
    let mut early = tree.world.by_hand(COUNTY, &secretary, &document, endorse.clone());
    early.header.claimed_time_s = -1;
    let (entry, body) = early.sign(&tree.world, &secretary);
    tree.world.submit(COUNTY, entry, body);
    assert!(tree.world.node(COUNTY).replica.charter().complete(&author).is_none());
    // The endorsement arrives: what waited is taken in, in order.
    tree.world.write(COUNTY, &secretary, document, endorse).unwrap();
    let county = tree.world.node(COUNTY);
    for (entry, _) in &entries {
        assert!(county.replica.find(&entry.id(), &county.records).unwrap().unwrap().body.is_ok());
    }
    assert_eq!(county.replica.peers().map(|peer| peer.parked).sum::<usize>(), 0);
    tree.world.connect(TOWN, COUNTY);
    tree.world.settle();
    all_agree(&tree.world);
}

#[test]
fn who_names_an_entry_that_came_just_before_its_authors_certificate_is_understood() {
    // Everything in one frame: certificate, endorsement, the new officer's entry, and one by an officer known before
    // who had seen it. Its author is known at once, what it names is not.
    let mut tree = tree();
    tree.world.cut(TOWN, COUNTY);
    let new = tree.world.add_officer(TOWN, &[Role::ANALYST]);
    let risk = tree.world.new_document(scope(TOWN, Reach::DOWN, Shelf::LIBRARY), Kind::RISK);
    tree.world.write(COUNTY, &new, risk.clone(), Content::Edit(vec![])).unwrap();
    let secretary = tree.world.secretary();
    tree.world.write(COUNTY, &secretary, risk, Content::Edit(vec![])).unwrap();
    tree.world.connect(TOWN, COUNTY);
    tree.world.settle();
    for node in [COUNTY, TOWN, VILLAGE] {
        let refused = tree.world.node(node).events.iter().any(|event| matches!(event, Event::Refused { .. }));
        assert!(!refused, "{node} accuses an honest peer");
    }
    all_agree(&tree.world);
}

#[test]
fn what_an_unendorsed_officer_writes_is_parked_up_to_a_bound() {
    let mut tree = tree();
    let (officer, _, entries) = unendorsed(&mut tree);
    tree.world.cut(TOWN, COUNTY);
    let peer = tree.world.bad_node(COUNTY, TOWN);
    let mut last = entries[1].0.clone();
    let mut given = 0;
    while tree.world.fault(peer).is_none() {
        assert!(given < 2 * PARKED_BYTES_MAX);
        let mut header = last.header().clone();
        (header.prev, header.seq, header.after) = (Some(last.id()), last.header().seq + 1, None);
        header.epoch = Epoch([3; 8]);
        let next = Draft { header, body: vec![0; 30_000] }.sign(&tree.world, &officer);
        given += 30_000;
        last = next.0.clone();
        tree.world.give(peer, &[next]);
    }
    let fault = PeerFault::Header(HeaderFault::Certificate { author: officer.certificate });
    assert_eq!(tree.world.fault(peer), Some(fault));
    assert!(given > PARKED_BYTES_MAX - 60_000);
}

#[test]
fn a_certificate_may_give_only_what_its_own_allows() {
    // The exhaustive tables are beside the charter; here: one that travels.
    let mut tree = tree();
    let (_, mut certificate) = officer_certificate(93, &[Role::REPORTER], 300);
    certificate.may_issue = Some(MayIssue { roles: vec![Role::REPORTER], levels_below: 9 });
    let document = tree.world.new_document(scope(TOWN, Reach::DOWN, Shelf::CHARTER), Kind::CERTIFICATE);
    let administrator = tree.world.administrator();
    let content = Content::Act(Act::Certify(Box::new(certificate)));
    let refusal = tree.refusal(COUNTY, &administrator, &document, content);
    assert_eq!(refusal, WriteRefusal::Void(VoidReason::Certificate(CertificateFault::Unit)));
}

#[test]
fn an_officers_own_earlier_act_comes_first_whatever_was_written_between() {
    // By id alone the later of the two proposals would stand in half of the seeds.
    for seed in 0..8 {
        let mut world = World::seeded(COUNTY, seed);
        world.add_node(TOWN);
        let analyst = world.add_officer(TOWN, &[Role::ANALYST]);
        world.connect(TOWN, COUNTY);
        world.settle();
        let case = |world: &mut World| world.new_document(scope(TOWN, Reach::UP, Shelf::CASE), Kind::CASE_INNER);
        let (inner, elsewhere) = (case(&mut world), case(&mut world));
        let first = world.write(TOWN, &analyst, inner.clone(), propose()).unwrap();
        world.write(TOWN, &analyst, elsewhere, propose()).unwrap();
        let mut again = world.by_hand(TOWN, &analyst, &inner, propose());
        again.header.after = Some(vec![]);
        let (entry, body) = again.sign(&world, &analyst);
        world.submit(TOWN, entry.clone(), body);
        world.settle();
        for node in [TOWN, COUNTY] {
            let node = world.node(node);
            let rules = node.replica.rulebook(&node.records).unwrap();
            let file = node.replica.casefile(&inner, &rules, &node.records).unwrap();
            let file = node.replica.inner(&file);
            assert_eq!(file.proposal.map(|proposal| proposal.id), Some(first), "seed {seed}");
            let why = file.refused.get(&entry.id()).map(|refused| refused.why);
            assert_eq!(why, Some(CaseRefusal::WrongStage { stage: Stage::Proposed, deed: CaseDeed::Propose }));
        }
    }
}

#[test]
fn a_fork_is_told_where_it_begins() {
    let mut tree = tree();
    let reporter = tree.reporter.clone();
    let report = tree.document(VILLAGE, Shelf::CASE, Kind::REPORT);
    let two = tree.world.by_hand(VILLAGE, &reporter, &report, edit("title", "另一边"));
    let (one, body) =
        tree.world.by_hand(VILLAGE, &reporter, &report, edit("title", "一边")).sign(&tree.world, &reporter);
    let epoch = one.header().epoch;
    tree.world.submit(VILLAGE, one, body);
    let mut header = two.header.clone();
    header.epoch = epoch;
    for _ in 0..5 {
        let (next, body) = Draft { header: header.clone(), body: two.body.clone() }.sign(&tree.world, &reporter);
        (header.prev, header.seq, header.after) = (Some(next.id()), next.header().seq + 1, None);
        tree.world.submit(VILLAGE, next, body);
    }
    tree.world.settle();
    for node in [VILLAGE, TOWN, COUNTY] {
        let told = tree.world.node(node).events.iter().filter(|event| matches!(event, Event::Forked { .. }));
        assert_eq!(told.count(), 1, "{node}");
    }
    all_agree(&tree.world);
}
