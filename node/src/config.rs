//! The configuration of one node: one TOML file, one structure; `deploy/fangwei.toml` is its reference.
//!
//! An unknown key is an error, so that a misspelt one is not silently without effect. What joining learned about the
//! node above stands in the data directory (`upstream.toml`), so that a node runs without any file.

use std::{
    fs,
    io::{self, Read as _},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    num::NonZeroU16,
    path::{Path, PathBuf},
    time::Duration,
};

use fangwei_protocol::trust::key::PublicKey;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    identity::{self, IdentityFailure, key_from_text, key_text},
    limits::{CONFIG_BYTES_MAX, SCRUB_DAYS, UNCONFIRMED_DAYS, days},
    net::{PagesKey, PagesKeyFault},
    node::Upstream,
    second_factor::SecondFactorFor,
    store::StoreOptions,
    words::Language,
};

/// The port nodes listen on unless told otherwise.
pub const PORT: u16 = 4900;

/// The port of the pages unless told otherwise.
pub const PAGES_PORT: u16 = 4980;

/// What a node is told by its operator.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Folder of the node's store.
    pub data_dir: PathBuf,
    /// Where other nodes reach this one.
    #[serde(default = "everywhere")]
    pub listen: SocketAddr,
    /// Nodes above, in the order in which they are tried; empty: those joining wrote down.
    #[serde(default)]
    pub upstream: Vec<UpstreamConfig>,
    /// Where verbs and pages speak to this node; none: [`Config::socket`] says where.
    #[serde(default)]
    socket: Option<PathBuf>,
    /// Where browsers reach this node's pages; none: nowhere.
    #[serde(default = "here", deserialize_with = "pages_at")]
    pub pages: Option<SocketAddr>,
    /// Names under which browsers ask for them, beside the address itself.
    #[serde(default)]
    pub pages_hosts: Vec<String>,
    /// The pages' certificate with its chain, and its private key, as PEM: needed wherever pages leave the machine.
    #[serde(default)]
    pub pages_certificate: Option<PathBuf>,
    /// See [`Config::pages_certificate`].
    #[serde(default)]
    pub pages_key: Option<PathBuf>,
    /// Whose sign-in to pages takes a second factor.
    #[serde(default)]
    pub pages_second_factor: SecondFactorFor,
    /// Days within which the whole journal is read again in search of rot.
    #[serde(default = "scrub_days")]
    pub scrub_days: NonZeroU16,
    /// Days those above may leave something unconfirmed before people are told.
    #[serde(default = "a_week")]
    pub unconfirmed_days: NonZeroU16,
    /// What is logged, by the rules of `tracing`.
    #[serde(default = "info")]
    pub log: String,
    /// Language of messages for people.
    #[serde(default)]
    pub language: Language,
}

/// A node above.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpstreamConfig {
    /// A name or an address, and the UDP port.
    pub address: HostPort,
    /// Its node key.
    #[serde(with = "key_as_text")]
    pub key: PublicKey,
}

/// A name or an address, and a port. The name is looked up when it is used.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostPort(String);

/// Why a configuration cannot be used.
#[derive(Debug, Error)]
pub enum ConfigFailure {
    /// The file cannot be read or written.
    #[error("cannot use {}: {cause}", .path.display())]
    Disk {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A key or a value is wrong.
    #[error("{}:{line}: {key}: {reason}", .path.display())]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key on that line; empty if the line has none.
        key: String,
        /// What is wrong.
        reason: String,
    },
    /// A certificate for pages without its key, or the other way round.
    #[error("pages_certificate and pages_key belong together")]
    HalfAKey,
    /// They cannot be used.
    #[error("{}: {fault}", .path.display())]
    Pages {
        /// The certificate.
        path: PathBuf,
        /// Why.
        fault: PagesKeyFault,
    },
    /// A name cannot be looked up now.
    #[error("cannot find the address of {address}: {cause}")]
    Unresolved {
        /// The name and port.
        address: String,
        /// What the system said.
        cause: io::Error,
    },
}

/// `upstream.toml` in the data directory.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Joined {
    #[serde(default)]
    upstream: Vec<UpstreamConfig>,
}

fn everywhere() -> SocketAddr {
    (Ipv6Addr::UNSPECIFIED, PORT).into()
}

/// On this machine alone.
fn here() -> Option<SocketAddr> {
    Some((Ipv4Addr::LOCALHOST, PAGES_PORT).into())
}

/// `"off"`, or an address and a port.
fn pages_at<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(from)?;
    if text == "off" {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|_| serde::de::Error::custom(format!("{text:?} is neither \"off\" nor address:port")))
}

fn a_week() -> NonZeroU16 {
    UNCONFIRMED_DAYS
}

fn scrub_days() -> NonZeroU16 {
    SCRUB_DAYS
}

fn info() -> String {
    "info".into()
}

