//! The demo's county: units from rows, one real node each, officers with keys that never touch the disk.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use fangwei_node::{
    desk::Officer,
    founding::{self, Founded, FoundingFailure},
    node::{Node, NodeOptions, StartFailure, Upstream},
    run::{Core, Stopped, WriteFailure},
    store::StoreOptions,
};
use fangwei_protocol::{
    record::{
        body::{Act, Content},
        entry::{CertificateId, DocKey, EntryId, Kind, Reach, Scope, Shelf},
    },
    replica::Draft,
    trust::{
        charter::{Certificate, Custody, HolderName, Role, UnitRow},
        confirmed,
        key::KeyPair,
    },
    work::unit::UnitPath,
};
use thiserror::Error;
use tokio::{sync::Semaphore, task::JoinSet};

/// Nodes that join at the same time: two cores have no use for more.
const JOINING_AT_ONCE: usize = 8;

/// One unit of the county.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Where it stands.
    pub unit: UnitPath,
    /// What people call it.
    pub name: String,
}

/// A county of running nodes.
pub struct County {
    /// What people call it.
    pub name: String,
    /// Every unit, the root first.
    pub rows: Vec<Row>,
    /// Every unit's node.
    pub nodes: BTreeMap<UnitPath, Node>,
    administrator: Officer,
    secretary: Officer,
}

/// What one node holds, beside the one above it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// Which unit.
    pub unit: UnitPath,
    /// Entries held in all.
    pub held: u64,
    /// Entries the node above has for it that it lacks.
    pub behind: u64,
    /// Entries of its own subtree.
    pub own: u64,
    /// How many of these a node above has confirmed.
    pub confirmed: u64,
    /// Whether it uses its network.
    pub online: bool,
    /// Whether it holds the same as the node above.
    pub agrees: bool,
}

/// Why the county did not come to be or stopped.
#[derive(Debug, Error)]
pub enum CountyFailure {
    /// A node did not come to be.
    #[error("{unit}: {failure}")]
    Founding {
        /// Whose node.
        unit: UnitPath,
        /// Why.
        failure: FoundingFailure,
    },
    /// A node did not start.
    #[error("{unit}: {failure}")]
    Start {
        /// Whose node.
        unit: UnitPath,
        /// Why.
        failure: StartFailure,
    },
    /// Something was not written.
    #[error(transparent)]
    Write(#[from] WriteFailure),
    /// A node stopped.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// A unit has no node.
    #[error("there is no node at {0}")]
    NoNode(UnitPath),
}

fn listen() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

fn options(upstream: Vec<Upstream>) -> NodeOptions {
    // Links on loopback come back at once; waiting longer would only make the demo slow.
    let (base, max) = (Duration::from_millis(200), Duration::from_secs(2));
    NodeOptions {
        upstream,
        redial_base: base,
        redial_max: max,
        store: StoreOptions::demo(),
        ..NodeOptions::new(listen())
    }
}

impl County {
    /// Founds the county in `dir` and lets every unit join, parents first. `joined` hears of each.
    ///
    /// # Errors
    ///
    /// [`CountyFailure`].
    pub async fn found(dir: &Path, rows: Vec<Row>, mut joined: impl FnMut(usize)) -> Result<County, CountyFailure> {
        let Some(root) = rows.first().cloned() else { return Err(CountyFailure::Stopped(Stopped("no units".into()))) };
        let at = |failure| CountyFailure::Founding { unit: root.unit.clone(), failure };
        let (founded, _) = founding::draw_up(&root.name, root.unit.clone()).map_err(|fault| at(fault.into()))?;
        let place = dir.join(root.unit.as_str());
        founding::found(&place, &founded, StoreOptions::demo()).await.map_err(at)?;
        let started = Node::start(&place, options(vec![]), &mut |_| {}).await;
        let node = started.map_err(|failure| CountyFailure::Start { unit: root.unit.clone(), failure })?;
        let Founded { administrator, secretary, .. } = founded;
        let officer = |(certificate, key)| Officer { certificate, key: Arc::new(key) };
        let mut county = County {
            name: root.name.clone(),
            nodes: BTreeMap::from([(root.unit.clone(), node)]),
            administrator: officer(administrator),
            secretary: officer(secretary),
            rows,
        };
        joined(1);
        county.name_units().await?;
        county.join_all(dir, &mut joined).await?;
        Ok(county)
    }

