//! The commands that arm, disarm and poll a trap of the profile `xrem-diag1` \[mo 9.4, mission-matrix N1c\].

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use omadm_proto::message::Format;
use omadm_tree::mo::diag_mon::Decimal;

use crate::session::Importance;
use crate::task::{CommandSpec, Write};

/// How a trap is armed; what is `None` stays as it is on the device.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TrapSettings {
    /// When it raises.
    pub condition: Option<Condition>,
    /// Distance back over the threshold before it clears.
    pub hysteresis: Option<Decimal>,
    /// Seconds that the condition must hold before it raises.
    pub hold_secs: Option<u32>,
    /// How much its alerts matter.
    pub severity: Option<Importance>,
}

impl TrapSettings {
    /// Raise on `condition`.
    #[must_use]
    pub fn on(condition: Condition) -> Self {
        Self { condition: Some(condition), ..Self::default() }
    }

    /// The same with a hysteresis.
    #[must_use]
    pub const fn hysteresis(mut self, distance: Decimal) -> Self {
        self.hysteresis = Some(distance);
        self
    }

    /// The same for a condition that holds so long.
    #[must_use]
    pub const fn hold(mut self, secs: u32) -> Self {
        self.hold_secs = Some(secs);
        self
    }

    /// The same with alerts that matter so much.
    #[must_use]
    pub const fn severity(mut self, severity: Importance) -> Self {
        self.severity = Some(severity);
        self
    }
}

/// The condition of a trap: `metric op number` with one of `>` `>=` `<` `<=` `=` `!=`, or `event`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition(String);

/// The text is no condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a condition: write a metric, one of > >= < <= = !=, and a number, such as \"temperature > 80\"; or \"event\""
)]
#[non_exhaustive]
pub struct ConditionError;

impl FromStr for Condition {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        match *words.as_slice() {
            ["event"] => Ok(Self("event".into())),
            [metric, ">" | ">=" | "<" | "<=" | "=" | "!=", number] if Decimal::from_str(number).is_ok() => {
                let op = words.get(1).copied().unwrap_or_default();
                Ok(Self(alloc::format!("{metric} {op} {number}")))
            }
            _ => Err(ConditionError),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Arms the trap at `trap`, such as `./DiagMon/Traps/overtemperature`: everything or nothing.
#[must_use]
pub fn activate(trap: &str, settings: &TrapSettings) -> Vec<CommandSpec> {
    let TrapSettings { condition, hysteresis, hold_secs, severity } = settings;
    let set = |name: &str, format: Format, value: Option<String>| {
        Some(CommandSpec::Replace(Write::text(alloc::format!("{trap}/{name}"), value?).with_format(format)))
    };
    let commands = [
        set("Condition", Format::Chr, condition.as_ref().map(|condition| condition.0.clone())),
        set("Hysteresis", Format::Float, hysteresis.map(|distance| distance.to_string())),
        set("HoldSec", Format::Int, hold_secs.map(|secs| secs.to_string())),
        set("Severity", Format::Chr, severity.map(|severity| severity.as_str().into())),
        set("Enabled", Format::Bool, Some("true".into())),
    ];
    alloc::vec![CommandSpec::Atomic { commands: commands.into_iter().flatten().collect() }]
}

/// Disarms the trap at `trap`.
#[must_use]
pub fn deactivate(trap: &str) -> Vec<CommandSpec> {
    let enabled = Write::text(alloc::format!("{trap}/Enabled"), "false").with_format(Format::Bool);
    alloc::vec![CommandSpec::Replace(enabled)]
}

/// Asks the trap at `trap` for its state. The task stays open until the device tells it: by the alert that answers, or by
/// one of its own that comes first.
#[must_use]
pub fn poll(trap: &str) -> Vec<CommandSpec> {
    alloc::vec![CommandSpec::exec(alloc::format!("{trap}{POLL}"))]
}

/// Where the Exec of a poll goes, below its trap.
pub(crate) const POLL: &str = "/Operations/Poll";
