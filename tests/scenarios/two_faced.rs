//! Logs that are not what they were said to be: something receipted is deleted, a feed is rewritten, two peers are shown two
//! logs, receipts and quorums are made up. Who notices, and what they can show to anybody.

use std::{cell::Cell, rc::Rc};

use fangwei_protocol::{
    record::{
        body::{Act, Content, Witness},
        entry::{Claim, EntryId, Hash, Kind, Reach, Shelf},
        log::{Edge, leaf},
        message::{Ack, Frame, Hello},
    },
    records::LogIndex,
    replica::{Event, PeerFault},
    trust::{
        checkpoint::{Checkpoint, LogName, NoteFault},
        confirmed::checkpoint_of,
        key::KeyPair,
        receipt::{Item, Receipt, ReceiptFault},
        root::root_scope,
        witnessing::{Beside, Evidence, judge},
    },
};
use tests::{
    claims::{receipted_and_gone, stands_alone},
    filters::Way,
    world::Node,
};

use crate::{
    accused::{OTHER_TOWN, Run, run},
    scene::{COUNTY, TOWN, VILLAGE, scope, title},
};

/// A second face of the county.
const OTHER_FACE: &str = "370126 other";

/// Leaves out what a peer says it holds of this node's log, so that the node is not told that it is another.
fn deaf(_: &Node, frame: Frame) -> Vec<Frame> {
    match frame {
        Frame::Hello(hello) => vec![Frame::Hello(Hello { checkpoint: None, ..hello })],
        frame => vec![frame],
    }
}

impl Run {
    fn evidence(&self, name: &str) -> Vec<Evidence> {
        let node = self.world.node(name);
        node.replica.evidence(&node.records).unwrap()
    }

    /// What a node holds against another can be shown to anybody who has that one's key.
    fn has_evidence(&self, name: &str, whose: &str) {
        assert!(self.contradicts(name, whose), "{name} was not told");
        let key = self.world.node(whose).key();
        assert!(self.evidence(name).iter().any(|evidence| stands_alone(evidence, &key)), "{name} has no evidence");
        assert!(!self.evidence(name).iter().any(|evidence| stands_alone(evidence, &self.world.node(name).key())));
    }

    /// A node lets itself be persuaded that a peer holds the same, and persuades it.
    fn feign_agreement(&mut self, node: &str, with: &str, gone: EntryId) {
        let heard = Rc::new(Cell::new(None));
        let told = heard.clone();
        self.world.filter(node, with, Way::Out, move |_, frame| match frame {
            Frame::Hello(hello) => vec![Frame::Hello(Hello { digest: told.get(), ..hello })],
            frame => vec![frame],
        });
        let (mut refuse, below) = (self.refusing(gone), self.world.node(with).unit.clone());
        self.world.filter(node, with, Way::In, move |node, frame| match frame {
            Frame::Hello(hello) => {
                heard.set(hello.digest);
                let digest = Some(node.replica.frontier().link_digest(&below));
                vec![Frame::Hello(Hello { digest, checkpoint: None, ..hello })]
            }
            frame => refuse(node, frame),
        });
    }

    /// Takes an entry out of what comes.
    fn refusing(&self, gone: EntryId) -> impl FnMut(&Node, Frame) -> Vec<Frame> + 'static {
        let genesis = self.world.genesis.hash();
        move |node, frame| match frame {
            Frame::Give(mut parcels) => {
                parcels.retain(|parcel| {
                    let claim = Claim::parse(&parcel.entry).unwrap();
                    let author = node.replica.charter().complete(&claim.claimed_author()).unwrap();
                    claim.verify(&genesis, &author.certificate.key).unwrap().id() != gone
                });
                if parcels.is_empty() { vec![] } else { vec![Frame::Give(parcels)] }
            }
            frame => vec![frame],
        }
    }

    /// An entry of the county that travels to nobody below.
    fn inner(&mut self, node: &str) {
        let document = self.world.new_document(scope(COUNTY, Reach::UP, Shelf::LIBRARY), Kind::RISK);
        let secretary = self.world.secretary();
        self.world.write(node, &secretary, document, Content::Edit(vec![])).unwrap();
        self.world.settle();
    }

    /// Why a node ended a session with another.
    fn refused(&self, name: &str, whom: &str) -> Vec<PeerFault> {
        let faults = self.world.node(name).events.iter().filter_map(|event| match event {
            Event::Refused { peer, fault } if self.world.at_the_other_end(*peer) == whom => Some(fault.clone()),
            _ => None,
        });
        faults.collect()
    }
}

