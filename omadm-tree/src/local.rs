//! The device's own hand on its tree: writes that no ACL, AccessType or permanence stops, and instance templates.
//!
//! Formats and limits hold for the device too; `./DevDetail/URI` takes effect as soon as it is written.

use alloc::boxed::Box;
use alloc::vec::Vec;

use omadm_proto::message::Format;
use omadm_proto::status::StatusCode;

use crate::acl::Acl;
use crate::command::Answer;
use crate::node::{AccessType, CaseSense, NodeId, NodeSpec, Traits};
use crate::property::TITLE_BYTES;
use crate::store::{Body, Extra, Index, Node, Template};
use crate::tree::{LocalError, Tree};
use crate::uri::{NodeUri, is_name};
use crate::value::{LeafValue, fits};

/// Why a node cannot be put somewhere, before anybody asked where.
#[derive(Debug, Clone, Copy)]
enum Misfit {
    NotALeaf,
    NotInterior,
    Name,
    Format,
    TooLarge,
    Full,
    Root,
}

impl Tree {
    /// Writes the value of the leaf at `uri`. Its bytes must fit the Format of the leaf.
    ///
    /// # Errors
    /// When there is no such leaf, or the value does not fit.
    pub fn set(&mut self, uri: &str, value: impl Into<LeafValue>) -> Result<(), LocalError> {
        let uri = NodeUri::parse(uri)?;
        let index = self.locate(&uri).ok_or_else(|| LocalError::NoNode(uri.clone()))?;
        let value = value.into();
        let format = self.store.node(index).format();
        self.admit(index, &uri, format, value.as_bytes())?;
        self.store.set_value(index, format, value.into_bytes().into());
        self.store.touch(index, Some(self.clock));
        self.reload_uri_limits();
        Ok(())
    }

    /// Creates the node at `uri` with the parents it needs, or overwrites what is there: the properties of an interior
    /// node (its children stay), all of a leaf.
    ///
    /// # Errors
    /// When a leaf is in the way, an interior node should become a leaf, or the value or the tree is too large.
    pub fn put(&mut self, uri: &str, spec: NodeSpec) -> Result<(), LocalError> {
        let uri = NodeUri::parse(uri)?;
        self.begin();
        let outcome = self.put_at(Index::ROOT, &uri, spec);
        match outcome {
            Ok(()) => self.commit(),
            Err(_) => self.rollback(),
        }
        self.reload_uri_limits();
        outcome.map_err(|misfit| misfit.at(uri))
    }

    /// Removes the node at `uri` and everything below, and the rights of a server whose last account goes with it.
    ///
    /// # Errors
    /// When there is no such node, or it is the root.
    pub fn remove(&mut self, uri: &str) -> Result<(), LocalError> {
        let uri = NodeUri::parse(uri)?;
        let index = self.locate(&uri).ok_or(LocalError::NoNode(uri))?;
        let parent = self.store.parent(index).ok_or(LocalError::Root)?;
        self.take_off(parent, index);
        self.reload_uri_limits();
        Ok(())
    }

