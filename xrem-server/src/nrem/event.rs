//! What happens in the server, for applications, for logs and for people. No secrets, no values, no addresses, and no names
//! that only gateways use \[mission-matrix N4\].

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::campaign::{CampaignId, News};
use crate::directory::NodeId;
use crate::fault::FaultEvent;
use crate::performance::SubscriptionId;
use crate::requester::RequesterName;
use crate::session::{Fault, Importance};
use crate::task::{JobId, JobState, TaskId};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A message of a node that is not registered, or has no account; the name is the one it would get.
    UnknownDevice(NodeId),
    /// A device that nobody registered proved the shared secret, and is a node by that.
    Accepted(NodeId),
    /// The first inventory of a node was read: its registration is complete.
    Registered {
        /// The node.
        node: NodeId,
        /// Who registered it.
        owner: Option<RequesterName>,
    },
    /// A node is not managed any more.
    Deactivated(NodeId),
    /// Two devices with the DevId of one node are alive. Tasks for it are refused as long as nobody can say which is meant;
    /// one that comes by itself with its own account is reached as before.
    Conflict {
        /// The node.
        node: NodeId,
        /// The gateways they are behind; one: the other comes by itself.
        gateways: Vec<NodeId>,
    },
    /// Only one of them is left.
    ConflictEnded(NodeId),
    /// A message was refused.
    Refused {
        /// The node.
        node: NodeId,
        /// Why.
        fault: Fault,
    },
    /// A node authenticated.
    SessionStarted(NodeId),
    /// Its session is over.
    SessionEnded(NodeId),
    /// A device came for the first time with the account of its bootstrap document.
    Bootstrapped(NodeId),
    /// A device could not undo an Atomic that failed (516): somebody has to look at it.
    RollBackFailed(NodeId),
    /// New credentials are in use; the old ones are worth nothing any more.
    CredentialsInUse(NodeId),
    /// A notification was sent.
    Notified {
        /// The node.
        node: NodeId,
        /// The how many-th.
        attempt: u32,
    },
    /// A notification could not be sent.
    NotNotified {
        /// The node.
        node: NodeId,
        /// The scheme of the bearer.
        scheme: String,
    },
    /// A task was accepted.
    TaskQueued {
        /// The task.
        task: TaskId,
        /// On whose behalf.
        requester: Option<RequesterName>,
        /// How many jobs it has.
        jobs: u32,
    },
    /// The first commands of a job went out.
    JobStarted {
        /// The job.
        job: JobId,
        /// The node.
        node: NodeId,
    },
    /// More of a job is done.
    JobProgress {
        /// The job.
        job: JobId,
        /// The node.
        node: NodeId,
        /// Commands of the running step that have their outcome; for a gateway with devices behind it, the devices that it
        /// reported.
        done: usize,
        /// Of how many.
        of: usize,
    },
    /// A job is over.
    JobEnded {
        /// The job.
        job: JobId,
        /// The node.
        node: NodeId,
        /// How.
        state: JobState,
    },
    /// A gateway told of devices behind it.
    Attached {
        /// The gateway.
        gateway: NodeId,
        /// How many.
        devices: usize,
    },
    /// A gateway told that devices left.
    Detached {
        /// The gateway.
        gateway: NodeId,
        /// How many.
        devices: usize,
    },
    /// An alert that belongs to no job.
    Alert {
        /// Who sent it.
        node: NodeId,
        /// Its type.
        type_name: Option<String>,
        /// Its source.
        source: Option<String>,
        /// The Correlator, when it names an Exec that nobody knows any more.
        correlator: Option<String>,
        /// How much it matters.
        importance: Importance,
    },
    /// A campaign went on.
    Campaign {
        /// Which.
        campaign: CampaignId,
        /// On whose behalf it runs; `None`: the server's own operator.
        requester: Option<RequesterName>,
        /// How.
        news: News,
    },
    /// An alert whose content cannot be read.
    BadAlert {
        /// Who sent it.
        node: NodeId,
        /// Its type.
        type_name: String,
    },
    /// A fault came, went, or is not watched any more.
    Fault(Box<FaultEvent>),
    /// A device uploaded samples.
    Collected {
        /// The device.
        node: NodeId,
        /// The performance function.
        function: String,
        /// How many; some of them may have been known.
        samples: usize,
        /// How many it dropped since the upload before, because it had no room for them.
        lost: u64,
    },
    /// There is news for a subscriber of performance data; the driver tells it when the round that made it is stored.
    News {
        /// Who subscribed; `None`: the server's own operator.
        requester: Option<RequesterName>,
        /// To what.
        subscription: SubscriptionId,
        /// The number of the news there.
        number: u64,
    },
}

