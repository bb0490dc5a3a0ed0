//! Taking in tasks.

mod configuration;
mod desired;

pub use configuration::ConfigurationRequest;
pub use desired::DesiredRequest;

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use omadm_proto::auth::Secret;
use omadm_proto::time::Instant;
use omadm_tree::uri::{NodeUri, UriError};

use super::{Event, Nrem};
use crate::directory::{NodeId, Route};
use crate::program;
use crate::requester::Permit;
use crate::store::{Record, Side};
use crate::task::{
    CommandError, CommandSpec, FileData, ImageFile, Job, JobId, Purpose, Target, Task, TaskCommand, TaskId, TaskRequest,
};

/// Commands in one task, those inside Atomic and Sequence not counted.
const MAX_COMMANDS: usize = 1024;

/// A firmware upgrade as an application asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FirmwareRequest {
    /// For whom.
    pub target: Target,
    /// The image.
    pub image: ImageFile,
    /// Smaller ways to it, for nodes that have an account here and run what they apply to.
    pub deltas: Vec<ImageFile>,
    /// The root of the FUMO object.
    pub fumo: String,
}

impl FirmwareRequest {
    /// `image` for `target`, by the FUMO object at `./FUMO`.
    #[must_use]
    pub fn new(target: Target, image: ImageFile) -> Self {
        Self { target, image, deltas: Vec::new(), fumo: "./FUMO".into() }
    }

    /// The same with a smaller way to the image, made by [`ImageFile::with_delta`]: a node is asked what it runs first, and
    /// gets the whole image if a delta fails. Devices behind a gateway get the whole image.
    #[must_use]
    pub fn with_delta(mut self, delta: ImageFile) -> Self {
        self.deltas.push(delta);
        self
    }

    /// The same with another root.
    #[must_use]
    pub fn at(mut self, fumo: impl Into<String>) -> Self {
        self.fumo = fumo.into();
        self
    }
}

/// New credentials for one device as an application asks for them.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CredentialRequest {
    /// The device, which has an account of its own: no two devices have the same secret.
    pub device: NodeId,
    /// Whose credentials.
    pub side: Side,
    /// The AppAuth node of these credentials in the device, such as `./DMAcc/nrem/AppAuth/1`.
    pub node: String,
    /// The new name, if it changes.
    pub name: Option<String>,
    /// The new secret.
    pub secret: Secret,
}

impl CredentialRequest {
    /// `secret` for `side`, kept by the device at `node`.
    #[must_use]
    pub fn new(device: NodeId, side: Side, node: impl Into<String>, secret: impl Into<Secret>) -> Self {
        Self { device, side, node: node.into(), name: None, secret: secret.into() }
    }

