//! What was measured, and where it belongs \[mo 9.4\].

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use omadm_proto::ids::DevId;
use omadm_tree::mo::diag_mon::{Decimal, DiagTime, PmReport};

/// One measured value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "a sample is a moment and a value")]
pub struct Sample {
    /// When, by the device's own clock.
    pub time: DiagTime,
    /// What.
    pub value: Decimal,
}

/// Names a series: the samples of one metric of one node. The order is that of nodes, functions, metrics.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "the key of the sheet")]
pub struct SeriesKey {
    /// Who measured.
    pub node: DevId,
    /// By which performance function.
    pub function: String,
    /// Which metric.
    pub metric: String,
}

impl SeriesKey {
    /// `metric` of `function` on `node`.
    #[must_use]
    pub fn new(node: DevId, function: impl Into<String>, metric: impl Into<String>) -> Self {
        Self { node, function: function.into(), metric: metric.into() }
    }
}

/// A stretch of time, its end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "a beginning and an end")]
pub struct Span {
    /// The first moment.
    pub from: DiagTime,
    /// The first moment behind it.
    pub until: DiagTime,
}

impl Span {
    /// All time.
    pub const ALL: Self = Self { from: DiagTime::from_unix_millis(0), until: DiagTime::from_unix_millis(u64::MAX) };

    /// From `from` on, until right before `until`.
    #[must_use]
    pub const fn new(from: DiagTime, until: DiagTime) -> Self {
        Self { from, until }
    }

    /// Whether no moment is in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.until <= self.from
    }

    /// The part of it from `time` on.
    #[must_use]
    pub fn since(self, time: DiagTime) -> Self {
        Self { from: self.from.max(time), ..self }
    }
}

/// The moment `after` later than `time`.
#[must_use]
pub fn later(time: DiagTime, after: Duration) -> DiagTime {
    let millis = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
    DiagTime::from_unix_millis(time.as_unix_millis().saturating_add(millis))
}

/// The samples of one metric in a document: oldest first, each moment once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Measured {
    /// The metric.
    pub metric: String,
    /// The unit, if the device tells it.
    pub unit: Option<String>,
    /// The samples.
    pub samples: Vec<Sample>,
}

/// What one document of one function of one node tells.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Collected {
    /// Who measured.
    pub node: DevId,
    /// By which performance function.
    pub function: String,
    /// How the document came.
    pub origin: Origin,
    /// By metric.
    pub metrics: Vec<Measured>,
}

/// How a document came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// The device uploaded it.
    Upload {
        /// Its number.
        seq: u64,
        /// Samples that the device dropped since the upload before it.
        lost: u64,
    },
    /// A task read it. What it tells of dropped samples, the next upload will tell again.
    Read,
}

impl Collected {
    /// The `report` that `node` uploaded.
    #[must_use]
    pub fn uploaded(node: DevId, report: PmReport<'_>) -> Self {
        let origin = Origin::Upload { seq: report.seq, lost: report.lost };
        Self::new(node, report, origin)
    }

    /// The `report` that a task read on `node`.
    #[must_use]
    pub fn read(node: DevId, report: PmReport<'_>) -> Self {
        Self::new(node, report, Origin::Read)
    }

    fn new(node: DevId, report: PmReport<'_>, origin: Origin) -> Self {
        let mut metrics: BTreeMap<String, Measured> = BTreeMap::new();
        for sample in report.samples {
            let measured = match metrics.get_mut(&*sample.metric) {
                Some(measured) => measured,
                None => metrics.entry(sample.metric.into()).or_default(),
            };
            measured.unit = sample.unit.map(Cow::into_owned).or_else(|| measured.unit.take());
            measured.samples.push(Sample::new(sample.time, sample.value));
        }
        let in_order = |(metric, mut measured): (String, Measured)| {
            // Two values for one moment: the first counts, as it does when the second comes in a later document.
            measured.samples.sort_by_key(|sample| sample.time);
            measured.samples.dedup_by_key(|sample| sample.time);
            Measured { metric, ..measured }
        };
        let metrics = metrics.into_iter().map(in_order).collect();
        Self { node, function: report.function.into(), origin, metrics }
    }

    /// How many samples it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.metrics.iter().map(|measured| measured.samples.len()).sum()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.metrics.iter().all(|measured| measured.samples.is_empty())
    }
}
