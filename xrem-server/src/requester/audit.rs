//! The audit: who asked for what, when, about whom, and how it was answered \[mission-matrix N1a\].
//!
//! Entries are kept in the order of their moments, and are never changed. What became of a task that was accepted is told by
//! the task itself; the entry names it.

use alloc::string::String;

use omadm_proto::ids::DevId;
use omadm_proto::time::Instant;

use super::RequesterName;
use crate::task::TaskId;

/// The longest text of an entry that is kept, in bytes.
const MAX_TEXT: usize = 512;

/// One thing that a requester asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct AuditEntry {
    /// Its place in the audit.
    pub key: AuditKey,
    /// Who asked.
    pub requester: RequesterName,
    /// What for, in words: `task commands`, `node registered`.
    pub action: String,
    /// About whom, as it was asked.
    pub target: String,
    /// The answer.
    pub result: AuditResult,
}

/// The place of an entry: its moment, and a number that tells it from others of the same moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "a moment and a number")]
pub struct AuditKey {
    /// When.
    pub at: Instant,
    /// Which of that moment; the driver numbers them.
    pub number: u64,
}

/// How a requester was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum AuditResult {
    /// It became this task, whose results tell the rest.
    Task(TaskId),
    /// It was done.
    Done,
    /// It has no right to it, for want of rights to this node.
    Denied(Option<DevId>),
    /// It could not be done.
    Refused(String),
}

/// Which entries are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditQuery {
    /// Only behind this entry.
    pub after: Option<AuditKey>,
    /// From this moment on.
    pub from: Instant,
    /// Before this moment.
    pub until: Instant,
    /// Only of this requester.
    pub requester: Option<RequesterName>,
    /// At most so many.
    pub limit: usize,
}

impl Default for AuditQuery {
    fn default() -> Self {
        let (from, until) = (Instant::ZERO, Instant::from_millis(u64::MAX));
        Self { after: None, from, until, requester: None, limit: 100 }
    }
}

impl AuditQuery {
    /// Whether `entry` is wanted; the limit is the store's to keep.
    #[must_use]
    pub fn wants(&self, entry: &AuditEntry) -> bool {
        self.after.is_none_or(|after| entry.key > after)
            && (self.from..self.until).contains(&entry.key.at)
            && self.requester.as_ref().is_none_or(|name| entry.requester == *name)
    }
}

impl AuditEntry {
    /// The entry at `key`: `requester` asked for `action` on `target`; long texts are cut.
    #[must_use]
    pub fn new(
        key: AuditKey,
        requester: RequesterName,
        action: impl Into<String>,
        target: impl Into<String>,
        result: AuditResult,
    ) -> Self {
        Self { key, requester, action: cut(action.into()), target: cut(target.into()), result }
    }
}

fn cut(mut text: String) -> String {
    let end = (0..=MAX_TEXT.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    text.truncate(end);
    text
}
