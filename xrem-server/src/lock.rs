//! Locking, wiping and resetting devices, as applications ask for it \[mo 8.1\].
//!
//! [`LockRequest`] becomes a task by [`crate::nrem::Nrem::submit_lock`]; [`crate::program`] says what it sends.

use alloc::string::String;
use alloc::vec::Vec;

use omadm_tree::mo::LawmoOperation;

use crate::task::Target;

/// An operation of the lock and wipe object as an application asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LockRequest {
    /// For whom.
    pub target: Target,
    /// What.
    pub operation: LawmoOperation,
    /// Of a Wipe: the names of what is wiped; empty: everything.
    pub items: Vec<String>,
    /// The root of the LAWMO object.
    pub lawmo: String,
}

impl LockRequest {
    /// `operation` for `target`, by the LAWMO object at `./LAWMO`.
    #[must_use]
    pub fn new(target: Target, operation: LawmoOperation) -> Self {
        Self { target, operation, items: Vec::new(), lawmo: "./LAWMO".into() }
    }

    /// Wipes what `items` names, as the devices' lists of what can be wiped name it.
    #[must_use]
    pub fn wipe_of(target: Target, items: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let items = items.into_iter().map(Into::into).collect();
        Self { items, ..Self::new(target, LawmoOperation::Wipe) }
    }

    /// The same with another root.
    #[must_use]
    pub fn at(mut self, lawmo: impl Into<String>) -> Self {
        self.lawmo = lawmo.into();
        self
    }
}
