//! Writing records and the indexes that belong to them.

use omadm_proto::time::Instant;
use redb::{Durability, ReadableTable as _, Table, WriteTransaction};
use xrem_server::store::Record;
use xrem_server::task::Job;
use xrem_server::wakeup::Wake;

use super::tables::{BEHIND, DUE, DUE_AT, IMAGES, JOBS, NODES, PLACES, QUEUE, SESSIONS, TASKS, WAKE, WAKES, encode};
use super::{Database, StoreError};

impl Database {
    /// Stores all `records` in one transaction, and returns when they are on the disk.
    pub(super) fn write<'r>(&self, records: impl IntoIterator<Item = &'r Record>) -> Result<(), StoreError> {
        let mut txn = self.db.begin_write()?;
        txn.set_durability(Durability::Immediate)?;
        // A killed process opens its database in a millisecond, and two-phase commits come with it.
        txn.set_quick_repair(true);
        for record in records {
            self.put(&txn, record)?;
        }
        txn.commit()?;
        Ok(())
    }

    fn put(&self, txn: &WriteTransaction, record: &Record) -> Result<(), StoreError> {
        match record {
            Record::Node(node) => insert(&mut txn.open_table(NODES)?, node.id.as_str(), &encode(node)?),
            Record::NodeRemoved(id) => {
                let id = id.as_str();
                txn.open_table(NODES)?.remove(id)?;
                txn.open_table(SESSIONS)?.remove(id)?;
                put_place(txn, id, None)?;
                put_wake(txn, id, None)
            }
            Record::Place { device, place } => put_place(txn, device.as_str(), Some(place)),
            Record::Session { node, session } => {
                insert(&mut txn.open_table(SESSIONS)?, node.as_str(), &encode(session)?)
            }
            Record::Task(task) => {
                txn.open_table(TASKS)?.insert(task.id.get(), encode(&**task)?.as_slice())?;
                self.cache(task);
                Ok(())
            }
            Record::Job(job) => put_job(txn, job),
            Record::Wake { node, wake } => put_wake(txn, node.as_str(), wake.as_ref()),
            Record::Image(image) => insert(&mut txn.open_table(IMAGES)?, image.name.as_str(), &encode(image)?),
            _ => Ok(()),
        }
    }
}

fn insert(table: &mut Table<'_, &str, &[u8]>, key: &str, value: &[u8]) -> Result<(), StoreError> {
    table.insert(key, value)?;
    Ok(())
}

fn put_place(
    txn: &WriteTransaction,
    device: &str,
    place: Option<&xrem_server::directory::Place>,
) -> Result<(), StoreError> {
    let mut places = txn.open_table(PLACES)?;
    let mut behind = txn.open_table(BEHIND)?;
    let bytes = place.map(encode).transpose()?;
    let old = match &bytes {
        Some(bytes) => places.insert(device, bytes.as_slice())?,
        None => places.remove(device)?,
    };
    if let Some(old) = old {
        let old: xrem_server::directory::Place = super::tables::decode(old.value())?;
        behind.remove((old.gateway.as_str(), device))?;
    }
    if let Some(place) = place {
        behind.insert((place.gateway.as_str(), device), ())?;
    }
    Ok(())
}

fn put_job(txn: &WriteTransaction, job: &Job) -> Result<(), StoreError> {
    let (task, number, node) = (job.task().get(), job.id.number, job.node.as_str());
    txn.open_table(JOBS)?.insert((task, number), encode(job)?.as_slice())?;
    let mut queue = txn.open_table(QUEUE)?;
    if job.is_active() {
        queue.insert((node, task, number), ())?;
    } else {
        queue.remove((node, task, number))?;
    }
    put_due(txn, node, (task, number), job.deadline())
}

fn put_wake(txn: &WriteTransaction, node: &str, wake: Option<&Wake>) -> Result<(), StoreError> {
    let mut wakes = txn.open_table(WAKES)?;
    match wake {
        Some(wake) => drop(wakes.insert(node, encode(wake)?.as_slice())?),
        None => drop(wakes.remove(node)?),
    }
    put_due(txn, node, WAKE, wake.map(|wake| wake.next))
}

/// Moves what `node` waits for to the moment `at`.
fn put_due(txn: &WriteTransaction, node: &str, what: (u64, u32), at: Option<Instant>) -> Result<(), StoreError> {
    let mut due = txn.open_table(DUE)?;
    let mut due_at = txn.open_table(DUE_AT)?;
    let key = (node, what.0, what.1);
    let at = at.map(Instant::as_millis);
    let old = due_at.get(key)?.map(|old| old.value());
    if old == at {
        return Ok(());
    }
    if let Some(old) = old {
        due.remove((old, node, what.0, what.1))?;
    }
    match at {
        Some(at) => {
            due.insert((at, node, what.0, what.1), ())?;
            due_at.insert(key, at)?;
        }
        None => drop(due_at.remove(key)?),
    }
    Ok(())
}
