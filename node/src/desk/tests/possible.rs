//! What an officer is offered in a case: what the rules would let this very person do, and nothing else.

use super::*;
use crate::api::shape::{InterviewerForm, MeetingForm, PresentForm};

struct Blue {
    county: County,
    analyst: Officer,
    lead: Officer,
    villager: Officer,
    case: String,
}

impl Blue {
    async fn proposed() -> Blue {
        let county = County::found().await;
        county.name_units().await;
        let analyst = county.officer("analyst", "999901", "王工作员", None).await;
        let lead = county.officer("discipline_lead", "999901", "李分管", None).await;
        let villager = county.officer("reporter", VILLAGE, "张三", None).await;
        let case = county.desk.propose(&analyst, propose(3)).await.unwrap().document;
        Blue { county, analyst, lead, villager, case }
    }

    async fn offered(&self, officer: &Officer) -> Vec<&'static str> {
        self.county.desk.possible_in_case(officer, &self.case).await.unwrap()
    }

    async fn does(&self, officer: &Officer, form: CaseForm) {
        self.county.desk.act_in_case(officer, &self.case, form).await.unwrap();
    }
}

fn answer() -> CaseForm {
    CaseForm::Answer { what: None, text: "已公示。".into(), measures: Vec::new(), attachments: Vec::new() }
}

const APPROVE: CaseForm = CaseForm::Approve { shown: None, meeting: None };

#[tokio::test]
async fn nobody_is_offered_what_would_be_refused_for_who_they_are() {
    let blue = Blue::proposed().await;
    let (county, nothing) = (&blue.county, Vec::<&str>::new());
    let holder = county.desk.officer(&blue.analyst.certificate.to_string(), EN).await.unwrap().holder;
    let proposer_as_lead = county.officer("discipline_lead", "999901", "", Some(holder)).await;
    let auditor = county.officer("auditor", "999901", "周审计", None).await;

    // Who proposed does not decide, under whatever certificate; a role alone decides nothing.
    assert_eq!(blue.offered(&blue.lead).await, ["return", "recuse", "approve", "dismiss", "plan", "refer_proposal"]);
    assert_eq!(blue.offered(&blue.analyst).await, ["drop", "recuse", "plan", "refer_proposal"]);
    assert_eq!(blue.offered(&proposer_as_lead).await, ["drop", "recuse", "plan", "refer_proposal"]);
    assert_eq!(blue.offered(&county.secretary).await, ["recuse", "plan", "refer_proposal"]);
    for nobody in [&auditor, &blue.villager, &county.administrator] {
        assert_eq!(blue.offered(nobody).await, nothing);
    }

    // Who is recused decides nothing any more.
    let second = county.officer("discipline_lead", "999901", "孙分管", None).await;
    let recuse = CaseForm::Recuse { officer: None, reason: "亲属".into() };
    blue.does(&second, recuse).await;
    assert_eq!(blue.offered(&second).await, ["recuse"]);
    blue.does(&blue.lead, APPROVE).await;
    assert!(blue.offered(&blue.lead).await.contains(&"issue"));
    assert!(!blue.offered(&second).await.contains(&"issue"));
    assert!(!blue.offered(&blue.analyst).await.contains(&"issue"));
    let paper = CaseForm::Issue { paper: "请在七个工作日内书面说明。".into(), terms: Vec::new() };
    blue.does(&blue.lead, paper).await;

    // The subject's own deeds are the subject's alone, and nobody's once they are done.
    let own = ["receive", "answer", "evidence", "object"];
    let offered = blue.offered(&blue.villager).await;
    assert!(own.iter().all(|deed| offered.contains(deed)), "{offered:?}");
    assert!(!offered.contains(&"accept") && !offered.contains(&"lift"));
    let neighbour = county.officer("reporter", "999901.105.202", "钱七", None).await;
    assert_eq!(blue.offered(&neighbour).await, nothing);
    let office = blue.offered(&blue.lead).await;
    assert!(own.iter().all(|deed| !office.contains(deed)), "{office:?}");
    assert!(!office.contains(&"lift") && !office.contains(&"uphold") && office.contains(&"cancel"), "{office:?}");
    blue.does(&blue.villager, CaseForm::Receive { on: None }).await;
    assert!(!blue.offered(&blue.villager).await.contains(&"receive"));
    blue.does(&blue.villager, answer()).await;
    let office = blue.offered(&blue.lead).await;
    assert!(["accept", "send_back", "lift"].iter().all(|deed| office.contains(deed)), "{office:?}");
    assert!(!office.contains(&"cancel"), "it is answered");
    assert!(!blue.offered(&blue.analyst).await.contains(&"lift"));

    // An objection is ruled on by who did not decide, once it was looked into, and as that came out.
    blue.does(&blue.villager, CaseForm::Object { text: "事实有出入".into() }).await;
    assert!(!blue.offered(&blue.villager).await.contains(&"object"));
    assert!(!blue.offered(&blue.lead).await.contains(&"deliberate"));
    let others = [&county.secretary, &second];
    let mut rules = Vec::new();
    for other in others {
        if blue.offered(other).await.contains(&"deliberate") {
            rules.push(other);
        }
    }
    let [other] = rules.as_slice() else { panic!("one of them may: {}", rules.len()) };
    assert!(!blue.offered(other).await.contains(&"reject"));
    blue.does(other, CaseForm::Deliberate { findings: "复核".into(), upheld: false, meeting: None }).await;
    let offered = blue.offered(other).await;
    assert!(offered.contains(&"reject") && !offered.contains(&"uphold"), "{offered:?}");
    assert!(!blue.offered(&blue.lead).await.contains(&"reject"));
}

