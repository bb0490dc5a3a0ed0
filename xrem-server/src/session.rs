//! The server side of one DM session, without transport and without a store \[dm 3, 7, 16.2\].
//!
//! Used by the NREM for its gateways and direct devices, and by the GREM for its LAN.
//!
//! ```text
//! new --wrong or no credentials--> 401/407 + Chal (at most three attempts) --> closed
//!  |  --good-->  turn: answers and alerts go to the composition, `respond` packs what it wants sent
//!  |             commands sent --> Statuses and Results of the client's package --> next turn
//!  |             object larger than a message --> chunks, no Final until the last --> next turn
//!  +------------ nothing sent --> closed
//! ```
//!
//! Invariants: a message is executed once (its answer is kept and given again for a repetition); Statuses are matched by
//! MsgRef and CmdRef, never by position; the account is changed before the reply that tells the client so.

mod auth;
mod awaited;
mod conversation;
pub(crate) mod dialect;
mod importance;
mod incoming;
mod intake;
mod owed;
mod reply;
#[cfg(feature = "serde")]
mod snapshot;
mod turn;

pub use importance::Importance;
pub use incoming::Incoming;
pub use turn::{AlertItem, CommandAnswer, Fault, Received, ReceivedAlert, Reply, Turn, Value, Work};

use alloc::boxed::Box;
use core::time::Duration;

use omadm_proto::auth::nonce::NonceSource;
use omadm_proto::auth::{self as proto_auth, Scheme};
use omadm_proto::dialect::Dialect;
use omadm_proto::exchange::Transmit;
use omadm_proto::ids::{MsgId, SessionId};
use omadm_proto::reading::Reading;
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;

use self::auth::{Challenges, Rejection};
use self::conversation::Conversation;
use self::intake::Standing;
use self::owed::{Answer, HeaderStatus};
use crate::store::{ClientAccount, Side};

/// What holds for all sessions of a server.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Settings {
    /// How messages of clients are read: within which limits, and with which repairs. [`Reading::LENIENT`].
    pub reading: Reading,
    /// MaxMsgSize that is announced: bytes of one client message; 64 KiB.
    pub max_msg_size: u64,
    /// MaxObjSize that is announced: bytes of one object; 16 MiB.
    pub max_obj_size: u64,
    /// Bytes of one own message to a client that announces no MaxMsgSize; 64 KiB.
    pub default_msg_size: u64,
    /// Messages of one client in one session: a 64 MiB object in messages of 1 KiB passes, an endless peer does not; 100,000.
    pub max_messages: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            reading: Reading::LENIENT,
            max_msg_size: 1 << 16,
            max_obj_size: 16 << 20,
            default_msg_size: 1 << 16,
            max_messages: 100_000,
        }
    }
}

/// What a session works with during one call.
#[derive(Debug)]
#[allow(clippy::exhaustive_structs, reason = "a bundle of borrows, built by the caller")]
pub struct Context<'a> {
    /// The account of the client; changed in place, to be stored before the reply leaves.
    pub account: &'a mut ClientAccount,
    /// Where new nonces come from.
    pub nonces: &'a mut NonceSource,
    /// The server's settings.
    pub settings: &'a Settings,
}

/// The sessions of one client: the open one, and one that has not authenticated yet.
///
/// They are apart so that a stranger who only knows a DevId cannot end the session of its owner.
///
/// Stored (feature `serde`) it is a list that begins with the version of its layout; a session of another version is refused.
#[derive(Debug, Clone, Default)]
pub struct Session {
    open: Option<Box<Conversation>>,
    greeting: Option<Box<Conversation>>,
    challenges: Challenges,
}

/// Which session a message belongs to.
enum Route {
    Repetition(Transmit),
    Open,
    Greeting,
    New,
    Stray(Fault),
}

