//! Links that lose, delay, reorder, double, trickle and break, through the relay.

use tests::{
    impair::Conditions,
    nodes::{digest, report, standing},
    relay::Relay,
};

use super::*;

/// Within this time after a link came back something must have gone over it.
const FIRST_EXCHANGE_LIMIT: Duration = Duration::from_secs(30);

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn perfect() -> Conditions {
    Conditions::default()
}

async fn write(village: &Node, officer: &Officer, count: usize) -> Vec<fangwei_protocol::record::entry::EntryId> {
    let mut written = Vec::new();
    for number in 0..count {
        let text = format!("第{number}号：村集体资金支出未附发票，需要核实并在三个工作日内反馈。");
        written.push(report(village.core(), &village.me().unit, officer, &text).await.unwrap().id);
    }
    written
}

/// Until both hold the same and the last entry is confirmed below.
async fn caught_up(county: &County, what: &str, last: fangwei_protocol::record::entry::EntryId) -> Duration {
    let (upper, lower) = (county.node(COUNTY), county.node(VILLAGE));
    let unit = lower.me().unit.clone();
    within(what, async || {
        standing(lower.core(), last).await == (true, true)
            && digest(upper.core(), &unit).await == digest(lower.core(), &unit).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_link_does_all_of_it_arrives() {
    let _shared = PROCESS.read().await;
    let (_dir, mut county, officer) = county_and_village().await;
    let relay = Relay::new(county.node(COUNTY).address().unwrap(), perfect(), 1).await;
    let village = dial_through(&mut county, relay.address()).await;
    let links = [
        ("as it is", perfect()),
        ("10 % lost", Conditions { loss: 0.1, ..perfect() }),
        ("30 % lost", Conditions { loss: 0.3, ..perfect() }),
        ("lost in bursts", Conditions { burst: Some((0.02, 0.2)), ..perfect() }),
        ("600 ms each way", Conditions { delay: ms(600), ..perfect() }),
        ("reordered", Conditions { delay: ms(20), jitter: ms(150), ..perfect() }),
        ("doubled", Conditions { duplicate: 0.5, ..perfect() }),
        ("a bit turned in one of ten", Conditions { flip: 0.1, ..perfect() }),
        ("64 kbit/s", Conditions { rate_bps: Some(64_000), ..perfect() }),
        (
            "all of it",
            Conditions {
                loss: 0.1,
                duplicate: 0.05,
                flip: 0.01,
                delay: ms(300),
                jitter: ms(100),
                rate_bps: Some(64_000),
                ..perfect()
            },
        ),
    ];
    for (what, conditions) in links {
        village.set_online(false);
        within("the link is gone", async || village.link_count() == 0).await;
        let written = write(&village, &officer, 40).await;
        relay.set(conditions);
        let before = relay.sent();
        village.set_online(true);
        let first = within(what, async || standing(village.core(), written[0]).await == (true, true)).await;
        let all = first + caught_up(&county, what, written[39]).await;
        let sent = relay.sent();
        println!(
            "{what}: first confirmed after {:.2} s, 40 entries after {:.2} s, {} datagrams, {} bytes, {} lost",
            first.as_secs_f64(),
            all.as_secs_f64(),
            sent.0 - before.0,
            sent.1 - before.1,
            sent.2 - before.2
        );
    }
    assert_eq!(county.node(COUNTY).core().counts().refused.load(std::sync::atomic::Ordering::Relaxed), 0);
    county.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_in_the_middle_loses_nothing_and_the_first_exchange_is_soon() {
    let _shared = PROCESS.read().await;
    let (_dir, mut county, officer) = county_and_village().await;
    let conditions = Conditions { delay: ms(40), rate_bps: Some(512_000), ..perfect() };
    let relay = Relay::new(county.node(COUNTY).address().unwrap(), conditions, 2).await;
    let village = dial_through(&mut county, relay.address()).await;
    // The connection outlives the first two; the last takes it away, and the waits between dials grow.
    for (outage, there, back) in [(2, true, true), (8, true, false), (5, false, true), (75, true, true)] {
        let before = write(&village, &officer, 30).await;
        relay.cut(there, back);
        let during = write(&village, &officer, 30).await;
        tokio::time::sleep(Duration::from_secs(outage)).await;
        relay.cut(false, false);
        let first = within("something goes over it", async || standing(village.core(), during[0]).await.1).await;
        let all = first + caught_up(&county, "all of it", during[29]).await;
        assert!(standing(county.node(COUNTY).core(), before[0]).await.0);
        println!(
            "cut for {outage} s ({there}, {back}): first exchange after {:.2} s, caught up after {:.2} s",
            first.as_secs_f64(),
            all.as_secs_f64()
        );
        assert!(first <= FIRST_EXCHANGE_LIMIT, "first exchange {first:?} after the link came back");
    }
    county.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_changes_while_entries_pour_in_begins_nothing_anew() {
    let _shared = PROCESS.read().await;
    let (_dir, mut county, officer) = county_and_village().await;
    let conditions = Conditions { delay: ms(20), rate_bps: Some(1_000_000), ..perfect() };
    let relay = Relay::new(county.node(COUNTY).address().unwrap(), conditions, 3).await;
    let village = dial_through(&mut county, relay.address()).await;
    // The session has begun once something went over it.
    let first = write(&village, &officer, 1).await;
    caught_up(&county, "the first entry", first[0]).await;
    let mut events = county.node(COUNTY).core().events();
    let mut last = None;
    for _ in 0..12 {
        last = write(&village, &officer, 25).await.pop();
        relay.move_away();
        tokio::time::sleep(ms(150)).await;
    }
    let took = caught_up(&county, "all of it", last.unwrap()).await;
    println!("300 entries, 12 addresses: caught up {:.2} s after the last", took.as_secs_f64());
    let mut sessions = 0;
    while let Ok(event) = events.try_recv() {
        sessions += usize::from(matches!(*event, fangwei_protocol::replica::Event::Met { .. }));
    }
    assert_eq!(sessions, 0, "sessions were begun anew");
    county.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_entries_catch_up_over_a_village_link() {
    let _shared = PROCESS.read().await;
    let (_dir, mut county, officer) = county_and_village().await;
    let link = Conditions { loss: 0.02, delay: ms(150), rate_bps: Some(512_000), ..perfect() };
    let relay = Relay::new(county.node(COUNTY).address().unwrap(), link, 4).await;
    let village = dial_through(&mut county, relay.address()).await;
    within("the link stands", async || village.link_count() == 1).await;
    village.set_online(false);
    within("the link is gone", async || village.link_count() == 0).await;
    let written = write(&village, &officer, 1_000).await;
    let before = relay.sent();
    village.set_online(true);
    let took = caught_up(&county, "a thousand entries", written[999]).await;
    let sent = relay.sent();
    println!(
        "1,000 entries over 512 kbit/s, 300 ms there and back, 2 % lost: {:.1} s, {} bytes of UDP payload both ways",
        took.as_secs_f64(),
        sent.1 - before.1
    );
    county.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nobody_answers_the_next_one_above_is_soon_asked() {
    let _shared = PROCESS.read().await;
    let (_dir, mut county, officer) = county_and_village().await;
    // A socket that is there and never says anything: the preferred one is dead without a word.
    let deaf = std::net::UdpSocket::bind(tests::nodes::any_port()).unwrap();
    let upper = county.node(COUNTY).clone();
    let (dead, alive) = (deaf.local_addr().unwrap(), upper.address().unwrap());
    let upstream = [dead, alive].map(|address| Upstream { address, key: upper.key() });
    county.stop(VILLAGE).await;
    let began = tokio::time::Instant::now();
    county.start_with(VILLAGE, |options| NodeOptions { upstream: upstream.into(), ..options }).await.unwrap();
    let village = county.node(VILLAGE).clone();
    let written = write(&village, &officer, 1).await;
    within("the next one confirms it", async || standing(village.core(), written[0]).await.1).await;
    let took = began.elapsed();
    println!("past one above that is dead: confirmed {:.2} s after the start", took.as_secs_f64());
    assert!(took < fangwei_node::limits::HANDSHAKE_LIMIT, "{took:?}: it waited for the dead one");
    county.stop_all().await;
}
