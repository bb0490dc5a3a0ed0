//! The pull reader.

mod attributes;
mod tokens;

use alloc::borrow::Cow;
use alloc::string::String;

use super::cursor::Cursor;
use super::header::{Header, Opening};
use super::table::StringTable;
use super::token::{ATTRIBUTE_BIT, CONTENT_BIT, END, STR_I, SWITCH_PAGE};
use super::vocabulary::{Page, Vocabulary};
use crate::deviation::{DeviationKind, Deviations, Profile};
use crate::element::{
    Attribute, Event, EventSink as _, EventSource, Name, Space, Step, Tag, TagSet, Value, child_by_events,
    skip_by_events, syncml, text_by_events, value_by_events,
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
    /// Its mark is where the latest event began, and in sight is text only while `next` is `Content`.
    cursor: Cursor<'a>,
    /// Open elements.
    depth: usize,
    next: Next,
    /// The code page of elements, and those of its tokens that are known tags.
    page: u8,
    tags: TagSet,
    /// The page before, which most switches go back to.
    other_page: (u8, TagSet),
    bounds: Bounds,
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
    deviations: Deviations,
}

/// As much of a [`Reading`] as matters here, because readers are moved about.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    profile: Profile,
    message_bytes: usize,
    depth: usize,
    attributes: usize,
    expanded_bytes: usize,
}

impl Bounds {
    #[inline]
    const fn new(profile: Profile, limits: &Limits) -> Self {
        Self {
            profile,
            message_bytes: limits.message_bytes,
            depth: limits.depth,
            attributes: limits.attributes,
            expanded_bytes: limits.expanded_bytes,
        }
    }
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
        Self::begin(bytes, Bounds::new(Profile::Lenient, limits), &[])
    }

    /// A reader of the document `bytes`.
    ///
    /// # Errors
    /// The header is damaged, or names a charset or a kind of document that is not known, or the document is larger than
    /// the limits allow.
    #[inline]
    pub fn with(bytes: &'a [u8], reading: &Reading) -> Result<Self, DecodeError> {
        Self::begin(bytes, Bounds::new(reading.profile, &reading.limits), &[])
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
        Self::begin(bytes, Bounds::new(reading.profile, &reading.limits), own)
    }

    // Inline, so that the reader is made where the caller wants it.
    #[inline]
    fn begin(bytes: &'a [u8], bounds: Bounds, own: &'static [Vocabulary]) -> Result<Self, DecodeError> {
        if bytes.len() > bounds.message_bytes {
            return Err(DecodeError::new(DecodeErrorKind::LimitExceeded(Limit::MessageBytes), bounds.message_bytes));
        }
        let Opening { header, table, vocabulary, len } = Opening::read(bytes, own)?;
        let [tags, other_tags] = vocabulary.map_or([TagSet::NONE; 2], |vocabulary| vocabulary.first_tags);
        Ok(Self {
            cursor: Cursor::at(bytes, len),
            depth: 0,
            next: Next::Root,
            page: 0,
            tags,
            other_page: (1, other_tags),
            bounds,
            budget: bounds.expanded_bytes,
            header,
            table,
            vocabulary,
            own_vocabularies: own,
            attribute_page: 0,
            attributes: 0,
            embedding: 0,
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
        let mut reader = Reader::begin(opaque, self.bounds, self.own_vocabularies)?;
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
        self.cursor.mark();
        self.go_to(Next::Content);
        self.close();
    }

    /// Lets the grammar go on with `next`.
    #[inline]
    const fn go_to(&mut self, next: Next) {
        self.next = next;
        if matches!(next, Next::Content) {
            self.cursor.show();
        } else {
            self.cursor.hide();
        }
    }

    #[cold]
    const fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(kind, self.cursor.marked())
    }

    #[cold]
    fn notice_here(&mut self, kind: DeviationKind) -> Result<(), DecodeError> {
        self.deviations.notice(self.bounds.profile, kind, self.cursor.marked())
    }

    /// Closes the innermost element, in whose content the cursor is.
    #[inline]
    const fn close(&mut self) {
        self.depth -= 1;
        if self.depth == 0 {
            self.go_to(Next::Nothing);
        }
    }

    /// Opens the element whose token is next, if it is plain: known and without attributes. Before it may stand a
    /// `SWITCH_PAGE` back to the page before.
    #[inline(always)]
    fn quick_start(&mut self, token: u8) -> Option<Tag> {
        if self.depth >= self.bounds.depth {
            return None;
        }
        if token < ATTRIBUTE_BIT && self.tags.has(token) {
            return Some(self.open_plain(token));
        }
        let [page, token] = if token == SWITCH_PAGE { self.cursor.quick_behind()? } else { return None };
        let (other, tags) = self.other_page;
        if page != other || token >= ATTRIBUTE_BIT || !tags.has(token) {
            return None;
        }
        self.other_page = (self.page, self.tags);
        (self.page, self.tags) = (page, tags);
        self.cursor.advance();
        self.cursor.advance();
        Some(self.open_plain(token))
    }

    /// Opens an element in content, whose token is next and a known tag.
    #[inline(always)]
    const fn open_plain(&mut self, token: u8) -> Tag {
        self.cursor.mark();
        self.cursor.advance();
        self.depth += 1;
        if token & CONTENT_BIT == 0 {
            self.go_to(Next::EmptyEnd);
        }
        self.tags.tag(token)
    }

    /// The content of the element that just began, if that is one `STR_I` and nothing else, with its END.
    #[inline]
    fn only_string(&mut self) -> Option<&'a str> {
        if self.cursor.quick() != Some(STR_I) {
            return None;
        }
        let text = self.cursor.quick_only_string()?;
        self.close();
        Some(text)
    }
}

impl<'a> EventSource<'a> for Reader<'a> {
    // What messages consist of is seen to here, inline; everything else in `any_event`, which is not.
    #[inline(always)]
    fn next_event(&mut self) -> Result<Option<Event<'a>>, DecodeError> {
        if let Some(token) = self.cursor.quick() {
            self.cursor.mark();
            match token {
                END => {
                    self.cursor.advance();
                    self.close();
                    return Ok(Some(Event::End));
                }
                STR_I => {
                    if let Some(text) = self.cursor.quick_string() {
                        return Ok(Some(Event::Text(text)));
                    }
                }
                _ => {
                    if let Some(tag) = self.quick_start(token) {
                        return Ok(Some(Event::Start(Name::Known(tag))));
                    }
                }
            }
        }
        if self.next == Next::EmptyEnd {
            self.end_empty();
            return Ok(Some(Event::End));
        }
        // Not returned as it comes: so the caller's event need not live in memory for the sake of this call.
        match self.any_event()? {
            Some(event) => Ok(Some(event)),
            None => Ok(None),
        }
    }

    fn offset(&self) -> usize {
        self.cursor.marked()
    }

    fn position(&self) -> usize {
        self.cursor.position()
    }

    fn notice(&mut self, kind: DeviationKind, offset: usize) -> Result<(), DecodeError> {
        self.deviations.notice(self.bounds.profile, kind, offset)
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
        let Some(token) = self.cursor.quick() else {
            if self.next == Next::EmptyEnd {
                self.end_empty();
                return Step::End;
            }
            return Step::Other;
        };
        if token == END {
            self.cursor.mark();
            self.cursor.advance();
            self.close();
            return Step::End;
        }
        match self.quick_start(token) {
            Some(tag) => Step::Child(tag),
            None => Step::Other,
        }
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
        let offset = self.cursor.marked();
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
    vocabulary.and_then(|vocabulary| vocabulary.page(page)).map_or(TagSet::NONE, Page::tags)
}
