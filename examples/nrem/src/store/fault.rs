//! Alarms and their history.

use omadm_proto::ids::DevId;
use omadm_proto::time::Instant;
use redb::{
    AccessGuard, ReadTransaction, ReadableDatabase as _, ReadableTable as _, StorageError, Table, WriteTransaction,
};
use xrem_server::fault::{Alarm, AlarmKey, Filter, FmStore, HistoryQuery, Order, Transition, TransitionKey};
use xrem_server::store::Record;

use super::tables::{ALARMS, RAISED, TRANSITIONS, TRANSITIONS_OF, decode, encode};
use super::{Database, StoreError};

type Bytes = &'static [u8];
type Name = &'static str;
/// Moment of arrival, device, trap, generation, number: the order of the history.
type Place<'k> = (u64, &'k str, &'k str, u32, u64);
/// Behind every name.
const LAST_NAME: &str = "\u{10FFFF}";

/// The tables of this area in one transaction.
pub(super) struct FaultTables<'t> {
    alarms: Table<'t, (Name, Name), Bytes>,
    raised: Table<'t, (Name, Name), ()>,
    transitions: Table<'t, Place<'static>, Bytes>,
    transitions_of: Table<'t, (Name, u64, Name, u32, u64), ()>,
}

impl<'t> FaultTables<'t> {
    pub(super) fn open(txn: &'t WriteTransaction) -> Result<Self, StoreError> {
        Ok(Self {
            alarms: txn.open_table(ALARMS)?,
            raised: txn.open_table(RAISED)?,
            transitions: txn.open_table(TRANSITIONS)?,
            transitions_of: txn.open_table(TRANSITIONS_OF)?,
        })
    }

    /// Stores `record` if it is of this area.
    pub(super) fn put(&mut self, record: &Record) -> Result<(), StoreError> {
        match record {
            Record::Alarm(alarm) => self.put_alarm(alarm),
            Record::Transition(transition) => self.put_transition(transition),
            Record::ForgetFaults(before) => self.forget(*before),
            // The history of a node outlives it.
            Record::NodeRemoved(id) => {
                let of_node = (id.as_str(), "")..=(id.as_str(), LAST_NAME);
                self.alarms.retain_in(of_node.clone(), |_, _| false)?;
                self.raised.retain_in(of_node, |_, ()| false)?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn put_alarm(&mut self, alarm: &Alarm) -> Result<(), StoreError> {
        let AlarmKey { device, trap, .. } = &alarm.newest.alarm;
        let key = (device.as_str(), trap.as_str());
        self.alarms.insert(key, encode(alarm)?.as_slice())?;
        if alarm.is_current() {
            self.raised.insert(key, ())?;
        } else {
            self.raised.remove(key)?;
        }
        Ok(())
    }

    fn put_transition(&mut self, transition: &Transition) -> Result<(), StoreError> {
        let key = transition.key();
        let (at, device, trap, generation, seq) = place(&key);
        self.transitions.insert(place(&key), encode(transition)?.as_slice())?;
        self.transitions_of.insert((device, at, trap, generation, seq), ())?;
        Ok(())
    }

    /// Old history first; then alarms that are over and have none left.
    fn forget(&mut self, before: Instant) -> Result<(), StoreError> {
        let mut gone: Vec<OwnedPlace> = Vec::new();
        self.transitions.retain_in(
            ..(before.as_millis(), "", "", 0, 0),
            |(at, device, trap, generation, seq), _| {
                gone.push((at, device.to_owned(), trap.to_owned(), generation, seq));
                false
            },
        )?;
        for (at, device, trap, generation, seq) in gone {
            self.transitions_of.remove((device.as_str(), at, trap.as_str(), generation, seq))?;
        }
        let raised = &self.raised;
        let mut trouble = None;
        self.alarms.retain(|key, bytes| {
            if raised.get(key).is_ok_and(|found| found.is_some()) {
                return true;
            }
            match decode::<Alarm>(bytes) {
                Ok(alarm) => alarm.newest.arrived >= before,
                Err(error) => {
                    trouble = Some(error);
                    true
                }
            }
        })?;
        trouble.map_or(Ok(()), Err)
    }
}

fn place(key: &TransitionKey) -> Place<'_> {
    let AlarmKey { device, trap, .. } = &key.alarm;
    (key.arrived.as_millis(), device.as_str(), trap, key.generation, key.seq)
}

/// The alarms of `device`.
pub(super) fn alarms_of(txn: &ReadTransaction, device: &DevId) -> Result<Vec<Alarm>, StoreError> {
    let table = txn.open_table(ALARMS)?;
    let rows = table.range((device.as_str(), "")..=(device.as_str(), LAST_NAME))?;
    rows.map(|row| decode(row?.1.value())).collect()
}

/// The raised alarms that `filter` wants.
pub(super) fn current(
    txn: &ReadTransaction,
    filter: &Filter,
    after: Option<&AlarmKey>,
    limit: usize,
) -> Result<Vec<Alarm>, StoreError> {
    let alarms = txn.open_table(ALARMS)?;
    let from = after.map_or(("", ""), |after| (after.device.as_str(), after.trap.as_str()));
    let mut found = Vec::new();
    for row in txn.open_table(RAISED)?.range(from..)? {
        let (key, ()) = (row?.0, ());
        let key = key.value();
        if found.len() >= limit {
            break;
        }
        if after.is_some() && key == from {
            continue;
        }
        let Some(bytes) = alarms.get(key)? else { continue };
        let alarm: Alarm = decode(bytes.value())?;
        if filter.wants_alarm(&alarm) {
            found.push(alarm);
        }
    }
    Ok(found)
}

impl Database {
    /// Collects what `query` wants of `keys`, which come in its order.
    fn collect<'k>(
        &self,
        query: &HistoryQuery,
        keys: impl Iterator<Item = Result<OwnedPlace, StoreError>> + 'k,
    ) -> Result<Vec<Transition>, StoreError> {
        let table = self.db.begin_read()?.open_table(TRANSITIONS)?;
        let mut found = Vec::new();
        for key in keys {
            if found.len() >= query.limit {
                break;
            }
            let (at, device, trap, generation, seq) = key?;
            let Some(bytes) = table.get((at, device.as_str(), trap.as_str(), generation, seq))? else { continue };
            let transition: Transition = decode(bytes.value())?;
            if query.wants(&transition) {
                found.push(transition);
            }
        }
        Ok(found)
    }
}

type OwnedPlace = (u64, String, String, u32, u64);
type Row<'r, K, V> = Result<(AccessGuard<'r, K>, AccessGuard<'r, V>), StorageError>;

/// The moments at which a page of `query` can begin and end.
fn moments(query: &HistoryQuery) -> std::ops::Range<u64> {
    let (mut from, mut before) = (query.from.as_millis(), query.before.as_millis());
    if let Some(after) = &query.after {
        let at = after.arrived.as_millis();
        match query.order {
            Order::OldestFirst => from = from.max(at),
            Order::NewestFirst => before = before.min(at.saturating_add(1)),
        }
    }
    from..before.max(from)
}

impl FmStore for Database {
    type Error = StoreError;

