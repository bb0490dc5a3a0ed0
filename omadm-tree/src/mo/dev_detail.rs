//! DevDetail, `./DevDetail`: versions and limits of the device \[dm 11.2, mo 3\]. All permanent, Get only.
//!
//! `Ext/XRem` is our own: which of two firmware slots runs, and the digest of its image, so that a server can verify an
//! upgrade by what the device says it runs.

use alloc::string::{String, ToString as _};

use omadm_proto::message::Format;

use crate::builder::{ManagementObject, TreeBuilder};
use crate::node::{AccessType, NodeSpec};
use crate::value::LeafValue;

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
    pub const MOI: &'static str = "urn:oma:mo:oma-dm-devdetail:1.0";

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
        let interior = || NodeSpec::interior().access(AccessType::GET).permanent();
        tree.put(Self::ROOT, interior().mo(Self::MOI));
        for uri in ["./DevDetail/URI", "./DevDetail/Ext", "./DevDetail/Ext/XRem"] {
            tree.put(uri, interior());
        }
        // The limits are chr although they are numbers [mo 3].
        let leaves: [(&str, LeafValue); 11] = [
            ("./DevDetail/URI/MaxDepth", self.max_depth.to_string().into()),
            ("./DevDetail/URI/MaxTotLen", self.max_tot_len.to_string().into()),
            ("./DevDetail/URI/MaxSegLen", self.max_seg_len.to_string().into()),
            ("./DevDetail/DevTyp", self.dev_typ.into()),
            ("./DevDetail/OEM", self.oem.into()),
            (Self::FW_V, self.fw.into()),
            ("./DevDetail/SwV", self.sw.into()),
            ("./DevDetail/HwV", self.hw.into()),
            ("./DevDetail/LrgObj", LeafValue::new(Format::Bool, self.large_objects.to_string())),
            (Self::ACTIVE_SLOT, self.active_slot.into()),
            (Self::ACTIVE_SHA256, self.active_sha256.into()),
        ];
        for (uri, value) in leaves {
            tree.put(uri, NodeSpec::value(value).access(AccessType::GET).permanent());
        }
    }
}
