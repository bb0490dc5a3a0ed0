//! A message taken apart while it is read: its header, then one command after the other.

use super::body::Body;
use super::cursor::Cursor;
use super::model::{self, Children};
use crate::deviation::Deviations;
use crate::element::{EventSource, syncml};
use crate::error::{DecodeError, DecodeErrorKind};
use crate::limits::Limits;
use crate::message::{Command, SyncHdr};
#[cfg(any(feature = "xml", feature = "wbxml"))]
use crate::reading::Reading;
#[cfg(feature = "wbxml")]
use crate::wbxml;
#[cfg(feature = "xml")]
use crate::xml;

/// Reads a message command by command, without ever holding all of them.
///
/// It reads like [`Reading::message`](crate::reading::Reading::message), with the same profile and limits, except that the SyncHdr has to come first.
///
/// ```
/// # #[cfg(feature = "xml")]
/// # fn main() -> Result<(), omadm_proto::error::DecodeError> {
/// use omadm_proto::decode::MessageReader;
/// use omadm_proto::reading::Reading;
///
/// let received = br#"<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>
///     <SessionID>A7</SessionID><MsgID>1</MsgID><Target><LocURI>a</LocURI></Target>
///     <Source><LocURI>b</LocURI></Source></SyncHdr><SyncBody>
///     <Alert><CmdID>1</CmdID><Data>1201</Data></Alert>
///     <Get><CmdID>2</CmdID><Item><Target><LocURI>./DevInfo</LocURI></Target></Item></Get>
///     <Final/></SyncBody></SyncML>"#;
/// let mut reader = MessageReader::xml(received, &Reading::STRICT)?;
/// assert_eq!(reader.header().session_id, "A7");
/// let mut names = Vec::new();
/// while let Some(command) = reader.next_command()? {
///     names.push(command.name().to_string());
/// }
/// let end = reader.finish()?;
/// assert_eq!((names, end.is_final), (vec!["Alert".to_string(), "Get".to_string()], true));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "xml"))]
/// # fn main() {}
/// ```
#[derive(Debug)]
pub struct MessageReader<'a, S> {
    cursor: Cursor<'a, S>,
    header: SyncHdr<'a>,
    message: Children,
    body: Body,
    in_body: bool,
}

/// What is known of a message when all of its commands have been taken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageEnd {
    /// Final: the message ends its package \[dm 3.5\].
    pub is_final: bool,
    /// What was forgiven or worth telling, in the whole message.
    pub deviations: Deviations,
}

#[cfg(feature = "wbxml")]
impl<'a> MessageReader<'a, wbxml::Reader<'a>> {
    /// Reads the header of the WBXML message `bytes`.
    ///
    /// # Errors
    /// As for [`Reading::message`], and when the SyncHdr is not the first child.
    pub fn wbxml(bytes: &'a [u8], reading: &Reading) -> Result<Self, DecodeError> {
        Self::from_events(wbxml::Reader::with(bytes, reading)?, &reading.limits)
    }
}

#[cfg(feature = "xml")]
impl<'a> MessageReader<'a, xml::Reader<'a>> {
    /// Reads the header of the XML message `bytes`, which must be UTF-8: [`xml::utf16_to_utf8`] makes it so.
    ///
    /// # Errors
    /// As for [`Reading::message`], and when the SyncHdr is not the first child.
    pub fn xml(bytes: &'a [u8], reading: &Reading) -> Result<Self, DecodeError> {
        Self::from_events(xml::Reader::with(bytes, reading)?, &reading.limits)
    }
}

impl<'a, S: EventSource<'a>> MessageReader<'a, S> {
    /// Reads the header of the message that the events of `source` are.
    ///
    /// # Errors
    /// The events are no SyncML message whose SyncHdr comes first, or exceed a limit, or the source fails.
    pub fn from_events(source: S, limits: &Limits) -> Result<Self, DecodeError> {
        let mut cursor = Cursor::new(source, limits, 0);
        cursor.root(syncml::SYNC_ML)?;
        let mut message = Children::of(&model::SYNC_ML);
        let mut header = SyncHdr::unknown();
        loop {
            match cursor.child(&mut message)? {
                Some(syncml::SYNC_HDR) => {
                    cursor.sync_hdr(&mut header)?;
                    break;
                }
                Some(syncml::SYNC_BODY) | None => return Err(missing(&cursor, syncml::SYNC_HDR)),
                Some(_) => cursor.skip()?,
            }
        }
        loop {
            match cursor.child(&mut message)? {
                Some(syncml::SYNC_BODY) => break,
                None => return Err(missing(&cursor, syncml::SYNC_BODY)),
                Some(_) => cursor.skip()?,
            }
        }
        Ok(Self { cursor, header, message, body: Body::default(), in_body: true })
    }

    /// SyncHdr.
    #[must_use]
    pub const fn header(&self) -> &SyncHdr<'a> {
        &self.header
    }

    /// The next command of the SyncBody; `None` after the last one.
    ///
    /// # Errors
    /// As for [`Reading::message`](crate::reading::Reading::message). After an error the reader is not used any more.
    pub fn next_command(&mut self) -> Result<Option<Command<'a>>, DecodeError> {
        if !self.in_body {
            return Ok(None);
        }
        let Some(name) = self.cursor.body_child(&mut self.body)? else {
            self.in_body = false;
            return Ok(None);
        };
        let mut next = None;
        self.cursor.begin_command(name, |command| next = Some(command))?;
        if let Some(command) = &mut next {
            self.cursor.command(command, 0)?;
        }
        Ok(next)
    }

    /// Reads what is left, commands that nobody took included, and ends the document.
    ///
    /// # Errors
    /// As for [`Self::next_command`].
    pub fn finish(mut self) -> Result<MessageEnd, DecodeError> {
        while self.next_command()?.is_some() {}
        while self.cursor.child(&mut self.message)?.is_some() {
            self.cursor.skip()?;
        }
        self.cursor.finish()?;
        Ok(MessageEnd { is_final: self.body.is_final, deviations: self.cursor.source.take_deviations() })
    }
}

fn missing<'a, S: EventSource<'a>>(cursor: &Cursor<'a, S>, child: crate::element::Tag) -> DecodeError {
    cursor.error(DecodeErrorKind::MissingElement { parent: syncml::SYNC_ML, child })
}
