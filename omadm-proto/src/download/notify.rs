//! The install notification: a code and its phrase, posted as text \[mo 6\].

use alloc::borrow::Cow;
use alloc::string::String;

use crate::wire_codes;

wire_codes! {
    /// How a download ended. Codes of other versions and of vendors survive.
    InstallStatus;
    900 SUCCESS "Success",
    901 INSUFFICIENT_MEMORY "Insufficient memory",
    902 USER_CANCELLED "User Cancelled",
    903 LOSS_OF_SERVICE "Loss of Service",
    905 ATTRIBUTE_MISMATCH "Attribute mismatch",
    906 INVALID_DESCRIPTOR "Invalid descriptor",
    951 INVALID_DD_VERSION "Invalid DDVersion",
    952 DEVICE_ABORTED "Device Aborted",
    953 NON_ACCEPTABLE_CONTENT "Non-Acceptable Content",
    954 LOADER_ERROR "Loader Error",
}

impl InstallStatus {
    /// The result code of a FUMO alert for a download that ended so; `None` for an unknown code.
    ///
    /// Unspecified; chosen as \[mo 6\] suggests: the meanings are the nearest ones, and of two the first is taken.
    #[must_use]
    pub const fn fumo_result(self) -> Option<u16> {
        match self {
            Self::SUCCESS => Some(200),
            Self::INSUFFICIENT_MEMORY => Some(501),
            Self::USER_CANCELLED => Some(401),
            Self::LOSS_OF_SERVICE => Some(503),
            Self::ATTRIBUTE_MISMATCH => Some(402),
            Self::INVALID_DESCRIPTOR => Some(411),
            Self::INVALID_DD_VERSION | Self::NON_ACCEPTABLE_CONTENT => Some(405),
            Self::DEVICE_ABORTED => Some(400),
            Self::LOADER_ERROR => Some(500),
            _ => None,
        }
    }

    /// The same for SCOMO.
    #[must_use]
    pub const fn scomo_result(self) -> Option<u16> {
        match self {
            Self::SUCCESS => Some(1200),
            Self::INSUFFICIENT_MEMORY => Some(1404),
            Self::USER_CANCELLED => Some(1401),
            Self::LOSS_OF_SERVICE | Self::ATTRIBUTE_MISMATCH | Self::INVALID_DESCRIPTOR | Self::INVALID_DD_VERSION => {
                Some(1402)
            }
            Self::NON_ACCEPTABLE_CONTENT => Some(1413),
            Self::DEVICE_ABORTED => Some(1400),
            Self::LOADER_ERROR => Some(1500),
            _ => None,
        }
    }
}

/// The body of an install notification.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InstallNotify<'a> {
    /// The code.
    pub status: InstallStatus,
    /// The phrase behind it; for people, the code counts.
    pub phrase: Cow<'a, str>,
}

impl<'a> InstallNotify<'a> {
    /// The longest body that is read, in bytes.
    pub const MAX_LEN: usize = 1024;

    /// The notification of `status` with the phrase that belongs to it.
    #[must_use]
    pub fn new(status: InstallStatus) -> Self {
        Self { status, phrase: Cow::Borrowed(status.text().unwrap_or_default()) }
    }

    /// Reads a body: three digits, then the phrase if there is one; white space around and behind is dropped. `None` when
    /// it does not begin with a code, is no UTF-8, or is longer than [`Self::MAX_LEN`].
    #[must_use]
    pub fn parse(body: &'a [u8]) -> Option<Self> {
        let text = core::str::from_utf8(body).ok().filter(|text| text.len() <= Self::MAX_LEN)?;
        let line = text.trim_ascii().lines().next()?;
        let (code, phrase) = line.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((line, ""));
        if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let status = InstallStatus::from_u16(code.parse().ok()?);
        Some(Self { status, phrase: Cow::Borrowed(phrase.trim_ascii()) })
    }

    /// The body to post, `900 Success`.
    #[must_use]
    pub fn to_body(&self) -> String {
        if self.phrase.is_empty() {
            return alloc::format!("{:03}", self.status.as_u16());
        }
        alloc::format!("{:03} {}", self.status.as_u16(), self.phrase)
    }
}
