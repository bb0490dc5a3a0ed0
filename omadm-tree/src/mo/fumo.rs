//! FUMO: the firmware update management object \[mo 5\], with our profile for integrity and deltas below `Ext/XRem` \[mo 5.7\].
//!
//! Which value State has when is the update machine's business; here are the nodes and their names.

use alloc::string::{String, ToString as _};
use core::fmt;

use omadm_proto::message::Format;

use crate::builder::{ManagementObject, TreeBuilder};
use crate::node::{AccessType, NodeRef, NodeSpec};
use crate::tree::Tree;
use crate::uri::NodeUri;

/// Builds a FUMO object: permanent, all standard children and those of the profile.
#[derive(Debug, Clone)]
pub struct Fumo {
    root: String,
    pkg_name: String,
    pkg_version: String,
}

/// The value of State \[mo 5.2\]; a number, so that private values survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct FumoState(u16);

/// A FUMO object in a tree.
#[derive(Clone, Copy)]
pub struct FumoView<'t> {
    root: NodeRef<'t>,
}

impl Fumo {
    /// The identifier of the management object.
    pub const MOI: &'static str = "urn:oma:mo:oma-fumo:1.0";

    /// The object at `root`, for example `./FUMO`.
    #[must_use]
    pub fn at(root: impl Into<String>) -> Self {
        Self { root: root.into(), pkg_name: String::new(), pkg_version: String::new() }
    }

    /// The same with PkgName.
    #[must_use]
    pub fn pkg_name(mut self, pkg_name: impl Into<String>) -> Self {
        self.pkg_name = pkg_name.into();
        self
    }

    /// The same with PkgVersion.
    #[must_use]
    pub fn pkg_version(mut self, pkg_version: impl Into<String>) -> Self {
        self.pkg_version = pkg_version.into();
        self
    }
}

impl ManagementObject for Fumo {
    fn build(self, tree: &mut TreeBuilder) {
        let interior = |access| NodeSpec::interior().access(access).permanent();
        let text = |value: &str| NodeSpec::leaf(Format::Chr, value).access(AccessType::GET_REPLACE).permanent();
        let operation = AccessType::EXEC | AccessType::GET;
        let binary = |access| {
            NodeSpec::leaf(Format::Bin, "").of_type("application/octet-stream").any_type().access(access).permanent()
        };
        let nodes = [
            ("", interior(AccessType::GET).mo(Self::MOI)),
            ("/PkgName", text(&self.pkg_name)),
            ("/PkgVersion", text(&self.pkg_version)),
            ("/Download", interior(operation)),
            ("/Download/PkgURL", text("")),
            ("/Update", interior(operation)),
            ("/Update/PkgData", binary(AccessType::REPLACE)),
            ("/DownloadAndUpdate", interior(operation)),
            ("/DownloadAndUpdate/PkgURL", text("")),
            ("/State", NodeSpec::value(FumoState::IDLE.0).access(AccessType::GET).permanent()),
            ("/Ext", interior(AccessType::GET)),
            ("/Ext/XRem", interior(AccessType::GET)),
            ("/Ext/XRem/Sha256", text("")),
            ("/Ext/XRem/TargetSha256", text("")),
            ("/Ext/XRem/DeltaFrom", text("")),
            ("/Ext/XRem/DeltaFormat", text("")),
            ("/Ext/XRem/Signature", binary(AccessType::GET_REPLACE)),
        ];
        for (below, spec) in nodes {
            tree.put(&alloc::format!("{}{below}", self.root), spec);
        }
    }
}

impl FumoState {
    /// 10: idle.
    pub const IDLE: Self = Self(10);
    /// 20: the download failed.
    pub const DOWNLOAD_FAILED: Self = Self(20);
    /// 30: downloading.
    pub const DOWNLOAD_PROGRESSING: Self = Self(30);
    /// 40: the download is complete.
    pub const DOWNLOAD_COMPLETE: Self = Self(40);
    /// 50: a package is there and can be applied.
    pub const READY_TO_UPDATE: Self = Self(50);
    /// 60: updating.
    pub const UPDATE_PROGRESSING: Self = Self(60);
    /// 70: the update failed, the package is still there.
    pub const UPDATE_FAILED_HAVE_DATA: Self = Self(70);
    /// 80: the update failed, the package is gone.
    pub const UPDATE_FAILED_NO_DATA: Self = Self(80);
    /// 90: updated, the package is still there.
    pub const UPDATE_SUCCESSFUL_HAVE_DATA: Self = Self(90);
    /// 100: updated, the package is gone.
    pub const UPDATE_SUCCESSFUL_NO_DATA: Self = Self(100);

