//! What happened, for applications and logs. Every event prints as one line of plain words.

use alloc::string::String;
use core::fmt;

use omadm_proto::ids::{ActionId, ServerId, SessionId};
use omadm_proto::message::Verb;
use omadm_proto::notification::{Initiator, UiMode};
use omadm_proto::status::StatusCode;
use omadm_proto::version::DmVersion;
use omadm_tree::mo::{FumoState, LawmoOperation, LawmoResult, ScomoResult};
use omadm_tree::uri::NodeUri;

use crate::bootstrap::BootstrapRefusal;
use crate::configuration::ConfigurationResult;
use crate::monitor::TrapState;
use crate::outbox::AlertId;
use crate::output::Slot;
use crate::update::ResultCode;

/// Whose credentials were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a session has two sides")]
pub enum Side {
    /// Ours: the server refused them.
    Client,
    /// The server's: we refused them.
    Server,
}

/// Why a session ended before the server was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// No message could be exchanged any more.
    Lost,
    /// The transport refused our message for good.
    Refused,
    /// The server aborted the session (alert 1223).
    AbortedByServer,
    /// The session was aborted here.
    AbortedHere,
    /// The server's message was no DM message, or not one of this session.
    Malformed,
    /// The server answered our header with this status.
    Status(StatusCode),
    /// The session took too long, or the server's answer did.
    TimedOut,
    /// The server speaks another version of the protocol.
    Version,
    /// The server broke a rule of auth-MAC: it accepted us for the whole session, or gave no new nonce.
    MacRule,
    /// An answer could not be written.
    Unwritable,
    /// The server commands more than its message size lets us answer.
    Overrun,
    /// `./DevInfo/DevId` is missing in the tree.
    NoDevId,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost => f.write_str("the server was not reached"),
            Self::Refused => f.write_str("the server's transport refused the message"),
            Self::AbortedByServer => f.write_str("the server aborted it"),
            Self::AbortedHere => f.write_str("it was aborted here"),
            Self::Malformed => f.write_str("the server's answer was no message of this session"),
            Self::Status(status) => write!(f, "the server answered {status}"),
            Self::Overrun => f.write_str("the server commands more than it lets us answer"),
            Self::TimedOut => f.write_str("it took too long"),
            Self::Version => f.write_str("the server speaks another version of the protocol"),
            Self::MacRule => f.write_str("the server's answer to a message with MAC has no new nonce for the next one"),
            Self::Unwritable => f.write_str("an answer could not be written"),
            Self::NoDevId => f.write_str("./DevInfo/DevId is missing in the tree"),
        }
    }
}

