//! Splitting.

use alloc::borrow::Cow;
use alloc::vec;

use super::meta_of;
use crate::auth::{base64_len, encode_base64};
use crate::exchange::Syntax;
use crate::ids::{CmdId, MsgId};
use crate::message::{Alert, Command, Data, Format, Item, Meta, MetaFormat, Results, TreeCommand, is_xml_text};

/// How far one large object has been sent.
///
/// The command itself stays with the caller and is handed in again for each chunk; it must be the same one. Bytes are
/// counted as the command holds them, before base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Outgoing {
    sent: usize,
    total: usize,
    spelling: Spelling,
}

/// Why a command cannot be sent in chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotSplittable {
    /// An Atomic, a Sequence, a Status or an unknown command; they are never split.
    #[error("only Add, Replace, Exec, Results and Alert can be sent in chunks, and not inside Atomic or Sequence")]
    Command,
    /// The command has no Item, or more than one.
    #[error("a command sent in chunks must have exactly one Item, this one has {items}")]
    Items {
        /// How many it has.
        items: usize,
    },
    /// The Item has no Data.
    #[error("the Item has no Data that could be split")]
    NoData,
}

/// How the bytes of the value are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
enum Spelling {
    /// As text, split between characters.
    Text,
    /// As opaque bytes, split anywhere.
    Opaque,
    /// As base64 text, split after every third byte, so that the joined text is base64 again.
    Base64,
}

/// One chunk, ready to be written, and the position after it.
#[derive(Debug)]
pub(crate) struct Chunk<'a> {
    pub(crate) command: Command<'a>,
    pub(crate) after: Outgoing,
}

impl Outgoing {
    /// The start of `command`, which is to be sent in `syntax`.
    ///
    /// # Errors
    ///
    /// [`NotSplittable`]; such a command must fit in one message or be refused.
    pub fn new(command: &Command<'_>, syntax: Syntax) -> Result<Self, NotSplittable> {
        let items = items(command).ok_or(NotSplittable::Command)?;
        let [item] = items else { return Err(NotSplittable::Items { items: items.len() }) };
        let data = item.data.as_ref().ok_or(NotSplittable::NoData)?;
        let is_bin = item.effective_format(meta_of(command)) == Some(&MetaFormat::Known(Format::Bin));
        let spelling = match syntax {
            Syntax::Wbxml if is_bin || matches!(data, Data::Opaque(_)) => Spelling::Opaque,
            Syntax::Xml if is_bin || !is_text(data) => Spelling::Base64,
            Syntax::Wbxml | Syntax::Xml => Spelling::Text,
        };
        let total = data.as_bytes().len();
        if total == 0 {
            return Err(NotSplittable::NoData);
        }
        Ok(Self { sent: 0, total, spelling })
    }

