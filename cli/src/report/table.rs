//! Tables and fields whose columns stay straight: a Chinese character takes two cells.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Cells a free text takes in a table at most: what is longer is shown by `show`.
const CELL_WIDTH_MAX: usize = 40;

/// Rows under a heading.
#[derive(Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
    /// Whether cells are shown whole however wide they are.
    is_wide: bool,
}

impl Table {
    /// An empty table.
    #[must_use]
    pub fn new(heads: impl IntoIterator<Item = String>) -> Table {
        Table { rows: vec![heads.into_iter().collect()], is_wide: false }
    }

    /// An empty table whose cells are shown whole, where nothing shows them otherwise.
    #[must_use]
    pub fn wide(heads: impl IntoIterator<Item = String>) -> Table {
        Table { is_wide: true, ..Table::new(heads) }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let shown = |cell: String| if self.is_wide { cell } else { short(&cell) };
        self.rows.push(cells.into_iter().map(shown).collect());
    }

    /// The table as text; nothing if it has no rows.
    #[must_use]
    pub fn text(&self) -> String {
        if self.rows.len() < 2 {
            return String::new();
        }
        aligned(&self.rows)
    }
}

/// Names and values in two columns. A value of several lines stands below its name, indented.
#[must_use]
pub fn fields<'a>(pairs: impl IntoIterator<Item = (String, &'a str)>) -> String {
    let pairs: Vec<(String, &str)> = pairs.into_iter().collect();
    let width = pairs.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, value) in pairs {
        let pad = " ".repeat(width.saturating_sub(name.width()));
        let indent = format!("\n{}  ", " ".repeat(width));
        let value = value.trim_end().replace('\n', &indent);
        text.push_str(format!("{name}{pad}  {value}").trim_end());
        text.push('\n');
    }
    text
}

fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(2 + width.saturating_sub(cell.width())));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// One line, not too wide.
fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.width() <= CELL_WIDTH_MAX {
        return line;
    }
    let mut width = 1;
    let kept = line.chars().take_while(|c| {
        width += c.width().unwrap_or(0);
        width <= CELL_WIDTH_MAX
    });
    kept.chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stay_straight_under_chinese_names() {
        let mut table = Table::new(["编号", "name", "x"].map(String::from));
        table.row(["1", "柳河村", "a"].map(String::from));
        table.row(["22", "ab", "b"].map(String::from));
        assert_eq!(table.text(), "编号  name    x\n1     柳河村  a\n22    ab      b\n");
    }

    #[test]
    fn a_long_text_is_cut_to_a_width_and_a_table_without_rows_is_nothing() {
        let cut = short(&"长".repeat(30));
        assert!(cut.ends_with('…') && cut.width() <= CELL_WIDTH_MAX);
        assert_eq!(short("a\n b"), "a b");
        assert_eq!(Table::new([String::from("a")]).text(), "");
    }

    #[test]
    fn a_value_of_several_lines_stands_below_its_name() {
        assert_eq!(fields([("名".into(), "a\nb"), ("long".into(), "c")]), "名    a\n      b\nlong  c\n");
    }
}
