//! Result codes and states of jobs, device runs and images: numbers that stand in leaves and payloads \[gwmo 5.4, 5.6, 5.9, 6.1\].
//!
//! Result codes are an open number, states are closed enums: a gateway never meets a state it did not set itself, and a server
//! reads an unknown one as an error of the payload.

use core::fmt;

use omadm_proto::wire_codes;

wire_codes! {
    /// A result code of a job, a device run, an image or a trigger \[gwmo 5.9\]. Not a Status code.
    #[derive(Default)]
    ResultCode;
    0 NONE "no outcome yet",
    1200 SUCCESS "success",
    1201 SOME_FAILED "done, some devices failed",
    1202 SOME_SKIPPED "done, some devices skipped",
    1203 NOTHING_TO_DO "nothing to do, already in the wanted state",
    1400 FAILED "failed, see the statuses",
    1401 NO_TARGET "no target",
    1402 MALFORMED "template or parameter malformed",
    1403 NO_VALUE "placeholder without value",
    1404 IMAGE_NOT_READY "image not ready",
    1405 CANCELLED "cancelled",
    1406 STOPPED_BY_RULE "stopped by the canary or abort rule",
    1407 EXPIRED "expired",
    1408 NOT_PERMITTED "not permitted",
    1409 MODE_FORBIDS "the mode of the device does not allow it",
    1410 LIMIT_EXCEEDED "limit exceeded",
    1411 NO_MAPPING "no adapter mapping for the command",
    1412 DID_NOT_COME "device did not come",
    1413 NO_ASYNC_RESULT "asynchronous result did not come",
    1414 UNKNOWN_OUTCOME "outcome unknown",
    1415 ASLEEP "skipped, asleep",
    1416 DEVICE_LEFT "device left or is not known",
    1417 QUARANTINED "quarantined",
    1420 DOWNLOAD_FAILED "download failed",
    1421 SOURCE_REFUSED "the source refused the credentials",
    1422 BAD_URL "bad URL",
    1423 HASH_MISMATCH "hash mismatch",
    1424 SIGNATURE_INVALID "signature invalid",
    1425 STORE_FULL "store full",
    1426 IMAGE_DOES_NOT_FIT "image does not fit the device",
    1427 DELTA_BASE_DIFFERS "delta base differs",
    1430 NOT_DELIVERED "trigger not delivered",
    1500 INTERNAL_ERROR "internal error",
    1501 STATE_LOST "state lost in a restart",
}

macro_rules! states {
    ($(#[$doc:meta])* $type:ident { $($number:literal $name:ident $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[non_exhaustive]
        pub enum $type {
            $(
                #[doc = concat!(stringify!($number), " ", $text)]
                $name,
            )*
        }

        impl $type {
            /// All states.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The number in leaves and payloads.
            #[must_use]
            pub const fn number(self) -> u16 {
                match self {
                    $(Self::$name => $number,)*
                }
            }

            /// The state numbered `number`.
            #[must_use]
            pub const fn from_number(number: u16) -> Option<Self> {
                match number {
                    $($number => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// The state in words.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{} {}", self.number(), self.text())
            }
        }
    };
}

states! {
    /// A job \[gwmo 5.6\].
    JobState {
        0 Draft "draft",
        5 Scheduled "scheduled",
        10 Running "running",
        15 Paused "paused",
        20 Reporting "reporting",
        30 Done "done",
        40 Cancelled "cancelled",
        50 Aborted "aborted",
        60 Expired "expired",
    }
}

states! {
    /// One device inside a job \[gwmo 5.4\].
    DeviceState {
        0 Queued "queued",
        1 WaitWake "waiting for the device to wake",
        2 WaitWindow "waiting for a maintenance window",
        3 Notified "notified",
        4 InSession "in session",
        5 WaitAsync "waiting for the final alert",
        6 Backoff "waiting to retry",
        10 Ok "ok",
        11 Failed "failed",
        12 Skipped "skipped",
        13 Cancelled "cancelled",
    }
}

states! {
    /// A stored image \[gwmo 6.1\].
    ImageState {
        0 Empty "empty",
        10 Downloading "downloading",
        20 DownloadFailed "download failed",
        30 Stored "stored, not verified",
        40 VerifyFailed "verify failed",
        50 Ready "ready",
        60 Evicted "evicted",
    }
}

states! {
    /// A device of the inventory \[gwmo 3.2\].
    Presence {
        0 Detached "detached",
        1 Awake "awake",
        2 Asleep "asleep",
        3 Lost "lost",
        4 Quarantined "quarantined",
    }
}

impl JobState {
    /// Done, cancelled, aborted or expired.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        self.number() >= 30
    }
}

impl DeviceState {
    /// Ok, failed, skipped or cancelled.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        self.number() >= 10
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn states_and_codes_are_numbered_as_in_the_fact_sheet() {
        assert_eq!(JobState::from_number(20), Some(JobState::Reporting));
        assert_eq!(DeviceState::from_number(13), Some(DeviceState::Cancelled));
        assert_eq!(ImageState::from_number(50), Some(ImageState::Ready));
        assert_eq!(DeviceState::from_number(7), None);
        assert_eq!(ResultCode::HASH_MISMATCH.to_string(), "1423 hash mismatch");
        assert_eq!(ResultCode::from_u16(1499).to_string(), "1499");
    }
}
