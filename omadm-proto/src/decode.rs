//! From bytes to a typed message.
//!
//! This is the only place that knows what may stand inside what when reading \[dm 2.1\]. The content models are tables; what
//! does not follow them is a [`Deviation`](crate::deviation::Deviation), which the profile of the [`Reading`] takes or
//! refuses \[windows-quirks 2\]:
//!
//! - any order of children is taken (L7), so are MetInf elements directly inside an Item (L11) and a MetInf wrapper;
//! - an element in command position that is no DM command becomes a [`Command::Unknown`] and is kept whole; elsewhere
//!   unknown elements, and those that DM does not use, are noticed and skipped with their content;
//! - where an element occurs twice the last one counts \[X-ENC-21\], except for SyncHdr, SyncBody and the children of
//!   SyncHdr, which are errors in both profiles: two readers of one message must not disagree about who sent it;
//! - text between the children of an element is noticed and skipped.

mod body;
mod cmd_ids;
mod command;
mod cursor;
mod header;
mod item;
mod meta;
mod model;
mod stream;
mod unknown;

use alloc::vec::Vec;

use crate::deviation::{Deviations, Profile};
use crate::element::{EventSource, syncml};
use crate::error::{DecodeError, DecodeErrorKind};
use crate::exchange::Syntax;
use crate::limits::Limits;
use crate::message::{Command, Message, SyncHdr};
use crate::reading::Reading;
#[cfg(feature = "wbxml")]
use crate::wbxml;
#[cfg(feature = "xml")]
use crate::xml;
use cursor::Cursor;
use model::Children;
pub use stream::{MessageEnd, MessageReader};

/// A message that was read, and what was forgiven.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Decoded<'a> {
    /// The message.
    pub message: Message<'a>,
    /// What was forgiven or worth telling.
    pub deviations: Deviations,
}

impl Decoded<'_> {
    #[cfg(feature = "xml")]
    fn into_owned(self) -> Decoded<'static> {
        Decoded { message: self.message.into_owned(), deviations: self.deviations }
    }
}

impl Reading {
    /// Reads a message in `syntax`.
    ///
    /// # Errors
    /// The bytes are no SyncML message in that syntax, or exceed a limit, or deviate more than the profile forgives; the
    /// error names the rule and the byte.
    pub fn message<'a>(&self, syntax: Syntax, bytes: &'a [u8]) -> Result<Decoded<'a>, DecodeError> {
        match syntax {
            #[cfg(feature = "wbxml")]
            Syntax::Wbxml => self.message_from(wbxml::Reader::with(bytes, self)?, bytes.len()),
            #[cfg(feature = "xml")]
            Syntax::Xml => match xml::utf16_to_utf8(bytes, &self.limits)? {
                Some(text) => {
                    let reader = xml::Reader::from_text(&text, self)?;
                    self.message_from(reader, text.len()).map(Decoded::into_owned)
                }
                None => self.message_from(xml::Reader::with(bytes, self)?, bytes.len()),
            },
            #[cfg(not(all(feature = "xml", feature = "wbxml")))]
            _ => Err(not_built(syntax, bytes)),
        }
    }

    /// Reads the commands of a document whose root is a bare SyncBody: a template, as fan-out jobs hold them.
    ///
    /// # Errors
    /// The bytes are no SyncBody in that syntax, or exceed a limit, or deviate more than the profile forgives.
    pub fn commands<'a>(&self, syntax: Syntax, bytes: &'a [u8]) -> Result<(Vec<Command<'a>>, Deviations), DecodeError> {
        match syntax {
            #[cfg(feature = "wbxml")]
            Syntax::Wbxml => self.commands_from(wbxml::Reader::with(bytes, self)?, bytes.len()),
            #[cfg(feature = "xml")]
            Syntax::Xml => match xml::utf16_to_utf8(bytes, &self.limits)? {
                Some(text) => {
                    let reader = xml::Reader::from_text(&text, self)?;
                    let (commands, deviations) = self.commands_from(reader, text.len())?;
                    Ok((commands.into_iter().map(Command::into_owned).collect(), deviations))
                }
                None => self.commands_from(xml::Reader::with(bytes, self)?, bytes.len()),
            },
            #[cfg(not(all(feature = "xml", feature = "wbxml")))]
            _ => Err(not_built(syntax, bytes)),
        }
    }

    /// Reads a message of `len` bytes (0 if nobody knows) from the events of `source`.
    fn message_from<'a, S: EventSource<'a>>(&self, source: S, len: usize) -> Result<Decoded<'a>, DecodeError> {
        let mut cursor = Cursor::new(source, &self.limits, len);
        cursor.root(syncml::SYNC_ML)?;
        // Filled where it stands: the header is large.
        let mut decoded = Decoded { message: Message::new(SyncHdr::unknown()), deviations: Deviations::new() };
        let message = &mut decoded.message;
        let mut children = Children::of(&model::SYNC_ML);
        while let Some(tag) = cursor.child(&mut children)? {
            match tag {
                syncml::SYNC_HDR => cursor.sync_hdr(&mut message.header)?,
                syncml::SYNC_BODY => message.is_final = cursor.body(&mut message.commands)?,
                _ => cursor.skip()?,
            }
        }
        for child in [syncml::SYNC_HDR, syncml::SYNC_BODY] {
            if !children.has(child) {
                return Err(cursor.error(DecodeErrorKind::MissingElement { parent: syncml::SYNC_ML, child }));
            }
        }
        cursor.finish()?;
        decoded.deviations = cursor.source.take_deviations();
        Ok(decoded)
    }

    fn commands_from<'a, S: EventSource<'a>>(
        &self,
        source: S,
        len: usize,
    ) -> Result<(Vec<Command<'a>>, Deviations), DecodeError> {
        let mut cursor = Cursor::new(source, &self.limits, len);
        cursor.root(syncml::SYNC_BODY)?;
        let mut commands = Vec::new();
        cursor.body(&mut commands)?;
        cursor.finish()?;
        Ok((commands, cursor.source.take_deviations()))
    }
}

