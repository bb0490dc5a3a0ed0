//! One server command: its effect on the tree and its answer \[dm 4\].
//!
//! Commands run in document order. A Get of a live node or an Exec cannot be answered here: [`Executor::run`] stops at it and
//! tells what it wants, with that command still at the front of the queue; the session asks the driver and calls
//! [`Executor::answer_wanted`] for that Item, again as long as it wants more, before it runs the rest. Each Item gets a Status
//! of its own with its TargetRef.

mod atomic;
mod interact;
mod item;
mod list;
mod reduced;
mod sequence;

pub(crate) use self::item::exec_status;
pub(crate) use self::reduced::Reduced;
pub use self::sequence::SequenceRule;
pub(crate) use self::sequence::Sequences;

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use omadm_proto::alert::AlertCode;
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::{CmdId, MsgId, ServerId};
use omadm_proto::large_object::{Progress, Reassembly};
use omadm_proto::message::{Alert, Command, Item, Results, Status, TreeCommand, Verb};
use omadm_proto::status::StatusCode;
use omadm_tree::command::Refusal;
use omadm_tree::node::NodeId;
use omadm_tree::tree::Tree;
use omadm_tree::uri::NodeUri;

use crate::client::Shared;
use crate::event::Event;
use crate::interaction::{Interaction, Response, UserInterface};
use crate::session::{Reply, Room};

/// What the driver has to supply before execution can go on.
#[derive(Debug, Clone)]
pub(crate) enum Wanted {
    /// The value of a live node.
    Read {
        /// The node.
        uri: NodeUri,
        /// The same, as long as it exists.
        node: NodeId,
    },
    /// The value of a live node in a subtree that was asked for.
    ReadListed {
        /// The node.
        uri: NodeUri,
        /// The same, as long as it exists.
        node: NodeId,
        /// The others, the next one last.
        rest: Vec<NodeId>,
    },
    /// The outcome of an Exec.
    Exec {
        /// The node.
        uri: NodeUri,
        /// The Correlator of the command.
        correlator: Option<String>,
        /// The argument.
        data: Option<Vec<u8>>,
    },
    /// What the user says.
    User {
        /// What to show or ask.
        interaction: Box<Interaction>,
        /// Inside an Atomic: what the user said to the alerts in front of this one.
        given: Vec<Response>,
    },
}

/// Everything that commands act on, for one message.
pub(crate) struct Executor<'e> {
    pub(crate) tree: &'e mut Tree,
    pub(crate) server: &'e ServerId,
    pub(crate) shared: &'e mut Shared,
    pub(crate) reassembly: &'e mut Reassembly,
    pub(crate) sequences: &'e mut Sequences,
    pub(crate) reply: &'e mut Reply,
    pub(crate) msg_ref: MsgId,
    pub(crate) syntax: Syntax,
    /// The server's MaxObjSize.
    pub(crate) max_obj_size: Option<u64>,
    /// The room in the server's messages.
    pub(crate) room: Room<'e>,
}

/// What became of one Item.
enum Outcome {
    /// It is answered.
    Answered(Answered),
    /// It waits for the driver.
    Wants(Wanted),
}

/// The answer to one Item.
pub(crate) struct Answered {
    code: StatusCode,
    /// The interior node whose implicit creation failed.
    at: Option<NodeUri>,
}

impl From<StatusCode> for Answered {
    fn from(code: StatusCode) -> Self {
        Self { code, at: None }
    }
}

impl From<Refusal> for Answered {
    fn from(refusal: Refusal) -> Self {
        Self { code: refusal.status, at: refusal.at }
    }
}

