//! Attribute lists, which only provisioning documents and some phones have, and processing instructions.

use alloc::borrow::Cow;

use super::{Next, Reader};
use crate::deviation::DeviationKind;
use crate::element::Attribute;
use crate::error::{DecodeError, DecodeErrorKind, Limit};
use crate::wbxml::token::{END, ENTITY, LITERAL, OPAQUE, STR_I, STR_T, SWITCH_PAGE};

impl<'a> Reader<'a> {
    /// The next attribute of the element that just began.
    pub(super) fn listed_attribute(&mut self) -> Result<Option<Attribute<'a>>, DecodeError> {
        let element = self.cursor.marked();
        let attribute = self.attribute()?;
        if attribute.is_none() {
            if self.attributes == 0 {
                self.cursor.mark_again(element);
                self.notice_here(DeviationKind::EmptyAttributeList)?;
            }
            self.go_to(if self.next == Next::AttributesAndContent { Next::Content } else { Next::EmptyEnd });
        }
        Ok(attribute)
    }

    /// Skips a processing instruction: its grammar is that of an attribute list.
    pub(super) fn skip_instruction(&mut self) -> Result<(), DecodeError> {
        self.attributes = 0;
        while self.attribute()?.is_some() {}
        Ok(())
    }

    /// The next attribute of a list; `None` at its END. Namespace declarations that are spelled out are skipped.
    fn attribute(&mut self) -> Result<Option<Attribute<'a>>, DecodeError> {
        loop {
            let token = self.token()?;
            if token == END {
                return Ok(None);
            }
            if token == SWITCH_PAGE {
                self.switch_attribute_page()?;
                continue;
            }
            self.attributes += 1;
            if self.attributes > self.bounds.attributes {
                return Err(self.error(DecodeErrorKind::LimitExceeded(Limit::Attributes)));
            }
            let start = self.cursor.marked();
            let (name, prefix) = if token == LITERAL { (self.literal_name()?, "") } else { self.start_token(token)? };
            let value = self.attribute_value(prefix)?;
            self.cursor.mark_again(start);
            if token != LITERAL || !(name == "xmlns" || name.starts_with("xmlns:")) {
                return Ok(Some(Attribute { name, value }));
            }
        }
    }

    fn literal_name(&mut self) -> Result<&'a str, DecodeError> {
        // Nokia writes `xmlns` as literal 0 of a table that does not exist.
        if self.table.is_empty() && self.cursor.peek() == Some(0) {
            self.cursor.advance();
            self.notice_here(DeviationKind::LiteralNamespace)?;
            return Ok("xmlns");
        }
        self.table_string()
    }

    fn start_token(&self, token: u8) -> Result<(&'static str, &'static str), DecodeError> {
        let known = self.vocabulary.and_then(|vocabulary| vocabulary.attribute_start(self.attribute_page, token));
        let known = known.ok_or_else(|| self.error(DecodeErrorKind::UnexpectedToken(token)))?;
        Ok((known.name, known.value))
    }

    /// The value behind an attribute start that already says `prefix`.
    fn attribute_value(&mut self, prefix: &'static str) -> Result<Cow<'a, str>, DecodeError> {
        let mut value = Cow::Borrowed(prefix);
        while let Some(token @ (SWITCH_PAGE | ENTITY | STR_I | STR_T | 0x85..)) = self.cursor.peek() {
            self.token()?;
            let piece = match token {
                SWITCH_PAGE => {
                    self.switch_attribute_page()?;
                    continue;
                }
                ENTITY => {
                    let character = self.entity()?;
                    value.to_mut().push(character);
                    continue;
                }
                STR_I => self.cursor.terminated().map_err(|kind| self.error(kind))?,
                STR_T => self.table_string()?,
                OPAQUE => self.opaque_text()?,
                _ => self.value_token(token)?,
            };
            if value.is_empty() {
                value = Cow::Borrowed(piece);
            } else {
                value.to_mut().push_str(piece);
            }
        }
        Ok(value)
    }

    fn opaque_text(&mut self) -> Result<&'a str, DecodeError> {
        // Version 1.1 has OPAQUE, but not here.
        if self.header.version == 1 {
            self.notice_here(DeviationKind::TokenVersion(OPAQUE))?;
        }
        let bytes = self.opaque()?;
        core::str::from_utf8(bytes).map_err(|_| self.error(DecodeErrorKind::InvalidUtf8))
    }

    fn value_token(&self, token: u8) -> Result<&'static str, DecodeError> {
        let known = self.vocabulary.and_then(|vocabulary| vocabulary.attribute_value(self.attribute_page, token));
        known.map(|known| known.value).ok_or_else(|| self.error(DecodeErrorKind::UnexpectedToken(token)))
    }

    /// `SWITCH_PAGE` among attributes, which have a code page of their own.
    fn switch_attribute_page(&mut self) -> Result<(), DecodeError> {
        let page = self.cursor.byte().map_err(|kind| self.error(kind))?;
        match self.cursor.peek() {
            Some(END | STR_I | STR_T | OPAQUE | ENTITY) => self.notice_here(DeviationKind::DanglingSwitchPage)?,
            Some(SWITCH_PAGE) => self.notice_here(DeviationKind::RedundantSwitchPage)?,
            _ if page == self.attribute_page => self.notice_here(DeviationKind::RedundantSwitchPage)?,
            _ => {}
        }
        self.attribute_page = page;
        Ok(())
    }
}
