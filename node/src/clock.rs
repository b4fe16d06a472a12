//! The clock as the core sees it: seconds since 1970 UTC that never go backwards while the node runs.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use fangwei_protocol::replica::Now;

/// A clock with a guard: a system clock set back shows the last time again until it has caught up.
#[derive(Debug, Default)]
pub struct Clock {
    latest_s: AtomicI64,
}

impl Clock {
    /// The time, never before one told earlier.
    pub fn now(&self) -> Now {
        let system = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        self.guarded(i64::try_from(system).unwrap_or(i64::MAX))
    }

    fn guarded(&self, system_s: i64) -> Now {
        Now(self.latest_s.fetch_max(system_s, Ordering::Relaxed).max(system_s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_does_not_go_backwards() {
        let clock = Clock::default();
        assert_eq!(clock.guarded(10), Now(10));
        assert_eq!(clock.guarded(7), Now(10));
        assert_eq!(clock.guarded(11), Now(11));
    }
}
