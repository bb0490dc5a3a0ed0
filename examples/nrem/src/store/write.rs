//! Writing records and the indexes that belong to them.

use std::sync::Arc;

use omadm_proto::time::Instant;
use redb::{Durability, ReadableTable as _, ReadableTableMetadata as _, Table, WriteTransaction};
use xrem_server::directory::{NodeRecord, Place};
use xrem_server::nrem::Event;
use xrem_server::register::{KEPT_STRANGERS, Stranger};
use xrem_server::store::{KEPT_ALERTS, Record};
use xrem_server::task::{Job, TaskId};
use xrem_server::wakeup::Wake;

use super::campaigns::CampaignTables;
use super::fault::FaultTables;
use super::performance::PmTables;
use super::requesters::RequesterTables;
use super::tables::{
    ACCEPTANCE, ALERTS, BEHIND, DUE, DUE_AT, ENDED, IMAGES, JOBS, NAMES, NODES, PLACES, QUEUE, SESSIONS, STRANGERS,
    TASKS, WAKE, WAKES, decode, encode,
};
use super::told::ToldTables;
use super::{Database, StoreError};
use crate::told::Told;

type Bytes = &'static [u8];
type Name = &'static str;

/// All tables of one transaction: a group of steps writes most of them many times.
pub(super) struct Tables<'t> {
    nodes: Table<'t, Name, Bytes>,
    names: Table<'t, Name, Name>,
    strangers: Table<'t, Name, Bytes>,
    acceptance: Table<'t, (), Bytes>,
    places: Table<'t, Name, Bytes>,
    behind: Table<'t, (Name, Name), ()>,
    sessions: Table<'t, Name, Bytes>,
    pub(super) tasks: Table<'t, u64, Bytes>,
    jobs: Table<'t, (u64, u32), Bytes>,
    queue: Table<'t, (Name, u64, u32), ()>,
    wakes: Table<'t, Name, Bytes>,
    due: Table<'t, (u64, Name, u64, u32), ()>,
    due_at: Table<'t, (Name, u64, u32), u64>,
    images: Table<'t, Name, Bytes>,
    alerts: Table<'t, (Name, u64), Bytes>,
    campaigns: CampaignTables<'t>,
    requesters: RequesterTables<'t>,
    faults: FaultTables<'t>,
    ended: Table<'t, u64, u32>,
    pub(super) told: ToldTables<'t>,
    performance: PmTables<'t>,
}

/// One step: what it changes, and what is told of it.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) records: Vec<Record>,
    pub(super) events: Arc<[Event]>,
}

impl Database {
    /// Stores all `records` in one transaction, and returns when they are on the disk.
    pub(super) fn write<'r>(&self, records: impl IntoIterator<Item = &'r Record>) -> Result<(), StoreError> {
        self.write_in(|tables| records.into_iter().try_for_each(|record| tables.put_and_cache(self, record)))
    }

    /// Stores several steps in one transaction, and gives what is to be told of them now that they are on the disk.
    pub(super) fn write_steps<'c>(
        &self,
        now: Instant,
        steps: impl IntoIterator<Item = &'c Change>,
    ) -> Result<Vec<Told>, StoreError> {
        self.write_in(|tables| {
            let mut told = Vec::new();
            for step in steps {
                step.records.iter().try_for_each(|record| tables.put_and_cache(self, record))?;
                for event in &*step.events {
                    told.push(tables.note(self, now, event)?);
                }
            }
            Ok(told)
        })
    }

    fn write_in<T>(&self, write: impl FnOnce(&mut Tables<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut txn = self.db.begin_write()?;
        txn.set_durability(Durability::Immediate)?;
        // A killed process opens its database in a millisecond, and two-phase commits come with it.
        txn.set_quick_repair(true);
        let mut tables = Tables::open(&txn)?;
        let written = write(&mut tables)?;
        drop(tables);
        txn.commit()?;
        Ok(written)
    }
}

