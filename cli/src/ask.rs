//! Asking a node: over its socket while it runs, else the same handlers in this process, under the store's lock and
//! without a network. What asks does not notice which.

use std::{convert::Infallible, error::Error, io, path::Path, path::PathBuf};

use fangwei_node::{
    api::shape::{Failed, Passphrase, SessionForm, SessionOpened, route},
    node::Node,
    store::StoreOptions,
};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::{
    Method, Request, Response,
    body::{Body, Bytes},
    header::{ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, HOST},
};
use hyper_util::rt::TokioIo;
use serde::{Serialize, de::DeserializeOwned};
use tokio::net::UnixStream;
use tower::{Service, ServiceExt, util::BoxCloneSyncService};

use crate::{complaint::Complaint, report::Voice, words::Lang};

type Cause = Box<dyn Error + Send + Sync>;
type Answer = Response<UnsyncBoxBody<Bytes, Cause>>;
type Handlers = BoxCloneSyncService<Request<Full<Bytes>>, Answer, Infallible>;

/// Asks one node.
#[derive(Clone)]
pub struct Asker {
    door: Door,
    lang: Lang,
    token: Option<String>,
}

#[derive(Clone)]
enum Door {
    /// The node runs: its socket.
    Socket(PathBuf),
    /// Nobody runs it: it is open here.
    Here { node: Node, handlers: Handlers },
}

/// Where a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its data.
    pub dir: PathBuf,
    /// Its socket while it runs.
    pub socket: PathBuf,
}

impl Asker {
    /// Finds the running node, or opens it here.
    ///
    /// # Errors
    ///
    /// There is none, it may not be spoken to, or its store does not open.
    pub async fn open(place: &Place, voice: &mut Voice) -> Result<Asker, Complaint> {
        let lang = voice.words().lang();
        let door = match UnixStream::connect(&place.socket).await {
            Ok(_) => Door::Socket(place.socket.clone()),
            Err(cause) if cause.kind() == io::ErrorKind::PermissionDenied => {
                return Err(Complaint::failed("socket-denied").at(&place.socket).hint("socket-denied-hint"));
            }
            // Absent, or left behind by a process that is gone.
            Err(_) => open_here(&place.dir, voice)?,
        };
        Ok(Asker { door, lang, token: None })
    }

