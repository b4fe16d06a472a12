//! A county whose township has gone bad, and what the county makes of it.

use std::sync::Arc;

use fangwei_protocol::{
    record::{
        body::{Act, Content, Step, Value},
        entry::{Entry, Kind, Reach, Scope, Shelf},
        message::Frame,
    },
    replica::{PeerFault, PeerId},
    trust::charter::{HolderName, Role},
};
use tests::{
    stranger::Draft,
    world::{Officer, World},
};

pub(crate) const COUNTY: &str = "370126";
pub(crate) const TOWN: &str = "370126.105";
pub(crate) const VILLAGE: &str = "370126.105.201";

/// A county whose township has gone bad: it gives the county what this test makes up.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) reporter: Officer,
    pub(crate) analyst: Officer,
    pub(crate) peer: PeerId,
}

pub(crate) fn scene() -> Scene {
    let mut world = World::new(COUNTY);
    for unit in [TOWN, VILLAGE, "370126.106"] {
        world.add_node(unit);
    }
    let reporter = world.add_officer(VILLAGE, &[Role::REPORTER]);
    let analyst = world.add_officer(TOWN, &[Role::ANALYST]);
    for unit in [TOWN, VILLAGE, "370126.106"] {
        world.connect(unit, COUNTY);
        world.settle();
    }
    world.report(VILLAGE, &reporter, "开头");
    world.settle();
    world.cut(TOWN, COUNTY);
    world.cut(VILLAGE, COUNTY);
    let peer = world.bad_node(COUNTY, TOWN);
    Scene { world, reporter, analyst, peer }
}

pub(crate) fn scope(home: &str, reach: Reach, shelf: Shelf) -> Scope {
    Scope { home: home.parse().unwrap(), reach, shelf }
}

pub(crate) fn title(text: &str) -> Content {
    Content::Edit(vec![Step::Set { field: "title".into(), value: Some(Value::Text(text.into())) }])
}

impl Scene {
    pub(crate) fn report(&mut self) -> Draft {
        let document = self.world.new_document(scope(VILLAGE, Reach::UP, Shelf::CASE), Kind::REPORT);
        let reporter = self.reporter.clone();
        self.world.by_hand(COUNTY, &reporter, &document, title("好"))
    }

    /// A good report, signed.
    pub(crate) fn good(&mut self) -> (Entry, Arc<[u8]>) {
        let reporter = self.reporter.clone();
        self.report().sign(&self.world, &reporter)
    }

    /// The fault with which the county ends the session when given these, after one good entry which it keeps.
    pub(crate) fn fault_of(&mut self, bad: &[(Entry, Arc<[u8]>)]) -> PeerFault {
        let other = self.good_of_another_feed();
        let before = self.world.node(COUNTY).entries();
        let entries = [vec![other.clone()], bad.to_vec()].concat();
        self.world.give(self.peer, &entries);
        let county = self.world.node(COUNTY);
        assert_eq!(county.entries(), before + 1, "what came before is kept, and nothing else");
        assert!(county.replica.find(&other.0.id(), &county.records).unwrap().is_some());
        let (fault, heard) = self.farewell();
        let is_acknowledged = |frame: &Frame| matches!(frame, Frame::Ack(ack) if ack.frames > 0);
        assert!(!heard.iter().any(is_acknowledged), "a frame that was not taken whole is not acknowledged");
        fault
    }

    pub(crate) fn good_of_another_feed(&mut self) -> (Entry, Arc<[u8]>) {
        let document = self.world.new_document(scope(TOWN, Reach::DOWN, Shelf::LIBRARY), Kind::RISK);
        let analyst = self.analyst.clone();
        self.world.by_hand(COUNTY, &analyst, &document, Content::Edit(vec![])).sign(&self.world, &analyst)
    }

    /// The session ended: the fault was told, the peer heard goodbye, and another node goes on as if nothing was.
    pub(crate) fn ended(&mut self) -> PeerFault {
        self.farewell().0
    }

    /// The same, with all that the peer heard.
    fn farewell(&mut self) -> (PeerFault, Vec<Frame>) {
        let fault = self.world.fault(self.peer).unwrap();
        assert!(self.world.is_closed(self.peer));
        let goodbye = self.world.heard(self.peer);
        assert!(matches!(goodbye.last(), Some(Frame::Bye(_))), "{goodbye:?}");
        let before = self.world.node("370126.106").entries();
        let administrator = self.world.administrator();
        let units = self.world.new_document(scope(COUNTY, Reach::DOWN, Shelf::CHARTER), Kind::HOLDER);
        let name = HolderName { holder: [1; 16].into(), name: "张三".into() };
        self.world.write(COUNTY, &administrator, units, Content::Act(Act::NameHolder(name))).unwrap();
        self.world.settle();
        assert_eq!(self.world.node("370126.106").entries(), before + 1, "another peer goes on");
        (fault, goodbye)
    }

    /// The fault with which the county answers one frame; its store stays as it was.
    pub(crate) fn fault_of_frame(&mut self, frame: &Frame) -> PeerFault {
        self.fault_of_bytes(frame.to_bytes())
    }

    pub(crate) fn fault_of_bytes(&mut self, frame: Vec<u8>) -> PeerFault {
        let before = self.world.memory(COUNTY);
        self.world.say_bytes(self.peer, frame);
        assert!(self.world.memory(COUNTY) == before, "the store is untouched");
        self.ended()
    }
}
