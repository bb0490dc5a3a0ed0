//! Who the nodes are: registrations, and where a device is to be found \[mission-matrix N4\].
//!
//! A node that has an account is reached directly. Any other device is reached through the gateway that it was registered
//! behind, or that reported it last (`deviceattached`). Registration and place are two records, because they change at the
//! hands of two: the application, and the gateway.

pub(crate) mod conceal;
mod name;
mod selection;

pub use name::{NodeId, NodeIdError, at_gateway, is_local, local_device};
pub use selection::{FILTER_KEYS, means};

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use omadm_gwmo::filter::FilterError;
use omadm_proto::ids::DevId;
use omadm_proto::time::Instant;

use crate::bootstrap::Standing;
use crate::store::{ClientAccount, Store};
use crate::task::{Kind, Target};

/// Whether a node is a device or a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[allow(clippy::exhaustive_enums, reason = "a node is a device or a gateway")]
pub enum NodeKind {
    /// A device.
    #[default]
    Device,
    /// A gateway with devices behind it.
    Gateway,
}

/// What the server knows about a registered node.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct NodeRecord {
    /// Its DevId.
    pub id: DevId,
    /// What it is.
    pub kind: NodeKind,
    /// Its account; `None` for a device that only its gateway talks to.
    pub account: Option<ClientAccount>,
    /// Where notifications go, such as `udp://127.0.0.1:2948`.
    pub notify: Option<String>,
    /// When it was registered.
    pub registered: Instant,
    /// When its last session began.
    pub last_session: Option<Instant>,
    /// Sessions so far.
    pub sessions: u64,
    /// Messages received so far.
    pub messages: u64,
    /// Alerts so far that no task waited for; the newest has this number.
    #[cfg_attr(feature = "serde", serde(default))]
    pub alerts: u64,
    /// The leaves of DevInfo as it last sent them.
    pub dev_info: BTreeMap<String, String>,
    /// How far its bootstrap is; `None` for a device that got its account in another way.
    #[cfg_attr(feature = "serde", serde(default))]
    pub bootstrap: Option<Standing>,
    /// The SessionID of the last notification.
    #[cfg_attr(feature = "serde", serde(default))]
    pub last_notified: Option<u16>,
    /// The groups it is in: what rights and targets name.
    #[cfg_attr(feature = "serde", serde(default))]
    pub groups: BTreeSet<String>,
    /// Its name for applications; `None`: the text of its DevId.
    #[cfg_attr(feature = "serde", serde(default))]
    pub name: Option<NodeId>,
}

impl NodeRecord {
    /// Its name for applications.
    #[must_use]
    pub fn node_id(&self) -> NodeId {
        self.name.clone().unwrap_or_else(|| NodeId::of(&self.id))
    }
}

/// Where a device is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Place {
    /// The gateway it is behind.
    pub gateway: DevId,
    /// The name of its record in the gateway's inventory, once the gateway told.
    pub record: Option<String>,
    /// Manufacturer, model and firmware as the gateway told them.
    pub facts: BTreeMap<String, String>,
    /// The device's name for applications; `None`: the text of its DevId.
    #[cfg_attr(feature = "serde", serde(default))]
    pub name: Option<NodeId>,
}

impl Place {
    /// Behind `gateway`, nothing else known.
    #[must_use]
    pub const fn behind(gateway: DevId) -> Self {
        Self { gateway, record: None, facts: BTreeMap::new(), name: None }
    }
}

/// What applications call the node `id` of which `node` and `place` are known.
#[must_use]
pub fn name_of(id: &DevId, node: Option<&NodeRecord>, place: Option<&Place>) -> NodeId {
    let given = node.and_then(|node| node.name.as_ref()).or_else(|| place.and_then(|place| place.name.as_ref()));
    given.cloned().unwrap_or_else(|| NodeId::of(id))
}

/// A node as an application registers it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Registration {
    /// Its DevId.
    pub id: DevId,
    /// What it is.
    pub kind: NodeKind,
    /// Its account.
    pub account: Option<ClientAccount>,
    /// Where notifications go.
    pub notify: Option<String>,
    /// The gateway it is behind.
    pub gateway: Option<DevId>,
    /// The groups it is in.
    pub groups: BTreeSet<String>,
    /// Its name for applications; `None`: the text of its DevId.
    pub name: Option<NodeId>,
}

