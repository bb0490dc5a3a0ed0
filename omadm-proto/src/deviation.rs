//! What a document did wrong that does not change its meaning \[windows-quirks 2\].
//!
//! Readers and decoders work in one of two [`Profile`]s. Lenient, the default, takes every deviation whose meaning is beyond
//! doubt and lists it as a [`Deviation`] with its offset; strict refuses the first one. What would need a guess about meaning
//! is an error in both and never comes here. Some kinds are only worth telling ([`DeviationKind::is_remark`]): the document
//! is legal, and strict takes it too.

use alloc::vec::Vec;

use crate::element::Tag;
use crate::error::{DecodeError, DecodeErrorKind};

/// How much a reader forgives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[allow(clippy::exhaustive_enums, reason = "a reader forgives or it does not")]
pub enum Profile {
    /// Names, order and grammar exactly as the sheets have them; the first deviation is an error.
    Strict,
    /// Deviations of real peers are taken and listed.
    #[default]
    Lenient,
}

/// One deviation, and the byte at which it was noticed, counted from the start of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deviation {
    /// What is wrong.
    pub kind: DeviationKind,
    /// Where.
    pub offset: usize,
}

/// What a document did wrong, or did in a way worth telling.
///
/// The row of the sheet that decided each is [`DeviationKind::row`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviationKind {
    /// The SyncML namespace is that of another version than VerDTD says.
    #[error("the SyncML namespace belongs to another version than VerDTD")]
    NamespaceVersion,
    /// A namespace in another case, or with white space around it.
    #[error("a namespace is spelt in another case or with white space")]
    NamespaceSpelling,
    /// An element that has no namespace at all.
    #[error("elements have no namespace")]
    NoNamespace,
    /// MetInf elements in the namespace of the message.
    #[error("{0} is not in the namespace syncml:metinf")]
    MetInfNamespace(Tag),
    /// `syncml:metinfo` and the like.
    #[error("a namespace is misspelt")]
    NamespaceMisspelt,
    /// A prefix that nobody declared.
    #[error("a prefix is not declared")]
    UndeclaredPrefix,
    /// The declared encoding is not that of the bytes.
    #[error("the declared encoding is not that of the bytes")]
    DeclaredEncoding,
    /// A `&` that begins no reference, taken as itself on request.
    #[error("an ampersand begins no reference")]
    RawAmpersand,
    /// A NUL byte in XML, left out on request.
    #[error("a NUL byte stands in the XML")]
    NulByte,
    /// A remark: CDATA was used in a value.
    #[error("a value is written as CDATA")]
    Cdata,
    /// A remark: `SWITCH_PAGE` to the page that is in force, or one `SWITCH_PAGE` behind another.
    #[error("SWITCH_PAGE without effect")]
    RedundantSwitchPage,
    /// `SWITCH_PAGE` with no element behind it.
    #[error("SWITCH_PAGE with no element behind it")]
    DanglingSwitchPage,
    /// A token that this WBXML version does not have yet.
    #[error("token 0x{0:02X} is newer than the WBXML version of the document")]
    TokenVersion(u8),
    /// The namespace declaration of some Nokia phones: attribute literal 0 of a string table that is empty.
    #[error("a namespace declaration that refers to a string table that is not there")]
    LiteralNamespace,
    /// An element announces attributes and has none.
    #[error("an element announces attributes and has none")]
    EmptyAttributeList,
    /// Bytes behind the end of a WBXML document.
    #[error("bytes follow the end of the root element")]
    TrailingBytes,
    /// An element stands behind one that the DTD puts after it.
    #[error("{0} stands too late in its parent")]
    Order(Tag),
    /// An element that may occur once occurs again; the last one counts.
    #[error("{0} occurs twice")]
    Repeated(Tag),
    /// An element that is mandatory is missing and has a default.
    #[error("{parent} without {child}")]
    Missing {
        /// The element that is incomplete.
        parent: Tag,
        /// What it lacks.
        child: Tag,
    },
    /// A known element where the DTD does not allow it; what it says is taken all the same if it can be.
    #[error("{0} may not stand here")]
    Misplaced(Tag),
    /// An element whose text or child is none of its kind, or out of range; taken if its meaning is clear, else left out.
    #[error("{0} does not hold a valid value")]
    InvalidValue(Tag),
    /// An element that no table has; skipped, or kept as an unknown command.
    #[error("unknown element")]
    UnknownElement,
    /// A remark: an element that is legal in SyncML but not used in device management.
    #[error("{0} is not used in device management")]
    NotUsed(Tag),
    /// Text between the children of an element.
    #[error("text stands between elements")]
    StrayText,
    /// An attribute that the DTD does not have.
    #[error("an attribute that no DTD has")]
    UnknownAttribute,
    /// Elements inside Data that are not escaped; kept as the XML between the tags.
    #[error("Data holds elements that are not escaped")]
    ElementsInData,
    /// A remark: white space at the ends of a LocURI, or behind its `./`.
    #[error("a LocURI has white space at its ends")]
    UriWhiteSpace,
    /// A command without a usable CmdID; it is answered 400.
    #[error("a command without CmdID")]
    NoCmdId,
    /// The CmdID `0`, which stands for the SyncHdr.
    #[error("CmdID 0 on a command")]
    ZeroCmdId,
    /// A CmdID that another command of the message has.
    #[error("two commands have the same CmdID")]
    DuplicateCmdId,
    /// A remark: a CmdID that is no number, or lower than one before it.
    #[error("a CmdID that is no number, or not above the one before")]
    CmdIdOrder,
    /// A MsgRef of 0, which no message has.
    #[error("MsgRef is 0")]
    ZeroMsgRef,
    /// A remark: a SyncBody, Atomic or Sequence with no command in it, which the DTD forbids and which harms nobody.
    #[error("{0} without commands")]
    NoCommands(Tag),
    /// A SessionID of more than four characters.
    #[error("the SessionID has more than four characters")]
    LongSessionId,
}

