//! Links between the nodes of a county in memory: queues of frames that a test may count, cut or hold back.

use std::collections::VecDeque;

use fangwei_protocol::{
    limits::FRAME_BYTES_MAX,
    record::message::Frame,
    replica::{Input, PeerId},
};

use crate::{filters::Way, world::World};

/// One link between two nodes: the first dialled.
pub(crate) struct Link {
    pub(crate) ends: [(String, PeerId); 2],
    /// Frames under way to the first and to the second end.
    queues: [VecDeque<Vec<u8>>; 2],
    bytes: [u64; 2],
    frames: [u64; 2],
}

/// Bytes and frames of one link, from the dialler and to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Traffic {
    /// Bytes the dialler sent, lengths before frames included.
    pub up: u64,
    /// Bytes the dialler got.
    pub down: u64,
    /// Frames the dialler sent.
    pub frames_up: u64,
    /// Frames the dialler got.
    pub frames_down: u64,
}

impl World {
    /// Connects: `lower` dials `upper`.
    pub fn connect(&mut self, lower: &str, upper: &str) {
        self.next_peer += 2;
        let (one, two) = (PeerId(self.next_peer), PeerId(self.next_peer + 1));
        let link = Link {
            ends: [(lower.into(), one), (upper.into(), two)],
            queues: Default::default(),
            bytes: [0; 2],
            frames: [0; 2],
        };
        self.links.insert((lower.into(), upper.into()), link);
        self.met.extend([(one, upper.to_string()), (two, lower.to_string())]);
        let (lower_key, upper_key) = (self.nodes[lower].key(), self.nodes[upper].key());
        self.step(upper, Input::Connected { peer: two, key: lower_key, dialled: false });
        self.step(lower, Input::Connected { peer: one, key: upper_key, dialled: true });
    }

    /// Cuts a link: frames under way are lost.
    pub fn cut(&mut self, lower: &str, upper: &str) -> Traffic {
        let Some(link) = self.links.remove(&(lower.to_string(), upper.to_string())) else { return Traffic::default() };
        let traffic = link.traffic();
        for (unit, peer) in link.ends {
            self.step(&unit, Input::Disconnected { peer });
        }
        traffic
    }

    /// Cuts every link of a node.
    pub fn cut_all(&mut self, unit: &str) {
        let links: Vec<_> = self.links.keys().filter(|(one, two)| one == unit || two == unit).cloned().collect();
        for (one, two) in links {
            self.cut(&one, &two);
        }
    }

    /// Whether the link stands.
    pub fn is_connected(&self, lower: &str, upper: &str) -> bool {
        self.links.contains_key(&(lower.to_string(), upper.to_string()))
    }

    /// What went over a link.
    pub fn traffic(&self, lower: &str, upper: &str) -> Traffic {
        self.links.get(&(lower.to_string(), upper.to_string())).map(Link::traffic).unwrap_or_default()
    }

    /// Delivers the next frame under way anywhere. Returns false when all is quiet.
    pub fn deliver_one(&mut self) -> bool {
        let next = self.links.values_mut().find_map(|link| {
            let side = (0..2).find(|side| !link.queues[*side].is_empty())?;
            let frame = link.queues[side].pop_front()?;
            Some((link.ends[side].clone(), frame))
        });
        let Some(((unit, peer), frame)) = next else { return false };
        self.arrive(&unit, peer, frame);
        true
    }

    /// Links that stand: who dialled, and whom.
    pub fn links(&self) -> Vec<(String, String)> {
        self.links.keys().cloned().collect()
    }

    /// Delivers the next frame under way on one link, towards the dialler or from it. Returns whether there was one.
    pub fn deliver_on(&mut self, lower: &str, upper: &str, to_dialler: bool) -> bool {
        let Some(link) = self.links.get_mut(&(lower.to_string(), upper.to_string())) else { return false };
        let side = usize::from(!to_dialler);
        let Some(frame) = link.queues[side].pop_front() else { return false };
        let (unit, peer) = link.ends[side].clone();
        self.arrive(&unit, peer, frame);
        true
    }

