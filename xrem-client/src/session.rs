//! One DM session, seen from the client \[dm 3, 16.1\].
//!
//! ```text
//!            start                 401/407 + Chal
//!   (none) --------> Setup ------------------------+
//!                      | ^                         |
//!       212/200        | +--- package 1 again <----+
//!                      v
//!                 Management <---+  statuses, results, alerts; 1222 when the server's package goes on
//!                   |  |  |      |
//!                   |  |  +------+
//!        abort here |  | nothing to answer / 1223 / a failure
//!                   v  v
//!              Closing  (over)
//! ```
//!
//! Called by [`crate::client`] with everything that outlives a session in a [`Context`]. Invariants: nothing is executed,
//! believed or stored before both directions of authentication hold; commands run in document order, and one that has to
//! wait for the driver holds up all behind it; Final is sent only when the server's package is complete and all of ours fits.

mod authentication;
mod closing;
mod management;
mod message;
mod offline;
mod reply;
mod room;
mod setup;
mod version;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use omadm_proto::alert::AlertCode;
use omadm_proto::exchange::{Inbound, Syntax};
use omadm_proto::ids::{CmdId, MsgId, ServerId, SessionId};
use omadm_proto::message::{Command, Message, Meta, Status};
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;
use omadm_proto::version::DmVersion;
use omadm_tree::tree::Tree;

pub(crate) use self::reply::{Reply, weight};
pub(crate) use self::room::Room;

use self::authentication::{Authentication, Evidence, HeaderAnswer, Over, Verdict};
use self::management::Management;
use crate::account::Account;
use crate::client::Shared;
use crate::event::{Failure, Side};
use crate::execute::Sequences;
use crate::outbox::{AlertId, Receipt};
use crate::record::AccountRecord;
use crate::trigger::Trigger;

/// The most messages that one session exchanges: a 64 MiB object in messages of 1 KiB passes, an endless peer does not.
const MAX_MESSAGES: u32 = 100_000;

/// What outlives a session, lent for one input.
pub(crate) struct Context<'c> {
    pub(crate) tree: &'c mut Tree,
    pub(crate) account: &'c Account,
    pub(crate) record: &'c mut AccountRecord,
    pub(crate) shared: &'c mut Shared,
}

/// What an input led to.
#[derive(Debug)]
pub(crate) enum Step {
    /// Send this message and hand in what comes back.
    Send(Letter),
    /// An action has to be answered first.
    Wait,
    /// It was no answer to the message sent last, but an older one over again.
    Stale,
    /// The session is over.
    End(End),
}

/// A message to send.
#[derive(Debug)]
pub(crate) struct Letter {
    pub(crate) body: Vec<u8>,
    /// The value for `x-syncml-hmac`.
    pub(crate) mac: Option<String>,
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Finished,
    Authentication(Side),
    Failure(Failure),
    /// The server speaks this version only.
    Version(DmVersion),
}

/// A running session.
#[derive(Debug)]
pub(crate) struct Session {
    facts: Facts,
    authentication: Authentication,
    peer: Peer,
    reply: Reply,
    /// Those of the present message.
    sequences: Sequences,
    /// Alerts of this session, by the message and command that carried them.
    carried: BTreeMap<(MsgId, u32), AlertId>,
    /// Alerts that this session has tried to deliver.
    announced: BTreeSet<AlertId>,
    state: State,
    wish: Wish,
}

/// What this side wants of the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    GoOn,
    /// To end it with the next message.
    Abort,
}

/// What does not change in a session, except where to send.
#[derive(Debug)]
struct Facts {
    server: ServerId,
    session_id: SessionId,
    destination: String,
    dev_id: String,
    syntax: Syntax,
    trigger: Trigger,
    version: DmVersion,
    /// The id of the server's last message.
    server_msg: Option<MsgId>,
    /// The id of the message sent last; 0 before the first.
    last_msg: MsgId,
}

