//! Carries frames of bytes between two nodes that hold their keys: QUIC, TLS 1.3, Ed25519 raw public keys both ways.
//!
//! Transport knows nothing of entries, hellos or certificates. TLS proves that a peer holds a key; whose key it is, is
//! said by the hello above and judged by the protocol, so a replaced key is no deadlock and a stranger costs one frame.
//! A dialler who is refused still sees its own handshake succeed (TLS 1.3 has the listener judge last), so nothing
//! counts as connected before the peer's first frame: [`Endpoint::accept`] yields a [`Link`] only with that frame, and
//! the dialler knows when [`FrameReceiver::receive`] gives one.
//!
//! Rooms: `endpoint` (the only file naming quinn), `tls` (the only file naming rustls), `frame` (lengths and bytes),
//! `link` (what callers hold), [`backoff`] (when to dial again).

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use fangwei_protocol::trust::key::{KeyFault, PublicKey};
use thiserror::Error;

pub mod backoff;
mod endpoint;
mod frame;
mod link;
mod tls;

pub use endpoint::{Endpoint, Options};
pub use link::{FrameReceiver, FrameSender, Link, LinkControl, Traffic};
pub use tls::{
    issuing::{IssueFault, Issued, IssuedDays, found_authority, issue_for_pages},
    pages::{PagesKey, PagesKeyFault},
};

/// The application protocol offered and required in the handshake. Its number is the protocol version: nodes that
/// speak another one part here, before a byte of either is read.
pub const ALPN: &[u8] = b"fangwei/1";

/// Closing code: the node stops, nothing is wrong.
pub const CLOSE_STOPPING: u32 = 0;
/// Closing code: the first frame did not come.
pub const CLOSE_SILENT: u32 = 1;
/// Closing code: what came was not a frame.
pub const CLOSE_BAD_FRAME: u32 = 2;
/// Closing codes below this one are transport's; sessions use this one and above.
pub const CLOSE_SESSION_FIRST: u32 = 16;