    /// Delivers up to this many bytes on one link, in both directions taking turns; a frame that does not fit is lost
    /// with the cut that must follow. Returns the bytes that went.
    pub fn deliver_bytes(&mut self, lower: &str, upper: &str, budget: u64) -> u64 {
        let place = (lower.to_string(), upper.to_string());
        let mut gone = 0;
        let mut side = 0;
        loop {
            let Some(link) = self.links.get_mut(&place) else { return gone };
            if link.queues.iter().all(VecDeque::is_empty) {
                return gone;
            }
            side = if link.queues[1 - side].is_empty() { side } else { 1 - side };
            let Some(frame) = link.queues[side].pop_front() else { continue };
            let bytes = frame.len() as u64 + 4;
            if gone + bytes > budget {
                return budget;
            }
            gone += bytes;
            let (unit, peer) = link.ends[side].clone();
            self.arrive(&unit, peer, frame);
        }
    }

    /// Delivers everything until all is quiet.
    ///
    /// # Panics
    ///
    /// If it never becomes quiet.
    pub fn settle(&mut self) {
        for _ in 0..10_000_000 {
            if !self.deliver_one() {
                return;
            }
        }
        panic!("the county never becomes quiet");
    }

    /// Puts a raw frame on a link, as if the end `from` had sent it.
    pub fn inject(&mut self, lower: &str, upper: &str, from_lower: bool, frame: Vec<u8>) {
        let link = self.links.get_mut(&(lower.to_string(), upper.to_string())).unwrap();
        link.queues[usize::from(from_lower)].push_back(frame);
    }

    pub(crate) fn send(&mut self, from: &str, peer: PeerId, frame: &Frame) {
        if let Some(stranger) = self.strangers.get_mut(&peer) {
            stranger.heard.push(frame.clone());
            return;
        }
        for frame in self.filtered(from, peer, Way::Out, frame) {
            self.queue(peer, &frame);
        }
    }

    fn queue(&mut self, peer: PeerId, frame: &Frame) {
        let bytes = frame.to_bytes();
        assert!(bytes.len() <= FRAME_BYTES_MAX, "a frame of {} bytes", bytes.len());
        for (ends, link) in &mut self.links {
            if let Some(side) = link.ends.iter().position(|(_, id)| *id == peer) {
                if let Some(meter) = &mut self.meter {
                    meter.see(ends, frame);
                }
                link.bytes[side] += bytes.len() as u64 + 4;
                link.frames[side] += 1;
                link.queues[1 - side].push_back(bytes);
                return;
            }
        }
    }

    /// A frame comes out of its queue.
    fn arrive(&mut self, unit: &str, peer: PeerId, frame: Vec<u8>) {
        if !self.is_filtered(unit, peer) {
            return self.step(unit, Input::Received { peer, frame });
        }
        let frame = Frame::parse(&frame).unwrap();
        for frame in self.filtered(unit, peer, Way::In, &frame) {
            self.step(unit, Input::Received { peer, frame: frame.to_bytes() });
        }
    }

    pub(crate) fn close(&mut self, peer: PeerId) {
        if let Some(stranger) = self.strangers.get_mut(&peer) {
            stranger.closed = true;
            let unit = stranger.unit.clone();
            return self.step(&unit, Input::Disconnected { peer });
        }
        let place = self.links.iter().find(|(_, link)| link.ends.iter().any(|(_, id)| *id == peer));
        if let Some((lower, upper)) = place.map(|(place, _)| place.clone()) {
            // What was sent before closing still arrives.
            let link = self.links.remove(&(lower, upper)).unwrap();
            for (side, queue) in link.queues.into_iter().enumerate() {
                let (unit, id) = link.ends[side].clone();
                for frame in queue.into_iter().filter(|_| id != peer) {
                    self.arrive(&unit, id, frame);
                }
                self.step(&unit, Input::Disconnected { peer: id });
            }
        }
    }
}

impl Link {
    fn traffic(&self) -> Traffic {
        Traffic { up: self.bytes[0], down: self.bytes[1], frames_up: self.frames[0], frames_down: self.frames[1] }
    }
}
