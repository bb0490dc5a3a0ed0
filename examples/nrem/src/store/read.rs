//! Reading records.

use std::sync::Arc;

use omadm_proto::ids::DevId;
use omadm_proto::time::Instant;
use redb::{ReadTransaction, ReadableDatabase as _, ReadableTable as _, TableDefinition};
use serde::de::DeserializeOwned;
use xrem_server::directory::{NodeId, NodeKind, NodeRecord, Place};
use xrem_server::register::{Acceptance, Stranger, Strangers};
use xrem_server::store::{Behind, KeptAlert, LOADED_JOBS, Record, Records, Store};
use xrem_server::task::{ImageFile, Job, Task, TaskId};

use super::fault::alarms_of;
use super::tables::{
    ACCEPTANCE, ALERTS, BEHIND, DUE, IMAGES, JOBS, NAMES, NODES, PLACES, QUEUE, SESSIONS, STRANGERS, TASKS, WAKES,
    decode,
};
use super::{Database, StoreError};

impl Database {
    /// The number of the newest task; 0 when there is none.
    pub(crate) fn last_task(&self) -> Result<u64, StoreError> {
        let table = self.db.begin_read()?.open_table(TASKS)?;
        let last = table.last()?;
        Ok(last.map_or(0, |(number, _)| number.value()))
    }

    fn read_task(&self, txn: &ReadTransaction, id: TaskId) -> Result<Option<Arc<Task>>, StoreError> {
        if let Some(task) = self.cached(id) {
            return Ok(Some(task));
        }
        let Some(bytes) = txn.open_table(TASKS)?.get(id.get())? else { return Ok(None) };
        let task: Arc<Task> = Arc::new(decode(bytes.value())?);
        self.cache(&task);
        Ok(Some(task))
    }
}

fn one<T: DeserializeOwned>(
    txn: &ReadTransaction,
    table: TableDefinition<'_, &'static str, &'static [u8]>,
    key: &str,
) -> Result<Option<T>, StoreError> {
    txn.open_table(table)?.get(key)?.map(|bytes| decode(bytes.value())).transpose()
}

fn all<T: DeserializeOwned>(
    txn: &ReadTransaction,
    table: TableDefinition<'_, &'static str, &'static [u8]>,
) -> Result<Vec<T>, StoreError> {
    let table = txn.open_table(table)?;
    table.iter()?.map(|row| decode(row?.1.value())).collect()
}

fn acceptance(txn: &ReadTransaction) -> Result<Acceptance, StoreError> {
    let stored = txn.open_table(ACCEPTANCE)?.get(())?.map(|bytes| decode(bytes.value())).transpose()?;
    Ok(stored.unwrap_or_default())
}

fn behind(txn: &ReadTransaction, gateway: &DevId) -> Result<Vec<(DevId, Place)>, StoreError> {
    let places = txn.open_table(PLACES)?;
    let mut devices = Vec::new();
    for row in txn.open_table(BEHIND)?.range((gateway.as_str(), "")..)? {
        let (key, _) = row?;
        let (behind, device) = key.value();
        if behind != gateway.as_str() {
            break;
        }
        if let Some(bytes) = places.get(device)? {
            devices.push((DevId::new(device), decode(bytes.value())?));
        }
    }
    Ok(devices)
}

impl Store for Database {
    type Error = StoreError;

    fn load(&self, node: &DevId) -> Result<Records, StoreError> {
        let txn = self.db.begin_read()?;
        let mut records = Records::default();
        records.node = one(&txn, NODES, node.as_str())?;
        let mut alarms = alarms_of(&txn, node)?;
        if records.node.as_ref().is_some_and(|node| node.kind == NodeKind::Gateway) {
            let devices = behind(&txn, node)?;
            for (device, _) in &devices {
                alarms.extend(alarms_of(&txn, device)?);
            }
            let behind = |(id, place): (DevId, Place)| Some((place.record.clone()?, Behind::new(id, &place)));
            records.behind = devices.into_iter().filter_map(behind).collect();
        }
        records.alarms = alarms.into_iter().collect();
        if records.node.as_ref().is_none_or(|node| node.account.is_none()) {
            let all: Vec<Stranger> = all(&txn, STRANGERS)?;
            let own = all.iter().find(|stranger| stranger.dev_id == *node);
            records.strangers = Strangers::of(node, own, all.iter(), acceptance(&txn)?);
        }
        records.session = one(&txn, SESSIONS, node.as_str())?.unwrap_or_default();
        records.wake = one(&txn, WAKES, node.as_str())?;
        let jobs = txn.open_table(JOBS)?;
        for row in
            txn.open_table(QUEUE)?.range((node.as_str(), 0, 0)..=(node.as_str(), u64::MAX, u32::MAX))?.take(LOADED_JOBS)
        {
            let (key, _) = row?;
            let (_, task, number) = key.value();
            let Some(bytes) = jobs.get((task, number))? else { continue };
            let job: Job = decode(bytes.value())?;
            if let Some(task) = self.read_task(&txn, job.task())? {
                records.tasks.insert(task.id, task);
            }
            records.jobs.push(job);
        }
        Ok(records)
    }

