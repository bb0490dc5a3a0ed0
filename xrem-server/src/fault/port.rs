//! What a database offers about faults. Changes come to it as [`Record`](crate::store::Record)s of the step that made them.

use alloc::vec::Vec;

use omadm_proto::ids::DevId;
use omadm_proto::time::Instant;

use super::alarm::Alarm;
use super::filter::Filter;
use super::transition::{AlarmKey, Transition, TransitionKey};

/// The faults in a database.
///
/// # Errors
/// Every method fails with the store's own error when the database cannot be read.
#[allow(clippy::missing_errors_doc, reason = "said once, for all methods")]
pub trait FmStore {
    /// What can go wrong.
    type Error: core::error::Error + 'static;

    /// One alarm, whether it is raised or not.
    fn alarm(&self, key: &AlarmKey) -> Result<Option<Alarm>, Self::Error>;

    /// All alarms of one device, whether they are raised or not.
    fn alarms_of(&self, device: &DevId) -> Result<Vec<Alarm>, Self::Error>;

    /// At most `limit` raised alarms that `filter` wants, by device and trap, behind `after`.
    fn current(&self, filter: &Filter, after: Option<&AlarmKey>, limit: usize) -> Result<Vec<Alarm>, Self::Error>;

    /// The transitions that `query` asks for.
    fn history(&self, query: &HistoryQuery) -> Result<Vec<Transition>, Self::Error>;
}

/// A part of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HistoryQuery {
    /// Which faults.
    pub filter: Filter,
    /// From this moment of arrival on.
    pub from: Instant,
    /// Before this moment.
    pub before: Instant,
    /// In which order.
    pub order: Order,
    /// Behind this one, in the order of the query.
    pub after: Option<TransitionKey>,
    /// So many at most.
    pub limit: usize,
}

/// The order of a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(clippy::exhaustive_enums, reason = "forwards or backwards")]
pub enum Order {
    /// As they arrived.
    #[default]
    OldestFirst,
    /// The other way round.
    NewestFirst,
}

impl HistoryQuery {
    /// Everything that `filter` wants, oldest first.
    #[must_use]
    pub const fn new(filter: Filter) -> Self {
        let (from, before) = (Instant::ZERO, Instant::from_millis(u64::MAX));
        Self { filter, from, before, order: Order::OldestFirst, after: None, limit: usize::MAX }
    }

    /// The same newest first.
    #[must_use]
    pub const fn newest_first(mut self) -> Self {
        self.order = Order::NewestFirst;
        self
    }

    /// The same for what arrived from `from` on, and before `before`.
    #[must_use]
    pub const fn between(mut self, from: Instant, before: Instant) -> Self {
        (self.from, self.before) = (from, before);
        self
    }

    /// The next `limit` behind `after`.
    #[must_use]
    pub fn page(mut self, after: Option<TransitionKey>, limit: usize) -> Self {
        (self.after, self.limit) = (after, limit);
        self
    }

    /// Whether the query asks for `transition`, its limit apart.
    #[must_use]
    pub fn wants(&self, transition: &Transition) -> bool {
        let is_behind = self.after.as_ref().is_none_or(|after| match self.order {
            Order::OldestFirst => transition.key() > *after,
            Order::NewestFirst => transition.key() < *after,
        });
        is_behind
            && (self.from..self.before).contains(&transition.arrived)
            && self.filter.wants(transition, transition.severity)
    }
}
