//! The parts of a program that a step needs: the first step of a device's program is its task, so nothing else of it is made.

use alloc::vec::Vec;

use omadm_gwmo::names::NodeNames;

use crate::program::{self, Tolerance};
use crate::session::Work;
use crate::task::{CommandSpec, Job, JobFault, Task};

/// Whether its program is more than the commands of its task.
pub(super) const fn has_steps(job: &Job) -> bool {
    job.is_fanout() || job.concludes
}

/// How many commands step `number` of `job` has; `None` behind the last one.
///
/// # Errors
/// As for [`program::step`].
pub(super) fn commands_in(names: &NodeNames, task: &Task, job: &Job, number: u32) -> Result<Option<usize>, JobFault> {
    if has_steps(job) {
        return Ok(program::step(names, task, job, number)?.map(|step| step.commands.len()));
    }
    if number == 0 {
        return Ok(Some(task.commands.len()));
    }
    Ok(program::later(task, job, number).map(|later| later.len()))
}

/// The commands `keys`, in ascending order, of the step that `job` is at.
pub(super) fn commands<'a>(
    names: &NodeNames,
    task: &'a Task,
    job: &Job,
    keys: impl Iterator<Item = u32>,
) -> Vec<Work<'a>> {
    if has_steps(job) {
        let step = program::step(names, task, job, job.step).ok().flatten();
        let mut all = (0..).zip(step.map(|step| step.commands).unwrap_or_default());
        return keys
            .filter_map(|key| {
                all.find(|(number, _)| *number == key).map(|(_, planned)| Work::new(key, planned.command))
            })
            .collect();
    }
    if job.step > 0 {
        let later = program::later(task, job, job.step).unwrap_or_default();
        let planned = |key: u32| {
            let at = usize::try_from(key).ok()?;
            Some(Work::new(key, later.get(at)?.planned(job, at).command))
        };
        return keys.filter_map(planned).collect();
    }
    let mut work = Vec::with_capacity(task.commands.len());
    work.extend(keys.filter_map(|key| {
        let at = usize::try_from(key).ok()?;
        Some(Work::new(key, program::next_of(task, job, at, task.commands.get(at)?).command))
    }));
    work
}

/// What an answer is held against.
#[derive(Debug)]
pub(super) struct Expected<'a> {
    pub(super) tolerance: Tolerance<'a>,
    /// It is a Get, which owes Results.
    pub(super) owes_result: bool,
}

/// What the answer to command `key` of the step that `job` is at is held against.
pub(super) fn expected<'a>(names: &NodeNames, task: &'a Task, job: &Job, key: u32) -> Option<Expected<'a>> {
    let key = usize::try_from(key).ok()?;
    if has_steps(job) {
        let planned = program::step(names, task, job, job.step).ok()??.commands.into_iter().nth(key)?;
        return Some(Expected { owes_result: planned.is_get(), tolerance: planned.tolerance });
    }
    if job.step > 0 {
        let later = program::later(task, job, job.step)?.into_iter().nth(key)?;
        return Some(Expected {
            owes_result: matches!(later.spec, CommandSpec::Get { .. }),
            tolerance: later.tolerance,
        });
    }
    let command = task.commands.get(key)?;
    let owes_result = matches!(command.spec, CommandSpec::Get { .. });
    Some(Expected { tolerance: Tolerance::Statuses(&command.tolerated), owes_result })
}
