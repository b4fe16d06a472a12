//! What goes wrong: aimed at a machine and a moment of its sessions, and struck when that comes.

use std::collections::BTreeSet;

use fangwei_protocol::{
    record::{
        body::{Act, Body, Content, RevokeReason},
        entry::{EntryId, Hash, Kind, Reach, Scope, Shelf},
    },
    records::LogIndex,
    replica::{Draft, Replica},
    trust::{
        charter::{Certificate, Role},
        key::KeyPair,
        redaction,
    },
};

use super::{
    HOUR, Id, MINUTE, SECOND, Sim,
    disk::Disk,
    machine::{Ask, LiesDue, Machine, Set, State, Trap},
    people::{Deed, new_document},
    plan::Fault,
    queue::What,
    tally::Moment,
    wire,
};
use crate::world::Officer;

/// Seconds of ten years.
const TEN_YEARS_S: u64 = 10 * 365 * 86_400;

impl Sim {
    /// A fault struck a machine in some moment.
    pub(crate) fn hit(&mut self, fault: Fault, moment: Moment) {
        *self.tally.hits.entry((fault, moment)).or_default() += 1;
    }

    /// Aims a fault at a machine, for the next time its sessions are in some moment.
    pub(crate) fn aim(&mut self, fault: Fault) {
        let may_be_hit = |machine: &Machine| match fault {
            Fault::Revoke | Fault::Rotate => machine.unit().depth() == 1 && machine.copy_of.is_none(),
            Fault::Redact | Fault::Overstep => machine.unit().depth() <= 2 && machine.copy_of.is_none(),
            Fault::Clone | Fault::Backup | Fault::Rot => machine.copy_of.is_none(),
            _ => true,
        };
        let some: Vec<Id> = self.alive().filter(|(_, machine)| may_be_hit(machine)).map(|(id, _)| id).collect();
        let Some(id) = self.draw.pick(&some).copied() else { return };
        let Some(moment) = self.draw.pick(Moment::ALL).copied() else { return };
        self.machines[id].aimed.push((fault, moment));
        // What has settled stays settled: a link that is lost for a while makes the other moments come.
        if moment != Moment::Settled && self.machines[id].is_online {
            self.machines[id].is_online = false;
            self.cut_all(id, false);
            let away = self.draw.between(20 * MINUTE, 90 * MINUTE);
            self.after(away, What::Ease { fault: Fault::Offline, id });
        }
        self.ask(id, Ask::Tick);
    }

    /// Strikes what is aimed at the moment the sessions of a machine are in.
    pub(crate) fn strike_what_is_aimed(&mut self, id: Id) {
        let moments = self.machines[id].moments();
        for (fault, moment) in std::mem::take(&mut self.machines[id].aimed) {
            if !moments.contains(&moment) || !self.strike(id, fault, moment) {
                self.machines[id].aimed.push((fault, moment));
            }
        }
    }

    /// Strikes, if that can be done.
    fn strike(&mut self, id: Id, fault: Fault, moment: Moment) -> bool {
        if self.machines[id].replica().is_none() {
            return false;
        }
        let done = match fault {
            Fault::Power | Fault::Kill | Fault::Window => return self.set_trap(id, fault, moment),
            Fault::Refuse => {
                self.machines[id].disk.refuse_in = Some(u32::try_from(self.draw.below(4)).unwrap_or(0));
                true
            }
            Fault::Full => {
                self.machines[id].disk.is_full = true;
                let lasts = self.draw.between(MINUTE, 2 * HOUR);
                self.after(lasts, What::Ease { fault, id });
                true
            }
            Fault::Backup => self.restore(id),
            Fault::Cut | Fault::Torn | Fault::Double | Fault::Slow => self.strike_link(id, fault, moment),
            Fault::Offline => {
                self.go_offline(id);
                true
            }
            Fault::Clock => {
                let most = if self.draw.percent(50) { TEN_YEARS_S } else { 7_200 };
                let wrong = i64::try_from(self.draw.below(most)).unwrap_or(0);
                self.machines[id].clock_s = if self.draw.percent(50) { wrong } else { -wrong };
                true
            }
            Fault::Revoke => self.revoke(id),
            Fault::Rotate => self.rotate(id),
            Fault::Steal => self.steal(id),
            Fault::Clone => self.copy(id),
            Fault::Redact => self.redact(id),
            Fault::Overstep => self.overstep(id),
            Fault::Rot => self.rot(id),
            Fault::Lie => {
                // Most frames give nothing, so some lies wait for one that does.
                if self.draw.percent(50) {
                    self.machines[id].lies_due.about_entries += 1;
                } else {
                    self.machines[id].lies_due.of_any_sort += 1;
                }
                self.machines[id].is_liar = true;
                true
            }
        };
        if done {
            self.hit(fault, moment);
            self.note(format_args!("{fault} strikes {} ({})", self.machines[id].name.clone(), moment.name()));
        }
        done
    }

