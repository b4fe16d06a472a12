//! What people do on a node founded for the purpose, end to end and without a network.

mod attachments;
mod cases;
mod possible;
mod receipts;
mod rejudging;
mod reports;
mod sharing;

use tempfile::TempDir;

use super::*;
use crate::{
    api::shape::{
        CaseForm, DocumentShown, FieldContent, ImportForm, ItemAdd, ItemRemove, ListQuery, OfficerForm, OfficersQuery,
        ProposeForm, ReportForm, RiskEdit, RiskForm, SyncForm, TokenForm, UnitLine, UnitsForm, ValueShown, VerifyForm,
    },
    audit::{Asked, Indexed, Known, audit},
    founding::{draw_up, found, new_document},
    store::StoreOptions,
    words::Language,
};

const EN: Language = Language::English;
const VILLAGE: &str = "999901.105.201";

pub(crate) fn passphrase() -> Passphrase {
    Passphrase::new("correct horse".into())
}

/// A county of one node with its founders' keys unlocked and sealed.
pub(crate) struct County {
    pub(crate) desk: Desk,
    pub(crate) administrator: Officer,
    pub(crate) secretary: Officer,
    pub(crate) dir: TempDir,
}

impl County {
    pub(crate) async fn found() -> County {
        let dir = tempfile::tempdir().unwrap();
        let (founded, _) = draw_up("示例县", "999901".parse().unwrap()).unwrap();
        found(dir.path(), &founded, StoreOptions::demo()).await.unwrap();
        let node = Node::open_offline(dir.path(), StoreOptions::demo(), &mut |_| {}).unwrap();
        let desk = Desk::with(node, SealCost::FLOOR, SessionLimits::default());
        let officer = |(certificate, key)| Officer { certificate, key: Arc::new(key) };
        let (administrator, secretary) = (officer(founded.administrator), officer(founded.secretary));
        desk.keep_key(&administrator, &passphrase()).await.unwrap();
        desk.keep_key(&secretary, &passphrase()).await.unwrap();
        County { desk, administrator, secretary, dir }
    }

    /// An officer, endorsed if need be, unlocked.
    pub(crate) async fn officer(&self, role: &str, unit: &str, name: &str, holder: Option<String>) -> Officer {
        let form = OfficerForm {
            unit: unit.into(),
            role: role.into(),
            name: name.into(),
            holder,
            passphrase: passphrase(),
            valid_days: None,
            carry: false,
        };
        let added = self.desk.add_officer(&self.administrator, form, EN).await.unwrap().officer;
        if added.awaits_endorsement {
            self.desk.endorse(&self.secretary, &added.certificate).await.unwrap();
        }
        self.desk.unlock(&added.certificate, &passphrase()).await.unwrap().1
    }

    pub(crate) async fn name_units(&self) {
        let line = |line, code: &str, name: &str, level: &str| UnitLine {
            line,
            code: code.into(),
            name: name.into(),
            level: level.into(),
        };
        let rows = vec![
            line(2, "999901000000", "示例县", "county"),
            line(3, "999901105000", "清水镇", "town"),
            line(4, "999901105201", "柳河村", "village"),
        ];
        let form = UnitsForm { rows, dry_run: false };
        assert_eq!(self.desk.import_units(&self.administrator, &form).await.unwrap().entries, 2);
    }

    pub(crate) async fn risk(&self, author: &Officer, description: &str, measures: &[&str]) -> String {
        let form = RiskForm {
            unit: Some(VILLAGE.into()),
            post: "村委会主任".into(),
            kind: "power".into(),
            description: description.into(),
            measures: measures.iter().map(|measure| (*measure).into()).collect(),
            level: 2,
            responsible_post: None,
        };
        self.desk.add_risk(author, form).await.unwrap().document
    }
}

fn prose<'d>(shown: &'d DocumentShown, name: &str) -> &'d str {
    let field = shown.fields.iter().find(|field| field.name == name).unwrap();
    let FieldContent::Prose { text } = &field.content else { panic!("{field:?}") };
    text
}

fn measures(shown: &DocumentShown) -> &[String] {
    let field = shown.fields.iter().find(|field| field.name == "measures").unwrap();
    let FieldContent::Items { items } = &field.content else { panic!("{field:?}") };
    items
}