impl Session {
    /// No session yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a message of the client.
    ///
    /// After [`Received::Turn`] the composition must call [`Self::respond`] with the same message.
    pub fn receive(&mut self, now: Instant, context: &mut Context<'_>, incoming: &Incoming<'_>) -> Received {
        match self.route(now, incoming) {
            Route::Repetition(answer) => Received::Repeated(answer),
            Route::Stray(fault) => {
                let status = HeaderStatus::new(StatusCode::BAD_REQUEST);
                let reply = reply::answer_stray(incoming, Some(&context.account.server.name), status);
                Received::Refused { reply, fault }
            }
            Route::Open => match self.open.take() {
                Some(conversation) => self.advance(now, context, incoming, conversation),
                None => self.begin(now, context, incoming),
            },
            Route::Greeting => match self.greeting.take() {
                Some(conversation) => self.advance(now, context, incoming, conversation),
                None => self.begin(now, context, incoming),
            },
            Route::New => self.begin(now, context, incoming),
        }
    }

    /// Answers the turn that `receive` gave for `incoming`: one verdict for each of its alerts, then as many of the commands
    /// as fit.
    ///
    /// With no command to send the session ends. Commands beyond [`Reply::accepted`] are to be offered again at the next
    /// turn, first of all the one that is being sent in chunks. Their CmdIDs are given here. `None` when it is nobody's turn.
    pub fn respond(
        &mut self,
        context: &mut Context<'_>,
        incoming: &Incoming<'_>,
        verdicts: &[StatusCode],
        work: &mut [Work<'_>],
    ) -> Option<Reply> {
        let is_its_turn = |open: &&mut Box<Conversation>| open.answer.is_empty() && open.digest == incoming.digest;
        let conversation = self.open.as_mut().filter(is_its_turn)?;
        let mut verdicts = verdicts.iter();
        for owed in conversation.owed.iter_mut().filter(|owed| owed.code == Answer::Verdict) {
            owed.code = Answer::Code(verdicts.next().copied().unwrap_or(StatusCode::OK));
        }
        let status = conversation.header_status(context);
        let work = if conversation.aborted { &mut [] } else { work };
        Some(conversation.reply(context, incoming, status, work))
    }

    /// Whether an authenticated session is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open.as_ref().is_some_and(|open| !open.closed)
    }

    /// SessionID of the authenticated session, open or closed.
    #[must_use]
    pub fn id(&self) -> Option<&SessionId> {
        self.open.as_ref().map(|open| &open.id)
    }

    /// When the last message of the authenticated session came.
    #[must_use]
    pub fn last_message(&self) -> Option<Instant> {
        self.open.as_ref().map(|open| open.last_message)
    }

    /// Frees the open session if nothing came in it for `lifetime`; tells whether it did. A message of it that comes after all
    /// is answered 400.
    pub fn end_if_silent(&mut self, now: Instant, lifetime: Duration) -> bool {
        let is_silent = |open: &mut Box<Conversation>| !open.closed && now.since(open.last_message) >= lifetime;
        self.open.take_if(is_silent).is_some()
    }

    fn route(&self, now: Instant, incoming: &Incoming<'_>) -> Route {
        let header = &incoming.message.header;
        let open = self.open.as_ref().filter(|open| open.is_of(header) && open.is_repetition(incoming));
        if let Some(open) = open.filter(|open| !open.looks_like_its_successor(now)) {
            return Route::Repetition(open.repeat_answer(incoming));
        }
        let starts = intake::starts_session(incoming) || header.msg_id == MsgId::FIRST;
        if let Some(greeting) = self.greeting.as_ref().filter(|greeting| greeting.is_of(header)) {
            if greeting.is_repetition(incoming) {
                return Route::Repetition(greeting.repeat_answer(incoming));
            }
            // Who was challenged sends package #1 again; the owner's next message only looks like a stranger's answer.
            let goes_on = self.open.as_ref().is_some_and(|open| open.is_followed_by(now, header));
            if !greeting.closed && header.msg_id == greeting.received.next() && (starts || !goes_on) {
                return Route::Greeting;
            }
        }
        let Some(open) = self.open.as_ref().filter(|open| open.is_of(header)) else {
            return if starts { Route::New } else { Route::Stray(Fault::UnknownSession) };
        };
        if open.is_followed_by(now, header) {
            return Route::Open;
        }
        // A lower MsgID is a late duplicate, a gap a lost message; neither may be executed, and neither ends a session that
        // goes on with the right number.
        if starts && !open.is_late_duplicate(now, incoming) {
            Route::New
        } else {
            Route::Stray(if open.closed { Fault::UnknownSession } else { Fault::OutOfOrder })
        }
    }