#[test]
fn what_was_lost_comes_back_and_what_was_deleted_is_proved() {
    let mut run = run();
    run.odd_things_happen();
    let (reporter, second) = (run.reporter.clone(), run.second.clone());
    let report = run.world.report(VILLAGE, &reporter, "举报");
    run.world.settle();
    run.reconnect(TOWN, COUNTY);
    let before = run.world.node(COUNTY).replica.log_head();
    run.world.forget(COUNTY, move |entry| entry.id() == report);
    // The comparison of the village's store with the county's: one entry is gone, and its receipt proves that it was there.
    for holder in [VILLAGE, TOWN] {
        let gone = receipted_and_gone(&run.world, holder, COUNTY);
        assert_eq!(gone.keys().collect::<Vec<_>>(), [&report]);
        assert!(gone.values().all(Option::is_some));
    }
    run.feign_agreement(COUNTY, TOWN, report);
    run.reconnect(TOWN, COUNTY);
    assert!(!run.holds(COUNTY, &report) && run.evidence(TOWN).is_empty());
    // The same session: the log is as long again as it was, and is another. The township knows, and by the receipt it is
    // handed the village.
    run.world.report(VILLAGE, &second, "又一件");
    run.world.settle();
    assert_eq!(run.world.node(COUNTY).replica.log_head().size, before.size);
    run.has_evidence(TOWN, COUNTY);
    run.has_evidence(VILLAGE, COUNTY);
    // Told once, however often it happens; and a longer log is not believed to follow.
    run.world.report(VILLAGE, &second, "再一件");
    run.world.settle();
    assert_eq!(run.evidence(TOWN).len(), 1);
    assert_eq!(run.refused(TOWN, COUNTY), [PeerFault::Receipt(ReceiptFault::NotConsistent)]);
    run.nobody_else_is_accused(&[COUNTY]);
    // Honest again it is shown what it signed, goes on under another name, and has the entry back in one session.
    run.all_meet_honestly();
    assert!(run.holds(COUNTY, &report));
    assert!(receipted_and_gone(&run.world, VILLAGE, COUNTY).is_empty());
    assert_eq!(run.world.node(COUNTY).replica.log_epoch().epoch, 1);
    run.nobody_else_is_accused(&[COUNTY]);
}

#[test]
fn a_county_that_only_lost_something_is_accused_of_nothing() {
    let mut run = run();
    run.odd_things_happen();
    let reporter = run.reporter.clone();
    let report = run.world.report(VILLAGE, &reporter, "举报");
    run.world.settle();
    run.reconnect(TOWN, COUNTY);
    run.world.forget(COUNTY, move |entry| entry.id() == report);
    run.inner(COUNTY);
    run.reconnect(TOWN, COUNTY);
    assert!(run.holds(COUNTY, &report), "one session");
    run.all_meet_honestly();
    run.nobody_else_is_accused(&[]);
}

/// A township that keeps its analyst's key takes back what the analyst said and says something else.
#[test]
fn a_rewritten_feed_branches_where_the_first_one_is_held() {
    let mut run = run();
    run.odd_things_happen();
    let (analyst, author) = (run.analyst.clone(), run.analyst.certificate);
    let say = |run: &mut Run, text: &str| {
        let document = run.world.new_document(scope(TOWN, Reach::UP, Shelf::CASE), Kind::REPORT);
        let id = run.world.write(TOWN, &analyst, document, title(text)).unwrap();
        run.world.settle();
        id
    };
    let (first, said) = (say(&mut run, "一"), say(&mut run, "有问题"));
    run.world.now += 1_000;
    run.reconnect(TOWN, COUNTY);
    let size = run.world.node(TOWN).entries();
    run.world.forget(TOWN, move |entry| entry.id() == said);
    let instead = say(&mut run, "没有问题");
    assert_eq!(run.world.node(TOWN).entries(), size);
    let mut refuse = run.refusing(said);
    run.world.filter(TOWN, COUNTY, Way::In, move |node, frame| {
        refuse(node, frame).into_iter().flat_map(|frame| deaf(node, frame)).collect()
    });
    run.reconnect(TOWN, COUNTY);
    // One session: the county holds both sides and shows where they part; and the township's log was another.
    let branch =
        |event: &Event| matches!(event, Event::Branched { author: by, id, .. } if (*by, *id) == (author, instead));
    assert_eq!(run.told(COUNTY, branch).len(), 1);
    assert!([first, said, instead].iter().all(|id| run.holds(COUNTY, id)));
    run.has_evidence(COUNTY, TOWN);
    run.nobody_else_is_accused(&[TOWN]);
    run.all_meet_honestly();
    assert!(run.holds(TOWN, &said));
}