impl Config {
    /// The configuration of a node without a file: everything but the data directory by default.
    #[must_use]
    pub fn of(data_dir: &Path) -> Config {
        Config {
            data_dir: data_dir.into(),
            listen: everywhere(),
            upstream: Vec::new(),
            socket: None,
            pages: here(),
            pages_hosts: Vec::new(),
            pages_certificate: None,
            pages_key: None,
            pages_second_factor: SecondFactorFor::default(),
            scrub_days: scrub_days(),
            unconfirmed_days: a_week(),
            log: info(),
            language: Language::default(),
        }
    }

    /// Reads a configuration file.
    ///
    /// # Errors
    ///
    /// [`ConfigFailure::Disk`], [`ConfigFailure::Wrong`].
    pub fn load(path: &Path) -> Result<Config, ConfigFailure> {
        parse(&read(path).map_err(|cause| ConfigFailure::Disk { path: path.into(), cause })?, path)
    }

    /// Where verbs and pages speak to this node.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.socket.clone().unwrap_or_else(|| self.data_dir.join("fangwei.sock"))
    }

    /// The pages' certificate with its key, if one is configured.
    ///
    /// # Errors
    ///
    /// [`ConfigFailure::Disk`] if a file cannot be read, [`ConfigFailure::Pages`] if they are not what they ought to be.
    pub fn pages_key(&self) -> Result<Option<PagesKey>, ConfigFailure> {
        let (chain, key) = match (&self.pages_certificate, &self.pages_key) {
            (None, None) => return Ok(None),
            (Some(chain), Some(key)) => (chain, key),
            _ => return Err(ConfigFailure::HalfAKey),
        };
        let read = |path: &PathBuf| fs::read(path).map_err(|cause| ConfigFailure::Disk { path: path.clone(), cause });
        let (chain_pem, key_pem) = (read(chain)?, zeroize::Zeroizing::new(read(key)?));
        let unfit = |fault| ConfigFailure::Pages { path: chain.clone(), fault };
        PagesKey::from_pem(&chain_pem, &key_pem).map(Some).map_err(unfit)
    }

    /// How long those above may leave something unconfirmed before people are told.
    #[must_use]
    pub fn unconfirmed_limit(&self) -> Duration {
        days(self.unconfirmed_days)
    }

    /// Sizes of the store, and how often it is looked through.
    #[must_use]
    pub fn store_options(&self) -> StoreOptions {
        StoreOptions { scrub_every: days(self.scrub_days), ..StoreOptions::default() }
    }

    /// Sets where verbs and pages speak to this node.
    pub fn set_socket(&mut self, path: PathBuf) {
        self.socket = Some(path);
    }

    /// The nodes above with their addresses looked up: those configured, else those joining wrote down.
    ///
    /// # Errors
    ///
    /// [`ConfigFailure`].
    pub async fn upstream(&self) -> Result<Vec<Upstream>, ConfigFailure> {
        let joined;
        let named = if self.upstream.is_empty() {
            joined = joined_upstream(&self.data_dir)?;
            &joined
        } else {
            &self.upstream
        };
        let mut upstream = Vec::new();
        for UpstreamConfig { address, key } in named {
            upstream.push(Upstream { address: address.resolve().await?, key: *key });
        }
        Ok(upstream)
    }
}

impl HostPort {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Looks the name up.
    ///
    /// # Errors
    ///
    /// [`ConfigFailure::Unresolved`].
    pub async fn resolve(&self) -> Result<SocketAddr, ConfigFailure> {
        let unresolved = |cause| ConfigFailure::Unresolved { address: self.0.clone(), cause };
        let mut found = tokio::net::lookup_host(&self.0).await.map_err(unresolved)?;
        found.next().ok_or_else(|| unresolved(io::Error::other("it has none")))
    }
}

impl TryFrom<String> for HostPort {
    type Error = String;

    fn try_from(text: String) -> Result<HostPort, String> {
        let port = text.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port.parse::<u16>());
        match port {
            Some(Ok(port)) if port > 0 => Ok(HostPort(text)),
            _ => Err(format!("{text:?} is not a name or an address with a port, as town.example:4900")),
        }
    }
}

impl From<HostPort> for String {
    fn from(address: HostPort) -> String {
        address.0
    }
}

impl From<SocketAddr> for HostPort {
    fn from(address: SocketAddr) -> HostPort {
        HostPort(address.to_string())
    }
}

/// The nodes above that joining wrote down; none before a node joined, and at the root of the tree.
///
/// # Errors
///
/// [`ConfigFailure::Disk`], [`ConfigFailure::Wrong`].
pub fn joined_upstream(data_dir: &Path) -> Result<Vec<UpstreamConfig>, ConfigFailure> {
    let path = data_dir.join("upstream.toml");
    match read(&path) {
        Ok(text) => Ok(parse::<Joined>(&text, &path)?.upstream),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(cause) => Err(ConfigFailure::Disk { path, cause }),
    }
}

