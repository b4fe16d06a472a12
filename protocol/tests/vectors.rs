//! The bytes never change by accident: everything on the wire, made again from fixed seeds and compared with what is
//! kept in `vectors/`; and a COSE library written by others reads our entries as we do.
//!
//! After an intended change (a new protocol version) `FANGWEI_WRITE_VECTORS=1` writes them anew.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

use std::{collections::BTreeMap, path::Path};

use coset::{CborSerializable, CoseSign1, iana};
use fangwei_protocol::{
    record::{
        body::{Act, Body, Content, Publication, RevokeReason, Step, Value, Witness},
        cbor,
        entry::{Anchor, Claim, DocId, DocKey, Entry, EntryId, Epoch, Hash, Header, Kind, Reach, Scope, Shelf},
        frontier::{ChildDigest, Extent, Outline, ScopeDigest},
        log::{Edge, Node, leaf, set_proof},
        message::{
            Ack, Bye, ByeCode, ChunkPart, ChunksWant, Cosigned, FeedTips, Frame, Hello, Parcel, ReceiptsWant,
            ScopeTips, Shown, Stretch, Totals, VERSION, Want,
        },
    },
    trust::{
        charter::{Certificate, Custody, MayIssue, Role},
        checkpoint::{Checkpoint, LogHead, LogName, Note},
        genesis::{Genesis, SignedGenesis},
        key::KeyPair,
        receipt::{Item, Receipt},
        root::{RootSet, document_of},
        witnessing::{Evidence, LogEpoch},
    },
    work::{
        attachment::Attachment,
        cadre::{CadreAct, Post, register_of},
        calendar::{Holiday, Term, TermUnit, Year},
        case::{
            Level,
            act::{InnerAct, Opinion, OuterAct, Paper, Proposal, Subject, TermSet, Warning},
            files_of, outer_file,
            series::{Register, SeriesAct},
        },
        pack::{Pack, level::Debt, published::PackName},
        report::{
            act::{Concerned, Filed, Origin, ReportAct, TriageAct},
            triage_of,
        },
        sharing::{Copied, ShareAct, Shared, sharing_of},
        unit::UnitPath,
    },
};

fn key(n: u8) -> KeyPair {
    KeyPair::from_seed(&[n; 32])
}

fn certificate(n: u8, unit: &str, roles: &[Role], rank: u16, may_issue: Option<MayIssue>) -> Certificate {
    Certificate {
        key: key(n).public(),
        holder: [n; 16].into(),
        unit: unit.parse().unwrap(),
        roles: roles.to_vec(),
        not_before_s: 1_790_000_000,
        not_after_s: 1_950_000_000,
        custody: Custody::NODE_HELD,
        rank,
        may_issue,
    }
}

fn genesis() -> Genesis {
    // Not every role there is: a new one changes no vector.
    let may_issue = Some(MayIssue { roles: (1..=10).map(Role).collect(), levels_below: 3 });
    Genesis {
        name: "示例县".into(),
        root: "370126".parse().unwrap(),
        root_keys: vec![key(1).public(), key(2).public()],
        threshold: 2,
        founders: vec![
            certificate(3, "370126", &[Role::ADMINISTRATOR], 100, may_issue),
            certificate(4, "370126", &[Role::SECRETARY], 100, None),
        ],
        made_s: 1_790_000_000,
        salt: [9; 16].into(),
    }
}

fn signed_genesis() -> SignedGenesis {
    let mut signed = SignedGenesis::new(genesis());
    signed.sign(&key(2)).unwrap();
    signed.sign(&key(1)).unwrap();
    signed
}

struct Vector {
    entry: Entry,
    body: Vec<u8>,
    by: KeyPair,
}

fn vector(by: u8, header: Header, body: &Body) -> Vector {
    let body = body.bytes();
    let header = Header { body: Hash::of(&body), ..header };
    Vector { entry: header.sign(&genesis().hash(), &key(by)).unwrap(), body, by: key(by) }
}

fn header(home: &str, shelf: Shelf, kind: Kind, author: EntryId) -> Header {
    Header {
        scope: Scope { home: home.parse().unwrap(), reach: Reach::UP, shelf },
        kind,
        doc: DocId([7; 16]),
        author,
        epoch: Epoch([8; 8]),
        seq: 0,
        prev: None,
        after: None,
        claimed_time_s: 1_790_000_001,
        anchor: None,
        body: Hash([0; 32]),
    }
}

