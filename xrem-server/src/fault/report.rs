//! What is told about a fault, by whom.

use alloc::string::String;
use core::fmt;

use omadm_proto::alert::types;
use omadm_proto::ids::DevId;
use omadm_proto::time::Instant;
use omadm_tree::mo::diag_mon::{FaultState, FmReport};

use super::transition::{AlarmKey, AlarmState, Origin, Source, Transition};
use crate::directory::conceal::without_addresses;
use crate::session::{AlertItem, Importance};

/// Bytes of the name of an alarm or type that are kept.
const MAX_NAME: usize = 255;
/// Bytes of a cause or problem that are kept.
const MAX_TEXT: usize = 1024;

/// One report about one alarm.
#[derive(Clone, PartialEq, Eq)]
pub struct Report {
    pub(super) transition: Transition,
    pub(super) numbering: Numbering,
}

/// Where the number of a transition comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbering {
    /// The device counts.
    Counted,
    /// Nobody does: a report that changes nothing is a repetition, one that does is the next.
    ByChange,
}

/// A fault that the server finds itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnFault {
    /// The node it is about.
    pub device: DevId,
    /// Its name, such as `duplicate-devid`.
    pub name: &'static str,
    /// How much it matters.
    pub severity: Importance,
    /// What the matter is, in words.
    pub problem: String,
}

impl OwnFault {
    /// The fault `name` of `device`.
    #[must_use]
    pub fn new(device: DevId, name: &'static str, severity: Importance, problem: impl Into<String>) -> Self {
        Self { device, name, severity, problem: problem.into() }
    }
}

impl Report {
    fn new(device: DevId, trap: &str, state: AlarmState, severity: Importance, origin: Origin) -> Self {
        let transition = Transition {
            alarm: AlarmKey::new(device, cut(trap, MAX_NAME)),
            generation: 0,
            seq: 0,
            state,
            severity,
            at: None,
            arrived: Instant::ZERO,
            origin,
            type_name: None,
            cause: None,
            problem: None,
            value: None,
            source: Source::Autonomous,
        };
        Self { transition, numbering: Numbering::ByChange }
    }

    /// What a trap of the profile `xrem-diag1` says: `fm` in an alert of the type `type_name` with the Mark `severity`.
    #[must_use]
    pub fn of_trap(device: DevId, fm: &FmReport<'_>, severity: Importance, type_name: &str) -> Self {
        let state = match fm.state {
            _ if types::same(type_name, types::TRAP_INACTIVE) => AlarmState::Disarmed,
            FaultState::Raised => AlarmState::Raised,
            FaultState::Cleared => AlarmState::Cleared,
        };
        let mut report = Self::new(device, &fm.trap, state, severity, Origin::Trap);
        report.numbering = Numbering::Counted;
        let transition = &mut report.transition;
        transition.seq = fm.seq;
        transition.at = Some(fm.time);
        transition.cause = fm.cause.as_deref().map(|text| cut(text, MAX_TEXT));
        transition.problem = fm.problem.as_deref().map(|text| cut(text, MAX_TEXT));
        transition.value = fm.value;
        report
    }

    /// What a generic alert of another kind says, which came from `source` in its device. A TrapInactiveNotification clears; of others `warning` and above raise,
    /// anything below clears.
    #[must_use]
    pub fn of_alert(device: DevId, item: &AlertItem, source: Option<&str>) -> Self {
        let type_name = item.type_name.as_deref().unwrap_or_default();
        let severity = item.importance();
        let raises = if types::same(type_name, types::TRAP_NOTIFICATION) {
            true
        } else {
            !types::same(type_name, types::TRAP_INACTIVE) && severity >= Importance::Warning
        };
        let state = if raises { AlarmState::Raised } else { AlarmState::Cleared };
        let trap = source.unwrap_or(type_name);
        let mut report = Self::new(device, trap, state, severity, Origin::Alert);
        report.transition.type_name = Some(cut(type_name, MAX_NAME));
        report.transition.problem = item.text().filter(|text| !text.is_empty()).map(|text| cut(text, MAX_TEXT));
        report
    }

    /// The server found `fault`.
    #[must_use]
    pub fn raised(fault: OwnFault) -> Self {
        let mut report =
            Self::new(fault.device, &own_name(fault.name), AlarmState::Raised, fault.severity, Origin::Server);
        report.transition.problem = Some(cut(&fault.problem, MAX_TEXT));
        report
    }

    /// The fault `name` that the server found on `device` is over.
    #[must_use]
    pub fn ended(device: DevId, name: &str) -> Self {
        Self::new(device, &own_name(name), AlarmState::Cleared, Importance::Informational, Origin::Server)
    }

    /// The same as the answer to a poll.
    #[must_use]
    pub const fn requested(mut self) -> Self {
        self.transition.source = Source::Requested;
        self
    }
}

/// No trap of a device is named so.
fn own_name(name: &str) -> String {
    alloc::format!("nrem:{name}")
}

/// The characters of `text` that fit into `most` bytes, without addresses: applications read it.
fn cut(text: &str, most: usize) -> String {
    let text = without_addresses(text);
    if text.len() <= most {
        return text;
    }
    text.char_indices().take_while(|(at, character)| at + character.len_utf8() <= most).map(|(_, it)| it).collect()
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Report").field(&self.transition).finish()
    }
}
