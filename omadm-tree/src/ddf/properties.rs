//! The properties of a Node in a description \[dm 10.1\].

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use omadm_proto::message::Format;

use super::microsoft::Extras;
use crate::node::{AccessType, CaseSense, Scope};

/// VerDTD: the version of the DTD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub enum VerDtd {
    /// `1.1`
    V1_1,
    /// `1.1.2`
    V1_1_2,
    /// `1.2`
    #[default]
    V1_2,
    /// `1.3`
    V1_3,
}

/// RTProperties: the properties that exist at run time. A text that is there, be it empty, says that the property is
/// supported; if it is not empty it is the default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RtProperties {
    /// ACL
    pub acl: Option<String>,
    /// Format
    pub format: Option<Format>,
    /// Name
    pub name: Option<String>,
    /// Size
    pub size: Option<String>,
    /// Title
    pub title: Option<String>,
    /// TStamp
    pub t_stamp: Option<String>,
    /// Type; it has one MIME type at most.
    pub node_type: Option<NodeType>,
    /// VerNo
    pub ver_no: Option<String>,
}

/// DFProperties: the properties that a node has in the description only. `None` is what the document does not say; the
/// functions give what then holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct DfProperties {
    /// AccessType
    pub access: Option<AccessType>,
    /// `DefaultValue`
    pub default_value: Option<String>,
    /// Description
    pub description: Option<String>,
    /// `DFFormat`
    pub format: Option<Format>,
    /// Occurrence
    pub occurrence: Option<Occurrence>,
    /// Scope
    pub scope: Option<Scope>,
    /// `DFTitle`
    pub title: Option<String>,
    /// `DFType`
    pub node_type: Option<NodeType>,
    /// `CaseSense`
    pub case_sense: Option<CaseSense>,
    /// Microsoft's extensions.
    pub microsoft: Option<Box<Extras>>,
}

/// Type and `DFType`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the DTD has these two")]
pub enum NodeType {
    /// The MIME types that a leaf may have. Real descriptions have an empty one where any is meant.
    Mime(Vec<String>),
    /// The management object identifier of an interior node; may be empty.
    DdfName(String),
}

/// Occurrence: how many nodes there may be beside each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[allow(clippy::exhaustive_enums, reason = "the DTD has these six")]
pub enum Occurrence {
    /// Exactly one.
    #[default]
    One,
    /// One or none.
    ZeroOrOne,
    /// Any number.
    ZeroOrMore,
    /// At least one.
    OneOrMore,
    /// At most so many; 2 to 65536, in real descriptions also 0 and 1. `None` where they leave the number out.
    ZeroOrN(Option<u32>),
    /// At least one and at most so many.
    OneOrN(Option<u32>),
}

impl VerDtd {
    const ALL: [Self; 4] = [Self::V1_1, Self::V1_1_2, Self::V1_2, Self::V1_3];

    /// The version written as `text`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.as_str() == text)
    }

    /// The text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1_1 => "1.1",
            Self::V1_1_2 => "1.1.2",
            Self::V1_2 => "1.2",
            Self::V1_3 => "1.3",
        }
    }
}

impl Occurrence {
    /// The fewest nodes that there must be.
    #[must_use]
    pub const fn min(self) -> u32 {
        match self {
            Self::One | Self::OneOrMore | Self::OneOrN(_) => 1,
            Self::ZeroOrOne | Self::ZeroOrMore | Self::ZeroOrN(_) => 0,
        }
    }

    /// The most nodes that there may be; `None` for any number.
    #[must_use]
    pub const fn max(self) -> Option<u32> {
        match self {
            Self::One | Self::ZeroOrOne => Some(1),
            Self::ZeroOrMore | Self::OneOrMore => None,
            Self::ZeroOrN(most) | Self::OneOrN(most) => most,
        }
    }
}

impl DfProperties {
    /// The properties of a node with `format` that takes the commands of `access`.
    #[must_use]
    pub fn new(format: Format, access: AccessType) -> Self {
        let node_type = if format == Format::Node {
            NodeType::DdfName(String::new())
        } else {
            NodeType::Mime(alloc::vec!["text/plain".into()])
        };
        Self { format: Some(format), access: Some(access), node_type: Some(node_type), ..Self::default() }
    }

    /// The same with Occurrence.
    #[must_use]
    pub const fn occurring(mut self, occurrence: Occurrence) -> Self {
        self.occurrence = Some(occurrence);
        self
    }

    /// The same with Scope.
    #[must_use]
    pub const fn scope(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// The same with `DFType`.
    #[must_use]
    pub fn of_type(mut self, node_type: NodeType) -> Self {
        self.node_type = Some(node_type);
        self
    }

    /// The same with `DefaultValue`.
    #[must_use]
    pub fn default_value(mut self, value: impl Into<String>) -> Self {
        self.default_value = Some(value.into());
        self
    }

    /// The same with Microsoft's extensions.
    #[must_use]
    pub fn microsoft(mut self, extras: Extras) -> Self {
        self.microsoft = Some(Box::new(extras));
        self
    }
}
