//! How many reports and cases there are, by unit, level, category, stage and quarter.

use std::collections::BTreeMap;

use fangwei_protocol::work::{calendar::day_of, case::table::Stage, unit::UnitPath};

use super::{Desk, DeskError, Officer, time::moment};
use crate::{
    api::shape::{Counted, QuarterCounted, Statistics, StatisticsQuery, UnitCounted},
    view::{Count, List, Quarter, stages},
    words::{self, Language},
};

/// Quarters shown: two years.
const QUARTERS: usize = 8;

impl Desk {
    /// What is kept here of a unit and all below it, counted.
    ///
    /// # Errors
    ///
    /// [`super::Code::BadUnit`], [`super::Code::NodeStopped`], [`super::Code::ListsFailed`], [`super::Code::NoAuthority`].
    pub async fn statistics(
        &self,
        officer: &Officer,
        query: &StatisticsQuery,
        language: Language,
    ) -> Result<Statistics, DeskError> {
        let unit = match &query.unit {
            Some(unit) => self.unit(Some(unit))?,
            None => self.node().me().unit.clone(),
        };
        let path = unit.to_string();
        let (mut counts, names) = {
            let view = self.fresh_view().await?;
            (view.reader()?.counts(&path).await?, view.names())
        };
        counts.extend(self.open_to(officer, &unit).await?);
        let sum = |unit: &str, list: List| of_unit(&counts, unit, list).map(|one| one.lines).sum::<u64>();
        let choices = self.choices(None, language).await?;
        let by_level = |unit: &str, level: i64| {
            of_unit(&counts, unit, List::Cases).filter(|one| one.level == Some(level)).map(|one| one.lines).sum::<u64>()
        };
        let levels = choices.levels.iter().map(|level| Counted {
            count: level.value.parse().map_or(0, |level| by_level(&path, level)),
            value: level.value.clone(),
            name: level.label.clone(),
        });
        let categories = choices.categories.iter().map(|category| Counted {
            count: category.value.parse::<i64>().map_or(0, |number| {
                let some = of_unit(&counts, &path, List::Reports).filter(|one| one.category == Some(number));
                some.map(|one| one.lines).sum()
            }),
            value: category.value.clone(),
            name: category.label.clone(),
        });
        let stages = stages().filter(|stage| *stage != Stage::Blank.name()).map(|stage| {
            let some = of_unit(&counts, &path, List::Cases).filter(|one| one.stage == stage);
            Counted { count: some.map(|one| one.lines).sum(), value: stage.into(), name: words::stage(language, stage) }
        });
        let heard = self.heard().await?;
        let is_heard = heard.iter().any(|who| unit.contains(who));
        let below = self.units().await?.units.into_iter().filter_map(|one| {
            let child: UnitPath = one.unit.parse().ok()?;
            (child.parent().as_ref() == Some(&unit)).then_some((child, one))
        });
        let units = below.map(|(child, one)| UnitCounted {
            reports: sum(&one.unit, List::Reports),
            cases: sum(&one.unit, List::Cases),
            levels: choices
                .levels
                .iter()
                .map(|level| level.value.parse().map_or(0, |level| by_level(&one.unit, level)))
                .collect(),
            heard: heard.iter().any(|who| child.contains(who)),
            name: if one.name.is_empty() { one.unit.clone() } else { one.name },
            unit: one.unit,
        });
        let now_s = self.node().core().read(|sight| sight.now.0).await?;
        let own = |list: List| of_unit(&counts, &path, list).collect::<Vec<_>>();
        Ok(Statistics {
            unit_name: names.unit(&unit).into(),
            heard: is_heard,
            as_of: moment(now_s),
            reports: sum(&path, List::Reports),
            cases: sum(&path, List::Cases),
            levels: levels.collect(),
            stages: stages.collect(),
            categories: categories.collect(),
            quarters: quarters(now_s, &own(List::Reports), &own(List::Cases)),
            units: units.collect(),
            unit: path,
        })
    }

    /// Reports not everybody may see and whoever asks may, as if they were counted with the others.
    async fn open_to(&self, officer: &Officer, unit: &UnitPath) -> Result<Vec<Count>, DeskError> {
        let lines = self.reports_open_to(officer).await?;
        let mut counts = Vec::new();
        for line in lines {
            let Some(gist) = line.documents.into_iter().next().and_then(|summary| summary.gist) else { continue };
            let about = gist.unit.parse::<UnitPath>().ok().filter(|about| unit.contains(about));
            let Some(about) = about else { continue };
            let whole = Count {
                list: List::Reports,
                unit: unit.to_string(),
                stage: gist.stage.unwrap_or_default(),
                level: gist.level,
                category: gist.category,
                quarter: gist.quarter,
                lines: 1,
            };
            if let Some(child) = unit.child_towards(&about) {
                counts.push(Count { unit: child.to_string(), ..whole.clone() });
            }
            counts.push(whole);
        }
        Ok(counts)
    }
}

fn of_unit<'c>(counts: &'c [Count], unit: &'c str, list: List) -> impl Iterator<Item = &'c Count> {
    counts.iter().filter(move |one| one.unit == unit && one.list == list)
}

/// The last quarters up to now, with what began in each.
fn quarters(now_s: i64, reports: &[&Count], cases: &[&Count]) -> Vec<QuarterCounted> {
    let by_quarter = |counts: &[&Count]| {
        let mut all: BTreeMap<Quarter, u64> = BTreeMap::new();
        for one in counts {
            if let Some(quarter) = one.quarter {
                *all.entry(quarter).or_default() += one.lines;
            }
        }
        all
    };
    let (reports, cases) = (by_quarter(reports), by_quarter(cases));
    let mut quarter = Quarter::of(day_of(u64::try_from(now_s).unwrap_or(0)));
    let mut shown = Vec::new();
    for _ in 0..QUARTERS {
        let count = |all: &BTreeMap<Quarter, u64>| all.get(&quarter).copied().unwrap_or(0);
        let (year, number) = quarter.parts();
        shown.push(QuarterCounted { year, quarter: number, reports: count(&reports), cases: count(&cases) });
        quarter = quarter.before();
    }
    shown.reverse();
    shown
}
