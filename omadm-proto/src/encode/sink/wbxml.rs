//! WBXML: element content goes as text.
#![cfg(feature = "wbxml")]

use super::super::number::Decimal;
use super::Sink;
use crate::auth::base64_len;
use crate::element::{Event, EventSink as _, Tag};
use crate::error::EncodeError;
use crate::exchange::Syntax;
use crate::wbxml::{Length, Writer};

impl Sink for Writer {
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

    fn base64(&mut self, tag: Tag, bytes: &[u8]) -> Result<(), EncodeError> {
        self.text_leaf(tag, &crate::auth::encode_base64(bytes))
    }

    fn element_content(&mut self, xml: &str) -> Result<(), EncodeError> {
        self.event(Event::Text(xml))
    }

    fn settle(&mut self) {
        self.open_content();
    }
}

impl Sink for Length {
    const SYNTAX: Syntax = Syntax::Wbxml;

    #[inline]
    fn open(&mut self, tag: Tag) -> Result<(), EncodeError> {
        Self::open(self, tag)
    }

    #[inline]
    fn close(&mut self, _: Tag) -> Result<(), EncodeError> {
        Self::close(self);
        Ok(())
    }

    #[inline]
    fn number(&mut self, tag: Tag, value: u64) -> Result<(), EncodeError> {
        self.plain_leaf(tag, Decimal::len_of(value))
    }

    fn opaque(&mut self, tag: Tag, bytes: &[u8]) -> Result<(), EncodeError> {
        self.opaque_leaf(tag, bytes.len())
    }

    fn base64(&mut self, tag: Tag, bytes: &[u8]) -> Result<(), EncodeError> {
        self.plain_leaf(tag, base64_len(bytes.len()))
    }

    fn element_content(&mut self, xml: &str) -> Result<(), EncodeError> {
        self.event(Event::Text(xml))
    }

    fn settle(&mut self) {
        Self::settle(self);
    }
}
