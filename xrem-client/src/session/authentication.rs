//! Who has proven what in this session \[dm 7.3 to 7.5, 16.1\].
//!
//! Both directions live here and nowhere else: [`client`] what the server thinks of us, [`server`] what we think of the server.
//! Invariants: credentials weaker than the account's minimum, or than what the session began with, are neither sent nor
//! accepted; each side is given one fresh nonce and then refused for good, so no session goes round for ever; a nonce that an
//! unproven server set serves the immediate retry only and is stored when the server has proven itself. Once a direction
//! uses auth-MAC every further message of the session has to.

mod client;
mod server;

use omadm_proto::auth::nonce::NonceSource;
use omadm_proto::message::{Chal, Cred, Status};
use omadm_proto::status::StatusCode;

use self::client::ClientSide;
use self::server::ServerSide;
use crate::account::Account;
use crate::event::{Failure, Side};
use crate::record::AccountRecord;
use crate::trigger::Trigger;

pub(super) use self::server::Evidence;

/// How often one side's credentials are refused before the session is given up: the stored nonce may be stale, so the first
/// refusal is answered with a fresh one \[dm 7.4\].
const MAX_REFUSALS: u8 = 2;

/// The proofs of both directions.
#[derive(Debug)]
pub(super) struct Authentication {
    client: ClientSide,
    server: ServerSide,
}

/// What the server's answer to our SyncHdr means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeaderAnswer {
    /// Go on.
    Accepted,
    /// Go back to package 1 with credentials.
    Challenged,
    /// The session is over.
    Over(Over),
}

/// Why a session is over at its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    Authentication(Side),
    Failure(Failure),
}

/// What the credentials of a received message prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Execute it.
    Trusted(Standing),
    /// Refuse it with this status: 407 missing or 401 wrong, and challenge.
    Untrusted(StatusCode),
    /// Refuse it with this status and end the session: the server used auth-MAC before, and there is no second try then.
    Broken(StatusCode),
}

/// How a trusted message was proven, which its SyncHdr Status tells \[dm 7.4\].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Not by itself: an earlier message or the transport did.
    Known,
    /// By a Cred, which is good for the session.
    Session,
    /// By a MAC, which is good for this message.
    Message,
}

impl Standing {
    /// The code for the SyncHdr.
    pub(super) const fn code(self) -> StatusCode {
        match self {
            Self::Session => StatusCode::AUTHENTICATION_ACCEPTED,
            Self::Known | Self::Message => StatusCode::OK,
        }
    }
}

impl Authentication {
    pub(super) fn new(account: &Account, record: &AccountRecord, trigger: Trigger) -> Self {
        Self { client: ClientSide::new(account, record, trigger), server: ServerSide::new(account, record, trigger) }
    }

    /// The Cred for the next message. `None` in a message that needs none, or that [`Self::mac`] proves.
    pub(super) fn cred(&mut self, account: &Account) -> Option<Cred<'static>> {
        self.client.cred(account)
    }

    /// The `x-syncml-hmac` value for the message `body`, whose header was written with [`Self::cred`].
    pub(super) fn mac(&self, account: &Account, body: &[u8]) -> Option<alloc::string::String> {
        self.client.mac(account, body)
    }

    /// Takes the server's Status for the SyncHdr of our last message; without one the message counts as accepted.
    pub(super) fn header_answer(&mut self, status: Option<&Status<'_>>, account: &Account) -> HeaderAnswer {
        self.client.header_answer(status, account)
    }

    /// Judges the credentials of a received message.
    pub(super) fn judge(&mut self, evidence: Evidence<'_>, account: &Account) -> Verdict {
        self.server.judge(evidence, account)
    }

    /// The Chal that goes with the refusal `code`, its nonce fresh. `None` when the server was refused often enough.
    pub(super) fn challenge(
        &mut self,
        code: StatusCode,
        account: &Account,
        nonces: &mut NonceSource,
        record: &mut AccountRecord,
    ) -> Option<Chal<'static>> {
        self.server.challenge(code, account, nonces, record)
    }

    /// The Chal that tells a proven server its next nonce; `None` when it has one. The nonce goes to `record` before the
    /// message goes out, so that a notification computed with it is understood even after a restart.
    pub(super) fn next_nonce(&mut self, nonces: &mut NonceSource, record: &mut AccountRecord) -> Option<Chal<'static>> {
        self.server.next_nonce(nonces, record)
    }

    /// Whether there is a nonce to be told even if nothing else is left to say.
    pub(super) fn must_answer(&self) -> bool {
        self.server.awaits_nonce()
    }

    /// Stores what a trusted message taught: the nonce for our next credentials, and the newest nonce that the server is
    /// known to have. Tells whether `record` changed.
    pub(super) fn learn(&mut self, record: &mut AccountRecord) -> bool {
        let client = self.client.learn(record);
        self.server.learn(record) || client
    }
}
