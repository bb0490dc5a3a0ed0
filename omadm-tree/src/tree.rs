//! The tree itself: configuration and reading. The commands of servers are in [`crate::command`], the device's
//! own writes beside them.

use alloc::sync::Arc;
use core::fmt;

use omadm_proto::limits::Limits;
use omadm_proto::time::UtcTime;
use thiserror::Error;

use crate::builder::TreeBuilder;
use crate::command::Filing;
use crate::ddf::Description;
use crate::feature::Missing;
use crate::node::{NodeId, NodeRef};
use crate::store::{Body, Index, Node, Store};
use crate::uri::{Extent, NodeUri, UriError, segments};

/// A management tree.
///
/// Equality compares what peers and the device can see: names, properties, values, rules and instance templates; not
/// node ids, limits, descriptions, clock or revision.
#[derive(Clone)]
pub struct Tree {
    pub(crate) store: Store,
    pub(crate) limits: TreeLimits,
    pub(crate) creator_acl: CreatorAcl,
    pub(crate) missing: Missing,
    pub(crate) description: Option<Arc<Description>>,
    pub(crate) clock: UtcTime,
    pub(crate) uri_limits: UriLimits,
    pub(crate) filing: Filing,
}

/// How large a tree may become. What exceeds `value_bytes` is answered 413, the others 420.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TreeLimits {
    /// Nodes, the root included; 1 048 576.
    pub nodes: u32,
    /// Bytes of one value; 64 MiB.
    pub value_bytes: usize,
    /// Bytes of all names and values together; 256 MiB. Types, Titles and ACLs together have the same limit of their own.
    pub total_bytes: usize,
}

/// The ACL that a server gets on an interior node that it adds without having Replace on the parent \[dm 9.6\].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_enums, reason = "the text of the standard or the useful deviation from it")]
pub enum CreatorAcl {
    /// Add, Delete, Get and Replace: a deviation; chosen because a creator who cannot read is of no use.
    #[default]
    WithGet,
    /// Add, Delete and Replace, by the letter.
    Literal,
}

/// Why the device's own request failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LocalError {
    /// The URI is none.
    #[error(transparent)]
    Uri(#[from] UriError),
    /// There is no such node.
    #[error("there is no node {0}; `put` creates one")]
    NoNode(NodeUri),
    /// The id speaks of a node that is gone.
    #[error("the node was deleted meanwhile")]
    Gone,
    /// An interior node where a leaf is needed.
    #[error("{0} is an interior node and holds no value")]
    NotALeaf(NodeUri),
    /// A leaf where an interior node is needed.
    #[error("{0} is a leaf and has no children")]
    NotInterior(NodeUri),
    /// A name that no node can have.
    #[error("{0} has a name that no node can have")]
    Name(NodeUri),
    /// The bytes do not fit the Format of the leaf.
    #[error("the value does not fit the format of {0}")]
    Format(NodeUri),
    /// The value exceeds a limit of the node or of the tree.
    #[error("the value for {0} is too large")]
    TooLarge(NodeUri),
    /// The tree has no room for more.
    #[error("the tree has no room for {0}")]
    Full(NodeUri),
    /// The table of a management object has no row for it.
    #[error("the table of the object has no row for {0}")]
    NoRow(NodeUri),
    /// The root can be neither replaced nor removed, and its ACL must not be empty.
    #[error("the root can be neither overwritten nor removed")]
    Root,
}

/// `./DevDetail/URI` with "unlimited" replaced by what any tree accepts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UriLimits {
    pub(crate) depth: usize,
    pub(crate) total: usize,
    pub(crate) name: usize,
}

impl TreeLimits {
    /// The defaults, as a constant.
    pub const DEFAULT: Self = Self { nodes: 1 << 20, value_bytes: 64 << 20, total_bytes: 256 << 20 };
}

impl Default for TreeLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl UriLimits {
    pub(crate) const WIDEST: Self =
        Self { depth: Limits::DEFAULT.uri_segments, total: Limits::DEFAULT.uri_chars, name: Limits::DEFAULT.uri_chars };

    pub(crate) fn admit(self, uri: &NodeUri, extent: Extent) -> bool {
        uri.depth() <= self.depth && extent.total <= self.total && extent.longest_name <= self.name
    }
}

impl Tree {
    /// A tree to be filled.
    #[must_use]
    pub fn builder() -> TreeBuilder {
        TreeBuilder::new()
    }

    pub(crate) fn empty() -> Self {
        Self {
            store: Store::new(),
            limits: TreeLimits::DEFAULT,
            creator_acl: CreatorAcl::default(),
            missing: Missing::default(),
            description: None,
            clock: UtcTime::default(),
            uri_limits: UriLimits::WIDEST,
            filing: Filing::default(),
        }
    }

    /// Tells the wall-clock time: what changes from now on gets it as TStamp.
    pub const fn set_clock(&mut self, now: UtcTime) {
        self.clock = now;
    }