    fn commit(&mut self, records: &[Record]) -> Result<(), StoreError> {
        self.write(records)
    }

    fn due(&self, now: Instant, limit: usize) -> Result<Vec<DevId>, StoreError> {
        let txn = self.db.begin_read()?;
        let mut nodes: Vec<DevId> = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for row in txn.open_table(DUE)?.range(..=(now.as_millis(), "\u{10FFFF}", u64::MAX, u32::MAX))? {
            let (key, _) = row?;
            let node = DevId::new(key.value().1);
            if seen.insert(node.clone()) {
                nodes.push(node);
            }
            if nodes.len() >= limit {
                break;
            }
        }
        Ok(nodes)
    }

    fn next_due(&self) -> Result<Option<Instant>, StoreError> {
        let table = self.db.begin_read()?.open_table(DUE)?;
        let first = table.first()?;
        Ok(first.map(|(key, _)| Instant::from_millis(key.value().0)))
    }

    fn node(&self, id: &DevId) -> Result<Option<NodeRecord>, StoreError> {
        one(&self.db.begin_read()?, NODES, id.as_str())
    }

    fn named(&self, name: &NodeId) -> Result<Option<DevId>, StoreError> {
        let table = self.db.begin_read()?.open_table(NAMES)?;
        Ok(table.get(name.as_str())?.map(|id| DevId::new(id.value())))
    }

    fn nodes(&self) -> Result<Vec<NodeRecord>, StoreError> {
        all(&self.db.begin_read()?, NODES)
    }

    fn strangers(&self) -> Result<Vec<Stranger>, StoreError> {
        all(&self.db.begin_read()?, STRANGERS)
    }

    fn acceptance(&self) -> Result<Acceptance, StoreError> {
        acceptance(&self.db.begin_read()?)
    }

    fn place(&self, id: &DevId) -> Result<Option<Place>, StoreError> {
        one(&self.db.begin_read()?, PLACES, id.as_str())
    }

    fn behind(&self, gateway: &DevId) -> Result<Vec<(DevId, Place)>, StoreError> {
        behind(&self.db.begin_read()?, gateway)
    }

    fn alerts(&self, node: &DevId) -> Result<Vec<KeptAlert>, StoreError> {
        let table = self.db.begin_read()?.open_table(ALERTS)?;
        table.range((node.as_str(), 0)..=(node.as_str(), u64::MAX))?.map(|row| decode(row?.1.value())).collect()
    }

    fn task(&self, id: TaskId) -> Result<Option<Arc<Task>>, StoreError> {
        self.read_task(&self.db.begin_read()?, id)
    }

    fn tasks(&self) -> Result<Vec<Arc<Task>>, StoreError> {
        let txn = self.db.begin_read()?;
        let table = txn.open_table(TASKS)?;
        table.iter()?.map(|row| decode(row?.1.value()).map(Arc::new)).collect()
    }

    fn jobs(&self, task: TaskId) -> Result<Vec<Job>, StoreError> {
        let txn = self.db.begin_read()?;
        let table = txn.open_table(JOBS)?;
        table.range((task.get(), 0)..=(task.get(), u32::MAX))?.map(|row| decode(row?.1.value())).collect()
    }

    fn image(&self, name: &str) -> Result<Option<ImageFile>, StoreError> {
        one(&self.db.begin_read()?, IMAGES, name)
    }

    fn images(&self) -> Result<Vec<ImageFile>, StoreError> {
        all(&self.db.begin_read()?, IMAGES)
    }
}
