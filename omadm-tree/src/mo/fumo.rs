//! FUMO: the firmware update management object \[mo 5\], with our profile for integrity and deltas below `Ext/XRem` \[mo 5.7\].
//!
//! Which value State has when is the update machine's business; here are the nodes and their names.

use alloc::string::String;

use omadm_proto::message::Format::{Bin, Chr, Int, Node};
use omadm_proto::wire_codes;

use super::moi;
use super::table::Certainty::House;
use super::table::{G, GE, GR, NodeRow, ObjectTable, R};
use super::view::{Key, leaf_codes, typed_view};
use crate::builder::{ManagementObject, TreeBuilder};
use crate::ddf::Occurrence::{One, ZeroOrMore, ZeroOrOne};
use crate::node::AccessType;

/// The nodes of FUMO, with ours below Ext/XRem.
pub const FUMO: ObjectTable<'_> = ObjectTable::new("FUMO", moi::FUMO, &[FUMO_ROWS, FUMO_XREM_ROWS]);

/// The rows of the standard. The printed text calls Download and Update `chr`; they are interior nodes \[mo 14\].
pub const FUMO_ROWS: &[NodeRow<'_>] = &[
    NodeRow::fixed("", Node, G, ZeroOrMore).about("One firmware package"),
    NodeRow::fixed("PkgName", Chr, G, ZeroOrOne).about("Name of the package"),
    NodeRow::fixed("PkgVersion", Chr, G, ZeroOrOne).about("Version of the package"),
    NodeRow::fixed("Download", Node, GE, ZeroOrOne).about("Exec downloads"),
    NodeRow::fixed("Download/PkgURL", Chr, GR, One).about("URL of the package or of a descriptor"),
    NodeRow::fixed("Update", Node, GE, ZeroOrOne).about("Exec updates"),
    NodeRow::fixed("Update/PkgData", Bin, R, ZeroOrOne).about("The package, delivered in the session"),
    NodeRow::fixed("DownloadAndUpdate", Node, GE, ZeroOrOne).about("Exec downloads and updates as soon as practical"),
    NodeRow::fixed("DownloadAndUpdate/PkgURL", Chr, GR, One).about("URL of the package or of a descriptor"),
    NodeRow::fixed("State", Int, G, One).default("10").about("What is being done; 10 is idle"),
    NodeRow::fixed("Ext", Node, G, ZeroOrOne).open().about("Vendor extensions"),
];

/// The rows of our profile for integrity and deltas.
pub const FUMO_XREM_ROWS: &[NodeRow<'_>] = &[
    NodeRow::fixed("Ext/XRem", Node, G, ZeroOrOne).certainty(House),
    NodeRow::fixed("Ext/XRem/Sha256", Chr, GR, One).certainty(House).about("SHA-256 of the package, hexadecimal"),
    NodeRow::fixed("Ext/XRem/TargetSha256", Chr, GR, One).certainty(House).about("SHA-256 of the complete image"),
    NodeRow::fixed("Ext/XRem/DeltaFrom", Chr, GR, One)
        .certainty(House)
        .about("SHA-256 of the image the delta applies to"),
    NodeRow::fixed("Ext/XRem/DeltaFormat", Chr, GR, One).certainty(House).about("bsdiff4"),
    NodeRow::fixed("Ext/XRem/Signature", Bin, GR, One)
        .certainty(House)
        .about("Signature of version and complete image"),
];

/// Builds a FUMO object: permanent, all standard children and those of the profile.
#[derive(Debug, Clone)]
pub struct Fumo {
    root: String,
    pkg_name: String,
    pkg_version: String,
}

wire_codes! {
    /// The value of State \[mo 5.2\]; a number, so that private values survive.
    FumoState;
    10 IDLE "idle",
    20 DOWNLOAD_FAILED "download failed",
    30 DOWNLOAD_PROGRESSING "download progressing",
    40 DOWNLOAD_COMPLETE "download complete",
    50 READY_TO_UPDATE "ready to update",
    60 UPDATE_PROGRESSING "update progressing",
    70 UPDATE_FAILED_HAVE_DATA "update failed, have data",
    80 UPDATE_FAILED_NO_DATA "update failed, no data",
    90 UPDATE_SUCCESSFUL_HAVE_DATA "update successful, have data",
    100 UPDATE_SUCCESSFUL_NO_DATA "update successful, no data",
}

