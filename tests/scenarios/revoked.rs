//! A key is stolen, a certificate revoked, somebody stands for what was honest, and words are taken out.

use fangwei_protocol::{
    record::{
        body::{Act, Content, RevokeReason, Step, Value},
        entry::{CertificateId, DocKey, EntryId, Kind, Reach, Shelf},
    },
    records::LogIndex,
    replica::{Event, PeerFault, Said, WriteError, WriteRefusal},
    trust::{
        authority::{Verdict, VoidReason},
        charter::{HolderName, Role},
        redaction::{RedactionFault, shape},
        revocation::Strike,
        root::Agreement,
    },
};
use tests::{
    claims::all_agree,
    stranger::Draft,
    world::{Officer, World},
};

use crate::scene::{COUNTY, TOWN, VILLAGE, scope, title};

/// A county, a township, a village; a reporter there, an analyst and a secretary of lower rank at the township.
struct Tree {
    world: World,
    reporter: Officer,
    analyst: Officer,
}

fn tree() -> Tree {
    let mut world = World::new(COUNTY);
    world.add_node(TOWN);
    world.add_node(VILLAGE);
    let reporter = world.add_officer(VILLAGE, &[Role::REPORTER]);
    let analyst = world.add_officer(TOWN, &[Role::ANALYST]);
    world.connect(TOWN, COUNTY);
    world.settle();
    world.connect(VILLAGE, TOWN);
    world.settle();
    Tree { world, reporter, analyst }
}

impl Tree {
    fn said(&self, node: &str, id: &EntryId) -> Said {
        let node = self.world.node(node);
        node.replica.find(id, &node.records).unwrap().unwrap()
    }

    /// The verdict on an entry, the same wherever it is kept.
    fn verdict(&self, id: &EntryId) -> Verdict {
        let verdict = self.said(COUNTY, id).verdict();
        for name in [TOWN, VILLAGE] {
            let node = self.world.node(name);
            if let Some(said) = node.replica.find(id, &node.records).unwrap() {
                assert_eq!(said.verdict(), verdict, "{name}");
            }
        }
        verdict
    }

    fn act(&mut self, node: &str, by: &Officer, document: DocKey, act: Act) -> Result<EntryId, WriteError> {
        self.world.write(node, by, document, Content::Act(act))
    }

    fn revoke(&mut self, node: &str, by: &Officer, subject: CertificateId) -> EntryId {
        let document = self.world.node(node).replica.charter().certificate(&subject).unwrap().document.clone();
        self.act(node, by, document, Act::Revoke { subject, reason: RevokeReason::STOLEN }).unwrap()
    }

    fn stand(
        &mut self,
        node: &str,
        by: &Officer,
        author: CertificateId,
        first: EntryId,
        last: EntryId,
    ) -> Result<EntryId, WriteError> {
        let scope = self.said(node, &first).entry.header().scope.clone();
        let document = self.world.new_document(scope, Kind::STAND);
        self.act(node, by, document, Act::Stand { author, first, last })
    }

    /// Takes words out of an entry; who agrees to it is another matter.
    fn redact(
        &mut self,
        node: &str,
        by: &Officer,
        subject: EntryId,
        remains: Content,
    ) -> Result<(EntryId, DocKey), WriteError> {
        let scope = self.said(node, &subject).entry.header().scope.clone();
        let document = self.world.new_document(scope, Kind::REDACTION);
        let remains = Box::new(remains);
        let redact = Act::Redact { subject, basis: "个人信息保护法第四十七条".into(), remains };
        Ok((self.act(node, by, document.clone(), redact)?, document))
    }
}