/// What an event is about, for those who want to hear of some things only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum EventKind {
    /// A fault.
    Fault,
    /// A task or one of its jobs.
    Task,
    /// A campaign.
    Campaign,
    /// A node: who it is, where it is, what it may.
    Device,
    /// A conversation with a node.
    Session,
    /// An alert that is none of the others.
    Alert,
    /// News of performance data.
    Performance,
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Fault, Self::Task, Self::Campaign, Self::Device, Self::Session, Self::Alert, Self::Performance];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Task => "task",
            Self::Campaign => "campaign",
            Self::Device => "device",
            Self::Session => "session",
            Self::Alert => "alert",
            Self::Performance => "performance",
        }
    }
}

impl Event {
    /// What it is about.
    #[must_use]
    pub const fn kind(&self) -> EventKind {
        match self {
            Self::Fault(_) => EventKind::Fault,
            Self::TaskQueued { .. } | Self::JobStarted { .. } | Self::JobProgress { .. } | Self::JobEnded { .. } => {
                EventKind::Task
            }
            Self::Campaign { .. } => EventKind::Campaign,
            Self::UnknownDevice(_)
            | Self::Accepted(_)
            | Self::Registered { .. }
            | Self::Deactivated(_)
            | Self::Conflict { .. }
            | Self::ConflictEnded(_)
            | Self::Bootstrapped(_)
            | Self::RollBackFailed(_)
            | Self::CredentialsInUse(_)
            | Self::Attached { .. }
            | Self::Detached { .. } => EventKind::Device,
            Self::Refused { .. }
            | Self::SessionStarted(_)
            | Self::SessionEnded(_)
            | Self::Notified { .. }
            | Self::NotNotified { .. }
            | Self::Collected { .. } => EventKind::Session,
            Self::News { .. } => EventKind::Performance,
            Self::Alert { .. } | Self::BadAlert { .. } => EventKind::Alert,
        }
    }

    /// The node that it is about; `None` for a task or campaign as a whole.
    #[must_use]
    pub fn node(&self) -> Option<&NodeId> {
        Some(match self {
            Self::TaskQueued { .. } | Self::Campaign { .. } | Self::News { .. } => return None,
            Self::UnknownDevice(node)
            | Self::Accepted(node)
            | Self::SessionStarted(node)
            | Self::SessionEnded(node)
            | Self::Bootstrapped(node)
            | Self::RollBackFailed(node)
            | Self::CredentialsInUse(node)
            | Self::Refused { node, .. }
            | Self::Notified { node, .. }
            | Self::NotNotified { node, .. }
            | Self::Registered { node, .. }
            | Self::Deactivated(node)
            | Self::Conflict { node, .. }
            | Self::ConflictEnded(node)
            | Self::JobStarted { node, .. }
            | Self::JobProgress { node, .. }
            | Self::JobEnded { node, .. }
            | Self::Attached { gateway: node, .. }
            | Self::Detached { gateway: node, .. }
            | Self::Alert { node, .. }
            | Self::BadAlert { node, .. }
            | Self::Collected { node, .. } => node,
            Self::Fault(event) => &event.node,
        })
    }

