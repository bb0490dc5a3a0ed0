//! Tags, and the markup that is no element: comments, processing instructions, the XML declaration and the DOCTYPE.
//!
//! quick-xml finds where tags with attributes and markup declarations end, splits attribute lists, and reads the rest.

use alloc::borrow::Cow;

use quick_xml::events::Event as XmlEvent;
use quick_xml::events::attributes::Attributes;
use quick_xml::parser::{ElementParser, Parser as _};

use super::escape::is_name;
use super::namespace::{Bound, Namespace, Scope};
use super::reader::{Last, Open, Reader};
use super::wellformed::{attribute_value, check_declaration, check_doctype};
use crate::deviation::DeviationKind;
use crate::element::{Attribute, Name};
use crate::error::{DecodeError, DecodeErrorKind, Limit};

const SYNTAX: DecodeErrorKind = DecodeErrorKind::XmlSyntax("attribute");

/// What the element around says about the one that begins.
#[derive(Clone, Copy)]
struct Around {
    /// The default namespace.
    default: Bound,
    in_value: bool,
}

impl<'a> Reader<'a> {
    /// Reads the start tag or empty-element tag that begins here.
    pub(super) fn start_tag(&mut self) -> Result<Name<'a>, DecodeError> {
        if self.open.is_empty() && self.last != Last::Prolog {
            return Err(self.fault(DecodeErrorKind::TrailingBytes));
        }
        if self.open.len() >= self.reading.limits.depth {
            return Err(self.fault(DecodeErrorKind::LimitExceeded(Limit::Depth)));
        }
        let parent = self.open.last();
        let mut scope = Scope {
            parent: parent.and_then(|open| open.tag),
            bound: parent.map_or(Bound::Nothing, |open| open.default),
            explicit: false,
        };
        let around =
            Around { default: scope.bound, in_value: parent.is_some_and(|open| open.in_value) || scope.is_value() };
        let prefixes = self.prefixes.count();
        let inside = self.text.get(self.at + 1..).unwrap_or_default();
        let ends = |byte: u8| byte <= b' ' || byte == b'/' || byte == b'>';
        let len = inside.bytes().position(|byte| ends(byte) || byte == b':');
        let colon = len.filter(|at| inside.as_bytes().get(*at) == Some(&b':'));
        let len = if colon.is_some() { inside.bytes().position(ends) } else { len };
        let len = len.ok_or_else(|| self.fault(DecodeErrorKind::UnexpectedEnd))?;
        let (qualified, behind) = inside.split_at_checked(len).unwrap_or_default();
        let list = match behind.as_bytes() {
            [b'>', ..] => {
                self.at += len + 2;
                ""
            }
            [b'/', b'>', ..] => {
                self.at += len + 3;
                self.empty = true;
                ""
            }
            _ => self.attribute_list(len, behind)?,
        };
        let mut default = around.default;
        if !list.is_empty()
            && let Some(declared) = self.attributes(list, around)?
        {
            default = declared;
            scope = Scope { bound: declared, explicit: true, ..scope };
        }
        let local = match colon {
            Some(colon) => {
                let (prefix, local) = qualified.split_at_checked(colon).unwrap_or_default();
                scope = Scope { bound: self.prefix(prefix, around)?, explicit: true, ..scope };
                local.get(1..).unwrap_or_default()
            }
            None => qualified,
        };
        let name = scope.resolve(local);
        if let Some(kind) = scope.deviation(name).filter(|_| !around.in_value) {
            let at_root = self.open.is_empty();
            if at_root || kind != DeviationKind::NoNamespace {
                self.deviates(kind)?;
            }
        }
        if name.tag().is_none() && !is_name(local) {
            return Err(self.fault(DecodeErrorKind::XmlSyntax("element name")));
        }
        self.held.clear();
        self.open.push(Open { name: qualified, tag: name.tag(), default, prefixes, in_value: around.in_value });
        self.last = Last::Start;
        self.remarked = false;
        Ok(name)
    }

    /// The attribute list behind a name of `len` bytes; goes behind its tag.
    fn attribute_list(&mut self, len: usize, behind: &'a str) -> Result<&'a str, DecodeError> {
        let end = ElementParser::Outside.feed(behind.as_bytes());
        let end = end.ok_or_else(|| self.fault(DecodeErrorKind::UnexpectedEnd))?;
        let list = behind.get(..end).unwrap_or_default();
        self.at += 1 + len + end + 1;
        Ok(match list.strip_suffix('/') {
            Some(list) => {
                self.empty = true;
                list
            }
            None => list,
        })
    }

    /// Reads an attribute list; returns the default namespace that it declares.
    fn attributes(&mut self, list: &'a str, around: Around) -> Result<Option<Bound>, DecodeError> {
        let only = list.strip_prefix(" xmlns=").and_then(|quoted| {
            let unquoted = quoted.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
            unquoted.or_else(|| quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')))
        });
        if let Some(namespace) = only.and_then(Namespace::exact) {
            self.note_version(namespace);
            return Ok(Some(namespace.bound));
        }
        self.attributes_one_by_one(list, around)
    }

    #[cold]
    fn attributes_one_by_one(&mut self, list: &'a str, around: Around) -> Result<Option<Bound>, DecodeError> {
        let mut default = None;
        let mut count = 0;
        for attribute in Attributes::new(list, 0) {
            let attribute = attribute.map_err(|_| self.fault(SYNTAX))?;
            count += 1;
            if count > self.reading.limits.attributes {
                return Err(self.fault(DecodeErrorKind::LimitExceeded(Limit::Attributes)));
            }
            let (Cow::Borrowed(value), name) = (attribute.value, attribute.key.into_inner()) else {
                return Err(self.fault(SYNTAX));
            };
            let behind = value.as_ptr() as usize - list.as_ptr() as usize + value.len() + 1;
            let spaced = list.as_bytes().get(behind).is_none_or(u8::is_ascii_whitespace);
            if !spaced || !name.split(':').all(is_name) || value.contains(['<', '\0']) {
                return Err(self.fault(SYNTAX));
            }
            let value = attribute_value(value).map_err(|kind| self.fault(kind))?;
            if name == "xmlns" {
                let bound = self.declared(&value, around)?;
                default = Some(bound);
                if bound == Bound::Foreign {
                    self.prefixes.declare("", bound, value);
                }
            } else if let Some(prefix) = name.strip_prefix("xmlns:") {
                let bound = self.declared(&value, around)?;
                self.prefixes.declare(prefix, bound, value);
            } else {
                self.attributes.push(Attribute { name, value });
            }
        }
        self.attributes.reverse();
        if !around.in_value {
            let undeclared = |attribute: &Attribute<'_>| {
                attribute.name.split_once(':').is_some_and(|(prefix, _)| self.prefixes.find(prefix).is_none())
            };
            if self.attributes.iter().any(undeclared) {
                self.deviates(DeviationKind::UndeclaredPrefix)?;
            }
        }
        Ok(default)
    }

    /// What the namespace called `uri` is; its spelling is judged.
    fn declared(&mut self, uri: &str, around: Around) -> Result<Bound, DecodeError> {
        let namespace = Namespace::of(uri);
        if let Some(kind) = namespace.deviation.filter(|_| !around.in_value) {
            self.deviates(kind)?;
        }
        self.note_version(namespace);
        Ok(namespace.bound)
    }

    fn note_version(&mut self, namespace: Namespace) {
        if self.open.is_empty() {
            self.syncml_version = self.syncml_version.or(namespace.version);
        }
    }

    /// What `prefix` of the element stands for.
    fn prefix(&mut self, prefix: &str, around: Around) -> Result<Bound, DecodeError> {
        if !is_name(prefix) {
            return Err(self.fault(DecodeErrorKind::XmlSyntax("element name")));
        }
        match self.prefixes.find(prefix) {
            Some(bound) => Ok(bound),
            None => {
                if !around.in_value {
                    self.deviates(DeviationKind::UndeclaredPrefix)?;
                }
                Ok(Bound::Nothing)
            }
        }
    }

    /// Reads the markup that begins here and is no tag.
    pub(super) fn other_markup(&mut self) -> Result<(), DecodeError> {
        if self.cdata()? {
            return Ok(());
        }
        let rest = self.rest();
        let mut inner = quick_xml::Reader::from_str(rest);
        inner.config_mut().check_comments = true;
        let event = inner.read_event().map_err(|error| self.fault(syntax_error(&error)))?;
        let len = rest.len() - inner.get_ref().len();
        let source = rest.get(..len).unwrap_or_default();
        if let Some((at, _)) = source.char_indices().find(|(_, c)| *c == '\0') {
            return Err(DecodeError::new(DecodeErrorKind::Character(0), self.at + at));
        }
        match event {
            XmlEvent::Comment(_) => {}
            XmlEvent::PI(instruction) => {
                if !is_name(instruction.target()) {
                    return Err(self.fault(DecodeErrorKind::XmlSyntax("processing instruction")));
                }
            }
            XmlEvent::Decl(_) if self.is_at_start() => {
                let ascii = !self.traits.beyond_ascii;
                let encoding = check_declaration(source, ascii).map_err(|kind| self.fault(kind))?;
                if let Some(kind) = encoding.filter(|_| !self.decoded) {
                    self.deviates(kind)?;
                }
            }
            XmlEvent::Decl(_) => {
                return Err(self.fault(DecodeErrorKind::XmlSyntax("the XML declaration is not at the start")));
            }
            XmlEvent::DocType(content) if self.last == Last::Prolog && source.starts_with("<!DOCTYPE") => {
                check_doctype(&content).map_err(|kind| self.fault(kind))?;
            }
            XmlEvent::DocType(_) if self.last == Last::Prolog => {
                return Err(self.fault(DecodeErrorKind::XmlSyntax("markup")));
            }
            XmlEvent::DocType(_) => {
                return Err(self.fault(DecodeErrorKind::XmlSyntax("DOCTYPE behind the root's start tag")));
            }
            XmlEvent::Start(_)
            | XmlEvent::Empty(_)
            | XmlEvent::End(_)
            | XmlEvent::Text(_)
            | XmlEvent::CData(_)
            | XmlEvent::GeneralRef(_)
            | XmlEvent::Eof => return Err(self.fault(DecodeErrorKind::XmlSyntax("markup"))),
        }
        self.at += len;
        Ok(())
    }

    fn is_at_start(&self) -> bool {
        self.text.get(..self.at).is_some_and(|before| matches!(before, "" | "\u{FEFF}"))
    }
}

fn syntax_error(error: &quick_xml::Error) -> DecodeErrorKind {
    use quick_xml::errors::IllFormedError as Ill;
    match error {
        quick_xml::Error::Syntax(_) => DecodeErrorKind::UnexpectedEnd,
        quick_xml::Error::IllFormed(Ill::DoubleHyphenInComment) => DecodeErrorKind::XmlSyntax("-- inside a comment"),
        quick_xml::Error::IllFormed(_)
        | quick_xml::Error::Io(_)
        | quick_xml::Error::InvalidAttr(_)
        | quick_xml::Error::Encoding(_)
        | quick_xml::Error::Escape(_)
        | quick_xml::Error::Namespace(_) => DecodeErrorKind::XmlSyntax("markup"),
    }
}
