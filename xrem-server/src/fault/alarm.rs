//! One alarm: which report is new, late, or a repetition.

use alloc::string::String;

use omadm_proto::time::Instant;

use super::report::Numbering;
use super::seen::Seen;
use super::transition::{AlarmState, FaultEvent, Origin, Source, Standing, Transition};
use crate::directory::NodeId;
use crate::session::Importance;

/// What is known of one trap of one device.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Alarm {
    /// Its newest transition.
    pub newest: Transition,
    /// Who told of that one.
    pub sources: Sources,
    /// Who has taken note of that one.
    pub acknowledged: Option<Acknowledgement>,
    seen: Seen,
}

/// The ways on which a transition was reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Sources {
    /// Its device or gateway told of it.
    pub autonomous: bool,
    /// A poll was answered with it.
    pub requested: bool,
}

/// A person has taken note of an alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Acknowledgement {
    /// Who.
    pub by: String,
    /// When.
    pub at: Instant,
}

impl Acknowledgement {
    /// By `by`, at `at`.
    #[must_use]
    pub fn new(by: impl Into<String>, at: Instant) -> Self {
        Self { by: by.into(), at }
    }
}

impl Sources {
    const fn add(&mut self, source: Source) -> bool {
        let before = *self;
        match source {
            Source::Autonomous => self.autonomous = true,
            Source::Requested => self.requested = true,
        }
        before.autonomous != self.autonomous || before.requested != self.requested
    }

    fn of(source: Source) -> Self {
        let mut sources = Self::default();
        sources.add(source);
        sources
    }
}

/// What a report was.
pub(super) enum Taken {
    /// A transition that was not known.
    New(FaultEvent),
    /// Known; the newest one, told on another way than before.
    Seconded,
    /// Known.
    Known,
}

impl Alarm {
    /// The alarm that begins with `first`, and what is told of it.
    pub(super) fn begin(first: Transition) -> (Self, FaultEvent) {
        let node = NodeId::of(&first.alarm.device);
        let severity = first.severity;
        let event = FaultEvent { node, severity, standing: Standing::Current, transition: first.clone() };
        let alarm =
            Self { seen: Seen::of(first.seq), sources: Sources::of(first.source), acknowledged: None, newest: first };
        (alarm, event)
    }

    /// Whether the fault is there.
    #[must_use]
    pub const fn is_current(&self) -> bool {
        matches!(self.newest.state, AlarmState::Raised)
    }

    pub(super) fn take(&mut self, mut new: Transition, numbering: Numbering) -> Taken {
        new.generation = self.newest.generation;
        if numbering == Numbering::ByChange {
            let same = new.state == self.newest.state;
            if same && (new.severity == self.newest.severity || !self.is_current()) {
                return self.second(new.source);
            }
            new.seq = self.newest.seq.saturating_add(1);
        } else if self.has_begun_anew(&new) {
            new.generation = new.generation.saturating_add(1);
            self.seen = Seen::default();
        }
        if new.position() == self.newest.position() {
            return self.second(new.source);
        }
        if !self.seen.insert(new.seq) {
            return Taken::Known;
        }
        let before = if self.is_current() { self.newest.severity } else { Importance::Indeterminate };
        let is_newer = new.position() > self.newest.position();
        if is_newer {
            self.newest = new.clone();
            self.sources = Sources::of(new.source);
            self.acknowledged = None;
        }
        let standing = if is_newer { Standing::Current } else { Standing::Late };
        let severity = if is_newer { new.severity.max(before) } else { new.severity };
        Taken::New(FaultEvent { node: NodeId::of(&new.alarm.device), transition: new, severity, standing })
    }

    fn second(&mut self, source: Source) -> Taken {
        if self.sources.add(source) { Taken::Seconded } else { Taken::Known }
    }

    /// Whether the device counts from the beginning again: what it says under a number that came before is later than
    /// everything it said. A repetition has the time of the first time, word for word.
    fn has_begun_anew(&self, new: &Transition) -> bool {
        let newest = &self.newest;
        let is_later = new.at.zip(newest.at).is_some_and(|(new, newest)| new > newest);
        let is_other = new.seq < newest.seq || new.state != newest.state;
        newest.origin == Origin::Trap && is_later && is_other && self.seen.contains(new.seq)
    }
}
