//! The pull reader.

use alloc::borrow::Cow;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use quick_xml::events::attributes::Attributes;
use quick_xml::events::{BytesStart, Event as XmlEvent};

use super::escape::is_name;
use super::namespace::Bindings;
use super::wellformed::{check_doctype, forbidden_character, resolve_reference};
use crate::element::{Attribute, Event, EventSource, Name, Space, Tag};
use crate::error::{DecodeError, DecodeErrorKind, Limit};
use crate::limits::Limits;

/// Reads the element events of one XML document.
///
/// ```
/// # use omadm_proto::element::{Event, EventSource, Name, syncml};
/// # use omadm_proto::limits::Limits;
/// # fn main() -> Result<(), omadm_proto::error::DecodeError> {
/// let mut reader = omadm_proto::xml::Reader::new(b"<SyncML>hi</SyncML>", &Limits::DEFAULT)?;
/// assert_eq!(reader.next_event()?, Some(Event::Start(Name::Known(syncml::SYNC_ML))));
/// assert_eq!(reader.next_event()?, Some(Event::Text("hi")));
/// assert_eq!(reader.next_event()?, Some(Event::End));
/// assert_eq!(reader.next_event()?, None);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Reader<'a> {
    /// The document without its byte order mark.
    text: &'a str,
    /// The length of that mark.
    base: usize,
    inner: quick_xml::Reader<&'a [u8]>,
    offset: usize,
    position: usize,
    /// The space of every open element.
    open: Vec<Option<Space>>,
    bindings: Bindings<'a>,
    max_depth: usize,
    max_attributes: usize,
    /// Attributes of the current element that are still to be reported, last first.
    attributes: Vec<Attribute<'a>>,
    /// The rest of a text that is reported in pieces, because line ends are normalised.
    rest: &'a str,
    /// Texts behind [`Self::rest`].
    queue: VecDeque<&'a str>,
    /// The queue is white space behind a start tag: content if the end tag or text follows, indentation if another start
    /// tag does.
    held: bool,
    /// A resolved reference behind the queue.
    character: Option<char>,
    /// The current element was written as an empty-element tag.
    empty: bool,
    last: Last,
}

/// What was read last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Nothing of the root yet.
    Prolog,
    Start,
    Text,
    End,
}

impl<'a> Reader<'a> {
    /// A reader of the document `bytes`, which must be UTF-8.
    ///
    /// # Errors
    /// The bytes are not UTF-8, hold a character that XML forbids, or are more than the limits allow.
    pub fn new(bytes: &'a [u8], limits: &Limits) -> Result<Self, DecodeError> {
        if bytes.len() > limits.message_bytes {
            return Err(DecodeError::new(DecodeErrorKind::LimitExceeded(Limit::MessageBytes), limits.message_bytes));
        }
        let text = core::str::from_utf8(bytes)
            .map_err(|error| DecodeError::new(DecodeErrorKind::InvalidUtf8, error.valid_up_to()))?;
        if let Some((at, character)) = forbidden_character(text) {
            return Err(DecodeError::new(DecodeErrorKind::Character(character.into()), at));
        }
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let base = bytes.len() - text.len();
        let mut inner = quick_xml::Reader::from_str(text);
        inner.config_mut().check_comments = true;
        Ok(Self {
            text,
            base,
            inner,
            offset: base,
            position: base,
            open: Vec::new(),
            bindings: Bindings::default(),
            max_depth: limits.depth,
            max_attributes: limits.attributes,
            attributes: Vec::new(),
            rest: "",
            queue: VecDeque::new(),
            held: false,
            character: None,
            empty: false,
            last: Last::Prolog,
        })
    }

