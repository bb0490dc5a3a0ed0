//! The pull reader.

use alloc::borrow::Cow;
use alloc::string::String;

use super::codepage::Pages;
use super::cursor::{Cursor, string_at};
use super::header::Header;
use super::token::{
    ATTRIBUTE_BIT, CONTENT_BIT, END, ENTITY, LITERAL, LITERAL_A, LITERAL_AC, LITERAL_C, OPAQUE, PI, STR_I, STR_T,
    SWITCH_PAGE, TAG_BITS,
};
use crate::deviation::{DeviationKind, Deviations, Profile};
use crate::element::provisioning::{ATTRIBUTE_STARTS, ATTRIBUTE_VALUES};
use crate::element::{Attribute, Event, EventSink as _, EventSource, Name, Space, Tag, syncml};
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
    header: Header<'a>,
    pages: Pages,
    tag_page: u8,
    attribute_page: u8,
    offset: usize,
    depth: usize,
    max_depth: usize,
    max_attributes: usize,
    /// Bytes that string-table references may still yield.
    budget: usize,
    /// Attributes of the current element so far.
    attributes: usize,
    next: Next,
    profile: Profile,
    deviations: Deviations,
}

/// What the grammar allows at the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Root,
    /// The attribute list of an element, which has content or not.
    Attributes {
        content: bool,
    },
    Content,
    /// The end of an element without content: no byte stands for it.
    EmptyEnd,
    Nothing,
}

impl<'a> Reader<'a> {
    /// A lenient reader of the document `bytes`.
    ///
    /// # Errors
    /// As for [`Self::with`].
    pub fn new(bytes: &'a [u8], limits: &Limits) -> Result<Self, DecodeError> {
        Self::with(bytes, &Reading::new(Profile::Lenient, *limits))
    }

    /// A reader of the document `bytes`.
    ///
    /// # Errors
    /// The header is damaged or names a charset that is not supported, or the document is larger than the limits allow.
    pub fn with(bytes: &'a [u8], reading: &Reading) -> Result<Self, DecodeError> {
        let limits = &reading.limits;
        if bytes.len() > limits.message_bytes {
            return Err(DecodeError::new(DecodeErrorKind::LimitExceeded(Limit::MessageBytes), limits.message_bytes));
        }
        let mut cursor = Cursor::new(bytes);
        let header = Header::read(&mut cursor).map_err(|kind| DecodeError::new(kind, cursor.position()))?;
        Ok(Self {
            cursor,
            header,
            pages: header.pages(),
            tag_page: 0,
            attribute_page: 0,
            offset: cursor.position(),
            depth: 0,
            max_depth: limits.depth,
            max_attributes: limits.attributes,
            budget: limits.expanded_bytes,
            attributes: 0,
            next: Next::Root,
            profile: reading.profile,
            deviations: Deviations::new(),
        })
    }

