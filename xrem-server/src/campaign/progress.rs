//! What became of the nodes of a campaign.

use alloc::string::{String, ToString as _};
use core::fmt;

use omadm_gwmo::code::{DeviceState, ResultCode};
use omadm_proto::status::StatusCode;

use crate::task::{DeviceResult, Outcome, OutcomeFault};

/// Where a node stands in its wave.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Standing {
    /// It is asked what it runs.
    Asked,
    /// It told, and is to install this.
    Chosen {
        /// Which delta of the release, from 0; `None`: the whole image.
        delta: Option<usize>,
    },
    /// It installs a delta.
    Delta,
    /// Its delta failed, and it is to install the whole image.
    DeltaFailed(Reason),
    /// It installs the whole image.
    Full,
    /// It reported success, and is to be asked for its version.
    Reported,
    /// It is asked for its version.
    Verify,
    /// It runs the version.
    Upgraded,
    /// It ran the version before.
    Already,
    /// It does not run the version.
    Failed(Reason),
    /// It gave no answer in time.
    Unreached,
    /// It had not begun when the campaign ended.
    Cancelled,
    /// It had not begun when the window closed, and is in a later wave.
    PutBack,
}

impl Standing {
    /// Whether it stays so.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Asked
            | Self::Chosen { .. }
            | Self::Delta
            | Self::DeltaFailed(_)
            | Self::Full
            | Self::Reported
            | Self::Verify => false,
            Self::Upgraded | Self::Already | Self::Failed(_) | Self::Unreached | Self::Cancelled | Self::PutBack => {
                true
            }
        }
    }

    /// Whether a task will tell how it goes on.
    pub(super) const fn awaits_task(&self) -> bool {
        matches!(self, Self::Asked | Self::Delta | Self::Full | Self::Verify)
    }
}

/// Why a node failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Reason {
    /// The result code of its firmware update \[mo 5.4\].
    Fumo(u16),
    /// It refused a command.
    Status(StatusCode),
    /// A command has no outcome.
    Fault(OutcomeFault),
    /// Its gateway could not do it.
    Gateway(ResultCode),
    /// It says it succeeded and runs something else.
    Version(String),
    /// It is not registered any more.
    Unknown,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fumo(code) => write!(f, "its firmware update ended with {code}"),
            Self::Status(status) => write!(f, "it answered {status}"),
            Self::Fault(fault) => write!(f, "{fault}"),
            Self::Gateway(code) => write!(f, "its gateway: {code}"),
            Self::Version(version) => write!(f, "it reported success and runs {version:?}"),
            Self::Unknown => f.write_str("it is not registered, and no gateway has reported it"),
        }
    }
}

/// How many nodes stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Counts {
    /// Under way.
    pub running: usize,
    /// Run the version now.
    pub upgraded: usize,
    /// Ran it before.
    pub already: usize,
    /// Failed.
    pub failed: usize,
    /// Gave no answer.
    pub unreached: usize,
    /// Had not begun when it ended.
    pub cancelled: usize,
    /// Needed the whole image because their delta failed; counted above as well.
    pub retried: usize,
}

impl Counts {
    /// Counts one node.
    pub(super) const fn add(&mut self, standing: &Standing) {
        match standing {
            Standing::Upgraded => self.upgraded += 1,
            Standing::Already => self.already += 1,
            Standing::Failed(_) => self.failed += 1,
            Standing::Unreached => self.unreached += 1,
            Standing::Cancelled => self.cancelled += 1,
            Standing::PutBack => {}
            Standing::Asked
            | Standing::Chosen { .. }
            | Standing::Delta
            | Standing::DeltaFailed(_)
            | Standing::Full
            | Standing::Reported
            | Standing::Verify => self.running += 1,
        }
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            running: self.running + other.running,
            upgraded: self.upgraded + other.upgraded,
            already: self.already + other.already,
            failed: self.failed + other.failed,
            unreached: self.unreached + other.unreached,
            cancelled: self.cancelled + other.cancelled,
            retried: self.retried + other.retried,
        }
    }

    /// Nodes that have begun.
    #[must_use]
    pub const fn begun(&self) -> usize {
        self.running + self.ended()
    }

    /// Nodes that have their result, those excepted that never began.
    #[must_use]
    pub const fn ended(&self) -> usize {
        self.upgraded + self.already + self.failed + self.unreached
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { running, upgraded, already, failed, unreached, cancelled, retried } = self;
        write!(f, "{upgraded} upgraded, {failed} failed")?;
        for (number, what) in [
            (running, "under way"),
            (already, "had it already"),
            (unreached, "not reached"),
            (cancelled, "cancelled"),
            (retried, "needed the whole image"),
        ] {
            if *number > 0 {
                write!(f, ", {number} {what}")?;
            }
        }
        Ok(())
    }
}

/// What a task made of a node; `None` while it is under way.
pub(super) enum Made<'r> {
    Good(&'r [Outcome]),
    Bad(Reason),
    Cancelled,
}

/// Reads the result of a task.
pub(super) fn made(result: &DeviceResult) -> Option<Made<'_>> {
    if !result.state.is_terminal() {
        None
    } else if result.state == DeviceState::Ok {
        Some(Made::Good(&result.outcomes))
    } else if result.state == DeviceState::Cancelled {
        Some(Made::Cancelled)
    } else {
        Some(Made::Bad(reason(result)))
    }
}

fn reason(result: &DeviceResult) -> Reason {
    let bad = result.outcomes.iter().find(|outcome| !outcome.is_good());
    let Some(bad) = bad else { return Reason::Gateway(result.code) };
    if let Some(code) = bad.alert.as_ref().and_then(|alert| alert.code()) {
        return Reason::Fumo(code);
    }
    match (bad.status, bad.fault) {
        (_, Some(fault)) => Reason::Fault(fault),
        (Some(status), None) => Reason::Status(status),
        (None, None) => Reason::Gateway(result.code),
    }
}

/// The value that a Get brought.
pub(super) fn value(outcomes: &[Outcome], at: usize) -> Option<String> {
    Some(outcomes.get(at)?.results.first()?.text()?.trim().to_string())
}
