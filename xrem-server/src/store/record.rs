//! What is stored.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use omadm_proto::ids::DevId;
use omadm_proto::time::Instant;

use crate::campaign::{Campaign, Wave};
use crate::directory::{NodeId, NodeRecord, Place};
use crate::fault::{Alarm, Alarms, Transition};
use crate::performance;
use crate::register::{Acceptance, Stranger, Strangers};
use crate::requester::{AuditEntry, KeptAnswer, Requester, RequesterName};
use crate::session::Session;
use crate::task::{AlertReport, ImageFile, Job, Task, TaskId};
use crate::wakeup::Wake;

/// One write. Each kind has a key of its own; a later record with the same key replaces the earlier one.
#[derive(Debug, Clone)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "a step has a few of them; a box would be an allocation for each message")]
pub enum Record {
    /// A registered node; key: its DevId.
    Node(NodeRecord),
    /// A node is forgotten, with its session, its place and its notification.
    NodeRemoved(DevId),
    /// Where a device is; key: its DevId.
    Place {
        /// The device.
        device: DevId,
        /// Where it is.
        place: Place,
    },
    /// A device is nowhere any more.
    PlaceRemoved(DevId),
    /// A device that is not registered; key: its DevId. Of more than [`crate::register::KEPT_STRANGERS`] the one that was
    /// not seen for the longest time is forgotten.
    Stranger(Stranger),
    /// A device is not unknown any more.
    StrangerRemoved(DevId),
    /// What becomes of unknown devices from now on.
    Acceptance(Box<Acceptance>),
    /// The sessions of a node; key: its DevId.
    Session {
        /// The node.
        node: DevId,
        /// Its sessions.
        session: Box<Session>,
    },
    /// A task; key: its id.
    Task(Arc<Task>),
    /// A job; key: its id.
    Job(Job),
    /// A node is to be notified; key: its DevId.
    Wake {
        /// The node.
        node: DevId,
        /// When and how; `None` when it need not be notified any more.
        wake: Option<Wake>,
    },
    /// An image; key: its name.
    Image(ImageFile),
    /// A campaign; key: its id.
    Campaign(Box<Campaign>),
    /// A wave of a campaign; key: the campaign and its number.
    Wave(Box<Wave>),
    /// An alert that no task waited for; key: its node and its number. The [`KEPT_ALERTS`] newest of a node are kept.
    Alert {
        /// Who sent it.
        node: DevId,
        /// What it said.
        alert: KeptAlert,
    },
    /// A requester; key: its name.
    Requester(Requester),
    /// A requester is forgotten; its tasks and its audit are kept.
    RequesterRemoved(RequesterName),
    /// An entry of the audit; key: its [`AuditEntry::key`].
    Audit(AuditEntry),
    /// The audit before this moment is forgotten.
    AuditExpired(Instant),
    /// An answer for a request that may come again; key: its requester and its key.
    Answer(KeptAnswer),
    /// The answers before this moment are forgotten.
    AnswersExpired(Instant),
    /// An alarm; key: its device and trap.
    Alarm(Box<Alarm>),
    /// A transition of an alarm, for the history; key: [`Transition::key`].
    Transition(Box<Transition>),
    /// The history of faults before this moment is forgotten, and so are the alarms that were over by then.
    ForgetFaults(Instant),
    /// Samples of a node; key: node, function, metric and time. The first value for a key stays.
    Samples(performance::Collected),
    /// Anything else about performance.
    Performance(performance::Change),
}

/// Alerts of one node that are kept.
pub const KEPT_ALERTS: u64 = 64;

/// An alert that no task waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct KeptAlert {
    /// Its number among those of its node, from 1.
    pub number: u64,
    /// When it came.
    pub at: Instant,
    /// What it said.
    pub report: AlertReport,
    /// The device that it comes from, when a gateway relayed it.
    #[cfg_attr(feature = "serde", serde(default))]
    pub device: Option<NodeId>,
}

impl KeptAlert {
    /// Bytes of its data that are kept; what is beyond them is cut.
    pub const MAX_DATA: usize = 4096;

    /// The alert `number` of its node, with its data cut to what is kept.
    #[must_use]
    pub fn new(number: u64, at: Instant, mut report: AlertReport) -> Self {
        report.data.truncate(Self::MAX_DATA);
        Self { number, at, report, device: None }
    }
}

/// What a message of one node, or its timeout, needs.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Records {
    /// The node; `None` when it is not registered.
    pub node: Option<NodeRecord>,
    /// When it is not registered: what is known of those that are not.
    pub strangers: Strangers,
    /// Its sessions.
    pub session: Session,
    /// Its active jobs, oldest first.
    pub jobs: Vec<Job>,
    /// The tasks of these jobs.
    pub tasks: BTreeMap<TaskId, Arc<Task>>,
    /// Its notification.
    pub wake: Option<Wake>,
    /// For a gateway: the devices behind it, by the name of their record.
    pub behind: BTreeMap<String, Behind>,
    /// The alarms of the node and of the devices behind it.
    pub alarms: Alarms,
}

/// A device behind a gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Behind {
    /// Its DevId.
    pub id: DevId,
    /// Its name for applications.
    pub name: NodeId,
}

impl Behind {
    /// The device `id` at `place`.
    #[must_use]
    pub fn new(id: DevId, place: &Place) -> Self {
        let name = place.name.clone().unwrap_or_else(|| NodeId::of(&id));
        Self { id, name }
    }
}