#[tokio::test]
async fn what_only_a_filled_in_form_says_keeps_no_deed_back() {
    let county = County::found().await;
    let analyst = county.officer("analyst", "999901", "王工作员", None).await;
    let committee = county.officer("party_committee", "999901", "赵书记", None).await;
    let lead = county.officer("discipline_lead", "999901", "李分管", None).await;
    let villager = county.officer("reporter", VILLAGE, "张三", None).await;
    let desk = &county.desk;
    let form = ProposeForm { ground: "1.1".into(), ..propose(1) };
    let case = desk.propose(&analyst, form).await.unwrap().document;
    let offered = async |officer: &Officer| desk.possible_in_case(officer, &case).await.unwrap();
    let does = async |officer: &Officer, form: CaseForm| {
        desk.act_in_case(officer, &case, form).await.unwrap();
    };
    // Decided by a meeting, whose record is in the form.
    assert!(offered(&committee).await.contains(&"approve"));
    let present = ["赵书记", "钱委员"].map(|name| PresentForm { name: name.into(), ..PresentForm::default() });
    let meeting = MeetingForm { on: None, present: present.to_vec(), outcome: "同意".into() };
    does(&committee, CaseForm::Approve { shown: None, meeting: Some(meeting) }).await;
    does(&committee, CaseForm::Issue { paper: "责令限期改正。".into(), terms: Vec::new() }).await;
    // Who interviews is in the form; that one is called before it is held is not.
    let now = offered(&analyst).await;
    assert!(now.contains(&"notice") && !now.contains(&"interview"), "{now:?}");
    let one =
        |officer: &Officer, role: &str| InterviewerForm { officer: officer.certificate.to_string(), role: role.into() };
    let interviewers = || vec![one(&lead, "discipline_lead"), one(&analyst, "analyst")];
    does(&analyst, CaseForm::Plan { outline: "三个问题".into(), interviewers: interviewers() }).await;
    let (at, place) = ("2027-01-04T09:00:00+08:00".into(), "镇政府".into());
    does(&analyst, CaseForm::Notice { at, place, paper: "请到会。".into(), interviewers: interviewers() }).await;
    assert!(offered(&analyst).await.contains(&"interview"));
    // More time is asked for once, and answered by whom the level says.
    assert!(offered(&villager).await.contains(&"ask_extension"));
    assert!(!offered(&county.secretary).await.contains(&"extend"));
    does(&villager, CaseForm::AskExtension { reason: "材料在县里".into(), by: "2w".into() }).await;
    assert!(!offered(&villager).await.contains(&"ask_extension"));
    assert!(offered(&county.secretary).await.contains(&"extend"));
    assert!(!offered(&analyst).await.contains(&"extend"));
}
