//! One thing at a time: what a quiet link costs, that sessions outlive addresses, how soon a link that came back is used.

use fangwei_node::limits::{HANDSHAKE_LIMIT, IDLE_LIMIT, KEEP_ALIVE_INTERVAL, REDIAL_BASE, REDIAL_MAX};
use tokio::runtime::Handle;

use super::*;

/// An office on a mobile link.
fn mobile() -> Conditions {
    Conditions { delay: ms(60), jitter: ms(20), ..Conditions::default() }
}

/// Until every officer is known at home and all agree.
async fn settled(wired: &Wired) {
    assert!(within(Duration::from_secs(60), || wired.all_agree()).await.is_some(), "they never agree");
    sleep(Duration::from_secs(30)).await;
}

#[test]
fn an_idle_link_costs_its_keep_alives_and_nothing_grows() {
    paused().block_on(async {
        let wired = three(1, mobile());
        settled(&wired).await;
        let day = Duration::from_secs(24 * 3_600);
        let (village, township) = (wired.member(VILLAGE), wired.member(TOWNSHIP));
        let before = (wired.hub.sent(village.site, township.site), wired.hub.sent(township.site, village.site));
        let (sessions, tasks) = (village.sessions(), Handle::current().metrics().num_alive_tasks());
        sleep(day).await;
        let after = (wired.hub.sent(village.site, township.site), wired.hub.sent(township.site, village.site));
        let (up, down) = (after.0.0 - before.0.0, after.1.0 - before.1.0);
        let bytes = after.0.1 + after.1.1 - before.0.1 - before.1.1;
        println!("an idle link in 24 h: {up} datagrams up, {down} down, {bytes} bytes of UDP payload");
        // A probe and its answer each time; nothing else is to be said. A tick of the core says nothing either.
        let probes = day.as_secs() / KEEP_ALIVE_INTERVAL.as_secs();
        assert!(up <= probes + 10 && down <= probes + 10, "{up} and {down} of {probes}");
        assert!(up >= probes * 9 / 10, "{up}: nobody kept it alive");
        assert!(bytes <= probes * 2 * 64, "{bytes} bytes");
        assert_eq!((village.sessions(), Handle::current().metrics().num_alive_tasks()), (sessions, tasks));
        wired.stop().await;
    });
}

#[test]
fn a_session_survives_a_new_address_in_the_middle_of_it() {
    paused().block_on(async {
        let wired = three(2, mobile());
        settled(&wired).await;
        let (county, village, township) = (wired.member(COUNTY), wired.member(VILLAGE), wired.member(TOWNSHIP));
        let sessions = (village.sessions(), township.sessions());
        for round in 0..20_u64 {
            // Idle, while the officer below writes, and while something comes from above.
            wired.hub.move_away(village.site);
            sleep(ms(round * 37)).await;
            let below = village.report("搬家").await.unwrap();
            wired.hub.move_away(village.site);
            let limit = FIRST_EXCHANGE_LIMIT;
            let took = within(limit, || county.holds(&below) && village.is_confirmed(&below)).await;
            assert!(took.is_some(), "round {round}: what was written did not arrive");
            wired.hub.move_away(village.site);
            sleep(Duration::from_secs(round)).await;
        }
        assert_eq!((village.sessions(), township.sessions()), sessions, "a session was begun anew");
        wired.nobody_is_accused();
        wired.stop().await;
    });
}

#[test]
fn what_is_larger_than_a_path_takes_is_never_sent() {
    paused().block_on(async {
        // Every path and tunnel carries 1,200 bytes of UDP payload; a black hole swallows what is larger, silently.
        let wired = three(3, Conditions { largest: 1_200, ..mobile() });
        settled(&wired).await;
        let (county, village) = (wired.member(COUNTY), wired.member(VILLAGE));
        let mut last = None;
        for _ in 0..50 {
            last = village.report(&"说明".repeat(1_500)).await;
        }
        let last = last.unwrap();
        assert!(within(FIRST_EXCHANGE_LIMIT, || county.holds(&last)).await.is_some());
        let lost: u64 = wired
            .links()
            .iter()
            .map(|(lower, upper)| (wired.member(lower).site, wired.member(upper).site))
            .map(|(lower, upper)| wired.hub.sent(lower, upper).2 + wired.hub.sent(upper, lower).2)
            .sum();
        assert_eq!(lost, 0);
        wired.stop().await;
    });
}

/// Cuts the village's link for so long, with `cut` ways of it; how long the first exchange after it took.
async fn back_after(wired: &Wired, outage: Duration, ways: (bool, bool)) -> Duration {
    let (village, township) = (wired.member(VILLAGE), wired.member(TOWNSHIP));
    wired.hub.cut(village.site, township.site, ways.0);
    wired.hub.cut(township.site, village.site, ways.1);
    // Something is waiting to be said, so that transport is at its retransmissions when the link returns.
    village.report("断网时写的").await.unwrap();
    sleep(outage).await;
    wired.hub.cut(village.site, township.site, false);
    wired.hub.cut(township.site, village.site, false);
    let written = village.report("恢复时写的").await.unwrap();
    let took = within(Duration::from_secs(600), || township.holds(&written) && village.is_confirmed(&written)).await;
    took.unwrap_or(Duration::MAX)
}

