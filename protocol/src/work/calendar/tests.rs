//! Days, years, terms and what they add up to.

mod oracle;
mod table;

use super::*;
use crate::record::cbor::{self, CborFault};

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn working_days(count: u16) -> Term {
    Term::new(count, TermUnit::WorkingDay).unwrap()
}

/// 2027 as it might be announced: New Year with the Sunday after it worked, and the Spring Festival.
pub(crate) fn year_2027() -> Year {
    let off = |text: &str, name: &str| Holiday { day: day(text), name: name.into() };
    let festival = ["05", "06", "07", "08", "09", "10", "11"];
    let new_year = ["2027-01-01", "2027-01-02"].map(|one| off(one, "元旦"));
    let spring = festival.map(|one| off(&format!("2027-02-{one}"), "春节"));
    Year {
        year: 2027,
        version: 1,
        applies: day("2027-01-01"),
        holidays: new_year.into_iter().chain(spring).collect(),
        make_up: vec![day("2027-01-03"), day("2027-02-13")],
    }
}

fn with_2027() -> Calendar {
    let mut calendar = Calendar::built_in();
    calendar.add(year_2027()).unwrap();
    calendar
}

#[test]
fn every_built_in_year_is_sound_and_is_no_published_one() {
    assert_eq!(Calendar::built_in().years().map(|year| year.year).collect::<Vec<_>>(), [2024, 2025, 2026]);
    for text in BUILT_IN {
        let year: Year = toml::from_str(text).unwrap();
        assert_eq!(year.check(), []);
        assert_eq!(year.check_published(), [YearFault::NoVersion]);
        assert_eq!(toml::from_str::<Year>(&toml::to_string(&year).unwrap()).unwrap(), year);
        assert_eq!(cbor::decode::<Year>(&cbor::encode(&year)), Ok(year));
    }
}

#[test]
fn a_term_is_typed_as_a_number_and_a_unit() {
    for (text, count, unit) in
        [("7wd", 7, TermUnit::WorkingDay), ("1w", 1, TermUnit::Week), ("366m", 366, TermUnit::Month)]
    {
        assert_eq!(text.parse::<Term>(), Term::new(count, unit));
    }
    for text in ["", "7", "wd", "7 wd", "-1w", "7d", "7WD", "７w", "70000m", "1w1"] {
        assert_eq!(text.parse::<Term>(), Err(TermFault::Form), "{text}");
    }
    assert_eq!("0wd".parse::<Term>(), Err(TermFault::Count { count: 0 }));
    assert_eq!("367w".parse::<Term>(), Err(TermFault::Count { count: 367 }));
}

#[test]
fn why_a_term_ends_when_it_does_is_said_by_day() {
    let calendar = Calendar::built_in();
    let said = |start: &str, term: &str| -> Vec<String> {
        let days = calendar.on_the_way(day(start), term.parse().unwrap());
        days.into_iter().map(|(day, kind)| format!("{day} {kind:?}")).collect()
    };
    // Saturday the 10th is worked in return and counts; the Saturday after it is what Saturdays are.
    assert_eq!(said("2026-10-07", "4wd"), ["2026-10-10 MakeUp"]);
    assert_eq!(said("2026-09-24", "1wd"), ["25", "26", "27"].map(|on| format!("2026-09-{on} Holiday(\"中秋节\")")));
    assert_eq!(said("2026-03-02", "4wd"), [""; 0]);
    // A month runs over any day off and moves off those it ends on.
    assert_eq!(said("2026-08-26", "1m"), ["26", "27"].map(|on| format!("2026-09-{on} Holiday(\"中秋节\")")));
    assert_eq!(said("2026-07-15", "1m"), ["2026-08-15 Weekend", "2026-08-16 Weekend"]);
    assert_eq!(said("2026-07-14", "1m"), [""; 0]);
    // What a year says, and nothing of a year nobody published.
    let days = calendar.exceptions(2026);
    assert_eq!(days.iter().filter(|(_, kind)| *kind == DayKind::MakeUp).count(), 6);
    assert_eq!(days.len(), 39);
    assert_eq!(calendar.exceptions(2031), []);
    assert_eq!([day("2026-11-22").weekday(), day("2026-11-23").weekday()], [7, 1]);
}

