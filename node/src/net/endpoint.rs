//! The socket, its connections and their bounds; the only file that names quinn.
//!
//! Every window, stream, queue and time is set here explicitly: quinn's defaults (an unlimited connection window,
//! 65,536 waiting connections) suit a server of the open internet, not 600 connections on an office machine.
//!
//! Handshakes run in tasks of their own, so that a slow one holds up nobody, and are bounded in number.

use std::net::{SocketAddr, UdpSocket};
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use fangwei_protocol::trust::key::{KeyPair, PublicKey};
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{ConnectionError, IdleTimeout, ReadError, TransportConfig, VarInt, WriteError};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, timeout, timeout_at};

use super::link::{Limits, Link};
use super::{CLOSE_SILENT, CLOSE_STOPPING, NetFailure, NetFault, TurnedAway, tls};
use crate::limits;

/// A UDP address at which this node listens and from which it dials. Cloning it is cheap; the last clone dropped
/// closes it.
#[derive(Debug, Clone)]
pub struct Endpoint(Arc<Bound>);

/// The times and counts of an endpoint. The defaults are those of [`crate::limits`]; tests shorten them.
#[derive(Debug, Clone)]
pub struct Options {
    /// See [`limits::HANDSHAKE_LIMIT`].
    pub handshake_limit: Duration,
    /// See [`limits::FIRST_FRAME_LIMIT`].
    pub first_frame_limit: Duration,
    /// See [`limits::ANSWER_LIMIT`].
    pub answer_limit: Duration,
    /// See [`limits::FRAME_LIMIT`].
    pub frame_limit: Duration,
    /// See [`limits::IDLE_LIMIT`]; the shorter one of both sides counts.
    pub idle_limit: Duration,
    /// See [`limits::KEEP_ALIVE_INTERVAL`].
    pub keep_alive_interval: Duration,
    /// See [`limits::HANDSHAKES_MAX`].
    pub handshakes_max: usize,
    /// See [`limits::HANDSHAKES_BEFORE_RETRY`].
    pub handshakes_before_retry: usize,
    /// See [`limits::LINKS_MAX`].
    pub links_max: usize,
}

#[derive(Debug)]
struct Bound {
    quinn: quinn::Endpoint,
    local: SocketAddr,
    arrivals: Mutex<mpsc::Receiver<Result<Link, TurnedAway>>>,
    dialling: Arc<TransportConfig>,
    options: Options,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            handshake_limit: limits::HANDSHAKE_LIMIT,
            first_frame_limit: limits::FIRST_FRAME_LIMIT,
            answer_limit: limits::ANSWER_LIMIT,
            frame_limit: limits::FRAME_LIMIT,
            idle_limit: limits::IDLE_LIMIT,
            keep_alive_interval: limits::KEEP_ALIVE_INTERVAL,
            handshakes_max: limits::HANDSHAKES_MAX,
            handshakes_before_retry: limits::HANDSHAKES_BEFORE_RETRY,
            links_max: limits::LINKS_MAX,
        }
    }
}

impl Endpoint {
    /// Listens at `address` (port 0: any free one) as the holder of `key`.
    ///
    /// # Errors
    ///
    /// [`NetFailure::Bind`] if the address can't be had.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn bind(address: SocketAddr, key: &KeyPair) -> Result<Endpoint, NetFailure> {
        Endpoint::bind_with(address, key, Options::default())
    }

    /// [`Endpoint::bind`] with other times and counts.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Panics
    ///
    /// As there.
    pub fn bind_with(address: SocketAddr, key: &KeyPair, options: Options) -> Result<Endpoint, NetFailure> {
        let bind_failure = |source| NetFailure::Bind { address, source };
        let socket = UdpSocket::bind(address).map_err(bind_failure)?;
        let local = socket.local_addr().map_err(bind_failure)?;
        let server = server_config(quic_server(tls::listening(key)?)?, &options);
        let runtime = Arc::new(quinn::TokioRuntime);
        let quinn = quinn::Endpoint::new(quinn::EndpointConfig::default(), Some(server), socket, runtime)
            .map_err(bind_failure)?;
        let (arrived, arrivals) = mpsc::channel(limits::ARRIVALS_MAX);
        tokio::spawn(Reception { quinn: quinn.clone(), options: options.clone(), arrived }.run());
        let dialling = Arc::new(transport(&options, Side::Dialling));
        Ok(Endpoint(Arc::new(Bound { quinn, local, arrivals: Mutex::new(arrivals), dialling, options })))
    }

    /// The address bound, with the port the system chose.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.0.local
    }

    /// The next connection from outside: a link with its first frame received, or what became none. `None` once the
    /// endpoint is closed.
    ///
    /// While nobody asks, a bounded number of links waits here and further ones in their handshake's place.
    pub async fn accept(&self) -> Option<Result<Link, TurnedAway>> {
        self.0.arrivals.lock().await.recv().await
    }

    /// Connects to `address` as the holder of `key` (the node's, or a one-use key for joining).
    ///
    /// The caller writes first and at once; only the peer's first frame shows that the peer took us.
    ///
    /// # Errors
    ///
    /// [`NetFailure::AnotherKey`] if `expected` is given and who answers holds another key; [`NetFailure::NoHandshake`]
    /// if nobody answers in time; [`NetFailure::Peer`] if who answers does not speak as agreed.
    pub async fn dial(
        &self,
        address: SocketAddr,
        expected: Option<PublicKey>,
        key: &KeyPair,
    ) -> Result<Link, NetFailure> {
        let (config, pin) = tls::dialling(key, expected)?;
        let dialled = self.dial_with(address, quic_client(config)?).await;
        dialled.map_err(|failure| pin.refusal().unwrap_or(failure))
    }

    async fn dial_with(&self, address: SocketAddr, config: QuicClientConfig) -> Result<Link, NetFailure> {
        let connection = self.connect(address, config).await?;
        let peer = tls::peer_key(connection.peer_identity())?;
        let streams = connection.open_bi().await.map_err(failure)?;
        let options = &self.0.options;
        let limits = Limits { first_frame: options.answer_limit, frame: options.frame_limit };
        Ok(link(peer, connection, streams, Instant::now(), limits))
    }

    async fn connect(&self, address: SocketAddr, config: QuicClientConfig) -> Result<quinn::Connection, NetFailure> {
        let mut client = quinn::ClientConfig::new(Arc::new(config));
        client.transport_config(self.0.dialling.clone());
        client.token_store(Arc::new(quinn::NoneTokenStore));
        let connecting = self.0.quinn.connect_with(client, address, tls::NAME);
        let connecting = connecting.map_err(|error| NetFailure::Dial { address, reason: error.to_string() })?;
        let limit = self.0.options.handshake_limit;
        timeout(limit, connecting).await.map_err(|_| NetFailure::NoHandshake { limit })?.map_err(failure)
    }

    /// Closes every connection, tells the peers, and accepts and dials no more.
    pub async fn close(&self) {
        self.0.quinn.close(VarInt::from_u32(CLOSE_STOPPING), b"stopping");
        // Whoever has not heard of it by then finds out by the idle limit.
        let _ = timeout(limits::CLOSE_LIMIT, self.0.quinn.wait_idle()).await;
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        self.quinn.close(VarInt::from_u32(CLOSE_STOPPING), b"stopping");
    }
}

