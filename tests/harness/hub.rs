//! A network of datagrams in memory under a paused clock: the tests' only file that names quinn.
//!
//! Each site has the address the others see, which may change under it as behind an address translator, and sockets send
//! along ways that are as bad as a test says. Everything is drawn from one seed and done in the order of one queue, so a
//! run can be repeated datagram for datagram.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, VecDeque},
    fmt,
    io::{self, IoSliceMut},
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
    time::Duration,
};

use fangwei_node::net::{Endpoint, Options};
use fangwei_protocol::{record::entry::Hash, trust::key::KeyPair};
use quinn::{
    AsyncUdpSocket, UdpPoller,
    udp::{RecvMeta, Transmit},
};
use tokio::{
    sync::Notify,
    task::JoinHandle,
    time::{Instant, sleep_until},
};

use crate::impair::{Conditions, Way};

/// One place on the hub; cheap to copy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Site(usize);

/// A datagram as it was sent: when, from where to where, how long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sent {
    /// Microseconds since the hub was made.
    pub at_us: u64,
    /// From which site.
    pub from: Site,
    /// To which address.
    pub to: SocketAddr,
    /// Bytes.
    pub length: usize,
}

/// The hub. Ends with its last handle.
pub struct Hub {
    shared: Arc<Shared>,
    delivering: JoinHandle<()>,
    seed: u64,
}

struct Shared {
    net: Mutex<Net>,
    /// Something is to be delivered sooner than what was awaited.
    sooner: Notify,
    began: Instant,
}

struct Net {
    places: Vec<Place>,
    /// Who has an address now.
    addresses: BTreeMap<SocketAddr, Site>,
    ways: BTreeMap<(Site, Site), Way>,
    flying: BinaryHeap<Reverse<Flying>>,
    /// Datagrams put in so far: the order among those of one moment.
    order: u64,
    next_port: u16,
    /// Every datagram sent, if asked for.
    trace: Option<Vec<Sent>>,
    seed: u64,
}

struct Place {
    outside: SocketAddr,
    arrived: VecDeque<(SocketAddr, Vec<u8>)>,
    waker: Option<Waker>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Flying {
    at: Duration,
    order: u64,
    from: SocketAddr,
    to: SocketAddr,
    bytes: Vec<u8>,
}

/// Datagrams that wait to be received at one site; more are lost, as in a socket's buffer.
const ARRIVED_MAX: usize = 1_024;

impl Hub {
    /// An empty one.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn new(seed: u64) -> Hub {
        let net = Net {
            places: Vec::new(),
            addresses: BTreeMap::new(),
            ways: BTreeMap::new(),
            flying: BinaryHeap::new(),
            order: 0,
            next_port: 1,
            trace: None,
            seed,
        };
        let shared = Arc::new(Shared { net: Mutex::new(net), sooner: Notify::new(), began: Instant::now() });
        let delivering = tokio::spawn(deliver(shared.clone()));
        Hub { shared, delivering, seed }
    }

    /// Keeps a list of every datagram sent from now on.
    pub fn keep_trace(&self) {
        self.net().trace = Some(Vec::new());
    }

    /// The list so far.
    pub fn trace(&self) -> Vec<Sent> {
        self.net().trace.clone().unwrap_or_default()
    }

    /// A new place with an address of its own.
    pub fn site(&self) -> Site {
        let mut net = self.net();
        let (site, outside) = (Site(net.places.len()), net.next_address());
        net.places.push(Place { outside, arrived: VecDeque::new(), waker: None });
        net.addresses.insert(outside, site);
        site
    }

    /// An endpoint of a node at a site, with the product's own times and bounds.
    pub fn endpoint(&self, site: Site, key: &KeyPair) -> Endpoint {
        let socket = Socket { shared: self.shared.clone(), site };
        let seed = Hash::of_parts("hub", [&self.seed.to_be_bytes()[..], &site.0.to_be_bytes()]).0;
        Endpoint::over(Arc::new(socket), Some(seed), key, Options::default()).unwrap()
    }

    /// The address at which a site is seen now.
    pub fn address(&self, site: Site) -> SocketAddr {
        self.net().places[site.0].outside
    }

    /// From now on a site is seen at another address, and what is sent to the old one is lost: an address translator
    /// that forgot, or another uplink. The node itself does not notice.
    pub fn move_away(&self, site: Site) {
        let mut net = self.net();
        let outside = net.next_address();
        let old = std::mem::replace(&mut net.places[site.0].outside, outside);
        net.addresses.remove(&old);
        net.addresses.insert(outside, site);
    }