    fn set_trap(&mut self, id: Id, fault: Fault, moment: Moment) -> bool {
        let trap = match fault {
            Fault::Window if self.draw.percent(50) => Trap::Put,
            Fault::Window => Trap::Synced(u32::try_from(self.draw.below(4)).unwrap_or(0)),
            _ => Trap::Any(u32::try_from(self.draw.below(12)).unwrap_or(0)),
        };
        let machine = &mut self.machines[id];
        if machine.set.is_some() {
            return false;
        }
        machine.set = Some(Set { trap, fault, moment });
        true
    }

    fn strike_link(&mut self, id: Id, fault: Fault, moment: Moment) -> bool {
        let machine = &mut self.machines[id];
        if moment == Moment::NoSession {
            // The next one does not come about, or comes about like this.
            match fault {
                Fault::Double => machine.double_dials += 1,
                Fault::Slow => machine.slow_dials += 1,
                _ => machine.failing_dials += 1,
            }
            return true;
        }
        let Some(peer) = machine.peer_in(moment) else { return false };
        let (conn, _) = wire::end(peer);
        match fault {
            Fault::Cut => self.cut(conn),
            Fault::Torn => self.tear(conn),
            Fault::Slow => self.slow_down(conn),
            _ => {
                let Some(ends) = self.conns.get(&conn).map(|found| found.ends) else { return false };
                self.connect(ends[0].0, ends[1].0);
            }
        }
        true
    }

    /// The disk comes back as it was when the image was taken: what the node promised since, it may have lost.
    fn restore(&mut self, id: Id) -> bool {
        let Some(image) = self.machines[id].image.clone() else { return false };
        let disk = Disk::of_image(image);
        let held = disk.ids(&self.genesis.hash());
        if self.is_last_to_read(id, &held) {
            return false;
        }
        self.cut_all(id, true);
        self.tally.crashes += 1;
        let machine = &mut self.machines[id];
        *self.people.lives.entry(machine.me.certificate).or_default() += 1;
        machine.forget_process();
        machine.disk = disk;
        machine.state = State::Down;
        machine.saved.retain(|entry| held.contains(entry));
        machine.confirmed.retain(|entry| held.contains(entry));
        let process = machine.process;
        let delay = self.draw.between(SECOND, HOUR);
        self.after(delay, What::Open { id, process });
        true
    }

    /// Whether a machine that is left with these entries takes away what rotted elsewhere and nobody else can read: that
    /// it comes back nobody promises.
    fn is_last_to_read(&self, id: Id, left: &BTreeSet<EntryId>) -> bool {
        let others = || self.alive().filter(|(other, found)| *other != id && found.copy_of.is_none());
        let lost = others().flat_map(|(_, found)| found.lost());
        let mut last = lost.filter(|lost| !left.contains(lost) && self.machines[id].reads(lost));
        last.any(|lost| !others().any(|(_, found)| found.reads(&lost)))
    }

    /// Says something at a machine.
    fn say(&mut self, id: Id, deed: Deed) {
        self.ask(id, Ask::Say(Box::new(deed)));
    }

