//! The tables against a plain list in memory: pages, counts, searches, cases with two files, and files that do not open.

use std::{collections::BTreeMap, fs};

use fangwei_protocol::record::entry::DocId;
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use tempfile::TempDir;

use super::*;
use crate::view::summary::Gist;

const UNITS: [&str; 5] = ["999901", "999901.105", "999901.105.201", "999901.105.202", "999901.106"];
const WORDS: [&str; 6] = ["村级工程", "风险", "廉政风险点", "procurement 2026", "工程款", "宴请"];

struct Lists {
    rows: Rows,
    generation: i64,
    /// What was put, by document, with its text.
    put: BTreeMap<DocKey, (Summary, String)>,
    _folder: TempDir,
}

impl Lists {
    async fn new() -> Lists {
        let folder = tempfile::tempdir().unwrap();
        let rows = Rows::open(&folder.path().join("lists.sqlite")).await.unwrap();
        Lists { rows, generation: 0, put: BTreeMap::new(), _folder: folder }
    }

    async fn put(&mut self, some: Vec<(Summary, String)>, unread: Vec<DocKey>) {
        for document in &unread {
            self.put.remove(document);
        }
        let made = some.iter().map(|(summary, text)| Made { summary: summary.clone(), text: text.clone() }).collect();
        self.put.extend(some.into_iter().map(|one| (one.0.document.clone(), one)));
        let position = Position { generation: self.generation, ..Position::default() };
        self.rows.write(&Changes { position, made, unread, ..Changes::default() }).await.unwrap();
    }

    /// What a list holds by the definition: its lines' ids, the last changed first, each with its documents.
    fn expected(&self, list: List, asked: &Asked) -> BTreeMap<String, Vec<&Summary>> {
        let mut lines: BTreeMap<String, Vec<&(Summary, String)>> = BTreeMap::new();
        for one in self.put.values().filter(|(summary, _)| List::of_kind(summary.document.kind) == Some(list)) {
            let Some(gist) = &one.0.gist else { continue };
            let id = gist.case.as_ref().unwrap_or(&one.0.document).doc.to_string();
            lines.entry(id).or_default().push(one);
        }
        for documents in lines.values_mut() {
            documents.sort_by_key(|(summary, _)| (summary.document.kind, summary.document.doc.to_string()));
        }
        lines.retain(|_, documents| {
            let gist = |at: usize| documents[at].0.gist.as_ref().unwrap();
            let (first, last) = (gist(0), gist(documents.len() - 1));
            let is_within = |unit: &String| first.unit == *unit || first.unit.starts_with(&format!("{unit}."));
            let has = |words: &String| documents.iter().any(|(_, text)| text.contains(words.as_str()));
            asked.unit.as_ref().is_none_or(is_within)
                && asked.words.as_ref().is_none_or(has)
                && asked.stage.as_ref().is_none_or(|stage| last.stage.as_ref() == Some(stage))
                && asked.level.is_none_or(|level| last.level == Some(level))
                && asked.category.is_none_or(|category| last.category == Some(category))
        });
        lines.into_iter().map(|(id, some)| (id, some.into_iter().map(|(summary, _)| summary).collect())).collect()
    }

    /// Reads a list page by page and compares.
    async fn compare(&mut self, list: List, asked: &Asked) {
        let expected = self.expected(list, asked);
        let reader = self.rows.reader();
        let mut asked = asked.clone();
        let (mut seen, mut before) = (BTreeMap::new(), i64::MAX);
        loop {
            let page = reader.page(list, &asked).await.unwrap();
            assert_eq!(page.total, expected.len() as u64, "{list:?} {asked:?}");
            for line in page.lines {
                assert!(line.changed_s <= before, "the last changed first");
                before = line.changed_s;
                let documents = &expected[&line.doc];
                assert_eq!(line.changed_s, documents.iter().map(|summary| summary.changed_s).max().unwrap());
                assert_eq!(line.held_above, documents.iter().all(|summary| summary.held_above));
                assert_eq!(line.documents.iter().collect::<Vec<_>>(), *documents);
                assert!(line.doc.starts_with(&line.short));
                let found = reader.beginning_with(list, &line.short).await.unwrap();
                assert_eq!(found.len(), 1, "{} tells it from all others", line.short);
                assert_eq!(seen.insert(line.doc, ()), None, "no line on two pages");
            }
            let Some(next) = page.next else { break };
            asked.after = Some(next.to_string().parse().unwrap());
        }
        assert_eq!(seen.len(), expected.len(), "{list:?} {asked:?}");
    }
}

fn draw(rng: &mut StdRng) -> (Summary, String) {
    let kind = *[Kind::REPORT, Kind::RISK, Kind::CASE_INNER, Kind::CASE_OUTER].choose(rng).unwrap();
    let unit = *UNITS.choose(rng).unwrap();
    let key = |kind, unit: &str, doc: u8| {
        let scope = Scope { home: unit.parse().unwrap(), reach: Reach::UP, shelf: Shelf::CASE };
        // Ids with long beginnings in common.
        DocKey { scope, kind, doc: DocId([7, 7, 7, 7, doc / 16, doc, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]) }
    };
    let doc = rng.random_range(0..40);
    let home = if kind == Kind::CASE_INNER { "999901" } else { unit };
    let document = key(kind, home, if kind == Kind::CASE_OUTER { doc + 40 } else { doc });
    let text = [(); 3].map(|()| *WORDS.choose(rng).unwrap()).join("，");
    let gist = Gist {
        unit: unit.into(),
        case: (kind == Kind::CASE_OUTER).then(|| key(Kind::CASE_INNER, "999901", doc)),
        title: text.clone(),
        stage: Some(["proposed", "issued"].choose(rng).unwrap().to_string()),
        level: Some(rng.random_range(1..4)),
        category: rng.random_bool(0.5).then(|| rng.random_range(1..3)),
        ..Gist::default()
    };
    let summary = Summary {
        document,
        changed_s: rng.random_range(0..20),
        ends: vec![EntryId(Hash([doc; 32])); rng.random_range(0..3)],
        held_above: rng.random_bool(0.5),
        struck: 0,
        gist: rng.random_bool(0.9).then_some(gist),
    };
    let text = if summary.gist.is_some() { text } else { String::new() };
    (summary, text)
}

