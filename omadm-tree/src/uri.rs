//! Addresses in the tree \[dm 9.1\]: node URIs, and the targets of commands with their `?prop=` and `?list=`.
//!
//! Names are kept percent-decoded and compared so; they are encoded again on output. `./A/B` and `A/B` are the same node.
//! Blanks at the ends are no part of a URI, blanks inside are \[windows-quirks L22, L23\].
//! Invariant: a parsed [`NodeUri`] holds only names that a node may have. Called by everything that takes a LocURI.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use omadm_proto::limits::Limits;
use omadm_proto::status::StatusCode;
use thiserror::Error;

mod query;
mod segment;
#[cfg(test)]
mod tests;

pub use query::{ListQuery, Property, Query, TndsPart, TndsSelection};
use segment::is_plain_name;
pub(crate) use segment::{decode, encode_into, is_name, segments};

/// No text of more bytes is within the limit on characters.
const MOST_BYTES: usize = 4 * Limits::DEFAULT.uri_chars;

/// The address of a node: its names from below the root downwards.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeUri {
    names: Vec<Box<str>>,
}

/// What a command addresses: a node, or one of its properties, or a list query on it.
#[derive(Clone)]
pub struct TargetUri {
    node: NodeUri,
    query: Option<Query>,
    extent: Extent,
}

/// How long a URI is as its sender wrote it, in characters: the limits of a device count these.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    pub(crate) total: usize,
    pub(crate) longest_name: usize,
}

/// Why a text is no URI of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UriError {
    /// No text at all.
    #[error("the URI is empty; the root is written \".\"")]
    Empty,
    /// It starts with `/`.
    #[error("the URI starts with \"/\"; URIs are relative to the root, \"./A/B\"")]
    LeadingSlash,
    /// It ends with `/`, or has `//` inside.
    #[error("the URI has an empty name (\"//\" or a \"/\" at the end)")]
    EmptyName,
    /// `.` or `..` where a name should be.
    #[error("\".\" is allowed only at the beginning of a URI, \"..\" nowhere")]
    DotName,
    /// A name that is only `*`.
    #[error("\"*\" alone is no node name")]
    Wildcard,
    /// `%` without two hexadecimal digits, or bytes that are no UTF-8.
    #[error("a percent escape of the URI is not \"%HH\" of UTF-8 text")]
    Escape,
    /// A control character in a name.
    #[error("a name in the URI has a control character")]
    ControlCharacter,
    /// `?` where only a node can be addressed.
    #[error("the URI has a query; only a node can be addressed here")]
    QueryNotAllowed,
    /// A query that is neither `?prop=` nor `?list=`.
    #[error("the query is neither \"?prop=\" nor \"?list=\"")]
    Query,
    /// A property that does not exist.
    #[error("no such property; there are ACL, Format, Name, Size, Title, Type, TStamp and VerNo")]
    UnsupportedProperty,
    /// A list attribute, or a property in it, that does not exist.
    #[error("no such list attribute; there are Struct, StructData and TNDS")]
    UnsupportedList,
    /// `+` and `-` in one TNDS list.
    #[error("\"+\" and \"-\" cannot be mixed in one TNDS list")]
    MixedList,
    /// Longer than any tree accepts.
    #[error("the URI is too long or too deep")]
    TooLong,
}

impl UriError {
    /// The status that answers a command with such a URI \[dm 4.11\].
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::UnsupportedProperty | Self::UnsupportedList => StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED,
            Self::TooLong => StatusCode::URI_TOO_LONG,
            Self::Empty
            | Self::LeadingSlash
            | Self::EmptyName
            | Self::DotName
            | Self::Wildcard
            | Self::Escape
            | Self::ControlCharacter
            | Self::QueryNotAllowed
            | Self::Query
            | Self::MixedList => StatusCode::BAD_REQUEST,
        }
    }
}

impl NodeUri {
    /// The root, `.`.
    pub const ROOT: Self = Self { names: Vec::new() };

