//! Commands whose session was lost before their answers came, so that nobody knows whether they were executed: which are sent
//! again, and what their second answer means \[gwmo 5.4\].
//!
//! Get, Replace, Add, Delete and Copy may be executed twice; 418 of an Add and 404 of what is deleted then say that it was
//! done before. An Exec is never repeated. An Atomic that adds or deletes fails the second time and leaves everything as it
//! is, which is right unless a command before it, repeated too, has meanwhile changed what it is about.

use alloc::vec::Vec;

use omadm_proto::message::{Command, Item, TreeCommand, Verb};
use omadm_proto::status::StatusCode;

use super::alerts::is_at_or_below;
use crate::program::Planned;
use crate::task::Outcome;

/// What to do with a command of unknown fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// To send it again.
    Repeat,
    /// To wait for its alert.
    Wait,
    /// To say that nobody knows.
    Unknown,
}

/// The fate of `planned`; the commands `before` it share it.
pub(super) fn fate(planned: &Planned<'_>, before: &[&Command<'_>]) -> Fate {
    if planned.has_exec() {
        return Fate::Wait;
    }
    let disturbed = is_fragile(&planned.command) && before.iter().any(|earlier| meet(earlier, &planned.command));
    if disturbed { Fate::Unknown } else { Fate::Repeat }
}

/// Marks statuses of `command` that count as good because it may have been executed before: 418 of an Add or
/// Copy, 404 of a Delete or of what a command `later` in the step deletes \[gwmo 5.4\], and 507 of an Atomic that failed
/// for nothing else.
pub(super) fn tolerate(outcome: &mut Outcome, command: &Command<'_>, later: &[&Command<'_>]) {
    match command {
        Command::Tree(tree) => {
            let gone_since = |item: &Item<'_>| {
                let uri = if tree.verb == Verb::Copy { item.source_uri() } else { item.target_uri() };
                uri.is_some_and(|uri| deletes(later.iter().copied(), uri))
            };
            outcome.tolerated |= match (tree.verb, outcome.status) {
                (Verb::Add | Verb::Copy, Some(StatusCode::ALREADY_EXISTS))
                | (Verb::Delete, Some(StatusCode::NOT_FOUND)) => true,
                (Verb::Replace | Verb::Copy, Some(StatusCode::NOT_FOUND)) => tree.items.iter().all(gone_since),
                _ => false,
            };
        }
        Command::Atomic(container) | Command::Sequence(container) => {
            for (at, (inner, command)) in outcome.commands.iter_mut().zip(&container.commands).enumerate() {
                let own = container.commands.iter().skip(at + 1);
                tolerate(inner, command, &own.chain(later.iter().copied()).collect::<Vec<_>>());
            }
            // An Atomic that fails because it has been done before has been done as a whole.
            let undone = [StatusCode::NOT_EXECUTED, StatusCode::ATOMIC_ROLL_BACK_OK].map(Some);
            let done_before = outcome.status == Some(StatusCode::ATOMIC_FAILED)
                && outcome.commands.iter().any(|inner| inner.tolerated)
                && outcome.commands.iter().all(|inner| inner.is_good() || undone.contains(&inner.status));
            if done_before {
                outcome.tolerated = true;
                outcome.commands.iter_mut().for_each(|inner| inner.tolerated = true);
            }
        }
        Command::Alert(_) | Command::Status(_) | Command::Results(_) | Command::Unknown(_) | _ => {}
    }
}

/// Whether one of `commands` deletes the node `uri`.
fn deletes<'c, 'a: 'c>(commands: impl IntoIterator<Item = &'c Command<'a>>, uri: &str) -> bool {
    let gone = |deleted: &str| is_at_or_below(uri, deleted);
    commands.into_iter().any(|command| match command {
        Command::Tree(tree) if tree.verb == Verb::Delete => tree.items.iter().filter_map(Item::target_uri).any(gone),
        Command::Atomic(container) | Command::Sequence(container) => deletes(&container.commands, uri),
        Command::Tree(_) | Command::Alert(_) | Command::Status(_) | Command::Results(_) | Command::Unknown(_) | _ => {
            false
        }
    })
}

/// Whether it is an Atomic, or holds one, that fails when it is executed a second time.
fn is_fragile(command: &Command<'_>) -> bool {
    match command {
        Command::Atomic(container) => container.commands.iter().any(changes_structure),
        Command::Sequence(container) => container.commands.iter().any(is_fragile),
        Command::Tree(_) | Command::Alert(_) | Command::Status(_) | Command::Results(_) | Command::Unknown(_) | _ => {
            false
        }
    }
}

fn changes_structure(command: &Command<'_>) -> bool {
    match command {
        Command::Tree(tree) => matches!(tree.verb, Verb::Add | Verb::Delete | Verb::Copy),
        Command::Atomic(container) | Command::Sequence(container) => container.commands.iter().any(changes_structure),
        Command::Alert(_) | Command::Status(_) | Command::Results(_) | Command::Unknown(_) | _ => false,
    }
}

/// Whether both change the same part of the tree.
fn meet(one: &Command<'_>, other: &Command<'_>) -> bool {
    let others = uris(other);
    uris(one).iter().any(|one| others.iter().any(|other| is_at_or_below(one, other) || is_at_or_below(other, one)))
}

fn uris<'c>(command: &'c Command<'_>) -> Vec<&'c str> {
    let of_tree = |tree: &'c TreeCommand<'_>| tree.items.iter().filter_map(Item::target_uri).collect();
    match command {
        Command::Tree(tree) if tree.verb != Verb::Get => of_tree(tree),
        Command::Atomic(container) | Command::Sequence(container) => container.commands.iter().flat_map(uris).collect(),
        Command::Tree(_) | Command::Alert(_) | Command::Status(_) | Command::Results(_) | Command::Unknown(_) | _ => {
            Vec::new()
        }
    }
}
