//! A county or a township that keeps something from somebody: who notices, by what, and in how many sessions.
//!
//! Each is the real replica with somebody between it and one peer, who lies as consistently as can be.

use fangwei_protocol::{
    record::{
        body::{Act, Content, RevokeReason},
        entry::{EntryId, Kind, Reach, Shelf},
        feed::HeaderFault,
    },
    replica::{Event, PeerFault},
    trust::{
        authority::Verdict,
        interval::{Claimed, Interval},
        revocation::Strike,
    },
};

use crate::{
    accused::{Run, run},
    scene::{COUNTY, TOWN, VILLAGE, scope, title},
};

impl Run {
    /// Whether the newest session of a node with a unit began with both holding the same, as far as it knows.
    pub(crate) fn agreed(&self, name: &str, unit: &str) -> bool {
        let met = self.world.node(name).events.iter().rev().find_map(|event| match event {
            Event::Met { unit: at, agreed, .. } if at.as_str() == unit => Some(*agreed),
            _ => None,
        });
        met.unwrap()
    }

    /// What a node was told it would be given by a unit and was not.
    fn owed(&self, name: &str, unit: &str) -> u64 {
        let peers = self.world.node(name).replica.peers();
        let owed = peers.filter(|peer| peer.unit.as_ref().is_some_and(|at| at.as_str() == unit));
        owed.map(|peer| peer.progress.to_take - peer.progress.taken).sum()
    }

    /// A guideline of the county's secretary, which reaches down.
    fn guideline(&mut self, text: &str) -> EntryId {
        let document = self.world.new_document(scope(COUNTY, Reach::DOWN, Shelf::LIBRARY), Kind::RISK);
        let secretary = self.world.secretary();
        let step = fangwei_protocol::record::body::Step::Splice {
            field: "description".into(),
            at: 0,
            delete: 0,
            insert: text.into(),
        };
        let id = self.world.write(COUNTY, &secretary, document, Content::Edit(vec![step])).unwrap();
        self.world.settle();
        id
    }
}

/// "Receipts the village, omits one feed upward", which is a truncated feed for the county.
#[test]
fn a_feed_kept_from_the_county_lacks_the_countys_receipt() {
    let mut run = run();
    run.odd_things_happen();
    let (reporter, second) = (run.reporter.clone(), run.second.clone());
    let first = run.world.report(VILLAGE, &reporter, "县里也有");
    run.world.settle();
    let author = reporter.certificate;
    run.world.hide(TOWN, COUNTY, move |entry| {
        let header = entry.header();
        header.author == author && header.seq > 0
    });
    run.reconnect(TOWN, COUNTY);
    let kept = [run.world.report(VILLAGE, &reporter, "扣下"), run.world.report(VILLAGE, &reporter, "也扣下")];
    let other = run.world.report(VILLAGE, &second, "放行");
    run.world.settle();
    run.reconnect(TOWN, COUNTY);
    // The county sees nothing: the feed ends earlier, and everything it is shown fits.
    assert!(run.agreed(COUNTY, TOWN));
    assert!(run.holds(COUNTY, &first) && run.holds(COUNTY, &other) && !run.holds(COUNTY, &kept[0]));
    // The village does, at once and in each session: the township says that it has them, and the county does not.
    assert!(kept.iter().all(|id| run.world.node(VILLAGE).is_held_above(id)));
    assert_eq!(run.unconfirmed(VILLAGE), [(COUNTY.into(), 2)]);
    run.reconnect(VILLAGE, TOWN);
    assert_eq!(run.unconfirmed(VILLAGE), [(COUNTY.into(), 2)]);
    // One session with the county itself: it has them, and says so.
    run.world.connect(VILLAGE, COUNTY);
    run.world.settle();
    assert!(!run.agreed(VILLAGE, COUNTY) && kept.iter().all(|id| run.holds(COUNTY, id)));
    assert_eq!(run.unconfirmed(VILLAGE), []);
    run.nobody_else_is_accused(&[TOWN]);
    run.all_meet_honestly();
    run.nobody_else_is_accused(&[TOWN]);
}

