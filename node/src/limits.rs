//! Every bound of this node's own, each with its reason. The protocol's are in [`fangwei_protocol::limits`].

use std::{num::NonZeroU16, time::Duration};

// --- the network (crate::net)

/// Bytes a peer may send on the session's stream before we have read them: three of the largest frames, and enough to
/// fill 14 Mbit/s at 300 ms. With one stream a connection this is also what a peer can make us hold.
pub const STREAM_RECEIVE_WINDOW_BYTES: u32 = 512 * 1024;

/// The same for a whole connection; quinn's default is unlimited. Twice the stream's, which leaves room for
/// attachments on a second stream later.
pub const CONNECTION_RECEIVE_WINDOW_BYTES: u32 = 1024 * 1024;

/// Bytes sent and not yet acknowledged by the peer's transport: what a peer that stops answering can make us hold.
pub const SEND_WINDOW_BYTES: u64 = 1024 * 1024;

/// Streams a dialler may have open at once: the session's one. Attachments, when they come, get one of their own here.
pub const STREAMS_MAX: u32 = 1;

/// A connection without a packet from the peer for this long is over.
pub const IDLE_LIMIT: Duration = Duration::from_secs(30);

/// Silence after which the dialler sends a probe: a third of [`IDLE_LIMIT`], so two may be lost, and under the shortest
/// time for which address translators keep a UDP mapping (30 s).
pub const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(10);

/// A handshake not finished by then is given up: four retransmissions, after 1, 3, 7 and 15 s, so that a link that loses
/// a third of its packets is not begun again and again.
pub const HANDSHAKE_LIMIT: Duration = Duration::from_secs(20);

/// The dialler's first frame must have come this long after the handshake: it is sent at once and is small.
pub const FIRST_FRAME_LIMIT: Duration = Duration::from_secs(5);

/// The listener's first frame must have come this long after the handshake: the dialler's time and as much again.
pub const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// A frame that has begun must be complete by then: the largest one at 1 KiB/s.
pub const FRAME_LIMIT: Duration = Duration::from_secs(160);

/// Connections a peer has begun and we have not looked at yet; beyond it quinn refuses them.
pub const INCOMING_MAX: usize = 256;

/// Bytes kept for one connection we have not looked at yet: its first flight is two packets.
pub const INCOMING_BYTES_MAX: u64 = 64 * 1024;

/// Bytes kept for all connections we have not looked at yet.
pub const INCOMING_BYTES_TOTAL_MAX: u64 = 8 * 1024 * 1024;

/// Handshakes, and waits for a first frame, that go on at once. At 2.5 ms of work each all are done within 1 s.
pub const HANDSHAKES_MAX: usize = 256;

/// Handshakes going on from which a dialler must first show that it receives at the address it claims, which costs one
/// round trip: more than all townships of a county that come back after a power cut.
pub const HANDSHAKES_BEFORE_RETRY: usize = 64;

/// Connections open at once, both directions: three times the nodes of the largest county (about 600).
pub const LINKS_MAX: usize = 2_048;

/// New connections that wait for the node to take them; further ones wait in their handshake's place.
pub const ARRIVALS_MAX: usize = 16;

/// How long closing an endpoint waits for its peers to have heard of it.
pub const CLOSE_LIMIT: Duration = Duration::from_secs(2);

/// Characters of a peer's closing words that are kept for the operator.
pub const CLOSE_TEXT_CHARS_MAX: usize = 200;

/// The first wait before dialling a peer again.
pub const REDIAL_BASE: Duration = Duration::from_secs(1);

/// The longest wait before dialling a peer again. A link that came back must be in use within 30 s: an attempt that began
/// just too early fails within 5 s (its last retransmission is 15 s old), then this wait, and 17 s remain for a handshake
/// that loses some of its packets. An attempt at nobody costs 13 kB, so a day of an upstream that is down costs 45 MB
/// where the uplink itself stands.
pub const REDIAL_MAX: Duration = Duration::from_secs(8);

/// How long one node above has to answer before the next is dialled beside it: two retransmissions, and a handshake on a
/// link of 1 s round trip.
pub const DIAL_HEAD_START: Duration = Duration::from_secs(3);

/// Days after which what a unit above has not confirmed is late: an office that is closed for a week of holidays is none.
pub const UNCONFIRMED_DAYS: NonZeroU16 = match NonZeroU16::new(7) {
    Some(days) => days,
    None => NonZeroU16::MIN,
};

/// So many days.
#[must_use]
pub const fn days(days: NonZeroU16) -> Duration {
    Duration::from_secs(days.get() as u64 * 86_400)
}

