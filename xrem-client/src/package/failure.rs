//! Why a package was not delivered, and what is told to the server of its descriptor \[mo 6\].

use omadm_proto::download::InstallStatus;

use crate::output::ActionFailure;

/// Why a package was not delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The bytes could not be fetched.
    Fetch(ActionFailure),
    /// The place does not take or keep them.
    Storage(ActionFailure),
    /// The descriptor is not to be followed, or the object is not the one that it describes.
    Descriptor(InstallStatus),
    /// The digest is another than the server says, or nothing came.
    Corrupted,
    /// It is longer than any package may be.
    TooLong,
    /// The driver answered what no driver should.
    Driver,
    /// The user stopped it.
    Cancelled,
}

impl Failure {
    /// The code of the install notification.
    pub(super) const fn install_status(self) -> InstallStatus {
        match self {
            Self::Descriptor(status) => status,
            Self::Fetch(ActionFailure::Network | ActionFailure::Timeout) => InstallStatus::LOSS_OF_SERVICE,
            Self::Fetch(_) => InstallStatus::LOADER_ERROR,
            Self::Storage(ActionFailure::NoSpace) | Self::TooLong => InstallStatus::INSUFFICIENT_MEMORY,
            Self::Storage(_) | Self::Driver => InstallStatus::DEVICE_ABORTED,
            Self::Corrupted => InstallStatus::ATTRIBUTE_MISMATCH,
            Self::Cancelled => InstallStatus::USER_CANCELLED,
        }
    }
}
