//! Real nodes on loopback, each in a directory of its own: founded, joined, stopped and started again by a test.
//!
//! What a node needs to be started again is on its disk, so a test may also hand a directory to another process.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use fangwei_node::{
    audit::{Asked, Found, audit},
    founding::{self, RANK_STEP},
    identity::Identity,
    node::{Node, NodeOptions, StartFailure, Upstream},
    run::{Core, WriteFailure, Written},
    store::StoreOptions,
};
use fangwei_protocol::{
    record::{
        body::{Act, Content, Step, Value},
        entry::{CertificateId, DocKey, EntryId, Hash, Kind, Reach, Scope, Shelf},
    },
    replica::Draft,
    trust::{
        charter::{Certificate, Custody, Role},
        confirmed,
        key::KeyPair,
    },
    work::unit::UnitPath,
};

/// How long nodes on one machine may take to agree before a test gives up.
pub const AGREEMENT_LIMIT: Duration = Duration::from_secs(60);

/// One officer: a certificate and its key.
#[derive(Clone)]
pub struct Officer {
    /// Under which certificate.
    pub certificate: CertificateId,
    /// The key.
    pub key: Arc<KeyPair>,
}

/// Running nodes of one county.
pub struct County {
    dir: PathBuf,
    root: String,
    store: StoreOptions,
    nodes: BTreeMap<String, Node>,
    /// Who stands above whom, the preferred one first.
    above: BTreeMap<String, Vec<String>>,
    /// The county's administrator.
    pub administrator: Officer,
    /// The county's secretary.
    pub secretary: Officer,
}

/// A node's options as tests want them: it dials again at once.
pub fn options(listen: SocketAddr, upstream: Vec<Upstream>, store: StoreOptions) -> NodeOptions {
    let (redial_base, redial_max) = (Duration::from_millis(50), Duration::from_millis(400));
    NodeOptions { upstream, redial_base, redial_max, store, ..NodeOptions::new(listen) }
}

/// Any free port of this machine.
pub fn any_port() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

impl County {
    /// A county with one node, running.
    pub async fn found(dir: &Path, root: &str, store: StoreOptions) -> County {
        let (founded, _) = founding::draw_up("示例县", root.parse().unwrap()).unwrap();
        founding::found(&dir.join(root), &founded, store).await.unwrap();
        let officer = |(certificate, key)| Officer { certificate, key: Arc::new(key) };
        let mut county = County {
            dir: dir.into(),
            root: root.into(),
            store,
            nodes: BTreeMap::new(),
            above: BTreeMap::from([(root.into(), Vec::new())]),
            administrator: officer(founded.administrator),
            secretary: officer(founded.secretary),
        };
        county.start(root).await.unwrap();
        county
    }

    /// A unit joins the one above it with a token, and its node starts.
    pub async fn join(&mut self, unit: &str, above: &str) {
        let Officer { certificate: issuer, key } = self.administrator.clone();
        let parent = self.node(above).clone();
        let (path, address) = (unit.parse().unwrap(), parent.address().unwrap());
        let made = founding::create_token(self.node(&self.root), issuer, key, path, address, 86_400).await;
        let mut token = made.unwrap();
        token.parent = parent.key();
        let certificate = token.certificate;
        until("the parent knows the token", async || {
            parent.core().read(move |sight| sight.replica.charter().complete(&certificate).is_some()).await.unwrap()
        })
        .await;
        founding::join(&self.place(unit), &token, self.store).await.unwrap();
        self.above.insert(unit.into(), vec![above.into()]);
        self.start(unit).await.unwrap();
    }

    /// From now on these stand above a unit, the preferred one first.
    pub fn set_above(&mut self, unit: &str, above: &[&str]) {
        self.above.insert(unit.into(), above.iter().map(|above| (*above).to_owned()).collect());
        let upstream = self.upstream(unit);
        if let Some(node) = self.nodes.get(unit) {
            node.set_upstream(upstream);
        }
    }

    /// Starts a unit's node, and tells those below where it listens now.
    ///
    /// # Errors
    ///
    /// Why it does not start.
    pub async fn start(&mut self, unit: &str) -> Result<(), StartFailure> {
        self.start_with(unit, |options| options).await
    }

    /// The same with other options than tests want.
    ///
    /// # Errors
    ///
    /// Why it does not start.
    pub async fn start_with(
        &mut self,
        unit: &str,
        with: impl FnOnce(NodeOptions) -> NodeOptions,
    ) -> Result<(), StartFailure> {
        let options = with(options(any_port(), self.upstream(unit), self.store));
        let node = Node::start(&self.place(unit), options, &mut |_| {}).await?;
        self.nodes.insert(unit.into(), node);
        for (below, node) in &self.nodes {
            if self.above[below].iter().any(|above| above == unit) {
                node.set_upstream(self.upstream(below));
            }
        }
        Ok(())
    }

    /// Stops a unit's node.
    pub async fn stop(&mut self, unit: &str) {
        self.nodes.remove(unit).unwrap().stop().await;
    }

    /// Stops every node.
    pub async fn stop_all(&mut self) {
        for node in std::mem::take(&mut self.nodes).into_values() {
            node.stop().await;
        }
    }

    /// A running node.
    pub fn node(&self, unit: &str) -> &Node {
        &self.nodes[unit]
    }

    /// Every running node with its unit.
    pub fn nodes(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.nodes.iter().map(|(unit, node)| (unit.as_str(), node))
    }

