//! Tasks and images as they are shown.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Command, Image, ReportedCommand, Side, Target};

/// A task without its devices.
#[derive(Serialize, ToSchema)]
pub(crate) struct TaskLine {
    id: u64,
    kind: TaskKind,
    state: TaskState,
    submitted: String,
    /// On whose behalf.
    requester: Option<String>,
    target: Target,
    retry_unknown: bool,
    counts: Counts,
}

/// What a task does.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TaskKind {
    /// It sends the commands.
    Commands,
    /// It installs this image.
    Firmware(String),
    /// It changes the credentials of this side.
    Credentials(Side),
    /// It changes software.
    Software(SoftwareKind),
    /// It locks, unlocks, wipes or resets: the operation.
    Lock(String),
    /// It delivers this configuration file.
    Configuration(String),
    /// It brings nodes into a state.
    #[serde(rename = "desired state")]
    DesiredState,
    /// The server's own: it reads what a node that was registered tells about itself.
    Inventory,
    /// The server's own: it asks whether a device is still behind its gateway.
    Presence,
    /// It wipes a node that is deactivated.
    Farewell,
    /// The server's own: it tells a gateway to forget a device that was deactivated.
    Forget,
}

/// What a task does about which package.
#[derive(Serialize, ToSchema)]
pub(crate) struct SoftwareKind {
    /// `install`, `remove`, `activate` or `deactivate`.
    operation: String,
    /// PkgID.
    package: String,
}

/// Where a task is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TaskState {
    Waiting,
    Running,
    Done,
    Cancelled,
}

/// How many devices of a task are where.
#[derive(Serialize, ToSchema)]
pub(crate) struct Counts {
    total: usize,
    ok: usize,
    failed: usize,
    skipped: usize,
    cancelled: usize,
    pending: usize,
}

/// A task with what became of it on each device.
#[derive(Serialize, ToSchema)]
pub(crate) struct Task {
    #[serde(flatten)]
    line: TaskLine,
    commands: Vec<Command>,
    devices: Vec<TaskDevice>,
}

/// What became of a task on one device.
#[derive(Serialize, ToSchema)]
pub(crate) struct TaskDevice {
    id: String,
    state: DeviceState,
    /// The commands, filled in.
    commands: Vec<ReportedCommand>,
    /// The gateway that serves it.
    gateway: Option<String>,
    /// Why it is not ok, in words.
    reason: Option<String>,
}

/// Where a device of a task is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DeviceState {
    Waiting,
    Running,
    Ok,
    Failed,
    Skipped,
    Cancelled,
}

/// Tasks in the order of their numbers.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tasks {
    tasks: Vec<TaskLine>,
    /// For the `after` of the next page, if there is one.
    next: Option<String>,
}

/// The newest image of each name.
#[derive(Serialize, ToSchema)]
pub(crate) struct Images {
    images: Vec<Image>,
}
