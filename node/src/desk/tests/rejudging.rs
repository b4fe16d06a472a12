//! Lists catch up with a revocation a little at a time, and pages stay up meanwhile.

use super::{County, EN, VILLAGE};
use crate::{
    api::shape::{ListQuery, ReportForm, Reports, RevokeForm, StandForm},
    limits::VIEW_DOCUMENTS_AT_A_TIME,
};

impl County {
    async fn listed(&self) -> Reports {
        self.desk.reports(&ListQuery::default()).await.unwrap()
    }

    /// Everything that was struck or stood for has been looked at again.
    async fn all_rejudged(&self) {
        while self.desk.status().await.unwrap().rejudging != Some(0) {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn lists_follow_a_revocation_and_a_stand() {
    let county = County::found().await;
    county.name_units().await;
    let reporter = county.officer("reporter", VILLAGE, "王信息", None).await;
    let other = county.officer("reporter", VILLAGE, "李信息", None).await;
    let documents = VIEW_DOCUMENTS_AT_A_TIME * 3;
    for number in 0..documents {
        let author = if number % 10 == 9 { &other } else { &reporter };
        let form = ReportForm {
            unit: Some(VILLAGE.into()),
            title: format!("第 {number} 件"),
            category: 8,
            account: "补偿款未公示。".into(),
            ..ReportForm::default()
        };
        county.desk.add_report(author, form).await.unwrap();
    }
    let before = county.listed().await;
    assert_eq!((before.total, before.reports[0].struck), (documents as u64, 0));

    let id = reporter.certificate.to_string();
    let form = RevokeForm { reason: "stolen".into(), stand: StandForm::default() };
    county.desk.revoke(&county.secretary, &id, &form, EN).await.unwrap();
    // The page is there at once, one document is right at once, and the node says how much is behind.
    let during = county.listed().await;
    assert_eq!(during.total, documents as u64);
    let of_the_thief = before.reports.iter().find(|report| !report.title.contains("9 件")).unwrap();
    let shown = county.desk.report(&of_the_thief.id, EN).await.unwrap();
    assert!(shown.document.history.iter().all(|entry| entry.struck.is_some()));
    county.all_rejudged().await;
    let struck = |listed: &Reports| listed.reports.iter().filter(|report| report.struck > 0).count();
    assert_eq!(struck(&county.listed().await), documents - documents / 10);
    assert_eq!(county.listed().await.reports[1].unit_name, "柳河村", "names are kept");

    // Standing for all of it gives everything back.
    let form = StandForm { all: true, ..StandForm::default() };
    county.desk.stand(&county.secretary, &id, &form).await.unwrap();
    county.listed().await;
    county.all_rejudged().await;
    assert_eq!(struck(&county.listed().await), 0);
}

#[tokio::test]
async fn while_lists_are_being_made_the_status_says_so_and_not_that_nothing_is_left() {
    let county = County::found().await;
    let making = county.desk.shared.view.lock().await;
    let status = county.desk.status().await.unwrap();
    assert_eq!(status.rejudging, None);
    assert!(status.entries > 0, "what is held is known all the same");
    drop(making);
    assert_eq!(county.desk.status().await.unwrap().rejudging, Some(0));
}
