//! Reading a payload: XML text to a small tree of elements of our namespace, everything else skipped.
//!
//! Payloads are bounded by [`PayloadLimits`], so a tree costs little and keeps the readers of the payloads short.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::str::FromStr;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

use super::{NAMESPACE, PayloadError, PayloadLimits};

/// An element of our namespace.
#[derive(Debug, Default)]
pub(super) struct Element {
    name: &'static str,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Self>,
}

/// The element names of all payloads; others are skipped.
const KNOWN: [&str; 11] = ["Devices", "Dev", "Image", "Job", "Report", "O", "D", "I", "S", "V", "v"];

impl Element {
    pub(super) fn children(&self, name: &'static str) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| &**value)
    }

    pub(super) fn owned(&self, name: &str) -> Option<String> {
        self.attribute(name).map(Into::into)
    }

    pub(super) fn required(&self, attribute: &'static str) -> Result<&str, PayloadError> {
        self.attribute(attribute).ok_or(PayloadError::Missing { element: self.name, attribute })
    }

    pub(super) fn number<N: FromStr>(&self, attribute: &'static str) -> Result<Option<N>, PayloadError> {
        self.attribute(attribute).map(|text| text.trim().parse().map_err(|_| self.bad_value(attribute))).transpose()
    }

    pub(super) fn required_number<N: FromStr>(&self, attribute: &'static str) -> Result<N, PayloadError> {
        self.number(attribute)?.ok_or(PayloadError::Missing { element: self.name, attribute })
    }

    pub(super) const fn bad_value(&self, attribute: &'static str) -> PayloadError {
        PayloadError::BadValue { element: self.name, attribute }
    }
}

/// The root element `expected` of the document `text`.
pub(super) fn document(text: &str, expected: &'static str, limits: &PayloadLimits) -> Result<Element, PayloadError> {
    if text.len() > limits.bytes {
        return Err(PayloadError::Limit("bytes"));
    }
    let mut builder = Builder { limits, open: Vec::new(), foreign: 0, elements: 0, root: None };
    let mut reader = NsReader::from_str(text);
    loop {
        let (namespace, event) = reader.read_resolved_event().map_err(|_| PayloadError::Xml)?;
        let ours = matches!(namespace, ResolveResult::Bound(bound) if bound.into_inner() == NAMESPACE);
        match event {
            Event::Start(start) => builder.start(&start, ours)?,
            Event::Empty(start) => {
                builder.start(&start, ours)?;
                builder.end();
            }
            Event::End(_) => builder.end(),
            Event::Text(text) => builder.text(&text.xml10_content()),
            Event::CData(data) => builder.text(&data.xml10_content()),
            Event::GeneralRef(reference) => builder.text(&resolve(&reference)?),
            Event::DocType(_) => return Err(PayloadError::DocType),
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    match builder.root {
        Some(root) if root.name == expected && builder.open.is_empty() => Ok(root),
        _ if !builder.open.is_empty() || builder.foreign > 0 => Err(PayloadError::Xml),
        _ => Err(PayloadError::WrongRoot { expected }),
    }
}

struct Builder<'l> {
    limits: &'l PayloadLimits,
    open: Vec<Element>,
    /// Depth inside a skipped element.
    foreign: usize,
    elements: usize,
    root: Option<Element>,
}

impl Builder<'_> {
    fn start(&mut self, start: &BytesStart<'_>, ours: bool) -> Result<(), PayloadError> {
        self.elements += 1;
        if self.elements > self.limits.elements {
            return Err(PayloadError::Limit("elements"));
        }
        if self.open.len() + self.foreign >= self.limits.depth {
            return Err(PayloadError::Limit("depth"));
        }
        let local = start.local_name();
        let known = KNOWN.iter().find(|name| ours && **name == local.into_inner());
        match known {
            Some(name) if self.foreign == 0 && self.root.is_none() => {
                let attributes = attributes(start)?;
                self.open.push(Element { name, attributes, ..Element::default() });
            }
            _ => self.foreign += 1,
        }
        Ok(())
    }

    fn end(&mut self) {
        if self.foreign > 0 {
            self.foreign -= 1;
        } else if let Some(element) = self.open.pop() {
            match self.open.last_mut() {
                Some(parent) => parent.children.push(element),
                None => self.root = Some(element),
            }
        }
    }

    fn text(&mut self, text: &str) {
        if self.foreign == 0
            && let Some(element) = self.open.last_mut()
        {
            element.text.push_str(text);
        }
    }
}

fn attributes(start: &BytesStart<'_>) -> Result<Vec<(String, String)>, PayloadError> {
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| PayloadError::Xml)?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| PayloadError::Xml)?;
        attributes.push((attribute.key.into_inner().to_string(), value.into_owned()));
    }
    Ok(attributes)
}

fn resolve(reference: &BytesRef<'_>) -> Result<String, PayloadError> {
    if let Some(character) = reference.resolve_char_ref().map_err(|_| PayloadError::Xml)? {
        return Ok(character.to_string());
    }
    quick_xml::escape::resolve_predefined_entity(reference).map(Into::into).ok_or(PayloadError::Xml)
}
