//! Which record stores what became of the tree: what changed, or the whole of it when that has become the lesser evil.
//!
//! Unspecified; chosen: the whole tree at the first change after a start, because a start reads all of it anyway, and again
//! when the changes since then weigh more than the tree, or than [`LEAST_BYTES`] if it is smaller. So writing costs at most
//! about twice what changed, reading at most twice what the tree takes or a little more, and both without a clock.

use omadm_tree::tree::Tree;

use crate::record::{Record, TreeChange, WholeTree};

/// Fewer bytes of changes are never replaced: reading them takes no time, and flash is written in such blocks anyway.
const LEAST_BYTES: usize = 4096;

/// What is stored of the tree.
#[derive(Debug, Default)]
pub(super) struct TreeLog {
    /// The generation of the whole tree that was stored last, by this machine or one before it.
    pub(super) generation: u64,
    /// The changes behind it; `None` before this machine has stored a whole tree.
    behind: Option<Behind>,
}

/// Changes behind a whole tree.
#[derive(Debug)]
struct Behind {
    revision: u64,
    changes: u32,
    weight: usize,
}

impl TreeLog {
    /// The log of a machine that comes after the one that stored `generation`.
    pub(super) const fn after(generation: u64) -> Self {
        Self { generation, behind: None }
    }

    /// What has to be stored; `None` when the tree is as it was.
    pub(super) fn record(&mut self, tree: &mut Tree) -> Option<Record> {
        let revision = tree.revision();
        if let Some(behind) = self.behind.as_mut().filter(|_| tree.keeps_journal()) {
            if behind.revision == revision {
                return None;
            }
            behind.revision = revision;
            let changes = tree.take_changes();
            if changes.is_empty() {
                return None;
            }
            behind.weight += changes.weight();
            if behind.weight <= tree.weight().max(LEAST_BYTES) {
                let change = TreeChange::new(self.generation, behind.changes, changes);
                behind.changes += 1;
                return Some(Record::TreeChange(change));
            }
        }
        self.generation += 1;
        self.behind = Some(Behind { revision, changes: 0, weight: 0 });
        // An application that changes the tree without end and without a session shall not fill the memory with it.
        tree.start_journal_within(tree.weight().max(LEAST_BYTES));
        Some(Record::WholeTree(WholeTree::new(self.generation, tree.snapshot())))
    }
}