leaf_codes!(FumoState);

typed_view! {
    /// A FUMO object in a tree.
    FumoView: [moi::FUMO]
}

impl Fumo {
    /// The identifier of the management object.
    pub const MOI: &'static str = moi::FUMO;

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
        FUMO.instance(&self.root)
            .complete()
            .fill("PkgName", self.pkg_name)
            .fill("PkgVersion", self.pkg_version)
            .grant("PkgName", AccessType::REPLACE)
            .grant("PkgVersion", AccessType::REPLACE)
            .build(tree);
    }
}

impl FumoState {
    /// Whether an update has ended, well or not \[mo 5.2\].
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self.0, 20 | 70 | 80 | 90 | 100)
    }
}

impl<'t> FumoView<'t> {
    /// State.
    pub const STATE: Key<FumoState> = Key::new("State");
    /// PkgName.
    pub const PKG_NAME: Key<str> = Key::new("PkgName");
    /// PkgVersion.
    pub const PKG_VERSION: Key<str> = Key::new("PkgVersion");
    /// Download/PkgURL.
    pub const DOWNLOAD_URL: Key<str> = Key::new("Download/PkgURL");
    /// DownloadAndUpdate/PkgURL.
    pub const DOWNLOAD_AND_UPDATE_URL: Key<str> = Key::new("DownloadAndUpdate/PkgURL");
    /// Update/PkgData.
    pub const PKG_DATA: Key<[u8]> = Key::new("Update/PkgData");
    /// Ext/XRem/Sha256: the digest of the package; present means that it must be verified.
    pub const SHA256: Key<str> = Key::new("Ext/XRem/Sha256");
    /// Ext/XRem/TargetSha256: the digest of the complete image.
    pub const TARGET_SHA256: Key<str> = Key::new("Ext/XRem/TargetSha256");
    /// Ext/XRem/DeltaFrom: the digest of the image that the delta applies to.
    pub const DELTA_FROM: Key<str> = Key::new("Ext/XRem/DeltaFrom");
    /// Ext/XRem/DeltaFormat.
    pub const DELTA_FORMAT: Key<str> = Key::new("Ext/XRem/DeltaFormat");
    /// Ext/XRem/Signature.
    pub const SIGNATURE: Key<[u8]> = Key::new("Ext/XRem/Signature");

    /// State.
    #[must_use]
    pub fn state(self) -> Option<FumoState> {
        self.read(Self::STATE)
    }

    /// PkgName; `None` when empty, as with all texts here.
    #[must_use]
    pub fn pkg_name(self) -> Option<&'t str> {
        self.0.text(Self::PKG_NAME)
    }

    /// PkgVersion.
    #[must_use]
    pub fn pkg_version(self) -> Option<&'t str> {
        self.0.text(Self::PKG_VERSION)
    }

    /// Download/PkgURL.
    #[must_use]
    pub fn download_url(self) -> Option<&'t str> {
        self.0.text(Self::DOWNLOAD_URL)
    }

    /// DownloadAndUpdate/PkgURL.
    #[must_use]
    pub fn download_and_update_url(self) -> Option<&'t str> {
        self.0.text(Self::DOWNLOAD_AND_UPDATE_URL)
    }

    /// Update/PkgData.
    #[must_use]
    pub fn pkg_data(self) -> Option<&'t [u8]> {
        self.0.filled(Self::PKG_DATA)
    }

    /// Ext/XRem/Sha256: the digest of the package; present means that it must be verified.
    #[must_use]
    pub fn sha256(self) -> Option<&'t str> {
        self.0.text(Self::SHA256)
    }

    /// Ext/XRem/TargetSha256: the digest of the complete image.
    #[must_use]
    pub fn target_sha256(self) -> Option<&'t str> {
        self.0.text(Self::TARGET_SHA256)
    }

    /// Ext/XRem/DeltaFrom: the digest of the image that the delta applies to.
    #[must_use]
    pub fn delta_from(self) -> Option<&'t str> {
        self.0.text(Self::DELTA_FROM)
    }

    /// Ext/XRem/DeltaFormat.
    #[must_use]
    pub fn delta_format(self) -> Option<&'t str> {
        self.0.text(Self::DELTA_FORMAT)
    }

    /// Ext/XRem/Signature.
    #[must_use]
    pub fn signature(self) -> Option<&'t [u8]> {
        self.0.filled(Self::SIGNATURE)
    }
}
