//! The credentials and nonces of one client \[dm 7.1, 7.5\].
//!
//! Invariant: whoever holds a changed account stores it before the message that was built with it leaves; a nonce that the
//! peer was told and we forgot costs one extra challenge, a nonce that we reuse costs security.

use alloc::string::String;

use omadm_proto::auth::{Credentials, Nonce, Scheme};
use omadm_proto::ids::DevId;

use super::ChallengeBudget;

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
}

impl ClientAccount {
    /// An account with auth-md5 and empty nonces.
    #[must_use]
    pub fn new(dev_id: DevId, client: Credentials, server: Credentials) -> Self {
        let (client_nonce, server_nonce) = (Nonce::EMPTY, Nonce::EMPTY);
        let challenges = ChallengeBudget::default();
        Self {
            dev_id,
            client,
            server,
            scheme: Scheme::Md5,
            client_nonce,
            server_nonce,
            transport_name: None,
            challenges,
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
}
