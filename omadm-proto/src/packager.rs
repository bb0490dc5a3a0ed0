//! Filling a message up to the peer's MaxMsgSize \[dm 3.5, 3.8\].
//!
//! A session begins a message, pushes its Statuses first and then commands until one is [`Pushed::Full`], and finishes it.
//! The budget is exact: no message is ever longer than it, Final included. A command that can never fit is an error here,
//! and a candidate for [`Packager::push_chunk`].

use alloc::vec::Vec;

use crate::encode::{Finality, Form, MessageWriter};
use crate::error::EncodeError;
use crate::large_object::Outgoing;
use crate::message::{Command, SyncHdr};

/// A message that grows command by command.
#[derive(Debug)]
pub struct Packager {
    writer: MessageWriter,
    max: usize,
    base: usize,
    content: Content,
}

/// What became of a pushed command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
#[allow(clippy::exhaustive_enums, reason = "a command fits or it does not")]
pub enum Pushed {
    /// It is part of the message.
    Fits,
    /// There is no room for it in this message, which is as it was before. Finish it and push the command to the next one;
    /// if this one [holds nothing but Statuses](Packager::holds_only_statuses), the next will have no more room.
    Full,
}

/// Why a message could not be begun or a command not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// The message would be too large even with nothing else in it but the Status of the SyncHdr: send the object in
    /// chunks, or give it up.
    #[error("a message of {needed} bytes is needed but the peer allows {allowed}; send the object in chunks")]
    TooLarge {
        /// Bytes of the smallest message that could carry it.
        needed: usize,
        /// The peer's MaxMsgSize.
        allowed: usize,
    },
    /// The command is not the one that the object was begun with, or all of the object has been sent.
    #[error("the command does not belong to the unfinished large object")]
    WrongObject,
    /// It cannot be written in this syntax at all.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

/// What a message holds behind its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Nothing,
    Statuses,
    Commands,
    /// Commands, and a chunk with MoreData as the last thing.
    OpenObject,
}

/// The bytes that the last chunk is shorter than another of the same length, at the most.
const LAST_CHUNK_SAVES: usize = "<MoreData/>".len();

/// A chunk that fits: where the object is after it, and the length of the message.
#[derive(Debug, Clone, Copy)]
struct Attempt {
    after: Outgoing,
    len: usize,
}

/// The piece between `low` and `high` to try when so much of the room that `high` would need is there.
fn in_proportion(low: usize, high: usize, (there, needed): (usize, usize)) -> usize {
    let more = (high.saturating_sub(low)) as u128 * there as u128 / needed.max(1) as u128;
    low + usize::try_from(more).unwrap_or(0)
}

impl Packager {
    /// A message in `form`, which may be a mere [`Syntax`](crate::exchange::Syntax), with `header` and no commands, for a
    /// peer that accepts `max_msg_size` bytes; `None` is no limit.
    ///
    /// # Errors
    ///
    /// [`PackError`] when the header alone is too large or cannot be written.
    pub fn begin(form: impl Into<Form>, header: &SyncHdr<'_>, max_msg_size: Option<u64>) -> Result<Self, PackError> {
        Self::begin_in(&mut Vec::new(), form, header, max_msg_size)
    }

    /// The same behind what is in `buffer`, which is taken out: [`Self::finish`] gives it back, longer by the message. What
    /// was in it before does not count against the limit.
    ///
    /// # Errors
    ///
    /// As for [`Self::begin`]; `buffer` is then as before.
    pub fn begin_in(
        buffer: &mut Vec<u8>,
        form: impl Into<Form>,
        header: &SyncHdr<'_>,
        max_msg_size: Option<u64>,
    ) -> Result<Self, PackError> {
        let start = buffer.len();
        let writer = MessageWriter::begin_in(buffer, form, header)?;
        let max = max_msg_size.map_or(usize::MAX, |max| usize::try_from(max).unwrap_or(usize::MAX));
        let base = writer.written_len();
        let packager = Self { writer, max, base, content: Content::Nothing };
        let needed = packager.len();
        if needed > max {
            *buffer = packager.writer.finish(Finality::Final);
            buffer.truncate(start);
            return Err(PackError::TooLarge { needed, allowed: max });
        }
        Ok(packager)
    }

    /// Appends `command` if it fits.
    ///
    /// Nothing fits behind a chunk with MoreData, which must be the last thing in its message \[dm 3.7\].
    ///
    /// # Errors
    ///
    /// [`PackError::TooLarge`] when no message of this size could carry it, [`PackError::Encode`] when none at all could.
    /// The message is as it was before.
    pub fn push(&mut self, command: &Command<'_>) -> Result<Pushed, PackError> {
        if self.content == Content::OpenObject {
            return Ok(Pushed::Full);
        }
        let mark = self.writer.mark();
        self.writer.command(command)?;
        let needed = self.len();
        if needed > self.max {
            self.writer.rewind(mark);
            return self.refuse(needed);
        }
        self.content = match (self.content, command) {
            (Content::Nothing, Command::Status(status)) if status.is_for_sync_hdr() => {
                self.base = self.writer.written_len();
                Content::Statuses
            }
            (Content::Nothing | Content::Statuses, Command::Status(_)) => Content::Statuses,
            _ => Content::Commands,
        };
        Ok(Pushed::Fits)
    }