    /// Where a unit's node keeps everything.
    pub fn place(&self, unit: &str) -> PathBuf {
        self.dir.join(unit)
    }

    /// The running nodes above a unit.
    fn upstream(&self, unit: &str) -> Vec<Upstream> {
        let above = self.above[unit].iter().filter_map(|above| self.nodes.get(above));
        above.map(|node| Upstream { address: node.address().unwrap(), key: node.key() }).collect()
    }

    /// An officer of a unit who reports, certified at the county; known at the unit.
    pub async fn add_reporter(&self, unit: &str) -> Officer {
        self.add_officer(unit, Role::REPORTER, Reach::UP).await
    }

    /// An officer of a unit who triages, certified and endorsed at the county; known at the unit.
    pub async fn add_analyst(&self, unit: &str) -> Officer {
        self.add_officer(unit, Role::ANALYST, Reach::DOWN).await
    }

    /// A discipline lead of a unit, certified and endorsed at the county; known at the unit.
    pub async fn add_lead(&self, unit: &str) -> Officer {
        self.add_officer(unit, Role::DISCIPLINE_LEAD, Reach::DOWN).await
    }

    async fn add_officer(&self, unit: &str, role: Role, reach: Reach) -> Officer {
        let key = Arc::new(founding::new_key());
        let core = self.node(&self.root).core();
        let now = core.read(|sight| sight.now.0).await.unwrap();
        let certificate = Certificate {
            key: key.public(),
            holder: founding::new_holder(),
            unit: unit.parse().unwrap(),
            roles: vec![role],
            not_before_s: now - 86_400,
            not_after_s: now + 365 * 86_400,
            custody: Custody::NODE_HELD,
            rank: 4 * RANK_STEP,
            may_issue: None,
        };
        let Officer { certificate: issuer, key: signer } = self.administrator.clone();
        let id = founding::certify(core, issuer, signer, certificate, reach).await.unwrap();
        if role.is_casework() {
            let document = core.read(move |sight| sight.replica.charter().certificate(&id).unwrap().document.clone());
            let endorse = Content::Act(Act::Endorse { subject: id });
            write(core, &self.secretary, document.await.unwrap(), endorse).await.unwrap();
        }
        let core = self.node(unit).core();
        until("the unit knows its officer", async || {
            core.read(move |sight| sight.replica.charter().complete(&id).is_some()).await.unwrap()
        })
        .await;
        Officer { certificate: id, key }
    }

    /// Waits until a unit and the one above it hold the same and all of the unit's is confirmed.
    pub async fn agree(&self, unit: &str, above: &str) {
        let (lower, upper): (UnitPath, _) = (unit.parse().unwrap(), self.node(above).core());
        let core = self.node(unit).core();
        until("both hold the same, confirmed", async || {
            let (one, other) = (digest(core, &lower).await, digest(upper, &lower).await);
            let (confirmed, own) = confirmed(core, &lower).await;
            one == other && confirmed == own
        })
        .await;
    }
}

/// Digest of what a unit shares with whoever is above it.
pub async fn digest(core: &Core, unit: &UnitPath) -> Hash {
    let unit = unit.clone();
    core.read(move |sight| sight.replica.frontier().link_digest(&unit)).await.unwrap()
}

/// How many entries of a unit a node above confirmed, and how many there are.
pub async fn confirmed(core: &Core, unit: &UnitPath) -> (u64, u64) {
    let unit = unit.clone();
    core.read(move |sight| confirmed::count(&unit, sight.replica.frontier(), sight.store).unwrap()).await.unwrap()
}

/// A new report of a unit: a document with a title and so much text.
///
/// # Errors
///
/// [`WriteFailure`].
pub async fn report(core: &Core, unit: &UnitPath, by: &Officer, text: &str) -> Result<Written, WriteFailure> {
    let scope = Scope { home: unit.clone(), reach: Reach::UP, shelf: Shelf::CASE };
    let title = Step::Set { field: "title".into(), value: Some(Value::Text("值班记录".into())) };
    let account = Step::Splice { field: "account".into(), at: 0, delete: 0, insert: text.into() };
    write(core, by, founding::new_document(scope, Kind::REPORT), Content::Edit(vec![title, account])).await
}

/// Writes in a document, at all of its heads.
///
/// # Errors
///
/// [`WriteFailure`].
pub async fn write(core: &Core, by: &Officer, document: DocKey, content: Content) -> Result<Written, WriteFailure> {
    let draft = Draft { author: by.certificate, document, after: None, content };
    core.write(by.key.clone(), move |_| Ok(draft)).await
}

/// Whether a node has an entry, and whether a node above has confirmed it.
pub async fn standing(core: &Core, id: EntryId) -> (bool, bool) {
    core.read(move |sight| {
        let Some(said) = sight.replica.find(&id, sight.store).unwrap() else { return (false, false) };
        (true, !sight.replica.held_above(&said.entry, sight.store).unwrap().is_empty())
    })
    .await
    .unwrap()
}

/// What verifying a stopped node's store from the genesis on finds.
pub fn verified(place: &Path) -> Found {
    let Identity { genesis, me, .. } = Identity::load(place).unwrap();
    let asked = Asked { dir: place, genesis: &genesis.genesis, me: &me, indexed: None, known: None };
    audit(&asked, &mut |_, _| {}).unwrap()
}

/// Waits for something that comes by itself.
///
/// # Panics
///
/// If it does not within [`AGREEMENT_LIMIT`].
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < AGREEMENT_LIMIT, "waited {AGREEMENT_LIMIT:?} in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
