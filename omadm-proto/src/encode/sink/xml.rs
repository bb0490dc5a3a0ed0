//! XML: element content goes as it is, or escaped where the peer wants that.

use alloc::vec::Vec;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::number::Decimal;
use super::Sink;
use crate::auth::base64_len;
use crate::dialect::Dialect;
use crate::element::{Event, EventSink, Tag};
use crate::error::EncodeError;
use crate::exchange::Syntax;
use crate::xml::{Length, Writer};

/// A writer or a counter of XML for peers of one dialect.
#[derive(Debug)]
pub(in crate::encode) struct Xml<W> {
    pub(in crate::encode) writer: W,
    dialect: Dialect,
}

impl Xml<Writer> {
    /// A document behind what is in `out`.
    pub(in crate::encode) fn new(out: Vec<u8>, dialect: Dialect, namespace: &'static str) -> Self {
        let writer = match dialect {
            Dialect::Oma => Writer::new(out),
            Dialect::Windows => Writer::without_declaration(out),
        };
        Self { writer: writer.with_namespace(namespace), dialect }
    }
}

impl Xml<Length> {
    /// The length of a document.
    pub(in crate::encode) const fn count(dialect: Dialect, namespace: &'static str) -> Self {
        let writer = match dialect {
            Dialect::Oma => Length::new(namespace),
            Dialect::Windows => Length::without_declaration(namespace),
        };
        Self { writer, dialect }
    }
}

impl<W: EventSink> EventSink for Xml<W> {
    fn event(&mut self, event: Event<'_>) -> Result<(), EncodeError> {
        self.writer.event(event)
    }

    fn leaf(&mut self, name: Tag, text: &str) -> Result<(), EncodeError> {
        self.writer.leaf(name, text)
    }

    fn start(&mut self, name: Tag) -> Result<(), EncodeError> {
        self.writer.start(name)
    }

    fn end(&mut self) -> Result<(), EncodeError> {
        self.writer.end()
    }
}

impl Sink for Xml<Writer> {
    const SYNTAX: Syntax = Syntax::Xml;

    fn open(&mut self, tag: Tag) -> Result<(), EncodeError> {
        self.writer.start(tag)
    }

    fn close(&mut self, _: Tag) -> Result<(), EncodeError> {
        self.writer.end()
    }

    fn opaque(&mut self, tag: Tag, bytes: &[u8]) -> Result<(), EncodeError> {
        self.start(tag)?;
        self.event(Event::Opaque(bytes))?;
        self.end()
    }

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

    fn element_content(&mut self, xml: &str) -> Result<(), EncodeError> {
        match self.dialect {
            Dialect::Oma => self.writer.markup(xml),
            Dialect::Windows => self.writer.event(Event::Text(xml)),
        }
    }

    fn settle(&mut self) {
        self.writer.open_content();
    }
}

impl Sink for Xml<Length> {
    const SYNTAX: Syntax = Syntax::Xml;

    #[inline]
    fn open(&mut self, tag: Tag) -> Result<(), EncodeError> {
        self.writer.open(tag);
        Ok(())
    }

    #[inline]
    fn close(&mut self, tag: Tag) -> Result<(), EncodeError> {
        self.writer.close(tag);
        Ok(())
    }

    fn number(&mut self, tag: Tag, value: u64) -> Result<(), EncodeError> {
        self.writer.plain_leaf(tag, Decimal::len_of(value));
        Ok(())
    }

    fn opaque(&mut self, tag: Tag, bytes: &[u8]) -> Result<(), EncodeError> {
        self.start(tag)?;
        self.event(Event::Opaque(bytes))?;
        self.end()
    }

    fn base64(&mut self, tag: Tag, bytes: &[u8]) -> Result<(), EncodeError> {
        self.writer.plain_leaf(tag, base64_len(bytes.len()));
        Ok(())
    }

    fn element_content(&mut self, xml: &str) -> Result<(), EncodeError> {
        match self.dialect {
            Dialect::Oma => self.writer.markup(xml),
            Dialect::Windows => return self.writer.event(Event::Text(xml)),
        }
        Ok(())
    }

    fn settle(&mut self) {
        self.writer.settle();
    }
}
