//! Every token there is. The quick paths of the reader know the few that messages consist of, and come here with whatever is
//! not plain.

use super::{Next, Reader, tags_of};
use crate::deviation::DeviationKind;
use crate::element::{Event, Name, Space, Tag};
use crate::error::{DecodeError, DecodeErrorKind, Limit};
use crate::wbxml::token::{
    ATTRIBUTE_BIT, CONTENT_BIT, END, ENTITY, LITERAL, LITERAL_A, LITERAL_AC, LITERAL_C, OPAQUE, PI, STR_I, STR_T,
    SWITCH_PAGE, TAG_BITS,
};
use crate::wbxml::vocabulary::PageNames;

impl<'a> Reader<'a> {
    /// The next event, whatever it is.
    #[inline(never)]
    pub(super) fn any_event(&mut self) -> Result<Option<Event<'a>>, DecodeError> {
        loop {
            match self.next {
                Next::Content => {
                    self.cursor.look_ahead();
                    if let Some(event) = self.content()? {
                        return Ok(Some(event));
                    }
                }
                Next::EmptyEnd => {
                    self.end_empty();
                    return Ok(Some(Event::End));
                }
                Next::Attributes | Next::AttributesAndContent => {
                    if let Some(attribute) = self.listed_attribute()? {
                        return Ok(Some(Event::Attribute(attribute)));
                    }
                }
                Next::Root => match self.token()? {
                    PI => self.skip_instruction()?,
                    SWITCH_PAGE => self.switch_page()?,
                    token => return self.start(token).map(Some),
                },
                Next::Nothing if self.cursor.is_at_end() => {
                    self.cursor.mark();
                    return Ok(None);
                }
                Next::Nothing => {
                    if self.token()? == PI {
                        self.skip_instruction()?;
                    } else {
                        self.notice_here(DeviationKind::TrailingBytes)?;
                        self.cursor.skip_to_end();
                    }
                }
            }
        }
    }

    /// One token of content; `None` for those that report nothing.
    fn content(&mut self) -> Result<Option<Event<'a>>, DecodeError> {
        Ok(Some(match self.token()? {
            END => {
                self.close();
                Event::End
            }
            STR_I => Event::Text(self.cursor.terminated().map_err(|kind| self.error(kind))?),
            OPAQUE => Event::Opaque(self.opaque()?),
            STR_T => Event::Text(self.table_string()?),
            ENTITY => Event::Char(self.entity()?),
            SWITCH_PAGE => {
                self.switch_page()?;
                return Ok(None);
            }
            PI => {
                self.skip_instruction()?;
                return Ok(None);
            }
            token => self.start(token)?,
        }))
    }

    /// Any element.
    fn start(&mut self, token: u8) -> Result<Event<'a>, DecodeError> {
        let name = match token {
            LITERAL | LITERAL_A | LITERAL_C | LITERAL_AC => {
                let name = self.table_string()?;
                // A literal that spells a name of the SyncML table is that element.
                Tag::from_name(Space::SyncMl, name).map_or(Name::Unknown(name), Name::Known)
            }
            _ => self.named(token)?,
        };
        self.open(token)?;
        if token & ATTRIBUTE_BIT != 0 {
            self.attributes = 0;
            self.go_to(if token & CONTENT_BIT != 0 { Next::AttributesAndContent } else { Next::Attributes });
        }
        Ok(Event::Start(name))
    }

    fn named(&self, token: u8) -> Result<Name<'a>, DecodeError> {
        let bits = token & TAG_BITS;
        if bits <= LITERAL {
            return Err(self.error(DecodeErrorKind::UnexpectedToken(token)));
        }
        if self.tags.has(bits) {
            return Ok(Name::Known(self.tags.tag(bits)));
        }
        let listed = match self.vocabulary.and_then(|vocabulary| vocabulary.page(self.page)).map(|page| page.names) {
            Some(PageNames::List(list)) => list.iter().find(|row| row.0 == bits),
            Some(PageNames::Space(_)) | None => None,
        };
        Ok(listed.map_or(Name::Token { page: self.page, token: bits }, |row| Name::Unknown(row.1)))
    }

    /// `SWITCH_PAGE` among elements. It is taken at any version, because real 1.1 documents have it \[wbxml 1\].
    #[inline(never)]
    pub(super) fn switch_page(&mut self) -> Result<(), DecodeError> {
        let page = self.cursor.byte().map_err(|kind| self.error(kind))?;
        match self.cursor.peek() {
            Some(END | STR_I | STR_T | OPAQUE | ENTITY | PI) => self.notice_here(DeviationKind::DanglingSwitchPage)?,
            Some(SWITCH_PAGE) => self.notice_here(DeviationKind::RedundantSwitchPage)?,
            _ if page == self.page => self.notice_here(DeviationKind::RedundantSwitchPage)?,
            _ => {}
        }
        if page != self.page {
            self.other_page = (self.page, self.tags);
            self.page = page;
            self.tags = tags_of(self.vocabulary, page);
        }
        Ok(())
    }

    pub(super) fn table_string(&mut self) -> Result<&'a str, DecodeError> {
        let text = self.cursor.integer().and_then(|index| self.table.at(index)).map_err(|kind| self.error(kind))?;
        // A few bytes of the document refer to many.
        match self.budget.checked_sub(text.len()) {
            Some(left) => {
                self.budget = left;
                Ok(text)
            }
            None => Err(self.error(DecodeErrorKind::LimitExceeded(Limit::ExpandedBytes))),
        }
    }

    #[inline]
    pub(super) fn opaque(&mut self) -> Result<&'a [u8], DecodeError> {
        if self.header.version == 0 {
            return Err(self.error(DecodeErrorKind::UnexpectedToken(OPAQUE)));
        }
        self.cursor.integer().and_then(|len| self.cursor.take(len)).map_err(|kind| self.error(kind))
    }

    pub(super) fn entity(&mut self) -> Result<char, DecodeError> {
        let number = self.cursor.integer().map_err(|kind| self.error(kind))?;
        let character = char::from_u32(number).filter(|character| *character != '\0');
        character.ok_or_else(|| self.error(DecodeErrorKind::Character(number)))
    }
    /// Takes one more byte, or finds that there is none.
    pub(super) fn token(&mut self) -> Result<u8, DecodeError> {
        self.cursor.mark();
        match self.cursor.peek() {
            Some(token) => {
                self.cursor.advance();
                Ok(token)
            }
            None => Err(self.error(DecodeErrorKind::UnexpectedEnd)),
        }
    }

    /// Opens an element without attributes.
    #[inline]
    fn open(&mut self, token: u8) -> Result<(), DecodeError> {
        if self.depth >= self.bounds.depth {
            return Err(self.error(DecodeErrorKind::LimitExceeded(Limit::Depth)));
        }
        self.depth += 1;
        self.go_to(if token & CONTENT_BIT != 0 { Next::Content } else { Next::EmptyEnd });
        Ok(())
    }
}
