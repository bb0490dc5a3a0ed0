//! A subscriber: the current list first, then every transition that it wants, once.
//!
//! The driver numbers what it tells. It reads the current list together with the number of the last thing told before, and
//! goes on behind that; so nothing is missed, and what led to the list is not told again. A subscriber that comes back names
//! the last number it had.

use alloc::vec::Vec;

use super::alarm::Alarm;
use super::filter::Filter;
use super::transition::FaultEvent;

/// One subscriber.
#[derive(Debug, Clone, Default)]
pub struct Subscription {
    filter: Filter,
    /// The last number that it knows.
    last: u64,
}

/// What a subscriber is told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the list, and what comes after it")]
#[allow(clippy::large_enum_variant, reason = "handed over at once")]
pub enum Notice {
    /// An alarm that was there when the subscription began.
    Current(Alarm),
    /// A transition.
    Transition(FaultEvent),
}

impl Subscription {
    /// A subscriber that is told of what comes after the number `last`.
    #[must_use]
    pub const fn after(filter: Filter, last: u64) -> Self {
        Self { filter, last }
    }

    /// A new subscriber: `current` are the alarms that were there after `last`.
    #[must_use]
    pub fn begin(filter: Filter, last: u64, current: impl IntoIterator<Item = Alarm>) -> (Self, Vec<Notice>) {
        let wanted = |alarm: &Alarm| alarm.is_current() && filter.wants_alarm(alarm);
        let notices = current.into_iter().filter(wanted).map(Notice::Current).collect();
        (Self::after(filter, last), notices)
    }

    /// What the subscriber is told of `event`, which has the number `number`.
    #[must_use]
    pub fn take(&mut self, number: u64, event: &FaultEvent) -> Option<Notice> {
        if number <= self.last {
            return None;
        }
        self.last = number;
        self.filter.wants_event(event).then(|| Notice::Transition(event.clone()))
    }
}