    /// The root's node.
    ///
    /// # Errors
    ///
    /// [`CountyFailure::NoNode`] never, as a county has its root.
    pub fn root(&self) -> Result<&Node, CountyFailure> {
        let unit = self.rows.first().map(|row| row.unit.clone());
        unit.as_ref()
            .and_then(|unit| self.nodes.get(unit))
            .ok_or_else(|| CountyFailure::Stopped(Stopped("no units".into())))
    }

    /// The node of a unit.
    ///
    /// # Errors
    ///
    /// [`CountyFailure::NoNode`].
    pub fn node(&self, unit: &UnitPath) -> Result<&Node, CountyFailure> {
        self.nodes.get(unit).ok_or_else(|| CountyFailure::NoNode(unit.clone()))
    }

    /// What people call a unit.
    #[must_use]
    pub fn name_of<'n>(&'n self, unit: &'n UnitPath) -> &'n str {
        self.rows.iter().find(|row| row.unit == *unit).map_or(unit.as_str(), |row| &row.name)
    }

    /// An officer, certified by the county's administrator and endorsed by its secretary where needed.
    ///
    /// # Errors
    ///
    /// [`CountyFailure`].
    pub async fn add_officer(&self, unit: &UnitPath, role: Role, name: &str) -> Result<Officer, CountyFailure> {
        let core = self.root()?.core();
        let key = Arc::new(founding::new_key());
        let holder = founding::new_holder();
        let now = core.read(|sight| sight.now.0).await?;
        let certificate = Certificate {
            key: key.public(),
            holder,
            unit: unit.clone(),
            roles: vec![role],
            not_before_s: now - 86_400,
            not_after_s: now + 365 * 86_400,
            custody: Custody::NODE_HELD,
            rank: 4 * founding::RANK_STEP,
            may_issue: None,
        };
        let home_only = [Role::REPORTER, Role::INVITED_REPORTER, Role::POST_HOLDER].contains(&role);
        let reach = if home_only { Reach::UP } else { Reach::DOWN };
        let Officer { certificate: issuer, key: signer } = &self.administrator;
        let needs = certificate.needs_endorsement();
        let id = founding::certify(core, *issuer, signer.clone(), certificate, reach).await?;
        if needs {
            let Officer { certificate: author, key: signer } = self.secretary.clone();
            core.write(signer, move |sight| {
                let said = sight.replica.find(&id, sight.store)?;
                let document = said.map(|said| said.entry.header().document());
                let scope = Scope { home: sight.replica.me().unit.clone(), reach: Reach::DOWN, shelf: Shelf::CHARTER };
                let document = document.unwrap_or_else(|| founding::new_document(scope, Kind::CERTIFICATE));
                Ok(Draft { author, document, after: None, content: Content::Act(Act::Endorse { subject: id }) })
            })
            .await?;
        }
        let scope = Scope { home: unit.clone(), reach: Reach::UP, shelf: Shelf::CHARTER };
        let named = Content::Act(Act::NameHolder(HolderName { holder, name: name.into() }));
        let by = Officer { certificate: *issuer, key: signer.clone() };
        write(core, &by, founding::new_document(scope, Kind::HOLDER), named).await?;
        Ok(Officer { certificate: id, key })
    }

    /// Who founded the county, by what they are called here.
    #[must_use]
    pub fn founders(&self) -> Vec<(String, Officer)> {
        vec![
            ("创始系统管理员".to_owned(), self.administrator.clone()),
            ("创始县纪委书记".to_owned(), self.secretary.clone()),
        ]
    }

