//! What a requester may do to whom.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use crate::directory::NodeId;

/// A kind of thing that the server does for a requester. None includes another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[allow(clippy::exhaustive_enums, reason = "who grants abilities has to know them all")]
pub enum Ability {
    /// Reading what the server knows of a node: its record, its performance and its faults.
    Read,
    /// Changing settings: commands, configuration files, desired state, measurements and traps.
    Configure,
    /// Installing and removing firmware and software.
    Upgrade,
    /// Registering a node, handing out its bootstrap document, changing its credentials, deactivating it.
    Register,
    /// Day-to-day intervention: locking and wiping a device, acknowledging its faults.
    Operate,
    /// Everything about the server itself: requesters, the audit, the tasks of others.
    Administer,
}

impl Ability {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Read, Self::Configure, Self::Upgrade, Self::Register, Self::Operate, Self::Administer];
}

/// The nodes that a grant is for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[allow(clippy::exhaustive_enums, reason = "who grants abilities has to know them all")]
pub enum Scope {
    /// Every node.
    All,
    /// The nodes of a group.
    Group(String),
    /// One node.
    Node(NodeId),
}

impl Scope {
    fn covers(&self, node: &NodeId, groups: &BTreeSet<String>) -> bool {
        match self {
            Self::All => true,
            Self::Group(group) => groups.contains(group),
            Self::Node(id) => id == node,
        }
    }
}

/// An ability on a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "what, and to whom")]
pub struct Grant {
    /// What.
    pub ability: Ability,
    /// To whom.
    pub scope: Scope,
}

/// Everything that a requester may do: the sum of its grants.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Rights(Vec<Grant>);

impl Rights {
    /// Nothing.
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// Everything.
    #[must_use]
    pub fn everything() -> Self {
        Self::none().and(Ability::ALL, &Scope::All)
    }

    /// The same and `abilities` on `scope`.
    #[must_use]
    pub fn and(mut self, abilities: impl IntoIterator<Item = Ability>, scope: &Scope) -> Self {
        self.0.extend(abilities.into_iter().map(|ability| Grant { ability, scope: scope.clone() }));
        self
    }

    /// The grants.
    #[must_use]
    pub fn grants(&self) -> &[Grant] {
        &self.0
    }

    /// Whether they cover `ability` on `node`, which is in `groups`.
    #[must_use]
    pub fn cover(&self, ability: Ability, node: impl Into<NodeId>, groups: &BTreeSet<String>) -> bool {
        let node = node.into();
        self.0.iter().any(|grant| grant.ability == ability && grant.scope.covers(&node, groups))
    }

    /// Whether they cover `ability` on every node, those that are still to come included.
    #[must_use]
    pub fn cover_everything(&self, ability: Ability) -> bool {
        self.0.iter().any(|grant| grant.ability == ability && grant.scope == Scope::All)
    }
}

impl From<Vec<Grant>> for Rights {
    fn from(grants: Vec<Grant>) -> Self {
        Self(grants)
    }
}
