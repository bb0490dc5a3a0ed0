//! Bootstrap: how a device gets its first account, or another one \[dm 12, mo 4.4, 4.5\].
//!
//! A document comes in two profiles. Client provisioning (CP) has an APPLICATION `w7`, which becomes a `DMAcc` object; a DM
//! bootstrap is one message that Adds serialized objects to `./Inbox`. Both travel in WBXML and are believed because of a
//! MAC over their bytes ([`omadm_proto::provisioning::BootstrapSecurity`]), a card because it is in the device, a document
//! that was fetched because of the transport. Nothing is ever answered; the server sees the success when the device opens
//! its first session, which it does at once.
//!
//! Invariants: a document is taken as a whole or leaves no trace; an account that exists is touched only when the
//! [`BootstrapPolicy`] says so; secrets and nonces cannot be read by any server, whoever wrote them.
//!
//! Where the sheet is silent: XML is refused in both profiles, because the MAC is one over WBXML; a document for a server
//! that is known is refused ([`KnownServer::Refuse`]); a PIN may be typed three times a document; everything but Adds to the
//! Inbox refuses a DM bootstrap. Called by [`crate::client`].

mod account;
mod cp;
mod dm;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use omadm_proto::auth::Secret;
use omadm_proto::error::DecodeError;
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::ServerId;
use omadm_proto::limits::Limits;
use omadm_proto::provisioning::{
    BootstrapFault, BootstrapSecrets, BootstrapSecurity, ProvisioningDoc, Sec, SecurityFault,
};
use omadm_proto::status::StatusCode;
use omadm_tree::mo::DmAccView;
use omadm_tree::node::AccessType;
use omadm_tree::tree::{LocalError, Tree};
use omadm_tree::uri::NodeUri;
use zeroize::Zeroizing;

use crate::account::Account;

pub use self::account::read_account;

/// The media type of a provisioning document in XML \[dm 1\].
const CP_XML: &str = "application/vnd.wap.connectivity-xml";

/// Where the accounts of the device are.
const ACCOUNTS: &str = "./DMAcc";

/// What the device knows and allows when a document comes.
#[derive(Debug, Clone, Default)]
#[must_use = "a policy is nothing before a client has it"]
pub struct BootstrapPolicy {
    cp: BootstrapSecrets,
    dm: BootstrapSecrets,
    known_server: KnownServer,
    connections: BTreeMap<String, String>,
    syntax: Option<Syntax>,
}

/// What becomes of a document for a server that the device has an account with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(clippy::exhaustive_enums, reason = "the old account or the new one")]
pub enum KnownServer {
    /// The document is refused.
    #[default]
    Refuse,
    /// The new account takes the place of the old one.
    Replace,
}

/// How a document came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// Pushed by somebody: its MAC must prove it.
    Push,
    /// Read from the smart card.
    SmartCard,
    /// Fetched by the device from an address of its own, over a transport that proved the server. What DM 1.3 says about it is
    /// not known \[dm 15.3\]: document and rights are those of a push.
    Fetched,
}

/// A document as it came.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct BootstrapDocument<'a> {
    /// How.
    pub origin: Origin,
    /// The media type, without parameters.
    pub media_type: &'a str,
    /// SEC and MAC.
    pub security: Option<BootstrapSecurity>,
    /// The bytes that the MAC is over.
    pub body: &'a [u8],
}

impl<'a> BootstrapDocument<'a> {
    /// The document `body` with its whole Content-Type.
    ///
    /// # Errors
    /// SEC or MAC is malformed, unknown or alone.
    pub fn new(origin: Origin, content_type: &'a str, body: &'a [u8]) -> Result<Self, SecurityFault> {
        let security = match BootstrapSecurity::from_content_type(content_type) {
            Ok(security) => Some(security),
            Err(SecurityFault::Unsigned) if !content_type.to_ascii_uppercase().contains("MAC=") => None,
            Err(fault) => return Err(fault),
        };
        Ok(Self { origin, media_type: essence(content_type), security, body })
    }
}

