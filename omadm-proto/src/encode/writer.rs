//! Messages that grow command by command.

use alloc::vec::Vec;

use super::header::namespace;
use super::sink::{Xml, close_message};
use super::{Finality, Form, begin, command};
#[cfg(feature = "wbxml")]
use crate::element::syncml;
use crate::error::EncodeError;
use crate::exchange::Syntax;
use crate::message::{Command, SyncHdr};
#[cfg(feature = "wbxml")]
use crate::wbxml;
use crate::xml;

/// A message that is written command by command into one buffer.
///
/// ```
/// # use omadm_proto::encode::{Finality, MessageWriter};
/// # use omadm_proto::exchange::Syntax;
/// # use omadm_proto::ids::MsgId;
/// # use omadm_proto::message::{Command, Item, Location, SyncHdr, TreeCommand, Verb};
/// # use omadm_proto::version::DmVersion;
/// # fn main() -> Result<(), omadm_proto::error::EncodeError> {
/// let header = SyncHdr::new(
///     DmVersion::V1_2, "A7", MsgId::FIRST, Location::new("urn:imei:004999010640000"), Location::new("https://dm.example.net"),
/// );
/// let mut writer = MessageWriter::begin(Syntax::Xml, &header)?;
/// let before = writer.mark();
/// writer.command(&Command::Tree(TreeCommand::new(Verb::Get, 1, vec![Item::target("./DevInfo/Man")])))?;
/// if writer.written_len() + writer.closing_len(Finality::Final) > 2048 {
///     writer.rewind(before);
/// }
/// let bytes = writer.finish(Finality::Final);
/// # assert!(bytes.ends_with(b"</Get><Final/></SyncBody></SyncML>"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct MessageWriter {
    output: Output,
    /// Where the message begins in its buffer.
    start: usize,
}

/// The writer of one of the two syntaxes.
#[derive(Debug)]
enum Output {
    Xml(Xml<xml::Writer>),
    #[cfg(feature = "wbxml")]
    Wbxml(wbxml::Writer),
}

impl Output {
    fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Xml(sink) => sink.writer.into_bytes(),
            #[cfg(feature = "wbxml")]
            Self::Wbxml(writer) => writer.into_bytes(),
        }
    }
}

/// A place in a [`MessageWriter`] to go back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark(Place);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Xml(xml::Place),
    #[cfg(feature = "wbxml")]
    Wbxml(wbxml::Place),
}

impl MessageWriter {
    /// A message in `form`, which may be a mere [`Syntax`], that begins with `header` and has no commands yet.
    ///
    /// # Errors
    /// The header holds something that the syntax cannot carry.
    pub fn begin(form: impl Into<Form>, header: &SyncHdr<'_>) -> Result<Self, EncodeError> {
        Self::begin_in(&mut Vec::new(), form, header)
    }

    /// The same behind what is in `buffer`, which is taken out: [`Self::finish`] gives it back, longer by the message. A
    /// buffer that served a message before has room for the next one.
    ///
    /// # Errors
    /// As for [`Self::begin`]; `buffer` is then as before.
    pub fn begin_in(buffer: &mut Vec<u8>, form: impl Into<Form>, header: &SyncHdr<'_>) -> Result<Self, EncodeError> {
        let form = form.into();
        let start = buffer.len();
        let out = core::mem::take(buffer);
        let (begun, output) = match form.syntax {
            Syntax::Xml => {
                let mut sink = Xml::new(out, form.dialect, namespace(header));
                (begin(&mut sink, header), Output::Xml(sink))
            }
            #[cfg(feature = "wbxml")]
            Syntax::Wbxml => {
                let mut writer = wbxml::Writer::new(out);
                (begin(&mut writer, header), Output::Wbxml(writer))
            }
            #[cfg(not(feature = "wbxml"))]
            Syntax::Wbxml => {
                *buffer = out;
                return Err(EncodeError::SyntaxNotBuilt(form.syntax));
            }
        };
        match begun {
            Ok(()) => Ok(Self { output, start }),
            Err(error) => {
                *buffer = output.into_bytes();
                buffer.truncate(start);
                Err(error)
            }
        }
    }

    /// Appends `command`. After an error the message is as before.
    ///
    /// # Errors
    /// The command holds something that the syntax cannot carry.
    pub fn command(&mut self, command: &Command<'_>) -> Result<(), EncodeError> {
        let mark = self.mark();
        let written = match &mut self.output {
            Output::Xml(writer) => command::write(writer, command),
            #[cfg(feature = "wbxml")]
            Output::Wbxml(writer) => command::write(writer, command),
        };
        if written.is_err() {
            self.rewind(mark);
        }
        written
    }

    /// The bytes written so far; the message will have [`Self::closing_len`] more.
    #[must_use]
    pub fn written_len(&self) -> usize {
        let end = match &self.output {
            Output::Xml(sink) => sink.writer.as_bytes().len(),
            #[cfg(feature = "wbxml")]
            Output::Wbxml(writer) => writer.as_bytes().len(),
        };
        end - self.start
    }

    /// The bytes that [`Self::finish`] would append now. In WBXML they are up to two more when the last command ended with
    /// a Meta.
    #[must_use]
    pub fn closing_len(&self, finality: Finality) -> usize {
        let (last, ends) = match &self.output {
            Output::Xml(_) => ("<Final/>".len(), "</SyncBody></SyncML>".len()),
            #[cfg(feature = "wbxml")]
            Output::Wbxml(writer) => (writer.empty_len(syncml::FINAL), 2),
        };
        match finality {
            Finality::Final => last + ends,
            Finality::More => ends,
        }
    }

    /// This place.
    #[must_use]
    pub const fn mark(&self) -> Mark {
        Mark(match &self.output {
            Output::Xml(sink) => Place::Xml(sink.writer.place()),
            #[cfg(feature = "wbxml")]
            Output::Wbxml(writer) => Place::Wbxml(writer.place()),
        })
    }

    /// Forgets all commands appended since `mark` was taken from this writer. A mark of another writer changes nothing or
    /// makes a mess.
    pub fn rewind(&mut self, mark: Mark) {
        match (&mut self.output, mark.0) {
            (Output::Xml(sink), Place::Xml(place)) => sink.writer.rewind(place, OPEN_IN_BODY),
            #[cfg(feature = "wbxml")]
            (Output::Wbxml(writer), Place::Wbxml(place)) => writer.rewind(place),
            #[cfg(feature = "wbxml")]
            (Output::Xml(_), Place::Wbxml(_)) | (Output::Wbxml(_), Place::Xml(_)) => {}
        }
    }

    /// Closes the message and returns the buffer, with the bytes of the message at its end.
    #[must_use]
    pub fn finish(mut self, finality: Finality) -> Vec<u8> {
        let closed = match &mut self.output {
            Output::Xml(writer) => close_message(writer, finality),
            #[cfg(feature = "wbxml")]
            Output::Wbxml(writer) => close_message(writer, finality),
        };
        debug_assert!(closed.is_ok(), "SyncBody and SyncML are open");
        self.output.into_bytes()
    }
}

/// Elements that are open while commands are written: SyncML and SyncBody.
const OPEN_IN_BODY: usize = 2;