/// How often a node looks for what is late: it looks at every feed below it, and an hour is little beside days.
pub const WATCH: Duration = Duration::from_secs(3_600);

// --- the store

/// Where a journal segment ends and the next begins, in bytes: opening scans the last one, at most a tenth of a second.
pub const SEGMENT_BYTES_MAX: u32 = 64 * 1024 * 1024;

/// Largest receipt in the journal, in bytes: it came in one frame.
pub const RECEIPT_BYTES_MAX: usize = fangwei_protocol::limits::FRAME_BYTES_MAX;

/// Largest record of a log epoch in the journal, in bytes: two numbers, a size and a root.
pub const LOG_EPOCH_BYTES_MAX: usize = 128;

/// Largest evidence in the journal, in bytes: two notes and their envelope.
pub const EVIDENCE_BYTES_MAX: usize = 2 * fangwei_protocol::limits::NOTE_BYTES_MAX + 16;

/// How often the core is told that time has passed: often enough for what is due within minutes.
pub const TICK: Duration = Duration::from_secs(60);

/// Journal bytes put and not yet synced before `put` syncs by itself, so that memory stays bounded.
pub const UNSYNCED_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Journal segments kept open for reading: most reads are of what is new, and 556 stores share one process in the demo.
pub const SEGMENTS_OPEN_MAX: usize = 4;

/// Memory of the index engine's cache for an office, in bytes.
pub const INDEX_CACHE_BYTES: u64 = 16 * 1024 * 1024;

/// The same for the demo county, where hundreds of stores share one process.
pub const INDEX_CACHE_BYTES_DEMO: u64 = 1024 * 1024;

/// Bytes of keys and values the index may lag behind before `put` waits for it: about 100,000 entries.
pub const TAIL_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Keys the index may lag behind before `put` waits for it: half a minute of the engine's work.
pub const TAIL_KEYS_MAX: usize = 400_000;

/// What one key costs in memory besides its own bytes and its value's: two maps, four counters.
pub const TAIL_KEY_OVERHEAD_BYTES: usize = 112;

/// Keys moved into the index at one go: long enough to write a hot key once, short enough to hold nobody up.
pub const INDEX_BATCH_KEYS: usize = 4_096;

/// Bytes moved into the index between two flushes: what an opening has to replay is at most about this much.
pub const INDEX_FLUSH_BYTES: usize = 8 * 1024 * 1024;

/// Room on the disk below which nothing more is put, in bytes: the index engine stops answering when it cannot write,
/// and this is enough for it to take in all it may lag behind.
pub const ROOM_BYTES_MIN: u64 = 256 * 1024 * 1024;

/// Documents looked through at one go for what they name of attachments, while nothing is asked: a few milliseconds.
pub const SWEEP_DOCUMENTS: usize = 50;

/// How often all of them are: what is lacking or named by nothing is known sooner in the ordinary ways.
pub const SWEEP_EVERY: Duration = Duration::from_secs(86_400);

/// How long content nobody names is kept: within it, what was attached to a draft is signed.
pub const CHUNKS_KEPT_UNNAMED: Duration = Duration::from_secs(2 * 86_400);

/// Days within which the whole journal is read again: rot is rare, and what it took is to be found while others have it.
pub const SCRUB_DAYS: NonZeroU16 = match NonZeroU16::new(7) {
    Some(days) => days,
    None => NonZeroU16::MIN,
};

/// Bytes of the journal read at one go while nothing is asked: a few milliseconds.
pub const SCRUB_BYTES: u64 = 256 * 1024;

/// How long the driver leaves the disk alone between two such goes: 1 GB in seven minutes, with a tenth of a core.
pub const SCRUB_PAUSE: Duration = Duration::from_millis(100);

/// How long after opening a scrub that is due begins: an office that has just switched on has other things to do.
pub const SCRUB_AFTER_OPENING: Duration = Duration::from_secs(300);

/// Facts replayed at one go, in bytes: memory of one step of a rebuild.
pub const REPLAY_BYTES_MAX: usize = 4 * 1024 * 1024;

// --- the driver (crate::run) and its connections (crate::node)

/// Asks that wait for the core; further ones wait in their own task, which slows peers and callers down.
pub const ASKS_MAX: usize = 256;

/// Asks done with one sync of the journal: enough to share an fsync widely, few enough to answer soon.
pub const GROUP_ASKS_MAX: usize = 64;

/// Events a slow listener may lag behind before it misses some.
pub const EVENTS_MAX: usize = 1024;

/// Frames that wait for one connection's writer. At most 192 KiB of entries are in flight; the rest are the small
/// frames of comparing, at most a few per unit below. A peer that lets more pile up is dropped.
pub const OUTBOX_FRAMES_MAX: usize = 8_192;

