//! Copying element events from a reader to a writer.

use alloc::vec::Vec;
use core::ops::Range;

use super::places::{Places, Sent};
use super::target::{Target, Value, wbxml_writer};
use super::{TranscodeError, Transcoding};
use crate::element::{Attribute, Event, EventSink, EventSource, Name, Space, Step, Tag, ddf, metinf, syncml};
use crate::error::EncodeError;
use crate::exchange::Syntax;
use crate::xml::Spelling;
use crate::{wbxml, xml};

/// A reader that documents are copied from.
pub(super) trait Source<'a>: EventSource<'a> + Clone {
    const SYNTAX: Syntax;

    /// A reader of a document inside this one.
    fn embedded<'b>(&self, bytes: &'b [u8]) -> Option<wbxml::Reader<'b>>;
}

impl<'a> Source<'a> for wbxml::Reader<'a> {
    const SYNTAX: Syntax = Syntax::Wbxml;

    fn embedded<'b>(&self, bytes: &'b [u8]) -> Option<wbxml::Reader<'b>> {
        self.embedded(bytes).ok()
    }
}

impl<'a> Source<'a> for xml::Reader<'a> {
    const SYNTAX: Syntax = Syntax::Xml;

    fn embedded<'b>(&self, _: &'b [u8]) -> Option<wbxml::Reader<'b>> {
        None
    }
}

/// One copy in progress.
pub(super) struct Copier<'c, S, T: Target> {
    source: &'c mut S,
    target: &'c mut T,
    options: Transcoding,
    /// Elements that are open around the root.
    around: usize,
    open: Vec<Option<Tag>>,
    places: Places,
    /// Where the content of the open Data begins, in the document and in the output.
    data: Option<(usize, T::Place)>,
    /// Where the last digit of the SyncML namespace stands.
    version: Option<usize>,
}

impl<'c, 'a, S: Source<'a>, T: Target> Copier<'c, S, T> {
    pub(super) fn new(source: &'c mut S, target: &'c mut T, options: &Transcoding) -> Self {
        Self {
            source,
            target,
            options: *options,
            around: 0,
            open: Vec::with_capacity(12),
            places: Places::default(),
            data: None,
            version: None,
        }
    }

    /// The same for a document that becomes content of an element, with `around` elements open in the target: it is
    /// converted without loss, or left alone.
    fn inside(source: &'c mut S, target: &'c mut T, options: &Transcoding, around: usize) -> Self {
        let options = Transcoding { drops_attributes: false, ..*options };
        Self { around, ..Self::new(source, target, &options) }
    }

    /// Copies `root` and all that follows, up to the end of the document, or of the element that it is content of.
    pub(super) fn run(mut self, root: Option<Event<'a>>) -> Result<(), TranscodeError> {
        let mut next = root;
        while let Some(event) = next {
            next = match event {
                Event::Start(name) => {
                    self.start(name)?;
                    self.plain_children()?;
                    self.source.next_event()?
                }
                // The content of Data ends.
                Event::End if self.open.is_empty() => return Ok(()),
                Event::End => {
                    self.end()?;
                    self.plain_children()?;
                    self.source.next_event()?
                }
                Event::Attribute(attribute) => {
                    self.attribute(attribute)?;
                    self.source.next_event()?
                }
                value @ (Event::Text(_) | Event::Char(_) | Event::Opaque(_)) => Some(self.value(value)?),
            };
        }
        Ok(())
    }

    /// Copies known elements, and leaves with a text, as long as the source has nothing else: most of a message.
    fn plain_children(&mut self) -> Result<(), TranscodeError> {
        while !self.open.is_empty() {
            match self.source.quick_child() {
                Step::Child(tag) => match self.source.quick_text() {
                    Some(text) => self.leaf(tag, text)?,
                    None => self.start(Name::Known(tag))?,
                },
                Step::End => self.end()?,
                Step::Other => return Ok(()),
            }
        }
        Ok(())
    }

    #[cold]
    fn inexpressible(&self, error: EncodeError) -> TranscodeError {
        TranscodeError::Encode { error, offset: self.source.offset() }
    }

    fn parent(&self) -> Option<Tag> {
        self.open.last().copied().flatten()
    }

