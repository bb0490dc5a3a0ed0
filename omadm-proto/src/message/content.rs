//! Elements that the typed model has no types for, kept as a flat list.
//!
//! Text that came in pieces is one piece here, blanks between elements are left out, and an empty text is no piece: two
//! spellings of the same content are equal. The content of a Data element is one value even if it holds elements, as in
//! [`Data`].

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;

use super::Data;
use crate::element::{Name, Space, Tag};

/// Elements in the order of the document.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Content<'a> {
    pieces: Vec<Piece<'a>>,
}

/// One step through a [`Content`]. Debug output shows the shape but no value.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Piece<'a> {
    /// An element begins.
    Start(ElementName<'a>),
    /// An attribute of the element that just began.
    Attribute {
        /// The name as written.
        name: Cow<'a, str>,
        /// The value.
        value: Cow<'a, str>,
    },
    /// Text, opaque bytes, or the element content of a Data.
    Value(Data<'a>),
    /// The innermost open element ends.
    End,
}

/// The name of an element that may own its text.
#[derive(Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a name is in a table or it is not")]
pub enum ElementName<'a> {
    /// A name of the tables.
    Known(Tag),
    /// Any other name; `unknown_7_3F` (page, token) when WBXML gave none, `unknown_Exec` for an Exec of another name space.
    Other(Cow<'a, str>),
}

impl<'a> ElementName<'a> {
    /// The name `name` without its prefix, which only a literal name of WBXML can have here. An Exec of another name space is
    /// no Exec, and must not be taken for one when it is written again.
    #[must_use]
    pub fn new(name: Name<'a>) -> Self {
        let name = match name {
            Name::Unknown(text) => match text.rsplit_once(':') {
                Some((_, local)) if !local.is_empty() => Name::Unknown(local),
                _ => name,
            },
            Name::Known(_) | Name::Token { .. } => name,
        };
        match name {
            Name::Known(tag) => Self::Known(tag),
            Name::Unknown(text) if is_taken(text) => Self::Other(Cow::Owned(alloc::format!("unknown_{text}"))),
            Name::Unknown(_) | Name::Token { .. } => Self::Other(name.to_text()),
        }
    }

    /// The name as an event has it.
    #[must_use]
    pub fn as_name(&self) -> Name<'_> {
        match self {
            Self::Known(tag) => Name::Known(*tag),
            Self::Other(text) => Name::parse(text),
        }
    }

    /// The text of the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(tag) => tag.name(),
            Self::Other(text) => text,
        }
    }

    /// The text of the name.
    pub(crate) fn into_text(self) -> Cow<'a, str> {
        match self {
            Self::Known(tag) => Cow::Borrowed(tag.name()),
            Self::Other(text) => text,
        }
    }

    fn into_owned(self) -> ElementName<'static> {
        match self {
            Self::Known(tag) => ElementName::Known(tag),
            Self::Other(text) => ElementName::Other(Cow::Owned(text.into_owned())),
        }
    }
}

/// Whether a reader would take an element called `text` inside SyncML for one that it knows, of whatever space: then it
/// would look for the names of its children in that space as well.
fn is_taken(text: &str) -> bool {
    Space::ALL.into_iter().any(|space| Tag::from_name(space, text).is_some())
}

impl fmt::Debug for ElementName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<'a> Content<'a> {
    /// Nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { pieces: Vec::new() }
    }

    /// The pieces in the order of the document.
    #[must_use]
    pub fn pieces(&self) -> &[Piece<'a>] {
        &self.pieces
    }

    /// Whether there is nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Appends one piece. Starts and Ends are to be balanced; a writer refuses what is not.
    pub fn push(&mut self, piece: Piece<'a>) {
        self.pieces.push(piece);
    }

    /// Appends the element `name` with the value `value`.
    pub fn push_leaf(&mut self, name: impl Into<ElementName<'a>>, value: Data<'a>) {
        self.push(Piece::Start(name.into()));
        if !value.is_empty() {
            self.push(Piece::Value(value));
        }
        self.push(Piece::End);
    }

    /// The elements of the outermost level: the name of each and its pieces, Start and End included.
    pub fn elements(&self) -> impl Iterator<Item = (&ElementName<'a>, &[Piece<'a>])> {
        let mut rest = self.pieces.as_slice();
        core::iter::from_fn(move || {
            loop {
                let (first, behind) = rest.split_first()?;
                let Piece::Start(name) = first else {
                    rest = behind;
                    continue;
                };
                let mut open = 0_usize;
                let end = rest.iter().position(|piece| {
                    match piece {
                        Piece::Start(_) => open += 1,
                        Piece::End => open = open.saturating_sub(1),
                        Piece::Attribute { .. } | Piece::Value(_) => {}
                    }
                    open == 0
                });
                let (element, behind) = rest.split_at_checked(end.map_or(rest.len(), |last| last + 1))?;
                rest = behind;
                return Some((name, element));
            }
        })
    }

    /// The same, owning everything.
    #[must_use]
    pub fn into_owned(self) -> Content<'static> {
        Content { pieces: self.pieces.into_iter().map(Piece::into_owned).collect() }
    }
}

impl Piece<'_> {
    fn into_owned(self) -> Piece<'static> {
        match self {
            Self::Start(name) => Piece::Start(name.into_owned()),
            Self::Attribute { name, value } => {
                Piece::Attribute { name: Cow::Owned(name.into_owned()), value: Cow::Owned(value.into_owned()) }
            }
            Self::Value(value) => Piece::Value(value.into_owned()),
            Self::End => Piece::End,
        }
    }
}

impl fmt::Debug for Piece<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(name) => write!(f, "<{name:?}>"),
            Self::Attribute { name, value } => write!(f, "{name} ({} bytes)", value.len()),
            Self::Value(value) => value.fmt(f),
            Self::End => f.write_str("</>"),
        }
    }
}

impl From<Tag> for ElementName<'_> {
    fn from(tag: Tag) -> Self {
        Self::Known(tag)
    }
}
