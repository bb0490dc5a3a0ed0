//! From a typed message to bytes.
//!
//! This is the only place that knows in which order elements are written: that of the DTD \[dm 2.1\]. A message goes out
//! whole ([`Message::encode`]) or command by command ([`MessageWriter`]), which is how the packager fills it up to
//! MaxMsgSize \[dm 3.8\].
//!
//! Binary values: Data of Format `bin`, and Data that is no text, is written OPAQUE in WBXML; XML cannot carry it, so there it
//! becomes base64 with Format `b64` \[dm 2.3\]. `msft:originalerror` has no WBXML token and is left out there. Element content
//! of Data ([`Data::Xml`](crate::message::Data::Xml)) goes verbatim into XML and as text into WBXML.

mod command;
mod content;
mod header;
mod item;
mod meta;
mod number;
mod sink;
mod writer;

use alloc::vec::Vec;

use crate::dialect::Dialect;
use crate::element::syncml;
use crate::error::EncodeError;
use crate::exchange::Syntax;
use crate::message::{Command, Message, SyncHdr};
use crate::version::DmVersion;
#[cfg(feature = "wbxml")]
use crate::wbxml;
use sink::{Sink, Xml, close_message};

pub use writer::{Mark, MessageWriter};

/// How messages to one peer are spelled: a syntax, in a dialect. A [`Syntax`] alone is a form of [`Dialect::Oma`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "a pair of two open enums")]
pub struct Form {
    /// The syntax.
    pub syntax: Syntax,
    /// The dialect.
    pub dialect: Dialect,
}

impl From<Syntax> for Form {
    fn from(syntax: Syntax) -> Self {
        Self { syntax, dialect: Dialect::Oma }
    }
}

/// Whether a message is the last one of its package \[dm 3.5\].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a message carries Final or it does not")]
pub enum Finality {
    /// It carries Final.
    Final,
    /// More messages of the same package follow.
    More,
}

fn begin<W: Sink>(writer: &mut W, header: &SyncHdr<'_>) -> Result<(), EncodeError> {
    writer.open(syncml::SYNC_ML)?;
    header::write(writer, header)?;
    writer.open(syncml::SYNC_BODY)?;
    writer.settle();
    Ok(())
}

/// Writes the whole of `message`.
fn write<W: Sink>(writer: &mut W, message: &Message<'_>) -> Result<(), EncodeError> {
    begin(writer, &message.header)?;
    message.commands.iter().try_for_each(|command| command::write(writer, command))?;
    close_message(writer, if message.is_final { Finality::Final } else { Finality::More })
}

fn write_body<W: Sink>(writer: &mut W, commands: &[Command<'_>]) -> Result<(), EncodeError> {
    let is_full = !commands.is_empty();
    writer.begin(syncml::SYNC_BODY, is_full)?;
    commands.iter().try_for_each(|command| command::write(writer, command))?;
    writer.finish(syncml::SYNC_BODY, is_full)
}

/// `commands` as a document of their own with the root SyncBody, which [`crate::decode::decode_commands`] reads.
///
/// # Errors
/// A command holds something that the syntax cannot carry, or the syntax is not built in.
pub fn encode_commands(syntax: Syntax, commands: &[Command<'_>]) -> Result<Vec<u8>, EncodeError> {
    match syntax {
        Syntax::Xml => {
            let mut sink = Xml::new(Vec::new(), Dialect::Oma, DmVersion::V1_2.namespace());
            write_body(&mut sink, commands).map(|()| sink.writer.into_bytes())
        }
        #[cfg(feature = "wbxml")]
        Syntax::Wbxml => {
            let mut writer = wbxml::Writer::new(Vec::new());
            write_body(&mut writer, commands).map(|()| writer.into_bytes())
        }
        #[cfg(not(feature = "wbxml"))]
        Syntax::Wbxml => Err(EncodeError::SyntaxNotBuilt(syntax)),
    }
}

impl Message<'_> {
    /// Appends the message in `form`, which may be a mere [`Syntax`], to `out`. After an error `out` is as before.
    ///
    /// Whether the peer will understand it is not asked; [`Self::encode_for`] does that.
    ///
    /// # Errors
    /// The message holds something that the syntax cannot carry.
    pub fn encode(&self, form: impl Into<Form>, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.encode_form(form.into(), out)
    }

    fn encode_form(&self, form: Form, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let before = out.len();
        let buffer = core::mem::take(out);
        let written;
        (written, *out) = match form.syntax {
            Syntax::Xml => {
                let mut sink = Xml::new(buffer, form.dialect, header::namespace(&self.header));
                (write(&mut sink, self), sink.writer.into_bytes())
            }
            #[cfg(feature = "wbxml")]
            Syntax::Wbxml => {
                let mut writer = wbxml::Writer::new(buffer);
                (write(&mut writer, self), writer.into_bytes())
            }
            #[cfg(not(feature = "wbxml"))]
            Syntax::Wbxml => (Err(EncodeError::SyntaxNotBuilt(form.syntax)), buffer),
        };
        if written.is_err() {
            out.truncate(before);
        }
        written
    }

    /// The exact number of bytes that [`Self::encode`] appends. They are counted, not written.
    ///
    /// # Errors
    /// As for [`Self::encode`].
    pub fn encoded_len(&self, form: impl Into<Form>) -> Result<usize, EncodeError> {
        let form = form.into();
        match form.syntax {
            Syntax::Xml => {
                let mut sink = Xml::count(form.dialect, header::namespace(&self.header));
                write(&mut sink, self).map(|()| sink.writer.get())
            }
            #[cfg(feature = "wbxml")]
            Syntax::Wbxml => {
                let mut length = wbxml::Length::new();
                write(&mut length, self).map(|()| length.get())
            }
            #[cfg(not(feature = "wbxml"))]
            Syntax::Wbxml => Err(EncodeError::SyntaxNotBuilt(form.syntax)),
        }
    }
}
