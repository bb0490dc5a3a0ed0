//! What applications do at the network server: register nodes, submit tasks, read results.

use alloc::collections::BTreeMap;
use core::convert::Infallible;
use std::io::Cursor;

use omadm_gwmo::code::DeviceState;
use omadm_proto::ids::DevId;
use omadm_proto::message::Format;
use qbsdiff::Bsdiff;
use sha2::{Digest as _, Sha256};
use xrem_client::GenericAlert;
use xrem_server::directory::{Bearer, NodeKind, NodeRecord, Place, Registration, Route, RouteError, routes};
use xrem_server::lock::LockRequest;
use xrem_server::nrem::{FirmwareRequest, Step, Submission, SubmitError};
use xrem_server::register::Farewell;
use xrem_server::requester::PermitError;
use xrem_server::software::SoftwareRequest;
use xrem_server::store::{MemoryStore, Record, Store as _};
use xrem_server::task::{CommandSpec, DeviceResult, ImageError, ImageFile, Job, Target, TaskId, TaskRequest};

use super::World;
use crate::node::Node;

/// Why a task is not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// A node of the target cannot be reached.
    #[error(transparent)]
    Route(#[from] RouteError<Infallible>),
    /// The requester has no right to it.
    #[error(transparent)]
    Permit(#[from] PermitError<Infallible>),
    /// The task cannot be carried out.
    #[error(transparent)]
    Submit(#[from] SubmitError),
}

/// How many devices of a task ended how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(clippy::exhaustive_structs, reason = "tests write it down")]
pub struct Counts {
    /// Everything was done.
    pub ok: usize,
    /// Something failed.
    pub failed: usize,
    /// Anything else: skipped, cancelled, not ended.
    pub other: usize,
}

/// Where the server believes the device `id` to be.
pub(super) fn place(store: &MemoryStore, id: &DevId) -> Option<Place> {
    let Ok(place) = store.place(id);
    place
}

fn hex_digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl World {
    /// Registers the gateways and the direct devices; the others are reported by their gateways.
    pub(super) fn register(&mut self) {
        let gateways = self.gateways.keys().map(|number| (Node::Gateway(*number), NodeKind::Gateway));
        let plain_gateways = self.plan.devices().count().saturating_sub(self.plan.plain_gateways as usize);
        let kind = |number: u32| if number as usize > plain_gateways { NodeKind::Gateway } else { NodeKind::Device };
        let devices = self.plan.direct_devices().map(|number| (Node::Device(number), kind(number)));
        let nodes: Vec<(Node, NodeKind)> = gateways.chain(devices).collect();
        for (node, kind) in nodes {
            let mut registration = Registration::new(node.dev_id(), kind);
            registration.account = Some(node.account_of(Node::Server).with_scheme(self.plan.scheme));
            registration.bearers = vec![Bearer::new(node.to_string())];
            if let Ok((record, _)) = registration.accept(self.now()) {
                self.server.commit(&[Record::Node(record)]);
            }
        }
    }

    /// Stores `records`, as an operator of the server would have it done.
    pub fn operate(&mut self, records: &[Record]) {
        self.server.commit(records);
        self.wake(Node::Server);
    }

    /// Deactivates the device `number`, which the server reaches itself.
    pub fn deactivate(&mut self, number: u32, farewell: &Farewell) {
        let Ok(mut records) = self.server.store.load(&Node::Device(number).dev_id());
        let step = self.server.nrem.deactivate(self.now(), &mut records, farewell);
        self.operate_step(step);
    }

    /// Deactivates the device `number` behind the gateway `gateway`.
    pub fn deactivate_behind(&mut self, number: u32, gateway: u32) {
        let id = Node::Device(number).dev_id();
        let Ok(mut records) = self.server.store.load(&Node::Gateway(gateway).dev_id());
        let Ok(known) = self.server.store.node(&id);
        let reported = || NodeRecord::reported(id.clone(), self.network.now());
        let device = known.unwrap_or_else(reported);
        let Some(place) = place(&self.server.store, &id) else { return };
        let task = TaskId::new((1 << 33) + u64::from(number));
        let step = self.server.nrem.deactivate_behind(self.now(), task, (device, &place), &mut records);
        self.operate_step(step);
    }

    fn operate_step(&mut self, step: Step) {
        self.operate(&step.persist);
        self.server.events.extend(step.events);
    }

    /// The gateway `number` tells the server something about its devices, true or not.
    pub fn report(&mut self, number: u32, kind: &str, payload: &str) {
        let source = "./GwMO/DevInv/Records";
        self.speak(number, GenericAlert::new(kind, payload).source(source).format(Format::Xml));
    }

    /// The gateway `number` relays an alert from `source`.
    pub fn relay(&mut self, number: u32, kind: &str, source: &str) {
        self.speak(number, GenericAlert::new(kind, "1").source(source));
    }

    fn speak(&mut self, number: u32, alert: GenericAlert) {
        let now = self.now();
        if let Some(gateway) = self.gateways.get_mut(&number) {
            gateway.grem.queue_alert(now, alert);
            self.wake(Node::Gateway(number));
        }
    }

    /// Submits `commands` for `target`.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn submit(&mut self, target: Target, commands: Vec<CommandSpec>) -> Result<TaskId, Refused> {
        let routes = routes(&self.server.store, &target)?;
        let id = self.next_task();
        let request = TaskRequest::new(target, commands);
        let submission = self.server.nrem.submit(self.now(), id, request, routes)?;
        Ok(self.accept(&submission))
    }

    /// Submits a firmware upgrade.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn upgrade(&mut self, target: Target, image: &ImageFile) -> Result<TaskId, Refused> {
        let routes = routes(&self.server.store, &target)?;
        let id = self.next_task();
        let request = FirmwareRequest::new(target, image.clone());
        let submission = self.server.nrem.submit_firmware(self.now(), id, request, routes)?;
        Ok(self.accept(&submission))
    }

    /// Submits a change of software.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn change_software(&mut self, request: SoftwareRequest) -> Result<TaskId, Refused> {
        let routes = routes(&self.server.store, &request.target)?;
        let id = self.next_task();
        let submission = self.server.nrem.submit_software(self.now(), id, request, routes)?;
        Ok(self.accept(&submission))
    }

    /// Submits a lock, a wipe or a reset.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn lock(&mut self, request: LockRequest) -> Result<TaskId, Refused> {
        let routes = routes(&self.server.store, &request.target)?;
        let id = self.next_task();
        let submission = self.server.nrem.submit_lock(self.now(), id, request, routes)?;
        Ok(self.accept(&submission))
    }

    /// Submits an upgrade with deltas.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn release(&mut self, request: FirmwareRequest) -> Result<TaskId, Refused> {
        let routes = routes(&self.server.store, &request.target)?;
        let id = self.next_task();
        let submission = self.server.nrem.submit_firmware(self.now(), id, request, routes)?;
        Ok(self.accept(&submission))
    }

    /// Puts an image on the network server.
    ///
    /// # Errors
    /// When `name` is none for an image.
    pub fn publish(&mut self, name: &str, version: &str, bytes: Vec<u8>) -> Result<ImageFile, ImageError> {
        let sha256 = hex_digest(&bytes);
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let image = ImageFile::new(name, size, sha256, format!("http://nrem/images/{name}"))?;
        self.server.images.insert(name.to_owned(), bytes.into());
        Ok(image.with_version(Some(version.to_owned())))
    }

    /// Offers the delta of two images for download.
    ///
    /// # Errors
    /// [`ImageError`] when the name is none.
    pub fn publish_delta(
        &mut self,
        name: &str,
        version: &str,
        from: &[u8],
        to: &[u8],
    ) -> Result<ImageFile, ImageError> {
        let mut delta = Vec::new();
        // Writing to a Vec cannot fail.
        let _ = Bsdiff::new(from, to).compare(Cursor::new(&mut delta));
        self.publish(name, version, delta)?.with_delta(hex_digest(from), hex_digest(to))
    }

    /// Stores `records` at the network server, as its application would.
    pub fn commit(&mut self, records: &[Record]) {
        self.server.commit(records);
        self.wake(Node::Server);
    }

    /// How the nodes of `target` are reached.
    pub(super) fn routes(&self, target: &Target) -> Result<Vec<Route>, Refused> {
        Ok(routes(&self.server.store, target)?)
    }

    pub(super) fn next_task(&self) -> TaskId {
        self.server.next_task()
    }

    pub(super) fn accept(&mut self, submission: &Submission) -> TaskId {
        self.server.commit(&submission.persist);
        let id = submission.task.id;
        self.network_note(&format!("nrem: task {id} is accepted"));
        // A program wakes the loop that does what is due.
        self.wake(Node::Server);
        id
    }

    /// The jobs of `task`.
    #[must_use]
    pub fn jobs(&self, task: TaskId) -> Vec<Job> {
        let Ok(jobs) = self.server.store.jobs(task);
        jobs
    }

    /// Whether `task` is over.
    #[must_use]
    pub fn is_done(&self, task: TaskId) -> bool {
        self.jobs(task).iter().all(|job| !job.is_active())
    }

    /// What became of `task`, by device.
    #[must_use]
    pub fn results(&self, task: TaskId) -> BTreeMap<DevId, DeviceResult> {
        self.jobs(task).iter().flat_map(Job::results).collect()
    }

    /// How many devices of `task` ended how.
    #[must_use]
    pub fn counts(&self, task: TaskId) -> Counts {
        let mut counts = Counts::default();
        for result in self.results(task).values() {
            if result.state == DeviceState::Ok {
                counts.ok += 1;
            } else if result.state == DeviceState::Failed {
                counts.failed += 1;
            } else {
                counts.other += 1;
            }
        }
        counts
    }

    /// Lets everything happen until `task` is over.
    ///
    /// # Errors
    /// [`super::Trouble`] when it is not within a day.
    pub fn finish(&mut self, task: TaskId) -> Result<(), super::Trouble> {
        // A look at the jobs of a thousand devices takes its time, and only a commit can change them.
        let mut seen = None;
        self.run_until(super::run::DAY, |world| {
            seen.replace(world.server.commits) != Some(world.server.commits) && world.is_done(task)
        })
    }
}
