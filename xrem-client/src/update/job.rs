//! What an update is about, as it is stored \[mo 5.3, 5.7\].

use alloc::boxed::Box;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use omadm_proto::alert::types;
use omadm_proto::ids::ServerId;
use omadm_tree::mo::FumoView;

use super::ResultCode;
use super::recovery::{Images, Rescue};
use crate::outbox::AlertId;
use crate::output::Slot;
use crate::package::Package;

/// The update machine's record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct UpdateRecord {
    /// The running or last finished job.
    pub(super) job: Option<Box<Job>>,
    /// A package that was downloaded and waits for Exec Update.
    pub(super) ready: Option<Box<Image>>,
    /// What is known of the images in the slots.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(super) images: Images,
    /// The running image is bad, and this is done about it.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(super) rescue: Option<Rescue>,
}

/// The three operations of a FUMO object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_enums, reason = "the three operations of the standard")]
pub enum Operation {
    /// Fetch the package.
    Download,
    /// Install the package that is there.
    Update,
    /// Fetch the package and install it.
    DownloadAndUpdate,
}

impl Operation {
    pub(super) fn parse(name: &str) -> Option<Self> {
        [Self::Download, Self::Update, Self::DownloadAndUpdate].into_iter().find(|operation| operation.name() == name)
    }

    /// The name of its node.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Download => "Download",
            Self::Update => "Update",
            Self::DownloadAndUpdate => "DownloadAndUpdate",
        }
    }

    /// The type of the alert that reports it.
    pub(super) const fn alert_type(self) -> &'static str {
        match self {
            Self::Download => types::FUMO_DOWNLOAD,
            Self::Update => types::FUMO_UPDATE,
            Self::DownloadAndUpdate => types::FUMO_DOWNLOAD_AND_UPDATE,
        }
    }
}

/// One accepted Exec and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Job {
    pub(super) server: ServerId,
    pub(super) operation: Operation,
    pub(super) correlator: Option<String>,
    pub(super) image: Image,
    pub(super) phase: Phase,
    /// Boots of the new image in which it was not what it should be.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(super) boots: u8,
}

/// How far a job has come. What is not named here is done again after a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) enum Phase {
    /// The server was told 202; nothing has begun.
    Accepted,
    /// The package is delivered, or read back once more.
    Transfer,
    /// The delta is applied.
    Apply,
    /// Verified; the slot is to be selected.
    Select,
    /// Selected; the device restarts.
    Reboot,
    /// Over.
    Finished {
        /// How.
        result: ResultCode,
        /// The alert that tells it.
        alert: AlertId,
    },
}

/// The package of a job and the slot it goes into.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Image {
    pub(super) package: Package,
    pub(super) slot: Slot,
    /// The digest of the complete image, once it lies in the slot.
    pub(super) complete: Option<String>,
    /// What the server says about it.
    pub(super) claims: Claims,
}

/// The nodes that describe a package, as they stood when the job was accepted; later writes are about the next one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Claims {
    pub(super) version: String,
    pub(super) sha256: String,
    pub(super) target_sha256: String,
    pub(super) delta_from: String,
    #[cfg_attr(feature = "serde", serde(default))]
    pub(super) delta_format: String,
    #[cfg_attr(feature = "serde", serde(default))]
    pub(super) signature: Vec<u8>,
}

impl Claims {
    pub(super) fn read(view: FumoView<'_>) -> Self {
        let owned = |text: Option<&str>| text.unwrap_or_default().trim().to_string();
        Self {
            // The signature is over the text as it stands.
            version: view.pkg_version().unwrap_or_default().to_string(),
            sha256: owned(view.sha256()),
            target_sha256: owned(view.target_sha256()),
            delta_from: owned(view.delta_from()),
            delta_format: owned(view.delta_format()),
            signature: view.signature().unwrap_or_default().to_vec(),
        }
    }

    /// Whether the package is a delta.
    pub(super) const fn is_delta(&self) -> bool {
        !self.delta_from.is_empty()
    }

    /// Whether a complete image of this digest is another than the one that the server speaks of; an absent claim is no claim.
    pub(super) fn refuted_by(&self, sha256: Option<&str>) -> bool {
        let is_claimed = !self.target_sha256.is_empty();
        is_claimed && sha256.is_none_or(|sha256| !self.target_sha256.eq_ignore_ascii_case(sha256))
    }
}