#[test]
fn what_a_stolen_key_wrote_is_struck_and_what_was_honest_stands() {
    let mut tree = tree();
    let (reporter, secretary) = (tree.reporter.clone(), tree.world.secretary());
    let reports: Vec<EntryId> =
        ["甲", "乙", "贼所写", "丙"].iter().map(|text| tree.world.report(VILLAGE, &reporter, text)).collect();
    tree.world.settle();
    assert!(reports.iter().all(|id| tree.verdict(id) == Verdict::Valid));
    let revoke = tree.revoke(COUNTY, &secretary, reporter.certificate);
    tree.world.settle();
    let struck = Verdict::Struck(Strike::Revoked { revoke, reason: RevokeReason::STOLEN });
    assert!(reports.iter().all(|id| tree.verdict(id) == struck));
    all_agree(&tree.world);
    // Struck edits stay executed and are shown crossed out; nothing more is written under that certificate.
    let said = tree.said(VILLAGE, &reports[0]);
    assert!(said.body.is_ok() && !said.has_effect());
    let document = said.entry.header().document();
    let refused = tree.world.write(VILLAGE, &reporter, document, title("再写"));
    assert!(matches!(refused, Err(WriteError::Refusal(WriteRefusal::Struck(Strike::Revoked { .. })))), "{refused:?}");
    // Two stands skip the thief's entry.
    tree.stand(COUNTY, &secretary, reporter.certificate, reports[0], reports[1]).unwrap();
    tree.stand(COUNTY, &secretary, reporter.certificate, reports[3], reports[3]).unwrap();
    tree.world.settle();
    let verdicts: Vec<Verdict> = reports.iter().map(|id| tree.verdict(id)).collect();
    assert_eq!(verdicts, [Verdict::Valid, Verdict::Valid, struck, Verdict::Valid]);
    all_agree(&tree.world);
    // No stretch leads the wrong way round, nor from another feed.
    for (first, last) in [(reports[1], reports[0]), (reports[0], revoke)] {
        let refused = tree.stand(COUNTY, &secretary, reporter.certificate, first, last);
        assert_eq!(refused, Err(WriteRefusal::NoSuchStretch { first, last }.into()));
    }
    // The same after a restart of each.
    for node in [COUNTY, TOWN, VILLAGE] {
        tree.world.restart(node);
        assert_eq!(tree.verdict(&reports[2]), struck_by(revoke));
        assert_eq!(tree.verdict(&reports[3]), Verdict::Valid);
    }
}

fn struck_by(revoke: EntryId) -> Verdict {
    Verdict::Struck(Strike::Revoked { revoke, reason: RevokeReason::STOLEN })
}

#[test]
fn an_epoch_opened_after_the_fact_is_no_part_of_the_stretch() {
    let mut tree = tree();
    let (reporter, secretary) = (tree.reporter.clone(), tree.world.secretary());
    let honest: Vec<EntryId> = ["甲", "乙", "丙"].map(|text| tree.world.report(VILLAGE, &reporter, text)).into();
    tree.world.settle();
    let revoke = tree.revoke(COUNTY, &secretary, reporter.certificate);
    tree.stand(COUNTY, &secretary, reporter.certificate, honest[0], honest[2]).unwrap();
    tree.world.settle();
    assert!(honest.iter().all(|id| tree.verdict(id) == Verdict::Valid));
    // The thief's machine has another epoch of the feed, which claims to be as old.
    let document = tree.world.new_document(scope(VILLAGE, Reach::UP, Shelf::CASE), Kind::REPORT);
    let draft = tree.world.by_hand(VILLAGE, &reporter, &document, title("倒填"));
    let before = tree.said(VILLAGE, &honest[0]).entry;
    let mut header = draft.header.clone();
    header.epoch = fangwei_protocol::record::entry::Epoch([9; 8]);
    header.prev = Some(before.id());
    header.seq = before.header().seq + 1;
    header.after = Some(vec![]);
    header.claimed_time_s = before.header().claimed_time_s;
    let (forged, body) = Draft { header, body: draft.body }.sign(&tree.world, &reporter);
    tree.world.submit(VILLAGE, forged.clone(), body);
    tree.world.settle();
    assert_eq!(tree.verdict(&forged.id()), struck_by(revoke));
    assert!(honest.iter().all(|id| tree.verdict(id) == Verdict::Valid), "now along the chain");
    all_agree(&tree.world);
}

