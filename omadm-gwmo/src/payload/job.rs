//! `<Job>`: a fan-out job is complete \[gwmo 4.1\].

use alloc::string::String;

use super::write::Xml;
use crate::code::{JobState, ResultCode};

/// The payload of completionstatus.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Job {
    /// JobID.
    pub id: String,
    /// The state the job ended in.
    pub state: JobState,
    /// Its result code.
    pub code: ResultCode,
    /// Targets.
    pub total: u32,
    /// Devices that succeeded.
    pub ok: u32,
    /// Devices that failed.
    pub failed: u32,
    /// Devices never tried, and cancelled ones.
    pub skipped: u32,
    /// Reports that were sent: their sequence numbers run from 1 to this.
    pub reports: u32,
    /// When it started, `YYYYMMDDThhmmssZ`.
    pub start: Option<String>,
    /// When it ended.
    pub end: Option<String>,
}

impl Job {
    /// The job `id` that ended in `state` with `code`, counters zero.
    #[must_use]
    pub fn new(id: impl Into<String>, state: JobState, code: ResultCode) -> Self {
        Self { id: id.into(), state, code, total: 0, ok: 0, failed: 0, skipped: 0, reports: 0, start: None, end: None }
    }

    /// The payload as XML text.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut xml = Xml::root("Job");
        xml.attribute("id", &self.id);
        xml.attribute("state", self.state.number());
        xml.attribute("rc", self.code.as_u16());
        xml.attribute("t", self.total);
        xml.attribute("ok", self.ok);
        xml.attribute("ko", self.failed);
        xml.attribute("sk", self.skipped);
        xml.attribute("reports", self.reports);
        xml.optional("start", self.start.as_ref());
        xml.optional("end", self.end.as_ref());
        xml.empty();
        xml.finish()
    }

    /// Reads the payload.
    ///
    /// # Errors
    /// When `text` is no such payload or exceeds `limits`.
    #[cfg(feature = "xml")]
    pub fn parse(text: &str, limits: &super::PayloadLimits) -> Result<Self, super::PayloadError> {
        let root = super::read::document(text, "Job", limits)?;
        Ok(Self {
            id: root.required("id")?.into(),
            state: JobState::from_number(root.required_number("state")?).ok_or_else(|| root.bad_value("state"))?,
            code: ResultCode::from_u16(root.required_number("rc")?),
            total: root.required_number("t")?,
            ok: root.required_number("ok")?,
            failed: root.required_number("ko")?,
            skipped: root.required_number("sk")?,
            reports: root.required_number("reports")?,
            start: root.owned("start"),
            end: root.owned("end"),
        })
    }
}
