//! Attachments as tests make them: content that is drawn from what it comes with, so that everybody knows what it must be.

use std::sync::Arc;

use fangwei_protocol::{
    record::{
        body::{Act, Body, Content},
        entry::{DocKey, EntryId, Hash, Kind},
    },
    records::Records,
    replica::{Named, Replica, documents_that_may_attach},
    work::{
        attachment::{Attachment, cut},
        case::{
            act::OuterAct,
            files_of,
            series::{Register, SeriesAct},
        },
        pack::BuiltIn,
        report::act::{Filed, Origin, ReportAct},
        unit::UnitPath,
    },
};

use crate::world::{Officer, World};

/// Names content as a photograph.
pub fn photograph(content: &[u8]) -> Attachment {
    Attachment::of("现场.jpg".into(), "image/jpeg".into(), content)
}

/// What the answer to a warning comes with: now and then more than fits one frame, and then more than one chunk.
pub fn content_of(issue: &EntryId) -> Vec<u8> {
    let len = match issue.0.0[0] {
        0..16 => 300_000,
        16..48 => 140_000,
        _ => 900,
    };
    issue.0.0.iter().copied().cycle().take(len).enumerate().map(|(at, byte)| byte ^ (at >> 8) as u8).collect()
}

/// The chunks that come with what an entry says, where it is the answer to a warning.
pub fn chunks_with(body: &[u8]) -> Vec<(Hash, Arc<[u8]>)> {
    match Body::parse(body).map(|body| body.content) {
        Ok(Content::Act(Act::Outer(act))) => match *act {
            OuterAct::Answer { issue, .. } => chunks(&content_of(&issue)),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Content as chunks, each with its name.
pub fn chunks(content: &[u8]) -> Vec<(Hash, Arc<[u8]>)> {
    cut(content).map(|chunk| (Hash::of(chunk), chunk.into())).collect()
}

/// The chunks that entries name whose words were not taken out, as far as they can be read.
pub fn named(replica: &Replica, records: &dyn Records) -> Vec<Named> {
    let documents = documents_that_may_attach(records).unwrap().into_iter();
    documents.flat_map(|document| replica.named_chunks(&document, records).unwrap()).collect()
}

/// Those of them a node does not have.
pub fn lacking(replica: &Replica, records: &dyn Records) -> Vec<Named> {
    named(replica, records).into_iter().filter(|(_, chunk)| !records.has_chunk(chunk)).collect()
}

impl World {
    /// A reporter files a report with this content as a photograph: first the number, then the report that bears it.
    pub fn file(&mut self, unit: &str, by: &Officer, content: &[u8]) -> (DocKey, EntryId) {
        let home: UnitPath = unit.parse().unwrap();
        let report = self.new_document(files_of(&home), Kind::REPORT);
        let at = self.node(unit);
        let rules = at.replica.rulebook(&at.records).unwrap();
        let (node, word, year) = (at.replica.me().certificate, "报".to_owned(), 2026);
        let register = Register { node, word, year };
        let document = register.document(&home);
        let number = at.replica.series(&at.replica.casefile(&document, &rules, &at.records).unwrap()).next();
        let act = SeriesAct::Allot { register: register.clone(), number, paper: report.clone() };
        self.write(unit, by, document, Content::Act(Act::Series(Box::new(act)))).unwrap();
        let pack = BuiltIn::of("township").unwrap().pack().unwrap();
        let filed = Filed {
            number: register.number(&home, number),
            to: home,
            category: pack.categories[0].number,
            source: pack.sources[0].id.clone(),
            rules: pack.name(),
            origin: Origin::Officer,
            concerned: None,
            title: "账目不清".into(),
            account: "见照片".into(),
            happened_s: None,
            place: String::new(),
            amount_fen: None,
            is_urgent: false,
            attachments: vec![photograph(content)],
        };
        for (chunk, bytes) in chunks(content) {
            self.node_mut(unit).records.keep(chunk, bytes);
        }
        let act = Content::Act(Act::Report(Box::new(ReportAct::File(Box::new(filed)))));
        let entry = self.write(unit, by, report.clone(), act).unwrap();
        (report, entry)
    }

    /// Whether a node has all of this content.
    pub fn has_content(&self, unit: &str, content: &[u8]) -> bool {
        let records = &self.node(unit).records;
        chunks(content).into_iter().all(|(chunk, bytes)| records.chunk(&chunk).as_deref() == Some(&*bytes))
    }
}
