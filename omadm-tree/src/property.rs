//! Properties of nodes: reading and replacing them \[dm 9.3, 9.6\].
//!
//! Reading needs Get on the node. AccessType restricts the commands on the node itself; of the properties it guards only
//! Size, which tells about a value that must not be read, and Name, which moves the node. Name is written as in a URI.

use alloc::string::{String, ToString as _};

use omadm_proto::ids::ServerId;
use omadm_proto::status::StatusCode;

use crate::acl::{Acl, Right};
use crate::command::Actor;
use crate::node::{AccessType, Traits};
use crate::store::{Body, Index};
use crate::tree::Tree;
use crate::uri::{Extent, NodeUri, Property, UriError, decode, encode_into};
use crate::value::NewValue;

/// The longest Title, in bytes.
pub(crate) const TITLE_BYTES: usize = 255;

/// The longest text of an ACL that a command may set, in bytes: unspecified; chosen because thousands of servers are none.
pub(crate) const ACL_BYTES: usize = 16 << 10;

/// The longest Type that a command may set, in bytes: unspecified; chosen because Title has that limit too.
pub(crate) const TYPE_BYTES: usize = 255;

/// A property that commands may replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settable {
    Acl,
    Name,
    Title,
}

impl Settable {
    /// 405 for the properties that the tree alone sets.
    pub(crate) const fn parse(property: Property) -> Result<Self, StatusCode> {
        match property {
            Property::Acl => Ok(Self::Acl),
            Property::Name => Ok(Self::Name),
            Property::Title => Ok(Self::Title),
            Property::Format | Property::Size | Property::Type | Property::TStamp | Property::VerNo => {
                Err(StatusCode::COMMAND_NOT_ALLOWED)
            }
        }
    }
}

impl Tree {
    pub(crate) fn read_property(
        &self,
        actor: Actor<'_>,
        index: Index,
        property: Property,
    ) -> Result<String, StatusCode> {
        if !self.may(actor, Right::Get, index) {
            return Err(StatusCode::PERMISSION_DENIED);
        }
        let node = self.store.node(index);
        Ok(match property {
            Property::Acl => node.acl().to_string(),
            Property::Format => node.format().as_str().to_string(),
            Property::Name if index == Index::ROOT => NodeUri::ROOT.to_string(),
            Property::Name => {
                let mut name = String::new();
                encode_into(&node.name, &mut name);
                name
            }
            Property::Size => match &node.body {
                Body::Leaf { value, .. } if !node.traits.has(Traits::LIVE) => {
                    self.permit(actor, Right::Get, index)?;
                    value.len().to_string()
                }
                Body::Leaf { .. } | Body::Interior(_) => return Err(StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED),
            },
            Property::Title => node.title().to_string(),
            Property::Type => node.type_name().to_string(),
            Property::TStamp => node.stamp.to_string(),
            Property::VerNo => node.ver_no.to_string(),
        })
    }

    /// Replaces a property; `new` is the Item of the command.
    pub(crate) fn replace_property(
        &mut self,
        actor: Actor<'_>,
        index: Index,
        property: Settable,
        new: NewValue,
    ) -> Result<(), StatusCode> {
        if property == Settable::Name && self.is_nailed(actor, index) {
            return Err(StatusCode::COMMAND_NOT_ALLOWED);
        }
        self.permit_property(actor, index, property)?;
        let bytes = new.value.ok_or(StatusCode::INCOMPLETE_COMMAND)?;
        let text = core::str::from_utf8(&bytes).map_err(|_| StatusCode::BAD_REQUEST)?;
        match property {
            Settable::Acl => self.set_acl_property(index, text)?,
            Settable::Name => self.rename(actor, index, text)?,
            Settable::Title if text.len() > TITLE_BYTES => return Err(StatusCode::REQUEST_ENTITY_TOO_LARGE),
            Settable::Title if !self.has_label_room(self.store.node(index).title().len(), text.len()) => {
                return Err(StatusCode::DEVICE_FULL);
            }
            Settable::Title => self.store.edit_extra(index, |extra| extra.title = text.into()),
        }
        self.store.touch(index, None);
        Ok(())
    }

