//! A pack as a list of paths and what stands there: what bounds, `ours` and comparing go by.
//!
//! A path is written as people would say it: `levels[1].grounds[1.4].words.zh`. An item of a list is named by its id,
//! level, number or whatever tells it from its neighbours, so that a path stays the same when something is put before.

use std::collections::{BTreeMap, BTreeSet};

use toml::Value;

use crate::work::pack::Pack;

/// What stands at a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Leaf {
    /// A text.
    Text(String),
    /// A number or yes or no, as text.
    Plain(String),
    /// A list: how many items.
    List(usize),
}

/// What tells an item of a list from its neighbours, the first that it has.
const NAMES: &[&str] = &["id", "level", "number", "role", "sort", "what", "who", "kind"];

/// Everything a pack says, in the order in which it says it.
#[must_use]
pub fn leaves(pack: &Pack) -> Vec<(String, Leaf)> {
    let mut found = Vec::new();
    // What a pack is made of has no form that TOML could not have.
    if let Ok(value) = Value::try_from(pack) {
        walk(&value, String::new(), &mut found);
    }
    found
}

fn walk(value: &Value, path: String, found: &mut Vec<(String, Leaf)>) {
    match value {
        Value::Table(table) => {
            for (key, value) in table {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                walk(value, path, found);
            }
        }
        Value::Array(items) => {
            found.push((path.clone(), Leaf::List(items.len())));
            let mut taken = BTreeSet::new();
            for (at, item) in items.iter().enumerate() {
                let name = Some(name_of(item)).filter(|name| !name.is_empty()).unwrap_or_else(|| (at + 1).to_string());
                // The second of one name has its place beside it.
                let name = if taken.contains(&name) { format!("{name}#{}", at + 1) } else { name };
                taken.insert(name.clone());
                walk(item, format!("{path}[{name}]"), found);
            }
        }
        Value::String(text) => found.push((path, Leaf::Text(text.clone()))),
        other => found.push((path, Leaf::Plain(other.to_string()))),
    }
}

fn name_of(item: &Value) -> String {
    let named = NAMES.iter().find_map(|name| item.as_table()?.get(*name));
    match named {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Integer(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// Every path that leads to something, those of tables and items included.
#[must_use]
pub fn paths(pack: &Pack) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for (path, _) in leaves(pack) {
        let mut depth = 0_usize;
        for (at, c) in path.char_indices() {
            // Dots within brackets belong to a name, as in `grounds[1.4]`.
            let ends = c == '[' || (c == '.' && depth == 0);
            match c {
                '[' => depth += 1,
                ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if ends && let Some(above) = path.get(..at) {
                paths.insert(above.to_owned());
            }
        }
        paths.insert(path);
    }
    paths
}

/// Keys whose value an item shares with no neighbour.
const DISTINCT: [&str; 5] = ["id", "number", "role", "sort", "what"];

/// Every value of a key that tells items apart, with the list it stands in: ids above all.
#[must_use]
pub fn names(pack: &Pack) -> Vec<(String, &'static str, String)> {
    let mut found = Vec::new();
    if let Ok(value) = Value::try_from(pack) {
        named(&value, String::new(), &mut found);
    }
    found
}

fn named(value: &Value, path: String, found: &mut Vec<(String, &'static str, String)>) {
    match value {
        Value::Table(table) => {
            for (key, value) in table {
                named(value, if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, found);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                let key = DISTINCT.iter().find(|key| item.as_table().is_some_and(|table| table.contains_key(**key)));
                let name = name_of(item);
                if let Some(key) = key {
                    found.push((path.clone(), *key, name.clone()));
                }
                let name = if name.is_empty() { (at + 1).to_string() } else { name };
                named(item, format!("{path}[{name}]"), found);
            }
        }
        _ => {}
    }
}

/// The same without lists, by path: what [`crate::work::pack::diff`] compares.
#[must_use]
pub fn values(pack: &Pack) -> BTreeMap<String, String> {
    let value = |(path, leaf)| match leaf {
        Leaf::Text(text) | Leaf::Plain(text) => Some((path, text)),
        Leaf::List(_) => None,
    };
    leaves(pack).into_iter().filter_map(value).collect()
}

/// The names of each list's items, in their order.
#[must_use]
pub fn orders(pack: &Pack) -> BTreeMap<String, Vec<String>> {
    let mut orders: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, _) in leaves(pack) {
        let mut from = 0;
        while let Some(open) = path.get(from..).and_then(|rest| rest.find('[')).map(|at| from + at) {
            let Some(close) = path.get(open..).and_then(|rest| rest.find(']')).map(|at| open + at) else { break };
            if let (Some(list), Some(name)) = (path.get(..open), path.get(open + 1..close)) {
                let names = orders.entry(list.to_owned()).or_default();
                if names.last().is_none_or(|last| last != name) && !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                }
            }
            from = close;
        }
    }
    orders
}
