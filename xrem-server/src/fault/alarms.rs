//! The alarms that a step needs, and what it changed.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use omadm_proto::ids::DevId;
use omadm_proto::time::Instant;

use super::MAX_ALARMS;
use super::alarm::{Acknowledgement, Alarm, Taken};
use super::report::{Numbering, Report};
use super::transition::{AlarmKey, AlarmState, FaultEvent, Transition};
use crate::store::Record;

/// Alarms of a node and of the devices behind it, as they were loaded and as reports change them.
#[derive(Debug, Clone, Default)]
pub struct Alarms {
    known: BTreeMap<AlarmKey, Alarm>,
    changed: BTreeSet<AlarmKey>,
    fresh: Vec<Transition>,
}

/// A device has as many traps as are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the device has {MAX_ALARMS} alarms already; old ones are forgotten in time")]
#[non_exhaustive]
pub struct TooManyAlarms;

impl FromIterator<Alarm> for Alarms {
    fn from_iter<I: IntoIterator<Item = Alarm>>(alarms: I) -> Self {
        let known = alarms.into_iter().map(|alarm| (alarm.newest.alarm.clone(), alarm)).collect();
        Self { known, ..Self::default() }
    }
}

impl Alarms {
    /// The alarm `key`.
    #[must_use]
    pub fn alarm(&self, key: &AlarmKey) -> Option<&Alarm> {
        self.known.get(key)
    }

    /// Takes what a device, a gateway or the server itself tells; gives the transition if it was not known.
    ///
    /// # Errors
    /// [`TooManyAlarms`]; nothing is changed.
    pub fn take(&mut self, now: Instant, report: Report) -> Result<Option<FaultEvent>, TooManyAlarms> {
        let Report { mut transition, numbering } = report;
        transition.arrived = now;
        let key = transition.alarm.clone();
        if let Some(alarm) = self.known.get_mut(&key) {
            return Ok(match alarm.take(transition, numbering) {
                Taken::New(event) => {
                    self.fresh.push(event.transition.clone());
                    self.changed.insert(key);
                    Some(event)
                }
                Taken::Seconded => {
                    self.changed.insert(key);
                    None
                }
                Taken::Known => None,
            });
        }
        let is_quiet = transition.state != AlarmState::Raised;
        match numbering {
            // The answer to the poll of a trap that never raised, and the end of a fault that nobody knows.
            Numbering::Counted if is_quiet && transition.seq == 0 => return Ok(None),
            Numbering::ByChange if is_quiet => return Ok(None),
            Numbering::ByChange => transition.seq = 1,
            Numbering::Counted => {}
        }
        if self.of(&key.device).count() >= MAX_ALARMS {
            return Err(TooManyAlarms);
        }
        let (alarm, event) = Alarm::begin(transition);
        self.known.insert(key.clone(), alarm);
        self.changed.insert(key);
        self.fresh.push(event.transition.clone());
        Ok(Some(event))
    }

    /// A person takes note of the newest transition of `key`; `false` when there is no such alarm.
    pub fn acknowledge(&mut self, now: Instant, key: &AlarmKey, by: impl Into<String>) -> bool {
        let Some(alarm) = self.known.get_mut(key) else { return false };
        alarm.acknowledged = Some(Acknowledgement::new(by, now));
        self.changed.insert(key.clone());
        true
    }

    /// The records of what changed since the last call.
    pub fn drain(&mut self) -> impl Iterator<Item = Record> {
        let known = &self.known;
        let changed = core::mem::take(&mut self.changed);
        let alarms = changed.into_iter().filter_map(|key| Some(Record::Alarm(Box::new(known.get(&key)?.clone()))));
        let fresh = core::mem::take(&mut self.fresh).into_iter();
        fresh.map(|transition| Record::Transition(Box::new(transition))).chain(alarms)
    }

    fn of<'a>(&'a self, device: &'a DevId) -> impl Iterator<Item = &'a Alarm> {
        let from = AlarmKey::new(device.clone(), String::new());
        self.known.range(from..).map(|(_, alarm)| alarm).take_while(|alarm| alarm.newest.alarm.device == *device)
    }
}