    /// The state numbered `number`.
    #[must_use]
    pub const fn from_u16(number: u16) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn as_u16(self) -> u16 {
        self.0
    }

    /// Whether an update has ended, well or not \[mo 5.2\].
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self.0, 20 | 70 | 80 | 90 | 100)
    }
}

impl<'t> FumoView<'t> {
    /// The FUMO objects of `tree`, found by their identifier \[mo 1.3\].
    pub fn all(tree: &'t Tree) -> impl Iterator<Item = Self> + use<'t> {
        tree.with_type(Fumo::MOI).map(|root| Self { root })
    }

    /// The first FUMO object of `tree`.
    #[must_use]
    pub fn find(tree: &'t Tree) -> Option<Self> {
        Self::all(tree).next()
    }

    /// The object that `node` is or lies in: what an Exec on one of its operations means.
    #[must_use]
    pub fn around(node: NodeRef<'t>) -> Option<Self> {
        let mut at = node;
        while at.type_name() != Fumo::MOI || !at.is_interior() {
            at = at.parent()?;
        }
        Some(Self { root: at })
    }

    /// The address of the object: the Source of its alerts.
    #[must_use]
    pub fn uri(self) -> NodeUri {
        self.root.uri()
    }

    /// The address of `below` as text for [`Tree::set`], for example `State` or `Ext/XRem/Sha256`.
    #[must_use]
    pub fn path(self, below: &str) -> String {
        let mut path = self.uri().to_string();
        path.push('/');
        path.push_str(below);
        path
    }

    /// The node `below` the object, for example `Download/PkgURL`.
    #[must_use]
    pub fn node(self, below: &str) -> Option<NodeRef<'t>> {
        below.split('/').try_fold(self.root, NodeRef::child)
    }

    /// State.
    #[must_use]
    pub fn state(self) -> Option<FumoState> {
        self.text("State")?.parse().ok().map(FumoState)
    }

    /// PkgName; `None` when empty, as with all texts here.
    #[must_use]
    pub fn pkg_name(self) -> Option<&'t str> {
        self.text("PkgName")
    }

    /// PkgVersion.
    #[must_use]
    pub fn pkg_version(self) -> Option<&'t str> {
        self.text("PkgVersion")
    }

    /// Download/PkgURL.
    #[must_use]
    pub fn download_url(self) -> Option<&'t str> {
        self.text("Download/PkgURL")
    }

    /// DownloadAndUpdate/PkgURL.
    #[must_use]
    pub fn download_and_update_url(self) -> Option<&'t str> {
        self.text("DownloadAndUpdate/PkgURL")
    }

    /// Update/PkgData.
    #[must_use]
    pub fn pkg_data(self) -> Option<&'t [u8]> {
        self.filled("Update/PkgData")
    }

    /// Ext/XRem/Sha256: the digest of the package; present means that it must be verified.
    #[must_use]
    pub fn sha256(self) -> Option<&'t str> {
        self.text("Ext/XRem/Sha256")
    }

    /// Ext/XRem/TargetSha256: the digest of the complete image.
    #[must_use]
    pub fn target_sha256(self) -> Option<&'t str> {
        self.text("Ext/XRem/TargetSha256")
    }

    /// Ext/XRem/DeltaFrom: the digest of the image that the delta applies to.
    #[must_use]
    pub fn delta_from(self) -> Option<&'t str> {
        self.text("Ext/XRem/DeltaFrom")
    }

    /// Ext/XRem/DeltaFormat.
    #[must_use]
    pub fn delta_format(self) -> Option<&'t str> {
        self.text("Ext/XRem/DeltaFormat")
    }

    /// Ext/XRem/Signature.
    #[must_use]
    pub fn signature(self) -> Option<&'t [u8]> {
        self.filled("Ext/XRem/Signature")
    }

    fn text(self, below: &str) -> Option<&'t str> {
        self.node(below)?.text().filter(|text| !text.is_empty())
    }

    fn filled(self, below: &str) -> Option<&'t [u8]> {
        self.node(below)?.value().filter(|value| !value.is_empty())
    }
}

impl fmt::Display for FumoState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for FumoView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FumoView({})", self.uri())
    }
}
