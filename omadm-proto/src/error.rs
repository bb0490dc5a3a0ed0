//! What can be wrong with bytes that should be a message, and with a message that should become bytes.
//!
//! Both errors are small and `Copy`: they name the broken rule, the element and, when reading, the byte. A peer's mistake
//! inside a well-formed message is no error here but data (an [`UnknownCommand`](crate::message::UnknownCommand), a missing
//! CmdID): the session answers it with a Status.

use crate::deviation::DeviationKind;
use crate::element::Tag;
use crate::exchange::Syntax;

/// Why a document could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{kind} (at byte {offset})")]
#[non_exhaustive]
pub struct DecodeError {
    /// The broken rule.
    pub kind: DecodeErrorKind,
    /// The byte at which it was noticed, counted from the start of the document.
    pub offset: usize,
}

impl DecodeError {
    /// `kind`, noticed at byte `offset`.
    #[must_use]
    pub const fn new(kind: DecodeErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }
}

/// The rule that a document broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The document ends inside an element, a string, a length or the header.
    #[error("the document ends too early")]
    UnexpectedEnd,
    /// Something follows the root element.
    #[error("bytes follow the end of the root element")]
    TrailingBytes,
    /// A text is not valid UTF-8.
    #[error("text is not valid UTF-8")]
    InvalidUtf8,
    /// A character that no XML document may hold, spelled out or as a reference.
    #[error("character U+{0:04X} is not allowed")]
    Character(u32),
    /// One of the [`Limits`](crate::limits::Limits) is exceeded.
    #[error("more {0} than the limits allow")]
    LimitExceeded(Limit),
    /// The crate was built without the feature for this syntax.
    #[error("this build cannot read {0}")]
    SyntaxNotBuilt(Syntax),

    /// The WBXML version is not 1.x.
    #[error("WBXML version byte 0x{0:02X} is not a version 1.x")]
    WbxmlVersion(u8),
    /// The WBXML public identifier is a number that no vocabulary has.
    #[error("WBXML public identifier 0x{0:02X} is not known; its code pages can be supplied as a vocabulary")]
    WbxmlPublicId(u32),
    /// The WBXML public identifier is a name from the string table that no vocabulary has.
    #[error("WBXML public identifier in the string table is not known; its code pages can be supplied as a vocabulary")]
    WbxmlPublicName,
    /// The WBXML charset is none of UTF-8, US-ASCII or unknown.
    #[error("WBXML charset {0} (MIBenum) is not supported; UTF-8 is 106")]
    WbxmlCharset(u32),
    /// A variable-length integer has more than 5 bytes or more than 32 bits.
    #[error("variable-length integer has more than 32 bits")]
    IntegerTooLong,
    /// An index points behind the end of the string table.
    #[error("string table index {0} is outside the table")]
    StringTableIndex(u32),
    /// A byte that is no token, or one that may not stand here.
    #[error("token 0x{0:02X} may not stand here")]
    UnexpectedToken(u8),

    /// The XML is not well-formed.
    #[error("XML is not well-formed: {0}")]
    XmlSyntax(&'static str),
    /// A DOCTYPE declares entities, elements or attributes; such declarations are never evaluated.
    #[error("the DOCTYPE declares entities, elements or attributes")]
    DtdDeclarations,
    /// A reference to an entity other than the five of XML.
    #[error("reference to an entity that XML does not predefine")]
    UnknownEntity,

    /// The root element is not the one that is read here.
    #[error("the root element is not {0}")]
    UnexpectedRoot(Tag),
    /// A mandatory element is missing.
    #[error("{parent} without {child}")]
    MissingElement {
        /// The element that is incomplete.
        parent: Tag,
        /// What it lacks.
        child: Tag,
    },
    /// An element that may occur once occurs twice.
    #[error("second {0}")]
    DuplicateElement(Tag),
    /// An element or a text that may not stand inside an element.
    #[error("{0} holds an element or a text that may not stand there")]
    UnexpectedContent(Tag),
    /// An element lacks its mandatory attribute.
    #[error("{0} without its mandatory attribute")]
    MissingAttribute(Tag),
    /// An element has two attributes of one name.
    #[error("{0} with two attributes of one name")]
    DuplicateAttribute(Tag),
    /// A deviation that only the lenient profile forgives.
    #[error("{0}, which the strict profile refuses")]
    Deviation(DeviationKind),
    /// An element does not hold a value of its kind.
    #[error("{0} does not hold a valid value")]
    InvalidValue(Tag),
}

/// The quantities that are limited while reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::message_bytes`](crate::limits::Limits::message_bytes).
    MessageBytes,
    /// [`Limits::depth`](crate::limits::Limits::depth).
    Depth,
    /// [`Limits::commands`](crate::limits::Limits::commands).
    Commands,
    /// [`Limits::items`](crate::limits::Limits::items).
    Items,
    /// [`Limits::pieces`](crate::limits::Limits::pieces).
    Pieces,
    /// [`Limits::attributes`](crate::limits::Limits::attributes).
    Attributes,
    /// [`Limits::expanded_bytes`](crate::limits::Limits::expanded_bytes).
    ExpandedBytes,
    /// WBXML documents inside WBXML documents; two.
    Embedding,
}

impl core::fmt::Display for Limit {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::MessageBytes => "bytes",
            Self::Depth => "nested elements",
            Self::Commands => "commands",
            Self::Items => "Items in one command",
            Self::Pieces => "parts of elements without types",
            Self::Attributes => "attributes in one element",
            Self::ExpandedBytes => "bytes from string table references",
            Self::Embedding => "WBXML documents inside each other",
        })
    }
}

/// Why a message, or an element, could not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A text that is no Data holds a character that XML cannot carry; send it as Data, or over WBXML.
    #[error("text holds a character that XML cannot carry")]
    Character,
    /// An element name that XML does not allow.
    #[error("the element name is not an XML name")]
    Name,
    /// WBXML has no token for an element name.
    #[error("WBXML has no token for the element name")]
    NoToken,
    /// WBXML has no token for an attribute.
    #[error("WBXML has no token for the attribute")]
    NoAttributeToken,
    /// An element has two attributes of one name.
    #[error("an element has two attributes of one name")]
    DuplicateAttribute,
    /// A value has 4 GiB or more.
    #[error("a value is longer than WBXML can count")]
    TooLong,
    /// An event where it may not stand: an End too many, an attribute behind content, a second root.
    #[error("elements are not balanced")]
    Unbalanced,
    /// The crate was built without the feature for this syntax.
    #[error("this build cannot write {0}")]
    SyntaxNotBuilt(Syntax),
}
