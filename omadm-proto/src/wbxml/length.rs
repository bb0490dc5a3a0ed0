//! The length of a document that is not written.

use super::writer::leaf::has_nul;
use super::writer::{HEADER, page_and_token, page_of};
use crate::element::{Event, EventSink, Name, Tag};
use crate::error::EncodeError;

/// Counts the bytes that a [`Writer`](super::Writer) would write for the same calls, and refuses what it refuses.
#[derive(Debug)]
pub(crate) struct Length {
    len: usize,
    page: u8,
    last: Last,
}

/// What was counted last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    /// An element token.
    Start,
    /// An `STR_I`, which more text can be appended to.
    Text,
    Other,
}

impl Length {
    /// A document of which nothing but the header is written.
    pub(crate) const fn new() -> Self {
        Self { len: HEADER.len(), page: 0, last: Last::Other }
    }

    /// The bytes so far.
    pub(crate) const fn get(&self) -> usize {
        self.len
    }

    /// Begins the element `tag`, which is going to have content.
    #[inline]
    pub(crate) fn open(&mut self, tag: Tag) -> Result<(), EncodeError> {
        self.token(page_of(tag)?);
        self.last = Last::Other;
        Ok(())
    }

    /// Ends an element that began with [`Self::open`].
    #[inline]
    pub(crate) const fn close(&mut self) {
        self.len += 1;
        self.last = Last::Other;
    }

    /// The element `tag` with a text of `len` bytes, none of them NUL.
    #[inline]
    pub(crate) fn plain_leaf(&mut self, tag: Tag, len: usize) -> Result<(), EncodeError> {
        self.open(tag)?;
        // STR_I, NUL and END.
        self.len += if len > 0 { len + 3 } else { 0 };
        Ok(())
    }

    /// The element `tag` with `len` opaque bytes.
    pub(crate) fn opaque_leaf(&mut self, tag: Tag, len: usize) -> Result<(), EncodeError> {
        self.open(tag)?;
        self.opaque(len)?;
        self.close();
        Ok(())
    }

    /// The open element gets content.
    pub(crate) const fn settle(&mut self) {
        self.last = Last::Other;
    }

    /// The token of an element of code page `page`.
    #[inline]
    fn token(&mut self, page: u8) {
        self.len += if self.page == page { 1 } else { 3 };
        self.page = page;
    }

    fn text(&mut self, text: &str) -> Result<(), EncodeError> {
        if text.is_empty() {
            return Ok(());
        }
        if has_nul(text.as_bytes()) {
            return self.opaque(text.len());
        }
        self.len += if self.last == Last::Text { text.len() } else { text.len() + 2 };
        self.last = Last::Text;
        Ok(())
    }

    fn opaque(&mut self, len: usize) -> Result<(), EncodeError> {
        let count = u32::try_from(len).map_err(|_| EncodeError::TooLong)?;
        let groups = (32 - count.leading_zeros()).div_ceil(7).max(1);
        self.len += 1 + groups as usize + len;
        self.last = Last::Other;
        Ok(())
    }
}

impl EventSink for Length {
    fn event(&mut self, event: Event<'_>) -> Result<(), EncodeError> {
        match event {
            Event::Start(name) => {
                let (page, _) = page_and_token(name)?;
                self.token(page);
                self.last = Last::Start;
                Ok(())
            }
            Event::Attribute(_) => Err(EncodeError::NoAttributeToken),
            Event::Text(text) => self.text(text),
            Event::Char(character) => self.text(character.encode_utf8(&mut [0; 4])),
            Event::Opaque(bytes) => self.opaque(bytes.len()),
            Event::End => {
                self.len += usize::from(self.last != Last::Start);
                self.last = Last::Other;
                Ok(())
            }
        }
    }

    fn leaf(&mut self, name: Tag, text: &str) -> Result<(), EncodeError> {
        if has_nul(text.as_bytes()) { self.opaque_leaf(name, text.len()) } else { self.plain_leaf(name, text.len()) }
    }

    fn start(&mut self, name: Tag) -> Result<(), EncodeError> {
        self.event(Event::Start(Name::Known(name)))
    }
}
