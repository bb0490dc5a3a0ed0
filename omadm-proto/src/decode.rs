//! From bytes to a typed message.
//!
//! This is the only place that knows what may stand inside what when reading \[dm 2.1\]. Any order of children is accepted,
//! as real peers need it \[windows-quirks L7\]; so are MetInf elements directly inside an Item (L11) and a MetInf wrapper. An
//! element in command position that is no DM command becomes a [`Command::Unknown`]; elsewhere unknown elements are skipped
//! with their content. Text that stands between the children of an element is skipped too.
//!
//! Where an element occurs twice the last one counts \[X-ENC-21\], except for SyncHdr, SyncBody and the children of SyncHdr,
//! which are errors: two readers of one message must not disagree about who sent it.

mod command;
mod cursor;
mod header;
mod item;
mod meta;

use alloc::vec::Vec;

use crate::deviation::Deviations;
#[cfg(feature = "xml")]
use crate::deviation::Profile;
use crate::element::{EventSource, syncml};
use crate::error::DecodeError;
#[cfg(not(all(feature = "xml", feature = "wbxml")))]
use crate::error::DecodeErrorKind;
use crate::exchange::Syntax;
use crate::limits::Limits;
use crate::message::{Command, Message};
use crate::reading::Reading;
#[cfg(feature = "wbxml")]
use crate::wbxml;
#[cfg(feature = "xml")]
use crate::xml;
use cursor::Cursor;

/// A message that was read, and what was forgiven.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Decoded<'a> {
    /// The message.
    pub message: Message<'a>,
    /// What was forgiven or worth telling.
    pub deviations: Deviations,
}

impl Reading {
    /// Reads a message in `syntax`.
    ///
    /// # Errors
    /// The bytes are no SyncML message in that syntax, or exceed a limit, or deviate more than the profile forgives; the
    /// error names the rule and the byte.
    pub fn message<'a>(&self, syntax: Syntax, bytes: &'a [u8]) -> Result<Decoded<'a>, DecodeError> {
        let message = Message::decode_as(syntax, bytes, &self.limits)?;
        Ok(Decoded { message, deviations: Deviations::new() })
    }
}

impl<'a> Message<'a> {
    /// Reads a message whose syntax is told by its first byte, with the default limits.
    ///
    /// # Errors
    /// The bytes are no SyncML message; the error names the rule and the byte.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        Self::decode_as(Syntax::sniff(bytes), bytes, &Limits::DEFAULT)
    }

    /// Reads a message in `syntax`.
    ///
    /// # Errors
    /// The bytes are no SyncML message in that syntax, or exceed a limit; the error names the rule and the byte.
    pub fn decode_as(syntax: Syntax, bytes: &'a [u8], limits: &Limits) -> Result<Self, DecodeError> {
        match syntax {
            #[cfg(feature = "wbxml")]
            Syntax::Wbxml => message_from_events(wbxml::Reader::new(bytes, limits)?, limits),
            #[cfg(feature = "xml")]
            Syntax::Xml => match xml::utf16_to_utf8(bytes, limits)? {
                Some(text) => message_from_events(
                    xml::Reader::from_text(&text, &Reading::new(Profile::Lenient, *limits))?,
                    limits,
                )
                .map(Message::into_owned),
                None => message_from_events(xml::Reader::new(bytes, limits)?, limits),
            },
            #[cfg(not(all(feature = "xml", feature = "wbxml")))]
            _ => Err(not_built(syntax, bytes, limits)),
        }
    }
}

/// Reads the commands of a document whose root is a bare SyncBody: a template, as fan-out jobs hold them.
///
/// # Errors
/// The bytes are no SyncBody in that syntax, or exceed a limit.
pub fn decode_commands<'a>(syntax: Syntax, bytes: &'a [u8], limits: &Limits) -> Result<Vec<Command<'a>>, DecodeError> {
    match syntax {
        #[cfg(feature = "wbxml")]
        Syntax::Wbxml => commands_from_events(wbxml::Reader::new(bytes, limits)?, limits),
        #[cfg(feature = "xml")]
        Syntax::Xml => match xml::utf16_to_utf8(bytes, limits)? {
            Some(text) => {
                let commands = commands_from_events(
                    xml::Reader::from_text(&text, &Reading::new(Profile::Lenient, *limits))?,
                    limits,
                )?;
                Ok(commands.into_iter().map(Command::into_owned).collect())
            }
            None => commands_from_events(xml::Reader::new(bytes, limits)?, limits),
        },
        #[cfg(not(all(feature = "xml", feature = "wbxml")))]
        _ => Err(not_built(syntax, bytes, limits)),
    }
}

#[cfg(not(all(feature = "xml", feature = "wbxml")))]
const fn not_built(syntax: Syntax, _bytes: &[u8], _limits: &Limits) -> DecodeError {
    DecodeError::new(DecodeErrorKind::SyntaxNotBuilt(syntax), 0)
}

/// Reads a message from the element events of `source`, which may be a reader of somebody else.
///
/// # Errors
/// The events are no SyncML message, or exceed a limit, or the source fails.
pub fn message_from_events<'a, S: EventSource<'a>>(source: S, limits: &Limits) -> Result<Message<'a>, DecodeError> {
    let mut cursor = Cursor::new(source, limits);
    cursor.root(syncml::SYNC_ML)?;
    let (mut header, mut body) = (None, None);
    while let Some(name) = cursor.child()? {
        match name.tag() {
            Some(syncml::SYNC_HDR) if header.is_some() => return Err(cursor.duplicate(syncml::SYNC_HDR)),
            Some(syncml::SYNC_BODY) if body.is_some() => return Err(cursor.duplicate(syncml::SYNC_BODY)),
            Some(syncml::SYNC_HDR) => header = Some(cursor.sync_hdr()?),
            Some(syncml::SYNC_BODY) => body = Some(cursor.body()?),
            _ => cursor.skip()?,
        }
    }
    let header = cursor.require(header, syncml::SYNC_ML, syncml::SYNC_HDR)?;
    let body = cursor.require(body, syncml::SYNC_ML, syncml::SYNC_BODY)?;
    cursor.finish()?;
    let mut message = Message::new(header);
    (message.commands, message.is_final) = body;
    Ok(message)
}

/// Reads the commands of a bare SyncBody from the element events of `source`.
///
/// # Errors
/// The events are no SyncBody, or exceed a limit, or the source fails.
pub fn commands_from_events<'a, S: EventSource<'a>>(
    source: S,
    limits: &Limits,
) -> Result<Vec<Command<'a>>, DecodeError> {
    let mut cursor = Cursor::new(source, limits);
    cursor.root(syncml::SYNC_BODY)?;
    let (commands, _) = cursor.body()?;
    cursor.finish()?;
    Ok(commands)
}
