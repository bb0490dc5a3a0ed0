//! What a job sends, step by step \[gwmo 2 F3, F4\].
//!
//! The program of a node that is reached directly is one step: the commands of the task. The program of a gateway with
//! devices behind it is: for each image of the task, store and fetch it; then create the fan-out job and start it; then remove
//! it. A software task looks at the inventory before or after its operations, so that its program has several steps for every node.
//! Programs are made anew from the task whenever they are needed and are always the same, so a job stores only where it
//! is. Called by [`crate::nrem`].

mod configuration;
mod credentials;
mod desired;
mod fanout;
mod firmware;
mod lock;
mod placeholder;
mod software;

pub use configuration::commands as configuration_commands;
pub use credentials::commands as credential_commands;
pub use desired::commands as desired_commands;
pub(crate) use fanout::refuses_wbxml;
pub use firmware::commands as firmware_commands;
pub use lock::commands as lock_commands;
pub use software::commands as software_commands;

use alloc::borrow::Cow;
use alloc::vec::Vec;

use omadm_gwmo::names::NodeNames;
use omadm_proto::message::{Command, Format, Item, TreeCommand, Verb};
use omadm_proto::status::StatusCode;

use crate::task::{CommandSpec, Job, JobFault, OutcomeFault, Payload, Progress, Purpose, Task, TaskCommand, Write};

/// What a client answers that has not the node, or does not let servers write it; it does without.
const OPTIONAL: [StatusCode; 2] = [StatusCode::NOT_FOUND, StatusCode::COMMAND_NOT_ALLOWED];

/// One step: commands that belong together.
#[derive(Debug)]
#[non_exhaustive]
pub struct Step<'a> {
    /// The commands, in order.
    pub commands: Vec<Planned<'a>>,
}

/// A command of a step.
#[derive(Debug)]
#[non_exhaustive]
pub struct Planned<'a> {
    /// As it is sent.
    pub command: Command<'a>,
    /// Which statuses are good enough.
    pub tolerance: Tolerance<'a>,
}

/// Which statuses are good enough besides the good ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tolerance<'a> {
    /// These.
    Statuses(&'a [StatusCode]),
    /// All: the step is done whatever becomes of it.
    Anything,
}

impl Tolerance<'_> {
    /// Whether `status` is good enough here although it is not good.
    #[must_use]
    pub fn covers(self, status: StatusCode) -> bool {
        match self {
            Self::Statuses(statuses) => statuses.contains(&status),
            Self::Anything => true,
        }
    }
}

impl<'a> Planned<'a> {
    pub(crate) const fn new(command: Command<'a>) -> Self {
        Self { command, tolerance: Tolerance::Statuses(&[]) }
    }

    pub(crate) const fn tolerating(command: Command<'a>, statuses: &'a [StatusCode]) -> Self {
        Self { command, tolerance: Tolerance::Statuses(statuses) }
    }

    /// Whether it is an Exec, or holds one: then repeating it could do something twice.
    #[must_use]
    pub fn has_exec(&self) -> bool {
        has_exec(&self.command)
    }

    /// Whether it is a Get, which owes Results.
    #[must_use]
    pub const fn is_get(&self) -> bool {
        matches!(&self.command, Command::Tree(tree) if matches!(tree.verb, Verb::Get))
    }
}

fn has_exec(command: &Command<'_>) -> bool {
    match command {
        Command::Tree(tree) => tree.verb == Verb::Exec,
        Command::Atomic(container) | Command::Sequence(container) => container.commands.iter().any(has_exec),
        Command::Alert(_) | Command::Status(_) | Command::Results(_) | Command::Unknown(_) | _ => false,
    }
}

