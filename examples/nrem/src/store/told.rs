//! The log of events: the newest of all kinds, and those of faults as long as the history of faults.

use std::sync::Arc;

use omadm_proto::time::Instant;
use redb::{ReadableDatabase as _, ReadableTable as _, ReadableTableMetadata as _, Table, WriteTransaction};
use xrem_server::fault::{Alarm, Filter};
use xrem_server::nrem::{Event, EventKind};
use xrem_server::store::Record;
use xrem_server::task::TaskId;

use super::tables::{TOLD, TOLD_FAULTS, TOLD_LAST, decode, encode};
use super::{Database, StoreError, fault};
use crate::told::Told;

/// Events that are kept, those of faults apart.
const KEPT: u64 = 100_000;

/// The tables of this area in one transaction.
pub(super) struct ToldTables<'t> {
    told: Table<'t, u64, &'static [u8]>,
    faults: Table<'t, u64, &'static [u8]>,
    last: Table<'t, (), u64>,
}

impl<'t> ToldTables<'t> {
    pub(super) fn open(txn: &'t WriteTransaction) -> Result<Self, StoreError> {
        Ok(Self { told: txn.open_table(TOLD)?, faults: txn.open_table(TOLD_FAULTS)?, last: txn.open_table(TOLD_LAST)? })
    }

    /// Does what `record` asks of this area.
    pub(super) fn put(&mut self, record: &Record) -> Result<(), StoreError> {
        if let Record::ForgetFaults(before) = record {
            while self.first_fault()?.is_some_and(|at| at < *before) {
                self.faults.pop_first()?;
            }
        }
        Ok(())
    }

    fn first_fault(&self) -> Result<Option<Instant>, StoreError> {
        let first = self.faults.first()?;
        first.map(|(_, bytes)| Ok(decode::<Told>(bytes.value())?.at)).transpose()
    }

    /// Numbers and stores `told`.
    pub(super) fn append(&mut self, told: &mut Told) -> Result<(), StoreError> {
        let last = self.last.get(())?.map_or(0, |last| last.value());
        told.number = last + 1;
        self.last.insert((), told.number)?;
        let table = if told.kind == EventKind::Fault { &mut self.faults } else { &mut self.told };
        table.insert(told.number, encode(told)?.as_slice())?;
        while self.told.len()? > KEPT {
            self.told.pop_first()?;
        }
        Ok(())
    }
}

impl super::write::Tables<'_> {
    /// Stores `event` if it is one that is kept, and makes what is told of it.
    pub(super) fn note(&mut self, database: &Database, now: Instant, event: &Event) -> Result<Told, StoreError> {
        let mut told = Told::new(now, event);
        let task = told.task.map(|id| self.task(database, id)).transpose()?.flatten();
        if let Some(task) = task {
            told.requester = task.requester.clone();
            if matches!(event, Event::JobEnded { .. }) {
                told.jobs = Some((self.ended(task.id)?, task.jobs));
            }
        }
        if Told::is_kept(event) {
            self.told.append(&mut told)?;
        }
        Ok(told)
    }

    fn task(&self, database: &Database, id: TaskId) -> Result<Option<Arc<xrem_server::task::Task>>, StoreError> {
        if let Some(task) = database.cached(id) {
            return Ok(Some(task));
        }
        let Some(bytes) = self.tasks.get(id.get())? else { return Ok(None) };
        let task = Arc::new(decode(bytes.value())?);
        database.cache(&task);
        Ok(Some(task))
    }
}

/// A part of the log.
pub(crate) struct Replay {
    /// The events, in order.
    pub(crate) told: Vec<Told>,
    /// The first number of an event of any kind that is still there; before it only faults are.
    pub(crate) complete_from: u64,
}

impl Database {
    /// At most `limit` events behind the number `after`.
    pub(crate) fn told(&self, after: u64, limit: usize) -> Result<Replay, StoreError> {
        let txn = self.db.begin_read()?;
        let (any, faults) = (txn.open_table(TOLD)?, txn.open_table(TOLD_FAULTS)?);
        let from = after.saturating_add(1);
        let mut told: Vec<Told> = Vec::new();
        for row in any.range(from..)?.take(limit).chain(faults.range(from..)?.take(limit)) {
            told.push(decode(row?.1.value())?);
        }
        told.sort_by_key(|told| told.number);
        told.truncate(limit);
        let complete_from = any.first()?.map_or(0, |(number, _)| number.value());
        // Nothing was dropped as long as there is room.
        let complete_from = if any.len()? < KEPT { 0 } else { complete_from };
        Ok(Replay { told, complete_from })
    }

    /// The raised alarms that `filter` wants, and the number of the last event before them.
    pub(crate) fn current_alarms(&self, filter: &Filter, limit: usize) -> Result<(Vec<Alarm>, u64), StoreError> {
        let txn = self.db.begin_read()?;
        let last = txn.open_table(TOLD_LAST)?.get(())?.map_or(0, |last| last.value());
        Ok((fault::current(&txn, filter, None, limit)?, last))
    }
}