    fn start(&mut self, name: Name<'a>) -> Result<(), TranscodeError> {
        let parent = self.parent();
        if parent == Some(syncml::DATA) && (S::SYNTAX, T::SYNTAX) == (Syntax::Xml, Syntax::Wbxml) {
            return self.element_content(name);
        }
        let before = self.target.written().len();
        let tag = name.tag();
        let written = match tag {
            Some(tag) => self.target.start(tag),
            None => self.target.event(Event::Start(name)),
        };
        written.map_err(|error| self.inexpressible(error))?;
        if let Some(tag) = tag {
            let after = self.target.written().len();
            if self.open.is_empty() && self.around == 0 && T::SYNTAX == Syntax::Xml && tag.space() == Space::SyncMl {
                self.version = after.checked_sub("2\">".len());
            }
            self.places.start(tag, self.open.len(), before..after);
            if tag == syncml::DATA {
                self.data = Some((self.source.position(), self.target.place()));
            }
        }
        self.open.push(tag);
        Ok(())
    }

    fn end(&mut self) -> Result<(), TranscodeError> {
        self.target.end().map_err(|error| self.inexpressible(error))?;
        if let Some(Some(tag)) = self.open.pop() {
            self.places.end(tag, self.open.len(), self.target);
        }
        Ok(())
    }

    /// Copies the element `tag` that has nothing but `text`.
    fn leaf(&mut self, tag: Tag, text: &'a str) -> Result<(), TranscodeError> {
        let before = self.target.written().len();
        match self.target.text_leaf(tag, text) {
            Ok(range) => {
                self.places.start(tag, self.open.len(), before..range.start);
                self.text_written(Some(tag), range);
                self.places.end(tag, self.open.len(), self.target);
                Ok(())
            }
            Err(EncodeError::Character) => {
                self.start(Name::Known(tag))?;
                self.write(Value::Text(text))?;
                self.end()
            }
            Err(error) => Err(self.inexpressible(error)),
        }
    }

    fn attribute(&mut self, attribute: Attribute<'a>) -> Result<(), TranscodeError> {
        match self.target.event(Event::Attribute(attribute)) {
            Err(EncodeError::NoAttributeToken) if self.options.drops_attributes => Ok(()),
            written => written.map_err(|error| self.inexpressible(error)),
        }
    }

    /// Writes the value that begins with `first`; returns the event behind it.
    fn value(&mut self, first: Event<'a>) -> Result<Event<'a>, TranscodeError> {
        let next = self.source.expect_event()?;
        match (&first, &next) {
            (_, Event::Text(_) | Event::Char(_) | Event::Opaque(_)) => return self.joined(first, next),
            (Event::Text(text), _) => self.write(Value::Text(text))?,
            (Event::Opaque(bytes), _) => self.write(Value::Opaque(bytes))?,
            (Event::Char(character), _) => self.write(Value::Text(character.encode_utf8(&mut [0; 4])))?,
            (Event::Start(_) | Event::Attribute(_) | Event::End, _) => {}
        }
        Ok(next)
    }

    /// The same for a value of several pieces.
    fn joined(&mut self, first: Event<'a>, second: Event<'a>) -> Result<Event<'a>, TranscodeError> {
        let mut bytes = Vec::new();
        let mut is_text = true;
        let mut pending = Some(second);
        let mut piece = first;
        loop {
            match piece {
                Event::Text(text) => bytes.extend_from_slice(text.as_bytes()),
                Event::Char(character) => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
                Event::Opaque(more) => {
                    bytes.extend_from_slice(more);
                    is_text = false;
                }
                behind @ (Event::Start(_) | Event::Attribute(_) | Event::End) => {
                    match core::str::from_utf8(&bytes) {
                        Ok(text) if is_text => self.write(Value::Text(text))?,
                        _ => self.write(Value::Opaque(&bytes))?,
                    }
                    return Ok(behind);
                }
            }
            piece = match pending.take() {
                Some(piece) => piece,
                None => self.source.expect_event()?,
            };
        }
    }

    fn write(&mut self, value: Value<'_>) -> Result<(), TranscodeError> {
        let parent = self.parent();
        let value = match (value, T::SYNTAX) {
            (Value::Opaque(bytes), Syntax::Xml) => {
                if parent == Some(syncml::DATA) && self.open_embedded(bytes) {
                    return Ok(());
                }
                match parent {
                    Some(metinf::NEXT_NONCE) if !self.places.nonce_is_base64(self.target.written()) => {
                        Value::Binary(bytes)
                    }
                    _ => value,
                }
            }
            _ => value,
        };
        let begin = self.target.written().len();
        let place = self.target.place();
        let spelling = match (self.target.value(value), value) {
            (Err(EncodeError::Character), Value::Text(text)) => {
                self.target.go_back(place, self.around + self.open.len());
                self.target.value(Value::Opaque(text.as_bytes()))
            }
            (written, _) => written,
        };
        if spelling.map_err(|error| self.inexpressible(error))? == Spelling::Base64 {
            return self.told_base64(parent);
        }
        self.text_written(parent, T::text_in(begin..self.target.written().len()));
        Ok(())
    }

