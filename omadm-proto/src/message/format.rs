//! Format: how the value of a node is spelt \[dm 2.3\].

use alloc::borrow::Cow;
use core::fmt;

/// The Format of a value or node \[dm 2.3\].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[allow(clippy::exhaustive_enums, reason = "the eleven formats of DM 1.2; an unknown one is MetaFormat::Other")]
pub enum Format {
    /// Base64 text.
    B64,
    /// Binary; only in WBXML.
    Bin,
    /// `true` or `false`.
    Bool,
    /// Text; the default.
    #[default]
    Chr,
    /// Decimal text, -2^31 to 2^32-1.
    Int,
    /// An interior node.
    Node,
    /// No value.
    Null,
    /// XML text.
    Xml,
    /// ISO 8601 date (since 1.2).
    Date,
    /// ISO 8601 time (since 1.2).
    Time,
    /// XML Schema float (since 1.2).
    Float,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 11] = [
        Self::B64,
        Self::Bin,
        Self::Bool,
        Self::Chr,
        Self::Int,
        Self::Node,
        Self::Null,
        Self::Xml,
        Self::Date,
        Self::Time,
        Self::Float,
    ];

    /// The format named `name`, exactly as on the wire.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name.as_bytes() {
            b"b64" => Self::B64,
            b"bin" => Self::Bin,
            b"bool" => Self::Bool,
            b"chr" => Self::Chr,
            b"int" => Self::Int,
            b"node" => Self::Node,
            b"null" => Self::Null,
            b"xml" => Self::Xml,
            b"date" => Self::Date,
            b"time" => Self::Time,
            b"float" => Self::Float,
            _ => return None,
        })
    }

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::B64 => "b64",
            Self::Bin => "bin",
            Self::Bool => "bool",
            Self::Chr => "chr",
            Self::Int => "int",
            Self::Node => "node",
            Self::Null => "null",
            Self::Xml => "xml",
            Self::Date => "date",
            Self::Time => "time",
            Self::Float => "float",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The Format element as received: one of the known formats, or a name that nobody registered (answer 415).
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "known or not known")]
pub enum MetaFormat<'a> {
    /// A format of DM 1.2.
    Known(Format),
    /// Any other name.
    Other(Cow<'a, str>),
}

impl<'a> MetaFormat<'a> {
    /// The format named `name`; white space at the ends is no part of the name.
    #[must_use]
    pub fn parse(name: Cow<'a, str>) -> Self {
        match Format::parse(&name).or_else(|| Format::parse(name.trim())) {
            Some(format) => Self::Known(format),
            None => Self::Other(name),
        }
    }

    /// The name on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(format) => format.as_str(),
            Self::Other(name) => name,
        }
    }

    /// The same, owning everything.
    #[must_use]
    pub fn into_owned(self) -> MetaFormat<'static> {
        match self {
            Self::Known(format) => MetaFormat::Known(format),
            Self::Other(name) => MetaFormat::Other(Cow::Owned(name.into_owned())),
        }
    }
}
