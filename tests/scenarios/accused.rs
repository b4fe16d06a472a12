//! Honest machines that look odd: restored from a clean image, cloned while running, one officer on two nodes, kinds of a
//! newer version. In every run with a dishonest node they are there too, and nobody accuses them.

use fangwei_protocol::{
    record::{
        body::Content,
        entry::{CertificateId, DocKey, EntryId, Kind, Reach, Shelf},
    },
    records::Memory,
    replica::{Event, Input, Said},
    trust::{authority::Verdict, charter::Role},
};
use tests::{
    claims::{Suspects, all_agree, nobody_honest_is_accused},
    world::{Officer, World},
};

use crate::scene::{COUNTY, TOWN, VILLAGE, scope, title};

/// The honest other half of the county.
pub(crate) const OTHER_TOWN: &str = "370126.106";
const RESTORED: &str = "370126.106.201";
const CLONED: &str = "370126.106.202";
const CLONE: &str = "370126.106.202 again";
/// Of a newer version.
const NEWER: Kind = Kind(999);

/// A county with a township and a village where something is wrong, and another township where everything only looks so.
pub(crate) struct Run {
    pub(crate) world: World,
    /// At the village.
    pub(crate) reporter: Officer,
    pub(crate) second: Officer,
    /// At the township.
    pub(crate) analyst: Officer,
    /// At the other township, and at work on two nodes.
    busy: Officer,
    /// At the villages below that.
    oddly: [Officer; 2],
    image: Memory,
    shared: DocKey,
}

pub(crate) fn run() -> Run {
    let mut world = World::new(COUNTY);
    for unit in [TOWN, VILLAGE, OTHER_TOWN, RESTORED, CLONED] {
        world.add_node(unit);
    }
    let (reporter, second) =
        (world.add_officer(VILLAGE, &[Role::REPORTER]), world.add_officer(VILLAGE, &[Role::REPORTER]));
    let analyst = world.add_officer(TOWN, &[Role::ANALYST]);
    let busy = world.add_officer(OTHER_TOWN, &[Role::ANALYST]);
    let oddly = [RESTORED, CLONED].map(|unit| world.add_officer(unit, &[Role::REPORTER]));
    for (lower, upper) in
        [(TOWN, COUNTY), (OTHER_TOWN, COUNTY), (VILLAGE, TOWN), (RESTORED, OTHER_TOWN), (CLONED, OTHER_TOWN)]
    {
        world.connect(lower, upper);
        world.settle();
    }
    // Everybody has met twice: each end holds a checkpoint of the other.
    for (lower, upper) in [(TOWN, COUNTY), (VILLAGE, TOWN)] {
        world.cut(lower, upper);
        world.connect(lower, upper);
        world.settle();
    }
    let shared = world.new_document(scope(RESTORED, Reach::UP, Shelf::CASE), Kind::REPORT);
    let image = world.memory(RESTORED);
    Run { world, reporter, second, analyst, busy, oddly, image, shared }
}

impl Run {
    /// What is wrong with the honest half, all of it. May be called again and again.
    pub(crate) fn odd_things_happen(&mut self) {
        let [restored, cloned] = self.oddly.clone();
        self.world.report(RESTORED, &restored, "恢复前");
        self.newer(RESTORED, &restored);
        // One officer at work on two nodes at once.
        self.world.cut(RESTORED, OTHER_TOWN);
        let (busy, shared) = (self.busy.clone(), self.shared.clone());
        for node in [RESTORED, OTHER_TOWN] {
            self.world.write(node, &busy, shared.clone(), title(node)).unwrap();
        }
        self.reconnect(RESTORED, OTHER_TOWN);
        // A clean image of long ago, at work before anybody tells it.
        self.world.restore(RESTORED, self.image.clone());
        self.world.report(RESTORED, &restored, "恢复后");
        self.reconnect(RESTORED, OTHER_TOWN);
        // A copy of a running machine, and both at work, taking turns on the line.
        self.world.report(CLONED, &cloned, "克隆前");
        self.world.settle();
        self.world.cut_all(CLONED);
        self.world.clone_running(CLONED, CLONE);
        for round in ["甲", "乙"] {
            for name in [CLONED, CLONE] {
                let document = self.world.new_document(scope(CLONED, Reach::UP, Shelf::CASE), Kind::REPORT);
                self.world.write(name, &cloned, document, title(round)).unwrap();
                self.reconnect(name, OTHER_TOWN);
                self.world.cut(name, OTHER_TOWN);
            }
        }
        self.reconnect(CLONED, OTHER_TOWN);
        self.reconnect(OTHER_TOWN, COUNTY);
    }

