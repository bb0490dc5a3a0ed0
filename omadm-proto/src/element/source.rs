//! Where events come from: the trait that readers implement, and what decoders ask of it.

use alloc::borrow::Cow;

use super::{Attribute, Event, Name, Tag};
use crate::deviation::{DeviationKind, Deviations};
use crate::error::{DecodeError, DecodeErrorKind};

/// The content of an element that carries a value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a document has text, opaque bytes and elements, and nothing else")]
pub enum Value<'a> {
    /// Text.
    Text(Cow<'a, str>),
    /// Bytes, at least some of which came as OPAQUE; nobody has looked whether they are text.
    Opaque(Cow<'a, [u8]>),
    /// Element content, as the XML between the tags.
    Xml(Cow<'a, str>),
}

/// What [`EventSource::quick_child`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a child, the end, or what takes a closer look")]
pub enum Step {
    /// An element with a known name begins.
    Child(Tag),
    /// The open element has ended.
    End,
    /// Something else, or an error: nothing was read, [`EventSource::next_child`] will tell.
    Other,
}

/// Where element events come from: a reader of one of the two syntaxes.
pub trait EventSource<'a> {
    /// The next event; `None` after the End of the root, when nothing but white space, comments and processing
    /// instructions is left.
    ///
    /// # Errors
    /// The document breaks a rule of its syntax or a limit. After an error the source is not used any more.
    fn next_event(&mut self) -> Result<Option<Event<'a>>, DecodeError>;

    /// The byte at which the latest event began.
    fn offset(&self) -> usize;

    /// The byte behind the latest event.
    fn position(&self) -> usize;

    /// The XML text of element content: called right after the `Start` of a child element named `first`, inside an
    /// element whose content began at `begin` and had the text `before` so far; reads up to and including the `End` of
    /// that outer element.
    ///
    /// An XML source gives the document's own text between the tags, a WBXML source writes the XML that the events mean.
    ///
    /// # Errors
    /// As for [`Self::next_event`].
    fn inner_xml(&mut self, begin: usize, before: &str, first: Name<'a>) -> Result<Cow<'a, str>, DecodeError>;

    /// Tells that the document deviates at `offset`. A source that keeps no profile forgives everything and lists nothing.
    ///
    /// # Errors
    /// The source's profile does not forgive it.
    fn notice(&mut self, kind: DeviationKind, offset: usize) -> Result<(), DecodeError> {
        let _ = (kind, offset);
        Ok(())
    }

    /// The deviations noticed so far, by the source itself and through [`Self::notice`].
    fn take_deviations(&mut self) -> Deviations {
        Deviations::new()
    }

    /// The VerDTD that the SyncML namespace of the root belongs to: `1.0`, `1.1` or `1.2`; `None` where none is declared, as
    /// in WBXML.
    fn syncml_version(&self) -> Option<&'static str> {
        None
    }

    /// The namespace of the innermost open element if it is none of [`Space`](super::Space), such as that of a vendor's
    /// extensions; `None` for all others, and in WBXML, which has no such elements.
    fn foreign_namespace(&self) -> Option<&str> {
        None
    }

    /// The next event of an element that is still open.
    ///
    /// # Errors
    /// As for [`Self::next_event`], and when the document ends.
    fn expect_event(&mut self) -> Result<Event<'a>, DecodeError> {
        match self.next_event()? {
            Some(event) => Ok(event),
            None => Err(DecodeError::new(DecodeErrorKind::UnexpectedEnd, self.position())),
        }
    }

    /// Reads up to and including the `End` of the innermost open element.
    ///
    /// # Errors
    /// As for [`Self::next_event`].
    fn skip_element(&mut self) -> Result<(), DecodeError> {
        skip_by_events(self)
    }

    /// The next attribute of the element that just began; `None` when it has no more.
    ///
    /// # Errors
    /// As for [`Self::next_event`].
    fn next_attribute(&mut self) -> Result<Option<Attribute<'a>>, DecodeError>;

    /// The next child of the open element; `None` when that has ended. Text between children is noticed unless it is white
    /// space, and so are attributes of the open element that nobody asked for; neither is reported.
    ///
    /// # Errors
    /// As for [`Self::next_event`] and [`Self::notice`].
    fn next_child(&mut self) -> Result<Option<Name<'a>>, DecodeError> {
        child_by_events(self)
    }

    /// [`Self::next_child`] for what nearly every message consists of, in as few instructions as the source can make it. One
    /// that knows no shorter way reads nothing.
    #[inline]
    fn quick_child(&mut self) -> Step {
        Step::Other
    }

    /// The whole text of the element that just began, up to and including its `End`, if it is there in one plain piece;
    /// otherwise `None`, and nothing was read.
    #[inline]
    fn quick_text(&mut self) -> Option<&'a str> {
        None
    }

    /// The text of the element that just began, up to and including its `End`; borrowed if it came in one piece. Opaque
    /// pieces must be text. Elements inside are noticed and skipped.
    ///
    /// # Errors
    /// As for [`Self::next_event`] and [`Self::notice`].
    fn leaf_text(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        text_by_events(self)
    }

    /// The content of the element that just began, up to and including its `End`; borrowed if it came in one piece.
    ///
    /// # Errors
    /// As for [`Self::next_event`] and [`Self::notice`]; elements behind bytes that are no text are
    /// [`DecodeErrorKind::InvalidUtf8`].
    fn leaf_value(&mut self) -> Result<Value<'a>, DecodeError> {
        value_by_events(self)
    }
}

