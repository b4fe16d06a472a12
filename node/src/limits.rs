//! Every bound of this node's own, each with its reason. The protocol's are in [`fangwei_protocol::limits`].

// --- the store

/// Where a journal segment ends and the next begins, in bytes: opening scans the last one, at most a tenth of a second.
pub const SEGMENT_BYTES_MAX: u32 = 64 * 1024 * 1024;

/// Largest receipt in the journal, in bytes: it came in one frame.
pub const RECEIPT_BYTES_MAX: usize = fangwei_protocol::limits::FRAME_BYTES_MAX;

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

/// Facts replayed at one go, in bytes: memory of one step of a rebuild.
pub const REPLAY_BYTES_MAX: usize = 4 * 1024 * 1024;