    fn step(&mut self) -> Result<Option<Event<'a>>, DecodeErrorKind> {
        if let Some(attribute) = self.attributes.pop() {
            return Ok(Some(Event::Attribute(attribute)));
        }
        if let Some(piece) = if self.held { None } else { self.text_piece() } {
            return Ok(Some(piece));
        }
        if let Some(character) = self.character.take() {
            return Ok(Some(Event::Char(character)));
        }
        if self.empty {
            self.empty = false;
            return Ok(Some(self.end()));
        }
        loop {
            let begin = self.here();
            let event = match self.inner.read_event() {
                Ok(event) => event,
                Err(error) => {
                    let at = usize::try_from(self.inner.error_position()).unwrap_or(usize::MAX);
                    self.offset = self.base.saturating_add(at);
                    return Err(syntax_error(&error));
                }
            };
            let end = self.here();
            (self.offset, self.position) = (self.base + begin, self.base + end);
            let source = self.text.get(begin..end).unwrap_or_default();
            let reported = match event {
                XmlEvent::Start(tag) => Some(self.start(&tag, source)?),
                XmlEvent::Empty(tag) => {
                    self.empty = true;
                    Some(self.start(&tag, source)?)
                }
                XmlEvent::End(_) if self.held => {
                    // The white space was the content of this element: report it first, then its end.
                    self.held = false;
                    self.empty = true;
                    self.text_piece()
                }
                XmlEvent::End(_) => Some(self.end()),
                XmlEvent::Text(_) => self.text(source)?,
                XmlEvent::CData(_) => {
                    let inner = source.get(9..source.len().saturating_sub(3)).unwrap_or_default();
                    self.content(inner)?
                }
                XmlEvent::GeneralRef(reference) => self.reference(&reference)?,
                XmlEvent::Decl(_) if begin == 0 => None,
                XmlEvent::Decl(_) => return Err(DecodeErrorKind::XmlSyntax("the XML declaration is not at the start")),
                XmlEvent::DocType(content) if self.last == Last::Prolog => {
                    check_doctype(&content)?;
                    None
                }
                XmlEvent::DocType(_) => return Err(DecodeErrorKind::XmlSyntax("DOCTYPE behind the root's start tag")),
                XmlEvent::Comment(_) | XmlEvent::PI(_) => None,
                XmlEvent::Eof if self.open.is_empty() && self.last != Last::Prolog => return Ok(None),
                XmlEvent::Eof => return Err(DecodeErrorKind::UnexpectedEnd),
            };
            if reported.is_some() {
                return Ok(reported);
            }
        }
    }

    /// Where quick-xml stands.
    fn here(&self) -> usize {
        usize::try_from(self.inner.buffer_position()).unwrap_or(usize::MAX)
    }

    fn start(&mut self, tag: &BytesStart<'_>, source: &'a str) -> Result<Event<'a>, DecodeErrorKind> {
        if self.open.is_empty() && self.last != Last::Prolog {
            return Err(DecodeErrorKind::TrailingBytes);
        }
        let depth = self.open.len();
        if depth >= self.max_depth {
            return Err(DecodeErrorKind::LimitExceeded(Limit::Depth));
        }
        let name_len = tag.name().as_ref().len();
        let (qualified, list) = source
            .get(1..)
            .and_then(|inner| inner.split_at_checked(name_len))
            .ok_or(DecodeErrorKind::XmlSyntax("start tag"))?;
        let list = list.strip_suffix('>').unwrap_or(list);
        let list = list.strip_suffix('/').unwrap_or(list);
        if !list.is_empty() {
            self.read_attributes(depth, list)?;
        }
        let (prefix, local) = qualified.split_once(':').unwrap_or(("", qualified));
        let name = self.bindings.resolve(depth, prefix, local, self.open.last().copied().flatten());
        let well_named = match name {
            Name::Known(_) => prefix.is_empty() || is_name(prefix),
            Name::Unknown(local) => is_name(local) && (prefix.is_empty() || is_name(prefix)),
            Name::Token { .. } => false,
        };
        if !well_named {
            return Err(DecodeErrorKind::XmlSyntax("element name"));
        }
        self.queue.clear();
        self.held = false;
        self.open.push(name.tag().map(Tag::space));
        self.last = Last::Start;
        Ok(Event::Start(name))
    }

    fn read_attributes(&mut self, depth: usize, list: &'a str) -> Result<(), DecodeErrorKind> {
        let syntax = DecodeErrorKind::XmlSyntax("attribute");
        let mut count = 0;
        for attribute in Attributes::new(list, 0) {
            let attribute = attribute.map_err(|_| syntax)?;
            count += 1;
            if count > self.max_attributes {
                return Err(DecodeErrorKind::LimitExceeded(Limit::Attributes));
            }
            let (Cow::Borrowed(value), name) = (attribute.value, attribute.key.into_inner()) else {
                return Err(syntax);
            };
            if !name.split(':').all(is_name) || value.contains('<') {
                return Err(syntax);
            }
            if name == "xmlns" {
                self.bindings.declare(depth, "", &attribute_value(value)?);
            } else if let Some(prefix) = name.strip_prefix("xmlns:") {
                self.bindings.declare(depth, prefix, &attribute_value(value)?);
            } else {
                self.attributes.push(Attribute { name, value: attribute_value(value)? });
            }
        }
        self.attributes.reverse();
        Ok(())
    }

    fn end(&mut self) -> Event<'a> {
        self.open.pop();
        self.bindings.leave(self.open.len());
        self.last = Last::End;
        Event::End
    }

    /// Character data between markup.
    fn text(&mut self, text: &'a str) -> Result<Option<Event<'a>>, DecodeErrorKind> {
        if text.contains("]]>") {
            return Err(DecodeErrorKind::XmlSyntax("]]> in text"));
        }
        let blank = text.bytes().all(|byte| byte.is_ascii_whitespace());
        match self.last {
            _ if blank && self.open.is_empty() => Ok(None),
            Last::Start if blank => {
                self.queue.push_back(text);
                self.held = true;
                Ok(None)
            }
            Last::End if blank => Ok(None),
            Last::Prolog | Last::Start | Last::Text | Last::End => self.content(text),
        }
    }

    /// Text that is content whatever it looks like.
    fn content(&mut self, text: &'a str) -> Result<Option<Event<'a>>, DecodeErrorKind> {
        if self.open.is_empty() {
            return Err(self.outside());
        }
        self.held = false;
        self.last = Last::Text;
        self.queue.push_back(text);
        Ok(self.text_piece())
    }

    fn reference(&mut self, name: &str) -> Result<Option<Event<'a>>, DecodeErrorKind> {
        if self.open.is_empty() {
            return Err(self.outside());
        }
        let character = resolve_reference(name)?;
        self.last = Last::Text;
        self.character = Some(character);
        self.held = false;
        Ok(self.text_piece().or_else(|| self.character.take().map(Event::Char)))
    }

    fn outside(&self) -> DecodeErrorKind {
        match self.last {
            Last::Prolog => DecodeErrorKind::XmlSyntax("text before the root element"),
            Last::Start | Last::Text | Last::End => DecodeErrorKind::TrailingBytes,
        }
    }

    /// The next piece of the texts that are due: carriage returns, alone or before a line feed, are line feeds.
    fn text_piece(&mut self) -> Option<Event<'a>> {
        while self.rest.is_empty() {
            self.rest = self.queue.pop_front()?;
        }
        if let Some(rest) = self.rest.strip_prefix('\r') {
            self.rest = rest.strip_prefix('\n').unwrap_or(rest);
            return Some(Event::Text("\n"));
        }
        let len = self.rest.find('\r').unwrap_or(self.rest.len());
        let (piece, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(Event::Text(piece))
    }
}

