//! Item, Target and Source.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::cursor::{Cursor, Growth};
use super::model::{self, Children};
use crate::deviation::DeviationKind;
use crate::element::{EventSource, Space, syncml};
use crate::error::{DecodeError, Limit};
use crate::message::{Item, Location, Meta};

impl<'a, S: EventSource<'a>> Cursor<'a, S> {
    /// Target or Source.
    #[inline]
    pub(super) fn location(&mut self, location: &mut Location<'a>) -> Result<(), DecodeError> {
        let mut children = Children::of(&model::LOCATION);
        while let Some(tag) = self.child(&mut children)? {
            match tag {
                syncml::LOC_URI => self.loc_uri_to(&mut location.loc_uri)?,
                syncml::LOC_NAME => location.set_loc_name(self.text()?),
                _ => self.skip()?,
            }
        }
        Ok(())
    }

    #[inline]
    fn loc_uri_to(&mut self, uri: &mut Cow<'a, str>) -> Result<(), DecodeError> {
        self.text_to(uri)?;
        let blank = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_whitespace);
        let bytes = uri.as_bytes();
        if blank(bytes.first()) || blank(bytes.last()) || bytes.starts_with(b"./ ") {
            self.notice(DeviationKind::UriWhiteSpace)?;
        }
        Ok(())
    }

    /// SourceParent or TargetParent.
    fn parent_uri(&mut self) -> Result<Option<Cow<'a, str>>, DecodeError> {
        let mut children = Children::of(&model::PARENT);
        let mut uri = Cow::Borrowed("");
        while let Some(tag) = self.child(&mut children)? {
            match tag {
                syncml::LOC_URI => self.loc_uri_to(&mut uri)?,
                _ => self.skip()?,
            }
        }
        Ok(Some(uri))
    }

    /// One more Item of a command that began at `begin`.
    pub(super) fn push_item(&mut self, items: &mut Vec<Item<'a>>, begin: usize) -> Result<(), DecodeError> {
        if items.len() >= self.max_items {
            return Err(self.exceeded(Limit::Items));
        }
        if items.len() == items.capacity() {
            match items.len() {
                // Most commands have one Item; the others have a few at least.
                0 => *items = Vec::with_capacity(1),
                1 => items.reserve_exact(3),
                _ => self.grow(items, begin, Growth::Stepwise),
            }
        }
        items.push(Item::default());
        match items.last_mut() {
            Some(item) => self.item(item),
            None => Ok(()),
        }
    }

    fn item(&mut self, item: &mut Item<'a>) -> Result<(), DecodeError> {
        let mut children = Children::of(&model::ITEM);
        while let Some(tag) = self.child(&mut children)? {
            match tag {
                syncml::TARGET => self.location(item.target.insert(Location::nowhere()))?,
                syncml::SOURCE => self.location(item.source.insert(Location::nowhere()))?,
                syncml::META => self.meta(item.meta.get_or_insert_with(Meta::default))?,
                syncml::DATA => item.data = Some(self.data()?),
                syncml::MORE_DATA => item.more_data = self.flag()?,
                syncml::SOURCE_PARENT => item.parents_mut().source = self.parent_uri()?,
                syncml::TARGET_PARENT => item.parents_mut().target = self.parent_uri()?,
                _ if tag.space() == Space::MetInf => {
                    self.meta_element(item.meta.get_or_insert_with(Meta::default), tag)?;
                }
                _ => self.skip()?,
            }
        }
        Ok(())
    }
}
