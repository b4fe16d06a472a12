//! Entries in numbers, as an officer writes them: for benches.

use std::sync::Arc;

use fangwei_protocol::{
    record::{
        body::{Body, Content, Step, Value},
        entry::{DocId, EntryId, Epoch, Hash, Header, Kind, Reach, Scope, Shelf},
    },
    trust::genesis::GenesisHash,
};

use crate::world::{Officer, World};

/// Entries of one document: one that begins it and some that change it, as reports and risks are written.
const ENTRIES_PER_DOCUMENT: u64 = 4;

/// Entries with their bodies, in the order in which they were written.
pub type Written = Vec<(Arc<[u8]>, Arc<[u8]>)>;

/// Somebody who writes reports at one unit, cut off from everybody.
pub struct Reporter {
    unit: String,
    by: Officer,
    seq: u64,
    prev: Option<EntryId>,
}

impl Reporter {
    /// Has written nothing yet.
    pub fn new(unit: &str, by: &Officer) -> Reporter {
        Reporter { unit: unit.into(), by: by.clone(), seq: 0, prev: None }
    }

    /// Goes on writing.
    pub fn write(&mut self, genesis: &GenesisHash, entries: u64) -> Written {
        (0..entries).map(|_| self.next(genesis)).collect()
    }

    fn next(&mut self, genesis: &GenesisHash) -> (Arc<[u8]>, Arc<[u8]>) {
        let (unit, seq) = (&self.unit, self.seq);
        let hash = Hash::of(format!("{unit} {seq}").as_bytes()).0;
        let salt = *hash.first_chunk::<16>().unwrap();
        let doc = Hash::of(format!("{unit} document {}", seq / ENTRIES_PER_DOCUMENT).as_bytes()).0;
        let first = seq.is_multiple_of(ENTRIES_PER_DOCUMENT);
        let text =
            format!("第{seq}号：村集体资金支出未附发票，金额{}元，需要核实并在三个工作日内反馈。", seq * 7 % 10_000);
        let steps = vec![
            Step::Set { field: "title".into(), value: Some(Value::Text("工程款支付情况".into())) },
            Step::Set { field: "place".into(), value: Some(Value::Text(text)) },
        ];
        let body: Arc<[u8]> = Body::new(salt, Content::Edit(steps)).bytes().into();
        let header = Header {
            scope: Scope { home: unit.parse().unwrap(), reach: Reach::UP, shelf: Shelf::CASE },
            kind: Kind::REPORT,
            doc: DocId(*doc.first_chunk::<16>().unwrap()),
            author: self.by.certificate,
            epoch: Epoch([7; 8]),
            seq,
            prev: self.prev,
            after: (first && self.prev.is_some()).then(Vec::new),
            claimed_time_s: 1_790_000_000 + seq as i64,
            anchor: None,
            body: Hash::of(&body),
        };
        let entry = header.sign(genesis, World::key_of(&self.by)).unwrap();
        self.seq += 1;
        self.prev = Some(entry.id());
        (entry.bytes().clone(), body)
    }
}