    /// Somebody is revoked; sometimes the first half of what they said is stood for.
    fn revoke(&mut self, id: Id) -> bool {
        let junior = |roles: &[Role]| !roles.contains(&Role::ADMINISTRATOR) && !roles.contains(&Role::SECRETARY);
        let some: Vec<usize> = (0..self.people.persons.len())
            .filter(|at| !self.people.persons[*at].has_left && junior(&self.people.persons[*at].roles))
            .collect();
        // Somebody must be left to write.
        if some.len() < 4 {
            return true;
        }
        let Some(at) = self.draw.pick(&some).copied() else { return true };
        let subject = self.people.persons[at].officer.certificate;
        let Some(by) = self.people.somebody(&mut self.draw, id, &[Role::SECRETARY]) else { return false };
        let by = self.people.persons[by].officer.clone();
        let machine = &self.machines[id];
        let Some(replica) = machine.replica() else { return false };
        let Some(document) = replica.charter().certificate(&subject).map(|known| known.document.clone()) else {
            return false;
        };
        let mut deeds = Vec::new();
        let reason = if self.draw.percent(50) { RevokeReason::STOLEN } else { RevokeReason::LEFT_OFFICE };
        deeds.push((document, Act::Revoke { subject, reason }));
        let genesis = &self.genesis.root;
        let feeds =
            replica.frontier().below(genesis).filter(|(_, author, feed)| **author == subject && feed.entries > 1);
        let feed = feeds.last().map(|(scope, _, feed)| (scope.clone(), feed.tips.first().map(|tip| tip.id)));
        if let Some((scope, Some(last))) = feed.filter(|_| self.draw.percent(60))
            && let Some(first) = first_of(replica, &machine.disk, last)
        {
            let document = new_document(&mut self.draw, scope, Kind::STAND);
            deeds.push((document, Act::Stand { author: subject, first, last }));
        }
        self.people.persons[at].has_left = true;
        for (document, act) in deeds {
            let draft = Draft { author: by.certificate, document, after: None, content: Content::Act(act) };
            self.say(id, Deed::Draft { by: by.clone(), draft: Box::new(draft) });
        }
        true
    }

    /// Somebody gets a new key: another certificate of the same holder, and the old one is revoked.
    fn rotate(&mut self, id: Id) -> bool {
        let some: Vec<usize> = (0..self.people.persons.len())
            .filter(|at| !self.people.persons[*at].has_left && self.people.persons[*at].unit.depth() > 1)
            .collect();
        let Some(at) = self.draw.pick(&some).copied() else { return true };
        let machine = &mut self.machines[id];
        let now = machine.clock(self.now);
        let Some(replica) = machine.replica() else { return false };
        let old = self.people.persons[at].officer.certificate;
        let Some(known) = replica.charter().complete(&old) else { return false };
        let key = KeyPair::from_seed(&self.draw.bytes());
        let certificate = Certificate { key: key.public(), ..known.certificate.clone() };
        let (document, scope) = (known.document.clone(), known.document.scope.clone());
        let needs = certificate.needs_endorsement();
        let by = |role: Role| {
            let found =
                self.people.persons.iter().find(|person| {
                    !person.has_left && person.unit == self.genesis.root && person.roles.contains(&role)
                });
            found.map(|person| person.officer.clone())
        };
        let (Some(administrator), Some(secretary)) = (by(Role::ADMINISTRATOR), by(Role::SECRETARY)) else {
            return false;
        };
        let fresh = new_document(&mut self.draw, scope, Kind::CERTIFICATE);
        let content = Content::Act(Act::Certify(Box::new(certificate)));
        let author = administrator.certificate;
        let draft = Draft { author, document: fresh.clone(), after: None, content };
        // Signed now, so that who endorses it can name it.
        let Ok(unsigned) = replica.draft(now, self.draw.bytes(), draft, &machine.disk) else { return false };
        let Ok((entry, body)) = unsigned.sign(replica, &administrator.key) else { return false };
        let new = entry.id();
        self.say(id, Deed::Signed { entry: Box::new(entry), body });
        let mut deeds = Vec::new();
        if needs {
            deeds.push((fresh, Act::Endorse { subject: new }));
        }
        deeds.push((document, Act::Revoke { subject: old, reason: RevokeReason::SUPERSEDED }));
        for (document, act) in deeds {
            let draft = Draft { author: secretary.certificate, document, after: None, content: Content::Act(act) };
            self.say(id, Deed::Draft { by: secretary.clone(), draft: Box::new(draft) });
        }
        self.people.persons[at].certificates.push(new);
        self.people.persons[at].officer = Officer { certificate: new, key: std::sync::Arc::new(key) };
        true
    }

