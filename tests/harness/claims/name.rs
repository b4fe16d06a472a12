//! The claims by name: what a simulation says when one does not hold.

/// Nothing panics, whatever happens.
pub const NOTHING_PANICS: &str = "nothing panics";

/// What is acknowledged to an officer, confirmed to a peer, given or signed is durable at that moment.
pub const DURABLE_BEFORE_SAID: &str = "nothing is said before it is durable";

/// What a machine told officers is saved, and what its receipts name, is there whenever it begins again, unless its disk was
/// put back to an old image.
pub const ACKNOWLEDGED_IS_KEPT: &str = "what was acknowledged is kept";

/// When everything has healed, everybody who shares an entry holds it, and it is confirmed by each node above.
pub const EVERYTHING_ARRIVES: &str = "everything arrives when everything heals";

/// Who holds the same entries has the same digest, verdicts, documents and case states.
pub const SAME_ENTRIES_SAME_VIEW: &str = "who holds the same reads the same";

/// An index derived again from the facts is the same index.
pub const REPLAY_IS_THE_SAME: &str = "what is derived again is the same";

/// Nobody holds or is given what the tree does not give them.
pub const ONLY_WHAT_THE_TREE_GIVES: &str = "nobody has what the tree does not give them";

/// Nobody honest is refused, hung up on, said to have forked or to contradict itself.
pub const NOBODY_HONEST_ACCUSED: &str = "nobody honest is accused";

/// A fork somebody made on purpose is kept as evidence wherever both sides of it are.
pub const DISHONESTY_IS_FOUND: &str = "every injected dishonesty is found";

/// What waits, what is in flight and what is parked stays within `limits.rs`.
pub const WITHIN_LIMITS: &str = "memory and queues stay within the limits";

/// A store with no damaged record can always be read and opened.
pub const A_WHOLE_STORE_READS: &str = "a whole store opens and reads";

/// Words that were taken out are on no disk.
pub const TAKEN_OUT_IS_GONE: &str = "what was taken out is gone";

/// Nothing is held without what stands before it in its feed and in its document.
pub const NOTHING_WITHOUT_ITS_PAST: &str = "nothing is held without what comes before it";

/// What nobody had the right to say is void, and what a revoked officer said is struck unless somebody stands for it.
pub const JUDGED_BY_THE_RULES: &str = "everything is judged by the rules";

/// A digest is that of every tip held, as SPEC.md says.
pub const DIGESTS_ARE_OF_EVERY_TIP: &str = "a digest is of every tip";

/// What an officer may say is not refused when it is written.
pub const WHAT_MAY_BE_SAID_IS_TAKEN: &str = "what may be said is taken";
