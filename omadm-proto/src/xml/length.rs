//! The length of a document that is not written.

use alloc::string::String;
use alloc::vec::Vec;

use super::escape::{Context, as_xml_text, is_qualified_name, plain_len};
use super::writer::DECLARATION;
use crate::auth::base64_len;
use crate::element::{Event, EventSink, Space, Tag};
use crate::error::EncodeError;

/// Counts the bytes that a compact [`Writer`](super::Writer) would write for the same calls, and refuses what it refuses.
#[derive(Debug)]
pub(crate) struct Length {
    len: usize,
    /// The elements that began with an event; the others are counted by those who know their names.
    open: Vec<Open>,
    /// The space of the elements that are open but not in the list.
    base: Option<Space>,
    syncml_namespace: &'static str,
    last: Last,
    /// Whether the element that just began declares its namespace.
    declares: bool,
    /// The other attributes that it has so far, each behind a blank.
    attributes: String,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    name_len: usize,
    space: Option<Space>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    /// A start tag whose `>` is not counted yet.
    OpenTag,
    Other,
}

impl Length {
    /// A document of which nothing but the XML declaration is written.
    pub(crate) const fn new(syncml_namespace: &'static str) -> Self {
        let mut length = Self::without_declaration(syncml_namespace);
        length.len = DECLARATION.len();
        length
    }

    /// A document of which nothing is written.
    pub(crate) const fn without_declaration(syncml_namespace: &'static str) -> Self {
        Self {
            len: 0,
            open: Vec::new(),
            base: None,
            syncml_namespace,
            last: Last::Other,
            declares: false,
            attributes: String::new(),
        }
    }

    /// The bytes so far.
    pub(crate) const fn get(&self) -> usize {
        self.len
    }

    /// Begins a SyncML element that [`Self::close`] will end.
    #[inline]
    pub(crate) fn open(&mut self, tag: Tag) {
        self.begin(Some(tag), tag.name().len());
        if self.open.is_empty() {
            self.base = Some(tag.space());
        }
    }

    /// Ends the element `tag` that began with [`Self::open`].
    #[inline]
    pub(crate) fn close(&mut self, tag: Tag) {
        self.end_tag(tag.name().len());
    }

    /// The element `tag` with a text of `len` bytes that needs no escapes.
    #[inline]
    pub(crate) fn plain_leaf(&mut self, tag: Tag, len: usize) {
        let name_len = tag.name().len();
        self.begin(Some(tag), name_len);
        if len > 0 {
            self.content();
            self.len += len;
        }
        self.end_tag(name_len);
    }

    /// Content that is written as it is.
    pub(crate) fn markup(&mut self, xml: &str) {
        self.content();
        self.len += xml.len();
    }

    /// Whatever has been counted gets content.
    pub(crate) fn settle(&mut self) {
        self.content();
    }

    /// `<name`, with the declaration of the namespace where it changes.
    #[inline]
    fn begin(&mut self, tag: Option<Tag>, name_len: usize) -> Option<Space> {
        self.close_tag();
        let enclosing = self.open.last().map_or(self.base, |open| open.space);
        let space = tag.map_or(enclosing, |tag| Some(tag.space()));
        self.len += 1 + name_len;
        self.attributes.clear();
        self.declares = false;
        let namespace = match space {
            Some(Space::SyncMl) => Some(self.syncml_namespace),
            Some(other) => other.namespace(),
            None => None,
        };
        if space != enclosing
            && let Some(uri) = namespace
        {
            self.len += r#" xmlns="""#.len() + uri.len();
            self.declares = true;
        }
        self.last = Last::OpenTag;
        space
    }

    #[inline]
    fn end_tag(&mut self, name_len: usize) {
        self.len += if self.last == Last::OpenTag { "/>".len() } else { "</>".len() + name_len };
        self.last = Last::Other;
    }

    #[inline]
    fn close_tag(&mut self) {
        if self.last == Last::OpenTag {
            self.len += 1;
        }
    }

    #[inline]
    fn content(&mut self) {
        self.close_tag();
        self.last = Last::Other;
    }

    fn text(&mut self, text: &str) -> Result<(), EncodeError> {
        if !text.is_empty() {
            self.content();
            self.len += escaped_len(text, Context::Content)?;
        }
        Ok(())
    }

    fn attribute(&mut self, name: &str, value: &str) -> Result<(), EncodeError> {
        if self.last != Last::OpenTag {
            return Err(EncodeError::Unbalanced);
        }
        if !is_qualified_name(name) {
            return Err(EncodeError::Name);
        }
        if self.attributes.split(' ').any(|earlier| earlier == name) || (self.declares && name == "xmlns") {
            return Err(EncodeError::DuplicateAttribute);
        }
        self.attributes.push(' ');
        self.attributes.push_str(name);
        self.len += name.len() + r#" ="""#.len() + escaped_len(value, Context::Attribute)?;
        Ok(())
    }
}

/// The bytes that [`escape`](super::escape::escape) appends.
fn escaped_len(text: &str, context: Context) -> Result<usize, EncodeError> {
    let mut bytes = text.as_bytes();
    let mut len = bytes.len();
    while let Some((special, rest)) = bytes.get(plain_len(bytes, context)..).and_then(<[u8]>::split_first) {
        len += match special {
            b'"' => 5,
            b'&' | b'\r' | b'\n' => 4,
            b'<' | b'>' | b'\t' => 3,
            0xEF if !matches!(rest, [0xBF, 0xBE | 0xBF, ..]) => 0,
            _ => return Err(EncodeError::Character),
        };
        bytes = rest;
    }
    Ok(len)
}

impl EventSink for Length {
    fn event(&mut self, event: Event<'_>) -> Result<(), EncodeError> {
        match event {
            Event::Start(name) => {
                let text = name.to_text();
                if name.tag().is_none() && !is_qualified_name(&text) {
                    return Err(EncodeError::Name);
                }
                let space = self.begin(name.tag(), text.len());
                self.open.push(Open { name_len: text.len(), space });
                Ok(())
            }
            Event::Attribute(attribute) => self.attribute(attribute.name, &attribute.value),
            Event::Text(text) => self.text(text),
            Event::Char(character) => self.text(character.encode_utf8(&mut [0; 4])),
            Event::Opaque(bytes) => match as_xml_text(bytes) {
                Some(text) => self.text(text),
                None => {
                    self.content();
                    self.len += base64_len(bytes.len());
                    Ok(())
                }
            },
            Event::End => {
                let open = self.open.pop().ok_or(EncodeError::Unbalanced)?;
                self.end_tag(open.name_len);
                Ok(())
            }
        }
    }

    fn leaf(&mut self, tag: Tag, text: &str) -> Result<(), EncodeError> {
        self.plain_leaf(tag, escaped_len(text, Context::Content)?);
        Ok(())
    }
}
