//! Meta: the MetInf elements that DM uses \[dm 2.3\].

use alloc::borrow::Cow;
use core::fmt;

use super::Data;

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
        Self::ALL.into_iter().find(|format| format.as_str() == name)
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
        match Format::parse(name.trim()) {
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
}

/// The content of a Meta element. Absent elements are `None`; the defaults (`chr`, `text/plain`) are the reader's business.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Meta<'a> {
    /// Format.
    pub format: Option<MetaFormat<'a>>,
    /// Type: a MIME type, a management object identifier or an alert type.
    pub type_name: Option<Cow<'a, str>>,
    /// Mark: the importance of a generic alert.
    pub mark: Option<Cow<'a, str>>,
    /// Size: bytes of the whole datum as it appears in the messages.
    pub size: Option<u64>,
    /// Version; not used in DM.
    pub version: Option<Cow<'a, str>>,
    /// NextNonce: base64 text, or the raw bytes as opaque data in WBXML.
    pub next_nonce: Option<Data<'a>>,
    /// MaxMsgSize: bytes that the sender accepts in one message.
    pub max_msg_size: Option<u64>,
    /// MaxObjSize: bytes that the sender accepts in one object.
    pub max_obj_size: Option<u64>,
    /// EMI: the first experimental extension.
    pub emi: Option<Data<'a>>,
}

impl<'a> Meta<'a> {
    /// A Meta with Format only.
    #[must_use]
    pub fn with_format(format: Format) -> Self {
        Self { format: Some(MetaFormat::Known(format)), ..Self::default() }
    }

    /// The same with Type.
    #[must_use]
    pub fn and_type(mut self, type_name: impl Into<Cow<'a, str>>) -> Self {
        self.type_name = Some(type_name.into());
        self
    }

    /// The same with Mark.
    #[must_use]
    pub fn and_mark(mut self, mark: impl Into<Cow<'a, str>>) -> Self {
        self.mark = Some(mark.into());
        self
    }

    /// The same with Size.
    #[must_use]
    pub const fn and_size(mut self, size: u64) -> Self {
        self.size = Some(size);
        self
    }

    /// The Format if it is a known one.
    #[must_use]
    pub const fn known_format(&self) -> Option<Format> {
        match self.format {
            Some(MetaFormat::Known(format)) => Some(format),
            _ => None,
        }
    }

    /// The same, owning everything.
    #[must_use]
    pub fn into_owned(self) -> Meta<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Meta {
            format: self.format.map(|format| match format {
                MetaFormat::Known(format) => MetaFormat::Known(format),
                MetaFormat::Other(name) => MetaFormat::Other(own(name)),
            }),
            type_name: self.type_name.map(own),
            mark: self.mark.map(own),
            size: self.size,
            version: self.version.map(own),
            next_nonce: self.next_nonce.map(Data::into_owned),
            max_msg_size: self.max_msg_size,
            max_obj_size: self.max_obj_size,
            emi: self.emi.map(Data::into_owned),
        }
    }
}
