//! The writer of the compact form.

mod tags;

use alloc::vec::Vec;
use core::ops::Range;

use super::escape::{Context, Spelling, escape, escape_bytes, is_qualified_name};
use crate::element::{Event, EventSink, Name, Space, Tag, syncml};
use crate::error::EncodeError;
use tags::Tags;

pub(super) const DECLARATION: &[u8] = br#"<?xml version="1.0" encoding="UTF-8"?>"#;

/// Writes element events as one XML document.
///
/// Opaque bytes that are text are written as text, others as base64: the Format that tells is the caller's business
/// ([`crate::encode`] sees to it).
#[derive(Debug, Clone)]
pub struct Writer {
    out: Vec<u8>,
    open: Vec<Open>,
    /// What encloses the root: nothing for a document, an element for a fragment.
    base: Option<Space>,
    syncml_namespace: &'static str,
    indent: Option<usize>,
    last: Last,
}

/// An open element: where its name stands in the output, and its space.
#[derive(Debug, Clone, Copy)]
struct Open {
    name_at: usize,
    name_len: usize,
    tag: Option<Tag>,
    space: Option<Space>,
}

/// Where a writer stands: enough to go back to while the same elements are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) len: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Nothing yet, or the declaration.
    Nothing,
    /// A start tag, which more attributes can be added to.
    StartTag,
    Text,
    End,
}

impl Writer {
    /// A writer that appends a document to `out`, XML declaration first.
    #[must_use]
    pub fn new(mut out: Vec<u8>) -> Self {
        out.extend_from_slice(DECLARATION);
        Self::without_declaration(out)
    }

    /// The same without the XML declaration, which no reader of UTF-8 needs.
    #[must_use]
    pub fn without_declaration(out: Vec<u8>) -> Self {
        Self { out, base: None, ..Self::fragment(Space::SyncMl) }
    }

    /// A writer of element content that will stand inside an element of `space`: without declaration, text allowed
    /// outside of elements.
    #[must_use]
    pub const fn fragment(space: Space) -> Self {
        Self {
            out: Vec::new(),
            open: Vec::new(),
            base: Some(space),
            syncml_namespace: "SYNCML:SYNCML1.2",
            indent: None,
            last: Last::Nothing,
        }
    }

    /// The same, with another namespace for the SyncML elements; the default is that of version 1.2.
    #[must_use]
    pub const fn with_namespace(mut self, namespace: &'static str) -> Self {
        self.syncml_namespace = namespace;
        self
    }

    /// The same, with every element on a line of its own, indented by `width` blanks a level. The content of Data stays as
    /// it is.
    #[must_use]
    pub const fn indented(mut self, width: usize) -> Self {
        self.indent = Some(width);
        self
    }

