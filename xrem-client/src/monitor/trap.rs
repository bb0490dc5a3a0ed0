//! One trap: from readings and events to transitions \[mo 9.4\].
//!
//! ```text
//!            holds for HoldSec                 came back by Hysteresis, Latch
//! normal ----------------------> raised ------------------------------------> latched
//!    ^            "raised"         |  ^                                          |  |
//!    |                             |  +------------------------------------------+  |
//!    +-----------------------------+                    holds again                 |
//!    |     "cleared": came back, or Clear                                           |
//!    +------------------------------------------------------------------------------+
//!                            "cleared": Clear, or Latch switched off
//! ```
//!
//! Words in quotes are reported. Unspecified, and chosen here: HoldSec is over at the first reading after that time, and a
//! restart begins it anew; Clear ends `raised` too, and a condition that still holds raises again; a trap that is disarmed, or
//! gets another condition, is `normal` and reported as cleared (disarmed: as TrapInactiveNotification).

use alloc::borrow::Cow;
use alloc::string::{String, ToString as _};

use omadm_proto::alert::types;
use omadm_proto::message::Format;
use omadm_proto::time::Instant;
use omadm_tree::mo::diag_mon::{Decimal, DiagTime, FaultState, FmReport};
use omadm_tree::uri::NodeUri;

use super::condition::{Comparison, Condition};
use super::settings::TrapSettings;
use crate::outbox::{AlertId, GenericAlert, Mark};

/// The most bytes of a cause or problem that a device tells; longer ones are cut.
const TEXT_BYTES: usize = 1024;

/// The record of a trap.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TrapRecord {
    trap: NodeUri,
    /// The condition that it is armed with, as it is written.
    armed: Option<String>,
    state: TrapState,
    /// Transitions so far.
    seq: u64,
    last: Option<Transition>,
}

/// The word in State.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_enums, reason = "the three states of the sheet")]
pub enum TrapState {
    /// Nothing is the matter.
    #[default]
    Normal,
    /// The condition holds.
    Raised,
    /// It held, and nobody has cleared the trap since.
    Latched,
}

impl TrapState {
    /// The word in the tree.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Raised => "raised",
            Self::Latched => "latched",
        }
    }
}

/// What is reported about a trap.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Transition {
    time: DiagTime,
    state: FaultState,
    kind: Kind,
    mark: Mark,
    told: Told,
    /// The alert that carries it; `None` as long as none does.
    alert: Option<AlertId>,
}

/// Which of the two alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) enum Kind {
    Notification,
    Inactive,
}

/// What a report says besides the state.
#[derive(Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Told {
    pub(super) cause: Option<String>,
    pub(super) problem: Option<String>,
    pub(super) value: Option<Decimal>,
}

impl core::fmt::Debug for Told {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Told").finish_non_exhaustive()
    }
}

/// A trap at work.
#[derive(Debug)]
pub(super) struct Trap {
    pub(super) record: TrapRecord,
    /// `None` when the tree has no such trap.
    pub(super) settings: Option<TrapSettings>,
    /// Since when the condition holds without being raised yet.
    since: Option<Instant>,
    /// What the device told with the event that waits for HoldSec.
    event: Told,
    /// When it was looked at last.
    pub(super) looked: Option<Instant>,
    /// The function that measured its metric last.
    pub(super) fed_by: Option<NodeUri>,
    /// The latest reading of its own failed.
    pub(super) failed: bool,
}

/// What has to follow from an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// The record has to be stored, and a report sent.
    Reported,
    /// The record has to be stored.
    Silent,
}

impl Trap {
    pub(super) fn new(trap: NodeUri) -> Self {
        let state = TrapState::Normal;
        Self::restore(TrapRecord { trap, armed: None, state, seq: 0, last: None })
    }

    pub(super) const fn restore(record: TrapRecord) -> Self {
        let event = Told { cause: None, problem: None, value: None };
        Self { record, settings: None, since: None, event, looked: None, fed_by: None, failed: false }
    }

