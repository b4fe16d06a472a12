//! What callers hold of a connection: a sending half, a receiving half, and a handle to count and to close.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fangwei_protocol::trust::key::PublicKey;
use tokio::time::{Instant, timeout_at};

use super::endpoint::{Wire, WireReceiver, WireSender};
use super::frame::{Assembly, PREFIX_BYTES, framed};
use super::{CLOSE_BAD_FRAME, CLOSE_SILENT, NetFailure, NetFault};

/// A connection with a peer that holds the key [`Link::peer`].
///
/// One that was accepted has the peer's first frame; one that was dialled is worth nothing before it has received one.
#[derive(Debug)]
pub struct Link {
    sender: FrameSender,
    receiver: FrameReceiver,
    control: LinkControl,
}

/// The handle of a connection. Cloning it is cheap. While one is kept the connection stays open.
#[derive(Debug, Clone)]
pub struct LinkControl {
    wire: Wire,
    peer: PublicKey,
    counters: Arc<Counters>,
}

/// The sending half of a link. Dropping it ends the stream as [`FrameSender::finish`] does, without waiting.
#[derive(Debug)]
pub struct FrameSender {
    wire: WireSender,
    counters: Arc<Counters>,
    /// A frame was begun and not handed over whole.
    cut: bool,
}

/// The receiving half of a link.
#[derive(Debug)]
pub struct FrameReceiver {
    wire: WireReceiver,
    control: Wire,
    counters: Arc<Counters>,
    assembly: Assembly,
    /// The first frame, if it was read already.
    first: Option<Vec<u8>>,
    due: Due,
    frame_limit: Duration,
}

/// What must have come when.
#[derive(Debug, Clone, Copy)]
enum Due {
    /// Between frames: nothing, at any time.
    Nothing,
    /// The first frame, whole.
    First { by: Instant, limit: Duration },
    /// The rest of a frame that has begun.
    Rest { by: Instant },
}

/// Bytes and frames that went over a link so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Frames handed to transport.
    pub frames_out: u64,
    /// Frames received whole.
    pub frames_in: u64,
    /// Bytes of frames handed to transport, lengths included.
    pub bytes_out: u64,
    /// Bytes of frames received, lengths and incomplete frames included.
    pub bytes_in: u64,
    /// Bytes of UDP payload sent: handshake, acknowledgements and repetitions included, IP and UDP headers not.
    pub udp_bytes_out: u64,
    /// Bytes of UDP payload received.
    pub udp_bytes_in: u64,
}

#[derive(Debug, Default)]
struct Counters {
    frames_out: AtomicU64,
    frames_in: AtomicU64,
    bytes_out: AtomicU64,
    bytes_in: AtomicU64,
}

/// The times a new link is given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) first_frame: Duration,
    pub(super) frame: Duration,
}

impl Link {
    /// Puts a link together. Its peer's first frame is due `limits.first_frame` from `begun`.
    pub(super) fn new(
        peer: PublicKey,
        wire: Wire,
        (sender, receiver): (WireSender, WireReceiver),
        begun: Instant,
        limits: Limits,
    ) -> Link {
        let counters = Arc::new(Counters::default());
        let limit = limits.first_frame;
        Link {
            sender: FrameSender { wire: sender, counters: counters.clone(), cut: false },
            receiver: FrameReceiver {
                wire: receiver,
                control: wire.clone(),
                counters: counters.clone(),
                assembly: Assembly::default(),
                first: None,
                due: Due::First { by: begun + limit, limit },
                frame_limit: limits.frame,
            },
            control: LinkControl { wire, peer, counters },
        }
    }

    /// Waits for the peer's first frame and keeps it for the first [`FrameReceiver::receive`].
    pub(super) async fn first_frame(&mut self) -> Result<(), NetFailure> {
        self.receiver.first = self.receiver.receive().await?;
        match self.receiver.first {
            Some(_) => Ok(()),
            None => Err(NetFault::FrameCut { expected: PREFIX_BYTES, found: 0 }.into()),
        }
    }

    /// Its handle.
    #[must_use]
    pub fn control(&self) -> LinkControl {
        self.control.clone()
    }

    /// The key the peer proved to hold.
    #[must_use]
    pub fn peer(&self) -> PublicKey {
        self.control.peer()
    }

    /// The peer's address now.
    #[must_use]
    pub fn remote_addr(&self) -> SocketAddr {
        self.control.remote_addr()
    }

    /// What went over the link so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.control.traffic()
    }

    /// Closes at once; see [`LinkControl::close`].
    pub fn close(&self, code: u32, text: &str) {
        self.control.close(code, text);
    }

    /// The halves, for two tasks, and the handle.
    #[must_use]
    pub fn split(self) -> (FrameSender, FrameReceiver, LinkControl) {
        (self.sender, self.receiver, self.control)
    }
}

impl LinkControl {
    /// Whether both are handles of one connection.
    #[must_use]
    pub fn is_same(&self, other: &LinkControl) -> bool {
        Arc::ptr_eq(&self.counters, &other.counters)
    }