    /// Appends the next chunk of `object`, as much of it as fits, as command `cmd_id`, and moves `object` on.
    ///
    /// `command` is the whole command, the same for every chunk. While the object is unfinished the message takes nothing
    /// more and never carries Final; the next message must go on with it.
    ///
    /// # Errors
    ///
    /// [`PackError::TooLarge`] when not even the smallest chunk fits a message, [`PackError::WrongObject`] when `command` is
    /// another one, [`PackError::Encode`] when it cannot be written. Message and object are as they were before.
    pub fn push_chunk(
        &mut self,
        object: &mut Outgoing,
        command: &Command<'_>,
        cmd_id: u32,
    ) -> Result<Pushed, PackError> {
        if self.content == Content::OpenObject {
            return Ok(Pushed::Full);
        }
        let mark = self.writer.mark();
        let (first, smallest) = self.write_chunk(object, command, cmd_id, 1)?;
        if smallest > self.max {
            self.writer.rewind(mark);
            return self.refuse(smallest);
        }
        let mut best = Attempt { after: first, len: smallest };
        let mut written = first;
        // A byte of the value takes one in the message at least, and the last chunk saves its MoreData. So this is as much as
        // can fit, and does, where nothing is escaped. Elsewhere the largest piece lies between the two.
        let mut low = first.sent() - object.sent();
        let mut high = low.saturating_add(self.max - smallest).saturating_add(LAST_CHUNK_SAVES);
        let mut next = high;
        let mut guesses = 0_u32;
        while low < high {
            self.writer.rewind(mark);
            let (after, len) = self.write_chunk(object, command, cmd_id, next)?;
            written = after;
            let piece = after.sent() - object.sent();
            if len <= self.max {
                (low, high) = (next.max(piece), high.min(piece.saturating_add(self.max - len)));
                best = Attempt { after, len };
            } else {
                high = piece - 1;
            }
            guesses += 1;
            next = match guesses % 2 {
                1 if len > self.max => in_proportion(low, piece, (self.max - best.len, len - best.len)),
                _ => low + (high.saturating_sub(low)).div_ceil(2),
            };
            next = next.clamp(low.saturating_add(1), high.max(low.saturating_add(1)));
        }
        if written != best.after {
            self.writer.rewind(mark);
            self.write_chunk(object, command, cmd_id, best.after.sent() - object.sent())?;
        }
        self.content = if best.after.is_done() { Content::Commands } else { Content::OpenObject };
        *object = best.after;
        Ok(Pushed::Fits)
    }

    /// Bytes that commands may still take, with Final already taken off; [`usize::MAX`] when there is no limit.
    #[must_use]
    pub fn remaining(&self) -> usize {
        match (self.content, self.max) {
            (Content::OpenObject, _) => 0,
            (_, usize::MAX) => usize::MAX,
            (_, max) => max.saturating_sub(self.len()),
        }
    }

    /// Whether nothing but Statuses has been pushed.
    #[must_use]
    pub fn holds_only_statuses(&self) -> bool {
        matches!(self.content, Content::Nothing | Content::Statuses)
    }

    /// Closes the message and returns the buffer, with the bytes of the message at its end. One that ends with a chunk with MoreData is never Final, whatever `finality` says.
    #[must_use]
    pub fn finish(self, finality: Finality) -> Vec<u8> {
        match self.content {
            Content::OpenObject => self.writer.finish(Finality::More),
            Content::Nothing | Content::Statuses | Content::Commands => self.writer.finish(finality),
        }
    }

    /// Appends a chunk without regard to the limit and tells where the object is after it, and the length of the message.
    fn write_chunk(
        &mut self,
        object: &Outgoing,
        command: &Command<'_>,
        cmd_id: u32,
        at_most: usize,
    ) -> Result<(Outgoing, usize), PackError> {
        let chunk = object.chunk(command, cmd_id, at_most).ok_or(PackError::WrongObject)?;
        self.writer.command(&chunk.command)?;
        let finality = if chunk.after.is_done() { Finality::Final } else { Finality::More };
        Ok((chunk.after, self.writer.written_len() + self.writer.closing_len(finality)))
    }

    /// The answer when a message of `needed` bytes would be too long: full, if the command would fit a fresh one.
    fn refuse(&self, needed: usize) -> Result<Pushed, PackError> {
        let alone = needed - (self.writer.written_len() - self.base);
        if alone > self.max { Err(PackError::TooLarge { needed: alone, allowed: self.max }) } else { Ok(Pushed::Full) }
    }

    /// The length of the message if it were finished now, with Final.
    fn len(&self) -> usize {
        self.writer.written_len() + self.writer.closing_len(Finality::Final)
    }
}
