//! The result code that ends an update operation \[mo 5.4\].

use omadm_proto::wire_codes;

use crate::output::ActionFailure;
use crate::package::Failure;

wire_codes! {
    /// Data of the alert that reports an operation.
    ResultCode;
    200 SUCCESS "success",
    400 CLIENT_ERROR "management client error",
    401 USER_CANCELLED "user cancelled",
    402 CORRUPTED "package corrupted or not stored correctly",
    403 MISMATCH "package does not match the device",
    404 NOT_AUTHENTIC "package signature not positively validated",
    405 NOT_ACCEPTABLE "package not acceptable",
    406 DOWNLOAD_AUTHENTICATION "alternate download: authentication failed",
    407 DOWNLOAD_TIMEOUT "alternate download: request timed out",
    408 NOT_IMPLEMENTED "not implemented",
    409 UNDEFINED "undefined error",
    410 UPDATE_FAILED "update failed in the device",
    411 BAD_URL "malformed or bad URL",
    412 DOWNLOAD_UNAVAILABLE "alternate download server unavailable",
    500 DOWNLOAD_SERVER "alternate download server error",
    501 DOWNLOAD_MEMORY "download failed, out of memory",
    502 UPDATE_MEMORY "update failed, out of memory",
    503 DOWNLOAD_NETWORK "download failed, network",
}

impl ResultCode {
    /// 200 to 299.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self.0, 200..=299)
    }

    /// Why a package was not delivered; `no_space` tells which memory was short.
    pub(super) fn of_delivery(failure: Failure, no_space: Self) -> Self {
        match failure {
            Failure::Fetch(failure) => Self::of_fetch(failure),
            Failure::Storage(failure) => Self::of_storage(failure, no_space),
            Failure::Descriptor(status) => status.fumo_result().map_or(Self::UNDEFINED, Self::from_u16),
            Failure::Corrupted => Self::CORRUPTED,
            Failure::TooLong => no_space,
            Failure::Driver => Self::UNDEFINED,
            Failure::Cancelled => Self::USER_CANCELLED,
        }
    }

    /// Why a Fetch failed.
    const fn of_fetch(failure: ActionFailure) -> Self {
        match failure {
            ActionFailure::Unsupported => Self::NOT_IMPLEMENTED,
            ActionFailure::Network => Self::DOWNLOAD_NETWORK,
            ActionFailure::Timeout => Self::DOWNLOAD_TIMEOUT,
            ActionFailure::Unauthorized => Self::DOWNLOAD_AUTHENTICATION,
            ActionFailure::BadUrl => Self::BAD_URL,
            ActionFailure::Unavailable => Self::DOWNLOAD_UNAVAILABLE,
            ActionFailure::Server => Self::DOWNLOAD_SERVER,
            ActionFailure::NoSpace => Self::DOWNLOAD_MEMORY,
            ActionFailure::Storage => Self::CORRUPTED,
        }
    }

    /// Why writing a slot failed; `no_space` tells which memory was short.
    pub(super) const fn of_storage(failure: ActionFailure, no_space: Self) -> Self {
        match failure {
            ActionFailure::Unsupported => Self::NOT_IMPLEMENTED,
            ActionFailure::NoSpace => no_space,
            ActionFailure::Storage => Self::CORRUPTED,
            ActionFailure::Network
            | ActionFailure::Timeout
            | ActionFailure::Unauthorized
            | ActionFailure::BadUrl
            | ActionFailure::Unavailable
            | ActionFailure::Server => Self::UNDEFINED,
        }
    }
}
