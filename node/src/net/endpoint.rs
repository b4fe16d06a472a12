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

use fangwei_protocol::{
    record::entry::Hash,
    trust::key::{KeyPair, PublicKey},
};
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::crypto::{CryptoError, HmacKey};
use quinn::{
    AsyncUdpSocket, ConnectionError, ConnectionId, ConnectionIdGenerator, IdleTimeout, ReadError, Runtime as _,
    TransportConfig, VarInt, WriteError,
};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, timeout, timeout_at};
use zeroize::Zeroize as _;

use super::link::{Limits, Link};
use super::{CLOSE_SILENT, CLOSE_STOPPING, NetFailure, NetFault, TurnedAway, tls};
use crate::{limits, run::random};

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
        let socket = UdpSocket::bind(address).and_then(|socket| quinn::TokioRuntime.wrap_udp_socket(socket));
        let socket = socket.map_err(|source| NetFailure::Bind { address, source })?;
        Endpoint::over(socket, None, key, options)
    }

    /// Listens and dials over a socket given, which may be a simulated one; times are tokio's. With a seed, what transport
    /// draws follows from it, so that a run can be repeated: the lengths and times of packets, not the keys.
    ///
    /// # Errors
    ///
    /// [`NetFailure::Bind`] if the socket does not know its address.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn over(
        socket: Arc<dyn AsyncUdpSocket>,
        seed: Option<[u8; 32]>,
        key: &KeyPair,
        options: Options,
    ) -> Result<Endpoint, NetFailure> {
        let bind_failure = |source| NetFailure::Bind { address: SocketAddr::from(([0; 4], 0)), source };
        let local = socket.local_addr().map_err(bind_failure)?;
        let server = server_config(quic_server(tls::listening(key)?)?, &options);
        let mut config = endpoint_config(key);
        config.rng_seed(seed);
        let runtime = Arc::new(quinn::TokioRuntime);
        let quinn = quinn::Endpoint::new_with_abstract_socket(config, Some(server), socket, runtime);
        let quinn = quinn.map_err(bind_failure)?;
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

/// What must be the same in every process of a node: a peer's packet for a connection that an earlier one had, and was
/// killed with, is answered with proof that it is forgotten, so that the peer dials again instead of waiting until the
/// connection is idle.
fn endpoint_config(key: &KeyPair) -> quinn::EndpointConfig {
    let mut config = quinn::EndpointConfig::new(Arc::new(ForgottenKey(*key.seed())));
    // quinn's own generator marks its ids with a key of the process and ignores those of another.
    config.cid_generator(|| Box::new(RandomIds));
    config
}

/// Derives the proofs of [`endpoint_config`] from the node's key; they tell nothing of it.
struct ForgottenKey([u8; 32]);

impl Drop for ForgottenKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl ForgottenKey {
    fn proof(&self, data: &[u8]) -> Hash {
        Hash::of_parts("fangwei forgotten connection 1", [self.0.as_slice(), data])
    }
}

impl HmacKey for ForgottenKey {
    fn sign(&self, data: &[u8], proof: &mut [u8]) {
        proof.iter_mut().zip(self.proof(data).as_slice()).for_each(|(to, from)| *to = *from);
    }

    fn signature_len(&self) -> usize {
        size_of::<Hash>()
    }

    fn verify(&self, data: &[u8], proof: &[u8]) -> Result<(), CryptoError> {
        if self.proof(data).as_slice() == proof { Ok(()) } else { Err(CryptoError) }
    }
}

/// Connection ids: eight random bytes, as long as quinn's own.
struct RandomIds;

impl ConnectionIdGenerator for RandomIds {
    fn generate_cid(&mut self) -> ConnectionId {
        ConnectionId::new(&random::<8>())
    }

    fn cid_len(&self) -> usize {
        8
    }

    fn cid_lifetime(&self) -> Option<Duration> {
        None
    }
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
mod tests;
