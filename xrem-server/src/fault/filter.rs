//! Which faults somebody wants to see.

use alloc::collections::BTreeSet;
use alloc::string::String;

use omadm_proto::ids::DevId;

use super::alarm::Alarm;
use super::transition::{FaultEvent, Transition};
use crate::session::Importance;

/// Conditions that a fault has to meet, all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Filter {
    /// It matters at least so much.
    pub min_severity: Importance,
    /// It is one of these nodes; `None`: any.
    pub nodes: Option<BTreeSet<DevId>>,
    /// Its trap or the type of its alert is one of these; empty: any.
    pub types: BTreeSet<String>,
}

impl Filter {
    /// Everything.
    pub const ALL: Self = Self { min_severity: Importance::Indeterminate, nodes: None, types: BTreeSet::new() };

    /// The same for faults that matter at least so much.
    #[must_use]
    pub const fn severity_from(mut self, severity: Importance) -> Self {
        self.min_severity = severity;
        self
    }

    /// The same for these nodes alone.
    #[must_use]
    pub fn of_nodes(mut self, nodes: impl IntoIterator<Item = DevId>) -> Self {
        self.nodes = Some(nodes.into_iter().collect());
        self
    }

    /// The same for these traps or types of alerts alone.
    #[must_use]
    pub fn of_types(mut self, types: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.types = types.into_iter().map(Into::into).collect();
        self
    }

    /// Whether `alarm` is wanted.
    #[must_use]
    pub fn wants_alarm(&self, alarm: &Alarm) -> bool {
        self.wants(&alarm.newest, alarm.newest.severity)
    }

    /// Whether `event` is wanted.
    #[must_use]
    pub fn wants_event(&self, event: &FaultEvent) -> bool {
        self.wants(&event.transition, event.severity)
    }

    /// Whether `transition` is wanted, which matters as much as `severity`.
    #[must_use]
    pub fn wants(&self, transition: &Transition, severity: Importance) -> bool {
        let alarm = &transition.alarm;
        let of_type = |name: &str| self.types.contains(name);
        severity >= self.min_severity
            && self.nodes.as_ref().is_none_or(|nodes| nodes.contains(&alarm.device))
            && (self.types.is_empty() || of_type(&alarm.trap) || transition.type_name.as_deref().is_some_and(of_type))
    }
}

impl Default for Filter {
    fn default() -> Self {
        Self::ALL
    }
}