    /// The header of the document.
    #[must_use]
    pub const fn header(&self) -> &Header<'a> {
        &self.header
    }

    fn step(&mut self) -> Result<Option<Event<'a>>, DecodeErrorKind> {
        loop {
            self.offset = self.cursor.position();
            match self.next {
                Next::Content => {
                    if let Some(event) = self.content()? {
                        return Ok(Some(event));
                    }
                }
                Next::EmptyEnd => return Ok(Some(self.end())),
                Next::Attributes { content } => {
                    if let Some(attribute) = self.listed_attribute(content)? {
                        return Ok(Some(Event::Attribute(attribute)));
                    }
                }
                Next::Root => match self.cursor.byte()? {
                    SWITCH_PAGE => self.tag_page = self.cursor.byte()?,
                    PI => self.skip_attributes()?,
                    token => return self.start(token).map(Some),
                },
                Next::Nothing if self.cursor.is_empty() => return Ok(None),
                Next::Nothing => match self.cursor.byte()? {
                    PI => self.skip_attributes()?,
                    _ => return Err(DecodeErrorKind::TrailingBytes),
                },
            }
        }
    }

    /// The next attribute of an element that has content behind its list, or not.
    fn listed_attribute(&mut self, content: bool) -> Result<Option<Attribute<'a>>, DecodeErrorKind> {
        let attribute = self.attribute()?;
        if attribute.is_none() {
            if self.attributes == 0 {
                return Err(DecodeErrorKind::UnexpectedToken(END));
            }
            self.next = if content { Next::Content } else { Next::EmptyEnd };
        }
        Ok(attribute)
    }

    /// One token of content; `None` for those that report nothing.
    fn content(&mut self) -> Result<Option<Event<'a>>, DecodeErrorKind> {
        match self.cursor.byte()? {
            END => return Ok(Some(self.end())),
            SWITCH_PAGE => self.tag_page = self.cursor.byte()?,
            STR_I => return Ok(Some(Event::Text(self.cursor.terminated()?))),
            STR_T => return Ok(Some(Event::Text(self.table_string()?))),
            OPAQUE => return Ok(Some(Event::Opaque(self.opaque()?))),
            ENTITY => return Ok(Some(Event::Char(self.entity()?))),
            PI => self.skip_attributes()?,
            token => return self.start(token).map(Some),
        }
        Ok(None)
    }

    fn start(&mut self, token: u8) -> Result<Event<'a>, DecodeErrorKind> {
        let name = match token {
            LITERAL | LITERAL_A | LITERAL_C | LITERAL_AC => {
                let index = self.cursor.integer()?;
                let name = self.charge(string_at(self.header.string_table, index)?)?;
                // A literal that spells a name of the SyncML table is that element.
                Tag::from_name(Space::SyncMl, name).map_or(Name::Unknown(name), Name::Known)
            }
            _ => self.named(token)?,
        };
        self.depth += 1;
        if self.depth > self.max_depth {
            return Err(DecodeErrorKind::LimitExceeded(Limit::Depth));
        }
        let content = token & CONTENT_BIT != 0;
        self.attributes = 0;
        self.next = if token & ATTRIBUTE_BIT != 0 {
            Next::Attributes { content }
        } else if content {
            Next::Content
        } else {
            Next::EmptyEnd
        };
        Ok(Event::Start(name))
    }

    fn named(&self, token: u8) -> Result<Name<'a>, DecodeErrorKind> {
        let bits = token & TAG_BITS;
        if bits <= LITERAL {
            return Err(DecodeErrorKind::UnexpectedToken(token));
        }
        let space = self.pages.get(usize::from(self.tag_page)).copied();
        let tag = space.and_then(|space| Tag::from_token(space, bits));
        Ok(tag.map_or(Name::Token { page: self.tag_page, token: bits }, Name::Known))
    }

    const fn end(&mut self) -> Event<'a> {
        self.depth -= 1;
        self.next = if self.depth == 0 { Next::Nothing } else { Next::Content };
        Event::End
    }

    fn table_string(&mut self) -> Result<&'a str, DecodeErrorKind> {
        let index = self.cursor.integer()?;
        self.charge(string_at(self.header.string_table, index)?)
    }

    /// Counts a string that a few bytes of the document refer to.
    const fn charge(&mut self, text: &'a str) -> Result<&'a str, DecodeErrorKind> {
        match self.budget.checked_sub(text.len()) {
            Some(left) => {
                self.budget = left;
                Ok(text)
            }
            None => Err(DecodeErrorKind::LimitExceeded(Limit::ExpandedBytes)),
        }
    }

    fn opaque(&mut self) -> Result<&'a [u8], DecodeErrorKind> {
        if self.header.version == 0 {
            return Err(DecodeErrorKind::UnexpectedToken(OPAQUE));
        }
        let len = self.cursor.integer()?;
        self.cursor.take(len)
    }

    fn entity(&mut self) -> Result<char, DecodeErrorKind> {
        let number = self.cursor.integer()?;
        char::from_u32(number).filter(|c| *c != '\0').ok_or(DecodeErrorKind::Character(number))
    }

    /// Skips a processing instruction: its grammar is that of an attribute list.
    fn skip_attributes(&mut self) -> Result<(), DecodeErrorKind> {
        self.attributes = 0;
        while self.attribute()?.is_some() {}
        Ok(())
    }

    /// The next attribute of a list; `None` at its END. Namespace declarations are skipped.
    fn attribute(&mut self) -> Result<Option<Attribute<'a>>, DecodeErrorKind> {
        loop {
            self.offset = self.cursor.position();
            let (name, prefix) = match self.cursor.byte()? {
                END => return Ok(None),
                SWITCH_PAGE => {
                    self.attribute_page = self.cursor.byte()?;
                    continue;
                }
                LITERAL => {
                    let index = self.cursor.integer()?;
                    // Nokia writes `xmlns` as literal 0 of a table that does not exist.
                    if self.header.string_table.is_empty() && index == 0 {
                        ("xmlns", "")
                    } else {
                        (self.charge(string_at(self.header.string_table, index)?)?, "")
                    }
                }
                token => self.attribute_start(token)?,
            };
            self.attributes += 1;
            if self.attributes > self.max_attributes {
                return Err(DecodeErrorKind::LimitExceeded(Limit::Attributes));
            }
            let value = self.attribute_value(prefix)?;
            if name != "xmlns" && !name.starts_with("xmlns:") {
                return Ok(Some(Attribute { name, value }));
            }
        }
    }

    fn attribute_start(&self, token: u8) -> Result<(&'static str, &'static str), DecodeErrorKind> {
        let page = self.attribute_page;
        let known = ATTRIBUTE_STARTS.iter().find(|row| self.is_provisioning() && (row.0, row.1) == (page, token));
        known.map(|row| (row.2, row.3)).ok_or(DecodeErrorKind::UnexpectedToken(token))
    }

    fn is_provisioning(&self) -> bool {
        self.pages.first() == Some(&Space::Provisioning)
    }

    fn attribute_value(&mut self, prefix: &'static str) -> Result<Cow<'a, str>, DecodeErrorKind> {
        let mut value = Cow::Borrowed(prefix);
        loop {
            let piece = match self.cursor.peek() {
                Some(SWITCH_PAGE) => {
                    self.cursor.byte()?;
                    self.attribute_page = self.cursor.byte()?;
                    continue;
                }
                Some(STR_I) => {
                    self.cursor.byte()?;
                    self.cursor.terminated()?
                }
                Some(STR_T) => {
                    self.cursor.byte()?;
                    self.table_string()?
                }
                Some(OPAQUE) => {
                    self.cursor.byte()?;
                    core::str::from_utf8(self.opaque()?).map_err(|_| DecodeErrorKind::InvalidUtf8)?
                }
                Some(ENTITY) => {
                    self.cursor.byte()?;
                    let character = self.entity()?;
                    value.to_mut().push(character);
                    continue;
                }
                Some(token @ 0x85..) => {
                    self.cursor.byte()?;
                    self.attribute_text(token)?
                }
                _ => return Ok(value),
            };
            append(&mut value, piece);
        }
    }

    fn attribute_text(&self, token: u8) -> Result<&'static str, DecodeErrorKind> {
        let page = self.attribute_page;
        let known = ATTRIBUTE_VALUES.iter().find(|row| self.is_provisioning() && (row.0, row.1) == (page, token));
        known.map(|row| row.2).ok_or(DecodeErrorKind::UnexpectedToken(token))
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
        self.cursor.position()
    }

    fn notice(&mut self, kind: DeviationKind, offset: usize) -> Result<(), DecodeError> {
        self.deviations.notice(self.profile, kind, offset)
    }

    fn take_deviations(&mut self) -> Deviations {
        core::mem::take(&mut self.deviations)
    }

    fn next_attribute(&mut self) -> Result<Option<Attribute<'a>>, DecodeError> {
        match self.next {
            Next::Attributes { content } => {
                self.listed_attribute(content).map_err(|kind| DecodeError::new(kind, self.offset))
            }
            Next::Root | Next::Content | Next::EmptyEnd | Next::Nothing => Ok(None),
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

/// Appends `piece` to `value`; the first piece is borrowed.
fn append<'a>(value: &mut Cow<'a, str>, piece: &'a str) {
    if value.is_empty() {
        *value = Cow::Borrowed(piece);
    } else {
        value.to_mut().push_str(piece);
    }
}
