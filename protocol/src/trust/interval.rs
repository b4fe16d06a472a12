//! When an entry was written, as far as others can vouch: an interval, never one claimed instant.
//!
//! Not before the checkpoint from above that it names, which nobody could have guessed; not after the first receipt that
//! covers it, or the moment this node took it in. The claimed time stands beside it: where it contradicts, it is flagged and
//! never mended.

use crate::limits::CLOCK_TOLERANCE_S;

/// When an entry was written, in seconds since 1970 UTC by the clocks of those who vouch.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Interval {
    /// Not before; none if it names no checkpoint, or none that is known here.
    pub not_before_s: Option<i64>,
    /// Not after; none if nobody says when it was there.
    pub not_after_s: Option<i64>,
}

/// What a claimed time is beside the interval.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Claimed {
    /// Nothing contradicts it.
    Within,
    /// Before something it names was there.
    TooEarly,
    /// After somebody had it already.
    TooLate,
}

impl Interval {
    /// Judges a claimed time. Clocks that differ by [`CLOCK_TOLERANCE_S`] contradict nobody.
    #[must_use]
    pub fn judge(&self, claimed_time_s: i64) -> Claimed {
        let tolerance = CLOCK_TOLERANCE_S;
        if self.not_before_s.is_some_and(|from| claimed_time_s < from.saturating_sub(tolerance)) {
            return Claimed::TooEarly;
        }
        if self.not_after_s.is_some_and(|to| claimed_time_s > to.saturating_add(tolerance)) {
            return Claimed::TooLate;
        }
        Claimed::Within
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claimed_time_outside_is_flagged_with_some_tolerance() {
        let interval = Interval { not_before_s: Some(1_000), not_after_s: Some(5_000) };
        for (claimed, judged) in [
            (399, Claimed::TooEarly),
            (400, Claimed::Within),
            (3_000, Claimed::Within),
            (5_600, Claimed::Within),
            (5_601, Claimed::TooLate),
            (i64::MIN, Claimed::TooEarly),
            (i64::MAX, Claimed::TooLate),
        ] {
            assert_eq!(interval.judge(claimed), judged, "{claimed}");
        }
        assert_eq!(Interval::default().judge(i64::MIN), Claimed::Within);
        let odd = Interval { not_before_s: Some(i64::MIN), not_after_s: Some(i64::MAX) };
        assert_eq!((odd.judge(i64::MIN), odd.judge(i64::MAX)), (Claimed::Within, Claimed::Within));
    }
}
