//! Serialized trees (TNDS): a subtree as one document, XML or WBXML \[dm 10.3\].
//!
//! [`Tnds`] is such a document as it was read: its Nodes in document order, each with its level and the byte where it began.
//! Adding one to a tree is a command ([`Tree::add`](crate::Tree::add) with the media type), writing one is a Get
//! (`?list=TNDS`); both call here.
//!
//! Element order, DFProperties and everything unknown are forgiven; Name, Size, Man and Mod are skipped. Where the sheet is
//! silent: a NodeName is taken percent-decoded if it is a valid escape, and only `%`, `/` and blanks at the ends are written
//! escaped, because readers that do not decode then still see most names as they are. In XML a value with characters that
//! XML does not have is written as base64 with Format `bin`. White space around a value counts for `chr`, `xml` and no
//! Format only.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;

#[cfg(not(all(feature = "xml", feature = "wbxml")))]
use omadm_proto::error::{DecodeError, DecodeErrorKind};
use omadm_proto::exchange::Syntax;
use omadm_proto::limits::Limits;
use omadm_proto::message::Format;

use crate::acl::Acl;

mod error;
#[cfg(any(feature = "xml", feature = "wbxml"))]
mod read;
#[cfg(any(feature = "xml", feature = "wbxml"))]
mod write;

pub use error::{TndsError, TndsErrorKind};
#[cfg(any(feature = "xml", feature = "wbxml"))]
pub(crate) use write::write;

/// A serialized tree as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tnds<'a> {
    nodes: Vec<TndsNode<'a>>,
}

/// One Node of a serialized tree.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TndsNode<'a> {
    /// How many Nodes it stands in.
    pub level: usize,
    /// The byte at which it begins.
    pub offset: usize,
    /// NodeName, decoded; empty or `None` at the top only.
    pub name: Option<Cow<'a, str>>,
    /// Path, at the top only.
    pub path: Option<Cow<'a, str>>,
    /// Whether it is a leaf, and its value.
    pub content: TndsContent<'a>,
    /// Format; `None` where it is left out.
    pub format: Option<Format>,
    /// Type; `None` where it is left out.
    pub type_name: Option<Cow<'a, str>>,
    /// ACL; `None` where it is left out.
    pub acl: Option<Acl>,
    /// Title; `None` where it is left out.
    pub title: Option<Cow<'a, str>>,
    /// TStamp as it is written.
    pub tstamp: Option<Cow<'a, str>>,
    /// VerNo.
    pub ver_no: Option<u16>,
    /// The place behind its last descendant in [`Tnds::nodes`].
    end: usize,
}

/// What a Node holds.
#[derive(Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a Node is a leaf or an interior node, or does not say")]
pub enum TndsContent<'a> {
    /// It is an interior node.
    Nodes,
    /// It is a leaf with this value, decoded; `None` where the value is left out.
    Value(Option<Cow<'a, [u8]>>),
    /// Nothing says what it is, in [`TndsUse::Report`] only.
    Unknown,
}

/// What a serialized tree is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(clippy::exhaustive_enums, reason = "what is written into a tree must be whole, what is read from one need not")]
pub enum TndsUse {
    /// Nodes to create: each must say whether it is a leaf.
    #[default]
    Create,
    /// What a tree told of itself: properties and values may be left out (`?list=TNDS+ACL`).
    Report,
}

/// How large a serialized tree may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TndsLimits {
    /// Nodes; 65 536.
    pub nodes: usize,
    /// Nodes inside each other; 32, as segments of a URI.
    pub depth: usize,
    /// Bytes of the document; 16 MiB.
    pub bytes: usize,
}

impl TndsLimits {
    /// The defaults, as a constant.
    pub const DEFAULT: Self = Self { nodes: 1 << 16, depth: Limits::DEFAULT.uri_segments, bytes: 16 << 20 };
}

