//! Generic alerts and client events that wait for their server \[dm 6.4\].
//!
//! At least once: an alert stays until the server's own Status 200 or 202 for it arrived, over as many sessions and restarts
//! as that takes. Invariant: an alert is persisted before it is first sent.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use omadm_proto::ids::ServerId;
use omadm_proto::message::Format;
use omadm_proto::status::StatusCode;

/// Links a queued alert to its delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AlertId(u64);

impl fmt::Display for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The importance of an alert, in falling order \[dm 6.4\].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_enums, reason = "the seven marks of the standard")]
pub enum Mark {
    /// fatal
    Fatal,
    /// critical
    Critical,
    /// minor
    Minor,
    /// warning
    Warning,
    /// informational, the default
    #[default]
    Informational,
    /// harmless
    Harmless,
    /// indeterminate
    Indeterminate,
}

impl Mark {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fatal => "fatal",
            Self::Critical => "critical",
            Self::Minor => "minor",
            Self::Warning => "warning",
            Self::Informational => "informational",
            Self::Harmless => "harmless",
            Self::Indeterminate => "indeterminate",
        }
    }
}

/// A generic alert (1226) or a client event (1224), with one Item or more.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct GenericAlert {
    /// The server it is for; `None` means every server that this client has an account with.
    pub server: Option<ServerId>,
    /// Source/LocURI: the management object it speaks about.
    pub source: Option<String>,
    /// Target/LocURI: the node that came of it, where a type has one.
    #[cfg_attr(feature = "serde", serde(default))]
    pub target: Option<String>,
    /// Meta/Type: what it reports.
    pub type_name: String,
    /// Meta/Format of the data.
    pub format: Format,
    /// Meta/Mark; absent counts as informational.
    pub mark: Option<Mark>,
    /// The Correlator of the Exec that it answers, if that had one.
    pub correlator: Option<String>,
    /// Data.
    pub data: Vec<u8>,
    /// Generic alert or client event.
    #[cfg_attr(feature = "serde", serde(default))]
    pub kind: AlertKind,
    /// Further Items.
    #[cfg_attr(feature = "serde", serde(default))]
    pub more: Vec<AlertItem>,
}

/// Which of the two alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_enums, reason = "the two alerts that a client raises")]
pub enum AlertKind {
    /// 1226.
    #[default]
    Generic,
    /// 1224: the Items are independent of each other; it answers no Exec and has no Correlator.
    ClientEvent,
}

/// A further Item of an alert.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct AlertItem {
    /// Source/LocURI.
    pub source: Option<String>,
    /// Target/LocURI.
    #[cfg_attr(feature = "serde", serde(default))]
    pub target: Option<String>,
    /// Meta/Type.
    pub type_name: String,
    /// Meta/Format of the data.
    pub format: Format,
    /// Meta/Mark.
    pub mark: Option<Mark>,
    /// Data.
    pub data: Vec<u8>,
}

impl GenericAlert {
    /// An alert of type `type_name` for every server, text, without Source, Mark and Correlator.
    #[must_use]
    pub fn new(type_name: impl Into<String>, data: impl Into<Vec<u8>>) -> Self {
        Self {
            server: None,
            source: None,
            target: None,
            type_name: type_name.into(),
            format: Format::Chr,
            mark: None,
            correlator: None,
            data: data.into(),
            kind: AlertKind::Generic,
            more: Vec::new(),
        }
    }

    /// A client event (1224) of type `type_name` for every server, text.
    #[must_use]
    pub fn client_event(type_name: impl Into<String>, data: impl Into<Vec<u8>>) -> Self {
        Self { kind: AlertKind::ClientEvent, ..Self::new(type_name, data) }
    }

    /// The same with the Item of `other` as a further one; server, Correlator and kind of `other` do not count. All Items of
    /// an alert travel in one message: an alert with several that exceeds the server's messages is not sent but refused
    /// here, with 413.
    #[must_use]
    pub fn and_item(mut self, other: Self) -> Self {
        let Self { source, target, type_name, format, mark, data, more, .. } = other;
        self.more.push(AlertItem { source, target, type_name, format, mark, data });
        self.more.extend(more);
        self
    }

    /// The bytes of all Items.
    pub(crate) fn data_len(&self) -> usize {
        self.data.len() + self.more.iter().map(|item| item.data.len()).sum::<usize>()
    }

    /// The same for one server only.
    #[must_use]
    pub fn for_server(mut self, server: ServerId) -> Self {
        self.server = Some(server);
        self
    }

