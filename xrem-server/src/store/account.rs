//! The credentials and nonces of one client \[dm 7.1, 7.5\].
//!
//! Invariant: whoever holds a changed account stores it before the message that was built with it leaves; a nonce that the
//! peer was told and we forgot costs one extra challenge, a nonce that we reuse costs security.

use alloc::string::String;
use alloc::vec::Vec;

use omadm_proto::auth::{Credentials, Nonce, Scheme};
use omadm_proto::dialect::Dialect;
use omadm_proto::ids::DevId;

use super::ChallengeBudget;
use crate::task::TaskId;

/// Changes of credentials that are kept at a time; older ones are given up.
const MAX_CHANGES: usize = 4;

/// What a server keeps about one client to authenticate it and to prove itself.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct ClientAccount {
    /// The device.
    pub dev_id: DevId,
    /// Name and secret with which the client authenticates (CLCRED).
    pub client: Credentials,
    /// Name and secret with which the server authenticates (SRVCRED); the name is the ServerID.
    pub server: Credentials,
    /// The weakest scheme that is accepted from the client, and the scheme of the server's own credentials.
    pub scheme: Scheme,
    /// The nonce that the client must use next.
    pub client_nonce: Nonce,
    /// The nonce that the server must use next: the last NextNonce of the client.
    pub server_nonce: Nonce,
    /// The name under which the transport knows the client, when being known to the transport is proof enough (AAuthType
    /// TRANSPORT); `None`: it has to show credentials whatever the transport says.
    #[cfg_attr(feature = "serde", serde(default))]
    pub transport_name: Option<String>,
    /// The challenges it may still be given.
    #[cfg_attr(feature = "serde", serde(default))]
    pub challenges: ChallengeBudget,
    /// Whether the zero nonce may be tried when the client has lost the others.
    #[cfg_attr(feature = "serde", serde(default))]
    pub resync: Resync,
    /// How the client wants messages spelled; `None`: told from what it sends first.
    #[cfg_attr(feature = "serde", serde(default))]
    pub dialect: Option<Dialect>,
    /// Credentials that the client was sent, or is about to be sent, and that have not been seen in use: it has them or the
    /// old ones, oldest first.
    #[cfg_attr(feature = "serde", serde(default))]
    pub changes: Vec<CredentialChange>,
}

/// Whether nonces may be synchronised anew by the nonce of four zero bytes \[dm 7.6\].
///
/// That nonce makes a replay trivial. It is accepted only in the session that a notification with it asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_enums, reason = "refused, allowed, or under way")]
pub enum Resync {
    /// Never.
    #[default]
    Refused,
    /// When notifications stay unanswered.
    Allowed,
    /// A notification with the zero nonce went out for this session, and no session has come since.
    Offered(u16),
}

/// One of the two sides that prove who they are \[dm 7.1\].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[allow(clippy::exhaustive_enums, reason = "a session has two sides")]
pub enum Side {
    /// The client: CLCRED.
    Client,
    /// The server: SRVCRED.
    Server,
}

/// New credentials of one side.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct CredentialChange {
    /// Whose.
    pub side: Side,
    /// The new ones.
    pub credentials: Credentials,
    /// The task that changes them.
    pub task: TaskId,
}

impl CredentialChange {
    /// The change of `side` to `credentials` by `task`.
    #[must_use]
    pub const fn new(side: Side, credentials: Credentials, task: TaskId) -> Self {
        Self { side, credentials, task }
    }
}

impl ClientAccount {
    /// An account with auth-md5 and empty nonces.
    #[must_use]
    pub fn new(dev_id: DevId, client: Credentials, server: Credentials) -> Self {
        let (client_nonce, server_nonce) = (Nonce::EMPTY, Nonce::EMPTY);
        Self {
            dev_id,
            client,
            server,
            scheme: Scheme::Md5,
            client_nonce,
            server_nonce,
            transport_name: None,
            challenges: ChallengeBudget::default(),
            resync: Resync::Refused,
            dialect: None,
            changes: Vec::new(),
        }
    }

    /// The same with `scheme`.
    #[must_use]
    pub const fn with_scheme(mut self, scheme: Scheme) -> Self {
        self.scheme = scheme;
        self
    }

