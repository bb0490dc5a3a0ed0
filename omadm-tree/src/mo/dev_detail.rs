//! DevDetail, `./DevDetail`: versions and limits of the device \[dm 11.2, mo 3\]. All permanent, Get only.
//!
//! `Ext/XRem` is our own: which of two firmware slots runs, and the digest of its image, so that a server can verify an
//! upgrade by what the device says it runs.

use alloc::string::String;

use omadm_proto::message::Format::{Bool, Chr, Int, Node};

use super::moi;
use super::table::Certainty::House;
use super::table::{G, NodeRow, ObjectTable};
use super::view::{Key, typed_view};
use crate::builder::{ManagementObject, TreeBuilder};
use crate::ddf::Occurrence::{One, ZeroOrOne};

/// The nodes of DevDetail in DM 1.2, with ours below Ext/XRem.
pub const DEV_DETAIL: ObjectTable<'_> = ObjectTable::new("DevDetail", moi::DEV_DETAIL_1_0, &[ROWS, XREM_ROWS]);

/// The same under the identifier of DM 1.3, whose own nodes, if there are any, were not seen \[mo 1.1\].
pub const DEV_DETAIL_1_1: ObjectTable<'_> = DEV_DETAIL.with_moi(moi::DEV_DETAIL_1_1);

const ROWS: &[NodeRow<'_>] = &[
    NodeRow::fixed("", Node, G, One).about("Versions and limits of the device"),
    NodeRow::fixed("Ext", Node, G, ZeroOrOne).open().about("The only place for extensions"),
    NodeRow::fixed("Bearer", Node, G, ZeroOrOne).open().about("What belongs to bearers"),
    NodeRow::fixed("URI", Node, G, One),
    limit("URI/MaxDepth").about("Most names in a URI; 0 is unlimited"),
    limit("URI/MaxTotLen").about("Most characters in a URI; 0 is unlimited"),
    limit("URI/MaxSegLen").about("Most characters in a name; 0 is unlimited"),
    NodeRow::fixed("DevTyp", Chr, G, One).about("Device type"),
    NodeRow::fixed("OEM", Chr, G, One),
    NodeRow::fixed("FwV", Chr, G, One).about("Firmware version"),
    NodeRow::fixed("SwV", Chr, G, One).about("Software version"),
    NodeRow::fixed("HwV", Chr, G, One).about("Hardware version"),
    NodeRow::fixed("LrgObj", Bool, G, One).about("Whether large objects are supported"),
];

const XREM_ROWS: &[NodeRow<'_>] = &[
    NodeRow::fixed("Ext/XRem", Node, G, ZeroOrOne).certainty(House),
    NodeRow::fixed("Ext/XRem/ActiveSlot", Int, G, One).certainty(House).about("The firmware slot that runs"),
    NodeRow::fixed("Ext/XRem/ActiveSha256", Chr, G, One)
        .certainty(House)
        .about("SHA-256 of the image in it, hexadecimal"),
];

/// Text although it is a number; some devices have int \[mo 3\].
const fn limit(path: &str) -> NodeRow<'_> {
    NodeRow::fixed(path, Chr, G, One).also(&[Int]).default("0").within(0, 65_535)
}

/// Builds `./DevDetail`.
#[derive(Debug, Clone)]
pub struct DevDetail {
    max_depth: u16,
    max_tot_len: u16,
    max_seg_len: u16,
    dev_typ: String,
    oem: String,
    fw: String,
    sw: String,
    hw: String,
    large_objects: bool,
    active_slot: u32,
    active_sha256: String,
}

impl DevDetail {
    /// The identifier of the management object.
    pub const MOI: &'static str = moi::DEV_DETAIL_1_0;

    /// Where it is.
    pub const ROOT: &'static str = "./DevDetail";

    /// FwV, the firmware version: what an upgrade changes.
    pub const FW_V: &'static str = "./DevDetail/FwV";

    /// The firmware slot that runs (house profile).
    pub const ACTIVE_SLOT: &'static str = "./DevDetail/Ext/XRem/ActiveSlot";

    /// The SHA-256 of the image in the slot that runs, 64 lower-case hexadecimal digits (house profile).
    pub const ACTIVE_SHA256: &'static str = "./DevDetail/Ext/XRem/ActiveSha256";