#[test]
fn two_logs_for_two_peers_meet_at_whoever_sees_both() {
    let mut run = run();
    run.odd_things_happen();
    let reporter = run.reporter.clone();
    run.world.clone_running(COUNTY, OTHER_FACE);
    run.inner(COUNTY);
    run.inner(OTHER_FACE);
    run.world.filter(OTHER_FACE, VILLAGE, Way::In, deaf);
    // What the township and the village know of the one face.
    let report = run.world.report(VILLAGE, &reporter, "两面");
    run.world.settle();
    let one = run.world.node(COUNTY).replica.log_head();
    assert_eq!(run.unconfirmed(VILLAGE), []);
    // The village meets the other: one session.
    run.world.connect(VILLAGE, OTHER_FACE);
    run.world.settle();
    assert!(run.holds(OTHER_FACE, &report));
    let other = run.world.node(OTHER_FACE).replica.log_head();
    assert!(one.size == other.size && one.root != other.root);
    run.has_evidence(VILLAGE, COUNTY);
    assert!(run.evidence(TOWN).is_empty(), "who has seen one face knows of one");
    // Of another length it is not believed to follow.
    run.inner(OTHER_FACE);
    run.reconnect(VILLAGE, OTHER_FACE);
    assert_eq!(run.refused(VILLAGE, OTHER_FACE), [PeerFault::Receipt(ReceiptFault::NotConsistent)]);
    // Two townships that never meet hold one face each; put beside each other, their stores are evidence too.
    run.world.cut(OTHER_TOWN, COUNTY);
    run.reconnect(TOWN, COUNTY);
    run.inner(COUNTY);
    run.world.now += 10_000;
    run.reconnect(TOWN, COUNTY);
    run.reconnect(OTHER_TOWN, OTHER_FACE);
    let held =
        |run: &Run, name: &str| checkpoint_of(&run.node_of(COUNTY), &run.world.node(name).records).unwrap().unwrap();
    let (here, there) = (held(&run, TOWN), held(&run, OTHER_TOWN));
    let beside = judge(Some(&here.claimed().log_head()), there.claimed(), &[]);
    let evidence = Evidence { held: here.to_bytes().into(), came: there.to_bytes().into() };
    assert_eq!(beside, Beside::Contradiction, "{here:?} {there:?}");
    assert!(stands_alone(&evidence, &run.world.node(COUNTY).key()));
    run.nobody_else_is_accused(&[COUNTY, OTHER_FACE]);
}

/// What the county could sign of a log that never was: so many leaves, of which the entry is the last.
fn invented(node: &Node, tip: EntryId, size: u64, time_s: i64) -> Receipt {
    let mut edge = Edge::default();
    let mut hashes = Vec::new();
    for n in 1..size {
        let beside = EntryId(Hash::of(&n.to_be_bytes()));
        edge.push(leaf(&beside), |_, _| {});
    }
    // The last leaf's siblings are the roots of the largest complete subtrees before it.
    let mut before = size - 1;
    let mut from = 0_u64;
    while before > 0 {
        let width = 1 << before.ilog2();
        let mut part = Edge::default();
        (from..from + width).for_each(|n| part.push(leaf(&EntryId(Hash::of(&(n + 1).to_be_bytes()))), |_, _| {}));
        hashes.push(part.head().root);
        (before, from) = (before - width, from + width);
    }
    edge.push(leaf(&tip), |_, _| {});
    let log = LogName { node: node.replica.me().certificate, epoch: 0 };
    let note = Checkpoint { log, head: edge.head(), time_s, after: None }.sign(node.key_pair());
    Receipt { note: note.to_bytes().into(), items: vec![Item { tip, index: size - 1 }], hashes }
}