#[test]
fn a_struck_act_has_no_effect_and_a_stand_off_the_charter_shelf_counts_by_its_author() {
    let mut tree = tree();
    let (reporter, secretary) = (tree.reporter.clone(), tree.world.secretary());
    // The township's own secretary, of lower rank than the reporter, stands for a report.
    let own = tree.world.add_officer_of_rank(TOWN, &[Role::SECRETARY], 300);
    tree.world.settle();
    let report = tree.world.report(VILLAGE, &reporter, "甲");
    tree.world.settle();
    let revoke = tree.revoke(COUNTY, &secretary, reporter.certificate);
    tree.world.settle();
    let stand = tree.stand(TOWN, &own, reporter.certificate, report, report).unwrap();
    tree.world.settle();
    assert_eq!(tree.verdict(&report), Verdict::Valid);
    // He is revoked in turn: what he stood for falls, until somebody stands for his stand.
    tree.revoke(COUNTY, &secretary, own.certificate);
    tree.world.settle();
    assert_eq!(tree.verdict(&report), struck_by(revoke));
    assert_eq!(tree.verdict(&stand).code(), "struck_revoked");
    assert!(tree.said(COUNTY, &stand).act().is_none());
    tree.stand(COUNTY, &secretary, own.certificate, stand, stand).unwrap();
    tree.world.settle();
    assert_eq!(tree.verdict(&report), Verdict::Valid);
    assert!(tree.said(COUNTY, &stand).act().is_some());
    all_agree(&tree.world);
}

#[test]
fn a_revocation_meets_ten_thousand_writes_on_their_way() {
    let mut tree = tree();
    let (reporter, secretary) = (tree.reporter.clone(), tree.world.secretary());
    tree.world.cut(VILLAGE, TOWN);
    let first = tree.world.report(VILLAGE, &reporter, "起");
    let mut last = first;
    for _ in 0..10_000 {
        last = tree.world.report(VILLAGE, &reporter, "写");
    }
    let late = tree.world.report(VILLAGE, &reporter, "后");
    let revoke = tree.revoke(COUNTY, &secretary, reporter.certificate);
    tree.world.settle();
    tree.world.connect(VILLAGE, TOWN);
    tree.world.settle();
    tree.stand(TOWN, &secretary, reporter.certificate, first, last).unwrap();
    tree.world.settle();
    for id in [first, last] {
        assert_eq!(tree.verdict(&id), Verdict::Valid);
    }
    assert_eq!(tree.verdict(&late), struck_by(revoke));
    let verdicts = |name: &str| {
        let node = tree.world.node(name);
        let said = (0..node.replica.log_length().0).map(|at| node.replica.said(LogIndex(at), &node.records).unwrap());
        said.map(|said| (said.entry.id(), said.verdict())).collect::<std::collections::BTreeMap<_, _>>()
    };
    let (village, county) = (verdicts(VILLAGE), verdicts(COUNTY));
    assert!(village.iter().all(|(id, verdict)| county[id] == *verdict));
    let own = VILLAGE.parse().unwrap();
    let digest = |name: &str| tree.world.node(name).replica.frontier().link_digest(&own);
    assert_eq!(digest(VILLAGE), digest(COUNTY));
}

#[test]
fn the_sessions_of_a_revoked_node_end_and_begin_no_more() {
    let mut tree = tree();
    let secretary = tree.world.secretary();
    let village = tree.world.node(VILLAGE).replica.me().certificate;
    assert!(tree.world.is_connected(VILLAGE, TOWN));
    tree.revoke(COUNTY, &secretary, village);
    tree.world.settle();
    let refusals = |tree: &Tree, node: &str| {
        let events = tree.world.node(node).events.iter();
        events.filter(|event| is_refused_as_revoked(event, village)).count()
    };
    assert!(!tree.world.is_connected(VILLAGE, TOWN));
    assert_eq!(refusals(&tree, TOWN), 1);
    tree.world.connect(VILLAGE, TOWN);
    tree.world.settle();
    assert_eq!(refusals(&tree, TOWN), 2);
    assert!(!tree.world.is_connected(VILLAGE, TOWN));
}