    fn begin(&mut self, now: Instant, context: &mut Context<'_>, incoming: &Incoming<'_>) -> Received {
        match Conversation::new(now, incoming) {
            Some(mut conversation) => {
                conversation.server_changes = context.account.open_changes(Side::Server);
                self.advance(now, context, incoming, Box::new(conversation))
            }
            None => {
                let status = HeaderStatus::new(StatusCode::BAD_REQUEST);
                let reply = reply::answer_stray(incoming, Some(&context.account.server.name), status);
                Received::Refused { reply, fault: Fault::UnknownSession }
            }
        }
    }

    /// Takes `incoming` into `conversation` and keeps that as the open session, or as the one that has to authenticate.
    fn advance(
        &mut self,
        now: Instant,
        context: &mut Context<'_>,
        incoming: &Incoming<'_>,
        mut conversation: Box<Conversation>,
    ) -> Received {
        conversation.note(now, incoming);
        let was_open = conversation.is_authenticated();
        if !was_open {
            // A refusal has to fit as well. In an open session only its owner may say how much that is.
            conversation.note_sizes(incoming);
        }
        conversation.dialect = match context.account.dialect {
            Some(dialect) => dialect,
            None if was_open => Dialect::Oma,
            None => dialect::detect(&incoming.message),
        };
        if let Err(rejection) = conversation.check_header(context, &mut self.challenges, incoming) {
            let Rejection { fault, status, closes } = *rejection;
            conversation.closed = closes;
            conversation.aborted = closes;
            let reply = conversation.refuse(context, incoming, status);
            if was_open {
                self.open = Some(conversation);
            } else if fault != Fault::Throttled {
                self.greeting = Some(conversation);
            }
            return Received::Refused { reply, fault };
        }
        let taken = conversation.take(context, incoming);
        let taken = if conversation.lacks_own_nonce() { taken.and(Err(Fault::NoNextNonce)) } else { taken };
        let received = match taken {
            Ok(Standing::Turn(turn)) => Received::Turn(turn),
            Ok(Standing::Unfinished) => {
                let status = conversation.header_status(context);
                Received::Answered(conversation.ask_for_more(context, incoming, status))
            }
            Err(fault) => {
                let too_large = fault == Fault::TooLarge;
                let accepted = conversation.header_status(context).code;
                let code = if too_large { StatusCode::REQUEST_ENTITY_TOO_LARGE } else { accepted };
                Received::Refused { reply: conversation.abort(context, incoming, code), fault }
            }
        };
        if !was_open {
            self.greeting = None;
        }
        if conversation.dialect != Dialect::Oma {
            context.account.dialect = Some(conversation.dialect);
        }
        self.open = Some(conversation);
        received
    }
}

/// Answers a message of a client that has no account: 401 with a challenge, as for a wrong password, so that nobody learns
/// which devices are known. After the third message the challenge is left out, and with it the invitation to go on.
#[must_use]
pub fn refuse_stranger(nonces: &mut NonceSource, incoming: &Incoming<'_>) -> Transmit {
    let chal =
        (incoming.message.header.msg_id.get() < 3).then(|| proto_auth::challenge(Scheme::Md5, Some(&nonces.next())));
    let status = HeaderStatus { code: StatusCode::INVALID_CREDENTIALS, chal, supported: None };
    reply::answer_stray(incoming, None, status)
}

/// Answers a message of a node that was deactivated: 403, and nothing to go on with. Whoever knows its DevId learns that it
/// was managed once; nobody can authenticate any more who could be told in another way.
#[must_use]
pub(crate) fn refuse_deactivated(incoming: &Incoming<'_>, server_name: Option<&str>) -> Transmit {
    reply::answer_stray(incoming, server_name, HeaderStatus::new(StatusCode::FORBIDDEN))
}
