//! The typed content of a SyncML message \[dm 2\]: a header and one ordered list of commands.
//!
//! A decoded [`Message`] borrows from the received bytes and lives only inside the handler that received it;
//! [`Message::into_owned`] is for those who want to keep it. Content models are known only to [`crate::decode`] and
//! [`crate::encode`]; everything that the DTD makes optional is optional here, and the order of commands is the order of the
//! document. Debug output shows the shape of a message but never a leaf value, a credential or a nonce.

mod answer;
mod command;
mod content;
mod data;
mod format;
mod header;
mod item;
mod meaning;
mod meta;
mod refs;

pub use answer::{References, Results, Status, StatusExtras};
pub use command::{Alert, Command, Container, TreeCommand, UnknownCommand, Verb};
pub use content::{Content, ElementName, Piece};
pub use data::Data;
pub(crate) use data::is_xml_text;
pub use format::{Format, MetaFormat};
pub use header::{Chal, Cred, SyncHdr};
pub use item::{Item, Location, Parents};
pub use meta::{Meta, MetaExtras};
pub use refs::Refs;

use alloc::vec::Vec;

/// One SyncML document.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Message<'a> {
    /// SyncHdr.
    pub header: SyncHdr<'a>,
    /// The commands of the SyncBody in document order.
    pub commands: Vec<Command<'a>>,
    /// Final: this message ends its package \[dm 3.5\].
    pub is_final: bool,
}

impl<'a> Message<'a> {
    /// A message with `header`, no commands and no Final.
    #[must_use]
    pub const fn new(header: SyncHdr<'a>) -> Self {
        Self { header, commands: Vec::new(), is_final: false }
    }

    /// The commands of the body in document order.
    pub fn commands(&self) -> impl Iterator<Item = &Command<'a>> {
        self.commands.iter()
    }

    /// The Statuses of the body, in document order.
    pub fn statuses(&self) -> impl Iterator<Item = &Status<'a>> {
        self.commands
            .iter()
            .filter_map(|command| if let Command::Status(status) = command { Some(status) } else { None })
    }

    /// The same message, owning everything.
    #[must_use]
    pub fn into_owned(self) -> Message<'static> {
        Message {
            header: self.header.into_owned(),
            commands: self.commands.into_iter().map(Command::into_owned).collect(),
            is_final: self.is_final,
        }
    }
}
