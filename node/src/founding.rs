//! How nodes come to be: a county is founded, or a unit's node joins its parent with a token.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use fangwei_protocol::{
    record::{
        body::{Act, Content},
        entry::{CertificateId, DocId, DocKey, EntryId, Kind, Reach, Scope, Shelf},
    },
    replica::{Draft, Me},
    trust::{
        charter::{Certificate, Custody, HolderId, MayIssue, Role},
        genesis::{Genesis, GenesisFault, SignedGenesis},
        key::{KeyPair, PublicKey},
    },
    work::unit::UnitPath,
};
use thiserror::Error;
use tokio::time::{sleep, timeout};

use crate::{
    clock::Clock,
    config::remember_upstream,
    identity::{Identity, IdentityFailure},
    limits::JOIN_LIMIT,
    net::{Endpoint, NetFailure},
    node::{Node, NodeOptions, StartFailure, Upstream, ask_genesis},
    run::{Core, OpenFailure, Stopped, WriteFailure, random},
    store::StoreOptions,
    token::{JoinToken, TokenFault},
};

/// Rank of founders; issuers leave gaps of this size below them.
pub const RANK_STEP: u16 = 100;

/// Levels below its own unit a founding administrator issues for: county, township, village, departments, sections.
const LEVELS_BELOW: u8 = 6;

/// How long a certificate is valid unless its profile says otherwise: ten years of a founder's office.
const FOUNDER_VALID_S: i64 = 10 * 365 * 86_400;

/// How long a node's certificate is valid. Nodes run for years without anybody near them; revocation ends them sooner.
const NODE_VALID_S: i64 = 10 * 365 * 86_400;

