//! What can be wrong with a serialized tree.

use omadm_proto::error::{DecodeError, DecodeErrorKind};
use omadm_proto::status::StatusCode;
use thiserror::Error;

use crate::acl::AclError;
use crate::uri::UriError;

/// Why bytes are no serialized tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{kind} (at byte {offset})")]
#[non_exhaustive]
pub struct TndsError {
    /// The broken rule.
    pub kind: TndsErrorKind,
    /// Where the element that breaks it begins, in bytes from the start of the document.
    pub offset: usize,
}

/// The rule that a serialized tree broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TndsErrorKind {
    /// The document itself cannot be read.
    #[error(transparent)]
    Document(#[from] DecodeErrorKind),
    /// A MgmtTree without a Node.
    #[error("a MgmtTree without a Node")]
    NoNode,
    /// A Node below another one without NodeName, or with an empty one.
    #[error("a Node without NodeName; only the top Node may leave its name to the Target")]
    Unnamed,
    /// A second NodeName in one Node.
    #[error("a second NodeName in one Node")]
    SecondName,
    /// A NodeName that no node can have.
    #[error("a NodeName that no node can have: {0}")]
    Name(UriError),
    /// Two Nodes of one name below the same Node.
    #[error("a second Node of the same name below the same Node")]
    DuplicateName,
    /// Value and Node in one Node.
    #[error("a Node with both Value and Nodes; it is either a leaf or an interior node")]
    ValueAndNodes,
    /// A second Value in one Node.
    #[error("a second Value in one Node")]
    SecondValue,
    /// Nodes in a Node whose Format is that of a leaf.
    #[error("a Node with Nodes and the Format of a leaf")]
    LeafWithNodes,
    /// A Value in a Node of Format `node`.
    #[error("a Node of Format node with a Value")]
    InteriorWithValue,
    /// A Node of which nothing says whether it is a leaf or an interior node.
    #[error("a Node with none of Value, Node, Format and Type; nothing says whether it is a leaf")]
    Indefinite,
    /// A Format that does not exist.
    #[error("a Format that is none of b64, bin, bool, chr, int, node, null, xml, date, time and float")]
    Format,
    /// An ACL that breaks the grammar.
    #[error(transparent)]
    Acl(#[from] AclError),
    /// Elements inside a Value whose Format is not `xml`.
    #[error("elements in a Value whose Format is not xml")]
    ElementsInValue,
    /// The Value of a binary leaf is no base64.
    #[error("a Value of Format bin that is no base64")]
    Base64,
    /// More Nodes than the limits allow.
    #[error("more Nodes than the limits allow")]
    TooManyNodes,
    /// Nodes nested deeper than the limits allow.
    #[error("Nodes nested deeper than the limits allow")]
    TooDeep,
}

impl TndsError {
    pub(super) const fn new(kind: TndsErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }

    /// The line and the column of the error in `document`, both counted from 1, for an XML document; columns count characters.
    #[must_use]
    pub fn line_and_column(&self, document: &[u8]) -> (usize, usize) {
        let before = document.get(..self.offset).unwrap_or(document);
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let lines = before.iter().filter(|byte| **byte == b'\n').count();
        let is_first_byte = |byte: &&u8| **byte & 0xC0 != 0x80;
        let column = before.get(line_start..).unwrap_or_default().iter().filter(is_first_byte).count();
        (lines + 1, column + 1)
    }
}

impl From<DecodeError> for TndsError {
    fn from(error: DecodeError) -> Self {
        Self::new(error.kind.into(), error.offset)
    }
}

impl TndsErrorKind {
    /// The status that answers a command with such an object \[dm 4.1, 10.3\].
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Format | Self::Document(DecodeErrorKind::SyntaxNotBuilt(_)) => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT
            }
            Self::TooManyNodes | Self::Document(DecodeErrorKind::LimitExceeded(_)) => {
                StatusCode::REQUEST_ENTITY_TOO_LARGE
            }
            Self::TooDeep => StatusCode::URI_TOO_LONG,
            Self::Document(_)
            | Self::NoNode
            | Self::Unnamed
            | Self::SecondName
            | Self::Name(_)
            | Self::DuplicateName
            | Self::ValueAndNodes
            | Self::SecondValue
            | Self::LeafWithNodes
            | Self::InteriorWithValue
            | Self::Indefinite
            | Self::Acl(_)
            | Self::ElementsInValue
            | Self::Base64 => StatusCode::BAD_REQUEST,
        }
    }
}