    /// Somebody else has an officer's key, and writes on another machine in the officer's own epoch: a fork.
    fn steal(&mut self, id: Id) -> bool {
        let machine = &self.machines[id];
        let Some(replica) = machine.replica() else { return false };
        let feeds: Vec<_> = replica
            .frontier()
            .below(&self.genesis.root)
            .filter(|(scope, author, feed)| {
                scope.reach != Reach::LOCAL
                    && scope.shelf != Shelf::CHARTER
                    && feed.entries > 1
                    && self.people.holder(author).is_some_and(|person| !person.has_left)
            })
            .filter_map(|(scope, author, feed)| Some((scope.clone(), *author, feed.last()?.id)))
            .collect();
        let Some((scope, author, tip)) = self.draw.pick(&feeds).cloned() else { return false };
        let Some(tip) = find_entry(replica, &machine.disk, &tip) else { return false };
        let content = Content::Edit(vec![]);
        let body = Body::new(self.draw.bytes(), content).bytes();
        let mut header = tip.header().clone();
        header.body = Hash::of(&body);
        let Some(person) = self.people.holder(&author) else { return false };
        let Ok(entry) = header.sign(&self.genesis.hash(), &person.officer.key) else { return false };
        self.people.suspects.insert(author);
        self.people.forks.push((scope, author, tip.id(), entry.id()));
        self.say(id, Deed::Signed { entry: Box::new(entry), body: body.into() });
        true
    }

    /// A running machine is copied, and both go on.
    fn copy(&mut self, id: Id) -> bool {
        let machine = &self.machines[id];
        if machine.disk.is_dirty() || machine.disk.is_full {
            return false;
        }
        let (me, start, name) = (machine.me.clone(), machine.start, format!("{} copy", machine.name));
        let (key, mut disk) = (KeyPair::from_seed(machine.key.seed()), machine.disk.clone());
        disk.refuse_in = None;
        let (clock, latest) = (machine.clock_s, machine.latest_s);
        let Ok(replica) = Replica::open(self.genesis.clone(), me.clone(), start, disk.entries(), &disk) else {
            return false;
        };
        self.people.cloned.insert(me.certificate);
        let here = self.people.places.get(&id).cloned().unwrap_or_default();
        self.machines[id].is_doubled = true;
        let copy = self.machines.len();
        self.people.places.insert(copy, here);
        let mut machine = Machine::new(name, me, key, start, disk, replica);
        (machine.clock_s, machine.latest_s, machine.copy_of) = (clock, latest, Some(id));
        machine.is_doubled = true;
        self.machines.push(machine);
        for what in [What::Dial(copy), What::Tick(copy), What::Write(copy)] {
            let delay = self.draw.between(SECOND, 10 * MINUTE);
            self.after(delay, what);
        }
        let lives = self.draw.between(20 * MINUTE, 12 * HOUR);
        self.after(lives, What::Dead(copy));
        true
    }

    /// A copied machine is switched off, and what only it had is gone with it.
    pub(crate) fn clone_ends(&mut self, id: Id) {
        if self.machines[id].copy_of.is_some() && !matches!(self.machines[id].state, State::Gone) {
            self.cut_all(id, true);
            let machine = &mut self.machines[id];
            machine.forget_process();
            machine.state = State::Gone;
            self.note(format_args!("{} is switched off", self.machines[id].name.clone()));
        }
    }

