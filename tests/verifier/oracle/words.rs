//! The program's refusals as the words of SPEC.md 4.4; verdicts have theirs in the program.

use fangwei_protocol::{
    record::{entry::ClaimFault, feed::HeaderFault},
    replica::ParcelFault,
};

pub(crate) fn of_claim(fault: &ClaimFault) -> &'static str {
    match fault {
        ClaimFault::TooLarge { .. } => "too_large",
        ClaimFault::NotCanonical(_) => "encoding",
        ClaimFault::Contradiction(_) => "contradiction",
        ClaimFault::NotSigned { .. } => "signature",
    }
}

pub(crate) fn of_parcel(fault: &ParcelFault) -> &'static str {
    match fault {
        ParcelFault::Claim(fault) => of_claim(fault),
        ParcelFault::Body(_) | ParcelFault::NoBody { .. } => "body",
    }
}

pub(crate) fn of_header(fault: &HeaderFault) -> &'static str {
    match fault {
        HeaderFault::Certificate { .. } => "author",
        HeaderFault::AuthorUnit { .. } => "author_unit",
        HeaderFault::HomeOnly => "home_only",
        HeaderFault::PrevNotHeld { .. } => "prev_not_held",
        HeaderFault::PrevElsewhere { .. } => "prev_elsewhere",
        HeaderFault::Sequence { .. } => "sequence",
        HeaderFault::AfterNotHeld { .. } => "after_not_held",
        HeaderFault::AfterElsewhere { .. } => "after_elsewhere",
        HeaderFault::NotShared { .. } => "not_shared",
    }
}