    /// The same with a new name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

/// An accepted task: committed, it will be carried out.
#[derive(Debug)]
#[non_exhaustive]
pub struct Submission {
    /// The task.
    pub task: Arc<Task>,
    /// To be committed as one.
    pub persist: Vec<Record>,
    /// What happened, to be told once it is committed.
    pub events: Vec<Event>,
}

/// Why a task is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// Nothing to do.
    #[error("the task has no commands")]
    NoCommands,
    /// Too much to do.
    #[error("the task has {0} commands, at most {MAX_COMMANDS} are allowed")]
    TooManyCommands(usize),
    /// Nobody to do it.
    #[error("the target names no node")]
    NoTarget,
    /// A command that cannot be sent.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// A command that cannot be sent through a gateway.
    #[error("command {0}: devices behind a gateway take no alert; send it to devices with an account of their own")]
    NotInTemplate(usize),
    /// Credentials for somebody who has none here.
    #[error("credentials are changed in sessions of the device's own; {0} is reached through a gateway")]
    NotDirect(NodeId),
    /// Credentials that prove nothing.
    #[error("the new secret is empty")]
    EmptySecret,
    /// The AppAuth node is no URI.
    #[error("node {0:?} is not a URI of the tree: {1}")]
    AppAuth(String, UriError),
    /// The same node shall have two values.
    #[error("{0} is set twice")]
    SetTwice(String),
    /// The root of the object for configuration files is no URI.
    #[error("root {0:?} is not a URI of the tree: {1}")]
    Configuration(String, UriError),
    /// A configuration file that is empty or too large.
    #[error("the file has {0} bytes; a configuration file has at least one and at most {max}", max = FileData::MAX_LEN)]
    FileSize(usize),
    /// The bytes of a file are not those that it is known by.
    #[error("the bytes of the file do not have its SHA-256")]
    Digest,
    /// The root of the FUMO object is no URI.
    #[error("fumo {0:?} is not a URI of the tree: {1}")]
    Fumo(String, UriError),
    /// A file among the deltas makes something else.
    #[error("{0} is not a delta that makes the image")]
    NotItsDelta(String),
    /// The root of the SCOMO object is no URI.
    #[error("scomo {0:?} is not a URI of the tree: {1}")]
    Scomo(String, UriError),
    /// The root of the LAWMO object is no URI.
    #[error("lawmo {0:?} is not a URI of the tree: {1}")]
    Lawmo(String, UriError),
    /// Something is to be wiped by an operation that wipes nothing.
    #[error("items are for a wipe only")]
    NothingToWipe,
    /// What there is to wipe each device has to tell first.
    #[error("devices behind a gateway cannot be wiped by a task: what each of them could wipe has to be read first")]
    NeedsWipeList,
    /// The PkgID is empty or too long.
    #[error("the package's id has {0} bytes; it needs 1 to 255")]
    PackageId(usize),
    /// What is to be executed depends on what each device has.
    #[error(
        "devices behind a gateway can only install: an operation on what is installed needs each device's inventory first"
    )]
    NeedsInventory,
}

impl Nrem {
    /// Makes the task `id` from `request`, for the nodes of `permit`: those that [`crate::requester::permit`] found within the
    /// rights of a requester, or the routes to any nodes for the server's own operator.
    ///
    /// # Errors
    /// [`SubmitError`] names the command and what is wrong with it.
    pub fn submit(
        &self,
        now: Instant,
        id: TaskId,
        request: TaskRequest,
        permit: impl Into<Permit>,
    ) -> Result<Submission, SubmitError> {
        let TaskRequest { target, commands, images, retry_unknown } = request;
        if commands.len() > MAX_COMMANDS {
            return Err(SubmitError::TooManyCommands(commands.len()));
        }
        for (position, command) in commands.iter().enumerate() {
            command.check(position)?;
        }
        let commands = commands.into_iter().map(TaskCommand::new).collect();
        let (submitted, purpose) = (now, Purpose::Commands);
        accept(
            Task { id, submitted, target, purpose, commands, images, retry_unknown, jobs: 0, requester: None },
            permit.into(),
        )
    }

    /// Makes the firmware task `id` from `request`. Its Exec is repeated when its outcome is lost: devices know it by its
    /// Correlator and do not update twice.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub fn submit_firmware(
        &self,
        now: Instant,
        id: TaskId,
        request: FirmwareRequest,
        permit: impl Into<Permit>,
    ) -> Result<Submission, SubmitError> {
        let FirmwareRequest { target, image, deltas, fumo } = request;
        NodeUri::parse(&fumo).map_err(|error| SubmitError::Fumo(fumo.clone(), error))?;
        let makes_it = |delta: &&ImageFile| delta.delta.as_ref().is_some_and(|it| it.target == image.sha256);
        if let Some(other) = deltas.iter().find(|delta| !makes_it(delta)) {
            return Err(SubmitError::NotItsDelta(other.name.clone()));
        }
        let commands = program::firmware_commands(&fumo, &image);
        let images = alloc::vec![image.clone()];
        let (submitted, purpose) = (now, Purpose::Firmware { fumo, image, deltas });
        accept(
            Task { id, submitted, target, purpose, commands, images, retry_unknown: true, jobs: 0, requester: None },
            permit.into(),
        )
    }
}