/// Why a node did not come to be.
#[derive(Debug, Error)]
pub enum FoundingFailure {
    /// Its identity.
    #[error(transparent)]
    Identity(#[from] IdentityFailure),
    /// What was said of the tree.
    #[error(transparent)]
    Genesis(#[from] GenesisFault),
    /// The token.
    #[error(transparent)]
    Token(#[from] TokenFault),
    /// Too few root keys have signed what the parent gave.
    #[error("the parent's genesis is not in force: too few root keys have signed it")]
    NotInForce,
    /// The token is for another time.
    #[error("join token was valid until {not_after_s}, it is {now_s} by this machine's clock")]
    Expired {
        /// Its end, in seconds since 1970 UTC.
        not_after_s: i64,
        /// The clock.
        now_s: i64,
    },
    /// The parent could not be reached.
    #[error("could not reach the parent at {address}: {failure}")]
    Parent {
        /// Where.
        address: SocketAddr,
        /// Why.
        failure: NetFailure,
    },
    /// The parent did not give what is needed in time.
    #[error("parent did not give the token's certificate within {limit:?}: {last}")]
    Late {
        /// The time it had.
        limit: Duration,
        /// The last thing that failed.
        last: String,
    },
    /// The node did not start.
    #[error(transparent)]
    Start(#[from] StartFailure),
    /// The store did not open.
    #[error(transparent)]
    Open(#[from] OpenFailure),
    /// The node's certificate was not written.
    #[error(transparent)]
    Write(#[from] WriteFailure),
    /// The node stopped meanwhile.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// The first officers of a county and the genesis that names them.
pub struct Founded {
    /// The tree, with the signature of the root key where that is here.
    pub genesis: SignedGenesis,
    /// The administrator's certificate and key.
    pub administrator: (CertificateId, KeyPair),
    /// The secretary's certificate and key.
    pub secretary: (CertificateId, KeyPair),
}

/// Who will be the root.
pub struct Root {
    /// The public halves, in the order that numbers them.
    pub keys: Vec<PublicKey>,
    /// How many of them must agree.
    pub threshold: u8,
}

/// A holder id: sixteen random bytes.
#[must_use]
pub fn new_holder() -> HolderId {
    random::<16>().into()
}

/// A fresh key.
#[must_use]
pub fn new_key() -> KeyPair {
    KeyPair::from_seed(&random())
}

/// A document nobody has yet.
#[must_use]
pub fn new_document(scope: Scope, kind: Kind) -> DocKey {
    DocKey { scope, kind, doc: DocId(random()) }
}

/// Draws up a genesis with fresh keys under a root of one key, which signs it. Nothing is written yet.
///
/// # Errors
///
/// [`GenesisFault::Unsound`] for a name or root no tree can have.
pub fn draw_up(name: &str, root: UnitPath) -> Result<(Founded, KeyPair), GenesisFault> {
    let key = new_key();
    let mut founded = draw_up_under(name, root, Root { keys: vec![key.public()], threshold: 1 })?;
    founded.genesis.sign(&key)?;
    Ok((founded, key))
}

/// Draws up a genesis under root keys that are elsewhere: until enough of them have signed it, it is not in force.
///
/// # Errors
///
/// [`GenesisFault::Unsound`] for a name, a unit or root keys no tree can have.
pub fn draw_up_under(name: &str, unit: UnitPath, root: Root) -> Result<Founded, GenesisFault> {
    let (administrator, secretary) = (new_key(), new_key());
    let now = Clock::default().now().0;
    let mut every: Vec<Role> = Role::ALL.iter().map(|(role, _)| *role).collect();
    every.sort_unstable();
    let founder = |key: &KeyPair, role, may_issue| Certificate {
        key: key.public(),
        holder: new_holder(),
        unit: unit.clone(),
        roles: vec![role],
        not_before_s: now - 86_400,
        not_after_s: now + FOUNDER_VALID_S,
        custody: Custody::NODE_HELD,
        rank: RANK_STEP,
        may_issue,
    };
    let genesis = Genesis {
        name: name.into(),
        root: unit.clone(),
        root_keys: root.keys,
        threshold: root.threshold,
        founders: vec![
            founder(&administrator, Role::ADMINISTRATOR, Some(MayIssue { roles: every, levels_below: LEVELS_BELOW })),
            founder(&secretary, Role::SECRETARY, None),
        ],
        made_s: now,
        salt: random::<16>().into(),
    };
    genesis.check()?;
    let ids: Vec<CertificateId> = genesis.founders().map(|(id, _)| id).collect();
    let [first, second] = ids.as_slice() else { return Err(GenesisFault::Unsound("it has not two founders")) };
    let genesis = SignedGenesis::new(genesis);
    Ok(Founded { administrator: (*first, administrator), secretary: (*second, secretary), genesis })
}

/// Makes the county's first node in `dir`: its key is certified by the administrator.
///
/// # Errors
///
/// [`FoundingFailure`]; an existing node is left as it is.
pub async fn found(dir: &Path, founded: &Founded, store: StoreOptions) -> Result<(), FoundingFailure> {
    if Identity::exists(dir) {
        return Err(IdentityFailure::Exists { dir: dir.into() }.into());
    }
    let (administrator, key) = &founded.administrator;
    let unit = founded.genesis.genesis.root.clone();
    let node_key = new_key();
    let certificate = node_certificate(&node_key, &unit, 2 * RANK_STEP);
    // Until the node is certified, it is the administrator's: nobody can connect to it meanwhile.
    let me = Me { certificate: *administrator, unit: unit.clone() };
    let genesis = founded.genesis.clone();
    let interim = Identity { genesis: genesis.clone(), me, key: KeyPair::from_seed(key.seed()) };
    let core = Core::start(dir, Arc::new(interim), store, &mut |_| {})?;
    let signer = Arc::new(KeyPair::from_seed(key.seed()));
    let written = certify(&core, *administrator, signer, certificate, Reach::DOWN).await;
    core.stop().await;
    let me = Me { certificate: written?, unit };
    Ok(Identity { genesis, me, key: node_key }.save(dir)?)
}

/// Joins with a token: learns the tree from the parent, certifies a fresh node key with the one-use key, and waits
/// until the parent holds that. Interrupted, it can be called again with the same token.
///
/// # Errors
///
/// [`FoundingFailure`]; an existing node is left as it is.
pub async fn join(dir: &Path, token: &JoinToken, store: StoreOptions) -> Result<Identity, FoundingFailure> {
    let upstream = Upstream { address: token.address()?, key: token.parent };
    if Identity::exists(dir) && Identity::load(dir)?.me.certificate != token.certificate {
        return Err(IdentityFailure::Exists { dir: dir.into() }.into());
    }
    let now_s = Clock::default().now().0;
    if token.not_after_s < now_s {
        return Err(FoundingFailure::Expired { not_after_s: token.not_after_s, now_s });
    }
    let any = if upstream.address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let any = any.parse().map_err(|_| TokenFault::Damaged)?;
    let genesis = {
        let parent = |failure| FoundingFailure::Parent { address: upstream.address, failure };
        let endpoint = Endpoint::bind(any, &token.key()).map_err(parent)?;
        let bytes = ask_genesis(&endpoint, &upstream, &token.key()).await.map_err(parent)?;
        endpoint.close().await;
        let genesis = SignedGenesis::parse_expecting(&bytes, token.genesis)?;
        if !genesis.is_in_force() {
            return Err(FoundingFailure::NotInForce);
        }
        genesis
    };
    let me = Me { certificate: token.certificate, unit: token.unit.clone() };
    let interim = Identity { genesis: genesis.clone(), me, key: token.key() };
    interim.save(dir)?;
    let options = NodeOptions { upstream: vec![upstream.clone()], store, ..NodeOptions::new(any) };
    let node = Node::start_as(dir, Arc::new(interim), options, &mut |_| {}).await?;
    let node_key = new_key();
    let certified = timeout(JOIN_LIMIT, certify_self(&node, token, &node_key)).await;
    let last = node.last_failure().unwrap_or_else(|| "it was reached".into());
    node.stop().await;
    let certificate = certified.map_err(|_| FoundingFailure::Late { limit: JOIN_LIMIT, last })??;
    let identity = Identity { genesis, me: Me { certificate, unit: token.unit.clone() }, key: node_key };
    remember_upstream(dir, &[upstream])?;
    identity.save(dir)?;
    Ok(identity)
}

/// Waits for the token's certificate, certifies the node's own key with it and waits until the parent holds that.
async fn certify_self(node: &Node, token: &JoinToken, key: &KeyPair) -> Result<CertificateId, FoundingFailure> {
    let token_id = token.certificate;
    let rank = loop {
        let found = node
            .core()
            .read(move |sight| sight.replica.charter().complete(&token_id).map(|known| known.certificate.rank));
        match found.await? {
            Some(rank) => break rank,
            None => sleep(Duration::from_millis(20)).await,
        }
    };
    let certificate = node_certificate(key, &token.unit, rank.saturating_add(RANK_STEP));
    let id = certify(node.core(), token.certificate, Arc::new(token.key()), certificate, Reach::DOWN).await?;
    loop {
        let held = node.core().read(move |sight| {
            let said = sight.replica.find(&id, sight.store).ok().flatten();
            said.is_some_and(|said| {
                sight.replica.held_above(&said.entry, sight.store).is_ok_and(|above| !above.is_empty())
            })
        });
        if held.await? {
            return Ok(id);
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// Writes a `certify` act in the charter of the certificate's unit.
///
/// # Errors
///
/// [`WriteFailure`].
pub async fn certify(
    core: &Core,
    issuer: CertificateId,
    key: Arc<KeyPair>,
    certificate: Certificate,
    reach: Reach,
) -> Result<EntryId, WriteFailure> {
    let scope = Scope { home: certificate.unit.clone(), reach, shelf: Shelf::CHARTER };
    let document = new_document(scope, Kind::CERTIFICATE);
    let content = Content::Act(Act::Certify(Box::new(certificate)));
    let draft = Draft { author: issuer, document, after: None, content };
    Ok(core.write(key, move |_| Ok(draft)).await?.id)
}

/// Certifies a one-use key for one node of `unit`, and makes the token that carries it.
///
/// # Errors
///
/// [`WriteFailure`], also where the issuer may not issue nodes there.
pub async fn create_token(
    node: &Node,
    issuer: CertificateId,
    key: Arc<KeyPair>,
    unit: UnitPath,
    address: SocketAddr,
    valid_s: i64,
) -> Result<JoinToken, WriteFailure> {
    let one_use = new_key();
    let now = Clock::default().now().0;
    let rank = node
        .core()
        .read(move |sight| sight.replica.charter().complete(&issuer).map_or(0, |known| known.certificate.rank));
    let rank = rank.await.map_err(|stopped| WriteFailure::Stopped(stopped.0))?;
    let certificate = Certificate {
        key: one_use.public(),
        holder: new_holder(),
        unit: unit.clone(),
        roles: Vec::new(),
        not_before_s: now - 86_400,
        not_after_s: now + valid_s,
        custody: Custody::NODE_HELD,
        rank: rank.saturating_add(RANK_STEP),
        may_issue: Some(MayIssue { roles: vec![Role::NODE], levels_below: 0 }),
    };
    let id = certify(node.core(), issuer, key, certificate, Reach::DOWN).await?;
    let (genesis, parent): (_, PublicKey) = (node.genesis().hash(), node.key());
    Ok(JoinToken::new(genesis, parent, address, unit, id, &one_use, now + valid_s))
}

fn node_certificate(key: &KeyPair, unit: &UnitPath, rank: u16) -> Certificate {
    let now = Clock::default().now().0;
    Certificate {
        key: key.public(),
        holder: new_holder(),
        unit: unit.clone(),
        roles: vec![Role::NODE],
        not_before_s: now - 86_400,
        not_after_s: now + NODE_VALID_S,
        custody: Custody::NODE_HELD,
        rank,
        may_issue: None,
    }
}
