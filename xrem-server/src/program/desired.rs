//! The program of a desired state: read, compare, write only what is different, read again \[mission-matrix N1a\].
//!
//! ```text
//! 0: Get of every URI
//! 1: the differences in one Atomic, a single one alone          none: over
//! 2: Get of what was written                                    refused: over
//!    or, for a device that has no Atomic: the differences one by one, and 3: Get of what was written
//! ```
//!
//! Which step is which follows from the answers to the earlier ones, which the job keeps. A node that is not there is added,
//! its parents are not. A node that may not be read is written, and cannot be verified. Through a gateway the template is the
//! Atomic of all settings: nothing is compared there.

use alloc::vec::Vec;

use omadm_proto::message::{Command, Item, TreeCommand, Verb};
use omadm_proto::status::StatusCode;

use super::{Planned, Step};
use crate::session::Value;
use crate::task::{CommandSpec, CommandState, Job, Outcome, OutcomeFault, Payload, Progress, TaskCommand, Write};

/// What a device without Atomic answers to one.
const NO_ATOMIC: [StatusCode; 2] = [StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED, StatusCode::COMMAND_NOT_IMPLEMENTED];
/// What a node that is still to be added answers to a Get.
const ABSENT: &[StatusCode] = &[StatusCode::NOT_FOUND];

/// The command that stands for the whole in the task: all settings, or none.
#[must_use]
pub fn commands(settings: &[Write]) -> Vec<TaskCommand> {
    let commands = settings.iter().cloned().map(CommandSpec::Replace).collect();
    alloc::vec![TaskCommand::new(CommandSpec::Atomic { commands })]
}

/// What a step does.
enum Phase {
    Read,
    /// These settings, in one Atomic if there are several.
    Write(Vec<Change>),
    WriteSingly(Vec<Change>),
    /// Of these settings.
    Verify(Vec<Change>),
}

/// A setting that differs.
#[derive(Debug, Clone, Copy)]
struct Change {
    /// Which.
    setting: usize,
    verb: Verb,
}

/// Step `number`; `None` behind the last one.
pub(super) fn step<'a>(settings: &'a [Write], job: &Job, number: u32) -> Option<Step<'a>> {
    let write = |change: &Change| {
        let write = settings.get(change.setting).cloned()?;
        Some(if change.verb == Verb::Add { CommandSpec::Add(write) } else { CommandSpec::Replace(write) })
    };
    let read = |setting: &'a Write| {
        Command::Tree(TreeCommand::new(Verb::Get, 0, alloc::vec![Item::target(setting.uri.as_str())]))
    };
    let send = |spec: &CommandSpec| Planned::new(spec.to_command(&mut 1).into_owned());
    let commands = match phase(settings, &job.earlier, number)? {
        Phase::Read => settings.iter().map(|setting| Planned::tolerating(read(setting), ABSENT)).collect(),
        Phase::Write(changes) if changes.len() > 1 => {
            alloc::vec![send(&CommandSpec::Atomic { commands: changes.iter().filter_map(write).collect() })]
        }
        Phase::Write(changes) | Phase::WriteSingly(changes) => {
            changes.iter().filter_map(write).map(|spec| send(&spec)).collect()
        }
        Phase::Verify(changes) => {
            let changed = changes.iter().filter_map(|change| settings.get(change.setting));
            changed.map(|setting| Planned::new(read(setting))).collect()
        }
    };
    Some(Step { commands })
}

fn phase(settings: &[Write], earlier: &[Vec<Progress>], number: u32) -> Option<Phase> {
    if number == 0 {
        return Some(Phase::Read);
    }
    let changes = changes(settings, earlier.first()?);
    let written = earlier.get(1).map(Vec::as_slice);
    let singly = written.is_some_and(|written| changes.len() > 1 && lacks_atomic(written));
    match (number, written) {
        (1, _) if changes.is_empty() => None,
        (1, _) => Some(Phase::Write(changes)),
        (2, Some(_)) if singly => Some(Phase::WriteSingly(changes)),
        (2, Some(written)) if is_any_good(written) => Some(Phase::Verify(changes)),
        (3, Some(_)) if singly && earlier.get(2).is_some_and(|written| is_any_good(written)) => {
            Some(Phase::Verify(changes))
        }
        _ => None,
    }
}