    /// The rights that replacing `property` needs \[dm 9.6\].
    fn permit_property(&self, actor: Actor<'_>, index: Index, property: Settable) -> Result<(), StatusCode> {
        let on_node = || self.may(actor, Right::Replace, index);
        let on_parent = || self.store.parent(index).is_some_and(|parent| self.may(actor, Right::Replace, parent));
        let allowed = match property {
            Settable::Acl if self.store.node(index).is_interior() => on_node() || on_parent(),
            Settable::Acl => on_parent(),
            Settable::Name | Settable::Title => on_node(),
        };
        if !allowed {
            return Err(StatusCode::PERMISSION_DENIED);
        }
        let movable = matches!(actor, Actor::Device) || self.store.node(index).access.contains(AccessType::REPLACE);
        if property == Settable::Name && !movable {
            return Err(StatusCode::COMMAND_NOT_ALLOWED);
        }
        Ok(())
    }

    fn is_nailed(&self, actor: Actor<'_>, index: Index) -> bool {
        let permanent = self.store.node(index).traits.has(Traits::PERMANENT) && matches!(actor, Actor::Server(_));
        permanent || index == Index::ROOT
    }

    /// The root keeps `Add=*` whatever a server wants \[dm 9.6\].
    fn set_acl_property(&mut self, index: Index, text: &str) -> Result<(), StatusCode> {
        if text.len() > ACL_BYTES {
            return Err(StatusCode::REQUEST_ENTITY_TOO_LARGE);
        }
        let acl = Acl::parse(text).map_err(|_| StatusCode::BAD_REQUEST)?;
        if index == Index::ROOT && !acl.allows_everyone(Right::Add) {
            return Err(StatusCode::COMMAND_NOT_ALLOWED);
        }
        if !self.has_label_room(self.store.node(index).acl().weight(), acl.weight()) {
            return Err(StatusCode::DEVICE_FULL);
        }
        self.store.edit_extra(index, |extra| extra.acl = acl);
        Ok(())
    }

    /// Whether the tree has room for a Title or an ACL that takes `new` bytes instead of `old`.
    fn has_label_room(&self, old: usize, new: usize) -> bool {
        new <= old || self.store.labels() - old + new <= self.limits.total_bytes
    }

    /// The new name counts against the limits as it was sent, those above it by their characters.
    fn rename(&mut self, actor: Actor<'_>, index: Index, text: &str) -> Result<(), StatusCode> {
        let raw_slash = if text.contains('/') { Err(UriError::EmptyName) } else { Ok(()) };
        let name = raw_slash.and_then(|()| decode(text)).map_err(UriError::status)?;
        let Some(parent) = self.store.parent(index) else { return Err(StatusCode::COMMAND_NOT_ALLOWED) };
        let uri = self.store.uri(parent);
        let written = text.chars().count();
        let above: usize = uri.segments().map(|name| 1 + name.chars().count()).sum();
        let extent = Extent { total: ".".len() + above + 1 + written, longest_name: written };
        if !self.uri_limits.admit(&uri.child(&name), extent) {
            return Err(StatusCode::URI_TOO_LONG);
        }
        self.judge_rename(actor, index, &name)?;
        match self.store.child(parent, &name) {
            Some(sibling) if sibling != index => return Err(StatusCode::ALREADY_EXISTS),
            _ => self.check_free_subtree(actor, index)?,
        }
        if !self.takes(0, name.len().saturating_sub(self.store.node(index).name.len())) {
            return Err(StatusCode::DEVICE_FULL);
        }
        if *self.store.node(index).name != *name {
            self.store.set_name(index, &name);
        }
        self.store.touch(parent, Some(self.clock));
        Ok(())
    }

    /// Removes every mention of `server`, as when its account is deleted \[dm 9.6\]: an ACL that becomes empty is inherited
    /// again. At the root Add and Get are granted to everyone when nobody else is left for them, as from the factory; an ACL
    /// of which nothing is left becomes the factory's.
    pub fn remove_server(&mut self, server: &ServerId) {
        let all: alloc::vec::Vec<Index> = self.store.subtree(Index::ROOT).collect();
        for index in all {
            let old = self.store.node(index).acl();
            let mut acl = old.clone().without(server);
            if acl == *old {
                continue;
            }
            if index == Index::ROOT {
                for right in [Right::Add, Right::Get].into_iter().filter(|right| old.mentions(*right)) {
                    acl = if acl.mentions(right) { acl } else { acl.grant_everyone(right) };
                }
                acl = if acl.is_empty() { Acl::root_default() } else { acl };
            }
            self.store.edit_extra(index, |extra| extra.acl = acl);
            self.store.touch(index, None);
        }
    }
}
