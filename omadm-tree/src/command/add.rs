//! Add \[dm 4.1\], and what creating a node means for every command that may.
//!
//! Parents that do not exist are created with it. A node that a server adds takes any Format and Type later, and every
//! command but Exec. Unspecified whether Data on an interior node is an error; answered 400 because it has no place there.

use alloc::boxed::Box;
use alloc::vec::Vec;

use omadm_proto::ids::ServerId;
use omadm_proto::message::Format;
use omadm_proto::status::StatusCode;

use super::object::is_tnds;
use super::{Actor, Refusal};
use crate::acl::{Acl, Right};
use crate::node::Traits;
use crate::property::TYPE_BYTES;
use crate::store::{Body, Index, Node};
use crate::tree::{CreatorAcl, Tree};
use crate::uri::{NodeUri, TargetUri, is_name};
use crate::value::{NewNode, fits};

impl Tree {
    /// Add \[dm 4.1\]. A new interior node below a parent with [`Tree::instances`] gets the children of an instance.
    ///
    /// # Errors
    /// The status to answer.
    pub fn add(&mut self, actor: Actor<'_>, target: &TargetUri, new: NewNode) -> Result<(), Refusal> {
        let uri = self.addressed(target)?;
        match (is_tnds(new.type_name.as_deref()), self.is_inbox(uri)) {
            (true, true) => self.file_object(actor, uri, new),
            (true, false) => self.add_object(actor, uri, new),
            // Nothing stays in the Inbox, so nothing but whole objects can be put there [dm 11.4].
            (false, true) if matches!(actor, Actor::Server(_)) && self.locate(uri).is_none() => {
                Err(StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT.into())
            }
            (false, _) => self.create(actor, uri, new),
        }
    }

    pub(super) fn create(&mut self, actor: Actor<'_>, uri: &NodeUri, new: NewNode) -> Result<(), Refusal> {
        let (ancestor, missing) = self.nearest(uri);
        let Some((name, implicit)) = missing.split_last() else {
            return Err(StatusCode::ALREADY_EXISTS.into());
        };
        if !self.store.node(ancestor).is_interior() {
            return Err(StatusCode::COMMAND_NOT_ALLOWED.into());
        }
        if !missing.iter().all(|name| is_name(name)) {
            return Err(StatusCode::BAD_REQUEST.into());
        }
        self.permit(actor, Right::Add, ancestor).map_err(|status| Refusal {
            status,
            at: implicit.first().map(|first| self.store.uri(ancestor).child(first)),
        })?;
        let new = self.judge_add(actor, ancestor, &missing, new)?;
        let node = checked_node(name, new)?;
        if node.value_len() > self.limits.value_bytes {
            return Err(StatusCode::REQUEST_ENTITY_TOO_LARGE.into());
        }
        let (nodes, bytes) = self.cost(ancestor, &missing, &node);
        if !self.takes(nodes, bytes) {
            return Err(StatusCode::DEVICE_FULL.into());
        }
        self.begin();
        let outcome = self.build(actor, ancestor, implicit, node);
        match outcome {
            Ok(()) => self.commit(),
            Err(_) => self.rollback(),
        }
        self.changed(uri);
        outcome.map_err(Refusal::from)
    }

    /// Creates the interior nodes `implicit` below `ancestor`, and `node` below the last of them.
    fn build(&mut self, actor: Actor<'_>, ancestor: Index, implicit: &[&str], node: Node) -> Result<(), StatusCode> {
        let mut parent = ancestor;
        for name in implicit {
            parent = match self.store.child(parent, name) {
                Some(made_by_template) => made_by_template,
                None => self.hang(actor, parent, server_made(name, Body::interior())),
            };
        }
        if !self.store.node(parent).is_interior() {
            return Err(StatusCode::COMMAND_NOT_ALLOWED);
        }
        match self.store.child(parent, &node.name) {
            // The template of an instance that was created on the way made it already: it takes the value.
            Some(index) => self.overwrite(index, node),
            None => {
                self.hang(actor, parent, node);
                Ok(())
            }
        }
    }

