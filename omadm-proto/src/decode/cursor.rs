//! Walking through the children of elements, and reading the leaves.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::marker::PhantomData;
use core::str::FromStr;

use crate::element::{Attribute, Event, EventSource, Name, Tag, syncml};
use crate::error::{DecodeError, DecodeErrorKind, Limit};
use crate::limits::Limits;
use crate::message::Data;

/// A source of events with the limits that hold for the typed message.
pub(super) struct Cursor<'a, 'l, S> {
    source: S,
    pub(super) limits: &'l Limits,
    /// Commands read so far.
    pub(super) commands: usize,
    /// An event that was read to see whether it is an attribute.
    peeked: Option<Event<'a>>,
    lifetime: PhantomData<&'a [u8]>,
}

impl<'a, 'l, S: EventSource<'a>> Cursor<'a, 'l, S> {
    pub(super) const fn new(source: S, limits: &'l Limits) -> Self {
        Self { source, limits, commands: 0, peeked: None, lifetime: PhantomData }
    }

    /// Begins the document, whose root must be `expected`.
    pub(super) fn root(&mut self, expected: Tag) -> Result<(), DecodeError> {
        match self.source.expect_event()? {
            Event::Start(Name::Known(tag)) if tag == expected => Ok(()),
            Event::Start(_) | Event::Attribute(_) | Event::Text(_) | Event::Char(_) | Event::Opaque(_) | Event::End => {
                Err(self.error(DecodeErrorKind::UnexpectedRoot(expected)))
            }
        }
    }

    /// Ends the document.
    pub(super) fn finish(&mut self) -> Result<(), DecodeError> {
        match self.source.next_event()? {
            None => Ok(()),
            Some(_) => Err(self.error(DecodeErrorKind::TrailingBytes)),
        }
    }

    pub(super) fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(kind, self.source.offset())
    }

    pub(super) fn invalid(&self, tag: Tag) -> DecodeError {
        self.error(DecodeErrorKind::InvalidValue(tag))
    }

    pub(super) fn duplicate(&self, tag: Tag) -> DecodeError {
        self.error(DecodeErrorKind::DuplicateElement(tag))
    }

    pub(super) fn exceeded(&self, limit: Limit) -> DecodeError {
        self.error(DecodeErrorKind::LimitExceeded(limit))
    }

    pub(super) fn require<T>(&self, value: Option<T>, parent: Tag, child: Tag) -> Result<T, DecodeError> {
        value.ok_or_else(|| self.error(DecodeErrorKind::MissingElement { parent, child }))
    }

    fn event(&mut self) -> Result<Event<'a>, DecodeError> {
        match self.peeked.take() {
            Some(event) => Ok(event),
            None => self.source.expect_event(),
        }
    }

    /// The next child of the open element; `None` when that has ended. Text between children is skipped.
    pub(super) fn child(&mut self) -> Result<Option<Name<'a>>, DecodeError> {
        loop {
            match self.event()? {
                Event::Start(name) => return Ok(Some(name)),
                Event::End => return Ok(None),
                Event::Attribute(_) | Event::Text(_) | Event::Char(_) | Event::Opaque(_) => {}
            }
        }
    }

    /// Skips the element that just began.
    pub(super) fn skip(&mut self) -> Result<(), DecodeError> {
        self.source.skip_element()
    }

    /// Reads an element whose presence is its meaning.
    pub(super) fn flag(&mut self) -> Result<bool, DecodeError> {
        self.skip().map(|()| true)
    }

    /// The attribute of the element that just began whose local name is `name`.
    pub(super) fn attribute(&mut self, name: &str) -> Result<Option<Cow<'a, str>>, DecodeError> {
        let mut found = None;
        loop {
            match self.source.expect_event()? {
                Event::Attribute(attribute) if attribute.local_name() == name => {
                    let Attribute { value, .. } = attribute;
                    found = Some(value);
                }
                Event::Attribute(_) => {}
                other @ (Event::Start(_) | Event::Text(_) | Event::Char(_) | Event::Opaque(_) | Event::End) => {
                    self.peeked = Some(other);
                    return Ok(found);
                }
            }
        }
    }

    /// The text of the element `tag`, which just began; elements inside are skipped.
    pub(super) fn text(&mut self, tag: Tag) -> Result<Cow<'a, str>, DecodeError> {
        let mut text = Cow::Borrowed("");
        loop {
            match self.event()? {
                Event::Text(piece) => append(&mut text, piece),
                Event::Char(character) => text.to_mut().push(character),
                Event::Opaque(bytes) => {
                    let piece = core::str::from_utf8(bytes).map_err(|_| self.invalid(tag))?;
                    append(&mut text, piece);
                }
                Event::Start(_) => self.skip()?,
                Event::Attribute(_) => {}
                Event::End => return Ok(text),
            }
        }
    }

    /// The same without the white space at its ends, for values where that is layout.
    pub(super) fn trimmed(&mut self, tag: Tag) -> Result<Cow<'a, str>, DecodeError> {
        let text = self.text(tag)?;
        Ok(match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
            Cow::Owned(text) => Cow::Owned(String::from(text.trim())),
        })
    }

    /// The number that the element `tag` holds in decimal.
    pub(super) fn number<T: FromStr>(&mut self, tag: Tag) -> Result<T, DecodeError> {
        let text = self.trimmed(tag)?;
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = if digits { text.parse().ok() } else { None };
        number.ok_or_else(|| self.invalid(tag))
    }

    /// The content of an element that carries a value: text, bytes, or elements as XML.
    pub(super) fn data(&mut self) -> Result<Data<'a>, DecodeError> {
        self.value().map(Value::into_data)
    }

    /// The same, where bytes that were written as opaque stay opaque even if they are text.
    pub(super) fn opaque_or_text(&mut self) -> Result<Data<'a>, DecodeError> {
        Ok(match self.value()? {
            Value::Bytes(bytes) => Data::Opaque(bytes),
            text @ (Value::Text(_) | Value::Xml(_)) => text.into_data(),
        })
    }

    fn value(&mut self) -> Result<Value<'a>, DecodeError> {
        let begin = self.source.position();
        let mut value = Value::Text(Cow::Borrowed(""));
        loop {
            match self.event()? {
                Event::Text(piece) => value.push(piece.as_bytes(), Some(piece)),
                Event::Char(character) => value.push_char(character),
                Event::Opaque(bytes) => value.push(bytes, None),
                Event::Start(first) => {
                    let Some(before) = value.as_str() else {
                        return Err(self.invalid(syncml::DATA));
                    };
                    return self.source.inner_xml(begin, before, first).map(Value::Xml);
                }
                Event::Attribute(_) => {}
                Event::End => return Ok(value),
            }
        }
    }
}

