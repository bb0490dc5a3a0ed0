//! The XML payloads of the GwMO alerts, both ways \[gwmo 4\].
//!
//! | alert | payload |
//! |---|---|
//! | deviceattached, devicedetached | [`Devices`] |
//! | imageready, imagefailed | [`Image`] |
//! | resultaggregation | [`Report`] |
//! | completionstatus | [`Job`] |
//!
//! A gateway writes them (`to_xml`), a server reads them (`parse`, feature `xml`). All elements live in the namespace
//! [`NAMESPACE`]; unknown elements and attributes are skipped; what a peer controls is limited by [`PayloadLimits`].

mod devices;
mod image;
mod job;
#[cfg(feature = "xml")]
mod read;
mod record_set;
mod report;
mod write;

pub use devices::{Dev, Devices};
pub use image::Image;
pub use job::Job;
pub use record_set::{Members, RecordName, RecordSet, RecordSetError};
pub use report::{CommandOutcome, Group, Report, Value, Values};

/// The namespace of all payloads \[gwmo 4.1\].
pub const NAMESPACE: &str = "urn:x-xrem:gwmo:1";

/// Limits of a reader of payloads; a peer that exceeds one gets its alert refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PayloadLimits {
    /// Bytes of one payload; 4 MiB.
    pub bytes: usize,
    /// Element nesting; 32 \[gwmo 10.1\].
    pub depth: usize,
    /// Elements of one payload; 65 536.
    pub elements: usize,
    /// Records that one payload names, runs counted in full; 262 144.
    pub records: usize,
}

impl Default for PayloadLimits {
    fn default() -> Self {
        Self { bytes: 4 << 20, depth: 32, elements: 1 << 16, records: 1 << 18 }
    }
}

/// Why a payload cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// The text is no well-formed XML.
    #[error("the payload is no well-formed XML")]
    Xml,
    /// The payload declares a document type; entities of a peer are never expanded.
    #[error("the payload declares a document type, which is not allowed")]
    DocType,
    /// The root element is another one, or of another namespace.
    #[error("the root element is not <{expected}> of {NAMESPACE}")]
    WrongRoot {
        /// The element that was expected.
        expected: &'static str,
    },
    /// An attribute that the payload must have is missing.
    #[error("attribute {attribute} is missing on <{element}>")]
    Missing {
        /// The element.
        element: &'static str,
        /// The attribute.
        attribute: &'static str,
    },
    /// An attribute or a text has a value outside its range.
    #[error("{attribute} of <{element}> has a value that is not allowed")]
    BadValue {
        /// The element.
        element: &'static str,
        /// The attribute, or `text`.
        attribute: &'static str,
    },
    /// A device set is malformed.
    #[error(transparent)]
    Records(#[from] RecordSetError),
    /// A limit of [`PayloadLimits`] is exceeded.
    #[error("the payload exceeds the limit of {0}")]
    Limit(&'static str),
}

#[cfg(test)]
mod tests;
