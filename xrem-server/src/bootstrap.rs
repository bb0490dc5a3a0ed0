//! Making a device ours: the document that gives it its account, and the account itself, at the same time \[dm 12\].
//!
//! [`prepare`] makes secrets and first nonces for one device, different for each \[dm 7.1\], registers the account with them,
//! and writes the document: a provisioning document with an APPLICATION `w7`, or a message that Adds a serialized `DMAcc`
//! object to `./Inbox`. Both are WBXML and signed with what the device can check. The driver commits
//! [`Bootstrap::persist`], and only then hands the document out: a device whose account we forgot would have to be
//! bootstrapped anew. No answer comes; that it worked shows when the device opens its first session, and the directory
//! remembers that as [`Standing`].

mod cp;
mod dm;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use omadm_proto::auth::nonce::NonceSource;
use omadm_proto::auth::{Credentials, Nonce, Scheme, Secret};
use omadm_proto::error::EncodeError;
use omadm_proto::provisioning::{BootstrapSecrets, BootstrapSecurity, Sec, SecurityFault};
use omadm_proto::time::Instant;

use crate::directory::{RegisterError, Registration};
use crate::store::{ClientAccount, Record};

/// Which document a device understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[allow(clippy::exhaustive_enums, reason = "the standard has two profiles")]
pub enum Profile {
    /// Client provisioning.
    Cp,
    /// A DM message.
    Dm,
}

/// How far the bootstrap of a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[allow(clippy::exhaustive_enums, reason = "nobody tells more about it")]
pub enum Standing {
    /// The document was made then.
    HandedOut(Instant),
    /// The first session came then.
    Done(Instant),
}

/// What is wanted in a document.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BootstrapRequest {
    /// Which profile.
    pub profile: Profile,
    /// The ServerID.
    pub server_id: String,
    /// The URL of the server, for the device.
    pub url: String,
    /// The name of the server, for people.
    pub name: Option<String>,
    /// The scheme of both directions.
    pub scheme: Scheme,
    /// What the document is signed with.
    pub sec: Sec,
    /// The secrets for `sec`.
    pub secrets: BootstrapSecrets,
}

impl BootstrapRequest {
    /// A document in `profile` for the server `server_id` at `url`, signed by `sec` with `secrets`; auth-md5.
    #[must_use]
    pub fn new(
        profile: Profile,
        server_id: impl Into<String>,
        url: impl Into<String>,
        sec: Sec,
        secrets: BootstrapSecrets,
    ) -> Self {
        let (server_id, url) = (server_id.into(), url.into());
        Self { profile, server_id, url, name: None, scheme: Scheme::Md5, sec, secrets }
    }

    /// The same with a name for people.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The same with another scheme.
    #[must_use]
    pub const fn with_scheme(mut self, scheme: Scheme) -> Self {
        self.scheme = scheme;
        self
    }
}

/// A document and the account that it gives.
#[derive(Debug)]
#[non_exhaustive]
pub struct Bootstrap {
    /// To be committed before the document leaves.
    pub persist: Vec<Record>,
    /// The document.
    pub document: Document,
}

/// A signed document. Debug output shows its length only.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Document {
    /// The Content-Type with SEC and MAC.
    pub content_type: String,
    /// SEC and MAC, for carriers that write them in another way.
    pub security: BootstrapSecurity,
    /// The document, in WBXML.
    pub body: Vec<u8>,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("sec", &self.security.sec)
            .field("len", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Why no document can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BootstrapError {
    /// The node cannot be registered.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// It cannot be signed as asked.
    #[error(transparent)]
    Security(#[from] SecurityFault),
    /// It holds something that cannot be written.
    #[error("the document cannot be written: {0}")]
    Encode(#[from] EncodeError),
    /// The ServerID or the address is none.
    #[error("the server id and the URL of the server must not be empty")]
    NoServer,
    /// The account is no object of the tree.
    #[error("the account cannot be written as a DMAcc object")]
    Account,
}

/// Registers `registration` with credentials of its own, and makes the document that tells them to the device. An account
/// that `registration` has is replaced.
///
/// # Errors
/// [`BootstrapError`]; nothing is registered then.
pub fn prepare(
    now: Instant,
    nonces: &mut NonceSource,
    mut registration: Registration,
    request: &BootstrapRequest,
) -> Result<Bootstrap, BootstrapError> {
    if request.server_id.trim().is_empty() || request.url.trim().is_empty() {
        return Err(BootstrapError::NoServer);
    }
    let client = Credentials::new(registration.id.as_str(), secret(nonces));
    let server = Credentials::new(request.server_id.as_str(), secret(nonces));
    let (client_nonce, server_nonce) = first_nonces(request.scheme, nonces);
    let account = ClientAccount::new(registration.id.clone(), client, server)
        .with_scheme(request.scheme)
        .with_nonces(client_nonce, server_nonce);
    let (media_type, body) = match request.profile {
        Profile::Cp => cp::document(&account, request)?,
        Profile::Dm => dm::document(&account, request)?,
    };
    let security = BootstrapSecurity::sign(request.sec, &request.secrets, &body)?;
    let document = Document { content_type: security.content_type(media_type), security, body };
    registration.account = Some(account);
    let id = registration.id.clone();
    let (mut node, place) = registration.accept(now)?;
    node.bootstrap = Some(Standing::HandedOut(now));
    let mut persist = alloc::vec![Record::Node(node)];
    persist.extend(place.map(|place| Record::Place { device: id, place }));
    Ok(Bootstrap { persist, document })
}

/// A secret that nobody has: 128 bits as text.
fn secret(nonces: &mut NonceSource) -> Secret {
    Secret::new(nonces.next().to_base64())
}

/// The nonces of the first session, which is then spared a challenge; auth-basic has none.
fn first_nonces(scheme: Scheme, nonces: &mut NonceSource) -> (Nonce, Nonce) {
    if scheme == Scheme::Basic { (Nonce::EMPTY, Nonce::EMPTY) } else { (nonces.next(), nonces.next()) }
}

/// The node name of the account: letters and digits of the ServerID.
fn node_name(server_id: &str) -> String {
    let safe = |character: char| if character.is_ascii_alphanumeric() { character } else { '-' };
    server_id.chars().take(32).map(safe).collect()
}
