//! Sequence: its commands one after the other \[dm 4.9\].
//!
//! Its commands go to the front of the queue, so that one that waits for the driver holds up those behind it. A Sequence is
//! known by what the queue holds behind it: it is over when that, or less, is left.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use omadm_proto::alert::AlertCode;
use omadm_proto::message::Command;
use omadm_proto::status::StatusCode;

use super::Executor;

/// What a failed command of a Sequence means for those behind it; unspecified, and clients differ \[dm 4.9\].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(clippy::exhaustive_enums, reason = "the commands behind a failed one run or do not")]
pub enum SequenceRule {
    /// They run: chosen because a server has to read the status of each command anyway.
    #[default]
    GoOn,
    /// They are answered 215.
    Stop,
}

/// The Sequences of a message that are not over.
#[derive(Debug, Default)]
pub(crate) struct Sequences {
    /// The number of commands behind each, outermost first.
    behind: Vec<usize>,
    /// What happened in the innermost.
    innermost: Innermost,
    /// The user has cancelled the package.
    cancelled: bool,
}

/// What happened in a Sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Innermost {
    #[default]
    Good,
    /// A command failed.
    Failed,
    /// The user said no, or nothing.
    Refused,
}

impl Sequences {
    /// Takes notice of an answer to a command.
    pub(crate) fn answered(&mut self, code: StatusCode) {
        if !code.is_good() && self.innermost == Innermost::Good {
            self.innermost = Innermost::Failed;
        }
    }

    /// The user does not want what follows in this Sequence.
    pub(super) fn refuse(&mut self) {
        self.innermost = Innermost::Refused;
    }

    /// The user does not want what follows in this package.
    pub(super) fn cancel(&mut self) {
        self.cancelled = true;
    }

    /// Those of the next message of the same package.
    pub(crate) fn go_on(&self) -> Self {
        Self { cancelled: self.cancelled, ..Self::default() }
    }

    fn open(&mut self, behind: usize) {
        self.behind.push(behind);
        self.innermost = Innermost::Good;
    }

    /// Whether the command in front of `behind` others is not to run because of one before it.
    fn skip(&mut self, behind: usize, rule: SequenceRule) -> bool {
        while self.behind.pop_if(|end| *end > behind).is_some() {
            self.innermost = Innermost::Good;
        }
        let in_sequence = !self.behind.is_empty();
        self.cancelled
            || in_sequence
                && match self.innermost {
                    Innermost::Good => false,
                    Innermost::Failed => rule == SequenceRule::Stop,
                    Innermost::Refused => true,
                }
    }
}

impl Executor<'_> {
    /// Puts the commands of a Sequence in front of `queue`.
    pub(super) fn sequence<'a>(&mut self, command: Command<'a>, queue: &mut VecDeque<Command<'a>>) {
        self.interrupt_object();
        self.answer(&command, StatusCode::OK);
        self.sequences.open(queue.len());
        if let Command::Sequence(container) = command {
            for inner in container.commands.into_iter().rev() {
                queue.push_front(inner);
            }
        }
    }

    /// Whether `command`, in front of `behind` others, is not executed because of one before it; then it is answered.
    pub(super) fn skips(&mut self, command: &Command<'_>, behind: usize) -> bool {
        // The request for our next message is no part of what the server wants done.
        let asks_on = matches!(command, Command::Alert(alert) if alert.code == Some(AlertCode::NEXT_MESSAGE));
        let skips = self.sequences.skip(behind, self.shared.sequence_rule) && !asks_on;
        if skips {
            self.skip(command);
        }
        skips
    }

    /// Answers 215 for a command and what it contains.
    pub(super) fn skip(&mut self, command: &Command<'_>) {
        let mut waiting = alloc::vec![command];
        while let Some(command) = waiting.pop() {
            if matches!(command, Command::Status(_)) {
                continue;
            }
            self.answer(command, StatusCode::NOT_EXECUTED);
            if let Command::Atomic(container) | Command::Sequence(container) = command {
                waiting.extend(container.commands.iter().rev());
            }
        }
    }
}
