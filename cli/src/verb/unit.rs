//! `unit import|list`: the tree's units, from the rows the statistical office gives.

use std::path::Path;

use fangwei_node::api::shape::{UnitLine, Units, UnitsForm, UnitsImported, route};

use crate::{
    args::UnitVerb,
    complaint::{Complaint, Exit, Said},
    errand::Errand,
    report::table::Table,
    verb::Done,
};

/// The columns, in any order.
const COLUMNS: [&str; 3] = ["code", "name", "level"];

/// Bad rows that are named at most: who has more wants to mend the file's maker, not each row.
const ROWS_SAID_MAX: usize = 20;

/// `unit …`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand, asked: UnitVerb) -> Done {
    match asked {
        UnitVerb::Import { file, dry_run } => import(errand, &file, dry_run).await,
        UnitVerb::List { under } => list(errand, under).await,
    }
}

async fn import(errand: &mut Errand, file: &Path, dry_run: bool) -> Done {
    let text = errand.input.text(file)?;
    let rows = rows(&text).map_err(|complaint| complaint.at(file))?;
    if rows.is_empty() {
        return Err(Complaint::wrong("csv-empty").at(file));
    }
    // Also when only asking: whether the officer may name these units is part of the answer.
    let asker = errand.ask_as_officer().await?;
    let imported: Result<UnitsImported, _> = asker.post(route::UNITS, &UnitsForm { rows, dry_run }).await;
    let imported = imported.map_err(shortened)?;
    let key = if dry_run { "units-would" } else { "units-imported" };
    errand.voice.data(&imported, |done, words| {
        let counts = [
            ("added", done.added.into()),
            ("renamed", done.renamed.into()),
            ("unchanged", done.unchanged.into()),
            ("entries", done.entries.into()),
        ];
        words.say(key, &counts)
    })?;
    Ok(Exit::Yes)
}

async fn list(errand: &mut Errand, under: Option<String>) -> Done {
    let under = errand.unit_or_none(under).await?;
    let mut listed: Units = errand.ask().await?.get(route::UNITS, &()).await?;
    if let Some(under) = under {
        let below = format!("{under}.");
        listed.units.retain(|unit| unit.unit == under || unit.unit.starts_with(&below));
    }
    let is_empty = listed.units.is_empty();
    errand.voice.data(&listed, |listed, words| {
        let mut table =
            Table::new(["head-unit", "head-code", "head-level", "head-name"].map(|key| words.say(key, &[])));
        for unit in &listed.units {
            let level = words.say(level_key(&unit.level), &[]);
            table.row([unit.unit.clone(), unit.code.clone().unwrap_or_default(), level, unit.name.clone()]);
        }
        table.text()
    })?;
    if is_empty {
        errand.voice.note("units-none", &[]);
        errand.voice.hint("units-none-hint", &[]);
    }
    Ok(Exit::Yes)
}

/// The key of a level's word.
fn level_key(level: &str) -> &'static str {
    match level {
        "province" => "level-province",
        "prefecture" => "level-prefecture",
        "county" => "level-county",
        "town" => "level-town",
        "village" => "level-village",
        _ => "level-department",
    }
}

/// Rows of the file, each with the line it stands on.
///
/// # Errors
///
/// Columns or cells that are missing, by line.
pub fn rows(text: &str) -> Result<Vec<UnitLine>, Complaint> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let unreadable = |fault: csv::Error| {
        let line = fault.position().map_or(0, csv::Position::line);
        Complaint::wrong("csv-unreadable").with("line", line).with("cause", fault)
    };
    let heads = reader.headers().map_err(unreadable)?.clone();
    let column = |name: &str| heads.iter().position(|head| head.eq_ignore_ascii_case(name));
    let [Some(code), Some(name), Some(level)] = COLUMNS.map(column) else {
        let found: Vec<&str> = heads.iter().collect();
        return Err(Complaint::wrong("csv-columns").with("found", found.join(",")).hint("csv-columns-hint"));
    };
    let mut rows = Vec::new();
    let mut bad = Vec::new();
    let mut place = Place { text, byte: 0, line: 1 };
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        let line = place.line_of(record.position().map_or(0, csv::Position::byte));
        let cell = |column: usize| record.get(column).map(str::to_owned);
        match (cell(code), cell(name), cell(level)) {
            (Some(code), Some(name), Some(level)) if record.len() == heads.len() => {
                rows.push(UnitLine { line, code, name, level });
            }
            _ => {
                let values = vec![("found", record.len().into()), ("wanted", heads.len().into())];
                bad.push((line, Said::Key("csv-cells", values)));
            }
        }
    }
    if bad.is_empty() {
        return Ok(rows);
    }
    let mut complaint = Complaint::wrong("csv-bad-rows").with("count", bad.len());
    complaint.rows = bad;
    Err(shortened(complaint))
}

/// Counts lines on the way through a text: the reader's own position is before the empty lines it passes over.
struct Place<'a> {
    text: &'a str,
    byte: usize,
    line: u64,
}

impl Place<'_> {
    /// The line of the first row at or after a byte.
    fn line_of(&mut self, byte: u64) -> u64 {
        let until = usize::try_from(byte).unwrap_or(usize::MAX);
        for c in self.text.get(self.byte..).unwrap_or_default().bytes() {
            if self.byte >= until && c != b'\n' && c != b'\r' {
                break;
            }
            self.byte += 1;
            self.line += u64::from(c == b'\n');
        }
        self.line
    }
}

/// The first bad rows, and how many more there are.
fn shortened(mut complaint: Complaint) -> Complaint {
    let more = complaint.rows.len().saturating_sub(ROWS_SAID_MAX);
    if more > 0 {
        complaint.rows.truncate(ROWS_SAID_MAX);
        complaint = complaint.hint_with("csv-more-hint", "more", more);
    }
    complaint
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_in_any_order_and_rows_keep_their_lines() {
        let rows = rows("level,code,name\ncounty, 370126000000 ,商河县\n\ntown,370126105000,\"怀仁,镇\"\n").unwrap();
        assert_eq!((rows[0].line, rows[0].code.as_str()), (2, "370126000000"));
        assert_eq!((rows[1].line, rows[1].name.as_str()), (4, "怀仁,镇"));
    }

    #[test]
    fn missing_columns_and_cells_are_said() {
        assert_eq!(rows("code;name;level\n").unwrap_err().code, "csv-columns");
        let bad = rows("code,name,level\n1,2\n3,4,5\n6,7,8,9\n").unwrap_err();
        assert_eq!(bad.code, "csv-bad-rows");
        assert_eq!(bad.rows.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 4]);
    }

    #[test]
    fn many_bad_rows_are_counted_not_listed() {
        let bad = rows(&format!("code,name,level\n{}", "x\n".repeat(50))).unwrap_err();
        assert_eq!((bad.rows.len(), bad.hints.len()), (ROWS_SAID_MAX, 1));
    }
}