    fn alarm(&self, key: &AlarmKey) -> Result<Option<Alarm>, StoreError> {
        let table = self.db.begin_read()?.open_table(ALARMS)?;
        table.get((key.device.as_str(), key.trap.as_str()))?.map(|bytes| decode(bytes.value())).transpose()
    }

    fn alarms_of(&self, device: &DevId) -> Result<Vec<Alarm>, StoreError> {
        alarms_of(&self.db.begin_read()?, device)
    }

    fn current(&self, filter: &Filter, after: Option<&AlarmKey>, limit: usize) -> Result<Vec<Alarm>, StoreError> {
        current(&self.db.begin_read()?, filter, after, limit)
    }

    fn history(&self, query: &HistoryQuery) -> Result<Vec<Transition>, StoreError> {
        let moments = moments(query);
        let txn = self.db.begin_read()?;
        let one = query.filter.nodes.as_ref().filter(|nodes| nodes.len() == 1).and_then(|nodes| nodes.first());
        if let Some(device) = one {
            let table = txn.open_table(TRANSITIONS_OF)?;
            let name = device.as_str();
            let rows = table.range((name, moments.start, "", 0, 0)..(name, moments.end, "", 0, 0))?;
            let own = |row: Row<'_, (Name, u64, Name, u32, u64), ()>| {
                let (key, _) = row?;
                let (device, at, trap, generation, seq) = key.value();
                Ok((at, device.to_owned(), trap.to_owned(), generation, seq))
            };
            return match query.order {
                Order::OldestFirst => self.collect(query, rows.map(own)),
                Order::NewestFirst => self.collect(query, rows.rev().map(own)),
            };
        }
        let table = txn.open_table(TRANSITIONS)?;
        let rows = table.range((moments.start, "", "", 0, 0)..(moments.end, "", "", 0, 0))?;
        let own = |row: Row<'_, Place<'static>, Bytes>| {
            let (key, _) = row?;
            let (at, device, trap, generation, seq) = key.value();
            Ok((at, device.to_owned(), trap.to_owned(), generation, seq))
        };
        match query.order {
            Order::OldestFirst => self.collect(query, rows.map(own)),
            Order::NewestFirst => self.collect(query, rows.rev().map(own)),
        }
    }
}
