//! Somebody speaks in another's name, or in nobody's: second certificates and invented officers.

use std::collections::BTreeSet;

use fangwei_protocol::{
    record::{
        body::{Act, Content, RevokeReason},
        entry::{CertificateId, Kind, Reach, Shelf},
        message::Frame,
    },
    records::LogIndex,
    replica::{Event, WriteError, WriteRefusal},
    trust::{
        authority::{Verdict, VoidReason},
        charter::{Certificate, Role},
        key::KeyPair,
        revocation::Strike,
    },
};
use tests::{filters::Way, stranger::parcel, world::Officer};

use crate::{
    accused::{OTHER_TOWN, Run, run},
    scene::{COUNTY, TOWN, VILLAGE, scope, title},
};

impl Run {
    fn certificate_of(&self, id: &CertificateId) -> Certificate {
        self.world.node(COUNTY).replica.charter().certificate(id).unwrap().certificate.clone()
    }

    /// The administrator gives another key the name, unit and roles of somebody.
    fn double(&mut self, of: CertificateId, reach: Reach, change: impl FnOnce(&mut Certificate)) -> Officer {
        let key = KeyPair::from_seed(&self.world.seed());
        let mut certificate = Certificate { key: key.public(), ..self.certificate_of(&of) };
        change(&mut certificate);
        let administrator = self.world.administrator();
        let id = self.world.certify(COUNTY, &administrator, certificate, reach);
        self.world.settle();
        Officer::new(id, key)
    }

    /// Whether a node was told that one certificate stands beside another.
    fn knows_both(&self, name: &str, certificate: CertificateId, known: CertificateId) -> bool {
        let event = Event::SecondKey { certificate, known };
        let told = self.told(name, |told| *told == event).len();
        assert!(told <= 1, "told once");
        told == 1
    }

    fn parked(&self, name: &str, unit: &str) -> usize {
        let peers = self.world.node(name).replica.peers();
        peers.filter(|peer| peer.unit.as_ref().is_some_and(|at| at.as_str() == unit)).map(|peer| peer.parked).sum()
    }

    fn endorse(&mut self, by: &Officer, subject: CertificateId) -> Result<(), WriteError> {
        let document = self.world.node(COUNTY).replica.charter().certificate(&subject).unwrap().document.clone();
        let act = Content::Act(Act::Endorse { subject });
        let said = self.world.write(COUNTY, by, document, act).map(|_| ());
        self.world.settle();
        said
    }
}

#[test]
fn a_second_certificate_in_an_officers_name_is_told_where_the_officer_is_known() {
    let mut run = run();
    run.odd_things_happen();
    let (reporter, secretary) = (run.reporter.clone(), run.world.secretary());
    let double = run.double(reporter.certificate, Reach::UP, |_| {});
    // In the same session, at the officer's own node and at each above it; nobody else keeps that charter.
    for name in [VILLAGE, TOWN, COUNTY] {
        assert!(run.knows_both(name, double.certificate, reporter.certificate), "{name}");
    }
    assert!(run.told(OTHER_TOWN, |event| matches!(event, Event::SecondKey { .. })).is_empty());
    // What it says comes to the village like anything else, under a certificate of its own, and is struck with that.
    let document = run.world.new_document(scope(VILLAGE, Reach::UP, Shelf::CASE), Kind::REPORT);
    let said = run.world.write(COUNTY, &double, document, title("冒名")).unwrap();
    run.world.settle();
    assert_eq!(run.said(VILLAGE, &said).unwrap().entry.header().author, double.certificate);
    let subject = double.certificate;
    let document = run.world.node(COUNTY).replica.charter().certificate(&subject).unwrap().document.clone();
    let revoke = Content::Act(Act::Revoke { subject, reason: RevokeReason::MISTAKEN });
    let revoke = run.world.write(COUNTY, &secretary, document, revoke).unwrap();
    run.world.settle();
    let struck = Verdict::Struck(Strike::Revoked { revoke, reason: RevokeReason::MISTAKEN });
    assert_eq!(run.verdict(VILLAGE, &said), struck);
    // A key that is replaced after its certificate was revoked is no news.
    let again = run.double(subject, Reach::UP, |certificate| certificate.holder = [9; 16].into());
    assert!(!run.knows_both(VILLAGE, again.certificate, subject));
    run.nobody_else_is_accused(&[]);
    run.all_meet_honestly();
}

#[test]
fn a_second_casework_certificate_is_told_when_a_secretary_has_agreed() {
    let mut run = run();
    run.odd_things_happen();
    let analyst = run.analyst.clone();
    let double = run.double(analyst.certificate, Reach::DOWN, |_| {});
    assert!(!run.knows_both(TOWN, double.certificate, analyst.certificate));
    let secretary = run.world.secretary();
    run.endorse(&secretary, double.certificate).unwrap();
    for name in [VILLAGE, TOWN, COUNTY] {
        assert!(run.knows_both(name, double.certificate, analyst.certificate), "{name}");
    }
    run.nobody_else_is_accused(&[]);
    run.all_meet_honestly();
}

