//! What a peer of a certain kind will not understand, told before the message is sent \[dm 1-3, windows-quirks 3\].
//!
//! A [`Dialect`] decides how a message is written, where that is a matter of spelling: [`Form`] takes it to
//! [`Message::encode`], [`MessageWriter`](crate::encode::MessageWriter) and [`Packager`](crate::packager::Packager). What is a
//! matter of content cannot be mended by a writer: [`check`] lists it, each [`Violation`] with its place, its rule, what the
//! peer would do and what to do instead, and [`Message::encode_for`] refuses it. The `syncml` program prints the list.
//!
//! | rule of windows-quirks | kept by |
//! |---|---|
//! | W1 namespace and versions | the writer (namespace), [`check`] (versions) |
//! | W2 order of the DTD | the writer |
//! | W3 CmdIDs | [`check`] |
//! | W4 no CDATA, W7 no comments | the writer: element content of Data, which might hold either, goes escaped |
//! | W5 LocURI | [`check`]; that an Item has one Target is the model's doing |
//! | W6 Meta | the writer (`xmlns` of its own on each element), [`check`] (the Format) |
//! | W8, W9 Atomic | [`check`] |
//! | W10 Statuses | [`check`] (the first one); their order is the session's |
//! | W11 Final | [`check`] (not behind MoreData); which message is the last is the session's |
//! | W12 size | the packager |
//!
//! Spelling for Windows: no XML declaration, as Windows itself writes \[windows-quirks T17\]. `msft:originalerror` is a
//! client's to send; it is an attribute without a WBXML token, so WBXML leaves it out.

mod rule;
mod uri;
mod walk;

use alloc::vec::Vec;
use core::fmt;

use crate::encode::Form;
use crate::error::EncodeError;
use crate::exchange::Syntax;
use crate::message::Message;

pub use rule::{Rule, UriFault};

/// Whom a message is written for. What the versions of OMA DM differ in goes by VerDTD and VerProto of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Dialect {
    /// A peer that goes by OMA DM 1.1.2, 1.2 or 1.3.
    #[default]
    Oma,
    /// The MDM client of Windows.
    Windows,
}

/// One broken rule and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The rule.
    pub rule: Rule,
    /// The place.
    pub place: Place,
}

/// The part of a message that breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// The SyncHdr, or the message as a whole.
    Message,
    /// A command.
    Command {
        /// Its number in document order from 0, counting those inside Atomic and Sequence.
        index: usize,
        /// Its CmdID, if that is a number.
        cmd_id: Option<u32>,
        /// The number of the Item it is about, from 0.
        item: Option<usize>,
    },
}

impl Place {
    /// The command number `index` with this CmdID, as a whole.
    #[must_use]
    pub const fn command(index: usize, cmd_id: Option<u32>) -> Self {
        Self::Command { index, cmd_id, item: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Command { index, cmd_id, item } = self else { return f.write_str("message") };
        write!(f, "command {index}")?;
        if let Some(cmd_id) = cmd_id {
            write!(f, " (CmdID {cmd_id})")?;
        }
        if let Some(item) = item {
            write!(f, ", Item {item}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} [{}]; {}", self.place, self.rule, self.rule.row(), self.rule.remedy())
    }
}

impl core::error::Error for Violation {}

/// Why a message was not written for a dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DialectError {
    /// The peer would not understand it. This is the first of what [`check`] lists.
    #[error(transparent)]
    Violation(#[from] Violation),
    /// The syntax cannot carry it.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

/// Everything in `message` that a peer of `dialect` will not understand, in document order; empty if it will.
///
/// ```
/// # use omadm_proto::dialect::{Dialect, Rule, check};
/// # use omadm_proto::ids::MsgId;
/// # use omadm_proto::message::{Command, Container, Item, Location, Message, SyncHdr, TreeCommand, Verb};
/// # use omadm_proto::version::DmVersion;
/// let get = TreeCommand::new(Verb::Get, 3, vec![Item::target("./DevInfo/Man")]);
/// let mut message = Message::new(SyncHdr::new(
///     DmVersion::V1_2, "A7", MsgId::FIRST, Location::new("urn:imei:004999010640000"), Location::new("https://dm.example.net"),
/// ));
/// message.commands.push(Command::Atomic(Container::new(2, vec![Command::Tree(get)])));
/// let violations = check(&message, Dialect::Windows);
/// assert_eq!(violations[0].rule, Rule::AtomicChild);
/// assert_eq!(
///     violations[0].to_string(),
///     "command 1 (CmdID 3): it may not stand in an Atomic [W8]; move it out of the Atomic",
/// );
/// ```
#[must_use]
pub fn check(message: &Message<'_>, dialect: Dialect) -> Vec<Violation> {
    walk::Walk::of(message, dialect)
}

impl Message<'_> {
    /// Appends the message to `out`, in `syntax` and spelled for `dialect`, if a peer of that dialect will understand it.
    /// After an error `out` is as before.
    ///
    /// # Errors
    /// It breaks a rule that [`check`] knows, or holds something that the syntax cannot carry.
    pub fn encode_for(&self, dialect: Dialect, syntax: Syntax, out: &mut Vec<u8>) -> Result<(), DialectError> {
        match check(self, dialect).first() {
            Some(violation) => Err((*violation).into()),
            None => Ok(self.encode(Form { syntax, dialect }, out)?),
        }
    }
}
