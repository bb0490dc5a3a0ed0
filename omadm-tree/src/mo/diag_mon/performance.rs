//! The samples that a performance function uploads \[mo 9.4\].

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

#[cfg(feature = "xml")]
use super::read::Document;
use super::write::{attribute, open, optional};
use super::{Decimal, DiagTime, NAMESPACE};
#[cfg(feature = "xml")]
use super::{DiagError, DiagLimits};

/// `<PM>`: samples of one function, in the order in which they were taken.
///
/// [`Self::seq`] counts the uploads of the function, from 1. The document in the leaf `Data` is no upload: it has the number
/// of the next one, and its samples come again with that. What tells duplicates is the key of the sheet: device, function,
/// metric and time; of two samples with one key the first counts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct PmReport<'a> {
    /// `f`: the name of the function's node.
    pub function: Cow<'a, str>,
    /// `seq`: which upload of the function.
    pub seq: u64,
    /// `lost`: samples that were dropped since the upload before, because there was no room for them.
    pub lost: u64,
    /// `<S>`.
    pub samples: Vec<PmSample<'a>>,
}

/// `<S>`: one value of one metric.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct PmSample<'a> {
    /// `t`: when it was measured, by the device's clock.
    pub time: DiagTime,
    /// `m`: the metric.
    pub metric: Cow<'a, str>,
    /// `v`.
    pub value: Decimal,
    /// `u`: the unit, if it was told.
    pub unit: Option<Cow<'a, str>>,
}

impl<'a> PmReport<'a> {
    /// The report number `seq` of `function`, without samples.
    #[must_use]
    pub fn new(function: impl Into<Cow<'a, str>>, seq: u64) -> Self {
        Self { function: function.into(), seq, lost: 0, samples: Vec::new() }
    }

    /// The report in `text`.
    ///
    /// # Errors
    /// [`DiagError`] says what it is instead.
    #[cfg(feature = "xml")]
    pub fn parse(text: &'a str, limits: &DiagLimits) -> Result<Self, DiagError> {
        let (mut document, mut root) = Document::open(text, "PM", limits)?;
        let mut report = Self::new(root.name("f")?, root.parse("seq")?);
        report.lost = root.parse("lost")?;
        while let Some(mut sample) = document.child("S")? {
            if report.samples.len() == limits.samples {
                return Err(DiagError::Limit("samples"));
            }
            let (time, metric, value) = (sample.parse("t")?, sample.name("m")?, sample.parse("v")?);
            let unit = sample.text("u", limits.text)?;
            report.samples.push(PmSample { time, metric, value, unit });
        }
        Ok(report)
    }

    /// The document.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut out = String::with_capacity(96 + 64 * self.samples.len());
        open(&mut out, "PM");
        attribute(&mut out, "xmlns", NAMESPACE);
        attribute(&mut out, "f", &self.function);
        attribute(&mut out, "seq", self.seq);
        attribute(&mut out, "lost", self.lost);
        if self.samples.is_empty() {
            out.push_str("/>");
            return out;
        }
        out.push('>');
        for sample in &self.samples {
            open(&mut out, "S");
            attribute(&mut out, "t", sample.time);
            attribute(&mut out, "m", &sample.metric);
            attribute(&mut out, "v", sample.value);
            optional(&mut out, "u", sample.unit.as_deref());
            out.push_str("/>");
        }
        out.push_str("</PM>");
        out
    }
}

impl<'a> PmSample<'a> {
    /// A sample without unit.
    #[must_use]
    pub fn new(time: DiagTime, metric: impl Into<Cow<'a, str>>, value: Decimal) -> Self {
        Self { time, metric: metric.into(), value, unit: None }
    }

    /// The same with a unit, if there is one.
    #[must_use]
    pub fn with_unit(mut self, unit: Option<impl Into<Cow<'a, str>>>) -> Self {
        self.unit = unit.map(Into::into);
        self
    }
}
