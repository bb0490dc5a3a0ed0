//! The management phase: execute the server's package, answer, go on \[dm 3.3 to 3.5, 16.1\].

use alloc::boxed::Box;
use alloc::collections::VecDeque;

use omadm_proto::alert::AlertCode;
use omadm_proto::ids::{ActionId, MsgId};
use omadm_proto::large_object::Reassembly;
use omadm_proto::message::{Command, Message, Status, TreeCommand};
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;

use super::authentication::Standing;
use super::message::{ServerPackage, Sizes};
use super::{Context, End, Session, State, Step, wants_answer};
use crate::event::{Event, Failure, Side};
use crate::execute::{Executor, Sequences, Wanted};
use crate::interaction::UserAnswer;
use crate::output::ActionResult;

/// What the phase remembers between two messages.
#[derive(Debug)]
pub(super) struct Management {
    reassembly: Reassembly,
    /// Whether the server has sent Final for its present package.
    package: ServerPackage,
    suspended: Option<Box<Suspended>>,
}

/// A message of which the rest waits for the driver.
#[derive(Debug)]
struct Suspended {
    action: ActionId,
    wanted: Wanted,
    /// When no answer is an answer.
    deadline: Option<Instant>,
    rest: Rest,
}

/// What is left of a message, and how to answer it.
#[derive(Debug)]
struct Rest {
    msg_ref: MsgId,
    header_status: Status<'static>,
    queue: VecDeque<Command<'static>>,
    ends_session: EndsSession,
}

/// Whether the session is over when the message leads to no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EndsSession {
    Yes,
    No,
}

impl Management {
    const fn new(object_bytes: u64) -> Self {
        Self { reassembly: Reassembly::new(object_bytes), package: ServerPackage::Complete, suspended: None }
    }

    pub(super) const fn is_suspended(&self) -> bool {
        self.suspended.is_some()
    }

    pub(super) fn suspended_header_status(&self) -> Option<&Status<'static>> {
        self.suspended.as_ref().map(|suspended| &suspended.rest.header_status)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.suspended.as_ref().and_then(|suspended| suspended.deadline)
    }
}

impl Session {
    /// Executes a message that both sides may believe.
    pub(super) fn manage(&mut self, ctx: &mut Context<'_>, message: Message<'_>, standing: Standing) -> Step {
        if self.authentication.learn(ctx.record) {
            ctx.shared.unsaved.account = true;
        }
        self.take_receipts(ctx, &message);
        if !matches!(self.state, State::Management(_)) {
            self.state = State::Management(Management::new(ctx.shared.limits.object_bytes));
        }
        let commands = message.commands.iter().filter(|command| wants_answer(command)).count();
        let asks_on = carries_only_next_message(&message);
        let State::Management(management) = &mut self.state else { return Step::Wait };
        self.sequences = match management.package {
            ServerPackage::Complete => Sequences::default(),
            ServerPackage::Unfinished => self.sequences.go_on(),
        };
        management.package = match (message.is_final, asks_on) {
            (true, _) => ServerPackage::Complete,
            // The server asks for the rest of our package; that leaves its own as it is.
            (false, true) => management.package,
            (false, false) => ServerPackage::Unfinished,
        };
        let ends_session = if message.is_final && commands == 0 { EndsSession::Yes } else { EndsSession::No };
        if ends_session == EndsSession::Yes {
            // The server wants nothing more, not even what is left of our package.
            self.reply.clear();
        }
        // With the next nonce, if that is new to the server [dm 3.4, 7.4].
        let header_status = self.status_for_header(&message, standing.code(), None);
        let msg_ref = message.header.msg_id;
        self.reply.expect_statuses(commands);
        let queue = message.commands.into_iter().filter(wants_answer).collect();
        self.execute(ctx, queue, msg_ref, header_status, ends_session)
    }

