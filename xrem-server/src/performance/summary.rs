//! Figures over intervals, computed by reading on: never more than a page of samples is held.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use omadm_tree::mo::diag_mon::{Decimal, DiagTime};

use super::sample::later;
use super::{PmStore, Sample, SeriesKey, Span};

/// Samples that are read at a time.
const PAGE: usize = 4096;

/// The figures of some samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "a plain record of figures")]
pub struct Statistics {
    /// How many.
    pub count: u64,
    /// The least.
    pub min: Decimal,
    /// The greatest.
    pub max: Decimal,
    /// The mean.
    pub mean: Decimal,
}

/// Samples on their way to [`Statistics`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    count: u64,
    min: Option<Decimal>,
    max: Option<Decimal>,
    sum: f64,
    /// What rounding took from the sum.
    rest: f64,
}

impl Tally {
    /// Takes one value.
    pub fn add(&mut self, value: Decimal) {
        self.count += 1;
        self.min = Some(self.min.map_or(value, |min| min.min(value)));
        self.max = Some(self.max.map_or(value, |max| max.max(value)));
        // Compensated, so that the mean does not drift with the number of samples.
        let term = value.as_f64() - self.rest;
        let sum = self.sum + term;
        self.rest = (sum - self.sum) - term;
        self.sum = sum;
    }

    /// The figures; `None` when there was no value.
    #[must_use]
    pub fn statistics(&self) -> Option<Statistics> {
        #[expect(clippy::cast_precision_loss, reason = "a mean is as exact as its type")]
        let mean = Decimal::new(self.sum / self.count as f64).ok()?;
        Some(Statistics { count: self.count, min: self.min?, max: self.max?, mean })
    }
}

/// The figures of one interval of one series.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "a plain record of figures")]
pub struct IntervalSummary {
    /// Where the interval begins.
    pub from: DiagTime,
    /// The figures.
    pub statistics: Statistics,
}

/// The interval that `time` lies in: intervals begin at multiples of `every` since 1970.
#[must_use]
pub fn interval(time: DiagTime, every: Duration) -> Span {
    let every = every.max(Duration::from_millis(1));
    let length = u64::try_from(every.as_millis()).unwrap_or(u64::MAX);
    let from = DiagTime::from_unix_millis(time.as_unix_millis() / length * length);
    Span::new(from, later(from, every))
}

/// The figures of `series` for every interval of `span` that has samples, oldest first, at most `limit`. The first and the
/// last interval count as far as they are in `span`.
///
/// # Errors
/// The store cannot be read.
pub fn summarize<S: PmStore>(
    store: &S,
    series: &SeriesKey,
    span: Span,
    every: Duration,
    limit: usize,
) -> Result<Vec<IntervalSummary>, S::Error> {
    let mut summaries: Vec<IntervalSummary> = Vec::new();
    let mut open: Option<(Span, Tally)> = None;
    let mut close = |open: Option<(Span, Tally)>| {
        let closed = open.and_then(|(span, tally)| Some((span.from, tally.statistics()?)));
        summaries.extend(closed.map(|(from, statistics)| IntervalSummary { from, statistics }));
        summaries.len() < limit
    };
    let finished = each(store, series, span, |sample| {
        if let Some((span, tally)) = &mut open
            && sample.time < span.until
        {
            tally.add(sample.value);
            return true;
        }
        let mut tally = Tally::default();
        tally.add(sample.value);
        close(open.replace((interval(sample.time, every), tally)))
    })?;
    if finished {
        close(open);
    }
    Ok(summaries)
}

/// Adds the samples of `series` in `span` to `tally`; tells whether there was one.
pub(super) fn add<S: PmStore>(store: &S, series: &SeriesKey, span: Span, tally: &mut Tally) -> Result<bool, S::Error> {
    let before = tally.count;
    each(store, series, span, |sample| {
        tally.add(sample.value);
        true
    })?;
    Ok(tally.count > before)
}

/// Reads `series` in `span` page by page until `take` has enough; tells whether it never had.
pub(super) fn each<S: PmStore>(
    store: &S,
    series: &SeriesKey,
    span: Span,
    mut take: impl FnMut(Sample) -> bool,
) -> Result<bool, S::Error> {
    let mut rest = span;
    while !rest.is_empty() {
        let page = store.samples(series, rest, PAGE)?;
        for sample in &page {
            if !take(*sample) {
                return Ok(false);
            }
        }
        match page.last() {
            Some(last) if page.len() == PAGE => rest = rest.since(later(last.time, Duration::from_millis(1))),
            _ => break,
        }
    }
    Ok(true)
}

/// A metric whose samples come from several nodes.
#[derive(Debug, Default)]
pub(super) struct Merged {
    pub(super) unit: Option<String>,
    pub(super) nodes: u64,
    pub(super) tally: Tally,
}
