//! What the three kinds of nodes have in common: a machine with its driver, which the world moves step by step.

use bytes::Bytes;
use omadm_proto::exchange::{Syntax, Transmit};
use omadm_proto::ids::{ActionId, ExchangeId};
use omadm_proto::time::Instant;
use omadm_tree::BuildError;

use crate::node::Node;

/// Names a request and its answers.
pub(crate) type CallId = u64;

/// What is asked of another node.
#[derive(Debug, Clone)]
pub(crate) enum Request {
    /// A DM message is posted.
    Message { syntax: Syntax, mac: Option<String>, body: Bytes },
    /// A part of a file is wanted.
    Fetch { path: String, offset: u64, max_len: u32 },
}

/// What another node answers.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// A DM message.
    Message { syntax: Syntax, mac: Option<String>, body: Bytes },
    /// That was no DM message, or none that can be answered.
    Refused,
    /// A part of a file.
    Block { data: Bytes, end: bool },
    /// No such file.
    NotFound,
}

/// What a node wants an answer for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ticket {
    /// A message.
    Message(ExchangeId),
    /// A part of a file.
    Fetch(ActionId),
}

/// One thing that a node does to the world. What a node does to itself is done when this is returned.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Nothing but what is told in the trace.
    Told(String),
    /// It asks another node.
    Call { to: Node, ticket: Ticket, request: Request },
    /// It answers.
    Answer { to: Node, call: CallId, reply: Reply },
    /// It sends a notification.
    Datagram { to: Node, bytes: Bytes },
    /// It restarts itself.
    Restart,
}

/// Why a node does not come up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BootError {
    /// Its tree cannot be built.
    #[error("the tree cannot be built: {0}")]
    Build(#[from] BuildError),
    /// A record does not survive being stored.
    #[error("a record cannot be stored and read again: {0}")]
    Record(#[from] serde_json::Error),
    /// A stored tree is unusable.
    #[error("the stored tree is unusable: {0}")]
    Tree(#[from] xrem_client::record::StoredTreeError),
}

/// A machine with its driver.
pub(crate) trait Station {
    /// Performs the next output, or hands in the next result of one; `None` when there is nothing to do now.
    fn step(&mut self, now: Instant) -> Option<Effect>;

    /// A request arrived.
    fn request(&mut self, now: Instant, from: Node, call: CallId, request: &Request);

    /// The answer to `ticket` arrived; `None`: it did not come in time.
    fn reply(&mut self, now: Instant, ticket: Ticket, reply: Option<Reply>);

    /// A notification arrived.
    fn datagram(&mut self, now: Instant, bytes: &[u8]);

    /// The deadline has come.
    fn timeout(&mut self, now: Instant);

    /// When [`Self::timeout`] is due.
    fn deadline(&self) -> Option<Instant>;

    /// It comes by itself.
    fn come(&mut self, now: Instant);

    /// The power fails: what was not performed is lost, a write may be torn.
    fn cut(&mut self, now: Instant);

    /// The power is back: it is built again from what was stored.
    fn boot(&mut self, now: Instant) -> Result<(), BootError>;
}

impl From<Transmit> for Request {
    fn from(transmit: Transmit) -> Self {
        Self::Message { syntax: transmit.syntax, mac: transmit.mac, body: transmit.body }
    }
}

impl From<Transmit> for Reply {
    fn from(transmit: Transmit) -> Self {
        if transmit.body.is_empty() {
            return Self::Refused;
        }
        Self::Message { syntax: transmit.syntax, mac: transmit.mac, body: transmit.body }
    }
}

/// At most `max_len` bytes of `file` from `offset` on, and whether they are the last.
pub(crate) fn block(file: &[u8], offset: u64, max_len: u32) -> (Bytes, bool) {
    let rest = usize::try_from(offset).ok().and_then(|offset| file.get(offset..)).unwrap_or_default();
    let len = usize::try_from(max_len).unwrap_or(usize::MAX).min(rest.len());
    (Bytes::copy_from_slice(rest.get(..len).unwrap_or_default()), len == rest.len())
}