    /// Goes on with the command that waited for the action `id`.
    pub(crate) fn resume(&mut self, ctx: &mut Context<'_>, id: ActionId, result: ActionResult) -> Step {
        let State::Management(management) = &mut self.state else { return Step::Wait };
        let Some(suspended) = management.suspended.take_if(|suspended| suspended.action == id) else {
            return Step::Wait;
        };
        let Suspended { wanted, mut rest, .. } = *suspended;
        let left = match rest.queue.pop_front() {
            Some(Command::Tree(command)) => self
                .answer_first_item(ctx, rest.msg_ref, command, wanted, result)
                .map(|(left, more)| (Command::Tree(left), more)),
            Some(command) => self
                .executor(ctx, rest.msg_ref)
                .and_then(|mut executor| executor.answer_user(command, wanted, &result))
                .map(|(left, more)| (left, Some(more))),
            None => None,
        };
        if let Some((left, more)) = left {
            rest.queue.push_front(left);
            if let Some(wanted) = more {
                return self.suspend(ctx, wanted, rest);
            }
        }
        let Rest { msg_ref, header_status, queue, ends_session } = rest;
        self.execute(ctx, queue, msg_ref, header_status, ends_session)
    }

    /// Answers the first Item with what the driver found and returns the command without it, if other Items are left. When
    /// the Item wants more before it can be answered, it is still there.
    fn answer_first_item(
        &mut self,
        ctx: &mut Context<'_>,
        msg_ref: MsgId,
        mut command: TreeCommand<'static>,
        wanted: Wanted,
        result: ActionResult,
    ) -> Option<(TreeCommand<'static>, Option<Wanted>)> {
        if command.items.is_empty() {
            return None;
        }
        let item = command.items.remove(0);
        let more = self.executor(ctx, msg_ref)?.answer_wanted(&command, &item, wanted, result);
        if more.is_some() {
            command.items.insert(0, item);
        }
        (!command.items.is_empty()).then_some((command, more))
    }

    /// Asks the driver for what is wanted, and keeps `rest` until it answers.
    fn suspend(&mut self, ctx: &mut Context<'_>, wanted: Wanted, rest: Rest) -> Step {
        let action = ctx.shared.ask(&self.facts.server, &wanted);
        let deadline = match &wanted {
            Wanted::User { interaction, .. } => Some(ctx.shared.now + interaction.wait()),
            Wanted::Read { .. } | Wanted::ReadListed { .. } | Wanted::Exec { .. } => None,
        };
        if let State::Management(management) = &mut self.state {
            management.suspended = Some(Box::new(Suspended { action, wanted, deadline, rest }));
        }
        Step::Wait
    }

    /// The user's time is over.
    pub(crate) fn give_up_on_user(&mut self, ctx: &mut Context<'_>) -> Step {
        let State::Management(Management { suspended: Some(suspended), .. }) = &self.state else { return Step::Wait };
        let action = suspended.action;
        ctx.shared.out.event(Event::InteractionExpired { server: self.facts.server.clone(), action });
        self.resume(ctx, action, UserAnswer::NoAnswer.into())
    }

