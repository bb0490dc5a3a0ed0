//! A tree as data that survives a restart.
//!
//! The nodes stand in the order of a walk, each with its level, so that the data is flat however deep the tree is. Reading
//! trusts nothing: structure, names, values, templates and limits are checked again. Limits and clock are not kept; node ids and
//! the revision start anew. Values are in it: keep it as secret as the tree.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use omadm_proto::message::Format;
use omadm_proto::time::UtcTime;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::acl::Acl;
use crate::node::{AccessType, Traits};
use crate::property::TITLE_BYTES;
use crate::store::{Body, Extra, Index, Node, Store, Template};
use crate::tree::{CreatorAcl, Tree, TreeLimits};
use crate::uri::is_name;
use crate::value::fits;

mod record;
mod version;

use record::SpecRecord;
pub(crate) use record::Value;
pub(crate) use version::Versioned;

/// The content of a tree.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TreeSnapshot(Versioned<Content>);

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Content {
    creator_acl: CreatorAcl,
    nodes: Vec<NodeRecord>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NodeRecord {
    level: u32,
    name: String,
    format: Format,
    value: Value,
    type_name: Option<String>,
    access: u8,
    traits: u8,
    stamp: u64,
    ver_no: u16,
    extra: Option<Box<ExtraRecord>>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ExtraRecord {
    acl: Acl,
    title: String,
    max_size: Option<u32>,
    template: Option<Vec<SpecRecord>>,
}

/// Why data is no snapshot of a tree. The number counts the nodes in the data from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The data was written by another version.
    #[error("the snapshot has version {0}, this program reads version 2")]
    Version(u32),
    /// The first node is not a root: interior, without a name, with an ACL.
    #[error("the snapshot does not start with a root")]
    Root,
    /// The node hangs on nothing, or on a leaf.
    #[error("node {0} of the snapshot has no interior parent")]
    Level(usize),
    /// A name that no node can have, or that a sibling before it has.
    #[error("node {0} of the snapshot has a bad name, or the name of a sibling")]
    Name(usize),
    /// The value or title does not fit the node.
    #[error("the value or title of node {0} of the snapshot does not fit it")]
    Value(usize),
    /// The template of instances cannot be built.
    #[error("the instance template of node {0} of the snapshot cannot be built")]
    Template(usize),
    /// More nodes or bytes than the limits allow.
    #[error("the snapshot exceeds the limits of the tree at node {0}")]
    Limits(usize),
}

impl Tree {
    /// The content of the tree as it is now, an open transaction's changes included. To store only what changes from then
    /// on, see [`journal`](crate::journal).
    #[must_use]
    pub fn snapshot(&self) -> TreeSnapshot {
        let mut nodes = Vec::with_capacity(self.store.count());
        let mut walk = self.store.subtree(Index::ROOT);
        while let Some(index) = walk.next() {
            let level = u32::try_from(walk.level()).unwrap_or(u32::MAX);
            nodes.push(NodeRecord::of(level, self.store.node(index)));
        }
        TreeSnapshot(Versioned::This(Content { creator_acl: self.creator_acl, nodes }))
    }

    /// The tree that `snapshot` holds, under the default limits.
    ///
    /// # Errors
    /// When the data is not what [`Tree::snapshot`] gives.
    pub fn restore(snapshot: TreeSnapshot) -> Result<Self, RestoreError> {
        Self::restore_within(snapshot, TreeLimits::DEFAULT)
    }

    /// The tree that `snapshot` holds, under `limits`.
    ///
    /// # Errors
    /// When the data is not what [`Tree::snapshot`] gives, or exceeds the limits.
    pub fn restore_within(snapshot: TreeSnapshot, limits: TreeLimits) -> Result<Self, RestoreError> {
        let content = snapshot.0.open().map_err(RestoreError::Version)?;
        let mut tree = Self::empty();
        tree.limits = limits;
        tree.creator_acl = content.creator_acl;
        let mut records = content.nodes.into_iter().enumerate();
        let (_, root) = records.next().ok_or(RestoreError::Root)?;
        tree.store = Store::with_root(tree.check_root(root)?);
        // The way from the root to the node before: its index at each level.
        let mut way = alloc::vec![Index::ROOT];
        for (at, record) in records {
            let level = usize::try_from(record.level).unwrap_or(usize::MAX);
            if level == 0 || level > way.len() {
                return Err(RestoreError::Level(at));
            }
            way.truncate(level);
            let Some(parent) = way.last().copied() else { return Err(RestoreError::Level(at)) };
            let node = tree.check_record(at, record)?;
            let index = tree.hang_restored(at, parent, node)?;
            way.push(index);
        }
        tree.reload_uri_limits();
        Ok(tree)
    }

    fn check_root(&self, record: NodeRecord) -> Result<Node, RestoreError> {
        let root = record.level == 0 && record.name.is_empty() && record.format == Format::Node;
        let node = self.check_content(0, record)?;
        if root && !node.acl().is_empty() { Ok(node) } else { Err(RestoreError::Root) }
    }

    pub(crate) fn check_record(&self, at: usize, record: NodeRecord) -> Result<Node, RestoreError> {
        if !is_name(&record.name) {
            return Err(RestoreError::Name(at));
        }
        self.check_content(at, record)
    }

    fn check_content(&self, at: usize, record: NodeRecord) -> Result<Node, RestoreError> {
        let traits = Traits::of(record.traits);
        let value = record.value.into_bytes();
        let unasked = traits.has(Traits::LIVE) && value.is_empty();
        let body = if record.format == Format::Node && value.is_empty() {
            Body::interior()
        } else if fits(record.format, &value) || unasked {
            Body::Leaf { format: record.format, value: value.into() }
        } else {
            return Err(RestoreError::Value(at));
        };
        let mut node = Node::new(&record.name, body);
        if node.value_len() > self.limits.value_bytes {
            return Err(RestoreError::Limits(at));
        }
        node.access = AccessType::from_bits(record.access);
        node.traits = traits;
        node.stamp = UtcTime::from_unix_secs(record.stamp);
        node.ver_no = record.ver_no;
        if let Some(extra) = record.extra {
            node.extra = self.check_extra(at, *extra)?;
        }
        node.set_type_name(record.type_name.as_deref());
        Ok(node)
    }

    pub(crate) fn check_extra(&self, at: usize, record: ExtraRecord) -> Result<Option<Box<Extra>>, RestoreError> {
        if record.title.len() > TITLE_BYTES {
            return Err(RestoreError::Value(at));
        }
        let template = match record.template {
            Some(records) => {
                let nodes = records.into_iter().map(SpecRecord::into_spec).collect();
                let template = Template { nodes };
                self.rehearse(&template).map_err(|_| RestoreError::Template(at))?;
                Some(template)
            }
            None => None,
        };
        let (acl, title, max_size) = (record.acl, record.title.into(), record.max_size);
        let extra = Extra { acl, title, max_size, template, type_name: None };
        Ok((extra != Extra::default()).then(|| Box::new(extra)))
    }

    fn hang_restored(&mut self, at: usize, parent: Index, node: Node) -> Result<Index, RestoreError> {
        if !self.store.node(parent).is_interior() {
            return Err(RestoreError::Level(at));
        }
        if self.store.has_child(parent, &node.name) {
            return Err(RestoreError::Name(at));
        }
        if !self.has_room(1, node.weight()) {
            return Err(RestoreError::Limits(at));
        }
        Ok(self.store.insert(parent, node))
    }
}

impl NodeRecord {
    /// What a node takes beside its name, value and labels, in a compact format.
    pub(crate) const FIXED_WEIGHT: usize = 24;

    /// About how many bytes it takes to store it.
    pub(crate) fn weight(&self) -> usize {
        let labels = self.type_name.as_ref().map_or(0, String::len);
        let extra = self.extra.as_ref().map_or(0, |extra| extra.weight());
        Self::FIXED_WEIGHT + self.name.len() + self.value.len() + labels + extra
    }

    pub(crate) fn of(level: u32, node: &Node) -> Self {
        let value: &[u8] = match &node.body {
            Body::Leaf { value, .. } => value,
            Body::Interior(_) => &[],
        };
        Self {
            level,
            name: String::from(&*node.name),
            format: node.format(),
            value: Value::new(value),
            type_name: node.own_type().map(Into::into),
            access: node.access.bits(),
            traits: node.traits.bits(),
            stamp: node.stamp.as_unix_secs(),
            ver_no: node.ver_no,
            extra: node.extra.as_deref().and_then(ExtraRecord::of).map(Box::new),
        }
    }
}

impl ExtraRecord {
    /// About how many bytes it takes to store it.
    pub(crate) fn weight(&self) -> usize {
        let template = self.template.as_ref().map_or(0, |specs| specs.iter().map(SpecRecord::weight).sum());
        self.acl.weight() + self.title.len() + template + 8
    }

    /// `None` when there is nothing but Type, which stands in the record of the node.
    pub(crate) fn of(extra: &Extra) -> Option<Self> {
        let Extra { type_name: _, acl, title, max_size, template } = extra;
        let rare = !acl.is_empty() || !title.is_empty() || max_size.is_some() || template.is_some();
        rare.then(|| Self {
            acl: acl.clone(),
            title: String::from(&**title),
            max_size: *max_size,
            template: template.as_ref().map(|template| template.nodes.iter().map(SpecRecord::of).collect()),
        })
    }
}

impl fmt::Debug for TreeSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Versioned::This(content) => write!(f, "TreeSnapshot({} nodes)", content.nodes.len()),
            Versioned::Other(version) => write!(f, "TreeSnapshot(version {version})"),
        }
    }
}
