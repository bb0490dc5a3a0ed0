//! What a machine of this crate wants from its driver: one ordered list of outputs, and the answers to its actions.
//!
//! An [`Action`] is work the core cannot do; it carries an [`ActionId`] and is answered by `handle_action_result` with the
//! same id, at once or much later. Outputs are performed in the order in which they are polled: a [`Record`] that must
//! survive comes before the message that lets the server forget it.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;
use omadm_proto::exchange::Transmit;
use omadm_proto::ids::{ActionId, ServerId};
use omadm_proto::notification::Initiator;
use omadm_proto::status::StatusCode;
use omadm_tree::uri::NodeUri;

use crate::configuration::ConfigurationFile;
use crate::event::Event;
use crate::interaction::{Interaction, UserAnswer};
use crate::lock::{LockAction, LockResult};
use crate::monitor::Measurement;
pub use crate::orders::OrderNumber;
pub use crate::place::{PackageId, Place, Slot};
use crate::record::Record;
use crate::software::{SoftwareAction, SoftwareResult};
use crate::update::Operation;

/// One thing to do for the driver.
#[derive(Debug, Clone)]
#[allow(clippy::exhaustive_enums, reason = "a driver must perform every kind; a new kind has to break its match")]
pub enum Output {
    /// Send this message; answer with `handle_message` or `handle_send_failure` for the same exchange.
    Transmit(Transmit),
    /// Store this record durably, then go on with the next output.
    Persist(Record),
    /// Do this work and answer with `handle_action_result`.
    Action {
        /// What the result is reported with.
        id: ActionId,
        /// The work.
        action: Action,
    },
    /// Something happened that an application or a log may want to know.
    Event(Event),
}

/// Work that the core cannot do.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Read the present value of a live node; answer [`ActionResult::Value`], [`ActionResult::Status`] or a failure.
    Read(NodeUri),
    /// Do what the executable node stands for; answer [`ActionResult::Status`]: 200 when done, 202 when a generic alert will follow.
    Exec {
        /// The server that asked.
        server: ServerId,
        /// The node.
        uri: NodeUri,
        /// The Correlator that the later alert must carry.
        correlator: Option<String>,
        /// The argument.
        data: Option<Vec<u8>>,
    },
    /// Show or ask the user this; answer [`ActionResult::User`]. The machine does not wait longer than
    /// [`Interaction::wait`]; then, or when the session ends, the answer is of no interest any more.
    Interact(Interaction),
    /// Ask the user whether a session that a server's notification wants may start; answer [`ActionResult::User`] with
    /// [`UserAnswer::Yes`], or with anything else to refuse it.
    ConfirmSession {
        /// Who wants it.
        server: ServerId,
        /// Whose idea it was.
        initiator: Initiator,
    },
    /// Ask the user for the PIN of a bootstrap document; answer [`ActionResult::User`] with
    /// [`UserAnswer::Text`], or with anything else when there is no PIN.
    AskPin {
        /// How often a PIN may be typed, this time included.
        tries_left: u8,
    },
    /// Fetch at most `max_len` bytes of `url` from `offset` on; answer [`ActionResult::Fetched`], or
    /// [`ActionResult::Block`] when nothing is known about what the bytes are of.
    Fetch {
        /// The URL, as the server wrote it.
        url: String,
        /// The first byte wanted.
        offset: u64,
        /// The most bytes wanted.
        max_len: u32,
    },
    /// Post this text to `url`: how a download ended \[mo 6\]; answer [`ActionResult::Done`].
    Post {
        /// The URL, as the download descriptor has it.
        url: String,
        /// The body, of type text/plain.
        body: String,
    },
    /// Make this place empty; answer [`ActionResult::Done`].
    Erase {
        /// The place.
        place: Place,
        /// How many bytes will come, if that is known: a place that cannot hold them answers [`ActionFailure::NoSpace`] and
        /// stays as it is.
        len: Option<u64>,
    },
    /// Write these bytes and make them durable; answer [`ActionResult::Done`].
    WriteAt {
        /// The place.
        place: Place,
        /// Where the first byte goes; bytes of an interrupted write behind it may be overwritten.
        offset: u64,
        /// The bytes.
        data: Bytes,
    },
    /// Read at most `max_len` bytes; answer [`ActionResult::Block`].
    ReadAt {
        /// The place.
        place: Place,
        /// The first byte wanted.
        offset: u64,
        /// The most bytes wanted.
        max_len: u32,
    },
    /// Make an image of the running one and a delta; answer [`ActionResult::Done`] when it is durable. A delta that does not
    /// fit its source, or is broken, is [`ActionFailure::Storage`]. The target is empty before; nothing else is written to.
    ApplyDelta(Delta),
    /// Ask the user whether this update may begin; answer [`ActionResult::User`] with [`UserAnswer::Yes`], or with anything
    /// else to decline it.
    ConfirmUpdate(UpdateOffer),
    /// Boot from this slot next, on trial: unless it is confirmed within `tries` boots, the boot loader takes the other slot
    /// again, and so it does when the image does not come up. The loader counts a boot before it starts the image. The record
    /// of all that is written in one step. Answer [`ActionResult::Done`].
    SelectSlot {
        /// The slot.
        slot: Slot,
        /// How many boots it gets.
        tries: u8,
    },
    /// Keep this slot, the running one, for good; answer [`ActionResult::Done`]. A driver whose own checks of the new image
    /// failed answers a failure, and the device goes back to the old one.
    ConfirmSlot {
        /// The slot.
        slot: Slot,
    },
    /// Take a reading of this performance function: all its metrics; answer [`ActionResult::Measured`].
    Sample {
        /// Its node in the tree.
        function: NodeUri,
    },
    /// Measure this metric for a trap, as its Condition spells it: `free`, or `memory/free`; answer
    /// [`ActionResult::Measured`] with one measurement.
    Measure {
        /// The metric.
        metric: String,
    },
    /// Install, activate, deactivate or remove software; answer [`ActionResult::Software`].
    Software(SoftwareAction),
    /// Lock, unlock, reset or wipe the device; answer [`ActionResult::Lock`].
    Lock(LockAction),
    /// Make this configuration file the one in force, as a whole or not at all; answer [`ActionResult::Done`].
    ApplyConfiguration(ConfigurationFile),
    /// Restart the device. Not answered: the next thing the machine hears is `handle_boot` after its restoration.
    Reboot,
}