fn text(after: &DocumentShown, description: &str) -> RiskEdit {
    RiskEdit {
        after: Some(after.heads.clone()),
        texts: [("description".into(), description.into())].into(),
        ..RiskEdit::default()
    }
}

fn propose(level: u8) -> ProposeForm {
    ProposeForm {
        subject: VILLAGE.into(),
        level,
        ground: "3.4".into(),
        facts: "补偿款未公示。".into(),
        ..ProposeForm::default()
    }
}

#[tokio::test]
async fn a_case_goes_from_proposal_to_lifting_and_nobody_decides_what_they_proposed() {
    let county = County::found().await;
    county.name_units().await;
    let desk = &county.desk;
    let analyst = county.officer("analyst", "999901", "王工作员", None).await;
    let holder = desk.officer(&analyst.certificate.to_string(), EN).await.unwrap().holder;
    let analyst_as_lead = county.officer("discipline_lead", "999901", "", Some(holder)).await;
    let lead = county.officer("discipline_lead", "999901", "李分管", None).await;
    let villager = county.officer("reporter", VILLAGE, "张三", None).await;

    let report = ReportForm {
        unit: Some(VILLAGE.into()),
        title: "征地补偿款未公示".into(),
        category: 7,
        account: "到账两个月仍未公示。".into(),
        happened: Some("2026-03-01".into()),
        ..ReportForm::default()
    };
    let report = desk.add_report(&villager, report).await.unwrap();
    let form = ProposeForm { reports: vec![report.short.clone()], ..propose(3) };
    let case = desk.propose(&analyst, form).await.unwrap();
    let id = case.short.as_str();
    assert_eq!(id.len(), 8);

    let act = |officer: &Officer, form: CaseForm| {
        let (officer, id) = (officer.clone(), id.to_owned());
        async move { desk.act_in_case(&officer, &id, form).await.map(drop).map_err(|error| error.code) }
    };
    let approve = || CaseForm::Approve { shown: None, meeting: None };
    assert_eq!(act(&analyst_as_lead, approve()).await, Err(Code::SelfApproval));
    assert_eq!(act(&villager, approve()).await, Err(Code::AuthorElsewhere));
    assert_eq!(act(&analyst, approve()).await, Err(Code::WrongDecider));
    assert_eq!(act(&county.secretary, approve()).await, Err(Code::WrongDecider));
    let another = CaseForm::Approve { shown: Some("00".repeat(31) + "01"), meeting: None };
    assert_eq!(act(&lead, another).await, Err(Code::NotAsShown));
    let paper = || CaseForm::Issue { paper: "请在七个工作日内书面说明。".into(), terms: Vec::new() };
    assert_eq!(act(&lead, paper()).await, Err(Code::NotDecided));
    let reply =
        || CaseForm::Answer { what: None, text: "已公示。".into(), measures: Vec::new(), attachments: Vec::new() };
    assert_eq!(act(&villager, reply()).await, Err(Code::NoSuchWarning));

    let shown = desk.case(None, id, EN).await.unwrap().to_sign;
    act(&lead, CaseForm::Approve { shown, meeting: None }).await.unwrap();
    assert_eq!(act(&lead, approve()).await, Err(Code::WrongStage));
    act(&lead, paper()).await.unwrap();
    assert_eq!(act(&lead, paper()).await, Err(Code::WrongStage));
    let lift = || CaseForm::Lift { reason: "说明属实，已整改。".into(), shown: None };
    assert_eq!(act(&lead, lift()).await, Err(Code::WrongStage));
    act(&villager, reply()).await.unwrap();
    act(&lead, lift()).await.unwrap();
    assert_eq!(act(&lead, lift()).await, Err(Code::WrongStage));

    let shown = desk.case(None, id, EN).await.unwrap();
    assert_eq!((shown.line.stage.as_str(), shown.line.subject_name.as_str()), ("lifted", "柳河村"));
    assert_eq!(shown.reports, [report.document]);
    assert_eq!(
        shown.history.iter().map(|entry| entry.deed.as_str()).collect::<Vec<_>>(),
        ["propose", "approve", "issue", "answer", "lift"]
    );
    assert!(shown.history.iter().all(|entry| entry.void.is_none() && entry.marks.is_empty()));
    assert_eq!(shown.answers[0].author.name, "张三");
    assert_eq!(shown.approval.unwrap().author.role_names, ["discipline lead"]);
    assert!(shown.number.as_deref().is_some_and(|number| number.contains('1')), "{:?}", shown.number);
    assert_eq!((shown.ground.as_deref(), shown.deadlines[0].state.as_str()), (Some("3.4"), "in_time"));
    let cases = desk.cases(None, &ListQuery::default(), EN).await.unwrap();
    assert_eq!((cases.total, cases.cases[0].id.as_str()), (1, case.document.as_str()));
    // The outer file's own id leads to the case too.
    let outer = desk.case(None, &shown.outer.unwrap(), EN).await.unwrap();
    assert_eq!(outer.line.id, case.document);
}