fn is_refused_as_revoked(event: &Event, who: CertificateId) -> bool {
    let fault = PeerFault::Certificate { certificate: who, reason: "is revoked" };
    matches!(event, Event::Refused { fault: told, .. } if *told == fault)
}

#[test]
fn words_are_taken_out_by_two_and_later_edits_still_land() {
    let mut tree = tree();
    let (reporter, analyst, secretary) = (tree.reporter.clone(), tree.analyst.clone(), tree.world.secretary());
    let lead = tree.world.add_officer(TOWN, &[Role::DISCIPLINE_LEAD]);
    tree.world.settle();
    let splice = |at, delete, insert: &str| {
        let (field, insert) = ("account".into(), insert.into());
        Content::Edit(vec![Step::Splice { field, at, delete, insert }])
    };
    let document = tree.world.new_document(scope(VILLAGE, Reach::UP, Shelf::CASE), Kind::REPORT);
    let write = |tree: &mut Tree, content| tree.world.write(VILLAGE, &reporter, document.clone(), content).unwrap();
    let secret = write(&mut tree, splice(0, 0, "举报人张三说"));
    write(&mut tree, splice(6, 0, "账目不清"));
    tree.world.settle();
    let original = tree.said(TOWN, &secret).content().unwrap();
    let remains = splice(0, 0, "举报人██说");
    // Who may not is refused; what does not fit is refused.
    let refused = tree.redact(TOWN, &analyst, secret, remains.clone());
    assert_eq!(refused, Err(WriteRefusal::Void(VoidReason::NoAuthority).into()));
    for (bad, why) in [
        (splice(0, 0, "举报人█说"), RedactionFault::Shape),
        (splice(1, 0, "举报人██说"), RedactionFault::Shape),
        (splice(0, 0, "举报人李四说"), RedactionFault::Words),
        (title("██"), RedactionFault::Shape),
    ] {
        assert_eq!(tree.redact(TOWN, &lead, secret, bad), Err(WriteRefusal::Redaction(why).into()));
    }
    let (redact, place) = tree.redact(TOWN, &lead, secret, remains.clone()).unwrap();
    tree.world.settle();
    let pending = Verdict::Void(VoidReason::Pending(Agreement { have: 1, need: 2 }));
    assert_eq!(tree.verdict(&redact), pending);
    assert_eq!(tree.said(TOWN, &secret).content(), Some(original));
    assert!(tree.said(TOWN, &secret).remains.is_none());
    // The redactor's own second word is none.
    tree.act(TOWN, &lead, place.clone(), Act::Endorse { subject: redact }).unwrap();
    tree.world.settle();
    assert_eq!(tree.verdict(&redact), pending);
    tree.act(COUNTY, &secretary, place, Act::Endorse { subject: redact }).unwrap();
    tree.world.settle();
    assert_eq!(tree.verdict(&redact), Verdict::Valid);
    for name in [COUNTY, TOWN, VILLAGE] {
        let said = tree.said(name, &secret);
        assert_eq!((said.content(), said.bytes.clone()), (Some(remains.clone()), None), "{name}");
        assert_eq!(said.redactions(), [redact]);
        let node = tree.world.node(name);
        assert_eq!(node.erased, [said.at], "{name}");
        assert_eq!(node.replica.redacted(&node.records).unwrap(), [said.at]);
        let history = node.replica.history(&document, &node.records).unwrap();
        let reading = node.replica.document(&history, &node.records, None).unwrap().unwrap().read();
        assert!(format!("{:?}", reading.fields["account"]).contains("举报人██说账目不清"), "{name}");
    }
    // Later edits land on what remains; the redactor being struck brings nothing back.
    write(&mut tree, splice(3, 2, "某某"));
    tree.revoke(COUNTY, &secretary, lead.certificate);
    tree.world.settle();
    assert_eq!(tree.verdict(&redact).code(), "struck_revoked");
    assert_eq!(tree.said(VILLAGE, &secret).content(), Some(remains));
    all_agree(&tree.world);
    // A restarted node knows it still, and asks again for the overwriting.
    tree.world.restart(TOWN);
    let town = tree.world.node(TOWN);
    assert_eq!(town.replica.redacted(&town.records).unwrap().len(), 1);
    assert!(tree.said(TOWN, &secret).remains.is_some());
}

