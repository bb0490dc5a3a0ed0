//! Add and Replace of a serialized tree \[dm 4.1, 4.2, 10.3\]: all of it or nothing, under the code of the first node that fails.
//!
//! Its top Node is the Target. Every node needs the rights, and meets the checks, of the command that it stands for: Add for a
//! new node, Replace for the value of one that stays, Delete for one that goes. ACLs are set when all nodes are there,
//! from below upwards, each by the rules for Replace of that property: so an object may take rights from its sender.
//!
//! Unspecified what a Replace does to what the object does not name. Of the Target itself it keeps ACL and Title, because the
//! first node is replaced; a node below loses them, because it would have been deleted and added; what an instance template
//! made beside the object stays. A leaf that the sender can read and that holds the value already counts as replaced, so
//! that an object can be read, changed and sent back. TStamp and VerNo are the tree's own.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use omadm_proto::media_type::DocumentKind;
use omadm_proto::message::Format;
use omadm_proto::status::StatusCode;

use super::add::checked_node;
use super::{Actor, Refusal};
use crate::acl::{Acl, Right};
use crate::feature::Feature;
use crate::node::{NodeRef, Traits};
use crate::property::{Settable, TITLE_BYTES};
use crate::store::Index;
use crate::tnds::{Tnds, TndsContent, TndsNode, children, subtree};
use crate::tree::Tree;
use crate::uri::{NodeUri, TargetUri};
use crate::value::{NewNode, NewValue};
use crate::wire::decode_base64;

/// Whether `type_name` is that of a serialized tree.
pub(super) fn is_tnds(type_name: Option<&str>) -> bool {
    let kind = type_name.and_then(DocumentKind::from_media_type);
    matches!(kind, Some((DocumentKind::Tnds, _)))
}

/// Where a node of the object comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// This command created it.
    New,
    /// It was there before.
    Kept,
}

/// A node of the object that has its place.
#[derive(Debug, Clone, Copy)]
struct Placed {
    index: Index,
    origin: Origin,
}

impl Tree {
    pub(super) fn add_object(&mut self, actor: Actor<'_>, uri: &NodeUri, new: NewNode) -> Result<(), Refusal> {
        self.check_tnds()?;
        let (ancestor, missing) = self.nearest(uri);
        if missing.is_empty() {
            return Err(StatusCode::ALREADY_EXISTS.into());
        }
        if !self.store.node(ancestor).is_interior() {
            return Err(StatusCode::COMMAND_NOT_ALLOWED.into());
        }
        self.permit(actor, Right::Add, ancestor)?;
        let document = new.value.ok_or(StatusCode::INCOMPLETE_COMMAND)?;
        let tnds = Tnds::parse(&document).map_err(|error| error.kind.status())?;
        let object = the_target(&tnds, uri)?;
        self.all_or_nothing(uri, |tree| tree.create_object(actor, uri, object))
    }

