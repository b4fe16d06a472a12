//! Kills the nodes of a county and of a village in it with signal 9, again and again, while the village's officer
//! writes as fast as it can: what was said to be saved is in the village afterwards, what was said to be held above is
//! above, and both come to hold the same.
//!
//! Each node is a process of its own, see `processes`. The village is killed while it opens, replays, serves and
//! writes, derives its index anew and closes, each as often as the others, and what was hit is counted; the county
//! whenever it comes. Now and then the index is deleted or cut between two lives: that loses nothing, neither receipts.
//! `FANGWEI_ROUNDS` says how many kills.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod phases;
mod processes;

use std::{env, thread, time::Duration};

use phases::{Aim, Phase};
use processes::{COUNTY, Told, Tree, VILLAGE, run_node_if_asked, spoil_index};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

/// Kills between two looks at everything that was said.
const ROUNDS_PER_CHECK: u64 = 20;

/// Rounds of which it is demanded that they hit everything.
const ROUNDS_TO_HIT_ALL: u64 = 50;

fn main() {
    run_node_if_asked();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let rounds = env::var("FANGWEI_ROUNDS").map_or(50, |text| text.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let tree = runtime.block_on(Tree::found(dir.path()));
    let mut told = Told::default();
    let mut aim = Aim::at(&[Phase::Write, Phase::Open, Phase::Rebuild, Phase::Replay, Phase::Close]);
    let (mut county, mut county_kills) = (Some(tree.county()), 0);
    for round in 0..rounds {
        let mut random = StdRng::seed_from_u64(round);
        let target = aim.take();
        let spoilt = match target {
            Phase::Replay => spoil_index(&tree.place(VILLAGE), &mut random),
            _ => String::new(),
        };
        let mut village = tree.village();
        village.reach(&mut aim, &mut random);
        if target == Phase::Write {
            // One in three so late that the village has found the county again.
            let late = random.random_range(0..3) == 0;
            let milliseconds = random.random_range(if late { 1_500..2_500 } else { 50..600 });
            thread::sleep(Duration::from_millis(milliseconds));
        }
        let (kills_county, spoils) = (random.random_range(0..10) < 4, random.random_range(0..5) == 0);
        if kills_county {
            county.take().unwrap().kill();
            county_kills += 1;
            let how = if spoils { spoil_index(&tree.place(COUNTY), &mut random) } else { String::new() };
            println!("round {round}: county killed{how}");
        }
        let (said, phase) = village.kill();
        told.add(said);
        aim.hit(phase);
        println!("round {round}: village killed, aimed at {target:?}{spoilt}, hit {phase:?}");
        if kills_county {
            county = Some(tree.county());
        }
        if (round + 1).is_multiple_of(ROUNDS_PER_CHECK) || round + 1 == rounds {
            county.take().unwrap().kill();
            runtime.block_on(tree.check(&told));
            county = Some(tree.county());
        }
    }
    county.take().unwrap().kill();
    assert!(told.saved() > 10 * rounds as usize && told.held() > rounds as usize, "{told:?}: hardly a test");
    println!("{rounds} rounds; nothing of {told:?} is missing; the village: {aim}; the county: {county_kills}");
    if rounds >= ROUNDS_TO_HIT_ALL {
        aim.demand_every();
    }
}
