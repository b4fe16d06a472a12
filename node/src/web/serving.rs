//! Listening for browsers: how many at once, how slowly they may ask, and over TLS where pages leave the machine.

use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use thiserror::Error;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::{JoinHandle, JoinSet},
    time::timeout,
};

use super::{Web, router};
use crate::{desk::Desk, net::PagesKey, second_factor::SecondFactorFor};

/// Browsers connected at once: a browser holds six connections, an office has a few dozen people.
const CONNECTIONS_MAX: usize = 512;

/// Of these from one machine, so that no single one keeps an office out: a few browsers with all their windows, or a proxy.
const OF_ONE_MAX: usize = 128;

/// What a request begins with has arrived by then.
const HEAD_LIMIT: Duration = Duration::from_secs(15);

/// A TLS handshake is done by then.
const TLS_LIMIT: Duration = Duration::from_secs(10);

/// How long answers under way may take once the node is to stop.
const STOP_LIMIT: Duration = Duration::from_secs(3);

/// Why pages are not served.
#[derive(Debug, Error)]
pub enum ServeFailure {
    /// The system refused.
    #[error("cannot listen for pages at {address}: {cause}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What it said.
        cause: io::Error,
    },
    /// Pages leave the machine, and there is no certificate for them.
    #[error("pages at {address} would go over the network without TLS")]
    NoCertificate {
        /// Where.
        address: SocketAddr,
    },
}

/// Pages that are served. Goes on until it is stopped.
#[derive(Debug)]
pub struct Pages {
    address: SocketAddr,
    is_secure: bool,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// How pages are served.
#[derive(Debug, Default)]
pub struct PagesOptions {
    /// Names under which browsers ask for them, beside the address itself.
    pub hosts: Vec<String>,
    /// What they go over TLS with.
    pub key: Option<PagesKey>,
    /// Whose sign-in takes a second factor.
    pub second_factor: SecondFactorFor,
}

/// Serves the pages of a desk. Plain HTTP stays on the loopback; anything else takes a certificate.
///
/// # Errors
///
/// [`ServeFailure`].
pub async fn serve(desk: Desk, address: SocketAddr, options: PagesOptions) -> Result<Pages, ServeFailure> {
    let PagesOptions { hosts, key, second_factor } = options;
    if key.is_none() && !address.ip().is_loopback() {
        return Err(ServeFailure::NoCertificate { address });
    }
    let listener = TcpListener::bind(address).await.map_err(|cause| ServeFailure::Listen { address, cause })?;
    let address = listener.local_addr().map_err(|cause| ServeFailure::Listen { address, cause })?;
    let is_secure = key.is_some();
    let web = Web::new(desk, is_secure, known_hosts(address.ip(), hosts), second_factor);
    let (stop, stopped) = watch::channel(false);
    let task = tokio::spawn(accept(listener, web, key.map(Arc::new), stopped));
    Ok(Pages { address, is_secure, stop, task })
}

/// The names a node goes by: those told, and its own address; on the loopback what that is called.
fn known_hosts(address: IpAddr, told: Vec<String>) -> Vec<String> {
    let as_host = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    let mut hosts: Vec<String> = told.into_iter().map(|host| host.to_ascii_lowercase()).collect();
    if !address.is_unspecified() {
        hosts.push(as_host(address));
    }
    hosts.extend(["localhost".to_owned(), "127.0.0.1".to_owned(), "[::1]".to_owned()]);
    hosts
}

/// Places for connections, counted in all and by where they come from.
#[derive(Clone)]
struct Places {
    all: Arc<Semaphore>,
    by_machine: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
}

/// A place that is taken until it is dropped.
struct Place {
    _one: OwnedSemaphorePermit,
    of: IpAddr,
    places: Places,
}

impl Places {
    fn new() -> Places {
        Places { all: Arc::new(Semaphore::new(CONNECTIONS_MAX)), by_machine: Arc::default() }
    }