#[tokio::test]
async fn a_stale_form_is_an_honest_concurrent_edit_and_both_are_kept() {
    let county = County::found().await;
    let desk = &county.desk;
    let analyst = county.officer("analyst", "999901", "王工作员", None).await;
    let lead = county.officer("discipline_lead", "999901", "李分管", None).await;
    let id = county.risk(&analyst, "𠮷家村补偿款👨‍👩‍👧未公示。", &[]).await;
    let seen = desk.risk(&id, EN).await.unwrap();

    desk.edit_risk(&lead, &id, text(&seen, "𠮷家村征地补偿款👨‍👩‍👧未公示。")).await.unwrap();
    desk.edit_risk(&analyst, &id, text(&seen, "𠮷家村补偿款👨‍👩‍👧未按时公示。")).await.unwrap();
    let merged = desk.risk(&id, EN).await.unwrap();
    assert_eq!(prose(&merged, "description"), "𠮷家村征地补偿款👨‍👩‍👧未按时公示。");
    assert_eq!(merged.heads.len(), 2, "both stand beside each other");
    let words: Vec<_> = merged.history.iter().map(|entry| entry.changes.join("; ")).skip(1).collect();
    assert_eq!(words, ["description: “征地” after character 3", "description: “按时” after character 12"]);

    // Two values at once: one is shown, the other kept until somebody decides.
    let level = |level| RiskEdit {
        after: Some(merged.heads.clone()),
        set: [("level".into(), Some(ValueShown::Number(level)))].into(),
        ..RiskEdit::default()
    };
    desk.edit_risk(&lead, &id, level(1)).await.unwrap();
    desk.edit_risk(&analyst, &id, level(3)).await.unwrap();
    let risks = desk.risks(&ListQuery::default()).await.unwrap();
    assert_eq!(risks.risks[0].alternatives, 1);
    let decided = RiskEdit { after: None, ..level(1) };
    desk.edit_risk(&lead, &id, decided).await.unwrap();
    let risks = desk.risks(&ListQuery::default()).await.unwrap();
    assert_eq!((risks.risks[0].alternatives, risks.risks[0].level), (0, Some(1)));
    assert_eq!(desk.risk(&id, EN).await.unwrap().heads.len(), 1);
}