#[test]
fn a_year_comes_back_from_its_text_and_a_fault_has_its_line() {
    let year = year_2027();
    assert_eq!(Year::from_toml(&year.to_toml()).as_ref(), Ok(&year));
    let text = year.to_toml();
    let broken = text.replace("applies", "aplies");
    let line = 1 + broken.lines().position(|line| line.starts_with("aplies")).unwrap();
    assert_eq!(Year::from_toml(&broken).map_err(|fault| fault.line), Err(line));
    assert!(Year::from_toml(&text.replace("2027-02-13", "2027-02-30")).is_err());
}

#[test]
fn a_day_ends_at_midnight_in_china() {
    // 2026-11-22 00:00:00 in China is 2026-11-21 16:00:00 UTC.
    let midnight = 1_795_276_800;
    assert_eq!(day_of(midnight - 1), day("2026-11-21"));
    assert_eq!(day_of(midnight), day("2026-11-22"));
    assert_eq!(end_of(day("2026-11-21")), midnight);
    assert_eq!(day_of(0), day("1970-01-01"));
    assert_eq!(end_of(Day::MIN), 57_600);
    assert_eq!([day_of(57_599), day_of(57_600)], [Day::MIN, day("1970-01-02")]);
}

#[test]
fn a_time_and_its_day_agree_for_every_time_there_is() {
    assert_eq!(Day::MAX.to_string(), "9999-12-31");
    assert_eq!(end_of(Day::MAX), 253_402_272_000);
    for time_s in [253_402_271_999, 253_402_272_000, u64::MAX - 28_800, u64::MAX - 28_799, u64::MAX] {
        assert_eq!(day_of(time_s), Day::MAX, "{time_s}");
    }
    let mut at = Some(Day::MIN);
    let mut days = 0;
    while let Some(day) = at {
        let end = end_of(day);
        assert_eq!(day_of(end - 1), day);
        assert_eq!(Day::try_from(day.date()), Ok(day));
        at = day.tomorrow();
        assert_eq!(day_of(end), at.unwrap_or(Day::MAX));
        days += 1;
    }
    assert_eq!(days, 2_932_897);
}

#[test]
fn a_day_is_written_in_one_way_only() {
    for bad in
        ["", "2026-2-03", "20260203", "2026-02-03T00:00", "2026-02-30", "2026-W06-2", " 2026-02-03", "+002026-02-03"]
    {
        assert_eq!(bad.parse::<Day>(), Err(DayFault::Form), "{bad:?}");
    }
    assert_eq!("1969-12-31".parse::<Day>(), Err(DayFault::Range));
    assert_eq!(serde_json::to_string(&day("2026-02-03")).unwrap(), "\"2026-02-03\"");
    assert_eq!(serde_json::from_str::<Day>("\"2026-02-03\"").unwrap(), day("2026-02-03"));
    assert!(serde_json::from_str::<Day>("20487").is_err());
    assert_eq!(cbor::encode(&day("1970-01-25")), [0x18, 24]);
    assert_eq!(cbor::decode::<Day>(&cbor::encode(&2_932_896_u32)), Ok(Day::MAX));
    assert!(matches!(cbor::decode::<Day>(&cbor::encode(&2_932_897_u32)), Err(CborFault::Malformed { .. })));
    assert!(matches!(cbor::decode::<Day>(&cbor::encode(&-1_i32)), Err(CborFault::Malformed { .. })));
}

#[test]
fn a_term_has_from_1_to_366_of_something() {
    for count in [0, 367, u16::MAX] {
        assert_eq!(Term::new(count, TermUnit::Week), Err(TermFault::Count { count }));
        let text = format!("{{\"count\":{count},\"unit\":\"week\"}}");
        assert!(serde_json::from_str::<Term>(&text).is_err(), "{text}");
        assert!(cbor::decode::<Term>(&cbor::encode(&(count, TermUnit::Week, DayOff::Moves))).is_err());
    }
    for unit in [TermUnit::WorkingDay, TermUnit::Week, TermUnit::Month] {
        for day_off in [DayOff::Moves, DayOff::Stays] {
            for count in [1, 7, 366] {
                let term = Term::new(count, unit).unwrap().with_day_off(day_off);
                assert_eq!((term.count(), term.unit(), term.day_off()), (count, unit, day_off));
                assert_eq!(cbor::decode(&cbor::encode(&term)), Ok(term));
                assert_eq!(cbor::encode(&term), cbor::encode(&(count, unit, day_off)));
                assert_eq!(toml::from_str::<Term>(&toml::to_string(&term).unwrap()).unwrap(), term);
            }
        }
    }
    let term: Term = toml::from_str("count = 7\nunit = \"working_day\"").unwrap();
    assert_eq!(term, working_days(7));
    for bad in [
        "count = 7",
        "count = 7\nunit = \"day\"",
        "count = 7\nunit = \"week\"\nfrom = 1",
        "count = -1\nunit = \"week\"",
    ] {
        assert!(toml::from_str::<Term>(bad).is_err(), "{bad}");
    }
}

