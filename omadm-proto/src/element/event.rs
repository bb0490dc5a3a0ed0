//! The events themselves, and the trait of their writers.

use alloc::borrow::Cow;
use core::fmt;

use super::{Space, Tag};
use crate::error::EncodeError;

/// The name of an element.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a name is in a table, or spelled out, or a bare token")]
pub enum Name<'a> {
    /// A name of the tables.
    Known(Tag),
    /// A name that the document spells out and no table has.
    Unknown(&'a str),
    /// A WBXML token without a name.
    Token {
        /// The code page.
        page: u8,
        /// The token, without the content and attribute bits.
        token: u8,
    },
}

impl<'a> Name<'a> {
    /// The tag of a known name.
    #[must_use]
    pub const fn tag(self) -> Option<Tag> {
        match self {
            Self::Known(tag) => Some(tag),
            Self::Unknown(_) | Self::Token { .. } => None,
        }
    }

    /// The name as text. A nameless token is called `unknown_7_3F` (page in decimal, token in hexadecimal), which is a
    /// legal XML name.
    #[must_use]
    pub fn to_text(self) -> Cow<'a, str> {
        match self {
            Self::Known(tag) => Cow::Borrowed(tag.name()),
            Self::Unknown(name) => Cow::Borrowed(name),
            Self::Token { page, token } => Cow::Owned(alloc::format!("unknown_{page}_{token:02X}")),
        }
    }

    /// The name written as `text` where a SyncML element stands: a known one, a nameless token as [`Self::to_text`] writes
    /// it, or an unknown one.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        if let Some(tag) = Tag::from_name(Space::SyncMl, text) {
            return Self::Known(tag);
        }
        let token = text.strip_prefix("unknown_").and_then(|rest| {
            let (page, token) = rest.split_once('_')?;
            Some((page.parse().ok()?, u8::from_str_radix(token, 16).ok()?))
        });
        match token {
            Some((page, token @ 0x05..=0x3F)) => Self::Token { page, token },
            _ => Self::Unknown(text),
        }
    }
}

impl From<Tag> for Name<'_> {
    fn from(tag: Tag) -> Self {
        Self::Known(tag)
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl fmt::Debug for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(tag) => tag.fmt(f),
            Self::Unknown(_) | Self::Token { .. } => write!(f, "?:{self}"),
        }
    }
}

/// An attribute of an element; namespace declarations are not reported.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attribute<'a> {
    /// The name as written, with its prefix.
    pub name: &'a str,
    /// The value, references resolved.
    pub value: Cow<'a, str>,
}

impl<'a> Attribute<'a> {
    /// The attribute `name` with `value`.
    #[must_use]
    pub fn new(name: &'a str, value: impl Into<Cow<'a, str>>) -> Self {
        Self { name, value: value.into() }
    }

    /// The name without its prefix.
    #[must_use]
    pub fn local_name(&self) -> &'a str {
        self.name.rsplit_once(':').map_or(self.name, |(_, local)| local)
    }
}

/// One step through a document. Text may come in pieces; consecutive pieces (`Text`, `Char`, `Opaque`) are one value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// An element begins; its attributes follow before anything else.
    Start(Name<'a>),
    /// An attribute of the element that just began.
    Attribute(Attribute<'a>),
    /// A piece of text.
    Text(&'a str),
    /// A character that was written as a reference.
    Char(char),
    /// A piece of opaque bytes, which may be text all the same.
    Opaque(&'a [u8]),
    /// The innermost open element ends.
    End,
}

/// Where element events go: a writer of one of the two syntaxes.
pub trait EventSink {
    /// Writes one event.
    ///
    /// # Errors
    /// The syntax cannot express the event, or the event may not stand here.
    fn event(&mut self, event: Event<'_>) -> Result<(), EncodeError>;

    /// Writes the element `name` with the text `text`, or without content if that is empty.
    ///
    /// # Errors
    /// As for [`Self::event`].
    fn leaf(&mut self, name: Tag, text: &str) -> Result<(), EncodeError> {
        self.event(Event::Start(Name::Known(name)))?;
        if !text.is_empty() {
            self.event(Event::Text(text))?;
        }
        self.event(Event::End)
    }

    /// Begins the element `name`.
    ///
    /// # Errors
    /// As for [`Self::event`].
    fn start(&mut self, name: Tag) -> Result<(), EncodeError> {
        self.event(Event::Start(Name::Known(name)))
    }

    /// Ends the innermost open element.
    ///
    /// # Errors
    /// As for [`Self::event`].
    fn end(&mut self) -> Result<(), EncodeError> {
        self.event(Event::End)
    }
}