    /// A number that grows with every change, also with those that are rolled back: persist when it moved.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.store.revision()
    }

    /// The number of nodes, the root included.
    #[must_use]
    pub const fn node_count(&self) -> usize {
        self.store.count()
    }

    /// The root.
    #[must_use]
    pub const fn root(&self) -> NodeRef<'_> {
        NodeRef { tree: self, index: Index::ROOT }
    }

    /// The node at `uri`; `None` also when `uri` is no URI.
    #[must_use]
    pub fn find(&self, uri: &str) -> Option<NodeRef<'_>> {
        let mut index = Index::ROOT;
        for name in segments(uri).ok()? {
            index = self.store.child(index, &name.ok()?.0)?;
        }
        Some(NodeRef { tree: self, index })
    }

    /// The node at `uri`.
    #[must_use]
    pub fn node_at(&self, uri: &NodeUri) -> Option<NodeRef<'_>> {
        Some(NodeRef { tree: self, index: self.locate(uri)? })
    }

    /// The node `id`, if it still exists.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Option<NodeRef<'_>> {
        Some(NodeRef { tree: self, index: self.store.resolve(id)? })
    }

    /// The value of the leaf at `uri` as text.
    #[must_use]
    pub fn text(&self, uri: &str) -> Option<&str> {
        self.find(uri)?.text()
    }

    /// The value of the leaf at `uri`.
    #[must_use]
    pub fn bytes(&self, uri: &str) -> Option<&[u8]> {
        self.find(uri)?.value()
    }

    /// The children of the node at `uri` in their order; none when there is no such node.
    pub fn children(&self, uri: &str) -> impl DoubleEndedIterator<Item = NodeRef<'_>> {
        self.find(uri).into_iter().flat_map(NodeRef::children)
    }

    /// The interior nodes whose Type is `moi`: the instances of a management object \[mo 1.3\].
    pub fn with_type<'t>(&'t self, moi: &'t str) -> impl Iterator<Item = NodeRef<'t>> {
        self.root().subtree().filter(move |node| node.is_interior() && node.type_name() == moi)
    }

    pub(crate) fn locate(&self, uri: &NodeUri) -> Option<Index> {
        uri.segments().try_fold(Index::ROOT, |index, name| self.store.child(index, name))
    }

    /// Takes the limits of URIs from `./DevDetail/URI` \[dm 9.1\]: absent, unreadable or `0` means as wide as any tree.
    pub(crate) fn reload_uri_limits(&mut self) {
        let read = |uri: &str, widest: usize| match self.text(uri).and_then(|text| text.parse::<u16>().ok()) {
            None | Some(0) => widest,
            Some(limit) => widest.min(usize::from(limit)),
        };
        self.uri_limits = UriLimits {
            depth: read("./DevDetail/URI/MaxDepth", UriLimits::WIDEST.depth),
            total: read("./DevDetail/URI/MaxTotLen", UriLimits::WIDEST.total),
            name: read("./DevDetail/URI/MaxSegLen", UriLimits::WIDEST.name),
        };
    }

    /// Whether `nodes` more nodes and `bytes` more bytes have room.
    pub(crate) fn has_room(&self, nodes: usize, bytes: usize) -> bool {
        let limit = self.limits.nodes as usize;
        let slots = u32::try_from(self.store.slots() + nodes).is_ok();
        slots && self.store.count() + nodes <= limit && self.store.bytes() + bytes <= self.limits.total_bytes
    }

    /// Whether commands may bring so much. Types and ACLs of new nodes may exceed their limit once, so what is restored, which
    /// was taken before, is not asked about them.
    pub(crate) fn takes(&self, nodes: usize, bytes: usize) -> bool {
        self.has_room(nodes, bytes) && self.store.labels() <= self.limits.total_bytes
    }
}

impl PartialEq for Tree {
    fn eq(&self, other: &Self) -> bool {
        let mut ours = self.store.subtree(Index::ROOT);
        let mut theirs = other.store.subtree(Index::ROOT);
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return true,
                (Some(a), Some(b)) if looks_like(self.store.node(a), other.store.node(b)) => {}
                _ => return false,
            }
        }
    }
}

impl Eq for Tree {}

/// Whether the nodes are equal but for their children's content. Equal numbers of children and equal nodes in the order of
/// a walk make equal trees.
fn looks_like(a: &Node, b: &Node) -> bool {
    let bodies = match (&a.body, &b.body) {
        (Body::Interior(a), Body::Interior(b)) => a.len() == b.len(),
        (Body::Leaf { format, value }, Body::Leaf { format: other_format, value: other }) => {
            format == other_format && value == other
        }
        _ => false,
    };
    bodies
        && a.name == b.name
        && a.extra == b.extra
        && (a.stamp, a.ver_no) == (b.stamp, b.ver_no)
        && (a.access, a.traits) == (b.access, b.traits)
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tree({} nodes, revision {})", self.node_count(), self.revision())
    }
}
