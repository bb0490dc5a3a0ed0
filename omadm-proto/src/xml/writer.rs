//! The writer of the compact form.

use alloc::vec::Vec;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::escape::{Context, escape, is_name};
use crate::element::{Event, EventSink, Name, Space, Tag, syncml};
use crate::error::EncodeError;
use crate::message::Data;

const DECLARATION: &[u8] = br#"<?xml version="1.0" encoding="UTF-8"?>"#;

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
    /// A start tag whose `>` is not written yet.
    OpenTag,
    Text,
    End,
}

impl Writer {
    /// A writer that appends a document to `out`, XML declaration first.
    #[must_use]
    pub fn new(mut out: Vec<u8>) -> Self {
        out.extend_from_slice(DECLARATION);
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

    /// Closes the pending start tag, so that a [`Place`] taken now stays valid.
    pub(crate) fn open_content(&mut self) {
        self.close_tag();
        self.last = Last::Text;
    }

    /// Goes back to an earlier place, where `depth` elements were open.
    pub(crate) fn rewind(&mut self, place: Place, depth: usize) {
        self.out.truncate(place.len);
        self.open.truncate(depth);
        self.last = Last::Text;
    }

    fn close_tag(&mut self) {
        if self.last == Last::OpenTag {
            self.out.push(b'>');
        }
    }

    fn enclosing(&self) -> Option<Space> {
        self.open.last().map_or(self.base, |open| open.space)
    }

    fn start(&mut self, name: Name<'_>) -> Result<(), EncodeError> {
        if self.open.is_empty() && self.base.is_none() && self.last != Last::Nothing {
            return Err(EncodeError::Unbalanced);
        }
        let text = name.to_text();
        if name.tag().is_none() && !is_name(&text) {
            return Err(EncodeError::Name);
        }
        self.close_tag();
        self.break_line(self.open.len());
        self.out.push(b'<');
        let name_at = self.out.len();
        self.out.extend_from_slice(text.as_bytes());
        let enclosing = self.enclosing();
        let space = name.tag().map_or(enclosing, |tag| Some(tag.space()));
        if space != enclosing {
            self.declare(space);
        }
        self.open.push(Open { name_at, name_len: text.len(), tag: name.tag(), space });
        self.last = Last::OpenTag;
        Ok(())
    }

    fn declare(&mut self, space: Option<Space>) {
        let namespace = match space {
            Some(Space::SyncMl) => Some(self.syncml_namespace),
            Some(other) => other.namespace(),
            None => None,
        };
        if let Some(namespace) = namespace {
            self.out.extend_from_slice(b" xmlns=\"");
            self.out.extend_from_slice(namespace.as_bytes());
            self.out.push(b'"');
        }
    }

    fn attribute(&mut self, name: &str, value: &str) -> Result<(), EncodeError> {
        if self.last != Last::OpenTag {
            return Err(EncodeError::Unbalanced);
        }
        if !name.split(':').all(is_name) {
            return Err(EncodeError::Name);
        }
        // No value can look like this, since quotation marks are written as references.
        let begin = self.out.len();
        self.out.push(b' ');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"=\"");
        let (before, written) = self.out.split_at_checked(begin).unwrap_or_default();
        let tag = before.get(self.open.last().map_or(0, |open| open.name_at)..).unwrap_or_default();
        if tag.windows(written.len()).any(|window| window == written) {
            return Err(EncodeError::DuplicateAttribute);
        }
        escape(&mut self.out, value, Context::Attribute)?;
        self.out.push(b'"');
        Ok(())
    }

    fn end(&mut self) -> Result<(), EncodeError> {
        if self.last == Last::End {
            self.break_line(self.open.len().saturating_sub(1));
        }
        let open = self.open.pop().ok_or(EncodeError::Unbalanced)?;
        if self.last == Last::OpenTag {
            self.out.extend_from_slice(b"/>");
        } else {
            self.out.extend_from_slice(b"</");
            self.out.extend_from_within(open.name_at..open.name_at + open.name_len);
            self.out.push(b'>');
        }
        self.last = Last::End;
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), EncodeError> {
        if text.is_empty() {
            return Ok(());
        }
        self.begin_text()?;
        escape(&mut self.out, text, Context::Content)
    }

    fn opaque(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        match Data::from_bytes(bytes) {
            Data::Text(text) => self.text(&text),
            Data::Opaque(_) | Data::Xml(_) => self.text(&STANDARD.encode(bytes)),
        }
    }

    fn begin_text(&mut self) -> Result<(), EncodeError> {
        if self.open.is_empty() && self.base.is_none() {
            return Err(EncodeError::Unbalanced);
        }
        self.close_tag();
        self.last = Last::Text;
        Ok(())
    }

    /// In the indented form: a new line for a tag at `depth`, unless text stands beside it or it is content of Data.
    fn break_line(&mut self, depth: usize) {
        let Some(width) = self.indent else { return };
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
            Event::Start(name) => self.start(name),
            Event::Attribute(attribute) => self.attribute(attribute.name, &attribute.value),
            Event::Text(text) => self.text(text),
            Event::Char(character) => self.text(character.encode_utf8(&mut [0; 4])),
            Event::Opaque(bytes) => self.opaque(bytes),
            Event::End => self.end(),
        }
    }
}