/// Why a document gave no account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BootstrapRefusal {
    /// It is in XML.
    #[error("a bootstrap document must be in WBXML")]
    Xml,
    /// Its media type is none of a bootstrap document.
    #[error("the media type is none of a bootstrap document")]
    MediaType,
    /// It does not prove who made it.
    #[error(transparent)]
    Security(#[from] SecurityFault),
    /// Nobody typed the right PIN.
    #[error("nobody typed the right PIN")]
    Pin,
    /// The user is being asked for the PIN of another document.
    #[error("another bootstrap document waits for its PIN")]
    Busy,
    /// It cannot be read.
    #[error("the bootstrap document cannot be read: {0}")]
    Malformed(#[from] DecodeError),
    /// Its account is incomplete.
    #[error(transparent)]
    Account(#[from] BootstrapFault),
    /// It has no account, or none that can be used: ServerID and an address are needed.
    #[error("the bootstrap document has no account that can be used")]
    NoAccount,
    /// There is an account with this server.
    #[error("there is an account with {0} already")]
    KnownServer(ServerId),
    /// A DM bootstrap wants something else than to Add to the Inbox.
    #[error("a DM bootstrap may do nothing but Add to ./Inbox")]
    Command,
    /// The Inbox refused an object.
    #[error("the object in the bootstrap was refused: {0}")]
    Object(StatusCode),
    /// The account cannot be put into the tree.
    #[error(transparent)]
    Tree(#[from] LocalError),
}

impl BootstrapPolicy {
    /// The key of the network for client provisioning (NETWPIN, USERNETWPIN), for example a packed IMSI
    /// ([`omadm_proto::provisioning::imsi_key`]).
    pub fn network_key(mut self, key: impl Into<Vec<u8>>) -> Self {
        self.cp = self.cp.with_network_key(key);
        self
    }

    /// The identity that network and device know for the DM profile (`NETWORKID`, `USERPIN_NETWORKID`).
    pub fn network_id(mut self, identity: impl Into<String>) -> Self {
        self.dm = self.dm.with_network_key(identity.into());
        self
    }

    /// The PIN, if the device knows it without asking.
    pub fn pin(mut self, pin: impl Into<Secret>) -> Self {
        let pin = pin.into();
        self.cp = self.cp.with_pin(pin.clone());
        self.dm = self.dm.with_pin(pin);
        self
    }

    /// What becomes of a document for a server that is known.
    pub const fn known_server(mut self, rule: KnownServer) -> Self {
        self.known_server = rule;
        self
    }

    /// What this device calls the connection (NAP or proxy) that has `id` in a CP document: the URI of its node, or a
    /// name of its own.
    pub fn connection(mut self, id: impl Into<String>, reference: impl Into<String>) -> Self {
        self.connections.insert(id.into(), reference.into());
        self
    }

    /// The syntax of the sessions with bootstrapped servers; XML unless told otherwise.
    pub const fn syntax(mut self, syntax: Syntax) -> Self {
        self.syntax = Some(syntax);
        self
    }

    /// Whether the maker of `document` holds the secret; `pin` is what the user typed.
    pub(crate) fn verify(&self, document: &BootstrapDocument<'_>, pin: Option<Secret>) -> Result<(), SecurityFault> {
        let Some(security) = &document.security else {
            return match document.origin {
                Origin::Push => Err(SecurityFault::Unsigned),
                Origin::SmartCard | Origin::Fetched => Ok(()),
            };
        };
        let secrets = match security.sec {
            Sec::NetworkId | Sec::UserPinNetworkId => &self.dm,
            Sec::NetwPin | Sec::UserPin | Sec::UserNetwPin | Sec::UserPinMac | _ => &self.cp,
        };
        let secrets = match pin {
            Some(pin) => &secrets.clone().with_pin(pin),
            None => secrets,
        };
        security.verify(secrets, document.body)
    }

    /// Puts the accounts of a verified document into the tree: all of it or nothing. `known` are servers that have an
    /// account already, in the tree or not.
    pub(crate) fn apply(
        &self,
        tree: &mut Tree,
        document: &BootstrapDocument<'_>,
        known: &[ServerId],
        limits: &Limits,
    ) -> Result<Vec<(NodeUri, Account)>, BootstrapRefusal> {
        let profile = Profile::of(document.media_type)?;
        let filing = Filing { policy: self, known, limits };
        tree.begin();
        let objects = match profile {
            Profile::Cp => cp::file(&filing, tree, document.body),
            Profile::Dm => dm::file(&filing, tree, document.body),
        };
        let outcome = objects.and_then(|objects| objects.into_iter().map(|object| self.read(tree, object)).collect());
        match outcome {
            Ok(_) => tree.commit(),
            Err(_) => tree.rollback(),
        }
        outcome
    }

    /// The account that a new object describes.
    fn read(&self, tree: &mut Tree, object: NodeUri) -> Result<(NodeUri, Account), BootstrapRefusal> {
        hide_secrets(tree, &object)?;
        let account = tree.node_at(&object).and_then(|node| read_account(DmAccView::at(node)));
        let account = account.ok_or(BootstrapRefusal::NoAccount)?;
        Ok((object, account.syntax(self.syntax.unwrap_or(Syntax::Xml))))
    }
}

/// What the two profiles need to file a document.
struct Filing<'f> {
    policy: &'f BootstrapPolicy,
    known: &'f [ServerId],
    limits: &'f Limits,
}

impl Filing<'_> {
    /// Makes room for an account of `server`, or refuses it. `own` are objects of the same document.
    fn admit(&self, tree: &mut Tree, server: &ServerId, own: &[NodeUri]) -> Result<(), BootstrapRefusal> {
        let known: Vec<NodeUri> = accounts_of(tree, server).filter(|uri| !own.contains(uri)).collect();
        let is_known = !known.is_empty() || self.known.contains(server);
        if is_known && self.policy.known_server == KnownServer::Refuse {
            return Err(BootstrapRefusal::KnownServer(server.clone()));
        }
        for uri in known {
            tree.remove(&alloc::format!("{uri}"))?;
        }
        Ok(())
    }
}

/// What a media type says that a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Profile {
    Cp,
    Dm,
}