    /// Empty versions, slot 0, large objects supported, URIs of 32 names, 2048 characters, 255 a name.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            max_depth: 32,
            max_tot_len: 2048,
            max_seg_len: 255,
            dev_typ: String::new(),
            oem: String::new(),
            fw: String::new(),
            sw: String::new(),
            hw: String::new(),
            large_objects: true,
            active_slot: 0,
            active_sha256: String::new(),
        }
    }

    /// The same with the limits of URIs: names, characters, characters of a name; 0 stands for unlimited.
    #[must_use]
    pub const fn uri_limits(mut self, max_depth: u16, max_tot_len: u16, max_seg_len: u16) -> Self {
        self.max_depth = max_depth;
        self.max_tot_len = max_tot_len;
        self.max_seg_len = max_seg_len;
        self
    }

    /// The same with DevTyp.
    #[must_use]
    pub fn dev_typ(mut self, dev_typ: impl Into<String>) -> Self {
        self.dev_typ = dev_typ.into();
        self
    }

    /// The same with OEM.
    #[must_use]
    pub fn oem(mut self, oem: impl Into<String>) -> Self {
        self.oem = oem.into();
        self
    }

    /// The same with FwV.
    #[must_use]
    pub fn fw(mut self, version: impl Into<String>) -> Self {
        self.fw = version.into();
        self
    }

    /// The same with SwV.
    #[must_use]
    pub fn sw(mut self, version: impl Into<String>) -> Self {
        self.sw = version.into();
        self
    }

    /// The same with HwV.
    #[must_use]
    pub fn hw(mut self, version: impl Into<String>) -> Self {
        self.hw = version.into();
        self
    }

    /// The same with LrgObj.
    #[must_use]
    pub const fn large_objects(mut self, supported: bool) -> Self {
        self.large_objects = supported;
        self
    }

    /// The same with the firmware slot that runs and the digest of its image (house profile).
    #[must_use]
    pub fn active(mut self, slot: u32, sha256: impl Into<String>) -> Self {
        self.active_slot = slot;
        self.active_sha256 = sha256.into();
        self
    }
}

impl Default for DevDetail {
    fn default() -> Self {
        Self::new()
    }
}

impl ManagementObject for DevDetail {
    fn build(self, tree: &mut TreeBuilder) {
        DEV_DETAIL
            .instance(Self::ROOT)
            .fill("URI/MaxDepth", self.max_depth)
            .fill("URI/MaxTotLen", self.max_tot_len)
            .fill("URI/MaxSegLen", self.max_seg_len)
            .fill("DevTyp", self.dev_typ)
            .fill("OEM", self.oem)
            .fill("FwV", self.fw)
            .fill("SwV", self.sw)
            .fill("HwV", self.hw)
            .fill("LrgObj", self.large_objects)
            .fill("Ext/XRem/ActiveSlot", self.active_slot)
            .fill("Ext/XRem/ActiveSha256", self.active_sha256)
            .build(tree);
    }
}

typed_view! {
    /// DevDetail in a tree.
    DevDetailView: [moi::DEV_DETAIL_1_1, moi::DEV_DETAIL_1_0]
}

impl DevDetailView<'_> {
    /// URI/MaxDepth, 0 for unlimited.
    pub const MAX_DEPTH: Key<u32> = Key::new("URI/MaxDepth");
    /// URI/MaxTotLen, 0 for unlimited.
    pub const MAX_TOT_LEN: Key<u32> = Key::new("URI/MaxTotLen");
    /// URI/MaxSegLen, 0 for unlimited.
    pub const MAX_SEG_LEN: Key<u32> = Key::new("URI/MaxSegLen");
    /// DevTyp.
    pub const DEV_TYP: Key<str> = Key::new("DevTyp");
    /// OEM.
    pub const OEM: Key<str> = Key::new("OEM");
    /// FwV.
    pub const FW_V: Key<str> = Key::new("FwV");
    /// SwV.
    pub const SW_V: Key<str> = Key::new("SwV");
    /// HwV.
    pub const HW_V: Key<str> = Key::new("HwV");
    /// LrgObj.
    pub const LRG_OBJ: Key<bool> = Key::new("LrgObj");
    /// Ext/XRem/ActiveSlot (house profile).
    pub const ACTIVE_SLOT: Key<u32> = Key::new("Ext/XRem/ActiveSlot");
    /// Ext/XRem/ActiveSha256 (house profile).
    pub const ACTIVE_SHA256: Key<str> = Key::new("Ext/XRem/ActiveSha256");
}
