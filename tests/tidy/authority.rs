//! The table of authority in the certificates' README is the one in the code.
//!
//! `FANGWEI_WRITE_DOCS=1 cargo tidy` writes it anew.

use std::{collections::BTreeMap, fs, path::Path};

use fangwei_protocol::{
    trust::authority::{Deed, Standing, TABLE},
    work::schema::Schema,
};

use crate::tree::{File, Finding, file, finds, holds};

const README: &str = "certs/README.md";
const BEGIN: &str = "<!-- from the code: authority -->\n";
const END: &str = "<!-- end -->\n";

/// The table as the README must have it.
fn rendered() -> String {
    let mut rows: BTreeMap<Deed, [Vec<String>; 2]> = BTreeMap::new();
    for line in TABLE {
        let [home, above] = rows.entry(line.deed).or_default();
        let role = line.role.name().unwrap_or("unknown").replace('_', " ");
        match line.standing {
            Standing::Root => home.push(format!("{role} of the root")),
            Standing::Home => home.push(role),
            Standing::HomeOrAbove => above.push(role),
        }
    }
    let mut text = "| act | at the home itself | at the home or above |\n| --- | --- | --- |\n".to_owned();
    for (deed, [home, above]) in rows {
        let (name, kind) = deed.name();
        let kind = kind.and_then(Schema::of).map(|schema| format!(" {}", schema.name));
        let act = format!("{name}{}", kind.unwrap_or_default());
        text.push_str(&format!("| {} | {} | {} |\n", act.replace('_', " "), home.join(", "), above.join(", ")));
    }
    text
}

/// The text before the table, the table, the text behind it.
fn split(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (table, after) = rest.split_once(END)?;
    Some((before, table, after))
}

fn authority(files: &[File]) -> Vec<Finding> {
    let Some(readme) = file(files, README) else { return vec![Finding::missing(README, "is missing")] };
    let Some((before, table, _)) = split(readme.text()) else {
        return vec![
            readme.finding(1, format!("has no table of authority between {} and {}", BEGIN.trim(), END.trim())),
        ];
    };
    if table == rendered() {
        return Vec::new();
    }
    vec![
        readme.finding(
            before.lines().count() + 1,
            "is not the table of the code; FANGWEI_WRITE_DOCS=1 cargo tidy writes it",
        ),
    ]
}

#[test]
fn the_table_of_authority_is_that_of_the_code() {
    if std::env::var_os("FANGWEI_WRITE_DOCS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(README);
        let text = fs::read_to_string(&path).unwrap();
        let (before, _, after) = split(&text).unwrap();
        fs::write(path, format!("{before}{BEGIN}{}{END}{after}", rendered())).unwrap();
    }
    holds(authority);
}

#[test]
fn another_table_is_found() {
    let readme = |table: &str| format!("# A\n\n{BEGIN}{table}{END}");
    assert!(finds(authority, &[(README, &readme(&rendered()))]).is_empty());
    assert_eq!(finds(authority, &[(README, &readme("| act |\n"))]), [format!("{README}:3")]);
    assert_eq!(finds(authority, &[(README, "# A\n")]), [format!("{README}:1")]);
    assert_eq!(finds(authority, &[]), [format!("{README}:1")]);
}
