//! Deadlines worked out by hand from the printed calendars of 2024 to 2026.

use super::*;

/// Start, term, the day the term ends on, `>` the day it is moved to, `?` if provisional, and how it was counted.
/// `d` working days, `w` weeks, `m` months, `!` stays on a day off.
const TABLE: &str = "
2024-01-02  1d 2024-01-03             an ordinary Wednesday
2024-02-02  1d 2024-02-04             the Sunday before the Spring Festival is worked
2024-02-02  7d 2024-02-18             4, 5, 6, 7, 8, 9; off 10-17; Sunday 18
2024-02-09  1d 2024-02-18             the last day before the festival
2024-02-09  5d 2024-02-22             18 to 22
2024-02-12  1d 2024-02-18             received on a holiday
2024-02-16 10d 2024-02-29             18-23 are six, 26-29 four
2024-04-03  1d 2024-04-07             Qingming 4-6, Sunday 7 worked
2024-04-03  7d 2024-04-15             7-12 are six, Monday 15
2024-04-26  3d 2024-04-30             Sunday 28, 29, 30
2024-04-26  4d 2024-05-06             Labour Day 1-5
2024-04-30  5d 2024-05-10             6-10
2024-04-30  6d 2024-05-11             the Saturday is worked
2024-04-30  7d 2024-05-13             and the Monday after it
2024-06-07  1d 2024-06-11             Dragon Boat, Monday 10
2024-06-03  7d 2024-06-13             4-7 are four, 11, 12, 13
2024-09-13  1d 2024-09-14             the Saturday before Mid-Autumn is worked
2024-09-13  2d 2024-09-18             off 15-17
2024-09-10 10d 2024-09-25             11-14 are four, 18-20 three, 23-25 three
2024-09-27  3d 2024-10-08             Sunday 29, 30; National Day 1-7; 8
2024-09-30  7d 2024-10-15             8-11 are four, Saturday 12, 14, 15
2024-12-31  1d 2025-01-02             New Year's Day
2024-12-25  7d 2025-01-06             26, 27, 30, 31; 2, 3, 6
2025-01-24  1d 2025-01-26             Sunday is worked
2025-01-24  2d 2025-01-27             the last day before the Spring Festival
2025-01-24  3d 2025-02-05             off 28 January to 4 February
2025-01-24  7d 2025-02-10             26, 27; 5, 6, 7, Saturday 8, 10
2025-01-27  4d 2025-02-08             5, 6, 7, Saturday 8
2025-02-01  5d 2025-02-10             received on a holiday: 5-8 are four, 10
2025-04-03  1d 2025-04-07             Qingming 4-6, nothing made up
2025-04-25  1d 2025-04-27             Sunday is worked
2025-04-25  7d 2025-05-08             27-30 are four; off 1-5; 6, 7, 8
2025-04-30  1d 2025-05-06             Labour Day
2025-05-30  1d 2025-06-03             Dragon Boat 31 May to 2 June
2025-05-28  5d 2025-06-05             29, 30; 3, 4, 5
2025-09-26  1d 2025-09-28             Sunday is worked
2025-09-26  7d 2025-10-13             28, 29, 30; 9, 10, Saturday 11, 13
2025-09-30  1d 2025-10-09             National Day and Mid-Autumn 1-8
2025-09-22 10d 2025-10-11             23-26 are four, 28, 29, 30; 9, 10, 11
2025-12-31  1d 2026-01-04             New Year 1-3, Sunday worked
2025-12-31  7d 2026-01-12             4-9 are six, Monday 12
2025-12-26  5d 2026-01-05             29, 30, 31; 4, 5
2026-02-13  1d 2026-02-14             Saturday is worked
2026-02-13  2d 2026-02-24             Spring Festival 15-23
2026-02-13  7d 2026-03-02             14; 24-28 are five; 2
2026-02-14  5d 2026-02-28             24-28, the Saturday with them
2026-02-18 10d 2026-03-06             24-28 are five, 2-6 five
2026-04-03  1d 2026-04-07             Qingming 4-6
2026-04-30  1d 2026-05-06             Labour Day 1-5
2026-04-30  4d 2026-05-09             6, 7, 8, Saturday 9
2026-06-18  1d 2026-06-22             Dragon Boat 19-21
2026-06-12  7d 2026-06-24             15-18 are four, 22, 23, 24
2026-09-18  1d 2026-09-20             Sunday is worked
2026-09-18  7d 2026-09-29             20-24 are five; Mid-Autumn 25-27; 28, 29
2026-09-24  4d 2026-10-08             28, 29, 30; National Day 1-7; 8
2026-09-30  3d 2026-10-10             8, 9, Saturday 10
2026-09-30  4d 2026-10-12             and Monday
2026-12-24  5d 2026-12-31             25, 28-31: the year's last day is known
2026-12-24  6d 2027-01-01?            one more runs into 2027
2026-12-31  7d 2027-01-11?            1; 4-8 are five; 11
2027-03-01  5d 2027-03-08?            wholly in 2027
2023-12-29  1d 2024-01-02?            two days of 2023 are looked at; 1 January is known to be off
2024-01-03  1w 2024-01-10             Wednesday to Wednesday
2024-02-05  1w 2024-02-12>2024-02-18  a holiday; the first working day is a Sunday
2024-04-27  1w 2024-05-04>2024-05-06  Labour Day
2024-05-04  1w 2024-05-11             a Saturday that is worked
2024-04-06  1w 2024-04-13>2024-04-15  a Saturday that is not
2025-01-19  1w 2025-01-26             a Sunday that is worked
2025-01-22  1w 2025-01-29>2025-02-05  Spring Festival
2025-09-24  2w 2025-10-08>2025-10-09  the last day off
2026-02-09  2w 2026-02-23>2026-02-24  the last day off
2026-09-17  2w 2026-10-01>2026-10-08  the first day off
2026-12-25  1w 2027-01-01?            a Friday, as far as known
2026-12-26  1w 2027-01-02>2027-01-04? a Saturday, as far as known
2024-01-31  1m 2024-02-29             clamped, in a leap year
2024-02-29  1m 2024-03-29             not stretched to the month's end
2024-02-29 12m 2025-02-28             clamped, in the year after
2025-01-31  1m 2025-02-28             clamped
2026-01-31  1m 2026-02-28             clamped to a Saturday that is worked
2024-03-31  1m 2024-04-30             clamped to a Tuesday
2024-05-31  1m 2024-06-30>2024-07-01  clamped to a Sunday
2024-09-03  1m 2024-10-03>2024-10-08  National Day
2024-12-01  1m 2025-01-01>2025-01-02  New Year's Day
2025-08-31  1m 2025-09-30             the day before the holiday
2025-09-01  1m 2025-10-01>2025-10-09  eight days off
2025-10-31  1m 2025-11-30>2025-12-01  clamped to a Sunday
2026-01-15  1m 2026-02-15>2026-02-24  nine days off
2026-08-25  1m 2026-09-25>2026-09-28  Mid-Autumn
2026-11-30  1m 2026-12-30             a Wednesday
2026-12-10  1m 2027-01-10>2027-01-11? a Sunday, as far as known
2026-12-31  2m 2027-02-28>2027-03-01? clamped to a Sunday, as far as known
2024-01-10  3m 2024-04-10             a Wednesday
2024-02-05  1w! 2024-02-12            stays on the holiday
2026-12-10  1m! 2027-01-10            stays, so no calendar is asked
2024-02-02  7d! 2024-02-18            working days end on working days anyway
";

#[test]
fn deadlines_are_what_they_are_by_hand() {
    let calendar = Calendar::built_in();
    let mut cases = 0;
    for line in TABLE.lines().filter(|line| !line.is_empty()) {
        let mut words = line.split_whitespace();
        let (start, term, end) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
        let (term, day_off) = term.strip_suffix('!').map_or((term, DayOff::Moves), |term| (term, DayOff::Stays));
        let (count, unit) = term.split_at(term.len() - 1);
        let unit = match unit {
            "d" => TermUnit::WorkingDay,
            "w" => TermUnit::Week,
            "m" => TermUnit::Month,
            _ => panic!("{line}"),
        };
        let (end, provisional) = end.strip_suffix('?').map_or((end, false), |end| (end, true));
        let (plain, moved) = end.split_once('>').unwrap_or((end, end));
        let due = calendar.due(day(start), Term::new(count.parse().unwrap(), unit).unwrap().with_day_off(day_off));
        assert_eq!(due, Due { day: day(moved), plain: day(plain), provisional }, "{line}");
        assert_eq!(due.is_moved(), end.contains('>'), "{line}");
        cases += 1;
    }
    assert_eq!(cases, 95);
}
