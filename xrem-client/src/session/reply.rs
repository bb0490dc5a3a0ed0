//! What is still to be sent, and how it is put into messages of the server's size \[dm 3.4, 3.5, 3.7, 3.8\].
//!
//! Order: the Status of the SyncHdr, all other Statuses in the order of their commands, then Results and alerts. What does
//! not fit waits for the server's Next Message alert. Callers: every phase of the session.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use omadm_proto::large_object::Outgoing;
use omadm_proto::message::{Alert, Command, Item, Refs, Results, Status};
use omadm_proto::packager::{PackError, Packager, Pushed};

use crate::outbox::AlertId;

/// The most bytes of values that wait to be sent; a Get beyond it is answered 413.
const MAX_WAITING_BYTES: usize = 16 << 20;

/// What an Item takes beside its URI and data, about: memory here, tags in a message.
const ITEM_BYTES: usize = 100;

/// The most Statuses that wait after a message was answered.
const MAX_WAITING_STATUSES: usize = 65_536;

/// What waits.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    statuses: VecDeque<Status<'static>>,
    later: VecDeque<Entry>,
    /// How much of the first of `later` was sent in chunks.
    object: Option<Outgoing>,
    bytes: usize,
    large_objects: LargeObjects,
    /// Alerts that no message can carry.
    dropped: Vec<AlertId>,
}

/// Whether the device sends a value in several messages \[dm 3.7\].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum LargeObjects {
    #[default]
    Supported,
    Unsupported,
}

/// One command behind the Statuses.
#[derive(Debug)]
struct Entry {
    command: Command<'static>,
    alert: Option<AlertId>,
    bytes: usize,
}

/// Whether all of it went into the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filled {
    /// Nothing waits any more.
    All,
    /// The rest needs another message.
    Part,
}

impl Reply {
    pub(crate) fn status(&mut self, status: Status<'static>) {
        self.statuses.push_back(status);
    }

    /// The last `count` Statuses answer the Items of one command: makes one of them, without references, if all say the same
    /// \[dm 3.4\].
    pub(crate) fn join_statuses(&mut self, count: usize) {
        let Some(first) = self.statuses.len().checked_sub(count) else { return };
        let mut answers = self.statuses.range(first..);
        let Some(one) = answers.next() else { return };
        let same =
            |other: &Status<'_>| other.cmd_ref == one.cmd_ref && other.code == one.code && other.items.is_empty();
        if !one.items.is_empty() || !answers.all(same) {
            return;
        }
        self.statuses.truncate(first.saturating_add(1));
        if let Some(one) = self.statuses.back_mut() {
            one.target_refs = Refs::new();
        }
    }

    /// Makes room for the Statuses of so many commands.
    pub(super) fn expect_statuses(&mut self, commands: usize) {
        self.statuses.reserve(commands);
    }

    /// A Status that goes in front of those that wait: the answer to the request for our next message.
    pub(crate) fn status_first(&mut self, status: Status<'static>) {
        self.statuses.push_front(status);
    }

    pub(crate) fn alert(&mut self, alert: Alert<'static>) {
        self.later.push_back(Entry { command: Command::Alert(alert), alert: None, bytes: 0 });
    }

    /// Queues a value of `bytes` bytes. False when too much waits already.
    pub(crate) fn has_room_for(&self, bytes: usize) -> bool {
        self.bytes.saturating_add(bytes) <= MAX_WAITING_BYTES
    }

    pub(crate) fn results(&mut self, results: Results<'static>) {
        let bytes = results.items.iter().map(weight).sum();
        self.bytes += bytes;
        self.later.push_back(Entry { command: Command::Results(results), alert: None, bytes });
    }

    pub(super) fn command(&mut self, command: Command<'static>) {
        self.later.push_back(Entry { command, alert: None, bytes: 0 });
    }

    pub(super) fn outbox_alert(&mut self, id: AlertId, alert: Alert<'static>) {
        self.later.push_back(Entry { command: Command::Alert(alert), alert: Some(id), bytes: 0 });
    }

    /// Whether so many more Statuses may wait.
    pub(crate) fn has_room_for_statuses(&self, more: usize) -> bool {
        self.statuses.len().saturating_add(more) < MAX_WAITING_STATUSES
    }

    /// Whether more Statuses wait than a server can mean that lets us send so few of them.
    pub(super) fn is_overrun(&self) -> bool {
        self.statuses.len() > MAX_WAITING_STATUSES
    }

    pub(super) fn is_empty(&self) -> bool {
        self.statuses.is_empty() && self.later.is_empty()
    }

    /// Forgets everything: the package starts anew.
    pub(super) fn clear(&mut self) {
        *self = Self { large_objects: self.large_objects, ..Self::default() };
    }

    pub(super) const fn support(&mut self, large_objects: LargeObjects) {
        self.large_objects = large_objects;
    }

    /// Whether values may travel in several messages of this session.
    pub(crate) fn has_large_objects(&self) -> bool {
        self.large_objects == LargeObjects::Supported
    }

    /// The alerts that turned out to be too large for this server.
    pub(super) fn take_dropped(&mut self) -> Vec<AlertId> {
        core::mem::take(&mut self.dropped)
    }

    /// The server does not want the rest of the object that is being sent.
    pub(crate) fn drop_object(&mut self) {
        if self.object.take().is_some() {
            self.pop();
        }
    }

