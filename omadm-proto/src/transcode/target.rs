//! What the two writers have in common beyond element events, when documents are copied into them.

use alloc::vec::Vec;
use core::ops::Range;

use crate::element::{Event, EventSink, Name, Space, Tag};
use crate::error::EncodeError;
use crate::exchange::Syntax;
use crate::wbxml::Vocabulary;
use crate::xml::Spelling;
use crate::{wbxml, xml};

/// A value that is written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'v> {
    Text(&'v str),
    /// Bytes that may be text.
    Opaque(&'v [u8]),
    /// Bytes that are no text, whatever they look like.
    Binary(&'v [u8]),
}

/// A writer that can go back and correct itself.
pub(super) trait Target: EventSink {
    const SYNTAX: Syntax;

    /// A place to go back to.
    type Place: Copy;

    fn place(&self) -> Self::Place;

    /// Goes back to `place`, where `depth` elements were open.
    fn go_back(&mut self, place: Self::Place, depth: usize);

    /// What has been written.
    fn written(&self) -> &[u8];

    /// Replaces what was written; no element that is still open may have begun behind it.
    fn replace(&mut self, range: Range<usize>, with: &[u8]);

    /// Where in the output a text stands that was written as all of `range`.
    fn text_in(range: Range<usize>) -> Range<usize>;

    /// Writes `value`, as base64 if the syntax cannot carry it.
    fn value(&mut self, value: Value<'_>) -> Result<Spelling, EncodeError>;

    /// Writes the element `tag` with nothing but `text`, and tells where in the output the text stands. After
    /// [`EncodeError::Character`] nothing is written.
    fn text_leaf(&mut self, tag: Tag, text: &str) -> Result<Range<usize>, EncodeError>;
}

impl Target for xml::Writer {
    const SYNTAX: Syntax = Syntax::Xml;

    type Place = xml::Place;

    fn place(&self) -> Self::Place {
        self.place()
    }

    fn go_back(&mut self, place: Self::Place, depth: usize) {
        self.rewind(place, depth);
    }

    fn written(&self) -> &[u8] {
        self.as_bytes()
    }

    fn replace(&mut self, range: Range<usize>, with: &[u8]) {
        self.replace(range, with);
    }

    fn text_in(range: Range<usize>) -> Range<usize> {
        range
    }

    #[inline]
    fn value(&mut self, value: Value<'_>) -> Result<Spelling, EncodeError> {
        match value {
            Value::Text(text) => self.text(text).map(|()| Spelling::Text),
            Value::Opaque(bytes) => self.bytes(bytes),
            Value::Binary(bytes) => self.base64(bytes).map(|()| Spelling::Base64),
        }
    }

    #[inline]
    fn text_leaf(&mut self, tag: Tag, text: &str) -> Result<Range<usize>, EncodeError> {
        self.text_leaf(tag, text)
    }
}

impl Target for wbxml::DocumentWriter {
    const SYNTAX: Syntax = Syntax::Wbxml;

    type Place = wbxml::DocumentPlace;

    fn place(&self) -> Self::Place {
        self.place()
    }

    fn go_back(&mut self, place: Self::Place, _: usize) {
        self.rewind(place);
    }

    fn written(&self) -> &[u8] {
        self.as_bytes()
    }

    fn replace(&mut self, range: Range<usize>, with: &[u8]) {
        self.replace(range, with);
    }

    /// Between `STR_I` and its NUL.
    fn text_in(range: Range<usize>) -> Range<usize> {
        range.start + 1..range.end.saturating_sub(1)
    }

    fn value(&mut self, value: Value<'_>) -> Result<Spelling, EncodeError> {
        self.event(match value {
            Value::Text(text) => Event::Text(text),
            Value::Opaque(bytes) | Value::Binary(bytes) => Event::Opaque(bytes),
        })?;
        Ok(Spelling::Text)
    }

    fn text_leaf(&mut self, tag: Tag, text: &str) -> Result<Range<usize>, EncodeError> {
        self.start(tag)?;
        let begin = self.as_bytes().len();
        self.event(Event::Text(text))?;
        let range = begin..self.as_bytes().len();
        self.end()?;
        Ok(Self::text_in(range))
    }
}

/// A writer that appends a document with this root to `out`.
pub(super) fn wbxml_writer(root: Option<&Event<'_>>, out: Vec<u8>) -> wbxml::DocumentWriter {
    let vocabulary = match root_space(root) {
        Some(Space::DmDdf) => Vocabulary::DM_DDF,
        Some(Space::DevInf) => Vocabulary::DEVINF,
        Some(Space::SyncMl | Space::MetInf | Space::Provisioning) | None => Vocabulary::SYNCML,
    };
    wbxml::DocumentWriter::new(out, vocabulary)
}

/// The space of the root element.
pub(super) fn root_space(root: Option<&Event<'_>>) -> Option<Space> {
    if let Some(Event::Start(Name::Known(tag))) = root { Some(tag.space()) } else { None }
}
