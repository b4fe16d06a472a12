//! Units: named from rows of division codes, each at the unit right above it, so that those below know them too.

use std::collections::{BTreeMap, BTreeSet};

use fangwei_protocol::{
    limits::UNITS_PER_ACT_MAX,
    record::{
        body::{Act, Content},
        entry::{Kind, Reach, Scope, Shelf},
        feed::HeaderFault,
    },
    replica::Draft,
    trust::charter::UnitRow,
    work::unit::UnitPath,
};

use super::{Code, Desk, DeskError, Officer, RowError, Values, shortened};
use crate::{
    api::shape::{UnitLine, UnitShown, Units, UnitsForm, UnitsImported},
    founding::new_document,
    view::Names,
};

impl Desk {
    /// Names units, or only says what would be named. Everything or nothing: one wrong row refuses all.
    ///
    /// # Errors
    ///
    /// [`Code::RowsWrong`] with each row's fault, what the rules refuse, [`Code::NodeStopped`].
    pub async fn import_units(&self, officer: &Officer, form: &UnitsForm) -> Result<UnitsImported, DeskError> {
        let names = self.fresh_view().await?.names();
        let root = self.node().genesis().root.clone();
        let rows = check(&form.rows, &root, &names)?;
        let mut imported = UnitsImported { dry_run: form.dry_run, added: 0, renamed: 0, unchanged: 0, entries: 0 };
        let mut by_home: BTreeMap<UnitPath, Vec<UnitRow>> = BTreeMap::new();
        for row in rows {
            match names.unit(&row.unit) {
                "" => imported.added += 1,
                name if name != row.name => imported.renamed += 1,
                _ => {
                    imported.unchanged += 1;
                    continue;
                }
            }
            let home = row.unit.parent().unwrap_or_else(|| row.unit.clone());
            by_home.entry(home).or_default().push(row);
        }
        let author = officer.certificate;
        let standing = self.node().core().read(move |sight| {
            sight.replica.charter().complete(&author).map(|certified| certified.certificate.unit.clone())
        });
        let unit = standing.await?.ok_or(HeaderFault::Certificate { author })?;
        if let Some(home) = by_home.keys().find(|home| !unit.contains(home)) {
            return Err(HeaderFault::AuthorUnit { unit: unit.to_string(), home: home.to_string() }.into());
        }
        for (home, rows) in by_home {
            for some in rows.chunks(UNITS_PER_ACT_MAX) {
                imported.entries += 1;
                if form.dry_run {
                    continue;
                }
                let scope = Scope { home: home.clone(), reach: Reach::DOWN, shelf: Shelf::CHARTER };
                let document = new_document(scope, Kind::UNITS);
                let content = Content::Act(Act::NameUnits(some.to_vec()));
                let draft = Draft { author, document, after: None, content };
                self.write(officer, move |_| Ok(draft)).await?;
            }
        }
        Ok(imported)
    }

    /// The units that have names here.
    ///
    /// # Errors
    ///
    /// [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn units(&self) -> Result<Units, DeskError> {
        let names = self.fresh_view().await?.names();
        let units = names.units().map(|(unit, name)| UnitShown {
            unit: unit.to_string(),
            code: unit.to_code(),
            name: name.into(),
            level: level(unit).into(),
        });
        Ok(Units { units: units.collect() })
    }

    /// Units of which something is held here that somebody of theirs wrote, by path: of any other nothing is known.
    ///
    /// # Errors
    ///
    /// [`Code::NodeStopped`].
    pub async fn heard(&self) -> Result<BTreeSet<UnitPath>, DeskError> {
        let read = self.node().core().read(|sight| {
            let frontier = sight.replica.frontier();
            let authors = frontier
                .scopes()
                .flat_map(|scope| frontier.feeds(&scope).map(|(author, _)| *author).collect::<Vec<_>>());
            let unit = |author| Some(sight.replica.charter().certificate(&author)?.certificate.unit.clone());
            authors.filter_map(unit).collect()
        });
        Ok(read.await?)
    }
}

