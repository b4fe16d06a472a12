//! What people do, page by page.

use std::path::{Path, PathBuf};

use super::{
    place::{COUNTY, PASSPHRASE, Place, TOWN, VILLAGE},
    window::{Driver, Window},
};

/// A picture of four dots, as large as a phone's: what stands behind the end of a picture is not looked at.
fn photograph() -> PathBuf {
    let path = std::env::temp_dir().join(format!("fangwei-browser-{}.png", std::process::id()));
    let dots =
        "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFElEQVR4nGP8z8Dwn4GBgYGJAQoAHxcCAk+Uzr4AAAAASUVORK5CYII=";
    let mut bytes = data_encoding::BASE64.decode(dots.as_bytes()).unwrap();
    bytes.resize(5_000_000, 7);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// A window in which somebody signed in.
pub(crate) async fn as_who(driver: &Driver, place: &Place, unit: &str, name: &str) -> Window {
    let window = driver.open().await;
    window.signs_in(&place.url(unit), name, PASSPHRASE).await;
    window.sees("今日").await;
    window
}

/// A report is filed while the link is cut; the township sees it once it is back, takes it up, looks into it and proposes
/// a warning; the lead approves; the paper is printed; the subject answers; the warning is lifted.
pub(crate) async fn a_report_goes_up_and_a_warning_comes_down(driver: &Driver, place: &Place) {
    place.links(VILLAGE, false);
    let village = as_who(driver, place, VILLAGE, "张晓梅").await;
    village.follows("报送预警信息").await;
    village.fills("title", "征地补偿款两个月未公示").await;
    village.chooses("category", "9").await;
    village.chooses("source", "").await;
    village.runs("document.querySelector('main [name=source]').selectedIndex = 1").await;
    village.chooses("concerned.unit", "石桥村").await;
    village.fills("account", "补偿款到账两个月，村务公开栏一直没有公示。").await;
    village.fills("place", "石桥村村委会").await;
    village.fills("amount_fen", "12000.50").await;
    village.attaches("attachments", &photograph()).await;
    village.presses("下一步").await;
    village.sees("12000.50").await;
    village.sees("石桥村").await;
    village.presses("签名").await;
    village.sees("已签名").await;
    village.sees("青石镇").await;
    village.follows("继续").await;
    village.sees("征地补偿款两个月未公示").await;
    village.sees("已保存").await;
    village.sees("离线").await;
    let town = as_who(driver, place, TOWN, "李建国").await;
    town.go(&format!("{}reports", place.url(TOWN))).await;
    assert!(!town.text().await.contains("征地补偿款"), "the link is cut");
    place.links(VILLAGE, true);
    place.settles().await;
    town.waits_for("征地补偿款两个月未公示").await;
    town.follows("征地补偿款两个月未公示").await;
    // The photograph came along.
    town.waits_for(".png").await;
    town.follows("受理").await;
    town.signs().await;
    town.follows("继续").await;
    town.follows("开始研判").await;
    town.signs().await;
    town.follows("继续").await;
    town.follows("提出预警建议").await;
    town.chooses("subject", "石桥村").await;
    town.chooses("level", "三级").await;
    town.chooses("ground", "3.4").await;
    town.fills("facts", "补偿款到账两个月未公示，群众多次反映。").await;
    town.signs().await;
    town.follows("继续").await;
    town.sees("已提出").await;
    let case = town.url().await.rsplit('/').next().unwrap().to_owned();
    // Who proposed does not decide.
    assert!(!town.text().await.contains("批准"));
    let lead = as_who(driver, place, TOWN, "王秀兰").await;
    lead.sees("审批").await;
    lead.go(&format!("{}cases/{case}", place.url(TOWN))).await;
    lead.follows("批准").await;
    lead.signs().await;
    lead.follows("继续").await;
    lead.follows("发出文书").await;
    lead.fills("paper", "请就补偿款公示情况作出书面说明。").await;
    lead.presses("下一步").await;
    lead.sees("预告").await;
    lead.presses("签名").await;
    lead.sees("已签名").await;
    lead.follows("继续").await;
    lead.go(&format!("{}cases/{case}/papers", place.url(TOWN))).await;
    lead.sees("请就补偿款公示情况作出书面说明").await;
    lead.sees("石桥村").await;
    let printed = lead.prints().await;
    assert!(printed.starts_with(b"%PDF") && printed.len() > 5_000, "{} bytes", printed.len());
    place.settles().await;
    let subject = as_who(driver, place, super::place::OTHER, "孙玉兰").await;
    subject.waits_for("签收").await;
    subject.go(&format!("{}cases/{case}", place.url(super::place::OTHER))).await;
    subject.sees("本节点只保存外卷").await;
    assert!(!subject.text().await.contains("群众多次反映"), "the inner file never comes down");
    subject.go(&format!("{}mine", place.url(super::place::OTHER))).await;
    subject.sees("请就补偿款公示情况作出书面说明").await;
    subject.follows("签收").await;
    subject.signs().await;
    subject.follows("继续").await;
    subject.sees("我的承诺").await;
    subject.follows("答复 · 书面说明").await;
    subject.fills("text", "补偿款明细已于今日公示。").await;
    subject.fills("measures.0.what", "七日内公示").await;
    subject.fills("measures.0.who", "村会计").await;
    subject.sets("measures.0.by", "2026-12-31").await;
    subject.signs().await;
    subject.follows("继续").await;
    subject.sees("七日内公示").await;
    subject.follows("打印文书").await;
    subject.sees("请就补偿款公示情况作出书面说明").await;
    place.settles().await;
    lead.go(&format!("{}cases/{case}", place.url(TOWN))).await;
    lead.waits_for("补偿款明细已于今日公示").await;
    lead.follows("认可").await;
    lead.signs().await;
    lead.follows("继续").await;
    lead.follows("回访").await;
    lead.runs("document.querySelector('main [name=means]').click()").await;
    lead.fills("findings", "公示栏已张贴补偿款明细。").await;
    lead.chooses("opinion", "建议解除").await;
    lead.signs().await;
    lead.follows("继续").await;
    lead.sees("公示栏已张贴补偿款明细").await;
    lead.follows("解除").await;
    lead.fills("reason", "说明属实，已整改到位。").await;
    lead.signs().await;
    lead.follows("继续").await;
    lead.sees("已解除").await;
    lead.follows("整卷打印").await;
    lead.sees("预警事项案卷").await;
    lead.sees("说明属实，已整改到位。").await;
    for window in [village, town, lead, subject] {
        window.closes().await;
    }
}

/// Two people change one field while they cannot hear of each other; both values are shown, and one is chosen.
pub(crate) async fn a_crossing_edit_is_settled_by_a_person(driver: &Driver, place: &Place) {
    let village = as_who(driver, place, VILLAGE, "张晓梅").await;
    village.go(&format!("{}risks/new", place.url(VILLAGE))).await;
    village.fills("post", "村报账员").await;
    village.chooses("kind", "岗位职责").await;
    village.chooses("level", "中").await;
    village.fills("description", "集体资金支出由一人经手").await;
    village.signs().await;
    village.follows("继续").await;
    let id = village.url().await.rsplit('/').next().unwrap().to_owned();
    place.settles().await;
    place.links(VILLAGE, false);
    let town = as_who(driver, place, TOWN, "李建国").await;
    for (window, unit, level) in [(&village, VILLAGE, "低"), (&town, TOWN, "高")] {
        window.go(&format!("{}risks/{id}/edit", place.url(unit))).await;
        window.chooses("level", level).await;
        window.signs().await;
    }
    place.links(VILLAGE, true);
    place.settles().await;
    town.go(&format!("{}risks/{id}", place.url(TOWN))).await;
    town.waits_for("同时写下了不同的内容").await;
    town.go(&place.url(TOWN)).await;
    town.follows("有 1 处并行或冲突需要处理").await;
    town.sees("张晓梅").await;
    town.sees("李建国").await;
    town.presses("采用这一项").await;
    town.sees("核对将要签名的内容").await;
    town.presses("签名").await;
    town.sees("已签名").await;
    town.follows("继续").await;
    town.sees("没有并行或冲突的内容").await;
    town.go(&format!("{}risks/{id}", place.url(TOWN))).await;
    town.sees("谁写了什么").await;
    assert!(!town.text().await.contains("同时写下了不同的内容"));
    for window in [village, town] {
        window.closes().await;
    }
}

/// An auditor carries the evidence of a case away, checks it and the county's own store, and finds nothing wrong; then
/// looks at what proves one entry.
pub(crate) async fn an_auditor_checks_the_file(driver: &Driver, place: &Place) {
    let auditor = as_who(driver, place, COUNTY, "周审计").await;
    let folder = tempfile::tempdir().unwrap();
    auditor.saves_to(folder.path()).await;
    auditor.go(&format!("{}cases", place.url(COUNTY))).await;
    auditor.follows("石桥村").await;
    auditor.sees("说明属实，已整改到位").await;
    let case = auditor.url().await;
    auditor.follows("导出证据包").await;
    let bundle = saved(folder.path()).await;
    auditor.go(&format!("{}verify", place.url(COUNTY))).await;
    auditor.attaches("bundle", &bundle).await;
    auditor.runs("document.querySelector('form[action=\"/verify/bundle\"] button').click()").await;
    auditor.sees("没有发现问题").await;
    auditor.sees("检查证据包").await;
    auditor.go(&case).await;
    auditor.runs("document.querySelector('.timeline a[href^=\"/entries/\"]').click()").await;
    auditor.sees("条目证明").await;
    auditor.sees("创世书所载").await;
    assert!(!auditor.text().await.contains('✕'), "{}", auditor.text().await);
    auditor.go(&format!("{}verify", place.url(COUNTY))).await;
    auditor.presses("开始检查").await;
    auditor.sees("没有发现问题").await;
    auditor.closes().await;
}

/// The one file that is saved in a folder, once it is whole.
async fn saved(folder: &Path) -> PathBuf {
    for _ in 0..200 {
        let mut files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        if let Some(file) = files.find(|file| file.extension().is_some_and(|kind| kind == "fwb")) {
            return file;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("nothing was saved in {}", folder.display());
}