/// A delta and what it makes of what. Source and patch are read, in any order; nothing has to be held in memory as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delta {
    /// The slot of the image that the delta was made for.
    pub source: Slot,
    /// The bytes of that image.
    pub source_len: u64,
    /// Where the delta is: a BSDIFF40 container.
    pub patch: Place,
    /// The bytes of the delta.
    pub patch_len: u64,
    /// The slot that the new image goes into.
    pub target: Slot,
    /// The bytes that the new image will have: to be taken no more than so many.
    pub target_len: u64,
}

/// An update that the user is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UpdateOffer {
    /// Who wants it.
    pub server: ServerId,
    /// The firmware object.
    pub object: NodeUri,
    /// What is to be done.
    pub operation: Operation,
    /// The name of the package; empty when it has none.
    pub name: String,
    /// Its version; empty when it is not told.
    pub version: String,
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(uri) => write!(f, "Read({uri})"),
            Self::Exec { server, uri, correlator, data } => f
                .debug_struct("Exec")
                .field("server", server)
                .field("uri", uri)
                .field("correlator", correlator)
                .field("data_len", &data.as_ref().map(Vec::len))
                .finish(),
            Self::Interact(interaction) => interaction.fmt(f),
            Self::ConfirmSession { server, initiator } => write!(f, "ConfirmSession({server}, {initiator:?})"),
            Self::AskPin { tries_left } => write!(f, "AskPin({tries_left})"),
            Self::Fetch { url, offset, max_len } => write!(f, "Fetch({url}, {offset}, {max_len})"),
            Self::Post { url, body } => write!(f, "Post({url}, {body})"),
            Self::Erase { place, .. } => write!(f, "Erase({place})"),
            Self::WriteAt { place, offset, data } => write!(f, "WriteAt({place}, {offset}, {} bytes)", data.len()),
            Self::ReadAt { place, offset, max_len } => write!(f, "ReadAt({place}, {offset}, {max_len})"),
            Self::ApplyDelta(delta) => delta.fmt(f),
            Self::ConfirmUpdate(offer) => offer.fmt(f),
            Self::SelectSlot { slot, tries } => write!(f, "SelectSlot({slot}, {tries})"),
            Self::ConfirmSlot { slot } => write!(f, "ConfirmSlot({slot})"),
            Self::Sample { function } => write!(f, "Sample({function})"),
            Self::Measure { metric } => write!(f, "Measure({metric})"),
            Self::Software(action) => action.fmt(f),
            Self::Lock(action) => action.fmt(f),
            Self::ApplyConfiguration(file) => file.fmt(f),
            Self::Reboot => f.write_str("Reboot"),
        }
    }
}

/// Why an action did not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum ActionFailure {
    /// This driver does not do such things.
    Unsupported,
    /// The connection broke or was not made.
    Network,
    /// The peer did not answer in time.
    Timeout,
    /// The peer refused the credentials (HTTP 401, 403).
    Unauthorized,
    /// The URL is malformed or names nothing (HTTP 404, 410).
    BadUrl,
    /// The peer is not there or not available (name unknown, connection refused, HTTP 503).
    Unavailable,
    /// The peer failed (other HTTP errors).
    Server,
    /// There is no room for the bytes.
    NoSpace,
    /// The storage failed, or gave back something else than was stored.
    Storage,
}

/// What was read or fetched.
pub(crate) struct Block {
    pub(crate) data: Bytes,
    pub(crate) end: bool,
    /// What the source says about the whole.
    pub(crate) whole: Whole,
}