/// The level of a unit, by the digits of its code.
fn level(unit: &UnitPath) -> &'static str {
    if unit.is_department() {
        return "department";
    }
    match unit.as_str().bytes().filter(u8::is_ascii_digit).count() {
        2 => "province",
        4 => "prefecture",
        6 => "county",
        9 => "town",
        _ => "village",
    }
}

/// The rows as units, or what is wrong with each.
fn check(lines: &[UnitLine], root: &UnitPath, names: &Names) -> Result<Vec<UnitRow>, DeskError> {
    let mut wrong: Vec<RowError> = Vec::new();
    let mut refuse = |line: &UnitLine, code, values: Values| wrong.push(RowError { line: line.line, code, values });
    let mut rows = Vec::new();
    let mut first: BTreeMap<UnitPath, u64> = BTreeMap::new();
    for line in lines {
        let code = line.code.trim();
        let unit = UnitPath::from_code(code, root).ok().or_else(|| code.parse().ok());
        let Some(unit) = unit.filter(|unit| root.contains(unit)) else {
            refuse(line, Code::RowCode, Values::from([("value", shortened(code))]));
            continue;
        };
        if level(&unit) != line.level.trim() {
            let values = [("found", shortened(line.level.trim())), ("expected", level(&unit).into())];
            refuse(line, Code::RowLevel, values.into());
        }
        let row = UnitRow { unit: unit.clone(), name: line.name.trim().into() };
        if !row.is_sound() {
            refuse(line, Code::RowName, Values::new());
        }
        if let Some(earlier) = first.get(&unit) {
            refuse(line, Code::RowTwice, Values::from([("first", earlier.to_string())]));
            continue;
        }
        first.insert(unit, line.line);
        rows.push((line, row));
    }
    let known: BTreeSet<&UnitPath> = first.keys().chain(names.units().map(|(unit, _)| unit)).chain([root]).collect();
    for (line, row) in &rows {
        if let Some(parent) = row.unit.parent().filter(|_| row.unit != *root)
            && !known.contains(&parent)
        {
            refuse(line, Code::RowParent, Values::from([("parent", parent.to_string())]));
        }
    }
    if wrong.is_empty() {
        return Ok(rows.into_iter().map(|(_, row)| row).collect());
    }
    wrong.sort_by_key(|row| row.line);
    Err(DeskError { rows: wrong.clone(), ..DeskError::new(Code::RowsWrong).with("count", wrong.len()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(line: u64, code: &str, name: &str, level: &str) -> UnitLine {
        UnitLine { line, code: code.into(), name: name.into(), level: level.into() }
    }

    #[test]
    fn each_wrong_row_is_named_by_its_line_and_nothing_is_taken() {
        let root: UnitPath = "999901".parse().unwrap();
        let good = [
            line(2, "999901000000", "示例县", "county"),
            line(3, "999901105000", "清水镇", "town"),
            line(4, "999901105201", "柳河村", "village"),
            line(5, "999901.d07", "县财政局", "department"),
        ];
        assert_eq!(check(&good, &root, &Names::default()).unwrap().len(), 4);
        let bad = [
            line(2, "99990110500", "少一位", "town"),
            line(3, "999902000000", "外县", "county"),
            line(4, "999901105000", "清水镇", "village"),
            line(5, "999901105201", " ", "village"),
            line(6, "999901105201", "柳河村", "village"),
            line(7, "999901106201", "无镇村", "village"),
        ];
        let error = check(&bad, &root, &Names::default()).unwrap_err();
        let found: Vec<_> = error.rows.iter().map(|row| (row.line, row.code)).collect();
        let expected = [
            (2, Code::RowCode),
            (3, Code::RowCode),
            (4, Code::RowLevel),
            (5, Code::RowName),
            (6, Code::RowTwice),
            (7, Code::RowParent),
        ];
        assert_eq!(found, expected);
        assert_eq!(error.values.get("count").map(String::as_str), Some("6"));
    }
}
