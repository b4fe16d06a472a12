//! What somebody on the line can do with what was sent before, and a node whose certificate is revoked while it is linked.

use std::{net::UdpSocket, sync::atomic::Ordering};

use fangwei_protocol::{
    record::{
        body::{Act, Content, RevokeReason},
        entry::EntryId,
    },
    replica::Event,
};
use tests::{
    impair::Conditions,
    nodes::{any_port, report, standing, write},
    relay::Relay,
};

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_captured_conversation_said_again_changes_nothing() {
    let _shared = PROCESS.read().await;
    let (_dir, mut county, officer) = county_and_village().await;
    let upper = county.node(COUNTY).clone();
    let relay = Relay::new(upper.address().unwrap(), Conditions::default(), 7).await;
    relay.keep();
    let village = dial_through(&mut county, relay.address()).await;
    let mut written = Vec::<EntryId>::new();
    for _ in 0..20 {
        written.push(report(village.core(), &village.me().unit, &officer, "录下的话。").await.unwrap().id);
    }
    within("all is confirmed", async || standing(village.core(), written[19]).await.1).await;
    county.agree(VILLAGE, COUNTY).await;
    let kept = relay.kept();
    assert!(kept.len() > 10, "only {} datagrams", kept.len());
    let state = || async {
        let length = upper.core().read(|sight| sight.replica.log_length()).await.unwrap();
        (
            length,
            upper.core().counts().refused.load(Ordering::Relaxed),
            upper.core().counts().forks.load(Ordering::Relaxed),
        )
    };
    let before = state().await;
    let mut events = upper.core().events();
    // While the connection stands, and when it is gone: from elsewhere, in order, and the first flight alone.
    for round in 0..3 {
        if round == 1 {
            county.stop(VILLAGE).await;
            within("the link is gone", async || upper.link_count() == 0).await;
        }
        let elsewhere = UdpSocket::bind(any_port()).unwrap();
        let said = if round == 2 { &kept[..2] } else { &kept[..] };
        for datagram in said {
            elsewhere.send_to(datagram, upper.address().unwrap()).unwrap();
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(upper.link_count(), usize::from(round == 0), "round {round}: a link came of it");
    }
    assert_eq!(state().await, before);
    while let Ok(event) = events.try_recv() {
        assert!(!matches!(*event, Event::Met { .. } | Event::Admitted { .. }), "{event:?}");
    }
    county.start(VILLAGE).await.unwrap();
    county.agree(VILLAGE, COUNTY).await;
    county.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_revoked_while_it_is_linked_is_hung_up_on_and_not_taken_again() {
    let _shared = PROCESS.read().await;
    let (_dir, mut county, officer) = county_and_village().await;
    let (upper, village) = (county.node(COUNTY).clone(), county.node(VILLAGE).clone());
    within("they are linked", async || upper.link_count() == 1).await;
    let subject = village.me().certificate;
    let document =
        upper.core().read(move |sight| sight.replica.charter().certificate(&subject).unwrap().document.clone());
    let mut events = upper.core().events();
    let revoke = Content::Act(Act::Revoke { subject, reason: RevokeReason::STOLEN });
    write(upper.core(), &county.secretary, document.await.unwrap(), revoke).await.unwrap();
    let refused = || upper.core().counts().refused.load(Ordering::Relaxed);
    within("the link is gone", async || upper.link_count() == 0).await;
    assert_eq!(refused(), 1);
    // It dials again and again; its officer writes on, and nothing of it arrives.
    let written = report(village.core(), &village.me().unit, &officer, "吊销之后。").await.unwrap();
    within("it tried again", async || refused() >= 4).await;
    assert!(!standing(upper.core(), written.id).await.0, "an entry came from a revoked node");
    let mut met = 0;
    while let Ok(event) = events.try_recv() {
        met += usize::from(matches!(*event, Event::Met { .. }));
    }
    assert_eq!(met, 0, "a session began");
    county.stop_all().await;
}
