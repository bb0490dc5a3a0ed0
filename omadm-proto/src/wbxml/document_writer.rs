//! The writer of all documents that are no messages \[wbxml 2, 3, 4, 8\].
//!
//! Tokens stand for whole attribute names and whole values where there is one that is written, preferably on the attribute
//! page that is in force; everything else is a name token and a string. Values are never put together from tokens and
//! strings, because no encoder does that and not every decoder expects it.

use alloc::vec::Vec;

use super::header::PublicId;
use super::token::{ATTRIBUTE_BIT, CONTENT_BIT, END, OPAQUE, STR_I, SWITCH_PAGE};
use super::vocabulary::Vocabulary;
use super::writer::push_integer;
use crate::element::{Event, EventSink, Name};
use crate::error::EncodeError;

/// UTF-8, by its `MIBenum`.
const UTF8: u8 = 106;

/// A version that is written \[wbxml 1\].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums, reason = "senders must use one of these three")]
pub enum Version {
    /// 1.1
    V1_1,
    /// 1.2, which most of the field writes.
    V1_2,
    /// 1.3
    V1_3,
}

impl Version {
    /// The first byte of a document.
    const fn byte(self) -> u8 {
        match self {
            Self::V1_1 => 1,
            Self::V1_2 => 2,
            Self::V1_3 => 3,
        }
    }
}

/// Writes element events as one document of any vocabulary: DevInf, DDF and TNDS, provisioning, or a caller's own. Messages
/// go through [`Writer`](super::Writer), which writes the same and is made for speed.
///
/// ```
/// # use omadm_proto::element::{EventSink, ddf};
/// # use omadm_proto::wbxml::{DocumentWriter, Vocabulary};
/// # fn main() -> Result<(), omadm_proto::error::EncodeError> {
/// let mut tree = DocumentWriter::new(Vec::new(), Vocabulary::DM_DDF);
/// tree.start(ddf::MGMT_TREE)?;
/// tree.leaf(ddf::VER_DTD, "1.2")?;
/// tree.end()?;
/// let header = b"\x02\x00\x00\x6A\x1B-//OMA//DTD-DM-DDF 1.2//EN\x00";
/// assert_eq!(tree.into_bytes(), [&header[..], b"\x00\x02\x60\x77\x031.2\x00\x01\x01"].concat());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct DocumentWriter {
    out: Vec<u8>,
    vocabulary: &'static Vocabulary,
    /// Where the header ends.
    body: usize,
    state: State,
}

/// What the next byte depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    depth: usize,
    /// The code page of elements in force.
    page: u8,
    attribute_page: u8,
    last: Last,
}

/// Where a writer stands: enough to go back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg(feature = "xml")]
pub(crate) struct Place {
    pub(crate) len: usize,
    state: State,
}

/// What was written last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    /// An element token, at this index, and whether attributes of it: whether content follows is not known yet.
    Start {
        at: usize,
        attributes: bool,
    },
    /// An `STR_I`, which more text can be appended to.
    Text,
    Other,
}

impl DocumentWriter {
    /// A writer that appends a document of `vocabulary` to `out`: version 1.2 and the first public identifier.
    #[must_use]
    pub fn new(out: Vec<u8>, vocabulary: &'static Vocabulary) -> Self {
        let public_id = vocabulary.public_ids().first().copied().unwrap_or(PublicId::UNKNOWN);
        Self::with_header(out, vocabulary, Version::V1_2, public_id)
    }

