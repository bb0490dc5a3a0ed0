//! What a job asks for, as it was read from its nodes when it started \[gwmo 3.4, 5.1\].

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::{DevId, ServerId};
use omadm_proto::status::StatusCode;

use crate::code::ResultCode;
use crate::target::Selection;

/// A job as a server described it.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct JobSpec {
    /// The name of its node.
    pub node: String,
    /// JobID, repeated in every report.
    pub id: String,
    /// Priority: 0 first, 9 last.
    pub priority: u8,
    /// The server that started it; alerts about it go there.
    pub creator: ServerId,
    /// The Correlator of the Exec that started it.
    pub correlator: Option<String>,
    /// Target.
    pub targets: Selection,
    /// Target/Args: values by device and key.
    pub args: BTreeMap<DevId, BTreeMap<String, String>>,
    /// Command/Body or Command/Bin.
    pub template: Vec<u8>,
    /// Which of the two.
    pub syntax: Syntax,
    /// Command/Images: `ImageIDs`.
    pub images: Vec<String>,
    /// Policy.
    pub policy: Policy,
    /// Report.
    pub report: ReportPolicy,
}

impl core::fmt::Debug for JobSpec {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("JobSpec")
            .field("node", &self.node)
            .field("id", &self.id)
            .field("creator", &self.creator)
            .field("template_len", &self.template.len())
            .finish_non_exhaustive()
    }
}

impl JobSpec {
    /// The job `node` of `creator`: these targets, this template, default policies.
    #[must_use]
    pub fn new(
        node: impl Into<String>,
        creator: ServerId,
        targets: Selection,
        syntax: Syntax,
        template: impl Into<Vec<u8>>,
    ) -> Self {
        let node = node.into();
        Self {
            id: node.clone(),
            node,
            priority: 5,
            creator,
            correlator: None,
            targets,
            args: BTreeMap::new(),
            template: template.into(),
            syntax,
            images: Vec::new(),
            policy: Policy::default(),
            report: ReportPolicy::default(),
        }
    }
}

/// Policy: how a job is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Policy {
    /// Parallel: devices in work at once.
    pub parallel: u32,
    /// `RetryMax`: attempts after the first.
    pub retry_max: u32,
    /// `RetryBase`: the first back-off.
    pub retry_base: Duration,
    /// `RetryCap`: the largest back-off.
    pub retry_cap: Duration,
    /// `RetryUnknown`: repeat a command whose outcome was lost.
    pub retry_unknown: bool,
    /// `DevTimeout`: the limit for one device session.
    pub dev_timeout: Duration,
    /// `AsyncTimeout`: the limit for the final alert of a command that answered 202.
    pub async_timeout: Duration,
    /// `KeepSec`: results are dropped this long after the end.
    pub keep: Duration,
}

impl Default for Policy {
    /// The defaults of the node table \[gwmo 3.4\].
    fn default() -> Self {
        Self {
            parallel: 8,
            retry_max: 3,
            retry_base: Duration::from_secs(30),
            retry_cap: Duration::from_secs(3600),
            retry_unknown: false,
            dev_timeout: Duration::from_secs(600),
            async_timeout: Duration::from_secs(86_400),
            keep: Duration::from_secs(604_800),
        }
    }
}

/// Report/Mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_enums, reason = "the five modes of the sheet")]
pub enum ReportMode {
    /// 0: nothing is sent.
    Nothing,
    /// 1: completionstatus only.
    Completion,
    /// 2: grouped outcomes.
    #[default]
    Grouped,
    /// 3: groups of devices that did not succeed.
    Failures,
    /// 4: one group a device.
    EveryDevice,
}

impl ReportMode {
    /// The mode numbered `number`.
    #[must_use]
    pub const fn from_number(number: u32) -> Option<Self> {
        match number {
            0 => Some(Self::Nothing),
            1 => Some(Self::Completion),
            2 => Some(Self::Grouped),
            3 => Some(Self::Failures),
            4 => Some(Self::EveryDevice),
            _ => None,
        }
    }

    /// Whether outcomes are reported at all.
    #[must_use]
    pub const fn has_reports(self) -> bool {
        matches!(self, Self::Grouped | Self::Failures | Self::EveryDevice)
    }
}

