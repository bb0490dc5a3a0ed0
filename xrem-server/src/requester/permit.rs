//! From a target to a permit: the routes to its nodes, and the rights to every one of them.

use alloc::vec::Vec;

use omadm_proto::ids::DevId;

use super::{Ability, Requester, RequesterName};
use crate::directory::{Route, RouteError, routes};
use crate::store::Store;
use crate::task::Target;

/// The right to act on certain nodes, and the ways to them. Only [`permit`] makes one for a requester; routes alone become
/// the permit of the server's own operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    requester: Option<RequesterName>,
    routes: Vec<Route>,
}

/// Why a requester may not act on a target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PermitError<E: core::error::Error + 'static> {
    /// The target has no route.
    #[error(transparent)]
    Route(#[from] RouteError<E>),
    /// A node of the target is outside the rights.
    #[error("permission denied: {node} is outside what this requester may change")]
    PermissionDenied {
        /// The first such node.
        node: DevId,
    },
}

/// The permit for `requester` to do `ability` to all nodes of `target`.
///
/// # Errors
/// [`PermitError`]. Nodes that the requester may not even read are not told apart from those that do not exist by anything
/// but this error; a driver that wants to hide them answers both alike.
pub fn permit<S: Store>(
    store: &S,
    requester: &Requester,
    ability: Ability,
    target: &Target,
) -> Result<Permit, PermitError<S::Error>> {
    let mut routes = routes(store, target)?;
    if !requester.may_everywhere(ability) {
        for route in &mut routes {
            check(store, requester, ability, route)?;
            // "All behind the gateway" is open-ended: it would reach devices that attach later.
            if let Route::Through { all, .. } = route {
                *all = false;
            }
        }
    }
    Ok(Permit { requester: Some(requester.name.clone()), routes })
}

fn check<S: Store>(
    store: &S,
    requester: &Requester,
    ability: Ability,
    route: &Route,
) -> Result<(), PermitError<S::Error>> {
    let nodes = match route {
        Route::Direct(node) => core::slice::from_ref(node),
        Route::Through { devices, .. } => devices,
    };
    for node in nodes {
        let allowed = match store.node(node).map_err(RouteError::Store)? {
            Some(record) => requester.may(ability, &record),
            None => requester.may_unregistered(ability, store.name_of(node).map_err(RouteError::Store)?),
        };
        if !allowed {
            return Err(PermitError::PermissionDenied { node: node.clone() });
        }
    }
    Ok(())
}

impl Permit {
    /// On whose behalf; `None`: the server's own operator.
    #[must_use]
    pub const fn requester(&self) -> Option<&RequesterName> {
        self.requester.as_ref()
    }

    /// The ways to the nodes.
    #[must_use]
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// The nodes.
    pub fn nodes(&self) -> impl Iterator<Item = &DevId> {
        self.routes.iter().flat_map(|route| match route {
            Route::Direct(node) => core::slice::from_ref(node),
            Route::Through { devices, .. } => devices,
        })
    }

    /// What was permitted to `requester` before, by the routes of today.
    pub(crate) const fn renewed(requester: Option<RequesterName>, routes: Vec<Route>) -> Self {
        Self { requester, routes }
    }

    pub(crate) fn into_parts(self) -> (Option<RequesterName>, Vec<Route>) {
        (self.requester, self.routes)
    }
}

impl From<Vec<Route>> for Permit {
    fn from(routes: Vec<Route>) -> Self {
        Self { requester: None, routes }
    }
}
