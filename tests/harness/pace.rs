//! How fast something went: wall time, processor time and memory, as the kernel counts them.

use std::{
    fmt, fs,
    time::{Duration, Instant},
};

/// Time and processor time from some moment on.
pub struct Clock {
    began: Instant,
    processor: Duration,
}

/// How long so many entries took.
#[derive(Clone, Copy)]
pub struct Pace {
    /// Entries.
    pub entries: u64,
    /// In all.
    pub took: Duration,
    /// The processor's, on all cores.
    pub processor: Duration,
}

impl Clock {
    /// From now on.
    pub fn start() -> Clock {
        Clock { began: Instant::now(), processor: processor_time() }
    }

    /// So far, over so many entries.
    pub fn pace(&self, entries: u64) -> Pace {
        Pace { entries, took: self.began.elapsed(), processor: processor_time() - self.processor }
    }
}

impl Pace {
    /// The two one after the other.
    #[must_use]
    pub fn and(self, next: Pace) -> Pace {
        Pace {
            entries: self.entries + next.entries,
            took: self.took + next.took,
            processor: self.processor + next.processor,
        }
    }

    /// Entries a second.
    pub fn a_second(&self) -> f64 {
        self.entries as f64 / self.took.as_secs_f64()
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let processor_us = self.processor.as_secs_f64() * 1e6 / self.entries as f64;
        write!(f, "{:>8.0} entries/s ({processor_us:.1} µs of processor time each)", self.a_second())
    }
}

/// Processor time of this process so far, on a machine that others use too the steadier figure.
fn processor_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name in parentheses: the 12th and 13th field, in hundredths of a second.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    Duration::from_millis(10 * fields.skip(11).take(2).map(|field| field.parse::<u64>().unwrap()).sum::<u64>())
}

/// Mebibytes.
pub fn mib(bytes: u64) -> f64 {
    bytes as f64 / 1_048_576.0
}

/// A figure of this process's memory, in bytes.
pub fn memory(line: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = status.lines().find_map(|found| found.strip_prefix(line));
    found.map_or(0, |found| found.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() * 1024)
}