/// Report: how results go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct ReportPolicy {
    /// Mode.
    pub mode: ReportMode,
    /// Values: carry what Get commands returned.
    pub values: bool,
    /// `BatchDevices`: report after this many new outcomes; 0 only at the end.
    pub batch_devices: u32,
    /// `BatchSec`: report when the oldest unreported outcome is this old; zero only at the end.
    pub batch_after: Duration,
    /// `MaxBytes`: reports are split to fit; 0 stands for the gateway's own limit.
    pub max_bytes: u32,
}

impl Default for ReportPolicy {
    fn default() -> Self {
        Self { mode: ReportMode::Grouped, values: true, batch_devices: 0, batch_after: Duration::ZERO, max_bytes: 0 }
    }
}

/// Why a job does not start: the Status of the Exec, and the result code that its node shows \[gwmo 5.1\].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("job {node} does not start ({code}): {reason}")]
#[non_exhaustive]
pub struct StartRefused {
    /// The name of the job's node.
    pub node: String,
    /// Answers the Exec.
    pub status: StatusCode,
    /// The job's ResultCode.
    pub code: ResultCode,
    /// What is wrong, in words.
    pub reason: Reason,
}

/// What is wrong with a job that does not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// There is no such job.
    #[error("there is no such job")]
    NoJob,
    /// It was started before.
    #[error("it was started before")]
    Started,
    /// Both of Body and Bin, or none.
    #[error("exactly one of Command/Body and Command/Bin must hold the template")]
    BodyOrBin,
    /// The template is refused.
    #[error(transparent)]
    Template(#[from] crate::template::TemplateError),
    /// A placeholder has no value for a device.
    #[error("placeholder {placeholder} has no value for {device}")]
    NoValue {
        /// The placeholder.
        placeholder: String,
        /// The device.
        device: DevId,
    },
    /// The template addresses something forbidden for a device.
    #[error("the template addresses {uri} on {device}, which is malformed or forbidden")]
    Uri {
        /// The URI with its placeholders filled in.
        uri: String,
        /// The device.
        device: DevId,
    },
    /// An image is not there or not ready.
    #[error("image {0} is not ready")]
    Image(String),
    /// No device is addressed.
    #[error("no device is addressed")]
    NoTarget,
    /// More devices than a job may address.
    #[error("{targets} devices are addressed, at most {limit} are allowed")]
    TooManyTargets {
        /// Devices addressed.
        targets: usize,
        /// `MaxTargets`.
        limit: usize,
    },
    /// More jobs than may exist.
    #[error("{limit} jobs are active already, which is the limit")]
    TooManyJobs {
        /// `MaxJobs`.
        limit: usize,
    },
    /// The server may execute on no target.
    #[error("the server has no Exec right on any of the targets")]
    NotPermitted,
    /// A leaf holds a value outside its range.
    #[error("{0} holds a value outside its range")]
    Value(String),
    /// A leaf asks for something this gateway does not do.
    #[error("{0} is set, which this gateway does not support")]
    Unsupported(String),
}

impl Reason {
    /// The Status and the result code that the sheet gives for it \[gwmo 5.1\].
    #[must_use]
    pub const fn codes(&self) -> (StatusCode, ResultCode) {
        match self {
            Self::NoJob => (StatusCode::NOT_FOUND, ResultCode::NONE),
            Self::Started => (StatusCode::COMMAND_NOT_ALLOWED, ResultCode::NONE),
            Self::BodyOrBin | Self::Template(_) | Self::Uri { .. } | Self::Value(_) | Self::Unsupported(_) => {
                (StatusCode::BAD_REQUEST, ResultCode::MALFORMED)
            }
            Self::NoValue { .. } => (StatusCode::BAD_REQUEST, ResultCode::NO_VALUE),
            Self::Image(_) => (StatusCode::COMMAND_FAILED, ResultCode::IMAGE_NOT_READY),
            Self::NoTarget => (StatusCode::NOT_FOUND, ResultCode::NO_TARGET),
            Self::TooManyTargets { .. } | Self::TooManyJobs { .. } => {
                (StatusCode::DEVICE_FULL, ResultCode::LIMIT_EXCEEDED)
            }
            Self::NotPermitted => (StatusCode::PERMISSION_DENIED, ResultCode::NOT_PERMITTED),
        }
    }

    /// The refusal of the job `node`.
    #[must_use]
    pub fn refuse(self, node: &str) -> StartRefused {
        let (status, code) = self.codes();
        StartRefused { node: node.into(), status, code, reason: self }
    }
}
