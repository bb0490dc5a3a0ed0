//! SCOMO: software components, 1.0 and 1.1 \[mo 7\].
//!
//! A server adds a delivery package below Download (to be fetched) or Inventory/Delivered (with the data); the device makes
//! the packages it fetched and the components it installed. What an entry gets besides what the server adds to it (Status,
//! State, Operations) are instance templates of the tree; which operations a device offers is said with
//! `Instance::with("Download/<x>/Operations/DownloadInstall")`.
//!
//! ```
//! use omadm_tree::Tree;
//! use omadm_tree::mo::{ComponentState, SCOMO_1_0, ScomoView};
//!
//! let mut tree = Tree::builder().mo(SCOMO_1_0.instance("./SCOMO").complete()).build()?;
//! SCOMO_1_0
//!     .entry("Inventory/Deployed/<x>", "./SCOMO/Inventory/Deployed/c1")
//!     .fill("ID", "browser")
//!     .fill("Version", "4.0")
//!     .fill("State", ComponentState::ACTIVE)
//!     .put_into(&mut tree)?;
//! let component = ScomoView::find(&tree).and_then(|scomo| scomo.deployed().next()).ok_or("no component")?;
//! assert_eq!(component.read(ScomoView::ID), Some("browser"));
//! assert_eq!(component.read(ScomoView::COMPONENT_STATE), Some(ComponentState::ACTIVE));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Our profile for integrity stands below `Ext/XRem` of a package \[mo 5.7\]: the sheet says "below the FUMO or SCOMO object's
//! Ext"; chosen: that of the package, because an object of SCOMO holds many.
//!
//! Occurrence and access are those of the one full description that was seen; InstallParams and EnvType below Download, and
//! Reboot of 1.1 are not certain. Operations are leaves of format `null`; a check accepts `chr` and `node`.

use omadm_proto::wire_codes;

use super::moi;
use super::view::{Key, MoView, leaf_codes, typed_view};
use crate::node::NodeRef;

mod report;
mod table;

pub use report::ScomoReport;
pub use table::{SCOMO_1_0, SCOMO_1_1, SCOMO_XREM_ROWS};

wire_codes! {
    /// Status of an entry of Download.
    DownloadStatus;
    10 IDLE "idle",
    20 DOWNLOAD_FAILED "download failed",
    30 DOWNLOAD_PROGRESSING "download progressing",
    40 DOWNLOAD_COMPLETE "download complete",
    50 INSTALL_PROGRESSING "install progressing",
    60 INSTALL_FAILED_WITH_DATA "install failed, data kept",
    70 INSTALL_FAILED_NO_DATA "install failed, data gone",
}

wire_codes! {
    /// Status of an entry of Inventory/Delivered.
    DeliveredStatus;
    10 IDLE "idle",
    20 REMOVE_FAILED "remove failed",
    30 REMOVE_PROGRESSING "remove progressing",
    40 INSTALL_PROGRESSING "install progressing",
    50 INSTALL_FAILED_WITH_DATA "install failed, data kept",
    60 INSTALL_FAILED_NO_DATA "install failed, data gone",
}

wire_codes! {
    /// Status of an entry of Inventory/Deployed.
    DeployedStatus;
    10 IDLE "idle",
    20 REMOVE_FAILED "remove failed",
    30 REMOVE_PROGRESSING "remove progressing",
    40 ACTIVATE_FAILED "activate failed",
    50 ACTIVATE_PROGRESSING "activate progressing",
    60 DEACTIVATE_FAILED "deactivate failed",
    70 DEACTIVATE_PROGRESSING "deactivate progressing",
}

wire_codes! {
    /// State of an entry of Inventory/Delivered.
    PackageState;
    10 DELIVERED "delivered",
    20 INSTALLED "installed",
}

wire_codes! {
    /// State of an entry of Inventory/Deployed.
    ComponentState;
    10 INACTIVE "inactive",
    20 ACTIVE "active",
}

wire_codes! {
    /// The result code in the alert that reports an operation.
    ScomoResult;
    1200 SUCCESS "success",
    1400 CLIENT_ERROR "client error",
    1401 USER_CANCELLED "user cancelled",
    1402 DOWNLOAD_FAILED "download failed",
    1403 DOWNLOAD_AUTHENTICATION "alternate download: authentication failed",
    1404 DOWNLOAD_MEMORY "download failed, out of memory",
    1405 INSTALL_FAILED "install failed",
    1406 INSTALL_MEMORY "install failed, out of memory",
    1407 NOT_AUTHENTIC "package validation failed",
    1408 REMOVE_FAILED "remove failed",
    1409 ACTIVATE_FAILED "activate failed",
    1410 DEACTIVATE_FAILED "deactivate failed",
    1411 NOT_IMPLEMENTED "not implemented",
    1412 UNDEFINED "undefined error",
    1413 ENVIRONMENT_NOT_SUPPORTED "rejected, target environment type not supported",
    1500 DOWNLOAD_SERVER "alternate download server error",
    1501 DOWNLOAD_UNAVAILABLE "alternate download server unavailable",
}