#[test]
fn a_clumsy_thief_of_a_feed_never_agrees_with_the_county() {
    let mut run = run();
    run.odd_things_happen();
    let (reporter, author) = (run.reporter.clone(), run.reporter.certificate);
    run.world.leave_out(TOWN, COUNTY, move |entry| entry.header().author == author);
    run.world.report(VILLAGE, &reporter, "漏报");
    run.world.settle();
    assert_eq!(run.unconfirmed(VILLAGE), [(COUNTY.into(), 1)]);
    // In the next session the county is told of one entry more than it gets, and in each after that.
    for _ in 0..2 {
        run.reconnect(TOWN, COUNTY);
        assert!(!run.agreed(COUNTY, TOWN));
        assert_eq!(run.owed(COUNTY, TOWN), 1);
    }
    run.nobody_else_is_accused(&[TOWN]);
    run.all_meet_honestly();
}

#[test]
fn an_entry_taken_out_of_the_middle_of_a_feed_ends_the_session() {
    let mut run = run();
    run.odd_things_happen();
    run.guideline("一");
    run.world.cut(TOWN, COUNTY);
    let (middle, last) = (run.guideline("二"), run.guideline("三"));
    run.world.leave_out(COUNTY, TOWN, move |entry| entry.id() == middle);
    run.world.connect(TOWN, COUNTY);
    run.world.settle();
    // One session: the township is given what follows something it never got.
    let gap = PeerFault::Header(HeaderFault::PrevNotHeld { prev: middle });
    let told = run.told(TOWN, |event| matches!(event, Event::Refused { fault, .. } if *fault == gap));
    let Some(Event::Refused { peer, .. }) = told.first() else { panic!("{told:?}") };
    assert_eq!(run.world.at_the_other_end(*peer), COUNTY);
    assert!(!run.world.is_connected(TOWN, COUNTY) && !run.holds(TOWN, &last));
    run.nobody_else_is_accused(&[COUNTY]);
    run.all_meet_honestly();
}

#[test]
fn what_the_county_withholds_comes_by_whoever_else_has_it() {
    let mut run = run();
    run.odd_things_happen();
    run.guideline("都有");
    run.world.hide(COUNTY, TOWN, |entry| entry.header().scope.shelf == Shelf::LIBRARY && entry.header().seq > 0);
    run.reconnect(TOWN, COUNTY);
    let withheld = run.guideline("扣下");
    run.reconnect(TOWN, COUNTY);
    // Nothing in what the township is shown betrays it, until somebody comes who has it.
    assert!(run.agreed(TOWN, COUNTY) && !run.holds(TOWN, &withheld));
    // The village goes to the county for once. Two sessions, and the township has from below what was kept from it.
    run.world.connect(VILLAGE, COUNTY);
    run.world.settle();
    assert!(!run.agreed(VILLAGE, COUNTY) && run.holds(VILLAGE, &withheld));
    run.reconnect(VILLAGE, TOWN);
    assert!(run.holds(TOWN, &withheld));
    // And it agrees with the county no more, which cannot give what it hides and will not take it.
    run.reconnect(TOWN, COUNTY);
    assert!(!run.agreed(TOWN, COUNTY));
    run.nobody_else_is_accused(&[COUNTY]);
    run.all_meet_honestly();
}

