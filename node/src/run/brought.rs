//! What was signed elsewhere and is brought here by hand, checked before the core takes it like anybody's writing.

use std::sync::Arc;

use fangwei_protocol::{
    record::{
        entry::{Claim, ClaimFault, Entry, Hash},
        feed::HeaderFault,
        message::Parcel,
    },
    records::Records,
    replica::{ParcelFault, Replica, WriteRefusal},
    trust::authority,
};

use super::{WriteFailure, Written};

/// What was signed elsewhere, checked.
pub(super) enum Brought {
    /// It is held already.
    Here(Written),
    /// It is not.
    New(Box<Entry>, Arc<[u8]>),
}

/// The signature, the body, and the first door once more: what was drafted may not be said any more.
pub(super) fn check_parcel(replica: &Replica, records: &dyn Records, parcel: &Parcel) -> Result<Brought, WriteFailure> {
    let unsigned = |fault: ClaimFault| WriteFailure::Unsigned(fault.into());
    let claim = Claim::parse(&parcel.entry).map_err(unsigned)?;
    let author = claim.claimed_author();
    let unknown = || WriteFailure::Refused(WriteRefusal::Header(HeaderFault::Certificate { author }));
    let key = replica.charter().complete(&author).ok_or_else(unknown)?.certificate.key;
    let entry = claim.verify(replica.genesis(), &key).map_err(unsigned)?;
    let body = parcel.body.as_deref().filter(|body| Hash::of(body) == entry.header().body);
    let body = body.ok_or(WriteFailure::Unsigned(ParcelFault::NoBody { author }))?;
    let held = replica.find(&entry.id(), records).map_err(|failure| WriteFailure::Stopped(failure.to_string()))?;
    if let Some(held) = held {
        return Ok(Brought::Here(Written { id: entry.id(), at: held.at }));
    }
    let judged = authority::judge(replica.charter(), entry.header(), Some(body));
    judged.map_err(|reason| WriteFailure::Refused(WriteRefusal::Void(reason)))?;
    Ok(Brought::New(Box::new(entry), body.as_slice().into()))
}