    /// A kind of a newer version, which nobody here understands and everybody carries.
    fn newer(&mut self, node: &str, by: &Officer) {
        let document = self.world.new_document(scope(node, Reach::UP, Shelf::CASE), NEWER);
        let (entry, body) = self.world.by_hand(node, by, &document, Content::Edit(vec![])).sign(&self.world, by);
        self.world.submit(node, entry, body);
    }

    pub(crate) fn reconnect(&mut self, lower: &str, upper: &str) {
        self.world.cut(lower, upper);
        self.world.connect(lower, upper);
        self.world.settle();
    }

    pub(crate) fn said(&self, node: &str, id: &EntryId) -> Option<Said> {
        let node = self.world.node(node);
        node.replica.find(id, &node.records).unwrap()
    }

    pub(crate) fn holds(&self, node: &str, id: &EntryId) -> bool {
        self.said(node, id).is_some()
    }

    pub(crate) fn verdict(&self, node: &str, id: &EntryId) -> Verdict {
        self.said(node, id).unwrap().verdict()
    }

    pub(crate) fn node_of(&self, name: &str) -> CertificateId {
        self.world.node(name).replica.me().certificate
    }

    /// What a node was told, as far as it is of some kind.
    pub(crate) fn told<'a>(&'a self, name: &str, is_it: impl Fn(&Event) -> bool + 'a) -> Vec<&'a Event> {
        self.world.node(name).events.iter().filter(|event| is_it(event)).collect()
    }

    /// Whether a node knows that a log contradicts itself.
    pub(crate) fn contradicts(&self, name: &str, whose: &str) -> bool {
        let whose = self.node_of(whose);
        !self.told(name, |event| matches!(event, Event::Contradicted { node } if *node == whose)).is_empty()
    }

    /// Units above that have not confirmed everything of this node's, and how much.
    pub(crate) fn unconfirmed(&self, name: &str) -> Vec<(String, u64)> {
        let node = self.world.node(name);
        let all = node.replica.unconfirmed(i64::MAX, &node.records).unwrap();
        all.into_iter().map(|lacking| (lacking.unit.to_string(), lacking.entries)).collect()
    }

    /// Nobody is accused but whoever is named, and the clone.
    pub(crate) fn nobody_else_is_accused(&self, dishonest: &[&str]) {
        let cloned = if self.world.units().iter().any(|name| name == CLONE) { &[CLONED, CLONE][..] } else { &[] };
        let keys = &[self.oddly[1].certificate];
        nobody_honest_is_accused(&self.world, Suspects { dishonest, cloned, keys });
    }

    /// Everybody is honest again and meets: all agree in the end.
    pub(crate) fn all_meet_honestly(&mut self) {
        for name in self.world.units() {
            self.world.unfilter(&name);
        }
        for _ in 0..2 {
            for (lower, upper) in [
                (TOWN, COUNTY),
                (VILLAGE, TOWN),
                (OTHER_TOWN, COUNTY),
                (RESTORED, OTHER_TOWN),
                (CLONED, OTHER_TOWN),
                (CLONE, OTHER_TOWN),
            ] {
                if self.world.units().iter().any(|name| name == lower) {
                    self.reconnect(lower, upper);
                }
            }
        }
        all_agree(&self.world);
    }
}

