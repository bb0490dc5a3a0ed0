//! What `/pm` takes and gives.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use xrem_server::directory::NodeId;
use xrem_server::performance::{self, Extent, IntervalSummary, Statistics};

/// What a node measures.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PmNode)]
pub(crate) struct Measures {
    /// NodeId.
    pub(super) node: String,
    pub(super) series: Vec<Series>,
    /// What is missing.
    pub(super) losses: Vec<Loss>,
}

/// The samples of one metric, as far as they are kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PmSeries)]
pub(crate) struct Series {
    function: String,
    metric: String,
    unit: Option<String>,
    /// Samples.
    count: u64,
    /// The moment of the oldest.
    first: Option<String>,
    /// The newest.
    last: Option<Sample>,
}

impl Series {
    pub(super) fn new(series: performance::Series, extent: Extent) -> Self {
        Self {
            function: series.key.function,
            metric: series.key.metric,
            unit: series.unit,
            count: extent.count,
            first: extent.first.map(|first| first.to_string()),
            last: extent.last.as_ref().map(Sample::from),
        }
    }
}

/// What is missing of one function.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PmLoss)]
pub(crate) struct Loss {
    function: String,
    /// Samples that the device dropped before it could upload them.
    lost: u64,
    /// Samples that were refused because the node has too many series.
    refused: u64,
}

impl Loss {
    pub(super) const fn new(function: String, loss: performance::Loss) -> Self {
        Self { function, lost: loss.lost, refused: loss.refused }
    }
}

/// One measured value.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PmSample)]
pub(crate) struct Sample {
    /// When, by the device's own clock.
    t: String,
    /// What.
    v: f64,
}

impl From<&performance::Sample> for Sample {
    fn from(sample: &performance::Sample) -> Self {
        Self { t: sample.time.to_string(), v: sample.value.as_f64() }
    }
}

/// A page of samples.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PmSamples)]
pub(crate) struct Samples {
    pub(super) series: Vec<SeriesSamples>,
    /// What `after` is for the next page; null on the last one.
    pub(super) next: Option<String>,
}

/// Samples of one series.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PmSeriesSamples)]
pub(crate) struct SeriesSamples {
    /// NodeId.
    node: String,
    function: String,
    metric: String,
    unit: Option<String>,
    samples: Vec<Sample>,
}

impl SeriesSamples {
    pub(super) fn new(node: &NodeId, series: performance::Series, samples: &[performance::Sample]) -> Self {
        let (function, metric, unit) = (series.key.function, series.key.metric, series.unit);
        Self { node: node.to_string(), function, metric, unit, samples: samples.iter().map(Sample::from).collect() }
    }
}

/// Figures of intervals.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PmSummaries)]
pub(crate) struct Summaries {
    pub(super) series: Vec<SeriesSummary>,
}

/// Figures of one series.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PmSeriesSummary)]
pub(crate) struct SeriesSummary {
    /// NodeId.
    node: String,
    function: String,
    metric: String,
    unit: Option<String>,
    intervals: Vec<Interval>,
}

impl SeriesSummary {
    pub(super) fn new(node: &NodeId, series: performance::Series, intervals: &[IntervalSummary]) -> Self {
        let (function, metric, unit) = (series.key.function, series.key.metric, series.unit);
        let shown = |it: &IntervalSummary| Interval { from: it.from.to_string(), figures: it.statistics.into() };
        Self { node: node.to_string(), function, metric, unit, intervals: intervals.iter().map(shown).collect() }
    }
}

/// Figures of one interval.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PmInterval)]
pub(crate) struct Interval {
    /// Where it begins.
    from: String,
    #[serde(flatten)]
    figures: Figures,
}

/// The figures of some samples.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PmFigures)]
pub(crate) struct Figures {
    /// How many.
    count: u64,
    /// The least.
    min: f64,
    /// The greatest.
    max: f64,
    /// The mean.
    mean: f64,
}

impl From<Statistics> for Figures {
    fn from(it: Statistics) -> Self {
        Self { count: it.count, min: it.min.as_f64(), max: it.max.as_f64(), mean: it.mean.as_f64() }
    }
}

/// How long samples are kept; null is without end.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PmRetention)]
pub(crate) struct Retention {
    /// Older ones go, in seconds.
    age: Option<u64>,
    /// So many of one series stay.
    samples: Option<u64>,
}

impl From<performance::Retention> for Retention {
    fn from(it: performance::Retention) -> Self {
        Self { age: it.age.map(|age| age.as_secs()), samples: it.samples }
    }
}

impl From<Retention> for performance::Retention {
    fn from(it: Retention) -> Self {
        Self { age: it.age.map(Duration::from_secs), samples: it.samples }
    }
}
