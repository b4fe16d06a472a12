//! Every bound of the protocol, each with its reason.
//!
//! A bound here is part of the agreement between nodes: changing one that decides a verdict or a refusal needs a new
//! protocol version.

/// Largest signed header on the wire or on disk, in bytes: 32 `after` ids (1.1 KB), a path, the rest under 400 B.
pub const HEADER_BYTES_MAX: usize = 2 * 1024;

/// Largest body of one entry, in bytes: a long paper is under 40 KB of Chinese text; larger things are attachments.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// Heads one entry may name in `after`; with more, `join` edits that change nothing come first.
pub const AFTER_MAX: usize = 32;

/// Segments of a unit path: province, prefecture, county, township, village, department, section, and one spare.
pub const PATH_SEGMENTS_MAX: usize = 8;

/// Digits of a department's number: `d07`, at most `d9999`.
pub const DEPARTMENT_DIGITS_MAX: usize = 4;

/// What an edit and those behind it in its document may weigh, in microseconds of a slow machine: some 3,000 short
/// ones, or the longest text and a third as much again. Beyond it they are inapplicable: continue in a new document.
pub const DOCUMENT_BEHIND_MAX: u64 = 400_000;

/// What all edits of a document may cost, those beside each other too, so that nobody can make a document no node can
/// show: about a second. Twice [`DOCUMENT_BEHIND_MAX`], so that one officer's flood leaves room for what others said.
pub const DOCUMENT_WHOLE_MAX: u64 = 800_000;

/// Steps in one edit: the widest form has about 30 fields.
pub const EDIT_STEPS_MAX: usize = 64;

/// Characters of one text field after an edit; beyond it the edit is inapplicable.
pub const TEXT_CHARS_MAX: usize = 100_000;

/// Items of one list field after an edit; beyond it the edit is inapplicable.
pub const LIST_ITEMS_MAX: usize = 1_000;

/// Largest frame between two nodes, in bytes: two of the largest entries with their envelope.
pub const FRAME_BYTES_MAX: usize = 160 * 1024;

/// Bytes of entries put into one `Give` frame before it is closed, so that progress is steady on slow links.
pub const GIVE_BYTES: usize = 32 * 1024;

/// Bytes of entries sent and not yet acknowledged as durable: what a cut link can cost.
pub const IN_FLIGHT_BYTES_MAX: usize = 192 * 1024;

/// Entries in one `Give` frame: the smallest entry is about 250 B, so the byte bound is met first.
pub const GIVE_ENTRIES_MAX: usize = 512;

/// Entries asked for again in one frame, because their records are damaged: of the usual size they fit one answer.
pub const AGAIN_IDS_MAX: usize = 64;

/// Statements that prove a redaction: the redaction and one endorsement.
pub const REDACTION_PROOF_MAX: usize = 2;

/// Items (tips, wants, digests) of one frame of the comparing phase; what does not fit goes into the next.
pub const COMPARE_ITEMS_MAX: usize = 1_024;

/// Tips and digests of one peer's unfinished answers that a session gathers before comparing: four times the feeds of
/// the largest scope of a province; beyond it the session ends.
pub const GATHERED_MAX: usize = 256 * 1_024;

/// Outlines and scopes a session awaits at once: all units of a prefecture differ; beyond it the session ends.
pub const AWAITED_MAX: usize = 64 * 1_024;

/// Outlines and scopes compared in one session in all: every unit of a province three times; beyond it the peer's digests
/// are made up and the session ends.
pub const COMPARED_MAX: usize = 256 * 1_024;

/// Ids in one locator: 0, 1, 2, 4 … back, so 64 reach further than any feed is long.
pub const LOCATOR_MAX: usize = 64;

/// Tips of one feed that are compared; an author who branches more often is answered with the greatest ones first.
pub const TIPS_MAX: usize = 256;

/// Bytes of entries received and not checked yet: what was released from the parked ones, and twice what an honest
/// peer has in flight; beyond it the session ends.
pub const UNCHECKED_BYTES_MAX: usize = PARKED_BYTES_MAX + 2 * IN_FLIGHT_BYTES_MAX;

/// Entries of a peer parked because their author's certificate is not here yet, in bytes; beyond it the session ends.
pub const PARKED_BYTES_MAX: usize = 1024 * 1024;

/// Live entries queued for one slow peer; beyond it the session ends and reconciling repairs it.
pub const LIVE_QUEUE_MAX: usize = 16 * 1024;

/// Entries walked back in a branched feed to find what an earlier receipt of it confirmed: two full frames' worth,
/// beyond which both receipts are kept.
pub const CONFIRMED_WALK_MAX: usize = 1_024;

