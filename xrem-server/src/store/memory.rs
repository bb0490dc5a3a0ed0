//! The store for tests and for the first look: everything is in memory.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::convert::Infallible;

use omadm_proto::ids::DevId;
use omadm_proto::time::Instant;

use super::{Behind, KEPT_ALERTS, KeptAlert, LOADED_JOBS, Record, Records, Store};
use crate::campaign::{Campaign, CampaignId, Wave};
use crate::directory::{NodeId, NodeKind, NodeRecord, Place};
use crate::fault::FaultMemory;
use crate::performance::memory::Shelf;
use crate::register::{Acceptance, KEPT_STRANGERS, Stranger, Strangers};
use crate::requester::memory::Kept;
use crate::session::Session;
use crate::task::{ImageFile, Job, JobId, Task, TaskId};
use crate::wakeup::Wake;

/// A store that forgets everything when it is dropped, and finds what is due by looking at everything.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    nodes: BTreeMap<DevId, NodeRecord>,
    /// Names that are not the text of a DevId.
    names: BTreeMap<NodeId, DevId>,
    places: BTreeMap<DevId, Place>,
    strangers: BTreeMap<DevId, Stranger>,
    acceptance: Acceptance,
    sessions: BTreeMap<DevId, Session>,
    tasks: BTreeMap<TaskId, Arc<Task>>,
    jobs: BTreeMap<JobId, Job>,
    wakes: BTreeMap<DevId, Wake>,
    images: BTreeMap<String, ImageFile>,
    alerts: BTreeMap<DevId, BTreeMap<u64, KeptAlert>>,
    pub(crate) requesters: Kept,
    pub(crate) campaigns: BTreeMap<CampaignId, Campaign>,
    pub(crate) waves: BTreeMap<(CampaignId, u32), Wave>,
    faults: FaultMemory,
    pub(crate) performance: Shelf,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) const fn faults(&self) -> &FaultMemory {
        &self.faults
    }

    fn apply(&mut self, record: Record) {
        match record {
            Record::Node(node) => {
                self.rename(&node.id, node.name.as_ref());
                self.nodes.insert(node.id.clone(), node);
            }
            Record::NodeRemoved(id) => {
                self.rename(&id, None);
                self.nodes.remove(&id);
                self.places.remove(&id);
                self.sessions.remove(&id);
                self.wakes.remove(&id);
                self.alerts.remove(&id);
                self.faults.remove_device(&id);
            }
            Record::Place { device, place } => {
                if let Some(name) = &place.name {
                    self.names.insert(name.clone(), device.clone());
                }
                self.places.insert(device, place);
            }
            Record::PlaceRemoved(device) => drop(self.places.remove(&device)),
            Record::Stranger(stranger) => {
                self.strangers.insert(stranger.dev_id.clone(), stranger);
                let oldest = self.strangers.values().min_by_key(|stranger| stranger.last_seen);
                if self.strangers.len() > KEPT_STRANGERS
                    && let Some(oldest) = oldest.map(|oldest| oldest.dev_id.clone())
                {
                    self.strangers.remove(&oldest);
                }
            }
            Record::StrangerRemoved(id) => drop(self.strangers.remove(&id)),
            Record::Acceptance(acceptance) => self.acceptance = *acceptance,
            Record::Session { node, session } => drop(self.sessions.insert(node, *session)),
            Record::Task(task) => drop(self.tasks.insert(task.id, task)),
            Record::Job(job) => drop(self.jobs.insert(job.id, job)),
            Record::Wake { node, wake: Some(wake) } => drop(self.wakes.insert(node, wake)),
            Record::Wake { node, wake: None } => drop(self.wakes.remove(&node)),
            Record::Image(image) => drop(self.images.insert(image.name.clone(), image)),
            Record::Campaign(campaign) => drop(self.campaigns.insert(campaign.id, *campaign)),
            Record::Wave(wave) => drop(self.waves.insert((wave.campaign, wave.number), *wave)),
            Record::Alert { node, alert } => {
                let kept = self.alerts.entry(node).or_default();
                kept.remove(&alert.number.saturating_sub(KEPT_ALERTS));
                kept.insert(alert.number, alert);
            }
            Record::Requester(requester) => self.requesters.put(requester),
            Record::RequesterRemoved(name) => self.requesters.remove(&name),
            Record::Audit(entry) => self.requesters.note(entry),
            Record::AuditExpired(before) => self.requesters.forget_before(before),
            Record::Answer(answer) => self.requesters.keep(answer),
            Record::AnswersExpired(before) => self.requesters.forget_answers_before(before),
            Record::Alarm(alarm) => self.faults.put_alarm(*alarm),
            Record::Transition(transition) => self.faults.put_transition(*transition),
            Record::ForgetFaults(before) => self.faults.forget(before),
            Record::Samples(collected) => self.performance.append(collected),
            Record::Performance(change) => self.performance.change(change),
        }
    }

    /// The node `id` is called `name` from now on.
    fn rename(&mut self, id: &DevId, name: Option<&NodeId>) {
        let before = self.nodes.get(id).and_then(|node| node.name.as_ref());
        let told = self.places.get(id).and_then(|place| place.name.as_ref());
        for old in [before, told].into_iter().flatten() {
            self.names.remove(old);
        }
        if let Some(name) = name {
            self.names.insert(name.clone(), id.clone());
        }
    }

    fn deadlines(&self) -> Vec<(Instant, &DevId)> {
        let wakes = self.wakes.iter().map(|(node, wake)| (wake.next, node));
        let jobs = self.jobs.values().filter_map(|job| Some((job.deadline()?, &job.node)));
        let mut deadlines: Vec<_> = wakes.chain(jobs).collect();
        deadlines.sort();
        deadlines
    }
}

