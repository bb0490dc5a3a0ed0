//! The walk over a subtree: parents before children, children in their order. It allocates nothing.

use super::{Index, Store};

/// The nodes of a subtree, each with its level below the top.
#[derive(Clone)]
pub(crate) struct Subtree<'s> {
    store: &'s Store,
    top: Index,
    /// The node that was given last.
    last: Option<Index>,
    level: usize,
    /// What the next step does.
    step: Step,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Start,
    Down,
    Across,
}

impl<'s> Subtree<'s> {
    pub(super) const fn new(store: &'s Store, top: Index) -> Self {
        Self { store, top, last: None, level: 0, step: Step::Start }
    }

    /// The level of the node that was given last; 0 is the top.
    pub(crate) const fn level(&self) -> usize {
        self.level
    }

    /// Leaves out what is below the node that was given last.
    pub(crate) const fn skip_children(&mut self) {
        if matches!(self.step, Step::Down) {
            self.step = Step::Across;
        }
    }

    /// The next node that is not below `at`.
    fn across(&mut self, mut at: Index) -> Option<Index> {
        while at != self.top {
            if let Some(next) = self.store.next_sibling(at) {
                return Some(next);
            }
            at = self.store.node(at).parent;
            self.level -= 1;
        }
        None
    }
}

impl Iterator for Subtree<'_> {
    type Item = Index;

    fn next(&mut self) -> Option<Index> {
        let next = match (self.step, self.last) {
            (Step::Start, _) => Some(self.top),
            (_, None) => None,
            (Step::Down, Some(at)) => match self.store.first_child(at) {
                Some(child) => {
                    self.level += 1;
                    Some(child)
                }
                None => self.across(at),
            },
            (Step::Across, Some(at)) => self.across(at),
        };
        self.step = Step::Down;
        self.last = next;
        next
    }
}
