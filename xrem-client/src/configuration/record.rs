//! What is stored of a job.

use alloc::boxed::Box;
use alloc::string::String;

use omadm_proto::ids::ServerId;
use omadm_tree::uri::NodeUri;

use super::ConfigurationResult;
use crate::outbox::AlertId;

/// The machine's record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ConfigurationRecord {
    /// The number of the newest job.
    pub(super) number: u64,
    /// The running or last finished job.
    pub(super) job: Option<Box<Job>>,
}

/// One accepted Exec, with the nodes as they stood then.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Job {
    pub(super) number: u64,
    pub(super) server: ServerId,
    pub(super) correlator: Option<String>,
    pub(super) object: NodeUri,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) sha256: String,
    pub(super) source: Source,
    pub(super) phase: Phase,
}

/// Where the bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) enum Source {
    /// The node Data.
    Data,
    /// A URL.
    Url(String),
}

/// How far a job has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) enum Phase {
    /// The server was told 202; there is no result yet.
    Accepted,
    /// Over.
    Finished {
        /// How.
        result: ConfigurationResult,
        /// The alert that tells it.
        alert: AlertId,
    },
}