fn some_questions(rng: &mut StdRng) -> Asked {
    Asked {
        unit: rng.random_bool(0.5).then(|| UNITS.choose(rng).unwrap().to_string()),
        words: rng.random_bool(0.3).then(|| ["风险", "工程", "宴请", "2026"].choose(rng).unwrap().to_string()),
        stage: rng.random_bool(0.2).then(|| "issued".to_owned()),
        level: rng.random_bool(0.2).then(|| rng.random_range(1..4)),
        category: rng.random_bool(0.2).then(|| rng.random_range(1..3)),
        limit: rng.random_range(1..7),
        ..Asked::default()
    }
}

#[tokio::test]
async fn whatever_is_put_pages_and_counts_are_those_of_a_plain_list() {
    for seed in 0..6 {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut lists = Lists::new().await;
        for _ in 0..25 {
            let some = (0..rng.random_range(1..8)).map(|_| draw(&mut rng)).collect();
            let gone = lists.put.keys().find(|_| rng.random_bool(0.02)).cloned();
            lists.put(some, gone.into_iter().collect()).await;
            for list in [List::Reports, List::Risks, List::Cases] {
                let asked = some_questions(&mut rng);
                lists.compare(list, &asked).await;
            }
        }
        let held: Vec<DocKey> = lists.put.keys().filter(|_| rng.random_bool(0.5)).cloned().collect();
        lists.rows.held(&held).await.unwrap();
        for document in &held {
            lists.put.get_mut(document).unwrap().0.held_above = true;
        }
        for list in [List::Reports, List::Risks, List::Cases] {
            lists.compare(list, &Asked { limit: 5, ..Asked::default() }).await;
        }
    }
}

#[tokio::test]
async fn a_word_of_two_characters_and_one_of_one_are_found_and_only_in_one_piece() {
    let mut lists = Lists::new().await;
    let mut rng = StdRng::seed_from_u64(1);
    let texts = ["廉政风险点排查", "风调雨顺，险中求胜", "Concrete delivered late"];
    let mut some = Vec::new();
    while some.len() < texts.len() {
        let (summary, _) = draw(&mut rng);
        let is_new = some.iter().all(|(other, _): &(Summary, String)| other.document.doc != summary.document.doc);
        if summary.document.kind == Kind::REPORT && summary.gist.is_some() && is_new {
            some.push((summary, texts[some.len()].to_owned()));
        }
    }
    lists.put(some, Vec::new()).await;
    let reader = lists.rows.reader();
    for (words, found) in
        [("风险", 1), ("险", 2), ("政风", 1), ("雨顺险中", 0), ("CONCRETE deliv", 1), ("风险 concrete", 0), ("\"*(", 3)]
    {
        let asked = Asked { words: Some(words.into()), limit: 10, ..Asked::default() };
        assert_eq!(reader.page(List::Reports, &asked).await.unwrap().total, found, "{words}");
    }
}

#[tokio::test]
async fn what_was_written_is_there_again_and_a_file_that_does_not_open_is_begun_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lists.sqlite");
    let mut rng = StdRng::seed_from_u64(2);
    let position =
        Position { seen: 9, last: Some(EntryId(Hash([1; 32]))), standing: Some(Hash([2; 32])), generation: 3 };
    let unit = NamedNow::Unit((5, 6, EntryId(Hash([3; 32]))), "999901.105".parse().unwrap(), "清水镇".into());
    let older = NamedNow::Unit((5, 5, EntryId(Hash([9; 32]))), "999901.105".parse().unwrap(), "旧名".into());
    let (summary, text) = draw(&mut rng);
    let changes = Changes {
        position,
        named: vec![unit, older],
        made: vec![Made { summary: summary.clone(), text }],
        unread: Vec::new(),
    };
    let mut rows = Rows::open(&path).await.unwrap();
    rows.write(&changes).await.unwrap();
    rows.close().await;

    let mut rows = Rows::open(&path).await.unwrap();
    assert_eq!(rows.position().await.unwrap(), position);
    let named = rows.named().await.unwrap();
    assert!(matches!(named.as_slice(), [NamedNow::Unit(_, _, name)] if name == "清水镇"), "{named:?}");
    assert_eq!(rows.older(4, 10).await.unwrap(), [summary.document]);
    assert_eq!(rows.count_older(3).await.unwrap(), 0);
    rows.close().await;

    for broken in [b"not a database at all, but long enough to be looked at as one".to_vec(), Vec::new()] {
        fs::write(&path, broken).unwrap();
        let mut rows = Rows::open(&path).await.unwrap();
        assert_eq!(rows.position().await.unwrap(), Position::default());
        rows.close().await;
    }
}
