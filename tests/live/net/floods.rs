//! Floods on the real endpoint: what each costs in memory, and that honest entries get through meanwhile.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use fangwei_node::{
    founding::new_key,
    limits::OUTBOX_STRANGER_BYTES_MAX,
    net::{Endpoint, FrameReceiver, FrameSender, LinkControl, Options},
};
use fangwei_protocol::record::message::{Frame, Hello, VERSION};
use tests::nodes::{any_port, report, standing};
use tokio::task::{JoinHandle, JoinSet};

use super::*;

/// Handshakes that are begun and never go on.
const HALF_OPEN: usize = 10_000;

/// What a flood may cost a node in memory: its handshakes' and strangers' bounds are a part of it.
const GROWTH_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// An officer who goes on writing through a flood, each report only when the one before is confirmed.
struct Honest {
    going_on: JoinHandle<Duration>,
    confirmed: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
}

impl Honest {
    fn start(village: &Node, officer: &Officer) -> Honest {
        let (confirmed, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let (village, officer, counted, stopping) = (village.clone(), officer.clone(), confirmed.clone(), stop.clone());
        let going_on = tokio::spawn(async move {
            let mut slowest = Duration::ZERO;
            while !stopping.load(Ordering::Relaxed) {
                let unit = &village.me().unit;
                let written = report(village.core(), unit, &officer, "照常上报。").await.unwrap();
                let began = tokio::time::Instant::now();
                while !standing(village.core(), written.id).await.1 {
                    assert!(began.elapsed() < PATIENCE, "waited {PATIENCE:?} in vain for its confirmation");
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                slowest = slowest.max(began.elapsed());
                counted.fetch_add(1, Ordering::Relaxed);
            }
            slowest
        });
        Honest { going_on, confirmed, stop }
    }

    /// How many were confirmed, and how long the slowest took.
    async fn stop(self) -> (u64, Duration) {
        self.stop.store(true, Ordering::Relaxed);
        let slowest = self.going_on.await.unwrap();
        (self.confirmed.load(Ordering::Relaxed), slowest)
    }
}

/// First packets of so many handshakes, each with a connection id of its own: dialled at a socket that keeps them and
/// never answers.
async fn first_packets(count: usize) -> Vec<Vec<u8>> {
    let sink = tokio::net::UdpSocket::bind(any_port()).await.unwrap();
    let address = sink.local_addr().unwrap();
    let key = new_key();
    // About as long as the first retransmission takes: one flight each.
    let options = Options { handshake_limit: Duration::from_secs(1), ..Options::default() };
    let endpoint = Endpoint::bind_with(any_port(), &key, options).unwrap();
    let (mut packets, mut buffer) = (BTreeMap::<Vec<u8>, Vec<u8>>::new(), [0; 2_048]);
    let mut dialling = JoinSet::new();
    while packets.len() < count {
        for _ in dialling.len()..500 {
            let (endpoint, seed) = (endpoint.clone(), *key.seed());
            dialling.spawn(async move {
                let key = fangwei_protocol::trust::key::KeyPair::from_seed(&seed);
                endpoint.dial(address, None, &key).await.unwrap_err();
            });
        }
        tokio::select! {
            _ = dialling.join_next() => {}
            came = sink.recv_from(&mut buffer) => {
                // A long header: flags, version, and the id the dialler made up for whom it dials.
                let packet = &buffer[..came.unwrap().0];
                if let Some(id) = packet.get(6..6 + usize::from(packet[5])) {
                    packets.entry(id.to_vec()).or_insert_with(|| packet.to_vec());
                }
            }
        }
    }
    endpoint.close().await;
    packets.into_values().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_half_open_handshakes_cost_little_and_hold_up_nobody() {
    let _alone = PROCESS.write().await;
    let flights = first_packets(HALF_OPEN).await;
    let (_dir, mut county, officer) = county_and_village().await;
    let (upper, village) = (county.node(COUNTY).clone(), county.node(VILLAGE).clone());
    let honest = Honest::start(&village, &officer);
    within("the honest one is at work", async || honest.confirmed.load(Ordering::Relaxed) > 5).await;
    let (before, confirmed) = (resident_bytes(), honest.confirmed.load(Ordering::Relaxed));
    let (mut most, began) = (before, std::time::Instant::now());
    let sockets: Vec<_> = (0..100).map(|_| UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap()).collect();
    for (number, flight) in flights.iter().enumerate() {
        sockets[number % sockets.len()].send_to(flight, upper.address().unwrap()).unwrap();
        if number % 20 == 0 {
            most = most.max(resident_bytes());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    let flooded = began.elapsed();
    let during = honest.confirmed.load(Ordering::Relaxed) - confirmed;
    // In the middle of what the flood left behind somebody who was away dials, and is taken.
    village.set_online(false);
    within("the link is gone", async || village.link_count() == 0).await;
    village.set_online(true);
    let back = within("it is taken again", async || village.link_count() == 1 && upper.link_count() == 1).await;
    let (_, slowest) = honest.stop().await;
    most = most.max(resident_bytes());
    println!(
        "{} half-open handshakes in {:.1} s: memory grew by {} KiB at most; {during} honest entries confirmed meanwhile, \
         the slowest in {slowest:?}; a new link after {back:?}",
        flights.len(),
        flooded.as_secs_f64(),
        (most - before) / 1024
    );
    assert!(most - before < GROWTH_BYTES_MAX, "memory grew by {} bytes", most - before);
    assert!(during > 0, "nothing honest got through");
    county.stop_all().await;
}

/// Somebody with a key nobody knows.
struct Stranger {
    sender: FrameSender,
    receiver: FrameReceiver,
    _control: LinkControl,
}

impl Stranger {
    async fn dial(endpoint: &Endpoint, node: &Node) -> Option<Stranger> {
        let link = endpoint.dial(node.address().unwrap(), Some(node.key()), &new_key()).await.ok()?;
        let (sender, receiver, control) = link.split();
        Some(Stranger { sender, receiver, _control: control })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_who_ask_much_and_read_nothing_are_dropped_and_cost_little() {
    const STRANGERS: usize = 64;
    const ASKS: usize = 5_000;
    let _alone = PROCESS.write().await;
    let (_dir, mut county, officer) = county_and_village().await;
    let (upper, village) = (county.node(COUNTY).clone(), county.node(VILLAGE).clone());
    let honest = Honest::start(&village, &officer);
    within("the honest one is at work", async || honest.confirmed.load(Ordering::Relaxed) > 5).await;
    let endpoint = Endpoint::bind(any_port(), &new_key()).unwrap();
    let (before, confirmed) = (resident_bytes(), honest.confirmed.load(Ordering::Relaxed));
    let mut flooding = JoinSet::new();
    for _ in 0..STRANGERS {
        let (endpoint, node) = (endpoint.clone(), upper.clone());
        flooding.spawn(async move {
            let Some(mut stranger) = Stranger::dial(&endpoint, &node).await else { return (0, None) };
            let ask = Frame::ChainWanted.to_bytes();
            let mut asked = 0;
            while asked < ASKS && stranger.sender.send(&ask).await.is_ok() {
                asked += 1;
            }
            // It holds on to what it has until all are done, and reads nothing.
            (asked, Some(stranger))
        });
    }
    let (mut most, mut held, mut asked) = (before, Vec::new(), 0);
    loop {
        tokio::select! {
            done = flooding.join_next() => {
                let Some(done) = done else { break };
                let (some, stranger) = done.unwrap();
                asked += some;
                held.extend(stranger);
            }
            () = tokio::time::sleep(Duration::from_millis(20)) => {}
        }
        most = most.max(resident_bytes());
    }
    within("all strangers are dropped", async || upper.link_count() == 1).await;
    let (total, slowest) = honest.stop().await;
    println!(
        "{} strangers asked {asked} times and read nothing: memory grew by {} KiB at most; {} honest entries confirmed \
         meanwhile, the slowest in {slowest:?}",
        held.len(),
        (most - before) / 1024,
        total - confirmed
    );
    assert!(held.len() > STRANGERS / 2 && asked > ASKS, "no flood: {} strangers, {asked} asks", held.len());
    // Either end of every connection is in this process: what waits here, and what transport holds at both.
    let bound = STRANGERS as u64 * (OUTBOX_STRANGER_BYTES_MAX as u64 + 1024 * 1024) + GROWTH_BYTES_MAX;
    assert!(most - before < bound, "memory grew by {} bytes, bound {bound}", most - before);
    assert!(total > confirmed, "nothing honest got through");
    let mut one = held.pop().unwrap();
    assert!(
        tokio::time::timeout(Duration::from_secs(5), async { while let Ok(Some(_)) = one.receiver.receive().await {} })
            .await
            .is_ok(),
        "the link of one who does not read goes on"
    );
    county.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_connections_of_unknown_keys_hold_up_nobody() {
    const CONNECTIONS: usize = 1_000;
    let _alone = PROCESS.write().await;
    let (_dir, mut county, officer) = county_and_village().await;
    let (upper, village) = (county.node(COUNTY).clone(), county.node(VILLAGE).clone());
    let honest = Honest::start(&village, &officer);
    within("the honest one is at work", async || honest.confirmed.load(Ordering::Relaxed) > 5).await;
    let hello = Hello {
        version: VERSION,
        genesis: upper.genesis().hash(),
        certificate: village.me().certificate,
        unit: village.me().unit.clone(),
        digest: None,
        wanted: 0,
        checkpoint: None,
    };
    let endpoint = Endpoint::bind(any_port(), &new_key()).unwrap();
    let refused = || upper.core().counts().refused.load(Ordering::Relaxed);
    let (before, confirmed, counted) = (resident_bytes(), honest.confirmed.load(Ordering::Relaxed), refused());
    let (mut most, mut said, mut silent) = (before, 0, Vec::new());
    let began = std::time::Instant::now();
    while said < CONNECTIONS {
        let mut dialling = JoinSet::new();
        for number in 0..20 {
            let (endpoint, node, hello) = (endpoint.clone(), upper.clone(), hello.clone());
            dialling.spawn(async move {
                let mut stranger = Stranger::dial(&endpoint, &node).await?;
                // Some say who they are not, some something that is no frame, some nothing at all.
                match number % 4 {
                    0 | 1 => stranger.sender.send(&Frame::Hello(hello).to_bytes()).await.ok()?,
                    2 => stranger.sender.send(&[0xff; 4_000]).await.ok()?,
                    _ => return Some((stranger, false)),
                }
                while let Ok(Some(_)) = stranger.receiver.receive().await {}
                Some((stranger, true))
            });
        }
        while let Some(done) = dialling.join_next().await {
            said += 1;
            silent.extend(done.unwrap().filter(|(_, spoke)| !spoke).map(|(stranger, _)| stranger));
        }
        most = most.max(resident_bytes());
    }
    let took = began.elapsed();
    let (total, slowest) = honest.stop().await;
    println!(
        "{said} connections of unknown keys in {:.1} s ({} silent, {} refused): memory grew by {} KiB at most; {} honest \
         entries confirmed meanwhile, the slowest in {slowest:?}",
        took.as_secs_f64(),
        silent.len(),
        refused() - counted,
        (most - before) / 1024,
        total - confirmed
    );
    assert!(refused() - counted >= CONNECTIONS as u64 / 2, "only {} refused", refused() - counted);
    assert!(most - before < GROWTH_BYTES_MAX, "memory grew by {} bytes", most - before);
    assert!(total > confirmed, "nothing honest got through");
    county.stop_all().await;
}

/// What an idle link may cost at both of its ends together.
const LINK_BYTES_MAX: u64 = 256 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_link_costs_little_memory() {
    const LINKS: u64 = 500;
    let _alone = PROCESS.write().await;
    let (key, other) = (new_key(), new_key());
    let (listener, dialler) = (Endpoint::bind(any_port(), &key).unwrap(), Endpoint::bind(any_port(), &other).unwrap());
    let mut kept = Vec::new();
    let mut before = 0;
    for number in 0..LINKS + 50 {
        // What is set up once, and what the first ones need, does not count.
        if number == 50 {
            before = resident_bytes();
        }
        let (mut sender, receiver, control) = dialler.dial(listener.local_addr(), None, &other).await.unwrap().split();
        sender.send(&[7; 1_000]).await.unwrap();
        let (mut back, mut from, theirs) = listener.accept().await.unwrap().unwrap().split();
        assert_eq!(from.receive().await.unwrap().unwrap().len(), 1_000);
        back.send(&[7; 1_000]).await.unwrap();
        kept.push((sender, receiver, control, back, from, theirs));
    }
    let each = (resident_bytes() - before) / LINKS;
    println!("{LINKS} idle links: {} KiB each, both ends", each / 1024);
    assert!(each < LINK_BYTES_MAX, "{each} bytes each");
    drop(kept);
}