/// A certificate, a report by its holder, an edit of that with everything a header can have, and an act of a case.
fn entries() -> Vec<(&'static str, Vector)> {
    let founders: Vec<EntryId> = genesis().founders().map(|(id, _)| id).collect();
    let reporter = certificate(5, "370126.105.201", &[Role::REPORTER], 300, None);
    let certify = vector(
        3,
        header("370126.105.201", Shelf::CHARTER, Kind::CERTIFICATE, founders[0]),
        &Body::new([1; 16], Content::Act(Act::Certify(Box::new(reporter)))),
    );
    let text = |field: &str, text: &str| Step::Set { field: field.into(), value: Some(Value::Text(text.into())) };
    let report = vector(
        5,
        header("370126.105.201", Shelf::CASE, Kind::REPORT, certify.entry.id()),
        &Body::new([2; 16], Content::Edit(vec![text("title", "村务公开栏三个月未更新")])),
    );
    let edit = vector(
        5,
        Header {
            seq: 1,
            prev: Some(report.entry.id()),
            after: Some(vec![EntryId(Hash([3; 32])), EntryId(Hash([5; 32]))]),
            anchor: Some(Anchor { log: founders[0], size: 70_000, root: Hash([6; 32]) }),
            ..report.entry.header().clone()
        },
        &Body::new(
            [3; 16],
            Content::Edit(vec![
                Step::Splice { field: "account".into(), at: 1, delete: 2, insert: "𠮷🚧".into() },
                Step::Set { field: "amount_fen".into(), value: Some(Value::Int(-300)) },
                Step::Set { field: "place".into(), value: None },
                Step::Add { field: "measures".into(), at: 0, item: Value::Bool(true) },
                Step::Remove { field: "measures".into(), at: 300 },
            ]),
        ),
    );
    let propose = InnerAct::Propose(Box::new(proposal(report.entry.header().document())));
    let propose = vector(
        4,
        Header {
            seq: 1,
            prev: Some(EntryId(Hash([6; 32]))),
            after: Some(vec![]),
            ..header("370126.105", Shelf::CASE, Kind::CASE_INNER, founders[1])
        },
        &Body::new([4; 16], Content::Act(Act::Inner(Box::new(propose)))),
    );
    let root = document_of(&genesis().root, Kind::ROOT, &founders[0]).scope;
    let said = |by: u8, author: EntryId, scope: Scope, kind: Kind, salt: u8, act: Act| {
        let header = Header { scope, author, ..header("370126", Shelf::CHARTER, kind, author) };
        vector(by, header, &Body::new([salt; 16], Content::Act(act)))
    };
    let [of_charter, of_report] = [&certify, &report].map(|vector| vector.entry.header().scope.clone());
    let subject = certify.entry.id();
    let (first, last) = (report.entry.id(), edit.entry.id());
    let part: Vec<u8> = (0..64).collect();
    let acts: [(&'static str, u8, EntryId, Scope, Kind, Act); 8] = [
        (
            "revoke",
            4,
            founders[1],
            of_charter,
            Kind::CERTIFICATE,
            Act::Revoke { subject, reason: RevokeReason::STOLEN },
        ),
        ("stand", 4, founders[1], of_report.clone(), Kind::STAND, Act::Stand { author: subject, first, last }),
        (
            "redact",
            4,
            founders[1],
            of_report,
            Kind::REDACTION,
            Act::Redact {
                subject: first,
                basis: "个人信息保护法第四十七条".into(),
                remains: Box::new(Content::Edit(vec![text("title", "村务公开栏██月未更新")])),
            },
        ),
        (
            "replace_root",
            1,
            root_id(0),
            root.clone(),
            Kind::ROOT,
            Act::ReplaceRoot { keys: vec![key(1).public(), key(7).public()], threshold: 1 },
        ),
        (
            "witnesses",
            1,
            root_id(0),
            root.clone(),
            Kind::WITNESSES,
            Act::Witnesses {
                threshold: 1,
                members: vec![Witness { name: "市审计局".into(), key: key(8).public(), outside: true }],
            },
        ),
        ("publish_calendar", 4, founders[1], root.clone(), Kind::CALENDAR, Act::PublishCalendar(Box::new(new_year()))),
        ("pack_part", 4, founders[1], root.clone(), Kind::PACK, Act::PackPart { bytes: part.clone().into() }),
        (
            "publish_pack",
            4,
            founders[1],
            root,
            Kind::PACK,
            Act::PublishPack(Box::new(Publication {
                id: "township".into(),
                version: 2,
                applies_from: "2026-10-01".parse().unwrap(),
                parts: vec![EntryId(Hash([2; 32]))],
                hash: Pack::hash_of(&part),
            })),
        ),
    ];
    let work = of_procedures(report.entry.header(), propose.entry.header(), propose.entry.id());
    let mut entries = vec![("certificate", certify), ("report", report), ("edit", edit), ("propose", propose)];
    entries.extend(
        acts.into_iter()
            .zip(20..)
            .map(|((name, by, author, scope, kind, act), salt)| (name, said(by, author, scope, kind, salt, act))),
    );
    entries.extend(work.into_iter().zip(40..).map(|((name, by, author, document, act), salt)| {
        let DocKey { scope, kind, doc } = document;
        let header = Header { scope, doc, ..header("370126", Shelf::CASE, kind, author) };
        (name, vector(by, header, &Body::new([salt; 16], Content::Act(act))))
    }));
    entries
}

fn rules() -> PackName {
    PackName { id: "township".into(), version: 1, hash: Hash([15; 32]) }
}

fn accountant() -> Subject {
    Subject::Person {
        unit: "370126.105.201".parse().unwrap(),
        post: "会计".into(),
        holder: Some([6; 16].into()),
        managed_by: "370126.105".parse().unwrap(),
    }
}

fn proposal(report: DocKey) -> Proposal {
    Proposal {
        subject: accountant(),
        level: Level::TWO,
        ground: "2.1".into(),
        reason: String::new(),
        way: "notice".into(),
        facts: "白条入账".into(),
        reports: vec![report],
        rules: rules(),
        follows: None,
    }
}

/// One act of each procedure: who says it, and in which document.
fn of_procedures(
    report: &Header,
    proposal: &Header,
    decision: EntryId,
) -> Vec<(&'static str, u8, EntryId, DocKey, Act)> {
    let secretary = genesis().founders().map(|(id, _)| id).nth(1).unwrap();
    let (town, village): (UnitPath, UnitPath) = ("370126.105".parse().unwrap(), "370126.105.201".parse().unwrap());
    let of_town = Register { node: node(), word: "镇纪预告".into(), year: 2026 };
    let of_village = Register { word: "村预信".into(), ..of_town.clone() };
    let (case, filed) = (proposal.document(), report.document());
    let outer = outer_file(&case, &village);
    let concerned =
        Concerned { unit: village.clone(), post: "书记".into(), holder: Some([6; 16].into()), is_head: true };
    let warning = Warning {
        case,
        decision,
        decided_on: "2026-10-08".parse().unwrap(),
        subject: accountant(),
        level: Level::TWO,
        ground: "2.1".into(),
        way: "notice".into(),
        rules: rules(),
        paper: Some(Paper { form: "notice".into(), number: of_town.number(&town, 3), text: "限期说明".into() }),
        terms: vec![TermSet { what: Debt::Measures, term: Term::new(7, TermUnit::WorkingDay).unwrap() }],
        follows: None,
    };
    let visit = OuterAct::Visit {
        issue: decision,
        on: "2026-11-02".parse().unwrap(),
        means: vec!["papers".into()],
        findings: "已整改".into(),
        opinion: Opinion::Lift,
    };
    let file = Filed {
        number: of_village.number(&village, 1),
        to: town.clone(),
        rules: rules(),
        category: 9,
        source: "petition".into(),
        origin: Origin::Anonymous { code: Hash([16; 32]) },
        concerned: Some(concerned.clone()),
        title: "村务".into(),
        account: "账目不公开".into(),
        happened_s: Some(1_789_000_000),
        place: String::new(),
        amount_fen: None,
        is_urgent: false,
        attachments: vec![Attachment {
            name: "照片".into(),
            media_type: "image/jpeg".into(),
            bytes: 300_000,
            chunks: vec![Hash([17; 32]), Hash([18; 32])],
        }],
    };
    let triage = triage_of(&filed, &town);
    let open = TriageAct::Open { report: filed.clone(), filed: decision, concerned: Some(concerned) };
    let allot = SeriesAct::Allot { register: of_town.clone(), number: 3, paper: outer.clone() };
    let post = Post { unit: town.clone(), post: "镇长".into(), holder: Some([6; 16].into()) };
    let county: UnitPath = "370126".parse().unwrap();
    let sharing = sharing_of(&report.document(), &"370126.d07".parse().unwrap());
    let shared = Shared {
        about: report.document(),
        digest: "一处账目不公开".into(),
        copied: vec![Copied { field: "title".into(), text: "村务".into() }],
        reason: "属财政局职责".into(),
        question: Some("是否属实".into()),
        respond_by: Some("2026-11-20".parse().unwrap()),
    };
    assert_eq!(triage.scope, files_of(&town));
    vec![
        ("warn", 4, secretary, outer.clone(), Act::Outer(Box::new(OuterAct::Issue(Box::new(warning))))),
        ("visit", 4, secretary, outer, Act::Outer(Box::new(visit))),
        ("file", 5, report.author, filed, Act::Report(Box::new(ReportAct::File(Box::new(file))))),
        ("triage", 4, secretary, triage, Act::Triage(Box::new(open))),
        ("series", 4, secretary, of_town.document(&town), Act::Series(Box::new(allot))),
        ("cadre", 4, secretary, register_of(&county), Act::Cadre(Box::new(CadreAct::Manage(post)))),
        ("share", 4, secretary, sharing, Act::Share(Box::new(ShareAct::Share(Box::new(shared))))),
    ]
}

/// 2027 as far as New Year.
fn new_year() -> Year {
    let off = |day: &str| Holiday { day: day.parse().unwrap(), name: "元旦".into() };
    Year {
        year: 2027,
        version: 1,
        applies: "2027-01-01".parse().unwrap(),
        holidays: vec![off("2027-01-01"), off("2027-01-02")],
        make_up: vec!["2027-01-03".parse().unwrap()],
    }
}

/// The certificate id of a key of the first root.
fn root_id(number: u8) -> EntryId {
    let set = RootSet { origin: genesis().hash().0, keys: genesis().root_keys, threshold: genesis().threshold };
    set.certificate_id(number)
}

/// The log of a node that admitted the first four entries, in their order, and its tree.
fn log() -> (Edge, BTreeMap<Node, Hash>) {
    let (mut edge, mut nodes) = (Edge::default(), BTreeMap::new());
    for (_, vector) in entries().into_iter().take(4) {
        edge.push(leaf(&vector.entry.id()), |node, hash| {
            nodes.insert(node, hash);
        });
    }
    (edge, nodes)
}

fn node() -> EntryId {
    EntryId(Hash([11; 32]))
}

/// Of the node's second log, for it was restored once.
fn checkpoint() -> Note {
    let after = Some(LogHead { epoch: 0, size: 9, root: Hash([13; 32]) });
    let log_name = LogName { node: node(), epoch: 1 };
    let checkpoint = Checkpoint { log: log_name, head: log().0.head(), time_s: 1_790_000_002, after };
    let mut note = checkpoint.sign(&key(6));
    let witness = witness();
    let line = note.cosign(&witness.name, 1_790_000_003, &key(7));
    note.add(line, &witness).unwrap();
    note
}

fn witness() -> Witness {
    Witness { name: "镇级见证 1".into(), key: key(7).public(), outside: false }
}

/// The second and the third of the four.
fn receipt() -> Receipt {
    let items: Vec<Item> = entries()
        .iter()
        .zip(0..)
        .map(|((_, vector), index)| Item { tip: vector.entry.id(), index })
        .filter(|item| item.index == 1 || item.index == 2)
        .collect();
    let nodes = log().1;
    let hashes = set_proof(&[1, 2], 4, &|node| Ok::<_, std::convert::Infallible>(nodes[&node])).unwrap();
    Receipt { note: checkpoint().to_bytes().into(), items, hashes }
}

fn frames() -> Vec<(&'static str, Frame)> {
    let (id, hash) = (EntryId(Hash([11; 32])), Hash([12; 32]));
    let scope = Scope { home: "370126.105.201".parse().unwrap(), reach: Reach::UP, shelf: Shelf::CASE };
    let stretch = |extent| Stretch { unit: "370126.105".parse().unwrap(), extent };
    let parcels = || {
        let parcel = |vector: &Vector| Parcel::new(vector.entry.bytes(), Some(&vector.body.clone().into()));
        entries().iter().take(1).map(|(_, vector)| parcel(vector)).collect::<Vec<_>>()
    };
    let outline = Outline {
        scopes: vec![ScopeDigest { reach: Reach::DOWN, shelf: Shelf::CHARTER, digest: hash }],
        children: vec![ChildDigest { segment: "201".into(), digest: hash }],
    };
    let hello = Hello {
        version: VERSION,
        genesis: genesis().hash(),
        certificate: id,
        unit: "370126.105".parse().unwrap(),
        digest: Some(hash),
        wanted: 0,
        checkpoint: Some(LogHead { epoch: 1, size: 4, root: hash }),
    };
    let feeds = vec![FeedTips { author: id, tips: vec![id, EntryId(hash)] }];
    let want = Want { scope: scope.clone(), author: id, tips: vec![id], have: vec![EntryId(hash)] };
    let receipt = Some(cbor::encode(&receipt()).into());
    let shown = Shown { note: checkpoint().to_bytes().into(), since: 3, proof: vec![hash, hash] };
    let line = checkpoint().cosign(&witness().name, 1_790_000_003, &key(7)).to_string();
    let cosigned = Cosigned { log: id, epoch: 1, size: 4, line: line.into_bytes().into() };
    let unit: UnitPath = "370126".parse().unwrap();
    vec![
        ("hello", Frame::Hello(hello)),
        ("chain_wanted", Frame::ChainWanted),
        ("chain", Frame::Chain(parcels())),
        ("genesis_wanted", Frame::GenesisWanted),
        ("genesis", Frame::Genesis(cbor::encode(&genesis()).into())),
        ("outlines_wanted", Frame::OutlinesWanted(vec![stretch(Extent::Down), stretch(Extent::Whole)])),
        ("outlined", Frame::Outlined(stretch(Extent::Whole), outline, true)),
        ("tips", Frame::Tips(ScopeTips { scope, feeds, last: false })),
        ("wanted", Frame::Wanted(vec![want])),
        ("ready", Frame::Ready(Totals { entries: 1000 })),
        ("give", Frame::Give(parcels())),
        ("ack", Frame::Ack(Ack { frames: 3, receipt, proof: vec![hash] })),
        ("receipts_wanted", Frame::ReceiptsWanted(vec![ReceiptsWant { unit, ids: vec![id], witnessed: true }])),
        ("bye", Frame::Bye(Bye { code: ByeCode::TOO_SLOW, detail: "peer reads too slowly".into() })),
        ("checkpoint", Frame::Checkpoint(shown)),
        ("again_wanted", Frame::AgainWanted(vec![id])),
        ("chunks_wanted", Frame::ChunksWanted(vec![ChunksWant { entry: id, chunks: vec![hash] }])),
        ("chunk", Frame::Chunk(ChunkPart { bytes: vec![3, 4].into(), rest: 5 })),
        ("cosigned", Frame::Cosigned(cosigned)),
        ("receipts", Frame::Receipts(vec![cbor::encode(&self::receipt()).into()])),
        ("checkpoint_wanted", Frame::CheckpointWanted),
        ("again", Frame::Again(parcels())),
    ]
}

/// Two checkpoints of one size.
fn evidence() -> Evidence {
    let mut other = *checkpoint().claimed();
    other.head.root = Hash([14; 32]);
    Evidence { held: checkpoint().to_bytes().into(), came: other.sign(&key(6)).to_bytes().into() }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_bytes_are_those_kept_in_vectors() {
    let mut made = vec![("genesis.cbor".to_string(), cbor::encode(&genesis()))];
    made.push(("genesis.hash".into(), genesis().hash().0.0.to_vec()));
    made.push(("genesis.signed.cbor".into(), cbor::encode(&signed_genesis())));
    for (name, vector) in entries() {
        made.push((format!("entry.{name}.cose"), vector.entry.bytes().to_vec()));
        made.push((format!("entry.{name}.body"), vector.body.clone()));
        made.push((format!("entry.{name}.id"), vector.entry.id().0.0.to_vec()));
        made.push((format!("entry.{name}.key"), vector.by.public().bytes().to_vec()));
    }
    made.push(("receipt.cbor".into(), cbor::encode(&receipt())));
    made.push(("checkpoint.note".into(), checkpoint().to_bytes()));
    made.push(("log_epoch.cbor".into(), cbor::encode(&LogEpoch { epoch: 1, after: checkpoint().claimed().after })));
    made.push(("evidence.cbor".into(), cbor::encode(&evidence())));
    made.extend(frames().iter().map(|(name, frame)| (format!("frame.{name}.cbor"), frame.to_bytes())));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let write = std::env::var_os("FANGWEI_WRITE_VECTORS").is_some();
    for (name, bytes) in &made {
        let place = folder.join(format!("{name}.hex"));
        if write {
            std::fs::write(&place, hex(bytes) + "\n").unwrap();
        }
        let kept = std::fs::read_to_string(&place).unwrap_or_else(|why| panic!("{}: {why}", place.display()));
        assert_eq!(kept.trim(), hex(bytes), "{name}");
    }
    let kept = std::fs::read_dir(&folder)
        .unwrap()
        .filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|extension| extension == "hex"));
    assert_eq!(kept.count(), made.len(), "vectors nobody makes");
}

