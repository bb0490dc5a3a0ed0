//! Atomic: all of its commands or none \[dm 4.10\].
//!
//! Runs to its end at once: what would have to wait for the driver (Exec, Get) is not legal inside. The undo log of the tree
//! restores the exact old tree, so 516 never occurs here.

use alloc::vec::Vec;

use omadm_proto::message::{Command, Container, Item, Status, TreeCommand, Verb};
use omadm_proto::status::StatusCode;
use omadm_tree::feature::Feature;

use super::{Answered, Executor, item, unknown_command};

/// Whether the commands behind a failure still run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Running,
    Failed,
}

impl Executor<'_> {
    pub(super) fn atomic(&mut self, container: Container<'_>) {
        if !self.tree.supports(Feature::Atomic) {
            self.refuse_atomic(Command::Atomic(container));
            return;
        }
        self.tree.begin();
        let mut fate = Fate::Running;
        let mut answers = Vec::new();
        for command in &container.commands {
            self.inner(command, &mut fate, &mut answers);
        }
        let code = match fate {
            Fate::Running => {
                self.tree.commit();
                StatusCode::OK
            }
            Fate::Failed => {
                self.tree.rollback();
                for status in answers.iter_mut().filter(|status| status.code.is_good()) {
                    status.code = StatusCode::ATOMIC_ROLL_BACK_OK;
                }
                StatusCode::ATOMIC_FAILED
            }
        };
        self.answer(&Command::Atomic(container), code);
        for status in answers {
            self.reply.status(status);
        }
    }

    /// A device without Atomic answers 406 for it and for everything inside \[dm 4.10\].
    fn refuse_atomic(&mut self, command: Command<'_>) {
        if matches!(command, Command::Status(_)) {
            return;
        }
        self.answer(&command, StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED);
        if let Command::Atomic(container) | Command::Sequence(container) = command {
            container.commands.into_iter().for_each(|inner| self.refuse_atomic(inner));
        }
    }

    fn inner(&mut self, command: &Command<'_>, fate: &mut Fate, answers: &mut Vec<Status<'static>>) {
        match command {
            Command::Tree(tree_command) if !tree_command.items.is_empty() => {
                for item in &tree_command.items {
                    let answered = self.decide(fate, |executor| executor.inner_item(tree_command, item));
                    answers.push(self.item_status(tree_command, item, answered));
                }
            }
            Command::Status(_) => {}
            Command::Tree(_)
            | Command::Alert(_)
            | Command::Atomic(_)
            | Command::Sequence(_)
            | Command::Results(_)
            | Command::Unknown(_)
            | _ => {
                let answered = self.decide(fate, |executor| {
                    Answered::from(match command {
                        Command::Alert(alert) => executor.alert(alert),
                        Command::Unknown(_) => unknown_command(command),
                        Command::Tree(_) | Command::Results(_) => StatusCode::BAD_REQUEST,
                        Command::Atomic(_) | Command::Sequence(_) | Command::Status(_) | _ => {
                            StatusCode::COMMAND_FAILED
                        }
                    })
                });
                answers.push(self.status(command.cmd_id(), command.name(), answered.code));
                if let Command::Atomic(inner) | Command::Sequence(inner) = command {
                    for command in &inner.commands {
                        self.inner(command, fate, answers);
                    }
                }
            }
        }
    }

    /// The code of one command: 215 behind a failure, else what executing it gives.
    fn decide(&mut self, fate: &mut Fate, execute: impl FnOnce(&mut Self) -> Answered) -> Answered {
        if *fate == Fate::Failed {
            return StatusCode::NOT_EXECUTED.into();
        }
        let answered = execute(self);
        if !answered.code.is_good() {
            *fate = Fate::Failed;
        }
        answered
    }

    fn inner_item(&mut self, command: &TreeCommand<'_>, item: &Item<'_>) -> Answered {
        if matches!(command.verb, Verb::Get | Verb::Exec) {
            return StatusCode::COMMAND_FAILED.into();
        }
        // A chunk cannot stand in an Atomic, which has to fit in one message [dm 4.10].
        if item.more_data {
            return StatusCode::BAD_REQUEST.into();
        }
        match item::target(item) {
            Ok(target) => self.change(command, item, &target),
            Err(code) => code.into(),
        }
    }
}
