//! The writer of the canonical form.

pub(super) mod leaf;

use alloc::vec::Vec;

use super::token::{CONTENT_BIT, END, OPAQUE, STR_I, SWITCH_PAGE};
use super::vocabulary::Vocabulary;
use crate::element::{Event, EventSink, Name, Space, Tag};
use crate::error::EncodeError;

/// WBXML 1.2, public identifier SyncML 1.2, UTF-8, no string table.
pub(super) const HEADER: [u8; 5] = [0x02, 0xA4, 0x01, 0x6A, 0x00];

/// Writes element events as one SyncML document in the canonical form \[wbxml 8\].
///
/// Text is one `STR_I`, or OPAQUE when it holds a NUL; consecutive pieces of text are joined. An element without content has
/// no END.
#[derive(Debug, Clone)]
pub struct Writer {
    out: Vec<u8>,
    /// Where the header ends.
    body: usize,
    place: Place,
}

/// Where a writer stands: enough to go back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) len: usize,
    page: u8,
    depth: usize,
    last: Last,
}

/// What was written last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    /// An element token, at this index, whose content bit is not set yet.
    Start(usize),
    /// An `STR_I`, which more text can be appended to.
    Text,
    Other,
}

impl Writer {
    /// A writer that appends a document to `out`.
    #[must_use]
    pub fn new(mut out: Vec<u8>) -> Self {
        out.extend_from_slice(&HEADER);
        let body = out.len();
        Self { out, body, place: Place { len: body, page: 0, depth: 0, last: Last::Other } }
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

    pub(crate) const fn place(&self) -> Place {
        Place { len: self.out.len(), ..self.place }
    }

    /// Declares that the open element has content, whatever is written next.
    pub(crate) fn open_content(&mut self) {
        self.mark_content();
        self.place.last = Last::Other;
    }

    /// Goes back to an earlier place, which must be one behind [`Self::open_content`] or an End.
    pub(crate) fn rewind(&mut self, place: Place) {
        self.out.truncate(place.len);
        self.place = place;
    }

    /// The bytes that [`Self::empty_leaf`] would write now.
    pub(crate) const fn empty_len(&self, tag: Tag) -> usize {
        match page_of(tag) {
            Ok(page) if page != self.place.page => 3,
            _ => 1,
        }
    }

    fn start(&mut self, name: Name<'_>) -> Result<(), EncodeError> {
        let (page, token) = page_and_token(name)?;
        self.begin_element(page)?;
        self.place.last = Last::Start(self.out.len());
        self.place.depth += 1;
        self.out.push(token);
        Ok(())
    }

    /// What comes before the token of an element of code page `page`.
    #[inline]
    fn begin_element(&mut self, page: u8) -> Result<(), EncodeError> {
        if self.place.depth == 0 && self.out.len() != self.body {
            return Err(EncodeError::Unbalanced);
        }
        self.mark_content();
        if self.place.page != page {
            self.out.extend_from_slice(&[SWITCH_PAGE, page]);
            self.place.page = page;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), EncodeError> {
        self.place.depth = self.place.depth.checked_sub(1).ok_or(EncodeError::Unbalanced)?;
        if !matches!(self.place.last, Last::Start(_)) {
            self.out.push(END);
        }
        self.place.last = Last::Other;
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), EncodeError> {
        if text.is_empty() {
            return Ok(());
        }
        if text.as_bytes().contains(&0) {
            return self.opaque(text.as_bytes());
        }
        if self.place.last == Last::Text {
            self.out.pop();
        } else {
            self.begin_value()?;
            self.out.push(STR_I);
        }
        self.out.extend_from_slice(text.as_bytes());
        self.out.push(0);
        self.place.last = Last::Text;
        Ok(())
    }

    fn opaque(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        let len = u32::try_from(bytes.len()).map_err(|_| EncodeError::TooLong)?;
        self.begin_value()?;
        self.out.push(OPAQUE);
        push_integer(&mut self.out, len);
        self.out.extend_from_slice(bytes);
        self.place.last = Last::Other;
        Ok(())
    }

    fn begin_value(&mut self) -> Result<(), EncodeError> {
        if self.place.depth == 0 {
            return Err(EncodeError::Unbalanced);
        }
        self.mark_content();
        Ok(())
    }

    #[inline]
    fn mark_content(&mut self) {
        if let Last::Start(at) = self.place.last
            && let Some(token) = self.out.get_mut(at)
        {
            *token |= CONTENT_BIT;
        }
    }
}

impl EventSink for Writer {
    fn event(&mut self, event: Event<'_>) -> Result<(), EncodeError> {
        match event {
            Event::Start(name) => self.start(name),
            Event::Attribute(_) => Err(EncodeError::NoAttributeToken),
            Event::Text(text) => self.text(text),
            Event::Char(character) => self.text(character.encode_utf8(&mut [0; 4])),
            Event::Opaque(bytes) => self.opaque(bytes),
            Event::End => self.end(),
        }
    }

    fn leaf(&mut self, name: Tag, text: &str) -> Result<(), EncodeError> {
        self.text_leaf(name, text)
    }

    fn start(&mut self, name: Tag) -> Result<(), EncodeError> {
        self.start(Name::Known(name))
    }

    fn end(&mut self) -> Result<(), EncodeError> {
        self.end()
    }
}

/// The code page and the token of `name` in messages.
#[inline]
pub(super) fn page_and_token(name: Name<'_>) -> Result<(u8, u8), EncodeError> {
    match name {
        Name::Known(tag) => Ok((page_of(tag)?, tag.token())),
        Name::Token { page, token: token @ 0x05..=0x3F } if !Vocabulary::SYNCML.has_name(page, token) => {
            Ok((page, token))
        }
        Name::Token { .. } | Name::Unknown(_) => Err(EncodeError::NoToken),
    }
}

/// The code page of `tag`.
#[inline]
pub(super) const fn page_of(tag: Tag) -> Result<u8, EncodeError> {
    let page = match tag.space() {
        // The pages of messages are known without a look into the table.
        Space::SyncMl => Some(0),
        Space::MetInf => Some(1),
        space @ (Space::DmDdf | Space::DevInf | Space::Provisioning) => Vocabulary::SYNCML.page_of(space),
    };
    match page {
        Some(page) if tag.is_written() => Ok(page),
        Some(_) | None => Err(EncodeError::NoToken),
    }
}

/// The shortest `mb_u_int32`.
pub(super) fn push_integer(out: &mut Vec<u8>, value: u32) {
    let mut shift = 28;
    while shift > 0 && value >> shift == 0 {
        shift -= 7;
    }
    loop {
        #[expect(clippy::cast_possible_truncation, reason = "masked to seven bits")]
        let group = (value >> shift) as u8 & 0x7F;
        if shift == 0 {
            out.push(group);
            return;
        }
        out.push(group | 0x80);
        shift -= 7;
    }
}