/// Why a notification started nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ignored {
    /// It is no notification.
    Malformed,
    /// No account has its server id.
    UnknownServer,
    /// Its digest is wrong.
    WrongDigest,
    /// Its session runs or ran already.
    Repeated,
    /// It is of a version that is not spoken here: 1.3, or none.
    Version,
    /// The user did not allow the session.
    Refused,
    /// Too many that start nothing: the next ones are not told about for a while.
    Flood,
    /// Another one was computed with the resynchronisation nonce a short time ago.
    TooSoon,
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "malformed",
            Self::UnknownServer => "of an unknown server",
            Self::WrongDigest => "with a wrong digest",
            Self::Repeated => "repeated",
            Self::Version => "of an unknown version",
            Self::Refused => "that the user refused",
            Self::Flood => "after too many others",
            Self::TooSoon => "with the resynchronisation nonce too soon after another",
        })
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A session begins.
    SessionStarted {
        /// With whom.
        server: ServerId,
        /// Its id.
        session: SessionId,
    },
    /// A session ended as it should.
    SessionFinished {
        /// With whom.
        server: ServerId,
        /// Its id.
        session: SessionId,
    },
    /// A session ended early; what waits is tried again in a later one.
    SessionFailed {
        /// With whom.
        server: ServerId,
        /// Why.
        failure: Failure,
    },
    /// A session ended because one side did not accept the other's credentials.
    AuthenticationFailed {
        /// With whom.
        server: ServerId,
        /// Whose credentials.
        side: Side,
    },
    /// The server refused the version of the protocol; a session with an older one follows.
    OlderVersion {
        /// With whom.
        server: ServerId,
        /// The version of the next session.
        version: DmVersion,
    },
    /// A message is sent once more.
    Retrying {
        /// To whom.
        server: ServerId,
        /// How often it was tried already.
        tries: u32,
    },
    /// A server's command was executed, or refused.
    CommandExecuted {
        /// Who commanded.
        server: ServerId,
        /// What.
        verb: Verb,
        /// On what.
        uri: String,
        /// The answer.
        status: StatusCode,
    },
    /// The server took an alert.
    AlertDelivered {
        /// Who.
        server: ServerId,
        /// Which.
        alert: AlertId,
        /// With which status.
        status: StatusCode,
    },
    /// The server refused an alert for good; it is not sent again.
    AlertRefused {
        /// Who.
        server: ServerId,
        /// Which.
        alert: AlertId,
        /// With which status.
        status: StatusCode,
    },
    /// A user did not answer in time; what was shown to him for this action can go.
    InteractionExpired {
        /// Who asked.
        server: ServerId,
        /// What was asked.
        action: ActionId,
    },
    /// A bootstrap document gave an account; its first session follows.
    Bootstrapped {
        /// With whom.
        server: ServerId,
        /// The account in the tree.
        object: NodeUri,
    },
    /// A bootstrap document was refused; the device is as before.
    BootstrapRefused(BootstrapRefusal),
    /// An account is no longer there.
    AccountRemoved {
        /// With whom.
        server: ServerId,
    },
    /// A notification proves itself: a session follows, unless the user has to be asked and refuses it.
    Notified {
        /// Whose.
        server: ServerId,
        /// What the user shall see of it; people are to be told when it is [`UiMode::Informative`].
        ui_mode: UiMode,
        /// Whose idea it was.
        initiator: Initiator,
    },
    /// A notification started nothing.
    NotificationIgnored(Ignored),
    /// More of a package is stored.
    PackageProgress {
        /// The object it belongs to.
        object: NodeUri,
        /// The bytes so far.
        stored: u64,
        /// The bytes of the whole, if that is known.
        total: Option<u64>,
    },
    /// The State of a firmware object changed.
    UpdateState {
        /// The object.
        object: NodeUri,
        /// The new state.
        state: FumoState,
    },
    /// An update operation ended.
    UpdateFinished {
        /// The object.
        object: NodeUri,
        /// How.
        result: ResultCode,
    },
    /// A performance function has no room for its samples: the oldest are dropped until the next upload, which counts them.
    SamplesDropped {
        /// The function.
        function: NodeUri,
    },
    /// Samples are handed to an alert.
    SamplesUploaded {
        /// The function.
        function: NodeUri,
        /// How many.
        samples: usize,
        /// How many were dropped before.
        lost: u64,
    },
    /// The state of a trap changed.
    TrapState {
        /// The trap.
        trap: NodeUri,
        /// The new state.
        state: TrapState,
    },
    /// A trap is switched on and cannot be armed: its settings say nothing that can be watched.
    TrapUnusable {
        /// The trap.
        trap: NodeUri,
    },
    /// A reading failed; the next that does is told when one has succeeded in between.
    NotMeasured {
        /// The function or metric.
        what: String,
    },
    /// No firmware image is right: servers see what is needed for a repair.
    SafeMode,
    /// The Status of a package or component changed.
    SoftwareStatus {
        /// Its entry.
        entry: NodeUri,
        /// The new Status.
        status: u16,
    },
    /// An operation on software ended.
    SoftwareFinished {
        /// The node that was executed.
        operation: NodeUri,
        /// How.
        result: ScomoResult,
    },
    /// Locking, unlocking, resetting or wiping ended.
    LockFinished {
        /// The object.
        object: NodeUri,
        /// What it was.
        operation: LawmoOperation,
        /// How.
        result: LawmoResult,
    },
    /// A configuration file was applied, or was not.
    Configured {
        /// The object.
        object: NodeUri,
        /// How.
        result: ConfigurationResult,
    },
    /// The running image is known and, after an update, was confirmed.
    Booted {
        /// The running slot.
        slot: Slot,
        /// SHA-256 of its image in lower-case hex; empty when it could not be read.
        sha256: String,
    },
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SessionStarted { server, session } => write!(f, "session {session} with {server} started"),
            Self::SessionFinished { server, session } => write!(f, "session {session} with {server} finished"),
            Self::SessionFailed { server, failure } => write!(f, "session with {server} failed: {failure}"),
            Self::AuthenticationFailed { server, side: Side::Client } => {
                write!(f, "{server} does not accept the client's credentials: check its name and secret")
            }
            Self::AuthenticationFailed { server, side: Side::Server } => {
                write!(f, "the credentials of {server} are missing, too weak or wrong: check the server secret")
            }
            Self::OlderVersion { server, version } => write!(f, "{server} is spoken to in {version} from now on"),
            Self::Retrying { server, tries } => write!(f, "message to {server} is sent again after {tries} tries"),
            Self::CommandExecuted { server, verb, uri, status } => write!(f, "{server}: {verb} {uri}: {status}"),
            Self::AlertDelivered { server, alert, status } => write!(f, "{server} took alert {alert}: {status}"),
            Self::AlertRefused { server, alert, status } => write!(f, "{server} refused alert {alert}: {status}"),
            Self::InteractionExpired { server, .. } => write!(f, "{server}: nobody answered in time"),
            Self::Bootstrapped { server, object } => write!(f, "bootstrapped: {server} has the account {object}"),
            Self::BootstrapRefused(refusal) => write!(f, "bootstrap refused: {refusal}"),
            Self::AccountRemoved { server } => write!(f, "the account of {server} was removed"),
            Self::Notified { server, .. } => write!(f, "{server} wants a session"),
            Self::NotificationIgnored(why) => write!(f, "notification {why} ignored"),
            Self::PackageProgress { object, stored, total: Some(total) } => {
                write!(f, "{object}: {stored} of {total} bytes stored")
            }
            Self::PackageProgress { object, stored, total: None } => write!(f, "{object}: {stored} bytes stored"),
            Self::UpdateState { object, state } => write!(f, "{object}: State {state}"),
            Self::UpdateFinished { object, result } => write!(f, "{object}: update ended with {result}"),
            Self::SamplesDropped { function } => write!(f, "{function}: no room, the oldest samples are dropped"),
            Self::SamplesUploaded { function, samples, lost } => {
                write!(f, "{function}: {samples} samples are uploaded, {lost} were lost")
            }
            Self::TrapState { trap, state } => write!(f, "{trap}: {}", state.as_str()),
            Self::TrapUnusable { trap } => {
                write!(f, "{trap} is not armed: check its Condition, Hysteresis and Severity")
            }
            Self::NotMeasured { what } => write!(f, "{what} was not measured"),
            Self::SafeMode => f.write_str("no firmware image is right: safe mode"),
            Self::SoftwareStatus { entry, status } => write!(f, "{entry}: Status {status}"),
            Self::SoftwareFinished { operation, result } => write!(f, "{operation} ended with {result}"),
            Self::LockFinished { object, operation, result } => {
                write!(f, "{object}: {operation:?} ended with {result}")
            }
            Self::Configured { object, result } => write!(f, "{object}: configuration file: {result}"),
            Self::Booted { slot, sha256 } => write!(f, "running slot {slot}, image {sha256}"),
        }
    }
}