#[test]
fn a_forged_receipt_ends_the_session_or_is_proof_against_who_signed_it() {
    type Forge = fn(&Node, Receipt, KeyPair) -> Receipt;
    let forgeries: [(Forge, &[ReceiptFault]); 5] = [
        // Another origin.
        (
            |node, mut receipt, other| {
                let mut claimed = *receipt.note().unwrap().claimed();
                claimed.log.node = node.replica.charter().of_key(&other.public()).next().map(|(id, _)| *id).unwrap();
                receipt.note = claimed.sign(&other).to_bytes().into();
                receipt
            },
            &[ReceiptFault::Note(NoteFault::NotSigned)],
        ),
        // Another's signature.
        (
            |_, mut receipt, other| {
                receipt.note = receipt.note().unwrap().claimed().sign(&other).to_bytes().into();
                receipt
            },
            &[ReceiptFault::Note(NoteFault::NotSigned)],
        ),
        // A proof that leads nowhere.
        (
            |_, mut receipt, _| {
                receipt.hashes[0].0[3] ^= 1;
                receipt
            },
            &[ReceiptFault::NotProved],
        ),
        // A checkpoint of a log that never was.
        (|node, receipt, _| invented(node, receipt.items[0].tip, 5_000, 0), &[ReceiptFault::NotConsistent]),
        // The same of a size that was passed long ago, where nothing would have to be proved.
        (|node, receipt, _| invented(node, receipt.items[0].tip, 5, 0), &[ReceiptFault::NotConsistent]),
    ];
    for (number, (forge, faults)) in forgeries.into_iter().enumerate() {
        let mut run = run();
        run.odd_things_happen();
        let reporter = run.reporter.clone();
        let other = KeyPair::from_seed(run.world.node(OTHER_TOWN).key_pair().seed());
        run.world.filter(COUNTY, TOWN, Way::Out, move |node, frame| match frame {
            Frame::Ack(Ack { frames, receipt: Some(bytes), proof }) => {
                let other = KeyPair::from_seed(other.seed());
                let receipt = forge(node, Receipt::parse(&bytes).unwrap(), other);
                vec![Frame::Ack(Ack { frames, receipt: Some(receipt.to_bytes().into()), proof })]
            }
            frame => vec![frame],
        });
        let report = run.world.report(VILLAGE, &reporter, "无据");
        run.world.settle();
        let faults: Vec<_> = faults.iter().map(|fault| PeerFault::Receipt(*fault)).collect();
        assert_eq!(run.refused(TOWN, COUNTY), faults, "{number}: one session");
        // What they say counts for nothing: the county's receipt is missing, at the township and at the village.
        for name in [TOWN, VILLAGE] {
            assert_eq!(run.unconfirmed(name), [(COUNTY.into(), 1)], "{number}");
        }
        run.nobody_else_is_accused(&[COUNTY]);
        run.all_meet_honestly();
        assert!(run.holds(COUNTY, &report) && run.unconfirmed(VILLAGE).is_empty());
    }
}