    /// How every node stands, in the order of the units.
    ///
    /// # Errors
    ///
    /// [`CountyFailure::Stopped`].
    pub async fn standings(&self) -> Result<Vec<Standing>, CountyFailure> {
        let mut standings = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let node = self.node(&row.unit)?;
            let unit = row.unit.clone();
            let look = move |sight: &fangwei_node::run::Sight<'_>| {
                let frontier = sight.replica.frontier();
                let counted = confirmed::count(&unit, frontier, sight.store).unwrap_or_default();
                (sight.replica.log_length().0, counted, frontier.link_digest(&unit), frontier.link_entries(&unit))
            };
            let (held, (confirmed, own), digest, here) = node.core().read(look).await?;
            let above = match row.unit.parent().and_then(|above| self.nodes.get(&above)) {
                Some(above) => {
                    let unit = row.unit.clone();
                    let look = move |sight: &fangwei_node::run::Sight<'_>| {
                        let frontier = sight.replica.frontier();
                        (frontier.link_digest(&unit), frontier.link_entries(&unit))
                    };
                    Some(above.core().read(look).await?)
                }
                None => None,
            };
            let (agrees, there) = above.map_or((true, here), |(other, there)| (other == digest, there));
            // At the root nobody stands above: what it holds is held.
            let confirmed = if row.unit.parent().is_none() { own } else { confirmed };
            standings.push(Standing {
                unit: row.unit.clone(),
                held,
                behind: there.saturating_sub(here),
                own,
                confirmed,
                online: node.is_online(),
                agrees,
            });
        }
        Ok(standings)
    }

    /// Stops every node.
    pub async fn stop(&self) {
        let mut stopping = JoinSet::new();
        for node in self.nodes.values() {
            let node = node.clone();
            stopping.spawn(async move { node.stop().await });
        }
        while stopping.join_next().await.is_some() {}
    }

    /// Names every unit, one act for each parent's children.
    async fn name_units(&self) -> Result<(), CountyFailure> {
        let mut by_parent: BTreeMap<UnitPath, Vec<UnitRow>> = BTreeMap::new();
        for row in &self.rows {
            let parent = row.unit.parent().unwrap_or_else(|| row.unit.clone());
            by_parent.entry(parent).or_default().push(UnitRow { unit: row.unit.clone(), name: row.name.clone() });
        }
        for (home, rows) in by_parent {
            let scope = Scope { home, reach: Reach::DOWN, shelf: Shelf::CHARTER };
            let document = founding::new_document(scope, Kind::UNITS);
            write(self.root()?.core(), &self.administrator, document, Content::Act(Act::NameUnits(rows))).await?;
        }
        Ok(())
    }

    /// Lets every unit join the one above it, level by level.
    async fn join_all(&mut self, dir: &Path, joined: &mut impl FnMut(usize)) -> Result<(), CountyFailure> {
        let deepest = self.rows.iter().map(|row| row.unit.depth()).max().unwrap_or(1);
        for depth in 2..=deepest {
            let places = Arc::new(Semaphore::new(JOINING_AT_ONCE));
            let mut joining = JoinSet::new();
            for row in self.rows.iter().filter(|row| row.unit.depth() == depth) {
                let unit = row.unit.clone();
                let parent = unit.parent().unwrap_or_else(|| unit.clone());
                let above = self.node(&parent)?.clone();
                let root = self.root()?.clone();
                let Officer { certificate, key } = self.administrator.clone();
                let place = dir.join(unit.as_str());
                let places = places.clone();
                joining.spawn(async move {
                    let _place = places.acquire_owned().await;
                    let joined = join(&root, &above, certificate, key, &place, unit.clone()).await;
                    joined.map(|node| (unit, node))
                });
            }
            while let Some(done) = joining.join_next().await {
                let done = done.unwrap_or_else(|error| Err(CountyFailure::Stopped(Stopped(error.to_string()))));
                let (unit, node) = done?;
                self.nodes.insert(unit, node);
                joined(self.nodes.len());
            }
        }
        Ok(())
    }
}

/// One unit's node joins: a token of the county's administrator, the parent's key and address.
async fn join(
    root: &Node,
    above: &Node,
    issuer: CertificateId,
    key: Arc<KeyPair>,
    place: &Path,
    unit: UnitPath,
) -> Result<Node, CountyFailure> {
    let at = |failure: FoundingFailure| CountyFailure::Founding { unit: unit.clone(), failure };
    let address = above.address().unwrap_or_else(listen);
    let mut token = founding::create_token(root, issuer, key, unit.clone(), address, 3 * 86_400).await?;
    token.parent = above.key();
    // The parent must know the token before it is used; it hears of it over its own link.
    let certificate = token.certificate;
    while above.core().read(move |sight| sight.replica.charter().complete(&certificate).is_none()).await? {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    founding::join(place, &token, StoreOptions::demo()).await.map_err(at)?;
    let upstream = Upstream { address, key: above.key() };
    let started = Node::start(place, options(vec![upstream]), &mut |_| {}).await;
    started.map_err(|failure| CountyFailure::Start { unit, failure })
}

/// Writes in a document, at all of its heads.
///
/// # Errors
///
/// [`WriteFailure`].
pub async fn write(core: &Core, by: &Officer, document: DocKey, content: Content) -> Result<EntryId, WriteFailure> {
    let draft = Draft { author: by.certificate, document, after: None, content };
    Ok(core.write(by.key.clone(), move |_| Ok(draft)).await?.id)
}
