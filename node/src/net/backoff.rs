//! When to dial again: waits that double, each drawn from its upper half so that a county does not dial as one.
//!
//! No clock and no randomness of its own: the seed comes in, durations come out, and the same seed gives the same
//! waits. Half of each wait is fixed, because a draw from all of it (as often advised) may come out as none at all.

use std::time::Duration;

/// The waits between attempts to reach one peer.
#[derive(Debug, Clone)]
pub struct Backoff {
    base: Duration,
    max: Duration,
    seed: u64,
    /// Waits given so far; never reset, so that the draws of a flapping link do not repeat.
    draws: u64,
    failures: u32,
}

impl Backoff {
    /// Waits that begin at `base` (at least half of it) and never exceed `max`.
    #[must_use]
    pub fn new(base: Duration, max: Duration, seed: u64) -> Backoff {
        Backoff { base, max, seed, draws: 0, failures: 0 }
    }

    /// An attempt failed: how long to wait before the next one.
    pub fn failed(&mut self) -> Duration {
        let doubled = 1_u32.checked_shl(self.failures).and_then(|factor| self.base.checked_mul(factor));
        let whole = doubled.unwrap_or(self.max).min(self.max);
        self.failures = self.failures.saturating_add(1);
        let half = whole / 2;
        let share = mix(self.seed.wrapping_add(self.draws.wrapping_mul(GOLDEN)));
        self.draws = self.draws.wrapping_add(1);
        // The upper 32 bits as a fraction of one.
        half + half.mul_f64((share >> 32) as f64 / f64::from(u32::MAX))
    }

    /// The peer was reached: the next wait begins at the base again.
    pub fn reached(&mut self) {
        self.failures = 0;
    }

    /// Attempts that failed since the peer was last reached.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

/// 2⁶⁴ divided by the golden ratio: the step of SplitMix64.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// SplitMix64's finaliser (Steele, Lea, Flood 2014): enough for spreading, and no dependency.
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(GOLDEN);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: Duration = Duration::from_secs(1);
    const MAX: Duration = Duration::from_secs(300);

    #[test]
    fn waits_double_within_their_bounds() {
        for seed in 0..200 {
            let mut backoff = Backoff::new(BASE, MAX, seed);
            for attempt in 0..100_u32 {
                let whole = BASE.saturating_mul(1_u32.checked_shl(attempt).unwrap_or(u32::MAX)).min(MAX);
                let wait = backoff.failed();
                assert!(wait >= whole / 2 && wait <= whole, "seed {seed}, attempt {attempt}: {wait:?} of {whole:?}");
            }
            assert_eq!(backoff.failures(), 100);
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_waits() {
        let waits = |seed| {
            let mut backoff = Backoff::new(BASE, MAX, seed);
            (0..20).map(|_| backoff.failed()).collect::<Vec<_>>()
        };
        assert_eq!(waits(7), waits(7));
        assert_ne!(waits(7), waits(8));
    }

    #[test]
    fn a_county_does_not_dial_as_one() {
        // 600 nodes lose their county at once; no tenth of the first wait's range gets more than a fifth of them.
        let mut tenths = [0; 11];
        for seed in 0..600 {
            let wait = Backoff::new(BASE, MAX, seed).failed();
            tenths[((wait.as_secs_f64() - 0.5) * 20.0) as usize] += 1;
        }
        assert!(tenths.iter().all(|count| *count < 120), "{tenths:?}");
        assert!(tenths[..10].iter().all(|count| *count > 20), "{tenths:?}");
    }

    #[test]
    fn reaching_the_peer_begins_again_without_repeating_the_draws() {
        let mut backoff = Backoff::new(BASE, MAX, 3);
        let first = backoff.failed();
        for _ in 0..5 {
            backoff.failed();
        }
        backoff.reached();
        let again = backoff.failed();
        assert!(again <= BASE);
        assert_ne!(first, again);
    }

    #[test]
    fn odd_settings_never_overflow() {
        let mut backoff = Backoff::new(Duration::MAX, Duration::MAX, 1);
        (0..70).for_each(|_| assert!(backoff.failed() >= Duration::MAX / 2 - BASE));
        let mut none = Backoff::new(Duration::ZERO, Duration::ZERO, 1);
        assert_eq!(none.failed(), Duration::ZERO);
    }
}
