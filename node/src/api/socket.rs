//! The Unix socket of a running node.
//!
//! Whoever may write to it may ask, so its mode is 0660 from the first moment: it is made beside its place and moved
//! there. A socket that a dead process left behind is replaced; one that somebody answers, or a file that is none, is
//! left alone.

use std::{
    fs, io,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use thiserror::Error;
use tokio::{
    net::{UnixListener, UnixStream},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};

use super::router_of;
use crate::{desk::Desk, node::Node};

/// How long answers under way may take once the node is to stop.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// Why a node is not served.
#[derive(Debug, Error)]
pub enum ServeFailure {
    /// Another process answers there.
    #[error("another node answers at {}", .path.display())]
    InUse {
        /// Where.
        path: PathBuf,
    },
    /// There is a file that is no socket.
    #[error("{} is there and is no socket", .path.display())]
    NoSocket {
        /// Where.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot listen at {}: {cause}", .path.display())]
    Disk {
        /// Where.
        path: PathBuf,
        /// What it said.
        cause: io::Error,
    },
}

/// A node that is served. Goes on until it is stopped.
#[derive(Debug)]
pub struct Serving {
    path: PathBuf,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
    reminding: JoinHandle<()>,
}

/// Serves a node at a socket.
///
/// # Errors
///
/// [`ServeFailure`].
pub async fn serve(path: &Path, node: Node) -> Result<Serving, ServeFailure> {
    serve_desk(path, Desk::new(node)).await
}

/// Serves a desk that others use too.
///
/// # Errors
///
/// [`ServeFailure`].
pub async fn serve_desk(path: &Path, desk: Desk) -> Result<Serving, ServeFailure> {
    let disk = |cause| ServeFailure::Disk { path: path.into(), cause };
    make_way(path).await?;
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(disk)?;
    }
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let fresh = PathBuf::from(fresh);
    // What a process left behind that died just here.
    let _ = fs::remove_file(&fresh);
    let listener = UnixListener::bind(&fresh).map_err(disk)?;
    fs::set_permissions(&fresh, fs::Permissions::from_mode(0o660)).map_err(disk)?;
    fs::rename(&fresh, path).map_err(disk)?;
    let (stop, stopped) = oneshot::channel();
    let reminding = tokio::spawn(desk.clone().keep_reminding());
    let serving = axum::serve(listener, router_of(desk)).with_graceful_shutdown(async {
        let _ = stopped.await;
    });
    let task = tokio::spawn(async move {
        if let Err(failure) = serving.await {
            tracing::error!(%failure, "local HTTP ended");
        }
    });
    Ok(Serving { path: path.into(), stop, task, reminding })
}

async fn make_way(path: &Path) -> Result<(), ServeFailure> {
    let disk = |cause| ServeFailure::Disk { path: path.into(), cause };
    match fs::symlink_metadata(path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(disk(cause)),
        Ok(found) if !found.file_type().is_socket() => return Err(ServeFailure::NoSocket { path: path.into() }),
        Ok(_) => {}
    }
    match UnixStream::connect(path).await {
        Ok(_) => Err(ServeFailure::InUse { path: path.into() }),
        Err(cause) if cause.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path).map_err(disk),
        Err(cause) => Err(disk(cause)),
    }
}

impl Serving {
    /// Where.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Finishes the answers under way, takes no more, and removes the socket.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        self.reminding.abort();
        let abort = self.task.abort_handle();
        if timeout(STOP_LIMIT, self.task).await.is_err() {
            abort.abort();
        }
        let _ = fs::remove_file(&self.path);
    }
}