fn lacks_atomic(written: &[Progress]) -> bool {
    let status = written.first().and_then(|atomic| atomic.outcome.status);
    status.is_some_and(|status| NO_ATOMIC.contains(&status))
}

fn is_any_good(written: &[Progress]) -> bool {
    written.iter().any(|progress| progress.outcome.is_good())
}

/// The settings that differ from what was read, in their order.
fn changes(settings: &[Write], read: &[Progress]) -> Vec<Change> {
    let mut changes = Vec::new();
    for (setting, (write, progress)) in settings.iter().zip(read).enumerate() {
        let absent = progress.outcome.status == Some(StatusCode::NOT_FOUND);
        if absent || !has_value(&progress.outcome, write) {
            changes.push(Change { setting, verb: if absent { Verb::Add } else { Verb::Replace } });
        }
    }
    changes
}

/// Whether the node was read, and has the value already.
fn has_value(read: &Outcome, write: &Write) -> bool {
    let wanted = write.payload.as_ref().map(Payload::as_bytes).unwrap_or_default();
    read.is_good() && read.results.first().is_some_and(|value| is_same(value, wanted))
}

/// Numbers and truth values are the same when they mean the same.
fn is_same(value: &Value, wanted: &[u8]) -> bool {
    let text = || Some((value.text()?.trim(), core::str::from_utf8(wanted).ok()?.trim()));
    value.data == wanted
        || match value.format.as_deref() {
            Some("int") => text().is_some_and(|(is, shall)| is.parse::<i64>().is_ok_and(|is| shall.parse() == Ok(is))),
            Some("bool") => text().is_some_and(|(is, shall)| is.eq_ignore_ascii_case(shall)),
            _ => false,
        }
}

/// What became of each setting, as the outcome of the command that stands for the whole.
pub(crate) fn conclude(settings: &[Write], earlier: &[Vec<Progress>]) -> Progress {
    let nothing = Vec::new();
    let of = |step: usize| earlier.get(step).unwrap_or(&nothing);
    let changes = changes(settings, of(0));
    let singly = changes.len() > 1 && lacks_atomic(of(1));
    let (written, verified) = if singly { (of(2), of(3)) } else { (of(1), of(2)) };
    let whole = (changes.len() > 1 && !singly).then(|| written.first()).flatten();
    let mut outcome = Outcome::default();
    for (setting, write) in settings.iter().enumerate() {
        let read = of(0).get(setting).map(|progress| progress.outcome.clone()).unwrap_or_default();
        let Some(place) = changes.iter().position(|change| change.setting == setting) else {
            outcome.commands.push(Outcome { unchanged: true, ..read });
            continue;
        };
        let write_outcome = match whole {
            Some(atomic) => atomic.outcome.commands.get(place),
            None => written.get(place).map(|progress| &progress.outcome),
        };
        let mut result = write_outcome.cloned().unwrap_or_default();
        if result.is_good() && whole.is_none_or(|atomic| atomic.outcome.is_good()) {
            let now = verified.get(place).map(|progress| &progress.outcome);
            result.results = now.map(|now| now.results.clone()).unwrap_or_default();
            if !now.is_some_and(|now| has_value(now, write)) {
                result.fault = Some(OutcomeFault::NotVerified);
            }
        }
        outcome.commands.push(result);
    }
    let all_good = outcome.commands.iter().all(Outcome::is_good);
    outcome.status = match whole {
        Some(atomic) if !atomic.outcome.is_good() => atomic.outcome.status,
        _ => all_good.then_some(StatusCode::OK),
    };
    Progress { state: CommandState::Done, outcome, ..Progress::default() }
}