impl Profile {
    fn of(media_type: &str) -> Result<Self, BootstrapRefusal> {
        let is = |known: &str| media_type.eq_ignore_ascii_case(known);
        if is(ProvisioningDoc::MEDIA_TYPE_WBXML) {
            Ok(Self::Cp)
        } else if is(Syntax::Wbxml.media_type()) {
            Ok(Self::Dm)
        } else if is(CP_XML) || is(Syntax::Xml.media_type()) {
            Err(BootstrapRefusal::Xml)
        } else {
            Err(BootstrapRefusal::MediaType)
        }
    }
}

/// The media type without its parameters.
fn essence(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

/// The objects of the accounts with `server`.
pub(crate) fn accounts_of<'t>(tree: &'t Tree, server: &'t ServerId) -> impl Iterator<Item = NodeUri> + use<'t> {
    DmAccView::all(tree)
        .filter(|account| account.text(DmAccView::SERVER_ID) == Some(server.as_str()))
        .map(|account| account.uri())
}

/// No server reads a secret, whatever the description of the tree says \[dm 4.4, 11.3\].
fn hide_secrets(tree: &mut Tree, account: &NodeUri) -> Result<(), LocalError> {
    let Some(node) = tree.node_at(account) else { return Ok(()) };
    let hidden = |name: &str| name == "AAuthSecret" || name == "AAuthData";
    let leaves: Vec<String> =
        node.subtree().filter(|node| hidden(node.name())).map(|node| alloc::format!("{}", node.uri())).collect();
    leaves.iter().try_for_each(|uri| tree.set_access(uri, AccessType::REPLACE))
}

/// A document whose PIN the user is being asked for.
#[derive(Debug)]
pub(crate) struct Unproven {
    origin: Origin,
    media_type: String,
    security: BootstrapSecurity,
    body: Zeroizing<Vec<u8>>,
    tries: u8,
}

impl Unproven {
    /// How often a PIN may be typed for one document.
    const MAX_TRIES: u8 = 3;

    pub(crate) fn new(document: &BootstrapDocument<'_>, security: BootstrapSecurity) -> Self {
        let body = Zeroizing::new(document.body.to_vec());
        Self { origin: document.origin, media_type: document.media_type.into(), security, body, tries: 0 }
    }

    pub(crate) fn document(&self) -> BootstrapDocument<'_> {
        BootstrapDocument {
            origin: self.origin,
            media_type: &self.media_type,
            security: Some(self.security),
            body: &self.body,
        }
    }

    /// Counts a wrong PIN; how many more there may be.
    pub(crate) const fn failed(&mut self) -> u8 {
        self.tries = self.tries.saturating_add(1);
        Self::MAX_TRIES.saturating_sub(self.tries)
    }

    pub(crate) const fn tries_left(&self) -> u8 {
        Self::MAX_TRIES.saturating_sub(self.tries)
    }
}

/// The servers whose accounts came from the smart card: the record that survives a restart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CardAccounts {
    pub(crate) servers: Vec<ServerId>,
}