#[test]
fn what_the_vectors_say_is_read_back() {
    let hash = genesis().hash();
    assert_eq!(Genesis::parse_expecting(&cbor::encode(&genesis()), hash).unwrap(), genesis());
    let signed = SignedGenesis::parse_expecting(&cbor::encode(&signed_genesis()), hash).unwrap();
    assert!(signed == signed_genesis() && signed.is_in_force() && signed.missing().is_empty());
    for (name, vector) in entries() {
        let claim = Claim::parse(vector.entry.bytes()).unwrap();
        assert!(claim.verify(&hash, &vector.by.public()).unwrap() == vector.entry, "{name}");
        assert_eq!(Body::parse(&vector.body).unwrap().bytes(), vector.body, "{name}");
    }
    let proof = Receipt::parse(&cbor::encode(&receipt())).unwrap().verify(&key(6).public()).unwrap();
    assert_eq!(proof.note, checkpoint());
    assert_eq!(proof.note.cosigned_at(&witness()), Ok(1_790_000_003));
    for (name, frame) in frames() {
        assert_eq!(Frame::parse(&frame.to_bytes()).unwrap(), frame, "{name}");
    }
}

#[test]
fn every_frame_there_is_has_a_vector() {
    let codes: std::collections::BTreeSet<u8> = frames().iter().map(|(_, frame)| frame.to_bytes()[1]).collect();
    assert_eq!(codes.len(), frames().len());
    // One code more is nobody's: [18, []].
    let first_unknown = u8::try_from(frames().len()).unwrap();
    assert!(Frame::parse(&[0x82, first_unknown, 0x80]).is_err());
}