    /// The key the peer proved to hold.
    #[must_use]
    pub fn peer(&self) -> PublicKey {
        self.peer
    }

    /// The peer's address now. It may change while the link lives; IPv4 is shown as such.
    #[must_use]
    pub fn remote_addr(&self) -> SocketAddr {
        self.wire.remote_addr()
    }

    /// What went over the link so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        let (udp_bytes_out, udp_bytes_in) = self.wire.udp_bytes();
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Traffic {
            frames_out: count(&self.counters.frames_out),
            frames_in: count(&self.counters.frames_in),
            bytes_out: count(&self.counters.bytes_out),
            bytes_in: count(&self.counters.bytes_in),
            udp_bytes_out,
            udp_bytes_in,
        }
    }

    /// The time a packet takes to the peer and back, as transport estimates it.
    #[must_use]
    pub fn round_trip(&self) -> Duration {
        self.wire.round_trip()
    }

    /// Closes at once, in both directions; frames not yet delivered are lost ([`FrameSender::finish`] waits for them).
    ///
    /// Sessions use codes from [`super::CLOSE_SESSION_FIRST`] on. The peer gets the code and the start of the text.
    pub fn close(&self, code: u32, text: &str) {
        self.wire.close(code, text);
    }

    #[cfg(test)]
    pub(super) fn wire(&self) -> &Wire {
        &self.wire
    }

    /// Waits until the connection has ended and says why.
    pub async fn closed(&self) -> NetFailure {
        self.wire.closed().await
    }
}

impl FrameSender {
    /// Hands a frame to transport; waits while the peer does not read.
    ///
    /// At most [`crate::limits::SEND_WINDOW_BYTES`] are on their way and unconfirmed, so a peer that does not read
    /// stops the caller, not the node. If the future is dropped before it is done the sender is unusable, because the
    /// peer has part of a frame: give sending a task of its own.
    ///
    /// # Errors
    ///
    /// [`NetFailure::FrameTooLong`] leaves the sender usable; every other failure is the end of the link.
    pub async fn send(&mut self, frame: &[u8]) -> Result<(), NetFailure> {
        let bytes = framed(frame)?;
        let length = bytes.len();
        if std::mem::replace(&mut self.cut, true) {
            return Err(NetFailure::SendCut);
        }
        self.wire.write(bytes).await?;
        self.cut = false;
        self.counters.frames_out.fetch_add(1, Ordering::Relaxed);
        self.counters.bytes_out.fetch_add(length as u64, Ordering::Relaxed);
        Ok(())
    }

    /// Ends the stream and waits until the peer's transport has all of it, for saying something before closing.
    ///
    /// # Errors
    ///
    /// If the connection ended before.
    pub async fn finish(mut self) -> Result<(), NetFailure> {
        if self.cut {
            return Err(NetFailure::SendCut);
        }
        self.wire.finish().await
    }
}

impl FrameReceiver {
    /// The next frame, or `None` when the peer ended its stream between two frames.
    ///
    /// The future may be dropped and asked for again; nothing is lost.
    ///
    /// # Errors
    ///
    /// A [`NetFault`] of the peer closes the connection, because after it frames can't be told apart. Any other
    /// failure means that the connection is closed already.
    pub async fn receive(&mut self) -> Result<Option<Vec<u8>>, NetFailure> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let received = self.read_frame().await;
        if let Err(NetFailure::Peer(fault)) = &received {
            let code = if matches!(fault, NetFault::Silent { .. }) { CLOSE_SILENT } else { CLOSE_BAD_FRAME };
            self.control.close(code, &fault.to_string());
        }
        received
    }

    async fn read_frame(&mut self) -> Result<Option<Vec<u8>>, NetFailure> {
        loop {
            let Some(bytes) = self.read().await? else {
                self.assembly.end()?;
                return Ok(None);
            };
            self.counters.bytes_in.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            if let Some(frame) = self.assembly.take(&bytes)? {
                self.due = Due::Nothing;
                self.counters.frames_in.fetch_add(1, Ordering::Relaxed);
                return Ok(Some(frame));
            }
            if matches!(self.due, Due::Nothing) {
                self.due = Due::Rest { by: Instant::now() + self.frame_limit };
            }
        }
    }

    /// Some bytes of the frame that is on its way, within the time it has.
    async fn read(&mut self) -> Result<Option<impl std::ops::Deref<Target = [u8]> + use<>>, NetFailure> {
        let read = self.wire.read(self.assembly.wanted());
        match self.due {
            Due::Nothing => read.await,
            Due::First { by, limit } => {
                timeout_at(by, read).await.unwrap_or_else(|_| Err(NetFault::Silent { limit }.into()))
            }
            Due::Rest { by } => {
                let limit = self.frame_limit;
                timeout_at(by, read).await.unwrap_or_else(|_| Err(NetFault::FrameSlow { limit }.into()))
            }
        }
    }
}
