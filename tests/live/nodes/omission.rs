//! A township that takes in what its villages say and keeps it from the county: what a village sees, and what it does.

use std::time::Duration;

use fangwei_node::{
    api::shape::Status,
    desk::Desk,
    node::{Node, NodeOptions},
    store::StoreOptions,
};
use fangwei_protocol::record::entry::EntryId;
use tests::nodes::{County, report, until};

use super::{COUNTY, TOWNSHIP, VILLAGE, unit};

/// What a village's people see of how their node stands.
async fn status(node: &Node) -> Status {
    Desk::new(node.clone()).status().await.unwrap()
}

/// Units above that confirmed an entry, root first.
async fn holders(node: &Node, id: EntryId) -> Vec<String> {
    let look = move |sight: &fangwei_node::run::Sight<'_>| {
        let said = sight.replica.find(&id, sight.store).unwrap().unwrap();
        let standing = sight.replica.standing(&said.entry, sight.store).unwrap();
        standing.held.iter().map(|held| held.unit.to_string()).collect()
    };
    node.core().read(look).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_township_does_not_pass_on_alarms_and_goes_to_the_county_directly() {
    let dir = tempfile::tempdir().unwrap();
    let mut county = County::found(dir.path(), COUNTY, StoreOptions::demo()).await;
    county.join(TOWNSHIP, COUNTY).await;
    county.join(VILLAGE, TOWNSHIP).await;
    let officer = county.add_reporter(VILLAGE).await;
    county.agree(VILLAGE, TOWNSHIP).await;
    county.agree(TOWNSHIP, COUNTY).await;
    // From now on the township answers those below and says nothing to the county.
    county.stop(VILLAGE).await;
    county.stop(TOWNSHIP).await;
    county.set_above(TOWNSHIP, &[]);
    county.start(TOWNSHIP).await.unwrap();
    let soon = |options| NodeOptions {
        unconfirmed: Duration::from_secs(1),
        watch_every: Duration::from_millis(100),
        ..options
    };
    county.start_with(VILLAGE, soon).await.unwrap();
    let village = county.node(VILLAGE).clone();
    let written = report(village.core(), &unit(VILLAGE), &officer, "镇里压着不报。").await.unwrap();
    let is_late = async || {
        let late = status(&village).await.unconfirmed;
        late.iter().any(|late| late.unit == COUNTY && late.entries == 1)
    };
    until("the township confirms it", async || holders(&village, written.id).await == [TOWNSHIP]).await;
    until("people are told of the county's silence", is_late).await;
    assert_eq!(village.link_count(), 1, "no other address is known");

    county.set_above(VILLAGE, &[TOWNSHIP, COUNTY]);
    until("the county confirms it", async || holders(&village, written.id).await == [COUNTY, TOWNSHIP]).await;
    until("the alarm is over", async || status(&village).await.unconfirmed.is_empty()).await;
    until("the township is enough again", async || village.link_count() == 1).await;
    assert_eq!(county.node(COUNTY).link_count(), 0);
    county.stop_all().await;
}