#[test]
fn a_cose_library_written_by_others_checks_our_entries() {
    let hash = genesis().hash();
    let aad = [b"fangwei entry 1".as_slice(), hash.0.as_slice()].concat();
    for (name, vector) in entries() {
        let cose = CoseSign1::from_slice(vector.entry.bytes()).unwrap();
        assert_eq!(cose.protected.header.alg, Some(coset::Algorithm::Assigned(iana::Algorithm::EdDSA)), "{name}");
        assert!(cose.unprotected.is_empty(), "{name}");
        let structure = cose.tbs_data(&aad);
        assert_eq!(structure, vector.entry.to_be_signed(&hash), "{name}");
        assert_eq!(Hash::of(&structure), vector.entry.id().0, "{name}");
        cose.verify_signature(&aad, |signature, message| {
            let signature = signature.try_into().unwrap();
            vector.by.public().verifies(message, &signature).then_some(()).ok_or(())
        })
        .unwrap();
        let header: Header = cbor::decode(cose.payload.as_deref().unwrap()).unwrap();
        assert_eq!(&header, vector.entry.header(), "{name}");
        assert_eq!(header.body, Hash::of(&vector.body), "{name}");
        let document = DocKey { scope: header.scope.clone(), kind: header.kind, doc: header.doc };
        assert_eq!(header.document(), document);
    }
}