    /// The same with Source.
    #[must_use]
    pub fn source(mut self, uri: impl Into<String>) -> Self {
        self.source = Some(uri.into());
        self
    }

    /// The same with Target.
    #[must_use]
    pub fn target(mut self, uri: impl Into<String>) -> Self {
        self.target = Some(uri.into());
        self
    }

    /// The same with another Format.
    #[must_use]
    pub const fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// The same with Mark.
    #[must_use]
    pub const fn mark(mut self, mark: Mark) -> Self {
        self.mark = Some(mark);
        self
    }

    /// The same with a Correlator, if there was one.
    #[must_use]
    pub fn correlator(mut self, correlator: Option<String>) -> Self {
        self.correlator = correlator;
        self
    }
}

impl fmt::Debug for GenericAlert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GenericAlert")
            .field("server", &self.server)
            .field("source", &self.source)
            .field("type_name", &self.type_name)
            .field("correlator", &self.correlator)
            .field("data_len", &self.data.len())
            .field("more", &self.more.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AlertItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlertItem")
            .field("source", &self.source)
            .field("type_name", &self.type_name)
            .field("data_len", &self.data.len())
            .finish_non_exhaustive()
    }
}

/// One alert and the servers that have not taken it yet.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Waiting {
    pub(crate) alert: GenericAlert,
    servers: Vec<ServerId>,
}

/// All alerts that wait: the record that survives a restart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Outbox {
    next: u64,
    waiting: BTreeMap<AlertId, Waiting>,
}

/// What a server's Status did to an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Receipt {
    /// Taken: it is not sent to this server again.
    Delivered,
    /// Refused for a reason that a repetition will not cure: dropped for this server.
    Refused,
    /// To be sent again later.
    Kept,
}

impl Receipt {
    /// Unspecified which failures are final; chosen: 401, 407, 408, 417 and everything of the server's own (5xx) may pass, the
    /// other refusals of \[dm 6.4\] (405, 406, 412, 415) will be the same next time.
    const fn of(status: StatusCode) -> Self {
        match status.as_u16() {
            200..=299 => Self::Delivered,
            401 | 407 | 408 | 417 => Self::Kept,
            400..=499 => Self::Refused,
            _ => Self::Kept,
        }
    }

    /// The one of two Statuses that says less good about the alert.
    pub(crate) fn worse(one: StatusCode, other: StatusCode) -> StatusCode {
        if Self::of(other) > Self::of(one) { other } else { one }
    }
}

impl Outbox {
    /// How many alerts wait for at least one server.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The id that the next queued alert will get.
    pub(crate) const fn next_id(&self) -> AlertId {
        AlertId(self.next)
    }

    /// Whether the alert `id` was queued at some time.
    pub(crate) const fn has_seen(&self, id: AlertId) -> bool {
        id.0 < self.next
    }

    /// How many alerts about the object `source` wait.
    pub(crate) fn waiting_from(&self, source: &str) -> usize {
        self.waiting.values().filter(|waiting| waiting.alert.source.as_deref() == Some(source)).count()
    }

    pub(crate) fn push(&mut self, alert: GenericAlert, servers: Vec<ServerId>) -> AlertId {
        let id = self.next_id();
        self.next += 1;
        if !servers.is_empty() {
            self.waiting.insert(id, Waiting { alert, servers });
        }
        id
    }

    /// The alerts that wait for `server`, oldest first.
    pub(crate) fn waiting_for(&self, server: &ServerId) -> impl Iterator<Item = (AlertId, &GenericAlert)> {
        self.waiting
            .iter()
            .filter(move |(_, waiting)| waiting.servers.contains(server))
            .map(|(id, waiting)| (*id, &waiting.alert))
    }

    /// Forgets what waits for `server`; tells whether anything did.
    pub(crate) fn remove_server(&mut self, server: &ServerId) -> bool {
        let is_waiting = self.waiting_for(server).next().is_some();
        for waiting in self.waiting.values_mut() {
            waiting.servers.retain(|waits| waits != server);
        }
        self.waiting.retain(|_, waiting| !waiting.servers.is_empty());
        is_waiting
    }

    /// Applies the Status that `server` gave to the alert.
    pub(crate) fn apply(&mut self, id: AlertId, server: &ServerId, status: StatusCode) -> Receipt {
        let receipt = Receipt::of(status);
        if receipt != Receipt::Kept
            && let Some(waiting) = self.waiting.get_mut(&id)
        {
            waiting.servers.retain(|waits| waits != server);
            if waiting.servers.is_empty() {
                self.waiting.remove(&id);
            }
        }
        receipt
    }
}
