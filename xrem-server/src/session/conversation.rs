//! The state of one session between two messages.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;
use omadm_proto::auth::Scheme;
use omadm_proto::dialect::Dialect;
use omadm_proto::exchange::{Syntax, Transmit};
use omadm_proto::ids::{MsgId, SessionId};
use omadm_proto::large_object::{Outgoing, Reassembly};
use omadm_proto::message::SyncHdr;
use omadm_proto::time::Instant;
use omadm_proto::version::DmVersion;

use super::Incoming;
use super::auth::{ClientAuth, ServerAuth};
use super::awaited::Awaited;
use super::owed::Owed;
use super::turn::{CommandAnswer, ReceivedAlert, Value};

/// How long a session that was ended in order is kept open for a client that goes on.
pub(super) const LINGER: Duration = Duration::from_secs(60);

/// One session, from package #1 to the server's message without commands. Stored by [`super::snapshot`].
#[derive(Debug, Clone)]
pub(super) struct Conversation {
    /// SessionID.
    pub(super) id: SessionId,
    /// The version that the client speaks.
    pub(super) version: DmVersion,
    /// The client's own address: SyncHdr/Source of its messages.
    pub(super) client_uri: Box<str>,
    /// Our address as the client wrote it: the Source of our messages.
    pub(super) server_uri: Box<str>,
    /// MsgID of the last message received.
    pub(super) received: MsgId,
    /// When it came.
    pub(super) last_message: Instant,
    /// Its digest, and that of the first message.
    pub(super) digest: [u8; 16],
    pub(super) opening: [u8; 16],
    /// Its syntax, and the answer it got.
    pub(super) syntax: Syntax,
    /// How the client wants it spelled.
    pub(super) dialect: Dialect,
    pub(super) answer: Bytes,
    /// The MAC of the answer.
    pub(super) answer_mac: Option<Box<str>>,
    /// MsgID of our last message.
    pub(super) sent: Option<MsgId>,
    /// What the client has proved.
    pub(super) client_auth: ClientAuth,
    /// The scheme of the credentials in the message that is being answered.
    pub(super) accepted_now: Option<Scheme>,
    /// What the client thinks of our credentials.
    pub(super) server_auth: ServerAuth,
    /// The scheme that the client demanded of us.
    pub(super) own_scheme: Option<Scheme>,
    /// Our last message showed credentials.
    pub(super) showed_credentials: bool,
    /// Changes of our credentials that were made before this session: they count from the next one on \[dm 7.3\].
    pub(super) server_changes: usize,
    /// Our last MAC was made with the nonce that we have, and no other has come.
    pub(super) own_nonce_is_spent: bool,
    /// MaxMsgSize and MaxObjSize of the client.
    pub(super) max_msg_size: Option<u64>,
    pub(super) max_obj_size: Option<u64>,
    /// Statuses that we owe, oldest first.
    pub(super) owed: Vec<Owed>,
    /// Commands that the client has not answered.
    pub(super) awaited: Awaited,
    /// The object that is being sent in chunks.
    pub(super) download: Option<Box<Download>>,
    /// The object that the client is sending in chunks.
    pub(super) upload: Option<Box<Reassembly>>,
    /// Our last message had no room for all Statuses that are owed and went without Final: whatever the client answers, we
    /// go on with them.
    pub(super) owes_rest: bool,
    /// What the package so far has brought; nothing between two packages.
    pub(super) gathered: Option<Box<Gathered>>,
    /// The composition has had its first turn.
    pub(super) had_turn: bool,
    /// One side gave it up: Alert 1223, or credentials that failed too often.
    pub(super) aborted: bool,
    /// No further message belongs to this session.
    pub(super) closed: bool,
}

/// An object on its way to the client.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Download {
    /// The caller's number of the command.
    pub(super) key: u32,
    /// How far it is; `None` when it is to be begun.
    pub(super) position: Option<Outgoing>,
    /// How often it was begun anew after Alert 1225.
    pub(super) restarts: u8,
}

