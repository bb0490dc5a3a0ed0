//! How the nodes of a target are reached \[mission-matrix N4\].

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use omadm_gwmo::filter::FilterError;
use omadm_proto::ids::DevId;

use super::{NodeId, NodeKind, NodeRecord, name_of, selection};
use crate::store::Store;
use crate::task::{Kind, Target};

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
    /// It was deactivated.
    #[error("{0} is deactivated; register it anew first")]
    Deactivated(NodeId),
    /// Two devices with its DevId are alive.
    #[error("{0} is in conflict: devices with its DevId are alive at two gateways; one of them has to leave first")]
    Disputed(NodeId),
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
            routes.direct.extend(
                nodes.into_iter().filter(|node| node.kind == NodeKind::Gateway && node.is_active()).map(|node| node.id),
            );
        }
        Target::All(Kind::Devices) => {
            for node in store.nodes()? {
                match node.kind {
                    NodeKind::Gateway => routes.add_all_behind(store, &node.id)?,
                    NodeKind::Device if node.account.is_some() && node.is_active() => routes.direct.push(node.id),
                    NodeKind::Device => {}
                }
            }
        }
        Target::Group(_) | Target::Filter(_) => {
            for id in selection::members(store, target)? {
                match routes.add(store, &id) {
                    // Whoever is left out of a task for all is left out here as well.
                    Err(RouteError::Deactivated(_) | RouteError::Disputed(_)) => {}
                    other => other?,
                }
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
            Err(
                RouteError::Unknown(_)
                | RouteError::NotGateway(_)
                | RouteError::Deactivated(_)
                | RouteError::Disputed(_)
                | RouteError::Empty
                | RouteError::Filter(_),
            ) => {}
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
        Some(node) if !node.is_active() => Err(RouteError::Deactivated(node.node_id())),
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
        if let Some(node) = store.node(id)? {
            if !node.is_active() {
                return Err(RouteError::Deactivated(node.node_id()));
            }
            if node.account.is_some() {
                self.direct.push(id.clone());
                return Ok(());
            }
        }
        let place = store.place(id)?.ok_or_else(|| RouteError::Unknown(id.into()))?;
        if place.is_disputed() {
            return Err(RouteError::Disputed(name_of(id, None, Some(&place))));
        }
        expect_gateway(store, &place.gateway)?;
        self.behind.entry(place.gateway).or_default().push(id.clone());
        Ok(())
    }

    fn add_all_behind<S: Store>(&mut self, store: &S, gateway: &DevId) -> Result<(), RouteError<S::Error>> {
        for (id, place) in store.behind(gateway)? {
            // One that has an account of its own is reached by it.
            let is_behind = |node: NodeRecord| node.account.is_none() && node.is_active();
            if !place.is_disputed() && store.node(&id)?.is_none_or(is_behind) {
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
