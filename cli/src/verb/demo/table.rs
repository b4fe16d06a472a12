//! The live table of the tree: what each node holds, what it lacks, what is confirmed above.

use std::collections::BTreeMap;

use fangwei_protocol::work::unit::UnitPath;
use unicode_width::UnicodeWidthStr;

use super::county::{County, Standing};

/// With more units than this the table shows townships, each with everything below it.
const ROWS_MAX: usize = 24;

/// One line of the table.
struct Line {
    name: String,
    indent: usize,
    nodes: usize,
    online: usize,
    held: u64,
    behind: u64,
    own: u64,
    confirmed: u64,
    agreeing: usize,
}

/// Draws the table. Column heads and states come from `words`: unit, nodes, held, behind, confirmed, state, then the
/// words for same, behind and offline.
#[must_use]
pub fn draw(county: &County, standings: &[Standing], words: &[String; 9]) -> Vec<String> {
    let [unit, nodes, held, behind, confirmed, state, same, lagging, offline] = words;
    let lines = lines(county, standings);
    let heads = [unit, nodes, held, behind, confirmed, state].map(String::as_str);
    let mut cells: Vec<[String; 6]> = vec![heads.map(str::to_owned)];
    for line in &lines {
        let state = if line.online == 0 {
            format!("○ {offline}")
        } else if line.agreeing == line.nodes {
            format!("● {same}")
        } else {
            format!("◐ {lagging}")
        };
        cells.push([
            format!("{}{}", "  ".repeat(line.indent), line.name),
            line.nodes.to_string(),
            line.held.to_string(),
            line.behind.to_string(),
            format!("{}/{}", line.confirmed, line.own),
            state,
        ]);
    }
    let widths: Vec<usize> = (0..6)
        .map(|column| cells.iter().map(|row| row.get(column).map_or(0, |cell| cell.width())).max().unwrap_or(0))
        .collect();
    cells
        .iter()
        .map(|row| {
            let padded = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
                let room = " ".repeat(width.saturating_sub(cell.width()));
                if (1..5).contains(&column) { format!("{room}{cell}") } else { format!("{cell}{room}") }
            });
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        })
        .collect()
}

fn lines(county: &County, standings: &[Standing]) -> Vec<Line> {
    let shown_depth = if standings.len() > ROWS_MAX { 2 } else { usize::MAX };
    let top = standings.first().map_or(1, |first| first.unit.depth());
    let mut lines: BTreeMap<UnitPath, Line> = BTreeMap::new();
    for standing in standings {
        let mut unit = standing.unit.clone();
        while unit.depth() > shown_depth {
            let Some(above) = unit.parent() else { break };
            unit = above;
        }
        let line = lines.entry(unit.clone()).or_insert_with(|| Line {
            name: county.name_of(&unit).to_owned(),
            indent: unit.depth() - top,
            nodes: 0,
            online: 0,
            held: 0,
            behind: 0,
            own: 0,
            confirmed: 0,
            agreeing: 0,
        });
        line.nodes += 1;
        line.online += usize::from(standing.online);
        line.agreeing += usize::from(standing.agrees);
        line.held += standing.held;
        line.behind += standing.behind;
        line.own += standing.own;
        line.confirmed += standing.confirmed;
    }
    lines.into_values().collect()
}