    /// Lets the node at `uri` and everything below take the commands of `access`.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn set_access(&mut self, uri: &str, access: AccessType) -> Result<(), LocalError> {
        let uri = NodeUri::parse(uri)?;
        let index = self.locate(&uri).ok_or(LocalError::NoNode(uri))?;
        let all: Vec<Index> = self.store.subtree(index).collect();
        for at in all {
            let traits = self.store.node(at).traits;
            self.store.set_rules(at, access, traits);
        }
        Ok(())
    }

    /// Sets whether case matters in the names of the children of the node at `uri`. Children that are there already should
    /// not differ by case only.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn set_case_sense(&mut self, uri: &str, rule: CaseSense) -> Result<(), LocalError> {
        self.edit_traits(uri, |traits| traits.with_case_sense(rule))
    }

    /// Marks the node at `uri` as in use: until [`Tree::unlock`] servers get 403 when they replace or rename it, copy
    /// something over it, or delete it or something above it. The device itself is not held up.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn lock(&mut self, uri: &str) -> Result<(), LocalError> {
        self.edit_traits(uri, |traits| traits.with(Traits::IN_USE))
    }

    /// Ends what [`Tree::lock`] began; harmless without it.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn unlock(&mut self, uri: &str) -> Result<(), LocalError> {
        self.edit_traits(uri, |traits| traits.without(Traits::IN_USE))
    }

    fn edit_traits(&mut self, uri: &str, edit: impl FnOnce(Traits) -> Traits) -> Result<(), LocalError> {
        let uri = NodeUri::parse(uri)?;
        let index = self.locate(&uri).ok_or(LocalError::NoNode(uri))?;
        let node = self.store.node(index);
        self.store.set_rules(index, node.access, edit(node.traits));
        Ok(())
    }

    /// Sets the ACL of the node at `uri`; the empty one inherits.
    ///
    /// # Errors
    /// When there is no such node, or the root's ACL would be empty.
    pub fn set_acl(&mut self, uri: &str, acl: Acl) -> Result<(), LocalError> {
        let uri = NodeUri::parse(uri)?;
        let index = self.locate(&uri).ok_or(LocalError::NoNode(uri))?;
        if index == Index::ROOT && acl.is_empty() {
            return Err(LocalError::Root);
        }
        self.store.edit_extra(index, |extra| extra.acl = acl);
        self.store.touch(index, None);
        Ok(())
    }

    /// Whenever a command adds an interior child below `parent`, the nodes of `template` (addresses relative to the child,
    /// `Operations/Start`) are created with it, whatever ACL and AccessType say. A later call replaces the template.
    ///
    /// Nothing in the template should be permanent unless the instances shall not be deletable.
    ///
    /// # Errors
    /// When there is no interior node `parent`, or the template itself could not be built.
    pub fn instances(&mut self, parent: &str, template: Vec<(&str, NodeSpec)>) -> Result<(), LocalError> {
        let uri = NodeUri::parse(parent)?;
        let index = self.locate(&uri).ok_or_else(|| LocalError::NoNode(uri.clone()))?;
        if !self.store.node(index).is_interior() {
            return Err(LocalError::NotInterior(uri));
        }
        let nodes = template
            .into_iter()
            .map(|(relative, spec)| Ok((NodeUri::parse(relative)?, spec)))
            .collect::<Result<Box<[_]>, LocalError>>()?;
        let template = Template { nodes };
        self.rehearse(&template)?;
        self.store.edit_extra(index, |extra| extra.template = Some(template));
        Ok(())
    }

    /// Supplies the value of the live leaf `id`, which [`Tree::get`] asked for, and gives the answer to send. The leaf
    /// remembers the value; revision, TStamp and VerNo do not move.
    ///
    /// # Errors
    /// When the leaf is gone meanwhile, or the value does not fit it.
    pub fn answer_live(&mut self, id: NodeId, value: impl Into<LeafValue>) -> Result<Answer<'_>, LocalError> {
        let index = self.store.resolve(id).ok_or(LocalError::Gone)?;
        let value = value.into();
        let format = self.store.node(index).format();
        let uri = self.store.uri(index);
        self.admit(index, &uri, format, value.as_bytes())?;
        self.store.remember(index, format, value.into_bytes().into());
        let node = self.store.node(index);
        match &node.body {
            Body::Leaf { format, value } => Ok(Answer::Leaf { format: *format, type_name: node.type_name(), value }),
            Body::Interior(_) => Err(LocalError::NotALeaf(uri)),
        }
    }

    /// Creates the nodes of `template` below `instance`. The template was rehearsed and its room was checked, so that
    /// nothing can fail.
    pub(crate) fn instantiate(&mut self, instance: Index, template: &Template) {
        for (relative, spec) in &template.nodes {
            let outcome = self.put_at(instance, relative, spec.clone());
            debug_assert!(outcome.is_ok(), "a rehearsed template fits");
        }
    }

    /// Builds the template once where nobody sees it.
    pub(crate) fn rehearse(&self, template: &Template) -> Result<(), LocalError> {
        let mut stage = Self::empty();
        stage.limits = self.limits;
        template.nodes.iter().try_for_each(|(relative, spec)| {
            let outcome =
                if relative.is_root() { Err(Misfit::Root) } else { stage.put_at(Index::ROOT, relative, spec.clone()) };
            outcome.map_err(|misfit| misfit.at(relative.clone()))
        })
    }

    fn put_at(&mut self, base: Index, relative: &NodeUri, spec: NodeSpec) -> Result<(), Misfit> {
        let mut index = base;
        let mut names = relative.segments().peekable();
        while let Some(name) = names.next() {
            let last = names.peek().is_none();
            index = match self.store.child(index, name) {
                Some(child) => child,
                None if last => {
                    let node = self.node_from_spec(name, spec)?;
                    return self.hang_local(index, node).map(drop);
                }
                None => self.hang_local(index, Node::new(name, Body::interior()))?,
            };
        }
        self.overwrite_with(index, spec)
    }

    fn hang_local(&mut self, parent: Index, mut node: Node) -> Result<Index, Misfit> {
        if !self.store.node(parent).is_interior() {
            return Err(Misfit::NotInterior);
        }
        if !is_name(&node.name) {
            return Err(Misfit::Name);
        }
        if !self.has_room(1, node.weight()) {
            return Err(Misfit::Full);
        }
        node.stamp = self.clock;
        let index = self.store.insert(parent, node);
        self.store.touch(parent, Some(self.clock));
        Ok(index)
    }

    fn overwrite_with(&mut self, index: Index, spec: NodeSpec) -> Result<(), Misfit> {
        if index == Index::ROOT && spec.acl.is_empty() {
            return Err(Misfit::Root);
        }
        let new = self.node_from_spec("", spec)?;
        let old = self.store.node(index);
        match (&old.body, new.body) {
            (Body::Interior(_), Body::Interior(_)) => {}
            (Body::Interior(_), Body::Leaf { .. }) => return Err(Misfit::NotALeaf),
            (Body::Leaf { .. }, Body::Interior(_)) => return Err(Misfit::NotInterior),
            (Body::Leaf { .. }, Body::Leaf { format, value }) => {
                if !self.has_room(0, value.len().saturating_sub(old.value_len())) {
                    return Err(Misfit::Full);
                }
                self.store.set_value(index, format, value);
            }
        }
        let mut extra = new.extra.map(|extra| *extra).unwrap_or_default();
        extra.template = self.store.node(index).template().cloned();
        self.store.edit_extra(index, |old| *old = extra);
        self.store.set_rules(index, new.access, new.traits);
        self.store.touch(index, Some(self.clock));
        Ok(())
    }

    /// The node that `spec` describes.
    fn node_from_spec(&self, name: &str, spec: NodeSpec) -> Result<Node, Misfit> {
        let limit = spec.max_size.map_or(usize::MAX, |limit| limit as usize).min(self.limits.value_bytes);
        if spec.value.as_bytes().len() > limit || spec.title.len() > TITLE_BYTES {
            return Err(Misfit::TooLarge);
        }
        let live = spec.traits.has(Traits::LIVE);
        let traits = spec.traits_with_scope();
        let is_interior = spec.value.format() == Format::Node && !live;
        let value = spec.value.into_bytes();
        let body = if spec.format == Format::Node && is_interior {
            Body::interior()
        } else if fits(spec.format, &value) || (live && value.is_empty() && spec.format != Format::Node) {
            // A live leaf has no value before it is asked for.
            Body::Leaf { format: spec.format, value: value.into() }
        } else {
            return Err(Misfit::Format);
        };
        let mut node = Node::new(name, body);
        let extra = Extra { acl: spec.acl, title: spec.title.into(), max_size: spec.max_size, ..Extra::default() };
        node.extra = (extra != Extra::default()).then(|| Box::new(extra));
        node.set_type_name(spec.type_name.as_deref());
        node.access = spec.access;
        node.traits = traits;
        Ok(node)
    }

    fn admit(&self, index: Index, uri: &NodeUri, format: Format, bytes: &[u8]) -> Result<(), LocalError> {
        if self.store.node(index).is_interior() {
            return Err(LocalError::NotALeaf(uri.clone()));
        }
        if !fits(format, bytes) {
            return Err(LocalError::Format(uri.clone()));
        }
        self.check_size(index, bytes.len()).map_err(|status| match status {
            StatusCode::DEVICE_FULL => LocalError::Full(uri.clone()),
            _ => LocalError::TooLarge(uri.clone()),
        })
    }
}

impl Template {
    /// Nodes and bytes of one instance, at most: parents that are not named are counted for each node.
    pub(crate) fn cost(&self) -> (usize, usize) {
        self.nodes.iter().fold((0, 0), |(nodes, bytes), (relative, spec)| {
            let names: usize = relative.segments().map(str::len).sum();
            (nodes + relative.depth(), bytes + names + spec.value.as_bytes().len())
        })
    }
}

impl Misfit {
    fn at(self, uri: NodeUri) -> LocalError {
        match self {
            Self::NotALeaf => LocalError::NotALeaf(uri),
            Self::NotInterior => LocalError::NotInterior(uri),
            Self::Name => LocalError::Name(uri),
            Self::Format => LocalError::Format(uri),
            Self::TooLarge => LocalError::TooLarge(uri),
            Self::Full => LocalError::Full(uri),
            Self::Root => LocalError::Root,
        }
    }
}
