//! Device descriptions: what a device's tree may look like \[dm 10.1, 10.2\].
//!
//! A [`Ddf`] is read from XML or WBXML and written to either; reading it again gives the same. The strict profile takes what
//! the DTD `dm_ddf-v1_2` takes, the lenient one also what real descriptions look like, and lists what it forgave. Elements
//! in the namespace of Microsoft are the extensions of DDF v2 ([`microsoft`]); neither profile refuses a document for them.
//! Those of other namespaces are skipped.
//!
//! [`Description`] is what a tree keeps of descriptions to judge commands by them.
//!
//! Unspecified; chosen: `CaseSense` absent is `CS` \[dm 9.1\]. A Node that holds both a Value and Nodes keeps both.
//!
//! ```
//! # #[cfg(feature = "xml")]
//! # fn main() -> Result<(), omadm_tree::ddf::DdfError> {
//! use omadm_proto::exchange::Syntax;
//! use omadm_tree::ddf::{Ddf, LENIENT, Occurrence, STRICT};
//!
//! let document = br#"<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>Log</NodeName><DFProperties>
//!     <DFFormat><int/></DFFormat><AccessType><Get/></AccessType><Occurrence><ZeroOrN>1</ZeroOrN></Occurrence>
//!     <DFType><MIME>text/plain</MIME></DFType></DFProperties></Node></MgmtTree>"#;
//! let read = Ddf::parse(Syntax::Xml, document, &LENIENT)?;
//! let df = read.ddf.nodes[0].df.as_ref().expect("it has DFProperties");
//! assert_eq!(df.occurrence, Some(Occurrence::ZeroOrN(Some(1))));
//! let forgiven: Vec<_> = read.deviations.as_slice().iter().map(|deviation| deviation.kind.to_string()).collect();
//! assert_eq!(forgiven, ["AccessType stands too late in its parent", "ZeroOrN does not hold a valid value"]);
//!
//! let refused = Ddf::parse(Syntax::Xml, document, &STRICT).unwrap_err();
//! assert_eq!(refused.position.map(|at| at.to_string()).as_deref(), Some("line 2, column 32"));
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "xml"))]
//! # fn main() {}
//! ```

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use omadm_proto::deviation::{Deviations, Profile};
use omadm_proto::limits::Limits;
use omadm_proto::reading::Reading;

mod description;
mod error;
mod judge;
pub mod microsoft;
mod properties;
mod read;
mod write;

pub use description::{DescribeError, Description};
pub use error::{DdfError, Position};
pub use properties::{DfProperties, NodeType, Occurrence, RtProperties, VerDtd};

/// Limits for descriptions, which are larger than messages: 16 MiB, and 262144 nodes, MIME types and extensions together.
pub const LIMITS: Limits = {
    let mut limits = Limits::DEFAULT;
    limits.message_bytes = 16 << 20;
    limits.pieces = 1 << 18;
    limits
};

/// Takes what real descriptions look like, within [`LIMITS`].
pub const LENIENT: Reading = Reading::new(Profile::Lenient, LIMITS);

/// Takes what the DTD takes, within [`LIMITS`].
pub const STRICT: Reading = Reading::new(Profile::Strict, LIMITS);

/// How deep nodes may be nested, whatever the limits say. Real descriptions need 10, URIs have at most 32 names.
pub const MAX_NESTING: usize = 64;

/// A device description: a `MgmtTree` document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Ddf {
    /// The version of the DTD.
    pub ver_dtd: VerDtd,
    /// Man: who made the device.
    pub man: Option<String>,
    /// Mod: which model it is.
    pub model: Option<String>,
    /// Microsoft's `Diagnostics` is there; nothing is known about what it holds.
    pub diagnostics: bool,
    /// The Nodes at the top.
    pub nodes: Vec<Node>,
}

/// A Node of a description.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Node {
    /// NodeName; empty where the name is chosen when the node is created. `None` only where the document lacks the element.
    pub name: Option<String>,
    /// Path: the URI of the parent. Without it the parent is the Node around this one.
    pub path: Option<String>,
    /// The properties at run time.
    pub rt: Option<RtProperties>,
    /// The properties in the description.
    pub df: Option<DfProperties>,
    /// The value at run time.
    pub value: Option<String>,
    /// The nodes below.
    pub children: Vec<Self>,
}

/// A description as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadDdf {
    /// What it says.
    pub ddf: Ddf,
    /// What was forgiven, with the byte offsets.
    pub deviations: Deviations,
}

impl Ddf {
    /// A description of `nodes`, in version 1.2.
    #[must_use]
    pub fn new(nodes: Vec<Node>) -> Self {
        Self { nodes, ..Self::default() }
    }

    /// The same without Microsoft's extensions, which WBXML cannot carry.
    #[must_use]
    pub fn without_microsoft(mut self) -> Self {
        self.diagnostics = false;
        let mut waiting: Vec<&mut Node> = self.nodes.iter_mut().collect();
        while let Some(node) = waiting.pop() {
            if let Some(df) = &mut node.df {
                df.microsoft = None;
            }
            waiting.extend(node.children.iter_mut());
        }
        self
    }
}

impl Node {
    /// A node called `name`.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }

    /// A node whose name is chosen when it is created: `<x>`.
    #[must_use]
    pub fn unnamed() -> Self {
        Self::new("")
    }

    /// The same below `path`.
    #[must_use]
    pub fn below(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// The same with DFProperties.
    #[must_use]
    pub fn with(mut self, df: DfProperties) -> Self {
        self.df = Some(df);
        self
    }

    /// The same with one more node below.
    #[must_use]
    pub fn child(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    /// Whether its name is chosen when it is created.
    #[must_use]
    pub fn is_unnamed(&self) -> bool {
        self.name.as_deref().unwrap_or_default().is_empty()
    }
}

/// The value is told by its length: serialized trees are such documents, too.
impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("name", &self.name)
            .field("path", &self.path)
            .field("rt", &self.rt)
            .field("df", &self.df)
            .field("value_bytes", &self.value.as_ref().map(String::len))
            .field("children", &self.children)
            .finish()
    }
}