impl Nrem {
    /// Makes the task `id` that changes credentials as `request` says. They count from the device's next session on; until
    /// they are seen in use the old ones are accepted as well.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub fn submit_credentials(
        &self,
        now: Instant,
        id: TaskId,
        request: CredentialRequest,
        permit: impl Into<Permit>,
    ) -> Result<Submission, SubmitError> {
        let CredentialRequest { device, side, node, name, secret } = request;
        NodeUri::parse(&node).map_err(|error| SubmitError::AppAuth(node.clone(), error))?;
        if secret.expose().is_empty() {
            return Err(SubmitError::EmptySecret);
        }
        let permit = permit.into();
        if !matches!(permit.routes(), [Route::Direct(_)]) {
            return Err(SubmitError::NotDirect(device));
        }
        let commands = program::credential_commands(&node, name.as_deref());
        let target = Target::Device(device);
        let purpose = Purpose::Credentials { side, node, name, secret };
        let (submitted, images) = (now, Vec::new());
        accept(
            Task { id, submitted, target, purpose, commands, images, retry_unknown: false, jobs: 0, requester: None },
            permit,
        )
    }
}

/// The records of a task of the server's own.
pub(super) fn own_task(
    now: Instant,
    id: TaskId,
    (target, purpose): (Target, Purpose),
    commands: Vec<TaskCommand>,
    route: Route,
) -> Vec<Record> {
    let task = Task {
        id,
        submitted: now,
        target,
        purpose,
        commands,
        images: Vec::new(),
        retry_unknown: true,
        jobs: 0,
        requester: None,
    };
    accept(task, alloc::vec![route].into()).map(|submission| submission.persist).unwrap_or_default()
}

pub(super) fn accept(mut task: Task, permit: Permit) -> Result<Submission, SubmitError> {
    let (requester, routes) = permit.into_parts();
    task.requester = requester;
    if task.commands.is_empty() {
        return Err(SubmitError::NoCommands);
    }
    if routes.is_empty() {
        return Err(SubmitError::NoTarget);
    }
    let through_gateway = routes.iter().any(|route| matches!(route, Route::Through { .. }));
    let alert = task.commands.iter().position(|command| has_alert(&command.spec));
    if let Some(position) = alert.filter(|_| through_gateway) {
        return Err(SubmitError::NotInTemplate(position));
    }
    let prefix = alloc::format!("t{}", task.id);
    let mut next = 1;
    for command in &mut task.commands {
        command.spec.generate_correlators(&prefix, &mut next);
    }
    let mut persist = Vec::new();
    let mut nodes = BTreeSet::new();
    for (number, route) in (0..).zip(routes) {
        let job = match route {
            Route::Direct(node) if nodes.insert(node.clone()) => {
                let mut job = Job::direct(JobId::new(task.id, number), node);
                job.concludes = program::finds_its_way(&task.purpose);
                job
            }
            Route::Direct(_) => continue,
            Route::Through { gateway, devices, all } => {
                let mut job = Job::fanout(JobId::new(task.id, number), gateway, devices);
                job.all = all;
                job
            }
        };
        persist.push(Record::Job(job));
    }
    task.jobs = u32::try_from(persist.len()).unwrap_or(u32::MAX);
    let task = Arc::new(task);
    persist.insert(0, Record::Task(Arc::clone(&task)));
    let events = alloc::vec![Event::TaskQueued { task: task.id, requester: task.requester.clone(), jobs: task.jobs }];
    Ok(Submission { task, persist, events })
}

fn has_alert(spec: &CommandSpec) -> bool {
    matches!(spec, CommandSpec::Alert { .. }) || spec.inner().iter().any(has_alert)
}