/// Bytes of those frames: a hundred of the largest frames, where an honest peer lets a few wait.
pub const OUTBOX_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Bytes of them while the peer has not shown who it is: one frame of the longest chain, and the few beside it. All the
/// connections there may be hold less than 400 MB so.
pub const OUTBOX_STRANGER_BYTES_MAX: usize = fangwei_protocol::limits::FRAME_BYTES_MAX + 32 * 1024;

/// Index keys moved at a time while nothing is asked: a few milliseconds, so that an ask never waits long.
pub const INDEX_KEYS_AT_A_TIME: usize = 2_000;

/// How long nothing is asked before the index is brought up to the journal: longer than a peer nearby takes to answer an
/// acknowledgement.
pub const QUIET: Duration = Duration::from_millis(5);

/// Index keys moved beside the check of one entry while the index is far behind: more than an entry has, so that it
/// comes nearer.
pub const INDEX_KEYS_PER_CHECK: usize = 8;

/// The longest wait of a node whose disk failed before it tries again whether it can be written: a few bytes.
pub const REOPEN_AFTER: Duration = Duration::from_secs(2);

/// The first such wait; each is twice the one before. A disk that failed once is most often well at once.
pub const REOPEN_AFTER_FIRST: Duration = Duration::from_millis(20);

/// Largest journal that is read without its index while the disk cannot be written, in bytes: that of a village. What
/// is derived from it takes up to three times as much memory.
pub const READ_ALONE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// How long a closing connection may take to say why.
pub const GOODBYE_LIMIT: Duration = Duration::from_secs(2);

/// How long joining waits for the parent before it gives up.
pub const JOIN_LIMIT: Duration = Duration::from_secs(60);

// --- officers' keys and sessions (crate::keyring, crate::session)

/// Characters of the shortest passphrase; length is what counts, and eight is NIST's least.
pub const PASSPHRASE_CHARS_MIN: usize = 8;

/// Memory a sealed key may ask for, in KiB: four times what we ask ourselves, so that a strange file takes no machine
/// down.
pub const SEAL_MEMORY_KIB_MAX: u32 = 256 * 1024;

/// Passes a sealed key may ask for: at 256 MiB about two seconds.
pub const SEAL_PASSES_MAX: u32 = 10;

/// Largest file of a sealed key, in bytes: ours has about 600.
pub const SEALED_FILE_BYTES_MAX: usize = 4 * 1024;

/// Longest configuration file, in bytes: every key with its explanation is under 8 KB.
pub const CONFIG_BYTES_MAX: u64 = 64 * 1024;

/// Largest request, grant or sheet, in bytes: the longest chain of certificates with its endorsements has about 40 KB.
pub const CEREMONY_FILE_BYTES_MAX: usize = 128 * 1024;

/// A form without files has arrived by then: the longest one at 4 KiB/s, or somebody keeps a place busy on purpose.
pub const FORM_LIMIT: Duration = Duration::from_secs(60);

/// A form with files has: 16 MiB at 64 KiB/s.
pub const FILES_LIMIT: Duration = Duration::from_secs(300);

/// A session not used for this long is over: an officer who went to lunch.
pub const SESSION_IDLE_LIMIT: Duration = Duration::from_secs(15 * 60);

/// A session this old is over: a working day.
pub const SESSION_LIMIT: Duration = Duration::from_secs(10 * 60 * 60);

/// Attempts at one officer's passphrase in [`SESSION_ATTEMPTS_WINDOW`].
pub const SESSION_ATTEMPTS_MAX: usize = 5;

/// See [`SESSION_ATTEMPTS_MAX`].
pub const SESSION_ATTEMPTS_WINDOW: Duration = Duration::from_secs(15 * 60);

/// Passphrases tried at once: each takes 64 MiB and a core for a tenth of a second.
pub const SESSION_HASHES_AT_ONCE: usize = 2;

/// Sessions open at once: more than one office has officers.
pub const SESSIONS_MAX: usize = 256;

/// Steps of thirty seconds a code may be early or late: clocks of offices without a network are a minute off, and five
/// codes of a million in five attempts are no help to anybody who guesses.
pub const SECOND_FACTOR_SKEW_STEPS: u16 = 2;

/// Access tokens of one node: each business system of a county has one or two.
pub const ACCESS_TOKENS_MAX: usize = 256;

/// Characters of what an access token is called: a line.
pub const ACCESS_LABEL_CHARS_MAX: usize = 64;

/// Days an access token is valid at most: somebody looks at each once a year.
pub const ACCESS_DAYS_MAX: u32 = 366;

