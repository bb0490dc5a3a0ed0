//! Commands that were sent and not answered, and how a Status or Results finds its command \[dm 3.4\].
//!
//! Never by position: real clients put Results between Statuses, Alerts before them, containers after their children. The
//! list is flat, in document order: the commands inside a container follow it, one level deeper.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::iter::Peekable;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use omadm_proto::ids::{CmdId, MsgId};
use omadm_proto::message::{Command, Data, Format, Item, Meta, MetaFormat, Results, Status, Verb};
use omadm_proto::status::StatusCode;

use super::turn::{CommandAnswer, Value};

/// What the client still has to answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Awaited {
    pub(super) commands: Vec<Sent>,
    /// Where the next answer is looked for first: behind the last one that was found.
    cursor: usize,
}

/// One command that was sent.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) msg: MsgId,
    pub(super) cmd: u32,
    /// The caller's number; for an inner command its position.
    pub(super) key: u32,
    /// [`trace`] of the URI of its first Item; 0 without one. Only looked at when a client's references are wrong.
    pub(super) target: u32,
    /// How many containers it is in.
    pub(super) depth: u8,
    /// It was a chunk and more are to come: 213 is the answer that lets the rest go.
    pub(super) is_chunk: bool,
    /// It is a Get, which owes Results.
    pub(super) is_get: bool,
    /// What the client said of it: the first status that is not good when several Items differ.
    pub(super) status: Option<StatusCode>,
    /// Apart, since most commands bring nothing until they are answered, and many not even then.
    pub(super) brought: Option<Box<Brought>>,
}

/// What came with the answer to a command.
#[derive(Debug, Clone, Default)]
pub(super) struct Brought {
    pub(super) values: Vec<Value>,
    /// The error behind the status, as Windows tells it.
    pub(super) original_error: Option<String>,
}

/// Whether a command is sent in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    Whole,
    Chunk,
}

impl Awaited {
    /// Notes `command`, sent in message `msg` with its final CmdIDs.
    pub(super) fn push(&mut self, msg: MsgId, key: u32, command: &Command<'_>, extent: Extent) {
        self.push_at(msg, key, command, 0);
        if let Some(sent) = self.commands.last_mut().filter(|_| extent == Extent::Chunk) {
            sent.is_chunk = true;
        }
    }

    fn push_at(&mut self, msg: MsgId, key: u32, command: &Command<'_>, depth: u8) {
        let (items, children): (&[Item<'_>], &[Command<'_>]) = match command {
            Command::Tree(command) => (&command.items, &[]),
            Command::Alert(command) => (&command.items, &[]),
            Command::Atomic(container) | Command::Sequence(container) => (&[], &container.commands),
            Command::Status(_) | Command::Results(_) | Command::Unknown(_) | _ => (&[], &[]),
        };
        let cmd = if let CmdId::Number(number) = command.cmd_id() { *number } else { 0 };
        let target = items.first().and_then(Item::target_uri).map_or(0, trace);
        let is_get = matches!(command, Command::Tree(command) if command.verb == Verb::Get);
        self.commands.push(Sent { msg, cmd, key, target, depth, is_chunk: false, is_get, status: None, brought: None });
        for (position, child) in (0..).zip(children) {
            self.push_at(msg, position, child, depth.saturating_add(1));
        }
    }

    /// The same list in another process.
    #[cfg(feature = "serde")]
    pub(super) const fn restore(commands: Vec<Sent>) -> Self {
        Self { commands, cursor: 0 }
    }