/// A value that is put together from pieces.
enum Value<'a> {
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
    /// Element content; nothing is appended to it.
    Xml(Cow<'a, str>),
}

impl<'a> Value<'a> {
    /// Appends `bytes`, which are also `text` unless they were written as opaque.
    fn push(&mut self, bytes: &'a [u8], text: Option<&'a str>) {
        match (&mut *self, text) {
            (Self::Text(value), Some(text)) => append(value, text),
            (Self::Text(value), None) if value.is_empty() => *self = Self::Bytes(Cow::Borrowed(bytes)),
            (Self::Text(value), None) => {
                let mut all = core::mem::take(value).into_owned().into_bytes();
                all.extend_from_slice(bytes);
                *self = Self::Bytes(Cow::Owned(all));
            }
            (Self::Bytes(value), _) => value.to_mut().extend_from_slice(bytes),
            (Self::Xml(_), _) => {}
        }
    }

    fn push_char(&mut self, character: char) {
        match self {
            Self::Text(value) => value.to_mut().push(character),
            Self::Xml(_) => {}
            Self::Bytes(value) => value.to_mut().extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }

    fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Xml(text) => Some(text),
            Self::Bytes(bytes) => core::str::from_utf8(bytes).ok(),
        }
    }

    /// Opaque bytes that are text are text.
    fn into_data(self) -> Data<'a> {
        match self {
            Self::Text(text) => Data::Text(text),
            Self::Bytes(bytes) => Data::from_bytes(bytes),
            Self::Xml(text) => Data::Xml(text),
        }
    }
}

/// Appends `piece` to `text`; the first piece is borrowed.
fn append<'a>(text: &mut Cow<'a, str>, piece: &'a str) {
    if text.is_empty() {
        *text = Cow::Borrowed(piece);
    } else {
        text.to_mut().push_str(piece);
    }
}

/// Appends `item` unless the list is full.
pub(super) fn push_limited<T>(list: &mut Vec<T>, item: T, max: usize) -> bool {
    let fits = list.len() < max;
    if fits {
        list.push(item);
    }
    fits
}
