//! How a simulated county begins: its units, nodes and officers, provisioned in [`World`], where frames arrive at once.

use fangwei_protocol::{
    record::{
        body::{Act, Content, Witness},
        entry::{Kind, Reach, Scope, Shelf},
    },
    replica::Replica,
    trust::charter::Role,
    work::unit::UnitPath,
};

use super::{
    HOUR, Log, MINUTE, SECOND, Sim,
    disk::Disk,
    machine::Machine,
    people::People,
    plan::{Draw, Fault, Plan},
    queue::{Queue, What},
    tally::Tally,
};
use crate::world::{Node, World};

/// The county every seed is in.
const COUNTY: &str = "990101";

impl Sim {
    /// A county as a plan draws it: everybody has what was said when it was founded, and nobody is linked.
    pub(crate) fn found(plan: &Plan) -> Sim {
        let mut draw = Draw::new(plan.seed, 2);
        let units = units(plan, &mut draw);
        let mut world = World::seeded(COUNTY, plan.seed);
        let mut people = People::default();
        for unit in units.iter().skip(1) {
            world.add_node(unit);
        }
        let twin = units.get(usize::try_from(draw.between(1, units.len() as u64 - 1)).unwrap_or(1));
        let twin = twin.filter(|_| plan.twin).map(|unit| (unit.clone(), format!("{unit} second")));
        if let Some((unit, name)) = &twin {
            world.add_twin(unit, name);
        }
        for unit in &units {
            for roles in officers_of(unit, &mut draw) {
                let officer = world.add_officer(unit, &roles);
                people.join(officer, roles, unit.parse().unwrap());
            }
        }
        people.join(world.administrator(), vec![Role::ADMINISTRATOR], COUNTY.parse().unwrap());
        people.join(world.secretary(), vec![Role::SECRETARY], COUNTY.parse().unwrap());
        if plan.witnesses {
            name_witnesses(&mut world, &units);
        }
        let names: Vec<String> = units.into_iter().chain(twin.into_iter().map(|(_, name)| name)).collect();
        for name in names.iter().skip(1) {
            let above = nearest_above(&world.node(name).unit, &names);
            world.connect(name, &above);
            world.settle();
            world.cut(name, &above);
        }
        let genesis = world.genesis.clone();
        let mut machines = Vec::new();
        for name in &names {
            let Some(Node { replica, records, start, key, .. }) = world.nodes.remove(name) else { continue };
            let disk = Disk::of(&records);
            let me = replica.me().clone();
            let replica = Replica::open(genesis.clone(), me.clone(), start, disk.entries(), &disk).unwrap();
            machines.push(Machine::new(name.clone(), me, key, start, disk, replica));
        }
        people.take_places(&machines);
        Sim {
            plan: plan.clone(),
            draw,
            genesis,
            now: 0,
            queue: Queue::default(),
            machines,
            conns: Default::default(),
            next_conn: 1,
            ends: Default::default(),
            people,
            tally: Tally::default(),
            log: Log::default(),
            step: 0,
            is_healing: false,
            broken: None,
        }
    }

    /// What happens by itself from the first moment on, and when what goes wrong does.
    pub(crate) fn begin(&mut self) {
        for id in 0..self.machines.len() {
            let first = self.draw.between(1, 30 * SECOND);
            self.after(first, What::Dial(id));
            let first = self.draw.between(1, 10 * MINUTE);
            self.after(first, What::Tick(id));
            let first = self.draw.between(1, 30 * MINUTE);
            self.after(first, What::Write(id));
            let first = self.draw.between(1, self.plan.hours * HOUR / 2);
            self.after(first, What::Image(id));
        }
        let (least, most) = (10 * MINUTE, (self.plan.hours * HOUR * 9 / 10).max(11 * MINUTE));
        for (fault, strikes) in self.plan.faults.clone() {
            for _ in 0..strikes {
                let at = self.draw.between(least, most);
                self.after(at, What::Strike(fault));
            }
        }
        let shown = format!("{:?}", self.plan);
        self.note(format_args!("{shown}"));
    }