impl Registration {
    /// The node `id`, with nothing else known.
    #[must_use]
    pub const fn new(id: DevId, kind: NodeKind) -> Self {
        Self { id, kind, account: None, notify: None, gateway: None, groups: BTreeSet::new(), name: None }
    }

    /// The records it becomes.
    ///
    /// # Errors
    /// When it could never be reached.
    pub fn accept(self, now: Instant) -> Result<(NodeRecord, Option<Place>), RegisterError> {
        if self.id.as_str().trim().is_empty() {
            return Err(RegisterError::NoId);
        }
        match (self.kind, &self.account, &self.gateway) {
            (NodeKind::Gateway, None, _) => return Err(RegisterError::NoAccount),
            (NodeKind::Gateway, _, Some(_)) => return Err(RegisterError::GatewayBehindGateway),
            (NodeKind::Device, None, None) => return Err(RegisterError::Unreachable),
            _ => {}
        }
        // A name that is not the text of the DevId has to be found.
        let made = || Some(NodeId::of(&self.id)).filter(|name| name.as_str() != self.id.as_str());
        let name = self.name.clone().or_else(made);
        let node = NodeRecord {
            id: self.id,
            kind: self.kind,
            account: self.account,
            notify: self.notify,
            registered: now,
            last_session: None,
            sessions: 0,
            messages: 0,
            alerts: 0,
            dev_info: BTreeMap::new(),
            bootstrap: None,
            last_notified: None,
            groups: self.groups,
            name,
        };
        let place = self.gateway.map(|gateway| Place { name: node.name.clone(), ..Place::behind(gateway) });
        Ok((node, place))
    }
}

/// Why a registration is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// No DevId.
    #[error("id is empty; it is the DevId of the node, such as urn:imei:490154203237518")]
    NoId,
    /// A gateway without credentials.
    #[error("a gateway needs client and server credentials")]
    NoAccount,
    /// Gateways behind gateways are not managed yet.
    #[error("a gateway cannot be registered behind a gateway")]
    GatewayBehindGateway,
    /// Neither credentials nor a gateway.
    #[error("a device needs client and server credentials, or the gateway it is behind")]
    Unreachable,
}

/// How a node of a task is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Route {
    /// By a session of its own.
    Direct(DevId),
    /// These devices through a gateway.
    Through {
        /// The gateway.
        gateway: DevId,
        /// The devices, each once.
        devices: Vec<DevId>,
        /// They are all that are known behind it.
        all: bool,
    },
}

/// Why a target has no route.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RouteError<E: core::error::Error + 'static> {
    /// Nobody registered it, and no gateway reported it.
    #[error("{0} is not registered, and no gateway has reported it")]
    Unknown(NodeId),
    /// It is not a gateway.
    #[error("{0} is not registered as a gateway")]
    NotGateway(NodeId),
    /// The target names no node.
    #[error("the target names no node")]
    Empty,
    /// The filter asks for something that is not known of nodes.
    #[error(transparent)]
    Filter(FilterError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] E),
}

/// Finds how the nodes of `target` are reached, gateways in order of their DevId.
///
/// # Errors
/// [`RouteError`]: a task goes to all its nodes or is not accepted.
pub fn routes<S: Store>(store: &S, target: &Target) -> Result<Vec<Route>, RouteError<S::Error>> {
    let mut routes = Routes::default();
    match target {
        Target::Device(name) => routes.add(store, &find(store, name)?)?,
        Target::Devices(names) => {
            for name in names {
                routes.add(store, &find(store, name)?)?;
            }
        }
        Target::Gateway(name) => {
            let id = find(store, name)?;
            expect_gateway(store, &id)?;
            routes.direct.push(id);
        }
        Target::Behind(gateway) => {
            let gateway = find(store, gateway)?;
            expect_gateway(store, &gateway)?;
            routes.add_all_behind(store, &gateway)?;
        }
        Target::All(Kind::Gateways) => {
            let nodes = store.nodes()?;
            routes.direct.extend(nodes.into_iter().filter(|node| node.kind == NodeKind::Gateway).map(|node| node.id));
        }
        Target::All(Kind::Devices) => {
            for node in store.nodes()? {
                match node.kind {
                    NodeKind::Gateway => routes.add_all_behind(store, &node.id)?,
                    NodeKind::Device if node.account.is_some() => routes.direct.push(node.id),
                    NodeKind::Device => {}
                }
            }
        }
        Target::Group(_) | Target::Filter(_) => {
            for id in selection::members(store, target)? {
                routes.add(store, &id)?;
            }
            // Whoever joins later is not meant, not even when these are all there are now.
            return routes.finish(|_, _| Ok(false));
        }
    }
    routes.finish(|gateway, devices| Ok(store.behind(gateway)?.len() == devices.len()))
}

