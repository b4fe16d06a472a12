//! Times for people: RFC 3339 with the offset of this machine's zone.

use fangwei_protocol::{replica::Now, work::calendar::Day};
use jiff::{Timestamp, civil, tz::TimeZone};

use super::{Code, DeskError, shortened};

/// Seconds since 1970 UTC as text.
pub(super) fn moment(seconds: i64) -> String {
    let Ok(at) = Timestamp::from_second(seconds) else { return "-".into() };
    at.display_with_offset(TimeZone::system().to_offset(at)).to_string()
}

/// The core's clock as text.
pub(super) fn now(now: Now) -> String {
    moment(now.0)
}

/// A time as people write it: with an offset, or a civil time or date of this machine's zone.
pub(super) fn seconds(text: &str) -> Result<i64, DeskError> {
    let zone = TimeZone::system();
    let with_offset = text.parse::<Timestamp>().ok();
    let civil = || text.parse::<civil::DateTime>().ok().and_then(|at| at.to_zoned(zone.clone()).ok());
    let date = || text.parse::<civil::Date>().ok().and_then(|at| at.to_zoned(zone.clone()).ok());
    let found = with_offset.or_else(|| civil().or_else(date).map(|zoned| zoned.timestamp()));
    found.map(Timestamp::as_second).ok_or_else(|| DeskError::new(Code::BadTime).with("value", shortened(text)))
}

/// A day as people write it.
pub(super) fn read_day(text: &str) -> Result<Day, DeskError> {
    text.trim().parse().map_err(|_| DeskError::new(Code::BadDay).with("value", shortened(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_goes_to_text_and_back_and_a_date_is_one() {
        assert_eq!(seconds(&moment(1_770_000_000)), Ok(1_770_000_000));
        assert_eq!(seconds("2026-03-01T08:00:00+08:00"), Ok(1_772_323_200));
        assert!(seconds("2026-03-01").is_ok());
        assert_eq!(seconds("gestern").unwrap_err().code, Code::BadTime);
    }
}