impl<'t> Tables<'t> {
    fn open(txn: &'t WriteTransaction) -> Result<Self, StoreError> {
        Ok(Self {
            nodes: txn.open_table(NODES)?,
            names: txn.open_table(NAMES)?,
            strangers: txn.open_table(STRANGERS)?,
            acceptance: txn.open_table(ACCEPTANCE)?,
            places: txn.open_table(PLACES)?,
            behind: txn.open_table(BEHIND)?,
            sessions: txn.open_table(SESSIONS)?,
            tasks: txn.open_table(TASKS)?,
            jobs: txn.open_table(JOBS)?,
            queue: txn.open_table(QUEUE)?,
            wakes: txn.open_table(WAKES)?,
            due: txn.open_table(DUE)?,
            due_at: txn.open_table(DUE_AT)?,
            images: txn.open_table(IMAGES)?,
            alerts: txn.open_table(ALERTS)?,
            campaigns: CampaignTables::open(txn)?,
            requesters: RequesterTables::open(txn)?,
            faults: FaultTables::open(txn)?,
            ended: txn.open_table(ENDED)?,
            told: ToldTables::open(txn)?,
            performance: PmTables::new(txn),
        })
    }

    fn put_and_cache(&mut self, database: &Database, record: &Record) -> Result<(), StoreError> {
        if let Record::Task(task) = record {
            database.cache(task);
        }
        self.put(record)
    }

    fn put(&mut self, record: &Record) -> Result<(), StoreError> {
        match record {
            Record::Node(node) => self.put_node(node)?,
            Record::NodeRemoved(id) => self.remove_node(id.as_str())?,
            Record::Place { device, place } => self.put_place(device.as_str(), Some(place))?,
            Record::PlaceRemoved(device) => self.put_place(device.as_str(), None)?,
            Record::Stranger(stranger) => self.put_stranger(stranger)?,
            Record::StrangerRemoved(id) => drop(self.strangers.remove(id.as_str())?),
            Record::Acceptance(acceptance) => drop(self.acceptance.insert((), encode(acceptance)?.as_slice())?),
            Record::Session { node, session } => {
                drop(self.sessions.insert(node.as_str(), encode(session)?.as_slice())?);
            }
            Record::Task(task) => drop(self.tasks.insert(task.id.get(), encode(&**task)?.as_slice())?),
            Record::Job(job) => self.put_job(job)?,
            Record::Wake { node, wake } => self.put_wake(node.as_str(), wake.as_ref())?,
            Record::Image(image) => drop(self.images.insert(image.name.as_str(), encode(image)?.as_slice())?),
            Record::Alert { node, alert } => {
                let node = node.as_str();
                drop(self.alerts.insert((node, alert.number), encode(alert)?.as_slice())?);
                if let Some(oldest) = alert.number.checked_sub(KEPT_ALERTS) {
                    self.alerts.remove((node, oldest))?;
                }
            }
            Record::Samples(_) | Record::Performance(_) => self.performance.put(record)?,
            Record::Campaign(campaign) => self.campaigns.put(campaign)?,
            Record::Wave(wave) => self.campaigns.put_wave(wave)?,
            other => self.requesters.put(other)?,
        }
        self.faults.put(record)?;
        self.told.put(record)
    }

    fn remove_node(&mut self, id: &str) -> Result<(), StoreError> {
        let old = self.nodes.remove(id)?.map(|old| decode::<NodeRecord>(old.value())).transpose()?;
        if let Some(name) = old.and_then(|old| old.name) {
            self.names.remove(name.as_str())?;
        }
        self.sessions.remove(id)?;
        self.put_place(id, None)?;
        self.put_wake(id, None)?;
        self.alerts.retain_in((id, 0)..=(id, u64::MAX), |_, _| false)?;
        Ok(())
    }