    pub(super) fn replace_object(&mut self, actor: Actor<'_>, uri: &NodeUri, new: NewValue) -> Result<(), Refusal> {
        self.check_tnds()?;
        let index = self.existing(uri)?;
        self.permit(actor, Right::Replace, index)?;
        let sent = new.value.ok_or(StatusCode::INCOMPLETE_COMMAND)?;
        let document = match new.format {
            Some(Format::B64) => decode_base64(&sent).ok_or(StatusCode::BAD_REQUEST)?,
            _ => sent,
        };
        let tnds = Tnds::parse(&document).map_err(|error| error.kind.status())?;
        let object = the_target(&tnds, uri)?;
        self.all_or_nothing(uri, |tree| {
            let top = object.first().ok_or(StatusCode::BAD_REQUEST)?;
            if tree.store.node(index).is_interior() != top.is_interior() {
                return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT.into());
            }
            tree.keep(actor, index, top)?;
            tree.place_rest(actor, object, Placed { index, origin: Origin::Kept })
        })
    }

    /// Creates `object` at `uri`, which is free.
    pub(super) fn create_object(
        &mut self,
        actor: Actor<'_>,
        uri: &NodeUri,
        object: &[TndsNode<'_>],
    ) -> Result<(), Refusal> {
        let top = object.first().ok_or(StatusCode::BAD_REQUEST)?;
        self.create(actor, uri, new_node(top))?;
        let index = self.existing(uri)?;
        self.entitle(index, top)?;
        self.place_rest(actor, object, Placed { index, origin: Origin::New })
    }

    pub(super) fn check_tnds(&self) -> Result<(), StatusCode> {
        self.need(Feature::Tnds).map_err(|_| StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT)
    }

    pub(super) fn all_or_nothing(
        &mut self,
        uri: &NodeUri,
        change: impl FnOnce(&mut Self) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        self.begin();
        let outcome = change(self);
        match outcome {
            Ok(()) => self.commit(),
            Err(_) => self.rollback(),
        }
        self.changed(uri);
        outcome
    }

    /// Places everything of `object` but its first Node, which is `top`, then sets the ACLs.
    fn place_rest(&mut self, actor: Actor<'_>, object: &[TndsNode<'_>], top: Placed) -> Result<(), Refusal> {
        let base = object.first().map_or(0, |node| node.level);
        let mut placed = Vec::with_capacity(object.len());
        // The nodes on the way down to the next one.
        let mut way: Vec<Placed> = Vec::new();
        for (at, node) in object.iter().enumerate() {
            way.truncate(node.level.saturating_sub(base));
            let place = match way.last() {
                None => top,
                Some(parent) => self
                    .place(actor, *parent, node, &placed)
                    .map_err(|status| self.refuse_node(*parent, node, status))?,
            };
            if place.origin == Origin::Kept && node.is_interior() {
                self.remove_others(actor, place.index, subtree(object, at).unwrap_or_default())?;
            }
            way.push(place);
            placed.push(place);
        }
        for (at, (node, place)) in object.iter().zip(&placed).enumerate().rev() {
            let acl = match (&node.acl, place.origin, at) {
                (Some(acl), ..) => acl.clone(),
                (None, Origin::Kept, 1..) => Acl::EMPTY,
                (None, ..) => continue,
            };
            if *self.store.node(place.index).acl() != acl {
                let text = NewValue::new(acl.to_string());
                self.replace_property(actor, place.index, Settable::Acl, text)
                    .map_err(|status| Refusal { status, at: Some(self.store.uri(place.index)) })?;
            }
        }
        Ok(())
    }

    /// Creates `node` below `parent`, or lets what is there take its value; `before` are the nodes that have their places.
    fn place(
        &mut self,
        actor: Actor<'_>,
        parent: Placed,
        node: &TndsNode<'_>,
        before: &[Placed],
    ) -> Result<Placed, StatusCode> {
        let name = node.name.as_deref().unwrap_or_default();
        let existing = self.store.child(parent.index, name);
        // Where case does not matter, two names of the object may be one.
        let caseless = self.store.node(parent.index).traits.has(Traits::CASELESS);
        if caseless && existing.is_some_and(|index| before.iter().any(|other| other.index == index)) {
            return Err(StatusCode::ALREADY_EXISTS);
        }
        match (existing, parent.origin) {
            (None, _) => self.add_below(actor, parent.index, name, node),
            (Some(index), Origin::New) => {
                // The template of an instance made it.
                let new = new_node(node);
                let value = new.value.as_deref().unwrap_or_default();
                self.judge_value(actor, index, new.type_name.as_deref(), value)?;
                self.overwrite(index, checked_node(name, new)?)?;
                self.entitle(index, node)?;
                Ok(Placed { index, origin: Origin::New })
            }
            (Some(index), Origin::Kept) if self.store.node(index).is_interior() == node.is_interior() => {
                self.keep(actor, index, node)?;
                self.retitle(actor, index, node.title.as_deref().unwrap_or_default())?;
                Ok(Placed { index, origin: Origin::Kept })
            }
            (Some(index), Origin::Kept) => {
                self.take_away(actor, index)?;
                self.add_below(actor, parent.index, name, node)
            }
        }
    }

    fn add_below(
        &mut self,
        actor: Actor<'_>,
        parent: Index,
        name: &str,
        node: &TndsNode<'_>,
    ) -> Result<Placed, StatusCode> {
        if !self.store.node(parent).is_interior() {
            return Err(StatusCode::COMMAND_NOT_ALLOWED);
        }
        self.permit(actor, Right::Add, parent)?;
        self.check_extent(&TargetUri::from(self.store.uri(parent).child(name)))?;
        let judged = self.judge_add(actor, parent, &[name], new_node(node)).map_err(|refusal| refusal.status)?;
        let new = checked_node(name, judged)?;
        if new.value_len() > self.limits.value_bytes {
            return Err(StatusCode::REQUEST_ENTITY_TOO_LARGE);
        }
        let (nodes, bytes) = self.cost(parent, &[name], &new);
        if !self.takes(nodes, bytes) {
            return Err(StatusCode::DEVICE_FULL);
        }
        let index = self.hang(actor, parent, new);
        self.entitle(index, node)?;
        Ok(Placed { index, origin: Origin::New })
    }

    /// Lets a node that stays take value and Type.
    fn keep(&mut self, actor: Actor<'_>, index: Index, node: &TndsNode<'_>) -> Result<(), StatusCode> {
        let type_name = node.type_name.as_deref().filter(|name| !name.is_empty() || node.is_interior());
        let old = self.store.node(index);
        let same_type = type_name.is_none_or(|name| name.eq_ignore_ascii_case(old.type_name()));
        match &node.content {
            TndsContent::Value(value) => {
                let value = value.as_deref().unwrap_or_default();
                let same = same_type
                    && node.format.is_none_or(|format| format == old.format())
                    && NodeRef { tree: self, index }.value() == Some(value);
                if same && self.permit(actor, Right::Get, index).is_ok() {
                    return Ok(());
                }
                let mut new = new_node(node);
                new.format = node.format.unwrap_or_else(|| old.format());
                self.replace_by_node(actor, index, new)
            }
            TndsContent::Nodes | TndsContent::Unknown if same_type => Ok(()),
            TndsContent::Nodes | TndsContent::Unknown => self.retype(actor, index, type_name),
        }
    }

    /// Deletes the children of `index` that `object`, which starts with that node, does not have.
    fn remove_others(&mut self, actor: Actor<'_>, index: Index, object: &[TndsNode<'_>]) -> Result<(), Refusal> {
        let names = children(object).filter_map(|child| child.first()?.name.as_deref());
        let mut wanted: Vec<Index> = names.filter_map(|name| self.store.child(index, name)).collect();
        wanted.sort_unstable();
        let others: Vec<Index> = self.store.children(index).collect();
        for child in others {
            if wanted.binary_search(&child).is_err() {
                self.take_away(actor, child).map_err(|status| Refusal { status, at: Some(self.store.uri(child)) })?;
            }
        }
        Ok(())
    }

    /// Gives an interior node that stays another Type. An empty one says nothing to a node whose Type is fixed.
    fn retype(&mut self, actor: Actor<'_>, index: Index, type_name: Option<&str>) -> Result<(), StatusCode> {
        if !self.store.node(index).traits.has(Traits::ANY_TYPE) {
            let silent = type_name.is_none_or(str::is_empty);
            return if silent { Ok(()) } else { Err(StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT) };
        }
        self.permit(actor, Right::Replace, index)?;
        self.check_free(actor, index)?;
        self.store.set_type(index, type_name);
        self.store.touch(index, None);
        Ok(())
    }

    fn retitle(&mut self, actor: Actor<'_>, index: Index, title: &str) -> Result<(), StatusCode> {
        if self.store.node(index).title() == title {
            return Ok(());
        }
        self.replace_property(actor, index, Settable::Title, NewValue::new(title))
    }

    /// Gives a new node its Title.
    fn entitle(&mut self, index: Index, node: &TndsNode<'_>) -> Result<(), StatusCode> {
        match node.title.as_deref() {
            Some(title) if title.len() > TITLE_BYTES => Err(StatusCode::REQUEST_ENTITY_TOO_LARGE),
            Some(title) if !title.is_empty() => {
                self.store.edit_extra(index, |extra| extra.title = title.into());
                Ok(())
            }
            Some(_) | None => Ok(()),
        }
    }

    fn refuse_node(&self, parent: Placed, node: &TndsNode<'_>, status: StatusCode) -> Refusal {
        let name = node.name.as_deref().unwrap_or_default();
        Refusal { status, at: Some(self.store.uri(parent.index).child(name)) }
    }
}