/// Entries of one receipt: with the longest proof there can be of each it still travels in one frame.
pub const RECEIPT_ITEMS_MAX: usize = 64;

/// Receipts of one frame: as many as there are levels above, and more.
pub const RECEIPTS_MAX: usize = 16;

/// Hashes of a consistency proof: one for each level of the largest tree there could be, and one.
pub const CONSISTENCY_MAX: usize = 65;

/// Seconds a peer's knowledge of this node's log may be behind before it is shown a newer checkpoint.
pub const CHECKPOINT_BEHIND_S: i64 = 600;

/// Seconds by which honest clocks may differ: a claimed time that is farther outside is flagged.
pub const CLOCK_TOLERANCE_S: i64 = 600;

/// Entries walked back in a feed to find the last anchor its author wrote.
pub const ANCHOR_WALK_MAX: usize = 1_024;

/// Largest checkpoint with its signatures, in bytes: sixteen cosignatures of 200 B, and the text of 300 B.
pub const NOTE_BYTES_MAX: usize = 4 * 1024;

/// Signature lines of a checkpoint: the log's own and fifteen witnesses', as many as C2SP has every reader accept.
pub const NOTE_SIGNATURES_MAX: usize = 16;

/// Certificates in one chain: depth of the tree plus endorsements.
pub const CHAIN_MAX: usize = 32;

/// Units listed by one act: 600 rows of 100 B stay under [`BODY_BYTES_MAX`].
pub const UNITS_PER_ACT_MAX: usize = 500;

/// Longest name of a unit or a holder, in characters.
pub const NAME_CHARS_MAX: usize = 100;

/// Keys of one root: more people than that never agree on anything in time.
pub const ROOT_KEYS_MAX: usize = 9;

/// Witnesses of one policy: every township of a large county, and some outside of it.
pub const WITNESSES_MAX: usize = 64;

/// Witnesses that may be asked for: their signatures and the node's own fit one note.
pub const WITNESS_THRESHOLD_MAX: usize = 15;

/// Characters of a redaction's legal basis: a decision's number and the article it rests on.
pub const BASIS_CHARS_MAX: usize = 1_000;

/// Holidays of one year, and make-up days of one year: 33 are the most so far, and a province may add its own; with the
/// longest names they stay under [`BODY_BYTES_MAX`].
pub const YEAR_DAYS_MAX: usize = 128;

/// Acts that stand in one file of a case: a warning with a year of evidence has about a hundred; what goes on longer is
/// continued in a linked case. So many that are refused are looked at for what they crossed.
pub const CASE_ACTS_MAX: usize = 1_000;

/// Bytes of one attachment: a scanned paper or a photograph; films are summed up in words.
pub const ATTACHMENT_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Bytes of one chunk of an attachment: what is fetched again where a link broke.
pub const CHUNK_BYTES: u64 = 256 * 1024;

/// Bytes of a chunk in one frame: a frame is no longer than what a receipt or the largest entry needs.
pub const CHUNK_PART_BYTES: usize = 128 * 1024;

/// Chunks named in one question: one of them is given in answer, and the question stays small beside it.
pub const CHUNKS_ASKED_MAX: usize = 64;

/// Ticks, a minute each, after which a peer that had none of the chunks that are lacking is asked again at the latest; the
/// first time after one, then after twice as many: what is on its way comes soon, what is lost costs little.
pub const CHUNK_REST_TICKS_MAX: u32 = 64;

/// Attachments of one act: with the hashes of all their chunks they stay under [`BODY_BYTES_MAX`].
pub const ATTACHMENTS_MAX: usize = 16;

/// Posts in one register of cadre management authority: a county manages some two thousand cadres.
pub const CADRE_POSTS_MAX: usize = 10_000;

/// Bytes of one part of a published pack: with its envelope it stays under [`BODY_BYTES_MAX`].
pub const PACK_PART_BYTES_MAX: usize = 48 * 1024;

/// Parts of one published pack: the built-in ones are two or three.
pub const PACK_PARTS_MAX: usize = 16;

/// Bytes of a whole pack.
pub const PACK_BYTES_MAX: usize = PACK_PARTS_MAX * PACK_PART_BYTES_MAX;

/// Items of one list of a pack: the longest list a source gives is of some fifty.
pub const PACK_LIST_MAX: usize = 200;

/// Characters of one text of a pack: a form's longest paragraph has a few hundred.
pub const PACK_TEXT_CHARS_MAX: usize = 4_000;