    /// From now on the link between two sites is like this, both ways.
    pub fn set(&self, one: Site, other: Site, conditions: Conditions) {
        let mut net = self.net();
        net.way(one, other).conditions = conditions;
        net.way(other, one).conditions = conditions;
    }

    /// Shuts or opens one way.
    pub fn cut(&self, from: Site, to: Site, is_cut: bool) {
        self.net().way(from, to).is_cut = is_cut;
    }

    /// What was sent one way: datagrams, their bytes, and how many of them were lost.
    pub fn sent(&self, from: Site, to: Site) -> (u64, u64, u64) {
        let mut net = self.net();
        let way = net.way(from, to);
        (way.datagrams, way.bytes, way.lost)
    }

    fn net(&self) -> MutexGuard<'_, Net> {
        self.shared.net.lock().unwrap()
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.delivering.abort();
    }
}

impl Net {
    fn next_address(&mut self) -> SocketAddr {
        self.next_port += 1;
        SocketAddr::from((Ipv4Addr::new(10, 0, 0, 1), self.next_port))
    }

    fn way(&mut self, from: Site, to: Site) -> &mut Way {
        let Net { ways, seed, .. } = self;
        ways.entry((from, to)).or_insert_with(|| {
            let drawn = Hash::of_parts("way", [&seed.to_be_bytes()[..], &from.0.to_be_bytes(), &to.0.to_be_bytes()]);
            Way::new(Conditions::default(), u64::from_be_bytes(*drawn.0.first_chunk().unwrap()))
        })
    }
}

/// Hands over what arrives, when it arrives.
async fn deliver(shared: Arc<Shared>) {
    loop {
        let next = shared.net.lock().unwrap().flying.peek().map(|Reverse(flying)| flying.at);
        let Some(next) = next else {
            shared.sooner.notified().await;
            continue;
        };
        tokio::select! {
            biased;
            () = shared.sooner.notified() => continue,
            () = sleep_until(shared.began + next) => {}
        }
        let now = shared.began.elapsed();
        let mut net = shared.net.lock().unwrap();
        while net.flying.peek().is_some_and(|Reverse(flying)| flying.at <= now) {
            let Some(Reverse(flying)) = net.flying.pop() else { break };
            // Whoever had the address when it was sent may have another one by now.
            let Some(site) = net.addresses.get(&flying.to).copied() else { continue };
            let place = &mut net.places[site.0];
            if place.arrived.len() < ARRIVED_MAX {
                place.arrived.push_back((flying.from, flying.bytes));
            }
            if let Some(waker) = place.waker.take() {
                waker.wake();
            }
        }
    }
}

/// A socket at a site.
struct Socket {
    shared: Arc<Shared>,
    site: Site,
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Socket({})", self.site.0)
    }
}

/// Datagrams may always be sent: the queue is the way's.
#[derive(Debug)]
struct Ready;

impl UdpPoller for Ready {
    fn poll_writable(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncUdpSocket for Socket {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        Box::pin(Ready)
    }

    fn try_send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        let now = self.shared.began.elapsed();
        let mut net = self.shared.net.lock().unwrap();
        let (to, length) = (transmit.destination, transmit.contents.len());
        if let Some(trace) = &mut net.trace {
            trace.push(Sent { at_us: now.as_micros() as u64, from: self.site, to, length });
        }
        let Some(at) = net.addresses.get(&to).copied() else { return Ok(()) };
        let from = net.places[self.site.0].outside;
        let awaited = net.flying.peek().map(|Reverse(flying)| flying.at);
        let mut soonest = None;
        for (at, bytes) in net.way(self.site, at).pass(now, transmit.contents) {
            net.order += 1;
            let order = net.order;
            net.flying.push(Reverse(Flying { at, order, from, to, bytes }));
            soonest = soonest.into_iter().chain([at]).min();
        }
        if soonest.is_some_and(|at| awaited.is_none_or(|awaited| at < awaited)) {
            self.shared.sooner.notify_one();
        }
        Ok(())
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let mut net = self.shared.net.lock().unwrap();
        let place = &mut net.places[self.site.0];
        let mut received = 0;
        for (buf, meta) in bufs.iter_mut().zip(meta) {
            let Some((addr, bytes)) = place.arrived.pop_front() else { break };
            let len = bytes.len().min(buf.len());
            buf[..len].copy_from_slice(&bytes[..len]);
            *meta = RecvMeta { addr, len, stride: len, ecn: None, dst_ip: None };
            received += 1;
        }
        if received > 0 {
            return Poll::Ready(Ok(received));
        }
        place.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.shared.net.lock().unwrap().places[self.site.0].outside)
    }
}