    /// The node that `text` addresses.
    ///
    /// # Errors
    /// When `text` breaks a rule of \[dm 9.1\] or has a query.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        if text.contains('?') {
            return Err(UriError::QueryNotAllowed);
        }
        if text.len() > MOST_BYTES {
            return Err(UriError::TooLong);
        }
        let mut names = Vec::new();
        for name in segments(text)? {
            names.push(name?.0.into());
        }
        check_default_limits(text, names.len())?;
        Ok(Self { names })
    }

    /// The child named `name` (decoded, as [`Self::segments`] gives names). A name that no node can have gives a URI that
    /// names no node.
    #[must_use]
    pub fn child(&self, name: &str) -> Self {
        let mut names = Vec::with_capacity(self.names.len() + 1);
        names.extend_from_slice(&self.names);
        names.push(name.into());
        Self { names }
    }

    /// The node at `relative` below this one, written as in a URI: `Download/PkgURL`.
    ///
    /// # Errors
    /// When `relative` is no URI.
    pub fn join(&self, relative: &str) -> Result<Self, UriError> {
        let mut names = self.names.clone();
        names.extend(Self::parse(relative)?.names);
        Ok(Self { names })
    }

    /// The parent; `None` for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (_, above) = self.names.split_last()?;
        Some(Self { names: above.to_vec() })
    }

    /// The last name, decoded; `None` for the root.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.names.last().map(|name| &**name)
    }

    /// The names from below the root downwards, decoded.
    #[must_use]
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &str> + ExactSizeIterator {
        self.names.iter().map(|name| &**name)
    }

    /// The number of names; 0 for the root.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.names.len()
    }

    /// Whether this is the root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether this node is `ancestor` or lies below it.
    #[must_use]
    pub fn starts_with(&self, ancestor: &Self) -> bool {
        self.names.starts_with(&ancestor.names)
    }

    /// The names of this node below `ancestor`; `None` when it does not lie there.
    #[must_use]
    pub fn below(&self, ancestor: &Self) -> Option<impl DoubleEndedIterator<Item = &str>> {
        Some(self.names.strip_prefix(ancestor.names.as_slice())?.iter().map(|name| &**name))
    }

    pub(crate) fn from_names(names: Vec<Box<str>>) -> Self {
        Self { names }
    }
}

impl TargetUri {
    /// What `text` addresses: a node, a property or a list.
    ///
    /// # Errors
    /// When `text` breaks a rule of \[dm 9.1\]; [`UriError::status`] is the answer to the command.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let text = text.trim_ascii();
        if text.len() > MOST_BYTES {
            return Err(UriError::TooLong);
        }
        let (path, query) = match text.split_once('?') {
            Some((path, query)) => (path, Some(Query::parse(query)?)),
            None => (text, None),
        };
        let mut names = Vec::new();
        let mut longest_name = 0;
        for name in segments(path)? {
            let (name, written) = name?;
            longest_name = longest_name.max(written);
            names.push(name.into());
        }
        let total = check_default_limits(text, names.len())?;
        Ok(Self { node: NodeUri { names }, query, extent: Extent { total, longest_name } })
    }

    /// The property `property` of `node`.
    #[must_use]
    pub fn property(node: NodeUri, property: Property) -> Self {
        let mut target = Self::from(node);
        target.extent.total += "?prop=".len() + property.as_str().len();
        target.query = Some(Query::Property(property));
        target
    }

    /// The node.
    #[must_use]
    pub const fn node(&self) -> &NodeUri {
        &self.node
    }

    /// What is asked of the node; `None` for the node itself.
    #[must_use]
    pub const fn query(&self) -> Option<&Query> {
        self.query.as_ref()
    }

    pub(crate) const fn extent(&self) -> Extent {
        self.extent
    }
}

impl From<NodeUri> for TargetUri {
    fn from(node: NodeUri) -> Self {
        let mut longest_name = 0;
        let mut total = ".".len();
        for name in node.segments() {
            let mut written = String::new();
            encode_into(name, &mut written);
            longest_name = longest_name.max(written.len());
            total += 1 + written.len();
        }
        Self { node, query: None, extent: Extent { total, longest_name } }
    }
}

/// The number of characters, if that and `depth` are within what any tree accepts.
fn check_default_limits(text: &str, depth: usize) -> Result<usize, UriError> {
    let total = if text.is_ascii() { text.len() } else { text.chars().count() };
    if total > Limits::DEFAULT.uri_chars || depth > Limits::DEFAULT.uri_segments {
        return Err(UriError::TooLong);
    }
    Ok(total)
}

impl PartialEq for TargetUri {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node && self.query == other.query
    }
}

impl Eq for TargetUri {}

impl FromStr for NodeUri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        Self::parse(text)
    }
}

impl FromStr for TargetUri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        Self::parse(text)
    }
}

impl fmt::Display for NodeUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(".")?;
        for name in &self.names {
            f.write_str("/")?;
            if is_plain_name(name) {
                f.write_str(name)?;
            } else {
                let mut written = String::with_capacity(3 * name.len());
                encode_into(name, &mut written);
                f.write_str(&written)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for TargetUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.node)?;
        match &self.query {
            Some(query) => write!(f, "?{query}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for NodeUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeUri({self})")
    }
}

impl fmt::Debug for TargetUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TargetUri({self})")
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for NodeUri {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for NodeUri {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text: alloc::borrow::Cow<'de, str> = serde::Deserialize::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