    fn put_node(&mut self, node: &NodeRecord) -> Result<(), StoreError> {
        let id = node.id.as_str();
        let old = self.nodes.insert(id, encode(node)?.as_slice())?;
        let old = old.map(|old| decode::<NodeRecord>(old.value())).transpose()?.and_then(|old| old.name);
        if old == node.name {
            return Ok(());
        }
        if let Some(old) = old {
            self.names.remove(old.as_str())?;
        }
        if let Some(name) = &node.name {
            self.names.insert(name.as_str(), id)?;
        }
        Ok(())
    }

    fn put_stranger(&mut self, stranger: &Stranger) -> Result<(), StoreError> {
        let is_new = self.strangers.insert(stranger.dev_id.as_str(), encode(stranger)?.as_slice())?.is_none();
        if !is_new || self.strangers.len()? <= KEPT_STRANGERS as u64 {
            return Ok(());
        }
        let mut oldest: Option<Stranger> = None;
        for row in self.strangers.iter()? {
            let known: Stranger = decode(row?.1.value())?;
            if oldest.as_ref().is_none_or(|oldest| known.last_seen < oldest.last_seen) {
                oldest = Some(known);
            }
        }
        if let Some(oldest) = oldest {
            self.strangers.remove(oldest.dev_id.as_str())?;
        }
        Ok(())
    }

    fn put_place(&mut self, device: &str, place: Option<&Place>) -> Result<(), StoreError> {
        let bytes = place.map(encode).transpose()?;
        let old = match &bytes {
            Some(bytes) => self.places.insert(device, bytes.as_slice())?,
            None => self.places.remove(device)?,
        };
        if let Some(old) = old {
            let old: Place = decode(old.value())?;
            self.behind.remove((old.gateway.as_str(), device))?;
            if let Some(name) = &old.name {
                self.names.remove(name.as_str())?;
            }
        }
        if let Some(place) = place {
            if let Some(name) = &place.name {
                self.names.insert(name.as_str(), device)?;
            }
            self.behind.insert((place.gateway.as_str(), device), ())?;
        }
        Ok(())
    }

    fn put_job(&mut self, job: &Job) -> Result<(), StoreError> {
        let (task, number, node) = (job.task().get(), job.id.number, job.node.as_str());
        self.jobs.insert((task, number), encode(job)?.as_slice())?;
        if job.is_active() {
            self.queue.insert((node, task, number), ())?;
        } else if self.queue.remove((node, task, number))?.is_some() {
            let before = self.ended.get(task)?.map_or(0, |ended| ended.value());
            self.ended.insert(task, before + 1)?;
        }
        self.put_due(node, (task, number), job.deadline())
    }

    /// How many jobs of `task` are over.
    pub(super) fn ended(&self, task: TaskId) -> Result<u32, StoreError> {
        Ok(self.ended.get(task.get())?.map_or(0, |ended| ended.value()))
    }

    fn put_wake(&mut self, node: &str, wake: Option<&Wake>) -> Result<(), StoreError> {
        match wake {
            Some(wake) => drop(self.wakes.insert(node, encode(wake)?.as_slice())?),
            None => drop(self.wakes.remove(node)?),
        }
        self.put_due(node, WAKE, wake.map(|wake| wake.next))
    }

    /// Moves what `node` waits for to the moment `at`.
    fn put_due(&mut self, node: &str, what: (u64, u32), at: Option<Instant>) -> Result<(), StoreError> {
        let key = (node, what.0, what.1);
        let at = at.map(Instant::as_millis);
        let old = self.due_at.get(key)?.map(|old| old.value());
        if old == at {
            return Ok(());
        }
        if let Some(old) = old {
            self.due.remove((old, node, what.0, what.1))?;
        }
        match at {
            Some(at) => {
                self.due.insert((at, node, what.0, what.1), ())?;
                self.due_at.insert(key, at)?;
            }
            None => drop(self.due_at.remove(key)?),
        }
        Ok(())
    }
}