    fn armed(&self) -> Option<(&TrapSettings, &Condition)> {
        let settings = self.settings.as_ref()?;
        Some((settings, settings.armed.as_ref()?))
    }

    /// What it compares, if it is armed to compare.
    pub(super) fn comparison(&self) -> Option<&Comparison> {
        match self.armed()?.1 {
            Condition::Metric(comparison) => Some(comparison),
            Condition::Event => None,
        }
    }

    /// Whether the device raises it itself.
    pub(super) fn is_event(&self) -> bool {
        matches!(self.armed(), Some((_, Condition::Event)))
    }

    /// When HoldSec is over, if the condition holds.
    pub(super) fn held_at(&self) -> Option<Instant> {
        let (settings, _) = self.armed()?;
        Some(self.since? + settings.hold)
    }

    /// Takes what the tree says now.
    pub(super) fn configure(&mut self, time: DiagTime, settings: Option<TrapSettings>) -> Option<Change> {
        let armed = settings.as_ref().filter(|settings| settings.armed.is_some()).map(|it| it.condition.clone());
        self.settings = settings;
        if armed == self.record.armed {
            let unlatched = self.record.state == TrapState::Latched && self.armed().is_some_and(|(it, _)| !it.latch);
            return if unlatched { self.clear(time) } else { None };
        }
        self.since = None;
        self.looked = None;
        self.fed_by = None;
        self.failed = false;
        let was_armed = core::mem::replace(&mut self.record.armed, armed).is_some();
        match (was_armed, self.record.armed.is_some(), self.record.state) {
            (true, false, _) => {
                self.record.state = TrapState::Normal;
                Some(self.report(time, FaultState::Cleared, Kind::Inactive, Told::default()))
            }
            (true, true, TrapState::Raised | TrapState::Latched) => self.clear(time),
            (true, true, TrapState::Normal) | (false, _, _) => Some(Change::Silent),
        }
    }

    /// Takes a reading of its metric, which was due at `now`, UTC `time`.
    pub(super) fn measured(&mut self, now: Instant, time: DiagTime, value: Decimal) -> Option<Change> {
        self.looked = Some(now);
        let (settings, condition) = self.armed()?;
        let Condition::Metric(comparison) = condition else { return None };
        let (holds, persists) = (comparison.holds(value), comparison.persists(value, settings.hysteresis));
        let told = Told { cause: Some(settings.condition.clone()), problem: None, value: Some(value) };
        match self.record.state {
            TrapState::Normal if holds => self.hold(now, time, told),
            TrapState::Normal => {
                self.since = None;
                None
            }
            TrapState::Raised if persists => None,
            TrapState::Raised => self.end(time, told),
            TrapState::Latched if holds => self.raise_again(),
            TrapState::Latched => None,
        }
    }

    /// The device says that the event is there, or over.
    pub(super) fn happened(&mut self, now: Instant, time: DiagTime, event: Option<Told>) -> Option<Change> {
        match (event, self.record.state) {
            (Some(told), TrapState::Normal) => {
                if self.since.is_none() {
                    self.event = told;
                }
                self.hold_event(now, time)
            }
            (Some(_), TrapState::Latched) => self.raise_again(),
            (None, TrapState::Normal) => {
                self.since = None;
                None
            }
            (None, TrapState::Raised) => self.end(time, Told::default()),
            (Some(_), TrapState::Raised) | (None, TrapState::Latched) => None,
        }
    }

    /// Raises an event that holds long enough.
    pub(super) fn hold_event(&mut self, now: Instant, time: DiagTime) -> Option<Change> {
        let told = self.event.clone();
        self.hold(now, time, told)
    }

    /// The operation Clear, or what comes to the same.
    pub(super) fn clear(&mut self, time: DiagTime) -> Option<Change> {
        self.since = None;
        if self.record.state == TrapState::Normal {
            return None;
        }
        self.record.state = TrapState::Normal;
        Some(self.report(time, FaultState::Cleared, Kind::Notification, Told::default()))
    }

