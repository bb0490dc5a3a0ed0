//! Our object for configuration files \[mission-matrix N1d\]: the standards have images of kind 3 on gateways \[gwmo 3.5\] and
//! no object for one file on a device. All of it is ours; the nodes follow the image inventory and FUMO.
//!
//! A server writes Name, Version and Sha256, delivers the file in Data or names its address in SrcURL, and executes
//! Operations/Apply. That is answered 202 and finished by an alert with one of the result codes of \[gwmo 5.9\]: 1200 applied,
//! 1203 it was in force already, 1420 to 1422 not fetched, 1423 another digest, 1400 not applied. Whatever went wrong, the file
//! under Active stays in force.

use alloc::string::String;

use omadm_proto::message::Format::{Bin, Chr, Int, Node, Null};
use omadm_proto::wire_codes;

use super::moi;
use super::table::Certainty::House;
use super::table::{E, G, GR, NodeRow, ObjectTable, R};
use super::view::{Key, leaf_codes, typed_view};
use crate::builder::{ManagementObject, TreeBuilder};
use crate::ddf::Occurrence::{One, ZeroOrMore};

/// The nodes of the object.
pub const CONFIG_FILE: ObjectTable<'_> = ObjectTable::new("ConfigFile", moi::CONFIG_FILE, &[CONFIG_FILE_ROWS]);

const CONFIG_FILE_ROWS: &[NodeRow<'_>] = &[
    NodeRow::fixed("", Node, G, ZeroOrMore).certainty(House).about("A configuration file"),
    NodeRow::fixed("Name", Chr, GR, One).certainty(House).about("Name of the file to be applied"),
    NodeRow::fixed("Version", Chr, GR, One).certainty(House).about("Its version"),
    NodeRow::fixed("Sha256", Chr, GR, One).certainty(House).about("Its SHA-256, hexadecimal"),
    NodeRow::fixed("Data", Bin, R, One).certainty(House).about("The file, delivered in the session"),
    NodeRow::fixed("SrcURL", Chr, GR, One).certainty(House).about("Or where it is fetched"),
    NodeRow::fixed("State", Int, G, One)
        .certainty(House)
        .default("10")
        .about("10 idle, 30 working, 40 failed, 50 applied"),
    NodeRow::fixed("Result", Int, G, One).certainty(House).default("0").about("Result code of the last Apply"),
    NodeRow::fixed("Operations", Node, G, One).certainty(House),
    NodeRow::fixed("Operations/Apply", Null, E, One).certainty(House).also(&[Chr, Node]),
    NodeRow::fixed("Active", Node, G, One).certainty(House).about("The file that is in force"),
    NodeRow::fixed("Active/Name", Chr, G, One).certainty(House),
    NodeRow::fixed("Active/Version", Chr, G, One).certainty(House),
    NodeRow::fixed("Active/Sha256", Chr, G, One).certainty(House),
    NodeRow::fixed("Ext", Node, G, One).certainty(House).open(),
];

/// Builds the object: permanent, with all children.
#[derive(Debug, Clone)]
pub struct ConfigFile {
    root: String,
}

wire_codes! {
    /// The value of State.
    ConfigFileState;
    10 IDLE "idle",
    30 WORKING "working",
    40 FAILED "failed",
    50 APPLIED "applied",
}

leaf_codes!(ConfigFileState);

typed_view! {
    /// An object for configuration files in a tree.
    ConfigFileView: [moi::CONFIG_FILE]
}

impl ConfigFile {
    /// The identifier of the management object.
    pub const MOI: &'static str = moi::CONFIG_FILE;
    /// The operation, below the root.
    pub const APPLY: &'static str = "Operations/Apply";

    /// The object at `root`, for example `./XRem/Config`.
    #[must_use]
    pub fn at(root: impl Into<String>) -> Self {
        Self { root: root.into() }
    }
}

impl ManagementObject for ConfigFile {
    fn build(self, tree: &mut TreeBuilder) {
        CONFIG_FILE.instance(&self.root).complete().build(tree);
    }
}

impl<'t> ConfigFileView<'t> {
    /// Name.
    pub const NAME: Key<str> = Key::new("Name");
    /// Version.
    pub const VERSION: Key<str> = Key::new("Version");
    /// Sha256.
    pub const SHA256: Key<str> = Key::new("Sha256");
    /// Data.
    pub const DATA: Key<[u8]> = Key::new("Data");
    /// SrcURL.
    pub const SRC_URL: Key<str> = Key::new("SrcURL");
    /// State.
    pub const STATE: Key<ConfigFileState> = Key::new("State");
    /// Result.
    pub const RESULT: Key<u32> = Key::new("Result");
    /// Active/Name.
    pub const ACTIVE_NAME: Key<str> = Key::new("Active/Name");
    /// Active/Version.
    pub const ACTIVE_VERSION: Key<str> = Key::new("Active/Version");
    /// Active/Sha256.
    pub const ACTIVE_SHA256: Key<str> = Key::new("Active/Sha256");

    /// Data; `None` when empty.
    #[must_use]
    pub fn data(self) -> Option<&'t [u8]> {
        self.0.filled(Self::DATA)
    }

    /// State.
    #[must_use]
    pub fn state(self) -> Option<ConfigFileState> {
        self.read(Self::STATE)
    }
}
