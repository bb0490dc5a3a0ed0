//! The part of a task that one directly reachable node carries out.
//!
//! ```text
//! Active: step 0 .. n, each a list of commands:
//!     Pending --sent--> Sent --Status--> Done, or --202--> Waiting --alert or timeout--> Done
//!                        |  session lost: Pending again, or Waiting when repeating could do harm
//! Finished <-- the last step is done      Failed <-- a step of a gateway's program failed      Cancelled
//! ```

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use omadm_gwmo::code::{DeviceState, ResultCode};
use omadm_proto::ids::DevId;
use omadm_proto::time::Instant;

use super::outcome::{Outcome, OutcomeFault};
use super::{JobId, TaskId, Walk};

/// The job of one node.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Job {
    /// Its name.
    pub id: JobId,
    /// The node that carries it out.
    pub node: DevId,
    /// For a gateway's job: the devices behind it that the task is for. Empty: the task is for the node itself.
    pub devices: Vec<DevId>,
    /// `devices` are all that the directory knows behind the gateway.
    pub all: bool,
    /// Where it stands.
    pub state: JobState,
    /// Which step of the program is running.
    pub step: u32,
    /// The commands of that step, or of the last one.
    pub progress: Vec<Progress>,
    /// The commands of the steps before, by step, where what they found decides what later steps send.
    #[cfg_attr(feature = "serde", serde(default))]
    pub earlier: Vec<Vec<Progress>>,
    /// Its steps are only the way: when it is over, its outcome is concluded from all of them.
    #[cfg_attr(feature = "serde", serde(default))]
    pub concludes: bool,
    /// Its commands are those that the open session is working on.
    pub in_session: bool,
    /// What the gateway reported, by device.
    pub reported: BTreeMap<DevId, DeviceResult>,
    /// The reports that came \[gwmo 4.3 seq\].
    pub reports: BTreeSet<u32>,
    /// Devices that are not in the directory behind this gateway any more, by the record that reports name them by.
    #[cfg_attr(feature = "serde", serde(default))]
    pub moved: BTreeMap<String, DevId>,
    /// Its gateway takes no template in WBXML.
    #[cfg_attr(feature = "serde", serde(default))]
    pub text_only: bool,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum JobState {
    /// There is more to do or to wait for.
    Active,
    /// All steps are done; the outcomes tell how.
    Finished,
    /// The gateway's part could not be carried out.
    Failed(JobFault),
    /// The task was cancelled.
    Cancelled,
}

/// Why the program of a gateway stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum JobFault {
    /// The gateway could not fetch or verify the image.
    #[error("the gateway could not provide the image: {0}")]
    Image(ResultCode),
    /// The gateway refused a command of the program.
    #[error("the gateway refused: {0}")]
    Refused(omadm_proto::status::StatusCode),
    /// A command of the program has no outcome.
    #[error("the gateway's part: {0}")]
    NoOutcome(OutcomeFault),
    /// The node was deactivated.
    #[error("the node was deactivated (1416)")]
    Deactivated,
    /// The commands cannot be written as a template.
    #[error("the commands cannot be put into a template for the gateway")]
    Template,
}

/// One command of the running step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Progress {
    /// Where it stands.
    pub state: CommandState,
    /// It may have been executed before.
    pub repeated: bool,
    /// Where a walk is that goes node by node.
    #[cfg_attr(feature = "serde", serde(default))]
    pub walk: Option<Walk>,
    /// What is known.
    pub outcome: Outcome,
}

/// Where a command stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum CommandState {
    /// To be sent.
    #[default]
    Pending,
    /// Sent, not answered.
    Sent,
    /// Accepted, or of unknown outcome; an alert will tell, until then.
    Waiting(Instant),
    /// The outcome is final.
    Done,
}

/// The outcome of a task on one device.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct DeviceResult {
    /// How it ended, or where it stands \[gwmo 5.4\].
    pub state: DeviceState,
    /// The result code; [`ResultCode::NONE`] for a device that the server reached itself.
    pub code: ResultCode,
    /// The outcomes of the task's commands, in order; empty when none was tried.
    pub outcomes: Vec<Outcome>,
}

impl DeviceResult {
    /// `state` with `code` and no outcomes.
    #[must_use]
    pub const fn new(state: DeviceState, code: ResultCode) -> Self {
        Self { state, code, outcomes: Vec::new() }
    }
}

impl Job {
    /// The job of `node` for itself.
    #[must_use]
    pub fn direct(id: JobId, node: DevId) -> Self {
        Self::new(id, node, Vec::new())
    }

    /// The job of the gateway `node` for `devices` behind it.
    #[must_use]
    pub fn fanout(id: JobId, node: DevId, devices: Vec<DevId>) -> Self {
        Self::new(id, node, devices)
    }

    fn new(id: JobId, node: DevId, devices: Vec<DevId>) -> Self {
        Self {
            id,
            node,
            devices,
            all: false,
            state: JobState::Active,
            step: 0,
            progress: Vec::new(),
            earlier: Vec::new(),
            concludes: false,
            in_session: false,
            reported: BTreeMap::new(),
            reports: BTreeSet::new(),
            moved: BTreeMap::new(),
            text_only: false,
        }
    }

    /// The task it belongs to.
    #[must_use]
    pub const fn task(&self) -> TaskId {
        self.id.task
    }

    /// Whether it is for devices behind the node.
    #[must_use]
    pub const fn is_fanout(&self) -> bool {
        !self.devices.is_empty()
    }