#[test]
fn a_revoke_and_a_stand_hidden_from_a_village_show_when_it_meets_the_county() {
    let mut run = run();
    run.odd_things_happen();
    let (reporter, secretary) = (run.reporter.clone(), run.world.secretary());
    let reports = ["甲", "乙"].map(|text| run.world.report(VILLAGE, &reporter, text));
    run.world.settle();
    run.world.hide(TOWN, VILLAGE, |entry| {
        let header = entry.header();
        let about_the_village = header.scope.home.as_str() == VILLAGE;
        about_the_village
            && (header.kind == Kind::STAND || header.kind == Kind::CERTIFICATE && header.after().len() == 1)
    });
    run.reconnect(VILLAGE, TOWN);
    let subject = reporter.certificate;
    let document = run.world.node(COUNTY).replica.charter().certificate(&subject).unwrap().document.clone();
    let revoke = Content::Act(Act::Revoke { subject, reason: RevokeReason::STOLEN });
    let revoke = run.world.write(COUNTY, &secretary, document, revoke).unwrap();
    run.world.settle();
    run.reconnect(VILLAGE, TOWN);
    let struck = Verdict::Struck(Strike::Revoked { revoke, reason: RevokeReason::STOLEN });
    // The village is shown an agreement, and reads what it wrote as before.
    assert!(run.agreed(VILLAGE, TOWN));
    assert_eq!((run.verdict(COUNTY, &reports[0]), run.verdict(TOWN, &reports[0])), (struck.clone(), struck.clone()));
    assert_eq!(run.verdict(VILLAGE, &reports[0]), Verdict::Valid);
    // One session with the county: the digests differ, and the revoke, signed, is there.
    run.reconnect(VILLAGE, COUNTY);
    assert!(!run.agreed(VILLAGE, COUNTY));
    assert_eq!(run.verdict(VILLAGE, &reports[0]), struck);
    run.world.cut(VILLAGE, COUNTY);
    // The same with somebody who stands for what was honest.
    run.reconnect(VILLAGE, TOWN);
    let document = run.world.new_document(scope(VILLAGE, Reach::UP, Shelf::CASE), Kind::STAND);
    let stand = Act::Stand { author: subject, first: reports[0], last: reports[0] };
    run.world.write(COUNTY, &secretary, document, Content::Act(stand)).unwrap();
    run.world.settle();
    run.reconnect(VILLAGE, TOWN);
    assert_eq!((run.verdict(TOWN, &reports[0]), run.verdict(VILLAGE, &reports[0])), (Verdict::Valid, struck.clone()));
    run.reconnect(VILLAGE, COUNTY);
    assert!(!run.agreed(VILLAGE, COUNTY));
    assert_eq!([&reports[0], &reports[1]].map(|id| run.verdict(VILLAGE, id)), [Verdict::Valid, struck]);
    // Since then the township is found to hide it in each session with the village.
    run.reconnect(VILLAGE, TOWN);
    assert!(!run.agreed(VILLAGE, TOWN));
    run.nobody_else_is_accused(&[TOWN]);
    run.all_meet_honestly();
}

/// A township writes what it claims to have written a quarter ago, on a machine whose clock it has set back.
#[test]
fn what_is_back_dated_contradicts_the_checkpoint_it_names_or_names_none() {
    const QUARTER_S: i64 = 90 * 86_400;
    let mut run = run();
    run.odd_things_happen();
    run.reconnect(TOWN, COUNTY);
    let (met, analyst) = (run.world.now, run.analyst.clone());
    run.world.cut_all(TOWN);
    let new = |run: &mut Run| run.world.new_document(scope(TOWN, Reach::DOWN, Shelf::LIBRARY), Kind::RISK);
    run.world.now = met - QUARTER_S;
    let document = new(&mut run);
    let dated = run.world.write(TOWN, &analyst, document, Content::Edit(vec![])).unwrap();
    // Whoever leaves the checkpoint out of what follows is bound by the one before it in the feed all the same.
    let document = new(&mut run);
    let (entry, body) = run.world.by_hand(TOWN, &analyst, &document, Content::Edit(vec![])).sign(&run.world, &analyst);
    let follows = entry.id();
    run.world.submit(TOWN, entry, body);
    // In a feed that never named one nothing vouches for a beginning, and that is what is shown.
    let report = run.world.new_document(scope(TOWN, Reach::UP, Shelf::CASE), Kind::REPORT);
    let (entry, body) = run.world.by_hand(TOWN, &analyst, &report, title("无锚")).sign(&run.world, &analyst);
    let loose = entry.id();
    run.world.submit(TOWN, entry, body);
    run.world.now = met + 1_000;
    let came = run.world.now;
    run.reconnect(TOWN, COUNTY);
    run.reconnect(VILLAGE, TOWN);
    let standing = |name: &str, id: &EntryId| {
        let node = run.world.node(name);
        node.replica.standing(&run.said(name, id).unwrap().entry, &node.records).unwrap()
    };
    // One session; the county and whoever gets it know by themselves, from the checkpoint and their own clock.
    for id in [&dated, &follows] {
        let standing = standing(COUNTY, id);
        assert_eq!(standing.claimed, Claimed::TooEarly);
        assert_eq!(standing.interval.not_after_s, Some(came));
        assert!(standing.interval.not_before_s.is_some_and(|from| from > met - QUARTER_S));
    }
    let known = standing(COUNTY, &loose);
    let interval = Interval { not_before_s: None, not_after_s: Some(came) };
    assert_eq!((known.interval, known.claimed), (interval, Claimed::Within));
    run.nobody_else_is_accused(&[TOWN]);
    run.all_meet_honestly();
}