/// Takes connections from outside as far as their first frame.
struct Reception {
    quinn: quinn::Endpoint,
    options: Options,
    arrived: mpsc::Sender<Result<Link, TurnedAway>>,
}

impl Reception {
    /// Runs until the endpoint is closed. Waiting for a free place leaves newcomers in quinn's own bounded queue.
    async fn run(self) {
        let places = Arc::new(Semaphore::new(self.options.handshakes_max));
        while let Some(incoming) = self.quinn.accept().await {
            let Ok(place) = places.clone().acquire_owned().await else { return };
            let busy = self.options.handshakes_max - places.available_permits();
            if busy > self.options.handshakes_before_retry && !incoming.remote_address_validated() {
                // Errs only for a validated address; then the newcomer is refused by being dropped.
                let _ = incoming.retry();
                continue;
            }
            let from = canonical(incoming.remote_address());
            let most = self.options.links_max;
            if self.quinn.open_connections() >= most {
                incoming.refuse();
                // A count for the operator; if nobody takes it, nothing is lost.
                let _ = self.arrived.try_send(Err(TurnedAway { from, failure: NetFailure::Full { most } }));
                continue;
            }
            tokio::spawn(receive(incoming, from, self.options.clone(), self.arrived.clone(), place));
        }
    }
}

/// One newcomer, from the first packet to the first frame. The place is kept until somebody took the link.
async fn receive(
    incoming: quinn::Incoming,
    from: SocketAddr,
    options: Options,
    arrived: mpsc::Sender<Result<Link, TurnedAway>>,
    _place: OwnedSemaphorePermit,
) {
    let link = shake(incoming, &options).await.map_err(|failure| TurnedAway { from, failure });
    // Fails when the endpoint is gone, and the link with it.
    let _ = arrived.send(link).await;
}

async fn shake(incoming: quinn::Incoming, options: &Options) -> Result<Link, NetFailure> {
    let limit = options.handshake_limit;
    let connecting = incoming.accept().map_err(failure)?;
    let connection =
        timeout(limit, connecting).await.map_err(|_| NetFailure::NoHandshake { limit })?.map_err(failure)?;
    let begun = Instant::now();
    let peer = tls::peer_key(connection.peer_identity())?;
    let limit = options.first_frame_limit;
    let Ok(streams) = timeout_at(begun + limit, connection.accept_bi()).await else {
        let fault = NetFault::Silent { limit };
        connection.close(VarInt::from_u32(CLOSE_SILENT), fault.to_string().as_bytes());
        return Err(fault.into());
    };
    let limits = Limits { first_frame: limit, frame: options.frame_limit };
    let mut link = link(peer, connection, streams.map_err(failure)?, begun, limits);
    link.first_frame().await?;
    Ok(link)
}

fn link(
    peer: PublicKey,
    connection: quinn::Connection,
    (send, receive): (quinn::SendStream, quinn::RecvStream),
    begun: Instant,
    limits: Limits,
) -> Link {
    Link::new(peer, Wire(connection), (WireSender(send), WireReceiver(receive)), begun, limits)
}

/// Which side of a connection settings are for.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Dialling,
    Listening,
}

