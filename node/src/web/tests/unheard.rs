//! What was never heard is unknown: never nothing, on no page and in no file.

use super::*;

#[tokio::test]
async fn a_unit_that_was_never_heard_is_unknown_on_every_page_and_never_zero() {
    let county = County::found().await;
    county.name_units().await;
    let line =
        |line, code: &str, name: &str| UnitLine { line, code: code.into(), name: name.into(), level: "town".into() };
    let rows = vec![line(2, "999901106000", "清风镇"), line(3, "999901107000", "白云镇")];
    county.desk.import_units(&county.administrator, &UnitsForm { rows, dry_run: false }).await.unwrap();
    let analyst = county.officer("analyst", "999901", "王工作员", None).await;
    // Certified, and has said nothing: of the unit nothing is known yet.
    let quiet = county.officer("analyst", "999901.107", "赵六", None).await;
    let other = county.officer("analyst", "999901.106", "李四", None).await;
    let risk = |unit: &str| RiskForm {
        unit: Some(unit.into()),
        post: "出纳".into(),
        kind: "power".into(),
        description: "一人经手".into(),
        measures: Vec::new(),
        level: 2,
        responsible_post: None,
    };
    county.desk.add_risk(&other, risk("999901.106")).await.unwrap();
    let mut office = Guest::of(&county, SecondFactorFor::Nobody);
    office.signs_in(&analyst, "").await;

    let tree = office.gets("/units").await.text;
    let branch = |name: &str| tree.split("<li").find(|one| one.contains(name)).unwrap().to_owned();
    assert!(branch("白云镇").contains("尚无数据"), "{}", branch("白云镇"));
    assert!(!branch("清风镇").contains("尚无数据"), "heard, and nothing reported: {}", branch("清风镇"));
    assert!(tree.contains("来自 2/5 个单位") && tree.contains("截至"), "the county and one township: {tree}");

    for (unit, is_heard) in [("999901.106", true), ("999901.107", false)] {
        let page = office.gets(&format!("/units/{unit}")).await.text;
        let counts = page.matches("<span class=\"soft\">0</span>").count();
        let unknown = page.matches("<span class=\"soft\">?</span>").count();
        assert_eq!((counts, unknown), if is_heard { (2, 0) } else { (0, 2) }, "{page}");
        assert_eq!(page.contains("没有预警信息"), is_heard, "{page}");
        assert!(page.contains("截至"));

        let page = office.gets(&format!("/statistics?unit={unit}")).await.text;
        let main = page.split("<main").nth(1).unwrap();
        let zeros = main.matches(">0<").count();
        assert_eq!((zeros > 0, main.contains(">?<")), (is_heard, !is_heard), "{page}");
        assert_eq!(main.contains("从未收到"), !is_heard, "{page}");
        assert!(main.contains("截至"));
    }
    let all = office.gets("/statistics").await.text;
    assert!(all.contains("来自 1/3 个下级单位") && all.contains("截至"), "{all}");
    let row = all.split("<tr>").find(|row| row.contains("白云镇")).unwrap();
    assert_eq!((row.matches(">0<").count(), row.matches(">?<").count()), (0, 5), "{row}");

    // One word of theirs, and what is not there is none.
    county.desk.add_risk(&quiet, risk("999901.107")).await.unwrap();
    let page = office.gets("/units/999901.107").await.text;
    assert!(!page.contains("尚无数据") && page.contains("没有预警信息"), "{page}");
    assert!(office.gets("/statistics").await.text.contains("来自 2/3 个下级单位"));
}
