//! What officers say here: drafted and signed in the same moment, or brought signed from elsewhere.

use std::sync::Arc;

use fangwei_protocol::{
    record::{entry::Entry, message::Parcel},
    replica::{Draft, Input, Replica, Ticket},
    trust::key::KeyPair,
};

use super::{Composer, Deferred, Driver, State};
use crate::{
    run::{
        Sight, WriteFailure, WriteReply,
        brought::{Brought, check_parcel},
        random,
    },
    store::Store,
};

impl Driver {
    pub(super) fn write(&mut self, compose: Composer, key: &KeyPair, reply: WriteReply) {
        if let Err(failure) = self.can_take() {
            drop(reply.send(Err(failure)));
            return;
        }
        match self.signed(compose, key) {
            Err(failure) => drop(reply.send(Err(failure))),
            Ok((entry, body)) => {
                let ticket = self.next_ticket();
                self.replies.insert(ticket, (reply, entry.id()));
                self.input(Input::Submit { ticket, entry, body });
            }
        }
    }

    /// What an officer says, signed. Where a document has more heads than one entry can name, they are joined first.
    fn signed(&mut self, compose: Composer, key: &KeyPair) -> Result<(Entry, Arc<[u8]>), WriteFailure> {
        let now = self.clock.now();
        let (store, replica) = self.running()?;
        let mut draft = compose(&Sight { replica, store, now, halted: None })?;
        while let Some(join) = self.running().and_then(|(store, replica)| Ok(replica.join(&draft, store)?))? {
            let joined = join.after.clone().unwrap_or_default();
            let (entry, body) = self.signed_draft(join, key)?;
            let (ticket, id) = (self.next_ticket(), entry.id());
            self.input(Input::Submit { ticket, entry, body });
            draft.has_joined(&joined, id);
        }
        self.signed_draft(draft, key)
    }

    fn signed_draft(&self, draft: Draft, key: &KeyPair) -> Result<(Entry, Arc<[u8]>), WriteFailure> {
        let (store, replica) = self.running()?;
        let unsigned = replica.draft(self.clock.now(), random(), draft, store)?;
        unsigned.sign(replica, key).map_err(|fault| WriteFailure::Stopped(fault.to_string()))
    }

    fn running(&self) -> Result<(&Store, &Replica), WriteFailure> {
        match &self.state {
            State::Running { store, replica } => Ok((store, replica)),
            State::Halted(halted) => Err(halted.refusal()),
        }
    }

    fn next_ticket(&mut self) -> Ticket {
        self.next_ticket += 1;
        Ticket(self.next_ticket)
    }

    pub(super) fn submit(&mut self, parcel: &Parcel, reply: WriteReply) {
        let checked = match (self.can_take(), &self.state) {
            (Err(failure), _) => Err(failure),
            (Ok(()), State::Halted(halted)) => Err(halted.refusal()),
            (Ok(()), State::Running { store, replica }) => check_parcel(replica, store.as_ref(), parcel),
        };
        match checked {
            Err(failure) => drop(reply.send(Err(failure))),
            Ok(Brought::Here(written)) => self.deferred.push(Deferred::Reply { reply, result: Ok(written) }),
            Ok(Brought::New(entry, body)) => {
                let ticket = self.next_ticket();
                self.replies.insert(ticket, (reply, entry.id()));
                self.input(Input::Submit { ticket, entry: *entry, body });
            }
        }
    }
}