leaf_codes!(DownloadStatus, DeliveredStatus, DeployedStatus, PackageState, ComponentState);
super::results!(ScomoResult);

/// An operation of SCOMO.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_enums, reason = "the operations of the standard")]
pub enum ScomoOperation {
    /// Fetch the package of an entry of Download.
    Download,
    /// Fetch, install and activate.
    DownloadInstall,
    /// Fetch and install.
    DownloadInstallInactive,
    /// Install and activate an entry of Delivered.
    Install,
    /// Install an entry of Delivered.
    InstallInactive,
    /// Remove an entry of Delivered with its package; the components stay.
    RemovePackage,
    /// Activate an entry of Deployed.
    Activate,
    /// Deactivate an entry of Deployed.
    Deactivate,
    /// Remove an entry of Deployed.
    RemoveComponent,
}

typed_view! {
    /// A SCOMO object in a tree.
    ScomoView: [moi::SCOMO_1_1, moi::SCOMO_1_0]
}

impl<'t> ScomoView<'t> {
    /// PkgID of a package.
    pub const PKG_ID: Key<str> = Key::new("PkgID");
    /// PkgURL of an entry of Download.
    pub const PKG_URL: Key<str> = Key::new("PkgURL");
    /// InstallParams of a package.
    pub const INSTALL_PARAMS: Key<str> = Key::new("InstallParams");
    /// PkgType of a package.
    pub const PKG_TYPE: Key<str> = Key::new("PkgType");
    /// Data of an entry of Delivered.
    pub const DATA: Key<[u8]> = Key::new("Data");
    /// Ext/XRem/Sha256 of a package: the digest of its bytes; present means that it must be verified.
    pub const SHA256: Key<str> = Key::new("Ext/XRem/Sha256");
    /// Ext/XRem/Signature of a package.
    pub const SIGNATURE: Key<[u8]> = Key::new("Ext/XRem/Signature");
    /// ID of a component.
    pub const ID: Key<str> = Key::new("ID");
    /// PkgIDRef of a component: the package it came from.
    pub const PKG_ID_REF: Key<str> = Key::new("PkgIDRef");
    /// Version of a component.
    pub const VERSION: Key<str> = Key::new("Version");
    /// Name of any entry.
    pub const NAME: Key<str> = Key::new("Name");
    /// Description of any entry.
    pub const DESCRIPTION: Key<str> = Key::new("Description");
    /// EnvType of any entry.
    pub const ENV_TYPE: Key<str> = Key::new("EnvType");
    /// Status of an entry of Download.
    pub const DOWNLOAD_STATUS: Key<DownloadStatus> = Key::new("Status");
    /// Status of an entry of Delivered.
    pub const DELIVERED_STATUS: Key<DeliveredStatus> = Key::new("Status");
    /// Status of an entry of Deployed.
    pub const DEPLOYED_STATUS: Key<DeployedStatus> = Key::new("Status");
    /// State of an entry of Delivered.
    pub const PACKAGE_STATE: Key<PackageState> = Key::new("State");
    /// State of an entry of Deployed.
    pub const COMPONENT_STATE: Key<ComponentState> = Key::new("State");

    /// The packages to be fetched.
    #[must_use]
    pub fn downloads(self) -> impl DoubleEndedIterator<Item = MoView<'t>> + use<'t> {
        self.entries("Download")
    }

    /// The packages on the device.
    #[must_use]
    pub fn delivered(self) -> impl DoubleEndedIterator<Item = MoView<'t>> + use<'t> {
        self.entries("Inventory/Delivered")
    }

    /// The installed components.
    #[must_use]
    pub fn deployed(self) -> impl DoubleEndedIterator<Item = MoView<'t>> + use<'t> {
        self.entries("Inventory/Deployed")
    }

    /// What an Exec on `node` starts, and for which entry.
    #[must_use]
    pub fn operation(self, node: NodeRef<'t>) -> Option<(ScomoOperation, MoView<'t>)> {
        let operation = match self.names_to(node)?.as_slice() {
            ["Download", _, "Operations", "Download"] => ScomoOperation::Download,
            ["Download", _, "Operations", "DownloadInstall"] => ScomoOperation::DownloadInstall,
            ["Download", _, "Operations", "DownloadInstallInactive"] => ScomoOperation::DownloadInstallInactive,
            ["Inventory", "Delivered", _, "Operations", "Install"] => ScomoOperation::Install,
            ["Inventory", "Delivered", _, "Operations", "InstallInactive"] => ScomoOperation::InstallInactive,
            ["Inventory", "Delivered", _, "Operations", "Remove"] => ScomoOperation::RemovePackage,
            ["Inventory", "Deployed", _, "Operations", "Activate"] => ScomoOperation::Activate,
            // The second is how one implementation spells it.
            ["Inventory", "Deployed", _, "Operations", "Deactivate" | "Deactive"] => ScomoOperation::Deactivate,
            ["Inventory", "Deployed", _, "Operations", "Remove"] => ScomoOperation::RemoveComponent,
            _ => return None,
        };
        Some((operation, MoView::at(node.parent()?.parent()?)))
    }
}