/// Writes down the nodes above.
///
/// # Errors
///
/// [`IdentityFailure::Disk`].
pub fn remember_upstream(data_dir: &Path, upstream: &[Upstream]) -> Result<(), IdentityFailure> {
    let upstream = upstream.iter().map(|up| UpstreamConfig { address: up.address.into(), key: up.key }).collect();
    let path = data_dir.join("upstream.toml");
    let text = toml::to_string(&Joined { upstream })
        .map_err(|error| IdentityFailure::Damaged { path: path.clone(), reason: error.to_string() })?;
    identity::write(&path, text.as_bytes(), 0o644)
}

/// The whole of a file that is not longer than one may be.
fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?.take(CONFIG_BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > CONFIG_BYTES_MAX {
        return Err(io::Error::other(format!("it is longer than {CONFIG_BYTES_MAX} bytes")));
    }
    Ok(text)
}

fn parse<T: for<'de> Deserialize<'de>>(text: &str, path: &Path) -> Result<T, ConfigFailure> {
    toml::from_str(text).map_err(|error| {
        let before = text.get(..error.span().map_or(0, |span| span.start)).unwrap_or_default();
        let line = before.lines().count() + usize::from(before.is_empty() || before.ends_with('\n'));
        let on_line = text.lines().nth(line - 1).unwrap_or_default();
        let key = on_line.split_once('=').map_or("", |(key, _)| key).trim();
        ConfigFailure::Wrong { path: path.into(), line, key: key.into(), reason: error.message().into() }
    })
}

mod key_as_text {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use super::{PublicKey, key_from_text, key_text};

    pub(super) fn serialize<S: Serializer>(key: &PublicKey, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&key_text(key))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PublicKey, D::Error> {
        key_from_text(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFERENCE: &str = include_str!("../../deploy/fangwei.toml");

    fn wrong(text: &str) -> (usize, String, String) {
        match parse::<Config>(text, Path::new("node.toml")) {
            Err(ConfigFailure::Wrong { line, key, reason, .. }) => (line, key, reason),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_reference_says_what_is_there_and_what_is_the_default() {
        let config: Config = parse(REFERENCE, Path::new("fangwei.toml")).unwrap();
        assert_eq!(config.socket(), Path::new("/run/fangwei/fangwei.sock"));
        assert_eq!(config.upstream[0].address.as_str(), "town.example:4900");
        let least = Config { upstream: Vec::new(), socket: None, ..config.clone() };
        assert_eq!(least, Config::of(&config.data_dir), "what the reference shows beside its examples is the default");
        assert_eq!(Config::of(Path::new("/d")).socket(), Path::new("/d/fangwei.sock"));
    }

    #[test]
    fn a_wrong_key_or_value_is_named_with_its_line() {
        let (line, key, reason) = wrong("data_dir = \"/d\"\nlisten_on = \"[::]:1\"\n");
        assert_eq!((line, key.as_str()), (2, "listen_on"));
        assert!(reason.contains("unknown field `listen_on`"), "{reason}");
        let (line, key, _) = wrong("data_dir = \"/d\"\n\nlisten = \"everywhere\"\n");
        assert_eq!((line, key.as_str()), (3, "listen"));
        let upstream = "data_dir = \"/d\"\n[[upstream]]\naddress = \"town.example:4900\"\nkey = \"0123\"\n";
        let (line, key, reason) = wrong(upstream);
        assert_eq!((line, key.as_str()), (4, "key"));
        assert!(reason.contains("64"), "{reason}");
        let (line, key, _) = wrong(&upstream.replace(":4900", ""));
        assert_eq!((line, key.as_str()), (3, "address"));
        assert!(wrong("listen = \"[::]:1\"\n").2.contains("data_dir"));
        assert_eq!(wrong("data_dir = \"/d\"\nlanguage = \"fr\"\n").0, 2);
        let (line, key, _) = wrong("data_dir = \"/d\"\nunconfirmed_days = 0\n");
        assert_eq!((line, key.as_str()), (2, "unconfirmed_days"), "an alarm that always rings is none");
    }

    #[tokio::test]
    async fn what_joining_wrote_down_is_used_where_nothing_is_configured() {
        let dir = tempfile::tempdir().unwrap();
        let mut config = Config::of(dir.path());
        assert_eq!(config.upstream().await.unwrap(), []);
        let key = fangwei_protocol::trust::key::KeyPair::from_seed(&[3; 32]).public();
        let parent = Upstream { address: "127.0.0.1:4900".parse().unwrap(), key };
        remember_upstream(dir.path(), std::slice::from_ref(&parent)).unwrap();
        assert_eq!(config.upstream().await.unwrap(), [parent]);
        config.upstream = vec![UpstreamConfig { address: HostPort("127.0.0.1:1".into()), key }];
        assert_eq!(config.upstream().await.unwrap()[0].address.port(), 1);
    }
}
