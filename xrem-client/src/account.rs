//! A DM account: one server that may manage this client, with the credentials of both directions \[dm 7.1\].

mod provisioned;

use alloc::string::{String, ToString as _};

use omadm_proto::auth::{Credentials, Nonce, Scheme, Secret};
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::ServerId;
use omadm_proto::version::DmVersion;

pub(crate) use self::provisioned::{accounts_in, read};

use self::provisioned::{Proof, Provisioned};

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

/// What an account in the tree leaves open: see [`crate::Client::with_tree_accounts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountRules {
    /// The syntax of the messages we send.
    pub syntax: Syntax,
    /// Whether the zero nonce starts a session.
    pub resync: Resync,
    /// The version of the protocol that sessions begin with.
    pub version: DmVersion,
    /// The weakest scheme that is used or accepted, whatever an account says.
    pub minimum: Scheme,
}

impl AccountRules {
    /// XML, no resynchronisation, DM 1.2, nothing weaker than md5.
    #[must_use]
    pub const fn new() -> Self {
        Self { syntax: Syntax::Xml, resync: Resync::Refused, version: DmVersion::V1_2, minimum: Scheme::Md5 }
    }

    /// The same with another syntax.
    #[must_use]
    pub const fn syntax(mut self, syntax: Syntax) -> Self {
        self.syntax = syntax;
        self
    }

    /// The same with another answer to the zero nonce.
    #[must_use]
    pub const fn resync(mut self, resync: Resync) -> Self {
        self.resync = resync;
        self
    }

    /// The same with another version to begin with.
    #[must_use]
    pub const fn version(mut self, version: DmVersion) -> Self {
        self.version = version;
        self
    }

    /// The same with another weakest scheme.
    #[must_use]
    pub const fn minimum(mut self, minimum: Scheme) -> Self {
        self.minimum = minimum;
        self
    }
}

impl Default for AccountRules {
    fn default() -> Self {
        Self::new()
    }
}

/// What one direction is proven with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Schemes {
    /// Nothing weaker is sent or accepted.
    minimum: Scheme,
    /// What is tried or demanded first; `None`: what was used last.
    preferred: Option<Scheme>,
}

impl Schemes {
    const MD5: Self = Self { minimum: Scheme::Md5, preferred: Some(Scheme::Md5) };

    pub(crate) fn admit(self, scheme: Scheme) -> bool {
        scheme >= self.minimum
    }

    /// The scheme to begin with, when the session before used `last`.
    pub(crate) fn first(self, last: Option<Scheme>) -> Scheme {
        self.preferred.or(last).map_or(self.minimum, |scheme| scheme.max(self.minimum))
    }
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
    pub(crate) client_schemes: Schemes,
    pub(crate) server_schemes: Schemes,
    pub(crate) client_nonce: Option<Nonce>,
    pub(crate) server_nonce: Option<Nonce>,
    pub(crate) syntax: Syntax,
    pub(crate) resync: Resync,
    pub(crate) version: DmVersion,
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
            client_schemes: Schemes::MD5,
            server_schemes: Schemes::MD5,
            client_nonce: None,
            server_nonce: None,
            syntax: Syntax::Xml,
            resync: Resync::Refused,
            version: DmVersion::V1_2,
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
        self.client_schemes.minimum = scheme;
        self.server_schemes.minimum = scheme;
        self
    }

    /// The scheme of the first message and of our challenges.
    #[must_use]
    pub const fn preferred(mut self, scheme: Scheme) -> Self {
        self.client_schemes.preferred = Some(scheme);
        self.server_schemes.preferred = Some(scheme);
        self
    }

    /// Our credentials begin with `scheme` and are never sent with a weaker one, whatever the other direction does.
    #[must_use]
    pub const fn client_scheme(mut self, scheme: Scheme) -> Self {
        self.client_schemes = Schemes { minimum: scheme, preferred: Some(scheme) };
        self
    }

    /// The server is challenged for `scheme` and proves nothing with a weaker one, whatever the other direction does.
    #[must_use]
    pub const fn server_scheme(mut self, scheme: Scheme) -> Self {
        self.server_schemes = Schemes { minimum: scheme, preferred: Some(scheme) };
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

    /// The version of the protocol that sessions begin with. A server that refuses DM 1.3 is spoken to in DM 1.2 from then on.
    #[must_use]
    pub const fn version(mut self, version: DmVersion) -> Self {
        self.version = version;
        self
    }

    /// The account that a tree describes.
    pub(crate) fn provisioned(server_id: ServerId, found: Provisioned, rules: AccountRules) -> Self {
        let schemes = |proof: &Option<Proof>, preferred: Option<Scheme>| Schemes {
            minimum: proof.as_ref().map_or(rules.minimum, |proof| proof.scheme.max(rules.minimum)),
            preferred,
        };
        let nonce = |proof: &Option<Proof>| proof.as_ref().and_then(|proof| proof.nonce.clone());
        Self {
            client_schemes: schemes(&found.client, found.preferred),
            server_schemes: schemes(&found.server, None),
            client_nonce: nonce(&found.client),
            server_nonce: nonce(&found.server),
            client: found.client.map(|proof| proof.credentials),
            server: found.server.map(|proof| proof.credentials),
            syntax: rules.syntax,
            resync: rules.resync,
            version: rules.version,
            ..Self::new(server_id, found.url)
        }
    }

    /// Takes the credentials of `base` for a direction that has none.
    pub(crate) fn complete_from(&mut self, base: &Self) {
        if self.client.is_none() {
            self.client.clone_from(&base.client);
            self.client_schemes = base.client_schemes;
        }
        if self.server.is_none() {
            self.server.clone_from(&base.server);
            self.server_schemes = base.server_schemes;
        }
    }

    /// What holds for the account whatever a tree says.
    pub(crate) fn rules(&self) -> AccountRules {
        let minimum = self.client_schemes.minimum.min(self.server_schemes.minimum);
        AccountRules { syntax: self.syntax, resync: self.resync, version: self.version, minimum }
    }

    /// The server id.
    #[must_use]
    pub const fn server_id(&self) -> &ServerId {
        &self.server_id
    }
}
