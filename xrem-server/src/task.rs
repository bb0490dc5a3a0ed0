//! Tasks: what an application wants done, to whom, and what became of it.
//!
//! A [`Task`] is a list of DM commands for a set of nodes, or a firmware release for them. It never changes after it was
//! submitted; each directly reachable node has a [`Job`] that carries it out, and a gateway's job covers all devices behind
//! it. [`crate::program`] says which commands a job sends at each step; [`crate::nrem`] runs the jobs.

mod command;
mod file;
mod image;
mod job;
#[cfg(feature = "serde")]
mod json;
mod outcome;
mod software;
mod summary;
mod walk;
mod wire;

pub use command::{CommandError, CommandFault, CommandPath, CommandSpec, Correlator, Exec, Payload, Write};
pub use file::FileData;
pub use image::{DeltaFile, ImageError, ImageFile};
pub use job::{CommandState, DeviceResult, Job, JobFault, JobState, Progress};
#[cfg(feature = "serde")]
pub use json::{Commands, Reported};
pub use outcome::{AlertReport, Conclusion, Outcome, OutcomeFault};
pub use software::{Activation, SoftwareOperation};
pub use summary::Summary;
pub use walk::Walk;

use alloc::vec::Vec;
use core::fmt;

use omadm_gwmo::filter::Filter;
use omadm_proto::auth::Secret;
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;
use omadm_tree::mo::LawmoOperation;

use crate::directory::NodeId;
use crate::requester::RequesterName;
use crate::store::Side;

/// Names a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct TaskId(u64);

impl TaskId {
    /// The task numbered `number`.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Names a job: its task, and its number inside the task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct JobId {
    /// The task.
    pub task: TaskId,
    /// The number, from 0.
    pub number: u32,
}

impl JobId {
    /// Job `number` of `task`.
    #[must_use]
    pub const fn new(task: TaskId, number: u32) -> Self {
        Self { task, number }
    }

    /// The job that [`fmt::Display`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (task, number) = text.strip_prefix('t')?.split_once('-')?;
        Some(Self { task: TaskId(task.parse().ok()?), number: number.parse().ok()? })
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t{}-{}", self.task, self.number)
    }
}

/// The nodes a task is for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Target {
    /// One device.
    Device(NodeId),
    /// One gateway itself.
    Gateway(NodeId),
    /// These devices.
    Devices(Vec<NodeId>),
    /// All devices behind this gateway.
    Behind(NodeId),
    /// All of a kind.
    All(Kind),
    /// The registered nodes of this group.
    Group(alloc::string::String),
    /// The devices and gateways that this condition holds for; its keys are [`crate::directory::FILTER_KEYS`].
    Filter(Filter),
}

impl Target {
    /// The nodes of the group `name`.
    #[must_use]
    pub fn group(name: impl Into<alloc::string::String>) -> Self {
        Self::Group(name.into())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(id) => write!(f, "device {id}"),
            Self::Gateway(id) => write!(f, "gateway {id}"),
            Self::Devices(ids) => match ids.split_first() {
                Some((first, [])) => write!(f, "device {first}"),
                Some((first, rest)) => write!(f, "device {first} and {} more", rest.len()),
                None => f.write_str("no device"),
            },
            Self::Behind(gateway) => write!(f, "devices behind {gateway}"),
            Self::All(Kind::Devices) => f.write_str("all devices"),
            Self::All(Kind::Gateways) => f.write_str("all gateways"),
            Self::Group(name) => write!(f, "group {name}"),
            Self::Filter(filter) => write!(f, "filter {filter}"),
        }
    }
}

/// The two kinds of nodes, in the plural.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[allow(clippy::exhaustive_enums, reason = "a node is a device or a gateway")]
pub enum Kind {
    /// All devices, those behind gateways included.
    Devices,
    /// All gateways.
    Gateways,
}