/// The single top Node of `tnds` with all that it holds, if it is the Target \[dm 10.3, "one rule"\].
fn the_target<'o, 'a>(tnds: &'o Tnds<'a>, target: &NodeUri) -> Result<&'o [TndsNode<'a>], StatusCode> {
    let mut objects = tnds.objects();
    let (Some(object), None) = (objects.next(), objects.next()) else { return Err(StatusCode::BAD_REQUEST) };
    let top = object.first().ok_or(StatusCode::BAD_REQUEST)?;
    let named = match top.name.as_deref() {
        Some("") => true,
        Some(name) => target.name() == Some(name),
        None => false,
    };
    let path = top.path.as_deref().map(str::trim).filter(|path| !path.is_empty() && *path != ".");
    let in_place = match path {
        None => true,
        Some(path) => {
            let path = NodeUri::parse(path.strip_suffix('/').unwrap_or(path)).ok();
            path.is_some() && path == target.parent()
        }
    };
    if named && in_place { Ok(object) } else { Err(StatusCode::BAD_REQUEST) }
}

/// What an Add of the Node alone would bring.
fn new_node(node: &TndsNode<'_>) -> NewNode {
    let type_name = node.type_name.as_deref().filter(|name| !name.is_empty()).map(String::from);
    let mut new = match &node.content {
        TndsContent::Value(value) => {
            NewNode::leaf(node.format.unwrap_or_default(), value.as_deref().unwrap_or_default())
        }
        TndsContent::Nodes | TndsContent::Unknown => NewNode::interior(),
    };
    new.type_name = type_name;
    new
}