    /// What has been written.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.out
    }

    /// What has been written, and what was in the buffer before.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// Writes `xml` verbatim as content of the open element.
    ///
    /// The caller vouches that it is well-formed, balanced content.
    ///
    /// # Errors
    /// No element is open.
    pub fn markup(&mut self, xml: &str) -> Result<(), EncodeError> {
        self.begin_text()?;
        self.out.extend_from_slice(xml.as_bytes());
        Ok(())
    }

    pub(crate) const fn place(&self) -> Place {
        Place { len: self.out.len() }
    }

    /// Declares that the open element has content, whatever is written next.
    pub(crate) const fn open_content(&mut self) {
        self.last = Last::Text;
    }

    /// Goes back to an earlier place, where `depth` elements were open.
    pub(crate) fn rewind(&mut self, place: Place, depth: usize) {
        self.out.truncate(place.len);
        self.open.truncate(depth);
        self.last = Last::Text;
    }

    /// Replaces what was written; no element that is still open may have begun behind it.
    #[cfg(all(feature = "xml", feature = "wbxml"))]
    pub(crate) fn replace(&mut self, range: Range<usize>, with: &[u8]) {
        self.out.splice(range, with.iter().copied());
    }

    fn enclosing(&self) -> Option<Space> {
        self.open.last().map_or(self.base, |open| open.space)
    }

    /// The root has no siblings, and indented tags stand on lines of their own.
    #[inline]
    fn begin_tag(&mut self) -> Result<(), EncodeError> {
        if self.open.is_empty() && self.base.is_none() && self.last != Last::Nothing {
            return Err(EncodeError::Unbalanced);
        }
        if let Some(width) = self.indent {
            self.break_line(width, self.open.len());
        }
        Ok(())
    }

    /// Writes the start tag of `tag`, with its namespace unless that is in force.
    #[inline]
    fn start_tag(&mut self, tag: Tag, enclosing: Option<Space>) {
        Tags::of(tag).start(&mut self.out);
        if enclosing != Some(tag.space()) {
            self.declare(tag.space());
        }
    }

    #[inline]
    fn start_known(&mut self, tag: Tag) -> Result<(), EncodeError> {
        self.begin_tag()?;
        let name_at = self.out.len() + 1;
        self.start_tag(tag, self.enclosing());
        self.open.push(Open { name_at, name_len: 0, tag: Some(tag), space: Some(tag.space()) });
        self.last = Last::StartTag;
        Ok(())
    }

    fn start_unknown(&mut self, name: &str) -> Result<(), EncodeError> {
        if !is_qualified_name(name) {
            return Err(EncodeError::Name);
        }
        self.begin_tag()?;
        self.out.push(b'<');
        let name_at = self.out.len();
        self.out.extend_from_slice(name.as_bytes());
        self.out.push(b'>');
        self.open.push(Open { name_at, name_len: name.len(), tag: None, space: self.enclosing() });
        self.last = Last::StartTag;
        Ok(())
    }

    /// Adds the namespace of `space` to the start tag at the end of the output.
    fn declare(&mut self, space: Space) {
        self.out.pop();
        if space == Space::MetInf {
            self.out.extend_from_slice(b" xmlns=\"syncml:metinf\">");
            return;
        }
        let namespace = if space == Space::SyncMl { Some(self.syncml_namespace) } else { space.namespace() };
        match namespace {
            Some(namespace) => self.declare_as(namespace),
            None => self.out.push(b'>'),
        }
    }

    fn declare_as(&mut self, namespace: &str) {
        self.out.extend_from_slice(b" xmlns=\"");
        self.out.extend_from_slice(namespace.as_bytes());
        self.out.extend_from_slice(b"\">");
    }

    fn attribute(&mut self, name: &str, value: &str) -> Result<(), EncodeError> {
        if self.last != Last::StartTag {
            return Err(EncodeError::Unbalanced);
        }
        if !is_qualified_name(name) {
            return Err(EncodeError::Name);
        }
        self.out.pop();
        let begin = self.out.len();
        self.out.push(b' ');
        self.out.extend_from_slice(name.as_bytes());
        self.out.push(b'=');
        let (before, written) = self.out.split_at_checked(begin).unwrap_or_default();
        let tag = before.get(self.open.last().map_or(0, |open| open.name_at)..).unwrap_or_default();
        // Quotation marks in values are written as references, so every second piece between marks is a value.
        let mut names = tag.split(|byte| *byte == b'"').step_by(2);
        if names.any(|piece| piece.ends_with(written)) {
            return Err(EncodeError::DuplicateAttribute);
        }
        self.out.push(b'"');
        escape(&mut self.out, value, Context::Attribute)?;
        self.out.extend_from_slice(b"\">");
        Ok(())
    }

    #[inline]
    fn end(&mut self) -> Result<(), EncodeError> {
        if let Some(width) = self.indent
            && self.last == Last::End
        {
            self.break_line(width, self.open.len().saturating_sub(1));
        }
        let open = self.open.pop().ok_or(EncodeError::Unbalanced)?;
        match open.tag {
            _ if self.last == Last::StartTag => self.empty_tag(),
            Some(tag) => Tags::of(tag).end(&mut self.out),
            None => {
                self.out.extend_from_slice(b"</");
                self.out.extend_from_within(open.name_at..open.name_at + open.name_len);
                self.out.push(b'>');
            }
        }
        self.last = Last::End;
        Ok(())
    }

    /// Makes the start tag at the end of the output that of an empty element.
    fn empty_tag(&mut self) {
        self.out.pop();
        self.out.extend_from_slice(b"/>");
    }

    /// Writes `text`.
    #[inline]
    pub(crate) fn text(&mut self, text: &str) -> Result<(), EncodeError> {
        if text.is_empty() {
            return Ok(());
        }
        self.begin_text()?;
        escape(&mut self.out, text, Context::Content)
    }

    /// Writes the element `tag` with nothing but `text`, and tells where the text stands. After an error nothing is written.
    #[inline]
    pub(crate) fn text_leaf(&mut self, tag: Tag, text: &str) -> Result<Range<usize>, EncodeError> {
        let before = self.out.len();
        self.begin_tag()?;
        self.start_tag(tag, self.enclosing());
        let begin = self.out.len();
        if text.is_empty() {
            self.empty_tag();
            self.last = Last::End;
            return Ok(begin..begin);
        }
        if let Err(error) = escape(&mut self.out, text, Context::Content) {
            self.out.truncate(before);
            return Err(error);
        }
        let range = begin..self.out.len();
        Tags::of(tag).end(&mut self.out);
        self.last = Last::End;
        Ok(range)
    }

    /// Writes `bytes` as text, or as base64 if they are no text; tells which.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<Spelling, EncodeError> {
        if bytes.is_empty() {
            return Ok(Spelling::Text);
        }
        self.begin_text()?;
        escape_bytes(&mut self.out, bytes)
    }

    /// Writes `bytes` as base64.
    #[cfg(all(feature = "xml", feature = "wbxml"))]
    pub(crate) fn base64(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.begin_text()?;
        super::escape::push_base64(&mut self.out, bytes);
        Ok(())
    }

    #[inline]
    fn begin_text(&mut self) -> Result<(), EncodeError> {
        if self.open.is_empty() && self.base.is_none() {
            return Err(EncodeError::Unbalanced);
        }
        self.last = Last::Text;
        Ok(())
    }

    /// A new line for a tag at `depth`, unless text stands beside it or it is content of Data.
    fn break_line(&mut self, width: usize, depth: usize) {
        let in_data = self.open.iter().any(|open| open.tag == Some(syncml::DATA));
        if self.last != Last::Text && !in_data {
            self.out.push(b'\n');
            self.out.resize(self.out.len() + depth * width, b' ');
        }
    }
}

impl EventSink for Writer {
    fn event(&mut self, event: Event<'_>) -> Result<(), EncodeError> {
        match event {
            Event::Start(Name::Known(tag)) => self.start_known(tag),
            Event::Start(name) => self.start_unknown(&name.to_text()),
            Event::Attribute(attribute) => self.attribute(attribute.name, &attribute.value),
            Event::Text(text) => self.text(text),
            Event::Char(character) => self.text(character.encode_utf8(&mut [0; 4])),
            Event::Opaque(bytes) => self.bytes(bytes).map(|_| ()),
            Event::End => self.end(),
        }
    }

    #[inline]
    fn start(&mut self, tag: Tag) -> Result<(), EncodeError> {
        self.start_known(tag)
    }

    #[inline]
    fn end(&mut self) -> Result<(), EncodeError> {
        self.end()
    }

    fn leaf(&mut self, tag: Tag, text: &str) -> Result<(), EncodeError> {
        self.text_leaf(tag, text).map(|_| ())
    }
}
