//! Nodes that are deactivated \[mission-matrix N7b\].

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use omadm_gwmo::code::{DeviceState, ResultCode};
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;
use omadm_tree::mo::LawmoOperation;

use super::submit::own_task;
use super::{Event, Nrem, Step};
use crate::directory::{NodeRecord, Place, Route};
use crate::program;
use crate::register::{Farewell, Lifecycle};
use crate::session::{self, Fault, Incoming, Session};
use crate::store::{Record, Records};
use crate::task::{CommandSpec, DeviceResult, JobFault, JobState, OutcomeFault, Purpose, Target, TaskCommand, TaskId};

impl Nrem {
    /// Deactivates the node that `records` belong to: its jobs fail with 1416, it is not notified any more, and its next
    /// session is refused. With a wipe it has one session more.
    ///
    /// One that is leaving already is deactivated at once by [`Farewell::Keep`], and not wiped if it was not yet.
    ///
    /// A node with many jobs has not all of them loaded: to be called again with the records loaded anew, until there are no
    /// jobs in them but that of the wipe. Registering it anew makes it active again.
    pub fn deactivate(&self, now: Instant, records: &mut Records, farewell: &Farewell) -> Step {
        let mut step = Step::default();
        let Some(mut node) = records.node.take() else { return step };
        let last = match node.lifecycle {
            Lifecycle::Leaving(task) if *farewell != Farewell::Keep => Some(task),
            Lifecycle::Leaving(_) | Lifecycle::Active | Lifecycle::Deactivated(_) => None,
        };
        for mut job in records.jobs.drain(..).filter(|job| Some(job.task()) != last) {
            job.end(JobState::Failed(JobFault::Deactivated), OutcomeFault::Cancelled);
            step.events.push(Event::JobEnded { job: job.id, node: node.node_id(), state: job.state });
            step.persist.push(Record::Job(job));
        }
        match farewell {
            _ if last.is_some() || node.is_deactivated() => {}
            Farewell::Wipe { task, lawmo, account } if node.account.is_some() => {
                node.lifecycle = Lifecycle::Leaving(*task);
                step.persist.extend(wipe(now, *task, &node, lawmo, account));
            }
            Farewell::Wipe { .. } | Farewell::Keep => {
                node.lifecycle = Lifecycle::Deactivated(now);
                step.events.push(Event::Deactivated(node.node_id()));
                let session = Box::new(Session::new());
                step.persist.push(Record::Session { node: node.id.clone(), session });
                step.persist.push(Record::Wake { node: node.id.clone(), wake: None });
            }
        }
        step.persist.push(Record::Node(node));
        step
    }

    /// The same for a device behind the gateway that `records` belong to: in the gateway's jobs it has failed with 1416, the
    /// gateway is told by the task `id` to forget it, and it has no place any more.
    pub fn deactivate_behind(
        &self,
        now: Instant,
        id: TaskId,
        (mut device, place): (NodeRecord, &Place),
        records: &mut Records,
    ) -> Step {
        let mut step = Step::default();
        for mut job in records.jobs.drain(..).filter(|job| job.devices.contains(&device.id)) {
            job.moved.extend(place.record.clone().map(|record| (record, device.id.clone())));
            job.reported.insert(device.id.clone(), DeviceResult::new(DeviceState::Failed, ResultCode::DEVICE_LEFT));
            step.persist.push(Record::Job(job));
        }
        if let Some(record) = &place.record {
            let uri = self.names.record(record, &[]);
            let forget = TaskCommand {
                spec: CommandSpec::Delete { uri },
                tolerated: vec![StatusCode::NOT_FOUND, StatusCode::COMMAND_NOT_ALLOWED],
            };
            let target = Target::Gateway((&place.gateway).into());
            let route = Route::Direct(place.gateway.clone());
            step.persist.extend(own_task(now, id, (target, Purpose::Forget), vec![forget], route));
        }
        device.lifecycle = Lifecycle::Deactivated(now);
        step.events.push(Event::Deactivated(device.node_id()));
        step.persist.push(Record::PlaceRemoved(device.id.clone()));
        step.persist.push(Record::Node(device));
        step
    }

    /// Turns a node away that is deactivated.
    pub(super) fn turn_away(node: &NodeRecord, incoming: &Incoming<'_>) -> Step {
        let server = node.account.as_ref().map(|account| &*account.server.name);
        let mut step = Step::default();
        step.events.push(Event::Refused { node: node.node_id(), fault: Fault::Deactivated });
        step.reply = Some(session::refuse_deactivated(incoming, server));
        step
    }

    /// A node whose wipe is over is deactivated.
    pub(super) fn leave(now: Instant, node: &mut NodeRecord, wiping: impl Fn(TaskId) -> bool, step: &mut Step) {
        if let Lifecycle::Leaving(task) = node.lifecycle
            && !wiping(task)
        {
            node.lifecycle = Lifecycle::Deactivated(now);
            step.events.push(Event::Deactivated(node.node_id()));
        }
    }
}

/// The task that wipes `node` and takes its account away.
fn wipe(now: Instant, id: TaskId, node: &NodeRecord, lawmo: &str, account: &str) -> Vec<Record> {
    let commands = program::lock_commands(lawmo, LawmoOperation::Wipe);
    let purpose = Purpose::Farewell { lawmo: lawmo.into(), account: account.into() };
    own_task(now, id, (Target::Device(node.node_id()), purpose), commands, Route::Direct(node.id.clone()))
}

/// Whether the device of this result was deactivated.
pub(super) fn has_left(reported: Option<&DeviceResult>) -> bool {
    reported.is_some_and(|result| result.state == DeviceState::Failed && result.code == ResultCode::DEVICE_LEFT)
}