#[tokio::test]
async fn a_form_stale_against_its_own_author_is_carried_over() {
    let county = County::found().await;
    let desk = &county.desk;
    let analyst = county.officer("analyst", "999901", "王工作员", None).await;
    let id = county.risk(&analyst, "甲乙丙丁", &["一", "二", "三"]).await;
    let seen = desk.risk(&id, EN).await.unwrap();
    desk.edit_risk(&analyst, &id, text(&seen, "甲新乙丙丁")).await.unwrap();
    desk.edit_risk(&analyst, &id, text(&seen, "甲乙丙丁末")).await.unwrap();
    desk.edit_risk(&analyst, &id, text(&seen, "甲丁")).await.unwrap();
    let shown = desk.risk(&id, EN).await.unwrap();
    assert_eq!(prose(&shown, "description"), "甲新丁末");
    assert_eq!(shown.heads.len(), 1, "what one wrote oneself is never beside oneself");

    let take = |at| RiskEdit {
        after: Some(seen.heads.clone()),
        remove: vec![ItemRemove { field: "measures".into(), at }],
        ..RiskEdit::default()
    };
    desk.edit_risk(&analyst, &id, take(0)).await.unwrap();
    let last = RiskEdit { add: vec![ItemAdd { field: "measures".into(), at: None, item: "四".into() }], ..take(2) };
    desk.edit_risk(&analyst, &id, last).await.unwrap();
    assert_eq!(measures(&desk.risk(&id, EN).await.unwrap()), ["二", "四"]);
    let refused = |result: Result<WrittenShape, DeskError>| result.unwrap_err().code;
    assert_eq!(refused(desk.edit_risk(&analyst, &id, take(0)).await), Code::ItemGone);
    assert_eq!(refused(desk.edit_risk(&analyst, &id, RiskEdit::default()).await), Code::NothingChanged);
    let elsewhere = RiskEdit { after: Some(vec!["00".repeat(32)]), ..take(1) };
    assert_eq!(refused(desk.edit_risk(&analyst, &id, elsewhere).await), Code::NotInDocument);
    let nonsense = RiskEdit { texts: [("levels".into(), "x".into())].into(), ..RiskEdit::default() };
    assert_eq!(refused(desk.edit_risk(&analyst, &id, nonsense).await), Code::BadField);
    let large = RiskEdit { texts: [("description".into(), "字".repeat(30_000))].into(), ..RiskEdit::default() };
    assert_eq!(refused(desk.edit_risk(&analyst, &id, large).await), Code::TooLarge);
}

#[tokio::test]
async fn officers_are_made_from_profiles_endorsed_and_carried() {
    let county = County::found().await;
    let desk = &county.desk;
    let form = |role: &str, unit: &str| OfficerForm {
        unit: unit.into(),
        role: role.into(),
        name: "赵六".into(),
        holder: None,
        passphrase: passphrase(),
        valid_days: None,
        carry: true,
    };
    let added = desk.add_officer(&county.administrator, form("secretary", "999901.105"), EN).await.unwrap();
    assert!(added.officer.awaits_endorsement && !added.officer.key_here && !added.officer.home_only);
    let id = added.officer.short.clone();
    let imported = desk.import_officer(&ImportForm { sealed_key: added.sealed_key.unwrap() }, EN).await.unwrap();
    assert!(imported.key_here);
    let secretary = desk.unlock("赵六", &passphrase()).await.unwrap().1;
    let code = |result: Result<WrittenShape, DeskError>| result.unwrap_err().code;
    assert_eq!(code(desk.propose(&secretary, propose(2)).await), Code::CertificateIncomplete);
    assert_eq!(code(desk.endorse(&county.administrator, &id).await), Code::MayNotEndorse);
    desk.endorse(&county.secretary, &id).await.unwrap();
    assert_eq!(code(desk.endorse(&county.secretary, &id).await), Code::EndorsedAlready);
    assert!(desk.officer(&id, EN).await.unwrap().complete);
    // A township's administrator makes officers there, and nowhere else.
    let town = county.officer("administrator", "999901.105", "钱管理", None).await;
    let made = desk.add_officer(&town, form("reporter", VILLAGE), EN).await.unwrap().officer;
    assert!(made.complete && made.home_only);
    let refused = desk.add_officer(&town, form("reporter", "999901"), EN).await.unwrap_err();
    assert_eq!(refused.code, Code::AuthorElsewhere);
    let refused = desk.add_officer(&county.secretary, form("reporter", VILLAGE), EN).await.unwrap_err();
    assert_eq!(refused.code, Code::CertificateRoles);
    let short = OfficerForm { passphrase: Passphrase::new("kurz".into()), ..form("reporter", VILLAGE) };
    assert_eq!(desk.add_officer(&town, short, EN).await.unwrap_err().code, Code::WeakPassphrase);
    assert_eq!(desk.add_officer(&town, form("node", VILLAGE), EN).await.unwrap_err().code, Code::BadRole);
    assert_eq!(desk.unlock("nobody at all", &passphrase()).await.unwrap_err().code, Code::NoSuchKey);
    let wrong = Passphrase::new("wrong horse".into());
    assert_eq!(desk.unlock("赵六", &wrong).await.unwrap_err().code, Code::WrongPassphrase, "two are not here");
    assert_eq!(desk.unlock(&id, &wrong).await.unwrap_err().code, Code::WrongPassphrase);
    // Another key under that certificate signs nothing and opens nothing.
    let certificate = county.administrator.certificate;
    let forged = Officer { certificate, key: Arc::new(crate::founding::new_key()) };
    assert_eq!(code(desk.propose(&forged, propose(2)).await), Code::NoAuthority);
    let form = form("reporter", VILLAGE);
    assert_eq!(desk.add_officer(&forged, form, EN).await.unwrap_err().code, Code::NodeStopped);
    desk.keep_key(&forged, &passphrase()).await.unwrap();
    assert_eq!(desk.unlock(&certificate.to_string(), &passphrase()).await.unwrap_err().code, Code::KeyDamaged);
    let all = desk.officers(&OfficersQuery { all: true, ..OfficersQuery::default() }, EN).await.unwrap().officers;
    let listed = desk
        .officers(&OfficersQuery { unit: Some(VILLAGE.into()), ..OfficersQuery::default() }, EN)
        .await
        .unwrap()
        .officers;
    assert_eq!((all.len(), listed.len()), (6, 1), "founders, secretary, administrator, reporter and the node");
}

