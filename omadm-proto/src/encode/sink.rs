//! What the writers of the two syntaxes, and their counters, have in common when they write messages.

mod wbxml;
mod xml;

use super::Finality;
use super::number::Decimal;
use crate::element::{EventSink, Tag, syncml};
use crate::error::EncodeError;
use crate::exchange::Syntax;

pub(super) use xml::Xml;

/// A writer of messages, or a counter of the bytes that it would write.
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
    fn empty(&mut self, tag: Tag) -> Result<(), EncodeError> {
        self.leaf(tag, "")
    }

    /// The element `tag` with the decimal digits of `value`.
    fn number(&mut self, tag: Tag, value: u64) -> Result<(), EncodeError> {
        self.leaf(tag, Decimal::new(value).as_str())
    }

    /// The element `tag` with the opaque bytes `bytes`.
    fn opaque(&mut self, tag: Tag, bytes: &[u8]) -> Result<(), EncodeError>;

    /// The element `tag` with `bytes` as base64.
    fn base64(&mut self, tag: Tag, bytes: &[u8]) -> Result<(), EncodeError>;

    /// Element content of the open element, given as XML.
    fn element_content(&mut self, xml: &str) -> Result<(), EncodeError>;

    /// Makes a place of what has been written: the open element has content, even if none follows.
    fn settle(&mut self);
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
