//! The tree as records: the whole of it now and then, and what changed since.
//!
//! Each [`WholeTree`] has a generation of its own, one more than any before; the [`TreeChange`]s of that generation count up
//! from 0. A power cut between two records therefore leaves nothing that could be taken for something else: changes of other
//! generations are left over, a change that is there twice is one change, and one that was torn was never spoken about.

use alloc::vec::Vec;
use core::mem;

use omadm_tree::journal::{ApplyError, TreeChanges};
use omadm_tree::snapshot::{RestoreError, TreeSnapshot};
use omadm_tree::tree::{Tree, TreeLimits};

use super::Record;

/// The whole tree.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct WholeTree {
    generation: u64,
    snapshot: TreeSnapshot,
}

/// What changed since the change before it, or since the whole tree.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TreeChange {
    generation: u64,
    number: u32,
    changes: TreeChanges,
}

/// Why the stored tree cannot be built again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoredTreeError {
    /// The whole tree is damaged.
    #[error("the stored tree is damaged: {0}")]
    Whole(#[from] RestoreError),
    /// The change with this number does not follow what is before it.
    #[error("change {0} of the stored tree is damaged: {1}")]
    Change(u32, ApplyError),
    /// The change with this number is not there, although a later one is.
    #[error("change {0} of the stored tree is missing")]
    Missing(u32),
}

impl WholeTree {
    pub(crate) const fn new(generation: u64, snapshot: TreeSnapshot) -> Self {
        Self { generation, snapshot }
    }
}

impl TreeChange {
    pub(crate) const fn new(generation: u64, number: u32, changes: TreeChanges) -> Self {
        Self { generation, number, changes }
    }

    pub(super) const fn number(&self) -> u32 {
        self.number
    }
}

/// Takes everything about the tree out of `records`, whatever their order, and builds it again as it was stored last; `None`
/// when no tree was stored. The machines never look at these records.
///
/// # Errors
/// [`StoredTreeError`]; the records are taken out all the same.
pub fn take_tree(records: &mut Vec<Record>) -> Result<Option<Tree>, StoredTreeError> {
    take_tree_within(records, TreeLimits::DEFAULT)
}

/// The same for a tree under `limits`.
///
/// # Errors
/// [`StoredTreeError`]; the records are taken out all the same.
pub fn take_tree_within(records: &mut Vec<Record>, limits: TreeLimits) -> Result<Option<Tree>, StoredTreeError> {
    let mut whole = None;
    let mut changes = Vec::new();
    for record in mem::take(records) {
        match record {
            Record::WholeTree(tree) => whole = Some(tree),
            Record::Tree(snapshot) => whole = Some(WholeTree::new(0, snapshot)),
            Record::TreeChange(change) => changes.push(change),
            other @ (Record::Account(_)
            | Record::Outbox(_)
            | Record::Counters(_)
            | Record::ExecLog(_)
            | Record::Card(_)
            | Record::Update(_)
            | Record::Function(_)
            | Record::Trap(_)
            | Record::Software(_)
            | Record::Lock(_)
            | Record::Configuration(_)) => records.push(other),
        }
    }
    let Some(WholeTree { generation, snapshot }) = whole else { return Ok(None) };
    let mut tree = Tree::restore_within(snapshot, limits)?;
    changes.retain(|change| change.generation == generation);
    changes.sort_by_key(TreeChange::number);
    changes.dedup_by_key(|change| change.number);
    for (expected, change) in (0..).zip(changes) {
        if change.number != expected {
            return Err(StoredTreeError::Missing(expected));
        }
        tree.apply(change.changes).map_err(|error| StoredTreeError::Change(expected, error))?;
    }
    Ok(Some(tree))
}
