//! The port that a database of samples implements, and what is written to it.
//!
//! Writing is a [`Record`](crate::store::Record) like any other, committed with the step that it belongs to. Rules that every
//! database keeps:
//! - A sample is known by node, function, metric and time; the first value for a key stays, repetitions change nothing.
//! - A node has at most [`MAX_SERIES`] series; samples of further ones are refused and counted ([`Loss::refused`]).
//! - Samples outlive the registration of their node: retention ends them, since a node that is registered anew is the same.
//! - While a subscription watches values, a node with new samples is kept in a list ([`PmStore::touched`]) until they were
//!   judged.

use alloc::string::String;
use alloc::vec::Vec;

use omadm_proto::ids::DevId;
use omadm_tree::mo::diag_mon::{Decimal, DiagTime};

use super::{Notice, Origin, Position, Retention, Sample, SeriesKey, Span, Subscription, SubscriptionId, Watch};

/// Series of one node.
pub const MAX_SERIES: usize = 1024;

/// News of one subscription that are kept; when there are more, the oldest go.
pub const KEPT_NOTICES: u64 = 10_000;

/// A database of samples.
///
/// # Errors
/// Every method fails with the store's own error when the database cannot be read.
#[allow(clippy::missing_errors_doc, reason = "said once, for all methods")]
pub trait PmStore {
    /// What can go wrong.
    type Error: core::error::Error + 'static;

    /// The samples of `series` in `span`, oldest first, at most `limit`.
    fn samples(&self, series: &SeriesKey, span: Span, limit: usize) -> Result<Vec<Sample>, Self::Error>;

    /// The newest sample of `series` before `time`.
    fn newest(&self, series: &SeriesKey, time: DiagTime) -> Result<Option<Sample>, Self::Error>;

    /// The series of `node`, by function and metric.
    fn series(&self, node: &DevId) -> Result<Vec<Series>, Self::Error>;

    /// Nodes that have series, by DevId, behind `after`, at most `limit`.
    fn measuring(&self, after: Option<&DevId>, limit: usize) -> Result<Vec<DevId>, Self::Error>;

    /// How much of `series` there is.
    fn extent(&self, series: &SeriesKey) -> Result<Extent, Self::Error>;

    /// What is missing of the samples of `node`, by function.
    fn losses(&self, node: &DevId) -> Result<Vec<(String, Loss)>, Self::Error>;

    /// All subscriptions, oldest first, and where they stand.
    fn subscriptions(&self) -> Result<Vec<(Subscription, Position)>, Self::Error>;

    /// News of a subscription with numbers above `after`, oldest first, at most `limit`.
    fn notices(&self, id: SubscriptionId, after: u64, limit: usize) -> Result<Vec<Notice>, Self::Error>;

    /// What subscription `id` has seen of `series`.
    fn watched(&self, id: SubscriptionId, series: &SeriesKey) -> Result<Option<Watch>, Self::Error>;

    /// Nodes with samples that nobody judged yet, at most `limit`.
    fn touched(&self, limit: usize) -> Result<Vec<Touched>, Self::Error>;

    /// How long samples are kept.
    fn retention(&self) -> Result<Retention, Self::Error>;
}

/// A series as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Series {
    /// Its name.
    pub key: SeriesKey,
    /// The unit that was told last.
    pub unit: Option<String>,
}

impl Series {
    /// The series `key`, measured in `unit`.
    #[must_use]
    pub const fn new(key: SeriesKey, unit: Option<String>) -> Self {
        Self { key, unit }
    }
}

/// How much of a series there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(clippy::exhaustive_structs, reason = "databases fill it in")]
pub struct Extent {
    /// Samples.
    pub count: u64,
    /// The oldest.
    pub first: Option<DiagTime>,
    /// The newest.
    pub last: Option<Sample>,
}

/// What is missing of the samples of one function of one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "databases store it")]
pub struct Loss {
    /// Samples that the device dropped before it could upload them.
    pub lost: u64,
    /// The number of the upload that told so last.
    pub seq: u64,
    /// Samples that were refused here because the node has too many series.
    pub refused: u64,
}

impl Loss {
    /// Counts what an upload tells, of whose samples `added` were new. An upload that comes once more is not counted again: its
    /// number is known, or after a later one none of its samples is new. A device that was reset begins with 1 again, and its
    /// samples are new.
    pub fn count(&mut self, origin: Origin, added: u64) {
        let Origin::Upload { seq, lost } = origin else { return };
        let fresh = seq > self.seq || (seq < self.seq && added > 0);
        if lost > 0 && fresh {
            self.lost = self.lost.saturating_add(lost);
            self.seq = seq;
        }
    }
}

/// A node with samples that nobody judged yet.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "databases fill it in")]
pub struct Touched {
    /// The node.
    pub node: DevId,
    /// Grows with every document: tells whether more came while the earlier ones were judged.
    pub version: u64,
}

/// One write about performance that is not samples.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Change {
    /// A subscription; key: its id.
    Subscription(Subscription),
    /// A subscription is over; its news and what it has seen go with it.
    Unsubscribed(SubscriptionId),
    /// Where a subscription stands. Nothing when it is over.
    Advanced {
        /// Which.
        id: SubscriptionId,
        /// Where.
        position: Position,
    },
    /// What a subscription has seen of a series. Nothing when it is over.
    Watched {
        /// Which.
        id: SubscriptionId,
        /// Of which series.
        series: SeriesKey,
        /// What.
        watch: Watch,
    },
    /// News of a subscription; key: its id and the number. Nothing when it is over.
    Notice(Notice),
    /// The samples of a node were judged; it stays in the list when more have come.
    Judged(Touched),
    /// How long samples are kept.
    Retention(Retention),
    /// Samples go: those before a moment, and of the others the oldest until so many are left. A series without samples goes.
    Trim {
        /// Of which series.
        series: SeriesKey,
        /// Those before it go.
        before: DiagTime,
        /// So many are left.
        keep: u64,
    },
}

impl Sample {
    /// `value` at `time`.
    #[must_use]
    pub const fn new(time: DiagTime, value: Decimal) -> Self {
        Self { time, value }
    }
}