#[tokio::test]
async fn units_are_named_once_and_a_dry_run_writes_nothing() {
    let county = County::found().await;
    county.name_units().await;
    let desk = &county.desk;
    let before = desk.status().await.unwrap().entries;
    let rows = |name: &str| {
        let line = |line, code: &str, name: &str, level: &str| UnitLine {
            line,
            code: code.into(),
            name: name.into(),
            level: level.into(),
        };
        vec![line(2, "999901105000", name, "town"), line(3, "999901.105.d02", "镇城管办", "department")]
    };
    let form = UnitsForm { rows: rows("清水街道"), dry_run: true };
    let tried = desk.import_units(&county.administrator, &form).await.unwrap();
    assert_eq!((tried.added, tried.renamed, tried.unchanged, tried.entries), (1, 1, 0, 2));
    assert_eq!(desk.status().await.unwrap().entries, before);
    let form = UnitsForm { dry_run: false, ..form };
    desk.import_units(&county.administrator, &form).await.unwrap();
    let again = desk.import_units(&county.administrator, &form).await.unwrap();
    assert_eq!((again.unchanged, again.entries), (2, 0));
    let names: Vec<_> = desk.units().await.unwrap().units.into_iter().map(|unit| unit.name).collect();
    assert_eq!(names, ["示例县", "清水街道", "柳河村", "镇城管办"]);
    let refused = desk.import_units(&county.secretary, &UnitsForm { rows: rows("甲"), dry_run: false }).await;
    assert_eq!(refused.unwrap_err().code, Code::NoAuthority);
    let form = TokenForm { unit: "999901.105".into(), address: None, valid_hours: None };
    assert_eq!(desk.create_token(&county.administrator, &form).await.unwrap_err().code, Code::AddressNeeded);
    let form = TokenForm { address: Some("10.0.0.1:4900".into()), ..form };
    assert!(desk.create_token(&county.administrator, &form).await.unwrap().token.starts_with("FW1-"));
    assert_eq!(desk.create_token(&county.secretary, &form).await.unwrap_err().code, Code::CertificateRoles);
    assert_eq!(desk.sync(&SyncForm::default()).await.unwrap_err().code, Code::NoNetwork);
}