impl<'a> Message<'a> {
    /// Reads a message whose syntax is told by its first byte, leniently and with the default limits.
    ///
    /// # Errors
    /// The bytes are no SyncML message; the error names the rule and the byte.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        Self::decode_as(Syntax::sniff(bytes), bytes, &Limits::DEFAULT)
    }

    /// Reads a message in `syntax` leniently; [`Reading::message`] tells what was forgiven.
    ///
    /// # Errors
    /// The bytes are no SyncML message in that syntax, or exceed a limit; the error names the rule and the byte.
    pub fn decode_as(syntax: Syntax, bytes: &'a [u8], limits: &Limits) -> Result<Self, DecodeError> {
        Reading::new(Profile::Lenient, *limits).message(syntax, bytes).map(|decoded| decoded.message)
    }
}

/// Reads the commands of a bare SyncBody leniently; [`Reading::commands`] tells what was forgiven.
///
/// # Errors
/// The bytes are no SyncBody in that syntax, or exceed a limit.
pub fn decode_commands<'a>(syntax: Syntax, bytes: &'a [u8], limits: &Limits) -> Result<Vec<Command<'a>>, DecodeError> {
    Reading::new(Profile::Lenient, *limits).commands(syntax, bytes).map(|(commands, _)| commands)
}

#[cfg(not(all(feature = "xml", feature = "wbxml")))]
const fn not_built(syntax: Syntax, _bytes: &[u8]) -> DecodeError {
    DecodeError::new(DecodeErrorKind::SyntaxNotBuilt(syntax), 0)
}

/// Reads a message from the element events of `source`, which may be a reader of somebody else and has its own profile.
///
/// # Errors
/// The events are no SyncML message, or exceed a limit, or the source fails.
pub fn message_from_events<'a, S: EventSource<'a>>(source: S, limits: &Limits) -> Result<Message<'a>, DecodeError> {
    Reading::new(Profile::Lenient, *limits).message_from(source, 0).map(|decoded| decoded.message)
}

/// Reads the commands of a bare SyncBody from the element events of `source`.
///
/// # Errors
/// The events are no SyncBody, or exceed a limit, or the source fails.
pub fn commands_from_events<'a, S: EventSource<'a>>(
    source: S,
    limits: &Limits,
) -> Result<Vec<Command<'a>>, DecodeError> {
    Reading::new(Profile::Lenient, *limits).commands_from(source, 0).map(|(commands, _)| commands)
}
