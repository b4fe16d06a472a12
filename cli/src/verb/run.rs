//! `run`: the node itself, until it is told to stop.

use std::{io, path::Path};

use fangwei_node::{
    api::{self, ServeFailure},
    config::Config,
    desk::Desk,
    identity::key_text,
    net::PagesKey,
    node::{Node, NodeOptions},
    web::{self, Pages, PagesOptions},
};
use tokio::{
    net::UnixStream,
    signal::unix::{Signal, SignalKind, signal},
};
use tracing_subscriber::EnvFilter;

use crate::{
    args::Run,
    complaint::{Complaint, Exit},
    errand::Errand,
    report::Voice,
    verb::Done,
};

/// `run`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand, asked: Run) -> Done {
    let mut config = errand.config()?;
    if let Some(listen) = asked.listen {
        config.listen = listen;
    }
    let socket = config.socket();
    if UnixStream::connect(&socket).await.is_ok() {
        return Err(Complaint::wrong("socket-taken").at(&socket).hint("socket-taken-hint"));
    }
    // Before anything is started: what is wrong with it is its operator's to put right.
    let key = config.pages_key()?;
    log(&config)?;
    // Asked for before the start, so that one that comes during a long replay is not lost.
    let mut stops = [stop_signal(SignalKind::interrupt())?, stop_signal(SignalKind::terminate())?];
    let node = start(&config, &mut errand.voice).await?;
    let desk = Desk::new(node.clone()).speaking(config.language);
    let served = match api::serve_desk(&socket, desk.clone()).await {
        Ok(serving) => {
            say(errand, &node, &socket);
            let pages = serve_pages(errand, &config, key, desk).await;
            let [interrupt, terminate] = &mut stops;
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            errand.voice.note("run-stopping", &[]);
            if let Some(pages) = pages {
                pages.stop().await;
            }
            serving.stop().await;
            Ok(())
        }
        Err(ServeFailure::InUse { path }) => Err(Complaint::wrong("socket-taken").at(&path).hint("socket-taken-hint")),
        Err(cause) => Err(Complaint::failed("disk").at(&socket).with("cause", cause)),
    };
    node.stop().await;
    served?;
    errand.voice.note("run-stopped", &[]);
    Ok(Exit::Yes)
}

async fn start(config: &Config, voice: &mut Voice) -> Result<Node, Complaint> {
    let upstream = config.upstream().await?;
    let options = NodeOptions {
        upstream,
        unconfirmed: config.unconfirmed_limit(),
        store: config.store_options(),
        ..NodeOptions::new(config.listen)
    };
    let mut progress = |now: fangwei_node::store::Progress| {
        voice.progress("progress-replay", now.done_bytes, now.total_bytes);
    };
    Ok(Node::start(&config.data_dir, options, &mut progress).await?)
}

/// Serves the pages, and says where. A node without pages still does everything else, so that it goes on.
async fn serve_pages(errand: &mut Errand, config: &Config, key: Option<PagesKey>, desk: Desk) -> Option<Pages> {
    let at = config.pages?;
    let (hosts, second_factor) = (config.pages_hosts.clone(), config.pages_second_factor);
    let options = PagesOptions { hosts, key, second_factor };
    match web::serve(desk, at, options).await {
        Ok(pages) => {
            errand.voice.note("run-pages", &[("url", pages.url().into())]);
            Some(pages)
        }
        Err(failure) => {
            errand.voice.note("run-no-pages", &[("reason", failure.to_string().into())]);
            None
        }
    }
}

/// Where it listens, and by which key others know it: what its operator reads to those below.
fn say(errand: &mut Errand, node: &Node, socket: &Path) {
    let listen = node.address().map(|address| address.to_string()).unwrap_or_default();
    let place = [
        ("listen", listen.into()),
        ("socket", socket.display().to_string().into()),
        ("key", key_text(&node.key()).into()),
    ];
    errand.voice.note("run-listening", &[("unit", node.me().unit.to_string().into())]);
    errand.voice.note("run-place", &place);
    let upstream: Vec<String> = node.upstream().iter().map(|above| above.address.to_string()).collect();
    if upstream.is_empty() {
        errand.voice.note("run-no-upstream", &[]);
    } else {
        errand.voice.note("run-upstream", &[("upstream", upstream.join("、").into())]);
    }
}

/// Logs go to standard error; the environment's `RUST_LOG` is not asked: the configuration is the one place.
fn log(config: &Config) -> Result<(), Complaint> {
    let rules = EnvFilter::try_new(&config.log).map_err(|cause| Complaint::wrong("bad-log").with("cause", cause))?;
    let subscriber = tracing_subscriber::fmt().with_env_filter(rules).with_writer(io::stderr).with_ansi(false);
    // Another run in this process, in a test, has its own already.
    let _ = subscriber.try_init();
    Ok(())
}

fn stop_signal(kind: SignalKind) -> Result<Signal, Complaint> {
    signal(kind).map_err(|cause| Complaint::failed("store-failed").with("cause", cause))
}
