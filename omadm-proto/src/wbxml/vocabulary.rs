//! Kinds of documents: how they are identified, and what their tokens mean \[wbxml 2, 3, 4\].
//!
//! A vocabulary is nothing but tables, so that a caller can add one of its own: a reader looks into the caller's
//! vocabularies first. The built-in ones are in the same form, in [`super::documents`].

use super::header::PublicId;
use crate::element::{Space, Tag, TagSet};

/// One kind of document: its public identifiers, its code pages and its attribute tokens.
///
/// ```
/// # use omadm_proto::element::{EventSource, Event, Name};
/// # use omadm_proto::reading::Reading;
/// use omadm_proto::wbxml::{Page, PublicId, Reader, Vocabulary};
///
/// static MINE: [Vocabulary; 1] =
///     [Vocabulary::new(&[PublicId::Number(1)]).with_pages(&[Page::list(0, &[(0x05, "Tree"), (0x06, "Leaf")])])];
///
/// # fn main() -> Result<(), omadm_proto::error::DecodeError> {
/// let mut reader = Reader::with_vocabularies(b"\x01\x01\x6A\x00\x45\x06\x01", &Reading::LENIENT, &MINE)?;
/// assert_eq!(reader.next_event()?, Some(Event::Start(Name::Unknown("Tree"))));
/// assert_eq!(reader.next_event()?, Some(Event::Start(Name::Unknown("Leaf"))));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Vocabulary {
    ids: &'static [PublicId<'static>],
    pages: &'static [Page],
    /// The page of every space, for writing.
    space_pages: [u8; Space::COUNT],
    /// The known tags of pages 0 and 1, which are all that most documents have.
    pub(super) first_tags: [TagSet; 2],
    attributes: AttributeTokens,
}

/// What stands for the page of a space that has none; no table of this crate has so high a page.
const NO_PAGE: u8 = u8::MAX;

/// One code page of element names.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    number: u8,
    pub(super) names: PageNames,
}

/// Where the names of a page come from.
#[derive(Debug, Clone, Copy)]
pub(super) enum PageNames {
    /// From a space, so that its tokens are known tags.
    Space(Space),
    /// From a list, so that its tokens are names that no table of this crate has.
    List(&'static [(u8, &'static str)]),
}

/// The attribute tokens of a vocabulary.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct AttributeTokens {
    starts: &'static [AttributeStart],
    values: &'static [AttributeValue],
}

/// One attribute start token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttributeStart {
    /// The attribute code page.
    pub page: u8,
    /// The token, 0x05 to 0x7F.
    pub token: u8,
    /// The attribute name.
    pub name: &'static str,
    /// The beginning of the value; empty for a token that stands for the name alone.
    pub value: &'static str,
    /// Whether it is written.
    pub usage: Usage,
}

/// One attribute value token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttributeValue {
    /// The attribute code page.
    pub page: u8,
    /// The token, 0x85 to 0xFF.
    pub token: u8,
    /// What it stands for.
    pub value: &'static str,
    /// Whether it is written.
    pub usage: Usage,
}

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a token that is read is written or it is not")]
pub enum Usage {
    /// It is read and written.
    Both,
    /// It is understood, and never written, because the sources disagree about it.
    ReadOnly,
}

