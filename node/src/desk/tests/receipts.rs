//! What somebody who gave no name is told for a receipt code; and drafts that are changed before they are filed.

use super::{
    reports::{TOWN, Town, file, reason},
    *,
};
use crate::api::shape::{FileForm, ReceiptForm, ReceiptShown, ReportDeedForm, TriageForm};

impl Town {
    async fn anonymous(&self, form: FileForm) -> (String, String) {
        let form = FileForm { origin: Some("anonymous".into()), ..form };
        let filed = self.desk().file_report(&self.villager, form, EN).await.unwrap();
        (filed.written.document, filed.receipt_code.unwrap())
    }

    async fn told(&self, code: &str) -> Result<ReceiptShown, DeskError> {
        self.desk().receipt(&ReceiptForm { code: code.into() }, Language::Chinese).await
    }

    async fn state(&self, code: &str) -> String {
        self.told(code).await.unwrap().state_name
    }
}

fn code<T: std::fmt::Debug>(result: Result<T, DeskError>) -> Code {
    result.unwrap_err().code
}

#[tokio::test]
async fn who_has_a_receipt_code_reads_how_far_it_is_and_the_reply_and_never_who_deals_with_it() {
    let town = Town::found().await;
    let (id, receipt) = town.anonymous(file("匿名来信")).await;
    let (_, other) = town.anonymous(file("另一封信")).await;
    assert_eq!(town.state(&receipt).await, "已收到");
    town.act(&town.analyst, &id, ReportDeedForm::AskBack { question: "哪一年的？".into() }).await.unwrap();
    // However it is typed.
    let typed = receipt.to_lowercase().replace('-', " ");
    assert_eq!(town.told(&typed).await.unwrap().questions[0].text, "哪一年的？");
    town.act(&town.analyst, &id, ReportDeedForm::Accept).await.unwrap();
    assert_eq!(town.state(&receipt).await, "已受理");
    town.triage(&town.analyst, &id, TriageForm::Open).await.unwrap();
    town.triage(&town.analyst, &id, TriageForm::NoSubstance { reason: reason() }).await.unwrap();
    assert_eq!(town.state(&receipt).await, "办理中", "what was made of it is not told before the reply");
    town.act(&town.analyst, &id, ReportDeedForm::Reply { text: "已核实并公示".into() }).await.unwrap();
    let told = town.told(&receipt).await.unwrap();
    assert_eq!((told.state.as_str(), told.replies[0].text.as_str()), ("closed", "已核实并公示"));
    let json = serde_json::to_string(&told).unwrap();
    for who in ["王工作员", "张三", "清水镇", "柳河村", "匿名来信", TOWN, &id] {
        assert!(!json.contains(who), "{who}: {json}");
    }
    assert_eq!(town.state(&other).await, "已收到", "another code, another report");
    // One answer to everything that is wrong.
    for wrong in ["", "2345", "2345-6789-ABCD-EFGH", &receipt[..18], &id, "''; --"] {
        assert_eq!(code(town.told(wrong).await), Code::UnknownReceipt, "{wrong:?}");
    }
}

#[tokio::test]
async fn a_receipt_code_leads_to_the_reply_of_the_unit_a_report_was_passed_on_to() {
    let town = Town::found().await;
    let elsewhere = town.county.officer("analyst", "999901.106", "孙工作员", None).await;
    let (id, receipt) = town.anonymous(file("匿名来信")).await;
    town.act(&town.analyst, &id, ReportDeedForm::PassOn { to: "999901".into() }).await.unwrap();
    assert_eq!(town.state(&receipt).await, "已收到", "by the county, which keeps this one");
    town.act(&town.upper, &id, ReportDeedForm::PassOn { to: "999901.106".into() }).await.unwrap();
    let copy = town.desk().reports_for(Some(&elsewhere), &ListQuery::default(), EN).await.unwrap();
    let copy = copy.reports.into_iter().find(|report| report.unit == "999901.106").unwrap().id;
    town.act(&elsewhere, &copy, ReportDeedForm::Accept).await.unwrap();
    assert_eq!(town.state(&receipt).await, "已受理");
    town.act(&elsewhere, &copy, ReportDeedForm::Reply { text: "已办理".into() }).await.unwrap();
    assert_eq!(town.told(&receipt).await.unwrap().replies[0].text, "已办理");
}

#[tokio::test]
async fn a_draft_is_changed_until_it_is_filed_and_none_is_kept_of_somebody_without_a_name() {
    let town = Town::found().await;
    let desk = town.desk();
    let form = ReportForm {
        unit: Some(VILLAGE.into()),
        title: "补偿款".into(),
        category: 7,
        source: Some("petition".into()),
        account: "到账两个月未公示。".into(),
        ..ReportForm::default()
    };
    let draft = desk.add_report(&town.villager, form).await.unwrap().document;
    let set = |field: &str, value| RiskEdit { set: [(field.to_owned(), value)].into(), ..RiskEdit::default() };
    let word = |word: &str| Some(ValueShown::Word(word.into()));
    desk.edit_report(&town.villager, &draft, set("title", word("补偿款未公示"))).await.unwrap();
    let account = RiskEdit {
        texts: [("account".to_owned(), "到账三个月未公示。".to_owned())].into(),
        ..RiskEdit::default()
    };
    desk.edit_report(&town.villager, &draft, account).await.unwrap();
    let fourteen = set("category", Some(ValueShown::Number(14)));
    assert_eq!(code(desk.edit_report(&town.villager, &draft, fourteen).await), Code::BadCategory);
    assert_eq!(code(desk.edit_report(&town.villager, &draft, set("post", word("会计"))).await), Code::BadField);
    let filing = |origin: Option<&str>| FileForm {
        draft: Some(draft.clone()),
        origin: origin.map(Into::into),
        ..FileForm::default()
    };
    assert_eq!(code(desk.file_report(&town.villager, filing(Some("anonymous")), EN).await), Code::AnonymousDraft);
    desk.file_report(&town.villager, filing(None), EN).await.unwrap();
    let filed = town.shown(None, &draft).await.unwrap().filed.unwrap();
    assert_eq!((filed.title.as_str(), filed.account.as_str()), ("补偿款未公示", "到账三个月未公示。"));
    let late = desk.edit_report(&town.villager, &draft, set("title", word("改"))).await;
    assert_eq!(code(late), Code::FiledAlready);
}
