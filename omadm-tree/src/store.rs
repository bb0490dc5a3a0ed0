//! The arena that holds the nodes, and nothing but holds them: no ACL, no rules.
//!
//! Invariants: slot 0 is the root and never freed; the children of an interior node are linked in the order of their creation
//! and their names are unique; every index in a live node points to a live node; `count` and `bytes` speak about the nodes
//! that hang on the root. Every change goes through the functions here, so that the undo log misses none. Called by the
//! commands and by the device's own writes.

use alloc::boxed::Box;
use alloc::vec::Vec;

use omadm_proto::message::Format;
use omadm_proto::time::UtcTime;

use crate::acl::Acl;
use crate::node::{AccessType, NodeId, Traits};
use crate::uri::NodeUri;

mod children;
#[cfg(feature = "serde")]
mod journal;
mod names;
mod node;
mod undo;
mod walk;

#[cfg(feature = "serde")]
use journal::Journal;
#[cfg(feature = "serde")]
pub(crate) use journal::{Change, Edit};
use node::Hold;
pub(crate) use node::{Body, Extra, Node, Template};
use undo::Undo;
pub(crate) use walk::Subtree;

/// The place of a node in the arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Index(u32);

/// The arena.
#[derive(Clone)]
pub(crate) struct Store {
    nodes: Vec<Node>,
    free: Vec<Index>,
    count: usize,
    bytes: usize,
    /// The bytes of all Types, Titles and ACLs.
    labels: usize,
    log: Vec<Undo>,
    /// The length of the log at each `begin` that is still open.
    marks: Vec<usize>,
    revision: u64,
    #[cfg(feature = "serde")]
    journal: Option<Journal>,
}

impl Index {
    pub(crate) const ROOT: Self = Self(0);

    const fn slot(self) -> usize {
        self.0 as usize
    }
}

impl Store {
    /// A tree of nothing but the root.
    pub(crate) fn new() -> Self {
        let mut root = Node::new("", Body::interior());
        root.access = AccessType::ADD | AccessType::GET | AccessType::REPLACE;
        root.traits = root.traits.with(Traits::PERMANENT);
        root.extra = Some(Box::new(Extra { acl: Acl::root_default(), ..Extra::default() }));
        Self::with_root(root)
    }

    /// A tree of nothing but `root`.
    pub(crate) fn with_root(root: Node) -> Self {
        Self {
            free: Vec::new(),
            count: 1,
            bytes: 0,
            labels: root.label_bytes(),
            nodes: alloc::vec![root],
            log: Vec::new(),
            marks: Vec::new(),
            revision: 0,
            #[cfg(feature = "serde")]
            journal: None,
        }
    }

    #[expect(clippy::indexing_slicing, reason = "an Index is made by insert alone and slots are never given back")]
    pub(crate) fn node(&self, index: Index) -> &Node {
        &self.nodes[index.slot()]
    }

    #[expect(clippy::indexing_slicing, reason = "an Index is made by insert alone and slots are never given back")]
    fn node_mut(&mut self, index: Index) -> &mut Node {
        &mut self.nodes[index.slot()]
    }

    /// The number of nodes, the root included.
    pub(crate) const fn count(&self) -> usize {
        self.count
    }

    /// The bytes of all names and values.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The bytes of all Types, Titles and ACLs.
    pub(crate) const fn labels(&self) -> usize {
        self.labels
    }

    /// The number of slots ever used: what a `NodeId` can count.
    pub(crate) fn slots(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) const fn revision(&self) -> u64 {
        self.revision
    }

    pub(crate) fn id(&self, index: Index) -> NodeId {
        NodeId { index, serial: self.node(index).serial }
    }

    /// The place of the node `id`, if it still hangs on the root.
    pub(crate) fn resolve(&self, id: NodeId) -> Option<Index> {
        let node = self.nodes.get(id.index.slot())?;
        let mut way = core::iter::successors(Some(id.index), |at| self.parent(*at));
        (node.serial == id.serial && way.all(|at| self.node(at).hold == Hold::Hanging)).then_some(id.index)
    }

    pub(crate) fn parent(&self, index: Index) -> Option<Index> {
        (index != Index::ROOT).then(|| self.node(index).parent)
    }

