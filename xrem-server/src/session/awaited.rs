//! Commands that were sent and not answered, and how a Status or Results finds its command \[dm 3.4\].
//!
//! Never by position: real clients put Results between Statuses, Alerts before them, containers after their children.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use omadm_proto::ids::{CmdId, MsgId};
use omadm_proto::message::{Command, Data, Format, Item, Meta, MetaFormat, Results, Status};
use omadm_proto::status::StatusCode;

use super::turn::{CommandAnswer, Value};

/// One command that the client has to answer, with the commands inside it.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Awaited {
    msg: MsgId,
    cmd: u32,
    /// The caller's number; for an inner command its position.
    pub(super) key: u32,
    /// It was a chunk and more are to come: 213 is the answer that lets the rest go.
    pub(super) is_chunk: bool,
    targets: Vec<String>,
    statuses: Vec<StatusCode>,
    values: Vec<Value>,
    inner: Vec<Self>,
}

impl Awaited {
    /// `command`, sent in message `msg` with its final CmdIDs.
    pub(super) fn new(msg: MsgId, key: u32, command: &Command<'_>) -> Self {
        let (items, children): (&[Item<'_>], &[Command<'_>]) = match command {
            Command::Tree(command) => (&command.items, &[]),
            Command::Alert(command) => (&command.items, &[]),
            Command::Atomic(container) | Command::Sequence(container) => (&[], &container.commands),
            Command::Status(_) | Command::Results(_) | Command::Unknown(_) | _ => (&[], &[]),
        };
        let cmd = if let CmdId::Number(number) = command.cmd_id() { *number } else { 0 };
        Self {
            msg,
            cmd,
            key,
            is_chunk: false,
            targets: items.iter().filter_map(Item::target_uri).map(ToString::to_string).collect(),
            statuses: Vec::new(),
            values: Vec::new(),
            inner: (0..).zip(children).map(|(position, child)| Self::new(msg, position, child)).collect(),
        }
    }

    /// The same as a chunk of a larger object.
    pub(super) const fn into_chunk(mut self) -> Self {
        self.is_chunk = true;
        self
    }

    /// What came back so far, as an answer.
    pub(super) fn into_answer(self) -> CommandAnswer {
        let bad = self.statuses.iter().copied().find(|status| !status.is_good());
        CommandAnswer {
            key: self.key,
            status: bad.or_else(|| self.statuses.first().copied()),
            values: self.values,
            inner: self.inner.into_iter().map(Self::into_answer).collect(),
        }
    }

    /// Whether a final Status came.
    pub(super) fn is_answered(&self) -> bool {
        !self.statuses.is_empty()
    }

    /// The Statuses so far.
    pub(super) fn statuses(&self) -> &[StatusCode] {
        &self.statuses
    }

    fn find(&mut self, refers: &dyn Fn(&Self) -> bool) -> Option<&mut Self> {
        if refers(self) {
            return Some(self);
        }
        self.inner.iter_mut().find_map(|child| child.find(refers))
    }
}

/// Hands `status` to the command it answers; `false` when there is none.
pub(super) fn note_status(awaited: &mut [Awaited], status: &Status<'_>) -> bool {
    // 101 announces a final status, which alone counts.
    if status.code == StatusCode::IN_PROGRESS {
        return true;
    }
    let Some(found) = find(awaited, status.msg_ref, &status.cmd_ref) else { return false };
    found.statuses.push(status.code);
    // The Item of a failure may name the node that is to blame, and nothing else [dm 3.4].
    let tells = |item: &&Item<'_>| item.data.is_some() || (!status.code.is_good() && item.target_uri().is_some());
    let with_data = status.items.iter().filter(tells);
    found.values.extend(with_data.map(|item| value(item, None, None)));
    true
}

/// Hands one Item of `results` to the command it answers, by reference or, failing that, by its URI; gives its size, or
/// `None` when nobody asked for it.
pub(super) fn note_result(awaited: &mut [Awaited], results: &Results<'_>, item: &Item<'_>) -> Option<usize> {
    // An absent MsgRef is message 1, an absent CmdRef command 1 [dm 2.2].
    let msg_ref = results.msg_ref.unwrap_or(MsgId::FIRST);
    let cmd_ref = if results.cmd_ref == CmdId::Absent { CmdId::Number(1) } else { results.cmd_ref.clone() };
    let refs = [&results.refs().source, &results.refs().target];
    let fallback = refs.into_iter().find_map(|uri| uri.as_deref());
    let value = value(item, results.meta.as_ref(), fallback);
    let len = value.data.len();
    let found = match find_index(awaited, Some(msg_ref), &cmd_ref) {
        Some(index) => find_in(awaited, index, Some(msg_ref), &cmd_ref),
        None => awaited.iter_mut().find_map(|command| command.find(&|it: &Awaited| it.asked_for(&value.uri))),
    }?;
    found.values.push(value);
    Some(len)
}

impl Awaited {
    fn asked_for(&self, uri: &str) -> bool {
        self.targets.iter().any(|target| bare(target) == bare(uri))
    }

    fn has_id(&self, msg_ref: Option<MsgId>, cmd_ref: &CmdId<'_>) -> bool {
        msg_ref.is_none_or(|msg| msg == self.msg) && *cmd_ref == CmdId::Number(self.cmd)
    }
}

fn find_index(awaited: &mut [Awaited], msg_ref: Option<MsgId>, cmd_ref: &CmdId<'_>) -> Option<usize> {
    awaited.iter_mut().position(|command| command.find(&|it: &Awaited| it.has_id(msg_ref, cmd_ref)).is_some())
}

fn find_in<'a>(
    awaited: &'a mut [Awaited],
    index: usize,
    msg_ref: Option<MsgId>,
    cmd_ref: &CmdId<'_>,
) -> Option<&'a mut Awaited> {
    awaited.get_mut(index)?.find(&|it: &Awaited| it.has_id(msg_ref, cmd_ref))
}

fn find<'a>(awaited: &'a mut [Awaited], msg_ref: Option<MsgId>, cmd_ref: &CmdId<'_>) -> Option<&'a mut Awaited> {
    let index = find_index(awaited, msg_ref, cmd_ref)?;
    find_in(awaited, index, msg_ref, cmd_ref)
}

/// The URI without the `./` that some peers leave out.
fn bare(uri: &str) -> &str {
    let uri = uri.trim();
    uri.strip_prefix("./").unwrap_or(uri)
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
