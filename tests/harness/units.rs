//! A whole county that does not exist, as rows for `unit import` and the demo: always the same, of any size.
//!
//! Real counties' rows are public, but a test needs none of them: names are put together from a few syllables under a
//! code no authority gives out.

/// The county's six digits: 99 is no province.
const COUNTY: u32 = 990_101;

/// Syllables that begin names.
const FIRST: [&str; 24] = [
    "青", "柳", "石", "白", "黄", "龙", "凤", "云", "杨", "槐", "枣", "清", "永", "太", "东", "西", "南", "北", "上",
    "下", "前", "后", "大", "小",
];

/// Syllables in the middle.
const SECOND: [&str; 24] = [
    "河", "桥", "山", "泉", "林", "庄", "岭", "湾", "塘", "坡", "井", "园", "楼", "堂", "关", "店", "屯", "营", "沟",
    "口", "台", "寨", "坊", "洼",
];

/// The rows, with a heading: one county, so many towns, and so many villages shared among them.
#[must_use]
pub fn rows(towns: u32, villages: u32) -> String {
    let mut rows = format!("code,name,level\n{COUNTY}000000,示例县,county\n");
    for town in 0..towns {
        let code = COUNTY * 1_000 + 100 + town;
        rows += &format!("{code}000,{}镇,town\n", name(town * 7 + 3));
        let share = villages / towns + u32::from(town < villages % towns);
        for village in 0..share {
            rows += &format!("{code}{:03},{}村,village\n", 201 + village, name(town * 53 + village));
        }
    }
    rows
}

/// The name of a number: no two of the first 576 are the same.
fn name(number: u32) -> String {
    let (first, second) = (number as usize % FIRST.len(), number as usize / FIRST.len() % SECOND.len());
    format!("{}{}", FIRST[first], SECOND[second])
}

#[test]
fn a_whole_county_has_every_unit_once() {
    use fangwei_protocol::work::unit::UnitPath;
    use std::collections::BTreeSet;

    let rows = rows(13, 542);
    let codes: Vec<&str> = rows.lines().skip(1).map(|row| row.split(',').next().unwrap()).collect();
    let root = COUNTY.to_string().parse().unwrap();
    let units: BTreeSet<UnitPath> = codes.iter().map(|code| UnitPath::from_code(code, &root).unwrap()).collect();
    assert_eq!((codes.len(), units.len()), (1 + 13 + 542, 1 + 13 + 542));
    assert!(units.iter().all(|unit| unit.parent().is_none_or(|above| units.contains(&above))));
}
