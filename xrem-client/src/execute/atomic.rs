//! Atomic: all of its commands or none \[dm 4.10\].
//!
//! Exec and Get, which would have to wait for the driver, are not legal inside. An alert to the user is: while he thinks, all
//! that was done so far is undone, and done again with his answer. So nobody ever sees, stores or changes a tree that is half
//! of an Atomic, and what the device itself writes meanwhile is not rolled back. The undo log of the tree restores the exact
//! old tree, so 516 never occurs here.

use alloc::boxed::Box;
use alloc::vec::{self, Vec};

use omadm_proto::message::{Command, Container, Item, Status, TreeCommand, Verb};
use omadm_proto::status::StatusCode;
use omadm_tree::feature::Feature;

use super::{Answered, Executor, Wanted, is_numbered, item, name_of, unknown_command};
use crate::interaction::{Interaction, Response};

/// Whether the commands behind a failure still run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Running,
    Failed,
}

/// One run through the commands of an Atomic.
struct Run {
    fate: Fate,
    answers: Vec<Status<'static>>,
    /// What the user said to the alerts to come, in their order.
    given: vec::IntoIter<Response>,
    /// The alert that he has not answered.
    asks: Option<Box<Interaction>>,
}

impl Executor<'_> {
    /// Runs it; `given` is what the user said to its alerts so far. Gives it back when he has to be asked (more).
    pub(super) fn atomic<'a>(
        &mut self,
        container: Container<'a>,
        given: Vec<Response>,
    ) -> Option<(Container<'a>, Wanted)> {
        if !self.tree.supports(Feature::Atomic) {
            self.refuse_atomic(Command::Atomic(container));
            return None;
        }
        self.tree.begin();
        let answered = given.clone();
        let mut run = Run { fate: Fate::Running, answers: Vec::new(), given: given.into_iter(), asks: None };
        for command in &container.commands {
            self.inner(command, &mut run);
            if let Some(interaction) = run.asks.take() {
                self.tree.rollback();
                return Some((container, Wanted::User { interaction, given: answered }));
            }
        }
        let mut answers = run.answers;
        let code = match run.fate {
            Fate::Running if !self.can_report(&answers) => StatusCode::ATOMIC_RESPONSE_TOO_LARGE,
            Fate::Running => StatusCode::OK,
            Fate::Failed => StatusCode::ATOMIC_FAILED,
        };
        match code {
            StatusCode::OK => self.tree.commit(),
            _ => {
                self.tree.rollback();
                for status in answers.iter_mut().filter(|status| status.code.is_good()) {
                    status.code = StatusCode::ATOMIC_ROLL_BACK_OK;
                    status.items.clear();
                }
            }
        }
        self.answer(&Command::Atomic(container), code);
        for status in answers {
            self.reply.status(status);
        }
        None
    }

    /// Whether the server can be told all of `answers`, over several messages if need be: what was committed is stored before
    /// the first of them, so that only a Status which no message can carry, or too many of them, put the outcome in doubt
    /// \[dm 3.8, 4.10\].
    fn can_report(&self, answers: &[Status<'static>]) -> bool {
        self.reply.has_room_for_statuses(answers.len()) && !self.room.is_short_for(answers)
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

    fn inner(&mut self, command: &Command<'_>, run: &mut Run) {
        match command {
            _ if !is_numbered(command) && !matches!(command, Command::Status(_)) => {
                let answered = self.decide(run, |_, _| StatusCode::BAD_REQUEST.into());
                run.answers.push(self.status(command.cmd_id(), name_of(command), answered.code));
            }
            Command::Tree(tree_command) if !tree_command.items.is_empty() => {
                for item in &tree_command.items {
                    let answered = self.decide(run, |executor, _| executor.inner_item(tree_command, item));
                    run.answers.push(self.item_status(tree_command, item, answered));
                }
            }
            Command::Status(_) => {}
            Command::Alert(alert) => {
                let mut items = Vec::new();
                let answered = self.decide(run, |executor, run| match executor.alert(alert) {
                    Ok(code) => code.into(),
                    Err(interaction) => match run.given.next() {
                        Some(response) => {
                            items = response.items;
                            response.code.into()
                        }
                        None => {
                            run.asks = Some(interaction);
                            StatusCode::IN_PROGRESS.into()
                        }
                    },
                });
                let mut status = self.status(command.cmd_id(), name_of(command), answered.code);
                status.items = items;
                run.answers.push(status);
            }
            Command::Tree(_)
            | Command::Atomic(_)
            | Command::Sequence(_)
            | Command::Results(_)
            | Command::Unknown(_)
            | _ => {
                let answered = self.decide(run, |_, _| {
                    Answered::from(match command {
                        Command::Unknown(_) => unknown_command(command),
                        Command::Tree(_) | Command::Results(_) => StatusCode::BAD_REQUEST,
                        Command::Alert(_) | Command::Atomic(_) | Command::Sequence(_) | Command::Status(_) | _ => {
                            StatusCode::COMMAND_FAILED
                        }
                    })
                });
                run.answers.push(self.status(command.cmd_id(), name_of(command), answered.code));
                if let Command::Atomic(inner) | Command::Sequence(inner) = command {
                    for command in &inner.commands {
                        self.inner(command, run);
                    }
                }
            }
        }
    }

    /// The code of one command: 215 behind a failure, else what executing it gives.
    fn decide(&mut self, run: &mut Run, execute: impl FnOnce(&mut Self, &mut Run) -> Answered) -> Answered {
        if run.fate == Fate::Failed {
            return StatusCode::NOT_EXECUTED.into();
        }
        let answered = execute(self, run);
        if !answered.code.is_good() {
            run.fate = Fate::Failed;
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
