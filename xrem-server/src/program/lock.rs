//! The program of a lock, a wipe or a reset \[mo 8.1\].
//!
//! | operation | step 0 | step 1 | step 2 |
//! |---|---|---|---|
//! | `FullyLock`, `PartiallyLock`, `UnLock` | its Exec | Get of State | |
//! | `FactoryReset` | its Exec | | |
//! | Wipe | the list of what can be wiped | the marks, in one Atomic; without a list, the Exec | the Exec |
//!
//! A node that is deactivated with a wipe has everything wiped like that, and then, whatever came of it, the account of this
//! server deleted: what is deactivated is not managed any more.
//!
//! The first step is the commands of the task. A State that is not what the operation makes it is
//! [`OutcomeFault::NotAsReported`]; what shall be wiped and is not in the list is [`OutcomeFault::NotListed`], and nothing is
//! wiped then. Unspecified what Wipe does with a list in which nothing is marked; chosen: without names everything is marked.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use omadm_proto::message::Format;
use omadm_proto::status::StatusCode;
use omadm_tree::mo::{LawmoOperation, LawmoState};

use super::{Later, Tolerance};
use crate::session::Value;
use crate::task::{CommandSpec, Correlator, Exec, Job, OutcomeFault, Payload, Task, TaskCommand, Write};

/// A device need not have the list, nor let servers read the State.
const ABSENT: &[StatusCode] = &[StatusCode::NOT_FOUND, StatusCode::COMMAND_NOT_ALLOWED];

/// The first step: the commands of the task.
#[must_use]
pub fn commands(lawmo: &str, operation: LawmoOperation) -> Vec<TaskCommand> {
    alloc::vec![match operation {
        LawmoOperation::Wipe => {
            TaskCommand { spec: CommandSpec::Walk { uri: list(lawmo) }, tolerated: ABSENT.to_vec() }
        }
        LawmoOperation::FullyLock
        | LawmoOperation::PartiallyLock
        | LawmoOperation::UnLock
        | LawmoOperation::FactoryReset => TaskCommand::new(CommandSpec::exec(operation_node(lawmo, operation))),
    }]
}

fn list(lawmo: &str) -> String {
    format!("{lawmo}/AvailableWipeList")
}

fn operation_node(lawmo: &str, operation: LawmoOperation) -> String {
    let name = match operation {
        LawmoOperation::FullyLock => "FullyLock",
        LawmoOperation::PartiallyLock => "PartiallyLock",
        LawmoOperation::UnLock => "UnLock",
        LawmoOperation::FactoryReset => "FactoryReset",
        LawmoOperation::Wipe => "Wipe",
    };
    format!("{lawmo}/Operations/{name}")
}

/// The State that an operation leaves behind, if it is about that.
const fn state_after(operation: LawmoOperation) -> Option<LawmoState> {
    match operation {
        LawmoOperation::FullyLock => Some(LawmoState::FULLY_LOCKED),
        LawmoOperation::PartiallyLock => Some(LawmoState::PARTIALLY_LOCKED),
        LawmoOperation::UnLock => Some(LawmoState::UNLOCKED),
        LawmoOperation::FactoryReset | LawmoOperation::Wipe => None,
    }
}

/// The commands of step `number` behind the first one; `None` behind the last one.
pub(super) fn later(
    task: &Task,
    (lawmo, operation, items): (&str, LawmoOperation, &[String]),
    (job, number): (&Job, u32),
) -> Option<Vec<Later>> {
    let first = job.results_so_far().next()?;
    if operation != LawmoOperation::Wipe {
        let reads = number == 1 && state_after(operation).is_some() && first.outcome.is_good();
        let state = CommandSpec::get(format!("{lawmo}/State"));
        return reads.then(|| alloc::vec![Later { spec: state, tolerance: Tolerance::Statuses(ABSENT) }]);
    }
    let entries = entries(lawmo, &first.outcome.results);
    if !first.outcome.is_good() || !are_listed(items, &entries) {
        return None;
    }
    let wipe = || {
        let correlator = Correlator::Given(format!("t{}-wipe", task.id));
        let spec = CommandSpec::Exec(Exec { uri: operation_node(lawmo, operation), correlator, payload: None });
        alloc::vec![Later { spec, tolerance: Tolerance::Statuses(&[]) }]
    };
    let are_marked = job.results_so_far().nth(1).is_some_and(|marks| marks.outcome.is_good());
    match number {
        1 if entries.is_empty() => Some(wipe()),
        1 => Some(alloc::vec![Later { spec: marks(items, &entries), tolerance: Tolerance::Statuses(&[]) }]),
        2 if !entries.is_empty() && are_marked => Some(wipe()),
        _ => None,
    }
}

