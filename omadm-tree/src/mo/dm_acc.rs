//! DMAcc: the account of a DM server on the device \[dm 11.3, mo 4.1\].
//!
//! The account belongs to its server: ACL Get, Replace, Delete for the ServerID, as after a bootstrap \[dm 12.1\]. Secrets and
//! nonces take Replace, never Get.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use omadm_proto::ids::ServerId;

use super::instance::Instance;
use super::moi;
use super::view::{Key, MoView, typed_view};
use crate::acl::{Acl, Right};
use crate::builder::{ManagementObject, TreeBuilder};
use crate::ddf::Ddf;
use crate::node::AccessType;

mod table;

pub use table::{DM_ACC, DM_ACC_1_1, DM_ACC_1_1_2};

/// Builds an account.
#[derive(Clone)]
pub struct DmAcc {
    root: String,
    server_id: ServerId,
    name: Option<String>,
    addr: Option<String>,
    port: Option<u16>,
    auth_pref: Option<String>,
    client: Option<Auth>,
    server: Option<Auth>,
}

#[derive(Clone)]
struct Auth {
    auth_type: String,
    name: String,
    secret: String,
    nonce: Vec<u8>,
}

impl DmAcc {
    /// The identifier of the management object.
    pub const MOI: &'static str = moi::DM_ACC_1_0;

    /// What accounts below `list`, usually `./DMAcc`, are like: a tree described by it keeps the secrets of accounts that
    /// come later, for example through the Inbox.
    #[must_use]
    pub fn ddf(list: &str) -> Ddf {
        Self::instance(&alloc::format!("{list}/<x>")).to_ddf()
    }

    /// An empty account at `root` with the commands that its server may use there, for what this builder has no method for:
    /// fill its leaves, put it into a tree.
    pub fn instance(root: &str) -> Instance<'static> {
        let account = DM_ACC.instance(root).grant("", AccessType::DELETE);
        WRITABLE.into_iter().fold(account, |account, row| account.grant(row, AccessType::REPLACE))
    }

    /// The access control list of an account after a bootstrap: Get, Replace and Delete for its server \[dm 12.1\].
    #[must_use]
    pub fn acl(server: &ServerId) -> Acl {
        [Right::Get, Right::Replace, Right::Delete].into_iter().fold(Acl::EMPTY, |acl, right| acl.grant(right, server))
    }

    /// The account of `server_id` at `root`, usually `./DMAcc/<X>`.
    #[must_use]
    pub fn at(root: impl Into<String>, server_id: impl Into<String>) -> Self {
        Self {
            root: root.into(),
            server_id: ServerId::new(server_id),
            name: None,
            addr: None,
            port: None,
            auth_pref: None,
            client: None,
            server: None,
        }
    }

    /// The same with Name, for people.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The same with AppAddr: the server's address as a URI.
    #[must_use]
    pub fn addr(mut self, uri: impl Into<String>) -> Self {
        self.addr = Some(uri.into());
        self
    }

    /// The same with the port of the address.
    #[must_use]
    pub const fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// The same with AAuthPref, the AAuthType to try first.
    #[must_use]
    pub fn auth_pref(mut self, auth_type: impl Into<String>) -> Self {
        self.auth_pref = Some(auth_type.into());
        self
    }

    /// The same with CLCRED: how the client proves itself. `auth_type` is `BASIC`, `DIGEST` or `HMAC`.
    #[must_use]
    pub fn client(
        mut self,
        auth_type: impl Into<String>,
        name: impl Into<String>,
        secret: impl Into<String>,
        nonce: impl Into<Vec<u8>>,
    ) -> Self {
        self.client = Some(Auth::new(auth_type, name, secret, nonce));
        self
    }

    /// The same with SRVCRED: how the server proves itself.
    #[must_use]
    pub fn server(
        mut self,
        auth_type: impl Into<String>,
        name: impl Into<String>,
        secret: impl Into<String>,
        nonce: impl Into<Vec<u8>>,
    ) -> Self {
        self.server = Some(Auth::new(auth_type, name, secret, nonce));
        self
    }
}

/// What the server of an account may write: more than the standard's minimum, as in real devices \[mo 4.1\].
const WRITABLE: [&str; 8] = [
    "Name",
    "AAuthPref",
    "AppAddr/<x>/Addr",
    "AppAddr/<x>/AddrType",
    "AppAddr/<x>/Port/<x>/PortNbr",
    "AppAuth/<x>/AAuthLevel",
    "AppAuth/<x>/AAuthType",
    "AppAuth/<x>/AAuthName",
];

impl ManagementObject for DmAcc {
    fn build(self, tree: &mut TreeBuilder) {
        let port = self.port.filter(|_| self.addr.is_some());
        let mut account = Self::instance(&self.root)
            .acl(Self::acl(&self.server_id))
            .fill("ServerID", self.server_id.as_str())
            .fill_some("Name", self.name)
            .fill_some("AAuthPref", self.auth_pref)
            .fill_some("AppAddr/1/Addr", self.addr)
            .fill_some("AppAddr/1/Port/1/PortNbr", port);
        for (level, entry, auth) in [("CLCRED", "1", self.client), ("SRVCRED", "2", self.server)] {
            let Some(auth) = auth else { continue };
            let leaf = |name: &str| alloc::format!("AppAuth/{entry}/{name}");
            account = account
                .fill(&leaf("AAuthLevel"), level)
                .fill(&leaf("AAuthType"), auth.auth_type)
                .fill(&leaf("AAuthName"), auth.name)
                .fill(&leaf("AAuthSecret"), auth.secret)
                .fill(&leaf("AAuthData"), auth.nonce);
        }
        account.build(tree);
    }
}

