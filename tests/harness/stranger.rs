//! A peer the test itself plays, with any key and any frames, and entries signed by hand that no honest node would
//! write.

use std::sync::Arc;

use fangwei_protocol::{
    record::{
        body::{Body, Content},
        entry::{CertificateId, DocKey, Entry, Epoch, Hash, Header},
        message::{Frame, Hello, Parcel, VERSION},
    },
    records::{Fact, Memory},
    replica::{Event, Input, PeerFault, PeerId},
    trust::key::{KeyPair, PublicKey},
};

use crate::world::{Officer, World};

/// A peer the test plays.
pub struct Stranger {
    /// Whom it talks to.
    pub(crate) unit: String,
    /// What it was told and has not looked at yet.
    pub(crate) heard: Vec<Frame>,
    pub(crate) closed: bool,
}

/// An entry about to be signed by hand: everything may be changed first.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What will be signed.
    pub header: Header,
    /// The bytes that travel beside it; the header names their hash when it is signed.
    pub body: Vec<u8>,
}

impl Draft {
    /// Signs as this officer, whatever the header says.
    pub fn sign(mut self, world: &World, by: &Officer) -> (Entry, Arc<[u8]>) {
        self.header.body = Hash::of(&self.body);
        (self.header.sign(&world.genesis.hash(), World::key_of(by)).unwrap(), self.body.into())
    }
}

/// A parcel as it travels.
pub fn parcel(entry: &Entry, body: &Arc<[u8]>) -> Parcel {
    Parcel::new(entry.bytes(), Some(body))
}

impl Officer {
    /// An officer of whom the harness did not make the certificate.
    pub fn new(certificate: CertificateId, key: KeyPair) -> Officer {
        Officer { certificate, key: Arc::new(key) }
    }
}

impl World {
    /// Somebody with this key dials a node.
    pub fn stranger(&mut self, unit: &str, key: PublicKey) -> PeerId {
        self.next_peer += 2;
        let peer = PeerId(self.next_peer);
        self.strangers.insert(peer, Stranger { unit: unit.into(), heard: Vec::new(), closed: false });
        self.step(unit, Input::Connected { peer, key, dialled: false });
        peer
    }

    /// The node of `as_unit` gone bad: dials a node, proves its own key and says hello with a digest that agrees with
    /// nothing.
    pub fn bad_node(&mut self, unit: &str, as_unit: &str) -> PeerId {
        let key = self.node(as_unit).key();
        let peer = self.stranger(unit, key);
        let hello = self.hello_of(as_unit);
        self.say(peer, &Frame::Hello(hello));
        self.heard(peer);
        peer
    }

    /// What the node of a unit would say of itself, without a digest.
    pub fn hello_of(&self, unit: &str) -> Hello {
        let replica = &self.node(unit).replica;
        Hello {
            version: VERSION,
            genesis: self.genesis.hash(),
            certificate: replica.me().certificate,
            unit: replica.me().unit.clone(),
            digest: None,
            wanted: 0,
            checkpoint: None,
        }
    }

    /// The stranger says something.
    pub fn say(&mut self, peer: PeerId, frame: &Frame) {
        self.say_bytes(peer, frame.to_bytes());
    }

    /// The stranger sends bytes.
    pub fn say_bytes(&mut self, peer: PeerId, frame: Vec<u8>) {
        let unit = self.strangers[&peer].unit.clone();
        self.step(&unit, Input::Received { peer, frame });
    }

    /// The stranger gives entries.
    pub fn give(&mut self, peer: PeerId, entries: &[(Entry, Arc<[u8]>)]) {
        self.say(peer, &Frame::Give(entries.iter().map(|(entry, body)| parcel(entry, body)).collect()));
    }

    /// What the stranger was told since it last looked.
    pub fn heard(&mut self, peer: PeerId) -> Vec<Frame> {
        std::mem::take(&mut self.strangers.get_mut(&peer).unwrap().heard)
    }

    /// Whether the node ended the session.
    pub fn is_closed(&self, peer: PeerId) -> bool {
        self.strangers[&peer].closed
    }

    /// What the node told about ending the session.
    pub fn fault(&self, peer: PeerId) -> Option<PeerFault> {
        self.node(&self.strangers[&peer].unit).events.iter().find_map(|event| match event {
            Event::Refused { peer: who, fault } if *who == peer => Some(fault.clone()),
            _ => None,
        })
    }

    /// What a node stores, for comparing later.
    pub fn memory(&self, unit: &str) -> Memory {
        self.node(unit).records.clone()
    }

    /// Entries a node is to have, as if it had admitted them before: quicker than having them written.
    pub fn replay(&mut self, unit: &str, facts: &[Fact]) {
        let node = self.nodes.get_mut(unit).unwrap();
        for some in facts.chunks(1_000) {
            let batch = node.replica.replay(some, &node.records).unwrap();
            node.records.store(&batch);
        }
    }

    /// A draft by hand that continues the author's feed as this node knows it, at all heads of the document.
    pub fn by_hand(&mut self, node: &str, by: &Officer, document: &DocKey, content: Content) -> Draft {
        let salt = self.seed().first_chunk::<16>().copied().unwrap();
        self.by_hand_of(node, by.certificate, document, Body::new(salt, content).bytes())
    }

    /// The same with any body.
    pub fn by_hand_of(&mut self, node: &str, author: CertificateId, document: &DocKey, body: Vec<u8>) -> Draft {
        let epoch = Epoch(self.seed().first_chunk::<8>().copied().unwrap());
        let (now, at) = (self.now, self.node(node));
        let tip = at.replica.frontier().feed(&document.scope, &author).and_then(|feed| feed.last().cloned());
        let after = at.replica.heads(document, &at.records).unwrap();
        let prev = tip.as_ref().map(|tip| tip.id);
        let plain = (after.len() == 1 && after.first() == prev.as_ref()) || (after.is_empty() && prev.is_none());
        let header = Header {
            scope: document.scope.clone(),
            kind: document.kind,
            doc: document.doc,
            author,
            epoch: tip.as_ref().map_or(epoch, |tip| tip.epoch),
            seq: tip.as_ref().map_or(0, |tip| tip.seq + 1),
            prev,
            after: if plain { None } else { Some(after) },
            claimed_time_s: now,
            anchor: None,
            body: Hash::of(&body),
        };
        Draft { header, body }
    }
}