    /// A writer that appends a document of `vocabulary` to `out`, with a header of the caller's choice. A public identifier
    /// that is a name makes a string table that holds just that.
    #[must_use]
    pub fn with_header(
        mut out: Vec<u8>,
        vocabulary: &'static Vocabulary,
        version: Version,
        public_id: PublicId<'_>,
    ) -> Self {
        out.push(version.byte());
        match public_id {
            // A first byte 0 would announce a name.
            PublicId::Number(0) => out.extend_from_slice(&[0x80, 0, UTF8, 0]),
            PublicId::Number(number) => {
                push_integer(&mut out, number);
                out.extend_from_slice(&[UTF8, 0]);
            }
            PublicId::Name(name) => {
                out.extend_from_slice(&[0, 0, UTF8]);
                push_integer(&mut out, u32::try_from(name.len() + 1).unwrap_or(u32::MAX));
                out.extend_from_slice(name.as_bytes());
                out.push(0);
            }
        }
        let body = out.len();
        let state = State { depth: 0, page: 0, attribute_page: 0, last: Last::Other };
        Self { out, vocabulary, body, state }
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

    #[cfg(feature = "xml")]
    pub(crate) const fn place(&self) -> Place {
        Place { len: self.out.len(), state: self.state }
    }

    /// Goes back to an earlier place, which must be one behind an End or a value.
    #[cfg(feature = "xml")]
    pub(crate) fn rewind(&mut self, place: Place) {
        self.out.truncate(place.len);
        self.state = place.state;
    }

    /// Replaces what was written, behind an End.
    #[cfg(feature = "xml")]
    pub(crate) fn replace(&mut self, range: core::ops::Range<usize>, with: &[u8]) {
        self.out.splice(range, with.iter().copied());
    }

    fn page_and_token(&self, name: Name<'_>) -> Result<(u8, u8), EncodeError> {
        let found = match name {
            Name::Known(tag) if tag.is_written() => {
                self.vocabulary.page_of(tag.space()).map(|page| (page, tag.token()))
            }
            Name::Unknown(name) => self.vocabulary.listed(name),
            Name::Token { page, token: token @ 0x05..=0x3F } if !self.vocabulary.has_name(page, token) => {
                Some((page, token))
            }
            Name::Known(_) | Name::Token { .. } => None,
        };
        found.ok_or(EncodeError::NoToken)
    }

    fn begin(&mut self, name: Name<'_>) -> Result<(), EncodeError> {
        let (page, token) = self.page_and_token(name)?;
        if self.state.depth == 0 && self.out.len() != self.body {
            return Err(EncodeError::Unbalanced);
        }
        self.end_start(CONTENT_BIT);
        if self.state.page != page {
            self.out.extend_from_slice(&[SWITCH_PAGE, page]);
            self.state.page = page;
        }
        self.state.last = Last::Start { at: self.out.len(), attributes: false };
        self.state.depth += 1;
        self.out.push(token);
        Ok(())
    }

    /// Makes the token of an element that just began final with `bits`, and ends its attributes; tells whether there was one.
    fn end_start(&mut self, bits: u8) -> bool {
        let Last::Start { at, attributes } = self.state.last else { return false };
        let attribute_bit = if attributes { ATTRIBUTE_BIT } else { 0 };
        if let Some(token) = self.out.get_mut(at) {
            *token |= bits | attribute_bit;
        }
        if attributes {
            self.out.push(END);
        }
        self.state.last = Last::Other;
        true
    }

    fn finish(&mut self) -> Result<(), EncodeError> {
        self.state.depth = self.state.depth.checked_sub(1).ok_or(EncodeError::Unbalanced)?;
        if !self.end_start(0) {
            self.out.push(END);
        }
        self.state.last = Last::Other;
        Ok(())
    }

    fn attribute(&mut self, name: &str, value: &str) -> Result<(), EncodeError> {
        let Last::Start { attributes, .. } = &mut self.state.last else { return Err(EncodeError::Unbalanced) };
        let start = self.vocabulary.start_to_write(self.state.attribute_page, name, value);
        let start = start.ok_or(EncodeError::NoAttributeToken)?;
        *attributes = true;
        self.attribute_token(start.page, start.token);
        if !start.value.is_empty() || value.is_empty() {
            return Ok(());
        }
        match self.vocabulary.value_to_write(self.state.attribute_page, value) {
            Some(row) => {
                self.attribute_token(row.page, row.token);
                Ok(())
            }
            None if value.as_bytes().contains(&0) => self.push_opaque(value.as_bytes()),
            None => {
                self.push_string(value);
                Ok(())
            }
        }
    }

    fn attribute_token(&mut self, page: u8, token: u8) {
        if self.state.attribute_page != page {
            self.out.extend_from_slice(&[SWITCH_PAGE, page]);
            self.state.attribute_page = page;
        }
        self.out.push(token);
    }

    fn text(&mut self, text: &str) -> Result<(), EncodeError> {
        if text.is_empty() {
            return Ok(());
        }
        if text.as_bytes().contains(&0) {
            return self.opaque(text.as_bytes());
        }
        if self.state.last == Last::Text {
            self.out.pop();
            self.out.extend_from_slice(text.as_bytes());
            self.out.push(0);
        } else {
            self.begin_value()?;
            self.push_string(text);
        }
        self.state.last = Last::Text;
        Ok(())
    }

    fn opaque(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.begin_value()?;
        self.push_opaque(bytes)
    }

    fn begin_value(&mut self) -> Result<(), EncodeError> {
        if self.state.depth == 0 {
            return Err(EncodeError::Unbalanced);
        }
        self.end_start(CONTENT_BIT);
        self.state.last = Last::Other;
        Ok(())
    }

    fn push_string(&mut self, text: &str) {
        self.out.push(STR_I);
        self.out.extend_from_slice(text.as_bytes());
        self.out.push(0);
    }

    fn push_opaque(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        let len = u32::try_from(bytes.len()).map_err(|_| EncodeError::TooLong)?;
        self.out.push(OPAQUE);
        push_integer(&mut self.out, len);
        self.out.extend_from_slice(bytes);
        Ok(())
    }
}

impl EventSink for DocumentWriter {
    fn event(&mut self, event: Event<'_>) -> Result<(), EncodeError> {
        match event {
            Event::Start(name) => self.begin(name),
            Event::Attribute(attribute) => self.attribute(attribute.name, &attribute.value),
            Event::Text(text) => self.text(text),
            Event::Char(character) => self.text(character.encode_utf8(&mut [0; 4])),
            Event::Opaque(bytes) => self.opaque(bytes),
            Event::End => self.finish(),
        }
    }
}