/// What a task does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Purpose {
    /// It sends the commands.
    Commands,
    /// It installs an image as firmware.
    Firmware {
        /// The root of the FUMO object.
        fumo: alloc::string::String,
        /// The image.
        image: ImageFile,
        /// Smaller ways to it, for nodes that run what they apply to.
        #[cfg_attr(feature = "serde", serde(default))]
        deltas: Vec<ImageFile>,
    },
    /// It installs, removes, activates or deactivates software.
    Software {
        /// The root of the SCOMO object.
        scomo: alloc::string::String,
        /// What it does.
        operation: SoftwareOperation,
    },
    /// It locks, unlocks, wipes or resets.
    Lock {
        /// The root of the LAWMO object.
        lawmo: alloc::string::String,
        /// What it does.
        operation: LawmoOperation,
        /// Of a Wipe: the names of what is wiped; empty: everything.
        items: Vec<alloc::string::String>,
    },
    /// It wipes a node that is deactivated, and takes its account away.
    Farewell {
        /// The root of the LAWMO object.
        lawmo: alloc::string::String,
        /// The account of this server.
        account: alloc::string::String,
    },
    /// It tells a gateway to forget a device that was deactivated.
    Forget,
    /// It reads what a node that was registered tells about itself.
    Inventory,
    /// It asks whether a device is still behind the gateway that had it.
    Presence,
    /// It changes the credentials of one side in the device's account.
    Credentials {
        /// Whose.
        side: Side,
        /// The AppAuth node of these credentials, such as `./DMAcc/nrem/AppAuth/1`.
        node: alloc::string::String,
        /// The new AAuthName, if it changes.
        name: Option<alloc::string::String>,
        /// The new AAuthSecret. It stands in no command: [`crate::program`] puts it into the message.
        secret: Secret,
    },
    /// It brings nodes into a state: reads, writes what differs, reads again.
    DesiredState {
        /// The nodes and their values.
        settings: Vec<Write>,
    },
    /// It delivers a configuration file and has it applied.
    Configuration {
        /// The root of the object for it.
        root: alloc::string::String,
        /// The file.
        file: ImageFile,
        /// Its bytes. They stand in no command: [`crate::program`] puts them into the message.
        data: FileData,
    },
}

/// A submitted task.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Task {
    /// Its name.
    pub id: TaskId,
    /// When it was submitted.
    pub submitted: Instant,
    /// For whom, as it was asked.
    pub target: Target,
    /// What kind of task it is.
    pub purpose: Purpose,
    /// The commands for each node, in order; every Exec has its Correlator.
    pub commands: Vec<TaskCommand>,
    /// The images that gateways must have before they start.
    pub images: Vec<ImageFile>,
    /// Repeat an Exec whose outcome was lost with the connection \[gwmo 3.4\].
    pub retry_unknown: bool,
    /// How many jobs it has.
    pub jobs: u32,
    /// On whose behalf; `None`: the server's own operator.
    #[cfg_attr(feature = "serde", serde(default))]
    pub requester: Option<RequesterName>,
}

impl Task {
    /// The task `id` without commands.
    pub(crate) const fn new(id: TaskId, submitted: Instant, target: Target, purpose: Purpose) -> Self {
        Self {
            id,
            submitted,
            target,
            purpose,
            commands: Vec::new(),
            images: Vec::new(),
            retry_unknown: false,
            jobs: 0,
            requester: None,
        }
    }
}

/// One command of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct TaskCommand {
    /// The command.
    pub spec: CommandSpec,
    /// Statuses that are as good as 200 here.
    pub tolerated: Vec<StatusCode>,
}

impl TaskCommand {
    /// `spec`, which must succeed.
    #[must_use]
    pub const fn new(spec: CommandSpec) -> Self {
        Self { spec, tolerated: Vec::new() }
    }

    /// `spec`, for which `status` is good enough.
    #[must_use]
    pub fn tolerating(spec: CommandSpec, status: StatusCode) -> Self {
        Self { spec, tolerated: alloc::vec![status] }
    }
}

/// A task as an application asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskRequest {
    /// For whom.
    pub target: Target,
    /// The commands.
    pub commands: Vec<CommandSpec>,
    /// The images that the commands of devices behind gateways refer to.
    pub images: Vec<ImageFile>,
    /// Repeat an Exec whose outcome was lost with the connection.
    pub retry_unknown: bool,
}

impl TaskRequest {
    /// `commands` for `target`.
    #[must_use]
    pub const fn new(target: Target, commands: Vec<CommandSpec>) -> Self {
        Self { target, commands, images: Vec::new(), retry_unknown: false }
    }

    /// `commands` for `target` in one Atomic: a node carries out all of them or none. An Add may bring a whole subtree as a
    /// document: [`Write::tnds`].
    #[must_use]
    pub fn all_or_nothing(target: Target, commands: Vec<CommandSpec>) -> Self {
        Self::new(target, alloc::vec![CommandSpec::Atomic { commands }])
    }
}