fn transport(options: &Options, side: Side) -> TransportConfig {
    let mut config = TransportConfig::default();
    config.stream_receive_window(VarInt::from_u32(limits::STREAM_RECEIVE_WINDOW_BYTES));
    config.receive_window(VarInt::from_u32(limits::CONNECTION_RECEIVE_WINDOW_BYTES));
    config.send_window(limits::SEND_WINDOW_BYTES);
    // Only the dialler opens streams. Attachments, when they come, raise the listener's figure.
    let streams = if side == Side::Listening { limits::STREAMS_MAX } else { 0 };
    config.max_concurrent_bidi_streams(VarInt::from_u32(streams));
    config.max_concurrent_uni_streams(VarInt::from_u32(0));
    config.datagram_receive_buffer_size(None);
    config.datagram_send_buffer_size(0);
    // Packets stay at the 1,200 bytes that every path and tunnel carries. Searching for more costs 5.7 kB a side at each
    // new connection (measured) and saves about 1 % of what follows, IP headers included; so it pays from about half a
    // megabyte a connection, which a village's ordinary day stays under.
    config.mtu_discovery_config(None);
    config.max_idle_timeout(Some(IdleTimeout::from(millis(options.idle_limit))));
    // One side suffices, and it is the dialler: its packets keep the address translator's mapping, and they are what
    // tells the listener of a new address.
    config.keep_alive_interval((side == Side::Dialling).then_some(options.keep_alive_interval));
    config
}

fn server_config(crypto: QuicServerConfig, options: &Options) -> quinn::ServerConfig {
    let mut config = quinn::ServerConfig::with_crypto(Arc::new(crypto));
    config.transport_config(Arc::new(transport(options, Side::Listening)));
    config.max_incoming(limits::INCOMING_MAX);
    config.incoming_buffer_size(limits::INCOMING_BYTES_MAX);
    config.incoming_buffer_size_total(limits::INCOMING_BYTES_TOTAL_MAX);
    config.migration(true);
    // No tokens for later connections: each shows its address anew when it must.
    let mut tokens = quinn::ValidationTokenConfig::default();
    tokens.sent(0).log(Arc::new(quinn::NoneTokenLog));
    config.validation_token_config(tokens);
    config
}

fn quic_server<C: TryInto<QuicServerConfig, Error: ToString>>(config: C) -> Result<QuicServerConfig, NetFailure> {
    config.try_into().map_err(|error| NetFailure::Settings { reason: error.to_string() })
}

fn quic_client<C: TryInto<QuicClientConfig, Error: ToString>>(config: C) -> Result<QuicClientConfig, NetFailure> {
    config.try_into().map_err(|error| NetFailure::Settings { reason: error.to_string() })
}

fn millis(duration: Duration) -> VarInt {
    VarInt::from_u32(u32::try_from(duration.as_millis()).unwrap_or(u32::MAX))
}

/// An IPv4 address that came through an IPv6 socket, as IPv4.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// A connection, for `link`.
#[derive(Debug, Clone)]
pub(super) struct Wire(quinn::Connection);

/// The way out of a connection, for `link`.
#[derive(Debug)]
pub(super) struct WireSender(quinn::SendStream);

/// The way in of a connection, for `link`.
#[derive(Debug)]
pub(super) struct WireReceiver(quinn::RecvStream);

impl Wire {
    pub(super) fn remote_addr(&self) -> SocketAddr {
        canonical(self.0.remote_address())
    }

    pub(super) fn round_trip(&self) -> Duration {
        self.0.rtt()
    }

    /// Sent and received.
    pub(super) fn udp_bytes(&self) -> (u64, u64) {
        let stats = self.0.stats();
        (stats.udp_tx.bytes, stats.udp_rx.bytes)
    }

    pub(super) fn close(&self, code: u32, text: &str) {
        self.0.close(VarInt::from_u32(code), text.as_bytes());
    }

    pub(super) async fn closed(&self) -> NetFailure {
        failure(self.0.closed().await)
    }
}

impl WireSender {
    pub(super) async fn write(&mut self, bytes: Vec<u8>) -> Result<(), NetFailure> {
        self.0.write_chunk(bytes.into()).await.map_err(|error| match error {
            WriteError::ConnectionLost(error) => failure(error),
            WriteError::Stopped(_) => NetFailure::Stopped,
            WriteError::ClosedStream | WriteError::ZeroRttRejected => NetFailure::ClosedHere,
        })
    }

    pub(super) async fn finish(&mut self) -> Result<(), NetFailure> {
        self.0.finish().map_err(|_| NetFailure::ClosedHere)?;
        match self.0.stopped().await {
            Ok(None) => Ok(()),
            Ok(Some(_)) => Err(NetFailure::Stopped),
            Err(quinn::StoppedError::ConnectionLost(error)) => Err(failure(error)),
            Err(quinn::StoppedError::ZeroRttRejected) => Err(NetFailure::ClosedHere),
        }
    }
}

