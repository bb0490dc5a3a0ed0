//! Item, Target and Source.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::cursor::{Cursor, push_limited};
use crate::element::{EventSource, Space, syncml};
use crate::error::{DecodeError, Limit};
use crate::message::{Item, Location, Meta};

impl<'a, S: EventSource<'a>> Cursor<'a, '_, S> {
    /// Target or Source.
    pub(super) fn location(&mut self) -> Result<Location<'a>, DecodeError> {
        let mut location = Location::default();
        while let Some(name) = self.child()? {
            match name.tag() {
                Some(tag @ syncml::LOC_URI) => location.loc_uri = self.text(tag)?,
                Some(tag @ syncml::LOC_NAME) => location.loc_name = Some(self.text(tag)?),
                _ => self.skip()?,
            }
        }
        Ok(location)
    }

    /// SourceParent or TargetParent.
    fn parent_uri(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        self.location().map(|location| location.loc_uri)
    }

    /// One more Item of a command.
    pub(super) fn push_item(&mut self, items: &mut Vec<Item<'a>>) -> Result<(), DecodeError> {
        let item = self.item()?;
        if push_limited(items, item, self.limits.items) { Ok(()) } else { Err(self.exceeded(Limit::Items)) }
    }

    fn item(&mut self) -> Result<Item<'a>, DecodeError> {
        let mut item = Item::default();
        while let Some(name) = self.child()? {
            match name.tag() {
                Some(syncml::TARGET) => item.target = Some(self.location()?),
                Some(syncml::SOURCE) => item.source = Some(self.location()?),
                Some(syncml::SOURCE_PARENT) => item.source_parent = Some(self.parent_uri()?),
                Some(syncml::TARGET_PARENT) => item.target_parent = Some(self.parent_uri()?),
                Some(syncml::META) => {
                    let meta = item.meta.get_or_insert_with(Meta::default);
                    self.read_meta(meta)?;
                }
                Some(syncml::DATA) => item.data = Some(self.data()?),
                Some(syncml::MORE_DATA) => item.more_data = self.flag()?,
                Some(tag) if tag.space() == Space::MetInf => {
                    let meta = item.meta.get_or_insert_with(Meta::default);
                    self.meta_element(meta, tag)?;
                }
                _ => self.skip()?,
            }
        }
        Ok(item)
    }
}