/// What the messages of an unfinished package brought.
#[derive(Debug, Clone, Default)]
pub(super) struct Gathered {
    pub(super) answers: Vec<CommandAnswer>,
    pub(super) alerts: Vec<ReceivedAlert>,
    pub(super) dev_info: Vec<Value>,
    /// Bytes of all this and of the values of unfinished answers, to be held against the limits.
    pub(super) bytes: u64,
    pub(super) repeat: bool,
}

impl Conversation {
    /// A session that begins with `incoming`; `None` when its SessionID is none.
    pub(super) fn new(now: Instant, incoming: &Incoming<'_>) -> Option<Self> {
        let header = &incoming.message.header;
        Some(Self {
            id: SessionId::parse(header.session_id.trim())?,
            version: header.version().unwrap_or_default(),
            client_uri: Box::from(&*header.source.loc_uri),
            server_uri: Box::from(&*header.target.loc_uri),
            received: header.msg_id,
            last_message: now,
            opening: incoming.digest,
            digest: incoming.digest,
            syntax: incoming.syntax,
            dialect: Dialect::Oma,
            answer: Bytes::new(),
            answer_mac: None,
            // In the middle of a session that we do not know, the client expects us to count as it does.
            sent: header.msg_id.get().checked_sub(1).filter(|before| *before > 0).map(MsgId::new),
            client_auth: ClientAuth::default(),
            accepted_now: None,
            server_auth: ServerAuth::default(),
            own_scheme: None,
            showed_credentials: false,
            server_changes: 0,
            own_nonce_is_spent: false,
            max_msg_size: None,
            max_obj_size: None,
            owed: Vec::new(),
            owes_rest: false,
            awaited: Awaited::default(),
            download: None,
            upload: None,
            gathered: None,
            had_turn: false,
            aborted: false,
            closed: false,
        })
    }

    /// What the package so far has brought.
    pub(super) fn gathered(&mut self) -> &mut Gathered {
        self.gathered.get_or_insert_default()
    }

    /// Whether `header` carries this session's SessionID.
    pub(super) fn is_of(&self, header: &SyncHdr<'_>) -> bool {
        header.session_id.trim() == self.id.as_str()
    }

    /// Whether `incoming` is the message that was answered last, sent once more.
    pub(super) fn is_repetition(&self, incoming: &Incoming<'_>) -> bool {
        self.digest == incoming.digest && !self.answer.is_empty()
    }

    /// Whether `incoming` began this session, the first time or after a challenge, and comes once more while the session goes
    /// on: a duplicate that was under way for long, and no new session. A client that lost its session, and begins with the
    /// same bytes again, is heard when this one has been silent.
    pub(super) fn is_late_duplicate(&self, now: Instant, incoming: &Incoming<'_>) -> bool {
        let msg_id = incoming.message.header.msg_id;
        let is_late = self.opening == incoming.digest || (msg_id > MsgId::FIRST && msg_id <= self.received);
        is_late && !self.closed && now.since(self.last_message) < LINGER
    }

    /// Whether `header` is of the next message, and that may still belong to it: it is open, or we ended it in order and the
    /// client, which has something more to tell, goes on without a pause. Nothing is lost then, and no second session is
    /// needed.
    pub(super) fn is_followed_by(&self, now: Instant, header: &SyncHdr<'_>) -> bool {
        let may_go_on = !self.closed || (!self.aborted && now.since(self.last_message) < LINGER);
        may_go_on && self.is_of(header) && header.msg_id == self.received.next()
    }

    /// Notes `incoming` as the message that is being answered.
    pub(super) fn note(&mut self, now: Instant, incoming: &Incoming<'_>) {
        self.received = incoming.message.header.msg_id;
        self.last_message = now;
        self.digest = incoming.digest;
        self.syntax = incoming.syntax;
        self.answer = Bytes::new();
        self.answer_mac = None;
        self.closed = false;
    }

    /// The answer to the last message, to be sent once more.
    pub(super) fn repeat_answer(&self, incoming: &Incoming<'_>) -> Transmit {
        let mut transmit = Transmit::new(incoming.exchange, String::new(), self.syntax, self.answer.clone());
        transmit.mac = self.answer_mac.as_deref().map(String::from);
        transmit
    }

    /// MsgID of the message that is being written.
    pub(super) fn next_msg_id(&self) -> MsgId {
        self.sent.map_or(MsgId::FIRST, MsgId::next)
    }
}