#[tokio::test]
async fn a_store_is_verified_from_the_genesis_and_what_is_wrong_is_found() {
    let county = County::found().await;
    let desk = &county.desk;
    let analyst = county.officer("analyst", "999901", "王工作员", None).await;
    let id = county.risk(&analyst, "甲", &[]).await;
    let seen = desk.risk(&id, EN).await.unwrap();
    desk.edit_risk(&analyst, &id, text(&seen, "乙")).await.unwrap();
    let verified = desk.verify(VerifyForm::default(), EN, |_, _| {}).await.unwrap();
    assert!(verified.sound, "{verified:?}");
    let status = desk.status().await.unwrap();
    assert_eq!((verified.entries, &verified.digest), (status.entries, &status.digest));
    assert_eq!((verified.entries, verified.documents, verified.void), (6, 4, 0));
    let rebuilt = desk.rebuild().await.unwrap();
    assert_eq!((rebuilt.entries, &rebuilt.digest), (status.entries, &status.digest));
    assert_eq!(prose(&desk.risk(&id, EN).await.unwrap(), "description"), "乙");

    let (dir, me) = (county.dir.path(), desk.node().me().clone());
    let genesis = desk.node().genesis().clone();
    let asked = Asked { dir, genesis: &genesis, me: &me, indexed: None, known: None };
    let other = draw_up("示例县", "999901".parse().unwrap()).unwrap().0.genesis.genesis;
    let found = audit(&Asked { genesis: &other, ..asked }, &mut |_, _| {}).unwrap();
    assert_eq!((found.entries, found.fault_count), (0, 6), "nothing of it is of another tree");
    assert_eq!(found.faults[0].code, Code::FaultAuthor);
    let lie = Indexed { entries: 7, digest: found.digest };
    let found = audit(&Asked { indexed: Some(&lie), ..asked }, &mut |_, _| {}).unwrap();
    let codes: Vec<_> = found.faults.iter().map(|fault| fault.code).collect();
    assert_eq!(codes, [Code::FaultJournal, Code::FaultIndex]);

    // What was checked need not be checked again, as long as it is the same.
    let known = verified.known.unwrap();
    let found = audit(&Asked { known: Some(&known), ..asked }, &mut |_, _| {}).unwrap();
    assert_eq!((found.known_entries, found.entries, found.known.as_ref()), (6, 6, Some(&known)));
    county.risk(&analyst, "丙", &[]).await;
    let found = audit(&Asked { known: Some(&known), ..asked }, &mut |_, _| {}).unwrap();
    assert_eq!((found.known_entries, found.entries, found.fault_count), (6, 7, 0));
    let of_another = Known { genesis: other.hash().0.to_string(), ..known.clone() };
    let found = audit(&Asked { known: Some(&of_another), ..asked }, &mut |_, _| {}).unwrap();
    assert_eq!((found.known_entries, found.entries), (0, 7));

    desk.node().stop().await;
    let segment = std::fs::read_dir(dir.join("journal")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    let found = audit(&Asked { known: Some(&known), ..asked }, &mut |_, _| {}).unwrap();
    assert!(found.known_entries == 0 && found.fault_count > 0, "what changed is not known: {found:?}");
    let truth = Indexed { entries: 6, digest: verified.digest.parse().unwrap() };
    let found = audit(&Asked { indexed: Some(&truth), ..asked }, &mut |_, _| {}).unwrap();
    assert!(found.entries < 6 && found.faults.iter().any(|fault| fault.code == Code::FaultJournal), "{found:?}");
}

#[tokio::test]
async fn lists_follow_what_is_written_and_page() {
    let county = County::found().await;
    county.name_units().await;
    let desk = &county.desk;
    let villager = county.officer("reporter", VILLAGE, "张三", None).await;
    for number in 0..5 {
        let form = ReportForm {
            unit: Some(VILLAGE.into()),
            title: format!("第{number}件"),
            category: 13,
            account: "无".into(),
            ..ReportForm::default()
        };
        desk.add_report(&villager, form).await.unwrap();
        assert_eq!(desk.reports(&ListQuery::default()).await.unwrap().total, number + 1);
    }
    let page = ListQuery { offset: 3, limit: Some(5), unit: Some("999901105000".into()), ..ListQuery::default() };
    let page = desk.reports(&page).await.unwrap();
    assert_eq!((page.total, page.reports.len()), (5, 2));
    assert_eq!(page.reports[0].unit_name, "柳河村");
    assert!(!page.reports[0].held_above, "there is nobody above");
    let elsewhere = ListQuery { unit: Some("999901.106".into()), ..ListQuery::default() };
    assert_eq!(desk.reports(&elsewhere).await.unwrap().total, 0);
    let outside = ListQuery { unit: Some("370126".into()), ..ListQuery::default() };
    assert_eq!(desk.reports(&outside).await.unwrap_err().code, Code::BadUnit);
    let unknown = desk.report("00000000", EN).await.unwrap_err();
    assert_eq!((unknown.code, desk.report("x", EN).await.unwrap_err().code), (Code::NoSuchDocument, Code::BadId));
    let form = ReportForm { title: "外单位".into(), category: 1, account: "无".into(), ..ReportForm::default() };
    assert_eq!(desk.add_report(&villager, form).await.unwrap_err().code, Code::AuthorElsewhere);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_joined_node_knows_its_parent_and_what_is_held_above() {
    let county = County::found().await;
    county.name_units().await;
    county.desk.node().stop().await;
    let any = "127.0.0.1:0".parse().unwrap();
    let options = crate::node::NodeOptions { store: StoreOptions::demo(), ..crate::node::NodeOptions::new(any) };
    let above = Node::start(county.dir.path(), options.clone(), &mut |_| {}).await.unwrap();
    let above = Desk::with(above, SealCost::FLOOR, SessionLimits::default());
    let form = TokenForm { unit: "999901.105".into(), address: None, valid_hours: None };
    let token = above.create_token(&county.administrator, &form).await.unwrap();
    let form = OfficerForm {
        unit: "999901.105".into(),
        role: "reporter".into(),
        name: "张三".into(),
        holder: None,
        passphrase: passphrase(),
        valid_days: Some(30),
        carry: true,
    };
    let carried = above.add_officer(&county.administrator, form, EN).await.unwrap();

    let dir = tempfile::tempdir().unwrap();
    crate::founding::join(dir.path(), &token.token.parse().unwrap(), StoreOptions::demo()).await.unwrap();
    // Without a network first: what is written is saved here, and no more.
    let alone = Desk::new(Node::open_offline(dir.path(), StoreOptions::demo(), &mut |_| {}).unwrap());
    let sealed_key = carried.sealed_key.unwrap();
    let early = alone.import_officer(&ImportForm { sealed_key: sealed_key.clone() }, EN).await;
    let upstream = crate::config::Config::of(dir.path()).upstream().await.unwrap();
    assert_eq!(upstream[0].key, above.node().key());
    alone.node().stop().await;

    let options = crate::node::NodeOptions { upstream, ..options };
    let below = Desk::new(Node::start(dir.path(), options, &mut |_| {}).await.unwrap());
    let synced = below.sync(&SyncForm { wait_s: 20 }).await.unwrap();
    assert!(synced.settled, "{synced:?}");
    if early.is_err() {
        below.import_officer(&ImportForm { sealed_key }, EN).await.unwrap();
    }
    let reporter = below.unlock("张三", &passphrase()).await.unwrap().1;
    below.node().set_online(false);
    let form = ReportForm { title: "甲".into(), category: 7, account: "乙".into(), ..ReportForm::default() };
    let report = below.add_report(&reporter, form).await.unwrap();
    let held = below.status().await.unwrap().held_above;
    assert!(held.expected && held.waiting == 1, "{held:?}");
    assert!(!below.reports(&ListQuery::default()).await.unwrap().reports[0].held_above);
    assert_eq!(below.sync(&SyncForm::default()).await.unwrap_err().code, Code::NoNetwork);
    below.node().set_online(true);
    let synced = below.sync(&SyncForm { wait_s: 20 }).await.unwrap();
    assert!(synced.settled && synced.held_above.waiting == 0, "{synced:?}");
    assert!(below.reports(&ListQuery::default()).await.unwrap().reports[0].held_above);
    let shown = below.report(&report.short, EN).await.unwrap();
    let (entry, held) = (&shown.document.history[0], &shown.document.history[0].held[0]);
    assert_eq!((held.unit.as_str(), held.unit_name.as_str(), held.witnessed), ("999901", "示例县", false));
    assert!(held.since.is_some() && entry.not_after.is_some() && entry.claimed == "within", "{entry:?}");
    assert_eq!(above.reports(&ListQuery::default()).await.unwrap().reports[0].unit_name, "清水镇");
    assert!(below.verify(VerifyForm::default(), EN, |_, _| {}).await.unwrap().sound);
    assert!(above.verify(VerifyForm::default(), EN, |_, _| {}).await.unwrap().sound);
    below.node().stop().await;
    above.node().stop().await;
}
