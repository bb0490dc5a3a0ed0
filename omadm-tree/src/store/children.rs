//! The children of an interior node, in the order in which they were created.
//!
//! Brothers are linked. A node that is taken off keeps its own links, so that the log, which undoes changes in reverse,
//! hangs it exactly where it was.

use super::names::{Names, hash};
use super::{Body, Index, Node, Store};
use crate::node::Traits;

/// Another node of the tree, or none: the root, which is nobody's child, stands for that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link(Index);

/// The children of one interior node.
#[derive(Clone)]
pub(crate) struct Children {
    first: Link,
    last: Link,
    count: u32,
    names: Names,
}

/// The children of a node from both ends.
#[derive(Clone)]
pub(crate) struct ChildIter<'s> {
    store: &'s Store,
    front: Link,
    back: Link,
    left: usize,
}

impl Link {
    pub(super) const NONE: Self = Self(Index::ROOT);

    fn get(self) -> Option<Index> {
        (self.0 != Index::ROOT).then_some(self.0)
    }
}

impl Default for Children {
    fn default() -> Self {
        Self { first: Link::NONE, last: Link::NONE, count: 0, names: Names::default() }
    }
}

impl Children {
    pub(crate) const fn len(&self) -> usize {
        self.count as usize
    }
}

impl Store {
    /// The children in their order.
    pub(crate) fn children(&self, index: Index) -> ChildIter<'_> {
        let (front, back, left) = match &self.node(index).body {
            Body::Interior(children) => (children.first, children.last, children.len()),
            Body::Leaf { .. } => (Link::NONE, Link::NONE, 0),
        };
        ChildIter { store: self, front, back, left }
    }

    /// The child named `name`, or one that is named so but for case where that does not matter.
    pub(crate) fn child(&self, index: Index, name: &str) -> Option<Index> {
        let node = self.node(index);
        let Body::Interior(children) = &node.body else { return None };
        let hash = hash(name);
        match children.names.find(hash, |child| (*self.node(child).name).cmp(name)) {
            Ok((_, child)) => Some(child),
            Err(_) if node.traits.has(Traits::CASELESS) => {
                children.names.alike(hash).find(|child| differs_by_case(&self.node(*child).name, name))
            }
            Err(_) => None,
        }
    }

    /// Whether there is a child of exactly this name.
    #[cfg(feature = "serde")]
    pub(crate) fn has_child(&self, index: Index, name: &str) -> bool {
        let Body::Interior(children) = &self.node(index).body else { return false };
        children.names.find(hash(name), |child| (*self.node(child).name).cmp(name)).is_ok()
    }

    pub(super) fn first_child(&self, index: Index) -> Option<Index> {
        match &self.node(index).body {
            Body::Interior(children) => children.first.get(),
            Body::Leaf { .. } => None,
        }
    }

    pub(super) fn next_sibling(&self, index: Index) -> Option<Index> {
        self.node(index).after.get()
    }

    /// Makes the node the last child of its parent.
    pub(super) fn link_last(&mut self, index: Index) {
        let parent = self.node(index).parent;
        let last = self.children_mut(parent).map_or(Link::NONE, |children| children.last);
        let node = self.node_mut(index);
        (node.before, node.after) = (last, Link::NONE);
        self.relink(index);
    }

    /// Hangs the node between the brothers that it had when it was taken off.
    pub(super) fn relink(&mut self, index: Index) {
        self.splice(index, Link(index), Link(index));
        self.enter_name(index);
        self.count_child(index, 1);
    }

    /// Takes the node from its brothers, and lets it remember them.
    pub(super) fn unlink(&mut self, index: Index) {
        let (before, after) = (self.node(index).before, self.node(index).after);
        self.splice(index, after, before);
        self.strike_name(index);
        self.count_child(index, -1);
    }

    /// Tells the brother before what follows it, and the brother behind what it follows.
    fn splice(&mut self, index: Index, follows: Link, precedes: Link) {
        let Node { parent, before, after, .. } = *self.node(index);
        match before.get() {
            Some(brother) => self.node_mut(brother).after = follows,
            None => self.edit_children(parent, |children| children.first = follows),
        }
        match after.get() {
            Some(brother) => self.node_mut(brother).before = precedes,
            None => self.edit_children(parent, |children| children.last = precedes),
        }
    }

    fn count_child(&mut self, index: Index, change: i32) {
        let parent = self.node(index).parent;
        self.edit_children(parent, |children| children.count = children.count.saturating_add_signed(change));
    }

    /// Makes the node known to its parent by its name.
    pub(super) fn enter_name(&mut self, index: Index) {
        let node = self.node(index);
        let (parent, hash) = (node.parent, hash(&node.name));
        let Body::Interior(children) = &self.node(parent).body else { return };
        let Err(place) = children.names.find(hash, |child| self.node(child).name.cmp(&node.name)) else { return };
        self.edit_children(parent, |children| children.names.insert(place, hash, index));
    }

    /// Undoes [`Self::enter_name`].
    pub(super) fn strike_name(&mut self, index: Index) {
        let node = self.node(index);
        let Body::Interior(children) = &self.node(node.parent).body else { return };
        let found = children.names.find(hash(&node.name), |child| self.node(child).name.cmp(&node.name));
        let (Ok((place, _)), parent) = (found, node.parent) else { return };
        self.edit_children(parent, |children| children.names.remove(place));
    }

    fn children_mut(&mut self, index: Index) -> Option<&mut Children> {
        match &mut self.node_mut(index).body {
            Body::Interior(children) => Some(children),
            Body::Leaf { .. } => None,
        }
    }

    fn edit_children(&mut self, index: Index, edit: impl FnOnce(&mut Children)) {
        if let Some(children) = self.children_mut(index) {
            edit(children);
        }
    }
}

/// Whether two different names are one where case does not matter.
fn differs_by_case(a: &str, b: &str) -> bool {
    a.chars().flat_map(char::to_lowercase).eq(b.chars().flat_map(char::to_lowercase))
}

impl Iterator for ChildIter<'_> {
    type Item = Index;

    fn next(&mut self) -> Option<Index> {
        self.left = self.left.checked_sub(1)?;
        let child = self.front.get()?;
        self.front = self.store.node(child).after;
        Some(child)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl DoubleEndedIterator for ChildIter<'_> {
    fn next_back(&mut self) -> Option<Index> {
        self.left = self.left.checked_sub(1)?;
        let child = self.back.get()?;
        self.back = self.store.node(child).before;
        Some(child)
    }
}

impl ExactSizeIterator for ChildIter<'_> {}