    fn execute<'a>(
        &mut self,
        ctx: &mut Context<'_>,
        mut queue: VecDeque<Command<'a>>,
        msg_ref: MsgId,
        header_status: Status<'static>,
        ends_session: EndsSession,
    ) -> Step {
        let Some(mut executor) = self.executor(ctx, msg_ref) else { return Step::Wait };
        if let Some(wanted) = executor.run(&mut queue) {
            let queue = queue.into_iter().map(Command::into_owned).collect();
            return self.suspend(ctx, wanted, Rest { msg_ref, header_status, queue, ends_session });
        }
        self.conclude(ctx, header_status, ends_session)
    }

    /// Sends what there is to send, or ends the session when a Status for the SyncHdr would be all \[dm 3.4\].
    fn conclude(&mut self, ctx: &mut Context<'_>, header_status: Status<'static>, ends_session: EndsSession) -> Step {
        self.collect_alerts(ctx);
        if ends_session == EndsSession::Yes && self.reply.is_empty() && !self.authentication.must_answer() {
            return Step::End(End::Finished);
        }
        if self.reply.is_overrun() {
            return Step::End(End::Failure(Failure::Overrun));
        }
        let State::Management(management) = &self.state else { return Step::Wait };
        let package = management.package;
        self.compose(ctx, Some(header_status), Sizes::Known, package)
    }

    /// Refuses a message whole: its header and every command get `code`, nothing is executed \[dm 3.11, 7.4\]. A message
    /// with neither commands nor credentials is not worth a challenge; with it the session ends. Wrong credentials are even
    /// without commands: until the server has a fresh nonce it can neither acknowledge our alerts nor wake us.
    pub(super) fn refuse(&mut self, ctx: &mut Context<'_>, message: &Message<'_>, code: StatusCode) -> Step {
        let has_commands = message.commands().any(wants_answer);
        if !has_commands && code != StatusCode::INVALID_CREDENTIALS {
            return Step::End(match code {
                StatusCode::MISSING_CREDENTIALS => End::Finished,
                _ => End::Authentication(Side::Server),
            });
        }
        let Some(chal) = self.authentication.challenge(code, ctx.account, &mut ctx.shared.nonces, ctx.record) else {
            return Step::End(End::Authentication(Side::Server));
        };
        ctx.shared.unsaved.account = true;
        self.reply.clear();
        self.refuse_commands(message, code);
        let status = self.status_for_header(message, code, Some(chal));
        self.compose(ctx, Some(status), Sizes::Known, ServerPackage::Complete)
    }

    /// Refuses a message whole and ends the session: the server broke a rule of auth-MAC \[dm 7.3\].
    pub(super) fn refuse_and_close(&mut self, ctx: &mut Context<'_>, message: &Message<'_>, code: StatusCode) -> Step {
        let status = self.status_for_header(message, code, None);
        self.close_with(ctx, message, status, End::Authentication(Side::Server))
    }

    /// Answers the header with `status` and every command with its code, and ends the session with it.
    pub(super) fn close_with(
        &mut self,
        ctx: &mut Context<'_>,
        message: &Message<'_>,
        status: Status<'static>,
        end: End,
    ) -> Step {
        self.reply.clear();
        self.carried.clear();
        self.refuse_commands(message, status.code);
        self.state = State::Closing(end);
        self.compose(ctx, Some(status), Sizes::Known, ServerPackage::Complete)
    }

    /// Queues `code` for each command of `message`, those inside containers included.
    pub(super) fn refuse_commands(&mut self, message: &Message<'_>, code: StatusCode) {
        let mut stack: VecDeque<&Command<'_>> = message.commands().collect();
        while let Some(command) = stack.pop_front() {
            if !wants_answer(command) {
                continue;
            }
            let cmd_ref = command.cmd_id().clone().into_owned();
            let name = alloc::borrow::Cow::Owned(command.name().into());
            self.reply.status(Status::new(0, message.header.msg_id, cmd_ref, name, code));
            if let Command::Atomic(container) | Command::Sequence(container) = command {
                for inner in container.commands.iter().rev() {
                    stack.push_front(inner);
                }
            }
        }
    }

    fn executor<'e>(&'e mut self, ctx: &'e mut Context<'_>, msg_ref: MsgId) -> Option<Executor<'e>> {
        let State::Management(management) = &mut self.state else { return None };
        Some(Executor {
            tree: ctx.tree,
            server: &self.facts.server,
            shared: ctx.shared,
            reassembly: &mut management.reassembly,
            sequences: &mut self.sequences,
            reply: &mut self.reply,
            msg_ref,
            syntax: self.facts.syntax,
            max_obj_size: self.peer.max_obj_size,
            room: Self::room(&self.facts, self.peer.max_msg_size),
        })
    }
}

/// Whether all that the server wants is our next message.
fn carries_only_next_message(message: &Message<'_>) -> bool {
    let mut asked = false;
    for command in message.commands().filter(|command| wants_answer(command)) {
        match command {
            Command::Alert(alert) if alert.code == Some(AlertCode::NEXT_MESSAGE) => asked = true,
            Command::Tree(_)
            | Command::Alert(_)
            | Command::Atomic(_)
            | Command::Sequence(_)
            | Command::Status(_)
            | Command::Results(_)
            | Command::Unknown(_)
            | _ => return false,
        }
    }
    asked
}
