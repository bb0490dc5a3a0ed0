//! DevInfo, `./DevInfo`: who the device is \[dm 11.1, mo 2\]. All permanent, Get only; sent in package 1.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use omadm_proto::message::Format;
use omadm_proto::message::Format::{Chr, Node};

use super::moi;
use super::table::{G, NodeRow, ObjectTable};
use super::view::{Key, typed_view};
use crate::builder::{ManagementObject, TreeBuilder};
use crate::ddf::Occurrence::{One, ZeroOrOne};
use crate::tree::Tree;
use crate::uri::NodeUri;

/// The nodes of DevInfo in DM 1.2.
pub const DEV_INFO: ObjectTable<'_> = ObjectTable::new("DevInfo", moi::DEV_INFO_1_0, &[ROWS]);

/// The same under the identifier of DM 1.3, whose own nodes, if there are any, were not seen \[mo 1.1\].
pub const DEV_INFO_1_1: ObjectTable<'_> = DEV_INFO.with_moi(moi::DEV_INFO_1_1);

const ROWS: &[NodeRow<'_>] = &[
    NodeRow::fixed("", Node, G, One).about("Who the device is"),
    NodeRow::fixed("Ext", Node, G, ZeroOrOne).open().about("The only place for extensions"),
    NodeRow::fixed("Bearer", Node, G, ZeroOrOne).open().about("What belongs to bearers"),
    NodeRow::fixed("DevId", Chr, G, One).about("Unique identifier of the device, a URN"),
    NodeRow::fixed("Man", Chr, G, One).about("Manufacturer"),
    NodeRow::fixed("Mod", Chr, G, One).about("Model"),
    NodeRow::fixed("DmV", Chr, G, One).about("Version of the DM client"),
    NodeRow::fixed("Lang", Chr, G, One).about("Language tag"),
];

/// Builds `./DevInfo`.
#[derive(Debug, Clone)]
pub struct DevInfo {
    dev_id: String,
    man: String,
    model: String,
    dm_version: String,
    lang: String,
}

/// One node below `./DevInfo`, as package 1 tells it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DevInfoItem<'t> {
    /// The address.
    pub uri: NodeUri,
    /// Its Format, `node` for an interior node.
    pub format: Format,
    /// Its value, empty for an interior node.
    pub value: &'t [u8],
}

impl DevInfo {
    /// The identifier of the management object.
    pub const MOI: &'static str = moi::DEV_INFO_1_0;

    /// Where it is.
    pub const ROOT: &'static str = "./DevInfo";

    /// The device `dev_id`, a URN. Language `en-US` and client version `1.2.1` until something else is said.
    #[must_use]
    pub fn new(dev_id: impl Into<String>) -> Self {
        Self {
            dev_id: dev_id.into(),
            man: String::new(),
            model: String::new(),
            dm_version: String::from("1.2.1"),
            lang: String::from("en-US"),
        }
    }

    /// The same with Man, the manufacturer.
    #[must_use]
    pub fn man(mut self, man: impl Into<String>) -> Self {
        self.man = man.into();
        self
    }

    /// The same with Mod.
    #[must_use]
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.model = model.into();
        self
    }

    /// The same with DmV, the manufacturer's version of the DM client.
    #[must_use]
    pub fn dm_version(mut self, dm_version: impl Into<String>) -> Self {
        self.dm_version = dm_version.into();
        self
    }

    /// The same with Lang, a language tag.
    #[must_use]
    pub fn lang(mut self, lang: impl Into<String>) -> Self {
        self.lang = lang.into();
        self
    }

    /// Every node below `./DevInfo`, parents first: what the Replace of package 1 carries. Values that the device supplies
    /// live are those it supplied last.
    #[must_use]
    pub fn read(tree: &Tree) -> Vec<DevInfoItem<'_>> {
        let Some(root) = tree.find(Self::ROOT) else { return Vec::new() };
        root.subtree()
            .skip(1)
            .map(|node| DevInfoItem { uri: node.uri(), format: node.format(), value: node.value().unwrap_or_default() })
            .collect()
    }
}

impl ManagementObject for DevInfo {
    fn build(self, tree: &mut TreeBuilder) {
        DEV_INFO
            .instance(Self::ROOT)
            .fill("DevId", self.dev_id)
            .fill("Man", self.man)
            .fill("Mod", self.model)
            .fill("DmV", self.dm_version)
            .fill("Lang", self.lang)
            .build(tree);
    }
}

impl fmt::Debug for DevInfoItem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DevInfoItem({}, {}, {} bytes)", self.uri, self.format, self.value.len())
    }
}

typed_view! {
    /// DevInfo in a tree.
    DevInfoView: [moi::DEV_INFO_1_1, moi::DEV_INFO_1_0]
}

impl DevInfoView<'_> {
    /// DevId.
    pub const DEV_ID: Key<str> = Key::new("DevId");
    /// Man.
    pub const MAN: Key<str> = Key::new("Man");
    /// Mod.
    pub const MODEL: Key<str> = Key::new("Mod");
    /// DmV.
    pub const DM_V: Key<str> = Key::new("DmV");
    /// Lang.
    pub const LANG: Key<str> = Key::new("Lang");
}
