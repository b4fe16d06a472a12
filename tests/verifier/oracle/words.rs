//! The program's reasons as the words of SPEC.md 4.7.

use fangwei_protocol::{
    record::{body::Body, entry::ClaimFault, feed::HeaderFault},
    replica::ParcelFault,
    trust::{authority::VoidReason, charter::CertificateFault},
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

pub(crate) fn of_verdict(verdict: &Result<Body, VoidReason>) -> &'static str {
    match verdict {
        Ok(_) => "valid",
        Err(VoidReason::NoAuthority) => "no_authority",
        Err(VoidReason::OutsideValidity) => "outside_validity",
        Err(VoidReason::UnknownKind(_)) => "unknown_kind",
        Err(VoidReason::WrongShelf) => "wrong_shelf",
        Err(VoidReason::IllFormedBody(_)) => "ill_formed_body",
        Err(VoidReason::UnfittingEdit(_)) => "unfitting_edit",
        Err(VoidReason::MisplacedAct) => "misplaced",
        Err(VoidReason::NoBody) => "no_body",
        Err(VoidReason::Certificate(fault)) => match fault {
            CertificateFault::IllFormed(_) => "certificate_ill_formed",
            CertificateFault::Roles => "certificate_roles",
            CertificateFault::Unit => "certificate_unit",
            CertificateFault::Rank => "certificate_rank",
            CertificateFault::Charter => "certificate_charter",
            CertificateFault::Expired => "certificate_expired",
        },
    }
}
