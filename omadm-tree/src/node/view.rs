//! Reading a node.

use core::fmt;

use omadm_proto::message::Format;
use omadm_proto::time::UtcTime;

use super::{AccessType, CaseSense, NodeId, Scope};
use crate::acl::Acl;
use crate::node::Traits;
use crate::store::{Body, Index, Node, Subtree};
use crate::tree::Tree;
use crate::uri::NodeUri;

/// A node to read. What it gives is the device's own view: no ACL is asked.
#[derive(Clone, Copy)]
pub struct NodeRef<'t> {
    pub(crate) tree: &'t Tree,
    pub(crate) index: Index,
}

/// The nodes of a subtree: see [`NodeRef::subtree`].
#[derive(Clone)]
pub struct Walk<'t> {
    tree: &'t Tree,
    nodes: Subtree<'t>,
}

impl<'t> NodeRef<'t> {
    fn node(self) -> &'t Node {
        self.tree.store.node(self.index)
    }

    /// The id.
    #[must_use]
    pub fn id(self) -> NodeId {
        self.tree.store.id(self.index)
    }

    /// The address.
    #[must_use]
    pub fn uri(self) -> NodeUri {
        self.tree.store.uri(self.index)
    }

    /// The name, decoded; empty for the root.
    #[must_use]
    pub fn name(self) -> &'t str {
        &self.node().name
    }

    /// Whether it is an interior node.
    #[must_use]
    pub fn is_interior(self) -> bool {
        matches!(self.node().body, Body::Interior(_))
    }

    /// Whether the device supplies the value each time it is asked for.
    #[must_use]
    pub fn is_live(self) -> bool {
        self.node().traits.has(Traits::LIVE)
    }

    /// The Format property.
    #[must_use]
    pub fn format(self) -> Format {
        self.node().format()
    }

    /// The Type property: the MIME type of a leaf, the management object identifier of an interior node or nothing.
    #[must_use]
    pub fn type_name(self) -> &'t str {
        self.node().type_name()
    }

    /// The value of a leaf; `None` for an interior node. For a live leaf the value that was supplied last.
    #[must_use]
    pub fn value(self) -> Option<&'t [u8]> {
        match &self.node().body {
            Body::Leaf { value, .. } => Some(value),
            Body::Interior(_) => None,
        }
    }

    /// The value of a leaf as text; `None` for an interior node and for bytes that are no text.
    #[must_use]
    pub fn text(self) -> Option<&'t str> {
        self.value().and_then(|value| core::str::from_utf8(value).ok())
    }

    /// The node's own ACL; empty when it inherits.
    #[must_use]
    pub fn acl(self) -> &'t Acl {
        self.node().acl()
    }

    /// The Title property.
    #[must_use]
    pub fn title(self) -> &'t str {
        self.node().title()
    }

    /// The TStamp property.
    #[must_use]
    pub fn tstamp(self) -> UtcTime {
        self.node().stamp
    }

    /// The VerNo property.
    #[must_use]
    pub fn ver_no(self) -> u16 {
        self.node().ver_no
    }

    /// The commands that it takes.
    #[must_use]
    pub fn access(self) -> AccessType {
        self.node().access
    }

    /// Permanent or dynamic.
    #[must_use]
    pub fn scope(self) -> Scope {
        self.node().scope()
    }

    /// Whether case matters in the names of its children.
    #[must_use]
    pub fn case_sense(self) -> CaseSense {
        if self.node().traits.has(Traits::CASELESS) { CaseSense::Insensitive } else { CaseSense::Sensitive }
    }

    /// Whether the device needs it as it is just now: see [`Tree::lock`].
    #[must_use]
    pub fn is_locked(self) -> bool {
        self.node().traits.has(Traits::IN_USE)
    }

    /// The parent; `None` for the root.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        let index = self.tree.store.parent(self.index)?;
        Some(Self { index, ..self })
    }

    /// The child named `name` (decoded).
    #[must_use]
    pub fn child(self, name: &str) -> Option<Self> {
        let index = self.tree.store.child(self.index, name)?;
        Some(Self { index, ..self })
    }

    /// The children, in the order in which they were created.
    #[must_use]
    pub fn children(self) -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator + use<'t> {
        self.tree.store.children(self.index).map(move |index| Self { index, ..self })
    }

    /// This node and everything below, each parent before its children, children in their order. Allocates nothing.
    #[must_use]
    pub const fn subtree(self) -> Walk<'t> {
        Walk { tree: self.tree, nodes: self.tree.store.subtree(self.index) }
    }
}

impl Walk<'_> {
    /// The level of the node that was given last, below the node where the walk began, which has level 0.
    #[must_use]
    pub const fn level(&self) -> usize {
        self.nodes.level()
    }

    /// Leaves out what is below the node that was given last.
    pub const fn skip_children(&mut self) {
        self.nodes.skip_children();
    }
}

impl<'t> Iterator for Walk<'t> {
    type Item = NodeRef<'t>;

    fn next(&mut self) -> Option<NodeRef<'t>> {
        Some(NodeRef { tree: self.tree, index: self.nodes.next()? })
    }
}

impl fmt::Debug for Walk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Walk(level {})", self.level())
    }
}

impl fmt::Debug for NodeRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeRef({}, {})", self.uri(), self.format())
    }
}
