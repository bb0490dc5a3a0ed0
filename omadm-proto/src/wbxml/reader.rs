//! The pull reader.

mod attributes;
mod tokens;

use alloc::borrow::Cow;
use alloc::string::String;

use super::cursor::Cursor;
use super::header::Header;
use super::table::StringTable;
use super::token::{ATTRIBUTE_BIT, CONTENT_BIT, END, STR_I, SWITCH_PAGE};
use super::vocabulary::{PageNames, Vocabulary};
use crate::deviation::{DeviationKind, Deviations, Profile};
use crate::element::{
    Attribute, Event, EventSink as _, EventSource, Name, Space, Step, TagSet, Value, child_by_events, skip_by_events,
    syncml, text_by_events, value_by_events,
};
use crate::error::{DecodeError, DecodeErrorKind, Limit};
use crate::limits::Limits;
use crate::reading::Reading;
use crate::xml;

/// Reads the element events of one WBXML document.
///
/// ```
/// # use omadm_proto::element::{Event, EventSource, Name, syncml};
/// # use omadm_proto::limits::Limits;
/// # fn main() -> Result<(), omadm_proto::error::DecodeError> {
/// let mut reader = omadm_proto::wbxml::Reader::new(b"\x02\xA4\x01\x6A\x00\x6D\x03hi\0\x01", &Limits::DEFAULT)?;
/// assert_eq!(reader.next_event()?, Some(Event::Start(Name::Known(syncml::SYNC_ML))));
/// assert_eq!(reader.next_event()?, Some(Event::Text("hi")));
/// assert_eq!(reader.next_event()?, Some(Event::End));
/// assert_eq!(reader.next_event()?, None);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    cursor: Cursor<'a>,
    /// Where the latest event began.
    offset: usize,
    /// Open elements.
    depth: usize,
    next: Next,
    /// The code page of elements, and those of its tokens that are known tags.
    page: u8,
    tags: TagSet,
    /// The page before, which most switches go back to.
    other_page: (u8, TagSet),
    max_depth: usize,
    /// Bytes that string-table references may still yield.
    budget: usize,
    header: Header<'a>,
    table: StringTable<'a>,
    /// `None` for a document that does not say what it is.
    vocabulary: Option<&'static Vocabulary>,
    own_vocabularies: &'static [Vocabulary],
    attribute_page: u8,
    /// Attributes of the current element so far.
    attributes: usize,
    /// Documents around this one.
    embedding: usize,
    reading: Reading,
    deviations: Deviations,
}

/// What the grammar allows at the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Content,
    /// The end of an element without content: no byte stands for it.
    EmptyEnd,
    Root,
    /// The attribute list of an element that has content behind it.
    AttributesAndContent,
    /// The attribute list of an element without content.
    Attributes,
    Nothing,
}

/// How many documents may be inside each other, the outermost not counted \[wbxml 6.13\].
const MAX_EMBEDDING: usize = 2;

impl<'a> Reader<'a> {
    /// A lenient reader of the document `bytes`.
    ///
    /// # Errors
    /// As for [`Self::with`].
    #[inline]
    pub fn new(bytes: &'a [u8], limits: &Limits) -> Result<Self, DecodeError> {
        Self::with(bytes, &Reading::new(Profile::Lenient, *limits))
    }

    /// A reader of the document `bytes`.
    ///
    /// # Errors
    /// The header is damaged, or names a charset or a kind of document that is not known, or the document is larger than
    /// the limits allow.
    #[inline]
    pub fn with(bytes: &'a [u8], reading: &Reading) -> Result<Self, DecodeError> {
        Self::with_vocabularies(bytes, reading, &[])
    }

    /// A reader of the document `bytes`, which may be of one of the caller's own kinds.
    ///
    /// # Errors
    /// As for [`Self::with`].
    pub fn with_vocabularies(
        bytes: &'a [u8],
        reading: &Reading,
        own: &'static [Vocabulary],
    ) -> Result<Self, DecodeError> {
        let limits = &reading.limits;
        if bytes.len() > limits.message_bytes {
            return Err(DecodeError::new(DecodeErrorKind::LimitExceeded(Limit::MessageBytes), limits.message_bytes));
        }
        let mut cursor = Cursor::new(bytes);
        let (header, table, vocabulary) = Header::read(&mut cursor, own)?;
        Ok(Self {
            offset: cursor.position(),
            cursor,
            depth: 0,
            next: Next::Root,
            page: 0,
            tags: tags_of(vocabulary, 0),
            other_page: (1, tags_of(vocabulary, 1)),
            max_depth: limits.depth,
            budget: limits.expanded_bytes,
            header,
            table,
            vocabulary,
            own_vocabularies: own,
            attribute_page: 0,
            attributes: 0,
            embedding: 0,
            reading: *reading,
            deviations: Deviations::new(),
        })
    }