#[test]
fn each_fault_of_a_year_comes_alone() {
    let fault = |change: &dyn Fn(&mut Year)| {
        let mut year = year_2027();
        change(&mut year);
        let mut calendar = Calendar::default();
        assert_eq!(calendar.add(year.clone()), Err(year.check()));
        assert_eq!(calendar, Calendar::default());
        for fault in year.check() {
            assert!(FAULT_CODES.contains(&fault.code()), "{fault:?}");
        }
        year.check()
    };
    let off = |text: &str| Holiday { day: day(text), name: "元旦".into() };
    assert_eq!(year_2027().check_published(), []);
    assert_eq!(fault(&|year| year.holidays.push(off("2026-12-31"))), [YearFault::OtherYear { day: day("2026-12-31") }]);
    assert_eq!(fault(&|year| year.make_up.push(day("2028-01-01"))), [YearFault::OtherYear { day: day("2028-01-01") }]);
    assert_eq!(fault(&|year| year.holidays.push(off("2027-01-03"))), [YearFault::Both { day: day("2027-01-03") }]);
    assert_eq!(fault(&|year| year.holidays.push(off("2027-01-01"))), [YearFault::Twice { day: day("2027-01-01") }]);
    assert_eq!(fault(&|year| year.make_up.push(day("2027-02-13"))), [YearFault::Twice { day: day("2027-02-13") }]);
    let monday = day("2027-03-01");
    assert_eq!(fault(&|year| year.make_up.push(monday)), [YearFault::MakeUpOnWeekday { day: monday }]);
    for name in ["", " ", "春\u{200b}节", "a\n"] {
        let unnamed = fault(&|year| year.holidays[3].name = name.into());
        assert_eq!(unnamed, [YearFault::NoName { day: day("2027-02-06") }], "{name:?}");
    }
    assert_eq!(fault(&|year| year.holidays.clear()), [YearFault::NoHoliday]);
    for elsewhere in ["2026-12-31", "2028-01-01"].map(day) {
        assert_eq!(fault(&|year| year.applies = elsewhere), [YearFault::AppliesElsewhere { day: elsewhere }]);
    }
    let many = |year: &mut Year| {
        let days = std::iter::successors(Some(day("2027-03-01")), |day| day.tomorrow());
        year.holidays.extend(days.take(120).map(|day| Holiday { day, name: "长假".into() }));
    };
    assert_eq!(fault(&many), [YearFault::TooMany { days: 129 }]);
    // Of a year there are no days of, each day is another year's as well.
    for year in [0, 1969, 10_000, u16::MAX] {
        assert!(fault(&|one| one.year = year).contains(&YearFault::NoYear { year }));
    }
    let mut first = year_2027();
    first.version = 0;
    assert_eq!((first.check(), first.check_published()), (vec![], vec![YearFault::NoVersion]));
}

#[test]
fn more_days_than_a_year_may_have_are_not_read() {
    let mut year = year_2027();
    year.make_up = vec![day("2027-01-03"); 128];
    assert!(cbor::decode::<Year>(&cbor::encode(&year)).is_ok());
    year.make_up.push(day("2027-01-03"));
    assert!(matches!(cbor::decode::<Year>(&cbor::encode(&year)), Err(CborFault::Malformed { .. })));
    let mut year = year_2027();
    year.holidays = vec![year.holidays[0].clone(); 129];
    assert!(matches!(cbor::decode::<Year>(&cbor::encode(&year)), Err(CborFault::Malformed { .. })));
}