#[test]
fn a_second_node_in_a_units_seat_is_told() {
    let mut run = run();
    run.odd_things_happen();
    let village = run.node_of(VILLAGE);
    let double = run.double(village, Reach::DOWN, |certificate| certificate.holder = [8; 16].into());
    for name in [VILLAGE, TOWN, COUNTY] {
        assert!(run.knows_both(name, double.certificate, village), "{name}");
    }
    run.nobody_else_is_accused(&[]);
    run.all_meet_honestly();
}

#[test]
fn what_a_hidden_certificate_signs_waits_and_is_never_taken_in() {
    let mut run = run();
    run.odd_things_happen();
    let reporter = run.reporter.certificate;
    // The county shows the township nothing that is said about certificates from now on.
    let county = run.world.node(COUNTY);
    let each = (0..county.entries()).map(|at| county.replica.entry(LogIndex(at), &county.records).unwrap().id());
    let held: BTreeSet<_> = each.collect();
    run.world
        .leave_out(COUNTY, TOWN, move |entry| entry.header().kind == Kind::CERTIFICATE && !held.contains(&entry.id()));
    let double = run.double(reporter, Reach::UP, |_| {});
    let document = run.world.new_document(scope(VILLAGE, Reach::UP, Shelf::CASE), Kind::REPORT);
    let said = run.world.write(COUNTY, &double, document, title("冒名")).unwrap();
    run.world.settle();
    // The same session: one entry waits for its author; and each later one begins with a difference and leaves it.
    assert_eq!(run.parked(TOWN, COUNTY), 1);
    run.reconnect(TOWN, COUNTY);
    assert!(!run.agreed(TOWN, COUNTY) && !run.holds(TOWN, &said));
    assert_eq!(run.parked(TOWN, COUNTY), 1);
    // The officer's own node learns of it at the county, in one session.
    run.world.connect(VILLAGE, COUNTY);
    run.world.settle();
    assert!(run.knows_both(VILLAGE, double.certificate, reporter) && run.holds(VILLAGE, &said));
    run.nobody_else_is_accused(&[COUNTY]);
    run.all_meet_honestly();
}

#[test]
fn invented_officers_never_speak_without_a_secretary_of_lower_rank() {
    let mut run = run();
    run.odd_things_happen();
    let (analyst, secretary) = (run.analyst.certificate, run.world.secretary());
    let invent = |run: &mut Run, role: Role, rank: u16| {
        let holder = run.world.seed().first_chunk::<16>().copied().unwrap();
        run.double(analyst, Reach::DOWN, |certificate| {
            (certificate.holder, certificate.roles, certificate.rank) = (holder.into(), vec![role], rank);
        })
    };
    let one = invent(&mut run, Role::SECRETARY, 300);
    let two = invent(&mut run, Role::SECRETARY, 310);
    let three = invent(&mut run, Role::ANALYST, 400);
    // Who may endorse nobody is refused.
    let administrator = run.world.administrator();
    let refused = run.endorse(&administrator, one.certificate);
    assert_eq!(refused, Err(WriteRefusal::Void(VoidReason::NoAuthority).into()));
    assert!(matches!(run.endorse(&one, two.certificate), Err(WriteError::Refusal(WriteRefusal::Header(_)))));
    // The county, gone bad, gives the township what they say of each other.
    let said = |run: &mut Run, by: &Officer, about: &Officer| {
        let document =
            run.world.node(COUNTY).replica.charter().certificate(&about.certificate).unwrap().document.clone();
        let act = Content::Act(Act::Endorse { subject: about.certificate });
        let (entry, body) = run.world.by_hand(COUNTY, by, &document, act).sign(&run.world, by);
        parcel(&entry, &body)
    };
    let invented = vec![said(&mut run, &one, &two), said(&mut run, &two, &one), said(&mut run, &one, &three)];
    run.world.filter(COUNTY, TOWN, Way::In, |_, frame| match frame {
        Frame::Ack(_) => vec![],
        frame => vec![frame],
    });
    for _ in 0..3 {
        run.world.inject(TOWN, COUNTY, false, Frame::Give(invented.clone()).to_bytes());
        run.world.settle();
        assert_eq!(run.parked(TOWN, COUNTY), 3, "they wait, and are shown to");
        let complete =
            |name: &str, who: &Officer| run.world.node(name).replica.charter().complete(&who.certificate).is_some();
        for who in [&one, &two, &three] {
            assert!([COUNTY, TOWN, VILLAGE].iter().all(|name| !complete(name, who)));
        }
        run.reconnect(TOWN, COUNTY);
    }
    // A secretary whose rank is not lower counts for nobody either, though what it says is kept.
    let low = run.world.add_officer_of_rank(TOWN, &[Role::SECRETARY], 390);
    let _ = run.endorse(&low, one.certificate);
    assert!(run.world.node(COUNTY).replica.charter().complete(&one.certificate).is_none());
    // The county's own does.
    run.endorse(&secretary, one.certificate).unwrap();
    assert!(run.world.node(TOWN).replica.charter().complete(&one.certificate).is_some());
    run.nobody_else_is_accused(&[COUNTY]);
    run.all_meet_honestly();
}