    /// A reader of a document that is held by an OPAQUE of this one: DevInf or a serialized tree \[wbxml 5\]. It has a
    /// header, a string table and code pages of its own, and its offsets count from its own first byte.
    ///
    /// Nothing tells a document from other bytes but the type that the element's Meta declares; if this fails, or the reader
    /// does later, the bytes are still there.
    ///
    /// # Errors
    /// As for [`Self::with`], and [`Limit::Embedding`] if this is such a document in such a document already.
    pub fn embedded<'b>(&self, opaque: &'b [u8]) -> Result<Reader<'b>, DecodeError> {
        if self.embedding == MAX_EMBEDDING {
            return Err(DecodeError::new(DecodeErrorKind::LimitExceeded(Limit::Embedding), 0));
        }
        let mut reader = Reader::with_vocabularies(opaque, &self.reading, self.own_vocabularies)?;
        reader.embedding = self.embedding + 1;
        Ok(reader)
    }

    /// The header of the document.
    #[must_use]
    pub const fn header(&self) -> &Header<'a> {
        &self.header
    }

    /// What its tokens mean; `None` if the document does not say what it is.
    #[must_use]
    pub const fn vocabulary(&self) -> Option<&'static Vocabulary> {
        self.vocabulary
    }

    /// Ends an element without content.
    #[inline]
    const fn end_empty(&mut self) {
        self.offset = self.cursor.position();
        self.next = Next::Content;
        self.close();
    }

    #[cold]
    const fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(kind, self.offset)
    }

    #[cold]
    fn notice_here(&mut self, kind: DeviationKind) -> Result<(), DecodeError> {
        self.deviations.notice(self.reading.profile, kind, self.offset)
    }

    /// Opens an element in content, whose token was seen and for which there is room.
    #[inline]
    const fn open_plain(&mut self, token: u8) {
        self.cursor.advance();
        self.depth += 1;
        self.next = if token & CONTENT_BIT != 0 { Next::Content } else { Next::EmptyEnd };
    }

    /// Closes the innermost element, in whose content the cursor is.
    #[inline]
    const fn close(&mut self) {
        self.depth -= 1;
        if self.depth == 0 {
            self.next = Next::Nothing;
        }
    }

    /// Whether a token begins an element with a known tag and without attributes.
    #[inline]
    const fn is_plain(&self, token: u8) -> bool {
        token < ATTRIBUTE_BIT && self.tags.has(token)
    }

    /// A `SWITCH_PAGE` back to the page before with an element of that page behind it, whose token is given but not taken;
    /// `None`, and nothing is taken, of any other.
    #[inline(always)]
    fn quick_switch(&mut self) -> Option<u8> {
        let [page, token] = self.cursor.peek_behind()?;
        let (other, tags) = self.other_page;
        if page != other || token >= ATTRIBUTE_BIT || !tags.has(token) {
            return None;
        }
        self.other_page = (self.page, self.tags);
        (self.page, self.tags) = (page, tags);
        self.cursor.advance();
        self.cursor.advance();
        Some(token)
    }

    /// The content of the element that just began, if that is one `STR_I` and nothing else, with its END.
    #[inline]
    fn only_string(&mut self) -> Option<&'a str> {
        if self.next != Next::Content || self.cursor.peek() != Some(STR_I) {
            return None;
        }
        let offset = self.cursor.position();
        let text = self.cursor.only_string()?;
        self.offset = offset;
        self.close();
        Some(text)
    }
}

