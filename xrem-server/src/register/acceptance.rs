//! What becomes of devices that nobody registered \[mission-matrix N7a\].

use alloc::collections::BTreeSet;
use alloc::string::String;

use omadm_proto::auth::{Credentials, Scheme, Secret};
use omadm_proto::ids::DevId;

use crate::directory::{NodeKind, Registration};
use crate::requester::RequesterName;
use crate::store::ClientAccount;

/// Whether an unknown device becomes a node. It is listed and told once whatever stands here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[allow(clippy::exhaustive_enums, reason = "nobody, whoever is approved, or whoever proves itself")]
pub enum Acceptance {
    /// It is answered 401 until it is registered with credentials of its own.
    #[default]
    Refuse,
    /// It is answered 401 until somebody approves it; then it has the shared credentials.
    Queue(SharedAccount),
    /// Whoever proves the shared secret is registered by that.
    Accept(SharedAccount),
}

impl Acceptance {
    /// What those who are approved or accepted share.
    #[must_use]
    pub const fn shared(&self) -> Option<&SharedAccount> {
        match self {
            Self::Refuse => None,
            Self::Queue(shared) | Self::Accept(shared) => Some(shared),
        }
    }
}

/// The credentials that devices leave the factory with. Once a device is registered they can be changed in it, as those of
/// any other.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct SharedAccount {
    /// The name with which each of them authenticates; `None`: its DevId.
    pub client_name: Option<String>,
    /// The secret with which they authenticate.
    pub client_secret: Secret,
    /// With what the server authenticates to them.
    pub server: Credentials,
    /// The weakest scheme that is accepted, and the one the server uses.
    pub scheme: Scheme,
    /// The groups that they come into.
    pub groups: BTreeSet<String>,
    /// Who is told when they are registered.
    pub owner: Option<RequesterName>,
}

impl SharedAccount {
    /// Clients with `client_secret`, each of which calls itself by its DevId, and the server's credentials; auth-md5.
    #[must_use]
    pub const fn new(client_secret: Secret, server: Credentials) -> Self {
        let groups = BTreeSet::new();
        Self { client_name: None, client_secret, server, scheme: Scheme::Md5, groups, owner: None }
    }

    /// The same for clients that all authenticate as `name`.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.client_name = Some(name.into());
        self
    }

    /// The registration of the device `id`, of which nothing is known but that it has these credentials.
    #[must_use]
    pub fn registration(&self, id: DevId) -> Registration {
        let name = self.client_name.clone().unwrap_or_else(|| id.as_str().into());
        let client = Credentials::new(name, self.client_secret.clone());
        let account = ClientAccount::new(id.clone(), client, self.server.clone()).with_scheme(self.scheme);
        let mut registration = Registration::new(id, NodeKind::Device);
        registration.account = Some(account);
        registration.groups = self.groups.clone();
        registration.owner.clone_from(&self.owner);
        registration
    }
}