impl Vocabulary {
    /// A vocabulary without pages, for documents with one of these public identifiers. The number 1, "unknown or missing",
    /// is as good as any other.
    #[must_use]
    pub const fn new(ids: &'static [PublicId<'static>]) -> Self {
        Self {
            ids,
            pages: &[],
            space_pages: [NO_PAGE; Space::COUNT],
            first_tags: [TagSet::NONE; 2],
            attributes: AttributeTokens { starts: &[], values: &[] },
        }
    }

    /// The same with code pages of elements.
    #[must_use]
    pub const fn with_pages(mut self, pages: &'static [Page]) -> Self {
        let mut rest = pages;
        // A space on two pages is written on the first.
        while let [earlier @ .., page] = rest {
            if let PageNames::Space(space) = page.names
                && let Some(slot) = self.space_pages.split_at_mut(space as usize).1.first_mut()
            {
                *slot = page.number;
            }
            match (page.number, &mut self.first_tags) {
                (0, [tags, _]) | (1, [_, tags]) => *tags = page.tags(),
                _ => {}
            }
            rest = earlier;
        }
        self.pages = pages;
        self
    }

    /// The same with attribute tokens.
    #[must_use]
    pub const fn with_attributes(
        mut self,
        starts: &'static [AttributeStart],
        values: &'static [AttributeValue],
    ) -> Self {
        self.attributes = AttributeTokens { starts, values };
        self
    }

    /// The public identifiers of its documents.
    #[must_use]
    pub const fn public_ids(&self) -> &'static [PublicId<'static>] {
        self.ids
    }

    /// Whether `id` is one of its public identifiers; the case of names does not matter, nor does white space around them.
    pub(super) fn has_id(&self, id: PublicId<'_>) -> bool {
        self.ids.iter().any(|known| match (known, id) {
            (PublicId::Number(known), PublicId::Number(number)) => *known == number,
            (PublicId::Name(known), PublicId::Name(name)) => known.eq_ignore_ascii_case(name.trim()),
            (PublicId::Number(_), PublicId::Name(_)) | (PublicId::Name(_), PublicId::Number(_)) => false,
        })
    }

    pub(super) fn page(&self, number: u8) -> Option<&'static Page> {
        self.pages.iter().find(|page| page.number == number)
    }

    /// The page of `space`.
    #[inline]
    pub(super) const fn page_of(&self, space: Space) -> Option<u8> {
        match self.space_pages.split_at(space as usize).1.first() {
            Some(&page) if page != NO_PAGE => Some(page),
            _ => None,
        }
    }

    /// The page and token of a name that only a list has.
    pub(super) fn listed(&self, name: &str) -> Option<(u8, u8)> {
        self.pages.iter().find_map(|page| match page.names {
            PageNames::List(list) => list.iter().find(|row| row.1 == name).map(|row| (page.number, row.0)),
            PageNames::Space(_) => None,
        })
    }

    /// Whether a token has a name.
    pub(super) fn has_name(&self, page: u8, token: u8) -> bool {
        self.page(page).is_some_and(|page| match page.names {
            PageNames::Space(space) => Tag::from_token(space, token).is_some(),
            PageNames::List(list) => list.iter().any(|row| row.0 == token),
        })
    }

    pub(super) fn attribute_start(&self, page: u8, token: u8) -> Option<&'static AttributeStart> {
        self.attributes.starts.iter().find(|row| (row.page, row.token) == (page, token))
    }

    pub(super) fn attribute_value(&self, page: u8, token: u8) -> Option<&'static AttributeValue> {
        self.attributes.values.iter().find(|row| (row.page, row.token) == (page, token))
    }

    /// The start token to write for `name` with `value`: one that says both, else one for the name alone; rather of `page`.
    pub(super) fn start_to_write(&self, page: u8, name: &str, value: &str) -> Option<&'static AttributeStart> {
        let named = || self.attributes.starts.iter().filter(|row| row.usage == Usage::Both && row.name == name);
        let whole = || named().filter(|row| row.value == value);
        let bare = || named().filter(|row| row.value.is_empty());
        let here = |row: &&AttributeStart| row.page == page;
        whole().find(here).or_else(|| whole().next()).or_else(|| bare().find(here)).or_else(|| bare().next())
    }

    /// The value token to write for `value`; rather of `page`.
    pub(super) fn value_to_write(&self, page: u8, value: &str) -> Option<&'static AttributeValue> {
        let rows = || self.attributes.values.iter().filter(|row| row.usage == Usage::Both && row.value == value);
        rows().find(|row| row.page == page).or_else(|| rows().next())
    }
}

impl Page {
    /// A page with the names of `space`.
    #[must_use]
    pub const fn space(number: u8, space: Space) -> Self {
        Self { number, names: PageNames::Space(space) }
    }

    /// Those of its tokens that are known tags.
    pub(super) const fn tags(&self) -> TagSet {
        match self.names {
            PageNames::Space(space) => space.tags(),
            PageNames::List(_) => TagSet::NONE,
        }
    }

    /// A page with names of the caller's own, by token (0x05 to 0x3F).
    #[must_use]
    pub const fn list(number: u8, names: &'static [(u8, &'static str)]) -> Self {
        Self { number, names: PageNames::List(names) }
    }
}

impl AttributeStart {
    /// The token `token` of `page`, which stands for `name` and the beginning of its value.
    #[must_use]
    pub const fn new(page: u8, token: u8, name: &'static str, value: &'static str) -> Self {
        Self { page, token, name, value, usage: Usage::Both }
    }

    /// The same, never to be written.
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        self.usage = Usage::ReadOnly;
        self
    }
}

impl AttributeValue {
    /// The token `token` of `page`, which stands for `value`.
    #[must_use]
    pub const fn new(page: u8, token: u8, value: &'static str) -> Self {
        Self { page, token, value, usage: Usage::Both }
    }

    /// The same, never to be written.
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        self.usage = Usage::ReadOnly;
        self
    }
}
