//! The arena that holds the nodes, and nothing but holds them: no ACL, no rules.
//!
//! Invariants: slot 0 is the root and never freed; the children of an interior node are sorted by name and unique; every
//! index in a live node points to a live node; `count` and `bytes` speak about the nodes that hang on the root. Every change goes through
//! the functions here, so that the undo log misses none. Called by the commands and by the device's own writes.

use alloc::boxed::Box;
use alloc::vec::Vec;

use omadm_proto::message::Format;
use omadm_proto::time::UtcTime;

use crate::acl::Acl;
use crate::node::{AccessType, NodeId, Traits};
use crate::uri::NodeUri;

mod node;
mod undo;

pub(crate) use node::{Body, Extra, Node, Template};
use undo::Undo;

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
    log: Vec<Undo>,
    /// The length of the log at each `begin` that is still open.
    marks: Vec<usize>,
    revision: u64,
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
        let mut root = Node::new("", Body::Interior(Vec::new()));
        root.access = AccessType::ADD | AccessType::GET | AccessType::REPLACE;
        root.traits = root.traits.with(Traits::PERMANENT);
        root.extra = Some(Box::new(Extra { acl: Acl::root_default(), ..Extra::default() }));
        Self::with_root(root)
    }

    /// A tree of nothing but `root`.
    pub(crate) fn with_root(root: Node) -> Self {
        Self {
            nodes: alloc::vec![root],
            free: Vec::new(),
            count: 1,
            bytes: 0,
            log: Vec::new(),
            marks: Vec::new(),
            revision: 0,
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

    /// The place of the node `id`, if it still exists.
    pub(crate) fn resolve(&self, id: NodeId) -> Option<Index> {
        let node = self.nodes.get(id.index.slot())?;
        (node.serial == id.serial).then_some(id.index)
    }

    pub(crate) fn parent(&self, index: Index) -> Option<Index> {
        (index != Index::ROOT).then(|| self.node(index).parent)
    }

    pub(crate) fn children(&self, index: Index) -> &[Index] {
        match &self.node(index).body {
            Body::Interior(children) => children,
            Body::Leaf { .. } => &[],
        }
    }

    pub(crate) fn child(&self, index: Index, name: &str) -> Option<Index> {
        let children = self.children(index);
        match self.place(children, name) {
            Ok(at) => children.get(at).copied(),
            Err(_) if self.node(index).traits.has(Traits::CASELESS) => {
                children.iter().copied().find(|child| differs_by_case(&self.node(*child).name, name))
            }
            Err(_) => None,
        }
    }

    fn place(&self, children: &[Index], name: &str) -> Result<usize, usize> {
        children.binary_search_by(|child| (*self.node(*child).name).cmp(name))
    }

    /// The node and everything below, parents first, children by name.
    pub(crate) fn subtree(&self, index: Index) -> impl Iterator<Item = Index> + use<'_> {
        let mut waiting = alloc::vec![index];
        core::iter::from_fn(move || {
            let next = waiting.pop()?;
            waiting.extend(self.children(next).iter().rev());
            Some(next)
        })
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

    /// Hangs `node` below the interior node `parent`, which has no child of that name yet.
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
                self.nodes.push(Node { parent, serial: 0, ..node });
                index
            }
        };
        self.attach(index);
        self.note(Undo::Created(index));
        index
    }

    /// Takes the node and everything below off the tree. The slots are kept while the log may want them back.
    pub(crate) fn detach(&mut self, index: Index) {
        self.unhook(index);
        if self.marks.is_empty() {
            self.release(index);
            self.revision += 1;
        } else {
            self.note(Undo::Detached(index));
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
        let node = self.node_mut(index);
        let old = node.type_name.take();
        node.set_type_name(type_name);
        self.note(Undo::Type(index, old));
    }

    /// Lets `edit` change what few nodes have.
    pub(crate) fn edit_extra(&mut self, index: Index, edit: impl FnOnce(&mut Extra)) {
        let node = self.node_mut(index);
        let mut extra = node.extra.as_deref().cloned().unwrap_or_default();
        edit(&mut extra);
        let new = (extra != Extra::default()).then(|| Box::new(extra));
        let old = core::mem::replace(&mut node.extra, new);
        self.note(Undo::Extra(index, old));
    }

    /// Renames the node; no sibling has that name.
    pub(crate) fn set_name(&mut self, index: Index, name: &str) {
        self.unhook(index);
        let old = core::mem::replace(&mut self.node_mut(index).name, name.into());
        self.attach(index);
        self.note(Undo::Name(index, old));
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

    /// Hangs the node where its parent and name want it.
    fn attach(&mut self, index: Index) {
        let parent = self.node(index).parent;
        let at = match self.place(self.children(parent), &self.node(index).name) {
            Ok(at) | Err(at) => at,
        };
        if let Body::Interior(children) = &mut self.node_mut(parent).body {
            children.insert(at, index);
        }
        let (count, bytes) = self.measure(index);
        self.count += count;
        self.bytes += bytes;
    }

    /// Takes the node from its parent's children.
    fn unhook(&mut self, index: Index) {
        let (count, bytes) = self.measure(index);
        self.count -= count;
        self.bytes -= bytes;
        let parent = self.node(index).parent;
        let at = self.place(self.children(parent), &self.node(index).name);
        if let (Ok(at), Body::Interior(children)) = (at, &mut self.node_mut(parent).body) {
            children.remove(at);
        }
    }

    fn measure(&self, index: Index) -> (usize, usize) {
        if self.children(index).is_empty() {
            return (1, self.node(index).weight());
        }
        self.subtree(index).fold((0, 0), |(count, bytes), at| (count + 1, bytes + self.node(at).weight()))
    }

    /// Frees the slots of a subtree that hangs nowhere.
    fn release(&mut self, index: Index) {
        let all: Vec<Index> = self.subtree(index).collect();
        for at in all {
            let slot = self.node_mut(at);
            let serial = slot.serial.wrapping_add(1);
            *slot = Node { serial, ..Node::new("", Body::Interior(Vec::new())) };
            self.free.push(at);
        }
    }
}

/// Whether two different names are one where case does not matter.
fn differs_by_case(a: &str, b: &str) -> bool {
    a.chars().flat_map(char::to_lowercase).eq(b.chars().flat_map(char::to_lowercase))
}

impl core::fmt::Debug for Store {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Store({} nodes, {} bytes)", self.count, self.bytes)
    }
}