    /// Whether the node runs as a process of its own.
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(self.door, Door::Socket(_))
    }

    /// Unlocks an officer's key for what follows.
    ///
    /// # Errors
    ///
    /// The node's: no such officer, a wrong passphrase.
    pub async fn unlock(&mut self, officer: &str, passphrase: &str) -> Result<SessionOpened, Complaint> {
        let form = SessionForm { officer: officer.into(), passphrase: Passphrase::new(passphrase.into()) };
        let opened: SessionOpened = self.post(route::SESSIONS, &form).await?;
        self.token = Some(opened.token.clone());
        Ok(opened)
    }

    /// Reads.
    ///
    /// # Errors
    ///
    /// The node's, or ours if it does not answer.
    pub async fn get<T: DeserializeOwned>(&self, path: &str, query: &impl Serialize) -> Result<T, Complaint> {
        let query = serde_urlencoded::to_string(query).map_err(|fault| unreadable(&fault))?;
        let path = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        self.whole(Method::GET, &path, Vec::new()).await
    }

    /// Does.
    ///
    /// # Errors
    ///
    /// As [`Asker::get`].
    pub async fn post<T: DeserializeOwned>(&self, path: &str, form: &impl Serialize) -> Result<T, Complaint> {
        self.whole(Method::POST, path, json(form)?).await
    }

    /// Does what needs no form.
    ///
    /// # Errors
    ///
    /// As [`Asker::get`].
    pub async fn post_nothing<T: DeserializeOwned>(&self, path: &str) -> Result<T, Complaint> {
        self.whole(Method::POST, path, Vec::new()).await
    }

    /// Changes.
    ///
    /// # Errors
    ///
    /// As [`Asker::get`].
    pub async fn patch<T: DeserializeOwned>(&self, path: &str, form: &impl Serialize) -> Result<T, Complaint> {
        self.whole(Method::PATCH, path, json(form)?).await
    }

    /// Does, and reads what comes of it one value a line, as they come.
    ///
    /// # Errors
    ///
    /// As [`Asker::get`], and what `each` says.
    pub async fn lines<T: DeserializeOwned>(
        &self,
        path: &str,
        form: &impl Serialize,
        mut each: impl FnMut(T) -> Result<(), Complaint>,
    ) -> Result<(), Complaint> {
        let mut body = self.send(Method::POST, path, json(form)?).await?.into_body();
        let mut waiting = Vec::new();
        while let Some(frame) = body.frame().await {
            let Ok(bytes) = frame.map_err(|fault| no_answer(&fault))?.into_data() else { continue };
            waiting.extend_from_slice(&bytes);
            while let Some(end) = waiting.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = waiting.drain(..=end).collect();
                if !line.trim_ascii().is_empty() {
                    each(serde_json::from_slice(&line).map_err(|fault| unreadable(&fault))?)?;
                }
            }
        }
        if !waiting.trim_ascii().is_empty() {
            each(serde_json::from_slice(&waiting).map_err(|fault| unreadable(&fault))?)?;
        }
        Ok(())
    }

    /// Does, and reads the bytes that come of it as they come.
    ///
    /// # Errors
    ///
    /// As [`Asker::get`], and what `each` says.
    pub async fn bytes(
        &self,
        path: &str,
        form: &impl Serialize,
        mut each: impl FnMut(&[u8]) -> Result<(), Complaint>,
    ) -> Result<(), Complaint> {
        let mut body = self.send(Method::POST, path, json(form)?).await?.into_body();
        while let Some(frame) = body.frame().await {
            if let Ok(bytes) = frame.map_err(|fault| no_answer(&fault))?.into_data() {
                each(&bytes)?;
            }
        }
        Ok(())
    }

    /// Reads the bytes that come as they come.
    ///
    /// # Errors
    ///
    /// As [`Asker::get`], and what `each` says.
    pub async fn fetch(
        &self,
        path: &str,
        mut each: impl FnMut(&[u8]) -> Result<(), Complaint>,
    ) -> Result<(), Complaint> {
        let mut body = self.send(Method::GET, path, Vec::new()).await?.into_body();
        while let Some(frame) = body.frame().await {
            if let Ok(bytes) = frame.map_err(|fault| no_answer(&fault))?.into_data() {
                each(&bytes)?;
            }
        }
        Ok(())
    }

    /// Hands bytes in, with what is asked of them in the query.
    ///
    /// # Errors
    ///
    /// As [`Asker::get`].
    pub async fn put<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &impl Serialize,
        bytes: Vec<u8>,
    ) -> Result<T, Complaint> {
        let query = serde_urlencoded::to_string(query).map_err(|fault| unreadable(&fault))?;
        self.whole(Method::POST, &format!("{path}?{query}"), bytes).await
    }

    /// Locks what was unlocked, and closes the node if it is open here.
    pub async fn close(self) {
        if self.token.is_some() {
            // A session that cannot be ended ends by itself.
            let _ = self.send(Method::DELETE, route::SESSIONS, Vec::new()).await;
        }
        if let Door::Here { node, .. } = self.door {
            node.stop().await;
        }
    }

    async fn whole<T: DeserializeOwned>(&self, method: Method, path: &str, body: Vec<u8>) -> Result<T, Complaint> {
        let answer = self.send(method, path, body).await?;
        let bytes = answer.into_body().collect().await.map_err(|fault| no_answer(&fault))?.to_bytes();
        serde_json::from_slice(&bytes).map_err(|fault| unreadable(&fault))
    }

    async fn send(&self, method: Method, path: &str, body: Vec<u8>) -> Result<Answer, Complaint> {
        let mut request = Request::builder().method(method).uri(path).header(HOST, "fangwei");
        request = request.header(ACCEPT_LANGUAGE, self.lang.tag());
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(Full::new(Bytes::from(body))).map_err(|fault| unreadable(&fault))?;
        let answer = match &self.door {
            Door::Socket(path) => over_socket(path, request).await?,
            Door::Here { handlers, .. } => match handlers.clone().oneshot(request).await {
                Ok(answer) => answer,
            },
        };
        if answer.status().is_success() {
            return Ok(answer);
        }
        let status = answer.status().as_u16();
        let bytes = answer.into_body().collect().await.map_err(|fault| no_answer(&fault))?.to_bytes();
        let failed: Failed = serde_json::from_slice(&bytes)
            .map_err(|_| Complaint::failed("odd-answer").with("cause", String::from_utf8_lossy(&bytes)))?;
        Err(Complaint::answered(status, failed))
    }
}

fn open_here(dir: &Path, voice: &mut Voice) -> Result<Door, Complaint> {
    let mut progress = |now: fangwei_node::store::Progress| {
        voice.progress("progress-replay", now.done_bytes, now.total_bytes);
    };
    let node = Node::open_offline(dir, StoreOptions::default(), &mut progress)?;
    let router = fangwei_node::api::router(node.clone());
    Ok(Door::Here { node, handlers: handlers(router) })
}

/// Handlers whatever their bodies are made of.
fn handlers<S, B>(router: S) -> Handlers
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Cause>,
{
    BoxCloneSyncService::new(router.map_response(|answer: Response<B>| answer.map(boxed)))
}

fn boxed<B>(body: B) -> UnsyncBoxBody<Bytes, Cause>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Cause>,
{
    body.map_err(Into::into).boxed_unsync()
}

async fn over_socket(path: &Path, request: Request<Full<Bytes>>) -> Result<Answer, Complaint> {
    let stream = UnixStream::connect(path).await.map_err(|fault| no_answer(&fault))?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|fault| no_answer(&fault))?;
    // It ends with the answer's body.
    tokio::spawn(connection);
    let answer = sender.send_request(request).await.map_err(|fault| no_answer(&fault))?;
    Ok(answer.map(boxed))
}

fn json(form: &impl Serialize) -> Result<Vec<u8>, Complaint> {
    serde_json::to_vec(form).map_err(|fault| unreadable(&fault))
}

fn no_answer(fault: &dyn std::fmt::Display) -> Complaint {
    Complaint::failed("no-answer").with("cause", fault).hint("no-answer-hint")
}

fn unreadable(fault: &dyn std::fmt::Display) -> Complaint {
    Complaint::failed("odd-answer").with("cause", fault)
}