#[test]
fn two_redactions_of_one_entry_leave_what_both_leave() {
    let mut tree = tree();
    let (reporter, secretary) = (tree.reporter.clone(), tree.world.secretary());
    let lead = tree.world.add_officer(TOWN, &[Role::DISCIPLINE_LEAD]);
    tree.world.settle();
    let set = |field: &str, text: &str| {
        let (field, value) = (field.into(), Some(Value::Text(text.into())));
        Step::Set { field, value }
    };
    let said = |title: &str, place: &str| Content::Edit(vec![set("title", title), set("place", place)]);
    let document = tree.world.new_document(scope(VILLAGE, Reach::UP, Shelf::CASE), Kind::REPORT);
    let report = tree.world.write(VILLAGE, &reporter, document, said("村委", "东头")).unwrap();
    tree.world.settle();
    for (node, remains) in [(TOWN, said("██", "东头")), (COUNTY, said("村委", "██"))] {
        let (redact, place) = tree.redact(node, &lead, report, remains).unwrap();
        tree.act(node, &secretary, place, Act::Endorse { subject: redact }).unwrap();
    }
    tree.world.settle();
    for node in [COUNTY, TOWN, VILLAGE] {
        let seen = tree.said(node, &report);
        assert_eq!(seen.content(), Some(said("██", "██")), "{node}");
        assert_eq!(seen.redactions().len(), 2);
    }
    all_agree(&tree.world);
}

#[test]
fn what_decides_who_is_who_is_never_redacted() {
    let mut tree = tree();
    let (secretary, administrator) = (tree.world.secretary(), tree.world.administrator());
    let lead = tree.world.add_officer_of_rank(COUNTY, &[Role::DISCIPLINE_LEAD], 300);
    let subject = tree.analyst.certificate;
    let refused = tree.redact(COUNTY, &secretary, subject, Content::Edit(vec![]));
    assert_eq!(refused, Err(WriteRefusal::Redaction(RedactionFault::Forbidden).into()));
    // Said by hand it has no effect, whoever agrees.
    let place = tree.world.new_document(scope(TOWN, Reach::DOWN, Shelf::CHARTER), Kind::REDACTION);
    let remains = Box::new(Content::Edit(vec![]));
    let act = Content::Act(Act::Redact { subject, basis: "无".into(), remains });
    let (redact, body) = tree.world.by_hand(COUNTY, &secretary, &place, act).sign(&tree.world, &secretary);
    tree.world.submit(COUNTY, redact.clone(), body);
    tree.act(COUNTY, &lead, place, Act::Endorse { subject: redact.id() }).unwrap();
    tree.world.settle();
    assert_eq!(tree.verdict(&redact.id()), Verdict::Valid);
    for node in [COUNTY, TOWN] {
        assert!(tree.said(node, &subject).remains.is_none());
        assert!(tree.world.node(node).erased.is_empty());
    }
    // A name is: it stands in an entry of its own for that.
    let names = tree.world.new_document(scope(TOWN, Reach::DOWN, Shelf::CHARTER), Kind::HOLDER);
    let name = HolderName { holder: [7; 16].into(), name: "李建国".into() };
    let named = tree.act(COUNTY, &administrator, names, Act::NameHolder(name)).unwrap();
    let remains = shape(&tree.said(COUNTY, &named).content().unwrap());
    let (redact, place) = tree.redact(COUNTY, &secretary, named, remains).unwrap();
    tree.act(COUNTY, &lead, place, Act::Endorse { subject: redact }).unwrap();
    tree.world.settle();
    let shown = tree.said(VILLAGE, &named);
    let Some(Act::NameHolder(left)) = shown.act() else { panic!("{shown:?}") };
    assert_eq!(left.name, "███");
    all_agree(&tree.world);
}
