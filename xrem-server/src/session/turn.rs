//! What a received message means to the composition that owns the session: answers, alerts, device information.
//!
//! These types own their data, since they outlive the received bytes. Debug output shows addresses and codes, never values.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use omadm_proto::alert::AlertCode;
use omadm_proto::exchange::Transmit;
use omadm_proto::message::Command;
use omadm_proto::status::StatusCode;

use super::Importance;

/// A command that the composition wants sent.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Work<'a> {
    /// The caller's number for it; comes back in [`CommandAnswer::key`].
    pub key: u32,
    /// The command; its CmdIDs are replaced.
    pub command: Command<'a>,
}

impl<'a> Work<'a> {
    /// `command`, known to the caller as `key`.
    #[must_use]
    pub const fn new(key: u32, command: Command<'a>) -> Self {
        Self { key, command }
    }
}

/// What came of a received message.
#[derive(Debug)]
#[non_exhaustive]
pub enum Received {
    /// It is the composition's turn: look at the answers, then call `respond`.
    Turn(Turn),
    /// It is the last message once more: send this, which it got before. Nothing has changed.
    Repeated(Transmit),
    /// There is nothing to decide in the middle of a package: send this.
    Answered(Transmit),
    /// The message was refused: send this.
    Refused {
        /// The answer.
        reply: Transmit,
        /// Why.
        fault: Fault,
    },
}

/// Why a message was refused. The peer sees the same as a Status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// No credentials, or a challenge not yet answered.
    #[error("the client sent no credentials (407)")]
    MissingCredentials,
    /// Credentials that do not verify, or of too weak a scheme.
    #[error("the client's credentials are wrong (401)")]
    WrongCredentials,
    /// Too many failed attempts in one session.
    #[error("the client failed to authenticate too often; the session is closed (401)")]
    TooManyAttempts,
    /// A message of a session under auth-MAC without a right MAC.
    #[error("the message has no right MAC although the session uses auth-MAC; the session is closed (401)")]
    WrongMac,
    /// The client took a message with a MAC and gave no nonce for the next one.
    #[error("the client gave no NextNonce although the session uses auth-MAC; the session is closed")]
    NoNextNonce,
    /// Too many challenges without a success, in whatever sessions; the next one has to wait.
    #[error("the client failed to authenticate too often; it is given no challenge for now (401)")]
    Throttled,
    /// After a challenge the client must send package #1 again.
    #[error("the client was challenged and did not send package 1 again (412)")]
    NotPackage1,
    /// The client refuses our credentials although they were sent with its own nonce.
    #[error("the client does not accept the server's credentials; the session is closed")]
    ServerNotAccepted,
    /// VerDTD is none of ours.
    #[error("VerDTD is not supported (505)")]
    UnsupportedDtd,
    /// VerProto is none of ours.
    #[error("VerProto is not supported (513)")]
    UnsupportedProtocol,
    /// The node was deactivated.
    #[error("the node is deactivated; its session is refused (403)")]
    Deactivated,
    /// The message belongs to no open session.
    #[error("the message belongs to no open session (400)")]
    UnknownSession,
    /// The MsgID is not the next one.
    #[error("MsgID out of order (400)")]
    OutOfOrder,
    /// The client sent more in one package, or in one object, than the limits allow.
    #[error("the package exceeds the limits of this server (413)")]
    TooLarge,
}

/// A complete client package, or a step of a large object.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Turn {
    /// The first turn of a session: commands of an earlier session that had no answer have an unknown outcome.
    pub first: bool,
    /// The client aborted the session (Alert 1223): nothing more can be sent.
    pub aborted: bool,
    /// The client refused our credentials and executed nothing: offer all unanswered commands again.
    pub repeat: bool,
    /// The outcomes of commands sent before.
    pub answers: Vec<CommandAnswer>,
    /// Alerts 1224 and 1226, in order; each needs a verdict in `respond`.
    pub alerts: Vec<ReceivedAlert>,
    /// The leaves of the DevInfo Replace.
    pub dev_info: Vec<Value>,
}