/// [`EventSource::skip_element`], step by step.
pub(crate) fn skip_by_events<'a, S>(source: &mut S) -> Result<(), DecodeError>
where
    S: EventSource<'a> + ?Sized,
{
    let mut open = 1_usize;
    while open > 0 {
        match source.expect_event()? {
            Event::Start(_) => open += 1,
            Event::End => open -= 1,
            Event::Attribute(_) | Event::Text(_) | Event::Char(_) | Event::Opaque(_) => {}
        }
    }
    Ok(())
}

/// [`EventSource::next_child`], step by step.
pub(crate) fn child_by_events<'a, S>(source: &mut S) -> Result<Option<Name<'a>>, DecodeError>
where
    S: EventSource<'a> + ?Sized,
{
    loop {
        let deviation = match source.expect_event()? {
            Event::Start(name) => return Ok(Some(name)),
            Event::End => return Ok(None),
            Event::Attribute(_) => DeviationKind::UnknownAttribute,
            Event::Text(text) if is_blank(text.as_bytes()) => continue,
            Event::Opaque(bytes) if is_blank(bytes) => continue,
            Event::Char(character) if character.is_ascii_whitespace() => continue,
            Event::Text(_) | Event::Opaque(_) | Event::Char(_) => DeviationKind::StrayText,
        };
        source.notice(deviation, source.offset())?;
    }
}

/// [`EventSource::leaf_text`], step by step.
pub(crate) fn text_by_events<'a, S>(source: &mut S) -> Result<Cow<'a, str>, DecodeError>
where
    S: EventSource<'a> + ?Sized,
{
    let mut text = Cow::Borrowed("");
    loop {
        match source.expect_event()? {
            Event::Text(piece) => append(&mut text, piece),
            Event::Char(character) => text.to_mut().push(character),
            Event::Opaque(bytes) => append(&mut text, as_text(bytes, source.offset())?),
            Event::Start(_) => {
                source.notice(DeviationKind::UnknownElement, source.offset())?;
                source.skip_element()?;
            }
            Event::Attribute(_) => source.notice(DeviationKind::UnknownAttribute, source.offset())?,
            Event::End => return Ok(text),
        }
    }
}

/// [`EventSource::leaf_value`], step by step.
pub(crate) fn value_by_events<'a, S>(source: &mut S) -> Result<Value<'a>, DecodeError>
where
    S: EventSource<'a> + ?Sized,
{
    let begin = source.position();
    let mut value = Value::Text(Cow::Borrowed(""));
    loop {
        match source.expect_event()? {
            Event::Text(piece) => value.push_text(piece),
            Event::Char(character) => value.push_char(character),
            Event::Opaque(bytes) => value.push_opaque(bytes),
            Event::Start(first) => {
                let before = match &value {
                    Value::Text(text) | Value::Xml(text) => text,
                    Value::Opaque(bytes) => as_text(bytes, source.offset())?,
                };
                return source.inner_xml(begin, before, first).map(Value::Xml);
            }
            Event::Attribute(_) => source.notice(DeviationKind::UnknownAttribute, source.offset())?,
            Event::End => return Ok(value),
        }
    }
}

fn as_text(bytes: &[u8], offset: usize) -> Result<&str, DecodeError> {
    core::str::from_utf8(bytes).map_err(|_| DecodeError::new(DecodeErrorKind::InvalidUtf8, offset))
}

impl<'a> Value<'a> {
    fn push_text(&mut self, piece: &'a str) {
        match self {
            Self::Text(text) | Self::Xml(text) => append(text, piece),
            Self::Opaque(bytes) => bytes.to_mut().extend_from_slice(piece.as_bytes()),
        }
    }

    fn push_char(&mut self, character: char) {
        match self {
            Self::Text(text) | Self::Xml(text) => text.to_mut().push(character),
            Self::Opaque(bytes) => bytes.to_mut().extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }

    fn push_opaque(&mut self, piece: &'a [u8]) {
        match self {
            Self::Text(text) | Self::Xml(text) if text.is_empty() => *self = Self::Opaque(Cow::Borrowed(piece)),
            Self::Text(text) | Self::Xml(text) => {
                let mut bytes = core::mem::take(text).into_owned().into_bytes();
                bytes.extend_from_slice(piece);
                *self = Self::Opaque(Cow::Owned(bytes));
            }
            Self::Opaque(bytes) => bytes.to_mut().extend_from_slice(piece),
        }
    }
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_whitespace)
}

/// Appends `piece` to `text`; the first piece is borrowed.
fn append<'a>(text: &mut Cow<'a, str>, piece: &'a str) {
    if text.is_empty() {
        *text = Cow::Borrowed(piece);
    } else {
        text.to_mut().push_str(piece);
    }
}
