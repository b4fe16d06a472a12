//! The same, naively: day by day, over the announcements written down once more as people read them.

use jiff::civil::{Date, Weekday};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::*;

/// Days off, from and to.
const OFF: &[(&str, &str)] = &[
    ("2024-01-01", "2024-01-01"),
    ("2024-02-10", "2024-02-17"),
    ("2024-04-04", "2024-04-06"),
    ("2024-05-01", "2024-05-05"),
    ("2024-06-10", "2024-06-10"),
    ("2024-09-15", "2024-09-17"),
    ("2024-10-01", "2024-10-07"),
    ("2025-01-01", "2025-01-01"),
    ("2025-01-28", "2025-02-04"),
    ("2025-04-04", "2025-04-06"),
    ("2025-05-01", "2025-05-05"),
    ("2025-05-31", "2025-06-02"),
    ("2025-10-01", "2025-10-08"),
    ("2026-01-01", "2026-01-03"),
    ("2026-02-15", "2026-02-23"),
    ("2026-04-04", "2026-04-06"),
    ("2026-05-01", "2026-05-05"),
    ("2026-06-19", "2026-06-21"),
    ("2026-09-25", "2026-09-27"),
    ("2026-10-01", "2026-10-07"),
];

/// Weekend days that are worked.
const MADE_UP: &[&str] = &[
    "2024-02-04",
    "2024-02-18",
    "2024-04-07",
    "2024-04-28",
    "2024-05-11",
    "2024-09-14",
    "2024-09-29",
    "2024-10-12",
    "2025-01-26",
    "2025-02-08",
    "2025-04-27",
    "2025-09-28",
    "2025-10-11",
    "2026-01-04",
    "2026-02-14",
    "2026-02-28",
    "2026-05-09",
    "2026-09-20",
    "2026-10-10",
];

fn is_worked(date: Date) -> bool {
    let text = date.to_string();
    let is_off = OFF.iter().any(|(from, to)| (*from..=*to).contains(&text.as_str()));
    let is_weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    MADE_UP.contains(&text.as_str()) || !is_off && !is_weekend
}

/// What each day from 2022 on is, so that the naive way is not slow as well.
fn days() -> BTreeMap<Date, bool> {
    let first = Date::constant(2022, 1, 1);
    std::iter::successors(Some(first), |date| date.tomorrow().ok())
        .take(20_000)
        .map(|date| (date, is_worked(date)))
        .collect()
}

fn months_later(date: Date, months: u16) -> Date {
    let month = date.month() as i16 - 1 + months as i16;
    let (year, month) = (date.year() + month / 12, (month % 12 + 1) as i8);
    (1..=date.day()).rev().find_map(|day| Date::new(year, month, day).ok()).unwrap()
}

fn is_known(date: Date) -> bool {
    (2024..=2026).contains(&date.year())
}

/// The end by itself, the end, and whether a day outside of the three years was asked for.
fn naive(days: &BTreeMap<Date, bool>, start: Date, count: u16, unit: TermUnit) -> (Date, Date, bool) {
    let mut provisional = false;
    let (mut at, mut left) = (start, count);
    match unit {
        TermUnit::WorkingDay => {
            while left > 0 {
                at = at.tomorrow().unwrap();
                provisional |= !is_known(at);
                left -= u16::from(days[&at]);
            }
            return (at, at, provisional);
        }
        TermUnit::Week => (0..7 * count).for_each(|_| at = at.tomorrow().unwrap()),
        TermUnit::Month => at = months_later(start, count),
    }
    let plain = at;
    provisional |= !is_known(at);
    while !days[&at] {
        at = at.tomorrow().unwrap();
        provisional |= !is_known(at);
    }
    (plain, at, provisional)
}

#[test]
fn every_day_of_three_years_is_what_was_announced() {
    let calendar = Calendar::built_in();
    let days = days();
    let known = days.range(Date::constant(2024, 1, 1)..=Date::constant(2026, 12, 31));
    let mut worked = BTreeMap::<i16, u16>::new();
    for (date, is_worked) in known {
        assert_eq!(calendar.is_working_day(Day::try_from(*date).unwrap()), Worked::Known(*is_worked), "{date}");
        *worked.entry(date.year()).or_default() += u16::from(*is_worked);
    }
    // 366 days less 104 of weekends and 19 weekdays off, and 8 made up; and so on.
    assert_eq!(worked.into_iter().collect::<Vec<_>>(), [(2024, 251), (2025, 248), (2026, 248)]);
}

#[test]
fn a_hundred_thousand_deadlines_are_what_counting_day_by_day_gives() {
    let (calendar, days) = (Calendar::built_in(), days());
    let mut rng = StdRng::seed_from_u64(20_261_122);
    let (mut moved, mut provisional, mut cases) = (0, 0, 0);
    let starts: Vec<Date> = days.keys().copied().take(365 * 6).collect();
    for _ in 0..150_000 {
        let start = starts[rng.random_range(0..starts.len())];
        let unit = [TermUnit::WorkingDay, TermUnit::Week, TermUnit::Month][rng.random_range(0..3)];
        let most = if rng.random_bool(0.9) { 30 } else { 366 };
        let count = rng.random_range(1..=most);
        let from = Day::try_from(start).unwrap();
        let due = calendar.due(from, Term::new(count, unit).unwrap());
        let (plain, day, is_provisional) = naive(&days, start, count, unit);
        assert_eq!(
            (due.plain.date(), due.day.date(), due.provisional),
            (plain, day, is_provisional),
            "{start} {count} {unit:?}"
        );
        if unit == TermUnit::WorkingDay {
            assert_eq!(calendar.working_days_between(from, due.day).count, i32::from(count));
        }
        moved += u32::from(due.is_moved());
        provisional += u32::from(due.provisional);
        cases += 1;
    }
    // All sorts are among them, and so the comparison says something.
    assert_eq!(cases, 150_000);
    assert!(moved > 20_000 && (20_000..130_000).contains(&provisional), "{moved} moved, {provisional} provisional");
}

#[test]
fn working_days_between_two_days_are_what_counting_gives() {
    let (calendar, days) = (Calendar::built_in(), days());
    let all: Vec<Date> = days.keys().copied().take(365 * 7).collect();
    let mut rng = StdRng::seed_from_u64(7);
    for _ in 0..2_000 {
        let (from, to) = (all[rng.random_range(0..all.len())], all[rng.random_range(0..all.len())]);
        let (first, last) = (from.min(to), from.max(to));
        let counted = days.range(first..=last).filter(|(date, is_worked)| **date > first && **is_worked).count();
        let counted = i32::try_from(counted).unwrap() * if from <= to { 1 } else { -1 };
        let unknown = days.range(first..=last).any(|(date, _)| *date > first && !is_known(*date));
        let between = calendar.working_days_between(Day::try_from(from).unwrap(), Day::try_from(to).unwrap());
        assert_eq!(between, WorkingDays { count: counted, provisional: unknown }, "{from} {to}");
    }
}
