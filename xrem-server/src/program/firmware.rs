//! The program of a firmware upgrade \[mo 5.6 (c), 5.7\].
//!
//! Without deltas it is one step: the commands of the task. With deltas, for a node that is reached directly:
//!
//! ```text
//! 0: Get of the digest of the running image
//! 1: the delta that applies to it, or the whole image     good, or declined by the user: over
//! 2: the whole image, when the delta failed
//! ```
//!
//! The commands of the task are those of the whole image, so that a template for a gateway installs that, and what became of
//! the delta is told as if it had been the whole image.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use omadm_tree::mo::DevDetail;

use super::{OPTIONAL, Planned, Step, direct, placeholder};
use crate::task::{CommandSpec, ImageFile, Outcome, Progress, Task, TaskCommand};

/// The FUMO result with which a user declines; asking again with a larger image would be rude \[mo 5.4\].
const DECLINED: u16 = 401;

/// Installs `image` by the FUMO object at `fumo`: address, version, digests and signature, then the Exec that is answered 202
/// and finished by an alert. That it is no delta is written too,
/// because an earlier one may have been.
#[must_use]
pub fn commands(fumo: &str, image: &ImageFile) -> Vec<TaskCommand> {
    let url = format!("{{$img:{}:url}}", image.name);
    let mut commands = vec![TaskCommand::new(CommandSpec::replace(format!("{fumo}/DownloadAndUpdate/PkgURL"), url))];
    let mut optional = |path: &str, value: &str| {
        let spec = CommandSpec::replace(format!("{fumo}/{path}"), value);
        commands.push(TaskCommand { spec, tolerated: OPTIONAL.to_vec() });
    };
    if let Some(version) = &image.version {
        optional("PkgVersion", version);
    }
    optional("Ext/XRem/Sha256", &image.sha256);
    optional("Ext/XRem/TargetSha256", image.target_sha256());
    optional("Ext/XRem/DeltaFrom", image.delta.as_ref().map_or("", |delta| delta.from.as_str()));
    if let Some(signature) = &image.signature {
        commands.push(super::signature(&format!("{fumo}/Ext"), signature));
    }
    if image.delta.is_some() {
        let spec = CommandSpec::replace(format!("{fumo}/Ext/XRem/DeltaFormat"), "bsdiff4");
        commands.push(TaskCommand { spec, tolerated: OPTIONAL.to_vec() });
    }
    commands.push(TaskCommand::new(CommandSpec::exec(format!("{fumo}/DownloadAndUpdate"))));
    commands
}

/// Step `number` of a job that has deltas to choose from; `None` behind the last one.
pub(super) fn step<'a>(
    task: &'a Task,
    (fumo, image, deltas): (&str, &ImageFile, &[ImageFile]),
    earlier: &[Vec<Progress>],
    number: u32,
) -> Option<Step<'a>> {
    let whole = || task.commands.iter().map(|command| direct(task, command)).collect();
    let delta = chosen(deltas, earlier);
    let commands = match (number, delta, earlier.get(1)) {
        (0, _, _) => {
            let running = CommandSpec::get(DevDetail::ACTIVE_SHA256);
            vec![Planned::tolerating(running.to_command(&mut 1).into_owned(), &OPTIONAL)]
        }
        (1, Some(delta), _) => delta_commands(task, fumo, image, delta),
        (1, None, _) => whole(),
        (2, Some(_), Some(tried)) if asks_for_the_whole(tried) => whole(),
        _ => return None,
    };
    Some(Step { commands })
}

/// The delta that applies to what the node says it runs.
fn chosen<'d>(deltas: &'d [ImageFile], earlier: &[Vec<Progress>]) -> Option<&'d ImageFile> {
    let running = earlier.first()?.first()?.outcome.results.first()?.text()?.trim();
    deltas.iter().find(|image| image.delta.as_ref().is_some_and(|delta| delta.from.eq_ignore_ascii_case(running)))
}

/// The same commands for the delta. It makes the image, so that it has the version and the signature of that.
fn delta_commands<'a>(task: &Task, fumo: &str, image: &ImageFile, delta: &ImageFile) -> Vec<Planned<'a>> {
    let mut delta = delta.clone().with_version(image.version.clone());
    delta.signature.clone_from(&image.signature);
    let (prefix, mut next) = (format!("t{}-delta", task.id), 1);
    let planned = |mut command: TaskCommand| {
        command.spec.generate_correlators(&prefix, &mut next);
        let filled = placeholder::fill(&command.spec, core::slice::from_ref(&delta), &placeholder::of_server);
        let wire = filled.to_command(&mut 1).into_owned();
        if command.tolerated.is_empty() { Planned::new(wire) } else { Planned::tolerating(wire, &OPTIONAL) }
    };
    commands(fumo, &delta).into_iter().map(planned).collect()
}

fn asks_for_the_whole(tried: &[Progress]) -> bool {
    let bad = tried.iter().map(|progress| &progress.outcome).find(|outcome| !outcome.is_good());
    bad.is_some_and(|bad: &Outcome| bad.alert.as_ref().and_then(|alert| alert.code()) != Some(DECLINED))
}

/// What became of the commands of the task.
pub(super) fn conclude(image: &ImageFile, deltas: &[ImageFile], mut earlier: Vec<Vec<Progress>>) -> Vec<Progress> {
    let was_delta = earlier.len() == 2 && chosen(deltas, &earlier).is_some();
    let mut progress = earlier.pop().unwrap_or_default();
    if was_delta && progress.len() == commands("", image).len() + 1 {
        // The task has no command for DeltaFormat, which stands before the Exec.
        progress.remove(progress.len().saturating_sub(2));
    }
    progress
}