    /// A place; none if all are taken, or all that one machine may have.
    fn take(&self, from: IpAddr) -> Option<Place> {
        let of = machine(from);
        let one = self.all.clone().try_acquire_owned().ok()?;
        let mut by_machine = self.by_machine.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = by_machine.entry(of).or_default();
        if *taken >= OF_ONE_MAX {
            return None;
        }
        *taken += 1;
        Some(Place { _one: one, of, places: self.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut by_machine = self.places.by_machine.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = by_machine.get_mut(&self.of) {
            *taken -= 1;
            if *taken == 0 {
                by_machine.remove(&self.of);
            }
        }
    }
}

/// What stands for one machine: of IPv6 the network it is in, of which it may have every address.
fn machine(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(ip) if !ip.is_loopback() => {
            let network = u128::from(ip) & !u128::from(u64::MAX);
            IpAddr::V6(network.into())
        }
        ip => ip,
    }
}

async fn accept(listener: TcpListener, web: Web, key: Option<Arc<PagesKey>>, mut stopped: watch::Receiver<bool>) {
    let places = Places::new();
    let router = router(web);
    let mut open = JoinSet::new();
    loop {
        let (stream, from) = tokio::select! {
            _ = stopped.changed() => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                // Out of descriptors: there will be some again.
                Err(failure) => {
                    tracing::warn!(%failure, "a browser was not let in");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
        };
        while open.try_join_next().is_some() {}
        // Whoever comes when all places are taken is told nothing and tries again.
        let Some(place) = places.take(from.ip()) else { continue };
        let (router, key, stopped) = (router.clone(), key.clone(), stopped.clone());
        open.spawn(async move {
            let _place = place;
            talk(stream, router, key, stopped).await;
        });
    }
    let _ = timeout(STOP_LIMIT, async { while open.join_next().await.is_some() {} }).await;
}

async fn talk(stream: TcpStream, router: axum::Router, key: Option<Arc<PagesKey>>, stopped: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    match key {
        None => converse(stream, router, stopped).await,
        Some(key) => {
            if let Ok(Ok(stream)) = timeout(TLS_LIMIT, key.accept(stream)).await {
                converse(stream, router, stopped).await;
            }
        }
    }
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: axum::Router,
    mut stopped: watch::Receiver<bool>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_LIMIT).max_buf_size(64 * 1024);
    let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    tokio::pin!(connection);
    loop {
        tokio::select! {
            // How a browser goes away is its own affair.
            _ = &mut connection => return,
            _ = stopped.changed() => connection.as_mut().graceful_shutdown(),
        }
    }
}

impl Pages {
    /// Where.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What is typed into a browser on this machine.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.is_secure { "https" } else { "http" };
        format!("{scheme}://{}/", self.address)
    }

    /// Finishes the answers under way and takes no more.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let abort = self.task.abort_handle();
        if timeout(STOP_LIMIT * 2, self.task).await.is_err() {
            abort.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpSocket,
    };

    use super::*;
    use crate::desk::tests::County;

    const ASK: &[u8] = b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";

    async fn from(machine: &str, to: SocketAddr) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(machine.parse().unwrap(), 0)).unwrap();
        socket.connect(to).await.unwrap()
    }

    async fn answer(mut stream: TcpStream) -> String {
        let _ = stream.write_all(ASK).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn one_machine_that_takes_all_it_can_keeps_nobody_else_out() {
        let county = County::found().await;
        let at = "127.0.0.1:0".parse().unwrap();
        let pages = serve(county.desk.clone(), at, PagesOptions::default()).await.unwrap();
        let mut held = Vec::new();
        for _ in 0..600 {
            let mut stream = from("127.0.0.66", pages.address()).await;
            // A head that never ends.
            let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ").await;
            held.push(stream);
        }
        assert_eq!(answer(from("127.0.0.66", pages.address()).await).await, "", "it has all it may have");
        assert!(answer(from("127.0.0.1", pages.address()).await).await.starts_with("HTTP/1.1 200"));
        drop(held);
        let began = tokio::time::Instant::now();
        while !answer(from("127.0.0.66", pages.address()).await).await.starts_with("HTTP/1.1 200") {
            assert!(began.elapsed() < Duration::from_secs(10), "its places are free again");
        }
        pages.stop().await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn whoever_begins_and_does_not_go_on_is_let_go() {
        let county = County::found().await;
        let at = "127.0.0.1:0".parse().unwrap();
        let pages = serve(county.desk.clone(), at, PagesOptions::default()).await.unwrap();
        let began = tokio::time::Instant::now();
        let mut stream = from("127.0.0.1", pages.address()).await;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: 127").await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(answer.is_empty() && began.elapsed() >= HEAD_LIMIT, "{:?}", began.elapsed());
        pages.stop().await;
    }

    #[test]
    fn a_network_of_ipv6_is_one_machine() {
        let machine = |text: &str| machine(text.parse().unwrap()).to_string();
        assert_eq!(machine("fd00::1:2:3:4"), machine("fd00::9"));
        assert_ne!(machine("fd00::1"), machine("fd00:0:0:1::1"));
        assert_eq!(machine("::ffff:10.1.2.3"), "10.1.2.3");
        assert_eq!(machine("::1"), "::1");
    }
}
