//! The work on software that the driver does, and what comes of it \[mo 7.3, 7.4\].
//!
//! The bytes of a package are in the driver's package store before anything is installed ([`PackageId`]). Everything may be asked for twice with the same [`OrderNumber`], because a restart repeats what had no answer: a driver
//! that has installed, removed, activated or deactivated already answers as it did before.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use omadm_tree::mo::{ComponentState, ScomoResult};

use crate::orders::OrderNumber;
use crate::output::{ActionFailure, PackageId};

/// Work on software; answered by [`super::SoftwareResult`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SoftwareAction {
    /// Install a package; answer [`SoftwareResult::Installed`].
    Install(Installation),
    /// Activate the component with this ID; answer [`SoftwareResult::Done`].
    Activate {
        /// Names the order.
        order: OrderNumber,
        /// The component.
        component: String,
    },
    /// Deactivate the component with this ID; answer [`SoftwareResult::Done`].
    Deactivate {
        /// Names the order.
        order: OrderNumber,
        /// The component.
        component: String,
    },
    /// Remove the component with this ID; answer [`SoftwareResult::Done`], also when there is none.
    Remove {
        /// Names the order.
        order: OrderNumber,
        /// The component.
        component: String,
    },
}

/// A package to be installed, with everything that its server says about it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Installation {
    /// Names the order.
    pub order: OrderNumber,
    /// Where its bytes are, verified as far as the server said how.
    pub package: PackageId,
    /// How many they are.
    pub len: u64,
    /// PkgID.
    pub pkg_id: String,
    /// Name; empty when the server gave none, as all that follow.
    pub name: String,
    /// PkgType: the content type.
    pub pkg_type: String,
    /// EnvType: what it runs in.
    pub env_type: String,
    /// InstallParams.
    pub params: String,
    /// Whether its components shall run.
    pub activation: Activation,
}

/// Whether installed components shall run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_enums, reason = "the two states of a component")]
pub enum Activation {
    /// They are active at once.
    Active,
    /// They wait for Activate.
    Inactive,
}

/// A component that an installation made, or changed when there was one of the same ID.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Component {
    /// ID: names it on this device.
    pub id: String,
    /// Name, for people.
    pub name: Option<String>,
    /// Version.
    pub version: Option<String>,
    /// Description, for people.
    pub description: Option<String>,
    /// EnvType, if it is not that of the package.
    pub env_type: Option<String>,
}

/// What came of work on software.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SoftwareResult {
    /// The package is installed; these are its components.
    Installed(Vec<Component>),
    /// Done, nothing to tell.
    Done,
    /// It did not work.
    Failed(SoftwareFailure),
}

/// Why work on software did not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SoftwareFailure {
    /// There is no room.
    NoSpace,
    /// The installer failed, or the component did.
    Failed,
    /// The package is for an environment that this device has not.
    EnvironmentNotSupported,
    /// The package does not prove who made it, or is damaged.
    NotAuthentic,
    /// The user did not want it.
    UserCancelled,
    /// This driver does not do such things.
    Unsupported,
}

impl Component {
    /// The component `id`, nothing else known.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), name: None, version: None, description: None, env_type: None }
    }

    /// The same with a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The same with a version.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }
}

impl Activation {
    pub(super) const fn state(self) -> ComponentState {
        match self {
            Self::Active => ComponentState::ACTIVE,
            Self::Inactive => ComponentState::INACTIVE,
        }
    }
}

impl SoftwareFailure {
    /// What the server is told when an operation failed for this reason; `own` is the operation's own failure, `memory` what
    /// a lack of room means for it.
    pub(super) const fn code(self, own: ScomoResult, memory: ScomoResult) -> ScomoResult {
        match self {
            Self::NoSpace => memory,
            Self::Failed => own,
            Self::EnvironmentNotSupported => ScomoResult::ENVIRONMENT_NOT_SUPPORTED,
            Self::NotAuthentic => ScomoResult::NOT_AUTHENTIC,
            Self::UserCancelled => ScomoResult::USER_CANCELLED,
            Self::Unsupported => ScomoResult::NOT_IMPLEMENTED,
        }
    }

    /// Whether the package may be installed another time: a package that is wrong for this device or takes its last room is
    /// not kept. Unspecified; chosen because keeping it would help nobody.
    pub(super) const fn keeps_package(self) -> bool {
        match self {
            Self::Failed | Self::UserCancelled | Self::Unsupported => true,
            Self::NoSpace | Self::EnvironmentNotSupported | Self::NotAuthentic => false,
        }
    }
}

impl From<ActionFailure> for SoftwareFailure {
    fn from(failure: ActionFailure) -> Self {
        match failure {
            ActionFailure::Unsupported => Self::Unsupported,
            ActionFailure::NoSpace => Self::NoSpace,
            ActionFailure::Network
            | ActionFailure::Timeout
            | ActionFailure::Unauthorized
            | ActionFailure::BadUrl
            | ActionFailure::Unavailable
            | ActionFailure::Server
            | ActionFailure::Storage => Self::Failed,
        }
    }
}

impl fmt::Debug for Installation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Installation")
            .field("order", &self.order)
            .field("package", &self.package)
            .field("pkg_id", &self.pkg_id)
            .field("pkg_type", &self.pkg_type)
            .field("env_type", &self.env_type)
            .field("params_len", &self.params.len())
            .field("activation", &self.activation)
            .finish_non_exhaustive()
    }
}