/// The outcome of one command.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct CommandAnswer {
    /// The number the caller gave.
    pub key: u32,
    /// Its Status: the first that is not good when several Items differ; `None` when the client's package ended without one.
    pub status: Option<StatusCode>,
    /// The error behind the Status, as Windows tells it.
    pub original_error: Option<String>,
    /// What a Get, or a synchronous Exec, returned; also the Items of its Statuses.
    pub values: Vec<Value>,
    /// The outcomes of the commands in an Atomic or Sequence, in order; their keys are their positions.
    pub inner: Vec<Self>,
}

impl CommandAnswer {
    /// Whether it or one of the commands inside it was answered `status`.
    #[must_use]
    pub fn mentions(&self, status: StatusCode) -> bool {
        self.status == Some(status) || self.inner.iter().any(|inner| inner.mentions(status))
    }
}

/// A value with its address.
#[derive(Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Value {
    /// The URI, as the peer wrote it.
    pub uri: String,
    /// Format, as the peer wrote it; `None` stands for `chr`.
    pub format: Option<String>,
    /// Type, as the peer wrote it; `None` stands for `text/plain`.
    pub type_name: Option<String>,
    /// The value; base64 that stood for binary is decoded.
    pub data: Vec<u8>,
}

impl Value {
    /// The value as text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        core::str::from_utf8(&self.data).ok()
    }

    /// The bytes that it takes, about.
    pub(super) fn weight(&self) -> usize {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        size_of::<Self>() + self.uri.len() + text(&self.format) + text(&self.type_name) + self.data.len()
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.uri, self.data.len())
    }
}

/// An alert of the client.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct ReceivedAlert {
    /// 1224 or 1226.
    pub code: AlertCode,
    /// The Correlator of the Exec it answers.
    pub correlator: Option<String>,
    /// The Items.
    pub items: Vec<AlertItem>,
}

impl ReceivedAlert {
    /// The bytes that it takes, about.
    pub(super) fn weight(&self) -> usize {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let item = |item: &AlertItem| {
            let names = [&item.source, &item.target, &item.type_name, &item.format, &item.mark];
            size_of::<AlertItem>() + item.data.len() + names.into_iter().map(text).sum::<usize>()
        };
        size_of::<Self>() + text(&self.correlator) + self.items.iter().map(item).sum::<usize>()
    }
}

/// One Item of an alert.
#[derive(Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct AlertItem {
    /// Source/LocURI.
    pub source: Option<String>,
    /// Target/LocURI.
    pub target: Option<String>,
    /// Meta/Type, trimmed and without prefix.
    pub type_name: Option<String>,
    /// Meta/Format.
    pub format: Option<String>,
    /// Meta/Mark.
    pub mark: Option<String>,
    /// Data.
    pub data: Vec<u8>,
}

impl AlertItem {
    /// Data as text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        core::str::from_utf8(&self.data).ok()
    }

    /// How much it matters.
    #[must_use]
    pub fn importance(&self) -> Importance {
        Importance::of_mark(self.mark.as_deref())
    }
}

impl fmt::Debug for AlertItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlertItem")
            .field("source", &self.source)
            .field("type_name", &self.type_name)
            .field("len", &self.data.len())
            .finish_non_exhaustive()
    }
}

/// The answer of a turn.
#[derive(Debug)]
#[non_exhaustive]
pub struct Reply {
    /// The message to send, after everything that changed is stored.
    pub transmit: Transmit,
    /// How many of the offered commands, from the first, are done with: sent in full, or listed in
    /// `undeliverable` or `not_in_dialect`.
    pub accepted: usize,
    /// Keys of commands that can never be sent to this client: larger than its messages or objects may be.
    pub undeliverable: Vec<u32>,
    /// Keys of commands that are not sent because the client's dialect has not what they ask for.
    pub not_in_dialect: Vec<u32>,
    /// The session is over.
    pub closed: bool,
}