impl Store for MemoryStore {
    type Error = Infallible;

    fn load(&self, node: &DevId) -> Result<Records, Infallible> {
        let is_own = |job: &&Job| job.node == *node && job.is_active();
        let jobs: Vec<Job> = self.jobs.values().filter(is_own).take(LOADED_JOBS).cloned().collect();
        let tasks =
            jobs.iter().filter_map(|job| Some((job.task(), Arc::clone(self.tasks.get(&job.task())?)))).collect();
        let record = self.nodes.get(node).cloned();
        let is_gateway = record.as_ref().is_some_and(|node| node.kind == NodeKind::Gateway);
        let behind: Vec<(&DevId, &Place)> =
            self.places.iter().filter(|(_, place)| is_gateway && place.gateway == *node).collect();
        let devices = behind.iter().map(|(device, _)| *device).chain([node]);
        Ok(Records {
            alarms: devices.flat_map(|device| self.faults.of(device)).cloned().collect(),
            strangers: match &record {
                Some(node) if node.account.is_some() => Strangers::default(),
                Some(_) | None => {
                    let own = self.strangers.get(node);
                    Strangers::of(node, own, self.strangers.values(), self.acceptance.clone())
                }
            },
            node: record,
            session: self.sessions.get(node).cloned().unwrap_or_default(),
            jobs,
            tasks,
            wake: self.wakes.get(node).copied(),
            behind: behind
                .iter()
                .filter_map(|(id, place)| Some((place.record.clone()?, Behind::new((*id).clone(), place))))
                .collect(),
        })
    }

    fn commit(&mut self, records: &[Record]) -> Result<(), Infallible> {
        for record in records {
            self.apply(record.clone());
        }
        Ok(())
    }

    fn due(&self, now: Instant, limit: usize) -> Result<Vec<DevId>, Infallible> {
        let mut due: Vec<DevId> = Vec::new();
        for (at, node) in self.deadlines() {
            if at <= now && due.len() < limit && !due.contains(node) {
                due.push(node.clone());
            }
        }
        Ok(due)
    }

    fn next_due(&self) -> Result<Option<Instant>, Infallible> {
        Ok(self.deadlines().first().map(|(at, _)| *at))
    }

    fn node(&self, id: &DevId) -> Result<Option<NodeRecord>, Infallible> {
        Ok(self.nodes.get(id).cloned())
    }

    fn named(&self, name: &NodeId) -> Result<Option<DevId>, Infallible> {
        Ok(self.names.get(name).cloned())
    }

    fn nodes(&self) -> Result<Vec<NodeRecord>, Infallible> {
        Ok(self.nodes.values().cloned().collect())
    }

    fn strangers(&self) -> Result<Vec<Stranger>, Infallible> {
        Ok(self.strangers.values().cloned().collect())
    }

    fn acceptance(&self) -> Result<Acceptance, Infallible> {
        Ok(self.acceptance.clone())
    }

    fn place(&self, id: &DevId) -> Result<Option<Place>, Infallible> {
        Ok(self.places.get(id).cloned())
    }

    fn behind(&self, gateway: &DevId) -> Result<Vec<(DevId, Place)>, Infallible> {
        let behind = self.places.iter().filter(|(_, place)| place.gateway == *gateway);
        Ok(behind.map(|(id, place)| (id.clone(), place.clone())).collect())
    }

    fn alerts(&self, node: &DevId) -> Result<Vec<KeptAlert>, Infallible> {
        Ok(self.alerts.get(node).into_iter().flat_map(BTreeMap::values).cloned().collect())
    }

    fn task(&self, id: TaskId) -> Result<Option<Arc<Task>>, Infallible> {
        Ok(self.tasks.get(&id).cloned())
    }

    fn tasks(&self) -> Result<Vec<Arc<Task>>, Infallible> {
        Ok(self.tasks.values().cloned().collect())
    }

    fn jobs(&self, task: TaskId) -> Result<Vec<Job>, Infallible> {
        Ok(self.jobs.range(JobId::new(task, 0)..=JobId::new(task, u32::MAX)).map(|(_, job)| job.clone()).collect())
    }

    fn image(&self, name: &str) -> Result<Option<ImageFile>, Infallible> {
        Ok(self.images.get(name).cloned())
    }

    fn images(&self) -> Result<Vec<ImageFile>, Infallible> {
        Ok(self.images.values().cloned().collect())
    }
}