/// The commands of step `number` behind the first one of a farewell; `None` behind the last one.
pub(super) fn farewell(task: &Task, (lawmo, account): (&str, &str), (job, number): (&Job, u32)) -> Option<Vec<Later>> {
    let wipe = |number| later(task, (lawmo, LawmoOperation::Wipe, &[]), (job, number));
    wipe(number).or_else(|| {
        let is_last = (1..number).all(|before| wipe(before).is_some());
        let delete = CommandSpec::Delete { uri: account.into() };
        is_last.then(|| alloc::vec![Later { spec: delete, tolerance: Tolerance::Statuses(ABSENT) }])
    })
}

/// Marks what shall be wiped, and nothing else.
fn marks(items: &[String], entries: &[Entry]) -> CommandSpec {
    let mark = |entry: &Entry| {
        let wanted = items.is_empty() || items.contains(&entry.name);
        CommandSpec::Replace(Write {
            uri: format!("{}/ToBeWiped", entry.uri),
            format: Some(Format::Bool),
            type_name: None,
            payload: Some(Payload::Text(wanted.to_string())),
        })
    };
    CommandSpec::Atomic { commands: entries.iter().map(mark).collect() }
}

/// What is wrong with the good answer to command `at` of the running step.
pub(super) fn judge(
    (lawmo, operation, items): (&str, LawmoOperation, &[String]),
    (job, at): (&Job, usize),
) -> Option<OutcomeFault> {
    let read = &job.progress.get(at)?.outcome;
    if !read.is_good() {
        return None;
    }
    match (operation, job.step) {
        (LawmoOperation::Wipe, 0) => {
            (!are_listed(items, &entries(lawmo, &read.results))).then_some(OutcomeFault::NotListed)
        }
        (LawmoOperation::Wipe, _) => None,
        (_, 1) => {
            let state: u16 = read.results.first()?.text()?.trim().parse().ok()?;
            let differs = state_after(operation).is_some_and(|wanted| wanted.as_u16() != state);
            differs.then_some(OutcomeFault::NotAsReported)
        }
        _ => None,
    }
}

/// An entry of the list.
struct Entry {
    uri: String,
    name: String,
}

fn are_listed(items: &[String], entries: &[Entry]) -> bool {
    items.iter().all(|item| entries.iter().any(|entry| entry.name == *item))
}

/// The entries that a walk of the list found. One without a name is called like its node.
fn entries(lawmo: &str, found: &[Value]) -> Vec<Entry> {
    let root = list(lawmo);
    let mut entries: Vec<Entry> = Vec::new();
    for value in found {
        let Some(path) = bare(&value.uri).strip_prefix(bare(&root)).and_then(|path| path.strip_prefix('/')) else {
            continue;
        };
        let (node, leaf) = path.split_once('/').unwrap_or((path, ""));
        let uri = format!("{root}/{node}");
        if !entries.iter().any(|entry| entry.uri == uri) {
            entries.push(Entry { uri: uri.clone(), name: node.to_string() });
        }
        let name = value.text().map(str::trim).filter(|name| leaf == "ListItemName" && !name.is_empty());
        if let (Some(name), Some(entry)) = (name, entries.iter_mut().find(|entry| entry.uri == uri)) {
            entry.name = name.to_string();
        }
    }
    entries
}

fn bare(uri: &str) -> &str {
    let uri = uri.trim();
    uri.strip_prefix("./").unwrap_or(uri).trim_end_matches('/')
}
