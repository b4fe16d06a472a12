//! Many at one document: more heads than an entry can name, more entries than anybody should have written.

use fangwei_protocol::{
    limits::AFTER_MAX,
    record::{
        body::{Content, Step},
        entry::{DocKey, EntryId, Kind, Reach, Shelf},
    },
    trust::charter::Role,
};
use tests::{
    claims::all_agree,
    world::{Officer, World},
};

use crate::scene::{COUNTY, TOWN, VILLAGE, scope};

/// A risk of a township: its document, its first entry and the analyst who may change it.
struct Risk {
    world: World,
    analyst: Officer,
    document: DocKey,
    first: EntryId,
}

fn risk() -> Risk {
    let mut world = World::new(COUNTY);
    world.add_node(TOWN);
    world.add_node(VILLAGE);
    let analyst = world.add_officer(TOWN, &[Role::ANALYST]);
    world.connect(TOWN, COUNTY);
    world.settle();
    world.connect(VILLAGE, TOWN);
    world.settle();
    let document = world.new_document(scope(TOWN, Reach::DOWN, Shelf::LIBRARY), Kind::RISK);
    let first = world.write(TOWN, &analyst, document.clone(), splice("始")).unwrap();
    world.settle();
    Risk { world, analyst, document, first }
}

fn splice(text: &str) -> Content {
    Content::Edit(vec![Step::Splice { field: "description".into(), at: 0, delete: 0, insert: text.into() }])
}

fn description(world: &World, node: &str, document: &DocKey) -> String {
    world.node(node).see(document).reading
}

#[test]
fn heads_that_cannot_be_named_are_joined_before_anything_is_written() {
    let Risk { mut world, analyst, document, first } = risk();
    // Each at what it saw first, as from as many windows.
    for nth in 0..100 {
        let after = Some(vec![first]);
        world.write_after(TOWN, &analyst, document.clone(), after, splice(&format!("〔{nth}〕"))).unwrap();
    }
    let town = world.node(TOWN);
    assert!(town.replica.heads(&document, &town.records).unwrap().len() > 3 * AFTER_MAX);
    let last = world.write(TOWN, &analyst, document.clone(), splice("终")).unwrap();
    let town = world.node(TOWN);
    assert_eq!(town.replica.heads(&document, &town.records).unwrap(), [last], "all are behind it");
    // Said at heads that are too many, as a page shows them, it is the same.
    let seen: Vec<EntryId> = (0..40)
        .map(|nth| {
            world.write_after(TOWN, &analyst, document.clone(), Some(vec![last]), splice(&format!("{nth}"))).unwrap()
        })
        .collect();
    let end = world.write_after(TOWN, &analyst, document.clone(), Some(seen), splice("完")).unwrap();
    world.settle();
    for node in [COUNTY, TOWN, VILLAGE] {
        let node = world.node(node);
        assert_eq!(node.replica.heads(&document, &node.records).unwrap(), [end]);
    }
    let reading = description(&world, VILLAGE, &document);
    assert!((0..100).all(|nth| reading.contains(&format!("〔{nth}〕"))), "nothing is lost: {reading}");
    all_agree(&world);
}

#[test]
fn what_is_void_neither_fills_a_document_nor_keeps_anybody_from_writing_there() {
    let Risk { mut world, analyst, document, first } = risk();
    // An auditor writes nothing; one whose program was changed says what it likes.
    let auditor = world.add_officer(TOWN, &[Role::AUDITOR]);
    world.settle();
    let mut draft = world.by_hand(TOWN, &auditor, &document, splice("假"));
    for nth in 0..2_200_u64 {
        // Some beside each other, the rest in one long row.
        draft.header.after = (nth <= 2 * AFTER_MAX as u64).then(|| vec![first]);
        let (entry, body) = draft.clone().sign(&world, &auditor);
        (draft.header.seq, draft.header.prev) = (nth + 1, Some(entry.id()));
        world.submit(TOWN, entry, body);
    }
    let last = draft.header.prev.unwrap();
    let heads = |world: &World| world.node(TOWN).replica.heads(&document, &world.node(TOWN).records).unwrap();
    assert!(heads(&world).len() > AFTER_MAX);
    let before = world.node(TOWN).entries();
    world.write(TOWN, &analyst, document.clone(), splice("真")).unwrap();
    assert_eq!(world.node(TOWN).entries(), before + 1, "nothing had to be joined");
    world.settle();
    for node in [COUNTY, TOWN, VILLAGE] {
        let reading = description(&world, node, &document);
        assert!(reading.contains("真") && !reading.contains("假"), "{reading}");
    }
    // Nor does whoever names what is void come to have too much behind it.
    world.write_after(TOWN, &analyst, document.clone(), Some(vec![last]), splice("又")).unwrap();
    world.settle();
    assert!(description(&world, VILLAGE, &document).contains("又"));
    all_agree(&world);
}