    /// Moves the answers that fit whole into the last message of a session; the rest and all alerts are forgotten.
    pub(super) fn fill_last(&mut self, packager: &mut Packager, mut next_id: u32) {
        self.drop_object();
        let Self { statuses, later, .. } = core::mem::take(self);
        let results = later.into_iter().map(|entry| entry.command).filter(|it| matches!(it, Command::Results(_)));
        for mut command in statuses.into_iter().map(Command::Status).chain(results) {
            number(&mut command, next_id);
            match packager.push(&command) {
                Ok(Pushed::Fits) => next_id += 1,
                Ok(Pushed::Full) | Err(_) => return,
            }
        }
    }

    /// Moves as much as fits into `packager`; `next_id` numbers the commands, `carried` hears which one is which alert.
    pub(super) fn fill(
        &mut self,
        packager: &mut Packager,
        syntax: omadm_proto::exchange::Syntax,
        next_id: &mut u32,
        mut carried: impl FnMut(u32, AlertId),
    ) -> Filled {
        let mut statuses = 0;
        while let Some(status) = self.statuses.pop_front() {
            let mut command = Command::Status(status);
            number(&mut command, *next_id);
            match packager.push(&command) {
                Ok(Pushed::Fits) => {
                    *next_id += 1;
                    statuses += 1;
                }
                Ok(Pushed::Full) => {
                    if let Command::Status(status) = command {
                        self.statuses.push_front(status);
                    }
                    return Filled::Part;
                }
                // Only a Status that echoes a URI as long as a message: it cannot be sent at all, the server sees no answer.
                Err(_) => {}
            }
        }
        // No message will ever have more room than one with just the Status of the request for it.
        let mut is_first = statuses <= 1;
        while let Some(entry) = self.later.front_mut() {
            number(&mut entry.command, *next_id);
            let alert = entry.alert;
            let several = has_several_items(&entry.command);
            match push(packager, &entry.command, &mut self.object, *next_id) {
                Placed::Whole => self.pop(),
                Placed::Chunk => {}
                Placed::NoRoom if is_first && several => {
                    self.split();
                    continue;
                }
                Placed::NoRoom if !is_first || self.object.is_some() => return Filled::Part,
                Placed::NoRoom | Placed::TooLarge => {
                    if self.large_objects == LargeObjects::Supported {
                        self.object = Outgoing::new(&entry.command, syntax).ok();
                    }
                    if self.object.is_none() {
                        self.give_up();
                    }
                    continue;
                }
                Placed::Split => {
                    self.split();
                    continue;
                }
                Placed::Never => {
                    self.give_up();
                    continue;
                }
            }
            is_first = false;
            if let Some(alert) = alert {
                carried(*next_id, alert);
            }
            *next_id += 1;
        }
        Filled::All
    }

    /// Makes two Results of the first entry, each with half of its Items.
    fn split(&mut self) {
        let Some(mut entry) = self.later.pop_front() else { return };
        if let Command::Results(results) = &mut entry.command {
            let mut other = results.clone();
            other.items = results.items.split_off(results.items.len() / 2);
            let bytes = other.items.iter().map(weight).sum();
            entry.bytes = entry.bytes.saturating_sub(bytes);
            self.later.push_front(Entry { command: Command::Results(other), alert: None, bytes });
        }
        self.later.push_front(entry);
    }

    /// Drops the first entry, which no message can carry.
    fn give_up(&mut self) {
        self.object = None;
        self.dropped.extend(self.later.front().and_then(|entry| entry.alert));
        self.pop();
    }

    fn pop(&mut self) {
        if let Some(entry) = self.later.pop_front() {
            self.bytes = self.bytes.saturating_sub(entry.bytes);
        }
    }
}

/// What became of one command.
enum Placed {
    /// All of it, or its last chunk, is in the message.
    Whole,
    /// A chunk is, and more follow.
    Chunk,
    /// It waits for the next message.
    NoRoom,
    /// No message could carry it whole.
    TooLarge,
    /// No message could carry all of its Items.
    Split,
    /// It can never be sent.
    Never,
}

fn push(packager: &mut Packager, command: &Command<'static>, object: &mut Option<Outgoing>, id: u32) -> Placed {
    if object.is_none() {
        match packager.push(command) {
            Ok(Pushed::Fits) => return Placed::Whole,
            Ok(Pushed::Full) => return Placed::NoRoom,
            Err(PackError::TooLarge { .. }) if has_several_items(command) => return Placed::Split,
            Err(PackError::TooLarge { .. }) => return Placed::TooLarge,
            Err(_) => return Placed::Never,
        }
    }
    let Some(outgoing) = object else { return Placed::Never };
    match packager.push_chunk(outgoing, command, id) {
        Ok(Pushed::Fits) if outgoing.is_done() => {
            *object = None;
            Placed::Whole
        }
        Ok(Pushed::Fits) => Placed::Chunk,
        Ok(Pushed::Full) => Placed::NoRoom,
        Err(_) => Placed::Never,
    }
}

fn has_several_items(command: &Command<'_>) -> bool {
    matches!(command, Command::Results(results) if results.items.len() > 1)
}

/// What an Item that waits counts: its URI, its data, and itself.
pub(crate) fn weight(item: &Item<'_>) -> usize {
    let data = item.data.as_ref().map_or(0, |data| data.as_bytes().len());
    item.source_uri().map_or(0, str::len) + data + ITEM_BYTES
}

/// CmdIDs are given when a command gets its place.
fn number(command: &mut Command<'static>, id: u32) {
    let cmd_id = match command {
        Command::Tree(command) => &mut command.cmd_id,
        Command::Alert(command) => &mut command.cmd_id,
        Command::Status(command) => &mut command.cmd_id,
        Command::Results(command) => &mut command.cmd_id,
        Command::Atomic(command) | Command::Sequence(command) => &mut command.cmd_id,
        Command::Unknown(command) => &mut command.cmd_id,
        _ => return,
    };
    *cmd_id = id.into();
}