#[test]
fn the_greater_version_of_a_year_stands_in_whatever_order_they_come() {
    let mut second = year_2027();
    second.version = 2;
    second.holidays.remove(1);
    let mut third = year_2027();
    third.version = 2;
    third.holidays.remove(0);
    // The 1st and 2nd of January are each off by one of two second versions.
    let greater = if second.hash() > third.hash() { &second } else { &third };
    let first_is_off = greater.holidays[0].day == day("2027-01-01");
    let all = [year_2027(), second.clone(), third.clone()];
    let mut calendars = Vec::new();
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1], [2, 0, 1], [1, 0, 2]] {
        let mut calendar = Calendar::built_in();
        for at in order {
            calendar.add(all[at].clone()).unwrap();
        }
        calendars.push(calendar);
    }
    for calendar in &calendars {
        assert_eq!(calendar, &calendars[0]);
        assert_eq!(calendar.kind_of(day("2027-01-01")).is_worked(), !first_is_off);
    }
    // What the program brings along stands below any that is published.
    let mut published = Calendar::built_in();
    let mut other = year_2027();
    (other.year, other.applies, other.make_up) = (2026, day("2026-01-01"), vec![]);
    other.holidays = vec![Holiday { day: day("2026-03-02"), name: "某节".into() }];
    published.add(other).unwrap();
    assert_eq!(published.kind_of(day("2026-03-02")), DayKind::Holiday("某节"));
    assert_eq!(published.kind_of(day("2026-01-01")), DayKind::Weekday);
    assert_eq!(Calendar::built_in().kind_of(day("2026-01-01")), DayKind::Holiday("元旦"));
}

/// As in January 2020, when the holiday was made longer while it lasted.
#[test]
fn a_version_says_nothing_of_the_days_before_it_applies() {
    let mut longer = year_2027();
    (longer.version, longer.applies) = (2, day("2027-02-08"));
    longer.holidays = vec![Holiday { day: day("2027-02-12"), name: "春节".into() }];
    longer.holidays.extend(year_2027().holidays.into_iter().filter(|holiday| holiday.day >= longer.applies));
    longer.make_up.clear();
    let before = with_2027();
    let mut after = before.clone();
    after.add(longer.clone()).unwrap();
    assert_eq!(after.kind_of(day("2027-01-01")), DayKind::Holiday("元旦"));
    assert_eq!(after.kind_of(day("2027-02-05")), DayKind::Holiday("春节"));
    assert_eq!(after.kind_of(day("2027-01-03")), DayKind::MakeUp);
    assert_eq!(
        [before.kind_of(day("2027-02-12")), after.kind_of(day("2027-02-12"))],
        [DayKind::Weekday, DayKind::Holiday("春节")]
    );
    assert_eq!(
        [before.kind_of(day("2027-02-13")), after.kind_of(day("2027-02-13"))],
        [DayKind::MakeUp, DayKind::Weekend]
    );
    // Alone, it leaves the days before it assumed.
    let mut alone = Calendar::built_in();
    alone.add(longer).unwrap();
    assert_eq!(alone.is_working_day(day("2027-02-05")), Worked::Assumed(true));
    assert_eq!(alone.is_working_day(day("2027-02-08")), Worked::Known(false));
}

#[test]
fn a_day_is_known_or_assumed() {
    let calendar = Calendar::built_in();
    for (text, kind) in [
        ("2026-02-13", DayKind::Weekday),
        ("2026-02-14", DayKind::MakeUp),
        ("2026-02-16", DayKind::Holiday("春节")),
        ("2026-03-01", DayKind::Weekend),
        ("2025-10-06", DayKind::Holiday("国庆节、中秋节")),
    ] {
        assert_eq!(calendar.kind_of(day(text)), kind, "{text}");
        assert_eq!(calendar.is_working_day(day(text)), Worked::Known(kind.is_worked()));
    }
    for (text, is_worked) in [("2027-01-01", true), ("2027-01-02", false), ("2023-12-31", false), ("9999-12-31", true)]
    {
        assert_eq!(calendar.is_working_day(day(text)), Worked::Assumed(is_worked), "{text}");
        assert!(calendar.is_working_day(day(text)).is_assumed());
    }
}