/// How those of `ids` are reached that can be, and what applications call them.
///
/// # Errors
/// The store's own.
pub(crate) fn known_routes<S: Store>(store: &S, ids: &[DevId]) -> Result<(Vec<Route>, Vec<NodeId>), S::Error> {
    let (mut routes, mut names) = (Routes::default(), Vec::new());
    for id in ids {
        match routes.add(store, id) {
            Ok(()) => names.push(store.name_of(id)?),
            Err(RouteError::Store(error)) => return Err(error),
            Err(RouteError::Unknown(_) | RouteError::NotGateway(_) | RouteError::Empty | RouteError::Filter(_)) => {}
        }
    }
    match routes.finish(|_, _| Ok(false)) {
        Ok(routes) => Ok((routes, names)),
        Err(RouteError::Store(error)) => Err(error),
        Err(_) => Ok((Vec::new(), names)),
    }
}

/// The node that applications call `name`.
///
/// # Errors
/// [`RouteError::Unknown`], or the store's.
pub fn find<S: Store>(store: &S, name: &NodeId) -> Result<DevId, RouteError<S::Error>> {
    store.node_by_name(name)?.ok_or_else(|| RouteError::Unknown(name.clone()))
}

fn expect_gateway<S: Store>(store: &S, id: &DevId) -> Result<(), RouteError<S::Error>> {
    match store.node(id)? {
        Some(node) if node.kind == NodeKind::Gateway => Ok(()),
        Some(node) => Err(RouteError::NotGateway(node.node_id())),
        None => Err(RouteError::Unknown(id.into())),
    }
}

/// Routes while they are collected.
#[derive(Default)]
struct Routes {
    direct: Vec<DevId>,
    behind: BTreeMap<DevId, Vec<DevId>>,
}

impl Routes {
    fn add<S: Store>(&mut self, store: &S, id: &DevId) -> Result<(), RouteError<S::Error>> {
        if store.node(id)?.is_some_and(|node| node.account.is_some()) {
            self.direct.push(id.clone());
            return Ok(());
        }
        let place = store.place(id)?.ok_or_else(|| RouteError::Unknown(id.into()))?;
        expect_gateway(store, &place.gateway)?;
        self.behind.entry(place.gateway).or_default().push(id.clone());
        Ok(())
    }

    fn add_all_behind<S: Store>(&mut self, store: &S, gateway: &DevId) -> Result<(), RouteError<S::Error>> {
        for (id, _) in store.behind(gateway)? {
            // One that has an account of its own is reached by it.
            if store.node(&id)?.is_none_or(|node| node.account.is_none()) {
                self.behind.entry(gateway.clone()).or_default().push(id);
            }
        }
        Ok(())
    }

    fn finish<E: core::error::Error>(
        mut self,
        are_all: impl Fn(&DevId, &[DevId]) -> Result<bool, E>,
    ) -> Result<Vec<Route>, RouteError<E>> {
        self.direct.sort();
        self.direct.dedup();
        let mut routes: Vec<Route> = self.direct.into_iter().map(Route::Direct).collect();
        for (gateway, mut devices) in self.behind {
            devices.sort();
            devices.dedup();
            let all = are_all(&gateway, &devices)?;
            routes.push(Route::Through { gateway, devices, all });
        }
        if routes.is_empty() { Err(RouteError::Empty) } else { Ok(routes) }
    }
}
