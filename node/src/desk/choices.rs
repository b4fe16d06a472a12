//! What can be chosen in a form, by the rules in force where it is filled in: categories, grounds, roles, people.

use fangwei_protocol::{
    trust::charter::{Certified, Role},
    work::{
        calendar::day_of,
        pack::{
            Pack,
            level::{Condition, Debt, Words},
        },
        risk,
    },
};

use super::{Desk, DeskError};
use crate::words::{self, Language};

/// Something that can be chosen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// What it belongs to, of choices in groups.
    pub group: String,
}

/// Everything that can be chosen.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Choices {
    /// Categories of information.
    pub categories: Vec<Choice>,
    /// Sources of information.
    pub sources: Vec<Choice>,
    /// Levels, the most severe first.
    pub levels: Vec<Choice>,
    /// Grounds, by level.
    pub grounds: Vec<Choice>,
    /// Ways, by level.
    pub ways: Vec<Choice>,
    /// How a visit can be made, of all levels.
    pub means: Vec<Choice>,
    /// Who can be told.
    pub bodies: Vec<Choice>,
    /// When a warning can be carried up.
    pub conditions: Vec<Choice>,
    /// What a subject can owe.
    pub debts: Vec<Choice>,
    /// Kinds of risk.
    pub kinds: Vec<Choice>,
    /// As what somebody is present or interviews.
    pub roles: Vec<Choice>,
    /// Units, by path.
    pub units: Vec<Choice>,
    /// Officers, by certificate.
    pub officers: Vec<Choice>,
}

/// Roles in which people sit in meetings and interviews.
const PRESENT_AS: &[Role] =
    &[Role::SECRETARY, Role::DISCIPLINE_LEAD, Role::PARTY_COMMITTEE, Role::ANALYST, Role::POST_HOLDER, Role::REPORTER];

/// How many units a form offers: three times those of the largest county.
const OFFERED_MAX: usize = 2_000;

/// How many officers a form offers, so that a page stays small.
const OFFICERS_MAX: usize = 200;

impl Desk {
    /// What can be chosen at this node today; with the rules of a case, by its `rules` as it is shown.
    ///
    /// # Errors
    ///
    /// [`super::Code::NodeStopped`], [`super::Code::StoreFailed`], [`super::Code::ListsFailed`].
    pub async fn choices(&self, rules: Option<String>, language: Language) -> Result<Choices, DeskError> {
        let names = self.fresh_view().await?.names();
        let read = self.node().core().read(move |sight| {
            let book = sight.replica.rulebook(sight.store)?;
            let today = day_of(u64::try_from(sight.now.0).unwrap_or(0));
            let (_, in_force) = book.in_force(&sight.replica.me().unit, today)?;
            let named = rules.as_deref().and_then(|text| {
                let (id, version) = text.rsplit_once(' ')?;
                let version: u32 = version.parse().ok()?;
                book.packs().find(|pack| pack.id == id && pack.version == version)
            });
            let mut choices = of_pack(named.unwrap_or(in_force), language);
            choices.units = names
                .units()
                .take(OFFERED_MAX)
                .map(|(unit, name)| Choice {
                    value: unit.to_string(),
                    label: format!("{name} {unit}"),
                    group: String::new(),
                })
                .collect();
            let charter = sight.replica.charter();
            let is_person = |roles: &[Role]| !roles.contains(&Role::NODE);
            let officers = charter.all().filter(|(id, one)| {
                is_person(&one.certificate.roles) && charter.complete(id).is_some() && charter.dead(id).is_none()
            });
            choices.officers = officers
                .map(|(id, Certified { certificate, .. })| {
                    let roles = certificate.roles.iter().map(|role| words::role(language, *role));
                    let roles = roles.collect::<Vec<_>>().join(" ");
                    let name = names.holder(&certificate.holder);
                    let unit = names.unit(&certificate.unit);
                    let group = certificate.unit.to_string();
                    Choice { value: id.to_string(), label: format!("{name} {unit} {roles}"), group }
                })
                .collect();
            // Those nearest first: of this unit, then those above and below.
            let own = sight.replica.me().unit.to_string();
            choices
                .officers
                .sort_by(|one, other| (one.group != own, &one.label).cmp(&(other.group != own, &other.label)));
            choices.officers.truncate(OFFICERS_MAX);
            choices.officers.iter_mut().for_each(|one| one.group.clear());
            Ok::<_, DeskError>(choices)
        });
        read.await?
    }
}

fn of_pack(pack: &Pack, language: Language) -> Choices {
    let said = |words: &Words| match language {
        Language::Chinese => words.zh.clone(),
        Language::English => words.en.clone(),
    };
    let choice = |value: String, label: String, group: &str| Choice { value, label, group: group.into() };
    let mut choices = Choices {
        categories: pack
            .categories
            .iter()
            .map(|one| choice(one.number.to_string(), format!("{} {}", one.number, said(&one.words)), ""))
            .collect(),
        sources: pack.sources.iter().map(|one| choice(one.id.clone(), said(&one.words), "")).collect(),
        bodies: pack.bodies.iter().map(|one| choice(one.id.clone(), said(&one.words), "")).collect(),
        conditions: Condition::ALL
            .iter()
            .filter(|(condition, _)| {
                pack.levels.iter().any(|level| level.escalations.iter().any(|one| one.when == *condition))
            })
            .map(|(_, name)| choice((*name).into(), words::condition(language, name), ""))
            .collect(),
        debts: Debt::ALL
            .iter()
            .map(|debt| choice(debt.name().into(), words::debt(language, debt.name()), ""))
            .collect(),
        kinds: risk::KINDS.iter().map(|kind| choice((*kind).into(), words::kind(language, kind), "")).collect(),
        roles: PRESENT_AS
            .iter()
            .filter_map(|role| Some(choice(role.name()?.into(), words::role(language, *role), "")))
            .collect(),
        ..Choices::default()
    };
    for rule in &pack.levels {
        let name = said(&rule.name);
        let which = words::level(language, rule.level.0);
        choices.levels.push(choice(rule.level.0.to_string(), format!("{which} {name}"), ""));
        let grounds = rule.grounds.iter();
        choices
            .grounds
            .extend(grounds.map(|one| choice(one.id.clone(), format!("{} {}", one.id, said(&one.words)), &name)));
        choices.ways.extend(rule.ways.iter().map(|one| choice(one.id.clone(), said(&one.name), &name)));
        for means in &rule.visit_means {
            let one = choice(means.id.clone(), said(&means.words), "");
            if !choices.means.contains(&one) {
                choices.means.push(one);
            }
        }
    }
    choices
}
