//! Reading a report: its elements with their attributes, everything that the sheet does not name skipped.

use alloc::borrow::Cow;

use omadm_proto::deviation::Profile;
use omadm_proto::element::{Attribute, Event, EventSource as _, Name};
use omadm_proto::error::DecodeErrorKind;
use omadm_proto::limits::Limits;
use omadm_proto::reading::Reading;
use omadm_proto::xml::Reader;

use super::{DiagError, DiagLimits, NAME_BYTES, NAMESPACE};

/// A report that is being read.
pub(super) struct Document<'a> {
    reader: Reader<'a>,
}

/// The attributes of one element.
pub(super) struct Attributes<'a> {
    element: &'static str,
    found: alloc::vec::Vec<Attribute<'a>>,
}

impl<'a> Document<'a> {
    /// The document whose root is `root`, and the attributes of that.
    pub(super) fn open(
        text: &'a str,
        root: &'static str,
        limits: &DiagLimits,
    ) -> Result<(Self, Attributes<'a>), DiagError> {
        if text.len() > limits.bytes {
            return Err(DiagError::Limit("bytes"));
        }
        let reading = Reading::new(Profile::Lenient, Limits::DEFAULT);
        let reader = Reader::from_text(text, &reading).map_err(|error| fault(error.kind))?;
        let mut document = Self { reader };
        let Some(Event::Start(name)) = document.event()? else { return Err(DiagError::WrongRoot(root)) };
        if !document.is_ours(name, root) {
            return Err(DiagError::WrongRoot(root));
        }
        let attributes = document.attributes(root)?;
        Ok((document, attributes))
    }

    /// The attributes of the next child `name`; `None` at the end of the document.
    pub(super) fn child(&mut self, name: &'static str) -> Result<Option<Attributes<'a>>, DiagError> {
        loop {
            match self.event()? {
                Some(Event::Start(found)) if self.is_ours(found, name) => {
                    let attributes = self.attributes(name)?;
                    self.skip()?;
                    return Ok(Some(attributes));
                }
                Some(Event::Start(_)) => self.skip()?,
                Some(Event::Text(text)) if text.trim_ascii().is_empty() => {}
                Some(Event::End) => break,
                _ => return Err(DiagError::Xml),
            }
        }
        // Nothing may follow the root.
        if self.event()?.is_none() { Ok(None) } else { Err(DiagError::Xml) }
    }

    fn is_ours(&self, found: Name<'a>, name: &str) -> bool {
        matches!(found, Name::Unknown(found) if found == name) && self.reader.foreign_namespace() == Some(NAMESPACE)
    }

    fn attributes(&mut self, element: &'static str) -> Result<Attributes<'a>, DiagError> {
        let mut found = alloc::vec::Vec::new();
        while let Some(attribute) = self.reader.next_attribute().map_err(|error| fault(error.kind))? {
            found.push(attribute);
        }
        Ok(Attributes { element, found })
    }

    fn event(&mut self) -> Result<Option<Event<'a>>, DiagError> {
        self.reader.next_event().map_err(|error| fault(error.kind))
    }

    fn skip(&mut self) -> Result<(), DiagError> {
        self.reader.skip_element().map_err(|error| fault(error.kind))
    }
}

const fn fault(kind: DecodeErrorKind) -> DiagError {
    if matches!(kind, DecodeErrorKind::LimitExceeded(_)) {
        DiagError::Limit("depth and attributes")
    } else {
        DiagError::Xml
    }
}

impl<'a> Attributes<'a> {
    /// The value of `name`, if it is there.
    pub(super) fn take(&mut self, name: &'static str) -> Option<Cow<'a, str>> {
        let at = self.found.iter().position(|attribute| attribute.name == name)?;
        Some(self.found.swap_remove(at).value)
    }

    /// The same, at most `len` bytes long.
    pub(super) fn text(&mut self, name: &'static str, len: usize) -> Result<Option<Cow<'a, str>>, DiagError> {
        let text = self.take(name);
        if text.as_ref().is_some_and(|text| text.len() > len) { Err(DiagError::Limit("text")) } else { Ok(text) }
    }

    /// The name in `name`, which must be there.
    pub(super) fn name(&mut self, name: &'static str) -> Result<Cow<'a, str>, DiagError> {
        let value = self.required(name)?;
        let is_name = !value.is_empty() && value.len() <= NAME_BYTES && !value.contains(char::is_control);
        if is_name { Ok(value) } else { Err(self.bad_value(name)) }
    }

    /// The value of `name`, which must be there and be a `T`.
    pub(super) fn parse<T: core::str::FromStr>(&mut self, name: &'static str) -> Result<T, DiagError> {
        self.required(name)?.parse().map_err(|_| self.bad_value(name))
    }

    /// The value of `name`, which must be a `T` if it is there.
    pub(super) fn optional<T: core::str::FromStr>(&mut self, name: &'static str) -> Result<Option<T>, DiagError> {
        self.take(name).map(|value| value.parse().map_err(|_| self.bad_value(name))).transpose()
    }

    fn required(&mut self, attribute: &'static str) -> Result<Cow<'a, str>, DiagError> {
        self.take(attribute).ok_or(DiagError::Missing { element: self.element, attribute })
    }

    const fn bad_value(&self, attribute: &'static str) -> DiagError {
        DiagError::BadValue { element: self.element, attribute }
    }
}