    /// The condition holds.
    fn hold(&mut self, now: Instant, time: DiagTime, told: Told) -> Option<Change> {
        let since = *self.since.get_or_insert(now);
        let (settings, _) = self.armed()?;
        if now < since + settings.hold {
            return None;
        }
        self.since = None;
        self.record.state = TrapState::Raised;
        Some(self.report(time, FaultState::Raised, Kind::Notification, told))
    }

    /// The condition holds no more.
    fn end(&mut self, time: DiagTime, told: Told) -> Option<Change> {
        if self.armed().is_some_and(|(settings, _)| settings.latch) {
            self.record.state = TrapState::Latched;
            return Some(Change::Silent);
        }
        self.record.state = TrapState::Normal;
        Some(self.report(time, FaultState::Cleared, Kind::Notification, told))
    }

    /// It was reported as raised all the time.
    fn raise_again(&mut self) -> Option<Change> {
        self.record.state = TrapState::Raised;
        Some(Change::Silent)
    }

    fn report(&mut self, time: DiagTime, state: FaultState, kind: Kind, mut told: Told) -> Change {
        let mark = self.settings.as_ref().map_or(Mark::Warning, |settings| settings.severity);
        told.cause = told.cause.map(shortened);
        told.problem = told.problem.map(shortened);
        self.record.seq += 1;
        self.record.last = Some(Transition { time, state, kind, mark, told, alert: None });
        Change::Reported
    }
}

impl TrapRecord {
    pub(crate) const fn trap(&self) -> &NodeUri {
        &self.trap
    }

    pub(super) const fn state(&self) -> TrapState {
        self.state
    }

    /// The alert that carries the latest transition.
    pub(super) fn alert(&self) -> Option<AlertId> {
        self.last.as_ref()?.alert
    }

    /// Whether the latest transition is in no alert yet.
    pub(super) fn is_unreported(&self) -> bool {
        self.last.as_ref().is_some_and(|last| last.alert.is_none())
    }

    /// The latest transition is in this alert, or in none.
    pub(super) fn carried_by(&mut self, alert: Option<AlertId>) {
        if let Some(last) = &mut self.last {
            last.alert = alert;
        }
    }

    /// The alert about the latest transition.
    pub(super) fn notification(&self) -> Option<GenericAlert> {
        let last = self.last.as_ref()?;
        let type_name = match last.kind {
            Kind::Notification => types::TRAP_NOTIFICATION,
            Kind::Inactive => types::TRAP_INACTIVE,
        };
        Some(self.alert_of(type_name, last.mark, self.document(last).to_xml()))
    }

    /// The alert that answers Poll: the latest transition once more; before the first one there is number 0, cleared.
    pub(super) fn answer(&self, time: DiagTime, severity: Mark) -> GenericAlert {
        let name = self.trap.name().unwrap_or_default();
        let (mark, document) = match &self.last {
            Some(last) => (last.mark, self.document(last)),
            None => (severity, FmReport::new(name, 0, time, FaultState::Cleared)),
        };
        self.alert_of(types::TRAP_NOTIFICATION, mark, document.to_xml())
    }

    fn document<'r>(&'r self, last: &'r Transition) -> FmReport<'r> {
        let name = self.trap.name().unwrap_or_default();
        let mut report = FmReport::new(name, self.seq, last.time, last.state);
        report.cause = last.told.cause.as_deref().map(Cow::Borrowed);
        report.problem = last.told.problem.as_deref().map(Cow::Borrowed);
        report.value = last.told.value;
        report
    }

    fn alert_of(&self, type_name: &str, mark: Mark, document: String) -> GenericAlert {
        GenericAlert::new(type_name, document).source(self.trap.to_string()).format(Format::Xml).mark(mark)
    }
}

fn shortened(mut text: String) -> String {
    let mut end = text.len().min(TEXT_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}