impl Default for TndsLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl<'a> Tnds<'a> {
    /// The object to create that `bytes` are, within the default limits; its syntax is told from the first byte.
    ///
    /// # Errors
    /// The document is not well-formed, exceeds a limit, or is no serialized tree.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, TndsError> {
        Self::parse_for(TndsUse::Create, Syntax::sniff(bytes), bytes, &TndsLimits::DEFAULT)
    }

    /// The document `bytes` in `syntax`.
    ///
    /// # Errors
    /// As for [`Self::parse`].
    #[cfg_attr(not(any(feature = "xml", feature = "wbxml")), expect(unused_variables, reason = "nothing can be read"))]
    pub fn parse_for(
        purpose: TndsUse,
        syntax: Syntax,
        bytes: &'a [u8],
        limits: &TndsLimits,
    ) -> Result<Self, TndsError> {
        match syntax {
            #[cfg(feature = "xml")]
            Syntax::Xml => {
                let mut reader = omadm_proto::xml::Reader::new(bytes, &limits.of_reader())?;
                Ok(Self { nodes: read::nodes(&mut reader, purpose, limits)? })
            }
            #[cfg(feature = "wbxml")]
            Syntax::Wbxml => {
                let mut reader = omadm_proto::wbxml::Reader::new(bytes, &limits.of_reader())?;
                Ok(Self { nodes: read::nodes(&mut reader, purpose, limits)? })
            }
            #[cfg(not(all(feature = "xml", feature = "wbxml")))]
            other => Err(DecodeError::new(DecodeErrorKind::SyntaxNotBuilt(other), 0).into()),
        }
    }

    /// The Nodes in document order: each before those that it holds.
    #[must_use]
    pub fn nodes(&self) -> &[TndsNode<'a>] {
        &self.nodes
    }

    /// The top Nodes, each with all that it holds, itself first.
    pub fn objects(&self) -> impl Iterator<Item = &[TndsNode<'a>]> {
        let mut at = 0;
        core::iter::from_fn(move || {
            let end = self.nodes.get(at)?.end;
            let object = self.nodes.get(at..end)?;
            at = end;
            Some(object)
        })
    }
}

impl TndsNode<'_> {
    /// Whether it is an interior node.
    #[must_use]
    pub const fn is_interior(&self) -> bool {
        matches!(self.content, TndsContent::Nodes)
    }
}

/// The Nodes right below the first of `object`, which is a Node with all that it holds; each with all that it holds.
pub(crate) fn children<'o, 'a>(object: &'o [TndsNode<'a>]) -> impl Iterator<Item = &'o [TndsNode<'a>]> {
    let mut at = 1;
    core::iter::from_fn(move || {
        let child = subtree(object, at)?;
        at += child.len();
        Some(child)
    })
}

/// The Node at `at` in `object`, which is a Node with all that it holds, with all that it holds.
pub(crate) fn subtree<'o, 'a>(object: &'o [TndsNode<'a>], at: usize) -> Option<&'o [TndsNode<'a>]> {
    // Places count from the start of the document.
    let begin = object.first()?.end.checked_sub(object.len())?;
    let end = object.get(at)?.end.checked_sub(begin)?;
    object.get(at..end)
}

#[cfg(any(feature = "xml", feature = "wbxml"))]
impl TndsLimits {
    /// Each Node is an element around the next, and the deepest holds RTProperties, Type and `DDFName`.
    const fn of_reader(&self) -> Limits {
        let mut limits = Limits::DEFAULT;
        limits.message_bytes = self.bytes;
        limits.depth = self.depth.saturating_add(8);
        limits
    }
}

impl fmt::Debug for TndsNode<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TndsNode")
            .field("level", &self.level)
            .field("name", &self.name)
            .field("format", &self.format)
            .field("type_name", &self.type_name)
            .field("content", &self.content)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for TndsContent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nodes => f.write_str("Nodes"),
            Self::Value(Some(value)) => write!(f, "Value({} bytes)", value.len()),
            Self::Value(None) => f.write_str("Value(left out)"),
            Self::Unknown => f.write_str("Unknown"),
        }
    }
}
