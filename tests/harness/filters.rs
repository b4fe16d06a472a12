//! Dishonest nodes: the very replica the honest ones run, with somebody between it and a peer who drops, changes or
//! makes up frames; each that goes on is well-formed. And what honest machines suffer: clones and old images.

use std::{collections::BTreeMap, rc::Rc};

use fangwei_protocol::{
    record::{
        entry::{Entry, Scope},
        frontier::Frontier,
        message::{FeedTips, Frame, Hello},
    },
    records::{Fact, LogIndex, Memory},
    replica::{PeerId, Replica},
    trust::{genesis::Genesis, key::KeyPair},
};

use crate::world::{Node, World};

/// Which frames of a link a filter sees.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Way {
    /// What the node says.
    Out,
    /// What it hears.
    In,
}

/// Sees a frame, and says what goes on in its place.
pub type Filter = Box<dyn FnMut(&Node, Frame) -> Vec<Frame>>;

/// By the node that lies, and to whom.
pub(crate) type Filters = BTreeMap<(String, String, Way), Filter>;

/// Which entries somebody wishes away. With an entry everything that follows from it must be.
pub type Hidden = Rc<dyn Fn(&Entry) -> bool>;

impl World {
    /// From now on this sees what `node` says to `other`, or hears from it.
    pub fn filter(
        &mut self,
        node: &str,
        other: &str,
        way: Way,
        filter: impl FnMut(&Node, Frame) -> Vec<Frame> + 'static,
    ) {
        self.filters.insert((node.into(), other.into(), way), Box::new(filter));
    }

    /// Nothing stands between a node and anybody any more.
    pub fn unfilter(&mut self, node: &str) {
        self.filters.retain(|(of, ..), _| of != node);
    }

    /// Whom a connection led to, by its name at either end.
    pub fn at_the_other_end(&self, peer: PeerId) -> &str {
        self.met.get(&peer).map_or("a stranger", String::as_str)
    }

    pub(crate) fn is_filtered(&self, node: &str, peer: PeerId) -> bool {
        let Some(other) = self.met.get(&peer) else { return false };
        self.filters.keys().any(|(of, to, way)| of == node && to == other && *way == Way::In)
    }

    pub(crate) fn filtered(&mut self, node: &str, peer: PeerId, way: Way, frame: &Frame) -> Vec<Frame> {
        let key = |other: &String| (node.to_string(), other.clone(), way);
        let filter = self.met.get(&peer).filter(|_| !self.filters.is_empty()).map(key);
        let Some(filter) = filter.and_then(|key| self.filters.get_mut(&key)) else { return vec![frame.clone()] };
        let frames = filter(&self.nodes[node], frame.clone());
        for frame in &frames {
            assert_eq!(Frame::parse(&frame.to_bytes()).as_ref(), Ok(frame), "each message is well-formed");
        }
        frames
    }

    /// `node` shows `other` a county without some entries, and believes to agree with it where they hold the same but
    /// for those: digests, outlines, tips and gifts all fit each other.
    pub fn hide(&mut self, node: &str, other: &str, hidden: impl Fn(&Entry) -> bool + 'static) {
        let hidden: Hidden = Rc::new(hidden);
        let (mine, theirs) = (self.nodes[node].unit.clone(), self.nodes[other].unit.clone());
        let lower = if mine.contains(&theirs) { theirs } else { mine };
        let (genesis, hides, below) = (self.genesis.clone(), hidden.clone(), lower.clone());
        self.filter(node, other, Way::Out, move |node, frame| match frame {
            Frame::Hello(hello) => {
                let digest = Some(without(&genesis, node, &hides).1.frontier().link_digest(&below));
                vec![Frame::Hello(Hello { digest, ..hello })]
            }
            Frame::Outlined(stretch, _, true) => {
                let frontier = without(&genesis, node, &hides).1;
                let outline = frontier.frontier().outline(&stretch.unit, stretch.extent);
                vec![Frame::Outlined(stretch, outline, true)]
            }
            Frame::Tips(mut tips) => {
                tips.feeds = feeds(without(&genesis, node, &hides).1.frontier(), &tips.scope);
                vec![Frame::Tips(tips)]
            }
            frame => give_without(&genesis, node, &hides, frame).into_iter().collect(),
        });
        let genesis = self.genesis.clone();
        self.filter(node, other, Way::In, move |node, frame| match frame {
            Frame::Hello(mut hello) => {
                let shown = without(&genesis, node, &hidden).1.frontier().link_digest(&lower);
                if hello.digest == Some(shown) {
                    hello.digest = Some(node.replica.frontier().link_digest(&lower));
                }
                vec![Frame::Hello(hello)]
            }
            frame => vec![frame],
        });
    }