/// The township keeps a feed from the county and hands the village a receipt the county's key signed for it, under a log
/// that never was, of a size the county has passed long ago: nobody below can ask for a proof.
#[test]
fn a_receipt_for_what_is_not_held_is_proof_against_who_signed_it() {
    let mut run = run();
    run.odd_things_happen();
    let (reporter, author) = (run.reporter.clone(), run.reporter.certificate);
    run.world.hide(TOWN, COUNTY, move |entry| entry.header().author == author);
    run.world.cut(VILLAGE, TOWN);
    let report = run.world.report(VILLAGE, &reporter, "石沉大海");
    let forged: Rc<[u8]> = invented(run.world.node(COUNTY), report, 5, 0).to_bytes().into();
    run.world.filter(TOWN, VILLAGE, Way::Out, move |_, frame| match frame {
        Frame::Ack(Ack { receipt: Some(_), .. }) => vec![frame, Frame::Receipts(vec![forged.to_vec().into()])],
        frame => vec![frame],
    });
    run.reconnect(VILLAGE, TOWN);
    // The village believes what the county's key has signed.
    assert_eq!(run.unconfirmed(VILLAGE), []);
    assert!(!run.holds(COUNTY, &report));
    // The comparison of the two stores shows that the county does not hold it, the receipt that its key said so; its own
    // log at that size has another root.
    let gone = receipted_and_gone(&run.world, VILLAGE, COUNTY);
    let claimed = *gone[&report].clone().unwrap().note().unwrap().claimed();
    let county = run.world.node(COUNTY);
    let mut truly = Edge::default();
    (0..claimed.head.size).for_each(|at| {
        truly.push(leaf(&county.replica.entry(LogIndex(at), &county.records).unwrap().id()), |_, _| {});
    });
    assert_ne!(truly.head().root, claimed.head.root);
    // One session with the county does not begin in agreement, and mends it.
    run.world.connect(VILLAGE, COUNTY);
    run.world.settle();
    assert!(!run.agreed(VILLAGE, COUNTY) && run.holds(COUNTY, &report));
    run.nobody_else_is_accused(&[TOWN, COUNTY]);
    run.all_meet_honestly();
}

#[test]
fn a_wrong_quorum_makes_nothing_witnessed() {
    let mut run = run();
    run.odd_things_happen();
    let outside = KeyPair::from_seed(&[77; 32]);
    let unknown = KeyPair::from_seed(&[78; 32]);
    let copy = |key: &KeyPair| KeyPair::from_seed(key.seed());
    let inside = [TOWN, OTHER_TOWN].map(|name| copy(run.world.node(name).key_pair()));
    let member = |name: &str, key: &KeyPair, outside| Witness { name: name.into(), key: key.public(), outside };
    let members =
        vec![member("镇", &inside[0], false), member("邻镇", &inside[1], false), member("审计局", &outside, true)];
    let root = run.world.root();
    let document = run.world.new_document(root_scope(&COUNTY.parse().unwrap()), Kind::WITNESSES);
    run.world.write(COUNTY, &root, document, Content::Act(Act::Witnesses { threshold: 2, members })).unwrap();
    run.world.settle();
    let by = |name: &'static str, key: &KeyPair| (name, copy(key));
    let quorums: [(Vec<(&str, KeyPair)>, bool); 5] = [
        (vec![by("审计局", &outside)], false),
        (vec![by("审计局", &outside), by("审计局 又", &outside)], false),
        (vec![by("审计局", &outside), by("某局", &unknown)], false),
        (vec![by("镇", &inside[0]), by("邻镇", &inside[1])], false),
        (vec![by("镇", &inside[0]), by("审计局", &outside)], true),
    ];
    let reporter = run.reporter.clone();
    for (number, (quorum, is_good)) in quorums.into_iter().enumerate() {
        run.world.filter(COUNTY, TOWN, Way::Out, move |_, frame| match frame {
            Frame::Ack(Ack { frames, receipt: Some(bytes), proof }) => {
                let mut receipt = Receipt::parse(&bytes).unwrap();
                let mut note = receipt.note().unwrap();
                for (name, key) in &quorum {
                    let as_whom = Witness { name: (*name).into(), key: key.public(), outside: true };
                    let line = note.cosign(name, 1_790_000_000, key);
                    note.add(line, &as_whom).unwrap();
                }
                receipt.note = note.to_bytes().into();
                vec![Frame::Ack(Ack { frames, receipt: Some(receipt.to_bytes().into()), proof })]
            }
            frame => vec![frame],
        });
        run.reconnect(TOWN, COUNTY);
        let report = run.world.report(VILLAGE, &reporter, "见证");
        run.world.settle();
        for name in [TOWN, VILLAGE] {
            let node = run.world.node(name);
            let standing = node.replica.standing(&run.said(name, &report).unwrap().entry, &node.records).unwrap();
            let held = standing.held.iter().find(|held| held.unit.as_str() == COUNTY);
            // Nothing of such a receipt is taken: the county's is missing, and so is told.
            assert_eq!(held.map(|held| held.witnessed), is_good.then_some(true), "{number} at {name}");
            assert_eq!(run.unconfirmed(name).is_empty(), is_good, "{number} at {name}");
        }
    }
    run.nobody_else_is_accused(&[COUNTY]);
    run.all_meet_honestly();
}