#[test]
fn a_link_that_came_back_is_used_within_half_a_minute() {
    paused().block_on(async {
        let mut worst = [(Duration::ZERO, Duration::ZERO); 3];
        let mut outages = 0;
        // Short ones, in which the connection survives, is given up by one side, or by both; and long ones, whose waits
        // have grown to the longest. The odd steps meet every phase of retransmission and of waiting.
        let short = (0..60_u64).map(|at| ms(at * 1_130));
        let long = (0..60_u64).map(|at| Duration::from_secs(240) + ms(at * 1_370));
        let wired = three(4, mobile());
        settled(&wired).await;
        for outage in short.chain(long) {
            for (kind, ways) in [(true, true), (true, false), (false, true)].into_iter().enumerate() {
                let took = back_after(&wired, outage, ways).await;
                assert!(
                    took <= FIRST_EXCHANGE_LIMIT,
                    "an outage of {outage:?} ({ways:?}): first exchange after {took:?}"
                );
                worst[kind] = worst[kind].max((took, outage));
                outages += 1;
            }
        }
        for (what, (took, outage)) in ["both ways", "from the village", "to the village"].iter().zip(worst) {
            println!("of {outages} outages, cut {what}: first exchange at worst {took:?} after one of {outage:?}");
        }
        wired.nobody_is_accused();
        wired.stop().await;
    });
}

#[test]
fn a_link_that_takes_long_is_used_at_the_first_attempt() {
    paused().block_on(async {
        // By satellite: 1.2 s there and back.
        let wired = three(6, Conditions { delay: ms(600), ..Conditions::default() });
        settled(&wired).await;
        let (village, township) = (wired.member(VILLAGE), wired.member(TOWNSHIP));
        let mut worst = Duration::ZERO;
        for round in 0..40_u64 {
            village.node.set_online(false);
            sleep(Duration::from_secs(round)).await;
            let written = village.report("下线时写的").await.unwrap();
            village.node.set_online(true);
            let used = || township.holds(&written) && village.is_confirmed(&written);
            let took = within(Duration::from_secs(600), used).await.unwrap();
            worst = worst.max(took);
        }
        println!("600 ms each way: confirmed at worst {worst:?} after the dial");
        // Two round trips for the handshake, one for the hellos, one for what differs, one for the entry and its receipt.
        assert!(worst <= ms(1_200) * 5 + ms(200), "{worst:?}");
        wired.stop().await;
    });
}

#[test]
fn waits_between_dials_keep_their_bounds() {
    paused().block_on(async {
        let wired = three(5, mobile());
        wired.hub.keep_trace();
        settled(&wired).await;
        let (village, township) = (wired.member(VILLAGE), wired.member(TOWNSHIP));
        wired.hub.cut(village.site, township.site, true);
        let cut_at = wired.hub.trace().len();
        let hour = Duration::from_secs(3_600);
        sleep(hour).await;
        // An attempt begins with two full packets; retransmissions follow, and at its handshake limit a last word.
        let sent: Vec<u64> = wired.hub.trace()[cut_at..]
            .iter()
            .filter(|sent| sent.from == village.site && sent.length >= 1_200)
            .map(|sent| sent.at_us)
            .collect();
        let mut attempts: Vec<u64> = vec![sent[0]];
        for at in &sent {
            if at - attempts.last().unwrap() >= HANDSHAKE_LIMIT.as_micros() as u64 + 100_000 {
                attempts.push(*at);
            }
        }
        let gaps: Vec<u64> = attempts.windows(2).map(|pair| (pair[1] - pair[0]) / 1_000).collect();
        println!("{} attempts and {} packets of 1,200 bytes in an hour without an answer", attempts.len(), sent.len());
        let bounds = |least: Duration, most: Duration| {
            ((HANDSHAKE_LIMIT + least).as_millis() - 5, (HANDSHAKE_LIMIT + most).as_millis() + 5)
        };
        let within = |gaps: &[u64], (least, most)| gaps.iter().all(|gap| (least..=most).contains(&u128::from(*gap)));
        assert!(within(&gaps, bounds(REDIAL_BASE / 2, REDIAL_MAX)), "{gaps:?} ms");
        assert!(within(&gaps[10..], bounds(REDIAL_MAX / 2, REDIAL_MAX)), "{gaps:?} ms: the waits do not grow");
        // The first one comes when the silence is noticed, and then soon.
        let noticed = ms(attempts[0] / 1_000);
        let latest = Duration::from_secs(30 + 60) + KEEP_ALIVE_INTERVAL + IDLE_LIMIT + REDIAL_BASE;
        assert!(noticed <= latest, "{noticed:?}");
        wired.stop().await;
    });
}