    /// `node` leaves some entries out of what it gives to `other`, and is honest otherwise.
    pub fn leave_out(&mut self, node: &str, other: &str, hidden: impl Fn(&Entry) -> bool + 'static) {
        let hidden: Hidden = Rc::new(hidden);
        let genesis = self.genesis.clone();
        self.filter(node, other, Way::Out, move |node, frame| {
            give_without(&genesis, node, &hidden, frame).into_iter().collect()
        });
    }

    /// `node` rids itself of some entries, as if it had never had them.
    pub fn forget(&mut self, node: &str, hidden: impl Fn(&Entry) -> bool + 'static) {
        let hidden: Hidden = Rc::new(hidden);
        let records = without(&self.genesis, &self.nodes[node], &hidden).0;
        self.restore(node, records);
    }

    /// Copies a running machine, its memory and key included; the copy is called `name` and has no connection yet.
    pub fn clone_running(&mut self, node: &str, name: &str) {
        let Node { unit, replica, records, start, key, .. } = &self.nodes[node];
        let (unit, records, start, key) = (unit.clone(), records.clone(), *start, KeyPair::from_seed(key.seed()));
        let (me, length) = (replica.me().clone(), LogIndex(records.len()));
        let replica = Replica::open(self.genesis.clone(), me, start, length, &records).unwrap();
        let node = Node { unit, replica, records, events: vec![], erased: vec![], damaged: None, start, key };
        self.nodes.insert(name.into(), node);
    }
}

/// What a node would hold and be without some entries.
pub fn without(genesis: &Genesis, node: &Node, hidden: &Hidden) -> (Memory, Replica) {
    let mut records = Memory::default();
    let me = node.replica.me().clone();
    let mut replica = Replica::open(genesis.clone(), me, node.start, LogIndex(0), &records).unwrap();
    let mut at = LogIndex(0);
    let mut facts = Vec::new();
    for fact in node.records.facts() {
        if let Fact::Entry { .. } = fact {
            let entry = node.replica.entry(at, &node.records).unwrap();
            at = LogIndex(at.0 + 1);
            if hidden(&entry) {
                continue;
            }
        }
        facts.push(fact.clone());
    }
    let batch = replica.replay(&facts, &records).unwrap();
    records.store(&batch);
    (records, replica)
}

fn feeds(frontier: &Frontier, scope: &Scope) -> Vec<FeedTips> {
    let feed = |feed: &fangwei_protocol::record::feed::Feed| feed.tips.iter().rev().map(|tip| tip.id).collect();
    frontier.feeds(scope).map(|(author, some)| FeedTips { author: *author, tips: feed(some) }).collect()
}

/// The same frame, or what is left of a gift; none if that is nothing.
fn give_without(genesis: &Genesis, node: &Node, hidden: &Hidden, frame: Frame) -> Option<Frame> {
    let Frame::Give(mut parcels) = frame else { return Some(frame) };
    parcels.retain(|parcel| {
        let claim = fangwei_protocol::record::entry::Claim::parse(&parcel.entry).unwrap();
        let author = node.replica.charter().complete(&claim.claimed_author()).unwrap().certificate.key;
        !hidden(&claim.verify(&genesis.hash(), &author).unwrap())
    });
    (!parcels.is_empty()).then_some(Frame::Give(parcels))
}
