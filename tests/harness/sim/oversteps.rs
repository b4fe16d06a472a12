//! What an officer's changed program says although the officer may not: it is kept and relayed, and must be void.

use fangwei_protocol::{
    record::{
        body::{Body, Content, Step, Value},
        entry::{Epoch, Hash, Header, Kind, Reach, Scope, Shelf},
    },
    trust::charter::Role,
};

use super::{
    Id, Sim,
    machine::Ask,
    people::{Deed, new_document},
};

impl Sim {
    /// Somebody who may not write reports writes one, signed as it should be.
    pub(crate) fn overstep(&mut self, id: Id) -> bool {
        let Some(replica) = self.machines[id].replica() else { return false };
        let writes_reports = [Role::REPORTER, Role::INVITED_REPORTER, Role::ANALYST];
        let is_one = |at: &usize| {
            let person = &self.people.persons[*at];
            let is_known = replica.charter().complete(&person.officer.certificate).is_some();
            let may_not = person.roles.iter().all(|role| !writes_reports.contains(role));
            !person.has_left && is_known && may_not && person.unit == *self.machines[id].unit()
        };
        let some: Vec<usize> = (0..self.people.persons.len()).filter(is_one).collect();
        let Some(by) = self.draw.pick(&some).map(|at| self.people.persons[*at].officer.clone()) else { return false };
        let scope = Scope { home: self.machines[id].unit().clone(), reach: Reach::UP, shelf: Shelf::CASE };
        let document = new_document(&mut self.draw, scope.clone(), Kind::REPORT);
        let title = Step::Set { field: "title".into(), value: Some(Value::Text("越权".into())) };
        let body = Body::new(self.draw.bytes(), Content::Edit(vec![title])).bytes();
        let tip = replica.frontier().feed(&scope, &by.certificate).and_then(|feed| feed.last().cloned());
        let prev = tip.as_ref().map(|tip| tip.id);
        let header = Header {
            scope,
            kind: document.kind,
            doc: document.doc,
            author: by.certificate,
            epoch: Epoch(self.draw.bytes()),
            seq: tip.map_or(0, |tip| tip.seq + 1),
            prev,
            after: prev.map(|_| Vec::new()),
            claimed_time_s: super::BEGIN_S,
            anchor: None,
            body: Hash::of(&body),
        };
        let Ok(entry) = header.sign(&self.genesis.hash(), &by.key) else { return false };
        self.people.oversteps.insert(entry.id());
        // A process never goes back to its epoch after another one: this changed program does.
        self.people.suspects.insert(by.certificate);
        self.ask(id, Ask::Say(Box::new(Deed::Signed { entry: Box::new(entry), body: body.into() })));
        true
    }
}