/// What the server allows.
#[derive(Debug, Clone, Copy, Default)]
struct Peer {
    max_msg_size: Option<u64>,
    max_obj_size: Option<u64>,
}

/// The phase.
#[derive(Debug)]
enum State {
    /// Package 1 is out; the server has accepted nothing yet.
    Setup,
    /// The server manages.
    Management(Management),
    /// The last message is out; whatever comes back is ignored, and the session ends like this.
    Closing(End),
}

impl Session {
    /// Whether an answer is awaited that the driver owes, not the server.
    pub(crate) const fn is_suspended(&self) -> bool {
        match &self.state {
            State::Management(management) => management.is_suspended(),
            State::Setup | State::Closing(_) => false,
        }
    }

    /// When a user's answer is not waited for any longer.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Management(management) => management.deadline(),
            State::Setup | State::Closing(_) => None,
        }
    }

    /// The Status for the header of the message that waits for the driver, if one does.
    fn suspended_header_status(&self) -> Option<Status<'static>> {
        match &self.state {
            State::Management(management) => management.suspended_header_status().cloned(),
            State::Setup | State::Closing(_) => None,
        }
    }

    /// Whether the last message is out.
    pub(crate) const fn is_closing(&self) -> bool {
        matches!(self.state, State::Closing(_))
    }

    pub(crate) const fn server(&self) -> &ServerId {
        &self.facts.server
    }

    pub(crate) const fn session_id(&self) -> &SessionId {
        &self.facts.session_id
    }

    pub(crate) const fn trigger(&self) -> Trigger {
        self.facts.trigger
    }

    pub(crate) fn destination(&self) -> &str {
        &self.facts.destination
    }

    pub(crate) const fn syntax(&self) -> Syntax {
        self.facts.syntax
    }

    /// Whether this session tried to deliver the alert.
    pub(crate) fn has_announced(&self, alert: AlertId) -> bool {
        self.announced.contains(&alert)
    }

    /// Takes the server's answer to the message sent last.
    pub(crate) fn receive(&mut self, ctx: &mut Context<'_>, inbound: Inbound<'_>) -> Step {
        if let State::Closing(end) = self.state {
            return Step::End(end);
        }
        if self.is_suspended() || self.facts.last_msg.get() >= MAX_MESSAGES {
            return Step::End(End::Failure(Failure::Malformed));
        }
        let Ok(message) = Message::decode_as(inbound.syntax, inbound.body, &ctx.shared.limits) else {
            return Step::End(End::Failure(Failure::Malformed));
        };
        if message.header.session_id != self.facts.session_id.as_str() {
            return Step::End(End::Failure(Failure::Malformed));
        }
        if self.facts.server_msg.is_some_and(|last| message.header.msg_id <= last) {
            return Step::Stale;
        }
        self.facts.server_msg = Some(message.header.msg_id);
        self.adopt_header(&message);
        if carries_alert(&message, AlertCode::SESSION_ABORT) {
            return Step::End(End::Failure(Failure::AbortedByServer));
        }
        let answer = self.authentication.header_answer(self.header_status(&message), ctx.account);
        if let Some(version) = self.older_version(&message, answer) {
            return Step::End(End::Version(version));
        }
        match answer {
            HeaderAnswer::Over(Over::Authentication(side)) => return Step::End(End::Authentication(side)),
            HeaderAnswer::Over(Over::Failure(failure)) => return Step::End(End::Failure(failure)),
            HeaderAnswer::Accepted | HeaderAnswer::Challenged => {}
        }
        if self.wish == Wish::Abort {
            let header_status = self.status_for_header(&message, StatusCode::OK, None);
            return self.send_abort(ctx, header_status);
        }
        let evidence = Evidence { cred: message.header.cred.as_ref(), mac: inbound.mac, body: inbound.body };
        if let Some(code) = self.version_fault(&message) {
            return self.refuse_version(ctx, &message, code);
        }
        let verdict = self.authentication.judge(evidence, ctx.account);
        match (answer, verdict) {
            (HeaderAnswer::Challenged, verdict) => self.open_again(ctx, &message, verdict),
            (_, Verdict::Trusted(standing)) => self.manage(ctx, message, standing),
            (_, Verdict::Untrusted(code)) => self.refuse(ctx, &message, code),
            (_, Verdict::Broken(code)) => self.refuse_and_close(ctx, &message, code),
        }
    }

    /// RespURI and sizes hold from now on, for this session; a size of 0 is no size \[dm 2.2, 3.7, 3.8\].
    fn adopt_header(&mut self, message: &Message<'_>) {
        if let Some(uri) = message.header.resp_uri.as_deref().map(str::trim)
            && may_move(&self.facts.destination, uri)
        {
            self.facts.destination = uri.to_string();
        }
        let stated =
            |size: fn(&Meta<'_>) -> Option<u64>| message.header.meta.as_ref().and_then(size).filter(|size| *size > 0);
        self.peer.max_msg_size = stated(|meta| meta.max_msg_size()).or(self.peer.max_msg_size);
        self.peer.max_obj_size = stated(|meta| meta.max_obj_size()).or(self.peer.max_obj_size);
    }

    /// The Status for the SyncHdr of our last message; a peer may leave MsgRef out.
    fn header_status<'m, 'a>(&self, message: &'m Message<'a>) -> Option<&'m Status<'a>> {
        message.statuses().find(|status| {
            status.is_for_sync_hdr() && status.msg_ref.is_none_or(|msg_ref| msg_ref == self.facts.last_msg)
        })
    }

    /// Matches the Statuses for alerts that this session carried; never by position \[dm 3.4\]. When the Items of an alert
    /// fare differently, the worst of it counts for all.
    fn take_receipts(&mut self, ctx: &mut Context<'_>, message: &Message<'_>) {
        let mut verdicts: BTreeMap<AlertId, StatusCode> = BTreeMap::new();
        let mut answered = BTreeSet::new();
        for status in message.statuses() {
            let CmdId::Number(cmd_ref) = status.cmd_ref else { continue };
            let key = (status.msg_ref.unwrap_or(self.facts.last_msg), cmd_ref);
            let Some(alert) = self.carried.get(&key) else { continue };
            if status.code == StatusCode::CHUNKED_ITEM_ACCEPTED {
                continue;
            }
            answered.insert(key);
            let verdict = verdicts.entry(*alert).or_insert(status.code);
            *verdict = Receipt::worse(*verdict, status.code);
        }
        for key in answered {
            self.carried.remove(&key);
        }
        for (alert, code) in verdicts {
            self.settle(ctx, alert, code);
        }
    }

    /// The server, or what keeps the alert from reaching it, has said this about it.
    fn settle(&self, ctx: &mut Context<'_>, alert: AlertId, code: StatusCode) {
        let receipt = ctx.shared.outbox.apply(alert, &self.facts.server, code);
        ctx.shared.note_receipt(&self.facts.server, alert, code, receipt);
    }
}

/// Whether a session at `from` goes on at the RespURI `to`: an absolute URI \[dm 2.2\], and none that leaves TLS. What is not
/// followed is as if it were not there.
fn may_move(from: &str, to: &str) -> bool {
    let scheme = |uri: &str| uri.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    let is_scheme = |name: &str| {
        name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    match (scheme(from), scheme(to)) {
        (Some(from), Some(to)) => is_scheme(&to) && (from != "https" || to == "https"),
        (None, Some(to)) => is_scheme(&to),
        (_, None) => false,
    }
}

/// Whether an Alert with `code` stands directly in the body.
fn carries_alert(message: &Message<'_>, code: AlertCode) -> bool {
    message.commands().any(|command| matches!(command, Command::Alert(alert) if alert.code == Some(code)))
}

/// Whether the command asks for an answer: everything but Statuses does.
const fn wants_answer(command: &Command<'_>) -> bool {
    !matches!(command, Command::Status(_))
}
