//! What is due when: one deadline for each reason of each node.

use alloc::collections::{BTreeMap, BTreeSet};

use omadm_proto::time::Instant;

use crate::node::Node;
use crate::station::CallId;

/// Why something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Entry {
    /// The machine of a node asked for it.
    Machine(Node),
    /// Nothing came in answer to a call.
    Call(CallId),
    /// A node comes up.
    Boot(Node),
    /// A node comes by itself.
    Poll(Node),
}

/// All deadlines.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    order: BTreeSet<(Instant, Entry)>,
    at: BTreeMap<Entry, Instant>,
    polls: usize,
}

impl Agenda {
    /// Sets, moves or removes the deadline of `entry`.
    pub(crate) fn set(&mut self, entry: Entry, at: Option<Instant>) {
        let is_poll = matches!(entry, Entry::Poll(_));
        if let Some(old) = self.at.remove(&entry) {
            self.order.remove(&(old, entry));
            self.polls -= usize::from(is_poll);
        }
        if let Some(at) = at {
            self.at.insert(entry, at);
            self.order.insert((at, entry));
            self.polls += usize::from(is_poll);
        }
    }

    /// The earliest deadline.
    pub(crate) fn first(&self) -> Option<(Instant, Entry)> {
        self.order.first().copied()
    }

    /// Whether nothing is due except that nodes come by themselves.
    pub(crate) fn only_polls(&self) -> bool {
        self.order.len() == self.polls
    }
}
