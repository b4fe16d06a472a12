//! Endpoints on loopback: what goes over, what is refused, what ends.

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
    let options = Options { first_frame_limit: limit, answer_limit: limit, frame_limit: limit, ..Options::default() };
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
async fn who_dribbles_is_dropped_although_it_never_stops() {
    let limit = MOMENT * 5;
    let options = Options { first_frame_limit: limit, frame_limit: limit, ..Options::default() };
    let (dialler, listener) = (bind_with(1, options.clone()), bind_with(2, options));
    let dribble = |mut send: quinn::SendStream| {
        tokio::spawn(async move {
            send.write_all(&[100, 0, 0, 0]).await.unwrap();
            while send.write_all(&[0]).await.is_ok() {
                tokio::time::sleep(MOMENT).await;
            }
        })
    };
    let (_kept, send) = stranger(&dialler, &listener, honest()).await.unwrap();
    let first = dribble(send);
    assert_eq!(fault(&listener).await, NetFault::Silent { limit });
    timeout(limit, first).await.expect("it is told").unwrap();
    let (_kept, mut send) = stranger(&dialler, &listener, honest()).await.unwrap();
    send.write_all(&[0; 4]).await.unwrap();
    let (_back, mut from, _control) = listener.accept().await.unwrap().unwrap().split();
    assert_eq!(from.receive().await.unwrap().unwrap(), b"");
    let later = dribble(send);
    let slow = from.receive().await.unwrap_err();
    assert!(matches!(slow, NetFailure::Peer(NetFault::FrameSlow { limit: l }) if l == limit), "{slow}");
    timeout(limit, later).await.expect("it is told").unwrap();
}

#[tokio::test]
async fn nothing_can_be_said_before_the_handshake_even_by_who_was_here_before() {
    let (dialler, listener) = (bind(1), bind(2));
    let config = Arc::new(quic_client(wrong::dialling_with_early_data(&key(1))).unwrap());
    for round in 0..3 {
        let client = quinn::ClientConfig::new(config.clone());
        let connecting = dialler.0.quinn.connect_with(client, listener.local_addr(), tls::NAME).unwrap();
        let Err(connecting) = connecting.into_0rtt() else { panic!("round {round}: 0-RTT was offered") };
        let connection = connecting.await.unwrap();
        let (mut send, _receive) = connection.open_bi().await.unwrap();
        send.write_all(&[0; 4]).await.unwrap();
        // Whatever the listener gives out to be used later has come by now.
        let (mut back, ..) = listener.accept().await.unwrap().unwrap().split();
        back.send(b"").await.unwrap();
        tokio::time::sleep(MOMENT).await;
    }
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
async fn a_node_that_was_killed_and_is_back_says_that_it_forgot() {
    let dialler = bind(1);
    // A runtime that is shut down sends nothing more, as a process that is killed.
    let process = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = process.spawn(async { bind(2) }).await.unwrap();
    let address = listener.local_addr();
    let ((mut sender, _receiver, control), theirs) = connected(&dialler, &listener).await;
    tokio::task::spawn_blocking(move || process.shutdown_timeout(MOMENT * 20)).await.unwrap();
    drop((listener, theirs));
    let until = Instant::now() + MOMENT * 20;
    let again = loop {
        match Endpoint::bind(address, &key(2)) {
            Err(_) if Instant::now() < until => tokio::time::sleep(MOMENT / 10).await,
            bound => break bound.unwrap(),
        }
    };
    sender.send(&[7; 2_000]).await.unwrap();
    let told = timeout(MOMENT * 20, control.closed()).await.expect("it is told at once");
    assert!(matches!(told, NetFailure::Forgotten), "{told}");
    drop(again);
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
            let (mut sender, mut receiver, _control) = dialler.dial(address, None, &key(seed)).await.unwrap().split();
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
            let (mut sender, mut receiver, _control) = dialler.dial(address, None, &key(seed)).await.unwrap().split();
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
