//! A DM account: one server that may manage this client, with the credentials of both directions \[dm 7.1\].

use alloc::string::{String, ToString as _};

use omadm_proto::auth::{Credentials, Nonce, Scheme, Secret};
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::ServerId;

/// Whether a notification may be computed with the resynchronisation nonce of four zero bytes \[dm 7.6\].
///
/// It makes replay trivial, hence [`Resync::Refused`] unless the account says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(clippy::exhaustive_enums, reason = "allowed or not")]
pub enum Resync {
    /// The zero nonce proves nothing.
    #[default]
    Refused,
    /// The zero nonce starts a session whose credentials use it too.
    Allowed,
}

/// One server and how the two sides prove who they are.
///
/// Without [`Account::server`] the server is taken as authenticated by the transport; without [`Account::client`] no
/// credentials are sent. Nothing a server commands is executed before both directions that are configured are proven.
#[derive(Debug, Clone)]
pub struct Account {
    pub(crate) server_id: ServerId,
    pub(crate) url: String,
    pub(crate) client: Option<Credentials>,
    pub(crate) server: Option<Credentials>,
    pub(crate) minimum: Scheme,
    pub(crate) preferred: Scheme,
    pub(crate) client_nonce: Option<Nonce>,
    pub(crate) server_nonce: Option<Nonce>,
    pub(crate) syntax: Syntax,
    pub(crate) resync: Resync,
}

impl Account {
    /// The server `server_id`, reached at `url`: md5 in both directions, XML, no credentials yet.
    #[must_use]
    pub fn new(server_id: impl Into<ServerId>, url: impl Into<String>) -> Self {
        Self {
            server_id: server_id.into(),
            url: url.into(),
            client: None,
            server: None,
            minimum: Scheme::Md5,
            preferred: Scheme::Md5,
            client_nonce: None,
            server_nonce: None,
            syntax: Syntax::Xml,
            resync: Resync::Refused,
        }
    }

    /// What the client proves itself with (CLCRED).
    #[must_use]
    pub fn client(mut self, name: impl Into<String>, secret: impl Into<Secret>) -> Self {
        self.client = Some(Credentials::new(name, secret));
        self
    }

    /// What the server must prove itself with (SRVCRED); its name is the server id.
    #[must_use]
    pub fn server(self, secret: impl Into<Secret>) -> Self {
        let name = self.server_id.to_string();
        self.server_named(name, secret)
    }

    /// The same for a server whose credentials carry another name than its id.
    #[must_use]
    pub fn server_named(mut self, name: impl Into<String>, secret: impl Into<Secret>) -> Self {
        self.server = Some(Credentials::new(name, secret));
        self
    }

    /// The weakest scheme that is used or accepted in either direction.
    #[must_use]
    pub const fn minimum(mut self, scheme: Scheme) -> Self {
        self.minimum = scheme;
        self
    }

    /// The scheme of the first message and of our challenges.
    #[must_use]
    pub const fn preferred(mut self, scheme: Scheme) -> Self {
        self.preferred = scheme;
        self
    }

    /// The first nonce of the client's credentials; without one the first session begins with a challenge.
    #[must_use]
    pub fn client_nonce(mut self, nonce: Nonce) -> Self {
        self.client_nonce = Some(nonce);
        self
    }

    /// The first nonce of the server's credentials and of its notifications.
    #[must_use]
    pub fn server_nonce(mut self, nonce: Nonce) -> Self {
        self.server_nonce = Some(nonce);
        self
    }

    /// The syntax of the messages we send.
    #[must_use]
    pub const fn syntax(mut self, syntax: Syntax) -> Self {
        self.syntax = syntax;
        self
    }

    /// Whether the zero nonce starts a session.
    #[must_use]
    pub const fn resync(mut self, resync: Resync) -> Self {
        self.resync = resync;
        self
    }

    /// The server id.
    #[must_use]
    pub const fn server_id(&self) -> &ServerId {
        &self.server_id
    }
}