    /// The node and everything below, parents first, children in their order.
    pub(crate) const fn subtree(&self, index: Index) -> Subtree<'_> {
        Subtree::new(self, index)
    }

    pub(crate) fn uri(&self, index: Index) -> NodeUri {
        let mut names = Vec::new();
        let mut at = index;
        while let Some(parent) = self.parent(at) {
            names.push(self.node(at).name.clone());
            at = parent;
        }
        names.reverse();
        NodeUri::from_names(names)
    }

    /// Hangs `node` as the last child of the interior node `parent`, which has no child of that name yet.
    pub(crate) fn insert(&mut self, parent: Index, node: Node) -> Index {
        let index = match self.free.pop() {
            Some(index) => {
                let slot = self.node_mut(index);
                let serial = slot.serial;
                *slot = Node { parent, serial, ..node };
                index
            }
            None => {
                // The limit on nodes is a u32, so the number of slots is one.
                let index = Index(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
                if self.nodes.len() == self.nodes.capacity() {
                    // In smaller steps than a Vec takes by itself: the nodes are what a large tree consists of.
                    self.nodes.reserve_exact((self.nodes.len() / 8).max(16));
                }
                self.nodes.push(Node { parent, serial: 0, ..node });
                index
            }
        };
        self.link_last(index);
        self.count_in(index);
        self.note(Undo::Created(index));
        index
    }

    /// Takes the node and everything below off the tree. The slots are kept while the log may want them back.
    pub(crate) fn detach(&mut self, index: Index) {
        self.take_off(index);
        self.note(Undo::Detached(index));
        if self.marks.is_empty() {
            self.release(index);
        }
    }

    pub(crate) fn set_value(&mut self, index: Index, format: Format, value: Box<[u8]>) {
        let node = self.node_mut(index);
        let before = node.weight();
        let old = core::mem::replace(&mut node.body, Body::Leaf { format, value });
        let after = node.weight();
        self.bytes = self.bytes - before + after;
        self.note(Undo::Body(index, old));
    }

    /// The last value of a live leaf: no change of the tree, so neither revision nor log notice.
    pub(crate) fn remember(&mut self, index: Index, format: Format, value: Box<[u8]>) {
        let node = self.node_mut(index);
        let before = node.weight();
        node.body = Body::Leaf { format, value };
        let after = node.weight();
        self.bytes = self.bytes - before + after;
    }

    pub(crate) fn set_type(&mut self, index: Index, type_name: Option<&str>) {
        let type_name = self.node(index).uncommon_type(type_name).map(Into::into);
        self.edit_extra(index, |extra| extra.type_name = type_name);
    }

    /// Lets `edit` change what few nodes have.
    pub(crate) fn edit_extra(&mut self, index: Index, edit: impl FnOnce(&mut Extra)) {
        let mut extra = self.node(index).extra.as_deref().cloned().unwrap_or_default();
        edit(&mut extra);
        let new = (extra != Extra::default()).then(|| Box::new(extra));
        let old = self.swap_extra(index, new);
        self.note(Undo::Extra(index, old));
    }

    fn swap_extra(&mut self, index: Index, new: Option<Box<Extra>>) -> Option<Box<Extra>> {
        let node = self.node_mut(index);
        let before = node.label_bytes();
        let old = core::mem::replace(&mut node.extra, new);
        let after = node.label_bytes();
        self.labels = self.labels - before + after;
        old
    }

    /// Renames the node, which keeps its place among its brothers; none of them has that name.
    pub(crate) fn set_name(&mut self, index: Index, name: &str) {
        let old = self.swap_name(index, name.into());
        self.note(Undo::Name(index, old));
    }

    fn swap_name(&mut self, index: Index, name: Box<str>) -> Box<str> {
        self.strike_name(index);
        let node = self.node_mut(index);
        let new_len = name.len();
        let old = core::mem::replace(&mut node.name, name);
        self.bytes = self.bytes - old.len() + new_len;
        self.enter_name(index);
        old
    }

    pub(crate) fn set_rules(&mut self, index: Index, access: AccessType, traits: Traits) {
        let node = self.node_mut(index);
        let old = (core::mem::replace(&mut node.access, access), core::mem::replace(&mut node.traits, traits));
        self.note(Undo::Rules(index, old.0, old.1));
    }

    /// Counts a change; with `at` also of the value.
    pub(crate) fn touch(&mut self, index: Index, at: Option<UtcTime>) {
        let node = self.node_mut(index);
        let old = (node.stamp, node.ver_no);
        node.stamp = at.unwrap_or(node.stamp);
        node.ver_no = node.ver_no.wrapping_add(1);
        self.note(Undo::Stamp(index, old.0, old.1));
    }

    /// Sets TStamp and VerNo as they were told.
    #[cfg(feature = "serde")]
    pub(crate) fn set_stamp(&mut self, index: Index, stamp: UtcTime, ver_no: u16) {
        let node = self.node_mut(index);
        let old = (core::mem::replace(&mut node.stamp, stamp), core::mem::replace(&mut node.ver_no, ver_no));
        self.note(Undo::Stamp(index, old.0, old.1));
    }

    /// Takes the node from its parent.
    fn take_off(&mut self, index: Index) {
        let [count, bytes, labels] = self.measure(index);
        self.count -= count;
        self.bytes -= bytes;
        self.labels -= labels;
        self.unlink(index);
        self.node_mut(index).hold = Hold::TakenOff;
    }

    /// Undoes [`Self::take_off`].
    fn put_back(&mut self, index: Index) {
        self.node_mut(index).hold = Hold::Hanging;
        self.relink(index);
        self.count_in(index);
    }

    fn count_in(&mut self, index: Index) {
        let [count, bytes, labels] = self.measure(index);
        self.count += count;
        self.bytes += bytes;
        self.labels += labels;
    }

    fn measure(&self, index: Index) -> [usize; 3] {
        self.subtree(index).map(|at| self.node(at)).fold([0; 3], |[count, bytes, labels], node| {
            [count + 1, bytes + node.weight(), labels + node.label_bytes()]
        })
    }

    /// Frees the slots of a subtree that hangs nowhere.
    fn release(&mut self, index: Index) {
        let all: Vec<Index> = self.subtree(index).collect();
        for at in all {
            let slot = self.node_mut(at);
            let serial = slot.serial.wrapping_add(1);
            *slot = Node { serial, hold: Hold::TakenOff, ..Node::vacant() };
            self.free.push(at);
        }
    }
}

impl core::fmt::Debug for Store {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Store({} nodes, {} bytes)", self.count, self.bytes)
    }
}