/// What the source of fetched bytes says about the whole of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Whole {
    /// Its media type, if it was told (HTTP Content-Type).
    pub media_type: Option<String>,
    /// Its bytes, if that was told.
    pub size: Option<u64>,
}

impl Whole {
    /// What is known of it.
    #[must_use]
    pub const fn new(media_type: Option<String>, size: Option<u64>) -> Self {
        Self { media_type, size }
    }
}

/// The answer to an [`Action`].
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ActionResult {
    /// Done, nothing to tell.
    Done,
    /// Answer the command with this status.
    Status(StatusCode),
    /// The value of a live node, as text or bytes; its Format is the one that the tree declares.
    Value(Bytes),
    /// Bytes that were read or fetched.
    Block {
        /// The bytes, at most as many as were asked for.
        data: Bytes,
        /// Nothing follows these bytes.
        end: bool,
    },
    /// Bytes that were fetched, and what their source says about the whole.
    Fetched {
        /// The bytes, at most as many as were asked for.
        data: Bytes,
        /// Nothing follows these bytes.
        end: bool,
        /// What the source says.
        whole: Whole,
    },
    /// What the user did.
    User(UserAnswer),
    /// What was measured.
    Measured(Vec<Measurement>),
    /// What came of work on software.
    Software(SoftwareResult),
    /// What came of locking, resetting or wiping.
    Lock(LockResult),
    /// It did not work.
    Failed(ActionFailure),
}

impl ActionResult {
    /// This driver does not do such things.
    #[must_use]
    pub const fn refused() -> Self {
        Self::Failed(ActionFailure::Unsupported)
    }

    /// The answer to an action that gives nothing back; a driver that answers something else does not know the action.
    pub(crate) fn done(&self) -> Result<(), ActionFailure> {
        match self {
            Self::Done => Ok(()),
            Self::Failed(failure) => Err(*failure),
            Self::Status(_)
            | Self::Value(_)
            | Self::Block { .. }
            | Self::Fetched { .. }
            | Self::User(_)
            | Self::Measured(_)
            | Self::Software(_)
            | Self::Lock(_) => Err(ActionFailure::Unsupported),
        }
    }

    /// The answer to an action that reads or fetches.
    pub(crate) fn block(self) -> Result<Block, ActionFailure> {
        match self {
            Self::Block { data, end } => Ok(Block { data, end, whole: Whole::default() }),
            Self::Fetched { data, end, whole } => Ok(Block { data, end, whole }),
            Self::Failed(failure) => Err(failure),
            Self::Done | Self::Status(_) | Self::Value(_) => Err(ActionFailure::Unsupported),
            Self::User(_) | Self::Measured(_) | Self::Software(_) | Self::Lock(_) => Err(ActionFailure::Unsupported),
        }
    }

    /// The answer to an action that measures.
    pub(crate) fn measured(self) -> Option<Vec<Measurement>> {
        if let Self::Measured(measured) = self { Some(measured) } else { None }
    }
}

impl fmt::Debug for ActionResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("Done"),
            Self::Status(status) => write!(f, "Status({status})"),
            Self::Value(value) => write!(f, "Value({} bytes)", value.len()),
            Self::Block { data, end } => write!(f, "Block({} bytes, end: {end})", data.len()),
            Self::Fetched { data, end, .. } => write!(f, "Fetched({} bytes, end: {end})", data.len()),
            Self::User(answer) => write!(f, "User({answer:?})"),
            Self::Measured(measured) => write!(f, "Measured({measured:?})"),
            Self::Software(result) => result.fmt(f),
            Self::Lock(result) => result.fmt(f),
            Self::Failed(failure) => write!(f, "Failed({failure:?})"),
        }
    }
}

impl From<StatusCode> for ActionResult {
    fn from(status: StatusCode) -> Self {
        Self::Status(status)
    }
}

impl From<ActionFailure> for ActionResult {
    fn from(failure: ActionFailure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Vec<Measurement>> for ActionResult {
    fn from(measured: Vec<Measurement>) -> Self {
        Self::Measured(measured)
    }
}

impl From<UserAnswer> for ActionResult {
    fn from(answer: UserAnswer) -> Self {
        Self::User(answer)
    }
}

impl From<SoftwareResult> for ActionResult {
    fn from(result: SoftwareResult) -> Self {
        Self::Software(result)
    }
}

impl From<LockResult> for ActionResult {
    fn from(result: LockResult) -> Self {
        Self::Lock(result)
    }
}

impl From<String> for ActionResult {
    fn from(text: String) -> Self {
        Self::Value(Bytes::from(text))
    }
}

impl From<&str> for ActionResult {
    fn from(text: &str) -> Self {
        Self::from(text.to_string())
    }
}

impl From<i64> for ActionResult {
    fn from(number: i64) -> Self {
        Self::from(number.to_string())
    }
}

impl From<Vec<u8>> for ActionResult {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Value(Bytes::from(bytes))
    }
}
