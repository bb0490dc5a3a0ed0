//! The writer of provisioning documents, which are nothing but elements with attributes \[wbxml 4\].
//!
//! Tokens stand for whole names and whole values where there is one that is written, preferably on the attribute page that
//! is in force; everything else is a name token and a string. Values are never put together from tokens and strings, because
//! no encoder does that and not every decoder expects it.

use alloc::vec::Vec;

use super::provisioning::{STARTS, VALUES};
use super::token::{ATTRIBUTE_BIT, CONTENT_BIT, END, OPAQUE, STR_I, SWITCH_PAGE};
use super::vocabulary::{AttributeStart, Usage};
use super::writer::push_integer;
use crate::element::{Event, EventSink, Name, Space};
use crate::error::EncodeError;

/// WBXML 1.3, public identifier PROV 1.0, UTF-8, no string table: the header of real encoders.
const HEADER: [u8; 4] = [0x03, 0x0B, 0x6A, 0x00];

/// Writes element events as one provisioning document.
#[derive(Debug)]
pub(crate) struct ProvisioningWriter {
    out: Vec<u8>,
    depth: usize,
    /// The attribute page in force.
    page: u8,
    pending: Option<Pending>,
}

/// An element whose token is not final: where it stands, and whether attributes follow.
#[derive(Debug, Clone, Copy)]
struct Pending {
    at: usize,
    attributes: bool,
}

impl ProvisioningWriter {
    pub(crate) fn new() -> Self {
        Self { out: HEADER.to_vec(), depth: 0, page: 0, pending: None }
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    fn start(&mut self, name: Name<'_>) -> Result<(), EncodeError> {
        let tag = name.tag().filter(|tag| tag.space() == Space::Provisioning).ok_or(EncodeError::NoToken)?;
        if self.depth == 0 && self.out.len() != HEADER.len() {
            return Err(EncodeError::Unbalanced);
        }
        self.close_attributes(CONTENT_BIT);
        self.pending = Some(Pending { at: self.out.len(), attributes: false });
        self.depth += 1;
        self.out.push(tag.token());
        Ok(())
    }

    /// Ends the attributes of the pending element and makes its token final with `bits`; tells whether there was one.
    fn close_attributes(&mut self, bits: u8) -> bool {
        let Some(Pending { at, attributes }) = self.pending.take() else { return false };
        let attribute_bit = if attributes { ATTRIBUTE_BIT } else { 0 };
        if let Some(token) = self.out.get_mut(at) {
            *token |= bits | attribute_bit;
        }
        if attributes {
            self.out.push(END);
        }
        true
    }

    fn end(&mut self) -> Result<(), EncodeError> {
        self.depth = self.depth.checked_sub(1).ok_or(EncodeError::Unbalanced)?;
        if !self.close_attributes(0) {
            self.out.push(END);
        }
        Ok(())
    }

    fn attribute(&mut self, name: &str, value: &str) -> Result<(), EncodeError> {
        self.pending.as_mut().ok_or(EncodeError::Unbalanced)?.attributes = true;
        let whole = self.start_token(name, value);
        let start = whole.or_else(|| self.start_token(name, "")).ok_or(EncodeError::NoAttributeToken)?;
        self.token(start.page, start.token);
        if !start.value.is_empty() || value.is_empty() {
            return Ok(());
        }
        let tokens = VALUES.iter().filter(|row| row.usage == Usage::Both && row.value == value);
        if let Some(row) = tokens.min_by_key(|row| row.page != self.page) {
            self.token(row.page, row.token);
        } else if value.as_bytes().contains(&0) {
            self.out.push(OPAQUE);
            push_integer(&mut self.out, u32::try_from(value.len()).map_err(|_| EncodeError::TooLong)?);
            self.out.extend_from_slice(value.as_bytes());
        } else {
            self.out.push(STR_I);
            self.out.extend_from_slice(value.as_bytes());
            self.out.push(0);
        }
        Ok(())
    }

    /// The token for exactly this name and value.
    fn start_token(&self, name: &str, value: &str) -> Option<&'static AttributeStart> {
        let tokens = STARTS.iter().filter(|row| row.usage == Usage::Both && row.name == name && row.value == value);
        tokens.min_by_key(|row| row.page != self.page)
    }

    fn token(&mut self, page: u8, token: u8) {
        if self.page != page {
            self.out.extend_from_slice(&[SWITCH_PAGE, page]);
            self.page = page;
        }
        self.out.push(token);
    }
}

impl EventSink for ProvisioningWriter {
    fn event(&mut self, event: Event<'_>) -> Result<(), EncodeError> {
        match event {
            Event::Start(name) => self.start(name),
            Event::Attribute(attribute) => self.attribute(attribute.name, &attribute.value),
            Event::Text(_) | Event::Char(_) | Event::Opaque(_) => Err(EncodeError::NoToken),
            Event::End => self.end(),
        }
    }
}
