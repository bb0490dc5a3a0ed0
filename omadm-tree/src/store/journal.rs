//! The change journal: what the nodes are after each change, by their addresses.
//!
//! It hangs on the same hook as the undo log, so that it misses nothing; what is rolled back is taken out again. Changes of
//! one node that follow each other share one address. A journal that outgrows its limit ends: what it held is dropped.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use omadm_proto::message::Format;
use serde::{Deserialize, Serialize};

use super::{Body, Index, Store, Undo};
use crate::snapshot::{ExtraRecord, NodeRecord, Value};

/// What happened to one node.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Change {
    /// The names from below the root downwards, as they were before the edits.
    pub(crate) at: Vec<String>,
    pub(crate) edits: Vec<Edit>,
}

/// One edit, as what it makes of the node.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Edit {
    /// A new last child, without children of its own.
    Child(Box<NodeRecord>),
    /// The node is gone, with everything below.
    Gone,
    Value(Format, Value),
    /// Type, and what few nodes have.
    Extra(Option<String>, Option<Box<ExtraRecord>>),
    Name(String),
    /// AccessType and traits.
    Rules(u8, u8),
    /// TStamp and VerNo.
    Stamp(u64, u16),
}

/// The changes since somebody took them.
#[derive(Clone, Default)]
pub(super) struct Journal {
    changes: Vec<Change>,
    /// The weight of all changes.
    weight: usize,
    /// The most that it may be.
    limit: usize,
    /// How far it had got at each `begin` that is still open.
    marks: Vec<Mark>,
    /// The node of the last change, while more edits may join it.
    last: Option<Index>,
}

/// A place in the journal.
#[derive(Clone, Copy, Default)]
struct Mark {
    changes: usize,
    weight: usize,
}

impl Change {
    /// About how many bytes it takes to store it.
    pub(crate) fn weight(&self) -> usize {
        address_weight(&self.at) + self.edits.iter().map(Edit::weight).sum::<usize>()
    }
}

fn address_weight(at: &[String]) -> usize {
    at.iter().map(|name| name.len() + 2).sum::<usize>() + 16
}

impl Edit {
    fn weight(&self) -> usize {
        let content = match self {
            Self::Child(record) => record.weight(),
            Self::Value(_, value) => value.len(),
            Self::Extra(type_name, extra) => {
                type_name.as_ref().map_or(0, String::len) + extra.as_ref().map_or(0, |extra| extra.weight())
            }
            Self::Name(name) => name.len(),
            Self::Gone | Self::Rules(..) | Self::Stamp(..) => 0,
        };
        content + 16
    }
}

impl Store {
    /// Forgets what was recorded and records from now on, until that weighs more than `limit`.
    pub(crate) fn start_journal(&mut self, limit: usize) {
        let marks = alloc::vec![Mark::default(); self.marks.len()];
        self.journal = Some(Journal { limit, marks, ..Journal::default() });
    }

    pub(crate) const fn keeps_journal(&self) -> bool {
        self.journal.is_some()
    }

    /// What was recorded, but for what an open transaction may still take back.
    pub(crate) fn take_changes(&mut self) -> Vec<Change> {
        let Some(journal) = &mut self.journal else { return Vec::new() };
        let all = Mark { changes: journal.changes.len(), weight: journal.weight };
        let settled = journal.marks.first().copied().unwrap_or(all);
        let open = journal.changes.split_off(settled.changes.min(journal.changes.len()));
        for mark in &mut journal.marks {
            mark.changes -= settled.changes;
            mark.weight -= settled.weight;
        }
        journal.weight -= settled.weight;
        journal.last = None;
        core::mem::replace(&mut journal.changes, open)
    }

    pub(super) fn begin_in_journal(&mut self) {
        if let Some(journal) = &mut self.journal {
            journal.marks.push(Mark { changes: journal.changes.len(), weight: journal.weight });
            journal.last = None;
        }
    }

    pub(super) fn commit_in_journal(&mut self) {
        if let Some(journal) = &mut self.journal {
            journal.marks.pop();
        }
    }

    pub(super) fn roll_back_in_journal(&mut self) {
        if let Some(journal) = &mut self.journal {
            let Mark { changes, weight } = journal.marks.pop().unwrap_or_default();
            journal.changes.truncate(changes);
            journal.weight = weight;
            journal.last = None;
        }
    }

    /// Records a change that has just been made.
    pub(super) fn record(&mut self, change: &Undo) {
        let Some(last) = self.journal.as_ref().map(|journal| journal.last) else { return };
        let (index, edit) = self.edit(change);
        let joins = last == Some(index);
        let at = if joins { Vec::new() } else { self.address_before(index, change) };
        let Some(journal) = &mut self.journal else { return };
        journal.weight += edit.weight();
        match journal.changes.last_mut() {
            Some(change) if joins => change.edits.push(edit),
            _ => {
                journal.weight += address_weight(&at);
                // A new value and its stamp.
                let mut edits = Vec::with_capacity(2);
                edits.push(edit);
                journal.changes.push(Change { at, edits });
            }
        }
        journal.last = (!matches!(change, Undo::Detached(_))).then_some(index);
        if journal.weight > journal.limit {
            self.journal = None;
        }
    }

    /// The node that is edited, and the edit.
    fn edit(&self, change: &Undo) -> (Index, Edit) {
        match change {
            Undo::Created(index) => {
                let node = self.node(*index);
                (node.parent, Edit::Child(Box::new(NodeRecord::of(0, node))))
            }
            Undo::Detached(index) => (*index, Edit::Gone),
            Undo::Body(index, _) => {
                let edit = match &self.node(*index).body {
                    Body::Leaf { format, value } => Edit::Value(*format, Value::new(value)),
                    Body::Interior(_) => Edit::Value(Format::Node, Value::new(&[])),
                };
                (*index, edit)
            }
            Undo::Extra(index, _) => {
                let node = self.node(*index);
                let extra = node.extra.as_deref().and_then(ExtraRecord::of).map(Box::new);
                (*index, Edit::Extra(node.own_type().map(Into::into), extra))
            }
            Undo::Name(index, _) => (*index, Edit::Name(String::from(&*self.node(*index).name))),
            Undo::Rules(index, ..) => {
                let node = self.node(*index);
                (*index, Edit::Rules(node.access.bits(), node.traits.bits()))
            }
            Undo::Stamp(index, ..) => {
                let node = self.node(*index);
                (*index, Edit::Stamp(node.stamp.as_unix_secs(), node.ver_no))
            }
        }
    }

    /// The names on the way to the node as they were before `change`, which is about this node or a new child of it.
    fn address_before(&self, index: Index, change: &Undo) -> Vec<String> {
        let mut names = Vec::new();
        let mut at = index;
        while let Some(parent) = self.parent(at) {
            names.push(String::from(&*self.node(at).name));
            at = parent;
        }
        if let (Undo::Name(_, old), Some(own)) = (change, names.first_mut()) {
            *own = String::from(&**old);
        }
        names.reverse();
        names
    }
}
