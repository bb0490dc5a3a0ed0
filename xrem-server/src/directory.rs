//! Who the nodes are: registrations, and where a device is to be found \[mission-matrix N4\].
//!
//! A node that has an account is reached directly. Any other device is reached through the gateway that it was registered
//! behind, or that reported it last (`deviceattached`). Registration and place are two records, because they change at the
//! hands of two: the application, and the gateway.

mod bearer;
pub(crate) mod conceal;
mod name;
mod route;
mod selection;

pub(crate) use bearer::scheme;
pub use bearer::{Bearer, MAX_BEARERS};
pub use name::{NodeId, NodeIdError, at_gateway, is_local, local_device};
pub(crate) use route::known_routes;
pub use route::{Route, RouteError, find, routes};
pub use selection::{FILTER_KEYS, means};

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use omadm_proto::ids::DevId;
use omadm_proto::time::Instant;

use crate::bootstrap::Standing;
use crate::register::{Inventory, Lifecycle};
use crate::requester::RequesterName;
use crate::store::ClientAccount;
use crate::task::TaskId;

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
    /// How it is asked for a session, in the order of preference.
    #[cfg_attr(feature = "serde", serde(default, alias = "notify", deserialize_with = "bearer::stored"))]
    pub bearers: Vec<Bearer>,
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
    /// Where it is in its life.
    #[cfg_attr(feature = "serde", serde(default))]
    pub lifecycle: Lifecycle,
    /// How far its first inventory is.
    #[cfg_attr(feature = "serde", serde(default))]
    pub inventory: Inventory,
    /// Who is told when its registration is complete.
    #[cfg_attr(feature = "serde", serde(default))]
    pub owner: Option<RequesterName>,
}

impl NodeRecord {
    /// The device `id`, of which only its gateway told so far, as it is kept when there is something to be kept about it.
    #[must_use]
    pub fn reported(id: DevId, now: Instant) -> Self {
        let name = Some(NodeId::of(&id)).filter(|name| name.as_str() != id.as_str());
        Self {
            id,
            kind: NodeKind::Device,
            account: None,
            bearers: Vec::new(),
            registered: now,
            last_session: None,
            sessions: 0,
            messages: 0,
            alerts: 0,
            dev_info: BTreeMap::new(),
            bootstrap: None,
            last_notified: None,
            groups: BTreeSet::new(),
            name,
            lifecycle: Lifecycle::Active,
            inventory: Inventory::Unwanted,
            owner: None,
        }
    }

    /// Whether it is turned away.
    #[must_use]
    pub const fn is_deactivated(&self) -> bool {
        matches!(self.lifecycle, Lifecycle::Deactivated(_))
    }

    /// Whether tasks may be for it.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        matches!(self.lifecycle, Lifecycle::Active)
    }

    /// Its name for applications.
    #[must_use]
    pub fn node_id(&self) -> NodeId {
        self.name.clone().unwrap_or_else(|| NodeId::of(&self.id))
    }

    /// It is asked for a session in these ways from now on.
    ///
    /// # Errors
    /// [`RegisterError::TooManyBearers`]; nothing has changed then.
    pub fn set_bearers(&mut self, bearers: Vec<Bearer>) -> Result<(), RegisterError> {
        if bearers.len() > MAX_BEARERS {
            return Err(RegisterError::TooManyBearers);
        }
        self.bearers = bearer::in_order(bearers);
        Ok(())
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
    /// When the gateway said that it left.
    #[cfg_attr(feature = "serde", serde(default))]
    pub left: Option<Instant>,
    /// Another gateway that had it, and did not say that it left.
    #[cfg_attr(feature = "serde", serde(default))]
    pub rival: Option<Rival>,
}

/// A gateway that may have a device with the DevId of another one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Rival {
    /// The gateway.
    pub gateway: DevId,
    /// The record there.
    pub record: String,
    /// The task that asks whether the device is still there.
    pub probe: TaskId,
    /// It answered there, and is at the other gateway as well: a conflict.
    pub proven: bool,
}

impl Place {
    /// Whether two devices with this DevId are alive.
    #[must_use]
    pub fn is_disputed(&self) -> bool {
        self.rival.as_ref().is_some_and(|rival| rival.proven)
    }

    /// Behind `gateway`, nothing else known.
    #[must_use]
    pub const fn behind(gateway: DevId) -> Self {
        Self { gateway, record: None, facts: BTreeMap::new(), name: None, left: None, rival: None }
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
    /// How it is asked for a session.
    pub bearers: Vec<Bearer>,
    /// The gateway it is behind.
    pub gateway: Option<DevId>,
    /// The groups it is in.
    pub groups: BTreeSet<String>,
    /// Its name for applications; `None`: the text of its DevId.
    pub name: Option<NodeId>,
    /// On whose behalf it is registered. Then its inventory is read as soon as it comes, and the owner is told.
    pub owner: Option<RequesterName>,
}

impl Registration {
    /// The node `id`, with nothing else known.
    #[must_use]
    pub const fn new(id: DevId, kind: NodeKind) -> Self {
        Self {
            id,
            kind,
            account: None,
            bearers: Vec::new(),
            gateway: None,
            groups: BTreeSet::new(),
            name: None,
            owner: None,
        }
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
            _ if self.bearers.len() > MAX_BEARERS => return Err(RegisterError::TooManyBearers),
            _ => {}
        }
        let mut node = NodeRecord::reported(self.id, now);
        (node.kind, node.account, node.groups) = (self.kind, self.account, self.groups);
        node.bearers = bearer::in_order(self.bearers);
        // A name that is not the text of the DevId has to be found.
        node.name = self.name.or(node.name);
        node.inventory = if self.owner.is_some() { Inventory::Wanted } else { Inventory::Unwanted };
        node.owner = self.owner;
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
    /// More bearers than are kept.
    #[error("a node has at most {MAX_BEARERS} bearers")]
    TooManyBearers,
    /// Neither credentials nor a gateway.
    #[error("a device needs client and server credentials, or the gateway it is behind")]
    Unreachable,
}
