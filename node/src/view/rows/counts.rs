//! How many lines there are, from counts that are kept beside them.

use fangwei_protocol::work::calendar::Day;
use serde::{Deserialize, Serialize};
use sqlx::Row as _;

use super::{List, Reader, RowsFailure};

/// A quarter of the calendar year in China, as one number that sorts: 20264 is the fourth of 2026.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quarter(pub i64);

/// Lines of one sort under a unit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Count {
    /// Of which list.
    pub list: List,
    /// The unit; those below it are counted with it.
    pub unit: String,
    /// Their stage; empty where there is none.
    pub stage: String,
    /// Their level.
    pub level: Option<i64>,
    /// Their category.
    pub category: Option<i64>,
    /// When they began.
    pub quarter: Option<Quarter>,
    /// How many.
    pub lines: u64,
}

impl Quarter {
    /// The quarter of a day.
    #[must_use]
    pub fn of(day: Day) -> Quarter {
        let month = i64::from(day.date().month());
        Quarter(i64::from(day.year()) * 10 + (month + 2) / 3)
    }

    /// Its year and its number in it, from 1 to 4.
    #[must_use]
    pub fn parts(self) -> (u16, u8) {
        (u16::try_from(self.0 / 10).unwrap_or(0), u8::try_from(self.0 % 10).unwrap_or(0))
    }

    /// The one before.
    #[must_use]
    pub fn before(self) -> Quarter {
        if self.0 % 10 == 1 { Quarter((self.0 / 10 - 1) * 10 + 4) } else { Quarter(self.0 - 1) }
    }
}

impl Reader {
    /// Reports and cases under a unit, and under each unit directly below it.
    ///
    /// # Errors
    ///
    /// [`RowsFailure`].
    pub async fn counts(&self, unit: &str) -> Result<Vec<Count>, RowsFailure> {
        let mut counts = Vec::new();
        for list in [List::Reports, List::Cases] {
            // '/' is the sign behind '.': everything between the two begins with the unit and a dot.
            let found = sqlx::query(
                "SELECT unit, stage, level, category, quarter, lines FROM tally WHERE list = ?1 AND unit = ?2 \
                 UNION ALL SELECT unit, stage, level, category, quarter, lines FROM tally WHERE list = ?1 \
                 AND unit > ?2 || '.' AND unit < ?2 || '/' AND instr(substr(unit, length(?2) + 2), '.') = 0",
            );
            for row in found.bind(list.name()).bind(unit.to_owned()).fetch_all(&self.0).await? {
                let some =
                    |name: &str| row.try_get::<i64, _>(name).map(|value| Some(value).filter(|value| *value >= 0));
                let lines = row.try_get::<i64, _>("lines")?.unsigned_abs();
                if lines > 0 {
                    counts.push(Count {
                        list,
                        unit: row.try_get("unit")?,
                        stage: row.try_get("stage")?,
                        level: some("level")?,
                        category: some("category")?,
                        quarter: some("quarter")?.map(Quarter),
                        lines,
                    });
                }
            }
        }
        Ok(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_follow_one_another() {
        let day = |text: &str| Quarter::of(text.parse().unwrap());
        assert_eq!(day("2026-01-01"), Quarter(20261));
        assert_eq!(day("2026-03-31"), Quarter(20261));
        assert_eq!(day("2026-04-01"), Quarter(20262));
        assert_eq!(day("2026-12-31"), Quarter(20264));
        assert_eq!(day("2026-01-01").before(), day("2025-12-31"));
        assert_eq!(Quarter(20264).before(), Quarter(20263));
        assert_eq!(Quarter(20264).parts(), (2026, 4));
    }
}
