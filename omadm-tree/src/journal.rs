//! The change journal: a device stores a [`TreeSnapshot`](crate::snapshot::TreeSnapshot) once and then only what changed.
//!
//! A snapshot and the changes taken since [`Tree::start_journal`], applied in their order, give the tree again: content,
//! order of children, TStamp and VerNo. Two things are not in it: what live leaves answered last, which is asked for anew,
//! and the configuration of the tree. Reading trusts nothing; changes that do not fit are refused as a whole. Values are in
//! it: keep it as secret as the tree.
//!
//! A journal that nobody takes would grow for ever; one with a limit ends when what it holds weighs more, and then only a new
//! snapshot tells what the tree is.
//!
//! ```
//! # #[cfg(feature = "serde")] {
//! use omadm_tree::Tree;
//!
//! let mut tree = Tree::builder().leaf("./App/Interval", 900).build()?;
//! let stored = tree.snapshot();
//! tree.start_journal();
//! tree.set("./App/Interval", 300)?;
//! let changes = tree.take_changes();            // store these behind the snapshot
//!
//! let mut again = Tree::restore(stored)?;
//! again.apply(changes)?;
//! assert!(again == tree);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use omadm_proto::message::Format;
use omadm_proto::time::UtcTime;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::node::{AccessType, Traits};
use crate::snapshot::{ExtraRecord, NodeRecord, RestoreError, Value, Versioned};
use crate::store::{Body, Change, Edit, Extra, Index};
use crate::tree::Tree;
use crate::uri::is_name;
use crate::value::fits;

/// Changes of a tree, in their order.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TreeChanges(Versioned<Vec<Change>>);

/// Why changes cannot be applied to a tree. The number counts the changes from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// The data was written by another version.
    #[error("the changes have version {0}, this program reads version 2")]
    Version(u32),
    /// The node that was changed is not there: the changes do not follow this tree.
    #[error("change {0} is about a node that is not there")]
    NoNode(usize),
    /// A leaf where an interior node is needed, or an interior node where a leaf is.
    #[error("change {0} is not possible for the kind of its node")]
    Kind(usize),
    /// The root would be removed, renamed, or left without an ACL.
    #[error("change {0} takes from the root what it must have")]
    Root(usize),
    /// A name that no node can have, or that a sibling has.
    #[error("change {0} gives a bad name, or the name of a sibling")]
    Name(usize),
    /// The value or title does not fit the node.
    #[error("change {0} gives a value or title that does not fit the node")]
    Value(usize),
    /// The template of instances cannot be built.
    #[error("change {0} gives an instance template that cannot be built")]
    Template(usize),
    /// More nodes or bytes than the limits allow.
    #[error("change {0} exceeds the limits of the tree")]
    Limits(usize),
}

impl TreeChanges {
    /// Whether nothing changed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        matches!(&self.0, Versioned::This(changes) if changes.is_empty())
    }

    /// About how many bytes it takes to store them; compare with [`Tree::weight`].
    #[must_use]
    pub fn weight(&self) -> usize {
        match &self.0 {
            Versioned::This(changes) => changes.iter().map(Change::weight).sum(),
            Versioned::Other(_) => 0,
        }
    }
}

impl Tree {
    /// Records every change from now on, and forgets what was recorded before. Changes are kept until they are taken.
    pub fn start_journal(&mut self) {
        self.start_journal_within(usize::MAX);
    }

    /// The same until the changes that nobody has taken weigh more than `limit`: then they are dropped and the journal ends.
    pub fn start_journal_within(&mut self, limit: usize) {
        self.store.start_journal(limit);
    }

    /// Whether changes are recorded: a journal was started and has not ended since. Only then are the changes taken all
    /// that happened.
    #[must_use]
    pub const fn keeps_journal(&self) -> bool {
        self.store.keeps_journal()
    }

    /// About how many bytes it takes to store a snapshot of the tree.
    #[must_use]
    pub const fn weight(&self) -> usize {
        NodeRecord::FIXED_WEIGHT.saturating_mul(self.store.count()) + self.store.bytes() + self.store.labels()
    }

    /// The changes since they were taken last, or since [`Self::start_journal`]. Those of an open transaction stay until
    /// it is committed; what is rolled back is never among them.
    pub fn take_changes(&mut self) -> TreeChanges {
        TreeChanges(Versioned::This(self.store.take_changes()))
    }

    /// Repeats `changes`: all of them or none.
    ///
    /// # Errors
    /// When they do not follow what this tree is, or break a rule of trees.
    pub fn apply(&mut self, changes: TreeChanges) -> Result<(), ApplyError> {
        let changes = changes.0.open().map_err(ApplyError::Version)?;
        self.begin();
        let outcome = changes.into_iter().enumerate().try_for_each(|(number, change)| self.repeat(number, change));
        match outcome {
            Ok(()) => self.commit(),
            Err(_) => self.rollback(),
        }
        self.reload_uri_limits();
        outcome
    }