    /// Whether there is more to do or to wait for.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        matches!(self.state, JobState::Active)
    }

    /// Whether it has something to send.
    #[must_use]
    pub fn has_pending(&self) -> bool {
        self.is_active() && self.progress.iter().any(|command| command.state == CommandState::Pending)
    }

    /// Whether it waits for answers of an open session.
    #[must_use]
    pub fn has_sent(&self) -> bool {
        self.progress.iter().any(|command| command.state == CommandState::Sent)
    }

    /// The commands of all steps so far, in order.
    pub fn results_so_far(&self) -> impl Iterator<Item = &Progress> {
        self.earlier.iter().flatten().chain(&self.progress)
    }

    /// Whether every command of the running step has its outcome.
    #[must_use]
    pub fn step_is_done(&self) -> bool {
        self.progress.iter().all(|command| command.state == CommandState::Done)
    }

    /// How many commands of the running step have their outcome; for devices behind a gateway: how many devices it reported.
    #[must_use]
    pub fn done(&self) -> usize {
        if self.is_fanout() {
            return self.reported.len();
        }
        self.progress.iter().filter(|command| command.state == CommandState::Done).count()
    }

    /// Of how many [`Self::done`] counts.
    #[must_use]
    pub fn total(&self) -> usize {
        if self.is_fanout() { self.devices.len().max(self.reported.len()) } else { self.progress.len() }
    }

    /// Whether nobody has looked at it since it was submitted.
    #[must_use]
    pub const fn is_fresh(&self) -> bool {
        self.is_active() && self.progress.is_empty()
    }

    /// The earliest moment at which waiting ends; a fresh job is due at once, so that its node is notified.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        if self.is_fresh() {
            return Some(Instant::ZERO);
        }
        let until =
            |command: &Progress| if let CommandState::Waiting(until) = command.state { Some(until) } else { None };
        self.is_active().then(|| self.progress.iter().filter_map(until).min()).flatten()
    }

    /// Ends it because the task was cancelled. What was sent may still be executed by the device.
    pub fn cancel(&mut self) {
        self.end(JobState::Cancelled, OutcomeFault::Cancelled);
    }

    /// Ends it in `state`; what has no outcome yet gets `fault`.
    pub(crate) fn end(&mut self, state: JobState, fault: OutcomeFault) {
        if self.is_active() {
            for command in self.progress.iter_mut().filter(|command| command.state != CommandState::Done) {
                command.outcome.give_up(fault);
                command.state = CommandState::Done;
            }
            self.in_session = false;
            self.state = state;
        }
    }

    /// Ends it if nothing of it has been sent yet; tells whether it did.
    pub fn cancel_unbegun(&mut self) -> bool {
        let has_begun = self.step > 0 || self.progress.iter().any(|command| command.state != CommandState::Pending);
        if self.is_active() && !has_begun {
            self.cancel();
        }
        !has_begun && !self.is_active()
    }

    /// What is known about each device of the job.
    #[must_use]
    pub fn results(&self) -> Vec<(DevId, DeviceResult)> {
        if !self.is_fanout() {
            return alloc::vec![(self.node.clone(), self.own_result())];
        }
        let missing = match self.state {
            JobState::Active => DeviceResult::new(DeviceState::Queued, ResultCode::NONE),
            JobState::Finished => DeviceResult::new(DeviceState::Skipped, ResultCode::DEVICE_LEFT),
            JobState::Failed(JobFault::Image(code)) => DeviceResult::new(DeviceState::Failed, code),
            JobState::Failed(JobFault::Deactivated) => DeviceResult::new(DeviceState::Failed, ResultCode::DEVICE_LEFT),
            JobState::Failed(_) => DeviceResult::new(DeviceState::Failed, ResultCode::FAILED),
            JobState::Cancelled => DeviceResult::new(DeviceState::Cancelled, ResultCode::CANCELLED),
        };
        let result = |id: &DevId| (id.clone(), self.reported.get(id).cloned().unwrap_or_else(|| missing.clone()));
        let mut results: Vec<_> = self.devices.iter().map(result).collect();
        // A job for all devices of a gateway may meet some that the directory did not know.
        let unexpected = self.reported.iter().filter(|(id, _)| !self.devices.contains(id));
        results.extend(unexpected.map(|(id, result)| (id.clone(), result.clone())));
        results
    }

    fn own_result(&self) -> DeviceResult {
        // What a step on the way does is not what the task asked for.
        let hidden = self.concludes && self.state != JobState::Finished;
        let outcomes: Vec<Outcome> =
            self.results_so_far().filter(|_| !hidden).map(|command| command.outcome.clone()).collect();
        let state = match self.state {
            JobState::Active if self.has_sent() => DeviceState::InSession,
            JobState::Active if !self.has_pending() && !self.progress.is_empty() => DeviceState::WaitAsync,
            JobState::Active => DeviceState::Queued,
            JobState::Finished if outcomes.iter().all(Outcome::is_good) => DeviceState::Ok,
            JobState::Finished | JobState::Failed(_) => DeviceState::Failed,
            JobState::Cancelled => DeviceState::Cancelled,
        };
        let left = self.state == JobState::Failed(JobFault::Deactivated);
        let code = if left { ResultCode::DEVICE_LEFT } else { ResultCode::NONE };
        DeviceResult { state, code, outcomes }
    }
}