impl WireReceiver {
    /// At most `most` bytes, or `None` at the end of the stream. The future may be dropped without loss.
    pub(super) async fn read(&mut self, most: usize) -> Result<Option<impl Deref<Target = [u8]> + use<>>, NetFailure> {
        match self.0.read_chunk(most, true).await {
            Ok(chunk) => Ok(chunk.map(|chunk| chunk.bytes)),
            Err(ReadError::ConnectionLost(error)) => Err(failure(error)),
            Err(ReadError::Reset(code)) => Err(NetFault::StreamReset { code: code.into_inner() }.into()),
            Err(ReadError::ClosedStream | ReadError::IllegalOrderedRead | ReadError::ZeroRttRejected) => {
                Err(NetFailure::ClosedHere)
            }
        }
    }
}

/// TLS alerts within QUIC's error codes (RFC 9001, 4.8).
const ALERTS: std::ops::Range<u64> = 0x100..0x200;

/// QUIC's code for a connection that is not wanted (RFC 9000, 20.1).
const CONNECTION_REFUSED: u64 = 0x2;

fn failure(error: ConnectionError) -> NetFailure {
    match error {
        ConnectionError::VersionMismatch => NetFault::OtherQuic.into(),
        ConnectionError::TransportError(error) => match (u64::from(error.code), error.reason) {
            (code, reason) if ALERTS.contains(&code) => tls::fault(alert(code), &reason).into(),
            (code, reason) => NetFault::Transport { code, reason }.into(),
        },
        ConnectionError::ConnectionClosed(close) => match u64::from(close.error_code) {
            code if ALERTS.contains(&code) => NetFailure::Refused { alert: alert(code) },
            CONNECTION_REFUSED => NetFailure::Busy,
            code => NetFailure::Aborted { code },
        },
        ConnectionError::ApplicationClosed(close) => {
            let code = close.error_code.into_inner();
            let words = String::from_utf8_lossy(&close.reason);
            let text = words.chars().filter(|c| !c.is_control()).take(limits::CLOSE_TEXT_CHARS_MAX).collect();
            NetFailure::Closed { code, text }
        }
        ConnectionError::Reset => NetFailure::Forgotten,
        ConnectionError::TimedOut => NetFailure::Lost,
        ConnectionError::LocallyClosed => NetFailure::ClosedHere,
        ConnectionError::CidsExhausted => NetFailure::NoIdentifiers,
    }
}