    fn repeat(&mut self, number: usize, change: Change) -> Result<(), ApplyError> {
        let found = change.at.iter().try_fold(Index::ROOT, |index, name| self.store.child(index, name));
        let index = found.ok_or(ApplyError::NoNode(number))?;
        let mut edits = change.edits.into_iter();
        for edit in edits.by_ref() {
            match edit {
                Edit::Child(record) => self.repeat_child(number, index, *record)?,
                Edit::Value(format, value) => self.repeat_value(number, index, format, value)?,
                Edit::Extra(type_name, extra) => self.repeat_extra(number, index, type_name.as_deref(), extra)?,
                Edit::Name(name) => self.repeat_name(number, index, &name)?,
                Edit::Rules(access, traits) => {
                    self.repeat_rules(number, index, AccessType::from_bits(access), Traits::of(traits))?;
                }
                Edit::Stamp(stamp, ver_no) => {
                    self.store.set_stamp(index, UtcTime::from_unix_secs(stamp), ver_no);
                }
                Edit::Gone if index == Index::ROOT => return Err(ApplyError::Root(number)),
                Edit::Gone => {
                    self.store.detach(index);
                    break;
                }
            }
        }
        // Behind its end a node has no more changes.
        if edits.next().is_none() { Ok(()) } else { Err(ApplyError::NoNode(number)) }
    }

    fn repeat_child(&mut self, number: usize, parent: Index, record: NodeRecord) -> Result<(), ApplyError> {
        let node = self.check_record(number, record).map_err(of_record)?;
        if !self.store.node(parent).is_interior() {
            return Err(ApplyError::Kind(number));
        }
        if self.store.has_child(parent, &node.name) {
            return Err(ApplyError::Name(number));
        }
        if !self.has_room(1, node.weight()) {
            return Err(ApplyError::Limits(number));
        }
        self.store.insert(parent, node);
        Ok(())
    }

    fn repeat_value(&mut self, number: usize, index: Index, format: Format, value: Value) -> Result<(), ApplyError> {
        let node = self.store.node(index);
        let value = value.into_bytes();
        if node.is_interior() || format == Format::Node {
            return Err(ApplyError::Kind(number));
        }
        let unasked = value.is_empty() && node.traits.has(Traits::LIVE);
        if !unasked && !fits(format, &value) {
            return Err(ApplyError::Value(number));
        }
        let grows_by = value.len().saturating_sub(node.value_len());
        if value.len() > self.limits.value_bytes || !self.has_room(0, grows_by) {
            return Err(ApplyError::Limits(number));
        }
        self.store.set_value(index, format, value.into());
        Ok(())
    }

    fn repeat_extra(
        &mut self,
        number: usize,
        index: Index,
        type_name: Option<&str>,
        extra: Option<Box<ExtraRecord>>,
    ) -> Result<(), ApplyError> {
        let extra = match extra {
            Some(record) => self.check_extra(number, *record).map_err(of_record)?,
            None => None,
        };
        let extra = extra.map_or_else(Extra::default, |extra| *extra);
        if index == Index::ROOT && extra.acl.is_empty() {
            return Err(ApplyError::Root(number));
        }
        self.store.edit_extra(index, |old| *old = extra);
        self.store.set_type(index, type_name);
        Ok(())
    }

    fn repeat_name(&mut self, number: usize, index: Index, name: &str) -> Result<(), ApplyError> {
        let parent = self.store.parent(index).ok_or(ApplyError::Root(number))?;
        if !is_name(name) || self.store.has_child(parent, name) {
            return Err(ApplyError::Name(number));
        }
        let grows_by = name.len().saturating_sub(self.store.node(index).name.len());
        if !self.has_room(0, grows_by) {
            return Err(ApplyError::Limits(number));
        }
        self.store.set_name(index, name);
        Ok(())
    }

    fn repeat_rules(
        &mut self,
        number: usize,
        index: Index,
        access: AccessType,
        traits: Traits,
    ) -> Result<(), ApplyError> {
        match &self.store.node(index).body {
            // Only a live leaf may be without a value that fits it.
            Body::Leaf { format, value } if !traits.has(Traits::LIVE) && !fits(*format, value) => {
                return Err(ApplyError::Value(number));
            }
            Body::Leaf { .. } | Body::Interior(_) => {}
        }
        self.store.set_rules(index, access, traits);
        Ok(())
    }
}

/// What is wrong with the record of a new node or of its rare properties.
const fn of_record(error: RestoreError) -> ApplyError {
    match error {
        RestoreError::Version(version) => ApplyError::Version(version),
        RestoreError::Root => ApplyError::Root(0),
        RestoreError::Level(number) => ApplyError::Kind(number),
        RestoreError::Name(number) => ApplyError::Name(number),
        RestoreError::Value(number) => ApplyError::Value(number),
        RestoreError::Template(number) => ApplyError::Template(number),
        RestoreError::Limits(number) => ApplyError::Limits(number),
    }
}

impl fmt::Debug for TreeChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Versioned::This(changes) => write!(f, "TreeChanges({} nodes)", changes.len()),
            Versioned::Other(version) => write!(f, "TreeChanges(version {version})"),
        }
    }
}