/// Days for which the answer to a request with an idempotency key is kept: a system that was cut off for weeks and sends
/// all it has again does nothing twice.
pub const REPLIES_KEPT_DAYS: u64 = 60;

/// Answers kept at once: one a minute for all those days, and a file each.
pub const REPLIES_MAX: usize = 100_000;

/// Characters of an idempotency key: the longest in use are two UUIDs.
pub const IDEMPOTENCY_KEY_CHARS_MAX: usize = 128;

/// Second factors shown and not confirmed: more than set one up at one moment.
pub const SECOND_FACTORS_BEGUN_MAX: usize = 64;

// --- lists and the local HTTP (crate::view, crate::desk, crate::api)

/// Entries looked at in one look of the view: some ten milliseconds of the core's time.
pub const VIEW_ENTRIES_AT_A_TIME: usize = 500;

/// Documents made in one look of the view: at 0.3 ms each some twenty milliseconds of the core's time.
pub const VIEW_DOCUMENTS_AT_A_TIME: usize = 64;

/// Documents written in one transaction: the index of words makes a part of itself for each, and joins parts later.
pub const VIEW_WRITTEN_AT_A_TIME: usize = 512;

/// Pages of 4 KiB the writer of the lists keeps in memory, and lets its log grow to before it is put in its place: what is
/// written at random places, which are those of the documents' ids, is then written less often.
pub const VIEW_WRITER_PAGES: u32 = 8_192;

/// Pages of the index of words that are joined at a time: some ten milliseconds.
pub const VIEW_JOINED_PAGES: i64 = 64;

/// Lines written after which the parts of that index are joined: a search over fewer parts is quicker, and joining all
/// of a million lines takes a minute of a core.
pub const VIEW_JOINED_AFTER_LINES: usize = 20_000;

/// Characters of a text that a list shows.
pub const VIEW_EXCERPT_CHARS: usize = 60;

/// Connections that read lists at once: pages are asked for by a few people.
pub const VIEW_READERS: u32 = 4;

/// Lines that one search counts if it shows fewer: whoever finds so many adds a word, and one that stands everywhere costs
/// no more.
pub const SEARCH_COUNTED_MAX: usize = 100;

/// Documents in one list.
pub const LIST_MAX: usize = 1_000;

/// Digits of the shortest id shown; one in four thousand million.
pub const SHORT_ID_DIGITS: usize = 8;

/// Digits of the shortest beginning of an id that is taken.
pub const ID_PREFIX_DIGITS_MIN: usize = 6;

/// Splices of one edit of a text; a text written anew becomes one.
pub const TEXT_SPLICES_MAX: usize = 16;

/// Longest wait of a status answer for names: the lists of a village are made by then, those of a county after a start
/// are not, and whoever asks whether it serves again wants an answer.
pub const NAMES_WAIT_MAX: Duration = Duration::from_secs(1);

/// Longest wait for a synchronisation.
pub const SYNC_WAIT_MAX: Duration = Duration::from_secs(600);

/// Days a certificate or a token may be valid: ten years.
pub const VALIDITY_DAYS_MAX: u32 = 3_650;

/// Faults a verification lists; more are counted.
pub const VERIFY_FAULTS_MAX: usize = 100;

/// Entries of a verification checked at one go, on all cores.
pub const VERIFY_AT_A_TIME: usize = 4_096;

/// Entries of a bundle read at one go, while nothing else is decided.
pub const EVIDENCE_AT_A_TIME: usize = 64;

/// Bytes of entries and bodies after which no more are taken for one go: three goes are in memory at a time.
pub const VERIFY_BYTES_AT_A_TIME: usize = 8 * 1024 * 1024;

/// Largest body of a request, in bytes: the units of a county are 100 KB.
pub const REQUEST_BYTES_MAX: usize = 1024 * 1024;

/// How often a running node looks what is due: reminders are for a day, so several times before anybody begins to work.
pub const REMIND_EVERY: Duration = Duration::from_secs(60 * 60);

/// How long after its start a node looks first: the lists are brought up to the log meanwhile, and nobody waits for it.
pub const REMIND_AFTER_START: Duration = Duration::from_secs(60);

/// Entries an officer marks as read in one request: what is shown to be read, ten times over.
pub const READ_MARKS_MAX: usize = 1_000;

/// For how long what is over is looked through for what is left to do or to read: a year after anything last happened in
/// it. All there ever was would be looked through otherwise, whenever somebody opens the first page.
pub const DUTIES_OVER_LIMIT: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// Cases and reports looked through for duties before the core does something else.
pub const DUTIES_AT_A_TIME: usize = 200;
