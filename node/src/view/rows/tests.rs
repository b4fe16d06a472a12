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
    let at = rng.random_range(0..UNITS.len());
    let unit = UNITS[at];
    let key = |kind, unit: &str, doc: u8| {
        let scope = Scope { home: unit.parse().unwrap(), reach: Reach::UP, shelf: Shelf::CASE };
        // Ids with long beginnings in common.
        DocKey { scope, kind, doc: DocId([7, 7, 7, 7, doc / 16, doc, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]) }
    };
    // One document, one home.
    let doc = rng.random_range(0..40) / UNITS.len() as u8 * UNITS.len() as u8 + at as u8;
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
        words: rng.random_bool(0.3).then(|| ["风险", "工程", "宴请", "险", "2026"].choose(rng).unwrap().to_string()),
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
            let some: Vec<(Summary, String)> = (0..rng.random_range(1..8)).map(|_| draw(&mut rng)).collect();
            let is_made = |document: &DocKey| some.iter().any(|(summary, _)| summary.document == *document);
            let gone = lists.put.keys().find(|document| !is_made(document) && rng.random_bool(0.02)).cloned();
            lists.put(some, gone.into_iter().collect()).await;
            // Joining parts of the index changes nothing that is found.
            if rng.random_bool(0.2) {
                while lists.rows.join_parts().await.unwrap() {}
            }
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

#[tokio::test]
async fn two_reports_with_one_id_are_two_lines_and_neither_is_taken_for_the_other() {
    let mut lists = Lists::new().await;
    let mut rng = StdRng::seed_from_u64(3);
    let (mut one, text) = loop {
        let drawn = draw(&mut rng);
        if drawn.0.document.kind == Kind::REPORT && drawn.0.gist.is_some() {
            break drawn;
        }
    };
    one.document.scope.home = UNITS[2].parse().unwrap();
    let mut other = one.clone();
    other.document.scope.home = UNITS[3].parse().unwrap();
    lists.put(vec![(one.clone(), text.clone()), (other, text)], Vec::new()).await;
    let reader = lists.rows.reader();
    let page = reader.page(List::Reports, &Asked { limit: 10, ..Asked::default() }).await.unwrap();
    assert_eq!((page.total, page.lines.len()), (2, 2));
    let id = one.document.doc.to_string();
    assert!(page.lines.iter().all(|line| line.short == id), "nothing shorter than both whole ids");
    assert_eq!(reader.beginning_with(List::Reports, &id).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_clock_that_tells_no_time_puts_a_line_at_an_end_and_every_line_is_on_one_page() {
    let mut lists = Lists::new().await;
    let mut rng = StdRng::seed_from_u64(4);
    let times = [i64::MIN, -1, 0, 1, 1 << 33, i64::MAX];
    let mut put = BTreeMap::new();
    while put.len() < times.len() {
        let (mut summary, text) = draw(&mut rng);
        if summary.document.kind == Kind::RISK && summary.gist.is_some() && !put.contains_key(&summary.document) {
            summary.changed_s = times[put.len()];
            put.insert(summary.document.clone(), (summary, text));
        }
    }
    lists.put(put.into_values().collect(), Vec::new()).await;
    let reader = lists.rows.reader();
    let (mut asked, mut seen) = (Asked { limit: 1, ..Asked::default() }, Vec::new());
    loop {
        let page = reader.page(List::Risks, &asked).await.unwrap();
        seen.extend(page.lines.iter().map(|line| line.changed_s));
        asked.after = page.next;
        if asked.after.is_none() {
            break;
        }
    }
    // Those beyond an end are in the order of their numbers there.
    seen[..2].sort_unstable_by(|one, other| other.cmp(one));
    seen[3..].sort_unstable_by(|one, other| other.cmp(one));
    assert_eq!(seen, [i64::MAX, 1 << 33, 1, 0, -1, i64::MIN]);
}

#[tokio::test]
async fn a_full_disk_leaves_the_lists_as_they_were_and_what_is_missing_is_written_when_there_is_room() {
    let mut lists = Lists::new().await;
    let mut rng = StdRng::seed_from_u64(5);
    let mut all = Asked { limit: 7, ..Asked::default() };
    lists.put((0..30).map(|_| draw(&mut rng)).collect(), Vec::new()).await;
    let (mut refused, mut at) = (0, lists.rows.position().await.unwrap());
    for seen in 1..40 {
        // More in every round than there is room for in some.
        let some: Vec<(Summary, String)> = (0..30)
            .map(|_| {
                let (summary, text) = draw(&mut rng);
                let much = "第三方审计".repeat(rng.random_range(1..400));
                // Nothing but what has an effect is found.
                let text = if summary.gist.is_some() { format!("{text}，{much}") } else { String::new() };
                (summary, text)
            })
            .collect();
        let made = some.iter().map(|(summary, text)| Made { summary: summary.clone(), text: text.clone() }).collect();
        let position = Position { seen, ..at };
        let changes = Changes { position, made, ..Changes::default() };
        lists.rows.ready().await.unwrap();
        lists.rows.is_cut = false;
        let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut lists.rows.writer).await.unwrap();
        let most = format!("PRAGMA max_page_count = {}", pages + rng.random_range(0..6));
        sqlx::raw_sql(sqlx::AssertSqlSafe(most)).execute(&mut lists.rows.writer).await.unwrap();
        match lists.rows.write(&changes).await {
            Ok(()) => {
                at = position;
                lists.put.extend(some.into_iter().map(|one| (one.0.document.clone(), one)));
            }
            Err(failure) => {
                assert!(failure.is_full(), "{failure}");
                refused += 1;
            }
        }
        assert_eq!(lists.rows.position().await.unwrap(), at, "lists and what they were made from belong together");
        for list in [List::Reports, List::Risks, List::Cases] {
            all.words = rng.random_bool(0.5).then(|| "审计".into());
            lists.compare(list, &all).await;
        }
        if seen % 3 == 0 {
            // There is room again: the next connection has no such bound.
            lists.rows.is_cut = true;
            lists.rows.write(&changes).await.unwrap();
            at = position;
            let put = changes.made.iter().map(|made| (made.summary.clone(), made.text.clone()));
            lists.put.extend(put.map(|one| (one.0.document.clone(), one)));
            lists.compare(List::Reports, &all).await;
        }
    }
    assert!(refused > 5, "{refused} times full");
}
