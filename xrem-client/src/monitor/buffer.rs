//! The samples of one function that wait to be uploaded, and how many uploads there were: a record that survives.
//!
//! Invariants: a sample leaves the record only when there is no room for it, which is counted, or when an alert that carries
//! it is durable. No two samples have the same metric and time.

use alloc::collections::VecDeque;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use omadm_proto::ids::ServerId;
use omadm_tree::mo::diag_mon::{Decimal, DiagTime, PmReport, PmSample};
use omadm_tree::uri::NodeUri;

use super::measurement::{MOST_METRICS, Measurement};
use crate::outbox::{AlertId, Outbox};

/// Series that nothing is held of any more before the table is made anew.
const IDLE_SERIES: usize = 64;

/// The record of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FunctionRecord {
    function: NodeUri,
    /// Uploads so far.
    seq: u64,
    /// Samples dropped since the last of them.
    lost: u64,
    /// When the latest reading was taken.
    latest: Option<DiagTime>,
    /// What the samples are samples of.
    series: Vec<Series>,
    samples: VecDeque<Sample>,
    upload: Option<Upload>,
}

/// A metric with its unit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Series {
    metric: String,
    unit: Option<String>,
}

#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Sample {
    time: DiagTime,
    series: u32,
    value: Decimal,
}

/// An upload whose alert may not be durable yet: it is the first `samples` samples.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Upload {
    alert: AlertId,
    samples: usize,
    lost: u64,
    /// Who asked for it, if anybody did.
    pub(super) asked: Option<Asked>,
}

/// Whether samples are being dropped since just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// The first since the upload before was dropped.
    Gone,
    /// None was, or others were before.
    AsBefore,
}

/// An Exec that is answered by an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Asked {
    pub(super) server: ServerId,
    pub(super) correlator: Option<String>,
}

impl FunctionRecord {
    pub(super) const fn new(function: NodeUri) -> Self {
        Self { function, seq: 0, lost: 0, latest: None, series: Vec::new(), samples: VecDeque::new(), upload: None }
    }

    pub(crate) const fn function(&self) -> &NodeUri {
        &self.function
    }

    pub(super) const fn latest(&self) -> Option<DiagTime> {
        self.latest
    }

    /// Whether an upload would tell anything.
    pub(super) fn has_news(&self) -> bool {
        !self.samples.is_empty() || self.lost > 0
    }

    /// Takes a reading, and drops what is more than `keep`.
    pub(super) fn take(&mut self, time: DiagTime, reading: &[Measurement], keep: usize) -> Room {
        self.latest = Some(time);
        let begin = self.samples.len();
        for measurement in reading.iter().filter(|measurement| measurement.is_usable()).take(MOST_METRICS) {
            let again = self.samples.range(begin..).any(|sample| self.is_of(sample, &measurement.metric));
            if !again {
                let series = self.series_of(measurement);
                self.samples.push_back(Sample { time, series, value: measurement.value });
            }
        }
        self.shrink(keep)
    }

    /// Drops the oldest samples until there are `keep`.
    pub(super) fn shrink(&mut self, keep: usize) -> Room {
        let dropped = self.samples.len().saturating_sub(keep);
        self.samples.drain(..dropped);
        let before = self.lost;
        self.lost = self.lost.saturating_add(u64::try_from(dropped).unwrap_or(u64::MAX));
        if self.series.len() > self.samples.len() + IDLE_SERIES {
            self.tidy();
        }
        if before == 0 && self.lost > 0 { Room::Gone } else { Room::AsBefore }
    }

    /// The report of what is held, as the next upload would be.
    pub(super) fn report(&self) -> PmReport<'_> {
        self.report_of(self.seq + 1, self.lost, self.samples.len())
    }

    /// The upload that was begun.
    pub(super) fn uploading(&self) -> Option<(&Upload, PmReport<'_>)> {
        let upload = self.upload.as_ref()?;
        Some((upload, self.report_of(self.seq, upload.lost, upload.samples)))
    }

    /// Begins the upload of everything that is held; `alert` will carry it. To be stored before that alert is.
    pub(super) fn begin_upload(&mut self, alert: AlertId, asked: Option<Asked>) {
        self.seq += 1;
        let lost = core::mem::take(&mut self.lost);
        self.upload = Some(Upload { alert, samples: self.samples.len(), lost, asked });
    }

    /// The alert is durable: what it carries is held no more.
    pub(super) fn end_upload(&mut self) {
        if let Some(upload) = self.upload.take() {
            self.samples.drain(..upload.samples.min(self.samples.len()));
            self.tidy();
        }
    }

    /// After a restart: an upload that `outbox` has is over. Tells whether one has to be begun again, which is with the same
    /// number and the next alert.
    pub(super) fn resume_upload(&mut self, outbox: &Outbox) -> bool {
        let Some(upload) = &mut self.upload else { return false };
        if outbox.has_seen(upload.alert) {
            self.end_upload();
            return false;
        }
        upload.alert = outbox.next_id();
        true
    }

    fn report_of(&self, seq: u64, lost: u64, samples: usize) -> PmReport<'_> {
        let mut report = PmReport::new(self.function.name().unwrap_or_default(), seq);
        report.lost = lost;
        report.samples = self.samples.iter().take(samples).filter_map(|sample| self.written(sample)).collect();
        report
    }

    fn written(&self, sample: &Sample) -> Option<PmSample<'_>> {
        let series = self.series.get(usize::try_from(sample.series).ok()?)?;
        Some(PmSample::new(sample.time, &*series.metric, sample.value).with_unit(series.unit.as_deref()))
    }

    fn is_of(&self, sample: &Sample, metric: &str) -> bool {
        let series = usize::try_from(sample.series).ok().and_then(|at| self.series.get(at));
        series.is_some_and(|series| series.metric == metric)
    }

    fn series_of(&mut self, measurement: &Measurement) -> u32 {
        let unit = measurement.usable_unit();
        let known = |series: &Series| series.metric == measurement.metric && series.unit.as_deref() == unit;
        let at = self.series.iter().position(known).unwrap_or_else(|| {
            self.series.push(Series { metric: measurement.metric.clone(), unit: unit.map(ToString::to_string) });
            self.series.len() - 1
        });
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    /// Forgets series that nothing is held of.
    fn tidy(&mut self) {
        let old = core::mem::take(&mut self.series);
        for sample in &mut self.samples {
            let Some(series) = usize::try_from(sample.series).ok().and_then(|at| old.get(at)) else { continue };
            let at = self.series.iter().position(|known| known == series).unwrap_or_else(|| {
                self.series.push(series.clone());
                self.series.len() - 1
            });
            sample.series = u32::try_from(at).unwrap_or(u32::MAX);
        }
    }
}

impl core::fmt::Debug for Sample {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Sample").field("time", &self.time).finish_non_exhaustive()
    }
}
