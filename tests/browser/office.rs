//! What an office does beside the story: decides in a meeting, calls to an interview, and settles what crossed.

use super::{
    place::{Place, TOWN, VILLAGE},
    story::as_who,
    window::{Driver, Window},
};

/// Who decides the gravest level, who interviews, who proposes.
const COMMITTEE: &str = "赵书记";
const LEAD: &str = "王秀兰";
const ANALYST: &str = "李建国";

/// Proposes a warning to the village; leads to the case.
async fn proposes(window: &Window, place: &Place, level: &str, ground: &str, facts: &str) -> String {
    window.go(&format!("{}cases/new", place.url(TOWN))).await;
    window.chooses("subject", "柳河村").await;
    window.chooses("level", level).await;
    window.chooses("ground", ground).await;
    window.fills("facts", facts).await;
    window.signs().await;
    window.follows("继续").await;
    window.sees("已提出").await;
    window.url().await.rsplit('/').next().unwrap().to_owned()
}

async fn interviewers(window: &Window) {
    for (at, name, role) in [(0, LEAD, "纪委分管领导"), (1, ANALYST, "预警中心工作员")] {
        window.chooses(&format!("interviewers.{at}.officer"), name).await;
        window.chooses(&format!("interviewers.{at}.role"), role).await;
    }
}

/// A red warning is decided in a meeting, from the page that says which meetings wait, and its interview is called.
pub(crate) async fn a_meeting_decides_and_an_interview_is_called(driver: &Driver, place: &Place) {
    let analyst = as_who(driver, place, TOWN, ANALYST).await;
    let case = proposes(&analyst, place, "一级", "1.1", "三笔支出没有票据，金额较大。").await;
    let meetings = format!("{}meetings", place.url(TOWN));
    let committee = as_who(driver, place, TOWN, COMMITTEE).await;
    committee.go(&meetings).await;
    committee.sees("三笔支出没有票据").await;
    committee.follows("批准").await;
    committee.sets("meeting.on", "2026-11-20").await;
    committee.fills("meeting.present.0.name", "赵书记").await;
    committee.chooses("meeting.present.0.role", "党委").await;
    committee.fills("meeting.present.1.name", "钱委员").await;
    committee.fills("meeting.outcome", "一致同意给予一级预警。").await;
    committee.signs().await;
    committee.follows("继续").await;
    committee.follows("发出文书").await;
    committee.fills("paper", "责令限期改正，并到会说明。").await;
    committee.signs().await;
    analyst.go(&format!("{}cases/{case}/do/plan", place.url(TOWN))).await;
    analyst.fills("outline", "一问票据，二问经手人，三问改正办法。").await;
    interviewers(&analyst).await;
    analyst.signs().await;
    analyst.go(&meetings).await;
    analyst.sees("已拟方案，待通知").await;
    analyst.follows("约谈通知").await;
    analyst.sets("at", "2027-01-04T09:00").await;
    analyst.fills("place", "镇政府二楼会议室").await;
    analyst.fills("paper", "请携带账册到会。").await;
    interviewers(&analyst).await;
    analyst.signs().await;
    analyst.go(&meetings).await;
    analyst.sees("镇政府二楼会议室").await;
    analyst.sees("一致同意给予一级预警").await;
    analyst.follows("打印记录").await;
    analyst.sees("被谈话人").await;
    let printed = analyst.prints().await;
    assert!(printed.starts_with(b"%PDF") && printed.len() > 5_000, "{} bytes", printed.len());
    for window in [analyst, committee] {
        window.closes().await;
    }
}

/// The village answers while the township, which cannot hear of it, cancels the paper. Whichever came to stand, both
/// sides are shown both, and somebody who did neither signs what was made of it.
pub(crate) async fn acts_that_crossed_are_settled_by_a_person(driver: &Driver, place: &Place) {
    let analyst = as_who(driver, place, TOWN, ANALYST).await;
    let case = proposes(&analyst, place, "三级", "3.4", "低保名单没有按时公示。").await;
    let at = |unit: &str, page: &str| format!("{}{page}", place.url(unit));
    let lead = as_who(driver, place, TOWN, LEAD).await;
    lead.go(&at(TOWN, &format!("cases/{case}/do/approve"))).await;
    lead.signs().await;
    lead.go(&at(TOWN, &format!("cases/{case}/do/issue"))).await;
    lead.fills("paper", "请说明低保名单公示情况。").await;
    lead.signs().await;
    place.settles().await;
    place.links(VILLAGE, false);
    let village = as_who(driver, place, VILLAGE, "张晓梅").await;
    village.go(&at(VILLAGE, &format!("cases/{case}/do/answer"))).await;
    village.fills("text", "名单已于当日补贴。").await;
    village.signs().await;
    lead.go(&at(TOWN, &format!("cases/{case}/do/cancel"))).await;
    lead.fills("reason", "文书送错单位").await;
    lead.signs().await;
    place.links(VILLAGE, true);
    place.settles().await;
    for (window, unit) in [(&analyst, TOWN), (&village, VILLAGE)] {
        window.go(&at(unit, "conflicts")).await;
        window.waits_for("需要人员处理的办理").await;
        window.sees("名单已于当日补贴").await;
        window.sees("文书送错单位").await;
    }
    let below = village.text().await;
    assert!(!below.contains("低保名单没有按时公示"), "the inner file never comes down: {below}");
    assert!(below.contains("由有权的人员处理"), "the village sees it and cannot settle it: {below}");
    analyst.go(&at(TOWN, "")).await;
    analyst.sees("处理冲突").await;
    analyst.follows("有 1 处并行或冲突需要处理").await;
    analyst.follows("处理并行").await;
    analyst.fills("findings", "已电话告知村里：原文书作废，答复留档。").await;
    analyst.signs().await;
    analyst.go(&at(TOWN, "conflicts")).await;
    analyst.sees("已处理").await;
    assert!(!analyst.text().await.contains("需要人员处理的办理"));
    analyst.go(&at(TOWN, "")).await;
    assert!(!analyst.text().await.contains("处理冲突"), "nothing left to do");
    place.settles().await;
    village.go(&at(VILLAGE, &format!("cases/{case}"))).await;
    village.waits_for("已电话告知村里").await;
    for window in [analyst, lead, village] {
        window.closes().await;
    }
}
