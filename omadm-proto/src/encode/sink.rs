//! What the two writers have in common beyond element events, when they write messages.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Finality;
use super::number::Decimal;
use crate::element::{Event, EventSink, Tag, syncml};
use crate::error::EncodeError;
use crate::exchange::Syntax;
#[cfg(feature = "wbxml")]
use crate::wbxml;
use crate::xml;

/// A writer of messages.
pub(super) trait Sink: EventSink {
    const SYNTAX: Syntax;

    /// Begins the element `tag`, which is going to have content for certain.
    fn open(&mut self, tag: Tag) -> Result<(), EncodeError>;

    /// Ends the element `tag` that [`Self::open`] began.
    fn close(&mut self, tag: Tag) -> Result<(), EncodeError>;

    /// Begins the element `tag`, which may stay empty unless `is_full`.
    #[inline]
    fn begin(&mut self, tag: Tag, is_full: bool) -> Result<(), EncodeError> {
        if is_full { self.open(tag) } else { self.start(tag) }
    }

    /// Ends the element `tag` that [`Self::begin`] began in the same way.
    #[inline]
    fn finish(&mut self, tag: Tag, is_full: bool) -> Result<(), EncodeError> {
        if is_full { self.close(tag) } else { self.end() }
    }

    /// The element `tag` without content.
    fn empty(&mut self, tag: Tag) -> Result<(), EncodeError>;

    /// The element `tag` with the decimal digits of `value`.
    fn number(&mut self, tag: Tag, value: u64) -> Result<(), EncodeError>;

    /// The element `tag` with the opaque bytes `bytes`.
    fn opaque(&mut self, tag: Tag, bytes: &[u8]) -> Result<(), EncodeError>;

    /// The element `tag` with element content, given as XML.
    fn element_content(&mut self, tag: Tag, xml: &str) -> Result<(), EncodeError>;

    /// The element `tag` with `bytes` as base64.
    fn base64(&mut self, tag: Tag, bytes: &[u8]) -> Result<(), EncodeError> {
        let mut text = [0; 1024];
        self.start(tag)?;
        // Whole groups of three bytes give base64 that can be joined.
        for piece in bytes.chunks(text.len() / 4 * 3) {
            let len = STANDARD.encode_slice(piece, &mut text).unwrap_or_default();
            let text = text.get(..len).and_then(|text| core::str::from_utf8(text).ok());
            self.event(Event::Text(text.unwrap_or_default()))?;
        }
        self.end()
    }

    /// Makes a place of what has been written: the open element has content, even if none follows.
    fn settle(&mut self);

    /// The bytes that [`close_message`] would write now.
    fn closing_len(&self, finality: Finality) -> usize;
}

/// Ends SyncBody and SyncML.
pub(super) fn close_message<W: Sink>(out: &mut W, finality: Finality) -> Result<(), EncodeError> {
    match finality {
        Finality::Final => out.empty(syncml::FINAL)?,
        Finality::More => {}
    }
    out.close(syncml::SYNC_BODY)?;
    out.close(syncml::SYNC_ML)
}

impl Sink for xml::Writer {
    const SYNTAX: Syntax = Syntax::Xml;

    fn open(&mut self, tag: Tag) -> Result<(), EncodeError> {
        self.start(tag)
    }

    fn close(&mut self, _: Tag) -> Result<(), EncodeError> {
        self.end()
    }

    fn empty(&mut self, tag: Tag) -> Result<(), EncodeError> {
        self.leaf(tag, "")
    }

    fn number(&mut self, tag: Tag, value: u64) -> Result<(), EncodeError> {
        self.leaf(tag, Decimal::new(value).as_str())
    }

    fn opaque(&mut self, tag: Tag, bytes: &[u8]) -> Result<(), EncodeError> {
        self.start(tag)?;
        self.event(Event::Opaque(bytes))?;
        self.end()
    }

    fn element_content(&mut self, tag: Tag, xml: &str) -> Result<(), EncodeError> {
        self.start(tag)?;
        self.markup(xml)?;
        self.end()
    }

    fn settle(&mut self) {
        self.open_content();
    }

    fn closing_len(&self, finality: Finality) -> usize {
        let last = match finality {
            Finality::Final => "<Final/>",
            Finality::More => "",
        };
        last.len() + "</SyncBody></SyncML>".len()
    }
}

#[cfg(feature = "wbxml")]
impl Sink for wbxml::Writer {
    const SYNTAX: Syntax = Syntax::Wbxml;

    #[inline]
    fn open(&mut self, tag: Tag) -> Result<(), EncodeError> {
        Self::open(self, tag)
    }

    #[inline]
    fn close(&mut self, _: Tag) -> Result<(), EncodeError> {
        Self::close(self)
    }

    #[inline]
    fn empty(&mut self, tag: Tag) -> Result<(), EncodeError> {
        self.empty_leaf(tag)
    }

    #[inline]
    fn number(&mut self, tag: Tag, value: u64) -> Result<(), EncodeError> {
        match u16::try_from(value) {
            Ok(value) => self.number_leaf(tag, value),
            Err(_) => self.text_leaf(tag, Decimal::new(value).as_str()),
        }
    }

    fn opaque(&mut self, tag: Tag, bytes: &[u8]) -> Result<(), EncodeError> {
        self.opaque_leaf(tag, bytes)
    }

    fn element_content(&mut self, tag: Tag, xml: &str) -> Result<(), EncodeError> {
        self.text_leaf(tag, xml)
    }

    fn settle(&mut self) {
        self.open_content();
    }

    fn closing_len(&self, finality: Finality) -> usize {
        match finality {
            Finality::Final => self.empty_len(syncml::FINAL) + 2,
            Finality::More => 2,
        }
    }
}