#[test]
fn a_provisional_deadline_is_computed_anew_and_both_are_kept() {
    let (before, after) = (Calendar::built_in(), with_2027());
    let due = |at: &str, plain: &str, provisional| Due { day: day(at), plain: day(plain), provisional };
    let month = Term::new(1, TermUnit::Month).unwrap();
    let week = Term::new(1, TermUnit::Week).unwrap();
    for (start, term, was, is) in [
        // By weekends the 1st, 4th and 5th; really Sunday the 3rd, the 4th and the 5th.
        ("2026-12-31", working_days(3), due("2027-01-05", "2027-01-05", true), due("2027-01-05", "2027-01-05", false)),
        // Friday the 1st was taken for a working day; Sunday the 3rd is one.
        ("2026-12-31", working_days(1), due("2027-01-01", "2027-01-01", true), due("2027-01-03", "2027-01-03", false)),
        // The 5th to the 11th of February are off, Saturday the 13th is worked.
        ("2027-02-03", working_days(3), due("2027-02-08", "2027-02-08", true), due("2027-02-13", "2027-02-13", false)),
        ("2027-01-08", month, due("2027-02-08", "2027-02-08", true), due("2027-02-12", "2027-02-08", false)),
        ("2026-12-26", week, due("2027-01-04", "2027-01-02", true), due("2027-01-03", "2027-01-02", false)),
    ] {
        assert_eq!(before.due(day(start), term), was, "{start} {term:?}");
        assert_eq!(after.due(day(start), term), is, "{start} {term:?}");
        let revised = after.revised(was, day(start), term).unwrap();
        assert_eq!(revised, Revised { was, is });
        assert_eq!(revised.is_other_day(), was.day != is.day);
        assert_eq!(cbor::decode(&cbor::encode(&revised)), Ok(revised));
        assert_eq!(after.revised(is, day(start), term), None);
        assert_eq!(before.revised(was, day(start), term), None);
    }
    // What ended in a known year is not touched, and what runs on into the next unknown one stays provisional.
    let known = before.due(day("2026-12-24"), working_days(5));
    assert_eq!((known.provisional, after.revised(known, day("2026-12-24"), working_days(5))), (false, None));
    assert!(after.due(day("2027-12-31"), working_days(1)).provisional);
}

#[test]
fn nothing_is_beyond_the_last_day() {
    for unit in [TermUnit::WorkingDay, TermUnit::Week, TermUnit::Month] {
        for day_off in [DayOff::Moves, DayOff::Stays] {
            let term = Term::new(366, unit).unwrap().with_day_off(day_off);
            let due = Calendar::built_in().due(Day::MAX, term);
            assert_eq!((due.day, due.plain), (Day::MAX, Day::MAX));
            assert_eq!(due.end_s(), end_of(Day::MAX));
        }
    }
    // 10,958 weeks of five days and Thursday, Friday … of the last: by the oracle of the days' numbers alone.
    let all = Calendar::default().working_days_between(Day::MIN, Day::MAX);
    let weekdays = (1..=2_932_896_u32).filter(|number| (number + 3) % 7 < 5).count();
    assert_eq!((all.count, all.provisional), (i32::try_from(weekdays).unwrap(), true));
    assert_eq!(Calendar::default().working_days_between(Day::MAX, Day::MIN).count, -all.count);
}

#[test]
fn what_is_left_is_said_in_working_days() {
    let calendar = Calendar::built_in();
    // Received on Friday before the Spring Festival of 2025: the 26th, 27th, 5th to 8th and the 10th.
    let due = calendar.due(day("2025-01-24"), working_days(7));
    let left = |today: &str| calendar.remaining(day(today), &due);
    for (today, count) in [
        ("2025-01-24", 7),
        ("2025-01-25", 7),
        ("2025-01-26", 6),
        ("2025-01-27", 5),
        ("2025-02-04", 5),
        ("2025-02-05", 4),
        ("2025-02-08", 1),
        ("2025-02-09", 1),
        ("2025-02-10", 0),
        ("2025-02-11", -1),
        ("2025-02-15", -4),
    ] {
        assert_eq!(left(today), WorkingDays { count, provisional: false }, "{today}");
        assert_eq!(due.is_over(day(today)), today > "2025-02-10", "{today}");
    }
    let next = calendar.due(day("2026-12-31"), working_days(2));
    assert_eq!(calendar.remaining(day("2026-12-30"), &next), WorkingDays { count: 3, provisional: true });
}