impl Executor<'_> {
    /// Executes commands from the front of `queue` until it is empty or one has to wait.
    pub(crate) fn run(&mut self, queue: &mut VecDeque<Command<'_>>) -> Option<Wanted> {
        while let Some(command) = queue.pop_front() {
            if self.skips(&command, queue.len()) {
                continue;
            }
            match command {
                _ if !is_numbered(&command) => self.refuse_unnumbered(&command),
                Command::Tree(tree_command) => {
                    if let Some((rest, wanted)) = self.tree_command(tree_command) {
                        queue.push_front(Command::Tree(rest));
                        return Some(wanted);
                    }
                }
                Command::Alert(ref alert) if alert.code == Some(AlertCode::NEXT_MESSAGE) => {
                    let status = self.status(command.cmd_id(), name_of(&command), StatusCode::OK);
                    self.reply.status_first(status);
                }
                Command::Alert(ref alert) => match self.alert(alert) {
                    Ok(code) => self.answer(&command, code),
                    Err(interaction) => {
                        queue.push_front(command);
                        return Some(Wanted::User { interaction, given: Vec::new() });
                    }
                },
                Command::Atomic(container) => {
                    self.interrupt_object();
                    if let Some((container, wanted)) = self.atomic(container, Vec::new()) {
                        queue.push_front(Command::Atomic(container));
                        return Some(wanted);
                    }
                }
                Command::Sequence(_) => self.sequence(command, queue),
                Command::Status(_) => {}
                Command::Results(_) => self.answer(&command, StatusCode::COMMAND_NOT_ALLOWED),
                Command::Unknown(_) => {
                    self.interrupt_object();
                    let code = unknown_command(&command);
                    self.answer(&command, code);
                }
                _ => self.answer(&command, StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED),
            }
        }
        None
    }

    /// Executes the Items of a command; returns those that are left when one has to wait, that one first.
    fn tree_command<'a>(&mut self, mut command: TreeCommand<'a>) -> Option<(TreeCommand<'a>, Wanted)> {
        let items = core::mem::take(&mut command.items);
        if items.is_empty() {
            self.answer(&Command::Tree(command), StatusCode::BAD_REQUEST);
            return None;
        }
        let joint = (items.len() > 1 && is_change(&command)).then_some(items.len());
        let mut items = items.into_iter();
        while let Some(item) = items.next() {
            let (item, answered) = self.whole_item(&command, item);
            if let Some(code) = answered {
                self.answer_item(&command, &item, code.into());
                continue;
            }
            match self.item(&command, &item) {
                Outcome::Answered(answered) => self.answer_item(&command, &item, answered),
                Outcome::Wants(wanted) => {
                    command.items = core::iter::once(item).chain(items).collect();
                    return Some((command, wanted));
                }
            }
        }
        if let Some(items) = joint {
            self.reply.join_statuses(items);
        }
        None
    }

    /// The Item to execute: itself, or the whole of a large object that it completes. With a code, it is answered already.
    fn whole_item<'a>(&mut self, command: &TreeCommand<'a>, item: Item<'a>) -> (Item<'a>, Option<StatusCode>) {
        if !item.more_data && !self.reassembly.is_open() {
            return (item, None);
        }
        if item.more_data && !self.has_large_objects() {
            return (item, Some(StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED));
        }
        let shell = Command::Tree(command.clone());
        let mut progress = self.reassembly.accept(&shell, &item);
        if let Progress::Violation(broken) = &progress {
            self.reply.alert(broken.alert(0));
            progress = self.reassembly.accept(&shell, &item);
        }
        match progress {
            Progress::Complete(whole) => (*whole, None),
            Progress::Chunk => (item, Some(StatusCode::CHUNKED_ITEM_ACCEPTED)),
            Progress::Refused(code) => (item, Some(code)),
            Progress::Whole | Progress::Violation(_) | _ => (item, None),
        }
    }

    /// Whether values may travel in several messages.
    fn has_large_objects(&self) -> bool {
        self.reply.has_large_objects()
    }

    /// Whether `results` can be sent, in one message if it has to be.
    fn can_send(&self, results: &Results<'static>) -> bool {
        self.has_large_objects() || self.room.holds(&Command::Results(results.clone()))
    }

    /// 400 for a command without a CmdID, or with that of the SyncHdr; what it contains is not executed \[dm 2.2\].
    fn refuse_unnumbered(&mut self, command: &Command<'_>) {
        self.answer(command, StatusCode::BAD_REQUEST);
        if let Command::Atomic(container) | Command::Sequence(container) = command {
            container.commands.iter().for_each(|inner| self.skip(inner));
        }
    }

    /// Tells the server that the object it was sending is lost, if something else comes before its last chunk.
    fn interrupt_object(&mut self) {
        if let Some(broken) = self.reassembly.interrupt() {
            self.reply.alert(broken.alert(0));
        }
    }

    /// The answer to an Alert of the server \[dm 4.8, 6\]; what the user is to be asked instead, if it is for him.
    fn alert(&mut self, alert: &Alert<'_>) -> Result<StatusCode, Box<Interaction>> {
        Ok(match alert.code {
            None => StatusCode::INCOMPLETE_COMMAND,
            Some(AlertCode::NEXT_MESSAGE) => StatusCode::OK,
            Some(AlertCode::NO_END_OF_DATA) => {
                self.reply.drop_object();
                StatusCode::OK
            }
            Some(
                AlertCode::SERVER_INITIATED
                | AlertCode::CLIENT_INITIATED
                | AlertCode::CLIENT_EVENT
                | AlertCode::GENERIC_ALERT,
            ) => StatusCode::COMMAND_NOT_ALLOWED,
            Some(code) if code.is_user_interaction() && self.shared.user_interface == UserInterface::Present => {
                match Interaction::from_alert(self.server, alert) {
                    Ok(interaction) => return Err(Box::new(interaction)),
                    Err(code) => code,
                }
            }
            Some(_) => StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED,
        })
    }

    /// A Status that speaks about a whole command.
    fn answer(&mut self, command: &Command<'_>, code: StatusCode) {
        self.sequences.answered(code);
        let status = self.status(command.cmd_id(), name_of(command), code);
        self.reply.status(status);
    }

    /// A Status for one Item, with its TargetRef and, in Copy, its SourceRef.
    fn answer_item(&mut self, command: &TreeCommand<'_>, item: &Item<'_>, answered: Answered) {
        let code = answered.code;
        self.sequences.answered(code);
        let status = self.item_status(command, item, answered);
        self.reply.status(status);
        self.shared.out.event(Event::CommandExecuted {
            server: self.server.clone(),
            verb: command.verb,
            uri: item.target_uri().unwrap_or_default().into(),
            status: code,
        });
    }

    fn item_status(&self, command: &TreeCommand<'_>, item: &Item<'_>, answered: Answered) -> Status<'static> {
        let name = Cow::Borrowed(command.verb.as_str());
        let mut status = self.status(&command.cmd_id, name, answered.code);
        status.target_refs.extend(item.target_uri().map(|uri| Cow::Owned(uri.into())));
        if let Some(uri) = item.source_uri() {
            status.extras_mut().source_refs.push(Cow::Owned(uri.into()));
        }
        status.items.extend(answered.at.map(|uri| Item::target(uri.to_string())));
        status
    }

    fn status(&self, cmd_ref: &CmdId<'_>, name: Cow<'static, str>, code: StatusCode) -> Status<'static> {
        Status::new(0, self.msg_ref, cmd_ref.clone().into_owned(), name, code)
    }
}

/// Whether the Items of `command` are answered at once, none of them by the driver.
const fn is_change(command: &TreeCommand<'_>) -> bool {
    matches!(command.verb, Verb::Add | Verb::Replace | Verb::Delete)
}

/// The name of the command for its Status.
fn name_of(command: &Command<'_>) -> Cow<'static, str> {
    if let Command::Tree(command) = command {
        return Cow::Borrowed(command.verb.as_str());
    }
    Cow::Owned(command.name().into())
}

/// Whether the command has an id that a Status can name.
fn is_numbered(command: &Command<'_>) -> bool {
    !matches!(command.cmd_id(), CmdId::Absent | CmdId::Number(0))
}

/// 406 for the commands of data synchronisation, 400 for names that no SyncML has \[dm 2.1\].
fn unknown_command(command: &Command<'_>) -> StatusCode {
    match command.name() {
        "Map" | "Put" | "Search" | "Sync" | "Move" => StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED,
        _ => StatusCode::BAD_REQUEST,
    }
}