fn alert(code: u64) -> u8 {
    (code & 0xff) as u8
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use fangwei_protocol::limits::FRAME_BYTES_MAX;
    use fangwei_protocol::trust::key::KeyFault;

    use super::super::{FrameReceiver, FrameSender, LinkControl, Traffic};
    use super::tls::wrong;
    use super::*;

    const HERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
    const MOMENT: Duration = Duration::from_millis(100);

    fn key(seed: u8) -> KeyPair {
        KeyPair::from_seed(&[seed; 32])
    }

    fn bind(seed: u8) -> Endpoint {
        Endpoint::bind(HERE, &key(seed)).unwrap()
    }

    fn bind_with(seed: u8, options: Options) -> Endpoint {
        Endpoint::bind_with(HERE, &key(seed), options).unwrap()
    }

    type Halves = (FrameSender, FrameReceiver, LinkControl);

    /// A link whose dialler said `hello`: the dialler's halves and the listener's.
    async fn connected(dialler: &Endpoint, listener: &Endpoint) -> (Halves, Halves) {
        let link = dialler.dial(listener.local_addr(), None, &key(1)).await.unwrap();
        let (mut sender, receiver, control) = link.split();
        sender.send(b"hello").await.unwrap();
        let accepted = listener.accept().await.unwrap().unwrap();
        let (back, mut from, theirs) = accepted.split();
        assert_eq!(from.receive().await.unwrap().unwrap(), b"hello");
        ((sender, receiver, control), (back, from, theirs))
    }

    /// Dials with odd settings; the stream, if the handshake seems to succeed.
    async fn stranger<C: TryInto<QuicClientConfig, Error: ToString>>(
        dialler: &Endpoint,
        listener: &Endpoint,
        config: C,
    ) -> Result<(quinn::Connection, quinn::SendStream), NetFailure> {
        let connection = dialler.connect(listener.local_addr(), quic_client(config)?).await?;
        let (send, _) = connection.open_bi().await.map_err(failure)?;
        Ok((connection, send))
    }

    fn honest() -> impl TryInto<QuicClientConfig, Error: ToString> {
        tls::dialling(&key(1), None).unwrap().0
    }

    async fn turned_away(listener: &Endpoint) -> NetFailure {
        listener.accept().await.unwrap().unwrap_err().failure
    }

    async fn fault(listener: &Endpoint) -> NetFault {
        match turned_away(listener).await {
            NetFailure::Peer(fault) => fault,
            other => panic!("not a peer's fault: {other}"),
        }
    }

    #[tokio::test]
    async fn frames_go_both_ways_and_are_counted() {
        let (dialler, listener) = (bind(1), bind(2));
        let link = dialler.dial(listener.local_addr(), Some(key(2).public()), &key(1)).await.unwrap();
        assert_eq!((link.peer(), link.remote_addr()), (key(2).public(), listener.local_addr()));
        let (mut sender, mut receiver, control) = link.split();
        sender.send(b"hello").await.unwrap();

        let accepted = listener.accept().await.unwrap().unwrap();
        assert_eq!((accepted.peer(), accepted.remote_addr()), (key(1).public(), dialler.local_addr()));
        let (mut back, mut from, theirs) = accepted.split();
        assert_eq!(from.receive().await.unwrap().unwrap(), b"hello");
        let long: Vec<u8> = (0..FRAME_BYTES_MAX).map(|at| at as u8).collect();
        back.send(&long).await.unwrap();
        back.send(b"").await.unwrap();
        assert_eq!(receiver.receive().await.unwrap().unwrap(), long);
        assert_eq!(receiver.receive().await.unwrap().unwrap(), b"");

        let Traffic { frames_out, frames_in, bytes_out, bytes_in, udp_bytes_out, udp_bytes_in } = control.traffic();
        assert_eq!((frames_out, frames_in), (1, 2));
        assert_eq!((bytes_out, bytes_in), (4 + 5, 4 + FRAME_BYTES_MAX as u64 + 4));
        assert!(udp_bytes_out > 2_000 && udp_bytes_in > bytes_in);
        assert_eq!((theirs.traffic().bytes_in, theirs.traffic().bytes_out), (bytes_out, bytes_in));

        sender.finish().await.unwrap();
        assert_eq!(from.receive().await.unwrap(), None);
        theirs.close(17, "enough\u{1b}[31m");
        let closed = receiver.receive().await.unwrap_err();
        assert!(matches!(&closed, NetFailure::Closed { code: 17, text } if text == "enough[31m"), "{closed}");
        assert!(matches!(control.closed().await, NetFailure::Closed { code: 17, .. }));
    }

    #[tokio::test]
    async fn another_key_than_the_expected_one_is_a_refusal_with_both_keys() {
        let (dialler, listener) = (bind(1), bind(2));
        let expect = key(3).public();
        let failure = dialler.dial(listener.local_addr(), Some(expect), &key(1)).await.unwrap_err();
        let NetFailure::AnotherKey { expected, found } = failure else { panic!("{failure}") };
        assert_eq!((*expected, *found), (expect, key(2).public()));
        // The listener learns of it as well.
        assert!(matches!(turned_away(&listener).await, NetFailure::Refused { alert: 49 }));
    }

    #[tokio::test]
    async fn a_link_may_be_dialled_under_another_key_than_the_nodes() {
        let (dialler, listener) = (bind(1), bind(2));
        let (mut sender, ..) = dialler.dial(listener.local_addr(), None, &key(9)).await.unwrap().split();
        sender.send(b"join").await.unwrap();
        assert_eq!(listener.accept().await.unwrap().unwrap().peer(), key(9).public());
    }

    #[tokio::test]
    async fn who_does_not_speak_our_protocol_is_turned_away() {
        let (dialler, listener) = (bind(1), bind(2));
        for protocols in [&[b"fangwei/2".as_slice()][..], &[b"h3"], &[]] {
            let refused = stranger(&dialler, &listener, wrong::dialling_in(protocols, &key(1))).await.unwrap_err();
            assert!(matches!(refused, NetFailure::Refused { alert: 120 }), "{refused}");
            assert_eq!(fault(&listener).await, NetFault::OtherProtocol);
        }
        let both = wrong::dialling_in(&[b"fangwei/2", super::super::ALPN], &key(1));
        let (_kept, mut send) = stranger(&dialler, &listener, both).await.unwrap();
        send.write_all(&[0; 4]).await.unwrap();
        listener.accept().await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn x509_is_turned_away_on_either_side() {
        let (dialler, listener) = (bind(1), bind(2));
        let refused = stranger(&dialler, &listener, wrong::dialling_with_x509(&key(1))).await.unwrap_err();
        assert!(matches!(refused, NetFailure::Refused { alert: 40 }), "{refused}");
        assert_eq!(fault(&listener).await, NetFault::NotRawKey);

        // A listener that has only X.509 refuses a dialler that takes only raw keys.
        listener.0.quinn.set_server_config(Some(server_config(
            quic_server(wrong::listening_with_x509(&key(2))).unwrap(),
            &Options::default(),
        )));
        let refused = dialler.dial(listener.local_addr(), None, &key(1)).await.unwrap_err();
        assert!(matches!(refused, NetFailure::Refused { alert: 40 }), "{refused}");
    }

    #[tokio::test]
    async fn who_shows_no_sound_key_is_turned_away() {
        let (dialler, listener) = (bind(1), bind(2));
        let _ = stranger(&dialler, &listener, wrong::dialling_without_client_authentication()).await;
        assert_eq!(fault(&listener).await, NetFault::NotRawKey);
        // From here on the dialler sees its own handshake succeed.
        let none = stranger(&dialler, &listener, wrong::dialling_without_a_key(&key(1))).await.unwrap();
        assert_eq!(fault(&listener).await, NetFault::NoKey);
        assert!(matches!(failure(none.0.closed().await), NetFailure::Refused { alert: 116 }));

        let mut off_curve = [0; 32];
        off_curve[0] = 2;
        let mut beyond = [0xff; 32];
        (beyond[0], beyond[31]) = (0xee, 0x7f);
        let mut short = wrong::spki(key(1).public().bytes());
        short.pop();
        let shown = [
            (wrong::spki([0; 32]), NetFault::BadKey(KeyFault::Weak)),
            (wrong::spki(off_curve), NetFault::BadKey(KeyFault::NotAPoint)),
            (wrong::spki(beyond), NetFault::BadKey(KeyFault::NotCanonical)),
            (short, NetFault::NotEd25519),
            (wrong::spki(key(5).public().bytes()), NetFault::NotProved),
        ];
        for (spki, expected) in shown {
            let _kept = stranger(&dialler, &listener, wrong::dialling_showing(&spki, &key(1))).await;
            assert_eq!(fault(&listener).await, expected);
        }
    }

    #[tokio::test]
    async fn an_announced_length_beyond_the_bound_is_refused() {
        let (dialler, listener) = (bind(1), bind(2));
        let (connection, mut send) = stranger(&dialler, &listener, honest()).await.unwrap();
        send.write_all(&[0xff; 4]).await.unwrap();
        let expected = NetFault::FrameTooLong { bytes: u32::MAX, most: FRAME_BYTES_MAX };
        assert_eq!(fault(&listener).await, expected);
        let closed = failure(connection.closed().await);
        assert!(matches!(closed, NetFailure::Closed { code: 2, .. }), "{closed}");
    }

    #[tokio::test]
    async fn a_stream_cut_at_any_byte_of_the_first_frame_is_a_fault() {
        let (dialler, listener) = (bind(1), bind(2));
        let stream = super::super::frame::framed(b"twelve bytes").unwrap();
        for cut in 0..stream.len() {
            let (_kept, mut send) = stranger(&dialler, &listener, honest()).await.unwrap();
            send.write_all(&stream[..cut]).await.unwrap();
            send.finish().unwrap();
            let expected = if cut < 4 { 4 } else { stream.len() };
            assert_eq!(fault(&listener).await, NetFault::FrameCut { expected, found: cut });
        }
    }

    #[tokio::test]
    async fn who_shakes_hands_and_stays_silent_is_dropped() {
        let limit = MOMENT * 3;
        let options =
            Options { first_frame_limit: limit, answer_limit: limit, frame_limit: limit, ..Options::default() };
        let (dialler, listener) = (bind_with(1, options.clone()), bind_with(2, options));
        // No stream at all.
        let quiet = dialler.dial(listener.local_addr(), None, &key(1)).await.unwrap();
        assert_eq!(fault(&listener).await, NetFault::Silent { limit });
        let closed = quiet.split().2.closed().await;
        assert!(matches!(closed, NetFailure::Closed { code: 1, .. }), "{closed}");
        // Part of a frame, then nothing.
        let (_kept, mut send) = stranger(&dialler, &listener, honest()).await.unwrap();
        send.write_all(&[5, 0, 0, 0, 1]).await.unwrap();
        assert_eq!(fault(&listener).await, NetFault::Silent { limit });
        // Part of a later frame, then nothing; while between frames there is all the time in the world.
        let (_kept, mut send) = stranger(&dialler, &listener, honest()).await.unwrap();
        send.write_all(&[0; 4]).await.unwrap();
        let (_back, mut from, _control) = listener.accept().await.unwrap().unwrap().split();
        assert_eq!(from.receive().await.unwrap().unwrap(), b"");
        assert!(timeout(limit * 2, from.receive()).await.is_err());
        send.write_all(&[5, 0]).await.unwrap();
        assert!(matches!(
            from.receive().await.unwrap_err(),
            NetFailure::Peer(NetFault::FrameSlow { limit: l }) if l == limit
        ));
        // And the listener that never answers.
        let ((_sender, mut receiver, _control), _theirs) = connected(&dialler, &listener).await;
        assert!(matches!(receiver.receive().await.unwrap_err(), NetFailure::Peer(NetFault::Silent { .. })));
    }

    #[tokio::test]
    async fn a_dropped_receive_loses_nothing() {
        let (dialler, listener) = (bind(1), bind(2));
        let (connection, mut send) = stranger(&dialler, &listener, honest()).await.unwrap();
        send.write_all(&[0; 4]).await.unwrap();
        let (_back, mut from, _control) = listener.accept().await.unwrap().unwrap().split();
        assert_eq!(from.receive().await.unwrap().unwrap(), b"");
        for byte in super::super::frame::framed(b"piecemeal").unwrap() {
            assert!(timeout(Duration::from_millis(5), from.receive()).await.is_err());
            send.write_all(&[byte]).await.unwrap();
        }
        assert_eq!(from.receive().await.unwrap().unwrap(), b"piecemeal");
        drop(connection);
    }

    #[tokio::test]
    async fn a_slow_reader_stops_the_writer_and_not_the_node() {
        let (dialler, listener) = (bind(1), bind(2));
        let ((mut sender, _receiver, _control), (_back, mut from, _theirs)) = connected(&dialler, &listener).await;
        let frame = vec![7; 32 * 1024];
        let mut sent = 0;
        while timeout(MOMENT * 3, sender.send(&frame)).await.is_ok() {
            sent += 1;
            assert!(sent < 100, "nothing stops the writer");
        }
        let window = usize::try_from(limits::STREAM_RECEIVE_WINDOW_BYTES).unwrap();
        assert!(sent * frame.len() <= window && (sent + 2) * frame.len() > window, "{sent} frames");
        // The interrupted frame can't be completed, so nothing may follow it.
        assert!(matches!(sender.send(b"more").await.unwrap_err(), NetFailure::SendCut));
        for _ in 0..sent {
            assert_eq!(from.receive().await.unwrap().unwrap(), frame);
        }
    }

    #[tokio::test]
    async fn a_frame_no_peer_would_take_is_not_sent_and_breaks_nothing() {
        let (dialler, listener) = (bind(1), bind(2));
        let ((mut sender, ..), (_back, mut from, _theirs)) = connected(&dialler, &listener).await;
        let too_long = sender.send(&vec![0; FRAME_BYTES_MAX + 1]).await.unwrap_err();
        assert!(matches!(too_long, NetFailure::FrameTooLong { .. }));
        sender.send(b"still here").await.unwrap();
        assert_eq!(from.receive().await.unwrap().unwrap(), b"still here");
    }

    #[tokio::test]
    async fn the_listener_may_open_no_stream_and_the_dialler_one() {
        let (dialler, listener) = (bind(1), bind(2));
        let (connection, mut send) = stranger(&dialler, &listener, honest()).await.unwrap();
        send.write_all(&[0; 4]).await.unwrap();
        let (_back, _from, control) = listener.accept().await.unwrap().unwrap().split();
        let theirs = &control.wire().0;
        assert!(timeout(MOMENT, connection.open_bi()).await.is_err());
        assert!(timeout(MOMENT, connection.open_uni()).await.is_err());
        assert!(timeout(MOMENT, theirs.open_bi()).await.is_err());
        assert!(timeout(MOMENT, theirs.open_uni()).await.is_err());
        assert_eq!((connection.max_datagram_size(), theirs.max_datagram_size()), (None, None));
    }

    #[tokio::test]
    async fn a_link_survives_the_diallers_new_address() {
        let (dialler, listener) = (bind(1), bind(2));
        let ((mut sender, mut receiver, _control), (mut back, mut from, theirs)) = connected(&dialler, &listener).await;
        let before = theirs.remote_addr();
        dialler.0.quinn.rebind(UdpSocket::bind(HERE).unwrap()).unwrap();
        sender.send(b"moved").await.unwrap();
        assert_eq!(from.receive().await.unwrap().unwrap(), b"moved");
        assert_ne!(theirs.remote_addr(), before);
        back.send(b"seen").await.unwrap();
        assert_eq!(receiver.receive().await.unwrap().unwrap(), b"seen");
    }

    #[tokio::test]
    async fn an_idle_link_is_kept_alive_and_a_vanished_peer_noticed() {
        let options = Options { idle_limit: MOMENT * 6, keep_alive_interval: MOMENT, ..Options::default() };
        let (dialler, listener) = (bind_with(1, options.clone()), bind_with(2, options));
        let ((mut sender, ..), (_back, mut from, theirs)) = connected(&dialler, &listener).await;
        tokio::time::sleep(MOMENT * 15).await;
        sender.send(b"still here").await.unwrap();
        assert_eq!(from.receive().await.unwrap().unwrap(), b"still here");
        // The dialler's packets go to nobody from now on.
        let nowhere = UdpSocket::bind((Ipv4Addr::new(127, 0, 0, 2), 0)).unwrap();
        listener.0.quinn.rebind(nowhere).unwrap();
        assert!(matches!(theirs.closed().await, NetFailure::Lost));
    }

    #[tokio::test]
    async fn nobody_there_is_told_within_the_limit() {
        let limit = MOMENT * 2;
        let dialler = bind_with(1, Options { handshake_limit: limit, ..Options::default() });
        let deaf = UdpSocket::bind(HERE).unwrap();
        let failure = dialler.dial(deaf.local_addr().unwrap(), None, &key(1)).await.unwrap_err();
        assert!(matches!(failure, NetFailure::NoHandshake { limit: l } if l == limit), "{failure}");
        let taken = Endpoint::bind(dialler.local_addr(), &key(1)).unwrap_err();
        assert!(matches!(taken, NetFailure::Bind { address, .. } if address == dialler.local_addr()));
        let port_zero = dialler.dial(HERE, None, &key(1)).await.unwrap_err();
        assert!(matches!(port_zero, NetFailure::Dial { .. }), "{port_zero}");
    }

    #[tokio::test]
    async fn closing_an_endpoint_tells_its_peers_and_ends_accept() {
        let (dialler, listener) = (bind(1), bind(2));
        let ((_sender, mut receiver, _control), theirs) = connected(&dialler, &listener).await;
        let other = listener.clone();
        let waiting = tokio::spawn(async move { other.accept().await.is_none() });
        listener.close().await;
        assert!(waiting.await.unwrap());
        assert!(matches!(receiver.receive().await.unwrap_err(), NetFailure::Closed { code: 0, .. }));
        drop((theirs, listener));
    }

    #[tokio::test]
    async fn the_last_clone_dropped_frees_the_address() {
        let endpoint = bind(1);
        let address = endpoint.local_addr();
        let clone = endpoint.clone();
        drop(endpoint);
        assert!(Endpoint::bind(address, &key(1)).is_err());
        drop(clone);
        while Endpoint::bind(address, &key(1)).is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    #[tokio::test]
    async fn fifty_handshakes_at_once_all_arrive_past_one_that_hangs() {
        let (dialler, listener) = (bind(1), bind(2));
        let address = listener.local_addr();
        // Its place is taken for FIRST_FRAME_LIMIT, and nobody waits for it.
        let _hanging = dialler.dial(address, None, &key(77)).await.unwrap();
        let begun = Instant::now();
        for seed in 0..50 {
            let dialler = dialler.clone();
            tokio::spawn(async move {
                let (mut sender, mut receiver, _control) =
                    dialler.dial(address, None, &key(seed)).await.unwrap().split();
                sender.send(&[seed]).await.unwrap();
                receiver.receive().await.unwrap().unwrap();
            });
        }
        let mut seen = Vec::new();
        while seen.len() < 50 {
            let link = listener.accept().await.unwrap().unwrap();
            let peer = link.peer();
            let (mut back, mut from, control) = link.split();
            let [seed] = from.receive().await.unwrap().unwrap()[..] else { panic!() };
            assert_eq!(peer, key(seed).public());
            back.send(b"").await.unwrap();
            seen.push((seed, back, from, control));
        }
        seen.sort_by_key(|one| one.0);
        assert!((0..50).eq(seen.iter().map(|one| one.0)));
        assert!(begun.elapsed() < limits::FIRST_FRAME_LIMIT);
    }

    #[tokio::test]
    async fn a_busy_listener_has_addresses_proved_and_still_takes_everyone() {
        let options = Options { handshakes_max: 2, handshakes_before_retry: 0, ..Options::default() };
        let (dialler, listener) = (bind(1), bind_with(2, options));
        let address = listener.local_addr();
        let done = Arc::new(AtomicUsize::new(0));
        for seed in 0..20 {
            let (dialler, done) = (dialler.clone(), done.clone());
            tokio::spawn(async move {
                let (mut sender, mut receiver, _control) =
                    dialler.dial(address, None, &key(seed)).await.unwrap().split();
                sender.send(b"").await.unwrap();
                receiver.receive().await.unwrap().unwrap();
                done.fetch_add(1, Ordering::Relaxed);
            });
        }
        let mut kept = Vec::new();
        for _ in 0..20 {
            let (mut back, from, control) = listener.accept().await.unwrap().unwrap().split();
            back.send(b"").await.unwrap();
            kept.push((back, from, control));
        }
        while done.load(Ordering::Relaxed) < 20 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    #[tokio::test]
    async fn a_full_node_says_so() {
        let (dialler, listener) = (bind(1), bind_with(2, Options { links_max: 1, ..Options::default() }));
        let _kept = connected(&dialler, &listener).await;
        let refused = dialler.dial(listener.local_addr(), None, &key(1)).await.unwrap_err();
        assert!(matches!(refused, NetFailure::Busy), "{refused}");
        assert!(matches!(turned_away(&listener).await, NetFailure::Full { most: 1 }));
    }

    /// Resident memory of this process, in KiB.
    fn resident() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Prints what links cost in this process: one listener, and diallers from as many endpoints as told.
    async fn figures(links: usize, endpoints: usize) {
        let listener = bind(2);
        let bare = resident();
        let diallers: Vec<Endpoint> = (0..endpoints).map(|_| bind(1)).collect();
        let bound = resident();
        let mut kept = Vec::new();
        let begun = Instant::now();
        for at in 0..links {
            kept.push(connected(&diallers[at % endpoints], &listener).await);
        }
        let took = begun.elapsed();
        let fresh = resident();
        tokio::time::sleep(Duration::from_secs(12)).await;
        let idle = resident();
        let ((mut sender, _receiver, control), (_back, mut from, _theirs)) = kept.swap_remove(0);
        let traffic = control.traffic();
        let each = |after: u64, count: usize| after.saturating_sub(bound) / count as u64;
        println!("{links} links from {endpoints} endpoints, both sides in this process:");
        println!("  an endpoint {} KiB", (bound - bare) / endpoints as u64);
        println!("  a link {} KiB fresh, {} KiB after a probe", each(fresh, links), each(idle, links));
        println!("  handshake and first frame {:.2} ms", took.as_secs_f64() * 1e3 / links as f64);
        println!("  until then and a probe {} UDP bytes out, {} in", traffic.udp_bytes_out, traffic.udp_bytes_in);
        let frame = vec![7; 32 * 1024];
        let begun = Instant::now();
        let writing = tokio::spawn(async move {
            for _ in 0..8_000 {
                sender.send(&frame).await.unwrap();
            }
            sender
        });
        for _ in 0..8_000 {
            from.receive().await.unwrap().unwrap();
        }
        let rate = 250.0 / begun.elapsed().as_secs_f64();
        let bytes = control.traffic().udp_bytes_out as f64 / control.traffic().bytes_out as f64;
        println!("  250 MiB in frames of 32 KiB: {rate:.0} MiB/s, {bytes:.4} UDP bytes a byte");
        drop((writing, kept));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    #[ignore = "prints figures; run alone with --nocapture"]
    async fn figures_of_200_links_from_one_endpoint() {
        figures(200, 1).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    #[ignore = "prints figures; run alone with --nocapture"]
    async fn figures_of_a_county_in_one_process() {
        figures(555, 555).await;
    }
}