impl<'a> EventSource<'a> for Reader<'a> {
    fn next_event(&mut self) -> Result<Option<Event<'a>>, DecodeError> {
        self.step().map_err(|kind| DecodeError::new(kind, self.offset))
    }

    fn offset(&self) -> usize {
        self.offset
    }

    fn position(&self) -> usize {
        self.position
    }

    fn next_attribute(&mut self) -> Result<Option<Attribute<'a>>, DecodeError> {
        Ok(self.attributes.pop())
    }

    fn inner_xml(&mut self, begin: usize, _before: &str, _first: Name<'a>) -> Result<Cow<'a, str>, DecodeError> {
        self.skip_element()?;
        self.skip_element()?;
        let inner = self.text.get(begin - self.base..self.offset - self.base);
        inner.map(Cow::Borrowed).ok_or_else(|| DecodeError::new(DecodeErrorKind::InvalidUtf8, begin))
    }
}

/// The value of an attribute: references resolved, white space made blank.
fn attribute_value(raw: &str) -> Result<Cow<'_, str>, DecodeErrorKind> {
    if !raw.contains(['&', '\t', '\n', '\r']) {
        return Ok(Cow::Borrowed(raw));
    }
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['&', '\t', '\n', '\r']) {
        let (plain, special) = rest.split_at_checked(at).unwrap_or_default();
        value.push_str(plain);
        if let Some(reference) = special.strip_prefix('&') {
            let (name, behind) = reference.split_once(';').ok_or(DecodeErrorKind::UnknownEntity)?;
            value.push(resolve_reference(name)?);
            rest = behind;
        } else {
            value.push(' ');
            rest = special.strip_prefix("\r\n").or_else(|| special.get(1..)).unwrap_or_default();
        }
    }
    value.push_str(rest);
    Ok(Cow::Owned(value))
}

fn syntax_error(error: &quick_xml::Error) -> DecodeErrorKind {
    use quick_xml::errors::IllFormedError as Ill;
    match error {
        quick_xml::Error::Syntax(_) => DecodeErrorKind::UnexpectedEnd,
        quick_xml::Error::IllFormed(Ill::MismatchedEndTag { .. }) => {
            DecodeErrorKind::XmlSyntax("an end tag does not match its start tag")
        }
        quick_xml::Error::IllFormed(Ill::UnmatchedEndTag(_)) => {
            DecodeErrorKind::XmlSyntax("an end tag without a start tag")
        }
        quick_xml::Error::IllFormed(Ill::DoubleHyphenInComment) => DecodeErrorKind::XmlSyntax("-- inside a comment"),
        quick_xml::Error::IllFormed(Ill::UnclosedReference) => {
            DecodeErrorKind::XmlSyntax("an ampersand that begins no reference")
        }
        quick_xml::Error::IllFormed(_)
        | quick_xml::Error::Io(_)
        | quick_xml::Error::InvalidAttr(_)
        | quick_xml::Error::Encoding(_)
        | quick_xml::Error::Escape(_)
        | quick_xml::Error::Namespace(_) => DecodeErrorKind::XmlSyntax("markup"),
    }
}
