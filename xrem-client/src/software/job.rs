//! What the software machine remembers \[mo 7.3\].

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use omadm_tree::mo::{ScomoOperation, ScomoResult};
use omadm_tree::uri::NodeUri;

use super::action::Activation;
use crate::orders::Orders;
use crate::output::PackageId;
use crate::package::Package;

/// The software machine's record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SoftwareRecord {
    pub(super) orders: Orders<Job>,
    /// The packages that lie in the package store for an entry of Delivered.
    pub(super) stored: Vec<Stored>,
    /// Packages in the store that nobody needs any more.
    pub(super) garbage: Vec<PackageId>,
    /// The packages so far.
    pub(super) packages: u32,
}

/// One operation on one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Job {
    pub(super) operation: ScomoOperation,
    pub(super) entry: NodeUri,
    /// ID of its component, or PkgID: what the report is about when nothing else came of it.
    pub(super) identifier: String,
    pub(super) phase: Phase,
}

/// How far an operation has come. What is not named here is done again after a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) enum Phase {
    /// The server was told 202; nothing has begun.
    Accepted,
    /// The package comes into the store, or is read back there.
    Delivering(Box<Package>),
    /// The package lies in the store; the driver installs it.
    Installing(Box<Package>),
}

/// A package in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Stored {
    /// The entry of Delivered.
    pub(super) entry: NodeUri,
    pub(super) package: Package,
}

impl Job {
    pub(super) const fn new(operation: ScomoOperation, entry: NodeUri, identifier: String) -> Self {
        Self { operation, entry, identifier, phase: Phase::Accepted }
    }
}

/// The three lists of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Download,
    Delivered,
    Deployed,
}

/// Where the entry of an operation is.
pub(super) const fn list(operation: ScomoOperation) -> List {
    match operation {
        ScomoOperation::Download | ScomoOperation::DownloadInstall | ScomoOperation::DownloadInstallInactive => {
            List::Download
        }
        ScomoOperation::Install | ScomoOperation::InstallInactive | ScomoOperation::RemovePackage => List::Delivered,
        ScomoOperation::Activate | ScomoOperation::Deactivate | ScomoOperation::RemoveComponent => List::Deployed,
    }
}

/// What an operation installs, if it does.
pub(super) const fn activation(operation: ScomoOperation) -> Option<Activation> {
    match operation {
        ScomoOperation::DownloadInstall | ScomoOperation::Install => Some(Activation::Active),
        ScomoOperation::DownloadInstallInactive | ScomoOperation::InstallInactive => Some(Activation::Inactive),
        ScomoOperation::Download
        | ScomoOperation::RemovePackage
        | ScomoOperation::Activate
        | ScomoOperation::Deactivate
        | ScomoOperation::RemoveComponent => None,
    }
}

/// Whether it works on an entry of Download.
pub(super) fn downloads(operation: ScomoOperation) -> bool {
    list(operation) == List::Download
}

/// The operation's own failure.
pub(super) const fn own_failure(operation: ScomoOperation) -> ScomoResult {
    match operation {
        ScomoOperation::Download => ScomoResult::DOWNLOAD_FAILED,
        ScomoOperation::DownloadInstall
        | ScomoOperation::DownloadInstallInactive
        | ScomoOperation::Install
        | ScomoOperation::InstallInactive => ScomoResult::INSTALL_FAILED,
        ScomoOperation::RemovePackage | ScomoOperation::RemoveComponent => ScomoResult::REMOVE_FAILED,
        ScomoOperation::Activate => ScomoResult::ACTIVATE_FAILED,
        ScomoOperation::Deactivate => ScomoResult::DEACTIVATE_FAILED,
    }
}

/// What a lack of room means for it.
pub(super) const fn memory_failure(operation: ScomoOperation) -> ScomoResult {
    match (operation, activation(operation)) {
        (ScomoOperation::Download, _) => ScomoResult::DOWNLOAD_MEMORY,
        (_, Some(_)) => ScomoResult::INSTALL_MEMORY,
        (_, None) => own_failure(operation),
    }
}

/// The Status of an entry whose operation failed; of an installation, when the package is gone.
pub(super) const fn failed_status(operation: ScomoOperation) -> u16 {
    match operation {
        ScomoOperation::Install | ScomoOperation::InstallInactive | ScomoOperation::Deactivate => 60,
        ScomoOperation::Activate => 40,
        ScomoOperation::Download
        | ScomoOperation::DownloadInstall
        | ScomoOperation::DownloadInstallInactive
        | ScomoOperation::RemovePackage
        | ScomoOperation::RemoveComponent => 20,
    }
}
