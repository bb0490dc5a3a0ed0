//! One line of the history, and what subscribers are told.

use alloc::string::String;
use core::fmt;

use omadm_proto::ids::DevId;
use omadm_proto::time::Instant;
use omadm_tree::mo::diag_mon::{Decimal, DiagTime};

use crate::directory::NodeId;
use crate::session::Importance;

/// Names an alarm.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct AlarmKey {
    /// The device that has it.
    pub device: DevId,
    /// Its trap; for an alert of another profile where it came from, for a fault of the server its name.
    pub trap: String,
}

impl AlarmKey {
    /// `trap` of `device`.
    #[must_use]
    pub fn new(device: DevId, trap: impl Into<String>) -> Self {
        Self { device, trap: trap.into() }
    }
}

/// What a transition leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[allow(clippy::exhaustive_enums, reason = "there, over, or not watched any more")]
pub enum AlarmState {
    /// The fault is there.
    Raised,
    /// It is over.
    Cleared,
    /// Nobody watches it any more: the trap was disarmed.
    Disarmed,
}

impl AlarmState {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Cleared => "cleared",
            Self::Disarmed => "disarmed",
        }
    }
}

/// What kind of thing tells of the fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Origin {
    /// A trap of the profile `xrem-diag1`, which counts its transitions.
    Trap,
    /// A generic alert of another kind.
    Alert,
    /// The server itself.
    Server,
}

/// Why a report came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[allow(clippy::exhaustive_enums, reason = "asked for or not")]
pub enum Source {
    /// The device or gateway told by itself.
    Autonomous,
    /// It answers a poll.
    Requested,
}

/// One transition of one alarm. Its texts and its value are not in its Debug output.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Transition {
    /// The alarm.
    pub alarm: AlarmKey,
    /// How often the device has begun to count anew.
    pub generation: u32,
    /// Its number, by the count of the device.
    pub seq: u64,
    /// What it led to.
    pub state: AlarmState,
    /// How much it matters: the Mark of the alert.
    pub severity: Importance,
    /// When, by the clock of the device.
    pub at: Option<DiagTime>,
    /// When the server heard of it.
    pub arrived: Instant,
    /// What kind of thing told it.
    pub origin: Origin,
    /// The type of the alert, if it is not a trap's.
    pub type_name: Option<String>,
    /// The probable cause.
    pub cause: Option<String>,
    /// The specific problem.
    pub problem: Option<String>,
    /// The value that made the transition.
    pub value: Option<Decimal>,
    /// Why the first report of it came.
    pub source: Source,
}

/// Names a transition, in the order in which they came.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct TransitionKey {
    /// When the server heard of it.
    pub arrived: Instant,
    /// The alarm.
    pub alarm: AlarmKey,
    /// How often the device had begun to count anew.
    pub generation: u32,
    /// Its number.
    pub seq: u64,
}

impl TransitionKey {
    /// The transition `generation`, `seq` of `alarm`, of which the server heard at `arrived`.
    #[must_use]
    pub const fn new(arrived: Instant, alarm: AlarmKey, generation: u32, seq: u64) -> Self {
        Self { arrived, alarm, generation, seq }
    }
}

impl Transition {
    /// Its name.
    #[must_use]
    pub fn key(&self) -> TransitionKey {
        TransitionKey::new(self.arrived, self.alarm.clone(), self.generation, self.seq)
    }

    /// Where it stands among those of its alarm.
    #[must_use]
    pub const fn position(&self) -> (u32, u64) {
        (self.generation, self.seq)
    }
}

impl fmt::Debug for Transition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transition")
            .field("alarm", &self.alarm)
            .field("position", &self.position())
            .field("state", &self.state)
            .field("severity", &self.severity)
            .field("at", &self.at)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

/// Whether a transition tells how the alarm is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[allow(clippy::exhaustive_enums, reason = "the newest or not")]
pub enum Standing {
    /// It is the newest.
    Current,
    /// A newer one came before it: it belongs to the history alone.
    Late,
}

/// What subscribers are told: a transition that was not known before.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct FaultEvent {
    /// What applications call the device.
    pub node: NodeId,
    /// The transition.
    pub transition: Transition,
    /// How much it matters to subscribers: the end of an alarm matters as much as the alarm did.
    pub severity: Importance,
    /// Whether it tells how the alarm is now.
    pub standing: Standing,
}

impl fmt::Display for FaultEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Transition { alarm, state, .. } = &self.transition;
        let late = if self.standing == Standing::Late { ", told late" } else { "" };
        write!(f, "{}: {} fault {} {}{late}", self.node, self.severity.as_str(), alarm.trap, state.as_str())
    }
}