    /// Words are taken out of an entry; or a second person agrees to what was taken out before.
    fn redact(&mut self, id: Id) -> bool {
        let may = [Role::DISCIPLINE_LEAD, Role::SECRETARY, Role::PARTY_COMMITTEE];
        let Some(at) = self.people.somebody(&mut self.draw, id, &may) else { return false };
        let by = self.people.persons[at].officer.clone();
        let machine = &mut self.machines[id];
        let now = machine.clock(self.now);
        let machine = &self.machines[id];
        let Some(replica) = machine.replica() else { return false };
        if let Some(deed) = self.people.endorse_redaction(&by, (replica, &machine.disk, now)) {
            self.say(id, deed);
            return true;
        }
        let unit = machine.unit().clone();
        for _ in 0..20 {
            let at = LogIndex(self.draw.below(machine.disk.entries().0));
            let Ok(said) = replica.said(at, &machine.disk) else { continue };
            let header = said.entry.header();
            let is_text = [Kind::REPORT, Kind::RISK].contains(&header.kind);
            let is_own = unit.contains(&header.scope.home) && header.scope.reach != Reach::LOCAL;
            let Some(content) = said.content().filter(|_| is_text && is_own && said.remains.is_none()) else {
                continue;
            };
            let scope: Scope = header.scope.clone();
            let document = new_document(&mut self.draw, scope, Kind::REDACTION);
            let remains = Box::new(redaction::shape(&content));
            let act =
                Act::Redact { subject: said.entry.id(), basis: "个人信息保护法第四十七条".into(), remains };
            let draft = Draft { author: by.certificate, document, after: None, content: Content::Act(act) };
            self.say(id, Deed::Draft { by, draft: Box::new(draft) });
            return true;
        }
        false
    }

    /// The record of an entry that at least two others have cannot be read any more.
    fn rot(&mut self, id: Id) -> bool {
        let machine = &self.machines[id];
        let Some(replica) = machine.replica() else { return false };
        for _ in 0..10 {
            let at = LogIndex(self.draw.below(machine.disk.durable_entries()));
            let Ok(entry) = replica.entry(at, &machine.disk) else { continue };
            let has_it =
                |(other, found): &(Id, &Machine)| *other != id && found.copy_of.is_none() && found.reads(&entry.id());
            if self.alive().filter(has_it).count() >= 2 {
                self.machines[id].disk.rotten.insert(at);
                return true;
            }
        }
        false
    }

    /// Something is better again.
    pub(crate) fn ease(&mut self, fault: Fault, id: Id) {
        match fault {
            Fault::Offline => {
                self.machines[id].is_online = true;
                self.machines[id].dial_wait = SECOND;
            }
            Fault::Full => self.machines[id].disk.is_full = false,
            _ => {}
        }
    }

    /// Everything is as it should be from now on: links, disks, clocks. Copies are gone, and nobody writes.
    pub(crate) fn heal(&mut self) {
        self.is_healing = true;
        self.note(format_args!("everything heals"));
        self.queue.drop_if(|what| {
            matches!(what, What::Strike(_) | What::Write(_) | What::Image(_) | What::Dead(_) | What::Ease { .. })
        });
        for id in 0..self.machines.len() {
            self.clone_ends(id);
            let machine = &mut self.machines[id];
            machine.aimed.clear();
            machine.set = None;
            machine.disk.refuse_in = None;
            machine.disk.is_full = false;
            machine.is_online = true;
            (machine.failing_dials, machine.slow_dials, machine.double_dials) = (0, 0, 0);
            (machine.dial_wait, machine.lies_due) = (SECOND, LiesDue::default());
            self.cut_all(id, true);
            // A clock that is put right is so for the next process.
            if std::mem::take(&mut self.machines[id].clock_s) != 0
                && matches!(self.machines[id].state, State::Running(_) | State::Halted)
            {
                self.crash(id, Fault::Kill);
            }
        }
    }
}

/// The first entry of a feed on the way back from one of it.
fn first_of(replica: &Replica, disk: &Disk, last: EntryId) -> Option<EntryId> {
    let mut at = last;
    loop {
        match find_entry(replica, disk, &at)?.header().prev {
            Some(prev) => at = prev,
            None => return Some(at),
        }
    }
}

fn find_entry(replica: &Replica, disk: &Disk, id: &EntryId) -> Option<fangwei_protocol::record::entry::Entry> {
    let at = fangwei_protocol::records::find(disk, id).ok()??;
    replica.entry(at, disk).ok()
}
