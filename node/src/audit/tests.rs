//! Bundles as strangers may send them: cut anywhere, changed anywhere.

use std::path::Path;

use fangwei_protocol::{record::bundle::BundleFault, trust::genesis::GenesisHash};

use super::bundle::{BundleFailure, check};
use crate::{api::shape::EvidenceForm, desk::tests::County};

async fn bundle(county: &County, form: &EvidenceForm) -> Vec<u8> {
    let mut writing = county.desk.evidence(None, form).await.unwrap();
    let mut bytes = Vec::new();
    while let Some(some) = writing.next().await.unwrap() {
        bytes.extend(some);
    }
    bytes
}

/// What checking these bytes comes to: faults found, or what they are not.
fn checked(dir: &Path, bytes: &[u8], genesis: GenesisHash) -> Result<(u64, u64), String> {
    let path = dir.join("bundle");
    std::fs::write(&path, bytes).unwrap();
    match check(&path, Some(genesis), &mut |_, _| {}) {
        Ok(audited) => Ok((audited.found.entries, audited.found.fault_count)),
        Err(BundleFailure::Bundle(fault)) => Err(fault.to_string()),
        Err(failure) => panic!("{failure}"),
    }
}

#[tokio::test]
async fn a_bundle_cut_or_changed_anywhere_is_refused_or_found_out() {
    let county = County::found().await;
    let analyst = county.officer("analyst", "999901", "王工作员", None).await;
    county.risk(&analyst, "甲", &[]).await;
    let genesis = county.desk.node().genesis().hash();
    let whole = bundle(&county, &EvidenceForm { all: true, ..EvidenceForm::default() }).await;
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(checked(dir.path(), &whole, genesis), Ok((5, 0)));
    for cut in 0..whole.len() {
        let fault = if cut < 17 { BundleFault::NotABundle } else { BundleFault::CutOff };
        assert_eq!(checked(dir.path(), &whole[..cut], genesis), Err(fault.to_string()), "cut after {cut} bytes");
    }
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        // A place in the log that is another one and leaves the order is nothing anybody signed.
        if let Ok((entries, faults)) = checked(dir.path(), &changed, genesis) {
            assert!(faults > 0 || entries == 5, "changed at {at}");
        }
    }
    let unit = EvidenceForm { unit: Some("999901".into()), ..EvidenceForm::default() };
    assert!(checked(dir.path(), &bundle(&county, &unit).await, genesis).is_ok_and(|(_, faults)| faults == 0));
    let longer = [whole.as_slice(), &[0]].concat();
    assert!(checked(dir.path(), &longer, genesis).is_err(), "nothing may follow the end");
    let huge = [&whole[..17], &[0xff; 4]].concat();
    let too_large = BundleFault::TooLarge { bytes: u32::MAX as usize }.to_string();
    assert_eq!(checked(dir.path(), &huge, genesis), Err(too_large));
}