impl DeviationKind {
    /// Whether the document is legal all the same, so that the strict profile takes it too.
    #[must_use]
    pub const fn is_remark(self) -> bool {
        matches!(
            self,
            Self::Cdata
                | Self::RedundantSwitchPage
                | Self::NotUsed(_)
                | Self::NoCommands(_)
                | Self::UriWhiteSpace
                | Self::CmdIdOrder
        )
    }

    /// The row of windows-quirks section 2 that decided it; `None` where wbxml or dm did.
    #[must_use]
    pub const fn row(self) -> Option<&'static str> {
        Some(match self {
            Self::NamespaceVersion => "L1",
            Self::NamespaceSpelling => "L1b",
            Self::NoNamespace => "L2",
            Self::MetInfNamespace(_) => "L4",
            Self::NamespaceMisspelt => "L5",
            Self::UndeclaredPrefix => "L6",
            Self::Order(_) => "L7",
            Self::Missing { .. } => "L9",
            Self::Misplaced(_) => "L11",
            Self::UnknownAttribute => "L12",
            Self::Cdata => "L16",
            Self::ElementsInData => "L17",
            Self::DeclaredEncoding => "L19",
            Self::UriWhiteSpace => "L22",
            Self::ZeroCmdId | Self::DuplicateCmdId | Self::CmdIdOrder => "L24",
            Self::NoCmdId => "L25",
            Self::UnknownElement => "L26",
            Self::ZeroMsgRef => "L32",
            Self::RawAmpersand => "L36",
            Self::NulByte => "L37",
            Self::LongSessionId => "L39",
            Self::RedundantSwitchPage
            | Self::DanglingSwitchPage
            | Self::TokenVersion(_)
            | Self::LiteralNamespace
            | Self::EmptyAttributeList
            | Self::TrailingBytes
            | Self::Repeated(_)
            | Self::InvalidValue(_)
            | Self::NotUsed(_)
            | Self::NoCommands(_)
            | Self::StrayText => return None,
        })
    }
}

/// The deviations of one document, in the order in which they were noticed.
///
/// At most [`Deviations::MAX`] are kept, the others are counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deviations {
    list: Vec<Deviation>,
    more: usize,
}

impl Deviations {
    /// How many are kept.
    pub const MAX: usize = 64;

    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { list: Vec::new(), more: 0 }
    }

    /// Those that were kept.
    #[must_use]
    pub fn as_slice(&self) -> &[Deviation] {
        &self.list
    }

    /// How many were noticed, the ones that were not kept included.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.list.len() + self.more
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// Notices `kind` at `offset`: an error in the strict profile unless it is a remark, else one more in the list.
    ///
    /// # Errors
    /// [`DecodeErrorKind::Deviation`] when `profile` does not forgive it.
    #[cold]
    pub fn notice(&mut self, profile: Profile, kind: DeviationKind, offset: usize) -> Result<(), DecodeError> {
        if profile == Profile::Strict && !kind.is_remark() {
            return Err(DecodeError::new(DecodeErrorKind::Deviation(kind), offset));
        }
        if self.list.len() < Self::MAX {
            self.list.push(Deviation { kind, offset });
        } else {
            self.more += 1;
        }
        Ok(())
    }
}
