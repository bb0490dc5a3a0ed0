//! Performance and fault reports of the profile `xrem-diag1`: the documents that devices send and servers read \[mo 9.4\].
//!
//! The objects themselves are [`DIAG_FUNCTION`](crate::mo::DIAG_FUNCTION) and [`DIAG_TRAP`](crate::mo::DIAG_TRAP). Their
//! generic alerts carry one of two documents as Data:
//!
//! | alert | Data | one entry is known again by |
//! |---|---|---|
//! | CollectedSimpleDataReport | [`PmReport`]: samples of one function | device, function, metric, time |
//! | TrapNotification, TrapInactiveNotification | [`FmReport`]: one transition of one trap | device, trap, number |
//!
//! Writing needs no feature; `parse` needs `xml`. The grammar is the one of the sheet: elements of [`NAMESPACE`], the
//! attributes that it names, all of them checked. Unspecified what others mean; chosen: elements and attributes that the
//! sheet does not name are skipped, so that later editions can add some; everything else is an error. What a peer controls is
//! limited by [`DiagLimits`].
//!
//! ```
//! # #[cfg(feature = "xml")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use omadm_tree::mo::diag_mon::{DiagLimits, PmReport};
//!
//! let report = r#"<PM xmlns="urn:x-xrem:diag:1" f="memory" seq="17" lost="0"><S t="20261122T101500Z" m="free" v="123456" u="kB"/></PM>"#;
//! let read = PmReport::parse(report, &DiagLimits::default())?;
//! assert_eq!((&*read.function, read.seq, read.lost), ("memory", 17, 0));
//! let sample = &read.samples[0];
//! assert_eq!((&*sample.metric, sample.value.as_f64(), sample.unit.as_deref()), ("free", 123456.0, Some("kB")));
//! assert_eq!(read.to_xml(), report);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "xml"))]
//! # fn main() {}
//! ```

mod decimal;
mod fault;
pub(super) mod object;
mod performance;
#[cfg(feature = "xml")]
mod read;
mod time;
mod write;

pub use decimal::{Decimal, DecimalError};
pub use fault::{FaultState, FmReport};
pub use performance::{PmReport, PmSample};
pub use time::{DiagTime, DiagTimeError};

/// The namespace of both documents \[mo 9.4\].
pub const NAMESPACE: &str = "urn:x-xrem:diag:1";

/// The most bytes that the name of a metric, a function or a trap has; unspecified, chosen so that it fits any table.
pub const NAME_BYTES: usize = 255;

/// Limits of a reader of reports; a peer that exceeds one gets its alert refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DiagLimits {
    /// Bytes of one report; 4 MiB.
    pub bytes: usize,
    /// Samples of one report; 65 536.
    pub samples: usize,
    /// Bytes of `cause`, `problem` and units; 1024.
    pub text: usize,
}

impl DiagLimits {
    /// The same with another limit on the samples of one report.
    #[must_use]
    pub const fn with_samples(mut self, samples: usize) -> Self {
        self.samples = samples;
        self
    }
}

impl Default for DiagLimits {
    fn default() -> Self {
        Self { bytes: 4 << 20, samples: 1 << 16, text: 1024 }
    }
}

/// Why a report cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DiagError {
    /// The text is no well-formed XML, or it holds text where elements are expected.
    #[error("the report is no well-formed XML")]
    Xml,
    /// The root element is another one, or of another namespace.
    #[error("the root element is not <{0}> of {NAMESPACE}")]
    WrongRoot(&'static str),
    /// An attribute that must be there is missing.
    #[error("attribute {attribute} is missing on <{element}>")]
    Missing {
        /// The element.
        element: &'static str,
        /// The attribute.
        attribute: &'static str,
    },
    /// An attribute has a value outside its range.
    #[error("attribute {attribute} of <{element}> has a value that is not allowed")]
    BadValue {
        /// The element.
        element: &'static str,
        /// The attribute.
        attribute: &'static str,
    },
    /// A limit of [`DiagLimits`] is exceeded.
    #[error("the report exceeds the limit of {0}")]
    Limit(&'static str),
}

#[cfg(test)]
mod tests;
