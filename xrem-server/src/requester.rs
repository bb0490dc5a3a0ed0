//! Requesters: the applications and network functions on whose behalf the server acts, what each may do to whom, and the
//! audit of what each did \[mission-matrix N1a\].
//!
//! A requester proves itself by a token, of which only the SHA-256 is kept. Its [`Rights`] are grants of an [`Ability`] on a
//! [`Scope`]: everything, a group, or one node. A target becomes a [`Permit`] only when the rights cover every node of it
//! ([`permit()`]), and [`crate::nrem::Nrem::submit`] takes nothing else: a task goes to all its nodes or to none. What a
//! requester asked for is seen by itself and by administrators ([`Requester::may_see`]).
//!
//! Rights are kept here and end here: towards devices the server acts under its own ServerID, and their ACLs decide what that
//! may do. The standards have no requesters; all of this is ours.

mod audit;
pub(crate) mod memory;
mod name;
mod permit;
mod port;
mod repeat;
mod rights;
mod token;

pub use audit::{AuditEntry, AuditKey, AuditQuery, AuditResult};
pub use name::{NameError, RequesterName};
pub use permit::{Permit, PermitError, permit};
pub use port::RequesterStore;
pub use repeat::KeptAnswer;
pub use rights::{Ability, Grant, Rights, Scope};
pub use token::TokenDigest;

use crate::directory::{NodeId, NodeRecord};
use crate::task::Task;

/// Somebody on whose behalf the server acts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Requester {
    /// Its name.
    pub name: RequesterName,
    /// The digest of its token.
    pub token: TokenDigest,
    /// What it may do.
    pub rights: Rights,
}

impl Requester {
    /// The requester `name`, who shows the token with the digest `token` and may do what `rights` say.
    #[must_use]
    pub const fn new(name: RequesterName, token: TokenDigest, rights: Rights) -> Self {
        Self { name, token, rights }
    }

    /// Whether it may do `ability` to the registered `node`.
    #[must_use]
    pub fn may(&self, ability: Ability, node: &NodeRecord) -> bool {
        self.rights.cover(ability, node.node_id(), &node.groups)
    }

    /// Whether it may do `ability` to a device that is in no group, because only its gateway told of it.
    #[must_use]
    pub fn may_unregistered(&self, ability: Ability, device: impl Into<NodeId>) -> bool {
        self.rights.cover(ability, device, &alloc::collections::BTreeSet::new())
    }

    /// Whether it may do `ability` to every node, those that are still to come included.
    #[must_use]
    pub fn may_everywhere(&self, ability: Ability) -> bool {
        self.rights.cover_everything(ability)
    }

    /// Whether it may know of `task`, and cancel it: a task is seen by whoever asked for it, and by administrators.
    #[must_use]
    pub fn may_see(&self, task: &Task) -> bool {
        task.requester.as_ref() == Some(&self.name) || self.may_everywhere(Ability::Administer)
    }
}

#[cfg(test)]
mod tests;