    /// The text of `parent` was written as `range`: remembers it, if it tells something.
    #[inline]
    fn text_written(&mut self, parent: Option<Tag>, range: Range<usize>) {
        match parent {
            Some(tag) if tag.space() == Space::MetInf && !range.is_empty() => self.places.text(parent, range),
            Some(syncml::VER_DTD) => self.version_written(range),
            _ => {}
        }
    }

    /// Makes the namespace that of the version.
    fn version_written(&mut self, range: Range<usize>) {
        let text = self.target.written().get(range).unwrap_or_default().trim_ascii();
        if let (Some(at), b"1.0" | b"1.1") = (self.version, text) {
            let digit = text.get(2..).map(<[u8]>::to_vec).unwrap_or_default();
            self.target.replace(at..at + 1, &digit);
        }
    }

    /// A value of `parent` was written as base64: sees to it that it is told.
    #[cold]
    fn told_base64(&mut self, parent: Option<Tag>) -> Result<(), TranscodeError> {
        match parent {
            Some(syncml::DATA) if self.places.is_in_item() => self.places.data_sent(Sent::Base64),
            Some(metinf::NEXT_NONCE) => self.places.nonce_sent(),
            Some(ddf::VALUE | ddf::DEFAULT_VALUE) => self.places.value_sent(self.target),
            Some(_) => return Err(self.inexpressible(EncodeError::Character)),
            None => {}
        }
        Ok(())
    }

    /// Writes the WBXML document `bytes` as the content of Data, if that is what they are.
    fn open_embedded(&mut self, bytes: &[u8]) -> bool {
        let wanted = self.options.opens_embedded && self.places.is_in_item();
        if !wanted || !self.places.type_ends_with("+wbxml", self.target.written()) {
            return false;
        }
        let Some(mut reader) = self.source.embedded(bytes) else { return false };
        let (place, depth) = (self.target.place(), self.around + self.open.len());
        let root = reader.next_event();
        let copied = root
            .map_err(TranscodeError::from)
            .and_then(|root| Copier::inside(&mut reader, self.target, &self.options, depth).run(root));
        if copied.is_err() {
            self.target.go_back(place, depth);
            return false;
        }
        self.places.data_sent(Sent::Converted);
        true
    }

    /// Writes the element content of Data, which begins with the element `first`, and ends the Data.
    fn element_content(&mut self, first: Name<'a>) -> Result<(), TranscodeError> {
        let Some((begin, place)) = self.data.take() else {
            return Err(self.inexpressible(EncodeError::Unbalanced));
        };
        let before = self.source.clone();
        let depth = self.around + self.open.len();
        let wanted = self.options.opens_embedded && self.places.is_in_item();
        if wanted && self.places.type_ends_with("+xml", self.target.written()) {
            let mut writer = wbxml_writer(Some(&Event::Start(first)), Vec::new());
            let copied = Copier::inside(self.source, &mut writer, &self.options, 0).run(Some(Event::Start(first)));
            if copied.is_ok() {
                self.target.go_back(place, depth);
                let written = self.target.event(Event::Opaque(writer.as_bytes()));
                written.map_err(|error| self.inexpressible(error))?;
                self.places.data_sent(Sent::Converted);
                return self.end();
            }
            *self.source = before.clone();
        }
        let inline = Copier::inside(self.source, self.target, &self.options, depth).run(Some(Event::Start(first)));
        if inline.is_err() {
            *self.source = before;
            let inner = self.source.inner_xml(begin, "", first)?;
            self.target.go_back(place, depth);
            self.target.event(Event::Text(&inner)).map_err(|error| self.inexpressible(error))?;
        }
        self.end()
    }
}

/// Copies `root` and all that follows into a writer that can say all of it, or fails.
pub(super) fn plainly<'a, S: Source<'a>>(
    source: &mut S,
    target: &mut impl EventSink,
    root: Option<Event<'a>>,
) -> Result<(), TranscodeError> {
    let mut next = root;
    while let Some(event) = next {
        let offset = source.offset();
        target.event(event).map_err(|error| TranscodeError::Encode { error, offset })?;
        next = source.next_event()?;
    }
    Ok(())
}
