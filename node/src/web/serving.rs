//! Listening for browsers: how many at once, how slowly they may ask, and over TLS where pages leave the machine.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
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
    sync::{Semaphore, watch},
    task::{JoinHandle, JoinSet},
    time::timeout,
};

use super::{Web, router};
use crate::{desk::Desk, net::PagesKey, second_factor::SecondFactorFor};

/// Browsers connected at once: a browser holds six connections, an office has a few dozen people.
const CONNECTIONS_MAX: usize = 512;

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

async fn accept(listener: TcpListener, web: Web, key: Option<Arc<PagesKey>>, mut stopped: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let router = router(web);
    let mut open = JoinSet::new();
    loop {
        let stream = tokio::select! {
            _ = stopped.changed() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
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
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
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