    /// The deepest node on the way to `uri` that exists, and the names that do not.
    pub(super) fn nearest<'u>(&self, uri: &'u NodeUri) -> (Index, Vec<&'u str>) {
        let mut index = Index::ROOT;
        let mut names = uri.segments();
        let mut missing = Vec::new();
        for name in names.by_ref() {
            match self.store.child(index, name) {
                Some(child) => index = child,
                None => {
                    missing.push(name);
                    break;
                }
            }
        }
        missing.extend(names);
        (index, missing)
    }

    /// Nodes and bytes that creating `missing` below `ancestor` takes, the instance of a template included.
    pub(super) fn cost(&self, ancestor: Index, missing: &[&str], node: &Node) -> (usize, usize) {
        let names: usize = missing.iter().map(|name| name.len()).sum();
        let (nodes, bytes) = match self.store.node(ancestor).template() {
            Some(template) if missing.len() > 1 || node.is_interior() => template.cost(),
            _ => (0, 0),
        };
        let (more_nodes, more_bytes) = self.described_cost(ancestor, missing);
        let (nodes, bytes) = (nodes + more_nodes, bytes + more_bytes);
        (missing.len() + nodes, names + node.value_len() + bytes)
    }

    /// Hangs a node that `actor` creates below `parent`, with the ACL it gets by itself and the rest of an instance.
    pub(super) fn hang(&mut self, actor: Actor<'_>, parent: Index, mut node: Node) -> Index {
        node.stamp = self.clock;
        let interior = node.is_interior();
        self.apply_description(parent, &mut node);
        let described = self.described_template(parent, &node.name).filter(|_| interior);
        if let Actor::Server(server) = actor
            && interior
            && !self.may(actor, Right::Replace, parent)
        {
            let extra = node.extra.get_or_insert_default();
            extra.acl = creator_acl(self.creator_acl, server);
        }
        let index = self.store.insert(parent, node);
        self.store.touch(parent, Some(self.clock));
        if interior && let Some(template) = self.store.node(parent).template().cloned() {
            self.instantiate(index, &template);
        }
        if let Some(template) = described {
            self.instantiate(index, &template);
        }
        index
    }

    pub(super) fn overwrite(&mut self, index: Index, new: Node) -> Result<(), StatusCode> {
        let old = self.store.node(index);
        match (&old.body, new.body) {
            (Body::Leaf { format, .. }, Body::Leaf { format: new_format, value }) if *format == new_format => {
                self.store.set_value(index, new_format, value);
                self.store.touch(index, Some(self.clock));
                Ok(())
            }
            (Body::Interior(_), Body::Interior(_)) => Ok(()),
            _ => Err(StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT),
        }
    }
}

fn creator_acl(rule: CreatorAcl, server: &ServerId) -> Acl {
    let rights: &[Right] = match rule {
        CreatorAcl::WithGet => &[Right::Add, Right::Delete, Right::Get, Right::Replace],
        CreatorAcl::Literal => &[Right::Add, Right::Delete, Right::Replace],
    };
    rights.iter().fold(Acl::EMPTY, |acl, right| acl.grant(*right, server))
}

/// The node that an Add describes, if its value fits its format.
pub(super) fn checked_node(name: &str, new: NewNode) -> Result<Node, StatusCode> {
    if new.type_name.as_ref().is_some_and(|name| name.len() > TYPE_BYTES) {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT);
    }
    let body = match (new.format, new.value) {
        (Format::Node, None) => Body::interior(),
        (Format::Node, Some(value)) if value.is_empty() => Body::interior(),
        (Format::Node, Some(_)) => return Err(StatusCode::BAD_REQUEST),
        (Format::Null, None) => Body::Leaf { format: Format::Null, value: Box::default() },
        (_, None) => return Err(StatusCode::INCOMPLETE_COMMAND),
        (format, Some(value)) if fits(format, &value) => Body::Leaf { format, value: value.into() },
        _ => return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT),
    };
    let mut node = server_made(name, body);
    node.set_type_name(new.type_name.as_deref());
    Ok(node)
}

fn server_made(name: &str, body: Body) -> Node {
    let mut node = Node::new(name, body);
    node.traits = Traits::default().with(Traits::ANY_FORMAT).with(Traits::ANY_TYPE);
    node
}
