//! What a software task does \[mo 7\].

use alloc::string::String;

use omadm_tree::mo::ComponentState;

use super::ImageFile;

/// One change of one package.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
#[allow(
    clippy::large_enum_variant,
    reason = "a task has one of them; a box would be in the way of everybody who makes one"
)]
pub enum SoftwareOperation {
    /// Fetches and installs it.
    Install {
        /// PkgID.
        package: String,
        /// Its bytes; the version is the one that its components shall have.
        image: ImageFile,
        /// Whether its components shall run.
        activation: Activation,
        /// InstallParams.
        params: Option<String>,
    },
    /// Removes its components, and itself where it lies on a device.
    Remove {
        /// PkgID.
        package: String,
    },
    /// Activates its components.
    Activate {
        /// PkgID.
        package: String,
    },
    /// Deactivates its components.
    Deactivate {
        /// PkgID.
        package: String,
    },
}

/// Whether installed components shall run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[allow(clippy::exhaustive_enums, reason = "the two states of a component")]
pub enum Activation {
    /// At once.
    Active,
    /// When they are activated.
    Inactive,
}

impl SoftwareOperation {
    /// PkgID of the package.
    #[must_use]
    pub fn package(&self) -> &str {
        match self {
            Self::Install { package, .. }
            | Self::Remove { package }
            | Self::Activate { package }
            | Self::Deactivate { package } => package,
        }
    }

    /// One word for it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Install { .. } => "install",
            Self::Remove { .. } => "remove",
            Self::Activate { .. } => "activate",
            Self::Deactivate { .. } => "deactivate",
        }
    }
}

impl Activation {
    /// The State of a component.
    #[must_use]
    pub const fn state(self) -> ComponentState {
        match self {
            Self::Active => ComponentState::ACTIVE,
            Self::Inactive => ComponentState::INACTIVE,
        }
    }
}