impl<'a> EventSource<'a> for Reader<'a> {
    // What messages consist of is seen to here, inline; everything else in `any_event`, which is not.
    #[inline(always)]
    fn next_event(&mut self) -> Result<Option<Event<'a>>, DecodeError> {
        if self.next == Next::EmptyEnd {
            self.end_empty();
            return Ok(Some(Event::End));
        }
        while self.next == Next::Content
            && let Some(token) = self.cursor.peek()
        {
            self.offset = self.cursor.position();
            if self.is_plain(token) && self.depth < self.max_depth {
                self.open_plain(token);
                return Ok(Some(Event::Start(Name::Known(self.tags.tag(token)))));
            }
            match token {
                END => {
                    self.cursor.advance();
                    self.close();
                    return Ok(Some(Event::End));
                }
                STR_I => match self.cursor.string() {
                    Some(text) => return Ok(Some(Event::Text(text))),
                    None => break,
                },
                SWITCH_PAGE => {
                    if self.quick_switch().is_none() {
                        self.cursor.advance();
                        self.switch_page()?;
                    }
                }
                _ => break,
            }
        }
        // Not returned as it comes: so the caller's event need not live in memory for the sake of this call.
        match self.any_event()? {
            Some(event) => Ok(Some(event)),
            None => Ok(None),
        }
    }

    fn offset(&self) -> usize {
        self.offset
    }

    fn position(&self) -> usize {
        self.cursor.position()
    }

    fn notice(&mut self, kind: DeviationKind, offset: usize) -> Result<(), DecodeError> {
        self.deviations.notice(self.reading.profile, kind, offset)
    }

    fn take_deviations(&mut self) -> Deviations {
        core::mem::take(&mut self.deviations)
    }

    fn next_attribute(&mut self) -> Result<Option<Attribute<'a>>, DecodeError> {
        match self.next {
            Next::Attributes | Next::AttributesAndContent => self.listed_attribute(),
            Next::Root | Next::Content | Next::EmptyEnd | Next::Nothing => Ok(None),
        }
    }

    #[inline]
    fn next_child(&mut self) -> Result<Option<Name<'a>>, DecodeError> {
        match self.quick_child() {
            Step::Child(tag) => Ok(Some(Name::Known(tag))),
            Step::End => Ok(None),
            Step::Other => child_by_events(self),
        }
    }

    #[inline(always)]
    fn quick_child(&mut self) -> Step {
        if self.next == Next::EmptyEnd {
            self.end_empty();
            return Step::End;
        }
        if self.next != Next::Content || self.depth >= self.max_depth {
            return Step::Other;
        }
        let Some(mut token) = self.cursor.peek() else { return Step::Other };
        if token == SWITCH_PAGE {
            match self.quick_switch() {
                Some(behind) => token = behind,
                None => return Step::Other,
            }
        }
        self.offset = self.cursor.position();
        if self.is_plain(token) {
            self.open_plain(token);
            return Step::Child(self.tags.tag(token));
        }
        if token == END {
            self.cursor.advance();
            self.close();
            return Step::End;
        }
        Step::Other
    }

    #[inline(always)]
    fn quick_text(&mut self) -> Option<&'a str> {
        self.only_string()
    }

    #[inline]
    fn skip_element(&mut self) -> Result<(), DecodeError> {
        if self.next == Next::EmptyEnd {
            self.end_empty();
            return Ok(());
        }
        skip_by_events(self)
    }

    #[inline]
    fn leaf_text(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        match self.only_string() {
            Some(text) => Ok(Cow::Borrowed(text)),
            None => text_by_events(self),
        }
    }

    #[inline]
    fn leaf_value(&mut self) -> Result<Value<'a>, DecodeError> {
        match self.only_string() {
            Some(text) => Ok(Value::Text(Cow::Borrowed(text))),
            None => value_by_events(self),
        }
    }

    fn inner_xml(&mut self, _begin: usize, before: &str, first: Name<'a>) -> Result<Cow<'a, str>, DecodeError> {
        let offset = self.offset;
        let inexpressible = |_| DecodeError::new(DecodeErrorKind::InvalidValue(syncml::DATA), offset);
        let mut writer = xml::Writer::fragment(Space::SyncMl);
        writer.event(Event::Text(before)).map_err(inexpressible)?;
        writer.event(Event::Start(first)).map_err(inexpressible)?;
        let mut open = 1_usize;
        loop {
            let event = self.expect_event()?;
            match event {
                Event::Start(_) => open += 1,
                Event::End if open == 0 => break,
                Event::End => open -= 1,
                Event::Attribute(_) | Event::Text(_) | Event::Char(_) | Event::Opaque(_) => {}
            }
            writer.event(event).map_err(inexpressible)?;
        }
        let text = String::from_utf8(writer.into_bytes());
        text.map(Cow::Owned).map_err(|_| DecodeError::new(DecodeErrorKind::InvalidUtf8, offset))
    }
}

/// The known tags of one code page.
fn tags_of(vocabulary: Option<&Vocabulary>, page: u8) -> TagSet {
    match vocabulary.and_then(|vocabulary| vocabulary.page(page)).map(|page| page.names) {
        Some(PageNames::Space(space)) => space.tags(),
        Some(PageNames::List(_)) | None => TagSet::NONE,
    }
}