/// Step `number` of `job`; `None` behind the last one.
///
/// # Errors
/// The commands of the task cannot be written as a template for a gateway.
pub fn step<'a>(names: &NodeNames, task: &'a Task, job: &Job, number: u32) -> Result<Option<Step<'a>>, JobFault> {
    if job.is_fanout() {
        return fanout::step(names, task, job, number);
    }
    if job.concludes {
        return Ok(found_step(task, job, number));
    }
    if number == 0 {
        let commands = (0..).zip(&task.commands).map(|(at, command)| next_of(task, job, at, command));
        return Ok(Some(Step { commands: commands.collect() }));
    }
    let later = later(task, job, number);
    Ok(later.map(|later| Step { commands: (0..).zip(&later).map(|(at, later)| later.planned(job, at)).collect() }))
}

/// Whether what a direct job sends follows from the answers to its earlier steps, so that it keeps them.
pub(crate) const fn builds_on_answers(purpose: &Purpose) -> bool {
    finds_its_way(purpose)
        || matches!(purpose, Purpose::Software { .. } | Purpose::Lock { .. } | Purpose::Farewell { .. })
}

/// Whether the steps of a direct job are only the way, and what became of it is told from all of them.
pub(crate) const fn finds_its_way(purpose: &Purpose) -> bool {
    match purpose {
        Purpose::DesiredState { .. } => true,
        Purpose::Firmware { deltas, .. } => !deltas.is_empty(),
        Purpose::Commands | Purpose::Credentials { .. } | Purpose::Configuration { .. } => false,
        Purpose::Inventory | Purpose::Presence | Purpose::Farewell { .. } | Purpose::Forget => false,
        Purpose::Software { .. } | Purpose::Lock { .. } => false,
    }
}

/// Step `number` of a job that finds its way; `None` behind the last one.
fn found_step<'a>(task: &'a Task, job: &Job, number: u32) -> Option<Step<'a>> {
    if let Purpose::DesiredState { settings } = &task.purpose {
        return desired::step(settings, job, number);
    }
    let Purpose::Firmware { fumo, image, deltas } = &task.purpose else { return None };
    firmware::step(task, (fumo, image, deltas), &job.earlier, number)
}

/// What became of the commands of `task`, told from all steps of a job that found its way.
pub(crate) fn conclude(task: &Task, mut earlier: Vec<Vec<Progress>>) -> Vec<Progress> {
    if let Purpose::DesiredState { settings } = &task.purpose {
        return alloc::vec![desired::conclude(settings, &earlier)];
    }
    if let Purpose::Firmware { image, deltas, .. } = &task.purpose {
        return firmware::conclude(image, deltas, earlier);
    }
    earlier.pop().unwrap_or_default()
}

/// Command `at` of `task` as `job` is to send it: the next Get of a walk, and any other as it is.
pub(crate) fn next_of<'a>(task: &'a Task, job: &Job, at: usize, command: &'a TaskCommand) -> Planned<'a> {
    match next_of_walk(job, at) {
        Some(next) => Planned::tolerating(next, &command.tolerated),
        None => direct(task, command),
    }
}

/// The next Get of the walk that command `at` of the running step is on.
fn next_of_walk(job: &Job, at: usize) -> Option<Command<'static>> {
    let walk = job.progress.get(at)?.walk.as_ref()?;
    let items = walk.asked().iter().map(|uri| Item::target(uri.clone())).collect();
    Some(Command::Tree(TreeCommand::new(Verb::Get, 0, items)))
}

/// A command behind the first step of a direct job, made from what the steps before found.
#[derive(Debug)]
pub(crate) struct Later {
    pub(crate) spec: CommandSpec,
    pub(crate) tolerance: Tolerance<'static>,
}

impl Later {
    /// As command `at` of the running step of `job` is to be sent.
    pub(crate) fn planned(&self, job: &Job, at: usize) -> Planned<'static> {
        let mut next = 1;
        let command = next_of_walk(job, at).unwrap_or_else(|| self.spec.to_command(&mut next).into_owned());
        Planned { command, tolerance: self.tolerance }
    }
}

