//! Writing the payload elements: a flat writer over a string, since payloads are small and of fixed shape.

use alloc::string::String;
use core::fmt::{Display, Write as _};

use omadm_proto::xml::Escaped;

use super::NAMESPACE;

/// An XML text under construction.
#[derive(Debug, Default)]
pub(crate) struct Xml {
    text: String,
}

impl Xml {
    /// `<name xmlns="…"`, still open for attributes.
    pub(super) fn root(name: &str) -> Self {
        let mut xml = Self::default();
        xml.open(name);
        xml.attribute("xmlns", NAMESPACE);
        xml
    }

    /// `<name`, still open for attributes.
    pub(super) fn open(&mut self, name: &str) {
        self.text.push('<');
        self.text.push_str(name);
    }

    /// ` name="value"`
    pub(super) fn attribute(&mut self, name: &str, value: impl Display) {
        self.text.push(' ');
        self.text.push_str(name);
        self.text.push_str("=\"");
        self.write(value);
        self.text.push('"');
    }

    /// The attribute when there is a value.
    pub(super) fn optional(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.attribute(name, value);
        }
    }

    /// `>`: content follows.
    pub(super) fn content(&mut self) {
        self.text.push('>');
    }

    /// `/>`: no content.
    pub(super) fn empty(&mut self) {
        self.text.push_str("/>");
    }

    /// Character data.
    pub(super) fn text(&mut self, value: impl Display) {
        self.write(value);
    }

    /// `</name>`
    pub(super) fn close(&mut self, name: &str) {
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push('>');
    }

    /// Bytes written so far.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// The text.
    pub(super) fn finish(self) -> String {
        self.text
    }

    fn write(&mut self, value: impl Display) {
        // Writing to a String cannot fail, and the values' own Display impls do not.
        let written = write!(self.text, "{}", Escaped(value));
        debug_assert!(written.is_ok(), "a value refused to be printed");
    }
}
