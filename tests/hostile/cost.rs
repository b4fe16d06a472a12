//! What one input costs: processor time of this thread and the peak of memory while it is read.

use std::fs;

use crate::MEMORY;

/// Processor time one input may take, in milliseconds, in an optimised build.
pub(crate) const MILLIS_MAX: u64 = 50;

/// What a build with debug assertions may take more: it is not what people run, and quadratic work still shows.
const SLOWER: u64 = if cfg!(debug_assertions) { 20 } else { 1 };

/// Bytes one input may take beyond what was there.
pub(crate) const BYTES_MAX: usize = 16 * 1024 * 1024;

/// What something cost.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub(crate) struct Cost {
    pub(crate) micros: u64,
    pub(crate) bytes: usize,
}

/// Does something and says what it cost.
pub(crate) fn of<T>(what: impl FnOnce() -> T) -> (T, Cost) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let start = nanos();
    let done = what();
    let micros = (nanos() - start) / 1_000;
    (done, Cost { micros, bytes: MEMORY.peak_usage().saturating_sub(before) })
}

/// Time this thread was on a processor: what others do meanwhile does not count.
fn nanos() -> u64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split_whitespace().next().unwrap().parse().unwrap()
}

impl Cost {
    /// Both at their worst.
    pub(crate) fn worst(self, other: Cost) -> Cost {
        Cost { micros: self.micros.max(other.micros), bytes: self.bytes.max(other.bytes) }
    }

    /// Fails if it is more than one input may cost.
    pub(crate) fn check(self, what: &str) {
        assert!(self.micros <= MILLIS_MAX * SLOWER * 1_000, "{what}: {self:?}");
        assert!(self.bytes <= BYTES_MAX, "{what}: {self:?}");
    }
}

#[test]
fn memory_and_time_are_counted() {
    let _alone = crate::alone();
    let (sum, cost) = of(|| (0..2_100_000_u64).map(|n| n ^ 5).collect::<Vec<_>>().iter().fold(0_u64, |a, b| a ^ b));
    assert!(sum < u64::MAX && cost.bytes >= 16_000_000 && cost.micros > 0, "{cost:?}");
}