#[test]
fn odd_and_honest_machines_are_accused_of_nothing() {
    let mut run = run();
    run.odd_things_happen();
    run.odd_things_happen();
    run.all_meet_honestly();
    run.nobody_else_is_accused(&[]);
    // What happened is told by its name: a restored node, and a feed that branched because its author sat at two desks.
    let restored = run.node_of(RESTORED);
    let told = |event: &Event| matches!(event, Event::Restored { node, .. } if *node == restored);
    assert!(!run.told(OTHER_TOWN, told).is_empty());
    let busy = run.busy.certificate;
    let branched = |event: &Event| matches!(event, Event::Branched { author, .. } if *author == busy);
    assert!(!run.told(COUNTY, branched).is_empty());
    // The clones' officer said two things at one place, and that is shown as what it is.
    let cloned = run.oddly[1].certificate;
    let forked = |event: &Event| matches!(event, Event::Forked { author, .. } if *author == cloned);
    assert!(!run.told(COUNTY, forked).is_empty());
}

/// Not even its own certificate is left: what others hold of its log it can judge only when that has come back.
#[test]
fn a_machine_that_lost_its_whole_disk_comes_back() {
    let mut run = run();
    let reporter = run.reporter.clone();
    run.world.report(VILLAGE, &reporter, "盘坏以前");
    run.world.settle();
    // What comes later and is given first makes the log another than it was.
    run.world.add_officer(VILLAGE, &[Role::REPORTER]);
    run.world.settle();
    run.world.now += 1_000;
    for (lower, upper) in [(TOWN, COUNTY), (VILLAGE, TOWN)] {
        run.reconnect(lower, upper);
    }
    for (name, above) in [(VILLAGE, TOWN), (TOWN, COUNTY)] {
        run.world.restore(name, Memory::default());
        run.reconnect(name, above);
        run.world.step(name, Input::Tick);
        run.world.settle();
        let node = run.node_of(name);
        for told in [name, above] {
            let is_it = |event: &Event| matches!(event, Event::Restored { node: of, epoch: 1 } if *of == node);
            assert_eq!(run.told(told, is_it).len(), 1, "{told} of {name}");
        }
        run.world.report(VILLAGE, &reporter, "盘坏以后");
        run.reconnect(VILLAGE, TOWN);
    }
    run.all_meet_honestly();
    run.nobody_else_is_accused(&[]);
}

/// Both copies of a township's machine run, and villages meet now one and now the other, and both at once.
#[test]
fn a_cloned_township_may_contradict_itself_and_refuses_nobody() {
    const COPY: &str = "370126.106 again";
    let mut run = run();
    run.reconnect(OTHER_TOWN, COUNTY);
    run.world.cut_all(OTHER_TOWN);
    run.world.clone_running(OTHER_TOWN, COPY);
    let [one, two] = run.oddly.clone();
    for round in 0..6 {
        run.world.now += 700;
        for (name, other) in [(OTHER_TOWN, COPY), (COPY, OTHER_TOWN)] {
            run.reconnect(name, COUNTY);
            run.reconnect(RESTORED, name);
            run.world.report(RESTORED, &one, "甲");
            run.reconnect(CLONED, if round % 2 == 0 { other } else { name });
            run.world.report(CLONED, &two, "乙");
            run.world.settle();
            for unit in run.world.units() {
                run.world.step(&unit, Input::Tick);
            }
            run.world.settle();
            if round % 3 == 0 {
                run.world.cut_all(name);
            }
        }
    }
    for name in [OTHER_TOWN, COPY, OTHER_TOWN] {
        run.reconnect(name, COUNTY);
        run.reconnect(RESTORED, name);
        run.reconnect(CLONED, name);
    }
    run.all_meet_honestly();
    nobody_honest_is_accused(&run.world, Suspects { cloned: &[OTHER_TOWN, COPY], ..Suspects::default() });
}
