//! The product's transport on a simulated network: real quinn and rustls, real dialling and waiting, days in seconds.
//!
//! `cargo test -p tests --test transport` is a short run. `FANGWEI_TRANSPORT_SEEDS=24 FANGWEI_TRANSPORT_HOURS=24` makes
//! the weather longer; `FANGWEI_TRANSPORT_SEED=7` runs that one alone, as a failure asks for.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod quiet;
mod weather;

use std::time::Duration;

use tests::{hub::Site, impair::Conditions, wired::Wired};
use tokio::{
    runtime::{Builder, Runtime},
    time::{Instant, sleep, timeout},
};

/// Within this time after a link came back something must have gone over it.
const FIRST_EXCHANGE_LIMIT: Duration = Duration::from_secs(30);

const COUNTY: &str = "370126";
const TOWNSHIP: &str = "370126.105";
const VILLAGE: &str = "370126.105.201";

/// A thread whose clock moves on when nothing is left to do.
fn paused() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

/// A number from the environment, or the default.
fn asked(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A county, a township and a village, one above the other.
fn three(seed: u64, conditions: Conditions) -> Wired {
    let units = [(COUNTY, None), (TOWNSHIP, Some(COUNTY)), (VILLAGE, Some(TOWNSHIP))];
    let wired = Wired::new(seed, &units, |options| options);
    let [county, township, village] = units.map(|(unit, _)| wired.member(unit).site);
    for (one, other) in [(county, township), (township, village)] as [(Site, Site); 2] {
        wired.hub.set(one, other, conditions);
    }
    wired
}

/// Waits in virtual time; how long it took, none if longer than `limit`.
async fn within(limit: Duration, is_so: impl Fn() -> bool) -> Option<Duration> {
    let began = Instant::now();
    let waiting = async {
        while !is_so() {
            sleep(ms(20)).await;
        }
    };
    timeout(limit, waiting).await.ok().map(|()| began.elapsed())
}