    /// The same with the first nonces: what the client uses, and what the server uses.
    #[must_use]
    pub fn with_nonces(mut self, client_nonce: Nonce, server_nonce: Nonce) -> Self {
        self.client_nonce = client_nonce;
        self.server_nonce = server_nonce;
        self
    }

    /// The same for a client that is authenticated when the transport knows it as `name`.
    #[must_use]
    pub fn known_to_transport_as(mut self, name: impl Into<String>) -> Self {
        self.transport_name = Some(name.into());
        self
    }

    /// The same with the resynchronisation of nonces.
    #[must_use]
    pub const fn with_resync(mut self, resync: Resync) -> Self {
        self.resync = resync;
        self
    }

    /// The same for a client of `dialect`.
    #[must_use]
    pub const fn speaking(mut self, dialect: Dialect) -> Self {
        self.dialect = Some(dialect);
        self
    }

    /// Everything that the client may authenticate with, and which change that is; what is in use comes first.
    pub(crate) fn client_credentials(&self) -> impl Iterator<Item = (&Credentials, Option<TaskId>)> {
        let changes = self.changes_of(Side::Client).map(|change| (&change.credentials, Some(change.task)));
        core::iter::once((&self.client, None)).chain(changes)
    }

    /// What the server tries at its attempt number `attempt`, from 0: the newest of the first `known` changes, then older
    /// ones, then what was in use, and again from the start.
    pub(crate) fn server_credentials(&self, attempt: u8, known: usize) -> (&Credentials, Option<TaskId>) {
        let count = self.changes_of(Side::Server).take(known).count();
        let place = usize::from(attempt) % count.saturating_add(1);
        let newest_first = count.checked_sub(place.saturating_add(1));
        match newest_first.and_then(|index| self.changes_of(Side::Server).nth(index)) {
            Some(change) => (&change.credentials, Some(change.task)),
            None => (&self.server, None),
        }
    }

    /// How many changes of `side` are not settled.
    pub(crate) fn open_changes(&self, side: Side) -> usize {
        self.changes_of(side).count()
    }

    fn changes_of(&self, side: Side) -> impl Iterator<Item = &CredentialChange> {
        self.changes.iter().filter(move |change| change.side == side)
    }

    /// Remembers a change before the client is told of it: from then on the new credentials are taken as well as the old
    /// ones. Of more than four changes the oldest is forgotten.
    pub fn remember(&mut self, change: CredentialChange) {
        let current = if change.side == Side::Client { &self.client } else { &self.server };
        if *current == change.credentials || self.changes.iter().any(|known| known.task == change.task) {
            return;
        }
        if self.changes.len() >= MAX_CHANGES {
            self.changes.remove(0);
        }
        self.changes.push(change);
    }

    /// The client refused the change of `task`.
    pub fn forget_change(&mut self, task: TaskId) {
        self.changes.retain(|change| change.task != task);
    }

    /// The change of `task` was seen in use: there is no way back, for nobody.
    pub(crate) fn adopt_change(&mut self, task: TaskId) {
        let Some(change) = self.changes.iter().find(|change| change.task == task).cloned() else { return };
        self.changes.retain(|other| other.side != change.side);
        match change.side {
            Side::Client => self.client = change.credentials,
            Side::Server => self.server = change.credentials,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_tries_new_credentials_and_old_ones_in_turn() {
        let mut account = ClientAccount::new("d".into(), Credentials::new("c", "1"), Credentials::new("s", "old"));
        assert_eq!(account.server_credentials(1, 9).0.secret.expose(), "old");
        for (task, secret) in [(1, "new"), (2, "newer")] {
            account.remember(CredentialChange::new(Side::Server, Credentials::new("s", secret), TaskId::new(task)));
        }
        let tried = |known| [0, 1, 2, 3].map(|attempt| account.server_credentials(attempt, known).0.secret.expose());
        assert_eq!(tried(2), ["newer", "new", "old", "newer"]);
        assert_eq!(tried(1), ["new", "old", "new", "old"]);
        assert_eq!(tried(0), ["old"; 4]);
        account.adopt_change(TaskId::new(1));
        assert_eq!((account.server.secret.expose(), account.changes.len()), ("new", 0));
    }
}
