//! What the demo's people do: a risk, reports, a warning case, while links are cut and after.

use std::{collections::BTreeMap, sync::Mutex};

use fangwei_node::{
    api::shape::{CaseForm, ProposeForm},
    desk::{Desk, DeskError, Officer},
    run::{Core, Sight, WriteFailure},
};
use fangwei_protocol::{
    record::{
        body::{Content, Step, Value},
        document::FieldValue,
        entry::{DocKey, Kind, Reach, Scope, Shelf},
    },
    records::RecordsFailure,
    trust::charter::Role,
    work::unit::UnitPath,
};
use thiserror::Error;

use super::{
    Teller,
    county::{County, CountyFailure, write},
};

/// Reports each village files while cut off.
const REPORTS_PER_VILLAGE: usize = 2;

/// Why the story stopped.
#[derive(Debug, Error)]
pub enum StoryFailure {
    /// The county.
    #[error(transparent)]
    County(#[from] CountyFailure),
    /// Something was not written.
    #[error(transparent)]
    Write(#[from] WriteFailure),
    /// Something was not done.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// A store could not be read.
    #[error(transparent)]
    Records(#[from] RecordsFailure),
    /// A county too small for the story: a township and two villages below it are needed.
    #[error("the story needs a township with two villages")]
    TooSmall,
    /// Something that should have been refused was not.
    #[error("the proposer could approve the own proposal")]
    NotRefused,
    /// Nodes that should show the same do not.
    #[error("{unit} shows another text")]
    Differs {
        /// Where.
        unit: UnitPath,
    },
    /// Something that should be there is not.
    #[error("{0} is not there")]
    Missing(&'static str),
}

/// The people, and what they have done so far.
pub struct Story<'c> {
    county: &'c County,
    town: UnitPath,
    /// Where the risk is.
    village: UnitPath,
    /// Who is warned.
    warned: UnitPath,
    analyst: Officer,
    lead: Officer,
    reporters: BTreeMap<UnitPath, Officer>,
    risk: DocKey,
    case: Mutex<Option<String>>,
}

fn scope(home: &UnitPath, shelf: Shelf) -> Scope {
    Scope { home: home.clone(), reach: Reach::UP, shelf }
}

fn set(field: &str, value: Value) -> Step {
    Step::Set { field: field.into(), value: Some(value) }
}

fn splice(field: &str, at: u32, insert: &str) -> Step {
    Step::Splice { field: field.into(), at, delete: 0, insert: insert.into() }
}

/// The text the risk begins with, and what the village and the township add at its two ends.
const TEXT: &str = "集体资金支出由一人经手";
const VILLAGE_ADDS: &str = "，票据不全";
const TOWN_ADDS: &str = "近三年";

impl<'c> Story<'c> {
    /// Finds the places and certifies the people: in the story's township an analyst and a discipline lead, in every
    /// village a reporter.
    ///
    /// # Errors
    ///
    /// [`StoryFailure::TooSmall`], [`StoryFailure::County`].
    pub async fn cast(county: &'c County) -> Result<Story<'c>, StoryFailure> {
        let deepest = county.rows.iter().map(|row| row.unit.depth()).max().unwrap_or(0);
        let villages: Vec<UnitPath> =
            county.rows.iter().filter(|row| row.unit.depth() == deepest).map(|row| row.unit.clone()).collect();
        let below =
            |town: &UnitPath| villages.iter().filter(|village| town.is_above(village)).cloned().collect::<Vec<_>>();
        let towns = county.rows.iter().filter(|row| row.unit.depth() + 1 == deepest && row.unit.depth() > 1);
        let place = towns.map(|row| (row.unit.clone(), below(&row.unit))).find(|(_, below)| below.len() >= 2);
        let (town, below) = place.ok_or(StoryFailure::TooSmall)?;
        let [village, warned, ..] = below.as_slice() else { return Err(StoryFailure::TooSmall) };
        let analyst = county.add_officer(&town, Role::ANALYST, "李建国").await?;
        let lead = county.add_officer(&town, Role::DISCIPLINE_LEAD, "王秀兰").await?;
        let mut reporters = BTreeMap::new();
        for (number, unit) in villages.iter().enumerate() {
            let officer = county.add_officer(unit, Role::REPORTER, &format!("信息员{}", number + 1)).await?;
            reporters.insert(unit.clone(), officer);
        }
        let risk = fangwei_node::founding::new_document(scope(village, Shelf::LIBRARY), Kind::RISK);
        let (village, warned) = (village.clone(), warned.clone());
        Ok(Story { county, town, village, warned, analyst, lead, reporters, risk, case: Mutex::new(None) })
    }

    /// The story's people of a unit, with their names.
    #[must_use]
    pub fn people_at(&self, unit: &UnitPath) -> Vec<(String, Officer)> {
        let mut people = Vec::new();
        if *unit == self.town {
            people.push(("李建国".to_owned(), self.analyst.clone()));
            people.push(("王秀兰".to_owned(), self.lead.clone()));
        }
        for (number, (village, reporter)) in self.reporters.iter().enumerate() {
            if village == unit {
                people.push((format!("信息员{}", number + 1), reporter.clone()));
            }
        }
        people
    }

    /// While the links stand: a village enters a risk.
    ///
    /// # Errors
    ///
    /// [`StoryFailure`].
    pub async fn before(&self, teller: &Teller<'_>) -> Result<(), StoryFailure> {
        let steps = vec![
            set("post", Value::Text("村报账员".into())),
            set("kind", Value::Text("duty".into())),
            set("level", Value::Int(2)),
            splice("description", 0, TEXT),
            Step::Add { field: "measures".into(), at: 0, item: Value::Text("两人以上共同经手".into()) },
        ];
        write(self.core(&self.village)?, self.reporter(&self.village)?, self.risk.clone(), Content::Edit(steps))
            .await?;
        teller.say("demo-risk", &[("village", self.name(&self.village)), ("text", TEXT.into())]);
        Ok(())
    }

    /// While the links are cut: reports everywhere, two edits of one text, a proposal, a refusal, a decision, a paper.
    ///
    /// # Errors
    ///
    /// [`StoryFailure`].
    pub async fn offline(&self, teller: &Teller<'_>) -> Result<(), StoryFailure> {
        for (unit, reporter) in &self.reporters {
            for number in 1..=REPORTS_PER_VILLAGE {
                let document = fangwei_node::founding::new_document(scope(unit, Shelf::CASE), Kind::REPORT);
                let steps = vec![
                    set("title", Value::Text(format!("{}第{number}条信息", self.name(unit)))),
                    set("category", Value::Int(9)),
                    set("source", Value::Text("群众反映".into())),
                    splice("account", 0, "征地补偿款到账两个月仍未公示。"),
                ];
                write(self.core(unit)?, reporter, document, Content::Edit(steps)).await?;
            }
        }
        let villages = self.reporters.len();
        let counts = [("villages", villages.to_string()), ("reports", (villages * REPORTS_PER_VILLAGE).to_string())];
        teller.say("demo-reports", &counts);
        let end = u32::try_from(TEXT.chars().count()).unwrap_or(u32::MAX);
        let later = Content::Edit(vec![splice("description", end, VILLAGE_ADDS)]);
        write(self.core(&self.village)?, self.reporter(&self.village)?, self.risk.clone(), later).await?;
        let earlier = Content::Edit(vec![
            splice("description", 0, TOWN_ADDS),
            Step::Add { field: "measures".into(), at: 0, item: Value::Text("每月公示".into()) },
        ]);
        write(self.core(&self.town)?, &self.analyst, self.risk.clone(), earlier).await?;
        let places = [("village", self.name(&self.village)), ("town", self.name(&self.town))];
        teller.say("demo-edits", &places);
        self.warn(teller).await
    }

    async fn warn(&self, teller: &Teller<'_>) -> Result<(), StoryFailure> {
        let desk = self.desk(&self.town)?;
        let form = ProposeForm {
            subject: self.warned.to_string(),
            level: 3,
            ground: "3.4".into(),
            facts: "补偿款到账两个月未公示，群众多次反映。".into(),
            ..ProposeForm::default()
        };
        let case = desk.propose(&self.analyst, form).await?.document;
        let places = [("town", self.name(&self.town)), ("village", self.name(&self.warned))];
        teller.say("demo-proposed", &places);
        let approve = || CaseForm::Approve { shown: None, meeting: None };
        match desk.act_in_case(&self.analyst, &case, approve()).await {
            Err(refusal) => teller.say("demo-refused", &[("reason", teller.refusal(&refusal))]),
            Ok(_) => return Err(StoryFailure::NotRefused),
        }
        desk.act_in_case(&self.lead, &case, approve()).await?;
        let paper = "请就补偿款公示情况在七个工作日内作出书面说明。".into();
        desk.act_in_case(&self.lead, &case, CaseForm::Issue { paper, terms: Vec::new() }).await?;
        *locked(&self.case) = Some(case);
        teller.say("demo-approved", &[("town", self.name(&self.town))]);
        Ok(())
    }

    /// The warned village answers the paper it received.
    ///
    /// # Errors
    ///
    /// [`StoryFailure`].
    pub async fn answer(&self, teller: &Teller<'_>) -> Result<(), StoryFailure> {
        let text = "补偿款明细已于今日公示，今后到账七日内公示。".into();
        let answer = CaseForm::Answer { what: None, text, measures: Vec::new(), attachments: Vec::new() };
        self.act(&self.warned, self.reporter(&self.warned)?, answer).await?;
        teller.say("demo-answered", &[("village", self.name(&self.warned))]);
        Ok(())
    }

    /// The township lifts the warning.
    ///
    /// # Errors
    ///
    /// [`StoryFailure`].
    pub async fn lift(&self, teller: &Teller<'_>) -> Result<(), StoryFailure> {
        let reason = "说明属实，已整改到位。".into();
        self.act(&self.town, &self.lead, CaseForm::Lift { reason, shown: None }).await?;
        teller.say("demo-lifted", &[("town", self.name(&self.town))]);
        Ok(())
    }

    async fn act(&self, at: &UnitPath, by: &Officer, form: CaseForm) -> Result<(), StoryFailure> {
        let case = locked(&self.case).clone().ok_or(StoryFailure::Missing("the case"))?;
        self.desk(at)?.act_in_case(by, &case, form).await?;
        Ok(())
    }

    /// The village, the township and the county show the same merged text.
    ///
    /// # Errors
    ///
    /// [`StoryFailure::Differs`].
    pub async fn compare(&self, teller: &Teller<'_>) -> Result<(), StoryFailure> {
        let mut keepers = self.village.ancestors();
        keepers.push(self.village.clone());
        let mut texts = Vec::new();
        for unit in &keepers {
            let risk = self.risk.clone();
            let read = self.core(unit)?.read(move |sight| description(&risk, sight)).await;
            texts.push(read.map_err(CountyFailure::from)??.ok_or(StoryFailure::Missing("the risk"))?);
        }
        let wanted = format!("{TOWN_ADDS}{TEXT}{VILLAGE_ADDS}");
        if let Some((unit, _)) = keepers.iter().zip(&texts).find(|(_, text)| **text != wanted) {
            return Err(StoryFailure::Differs { unit: unit.clone() });
        }
        teller.say("demo-merged", &[("nodes", keepers.len().to_string()), ("text", wanted)]);
        Ok(())
    }

    fn desk(&self, unit: &UnitPath) -> Result<Desk, StoryFailure> {
        Ok(Desk::new(self.county.node(unit)?.clone()))
    }

    fn core(&self, unit: &UnitPath) -> Result<&Core, StoryFailure> {
        Ok(self.county.node(unit)?.core())
    }

    fn reporter(&self, unit: &UnitPath) -> Result<&Officer, StoryFailure> {
        self.reporters.get(unit).ok_or(StoryFailure::Missing("a reporter"))
    }

    fn name(&self, unit: &UnitPath) -> String {
        self.county.name_of(unit).to_owned()
    }
}

/// The merged description of a risk, as this node shows it.
fn description(risk: &DocKey, sight: &Sight<'_>) -> Result<Option<String>, RecordsFailure> {
    let history = sight.replica.history(risk, sight.store)?;
    let document = sight.replica.document(&history, sight.store, None)?;
    Ok(document.and_then(|document| match document.read().fields.remove("description") {
        Some(FieldValue::Prose(text)) => Some(text),
        _ => None,
    }))
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
