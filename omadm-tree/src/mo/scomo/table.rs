//! The nodes of SCOMO \[mo 7.1\]. What servers do not add is permanent, and dynamic below an entry: unspecified; chosen because
//! a device has its own nodes for good and an entry goes as a whole.

use omadm_proto::message::Format::{Bin, Chr, Int, Node, Null};

use crate::ddf::Occurrence::{One, ZeroOrMore, ZeroOrOne};
use crate::mo::moi;
use crate::mo::table::Certainty::{House, Known, Unsure};
use crate::mo::table::{ADGR, AGR, AR, E, G, GR, NodeRow, ObjectTable};

/// The nodes of SCOMO 1.0, with ours below Ext/XRem.
pub const SCOMO_1_0: ObjectTable<'_> = ObjectTable::new("SCOMO", moi::SCOMO_1_0, &[ROWS, SCOMO_XREM_ROWS]);

/// The nodes of SCOMO 1.1: those of 1.0 and Reboot.
pub const SCOMO_1_1: ObjectTable<'_> = ObjectTable::new("SCOMO", moi::SCOMO_1_1, &[ROWS, SCOMO_XREM_ROWS, ROWS_1_1]);

const ROWS: &[NodeRow<'_>] = &[
    NodeRow::fixed("", Node, G, One).about("Software components"),
    NodeRow::fixed("Download", Node, G, One).about("Packages ready for download, or on their way"),
    NodeRow::new("Download/<x>", Node, ADGR, ZeroOrMore).about("One delivery package"),
    NodeRow::new("Download/<x>/PkgID", Chr, AGR, One),
    NodeRow::new("Download/<x>/Name", Chr, AGR, ZeroOrOne),
    NodeRow::new("Download/<x>/PkgURL", Chr, AGR, ZeroOrOne)
        .certainty(Unsure)
        .about("URL of the package or of a descriptor; perhaps it must be there"),
    NodeRow::new("Download/<x>/InstallParams", Chr, AGR, ZeroOrOne)
        .certainty(Unsure)
        .about("For DownloadInstall and DownloadInstallInactive; access not seen"),
    NodeRow::new("Download/<x>/Description", Chr, AGR, ZeroOrOne),
    status("Download/<x>/Status"),
    NodeRow::new("Download/<x>/EnvType", Chr, AGR, ZeroOrOne)
        .certainty(Unsure)
        .about("Execution environment; access not seen"),
    NodeRow::new("Download/<x>/PkgType", Chr, AGR, ZeroOrOne).about("Content type of the package"),
    NodeRow::new("Download/<x>/Operations", Node, G, One),
    operation("Download/<x>/Operations/Download").about("Fetch; into Delivered"),
    operation("Download/<x>/Operations/DownloadInstall").about("Fetch and install; into Deployed, active"),
    operation("Download/<x>/Operations/DownloadInstallInactive").about("Fetch and install; into Deployed, inactive"),
    vendor("Download/<x>/Operations/Ext"),
    vendor("Download/<x>/Ext"),
    NodeRow::fixed("Inventory", Node, G, One),
    NodeRow::fixed("Inventory/Delivered", Node, G, One).about("Packages on the device"),
    NodeRow::new("Inventory/Delivered/<x>", Node, ADGR, ZeroOrMore)
        .about("One package; a server may create it with its data"),
    NodeRow::new("Inventory/Delivered/<x>/PkgID", Chr, AGR, One),
    NodeRow::new("Inventory/Delivered/<x>/Data", Bin, AR, ZeroOrOne).about("The package itself, for direct delivery"),
    NodeRow::new("Inventory/Delivered/<x>/Name", Chr, AGR, ZeroOrOne),
    NodeRow::new("Inventory/Delivered/<x>/Description", Chr, AGR, ZeroOrOne),
    NodeRow::new("Inventory/Delivered/<x>/PkgType", Chr, AGR, ZeroOrOne),
    NodeRow::new("Inventory/Delivered/<x>/InstallParams", Chr, AGR, ZeroOrOne),
    NodeRow::new("Inventory/Delivered/<x>/EnvType", Chr, AGR, ZeroOrOne),
    state("Inventory/Delivered/<x>/State").about("10 delivered, 20 installed"),
    status("Inventory/Delivered/<x>/Status"),
    NodeRow::new("Inventory/Delivered/<x>/Operations", Node, G, One).certainty(Unsure).about("Occurrence not seen"),
    operation("Inventory/Delivered/<x>/Operations/Install"),
    operation("Inventory/Delivered/<x>/Operations/InstallInactive"),
    operation("Inventory/Delivered/<x>/Operations/Remove"),
    vendor("Inventory/Delivered/<x>/Operations/Ext"),
    NodeRow::fixed("Inventory/Deployed", Node, G, One).about("Installed components"),
    NodeRow::new("Inventory/Deployed/<x>", Node, G, ZeroOrMore).about("One component, created by the device"),
    NodeRow::new("Inventory/Deployed/<x>/ID", Chr, G, One),
    NodeRow::new("Inventory/Deployed/<x>/PkgIDRef", Chr, G, ZeroOrOne).about("PkgID of the package that it came from"),
    NodeRow::new("Inventory/Deployed/<x>/Name", Chr, G, ZeroOrOne),
    NodeRow::new("Inventory/Deployed/<x>/Description", Chr, G, ZeroOrOne),
    NodeRow::new("Inventory/Deployed/<x>/Version", Chr, G, ZeroOrOne),
    state("Inventory/Deployed/<x>/State").about("10 inactive, 20 active"),
    status("Inventory/Deployed/<x>/Status"),
    NodeRow::new("Inventory/Deployed/<x>/EnvType", Chr, G, ZeroOrOne),
    NodeRow::new("Inventory/Deployed/<x>/Operations", Node, G, One).certainty(Unsure).about("Occurrence not seen"),
    operation("Inventory/Deployed/<x>/Operations/Activate"),
    operation("Inventory/Deployed/<x>/Operations/Deactivate"),
    operation("Inventory/Deployed/<x>/Operations/Remove"),
    vendor("Inventory/Deployed/<x>/Operations/Ext"),
    NodeRow::fixed("Ext", Node, G, ZeroOrOne).open(),
];