/// Step `number`, behind the first one, of a job for the node itself; `None` behind the last one.
pub(crate) fn later(task: &Task, job: &Job, number: u32) -> Option<Vec<Later>> {
    match &task.purpose {
        Purpose::Software { scomo, operation } => software::later(task, scomo, operation, (job, number)),
        Purpose::Lock { lawmo, operation, items } => lock::later(task, (lawmo, *operation, items), (job, number)),
        Purpose::Farewell { lawmo, account } => lock::farewell(task, (lawmo, account), (job, number)),
        Purpose::Forget => None,
        Purpose::Commands | Purpose::Firmware { .. } | Purpose::Credentials { .. } => None,
        Purpose::Inventory | Purpose::Presence | Purpose::Configuration { .. } | Purpose::DesiredState { .. } => None,
    }
}

/// Whether command `at` of the running step is a walk, and where it begins.
pub(crate) fn walk_root(task: &Task, job: &Job, at: usize) -> Option<alloc::string::String> {
    let of = |spec: &CommandSpec| if let CommandSpec::Walk { uri } = spec { Some(uri.clone()) } else { None };
    if job.is_fanout() {
        return None;
    }
    if job.step == 0 {
        return of(&task.commands.get(at)?.spec);
    }
    of(&later(task, job, job.step)?.get(at)?.spec)
}

/// What is wrong with the good answer to command `at` of the running step, a Get or a walk, seen with everything that the job knows.
pub(crate) fn judge(task: &Task, job: &Job, at: usize) -> Option<OutcomeFault> {
    match &task.purpose {
        Purpose::Software { scomo, operation } => software::judge(scomo, operation, (job, at)),
        Purpose::Lock { lawmo, operation, items } => lock::judge((lawmo, *operation, items), (job, at)),
        Purpose::Farewell { .. }
        | Purpose::Forget
        | Purpose::Commands
        | Purpose::Firmware { .. }
        | Purpose::Credentials { .. } => None,
        Purpose::Inventory | Purpose::Presence | Purpose::Configuration { .. } | Purpose::DesiredState { .. } => None,
    }
}

/// Writes the signature of an image or a package into our profile below `ext` \[mo 5.7\].
fn signature(ext: &str, signature: &[u8]) -> TaskCommand {
    let spec = CommandSpec::Replace(Write {
        uri: alloc::format!("{ext}/XRem/Signature"),
        format: Some(Format::Bin),
        type_name: None,
        payload: Some(Payload::Bytes(signature.to_vec())),
    });
    TaskCommand { spec, tolerated: OPTIONAL.to_vec() }
}

/// A command for a node that fetches images from this server itself: the placeholders of the task's images are filled in.
fn direct<'a>(task: &'a Task, command: &'a TaskCommand) -> Planned<'a> {
    let mut next = 1;
    if let Purpose::Configuration { root, data, .. } = &task.purpose
        && let Some(wire) = configuration::deliver(&command.spec, root, data)
    {
        return Planned::tolerating(wire, &command.tolerated);
    }
    let spec = match &task.purpose {
        Purpose::Credentials { secret, .. } => credentials::with_secret(&command.spec, secret),
        Purpose::Commands
        | Purpose::Inventory
        | Purpose::Presence
        | Purpose::Firmware { .. }
        | Purpose::Software { .. }
        | Purpose::Lock { .. }
        | Purpose::Farewell { .. }
        | Purpose::Forget
        | Purpose::Configuration { .. }
        | Purpose::DesiredState { .. } => placeholder::fill(&command.spec, &task.images, &placeholder::of_server),
    };
    let wire = match spec {
        Cow::Borrowed(spec) => spec.to_command(&mut next),
        Cow::Owned(spec) => spec.to_command(&mut next).into_owned(),
    };
    Planned::tolerating(wire, &command.tolerated)
}

/// Whether `spec` refers to something that only a gateway can fill in.
#[must_use]
pub fn names_image(spec: &CommandSpec, image: &str) -> bool {
    placeholder::mentions(spec, image)
}