    /// The task that it is about.
    #[must_use]
    pub const fn task(&self) -> Option<TaskId> {
        match self {
            Self::TaskQueued { task, .. } => Some(*task),
            Self::JobStarted { job, .. } | Self::JobProgress { job, .. } | Self::JobEnded { job, .. } => Some(job.task),
            Self::UnknownDevice(_)
            | Self::Accepted(_)
            | Self::Refused { .. }
            | Self::SessionStarted(_)
            | Self::SessionEnded(_)
            | Self::Bootstrapped(_)
            | Self::RollBackFailed(_)
            | Self::CredentialsInUse(_)
            | Self::Notified { .. }
            | Self::NotNotified { .. }
            | Self::Registered { .. }
            | Self::Deactivated(_)
            | Self::Conflict { .. }
            | Self::ConflictEnded(_)
            | Self::Attached { .. }
            | Self::Detached { .. }
            | Self::Alert { .. }
            | Self::BadAlert { .. }
            | Self::Campaign { .. }
            | Self::Collected { .. }
            | Self::News { .. }
            | Self::Fault(_) => None,
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownDevice(id) => write!(f, "unknown device {id}: answered 401"),
            Self::Accepted(node) => write!(f, "{node}: accepted, it has the shared secret"),
            Self::Registered { node, owner } => {
                write!(f, "{node}: registered, its inventory is read")?;
                owner.as_ref().map_or(Ok(()), |owner| write!(f, " (for {owner})"))
            }
            Self::Deactivated(id) => write!(f, "{id}: deactivated"),
            Self::Conflict { node, gateways } => {
                write!(f, "{node}: ALARM: two devices with this identity are alive, behind")?;
                gateways.iter().try_for_each(|gateway| write!(f, " {gateway}"))
            }
            Self::ConflictEnded(id) => write!(f, "{id}: only one device with this identity is left"),
            Self::Refused { node, fault } => write!(f, "{node}: refused: {fault}"),
            Self::SessionStarted(id) => write!(f, "{id}: session started"),
            Self::SessionEnded(id) => write!(f, "{id}: session ended"),
            Self::Bootstrapped(id) => write!(f, "{id}: bootstrapped, it came with its new account"),
            Self::RollBackFailed(id) => {
                write!(
                    f,
                    "{id}: ALARM: an Atomic failed and could not be rolled back (516); its settings are inconsistent"
                )
            }
            Self::CredentialsInUse(id) => write!(f, "{id}: the new credentials are in use"),
            Self::NotNotified { node, scheme } => write!(f, "{node}: bearer {scheme} cannot carry the notification"),
            Self::Notified { node, attempt } => write!(f, "{node}: notification {attempt} sent"),
            Self::TaskQueued { task, requester: None, jobs } => write!(f, "task {task}: queued, {jobs} jobs"),
            Self::TaskQueued { task, requester: Some(name), jobs } => {
                write!(f, "task {task} of {name}: queued, {jobs} jobs")
            }
            Self::JobStarted { job, node } => write!(f, "{node}: job {job} is running"),
            Self::JobProgress { job, node, done, of } => write!(f, "{node}: job {job}: {done} of {of}"),
            Self::JobEnded { job, node, state: JobState::Failed(fault) } => {
                write!(f, "{node}: job {job} failed: {fault}")
            }
            Self::JobEnded { job, node, state } => write!(f, "{node}: job {job} is over: {state:?}"),
            Self::Attached { gateway, devices } => write!(f, "{gateway}: {devices} devices attached"),
            Self::Detached { gateway, devices } => write!(f, "{gateway}: {devices} devices detached"),
            Self::Alert { node, type_name, source, .. } => {
                let (type_name, source) = (type_name.as_deref().unwrap_or("?"), source.as_deref().unwrap_or("?"));
                write!(f, "{node}: alert {type_name} from {source}, which no task waits for")
            }
            Self::Campaign { campaign, news, .. } => write!(f, "campaign {campaign}: {news}"),
            Self::BadAlert { node, type_name } => {
                write!(f, "{node}: alert {type_name} has content that cannot be read")
            }
            Self::Fault(event) => event.fmt(f),
            Self::Collected { node, function, samples, lost } => {
                write!(f, "{node}: {samples} samples of {function}, {lost} were dropped before")
            }
            Self::News { subscription, number, .. } => write!(f, "subscription {subscription}: news {number}"),
        }
    }
}
