//! What is told to subscribers: events that are numbered as they are stored, and events of the moment.
//!
//! The store's thread writes an event in the transaction of the step that it belongs to and numbers it there; when the
//! transaction is on the disk, the event goes out. So the numbers are the order of what happened, nothing is told that a
//! crash could undo, and whoever names the last number it had misses nothing that is kept. What changes nothing in the
//! store (sessions, strangers, progress inside a job) is told without a number, and not again.

use std::sync::Arc;

use omadm_proto::time::Instant;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::broadcast;
use xrem_server::directory::NodeId;
use xrem_server::fault::FaultEvent;
use xrem_server::nrem::{Event, EventKind};
use xrem_server::requester::RequesterName;
use xrem_server::task::{JobState, TaskId};

/// Events that a subscriber may be behind before it has to read them from the store.
const BEHIND: usize = 1024;

/// One event.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Told {
    /// Its number; 0: it is not kept.
    pub(crate) number: u64,
    pub(crate) at: Instant,
    pub(crate) kind: EventKind,
    pub(crate) node: Option<NodeId>,
    pub(crate) task: Option<TaskId>,
    /// On whose behalf the task is done.
    pub(crate) requester: Option<RequesterName>,
    pub(crate) fault: Option<Box<FaultEvent>>,
    /// How far the task is: jobs that are over, of all its jobs.
    pub(crate) jobs: Option<(u32, u32)>,
    pub(crate) name: String,
    pub(crate) text: String,
}

impl Told {
    pub(crate) fn new(at: Instant, event: &Event) -> Self {
        let (fault, requester, name) = match event {
            Event::Fault(fault) => (Some(fault.clone()), None, "fault"),
            Event::TaskQueued { requester, .. } => (None, requester.clone(), "task_queued"),
            Event::News { requester, .. } => (None, requester.clone(), "news"),
            Event::Campaign { requester, .. } => (None, requester.clone(), "campaign"),
            Event::JobStarted { .. } => (None, None, "job_started"),
            Event::JobProgress { .. } => (None, None, "job_progress"),
            Event::JobEnded { state: JobState::Finished, .. } => (None, None, "job_finished"),
            Event::JobEnded { state: JobState::Cancelled, .. } => (None, None, "job_cancelled"),
            Event::JobEnded { .. } => (None, None, "job_failed"),
            Event::UnknownDevice(_) => (None, None, "unknown_device"),
            Event::Accepted(_) => (None, None, "accepted"),
            Event::Registered { .. } => (None, None, "registered"),
            Event::Deactivated(_) => (None, None, "deactivated"),
            Event::Conflict { .. } => (None, None, "conflict"),
            Event::ConflictEnded(_) => (None, None, "conflict_ended"),
            other => (None, None, other.kind().as_str()),
        };
        Self {
            number: 0,
            at,
            kind: event.kind(),
            node: event.node().cloned(),
            task: event.task(),
            requester,
            fault,
            jobs: None,
            name: name.to_owned(),
            text: event.to_string(),
        }
    }

    /// Whether `event` is numbered and kept: everything that goes with a change in the store.
    pub(crate) fn is_kept(event: &Event) -> bool {
        !matches!(event, Event::UnknownDevice(_) | Event::JobStarted { .. } | Event::JobProgress { .. })
            && event.kind() != EventKind::Session
    }

    /// As subscribers read it; of a fault the API shows the fault beside it.
    pub(crate) fn json(&self) -> Value {
        let mut view = json!({"event": self.name, "at": crate::api::time(self.at), "text": self.text});
        if let Some(node) = &self.node {
            view["node"] = json!(node);
        }
        if let Some(task) = self.task {
            view["task"] = json!(task);
        }
        if let Some((done, of)) = self.jobs {
            view["jobs"] = json!({"done": done, "of": of});
        }
        view
    }
}

/// Where events go out.
#[derive(Debug, Clone)]
pub(crate) struct Hub(broadcast::Sender<Arc<Told>>);

impl Hub {
    pub(crate) fn new() -> Self {
        Self(broadcast::channel(BEHIND).0)
    }

    /// Tells everybody who listens.
    pub(crate) fn tell(&self, told: Told) {
        // Nobody may be listening.
        let _ = self.0.send(Arc::new(told));
    }

    /// Events from now on.
    pub(crate) fn listen(&self) -> broadcast::Receiver<Arc<Told>> {
        self.0.subscribe()
    }
}