impl Auth {
    fn new(
        auth_type: impl Into<String>,
        name: impl Into<String>,
        secret: impl Into<String>,
        nonce: impl Into<Vec<u8>>,
    ) -> Self {
        Self { auth_type: auth_type.into(), name: name.into(), secret: secret.into(), nonce: nonce.into() }
    }
}

impl fmt::Debug for DmAcc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DmAcc").field("root", &self.root).field("server_id", &self.server_id).finish_non_exhaustive()
    }
}

typed_view! {
    /// An account of DM 1.2 or 1.3 in a tree.
    DmAccView: [moi::DM_ACC_1_1, moi::DM_ACC_1_0, moi::DM_ACC_W7]
}

impl<'t> DmAccView<'t> {
    /// AppID, `w7`.
    pub const APP_ID: Key<str> = Key::new("AppID");
    /// ServerID.
    pub const SERVER_ID: Key<str> = Key::new("ServerID");
    /// Name.
    pub const NAME: Key<str> = Key::new("Name");
    /// PrefConRef.
    pub const PREF_CON_REF: Key<str> = Key::new("PrefConRef");
    /// AAuthPref.
    pub const AUTH_PREF: Key<str> = Key::new("AAuthPref");
    /// ConRef of an entry of ToConRef.
    pub const CON_REF: Key<str> = Key::new("ConRef");
    /// Addr of an address.
    pub const ADDR: Key<str> = Key::new("Addr");
    /// AddrType of an address; empty means `URI`.
    pub const ADDR_TYPE: Key<str> = Key::new("AddrType");
    /// PortNbr of a port.
    pub const PORT_NBR: Key<u32> = Key::new("PortNbr");
    /// AAuthLevel of a credential.
    pub const AUTH_LEVEL: Key<str> = Key::new("AAuthLevel");
    /// AAuthType of a credential.
    pub const AUTH_TYPE: Key<str> = Key::new("AAuthType");
    /// AAuthName of a credential.
    pub const AUTH_NAME: Key<str> = Key::new("AAuthName");
    /// AAuthSecret of a credential: no server reads it.
    pub const AUTH_SECRET: Key<str> = Key::new("AAuthSecret");
    /// AAuthData of a credential, the nonce: no server reads it.
    pub const AUTH_DATA: Key<[u8]> = Key::new("AAuthData");

    /// The addresses of the server.
    #[must_use]
    pub fn addresses(self) -> impl DoubleEndedIterator<Item = MoView<'t>> + use<'t> {
        self.entries("AppAddr")
    }

    /// The ports of an address.
    pub fn ports(address: MoView<'t>) -> impl Iterator<Item = u32> + use<'t> {
        address.entries("Port").filter_map(|port| port.read(Self::PORT_NBR))
    }

    /// The connectivity that the account asks for: of ToConRef, without the preferred one.
    pub fn con_refs(self) -> impl Iterator<Item = &'t str> + use<'t> {
        self.entries("ToConRef").filter_map(|entry| entry.text(Self::CON_REF))
    }

    /// The credentials of `level`: `CLCRED` prove the client, `SRVCRED` the server.
    pub fn credentials(self, level: &str) -> impl Iterator<Item = MoView<'t>> {
        self.entries("AppAuth").filter(move |entry| entry.read(Self::AUTH_LEVEL) == Some(level))
    }
}

typed_view! {
    /// An account of DM 1.1.2 in a tree.
    DmAcc112View: [moi::DM_ACC_1_1_2]
}

impl DmAcc112View<'_> {
    /// Addr.
    pub const ADDR: Key<str> = Key::new("Addr");
    /// AddrType.
    pub const ADDR_TYPE: Key<str> = Key::new("AddrType");
    /// PortNbr.
    pub const PORT_NBR: Key<u32> = Key::new("PortNbr");
    /// ConRef.
    pub const CON_REF: Key<str> = Key::new("ConRef");
    /// ServerId.
    pub const SERVER_ID: Key<str> = Key::new("ServerId");
    /// ServerPW: no server reads it.
    pub const SERVER_PW: Key<str> = Key::new("ServerPW");
    /// ServerNonce.
    pub const SERVER_NONCE: Key<str> = Key::new("ServerNonce");
    /// UserName.
    pub const USER_NAME: Key<str> = Key::new("UserName");
    /// ClientPW: no server reads it.
    pub const CLIENT_PW: Key<str> = Key::new("ClientPW");
    /// ClientNonce.
    pub const CLIENT_NONCE: Key<str> = Key::new("ClientNonce");
    /// AuthPref.
    pub const AUTH_PREF: Key<str> = Key::new("AuthPref");
    /// Name.
    pub const NAME: Key<str> = Key::new("Name");
}