    pub(crate) fn tick(&mut self, id: super::Id) {
        self.ask(id, super::machine::Ask::Tick);
        let wait = self.draw.between(4 * MINUTE, 8 * MINUTE);
        self.after(wait, What::Tick(id));
    }

    pub(crate) fn people_write(&mut self, id: super::Id) {
        self.ask(id, super::machine::Ask::Write);
        let pause = 24 * HOUR / self.plan.entries_a_day.max(1);
        let wait = self.draw.between(pause / 4, pause * 7 / 4);
        self.after(wait, What::Write(id));
    }

    pub(crate) fn take_image(&mut self, id: super::Id) {
        if self.plan.faults.contains_key(&Fault::Backup) {
            self.machines[id].image = Some(self.machines[id].disk.image());
        }
        let wait = self.draw.between(HOUR, self.plan.hours * HOUR / 2 + HOUR);
        self.after(wait, What::Image(id));
    }
}

/// Unit paths, each behind the one above it; the county first.
fn units(plan: &Plan, draw: &mut Draw) -> Vec<String> {
    let count = plan.units.max(3);
    let towns = usize::try_from(draw.between(1, (count as u64 / 3).clamp(1, 20))).unwrap_or(1);
    let mut units = vec![COUNTY.to_owned()];
    units.extend((0..towns).map(|town| format!("{COUNTY}.{}", 101 + town)));
    let mut numbers = vec![0_u32; units.len()];
    let mut departments = 0;
    while units.len() < count {
        let at = usize::try_from(draw.between(1, towns as u64)).unwrap_or(1);
        // A department of the county or of a township now and then; villages otherwise.
        if draw.percent(12) {
            departments += 1;
            let above = if draw.percent(50) { COUNTY.to_owned() } else { units[at].clone() };
            units.push(format!("{above}.d{departments:02}"));
        } else {
            numbers[at] += 1;
            units.push(format!("{}.{}", units[at], 200 + numbers[at]));
        }
    }
    units
}

/// Who works at a unit.
fn officers_of(unit: &str, draw: &mut Draw) -> Vec<Vec<Role>> {
    let depth = unit.split('.').count();
    match depth {
        1 => vec![vec![Role::ANALYST], vec![Role::DISCIPLINE_LEAD], vec![Role::PARTY_COMMITTEE]],
        2 => vec![vec![Role::ANALYST, Role::REPORTER], vec![Role::DISCIPLINE_LEAD], vec![Role::SECRETARY]],
        _ if draw.percent(50) => vec![vec![Role::REPORTER], vec![Role::POST_HOLDER]],
        _ => vec![vec![Role::REPORTER, Role::POST_HOLDER]],
    }
}

/// The name of a node at the nearest unit above.
fn nearest_above(unit: &UnitPath, names: &[String]) -> String {
    let mut above = unit.parent();
    while let Some(unit) = above {
        if names.contains(&unit.to_string()) {
            return unit.to_string();
        }
        above = unit.parent();
    }
    COUNTY.into()
}

/// The root names the townships' nodes as witnesses.
fn name_witnesses(world: &mut World, units: &[String]) {
    let towns: Vec<&String> = units.iter().filter(|unit| unit.split('.').count() == 2).take(5).collect();
    let members: Vec<Witness> = towns
        .iter()
        .map(|unit| Witness { name: format!("witness/{unit}"), key: world.node(unit).key(), outside: false })
        .collect();
    let threshold = u8::try_from(members.len().div_ceil(2)).unwrap_or(1);
    let scope = Scope { home: COUNTY.parse().unwrap(), reach: Reach::DOWN, shelf: Shelf::CHARTER };
    let document = world.new_document(scope, Kind::WITNESSES);
    let root = world.root();
    world.write(COUNTY, &root, document, Content::Act(Act::Witnesses { threshold, members })).unwrap();
}
