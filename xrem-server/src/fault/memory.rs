//! Faults in the store in memory.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::convert::Infallible;

use omadm_proto::ids::DevId;
use omadm_proto::time::Instant;

use super::alarm::Alarm;
use super::filter::Filter;
use super::port::{FmStore, HistoryQuery, Order};
use super::transition::{AlarmKey, Transition, TransitionKey};
use crate::store::MemoryStore;

/// The tables of faults.
#[derive(Debug, Clone, Default)]
pub(crate) struct FaultMemory {
    alarms: BTreeMap<AlarmKey, Alarm>,
    history: BTreeMap<TransitionKey, Transition>,
}

impl FaultMemory {
    pub(crate) fn put_alarm(&mut self, alarm: Alarm) {
        self.alarms.insert(alarm.newest.alarm.clone(), alarm);
    }

    pub(crate) fn put_transition(&mut self, transition: Transition) {
        self.history.insert(transition.key(), transition);
    }

    /// Forgets the alarms of `device`; its history stays.
    pub(crate) fn remove_device(&mut self, device: &DevId) {
        self.alarms.retain(|key, _| key.device != *device);
    }

    /// Forgets what arrived before `before` and is over.
    pub(crate) fn forget(&mut self, before: Instant) {
        self.history.retain(|key, _| key.arrived >= before);
        self.alarms.retain(|_, alarm| alarm.is_current() || alarm.newest.arrived >= before);
    }

    pub(crate) fn of<'a>(&'a self, device: &'a DevId) -> impl Iterator<Item = &'a Alarm> {
        let from = AlarmKey::new(device.clone(), String::new());
        self.alarms.range(from..).take_while(|(key, _)| key.device == *device).map(|(_, alarm)| alarm)
    }
}

impl FmStore for MemoryStore {
    type Error = Infallible;

    fn alarm(&self, key: &AlarmKey) -> Result<Option<Alarm>, Infallible> {
        Ok(self.faults().alarms.get(key).cloned())
    }

    fn alarms_of(&self, device: &DevId) -> Result<Vec<Alarm>, Infallible> {
        Ok(self.faults().of(device).cloned().collect())
    }

    fn current(&self, filter: &Filter, after: Option<&AlarmKey>, limit: usize) -> Result<Vec<Alarm>, Infallible> {
        let behind =
            self.faults().alarms.values().filter(|alarm| after.is_none_or(|after| alarm.newest.alarm > *after));
        let wanted = behind.filter(|alarm| alarm.is_current() && filter.wants_alarm(alarm));
        Ok(wanted.take(limit).cloned().collect())
    }

    fn history(&self, query: &HistoryQuery) -> Result<Vec<Transition>, Infallible> {
        let history = self.faults().history.values();
        let wanted = |transition: &&Transition| query.wants(transition);
        Ok(match query.order {
            Order::OldestFirst => history.filter(wanted).take(query.limit).cloned().collect(),
            Order::NewestFirst => history.rev().filter(wanted).take(query.limit).cloned().collect(),
        })
    }
}
