//! What applications want to be told by themselves.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use omadm_proto::ids::DevId;
use omadm_tree::mo::diag_mon::{Decimal, DiagTime};

use super::{Sample, SeriesKey, Statistics};
use crate::requester::RequesterName;
use crate::task::Target;

/// Names a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct SubscriptionId(u64);

impl SubscriptionId {
    /// The subscription numbered `number`.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for SubscriptionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which series of a node are meant; the default is all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "a function and a metric")]
pub struct Selection {
    /// Those of this function; `None` for all functions.
    pub function: Option<String>,
    /// Those of this metric; `None` for all metrics.
    pub metric: Option<String>,
}

impl Selection {
    /// `metric` of `function`.
    #[must_use]
    pub fn of(function: impl Into<String>, metric: impl Into<String>) -> Self {
        Self { function: Some(function.into()), metric: Some(metric.into()) }
    }

    /// Whether `series` is meant.
    #[must_use]
    pub fn covers(&self, series: &SeriesKey) -> bool {
        self.function.as_ref().is_none_or(|function| *function == series.function)
            && self.metric.as_ref().is_none_or(|metric| *metric == series.metric)
    }
}

/// A wish to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Subscription {
    /// Its name.
    pub id: SubscriptionId,
    /// Who wants to be told, and hears of nodes that it may read; `None`: the server's own operator, who hears of all.
    pub requester: Option<RequesterName>,
    /// Of which nodes.
    pub target: Target,
    /// Of which of their series.
    pub selection: Selection,
    /// What.
    pub policy: Policy,
    /// From when on: samples before it are no news.
    pub from: DiagTime,
}

impl Subscription {
    /// The operator wants to be told of `target` as `policy` says, of samples from `from` on.
    #[must_use]
    pub fn new(id: SubscriptionId, target: Target, policy: Policy, from: DiagTime) -> Self {
        Self { id, requester: None, target, selection: Selection::default(), policy, from }
    }

    /// The same for `requester`.
    #[must_use]
    pub fn on_behalf_of(mut self, requester: Option<RequesterName>) -> Self {
        self.requester = requester;
        self
    }

    /// The same for some series only.
    #[must_use]
    pub fn of(mut self, selection: Selection) -> Self {
        self.selection = selection;
        self
    }

    /// Whether each new sample has to be looked at.
    #[must_use]
    pub const fn watches(&self) -> bool {
        !matches!(self.policy, Policy::Summary { .. })
    }
}

/// When there is news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Policy {
    /// A summary of every interval.
    Summary {
        /// How long an interval is; intervals begin at multiples of it since 1970.
        every: Duration,
        /// How long after its end it is made, so that what devices upload at the end is in it.
        delay: Duration,
    },
    /// A value crosses a limit.
    Threshold {
        /// The limit; a value is beyond it when it is greater.
        limit: Decimal,
        /// Which crossings are news.
        direction: Direction,
    },
    /// A value changes.
    Change {
        /// By at least so much since it was told last; 0: at all.
        by: Decimal,
    },
}

/// The shortest interval of summaries.
const SHORTEST: Duration = Duration::from_secs(1);

/// The longest interval of summaries, and the longest delay.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// Why a subscription is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubscribeError {
    /// The interval is too short or too long.
    #[error("the interval of summaries is at least one second and at most 366 days")]
    Interval,
    /// The delay is too long.
    #[error("the delay of summaries is at most 366 days")]
    Delay,
    /// No value changes by less than nothing.
    #[error("the least change that is news is not below 0")]
    Change,
}

impl Policy {
    /// Checks the numbers in it.
    ///
    /// # Errors
    /// [`SubscribeError`].
    pub fn check(&self) -> Result<(), SubscribeError> {
        match *self {
            Self::Summary { every, .. } if every < SHORTEST || every > LONGEST => Err(SubscribeError::Interval),
            Self::Summary { delay, .. } if delay > LONGEST => Err(SubscribeError::Delay),
            Self::Change { by } if by < Decimal::ZERO => Err(SubscribeError::Change),
            Self::Summary { .. } | Self::Threshold { .. } | Self::Change { .. } => Ok(()),
        }
    }
}

/// Which way a value crosses a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[allow(clippy::exhaustive_enums, reason = "there are two ways to cross")]
pub enum Direction {
    /// From below, or from the limit itself, beyond it.
    Rising,
    /// From beyond it back.
    Falling,
    /// Either.
    Both,
}

/// Where a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "databases store it")]
pub struct Position {
    /// News so far; the newest has this number.
    pub notices: u64,
    /// Where the interval begins that has no summary yet.
    pub next: Option<DiagTime>,
}

/// News for a subscriber.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Notice {
    /// Of which subscription.
    pub subscription: SubscriptionId,
    /// Its number there, from 1 without gaps.
    pub number: u64,
    /// What happened.
    pub news: News,
}

impl Notice {
    /// The `news` of `subscription` with this number.
    #[must_use]
    pub const fn new(subscription: SubscriptionId, number: u64, news: News) -> Self {
        Self { subscription, number, news }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum News {
    /// An interval is over.
    Summary {
        /// Its beginning.
        from: DiagTime,
        /// The beginning of the next one.
        until: DiagTime,
        /// By function and metric, over all nodes; empty when there was no sample.
        metrics: Vec<MetricSummary>,
    },
    /// A value crossed the limit.
    Crossed {
        /// Of which series.
        series: SeriesKey,
        /// The first value on the other side.
        sample: Sample,
        /// Rising or falling.
        direction: Direction,
    },
    /// A value changed.
    Changed {
        /// Of which series.
        series: SeriesKey,
        /// The new value.
        sample: Sample,
        /// The value that was told before; `None` for the first.
        before: Option<Decimal>,
    },
}

impl News {
    /// The node that it is about, if it is about one.
    #[must_use]
    pub const fn node(&self) -> Option<&DevId> {
        match self {
            Self::Summary { .. } => None,
            Self::Crossed { series, .. } | Self::Changed { series, .. } => Some(&series.node),
        }
    }
}

/// One metric in a summary of several nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "a plain record of figures")]
pub struct MetricSummary {
    /// The function.
    pub function: String,
    /// The metric.
    pub metric: String,
    /// The unit, if a device told one.
    pub unit: Option<String>,
    /// How many nodes have samples in it.
    pub nodes: u64,
    /// The figures.
    pub statistics: Statistics,
}