    /// Whether the last chunk has been written.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.sent >= self.total
    }

    /// Whether a chunk has been written, so that the peer waits for the rest.
    #[must_use]
    pub const fn is_started(&self) -> bool {
        self.sent > 0
    }

    /// How many bytes of the value, as the command holds it, have been written.
    #[must_use]
    pub const fn sent(&self) -> usize {
        self.sent
    }

    /// Meta Size: the length of the value as it appears in the messages \[dm 2.3\].
    #[must_use]
    pub const fn size(&self) -> usize {
        match self.spelling {
            Spelling::Text | Spelling::Opaque => self.total,
            Spelling::Base64 => base64_len(self.total),
        }
    }

    /// The chunk with at most `len` bytes of the value, rounded down to a whole unit but never to nothing. `None` when the
    /// object is done or `command` is not the one it was made for.
    pub(crate) fn chunk<'a>(&self, command: &'a Command<'_>, cmd_id: u32, len: usize) -> Option<Chunk<'a>> {
        let [item] = items(command)? else { return None };
        let data = item.data.as_ref().filter(|data| data.as_bytes().len() == self.total)?;
        let rest = data.as_bytes().get(self.sent..).filter(|rest| !rest.is_empty())?;
        let piece = rest.get(..self.piece_len(rest, len))?;
        let after = Self { sent: self.sent + piece.len(), ..*self };
        let piece = match self.spelling {
            Spelling::Text => Data::text(core::str::from_utf8(piece).ok()?),
            Spelling::Opaque => Data::Opaque(Cow::Borrowed(piece)),
            Spelling::Base64 => Data::text(encode_base64(piece)),
        };
        let mut chunk_item = Item::default();
        (chunk_item.target, chunk_item.source) = (item.target.clone(), item.source.clone());
        if item.parents() != chunk_item.parents() {
            *chunk_item.parents_mut() = item.parents().clone();
        }
        chunk_item.meta = self.meta_of_chunk(item.meta.as_ref());
        (chunk_item.data, chunk_item.more_data) = (Some(piece), !after.is_done());
        Some(Chunk { command: with_item(command, cmd_id, chunk_item)?, after })
    }

    /// The length of the next piece: at most `len` bytes of `rest`, ending between two units, but one unit at least.
    fn piece_len(&self, rest: &[u8], len: usize) -> usize {
        if len >= rest.len() {
            return rest.len();
        }
        let starts_character = |at: &usize| rest.get(*at).is_none_or(|byte| byte & 0xC0 != 0x80);
        let piece = match self.spelling {
            Spelling::Opaque => len.max(1),
            Spelling::Base64 => (len / 3).max(1) * 3,
            Spelling::Text => {
                let before = (1..=len).rev().take(4).find(starts_character);
                before.or_else(|| (1..=rest.len()).find(starts_character)).unwrap_or(rest.len())
            }
        };
        piece.min(rest.len())
    }

    /// The Meta of the Item in a chunk: repeated in each \[dm 3.7\], with Size in the first alone.
    fn meta_of_chunk<'a>(&self, own: Option<&Meta<'a>>) -> Option<Meta<'a>> {
        let mut meta = own.cloned();
        let size = (!self.is_started()).then(|| self.size() as u64);
        if size.is_some() || meta.is_some() {
            meta.get_or_insert_default().size = size;
        }
        if self.spelling == Spelling::Base64 {
            meta.get_or_insert_default().format = Some(MetaFormat::Known(Format::B64));
        }
        meta
    }
}

/// Whether an XML writer can send the value as it is.
fn is_text(data: &Data<'_>) -> bool {
    core::str::from_utf8(data.as_bytes()).is_ok_and(is_xml_text)
}

fn items<'c, 'a>(command: &'c Command<'a>) -> Option<&'c [Item<'a>]> {
    match command {
        Command::Tree(command) => Some(&command.items),
        Command::Alert(command) => Some(&command.items),
        Command::Results(command) => Some(&command.items),
        Command::Atomic(_) | Command::Sequence(_) | Command::Status(_) | Command::Unknown(_) => None,
    }
}

/// The same command around another Item, without a Size of its own.
fn with_item<'a>(command: &Command<'a>, cmd_id: u32, item: Item<'a>) -> Option<Command<'a>> {
    let without_size = |meta: &Option<Meta<'a>>| meta.clone().map(|meta| Meta { size: None, ..meta });
    let cmd_id = CmdId::Number(cmd_id);
    let items = vec![item];
    match command {
        Command::Tree(TreeCommand { verb, no_resp, meta, correlator, .. }) => Some(Command::Tree(TreeCommand {
            verb: *verb,
            cmd_id,
            no_resp: *no_resp,
            meta: without_size(meta),
            correlator: correlator.clone(),
            items,
        })),
        Command::Alert(Alert { no_resp, code, correlator, .. }) => Some(Command::Alert(Alert {
            cmd_id,
            no_resp: *no_resp,
            code: *code,
            correlator: correlator.clone(),
            items,
        })),
        Command::Results(results) => {
            let mut part = Results::new(cmd_id, MsgId::new(0), results.cmd_ref.clone(), items);
            (part.msg_ref, part.meta) = (results.msg_ref, without_size(&results.meta));
            if results.refs() != part.refs() {
                *part.refs_mut() = results.refs().clone();
            }
            Some(Command::Results(part))
        }
        Command::Atomic(_) | Command::Sequence(_) | Command::Status(_) | Command::Unknown(_) => None,
    }
}
