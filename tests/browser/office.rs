//! What an office does beside the story: decides in a meeting, and calls to an interview.

use super::{
    place::{Place, TOWN},
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