    /// Room for `more` commands, and not for twice as many.
    pub(super) fn reserve(&mut self, more: usize) {
        self.commands.reserve_exact(more);
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Forgets the chunk that was sent last.
    pub(super) fn drop_chunk(&mut self) {
        self.commands.retain(|command| !command.is_chunk);
    }

    /// Takes the chunk that was sent last, if it is answered.
    pub(super) fn take_answered_chunk(&mut self) -> Option<CommandAnswer> {
        let index = self.commands.iter().position(|command| command.is_chunk && command.status.is_some())?;
        Some(self.commands.remove(index).into_answer(Vec::new()))
    }

    /// Whether a chunk is unanswered.
    pub(super) fn has_chunk(&self) -> bool {
        self.commands.iter().any(|command| command.is_chunk)
    }

    /// Takes the answers to all commands, or, of an unfinished package, to those that have all of theirs: the Statuses inside
    /// a container and the Results of a Get may be in a later message.
    pub(super) fn take_answers(&mut self, extent: Extent, answers: &mut Vec<CommandAnswer>) {
        self.cursor = 0;
        let commands = core::mem::take(&mut self.commands);
        let mut complete = match extent {
            Extent::Whole => Vec::new(),
            Extent::Chunk => commands
                .chunk_by(|_, next| next.depth > 0)
                .map(|command| command.iter().all(Sent::is_complete))
                .collect(),
        }
        .into_iter();
        answers.reserve_exact(commands.iter().filter(|command| command.depth == 0).count());
        let mut rest = commands.into_iter().peekable();
        while let Some(head) = rest.next() {
            if complete.next().unwrap_or(true) {
                answers.push(answer(head, &mut rest));
                continue;
            }
            let depth = head.depth;
            self.commands.push(head);
            while let Some(inner) = rest.next_if(|next| next.depth > depth) {
                self.commands.push(inner);
            }
        }
    }

    /// Hands `status` to the command it answers, and gives the size of what came with it.
    pub(super) fn note_status(&mut self, status: &Status<'_>) -> usize {
        // 101 announces a final status, which alone counts.
        if status.code == StatusCode::IN_PROGRESS {
            return 0;
        }
        let Some(found) = self.find(status.msg_ref, &status.cmd_ref) else { return 0 };
        found.take(status.code);
        if let Some(error) = status.original_error() {
            let known = &mut found.brought.get_or_insert_default().original_error;
            known.get_or_insert_with(|| error.to_string());
        }
        // The Item of a failure may name the node that is to blame, and nothing else [dm 3.4].
        let tells = |item: &&Item<'_>| item.data.is_some() || (!status.code.is_good() && item.target_uri().is_some());
        let mut len = 0;
        for item in status.items.iter().filter(tells) {
            let value = value(item, None, None);
            len += value.weight();
            found.brought.get_or_insert_default().values.push(value);
        }
        len
    }

    /// Hands one Item of `results` to the command it answers, by reference or, failing that, by its URI; gives its size, or
    /// `None` when nobody asked for it.
    pub(super) fn note_result(&mut self, results: &Results<'_>, item: &Item<'_>) -> Option<usize> {
        // An absent MsgRef is message 1, an absent CmdRef command 1 [dm 2.2].
        let msg_ref = results.msg_ref.unwrap_or(MsgId::FIRST);
        let refs = results.refs();
        let fallback = refs.source.as_deref().or(refs.target.as_deref());
        let value = value(item, results.meta.as_ref(), fallback);
        let len = value.weight();
        let first = CmdId::Number(1);
        let cmd_ref = if results.cmd_ref == CmdId::Absent { &first } else { &results.cmd_ref };
        let found = match self.position(Some(msg_ref), cmd_ref) {
            Some(index) => self.commands.get_mut(index),
            None => {
                let target = trace(&value.uri);
                self.commands.iter_mut().find(|command| command.target == target)
            }
        }?;
        found.brought.get_or_insert_default().values.push(value);
        Some(len)
    }

    fn find(&mut self, msg_ref: Option<MsgId>, cmd_ref: &CmdId<'_>) -> Option<&mut Sent> {
        let index = self.position(msg_ref, cmd_ref)?;
        self.commands.get_mut(index)
    }

    fn position(&mut self, msg_ref: Option<MsgId>, cmd_ref: &CmdId<'_>) -> Option<usize> {
        let CmdId::Number(cmd) = *cmd_ref else { return None };
        let Some(msg) = msg_ref else {
            return self.commands.iter().position(|command| command.cmd == cmd);
        };
        // Nearly every client answers in our order; then the next one is right here.
        let is_it = |command: &Sent| command.cmd == cmd && command.msg == msg;
        let (before, behind) = self.commands.split_at_checked(self.cursor).unwrap_or((&self.commands, &[]));
        let index = match behind.iter().position(is_it) {
            Some(index) => self.cursor + index,
            None => before.iter().position(is_it)?,
        };
        self.cursor = index;
        Some(index)
    }
}

impl Sent {
    /// One of several statuses, each for an Item: a bad one counts, and a final one more than 213.
    fn take(&mut self, code: StatusCode) {
        let outranks = |old: StatusCode| old.is_good() && (!code.is_good() || old == StatusCode::CHUNKED_ITEM_ACCEPTED);
        if self.status.is_none_or(outranks) {
            self.status = Some(code);
        }
    }

    /// Whether nothing more is to come for it itself.
    fn is_complete(&self) -> bool {
        self.status.is_some_and(|status| !self.is_get || !status.is_good() || self.has_values())
    }

    fn has_values(&self) -> bool {
        self.brought.as_ref().is_some_and(|brought| !brought.values.is_empty())
    }

    fn into_answer(self, inner: Vec<CommandAnswer>) -> CommandAnswer {
        let Brought { values, original_error } = self.brought.map(|brought| *brought).unwrap_or_default();
        CommandAnswer { key: self.key, status: self.status, original_error, values, inner }
    }
}

/// The answer to `head`, with those to the commands inside it, which come first in `rest`.
fn answer(head: Sent, rest: &mut Peekable<alloc::vec::IntoIter<Sent>>) -> CommandAnswer {
    let mut inner = Vec::new();
    while let Some(child) = rest.next_if(|next| next.depth > head.depth) {
        inner.push(answer(child, rest));
    }
    head.into_answer(inner)
}

/// A number that stands for the URI, without the `./` that some peers leave out. Two URIs with the same number would have to
/// meet in one session, behind references that are wrong, to be taken for each other; so 31 bits will do (FNV-1a). It is even.
fn trace(uri: &str) -> u32 {
    let uri = uri.trim();
    let bytes = uri.strip_prefix("./").unwrap_or(uri).bytes();
    bytes.fold(0x811C_9DC5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)).max(2) & !1
}

/// The value of `item`; base64 that stands for bytes is decoded, and kept as it is when it is none.
pub(super) fn value(item: &Item<'_>, command_meta: Option<&Meta<'_>>, fallback_uri: Option<&str>) -> Value {
    let format = item.effective_format(command_meta);
    let bytes = item.data.as_ref().map(Data::as_bytes).unwrap_or_default();
    let decoded = match format {
        Some(MetaFormat::Known(Format::B64)) => decode_base64(bytes),
        _ => None,
    };
    Value {
        uri: item.source_uri().or_else(|| item.target_uri()).or(fallback_uri).unwrap_or_default().to_string(),
        format: format.map(|format| format.as_str().to_string()),
        type_name: item.effective_type(command_meta).map(ToString::to_string),
        data: decoded.unwrap_or_else(|| bytes.to_vec()),
    }
}

fn decode_base64(bytes: &[u8]) -> Option<Vec<u8>> {
    let without_breaks: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(without_breaks).ok()
}
