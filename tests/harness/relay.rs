//! A bad link on loopback: a relay of UDP datagrams between one node and whoever dials it, as bad as a test says.
//!
//! Whoever dials the relay's address reaches the node behind it, through a socket of its own on the far side. Bounded:
//! so many dialers at once, so many datagrams under way.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    net::UdpSocket,
    task::JoinHandle,
    time::{Instant, sleep_until},
};

use crate::impair::{Conditions, Way};

/// Those who dial through one relay at once.
const DIALLERS_MAX: usize = 64;

/// Datagrams under way at once; more are lost.
const FLYING_MAX: usize = 4_096;

/// A relay. Ends when dropped.
pub struct Relay {
    shared: Arc<Shared>,
    address: SocketAddr,
    forwarding: JoinHandle<()>,
}

struct Shared {
    near: UdpSocket,
    behind: SocketAddr,
    /// Towards the node behind, and back.
    ways: Mutex<[Way; 2]>,
    dialers: Mutex<HashMap<SocketAddr, Dialer>>,
    flying: AtomicUsize,
    /// What dialers sent, if asked for.
    kept: Mutex<Option<Vec<Vec<u8>>>>,
    began: Instant,
}

/// Whom the node behind sees: a socket of the relay's own.
struct Dialer {
    far: Arc<UdpSocket>,
    returning: JoinHandle<()>,
}

impl Drop for Dialer {
    fn drop(&mut self) {
        self.returning.abort();
    }
}

impl Relay {
    /// Before the node that listens at `behind`.
    pub async fn new(behind: SocketAddr, conditions: Conditions, seed: u64) -> Relay {
        let near = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = near.local_addr().unwrap();
        let shared = Arc::new(Shared {
            near,
            behind,
            ways: Mutex::new([Way::new(conditions, seed), Way::new(conditions, seed ^ u64::MAX)]),
            dialers: Mutex::default(),
            flying: AtomicUsize::new(0),
            kept: Mutex::new(None),
            began: Instant::now(),
        });
        let forwarding = tokio::spawn(forward(shared.clone()));
        Relay { shared, address, forwarding }
    }

    /// Where to dial instead of the node behind.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on it is this bad.
    pub fn set(&self, conditions: Conditions) {
        self.shared.ways.lock().unwrap().iter_mut().for_each(|way| way.conditions = conditions);
    }

    /// Shuts or opens the way to the node behind, and the way back.
    pub fn cut(&self, there: bool, back: bool) {
        let mut ways = self.shared.ways.lock().unwrap();
        (ways[0].is_cut, ways[1].is_cut) = (there, back);
    }

    /// From now on the node behind sees every dialer at a new address; what it sends to the old one is lost.
    pub fn move_away(&self) {
        self.shared.dialers.lock().unwrap().clear();
    }

    /// Keeps whatever dialers send from now on, as somebody does who listens on the line.
    pub fn keep(&self) {
        *self.shared.kept.lock().unwrap() = Some(Vec::new());
    }

    /// What dialers sent since.
    pub fn kept(&self) -> Vec<Vec<u8>> {
        self.shared.kept.lock().unwrap().clone().unwrap_or_default()
    }

    /// Datagrams, bytes and datagrams lost, both ways.
    pub fn sent(&self) -> (u64, u64, u64) {
        let ways = self.shared.ways.lock().unwrap();
        ways.iter().fold((0, 0, 0), |sum, way| (sum.0 + way.datagrams, sum.1 + way.bytes, sum.2 + way.lost))
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.forwarding.abort();
        self.shared.dialers.lock().unwrap().clear();
    }
}

impl Shared {
    /// Sends a datagram on when and as often as its way lets it through.
    fn pass(self: &Arc<Shared>, way: usize, datagram: &[u8], socket: &Arc<impl Far>, to: SocketAddr) {
        let now = self.began.elapsed();
        let arrivals = self.ways.lock().unwrap()[way].pass(now, datagram);
        for (at, bytes) in arrivals {
            if self.flying.fetch_add(1, Ordering::Relaxed) >= FLYING_MAX {
                self.flying.fetch_sub(1, Ordering::Relaxed);
                continue;
            }
            let (shared, socket) = (self.clone(), socket.clone());
            tokio::spawn(async move {
                sleep_until(shared.began + at).await;
                // Nobody may be there any more.
                socket.send(&bytes, to).await;
                shared.flying.fetch_sub(1, Ordering::Relaxed);
            });
        }
    }

    async fn dialer(self: &Arc<Shared>, from: SocketAddr) -> Option<Arc<UdpSocket>> {
        if let Some(dialer) = self.dialers.lock().unwrap().get(&from) {
            return Some(dialer.far.clone());
        }
        let far = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap());
        let returning = tokio::spawn(give_back(self.clone(), far.clone(), from));
        let mut dialers = self.dialers.lock().unwrap();
        if dialers.len() >= DIALLERS_MAX {
            returning.abort();
            return None;
        }
        dialers.insert(from, Dialer { far: far.clone(), returning });
        Some(far)
    }
}

/// Where a datagram leaves the relay.
trait Far: Send + Sync + 'static {
    fn send(&self, bytes: &[u8], to: SocketAddr) -> impl Future<Output = ()> + Send;
}

impl Far for UdpSocket {
    async fn send(&self, bytes: &[u8], to: SocketAddr) {
        let _ = self.send_to(bytes, to).await;
    }
}

impl Far for Shared {
    async fn send(&self, bytes: &[u8], to: SocketAddr) {
        let _ = self.near.send_to(bytes, to).await;
    }
}

/// What comes from dialers, to the node behind.
async fn forward(shared: Arc<Shared>) {
    let mut buffer = vec![0; 65_536];
    loop {
        // A port that refused what was sent to it earlier is said here; it means nothing.
        let Ok((length, from)) = shared.near.recv_from(&mut buffer).await else { continue };
        if let Some(kept) = &mut *shared.kept.lock().unwrap() {
            kept.push(buffer[..length].to_vec());
        }
        if let Some(far) = shared.dialer(from).await {
            shared.pass(0, &buffer[..length], &far, shared.behind);
        }
    }
}

/// What the node behind sends to one dialer.
async fn give_back(shared: Arc<Shared>, far: Arc<UdpSocket>, to: SocketAddr) {
    let mut buffer = vec![0; 65_536];
    loop {
        let Ok((length, _)) = far.recv_from(&mut buffer).await else { continue };
        shared.pass(1, &buffer[..length], &shared, to);
    }
}