/// Why there is no connection, or no longer one.
///
/// What the peer did wrong is apart, in [`NetFailure::Peer`]: it is counted against the peer. All else is our network,
/// our machine or an orderly end, and is retried.
#[derive(Debug, Error)]
pub enum NetFailure {
    /// The address could not be bound.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The TLS library did not take our own key or settings.
    #[error("tls did not take our own settings: {reason}")]
    Settings {
        /// What the library said.
        reason: String,
    },
    /// The address can't be dialled from here, or the endpoint is closed.
    #[error("cannot dial {address}: {reason}")]
    Dial {
        /// The address asked for.
        address: SocketAddr,
        /// What the library said.
        reason: String,
    },
    /// Who answered proved to hold another key than the one expected.
    #[error("expected the peer to hold key {expected:?}, it holds {found:?}")]
    AnotherKey {
        /// The key asked for.
        expected: Box<PublicKey>,
        /// The key whose possession was proved.
        found: Box<PublicKey>,
    },
    /// The handshake took too long, or nobody answered.
    #[error("no handshake within {limit:?}")]
    NoHandshake {
        /// The time it had.
        limit: Duration,
    },
    /// The peer refused our handshake.
    #[error("peer refused the handshake with tls alert {alert}")]
    Refused {
        /// The TLS alert (RFC 8446, 6.2).
        alert: u8,
    },
    /// The peer takes no more connections now.
    #[error("peer takes no more connections")]
    Busy,
    /// This node takes no more connections now.
    #[error("no more than {most} connections are taken")]
    Full {
        /// The bound.
        most: usize,
    },
    /// Nothing was heard of the peer for too long.
    #[error("nothing heard of the peer for too long")]
    Lost,
    /// The peer does not know this connection any more; it was probably started anew.
    #[error("peer has forgotten the connection")]
    Forgotten,
    /// The peer closed the connection and said why.
    #[error("closed by the peer with code {code}: {text}")]
    Closed {
        /// A closing code: transport's own, or the session's.
        code: u64,
        /// The peer's words, shortened, without control characters.
        text: String,
    },
    /// The peer's transport gave up the connection.
    #[error("peer's transport gave up with code {code:#x}")]
    Aborted {
        /// The QUIC error code (RFC 9000, 20.1).
        code: u64,
    },
    /// The peer takes no more frames.
    #[error("peer takes no more frames")]
    Stopped,
    /// We closed it ourselves.
    #[error("closed here")]
    ClosedHere,
    /// The quinn library can give the connection no more identifiers.
    #[error("no more connection identifiers")]
    NoIdentifiers,
    /// A frame to send is longer than peers accept.
    #[error("a frame of {bytes} bytes is longer than {most}")]
    FrameTooLong {
        /// Its length in bytes.
        bytes: usize,
        /// The bound in bytes.
        most: usize,
    },
    /// An earlier sending was given up half-way, so what follows could not be told apart.
    #[error("an earlier frame was sent in part only")]
    SendCut,
    /// The peer did something wrong.
    #[error(transparent)]
    Peer(#[from] NetFault),
}

/// What a peer did wrong. Counted, never fatal to the node.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NetFault {
    /// Speaks another application protocol, or another version of ours.
    #[error("peer does not speak our protocol version")]
    OtherProtocol,
    /// Offers X.509 certificates instead of raw public keys.
    #[error("peer does not offer a raw public key")]
    NotRawKey,
    /// Shows no key at all.
    #[error("peer shows no key")]
    NoKey,
    /// Shows something that is not an Ed25519 public key in its standard form.
    #[error("peer's key is not an Ed25519 public key")]
    NotEd25519,
    /// Shows a key that is not admitted.
    #[error("peer's key: {0}")]
    BadKey(KeyFault),
    /// Does not hold the key it shows.
    #[error("peer did not prove that it holds its key")]
    NotProved,
    /// Broke the handshake in another way.
    #[error("handshake failed with tls alert {alert}: {reason}")]
    Handshake {
        /// The TLS alert we sent (RFC 8446, 6.2).
        alert: u8,
        /// What the library said.
        reason: String,
    },
    /// Broke the rules of QUIC.
    #[error("peer broke the transport's rules with code {code:#x}: {reason}")]
    Transport {
        /// The QUIC error code (RFC 9000, 20.1).
        code: u64,
        /// What the library said.
        reason: String,
    },
    /// Speaks another version of QUIC.
    #[error("peer speaks another version of QUIC")]
    OtherQuic,
    /// Finished the handshake and then sent no frame.
    #[error("no first frame within {limit:?}")]
    Silent {
        /// The time it had.
        limit: Duration,
    },
    /// Announced a frame longer than any may be.
    #[error("a frame of {bytes} bytes was announced, longer than {most}")]
    FrameTooLong {
        /// The length announced, in bytes.
        bytes: u32,
        /// The bound in bytes.
        most: usize,
    },
    /// Ended its stream within a frame.
    #[error("the stream ended {found} bytes into a frame of {expected}, lengths included")]
    FrameCut {
        /// Bytes of the frame as far as announced, its length prefix included.
        expected: usize,
        /// Bytes that came.
        found: usize,
    },
    /// Began a frame and did not finish it in time.
    #[error("a frame begun was not finished within {limit:?}")]
    FrameSlow {
        /// The time it had.
        limit: Duration,
    },
    /// Gave up its stream instead of ending it.
    #[error("peer gave up its stream with code {code}")]
    StreamReset {
        /// The code it gave.
        code: u64,
    },
}

/// A connection attempt from outside that became no [`Link`].
#[derive(Debug, Error)]
#[error("no link with {from}")]
pub struct TurnedAway {
    /// Where it came from. Proved only if the handshake got that far.
    pub from: SocketAddr,
    /// Why it was turned away.
    #[source]
    pub failure: NetFailure,
}