const ROWS_1_1: &[NodeRow<'_>] = &[NodeRow::new("Download/<x>/Reboot", Chr, AGR, ZeroOrOne)
    .certainty(Unsure)
    .about("When to reboot, before or after the installation; format, access and occurrence not seen")];

/// The rows of our profile for integrity, below each package.
pub const SCOMO_XREM_ROWS: &[NodeRow<'_>] = &[
    NodeRow::new("Download/<x>/Ext/XRem", Node, G, ZeroOrOne).certainty(House),
    digest("Download/<x>/Ext/XRem/Sha256"),
    signature("Download/<x>/Ext/XRem/Signature"),
    NodeRow::new("Inventory/Delivered/<x>/Ext", Node, G, ZeroOrOne).open().certainty(House),
    NodeRow::new("Inventory/Delivered/<x>/Ext/XRem", Node, G, ZeroOrOne).certainty(House),
    digest("Inventory/Delivered/<x>/Ext/XRem/Sha256"),
    signature("Inventory/Delivered/<x>/Ext/XRem/Signature"),
];

const fn digest(path: &str) -> NodeRow<'_> {
    NodeRow::new(path, Chr, GR, One).certainty(House).about("SHA-256 of the package, hexadecimal")
}

const fn signature(path: &str) -> NodeRow<'_> {
    NodeRow::new(path, Bin, GR, One).certainty(House).about("Signature of the package")
}

const fn status(path: &str) -> NodeRow<'_> {
    NodeRow::new(path, Int, G, One).also(&[Chr]).default("10").about("What is being done with it; 10 is idle")
}

const fn state(path: &str) -> NodeRow<'_> {
    NodeRow::new(path, Int, G, One).also(&[Chr]).default("10")
}

const fn operation(path: &str) -> NodeRow<'_> {
    NodeRow::new(path, Null, E, ZeroOrOne).also(&[Chr, Node])
}

const fn vendor(path: &str) -> NodeRow<'_> {
    NodeRow::new(path, Node, G, ZeroOrOne).open().certainty(Known)
}
